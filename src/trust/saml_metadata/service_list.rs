//! Service lists: where the metadata of each state lies, and who signs it.
//!
//! The list (`MetadataServiceList`) is signed by one pinned signer and names, for every location, the
//! certificates of the signers there. It vouches for signers of metadata, never for keys of messages.

use super::finding::{MetadataFinding, Unused};
use super::names::{
    DS, PART, SERVICE_LIST, at, certificates_der, children, instant, one_at_most,
    parse_certificate, trim,
};
use super::rules::MetadataRules;
use super::signed::{Kind, Opened, Signers, Window, check_windows, open};
use crate::UnixTime;
use crate::config::is_endpoint_url;
use crate::envelope::xml::{Element, Limits};
use crate::identity::Country;
use crate::pki::Certificate;
use crate::verdict::{Code, Detail, Place, Refusal};

/// A service list that a pinned signer signed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServiceList {
    /// `IssueDate`.
    pub issued_at: UnixTime,
    /// `NextUpdate`: not used from then on.
    pub next_update: UnixTime,
    /// The usable entries of proxy services, in the order of the list. Connectors ask and do not
    /// answer.
    pub entries: Vec<ListEntry>,
    /// What in it is not used.
    pub findings: Vec<MetadataFinding>,
    /// SHA-256 of the canonical octets that were signed and read.
    pub signed_sha256: [u8; 32],
    pub(super) believed: Vec<Window>,
}

/// One location of a service list.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ListEntry {
    /// The state whose node it is, in spelling of eIDAS.
    pub territory: Country,
    /// Where the metadata lies, an https URL.
    pub location: String,
    /// The entity IDs of the proxy services there; empty when the entry has no endpoints, and then
    /// the location is the entity ID.
    pub proxy_services: Vec<String>,
    /// Certificates of those who sign the metadata there; at least one.
    pub signers: Vec<Certificate>,
}

impl ServiceList {
    /// Verifies a list at `now`.
    ///
    /// # Errors
    /// Those of the XML layer; [`Code::MetadataStructure`], [`Code::MetadataUntrusted`],
    /// [`Code::ChainExpired`], [`Code::ChainNotYetValid`], [`Code::MetadataValidity`] for a list
    /// without dates or of the future, [`Code::MetadataExpired`], [`Code::LimitCount`].
    pub fn verify(
        octets: &[u8],
        signers: &Signers,
        rules: &MetadataRules,
        now: UnixTime,
    ) -> Result<Self, Refusal> {
        Self::read(octets, signers, rules, Some(now))
    }

    /// The entry for the proxy service of this entity ID, byte for byte: several entries of one
    /// territory count together.
    ///
    /// # Errors
    /// [`Code::MetadataNotListed`] without entry; [`Code::MetadataCountry`] when it is listed for
    /// two territories.
    pub fn entry(&self, entity_id: &str) -> Result<ListEntry, Refusal> {
        let names = |entry: &&ListEntry| {
            let by_location = entry.proxy_services.is_empty() && entry.location == entity_id;
            by_location || entry.proxy_services.iter().any(|proxy| proxy == entity_id)
        };
        let mut found: Option<ListEntry> = None;
        for entry in self.entries.iter().filter(names) {
            match &mut found {
                None => found = Some(entry.clone()),
                Some(first) if first.territory == entry.territory => {
                    first.signers.extend(entry.signers.iter().cloned());
                }
                Some(_) => return Err(Refusal::new(Code::MetadataCountry, Place::part(LIST))),
            }
        }
        found.ok_or_else(|| Refusal::new(Code::MetadataNotListed, Place::part(LIST)))
    }

