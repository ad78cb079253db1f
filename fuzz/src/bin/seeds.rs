//! Writes the first inputs of every target into `corpus/`, made by the test issuers and taken from
//! `test-vectors`. What the fuzzer found stays.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use eid_broker::token::certificate::{Handshake, TlsVersion};
use eid_broker::trust::saml_metadata::{MetadataRules, ServiceList, verify};
use eid_broker_fuzz::{
    AUDIENCE, CARD_NONCE, CARD_ORIGIN, ISSUER, NODE, NONCE, NOW, PROCEDURE, RAW, TEXTS, TRUST,
    encryption, metadata_signers, status,
};
use eid_broker_maker::card::{StoredCard, WebEidSpec};
use eid_broker_maker::mdoc::{Cbor, MdocIssuer, MdocSpec, Response, redirect_transcript};
use eid_broker_maker::pid::{JwksIssuer, PidIssuer, PidSpec, x5c};
use eid_broker_maker::saml::Asked;
use eid_broker_maker::saml::bund_id::BundId;
use eid_broker_maker::saml::eidas::{Node, Person};
use eid_broker_maker::saml::sign::Signing;
use eid_broker_maker::sd_jwt::Hiding;
use eid_broker_maker::wallet::{Select, Wallet};
use eid_broker_maker::{TestKey, cert, keys};
use std::path::{Path, PathBuf};
use std::{fs, io};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut corpus =
        Corpus { folder: Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus"), written: 0 };
    let presentations = presentations()?;
    corpus.write("sd_jwt_vc", presentations.iter().map(|token| tagged(RAW, token.as_bytes())))?;
    corpus.write("sd_jwt_vc", sd_jwt_texts()?.iter().map(|text| tagged(TEXTS, text.as_bytes())))?;

    let responses = responses()?;
    corpus.write("cbor", responses.clone())?;
    corpus.write("mdoc", responses)?;

    let assertions = assertions()?;
    let tokens = assertions
        .iter()
        .map(|(header, payload)| format!("{}.{}.{}", b64(header), b64(payload), "A".repeat(86)));
    let texts = assertions.iter().map(|(header, payload)| format!("{header}\n{payload}"));
    for target in ["assertion_check", "compact_jws"] {
        corpus.write(target, tokens.clone().map(|token| tagged(RAW, token.as_bytes())))?;
        corpus.write(target, texts.clone().map(|text| tagged(TEXTS, text.as_bytes())))?;
    }

    let sets = key_sets()?;
    corpus.write("jwk_set", sets.iter().map(|set| set.as_bytes().to_vec()))?;
    let json = sets.iter().chain(assertions.iter().map(|(_, payload)| payload));
    corpus.write("json", json.map(|text| text.as_bytes().to_vec()).chain(small_json()))?;
    corpus.write("der", certificates()?)?;
    if cfg!(eidb_danger_stub_signatures) {
        status::check_seeds();
    }
    corpus.write("crl", status::crls())?;
    corpus.write("ocsp", status::ocsp_responses())?;
    corpus.write("path_openssl", chains())?;
    corpus.write("web_eid", cards()?)?;
    corpus.write("saml_metadata", metadata()?)?;
    corpus.write("saml_response", responses()?)?;
    corpus.write("xml_decrypt", encrypted_assertions())?;
    corpus.write("saml_redirect", queries())?;
    corpus.write("config", configurations())?;
    corpus.write("expectation_open", expectations())?;
    let messages = messages()?;
    corpus.write("xml_c14n", forms()?.into_iter().chain(messages.clone()))?;
    corpus.write("xml_signature", messages)?;
    corpus.write_vectors()?;
    Ok(())
}

/// Signed responses: as the node sends them, readable, and signed twice.
fn messages() -> Result<Vec<Vec<u8>>, Box<dyn std::error::Error>> {
    let key = keys::saml_node_p256()?;
    let mut seeds = Vec::new();
    for (inner, prefixes) in [(false, &[][..]), (true, &["xsi", "#default"][..])] {
        let mut message = Node::with_key(&key)?.answer(&Asked::honest(), &Person::minimum())?;
        message.encryption = None;
        message.outer = Some(Signing::new(&key, None).with_prefixes(prefixes));
        message.inner = inner.then(|| Signing::new(&key, None));
        seeds.push(message.to_xml()?.into_bytes());
    }
    Ok(seeds)
}

