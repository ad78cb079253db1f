//! Keys of `xml_decrypt` and `saml_redirect`, and what is encrypted for them. The keys are numbers that
//! everybody can read here.

use eid_broker::crypto::{AgreementKey, Curve, PublicKey};
use eid_broker::envelope::xml::encryption::{
    ContentEncryption, DecryptionKeys, EncryptionRules, KeyTransport, Sealing, encrypt,
};
use eid_broker::pki::RecipientKey;
use eid_broker::verdict::Code;

/// The curves of our keys, each with its object identifier.
const OURS: [(Curve, &[u8]); 2] = [
    (Curve::P256, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]),
    (Curve::BrainpoolP256r1, &[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 7]),
];

/// The private number of each of our keys.
const SCALAR: [u8; 32] = [7; 32];

/// Our keys.
///
/// # Panics
/// When one of them is no key.
#[must_use]
pub fn keys() -> DecryptionKeys {
    let der = |oid: &[u8]| {
        let mut named = vec![6, u8::try_from(oid.len()).expect("short")];
        named.extend_from_slice(oid);
        let mut content = vec![2, 1, 1, 4, 32];
        content.extend_from_slice(&SCALAR);
        content.extend([0xa0, u8::try_from(named.len()).expect("short")]);
        content.extend(named);
        [vec![0x30, u8::try_from(content.len()).expect("short")], content].concat()
    };
    let keys = OURS.map(|(_, oid)| RecipientKey::from_der(&der(oid)).expect("a key"));
    DecryptionKeys::new(keys.into()).expect("two keys")
}

/// Every algorithm, those that are a danger among them.
#[must_use]
pub fn rules() -> EncryptionRules {
    EncryptionRules {
        content: ContentEncryption::ALL.to_vec(),
        transport: KeyTransport::ALL.to_vec(),
        ..EncryptionRules::authenticated()
    }
}

/// A message whose assertion is this text, encrypted for one of our keys; the same each time.
///
/// # Panics
/// When the text cannot be encrypted.
#[must_use]
pub fn encrypted(text: &str, brainpool: bool) -> String {
    let curve = OURS[usize::from(brainpool)].0;
    let key = AgreementKey::from_scalar(curve, &SCALAR).expect("a key");
    let fill = |out: &mut [u8]| -> Result<(), Code> {
        out.fill(0x42);
        Ok(())
    };
    let data = encrypt(text, key.public(), None, Sealing::STANDARD, &fill).expect("encrypted");
    format!(
        "<a:EncryptedAssertion xmlns:a=\"urn:oasis:names:tc:SAML:2.0:assertion\">{data}\
         </a:EncryptedAssertion>"
    )
}

/// The key that queries are signed with, as far as anybody looks.
///
/// # Panics
/// When it is no key.
#[must_use]
pub fn signer() -> PublicKey {
    AgreementKey::from_scalar(Curve::P256, &SCALAR).expect("a key").public().clone()
}
