//! Any European eID token in, one verified identity with a level of assurance, one narrow signed
//! assertion out.
//!
//! A town's software has to know who is at the other end. This library stands between it and the
//! means of identification, so that no procedure has to understand wallets, certificates and trust
//! lists itself, and none learns more about a person than its purpose needs.
//!
//! ```text
//! expectation → token → verify → identity → register → assertion → check
//! ```
//!
//! 1. [`Broker::expect`](broker::Broker::expect) makes an [`Expectation`]: for which procedure, by
//!    which nonce, until when. It goes out sealed and is used once.
//! 2. The portal asks the wallet for a token and hands it in with the sealed expectation.
//! 3. The family's folder below [`token`] verifies it. The answer is a [`Verdict`]: accepted, needs
//!    something, or refused, always with the ledger of what was checked and on which clause.
//! 4. The claims of a verified token become an [`Identity`], the same model for every family.
//! 5. The [`register`] releases what the [`Procedure`] may see, and nothing else.
//! 6. [`Broker::assert`](broker::Broker::assert) signs that as an [`Assertion`] and hands it out
//!    once its audit record is durable.
//! 7. A consumer checks the assertion with [`assertion::Checker`] or in C, offline.
//!
//! # Example
//!
//! The whole journey, with the example configuration and the test wallet that come with the source.
//! Hidden lines make both.
//!
#![cfg_attr(feature = "cli", doc = "```")]
#![cfg_attr(not(feature = "cli"), doc = "```ignore")]
//! use eid_broker::broker::Request;
//! use eid_broker::host::{config_folder::ConfigFolder, open_broker};
//! use eid_broker::{UnixTime, Verdict, identity::Family};
//! # use eid_broker_maker::{pid::{PidIssuer, PidSpec}, wallet::{Select, Wallet}};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = std::env::temp_dir().join(format!("eid-broker-front-{}", std::process::id()));
//! # eid_broker::host::config_folder::init(&folder)?;
//! # let at = 1_772_366_400;
//! # let ask_the_wallet = |nonce: &str, audience: &str| {
//! #     let mut pid = PidSpec::erika()?;
//! #     (pid.iat, pid.nbf, pid.exp) = (Some(at), Some(at), Some(at + 3_600));
//! #     let credential = PidIssuer::new()?.issue(&pid)?;
//! #     let token = Wallet::holder()?.present(&credential, &Select::All, nonce, audience, at)?;
//! #     Ok::<_, eid_broker_maker::MakerError>(token.into_bytes())
//! # };
//!
//! let broker = open_broker(ConfigFolder::load(&folder)?)?;
//! let now = UnixTime::from_secs(1_772_366_400); // the library asks no clock
//!
//! let expected = broker.expect("urn:procedure:building-permit", Family::SdJwtVc, now)?;
//! let (nonce, audience) = (expected.expectation.nonce(), expected.expectation.audience());
//! let token = ask_the_wallet(nonce, audience)?;
//!
//! match broker.assert(&expected.sealed, &Request::new("legacy-17"), &token, now) {
//!     Verdict::Accepted(accepted) => println!("{}", accepted.value().as_str()),
//!     Verdict::Needs { needs, .. } => println!("fetch {needs:?} first"),
//!     Verdict::Refused { refusal, .. } => println!("{refusal}: {}", refusal.code().advice()),
//! }
//! # let again = broker.assert(&expected.sealed, &Request::new("legacy-17"), &token, now);
//! # assert_eq!(again.refusal().unwrap().code().name(), "replay.expectation");
//! # let _ = std::fs::remove_dir_all(&folder);
//! # Ok(())
//! # }
//! ```
//!
//! Checking is shorter:
//!
//! ```
//! use eid_broker::UnixTime;
//! use eid_broker::assertion::{CheckPolicy, Checker};
//! use eid_broker::envelope::jose::KeySet;
//! # fn main() -> Result<(), eid_broker::Refusal> {
//! # let jwks = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a",
//! #     "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
//!
//! let keys = KeySet::parse(jwks.as_bytes())?;
//! let procedure = "urn:procedure:building-permit";
//! let checker = Checker::new("https://eid.example.org", &keys, procedure, CheckPolicy::default())?;
//!
//! let refusal = checker.check(b"not an assertion", UnixTime::from_secs(1_772_366_400), None);
//! assert_eq!(refusal.unwrap_err().code().name(), "format.malformed");
//! # Ok(())
//! # }
//! ```
//!
//! # Rules of the house
//!
//! * Nothing is believed before its signature was checked; only a full check builds a [`Verdict`]
//!   that accepts.
//! * The library opens no file and no connection and asks no clock, except below [`host`]. What it
//!   needs comes through [`ports`].
//! * Undecided is never yes: a store, a signer or a log that does not answer is a code from 8000 on.
//! * No text, no `Debug` output and no refusal holds a claim about a person.
//!
//! The documents of the source tree say more: `docs/rules.md`, `docs/assertion-profile.md`,
//! `docs/configuration.md`, `docs/refusals.md`, `SECURITY.md`.
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `cli` | yes | the command `eid-broker`, and [`host::config_folder`]'s `init` |
//! | `sqlite` | yes | the replay store in an SQLite file, [`host`]'s `SqliteReplayStore` |
//! | `tls` | no | [`host`]'s `tls`: eID cards in mutual TLS with rustls |
//! | `openssl` | yes | P-521, and RSASSA-PSS with any salt length; P-384 at speed. Links OpenSSL |
//!
//! Without any of them the library verifies on ring alone. What a build cannot verify is refused as
//! `alg.not_available` or `key.unsupported`, never skipped. A feature adds abilities; it never changes
//! what an existing program accepts.

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

pub use assertion::Assertion;
pub use broker::Broker;
pub use expectation::Expectation;
pub use identity::Identity;
pub use policy::Policy;
pub use register::Procedure;
pub use time::UnixTime;
pub use verdict::{Refusal, Verdict};
