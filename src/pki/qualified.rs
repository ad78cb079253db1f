//! Certificate policies and the statements of qualified certificates, as far as a login looks at them.

use super::der::{self, Element, Limits, Reader, malformed, tag};
use super::extension::oids;
use super::{Certificate, Oid, policy};
use crate::verdict::Refusal;

/// The policies that a certificate names (RFC 5280, 4.2.1.4), in its order; none without the extension.
///
/// What it names, not under what its path holds: see [`super::ValidatedPath::policies`].
#[must_use]
pub fn certificate_policies(certificate: &Certificate) -> Vec<Oid> {
    let value = certificate.extension_value(&oids::CERTIFICATE_POLICIES).unwrap_or_default();
    policy::policies(value).map(Oid::from_content).collect()
}

/// What the statements of a certificate say (ETSI EN 319 412-5; RFC 3739, 3.2.6).
///
/// None of it is a level of assurance: that comes from configuration, by issuing CA and policy.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct QcStatements {
    /// `esi4-qcStatement-1`: the certificate says that it is qualified.
    pub compliance: bool,
    /// `esi4-qcStatement-4`: the certificate says that its key is in a device of the Regulation.
    pub device: bool,
    /// What the identifiers of the subject mean (ETSI EN 319 412-1, 5.1).
    pub semantics: Semantics,
}

/// What a certificate says about the identifiers in its subject (ETSI EN 319 412-1, 5.1.2).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Semantics {
    /// `0.4.0.194121.1.2`: those of a legal person.
    Legal,
    /// `0.4.0.194121.1.1`: those of a natural person.
    Natural,
    /// Nothing.
    #[default]
    Unstated,
}

impl QcStatements {
    /// Reads the extension; nothing is stated without it.
    ///
    /// Statements that are not known are left alone.
    ///
    /// # Errors
    /// [`Code::CertMalformed`](crate::verdict::Code::CertMalformed) when the value is not strict DER or
    /// not of its schema, and when a statement comes twice.
    pub fn read(certificate: &Certificate) -> Result<Self, Refusal> {
        let Some(value) = certificate.extension_value(&QC_STATEMENTS) else {
            return Ok(Self::default());
        };
        der::check(value, Limits::CERTIFICATE)?;
        let mut all = Self::default();
        let mut seen: Vec<&[u8]> = Vec::new();
        let mut statements = Reader::new(value).expect(tag::SEQUENCE)?.reader();
        // Bounded by the gate.
        while !statements.is_empty() {
            let statement = statements.expect(tag::SEQUENCE)?;
            let mut fields = statement.reader();
            let id = fields.expect(tag::OID)?.content();
            let info = if fields.is_empty() { None } else { Some(fields.any()?) };
            fields.finish()?;
            if seen.contains(&id) {
                return Err(malformed(statement.start()));
            }
            seen.push(id);
            match id {
                QC_COMPLIANCE => all.compliance = true,
                QC_SSCD => all.device = true,
                PKIX_SYNTAX_V2 => {
                    if let Some(info) = info {
                        all.semantics = semantics(&info)?;
                    }
                }
                _ => {}
            }
        }
        Ok(all)
    }
}

// `SemanticsInformation`: an identifier, then names of registration authorities; either may be absent.
fn semantics(info: &Element<'_>) -> Result<Semantics, Refusal> {
    if info.tag() != tag::SEQUENCE {
        return Err(malformed(info.start()));
    }
    let identifier = info.reader().optional(tag::OID)?;
    Ok(match identifier.map(|identifier| identifier.content()) {
        Some(NATURAL) => Semantics::Natural,
        Some(LEGAL) => Semantics::Legal,
        _ => Semantics::Unstated,
    })
}

