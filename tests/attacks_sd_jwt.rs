//! Attacks on wallet presentations, by rows of the attack catalogue. Each has its honest twin: the
//! same construction without the malicious step, which is accepted.

#[cfg(test)]
#[allow(dead_code, reason = "shared by several test programs; each uses a part")]
mod attack_kit;

#[cfg(test)]
mod tests {
    use super::attack_kit::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use eid_broker::crypto::Alg;
    use eid_broker::pki::PathCache;
    use eid_broker::policy::{KeyBinding, Policy, StatusRule};
    use eid_broker::token::sd_jwt_vc::TrustedIssuers;
    use eid_broker::verdict::Code;
    use eid_broker_maker::cert::{CertificateSpec, Extension, Fault, KeyUsage, Name};
    use eid_broker_maker::jws::b64u;
    use eid_broker_maker::pid::{JwksIssuer, PidIssuer};
    use eid_broker_maker::sd_jwt::{Credential, Disclosure, HashAlg, Hiding, SdJwtParts};
    use eid_broker_maker::wallet::{DisclosureEdit, Select};
    use eid_broker_maker::{NOW, Signing, cert, compact_jws_signed, keys};
    use serde_json::{Value, json};

    fn header(name: &str, value: Value) -> Credential {
        bent(|parts| parts.edit_header(|header| drop(header.insert(name.into(), value))).unwrap())
    }

    fn payload(name: &str, value: Value) -> Credential {
        bent(|parts| parts.edit_payload(|claims| drop(claims.insert(name.into(), value))).unwrap())
    }

    fn accepted(token: &str) {
        assert_eq!(code(token), None);
    }

    fn refused(token: &str, wanted: Code) {
        assert_eq!(code(token), Some(wanted));
    }

    // The honest parts, their signature as `signing` says.
    fn signed_as(bend: impl FnOnce(&mut SdJwtParts), signing: Signing<'_>) -> String {
        let mut parts = PidIssuer::new().unwrap().parts(&pid());
        bend(&mut parts);
        present(&parts.sign_as(signing).unwrap())
    }

    #[test]
    fn honest_twin_of_all() {
        accepted(&present(&issue(&pid())));
        let mut bare = pid();
        bare.hiding = Hiding::Nothing;
        accepted(&present(&issue(&bare)));
        let jwks = JwksIssuer::new().unwrap().issue(&pid()).unwrap();
        accepted(&present(&jwks));
    }

    #[test]
    fn attack_jose_01_alg_none_and_its_spellings() {
        for alg in ["none", "None", "nOnE", " none", "", "ES256 ", "es256", "ES256\u{0}"] {
            let bend = |parts: &mut SdJwtParts| {
                parts.edit_header(|header| drop(header.insert("alg".into(), json!(alg)))).unwrap();
            };
            refused(&signed_as(bend, Signing::None), Code::AlgNotAllowed);
            let key = keys::pid_signer().unwrap();
            refused(&signed_as(bend, Signing::Key(&key)), Code::AlgNotAllowed);
        }
        refused(&signed_as(|_| {}, Signing::None), Code::SigMissing);
    }

    #[test]
    fn attack_jose_02_public_key_as_mac_key() {
        let key = keys::pid_signer().unwrap();
        let texts = [
            key.public_spki_pem().unwrap().into_bytes(),
            key.public_spki_der().unwrap(),
            key.public_jwk().to_string().into_bytes(),
            key.public_key().to_vec(),
        ];
        for secret in texts {
            let bend = |parts: &mut SdJwtParts| {
                parts.edit_header(|h| drop(h.insert("alg".into(), json!("HS256")))).unwrap();
            };
            refused(&signed_as(bend, Signing::Hs256(&secret)), Code::AlgNotAllowed);
            refused(&signed_as(|_| {}, Signing::Hs256(&secret)), Code::SigInvalid);
        }
    }

    #[test]
    fn attack_jose_03_algorithm_of_another_key() {
        let key = keys::pid_signer().unwrap();
        for alg in ["ES384", "EdDSA"] {
            let bend = |parts: &mut SdJwtParts| {
                parts.edit_header(|h| drop(h.insert("alg".into(), json!(alg)))).unwrap();
            };
            refused(&signed_as(bend, Signing::Key(&key)), Code::AlgKeyMismatch);
        }
        // The same in the key-binding JWT.
        let credential = issue(&pid());
        let kb = |alg: &str| present_with(&credential, |kb| kb.alg = Some(alg.into()));
        accepted(&kb("ES256"));
        refused(&kb("ES384"), Code::AlgKeyMismatch);
        refused(&kb("none"), Code::AlgNotAllowed);
        refused(&kb("HS256"), Code::AlgNotAllowed);
    }

    #[test]
    fn attack_jose_05_06_10_36_members_that_select_a_key_or_change_what_is_signed() {
        let own = keys::second_holder().unwrap();
        accepted(&present(&header("x-harmless", json!(1))));
        for (name, value) in [
            ("jwk", own.public_jwk()),
            ("jku", json!("https://issuer.example/keys")),
            ("x5u", json!("https://issuer.example/chain")),
            ("b64", json!(false)),
            ("b64", json!(true)),
            ("zip", json!("DEF")),
            ("enc", json!("A256GCM")),
        ] {
            refused(&present(&header(name, value.clone())), Code::HeaderRefused);
            let credential = issue(&pid());
            let kb = present_with(&credential, |kb| {
                kb.extra_header.insert(name.into(), value);
            });
            refused(&kb, Code::HeaderRefused);
        }
        // Signed by the key that the key-binding JWT brings itself.
        let credential = issue(&pid());
        let kb = present_with(&credential, |kb| {
            kb.extra_header.insert("x5c".into(), json!(["AA=="]));
            kb.signing = Some(Signing::Key(&own));
        });
        refused(&kb, Code::SigInvalid);
    }

    #[test]
    fn attack_jose_07_vc_13_own_chain_and_names_of_trusted_ones() {
        let other = PidIssuer::other().unwrap();
        let token = present(&other.issue(&pid().with("issuing_country", json!("FR"))).unwrap());
        refused(&token, Code::KeyUntrusted);
        let believed = TRUST.replacen("[\"ca\"]", "[\"other-ca\"]", 1).replacen("DE", "FR", 1);
        let twin = decide_under(token.as_bytes(), &Policy::standard(), &trust(&believed), now());
        assert_eq!(twin.err(), None);

        // The trusted root's name and key identifier over another key.
        let root = keys::other_ca().unwrap();
        let signer = keys::other_signer().unwrap();
        let leaf = cert::pid_leaf_spec_for(&signer).unwrap().build(&root).unwrap();
        let mut forged = PidIssuer::with_leaf(leaf).unwrap();
        forged.key = signer;
        refused(&present(&forged.issue(&pid()).unwrap()), Code::ChainSignature);

        // A good chain over the wrong signature, and a good chain with a kid beside it.
        let parts = PidIssuer::new().unwrap().parts(&pid());
        let own = keys::second_holder().unwrap();
        refused(&present(&parts.sign(&own).unwrap()), Code::SigInvalid);
        accepted(&present(&header("kid", json!("whatever"))));

        // A key set's issuer and kid, signed by somebody else, and a certificate's key under it.
        let jwks = JwksIssuer::new().unwrap();
        refused(&present(&jwks.parts(&pid()).sign(&own).unwrap()), Code::SigInvalid);
        let pid_signer = keys::pid_signer().unwrap();
        refused(&present(&jwks.parts(&pid()).sign(&pid_signer).unwrap()), Code::SigInvalid);
    }

