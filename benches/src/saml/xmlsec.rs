//! libxmlsec1 in the same process, where pkg-config found its development files.

/// A public key as libxmlsec1 holds it, parsed once.
#[cfg(xmlsec1)]
pub(crate) struct Xmlsec(*mut std::ffi::c_void);

/// What the peer is called in a line.
pub(crate) const NAME: &str = "libxmlsec1";

#[cfg(xmlsec1)]
mod c {
    use std::ffi::{c_char, c_int, c_void};

    unsafe extern "C" {
        pub(super) fn bench_xmlsec_init() -> c_int;
        pub(super) fn bench_xmlsec_key(pem: *const u8, len: usize) -> *mut c_void;
        pub(super) fn bench_xmlsec_verify(
            xml: *const c_char,
            len: usize,
            key: *mut c_void,
        ) -> c_int;
    }
}

#[cfg(xmlsec1)]
impl Xmlsec {
    /// With a public key in PEM form.
    pub(crate) fn new(spki_pem: &str) -> Option<Self> {
        static READY: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
        // SAFETY: called once, before any other function of the library.
        let ready = *READY.get_or_init(|| unsafe { c::bench_xmlsec_init() } == 1);
        assert!(ready, "libxmlsec1 does not start");
        // SAFETY: the text has as many bytes as is said.
        let key = unsafe { c::bench_xmlsec_key(spki_pem.as_ptr(), spki_pem.len()) };
        assert!(!key.is_null(), "libxmlsec1 does not take the key");
        Some(Self(key))
    }

    /// Parses a response and verifies both of its signatures.
    pub(crate) fn verify(&self, xml: &str) {
        // SAFETY: the text has as many bytes as is said, and the key comes from `bench_xmlsec_key`.
        let held = unsafe { c::bench_xmlsec_verify(xml.as_ptr().cast(), xml.len(), self.0) };
        assert_eq!(held, 2, "libxmlsec1 refuses");
    }
}

/// There is none.
#[cfg(not(xmlsec1))]
pub(crate) enum Xmlsec {}

#[cfg(not(xmlsec1))]
impl Xmlsec {
    pub(crate) fn new(_: &str) -> Option<Self> {
        None
    }

    pub(crate) fn verify(&self, _: &str) {}
}
