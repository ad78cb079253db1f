//! `EntityDescriptor`: from the tree that a signature covered to what is known about an issuer.
//!
//! Everything is found by its place in the schema (SAML V2.0 Metadata, 2), nothing by search.

use super::SamlBinding;
use super::finding::{MetadataFinding, Unused};
use super::names::{
    DS, EIDAS, MD, MDATTR, SAML2, SAML2P, at, certificates_der, children, duration_s, instant,
    one_at_most, parse_certificate, trim, trimmed, version,
};
use super::rules::{MetadataRules, Validity};
use crate::UnixTime;
use crate::config::is_endpoint_url;
use crate::crypto::{KeyKind, PublicKey};
use crate::envelope::xml::Element;
use crate::identity::Country;
use crate::pki::Certificate;
use crate::verdict::{Code, Detail, Place, Refusal};

/// What a document says about one entity.
pub(super) struct Entity {
    pub(super) signing: Vec<Certificate>,
    pub(super) encryption: Vec<(Certificate, Vec<String>)>,
    pub(super) country: Option<Country>,
    pub(super) protocol_versions: Vec<String>,
    pub(super) sso: Vec<(SamlBinding, String)>,
    pub(super) attributes: Vec<String>,
    pub(super) loas: Vec<String>,
    pub(super) requester_id: bool,
    pub(super) findings: Vec<MetadataFinding>,
}

/// Where the entity is in a document, and how long the document is valid.
pub(super) struct Found<'d, 'a> {
    element: Element<'d, 'a>,
    role: Element<'d, 'a>,
    pub(super) valid_until: Option<UnixTime>,
    pub(super) cache_duration_s: Option<u64>,
    cache_duration_is_bad: bool,
}

/// Finds the one `EntityDescriptor` of `entity_id` in what was signed, and its role.
///
/// The earliest `validUntil` and the shortest `cacheDuration` of all elements around it count.
///
/// # Errors
/// [`Code::MetadataStructure`], [`Code::MetadataValidity`], [`Code::MetadataEntity`],
/// [`Code::MetadataRole`].
pub(super) fn find<'d, 'a>(
    root: Element<'d, 'a>,
    entity_id: &str,
    rules: &MetadataRules,
) -> Result<Found<'d, 'a>, Refusal> {
    root.without_markup()?;
    let entity_path = path_to(root, entity_id)?;
    let element = *entity_path.last().ok_or_else(|| at(Code::MetadataEntity, root))?;
    let roles: Vec<_> = children(element, |child| is_named(child, ENTITY_CHILDREN))?
        .into_iter()
        .filter(|child| child.is(MD, rules.role.element()))
        .collect();
    let role = match roles.as_slice() {
        [role] => *role,
        [] => return Err(at(Code::MetadataRole, element)),
        [_, second, ..] => return Err(at(Code::MetadataRole, *second)),
    };
    let protocols = role.attribute("protocolSupportEnumeration").unwrap_or_default();
    if !protocols.split_ascii_whitespace().any(|protocol| protocol == SAML2P) {
        return Err(at(Code::MetadataRole, role));
    }
    let mut found = Found {
        element,
        role,
        valid_until: None,
        cache_duration_s: None,
        cache_duration_is_bad: false,
    };
    for around in entity_path.into_iter().chain([role]) {
        let until = instant(around, "validUntil")?;
        found.valid_until = found.valid_until.into_iter().chain(until).min();
        let Some(text) = around.attribute("cacheDuration") else { continue };
        let duration_s = duration_s(text);
        found.cache_duration_is_bad |= duration_s.is_none();
        found.cache_duration_s = found.cache_duration_s.into_iter().chain(duration_s).min();
    }
    if found.valid_until.is_none() && rules.validity == Validity::Stated {
        return Err(at(Code::MetadataValidity, element));
    }
    Ok(found)
}

