//! From what the register released to a signed assertion, recorded before it leaves.

use super::TYPE;
use super::pairwise::{PairwiseKey, PairwiseSubject};
use super::write::{Object, member};
use crate::UnixTime;
use crate::crypto::Alg;
use crate::envelope::base64url;
use crate::ports::{AuditSink, Position, Random, Signer, SigningInput};
use crate::register::{Binding, Released, ReleasedSubject};
use crate::verdict::{Check, Code, Detail, Ledger, Place, Refusal};
use std::fmt;
use std::sync::Arc;

/// Largest assertion in bytes: two of them and a cookie fit an HTTP header of 16 KiB.
pub(super) const MAX_LEN: usize = 6 * 1024;

// `t-` and 16 bytes in base64url.
const TXN_LEN: usize = 24;

// RSA of 4096 bits in base64url, and the two dots.
const MAX_SIGNATURE_LEN: usize = 686;

/// Issues the assertions of one broker with one key.
pub struct Issuer {
    issuer: String,
    signer: Arc<dyn Signer>,
    pairwise: PairwiseKey,
    header: String,
}

impl Issuer {
    /// An issuer.
    ///
    /// * `issuer`: the exact `iss`, an https URL without query or fragment.
    ///
    /// # Errors
    /// [`Code::MisuseArgument`] when `issuer` or the signer's `kid` has another form.
    pub fn new(
        issuer: &str,
        signer: Arc<dyn Signer>,
        pairwise: PairwiseKey,
    ) -> Result<Self, Refusal> {
        let url = issuer.strip_prefix("https://").is_some_and(|rest| {
            !rest.is_empty()
                && rest.bytes().all(|b| b.is_ascii_graphic() && !b"?#\"\\".contains(&b))
        });
        if !url || !crate::envelope::jose::is_kid(signer.kid()) {
            return Err(Refusal::new(Code::MisuseArgument, Place::part("issuer")));
        }
        let header = base64url::encode(&header(signer.alg(), signer.kid()));
        Ok(Self { issuer: issuer.to_owned(), signer, pairwise, header })
    }

    /// The exact `iss`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.issuer
    }

    /// Signs what the register released. The assertion can be had only by recording it.
    ///
    /// # Errors
    /// [`Code::AlgKeyMismatch`] when the procedure wants another algorithm than the signer has,
    /// [`Code::AssertionTooLarge`], [`Code::RandomFailed`] or [`Code::SignerFailed`].
    pub fn issue(
        &self,
        released: &Released,
        now: UnixTime,
        random: &dyn Random,
        ledger: &mut Ledger,
    ) -> Result<Unrecorded, Refusal> {
        let alg = self.signer.alg();
        if released.procedure().alg != alg {
            let refusal = Refusal::new(Code::AlgKeyMismatch, Place::part("signer"));
            return Err(ledger.fail(Check::AssertionSigned, refusal));
        }
        let subject = self.subject(released, random);
        let subject = ledger.record(Check::SubjectPairwise, subject)?;
        let signed = self.sign(released, &subject, now, random);
        ledger.record(Check::AssertionSigned, signed)
    }

    fn subject(
        &self,
        released: &Released,
        random: &dyn Random,
    ) -> Result<PairwiseSubject, Refusal> {
        match released.subject() {
            ReleasedSubject::Pairwise(identifier) => {
                self.pairwise.subject(&released.procedure().sector, identifier)
            }
            ReleasedSubject::Transient => {
                PairwiseSubject::transient(random).map_err(|_| Code::RandomFailed.into())
            }
        }
    }

    fn sign(
        &self,
        released: &Released,
        subject: &PairwiseSubject,
        now: UnixTime,
        random: &dyn Random,
    ) -> Result<Unrecorded, Refusal> {
        let mut bytes = [0; 32];
        random.fill(&mut bytes).map_err(|_| Code::RandomFailed)?;
        let (jti, txn) = bytes.split_at(16);
        let jti = base64url::encode(jti);
        let mut named = Vec::with_capacity(TXN_LEN);
        named.extend_from_slice(b"t-");
        base64url::encode_onto(txn, &mut named);
        let txn = String::from_utf8(named).map_err(|_| Code::Internal)?;

        let payload = self.payload(released, subject, now, &jti, &txn)?;
        // A third more than the payload, the header, and the largest signature that is issued.
        let room = payload.len().saturating_mul(4).div_ceil(3).saturating_add(self.header.len());
        let mut jwt = Vec::with_capacity(room.saturating_add(MAX_SIGNATURE_LEN));
        jwt.extend_from_slice(self.header.as_bytes());
        jwt.push(b'.');
        base64url::encode_onto(&payload, &mut jwt);
        let input = SigningInput::new(self.signer.alg(), &jwt);
        let signature = self.signer.sign(input).map_err(|_| Code::SignerFailed)?;
        jwt.push(b'.');
        base64url::encode_onto(&signature, &mut jwt);
        if jwt.len() > MAX_LEN {
            let detail = Detail::limit(MAX_LEN, jwt.len());
            return Err(Refusal::from(Code::AssertionTooLarge).with(detail));
        }
        let jwt = String::from_utf8(jwt).map_err(|_| Code::Internal)?;
        Ok(Unrecorded { jwt, jti, txn })
    }

    // Members in the order of docs/assertion-profile.md; the bytes are what is signed.
    fn payload(
        &self,
        released: &Released,
        subject: &PairwiseSubject,
        now: UnixTime,
        jti: &str,
        txn: &str,
    ) -> Result<Vec<u8>, Refusal> {
        let procedure = released.procedure();
        let expires = now.plus(u64::from(procedure.max_lifetime_s));
        // A holder's clock may run ahead within the leeway; nobody acts after the assertion of it.
        let acted_at = released.authenticated_at().min(now);
        let mut out = Object::new();
        out.text(member!("iss"), &self.issuer);
        out.text(member!("sub"), subject.as_str());
        out.text(member!("aud"), &procedure.id);
        out.number(member!("exp"), expires.secs());
        out.number(member!("nbf"), now.secs());
        out.number(member!("iat"), now.secs());
        out.text(member!("jti"), jti);
        out.words(member!("scope"), released.scopes());
        out.text(member!("client_id"), released.client());
        out.text(member!("acr"), released.loa().uri());
        out.list(member!("amr"), released.methods());
        out.number(member!("auth_time"), acted_at.secs());
        out.text(member!("txn"), txn);
        if let Some(purpose) = &procedure.purpose {
            out.text(member!("purpose"), purpose);
        }
        if let Some(binding) = released.binding() {
            out.open(member!("cnf"));
            let method = match binding {
                Binding::Jkt(_) => member!("jkt"),
                Binding::X5tS256(_) => member!("x5t#S256"),
            };
            out.base64url(method, binding.thumbprint());
            out.close();
        }
        if !released.claims().is_empty() {
            verified_claims(&mut out, released, acted_at, txn)?;
        }
        out.open(member!("src"));
        out.text(member!("family"), released.provenance().family.name());
        out.text(member!("issuer_country"), released.provenance().issuing_country.as_str());
        out.close();
        out.text(member!("ver"), "1");
        Ok(out.end())
    }
}

