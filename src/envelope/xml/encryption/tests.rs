//! Made here: each refusal beside what is accepted. Samples of real nodes are in `tests/xml_encryption.rs`.

use super::*;
use crate::crypto::{AesKey, AesMode, AgreementKey, Curve, Hash, Oaep, OaepHash, PublicKey};
use crate::envelope::xml::{Document, Limits};
use crate::pki::{AlgorithmRules, Certificate, RecipientKey, parse_public_key};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openssl::asn1::Asn1Time;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::{X509Builder, X509NameBuilder};
use std::sync::LazyLock;

const PLAIN: &str =
    "<a:Assertion xmlns:a=\"urn:oasis:names:tc:SAML:2.0:assertion\">text</a:Assertion>";
const CURVES: [(Curve, Nid); 6] = [
    (Curve::P256, Nid::X9_62_PRIME256V1),
    (Curve::P384, Nid::SECP384R1),
    (Curve::P521, Nid::SECP521R1),
    (Curve::BrainpoolP256r1, Nid::BRAINPOOL_P256R1),
    (Curve::BrainpoolP384r1, Nid::BRAINPOOL_P384R1),
    (Curve::BrainpoolP512r1, Nid::BRAINPOOL_P512R1),
];

static RSA: LazyLock<PKey<Private>> =
    LazyLock::new(|| PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap());
static P256: LazyLock<PKey<Private>> = LazyLock::new(|| ec(Nid::X9_62_PRIME256V1));

fn ec(nid: Nid) -> PKey<Private> {
    PKey::from_ec_key(EcKey::generate(&EcGroup::from_curve_name(nid).unwrap()).unwrap()).unwrap()
}

fn own(pair: &PKey<Private>) -> RecipientKey {
    RecipientKey::from_der(&pair.private_key_to_pkcs8().unwrap()).unwrap()
}

fn keys(pairs: &[&PKey<Private>]) -> DecryptionKeys {
    DecryptionKeys::new(pairs.iter().map(|pair| own(pair)).collect()).unwrap()
}

fn public(pair: &PKey<Private>) -> PublicKey {
    parse_public_key(&pair.public_key_to_der().unwrap(), AlgorithmRules::GENERAL).unwrap()
}

fn random(out: &mut [u8]) -> Result<(), Code> {
    openssl::rand::rand_bytes(out).unwrap();
    Ok(())
}

fn rules() -> EncryptionRules {
    EncryptionRules { transport: KeyTransport::ALL.to_vec(), ..EncryptionRules::authenticated() }
}

fn wrap(data: &str) -> String {
    format!(
        "<s:EncryptedAssertion xmlns:s=\"urn:oasis:names:tc:SAML:2.0:assertion\">{data}\
         </s:EncryptedAssertion>"
    )
}

fn sealed(pair: &PKey<Private>, sealing: Sealing) -> String {
    wrap(&encrypt(PLAIN, &public(pair), None, sealing, &random).unwrap())
}

fn open(text: &str, keys: &DecryptionKeys, rules: &EncryptionRules) -> Result<String, Code> {
    let document = Document::parse(text.as_bytes(), &Limits::MESSAGE).map_err(|r| r.code())?;
    let plain = decrypt(document.root(), keys, rules).map_err(|refusal| refusal.code())?;
    Ok(String::from_utf8(plain.octets().to_vec()).unwrap())
}

/// A text that opens, and the same with one piece replaced, which is refused.
#[track_caller]
fn twin(text: &str, from: &str, to: &str, keys: &DecryptionKeys, code: Code) {
    assert_eq!(open(text, keys, &rules()).as_deref(), Ok(PLAIN));
    assert!(text.contains(from), "{from:?} is not in {text}");
    let altered = text.replacen(from, to, 1);
    assert_eq!(open(&altered, keys, &rules()), Err(code), "{from:?} to {to:?}");
}

fn certificate(pair: &PKey<Private>) -> Certificate {
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_text("CN", "recipient").unwrap();
    let name = name.build();
    let mut certificate = X509Builder::new().unwrap();
    certificate.set_version(2).unwrap();
    certificate.set_subject_name(&name).unwrap();
    certificate.set_issuer_name(&name).unwrap();
    certificate.set_not_before(&Asn1Time::from_unix(0).unwrap()).unwrap();
    certificate.set_not_after(&Asn1Time::from_unix(2_000_000_000).unwrap()).unwrap();
    certificate.set_pubkey(pair).unwrap();
    let serial = openssl::bn::BigNum::from_u32(7).unwrap().to_asn1_integer().unwrap();
    certificate.set_serial_number(&serial).unwrap();
    certificate.sign(pair, MessageDigest::sha256()).unwrap();
    Certificate::parse(&certificate.build().to_der().unwrap()).unwrap()
}

// --- what is accepted ----------------------------------------------------------------------------

#[test]
fn opens_every_content_with_every_wrap_on_every_curve() {
    for (curve, nid) in CURVES {
        let pair = ec(nid);
        let keys = keys(&[&pair]);
        for content in ContentEncryption::ALL.iter().filter(|c| c.is_authenticated()) {
            for wrap in KeyWrap::ALL {
                for kdf in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
                    let how =
                        Sealing { wrap: *wrap, kdf, ..Sealing::STANDARD.with_content(*content) };
                    let text = sealed(&pair, how);
                    let opened = open(&text, &keys, &rules());
                    assert_eq!(opened.as_deref(), Ok(PLAIN), "{curve:?} {how:?}");
                }
            }
        }
    }
}