/// The inputs of the cases of canonical forms.
fn forms() -> Result<Vec<Vec<u8>>, Box<dyn std::error::Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../test-vectors/c14n");
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder)? {
        files.push(entry?.path());
    }
    files.retain(|path| path.extension().is_some_and(|end| end == "xml"));
    files.sort();
    Ok(files.iter().map(fs::read).collect::<Result<_, _>>()?)
}

/// Tokens of a card in each format, and the statement of a handshake.
fn cards() -> Result<Vec<Vec<u8>>, Box<dyn std::error::Error>> {
    let card = StoredCard::new()?;
    let mut seeds = Vec::new();
    for format in ["web-eid:1", "web-eid:1.0", "web-eid:1.1"] {
        let mut spec = WebEidSpec::new(card.card_der.clone(), "ES384", CARD_ORIGIN, CARD_NONCE);
        spec.format = format.to_owned();
        if format == "web-eid:1.1" {
            let name = "unverifiedIntermediateCertificates".to_owned();
            let ca = base64::engine::general_purpose::STANDARD.encode(&card.ca_der);
            spec.more.insert(name, vec![ca].into());
        }
        seeds.push(spec.sign(card.key())?.into_bytes());
    }
    let handshake = Handshake {
        tls: TlsVersion::V1_3,
        resumed: false,
        handshake_at: NOW,
        server_name: "login.example.org".to_owned(),
        certificates: vec![card.card_der],
    };
    seeds.push(handshake.to_json().into_bytes());
    Ok(seeds)
}

/// Responses about each kind of person, of both families, signed in each place; and a failure.
fn responses() -> Result<Vec<Vec<u8>>, Box<dyn std::error::Error>> {
    let asked = Asked { at: i64::try_from(NOW.secs())? - 10, ..Asked::honest() };
    let mut node = Node::with_key(&keys::saml_node_p256()?)?;
    node.encryption = None;
    let mut seeds = Vec::new();
    for person in [
        Person::erika(),
        Person::company(),
        Person::minimum().and(Person::company()),
        Person::minimum().and(Person::representative()),
    ] {
        let mut message = node.answer(&asked, &person)?;
        seeds.push(message.to_xml()?.into_bytes());
        seeds.push(message.to_post()?.into_bytes());
        message.inner = message.outer.take();
        seeds.push(message.to_xml()?.into_bytes());
    }
    seeds.push(node.failure(&asked)?.to_xml()?.into_bytes());
    let account = BundId { encryption: None, ..BundId::new()? };
    seeds.push(account.answer(&asked, &[])?.to_xml()?.into_bytes());
    seeds.push(account.failure(&asked)?.to_xml()?.into_bytes());
    Ok(seeds)
}

