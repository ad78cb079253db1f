//! eid-broker.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod crypto;
pub mod envelope;
pub mod host;
pub mod identity;
pub mod pki;
pub mod policy;
pub mod ports;
mod time;
pub mod verdict;

pub use time::UnixTime;