// The parts of OAEP by hand, so that each pair of hashes comes up.
fn oaep_text(method: &str, sealed_key: &[u8], content_key: &AesKey) -> String {
    let nonce = [1; 12];
    let mut body = nonce.to_vec();
    body.extend(content_key.seal_gcm(&nonce, b"", PLAIN.as_bytes()).unwrap());
    wrap(&format!(
        "<x:EncryptedData xmlns:x=\"{XENC}\" xmlns:d=\"{DS}\" xmlns:y=\"{XENC11}\" \
         Type=\"{XENC}Element\"><x:EncryptionMethod Algorithm=\"{XENC11}aes256-gcm\"/>\
         <d:KeyInfo><x:EncryptedKey>{method}<x:CipherData><x:CipherValue>{}</x:CipherValue>\
         </x:CipherData></x:EncryptedKey></d:KeyInfo><x:CipherData><x:CipherValue>{}\
         </x:CipherValue></x:CipherData></x:EncryptedData>",
        STANDARD.encode(sealed_key),
        STANDARD.encode(body),
    ))
}

fn digest_method(hash: OaepHash) -> String {
    let uri = match hash {
        OaepHash::Sha1 => "http://www.w3.org/2000/09/xmldsig#sha1",
        OaepHash::Sha256 => "http://www.w3.org/2001/04/xmlenc#sha256",
        OaepHash::Sha384 => "http://www.w3.org/2001/04/xmldsig-more#sha384",
        OaepHash::Sha512 => "http://www.w3.org/2001/04/xmlenc#sha512",
    };
    format!("<d:DigestMethod Algorithm=\"{uri}\"/>")
}

fn mgf(hash: OaepHash) -> String {
    format!("<y:MGF Algorithm=\"{XENC11}mgf1{}\"/>", hash.name().replace('-', ""))
}

fn method(uri: &str, inside: &str) -> String {
    format!("<x:EncryptionMethod Algorithm=\"{uri}\">{inside}</x:EncryptionMethod>")
}

#[test]
fn opens_every_pair_of_hashes_of_oaep_and_knows_what_is_left_out() {
    let (keys, public) = (keys(&[&RSA]), public(&RSA));
    let content_key = AesKey::new(&[5; 32]).unwrap();
    let (oaep11, mgf1p) = (KeyTransport::RsaOaep.uri(), KeyTransport::RsaOaepMgf1p.uri());
    let try_with = |how: &str, oaep: Oaep, rules: &EncryptionRules| {
        let sealed_key = public.encrypt_oaep(oaep, content_key.as_bytes()).unwrap();
        open(&oaep_text(how, &sealed_key, &content_key), &keys, rules)
    };
    for digest in OaepHash::ALL {
        for mgf1 in OaepHash::ALL {
            let oaep = Oaep { digest: *digest, mgf1: *mgf1 };
            let both = format!("{}{}", digest_method(*digest), mgf(*mgf1));
            let named = method(oaep11, &both);
            assert_eq!(try_with(&named, oaep, &rules()).as_deref(), Ok(PLAIN), "{oaep:?}");
            // Without MGF it is MGF1 with SHA-1, under either identifier.
            for uri in [oaep11, mgf1p] {
                let short = method(uri, &digest_method(*digest));
                let expected =
                    if *mgf1 == OaepHash::Sha1 { Ok(PLAIN) } else { Err(Code::KeyMismatch) };
                let got = try_with(&short, oaep, &rules());
                assert_eq!(got.as_deref().map_err(|code| *code), expected, "{uri} {oaep:?}");
            }
            // Without DigestMethod it is SHA-1.
            let short = method(oaep11, &mgf(*mgf1));
            let expected =
                if *digest == OaepHash::Sha1 { Ok(PLAIN) } else { Err(Code::KeyMismatch) };
            let got = try_with(&short, oaep, &rules());
            assert_eq!(got.as_deref().map_err(|code| *code), expected, "{oaep:?}");
            // mgf1p may repeat what it means and say nothing else.
            let repeated = method(mgf1p, &both);
            let expected =
                if *mgf1 == OaepHash::Sha1 { Ok(PLAIN) } else { Err(Code::AlgNotAllowed) };
            let got = try_with(&repeated, oaep, &rules());
            assert_eq!(got.as_deref().map_err(|code| *code), expected, "{oaep:?}");
            // Coupled, the digest is MGF1's too.
            let coupled = EncryptionRules { oaep_coupled: true, ..rules() };
            let short = method(mgf1p, &digest_method(*digest));
            let expected = if digest == mgf1 { Ok(PLAIN) } else { Err(Code::KeyMismatch) };
            let got = try_with(&short, oaep, &coupled);
            assert_eq!(got.as_deref().map_err(|code| *code), expected, "{oaep:?}");
            // The flag is for that identifier alone.
            assert_eq!(try_with(&named, oaep, &coupled).as_deref(), Ok(PLAIN));
        }
    }
    let sha1 = Oaep::both(OaepHash::Sha1);
    assert_eq!(try_with(&method(mgf1p, ""), sha1, &rules()).as_deref(), Ok(PLAIN));
    let narrow = EncryptionRules { oaep_hashes: vec![OaepHash::Sha256], ..rules() };
    assert_eq!(try_with(&method(mgf1p, ""), sha1, &narrow), Err(Code::AlgNotAllowed));
    let sha256 = format!("{}{}", digest_method(OaepHash::Sha256), mgf(OaepHash::Sha256));
    let both = Oaep::both(OaepHash::Sha256);
    assert_eq!(try_with(&method(oaep11, &sha256), both, &narrow).as_deref(), Ok(PLAIN));
}

