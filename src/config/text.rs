/// Whether a text can be an issuer identifier (RFC 8414, 2): `https`, a host, no query, no fragment,
/// no user information; printable ASCII without `"<>\^`{|}`. Compared byte for byte ever after.
#[must_use]
pub fn is_issuer_url(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://") else { return false };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let plain = |byte: u8| byte.is_ascii_graphic() && !br#""<>\^`{|}?#@"#.contains(&byte);
    text.len() <= MAX_URL_BYTES && is_authority(authority) && path.bytes().all(plain)
}

/// As [`is_issuer_url`], in its one canonical spelling: no trailing slash, no empty, `.` or `..`
/// segment, no percent-encoding, no port 443. What this program calls itself is written like that,
/// so that nobody has to normalise it.
#[must_use]
pub fn is_canonical_issuer_url(text: &str) -> bool {
    let Some((authority, path)) = text
        .strip_prefix("https://")
        .map(|rest| rest.split_once('/').map_or((rest, None), |(host, path)| (host, Some(path))))
    else {
        return false;
    };
    let segments_are_plain =
        path.is_none_or(|path| path.split('/').all(|segment| !matches!(segment, "" | "." | "..")));
    is_issuer_url(text) && segments_are_plain && !text.contains('%') && !authority.ends_with(":443")
}

/// Whether a text can be a SAML entity ID (SAML V2.0 Core, 8.3.6): an absolute URI of at most 1024
/// bytes, in ASCII without white space and `"<>\^`{|}`. Compared byte for byte ever after.
#[must_use]
pub fn is_entity_id(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() && !br#""<>\^`{|}"#.contains(&byte);
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let scheme_is_good = scheme.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
        && scheme.bytes().all(letter);
    text.len() <= MAX_ENTITY_ID_BYTES
        && scheme_is_good
        && !rest.is_empty()
        && text.bytes().all(plain)
}

/// Whether a text can be an endpoint: `https`, a host in lower case, no user information, no
/// fragment; a query is allowed. Compared byte for byte ever after.
#[must_use]
pub fn is_endpoint_url(text: &str) -> bool {
    let (base, query) = text.split_once('?').map_or((text, ""), |(base, query)| (base, query));
    let plain = |byte: u8| byte.is_ascii_graphic() && !br#""<>\^`{|}#"#.contains(&byte);
    text.len() <= MAX_URL_BYTES && is_issuer_url(base) && query.bytes().all(plain)
}

/// Whether a text can name a file: parts between single slashes, none of them `.` or `..`, no
/// backslash, no control character. Relative paths are meant from the configuration folder;
/// absolute ones are taken as they are.
///
/// `..` is refused because a configuration that reaches out of its folder breaks when the folder is
/// copied or mounted elsewhere; an absolute path says openly where it goes.
#[must_use]
pub fn is_file_path(text: &str) -> bool {
    let parts = text.strip_prefix('/').unwrap_or(text);
    let plain = |part: &str| !matches!(part, "" | "." | "..");
    let odd = |character: char| character == '\\' || character.is_control();
    text.len() <= MAX_PATH_BYTES && parts.split('/').all(plain) && !text.contains(odd)
}

// A host name in lower case with an optional port; IP literals in brackets are no issuers.
fn is_authority(text: &str) -> bool {
    let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
    let labels_are_good = host.split('.').all(|label| {
        let inside = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        !label.is_empty()
            && label.bytes().all(inside)
            && !label.starts_with('-')
            && !label.ends_with('-')
    });
    let port_is_good = port.is_none_or(|port| {
        !port.starts_with('0')
            && port.bytes().all(|byte| byte.is_ascii_digit())
            && port.parse::<u16>().is_ok()
    });
    labels_are_good && port_is_good
}

// `PATH_MAX` of Linux, without its NUL.
const MAX_PATH_BYTES: usize = 4095;
// SAML V2.0 Core, 8.3.6.
const MAX_ENTITY_ID_BYTES: usize = 1024;
// Longest `iss` that a token may carry.
const MAX_URL_BYTES: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entity_id_is_an_absolute_uri() {
        for good in ["https://node.example/Metadata", "urn:x:y", "http://a", "a:b"] {
            assert!(is_entity_id(good), "{good}");
        }
        let long = format!("urn:{}", "x".repeat(1021));
        for bad in ["", "node", ":x", "1a:x", "https:", "urn:a b", "urn:<", "urn:ä", &long] {
            assert!(!is_entity_id(bad), "{bad}");
        }
        assert!(is_entity_id(&format!("urn:{}", "x".repeat(1020))));
    }

    #[test]
    fn an_endpoint_is_an_https_url_that_may_have_a_query() {
        for good in ["https://a", "https://a/sso", "https://a:8443/sso?x=1&y=/2?", "https://a?x"] {
            assert!(is_endpoint_url(good), "{good}");
        }
        for bad in ["http://a", "https://u@a/", "https://a/#x", "https://a/?x#y", "https://A/?x"] {
            assert!(!is_endpoint_url(bad), "{bad}");
        }
    }

    #[test]
    fn an_issuer_is_an_https_url_without_query_and_fragment() {
        for good in
            ["https://a", "https://eid.example.org", "https://a.example:8443/x", "https://a/"]
        {
            assert!(is_issuer_url(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "http://a",
            "HTTPS://a",
            "https://",
            "https:///x",
            "https://A",
            "https://a b",
            "https://a?x",
            "https://a/?x",
            "https://a/#x",
            "https://u@a",
            "https://a:x",
            "https://a:0",
            "https://a:65536",
            "https://a.",
            "https://.a",
            "https://-a",
            "https://[::1]",
            "https://a/\u{e4}",
            "https://a\\b",
            "https://a/\\b",
        ] {
            assert!(!is_issuer_url(bad), "{bad}");
        }
    }

    #[test]
    fn a_path_goes_down_only() {
        for good in ["a", "keys/a.pem", "/etc/eid/a.pem", "a b/\u{e4}..pem"] {
            assert!(is_file_path(good), "{good}");
        }
        for bad in ["", "/", "a/", "a//b", "./a", "..", "../a", "a/../b", "/..", "a\\b", "a\nb"] {
            assert!(!is_file_path(bad), "{bad}");
        }
    }

    #[test]
    fn what_we_call_ourselves_has_one_spelling() {
        for good in ["https://eid.example.org", "https://eid.example.org/town/1"] {
            assert!(is_canonical_issuer_url(good), "{good}");
        }
        for bad in [
            "https://a/",
            "https://a/x/",
            "https://a//x",
            "https://a/./x",
            "https://a/x/..",
            "https://a/%41",
            "https://a:443",
            "https://a:443/x",
        ] {
            assert!(!is_canonical_issuer_url(bad), "{bad}");
        }
    }
}
