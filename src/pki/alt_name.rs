//! `GeneralName` (RFC 5280, 4.2.1.6): read strictly, compared nowhere. Who uses a name says how.

use super::der::{Element, Reader, malformed, tag};
use super::name;
use crate::verdict::Refusal;

/// One general name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum AltName<'a> {
    /// A `Name`, DER.
    Directory(&'a [u8]),
    /// ASCII; otherwise not looked at.
    Dns(&'a str),
    /// ASCII; otherwise not looked at.
    Email(&'a str),
    /// Four or sixteen bytes; in a constraint twice as many.
    Ip(&'a [u8]),
    /// A form that is not processed.
    Other(Form),
    /// ASCII; otherwise not looked at.
    Uri(&'a str),
}

/// The forms of names, as constraints tell them apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Form {
    Directory,
    Dns,
    EdiParty,
    Email,
    Ip,
    OtherName,
    RegisteredId,
    /// An e-mail address with a local part in UTF-8, an `otherName` (RFC 8398, 3).
    SmtpUtf8,
    Uri,
    X400,
}

impl Form {
    /// The bit of the form in a set of forms.
    pub(crate) const fn bit(self) -> u16 {
        match self {
            Self::Directory => 1,
            Self::Dns => 1 << 1,
            Self::EdiParty => 1 << 2,
            Self::Email => 1 << 3,
            Self::Ip => 1 << 4,
            Self::OtherName => 1 << 5,
            Self::RegisteredId => 1 << 6,
            Self::SmtpUtf8 => 1 << 7,
            Self::Uri => 1 << 8,
            Self::X400 => 1 << 9,
        }
    }
}

impl<'a> AltName<'a> {
    pub(crate) const fn form(&self) -> Form {
        match self {
            Self::Directory(_) => Form::Directory,
            Self::Dns(_) => Form::Dns,
            Self::Email(_) => Form::Email,
            Self::Ip(_) => Form::Ip,
            Self::Other(form) => *form,
            Self::Uri(_) => Form::Uri,
        }
    }

    /// Reads a name of a `GeneralNames`: an address has four or sixteen bytes, no name is empty.
    pub(crate) fn read(element: Element<'a>) -> Result<Self, Refusal> {
        let name = Self::read_any(element)?;
        let holds = match name {
            Self::Dns(text) | Self::Email(text) | Self::Uri(text) => !text.is_empty(),
            Self::Ip(bytes) => matches!(bytes.len(), 4 | 16),
            Self::Directory(_) | Self::Other(_) => true,
        };
        if holds { Ok(name) } else { Err(malformed(element.start())) }
    }

    /// Reads the base of a constraint, where texts may be empty and addresses carry a mask.
    pub(crate) fn read_any(element: Element<'a>) -> Result<Self, Refusal> {
        let content = element.content();
        let text = || match std::str::from_utf8(content) {
            Ok(text) if text.is_ascii() => Ok(text),
            _ => Err(malformed(element.start())),
        };
        Ok(match element.tag() {
            OTHER_NAME => {
                let mut fields = element.reader();
                let kind = fields.expect(tag::OID)?.content();
                fields.expect(tag::context_constructed(0))?;
                fields.finish()?;
                let smtp = kind == SMTP_UTF8_MAILBOX;
                Self::Other(if smtp { Form::SmtpUtf8 } else { Form::OtherName })
            }
            RFC822_NAME => Self::Email(text()?),
            DNS_NAME => Self::Dns(text()?),
            X400_ADDRESS => Self::Other(Form::X400),
            DIRECTORY_NAME => {
                // A CHOICE is tagged explicitly (X.680, 31.2.7).
                let mut inner = element.reader();
                let directory = inner.expect(tag::SEQUENCE)?;
                inner.finish()?;
                name::check(directory)?;
                Self::Directory(directory.encoded())
            }
            EDI_PARTY_NAME => Self::Other(Form::EdiParty),
            URI => Self::Uri(text()?),
            IP_ADDRESS => Self::Ip(content),
            REGISTERED_ID if !content.is_empty() => Self::Other(Form::RegisteredId),
            _ => return Err(malformed(element.start())),
        })
    }
}

/// Checks a `GeneralNames`: each well formed.
///
/// An empty one breaks 4.2.1.6 and names nothing; issuers have written it, and it passes.
pub(crate) fn check(names: Element<'_>) -> Result<(), Refusal> {
    if names.tag() != tag::SEQUENCE {
        return Err(malformed(names.start()));
    }
    let mut reader = names.reader();
    // Bounded by the gate.
    while !reader.is_empty() {
        AltName::read(reader.any()?)?;
    }
    Ok(())
}

/// The names of a `GeneralNames` that was checked, DER.
pub(crate) fn names(der: &[u8]) -> impl Iterator<Item = AltName<'_>> {
    let mut reader = Reader::new(der).any().map(|names| names.reader()).ok();
    std::iter::from_fn(move || {
        let reader = reader.as_mut().filter(|reader| !reader.is_empty())?;
        AltName::read(reader.any().ok()?).ok()
    })
}

// id-on-SmtpUTF8Mailbox.
const SMTP_UTF8_MAILBOX: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x08, 0x09];

const OTHER_NAME: u8 = tag::context_constructed(0);
const RFC822_NAME: u8 = tag::context(1);
const DNS_NAME: u8 = tag::context(2);
const X400_ADDRESS: u8 = tag::context_constructed(3);
const DIRECTORY_NAME: u8 = tag::context_constructed(4);
const EDI_PARTY_NAME: u8 = tag::context_constructed(5);
const URI: u8 = tag::context(6);
const IP_ADDRESS: u8 = tag::context(7);
const REGISTERED_ID: u8 = tag::context(8);

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &[u8]) -> Option<AltName<'_>> {
        AltName::read(Reader::new(name).any().unwrap()).ok()
    }

    #[test]
    fn reads_each_form() {
        assert_eq!(read(&[0x81, 3, b'a', b'@', b'b']), Some(AltName::Email("a@b")));
        assert_eq!(read(&[0x82, 1, b'a']), Some(AltName::Dns("a")));
        assert_eq!(read(&[0xa4, 2, 0x30, 0]), Some(AltName::Directory(&[0x30, 0])));
        assert_eq!(read(&[0x86, 1, b'u']), Some(AltName::Uri("u")));
        assert_eq!(read(&[0x87, 4, 1, 2, 3, 4]), Some(AltName::Ip(&[1, 2, 3, 4])));
        assert_eq!(read(&[0x88, 1, 0x2a]).map(|name| name.form()), Some(Form::RegisteredId));
        let other = [0xa0, 7, 6, 1, 0x2a, 0xa0, 2, 5, 0];
        assert_eq!(read(&other).map(|name| name.form()), Some(Form::OtherName));
    }

    #[test]
    fn refuses_what_is_no_name() {
        for bad in [
            &[0x82, 1, 0xe4][..],
            &[0x82, 0],
            &[0x87, 5, 1, 2, 3, 4, 5],
            &[0x87, 8, 1, 2, 3, 4, 255, 0, 0, 0],
            &[0xa0, 3, 6, 1, 0x2a],
            &[0xa4, 0],
            &[0x84, 2, 0x30, 0],
            &[0x89, 1, 0],
            &[0x88, 0],
        ] {
            assert_eq!(read(bad), None, "{bad:02x?}");
        }
    }
}
