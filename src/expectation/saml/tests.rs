//! Requests as the identity providers read them: the reader and the judge of signatures are the
//! maker's, which shares nothing with the writer here.

use super::request::Ask;
use super::*;
use crate::UnixTime;
use crate::config::Findings;
use crate::crypto::Alg;
use crate::envelope::xml::encryption::{DecryptionKeys, EncryptionRules, decrypt};
use crate::envelope::xml::{Document, Exclusive, Limits, canonicalise};
use crate::expectation::Wanted;
use crate::host::{KeyFileSigner, SystemRandom};
use crate::identity::{Country, Family, LevelOfAssurance, PersonKind};
use crate::pki::RecipientKey;
use crate::policy::{BundIdPolicy, EidasSamlPolicy, Policy};
use crate::register::Register;
use crate::trust::{Material, Purpose, SamlBinding, SamlIssuer, TrustConfig, TrustStore};
use crate::verdict::{Code, Refusal};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use eid_broker_maker::keys::{self, TestKey};
use eid_broker_maker::saml::request::{Request, verify_query};
use eid_broker_maker::saml::{BROKER, BROKER_ACS, bund_id, eid_server, eidas, sign};
use std::collections::BTreeMap;
use std::sync::Arc;

const NOW: UnixTime = UnixTime::from_secs(1_772_366_400);
const ID: &str = "_00aa";
const HOSTILE: &str = "A&B <\"'>\n\t]]>&amp;";

pub(super) fn signing_key(key: &TestKey, alg: Alg, families: &[Family]) -> SigningKey {
    let signer = KeyFileSigner::from_pkcs8_der_for(key.pkcs8_der(), alg).unwrap();
    SigningKey::new(Arc::new(signer), &sign::certificate(key).unwrap(), families).unwrap()
}

pub(super) const ALL: &[Family] = &[Family::BundId, Family::EidServer, Family::EidasSaml];

pub(super) fn service() -> ServiceProvider {
    let country = Country::parse("DE").unwrap();
    let keys = DecryptionKeys::none();
    let mut service = ServiceProvider::new(BROKER, BROKER_ACS, country, SpType::Public, keys);
    service.display_name = "Municipality of Example".to_owned();
    service.signing = vec![signing_key(&keys::saml_sp_sign().unwrap(), Alg::Es256, ALL)];
    service.bund_id = Some(BundIdSettings::new("BMI-4711"));
    service
}

fn issuer(family: Family) -> SamlIssuer {
    let (purpose, entity, sso, key) = match family {
        Family::BundId => (
            Purpose::BundId,
            bund_id::ENTITY,
            format!("sso_post = {:?}", bund_id::SSO),
            keys::saml_bund_id(),
        ),
        Family::EidServer => (
            Purpose::EidServer,
            eid_server::ENTITY,
            format!("sso_redirect = {:?}\nencryption_files = [\"e\"]", eid_server::SSO),
            keys::saml_eid_server(),
        ),
        Family::Certificate
        | Family::EidasSaml
        | Family::Mdoc
        | Family::SdJwtVc
        | Family::WebEid => (
            Purpose::EidasNode,
            eidas::ENTITY,
            format!("sso_post = {:?}\ncountry = \"AT\"", eidas::SSO),
            keys::saml_node_p256(),
        ),
    };
    let text = format!(
        "[[source]]\nname = \"s\"\npurpose = {:?}\nkind = \"saml-pinned\"\nentity_id = {entity:?}\n\
         files = [\"s\"]\n{sso}\n",
        purpose.name()
    );
    let mut findings = Findings::new();
    let config = TrustConfig::from_toml(&text, "trust.toml", &mut findings);
    let config = config.unwrap_or_else(|| panic!("{findings}"));
    let pem = |key: &TestKey| Material::Bytes(sign::certificate_pem(key).unwrap().into_bytes());
    let material: BTreeMap<String, Material> = BTreeMap::from([
        ("s".to_owned(), pem(&key.unwrap())),
        ("e".to_owned(), pem(&keys::saml_eid_server_rsa().unwrap())),
    ]);
    let store = TrustStore::build(config, &material, "trust.toml", &mut findings);
    store.saml_issuer(purpose, entity, NOW).unwrap().clone()
}

