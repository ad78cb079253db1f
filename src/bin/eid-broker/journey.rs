//! `expect`, `verify`, `assert` and `diagnose`: the broker's own steps.

use crate::arguments::{AssertOptions, DiagnoseOptions, ExpectOptions, VerifyOptions};
use crate::show::{print, written};
use crate::{Exit, Failure, saml, setup};
use eid_broker::UnixTime;
use eid_broker::broker::report::Report;
use eid_broker::broker::{self, Broker, Request};
use eid_broker::config::Findings;
use eid_broker::expectation::saml::{AuthnRequest, SamlExpected};
use eid_broker::host::config_folder::ConfigFolder;
use eid_broker::identity::{Family, Identity};
use eid_broker::pki::PathCache;
use eid_broker::policy::{Content, KeyBinding, Policy, StatusRule};
use eid_broker::register::Binding;
use eid_broker::token;
use eid_broker::token::sd_jwt_vc::{self, TrustedIssuers};
use eid_broker::trust::{Material, TrustConfig, TrustStore};
use eid_broker::verdict::{Ledger, Need, Refusal, Verdict};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

pub(crate) fn expect(options: &ExpectOptions) -> Result<Exit, Failure> {
    let now = setup::now(options.now.as_deref())?;
    let family = setup::offered_family(&options.family)?;
    saml::check_options(options, family)?;
    let broker = setup::requester(&options.config)?;
    let mut asked = broker::ExpectOptions::default();
    asked.issuer = options.issuer.as_deref();
    asked.country = options.country.as_deref().map(saml::country).transpose()?;
    asked.person = options.person.map(saml::person);
    asked.scopes = (!options.scopes.is_empty()).then_some(options.scopes.as_slice());
    asked.client_address = options.client_address.as_deref();
    asked.relay_state = options.relay_state.as_deref();
    let expected = broker.expect_with(&options.procedure, family, &asked, now)?;
    let expectation = &expected.expectation;
    let mut answer = json!({
        "family": family.name(),
        "procedure": expectation.procedure(),
        "nonce": expectation.nonce(),
        "audience": expectation.audience(),
        "deadline": expectation.deadline().to_string(),
        "expectation": expected.sealed,
    });
    if let (Some(request), Some(members)) = (&expected.request, answer.as_object_mut()) {
        members.insert("addressee".to_owned(), expectation.addressee().into());
        members.insert("request".to_owned(), saml::request(request));
    }
    if let Some(path) = &options.html {
        let page = expected.request.as_ref().and_then(AuthnRequest::html).ok_or_else(|| {
            Failure::Misuse(
                "--html: this family's request is a redirect to `url`, not a form".to_owned(),
            )
        })?;
        setup::write(Some(path), &page)?;
    }
    setup::write(options.out.as_deref(), &format!("{answer:#}\n"))?;
    Ok(Exit::Accepted)
}

pub(crate) fn verify(options: &VerifyOptions) -> Result<Exit, Failure> {
    let now = setup::now(options.now.as_deref())?;
    let token = setup::token(&options.token)?;
    let sealed = setup::sealed(&options.expect)?;
    let broker = match setup::broker(&options.config) {
        Err(Failure::Store(refusal, text)) if options.json => {
            return unopened(family_of(&options.config, &sealed), refusal, &text, now);
        }
        broker => broker?,
    };
    let fetched = setup::Fetched::read(&options.evidence)?;
    let ocsp = fetched.ocsp();
    let verdict = broker.verify_with_evidence(&sealed, &token, fetched.evidence(&ocsp), now);
    let policy = broker.policy().label();
    let identity = match &verdict {
        Verdict::Accepted(accepted) => Some(accepted.value().identity()),
        Verdict::Needs { .. } | Verdict::Refused { .. } => None,
    };
    let shown = Report {
        verdict: verdict.word(),
        family: family(&broker, &sealed),
        refusal: verdict.refusal(),
        needs: needs(&verdict),
        ledger: verdict.ledger(),
        identity,
        loa: identity.map(|identity| identity.loa()),
        policy: &policy,
        now,
    };
    answer(&shown, options.json, Map::new())?;
    Ok(exit(&verdict))
}

