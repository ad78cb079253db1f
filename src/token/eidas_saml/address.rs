//! Addresses: base64 of elements without a root (eIDAS attribute profile, 2.2.9).

use crate::envelope::base64std;
use crate::envelope::xml::{Document, Limits};
use crate::identity::{Address, Country, Text};

/// Reads an address; `None` for one that is not well formed or tells nothing, which costs the address
/// and never the login.
///
/// * `namespaces`: those that its elements may have.
pub(super) fn read(base64: &str, namespaces: &[&str]) -> Option<Address> {
    if base64.len() > MAX_BASE64_BYTES {
        return None;
    }
    let fragment = base64std::decode_wrapped(base64.as_bytes()).ok()?;
    let fragment = std::str::from_utf8(&fragment).ok()?;
    // The prefix is bound where the fragment was cut out; it can only mean the one namespace.
    let wrapped = match prefix(fragment)? {
        "" => format!("<address xmlns=\"{}\">{fragment}</address>", namespaces.first()?),
        prefix => {
            format!("<address xmlns:{prefix}=\"{}\">{fragment}</address>", namespaces.first()?)
        }
    };
    let document = Document::parse(wrapped.as_bytes(), &LIMITS).ok()?;
    let root = document.root();
    if !root.has_only_elements() {
        return None;
    }
    root.without_markup().ok()?;
    let mut parts: [Option<String>; PARTS.len()] = Default::default();
    for child in root.children() {
        if !namespaces.iter().any(|namespace| child.namespace() == Some(*namespace)) {
            return None;
        }
        let known = |names: &&[&str]| names.contains(&child.local_name());
        let slot = parts.get_mut(PARTS.iter().position(known)?)?;
        let text = child.text().ok()?;
        if slot.replace(text.trim().to_owned()).is_some() {
            return None;
        }
    }
    build(parts)
}

fn build(parts: [Option<String>; PARTS.len()]) -> Option<Address> {
    let text = |part: &Option<String>| match part.as_deref() {
        None | Some("") => Some(None),
        Some(text) => Text::new(text).ok().map(Some),
    };
    let [po_box, designator, name, area, street, town, first, second, code, full] = &parts;
    let told: Vec<&str> =
        parts.iter().flatten().map(String::as_str).filter(|part| !part.is_empty()).collect();
    // What has no place of its own is told in the whole address only.
    let unplaced =
        [po_box, name, area].iter().any(|part| part.as_ref().is_some_and(|p| !p.is_empty()));
    let country = first.as_deref().and_then(|code| Country::parse(code).map(super::verify::iso));
    let unread = first.as_ref().is_some_and(|text| !text.is_empty()) && country.is_none();
    let formatted = match full.as_deref() {
        Some(full) if !full.is_empty() => {
            let lines: Vec<&str> =
                full.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            Some(lines.join(", "))
        }
        _ if unplaced || unread => Some(told.join(", ")),
        _ => None,
    };
    let address = Address {
        formatted: match formatted {
            None => None,
            Some(text) => Some(Text::with_limit(&text, MAX_FORMATTED_CHARS).ok()?),
        },
        street_address: text(street)?,
        house_number: text(designator)?,
        postal_code: text(code)?,
        locality: text(town)?,
        region: text(second)?,
        country,
    };
    (!address.is_empty()).then_some(address)
}

// The prefix of the first element; empty when it has none.
fn prefix(fragment: &str) -> Option<&str> {
    let name = fragment.trim_start().strip_prefix('<')?;
    let end = name.find(|c: char| c == '>' || c == '/' || c.is_ascii_whitespace())?;
    let (prefix, _) = name.get(..end)?.split_once(':').unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let fits = prefix.len() <= 64
        && prefix.chars().all(plain)
        && !prefix.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '.'))
        && !prefix.to_ascii_lowercase().starts_with("xml");
    fits.then_some(prefix)
}

// In the order of the profile; two nodes write the administrative units in two ways.
const PARTS: &[&[&str]; 10] = &[
    &["PoBox"],
    &["LocatorDesignator"],
    &["LocatorName"],
    &["CvaddressArea"],
    &["Thoroughfare"],
    &["PostName"],
    &["AdminunitFirstline", "AdminUnitFirstline"],
    &["AdminunitSecondline", "AdminUnitSecondline"],
    &["PostCode"],
    &["FullAddress"],
];

// 8 KiB of XML, in base64 with line breaks.
const MAX_BASE64_BYTES: usize = 12_288;
const LIMITS: Limits =
    Limits { bytes: 8_448, depth: 3, attributes: 8, nodes: 64, text: 2_048, ..Limits::MESSAGE };
