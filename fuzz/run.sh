#!/bin/sh
# Runs every target for N executions (default 1000000), one after the other, and says what came out.
# Needs cargo-fuzz: cargo install cargo-fuzz. Exit 1 when a target found something.
#
#   ./run.sh [N [TARGET…]]
set -u
cd "$(dirname "$0")" || exit 2

# The compiler's coverage instrumentation is not stable; the targets themselves are plain Rust.
export RUSTC_BOOTSTRAP=1
# Signatures are not verified, so that the fuzzer reaches what lies behind them.
export RUSTFLAGS="--cfg eidb_danger_stub_signatures"

runs=${1:-1000000}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- assertion_check cbor compact_jws config crl der expectation_open json jwk_set \
    mdoc ocsp path_openssl saml_metadata saml_redirect saml_response \
    sd_jwt_vc web_eid xml_c14n xml_decrypt xml_signature

max_len() {
    case $1 in
    mdoc | saml_metadata | saml_redirect | sd_jwt_vc | web_eid | xml_decrypt | xml_signature) echo 8192 ;;
    saml_response) echo 16384 ;;
    config | crl | der | jwk_set | ocsp) echo 4096 ;;
    *) echo 2048 ;;
    esac
}

cargo run --locked --quiet --target-dir target/seeds --bin seeds || exit 2
mkdir -p artifacts
status=0
for target in "$@"; do
    log=artifacts/$target.log
    cargo fuzz run --fuzz-dir . "$target" -- \
        -runs="$runs" -max_len="$(max_len "$target")" -rss_limit_mb=2048 -timeout=10 \
        -print_final_stats=1 >"$log" 2>&1
    result=$?
    executed=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    covered=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
    if [ $result -eq 0 ]; then
        echo "$target: ${executed:-?} executions, ${covered:-?} edges, no finding"
    else
        status=1
        echo "$target: FINDING after ${executed:-?} executions, see fuzz/$log"
        tail -n 40 "$log"
    fi
done
exit $status
