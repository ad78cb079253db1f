//! What the tests of paths share: a small maker, and a way to ask.

#![allow(dead_code, reason = "each test program uses a part")]

use eid_broker::UnixTime;
use eid_broker::crypto::{PublicKey, Scheme};
use eid_broker::pki::{
    Anchor, Certificate, Order, PathRequest, Profile, Purpose, ValidatedPath, verify_path,
};
use eid_broker::verdict::{Code, Refusal};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use std::sync::Arc;

// --- a small maker -------------------------------------------------------------------------------

pub(crate) fn wrap(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let header = match u16::try_from(content.len()).unwrap().to_be_bytes() {
        [0, short @ 0..=0x7f] => vec![tag, short],
        [0, low] => vec![tag, 0x81, low],
        [high, low] => vec![tag, 0x82, high, low],
    };
    [header, content].concat()
}

pub(crate) const ECDSA_SHA256: &[u8] = &[0x30, 0x0a, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
pub(crate) const P256_KEY: &[u8] = &[
    0x30, 0x13, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1,
    7,
];

/// `C=DE, CN=<name>`.
pub(crate) fn name(name: &str) -> Vec<u8> {
    let pair = |id: u8, tag: u8, value: &[u8]| {
        wrap(0x31, &[&wrap(0x30, &[&[6, 3, 0x55, 4, id], &wrap(tag, &[value])])])
    };
    wrap(0x30, &[&pair(6, 0x13, b"DE"), &pair(3, 0x0c, name.as_bytes())])
}

pub(crate) struct Holder {
    /// `Name`, DER.
    pub(crate) name: Vec<u8>,
    key: EcdsaKeyPair,
    pkcs8: Vec<u8>,
}

impl Holder {
    /// `C=DE, CN=<common_name>`.
    pub(crate) fn new(common_name: &str) -> Self {
        Self::named(name(common_name))
    }

    pub(crate) fn named(name: Vec<u8>) -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap();
        Self { name, key, pkcs8: pkcs8.as_ref().to_vec() }
    }

    pub(crate) fn key_identifier(&self) -> Vec<u8> {
        self.key.public_key().as_ref()[1..21].to_vec()
    }

    /// Certifies `subject` from 2026 to the end of 2027.
    pub(crate) fn certifies(&self, subject: &Self, extensions: &[Vec<u8>]) -> Certificate {
        self.certifies_during(subject, extensions, "260101000000Z", "271231235959Z")
    }

    /// The same key under another name.
    pub(crate) fn alias(&self, name: Vec<u8>) -> Self {
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &self.pkcs8, &random)
            .unwrap();
        Self { name, key, pkcs8: self.pkcs8.clone() }
    }

    /// Until then, written with this tag.
    pub(crate) fn certifies_until(
        &self,
        subject: &Self,
        extensions: &[Vec<u8>],
        tag: u8,
        until: &str,
    ) -> Certificate {
        self.certifies_between(subject, extensions, (0x17, "260101000000Z"), (tag, until))
    }

    pub(crate) fn certifies_during(
        &self,
        subject: &Self,
        extensions: &[Vec<u8>],
        from: &str,
        until: &str,
    ) -> Certificate {
        self.certifies_between(subject, extensions, (0x17, from), (0x17, until))
    }

    fn certifies_between(
        &self,
        subject: &Self,
        extensions: &[Vec<u8>],
        from: (u8, &str),
        until: (u8, &str),
    ) -> Certificate {
        let ski = extension(14, false, &wrap(4, &[&subject.key_identifier()]));
        let aki = extension(35, false, &wrap(0x30, &[&wrap(0x80, &[&self.key_identifier()])]));
        let all = wrap(0x30, &[&ski, &aki, &extensions.concat()]);
        let validity = wrap(
            0x30,
            &[&wrap(from.0, &[from.1.as_bytes()]), &wrap(until.0, &[until.1.as_bytes()])],
        );
        let point = subject.key.public_key().as_ref();
        let tbs = wrap(
            0x30,
            &[
                &[0xa0, 3, 2, 1, 2],
                &[2, 1, 7],
                ECDSA_SHA256,
                &self.name,
                &validity,
                &subject.name,
                &wrap(0x30, &[P256_KEY, &wrap(3, &[&[0], point])]),
                &wrap(0xa3, &[&all]),
            ],
        );
        let signature = self.key.sign(&SystemRandom::new(), &tbs).unwrap();
        let der = wrap(0x30, &[&tbs, ECDSA_SHA256, &wrap(3, &[&[0], signature.as_ref()])]);
        Certificate::parse(&der).unwrap()
    }
}

