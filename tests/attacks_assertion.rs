//! Attacks on those who check assertions, by rows of the attack catalogue. Each has its honest twin.

#[cfg(test)]
#[allow(dead_code, reason = "shared by several test programs; each uses a part")]
mod attack_kit;

#[cfg(test)]
mod tests {
    use super::attack_kit::*;
    use eid_broker::UnixTime;
    use eid_broker::assertion::{CheckPolicy, Checked, Checker, KeysAge};
    use eid_broker::envelope::jose::KeySet;
    use eid_broker::host::MemoryReplayStore;
    use eid_broker::identity::LevelOfAssurance;
    use eid_broker::register::Binding;
    use eid_broker::verdict::{Check, Code, Outcome};
    use eid_broker_maker::jws::b64u;
    use eid_broker_maker::{NOW, Signing, TestKey, compact_jws_signed, keys};
    use serde_json::{Map, Value, json};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    const HEADER: &str = r#"{"alg":"ES256","typ":"eid-assertion+jwt","kid":"key-1"}"#;

    fn key() -> TestKey {
        keys::assertion_es256().unwrap()
    }

    // A key set of these keys under these ids.
    fn key_set(keys: &[(&TestKey, &str)]) -> Value {
        let keys: Vec<Value> = keys
            .iter()
            .map(|(key, kid)| {
                let mut jwk = key.public_jwk();
                jwk["kid"] = json!(kid);
                jwk["alg"] = json!(key.alg().name());
                jwk
            })
            .collect();
        json!({ "keys": keys })
    }

    fn parsed(keys: &Value) -> KeySet {
        KeySet::parse(keys.to_string().as_bytes()).unwrap()
    }

    fn checker_with(change: impl FnOnce(&mut CheckPolicy)) -> Checker {
        let mut policy = CheckPolicy::default();
        change(&mut policy);
        let keys = parsed(&key_set(&[(&key(), "key-1")]));
        Checker::new(ISSUER, &keys, PROCEDURE, policy).unwrap()
    }

    fn checker() -> Checker {
        checker_with(|_| {})
    }

    fn claims() -> Map<String, Value> {
        let claims = json!({
            "iss": ISSUER,
            "sub": format!("ps1.{}", "A".repeat(43)),
            "aud": PROCEDURE,
            "exp": NOW + 300,
            "nbf": NOW,
            "iat": NOW,
            "jti": "AAAAAAAAAAAAAAAAAAAAAA",
            "scope": "core",
            "client_id": CLIENT,
            "acr": "http://eidas.europa.eu/LoA/high",
            "amr": ["pop"],
            "auth_time": NOW,
            "txn": "t-1",
            "verified_claims": {
                "verification": {"trust_framework": "eidas"},
                "claims": {"family_name": "Mustermann"},
            },
            "src": {"family": "sd_jwt_vc", "issuer_country": "DE"},
            "ver": "1",
        });
        claims.as_object().unwrap().clone()
    }

    fn signed(header: &str, payload: &str) -> String {
        compact_jws_signed(header, payload, Signing::Key(&key())).unwrap()
    }

    fn with(name: &str, value: Value) -> String {
        let mut claims = claims();
        claims.insert(name.to_owned(), value);
        signed(HEADER, &Value::Object(claims).to_string())
    }

    fn without(name: &str) -> String {
        let mut claims = claims();
        claims.remove(name);
        signed(HEADER, &Value::Object(claims).to_string())
    }

    fn honest() -> String {
        signed(HEADER, &Value::Object(claims()).to_string())
    }

    fn says(token: &str) -> Option<Code> {
        checker().check(token.as_bytes(), now(), None).err().map(|refusal| refusal.code())
    }

    fn refused(token: &str, wanted: Code) {
        assert_eq!(says(token), Some(wanted));
    }

