//! The example server over loopback, with real handshakes: three honest shapes of cards get an assertion
//! that is bound to them; a weak key, an expired, a revoked and a foreign card do not.

#![cfg(test)]
#![cfg(all(feature = "tls", feature = "openssl"))]

mod card_kit;
#[path = "../examples/card-login/server.rs"]
mod server;

use base64::Engine;
use card_kit::{POLICY, now, policy, trust};
use eid_broker::assertion::{CheckPolicy, Checker};
use eid_broker::crypto::{Alg, sha256};
use eid_broker::envelope::jose::KeySet;
use eid_broker::host::tls::CardServer;
use eid_broker::register::Binding;
use eid_broker::verdict::{Check, Code, Outcome};
use eid_broker_maker::card::{CardIssuer, Shape};
use eid_broker_maker::cert::{CertificateSpec, Extension, KeyUsage, Name};
use eid_broker_maker::ocsp::Status;
use eid_broker_maker::{NOW, TestKey, keys};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{
    CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime as TlsTime,
};
use rustls::server::ResolvesServerCert;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::time_provider::TimeProvider;
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, HandshakeKind, SignatureScheme,
    SupportedProtocolVersion,
};
use server::{Ended, Login};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

const PROCEDURE: &str = "urn:procedure:tax";
const REGISTER: &str = r#"
version = 1
[procedure."urn:procedure:tax"]
name = "Tax"
owner = "Example"
legal_basis = "GDPR 6(1)(e)"
sector = "tax"
clients = ["portal"]
min_loa = "substantial"
notified_only = false
families = ["certificate"]
sender_constraint = "mtls"
[procedure."urn:procedure:tax".scopes.core]
claims = ["family_name", "given_name"]
essential = ["family_name"]
[client.portal]
auth = { kind = "host" }
"#;

#[derive(Debug)]
struct Fixed;

impl TimeProvider for Fixed {
    fn current_time(&self) -> Option<TlsTime> {
        Some(TlsTime::since_unix_epoch(std::time::Duration::from_secs(NOW.unsigned_abs())))
    }
}

fn server_certificate() -> Vec<u8> {
    let key = keys::card_tls_server().unwrap();
    let name = Name::new("DE", "login.example.org");
    let spec = CertificateSpec::new(name.clone(), name, &key).unwrap();
    spec.with(Extension::key_usage(true, &[KeyUsage::DigitalSignature])).build(&key).unwrap()
}

fn certified(chain: Vec<Vec<u8>>, key: &TestKey) -> Arc<CertifiedKey> {
    let der = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.pkcs8_der().to_vec()));
    let key = rustls::crypto::ring::sign::any_supported_type(&der).unwrap();
    Arc::new(CertifiedKey::new(chain.into_iter().map(CertificateDer::from).collect(), key))
}

// The client knows its server by the very bytes.
#[derive(Debug)]
struct Pinned(Vec<u8>);

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: TlsTime,
    ) -> Result<ServerCertVerified, Error> {
        assert_eq!(end_entity.as_ref(), self.0);
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}

// The card that the browser was told to use, whatever the server asks for.
#[derive(Debug)]
struct Card(Arc<CertifiedKey>);

impl rustls::client::ResolvesClientCert for Card {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

const TLS13: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];
const TLS12: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12];

fn client(
    card: Vec<u8>,
    key: &TestKey,
    versions: &[&'static SupportedProtocolVersion],
) -> Arc<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Pinned(server_certificate())))
        .with_client_cert_resolver(Arc::new(Card(certified(vec![card], key))));
    Arc::new(config)
}

// The whole way over loopback: what the server says, and the body that the client gets.
struct World {
    login: Arc<Login>,
}

impl World {
    fn new(issuer: CardIssuer, spec: CertificateSpec, status: Option<Status>) -> Self {
        let resolver: Arc<dyn ResolvesServerCert> = Arc::new(SingleCertAndKey::from(
            certified(vec![server_certificate()], &keys::card_tls_server().unwrap())
                .as_ref()
                .clone(),
        ));
        let cards = CardServer::new(policy(POLICY), Arc::new(trust()), now()).unwrap();
        let login = Login {
            broker: card_kit::broker(REGISTER),
            cards: Arc::new(cards),
            procedure: PROCEDURE.to_owned(),
            client: "portal".to_owned(),
            resolver,
            time: Some(Arc::new(Fixed)),
            fetch: Box::new(move |need| {
                status.map(|status| card_kit::answer(&issuer, &spec, status, need))
            }),
        };
        Self { login: Arc::new(login) }
    }

