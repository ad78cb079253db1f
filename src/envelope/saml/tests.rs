use super::*;
use crate::envelope::xml::{Document, Limits};
use crate::verdict::{Code, Refusal};

const RESPONSE: &str = r#"<p:Response xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol"
 xmlns:a="urn:oasis:names:tc:SAML:2.0:assertion" ID="_r" Version="2.0"
 IssueInstant="2026-03-02T10:00:00Z" InResponseTo="_q" Destination="https://sp.example/acs"
 Consent="urn:oasis:names:tc:SAML:2.0:consent:obtained">
 <a:Issuer Format="urn:oasis:names:tc:SAML:2.0:nameid-format:entity">
  https://idp.example/metadata
 </a:Issuer>
 <p:Extensions><x xmlns="urn:x">free</x></p:Extensions>
 <p:Status><p:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/><p:StatusMessage>urn:oasis:names:tc:SAML:2.0:status:Success</p:StatusMessage></p:Status>
 <a:EncryptedAssertion/>
</p:Response>"#;

const ASSERTED: &str = r#"<a:Assertion xmlns:a="urn:oasis:names:tc:SAML:2.0:assertion"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ID="_a" Version="2.0"
 IssueInstant="2026-03-02T10:00:00Z"><a:Issuer>https://idp.example/metadata</a:Issuer>
 <a:Subject>
  <a:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient">abc</a:NameID>
  <a:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">
   <a:SubjectConfirmationData InResponseTo="_q" NotOnOrAfter="2026-03-02T10:05:00Z" Recipient="https://sp.example/acs" Address="192.0.2.1"/>
  </a:SubjectConfirmation>
 </a:Subject>
 <a:Conditions NotBefore="2026-03-02T10:00:00Z" NotOnOrAfter="2026-03-02T10:05:00Z">
  <a:AudienceRestriction><a:Audience>https://sp.example/a</a:Audience><a:Audience>https://sp.example/b</a:Audience></a:AudienceRestriction>
  <a:AudienceRestriction><a:Audience>https://sp.example/a</a:Audience></a:AudienceRestriction>
  <a:OneTimeUse/>
  <a:ProxyRestriction Count="0"/>
 </a:Conditions>
 <a:AuthnStatement AuthnInstant="2026-03-02T09:59:00Z" SessionIndex="_s" SessionNotOnOrAfter="2026-03-02T18:00:00Z">
  <a:SubjectLocality Address="192.0.2.1"/>
  <a:AuthnContext><a:AuthnContextClassRef> urn:level </a:AuthnContextClassRef><a:AuthnContextDecl/></a:AuthnContext>
 </a:AuthnStatement>
 <a:AttributeStatement>
  <a:Attribute Name="urn:one" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri" FriendlyName="one"><a:AttributeValue xsi:type="a:x">1</a:AttributeValue><a:AttributeValue>2</a:AttributeValue></a:Attribute>
  <a:Attribute Name="urn:two" x:TrustLevel="HOCH" xmlns:x="urn:x"/>
 </a:AttributeStatement>
</a:Assertion>"#;

fn response(xml: &str) -> Result<(), Refusal> {
    let document = Document::parse(xml.as_bytes(), &Limits::MESSAGE)?;
    Response::read(document.root()).map(|_| ())
}

fn assertion(xml: &str) -> Result<(), Refusal> {
    let document = Document::parse(xml.as_bytes(), &Limits::MESSAGE)?;
    Assertion::read(document.root()).map(|_| ())
}

// The code of the honest text with one change, which must be one.
fn code(honest: &str, read: fn(&str) -> Result<(), Refusal>, from: &str, to: &str) -> Option<Code> {
    assert!(honest.contains(from), "{from}");
    assert_eq!(read(honest), Ok(()));
    read(&honest.replacen(from, to, 1)).err().map(|refusal| refusal.code())
}

#[test]
fn a_response_is_read_as_it_stands() {
    let document = Document::parse(RESPONSE.as_bytes(), &Limits::MESSAGE).unwrap();
    let read = Response::read(document.root()).unwrap();
    assert_eq!((read.id, read.version), ("_r", "2.0"));
    assert_eq!(read.in_response_to, Some("_q"));
    assert_eq!(read.destination, Some("https://sp.example/acs"));
    assert_eq!(read.issuer, "https://idp.example/metadata");
    assert_eq!(read.issue_instant.to_string(), "2026-03-02T10:00:00Z");
    assert_eq!(read.consent, Some(Consent::Obtained));
    assert!(read.status.is_success() && read.status.second.is_none() && !read.has_signature);
    assert!(matches!(read.assertion, Some(Carried::Encrypted(_))));
}

