#!/bin/sh
# Builds and runs the benches; with names, only those. Exit 1 when a bar does not hold.
set -u
cd "$(dirname "$0")" || exit 2
export CARGO_TERM_COLOR=never

stubbed="size_sweep"
if [ $# -eq 0 ]; then
    set -- sdjwt_kb sdjwt_kb_uncached assertion_issue_es256 assertion_check_es256 crl_lookup \
        x509_chain_p256 x509_chain_bp256 chain_cache_hit anchor_memory anchor_lookup $stubbed
fi

status=0
for name in "$@"; do
    case " $stubbed " in
    *" $name "*)
        RUSTFLAGS="--cfg eidb_danger_stub_signatures" \
            cargo run --locked --release --quiet --target-dir target/stubbed -- "$name" || status=1
        ;;
    *)
        cargo run --locked --release --quiet -- "$name" || status=1
        ;;
    esac
done
exit $status
