//! XML: documents that grow in one way each, read and verified with everything but the mathematics
//! of the signatures; and an honest response.

use crate::allocations::peak;
use crate::measure::{Cases, ROUNDS};
use crate::report::{print_line, rounded};
use crate::size_sweep::Make;
use eid_broker::crypto::{Curve, Hash, PublicKey};
use eid_broker::envelope::saml::redirect::{QueryRules, verify_query};
use eid_broker::envelope::xml::signature::{SignatureMethod, SignatureRules, verify_enveloped};
use eid_broker::envelope::xml::{Document, Limits};
use eid_broker::verdict::Code;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde::Serialize;
use std::fmt::Write as _;

/// One step for each way to grow, under the laboratory limit.
pub(crate) const STEPS: &[(&str, Make)] = &[
    ("redirect.bomb", |size| query(size, &bomb(size))),
    ("redirect.stored", |size| query(size, &stored(size))),
    ("xml.attributes", |size| step(size, attributes)),
    ("xml.attributes_of_one", |size| step(size, |n| format!("<a{}/>", numbered(n, " a", "=''")))),
    ("xml.attributes_with_prefixes", |size| step(size, attributes_with_prefixes)),
    ("xml.cdata", |size| step(size, |n| "<![CDATA[<&]]>".repeat(n / 14))),
    ("xml.comment", |size| step(size, |n| format!("<a/><!--{}-->", "- ".repeat(n / 2)))),
    ("xml.comments", |size| step(size, |n| "<!--x--><a/>".repeat(n / 12))),
    ("xml.comments_unended", |size| step(size, |n| "<!-".repeat(n / 3))),
    ("xml.identifiers", |size| step(size, |n| numbered(n, "<a ID='", "'/>"))),
    ("xml.identifiers_alike", |size| step(size, identifiers_alike)),
    ("xml.instructions", |size| step(size, |n| "<?p x?>".repeat(n / 7))),
    ("xml.line_ends", |size| step(size, |n| "x\r\n\r".repeat(n / 4))),
    ("xml.namespaces_again", |size| step(size, |n| "<p:a xmlns:p='urn:p'/>".repeat(n / 22))),
    ("xml.namespaces_everywhere", |size| step(size, namespaces_everywhere)),
    ("xml.namespaces_inherited", |size| step(size, namespaces_inherited)),
    ("xml.namespaces_of_one", |size| {
        step(size, |n| format!("<a{}/>", numbered(n, " xmlns:a", "='urn:x'")))
    }),
    ("xml.namespaces_written_often", |size| step(size, namespaces_written_often)),
    ("xml.nested", |size| {
        step(size, |n| {
            format!("{}{}", "<a>".repeat(50), "</a>".repeat(50)).repeat((n / 350).max(1))
        })
    }),
    ("xml.nested_without_end", |size| step(size, |n| "<a>".repeat(n / 3))),
    ("xml.siblings", |size| step(size, |n| "<a/>".repeat(n / 4))),
    ("xml.signatures", |size| step(size, |n| SIGNATURE.repeat(n / SIGNATURE.len()))),
    ("xml.text", |size| step(size, |n| "ä long text".repeat(n / 12))),
    ("xml.text_of_references", |size| step(size, |n| "&amp;&#x41;&gt;".repeat(n / 15))),
    ("xml.value_of_references", |size| {
        step(size, |n| format!("<a a='{}'/>", "&amp;&#x41;\t".repeat(n / 12)))
    }),
    ("xml.values", |size| step(size, |n| format!("<a a='{}'/>", "long \"text".repeat(n / 10)))),
];

const SIGNATURE: &str = "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>\
<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>\
<ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256\"/>\
<ds:Reference URI=\"#r\"><ds:Transforms>\
<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>\
<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/></ds:Transforms>\
<ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>\
<ds:DigestValue>AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=</ds:DigestValue></ds:Reference></ds:SignedInfo>\
<ds:SignatureValue>AAAA</ds:SignatureValue></ds:Signature>";

// What has grown stands in an element with a signature of the right form.
fn document(size: usize, grow: impl Fn(usize) -> String) -> String {
    let room = size.saturating_sub(SIGNATURE.len() + 40);
    format!("<r ID='r'>{SIGNATURE}{}</r>", grow(room))
}

fn step(size: usize, grow: impl Fn(usize) -> String) -> (usize, Box<dyn FnMut()>) {
    let document = document(size, grow);
    let keys = [key()];
    (
        document.len(),
        Box::new(move || drop(verify(document.as_bytes(), &keys, &Limits::LABORATORY))),
    )
}

