//! Answers of OCSP responders, right and wrong (RFC 6960, 4.2.1).

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use crate::MakerError;
use crate::cert::Name;
use crate::der::{self, bit_string, integer, octet_string, oid, sequence, tlv};
use crate::keys::TestKey;

/// What the answer says.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Status {
    /// `good`.
    Good,
    /// `revoked`, an hour before the answer.
    Revoked,
    /// `unknown`.
    Unknown,
}

/// Everything that an answer says. Change what you like, then [`Ocsp::build`] it.
#[non_exhaustive]
#[derive(Clone)]
pub struct Ocsp {
    /// `CertID`, DER.
    pub cert_id: Vec<u8>,
    /// What it says.
    pub status: Status,
    /// Unix seconds.
    pub produced_at: i64,
    /// Unix seconds.
    pub this_update: i64,
    /// Unix seconds; `None` leaves it out.
    pub next_update: Option<i64>,
    /// The nonce; `None` leaves it out.
    pub nonce: Option<Vec<u8>>,
    /// How often the single answer stands there.
    pub repeat: usize,
    /// The certificate that is sent with it.
    pub responder_der: Vec<u8>,
    /// The key that signs.
    pub key: TestKey,
}

impl Ocsp {
    /// An answer made at `at`, fresh for an hour.
    ///
    /// * `serial`: content bytes of the serial number that it is about.
    ///
    /// # Errors
    /// [`MakerError`] when a name cannot be written.
    pub fn new(
        issuer: &Name,
        issuer_key: &TestKey,
        serial: &[u8],
        status: Status,
        responder_der: Vec<u8>,
        key: TestKey,
        at: i64,
    ) -> Result<Self, MakerError> {
        let sha1 = |bytes: &[u8]| digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec();
        let cert_id = sequence(&[
            sequence(&[oid("1.3.14.3.2.26")?, tlv(5, &[])]),
            octet_string(&sha1(&issuer.to_der()?)),
            octet_string(&sha1(issuer_key.public_key())),
            integer(serial),
        ]);
        Ok(Self {
            cert_id,
            status,
            produced_at: at,
            this_update: at,
            next_update: Some(at.saturating_add(3_600)),
            nonce: None,
            repeat: 1,
            responder_der,
            key,
        })
    }

    /// The answer in DER.
    ///
    /// # Errors
    /// [`MakerError`] for a bad time or key.
    pub fn build(&self) -> Result<Vec<u8>, MakerError> {
        let status = match self.status {
            Status::Good => tlv(0x80, &[]),
            Status::Revoked => tlv(0xa1, &generalized(self.this_update.saturating_sub(3_600))?),
            Status::Unknown => tlv(0x82, &[]),
        };
        let mut single = vec![self.cert_id.clone(), status, generalized(self.this_update)?];
        if let Some(next_update) = self.next_update {
            single.push(tlv(0xa0, &generalized(next_update)?));
        }
        let single = vec![sequence(&single); self.repeat];
        let key_hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, self.key.public_key());
        let mut data = vec![
            tlv(0xa2, &octet_string(key_hash.as_ref())),
            generalized(self.produced_at)?,
            sequence(&single),
        ];
        if let Some(nonce) = &self.nonce {
            let value = octet_string(&octet_string(nonce));
            let nonce = sequence(&[oid("1.3.6.1.5.5.7.48.1.2")?, value]);
            data.push(tlv(0xa1, &sequence(&[nonce])));
        }
        let data = sequence(&data);
        let signature = self.key.sign_der(&data)?;
        let basic = sequence(&[
            data,
            self.key.alg().signature_algorithm_der()?,
            bit_string(0, &signature),
            tlv(0xa0, &sequence(std::slice::from_ref(&self.responder_der))),
        ]);
        let bytes = sequence(&[oid("1.3.6.1.5.5.7.48.1.1")?, octet_string(&basic)]);
        Ok(sequence(&[tlv(0x0a, &[0]), tlv(0xa0, &bytes)]))
    }
}

fn generalized(unix_s: i64) -> Result<Vec<u8>, MakerError> {
    // The writer of certificates gives UTCTime until 2049: the century in front makes it the other one.
    let time = der::time(unix_s)?;
    match time.split_at_checked(2) {
        Some(([0x17, _], text)) => Ok(tlv(0x18, &[b"20", text].concat())),
        _ => Ok(time),
    }
}

/// The nonce of an OCSP request; `None` without one.
#[must_use]
pub fn nonce_of(request: &[u8]) -> Option<Vec<u8>> {
    const OID: &[u8] = &[6, 9, 0x2b, 6, 1, 5, 5, 7, 0x30, 1, 2];
    let at = request.windows(OID.len()).position(|window| window == OID)?;
    // OCTET STRING in OCTET STRING, both shorter than 128.
    let [4, _, 4, len, rest @ ..] = request.get(at.checked_add(OID.len())?..)? else { return None };
    rest.get(..usize::from(*len)).map(<[u8]>::to_vec)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NOW;

    #[test]
    fn times_are_generalized() {
        assert_eq!(generalized(NOW).unwrap(), tlv(0x18, b"20260301120000Z"));
    }

    #[test]
    fn finds_the_nonce_of_a_request() {
        let request = [&[0x30, 15, 6, 9, 0x2b, 6, 1, 5, 5, 7, 0x30, 1, 2, 4, 4, 4, 2][..], &[7, 8]];
        assert_eq!(nonce_of(&request.concat()), Some(vec![7, 8]));
        assert_eq!(nonce_of(&[0x30, 0]), None);
    }
}
