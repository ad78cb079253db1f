//! Any text: no panic. A configuration is there, or an error says why not, and never both.
#![no_main]

use eid_broker::config::Findings;
use eid_broker::policy::Policy;
use eid_broker::register::Register;
use eid_broker::trust::{TrustConfig, TrustStore};
use eid_broker_fuzz::{NOW, material};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((&kind, text)) = input.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let mut findings = Findings::new();
    let loaded = match kind {
        b'p' => Policy::from_toml(text, "policy.toml", &mut findings).map(drop),
        b'r' => Register::from_toml(text, "register.toml", &mut findings).map(drop),
        b't' => TrustConfig::from_toml(text, "trust.toml", &mut findings).map(trust),
        _ => return,
    };
    assert_eq!(loaded.is_some(), !findings.has_errors(), "{findings}");
    for finding in &findings {
        assert!(!finding.message.is_empty());
    }
});

fn trust(config: TrustConfig) {
    let mut findings = Findings::new();
    let store = TrustStore::build(config, &material(), "trust.toml", &mut findings);
    assert!(!findings.has_errors(), "{findings}");
    for line in store.show(NOW) {
        assert!(!line.state.is_empty());
    }
}