#[test]
fn an_assertion_is_read_as_it_stands() {
    let document = Document::parse(ASSERTED.as_bytes(), &Limits::MESSAGE).unwrap();
    let read = Assertion::read(document.root()).unwrap();
    assert_eq!((read.id, read.version, read.has_signature), ("_a", "2.0", false));
    assert_eq!(read.issuer, "https://idp.example/metadata");
    let name = read.subject.name_id.unwrap();
    assert_eq!(name.value, "abc");
    assert_eq!(name.format, Some("urn:oasis:names:tc:SAML:2.0:nameid-format:transient"));
    let data = read.subject.confirmations[0].data.as_ref().unwrap();
    assert_eq!(read.subject.confirmations[0].method, "urn:oasis:names:tc:SAML:2.0:cm:bearer");
    assert_eq!((data.in_response_to, data.address), (Some("_q"), Some("192.0.2.1")));
    assert_eq!((data.not_before, data.recipient), (None, Some("https://sp.example/acs")));
    let conditions = read.conditions.unwrap();
    assert_eq!(conditions.audiences.len(), 2);
    assert_eq!(conditions.audiences[0].len(), 2);
    assert!(conditions.one_time_use);
    assert_eq!(read.authn.class_ref.as_deref(), Some("urn:level"));
    assert_eq!(read.authn.instant.to_string(), "2026-03-02T09:59:00Z");
    let one = read.attributes.iter().find(|one| one.name == "urn:one").unwrap();
    assert_eq!((one.values.len(), one.name_format), (2, Some(NAME_FORMAT_URI)));
    assert!(read.attributes[1].values.is_empty());
}

#[test]
fn a_response_has_the_elements_of_its_schema_in_their_order_and_no_other() {
    let with = |from: &str, to: &str| code(RESPONSE, response, from, to);
    let element = Some(Code::SamlElement);
    assert_eq!(with("<a:EncryptedAssertion/>", ""), None);
    assert_eq!(with("<a:EncryptedAssertion/>", "<x xmlns=\"urn:x\"/>"), element);
    assert_eq!(with("<a:EncryptedAssertion/>", "<p:EncryptedAssertion/>"), element);
    assert_eq!(with("<a:EncryptedAssertion/>", "<a:EncryptedAssertion/>text"), element);
    let two = "<a:EncryptedAssertion/><a:EncryptedAssertion/>";
    assert_eq!(with("<a:EncryptedAssertion/>", two), Some(Code::AmbiguousAssertion));
    let both = "<a:EncryptedAssertion/><a:Assertion/>";
    assert_eq!(with("<a:EncryptedAssertion/>", both), Some(Code::AmbiguousAssertion));
    // Names of another namespace are other names.
    assert_eq!(with("SAML:2.0:protocol", "SAML:2.0:Protocol"), element);
    assert_eq!(with("<p:Extensions>", "<a:Issuer>x</a:Issuer><p:Extensions>"), element);
    let late = "<a:EncryptedAssertion/><p:Status/>";
    assert_eq!(with("<a:EncryptedAssertion/>", late), element);
    let signature = "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/>";
    assert_eq!(with("<p:Extensions>", &format!("{signature}<p:Extensions>")), None);
    assert_eq!(with("<p:Status>", &format!("{signature}<p:Status>")), element);
    assert_eq!(with("<p:Extensions>", &format!("{signature}{signature}<p:Extensions>")), element);
}

#[test]
fn what_is_not_read_hides_nothing_that_somebody_could_read() {
    for hidden in [
        "<a:Assertion/>",
        "<y xmlns=\"urn:y\"><a:Assertion/></y>",
        "<p:Response/>",
        "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/>",
        "<e:EncryptedData xmlns:e=\"http://www.w3.org/2001/04/xmlenc#\"/>",
    ] {
        let found = code(RESPONSE, response, "free", hidden);
        assert_eq!(found, Some(Code::SamlElement), "{hidden}");
        let detail = format!("<p:StatusDetail>{hidden}</p:StatusDetail></p:Status>");
        assert_eq!(code(RESPONSE, response, "</p:Status>", &detail), Some(Code::SamlElement));
    }
    let free = "<p:StatusDetail><y xmlns=\"urn:y\"/></p:StatusDetail></p:Status>";
    assert_eq!(code(RESPONSE, response, "</p:Status>", free), None);
}

