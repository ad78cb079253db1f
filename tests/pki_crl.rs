//! Revocation by CRL over lists that are made here: every refusal beside its honest twin.

#[cfg(test)]
#[allow(dead_code, reason = "shared by several test programs; each uses a part")]
mod revocation_kit;

#[cfg(test)]
mod tests {
    use super::revocation_kit::*;
    use eid_broker::UnixTime;
    use eid_broker::crypto::{PublicKey, Scheme};
    use eid_broker::pki::{
        AlgorithmRules, Certificate, Crl, CrlStore, Evidence, Methods, RevocationRequest,
        RevocationRule, RevocationScope, Standing, check_revocation,
    };
    use eid_broker::verdict::{Code, Detail, NeedKind, Place};

    /// The answer to the world's leaf, the root's list beside those that are given.
    fn with(world: &World, crls: &[Crl]) -> Option<Code> {
        let crls = [&[world.root_crl()], crls].concat();
        code(ask(&world.path(), Evidence::crls(&crls), &require()))
    }

    fn spec(world: &World, spec: &CrlSpec) -> Option<Code> {
        with(world, &[spec.made_by(&world.middle)])
    }

    fn parse(spec: &CrlSpec) -> Option<Code> {
        Crl::parse(&spec.der(&Holder::new("ca"))).err().map(|refusal| refusal.code())
    }

    #[test]
    fn good_until_the_first_list_ends_and_revoked_with_time_and_reason() {
        let w = world();
        let crls = [w.root_crl(), CrlSpec::revoking(8).made_by(&w.middle)];
        let Ok(Standing::Good(good)) = ask(&w.path(), Evidence::crls(&crls), &require()) else {
            panic!("not good");
        };
        let end = UnixTime::from_rfc3339("2026-06-07T00:00:00Z").unwrap();
        assert_eq!(good.until, end.plus(300));

        let crls = [w.root_crl(), CrlSpec::revoking(7).made_by(&w.middle)];
        let refusal = ask(&w.path(), Evidence::crls(&crls), &require()).unwrap_err();
        assert_eq!(refusal.code(), Code::StatusRevoked);
        assert_eq!(refusal.place(), Place::nth("chain", 0));
        let at = UnixTime::from_rfc3339("2026-05-01T00:00:00Z").unwrap().secs();
        assert_eq!(refusal.detail(), Detail::Revoked { at, reason: "keyCompromise" });
    }

    #[test]
    fn a_revoked_intermediate_refuses_unless_only_the_end_entity_is_asked_for() {
        let w = world();
        let good = CrlSpec::new().made_by(&w.middle);
        let crls = [CrlSpec::revoking(2).made_by(&w.root), good];
        let mut rules = require();
        let evidence = Evidence::crls(&crls);
        assert_eq!(code(ask(&w.path(), evidence, &rules)), Some(Code::StatusRevoked));
        rules.scope = RevocationScope::EndEntity;
        assert_eq!(code(ask(&w.path(), evidence, &rules)), None);
    }