pub(crate) fn assert(options: &AssertOptions) -> Result<Exit, Failure> {
    let now = setup::now(options.now.as_deref())?;
    let token = setup::token(&options.token)?;
    let sealed = setup::sealed(&options.expect)?;
    let binding = binding(options.binding.as_deref())?;
    let broker = match setup::broker(&options.config) {
        Err(Failure::Store(refusal, text)) if options.json => {
            return unopened(family_of(&options.config, &sealed), refusal, &text, now);
        }
        broker => broker?,
    };
    let mut request = Request::new(&options.client);
    request.scopes = (!options.scopes.is_empty()).then_some(options.scopes.as_slice());
    request.binding = binding;
    let fetched = setup::Fetched::read(&options.evidence)?;
    let ocsp = fetched.ocsp();
    let evidence = fetched.evidence(&ocsp);
    let verdict = broker.assert_with_evidence(&sealed, &request, &token, evidence, now);
    let policy = broker.policy().label();
    let shown = Report {
        verdict: verdict.word(),
        family: family(&broker, &sealed),
        refusal: verdict.refusal(),
        needs: needs(&verdict),
        ledger: verdict.ledger(),
        identity: None,
        loa: None,
        policy: &policy,
        now,
    };
    let assertion = match &verdict {
        Verdict::Accepted(accepted) => Some(accepted.value()),
        Verdict::Needs { .. } | Verdict::Refused { .. } => None,
    };
    if options.json {
        let mut more = Map::new();
        more.insert("assertion".to_owned(), assertion.map(|a| a.as_str()).into());
        more.insert("txn".to_owned(), assertion.map(|a| a.txn()).into());
        answer(&shown, true, more)?;
    } else {
        // The assertion alone on standard output, for the program behind the pipe.
        written(print(&shown, &mut anstream::stderr().lock()))?;
        if let Some(assertion) = assertion {
            written(writeln!(anstream::stdout().lock(), "{}", assertion.as_str()))?;
        }
    }
    Ok(exit(&verdict))
}

pub(crate) fn diagnose(options: &DiagnoseOptions) -> Result<Exit, Failure> {
    let now = setup::now(options.now.as_deref())?;
    let family = setup::family(&options.family)?;
    let token = setup::token(&options.token)?;
    let folder = options.config.as_deref().map(setup::read_folder).transpose()?;
    let policy = policy(options, folder.as_ref())?;
    let trust = trust(options, &policy)?;
    let trust = match (trust, folder) {
        (Some(named), _) => named,
        (None, Some(folder)) => folder.trust,
        (None, None) => {
            let text = "say whom to believe: --config, --anchor, or --jwks with --issuer";
            return Err(Failure::Misuse(text.to_owned()));
        }
    };
    if family.is_saml() {
        return diagnose_saml(options, &policy, &trust, &token, now);
    }
    let (nonce, audience) = request(options)?;
    let unbound = family == Family::SdJwtVc && token.last() == Some(&b'~');
    if nonce.is_empty() && !unbound {
        let text =
            "the token proves possession for one request: give --expect, or --nonce and --audience";
        return Err(Failure::Misuse(text.to_owned()));
    }
    let paths = PathCache::default();
    let fetched = setup::Fetched::read(&options.evidence)?;
    let ocsp = fetched.ocsp();
    let context = token::Context::new(&policy, &trust, &paths, &nonce, &audience, now)
        .with_evidence(fetched.evidence(&ocsp));
    if family == Family::SdJwtVc {
        return diagnose_wallet(&token, &context, options.json);
    }
    let verdict = token::verify(family, &token, &context);
    let identity = match &verdict {
        Verdict::Accepted(accepted) => Some(accepted.value()),
        Verdict::Needs { .. } | Verdict::Refused { .. } => None,
    };
    let label = policy.label();
    answer(&diagnosis(family, &verdict, identity, &label, now), options.json, Map::new())?;
    Ok(exit(&verdict))
}

// A response is for one service provider: names and keys are those of the folder.
fn diagnose_saml(
    options: &DiagnoseOptions,
    policy: &Policy,
    trust: &TrustStore,
    token: &[u8],
    now: UnixTime,
) -> Result<Exit, Failure> {
    let missing = |text: &str| Failure::Misuse(text.to_owned());
    let family = setup::family(&options.family)?;
    let folder = options.config.as_deref();
    let folder = folder.ok_or_else(|| missing("a SAML response needs --config, with [saml]"))?;
    let broker = setup::requester(folder)?;
    let service = broker.service_provider();
    let service = service.ok_or_else(|| missing("eid-broker.toml has no section [saml]"))?;
    let expectation = match &options.expect {
        None => None,
        Some(path) => Some(broker.open_expectation(&setup::sealed(path)?)?),
    };
    let opened = expectation.as_ref().and_then(|expectation| expectation.saml(service));
    let (nonce, expected) = match (opened, &expectation, &options.request_id) {
        (Some(expected), Some(expectation), _) => (expectation.nonce(), expected),
        (None, None, Some(id)) => {
            let issuer = saml::issuer(options.issuer.as_deref(), family, trust, now)?;
            (id.as_str(), SamlExpected::new(service, issuer))
        }
        _ => return Err(missing("say what was asked: --request-id with --issuer, or --expect")),
    };
    let paths = PathCache::default();
    let context = token::Context::new(policy, trust, &paths, nonce, &service.entity_id, now)
        .with_saml(expected);
    let verdict = token::verify(family, token, &context);
    let identity = match &verdict {
        Verdict::Accepted(accepted) => Some(accepted.value()),
        Verdict::Needs { .. } | Verdict::Refused { .. } => None,
    };
    let label = policy.label();
    answer(&diagnosis(family, &verdict, identity, &label, now), options.json, Map::new())?;
    Ok(exit(&verdict))
}

