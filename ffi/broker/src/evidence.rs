//! What was fetched: DER values one behind the other.

use eid_broker::pki::{Crl, Evidence};
use eid_broker::verdict::Code;

/// OCSP answers and CRLs, told apart by what they are.
pub(crate) struct Fetched<'a> {
    ocsp: Vec<&'a [u8]>,
    crls: Vec<Crl>,
}

impl<'a> Fetched<'a> {
    /// Cuts a text of DER values. At most 64: more than that no path needs.
    pub(crate) fn read(mut der: &'a [u8]) -> Result<Self, Code> {
        const MAX: usize = 64;
        let mut fetched = Self { ocsp: Vec::new(), crls: Vec::new() };
        while !der.is_empty() {
            if fetched.ocsp.len().saturating_add(fetched.crls.len()) == MAX {
                return Err(Code::MisuseArgument);
            }
            let (value, rest) = first(der).ok_or(Code::MisuseArgument)?;
            match Crl::parse(value) {
                Ok(crl) => fetched.crls.push(crl),
                // Whatever is no CRL is looked at as an OCSP answer, and refused as one.
                Err(_) => fetched.ocsp.push(value),
            }
            der = rest;
        }
        Ok(fetched)
    }

    /// For the broker.
    pub(crate) fn evidence(&self) -> Evidence<'_> {
        let mut evidence = Evidence::crls(&self.crls);
        evidence.ocsp = &self.ocsp;
        evidence
    }
}

// The first value by its header: a SEQUENCE of definite length.
fn first(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let [0x30, length, ..] = der else { return None };
    let (header, len) = match length {
        0..=0x7f => (2_usize, usize::from(*length)),
        0x81..=0x84 => {
            let count = usize::from(length & 0x7f);
            let end = count.checked_add(2)?;
            let digits = der.get(2..end)?;
            let len = digits.iter().try_fold(0_usize, |len, digit| {
                len.checked_mul(256)?.checked_add(usize::from(*digit))
            })?;
            (end, len)
        }
        _ => return None,
    };
    der.split_at_checked(header.checked_add(len)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_values_and_refuses_what_is_none() {
        let long = [&[0x30, 0x81, 0x80][..], &[7; 0x80]].concat();
        let all = [&[0x30, 1, 7][..], &long, &[0x30, 0]].concat();
        let fetched = Fetched::read(&all).map(|fetched| fetched.ocsp).unwrap_or_default();
        assert_eq!(fetched, [&[0x30, 1, 7][..], &long, &[0x30, 0]]);
        assert!(Fetched::read(&[]).is_ok_and(|fetched| fetched.ocsp.is_empty()));
        for bad in [&[0x30][..], &[0x30, 1], &[0x31, 0], &[0x30, 0x80, 0, 0], &[0x30, 0x85, 0]] {
            assert!(Fetched::read(bad).is_err(), "{bad:?}");
        }
        assert!(Fetched::read(&[0x30, 0].repeat(64)).is_ok());
        assert!(Fetched::read(&[0x30, 0].repeat(65)).is_err());
    }
}
