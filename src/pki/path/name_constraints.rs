//! Name constraints (RFC 5280, 4.2.1.10; 6.1.2 (b) and (c), 6.1.3 (b) and (c), 6.1.4 (g)).
//!
//! Every CA of the path may add a set. A name must lie in none of the excluded subtrees and, for each
//! set that permits subtrees of its form, in one of those: that is the intersection of 6.1.4 (g)
//! without computing it.
//!
//! A constraint that cannot be applied is not ignored, critical or not: one whose base is no name of
//! its form refuses the path, and one of a form that is not processed, or with a distance, refuses
//! the first certificate that has a name of that form.

use super::super::Certificate;
use super::super::alt_name::{self, AltName, Form};
use super::super::extension::oids;
use super::super::name;
use super::super::subtree::{Side, Subtree, subtrees};
use super::budget::Budget;
use super::name_match::{DnsName, Mailbox, Network, UriHost};
use crate::verdict::Code;

/// The constraints of every CA so far.
#[derive(Default)]
pub(super) struct NameConstraints<'a> {
    sets: Vec<Set<'a>>,
}

/// The constraints of one CA.
#[derive(Default)]
struct Set<'a> {
    permitted: Vec<Base<'a>>,
    excluded: Vec<Base<'a>>,
    permitted_forms: Forms,
    /// Forms with a constraint that cannot be applied.
    unsupported: Forms,
}

