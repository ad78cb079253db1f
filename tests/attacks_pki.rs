//! Attacks on paths and on the status of certificates. Each has its honest twin.

#[cfg(test)]
mod pki_kit;
#[cfg(test)]
#[allow(dead_code, reason = "shared by several test programs; each uses a part")]
mod revocation_kit;

#[cfg(test)]
mod names {
    use super::pki_kit::*;
    use eid_broker::pki::{Order, PeerName};
    use eid_broker::verdict::Code;

    const REFUSED: Option<Code> = Some(Code::ChainNameConstraint);
    const UNSUPPORTED: Option<Code> = Some(Code::ChainNameConstraintUnsupported);

    fn excludes(base: &[u8]) -> Vec<u8> {
        extension(30, true, &wrap(0x30, &[&wrap(0xa1, &[&wrap(0x30, &[base])])]))
    }

    fn permits(base: &[u8]) -> Vec<u8> {
        extension(30, true, &wrap(0x30, &[&wrap(0xa0, &[&wrap(0x30, &[base])])]))
    }

    fn alternative(name: &[u8]) -> Vec<u8> {
        extension(17, false, &wrap(0x30, &[name]))
    }

    /// The verdict on a leaf below a CA with this constraint.
    fn under(constraint: Vec<u8>, leaf: &Holder, more: &[Vec<u8>]) -> Option<Code> {
        let w = world();
        let middle = w.root.certifies(&w.middle, &[ca(), vec![constraint]].concat());
        let leaf = w.middle.certifies(leaf, &[signer(), more.to_vec()].concat());
        code(&[&leaf, &middle], Order::Chain, &[general(&w.root_cert)])
    }

    #[test]
    fn an_excluded_name_in_another_string_type_is_excluded() {
        let organisation = |tag: u8, text: &[u8]| {
            let pair = wrap(0x30, &[&[6, 3, 0x55, 4, 10], &wrap(tag, &[text])]);
            wrap(0x30, &[&wrap(0x31, &[&pair])])
        };
        let base = excludes(&wrap(0xa4, &[&organisation(0x0c, b"Bank A")]));
        let of = |tag: u8, text: &[u8]| {
            under(base.clone(), &Holder::named(organisation(tag, text)), &[])
        };
        assert_eq!(of(0x0c, b"Bank B"), None);
        assert_eq!(of(0x14, b"Bank B"), None);
        assert_eq!(of(0x1e, b"\0B\0a\0n\0k\0 \0B"), None);
        assert_eq!(of(0x0c, b"bank  a"), REFUSED);
        assert_eq!(of(0x13, b"Bank A"), REFUSED);
        // TeletexString, IA5String, VisibleString, BMPString, UniversalString.
        assert_eq!(of(0x14, b"Bank A"), REFUSED);
        assert_eq!(of(0x16, b"Bank A"), REFUSED);
        assert_eq!(of(0x1a, b"Bank A"), REFUSED);
        assert_eq!(of(0x1e, b"\0B\0a\0n\0k\0 \0A"), REFUSED);
        let wide: Vec<u8> = b"Bank A".iter().flat_map(|byte| [0, 0, 0, *byte]).collect();
        assert_eq!(of(0x1c, &wide), REFUSED);
    }

    #[test]
    fn an_excluded_mailbox_in_quotes_is_excluded() {
        let email = |text: &str| wrap(0x81, &[text.as_bytes()]);
        let of = |base: &str, name: &str| {
            under(excludes(&email(base)), &Holder::new("leaf"), &[alternative(&email(name))])
        };
        assert_eq!(of("admin@example.com", "user@example.com"), None);
        assert_eq!(of("admin@example.com", "\"user\"@example.com"), None);
        assert_eq!(of("admin@example.com", "admin@example.com"), REFUSED);
        assert_eq!(of("admin@example.com", "\"admin\"@example.com"), REFUSED);
        assert_eq!(of("admin@example.com", "\"ad\\min\"@example.com"), REFUSED);
    }

