//! Revocation by OCSP over answers that are made here: every refusal beside its honest twin.

#[cfg(test)]
#[allow(dead_code, reason = "shared by several test programs; each uses a part")]
mod revocation_kit;

#[cfg(test)]
mod tests {
    use super::revocation_kit::*;
    use eid_broker::UnixTime;
    use eid_broker::crypto::{Hash, PublicKey, Scheme};
    use eid_broker::pki::{
        Certificate, Evidence, Methods, NoncePresence, PinnedResponder, ResponderStatus,
        RevocationRequest, RevocationRules, RevocationScope, Standing, check_revocation, ocsp,
    };
    use eid_broker::verdict::{Code, Detail, Place};

    /// The end entity alone.
    fn leaf_only() -> RevocationRules {
        let mut rules = require();
        rules.scope = RevocationScope::EndEntity;
        rules
    }

    fn ask_leaf(world: &World, responses: &[&[u8]], rules: &RevocationRules) -> Option<Code> {
        code(ask(&world.path(), Evidence::ocsp(responses), rules))
    }

    /// One answer that the middle CA signs itself.
    fn direct(world: &World, spec: &OcspSpec) -> Option<Code> {
        let response = spec.about(&world.leaf_cert, &world.middle, &world.middle);
        ask_leaf(world, &[&response], &leaf_only())
    }

    /// One answer of a designated responder with this certificate.
    fn designated(
        world: &World,
        signer: &Holder,
        certificate: Certificate,
        rules: &RevocationRules,
    ) -> Option<Code> {
        let mut spec = OcspSpec::new(Says::Good);
        spec.certificates = vec![certificate];
        let response = spec.about(&world.leaf_cert, &world.middle, signer);
        ask_leaf(world, &[&response], rules)
    }

    #[test]
    fn keeps_good_revoked_and_unknown_apart() {
        let w = world();
        assert_eq!(direct(&w, &OcspSpec::new(Says::Good)), None);
        assert_eq!(direct(&w, &OcspSpec::new(Says::Unknown)), Some(Code::StatusUnknown));
        let spec = OcspSpec::new(Says::Revoked);
        let response = spec.about(&w.leaf_cert, &w.middle, &w.middle);
        let responses: [&[u8]; 1] = [&response];
        let refusal = ask(&w.path(), Evidence::ocsp(&responses), &leaf_only()).unwrap_err();
        assert_eq!(
            (refusal.code(), refusal.place()),
            (Code::StatusRevoked, Place::nth("chain", 0))
        );
        let at = UnixTime::from_rfc3339("2026-05-01T00:00:00Z").unwrap().secs();
        assert_eq!(refusal.detail(), Detail::Revoked { at, reason: "superseded" });
    }

    #[test]
    fn asks_for_each_certificate_of_the_path() {
        let w = world();
        let spec = OcspSpec::new(Says::Good);
        let leaf = spec.about(&w.leaf_cert, &w.middle, &w.middle);
        let middle = spec.about(&w.middle_cert, &w.root, &w.root);
        assert_eq!(ask_leaf(&w, &[&leaf, &middle], &require()), None);
        assert_eq!(ask_leaf(&w, &[&middle, &leaf], &require()), None);
        let responses: [&[u8]; 1] = [&leaf];
        let Ok(Standing::Needs(needs)) = ask(&w.path(), Evidence::ocsp(&responses), &require())
        else {
            panic!("nothing is needed");
        };
        assert_eq!((needs.len(), needs[0].certificate), (1, Some(1)));
        let revoked = OcspSpec::new(Says::Revoked).about(&w.middle_cert, &w.root, &w.root);
        assert_eq!(ask_leaf(&w, &[&leaf, &revoked], &require()), Some(Code::StatusRevoked));
    }

