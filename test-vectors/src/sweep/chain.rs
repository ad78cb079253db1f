//! A leaf and its intermediate below an anchor, one of them changed.

use crate::make::Made;
use crate::make::trust::{deep_leaf, deep_root, deep_root_key, intermediate};
use crate::suite::Door;
use eid_broker::UnixTime;
use eid_broker::crypto::{PublicKey, Scheme};
use eid_broker::pki::{
    Anchor, Certificate, IndexedAnchors, Order, PathRequest, Profile, Purpose, verify_path,
};
use eid_broker::verdict::Code;
use eid_broker_maker::{NOW, keys};
use std::sync::Arc;

/// The chain with one certificate that is to be changed.
pub(super) struct Part {
    pub(super) name: &'static str,
    pub(super) der: Vec<u8>,
    /// Position in the chain.
    index: usize,
    chain: [Vec<u8>; 2],
    anchors: Arc<IndexedAnchors>,
    now: UnixTime,
}

/// Leaf and intermediate.
pub(super) fn parts() -> Result<[Part; 2], String> {
    let fault = |error: &dyn std::fmt::Display| format!("the test issuers: {error}");
    let make = || -> Made<([Vec<u8>; 2], Vec<u8>)> {
        let leaf = deep_leaf()?.build(&keys::pid_ca()?)?;
        let ca = intermediate()?.build(&deep_root_key()?)?;
        Ok(([leaf, ca], deep_root(None)?))
    };
    let (chain, root) = make().map_err(|error| fault(&error))?;
    let root = Certificate::parse(&root).map_err(|refusal| fault(&refusal))?;
    let profile = Arc::new(Profile::general(Purpose::Any));
    let anchors = IndexedAnchors::new(vec![Anchor::new(root, profile, "sweep".into())]);
    let anchors = Arc::new(anchors);
    let now = UnixTime::from_secs(u64::try_from(NOW).map_err(|error| fault(&error))?);
    let [leaf, ca] = chain.clone();
    let part = |name, der, index| Part {
        name,
        der,
        index,
        chain: chain.clone(),
        anchors: Arc::clone(&anchors),
        now,
    };
    Ok([part("leaf of a chain", leaf, 0), part("intermediate of a chain", ca, 1)])
}

impl Door for Part {
    fn ask(&self, token: &[u8]) -> Result<String, Code> {
        let presented: Result<Vec<Certificate>, Code> = self
            .chain
            .iter()
            .enumerate()
            .map(|(index, der)| if index == self.index { token } else { der })
            .map(|der| Certificate::parse(der).map_err(|refusal| refusal.code()))
            .collect();
        let accepts = |_: Scheme, _: &PublicKey| Ok(());
        let (presented, order) = (presented?, Order::Chain);
        let request = PathRequest::among(&presented, order, &self.anchors, self.now, &accepts);
        verify_path(&request).map(|_| String::new()).map_err(|refusal| refusal.code())
    }
}
