//! Cards in mutual TLS: a client certificate verifier for rustls on top of [`crate::pki`].
//!
//! The verifier that rustls has of its own refuses the CAs of two flagship cards (P-521 with SHA-512,
//! NULL parameters in an ECDSA algorithm identifier), knows no certificate policies and no weak keys.
//! This one makes the check of the family `certificate` while the handshake is under way; the broker
//! makes it again, with status and identity, on the [`Handshake`] that comes out.
//!
//! One [`CardConnection`] belongs to one connection, so that its refusal is the one of that connection.

use crate::UnixTime;
use crate::crypto::{Alg, Form, KeyKind, PublicKey, Scheme, sha256};
use crate::pki::PathCache;
use crate::policy::Policy;
use crate::token::certificate::{Handshake, TlsVersion, accepts_signature, check_chain};
use crate::trust::{Purpose, TrustStore};
use crate::verdict::{Code, Ledger, Refusal};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::pki_types::{CertificateDer, UnixTime as TlsTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoServerSessionStorage, ResolvesServerCert, ServerConnection};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, HandshakeKind,
    PeerMisbehaved, ProtocolVersion, ServerConfig, SignatureScheme,
};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What the connections of a server have in common: policy, trust, and the names of the CAs.
pub struct CardServer {
    policy: Policy,
    trust: Arc<TrustStore>,
    paths: PathCache,
    hints: Vec<DistinguishedName>,
    schemes: Vec<SignatureScheme>,
}

impl CardServer {
    /// A server for the cards that `policy` and `trust` accept.
    ///
    /// The names of the CAs go to the client, so that a browser offers cards only. They are left out
    /// when they are longer than 4 KiB together: an empty list means any.
    ///
    /// * `now`: which anchors and algorithms are in force; make a new server when they change.
    ///
    /// # Errors
    /// As [`TrustStore::x509_anchors`] when there is no CA of cards; [`Code::TypeUnknown`] when the
    /// policy has no rules for the family `certificate`.
    pub fn new(policy: Policy, trust: Arc<TrustStore>, now: UnixTime) -> Result<Self, Refusal> {
        let (Some(cards), Some(_)) = (&policy.cards, &policy.certificate) else {
            return Err(Code::TypeUnknown.into());
        };
        // A card is asked for no signature that would then be refused.
        let listed = |alg: Alg| {
            let mut rules = cards.algorithms.iter();
            rules.any(|rule| rule.alg == alg && rule.until.is_none_or(|until| now < until))
        };
        let schemes = SCHEMES.iter().filter(|row| listed(row.1)).map(|row| row.0).collect();
        let anchors = trust.x509_anchors(Purpose::CardIssue, now)?;
        let mut subjects: Vec<&[u8]> =
            anchors.anchors().iter().map(|anchor| anchor.certificate.subject_der()).collect();
        subjects.sort_unstable();
        subjects.dedup();
        let total: usize = subjects.iter().map(|subject| subject.len()).sum();
        let sent = if total <= MAX_HINTS_LEN { subjects } else { Vec::new() };
        let hints = sent.into_iter().map(|der| DistinguishedName::from(der.to_vec())).collect();
        Ok(Self { policy, trust, paths: PathCache::default(), hints, schemes })
    }

    /// The verifier of one connection.
    #[must_use]
    pub fn connection(self: &Arc<Self>) -> Arc<CardConnection> {
        Arc::new(CardConnection { server: Arc::clone(self), seen: Mutex::default() })
    }
}

impl fmt::Debug for CardServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CardServer({}, {} names)", self.policy.label(), self.hints.len())
    }
}

/// The verifier of one connection, and what it saw.
pub struct CardConnection {
    server: Arc<CardServer>,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    verified: Option<Verified>,
    refused: Option<(Refusal, Ledger)>,
}

// A certificate that holds: no key of another one may prove it, whoever shares this verifier.
struct Verified {
    certificate: [u8; 32],
    key: PublicKey,
    at: UnixTime,
    signed: bool,
}