impl Found<'_, '_> {
    /// Reads the keys and what the entity states.
    ///
    /// # Errors
    /// [`Code::MetadataStructure`], [`Code::MetadataKeyUse`], [`Code::MetadataCountry`], the codes of
    /// keys that must not be believed, [`Code::LimitCount`].
    pub(super) fn read(&self, rules: &MetadataRules) -> Result<Entity, Refusal> {
        let mut entity = Entity {
            signing: Vec::new(),
            encryption: Vec::new(),
            country: None,
            protocol_versions: Vec::new(),
            sso: Vec::new(),
            attributes: Vec::new(),
            loas: Vec::new(),
            requester_id: false,
            findings: Vec::new(),
        };
        if self.cache_duration_is_bad {
            entity.note(Unused::CacheDuration, 0);
        }
        children(self.role, |child| {
            is_named(child, ROLE_CHILDREN) || child.is(SAML2, "Attribute")
        })?;
        entity.read_keys(self.role, rules)?;
        entity.country = self.country(rules)?;
        entity.read_statements(self.element)?;
        entity.read_role(self.role)?;
        Ok(entity)
    }

    // Nodes put it into the extensions of the role; below the entity it would be read by nobody.
    fn country(&self, rules: &MetadataRules) -> Result<Option<Country>, Refusal> {
        let extensions = one_at_most(self.role, MD, "Extensions", Code::MetadataStructure)?;
        let stated = match extensions {
            Some(extensions) => {
                one_at_most(extensions, EIDAS, "NodeCountry", Code::MetadataCountry)?
            }
            None => None,
        };
        let stated = match stated {
            Some(element) => {
                let country = Country::parse(&trimmed(element)?);
                Some(country.ok_or_else(|| at(Code::MetadataCountry, element))?)
            }
            None => None,
        };
        match (stated, rules.country) {
            (Some(stated), Some(wanted)) if stated != wanted => {
                Err(at(Code::MetadataCountry, self.role))
            }
            (None, None) if rules.country_needed => Err(at(Code::MetadataCountry, self.role)),
            (stated, wanted) => Ok(stated.or(wanted)),
        }
    }
}

impl Entity {
    fn read_keys(&mut self, role: Element<'_, '_>, rules: &MetadataRules) -> Result<(), Refusal> {
        let descriptors = role.children().filter(|child| child.is(MD, "KeyDescriptor"));
        for (index, descriptor) in descriptors.enumerate() {
            if index >= MAX_KEY_DESCRIPTORS {
                return Err(limit(MAX_KEY_DESCRIPTORS, descriptor));
            }
            let Some((certificate, signs)) = self.read_key(descriptor, index, rules)? else {
                continue;
            };
            if signs {
                self.signing.push(certificate);
                continue;
            }
            let methods = descriptor.children().filter(|child| child.is(MD, "EncryptionMethod"));
            let methods = methods.filter_map(|method| method.attribute("Algorithm"));
            let methods = methods.take(MAX_ENCRYPTION_METHODS).map(|uri| trim(uri).to_owned());
            self.encryption.push((certificate, methods.collect()));
        }
        if self.signing.is_empty() {
            return Err(at(Code::MetadataKeyUse, role));
        }
        self.drop_shared_keys();
        Ok(())
    }

    // The certificate of a `KeyDescriptor`, and whether it signs; `None` with a finding when it is
    // not used.
    fn read_key(
        &mut self,
        descriptor: Element<'_, '_>,
        index: usize,
        rules: &MetadataRules,
    ) -> Result<Option<(Certificate, bool)>, Refusal> {
        children(descriptor, |child| child.is(DS, "KeyInfo") || child.is(MD, "EncryptionMethod"))?;
        let key_info = one_at_most(descriptor, DS, "KeyInfo", Code::MetadataStructure)?
            .ok_or_else(|| at(Code::MetadataStructure, descriptor))?;
        let certificate = match certificates_der(key_info)?.as_slice() {
            [der] => parse_certificate(der).map_err(Unused::KeyUnusable),
            [] => Err(Unused::KeyWithoutCertificate),
            _ => Err(Unused::KeyAmbiguous),
        };
        let place = || Place::nth(KEY_DESCRIPTOR, index).at(descriptor.offset());
        if let Ok(certificate) = &certificate {
            // A key that was published although it is weak taints the document, whatever its use.
            match certificate.public_key() {
                Ok(key) => rules.check_size(key, place())?,
                Err(code @ (Code::KeyWeak | Code::KeyRoca | Code::KeyExplicitParameters)) => {
                    return Err(Refusal::new(code, place()));
                }
                Err(_) => {}
            }
        }
        let usable = certificate.and_then(|certificate| {
            let key = certificate.public_key().map_err(Unused::KeyUnusable)?;
            if key.kind() == KeyKind::Ed25519 {
                return Err(Unused::KeyUnusable(Code::KeyUnsupported));
            }
            match descriptor.attribute("use") {
                Some("signing") => Ok((certificate, true)),
                Some("encryption") => Ok((certificate, false)),
                Some(_) => Err(Unused::KeyUseUnknown),
                None => Err(Unused::KeyUseMissing),
            }
        });
        Ok(usable.map_err(|unused| self.note(unused, index)).ok())
    }

