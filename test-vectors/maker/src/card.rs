//! Issuers of eID cards in the shapes of three states: names, keys, policies and extensions as on
//! their cards, the persons invented, the keys worthless.

use crate::cert::{CertificateSpec, Extension, Fault, KeyUsage, Name};
use crate::der::{oid, sequence};
use crate::keys::{self, TestKey, pem_to_der};
use crate::ocsp::{Ocsp, Status};
use crate::{MakerError, NOW};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// Where the cards say that their status is.
pub const OCSP_URL: &str = "http://ocsp.card.example";

/// `id-kp-clientAuth`.
pub const EKU_CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";
/// `id-kp-OCSPSigning`.
pub const EKU_OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";
/// Estonian Mobile-ID: a key in a SIM.
pub const POLICY_MOBILE_ID: &str = "1.3.6.1.4.1.10015.1.3.1";

/// The shapes of cards.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Shape {
    /// RSA-2048 under P-384, the bare national number.
    Belgian,
    /// P-384 under P-384, the bare national number.
    BelgianEc,
    /// P-384 under P-521 with SHA-512, a semantics identifier.
    Estonian,
    /// P-384 under P-384, NULL parameters in the algorithm identifier, the bare client identifier.
    Finnish,
    /// As the Estonian one, under a CA that nobody configured.
    Foreign,
}

impl Shape {
    /// Those that are honest.
    pub const HONEST: &'static [Self] =
        &[Self::Belgian, Self::BelgianEc, Self::Estonian, Self::Finnish];

    /// The country.
    #[must_use]
    pub const fn country(self) -> &'static str {
        match self {
            Self::Belgian | Self::BelgianEc => "BE",
            Self::Estonian | Self::Foreign => "EE",
            Self::Finnish => "FI",
        }
    }

    /// The certificate policy of its cards.
    #[must_use]
    pub const fn policy(self) -> &'static str {
        match self {
            Self::Belgian | Self::BelgianEc => "2.16.56.12.1.1.2.2",
            Self::Estonian | Self::Foreign => "1.3.6.1.4.1.51361.1.2.1",
            Self::Finnish => "1.2.246.517.99.10.202.1",
        }
    }

    /// The serialNumber of its person.
    #[must_use]
    pub const fn serial_number(self) -> &'static str {
        match self {
            Self::Belgian | Self::BelgianEc => "85073003328",
            Self::Estonian | Self::Foreign => "PNOEE-38001085718",
            Self::Finnish => "99901112H",
        }
    }
}

/// A card CA, its OCSP responder, and the card that it made.
#[non_exhaustive]
pub struct CardIssuer {
    /// The shape.
    pub shape: Shape,
    /// The CA's key.
    pub ca: TestKey,
    /// The key in the card.
    pub card: TestKey,
}

impl CardIssuer {
    /// The issuer of a shape.
    ///
    /// # Errors
    /// [`MakerError::Key`] when an embedded key is damaged.
    pub fn new(shape: Shape) -> Result<Self, MakerError> {
        let (ca, card) = match shape {
            Shape::Belgian => (keys::card_be_ca()?, keys::card_be()?),
            Shape::BelgianEc => (keys::card_be_ca()?, keys::card_be_ec()?),
            Shape::Estonian => (keys::card_ee_ca()?, keys::card_ee()?),
            Shape::Finnish => (keys::card_fi_ca()?, keys::card_fi()?),
            Shape::Foreign => (keys::card_foreign_ca()?, keys::card_ee()?),
        };
        Ok(Self { shape, ca, card })
    }

    /// The same issuer with another key in the card.
    #[must_use]
    pub fn with_card(mut self, card: TestKey) -> Self {
        self.card = card;
        self
    }

    fn ca_name(&self) -> Name {
        let (organization, name) = match self.shape {
            Shape::Belgian | Shape::BelgianEc => ("Test Belgium", "Test Citizen-shaped CA"),
            Shape::Estonian => ("Test Estonia", "Test ESTEID-shaped CA"),
            Shape::Finnish => ("Test Finland", "Test FINEID-shaped CA"),
            Shape::Foreign => ("Test Nowhere", "Test foreign card CA"),
        };
        let mut name = Name::new(self.shape.country(), name);
        name.organization = Some(organization.to_owned());
        name
    }

