//! Messages whose signature holds and that still do not log anybody in: P45 to P56.

use super::super::kit::{FORMAT, PROFILE, bent, eidas, node, with_assertion, with_response};
use super::HONEST;
use crate::make::Made;
use crate::make::set::Set;
use eid_broker_maker::saml::eidas::{ERIKA, Node, Person, natural};
use eid_broker_maker::saml::{Answer, Asked, Element, Message, loa, status};

const DATA: &str = "saml2:Subject/saml2:SubjectConfirmation/saml2:SubjectConfirmationData";

pub(super) fn add(set: &mut Set) -> Made<()> {
    response(set)?;
    statuses(set)?;
    confirmation(set)?;
    conditions(set)?;
    authentication(set)?;
    levels(set)?;
    persons(set)?;
    names(set)
}

fn response(set: &mut Set) -> Made<()> {
    let attribute = |name: &'static str, value: Option<&'static str>| {
        with_response(eidas(), |response| {
            match value {
                Some(value) => response.set(name, value),
                None => response.unset(name),
            }
            Ok(())
        })
    };
    for (id, code, name, value, about, attack) in [
        ("version/response", "saml.version", "Version", Some("1.1"), "Version 1.1.", ""),
        ("version/response-none", "saml.attribute", "Version", None, "No version.", ""),
        (
            "request/other",
            "request.in_response_to",
            "InResponseTo",
            Some("_other"),
            "The response answers another request.",
            "XML-47",
        ),
        (
            "request/none",
            "request.in_response_to",
            "InResponseTo",
            None,
            "A response that nobody asked for.",
            "XML-47",
        ),
        (
            "destination/other",
            "destination.mismatch",
            "Destination",
            Some("https://other.example/saml/acs"),
            "For another endpoint.",
            "",
        ),
        ("destination/none", "destination.mismatch", "Destination", None, "For no endpoint.", ""),
        (
            "destination/other-spelling",
            "destination.mismatch",
            "Destination",
            Some("https://broker.example:443/saml/acs"),
            "The endpoint in another spelling.",
            "",
        ),
        (
            "consent/unknown",
            "saml.value",
            "Consent",
            Some("urn:example:consent"),
            "A consent of another kind.",
            "",
        ),
        ("time/response-none", "saml.attribute", "IssueInstant", None, "No time.", "XML-46"),
        (
            "time/response-old",
            "time.too_old",
            "IssueInstant",
            Some("2026-03-01T11:53:59Z"),
            "The response is older than five minutes and the tolerance.",
            "XML-46",
        ),
        (
            "time/response-future",
            "time.future",
            "IssueInstant",
            Some("2026-03-01T12:02:00Z"),
            "The response is of the future.",
            "XML-46",
        ),
        (
            "time/response-without-zone",
            "saml.value",
            "IssueInstant",
            Some("2026-03-01T11:59:50"),
            "A time without a zone.",
            "XML-46",
        ),
        ("time/response-no-date", "saml.value", "IssueInstant", Some("now"), "No time.", "XML-46"),
        (
            "identifier/response-none",
            "saml.attribute",
            "ID",
            None,
            "The response has no identifier.",
            "",
        ),
    ] {
        let text = if name == "ID" {
            let mut message = eidas()?;
            message.response.unset("ID");
            message.outer = message.outer.map(|outer| outer.with_reference("#_response"));
            message.to_xml()?
        } else {
            attribute(name, value)?
        };
        let vector = set.refuse(id, code, HONEST, text);
        vector.about(about, PROFILE);
        if !attack.is_empty() {
            vector.attack(attack);
        }
    }
    let issuer = |text: &str, format: Option<&str>| {
        with_response(eidas(), |response| {
            let issuer = response.at("saml2:Issuer")?;
            issuer.set_text(text);
            if let Some(format) = format {
                issuer.set("Format", format);
            }
            Ok(())
        })
    };
    let own = "https://eidas-node.example/ServiceMetadata";
    for (id, code, text, format, about) in [
        (
            "issuer/other",
            "issuer.mismatch",
            "https://other-node.example/ServiceMetadata",
            None,
            "The response is of another node.",
        ),
        ("issuer/empty", "saml.value", "", None, "The issuer is empty."),
        (
            "issuer/other-format",
            "saml.attribute",
            own,
            Some("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"),
            "The issuer is no entity.",
        ),
        (
            "issuer/other-case",
            "issuer.mismatch",
            "https://eidas-node.example/servicemetadata",
            None,
            "The issuer in another spelling.",
        ),
    ] {
        set.refuse(id, code, HONEST, issuer(text, format)?).about(about, PROFILE).attack("XML-48");
    }
    let none = with_response(eidas(), |response| {
        response.take("saml2:Issuer")?;
        Ok(())
    })?;
    set.refuse("issuer/none", "saml.element", HONEST, none)
        .about("No issuer.", PROFILE)
        .attack("XML-48");
    let inner = with_assertion(eidas(), |assertion| {
        assertion.at("saml2:Issuer")?.set_text("https://other-node.example/ServiceMetadata");
        Ok(())
    })?;
    set.refuse("issuer/of-the-assertion", "issuer.mismatch", HONEST, inner)
        .about("The assertion is of another node than the response.", PROFILE)
        .attack("XML-48");
    let version = with_assertion(eidas(), |assertion| {
        assertion.set("Version", "1.1");
        Ok(())
    })?;
    set.refuse("version/assertion", "saml.version", HONEST, version)
        .about("An assertion of version 1.1.", PROFILE);
    for (name, code, about) in
        [("ID", "saml.attribute", "no identifier"), ("IssueInstant", "saml.attribute", "no time")]
    {
        let text = with_assertion(eidas(), |assertion| {
            assertion.unset(name);
            Ok(())
        })?;
        let id = name.to_lowercase();
        set.refuse(&format!("assertion/without-{id}"), code, HONEST, text)
            .about(&format!("The assertion has {about}."), PROFILE);
    }
    Ok(())
}

