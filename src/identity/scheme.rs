//! How eID cards name a person: schemes of the subject's serialNumber, as versioned data.
//!
//! A serial number is read by one scheme that the policy names, whole or not at all. Without a scheme
//! a bare number would be a number of nobody knows what.

use super::{Country, Date, IdentifierKind, StableIdentifier};
use crate::config::{self, Findings, Table};

/// One scheme.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Scheme {
    /// Its name, `[a-z0-9-]{1,40}`.
    pub name: String,
    /// The country whose cards it is of.
    pub country: Country,
    /// Where the rule stands.
    pub source: String,
    form: Form,
    patterns: Vec<String>,
    kind: IdentifierKind,
    /// What the identifier is a number of.
    pub number: NumberOf,
    birth: Option<BirthRule>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Form {
    /// The identifier alone, and what it means.
    Bare { meaning: String },
    /// `PNOEE-…`, with one of these types.
    Semantics { types: Vec<String> },
}

/// What an identifier is a number of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum NumberOf {
    /// Of a document.
    Document,
    /// Of the person, in the scheme alone; it has no meaning elsewhere.
    Nothing,
    /// Of the person, as the state knows it.
    Person,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum BirthRule {
    Belgian,
    Estonian,
    Latvian,
}

/// What a serial number says under its scheme.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Named {
    /// From which pairwise subjects are derived.
    pub identifier: StableIdentifier,
    /// The identifier alone, without type and country.
    pub number: String,
    /// The date of birth, where the scheme encodes it and the number is whole.
    pub birth: Option<Date>,
}

impl Scheme {
    /// Reads a serial number. Nothing is trimmed, folded or guessed.
    #[must_use]
    pub fn name(&self, serial_number: &str) -> Option<Named> {
        let (number, value) = match &self.form {
            Form::Bare { meaning } => (serial_number, format!("{meaning}{serial_number}")),
            Form::Semantics { types } => {
                let rest = types.iter().find_map(|kind| serial_number.strip_prefix(kind.as_str()));
                let rest = rest?.strip_prefix(self.country.as_str())?;
                (rest.strip_prefix('-')?, serial_number.to_owned())
            }
        };
        if !self.patterns.iter().any(|pattern| fits(pattern, number)) {
            return None;
        }
        let birth = match self.birth {
            Some(BirthRule::Belgian) => belgian_birth(number),
            Some(BirthRule::Estonian) => estonian_birth(number),
            Some(BirthRule::Latvian) => latvian_birth(number),
            None => None,
        };
        let identifier = StableIdentifier { kind: self.kind, value };
        Some(Named { identifier, number: number.to_owned(), birth })
    }

    /// The schemes that come with the library.
    #[must_use]
    pub fn standard() -> Vec<Self> {
        let mut findings = Findings::new();
        // A test holds that the file has no finding.
        config::read(STANDARD, "schemes.toml", &mut findings, |table, findings| {
            table.required_u32("version", 1..=u32::MAX, findings)?;
            Some(table.tables("scheme", findings, Self::read))
        })
        .unwrap_or_default()
    }

