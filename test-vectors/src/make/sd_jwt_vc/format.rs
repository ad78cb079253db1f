//! Bytes that are no presentation: the grammar, base64url, UTF-8, JSON.

use super::kit::{Kit, base64};
use super::{HONEST, Made, Set};
use eid_broker_maker::jws::b64u;
use eid_broker_maker::sd_jwt::Disclosure;
use serde_json::json;

const GRAMMAR: &str = "RFC 9901, 4; RFC 7515, 7.1";

pub(super) fn add(set: &mut Set, kit: &Kit) -> Made<()> {
    grammar(set, kit)?;
    spelling(set, kit)?;
    texts(set, kit)?;
    twice(set, kit)
}

fn grammar(set: &mut Set, kit: &Kit) -> Made<()> {
    let honest = kit.honest()?;
    for (name, token, about) in
        [("empty", "", "Nothing at all."), ("tilde-alone", "~", "A tilde and no token.")]
    {
        set.refuse(&format!("format/{name}"), "format.empty", HONEST, token).about(about, GRAMMAR);
    }
    let (jwt, rest) = honest.split_once('~').ok_or("no tilde")?;
    let (shown, proof) = honest.rsplit_once('~').ok_or("no tilde")?;
    let (input, signature) = jwt.rsplit_once('.').ok_or("no dot")?;
    let begin = honest.get(..20).unwrap_or_default();
    let behind = honest.get(20..).unwrap_or_default();
    let cases = [
        ("one-byte", "a".to_owned(), "A single byte."),
        ("nul-byte", "\0".to_owned(), "A single NUL."),
        ("no-tilde", jwt.to_owned(), "The issuer's JWT alone, without the tilde behind it."),
        ("tilde-doubled", format!("{jwt}~~{rest}"), "An empty disclosure between two tildes."),
        ("two-parts", format!("{input}~{rest}"), "The issuer's JWT has two parts."),
        ("four-parts", format!("{input}.{signature}.e30~{rest}"), "The JWT has four parts."),
        ("five-parts", format!("{input}.{signature}..~{rest}"), "Five parts, as encryption has."),
        ("empty-header", format!(".{input}~{rest}"), "The header is empty."),
        ("proof-of-two-parts", format!("{shown}~e30.e30"), "The key binding has two parts."),
        ("proof-of-one-part", format!("{shown}~e30"), "A disclosure without the tilde behind it."),
        ("space-before", format!(" {honest}"), "A blank before the token."),
        ("space-behind", format!("{honest} "), "A blank behind the token."),
        ("line-end-behind", format!("{honest}\n"), "A line end behind the token."),
        ("line-end-within", format!("{begin}\r\n{behind}"), "A line end within the header."),
        ("nul-within", format!("{begin}\0{behind}"), "A NUL within the header."),
        ("nul-behind", format!("{honest}\0"), "A NUL behind the token, as C texts have."),
        ("padding", format!("{input}.{signature}==~{rest}"), "Padding behind the signature."),
        ("quotes", format!("\"{honest}\""), "The token as a JSON string."),
        ("byte-order-mark", format!("\u{feff}{honest}"), "A byte order mark before the token."),
    ];
    for (name, token, about) in cases {
        let vector = set.refuse(&format!("format/{name}"), "format.malformed", HONEST, token);
        vector.about(about, GRAMMAR);
        if name.contains("tilde") || name.contains("proof") {
            vector.attack("VC-20");
        } else if name.ends_with("parts") {
            vector.attack("JOSE-12");
        } else if name.contains("nul") || name == "padding" {
            vector.attack("JOSE-18");
        }
    }
    // The key binding then stands where a disclosure must be, and has dots.
    for (name, token, about) in [
        ("tilde-at-end", format!("{honest}~"), "A tilde behind the key binding."),
        ("proof-twice", format!("{honest}~{proof}"), "The key binding is there twice."),
    ] {
        set.refuse(&format!("format/{name}"), "format.base64", HONEST, token)
            .about(about, GRAMMAR)
            .attack("VC-20");
    }
    let standard = honest.replacen(['-', '_'], "+", 1);
    set.refuse("format/alphabet-of-base64", "format.malformed", HONEST, standard)
        .about("One character of the other alphabet of base64.", "RFC 4648, 5")
        .attack("JOSE-18");
    let mut bytes = honest.clone().into_bytes();
    bytes.insert(20, 0xff);
    set.refuse("format/not-utf-8", "format.malformed", HONEST, bytes)
        .about("A byte that no UTF-8 text has.", GRAMMAR);

    let general = json!({
        "payload": input.split_once('.').ok_or("no dot")?.1,
        "signatures": [{ "protected": input.split_once('.').ok_or("no dot")?.0, "signature": signature }],
    });
    for (name, token, about) in [
        ("json-general", general.to_string(), "The same signature in the JSON serialisation."),
        ("json-polyglot", format!("{{\"{honest}\":1}}"), "Compact and JSON at once."),
    ] {
        set.refuse(&format!("format/{name}"), "format.unsupported", HONEST, token)
            .about(about, "RFC 7515, 7.2; HAIP 1.0, 6.1")
            .attack("JOSE-11");
    }
    Ok(())
}