    #[test]
    fn attack_vc_13_issuers_names_that_only_look_alike() {
        let jwks = JwksIssuer::new().unwrap();
        let named = |iss: Value| {
            let mut parts = jwks.parts(&pid());
            parts.edit_payload(|claims| drop(claims.insert("iss".into(), iss))).unwrap();
            code(&present(&parts.sign(&jwks.key).unwrap()))
        };
        assert_eq!(named(json!("https://issuer.example/pid")), None);
        for iss in [
            "https://issuer.example/pid/",
            "https://issuer.example/PID",
            "https://issuer.example:443/pid",
            "https://issuer.example/pid\u{0}",
            "https://issuer.example/pid\u{200b}",
            "https://\u{131}ssuer.example/pid",
            "",
        ] {
            assert_eq!(named(json!(iss)), Some(Code::TrustMissing), "{iss:?}");
        }
        for iss in [json!(["https://issuer.example/pid"]), json!(null), json!(7), json!({})] {
            assert_eq!(named(iss.clone()), Some(Code::KeyMissing), "{iss}");
        }
        // The same name in another spelling of JSON is the same name.
        let mut parts = jwks.parts(&pid());
        parts.payload = parts.payload.replace("issuer.example/pid", "issuer.example\\/p\\u0069d");
        accepted(&present(&parts.sign(&jwks.key).unwrap()));
    }

    #[test]
    fn attack_vc_13_name_hidden_in_a_disclosure() {
        let jwks = JwksIssuer::new().unwrap();
        let mut parts = jwks.parts(&pid());
        parts
            .add_disclosure(Disclosure::member(
                "iss",
                "salt",
                "iss",
                &json!("https://evil.example"),
            ))
            .unwrap();
        refused(&present(&parts.sign(&jwks.key).unwrap()), Code::DisclosureNameClash);
        let hidden = bent(|parts| {
            let iss = json!("https://issuer.example/pid");
            parts.add_disclosure(Disclosure::member("iss", "salt", "iss", &iss)).unwrap();
        });
        refused(&present(&hidden), Code::DisclosureProtected);
    }

    #[test]
    fn attack_jose_09_critical_members() {
        for crit in
            [json!(["bork"]), json!([]), json!(["alg"]), json!(["b64"]), json!("x"), Value::Null]
        {
            refused(&present(&header("crit", crit.clone())), Code::HeaderCritical);
            let credential = issue(&pid());
            let kb = present_with(&credential, |kb| {
                kb.extra_header.insert("crit".into(), crit);
            });
            refused(&kb, Code::HeaderCritical);
        }
        let escaped = bent(|parts| {
            parts.header = parts.header.replacen('{', "{\"cr\\u0069t\":[\"x\"],", 1);
        });
        refused(&present(&escaped), Code::HeaderCritical);
    }

    #[test]
    fn attack_jose_11_12_vc_20_other_shapes() {
        let honest = present(&issue(&pid()));
        accepted(&honest);
        refused(&format!("{{\"payload\":\"{honest}\"}}"), Code::FormatUnsupported);
        for (bad, wanted) in [
            (format!(" {honest}"), Code::FormatMalformed),
            (format!("{honest}\n"), Code::FormatMalformed),
            (format!("{honest}~"), Code::FormatBase64),
            (format!("{honest}~x"), Code::FormatMalformed),
            (format!("~{honest}"), Code::FormatEmpty),
            (honest.replacen('~', "~~", 1), Code::FormatMalformed),
            (honest.replacen('.', "..", 1), Code::FormatMalformed),
            (honest.replacen('~', "", 1), Code::FormatBase64),
            (honest.replacen('~', "\u{0}~", 1), Code::FormatMalformed),
            (String::new(), Code::FormatEmpty),
            ("~".repeat(512 * 1024), Code::LimitCount),
            (".".repeat(512 * 1024), Code::FormatMalformed),
            ("a".repeat(512 * 1024 + 1), Code::LimitSize),
        ] {
            let got = code(&bad);
            // A run of tildes is empty before it is many.
            let either = wanted == Code::LimitCount && got == Some(Code::FormatMalformed);
            assert!(got == Some(wanted) || either, "{got:?} for {wanted:?}");
        }
    }

    #[test]
    fn attack_jose_15_16_degenerate_and_other_signatures() {
        let key = keys::pid_signer().unwrap();
        let order = [
            0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
            0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63,
            0x25, 0x51u8,
        ];
        accepted(&signed_as(|_| {}, Signing::Key(&key)));
        for raw in [
            vec![0; 64],
            [order, order].concat(),
            [order.as_slice(), &[1; 32]].concat(),
            [[1; 32].as_slice(), &order].concat(),
            vec![0xff; 64],
            vec![1; 63],
            vec![1; 65],
            vec![1; 96],
            vec![0],
        ] {
            refused(&signed_as(|_| {}, Signing::Raw(&raw)), Code::SigInvalid);
            let credential = issue(&pid());
            let kb = present_with(&credential, |kb| kb.signing = Some(Signing::Raw(&raw)));
            refused(&kb, Code::SigInvalid);
        }
        refused(&signed_as(|_| {}, Signing::Der(&key)), Code::SigInvalid);
        refused(&signed_as(|_| {}, Signing::Flipped(&key)), Code::SigInvalid);
    }

    #[test]
    fn attack_jose_18_other_spellings_of_base64url() {
        let honest = present(&issue(&pid()));
        let (jwt, rest) = honest.split_once('~').unwrap();
        let (disclosure, rest) = rest.split_once('~').unwrap();
        let short = disclosure.strip_prefix("W").unwrap();
        let spell = |other: String| format!("{jwt}~{other}~{rest}");
        accepted(&spell(disclosure.to_owned()));
        for bad in [
            format!("{disclosure}="),
            format!("{disclosure}=="),
            format!("{}\n", disclosure),
            format!("{}+", short),
            format!("{}/", short),
            format!("{}%3D", short),
        ] {
            refused(&spell(bad), Code::FormatBase64);
        }
        // The header in the standard alphabet and with padding.
        let padded = honest.replacen('.', "=.", 1);
        refused(&padded, Code::FormatMalformed);
    }

