//! A small CA, CRL issuer and OCSP responder for tests. Its keys are drawn anew and worthless.

use eid_broker::UnixTime;
use eid_broker::crypto::{PublicKey, Scheme};
use eid_broker::pki::{
    Anchor, Certificate, Conformance, Crl, Evidence, Order, PathRequest, Profile, Purpose,
    RevocationRequest, RevocationRule, RevocationRules, Standing, ValidatedPath, check_revocation,
    verify_path,
};
use eid_broker::verdict::{Code, Refusal};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use std::sync::Arc;

// --- DER -----------------------------------------------------------------------------------------

pub(crate) fn wrap(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let len = u32::try_from(content.len()).unwrap().to_be_bytes();
    let header = match len {
        [0, 0, 0, short @ 0..=0x7f] => vec![tag, short],
        [0, 0, 0, low] => vec![tag, 0x81, low],
        [0, 0, high, low] => vec![tag, 0x82, high, low],
        [0, a, b, c] => vec![tag, 0x83, a, b, c],
        [a, b, c, d] => vec![tag, 0x84, a, b, c, d],
    };
    [header, content].concat()
}

pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    wrap(0x30, parts)
}

pub(crate) const ECDSA_SHA256: &[u8] = &[0x30, 0x0a, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
const P256_KEY: &[u8] = &[
    0x30, 0x13, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1,
    7,
];

/// `CN=<name>`.
pub(crate) fn name(name: &str) -> Vec<u8> {
    let pair = sequence(&[&[6, 3, 0x55, 4, 3], &wrap(0x0c, &[name.as_bytes()])]);
    sequence(&[&wrap(0x31, &[&pair])])
}

/// An extension of the arc 2.5.29.
pub(crate) fn extension(id: u8, critical: bool, value: &[u8]) -> Vec<u8> {
    raw_extension(&[0x55, 0x1d, id], critical, value)
}

pub(crate) fn raw_extension(oid: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if critical { &[1, 1, 0xff] } else { &[] };
    sequence(&[&wrap(6, &[oid]), critical, &wrap(4, &[value])])
}

pub(crate) fn ca() -> Vec<Vec<u8>> {
    // keyCertSign, cRLSign.
    vec![extension(19, true, &[0x30, 3, 1, 1, 0xff]), extension(15, true, &[3, 2, 1, 6])]
}

pub(crate) const OCSP: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 0x30, 1];

/// An OCSP responder with id-pkix-ocsp-nocheck.
pub(crate) fn responder() -> Vec<Vec<u8>> {
    vec![ocsp_signing(), raw_extension(&[OCSP, &[5]].concat(), false, &[5, 0])]
}

pub(crate) fn ocsp_signing() -> Vec<u8> {
    extension(37, false, &sequence(&[&[6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 9]]))
}

/// Distribution point and OCSP address.
pub(crate) fn addresses() -> Vec<Vec<u8>> {
    let url = |url: &str| wrap(0x86, &[url.as_bytes()]);
    let crl = url("http://crl.example/ca.crl");
    let points = sequence(&[&sequence(&[&wrap(0xa0, &[&wrap(0xa0, &[&crl])])])]);
    let access = sequence(&[&wrap(6, &[OCSP]), &url("http://ocsp.example/")]);
    vec![
        extension(31, false, &points),
        raw_extension(&[0x2b, 6, 1, 5, 5, 7, 1, 1], false, &sequence(&[&access])),
    ]
}

// --- certificates --------------------------------------------------------------------------------

pub(crate) struct Holder {
    pub(crate) name: String,
    pub(crate) key: EcdsaKeyPair,
}

impl Holder {
    pub(crate) fn new(name: &str) -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap();
        Self { name: name.to_owned(), key }
    }

    pub(crate) fn point(&self) -> &[u8] {
        self.key.public_key().as_ref()
    }

    /// A signed structure: `tbs`, algorithm, signature, and what comes behind.
    pub(crate) fn sign(&self, tbs: &[u8], behind: &[u8]) -> Vec<u8> {
        let signature = self.key.sign(&SystemRandom::new(), tbs).unwrap();
        sequence(&[tbs, ECDSA_SHA256, &wrap(3, &[&[0], signature.as_ref()]), behind])
    }

    /// Certifies `subject` from 2026 to the end of 2027.
    pub(crate) fn certifies(
        &self,
        subject: &Self,
        serial: u8,
        extensions: &[Vec<u8>],
    ) -> Certificate {
        self.certifies_until(subject, serial, extensions, "271231235959Z")
    }

    pub(crate) fn certifies_until(
        &self,
        subject: &Self,
        serial: u8,
        extensions: &[Vec<u8>],
        until: &str,
    ) -> Certificate {
        let validity =
            sequence(&[&wrap(0x17, &[b"260101000000Z"]), &wrap(0x17, &[until.as_bytes()])]);
        let extensions = match extensions {
            [] => Vec::new(),
            some => wrap(0xa3, &[&sequence(&[&some.concat()])]),
        };
        let tbs = sequence(&[
            &[0xa0, 3, 2, 1, 2],
            &[2, 1, serial],
            ECDSA_SHA256,
            &name(&self.name),
            &validity,
            &name(&subject.name),
            &sequence(&[P256_KEY, &wrap(3, &[&[0], subject.point()])]),
            &extensions,
        ]);
        Certificate::parse(&self.sign(&tbs, &[])).unwrap()
    }
}