    #[test]
    fn an_address_does_not_pass_as_a_host_name() {
        let dns = |text: &str| wrap(0x82, &[text.as_bytes()]);
        let private = excludes(&wrap(0x87, &[&[10, 0, 0, 0, 255, 0, 0, 0]]));
        let names = |host: &str| {
            let w = world();
            let middle = w.root.certifies(&w.middle, &[ca(), vec![private.clone()]].concat());
            let leaf =
                w.middle.certifies(&w.leaf, &[signer(), vec![alternative(&dns(host))]].concat());
            assert_eq!(code(&[&leaf, &middle], Order::Chain, &[general(&w.root_cert)]), None);
            PeerName::Dns(host).check(&leaf, &|_| false).err()
        };
        assert_eq!(names("a10.example"), None);
        assert_eq!(names("10.0.0.x1"), None);
        assert_eq!(names("10.0.0.1"), Some(Code::ChainPeerName));
        assert_eq!(names("167772161"), Some(Code::ChainPeerName));
    }

    #[test]
    fn a_constraint_on_smtp_utf8_mailboxes_is_not_ignored() {
        let other = |oid: &[u8]| {
            let value = wrap(0xa0, &[&wrap(0x0c, &["ä@example.com".as_bytes()])]);
            wrap(0xa0, &[&wrap(6, &[oid]), &value])
        };
        let smtp = other(&[0x2b, 6, 1, 5, 5, 7, 8, 9]);
        let dns = wrap(0x82, &[b"example.com"]);
        let leaf = Holder::new("leaf");
        for constraint in [excludes(&smtp), permits(&smtp)] {
            assert_eq!(under(constraint.clone(), &leaf, &[]), None);
            assert_eq!(under(constraint.clone(), &leaf, &[alternative(&dns)]), None);
            assert_eq!(under(constraint, &leaf, &[alternative(&smtp)]), UNSUPPORTED);
        }
    }
}

#[cfg(test)]
mod status {
    use super::revocation_kit::*;
    use eid_broker::pki::{
        AlgorithmRules, Anchor, Certificate, Conformance, Crl, CrlStore, Evidence, Order,
        PathRequest, Profile, Purpose, ValidatedPath, verify_path,
    };
    use eid_broker::verdict::Code;
    use std::sync::Arc;

    fn path(presented: &[&Certificate], root: &Certificate) -> ValidatedPath {
        let mut profile = Profile::general(Purpose::Any);
        profile.conformance = Conformance::NotRequired;
        let anchors = [Anchor::new(root.clone(), Arc::new(profile), "test".into())];
        let presented: Vec<Certificate> = presented.iter().map(|one| (*one).clone()).collect();
        let order = Order::Chain;
        verify_path(&PathRequest::new(&presented, order, &anchors, now(), &any_algorithm)).unwrap()
    }

    /// A list of this issuer about whole serial numbers.
    fn list_of(serials: &[Vec<u8>], issuer: &Holder) -> Crl {
        let entry =
            |serial: &Vec<u8>| sequence(&[&wrap(2, &[serial]), &wrap(0x17, &[b"260501000000Z"])]);
        let entries: Vec<u8> = serials.iter().flat_map(entry).collect();
        let tbs = sequence(&[
            &[2, 1, 1],
            ECDSA_SHA256,
            &name(&issuer.name),
            &wrap(0x17, &[b"260531000000Z"]),
            &wrap(0x17, &[b"260607000000Z"]),
            &sequence(&[&entries]),
            &wrap(0xa0, &[&sequence(&[&extension(20, false, &[2, 1, 5])])]),
        ]);
        Crl::parse(&issuer.sign(&tbs, &[])).unwrap()
    }

    /// The serial number whose mixed form, by the finaliser of SplitMix64, is `key`.
    fn unmixed(key: u64) -> Vec<u8> {
        let n = key ^ (key >> 31) ^ (key >> 62);
        let n = n.wrapping_mul(inverse(0x94d0_49bb_1331_11eb));
        let n = n ^ (n >> 27) ^ (n >> 54);
        let n = n.wrapping_mul(inverse(0xbf58_476d_1ce4_e5b9));
        let n = n ^ (n >> 30) ^ (n >> 60);
        n.to_be_bytes().to_vec()
    }

    fn inverse(odd: u64) -> u64 {
        (0..6).fold(odd, |x, _| x.wrapping_mul(2u64.wrapping_sub(odd.wrapping_mul(x))))
    }

