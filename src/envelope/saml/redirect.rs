//! The HTTP Redirect binding (SAML 2.0 Bindings, 3.4): a message in a query string, compressed with
//! DEFLATE, and a signature over the octets of that string.
//!
//! The signature covers the query exactly as it was received. It is cut at the parameters, never
//! decoded and encoded again, and holds before anything of the message is looked at.

use crate::crypto::{Form, PublicKey, Scheme, sha256};
use crate::envelope::base64std;
use crate::envelope::xml::signature::{SignatureMethod, verify_by_any};
use crate::verdict::{Code, Detail, Place, Refusal};
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};
use std::borrow::Cow;
use std::fmt;

/// What a policy accepts of a query.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct QueryRules<'r> {
    /// Whether a method is accepted with a key, and why not.
    pub accepts: &'r dyn Fn(SignatureMethod, &PublicKey) -> Result<(), Code>,
    /// Whether the peer writes ECDSA signatures in DER. `r‖s` is accepted always.
    pub ecdsa_der: bool,
    /// Largest message after decompression, in bytes; never more than [`MAX_INFLATED_BYTES`].
    pub max_bytes: usize,
}

impl<'r> QueryRules<'r> {
    /// Rules for messages of 128 KiB and ECDSA signatures as `r‖s`.
    #[must_use]
    pub const fn new(accepts: &'r dyn Fn(SignatureMethod, &PublicKey) -> Result<(), Code>) -> Self {
        Self { accepts, ecdsa_der: false, max_bytes: 131_072 }
    }

    /// The same for a peer that writes ECDSA signatures in DER.
    #[must_use]
    pub const fn with_ecdsa_der(mut self, der: bool) -> Self {
        self.ecdsa_der = der;
        self
    }

    /// The same with another bound.
    #[must_use]
    pub const fn with_max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }
}

/// A message whose query string was signed by one of the keys.
pub struct Message {
    octets: Vec<u8>,
    relay_state: Option<String>,
    method: SignatureMethod,
    key: usize,
    sha256: [u8; 32],
}

impl Message {
    /// The message, decompressed: XML, not yet parsed.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// `RelayState`, decoded. It comes back as it was sent, and is no proof of anything.
    #[must_use]
    pub fn relay_state(&self) -> Option<&str> {
        self.relay_state.as_deref()
    }

    /// The algorithm of the signature.
    #[must_use]
    pub const fn method(&self) -> SignatureMethod {
        self.method
    }

    /// Which of the keys verified it, counted from 0.
    #[must_use]
    pub const fn key(&self) -> usize {
        self.key
    }

    /// SHA-256 of the octets that the signature covers.
    #[must_use]
    pub const fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (len, method) = (self.octets.len(), self.method.name());
        write!(f, "Message({len} bytes, {method}, key {})", self.key)
    }
}

/// Verifies a query string and decompresses its message.
///
/// * `query`: the octets after the question mark, as received: the message, `RelayState` where there
///   is one, `SigAlg` and `Signature`, in this order and nothing else.
/// * `parameter`: what the message is called, `SAMLResponse` or `SAMLRequest`.
/// * `keys`: those that the issuer is known by, 1 to 4.
///
/// # Errors
/// In this order: [`Code::LimitSize`], [`Code::LimitCount`]; [`Code::AmbiguousParameter`] for a
/// parameter twice; [`Code::RedirectParameter`] for one that is unknown, missing or out of order;
/// [`Code::SigMissing`] when `SigAlg` or `Signature` is missing or empty; [`Code::RedirectEncoding`];
/// [`Code::AlgNotAllowed`] and what `rules` say of the method; [`Code::FormatBase64`];
/// [`Code::SigInvalid`], be the key unknown or the signature wrong; then of the message
/// [`Code::RedirectEncoding`], [`Code::FormatBase64`], [`Code::RedirectDeflate`] and
/// [`Code::LimitSize`].
pub fn verify_query(
    query: &[u8],
    parameter: &'static str,
    keys: &[PublicKey],
    rules: &QueryRules<'_>,
) -> Result<Message, Refusal> {
    let parts = Parts::of(query, parameter)?;
    let relay_state = parts.relay_state.map(|value| relay_state(&value)).transpose()?;
    let algorithm = parts.algorithm.decode()?;
    let method = str::from_utf8(&algorithm).ok().and_then(SignatureMethod::from_uri);
    let method = method.ok_or_else(|| parts.algorithm.refused(Code::AlgNotAllowed))?;
    let signature = parts.signature.base64()?;
    let forms = |scheme| forms(scheme, rules.ecdsa_der);
    let key = verify_by_any(method, keys, rules.accepts, forms, parts.signed, &signature)
        .map_err(|code| parts.signature.refused(code))?;
    let compressed = parts.message.base64()?;
    let max_bytes = rules.max_bytes.min(MAX_INFLATED_BYTES);
    let octets = inflate(&compressed, max_bytes)
        .map_err(|refusal| refusal.within(parts.message.name, None))?;
    Ok(Message { octets, relay_state, method, key, sha256: sha256(parts.signed) })
}