impl CardConnection {
    /// A configuration for this connection and no other: a card is demanded, TLS 1.2 and 1.3, and
    /// nothing is resumed, neither by session id nor by ticket nor by early data.
    ///
    /// * `time`: the clock of the handshake; `None` for the one of rustls.
    ///
    /// # Errors
    /// [`Error`] when the provider of ring cannot be used.
    pub fn config(
        self: &Arc<Self>,
        resolver: Arc<dyn ResolvesServerCert>,
        time: Option<Arc<dyn rustls::time_provider::TimeProvider>>,
    ) -> Result<ServerConfig, Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = match time {
            Some(time) => ServerConfig::builder_with_details(provider, time),
            None => ServerConfig::builder_with_provider(provider),
        };
        let verifier: Arc<Self> = Arc::clone(self);
        let mut config = builder
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
            .with_client_cert_verifier(verifier)
            .with_cert_resolver(resolver);
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        config.max_early_data_size = 0;
        Ok(config)
    }

    /// Why the card was refused, with the checks until then; `None` when it was not.
    #[must_use]
    pub fn refusal(&self) -> Option<(Refusal, Ledger)> {
        self.seen().refused
    }

    /// The facts of the finished handshake, for the broker. `None` while it is not finished, without a
    /// server name, and for a connection whose card this verifier did not see sign.
    ///
    /// Its time is the one at which the card was checked while the handshake was under way, however
    /// long the connection is open by now.
    #[must_use]
    pub fn handshake(&self, connection: &ServerConnection) -> Option<Handshake> {
        let version = connection.protocol_version()?;
        let tls = if version == ProtocolVersion::TLSv1_3 {
            TlsVersion::V1_3
        } else if version == ProtocolVersion::TLSv1_2 {
            TlsVersion::V1_2
        } else {
            return None;
        };
        let resumed = match connection.handshake_kind()? {
            HandshakeKind::Full | HandshakeKind::FullWithHelloRetryRequest => false,
            HandshakeKind::Resumed => true,
        };
        let certificates = connection.peer_certificates()?;
        let digest = sha256(certificates.first()?);
        let handshake_at = {
            let seen = self.seen();
            let verified = seen.verified.as_ref();
            verified.filter(|one| one.signed && one.certificate == digest)?.at
        };
        Some(Handshake {
            tls,
            resumed,
            handshake_at,
            server_name: connection.server_name()?.to_ascii_lowercase(),
            certificates: certificates.iter().map(|der| der.as_ref().to_vec()).collect(),
        })
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        // No step between two changes can panic, so that a poisoned lock is still whole.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refuse(&self, refusal: Refusal, ledger: Ledger) -> Error {
        self.seen().refused = Some((refusal, ledger));
        Error::InvalidCertificate(certificate_error(refusal.code()))
    }

    // The card signs the handshake: with its own key, and by a scheme that policy and version know.
    fn verify_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
        version: TlsVersion,
    ) -> Result<HandshakeSignatureValid, Error> {
        let digest = sha256(certificate);
        let mut seen = self.seen();
        let known = seen.verified.as_mut().filter(|known| known.certificate == digest);
        let verified = match known {
            Some(known) => {
                let Some(scheme) = scheme_of(signed.scheme, &known.key, version) else {
                    return Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into());
                };
                let verified = accepts_signature(scheme, &known.key, &self.server.policy, known.at)
                    .and_then(|()| known.key.verify(scheme, message, signed.signature()));
                known.signed = verified.is_ok();
                verified
            }
            // The verifier saw another certificate last: that of another connection.
            None => Err(Code::SigInvalid),
        };
        match verified {
            Ok(()) => Ok(HandshakeSignatureValid::assertion()),
            Err(code) => {
                seen.refused = Some((Refusal::from(code), Ledger::new()));
                Err(Error::InvalidCertificate(CertificateError::BadSignature))
            }
        }
    }
}

impl fmt::Debug for CardConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CardConnection").field("server", &self.server).finish_non_exhaustive()
    }
}