// A query string of about this length with a compressed message, decompressed as far as may be.
fn query(size: usize, compressed: &[u8]) -> (usize, Box<dyn FnMut()>) {
    let message = base64(&compressed[..compressed.len().min(size / 4 * 3)]);
    let signature = base64(&[1; 64]);
    let query = format!(
        "SAMLResponse={message}&SigAlg=http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23ecdsa-sha256\
         &Signature={signature}"
    );
    let (len, keys) = (query.len(), [key()]);
    let verify = move || {
        let accepts = |_: SignatureMethod, _: &PublicKey| Ok(());
        let rules = QueryRules::new(&accepts).with_max_bytes(usize::MAX);
        drop(std::hint::black_box(verify_query(query.as_bytes(), "SAMLResponse", &keys, &rules)));
    };
    (len, Box::new(verify))
}

// Two bytes of it give 258: the fixed code of RFC 1951, 3.2.6, one letter and then the longest match
// with the letter before, again and again.
fn bomb(size: usize) -> Vec<u8> {
    let mut bits = vec![true, true, false];
    // The letter `a`, 0x30 + 0x61, from the highest bit on.
    bits.extend([true, false, false, true, false, false, false, true]);
    while bits.len() < size * 6 {
        // Length 258 is symbol 285, 0b11000101; distance 1 is 0b00000.
        bits.extend([true, true, false, false, false, true, false, true]);
        bits.extend([false; 5]);
    }
    bits.extend([false; 7]);
    let byte = |bits: &[bool]| bits.iter().rev().fold(0, |all, bit| all << 1 | u8::from(*bit));
    bits.chunks(8).map(byte).collect()
}

// As long as it was: blocks without compression.
fn stored(size: usize) -> Vec<u8> {
    let mut stream = Vec::new();
    while stream.len() < size / 4 * 3 {
        stream.extend([0, 0xff, 0x7f, 0x00, 0x80]);
        stream.extend([b'a'; 0x7fff]);
    }
    stream
}

fn base64(octets: &[u8]) -> String {
    let text = openssl::base64::encode_block(octets);
    text.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

// Reads, verifies, and reads again what was signed.
fn verify(document: &[u8], keys: &[PublicKey], limits: &Limits) -> Result<usize, Code> {
    let accepts = |_: SignatureMethod, _: &PublicKey| Ok(());
    let rules = SignatureRules::new(&accepts, &[Hash::Sha256]);
    let document = Document::parse(document, limits).map_err(|refused| refused.code())?;
    let signed =
        verify_enveloped(document.root(), keys, &rules).map_err(|refused| refused.code())?;
    let document = signed.document().map_err(|refused| refused.code())?;
    Ok(std::hint::black_box(document.root().children().count()))
}

fn key() -> PublicKey {
    let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("a key");
    let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).expect("a key");
    PublicKey::from_point(Curve::P256, pair.public_key().as_ref()).expect("a key")
}

// About so many bytes of a text with a number in it.
fn numbered(size: usize, before: &str, after: &str) -> String {
    let mut out = String::new();
    for number in 0_u32.. {
        if out.len() >= size {
            break;
        }
        let _ = write!(out, "{before}{number}{after}");
    }
    out
}

fn attributes(size: usize) -> String {
    let one = format!("<a{}/>", (0..64).map(|n| format!(" a{n}=''")).collect::<String>());
    one.repeat((size / one.len()).max(1))
}

// Their names differ in the namespace alone, and the namespaces in the last byte.
fn attributes_with_prefixes(size: usize) -> String {
    let names = 0..63.min(size / 200);
    let uri = "x".repeat(100);
    let declared: String = names.clone().map(|n| format!(" xmlns:p{n}='urn:{uri}{n}'")).collect();
    let one = format!("<a{}/>", names.map(|n| format!(" p{n}:a=''")).collect::<String>());
    let room = size.saturating_sub(declared.len());
    format!("<w{declared}>{}</w>", one.repeat((room / one.len()).max(1)))
}

fn identifiers_alike(size: usize) -> String {
    let long = "x".repeat(200);
    numbered(size, &format!("<a ID='{long}"), "'/>")
}

// All declared at the top, all used below.
fn namespaces_inherited(size: usize) -> String {
    let names = 0..64.min(size / 40);
    let declared: String = names.clone().map(|n| format!(" xmlns:p{n}='urn:{n}'")).collect();
    let one: String = names.map(|n| format!("<p{n}:a/>")).collect();
    let room = size.saturating_sub(declared.len());
    format!("<w{declared}>{}</w>", one.repeat(room / one.len().max(1)))
}

// As many as there may be, declared at every depth.
fn namespaces_everywhere(size: usize) -> String {
    let mut declared = (0..250).map(|n| format!(" xmlns:p{n}='urn:{n}'"));
    let mut open = String::new();
    let mut depth = 0;
    while depth < 60 && open.len() < size / 2 {
        let some: String = declared.by_ref().take(4).collect();
        let _ = write!(open, "<a{some}>");
        depth += 1;
    }
    let room = size.saturating_sub(open.len());
    format!("{open}{}{}", "<p0:a p1:a=''/>".repeat(room / 15), "</a>".repeat(depth))
}

// A long declaration that the canonical form repeats at every element.
fn namespaces_written_often(size: usize) -> String {
    let uri = "x".repeat(500);
    format!("<w xmlns:p='urn:{uri}'>{}</w>", "<p:a/>".repeat(size / 6))
}

