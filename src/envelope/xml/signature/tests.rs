use super::*;
use crate::crypto::Curve;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

const DIGESTS: &[Hash] = &[Hash::Sha256, Hash::Sha384, Hash::Sha512];

struct Key(EcdsaKeyPair);

impl Key {
    fn new() -> Self {
        let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        Self(EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap())
    }

    fn public(&self) -> PublicKey {
        PublicKey::from_point(Curve::P256, self.0.public_key().as_ref()).unwrap()
    }

    fn sign(&self, octets: &[u8]) -> Vec<u8> {
        self.0.sign(&SystemRandom::new(), octets).unwrap().as_ref().to_vec()
    }
}

// A message around a place for its signature, and what SignedInfo says.
struct Message {
    before: String,
    after: String,
    info: String,
    signature: String,
}

const INFO: &str = "<ds:SignedInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">\
<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:CanonicalizationMethod>\
<ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256\"></ds:SignatureMethod>\
<ds:Reference URI=\"#_r\"><ds:Transforms>\
<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></ds:Transform>\
<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:Transform></ds:Transforms>\
<ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod>\
<ds:DigestValue>DIGEST</ds:DigestValue></ds:Reference></ds:SignedInfo>";

const SIGNATURE: &str = "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">INFO\
<ds:SignatureValue>VALUE</ds:SignatureValue><ds:KeyInfo><ds:KeyName>other</ds:KeyName></ds:KeyInfo></ds:Signature>";

impl Message {
    fn new() -> Self {
        Self {
            before: "<p:Response xmlns:p='urn:oasis:names:tc:SAML:2.0:protocol' xmlns:a='urn:oasis:names:tc:SAML:2.0:assertion' ID='_r'>\
                     <a:Issuer>i</a:Issuer>"
                .to_owned(),
            after: "<p:Status>x</p:Status></p:Response>".to_owned(),
            info: INFO.to_owned(),
            signature: SIGNATURE.to_owned(),
        }
    }

    fn before(mut self, from: &str, to: &str) -> Self {
        assert!(self.before.contains(from));
        self.before = self.before.replace(from, to);
        self
    }

    fn after(mut self, from: &str, to: &str) -> Self {
        assert!(self.after.contains(from));
        self.after = self.after.replace(from, to);
        self
    }

    fn info(mut self, from: &str, to: &str) -> Self {
        assert!(self.info.contains(from));
        self.info = self.info.replace(from, to);
        self
    }

    fn signature(mut self, from: &str, to: &str) -> Self {
        assert!(self.signature.contains(from));
        self.signature = self.signature.replace(from, to);
        self
    }

    // The digest is that of the message as it stands; the value is over SignedInfo as it stands.
    fn sign(&self, key: &Key) -> String {
        self.sign_with_prefixes(key, &[])
    }

    fn sign_with_prefixes(&self, key: &Key, prefixes: &[&str]) -> String {
        let bare = format!("{}{}", self.before, self.after);
        let document = Document::parse(bare.as_bytes(), &Limits::MESSAGE).unwrap();
        let how = Exclusive::new().with_prefixes(prefixes);
        let octets = canonicalise(document.root(), &how).unwrap();
        let digest = STANDARD.encode(Hash::Sha256.digest(&octets));
        let info = self.info.replace("DIGEST", &digest);
        let parsed = Document::parse(info.as_bytes(), &Limits::MESSAGE).unwrap();
        let octets = canonicalise(parsed.root(), &Exclusive::new()).unwrap();
        let value = STANDARD.encode(key.sign(&octets));
        let signature = self.signature.replace("INFO", &info).replace("VALUE", &value);
        format!("{}{signature}{}", self.before, self.after)
    }
}

fn accept_all(_: SignatureMethod, _: &PublicKey) -> Result<(), Code> {
    Ok(())
}

fn verify_with(
    document: &str,
    keys: &[PublicKey],
    rules: &SignatureRules<'_>,
) -> Result<Signed, Code> {
    let document = Document::parse(document.as_bytes(), &Limits::MESSAGE).map_err(|e| e.code())?;
    verify_enveloped(document.root(), keys, rules).map_err(|e| e.code())
}

fn verify(document: &str, key: &Key) -> Result<Signed, Code> {
    verify_with(document, &[key.public()], &SignatureRules::new(&accept_all, DIGESTS))
}

fn refused(message: &Message) -> Code {
    let key = Key::new();
    verify(&message.sign(&key), &key).unwrap_err()
}