    pub(super) fn read(
        octets: &[u8],
        signers: &Signers,
        rules: &MetadataRules,
        now: Option<UnixTime>,
    ) -> Result<Self, Refusal> {
        let Opened { signed, windows } =
            open(octets, &Limits::AGGREGATE, Kind::ServiceList, signers, rules)?;
        if let Some(now) = now {
            check_windows(&windows, now)?;
        }
        let document = signed.document()?;
        let root = document.root();
        root.without_markup()?;
        if root.attribute("Version").map(trim) != Some("1.0") {
            return Err(at(Code::MetadataStructure, root));
        }
        let date =
            |attribute| instant(root, attribute)?.ok_or_else(|| at(Code::MetadataValidity, root));
        let (issued_at, next_update) = (date("IssueDate")?, date("NextUpdate")?);
        // Issued a little ahead of our clock is a matter of clocks.
        let max_s = u64::from(rules.max_validity_s);
        let valid = Window {
            from: issued_at.minus(CLOCK_TOLERANCE_S).max(next_update.minus(max_s)),
            to: next_update.minus(1),
        };
        if let Some(now) = now {
            let refusal = |code, bound: UnixTime| {
                let detail = Detail::Time { bound: bound.secs(), now: now.secs() };
                Refusal::new(code, Place::part(PART)).with(detail)
            };
            if now >= next_update {
                return Err(refusal(Code::MetadataExpired, next_update));
            }
            if now < valid.from {
                return Err(refusal(Code::MetadataValidity, valid.from));
            }
        }
        let mut believed: Vec<Window> = windows.iter().map(|window| window.within(valid)).collect();
        believed.retain(|window| window.from <= window.to);
        let mut list = Self {
            issued_at,
            next_update,
            entries: Vec::new(),
            findings: Vec::new(),
            signed_sha256: *signed.sha256(),
            believed,
        };
        list.read_entries(root)?;
        Ok(list)
    }

    fn read_entries(&mut self, root: Element<'_, '_>) -> Result<(), Refusal> {
        let territories = children(root, |child| child.namespace() == Some(SERVICE_LIST))?;
        let mut index = 0usize;
        for territory in territories.iter().filter(|child| child.is(SERVICE_LIST, "MetadataList")) {
            let country =
                territory.attribute("Territory").and_then(|text| Country::parse(trim(text)));
            for location in children(*territory, is_location)? {
                if index >= MAX_ENTRIES {
                    let detail = Detail::limit(MAX_ENTRIES, MAX_ENTRIES.saturating_add(1));
                    return Err(at(Code::LimitCount, location).with(detail));
                }
                let entry = match country {
                    Some(country) => read_entry(location, country)?,
                    None => Location::Unusable,
                };
                match entry {
                    Location::ProxyService(entry) => self.entries.push(*entry),
                    Location::Connector => {}
                    Location::Unusable => self.findings.push(MetadataFinding {
                        what: Unused::ListEntry,
                        index: u32::try_from(index).unwrap_or(u32::MAX),
                    }),
                }
                index = index.saturating_add(1);
            }
        }
        Ok(())
    }
}

enum Location {
    ProxyService(Box<ListEntry>),
    Connector,
    Unusable,
}

// An entry with anything that is not known here is not used: it may say that it is suspended.
fn read_entry(element: Element<'_, '_>, territory: Country) -> Result<Location, Refusal> {
    let location = trim(element.attribute("Location").unwrap_or_default());
    if !is_endpoint_url(location) || !has_only(element, &["Location"]) {
        return Ok(Location::Unusable);
    }
    let mut proxy_services = Vec::new();
    let mut has_endpoints = false;
    for child in element.children() {
        if child.is(DS, "KeyInfo") {
            continue;
        }
        if !child.is(SERVICE_LIST, "Endpoint") || !has_only(child, &["EndpointType", "EntityID"]) {
            return Ok(Location::Unusable);
        }
        has_endpoints = true;
        if child.attribute("EndpointType").map(trim) == Some(PROXY_SERVICE) {
            proxy_services.extend(child.attribute("EntityID").map(str::to_owned));
        }
    }
    if has_endpoints && proxy_services.is_empty() {
        return Ok(Location::Connector);
    }
    let Some(key_info) = one_at_most(element, DS, "KeyInfo", Code::MetadataStructure)? else {
        return Ok(Location::Unusable);
    };
    let mut signers = Vec::new();
    // One empty or damaged certificate must not take the list from all other states.
    for der in certificates_der(key_info).unwrap_or_default() {
        signers.extend(parse_certificate(&der).ok());
    }
    if signers.is_empty() {
        return Ok(Location::Unusable);
    }
    let location = location.to_owned();
    Ok(Location::ProxyService(Box::new(ListEntry { territory, location, proxy_services, signers })))
}

