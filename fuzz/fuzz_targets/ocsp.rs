//! Any input: no panic. What counts as good is a response for OpenSSL too, is successful, and names
//! the certificate; the same question has the same answer.
#![no_main]

use eid_broker::pki::{Evidence, Standing, ValidatedPath};
use eid_broker_fuzz::status::{ask, path};
use openssl::ocsp::{OcspResponse, OcspResponseStatus};
use std::sync::LazyLock;

static PATH: LazyLock<ValidatedPath> = LazyLock::new(path);

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let responses = [input];
    let standing = ask(&PATH, Evidence::ocsp(&responses));
    assert_eq!(standing, ask(&PATH, Evidence::ocsp(&responses)));
    match standing {
        Ok(Standing::Good(_)) => {
            let other = OcspResponse::from_der(input).expect("OpenSSL reads it");
            assert!(other.status() == OcspResponseStatus::SUCCESSFUL);
            assert!(other.basic().is_ok());
            let serial = PATH.certificates()[0].serial();
            assert!(input.windows(serial.len()).any(|bytes| bytes == serial));
        }
        // An answer was handed in: it is used, or refused with a reason.
        Ok(Standing::Needs(_) | Standing::NotAsked) => panic!("an answer was passed over"),
        Err(_) => {}
    }
});
