//! Does a certificate name the peer (RFC 9525, 6)?

use super::Certificate;
use super::alt_name::{self, AltName};
use super::path::DnsName;
use crate::verdict::Code;

/// Whom the caller wants to talk to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PeerName<'a> {
    /// A host name in ASCII.
    Dns(&'a str),
    /// An e-mail address; the part before the `@` is compared exactly.
    Email(&'a str),
    /// An address, four or sixteen bytes.
    Ip(&'a [u8]),
}

impl PeerName<'_> {
    /// Whether one of the subject alternative names is this one. A common name never counts (RFC
    /// 9525, 2).
    ///
    /// * `is_public_suffix`: whether anybody may register names below this one. A wildcard directly
    ///   below such a name, or below nothing, names nobody (RFC 9525, 7.1). Lists of these names
    ///   change by the week and belong to the caller.
    ///
    /// # Errors
    /// [`Code::ChainPeerName`].
    pub fn check(
        &self,
        certificate: &Certificate,
        is_public_suffix: &dyn Fn(&str) -> bool,
    ) -> Result<(), Code> {
        let alternative = certificate.subject_alt_name_der().unwrap_or_default();
        let named = alt_name::names(alternative).any(|name| match (self, name) {
            (Self::Dns(wanted), AltName::Dns(presented)) => {
                let (Some(wanted), Some(presented)) =
                    (DnsName::host(wanted), DnsName::presented(presented))
                else {
                    return false;
                };
                presented.names(&wanted)
                    && !(presented.is_wildcard() && is_public_suffix(presented.base()))
            }
            (Self::Email(wanted), AltName::Email(presented)) => {
                let split = |text: &str| {
                    text.rsplit_once('@').map(|(a, b)| (a.to_owned(), b.to_ascii_lowercase()))
                };
                split(wanted).is_some() && split(wanted) == split(presented)
            }
            (Self::Ip(wanted), AltName::Ip(presented)) => *wanted == presented,
            _ => false,
        });
        if named { Ok(()) } else { Err(Code::ChainPeerName) }
    }
}
