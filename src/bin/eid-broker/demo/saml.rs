//! Journeys with the test eIDAS node, the test BundID and the test eID server: our request, read and
//! checked by the one who was asked, the encrypted answer, the assertion.

use super::{CLIENT, PROCEDURE, Scratch, check_in_c, checked, refused, say, show};
use crate::arguments::DemoOptions;
use crate::{Failure, setup};
use eid_broker::UnixTime;
use eid_broker::broker::{Broker, ExpectOptions, Expected, Request as By};
use eid_broker::envelope::jose::KeySet;
use eid_broker::identity::{Country, Family};
use eid_broker::verdict::Code;
use eid_broker_maker::saml::eidas::{Node, Person};
use eid_broker_maker::saml::metadata::NodeMetadata;
use eid_broker_maker::saml::request::{Request, verify_enveloped, verify_query};
use eid_broker_maker::saml::{
    Asked, BROKER, BROKER_ACS, bund_id, eid_server, eidas, read::read, sign,
};
use eid_broker_maker::{MakerError, TestKey, keys};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

const SETTINGS: &str = r#"
[saml]
entity_id = "BROKER"
acs_url = "ACS"
country = "DE"
sp_type = "public"
display_name = "Municipality of Example"
[[saml.signing]]
path = "keys/saml-signing.pem"
certificate = "keys/saml-signing.crt"
alg = "ES256"
[[saml.decryption]]
path = "keys/saml-decryption.pem"
certificate = "keys/saml-decryption.crt"
[[saml.decryption]]
path = "keys/saml-decryption-ec.pem"
certificate = "keys/saml-decryption-ec.crt"
[saml.bund_id]
online_service_id = "BMI-0017"
"#;

const POLICY: &str = r#"
[eidas_saml]
[bund_id]
notified = true
[eid_server]
loa = "high"
notified = true
"#;

const TRUST: &str = r#"
[[source]]
name = "test-node"
purpose = "eidas-node"
kind = "saml-metadata"
entity_id = "NODE"
country = "AT"
files = ["trust/node.xml"]
signers = ["trust/node-metadata.crt"]
[[source]]
name = "test-bund-id"
purpose = "bund-id"
kind = "saml-pinned"
entity_id = "BUND_ID"
country = "DE"
files = ["trust/bund-id.crt"]
sso_post = "BUND_ID_SSO"
[[source]]
name = "test-eid-server"
purpose = "eid-server"
kind = "saml-pinned"
entity_id = "EID_SERVER"
country = "DE"
files = ["trust/eid-server.crt"]
encryption_files = ["trust/eid-server-encryption.crt"]
sso_redirect = "EID_SERVER_SSO"
"#;

/// Adds this broker as a service provider, and the three test issuers, to the example configuration.
pub(super) fn configure(folder: &Path, families: &str) -> Result<(), Failure> {
    let put = |name: &str, text: &str| {
        fs::write(folder.join(name), text)
            .map_err(|error| Failure::Misuse(format!("cannot write {name}: {error}")))
    };
    let change = |name: &str, bend: &dyn Fn(String) -> String| -> Result<(), Failure> {
        let text = fs::read_to_string(folder.join(name))
            .map_err(|error| Failure::Misuse(format!("cannot read {name}: {error}")))?;
        put(name, &bend(text))
    };
    let certificate = |key: &TestKey| sign::certificate_pem(key).map_err(|error| made(&error));
    for (name, key) in [
        ("saml-signing", keys::saml_sp_sign()),
        ("saml-decryption", keys::saml_sp_enc_rsa()),
        ("saml-decryption-ec", keys::saml_sp_enc_bp256()),
    ] {
        let key = key.map_err(|error| made(&error))?;
        let path = folder.join(format!("keys/{name}.pem"));
        private(&path, &keys::der_to_pem("PRIVATE KEY", key.pkcs8_der()))?;
        put(&format!("keys/{name}.crt"), &certificate(&key)?)?;
    }
    for (name, key) in [
        ("node-metadata", keys::saml_node_metadata()),
        ("bund-id", keys::saml_bund_id()),
        ("eid-server", keys::saml_eid_server()),
        ("eid-server-encryption", keys::saml_eid_server_rsa()),
    ] {
        put(&format!("trust/{name}.crt"), &certificate(&key.map_err(|error| made(&error))?)?)?;
    }
    let now = setup::now(None)?;
    put("trust/node.xml", &node_metadata(now).map_err(|error| made(&error))?)?;
    let named = |text: &str| {
        text.replace("BUND_ID_SSO", bund_id::SSO)
            .replace("BUND_ID", bund_id::ENTITY)
            .replace("EID_SERVER_SSO", eid_server::SSO)
            .replace("EID_SERVER", eid_server::ENTITY)
            .replace("NODE", eidas::ENTITY)
    };
    let settings = SETTINGS.replace("BROKER", BROKER).replace("ACS", BROKER_ACS);
    change("eid-broker.toml", &|text| text + &settings)?;
    change("policy.toml", &|text| text + POLICY)?;
    change("trust.toml", &|text| text + &named(TRUST))?;
    change("register.toml", &|text| {
        text.replacen("[\"sd_jwt_vc\"", &format!("[\"sd_jwt_vc\", {families}"), 1)
    })
}