/// A `Name` of one attribute each in `sets`: last arc below 2.5.4, tag, value.
pub(crate) fn distinguished(sets: &[(u8, u8, &str)]) -> Vec<u8> {
    let pair = |(id, tag, value): &(u8, u8, &str)| {
        wrap(0x31, &[&wrap(0x30, &[&[6, 3, 0x55, 4, *id], &wrap(*tag, &[value.as_bytes()])])])
    };
    wrap(0x30, &[&sets.iter().map(pair).collect::<Vec<_>>().concat()])
}

pub(crate) fn extension(id: u8, critical: bool, value: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if critical { &[1, 1, 0xff] } else { &[] };
    wrap(0x30, &[&[6, 3, 0x55, 0x1d, id], critical, &wrap(4, &[value])])
}

pub(crate) fn ca() -> Vec<Vec<u8>> {
    vec![extension(19, true, &[0x30, 3, 1, 1, 0xff]), extension(15, true, &[3, 2, 1, 6])]
}

pub(crate) fn ca_with_path_len(path_len: u8) -> Vec<Vec<u8>> {
    vec![
        extension(19, true, &[0x30, 6, 1, 1, 0xff, 2, 1, path_len]),
        extension(15, true, &[3, 2, 1, 6]),
    ]
}

pub(crate) fn signer() -> Vec<Vec<u8>> {
    vec![extension(15, true, &[3, 2, 7, 0x80])]
}

// --- asking --------------------------------------------------------------------------------------

pub(crate) fn now() -> UnixTime {
    UnixTime::from_rfc3339("2026-06-01T00:00:00Z").unwrap()
}

pub(crate) fn any_algorithm(_: Scheme, _: &PublicKey) -> Result<(), Code> {
    Ok(())
}

pub(crate) fn anchor(certificate: &Certificate, profile: Profile) -> Anchor {
    Anchor::new(certificate.clone(), Arc::new(profile), "test".into())
}

pub(crate) fn general(certificate: &Certificate) -> Anchor {
    anchor(certificate, Profile::general(Purpose::Any))
}

pub(crate) fn iaca(certificate: &Certificate) -> Anchor {
    anchor(certificate, Profile::iso_iaca(Purpose::Any))
}

pub(crate) fn ask(
    presented: &[&Certificate],
    order: Order,
    anchors: &[Anchor],
) -> Result<ValidatedPath, Refusal> {
    let presented: Vec<Certificate> = presented.iter().map(|c| (*c).clone()).collect();
    verify_path(&PathRequest::new(&presented, order, anchors, now(), &any_algorithm))
}

pub(crate) fn code(presented: &[&Certificate], order: Order, anchors: &[Anchor]) -> Option<Code> {
    ask(presented, order, anchors).err().map(|refusal| refusal.code())
}

pub(crate) struct World {
    pub(crate) root: Holder,
    pub(crate) middle: Holder,
    pub(crate) leaf: Holder,
    pub(crate) root_cert: Certificate,
    pub(crate) middle_cert: Certificate,
    pub(crate) leaf_cert: Certificate,
}

pub(crate) fn world() -> World {
    let (root, middle, leaf) = (Holder::new("root"), Holder::new("middle"), Holder::new("leaf"));
    let root_cert = root.certifies(&root, &ca());
    let middle_cert = root.certifies(&middle, &ca());
    let leaf_cert = middle.certifies(&leaf, &signer());
    World { root, middle, leaf, root_cert, middle_cert, leaf_cert }
}
