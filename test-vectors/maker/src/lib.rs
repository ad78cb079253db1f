//! Test issuers and test wallets. Every key in here is made for tests and worthless.
//!
//! The crate shares no code with the core on purpose: what the core verifies was made by somebody
//! else. It makes honest tokens in one call and lets a test bend each part of them.
//!
//! ```
//! use eid_broker_maker::{NOW, pid::{PidIssuer, PidSpec}, wallet::{Select, Wallet}};
//!
//! # fn main() -> Result<(), eid_broker_maker::MakerError> {
//! let credential = PidIssuer::new()?.issue(&PidSpec::erika()?)?;
//! let select = Select::Names(&["family_name", "address.locality"]);
//! let token = Wallet::holder()?.present(&credential, &select, "n-1", "https://rp.example", NOW)?;
//! assert_eq!(token.split('~').count(), 5);
//! # Ok(())
//! # }
//! ```

pub mod card;
pub mod cert;
pub mod der;
#[cfg(feature = "deterministic")]
mod deterministic;
mod error;
mod hash;
pub mod jws;
pub mod keys;
pub mod ocsp;
pub mod pid;
pub mod saml;
pub mod sd_jwt;
pub mod wallet;

pub use error::MakerError;
pub use hash::Hash;
pub use jws::{Signing, compact_jws, compact_jws_signed};
pub use keys::TestKey;

/// The moment in which the honest vectors live: 2026-03-01T12:00:00Z, Unix seconds.
pub const NOW: i64 = 1_772_366_400;