    fn subject(&self) -> Name {
        let serial = self.shape.serial_number();
        match self.shape {
            Shape::Belgian | Shape::BelgianEc => Name::of(&[
                ("2.5.4.6", "BE"),
                ("2.5.4.3", "Nora Muster (Authentication)"),
                ("2.5.4.4", "Muster"),
                ("2.5.4.42", "Nora Angèle"),
                ("2.5.4.5", serial),
            ]),
            Shape::Estonian | Shape::Foreign => Name::of(&[
                ("2.5.4.6", "EE"),
                ("2.5.4.3", "JÕEORG,JAAK-KRISTJAN,38001085718"),
                ("2.5.4.4", "JÕEORG"),
                ("2.5.4.42", "JAAK-KRISTJAN"),
                ("2.5.4.5", serial),
            ]),
            Shape::Finnish => Name::of(&[
                ("2.5.4.6", "FI"),
                ("2.5.4.5", serial),
                ("2.5.4.42", "VELI"),
                ("2.5.4.4", "MUSTERÄ"),
                ("2.5.4.3", "MUSTERÄ VELI 99901112H"),
            ]),
        }
    }

    fn signed_as(&self, spec: CertificateSpec) -> CertificateSpec {
        match self.shape {
            Shape::Finnish => spec.with_fault(Fault::EcdsaNullParameters),
            Shape::Belgian | Shape::BelgianEc | Shape::Estonian | Shape::Foreign => spec,
        }
    }

    /// What the CA's certificate says; it is the trust anchor.
    ///
    /// # Errors
    /// [`MakerError`] when a key does not work.
    pub fn ca_spec(&self) -> Result<CertificateSpec, MakerError> {
        let name = self.ca_name();
        let mut spec = CertificateSpec::new(name.clone(), name, &self.ca)?
            .with(Extension::basic_constraints(true, true, Some(0)))
            .with(Extension::key_usage(true, &[KeyUsage::KeyCertSign, KeyUsage::CrlSign]))
            .with(Extension::subject_key_identifier(&self.ca));
        spec.not_before = crate::cert::CA_NOT_BEFORE;
        spec.not_after = crate::cert::CA_NOT_AFTER;
        Ok(self.signed_as(spec))
    }

    /// The CA's certificate.
    ///
    /// # Errors
    /// [`MakerError::Sign`] for the Estonian shape without the feature `deterministic`.
    pub fn ca_der(&self) -> Result<Vec<u8>, MakerError> {
        self.ca_spec()?.build(&self.ca)
    }

    /// What the card's authentication certificate says.
    ///
    /// # Errors
    /// [`MakerError`] when a key does not work.
    pub fn card_spec(&self) -> Result<CertificateSpec, MakerError> {
        let shape = self.shape;
        let mut usage = vec![KeyUsage::DigitalSignature];
        let mut policies = vec![shape.policy()];
        let mut spec = CertificateSpec::new(self.ca_name(), self.subject(), &self.card)?
            .with(Extension::authority_key_identifier(&self.ca))
            .with(Extension::authority_info_access_ocsp(OCSP_URL)?);
        match shape {
            Shape::Belgian | Shape::BelgianEc => {
                spec = spec.with(Extension::extended_key_usage(false, &[EKU_CLIENT_AUTH])?);
            }
            Shape::Estonian | Shape::Foreign => {
                usage.push(KeyUsage::KeyAgreement);
                policies.push("0.4.0.2042.1.2");
                let purposes = [EKU_CLIENT_AUTH, "1.3.6.1.5.5.7.3.4"];
                // Where the terms of the CA stand (EN 319 412-5, 4.3.4), and nothing more.
                let statement = sequence(&[oid("0.4.0.1862.1.5")?, sequence(&[])]);
                spec = spec
                    .with(Extension::basic_constraints(false, false, None))
                    .with(Extension::extended_key_usage(true, &purposes)?)
                    .with(Extension::new("1.3.6.1.5.5.7.1.3", false, sequence(&[statement])));
            }
            Shape::Finnish => {
                usage.push(KeyUsage::KeyEncipherment);
                spec = spec.with(Extension::basic_constraints(true, false, None));
            }
        }
        let spec = spec
            .with(Extension::key_usage(true, &usage))
            .with(Extension::certificate_policies(&policies)?);
        Ok(self.signed_as(spec))
    }

    /// The card's authentication certificate.
    ///
    /// # Errors
    /// As [`Self::ca_der`].
    pub fn card_der(&self) -> Result<Vec<u8>, MakerError> {
        self.card_spec()?.build(&self.ca)
    }