    #[test]
    fn attack_jose_19_the_same_member_twice() {
        let twice = |text: &str, at: &str| {
            let text = text.to_owned();
            let at = at.to_owned();
            present(&bent(move |parts| {
                let target = if at == "header" { &mut parts.header } else { &mut parts.payload };
                *target = target.replacen('{', &format!("{{{text},"), 1);
            }))
        };
        accepted(&twice("\"zz\":1", "payload"));
        for text in [
            "\"vct\":\"urn:eudi:pid:1\"",
            "\"v\\u0063t\":\"urn:eudi:pid:1\"",
            "\"exp\":1",
            "\"e\\u0078p\":1",
            "\"_sd\":[]",
            "\"\\u005fsd\":[]",
            "\"cnf\":{}",
            "\"_sd_alg\":\"sha-256\"",
            "\"zz\":{\"a\":1,\"\\u0061\":1}",
        ] {
            refused(&twice(text, "payload"), Code::AmbiguousMember);
        }
        for text in
            ["\"alg\":\"ES256\"", "\"al\\u0067\":\"ES256\"", "\"x5c\":[]", "\"typ\":\"JWT\""]
        {
            refused(&twice(text, "header"), Code::AmbiguousMember);
        }
        // Status twice, once in a disclosure.
        let hidden = bent(|parts| {
            parts.add_disclosure(Disclosure::member("s", "salt", "status", &json!({}))).unwrap();
        });
        refused(&present(&hidden), Code::DisclosureProtected);
        // In a disclosure, and in the key-binding JWT.
        let inner = bent(|parts| {
            parts.add_disclosure(Disclosure::raw("z", "[\"s\",\"zz\",{\"a\":1,\"a\":2}]")).unwrap();
        });
        refused(&present(&inner), Code::AmbiguousMember);
        let credential = issue(&pid());
        let kb = |text: &str| {
            let text = format!(
                "{{{text}\"nonce\":\"{{nonce}}\",\"aud\":\"{{aud}}\",\"iat\":{{iat}},\"sd_hash\":\"{{sd_hash}}\"}}"
            );
            present_with(&credential, |kb| kb.payload = Some(text))
        };
        accepted(&kb(""));
        accepted(&kb("\"other\":1,"));
        refused(&kb("\"nonce\":\"x\","), Code::AmbiguousMember);
        refused(&kb("\"n\\u006fnce\":\"x\","), Code::AmbiguousMember);
    }

    #[test]
    fn attack_jose_21_27_28_times_of_another_type_and_at_the_edges() {
        let exp = i64::try_from(now().secs()).unwrap();
        for bad in [
            "\"9999999999\"",
            "true",
            "[]",
            "{}",
            "null",
            "1e999",
            "1e10",
            "-1",
            "-0",
            "1.5",
            "2000000000.0",
            "18446744073709551616",
            "18446744073709551615",
            "253402300800",
        ] {
            for name in ["exp", "nbf", "iat"] {
                let token = present(&bent(|parts| {
                    parts.edit_payload(|claims| drop(claims.remove(name))).unwrap();
                    parts.payload = parts.payload.replacen('{', &format!("{{\"{name}\":{bad},"), 1);
                }));
                refused(&token, Code::ClaimMalformed);
            }
        }
        // Leeway is 30 seconds, once.
        accepted(&present(&payload("exp", json!(exp - 29))));
        refused(&present(&payload("exp", json!(exp - 30))), Code::TimeExpired);
        accepted(&present(&payload("nbf", json!(exp + 30))));
        refused(&present(&payload("nbf", json!(exp + 31))), Code::TimeNotYetValid);
        accepted(&present(&payload("iat", json!(exp + 30))));
        refused(&present(&payload("iat", json!(exp + 31))), Code::TimeFuture);
        refused(&present(&payload("nbf", json!(exp + 3_600))), Code::TimeNotYetValid);
        // Without an end, and with one far away, it would need a status.
        let without = bent(|parts| parts.edit_payload(|c| drop(c.remove("exp"))).unwrap());
        refused(&present(&without), Code::StatusMissing);
        refused(&present(&payload("exp", json!(exp + 315_360_000))), Code::StatusMissing);
    }

    #[test]
    fn attack_jose_31_32_vc_11_tokens_of_another_kind() {
        for typ in [
            "JWT",
            "vc+sd-jwt",
            "DC+SD-JWT",
            "application/dc+sd-jwt",
            "dc+sd-jwt ",
            "kb+jwt",
            "eid-assertion+jwt",
            "statuslist+jwt",
            "",
        ] {
            refused(&present(&header("typ", json!(typ))), Code::TypeMismatch);
        }
        refused(&present(&header("typ", json!(["dc+sd-jwt"]))), Code::HeaderMalformed);
        let credential = issue(&pid());
        for typ in ["JWT", "KB+JWT", "application/kb+jwt", "dc+sd-jwt", "dpop+jwt"] {
            refused(&present_with(&credential, |kb| kb.typ = Some(typ.into())), Code::TypeMismatch);
        }
        refused(&present_with(&credential, |kb| kb.typ = None), Code::TypeMismatch);
    }

    #[test]
    fn attack_jose_34_vc_17_depth() {
        let nested = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        let with = |levels| {
            present(&bent(|parts| {
                parts.payload =
                    parts.payload.replacen('{', &format!("{{\"z\":{},", nested(levels)), 1);
            }))
        };
        accepted(&with(31));
        refused(&with(32), Code::LimitDepth);
        refused(&with(100_000), Code::LimitDepth);
        let header = |levels| {
            present(&bent(|parts| {
                parts.header =
                    parts.header.replacen('{', &format!("{{\"z\":{},", nested(levels)), 1);
            }))
        };
        accepted(&header(15));
        refused(&header(16), Code::LimitDepth);

        // Disclosures inside disclosures: each hides the next.
        let chained = |levels: usize| {
            present(&bent(|parts| {
                let mut inner = Disclosure::member("z", "s", "z", &json!(1));
                for level in 1..levels {
                    let digest = inner.digest(parts.hash);
                    parts.disclosures.push(inner);
                    inner = Disclosure::member(
                        "z",
                        &format!("s{level}"),
                        "z",
                        &json!({"_sd": [digest]}),
                    );
                }
                parts.add_disclosure(inner).unwrap();
            }))
        };
        accepted(&chained(32));
        refused(&chained(33), Code::LimitDepth);
        refused(&chained(900), Code::LimitDepth);
    }

    #[test]
    fn attack_vc_01_02_disclosures_that_nobody_signed_or_twice() {
        let credential = issue(&pid());
        let forged = Disclosure::member("family_name", "salt", "family_name", &json!("Mallory"));
        let append = |text: &str| {
            let edit = DisclosureEdit::Append(text.to_owned());
            present_with(&credential, |kb| kb.edits_before = vec![edit])
        };
        refused(&append(&forged.encoded), Code::DisclosureUnreferenced);
        refused(
            &present_with(&credential, |kb| kb.edits_before = vec![DisclosureEdit::Duplicate(0)]),
            Code::DisclosureRepeated,
        );
        // The parent left out, its children shown.
        let paths = ["address.locality"];
        let orphan = present_with(&credential, |kb| kb.select = Select::Exactly(&paths));
        refused(&orphan, Code::DisclosureUnreferenced);
        accepted(&present_with(&credential, |kb| kb.select = Select::Names(&paths)));
        // One digest in two places, of a disclosure and of a decoy.
        let twice = |decoy: bool| {
            present(&bent(|parts| {
                let secret = Disclosure::member("z", "s", "zz", &json!(1));
                let digest = secret.digest(parts.hash);
                if decoy {
                    parts
                        .edit_payload(|c| {
                            c["_sd"].as_array_mut().unwrap().push(json!(digest));
                        })
                        .unwrap();
                } else {
                    parts.add_disclosure(secret).unwrap();
                }
                parts
                    .edit_payload(|c| drop(c.insert("z2".into(), json!({"_sd": [digest]}))))
                    .unwrap();
            }))
        };
        refused(&twice(false), Code::DisclosureDigestTwice);
        refused(&twice(true), Code::DisclosureDigestTwice);
        // Used as an element where it is a member, and the other way round.
        let swapped = |disclosure: Disclosure, place: fn(&str) -> Value| {
            present(&bent(|parts| {
                let digest = disclosure.digest(parts.hash);
                parts.disclosures.push(disclosure);
                parts.edit_payload(|c| drop(c.insert("zz".into(), place(&digest)))).unwrap();
            }))
        };
        let member = Disclosure::member("z", "s", "name", &json!(1));
        let element = Disclosure::element("z", "s", &json!(1));
        let in_array: fn(&str) -> Value = |digest| json!([{"...": digest}]);
        let in_object: fn(&str) -> Value = |digest| json!({"_sd": [digest]});
        accepted(&swapped(member.clone(), in_object));
        accepted(&swapped(element.clone(), in_array));
        refused(&swapped(member, in_array), Code::DisclosureMalformed);
        refused(&swapped(element, in_object), Code::DisclosureMalformed);
    }