// The other base64url spellings of the same bytes.
fn spelling(set: &mut Set, kit: &Kit) -> Made<()> {
    let honest = kit.honest()?;
    let parts = kit.parts()?;
    let (header, payload) = (b64u(parts.header.as_bytes()), b64u(parts.payload.as_bytes()));
    let other = |text: &str| -> Made<String> { other_spelling(text).ok_or("aligned".into()) };
    // Space at the end of a JSON text moves it to a length that has unused bits.
    let padded = |text: &str| -> String {
        let mut text = text.to_owned();
        while text.len().checked_rem(3) == Some(0) {
            text.push(' ');
        }
        b64u(text.as_bytes())
    };
    let (jwt, rest) = honest.split_once('~').ok_or("no tilde")?;
    let (shown, proof) = honest.rsplit_once('~').ok_or("no tilde")?;
    let (disclosures, last) = shown.rsplit_once('~').ok_or("no disclosure")?;
    let cases = [
        ("header-unused-bits", kit.raw(&other(&padded(&parts.header))?, &payload)?, "header"),
        ("payload-unused-bits", kit.raw(&header, &other(&padded(&parts.payload))?)?, "payload"),
        ("signature-unused-bits", format!("{}~{rest}", other(jwt)?), "signature"),
        ("proof-unused-bits", format!("{shown}~{}", other(proof)?), "key binding's signature"),
        ("disclosure-padded", format!("{disclosures}~{last}=~{proof}"), "disclosure, padded"),
        ("disclosure-nul", format!("{disclosures}~{last}\0~{proof}"), "disclosure, with a NUL"),
    ];
    for (name, token, part) in cases {
        set.refuse(&format!("format/{name}"), "format.base64", HONEST, token)
            .about(&format!("Another base64 spelling of the {part}."), "RFC 4648, 3.5; RFC 7515, 2")
            .attack("JOSE-18");
    }
    // Of two values whose lengths differ by one, at least one leaves bits unused.
    let spelled = ["xy", "xyz"].iter().find_map(|value| {
        let mut disclosure = Disclosure::member("extra", "c2FsdC1vZi1vbmU", "extra", &json!(value));
        disclosure.encoded = other_spelling(&disclosure.encoded)?;
        Some(disclosure)
    });
    let spelled = spelled.ok_or("no bits unused")?;
    set.refuse("format/disclosure-unused-bits", "format.base64", HONEST, kit.disclosure(spelled)?)
        .about("A disclosure in another spelling, its digest signed.", "RFC 4648, 3.5")
        .attack("JOSE-18");
    let chain = kit.issuer.chain_der.first().ok_or("no leaf")?;
    for (name, text) in [
        ("x5c-base64url", b64u(chain)),
        ("x5c-line-ends", base64(chain).replacen("MII", "MII\n", 1)),
        ("x5c-unpadded", base64(&[chain.as_slice(), &[0]].concat()).replace('=', "") + "A"),
    ] {
        set.refuse(
            &format!("format/{name}"),
            "format.base64",
            HONEST,
            kit.header("x5c", json!([text]))?,
        )
        .about("A certificate in another base64 spelling.", "RFC 7515, 4.1.6");
    }
    Ok(())
}

/// Sets an unused bit of the last character; `None` when the length leaves no bit unused.
fn other_spelling(text: &str) -> Option<String> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let part = text.rsplit('.').next()?;
    let last = *part.as_bytes().last()?;
    let value = ALPHABET.iter().position(|letter| *letter == last)?;
    if part.len().checked_rem(4)? == 0 {
        return None;
    }
    let other = char::from(*ALPHABET.get(value ^ 1)?);
    let mut text = text.to_owned();
    text.pop();
    text.push(other);
    Some(text)
}