// A presentation shows its claims besides; under a laboratory policy it may name nobody.
fn diagnose_wallet(
    token: &[u8],
    context: &token::Context<'_>,
    as_json: bool,
) -> Result<Exit, Failure> {
    let issuers = TrustedIssuers::new(context.trust, context.paths);
    let (policy, nonce, audience) = (context.policy, context.nonce, context.audience);
    let context_of_family = sd_jwt_vc::Context::new(policy, &issuers, nonce, audience, context.now);
    let verdict = sd_jwt_vc::verify(token, &context_of_family);
    let presentation = match &verdict {
        Verdict::Accepted(accepted) => Some(accepted.value()),
        Verdict::Needs { .. } | Verdict::Refused { .. } => None,
    };
    let identity = presentation.and_then(|presentation| presentation.identity());
    let mut more = Map::new();
    if let Some(presentation) = presentation {
        more.insert("claims".to_owned(), Value::Object(presentation.claims().clone()));
    }
    let label = context.policy.label();
    let shown = diagnosis(Family::SdJwtVc, &verdict, identity, &label, context.now);
    answer(&shown, as_json, more)?;
    Ok(exit(&verdict))
}

fn diagnosis<'a, T>(
    family: Family,
    verdict: &'a Verdict<T>,
    identity: Option<&'a Identity>,
    label: &'a str,
    now: UnixTime,
) -> Report<'a> {
    Report {
        verdict: verdict.word(),
        family: family.name(),
        refusal: verdict.refusal(),
        needs: needs(verdict),
        ledger: verdict.ledger(),
        identity,
        loa: identity.map(Identity::loa),
        policy: label,
        now,
    }
}

// The policy of the call: named, of the folder, or the strict one.
fn policy(options: &DiagnoseOptions, folder: Option<&ConfigFolder>) -> Result<Policy, Failure> {
    let mut policy = Policy::standard();
    let Some(name) = options.policy.as_deref() else {
        return Ok(folder.map_or(policy, |folder| folder.policy.clone()));
    };
    let rules = policy.sd_jwt_vc.as_mut();
    let rules = rules.ok_or_else(|| Failure::Misuse("no rules for this family".to_owned()))?;
    match name {
        "standard" => return Ok(policy),
        "laboratory" => rules.status = StatusRule::NotEvaluated,
        "sd-jwt-layer" => {
            rules.types = ["example+sd-jwt", "dc+sd-jwt", "vc+sd-jwt"].map(str::to_owned).into();
            rules.credential_types = Vec::new();
            rules.key_binding = KeyBinding::IfPresent;
            rules.status = StatusRule::NotEvaluated;
            rules.content = Content::Layer;
        }
        path => {
            let text = String::from_utf8(setup::file(Path::new(path))?)
                .map_err(|_| Failure::Misuse(format!("{path} is not text")))?;
            let mut findings = Findings::new();
            let loaded = Policy::from_toml(&text, path, &mut findings);
            return loaded.ok_or(Failure::Findings(findings));
        }
    }
    policy.name = name.to_owned();
    policy.seal();
    Ok(policy)
}