const REGISTER: &str = r#"
version = 1
[client."c"]
auth = { kind = "host" }
[procedure."p"]
name = "P"
owner = "O"
legal_basis = "L"
sector = "s"
clients = ["c"]
min_loa = "substantial"
families = ["sd_jwt_vc"]
persons = ["natural", "legal", "natural-and-legal"]
[procedure."p".scopes."core"]
claims = ["family_name", { claim = "address", as = "region", precision = "municipality" },
          "place_of_birth", "email", "legal_person_lei"]
essential = ["family_name", "email"]
"#;

fn wanted(person: PersonKind) -> Wanted {
    let mut findings = Findings::new();
    let register = Register::from_toml(REGISTER, "register.toml", &mut findings);
    let register = register.unwrap_or_else(|| panic!("{findings}"));
    Wanted::of(register.procedure("p").unwrap(), None, Some(person)).unwrap()
}

struct Case {
    family: Family,
    service: ServiceProvider,
    issuer: SamlIssuer,
    person: PersonKind,
    min_loa: RequestedLoa,
    relay_state: Option<&'static str>,
    policy: Policy,
}

impl Case {
    fn of(family: Family) -> Self {
        Self {
            family,
            service: service(),
            issuer: issuer(family),
            person: PersonKind::Natural,
            min_loa: RequestedLoa { level: LevelOfAssurance::Substantial, notified_only: true },
            relay_state: Some("a b&c=\"d\""),
            policy: Policy::standard(),
        }
    }

    fn make(&self) -> Result<AuthnRequest, Refusal> {
        let ask = Ask {
            service: &self.service,
            issuer: &self.issuer,
            wanted: &wanted(self.person),
            min_loa: self.min_loa,
            policy: &self.policy,
            id: ID,
            relay_state: self.relay_state,
            random: &SystemRandom::new(),
            now: NOW,
        };
        AuthnRequest::make(self.family, &ask)
    }

    fn code(&self) -> Code {
        self.make().unwrap_err().code()
    }

    fn posted(&self) -> Request {
        Request::read_post(&self.make().unwrap().message.unwrap()).unwrap()
    }
}

// What is sent is in canonical form: what was digested is what a reader digests.
pub(super) fn assert_canonical(text: &str) {
    let document = Document::parse(text.as_bytes(), &Limits::MESSAGE).unwrap();
    let canonical = canonicalise(document.root(), &Exclusive::new());
    assert_eq!(std::str::from_utf8(&canonical.unwrap()).unwrap(), text);
}

#[test]
fn requests_by_post_are_signed_with_every_algorithm() {
    let ec = keys::saml_sp_sign().unwrap();
    let rsa = keys::saml_node_rsa().unwrap();
    let p384 = keys::saml_node_p384().unwrap();
    for family in [Family::EidasSaml, Family::BundId] {
        for (key, alg) in [
            (&ec, Alg::Es256),
            (&p384, Alg::Es384),
            (&rsa, Alg::Ps256),
            (&rsa, Alg::Ps512),
            (&rsa, Alg::Rs256),
        ] {
            let mut case = Case::of(family);
            case.service.signing = vec![signing_key(key, alg, ALL)];
            let made = case.make().unwrap();
            assert_eq!(made.binding, SamlBinding::HttpPost);
            assert_eq!(made.url, case.issuer.sso_location(SamlBinding::HttpPost).unwrap());
            assert_eq!(made.relay_state.as_deref(), case.relay_state);
            let message = made.message.unwrap();
            let text = String::from_utf8(STANDARD.decode(&message).unwrap()).unwrap();
            assert_canonical(&text);
            let read = Request::read_post(&message).unwrap();
            read.verify(key).unwrap();
            assert!(read.verify(&keys::saml_stranger().unwrap()).is_err());
            assert_eq!((read.id.as_str(), read.issuer.as_str()), (ID, BROKER));
            assert_eq!(read.destination, made.url);
            assert_eq!(read.tree.get("IssueInstant"), Some("2026-03-01T12:00:00Z"));
            assert_eq!(read.tree.get("ForceAuthn"), Some("true"));
        }
    }
}

