//! Certificates in a file of the operator: one in DER, or any number in PEM.

use crate::pki::{Certificate, parse_pem_many};
use crate::verdict::{Code, Place, Refusal};

/// Reads every certificate of a file, DER or PEM as [`parse_pem_many`] has it. A file without any
/// PEM block counts as empty only when nothing is in it but blank lines and lines that begin with
/// `#`; any other text was meant to be something.
///
/// # Errors
/// As [`Certificate::parse`] and [`parse_pem_many`]; [`Code::CertMalformed`] for other text.
pub(super) fn read_certificates(bytes: &[u8]) -> Result<Vec<Certificate>, Refusal> {
    if matches!(bytes, [DER_SEQUENCE, LONG_FORM..=0xff, ..]) {
        return Ok(vec![Certificate::parse(bytes)?]);
    }
    let certificates = parse_pem_many(bytes)?;
    let is_blank = |line: &[u8]| line.starts_with(b"#") || line.iter().all(u8::is_ascii_whitespace);
    if certificates.is_empty() && !bytes.split(|byte| *byte == b'\n').all(is_blank) {
        return Err(Refusal::new(Code::CertMalformed, Place::part("pem")));
    }
    Ok(certificates)
}

// How a DER certificate begins: a sequence of more than 127 bytes. No text has the second byte.
const DER_SEQUENCE: u8 = 0x30;
const LONG_FORM: u8 = 0x81;

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
    }

    #[test]
    fn empty_is_not_garbage() {
        for empty in ["", "\n\n", " \r\n", "# nothing yet\n"] {
            assert!(read_certificates(empty.as_bytes()).unwrap().is_empty(), "{empty:?}");
        }
        for garbage in ["no certificate", "0, not DER", "{}", "\u{0}"] {
            let refusal = read_certificates(garbage.as_bytes()).unwrap_err();
            assert_eq!(refusal.code(), Code::CertMalformed, "{garbage:?}");
        }
    }

    #[test]
    fn one_bad_certificate_refuses_the_file() {
        let der = cert::pid_ca_der().unwrap();
        let pem = keys::der_to_pem("CERTIFICATE", &der);
        let bad = format!("{pem}{}", pem.replacen("MII", "MIJ", 1));
        assert_eq!(read_certificates(bad.as_bytes()).unwrap_err().place().index, Some(1));
        assert!(read_certificates(&der[..der.len() - 1]).is_err());
        assert!(read_certificates(pem.replace("CERTIFICATE", "PRIVATE KEY").as_bytes()).is_err());
    }
}