#[test]
fn attributes_are_a_closed_list() {
    let with = |from: &str, to: &str| code(RESPONSE, response, from, to);
    let attribute = Some(Code::SamlAttribute);
    assert_eq!(with(" ID=\"_r\"", ""), attribute);
    assert_eq!(with("Version=\"2.0\"", ""), attribute);
    assert_eq!(with("IssueInstant=\"2026-03-02T10:00:00Z\"", ""), attribute);
    assert_eq!(with("InResponseTo=\"_q\"", ""), None);
    assert_eq!(with("ID=\"_r\"", "ID=\"_r\" Colour=\"red\""), attribute);
    assert_eq!(with("ID=\"_r\"", "ID=\"_r\" xmlns:x=\"urn:x\" x:Colour=\"red\""), attribute);
    let xsi = "ID=\"_r\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:";
    assert_eq!(with("ID=\"_r\"", &format!("{xsi}schemaLocation=\"a b\"")), None);
    assert_eq!(with("ID=\"_r\"", &format!("{xsi}nil=\"false\"")), attribute);
    assert_eq!(with("ID=\"_r\"", &format!("{xsi}type=\"p:ResponseType\"")), attribute);
    assert_eq!(with("nameid-format:entity", "nameid-format:persistent"), attribute);
    let value = Some(Code::SamlValue);
    assert_eq!(with("ID=\"_r\"", "ID=\"1r\""), value);
    assert_eq!(with("ID=\"_r\"", "ID=\"\""), value);
    assert_eq!(with("ID=\"_r\"", "ID=\"a b\""), value);
    assert_eq!(with("10:00:00Z", "10:00:00"), value);
    assert_eq!(with("consent:obtained", "consent:given"), value);
    assert_eq!(with("https://idp.example/metadata", ""), value);
}

#[test]
fn both_levels_of_a_status_are_told_as_words_of_this_program() {
    let status = |inner: &str| {
        let from = "<p:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>";
        let xml = RESPONSE.replacen(from, inner, 1);
        let document = Document::parse(xml.as_bytes(), &Limits::MESSAGE).unwrap();
        Response::read(document.root()).map(|read| (read.status.top.name(), read.status.second))
    };
    let base = "urn:oasis:names:tc:SAML:2.0:status:";
    let two = |second: &str| {
        status(&format!(
            "<p:StatusCode Value=\"{base}Responder\"><p:StatusCode Value=\"{second}\"/>\
             </p:StatusCode>"
        ))
    };
    assert_eq!(two(&format!("{base}AuthnFailed")), Ok(("Responder", Some(Second::AuthnFailed))));
    assert_eq!(two("urn:own:thing"), Ok(("Responder", Some(Second::Other))));
    assert_eq!(two(""), Ok(("Responder", Some(Second::Other))));
    let alone = status(&format!("<p:StatusCode Value=\"{base}Requester\"/>"));
    assert_eq!(alone, Ok(("Requester", None)));
    for bad in [
        format!("<p:StatusCode Value=\"{base}AuthnFailed\"/>"),
        format!("<p:StatusCode Value=\"{base}success\"/>"),
        "<p:StatusCode/>".to_owned(),
        String::new(),
        format!("<p:StatusCode Value=\"{base}Success\"/>").repeat(2),
    ] {
        assert!(status(&bad).is_err(), "{bad}");
    }
}

#[test]
fn an_assertion_has_the_elements_of_its_schema_in_their_order_and_no_other() {
    let with = |from: &str, to: &str| code(ASSERTED, assertion, from, to);
    let element = Some(Code::SamlElement);
    for (from, to) in [
        ("<a:Issuer>https://idp.example/metadata</a:Issuer>", ""),
        ("<a:Subject>", "<a:Advice/><a:Subject>"),
        ("<a:AttributeStatement>", "<a:Advice/><a:AttributeStatement>"),
        ("<a:AttributeStatement>", "<a:AuthzDecisionStatement/><a:AttributeStatement>"),
        ("<a:AttributeStatement>", "<a:Statement/><a:AttributeStatement>"),
        ("<a:AttributeStatement>", "<a:Assertion/><a:AttributeStatement>"),
        ("<a:AttributeStatement>", "<x xmlns=\"urn:x\"/><a:AttributeStatement>"),
        ("<a:NameID ", "<a:EncryptedID/><a:NameID "),
        ("<a:SubjectConfirmationData ", "<a:NameID>x</a:NameID><a:SubjectConfirmationData "),
        (
            "</a:AuthnContext>",
            "<a:AuthnContextClassRef>y</a:AuthnContextClassRef></a:AuthnContext>",
        ),
        ("<a:AuthnContextDecl/>", "<a:AuthnContextDecl>x</a:AuthnContextDecl>"),
        ("<a:AuthnContextDecl/>", "<a:AuthnContextDecl><a:Assertion/></a:AuthnContextDecl>"),
        ("<a:AttributeStatement>", "<a:AttributeStatement><a:EncryptedAttribute/>"),
        ("<a:Audience>https://sp.example/b</a:Audience>", "<x xmlns=\"urn:x\"/>"),
    ] {
        assert_eq!(with(from, to), element, "{to}");
    }
    let cut = |from: &str, to: &str| {
        let (_, rest) = ASSERTED.split_once(from).unwrap();
        format!("{from}{}", rest.split_once(to).unwrap().0)
    };
    let authn = &cut("<a:AuthnStatement", "<a:AttributeStatement");
    assert_eq!(with(authn, ""), element);
    assert_eq!(with(authn, &authn.repeat(2)), element);
    let statement = &cut("<a:AttributeStatement", "</a:Assertion>");
    assert_eq!(with(statement, ""), element);
    assert_eq!(with(statement, &statement.repeat(2)), element);
    assert_eq!(with(statement, "<a:AttributeStatement/>"), element);
}