#[test]
fn a_node_is_asked_for_the_whole_minimum_data_set_and_what_is_wanted() {
    let base = "http://eidas.europa.eu/attributes/naturalperson/";
    let names = |case: &Case| -> Vec<(String, bool)> {
        case.posted()
            .attributes
            .into_iter()
            .map(|(name, required)| (name.replacen(base, "", 1), required))
            .collect()
    };
    let of = |rows: &[(&str, bool)]| -> Vec<(String, bool)> {
        rows.iter().map(|(name, required)| ((*name).to_owned(), *required)).collect()
    };
    let mut case = Case::of(Family::EidasSaml);
    let minimum = [
        ("PersonIdentifier", true),
        ("CurrentFamilyName", true),
        ("CurrentGivenName", true),
        ("DateOfBirth", true),
    ];
    // The node does not say what it can deliver: no attribute of newer versions is asked for.
    let silent = [("PlaceOfBirth", false), ("CurrentAddress", false)];
    assert_eq!(names(&case), of(&[&minimum[..], &silent].concat()));
    // It does: what it lacks is not asked for, what it has of newer versions is.
    case.issuer.attributes = ["CurrentAddress", "EmailAddress", "TownOfBirth", "Gender"]
        .map(|n| base.to_owned() + n)
        .into();
    let said = [("CurrentAddress", false), ("TownOfBirth", false), ("EmailAddress", false)];
    assert_eq!(names(&case), of(&[&minimum[..], &said].concat()));
    let legal = "http://eidas.europa.eu/attributes/legalperson/";
    let company = [
        (format!("{legal}LegalPersonIdentifier"), true),
        (format!("{legal}LegalName"), true),
        (format!("{legal}LEI"), false),
    ];
    case.issuer.attributes = Vec::new();
    case.person = PersonKind::Legal;
    assert_eq!(names(&case), company);
    case.person = PersonKind::NaturalAndLegal;
    let both = [of(&[&minimum[..], &silent].concat()), company.to_vec()].concat();
    assert_eq!(names(&case), both);
}

#[test]
fn a_node_is_asked_for_a_level_by_the_rules_of_the_message_format() {
    let mut case = Case::of(Family::EidasSaml);
    let notified = |level: &str| format!("http://eidas.europa.eu/LoA/{level}");
    let other = |level: &str| format!("http://eidas.europa.eu/NotNotified/LoA/{level}");
    let read = |case: &Case| {
        let read = case.posted();
        (read.comparison.unwrap(), read.levels)
    };
    case.issuer.loas = vec![notified("high"), other("low"), other("high"), "urn:else".to_owned()];
    assert_eq!(read(&case), ("minimum".to_owned(), vec![notified("substantial")]));
    // Others will do, too: all that will do, one by one, the notified ones up to the highest.
    case.min_loa.notified_only = false;
    let levels = vec![notified("substantial"), notified("high"), other("high")];
    assert_eq!(read(&case), ("exact".to_owned(), levels));
    // A level of a state, as the policy reads it.
    let mut policy = EidasSamlPolicy::standard();
    policy.levels = vec![("urn:else".to_owned(), LevelOfAssurance::High)];
    case.policy.eidas_saml = Some(policy);
    assert_eq!(read(&case).1[2..], [other("high"), "urn:else".to_owned()]);
    // The node has no other that will do.
    case.issuer.loas = vec![other("low")];
    assert_eq!(read(&case), ("minimum".to_owned(), vec![notified("substantial")]));
}