    #[test]
    fn attack_vc_01_names_that_override_or_are_reserved() {
        let hidden = |name: &str, value: Value| {
            present(&bent(|parts| {
                parts.add_disclosure(Disclosure::member("z", "s", name, &value)).unwrap();
            }))
        };
        accepted(&hidden("zz", json!(1)));
        refused(&hidden("vct", json!("urn:eudi:pid:1")), Code::DisclosureNameClash);
        for name in ["_sd", "...", "_sd_alg"] {
            refused(&hidden(name, json!([])), Code::DisclosureReservedName);
        }
        for name in ["status", "vct#integrity", "aka_vcts", "iss"] {
            refused(&hidden(name, json!("x")), Code::DisclosureProtected);
        }
        // An older family name under the same digest list: two readings of one claim.
        refused(&hidden("family_name", json!("Other")), Code::DisclosureNameClash);
        // `_sd` below protected claims, in an element of one, and an odd `_sd`.
        for (name, value) in [
            ("cnf", json!({"jwk": keys::holder().unwrap().public_jwk(), "_sd": []})),
            ("status", json!({"status_list": {"_sd": []}})),
            ("aka_vcts", json!([{"...": "x"}])),
        ] {
            refused(&present(&payload(name, value)), Code::DisclosureProtected);
        }
        for (value, wanted) in [
            (json!({"_sd": "x"}), Code::DisclosurePlaceholder),
            (json!({"_sd": [1]}), Code::DisclosurePlaceholder),
            (json!({"...": "x"}), Code::DisclosurePlaceholder),
            (json!([{"...": 1}]), Code::DisclosurePlaceholder),
            (json!([{"...": "x", "y": 1}]), Code::DisclosurePlaceholder),
            (json!({"_sd_alg": "sha-256"}), Code::DisclosureReservedName),
        ] {
            refused(&present(&payload("zz", value)), wanted);
        }
    }

    #[test]
    fn attack_vc_06_hashes() {
        for alg in [HashAlg::Sha256, HashAlg::Sha384, HashAlg::Sha512] {
            let mut pid = pid();
            pid.hash = alg;
            let credential = issue(&pid);
            accepted(&present(&credential));
            if alg != HashAlg::Sha256 {
                // The hash of `sd_hash` is that of `_sd_alg`, and nothing else.
                let other = present_with(&credential, |kb| kb.sd_hash_alg = Some(HashAlg::Sha256));
                refused(&other, Code::BindingMismatch);
                pid.write_sd_alg = false;
                refused(&present(&issue(&pid)), Code::DisclosureUnreferenced);
            }
        }
        for alg in [
            json!("md5"),
            json!("sha-1"),
            json!("sha-256-128"),
            json!("SHA-256"),
            json!("sha3-256"),
            json!(null),
            json!(["sha-256"]),
            json!(""),
        ] {
            refused(&present(&payload("_sd_alg", alg)), Code::AlgHash);
        }
    }

    #[test]
    fn attack_vc_07_08_proofs_stripped_or_moved() {
        let credential = issue(&pid());
        refused(&present_with(&credential, |kb| kb.omit_kb = true), Code::BindingMissing);
        let edits = |edits: Vec<DisclosureEdit>| {
            present_with(&credential, |kb| {
                kb.select = Select::Names(&["family_name", "given_name", "birthdate"]);
                kb.edits_after = edits;
            })
        };
        accepted(&edits(Vec::new()));
        refused(&edits(vec![DisclosureEdit::Remove(0)]), Code::BindingMismatch);
        refused(&edits(vec![DisclosureEdit::Swap(0, 1)]), Code::BindingMismatch);
        let more = credential.disclosure_of("email");
        refused(&edits(vec![DisclosureEdit::Append(more)]), Code::BindingMismatch);
        // Over another credential of the same holder.
        let second = issue(&pid().with("family_name", json!("Other")));
        let moved = present_with(&credential, |kb| {
            kb.select = Select::None;
            kb.issuer_jwt_after = Some(second.issuer_jwt.clone());
        });
        refused(&moved, Code::BindingMismatch);
        // By somebody else's key, and with a credential that is bound to nobody or to two.
        let thief = keys::second_holder().unwrap();
        refused(
            &present_with(&credential, |kb| kb.signing = Some(Signing::Key(&thief))),
            Code::SigInvalid,
        );
        let mut free = pid();
        free.holder_jwk = None;
        refused(&present(&issue(&free)), Code::BindingMissing);
        let jwk = keys::holder().unwrap().public_jwk();
        for cnf in [
            json!({"jwk": jwk, "kid": "x"}),
            json!({"jwk": jwk, "jku": "https://evil.example"}),
            json!({"kid": "x"}),
            json!({}),
            json!([{"jwk": jwk}]),
            json!(null),
            json!({"jwk": null}),
            json!({"jwk": [jwk]}),
        ] {
            let code = code(&present(&payload("cnf", cnf.clone())));
            assert!(
                matches!(code, Some(Code::BindingMalformed | Code::KeyMalformed)),
                "{code:?} for {cnf}"
            );
        }
        let mut private = jwk.clone();
        private["d"] = json!("AA");
        refused(&present(&payload("cnf", json!({"jwk": private}))), Code::KeyPrivate);
    }

    trait DisclosureOf {
        fn disclosure_of(&self, path: &str) -> String;
    }

    impl DisclosureOf for Credential {
        fn disclosure_of(&self, path: &str) -> String {
            self.disclosures.iter().find(|d| d.path == path).unwrap().encoded.clone()
        }
    }

