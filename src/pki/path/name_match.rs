//! Which names lie in a subtree, form by form (RFC 5280, 4.2.1.10).

/// A host name: labels of letters, digits, hyphens and underscores, without a dot at either end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct DnsName<'a> {
    /// Without `*.`.
    host: &'a str,
    /// Whether the name stands for every name with one more label.
    wildcard: bool,
}

impl<'a> DnsName<'a> {
    /// A host name.
    pub(crate) fn host(text: &'a str) -> Option<Self> {
        is_host(text).then_some(Self { host: text, wildcard: false })
    }

    /// A name as a certificate has it: the first label may be `*` (RFC 9525, 6.3).
    pub(crate) fn presented(text: &'a str) -> Option<Self> {
        match text.strip_prefix("*.") {
            Some(host) => is_host(host).then_some(Self { host, wildcard: true }),
            None => Self::host(text),
        }
    }

    /// The base of a constraint: a host name. Neither a wildcard nor a dot in front, which 4.2.1.10
    /// knows for addresses and URIs only.
    pub(super) fn constraint(text: &'a str) -> Option<Self> {
        Self::host(text)
    }

    /// Whether the name stands for more than one.
    pub(crate) const fn is_wildcard(&self) -> bool {
        self.wildcard
    }

    /// The name without `*.`.
    pub(crate) const fn base(&self) -> &'a str {
        self.host
    }

    /// Whether every name that `name` stands for is this one with labels added on the left.
    pub(super) fn holds(&self, name: &Self) -> bool {
        is_within(name.host, self.host)
    }

    /// Whether some name that `name` stands for is this one with labels added on the left.
    pub(super) fn touches(&self, name: &Self) -> bool {
        let parent = || self.host.split_once('.').map(|(_, parent)| parent);
        self.holds(name)
            || (name.wildcard && parent().is_some_and(|p| p.eq_ignore_ascii_case(name.host)))
    }

    /// Whether a certificate with this name speaks for `host` (RFC 9525, 6.3): label by label,
    /// without case, a wildcard for exactly one label.
    pub(crate) fn names(&self, host: &Self) -> bool {
        if self.wildcard {
            let parent = host.host.split_once('.').map(|(_, parent)| parent);
            parent.is_some_and(|parent| parent.eq_ignore_ascii_case(self.host))
        } else {
            self.host.eq_ignore_ascii_case(host.host)
        }
    }
}