    /// Reads one table of the form of `schemes.toml`.
    pub(crate) fn read(table: &mut Table<'_>, findings: &mut Findings) -> Option<Self> {
        let name = table.required_as("name", "1 to 40 of a-z, 0-9 and -", findings, |text| {
            let good = text.len() <= 40
                && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
            good.then(|| text.to_owned())
        });
        let country = table.required_as("country", "two letters A to Z", findings, Country::parse);
        let source = table.required_str("source", findings).map(str::to_owned);
        let bare = table.required_choice("form", &[("bare", true), ("semantics", false)], findings);
        let types = table.optional_str_list("types", findings).unwrap_or_default();
        let patterns = table.required_list("patterns", findings, |value, findings| {
            value.text_as("1 to 64 characters of ASCII", findings, |text| {
                (text.len() <= 64 && text.is_ascii()).then(|| text.to_owned())
            })
        });
        let kind = table.required_choice("kind", KINDS, findings);
        let meaning = table.optional_str("as", findings).unwrap_or_default().to_owned();
        let number = table.required_choice("number", NUMBERS, findings);
        let birth = table.optional_choice("birth", BIRTHS, findings);
        let form = if bare? {
            if !types.is_empty() {
                table.error("types", "have a meaning for the form \"semantics\" only", findings);
            }
            let own = country.as_ref().is_some_and(|country| is_prefix_of(&meaning, country));
            let fits = if kind == Some(IdentifierKind::EtsiPno) { own } else { meaning.is_empty() };
            if !fits {
                let message = "a semantics prefix of the own country, such as \"PNOEE-\", goes with \
                               kind \"etsi-pno\" and with no other";
                table.error("as", message, findings);
            }
            Form::Bare { meaning }
        } else {
            // Three letters each (ETSI EN 319 412-1, 5.1.3).
            let good =
                |kind: &&str| kind.len() == 3 && kind.bytes().all(|b| b.is_ascii_uppercase());
            if types.is_empty() || !types.iter().all(good) {
                table.error("types", "must name at least one type of three letters", findings);
            }
            if kind.is_some_and(|kind| kind != IdentifierKind::EtsiPno) {
                table.error("kind", "must be \"etsi-pno\" for the form \"semantics\"", findings);
            }
            Form::Semantics { types: types.into_iter().map(str::to_owned).collect() }
        };
        // The numbers of one state in the kind of another would be other people.
        if let (Some(state), Some(country)) = (kind.and_then(state_of), &country)
            && state != country.as_str()
        {
            table.error("kind", format!("is a number of {state}, not of {country}"), findings);
        }
        Some(Self {
            name: name?,
            country: country?,
            source: source?,
            form,
            patterns: patterns?,
            kind: kind?,
            number: number?,
            birth,
        })
    }
}

// Type, country, hyphen (ETSI EN 319 412-1, 5.1.3).
fn is_prefix_of(meaning: &str, country: &Country) -> bool {
    let number_type =
        meaning.strip_suffix('-').and_then(|rest| rest.strip_suffix(country.as_str()));
    number_type.is_some_and(|kind| kind.len() == 3 && kind.bytes().all(|b| b.is_ascii_uppercase()))
}

// The state whose numbers a kind has; the others name it in the value.
const fn state_of(kind: IdentifierKind) -> Option<&'static str> {
    match kind {
        IdentifierKind::BeNrn => Some("BE"),
        IdentifierKind::FiFinuid => Some("FI"),
        IdentifierKind::PtBi => Some("PT"),
        IdentifierKind::BundidBpk2
        | IdentifierKind::DeRestrictedId
        | IdentifierKind::EidasLpid
        | IdentifierKind::EidasPersons
        | IdentifierKind::EidasPid
        | IdentifierKind::EtsiPno
        | IdentifierKind::EudiPan => None,
    }
}

// 9 a digit, A a letter, X either, anything else itself.
fn fits(pattern: &str, text: &str) -> bool {
    pattern.len() == text.len()
        && pattern.bytes().zip(text.bytes()).all(|(wanted, found)| match wanted {
            b'9' => found.is_ascii_digit(),
            b'A' => found.is_ascii_uppercase(),
            b'X' => found.is_ascii_digit() || found.is_ascii_uppercase(),
            other => found == other,
        })
}

fn digits(text: &str) -> Option<Vec<u32>> {
    text.chars().map(|c| c.to_digit(10)).collect()
}

fn number(digits: &[u32]) -> u64 {
    digits.iter().fold(0, |n: u64, digit| n.saturating_mul(10).saturating_add(u64::from(*digit)))
}

fn date(year: u64, month: u64, day: u64) -> Option<Date> {
    Date::new(u16::try_from(year).ok()?, u8::try_from(month).ok()?, u8::try_from(day).ok()?)
}