// As a node publishes it: for a day from now, signed.
fn node_metadata(now: UnixTime) -> Result<String, MakerError> {
    let mut metadata = NodeMetadata::new()?;
    metadata.valid_until = Some(seconds(now).saturating_add(86_400));
    metadata.signed()
}

// A private key is for its owner alone.
fn private(path: &Path, text: &str) -> Result<(), Failure> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| Failure::Misuse(format!("cannot write {}: {error}", path.display())))
}

/// Walks one journey, then two that must not end well.
pub(super) fn journey(
    broker: &Broker,
    family: Family,
    issuer: &str,
    keys: &KeySet,
    folder: &Scratch,
    options: &DemoOptions,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let now = setup::now(None)?;
    if family != Family::EidServer {
        metadata(broker, family, folder, options, now, out)?;
    }
    say(out, "expectation", &format!("for {PROCEDURE}, family {}", family.name()))?;
    let expected = ask(broker, family, now)?;
    let asked = asked(&expected, folder, options, now, out)?;
    let token = answer(family, &asked)?;
    say(out, "response", &format!("{} bytes, the assertion encrypted for us", token.len()))?;

    say(out, "altered", "the response with one character changed on its way, to see it refused")?;
    let by = By::new(CLIENT);
    let altered = altered(&token);
    let verdict = broker.assert(&expected.sealed, &by, altered.as_bytes(), now);
    let code = verdict.refusal().map(|refusal| refusal.code());
    match code {
        Some(code) if code.number() < 8_000 => say(out, "", &format!("refused: {}", code.name()))?,
        _ => return Err(Failure::Misuse("an altered response was not refused".to_owned())),
    }
    say(out, "other request", "the response handed in for another request")?;
    let other = ask(broker, family, now)?;
    let verdict = broker.assert(&other.sealed, &by, token.as_bytes(), now);
    refused(&verdict, Code::RequestResponse, out)?;

    say(out, "response", "as it came")?;
    let verdict = broker.assert(&expected.sealed, &by, token.as_bytes(), now);
    show(broker, family, &verdict, now, out)?;
    let assertion = checked(&verdict, issuer, keys, now, out)?;
    if let Some(program) = &options.c_check {
        check_in_c(program, issuer, keys, &folder.0, assertion, now, out)?;
    }
    say(out, "again", "the same response and expectation a second time")?;
    let again = broker.assert(&expected.sealed, &by, token.as_bytes(), now);
    refused(&again, Code::ReplayExpectation, out)
}

fn ask(broker: &Broker, family: Family, now: UnixTime) -> Result<Expected, Failure> {
    let mut options = ExpectOptions::default();
    if family == Family::EidasSaml {
        options.country = Country::parse(eidas::COUNTRY);
    }
    Ok(broker.expect_with(PROCEDURE, family, &options, now)?)
}

// The one who was asked reads the request, and checks whose it is with the key of our metadata.
fn asked(
    expected: &Expected,
    folder: &Scratch,
    options: &DemoOptions,
    now: UnixTime,
    out: &mut dyn Write,
) -> Result<Asked, Failure> {
    let sent = expected.request.as_ref();
    let sent = sent.ok_or_else(|| Failure::Misuse("there is no request".to_owned()))?;
    let key = keys::saml_sp_sign().map_err(|error| made(&error))?;
    let request = match &sent.message {
        Some(message) => {
            let request = Request::read_post(message).map_err(|error| made(&error))?;
            request.verify(&key).map_err(|error| made(&error))?;
            xmlsec1(folder, options, ("request.xml", "AuthnRequest"), &decoded(message)?, out)?;
            request
        }
        None if verify_query(&sent.url, &key) => {
            Request::read_redirect(&sent.url).map_err(|error| made(&error))?
        }
        None => return Err(Failure::Misuse("the query of the request is not signed".to_owned())),
    };
    say(
        out,
        "request",
        &format!("{}, to {}, signature verified by who was asked", request.id, request.destination),
    )?;
    for (name, required) in &request.attributes {
        let required = if *required { "required" } else { "optional" };
        say(out, "", &format!("{required} {name}"))?;
    }
    // A moment ago, as the broker sees it.
    Ok(request.asked(BROKER_ACS, seconds(now)))
}