fn texts(set: &mut Set, kit: &Kit) -> Made<()> {
    let parts = kit.parts()?;
    let (header, payload) = (b64u(parts.header.as_bytes()), b64u(parts.payload.as_bytes()));
    let invalid = |text: &str| {
        let mut bytes = text.as_bytes().to_vec();
        // A lone continuation byte in the first name.
        bytes.insert(2, 0x80);
        b64u(&bytes)
    };
    let marked = |text: &str| b64u(format!("\u{feff}{text}").as_bytes());
    for (name, token, about) in [
        (
            "header-not-utf-8",
            kit.raw(&invalid(&parts.header), &payload)?,
            "The header is not UTF-8.",
        ),
        (
            "payload-not-utf-8",
            kit.raw(&header, &invalid(&parts.payload))?,
            "The payload is not UTF-8.",
        ),
        (
            "header-byte-order-mark",
            kit.raw(&marked(&parts.header), &payload)?,
            "A mark before the header.",
        ),
        (
            "payload-byte-order-mark",
            kit.raw(&header, &marked(&parts.payload))?,
            "A mark before the payload.",
        ),
    ] {
        set.refuse(&format!("format/{name}"), "format.utf8", HONEST, token)
            .about(about, "RFC 8259, 8.1");
    }
    let mut lone = Disclosure::raw("extra", "");
    lone.encoded = b64u(b"[\"c2FsdA\",\"extra\",\"\xc3\x28\"]");
    set.refuse("format/disclosure-not-utf-8", "format.utf8", HONEST, kit.disclosure(lone)?)
        .about("A disclosure that is not UTF-8, its digest signed.", "RFC 8259, 8.1");

    let json = "RFC 8259, 2; RFC 7519, 7.2";
    for (name, header) in [
        ("header-array", "[\"ES256\"]".to_owned()),
        ("header-null", "null".to_owned()),
        ("header-two-values", format!("{}{{}}", parts.header)),
        ("header-cut", parts.header.get(..30).unwrap_or_default().to_owned()),
        ("header-comment", parts.header.replacen('{', "{/**/", 1)),
        ("header-single-quotes", parts.header.replace('"', "'")),
    ] {
        set.refuse(&format!("format/{name}"), "format.json", HONEST, kit.header_text(|_| header)?)
            .about("The header is not one JSON object.", json);
    }
    for (name, payload) in [
        ("payload-array", format!("[{}]", parts.payload)),
        ("payload-string", "\"text\"".to_owned()),
        ("payload-two-values", format!("{} 1", parts.payload)),
        (
            "payload-comma-at-end",
            parts.payload.replacen(
                "\"vct\":\"urn:eudi:pid:1\"}",
                "\"vct\":\"urn:eudi:pid:1\",}",
                1,
            ),
        ),
        ("payload-nul", parts.payload.replacen("urn:eudi", "urn\0eudi", 1)),
        ("payload-line-end-in-text", parts.payload.replacen("urn:eudi", "urn\neudi", 1)),
        ("payload-number-with-zero", parts.payload.replacen("\"exp\":", "\"exp\":0", 1)),
        ("payload-nan", parts.payload.replacen("\"exp\":", "\"x\":NaN,\"exp\":", 1)),
        ("payload-lone-surrogate", parts.payload.replacen("urn:eudi", "urn\\ud800eudi", 1)),
    ] {
        let token = kit.payload_text(|_| payload)?;
        set.refuse(&format!("format/{name}"), "format.json", HONEST, token)
            .about("The signed payload is not one JSON object.", json);
    }
    let token = kit.disclosure(Disclosure::raw("extra", "[\"c2FsdA\",\"extra\",1"))?;
    set.refuse("format/disclosure-cut", "format.json", HONEST, token)
        .about("A disclosure is not whole JSON, its digest signed.", json);
    let token = kit.key_binding_text("[]")?;
    set.refuse("format/proof-array", "format.json", HONEST, token)
        .about("The payload of the key binding is an array.", json);
    Ok(())
}

// A member twice: the first or the last would win, by the reader.
fn twice(set: &mut Set, kit: &Kit) -> Made<()> {
    let rule = "RFC 7515, 4; RFC 7519, 4; RFC 8725, 2.4";
    let header = |name: &str| kit.header_text(|text| text.replacen('{', name, 1));
    let payload = |name: &str| kit.payload_text(|text| text.replacen('{', name, 1));
    let disclosed = r#"["c2FsdA","extra",{"a":1,"a":2}]"#;
    let proof =
        r#"{"aud":"{aud}","iat":{iat},"nonce":"other","nonce":"{nonce}","sd_hash":"{sd_hash}"}"#;
    for (name, token, about) in [
        ("header-alg", header(r#"{"alg":"none","#)?, "alg is there twice."),
        (
            "header-by-escape",
            header(r#"{"\u0061lg":"none","#)?,
            "alg is there twice, once with an escape.",
        ),
        ("payload-exp", payload(r#"{"exp":4102444800,"#)?, "exp is there twice."),
        (
            "payload-by-escape",
            payload(r#"{"\u0065xp":4102444800,"#)?,
            "exp twice, once with an escape.",
        ),
        (
            "payload-below",
            payload(r#"{"x":{"a":1,"b":{"c":1,"c":1}},"#)?,
            "Twice, two levels below the top.",
        ),
        ("payload-empty-name", payload(r#"{"":1,"":2,"#)?, "The empty name is there twice."),
        (
            "disclosure",
            kit.disclosure(Disclosure::raw("extra", disclosed))?,
            "Twice within a disclosed value.",
        ),
        ("proof-nonce", kit.key_binding_text(proof)?, "nonce is there twice in the key binding."),
    ] {
        set.refuse(&format!("ambiguous/{name}"), "ambiguous.member", HONEST, token)
            .about(about, rule)
            .attack("JOSE-19");
    }
    Ok(())
}