/// root → middle → leaf (serial 7).
pub(crate) struct World {
    pub(crate) root: Holder,
    pub(crate) middle: Holder,
    pub(crate) root_cert: Certificate,
    pub(crate) middle_cert: Certificate,
    pub(crate) leaf_cert: Certificate,
}

pub(crate) fn world() -> World {
    let (root, middle, leaf) = (Holder::new("root"), Holder::new("middle"), Holder::new("leaf"));
    let root_cert = root.certifies(&root, 1, &ca());
    let middle_cert = root.certifies(&middle, 2, &[ca(), addresses()].concat());
    let leaf_cert = middle.certifies(&leaf, 7, &addresses());
    World { root, middle, root_cert, middle_cert, leaf_cert }
}

impl World {
    pub(crate) fn path(&self) -> ValidatedPath {
        self.path_of(&self.leaf_cert)
    }

    pub(crate) fn path_of(&self, leaf: &Certificate) -> ValidatedPath {
        let mut profile = Profile::general(Purpose::Any);
        profile.conformance = Conformance::NotRequired;
        let anchors = [Anchor::new(self.root_cert.clone(), Arc::new(profile), "test".into())];
        let presented = [leaf.clone(), self.middle_cert.clone()];
        let order = Order::Chain;
        let request = PathRequest::new(&presented, order, &anchors, now(), &any_algorithm);
        verify_path(&request).unwrap()
    }

    /// A list of the root that revokes nothing.
    pub(crate) fn root_crl(&self) -> Crl {
        CrlSpec::new().made_by(&self.root)
    }
}

// --- lists ---------------------------------------------------------------------------------------

/// What a list says. Times as UTCTime.
#[derive(Clone)]
pub(crate) struct CrlSpec {
    pub(crate) number: u8,
    pub(crate) this_update: &'static str,
    pub(crate) next_update: Option<&'static str>,
    /// Serial numbers and extensions of entries.
    pub(crate) entries: Vec<(u8, Vec<u8>)>,
    pub(crate) extensions: Vec<Vec<u8>>,
}

impl CrlSpec {
    pub(crate) fn new() -> Self {
        Self {
            number: 5,
            this_update: "260531000000Z",
            next_update: Some("260607000000Z"),
            entries: Vec::new(),
            extensions: Vec::new(),
        }
    }

    pub(crate) fn revoking(serial: u8) -> Self {
        Self::new().and(serial, 1)
    }

    /// With an entry for this reason.
    pub(crate) fn and(mut self, serial: u8, reason: u8) -> Self {
        self.entries.push((serial, extension(21, false, &[0x0a, 1, reason])));
        self
    }

    pub(crate) fn with(mut self, extension: Vec<u8>) -> Self {
        self.extensions.push(extension);
        self
    }

    pub(crate) fn der(&self, issuer: &Holder) -> Vec<u8> {
        let next = self.next_update.map(|next| wrap(0x17, &[next.as_bytes()]));
        let entry = |(serial, extensions): &(u8, Vec<u8>)| {
            sequence(&[
                &[2, 1, *serial],
                &wrap(0x17, &[b"260501000000Z"]),
                &sequence(&[extensions]),
            ])
        };
        let entries: Vec<u8> = self.entries.iter().flat_map(entry).collect();
        let entries = if entries.is_empty() { entries } else { sequence(&[&entries]) };
        let number = extension(20, false, &[2, 1, self.number]);
        let extensions = sequence(&[&number, &self.extensions.concat()]);
        let tbs = sequence(&[
            &[2, 1, 1],
            ECDSA_SHA256,
            &name(&issuer.name),
            &wrap(0x17, &[self.this_update.as_bytes()]),
            next.as_deref().unwrap_or_default(),
            &entries,
            &wrap(0xa0, &[&extensions]),
        ]);
        issuer.sign(&tbs, &[])
    }

    pub(crate) fn made_by(&self, issuer: &Holder) -> Crl {
        Crl::parse(&self.der(issuer)).unwrap()
    }
}

// --- OCSP ----------------------------------------------------------------------------------------

#[derive(Clone)]
pub(crate) enum Says {
    Good,
    Revoked,
    Unknown,
}