const MAX_FORMATTED_CHARS: usize = 600;

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;

    fn encode(text: &str) -> String {
        base64::engine::general_purpose::STANDARD.encode(text)
    }

    const NS: &[&str] = &["http://eidas.europa.eu/attributes/naturalperson"];

    fn of(xml: &str) -> Option<Address> {
        read(&encode(xml), NS)
    }

    #[test]
    fn parts_come_into_their_places() {
        let address = of("<eidas-natural:LocatorDesignator>22</eidas-natural:LocatorDesignator>\
            <eidas-natural:Thoroughfare>Esplanadi</eidas-natural:Thoroughfare>\
            <eidas-natural:PostName>Helsinki</eidas-natural:PostName>\
            <eidas-natural:AdminunitFirstline>FI</eidas-natural:AdminunitFirstline>\
            <eidas-natural:AdminUnitSecondline>Uusimaa</eidas-natural:AdminUnitSecondline>\
            <eidas-natural:PostCode>00130</eidas-natural:PostCode>")
        .unwrap();
        let text = |part: &Option<Text>| part.as_ref().map(|text| text.as_str().to_owned());
        assert_eq!(text(&address.street_address).as_deref(), Some("Esplanadi"));
        assert_eq!(text(&address.house_number).as_deref(), Some("22"));
        assert_eq!(text(&address.locality).as_deref(), Some("Helsinki"));
        assert_eq!(text(&address.region).as_deref(), Some("Uusimaa"));
        assert_eq!(text(&address.postal_code).as_deref(), Some("00130"));
        assert_eq!(address.country, Country::parse("FI"));
        assert!(address.formatted.is_none());
    }

    #[test]
    fn what_has_no_place_of_its_own_is_told_in_the_whole() {
        let address = of("<n:PoBox>12</n:PoBox><n:PostName>Oulu</n:PostName>").unwrap();
        assert_eq!(address.formatted.unwrap().as_str(), "12, Oulu");
        let full = of("<FullAddress>Heidestr. 17\n 51147 Köln</FullAddress>").unwrap();
        assert_eq!(full.formatted.unwrap().as_str(), "Heidestr. 17, 51147 Köln");
        let named =
            of("<n:PostName>Oulu</n:PostName><n:AdminunitFirstline>Suomi</n:AdminunitFirstline>");
        let named = named.unwrap();
        assert_eq!((named.formatted.unwrap().as_str(), named.country), ("Oulu, Suomi", None));
    }

    #[test]
    fn a_fragment_that_is_more_than_an_address_is_none() {
        let good = "<n:PostName>Oulu</n:PostName>";
        assert!(of(good).is_some());
        assert!(of(&format!("\n{good}\n{good}").replacen("PostName", "Thoroughfare", 2)).is_some());
        for bad in [
            "",
            "Oulu",
            "<n:PostName/>",
            "<n:PostName>Oulu</n:PostName><n:PostName>Espoo</n:PostName>",
            "<n:PostName>Oulu</n:PostName><n:Planet>Earth</n:Planet>",
            "<n:PostName>Oulu</n:PostName>and more",
            "<n:PostName>Oulu<n:x/></n:PostName>",
            "<n:PostName>Ou<!-- -->lu</n:PostName>",
            "<n:PostName>Ou<?p?>lu</n:PostName>",
            "<n:PostName>Oulu</n:PostName></address><address>",
            "<!DOCTYPE a [<!ENTITY e 'x'>]><n:PostName>&e;</n:PostName>",
            "<?xml version=\"1.0\"?><n:PostName>Oulu</n:PostName>",
            "<n:PostName>Oulu</n:PostName><m:PostCode>1</m:PostCode>",
            "<n:PostName xmlns:n=\"urn:other\">Oulu</n:PostName>",
            "<xml:PostName>Oulu</xml:PostName>",
            "<xmlns:PostName>Oulu</xmlns:PostName>",
            "<n\"x:PostName>Oulu</n\"x:PostName>",
            &format!("<n:PostName>{}</n:PostName>", "x".repeat(151)),
            &format!("<n:PostName>{}</n:PostName>", "x".repeat(9_000)),
        ] {
            assert!(of(bad).is_none(), "{bad}");
        }
        for bad in ["%%%", "PG4", &"A".repeat(MAX_BASE64_BYTES + 4)] {
            assert!(read(bad, NS).is_none());
        }
    }

    #[test]
    fn white_space_of_base64_is_skipped() {
        let base64 = encode("<n:PostName>Oulu</n:PostName>");
        let (first, rest) = base64.split_at(20);
        let wrapped = format!("\n  {first}\n  {rest}\n");
        assert!(read(&wrapped, NS).is_some());
    }
}
