//! From a configuration folder to a broker: keys loaded, stores and log opened.

use super::config_folder::{ConfigFolder, ReplaySettings, SignerSettings};
use super::{
    AuditFile, Fault, KeyFileSigner, MemoryReplayStore, OpenError, SecretFile, SystemRandom,
};
use crate::assertion::pairwise::PairwiseKey;
use crate::broker::{Broker, Parts};
use crate::crypto::SealKey;
use crate::ports::{ReplayStore, Signer};
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
    let replay = replay_store(&settings.stores.replay, settings.stores.capacity)?;
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
        audit: Arc::new(AuditFile::open(&settings.audit)?),
        random: Arc::new(SystemRandom::new()),
    };
    Broker::new(parts).map_err(|_| key_fault("the settings are out of range"))
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
