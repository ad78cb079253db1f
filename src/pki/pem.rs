//! Certificates in the textual encoding of RFC 7468.

use super::Certificate;
use crate::verdict::{Code, Detail, Place, Refusal};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Reads every certificate of a PEM text, in order. None at all gives an empty list.
///
/// * Blocks are labelled `CERTIFICATE`, exactly; another label refuses the whole text, so that a
///   misspelt block is never skipped.
/// * Lines end with LF or CRLF. Inside a block there is base64 alone, padded, unused bits zero.
/// * Outside of blocks, lines that do not begin with `-----` are explanatory text (RFC 7468, 5.2).
///
/// At most 4 MiB and 1024 certificates.
///
/// # Errors
/// [`Code::CertMalformed`] at a byte of the part `pem`; [`Code::LimitSize`], [`Code::LimitCount`];
/// what [`Certificate::parse`] refuses, with the place `pem[n]`.
pub fn parse_pem_many(text: &[u8]) -> Result<Vec<Certificate>, Refusal> {
    if text.len() > TEXT_MAX_LEN {
        return Err(over(Code::LimitSize, TEXT_MAX_LEN, text.len()));
    }
    let mut certificates = Vec::new();
    let mut block: Option<Vec<u8>> = None;
    let mut at = 0usize;
    // Bounded by the length of the text.
    for raw in text.split_inclusive(|byte| *byte == b'\n') {
        let here = PLACE.at(at);
        at = at.saturating_add(raw.len());
        let line = raw.strip_suffix(b"\n").unwrap_or(raw);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let refused = || Refusal::new(Code::CertMalformed, here);
        match (&mut block, line) {
            (None, BEGIN) => block = Some(Vec::new()),
            (None, _) if line.starts_with(BOUNDARY) => return Err(refused()),
            (None, _) => {}
            (Some(body), END) => {
                let index = certificates.len();
                if index >= CERTIFICATES_MAX {
                    return Err(over(Code::LimitCount, CERTIFICATES_MAX, index.saturating_add(1)));
                }
                let der = STANDARD.decode(body).map_err(|_| refused())?;
                let inside = |refusal: Refusal| refusal.within("pem", u32::try_from(index).ok());
                certificates.push(Certificate::parse(&der).map_err(inside)?);
                block = None;
            }
            // What is not base64 is found when the block is decoded.
            (Some(body), _) => body.extend_from_slice(line),
        }
    }
    if block.is_some() {
        return Err(Refusal::new(Code::CertMalformed, PLACE.at(at)));
    }
    Ok(certificates)
}

fn over(code: Code, limit: usize, found: usize) -> Refusal {
    Refusal::new(code, PLACE).with(Detail::limit(limit, found))
}

const PLACE: Place = Place::part("pem");
const BOUNDARY: &[u8] = b"-----";
const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
const END: &[u8] = b"-----END CERTIFICATE-----";

// Operators' files: the largest public bundles hold some 150 certificates.
const CERTIFICATES_MAX: usize = 1024;
const TEXT_MAX_LEN: usize = 4 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Option<Code> {
        parse_pem_many(text.as_bytes()).err().map(|refusal| refusal.code())
    }

    #[test]
    fn skips_explanatory_text_only() {
        assert_eq!(code(""), None);
        assert_eq!(code("subject: none\r\n\n"), None);
        assert_eq!(code("-----BEGIN CERTIFCATE-----\n"), Some(Code::CertMalformed));
        assert_eq!(code("-----BEGIN PRIVATE KEY-----\n"), Some(Code::CertMalformed));
        assert_eq!(code("-----END CERTIFICATE-----\n"), Some(Code::CertMalformed));
    }

    #[test]
    fn refuses_a_block_without_end_or_with_other_characters() {
        assert_eq!(code("-----BEGIN CERTIFICATE-----\n"), Some(Code::CertMalformed));
        assert_eq!(
            code("-----BEGIN CERTIFICATE-----\nMA A=\n-----END CERTIFICATE-----\n"),
            Some(Code::CertMalformed)
        );
    }

    #[test]
    fn says_which_certificate() {
        let text = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        let refusal = parse_pem_many(text.as_bytes()).unwrap_err();
        assert_eq!(refusal.place().index, Some(0));
    }
}