impl ClientCertVerifier for CardConnection {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.server.hints
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: TlsTime,
    ) -> Result<ClientCertVerified, Error> {
        let mut presented: Vec<&[u8]> = vec![end_entity.as_ref()];
        presented.extend(intermediates.iter().map(AsRef::as_ref));
        let now = UnixTime::from_secs(now.as_secs());
        let CardServer { policy, trust, paths, .. } = self.server.as_ref();
        let mut ledger = Ledger::new();
        match check_chain(&presented, policy, trust, paths, now, &mut ledger) {
            Ok(key) => {
                let certificate = sha256(end_entity);
                self.seen().verified = Some(Verified { certificate, key, at: now, signed: false });
                Ok(ClientCertVerified::assertion())
            }
            Err(refusal) => Err(self.refuse(refusal, ledger)),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verify_signature(message, cert, dss, TlsVersion::V1_2)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verify_signature(message, cert, dss, TlsVersion::V1_3)
    }

    // RSASSA-PKCS1-v1_5 is for TLS 1.2 alone: some RSA cards make nothing else.
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.server.schemes.clone()
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "TLS has fewer words than the refusal table")]
const fn certificate_error(code: Code) -> CertificateError {
    match code {
        Code::CardExpired | Code::ChainExpired => CertificateError::Expired,
        Code::CardNotYetValid | Code::ChainNotYetValid => CertificateError::NotValidYet,
        Code::CertMalformed => CertificateError::BadEncoding,
        Code::ChainSignature => CertificateError::BadSignature,
        Code::ChainCriticalExtension => CertificateError::UnhandledCriticalExtension,
        Code::KeyUntrusted => CertificateError::UnknownIssuer,
        Code::StatusRevoked => CertificateError::Revoked,
        Code::CardKeyUsage
        | Code::CardPolicyDenied
        | Code::CardPolicyUnlisted
        | Code::CardPurpose
        | Code::ChainPurpose => CertificateError::InvalidPurpose,
        _ => CertificateError::ApplicationVerificationFailure,
    }
}

// In TLS 1.2 the name of an ECDSA scheme tells the hash, in 1.3 the curve as well (RFC 8446, 4.2.3).
fn scheme_of(name: SignatureScheme, key: &PublicKey, version: TlsVersion) -> Option<Scheme> {
    let (_, alg) = SCHEMES.iter().find(|row| row.0 == name)?;
    let older = version == TlsVersion::V1_2;
    match (alg.scheme(), key.kind()) {
        (Scheme::Ecdsa { curve: named, hash, .. }, KeyKind::Ec(curve))
            if older || named == curve =>
        {
            Some(Scheme::Ecdsa { curve, hash, form: Form::Der })
        }
        (scheme @ Scheme::RsaPkcs1 { .. }, KeyKind::Rsa) if older => Some(scheme),
        (scheme @ Scheme::RsaPss { .. }, KeyKind::Rsa) => Some(scheme),
        _ => None,
    }
}

// In the order of preference; each under the rule of its JOSE name in the policy.
const SCHEMES: &[(SignatureScheme, Alg)] = &[
    (SignatureScheme::ECDSA_NISTP384_SHA384, Alg::Es384),
    (SignatureScheme::ECDSA_NISTP256_SHA256, Alg::Es256),
    (SignatureScheme::ECDSA_NISTP521_SHA512, Alg::Es512),
    (SignatureScheme::RSA_PSS_SHA256, Alg::Ps256),
    (SignatureScheme::RSA_PSS_SHA384, Alg::Ps384),
    (SignatureScheme::RSA_PSS_SHA512, Alg::Ps512),
    (SignatureScheme::RSA_PKCS1_SHA256, Alg::Rs256),
    (SignatureScheme::RSA_PKCS1_SHA384, Alg::Rs384),
    (SignatureScheme::RSA_PKCS1_SHA512, Alg::Rs512),
];

// A name has about 100 bytes; browsers show a list of cards, not of the CAs of the world.
const MAX_HINTS_LEN: usize = 4 * 1024;
