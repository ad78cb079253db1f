//! Examples out of the RFCs: signatures, thumbprints, certificate hashes.

use super::jws;
use crate::discover::Found;
use crate::suite::{Case, Expected, Outcome, Suite};
use crate::suites::Loaded;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use eid_broker::crypto::sha256;
use eid_broker::envelope::base64url;
use eid_broker::envelope::jose::{Compact, Jwk};
use eid_broker::envelope::json::{Limits, with};
use eid_broker::verdict::{Code, Refusal};
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
struct File {
    rfc7515: Vec<Jws>,
    rfc7638: Thumbprint,
    rfc8037_a3: Thumbprint,
    rfc8705: Certificate,
    rfc9449: Dpop,
}

/// An example of RFC 7515, appendix A.
#[derive(Debug, Deserialize)]
struct Jws {
    id: String,
    alg: String,
    key: Option<Value>,
    jws: String,
    /// Whether the signature holds.
    crypto: String,
    /// What the library must answer.
    profile: String,
}

#[derive(Debug, Deserialize)]
struct Thumbprint {
    jwk: Value,
    sha256_thumbprint: String,
}

#[derive(Debug, Deserialize)]
struct Certificate {
    #[serde(rename = "x5t#S256")]
    x5t: String,
    certificate_der_b64: String,
}

#[derive(Debug, Deserialize)]
struct Dpop {
    jkt: String,
    token_request: Proof,
    resource_request: Proof,
}

#[derive(Debug, Deserialize)]
struct Proof {
    proof: String,
}

/// Reads the file.
pub(in crate::suites) fn load(found: &Found) -> Loaded {
    let file = File::deserialize(&found.json).map_err(|error| error.to_string())?;
    Ok(vec![Box::new(file)])
}

impl Suite for File {
    fn name(&self) -> String {
        "rfc-examples".to_owned()
    }

    fn run(&self) -> Vec<Case> {
        let mut cases = Vec::new();
        for example in &self.rfc7515 {
            cases.push(example.crypto());
            cases.push(example.profile());
        }
        for (id, example) in [("rfc7638", &self.rfc7638), ("rfc8037-A.3", &self.rfc8037_a3)] {
            let ask = || same(thumbprint(&example.jwk.to_string()), &example.sha256_thumbprint);
            cases.push(Case::ask(id, Expected::Accept, "JWK thumbprint", ask));
        }
        cases.push(Case::ask("rfc8705-A", Expected::Accept, "certificate thumbprint", || {
            match STANDARD.decode(&self.rfc8705.certificate_der_b64) {
                Ok(der) => same(Ok(base64url::encode(&sha256(&der))), &self.rfc8705.x5t),
                Err(_) => Outcome::Differs("the certificate is not base64".to_owned()),
            }
        }));
        let proofs =
            [("token", &self.rfc9449.token_request), ("resource", &self.rfc9449.resource_request)];
        for (name, request) in proofs {
            let ask = || same(proof_thumbprint(&request.proof), &self.rfc9449.jkt);
            let id = format!("rfc9449-{name}-jkt");
            cases.push(Case::ask(id, Expected::Accept, "thumbprint of the proof's key", ask));
        }
        for id in ["rfc9449-proofs", "status-list-1bit"] {
            let skip = || Outcome::Skipped("not yet part of this version".to_owned());
            cases.push(Case::ask(id, Expected::Accept, "", skip));
        }
        cases
    }
}

impl Jws {
    // The signature alone.
    fn crypto(&self) -> Case {
        let valid = self.crypto == "valid";
        let expected = if valid { Expected::Accept } else { Expected::Refuse };
        let note = format!("{}, signature alone", self.alg);
        Case::ask(format!("rfc7515-{}-crypto", self.id), expected, note, || match &self.key {
            Some(key) if key.get("kty").and_then(Value::as_str) == Some("oct") => {
                Outcome::Skipped("tokens with HMAC are not offered".to_owned())
            }
            Some(key) => {
                // The example shows the private key too; a set takes public ones only.
                let mut key = key.clone();
                if let Some(members) = key.as_object_mut() {
                    members.remove("d");
                    members.insert("alg".to_owned(), self.alg.clone().into());
                }
                jws::key_set(&[&key]).and_then(|keys| jws::verify(&self.jws, &keys)).into()
            }
            None => jws::key_set(&[]).and_then(|keys| jws::verify(&self.jws, &keys)).into(),
        })
    }

    // As an assertion of the broker. Only what no issuer's policy can change is decided here.
    fn profile(&self) -> Case {
        let expected = match self.profile.split(' ').next() {
            Some("refuse") => Expected::Refuse,
            _ => Expected::Either,
        };
        let skip = || Outcome::Skipped("not yet part of this version".to_owned());
        Case::ask(format!("rfc7515-{}-profile", self.id), expected, &self.profile, skip)
    }
}

fn same(found: Result<String, Code>, wanted: &str) -> Outcome {
    match found {
        Ok(found) if found == wanted => Outcome::Accepted,
        Ok(found) => Outcome::Differs(format!("{found} instead of {wanted}")),
        Err(code) => Outcome::Refused(code),
    }
}

fn thumbprint(jwk: &str) -> Result<String, Code> {
    let read = with(jwk.as_bytes(), Limits::OWN, Jwk::parse);
    let jwk = read.map_err(|refusal| refusal.code())?;
    Ok(base64url::encode(&jwk.key.thumbprint()))
}

fn proof_thumbprint(proof: &str) -> Result<String, Code> {
    let fault = |refusal: Refusal| refusal.code();
    let compact = Compact::split(proof.as_bytes(), 64 * 1024).map_err(fault)?;
    let header = base64url::decode(compact.header()).map_err(fault)?;
    let jwk = with(&header, Limits::OWN, |header| {
        let jwk = header.get("jwk").ok_or(Refusal::from(Code::KeyMissing))?;
        Ok(jwk.raw().to_owned())
    });
    thumbprint(&jwk.map_err(fault)?)
}
