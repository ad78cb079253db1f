use crate::crypto::Alg;
use crate::envelope::cbor::{Kind, Limits, Nodes, Value};
use crate::verdict::{Code, Place, Refusal};

/// Most certificates in `x5chain`; the anchor is not among them.
pub const MAX_CHAIN: usize = 8;

/// What the two headers of a structure say, as far as mdocs have it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Header<'o> {
    /// The number of the algorithm, out of the protected header.
    pub alg: i64,
    chain: Result<Vec<&'o [u8]>, Code>,
}

impl<'o> Header<'o> {
    /// Reads both headers (RFC 9052, 3).
    ///
    /// A label that stands in both is refused, as RFC 9052, 3 has it. The algorithm must be protected;
    /// the chain is what proves itself and may stand in either. Other labels say nothing to us, unless
    /// they are critical.
    pub(super) fn read(
        protected: &'o [u8],
        at: usize,
        unprotected: Value<'_, 'o>,
    ) -> Result<Self, Refusal> {
        let place = Place::NONE.at(at);
        if unprotected.kind() != Kind::Map {
            return Err(Refusal::new(Code::CoseMalformed, unprotected.place()));
        }
        // A header of zero octets is an empty map, which names no algorithm.
        if protected.is_empty() {
            return Err(Refusal::new(Code::AlgNotAllowed, place));
        }
        let mut nodes = Nodes::default();
        let header = nodes
            .read(protected, Limits::HEADER)
            .map_err(|refusal| Refusal::new(refusal.code(), place).with(refusal.detail()))?;
        if header.kind() != Kind::Map {
            return Err(Refusal::new(Code::CoseMalformed, place));
        }
        for (label, _) in header.entries() {
            let twice = |(other, _): (Value<'_, '_>, Value<'_, '_>)| match label.as_i64() {
                Some(number) => other.as_i64() == Some(number),
                None => label.as_str().is_some_and(|name| other.is(name)),
            };
            if unprotected.entries().take(MAX_LABELS).any(twice) {
                return Err(Refusal::new(Code::HeaderMalformed, place));
            }
        }
        if unprotected.len() > MAX_LABELS {
            return Err(Refusal::new(Code::LimitCount, unprotected.place()));
        }
        // No extension is understood (RFC 9052, 3.1); in the unprotected header `crit` has no place.
        if header.get_label(CRIT).is_some() || unprotected.get_label(CRIT).is_some() {
            return Err(Refusal::new(Code::HeaderCritical, place));
        }
        let alg = header.get_label(ALG).and_then(|alg| alg.as_i64());
        let alg = alg.ok_or(Refusal::new(Code::AlgNotAllowed, place))?;
        let chain = match (header.get_label(X5CHAIN), unprotected.get_label(X5CHAIN)) {
            (Some(chain), _) | (None, Some(chain)) => read_chain(chain),
            (None, None) => Ok(Vec::new()),
        };
        Ok(Self { alg, chain })
    }

    /// `x5chain` (RFC 9360, 2), end entity first; empty when there is none. Whoever needs no chain need
    /// not ask whether one that is there is well formed: wallets put an empty one beside their proof.
    ///
    /// # Errors
    /// [`Code::HeaderMalformed`], [`Code::LimitCount`].
    pub fn chain(&self) -> Result<&[&'o [u8]], Code> {
        self.chain.as_deref().map_err(|code| *code)
    }

    /// The signature algorithm.
    ///
    /// # Errors
    /// [`Code::AlgNotAllowed`] for any number that is not one.
    pub fn signature_alg(&self) -> Result<Alg, Code> {
        Alg::from_cose(self.alg).ok_or(Code::AlgNotAllowed)
    }
}

// One certificate as it is, several in an array.
fn read_chain<'o>(chain: Value<'_, 'o>) -> Result<Vec<&'o [u8]>, Code> {
    if let Some(certificate) = chain.as_bytes() {
        return Ok(vec![certificate]);
    }
    if chain.is_empty() {
        return Err(Code::HeaderMalformed);
    }
    if chain.len() > MAX_CHAIN {
        return Err(Code::LimitCount);
    }
    let certificates = chain.elements().map(|certificate| certificate.as_bytes());
    certificates
        .collect::<Option<Vec<_>>>()
        .filter(|list| !list.is_empty())
        .ok_or(Code::HeaderMalformed)
}

// RFC 9052, 3.1; RFC 9360, 2.
const ALG: i64 = 1;
const CRIT: i64 = 2;
const X5CHAIN: i64 = 33;
// A header of an mdoc has one or two; each is compared with each of the other header.
const MAX_LABELS: usize = 32;
