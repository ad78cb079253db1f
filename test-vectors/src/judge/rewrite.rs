//! Other spellings of a document, and documents by chance.

use std::fmt::Write as _;

/// Numbers by chance, the same in every run (SplitMix64).
pub(super) struct Chance(u64);

impl Chance {
    /// One row of numbers for each name.
    pub(super) fn new(name: &str) -> Self {
        Self(
            name.bytes()
                .fold(0x5eed, |seed, byte| seed.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte)),
        )
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap_or(1);
        usize::try_from(self.next().checked_rem(bound).unwrap_or(0)).unwrap_or(0)
    }

    fn one<'t, T: ?Sized>(&mut self, of: &[&'t T]) -> Option<&'t T> {
        of.get(self.below(of.len())).copied()
    }
}

/// The document with one to six changes of its spelling; some change what it says.
pub(super) fn spell(document: &str, chance: &mut Chance) -> String {
    let mut text = document.to_owned();
    for _ in 0..chance.below(6).saturating_add(1) {
        let change = chance.below(CHANGES.len());
        if let Some(changed) = CHANGES.get(change).and_then(|change| change(&text, chance)) {
            text = changed;
        }
    }
    text
}

type Change = fn(&str, &mut Chance) -> Option<String>;

const CHANGES: &[Change] = &[
    // White space where tags may have it, and where they may not.
    |text, chance| put(text, ">", 0, &[" ", "\n", "\t\r\n "], chance),
    |text, chance| put(text, "<", 1, &[" ", "\n"], chance),
    |text, chance| put(text, "=", 0, &[" ", "\n"], chance),
    |text, chance| put(text, "/", 0, &[" "], chance),
    // White space, comments and instructions between elements and beside text.
    |text, chance| {
        put(
            text,
            "><",
            1,
            &["\n", " ", "\r\n", "<!-- c -->", "<!---->", "<?p d?>", "<![CDATA[]]>"],
            chance,
        )
    },
    |text, chance| put(text, "</", 0, &[" ", "<!-- c -->", "<![CDATA[]]>", "&#x20;", "x"], chance),
    // What means nothing, or something else.
    |text, chance| {
        put(
            text,
            " ",
            0,
            &[
                " xmlns:z=\"urn:z\"",
                " xmlns=\"urn:z\"",
                " xmlns:saml2=\"urn:z\"",
                " z=\"\"",
                " ID=\"z\"",
                " xml:lang=\"de\"",
            ],
            chance,
        )
    },
    |text, chance| put(text, ":", 1, &["x", ":"], chance),
    |text, chance| put(text, "=\"", 2, &[" ", "\n", "&#x20;", "\t"], chance),
    |text, chance| put(text, "\"", 0, &["&quot;", "&lt;", ">"], chance),
    // The same letter, said otherwise.
    reference,
    section,
    quotes,
    empty_pair,
    crossed,
    |text, _| {
        (!text.starts_with("<?xml"))
            .then(|| format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n{text}"))
    },
    |text, _| Some(format!("\u{feff}{text}")),
    |text, _| Some(format!("{text}\n<!-- after -->")),
    |text, _| Some(format!("{text}<?after?>")),
    |text, _| Some(text.replace("\n", "\r\n")),
];

// Puts one of these at one place that is marked so, `skip` bytes into the mark.
fn put(text: &str, mark: &str, skip: usize, what: &[&str], chance: &mut Chance) -> Option<String> {
    let places: Vec<usize> = text.match_indices(mark).map(|(at, _)| at).collect();
    let at = places.get(chance.below(places.len()))?.checked_add(skip)?;
    let (before, rest) = text.split_at_checked(at)?;
    Some(format!("{before}{}{rest}", chance.one(what)?))
}

// Does something with the text behind one of the marks.
fn after(
    text: &str,
    mark: &str,
    chance: &mut Chance,
    change: impl Fn(&str, &mut Chance) -> String,
) -> Option<String> {
    let places: Vec<usize> = text.match_indices(mark).map(|(at, _)| at).collect();
    let at = *places.get(chance.below(places.len()))?;
    let (before, rest) = text.split_at_checked(at.checked_add(mark.len())?)?;
    Some(format!("{before}{}", change(rest, chance)))
}

// One letter, in a text or a value or wherever it stands, as a reference.
fn reference(text: &str, chance: &mut Chance) -> Option<String> {
    let places: Vec<(usize, char)> =
        text.char_indices().filter(|(_, c)| c.is_alphanumeric()).collect();
    let (at, letter) = *places.get(chance.below(places.len()))?;
    let (before, rest) = text.split_at_checked(at)?;
    let rest = rest.strip_prefix(letter)?;
    let number = u32::from(letter);
    Some(if chance.below(2) == 0 {
        format!("{before}&#x{number:X};{rest}")
    } else {
        format!("{before}&#{number};{rest}")
    })
}

// A run of text as a CDATA section.
fn section(text: &str, chance: &mut Chance) -> Option<String> {
    let runs: Vec<(usize, &str)> = text
        .match_indices('>')
        .filter_map(|(at, _)| {
            let run = text.get(at.checked_add(1)?..)?.split('<').next()?;
            (!run.is_empty() && !run.contains('&')).then_some((at, run))
        })
        .collect();
    let (at, run) = *runs.get(chance.below(runs.len()))?;
    let (before, rest) = text.split_at_checked(at.checked_add(1)?)?;
    Some(format!("{before}<![CDATA[{run}]]>{}", rest.strip_prefix(run)?))
}

// A value between the other quotes.
fn quotes(text: &str, chance: &mut Chance) -> Option<String> {
    after(text, "=\"", chance, |rest, _| match rest.split_once('"') {
        Some((value, rest)) => format!("'{value}'{rest}"),
        None => rest.to_owned(),
    })
    .map(|text| text.replacen("=\"'", "='", 1))
}

// An element without content in the other of its two spellings.
fn empty_pair(text: &str, chance: &mut Chance) -> Option<String> {
    let pairs: Vec<usize> = text.match_indices("></").map(|(at, _)| at).collect();
    let at = *pairs.get(chance.below(pairs.len()))?;
    let (before, rest) = text.split_at_checked(at)?;
    let (_, rest) = rest.strip_prefix("></")?.split_once('>')?;
    Some(format!("{before}/>{rest}"))
}

// Two attributes that change their places.
fn crossed(text: &str, chance: &mut Chance) -> Option<String> {
    let places: Vec<usize> = text.match_indices("\" ").map(|(at, _)| at).collect();
    let at = *places.get(chance.below(places.len()))?;
    let (before, second) = text.split_at_checked(at.checked_add(1)?)?;
    let start = before.rfind(' ')?;
    let (before, first) = before.split_at_checked(start)?;
    let end = second.match_indices('"').nth(1).map(|(at, _)| at)?;
    let (second, rest) = second.split_at_checked(end.checked_add(1)?)?;
    Some(format!("{before}{second}{first}{rest}"))
}

/// A document with namespaces, references, sections and line ends, four deep at most.
pub(super) fn document(chance: &mut Chance) -> String {
    let mut out = String::new();
    if chance.below(4) == 0 {
        out.push_str("<?p a?>\n<!-- before -->");
    }
    out.push_str("<w xmlns:p='urn:p' xmlns:q='urn:q'>");
    let mut open: Vec<&str> = Vec::new();
    for _ in 0..chance.below(30) {
        if open.len() < 4 && chance.below(3) == 0 {
            let name = chance.one(NAMES).unwrap_or("a");
            let _ = write!(out, "<{name}");
            for _ in 0..chance.below(4) {
                let attribute = chance.one(ATTRIBUTES).unwrap_or_default();
                let value = chance.one(VALUES).unwrap_or_default();
                let declares = attribute.starts_with("xmlns");
                let value = if declares { chance.one(URIS).unwrap_or_default() } else { value };
                let _ = write!(out, " {attribute}='{value}'");
            }
            out.push('>');
            open.push(name);
        } else if chance.below(3) == 0
            && let Some(name) = open.pop()
        {
            let _ = write!(out, "</{name}>");
        } else {
            out.push_str(chance.one(RUNS).unwrap_or_default());
        }
    }
    while let Some(name) = open.pop() {
        let _ = write!(out, "</{name}>");
    }
    out.push_str("</w>");
    if chance.below(4) == 0 {
        out.push_str("\n<!-- after --><?p?>\n");
    }
    out
}

const NAMES: &[&str] = &["a", "b", "p:a", "q:b", "é", "xml-like"];
const ATTRIBUTES: &[&str] = &[
    "a",
    "b",
    "p:a",
    "q:a",
    "p:z",
    "xml:lang",
    "xml:space",
    "xmlns",
    "xmlns:p",
    "xmlns:q",
    "xmlns:r",
];
// None with an ampersand: libxml2 writes it without escape, against Canonical XML 1.0, 2.3.
const URIS: &[&str] = &["urn:p", "urn:q", "urn:r", "http://x.example/?a=1#b", "urn:a"];
const VALUES: &[&str] = &[
    "",
    "1",
    "&lt;&gt;&amp;&quot;&apos;",
    "x\n\ty",
    "&#x9;&#10;&#13;\r\n",
    "a>b",
    "\"",
    "é&#233;\u{10ffff}",
    " ",
];
const RUNS: &[&str] = &[
    "x",
    " ",
    "\n",
    "\r\n",
    "\r",
    "x\r&#65;",
    "&#13;\r",
    "&amp;&lt;&gt;&quot;",
    "&#x41;&#9;",
    "]]",
    "]] >",
    "\"'",
    "<![CDATA[<&]]>",
    "<![CDATA[]]>",
    "<![CDATA[a\r\nb]]>",
    "<!-- c -->",
    "<!--\r\n-->",
    "<?p d ?>",
    "<?p\r\n  d?>",
    "<?q?>",
    "<a/>",
    "<p:c/>",
    "<q:c p:d='1' a='2'/>",
    "é\u{1f600}",
];