    #[test]
    fn honest_twin_of_all() {
        assert_eq!(says(&honest()), None);
        let checked = checker().check(honest().as_bytes(), now(), None).unwrap();
        assert_eq!(checked.claim("family_name").unwrap().as_str().unwrap(), "Mustermann");
    }

    #[test]
    fn attack_jose_01_02_03_algorithms() {
        let header = |alg: &str| HEADER.replace("ES256", alg);
        let payload = Value::Object(claims()).to_string();
        for alg in ["none", "None", "nOnE", "HS256", "HS512", "", "ES256 ", "es256"] {
            for signing in [Signing::None, Signing::Key(&key()), Signing::Hs256(key().public_key())]
            {
                let token = compact_jws_signed(&header(alg), &payload, signing).unwrap();
                refused(&token, Code::AlgNotAllowed);
            }
        }
        for alg in ["ES384", "EdDSA", "PS256", "RS256", "ES512"] {
            refused(&signed(&header(alg), &payload), Code::AlgKeyMismatch);
        }
        refused(&compact_jws_signed(HEADER, &payload, Signing::None).unwrap(), Code::SigMissing);
        let secret = key().public_spki_pem().unwrap();
        let token =
            compact_jws_signed(HEADER, &payload, Signing::Hs256(secret.as_bytes())).unwrap();
        refused(&token, Code::SigInvalid);
    }