/// Most that a message may have after decompression, whatever a policy says (BSI TR-03130-1).
pub const MAX_INFLATED_BYTES: usize = 524_288;

/// The parameters of a query, not decoded.
struct Parts<'q> {
    message: Value<'q>,
    relay_state: Option<Value<'q>>,
    algorithm: Value<'q>,
    signature: Value<'q>,
    /// What the signature covers.
    signed: &'q [u8],
}

impl<'q> Parts<'q> {
    fn of(query: &'q [u8], parameter: &'static str) -> Result<Self, Refusal> {
        if query.len() > MAX_QUERY_BYTES {
            return Err(over(Code::LimitSize, MAX_QUERY_BYTES, query.len()));
        }
        let known = [parameter, RELAY_STATE, SIG_ALG, SIGNATURE];
        // The value of each, and which was the last: they stand in this order.
        let mut found: [Option<Value<'q>>; 4] = [None; 4];
        let (mut last, mut wrong, mut start) = (0, None, 0usize);
        for (count, part) in query.split(|byte| *byte == b'&').enumerate() {
            if count >= MAX_PARAMETERS {
                let found = count.saturating_add(1);
                return Err(over(Code::LimitCount, MAX_PARAMETERS, found));
            }
            let at = start;
            start = start.saturating_add(part.len()).saturating_add(1);
            let mut halves = part.splitn(2, |byte| *byte == b'=');
            let (name, value) = (halves.next().unwrap_or_default(), halves.next());
            let index = known.iter().position(|known| known.as_bytes() == name);
            let (Some(index), Some(text)) = (index, value) else {
                wrong = wrong.or(Some(at));
                continue;
            };
            let name = known.get(index).copied().unwrap_or_default();
            let value = Value { name, text, start: at };
            let Some(slot) = found.get_mut(index) else { continue };
            if slot.replace(value).is_some() {
                return Err(value.refused(Code::AmbiguousParameter));
            }
            if index < last {
                wrong = wrong.or(Some(at));
            }
            last = index;
        }
        if let Some(at) = wrong {
            return Err(Refusal::new(Code::RedirectParameter, Place::NONE.at(at)));
        }
        let [message, relay_state, algorithm, signature] = found;
        let message = message.filter(|value| !value.text.is_empty());
        let message = message.ok_or(Code::RedirectParameter)?;
        let present = |value: Option<Value<'q>>| value.filter(|value| !value.text.is_empty());
        let (algorithm, signature) =
            present(algorithm).zip(present(signature)).ok_or(Code::SigMissing)?;
        // `Signature` is the last one; an ampersand stands before it.
        let signed = query.get(..signature.start.saturating_sub(1)).unwrap_or_default();
        Ok(Self { message, relay_state, algorithm, signature, signed })
    }
}

/// The value of a parameter as it stands in the query.
#[derive(Clone, Copy)]
struct Value<'q> {
    name: &'static str,
    text: &'q [u8],
    start: usize,
}

impl<'q> Value<'q> {
    /// Percent-decodes it (RFC 3986, 2.1).
    fn decode(&self) -> Result<Cow<'q, [u8]>, Refusal> {
        if self.text.iter().all(|byte| is_plain(*byte)) {
            return Ok(Cow::Borrowed(self.text));
        }
        let wrong = || self.refused(Code::RedirectEncoding);
        let nibble = |digit: Option<&u8>| {
            let digit = digit.and_then(|digit| char::from(*digit).to_digit(16));
            digit.and_then(|digit| u8::try_from(digit).ok()).ok_or_else(wrong)
        };
        let mut out = Vec::with_capacity(self.text.len());
        let mut bytes = self.text.iter();
        while let Some(byte) = bytes.next() {
            if *byte == b'%' {
                let (high, low) = (nibble(bytes.next())?, nibble(bytes.next())?);
                out.push(high.wrapping_mul(16) | low);
            } else if is_plain(*byte) {
                out.push(*byte);
            } else {
                return Err(wrong());
            }
        }
        Ok(Cow::Owned(out))
    }

    // The binding allows no white space in it (SAML 2.0 Bindings, 3.4.4.1).
    fn base64(&self) -> Result<Vec<u8>, Refusal> {
        base64std::decode(&self.decode()?).map_err(|_| self.refused(Code::FormatBase64))
    }

    fn refused(&self, code: Code) -> Refusal {
        Refusal::new(code, Place::part(self.name).at(self.start))
    }
}