#[test]
fn conditions_that_nobody_checks_are_refused() {
    let with = |from: &str, to: &str| code(ASSERTED, assertion, from, to);
    let unknown = Some(Code::ConditionUnknown);
    assert_eq!(with("<a:OneTimeUse/>", "<a:Condition/>"), unknown);
    assert_eq!(with("<a:OneTimeUse/>", "<x xmlns=\"urn:x\"/>"), unknown);
    assert_eq!(with("<a:OneTimeUse/>", "<a:OneTimeUse/><a:OneTimeUse/>"), unknown);
    let twice = "<a:ProxyRestriction/><a:ProxyRestriction Count=\"0\"/>";
    assert_eq!(with("<a:ProxyRestriction Count=\"0\"/>", twice), unknown);
    assert_eq!(with("<a:OneTimeUse/>", ""), None);
    let empty = "<a:AudienceRestriction/><a:OneTimeUse/>";
    assert_eq!(with("<a:OneTimeUse/>", empty), Some(Code::SamlElement));
}

#[test]
fn no_value_is_parted_by_markup_and_none_is_nil() {
    let with = |from: &str, to: &str| code(ASSERTED, assertion, from, to);
    assert_eq!(with(">abc<", ">a<!-- -->bc<"), Some(Code::XmlComment));
    assert_eq!(with(">abc<", ">a<?p bc?><"), Some(Code::XmlInstruction));
    assert_eq!(with("<a:OneTimeUse/>", "<!-- --><a:OneTimeUse/>"), Some(Code::XmlComment));
    assert_eq!(with(">abc<", "><a:x/>abc<"), Some(Code::XmlContent));
    let attribute = Some(Code::SamlAttribute);
    assert_eq!(with("xsi:type=\"a:x\"", "xsi:nil=\"true\""), attribute);
    assert_eq!(with("FriendlyName=\"one\"", "xsi:nil=\"false\""), attribute);
    assert_eq!(with("FriendlyName=\"one\"", "Colour=\"red\""), attribute);
    assert_eq!(with("Address=\"192.0.2.1\"/>\n", "Address=\"192.0.2.1\" x=\"\"/>\n"), attribute);
    assert_eq!(with("Name=\"urn:one\" ", ""), attribute);
    assert_eq!(with("Name=\"urn:one\"", "Name=\" \""), Some(Code::SamlValue));
    assert_eq!(with("Name=\"urn:one\"", "Name=\"urn:two\""), Some(Code::AmbiguousAttribute));
    assert_eq!(with("Name=\"urn:one\"", "Name=\" urn:two\""), Some(Code::AmbiguousAttribute));
}

#[test]
fn lists_are_bounded() {
    let many = |one: &str, count: usize| one.repeat(count);
    let confirmation = "<a:SubjectConfirmation Method=\"m\"/>";
    let with = |from: &str, to: &str| code(ASSERTED, assertion, from, to);
    let subject = |count| format!("{}</a:Subject>", many(confirmation, count));
    assert_eq!(with("</a:Subject>", &subject(15)), None);
    assert_eq!(with("</a:Subject>", &subject(16)), Some(Code::LimitCount));
    let audience = "<a:Audience>u</a:Audience>";
    let first = "</a:AudienceRestriction>";
    let audiences = |count| format!("{}{first}", many(audience, count));
    assert_eq!(with(first, &audiences(62)), None);
    assert_eq!(with(first, &audiences(63)), Some(Code::LimitCount));
    let attributes = |count: usize| {
        let list: String =
            (0..count).map(|n| format!("<a:Attribute Name=\"urn:n{n}\"/>")).collect();
        format!("{list}</a:AttributeStatement>")
    };
    assert_eq!(with("</a:AttributeStatement>", &attributes(254)), None);
    assert_eq!(with("</a:AttributeStatement>", &attributes(255)), Some(Code::LimitCount));
}

#[test]
fn an_id_is_an_ncname() {
    for good in ["_a", "a-b.c_9", "Ää", "_"] {
        assert!(is_ncname(good), "{good}");
    }
    for bad in ["", "9a", "-a", ".a", "a:b", "a b", "a#b", "a/b", "a'b", &"a".repeat(257)] {
        assert!(!is_ncname(bad), "{bad}");
    }
}