// OpenID Identity Assurance, 5: `verification` and `claims`.
fn verified_claims(
    out: &mut Object,
    released: &Released,
    acted_at: UnixTime,
    txn: &str,
) -> Result<(), Refusal> {
    out.open(member!("verified_claims"));
    out.open(member!("verification"));
    out.text(member!("trust_framework"), "eidas");
    out.text(member!("assurance_level"), released.loa().level.name());
    out.time(member!("time"), acted_at);
    out.raw(member!("evidence"), "[{\"type\":\"electronic_record\",\"check_details\":[{");
    out.text(member!("check_method"), "token");
    out.text(member!("txn"), txn);
    out.append("}]");
    out.open(member!("record"));
    out.text(member!("type"), &released.provenance().credential_type);
    out.open(member!("source"));
    out.text(member!("country_code"), released.provenance().issuing_country.as_str());
    out.close();
    out.close();
    out.append("}]");
    out.close();
    out.open(member!("claims"));
    for (name, value) in released.claims() {
        out.value(name, value)?;
    }
    out.close();
    out.close();
    Ok(())
}

/// The one header that an issuer writes: `alg`, `typ`, `kid` in this order.
pub(super) fn header(alg: Alg, kid: &str) -> Vec<u8> {
    let mut out = Object::new();
    out.text(member!("alg"), alg.name());
    out.text(member!("typ"), TYPE);
    out.text(member!("kid"), kid);
    out.end()
}

/// A signed assertion that no record names yet. It can only be recorded, never read.
pub struct Unrecorded {
    jwt: String,
    jti: String,
    txn: String,
}

impl Unrecorded {
    /// The `jti`, for the record.
    #[must_use]
    pub fn jti(&self) -> &str {
        &self.jti
    }

    /// The `txn`, for the record.
    #[must_use]
    pub fn txn(&self) -> &str {
        &self.txn
    }

    /// Writes the record and gives the assertion out once it is durable.
    ///
    /// # Errors
    /// [`Code::StorageAudit`]; the assertion is then gone.
    pub fn record(
        self,
        sink: &dyn AuditSink,
        record: &[u8],
        ledger: &mut Ledger,
    ) -> Result<Assertion, Refusal> {
        let written = sink.append(record).map_err(|_| Code::StorageAudit);
        let position = ledger.record(Check::AuditDurable, written)?;
        Ok(Assertion { jwt: self.jwt, txn: self.txn, position })
    }
}

impl fmt::Debug for Unrecorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unrecorded(..)")
    }
}

/// An issued assertion, recorded. `Debug` hides it: whoever holds it may use it.
pub struct Assertion {
    jwt: String,
    txn: String,
    position: Position,
}

impl Assertion {
    /// The assertion in compact serialisation.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.jwt
    }

    /// What correlates it with its audit record.
    #[must_use]
    pub fn txn(&self) -> &str {
        &self.txn
    }

    /// Where its record stands in the audit log.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
    }
}

impl fmt::Debug for Assertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Assertion({} bytes, ..)", self.jwt.len())
    }
}
