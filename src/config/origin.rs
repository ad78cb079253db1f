/// Whether a text is an https origin in the one spelling of a browser (HTML, 7.1.1, serialisation of
/// an origin): `https://`, a host in lower-case ASCII, a port that is not 443. No path, no user, no
/// trailing slash or dot, no percent sign.
///
/// An internationalised host stands in its `xn--` form. At most 253 characters of host.
#[must_use]
pub fn is_serialised_origin(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://") else { return false };
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (rest, None),
    };
    is_host(host) && port.is_none_or(is_port)
}

/// The host of an origin that [`is_serialised_origin`].
#[must_use]
pub fn host_of_origin(origin: &str) -> &str {
    let rest = origin.strip_prefix("https://").unwrap_or_default();
    rest.split_once(':').map_or(rest, |(host, _)| host)
}

// Labels of letters, digits and hyphens (RFC 1123, 2.1). An address of numbers has no certificate
// that a browser shows to a card; `localhost` is for development and is a label like any other.
fn is_host(host: &str) -> bool {
    const MAX_HOST_LEN: usize = 253;
    const MAX_LABEL_LEN: usize = 63;
    host.len() <= MAX_HOST_LEN
        && host.split('.').all(|label| {
            (1..=MAX_LABEL_LEN).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        })
}

fn is_port(port: &str) -> bool {
    let canonical = !port.starts_with('0') && port.bytes().all(|byte| byte.is_ascii_digit());
    canonical && port.parse::<u16>().is_ok_and(|port| port != 443)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_spelling_of_a_browser_and_no_other() {
        for good in [
            "https://ria.ee",
            "https://a.eu:8443",
            "https://xn--bcher-kva.example",
            "https://47f0-46-131-86-189.ngrok-free.app",
            "https://localhost:3000",
        ] {
            assert!(is_serialised_origin(good), "{good}");
        }
        for bad in [
            "",
            "https://",
            "http://ria.ee",
            "https://ria.ee/",
            "https://ria.ee.",
            "https://RIA.ee",
            "https://bücher.example",
            "https://ria.ee:443",
            "https://ria.ee:",
            "https://ria.ee:08443",
            "https://ria.ee:65536",
            "https://ria.ee:+1",
            "https://user@ria.ee",
            "https://ria.ee/login",
            "https://ria.ee?x",
            "https://ria..ee",
            "https://-ria.ee",
            "https://ria.ee ",
            " https://ria.ee",
            "https://[::1]",
        ] {
            assert!(!is_serialised_origin(bad), "{bad}");
        }
        let label = "a".repeat(63);
        assert!(is_serialised_origin(&format!("https://{label}.ee")));
        assert!(!is_serialised_origin(&format!("https://{label}a.ee")));
    }

    #[test]
    fn gives_the_host_without_the_port() {
        assert_eq!(host_of_origin("https://a.eu:8443"), "a.eu");
        assert_eq!(host_of_origin("https://a.eu"), "a.eu");
    }
}