/// An e-mail address, or what stands for several.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Mailbox<'a> {
    /// One address: what is before the `@`, compared exactly but for quotes, and the host.
    Address(&'a str, &'a str),
    /// Every address of a host.
    Host(&'a str),
    /// Every address of the hosts below one, not of it.
    Below(&'a str),
}

impl<'a> Mailbox<'a> {
    pub(super) fn address(text: &'a str) -> Option<Self> {
        // The last one: a quoted local part may have others.
        let (local, host) = text.rsplit_once('@')?;
        (!local.is_empty() && is_host(host)).then_some(Self::Address(local, host))
    }

    pub(super) fn constraint(text: &'a str) -> Option<Self> {
        if text.contains('@') {
            return Self::address(text);
        }
        match text.strip_prefix('.') {
            Some(host) => is_host(host).then_some(Self::Below(host)),
            None => is_host(text).then_some(Self::Host(text)),
        }
    }

    pub(super) fn holds(&self, name: &Self) -> bool {
        let Self::Address(local, host) = name else { return false };
        match self {
            Self::Address(own, own_host) => {
                own_host.eq_ignore_ascii_case(host) && unquoted(own).eq(unquoted(local))
            }
            Self::Host(own) => own.eq_ignore_ascii_case(host),
            Self::Below(own) => is_below(host, own),
        }
    }
}

/// The host of a URI, or what stands for several.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum UriHost<'a> {
    Below(&'a str),
    Host(&'a str),
}

impl<'a> UriHost<'a> {
    pub(super) fn constraint(text: &'a str) -> Option<Self> {
        match text.strip_prefix('.') {
            Some(host) => is_host(host).then_some(Self::Below(host)),
            None => is_host(text).then_some(Self::Host(text)),
        }
    }

    /// The host of a URI. `None` without one, and for an address: such a URI must be rejected where
    /// a constraint applies.
    pub(super) fn of(uri: &'a str) -> Option<DnsName<'a>> {
        let (scheme, rest) = uri.split_once(':')?;
        let authority = rest.strip_prefix("//")?;
        let end = authority.find(['/', '?', '#', '\\']).unwrap_or(authority.len());
        let authority = authority.get(..end)?;
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let host = host.split_once(':').map_or(host, |(host, _)| host);
        let numeric = host.rsplit('.').next()?.bytes().all(|byte| byte.is_ascii_digit());
        if scheme.is_empty() || numeric { None } else { DnsName::host(host) }
    }

    pub(super) fn holds(&self, host: &DnsName<'_>) -> bool {
        match self {
            Self::Below(own) => is_below(host.host, own),
            Self::Host(own) => own.eq_ignore_ascii_case(host.host),
        }
    }
}

/// A range of addresses: address and mask (RFC 4632).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Network<'a> {
    address: &'a [u8],
    mask: &'a [u8],
}

impl<'a> Network<'a> {
    /// Eight bytes or 32, the mask ones before zeros.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let half = match bytes.len() {
            8 => 4,
            32 => 16,
            _ => return None,
        };
        let (address, mask) = bytes.split_at_checked(half)?;
        let mut ended = false;
        let contiguous = mask.iter().all(|byte| {
            let holds = byte.leading_ones().checked_add(byte.trailing_zeros()) == Some(8)
                || *byte == 0
                || *byte == u8::MAX;
            let after_end = ended && *byte != 0;
            ended = *byte != u8::MAX;
            holds && !after_end
        });
        contiguous.then_some(Self { address, mask })
    }

    pub(super) fn holds(&self, address: &[u8]) -> bool {
        let mut bytes = self.address.iter().zip(self.mask).zip(address);
        address.len() == self.address.len()
            && bytes.all(|((own, mask), byte)| own & mask == byte & mask)
    }
}

/// What a local part says: quotes around it and backslashes in them are spelling (RFC 5321, 4.1.2).
fn unquoted(local: &str) -> impl Iterator<Item = u8> + '_ {
    let inner = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let mut bytes = inner.unwrap_or(local).bytes();
    std::iter::from_fn(move || match bytes.next() {
        Some(b'\\') if inner.is_some() => bytes.next(),
        byte => byte,
    })
}

fn is_within(name: &str, base: &str) -> bool {
    name.eq_ignore_ascii_case(base) || is_below(name, base)
}

fn is_below(name: &str, base: &str) -> bool {
    let Some(at) = name.len().checked_sub(base.len()) else { return false };
    // Both are ASCII.
    let ends = name.get(at..).is_some_and(|end| end.eq_ignore_ascii_case(base));
    ends && at > 1 && name.as_bytes().get(at.saturating_sub(1)) == Some(&b'.')
}