    fn log_in(&self, config: &Arc<ClientConfig>) -> (Ended, Option<String>, Option<HandshakeKind>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let login = Arc::clone(&self.login);
        let server = std::thread::spawn(move || {
            let (socket, _) = listener.accept().unwrap();
            login.serve(socket, now())
        });
        let name = ServerName::try_from("login.example.org").unwrap();
        let mut connection = ClientConnection::new(Arc::clone(config), name).unwrap();
        let mut socket = TcpStream::connect(address).unwrap();
        let mut stream = rustls::Stream::new(&mut connection, &mut socket);
        let mut response = String::new();
        let said = stream
            .write_all(b"GET / HTTP/1.1\r\nhost: login.example.org\r\n\r\n")
            .and_then(|()| stream.read_to_string(&mut response));
        let kind = connection.handshake_kind();
        drop(socket);
        let body = said.ok().and(response.split_once("\r\n\r\n")).map(|(_, body)| body.to_owned());
        (server.join().unwrap(), body, kind)
    }
}

fn assertion_of(world: &World, config: &Arc<ClientConfig>) -> String {
    let (ended, body, kind) = world.log_in(config);
    let Ended::Assertion(assertion) = ended else { panic!("{ended:?}") };
    assert_eq!(body.as_deref(), Some(assertion.as_str()));
    assert_ne!(kind, Some(HandshakeKind::Resumed));
    assertion
}

fn payload(assertion: &str) -> serde_json::Value {
    let payload = assertion.split('.').nth(1).unwrap();
    let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    serde_json::from_slice(&engine.decode(payload).unwrap()).unwrap()
}

#[test]
fn honest_cards_of_every_shape_get_an_assertion_bound_to_them() {
    for shape in Shape::HONEST {
        let issuer = CardIssuer::new(*shape).unwrap();
        let (spec, der) = (issuer.card_spec().unwrap(), issuer.card_der().unwrap());
        let key = issuer.card.clone();
        let world = World::new(issuer, spec, Some(Status::Good));
        let print = sha256(&der);
        for versions in [TLS13, TLS12] {
            // Twice with one client: nothing is resumed.
            let config = client(der.clone(), &key, versions);
            for _ in 0..2 {
                let assertion = assertion_of(&world, &config);
                let payload = payload(&assertion);
                let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
                assert_eq!(payload["cnf"]["x5t#S256"], engine.encode(print), "{shape:?}");
                // A consumer accepts it from the holder of this card and from nobody else.
                let check = |binding: Option<Binding>| {
                    let key = keys::assertion_es256().unwrap();
                    let set = jwks(&key);
                    let mut policy = CheckPolicy::default();
                    policy.notified_only = false;
                    let checker = Checker::new(card_kit::ISSUER, &set, PROCEDURE, policy).unwrap();
                    checker
                        .check(assertion.as_bytes(), now(), binding.as_ref())
                        .map(|_| ())
                        .map_err(|r| r.code())
                };
                assert_eq!(check(Some(Binding::X5tS256(print))), Ok(()));
                assert_eq!(check(Some(Binding::X5tS256([7; 32]))), Err(Code::BindingMismatch));
                assert_eq!(check(None), Err(Code::BindingMissing));
            }
        }
    }
}

fn jwks(key: &TestKey) -> KeySet {
    let point = key.public_key();
    let public = eid_broker::crypto::PublicKey::from_point(eid_broker::crypto::Curve::P256, point);
    KeySet::from_keys([("key-1".to_owned(), public.unwrap().for_alg(Alg::Es256).unwrap())])
}

