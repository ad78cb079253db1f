//! Attacks on mdocs, by rows of the attack catalogue. Each has its honest twin: the same construction
//! without the malicious step, which is accepted.

#[cfg(test)]
mod tests {
    use eid_broker::UnixTime;
    use eid_broker::config::Findings;
    use eid_broker::crypto::Alg;
    use eid_broker::envelope::base64url;
    use eid_broker::expectation::wallet::{Session, WalletExpected};
    use eid_broker::identity::{AttributeName, Identity};
    use eid_broker::pki::{PathCache, PresentedAnchor};
    use eid_broker::policy::{DocumentContent, DocumentRule, HandoverKind, MdocPolicy, Policy};
    use eid_broker::token::mdoc::verify;
    use eid_broker::token::sd_jwt_vc::{self, TrustedIssuers};
    use eid_broker::token::{Context, mandatory};
    use eid_broker::trust::{Material, TrustConfig, TrustStore};
    use eid_broker::verdict::{Code, Outcome, Verdict};
    use eid_broker_maker::cert::{self, CertificateSpec, Extension};
    use eid_broker_maker::mdoc::{
        Cbor, DOC_TYPE_PID, Mdoc, MdocIssuer, MdocSpec, Response, annex_b_transcript, cose_key,
        dc_api_transcript, redirect_transcript,
    };
    use eid_broker_maker::pid::{PidIssuer, PidSpec};
    use eid_broker_maker::wallet::{KbOptions, Wallet};
    use eid_broker_maker::{Hash, NOW, TestKey, keys};
    use std::collections::BTreeMap;

    const CLIENT: &str = "x509_hash:abc";
    const NONCE: &str = "n-0S6_WzA2Mj-mdoc";
    const URI: &str = "https://rp.example/response";
    const ORIGIN: &str = "https://rp.example";
    const KEY: [u8; 32] = [7; 32];

    fn transcript() -> Vec<u8> {
        redirect_transcript(CLIENT, NONCE, Some(&KEY), URI)
    }

    fn trust(types: &str) -> TrustStore {
        let text = format!(
            "[[source]]\nname = \"a\"\npurpose = \"pid-issue\"\nkind = \"x509\"\nfiles = [\"ca\"]\n\
             profile = \"iso-iaca\"\ncredential_types = [{types}]\n"
        );
        let mut findings = Findings::new();
        let config = TrustConfig::from_toml(&text, "trust.toml", &mut findings).unwrap();
        let ca = Material::Bytes(cert::pid_ca_der().unwrap());
        let material = BTreeMap::from([("ca".to_owned(), ca)]);
        TrustStore::build(config, &material, "trust.toml", &mut findings)
    }

    const TYPES: &str = "\"eu.europa.ec.eudi.pid.1\", \"urn:eudi:pid:1\"";

    fn now() -> UnixTime {
        UnixTime::from_secs(u64::try_from(NOW).unwrap())
    }

    struct Setting {
        policy: Policy,
        trust: TrustStore,
        wallet: Option<WalletExpected<'static>>,
        nonce: &'static str,
        now: UnixTime,
    }

    fn setting() -> Setting {
        Setting {
            policy: Policy::standard(),
            trust: trust(TYPES),
            wallet: Some(WalletExpected::redirect(URI, Some(KEY))),
            nonce: NONCE,
            now: now(),
        }
    }

    fn rules(change: impl FnOnce(&mut MdocPolicy)) -> Setting {
        let mut setting = setting();
        change(setting.policy.mdoc.as_mut().unwrap());
        setting.policy.seal();
        setting
    }

    impl Setting {
        fn verify(&self, token: &[u8]) -> Verdict<eid_broker::token::mdoc::Presentation> {
            let paths = PathCache::default();
            let context =
                Context::new(&self.policy, &self.trust, &paths, self.nonce, CLIENT, self.now);
            match self.wallet {
                Some(wallet) => verify(token, &context.with_wallet(wallet)),
                None => verify(token, &context),
            }
        }

        fn code(&self, token: &[u8]) -> Option<Code> {
            match self.verify(token) {
                Verdict::Accepted(_) => None,
                Verdict::Needs { .. } => Some(Code::NeedsEvidence),
                Verdict::Refused { refusal, .. } => Some(refusal.code()),
            }
        }