    /// What the certificate of the OCSP responder says: issued by the CA itself, for OCSP alone.
    ///
    /// # Errors
    /// [`MakerError`] when a key does not work.
    pub fn responder_spec(&self) -> Result<CertificateSpec, MakerError> {
        let name = Name::new(self.shape.country(), "Test card OCSP responder");
        let spec = CertificateSpec::new(self.ca_name(), name, &keys::card_ocsp()?)?
            .with(Extension::authority_key_identifier(&self.ca))
            .with(Extension::key_usage(true, &[KeyUsage::DigitalSignature]))
            .with(Extension::extended_key_usage(false, &[EKU_OCSP_SIGNING])?)
            // id-pkix-ocsp-nocheck (RFC 6960, 4.2.2.2.1)
            .with(Extension::new("1.3.6.1.5.5.7.48.1.5", false, vec![5, 0]));
        Ok(self.signed_as(spec))
    }

    /// The answer of the responder about a certificate of this issuer, made now, without nonce.
    ///
    /// * `card`: what the certificate says.
    ///
    /// # Errors
    /// As [`Self::ca_der`].
    pub fn ocsp(&self, card: &CertificateSpec, status: Status) -> Result<Ocsp, MakerError> {
        let responder = self.responder_spec()?.build(&self.ca)?;
        self.ocsp_by(card, status, responder)
    }

    fn ocsp_by(
        &self,
        card: &CertificateSpec,
        status: Status,
        responder: Vec<u8>,
    ) -> Result<Ocsp, MakerError> {
        Ocsp::new(
            &self.ca_name(),
            &self.ca,
            &card.serial,
            status,
            responder,
            keys::card_ocsp()?,
            NOW,
        )
    }
}

/// The Estonian-shaped issuer from stored certificates: works without the feature `deterministic`.
#[non_exhaustive]
pub struct StoredCard {
    issuer: CardIssuer,
    /// The CA, the trust anchor.
    pub ca_der: Vec<u8>,
    /// The card's authentication certificate.
    pub card_der: Vec<u8>,
    responder_der: Vec<u8>,
}

impl StoredCard {
    /// The stored card.
    ///
    /// # Errors
    /// [`MakerError::Key`] when an embedded file is damaged.
    pub fn new() -> Result<Self, MakerError> {
        let read = |name: &str, pem: &str| {
            pem_to_der(pem).ok_or_else(|| MakerError::Key(format!("{name}.crt")))
        };
        Ok(Self {
            issuer: CardIssuer::new(Shape::Estonian)?,
            ca_der: read("card-ee-ca", include_str!("../../keys/card-ee-ca.crt.pem"))?,
            card_der: read("card-ee", include_str!("../../keys/card-ee.crt.pem"))?,
            responder_der: read("card-ee-ocsp", include_str!("../../keys/card-ee-ocsp.crt.pem"))?,
        })
    }

    /// The key in the card.
    #[must_use]
    pub const fn key(&self) -> &TestKey {
        &self.issuer.card
    }

    /// The answer of the responder about the card, made at a time.
    ///
    /// # Errors
    /// [`MakerError`] when a key does not work.
    pub fn ocsp(&self, status: Status, at: i64) -> Result<Vec<u8>, MakerError> {
        let spec = self.issuer.card_spec()?;
        let mut ocsp = self.issuer.ocsp_by(&spec, status, self.responder_der.clone())?;
        (ocsp.produced_at, ocsp.this_update, ocsp.next_update) =
            (at, at, Some(at.saturating_add(3_600)));
        ocsp.build()
    }
}

/// What a browser extension makes of a card: a Web eID token.
#[expect(clippy::exhaustive_structs, reason = "tests bend every part")]
#[derive(Clone)]
pub struct WebEidSpec {
    /// The authentication certificate.
    pub certificate_der: Vec<u8>,
    /// `ES384`, `RS256` and so on; the hash of the signed value goes with it.
    pub algorithm: String,
    /// The format.
    pub format: String,
    /// The origin that is signed.
    pub origin: String,
    /// The nonce that is signed, as text.
    pub nonce: String,
    /// Members that are added or put in the place of others.
    pub more: Map<String, Value>,
}

