//! Compact JWS and JWK sets, strictly (RFC 7515, RFC 7517, RFC 7638, RFC 8725).
//!
//! Order of work for every JWS: size, alphabet and part count, header, algorithm, key, signature
//! over the received octets, and only then the payload.

mod compact;
mod header;
mod jwk;

pub use compact::Compact;
pub(crate) use compact::is_base64url;
pub(crate) use header::is_kid;
pub use header::{Header, HeaderRules};
pub use jwk::{Jwk, KeySet, MAX_KEYS};