    #[test]
    fn attack_jose_05_07_31_headers() {
        let payload = Value::Object(claims()).to_string();
        let code = |header: &str| says(&signed(header, &payload));
        assert_eq!(code(HEADER), None);
        let spaced = r#"{"typ":"application/eid-assertion+jwt", "kid":"key-1","alg":"ES256"}"#;
        assert_eq!(code(spaced), None);
        for (header, wanted) in [
            (HEADER.replace('}', r#","jwk":{}}"#), Code::HeaderRefused),
            (HEADER.replace('}', r#","jku":"https://x.example"}"#), Code::HeaderRefused),
            (HEADER.replace('}', r#","x5c":[]}"#), Code::HeaderRefused),
            (HEADER.replace('}', r#","b64":false}"#), Code::HeaderRefused),
            (HEADER.replace('}', r#","x":1}"#), Code::HeaderRefused),
            (HEADER.replace('}', r#","crit":[]}"#), Code::HeaderCritical),
            (HEADER.replace('}', r#","kid":"key-1"}"#), Code::AmbiguousMember),
            (HEADER.replace('}', r#","k\u0069d":"key-1"}"#), Code::AmbiguousMember),
            (HEADER.replace("eid-assertion+jwt", "JWT"), Code::TypeMismatch),
            (HEADER.replace("eid-assertion+jwt", "at+jwt"), Code::TypeMismatch),
            (HEADER.replace("eid-assertion+jwt", "EID-ASSERTION+JWT"), Code::TypeMismatch),
            (
                HEADER.replace("eid-assertion+jwt", "application/application/eid-assertion+jwt"),
                Code::TypeMismatch,
            ),
            (HEADER.replace("key-1", "key-2"), Code::KeyUnknown),
            (HEADER.replace("key-1", "../key-1"), Code::KeyUnknown),
            (HEADER.replace("key-1", "key-1\\u0000"), Code::KeyUnknown),
            (HEADER.replace("key-1", ""), Code::KeyUnknown),
            (HEADER.replace("\"key-1\"", "[\"key-1\"]"), Code::KeyUnknown),
            (HEADER.replace(",\"kid\":\"key-1\"", ""), Code::KeyMissing),
            (format!(" {HEADER}"), Code::HeaderMalformed),
            (format!("{HEADER}\n"), Code::HeaderMalformed),
            (format!("[{HEADER}]"), Code::HeaderMalformed),
            (format!("{HEADER}{HEADER}"), Code::FormatJson),
            (format!("{HEADER}x"), Code::FormatJson),
        ] {
            assert_eq!(code(&header), Some(wanted), "{header}");
        }
        // Only the one spelling.
        let exact = checker_with(|policy| policy.exact_header = true);
        let code = |header: &str| {
            let token = signed(header, &payload);
            exact.check(token.as_bytes(), now(), None).err().map(|refusal| refusal.code())
        };
        assert_eq!(code(HEADER), None);
        assert_eq!(code(spaced), Some(Code::HeaderMalformed));
        assert_eq!(code(&HEADER.replace("ES256", "none")), Some(Code::HeaderMalformed));
    }

    #[test]
    fn attack_jose_03_keys_of_others_and_keys_that_do_not_count() {
        let (own, other) = (key(), keys::other_signer().unwrap());
        let payload = Value::Object(claims()).to_string();
        let code = |set: &Value, signer: &TestKey| {
            let keys = match KeySet::parse(set.to_string().as_bytes()) {
                Ok(keys) => keys,
                Err(refusal) => return Some(refusal.code()),
            };
            let checker = match Checker::new(ISSUER, &keys, PROCEDURE, CheckPolicy::default()) {
                Ok(checker) => checker,
                Err(refusal) => return Some(refusal.code()),
            };
            let token = compact_jws_signed(HEADER, &payload, Signing::Key(signer)).unwrap();
            checker.check(token.as_bytes(), now(), None).err().map(|refusal| refusal.code())
        };
        assert_eq!(code(&key_set(&[(&own, "key-1")]), &own), None);
        assert_eq!(code(&key_set(&[(&own, "key-1")]), &other), Some(Code::SigInvalid));
        assert_eq!(code(&key_set(&[(&other, "key-1")]), &own), Some(Code::SigInvalid));
        let two = key_set(&[(&other, "key-1"), (&own, "key-2")]);
        assert_eq!(code(&two, &own), Some(Code::SigInvalid));
        let twice = key_set(&[(&own, "key-1"), (&other, "key-1")]);
        assert_eq!(code(&twice, &own), Some(Code::KeyAmbiguous));
        assert_eq!(code(&json!({"keys": []}), &own), Some(Code::TrustEmpty));
        let bend = |bend: fn(&mut Value)| {
            let mut set = key_set(&[(&own, "key-1")]);
            bend(&mut set["keys"][0]);
            code(&set, &own)
        };
        assert_eq!(bend(|key| key["use"] = json!("enc")), Some(Code::TrustEmpty));
        assert_eq!(bend(|key| key["key_ops"] = json!(["sign"])), Some(Code::TrustEmpty));
        assert_eq!(bend(|key| key["alg"] = json!("ES384")), Some(Code::TrustEmpty));
        assert_eq!(bend(|key| key["alg"] = json!("none")), Some(Code::TrustEmpty));
        assert_eq!(bend(|key| key["alg"] = json!(["ES256"])), Some(Code::TrustEmpty));
        assert_eq!(bend(|key| key["d"] = json!("AA")), Some(Code::KeyPrivate));
        assert_eq!(bend(|key| key["y"] = key["x"].clone()), Some(Code::TrustEmpty));
        assert_eq!(bend(|key| key["kid"] = json!(7)), Some(Code::TrustEmpty));
    }

    #[test]
    fn attack_jose_12_18_19_34_shapes() {
        let token = honest();
        for (bad, wanted) in [
            (String::new(), Code::FormatEmpty),
            (format!("{token}."), Code::FormatMalformed),
            (format!("{token}="), Code::FormatMalformed),
            (format!("{token}\n"), Code::FormatMalformed),
            (format!("\u{feff}{token}"), Code::FormatMalformed),
            (format!("{{\"payload\":\"{token}\"}}"), Code::FormatUnsupported),
            (token.replacen('.', "", 1), Code::FormatMalformed),
            (token.replace('.', "~"), Code::FormatMalformed),
            ("a".repeat(16_385), Code::LimitSize),
            (".".repeat(16_000), Code::FormatMalformed),
        ] {
            refused(&bad, wanted);
        }
        let text = Value::Object(claims()).to_string();
        for (payload, wanted) in [
            (
                text.replacen('{', "{\"acr\":\"http://eidas.europa.eu/LoA/low\",", 1),
                Code::AmbiguousMember,
            ),
            (text.replacen('{', "{\"a\\u0063r\":\"x\",", 1), Code::AmbiguousMember),
            (
                text.replacen(
                    "{\"family_name\"",
                    "{\"family_n\\u0061me\":\"x\",\"family_name\"",
                    1,
                ),
                Code::AmbiguousMember,
            ),
            (format!("{text} x"), Code::FormatJson),
            (format!("\u{feff}{text}"), Code::FormatUtf8),
            (text.replace("Mustermann", "\\ud800"), Code::FormatJson),
            (text.replace("\"Mustermann\"", &"[".repeat(3_000)), Code::LimitDepth),
            (text.replace("\"Mustermann\"", "NaN"), Code::FormatJson),
            ("[]".to_owned(), Code::FormatJson),
            ("null".to_owned(), Code::FormatJson),
            ("{}".to_owned(), Code::ClaimMissing),
        ] {
            refused(&signed(HEADER, &payload), wanted);
        }
    }

    #[test]
    fn attack_jose_15_16_signatures() {
        let payload = Value::Object(claims()).to_string();
        for raw in [vec![0; 64], vec![0xff; 64], vec![1; 63], vec![1; 65], vec![1; 96], vec![1]] {
            let token = compact_jws_signed(HEADER, &payload, Signing::Raw(&raw)).unwrap();
            refused(&token, Code::SigInvalid);
        }
        for signing in [Signing::Der(&key()), Signing::Flipped(&key())] {
            refused(&compact_jws_signed(HEADER, &payload, signing).unwrap(), Code::SigInvalid);
        }
        // Claims of one, signature of another.
        let one = honest();
        let two = with("sub", json!(format!("ps1.{}", "B".repeat(43))));
        let parts: Vec<&str> = one.split('.').collect();
        let other: Vec<&str> = two.split('.').collect();
        refused(&format!("{}.{}.{}", parts[0], other[1], parts[2]), Code::SigInvalid);
    }

    #[test]
    fn attack_jose_21_23_claims_of_other_types_and_audiences() {
        for (name, value, wanted) in [
            ("exp", json!("99999999999"), Code::ClaimMalformed),
            ("exp", json!(1e300), Code::ClaimMalformed),
            ("exp", json!(u64::MAX), Code::ClaimMalformed),
            ("exp", json!(1.5), Code::ClaimMalformed),
            ("nbf", json!(true), Code::ClaimMalformed),
            ("iat", json!([]), Code::ClaimMalformed),
            ("auth_time", json!(null), Code::ClaimMalformed),
            ("aud", json!([PROCEDURE]), Code::ClaimMalformed),
            ("aud", json!([]), Code::ClaimMalformed),
            ("aud", json!({"x": 1}), Code::ClaimMalformed),
            ("aud", json!(""), Code::AudienceMismatch),
            ("aud", json!(format!("{PROCEDURE}/")), Code::AudienceMismatch),
            ("aud", json!(format!("{PROCEDURE}\u{0}")), Code::AudienceMismatch),
            ("aud", json!("urn:procedure:other"), Code::AudienceMismatch),
            ("aud", json!(PROCEDURE.to_uppercase()), Code::AudienceMismatch),
            ("iss", json!([ISSUER]), Code::ClaimMalformed),
            ("iss", json!(format!("{ISSUER}/")), Code::IssuerMismatch),
            ("iss", json!("https://broker.example.evil"), Code::IssuerMismatch),
            ("sub", json!(7), Code::ClaimMalformed),
            ("sub", json!("erika"), Code::SubjectMalformed),
            ("sub", json!(format!("ps0.{}", "A".repeat(43))), Code::SubjectMalformed),
            ("sub", json!(format!("ps1.{}", "A".repeat(44))), Code::SubjectMalformed),
            ("jti", json!("x"), Code::ClaimMalformed),
            ("jti", json!("AAAAAAAAAAAAAAAAAAAAA="), Code::ClaimMalformed),
            ("jti", json!("AAAAAAAAAAAAAAAAAAAAAB"), Code::ClaimMalformed),
            ("amr", json!("pop"), Code::ClaimMalformed),
            ("amr", json!([1]), Code::ClaimMalformed),
            ("ver", json!("2"), Code::ClaimMalformed),
            ("ver", json!(1), Code::ClaimMalformed),
            ("src", json!("DE"), Code::ClaimMalformed),
            ("verified_claims", json!([]), Code::ClaimMalformed),
            ("verified_claims", json!({"claims": {}}), Code::ClaimMalformed),
            (
                "verified_claims",
                json!({"claims": {}, "verification": {}, "x": 1}),
                Code::ClaimMalformed,
            ),
            ("verified_claims", json!({"claims": [], "verification": {}}), Code::ClaimMalformed),
            ("acr", json!("high"), Code::LoaUnknown),
            ("acr", json!(["http://eidas.europa.eu/LoA/high"]), Code::ClaimMalformed),
            ("acr", json!("http://eidas.europa.eu/LoA/High"), Code::LoaUnknown),
            ("acr", json!("http://eidas.europa.eu/LoA/low"), Code::LoaInsufficient),
            ("acr", json!("http://eidas.europa.eu/NotNotified/LoA/high"), Code::LoaInsufficient),
            ("act", json!({"sub": "x"}), Code::ClaimUnknown),
            ("prev_sub", json!("x"), Code::ClaimUnknown),
            ("family_name", json!("Mallory"), Code::ClaimUnknown),
            ("status", json!({}), Code::ClaimUnknown),
        ] {
            assert_eq!(says(&with(name, value.clone())), Some(wanted), "{name} {value}");
        }
        for name in claims().keys() {
            let says = says(&without(name));
            let optional = name == "verified_claims";
            assert_eq!(says.is_none(), optional, "{name}");
        }
    }

    #[test]
    fn attack_jose_27_28_times_at_the_edges() {
        let at = |exp: i64, nbf: i64, iat: i64| {
            let mut claims = claims();
            for (name, offset) in [("exp", exp), ("nbf", nbf), ("iat", iat), ("auth_time", iat)] {
                claims.insert(name.to_owned(), json!(NOW + offset));
            }
            says(&signed(HEADER, &Value::Object(claims).to_string()))
        };
        assert_eq!(at(300, 0, 0), None);
        assert_eq!(at(-29, -100, -100), None);
        assert_eq!(at(-30, -100, -100), Some(Code::TimeExpired));
        assert_eq!(at(300, 30, 0), None);
        assert_eq!(at(300, 31, 0), Some(Code::TimeNotYetValid));
        assert_eq!(at(300, 0, 30), None);
        assert_eq!(at(300, 0, 31), Some(Code::TimeFuture));
        assert_eq!(at(600, 0, 0), None);
        assert_eq!(at(601, 0, 0), Some(Code::TimeLifetime));
        assert_eq!(at(0, -10, 10), Some(Code::TimeLifetime));
        assert_eq!(at(315_360_000, 0, 0), Some(Code::TimeLifetime));
        // The person's act may be long ago, and lies ahead of the assertion by the leeway at most.
        for (offset, wanted) in
            [(-86_400, None), (0, None), (30, None), (31, Some(Code::TimeFuture))]
        {
            assert_eq!(says(&with("auth_time", json!(NOW + offset))), wanted, "{offset}");
        }
        // At the ends of time nothing wraps round.
        assert_eq!(says(&with("auth_time", json!(253_402_300_799_u64))), Some(Code::TimeFuture));
        for now in [UnixTime::from_secs(0), UnixTime::from_secs(u64::MAX)] {
            assert!(checker().check(honest().as_bytes(), now, None).is_err());
        }
    }

    #[test]
    fn attack_jose_55_56_bindings() {
        let (one, two) = ([1; 32], [2; 32]);
        let check = |cnf: Option<Value>, presented: Option<Binding>, required: bool| {
            let token = cnf.map_or_else(honest, |cnf| with("cnf", cnf));
            let checker = checker_with(|policy| policy.binding_required = required);
            let result = checker.check(token.as_bytes(), now(), presented.as_ref());
            result.err().map(|refusal| refusal.code())
        };
        let jkt = json!({"jkt": b64u(&one)});
        let x5t = json!({"x5t#S256": b64u(&one)});
        assert_eq!(check(Some(jkt.clone()), Some(Binding::Jkt(one)), true), None);
        assert_eq!(check(Some(x5t.clone()), Some(Binding::X5tS256(one)), false), None);
        assert_eq!(check(None, None, false), None);
        for (cnf, presented, required, wanted) in [
            (Some(jkt.clone()), None, false, Code::BindingMissing),
            (None, Some(Binding::Jkt(one)), false, Code::BindingMissing),
            (None, None, true, Code::BindingMissing),
            (Some(jkt.clone()), Some(Binding::Jkt(two)), false, Code::BindingMismatch),
            (Some(jkt.clone()), Some(Binding::X5tS256(one)), false, Code::BindingMismatch),
            (Some(x5t), Some(Binding::Jkt(one)), false, Code::BindingMismatch),
            (Some(json!({})), Some(Binding::Jkt(one)), false, Code::BindingMalformed),
            (Some(json!({})), None, false, Code::BindingMalformed),
            (Some(json!(null)), None, false, Code::BindingMalformed),
            (Some(json!("x")), None, false, Code::BindingMalformed),
            (
                Some(json!({"jkt": b64u(&one), "x5t#S256": b64u(&one)})),
                Some(Binding::Jkt(one)),
                false,
                Code::BindingMalformed,
            ),
            (Some(json!({"jwk": {}})), Some(Binding::Jkt(one)), false, Code::BindingMalformed),
            (
                Some(json!({"jkt": [b64u(&one)]})),
                Some(Binding::Jkt(one)),
                false,
                Code::BindingMalformed,
            ),
            (Some(json!({"jkt": ""})), Some(Binding::Jkt(one)), false, Code::BindingMismatch),
            (
                Some(json!({"jkt": format!("{}=", b64u(&one))})),
                Some(Binding::Jkt(one)),
                false,
                Code::BindingMismatch,
            ),
        ] {
            assert_eq!(check(cnf.clone(), presented, required), Some(wanted), "{cnf:?}");
        }
    }

    #[test]
    fn attack_brk_01_one_assertion_used_twice_and_in_another_spelling() {
        let store = Arc::new(MemoryReplayStore::default());
        let checker = checker().single_use(store.clone());
        let code = |token: &str| {
            checker.check(token.as_bytes(), now(), None).err().map(|refusal| refusal.code())
        };
        // Refused ones leave nothing behind.
        assert_eq!(code(&with("aud", json!("x"))), Some(Code::AudienceMismatch));
        assert!(store.is_empty());
        // Another header, another signature over the same claims: still the same assertion.
        let payload = Value::Object(claims()).to_string();
        let header = r#"{"kid":"key-1","alg":"ES256","typ":"eid-assertion+jwt"}"#;
        assert_eq!(code(&honest()), None);
        for again in [honest(), signed(header, &payload), signed(HEADER, &format!("{payload} "))] {
            assert_eq!(code(&again), Some(Code::ReplayToken));
        }
        let escaped = payload.replace("AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAA\\u0041");
        assert_eq!(code(&signed(HEADER, &escaped)), Some(Code::ReplayToken));
        // With the other half of the signature: n - s in the place of s.
        assert_eq!(code(&high_s(&honest())), Some(Code::ReplayToken));

        let fresh = with("jti", json!("BBBBBBBBBBBBBBBBBBBBBA"));
        let wins = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..64 {
                scope.spawn(|| {
                    if code(&fresh).is_none() {
                        wins.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(wins.into_inner(), 1);
        let full = checker_with(|_| {}).single_use(Arc::new(MemoryReplayStore::new(0)));
        let code = full.check(honest().as_bytes(), now(), None).err().map(|refusal| refusal.code());
        assert_eq!(code, Some(Code::StorageReplay));
    }

    // The second valid form of an ECDSA signature.
    fn high_s(token: &str) -> String {
        const ORDER: [u8; 32] = [
            0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
            0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63,
            0x25, 0x51,
        ];
        let (input, signature) = token.rsplit_once('.').unwrap();
        let mut raw = eid_broker::envelope::base64url::decode(signature.as_bytes()).unwrap();
        let mut borrow = false;
        for (digit, order) in raw.iter_mut().skip(32).zip(ORDER).rev() {
            let (less, first) = order.overflowing_sub(*digit);
            let (less, second) = less.overflowing_sub(u8::from(borrow));
            (*digit, borrow) = (less, first || second);
        }
        format!("{input}.{}", b64u(&raw))
    }

    #[test]
    fn attack_brk_26_keys_that_are_too_old() {
        let aged = |fetched_at: i64, max_age_s: u32| {
            let age = KeysAge { fetched_at: at(fetched_at), max_age_s };
            let checker = checker_with(|policy| policy.keys_age = Some(age));
            checker.check(honest().as_bytes(), now(), None).err().map(|refusal| refusal.code())
        };
        assert_eq!(aged(0, 3_600), None);
        assert_eq!(aged(-3_600, 3_600), None);
        assert_eq!(aged(-3_601, 3_600), Some(Code::KeysStale));
        assert_eq!(aged(30, 3_600), None);
        assert_eq!(aged(31, 3_600), Some(Code::KeysStale));
        assert_eq!(aged(-1, 0), Some(Code::KeysStale));
    }

    #[test]
    fn attack_jose_42_nothing_of_an_earlier_assertion_is_left_after_a_refusal() {
        let checker = checker();
        let mut out = Checked::new();
        checker.check_into(honest().as_bytes(), now(), None, &mut out).unwrap();
        assert!(out.is_accepted() && out.claim("family_name").is_some());
        for bad in [
            String::new(),
            "x".to_owned(),
            with("aud", json!("x")),
            with("zz", json!(1)),
            high(&honest()),
        ] {
            checker.check_into(honest().as_bytes(), now(), None, &mut out).unwrap();
            checker.check_into(bad.as_bytes(), now(), None, &mut out).unwrap_err();
            assert!(!out.is_accepted());
            assert!(out.claim("family_name").is_none() && out.member("sub").is_none());
            assert!(out.subject().is_none() && out.payload().is_none() && out.loa().is_none());
            assert!(out.issued_at().is_none() && out.expires().is_none());
            assert!(out.ledger().entries().iter().any(|entry| entry.outcome == Outcome::Failed));
        }
        // And nothing of a longer one in a shorter one.
        let short = without("verified_claims");
        checker.check_into(honest().as_bytes(), now(), None, &mut out).unwrap();
        checker.check_into(short.as_bytes(), now(), None, &mut out).unwrap();
        assert!(out.is_accepted() && out.claim("family_name").is_none());
        assert_eq!(out.ledger().outcome(Check::AssertionSignature), Outcome::Passed);
    }

    fn high(token: &str) -> String {
        token.replacen('.', "..", 1)
    }

    #[test]
    fn attack_brk_06_levels_and_scopes_of_the_consumer() {
        let check = |change: fn(&mut CheckPolicy), token: &str| {
            let result = checker_with(change).check(token.as_bytes(), now(), None);
            result.err().map(|refusal| refusal.code())
        };
        let low = with("acr", json!("http://eidas.europa.eu/LoA/low"));
        let own = with("acr", json!("http://eidas.europa.eu/NotNotified/LoA/high"));
        assert_eq!(check(|p| p.min_loa = LevelOfAssurance::Low, &low), None);
        assert_eq!(check(|p| p.min_loa = LevelOfAssurance::Low, &own), Some(Code::LoaInsufficient));
        assert_eq!(check(|p| p.notified_only = false, &own), None);
        let only: fn(&mut CheckPolicy) = |p| p.scopes = Some(Arc::from(["core".to_owned()]));
        assert_eq!(check(only, &honest()), None);
        for scope in ["core more", "more", "CORE", "core\u{0}", "core\tmore"] {
            assert_eq!(
                check(only, &with("scope", json!(scope))),
                Some(Code::ScopeDenied),
                "{scope:?}"
            );
        }
        // No issuer of ours writes these, whatever the consumer permits.
        let both: fn(&mut CheckPolicy) =
            |p| p.scopes = Some(Arc::from(["more", "core"].map(str::to_owned)));
        for scope in ["", " ", " core", "core ", "core  more", "core core", "more core"] {
            let token = with("scope", json!(scope));
            let names = scope.split(' ').all(|name| !name.is_empty());
            let listed = if names { Code::ClaimMalformed } else { Code::ScopeDenied };
            assert_eq!(check(|_| {}, &token), Some(Code::ClaimMalformed), "{scope:?}");
            assert_eq!(check(both, &token), Some(listed), "{scope:?}");
        }
        assert_eq!(check(both, &with("scope", json!("core more"))), None);
        assert_eq!(check(|_| {}, &with("scope", json!("core more"))), None);
    }

    #[test]
    fn attack_jose_24_checkers_that_check_too_little() {
        let keys = parsed(&key_set(&[(&key(), "key-1")]));
        let code = |issuer: &str, procedure: &str, change: fn(&mut CheckPolicy)| {
            let mut policy = CheckPolicy::default();
            change(&mut policy);
            Checker::new(issuer, &keys, procedure, policy).err().map(|refusal| refusal.code())
        };
        assert_eq!(code(ISSUER, PROCEDURE, |_| {}), None);
        assert_eq!(code("", PROCEDURE, |_| {}), Some(Code::MisuseArgument));
        assert_eq!(code("http://broker.example", PROCEDURE, |_| {}), Some(Code::MisuseArgument));
        assert_eq!(code(ISSUER, "", |_| {}), Some(Code::MisuseArgument));
        assert_eq!(code(ISSUER, PROCEDURE, |p| p.leeway_s = 121), Some(Code::MisuseArgument));
        assert_eq!(
            code(ISSUER, PROCEDURE, |p| p.max_lifetime_s = 3_601),
            Some(Code::MisuseArgument)
        );
        assert_eq!(code(ISSUER, PROCEDURE, |p| p.max_bytes = 65_537), Some(Code::MisuseArgument));
    }

    #[test]
    fn attack_dos_03_no_prefix_and_no_flipped_bit_panics() {
        let token = honest();
        let checker = checker();
        let mut out = Checked::new();
        for end in 0..token.len() {
            checker.check_into(&token.as_bytes()[..end], now(), None, &mut out).unwrap_err();
        }
        for at in 0..token.len() {
            for bit in 0..8 {
                let mut bad = token.clone().into_bytes();
                bad[at] ^= 1 << bit;
                let accepted = checker.check_into(&bad, now(), None, &mut out).is_ok();
                assert!(!accepted, "byte {at} bit {bit}");
            }
        }
    }
}