    #[test]
    fn the_request_names_the_certificate_and_carries_the_nonce() {
        let w = world();
        let nonce = [7; 32];
        let request = ocsp::request_der(&w.leaf_cert, &w.middle_cert, None, Some(&nonce)).unwrap();
        let sha1 = |data: &[u8]| {
            let algorithm = &ring::digest::SHA1_FOR_LEGACY_USE_ONLY;
            ring::digest::digest(algorithm, data).as_ref().to_vec()
        };
        let cert_id = sequence(&[
            &sequence(&[&[6, 5, 0x2b, 0x0e, 3, 2, 0x1a], &[5, 0]]),
            &wrap(4, &[&sha1(w.middle_cert.subject_der())]),
            &wrap(4, &[&sha1(w.middle.point())]),
            &[2, 1, 7],
        ]);
        let extension = raw_extension(&[OCSP, &[2]].concat(), false, &wrap(4, &[&nonce]));
        let extensions = wrap(0xa2, &[&sequence(&[&extension])]);
        let list = sequence(&[&sequence(&[&cert_id])]);
        assert_eq!(request, sequence(&[&sequence(&[&list, &extensions])]));

        let without = ocsp::request_der(&w.leaf_cert, &w.middle_cert, None, None).unwrap();
        assert_eq!(without, sequence(&[&sequence(&[&list])]));
        let hash = Some(Hash::Sha256);
        let other = ocsp::request_der(&w.leaf_cert, &w.middle_cert, hash, None).unwrap();
        assert_eq!(other.len(), without.len() + 2 * 12 + 4);
    }

    #[test]
    fn the_nonce_is_the_one_that_was_sent() {
        let w = world();
        let ask = |sent: Option<&[u8]>, received: Option<&[u8]>, nonce: NoncePresence| {
            let mut spec = OcspSpec::new(Says::Good);
            spec.nonce = received.map(<[u8]>::to_vec);
            let response = spec.about(&w.leaf_cert, &w.middle, &w.middle);
            let responses: [&[u8]; 1] = [&response];
            let (mut rules, path) = (leaf_only(), w.path());
            rules.nonce = nonce;
            let evidence = Evidence::ocsp(&responses);
            let mut request =
                RevocationRequest::new(&path, evidence, &rules, now(), &any_algorithm);
            request.ocsp_nonce = sent;
            code(check_revocation(&request))
        };
        use NoncePresence::{IfPresent, Required};
        let (one, other): (&[u8], &[u8]) = (&[1; 32], &[2; 32]);
        assert_eq!(ask(Some(one), Some(one), Required), None);
        assert_eq!(ask(Some(one), Some(other), Required), Some(Code::OcspNonce));
        assert_eq!(ask(Some(one), Some(other), IfPresent), Some(Code::OcspNonce));
        assert_eq!(ask(Some(one), Some(&one[..31]), IfPresent), Some(Code::OcspNonce));
        assert_eq!(ask(Some(one), None, Required), Some(Code::OcspNonce));
        assert_eq!(ask(Some(one), None, IfPresent), None);
        assert_eq!(ask(None, Some(one), IfPresent), None);
        let bare = |sent: &[u8], received: &[u8]| {
            let mut spec = OcspSpec::new(Says::Good);
            spec.extensions = vec![raw_extension(&[OCSP, &[2]].concat(), false, received)];
            let response = spec.about(&w.leaf_cert, &w.middle, &w.middle);
            let responses: [&[u8]; 1] = [&response];
            let (rules, path) = (leaf_only(), w.path());
            let evidence = Evidence::ocsp(&responses);
            let mut request =
                RevocationRequest::new(&path, evidence, &rules, now(), &any_algorithm);
            request.ocsp_nonce = Some(sent);
            code(check_revocation(&request))
        };
        assert_eq!(bare(one, one), None);
        for received in [other, &one[..31], &[one, &[1]].concat(), &one[..1]] {
            assert_eq!(bare(one, received), Some(Code::OcspNonce), "{received:02x?}");
        }
        assert_eq!(ask(Some(&[]), None, IfPresent), Some(Code::MisuseArgument));
        assert_eq!(ask(Some(&[1; 129]), None, IfPresent), Some(Code::MisuseArgument));
    }