    #[test]
    fn attack_vc_09_proofs_for_another_request_or_time() {
        let credential = issue(&pid());
        let kb = |name: &str, value: Value| {
            let name = name.to_owned();
            present_with(&credential, |kb| drop(kb.extra.insert(name, value)))
        };
        for (name, wanted) in [
            ("nonce", Code::NonceMismatch),
            ("aud", Code::AudienceMismatch),
            ("sd_hash", Code::BindingMismatch),
            ("iat", Code::ClaimMissing),
        ] {
            let removed = present_with(&credential, |kb| kb.remove = vec![name.into()]);
            refused(&removed, wanted);
        }
        for nonce in ["", "nonce-2", "nonce-1 ", "NONCE-1", "nonce-1\u{0}"] {
            refused(&kb("nonce", json!(nonce)), Code::NonceMismatch);
        }
        for aud in ["", "https://rp.example/", "rp.example", "https://RP.example"] {
            refused(&kb("aud", json!(aud)), Code::AudienceMismatch);
        }
        for (name, value) in [
            ("aud", json!(["https://rp.example"])),
            ("nonce", json!(["nonce-1"])),
            ("nonce", json!(null)),
            ("iat", json!(NOW.to_string())),
            ("iat", json!(1.0)),
            ("exp", json!("9999999999")),
            ("nbf", json!(-1)),
            ("sd_hash", json!(1)),
        ] {
            refused(&kb(name, value), Code::ClaimMalformed);
        }
        accepted(&kb("iat", json!(NOW - 300)));
        refused(&kb("iat", json!(NOW - 301)), Code::TimeTooOld);
        accepted(&kb("iat", json!(NOW + 30)));
        refused(&kb("iat", json!(NOW + 31)), Code::TimeFuture);
        accepted(&kb("exp", json!(NOW - 29)));
        refused(&kb("exp", json!(NOW - 30)), Code::TimeExpired);
        accepted(&kb("nbf", json!(NOW + 30)));
        refused(&kb("nbf", json!(NOW + 31)), Code::TimeNotYetValid);
    }

    #[test]
    fn attack_vc_12_types_of_other_credentials_and_of_other_anchors() {
        for vct in [
            json!("urn:example:loyalty"),
            json!("urn:eudi:pid:1 "),
            json!("URN:EUDI:PID:1"),
            json!(["urn:eudi:pid:1"]),
            json!(null),
            json!(""),
        ] {
            refused(&present(&payload("vct", vct)), Code::TypeCredential);
        }
        let without = bent(|parts| parts.edit_payload(|c| drop(c.remove("vct"))).unwrap());
        refused(&present(&without), Code::TypeCredential);

        // The policy takes two types; the anchor speaks for one of them only.
        let mut policy = Policy::standard();
        policy.sd_jwt_vc.as_mut().unwrap().credential_types.push("urn:eudi:pid:de:1".into());
        policy.seal();
        let trust = trust(TRUST);
        let token = present(&payload("vct", json!("urn:eudi:pid:de:1")));
        let says = decide_under(token.as_bytes(), &policy, &trust, now()).err();
        assert_eq!(says, Some(Code::TypeCredential));
        let token = present(&issue(&pid()));
        assert_eq!(decide_under(token.as_bytes(), &policy, &trust, now()).err(), None);
    }

    #[test]
    fn attack_vc_12_other_names_of_a_type() {
        let aka = |vct: &str, aka: Value| {
            present(&bent(|parts| {
                parts
                    .edit_payload(|c| {
                        c.insert("vct".into(), json!(vct));
                        c.insert("aka_vcts".into(), aka);
                    })
                    .unwrap();
            }))
        };
        // A domestic type that the issuer itself declares to be the European one.
        accepted(&aka("urn:eudi:pid:de:1", json!(["urn:eudi:pid:1"])));
        accepted(&aka("urn:eudi:pid:1", json!(["urn:eudi:pid:de:1"])));
        refused(&aka("urn:x", json!(["urn:y"])), Code::TypeCredential);
        for list in [
            json!("urn:eudi:pid:1"),
            json!([7]),
            json!({}),
            json!(null),
            json!([["urn:eudi:pid:1"]]),
        ] {
            refused(&aka("urn:eudi:pid:1", list), Code::TypeCredential);
        }
        // Empty, or naming the type itself: forbidden by the standard.
        refused(&aka("urn:eudi:pid:1", json!([])), Code::TypeCredential);
        refused(&aka("urn:eudi:pid:1", json!(["urn:eudi:pid:1"])), Code::TypeCredential);
    }

    #[test]
    fn attack_vc_12_the_type_in_the_provenance_is_a_configured_one() {
        let poison = "urn:POISON".to_owned();
        let token = present(&bent(|parts| {
            parts
                .edit_payload(|c| {
                    c.insert("vct".into(), json!(poison));
                    c.insert("aka_vcts".into(), json!(["urn:eudi:pid:1"]));
                })
                .unwrap();
        }));
        let identity = decide(&token).unwrap().into_identity().unwrap();
        assert_eq!(&*identity.provenance().credential_type, "urn:eudi:pid:1");
    }

    #[test]
    fn attack_vc_15_status_is_never_taken_as_good() {
        let status = |value: Value| code(&present(&payload("status", value)));
        let list = |idx: Value, uri: &str| json!({"status_list": {"idx": idx, "uri": uri}});
        assert_eq!(status(list(json!(7), "https://s.example/1")), Some(Code::NeedsEvidence));
        for bad in [
            json!({}),
            json!(null),
            json!("x"),
            json!({"status_list": null}),
            list(json!(-1), "https://s.example/1"),
            list(json!("7"), "https://s.example/1"),
            list(json!(7), "http://s.example/1"),
            list(json!(7), ""),
        ] {
            assert_eq!(status(bad.clone()), Some(Code::StatusMalformed), "{bad}");
        }
        // Asked for however short the credential lives; a longer one without a status is refused.
        accepted(&present(&payload("exp", json!(NOW - 60 + 86_400))));
        refused(&present(&payload("exp", json!(NOW - 60 + 86_401))), Code::StatusMissing);
    }

    #[test]
    fn attack_vc_19_decoys_say_nothing() {
        let mut decoys = pid();
        decoys.decoys = 20;
        let claims = decide(&present(&issue(&decoys))).unwrap();
        let honest = decide(&present(&issue(&pid()))).unwrap();
        assert_eq!(claims.claims(), honest.claims());
        let only = bent(|parts| {
            parts.disclosures.clear();
            parts.edit_payload(|c| drop(c.insert("_sd".into(), json!(["a", "b", "c"])))).unwrap();
        });
        let presented = decide(&present(&only)).unwrap();
        assert_eq!(presented.identity().unwrap().attributes().count(), 0);
    }

    #[test]
    fn attack_vc_07_policy_that_only_claims_to_be_strict() {
        // Laboratory settings under a policy that was never sealed as one.
        let credential = issue(&pid());
        let stripped = present_with(&credential, |kb| kb.omit_kb = true);
        let trust = trust(TRUST);
        let mut policy = Policy::standard();
        policy.sd_jwt_vc.as_mut().unwrap().key_binding = KeyBinding::IfPresent;
        assert!(!policy.laboratory);
        let says = decide_under(stripped.as_bytes(), &policy, &trust, now()).err();
        assert_eq!(says, Some(Code::Internal));
        policy.seal();
        let seen = decide_under(stripped.as_bytes(), &policy, &trust, now()).unwrap();
        assert!(seen.identity().unwrap().is_laboratory());

        let status = present(&payload(
            "status",
            json!({"status_list": {"idx": 1, "uri": "https://s.example"}}),
        ));
        let mut policy = Policy::standard();
        policy.sd_jwt_vc.as_mut().unwrap().status = StatusRule::NotEvaluated;
        let says = decide_under(status.as_bytes(), &policy, &trust, now()).err();
        assert_eq!(says, Some(Code::Internal));
    }