#[test]
fn a_label_is_empty() {
    let (keys, public) = (keys(&[&RSA]), public(&RSA));
    let content_key = AesKey::new(&[5; 32]).unwrap();
    let sha1 = Oaep::both(OaepHash::Sha1);
    let sealed_key = public.encrypt_oaep(sha1, content_key.as_bytes()).unwrap();
    let with = |label: &str| {
        let how = method(KeyTransport::RsaOaepMgf1p.uri(), label);
        open(&oaep_text(&how, &sealed_key, &content_key), &keys, &rules())
    };
    assert_eq!(with("<x:OAEPparams> </x:OAEPparams>").as_deref(), Ok(PLAIN));
    assert_eq!(with("<x:OAEPparams>QQ==</x:OAEPparams>"), Err(Code::AlgNotAllowed));
    assert_eq!(with("<x:OAEPparams>Q</x:OAEPparams>"), Err(Code::FormatBase64));
    let two = "<x:OAEPparams></x:OAEPparams><x:OAEPparams></x:OAEPparams>";
    assert_eq!(with(two), Err(Code::XmlEncryption));
    assert_eq!(with("<x:KeySize>256</x:KeySize>"), Err(Code::XmlEncryption));
    assert_eq!(with("text"), Err(Code::XmlContent));
}

#[test]
fn white_space_between_elements_and_in_base64_means_nothing() {
    let text = sealed(&P256, Sealing::STANDARD);
    let spaced =
        text.replace("><", ">\r\n\t <").replace("<xenc:CipherValue>", "<xenc:CipherValue>\n&#13; ");
    assert_ne!(spaced, text);
    assert_eq!(open(&spaced, &keys(&[&P256]), &rules()).as_deref(), Ok(PLAIN));
}

#[test]
fn finds_keys_beside_the_data_by_reference() {
    for pair in [&*P256, &*RSA] {
        let (text, keys) = (sealed(pair, Sealing::STANDARD), keys(&[pair]));
        let start = text.find("<xenc:EncryptedKey>").unwrap();
        let end = text.find("</xenc:EncryptedKey>").unwrap() + "</xenc:EncryptedKey>".len();
        let key = text.get(start..end).unwrap().replacen(
            "<xenc:EncryptedKey>",
            &format!("<xenc:EncryptedKey xmlns:xenc=\"{XENC}\" xmlns:ds=\"{DS}\" Id=\"k\">"),
            1,
        );
        let reference = format!("<ds:RetrievalMethod Type=\"{XENC}EncryptedKey\" URI=\"#k\"/>");
        let text = format!("{}{reference}{}", text.get(..start).unwrap(), text.get(end..).unwrap());
        let text = text
            .replace("</s:EncryptedAssertion>", &format!("{key}</s:EncryptedAssertion>"))
            .replace("<xenc:EncryptedData ", "<xenc:EncryptedData Id=\"d\" ");
        let code = Code::XmlEncryptionReference;
        twin(&text, "URI=\"#k\"", "URI=\"#d\"", &keys, code);
        twin(&text, "URI=\"#k\"", "URI=\"#\"", &keys, code);
        twin(&text, "URI=\"#k\"", "URI=\"\"", &keys, code);
        twin(&text, "URI=\"#k\"", "URI=\"k\"", &keys, code);
        twin(&text, "URI=\"#k\"", "", &keys, code);
        twin(&text, "URI=\"#k\"", "URI=\"https://x.example/#k\"", &keys, code);
        twin(&text, "URI=\"#k\"", "URI=\"#xpointer(id('k'))\"", &keys, code);
        twin(&text, "xmlenc#EncryptedKey\" URI", "xmlenc#EncryptedData\" URI", &keys, code);
        twin(&text, "Id=\"k\"", "Id=\"other\"", &keys, code);
        // The same twice.
        twin(&text, &reference, &reference.repeat(2), &keys, code);
        // Transforms would make something else of it.
        let inside =
            format!("{}><ds:Transforms/></ds:RetrievalMethod>", reference.trim_end_matches("/>"));
        twin(&text, &reference, &inside, &keys, code);
        // What a reference leads to has none of its own.
        let loops = format!("<ds:KeyInfo>{reference}</ds:KeyInfo><xenc:CipherData>");
        let rsa = key.contains("rsa-oaep");
        if rsa {
            let (at, needle) = (text.find(" Id=\"k\"").unwrap(), "<xenc:CipherData>");
            let altered = format!(
                "{}{}",
                text.get(..at).unwrap(),
                text.get(at..).unwrap().replacen(needle, &loops, 1)
            );
            assert_eq!(open(&altered, &keys, &rules()), Err(Code::XmlEncryption));
        }
        // Not referred to, it is not looked at, and then there is none.
        twin(&text, &reference, "", &keys, Code::XmlEncryption);
        // Its own references lead to the data beside it.
        let list = |uri: &str| {
            format!(
                "<xenc:ReferenceList><xenc:DataReference URI=\"{uri}\"/></xenc:ReferenceList></xenc:EncryptedKey>"
            )
        };
        let listed = text.replace("</xenc:EncryptedKey>", &list("#d"));
        twin(&listed, "URI=\"#d\"", "URI=\"#e\"", &keys, code);
        twin(&listed, "DataReference", "KeyReference", &keys, code);
    }
}