    #[test]
    fn a_responder_is_certified_by_the_issuer_itself() {
        let w = world();
        let signer = Holder::new("responder");
        let rules = leaf_only();
        let by = |issuer: &Holder, extensions: &[Vec<u8>]| {
            designated(&w, &signer, issuer.certifies(&signer, 5, extensions), &rules)
        };
        let refused = Some(Code::OcspResponder);
        assert_eq!(by(&w.middle, &responder()), None);
        // The root, a CA of the same name, itself.
        assert_eq!(by(&w.root, &responder()), refused);
        assert_eq!(by(&Holder::new("middle"), &responder()), refused);
        assert_eq!(by(&signer, &responder()), refused);
        // Another purpose, or any purpose.
        assert_eq!(by(&w.middle, &[]), refused);
        let any = sequence(&[&[6, 4, 0x55, 0x1d, 0x25, 0]]);
        let any = [&responder()[1..], &[extension(37, false, &any)]].concat();
        assert_eq!(by(&w.middle, &any), refused);
        // A key usage that signs nothing; a critical extension that is not processed.
        let signs = extension(15, true, &[3, 2, 7, 0x80]);
        let encrypts = extension(15, true, &[3, 2, 5, 0x20]);
        assert_eq!(by(&w.middle, &[responder(), vec![signs]].concat()), None);
        assert_eq!(by(&w.middle, &[responder(), vec![encrypts]].concat()), refused);
        let unknown = |critical| raw_extension(&[0x2a, 3], critical, &[5, 0]);
        assert_eq!(by(&w.middle, &[responder(), vec![unknown(false)]].concat()), None);
        assert_eq!(by(&w.middle, &[responder(), vec![unknown(true)]].concat()), refused);
        // Ended.
        let ended = w.middle.certifies_until(&signer, 5, &responder(), "260531000000Z");
        assert_eq!(designated(&w, &signer, ended, &rules), refused);
        // Not sent.
        let response = OcspSpec::new(Says::Good).about(&w.leaf_cert, &w.middle, &signer);
        assert_eq!(ask_leaf(&w, &[&response], &rules), Some(Code::OcspSignature));
    }

    #[test]
    fn the_status_of_a_responder_is_known_or_said_not_to_be_asked() {
        let w = world();
        let signer = Holder::new("responder");
        let silent = w.middle.certifies(&signer, 5, &[ocsp_signing()]);
        let mut rules = leaf_only();
        let refused = Some(Code::OcspResponder);
        assert_eq!(designated(&w, &signer, silent.clone(), &rules), refused);
        rules.responder_status = ResponderStatus::KnownIfPossible;
        assert_eq!(designated(&w, &signer, silent.clone(), &rules), None);

        let mut spec = OcspSpec::new(Says::Good);
        spec.certificates = vec![silent];
        let response = spec.about(&w.leaf_cert, &w.middle, &signer);
        let responses: [&[u8]; 1] = [&response];
        let with_list = |list: &CrlSpec, status| {
            let crls = [list.made_by(&w.middle)];
            let mut evidence = Evidence::crls(&crls);
            evidence.ocsp = &responses;
            let mut rules = leaf_only();
            rules.responder_status = status;
            rules.methods = Methods::Ocsp;
            code(ask(&w.path(), evidence, &rules))
        };
        for status in [ResponderStatus::Known, ResponderStatus::KnownIfPossible] {
            assert_eq!(with_list(&CrlSpec::new(), status), None);
            assert_eq!(with_list(&CrlSpec::revoking(5), status), refused);
        }
    }

    #[test]
    fn a_pinned_responder_speaks_for_its_issuer_only() {
        let w = world();
        let signer = Holder::new("national responder");
        let certificate = Holder::new("somebody").certifies(&signer, 5, &[]);
        let response = OcspSpec::new(Says::Good).about(&w.leaf_cert, &w.middle, &signer);
        let pinned = |certificate: &Certificate, issuer: &Certificate| {
            let mut rules = leaf_only();
            let issuer = issuer.subject_der().to_vec();
            rules.pinned_responders = vec![PinnedResponder::new(certificate.clone(), issuer)];
            ask_leaf(&w, &[&response], &rules)
        };
        assert_eq!(pinned(&certificate, &w.middle_cert), None);
        assert_eq!(pinned(&certificate, &w.root_cert), Some(Code::OcspSignature));
        let namesake =
            Holder::new("somebody").certifies(&Holder::new("national responder"), 5, &[]);
        assert_eq!(pinned(&namesake, &w.middle_cert), Some(Code::OcspSignature));
        let ended = Holder::new("somebody").certifies_until(&signer, 5, &[], "260531000000Z");
        assert_eq!(pinned(&ended, &w.middle_cert), Some(Code::OcspSignature));
    }