        fn identity(&self, token: &[u8]) -> Identity {
            let verdict = self.verify(token);
            let refusal = verdict.refusal();
            let Verdict::Accepted(accepted) = verdict else { panic!("{refusal:?}") };
            accepted.into_parts().0.into_identity().unwrap()
        }
    }

    fn code(token: &[u8]) -> Option<Code> {
        setting().code(token)
    }

    fn refused(token: &[u8], wanted: Code) {
        assert_eq!(code(token), Some(wanted));
    }

    fn issued(bend: impl FnOnce(&mut MdocSpec)) -> Mdoc {
        let mut spec = MdocSpec::erika().unwrap();
        bend(&mut spec);
        MdocIssuer::new().unwrap().issue(&spec).unwrap()
    }

    fn present(mdoc: &Mdoc) -> Vec<u8> {
        Response::new(transcript()).present(mdoc, &keys::holder().unwrap()).unwrap()
    }

    fn spec(bend: impl FnOnce(&mut MdocSpec)) -> Vec<u8> {
        present(&issued(bend))
    }

    fn mdoc(bend: impl FnOnce(&mut Mdoc)) -> Vec<u8> {
        let mut mdoc = issued(|_| ());
        bend(&mut mdoc);
        present(&mdoc)
    }

    fn response(bend: impl FnOnce(&mut Response)) -> Vec<u8> {
        let mut response = Response::new(transcript());
        bend(&mut response);
        response.present(&issued(|_| ()), &keys::holder().unwrap()).unwrap()
    }

    fn honest() -> Vec<u8> {
        spec(|_| ())
    }

    #[test]
    fn honest_twin_of_all() {
        let token = honest();
        let verdict = setting().verify(&token);
        let Verdict::Accepted(accepted) = &verdict else { panic!("{:?}", verdict.refusal()) };
        assert_eq!(accepted.value().elements().len(), 26);
        for check in mandatory(eid_broker::identity::Family::Mdoc) {
            let outcome = accepted.ledger().outcome(*check);
            assert!(
                matches!(outcome, Outcome::Passed | Outcome::NotApplicable),
                "{}",
                check.name()
            );
        }
        assert_eq!(code(base64url::encode(&token).as_bytes()), None);
    }

    // Both formats of one person are one person: the same attributes, the same identifier.
    #[test]
    fn both_formats_give_the_same_identity() {
        let by_mdoc = setting().identity(&honest());
        let mut pid = PidSpec::erika().unwrap().without("picture");
        (pid.iat, pid.nbf, pid.exp) = (Some(NOW - 60), Some(NOW - 60), Some(NOW + 3_600));
        let credential = PidIssuer::new().unwrap().issue(&pid).unwrap();
        let mut options = KbOptions::default();
        (options.nonce, options.audience, options.iat) = (NONCE.to_owned(), CLIENT.to_owned(), NOW);
        let token = Wallet::holder().unwrap().present_with(&credential, &options).unwrap();
        let (policy, trust, paths) = (Policy::standard(), trust(TYPES), PathCache::default());
        let issuers = TrustedIssuers::new(&trust, &paths);
        let context = sd_jwt_vc::Context::new(&policy, &issuers, NONCE, CLIENT, now());
        let verdict = sd_jwt_vc::verify(token.as_bytes(), &context);
        let Verdict::Accepted(accepted) = verdict else { panic!("{:?}", verdict.refusal()) };
        let by_sd_jwt = accepted.into_parts().0.into_identity().unwrap();
        assert_eq!(by_mdoc.identifier(), by_sd_jwt.identifier());
        assert_eq!(by_mdoc.identifier().unwrap().value(), "DE:TEST-1964-0812-017");
        assert_eq!(by_mdoc.loa(), by_sd_jwt.loa());
        for &name in AttributeName::ALL {
            let value = |identity: &Identity| identity.attribute(name).map(|a| a.value.clone());
            assert!(value(&by_mdoc) == value(&by_sd_jwt), "{}", name.name());
        }
    }

    // M1
    #[test]
    fn attack_mdoc_01_a_value_that_the_issuer_did_not_sign() {
        refused(
            &mdoc(|mdoc| {
                let item = &mut mdoc.items[0].1[0];
                let last = item.len() - 1;
                item[last] ^= 1;
            }),
            Code::DigestElement,
        );
        // Another random value, another number that is signed for another element, one for none.
        refused(&mdoc(|mdoc| mdoc.items[0].1[1][20] ^= 1), Code::DigestElement);
        let other = issued(|spec| spec.elements.truncate(2));
        refused(&mdoc(|mdoc| mdoc.issuer_auth = other.issuer_auth.clone()), Code::DigestElement);
        // Fewer of them are as good as all.
        assert_eq!(code(&mdoc(|mdoc| mdoc.items[0].1.truncate(2))), None);
        assert_eq!(code(&mdoc(|mdoc| mdoc.items.clear())), None);
    }