#[test]
fn accepts_an_enveloped_signature_and_gives_what_it_covered() {
    let key = Key::new();
    let signed = verify(&Message::new().sign(&key), &key).unwrap();
    assert_eq!(
        std::str::from_utf8(signed.octets()).unwrap(),
        "<p:Response xmlns:p=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_r\">\
         <a:Issuer xmlns:a=\"urn:oasis:names:tc:SAML:2.0:assertion\">i</a:Issuer><p:Status>x</p:Status></p:Response>"
    );
    assert_eq!(*signed.sha256(), sha256(signed.octets()));
    assert_eq!((signed.method(), signed.key()), (SignatureMethod::EcdsaSha256, 0));
    assert_eq!(signed.digest_uri(), digest_uri(Hash::Sha256));
    let document = signed.document().unwrap();
    assert!(!has_signature(document.root()));
    assert_eq!(document.root().attribute("ID"), Some("_r"));
    assert_eq!(
        format!("{signed:?}"),
        format!("Signed({} bytes, ecdsa-sha256, key 0)", signed.octets().len())
    );
}

#[test]
fn spelling_that_has_no_meaning_does_not_matter() {
    let key = Key::new();
    let document = Message::new().sign(&key);
    for (from, to) in [
        ("<ds:SignatureValue>", "<ds:SignatureValue Id='v'>\r\n  "),
        ("</ds:SignatureValue>", "\t</ds:SignatureValue>\n"),
        ("<ds:Signature ", "<ds:Signature\n Id='s' "),
        ("ID='_r'", "ID=\"&#95;r\""),
        ("<p:Status>x", "<p:Status><![CDATA[x]]>"),
        ("<p:Status>", "<!-- between elements --><p:Status>"),
        ("<p:Response", "<?xml version='1.0'?><!-- before --><?p?><p:Response"),
        ("<ds:KeyInfo><ds:KeyName>other</ds:KeyName></ds:KeyInfo>", ""),
        ("<ds:KeyInfo>", "<ds:KeyInfo Id='k'>"),
    ] {
        assert!(document.contains(from), "{from}");
        verify(&document.replacen(from, to, 1), &key).unwrap();
    }
    let prefixes = "<ec:InclusiveNamespaces xmlns:ec='http://www.w3.org/2001/10/xml-exc-c14n#' PrefixList=' a\n#default none'/>";
    let exclusive = "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">";
    let message = Message::new().info(exclusive, &format!("{exclusive}{prefixes}"));
    verify(&message.sign_with_prefixes(&key, &["a"]), &key).unwrap();
    assert_eq!(verify(&message.sign(&key), &key).unwrap_err(), Code::DigestMismatch);
}

#[test]
fn refuses_whatever_was_altered() {
    let key = Key::new();
    let document = Message::new().sign(&key);
    for (from, to, code) in [
        ("<p:Status>x", "<p:Status>y", Code::DigestMismatch),
        ("<p:Status>x", "<p:Status> x", Code::DigestMismatch),
        (">i<", ">j<", Code::DigestMismatch),
        ("<a:Issuer>", "<a:Issuer a=''>", Code::DigestMismatch),
        ("</a:Issuer>", "</a:Issuer>\n", Code::DigestMismatch),
        ("<ds:DigestValue>", "<ds:DigestValue> ", Code::SigInvalid),
        ("xmlenc#sha256", "xmlenc#sha512", Code::SigForm),
        ("ecdsa-sha256", "ecdsa-sha384", Code::SigInvalid),
    ] {
        assert!(document.contains(from), "{from}");
        let altered = document.replacen(from, to, 1);
        let code_got = verify(&altered, &key).unwrap_err();
        // This backend may lack the hash on this curve.
        assert!(code_got == code || code_got == Code::AlgNotAvailable, "{from}: {code_got:?}");
    }
}

#[test]
fn an_unknown_key_and_a_wrong_value_are_refused_alike() {
    let (key, other) = (Key::new(), Key::new());
    let document = Message::new().sign(&key);
    assert_eq!(verify(&document, &other).unwrap_err(), Code::SigInvalid);
    let rules = SignatureRules::new(&accept_all, DIGESTS);
    assert_eq!(verify_with(&document, &[], &rules).unwrap_err(), Code::SigInvalid);
    let keys = [other.public(), key.public()];
    assert_eq!(verify_with(&document, &keys, &rules).unwrap().key(), 1);
    let many = vec![key.public(); KEYS + 1];
    assert_eq!(verify_with(&document, &many, &rules).unwrap_err(), Code::LimitCount);
    assert_eq!(verify_with(&document, &many[1..], &rules).unwrap().key(), 0);
}

