//! Attacks on the status of certificates, by rows of the attack catalogue. Each has its honest twin,
//! and is answered with the class that the catalogue asks for.

#[cfg(test)]
#[allow(dead_code, reason = "shared by several test programs; each uses a part")]
mod revocation_kit;

#[cfg(test)]
mod tests {
    use super::revocation_kit::*;
    use eid_broker::pki::{
        AlgorithmRules, Certificate, Crl, CrlStore, Evidence, NoncePresence, RevocationRequest,
        RevocationRules, RevocationScope, Standing, check_revocation,
    };
    use eid_broker::verdict::{Code, Refusal};

    fn leaf_only() -> RevocationRules {
        let mut rules = require();
        rules.scope = RevocationScope::EndEntity;
        rules
    }

    /// The class of the refusal; `None` when the certificate is good.
    #[track_caller]
    fn class(result: Result<Standing, Refusal>) -> Option<&'static str> {
        code(result).map(Code::attack_class)
    }

    fn by_ocsp(world: &World, response: &[u8]) -> Option<&'static str> {
        class(ask(&world.path(), Evidence::ocsp(&[response]), &leaf_only()))
    }

    fn by_crl(world: &World, spec: &CrlSpec) -> Option<&'static str> {
        let crls = [spec.made_by(&world.middle)];
        class(ask(&world.path(), Evidence::crls(&crls), &leaf_only()))
    }

    fn direct(world: &World, spec: &OcspSpec) -> Option<&'static str> {
        by_ocsp(world, &spec.about(&world.leaf_cert, &world.middle, &world.middle))
    }

    #[test]
    fn attack_ocsp_01_02_signers_who_may_not() {
        let w = world();
        let (signer, sibling) = (Holder::new("responder"), Holder::new("sibling"));
        let by = |certificate: Certificate| {
            let mut spec = OcspSpec::new(Says::Good);
            spec.certificates = vec![certificate];
            by_ocsp(&w, &spec.about(&w.leaf_cert, &w.middle, &signer))
        };
        assert_eq!(by(w.middle.certifies(&signer, 5, &responder())), None);
        // Without the purpose, of another CA, of the CA above, of itself.
        for certificate in [
            w.middle.certifies(&signer, 5, &[]),
            sibling.certifies(&signer, 5, &responder()),
            w.root.certifies(&signer, 5, &responder()),
            signer.certifies(&signer, 5, &responder()),
        ] {
            assert_eq!(by(certificate), Some("ocsp.responder"));
        }
    }

    #[test]
    fn attack_ocsp_03_unknown_and_errors_are_not_good() {
        let w = world();
        assert_eq!(direct(&w, &OcspSpec::new(Says::Good)), None);
        assert_eq!(direct(&w, &OcspSpec::new(Says::Unknown)), Some("status.unknown"));
        for error in [1, 2, 3, 5, 6] {
            assert_eq!(by_ocsp(&w, &[0x30, 3, 0x0a, 1, error]), Some("status.unknown"));
        }
    }

    #[test]
    fn attack_ocsp_04_the_status_of_another_certificate() {
        let w = world();
        let spec = OcspSpec::new(Says::Good);
        let other = w.middle.certifies(&Holder::new("leaf"), 8, &[]);
        assert_eq!(by_ocsp(&w, &spec.about(&w.leaf_cert, &w.middle, &w.middle)), None);
        let serial = spec.about(&other, &w.middle, &w.middle);
        let name = spec.about(&w.leaf_cert, &Holder::new("other"), &w.middle);
        let key = spec.about(&w.leaf_cert, &Holder::new("middle"), &w.middle);
        for response in [serial, name, key] {
            assert_eq!(by_ocsp(&w, &response), Some("status.unknown"));
        }
    }

    #[test]
    fn attack_ocsp_06_stale_future_and_endless_answers() {
        let w = world();
        let spec = |this_update, next_update| {
            let mut spec = OcspSpec::new(Says::Good);
            (spec.this_update, spec.next_update) = (this_update, next_update);
            direct(&w, &spec)
        };
        assert_eq!(spec("20260531235000Z", Some("20260601120000Z")), None);
        assert_eq!(spec("20260531000000Z", None), None);
        let stale = Some("status.stale");
        assert_eq!(spec("20260530120000Z", Some("20260531235000Z")), stale);
        assert_eq!(spec("20260601001000Z", Some("20260601120000Z")), stale);
        assert_eq!(spec("20260530235900Z", None), stale);
    }

    #[test]
    fn attack_ocsp_07_nonces_of_others_and_none() {
        let w = world();
        let path = w.path();
        let mut rules = leaf_only();
        rules.nonce = NoncePresence::Required;
        let ask = |received: Option<&[u8]>| {
            let mut spec = OcspSpec::new(Says::Good);
            spec.nonce = received.map(<[u8]>::to_vec);
            let response = spec.about(&w.leaf_cert, &w.middle, &w.middle);
            let responses: [&[u8]; 1] = [&response];
            let evidence = Evidence::ocsp(&responses);
            let request = RevocationRequest::new(&path, evidence, &rules, now(), &any_algorithm);
            class(check_revocation(&request.with_nonce(&[1; 32])))
        };
        assert_eq!(ask(Some(&[1; 32])), None);
        assert_eq!(ask(Some(&[2; 32])), Some("ocsp.nonce"));
        assert_eq!(ask(None), Some("ocsp.nonce"));
    }

    #[test]
    fn attack_crl_01_lists_that_do_not_cover_the_certificate() {
        let w = world();
        let scope = |fields: &[u8]| {
            by_crl(&w, &CrlSpec::new().with(extension(28, true, &sequence(&[fields]))))
        };
        assert_eq!(scope(&[0x81, 1, 0xff]), None);
        assert_eq!(scope(&[0x82, 1, 0xff]), Some("status.unknown"));
        assert_eq!(scope(&[0x83, 2, 5, 0x60]), Some("status.unknown"));
        // The list of another partition: there is nothing yet, and it is asked for.
        let point = wrap(0xa0, &[&wrap(0xa0, &[&wrap(0x86, &[b"http://crl.example/2.crl"])])]);
        let partition = CrlSpec::new().with(extension(28, true, &sequence(&[&point])));
        let crls = [partition.made_by(&w.middle)];
        let asked = ask(&w.path(), Evidence::crls(&crls), &leaf_only());
        assert!(matches!(asked, Ok(Standing::Needs(_))), "{asked:?}");
    }

    #[test]
    fn attack_crl_04_old_lists_and_older_ones() {
        let w = world();
        let mut spec = CrlSpec::new();
        assert_eq!(by_crl(&w, &spec), None);
        (spec.this_update, spec.next_update) = ("260501000000Z", Some("260508000000Z"));
        assert_eq!(by_crl(&w, &spec), Some("status.stale"));

        let made = |number| {
            let mut spec = CrlSpec::new();
            spec.number = number;
            spec.made_by(&w.middle)
        };
        let mut store = CrlStore::new();
        let mut insert = |crl: Crl| {
            let rules = AlgorithmRules::GENERAL;
            let taken = store.insert(crl, &w.middle_cert, rules, &any_algorithm);
            taken.err().map(|refusal| refusal.code().attack_class())
        };
        assert_eq!(insert(made(6)), None);
        assert_eq!(insert(made(5)), Some("rollback"));
        assert_eq!(insert(made(7)), None);
    }

    #[test]
    fn attack_crl_05_critical_extensions_that_nobody_knows() {
        let unknown = |critical| raw_extension(&[0x2a, 3], critical, &[5, 0]);
        let class = |spec: &CrlSpec| {
            let refusal = Crl::parse(&spec.der(&Holder::new("ca"))).err();
            refusal.map(|refusal| refusal.code().attack_class())
        };
        let in_entry = |critical| {
            let mut spec = CrlSpec::new();
            spec.entries.push((9, unknown(critical)));
            spec
        };
        assert_eq!(class(&CrlSpec::new().with(unknown(false))), None);
        assert_eq!(class(&in_entry(false)), None);
        assert_eq!(class(&CrlSpec::new().with(unknown(true))), Some("revocation.malformed"));
        assert_eq!(class(&in_entry(true)), Some("revocation.malformed"));
    }

    #[test]
    fn attack_x509_02_a_list_of_who_may_not_sign_lists() {
        let w = world();
        let crls = [CrlSpec::new().made_by(&w.middle)];
        let with_usage = |usage: u8| {
            let extensions = [
                extension(19, true, &[0x30, 3, 1, 1, 0xff]),
                extension(15, true, &[3, 2, 1, usage]),
            ];
            let world = World {
                root: Holder::new("root"),
                middle: Holder::new("middle"),
                root_cert: w.root_cert.clone(),
                middle_cert: w.root.certifies(&w.middle, 2, &extensions),
                leaf_cert: w.leaf_cert.clone(),
            };
            class(ask(&world.path(), Evidence::crls(&crls), &leaf_only()))
        };
        assert_eq!(with_usage(6), None);
        assert_eq!(with_usage(4), Some("revocation.untrusted"));
    }
}