    // A PID under the test root with a leaf made by `bend`.
    fn leaf(bend: impl FnOnce(CertificateSpec) -> CertificateSpec) -> String {
        let spec = bend(cert::pid_leaf_spec().unwrap());
        let der = spec.build(&keys::pid_ca().unwrap()).unwrap();
        present(&PidIssuer::with_leaf(der).unwrap().issue(&pid()).unwrap())
    }

    #[test]
    fn attack_x509_leaves() {
        accepted(&leaf(|spec| spec));
        let ca = Extension::basic_constraints(true, true, Some(0));
        for (token, wanted) in [
            (leaf(|s| s.replacing(ca)), Code::ChainProfile),
            (
                leaf(|s| {
                    s.replacing(Extension::key_usage(
                        true,
                        &[KeyUsage::DigitalSignature, KeyUsage::KeyCertSign],
                    ))
                }),
                Code::ChainKeyUsage,
            ),
            (
                leaf(|s| s.with(Extension::new("1.2.3.4", true, vec![5, 0]))),
                Code::ChainCriticalExtension,
            ),
            (
                leaf(|s| {
                    s.with(Extension::extended_key_usage(false, &["1.3.6.1.5.5.7.3.1"]).unwrap())
                }),
                Code::ChainPurpose,
            ),
            (leaf(|s| s.with_fault(Fault::TrailingBytes(vec![0]))), Code::CertMalformed),
            (leaf(|s| s.with_fault(Fault::LongLength)), Code::CertMalformed),
            (leaf(|s| s.with_fault(Fault::NegativeSerial)), Code::CertMalformed),
            (leaf(|s| s.with_fault(Fault::BooleanOne)), Code::CertMalformed),
            (leaf(|s| s.with_fault(Fault::IndefiniteLength)), Code::CertMalformed),
            (leaf(|s| s.with_fault(Fault::FlippedSignature)), Code::ChainSignature),
            (
                leaf(|s| s.with_fault(Fault::DuplicateExtension("2.5.29.15".into()))),
                Code::CertMalformed,
            ),
            (leaf(|s| s.with_fault(Fault::OuterAlgorithm(keys::Alg::Es384))), Code::CertMalformed),
        ] {
            refused(&token, wanted);
        }
    }

    #[test]
    fn attack_x509_24_validity_to_the_second() {
        let spans = |from: i64, to: i64| {
            leaf(|mut spec| {
                (spec.not_before, spec.not_after) = (NOW + from, NOW + to);
                spec
            })
        };
        accepted(&spans(0, 1_000));
        refused(&spans(1, 1_000), Code::ChainNotYetValid);
        accepted(&spans(-1_000, 0));
        refused(&spans(-1_000, -1), Code::ChainExpired);
        // The root's own time counts as well.
        let token = present(&issue(&pid()));
        let late = eid_broker::UnixTime::from_secs(u64::try_from(cert::CA_NOT_AFTER).unwrap() + 1);
        let code = decide_at(&token, late).err();
        assert_eq!(code, Some(Code::ChainExpired));
    }

    #[test]
    fn attack_x509_01_03_18_chains() {
        let chain = |chain: Vec<Vec<u8>>| {
            let mut issuer = PidIssuer::new().unwrap();
            issuer.chain_der = chain;
            code(&present(&issuer.issue(&pid()).unwrap()))
        };
        let leaf = cert::pid_leaf_der().unwrap();
        let root = cert::pid_ca_der().unwrap();
        let other = cert::other_leaf_der().unwrap();
        assert_eq!(chain(vec![leaf.clone()]), None);
        assert_eq!(chain(vec![leaf.clone(), root.clone()]), Some(Code::ChainAnchorIncluded));
        assert_eq!(chain(vec![leaf.clone(), leaf.clone()]), Some(Code::ChainRepeated));
        assert_eq!(chain(vec![root.clone()]), Some(Code::ChainAnchorIncluded));
        assert_eq!(chain(vec![leaf.clone(), other]), Some(Code::KeyUntrusted));
        assert_eq!(chain(vec![]), Some(Code::HeaderMalformed));
        assert_eq!(chain(vec![vec![]]), Some(Code::CertMalformed));
        assert_eq!(chain(vec![leaf.clone(); 9]), Some(Code::LimitCount));

        // The honest leaf certifies another key.
        let key = keys::second_holder().unwrap();
        let spec = cert::pid_leaf_spec_for(&key).unwrap();
        let mut below = spec;
        below.issuer = cert::pid_leaf_spec().unwrap().subject;
        below.subject = Name::new("DE", "Somebody");
        let below = below.build(&keys::pid_signer().unwrap()).unwrap();
        let mut issuer = PidIssuer::new().unwrap();
        issuer.key = key;
        issuer.chain_der = vec![below, leaf];
        let says = code(&present(&issuer.issue(&pid()).unwrap()));
        assert_eq!(says, Some(Code::KeyUntrusted));
    }

    #[test]
    fn attack_x509_22_other_spellings_of_the_chain() {
        let leaf = STANDARD.encode(cert::pid_leaf_der().unwrap());
        accepted(&present(&header("x5c", json!([leaf]))));
        for (value, wanted) in [
            (json!(leaf), Code::HeaderMalformed),
            (json!([[leaf]]), Code::HeaderMalformed),
            (json!({"0": leaf}), Code::HeaderMalformed),
            (json!(null), Code::HeaderMalformed),
            (json!([leaf.trim_end_matches('=').to_owned() + "\n"]), Code::FormatBase64),
            (json!([b64u(&cert::pid_leaf_der().unwrap())]), Code::FormatBase64),
            (json!([format!(" {leaf}")]), Code::FormatBase64),
            (json!([""]), Code::CertMalformed),
        ] {
            refused(&present(&header("x5c", value)), wanted);
        }
    }

    // A leaf on another curve than the root that certifies it, and a policy that drops the root's.
    fn mixed() -> (String, Vec<u8>, Policy) {
        let root = keys::pid_signer_es384().unwrap();
        let name = Name::new("DE", "Test PID CA 384");
        let mut ca = CertificateSpec::new(name.clone(), name.clone(), &root)
            .unwrap()
            .with(Extension::basic_constraints(true, true, Some(0)))
            .with(Extension::key_usage(true, &[KeyUsage::KeyCertSign, KeyUsage::CrlSign]))
            .with(Extension::subject_key_identifier(&root));
        (ca.not_before, ca.not_after) = (cert::CA_NOT_BEFORE, cert::CA_NOT_AFTER);
        let ca = ca.build(&root).unwrap();
        let mut leaf =
            cert::pid_leaf_spec().unwrap().replacing(Extension::authority_key_identifier(&root));
        leaf.issuer = name;
        let leaf = leaf.build(&root).unwrap();
        let token = present(&PidIssuer::with_leaf(leaf).unwrap().issue(&pid()).unwrap());
        let mut policy = Policy::standard();
        for rule in &mut policy.algorithms {
            if rule.alg == Alg::Es384 {
                rule.until = Some(at(10));
            }
        }
        policy.seal();
        (token, ca, policy)
    }

