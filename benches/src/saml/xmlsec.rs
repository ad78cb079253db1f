//! libxmlsec1 in the same process, where pkg-config found its development files.

use std::ffi::c_void;

/// What the peer is called in a line when it is handed the key, and reads no `KeyInfo`.
pub(crate) const PINNED: &str = "libxmlsec1, key handed over";
/// The same when it takes the key of the message's certificate, which it is told to trust, as the
/// command `xmlsec1` does.
pub(crate) const TRUSTED: &str = "libxmlsec1, certificate trusted";

/// How it comes to its key.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Keys {
    Pinned,
    Trusted,
}

/// A public key as libxmlsec1 holds it, parsed once.
pub(crate) struct Xmlsec {
    manager: *mut c_void,
    key: *mut c_void,
}

#[cfg(xmlsec1)]
mod c {
    use std::ffi::{c_char, c_int, c_void};

    unsafe extern "C" {
        pub(super) fn bench_xmlsec_init() -> c_int;
        pub(super) fn bench_xmlsec_key(pem: *const u8, len: usize) -> *mut c_void;
        pub(super) fn bench_xmlsec_manager(pem: *const u8, len: usize) -> *mut c_void;
        pub(super) fn bench_xmlsec_verify(
            xml: *const c_char,
            len: usize,
            manager: *mut c_void,
            key: *mut c_void,
        ) -> c_int;
    }
}

#[cfg(xmlsec1)]
impl Xmlsec {
    /// With a public key, or a trusted certificate, in PEM form.
    pub(crate) fn new(pem: &str, keys: Keys) -> Option<Self> {
        static READY: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
        // SAFETY: called once, before any other function of the library.
        let ready = *READY.get_or_init(|| unsafe { c::bench_xmlsec_init() } == 1);
        assert!(ready, "libxmlsec1 does not start");
        let (pem, len) = (pem.as_ptr(), pem.len());
        let mut peer = Self { manager: std::ptr::null_mut(), key: std::ptr::null_mut() };
        let found = match keys {
            Keys::Trusted => {
                // SAFETY: the text has as many bytes as is said.
                peer.manager = unsafe { c::bench_xmlsec_manager(pem, len) };
                peer.manager
            }
            Keys::Pinned => {
                // SAFETY: the text has as many bytes as is said.
                peer.key = unsafe { c::bench_xmlsec_key(pem, len) };
                peer.key
            }
        };
        assert!(!found.is_null(), "libxmlsec1 does not take the key");
        Some(peer)
    }

    /// Parses a response and verifies both of its signatures.
    pub(crate) fn verify(&self, xml: &str) {
        let (text, len) = (xml.as_ptr().cast(), xml.len());
        // SAFETY: the text has as many bytes as is said; manager and key come from the library.
        let held = unsafe { c::bench_xmlsec_verify(text, len, self.manager, self.key) };
        assert_eq!(held, 2, "libxmlsec1 refuses");
    }
}

#[cfg(not(xmlsec1))]
impl Xmlsec {
    /// There is none.
    pub(crate) fn new(_: &str, _: Keys) -> Option<Self> {
        None
    }

    pub(crate) fn verify(&self, _: &str) {
        let _ = (self.manager, self.key);
    }
}
