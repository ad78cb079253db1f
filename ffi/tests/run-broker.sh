#!/bin/sh
# Builds and runs the C tests of libeid_broker: ffi/tests/run-broker.sh [TARGET_DIR]
#
# TARGET_DIR is the target folder of Cargo, default target. Its release folder holds what these make,
# each by a call of its own, because a common one would give every crate the features of all:
#     cargo build --release -p eid-broker-ffi-broker
#     cargo build --release -p eid-broker --bin eid-broker
#     cargo build --release -p eid-broker-maker --bin test-wallet
# Needs cc, nm and the files of libssl-dev; uses c++, pkg-config and valgrind where they are, and says
# so where not.

set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
target=${1:-$root/target}/release
fixtures=$root/ffi/tests/fixtures
warnings='-Wall -Wextra -Werror -pedantic'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { printf 'ffi: %s\n' "$*"; }
fail() { say "FAILED: $*" >&2; exit 1; }

for file in libeid_broker_ffi.so libeid_broker_ffi.a eid-broker test-wallet; do
    [ -f "$target/$file" ] || fail "$target/$file is missing; see the head of $0"
done

# The library as it is installed: stripped, under its soname, and without the `_ffi` that keeps it apart
# from the core crate in the target folder.
mkdir -p "$work/lib/pkgconfig" "$work/include"
cp "$target/libeid_broker_ffi.so" "$work/lib/libeid_broker.so.0"
strip --strip-unneeded "$work/lib/libeid_broker.so.0"
ln -s libeid_broker.so.0 "$work/lib/libeid_broker.so"
cp "$target/libeid_broker_ffi.a" "$work/lib/libeid_broker.a"
cp "$root/ffi/include/eid_check.h" "$root/ffi/include/eid_broker.h" "$work/include/"
sed -e "s|@PREFIX@|$work|; s|@LIBDIR@|$work/lib|; s|@VERSION@|0.1.0|" \
    "$root/ffi/pkgconfig/eid-broker.pc.in" > "$work/lib/pkgconfig/eid-broker.pc"
library=$work/lib/libeid_broker.so.0

# What it exports: its own functions and those of libeid_check, and nothing of what it is built from.
nm -D --defined-only "$library" | awk '{print $3}' | LC_ALL=C sort > "$work/symbols"
cat "$root/ffi/broker/symbols.txt" "$root/ffi/check/symbols.txt" | LC_ALL=C sort |
    diff - "$work/symbols" || fail "exported symbols differ from the two symbols.txt"
objdump -p "$library" | grep -q 'SONAME *libeid_broker.so.0$' || fail "soname"
! readelf -d "$library" | grep -q NODELETE || fail "marked to stay loaded, which hides what unloading leaks"
needed=$(objdump -p "$library" | awk '$1 == "NEEDED" {printf "%s ", $2}')
size=$(wc -c < "$library")
[ "$size" -le 6000000 ] || fail "$size bytes, more than 6 MB"
say "libeid_broker: $size bytes stripped; needs $needed"

printf '#include <eid_broker.h>\n' > "$work/header.c"
cc -std=c99 $warnings -I"$work/include" -fsyntax-only "$work/header.c"
if command -v c++ > /dev/null; then
    c++ -std=c++11 $warnings -I"$work/include" -x c++ -fsyntax-only "$work/header.c"
else
    say "no c++: the header was not tried in C++"
fi

# The configurations that broker_test.c names.
make_config() { "$target/eid-broker" init "$work/$1" > /dev/null || fail "eid-broker init"; }
make_config good
make_config findings
sed -i 's/^issuer = /isuer = /' "$work/findings/eid-broker.toml"
make_config open-key
chmod 0644 "$work/open-key/keys/assertion.pem"
make_config no-log
rm -f "$work/no-log/state/audit.log"
mkdir "$work/no-log/state/audit.log"

# The flags, as an application would ask for them.
if command -v pkg-config > /dev/null; then
    flags=$(PKG_CONFIG_PATH=$work/lib/pkgconfig pkg-config --cflags --libs eid-broker)
else
    say "no pkg-config: eid-broker.pc was not tried"
    flags="-I$work/include -L$work/lib -leid_broker"
fi
build() { cc -std=c11 -D_POSIX_C_SOURCE=200809L -g $warnings "$@"; }
build "$root/ffi/tests/broker_test.c" $flags -lpthread -Wl,-rpath,"$work/lib" -o "$work/shared_test"
build -I"$work/include" "$root/ffi/tests/broker_test.c" "$work/lib/libeid_broker.a" \
    -lssl -lcrypto -lgcc_s -lpthread -ldl -lm -o "$work/static_test"
cc -std=c11 -D_POSIX_C_SOURCE=200809L -g -Wall -Wextra -Werror -I"$work/include" \
    "$root/ffi/tests/broker_unload_test.c" -ldl -o "$work/unload_test"
# The tests of libeid_check hold for the larger library, too.
build "$root/ffi/tests/check_test.c" $flags -lpthread -Wl,-rpath,"$work/lib" -o "$work/check_test"

wallet=$target/test-wallet
"$work/shared_test" "$work" "$wallet"
"$work/static_test" "$work" "$wallet"
"$work/check_test" "$fixtures"
"$work/unload_test" "$library" "$work/good" 100

if command -v valgrind > /dev/null; then
    memory='valgrind -q --error-exitcode=9 --leak-check=full --show-leak-kinds=definite,indirect,possible --errors-for-leak-kinds=definite,indirect,possible'
    $memory "$work/shared_test" "$work" "$wallet" || fail "valgrind, libeid_broker"
    $memory "$work/unload_test" "$library" "$work/good" 3 || fail "valgrind, unload"
    say "valgrind: 0 errors, 0 leaks"
else
    say "no valgrind: memory was not watched"
fi

"$target/eid-broker" audit verify --config "$work/good" || fail "the audit log of the tests"
