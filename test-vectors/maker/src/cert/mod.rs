//! Certificates, right and wrong. What is not said stays out: there are no hidden extensions.

mod extension;

pub use extension::{Extension, KeyUsage, key_identifier};

use crate::MakerError;
use crate::der::{self, bit_string, integer, sequence, tlv};
use crate::keys::{self, Alg, TestKey, pem_to_der};

/// Begin of the test roots: 2025-01-01T00:00:00Z.
pub const CA_NOT_BEFORE: i64 = 1_735_689_600;
/// End of the test roots: 2035-01-01T00:00:00Z.
pub const CA_NOT_AFTER: i64 = 2_051_222_400;
/// Begin of the test signers: 2025-06-01T00:00:00Z.
pub const LEAF_NOT_BEFORE: i64 = 1_748_736_000;
/// End of the test signers: 2030-06-01T00:00:00Z.
pub const LEAF_NOT_AFTER: i64 = 1_906_502_400;
/// The extended key usage of ISO 18013-5 document signers, `mdlDS`.
pub const EKU_MDL_DS: &str = "1.0.18013.5.1.2";

/// A distinguished name: country, organisation and common name, in this order, each optional.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Name {
    /// `C`, a PrintableString.
    pub country: Option<String>,
    /// `O`, a UTF8String.
    pub organization: Option<String>,
    /// `CN`, a UTF8String.
    pub common_name: Option<String>,
    /// Further attributes behind these: dotted type, and the value in DER.
    pub more: Vec<(String, Vec<u8>)>,
}

impl Name {
    /// A name with country and common name.
    #[must_use]
    pub fn new(country: &str, common_name: &str) -> Self {
        Self {
            country: Some(country.to_owned()),
            organization: None,
            common_name: Some(common_name.to_owned()),
            more: Vec::new(),
        }
    }

    /// A name of these attributes and no others, in this order: dotted type and text. Country and
    /// serialNumber become PrintableString, the others UTF8String.
    #[must_use]
    pub fn of(attributes: &[(&str, &str)]) -> Self {
        let value = |oid: &str, text: &str| match oid {
            "2.5.4.5" | "2.5.4.6" => der::printable_string(text),
            _ => der::utf8_string(text),
        };
        let more = attributes.iter().map(|(oid, text)| ((*oid).to_owned(), value(oid, text)));
        Self { country: None, organization: None, common_name: None, more: more.collect() }
    }

    /// The `Name` in DER.
    ///
    /// # Errors
    /// [`MakerError::ObjectIdentifier`] for a type that is none.
    pub fn to_der(&self) -> Result<Vec<u8>, MakerError> {
        let attribute = |oid, value: Vec<u8>| -> Result<Vec<u8>, MakerError> {
            Ok(der::set_of_one(&sequence(&[der::oid(oid)?, value])))
        };
        let mut relative_names = Vec::new();
        if let Some(country) = &self.country {
            relative_names.push(attribute("2.5.4.6", der::printable_string(country))?);
        }
        if let Some(organization) = &self.organization {
            relative_names.push(attribute("2.5.4.10", der::utf8_string(organization))?);
        }
        if let Some(common_name) = &self.common_name {
            relative_names.push(attribute("2.5.4.3", der::utf8_string(common_name))?);
        }
        for (oid, value) in &self.more {
            relative_names.push(attribute(oid, value.clone())?);
        }
        Ok(sequence(&relative_names))
    }
}

/// What can be wrong with the encoding. Faults inside the signed part are signed over.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fault {
    /// `critical` FALSE is written out although it is the default.
    BooleanFalseWritten,
    /// `critical` TRUE is 0x01, which is BER, and not 0xff.
    BooleanOne,
    /// Each extension with this object identifier stands there twice.
    DuplicateExtension(String),
    /// The algorithm identifier of an ECDSA signature has NULL parameters, as one European CA writes it.
    EcdsaNullParameters,
    /// The signature has its last bit flipped.
    FlippedSignature,
    /// The outer SEQUENCE has the indefinite length of BER.
    IndefiniteLength,
    /// The algorithm inside the signed part is this one, the outer one is the signer's.
    InnerAlgorithm(Alg),
    /// The outer SEQUENCE has a length in more bytes than needed.
    LongLength,
    /// The signed part has a length in more bytes than needed.
    LongLengthInside,
    /// The serial number is negative.
    NegativeSerial,
    /// The algorithm after the signed part is this one, the inner one is the signer's.
    OuterAlgorithm(Alg),
    /// These bytes follow the certificate.
    TrailingBytes(Vec<u8>),
    /// These bytes follow the last field inside the signed part.
    TrailingBytesInside(Vec<u8>),
}