    #[test]
    fn attack_mdoc_04_another_type_of_document() {
        refused(
            &spec(|spec| spec.doc_type = "org.iso.18013.5.1.mDL".to_owned()),
            Code::TypeDocument,
        );
        let mut other = issued(|spec| spec.doc_type = "org.iso.18013.5.1.mDL".to_owned());
        other.doc_type = DOC_TYPE_PID.to_owned();
        refused(&present(&other), Code::TypeDocument);
        // An anchor that may issue something else only.
        let setting = Setting { trust: trust("\"urn:eudi:pid:1\""), ..setting() };
        assert_eq!(setting.code(&honest()), Some(Code::TypeDocument));
    }

    fn signed_by(key: &TestKey, chain: Vec<Vec<u8>>) -> Vec<u8> {
        let mut issuer = MdocIssuer::new().unwrap();
        issuer.key = key.clone();
        issuer.chain_der = chain;
        present(&issuer.issue(&MdocSpec::erika().unwrap()).unwrap())
    }

    #[test]
    fn attack_mdoc_05_and_06_a_signer_that_nobody_vouches_for() {
        let signer = keys::pid_signer().unwrap();
        let honest = cert::pid_leaf_mdl_ds_der().unwrap();
        assert_eq!(code(&signed_by(&signer, vec![honest.clone()])), None);
        refused(&signed_by(&signer, vec![]), Code::HeaderMalformed);
        let other = keys::other_signer().unwrap();
        refused(&signed_by(&other, vec![cert::other_leaf_der().unwrap()]), Code::KeyUntrusted);
        refused(&signed_by(&other, vec![honest.clone()]), Code::SigInvalid);
        // No purpose, that of readers, and one more than the right one.
        refused(&signed_by(&signer, vec![cert::pid_leaf_der().unwrap()]), Code::ChainPurpose);
        let leaf = |purposes: &[&str]| {
            let spec: CertificateSpec = cert::pid_leaf_spec().unwrap();
            let purposes = Extension::extended_key_usage(true, purposes).unwrap();
            spec.with(purposes).build(&keys::pid_ca().unwrap()).unwrap()
        };
        for purposes in [&["1.0.18013.5.1.6"][..], &["1.0.18013.5.1.2", "1.0.18013.5.1.6"]] {
            refused(&signed_by(&signer, vec![leaf(purposes)]), Code::ChainPurpose);
        }
        assert_eq!(code(&signed_by(&signer, vec![leaf(&["1.0.18013.5.1.2"])])), None);
        // The anchor among the certificates, twice the same, the authority as signer.
        let ca = cert::pid_ca_der().unwrap();
        let with_anchor = signed_by(&signer, vec![honest.clone(), ca.clone()]);
        refused(&with_anchor, Code::ChainAnchorIncluded);
        let lenient = rules(|rules| rules.presented_anchor = PresentedAnchor::Ignored);
        assert_eq!(lenient.code(&with_anchor), None);
        refused(&signed_by(&signer, vec![honest.clone(), honest]), Code::ChainRepeated);
        let authority = signed_by(&keys::pid_ca().unwrap(), vec![ca]);
        assert!(code(&authority).is_some());
    }