// EVS 585:2007 and LST 1443:2004: century and sex, YYMMDD, three digits, a check digit modulo 11 with
// two rounds of weights.
fn estonian_birth(text: &str) -> Option<Date> {
    let digits = digits(text)?;
    let ([century, yy @ .., _, _, _, check], 11) = (digits.as_slice(), digits.len()) else {
        return None;
    };
    let sum = |weights: [u32; 10]| {
        let products = weights.iter().zip(&digits).map(|(w, d)| w.saturating_mul(*d));
        products.sum::<u32>().checked_rem(11).unwrap_or(0)
    };
    let first = sum([1, 2, 3, 4, 5, 6, 7, 8, 9, 1]);
    let value = if first < 10 { first } else { sum([3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) };
    if value.checked_rem(10)? != *check {
        return None;
    }
    let century = match century {
        1 | 2 => 1800,
        3 | 4 => 1900,
        5 | 6 => 2000,
        7 | 8 => 2100,
        _ => return None,
    };
    let (year, rest) = yy.split_at_checked(2)?;
    let (month, day) = rest.split_at_checked(2)?;
    date(number(year).saturating_add(century), number(month), number(day))
}

// Until 2017: DDMMYY, hyphen, century. Codes given out since begin with 32 and tell nothing.
fn latvian_birth(text: &str) -> Option<Date> {
    let digits = digits(&text.replace('-', ""))?;
    let (day, rest) = digits.split_at_checked(2)?;
    let (month, rest) = rest.split_at_checked(2)?;
    let (year, rest) = rest.split_at_checked(2)?;
    let century = match rest.first()? {
        0 => 1800,
        1 => 1900,
        2 => 2000,
        _ => return None,
    };
    date(number(year).saturating_add(century), number(month), number(day))
}

// YYMMDD, a sequence of three digits, 97 minus the remainder of the nine digits, which have a 2 in
// front for those born from 2000 on. Only one century fits; a date that was not known has zeros.
fn belgian_birth(text: &str) -> Option<Date> {
    let digits = digits(text)?;
    let (body, check) = digits.split_at_checked(9)?;
    let (body_number, check) = (number(body), number(check));
    let fits = |n: u64| 97_u64.saturating_sub(n.checked_rem(97).unwrap_or(0)) == check;
    let century = match (fits(body_number), fits(body_number.saturating_add(2_000_000_000))) {
        (true, false) => 1900,
        (false, true) => 2000,
        _ => return None,
    };
    let (year, rest) = body.split_at_checked(2)?;
    let (month, rest) = rest.split_at_checked(2)?;
    let (day, _) = rest.split_at_checked(2)?;
    date(number(year).saturating_add(century), number(month), number(day))
}

const STANDARD: &str = include_str!("schemes.toml");

const KINDS: &[(&str, IdentifierKind)] = &[
    (IdentifierKind::BeNrn.name(), IdentifierKind::BeNrn),
    (IdentifierKind::EtsiPno.name(), IdentifierKind::EtsiPno),
    (IdentifierKind::FiFinuid.name(), IdentifierKind::FiFinuid),
    (IdentifierKind::PtBi.name(), IdentifierKind::PtBi),
];
const NUMBERS: &[(&str, NumberOf)] =
    &[("document", NumberOf::Document), ("none", NumberOf::Nothing), ("person", NumberOf::Person)];
const BIRTHS: &[(&str, BirthRule)] =
    &[("be", BirthRule::Belgian), ("ee", BirthRule::Estonian), ("lv", BirthRule::Latvian)];

#[cfg(test)]
mod tests {
    use super::*;

    fn scheme(name: &str) -> Scheme {
        Scheme::standard().into_iter().find(|scheme| scheme.name == name).unwrap()
    }

    fn identifier(name: &str, serial: &str) -> Option<(&'static str, String)> {
        let named = scheme(name).name(serial)?;
        Some((named.identifier.kind.name(), named.identifier.value))
    }

    fn birth(name: &str, serial: &str) -> Option<String> {
        scheme(name).name(serial).unwrap().birth.map(|date| date.to_string())
    }

    #[test]
    fn the_file_has_no_finding() {
        let mut findings = Findings::new();
        let read = config::read(STANDARD, "schemes.toml", &mut findings, |table, findings| {
            table.required_u32("version", 1..=1, findings)?;
            Some(table.tables("scheme", findings, Scheme::read))
        });
        assert_eq!(findings.to_string(), "");
        let names: Vec<String> = read.unwrap().into_iter().map(|scheme| scheme.name).collect();
        assert_eq!(names.len(), STANDARD.matches("[[scheme]]").count());
        assert!(names.is_sorted());
    }

    #[test]
    fn semantics_identifiers_are_taken_as_certified() {
        let pno = |text: &str| Some(("etsi-pno", text.to_owned()));
        assert_eq!(identifier("ee-pno", "PNOEE-38001085718"), pno("PNOEE-38001085718"));
        assert_eq!(identifier("lv-pno", "PNOLV-321922-33032"), pno("PNOLV-321922-33032"));
        assert_eq!(identifier("es-dni", "IDCES-00000000T"), pno("IDCES-00000000T"));
        for bad in [
            "",
            "38001085718",
            "PNOEE38001085718",
            "PNOEE-3800108571",
            "PNOEE-380010857189",
            "PNOEE-3800108571X",
            "pnoee-38001085718",
            "PNOLT-38001085718",
            "IDCEE-38001085718",
            " PNOEE-38001085718",
            "PNOEE-38001085718 ",
            "PNOEE-３8001085718",
        ] {
            assert_eq!(identifier("ee-pno", bad), None, "{bad:?}");
        }
    }

    #[test]
    fn bare_numbers_mean_what_their_scheme_says() {
        let old = identifier("ee-bare", "38001085718");
        assert_eq!(old, identifier("ee-pno", "PNOEE-38001085718"));
        assert_eq!(identifier("be-nrn", "01050399864"), Some(("be-nrn", "01050399864".to_owned())));
        assert_eq!(
            identifier("fi-finuid", "99901112H"),
            Some(("fi-finuid", "99901112H".to_owned()))
        );
        assert_eq!(
            identifier("fi-finuid", "999020016"),
            Some(("fi-finuid", "999020016".to_owned()))
        );
        assert_eq!(identifier("pt-bi", "BI123456789"), Some(("pt-bi", "BI123456789".to_owned())));
        assert_eq!(identifier("be-nrn", "PNOBE-01050399864"), None);
        assert_eq!(identifier("ee-bare", "PNOEE-38001085718"), None);
        assert_eq!(identifier("fi-finuid", "99901112h"), None);
    }

    #[test]
    fn a_birth_date_is_told_only_where_the_number_encodes_it() {
        assert_eq!(birth("ee-pno", "PNOEE-38001085718").as_deref(), Some("1980-01-08"));
        assert_eq!(birth("ee-pno", "PNOEE-38001085719"), None);
        assert_eq!(birth("lt-pno", "PNOLT-30303039914").as_deref(), Some("1903-03-03"));
        assert_eq!(birth("lt-pno", "PNOLT-90303039914"), None);
        assert_eq!(birth("lv-pno", "PNOLV-321922-33032"), None);
        assert_eq!(birth("lv-pno", "PNOLV-290252-10000").as_deref(), Some("1952-02-29"));
        assert_eq!(birth("lv-pno", "PNOLV-290253-10000"), None);
        assert_eq!(birth("be-nrn", "01050399864").as_deref(), Some("2001-05-03"));
        assert_eq!(birth("be-nrn", "85073003328").as_deref(), Some("1985-07-30"));
        assert_eq!(birth("be-nrn", "85073003329"), None);
        assert_eq!(birth("fi-finuid", "999020016"), None);
    }

    #[test]
    fn a_scheme_that_contradicts_itself_is_a_finding() {
        let head = "version = 1\n[[scheme]]\nname = \"x\"\ncountry = \"XX\"\nsource = \"s\"\n\
                    patterns = [\"9\"]\nnumber = \"none\"\n";
        let found = |more: &str| {
            let mut findings = Findings::new();
            let text = format!("{head}{more}");
            let _ = config::read(&text, "s", &mut findings, |table, findings| {
                table.required_u32("version", 1..=1, findings)?;
                Some(table.tables("scheme", findings, Scheme::read))
            });
            findings.to_string()
        };
        let good = "form = \"semantics\"\ntypes = [\"PNO\"]\nkind = \"etsi-pno\"\n";
        assert_eq!(found(good), "");
        for (more, part) in [
            ("form = \"semantics\"\nkind = \"etsi-pno\"\n", "types: must name"),
            ("form = \"semantics\"\ntypes = [\"PNO\"]\nkind = \"be-nrn\"\n", "kind: must be"),
            ("form = \"bare\"\nkind = \"etsi-pno\"\n", "as: a semantics prefix"),
            ("form = \"bare\"\nas = \"PNOXX-\"\nkind = \"be-nrn\"\n", "as: a semantics prefix"),
            ("form = \"bare\"\ntypes = [\"PNO\"]\nkind = \"be-nrn\"\n", "types: have a meaning"),
        ] {
            assert!(found(more).contains(part), "{more}: {}", found(more));
        }
    }
}
