//! Attributes of the person: what the rulebook allows, and what it does not.

use super::kit::{Kit, attributes, pid};
use super::{HONEST, Made, Set};
use serde_json::{Value, json};

const RULEBOOK: &str = "PID rulebook, 3; CIR (EU) 2024/2977, annex";

pub(super) fn add(set: &mut Set, kit: &Kit) -> Made<()> {
    accepted(set, kit)?;
    malformed(set, kit)
}

fn accepted(set: &mut Set, kit: &Kit) -> Made<()> {
    let long = "ä".repeat(150);
    let mail = format!("{}@example.org", "a".repeat(138));
    let cases: Vec<(&str, &str, Value, &str)> = vec![
        ("name-of-150", "family_name", json!(long), "150 characters, each of two bytes."),
        ("name-of-149", "family_name", json!("ä".repeat(149)), "149 characters."),
        ("name-in-greek", "family_name", json!("Μήτσου"), "A name in Greek script stays as it is."),
        (
            "name-with-apostrophe",
            "family_name",
            json!("O’Connor-Šūlis"),
            "Apostrophe, hyphen and diacritics.",
        ),
        ("birthdate-year", "birthdate", json!("1964"), "Only the year is known."),
        ("birthdate-month", "birthdate", json!("1964-08"), "Year and month are known."),
        ("birthdate-leap-day", "birthdate", json!("1964-02-29"), "A leap day."),
        (
            "nationalities-16",
            "nationalities",
            json!(vec!["DE"; 16]),
            "As many nationalities as are read.",
        ),
        ("nationality-stateless", "nationalities", json!(["QS"]), "Stateless."),
        ("sex-open", "sex", json!(6), "A value beyond ISO/IEC 5218."),
        ("email-long", "email", json!(mail), "An address of 150 characters."),
        ("jurisdiction-of-country", "issuing_jurisdiction", json!("DE"), "A bare country."),
        (
            "place-of-birth-country",
            "place_of_birth",
            json!({ "country": "DE" }),
            "Only the country of birth.",
        ),
    ];
    for (name, claim, value, about) in cases {
        let mut pid = pid()?;
        pid.claims.insert(claim.to_owned(), value);
        let token = kit.sign(&kit.issuer.parts(&pid))?;
        set.accept(&format!("identity/{name}"), &attributes(&pid), token).about(about, RULEBOOK);
    }
    let mut pid = pid()?;
    pid.claims.insert("family_name".to_owned(), json!("Mu\u{308}ller"));
    let token = kit.sign(&kit.issuer.parts(&pid))?;
    pid.claims.insert("family_name".to_owned(), json!("Müller"));
    set.accept("identity/name-composed", &attributes(&pid), token)
        .about("A letter and its mark apart become one in NFC.", "Unicode, UAX #15");
    let token = kit.claim("picture", json!(""))?;
    set.accept("identity/picture-left-out", &attributes(&super::kit::pid()?), token)
        .about("A person without portrait: the value is empty.", RULEBOOK);
    Ok(())
}

fn malformed(set: &mut Set, kit: &Kit) -> Made<()> {
    let address = |name: &str, value: Value| json!({ "locality": "Köln", name: value });
    let cases: Vec<(&str, &str, Value)> = vec![
        ("name-empty", "family_name", json!("")),
        ("name-blank", "family_name", json!("   ")),
        ("name-of-151", "family_name", json!("ä".repeat(151))),
        ("name-number", "family_name", json!(7)),
        ("name-null", "family_name", Value::Null),
        ("name-array", "family_name", json!(["Mustermann"])),
        ("name-with-nul", "family_name", json!("Muster\0mann")),
        ("name-with-line-end", "given_name", json!("Erika\nJördis")),
        ("name-with-override", "given_name", json!("Erika\u{202e}sidröJ")),
        ("name-with-isolate", "birth_given_name", json!("Erika\u{2066}")),
        ("birthdate-no-day", "birthdate", json!("1964-02-30")),
        ("birthdate-no-leap-day", "birthdate", json!("1900-02-29")),
        ("birthdate-month-13", "birthdate", json!("1964-13-01")),
        ("birthdate-other-form", "birthdate", json!("12.08.1964")),
        ("birthdate-with-time", "birthdate", json!("1964-08-12T00:00:00Z")),
        ("birthdate-number", "birthdate", json!(19_640_812)),
        ("birthdate-zero", "birthdate", json!("0000-00-00")),
        ("date-of-expiry-month", "date_of_expiry", json!("2034-08")),
        ("date-of-issuance-text", "date_of_issuance", json!("yesterday")),
        ("nationality-lower-case", "nationalities", json!(["de"])),
        ("nationality-of-three", "nationalities", json!(["DEU"])),
        ("nationality-text", "nationalities", json!("DE")),
        ("nationalities-17", "nationalities", json!(vec!["DE"; 17])),
        ("sex-7", "sex", json!(7)),
        ("sex-text", "sex", json!("2")),
        ("sex-fraction", "sex", json!(2.5)),
        ("email-without-at", "email", json!("erika.example")),
        ("email-with-blank", "email", json!("erika jördis@mustermann.example")),
        ("email-empty-part", "email", json!("@mustermann.example")),
        ("phone-without-plus", "phone_number", json!("004930123")),
        ("phone-with-letters", "phone_number", json!("+49CALLME")),
        ("phone-of-21", "phone_number", json!(format!("+{}", "1".repeat(21)))),
        ("jurisdiction-of-four", "issuing_jurisdiction", json!("DE-NRWX")),
        ("jurisdiction-lower-case", "issuing_jurisdiction", json!("de-nw")),
        ("number-with-blank", "personal_administrative_number", json!(" TEST-17")),
        ("number-empty", "personal_administrative_number", json!("")),
        ("number-number", "personal_administrative_number", json!(17)),
        ("document-number-with-nul", "document_number", json!("TEST\u{0}17")),
        ("address-text", "address", json!("Heidestraße 17, 51147 Köln")),
        ("address-country", "address", address("country", json!("Deutschland"))),
        ("address-number", "address", address("house_number", json!(17))),
        ("address-formatted-of-601", "address", address("formatted", json!("ä".repeat(601)))),
        ("place-of-birth-text", "place_of_birth", json!("München")),
        ("place-of-birth-no-country", "place_of_birth", json!({ "country": "Bayern" })),
        ("picture-png", "picture", json!("data:image/png;base64,iVBORw0KGgo=")),
        ("picture-address", "picture", json!("https://pid.example/portrait.jpg")),
        ("picture-base64url", "picture", json!("data:image/jpeg;base64,_9j_")),
        ("trust-anchor-too-long", "trust_anchor", json!("t".repeat(2_049))),
    ];
    for (name, claim, value) in cases {
        set.refuse(
            &format!("identity/{name}"),
            "identity.malformed",
            HONEST,
            kit.claim(claim, value)?,
        )
        .about(&format!("The claim {claim} breaks the rulebook."), RULEBOOK);
    }
    Ok(())
}