fn statuses(set: &mut Set) -> Made<()> {
    let failed = |codes: &[&str], more: Option<Message>| -> Made<String> {
        let asked = Asked::honest();
        let node = node()?;
        let answer = Answer::new(&asked, &node.entity);
        let mut message = node.failure(&asked)?;
        message.response = answer.failure(codes, None)?;
        if let Some(more) = more {
            message.assertions = more.assertions;
            message.encryption = more.encryption;
        }
        Ok(message.to_xml()?)
    };
    for (id, code, codes, about) in [
        (
            "authn-failed",
            "result.failed",
            &[status::RESPONDER, status::AUTHN_FAILED][..],
            "The person was not authenticated.",
        ),
        (
            "request-denied",
            "result.denied",
            &[status::RESPONDER, status::REQUEST_DENIED],
            "The request was denied.",
        ),
        (
            "invalid-attribute",
            "result.error",
            &[status::REQUESTER, status::INVALID_ATTRIBUTE],
            "An attribute cannot be had.",
        ),
        (
            "version-mismatch",
            "result.error",
            &[status::VERSION_MISMATCH],
            "Another version was asked for.",
        ),
        ("unknown", "saml.value", &["urn:example:status"], "A status that is unknown."),
        (
            "success-without-assertion",
            "result.contradiction",
            &[status::SUCCESS],
            "Success, and no assertion.",
        ),
    ] {
        set.refuse(&format!("status/{id}"), code, HONEST, failed(codes, None)?)
            .about(about, "SAML Core 2.0, 3.2.2.2");
    }
    let both = failed(&[status::RESPONDER, status::AUTHN_FAILED], Some(eidas()?))?;
    set.refuse("status/failure-with-assertion", "result.failed", HONEST, both)
        .about("A failure that brings an assertion.", "SAML Core 2.0, 3.2.2.2");
    let none = with_response(eidas(), |response| {
        response.take("saml2p:Status")?;
        Ok(())
    })?;
    set.refuse("status/none", "saml.element", HONEST, none)
        .about("No status.", "SAML Core 2.0, 3.2.2.2");
    let two = with_response(eidas(), |response| {
        let again = response.find("saml2p:Status").ok_or("no status")?.clone();
        response.children.push(again.into());
        Ok(())
    })?;
    set.refuse("status/two", "saml.element", HONEST, two)
        .about("Two statuses.", "SAML Core 2.0, 3.2.2.2");
    Ok(())
}