#[test]
fn a_private_service_is_named_to_nodes_that_ask_for_it() {
    let mut case = Case::of(Family::EidasSaml);
    let named = |case: &Case| {
        let tree = case.posted().tree;
        let id = tree.select("saml2p:Scoping/saml2p:RequesterID");
        let sp_type = tree.select("saml2p:Extensions/eidas:SPType")[0].inner_text();
        (sp_type, id.first().map(|id| id.inner_text()))
    };
    case.issuer.requester_id = true;
    assert_eq!(named(&case), ("public".to_owned(), None));
    case.service.sp_type = SpType::Private;
    assert_eq!(case.code(), Code::MisuseServiceProvider);
    case.service.requester_id = Some("https://shop.example".to_owned());
    assert_eq!(named(&case), ("private".to_owned(), Some("https://shop.example".to_owned())));
    case.issuer.requester_id = false;
    assert_eq!(named(&case).1, None);
}

#[test]
fn bund_id_gets_its_extension() {
    let mut case = Case::of(Family::BundId);
    let settings = case.service.bund_id.as_mut().unwrap();
    settings.authn_methods = vec![(AuthnMethod::Eid, true), (AuthnMethod::Benutzername, false)];
    settings.language = Some("de".to_owned());
    settings.back_url = Some("https://portal.example/?a=1&b=2".to_owned());
    let read = case.posted();
    assert_eq!(read.acs.as_deref(), Some(BROKER_ACS));
    assert_eq!(read.levels, ["STORK-QAA-Level-3"]);
    assert_eq!(read.comparison.as_deref(), Some("minimum"));
    let required: Vec<&str> =
        read.attributes.iter().filter(|(_, is)| *is).map(|(name, _)| name.as_str()).collect();
    let expected = [
        "urn:oid:1.2.40.0.10.2.1.1.261.94",
        "urn:oid:1.3.6.1.4.1.25484.494450.3",
        "urn:oid:2.5.4.4",
        "urn:oid:0.9.2342.19200300.100.1.3",
    ];
    assert_eq!(required, expected);
    assert!(read.attributes.iter().any(|(name, _)| name == "urn:oid:2.5.4.7"));
    assert!(!read.attributes.iter().any(|(name, _)| name == "urn:oid:2.5.4.42"));
    let extension = "saml2p:Extensions/akdb:AuthenticationRequest";
    let text = |path: &str| {
        let found = read.tree.select(&format!("{extension}/{path}"));
        found.iter().map(|element| element.inner_text()).collect::<Vec<_>>()
    };
    let display = "akdb:DisplayInformation/classic-ui:Version/classic-ui";
    assert_eq!(text(&format!("{display}:OnlineServiceId")), ["BMI-4711"]);
    assert_eq!(text(&format!("{display}:Lang")), ["de"]);
    assert_eq!(text(&format!("{display}:BackURL")), ["https://portal.example/?a=1&b=2"]);
    assert_eq!(text("akdb:AuthnMethods/akdb:eID/akdb:Enabled"), ["true"]);
    assert_eq!(text("akdb:AuthnMethods/akdb:Benutzername/akdb:Enabled"), ["false"]);
    case.service.bund_id = None;
    assert_eq!(case.code(), Code::MisuseServiceProvider);
    let mut case = Case::of(Family::BundId);
    case.min_loa.level = LevelOfAssurance::High;
    assert_eq!(case.posted().levels, ["STORK-QAA-Level-4"]);
    // What a person says of themselves is asked for only where the policy takes it.
    case.min_loa.level = LevelOfAssurance::Low;
    assert_eq!(case.posted().levels, ["STORK-QAA-Level-3"]);
    let mut policy = BundIdPolicy::standard(true);
    policy.level_1 = Some(LevelOfAssurance::Low);
    case.policy.bund_id = Some(policy);
    assert_eq!(case.posted().levels, ["STORK-QAA-Level-1"]);
    case.min_loa.level = LevelOfAssurance::Substantial;
    assert_eq!(case.posted().levels, ["STORK-QAA-Level-3"]);
}

