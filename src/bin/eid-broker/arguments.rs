//! What can be said on the command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Verifies European eID tokens and issues narrow signed assertions.
///
/// Exit status: 0 accepted, 1 refused, 2 misuse or bad configuration, 3 undecided.
#[derive(Parser)]
#[command(name = "eid-broker", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Verify a token against an expectation, then issue the assertion
    Assert(AssertOptions),
    /// Verify or show the audit log
    Audit(AuditOptions),
    /// Check an assertion as a consumer does
    Check(CheckOptions),
    /// Walk a whole journey with the test issuers
    Demo(DemoOptions),
    /// Look at a token under any policy and any date; uses nothing up and cannot issue
    Diagnose(DiagnoseOptions),
    /// Make a challenge for the portal and a sealed expectation
    Expect(ExpectOptions),
    /// Write an annotated example configuration that works with the test issuers
    Init(InitOptions),
    /// Print the key set with which consumers check assertions
    Jwks(ConfigOptions),
    /// Explain refusals: what they mean, what to do, and the clause
    Refusals(RefusalsOptions),
    /// This broker as a SAML service provider
    Saml(SamlOptions),
    /// Show, check or refresh the trust sources
    Trust(TrustOptions),
    /// Verify a token against an expectation and use the expectation up
    Verify(VerifyOptions),
}

#[derive(Args)]
pub(crate) struct ExpectOptions {
    /// Configuration folder
    #[arg(long, value_name = "DIR")]
    pub(crate) config: PathBuf,
    /// Id of the procedure in register.toml
    #[arg(long, value_name = "ID")]
    pub(crate) procedure: String,
    /// Token family
    #[arg(long, value_name = "NAME")]
    pub(crate) family: String,
    /// SAML: entity ID of the identity provider to ask; without it and --country, the only one
    #[arg(long, value_name = "ENTITY-ID")]
    pub(crate) issuer: Option<String>,
    /// SAML: country that the person chose; its eIDAS node is asked
    #[arg(long, value_name = "CC")]
    pub(crate) country: Option<String>,
    /// SAML: kind of person to ask for
    #[arg(long, value_name = "KIND")]
    pub(crate) person: Option<Person>,
    /// SAML: scope that will be asked for; may be repeated. Without it, all registered ones
    #[arg(long = "scope", value_name = "SCOPE")]
    pub(crate) scopes: Vec<String>,
    /// SAML: address of the person's browser; the answer must name the same
    #[arg(long, value_name = "IP")]
    pub(crate) client_address: Option<String>,
    /// SAML: what comes back unread beside the answer, 1 to 80 bytes
    #[arg(long, value_name = "TEXT")]
    pub(crate) relay_state: Option<String>,
    /// SAML: write a page that posts the request
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Time of the call instead of the clock's
    #[arg(long, value_name = "RFC3339")]
    pub(crate) now: Option<String>,
}

#[derive(Args)]
pub(crate) struct VerifyOptions {
    /// Configuration folder
    #[arg(long, value_name = "DIR")]
    pub(crate) config: PathBuf,
    /// What `expect` wrote
    #[arg(long, value_name = "FILE")]
    pub(crate) expect: PathBuf,
    /// What an earlier verdict needed: an OCSP answer or a CRL, DER or PEM; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) evidence: Vec<PathBuf>,
    /// Time of the check instead of the clock's
    #[arg(long, value_name = "RFC3339")]
    pub(crate) now: Option<String>,
    /// Print the verdict as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// The token, a file with it, or - for standard input; one line end after it is cut off
    pub(crate) token: String,
}

