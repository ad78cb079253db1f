//! From a configuration folder to a broker: keys loaded, stores and log opened.

use super::config_folder::{ConfigFolder, ReplaySettings, SignerSettings};
use super::{
    AuditFile, Fault, KeyFileSigner, MemoryReplayStore, OpenError, SecretFile, SystemRandom,
    service,
};
use crate::UnixTime;
use crate::assertion::pairwise::PairwiseKey;
use crate::broker::{Broker, Parts};
use crate::crypto::SealKey;
use crate::ports::{AuditSink, Insertion, Namespace, Position, ReplayStore, Signer, Unavailable};
use std::sync::Arc;

/// Opens everything that a configuration names.
///
/// The audit log is locked by the broker that comes out: a second one on the same folder is refused
/// until the first is dropped.
///
/// # Errors
/// [`OpenError`] naming the file and the reason: a key that others may read, a log that is damaged or
/// locked, a store that cannot be used.
pub fn open_broker(config: ConfigFolder) -> Result<Broker, OpenError> {
    let replay = replay_store(&config.settings.stores.replay, config.settings.stores.capacity)?;
    let audit = Arc::new(AuditFile::open(&config.settings.audit)?);
    put_together(config, replay, audit)
}

/// Opens the keys only: enough to make and open expectations, also while another process writes the
/// audit log. Verifying or issuing with it is undecided, always.
///
/// # Errors
/// [`OpenError`] for a key that cannot be used.
pub fn open_requester(config: ConfigFolder) -> Result<Broker, OpenError> {
    put_together(config, Arc::new(Closed), Arc::new(Closed))
}

// Stores that were not opened. They answer nothing, so nothing can be decided with them.
struct Closed;

const CLOSED: Unavailable = Unavailable("not opened");

impl ReplayStore for Closed {
    fn insert_if_absent(
        &self,
        _: Namespace,
        _: &[u8; 32],
        _: UnixTime,
        _: UnixTime,
    ) -> Result<Insertion, Unavailable> {
        Err(CLOSED)
    }

    fn take(&self, _: Namespace, _: &[u8; 32], _: UnixTime) -> Result<bool, Unavailable> {
        Err(CLOSED)
    }
}

impl AuditSink for Closed {
    fn append(&self, _: &[u8]) -> Result<Position, Unavailable> {
        Err(CLOSED)
    }
}

fn put_together(
    config: ConfigFolder,
    replay: Arc<dyn ReplayStore>,
    audit: Arc<dyn AuditSink>,
) -> Result<Broker, OpenError> {
    let ConfigFolder { folder, settings, mut policy, register, trust, digest, .. } = config;
    let key_fault = |what| OpenError::new(&folder, Fault::Key(what));
    let SignerSettings::KeyFile { path, alg } = &settings.signer;
    let signer = KeyFileSigner::load(path)?;
    if signer.alg() != *alg {
        return Err(OpenError::new(
            path,
            Fault::Key("not of the algorithm that the settings name"),
        ));
    }
    let pairwise = SecretFile::load(&settings.keys.pairwise)?;
    let pairwise = PairwiseKey::new(settings.keys.pairwise_version, *pairwise)
        .map_err(|_| key_fault("pairwise_version must be from 1"))?;
    if let Some(rules) = policy.sd_jwt_vc.as_mut() {
        rules.max_bytes = rules.max_bytes.min(settings.limits.presentation_bytes);
    }
    let parts = Parts {
        policy,
        trust: Arc::new(trust),
        register,
        issuer: settings.issuer,
        signer: Arc::new(signer),
        pairwise,
        seal: SealKey::new(*SecretFile::load(&settings.keys.seal)?),
        audit_key: SecretFile::load(&settings.keys.audit)?,
        audience: settings.expectation.audience,
        expectation_lifetime_s: settings.expectation.lifetime_s,
        config_digest: digest,
        replay,
        audit,
        random: Arc::new(SystemRandom::new()),
    };
    let range = |_| key_fault("the settings are out of range");
    let mut broker = Broker::new(parts).map_err(range)?;
    if let Some(origin) = settings.expectation.origin {
        broker = broker.with_origin(&origin).map_err(range)?;
    }
    if let Some(saml) = settings.saml {
        broker = broker.with_service_provider(service::open(saml)?).map_err(range)?;
    }
    Ok(broker)
}

fn replay_store(
    settings: &ReplaySettings,
    capacity: u32,
) -> Result<Arc<dyn ReplayStore>, OpenError> {
    match settings {
        ReplaySettings::Memory => {
            let capacity = usize::try_from(capacity).unwrap_or(usize::MAX);
            Ok(Arc::new(MemoryReplayStore::new(capacity)))
        }
        #[cfg(feature = "sqlite")]
        ReplaySettings::Sqlite(path) => {
            Ok(Arc::new(super::SqliteReplayStore::open(path, u64::from(capacity))?))
        }
        #[cfg(not(feature = "sqlite"))]
        ReplaySettings::Sqlite(path) => {
            Err(OpenError::new(path, Fault::Database("this build has no feature sqlite")))
        }
    }
}
