//! eid-broker.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod crypto;
pub mod envelope;
pub mod pki;
pub mod ports;
mod time;
pub mod verdict;

pub use time::UnixTime;