#[derive(Args)]
pub(crate) struct AssertOptions {
    /// Configuration folder
    #[arg(long, value_name = "DIR")]
    pub(crate) config: PathBuf,
    /// What `expect` wrote
    #[arg(long, value_name = "FILE")]
    pub(crate) expect: PathBuf,
    /// Id of the client in register.toml, authenticated by whoever calls this
    #[arg(long, value_name = "ID")]
    pub(crate) client: String,
    /// Wanted scope; may be repeated. Without it, all registered ones
    #[arg(long = "scope", value_name = "SCOPE")]
    pub(crate) scopes: Vec<String>,
    /// To whose key the assertion is bound: x5t#S256:… or jkt:…
    #[arg(long, value_name = "THUMBPRINT")]
    pub(crate) binding: Option<String>,
    /// What an earlier verdict needed: an OCSP answer or a CRL, DER or PEM; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) evidence: Vec<PathBuf>,
    /// Time of the check instead of the clock's
    #[arg(long, value_name = "RFC3339")]
    pub(crate) now: Option<String>,
    /// Print the verdict as JSON, the assertion in its member `assertion`
    #[arg(long)]
    pub(crate) json: bool,
    /// The token, a file with it, or - for standard input; one line end after it is cut off
    pub(crate) token: String,
}

#[derive(Args)]
pub(crate) struct DiagnoseOptions {
    /// Configuration folder; without it, --anchor or --jwks says whom to believe
    #[arg(long, value_name = "DIR")]
    pub(crate) config: Option<PathBuf>,
    /// Token family
    #[arg(long, value_name = "NAME")]
    pub(crate) family: String,
    /// Another policy: a file, or one of standard, laboratory, sd-jwt-layer
    #[arg(long, value_name = "FILE|NAME")]
    pub(crate) policy: Option<String>,
    /// Believe this certificate authority as well (PEM); for cards under the name --anchor
    #[arg(long, value_name = "FILE")]
    pub(crate) anchor: Option<PathBuf>,
    /// Believe this key set as well; needs --issuer
    #[arg(long, value_name = "FILE", requires = "issuer")]
    pub(crate) jwks: Option<PathBuf>,
    /// The issuer whose keys --jwks holds; for SAML the entity ID of who was asked
    #[arg(long, value_name = "URL")]
    pub(crate) issuer: Option<String>,
    /// Country for which --anchor or --jwks speaks
    #[arg(long, value_name = "CC")]
    pub(crate) country: Option<String>,
    /// Nonce of the request
    #[arg(long, value_name = "NONCE", requires = "audience", conflicts_with = "expect")]
    pub(crate) nonce: Option<String>,
    /// Audience of the request
    #[arg(long, value_name = "AUDIENCE", requires = "nonce", conflicts_with = "expect")]
    pub(crate) audience: Option<String>,
    /// SAML: ID of the request that the response answers
    #[arg(long, value_name = "ID", requires = "config", conflicts_with_all = ["expect", "nonce"])]
    pub(crate) request_id: Option<String>,
    /// What `expect` wrote; it is opened and not used up
    #[arg(long, value_name = "FILE", requires = "config")]
    pub(crate) expect: Option<PathBuf>,
    /// What an earlier verdict needed: an OCSP answer or a CRL, DER or PEM; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) evidence: Vec<PathBuf>,
    /// Time of the check instead of the clock's
    #[arg(long, value_name = "RFC3339")]
    pub(crate) now: Option<String>,
    /// Print the verdict as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// The token, a file with it, or - for standard input; one line end after it is cut off
    pub(crate) token: String,
}

#[derive(Args)]
pub(crate) struct CheckOptions {
    /// The exact issuer
    #[arg(long, value_name = "URL")]
    pub(crate) issuer: String,
    /// The issuer's key set
    #[arg(long, value_name = "FILE")]
    pub(crate) jwks: PathBuf,
    /// The procedure that the assertion must be for
    #[arg(long, value_name = "ID")]
    pub(crate) procedure: String,
    /// Lowest accepted level of assurance
    #[arg(long, value_name = "LEVEL", default_value = "substantial")]
    pub(crate) min_loa: Level,
    /// Accept schemes that were not notified
    #[arg(long)]
    pub(crate) not_notified: bool,
    /// The key that the presenter proved to hold: x5t#S256:… or jkt:…
    #[arg(long, value_name = "THUMBPRINT")]
    pub(crate) binding: Option<String>,
    /// How old the key set file may be, in seconds
    #[arg(long, value_name = "S")]
    pub(crate) max_keys_age: Option<u32>,
    /// Time of the check instead of the clock's
    #[arg(long, value_name = "RFC3339")]
    pub(crate) now: Option<String>,
    /// Print the verdict as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// The assertion, a file with it, or - for standard input; one line end after it is cut off
    pub(crate) token: String,
}