const QC_STATEMENTS: Oid = Oid::constant(&[0x2b, 6, 1, 5, 5, 7, 1, 3]);
const PKIX_SYNTAX_V2: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 11, 2];
const QC_COMPLIANCE: &[u8] = &[4, 0, 0x8e, 0x46, 1, 1];
const QC_SSCD: &[u8] = &[4, 0, 0x8e, 0x46, 1, 4];
const NATURAL: &[u8] = &[4, 0, 0x8b, 0xec, 0x49, 1, 1];
const LEGAL: &[u8] = &[4, 0, 0x8b, 0xec, 0x49, 1, 2];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::Code;
    use eid_broker_maker::cert::{self, Extension};
    use eid_broker_maker::der::{oid, sequence};
    use eid_broker_maker::keys;

    fn certificate(id: &str, value: Vec<u8>) -> Certificate {
        let spec = cert::pid_leaf_spec().unwrap().with(Extension::new(id, false, value));
        Certificate::parse(&spec.build(&keys::pid_ca().unwrap()).unwrap()).unwrap()
    }

    fn statement(id: &str, info: &[Vec<u8>]) -> Vec<u8> {
        sequence(&[&[oid(id).unwrap()], info].concat())
    }

    fn statements(list: &[Vec<u8>]) -> Result<QcStatements, Code> {
        QcStatements::read(&certificate("1.3.6.1.5.5.7.1.3", sequence(list)))
            .map_err(|refusal| refusal.code())
    }

    #[test]
    fn identifiers_are_those_of_the_standards() {
        for (content, dotted) in [
            (QC_COMPLIANCE, "0.4.0.1862.1.1"),
            (QC_SSCD, "0.4.0.1862.1.4"),
            (NATURAL, "0.4.0.194121.1.1"),
            (LEGAL, "0.4.0.194121.1.2"),
            (PKIX_SYNTAX_V2, "1.3.6.1.5.5.7.11.2"),
        ] {
            assert_eq!(Oid::from_dotted(dotted).unwrap().as_bytes(), content, "{dotted}");
        }
        assert_eq!(Oid::from_dotted("1.3.6.1.5.5.7.1.3"), Some(QC_STATEMENTS));
    }

    #[test]
    fn reads_statements_and_their_semantics() {
        let of = |semantics: &str| {
            let info = sequence(&[oid(semantics).unwrap()]);
            statements(&[statement("1.3.6.1.5.5.7.11.2", &[info])]).unwrap().semantics
        };
        assert_eq!(of("0.4.0.194121.1.1"), Semantics::Natural);
        assert_eq!(of("0.4.0.194121.1.2"), Semantics::Legal);
        assert_eq!(of("0.4.0.194121.1.3"), Semantics::Unstated);
        let list = [statement("0.4.0.1862.1.1", &[]), statement("0.4.0.1862.1.4", &[])];
        let read = statements(&list).unwrap();
        assert!(read.compliance && read.device);
        assert_eq!(statements(&[]), Ok(QcStatements::default()));
    }

    #[test]
    fn refuses_a_statement_that_comes_twice_and_other_shapes() {
        let one = statement("0.4.0.1862.1.1", &[]);
        assert_eq!(statements(&[one.clone(), one]), Err(Code::CertMalformed));
        let long = statement("0.4.0.1862.1.1", &[vec![5, 0], vec![5, 0]]);
        assert_eq!(statements(&[long]), Err(Code::CertMalformed));
        let cut = certificate("1.3.6.1.5.5.7.1.3", vec![0x30, 9]);
        assert_eq!(QcStatements::read(&cut).unwrap_err().code(), Code::CertMalformed);
    }

    #[test]
    fn reads_policies_in_order() {
        let policy = |id: &str| sequence(&[oid(id).unwrap()]);
        let list = [policy("1.3.6.1.4.1.51361.1.2.1"), policy("0.4.0.2042.1.2")];
        let found = certificate_policies(&certificate("2.5.29.32", sequence(&list)));
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found, ["1.3.6.1.4.1.51361.1.2.1", "0.4.0.2042.1.2"]);
        let plain = Certificate::parse(&cert::pid_leaf_der().unwrap()).unwrap();
        assert!(certificate_policies(&plain).is_empty());
    }
}