#[cfg(feature = "openssl")]
#[test]
fn what_is_asked_of_a_card_is_for_the_eid_server_alone() {
    let mut case = Case::of(Family::EidServer);
    let made = case.make().unwrap();
    assert_eq!(made.binding, SamlBinding::HttpRedirect);
    assert_eq!((made.message.as_ref(), made.relay_state.as_ref()), (None, None));
    assert!(made.html().is_none());
    assert!(made.url.starts_with(&format!("{}?SAMLRequest=", eid_server::SSO)));
    assert!(made.url.contains("&RelayState=a%20b%26c%3D%22d%22&SigAlg=http%3A"));
    let key = keys::saml_sp_sign().unwrap();
    assert!(verify_query(&made.url, &key));
    assert!(!verify_query(&made.url, &keys::saml_stranger_p256().unwrap()));
    assert!(!verify_query(&made.url.replace("RelayState=a", "RelayState=b"), &key));
    let read = Request::read_redirect(&made.url).unwrap();
    assert_eq!((read.id.as_str(), read.issuer.as_str()), (ID, BROKER));
    assert_eq!(read.acs.as_deref(), Some(BROKER_ACS));
    assert!(read.tree.select("ds:Signature").is_empty());
    for named in ["FamilyNames", "PlaceOfResidence", "RestrictedID"] {
        assert!(!read.tree.write().contains(named));
    }
    let opened = opened(&read, &keys::saml_eid_server_rsa().unwrap());
    let attributes: Vec<(String, String)> = opened
        .select("eid:RequestedAttributes/saml2:Attribute")
        .iter()
        .map(|one| {
            let required = one.get("eid:RequiredAttribute").unwrap();
            (one.get("Name").unwrap().to_owned(), required.to_owned())
        })
        .collect();
    let expected = [
        ("DocumentValidity", "true"),
        ("RestrictedID", "true"),
        ("FamilyNames", "true"),
        ("PlaceOfBirth", "false"),
        ("PlaceOfResidence", "false"),
        ("LevelOfAssurance", "true"),
    ];
    let expected = expected.map(|(name, required)| (name.to_owned(), required.to_owned()));
    assert_eq!(attributes, expected);
    assert_eq!(opened.get("Version"), Some("2"));
    let level = opened.select("eid:RequestedAttributes/saml2:Attribute/saml2:AttributeValue");
    assert_eq!(level[0].inner_text(), "http://bsi.bund.de/eID/LoA/substantiell");

    case.issuer.sso = vec![(SamlBinding::HttpRedirect, "https://s.example/?a=b".to_owned())];
    case.relay_state = None;
    let made = case.make().unwrap();
    assert!(made.url.starts_with("https://s.example/?a=b&SAMLRequest="));
    assert!(!made.url.contains("RelayState"));
    case.issuer.encryption.clear();
    assert_eq!(case.code(), Code::IssuerEncryptionKey);
}

// What only the key of the eID server opens.
fn opened(request: &Request, key: &TestKey) -> eid_broker_maker::saml::Element {
    let text = request.tree.write();
    let document = Document::parse(text.as_bytes(), &Limits::MESSAGE).unwrap();
    let extensions = document.root().children().find(|one| one.local_name() == "Extensions");
    let encrypted = extensions.unwrap().children().next().unwrap();
    let keys = vec![RecipientKey::from_der(key.pkcs8_der()).unwrap()];
    let keys = DecryptionKeys::new(keys).unwrap();
    let opened = decrypt(encrypted, &keys, &EncryptionRules::authenticated()).unwrap();
    eid_broker_maker::saml::read::read(std::str::from_utf8(opened.octets()).unwrap()).unwrap()
}