    // A key that signs never decrypts: of a key that is published as both, signing stays.
    fn drop_shared_keys(&mut self) {
        let signing: Vec<PublicKey> =
            self.signing.iter().filter_map(|c| c.public_key().ok().cloned()).collect();
        let all = std::mem::take(&mut self.encryption);
        for (index, (certificate, methods)) in all.into_iter().enumerate() {
            if certificate.public_key().is_ok_and(|key| signing.contains(key)) {
                self.note(Unused::KeyShared, index);
            } else {
                self.encryption.push((certificate, methods));
            }
        }
    }

    // The entity attributes.
    fn read_statements(&mut self, element: Element<'_, '_>) -> Result<(), Refusal> {
        let structure = Code::MetadataStructure;
        let Some(extensions) = one_at_most(element, MD, "Extensions", structure)? else {
            return Ok(());
        };
        let Some(list) = one_at_most(extensions, MDATTR, "EntityAttributes", structure)? else {
            return Ok(());
        };
        let mut count = 0usize;
        for attribute in list.children().filter(|child| child.is(SAML2, "Attribute")) {
            let name = trim(attribute.attribute("Name").unwrap_or_default());
            if !matches!(name, PROTOCOL_VERSION | ASSURANCE_CERTIFICATION | ENTITY_CATEGORY) {
                continue;
            }
            let values = attribute.children().filter(|child| child.is(SAML2, "AttributeValue"));
            for (index, value) in values.enumerate() {
                if count >= MAX_VALUES {
                    return Err(limit(MAX_VALUES, value));
                }
                count = count.saturating_add(1);
                let text = trimmed(value)?;
                match name {
                    PROTOCOL_VERSION if version(&text).is_none() => {
                        self.note(Unused::ProtocolVersion, index);
                    }
                    PROTOCOL_VERSION => push(&mut self.protocol_versions, &text),
                    ASSURANCE_CERTIFICATION => push(&mut self.loas, &text),
                    _ => self.requester_id |= *text == *REQUESTER_ID,
                }
            }
        }
        Ok(())
    }

    // What stands in the role beside keys.
    fn read_role(&mut self, role: Element<'_, '_>) -> Result<(), Refusal> {
        let services = role.children().filter(|child| child.is(MD, "SingleSignOnService"));
        for (index, service) in services.enumerate() {
            if index >= MAX_SERVICES {
                return Err(limit(MAX_SERVICES, service));
            }
            let binding =
                service.attribute("Binding").and_then(|uri| SamlBinding::from_uri(trim(uri)));
            let Some(binding) = binding else { continue };
            let location = trim(service.attribute("Location").unwrap_or_default());
            if is_endpoint_url(location) {
                self.sso.push((binding, location.to_owned()));
            } else {
                self.note(Unused::Location, index);
            }
        }
        let attributes = role.children().filter(|child| child.is(SAML2, "Attribute"));
        for (index, attribute) in attributes.enumerate() {
            if index >= MAX_ATTRIBUTES {
                return Err(limit(MAX_ATTRIBUTES, attribute));
            }
            let name = attribute.attribute("Name").map(trim).filter(|name| !name.is_empty());
            push(&mut self.attributes, name.unwrap_or_default());
        }
        self.attributes.retain(|name| !name.is_empty());
        Ok(())
    }