#[test]
fn a_certificate_chooses_the_key_and_without_one_each_of_its_kind_is_tried() {
    let other = ec(Nid::X9_62_PRIME256V1);
    let mine = certificate(&P256);
    let text = |named| {
        let sealed = encrypt(PLAIN, &public(&P256), named, Sealing::STANDARD, &random);
        wrap(&sealed.unwrap())
    };
    let with = |pair: &PKey<Private>, named: Option<Certificate>| match named {
        Some(named) => own(pair).with_certificate(named).unwrap(),
        None => own(pair),
    };
    let foreign = certificate(&other);
    for named in [None, Some(&mine), Some(&foreign)] {
        for known in [None, Some(mine.clone())] {
            let keys = vec![own(&other), own(&RSA), with(&P256, known.clone())];
            let keys = DecryptionKeys::new(keys).unwrap();
            let opened = open(&text(named), &keys, &rules());
            assert_eq!(opened.as_deref(), Ok(PLAIN));
        }
    }
    // Named, a key is the only one that is tried.
    let keys = vec![own(&P256), with(&other, Some(foreign.clone()))];
    let keys = DecryptionKeys::new(keys).unwrap();
    assert_eq!(open(&text(Some(&foreign)), &keys, &rules()), Err(Code::KeyMismatch));
    let renewed = certificate(&other);
    assert_eq!(open(&text(Some(&renewed)), &keys, &rules()).as_deref(), Ok(PLAIN));
}

// --- what is refused before anything is decrypted ------------------------------------------------

#[test]
fn refuses_algorithms_that_are_not_listed() {
    let text = sealed(&RSA, Sealing::STANDARD);
    let keys = keys(&[&RSA]);
    for content in [
        "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
        "http://www.w3.org/2001/04/xmlenc#tripledes-cbc",
        "http://www.w3.org/2009/xmlenc11#aes256-GCM",
        "",
    ] {
        twin(&text, ContentEncryption::Aes256Gcm.uri(), content, &keys, Code::AlgNotAllowed);
    }
    for transport in [
        "http://www.w3.org/2001/04/xmlenc#rsa-1_5",
        "http://www.w3.org/2009/xmlenc11#ECDH-ES",
        "http://www.w3.org/2009/xmlenc11#rsa-oaep#",
    ] {
        twin(&text, KeyTransport::RsaOaep.uri(), transport, &keys, Code::AlgNotAllowed);
    }
    twin(&text, "mgf1sha256", "mgf1sha224", &keys, Code::AlgNotAllowed);
    twin(&text, "xmlenc#sha256", "xmldsig-more#md5", &keys, Code::AlgNotAllowed);
    twin(&text, "Algorithm", "algorithm", &keys, Code::XmlEncryption);
    for lists_no in [
        EncryptionRules { content: vec![ContentEncryption::Aes128Gcm], ..rules() },
        EncryptionRules { transport: vec![KeyTransport::RsaOaepMgf1p], ..rules() },
        EncryptionRules { oaep_hashes: vec![OaepHash::Sha512], ..rules() },
    ] {
        assert_eq!(open(&text, &keys, &lists_no), Err(Code::AlgNotAllowed), "{lists_no:?}");
    }
}

#[test]
fn refuses_agreements_that_are_not_listed() {
    let text = sealed(&P256, Sealing::STANDARD);
    let keys = keys(&[&P256]);
    for (from, to) in [
        ("xmlenc#kw-aes256", "xmlenc#kw-tripledes"),
        ("xmlenc11#ECDH-ES", "xmlenc11#dh-es"),
        ("xmlenc11#ConcatKDF", "xmlenc11#pbkdf2"),
        ("xmlenc#sha256", "xmldsig#sha1"),
    ] {
        twin(&text, from, to, &keys, Code::AlgNotAllowed);
    }
    for lists_no in [
        EncryptionRules { transport: vec![KeyTransport::RsaOaep], ..rules() },
        EncryptionRules { wrap: vec![KeyWrap::Aes128], ..rules() },
        EncryptionRules { kdf_hashes: vec![Hash::Sha512], ..rules() },
    ] {
        assert_eq!(open(&text, &keys, &lists_no), Err(Code::AlgNotAllowed), "{lists_no:?}");
    }
}

#[test]
fn an_algorithm_that_is_not_listed_counts_for_every_key() {
    let text = sealed(&RSA, Sealing::STANDARD);
    let start = text.find("<xenc:EncryptedKey>").unwrap();
    let end = text.find("</xenc:EncryptedKey>").unwrap() + "</xenc:EncryptedKey>".len();
    let key = text.get(start..end).unwrap();
    let broken =
        key.replace(KeyTransport::RsaOaep.uri(), "http://www.w3.org/2001/04/xmlenc#rsa-1_5");
    let keys = keys(&[&RSA]);
    let two = format!("{}{key}{key}{}", text.get(..start).unwrap(), text.get(end..).unwrap());
    assert_eq!(open(&two, &keys, &rules()).as_deref(), Ok(PLAIN));
    for both in [format!("{key}{broken}"), format!("{broken}{key}")] {
        let text = format!("{}{both}{}", text.get(..start).unwrap(), text.get(end..).unwrap());
        assert_eq!(open(&text, &keys, &rules()), Err(Code::AlgNotAllowed));
    }
}

#[test]
fn encrypts_one_element_and_says_so() {
    let (text, keys) = (sealed(&P256, Sealing::STANDARD), keys(&[&P256]));
    twin(&text, "xmlenc#Element", "xmlenc#Content", &keys, Code::XmlEncryptionType);
    twin(&text, "xmlenc#Element", "xmlenc#element", &keys, Code::XmlEncryptionType);
    twin(&text, &format!(" Type=\"{XENC}Element\""), "", &keys, Code::XmlEncryptionType);
    let encoded = format!(" Encoding=\"{DS}base64\" Type");
    twin(&text, " Type", &encoded, &keys, Code::XmlEncryption);
}

