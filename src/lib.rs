//! eid-broker.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod assertion;
pub mod broker;
pub mod config;
pub mod crypto;
pub mod envelope;
pub mod expectation;
pub mod host;
pub mod identity;
pub mod pki;
pub mod policy;
pub mod ports;
pub mod register;
mod time;
pub mod token;
pub mod trust;
pub mod verdict;

pub use time::UnixTime;