    #[test]
    fn every_entry_is_found_also_when_serial_numbers_collide_in_the_index() {
        let issuer = Holder::new("issuer");
        let (mut tried, mut collided) = (0u64, 0);
        while collided < 16 {
            tried = tried.checked_add(1).unwrap();
            // Alike in the upper 32 bits of their mixed form, different below.
            let serials: Vec<Vec<u8>> = (1..=3).map(|low| unmixed((tried << 32) | low)).collect();
            if serials.iter().any(|serial| !(1..0x80).contains(&serial[0])) {
                continue;
            }
            collided += 1;
            let (absent, listed) = serials.split_first().unwrap();
            for listed in [listed.to_vec(), listed.iter().rev().cloned().collect()] {
                let crl = list_of(&listed, &issuer);
                let entry = |serial: &[u8]| crl.entry(&name("issuer"), serial);
                assert_eq!(entry(absent), None);
                for serial in &listed {
                    assert!(entry(serial).is_some(), "{serial:02x?} of {listed:02x?}");
                }
            }
        }
    }

    #[test]
    fn a_revoked_ca_cannot_certify_a_namesake_of_its_issuer() {
        let w = world();
        let honest = CrlSpec::new().made_by(&w.root);
        let of_middle = CrlSpec::new().made_by(&w.middle);
        let (revoking, mut forged) = (CrlSpec::revoking(2).made_by(&w.root), CrlSpec::new());
        forged.number = 99;
        let asked = |path: &ValidatedPath, crls: &[Crl], certificates: &[Certificate]| {
            let mut evidence = Evidence::crls(crls);
            evidence.certificates = certificates;
            code(ask(path, evidence, &require()))
        };
        let plain = w.path();
        assert_eq!(asked(&plain, &[honest, of_middle.clone()], &[]), None);
        let revoked = Some(Code::StatusRevoked);
        assert_eq!(asked(&plain, &[revoking.clone(), of_middle.clone()], &[]), revoked);

        // middle, revoked by the root, certifies a second root and lets it say that middle is good.
        let namesake = Holder::new("root");
        let forged = forged.made_by(&namesake);
        for extensions in [ca(), vec![extension(15, true, &[3, 2, 1, 2])], Vec::new()] {
            let certificate = w.middle.certifies(&namesake, 9, &extensions);
            // Beside the path.
            let crls = [revoking.clone(), forged.clone(), of_middle.clone()];
            let beside = std::slice::from_ref(&certificate);
            assert_eq!(asked(&plain, &crls, beside), revoked);
            let crls = [forged.clone(), of_middle.clone()];
            assert_eq!(asked(&plain, &crls, beside), Some(Code::RevocationUntrusted));
            // As the end entity of the path itself.
            let own = path(&[&certificate, &w.middle_cert], &w.root_cert);
            assert_eq!(asked(&own, &crls, &[]), Some(Code::RevocationSignature));
        }
        // As an intermediate of the path, below the CA that it speaks for.
        let certificate = w.middle.certifies(&namesake, 9, &ca());
        let leaf = namesake.certifies(&Holder::new("leaf"), 7, &[]);
        let own = path(&[&leaf, &certificate, &w.middle_cert], &w.root_cert);
        let crls = [forged, of_middle.clone()];
        assert_eq!(asked(&own, &crls, &[]), Some(Code::RevocationSignature));
        // The honest twin: each list by who stands above.
        let crls = [CrlSpec::new().made_by(&w.root), of_middle, CrlSpec::new().made_by(&namesake)];
        assert_eq!(asked(&own, &crls, &[]), None);
    }

    #[test]
    fn a_ca_does_not_speak_for_itself() {
        // The root certifies a second key of its own name, and revokes it.
        let w = world();
        let second = Holder::new("root");
        let second_cert = w.root.certifies(&second, 3, &ca());
        let leaf = second.certifies(&Holder::new("leaf"), 7, &[]);
        let path = path(&[&leaf, &second_cert], &w.root_cert);
        let by = |first: &CrlSpec| {
            let crls = [first.made_by(&w.root), CrlSpec::new().made_by(&second)];
            code(ask(&path, Evidence::crls(&crls), &require()))
        };
        assert_eq!(by(&CrlSpec::new()), None);
        assert_eq!(by(&CrlSpec::revoking(3)), Some(Code::StatusRevoked));
        let alone = [CrlSpec::new().made_by(&second)];
        let alone = code(ask(&path, Evidence::crls(&alone), &require()));
        assert_eq!(alone, Some(Code::RevocationSignature));
    }