#[test]
fn refuses_every_part_that_is_missing_twice_or_out_of_place() {
    for pair in [&*P256, &*RSA] {
        let (text, keys) = (sealed(pair, Sealing::STANDARD), keys(&[pair]));
        let document = Document::parse(text.as_bytes(), &Limits::MESSAGE).unwrap();
        // Every element, by where it begins and ends in the text.
        let mut elements = Vec::new();
        let mut open_elements = vec![document.root()];
        while let Some(element) = open_elements.pop() {
            let start = element.offset();
            let tag: String = text
                .get(start + 1..)
                .unwrap()
                .chars()
                .take_while(|c| *c != ' ' && *c != '>')
                .collect();
            let end = text.get(start..).unwrap().find(&format!("</{tag}>")).unwrap()
                + start
                + tag.len()
                + 3;
            elements.push((start, end, tag));
            open_elements.extend(element.children());
        }
        assert!(elements.len() > 10);
        let mut refused = 0;
        for (start, end, tag) in &elements {
            let (before, itself, after) = (
                text.get(..*start).unwrap(),
                text.get(*start..*end).unwrap(),
                text.get(*end..).unwrap(),
            );
            let hint = ["MGF", "DigestMethod"].iter().any(|hint| tag.ends_with(hint));
            let without = format!("{before}{after}");
            let twice = format!("{before}{itself}{itself}{after}");
            let other = itself.replacen(tag.as_str(), &format!("{tag}X"), 1);
            let renamed = match other.rfind(&format!("</{tag}>")) {
                Some(at) => format!("{before}{}</{tag}X>{after}", other.get(..at).unwrap()),
                None => continue,
            };
            for (what, altered) in [("without", without), ("twice", twice), ("renamed", renamed)] {
                let code = match open(&altered, &keys, &rules()) {
                    Err(code) => code,
                    // A second key for the same recipient is no harm; nor is the name of the element
                    // that the caller chose.
                    Ok(_) if what == "twice" && tag == "xenc:EncryptedKey" => continue,
                    Ok(_) if what == "renamed" && tag == "s:EncryptedAssertion" => continue,
                    Ok(_) => panic!("{what} {tag}"),
                };
                let expected =
                    matches!(code, Code::XmlEncryption | Code::XmlMalformed | Code::XmlContent)
                        || (what == "without" && hint && code == Code::KeyMismatch);
                assert!(expected, "{what} {tag}: {code:?}");
                refused += 1;
            }
        }
        assert!(refused > 30, "{refused}");
    }
}

#[test]
fn refuses_text_comments_and_instructions_between_elements() {
    let (text, keys) = (sealed(&P256, Sealing::STANDARD), keys(&[&P256]));
    twin(&text, "<ds:KeyInfo", "x<ds:KeyInfo", &keys, Code::XmlContent);
    twin(&text, "<ds:KeyInfo", "<!-- --><ds:KeyInfo", &keys, Code::XmlComment);
    twin(&text, "<ds:KeyInfo", "<?p?><ds:KeyInfo", &keys, Code::XmlInstruction);
    twin(&text, "<xenc:CipherValue>", "<xenc:CipherValue><!-- -->", &keys, Code::XmlComment);
    twin(&text, "</xenc:CipherValue>", "<x/></xenc:CipherValue>", &keys, Code::XmlContent);
    twin(&text, "</xenc:CipherValue>", "*</xenc:CipherValue>", &keys, Code::FormatBase64);
    let outside = "<xenc:CipherReference URI=\"https://x.example/\"></xenc:CipherReference>";
    twin(
        &text,
        "<xenc:CipherValue>",
        &format!("{outside}<xenc:CipherValue>"),
        &keys,
        Code::XmlEncryptionReference,
    );
}

#[test]
fn other_namespaces_are_other_elements() {
    let (text, keys) = (sealed(&RSA, Sealing::STANDARD), keys(&[&RSA]));
    for namespace in [XENC, DS, XENC11] {
        let other = format!("{}x", namespace.trim_end_matches('#'));
        // The algorithm identifiers are longer strings and stay.
        let (from, to) = (format!("=\"{namespace}\""), format!("=\"{other}\""));
        twin(&text, &from, &to, &keys, Code::XmlEncryption);
    }
}