    #[test]
    fn refuses_answers_about_others_and_answers_of_others() {
        let w = world();
        let spec = OcspSpec::new(Says::Good);
        let other = w.middle.certifies(&Holder::new("leaf"), 8, &[]);
        let about_other = spec.about(&other, &w.middle, &w.middle);
        let mismatch = Some(Code::OcspMismatch);
        assert_eq!(ask_leaf(&w, &[&about_other], &leaf_only()), mismatch);
        // The same serial number of a CA of the same name.
        let namesake = spec.about(&w.leaf_cert, &Holder::new("middle"), &w.middle);
        assert_eq!(ask_leaf(&w, &[&namesake], &leaf_only()), mismatch);
        // The root does not speak for certificates of the middle CA.
        let above = spec.about(&w.leaf_cert, &w.middle, &w.root);
        assert_eq!(ask_leaf(&w, &[&above], &leaf_only()), Some(Code::OcspSignature));
    }

    #[test]
    fn refuses_two_statuses_and_contradicting_answers() {
        let w = world();
        let mut spec = OcspSpec::new(Says::Good);
        spec.times = 2;
        assert_eq!(direct(&w, &spec), Some(Code::OcspRepeated));
        spec.times = 0;
        assert_eq!(direct(&w, &spec), Some(Code::OcspMismatch));

        let says = |status| OcspSpec::new(status).about(&w.leaf_cert, &w.middle, &w.middle);
        let (good, revoked, unknown) = (says(Says::Good), says(Says::Revoked), says(Says::Unknown));
        let ask = |responses: &[&[u8]]| ask_leaf(&w, responses, &leaf_only());
        assert_eq!(ask(&[&good, &good]), None);
        assert_eq!(ask(&[&revoked, &revoked]), Some(Code::StatusRevoked));
        for pair in [[&good, &revoked], [&revoked, &good], [&good, &unknown], [&unknown, &revoked]]
        {
            let refused = ask(&[pair[0], pair[1]]);
            assert_eq!(refused, Some(Code::StatusContradiction));
        }
        // Garbage of a stranger changes nothing.
        assert_eq!(ask(&[&[0x30, 0], &good]), None);
        let forged = OcspSpec::new(Says::Revoked);
        let forged = forged.about(&w.leaf_cert, &w.middle, &Holder::new("middle"));
        assert_eq!(ask(&[&good, &forged]), None);
        assert_eq!(ask(&[&forged]), Some(Code::OcspSignature));
    }

    #[test]
    fn a_list_that_revokes_is_not_outweighed_by_an_answer() {
        let w = world();
        let says = |status| OcspSpec::new(status).about(&w.leaf_cert, &w.middle, &w.middle);
        let with = |status, list: CrlSpec, methods| {
            let response = says(status);
            let responses: [&[u8]; 1] = [&response];
            let crls = [list.made_by(&w.middle)];
            let mut evidence = Evidence::crls(&crls);
            evidence.ocsp = &responses;
            let mut rules = leaf_only();
            rules.methods = methods;
            code(ask(&w.path(), evidence, &rules))
        };
        use Methods::{Crl, Ocsp, OcspOrCrl};
        let revoking = || CrlSpec::revoking(7);
        assert_eq!(with(Says::Good, CrlSpec::new(), OcspOrCrl), None);
        let contradiction = Some(Code::StatusContradiction);
        assert_eq!(with(Says::Good, revoking(), OcspOrCrl), contradiction);
        assert_eq!(with(Says::Revoked, CrlSpec::new(), OcspOrCrl), contradiction);
        assert_eq!(with(Says::Revoked, revoking(), OcspOrCrl), Some(Code::StatusRevoked));
        assert_eq!(with(Says::Unknown, CrlSpec::new(), OcspOrCrl), Some(Code::StatusUnknown));
        // What the rules leave out is not looked at.
        assert_eq!(with(Says::Good, revoking(), Ocsp), None);
        assert_eq!(with(Says::Revoked, CrlSpec::new(), Crl), None);
    }

