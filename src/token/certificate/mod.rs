//! X.509 certificates of eID cards, presented in a mutual TLS handshake.
//!
//! The proof of possession is the handshake, and the host made it: what is verified here is a
//! *statement of the host* about it, [`Handshake`], with the certificates as they were presented. It is
//! worth as much as the hop that it came over. A program that takes such a statement, or a header with
//! a certificate, from the outside lets anybody be anybody.

mod chain;
mod handshake;
pub mod verify;

pub use chain::{accepts_signature, check_chain};
pub use handshake::{Handshake, TlsVersion};
pub use verify::{MANDATORY, verify, verify_with};

use super::Entry;
use crate::identity::Family;

/// The family, as the broker sees it.
pub(super) const ENTRY: Entry =
    Entry { family: Family::Certificate, mandatory: MANDATORY, verify: verify_with };