    #[test]
    fn attack_mdoc_08_times() {
        let times = |signed: &'static str, from: &'static str, until: &'static str| {
            spec(|spec| spec.validity = [signed, from, until].map(Cbor::time))
        };
        let begin = "2026-03-01T08:00:00Z";
        let code_of = |signed, from, until| code(&times(signed, from, until));
        assert_eq!(code_of(begin, begin, "2026-03-01T11:59:30Z"), None);
        assert_eq!(code_of(begin, begin, "2026-03-01T11:59:29Z"), Some(Code::TimeExpired));
        let (late, later) = ("2026-03-01T12:00:30Z", "2026-03-01T12:00:31Z");
        assert_eq!(code_of(begin, late, "2026-03-01T16:00:00Z"), None);
        assert_eq!(code_of(begin, later, "2026-03-01T16:00:00Z"), Some(Code::TimeNotYetValid));
        assert_eq!(code_of(later, later, "2026-03-01T16:00:00Z"), Some(Code::TimeFuture));
        assert_eq!(code_of(late, begin, "2026-03-01T16:00:00Z"), Some(Code::TimeLifetime));
        assert_eq!(code_of(begin, begin, begin), Some(Code::TimeLifetime));
        // Before the signer's certificate.
        let long_ago = "2001-03-01T08:00:00Z";
        assert_eq!(code_of(long_ago, begin, "2026-03-01T16:00:00Z"), Some(Code::ChainNotYetValid));
        // Longer than a day, without a status.
        let until = "2026-03-02T08:00:01Z";
        assert_eq!(code_of(begin, begin, until), Some(Code::StatusMissing));
        assert_eq!(code_of(begin, begin, "2026-03-02T08:00:00Z"), None);
    }

    #[test]
    fn a_status_is_asked_for_and_one_that_is_none_refused() {
        let status = |list: &'static str, key: &'static str, uri: &'static str| {
            let value = if key == "idx" { Cbor::Int(3) } else { Cbor::Bytes(vec![3]) };
            let entry = Cbor::map(vec![(key, value), ("uri", Cbor::text(uri))]);
            code(&spec(|spec| spec.status = Some(Cbor::map(vec![(list, entry)]))))
        };
        let uri = "https://status.example/1";
        assert_eq!(status("status_list", "idx", uri), Some(Code::NeedsEvidence));
        assert_eq!(status("identifier_list", "id", uri), Some(Code::NeedsEvidence));
        assert_eq!(status("status_list", "index", uri), Some(Code::StatusMalformed));
        assert_eq!(
            status("status_list", "idx", "http://status.example"),
            Some(Code::StatusMalformed)
        );
        assert_eq!(status("other", "idx", uri), Some(Code::StatusMalformed));
    }

    #[test]
    fn attack_mdoc_09_device_authentication_is_stripped() {
        refused(&response(|r| r.device_signed = Some(None)), Code::BindingMissing);
        let empty = |r: &mut Response| r.device_signed = Some(Some(r.signed_by(vec![])));
        refused(&response(empty), Code::BindingMissing);
        let unsigned = |r: &mut Response| {
            let mut sign1 = r.device_signature(DOC_TYPE_PID, &keys::holder().unwrap()).unwrap();
            sign1.signature.clear();
            r.device_signed = Some(Some(r.signed_by(vec![("deviceSignature", sign1.to_cbor())])));
        };
        refused(&response(unsigned), Code::BindingMissing);
        let both = |r: &mut Response| {
            let sign1 = r.device_signature(DOC_TYPE_PID, &keys::holder().unwrap()).unwrap();
            let proofs = vec![("deviceSignature", sign1.to_cbor()), ("deviceMac", sign1.to_cbor())];
            r.device_signed = Some(Some(r.signed_by(proofs)));
        };
        refused(&response(both), Code::MdocStructure);
        let mac = |r: &mut Response| {
            let parts = vec![
                Cbor::Bytes(vec![0xa1, 1, 5]),
                Cbor::Map(vec![]),
                Cbor::Null,
                Cbor::Bytes(vec![0; 32]),
            ];
            r.device_signed = Some(Some(r.signed_by(vec![("deviceMac", Cbor::Array(parts))])));
        };
        refused(&response(mac), Code::AlgNotAllowed);
        let attached = |r: &mut Response| {
            let mut sign1 = r.device_signature(DOC_TYPE_PID, &keys::holder().unwrap()).unwrap();
            sign1.payload = Some(vec![0]);
            r.device_signed = Some(Some(r.signed_by(vec![("deviceSignature", sign1.to_cbor())])));
        };
        refused(&response(attached), Code::CosePayload);
    }

    #[test]
    fn attack_mdoc_10_a_response_to_another_request() {
        for other in [
            redirect_transcript("x509_hash:abd", NONCE, Some(&KEY), URI),
            redirect_transcript(CLIENT, "n-0S6_WzA2Mj-other", Some(&KEY), URI),
            redirect_transcript(CLIENT, NONCE, Some(&[8; 32]), URI),
            redirect_transcript(CLIENT, NONCE, None, URI),
            redirect_transcript(CLIENT, NONCE, Some(&KEY), "https://rp.example/other"),
            dc_api_transcript(ORIGIN, NONCE, Some(&KEY)),
            annex_b_transcript(CLIENT, NONCE, "generated", URI),
        ] {
            refused(&response(|r| r.transcript = other.clone()), Code::BindingMismatch);
        }
        let dc_api =
            Setting { wallet: Some(WalletExpected::dc_api(ORIGIN, Some(KEY))), ..setting() };
        let token = response(|r| r.transcript = dc_api_transcript(ORIGIN, NONCE, Some(&KEY)));
        assert_eq!(dc_api.code(&token), None);
        assert_eq!(dc_api.code(&honest()), Some(Code::BindingMismatch));
        // Nobody knows of a session, or it has no nonce.
        let without = Setting { wallet: None, ..setting() };
        assert_eq!(without.code(&honest()), Some(Code::HandoverDenied));
        let no_nonce = Setting { nonce: "", ..setting() };
        let token = response(|r| r.transcript = redirect_transcript(CLIENT, "", Some(&KEY), URI));
        assert_eq!(no_nonce.code(&token), Some(Code::HandoverDenied));
    }

    #[test]
    fn the_form_of_drafts_is_taken_where_the_policy_says_so() {
        let session = Session::AnnexB { response_uri: URI, generated_nonce: "generated" };
        let wallet = Some(WalletExpected::new(session));
        let token =
            response(|r| r.transcript = annex_b_transcript(CLIENT, NONCE, "generated", URI));
        assert_eq!(Setting { wallet, ..setting() }.code(&token), Some(Code::HandoverDenied));
        let mut legacy = rules(|rules| rules.handovers.push(HandoverKind::Iso18013_7AnnexB));
        legacy.wallet = wallet;
        assert_eq!(legacy.code(&token), None);
        assert_eq!(legacy.code(&honest()), Some(Code::BindingMismatch));
    }

    #[test]
    fn attack_mdoc_11_another_device() {
        let thief = keys::second_holder().unwrap();
        let token = Response::new(transcript()).present(&issued(|_| ()), &thief).unwrap();
        refused(&token, Code::BindingMismatch);
        let token = spec(|spec| spec.device_key = cose_key(&thief));
        refused(&token, Code::BindingMismatch);
        let on_p384 = keys::holder_es384().unwrap();
        let mdoc = issued(|spec| spec.device_key = cose_key(&on_p384));
        let token = Response::new(transcript()).present(&mdoc, &on_p384).unwrap();
        assert_eq!(code(&token), None);
        let on_ed25519 = keys::holder_eddsa().unwrap();
        let mdoc = issued(|spec| spec.device_key = cose_key(&on_ed25519));
        let token = Response::new(transcript()).present(&mdoc, &on_ed25519).unwrap();
        assert_eq!(code(&token), None);
    }

    #[test]
    fn attack_mdoc_13_algorithms_are_those_of_the_protected_header_and_the_key() {
        let header = |protected: Vec<u8>, unprotected: Vec<(Cbor, Cbor)>| {
            let issuer = MdocIssuer::new().unwrap();
            mdoc(|mdoc| {
                let payload = mdoc.issuer_auth.payload.clone().unwrap();
                mdoc.issuer_auth.protected = protected;
                if let Cbor::Map(entries) = &mut mdoc.issuer_auth.unprotected {
                    entries.extend(unprotected);
                }
                mdoc.issuer_auth.sign(&issuer.key, &payload).unwrap();
            })
        };
        let alg = |number| Cbor::Map(vec![(Cbor::Int(1), Cbor::Int(number))]).to_vec();
        assert_eq!(code(&header(alg(-7), vec![])), None);
        assert_eq!(code(&header(alg(-9), vec![])), None);
        for (number, wanted) in [
            (-35, Code::AlgKeyMismatch),
            (-8, Code::AlgKeyMismatch),
            (-36, Code::AlgNotAllowed),
            (-257, Code::AlgNotAllowed),
            (5, Code::AlgNotAllowed),
            (0, Code::AlgNotAllowed),
        ] {
            refused(&header(alg(number), vec![]), wanted);
        }
        let only_unprotected = vec![(Cbor::Int(1), Cbor::Int(-7))];
        refused(&header(vec![], only_unprotected.clone()), Code::AlgNotAllowed);
        refused(&header(vec![0xa0], only_unprotected.clone()), Code::AlgNotAllowed);
        refused(&header(alg(-7), only_unprotected), Code::HeaderMalformed);
        let critical = Cbor::Map(vec![
            (Cbor::Int(1), Cbor::Int(-7)),
            (Cbor::Int(2), Cbor::Array(vec![Cbor::Int(99)])),
        ]);
        refused(&header(critical.to_vec(), vec![]), Code::HeaderCritical);
        // A policy that does not have the algorithm.
        let mut none = setting();
        none.policy.algorithms.retain(|rule| rule.alg != Alg::Es256);
        assert_eq!(none.code(&honest()), Some(Code::AlgNotAllowed));
        refused(&spec(|spec| spec.hash_name = "SHA-1".to_owned()), Code::AlgHash);
        let sha512 =
            spec(|spec| (spec.hash, spec.hash_name) = (Hash::Sha512, "SHA-512".to_owned()));
        assert_eq!(code(&sha512), None);
        // Digests of another length than their hash has.
        refused(&spec(|spec| spec.hash_name = "SHA-512".to_owned()), Code::MdocStructure);
    }

    #[test]
    fn attack_mdoc_15_bombs_and_ambiguities() {
        let honest = honest();
        refused(&[&honest[..], &[0]].concat(), Code::CborMalformed);
        refused(&honest[..honest.len() - 1], Code::CborMalformed);
        refused(&[0x9f; 10_000], Code::CborIndefinite);
        refused(&[0x81; 10_000], Code::LimitDepth);
        refused(&[&[0x9b][..], &[0xff; 8]].concat(), Code::CborMalformed);
        refused(&[&[0x9a, 0, 7, 0, 0][..], &vec![0; 0x7_0000]].concat(), Code::LimitCount);
        refused(&[0xa1; 524_289], Code::LimitSize);
        refused(b"", Code::FormatEmpty);
        let twice = |spec: &mut MdocSpec| spec.more.push(("docType".to_owned(), Cbor::text("x")));
        refused(&spec(twice), Code::AmbiguousKey);
        refused(&spec(|spec| spec.version = "2.0".to_owned()), Code::MdocVersion);
        refused(&response(|r| r.version = "2.0".to_owned()), Code::MdocVersion);
        refused(&response(|r| r.status = 10), Code::MdocStatus);
        refused(&spec(|spec| spec.random_len = 15), Code::MdocRandom);
        assert_eq!(code(&spec(|spec| spec.random_len = 16)), None);
        // A long form of a number, in what the issuer signed: the choice of the policy.
        let long = spec(|spec| spec.more.push(("x".to_owned(), Cbor::Raw(vec![0x18, 0x01]))));
        refused(&long, Code::CborNotShortest);
        let any = rules(|rules| rules.encoding = eid_broker::envelope::cbor::Encoding::Any);
        assert_eq!(any.code(&long), None);
    }

    // M7, M15, M16 and what stands beside them.
    #[test]
    fn elements_are_there_once_and_where_they_were_asked_for() {
        let repeated = mdoc(|mdoc| {
            let first = mdoc.items[0].1[0].clone();
            mdoc.items[0].1.push(first);
        });
        refused(&repeated, Code::AmbiguousElement);
        let same_name = spec(|spec| {
            let twin = (DOC_TYPE_PID.to_owned(), "family_name".to_owned(), Cbor::text("Other"));
            spec.elements.push(twin);
        });
        refused(&same_name, Code::AmbiguousElement);
        refused(&mdoc(|mdoc| mdoc.items[0].1.clear()), Code::MdocStructure);
        let domestic = |spec: &mut MdocSpec| {
            let space = "eu.europa.ec.eudi.pid.de.1".to_owned();
            spec.elements.push((space, "family_name".to_owned(), Cbor::text("Other")));
        };
        refused(&spec(domestic), Code::NamespaceUnexpected);
        // Asked for, it is read, and is not the family name of the Union.
        let both = rules(|rules| {
            rules.documents[0].namespaces.push("eu.europa.ec.eudi.pid.de.1".to_owned());
        });
        let identity = both.identity(&spec(domestic));
        let plain = setting().identity(&honest());
        let name = |identity: &Identity| {
            identity.attribute(AttributeName::FamilyName).unwrap().value.clone()
        };
        assert!(name(&identity) == name(&plain));

        let mdoc = issued(|_| ());
        let holder = keys::holder().unwrap();
        let response = Response::new(transcript());
        let document = response.document(&mdoc, &holder).unwrap();
        assert_eq!(code(&response.around(vec![document.clone()])), None);
        refused(&response.around(vec![document.clone(), document]), Code::MdocDocuments);
        refused(&response.around(vec![]), Code::MdocDocuments);
    }

    #[test]
    fn a_device_speaks_of_what_the_issuer_allowed_it() {
        let said = Cbor::map(vec![("x", Cbor::map(vec![("y", Cbor::Int(1))]))]).to_vec();
        let say = |authorisation: Option<Cbor>| {
            let mdoc = issued(|spec| spec.key_authorizations = authorisation);
            let mut response = Response::new(transcript());
            response.device_name_spaces.clone_from(&said);
            response.present(&mdoc, &keys::holder().unwrap()).unwrap()
        };
        refused(&say(None), Code::DeviceElements);
        let list = |name| Cbor::Array(vec![Cbor::text(name)]);
        refused(&say(Some(Cbor::map(vec![("nameSpaces", list("z"))]))), Code::DeviceElements);
        let elements = |name| Cbor::map(vec![("dataElements", Cbor::map(vec![("x", list(name))]))]);
        refused(&say(Some(elements("z"))), Code::DeviceElements);
        for allowed in [Cbor::map(vec![("nameSpaces", list("x"))]), elements("y")] {
            let token = say(Some(allowed));
            let Verdict::Accepted(accepted) = setting().verify(&token) else { panic!() };
            assert_eq!(accepted.value().device_signed().len(), 1);
            assert_eq!(accepted.value().elements().len(), 26);
        }
    }

    // MDOC-16
    #[test]
    fn attack_mdoc_16_values_are_what_the_rulebook_says() {
        for (element, value) in [
            ("birth_date", Cbor::day("2026-13-40")),
            ("birth_date", Cbor::day("1964-08-12T00:00:00Z")),
            ("birth_date", Cbor::text("1964-08-12")),
            ("birth_date", Cbor::time("1964-08-12T00:00:00Z")),
            ("nationality", Cbor::text("DE")),
            ("nationality", Cbor::Array(vec![Cbor::text("de")])),
            ("sex", Cbor::text("2")),
            ("sex", Cbor::Int(7)),
            ("family_name", Cbor::Int(1)),
            ("personal_administrative_number", Cbor::text(" 17")),
            ("place_of_birth", Cbor::text("München")),
            ("resident_country", Cbor::text("Germany")),
            ("mobile_phone_number", Cbor::text("030 1")),
        ] {
            let token = present(&issue(MdocSpec::erika().unwrap().with(element, value)));
            assert_eq!(code(&token), Some(Code::IdentityMalformed), "{element}");
        }
        let token =
            present(&issue(MdocSpec::erika().unwrap().with("issuing_country", Cbor::text("FR"))));
        refused(&token, Code::IssuerCountry);
        for date in [Cbor::text("2026-03-01T08:00:00Z"), Cbor::time("2026-03-01T08:00:00+00:00")] {
            refused(&spec(|spec| spec.validity[0] = date.clone()), Code::ClaimMalformed);
        }
        let fraction = spec(|spec| spec.validity[0] = Cbor::time("2026-03-01T08:00:00.5Z"));
        refused(&fraction, Code::ClaimMalformed);
    }

    fn issue(spec: MdocSpec) -> Mdoc {
        MdocIssuer::new().unwrap().issue(&spec).unwrap()
    }

    #[test]
    fn a_laboratory_verdict_names_nobody_to_the_broker() {
        let loa = DocumentRule::pid().loa;
        let rule =
            DocumentRule::new(DOC_TYPE_PID, &[DOC_TYPE_PID], DocumentContent::Credential, loa);
        let laboratory = rules(|rules| rules.documents = vec![rule]);
        assert!(laboratory.policy.laboratory);
        assert_eq!(laboratory.code(&honest()), None);
        let paths = PathCache::default();
        let context =
            Context::new(&laboratory.policy, &laboratory.trust, &paths, NONCE, CLIENT, now())
                .with_wallet(WalletExpected::redirect(URI, Some(KEY)));
        let family = eid_broker::identity::Family::Mdoc;
        let verdict = eid_broker::token::verify(family, &honest(), &context);
        assert_eq!(verdict.refusal().unwrap().code(), Code::PolicyLaboratory);
    }
}