// Anchors named on the command line, as a trust file would name them.
fn trust(options: &DiagnoseOptions, policy: &Policy) -> Result<Option<TrustStore>, Failure> {
    let family = setup::family(&options.family)?;
    let by_card = matches!(family, Family::Certificate | Family::WebEid);
    let mut text = String::new();
    let mut material = BTreeMap::new();
    let documents = policy.mdoc.iter().flat_map(|rules| &rules.documents);
    let types = if family == Family::Mdoc {
        Some(documents.map(|rule| rule.doc_type.clone()).collect::<Vec<_>>())
    } else {
        policy.sd_jwt_vc.as_ref().map(|rules| rules.credential_types.clone())
    };
    let types = types.filter(|types| !types.is_empty()).unwrap_or_else(|| vec!["any".to_owned()]);
    let country = options.country.as_deref().map(|cc| format!("country = {cc:?}\n"));
    let country = country.unwrap_or_default();
    if let (Some(path), false) = (&options.anchor, by_card) {
        text.push_str(&format!(
            "[[source]]\nname = \"--anchor\"\npurpose = \"pid-issue\"\nkind = \"x509\"\n\
             profile = \"iso-iaca\"\nfiles = [\"anchor\"]\ncredential_types = {types:?}\n{country}",
        ));
        material.insert("anchor".to_owned(), Material::Bytes(setup::file(path)?));
    }
    if let (Some(path), true) = (&options.anchor, by_card) {
        text.push_str(&format!(
            "[[source]]\nname = \"--anchor\"\npurpose = \"card-issue\"\nkind = \"x509\"\n\
             profile = \"eid-card\"\nfiles = [\"anchor\"]\n{country}",
        ));
        material.insert("anchor".to_owned(), Material::Bytes(setup::file(path)?));
    }
    if let (Some(path), Some(issuer)) = (&options.jwks, &options.issuer) {
        text.push_str(&format!(
            "[[source]]\nname = \"--jwks\"\npurpose = \"pid-issue\"\nkind = \"jwks\"\n\
             issuer = {issuer:?}\nfiles = [\"jwks\"]\ncredential_types = {types:?}\n{country}",
        ));
        material.insert("jwks".to_owned(), Material::Bytes(setup::file(path)?));
    }
    if text.is_empty() {
        return Ok(None);
    }
    let mut findings = Findings::new();
    let config = TrustConfig::from_toml(&text, "the command line", &mut findings);
    let Some(config) = config else { return Err(Failure::Findings(findings)) };
    Ok(Some(TrustStore::build(config, &material, "the command line", &mut findings)))
}

// Nonce and audience; a presentation without key binding needs neither.
fn request(options: &DiagnoseOptions) -> Result<(String, String), Failure> {
    if let (Some(path), Some(folder)) = (&options.expect, &options.config) {
        let sealed = setup::sealed(path)?;
        let expectation = setup::requester(folder)?.open_expectation(&sealed)?;
        return Ok((expectation.nonce().to_owned(), expectation.audience().to_owned()));
    }
    let text = |option: &Option<String>| option.clone().unwrap_or_default();
    Ok((text(&options.nonce), text(&options.audience)))
}

fn binding(text: Option<&str>) -> Result<Option<Binding>, Failure> {
    text.map(|text| {
        let wrong = || Failure::Misuse("--binding is x5t#S256:… or jkt:…, base64url".to_owned());
        Binding::parse(text).ok_or_else(wrong)
    })
    .transpose()
}

fn answer(shown: &Report<'_>, as_json: bool, more: Map<String, Value>) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    written(if as_json { writeln!(out, "{}", shown.json(more)) } else { print(shown, &mut out) })
}

// A store that cannot even be opened: undecided, said in the same words as any other verdict.
fn unopened(family: &str, refusal: Refusal, text: &str, now: UnixTime) -> Result<Exit, Failure> {
    let shown = Report {
        verdict: "undecided",
        family,
        refusal: Some(&refusal),
        needs: &[],
        ledger: &Ledger::new(),
        identity: None,
        loa: None,
        policy: "",
        now,
    };
    let mut more = Map::new();
    more.insert("store".to_owned(), text.into());
    answer(&shown, true, more)?;
    Ok(Exit::Undecided)
}

// For which family the expectation was made; an expectation that does not open was made for none.
fn family(broker: &Broker, sealed: &str) -> &'static str {
    broker.open_expectation(sealed).map_or("", |expectation| expectation.family().name())
}

// The same without the stores, which may be what does not open.
fn family_of(config: &Path, sealed: &str) -> &'static str {
    setup::requester(config).map_or("", |broker| family(&broker, sealed))
}

fn needs<T>(verdict: &Verdict<T>) -> &[Need] {
    match verdict {
        Verdict::Needs { needs, .. } => needs,
        Verdict::Accepted(_) | Verdict::Refused { .. } => &[],
    }
}

fn exit<T>(verdict: &Verdict<T>) -> Exit {
    match verdict {
        Verdict::Accepted(_) => Exit::Accepted,
        Verdict::Needs { .. } => Exit::Undecided,
        Verdict::Refused { refusal, .. } if refusal.is_undecided() => Exit::Undecided,
        Verdict::Refused { .. } => Exit::Refused,
    }
}

/// Seconds of a file's last change, for the age of a key set.
pub(crate) fn changed_at(path: &Path) -> Option<UnixTime> {
    let changed = std::fs::metadata(path).ok()?.modified().ok()?;
    let since = changed.duration_since(std::time::SystemTime::UNIX_EPOCH).ok()?;
    Some(UnixTime::from_secs(since.as_secs()))
}
