//! The rules of the public web PKI that a verifier can see: Baseline Requirements of the CA/Browser
//! Forum, version 2. The table at [`super::super::Profile::tls_server`] lists them.

use super::super::Certificate;
use super::super::alt_name::{self, AltName};
use super::super::der::tag;
use super::super::extension::{Extension, oids};
use super::super::name;
use super::name_match::DnsName;
use crate::crypto::KeyKind;

/// 7.1.2.7.6, 7.1.2.7.10 and 7.1.4.3.
pub(super) fn leaf_holds(leaf: &Certificate) -> bool {
    let purposes = leaf.extension(&oids::EXTENDED_KEY_USAGE);
    let critical = purposes.is_some_and(Extension::is_critical);
    let any = leaf.extended_key_usage().is_some_and(|all| all.contains(&oids::ANY_PURPOSE));
    !critical && !any && common_names_are_alternative(leaf)
}

/// 7.1.2.1.2 and 7.1.2.1.3.
pub(super) fn anchor_holds(anchor: &Certificate) -> bool {
    let identifier = anchor.authority_key_identifier();
    let own = !anchor.is_self_issued()
        || identifier.is_none()
        || identifier == anchor.subject_key_identifier();
    anchor.extended_key_usage().is_none() && !anchor.names_authority_certificate() && own
}

/// 6.1.5: RSA moduli are a multiple of eight bits.
pub(super) fn key_holds(certificate: &Certificate) -> bool {
    match certificate.public_key() {
        Ok(key) if key.kind() == KeyKind::Rsa => key.bits().is_multiple_of(8),
        // Another key has no such rule, and one that cannot be used refuses the path elsewhere.
        _ => true,
    }
}

/// Each common name is one of the host names or addresses, character by character. Addresses are
/// written as in RFC 3986, 3.2.2 and RFC 5952, 4.
///
/// A host name passes also when the certificate is for names below it, or for addresses alone: the
/// clause would refuse that, x509-limbo does not (`webpki::san::leftmost-wildcard-san`). No peer is
/// ever compared with a common name.
fn common_names_are_alternative(leaf: &Certificate) -> bool {
    let (mut hosts, mut addresses) = (Vec::new(), Vec::new());
    for name in alt_name::names(leaf.subject_alt_name_der().unwrap_or_default()) {
        match name {
            AltName::Dns(host) => hosts.push(host),
            AltName::Ip(address) => addresses.push(address),
            AltName::Directory(_) | AltName::Email(_) | AltName::Other(_) | AltName::Uri(_) => {}
        }
    }
    // Without either, the certificate speaks for no host, and its common name says nothing.
    if hosts.is_empty() && addresses.is_empty() {
        return true;
    }
    let mut holds = true;
    name::common_names(leaf.subject_der(), |tag, content| {
        let readable = matches!(tag, tag::PRINTABLE_STRING | tag::UTF8_STRING | tag::IA5_STRING);
        let text = std::str::from_utf8(content).unwrap_or_default();
        let named = hosts.contains(&text)
            || addresses.iter().any(|address| address_text(address).as_deref() == Some(text));
        let is_parent =
            |host: &&str| host.strip_suffix(text).is_some_and(|labels| labels.ends_with('.'));
        let stands_above = DnsName::host(text).is_some()
            && !looks_like_address(text)
            && (hosts.is_empty() || hosts.iter().any(is_parent));
        holds &= readable && (named || stands_above);
    });
    holds
}

/// Decimal, octal or hexadecimal, as resolvers read it.
fn looks_like_address(text: &str) -> bool {
    let last = text.rsplit('.').next().unwrap_or_default();
    let digits = last.bytes().all(|byte| byte.is_ascii_digit());
    digits || last.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("0x"))
}

fn address_text(bytes: &[u8]) -> Option<String> {
    if let Ok([a, b, c, d]) = <[u8; 4]>::try_from(bytes) {
        return Some(format!("{a}.{b}.{c}.{d}"));
    }
    let groups: Vec<u16> = bytes
        .chunks_exact(2)
        .filter_map(|pair| Some(u16::from_be_bytes(pair.try_into().ok()?)))
        .collect();
    let (mut best, mut start) = (0..0, 0);
    // The first of the longest runs of at least two zeros (RFC 5952, 4.2.2 and 4.2.3).
    for (index, group) in groups.iter().enumerate() {
        if *group != 0 {
            start = index.saturating_add(1);
        } else if index.saturating_add(1).saturating_sub(start) > best.len() {
            best = start..index.saturating_add(1);
        }
    }
    let text =
        |part: &[u16]| part.iter().map(|group| format!("{group:x}")).collect::<Vec<_>>().join(":");
    if best.len() < 2 {
        return Some(text(&groups));
    }
    let (head, tail) = (groups.get(..best.start)?, groups.get(best.end..)?);
    Some(format!("{}::{}", text(head), text(tail)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_addresses_in_their_one_form() {
        let v6 = |groups: [u16; 8]| {
            let bytes: Vec<u8> = groups.iter().flat_map(|group| group.to_be_bytes()).collect();
            address_text(&bytes).unwrap()
        };
        assert_eq!(address_text(&[192, 168, 0, 1]).unwrap(), "192.168.0.1");
        assert_eq!(v6([0; 8]), "::");
        assert_eq!(v6([0, 0, 0, 0, 0, 0, 0, 1]), "::1");
        assert_eq!(v6([0x2001, 0xdb8, 0, 0, 1, 0, 0, 1]), "2001:db8::1:0:0:1");
        assert_eq!(v6([0x2001, 0xdb8, 0, 1, 1, 1, 1, 1]), "2001:db8:0:1:1:1:1:1");
        assert_eq!(v6([1, 0, 0, 0, 0, 0, 0, 0]), "1::");
    }
}
