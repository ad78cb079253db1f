//! Tokens of the honest making, bent in one place.

use crate::make::Made;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use eid_broker_maker::cert::CertificateSpec;
use eid_broker_maker::jws::{Signing, b64u};
use eid_broker_maker::pid::{PidIssuer, PidSpec, x5c};
use eid_broker_maker::sd_jwt::{Credential, Disclosure, Hiding, SdJwtParts};
use eid_broker_maker::wallet::{KbOptions, Select, Wallet};
use eid_broker_maker::{NOW, TestKey, keys};
use serde_json::{Map, Value};

/// The nonce of the request.
pub(super) const NONCE: &str = "n-0S6_WzA2Mj-vector";
/// The client identifier of the request.
pub(super) const AUDIENCE: &str = "x509_san_dns:broker.example";
/// Begin of the honest credential: an hour ago.
pub(super) const BEGIN: i64 = NOW - 3_600;
/// End of the honest credential: in eight hours. It lives less than a day and needs no status.
pub(super) const END: i64 = NOW + 28_800;
/// When the holder signs: ten seconds ago.
pub(super) const SIGNED: i64 = NOW - 10;

/// The test issuer and the test wallet.
pub(super) struct Kit {
    pub(super) issuer: PidIssuer,
    pub(super) wallet: Wallet,
}

/// The mandatory attributes, each in a disclosure of its own, for nine hours.
pub(super) fn pid() -> Made<PidSpec> {
    let mut pid = PidSpec::mandatory()?;
    (pid.iat, pid.nbf, pid.exp) = (Some(BEGIN), Some(BEGIN), Some(END));
    pid.hiding = Hiding::Flat;
    Ok(pid)
}

/// Every attribute of the rulebook, parts of addresses on their own.
pub(super) fn erika() -> Made<PidSpec> {
    let mut pid = PidSpec::erika()?;
    (pid.iat, pid.nbf, pid.exp) = (Some(BEGIN), Some(BEGIN), Some(END));
    Ok(pid)
}

/// The attributes that must come out of a PID.
pub(super) fn attributes(pid: &PidSpec) -> Map<String, Value> {
    let mut attributes = pid.claims.clone();
    if let Some(Value::String(picture)) = attributes.get_mut("picture") {
        *picture = picture.trim_start_matches("data:image/jpeg;base64,").to_owned();
    }
    attributes
}

/// The attributes of the honest token.
pub(super) fn honest_attributes() -> Made<Map<String, Value>> {
    Ok(attributes(&pid()?))
}

/// An honest key binding for this vector's request.
pub(super) fn key_binding<'a>() -> KbOptions<'a> {
    KbOptions::new(Select::All, NONCE, AUDIENCE, SIGNED)
}

impl Kit {
    pub(super) fn new() -> Made<Self> {
        Ok(Self { issuer: PidIssuer::new()?, wallet: Wallet::holder()? })
    }

    /// Another signer, certified like the honest one.
    pub(super) fn signed_by(key: TestKey) -> Made<Self> {
        Ok(Self { issuer: PidIssuer::with_key(key)?, wallet: Wallet::holder()? })
    }

    /// The honest token.
    pub(super) fn honest(&self) -> Made<String> {
        self.sign(&self.parts()?)
    }

    /// Header, payload and disclosures of the honest token.
    pub(super) fn parts(&self) -> Made<SdJwtParts> {
        Ok(self.issuer.parts(&pid()?))
    }

    /// Signs parts and presents them.
    pub(super) fn sign(&self, parts: &SdJwtParts) -> Made<String> {
        self.sign_as(parts, Signing::Key(&self.issuer.key))
    }

    /// The same with any signature of the issuer.
    pub(super) fn sign_as(&self, parts: &SdJwtParts, signing: Signing<'_>) -> Made<String> {
        self.present(&parts.sign_as(signing)?)
    }

    pub(super) fn present(&self, credential: &Credential) -> Made<String> {
        Ok(self.wallet.present_with(credential, &key_binding())?)
    }

    /// Another PID.
    pub(super) fn pid(&self, bend: impl FnOnce(&mut PidSpec)) -> Made<String> {
        let mut pid = pid()?;
        bend(&mut pid);
        self.sign(&self.issuer.parts(&pid))
    }

    /// Another value of one claim.
    pub(super) fn claim(&self, name: &str, value: Value) -> Made<String> {
        self.pid(|pid| {
            pid.claims.insert(name.to_owned(), value);
        })
    }

    /// Another member of the header.
    pub(super) fn header(&self, name: &str, value: Value) -> Made<String> {
        let mut parts = self.parts()?;
        parts.edit_header(|header| {
            header.insert(name.to_owned(), value);
        })?;
        self.sign(&parts)
    }

    /// A header that was bent as text.
    pub(super) fn header_text(&self, bend: impl FnOnce(&str) -> String) -> Made<String> {
        let mut parts = self.parts()?;
        parts.header = bend(&parts.header);
        self.sign(&parts)
    }

    /// Another member of the signed payload.
    pub(super) fn payload(&self, name: &str, value: Value) -> Made<String> {
        let mut parts = self.parts()?;
        parts.edit_payload(|payload| {
            payload.insert(name.to_owned(), value);
        })?;
        self.sign(&parts)
    }

    /// A payload that was bent as text.
    pub(super) fn payload_text(&self, bend: impl FnOnce(&str) -> String) -> Made<String> {
        let mut parts = self.parts()?;
        parts.payload = bend(&parts.payload);
        self.sign(&parts)
    }

    /// Header and payload as bytes that need not be text; base64url as given.
    pub(super) fn raw(&self, header_b64u: &str, payload_b64u: &str) -> Made<String> {
        let parts = self.parts()?;
        let input = format!("{header_b64u}.{payload_b64u}");
        let signature = b64u(&self.issuer.key.sign_jws(input.as_bytes())?);
        let mut credential = parts.sign(&self.issuer.key)?;
        credential.issuer_jwt = format!("{input}.{signature}");
        self.present(&credential)
    }

    /// One more disclosure, its digest signed.
    pub(super) fn disclosure(&self, disclosure: Disclosure) -> Made<String> {
        let mut parts = self.parts()?;
        parts.add_disclosure(disclosure)?;
        self.sign(&parts)
    }

    /// Another key binding.
    pub(super) fn key_binding(&self, bend: impl FnOnce(&mut KbOptions<'_>)) -> Made<String> {
        let mut options = key_binding();
        bend(&mut options);
        let credential = self.parts()?.sign(&self.issuer.key)?;
        Ok(self.wallet.present_with(&credential, &options)?)
    }

    /// A key-binding payload as text; see [`KbOptions::payload`].
    pub(super) fn key_binding_text(&self, payload: &str) -> Made<String> {
        self.key_binding(|options| options.payload = Some(payload.to_owned()))
    }

    /// The honest signer's key under another certificate of the PID root.
    pub(super) fn leaf(&self, leaf: &CertificateSpec) -> Made<String> {
        self.chain(&[leaf.build(&keys::pid_ca()?)?])
    }

    /// Another `x5c`, leaf first.
    pub(super) fn chain(&self, chain: &[Vec<u8>]) -> Made<String> {
        self.header("x5c", x5c(chain))
    }
}

/// base64 with padding, as `x5c` has it.
pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}
