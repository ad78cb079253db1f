#!/bin/sh
# Builds and runs the benches; with names, only those. Exit 1 when a bar does not hold.
set -u
cd "$(dirname "$0")" || exit 2
export CARGO_TERM_COLOR=never

stubbed="ffi_check xml_signed_8k xml_memory size_sweep"
if [ $# -eq 0 ]; then
    set -- sdjwt_kb sdjwt_kb_uncached mdoc_response mdoc_response_uncached assertion_issue_es256 assertion_check_es256 crl_lookup \
        x509_chain_p256 x509_chain_bp256 chain_cache_hit anchor_memory anchor_lookup \
        webeid_p256 webeid_p384 saml_plain_p256 saml_plain_rsa2048 saml_enc_p256 saml_enc_oaep3072 $stubbed
fi

status=0
for name in "$@"; do
    case " $stubbed " in
    *" $name "*)
        RUSTFLAGS="--cfg eidb_danger_stub_signatures" \
            cargo run --locked --release --quiet --target-dir target/stubbed -- "$name" || status=1
        ;;
    *)
        # The bar of webeid_p384 is for the library with its feature aws-lc.
        features=""
        [ "$name" = webeid_p384 ] && features="--features aws-lc --target-dir target/aws-lc"
        # shellcheck disable=SC2086
        cargo run --locked --release --quiet $features -- "$name" || status=1
        ;;
    esac
done
exit $status
