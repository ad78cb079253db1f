//! Pairwise subjects: one person, another subject in every sector (OpenID Connect Core 1.0, 8.1).
//!
//! Identifiers of persons can be enumerated, so a subject is a keyed hash and never a plain one.
//! Every part is length-prefixed: no two different triples of sector, kind and identifier give the
//! same message. The key's version stands in the subject: it never rotates silently.

use crate::crypto::{MacKey, derive_key};
use crate::envelope::base64url;
use crate::identity::StableIdentifier;
use crate::ports::{Random, Unavailable};
use crate::verdict::{Code, Detail, Place, Refusal};
use std::collections::BTreeMap;
use std::fmt;
use zeroize::Zeroizing;

/// The subject of an assertion: `ps<v>.<43>`, `ph<v>.<43>` or `tr.<22>`, at most 64 characters.
///
/// `Debug` hides it: within its sector it stands for a person.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PairwiseSubject(String);

impl PairwiseSubject {
    /// A subject for one assertion only: `tr.` and 128 random bits. Two of them never link.
    ///
    /// # Errors
    /// [`Unavailable`] when there is no randomness.
    pub fn transient(random: &dyn Random) -> Result<Self, Unavailable> {
        let mut bytes = [0; 16];
        random.fill(&mut bytes)?;
        Ok(Self(format!("tr.{}", base64url::encode(&bytes))))
    }

    /// Derives a subject with a key that stays inside a token or a hardware module:
    /// `ph<v>.b64url(HMAC-SHA256(master[v], LP("eid-broker.pairwise.h1") ‖ LP(sector) ‖ LP(kind) ‖
    /// LP(id)))`, LP(x) being the length in four bytes, big-endian, and the UTF-8 bytes.
    ///
    /// * `version`: of the master key, from 1.
    /// * `hmac`: HMAC-SHA256 of the message under that key, one call.
    ///
    /// # Errors
    /// Those of `hmac`, and [`Code::MisuseArgument`] for the version 0.
    pub fn by_token<E: From<Refusal>>(
        version: u32,
        sector: &str,
        identifier: &StableIdentifier,
        hmac: impl FnOnce(&[u8]) -> Result<[u8; 32], E>,
    ) -> Result<Self, E> {
        Self::derive_by_token(version, sector, identifier.kind().name(), identifier.value(), hmac)
    }

    /// The same from the parts as text.
    ///
    /// # Errors
    /// As [`Self::by_token`].
    pub fn derive_by_token<E: From<Refusal>>(
        version: u32,
        sector: &str,
        kind: &str,
        id: &str,
        hmac: impl FnOnce(&[u8]) -> Result<[u8; 32], E>,
    ) -> Result<Self, E> {
        by_token(version, sector, kind, id, hmac)
    }

    /// The subject as it stands in the assertion.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    // `prefix`: `ps<v>.` or `ph<v>.`.
    fn new(prefix: &str, mac: &[u8; 32]) -> Self {
        let mut subject = Vec::with_capacity(MAX_SUBJECT_LEN);
        subject.extend_from_slice(prefix.as_bytes());
        base64url::encode_onto(mac, &mut subject);
        Self(String::from_utf8(subject).unwrap_or_default())
    }
}

impl fmt::Debug for PairwiseSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PairwiseSubject(..)")
    }
}

/// One version of the master key for pairwise subjects, held in memory.
pub struct PairwiseKey {
    version: u32,
    // Of every subject.
    prefix: String,
    master: Zeroizing<[u8; 32]>,
    // Of the sectors that were prepared; the others are derived when they are asked for.
    sectors: BTreeMap<String, MacKey>,
}

impl PairwiseKey {
    /// Takes 32 secret bytes.
    ///
    /// * `version`: from 1; it becomes part of every subject.
    ///
    /// # Errors
    /// [`Code::MisuseArgument`] for the version 0.
    pub fn new(version: u32, master: [u8; 32]) -> Result<Self, Refusal> {
        let master = Zeroizing::new(master);
        check_version(version)?;
        let prefix = format!("ps{version}.");
        Ok(Self { version, prefix, master, sectors: BTreeMap::new() })
    }

