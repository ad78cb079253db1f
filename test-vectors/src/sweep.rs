//! The subcommand `sweep`: every small change of an accepted token must be refused.
//!
//! Changed are the bytes as they are sent: every bit flipped, cut at every length, a byte put in at
//! every place, every byte taken out, every two neighbours swapped. Each changed token is verified
//! whole, with its signatures, in the context of its vector. A chain of certificates is swept too,
//! leaf and intermediate in turn.
//!
//! A SAML message may be spelled in more than one way, and parts of it are signed by nobody: `framing`
//! lists both. There, and nowhere else, a change may be accepted, and then the outcome must be the
//! same to the letter.

mod chain;
mod framing;

use crate::recognise::{Kind, recognise};
use crate::suite::Door;
use crate::suite::Outcome;
use crate::suites::own::Own;
use crate::suites::revocation;
use eid_broker::verdict::Code;
use framing::Framing;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Write, stdout};
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

// Without an argument: the presentation with everything in it, an assertion, and a response of each
// SAML family, signed and encrypted.
const VECTORS: &[&str] = &[
    "sd_jwt_vc/accepted-every-attribute.json",
    "assertion/accepted-honest.json",
    "eidas_saml/accepted-honest.json",
    "bund_id/accepted-honest.json",
    "eid_server/accepted-honest.json",
];

// What is put in: what readers skip, what separates parts, and a letter.
const INSERTED: &[u8] = b"\0 .~=A\n\"";

/// The ways in which a token is changed.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Change {
    BitFlip,
    Cut,
    Deletion,
    Insertion,
    Swap,
}

impl Change {
    pub(crate) const ALL: &'static [Self] =
        &[Self::BitFlip, Self::Cut, Self::Insertion, Self::Deletion, Self::Swap];

    const fn name(self) -> &'static str {
        match self {
            Self::BitFlip => "bit flips",
            Self::Cut => "cuts",
            Self::Deletion => "deletions",
            Self::Insertion => "insertions",
            Self::Swap => "swaps",
        }
    }

    // How many changes there are of a token of `len` bytes.
    pub(crate) const fn count(self, len: usize) -> usize {
        match self {
            Self::BitFlip => len.saturating_mul(8),
            Self::Cut | Self::Deletion => len,
            Self::Insertion => len.saturating_add(1).saturating_mul(INSERTED.len()),
            Self::Swap => len.saturating_sub(1),
        }
    }

    // The first byte that the change of this number is about.
    const fn position(self, number: usize) -> usize {
        let at = match self {
            Self::BitFlip => number.checked_div(8),
            Self::Cut | Self::Deletion | Self::Swap => Some(number),
            Self::Insertion => number.checked_div(INSERTED.len()),
        };
        match at {
            Some(at) => at,
            None => 0,
        }
    }

    /// The change of this number; `None` when it gives the token itself.
    pub(crate) fn change(self, token: &[u8], number: usize) -> Option<Vec<u8>> {
        let mut bytes = token.to_vec();
        match self {
            Self::BitFlip => {
                let bit = u32::try_from(number.checked_rem(8)?).ok()?;
                *bytes.get_mut(number.checked_div(8)?)? ^= 1_u8.checked_shl(bit)?;
            }
            Self::Cut => bytes.truncate(number),
            Self::Deletion => {
                bytes.remove(number);
            }
            Self::Insertion => {
                let byte = *INSERTED.get(number.checked_rem(INSERTED.len())?)?;
                bytes.insert(number.checked_div(INSERTED.len())?, byte);
            }
            Self::Swap => bytes.swap(number, number.checked_add(1)?),
        }
        (bytes != token).then_some(bytes)
    }
}

/// What became of the changes of one kind.
#[derive(Clone, Debug, Default)]
struct Tally {
    refused: BTreeMap<&'static str, usize>,
    /// Accepted with the same outcome, by the part of the framing that was changed.
    same: BTreeMap<&'static str, usize>,
    /// What must not be: accepted, undecided, a fault, a panic. Number of the change and answer.
    wrong: Vec<(usize, String)>,
}