/// What a response says. Times as GeneralizedTime.
#[derive(Clone)]
pub(crate) struct OcspSpec {
    pub(crate) status: Says,
    pub(crate) this_update: &'static str,
    pub(crate) next_update: Option<&'static str>,
    pub(crate) produced_at: &'static str,
    pub(crate) nonce: Option<Vec<u8>>,
    pub(crate) extensions: Vec<Vec<u8>>,
    /// How often the status stands there.
    pub(crate) times: usize,
    pub(crate) certificates: Vec<Certificate>,
}

impl OcspSpec {
    pub(crate) fn new(status: Says) -> Self {
        Self {
            status,
            this_update: "20260531235000Z",
            next_update: Some("20260601120000Z"),
            produced_at: "20260531235500Z",
            nonce: None,
            extensions: Vec::new(),
            times: 1,
            certificates: Vec::new(),
        }
    }

    /// About `certificate` of `issuer`, signed by `signer`, who is named by key.
    pub(crate) fn about(
        &self,
        certificate: &Certificate,
        issuer: &Holder,
        signer: &Holder,
    ) -> Vec<u8> {
        let sha1 = |data: &[u8]| digest(&SHA1_FOR_LEGACY_USE_ONLY, data).as_ref().to_vec();
        let time = |text: &str| wrap(0x18, &[text.as_bytes()]);
        let cert_id = sequence(&[
            &sequence(&[&[6, 5, 0x2b, 0x0e, 3, 2, 0x1a], &[5, 0]]),
            &wrap(4, &[&sha1(&name(&issuer.name))]),
            &wrap(4, &[&sha1(issuer.point())]),
            &wrap(2, &[certificate.serial()]),
        ]);
        let status = match self.status {
            Says::Good => vec![0x80, 0],
            Says::Unknown => vec![0x82, 0],
            Says::Revoked => {
                let reason = wrap(0xa0, &[&[0x0a, 1, 4]]);
                wrap(0xa1, &[&time("20260501000000Z"), &reason])
            }
        };
        let next = self.next_update.map(|next| wrap(0xa0, &[&time(next)]));
        let single = sequence(&[
            &cert_id,
            &status,
            &time(self.this_update),
            next.as_deref().unwrap_or_default(),
        ]);
        let nonce = self
            .nonce
            .as_ref()
            .map(|nonce| raw_extension(&[OCSP, &[2]].concat(), false, &wrap(4, &[nonce])));
        let extensions = [self.extensions.concat(), nonce.unwrap_or_default()].concat();
        let extensions = match extensions.as_slice() {
            [] => Vec::new(),
            some => wrap(0xa1, &[&sequence(&[some])]),
        };
        let tbs = sequence(&[
            &wrap(0xa2, &[&wrap(4, &[&sha1(signer.point())])]),
            &time(self.produced_at),
            &sequence(&[&single.repeat(self.times)]),
            &extensions,
        ]);
        let certificates: Vec<u8> =
            self.certificates.iter().flat_map(|one| one.der().to_vec()).collect();
        let certificates = match certificates.as_slice() {
            [] => Vec::new(),
            some => wrap(0xa0, &[&sequence(&[some])]),
        };
        let basic = signer.sign(&tbs, &certificates);
        let kind = wrap(6, &[&[OCSP, &[1]].concat()]);
        let bytes = wrap(0xa0, &[&sequence(&[&kind, &wrap(4, &[&basic])])]);
        sequence(&[&[0x0a, 1, 0], &bytes])
    }
}

// --- asking --------------------------------------------------------------------------------------

pub(crate) fn now() -> UnixTime {
    UnixTime::from_rfc3339("2026-06-01T00:00:00Z").unwrap()
}

pub(crate) fn any_algorithm(_: Scheme, _: &PublicKey) -> Result<(), Code> {
    Ok(())
}

pub(crate) fn require() -> RevocationRules {
    RevocationRules::new(RevocationRule::Require)
}

pub(crate) fn ask(
    path: &ValidatedPath,
    evidence: Evidence<'_>,
    rules: &RevocationRules,
) -> Result<Standing, Refusal> {
    ask_at(path, evidence, rules, now())
}

pub(crate) fn ask_at(
    path: &ValidatedPath,
    evidence: Evidence<'_>,
    rules: &RevocationRules,
    now: UnixTime,
) -> Result<Standing, Refusal> {
    check_revocation(&RevocationRequest::new(path, evidence, rules, now, &any_algorithm))
}

/// `None` when everything is good.
#[track_caller]
pub(crate) fn code(result: Result<Standing, Refusal>) -> Option<Code> {
    match result {
        Ok(Standing::Good(_)) => None,
        Ok(other) => panic!("{other:?}"),
        Err(refusal) => Some(refusal.code()),
    }
}