    #[test]
    fn a_list_serves_where_there_is_no_usable_answer() {
        let w = world();
        let mut spec = OcspSpec::new(Says::Good);
        spec.next_update = Some("20260531235500Z");
        let stale = spec.about(&w.leaf_cert, &w.middle, &w.middle);
        let responses: [&[u8]; 1] = [&stale];
        let crls = [CrlSpec::new().made_by(&w.middle)];
        let late = now().plus(86_400);
        let ask = |evidence| code(ask_at(&w.path(), evidence, &leaf_only(), late));
        assert_eq!(ask(Evidence::ocsp(&responses)), Some(Code::StatusStale));
        let mut evidence = Evidence::crls(&crls);
        evidence.ocsp = &responses;
        assert_eq!(ask(evidence), None);
    }

    #[test]
    fn ages_are_exact_to_the_second() {
        let w = world();
        let ask = |spec: &OcspSpec, rules: &RevocationRules, at: &str| {
            let response = spec.about(&w.leaf_cert, &w.middle, &w.middle);
            let now = UnixTime::from_rfc3339(at).unwrap();
            let responses: [&[u8]; 1] = [&response];
            code(ask_at(&w.path(), Evidence::ocsp(&responses), rules, now))
        };
        let (stale, future) = (Some(Code::StatusStale), Some(Code::StatusFuture));
        let spec = OcspSpec::new(Says::Good);
        let rules = leaf_only();
        assert_eq!(ask(&spec, &rules, "2026-06-01T12:05:00Z"), None);
        assert_eq!(ask(&spec, &rules, "2026-06-01T12:05:01Z"), stale);
        // Made at 23:55; thisUpdate 23:50.
        assert_eq!(ask(&spec, &rules, "2026-05-31T23:50:00Z"), None);
        assert_eq!(ask(&spec, &rules, "2026-05-31T23:49:59Z"), future);
        let mut early = spec.clone();
        early.produced_at = "20260531235000Z";
        assert_eq!(ask(&early, &rules, "2026-05-31T23:45:00Z"), None);
        assert_eq!(ask(&early, &rules, "2026-05-31T23:44:59Z"), future);
        assert_eq!(ask(&spec, &rules, "1970-01-01T00:00:00Z"), future);
        assert_eq!(ask(&spec, &rules, "9999-12-31T23:59:59Z"), stale);
        // Without nextUpdate: a day.
        let mut endless = spec.clone();
        endless.next_update = None;
        assert_eq!(ask(&endless, &rules, "2026-06-01T23:50:00Z"), None);
        assert_eq!(ask(&endless, &rules, "2026-06-01T23:50:01Z"), stale);
        // Web eID: two minutes, whatever nextUpdate says.
        let mut fresh = leaf_only();
        fresh.ocsp_max_age_s = Some(120);
        assert_eq!(ask(&spec, &fresh, "2026-05-31T23:52:00Z"), None);
        assert_eq!(ask(&spec, &fresh, "2026-05-31T23:52:01Z"), stale);
    }

