//! Attacks on the journey as a whole: replay, broken ports, register and audit log, by rows of the
//! attack catalogue. Each has its honest twin, which gets its assertion.

#[cfg(test)]
#[allow(dead_code, reason = "shared by several test programs; each uses a part")]
mod attack_kit;

#[cfg(test)]
mod tests {
    use super::attack_kit::*;
    use eid_broker::UnixTime;
    use eid_broker::assertion::{Assertion, CheckPolicy, Checker};
    use eid_broker::broker::{Broker, Expected, Request};
    use eid_broker::crypto::SealKey;
    use eid_broker::envelope::jose::KeySet;
    use eid_broker::host::{MemoryAudit, MemoryReplayStore};
    use eid_broker::identity::Family;
    use eid_broker::policy::{KeyBinding, StatusRule};
    use eid_broker::ports::{
        AuditSink, Insertion, Namespace, Position, Random, ReplayStore, Unavailable,
    };
    use eid_broker::verdict::{Check, Code, Outcome, Verdict};
    use eid_broker_maker::pid::PidSpec;
    use eid_broker_maker::wallet::{DisclosureEdit, KbOptions, Select, Wallet};
    use eid_broker_maker::{NOW, keys};
    use serde_json::{Value, json};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    const SHOWN: &[&str] = &[
        "family_name",
        "given_name",
        "birthdate",
        "address",
        "personal_administrative_number",
        "issuing_country",
    ];

    fn expect(broker: &Broker) -> Expected {
        broker.expect(PROCEDURE, Family::SdJwtVc, now()).unwrap()
    }

    fn token(expected: &Expected, pid: &PidSpec, select: Select<'_>, iat: i64) -> String {
        let expectation = &expected.expectation;
        let (nonce, audience) = (expectation.nonce(), expectation.audience());
        Wallet::holder().unwrap().present(&issue(pid), &select, nonce, audience, iat).unwrap()
    }

    fn honest(expected: &Expected) -> String {
        token(expected, &pid(), Select::Names(SHOWN), NOW)
    }

    fn ask(broker: &Broker, expected: &Expected, token: &str) -> Result<Assertion, Code> {
        outcome(broker.assert(&expected.sealed, &Request::new(CLIENT), token.as_bytes(), now()))
    }

    fn outcome<T>(verdict: Verdict<T>) -> Result<T, Code> {
        match verdict {
            Verdict::Accepted(accepted) => Ok(accepted.into_parts().0),
            Verdict::Needs { .. } => Err(Code::NeedsEvidence),
            Verdict::Refused { refusal, .. } => Err(refusal.code()),
        }
    }

    fn payload(assertion: &Assertion) -> Value {
        let keys = KeySet::parse(
            keys::jwks(&[&keys::assertion_es256().unwrap()])
                .to_string()
                .replace(&keys::assertion_es256().unwrap().thumbprint(), "key-1")
                .as_bytes(),
        )
        .unwrap();
        let checker = Checker::new(ISSUER, &keys, PROCEDURE, CheckPolicy::default()).unwrap();
        let checked = checker.check(assertion.as_str().as_bytes(), now(), None).unwrap();
        serde_json::from_str(checked.payload().unwrap()).unwrap()
    }

    #[test]
    fn honest_twin_of_all() {
        let broker = broker(|_| {});
        let expected = expect(&broker);
        let assertion = ask(&broker, &expected, &honest(&expected)).unwrap();
        let claims = &payload(&assertion)["verified_claims"]["claims"];
        assert_eq!(
            claims,
            &json!({"address_present": true, "age_over_18": true, "family_name": "Mustermann",
                "given_name_initials": "EJ", "nationalities_present": false, "postal_prefix": "51"})
        );
    }

