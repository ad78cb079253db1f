use crate::envelope::base64url;

/// A key that somebody proved to hold, and that an assertion is bound to (RFC 7800, 3).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Binding {
    /// SHA-256 thumbprint of a DPoP key (RFC 9449, 6.1; RFC 7638).
    Jkt([u8; 32]),
    /// SHA-256 of the certificate of a mutual TLS connection in DER (RFC 8705, 3.1).
    X5tS256([u8; 32]),
}

impl Binding {
    /// Reads `jkt:…` or `x5t#S256:…`, the value being base64url of 32 bytes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (method, value) = text.split_once(':')?;
        let value = base64url::decode_array(value.as_bytes())?;
        match method {
            "jkt" => Some(Self::Jkt(value)),
            "x5t#S256" => Some(Self::X5tS256(value)),
            _ => None,
        }
    }

    /// The member of `cnf`.
    #[must_use]
    pub const fn method(&self) -> &'static str {
        match self {
            Self::Jkt(_) => "jkt",
            Self::X5tS256(_) => "x5t#S256",
        }
    }

    /// The thumbprint.
    #[must_use]
    pub const fn thumbprint(&self) -> &[u8; 32] {
        match self {
            Self::Jkt(value) | Self::X5tS256(value) => value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_methods_and_nothing_else() {
        let value = base64url::encode(&[7; 32]);
        assert_eq!(Binding::parse(&format!("jkt:{value}")), Some(Binding::Jkt([7; 32])));
        assert_eq!(Binding::parse(&format!("x5t#S256:{value}")), Some(Binding::X5tS256([7; 32])));
        for bad in
            ["", "jkt:", &value, &format!("JKT:{value}"), &format!("jkt:{value}A"), "jkt:AAAA"]
        {
            assert_eq!(Binding::parse(bad), None, "{bad}");
        }
    }
}