#[test]
fn the_key_of_the_originator_lies_on_the_curve_that_it_names() {
    let (text, keys) = (sealed(&P256, Sealing::STANDARD), keys(&[&P256]));
    let start = text.find("<dsig11:PublicKey>").unwrap() + "<dsig11:PublicKey>".len();
    let end = text.find("</dsig11:PublicKey>").unwrap();
    let point = text.get(start..end).unwrap();
    let bytes = STANDARD.decode(point).unwrap();
    let with = |point: &[u8]| STANDARD.encode(point);
    let mut off = bytes.clone();
    *off.last_mut().unwrap() ^= 1;
    let compressed = [&[2 | (bytes[64] & 1)], &bytes[1..33]].concat();
    for wrong in [
        with(&off),
        with(&compressed),
        with(&[0]),
        with(&[0; 65]),
        with(&[&[4][..], &[0; 64]].concat()),
        with(&[&[6 | (bytes[64] & 1)], &bytes[1..]].concat()),
        with(&bytes[..64]),
        with(&[&bytes[..], &[0]].concat()),
        String::new(),
    ] {
        twin(&text, point, &wrong, &keys, Code::KeyMalformed);
    }
    let p256 = "urn:oid:1.2.840.10045.3.1.7";
    for unknown in [
        "urn:oid:1.3.132.0.10",
        "urn:oid:",
        "1.2.840.10045.3.1.7",
        "urn:oid:1.2.840.10045.3.1.07",
        "",
    ] {
        twin(&text, p256, unknown, &keys, Code::KeyUnsupported);
    }
    twin(&text, p256, "urn:oid:1.3.36.3.3.2.8.1.1.7", &keys, Code::KeyMalformed);
    twin(&text, p256, "urn:oid:1.3.132.0.34", &keys, Code::KeyMalformed);
    let explicit = "<dsig11:ECParameters></dsig11:ECParameters>";
    let named = "<dsig11:NamedCurve URI=\"urn:oid:1.2.840.10045.3.1.7\"></dsig11:NamedCurve>";
    twin(&text, named, explicit, &keys, Code::KeyExplicitParameters);
}

#[test]
fn two_forms_of_the_originator_are_one_key() {
    let (text, keys) = (sealed(&P256, Sealing::STANDARD), keys(&[&P256]));
    let start = text.find("<dsig11:PublicKey>").unwrap() + "<dsig11:PublicKey>".len();
    let end = text.find("</dsig11:PublicKey>").unwrap();
    let point = STANDARD.decode(text.get(start..end).unwrap()).unwrap();
    let spki = |point: &[u8]| {
        let head = "3059301306072a8648ce3d020106082a8648ce3d030107034200";
        let head = openssl::bn::BigNum::from_hex_str(head).unwrap().to_vec();
        let der = STANDARD.encode([&head, point].concat());
        format!("<e:DEREncodedKeyValue xmlns:e=\"{DSIG11}\">{der}</e:DEREncodedKeyValue>")
    };
    let other = AgreementKey::from_scalar(Curve::P256, &[9; 32]).unwrap();
    let other = spki(other.public().point().unwrap());
    let both = text.replace("</ds:KeyValue>", &format!("</ds:KeyValue>{}", spki(&point)));
    twin(&both, &spki(&point), &other, &keys, Code::KeyAmbiguous);
    let start = text.find("<ds:KeyValue>").unwrap();
    let end = text.find("</ds:KeyValue>").unwrap() + "</ds:KeyValue>".len();
    let alone =
        format!("{}{}{}", text.get(..start).unwrap(), spki(&point), text.get(end..).unwrap());
    twin(&alone, &spki(&point), &other, &keys, Code::KeyMismatch);
    let rsa = STANDARD.encode(RSA.public_key_to_der().unwrap());
    let rsa = format!("<e:DEREncodedKeyValue xmlns:e=\"{DSIG11}\">{rsa}</e:DEREncodedKeyValue>");
    twin(&alone, &spki(&point), &rsa, &keys, Code::KeyUnsupported);
    twin(&alone, &spki(&point), "<ds:KeyName>x</ds:KeyName>", &keys, Code::XmlEncryption);
}

#[test]
fn other_info_is_bit_strings_of_whole_bytes() {
    let (text, keys) = (sealed(&P256, Sealing::STANDARD), keys(&[&P256]));
    for wrong in ["", "0", "0100", "ff", "00zz", "00 00"] {
        let wrong = format!("PartyUInfo=\"{wrong}\"");
        twin(&text, "PartyUInfo=\"0000\"", &wrong, &keys, Code::XmlEncryption);
    }
    // Well formed and other than what was used: nothing tells which.
    for other in ["PartyUInfo=\"00\"", "PartyUInfo=\"0001\"", ""] {
        twin(&text, "PartyUInfo=\"0000\"", other, &keys, Code::KeyMismatch);
    }
    twin(&text, "PartyUInfo", "SuppPubInfo=\"0000\" PartyUInfo", &keys, Code::KeyMismatch);
}

#[test]
fn bounds_the_keys_the_certificates_and_the_uses_of_private_keys() {
    let text = sealed(&RSA, Sealing::STANDARD);
    let start = text.find("<xenc:EncryptedKey>").unwrap();
    let end = text.find("</xenc:EncryptedKey>").unwrap() + "</xenc:EncryptedKey>".len();
    let many = |count: usize| {
        format!(
            "{}{}{}",
            text.get(..start).unwrap(),
            text.get(start..end).unwrap().repeat(count),
            text.get(end..).unwrap()
        )
    };
    let one = keys(&[&RSA]);
    assert_eq!(open(&many(8), &one, &rules()).as_deref(), Ok(PLAIN));
    assert_eq!(open(&many(9), &one, &rules()), Err(Code::LimitCount));
    let pairs: Vec<_> =
        (0..2).map(|_| PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap()).collect();
    let two = keys(&[&pairs[0], &RSA]);
    assert_eq!(open(&many(8), &two, &rules()).as_deref(), Ok(PLAIN));
    let three = keys(&[&pairs[0], &pairs[1], &RSA]);
    assert_eq!(open(&many(5), &three, &rules()).as_deref(), Ok(PLAIN));
    assert_eq!(open(&many(6), &three, &rules()), Err(Code::LimitCount));
    let hints = |count: usize| {
        let hint = "<ds:X509Certificate>QUJD</ds:X509Certificate>".repeat(count);
        let info = format!(
            "</xenc:EncryptionMethod><ds:KeyInfo><ds:X509Data>{hint}</ds:X509Data></ds:KeyInfo><xenc:CipherData>"
        );
        text.replacen("</xenc:EncryptionMethod><xenc:CipherData>", &info, 1)
    };
    assert_eq!(open(&hints(8), &one, &rules()).as_deref(), Ok(PLAIN));
    assert_eq!(open(&hints(9), &one, &rules()), Err(Code::LimitCount));
}