#[test]
fn the_rules_decide_about_methods_keys_and_digests() {
    let key = Key::new();
    let document = Message::new().sign(&key);
    let keys = [key.public()];
    let not_allowed = |_: SignatureMethod, _: &PublicKey| Err(Code::AlgNotAllowed);
    let weak = |_: SignatureMethod, _: &PublicKey| Err(Code::KeyWeak);
    let rules = SignatureRules::new(&not_allowed, DIGESTS);
    assert_eq!(verify_with(&document, &keys, &rules).unwrap_err(), Code::AlgNotAllowed);
    let rules = SignatureRules::new(&weak, DIGESTS);
    assert_eq!(verify_with(&document, &keys, &rules).unwrap_err(), Code::KeyWeak);
    let rules = SignatureRules::new(&accept_all, &[Hash::Sha512]);
    assert_eq!(verify_with(&document, &keys, &rules).unwrap_err(), Code::AlgNotAllowed);
    let rules = SignatureRules::new(&accept_all, &[Hash::Sha256]);
    verify_with(&document, &keys, &rules).unwrap();
}

#[test]
fn refuses_another_place_or_number_of_signatures() {
    let key = Key::new();
    let document = Message::new().sign(&key);
    let (start, end) =
        (document.find("<ds:Signature ").unwrap(), document.find("<p:Status>").unwrap());
    let signature = document.get(start..end).unwrap().to_owned();
    let without = document.replace(&signature, "");
    assert_eq!(verify(&without, &key).unwrap_err(), Code::SigMissing);
    let deeper = without.replace("<p:Status>", &format!("<p:Status>{signature}"));
    assert_eq!(verify(&deeper, &key).unwrap_err(), Code::SigMissing);
    let foreign = document.replace("xmldsig#\">", "xmldsig2#\">");
    assert_eq!(verify(&foreign, &key).unwrap_err(), Code::SigMissing);
    let last = without.replace("</p:Response>", &format!("{signature}</p:Response>"));
    assert_eq!(verify(&last, &key).unwrap_err(), Code::SigScope);
    let rules = SignatureRules::new(&accept_all, DIGESTS).with_any_position();
    verify_with(&last, &[key.public()], &rules).unwrap();
    let twice = document.replace(&signature, &signature.repeat(2));
    assert_eq!(verify(&twice, &key).unwrap_err(), Code::AmbiguousSignature);
    let first = Message::new().before("<a:Issuer>i</a:Issuer>", "");
    verify(&first.sign(&key), &key).unwrap();
    let behind_other = Message::new().before("<a:Issuer>i</a:Issuer>", "<p:Issuer>i</p:Issuer>");
    assert_eq!(refused(&behind_other), Code::SigScope);
}