    #[test]
    fn attack_jose_03_a_known_chain_outlives_its_algorithm() {
        let (token, ca, policy) = mixed();
        let mut files = material();
        files.insert("ca".into(), eid_broker::trust::Material::Bytes(ca));
        let mut findings = eid_broker::config::Findings::new();
        let config = eid_broker::trust::TrustConfig::from_toml(TRUST, "t", &mut findings).unwrap();
        let trust = eid_broker::trust::TrustStore::build(config, &files, "t", &mut findings);

        let fresh = |now| decide_under(token.as_bytes(), &policy, &trust, now).err();
        assert_eq!(fresh(at(9)), None);
        assert_eq!(fresh(at(10)), Some(Code::AlgExpired));

        let paths = PathCache::default();
        let issuers = TrustedIssuers::new(&trust, &paths);
        let kept = |now| decide_with(token.as_bytes(), &policy, &issuers, now).err();
        assert_eq!(kept(at(9)), None);
        assert_eq!(paths.len(), 1);
        assert_eq!(kept(at(10)), Some(Code::AlgExpired));
        assert_eq!(kept(at(9)), None);
    }

    #[test]
    fn attack_x509_24_a_known_chain_under_other_anchors_policies_and_times() {
        let token = present(&issue(&pid()));
        let paths = PathCache::default();
        let (honest, policy) = (trust(TRUST), Policy::standard());
        let first = TrustedIssuers::new(&honest, &paths);
        assert_eq!(decide_with(token.as_bytes(), &policy, &first, now()).err(), None);
        // Anchors that do not lead there, another country, another type.
        for (text, wanted) in [
            (TRUST.replacen("[\"ca\"]", "[\"other-ca\"]", 1), Code::KeyUntrusted),
            (TRUST.replacen("country = \"DE\"", "country = \"FR\"", 1), Code::IssuerCountry),
            (TRUST.replacen("urn:eudi:pid:1", "urn:other", 1), Code::TypeCredential),
            (TRUST.replacen("pid-issue", "pid-status", 1), Code::TrustMissing),
            (
                TRUST.replacen(
                    "country = \"DE\"",
                    "country = \"DE\"\nloaded_at = 2020-01-01T00:00:00Z\nrefuse_after = \"1d\"",
                    1,
                ),
                Code::TrustStale,
            ),
        ] {
            let store = trust(&text);
            let issuers = TrustedIssuers::new(&store, &paths);
            let says = decide_with(token.as_bytes(), &policy, &issuers, now()).err();
            assert_eq!(says, Some(wanted), "{text}");
        }
        let mut narrow = Policy::standard();
        narrow.algorithms.retain(|rule| rule.alg != Alg::Es256);
        narrow.seal();
        let says = decide_with(token.as_bytes(), &narrow, &first, now()).err();
        assert_eq!(says, Some(Code::AlgNotAllowed));
        let late =
            eid_broker::UnixTime::from_secs(u64::try_from(cert::LEAF_NOT_AFTER).unwrap() + 1);
        let says = decide_with(token.as_bytes(), &policy, &first, late).err();
        assert_eq!(says, Some(Code::ChainExpired));
    }

    #[test]
    fn attack_vc_13_countries() {
        let with = |country: Value| code(&present(&payload_claim("issuing_country", country)));
        assert_eq!(with(json!("DE")), None);
        assert_eq!(with(json!("FR")), Some(Code::IssuerCountry));
        for bad in
            [json!("de"), json!("DEU"), json!(["DE"]), json!(""), json!(null), json!("D\u{395}")]
        {
            assert_eq!(with(bad.clone()), Some(Code::IdentityMalformed), "{bad}");
        }
        // Not shown: the anchor's counts.
        let credential = issue(&pid());
        let token = present_with(&credential, |kb| kb.select = Select::Names(&["family_name"]));
        let identity = decide(&token).unwrap().into_identity().unwrap();
        assert_eq!(identity.provenance().issuing_country.as_str(), "DE");
    }

    fn payload_claim(name: &str, value: Value) -> Credential {
        issue(&pid().with(name, value))
    }

    #[test]
    fn attack_xml_60_identity_values_that_hide_or_do_not_fit() {
        let with = |name: &str, value: Value| code(&present(&payload_claim(name, value)));
        assert_eq!(with("family_name", json!("O\u{2019}Neil-Müller")), None);
        for hidden in [
            "\u{0}",
            "\n",
            "\r",
            "\u{1b}[2J",
            "\u{7f}",
            "\u{85}",
            "\u{202e}",
            "\u{2066}",
            "\u{feff}",
        ] {
            for name in [
                "family_name",
                "issuing_authority",
                "document_number",
                "personal_administrative_number",
            ] {
                let says = with(name, json!(format!("A{hidden}B")));
                assert_eq!(says, Some(Code::IdentityMalformed), "{name} {hidden:?}");
            }
        }
        for name in ["family_name", "document_number", "personal_administrative_number"] {
            for bad in [
                json!(""),
                json!(" "),
                json!(1),
                json!(null),
                json!(["x"]),
                json!({"x": 1}),
                json!("x".repeat(100_000)),
            ] {
                assert_eq!(with(name, bad.clone()), Some(Code::IdentityMalformed), "{name}");
            }
        }
        for number in [" 1", "1 ", "\u{a0}1", "1\u{2003}"] {
            let says = with("personal_administrative_number", json!(number));
            assert_eq!(says, Some(Code::IdentityMalformed), "{number:?}");
        }
        for (name, bad) in [
            ("sex", json!("2")),
            ("sex", json!(2.0)),
            ("sex", json!(7)),
            ("sex", json!(-1)),
            ("sex", json!(true)),
            ("nationalities", json!("DE")),
            ("nationalities", json!(["de"])),
            ("nationalities", json!([1])),
            ("nationalities", json!({"0": "DE"})),
            ("nationalities", json!(vec!["DE"; 17])),
            ("birthdate", json!("1964-02-30")),
            ("birthdate", json!(19640812)),
            ("birthdate", json!("12.08.1964")),
            ("address", json!("Köln")),
            ("address", json!({"locality": 7})),
            ("address", json!(["Köln"])),
            ("place_of_birth", json!("München")),
            ("picture", json!("data:image/svg+xml;base64,AAAA")),
            ("picture", json!("data:image/jpeg;base64,A")),
            ("phone_number", json!("004930")),
            ("email", json!("a@b\u{202e}")),
        ] {
            assert_eq!(with(name, bad.clone()), Some(Code::IdentityMalformed), "{name} {bad}");
        }
    }