fn confirmation(set: &mut Set) -> Made<()> {
    let data = |name: &'static str, value: Option<&'static str>| {
        with_assertion(eidas(), |assertion| {
            match value {
                Some(value) => assertion.at(DATA)?.set(name, value),
                None => assertion.at(DATA)?.unset(name),
            }
            Ok(())
        })
    };
    for (id, code, name, value, about) in [
        (
            "request",
            "request.in_response_to",
            "InResponseTo",
            Some("_other"),
            "For another request.",
        ),
        ("request-none", "request.in_response_to", "InResponseTo", None, "For no request."),
        (
            "recipient",
            "destination.mismatch",
            "Recipient",
            Some("https://other.example/saml/acs"),
            "For another endpoint.",
        ),
        ("recipient-none", "destination.mismatch", "Recipient", None, "For no endpoint."),
        (
            "expired",
            "time.expired",
            "NotOnOrAfter",
            Some("2026-03-01T11:59:00Z"),
            "Expired, while the conditions are not.",
        ),
        ("end-none", "confirmation.malformed", "NotOnOrAfter", None, "No end."),
        (
            "begin",
            "confirmation.malformed",
            "NotBefore",
            Some("2026-03-01T11:59:00Z"),
            "A beginning, which bearers do not have.",
        ),
    ] {
        set.refuse(&format!("confirmation/{id}"), code, HONEST, data(name, value)?)
            .about(about, "SAML Profiles 2.0, 4.1.4.2")
            .attack("XML-46");
    }
    let method = with_assertion(eidas(), |assertion| {
        let confirmation = assertion.at("saml2:Subject/saml2:SubjectConfirmation")?;
        confirmation.set("Method", "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches");
        Ok(())
    })?;
    set.refuse("confirmation/other-method", "confirmation.malformed", HONEST, method)
        .about("Another method than bearer.", "SAML Profiles 2.0, 4.1.4.2");
    let none = with_assertion(eidas(), |assertion| {
        assertion.at("saml2:Subject")?.take("saml2:SubjectConfirmation")?;
        Ok(())
    })?;
    set.refuse("confirmation/none", "confirmation.malformed", HONEST, none)
        .about("No confirmation.", "SAML Profiles 2.0, 4.1.4.2");
    let no_data = with_assertion(eidas(), |assertion| {
        assertion.take(DATA)?;
        Ok(())
    })?;
    set.refuse("confirmation/no-data", "confirmation.malformed", HONEST, no_data)
        .about("A confirmation that says nothing.", "SAML Profiles 2.0, 4.1.4.2");
    let two = with_assertion(eidas(), |assertion| {
        let subject = assertion.at("saml2:Subject")?;
        let again = subject.find("saml2:SubjectConfirmation").ok_or("none")?.clone();
        subject.children.push(again.into());
        Ok(())
    })?;
    set.refuse("confirmation/two", "confirmation.malformed", HONEST, two)
        .about("Two confirmations.", "SAML Profiles 2.0, 4.1.4.2");
    let subject = with_assertion(eidas(), |assertion| {
        assertion.take("saml2:Subject")?;
        Ok(())
    })?;
    set.refuse("confirmation/no-subject", "saml.element", HONEST, subject)
        .about("An assertion about nobody.", "SAML Profiles 2.0, 4.1.4.2");
    Ok(())
}