fn decoded(message: &str) -> Result<String, Failure> {
    use base64::Engine as _;
    let octets = base64::engine::general_purpose::STANDARD.decode(message);
    let text = octets.ok().and_then(|octets| String::from_utf8(octets).ok());
    text.ok_or_else(|| Failure::Misuse("the request is no base64".to_owned()))
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the other two families are told apart")]
fn answer(family: Family, asked: &Asked) -> Result<String, Failure> {
    let made_by = || -> Result<String, MakerError> {
        match family {
            Family::BundId => bund_id::BundId::new()?.answer(asked, &[])?.to_post(),
            Family::EidServer => {
                let server = eid_server::EidServer::new()?;
                server.query(&server.answer(asked)?)
            }
            _ => Node::new()?.answer(asked, &Person::erika())?.to_post(),
        }
    };
    made_by().map_err(|error| made(&error))
}

// One letter in the middle of the message is another one: of the XML in a form field, else as it is.
fn altered(token: &str) -> String {
    use base64::Engine as _;
    let base64 = base64::engine::general_purpose::STANDARD;
    let xml = base64.decode(token).ok().and_then(|octets| String::from_utf8(octets).ok());
    let text = xml.as_deref().unwrap_or(token);
    let middle = text.len().checked_div(2).unwrap_or_default();
    let letters = || text.char_indices().filter(|(at, _)| *at >= middle);
    let at = letters().find(|(_, letter)| letter.is_ascii_alphanumeric()).map(|(at, _)| at);
    let change = |(here, letter): (usize, char)| match letter {
        _ if Some(here) != at => letter,
        'A' => 'B',
        _ => 'A',
    };
    let changed: String = text.char_indices().map(change).collect();
    if xml.is_some() { base64.encode(changed) } else { changed }
}

// Our metadata, read and checked by somebody else.
fn metadata(
    broker: &Broker,
    family: Family,
    folder: &Scratch,
    options: &DemoOptions,
    now: UnixTime,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let service = broker.service_provider();
    let service = service.ok_or_else(|| Failure::Misuse("there is no [saml]".to_owned()))?;
    let text = service.metadata(family, 86_400, now)?;
    let tree = read(&text).map_err(|error| made(&error))?;
    let key = keys::saml_sp_sign().map_err(|error| made(&error))?;
    verify_enveloped(&tree, &key).map_err(|error| made(&error))?;
    say(out, "metadata", &format!("ours, {} bytes, signature verified", text.len()))?;
    xmlsec1(folder, options, ("metadata.xml", "EntityDescriptor"), &text, out)
}

// The signature holds for xmlsec1 too, where it was named.
fn xmlsec1(
    folder: &Scratch,
    options: &DemoOptions,
    (name, root): (&str, &str),
    text: &str,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let Some(program) = &options.xmlsec1 else { return Ok(()) };
    let path = folder.0.join(name);
    fs::write(&path, text)
        .map_err(|error| Failure::Misuse(format!("cannot write {name}: {error}")))?;
    let namespace = match root {
        "AuthnRequest" => "urn:oasis:names:tc:SAML:2.0:protocol",
        _ => "urn:oasis:names:tc:SAML:2.0:metadata",
    };
    let answer = Command::new(program)
        .arg("--verify")
        .arg("--pubkey-cert-pem")
        .arg(folder.0.join("keys/saml-signing.crt"))
        .args(["--id-attr:ID", &format!("{namespace}:{root}")])
        .arg(&path)
        .output()
        .map_err(|error| Failure::Misuse(format!("cannot run {}: {error}", program.display())))?;
    if answer.status.success() {
        say(out, "xmlsec1", &format!("the signature of {root} holds"))
    } else {
        let said = String::from_utf8_lossy(&answer.stderr).into_owned();
        Err(Failure::Misuse(format!("xmlsec1 did not accept the {root}: {said}")))
    }
}

fn seconds(now: UnixTime) -> i64 {
    i64::try_from(now.secs()).unwrap_or(i64::MAX)
}

fn made(error: &MakerError) -> Failure {
    Failure::Misuse(format!("the test identity provider failed: {error}"))
}