/// The base of a subtree, ready to be compared.
enum Base<'a> {
    Directory(DirectoryName),
    Dns(DnsName<'a>),
    /// Every name of the form: an empty text.
    Everything(Form),
    Email(Mailbox<'a>),
    Ip(Network<'a>),
    Uri(UriHost<'a>),
}

/// A name of a certificate, ready to be compared.
enum Subject<'a> {
    Directory(DirectoryName),
    Dns(DnsName<'a>),
    Email(Mailbox<'a>),
    Ip(&'a [u8]),
    Other(Form),
    Uri(DnsName<'a>),
}

/// A name as it is compared with what is permitted, and with what is excluded.
struct DirectoryName {
    canonical: Vec<u8>,
    /// Without regard to the types of strings: nobody escapes by writing an excluded name in
    /// another one (RFC 5280, 7.1 lets such names differ, X.520, 6.1 does not).
    folded: Vec<u8>,
}

#[derive(Clone, Copy, Default)]
struct Forms(u16);

impl<'a> NameConstraints<'a> {
    /// Adds what a CA's certificate says (6.1.4 (g)).
    ///
    /// # Errors
    /// [`Code::ChainNameConstraintUnsupported`] for a base that is no name of its form.
    pub(super) fn add(&mut self, authority: &'a Certificate) -> Result<(), Code> {
        let Some(der) = authority.extension_value(&oids::NAME_CONSTRAINTS) else { return Ok(()) };
        let mut set = Set::default();
        // Bounded by the gate.
        for subtree in subtrees(der) {
            set.add(subtree)?;
        }
        self.sets.push(set);
        Ok(())
    }

    /// Whether every name of the certificate is within the constraints (6.1.3 (b) and (c)).
    ///
    /// # Errors
    /// [`Code::ChainNameConstraint`], [`Code::ChainNameConstraintUnsupported`],
    /// [`Code::LimitWork`].
    pub(super) fn check(&self, certificate: &Certificate, budget: &mut Budget) -> Result<(), Code> {
        if self.sets.is_empty() {
            return Ok(());
        }
        let subject = certificate.subject_der();
        if subject != EMPTY_NAME {
            self.check_name(AltName::Directory(subject), budget)?;
        }
        // The address in the subject counts as well. RFC 5280, 4.2.1.10 asks for it where there is
        // no alternative name; a name that is forbidden must not hide behind another.
        let mut emails = Vec::new();
        name::emails(subject, |email| emails.push(email));
        for email in emails {
            let email = std::str::from_utf8(email).map_err(|_| Code::ChainNameConstraint);
            match email {
                Ok(email) => self.check_name(AltName::Email(email), budget)?,
                Err(code) if self.constrains(Form::Email) => return Err(code),
                Err(_) => {}
            }
        }
        let alternative = certificate.subject_alt_name_der().unwrap_or_default();
        for name in alt_name::names(alternative) {
            self.check_name(name, budget)?;
        }
        Ok(())
    }

    fn constrains(&self, form: Form) -> bool {
        self.sets.iter().any(|set| set.constrains(form))
    }

    fn check_name(&self, name: AltName<'_>, budget: &mut Budget) -> Result<(), Code> {
        let form = name.form();
        if form == Form::SmtpUtf8 {
            // An address in another coat (RFC 8398, 6): what binds addresses binds it, and what binds
            // names of its own kind.
            let forms = [Form::SmtpUtf8, Form::OtherName, Form::Email];
            let binds = forms.into_iter().any(|form| self.constrains(form));
            return if binds { Err(Code::ChainNameConstraintUnsupported) } else { Ok(()) };
        }
        if !self.constrains(form) {
            return Ok(());
        }
        let Some(subject) = Subject::read(name) else { return Err(Code::ChainNameConstraint) };
        for set in &self.sets {
            set.check(&subject, form, budget)?;
        }
        Ok(())
    }
}

impl<'a> Set<'a> {
    fn add(&mut self, subtree: Subtree<'a>) -> Result<(), Code> {
        let form = subtree.base.form();
        let Some(base) = Base::read(subtree.base)? else {
            self.unsupported.insert(form);
            return Ok(());
        };
        if subtree.has_distance {
            self.unsupported.insert(form);
            return Ok(());
        }
        match subtree.side {
            Side::Permitted => {
                self.permitted_forms.insert(form);
                self.permitted.push(base);
            }
            Side::Excluded => self.excluded.push(base),
        }
        Ok(())
    }

    fn constrains(&self, form: Form) -> bool {
        self.unsupported.contains(form)
            || self.permitted_forms.contains(form)
            || self.excluded.iter().any(|base| base.form() == form)
    }

    fn check(&self, subject: &Subject<'_>, form: Form, budget: &mut Budget) -> Result<(), Code> {
        if self.unsupported.contains(form) {
            return Err(Code::ChainNameConstraintUnsupported);
        }
        for base in &self.excluded {
            budget.spend_comparison()?;
            if base.touches(subject) {
                return Err(Code::ChainNameConstraint);
            }
        }
        if !self.permitted_forms.contains(form) {
            return Ok(());
        }
        for base in &self.permitted {
            budget.spend_comparison()?;
            if base.holds(subject) {
                return Ok(());
            }
        }
        Err(Code::ChainNameConstraint)
    }
}

impl<'a> Base<'a> {
    /// `None` for a form that is not processed.
    fn read(base: AltName<'a>) -> Result<Option<Self>, Code> {
        let read = match base {
            AltName::Directory(der) => Some(Self::Directory(DirectoryName::read(der))),
            AltName::Dns("") | AltName::Email("") | AltName::Uri("") => {
                Some(Self::Everything(base.form()))
            }
            AltName::Dns(text) => DnsName::constraint(text).map(Self::Dns),
            AltName::Email(text) => Mailbox::constraint(text).map(Self::Email),
            AltName::Ip(bytes) => Network::read(bytes).map(Self::Ip),
            AltName::Uri(text) => UriHost::constraint(text).map(Self::Uri),
            AltName::Other(_) => return Ok(None),
        };
        read.map(Some).ok_or(Code::ChainNameConstraintUnsupported)
    }

    const fn form(&self) -> Form {
        match self {
            Self::Directory(_) => Form::Directory,
            Self::Dns(_) => Form::Dns,
            Self::Email(_) => Form::Email,
            Self::Everything(form) => *form,
            Self::Ip(_) => Form::Ip,
            Self::Uri(_) => Form::Uri,
        }
    }

    /// Whether the whole of the name lies in the subtree.
    fn holds(&self, subject: &Subject<'_>) -> bool {
        match (self, subject) {
            (Self::Directory(base), Subject::Directory(name)) => {
                name.canonical.starts_with(&base.canonical)
            }
            (Self::Dns(base), Subject::Dns(name)) => base.holds(name),
            _ => self.touches(subject),
        }
    }

    /// Whether any of the name lies in the subtree. The two differ for a name with a wildcard, which
    /// stands for many (CVE-2025-61727), and for one with strings of another type.
    fn touches(&self, subject: &Subject<'_>) -> bool {
        match (self, subject) {
            (Self::Directory(base), Subject::Directory(name)) => {
                name.folded.starts_with(&base.folded)
            }
            (Self::Dns(base), Subject::Dns(name)) => base.touches(name),
            (Self::Email(base), Subject::Email(name)) => base.holds(name),
            (Self::Everything(form), subject) => *form == subject.form(),
            (Self::Ip(base), Subject::Ip(address)) => base.holds(address),
            (Self::Uri(base), Subject::Uri(host)) => base.holds(host),
            _ => false,
        }
    }
}

impl<'a> Subject<'a> {
    /// `None` for a name that is not written as its form demands; it lies nowhere.
    fn read(name: AltName<'a>) -> Option<Self> {
        Some(match name {
            AltName::Directory(der) => Self::Directory(DirectoryName::read(der)),
            AltName::Dns(text) => Self::Dns(DnsName::presented(text)?),
            AltName::Email(text) => Self::Email(Mailbox::address(text)?),
            AltName::Ip(bytes) => Self::Ip(bytes),
            AltName::Other(form) => Self::Other(form),
            AltName::Uri(text) => Self::Uri(UriHost::of(text)?),
        })
    }

    const fn form(&self) -> Form {
        match self {
            Self::Directory(_) => Form::Directory,
            Self::Dns(_) => Form::Dns,
            Self::Email(_) => Form::Email,
            Self::Ip(_) => Form::Ip,
            Self::Other(form) => *form,
            Self::Uri(_) => Form::Uri,
        }
    }
}

impl DirectoryName {
    fn read(der: &[u8]) -> Self {
        Self { canonical: name::canonical(der), folded: name::folded(der) }
    }
}

impl Forms {
    const fn insert(&mut self, form: Form) {
        self.0 |= form.bit();
    }

    const fn contains(self, form: Form) -> bool {
        self.0 & form.bit() != 0
    }
}

const EMPTY_NAME: &[u8] = &[0x30, 0];