#[test]
fn own_keys_are_eight_and_each_is_there_once() {
    let make = |count: u8| (1..=count).map(|n| RecipientKey::from_der(&sec1(n)).unwrap()).collect();
    assert!(DecryptionKeys::new(make(8)).is_ok());
    assert_eq!(DecryptionKeys::new(make(9)).err(), Some(Code::LimitCount));
    let twice = vec![own(&RSA), own(&RSA)];
    assert_eq!(DecryptionKeys::new(twice).err(), Some(Code::KeyAmbiguous));
    assert!(DecryptionKeys::none().is_empty());
    let text = sealed(&RSA, Sealing::STANDARD);
    assert_eq!(open(&text, &DecryptionKeys::none(), &rules()), Err(Code::KeyMismatch));
}

fn sec1(n: u8) -> Vec<u8> {
    let scalar = [&[0; 31][..], &[n]].concat();
    let head = [&[0x30, 0x31, 2, 1, 1, 4, 32][..], &scalar].concat();
    let curve = [0xa0, 0x0a, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
    [&head[..], &curve].concat()
}

// --- one answer ----------------------------------------------------------------------------------

#[test]
fn every_altered_character_of_a_cipher_value_has_the_same_answer() {
    for pair in [&*P256, &*RSA] {
        let (text, keys) = (sealed(pair, Sealing::STANDARD), keys(&[pair]));
        let mut values = Vec::new();
        let mut from = 0;
        while let Some(at) = text.get(from..).unwrap().find("<xenc:CipherValue>") {
            let start = from + at + "<xenc:CipherValue>".len();
            let end = start + text.get(start..).unwrap().find('<').unwrap();
            values.push(start..end);
            from = end;
        }
        assert_eq!(values.len(), 2);
        for range in values {
            let bytes = STANDARD.decode(text.get(range.clone()).unwrap()).unwrap();
            let with = |bytes: &[u8]| {
                let altered = STANDARD.encode(bytes);
                let text = format!(
                    "{}{altered}{}",
                    text.get(..range.start).unwrap(),
                    text.get(range.end..).unwrap()
                );
                open(&text, &keys, &rules())
            };
            assert_eq!(with(&bytes).as_deref(), Ok(PLAIN));
            for at in 0..bytes.len() {
                let mut altered = bytes.clone();
                altered[at] ^= 1;
                assert_eq!(with(&altered), Err(Code::KeyMismatch), "byte {at}");
            }
            for len in 0..bytes.len().min(80) {
                assert_eq!(with(&bytes[..len]), Err(Code::KeyMismatch), "cut to {len}");
            }
            assert_eq!(with(&[&bytes[..], &[0]].concat()), Err(Code::KeyMismatch));
        }
    }
}

#[test]
fn an_unknown_recipient_a_wrong_length_and_an_altered_tag_are_one_refusal() {
    let other = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    let whole = |text: &str, keys: &DecryptionKeys| {
        let document = Document::parse(text.as_bytes(), &Limits::MESSAGE).unwrap();
        decrypt(document.root(), keys, &rules()).err()
    };
    let text = sealed(&RSA, Sealing::STANDARD);
    let unknown = whole(&text, &keys(&[&other])).unwrap();
    assert_eq!(unknown.code(), Code::KeyMismatch);
    assert_eq!(whole(&text, &keys(&[&P256])).unwrap(), unknown);
    // A content key of 128 bits under a name of 256.
    let short = sealed(&RSA, Sealing::STANDARD.with_content(ContentEncryption::Aes128Gcm));
    let short = short.replace("aes128-gcm", "aes256-gcm");
    assert_eq!(whole(&short, &keys(&[&RSA])).unwrap(), unknown);
    let at = text.rfind("</xenc:CipherValue>").unwrap() - 8;
    let mut altered = text.clone();
    let character = if altered.get(at..=at).unwrap() == "A" { "B" } else { "A" };
    altered.replace_range(at..=at, character);
    assert_eq!(whole(&altered, &keys(&[&RSA])).unwrap(), unknown);
    assert_eq!(whole(&text, &keys(&[&RSA])), None);
}

// --- the plaintext -------------------------------------------------------------------------------

fn plaintext(text: &str, content: ContentEncryption) -> Result<(), Code> {
    let key = AesKey::new(&vec![3; content.key_len()]).unwrap();
    assert!(AesKey::is_available(AesMode::KeyWrap, 32));
    let sealed_key = public(&RSA).encrypt_oaep(Oaep::both(OaepHash::Sha1), key.as_bytes()).unwrap();
    let how = method(KeyTransport::RsaOaepMgf1p.uri(), "");
    let document = oaep_text(&how, &sealed_key, &AesKey::new(&[5; 32]).unwrap());
    let body = if content.is_authenticated() {
        [&[1; 12][..], &key.seal_gcm(&[1; 12], b"", text.as_bytes()).unwrap()].concat()
    } else {
        let cipher = match content.key_len() {
            16 => openssl::symm::Cipher::aes_128_cbc(),
            24 => openssl::symm::Cipher::aes_192_cbc(),
            _ => openssl::symm::Cipher::aes_256_cbc(),
        };
        let sealed =
            openssl::symm::encrypt(cipher, key.as_bytes(), Some(&[2; 16]), text.as_bytes())
                .unwrap();
        [&[2; 16][..], &sealed].concat()
    };
    let (open, close) = ("<x:CipherValue>", "</x:CipherValue>");
    let start = document.rfind(open).unwrap().checked_add(open.len()).unwrap();
    let end = document.rfind(close).unwrap();
    let document = format!(
        "{}{}{}",
        document.get(..start).unwrap(),
        STANDARD.encode(body),
        document.get(end..).unwrap()
    );
    let document = document.replace(ContentEncryption::Aes256Gcm.uri(), content.uri());
    let rules = EncryptionRules { content: ContentEncryption::ALL.to_vec(), ..rules() };
    let document = Document::parse(document.as_bytes(), &Limits::MESSAGE).unwrap();
    let plain = decrypt(document.root(), &keys(&[&RSA]), &rules).map_err(|r| r.code())?;
    assert_eq!(plain.octets(), text.as_bytes());
    assert_eq!(plain.content(), content);
    plain.document(&Limits::MESSAGE).map(|_| ()).map_err(|refusal| refusal.code())
}

#[test]
fn the_plaintext_is_one_element_that_stands_alone() {
    let content = ContentEncryption::Aes256Gcm;
    for good in [PLAIN.to_owned(), format!("\n \t{PLAIN}\r\n")] {
        assert_eq!(plaintext(&good, content), Ok(()));
    }
    for (bad, code) in [
        (String::new(), Code::XmlMalformed),
        (" ".to_owned(), Code::XmlMalformed),
        ("text".to_owned(), Code::XmlMalformed),
        (format!("{PLAIN}{PLAIN}"), Code::XmlMalformed),
        (format!("{PLAIN}x"), Code::XmlMalformed),
        (format!("<?xml version=\"1.0\"?>{PLAIN}"), Code::XmlInstruction),
        (format!(" <?p?>{PLAIN}"), Code::XmlInstruction),
        (format!("{PLAIN}<?p?>"), Code::XmlInstruction),
        (format!("<!-- -->{PLAIN}"), Code::XmlComment),
        (format!("{PLAIN}<!-- -->\n"), Code::XmlComment),
        (format!("<!DOCTYPE a>{PLAIN}"), Code::XmlDtd),
        (format!("\u{feff}{PLAIN}"), Code::XmlEncoding),
        (format!("\x0c{PLAIN}"), Code::XmlMalformed),
        // Depends on a prefix that the document outside declares.
        ("<s:Assertion/>".to_owned(), Code::XmlNamespace),
        (PLAIN.replace("text", "&other;"), Code::XmlEntity),
    ] {
        assert_eq!(plaintext(&bad, content), Err(code), "{bad:?}");
    }
}

#[test]
fn without_authentication_nothing_tells_one_broken_plaintext_from_another() {
    for content in ContentEncryption::ALL.iter().filter(|c| !c.is_authenticated()) {
        assert_eq!(plaintext(PLAIN, *content), Ok(()));
        for bad in ["", "text", "<!DOCTYPE a><a/>", "<?xml version=\"1.0\"?><a/>", "<a/><a/>"] {
            assert_eq!(plaintext(bad, *content), Err(Code::KeyMismatch), "{bad:?}");
        }
    }
}

#[test]
fn nothing_secret_is_printed() {
    let document = sealed(&P256, Sealing::STANDARD);
    let document = Document::parse(document.as_bytes(), &Limits::MESSAGE).unwrap();
    let keys = keys(&[&P256]);
    let plain = decrypt(document.root(), &keys, &rules()).unwrap();
    assert_eq!(format!("{plain:?}"), format!("Plaintext({} bytes)", PLAIN.len()));
    assert!(!format!("{keys:?}").contains("private"));
}

#[test]
fn seals_with_authentication_only_and_to_keys_that_open() {
    let cbc = Sealing::STANDARD.with_content(ContentEncryption::DangerAes256Cbc);
    let refused = encrypt(PLAIN, &public(&RSA), None, cbc, &random);
    assert_eq!(refused, Err(Code::MisuseArgument));
    let edwards = PKey::generate_ed25519().unwrap();
    let refused = encrypt(PLAIN, &public(&edwards), None, Sealing::STANDARD, &random);
    assert_eq!(refused, Err(Code::AlgKeyMismatch));
    let broken = |_: &mut [u8]| Err(Code::RandomFailed);
    let refused = encrypt(PLAIN, &public(&RSA), None, Sealing::STANDARD, &broken);
    assert_eq!(refused, Err(Code::RandomFailed));
    // Zeros are no private key, however often they come.
    let zeros = |out: &mut [u8]| {
        out.fill(0);
        Ok(())
    };
    let refused = encrypt(PLAIN, &public(&P256), None, Sealing::STANDARD, &zeros);
    assert_eq!(refused, Err(Code::RandomFailed));
}

#[test]
fn what_is_sealed_is_canonical_by_itself() {
    use crate::envelope::xml::{Exclusive, canonicalise};
    for pair in [&*P256, &*RSA] {
        let named = certificate(pair);
        let text = encrypt(PLAIN, &public(pair), Some(&named), Sealing::STANDARD, &random).unwrap();
        let document = Document::parse(text.as_bytes(), &Limits::MESSAGE).unwrap();
        let canonical = canonicalise(document.root(), &Exclusive::new()).unwrap();
        assert_eq!(String::from_utf8(canonical).unwrap(), text);
    }
}
