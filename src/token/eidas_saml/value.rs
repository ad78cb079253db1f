//! The values of one attribute (eIDAS attribute profile, 2.2 to 2.9).

use super::address;
use super::identifier::Identifier;
use super::map::States;
use super::table::{Group, Kind, Row};
use super::verify::iso;
use crate::UnixTime;
use crate::envelope::saml::{Attribute, NAME_FORMAT_URI, SCHEMA_INSTANCE, trimmed};
use crate::envelope::xml::Element;
use crate::identity::{Address, Country, Date, Name, Sex, Text, is_email, is_identifier};
use crate::token::saml::unwrapped;
use crate::verdict::{Code, Place, Refusal};

/// A value as it was meant.
#[derive(Clone, Eq, PartialEq)]
pub(super) enum Value {
    Address(Address),
    Birthdate(Date),
    Country(Country),
    Identifier(Identifier),
    Name(Name),
    Sex(Sex),
    Text(Text),
    /// An address that cannot be read: left out, with a line in the ledger.
    UnreadAddress,
}

/// Reads an attribute of the profile.
///
/// `xsi:type` never decides how a value is read: the name of the attribute does. Where it can be
/// resolved in what was signed, it must be the type of the profile.
///
/// # Errors
/// [`Code::SamlAttribute`] for another format of names, [`Code::SamlValueType`],
/// [`Code::AmbiguousAttribute`] for more values than one, [`Code::IdentityScript`],
/// [`Code::IdentityMalformed`], and those of [`Identifier::read`].
pub(super) fn read(
    attribute: &Attribute<'_, '_>,
    group: Group,
    row: &Row,
    states: States,
    now: UnixTime,
) -> Result<Value, Refusal> {
    let place = Place::part(row.place);
    if attribute.name_format != Some(NAME_FORMAT_URI) {
        return Err(Refusal::new(Code::SamlAttribute, place));
    }
    for value in &attribute.values {
        check_type(*value, group, row, place)?;
    }
    if row.kind == Kind::Name {
        return name(attribute, group, place).map(Value::Name);
    }
    let malformed = Refusal::new(Code::IdentityMalformed, place);
    let value = match attribute.values.as_slice() {
        [one] => one,
        [] => return Err(malformed),
        _ => return Err(Refusal::new(Code::AmbiguousAttribute, place)),
    };
    let text = value.text().map_err(|refusal| refusal.within(row.place, None))?;
    let text = text.as_ref();
    match row.kind {
        Kind::Identifier => Identifier::read(text, states, place).map(Value::Identifier),
        Kind::Address => {
            Ok(address::read(text, group.namespaces()).map_or(Value::UnreadAddress, Value::Address))
        }
        Kind::Birthdate => birthdate(text, now).map(Value::Birthdate).ok_or(malformed),
        Kind::Country => {
            Country::parse(trimmed(text)).map(iso).map(Value::Country).ok_or(malformed)
        }
        Kind::Email => email(trimmed(text)).map(Value::Text).ok_or(malformed),
        Kind::Gender => gender(trimmed(text)).map(Value::Sex).ok_or(malformed),
        Kind::Phone => phone(trimmed(text)).map(Value::Text).ok_or(malformed),
        Kind::Number => number(unwrapped(text)).map(Value::Text).ok_or(malformed),
        Kind::Text => Text::new(text).map(Value::Text).map_err(|_| malformed),
        // Read above.
        Kind::Name => Err(Code::Internal.into()),
    }
}

fn check_type(
    value: Element<'_, '_>,
    group: Group,
    row: &Row,
    place: Place,
) -> Result<(), Refusal> {
    let wrong = Refusal::new(Code::SamlValueType, place);
    // Without prefix there is no attribute on a value, and the mark of the script is of one namespace.
    for attribute in value.attributes() {
        let known = attribute.namespace.is_some_and(|namespace| {
            attribute.local != LATIN || group.namespaces().contains(&namespace)
        });
        if !known {
            return Err(Refusal::new(Code::SamlAttribute, place));
        }
    }
    let Some(stated) = value.attribute_ns(SCHEMA_INSTANCE, "type") else { return Ok(()) };
    let stated = trimmed(stated);
    let local = stated.rsplit_once(':').map_or(stated, |(_, local)| local);
    let base = local.strip_suffix("Type").ok_or(wrong)?;
    if base != row.segment && row.older != Some(base) {
        return Err(wrong);
    }
    // A prefix that nothing else uses is not among the signed octets: then it means nothing.
    match value.resolve(stated) {
        None => Ok(()),
        Some((Some(namespace), _)) if group.namespaces().contains(&namespace) => Ok(()),
        Some(_) => Err(wrong),
    }
}

// Exactly one value in Latin script, which may stand anywhere; of others at most one is the original.
fn name(attribute: &Attribute<'_, '_>, group: Group, place: Place) -> Result<Name, Refusal> {
    if attribute.values.len() > MAX_SCRIPTS {
        return Err(Refusal::new(Code::LimitCount, place));
    }
    let malformed = Refusal::new(Code::IdentityMalformed, place);
    let (mut latin, mut others) = (None, Vec::new());
    for value in &attribute.values {
        let text = value.text().map_err(|refusal| refusal.within(place.part, None))?;
        let text = Text::with_limit(&text, MAX_NAME_CHARS).map_err(|_| malformed)?;
        let mark = group.namespaces().iter().find_map(|ns| value.attribute_ns(ns, LATIN));
        match mark.map(trimmed) {
            None | Some("true" | "1") => {
                if latin.replace(text).is_some() {
                    return Err(Refusal::new(Code::IdentityScript, place));
                }
            }
            Some("false" | "0") => others.push(text),
            Some(_) => return Err(malformed),
        }
    }
    let latin = latin.ok_or(Refusal::new(Code::IdentityScript, place))?;
    Ok(match others.pop() {
        Some(original) if others.is_empty() => Name::new(original, Some(latin)),
        // Which of several would be the original is not said.
        _ => Name::new(latin, None),
    })
}

fn birthdate(text: &str, now: UnixTime) -> Option<Date> {
    let today = Date::of(now)?;
    Date::parse(trimmed(text)).filter(|date| *date <= today)
}

fn gender(text: &str) -> Option<Sex> {
    match text {
        "Male" => Sex::new(1),
        "Female" => Sex::new(2),
        "Unspecified" => Sex::new(0),
        _ => None,
    }
}

fn email(text: &str) -> Option<Text> {
    is_email(text).then(|| Text::with_limit(text, MAX_NUMBER_CHARS).ok())?
}

// E.164 with its prefix; people group the digits.
fn phone(text: &str) -> Option<Text> {
    let rest = text.strip_prefix('+')?;
    let digits = rest.bytes().filter(u8::is_ascii_digit).count();
    let plain = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')' | '.' | '/');
    ((4..=15).contains(&digits) && rest.len() <= 32 && rest.chars().all(plain))
        .then(|| Text::new(text).ok())?
}

fn number(text: &str) -> Option<Text> {
    is_identifier(text).then(|| Text::with_limit(text, MAX_NUMBER_CHARS).ok())?
}

const LATIN: &str = "LatinScript";
// Latin, and the scripts of the Union.
const MAX_SCRIPTS: usize = 8;
// Companies have long names, and an assertion has 6 KiB.
const MAX_NAME_CHARS: usize = 512;
const MAX_NUMBER_CHARS: usize = 256;