#[derive(Args)]
pub(crate) struct SamlOptions {
    #[command(subcommand)]
    pub(crate) action: SamlAction,
}

#[derive(Subcommand)]
pub(crate) enum SamlAction {
    /// Print the signed metadata of this service provider
    Metadata(MetadataOptions),
}

#[derive(Args)]
pub(crate) struct MetadataOptions {
    /// Configuration folder
    #[arg(long, value_name = "DIR")]
    pub(crate) config: PathBuf,
    /// For whom: eidas_saml, or bund_id
    #[arg(long, value_name = "NAME", default_value = "eidas_saml")]
    pub(crate) family: String,
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Time of the call instead of the clock's
    #[arg(long, value_name = "RFC3339")]
    pub(crate) now: Option<String>,
}

/// A kind of person.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Person {
    Natural,
    Legal,
    NaturalAndLegal,
}

/// A level of assurance.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Level {
    Low,
    Substantial,
    High,
}

#[derive(Args)]
pub(crate) struct TrustOptions {
    #[command(subcommand)]
    pub(crate) action: TrustAction,
}

#[derive(Subcommand)]
pub(crate) enum TrustAction {
    /// Verify documents that were fetched and put them into their files; exit 1 when one is refused
    Apply(ApplyOptions),
    /// List the sources, their state, age and anchors
    Show(ConfigOptions),
    /// Say what is wrong with them; exit 1 when one of the findings is an error
    Doctor(ConfigOptions),
    /// List what to fetch now, one a line: source, address, reason
    Plan(ConfigOptions),
}

#[derive(Args)]
pub(crate) struct ApplyOptions {
    /// Configuration folder
    #[arg(long, value_name = "DIR")]
    pub(crate) config: PathBuf,
    /// Time of the call instead of the clock's
    #[arg(long, value_name = "RFC3339")]
    pub(crate) now: Option<String>,
    /// Name of a source in trust.toml and the file with its new document
    #[arg(value_name = "NAME=FILE", required = true)]
    pub(crate) documents: Vec<String>,
}

#[derive(Args)]
pub(crate) struct ConfigOptions {
    /// Configuration folder
    #[arg(long, value_name = "DIR")]
    pub(crate) config: PathBuf,
    /// Time of the call instead of the clock's
    #[arg(long, value_name = "RFC3339")]
    pub(crate) now: Option<String>,
}

#[derive(Args)]
pub(crate) struct AuditOptions {
    #[command(subcommand)]
    pub(crate) action: AuditAction,
}

#[derive(Subcommand)]
pub(crate) enum AuditAction {
    /// Recompute the chain of the whole log
    Verify(AuditLog),
    /// Print the records
    Show(AuditLog),
}

#[derive(Args)]
pub(crate) struct AuditLog {
    /// Configuration folder
    #[arg(long, value_name = "DIR", required_unless_present = "log")]
    pub(crate) config: Option<PathBuf>,
    /// The log itself, without a configuration
    #[arg(value_name = "LOG")]
    pub(crate) log: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct InitOptions {
    /// Folder to make; nothing in it is overwritten
    pub(crate) dir: PathBuf,
}

#[derive(Args)]
pub(crate) struct RefusalsOptions {
    /// Print the whole table as the document docs/refusals.md
    #[arg(long, conflicts_with = "code")]
    pub(crate) markdown: bool,
    /// A code such as time.expired, or its number
    pub(crate) code: Option<String>,
}

#[derive(Args)]
pub(crate) struct DemoOptions {
    /// One family only
    #[arg(long, value_name = "NAME")]
    pub(crate) family: Option<String>,
    /// The C program that checks the assertion at the end
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) c_check: Option<PathBuf>,
    /// xmlsec1, which checks the signatures of our requests and metadata
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) xmlsec1: Option<PathBuf>,
}