    /// Derives the keys of these sectors beforehand: two thirds of what a subject costs. Changes no
    /// subject.
    ///
    /// # Errors
    /// As [`Self::sector_key`].
    pub fn prepare<'a>(
        &mut self,
        sectors: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), Refusal> {
        for sector in sectors {
            let key = self.sector_key(sector)?;
            self.sectors.insert(sector.to_owned(), MacKey::new(key.as_slice()));
        }
        Ok(())
    }

    /// The version of the key.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// Derives the subject of a person in a sector:
    ///
    /// ```text
    /// K_sector = HKDF-SHA256(master[v], salt "eid-broker/pairwise/v1", info "sector\0" ‖ LP(sector))
    /// sub = "ps" v "." b64url(HMAC-SHA256(K_sector, LP("eid-broker.pairwise.v1") ‖ LP(kind) ‖ LP(id)))
    /// ```
    ///
    /// * `sector`: of the procedure, `[a-z0-9-]{1,40}`.
    ///
    /// # Errors
    /// [`Code::Internal`] when the key cannot be derived; that does not happen for 32 bytes.
    pub fn subject(
        &self,
        sector: &str,
        identifier: &StableIdentifier,
    ) -> Result<PairwiseSubject, Refusal> {
        self.derive(sector, identifier.kind().name(), identifier.value())
    }

    /// The same from the parts as text, for whoever repeats a derivation: an auditor, or a sector
    /// that re-keys.
    ///
    /// # Errors
    /// As [`Self::subject`].
    pub fn derive(&self, sector: &str, kind: &str, id: &str) -> Result<PairwiseSubject, Refusal> {
        let derived;
        let key = match self.sectors.get(sector) {
            Some(key) => key,
            None => {
                derived = MacKey::new(self.sector_key(sector)?.as_slice());
                &derived
            }
        };
        let lengths = [length(LABEL)?, length(kind)?, length(id)?];
        let [label_len, kind_len, id_len] = &lengths;
        let message: [&[u8]; 6] =
            [label_len, LABEL.as_bytes(), kind_len, kind.as_bytes(), id_len, id.as_bytes()];
        let mac = key.mac(&message);
        Ok(PairwiseSubject::new(&self.prefix, &mac))
    }

    /// The key of one sector, for that sector's own escrow. It tells nothing about other sectors.
    ///
    /// # Errors
    /// As [`Self::subject`].
    pub fn sector_key(&self, sector: &str) -> Result<Zeroizing<[u8; 32]>, Refusal> {
        let sector_len = length(sector)?;
        let info: [&[u8]; 3] = [b"sector\0", &sector_len, sector.as_bytes()];
        derive_key(self.master.as_slice(), SALT, &info).map(Zeroizing::new).map_err(|_| fault())
    }
}

impl fmt::Debug for PairwiseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PairwiseKey(version {}, ..)", self.version)
    }
}

/// Whether a text has the form of a subject: `ps<v>.<43>`, `ph<v>.<43>` or `tr.<22>`.
#[must_use]
pub fn is_subject(text: &str) -> bool {
    let Some((head, value)) = text.split_once('.') else { return false };
    let version = head.strip_prefix("ps").or_else(|| head.strip_prefix("ph"));
    let bytes = match version {
        Some(version) => {
            let number = (1..=10).contains(&version.len())
                && !version.starts_with('0')
                && version.bytes().all(|byte| byte.is_ascii_digit());
            if !number {
                return false;
            }
            43
        }
        None if head == "tr" => 22,
        None => return false,
    };
    value.len() == bytes && value.bytes().all(crate::envelope::jose::is_base64url)
}

fn by_token<E: From<Refusal>>(
    version: u32,
    sector: &str,
    kind: &str,
    id: &str,
    hmac: impl FnOnce(&[u8]) -> Result<[u8; 32], E>,
) -> Result<PairwiseSubject, E> {
    check_version(version)?;
    let mut message = Zeroizing::new(Vec::new());
    for part in [TOKEN_LABEL, sector, kind, id] {
        message.extend_from_slice(&length(part)?);
        message.extend_from_slice(part.as_bytes());
    }
    Ok(PairwiseSubject::new(&format!("ph{version}."), &hmac(&message)?))
}