/// Everything a certificate says. Change what you like, then [`CertificateSpec::build`] it.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct CertificateSpec {
    /// The version as written, 2 for v3; `None` leaves the field out, which means v1.
    pub version: Option<u8>,
    /// The content bytes of the serial number.
    pub serial: Vec<u8>,
    /// The issuer's name.
    pub issuer: Name,
    /// The subject's name.
    pub subject: Name,
    /// Begin of validity, Unix seconds.
    pub not_before: i64,
    /// End of validity, Unix seconds.
    pub not_after: i64,
    /// The subject's public key as DER `SubjectPublicKeyInfo`.
    pub spki_der: Vec<u8>,
    /// The extensions in their order. Empty leaves the field out.
    pub extensions: Vec<Extension>,
    /// What is wrong on purpose.
    pub faults: Vec<Fault>,
}

impl CertificateSpec {
    /// A v3 certificate over `subject_key` with the validity of test signers and no extensions.
    ///
    /// The serial number is made from the subject's key, so that the same call gives the same one.
    ///
    /// # Errors
    /// [`MakerError`] when the key does not work.
    pub fn new(issuer: Name, subject: Name, subject_key: &TestKey) -> Result<Self, MakerError> {
        // 0x40 in front keeps the number positive and of full length.
        let mut serial = vec![0x40];
        serial.extend(key_identifier(subject_key).iter().take(15));
        Ok(Self {
            version: Some(2),
            serial,
            issuer,
            subject,
            not_before: LEAF_NOT_BEFORE,
            not_after: LEAF_NOT_AFTER,
            spki_der: subject_key.public_spki_der()?,
            extensions: Vec::new(),
            faults: Vec::new(),
        })
    }

    /// Adds an extension behind the others.
    #[must_use]
    pub fn with(mut self, extension: Extension) -> Self {
        self.extensions.push(extension);
        self
    }

    /// Puts `extension` in the place of the first with the same identifier, or behind the others.
    #[must_use]
    pub fn replacing(mut self, extension: Extension) -> Self {
        match self.extensions.iter_mut().find(|present| present.oid == extension.oid) {
            Some(present) => *present = extension,
            None => self.extensions.push(extension),
        }
        self
    }

    /// Takes out every extension with this object identifier.
    #[must_use]
    pub fn without(mut self, oid: &str) -> Self {
        self.extensions.retain(|extension| extension.oid != oid);
        self
    }

    /// Adds a fault.
    #[must_use]
    pub fn with_fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// The part that is signed, in DER.
    ///
    /// # Errors
    /// [`MakerError`] for a bad object identifier or time.
    pub fn tbs_der(&self, signer: Alg) -> Result<Vec<u8>, MakerError> {
        let mut fields = Vec::new();
        if let Some(version) = self.version {
            fields.push(tlv(0xa0, &integer(&[version])));
        }
        fields.push(if self.faults.contains(&Fault::NegativeSerial) {
            integer(&[&[0xc0], self.serial.get(1..).unwrap_or_default()].concat())
        } else {
            integer(&self.serial)
        });
        let inner = self.faults.iter().find_map(|fault| {
            if let Fault::InnerAlgorithm(alg) = fault { Some(*alg) } else { None }
        });
        fields.push(self.algorithm_der(inner.unwrap_or(signer))?);
        fields.push(self.issuer.to_der()?);
        fields.push(sequence(&[der::time(self.not_before)?, der::time(self.not_after)?]));
        fields.push(self.subject.to_der()?);
        fields.push(self.spki_der.clone());
        if !self.extensions.is_empty() {
            fields.push(tlv(0xa3, &sequence(&self.extensions_der()?)));
        }
        for fault in &self.faults {
            if let Fault::TrailingBytesInside(bytes) = fault {
                fields.push(bytes.clone());
            }
        }
        let tbs = sequence(&fields);
        let long = self.faults.contains(&Fault::LongLengthInside);
        Ok(if long { der::with_long_length(&tbs) } else { tbs })
    }