#[test]
fn hostile_settings_stay_values() {
    for family in [Family::EidasSaml, Family::BundId] {
        let mut case = Case::of(family);
        case.service.display_name = HOSTILE.to_owned();
        case.service.requester_id = Some(HOSTILE.to_owned());
        case.service.sp_type = SpType::Private;
        case.issuer.requester_id = true;
        case.service.bund_id = Some(BundIdSettings::new(HOSTILE));
        let message = case.make().unwrap().message.unwrap();
        assert_canonical(std::str::from_utf8(&STANDARD.decode(&message).unwrap()).unwrap());
        let read = Request::read_post(&message).unwrap();
        read.verify(&keys::saml_sp_sign().unwrap()).unwrap();
        if family == Family::EidasSaml {
            assert_eq!(read.tree.get("ProviderName"), Some(HOSTILE));
            let id = read.tree.select("saml2p:Scoping/saml2p:RequesterID")[0].inner_text();
            assert_eq!(id, HOSTILE);
        } else {
            let name = "saml2p:Extensions/akdb:AuthenticationRequest/akdb:DisplayInformation/\
                        classic-ui:Version/classic-ui:OrganizationDisplayName";
            assert_eq!(read.tree.select(name)[0].inner_text(), HOSTILE);
        }
        case.service.display_name = "a\u{1}b".to_owned();
        assert_eq!(case.code(), Code::MisuseArgument);
    }
}

#[test]
fn what_a_family_needs_is_said_when_it_is_missing() {
    for family in ALL {
        let mut case = Case::of(*family);
        case.issuer.sso.clear();
        assert_eq!(case.code(), Code::IssuerEndpoint, "{}", family.name());
        let mut case = Case::of(*family);
        let others: Vec<Family> = ALL.iter().copied().filter(|other| other != family).collect();
        let key = keys::saml_sp_sign().unwrap();
        case.service.signing = vec![signing_key(&key, Alg::Es256, &others)];
        assert_eq!(case.code(), Code::MisuseServiceProvider);
        let mut case = Case::of(*family);
        for bad in ["", "a\nb", "a\u{7f}"] {
            case.relay_state = Some(bad);
            assert_eq!(case.code(), Code::MisuseArgument, "{bad:?}");
        }
        case.relay_state = Some(
            "123456789012345678901234567890123456789012345678901234567890123456789012345678901",
        );
        assert_eq!(case.code(), Code::MisuseArgument);
    }
}

#[test]
fn a_signing_key_fits_its_certificate() {
    let key = keys::saml_sp_sign().unwrap();
    let make = |certificate: &TestKey, alg: Alg, key: &TestKey| {
        let signer = KeyFileSigner::from_pkcs8_der_for(key.pkcs8_der(), alg).unwrap();
        let made = SigningKey::new(Arc::new(signer), &sign::certificate(certificate).unwrap(), ALL);
        made.map_err(|refusal| refusal.code())
    };
    assert!(make(&key, Alg::Es256, &key).is_ok());
    let rsa = keys::saml_node_rsa().unwrap();
    assert_eq!(make(&rsa, Alg::Es256, &key).err(), Some(Code::AlgKeyMismatch));
    // Of the same kind, but another key: shows when it signs.
    let other = keys::saml_node_p256().unwrap();
    let other = make(&other, Alg::Es256, &key).unwrap();
    assert_eq!(other.sign(b"m"), Err(Code::SignerFailed));
    let mut case = Case::of(Family::EidasSaml);
    case.service.signing = vec![other];
    assert_eq!(case.code(), Code::SignerFailed);
}

#[test]
fn a_page_posts_the_form_and_escapes_what_it_carries() {
    let made = Case::of(Family::EidasSaml).make().unwrap();
    let html = made.html().unwrap();
    let field = "<input type=\"hidden\" name=\"RelayState\" value=\"a b&amp;c=&quot;d&quot;\">";
    assert!(html.contains(field));
    assert!(html.contains(&format!("action=\"{}\"", made.url)));
    assert!(html.contains(&format!("value=\"{}\"", made.message.unwrap())));
}

#[test]
fn the_id_of_a_request_is_an_ncname_with_every_bit_of_the_randomness() {
    let mut random = [0xff; 32];
    random[0] = 0x0a;
    assert_eq!(request_id(&random), format!("_0a{}", "ff".repeat(31)));
}

#[test]
fn a_type_of_service_is_read_as_written_only() {
    assert_eq!(SpType::from_value("public"), Some(SpType::Public));
    assert_eq!(SpType::from_value("private"), Some(SpType::Private));
    assert_eq!(SpType::from_value("Public"), None);
}