fn check_version(version: u32) -> Result<(), Refusal> {
    if version == 0 {
        return Err(Refusal::new(Code::MisuseArgument, Place::part("pairwise.version")));
    }
    Ok(())
}

// The prefix of LP: the length in four bytes, big-endian.
fn length(part: &str) -> Result<[u8; 4], Refusal> {
    u32::try_from(part.len()).map(u32::to_be_bytes).map_err(|_| fault())
}

fn fault() -> Refusal {
    Refusal::new(Code::Internal, Place::part("pairwise")).with(Detail::Name("derivation"))
}

// `ps`, a version of ten digits, a dot and 43 characters; short enough for any `sub` column.
const MAX_SUBJECT_LEN: usize = 64;

const SALT: &[u8] = b"eid-broker/pairwise/v1";
const LABEL: &str = "eid-broker.pairwise.v1";
const TOKEN_LABEL: &str = "eid-broker.pairwise.h1";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::hmac_sha256;
    use crate::identity::fixture;
    use proptest::prelude::*;
    use serde_json::Value;
    use std::path::Path;

    fn key() -> PairwiseKey {
        PairwiseKey::new(1, master()).unwrap()
    }

    // The key of the public vectors: 00 01 02 … 1f.
    fn master() -> [u8; 32] {
        let mut master = [0; 32];
        for (byte, value) in master.iter_mut().zip(0..) {
            *byte = value;
        }
        master
    }

    fn in_token(master: &[u8; 32], version: u32, sector: &str, kind: &str, id: &str) -> String {
        let hmac = |message: &[u8]| Ok::<_, Refusal>(hmac_sha256(master, &[message]));
        by_token(version, sector, kind, id, hmac).unwrap().0
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn derives_the_documented_subjects() {
        let pid = "DE/AT/02635542Y";
        for (sector, kind, id, sub) in [
            ("building", "eidas-pid", pid, "ps1.VBhQePwt5d4BvjqK7C90CibkPM_PHhjHw8jJCyPuxSQ"),
            (
                "building",
                "eidas-pid",
                "DE/AT/02635542y",
                "ps1.TaHkK9KAzuWqA-G73vk1AnoDWDNF5ei-n0R8CYJyInc",
            ),
            ("residence", "eidas-pid", pid, "ps1.hE7y47BWgPSWbLrj1AWFaXnE1DY98bfjuHL3uDa6rGs"),
            (
                "building",
                "ee-pno",
                "EE60001019906",
                "ps1.XZINhn5PonGuK5BUROPF3uKBHYCrTq4TQlGjeDg57hw",
            ),
        ] {
            assert_eq!(key().derive(sector, kind, id).unwrap().0, sub);
        }
        let sector_key = key().sector_key("building").unwrap();
        let expected = "7c64b0304bdd7bf4870fce9116742e318113826e7969789cad6d93d8a7065c2e";
        assert_eq!(hex(sector_key.as_slice()), expected);
    }

    #[test]
    fn a_prepared_sector_sees_the_same_subjects() {
        let mut prepared = key();
        prepared.prepare(["building", "residence"]).unwrap();
        for sector in ["building", "residence", "library"] {
            let subject = |key: &PairwiseKey| key.derive(sector, "eidas-pid", "DE/AT/1").unwrap().0;
            assert_eq!(subject(&prepared), subject(&key()));
        }
        assert_eq!(format!("{prepared:?}"), "PairwiseKey(version 1, ..)");
    }

    #[test]
    fn derives_the_documented_subjects_with_a_key_in_a_token() {
        let pid = "DE/AT/02635542Y";
        for (sector, kind, sub) in [
            ("building", "eidas-pid", "ph1.owr68OtZk3D2uoaIw4A8jglexN148M1LN-TeoTzgmTY"),
            // Differs from the first only in where the sector ends and the kind begins.
            ("buildinge", "idas-pid", "ph1.tyg31wyUB6zT20O1I7AB2sgnCY8fe1a8TsXHHIJ5BgE"),
        ] {
            assert_eq!(in_token(&master(), 1, sector, kind, pid), sub);
        }
    }

    #[test]
    fn agrees_with_every_vector_of_the_shared_corpus() {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/jose/pairwise.json");
        let Ok(text) = std::fs::read_to_string(&path) else {
            eprintln!("ABSENT: {} - the corpus vectors were not checked", path.display());
            return;
        };
        let corpus: Value = serde_json::from_str(&text).unwrap();
        let vectors = corpus["vectors"].as_array().unwrap();
        for vector in vectors {
            let (key, sector, kind, id) = read(vector);
            assert_eq!(key.derive(sector, kind, id).unwrap().0, vector["sub"], "{vector}");
            let sector_key = hex(key.sector_key(sector).unwrap().as_slice());
            assert_eq!(sector_key, vector["sector_key_hex"], "{vector}");
        }
        let in_tokens = corpus["vectors_hsm"].as_array().unwrap();
        for vector in in_tokens {
            let (key, sector, kind, id) = read(vector);
            let sub = in_token(&key.master, key.version, sector, kind, id);
            assert_eq!(sub, vector["sub"], "{vector}");
        }
        assert!(vectors.len() >= 5 && in_tokens.len() >= 3, "the corpus shrank");
    }

    fn read(vector: &Value) -> (PairwiseKey, &str, &str, &str) {
        let digits = vector["master_hex"].as_str().unwrap();
        let mut master = [0; 32];
        for (byte, pair) in master.iter_mut().zip(digits.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        }
        let version = u32::try_from(vector["key_version"].as_u64().unwrap()).unwrap();
        let text = |member: &str| vector[member].as_str().unwrap();
        let key = PairwiseKey::new(version, master).unwrap();
        (key, text("sector"), text("identifier_kind"), text("identifier"))
    }

    #[test]
    fn gives_a_transient_subject_of_128_bits() {
        let subject = PairwiseSubject::transient(&fixture::Fill(0xff)).unwrap();
        assert_eq!(subject.as_str(), "tr._____________________w");
        assert_eq!(subject.as_str().len(), 3 + 22);
        assert!(PairwiseSubject::transient(&fixture::NoRandom).is_err());
    }

    #[test]
    fn refuses_the_version_zero() {
        assert_eq!(PairwiseKey::new(0, [1; 32]).unwrap_err().code(), Code::MisuseArgument);
        let hmac = |_: &[u8]| Ok::<_, Refusal>([0; 32]);
        assert!(by_token(0, "s", "k", "i", hmac).is_err());
    }

    #[test]
    fn passes_the_failure_of_the_token_on() {
        let identifier = fixture::identifier("AT:1");
        let lost = |_: &[u8]| Err(Refusal::from(Code::SignerFailed));
        let refusal = PairwiseSubject::by_token(1, "s", &identifier, lost).unwrap_err();
        assert_eq!(refusal.code(), Code::SignerFailed);
    }

    #[test]
    fn shows_neither_key_nor_subject() {
        assert_eq!(format!("{:?}", key()), "PairwiseKey(version 1, ..)");
        let subject = key().subject("building", &fixture::identifier("AT:1234")).unwrap();
        assert_eq!(format!("{subject:?}"), "PairwiseSubject(..)");
    }

    proptest! {
        #[test]
        fn two_sectors_share_no_subject(a in "[a-z0-9-]{1,40}", b in "[a-z0-9-]{1,40}", id in ".{1,40}") {
            prop_assume!(a != b);
            let identifier = fixture::identifier(&id);
            let in_a = key().subject(&a, &identifier).unwrap();
            let in_b = key().subject(&b, &identifier).unwrap();
            prop_assert_ne!(&in_a, &in_b);
            prop_assert!(in_a.as_str().len() <= 64);
            prop_assert_eq!(&in_a, &key().subject(&a, &identifier).unwrap());
        }

        #[test]
        fn the_boundary_between_parts_counts(text in "[a-z]{2,12}", cut in 1usize..11) {
            prop_assume!(cut < text.len());
            let (left, right) = text.split_at(cut);
            let whole = in_token(&master(), 1, &text, "", "id");
            prop_assert_ne!(whole, in_token(&master(), 1, left, right, "id"));
        }
    }
}