    /// The certificate in DER, signed by `signer`. Two calls differ in the ECDSA signature.
    ///
    /// # Errors
    /// [`MakerError`] for a bad object identifier, time or key.
    pub fn build(&self, signer: &TestKey) -> Result<Vec<u8>, MakerError> {
        let tbs = self.tbs_der(signer.alg())?;
        let mut signature = signer.sign_der(&tbs)?;
        if self.faults.contains(&Fault::FlippedSignature)
            && let Some(last) = signature.last_mut()
        {
            *last ^= 1;
        }
        let outer = self.faults.iter().find_map(|fault| {
            if let Fault::OuterAlgorithm(alg) = fault { Some(*alg) } else { None }
        });
        let algorithm = self.algorithm_der(outer.unwrap_or(signer.alg()))?;
        let mut certificate = sequence(&[tbs, algorithm, bit_string(0, &signature)]);
        for fault in &self.faults {
            if *fault == Fault::IndefiniteLength {
                certificate = der::with_indefinite_length(&certificate);
            } else if *fault == Fault::LongLength {
                certificate = der::with_long_length(&certificate);
            } else if let Fault::TrailingBytes(bytes) = fault {
                certificate.extend_from_slice(bytes);
            }
        }
        Ok(certificate)
    }

    fn algorithm_der(&self, alg: Alg) -> Result<Vec<u8>, MakerError> {
        let honest = alg.signature_algorithm_der()?;
        if !self.faults.contains(&Fault::EcdsaNullParameters) {
            return Ok(honest);
        }
        // Tag and length take two bytes: no identifier is longer than 127.
        Ok(tlv(0x30, &[honest.get(2..).unwrap_or_default(), &[5, 0]].concat()))
    }

    fn extensions_der(&self) -> Result<Vec<Vec<u8>>, MakerError> {
        let mut out = Vec::new();
        for extension in &self.extensions {
            let der = extension.to_der(&self.faults)?;
            if self.faults.contains(&Fault::DuplicateExtension(extension.oid.clone())) {
                out.push(der.clone());
            }
            out.push(der);
        }
        Ok(out)
    }
}

/// What the root over the PID signers says: C=DE, `Test PID CA`, path length 0.
///
/// # Errors
/// [`MakerError`] when an embedded key is damaged.
pub fn pid_ca_spec() -> Result<CertificateSpec, MakerError> {
    ca_spec(pid_ca_name(), &keys::pid_ca()?)
}

/// What the PID signer says: C=DE, `Test PID Signer`, digitalSignature, no extended key usage.
///
/// # Errors
/// [`MakerError`] when an embedded key is damaged.
pub fn pid_leaf_spec() -> Result<CertificateSpec, MakerError> {
    pid_leaf_spec_for(&keys::pid_signer()?)
}

/// As [`pid_leaf_spec`], over another subject key.
///
/// # Errors
/// [`MakerError`] when an embedded key is damaged.
pub fn pid_leaf_spec_for(key: &TestKey) -> Result<CertificateSpec, MakerError> {
    leaf_spec(pid_ca_name(), &keys::pid_ca()?, Name::new("DE", "Test PID Signer"), key)
}

/// What the unrelated root says: C=FR, `Other Test CA`.
///
/// # Errors
/// [`MakerError`] when an embedded key is damaged.
pub fn other_ca_spec() -> Result<CertificateSpec, MakerError> {
    ca_spec(other_ca_name(), &keys::other_ca()?)
}

/// What the signer under the unrelated root says: C=FR, `Other Test Signer`.
///
/// # Errors
/// [`MakerError`] when an embedded key is damaged.
pub fn other_leaf_spec() -> Result<CertificateSpec, MakerError> {
    let (ca, signer) = (keys::other_ca()?, keys::other_signer()?);
    leaf_spec(other_ca_name(), &ca, Name::new("FR", "Other Test Signer"), &signer)
}

/// The root over the PID signers, the same bytes in every run.
///
/// # Errors
/// [`MakerError::Key`] when the embedded file is damaged.
pub fn pid_ca_der() -> Result<Vec<u8>, MakerError> {
    embedded("pid-ca", include_str!("../../../keys/pid-ca.crt.pem"))
}

/// The PID signer's certificate, the same bytes in every run.
///
/// # Errors
/// [`MakerError::Key`] when the embedded file is damaged.
pub fn pid_leaf_der() -> Result<Vec<u8>, MakerError> {
    embedded("pid-signer", include_str!("../../../keys/pid-signer.crt.pem"))
}