    #[test]
    fn a_store_keeps_the_lists_of_namesakes_apart() {
        let (one, other) = (Holder::new("ca"), Holder::new("ca"));
        let certificate = |holder: &Holder| holder.certifies(holder, 1, &ca());
        let list = |number: u8, holder: &Holder| {
            let mut spec = CrlSpec::new();
            spec.number = number;
            spec.made_by(holder)
        };
        let mut store = CrlStore::new();
        let mut insert = |crl: Crl, holder: &Holder| {
            let rules = AlgorithmRules::GENERAL;
            let taken = store.insert(crl, &certificate(holder), rules, &any_algorithm);
            (taken.err().map(|refusal| refusal.code()), store.crls().len())
        };
        assert_eq!(insert(list(5, &one), &one), (None, 1));
        // Neither pushes the other out, nor holds it back.
        assert_eq!(insert(list(99, &other), &other), (None, 2));
        assert_eq!(insert(list(6, &one), &one), (None, 2));
        assert_eq!(insert(list(5, &one), &one), (Some(Code::RevocationRollback), 2));
        assert_eq!(insert(list(98, &other), &other), (Some(Code::RevocationRollback), 2));
        assert_eq!(insert(list(7, &one), &other), (Some(Code::RevocationSignature), 2));
    }

    #[test]
    fn a_list_that_revokes_is_told_also_beside_an_unknown() {
        let w = world();
        let (path, root_crl) = (w.path(), w.root_crl());
        let by = |says: Says, list: &CrlSpec| {
            let response = OcspSpec::new(says).about(&w.leaf_cert, &w.middle, &w.middle);
            let (responses, crls) = ([&*response], [list.made_by(&w.middle), root_crl.clone()]);
            let mut evidence = Evidence::ocsp(&responses);
            evidence.crls = &crls;
            code(ask(&path, evidence, &require()))
        };
        let (clear, revoking) = (CrlSpec::new(), CrlSpec::revoking(7));
        assert_eq!(by(Says::Good, &clear), None);
        assert_eq!(by(Says::Unknown, &clear), Some(Code::StatusUnknown));
        assert_eq!(by(Says::Unknown, &revoking), Some(Code::StatusRevoked));
        assert_eq!(by(Says::Revoked, &revoking), Some(Code::StatusRevoked));
        assert_eq!(by(Says::Good, &revoking), Some(Code::StatusContradiction));
        assert_eq!(by(Says::Revoked, &clear), Some(Code::StatusContradiction));
    }

    #[test]
    fn a_list_of_another_scope_that_revokes_is_not_outweighed() {
        let w = world();
        let path = w.path();
        let mut scoped = CrlSpec::new();
        scoped.number = 99;
        let url = wrap(0x86, &[b"http://crl.example/ca.crl"]);
        let point = sequence(&[&wrap(0xa0, &[&wrap(0xa0, &[&url])])]);
        let scoped = scoped.with(extension(28, true, &point)).made_by(&w.middle);
        let by = |whole: &CrlSpec| {
            let crls = [scoped.clone(), whole.made_by(&w.middle), w.root_crl()];
            code(ask(&path, Evidence::crls(&crls), &require()))
        };
        assert_eq!(by(&CrlSpec::new()), None);
        assert_eq!(by(&CrlSpec::revoking(8)), None);
        assert_eq!(by(&CrlSpec::revoking(7)), Some(Code::StatusRevoked));
        // An older list of the same series says nothing beside the newer one.
        let mut older = CrlSpec::revoking(7);
        older.number = 4;
        let crls = [older.made_by(&w.middle), CrlSpec::new().made_by(&w.middle), w.root_crl()];
        assert_eq!(code(ask(&path, Evidence::crls(&crls), &require())), None);
    }
}
