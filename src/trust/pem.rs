//! Certificates in a file: one DER certificate, or PEM (RFC 7468, 5).

use crate::pki::Certificate;
use crate::verdict::{Code, Detail, Place, Refusal};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Reads every certificate of a file. Text between PEM blocks is a comment; a block of another kind
/// is not, because a private key has no business here. A file without any block is empty when it
/// holds nothing but blank lines and lines that begin with `#`.
///
/// # Errors
/// [`Code::CertMalformed`] with the index of the block, [`Code::LimitCount`], or what
/// [`Certificate::parse`] says.
pub(super) fn read_certificates(bytes: &[u8]) -> Result<Vec<Certificate>, Refusal> {
    if matches!(bytes, [DER_SEQUENCE, LONG_FORM..=0xff, ..]) {
        return Ok(vec![Certificate::parse(bytes).map_err(|refusal| nth(refusal, 0))?]);
    }
    let mut certificates = Vec::new();
    let mut block: Option<String> = None;
    let mut has_text = false;
    for line in bytes.split(|byte| *byte == b'\n') {
        let index = certificates.len();
        let malformed = || Refusal::new(Code::CertMalformed, Place::nth("certificate", index));
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        block = match (block, line) {
            (None, BEGIN) => Some(String::new()),
            (None, line) if line.starts_with(b"-----") => return Err(malformed()),
            (None, line) => {
                let blank = line.iter().all(u8::is_ascii_whitespace) || line.starts_with(b"#");
                has_text |= !blank;
                None
            }
            (Some(text), END) => {
                if index >= MAX_CERTIFICATES {
                    return Err(Refusal::new(Code::LimitCount, Place::nth("certificate", index))
                        .with(Detail::Limit { limit: 256, found: 257 }));
                }
                let der = STANDARD.decode(&text).map_err(|_| malformed())?;
                let parsed = Certificate::parse(&der).map_err(|refusal| nth(refusal, index))?;
                certificates.push(parsed);
                None
            }
            (Some(mut text), line) => {
                text.push_str(std::str::from_utf8(line).map_err(|_| malformed())?);
                Some(text)
            }
        };
    }
    let index = certificates.len();
    if block.is_some() || (has_text && certificates.is_empty()) {
        return Err(Refusal::new(Code::CertMalformed, Place::nth("certificate", index)));
    }
    Ok(certificates)
}

fn nth(refusal: Refusal, index: usize) -> Refusal {
    refusal.within("certificate", u32::try_from(index).ok())
}

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
const END: &[u8] = b"-----END CERTIFICATE-----";
// How a DER certificate begins: a sequence of more than 127 bytes. No text has the second byte.
const DER_SEQUENCE: u8 = 0x30;
const LONG_FORM: u8 = 0x81;
// The Union's list of PID providers names fewer.
const MAX_CERTIFICATES: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use eid_broker_maker::{cert, keys};

    #[test]
    fn reads_der_and_pem_alike() {
        let der = cert::pid_ca_der().unwrap();
        let pem = keys::der_to_pem("CERTIFICATE", &der);
        let two = format!("a comment\n{pem}\nanother\r\n{}", pem.replace('\n', "\r\n"));
        assert_eq!(read_certificates(&der).unwrap()[0].der(), der);
        assert_eq!(read_certificates(pem.as_bytes()).unwrap()[0].der(), der);
        assert_eq!(read_certificates(two.as_bytes()).unwrap().len(), 2);
        for empty in ["", "\n\n", "# nothing yet\n"] {
            assert_eq!(read_certificates(empty.as_bytes()).unwrap().len(), 0);
        }
    }

    #[test]
    fn refuses_what_is_no_certificate() {
        let der = cert::pid_ca_der().unwrap();
        let pem = keys::der_to_pem("CERTIFICATE", &der);
        let bad = [
            "no certificate".to_owned(),
            "0, not DER".to_owned(),
            pem.replace("CERTIFICATE", "PRIVATE KEY"),
            pem.replace("-----END CERTIFICATE-----", ""),
            pem.replace("-----END CERTIFICATE-----", "-----END CERTIFICATE"),
            format!("{pem}-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"),
            pem.replacen('M', "!", 1),
            format!("{pem}{}", pem.replacen("MII", "MIJ", 1)),
        ];
        for text in bad {
            assert_eq!(
                read_certificates(text.as_bytes()).unwrap_err().code(),
                Code::CertMalformed,
                "{text}"
            );
        }
        let refusal =
            read_certificates(format!("{pem}{}", pem.replacen("MII", "MIJ", 1)).as_bytes());
        assert_eq!(refusal.unwrap_err().place().index, Some(1));
    }

    #[test]
    fn the_number_of_certificates_is_bounded() {
        let pem = keys::der_to_pem("CERTIFICATE", &cert::pid_ca_der().unwrap());
        assert_eq!(read_certificates(pem.repeat(256).as_bytes()).unwrap().len(), 256);
        let refusal = read_certificates(pem.repeat(257).as_bytes()).unwrap_err();
        assert_eq!(refusal.code(), Code::LimitCount);
    }
}
