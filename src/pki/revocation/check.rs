//! One check: what it has read, what it may still cost, and how its answers are joined.

use super::RevocationRequest;
use crate::UnixTime;
use crate::pki::ocsp::response::Response;
use crate::pki::{AlgorithmRules, Certificate};
use crate::verdict::{Code, Detail, Place, Refusal};

pub(super) struct Check<'a> {
    pub(super) request: &'a RevocationRequest<'a>,
    /// As handed in.
    pub(super) responses: Vec<Result<Response, Refusal>>,
    /// Positions of the complete CRLs, the newest first.
    pub(super) complete: Vec<usize>,
    pub(super) work: Work,
    /// The position in the path from which on certificates may prove the signer of a list: above the
    /// certificate that is asked for.
    pub(super) above: usize,
    /// CRL issuers that are being proved; their number bounds how deep one leads to the next.
    pub(super) assumed: Vec<Certificate>,
    /// CRL issuers that were proved.
    pub(super) proved: Vec<Certificate>,
}

/// What evidence of one kind says about a certificate.
pub(super) enum Answer {
    Good { until: UnixTime },
    Revoked { at: UnixTime, reason: &'static str },
    Unknown,
    Open(Failure),
}

/// Why evidence did not settle the matter; of several the one that got furthest is kept, the first
/// of those that got equally far.
#[derive(Clone, Copy)]
pub(super) struct Failure {
    step: Step,
    refusal: Refusal,
}

/// How far a piece of evidence got.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Step {
    /// There was none about the certificate.
    None,
    /// There was some that is about no certificate of the path, or cannot be read.
    NotAttributed,
    /// It is about the certificate, in part.
    Scope,
    /// Who signed it, and whether the signature holds.
    Signer,
    /// Its age.
    Age,
    /// Whether it answers this request.
    Nonce,
}

impl Failure {
    pub(super) fn none() -> Self {
        Self { step: Step::None, refusal: Code::StatusUnavailable.into() }
    }

    /// Keeps the one that got further.
    pub(super) fn note(&mut self, step: Step, refusal: Refusal) {
        if step > self.step {
            *self = Self { step, refusal };
        }
    }

    pub(super) fn or_further(mut self, other: Self) -> Self {
        self.note(other.step, other.refusal);
        self
    }

    /// The refusal, unless there was no evidence at all.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        (self.step != Step::None).then_some(self.refusal)
    }
}

/// What one check may cost.
pub(super) struct Work {
    signatures: u32,
    searches: u32,
}

impl Work {
    pub(super) fn spend_signature(&mut self) -> Result<(), Code> {
        self.signatures = self.signatures.checked_sub(1).ok_or(Code::LimitWork)?;
        Ok(())
    }

    pub(super) fn spend_search(&mut self) -> Result<(), Code> {
        self.searches = self.searches.checked_sub(1).ok_or(Code::LimitWork)?;
        Ok(())
    }
}

impl<'a> Check<'a> {
    /// Reads what was handed in.
    ///
    /// # Errors
    /// [`Code::LimitCount`].
    pub(super) fn new(request: &'a RevocationRequest<'a>) -> Result<Self, Refusal> {
        let evidence = request.evidence;
        bound("ocsp", evidence.ocsp.len(), RESPONSES_MAX)?;
        bound("crl", evidence.crls.len(), CRLS_MAX)?;
        bound("evidence certificate", evidence.certificates.len(), CERTIFICATES_MAX)?;
        let at = |index: usize| {
            move |refusal: Refusal| refusal.within("ocsp", u32::try_from(index).ok())
        };
        let responses = evidence.ocsp.iter().enumerate();
        let responses = responses.map(|(n, der)| Response::parse(der).map_err(at(n))).collect();
        let lists = evidence.crls.iter().enumerate().filter(|(_, crl)| !crl.is_delta());
        let mut complete: Vec<_> = lists.collect();
        complete.sort_by(|(_, one), (_, other)| other.age_key().cmp(&one.age_key()));
        Ok(Self {
            request,
            responses,
            complete: complete.into_iter().map(|(index, _)| index).collect(),
            work: Work { signatures: SIGNATURES_MAX, searches: SEARCHES_MAX },
            above: usize::MAX,
            assumed: Vec::new(),
            proved: Vec::new(),
        })
    }

    /// How algorithms may be written below this anchor.
    pub(super) fn rules(&self) -> AlgorithmRules {
        self.request.path.anchor().profile.algorithms
    }

    /// Joins OCSP and CRL: whatever says revoked or unknown counts, and nothing may contradict it.
    ///
    /// * `index`: the position of the certificate in the path. Asked for from the anchor down.
    pub(super) fn ask(
        &mut self,
        index: usize,
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Result<Answer, Refusal> {
        use super::Methods;
        self.above = index.saturating_add(1);
        let open = || Ok(Answer::Open(Failure::none()));
        let methods = self.request.rules.methods;
        let ocsp =
            if methods == Methods::Crl { open() } else { self.by_ocsp(certificate, issuer) }?;
        let crl = if methods == Methods::Ocsp { open() } else { self.by_crl(certificate) }?;
        Ok(match (ocsp, crl) {
            (Answer::Open(one), Answer::Open(other)) => Answer::Open(one.or_further(other)),
            (Answer::Good { .. }, Answer::Revoked { .. })
            | (Answer::Revoked { .. }, Answer::Good { .. }) => {
                return Err(Code::StatusContradiction.into());
            }
            (Answer::Open(_) | Answer::Unknown, revoked @ Answer::Revoked { .. }) => revoked,
            (Answer::Open(_), answer) | (answer, _) => answer,
        })
    }
}

fn bound(part: &'static str, found: usize, limit: usize) -> Result<(), Refusal> {
    if found <= limit {
        return Ok(());
    }
    Err(Refusal::new(Code::LimitCount, Place::part(part)).with(Detail::limit(limit, found)))
}

// One for each certificate of the longest path, twice.
const RESPONSES_MAX: usize = 16;

// As many as a store holds.
const CRLS_MAX: usize = crate::pki::CrlStore::CAPACITY;

// CRL issuers and their CAs; one path uses two or three.
const CERTIFICATES_MAX: usize = 64;

// Two for each OCSP answer and each CRL of the longest path, and as many again for lists of one name
// under several keys.
const SIGNATURES_MAX: u32 = 64;

// Paths of CRL issuers; each search has a budget of its own.
const SEARCHES_MAX: u32 = 16;