fn conditions(set: &mut Set) -> Made<()> {
    let attribute = |name: &'static str, value: Option<&'static str>| {
        with_assertion(eidas(), |assertion| {
            let conditions = assertion.at("saml2:Conditions")?;
            match value {
                Some(value) => conditions.set(name, value),
                None => conditions.unset(name),
            }
            Ok(())
        })
    };
    // The clock stands at 12:00:00, the policy allows a minute on either side.
    for (id, code, name, value, about) in [
        ("expired", "time.expired", "NotOnOrAfter", Some("2026-03-01T11:58:00Z"), "Expired."),
        (
            "end-at",
            "time.expired",
            "NotOnOrAfter",
            Some("2026-03-01T11:59:00Z"),
            "Expired to the second.",
        ),
        (
            "not-yet",
            "time.not_yet_valid",
            "NotBefore",
            Some("2026-03-01T12:02:00Z"),
            "Not yet valid.",
        ),
        (
            "begin-one-past",
            "time.not_yet_valid",
            "NotBefore",
            Some("2026-03-01T12:01:01Z"),
            "Not yet valid for one second.",
        ),
        ("end-none", "condition.missing", "NotOnOrAfter", None, "No end."),
        ("begin-none", "condition.missing", "NotBefore", None, "No beginning."),
        (
            "end-without-zone",
            "saml.value",
            "NotOnOrAfter",
            Some("2026-03-01T12:05:00"),
            "A time without a zone.",
        ),
        ("empty-time", "saml.value", "NotOnOrAfter", Some(""), "A time that is empty."),
    ] {
        set.refuse(&format!("conditions/{id}"), code, HONEST, attribute(name, value)?)
            .about(about, "SAML Core 2.0, 2.5.1")
            .attack("XML-46");
    }
    let none = with_assertion(eidas(), |assertion| {
        assertion.take("saml2:Conditions")?;
        Ok(())
    })?;
    set.refuse("conditions/none", "condition.missing", HONEST, none)
        .about("No conditions.", "SAML Core 2.0, 2.5.1")
        .attack("XML-46");
    let restriction = |values: &[&str]| {
        let audiences = values.iter().map(|value| Element::new("saml2:Audience").text(value));
        Element::new("saml2:AudienceRestriction").children(audiences)
    };
    let own = "https://broker.example/saml/metadata";
    for (id, code, restrictions, about) in [
        (
            "other",
            "audience.mismatch",
            vec![restriction(&["https://other.example/saml/metadata"])],
            "For another service.",
        ),
        (
            "second-without-us",
            "audience.mismatch",
            vec![restriction(&[own]), restriction(&["https://other.example/"])],
            "The second restriction does not name us.",
        ),
        ("none", "condition.missing", Vec::new(), "No restriction."),
        ("empty", "saml.element", vec![restriction(&[])], "A restriction to nobody."),
        (
            "longer",
            "audience.mismatch",
            vec![restriction(&["https://broker.example/saml/metadata/"])],
            "Our name with a letter more.",
        ),
        (
            "other-case",
            "audience.mismatch",
            vec![restriction(&["https://BROKER.example/saml/metadata"])],
            "Our name in another spelling.",
        ),
    ] {
        let text = with_assertion(eidas(), |assertion| {
            let conditions = assertion.at("saml2:Conditions")?;
            conditions.children = restrictions.into_iter().map(Into::into).collect();
            Ok(())
        })?;
        set.refuse(&format!("audience/{id}"), code, HONEST, text)
            .about(about, "SAML Core 2.0, 2.5.1.4")
            .attack("XML-45");
    }
    for (id, code, condition, about) in [
        (
            "unknown",
            "condition.unknown",
            Element::new("saml2:Condition").with("xsi:type", "x:Y").declaring("x", "urn:example:x"),
            "A condition that nobody knows.",
        ),
        (
            "foreign",
            "condition.unknown",
            Element::new("q:OneTimeUse").declaring("q", "urn:example:x"),
            "A condition of another namespace.",
        ),
    ] {
        let text = with_assertion(eidas(), |assertion| {
            assertion.at("saml2:Conditions")?.children.push(condition.into());
            Ok(())
        })?;
        set.refuse(&format!("conditions/{id}"), code, HONEST, text)
            .about(about, "SAML Core 2.0, 2.5.1.1");
    }
    let twice = with_assertion(eidas(), |assertion| {
        let conditions = assertion.at("saml2:Conditions")?;
        for _ in 0..2 {
            conditions.children.push(Element::new("saml2:OneTimeUse").into());
        }
        Ok(())
    })?;
    set.refuse("conditions/one-time-use-twice", "condition.unknown", HONEST, twice)
        .about("A condition that may stand there once.", "SAML Core 2.0, 2.5.1.5");
    Ok(())
}