    #[test]
    fn attack_xml_60_characters_that_nobody_sees_in_an_identifier() {
        let with = |text: &str| {
            code(&present(&payload_claim("personal_administrative_number", json!(text))))
        };
        assert_eq!(with("TEST 1"), None);
        for hidden in [
            '\u{ad}',
            '\u{200b}',
            '\u{200d}',
            '\u{200e}',
            '\u{200f}',
            '\u{2028}',
            '\u{2060}',
            '\u{61c}',
            '\u{e0041}',
            '\u{fe0f}',
            '\u{180e}',
        ] {
            let says = with(&format!("TEST{hidden}1"));
            assert_eq!(says, Some(Code::IdentityMalformed), "{hidden:?}");
        }
    }

    #[test]
    fn attack_xml_60_separators_that_break_a_line() {
        let with = |text: &str| code(&present(&payload_claim("family_name", json!(text))));
        assert_eq!(with("می\u{200c}خواهم"), None);
        for hidden in ['\u{2028}', '\u{2029}'] {
            assert_eq!(with(&format!("A{hidden}B")), Some(Code::IdentityMalformed), "{hidden:?}");
        }
    }

    #[test]
    fn attack_brk_08_nothing_shown_is_nothing_known() {
        // The containers without their content: what is empty is not there.
        let credential = issue(&pid());
        let paths = ["address", "nationalities", "place_of_birth"];
        let token = present_with(&credential, |kb| kb.select = Select::Exactly(&paths));
        let identity = decide(&token).unwrap().into_identity().unwrap();
        let names: Vec<_> = identity.attributes().map(|(name, _)| name.name()).collect();
        assert_eq!(names, [""; 0]);
        let token =
            present_with(&credential, |kb| kb.select = Select::Names(&["address.locality"]));
        let identity = decide(&token).unwrap().into_identity().unwrap();
        assert_eq!(identity.attributes().count(), 1);
    }

    fn unsigned(iss: &str, payload: &str) -> String {
        let header = "{\"alg\":\"ES256\",\"typ\":\"dc+sd-jwt\",\"kid\":\"x\"}";
        let payload = payload.replacen('{', &format!("{{\"iss\":{iss:?},"), 1);
        let jwt = compact_jws_signed(header, &payload, Signing::Raw(&[1; 64])).unwrap();
        format!("{jwt}~a.b.c")
    }

    #[test]
    fn attack_dos_02_many_objects_in_one_text() {
        // Before any signature is checked, and in a disclosure beside an honest token.
        let objects = |n: usize| vec!["{}"; n].join(",");
        let filler = "ä".repeat(100_000);
        let text = format!("{{\"z\":[{}],\"f\":\"{filler}\"}}", objects(32_000));
        refused(&unsigned("https://issuer.example/pid", &text), Code::KeyUnknown);
        let many =
            Disclosure::raw("z", &format!("[\"s\",\"zz\",[{}],\"{filler}\"]", objects(32_000)));
        let credential = issue(&pid());
        let edit = DisclosureEdit::Append(many.encoded);
        let token = present_with(&credential, |kb| kb.edits_before = vec![edit]);
        refused(&token, Code::DisclosureMalformed);
        // More than the bound.
        let text = format!("{{\"z\":[{}]}}", objects(33_000));
        refused(&unsigned("https://issuer.example/pid", &text), Code::LimitCount);
    }

    #[test]
    fn attack_dos_02_other_worst_cases_end() {
        let names = |n: usize, escaped: bool| {
            let name = |i: usize| {
                if escaped { format!("\"\\u0061{i}\":0") } else { format!("\"a{i}\":0") }
            };
            (0..n).map(name).collect::<Vec<_>>().join(",")
        };
        for escaped in [false, true] {
            let wide = format!("{{{}}}", names(1_020, escaped));
            refused(&unsigned("https://issuer.example/pid", &wide), Code::KeyUnknown);
            let wider = format!("{{{}}}", names(1_100, escaped));
            refused(&unsigned("https://issuer.example/pid", &wider), Code::LimitCount);
        }
        // 24 names of 15 KiB each, all escaped, compared pair by pair.
        let long = (0..24)
            .map(|i| format!("\"\\u0061{}{i}\":0", "x".repeat(15_000)))
            .collect::<Vec<_>>()
            .join(",");
        refused(&unsigned("https://issuer.example/pid", &format!("{{{long}}}")), Code::KeyUnknown);
        // As many disclosures as may be, none of them signed; as many digests as fit.
        let credential = issue(&pid());
        let forged = (0..900)
            .map(|i| {
                DisclosureEdit::Append(
                    Disclosure::member("z", "s", &format!("n{i}"), &json!(i)).encoded,
                )
            })
            .collect();
        refused(
            &present_with(&credential, |kb| kb.edits_before = forged),
            Code::DisclosureUnreferenced,
        );
        let digests: Vec<String> = (0..7_000).map(|i| format!("{i:043}")).collect();
        accepted(&present(&payload("zz", json!({"_sd": digests}))));
        // Digits without end.
        let digits = payload_number(&"9".repeat(300_000));
        refused(&digits, Code::ClaimMalformed);
        accepted(&payload_number("9e200"));
    }

    fn payload_number(number: &str) -> String {
        present(&bent(|parts| {
            parts.payload = parts.payload.replacen('{', &format!("{{\"zz\":{number},"), 1);
        }))
    }

    #[test]
    fn attack_dos_03_no_prefix_and_no_flipped_byte_panics() {
        let token = present_with(&issue(&pid()), |kb| kb.select = Select::Names(&["family_name"]));
        let trust = trust(TRUST);
        let paths = PathCache::default();
        let issuers = TrustedIssuers::new(&trust, &paths);
        let policy = Policy::standard();
        for end in 0..token.len() {
            let part = &token.as_bytes()[..end];
            assert!(decide_with(part, &policy, &issuers, now()).is_err(), "prefix of {end}");
        }
        for at in (0..token.len()).step_by(3) {
            for bit in [0x01, 0x20, 0x80] {
                let mut bad = token.clone().into_bytes();
                bad[at] ^= bit;
                assert!(decide_with(&bad, &policy, &issuers, now()).is_err(), "byte {at}");
            }
        }
    }

    #[test]
    fn attack_vc_08_weak_keys_in_cnf() {
        let with = |jwk: Value| code(&present(&payload("cnf", json!({"jwk": jwk}))));
        let honest = keys::holder().unwrap().public_jwk();
        assert_eq!(with(honest.clone()), None);
        let zero = b64u(&[0; 32]);
        for (jwk, wanted) in [
            (json!({"kty": "EC", "crv": "P-256", "x": zero, "y": zero}), Code::KeyMalformed),
            (
                json!({"kty": "EC", "crv": "P-256", "x": honest["x"], "y": honest["x"]}),
                Code::KeyMalformed,
            ),
            (
                json!({"kty": "EC", "crv": "P-384", "x": honest["x"], "y": honest["y"]}),
                Code::KeyMalformed,
            ),
            (json!({"kty": "EC", "crv": "secp256k1", "x": zero, "y": zero}), Code::KeyUnsupported),
            (json!({"kty": "oct", "k": "AAAA"}), Code::KeyPrivate),
            (json!({"kty": "RSA", "n": b64u(&[0xff; 128]), "e": "AQAB"}), Code::KeyWeak),
        ] {
            assert_eq!(with(jwk.clone()), Some(wanted), "{jwk}");
        }
    }
}