    #[test]
    fn refuses_what_breaks_the_structure() {
        let w = world();
        let good = OcspSpec::new(Says::Good).about(&w.leaf_cert, &w.middle, &w.middle);
        let ask = |response: &[u8]| ask_leaf(&w, &[response], &leaf_only());
        let malformed = Some(Code::OcspMalformed);
        assert_eq!(ask(&good), None);
        assert_eq!(ask(&[]), malformed);
        assert_eq!(ask(&[good.as_slice(), &[0]].concat()), malformed);
        // An error has no answer; a success has one.
        for (status, wanted) in [
            (1, Code::OcspResponderStatus),
            (2, Code::OcspResponderStatus),
            (3, Code::OcspResponderStatus),
            (4, Code::OcspMalformed),
            (5, Code::OcspResponderStatus),
            (6, Code::OcspResponderStatus),
            (7, Code::OcspMalformed),
            (0, Code::OcspMalformed),
        ] {
            assert_eq!(ask(&[0x30, 3, 0x0a, 1, status]), Some(wanted), "{status}");
        }
        let mut spec = OcspSpec::new(Says::Good);
        spec.next_update = Some("20260531234959Z");
        assert_eq!(direct(&w, &spec), malformed);
        // Extensions: an unknown one, critical; one twice; a nonce, wrapped or bare.
        let with = |extensions: &[Vec<u8>]| {
            let mut spec = OcspSpec::new(Says::Good);
            spec.extensions = extensions.to_vec();
            direct(&w, &spec)
        };
        let unknown = |critical| raw_extension(&[0x2a, 3], critical, &[5, 0]);
        let nonce = |value: &[u8]| raw_extension(&[OCSP, &[2]].concat(), false, value);
        assert_eq!(with(&[unknown(false)]), None);
        assert_eq!(with(&[unknown(true)]), Some(Code::OcspCriticalExtension));
        assert_eq!(with(&[unknown(false), unknown(false)]), malformed);
        assert_eq!(with(&[nonce(&[4, 1, 7])]), None);
        // Bare, as RFC 2560 let it be: no nonce was sent here that it could equal.
        assert_eq!(with(&[nonce(&[7])]), None);
        assert_eq!(with(&[nonce(&[7; 128])]), None);
        // A value of another type is no nonce, bare or not; nor is nothing, or more than RFC 9654 has.
        for bad in [
            &[2, 1, 7][..],
            &[5, 0],
            &[3, 2, 0, 7],
            &[0x30, 3, 4, 1, 7],
            &[0x80, 1, 7],
            &[],
            &[7; 129],
            &[4, 0],
        ] {
            assert_eq!(with(&[nonce(bad)]), malformed, "{bad:02x?}");
        }
    }

    #[test]
    fn refuses_more_than_its_limits() {
        let w = world();
        let good = OcspSpec::new(Says::Good).about(&w.leaf_cert, &w.middle, &w.middle);
        assert_eq!(ask_leaf(&w, &[good.as_slice(); 16], &leaf_only()), None);
        assert_eq!(ask_leaf(&w, &[good.as_slice(); 17], &leaf_only()), Some(Code::LimitCount));
        assert_eq!(ask_leaf(&w, &[&[0; 131_073]], &leaf_only()), Some(Code::LimitSize));
        let mut spec = OcspSpec::new(Says::Good);
        spec.certificates = vec![w.root_cert.clone(); 8];
        assert_eq!(direct(&w, &spec), None);
        spec.certificates.push(w.root_cert.clone());
        assert_eq!(direct(&w, &spec), Some(Code::LimitCount));
        let mut spec = OcspSpec::new(Says::Good);
        spec.times = 65;
        assert_eq!(direct(&w, &spec), Some(Code::LimitCount));
    }

    #[test]
    fn the_policy_has_its_say_about_the_algorithm() {
        let w = world();
        let path = w.path();
        let good = OcspSpec::new(Says::Good).about(&w.leaf_cert, &w.middle, &w.middle);
        let responses: [&[u8]; 1] = [&good];
        let rules = leaf_only();
        let ask = |accepts: &dyn Fn(Scheme, &PublicKey) -> Result<(), Code>| {
            let evidence = Evidence::ocsp(&responses);
            code(check_revocation(&RevocationRequest::new(&path, evidence, &rules, now(), accepts)))
        };
        assert_eq!(ask(&any_algorithm), None);
        let refused = ask(&|_: Scheme, _: &PublicKey| Err(Code::AlgNotAllowed));
        assert_eq!(refused, Some(Code::OcspAlgorithm));
    }

    #[test]
    fn no_changed_bit_and_no_prefix_of_an_answer_makes_a_certificate_good() {
        let w = world();
        let signer = Holder::new("responder");
        let mut spec = OcspSpec::new(Says::Good);
        spec.certificates = vec![w.middle.certifies(&signer, 5, &responder())];
        let response = spec.about(&w.leaf_cert, &w.middle, &signer);
        let (path, rules) = (w.path(), leaf_only());
        let accepted = |response: &[u8]| {
            let responses: [&[u8]; 1] = [response];
            matches!(
                ask(&path, Evidence::ocsp(&responses), &rules),
                Ok(Standing::Good(_) | Standing::NotAsked)
            )
        };
        assert!(accepted(&response));
        for bit in 0..response.len() * 8 {
            let mut changed = response.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(!accepted(&changed), "bit {bit}");
        }
        for len in 0..response.len() {
            assert!(!accepted(&response[..len]), "{len} bytes");
        }
    }
}