fn authentication(set: &mut Set) -> Made<()> {
    let statement = |change: fn(&mut Element) -> Made<()>| with_assertion(eidas(), change);
    let cases: Vec<(&str, &str, String, &str)> = vec![
        (
            "none",
            "saml.element",
            statement(|assertion| {
                assertion.take("saml2:AuthnStatement")?;
                Ok(())
            })?,
            "Nothing is said about the act.",
        ),
        (
            "two",
            "saml.element",
            statement(|assertion| {
                let mut again = assertion.find("saml2:AuthnStatement").ok_or("none")?.clone();
                again.at("saml2:AuthnContext/saml2:AuthnContextClassRef")?.set_text(loa::LOW);
                assertion.after("saml2:AuthnStatement", again);
                Ok(())
            })?,
            "Two statements about the act, of different levels.",
        ),
        (
            "future",
            "time.future",
            statement(|assertion| {
                assertion.at("saml2:AuthnStatement")?.set("AuthnInstant", "2026-03-01T12:05:00Z");
                Ok(())
            })?,
            "The act is of the future.",
        ),
        (
            "no-instant",
            "saml.attribute",
            statement(|assertion| {
                assertion.at("saml2:AuthnStatement")?.unset("AuthnInstant");
                Ok(())
            })?,
            "The act has no time.",
        ),
        (
            "session-over",
            "time.expired",
            statement(|assertion| {
                assertion
                    .at("saml2:AuthnStatement")?
                    .set("SessionNotOnOrAfter", "2026-03-01T11:58:00Z");
                Ok(())
            })?,
            "The session is over.",
        ),
        (
            "no-attributes",
            "saml.element",
            statement(|assertion| {
                assertion.take("saml2:AttributeStatement")?;
                Ok(())
            })?,
            "Nothing is said about the person.",
        ),
        (
            "two-attribute-statements",
            "saml.element",
            statement(|assertion| {
                let again = assertion.find("saml2:AttributeStatement").ok_or("none")?.clone();
                assertion.children.push(again.into());
                Ok(())
            })?,
            "Two statements about the person.",
        ),
        (
            "decision",
            "saml.element",
            statement(|assertion| {
                assertion.children.push(Element::new("saml2:AuthzDecisionStatement").into());
                Ok(())
            })?,
            "A statement of another kind.",
        ),
    ];
    for (id, code, text, about) in cases {
        set.refuse(&format!("statement/{id}"), code, HONEST, text)
            .about(about, FORMAT)
            .attack("XML-58");
    }
    Ok(())
}