/// RFC 1034, 3.5 and RFC 1123, 2.1, and underscores, which are in use. No top-level domain is a number
/// (RFC 1123, 2.1; RFC 3696, 2): such a text is an address, which no constraint on addresses would see.
fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= 253 && text.split('.').all(label) && !text.rsplit('.').next().is_some_and(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dns(base: &str, name: &str) -> (bool, bool) {
        let base = DnsName::constraint(base).unwrap();
        let name = DnsName::presented(name).unwrap();
        (base.holds(&name), base.touches(&name))
    }

    #[test]
    fn adds_whole_labels_to_host_names() {
        assert_eq!(dns("example.com", "example.com"), (true, true));
        assert_eq!(dns("example.com", "a.b.Example.COM"), (true, true));
        assert_eq!(dns("example.com", "badexample.com"), (false, false));
        assert_eq!(dns("example.com", "com"), (false, false));
        assert_eq!(dns("b.example.com", "a.example.com"), (false, false));
    }

    #[test]
    fn a_wildcard_is_within_when_all_its_names_are_and_touches_when_one_is() {
        assert_eq!(dns("example.com", "*.example.com"), (true, true));
        assert_eq!(dns("a.example.com", "*.example.com"), (false, true));
        assert_eq!(dns("a.b.example.com", "*.example.com"), (false, false));
        assert_eq!(dns("example.com", "*.com"), (false, true));
    }

    #[test]
    fn a_constraint_on_host_names_has_neither_dot_in_front_nor_wildcard() {
        for bad in ["*.example.com", ".example.com", "example..com", "example.com.", "a b", "é"] {
            assert_eq!(DnsName::constraint(bad), None, "{bad}");
        }
        for bad in [".example.com", "a.*.example.com", "a*.example.com", "*", "*.", "**.a"] {
            assert_eq!(DnsName::presented(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_wildcard_speaks_for_one_label() {
        let names = |presented, host| {
            DnsName::presented(presented).unwrap().names(&DnsName::host(host).unwrap())
        };
        assert!(names("*.example.com", "a.example.com"));
        assert!(!names("*.example.com", "example.com"));
        assert!(!names("*.example.com", "a.b.example.com"));
        assert!(names("A.example.com", "a.EXAMPLE.com"));
    }

    fn email(base: &str, name: &str) -> bool {
        Mailbox::constraint(base).unwrap().holds(&Mailbox::address(name).unwrap())
    }

    #[test]
    fn addresses_are_exact_a_host_or_below_one() {
        assert!(email("a@example.com", "a@EXAMPLE.com"));
        assert!(!email("a@example.com", "A@example.com"));
        assert!(!email("*@example.com", "a@example.com"));
        assert!(email("example.com", "a@example.com"));
        assert!(!email("example.com", "a@b.example.com"));
        assert!(email(".example.com", "a@b.example.com"));
        assert!(!email(".example.com", "a@example.com"));
        for bad in ["a", "@b", "a@", "a@.b"] {
            assert_eq!(Mailbox::address(bad), None, "{bad}");
        }
    }

    #[test]
    fn uris_are_compared_by_their_host() {
        let holds = |base, uri| {
            UriHost::of(uri).map(|host| UriHost::constraint(base).unwrap().holds(&host))
        };
        assert_eq!(holds("example.com", "https://example.com/a"), Some(true));
        assert_eq!(holds("example.com", "https://u:p@EXAMPLE.com:8443?x"), Some(true));
        assert_eq!(holds("example.com", "https://a.example.com"), Some(false));
        assert_eq!(holds(".example.com", "https://a.example.com"), Some(true));
        assert_eq!(holds(".example.com", "https://example.com"), Some(false));
        assert_eq!(holds("example.com", "https://evil.test\\@example.com"), Some(false));
        for none in ["urn:a:b", "https://1.2.3.4/", "https://[::1]/", "https:///a", "//example.com"]
        {
            assert_eq!(holds("example.com", none), None, "{none}");
        }
    }

    #[test]
    fn addresses_are_within_a_network_of_their_own_family() {
        let net = Network::read(&[192, 0, 2, 0, 255, 255, 255, 0]).unwrap();
        assert!(net.holds(&[192, 0, 2, 7]));
        assert!(!net.holds(&[192, 0, 3, 7]));
        assert!(!net.holds(&[0; 16]));
        assert!(Network::read(&[0; 8]).unwrap().holds(&[1, 2, 3, 4]));
        assert!(Network::read(&[10, 0, 0, 0, 255, 128, 0, 0]).is_some());
        for mask in [[255, 0, 255, 0], [254, 255, 0, 0], [0, 255, 0, 0], [253, 0, 0, 0]] {
            let [a, b, c, d] = mask;
            assert_eq!(Network::read(&[10, 0, 0, 0, a, b, c, d]), None, "{mask:?}");
        }
        assert_eq!(Network::read(&[10, 0, 0, 0]), None);
    }
}
