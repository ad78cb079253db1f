//! Paired benchmarks: what the library adds to the primitive calls that nobody can leave out.
//!
//! See `benches/README.md` for the benches, their bars and the form of the lines.

mod allocations;
mod assertion;
mod crl_lookup;
mod ffi_check;
mod fixture;
mod mdoc;
mod measure;
mod report;
mod saml;
mod sd_jwt_vc;
mod size_sweep;
mod web_eid;
mod x509;
mod xml;

use std::process::ExitCode;

/// A bench: it prints its line and says whether its bar holds.
struct Bench {
    name: &'static str,
    signatures: Signatures,
    run: fn() -> bool,
}

/// Under which build a bench means something.
#[derive(PartialEq)]
enum Signatures {
    /// Signatures are verified.
    Real,
    /// They are not (`--cfg eidb_danger_stub_signatures`): they cost the same at every size and
    /// would hide what the other steps do.
    Stubbed,
}

const BENCHES: &[Bench] = &[
    Bench { name: "sdjwt_kb", signatures: Signatures::Real, run: sd_jwt_vc::cached },
    Bench { name: "sdjwt_kb_uncached", signatures: Signatures::Real, run: sd_jwt_vc::uncached },
    Bench { name: "mdoc_response", signatures: Signatures::Real, run: mdoc::cached },
    Bench { name: "mdoc_response_uncached", signatures: Signatures::Real, run: mdoc::uncached },
    Bench { name: "assertion_issue_es256", signatures: Signatures::Real, run: assertion::issue },
    Bench { name: "assertion_check_es256", signatures: Signatures::Real, run: assertion::check },
    Bench { name: "ffi_check", signatures: Signatures::Stubbed, run: ffi_check::run },
    Bench { name: "crl_lookup", signatures: Signatures::Real, run: crl_lookup::run },
    Bench { name: "x509_chain_p256", signatures: Signatures::Real, run: x509::chain_p256 },
    Bench { name: "x509_chain_bp256", signatures: Signatures::Real, run: x509::chain_bp256 },
    Bench { name: "chain_cache_hit", signatures: Signatures::Real, run: x509::cache_hit },
    Bench { name: "anchor_memory", signatures: Signatures::Real, run: x509::anchor_memory },
    Bench { name: "anchor_lookup", signatures: Signatures::Real, run: x509::anchor_lookup },
    Bench { name: "webeid_p256", signatures: Signatures::Real, run: web_eid::p256 },
    Bench { name: "webeid_p384", signatures: Signatures::Real, run: web_eid::p384 },
    Bench { name: "saml_plain_p256", signatures: Signatures::Real, run: saml::plain_p256 },
    Bench { name: "saml_plain_rsa2048", signatures: Signatures::Real, run: saml::plain_rsa2048 },
    Bench { name: "saml_enc_p256", signatures: Signatures::Real, run: saml::enc_p256 },
    Bench { name: "saml_enc_oaep3072", signatures: Signatures::Real, run: saml::enc_oaep3072 },
    Bench { name: "xml_signed_8k", signatures: Signatures::Stubbed, run: xml::signed_8k },
    Bench { name: "xml_memory", signatures: Signatures::Stubbed, run: xml::memory },
    Bench { name: "size_sweep", signatures: Signatures::Stubbed, run: size_sweep::run },
];

const BUILD: Signatures =
    if cfg!(eidb_danger_stub_signatures) { Signatures::Stubbed } else { Signatures::Real };

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    // `profile CALLS NAME`: only the candidate, for a profiler; in any build.
    if wanted.first().is_some_and(|word| word == "profile") {
        let calls = wanted.get(1).and_then(|calls| calls.parse().ok());
        let bench = wanted.get(2).and_then(|name| BENCHES.iter().find(|b| b.name == *name));
        let (Some(calls), Some(bench)) = (calls, bench) else {
            eprintln!("usage: profile CALLS BENCH");
            return ExitCode::from(2);
        };
        measure::PROFILE.get_or_init(|| calls);
        (bench.run)();
        return ExitCode::SUCCESS;
    }
    let benches = || BENCHES.iter().filter(|bench| bench.signatures == BUILD);
    if let Some(name) = wanted.iter().find(|name| benches().all(|bench| bench.name != **name)) {
        eprintln!("{name:?} is no bench of this build; there are:");
        benches().for_each(|bench| eprintln!("    {}", bench.name));
        return ExitCode::from(2);
    }
    let mut held = true;
    for bench in benches() {
        if wanted.is_empty() || wanted.iter().any(|name| name == bench.name) {
            held &= (bench.run)();
        }
    }
    if held { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