impl Tally {
    // `same`: what the token itself gives, and the part of its framing that this change is in.
    fn add(
        &mut self,
        number: usize,
        answer: Result<String, Code>,
        same: Option<(&str, &'static str)>,
    ) {
        match answer {
            Err(code) if code.number() < 8000 => {
                let count = self.refused.entry(code.name()).or_default();
                *count = count.saturating_add(1);
            }
            Err(code) => self.wrong.push((number, code.name().to_owned())),
            Ok(content) => match same {
                Some((honest, part)) if content == honest => {
                    let count = self.same.entry(part).or_default();
                    *count = count.saturating_add(1);
                }
                _ => self.wrong.push((number, "accepted".to_owned())),
            },
        }
    }

    fn merge(&mut self, other: Self) {
        for (code, count) in other.refused {
            let sum = self.refused.entry(code).or_default();
            *sum = sum.saturating_add(count);
        }
        for (part, count) in other.same {
            let sum = self.same.entry(part).or_default();
            *sum = sum.saturating_add(count);
        }
        self.wrong.extend(other.wrong);
    }

    fn refused_total(&self) -> usize {
        self.refused.values().sum()
    }
}

/// Sweeps the vectors in `paths`, also the answers of an OCSP suite, or the two of this package.
pub(crate) fn run(paths: &[PathBuf], threads: NonZeroUsize) -> Result<ExitCode, String> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let known: Vec<PathBuf> = VECTORS.iter().map(|name| package.join(name)).collect();
    let whole = paths.is_empty();
    let paths = if whole { &known } else { paths };
    // A panic is counted; its message would only stand between the lines.
    std::panic::set_hook(Box::new(|_| {}));
    let mut sum = Sum::default();
    if whole {
        for part in chain::parts()? {
            sum.sweep(part.name, &part.der, &part, threads)?;
        }
    }
    for path in paths {
        let fault = |error: String| format!("{}: {error}", path.display());
        let text = std::fs::read(path).map_err(|error| fault(error.to_string()))?;
        let json = serde_json::from_slice(&text).map_err(|error| fault(error.to_string()))?;
        for (name, token, door) in subjects(path, json).map_err(fault)? {
            sum.sweep(&name, &token, door.as_ref(), threads).map_err(fault)?;
        }
    }
    let Sum { refused, wrong } = sum;
    print(format_args!("total: {refused} refused, {wrong} wrong"))?;
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What became of all changes.
#[derive(Default)]
struct Sum {
    refused: usize,
    wrong: usize,
}

impl Sum {
    fn sweep(
        &mut self,
        name: &str,
        token: &[u8],
        door: &(dyn Door + Sync),
        threads: NonZeroUsize,
    ) -> Result<(), String> {
        let began = Instant::now();
        let refused = |code: Code| format!("{name}: the token itself is refused: {}", code.name());
        let honest = door.ask(token).map_err(refused)?;
        let framing = Framing::of(name, token, honest);
        print(format_args!("{name}: {} bytes, accepted as it is", token.len()))?;
        for kind in Change::ALL {
            let tally = sweep(*kind, token, door, &framing, threads);
            print_tally(*kind, &tally)?;
            self.refused = self.refused.saturating_add(tally.refused_total());
            self.wrong = self.wrong.saturating_add(tally.wrong.len());
        }
        print(format_args!("  in {:.1} s", began.elapsed().as_secs_f64()))
    }
}

/// A name, an accepted token, and its context.
type Subject = (String, Vec<u8>, Box<dyn Door + Sync>);

/// The token of a vector of this project, or every answer of an OCSP suite that says good.
fn subjects(path: &Path, json: Value) -> Result<Vec<Subject>, String> {
    if recognise(path, &json) == Some(Kind::OcspMade) {
        return revocation::good(&json);
    }
    let own = Own::read(path, json)?;
    Ok(vec![(own.id().to_owned(), own.token()?, own.door()?)])
}

fn sweep(
    kind: Change,
    token: &[u8],
    door: &(dyn Door + Sync),
    framing: &Framing,
    threads: NonZeroUsize,
) -> Tally {
    let part = |first: usize| {
        let mut tally = Tally::default();
        for number in (first..kind.count(token.len())).step_by(threads.get()) {
            let Some(changed) = kind.change(token, number) else { continue };
            match catch_unwind(AssertUnwindSafe(|| door.ask(&changed))) {
                Ok(answer) => tally.add(number, answer, framing.part(kind, number, &changed)),
                Err(_) => tally.wrong.push((number, Outcome::Panicked.word().to_owned())),
            }
        }
        tally
    };
    let mut all = Tally::default();
    std::thread::scope(|scope| {
        let part = &part;
        let started: Vec<_> =
            (0..threads.get()).map(|first| scope.spawn(move || part(first))).collect();
        for thread in started {
            match thread.join() {
                Ok(tally) => all.merge(tally),
                Err(_) => all.wrong.push((0, Outcome::Panicked.word().to_owned())),
            }
        }
    });
    all
}

fn print_tally(kind: Change, tally: &Tally) -> Result<(), String> {
    let mut codes: Vec<_> = tally.refused.iter().collect();
    codes.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), **name));
    let mut list = String::new();
    for (name, count) in codes {
        // Writing to a text cannot fail.
        let _ = write!(list, "{}{name} {count}", if list.is_empty() { "" } else { ", " });
    }
    let (name, refused, wrong) = (kind.name(), tally.refused_total(), tally.wrong.len());
    print(format_args!("  {name:<10} {refused:>7} refused, {wrong} wrong ({list})"))?;
    for (part, count) in &tally.same {
        print(format_args!("             {count:>4} with the same outcome: {part}"))?;
    }
    for (number, answer) in tally.wrong.iter().take(WRONG_SHOWN) {
        print(format_args!("    WRONG: change {number}: {answer}"))?;
    }
    Ok(())
}