fn has_only(element: Element<'_, '_>, known: &[&str]) -> bool {
    element.attributes().all(|attribute| {
        let suspended = attribute.local.eq_ignore_ascii_case("suspend");
        (attribute.namespace.is_none() && known.contains(&attribute.local))
            || (suspended && matches!(trim(attribute.value), "false" | "0"))
    })
}

fn is_location(element: Element<'_, '_>) -> bool {
    element.is(SERVICE_LIST, "MetadataLocation")
}

const PROXY_SERVICE: &str = "http://eidas.europa.eu/metadata/ept/ProxyService";
const LIST: &str = "service-list";
// Thirty states with a few nodes each, for test and production.
const MAX_ENTRIES: usize = 2000;
// The clocks of the publisher and of this host.
const CLOCK_TOLERANCE_S: u64 = 300;

#[cfg(test)]
mod tests {
    use super::super::fixture::{
        DAY_S, ENTITY, NOW, certificate, list_entry, pinned, rules, service_list, sign, signer,
        stranger,
    };
    use super::*;

    fn signers_of_metadata() -> Vec<Vec<u8>> {
        vec![certificate(&stranger(), -100, 100)]
    }

    fn plain() -> String {
        service_list(NOW.minus(DAY_S), NOW.plus(6 * DAY_S), &signers_of_metadata())
    }

    fn ask(text: &str) -> Result<ServiceList, Code> {
        let octets = sign(text, &signer());
        ServiceList::verify(&octets, &pinned(), &rules(), NOW).map_err(|refusal| refusal.code())
    }

    #[test]
    fn a_list_names_the_signers_of_each_state() {
        let list = ask(&plain()).unwrap();
        assert_eq!((list.issued_at, list.next_update), (NOW.minus(DAY_S), NOW.plus(6 * DAY_S)));
        let entry = list.entry(ENTITY).unwrap();
        assert_eq!(Some(entry.territory), Country::parse("FI"));
        assert_eq!(entry.location, "https://node.example.fi/metadata.xml");
        assert_eq!(entry.signers[0].der(), signers_of_metadata()[0]);
        let other = list.entry("https://node.example.se/ServiceMetadata").unwrap_err();
        assert_eq!(other.code(), Code::MetadataNotListed);
        // Where the entry has endpoints, the location is not the entity.
        let location = list.entry("https://node.example.fi/metadata.xml").unwrap_err();
        assert_eq!(location.code(), Code::MetadataNotListed);
    }

    #[test]
    fn an_entry_without_endpoints_is_known_by_its_location() {
        let endpoint = "<ser:Endpoint EndpointType=\"http://eidas.europa.eu/metadata/ept/\
                        ProxyService\" EntityID=\"https://node.example.fi/ServiceMetadata\"/>";
        assert!(plain().contains(endpoint));
        let list = ask(&plain().replace(endpoint, "")).unwrap();
        assert!(list.entry("https://node.example.fi/metadata.xml").is_ok());
        assert_eq!(list.entry(ENTITY).unwrap_err().code(), Code::MetadataNotListed);
        // A connector asks and does not answer.
        let list = ask(&plain().replace("ept/ProxyService", "ept/Connector")).unwrap();
        assert!(list.entries.is_empty() && list.findings.is_empty());
    }

    #[test]
    fn nobody_but_its_pinned_signer_signs_it() {
        let octets = sign(&plain(), &stranger());
        let refusal = ServiceList::verify(&octets, &pinned(), &rules(), NOW).unwrap_err();
        assert_eq!(refusal.code(), Code::MetadataUntrusted);
        let unsigned = plain().replace("{S}", "");
        let refusal = ServiceList::verify(unsigned.as_bytes(), &pinned(), &rules(), NOW);
        assert_eq!(refusal.unwrap_err().code(), Code::MetadataUntrusted);
        let text = String::from_utf8(sign(&plain(), &signer())).unwrap();
        let changed = text.replace("/metadata.xml", "/evil.xml");
        let refusal = ServiceList::verify(changed.as_bytes(), &pinned(), &rules(), NOW);
        assert_eq!(refusal.unwrap_err().code(), Code::DigestMismatch);
    }