fn levels(set: &mut Set) -> Made<()> {
    let level = |values: &[&str]| {
        with_assertion(eidas(), |assertion| {
            let context = assertion.at("saml2:AuthnStatement/saml2:AuthnContext")?;
            let class =
                |value: &&str| Element::new("saml2:AuthnContextClassRef").text(value).into();
            context.children = values.iter().map(class).collect();
            Ok(())
        })
    };
    for (id, code, values, about) in [
        ("low", "loa.insufficient", &[loa::LOW][..], "Low, while substantial was asked for."),
        (
            "unknown",
            "loa.unknown",
            &["http://eidas.europa.eu/LoA/medium"],
            "A level under the name of eIDAS that does not exist.",
        ),
        (
            "other-case",
            "loa.unknown",
            &["http://eidas.europa.eu/LoA/High"],
            "A level in another spelling.",
        ),
        (
            "not-notified",
            "loa.insufficient",
            &[loa::NOT_NOTIFIED_HIGH],
            "A level that was not notified.",
        ),
        ("of-another-scheme", "loa.unknown", &["urn:example:loa:4"], "A level of another scheme."),
        ("two", "saml.element", &[loa::HIGH, loa::LOW], "Two levels."),
        ("none", "loa.unknown", &[], "No level."),
        ("empty", "saml.value", &[""], "A level that is empty."),
    ] {
        set.refuse(&format!("level/{id}"), code, HONEST, level(values)?)
            .about(about, "eIDAS SAML message format 1.2, 3.2")
            .attack("XML-58");
    }
    Ok(())
}

fn answer(person: &Person) -> Made<String> {
    let node: Node = node()?;
    Ok(node.answer(&Asked::honest(), person)?.to_xml()?)
}

const NATURAL: &str = "http://eidas.europa.eu/attributes/naturalperson/";

fn persons(set: &mut Set) -> Made<()> {
    for segment in ["CurrentFamilyName", "CurrentGivenName", "DateOfBirth", "PersonIdentifier"] {
        let person = Person::minimum().without(&format!("{NATURAL}{segment}"));
        let id = segment.to_lowercase();
        set.refuse(&format!("person/without-{id}"), "identity.missing", HONEST, answer(&person)?)
            .about(
                &format!("The mandatory attribute {segment} is missing."),
                "eIDAS attribute profile 1.2, 2.2",
            );
    }
    let twice = {
        let mut person = Person::minimum();
        person.0.push(natural("PersonIdentifier", "AT/DE/another"));
        answer(&person)?
    };
    set.refuse("person/identifier-twice", "ambiguous.attribute", HONEST, twice)
        .about("An attribute twice, with two values.", "eIDAS SAML message format 1.2, 3")
        .attack("XML-60");
    let spoof = bent(eidas(), |message| {
        // The name is another one; the friendly name says what it is not.
        let attribute = message.attribute(&format!("{NATURAL}PersonIdentifier"))?;
        attribute.set("Name", "urn:example:other");
        Ok(())
    })?
    .to_xml()?;
    set.refuse("person/friendly-name-alone", "identity.missing", HONEST, spoof)
        .about("An identifier by its friendly name alone.", "eIDAS attribute profile 1.2, 2.2");
    let format = bent(eidas(), |message| {
        let attribute = message.attribute(&format!("{NATURAL}PersonIdentifier"))?;
        attribute.set("NameFormat", "urn:oasis:names:tc:SAML:2.0:attrname-format:basic");
        Ok(())
    })?
    .to_xml()?;
    set.refuse("person/other-name-format", "saml.attribute", HONEST, format)
        .about("A name that is no URI.", "eIDAS attribute profile 1.2, 2.2");
    for (id, code, value, about) in [
        (
            "other-country",
            "identifier.scope",
            "FI/DE/0b8f2c64-test-erika",
            "An identifier of another country than the node's.",
        ),
        (
            "other-receiver",
            "identifier.scope",
            "AT/FR/0b8f2c64-test-erika",
            "An identifier for another country than ours.",
        ),
        (
            "no-slashes",
            "identifier.malformed",
            "0b8f2c64-test-erika",
            "An identifier without countries.",
        ),
        (
            "one-slash",
            "identifier.malformed",
            "AT/0b8f2c64-test-erika",
            "An identifier with one country.",
        ),
        ("empty-rest", "identifier.malformed", "AT/DE/", "An identifier of nobody."),
        (
            "countries-lower-case",
            "identifier.malformed",
            "at/de/0b8f2c64-test-erika",
            "Countries in small letters.",
        ),
        (
            "control",
            "identifier.malformed",
            "AT/DE/a\u{85}b",
            "A control character in an identifier.",
        ),
        ("too-long", "identifier.malformed", LONG, "An identifier of more than 256 characters."),
    ] {
        let person = Person::minimum().with("PersonIdentifier", value);
        set.refuse(&format!("identifier/{id}"), code, HONEST, answer(&person)?)
            .about(about, "eIDAS attribute profile 1.2, 2.2.3")
            .attack("XML-60");
    }
    for (id, value, about) in [
        ("no-date", "12.08.1964", "A date of birth in another form."),
        ("no-day", "1964-02-30", "A day that there is not."),
        ("future", "2026-03-02", "A date of birth in the future."),
        ("with-zone", "1964-08-12Z", "A date of birth with a zone."),
    ] {
        let person = Person::minimum().with("DateOfBirth", value);
        set.refuse(&format!("birth/{id}"), "identity.malformed", HONEST, answer(&person)?)
            .about(about, "eIDAS attribute profile 1.2, 2.2.4");
    }
    let gender = Person::minimum().with("Gender", "female");
    set.refuse("person/other-gender", "identity.malformed", HONEST, answer(&gender)?)
        .about("A gender in another spelling.", "eIDAS attribute profile 1.2, 2.2");
    let nationality = Person::minimum().with("Nationality", "at");
    set.refuse("person/other-nationality", "identity.malformed", HONEST, answer(&nationality)?)
        .about("A nationality in small letters.", "eIDAS attribute profile 1.2, 2.2");
    let two = Person::company().and(Person(vec![natural("PersonIdentifier", ERIKA)]));
    set.refuse("person/half-and-company", "identity.missing", "accepted/company", answer(&two)?)
        .about("A company and half of a person.", "eIDAS attribute profile 1.2, 2.8");
    let none = Person(vec![natural("Gender", "Female")]);
    set.refuse("person/nobody", "identity.missing", HONEST, answer(&none)?)
        .about("Attributes of nobody.", "eIDAS attribute profile 1.2, 2.8");
    let alone = Person::representative();
    set.refuse("person/representative-alone", "identity.combination", HONEST, answer(&alone)?)
        .about("Somebody who acts for nobody.", "eIDAS attribute profile 1.2, 2.8");
    Ok(())
}