/// The PID signer's certificate with the critical extended key usage of ISO 18013-5.
///
/// # Errors
/// [`MakerError`] when an embedded key is damaged.
pub fn pid_leaf_mdl_ds_der() -> Result<Vec<u8>, MakerError> {
    let eku = Extension::extended_key_usage(true, &[EKU_MDL_DS])?;
    pid_leaf_spec()?.with(eku).build(&keys::pid_ca()?)
}

/// The unrelated root, the same bytes in every run.
///
/// # Errors
/// [`MakerError::Key`] when the embedded file is damaged.
pub fn other_ca_der() -> Result<Vec<u8>, MakerError> {
    embedded("other-ca", include_str!("../../../keys/other-ca.crt.pem"))
}

/// The certificate of the signer under the unrelated root, the same bytes in every run.
///
/// # Errors
/// [`MakerError::Key`] when the embedded file is damaged.
pub fn other_leaf_der() -> Result<Vec<u8>, MakerError> {
    embedded("other-signer", include_str!("../../../keys/other-signer.crt.pem"))
}

fn ca_spec(name: Name, key: &TestKey) -> Result<CertificateSpec, MakerError> {
    let mut spec = CertificateSpec::new(name.clone(), name, key)?
        .with(Extension::basic_constraints(true, true, Some(0)))
        .with(Extension::key_usage(true, &[KeyUsage::KeyCertSign, KeyUsage::CrlSign]))
        .with(Extension::subject_key_identifier(key));
    spec.not_before = CA_NOT_BEFORE;
    spec.not_after = CA_NOT_AFTER;
    Ok(spec)
}

fn leaf_spec(
    issuer: Name,
    issuer_key: &TestKey,
    subject: Name,
    subject_key: &TestKey,
) -> Result<CertificateSpec, MakerError> {
    Ok(CertificateSpec::new(issuer, subject, subject_key)?
        .with(Extension::key_usage(true, &[KeyUsage::DigitalSignature]))
        .with(Extension::subject_key_identifier(subject_key))
        .with(Extension::authority_key_identifier(issuer_key)))
}

fn pid_ca_name() -> Name {
    Name::new("DE", "Test PID CA")
}

fn other_ca_name() -> Name {
    Name::new("FR", "Other Test CA")
}