fn refused(
    issuer: CardIssuer,
    spec: CertificateSpec,
    status: Status,
    versions: &[&'static SupportedProtocolVersion],
) -> (Code, Option<String>) {
    let der = spec.build(&issuer.ca).unwrap();
    let config = client(der, &issuer.card, versions);
    let world = World::new(issuer, spec, Some(status));
    let (ended, body, _) = world.log_in(&config);
    let Ended::Refused(refusal) = ended else { panic!("{ended:?}") };
    (refusal.code(), body)
}

#[test]
fn weak_expired_revoked_and_foreign_cards_are_refused_each_with_its_code() {
    for versions in [TLS13, TLS12] {
        let roca = CardIssuer::new(Shape::Belgian).unwrap().with_card(keys::card_roca().unwrap());
        let spec = roca.card_spec().unwrap();
        assert_eq!(refused(roca, spec, Status::Good, versions), (Code::KeyRoca, None));

        let issuer = CardIssuer::new(Shape::Estonian).unwrap();
        let mut spec = issuer.card_spec().unwrap();
        spec.not_after = NOW - 1;
        assert_eq!(refused(issuer, spec, Status::Good, versions), (Code::CardExpired, None));

        let foreign = CardIssuer::new(Shape::Foreign).unwrap();
        let spec = foreign.card_spec().unwrap();
        assert_eq!(refused(foreign, spec, Status::Good, versions), (Code::KeyUntrusted, None));

        // The handshake holds; the broker asks, and does not issue.
        let issuer = CardIssuer::new(Shape::Estonian).unwrap();
        let spec = issuer.card_spec().unwrap();
        let (code, body) = refused(issuer, spec, Status::Revoked, versions);
        assert_eq!((code, body.as_deref()), (Code::StatusRevoked, Some("status.revoked")));
    }
}

#[test]
fn certificates_for_signatures_do_not_log_in() {
    let issuer = CardIssuer::new(Shape::Estonian).unwrap();
    let spec = issuer.card_spec().unwrap();
    let spec = spec.replacing(Extension::key_usage(true, &[KeyUsage::NonRepudiation]));
    assert_eq!(refused(issuer, spec, Status::Good, TLS13), (Code::CardKeyUsage, None));
}

#[test]
fn another_key_than_the_certified_one_does_not_log_in() {
    let issuer = CardIssuer::new(Shape::Estonian).unwrap();
    let (spec, der) = (issuer.card_spec().unwrap(), issuer.card_der().unwrap());
    let world = World::new(issuer, spec, Some(Status::Good));
    for versions in [TLS13, TLS12] {
        let config = client(der.clone(), &keys::holder_es384().unwrap(), versions);
        let (ended, body, _) = world.log_in(&config);
        let Ended::Refused(refusal) = ended else { panic!("{ended:?}") };
        assert_eq!((refusal.code(), body), (Code::SigInvalid, None));
    }
}

#[test]
fn without_an_answer_about_the_status_nothing_is_decided() {
    let issuer = CardIssuer::new(Shape::Finnish).unwrap();
    let (spec, der) = (issuer.card_spec().unwrap(), issuer.card_der().unwrap());
    let config = client(der, &issuer.card, TLS13);
    let world = World::new(issuer, spec, None);
    let (ended, body, _) = world.log_in(&config);
    let Ended::Broken(why) = ended else { panic!("{ended:?}") };
    assert!(why.contains("revoked"), "{why}");
    assert_eq!(body.as_deref(), Some("undecided"));
}

#[test]
fn a_client_without_a_card_is_told_so_by_tls() {
    let issuer = CardIssuer::new(Shape::Finnish).unwrap();
    let spec = issuer.card_spec().unwrap();
    let world = World::new(issuer, spec, Some(Status::Good));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(TLS13)
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Pinned(server_certificate())))
        .with_no_client_auth();
    let (ended, body, _) = world.log_in(&Arc::new(config));
    assert!(matches!(ended, Ended::Broken(_)), "{ended:?}");
    assert_eq!(body, None);
}

#[test]
fn the_verifier_keeps_the_ledger_of_a_refusal() {
    use rustls::server::danger::ClientCertVerifier;
    let cards = Arc::new(CardServer::new(policy(POLICY), Arc::new(trust()), now()).unwrap());
    let issuer = CardIssuer::new(Shape::Estonian).unwrap();
    let mut spec = issuer.card_spec().unwrap();
    spec.not_after = NOW - 1;
    let der = CertificateDer::from(spec.build(&issuer.ca).unwrap());
    let connection = cards.connection();
    let time = Fixed.current_time().unwrap();
    let error = connection.verify_client_cert(&der, &[], time).unwrap_err();
    assert_eq!(error, Error::InvalidCertificate(rustls::CertificateError::Expired));
    let (refusal, ledger) = connection.refusal().unwrap();
    assert_eq!(refusal.code(), Code::CardExpired);
    assert_eq!(ledger.outcome(Check::CardValidity), Outcome::Failed);
    assert_eq!(connection.root_hint_subjects().len(), 3);
    // Another connection has seen nothing.
    assert!(cards.connection().refusal().is_none());
}

// Feeds a server with what a client sends, record by record, and calls `between` behind each.
fn by_records(
    config: &Arc<ClientConfig>,
    server: rustls::ServerConfig,
    mut between: impl FnMut(),
) -> (Result<(), Error>, rustls::ServerConnection) {
    let name = ServerName::try_from("login.example.org").unwrap();
    let mut client = ClientConnection::new(Arc::clone(config), name).unwrap();
    let mut server = rustls::ServerConnection::new(Arc::new(server)).unwrap();
    for _ in 0..4 {
        let mut sent = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut sent).unwrap();
        }
        let mut rest = sent.as_slice();
        while let [_, _, _, high, low, ..] = rest {
            let len = 5 + usize::from(u16::from_be_bytes([*high, *low]));
            let (mut record, after) = rest.split_at(len);
            server.read_tls(&mut record).unwrap();
            if let Err(error) = server.process_new_packets() {
                return (Err(error), server);
            }
            if server.is_handshaking() {
                between();
            }
            rest = after;
        }
        let mut received = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut received).unwrap();
        }
        let mut received = received.as_slice();
        while !received.is_empty() {
            client.read_tls(&mut received).unwrap();
            client.process_new_packets().unwrap();
        }
    }
    (Ok(()), server)
}