const LONG: &str = concat!(
    "AT/DE/",
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
    "012345678901234567890123456789012345678901234567890123456",
);

fn names(set: &mut Set) -> Made<()> {
    let values = |flags: &[(Option<&str>, &str)]| {
        bent(eidas(), |message| {
            let attribute = message.attribute(&format!("{NATURAL}CurrentFamilyName"))?;
            attribute.children = flags
                .iter()
                .map(|(flag, text)| {
                    Element::new("saml2:AttributeValue")
                        .with_some("eidas-natural:LatinScript", *flag)
                        .text(text)
                        .into()
                })
                .collect();
            Ok(())
        })
        .and_then(|message| Ok(message.to_xml()?))
    };
    for (id, code, flags, about) in [
        (
            "not-latin-alone",
            "identity.script",
            &[(Some("false"), "Μούστερμαν")][..],
            "A name in Greek letters alone.",
        ),
        (
            "two-latin",
            "identity.script",
            &[(None, "Mustermann"), (Some("true"), "Musterfrau")],
            "Two names in Latin letters.",
        ),
        ("no-value", "identity.script", &[], "A name without a value."),
        ("empty", "identity.malformed", &[(None, "")], "A name that is empty."),
        ("other-flag", "identity.malformed", &[(Some("no"), "Mustermann")], "A flag that is none."),
    ] {
        set.refuse(&format!("name/{id}"), code, HONEST, values(flags)?)
            .about(about, "eIDAS attribute profile 1.2, 2.4");
    }
    Ok(())
}