fn embedded(name: &str, pem: &str) -> Result<Vec<u8>, MakerError> {
    pem_to_der(pem).ok_or_else(|| MakerError::Key(format!("{name}.crt")))
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
    use x509_parser::prelude::{FromDer as _, X509Certificate};

    use super::*;

    type Load = fn() -> Result<Vec<u8>, MakerError>;
    type Spec = fn() -> Result<CertificateSpec, MakerError>;
    type Key = fn() -> Result<TestKey, MakerError>;

    const EMBEDDED: [(&str, Load, Spec, Key); 4] = [
        ("other-ca", other_ca_der, other_ca_spec, keys::other_ca),
        ("other-signer", other_leaf_der, other_leaf_spec, keys::other_ca),
        ("pid-ca", pid_ca_der, pid_ca_spec, keys::pid_ca),
        ("pid-signer", pid_leaf_der, pid_leaf_spec, keys::pid_ca),
    ];

    fn verifies(der: &[u8], signer: &TestKey) -> bool {
        let (rest, certificate) = X509Certificate::from_der(der).unwrap();
        assert!(rest.is_empty());
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, signer.public_key())
            .verify(certificate.tbs_certificate.as_ref(), &certificate.signature_value.data)
            .is_ok()
    }

    #[test]
    #[ignore = "writes test-vectors/keys/*.crt.pem anew"]
    fn write_the_stored_certificates() {
        for (name, _, spec, key) in EMBEDDED {
            let der = spec().unwrap().build(&key().unwrap()).unwrap();
            let pem = keys::der_to_pem("CERTIFICATE", &der);
            let path = format!("{}/../keys/{name}.crt.pem", env!("CARGO_MANIFEST_DIR"));
            std::fs::write(path, format!("test certificate, worthless: {name}\n{pem}")).unwrap();
        }
    }

    #[test]
    fn the_stored_certificates_say_what_the_builder_says() {
        for (name, load, spec, key) in EMBEDDED {
            let (der, key) = (load().unwrap(), key().unwrap());
            assert!(verifies(&der, &key), "{name}");
            let (_, parsed) = X509Certificate::from_der(&der).unwrap();
            let tbs = spec().unwrap().tbs_der(key.alg()).unwrap();
            assert_eq!(parsed.tbs_certificate.as_ref(), tbs, "{name}");
        }
    }

    #[test]
    fn the_pid_root_and_signer_have_the_profile_they_should() {
        let (ca, leaf) = (pid_ca_der().unwrap(), pid_leaf_der().unwrap());
        let (_, ca) = X509Certificate::from_der(&ca).unwrap();
        let (_, leaf) = X509Certificate::from_der(&leaf).unwrap();
        let constraints = ca.basic_constraints().unwrap().unwrap();
        assert!(constraints.critical && constraints.value.ca);
        assert_eq!(constraints.value.path_len_constraint, Some(0));
        let usage = ca.key_usage().unwrap().unwrap();
        assert!(usage.critical && usage.value.key_cert_sign() && usage.value.crl_sign());
        assert!(!usage.value.digital_signature());
        let usage = leaf.key_usage().unwrap().unwrap();
        assert!(usage.critical && usage.value.digital_signature() && !usage.value.key_cert_sign());
        assert_eq!(leaf.subject().to_string(), "C=DE, CN=Test PID Signer");
        assert_eq!(leaf.issuer(), ca.subject());
        assert_eq!(leaf.validity().not_before.timestamp(), LEAF_NOT_BEFORE);
        assert_eq!(ca.validity().not_after.timestamp(), CA_NOT_AFTER);
    }

    #[test]
    fn the_rarer_extensions_parse() {
        let der = pid_leaf_spec()
            .unwrap()
            .with(Extension::crl_distribution_points(&["https://pid.example/crl"]))
            .with(Extension::issuer_alt_name("https://pid.example"))
            .with(Extension::extended_key_usage(true, &[EKU_MDL_DS]).unwrap())
            .build(&keys::pid_ca().unwrap())
            .unwrap();
        let (_, certificate) = X509Certificate::from_der(&der).unwrap();
        for extension in certificate.extensions() {
            assert!(!extension.parsed_extension().unsupported());
            assert!(extension.parsed_extension().error().is_none());
        }
        let usage = certificate.extended_key_usage().unwrap().unwrap();
        assert!(usage.critical && usage.value.other[0].to_id_string() == EKU_MDL_DS);
    }

    #[test]
    fn each_fault_changes_the_bytes_and_only_the_flipped_one_the_signature() {
        let key = keys::pid_ca().unwrap();
        let honest = pid_ca_spec().unwrap();
        for fault in [
            Fault::BooleanFalseWritten,
            Fault::BooleanOne,
            Fault::DuplicateExtension("2.5.29.19".to_owned()),
            Fault::InnerAlgorithm(Alg::Es384),
            Fault::LongLengthInside,
            Fault::NegativeSerial,
            Fault::TrailingBytesInside(vec![5, 0]),
        ] {
            let wrong = honest.clone().with_fault(fault.clone());
            let (honest, wrong) = (honest.tbs_der(key.alg()), wrong.tbs_der(key.alg()));
            assert_ne!(honest.unwrap(), wrong.unwrap(), "{fault:?}");
        }
        let make = |fault| honest.clone().with_fault(fault).build(&key).unwrap();
        assert!(!verifies(&make(Fault::FlippedSignature), &key));
        assert!(verifies(&make(Fault::OuterAlgorithm(Alg::Es384)), &key));
        assert_eq!(make(Fault::IndefiniteLength)[1], 0x80);
        assert_eq!(make(Fault::LongLength)[1], 0x84);
        assert!(make(Fault::TrailingBytes(vec![1, 2, 3])).ends_with(&[1, 2, 3]));
    }

    #[test]
    fn signers_on_other_curves_can_be_certified() {
        for key in [keys::pid_signer_es384().unwrap(), keys::pid_signer_eddsa().unwrap()] {
            let der = pid_leaf_spec_for(&key).unwrap().build(&keys::pid_ca().unwrap()).unwrap();
            assert!(verifies(&der, &keys::pid_ca().unwrap()));
            let (_, certificate) = X509Certificate::from_der(&der).unwrap();
            assert_eq!(certificate.public_key().subject_public_key.data.as_ref(), key.public_key());
        }
    }
}