// What may stand in a query as itself (RFC 3986, 3.4), the separators of parameters excepted. In
// base64 a plus sign must be escaped: as itself it means a blank to every form.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.'
                | b'_'
                | b'~'
                | b'!'
                | b'$'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b','
                | b';'
                | b'='
                | b':'
                | b'@'
                | b'/'
                | b'?'
        )
}

fn relay_state(value: &Value<'_>) -> Result<String, Refusal> {
    let blank: Vec<u8> = value.text.iter().flat_map(escape_plus).copied().collect();
    let spelled = Value { text: &blank, ..*value };
    let decoded = spelled.decode()?.into_owned();
    if decoded.len() > MAX_RELAY_STATE_BYTES {
        let found = decoded.len();
        return Err(over(Code::LimitSize, MAX_RELAY_STATE_BYTES, found).within(value.name, None));
    }
    String::from_utf8(decoded).map_err(|_| value.refused(Code::RedirectEncoding))
}

// A plus sign is a blank, as forms write it.
fn escape_plus(byte: &u8) -> &[u8] {
    if *byte == b'+' { b"%20" } else { std::slice::from_ref(byte) }
}

// The forms that a signature of the scheme may have.
fn forms(scheme: Scheme, der: bool) -> impl Iterator<Item = Scheme> {
    let other = if let Scheme::Ecdsa { curve, hash, .. } = scheme {
        der.then_some(Scheme::Ecdsa { curve, hash, form: Form::Der })
    } else {
        None
    };
    [Some(scheme), other].into_iter().flatten()
}

/// Decompresses one raw DEFLATE stream (RFC 1951), to whose end the input must come.
///
/// The output grows with what is written into it, and stops at the bound: how much a stream claims to
/// hold costs nothing.
fn inflate(compressed: &[u8], max_bytes: usize) -> Result<Vec<u8>, Refusal> {
    let mut state = Box::new(DecompressorOxide::new());
    // One byte more than may be used: filling it is passing the bound.
    let cap = max_bytes.saturating_add(1);
    let mut out =
        vec![0; compressed.len().saturating_mul(4).clamp(INFLATE_STEP, cap.max(INFLATE_STEP))];
    let (mut read, mut written) = (0usize, 0usize);
    loop {
        let input = compressed.get(read..).unwrap_or_default();
        let flags = inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        let (status, consumed, produced) = decompress(&mut state, input, &mut out, written, flags);
        read = read.saturating_add(consumed);
        written = written.saturating_add(produced);
        if written > max_bytes {
            return Err(over(Code::LimitSize, max_bytes, written));
        }
        if status == TINFLStatus::Done && read == compressed.len() {
            break;
        }
        if status != TINFLStatus::HasMoreOutput {
            // Damaged, cut, or with bytes behind its end.
            return Err(Refusal::new(Code::RedirectDeflate, Place::NONE.at(read)));
        }
        if out.len() >= cap {
            return Err(over(Code::LimitSize, max_bytes, cap));
        }
        let len = out.len().saturating_mul(2).min(cap);
        out.resize(len, 0);
    }
    out.truncate(written);
    Ok(out)
}

fn over(code: Code, limit: usize, found: usize) -> Refusal {
    Refusal::from(code).with(Detail::limit(limit, found))
}

const RELAY_STATE: &str = "RelayState";
const SIG_ALG: &str = "SigAlg";
const SIGNATURE: &str = "Signature";

// A message of 128 KiB that does not compress has 175 KiB of base64, of which one character in twenty
// is escaped with three.
const MAX_QUERY_BYTES: usize = 262_144;

// Twice as many as there are, so that what is wrong with the others can be said.
const MAX_PARAMETERS: usize = 8;

// SAML 2.0 Bindings, 3.4.3 allows 80; portals send more, and it comes back as they sent it.
const MAX_RELAY_STATE_BYTES: usize = 1024;

// What the output begins with at least.
const INFLATE_STEP: usize = 4096;

#[cfg(test)]
mod tests;