#[test]
fn the_key_of_another_connection_does_not_prove_a_certificate() {
    use rustls::server::danger::ClientCertVerifier;
    let cards = Arc::new(CardServer::new(policy(POLICY), Arc::new(trust()), now()).unwrap());
    let victim = CardIssuer::new(Shape::Estonian).unwrap();
    let own = CardIssuer::new(Shape::Finnish).unwrap();
    let certificate = CertificateDer::from(own.card_der().unwrap());
    let resolver = || -> Arc<dyn ResolvesServerCert> {
        let key = keys::card_tls_server().unwrap();
        let key = certified(vec![server_certificate()], &key);
        Arc::new(SingleCertAndKey::from(key.as_ref().clone()))
    };
    let time = || -> Option<Arc<dyn TimeProvider>> { Some(Arc::new(Fixed)) };
    for versions in [TLS12, TLS13] {
        // Whoever has a card shows somebody else's certificate; a second connection, to the same
        // verifier against its rule, shows the own one before the signature of the first is there.
        for (key, other, good) in [(&victim.card, false, true), (&own.card, true, false)] {
            let card = cards.connection();
            let mut config = client(victim.card_der().unwrap(), key, versions);
            // Small records, so that the certificate arrives before the signature in 1.3 as well.
            Arc::get_mut(&mut config).unwrap().max_fragment_size = Some(69);
            let at = Fixed.current_time().unwrap();
            let mut seen = 0;
            let server = card.config(resolver(), time()).unwrap();
            let (ended, server) = by_records(&config, server, || {
                seen += 1;
                if other {
                    card.verify_client_cert(&certificate, &[], at).unwrap();
                }
            });
            assert!(seen > 1);
            assert_eq!(ended.is_ok(), good, "{ended:?}");
            assert_eq!(server.is_handshaking(), !good);
            // Only the verifier that saw the card sign tells of it, and only with its time.
            assert_eq!(card.handshake(&server).map(|one| one.handshake_at), good.then(now));
            assert!(cards.connection().handshake(&server).is_none());
            if !good {
                assert_eq!(card.refusal().unwrap().0.code(), Code::SigInvalid);
            }
        }
    }
}

#[test]
fn odd_certificates_are_refused_and_stop_nobody() {
    use rustls::server::danger::ClientCertVerifier;
    let cards = Arc::new(CardServer::new(policy(POLICY), Arc::new(trust()), now()).unwrap());
    let der = CardIssuer::new(Shape::Finnish).unwrap().card_der().unwrap();
    let time = Fixed.current_time().unwrap();
    let ask = |leaf: &[u8], more: &[&[u8]]| {
        let more: Vec<CertificateDer<'_>> =
            more.iter().map(|der| CertificateDer::from(*der)).collect();
        let connection = cards.connection();
        let verdict = connection.verify_client_cert(&CertificateDer::from(leaf), &more, time);
        assert_eq!(verdict.is_err(), connection.refusal().is_some());
        connection.refusal().map(|(refusal, _)| refusal.code())
    };
    assert_eq!(ask(&der, &[]), None);
    for len in (0..der.len()).step_by(3) {
        assert_eq!(ask(&der[..len], &[]), Some(Code::CertMalformed), "{len}");
    }
    for at in 0..der.len() {
        let mut changed = der.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(ask(&changed, &[]).is_some(), "{at}");
    }
    assert_eq!(ask(&der, &[&der]), Some(Code::ChainRepeated));
    assert_eq!(ask(&der, &[b"", b""]), Some(Code::CertMalformed));
    assert_eq!(ask(&der, &[&der[..]; 8]), Some(Code::LimitCount));
    let huge = [&[0x30, 0x83, 2, 0, 0][..], &[0; 0x2_0000]].concat();
    assert_eq!(ask(&huge, &[]), Some(Code::LimitSize));
    let deep = [0x30, 0x80].repeat(5_000);
    assert!(ask(&deep, &[]).is_some());
}

#[test]
fn a_server_without_anchors_or_rules_does_not_start() {
    let empty = Arc::new(card_kit::trust_of("", &std::collections::BTreeMap::new()));
    let code = |policy, trust| CardServer::new(policy, trust, now()).unwrap_err().code();
    assert_eq!(code(policy(POLICY), empty), Code::TrustMissing);
    let without = policy(&POLICY.replace("[certificate]\n", ""));
    assert_eq!(code(without, Arc::new(trust())), Code::TypeUnknown);
}