    fn note(&mut self, what: Unused, index: usize) {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        self.findings.push(MetadataFinding { what, index });
    }
}

// The elements from the root to the one entity of this name. An aggregate may nest aggregates.
fn path_to<'d, 'a>(
    root: Element<'d, 'a>,
    entity_id: &str,
) -> Result<Vec<Element<'d, 'a>>, Refusal> {
    let mut open = vec![root];
    let mut found: Option<Element<'d, 'a>> = None;
    while let Some(element) = open.pop() {
        if element.is(MD, "EntitiesDescriptor") {
            open.extend(children(element, |child| is_named(child, ENTITIES_CHILDREN))?);
        } else if element.is(MD, "EntityDescriptor") {
            // Byte for byte, and nothing is trimmed: it is what messages are compared with.
            if element.attribute("entityID") != Some(entity_id) {
                continue;
            }
            if let Some(other) = found.replace(element) {
                return Err(at(Code::MetadataEntity, other));
            }
        }
    }
    let mut path: Vec<_> = std::iter::successors(found, |element| element.parent()).collect();
    path.reverse();
    Ok(path)
}

fn is_named(element: Element<'_, '_>, names: &[&str]) -> bool {
    element.namespace() == Some(MD) && names.contains(&element.local_name())
}

// Each once, in the order of the document.
fn push(list: &mut Vec<String>, text: &str) {
    if !list.iter().any(|known| known == text) {
        list.push(text.to_owned());
    }
}

fn limit(most: usize, element: Element<'_, '_>) -> Refusal {
    at(Code::LimitCount, element).with(Detail::limit(most, most.saturating_add(1)))
}

// SAML V2.0 Metadata, 2.3.1. The signature is not among what was signed, and one that stands
// elsewhere would sign something that nobody asked about.
const ENTITIES_CHILDREN: &[&str] = &["Extensions", "EntityDescriptor", "EntitiesDescriptor"];

// 2.3.2.
const ENTITY_CHILDREN: &[&str] = &[
    "Extensions",
    "RoleDescriptor",
    "IDPSSODescriptor",
    "SPSSODescriptor",
    "AuthnAuthorityDescriptor",
    "AttributeAuthorityDescriptor",
    "PDPDescriptor",
    "AffiliationDescriptor",
    "Organization",
    "ContactPerson",
    "AdditionalMetadataLocation",
];

// 2.4.1, 2.4.2, 2.4.3 and 2.4.4.
const ROLE_CHILDREN: &[&str] = &[
    "Extensions",
    "KeyDescriptor",
    "Organization",
    "ContactPerson",
    "ArtifactResolutionService",
    "SingleLogoutService",
    "ManageNameIDService",
    "NameIDFormat",
    "SingleSignOnService",
    "NameIDMappingService",
    "AssertionIDRequestService",
    "AttributeProfile",
    "AssertionConsumerService",
    "AttributeConsumingService",
];

const PROTOCOL_VERSION: &str = "http://eidas.europa.eu/entity-attributes/protocol-version";
const ASSURANCE_CERTIFICATION: &str = "urn:oasis:names:tc:SAML:attribute:assurance-certification";
const ENTITY_CATEGORY: &str = "http://macedir.org/entity-category";
const REQUESTER_ID: &str = "http://eidas.europa.eu/entity-attributes/termsofaccess/requesterid";

const KEY_DESCRIPTOR: &str = "key-descriptor";

// Two of each use during a roll-over, for two algorithms, and room.
const MAX_KEY_DESCRIPTORS: usize = 16;
// The standards have a dozen.
const MAX_ENCRYPTION_METHODS: usize = 32;
// One for each binding, and a few hosts.
const MAX_SERVICES: usize = 32;
// eIDAS defines 52 attributes; sectors add some.
const MAX_ATTRIBUTES: usize = 512;
// Versions, levels and categories together: a handful of each.
const MAX_VALUES: usize = 256;
