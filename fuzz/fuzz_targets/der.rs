//! Any input: no panic. What the gate and the reader accept as a certificate, OpenSSL or x509-parser
//! reads too, with the same serial number and names.
#![no_main]

use eid_broker::pki::Certificate;
use eid_broker::pki::der::{Limits, check};
use openssl::x509::X509;
use x509_parser::parse_x509_certificate;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let gate = check(input, Limits::CERTIFICATE);
    let certificate = Certificate::parse(input);
    if gate.is_err() {
        assert!(certificate.is_err(), "behind a closed gate");
    }
    let Ok(certificate) = certificate else { return };
    assert_eq!(certificate.der(), input);
    // A key may be of no use; asking for it must not be a fault.
    let _ = (certificate.public_key(), certificate.signature_algorithm());
    let mut read = false;
    if let Ok((rest, other)) = parse_x509_certificate(input) {
        assert!(rest.is_empty());
        assert_eq!(other.issuer().as_raw(), certificate.issuer_der());
        assert_eq!(other.subject().as_raw(), certificate.subject_der());
        assert_eq!(other.raw_serial(), certificate.serial());
        read = true;
    }
    assert!(read || X509::from_der(input).is_ok(), "no other reader accepts it");
});
