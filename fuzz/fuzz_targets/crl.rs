//! Any input: no panic. A list that is accepted is one for x509-parser or OpenSSL too; each of its
//! entries is found, and what is good by it is not on it.
#![no_main]

use eid_broker::pki::{Crl, Evidence, Standing, ValidatedPath};
use eid_broker_fuzz::status::{ask, path};
use openssl::x509::X509Crl;
use std::sync::LazyLock;
use x509_parser::parse_x509_crl;

static PATH: LazyLock<ValidatedPath> = LazyLock::new(path);

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Ok(crl) = Crl::parse(input) else { return };
    assert_eq!(crl.der(), input);
    let mut read = false;
    if let Ok((rest, other)) = parse_x509_crl(input) {
        assert!(rest.is_empty());
        assert_eq!(other.issuer().as_raw(), crl.issuer_der());
        assert_eq!(other.iter_revoked_certificates().count(), crl.len());
        let indirect = input.windows(3).any(|bytes| bytes == [0x55, 0x1d, 29]);
        for entry in other.iter_revoked_certificates() {
            assert!(indirect || crl.entry(crl.issuer_der(), entry.raw_serial()).is_some());
        }
        read = true;
    }
    assert!(read || X509Crl::from_der(input).is_ok(), "no other reader accepts it");
    let leaf = &PATH.certificates()[0];
    let listed = crl.entry(leaf.issuer_der(), leaf.serial()).is_some();
    let crls = [crl];
    let standing = ask(&PATH, Evidence::crls(&crls));
    assert_eq!(standing, ask(&PATH, Evidence::crls(&crls)));
    assert!(!(listed && matches!(standing, Ok(Standing::Good(_)))), "listed and good");
});