#[test]
fn refuses_another_form_of_signature() {
    let ds = "xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"";
    for (from, to, code) in [
        ("INFO", "", Code::SigForm),
        ("INFO", "INFOINFO", Code::AmbiguousSignedInfo),
        ("INFO", "<ds:Object>INFO</ds:Object>", Code::SigScope),
        ("</ds:Signature>", "<ds:Object>INFO</ds:Object></ds:Signature>", Code::SigScope),
        ("</ds:Signature>", "INFO</ds:Signature>", Code::AmbiguousSignedInfo),
        ("INFO", "x INFO", Code::SigForm),
        ("INFO", "INFO<ds:KeyInfo/>", Code::SigForm),
        ("<ds:KeyInfo>", "<ds:KeyInfo/><ds:KeyInfo>", Code::SigForm),
        (
            "</ds:SignatureValue>",
            "</ds:SignatureValue><ds:SignatureValue>VALUE</ds:SignatureValue>",
            Code::SigForm,
        ),
        ("<ds:SignatureValue>VALUE</ds:SignatureValue>", "", Code::SigForm),
        ("VALUE", "", Code::SigForm),
        ("VALUE", "VALUE=", Code::SigForm),
        ("VALUE", "VAL-_UE", Code::SigForm),
        ("VALUE", "AAAAVALUE", Code::SigInvalid),
        ("VALUE", "<ds:X/>VALUE", Code::SigForm),
        ("VALUE", "VALUE<!-- -->", Code::XmlComment),
        ("VALUE", "<?p?>VALUE", Code::XmlInstruction),
        ("<ds:Signature ", "<ds:Signature x='' ", Code::SigForm),
        ("<ds:Signature ", "<ds:Signature ds:Id='' ", Code::SigForm),
        ("<ds:SignatureValue>", "<ds:SignatureValue x=''>", Code::SigForm),
        ("<ds:KeyName>", "<!-- --><ds:KeyName>", Code::XmlComment),
    ] {
        let message = Message::new().signature(from, to);
        assert_eq!(refused(&message), code, "{from} to {to}");
    }
    for (from, to, code) in [
        (ds, "xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" Id=\"i\"", Code::SigForm),
        ("<ds:Reference", "x<ds:Reference", Code::SigForm),
        ("xml-exc-c14n#\"></ds:Can", "xml-exc-c14n#WithComments\"></ds:Can", Code::SigTransform),
        ("\"></ds:Can", "\"><ds:X/></ds:Can", Code::SigTransform),
        (
            " Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:Can",
            "></ds:Can",
            Code::SigTransform,
        ),
        ("ecdsa-sha256", "hmac-sha256", Code::AlgNotAllowed),
        ("2001/04/xmldsig-more#ecdsa-sha256", "2000/09/xmldsig#dsa-sha1", Code::AlgNotAllowed),
        (
            "\"></ds:SignatureMethod>",
            "\"><ds:HMACOutputLength>8</ds:HMACOutputLength></ds:SignatureMethod>",
            Code::SigForm,
        ),
        ("<ds:Reference ", "<ds:Reference Type=\"\" ", Code::SigForm),
        ("<ds:Reference ", "<ds:Reference Id=\"x\" ", Code::SigForm),
        (" URI=\"#_r\"", "", Code::SigReference),
        ("#_r", "", Code::SigReference),
        ("#_r", "#", Code::SigReference),
        ("#_r", "_r", Code::SigReference),
        ("#_r", "http://x/#_r", Code::SigReference),
        ("#_r", "#xpointer(/)", Code::SigReference),
        ("#_r", "#xpointer(id('_r'))", Code::SigReference),
        ("#_r", "#_s", Code::SigScope),
        ("#_r", "#_R", Code::SigScope),
        ("xmlenc#sha256", "xmlenc#ripemd160", Code::AlgNotAllowed),
        ("2001/04/xmlenc#sha256", "2000/09/xmldsig#sha1", Code::AlgNotAllowed),
        (
            "DIGEST</ds:DigestValue>",
            "DIGEST</ds:DigestValue><ds:DigestValue>DIGEST</ds:DigestValue>",
            Code::AmbiguousReference,
        ),
        ("<ds:DigestValue>", "<ds:DigestValue x=\"\">", Code::SigForm),
        ("DIGEST", "DIGESTAAAA", Code::SigForm),
        ("DIGEST", "AAAA", Code::SigForm),
        ("DIGEST", "", Code::SigForm),
        ("DIGEST", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", Code::DigestMismatch),
        ("DIGEST", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=", Code::SigForm),
        (
            "</ds:Reference>",
            "</ds:Reference><ds:Reference URI=\"#_r\"></ds:Reference>",
            Code::AmbiguousReference,
        ),
        ("ds:Transforms", "ds:Transform", Code::SigForm),
    ] {
        let message = Message::new().info(from, to);
        assert_eq!(refused(&message), code, "{from} to {to}");
    }
    let reference = INFO
        .get(INFO.find("<ds:Reference").unwrap()..INFO.find("</ds:SignedInfo").unwrap())
        .unwrap();
    assert_eq!(refused(&Message::new().info(reference, "")), Code::SigReference);
}

#[test]
fn refuses_other_transforms() {
    let start = "<ds:Transforms>";
    let enveloped = "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></ds:Transform>";
    let exclusive =
        "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:Transform>";
    let xpath = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"><ds:XPath>1</ds:XPath></ds:Transform>";
    let inside = |text: &str| exclusive.replace("\"></", &format!("\">{text}</"));
    let ec = "http://www.w3.org/2001/10/xml-exc-c14n#";
    let list = |prefixes: &str| {
        inside(&format!("<ec:InclusiveNamespaces xmlns:ec='{ec}' PrefixList='{prefixes}'/>"))
    };
    let many = (0..=PREFIXES).map(|n| format!("p{n} ")).collect::<String>();
    for (transforms, code) in [
        (String::new(), Code::SigTransform),
        (enveloped.to_owned(), Code::SigTransform),
        (exclusive.to_owned(), Code::SigTransform),
        (format!("{exclusive}{enveloped}"), Code::SigTransform),
        (enveloped.repeat(2), Code::SigTransform),
        (format!("{enveloped}{exclusive}{exclusive}"), Code::SigTransform),
        (format!("{enveloped}{enveloped}{exclusive}"), Code::SigTransform),
        (format!("{xpath}{exclusive}"), Code::SigTransform),
        (format!("{enveloped}{xpath}{exclusive}"), Code::SigTransform),
        (format!("{enveloped}{xpath}"), Code::SigTransform),
        (format!("{enveloped}{}", exclusive.replace("n#", "n#WithComments")), Code::SigTransform),
        (
            format!(
                "{enveloped}{}",
                exclusive.replace("2001/10/xml-exc-c14n#", "TR/2001/REC-xml-c14n-20010315")
            ),
            Code::SigTransform,
        ),
        (
            format!("{}{exclusive}", enveloped.replace("\"></", "\"><ds:XPath>1</ds:XPath></")),
            Code::SigTransform,
        ),
        (format!("{enveloped}{}", inside("<ds:XPath>1</ds:XPath>")), Code::SigTransform),
        (format!("{enveloped}{}", list("a").replace("'/>", "' x=''/>")), Code::SigTransform),
        (
            format!("{enveloped}{}", list("a").replace("xml-exc-c14n#' ", "other#' ")),
            Code::SigTransform,
        ),
        (
            format!(
                "{enveloped}{}",
                inside(
                    "<ec:InclusiveNamespaces xmlns:ec='http://www.w3.org/2001/10/xml-exc-c14n#'/>"
                )
            ),
            Code::SigTransform,
        ),
        (format!("{enveloped}{}", list(&many)), Code::LimitCount),
        (format!("{enveloped}{}", list("' x='")), Code::SigTransform),
    ] {
        let message = Message::new()
            .info(&format!("{start}{enveloped}{exclusive}"), &format!("{start}{transforms}"));
        assert_eq!(refused(&message), code, "{transforms}");
    }
}

#[test]
fn refuses_what_two_readers_see_differently() {
    for (message, code) in [
        (Message::new().after("x</p:Status>", "x<!-- -->y</p:Status>"), Code::XmlComment),
        (Message::new().after("x</p:Status>", "<!-- --></p:Status>"), Code::XmlComment),
        (Message::new().after("x</p:Status>", "x<?p?></p:Status>"), Code::XmlInstruction),
        (Message::new().after("<p:Status>", "<?p?><p:Status>"), Code::XmlInstruction),
        (Message::new().info("DIGEST", "<!--AAAA-->DIGEST"), Code::XmlComment),
        (Message::new().info("DIGEST", "DIGEST<?p?>"), Code::XmlInstruction),
    ] {
        assert_eq!(refused(&message), code);
    }
    let key = Key::new();
    let beside = Message::new().after("<p:Status>", "<!-- between --><p:Status>");
    verify(&beside.sign(&key), &key).unwrap();
}

#[test]
fn an_empty_reference_is_for_the_root_of_metadata() {
    let key = Key::new();
    let message = Message::new().info("#_r", "");
    let document = message.sign(&key);
    assert_eq!(verify(&document, &key).unwrap_err(), Code::SigReference);
    let rules = SignatureRules::new(&accept_all, DIGESTS).with_empty_reference();
    let keys = [key.public()];
    verify_with(&document, &keys, &rules).unwrap();
    verify_with(&format!("<!-- --> {document}\n"), &keys, &rules).unwrap();
    for beside in [format!("<?p?>{document}"), format!("{document}<?p?>")] {
        assert_eq!(verify_with(&beside, &keys, &rules).unwrap_err(), Code::XmlInstruction);
    }
    let within = format!("<w>{document}</w>");
    let parsed = Document::parse(within.as_bytes(), &Limits::MESSAGE).unwrap();
    let inner = parsed.root().children().next().unwrap();
    let refusal = verify_enveloped(inner, &keys, &rules).unwrap_err();
    assert_eq!(refusal.code(), Code::SigReference);
    // By its ID it holds there too: what is around it does not matter.
    let within = format!("<w xmlns='urn:w'>{}</w>", Message::new().sign(&key));
    let parsed = Document::parse(within.as_bytes(), &Limits::MESSAGE).unwrap();
    let inner = parsed.root().children().next().unwrap();
    verify_enveloped(inner, &keys, &SignatureRules::new(&accept_all, DIGESTS)).unwrap();
}

#[test]
fn an_element_without_identifier_cannot_be_referred_to() {
    assert_eq!(refused(&Message::new().before(" ID='_r'", "")), Code::SigScope);
    assert_eq!(refused(&Message::new().before(" ID='_r'", " Id='_r'")), Code::SigScope);
    assert_eq!(refused(&Message::new().before(" ID='_r'", " ID=''")), Code::SigScope);
}