    #[test]
    fn names_what_is_needed_and_where() {
        let w = world();
        let mut rules = require();
        let needs = |rules: &_, evidence| match ask(&w.path(), evidence, rules) {
            Ok(Standing::Needs(needs)) => needs,
            other => panic!("{other:?}"),
        };
        let found = needs(&rules, Evidence::NONE);
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|need| need.kind == NeedKind::Ocsp && !need.request.is_empty()));
        assert_eq!((found[0].certificate, found[1].certificate), (Some(1), Some(0)));
        assert_eq!(found[0].url, "http://ocsp.example/");

        rules.methods = Methods::Crl;
        let crls = [w.root_crl()];
        let found = needs(&rules, Evidence::crls(&crls));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].kind, found[0].certificate), (NeedKind::Crl, Some(0)));
        assert_eq!(found[0].url, "http://crl.example/ca.crl");
        assert!(found[0].request.is_empty());
    }

    #[test]
    fn refuses_when_nothing_is_at_hand_and_nowhere_to_ask() {
        let w = world();
        let silent = w.middle.certifies(&Holder::new("silent"), 9, &[]);
        let mut rules = require();
        rules.scope = RevocationScope::EndEntity;
        let asked = |leaf: &Certificate, rules: &_| ask(&w.path_of(leaf), Evidence::NONE, rules);
        let refusal = asked(&silent, &rules).unwrap_err();
        assert_eq!(refusal.code(), Code::StatusUnavailable);
        assert!(matches!(asked(&w.leaf_cert, &rules), Ok(Standing::Needs(_))));
        rules.rule = RevocationRule::NotForThisAnchor;
        assert_eq!(asked(&silent, &rules), Ok(Standing::NotAsked));
    }

    #[test]
    fn refuses_stale_and_future_lists_at_the_second() {
        let w = world();
        let crls = [w.root_crl(), CrlSpec::new().made_by(&w.middle)];
        let at = |text: &str, seconds: i64| {
            let time = UnixTime::from_rfc3339(text).unwrap();
            let secs = time.secs().checked_add_signed(seconds).unwrap();
            let now = UnixTime::from_secs(secs);
            code(ask_at(&w.path(), Evidence::crls(&crls), &require(), now))
        };
        assert_eq!(at("2026-06-07T00:00:00Z", 300), None);
        assert_eq!(at("2026-06-07T00:00:00Z", 301), Some(Code::StatusStale));
        assert_eq!(at("2026-05-31T00:00:00Z", -300), None);
        assert_eq!(at("2026-05-31T00:00:00Z", -301), Some(Code::StatusFuture));
        assert_eq!(at("1970-01-01T00:00:00Z", 0), Some(Code::StatusFuture));
        assert_eq!(at("9999-12-31T23:59:59Z", 0), Some(Code::StatusStale));
    }

    #[test]
    fn a_list_past_its_end_counts_for_as_long_as_the_rule_says() {
        let w = world();
        let crls = [w.root_crl(), CrlSpec::new().made_by(&w.middle)];
        let revoking = [w.root_crl(), CrlSpec::revoking(7).made_by(&w.middle)];
        let made = UnixTime::from_rfc3339("2026-05-31T00:00:00Z").unwrap();
        let mut rules = require();
        let max_age_s = 8 * 86_400;
        rules.rule = RevocationRule::PreferWithMaxAge { max_age_s };
        let ask = |crls: &[Crl], age: u64| {
            code(ask_at(&w.path(), Evidence::crls(crls), &rules, made.plus(age)))
        };
        assert_eq!(ask(&crls, u64::from(max_age_s)), None);
        assert_eq!(ask(&crls, u64::from(max_age_s) + 1), Some(Code::StatusStale));
        assert_eq!(ask(&revoking, u64::from(max_age_s)), Some(Code::StatusRevoked));
        // None at all is not let pass by it.
        let none = ask_at(&w.path(), Evidence::NONE, &rules, made);
        assert!(matches!(none, Ok(Standing::Needs(_))));
    }

    #[test]
    fn a_list_without_next_update_lives_a_day() {
        let w = world();
        let mut spec = CrlSpec::new();
        spec.next_update = None;
        let crls = [w.root_crl(), spec.made_by(&w.middle)];
        let made = UnixTime::from_rfc3339("2026-05-31T00:00:00Z").unwrap();
        let at = |age| code(ask_at(&w.path(), Evidence::crls(&crls), &require(), made.plus(age)));
        assert_eq!(at(86_400), None);
        assert_eq!(at(86_401), Some(Code::StatusStale));
    }

    #[test]
    fn on_hold_is_revoked_until_a_delta_takes_it_off() {
        let w = world();
        let base = CrlSpec::new().and(7, 6).made_by(&w.middle);
        let delta = |number, base, reason| {
            let mut spec = CrlSpec::new().and(7, reason);
            spec.number = number;
            spec.with(extension(27, true, &[2, 1, base])).made_by(&w.middle)
        };
        assert_eq!(with(&w, std::slice::from_ref(&base)), Some(Code::StatusRevoked));
        assert_eq!(with(&w, &[base.clone(), delta(6, 5, 8)]), None);
        // A delta that begins after the complete list, or is not newer, changes nothing.
        assert_eq!(with(&w, &[base.clone(), delta(7, 6, 8)]), Some(Code::StatusRevoked));
        assert_eq!(with(&w, &[base.clone(), delta(5, 4, 8)]), Some(Code::StatusRevoked));
        // The newest delta counts, in any order.
        let crls = [delta(7, 5, 1), base.clone(), delta(6, 5, 8)];
        assert_eq!(with(&w, &crls), Some(Code::StatusRevoked));
        // A delta alone is no list.
        assert_eq!(with(&w, &[delta(6, 5, 8)]), Some(Code::RevocationDelta));
        // One of another key is none.
        let mut forged = CrlSpec::new().and(7, 8).with(extension(27, true, &[2, 1, 5]));
        forged.number = 6;
        let crls = [base, forged.made_by(&Holder::new("middle"))];
        assert_eq!(with(&w, &crls), Some(Code::StatusRevoked));
    }

    #[test]
    fn the_newest_of_two_lists_counts() {
        let w = world();
        let old = CrlSpec::new().made_by(&w.middle);
        let mut spec = CrlSpec::revoking(7);
        spec.number = 6;
        let new = spec.made_by(&w.middle);
        assert_eq!(with(&w, &[old.clone(), new.clone()]), Some(Code::StatusRevoked));
        assert_eq!(with(&w, &[new, old.clone()]), Some(Code::StatusRevoked));
        // A newer one that is forged does not push the honest one out.
        spec.entries.clear();
        spec.number = 9;
        let forged = spec.made_by(&Holder::new("middle"));
        let honest = CrlSpec::revoking(7).made_by(&w.middle);
        assert_eq!(with(&w, &[forged.clone(), honest]), Some(Code::StatusRevoked));
        assert_eq!(with(&w, &[forged, old]), None);
    }

    #[test]
    fn refuses_a_list_of_another_key_or_issuer() {
        let w = world();
        assert_eq!(spec(&w, &CrlSpec::new()), None);
        let namesake = CrlSpec::new().made_by(&Holder::new("middle"));
        assert_eq!(with(&w, &[namesake]), Some(Code::RevocationSignature));
        // A list of another name is about other certificates: it is as good as none.
        let crls = [w.root_crl(), CrlSpec::new().made_by(&Holder::new("other"))];
        let asked = ask(&w.path(), Evidence::crls(&crls), &require());
        assert!(matches!(asked, Ok(Standing::Needs(_))), "{asked:?}");
    }

    #[test]
    fn the_issuer_of_a_list_must_be_made_for_it() {
        let w = world();
        let middle = |usage: u8| {
            let extensions = [
                extension(19, true, &[0x30, 3, 1, 1, 0xff]),
                extension(15, true, &[3, 2, 1, usage]),
            ];
            let middle_cert = w.root.certifies(&w.middle, 2, &extensions);
            let (root, middle) = (Holder::new("root"), Holder::new("middle"));
            let (root_cert, leaf_cert) = (w.root_cert.clone(), w.leaf_cert.clone());
            let world = World { root, middle, root_cert, middle_cert, leaf_cert };
            let crls = [w.root_crl(), CrlSpec::new().made_by(&w.middle)];
            code(ask(&world.path(), Evidence::crls(&crls), &require()))
        };
        assert_eq!(middle(6), None);
        assert_eq!(middle(4), Some(Code::RevocationUntrusted));
    }

    #[test]
    fn another_key_of_the_issuer_signs_when_a_ca_of_the_path_certified_it() {
        let w = world();
        let signer = Holder::new("middle");
        let only_crls = vec![extension(15, true, &[3, 2, 1, 2])];
        let crls = [w.root_crl(), CrlSpec::new().made_by(&signer)];
        let ask_with = |certificates: &[Certificate], crls: &[Crl]| {
            let mut evidence = Evidence::crls(crls);
            evidence.certificates = certificates;
            code(ask(&w.path(), evidence, &require()))
        };
        let certified = w.root.certifies(&signer, 3, &only_crls);
        assert_eq!(ask_with(std::slice::from_ref(&certified), &crls), None);
        assert_eq!(ask_with(&[], &crls), Some(Code::RevocationSignature));
        // Made for something else, ended, or revoked itself.
        let other = w.root.certifies(&signer, 3, &[extension(15, true, &[3, 2, 7, 0x80])]);
        assert_eq!(ask_with(&[other], &crls), Some(Code::RevocationUntrusted));
        let ended = w.root.certifies_until(&signer, 3, &only_crls, "260201000000Z");
        assert_eq!(ask_with(&[ended], &crls), Some(Code::RevocationUntrusted));
        let revoked = [CrlSpec::revoking(3).made_by(&w.root), crls[1].clone()];
        let refused = ask_with(std::slice::from_ref(&certified), &revoked);
        assert_eq!(refused, Some(Code::RevocationUntrusted));
    }

    #[test]
    fn a_sibling_authority_cannot_certify_a_namesake() {
        let w = world();
        let (sibling, namesake) = (Holder::new("sibling"), Holder::new("middle"));
        let sibling_cert = w.root.certifies(&sibling, 4, &ca());
        let usage = [extension(15, true, &[3, 2, 1, 2])];
        let crls =
            [w.root_crl(), CrlSpec::new().made_by(&namesake), CrlSpec::new().made_by(&sibling)];
        let ask_with = |certificate: Certificate| {
            let certificates = [certificate, sibling_cert.clone()];
            let mut evidence = Evidence::crls(&crls);
            evidence.certificates = &certificates;
            code(ask(&w.path(), evidence, &require()))
        };
        assert_eq!(ask_with(w.root.certifies(&namesake, 3, &usage)), None);
        let refused = ask_with(sibling.certifies(&namesake, 3, &usage));
        assert_eq!(refused, Some(Code::RevocationUntrusted));
    }

    #[test]
    fn the_scope_of_a_list_must_cover_the_certificate() {
        let w = world();
        let scope = |fields: &[u8]| {
            spec(&w, &CrlSpec::new().with(extension(28, true, &sequence(&[fields]))))
        };
        // Users, CAs, attribute certificates.
        assert_eq!(scope(&[0x81, 1, 0xff]), None);
        assert_eq!(scope(&[0x82, 1, 0xff]), Some(Code::StatusScope));
        assert_eq!(scope(&[0x85, 1, 0xff]), Some(Code::StatusScope));
        // Some reasons only; another list may bring the rest.
        let some = |reasons: &[u8], number| {
            let scope = sequence(&[&wrap(0x83, &[reasons])]);
            let mut spec = CrlSpec::new().with(extension(28, true, &scope));
            spec.number = number;
            spec.made_by(&w.middle)
        };
        let (first, rest) = (some(&[5, 0x60], 5), some(&[7, 0x1f, 0x80], 6));
        assert_eq!(with(&w, std::slice::from_ref(&first)), Some(Code::StatusScope));
        assert_eq!(with(&w, &[first, rest]), None);
    }

    #[test]
    fn a_list_of_another_point_is_as_good_as_none() {
        let w = world();
        let bound = |url: &str| {
            let point = wrap(0xa0, &[&wrap(0xa0, &[&wrap(0x86, &[url.as_bytes()])])]);
            let spec = CrlSpec::new().with(extension(28, true, &sequence(&[&point])));
            let crls = [w.root_crl(), spec.made_by(&w.middle)];
            ask(&w.path(), Evidence::crls(&crls), &require())
        };
        assert!(matches!(bound("http://crl.example/ca.crl"), Ok(Standing::Good(_))));
        assert!(matches!(bound("http://crl.example/other.crl"), Ok(Standing::Needs(_))));
    }

    #[test]
    fn refuses_critical_extensions_that_are_not_processed() {
        let unknown = |critical| raw_extension(&[0x2a, 3], critical, &[5, 0]);
        assert_eq!(parse(&CrlSpec::new().with(unknown(false))), None);
        let refused = Some(Code::RevocationCriticalExtension);
        assert_eq!(parse(&CrlSpec::new().with(unknown(true))), refused);
        let entry = |critical| {
            let mut spec = CrlSpec::new();
            spec.entries.push((9, unknown(critical)));
            parse(&spec)
        };
        assert_eq!((entry(false), entry(true)), (None, refused));
        // The issuer of a certificate belongs into indirect lists only (5.3.3).
        let mut spec = CrlSpec::new();
        let issuer = sequence(&[&wrap(0xa4, &[&name("other")])]);
        spec.entries.push((9, extension(29, true, &issuer)));
        assert_eq!(parse(&spec), refused);
        let indirect = extension(28, true, &sequence(&[&[0x84, 1, 0xff]]));
        assert_eq!(parse(&spec.with(indirect)), None);
    }

    #[test]
    fn refuses_lists_that_break_the_structure() {
        let malformed = Some(Code::RevocationMalformed);
        assert_eq!(parse(&CrlSpec::new()), None);
        // A second extension of a kind, two kinds of certificates, reasons that are none.
        let twice = CrlSpec::new().with(extension(20, false, &[2, 1, 5]));
        assert_eq!(parse(&twice), malformed);
        for fields in [
            &[0x81, 1, 0xff, 0x82, 1, 0xff][..],
            &[0x81, 1, 0],
            &[0x83, 2, 7, 0x80],
            &[0x83, 2, 9, 0x40],
            &[],
        ] {
            let spec = CrlSpec::new().with(extension(28, true, &sequence(&[fields])));
            assert_eq!(parse(&spec), malformed, "{fields:02x?}");
        }
        // Reason 7 is not used; an order of dates.
        assert_eq!(parse(&CrlSpec::new().and(9, 7)), malformed);
        let mut spec = CrlSpec::new();
        spec.next_update = Some("260530000000Z");
        assert_eq!(parse(&spec), malformed);
        // Bytes behind it.
        let mut der = CrlSpec::new().der(&Holder::new("ca"));
        der.push(0);
        let refusal = Crl::parse(&der).unwrap_err();
        assert_eq!((refusal.code(), refusal.place().part), (Code::RevocationMalformed, "crl"));
        assert_eq!(Crl::parse(&[]).unwrap_err().code(), Code::RevocationMalformed);
    }

    #[test]
    fn refuses_more_than_its_limits() {
        let over = vec![0; 64 * 1024 * 1024 + 1];
        assert_eq!(Crl::parse(&over).unwrap_err().code(), Code::LimitSize);
        let w = world();
        let crls = vec![w.root_crl(); CrlStore::CAPACITY + 1];
        let refusal = ask(&w.path(), Evidence::crls(&crls), &require()).unwrap_err();
        assert_eq!((refusal.code(), refusal.place().part), (Code::LimitCount, "crl"));
    }

    #[test]
    fn the_policy_has_its_say_about_the_algorithm() {
        let w = world();
        let path = w.path();
        let crls = [w.root_crl(), CrlSpec::new().made_by(&w.middle)];
        let rules = require();
        let ask = |accepts: &dyn Fn(Scheme, &PublicKey) -> Result<(), Code>| {
            let evidence = Evidence::crls(&crls);
            code(check_revocation(&RevocationRequest::new(&path, evidence, &rules, now(), accepts)))
        };
        let refuses = |_: Scheme, _: &PublicKey| Err(Code::AlgNotAllowed);
        assert_eq!(ask(&refuses), Some(Code::RevocationAlgorithm));
        assert_eq!(ask(&any_algorithm), None);
        // A signature that held once is remembered; the policy is asked all the same.
        assert_eq!(ask(&refuses), Some(Code::RevocationAlgorithm));
    }

    #[test]
    fn a_store_keeps_the_newest_of_each_series_and_takes_no_older_one_back() {
        let w = world();
        let made = |number: u8, serial: u8| {
            let mut spec = CrlSpec::revoking(serial);
            spec.number = number;
            spec.made_by(&w.middle)
        };
        let mut store = CrlStore::new();
        let mut insert = |crl: Crl, issuer: &Certificate| {
            let rules = AlgorithmRules::GENERAL;
            let taken = store.insert(crl, issuer, rules, &any_algorithm);
            let serials: Vec<bool> = [8, 9]
                .iter()
                .map(|n| store.crls().iter().any(|c| c.entry(c.issuer_der(), &[*n]).is_some()))
                .collect();
            (taken.err().map(|refusal| refusal.code()), serials)
        };
        assert_eq!(insert(made(5, 8), &w.middle_cert), (None, vec![true, false]));
        assert_eq!(insert(made(6, 9), &w.middle_cert), (None, vec![false, true]));
        let back = insert(made(5, 8), &w.middle_cert);
        assert_eq!(back, (Some(Code::RevocationRollback), vec![false, true]));
        let foreign = insert(made(7, 8), &w.root_cert);
        assert_eq!(foreign, (Some(Code::RevocationUntrusted), vec![false, true]));
        let mut spec = CrlSpec::revoking(8);
        spec.number = 9;
        let forged = insert(spec.made_by(&Holder::new("middle")), &w.middle_cert);
        assert_eq!(forged, (Some(Code::RevocationSignature), vec![false, true]));
        store.remove_stale(now());
        assert_eq!(store.crls().len(), 1);
        store.remove_stale(now().plus(30 * 86_400));
        assert!(store.crls().is_empty());
    }

    /// A list of this many entries with serial numbers of 16 bytes, drawn by a small generator.
    fn large(ca: &Holder, entries: u32) -> (Vec<u8>, Vec<Vec<u8>>) {
        let mut seed = 1u64;
        let mut serials = Vec::new();
        let mut list = Vec::new();
        for _ in 0..entries {
            let mut serial = vec![0x11];
            for _ in 0..2 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                serial.extend(seed.to_be_bytes());
            }
            list.extend([0x30, 34, 2, 17]);
            list.extend(&serial);
            list.extend([0x17, 13]);
            list.extend(b"260501000000Z");
            serials.push(serial);
        }
        let tbs = sequence(&[
            &[2, 1, 1],
            ECDSA_SHA256,
            &name(&ca.name),
            &wrap(0x17, &[b"260531000000Z"]),
            &wrap(0x17, &[b"260607000000Z"]),
            &sequence(&[&list]),
            &wrap(0xa0, &[&sequence(&[&extension(20, false, &[2, 1, 5])])]),
        ]);
        (ca.sign(&tbs, &[]), serials)
    }

    #[test]
    fn finds_each_of_a_million_entries_and_no_other() {
        let w = world();
        let (der, serials) = large(&w.middle, 1_000_000);
        let crl = Crl::parse(&der).unwrap();
        assert_eq!(crl.len(), 1_000_000);
        for serial in serials.iter().step_by(997) {
            assert!(crl.entry(crl.issuer_der(), serial).is_some());
            let mut other = serial.clone();
            other[0] = 0x12;
            assert!(crl.entry(crl.issuer_der(), &other).is_none());
            assert!(crl.entry(w.root_cert.subject_der(), serial).is_none());
        }
        assert_eq!(with(&w, &[crl]), None);
    }

    #[test]
    fn serial_numbers_that_end_alike_are_told_apart() {
        let ca = Holder::new("ca");
        let serials: Vec<Vec<u8>> =
            (1..=200u8).map(|n| [&[0x10, n][..], &[0xab; 8]].concat()).collect();
        let entries: Vec<u8> = serials
            .iter()
            .flat_map(|serial| sequence(&[&wrap(2, &[serial]), &wrap(0x17, &[b"260501000000Z"])]))
            .collect();
        let tbs = sequence(&[
            &[2, 1, 1],
            ECDSA_SHA256,
            &name("ca"),
            &wrap(0x17, &[b"260531000000Z"]),
            &sequence(&[&entries]),
            &wrap(0xa0, &[&sequence(&[&extension(20, false, &[2, 1, 5])])]),
        ]);
        let crl = Crl::parse(&ca.sign(&tbs, &[])).unwrap();
        assert!(serials.iter().all(|serial| crl.entry(crl.issuer_der(), serial).is_some()));
        assert!(crl.entry(crl.issuer_der(), &[0x10, 201, 0xab, 0xab]).is_none());
        assert!(crl.entry(crl.issuer_der(), &[0xab; 8]).is_none());
        assert!(crl.entry(crl.issuer_der(), &[]).is_none());
    }

    #[test]
    fn no_changed_bit_and_no_prefix_of_a_list_makes_a_certificate_good() {
        let w = world();
        let der = CrlSpec::new().and(9, 1).der(&w.middle);
        let accepted = |der: &[u8]| {
            Crl::parse(der).is_ok_and(|crl| {
                let crls = [w.root_crl(), crl];
                matches!(
                    ask(&w.path(), Evidence::crls(&crls), &require()),
                    Ok(Standing::Good(_) | Standing::NotAsked)
                )
            })
        };
        assert!(accepted(&der));
        for bit in 0..der.len() * 8 {
            let mut changed = der.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(!accepted(&changed), "bit {bit}");
        }
        for len in 0..der.len() {
            assert!(!accepted(&der[..len]), "{len} bytes");
        }
    }
}