// More of them say nothing new.
const WRONG_SHOWN: usize = 20;

pub(crate) fn print(line: std::fmt::Arguments<'_>) -> Result<(), String> {
    writeln!(stdout().lock(), "{line}").map_err(|error| format!("standard output: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn changes(kind: Change, token: &[u8]) -> HashSet<Vec<u8>> {
        (0..kind.count(token.len())).filter_map(|number| kind.change(token, number)).collect()
    }

    #[test]
    fn every_change_is_made_once_and_none_gives_the_token_back() {
        assert_eq!(changes(Change::BitFlip, b"ab").len(), 16);
        let cuts = HashSet::from([b"".to_vec(), b"a".to_vec()]);
        assert_eq!(changes(Change::Cut, b"ab"), cuts);
        assert_eq!(changes(Change::Deletion, b"ab"), HashSet::from([b"a".to_vec(), b"b".to_vec()]));
        assert_eq!(changes(Change::Insertion, b"ab").len(), 3 * INSERTED.len());
        assert_eq!(changes(Change::Swap, b"aab"), HashSet::from([b"aba".to_vec()]));
        for kind in Change::ALL {
            assert!(!changes(*kind, b"aab").contains(b"aab".as_slice()));
        }
    }

    #[test]
    fn an_acceptance_an_undecided_answer_and_a_panic_are_wrong() {
        struct Careless;
        impl Door for Careless {
            fn ask(&self, token: &[u8]) -> Result<String, Code> {
                match token {
                    [] => Err(Code::FormatEmpty),
                    [b'a'] => Ok(String::new()),
                    [b'a', b'b'] => Err(Code::StorageReplay),
                    _ => panic!("for this test"),
                }
            }
        }
        let tally = sweep(Change::Cut, b"abcd", &Careless, &Framing::default(), NonZeroUsize::MIN);
        assert_eq!(tally.refused_total(), 1);
        let answers: Vec<&str> = tally.wrong.iter().map(|(_, answer)| answer.as_str()).collect();
        assert_eq!(answers, ["accepted", "storage.replay", "panic"]);
    }
}