    fn race(replay: Arc<dyn ReplayStore>, threads: usize) -> (usize, usize) {
        let audit = Arc::new(MemoryAudit::new(10_000));
        let broker = broker(|parts| {
            parts.replay = replay;
            parts.audit = audit.clone();
        });
        let expected = expect(&broker);
        let token = honest(&expected);
        let wins = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| match ask(&broker, &expected, &token) {
                    Ok(_) => drop(wins.fetch_add(1, Ordering::Relaxed)),
                    Err(code) => assert_eq!(code, Code::ReplayExpectation),
                });
            }
        });
        let issued = audit
            .records()
            .iter()
            .filter(|record| String::from_utf8_lossy(record).contains("assertion.issued"))
            .count();
        (wins.into_inner(), issued)
    }

    #[test]
    fn attack_brk_01_one_token_on_many_threads() {
        assert_eq!(race(Arc::new(MemoryReplayStore::default()), 64), (1, 1));
        #[cfg(feature = "sqlite")]
        {
            let name = format!("attack-race-{}.db", std::process::id());
            let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
            let store = eid_broker::host::SqliteReplayStore::open(&path, 1_000).unwrap();
            assert_eq!(race(Arc::new(store), 64), (1, 1));
            for end in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{end}", path.display()));
            }
        }
    }

    #[test]
    fn attack_brk_01_again_with_another_token_another_call_or_another_client() {
        let broker = broker(|_| {});
        let expected = expect(&broker);
        ask(&broker, &expected, &honest(&expected)).unwrap();
        // Another proof, another selection, another person: the expectation is what is used once.
        for other in [
            honest(&expected),
            token(&expected, &pid(), Select::All, NOW - 1),
            token(&expected, &pid().with("family_name", json!("Other")), Select::All, NOW),
        ] {
            let says = ask(&broker, &expected, &other).err();
            assert_eq!(says, Some(Code::ReplayExpectation));
        }
        let says = outcome(broker.verify(&expected.sealed, honest(&expected).as_bytes(), now()));
        assert_eq!(says.err(), Some(Code::ReplayExpectation));
        // Used up by verifying, too.
        let expected = expect(&broker);
        outcome(broker.verify(&expected.sealed, honest(&expected).as_bytes(), now())).unwrap();
        let says = ask(&broker, &expected, &honest(&expected)).err();
        assert_eq!(says, Some(Code::ReplayExpectation));
    }

    #[test]
    fn attack_brk_01_every_refused_replay_stands_in_the_log() {
        let audit = Arc::new(MemoryAudit::new(100));
        let broker = broker(|parts| parts.audit = audit.clone());
        let replays = || {
            let is =
                |record: &&Vec<u8>| String::from_utf8_lossy(record).contains("replay.expectation");
            audit.records().iter().filter(is).count()
        };
        let expected = expect(&broker);
        ask(&broker, &expected, &honest(&expected)).unwrap();
        assert_eq!(replays(), 0);
        ask(&broker, &expected, &honest(&expected)).unwrap_err();
        assert_eq!(replays(), 1);
        let verdict = broker.verify(&expected.sealed, honest(&expected).as_bytes(), now());
        assert_eq!(outcome(verdict).err(), Some(Code::ReplayExpectation));
        assert_eq!(replays(), 2);
    }

    #[test]
    fn attack_brk_01_garbage_does_not_use_the_expectation_up() {
        let broker = broker(|_| {});
        let expected = expect(&broker);
        for bad in ["", "x", "a.b.c~", honest(&expected).trim_start_matches('e')] {
            assert!(ask(&broker, &expected, bad).is_err());
        }
        let thief = Wallet::second_holder().unwrap();
        let (nonce, audience) = (expected.expectation.nonce(), expected.expectation.audience());
        let stolen = thief.present(&issue(&pid()), &Select::All, nonce, audience, NOW).unwrap();
        assert_eq!(ask(&broker, &expected, &stolen).err(), Some(Code::SigInvalid));
        ask(&broker, &expected, &honest(&expected)).unwrap();
    }

    #[test]
    fn attack_jose_29_48_expectations_of_others() {
        let broker = broker(|_| {});
        let (one, two) = (expect(&broker), expect(&broker));
        // Of another request, of another key, of another broker, for another procedure's client.
        assert_eq!(ask(&broker, &one, &honest(&two)).err(), Some(Code::NonceMismatch));
        let other_key = super::attack_kit::broker(|parts| parts.seal = SealKey::new([9; 32]));
        assert_eq!(ask(&other_key, &one, &honest(&one)).err(), Some(Code::RequestMalformed));
        let other_name =
            super::attack_kit::broker(|parts| parts.issuer = "https://b2.example".to_owned());
        assert_eq!(ask(&other_name, &one, &honest(&one)).err(), Some(Code::RequestMismatch));
        let other_rp = super::attack_kit::broker(|parts| parts.audience = "x509_hash:x".to_owned());
        let moved = expect(&other_rp);
        let mut options = KbOptions::new(Select::All, moved.expectation.nonce(), AUDIENCE, NOW);
        options.select = Select::Names(SHOWN);
        let token = Wallet::holder().unwrap().present_with(&issue(&pid()), &options).unwrap();
        assert_eq!(ask(&other_rp, &moved, &token).err(), Some(Code::AudienceMismatch));
        ask(&broker, &one, &honest(&one)).unwrap();
        // A wallet's nonce for one procedure does not serve another.
        let library = broker.expect("urn:procedure:other", Family::SdJwtVc, now()).unwrap();
        let assertion = ask(&broker, &library, &honest(&library)).unwrap();
        let body = assertion.as_str().split('.').nth(1).unwrap().to_owned();
        let body = eid_broker::envelope::base64url::decode(body.as_bytes()).unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["aud"], "urn:procedure:other");
        assert_eq!(body["verified_claims"]["claims"], json!({"age_over_18": true}));
    }

    #[test]
    fn attack_brk_17_clocks() {
        let broker = broker(|_| {});
        let expected = expect(&broker);
        let token = |offset: i64| token(&expected, &pid(), Select::Names(SHOWN), NOW + offset);
        let ask = |offset: i64| {
            let token = token(offset);
            let request = Request::new(CLIENT);
            outcome(broker.assert(&expected.sealed, &request, token.as_bytes(), at(offset))).err()
        };
        assert_eq!(ask(600), Some(Code::RequestExpired));
        assert_eq!(ask(-31), Some(Code::RequestExpired));
        assert_eq!(ask(-3_600), Some(Code::RequestExpired));
        let end = UnixTime::from_secs(u64::MAX);
        let says = broker.assert(&expected.sealed, &Request::new(CLIENT), token(0).as_bytes(), end);
        assert_eq!(outcome(says).err(), Some(Code::RequestExpired));
        let start = UnixTime::from_secs(0);
        let says =
            broker.assert(&expected.sealed, &Request::new(CLIENT), token(0).as_bytes(), start);
        assert_eq!(outcome(says).err(), Some(Code::RequestExpired));
        assert_eq!(ask(599), None);
        assert_eq!(ask(0), Some(Code::ReplayExpectation));
    }

    // So many other people come while the clock is ahead, and their entries push out what has expired.
    fn others_come(broker: &Broker, people: u32, ahead_s: i64) {
        for _ in 0..people {
            let other = broker.expect(PROCEDURE, Family::SdJwtVc, at(ahead_s)).unwrap();
            let iat = NOW.saturating_add(ahead_s);
            let mut pid = pid();
            pid.exp = Some(iat.saturating_add(3_600));
            let token = token(&other, &pid, Select::Names(SHOWN), iat);
            let request = Request::new(CLIENT);
            outcome(broker.assert(&other.sealed, &request, token.as_bytes(), at(ahead_s))).unwrap();
        }
    }

    // An entry is removed when the clock runs ahead, and is gone when it is set right.
    #[test]
    fn attack_brk_17_a_clock_that_ran_ahead_and_back() {
        let broker = broker(|_| {});
        let expected = expect(&broker);
        let token = honest(&expected);
        assert!(ask(&broker, &expected, &token).is_ok());
        others_come(&broker, 200, 3_600);
        assert_eq!(ask(&broker, &expected, &token).err(), Some(Code::StorageReplay));
    }

    #[test]
    fn attack_brk_17_honest_twin_clocks_that_differ_by_a_minute() {
        let broker = broker(|_| {});
        let expected = expect(&broker);
        let token = honest(&expected);
        others_come(&broker, 50, 60);
        assert!(ask(&broker, &expected, &token).is_ok());
        assert_eq!(ask(&broker, &expected, &token).err(), Some(Code::ReplayExpectation));
        // All of these entries are removed, and who is a minute behind is served.
        others_come(&broker, 200, 2_000);
        others_come(&broker, 50, 1_940);
    }

    #[cfg(feature = "sqlite")]
    mod in_sqlite {
        use super::*;
        use eid_broker::host::SqliteReplayStore;
        use std::path::PathBuf;

        // So small that others fill it and push out what has expired.
        const PEOPLE: u32 = 20;

        struct Folder(PathBuf);

        impl Folder {
            fn new(name: &str) -> Self {
                let name = format!("eidb-attack-{name}-{}", std::process::id());
                let path = std::env::temp_dir().join(name);
                std::fs::create_dir_all(&path).unwrap();
                Self(path)
            }

            // Opened anew each time: what it knows must be in the file.
            fn broker(&self) -> Broker {
                let path = self.0.join("replay.db");
                let store = SqliteReplayStore::open(path, u64::from(PEOPLE)).unwrap();
                broker(|parts| parts.replay = Arc::new(store))
            }
        }

        impl Drop for Folder {
            fn drop(&mut self) {
                let _ = std::fs::remove_dir_all(&self.0);
            }
        }

        #[test]
        fn attack_brk_17_a_clock_that_ran_ahead_and_back() {
            let folder = Folder::new("ahead");
            let broker = folder.broker();
            let expected = expect(&broker);
            let token = honest(&expected);
            assert!(ask(&broker, &expected, &token).is_ok());
            others_come(&broker, PEOPLE, 3_600);
            drop(broker);
            let broker = folder.broker();
            assert_eq!(ask(&broker, &expected, &token).err(), Some(Code::StorageReplay));
            // By that clock nobody is served, whoever it is; by the other one people are.
            let next = expect(&broker);
            assert_eq!(ask(&broker, &next, &honest(&next)).err(), Some(Code::StorageReplay));
            others_come(&broker, 1, 7_200);
        }

        #[test]
        fn attack_brk_17_honest_twin_clocks_that_differ_by_a_minute() {
            let folder = Folder::new("differ");
            let broker = folder.broker();
            let expected = expect(&broker);
            let token = honest(&expected);
            others_come(&broker, PEOPLE - 1, 60);
            assert!(ask(&folder.broker(), &expected, &token).is_ok());
            assert_eq!(ask(&broker, &expected, &token).err(), Some(Code::ReplayExpectation));
        }
    }

    // A store that answers as told.
    struct Told(Result<Insertion, Unavailable>);

    impl ReplayStore for Told {
        fn insert_if_absent(
            &self,
            _: Namespace,
            _: &[u8; 32],
            _: UnixTime,
            _: UnixTime,
        ) -> Result<Insertion, Unavailable> {
            self.0
        }

        fn take(&self, _: Namespace, _: &[u8; 32], _: UnixTime) -> Result<bool, Unavailable> {
            Err(Unavailable("told"))
        }
    }

    #[test]
    fn attack_brk_02_stores_that_fail() {
        for (answer, wanted) in [
            (Ok(Insertion::Inserted), None),
            (Ok(Insertion::AlreadyPresent), Some(Code::ReplayExpectation)),
            (Err(Unavailable("down")), Some(Code::StorageReplay)),
        ] {
            let audit = Arc::new(MemoryAudit::new(10));
            let broker = broker(|parts| {
                parts.replay = Arc::new(Told(answer));
                parts.audit = audit.clone();
            });
            let expected = expect(&broker);
            let token = honest(&expected);
            assert_eq!(ask(&broker, &expected, &token).err(), wanted);
            let verdict = broker.verify(&expected.sealed, token.as_bytes(), now());
            assert_eq!(outcome(verdict).err(), wanted);
            if wanted == Some(Code::StorageReplay) {
                let issued = |r: &Vec<u8>| String::from_utf8_lossy(r).contains("assertion.issued");
                assert!(!audit.records().iter().any(issued));
            }
        }
        let full = broker(|parts| parts.replay = Arc::new(MemoryReplayStore::new(0)));
        let expected = expect(&full);
        assert_eq!(ask(&full, &expected, &honest(&expected)).err(), Some(Code::StorageReplay));
    }

    struct FailAfter(AtomicUsize);

    impl FailAfter {
        fn step(&self) -> Result<(), Unavailable> {
            let left = self.0.load(Ordering::Relaxed);
            self.0.store(left.saturating_sub(1), Ordering::Relaxed);
            if left == 0 { Err(Unavailable("told")) } else { Ok(()) }
        }
    }

    impl Random for FailAfter {
        fn fill(&self, out: &mut [u8]) -> Result<(), Unavailable> {
            self.step()?;
            out.fill(3);
            Ok(())
        }
    }

    impl AuditSink for FailAfter {
        fn append(&self, _: &[u8]) -> Result<Position, Unavailable> {
            self.step().map(|()| Position(0))
        }
    }

    #[test]
    fn attack_brk_21_no_assertion_without_its_record() {
        for allowed in 0..2 {
            let sink = Arc::new(FailAfter(AtomicUsize::new(allowed)));
            let broker = broker(|parts| parts.audit = sink.clone());
            let expected = expect(&broker);
            let token = honest(&expected);
            let verdict =
                broker.assert(&expected.sealed, &Request::new(CLIENT), token.as_bytes(), now());
            let durable = verdict.ledger().outcome(Check::AuditDurable);
            if allowed == 0 {
                assert!(verdict.refusal().unwrap().is_undecided());
                assert_eq!(durable, Outcome::Failed);
                assert_eq!(outcome(verdict).err(), Some(Code::StorageAudit));
                // And it is spent.
                let says = ask(&broker, &expected, &token).err();
                assert_eq!(says, Some(Code::ReplayExpectation));
            } else {
                assert_eq!(durable, Outcome::Passed);
                assert_eq!(outcome(verdict).err(), None);
            }
        }
        // A refusal stays the refusal that it is when its record cannot be written.
        let dead = broker(|parts| parts.audit = Arc::new(FailAfter(AtomicUsize::new(0))));
        let expected = expect(&dead);
        assert_eq!(ask(&dead, &expected, "x~").err(), Some(Code::FormatMalformed));
    }

    #[test]
    fn attack_brk_21_no_assertion_without_randomness() {
        for allowed in 0..4 {
            let random = Arc::new(FailAfter(AtomicUsize::new(allowed)));
            let broker = broker(|parts| parts.random = random.clone());
            let Ok(expected) = broker.expect(PROCEDURE, Family::SdJwtVc, now()) else {
                assert!(allowed < 2);
                continue;
            };
            let says = ask(&broker, &expected, &honest(&expected)).err();
            assert_eq!(says, if allowed == 2 { Some(Code::RandomFailed) } else { None });
        }
    }

    #[test]
    fn attack_brk_05_scopes_and_clients_outside_the_register() {
        let broker = broker(|_| {});
        let ask = |client: &str, scopes: Option<&[&str]>| {
            let expected = expect(&broker);
            let scopes: Option<Vec<String>> =
                scopes.map(|list| list.iter().map(|&scope| scope.to_owned()).collect());
            let mut request = Request::new(client);
            request.scopes = scopes.as_deref();
            let token = honest(&expected);
            outcome(broker.assert(&expected.sealed, &request, token.as_bytes(), now()))
        };
        for bad in
            [&[][..], &["none"], &["core", "none"], &[""], &["core "], &["CORE"], &["age"], &["*"]]
        {
            assert_eq!(ask(CLIENT, Some(bad)).err(), Some(Code::ScopeDenied), "{bad:?}");
        }
        assert_eq!(ask(CLIENT, Some(&["core"; 257])).err(), Some(Code::ScopeDenied));
        let twice = ask(CLIENT, Some(&["core", "core"])).unwrap();
        assert_eq!(payload(&twice)["scope"], "core");
        let names =
            |a: &Assertion| payload(a)["verified_claims"]["claims"].as_object().unwrap().len();
        assert_eq!(names(&twice), 2);
        for client in ["client-2", "", "nobody", "client-1 ", "CLIENT-1", "client-1\u{0}"] {
            assert_eq!(ask(client, None).err(), Some(Code::ClientDenied), "{client:?}");
        }
    }

    #[test]
    fn attack_brk_05_a_refused_client_of_any_length_stands_in_the_log() {
        let audit = Arc::new(MemoryAudit::new(100));
        let broker = broker(|parts| parts.audit = audit.clone());
        for client in ["nobody".to_owned(), "x".repeat(20_000), "\u{1}".repeat(5_000)] {
            let before = audit.records().len();
            let expected = expect(&broker);
            let token = honest(&expected);
            let request = Request::new(&client);
            let says = outcome(broker.assert(&expected.sealed, &request, token.as_bytes(), now()));
            assert_eq!(says.err(), Some(Code::ClientDenied));
            assert_eq!(audit.records().len(), before + 1, "{} bytes", client.len());
        }
    }

    #[test]
    fn attack_brk_06_levels() {
        let capped = |cap: &str| {
            let text = TRUST.replacen(
                "country = \"DE\"",
                &format!("country = \"DE\"\nloa_cap = {cap:?}"),
                1,
            );
            let broker = broker(|parts| parts.trust = Arc::new(trust(&text)));
            let expected = expect(&broker);
            ask(&broker, &expected, &honest(&expected)).map(|a| payload(&a)["acr"].to_string())
        };
        assert!(capped("high").unwrap().ends_with("/LoA/high\""));
        assert!(capped("substantial").unwrap().ends_with("/LoA/substantial\""));
        assert_eq!(capped("low").err(), Some(Code::LoaInsufficient));
    }

    #[test]
    fn attack_brk_09_subjects_do_not_meet_across_sectors_kinds_or_countries() {
        let broker = broker(|_| {});
        let sub = |procedure: &str, pid: &PidSpec| {
            let expected = broker.expect(procedure, Family::SdJwtVc, now()).unwrap();
            let token = token(&expected, pid, Select::Names(SHOWN), NOW);
            let assertion = ask(&broker, &expected, &token).unwrap();
            let body = assertion.as_str().split('.').nth(1).unwrap().to_owned();
            let body = eid_broker::envelope::base64url::decode(body.as_bytes()).unwrap();
            serde_json::from_slice::<Value>(&body).unwrap()["sub"].as_str().unwrap().to_owned()
        };
        let one = sub(PROCEDURE, &pid());
        assert_eq!(one, sub(PROCEDURE, &pid().with("family_name", json!("Married"))));
        assert_ne!(one, sub("urn:procedure:other", &pid()));
        let number = |n: &str| pid().with("personal_administrative_number", json!(n));
        let subjects: std::collections::BTreeSet<_> =
            ["1", "01", "1:1", "DE:1", "a", "A", "\u{e9}", "e\u{301}"]
                .iter()
                .map(|n| sub(PROCEDURE, &number(n)))
                .collect();
        assert_eq!(subjects.len(), 8);
        // Without a number there is no subject, and no claim can stand in for it.
        let expected = expect(&broker);
        let bare = pid().without("personal_administrative_number");
        let token = token(&expected, &bare, Select::Names(&["family_name", "birthdate"]), NOW);
        let says = ask(&broker, &expected, &token).err();
        assert_eq!(says, Some(Code::IdentityNoStableIdentifier));
    }

    #[test]
    fn attack_brk_23_settings_weaker_than_the_profile() {
        type Change = fn(&mut eid_broker::broker::Parts);
        let refused: &[(&str, Change)] = &[
            ("no audience", |p| p.audience.clear()),
            ("a very long audience", |p| p.audience = "x".repeat(513)),
            ("a day of leeway", |p| p.policy.leeway_s = 86_400),
            ("a proof of yesterday", |p| {
                p.policy.sd_jwt_vc.as_mut().unwrap().key_binding_max_age_s = 86_400;
            }),
            ("a week without status", |p| {
                p.policy.sd_jwt_vc.as_mut().unwrap().short_lived_s = 604_800;
            }),
            ("a token of a gigabyte", |p| {
                p.policy.sd_jwt_vc.as_mut().unwrap().max_bytes = 1 << 30;
            }),
            ("no algorithm", |p| p.policy.algorithms.clear()),
            ("no token family", |p| {
                p.policy.sd_jwt_vc = None;
                p.policy.mdoc = None;
            }),
            ("an expectation for ever", |p| p.expectation_lifetime_s = 3_601),
            ("an issuer without TLS", |p| p.issuer = "http://broker.example".to_owned()),
            ("proof only if present", |p| {
                p.policy.sd_jwt_vc.as_mut().unwrap().key_binding = KeyBinding::IfPresent;
            }),
            ("status not looked at", |p| {
                p.policy.sd_jwt_vc.as_mut().unwrap().status = StatusRule::NotEvaluated;
            }),
        ];
        assert!(Broker::new(parts()).is_ok());
        for (what, change) in refused {
            let mut parts = parts();
            change(&mut parts);
            let code = Broker::new(parts).err().map(|refusal| refusal.code());
            assert_eq!(code, Some(Code::MisuseArgument), "{what}");
        }
    }

    #[test]
    fn attack_brk_23_a_laboratory_policy_never_mints() {
        let broker = broker(|parts| {
            parts.policy.sd_jwt_vc.as_mut().unwrap().key_binding = KeyBinding::IfPresent;
            parts.policy.seal();
        });
        let expected = expect(&broker);
        assert_eq!(ask(&broker, &expected, &honest(&expected)).err(), Some(Code::PolicyLaboratory));
    }

    // Values that no output may show: unsigned, refused and withheld ones.
    const POISON: &str = "POISONED";

    fn poisoned() -> PidSpec {
        let text = |n: u8| json!(format!("{POISON}{n}"));
        pid()
            .with("family_name", text(1))
            .with("given_name", text(2))
            .with("personal_administrative_number", text(3))
            .with("document_number", text(4))
            .with("birth_family_name", text(5))
            .with("issuing_authority", text(6))
            .with(
                "address",
                json!({"locality": text(7), "street_address": text(8), "formatted": text(9)}),
            )
            .with("email", json!(format!("{POISON}@example.org")))
    }

    #[test]
    fn attack_jose_42_no_value_in_any_error_log_or_debug_text() {
        let audit = Arc::new(MemoryAudit::new(1_000));
        let broker = broker(|parts| parts.audit = audit.clone());
        let mut seen = Vec::new();
        let bends: &[fn(&mut PidSpec)] = &[
            |_| {},
            |p| p.exp = Some(NOW - 3_600),
            |p| p.vct = format!("urn:{POISON}"),
            |p| p.typ = format!("{POISON}+sd-jwt"),
            |p| drop(p.claims.insert("sex".into(), json!(POISON))),
            |p| drop(p.claims.insert("birthdate".into(), json!(POISON))),
            |p| drop(p.claims.insert("issuing_country".into(), json!(POISON))),
            |p| drop(p.claims.insert("nationalities".into(), json!([POISON]))),
            |p| drop(p.claims.insert("family_name".into(), json!(format!("{POISON}\u{0}")))),
            |p| drop(p.open.insert("cnf".into(), json!({"jwk": {"kty": POISON}}))),
            |p| drop(p.open.insert("_sd_alg".into(), json!(POISON))),
            |p| drop(p.open.insert("status".into(), json!({POISON: POISON}))),
            |p| drop(p.open.insert("nbf".into(), json!(POISON))),
            |p| drop(p.claims.insert(POISON.into(), json!({"_sd": POISON}))),
            |p| drop(p.claims.insert("picture".into(), json!(POISON))),
        ];
        for bend in bends {
            let mut pid = poisoned();
            bend(&mut pid);
            for mode in 0..3 {
                let expected = expect(&broker);
                let credential = issue(&pid);
                let expectation = &expected.expectation;
                let mut options =
                    KbOptions::new(Select::All, expectation.nonce(), expectation.audience(), NOW);
                if mode == 1 {
                    options.edits_before = vec![DisclosureEdit::Append(POISON.to_owned())];
                }
                if mode == 2 {
                    options.extra.insert("nonce".into(), json!(POISON));
                }
                let made = Wallet::holder().unwrap().present_with(&credential, &options);
                let token = made.unwrap();
                let mut request = Request::new(CLIENT);
                let scopes = ["more".to_owned()];
                request.scopes = Some(&scopes);
                let verdict = broker.assert(&expected.sealed, &request, token.as_bytes(), now());
                seen.push(format!("{verdict:?} {:?}", verdict.ledger()));
                if let Some(refusal) = verdict.refusal() {
                    seen.push(format!("{refusal} {refusal:?}"));
                }
                if let Ok(assertion) = outcome(verdict) {
                    seen.push(format!("{assertion:?}"));
                    // Initials and prefixes only: nothing of the values themselves.
                    seen.push(payload(&assertion).to_string());
                }
                let expected = expect(&broker);
                let fresh = honest_of(&expected, &pid);
                let verdict = broker.verify(&expected.sealed, fresh.as_bytes(), now());
                seen.push(format!("{verdict:?}"));
                if let Ok(verified) = outcome(verdict) {
                    let identity = verified.identity();
                    seen.push(format!("{verified:?} {identity:?} {:?}", identity.identifier()));
                    for (name, attribute) in identity.attributes() {
                        seen.push(format!("{name:?} {attribute:?} {:?}", attribute.value));
                    }
                }
                seen.push(format!("{expected:?} {broker:?}"));
            }
        }
        assert!(seen.iter().any(|text| text.contains("Verified")));
        seen.extend(audit.records().into_iter().map(|record| String::from_utf8(record).unwrap()));
        for text in seen {
            assert!(!text.contains(POISON), "{text}");
        }
    }

    fn honest_of(expected: &Expected, pid: &PidSpec) -> String {
        token(expected, pid, Select::All, NOW)
    }

    #[test]
    fn attack_brk_05_transformations_do_not_tell_the_whole() {
        let broker = broker(|_| {});
        let more = |pid: &PidSpec, select: Select<'_>| {
            let expected = expect(&broker);
            let mut request = Request::new(CLIENT);
            let scopes = ["more".to_owned()];
            request.scopes = Some(&scopes);
            let token = token(&expected, pid, select, NOW);
            let verdict = broker.assert(&expected.sealed, &request, token.as_bytes(), now());
            let body = payload(&outcome(verdict).unwrap());
            body["verified_claims"]["claims"].clone()
        };
        let postal = |code: &str| {
            more(&pid().with("address", json!({"postal_code": code})), Select::Names(SHOWN))
                ["postal_prefix"]
                .clone()
        };
        assert_eq!(postal("51147"), "51");
        assert_eq!(postal("51"), Value::Null);
        assert_eq!(postal("5-1"), Value::Null);
        assert_eq!(postal("- -"), Value::Null);
        let initials = |name: &str| {
            more(&pid().with("given_name", json!(name)), Select::Names(SHOWN))
                ["given_name_initials"]
                .clone()
        };
        assert_eq!(initials("Erika Jördis"), "EJ");
        // A name of one letter would be told whole.
        for name in ["X", "\u{738b}", "A B", "A-B"] {
            assert_eq!(initials(name), Value::Null, "{name}");
        }
        // An empty container says that nothing is known, not that something is there.
        let paths = ["address", "nationalities", "personal_administrative_number"];
        let shown = more(&pid(), Select::Exactly(&paths));
        assert_eq!(shown["address_present"], false);
        assert_eq!(shown["nationalities_present"], false);
    }
}
