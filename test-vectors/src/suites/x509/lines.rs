//! The operation `path` of the line protocol.

use super::pkits::Initial;
use super::{Peer, Question, Revocation};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use eid_broker::UnixTime;
use eid_broker::pki::{Oid, Profile, Purpose};
use serde::Deserialize;

/// One line.
#[derive(Deserialize)]
pub(crate) struct Line {
    kind: Kind,
    time: String,
    target: String,
    #[serde(default)]
    certs: Vec<String>,
    anchors: Vec<String>,
    #[serde(default)]
    crls: Vec<String>,
    #[serde(default)]
    peer: Option<Peer>,
    #[serde(default)]
    eku: Vec<String>,
    #[serde(default)]
    max_depth: Option<usize>,
    #[serde(default)]
    initial: Option<Initial>,
}

/// Which profile decides.
#[derive(Clone, Copy, Deserialize)]
enum Kind {
    #[serde(rename = "CLIENT")]
    Client,
    #[serde(rename = "NONE")]
    None,
    #[serde(rename = "SERVER")]
    Server,
}

impl Line {
    /// What the line asks.
    pub(crate) fn question(&self) -> Result<Question, String> {
        let purposes = self.eku.iter().map(|text| {
            Oid::from_dotted(text).ok_or_else(|| format!("{text:?} is no object identifier"))
        });
        let purposes = purposes.collect::<Result<Vec<Oid>, String>>()?;
        let given = (!purposes.is_empty()).then_some(purposes);
        let mut presented = vec![decode(&self.target)?];
        presented.extend(decode_all(&self.certs)?);
        let revocation = if self.crls.is_empty() && self.initial.is_none() {
            Revocation::NotAsked
        } else {
            Revocation::Required
        };
        Ok(Question {
            profile: self.profile(given)?,
            presented,
            anchors: decode_all(&self.anchors)?,
            crls: decode_all(&self.crls)?,
            revocation,
            peer: self.peer.clone(),
            max_intermediates: self.max_depth,
            now: UnixTime::from_rfc3339(&self.time).ok_or("the time is not RFC 3339")?,
        })
    }

    fn profile(&self, purposes: Option<Vec<Oid>>) -> Result<Profile, String> {
        let mut profile = match (self.kind, &self.initial) {
            // With inputs, the algorithm of RFC 5280, 6.1 is asked for and nothing else.
            (Kind::None, Some(initial)) => initial.profile()?,
            (Kind::None, None) => Profile::general(Purpose::Any),
            (Kind::Client, _) => Profile::tls_client(),
            (Kind::Server, _) => Profile::tls_server(),
        };
        if let Some(initial) = &self.initial {
            profile.policies = initial.inputs()?;
        }
        if let Some(purposes) = purposes {
            profile.leaf_purpose = match self.kind {
                Kind::Server => Purpose::Required(purposes),
                Kind::Client | Kind::None => Purpose::IfPresent(purposes),
            };
        }
        Ok(profile)
    }
}

fn decode_all(texts: &[String]) -> Result<Vec<Vec<u8>>, String> {
    texts.iter().map(|text| decode(text)).collect()
}

fn decode(text: &str) -> Result<Vec<u8>, String> {
    STANDARD.decode(text).map_err(|error| error.to_string())
}