/// Metadata of a node, an aggregate around it, and a service list. Their signatures are of the right
/// form and of no value.
fn metadata() -> Result<Vec<Vec<u8>>, Box<dyn std::error::Error>> {
    let b64 = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let (zeros, value) = (b64(&[0; 32]), b64(&[1; 64]));
    let (signs, opens) = (b64(&cert::pid_leaf_der()?), b64(&cert::other_leaf_der()?));
    let signature = format!(
        "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>\
         <ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>\
         <ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256\"/>\
         <ds:Reference URI=\"\"><ds:Transforms><ds:Transform \
         Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/><ds:Transform \
         Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue>\
         {zeros}</ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue>{value}\
         </ds:SignatureValue></ds:Signature>"
    );
    let key = |purpose: &str, der: &str| {
        format!(
            "<md:KeyDescriptor use=\"{purpose}\"><ds:KeyInfo \
             xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data><ds:X509Certificate>{der}\
             </ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        )
    };
    let entity = |signature: &str| {
        format!(
            "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" \
             xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\" entityID=\"{NODE}\" \
             validUntil=\"2026-03-02T12:00:00Z\" cacheDuration=\"PT1H\">{signature}<md:Extensions>\
             <mdattr:EntityAttributes xmlns:mdattr=\"urn:oasis:names:tc:SAML:metadata:attribute\">\
             <saml2:Attribute Name=\"http://eidas.europa.eu/entity-attributes/protocol-version\">\
             <saml2:AttributeValue>1.4</saml2:AttributeValue></saml2:Attribute>\
             </mdattr:EntityAttributes></md:Extensions><md:IDPSSODescriptor \
             protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><md:Extensions>\
             <eidas:NodeCountry xmlns:eidas=\"http://eidas.europa.eu/saml-extensions\">FI\
             </eidas:NodeCountry></md:Extensions>{}{}<md:SingleSignOnService \
             Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" \
             Location=\"https://node.example.fi/post\"/></md:IDPSSODescriptor></md:EntityDescriptor>",
            key("signing", &signs),
            key("encryption", &opens)
        )
    };
    let aggregate = format!(
        "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\">{signature}{}\
         </md:EntitiesDescriptor>",
        entity("")
    );
    let list = format!(
        "<ser:MetadataServiceList xmlns:ser=\"http://eidas.europa.eu/metadata/servicelist\" \
         IssueDate=\"2026-03-01T00:00:00Z\" NextUpdate=\"2026-03-08T00:00:00Z\" Version=\"1.0\">\
         <ser:MetadataList Territory=\"FI\"><ser:MetadataLocation \
         Location=\"https://node.example.fi/metadata.xml\"><ser:Endpoint \
         EndpointType=\"http://eidas.europa.eu/metadata/ept/ProxyService\" EntityID=\"{NODE}\"/>\
         <ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data>\
         <ds:X509Certificate>{signs}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>\
         </ser:MetadataLocation></ser:MetadataList>{signature}</ser:MetadataServiceList>"
    );
    let seeds: Vec<Vec<u8>> =
        [entity(&signature), aggregate, list].into_iter().map(String::into_bytes).collect();
    if cfg!(eidb_danger_stub_signatures) {
        // A seed that is refused at its first element would not get the fuzzer anywhere.
        let rules = MetadataRules::eidas_node();
        for entity in &seeds[..2] {
            verify(entity, &metadata_signers(), NODE, &rules, NOW)?;
        }
        ServiceList::verify(&seeds[2], &metadata_signers(), &rules, NOW)?;
    }
    Ok(seeds)
}

/// Encrypted assertions for each of our keys, whole and as their plaintext.
fn encrypted_assertions() -> Vec<Vec<u8>> {
    let text = "<a:Assertion xmlns:a=\"urn:oasis:names:tc:SAML:2.0:assertion\"/>";
    let raw = [false, true]
        .map(|brainpool| tagged(RAW, encryption::encrypted(text, brainpool).as_bytes()));
    let coupled = encryption::encrypted(text, false)
        .replace("xmlenc#kw-aes256", "xmlenc#rsa-oaep-mgf1p")
        .replace("xmlenc11#aes256-gcm", "xmlenc#aes256-cbc");
    let more = [tagged(RAW, coupled.as_bytes()), tagged(TEXTS, text.as_bytes())];
    raw.into_iter().chain(more).collect()
}

/// A query with every parameter, and a message by itself.
fn queries() -> Vec<Vec<u8>> {
    let query = "SAMLResponse=s0m0K0mtKLHRT7QDAA%3D%3D&RelayState=a%20b&SigAlg=http%3A%2F%2Fwww.w3.org\
                 %2F2001%2F04%2Fxmldsig-more%23ecdsa-sha256&Signature=AAAA";
    vec![tagged(RAW, query.as_bytes()), tagged(TEXTS, b"<a/>")]
}

/// Chains as `path_openssl` reads them: honest ones with constraints of each kind.
fn chains() -> Vec<Vec<u8>> {
    const ROOT: u8 = 0;
    const CA: u8 = 1;
    const LEAF: u8 = 2;
    // Positions in the table of the target.
    const SKI: u8 = 0;
    const USAGE: u8 = 1;
    const ALTERNATIVE: u8 = 2;
    const BASIC: u8 = 4;
    const NAMES: u8 = 5;
    const POLICIES: u8 = 6;
    const MAPPINGS: u8 = 7;
    const AKI: u8 = 8;
    const DEMANDS: u8 = 9;
    const PURPOSE: u8 = 10;
    const INHIBIT: u8 = 11;
    let record = |whose: u8, which: u8, critical: u8, value: &[u8]| {
        let len = u8::try_from(value.len()).expect("short");
        [&[whose, which, critical, len], value].concat()
    };
    let mut honest = Vec::new();
    for whose in [ROOT, CA] {
        honest.extend(record(whose, BASIC, 1, &[0x30, 3, 1, 1, 0xff]));
        honest.extend(record(whose, USAGE, 1, &[3, 2, 1, 6]));
        honest.extend(record(whose, SKI, 0, &[4, 1, whose]));
    }
    honest.extend(record(CA, AKI, 0, &[0x30, 3, 0x80, 1, ROOT]));
    honest.extend(record(LEAF, AKI, 0, &[0x30, 3, 0x80, 1, CA]));
    honest.extend(record(LEAF, USAGE, 1, &[3, 2, 7, 0x80]));
    let policy: &[u8] = &[0x30, 6, 0x30, 4, 6, 2, 0x2a, 3];
    let host: &[u8] = &[0x30, 7, 0x82, 5, b'a', b'.', b'b', b'.', b'c'];
    let mut extras: Vec<Vec<u8>> = vec![
        Vec::new(),
        record(LEAF, PURPOSE, 0, &[0x30, 10, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 2]),
        [record(CA, POLICIES, 0, policy), record(LEAF, POLICIES, 0, policy)].concat(),
        [
            record(CA, POLICIES, 0, policy),
            record(CA, MAPPINGS, 1, &[0x30, 10, 0x30, 8, 6, 2, 0x2a, 3, 6, 2, 0x2a, 4]),
            record(CA, DEMANDS, 1, &[0x30, 3, 0x80, 1, 0]),
            record(LEAF, POLICIES, 0, &[0x30, 6, 0x30, 4, 6, 2, 0x2a, 4]),
        ]
        .concat(),
        [
            record(CA, POLICIES, 0, &[0x30, 8, 0x30, 6, 6, 4, 0x55, 0x1d, 0x20, 0]),
            record(CA, INHIBIT, 1, &[2, 1, 1]),
            record(LEAF, POLICIES, 0, policy),
        ]
        .concat(),
    ];
    let names: [(&[u8], &[u8]); 5] = [
        (&[0x82, 3, b'b', b'.', b'c'], host),
        (&[0x81, 3, b'b', b'.', b'c'], &[0x30, 7, 0x81, 5, b'a', b'@', b'b', b'.', b'c']),
        (&[0x87, 8, 10, 0, 0, 0, 255, 0, 0, 0], &[0x30, 6, 0x87, 4, 10, 1, 2, 3]),
        (
            &[0x86, 3, b'b', b'.', b'c'],
            &[0x30, 12, 0x86, 10, b'h', b'1', b':', b'/', b'/', b'b', b'.', b'c', b'/', b'a'],
        ),
        (&[0xa4, 15, 0x30, 13, 0x31, 11, 0x30, 9, 6, 3, 0x55, 4, 6, 0x13, 2, b'D', b'E'], host),
    ];
    for (base, name) in names {
        let wrap = |tag: u8, content: &[u8]| {
            [&[tag, u8::try_from(content.len()).expect("short")], content].concat()
        };
        for list in [0xa0, 0xa1] {
            let constraint = wrap(0x30, &wrap(list, &wrap(0x30, base)));
            extras.push(
                [record(CA, NAMES, 1, &constraint), record(LEAF, ALTERNATIVE, 0, name)].concat(),
            );
        }
    }
    let flags = [0, 1];
    flags
        .iter()
        .flat_map(|flag| extras.iter().map(|extra| [&[*flag][..], &honest, extra].concat()))
        .collect()
}

/// A folder with a folder for each target.
struct Corpus {
    folder: PathBuf,
    /// How many inputs it got; names them, so that the next run writes the same files.
    written: usize,
}

impl Corpus {
    fn write(&mut self, target: &str, inputs: impl IntoIterator<Item = Vec<u8>>) -> io::Result<()> {
        let folder = self.folder.join(target);
        fs::create_dir_all(&folder)?;
        for input in inputs {
            fs::write(folder.join(format!("seed-{:03}", self.written)), input)?;
            self.written += 1;
        }
        Ok(())
    }

    // Inputs of the project's own vectors, by the family that they belong to.
    fn write_vectors(&mut self) -> io::Result<()> {
        let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../test-vectors");
        for (family, target, first) in
            [("sd_jwt_vc", "sd_jwt_vc", RAW), ("assertion", "assertion_check", RAW)]
        {
            let Ok(entries) = fs::read_dir(vectors.join(family)) else { continue };
            for entry in entries {
                let path = entry?.path();
                if path.is_file() && path.extension().is_none_or(|ending| ending != "json") {
                    let input = fs::read(path)?;
                    self.write(target, [tagged(first, input.trim_ascii())])?;
                }
            }
        }
        Ok(())
    }
}

fn presentations() -> Result<Vec<String>, eid_broker_maker::MakerError> {
    let wallet = Wallet::holder()?;
    let mut out = Vec::new();
    for hiding in [Hiding::Flat, Hiding::Nothing, Hiding::Recursive, Hiding::Structured] {
        let mut spec = short_lived(PidSpec::erika()?);
        spec.hiding = hiding;
        for credential in [PidIssuer::new()?.issue(&spec)?, JwksIssuer::new()?.issue(&spec)?] {
            out.push(wallet.present(&credential, &Select::All, NONCE, AUDIENCE, now())?);
            out.push(credential.sd_jwt());
        }
    }
    Ok(out)
}

// Device responses with every element, with few, without a device, and with a status.
fn responses() -> Result<Vec<Vec<u8>>, eid_broker_maker::MakerError> {
    let (issuer, holder) = (MdocIssuer::new()?, keys::holder()?);
    let transcript = redirect_transcript(AUDIENCE, NONCE, None, "https://rp.example/response");
    let mut response = Response::new(transcript);
    let mut spec = MdocSpec::erika()?;
    let all = issuer.issue(&spec)?;
    let mut few = all.clone();
    few.items.iter_mut().for_each(|(_, items)| items.truncate(2));
    let list = vec![("idx", Cbor::Int(1)), ("uri", Cbor::text("https://s.example/1"))];
    spec.status = Some(Cbor::map(vec![("status_list", Cbor::map(list))]));
    spec.elements.truncate(3);
    let with_status = issuer.issue(&spec)?;
    let mut out = Vec::new();
    for document in [&all, &few, &with_status] {
        out.push(response.present(document, &holder)?);
    }
    response.device_signed = Some(None);
    out.push(response.present(&few, &holder)?);
    Ok(out)
}

// Header, payload, header and payload of the key binding, disclosures.
fn sd_jwt_texts() -> Result<Vec<String>, eid_broker_maker::MakerError> {
    let chain = x5c(&[cert::pid_leaf_der()?]);
    let by_chain = format!(r#"{{"alg":"ES256","typ":"dc+sd-jwt","x5c":{chain}}}"#);
    let kid = keys::jwks_issuer()?.thumbprint();
    let by_kid = format!(r#"{{"alg":"ES256","typ":"dc+sd-jwt","kid":"{kid}"}}"#);
    let holder = keys::holder()?.public_jwk();
    let (from, until) = (now() - 3_600, now() + 72_000);
    let claims = |more: &str| {
        format!(
            r#"{{"vct":"urn:eudi:pid:1","iss":"https://issuer.example/pid","iat":{from},"nbf":{from},"exp":{until},"cnf":{{"jwk":{holder}}},"_sd_alg":"sha-256",{more}}}"#
        )
    };
    let binding = format!(
        "{{\"alg\":\"ES256\",\"typ\":\"kb+jwt\"}}\n{{\"aud\":\"{AUDIENCE}\",\"iat\":{},\"nonce\":\"{NONCE}\",\"sd_hash\":\"#h\"}}",
        now()
    );
    let country = r##""issuing_country":"DE""##;
    let nested = [
        r##"["salt","address",{"_sd":["#1","#2"]}]"##,
        r##"["salt","locality","Köln"]"##,
        r##"["salt","country","DE"]"##,
        r##"["salt","nationalities",[{"...":"#4"},"FR"]]"##,
        r##"["salt","DE"]"##,
    ]
    .join("\n");
    let open = r##""family_name":"Mustermann","given_name":"Erika","birthdate":"1964-08-12","sex":2,"place_of_birth":{"locality":"München","country":"DE"},"email":"a@b.example","phone_number":"+493012345","picture":"data:image/jpeg;base64,/9g="##;
    let open = format!(
        "{open}\",{country},\"date_of_expiry\":\"2034-08-11\",\"issuing_jurisdiction\":\"DE-NW\""
    );
    Ok(vec![
        format!(
            "{by_chain}\n{}\n{binding}\n{nested}",
            claims(&format!("{country},\"_sd\":[\"#0\",\"#3\"]"))
        ),
        format!(
            "{by_kid}\n{}\n{binding}\n[\"salt\",\"given_name\",\"Erika\"]",
            claims(&format!("{country},\"_sd\":[\"#0\"]"))
        ),
        format!("{by_chain}\n{}\n{binding}", claims(&open)),
        format!(
            "{by_chain}\n{}\n\n",
            claims("\"status\":{\"status_list\":{\"idx\":1,\"uri\":\"https://s.example/1\"}}")
        ),
    ])
}

// Header and payload.
fn assertions() -> Result<Vec<(String, String)>, eid_broker_maker::MakerError> {
    let kid = keys::assertion_es256()?.thumbprint();
    let header = format!(r#"{{"alg":"ES256","typ":"eid-assertion+jwt","kid":"{kid}"}}"#);
    let spaced =
        format!(r#"{{ "kid":"{kid}", "typ":"application/eid-assertion+jwt", "alg":"ES256" }}"#);
    let (from, until) = (now() - 10, now() + 290);
    let payload = |more: &str| {
        let sub = format!("ps1.{}", "A".repeat(43));
        format!(
            r#"{{"iss":"{ISSUER}","sub":"{sub}","aud":"{PROCEDURE}","exp":{until},"nbf":{from},"iat":{from},"jti":"AAAAAAAAAAAAAAAAAAAAAA","scope":"identity.core","client_id":"legacy-17","acr":"http://eidas.europa.eu/LoA/high","amr":["pop","user"],"auth_time":{from},"txn":"t-AAAAAAAAAAAAAAAAAAAAAA",{more}"src":{{"family":"sd_jwt_vc","issuer_country":"DE"}},"ver":"1"}}"#
        )
    };
    let jkt = b64(&[7; 32]);
    let verified = r##""verified_claims":{"verification":{"trust_framework":"eidas"},"claims":{"given_name":"Erika","age_over_18":true}},"##;
    Ok(vec![
        (header.clone(), payload("")),
        (header.clone(), payload(&format!(r#""cnf":{{"jkt":"{jkt}"}},{verified}"#))),
        (header, payload(r#""purpose":"a\u0020purpose","#)),
        (spaced, payload(verified)),
    ])
}

fn key_sets() -> Result<Vec<String>, eid_broker_maker::MakerError> {
    let all: Vec<TestKey> =
        vec![keys::assertion_es256()?, keys::assertion_es384()?, keys::assertion_eddsa()?];
    let all: Vec<&TestKey> = all.iter().collect();
    // RFC 7517, A.1.
    let rsa = r#"{"keys":[{"kty":"RSA","alg":"RS256","kid":"2011-04-29","e":"AQAB","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"}]}"#;
    Ok(vec![keys::jwks(&all).to_string(), keys::jwks(&[]).to_string(), rsa.to_owned()])
}

fn small_json() -> impl Iterator<Item = Vec<u8>> {
    [
        r#"{"a":[1,-0,1.5e-7,true,false,null],"\u0061b":"\ud83d\ude00\n"}"#,
        r#"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"#,
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "18446744073709551616",
    ]
    .into_iter()
    .map(|text| text.as_bytes().to_vec())
}

fn certificates() -> Result<Vec<Vec<u8>>, eid_broker_maker::MakerError> {
    Ok(vec![
        cert::pid_ca_der()?,
        cert::pid_leaf_der()?,
        cert::other_ca_der()?,
        cert::other_leaf_der()?,
        cert::pid_leaf_spec_for(&keys::pid_signer_eddsa()?)?.build(&keys::pid_ca()?)?,
        cert::pid_leaf_spec_for(&keys::pid_signer_es384()?)?.build(&keys::pid_ca()?)?,
    ])
}

fn configurations() -> Vec<Vec<u8>> {
    let templates = [
        (b'p', include_str!("../../../src/host/templates/policy.toml")),
        (b'r', include_str!("../../../src/host/templates/register.toml")),
        (b't', include_str!("../../../src/host/templates/trust.toml")),
        (b't', TRUST),
    ];
    templates.map(|(kind, text)| tagged(kind, text.as_bytes())).into()
}

fn expectations() -> Vec<Vec<u8>> {
    let content = format!(
        r#"["{ISSUER}","{PROCEDURE}","sd_jwt_vc","{NONCE}","{AUDIENCE}",{},{}]"#,
        now(),
        now() + 600
    );
    let sealed = b64(vec![7u8; content.len() + 44]);
    vec![tagged(TEXTS, content.as_bytes()), tagged(RAW, sealed.as_bytes())]
}

fn short_lived(mut spec: PidSpec) -> PidSpec {
    spec.nbf = Some(now() - 3_600);
    spec.iat = spec.nbf;
    spec.exp = Some(now() + 72_000);
    spec
}

fn now() -> i64 {
    NOW.secs().cast_signed()
}

fn tagged(first: u8, rest: &[u8]) -> Vec<u8> {
    [&[first], rest].concat()
}

fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