    #[test]
    fn its_dates_count_to_the_second() {
        let list = |issued, next| ask(&service_list(issued, next, &signers_of_metadata())).err();
        let week = NOW.plus(7 * DAY_S);
        assert_eq!(list(NOW, week), None);
        assert_eq!(list(NOW.plus(300), week), None);
        assert_eq!(list(NOW.plus(301), week), Some(Code::MetadataValidity));
        assert_eq!(list(NOW.minus(DAY_S), NOW.plus(1)), None);
        assert_eq!(list(NOW.minus(DAY_S), NOW), Some(Code::MetadataExpired));
        let years = NOW.plus(401 * DAY_S);
        assert_eq!(list(NOW, years), Some(Code::MetadataValidity));
        let without = plain().replace("NextUpdate", "Next");
        assert_eq!(ask(&without).err(), Some(Code::MetadataValidity));
        let other = plain().replace("Version=\"1.0\"", "Version=\"2.0\"");
        assert_eq!(ask(&other).err(), Some(Code::MetadataStructure));
    }

    #[test]
    fn an_entry_that_cannot_be_used_leaves_the_others() {
        let with = |entry: &str| {
            let end = "</ser:MetadataList>";
            let list = ask(&plain().replace(end, &format!("{entry}{end}"))).unwrap();
            assert!(list.entry(ENTITY).is_ok());
            (list.entries.len(), list.findings.len())
        };
        let (signers, other) = (signers_of_metadata(), "https://node.example.fi/b");
        let good = list_entry(other, other, &signers);
        assert_eq!(with(&good), (2, 0));
        for bad in [
            list_entry("", other, &signers),
            list_entry("http://node.example.fi/b", other, &signers),
            list_entry(other, other, &[]),
            list_entry(other, other, &[Vec::new()]),
            list_entry(other, other, &[b"no certificate".to_vec()]),
            good.replace(" Location=", " Suspend=\"true\" Location="),
            good.replace(" EntityID=", " Suspend=\"1\" EntityID="),
            good.replace(" Location=", " RemoveAt=\"2026-01-01\" Location="),
            good.replace("<ser:Endpoint", "<ser:Suspended/><ser:Endpoint"),
        ] {
            assert_eq!(with(&bad), (1, 1), "{bad}");
        }
        assert_eq!(with(&good.replace(" Location=", " Suspend=\"false\" Location=")), (2, 0));
        // A territory that is none.
        let list = ask(&plain().replace("Territory=\"FI\"", "Territory=\"FIN\"")).unwrap();
        assert_eq!((list.entries.len(), list.findings.len()), (0, 1));
    }

    #[test]
    fn entries_of_one_territory_count_together_and_of_two_do_not() {
        let twice = |territory: &str| {
            let entry = list_entry("https://node.example.fi/c", ENTITY, &signers_of_metadata());
            let list = format!(
                "</ser:MetadataList><ser:MetadataList Territory=\"{territory}\">{entry}\
                 </ser:MetadataList>"
            );
            ask(&plain().replace("</ser:MetadataList>", &list)).unwrap().entry(ENTITY)
        };
        assert_eq!(twice("FI").unwrap().signers.len(), 2);
        assert_eq!(twice("SE").unwrap_err().code(), Code::MetadataCountry);
    }

    #[test]
    fn pkcs1_signatures_hold_until_the_date_that_says_so() {
        let rules = |until: Option<UnixTime>| MetadataRules {
            rsa_pkcs1_until: until,
            ..MetadataRules::eidas_node()
        };
        use crate::envelope::xml::signature::SignatureMethod::{EcdsaSha256, RsaSha256};
        let key = eid_broker_maker::keys::card_be().unwrap();
        let der = certificate(&key, -1, 1);
        let key = Certificate::parse(&der).unwrap().public_key().unwrap().clone();
        let rules = |until| MetadataRules { min_rsa_bits: 2048, ..rules(until) };
        assert_eq!(rules(None).accepts(RsaSha256, &key), Err(Code::AlgNotAllowed));
        assert_eq!(rules(Some(NOW)).accepts(RsaSha256, &key), Ok(()));
        assert_eq!(rules(Some(NOW)).method_until(RsaSha256), Some(NOW.minus(1)));
        assert_eq!(rules(Some(NOW)).method_until(EcdsaSha256), None);
    }
}