#[derive(Serialize)]
struct MemoryLine {
    bench: &'static str,
    step: &'static str,
    input_bytes: usize,
    peak_bytes: u64,
    bar_bytes: u64,
    held: bool,
}

/// No step holds more than eight times its input and 4 MiB.
pub(crate) fn memory() -> bool {
    let mut all = true;
    for (step, make) in STEPS {
        // The worst of all sizes, by how much of its bar it takes.
        let worst = (0..11).map(|exponent| {
            let (bytes, mut operation) = make(1024 << exponent);
            let bar = 8 * bytes as u64 + (4 << 20);
            (bytes, peak(&mut operation), bar)
        });
        let share = |(_, peak, bar): &(usize, u64, u64)| *peak as f64 / *bar as f64;
        let worst = worst.max_by(|a, b| share(a).total_cmp(&share(b)));
        let (input_bytes, peak_bytes, bar_bytes) = worst.expect("eleven sizes");
        let held = peak_bytes <= bar_bytes;
        let bench = "xml_memory";
        print_line(&MemoryLine { bench, step, input_bytes, peak_bytes, bar_bytes, held });
        all &= held;
    }
    all
}

#[derive(Serialize)]
struct TimeLine {
    bench: &'static str,
    input_bytes: usize,
    median_us: f64,
    bar_us: f64,
    rounds: usize,
    held: bool,
}

// A response of 8 kB with two signatures: read, both canonicalised, what was signed read again.
const BAR_US: f64 = 60.0;

/// What an honest response costs beside its signatures.
pub(crate) fn signed_8k() -> bool {
    let document = response();
    let input_bytes = document.len();
    let keys = [key()];
    verify_both(&document, &keys).expect("sound");
    let mut cases = Cases::default();
    let id = cases.add(Box::new(move || {
        verify_both(&document, &keys).expect("sound");
    }));
    let samples = cases.run(ROUNDS);
    let median_us = samples.median_ns(id) / 1_000.0;
    let held = median_us <= BAR_US;
    let bench = "xml_signed_8k";
    let (median_us, rounds) = (rounded(median_us), ROUNDS);
    print_line(&TimeLine { bench, input_bytes, median_us, bar_us: BAR_US, rounds, held });
    held
}

fn verify_both(document: &str, keys: &[PublicKey]) -> Result<usize, Code> {
    let accepts = |_: SignatureMethod, _: &PublicKey| Ok(());
    let rules = SignatureRules::new(&accepts, &[Hash::Sha256]);
    let code = |refused: eid_broker::verdict::Refusal| refused.code();
    let document = Document::parse(document.as_bytes(), &Limits::MESSAGE).map_err(code)?;
    let response = verify_enveloped(document.root(), keys, &rules).map_err(code)?;
    let document = response.document().map_err(code)?;
    let assertion = document.root().children().last().ok_or(Code::Internal)?;
    let assertion = verify_enveloped(assertion, keys, &rules).map_err(code)?;
    let document = assertion.document().map_err(code)?;
    Ok(document.root().children().count())
}

fn response() -> String {
    let certificate =
        "MIICertificate0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN\n".repeat(20);
    let key_info = format!(
        "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
    );
    let signature = |id: &str| {
        SIGNATURE
            .replace("#r", &format!("#{id}"))
            .replace("</ds:Signature>", &format!("{key_info}</ds:Signature>"))
    };
    let attributes: String = ["PersonIdentifier", "CurrentFamilyName", "CurrentGivenName", "DateOfBirth", "PlaceOfBirth", "Gender"]
        .iter()
        .map(|name| {
            format!(
                "<saml2:Attribute FriendlyName=\"{name}\" Name=\"http://eidas.europa.eu/attributes/naturalperson/{name}\" \
                 NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:uri\">\n<saml2:AttributeValue \
                 xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"eidas-natural:{name}Type\">Ωnases &amp; value\
                 </saml2:AttributeValue>\n</saml2:Attribute>\n"
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<saml2p:Response xmlns:saml2p=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
         xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" xmlns:eidas=\"http://eidas.europa.eu/attributes/naturalperson\" \
         xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\" Destination=\"https://broker.example/saml/acs\" ID=\"_r\" \
         InResponseTo=\"_q\" IssueInstant=\"2026-03-01T12:00:00Z\" Version=\"2.0\">\n\
         <saml2:Issuer>https://node.example/metadata</saml2:Issuer>{}<saml2p:Status><saml2p:StatusCode \
         Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></saml2p:Status>\n<saml2:Assertion ID=\"_a\" Version=\"2.0\">\
         <saml2:Issuer>https://node.example/metadata</saml2:Issuer>{}<saml2:Subject><saml2:NameID>x</saml2:NameID></saml2:Subject>\
         <saml2:AttributeStatement>{attributes}</saml2:AttributeStatement></saml2:Assertion></saml2p:Response>",
        signature("_r"),
        signature("_a"),
    )
}