impl WebEidSpec {
    /// An honest token of format 1.0.
    #[must_use]
    pub fn new(certificate_der: Vec<u8>, algorithm: &str, origin: &str, nonce: &str) -> Self {
        Self {
            certificate_der,
            algorithm: algorithm.to_owned(),
            format: "web-eid:1.0".to_owned(),
            origin: origin.to_owned(),
            nonce: nonce.to_owned(),
            more: Map::new(),
        }
    }

    /// The signature over origin and nonce.
    ///
    /// # Errors
    /// [`MakerError::Sign`] when the key cannot sign by the algorithm.
    pub fn signature(&self, key: &TestKey) -> Result<Vec<u8>, MakerError> {
        use ring::digest::{SHA256, SHA384, SHA512, digest};
        let hash = match self.algorithm.get(2..) {
            Some("384") => &SHA384,
            Some("512") => &SHA512,
            _ => &SHA256,
        };
        let value = [
            digest(hash, self.origin.as_bytes()).as_ref(),
            digest(hash, self.nonce.as_bytes()).as_ref(),
        ]
        .concat();
        let padding: &'static dyn ring::signature::RsaEncoding = match self.algorithm.as_str() {
            "RS384" => &ring::signature::RSA_PKCS1_SHA384,
            "RS512" => &ring::signature::RSA_PKCS1_SHA512,
            "PS256" => &ring::signature::RSA_PSS_SHA256,
            "PS384" => &ring::signature::RSA_PSS_SHA384,
            "PS512" => &ring::signature::RSA_PSS_SHA512,
            _ => return key.sign_jws(&value),
        };
        key.sign_rsa(padding, &value)
    }

    /// The token with any signature.
    #[must_use]
    pub fn with_signature(&self, signature: &[u8]) -> String {
        let mut token = json!({
            "unverifiedCertificate": STANDARD.encode(&self.certificate_der),
            "algorithm": self.algorithm,
            "signature": STANDARD.encode(signature),
            "format": self.format,
            "appVersion": "https://web-eid.eu/web-eid-app/releases/2.5.0+0",
        });
        if let Some(members) = token.as_object_mut() {
            members.extend(self.more.clone());
        }
        token.to_string()
    }

    /// The token, signed by the card.
    ///
    /// # Errors
    /// As [`Self::signature`].
    pub fn sign(&self, key: &TestKey) -> Result<String, MakerError> {
        Ok(self.with_signature(&self.signature(key)?))
    }
}

#[cfg(test)]
#[cfg(feature = "deterministic")]
mod tests {
    use super::*;

    type Spec = fn(&CardIssuer) -> Result<CertificateSpec, MakerError>;

    const STORED: [(&str, Spec); 3] = [
        ("card-ee", CardIssuer::card_spec),
        ("card-ee-ca", CardIssuer::ca_spec),
        ("card-ee-ocsp", CardIssuer::responder_spec),
    ];

    #[test]
    #[ignore = "writes test-vectors/keys/card-ee*.crt.pem anew"]
    fn write_the_stored_certificates() {
        let issuer = CardIssuer::new(Shape::Estonian).unwrap();
        for (name, spec) in STORED {
            let der = spec(&issuer).unwrap().build(&issuer.ca).unwrap();
            let pem = keys::der_to_pem("CERTIFICATE", &der);
            let path = format!("{}/../keys/{name}.crt.pem", env!("CARGO_MANIFEST_DIR"));
            std::fs::write(path, format!("test certificate, worthless: {name}\n{pem}")).unwrap();
        }
    }

    #[test]
    fn the_stored_certificates_are_those_of_the_builder() {
        let issuer = CardIssuer::new(Shape::Estonian).unwrap();
        let stored = StoredCard::new().unwrap();
        assert!(stored.ca_der == issuer.ca_der().unwrap(), "card-ee-ca");
        assert!(stored.card_der == issuer.card_der().unwrap(), "card-ee");
        let responder = issuer.responder_spec().unwrap().build(&issuer.ca).unwrap();
        assert!(stored.responder_der == responder, "card-ee-ocsp");
    }

    #[test]
    fn every_shape_can_be_made() {
        for shape in [Shape::HONEST, &[Shape::Foreign]].concat() {
            let issuer = CardIssuer::new(shape).unwrap();
            let (ca, card) = (issuer.ca_der().unwrap(), issuer.card_der().unwrap());
            let (_, ca) = x509_parser::parse_x509_certificate(&ca).unwrap();
            let (_, card) = x509_parser::parse_x509_certificate(&card).unwrap();
            assert_eq!(card.issuer(), ca.subject(), "{shape:?}");
        }
    }
}
