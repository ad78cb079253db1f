#!/bin/sh
# Builds and runs the C tests of libeid_check: ffi/tests/run.sh [TARGET_DIR]
#
# TARGET_DIR is the target folder of Cargo, default target; in its release folder are libeid_check.so
# and libeid_check.a as `cargo build --release -p eid-broker-ffi-check` made them.
# Needs cc and nm; uses c++, pkg-config and valgrind where they are, and says so where not.

set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
target=${1:-$root/target}/release
fixtures=$root/ffi/tests/fixtures
now=1772366400
issuer=https://broker.example
procedure=urn:procedure:building-permit
warnings='-Wall -Wextra -Werror -pedantic'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { printf 'ffi: %s\n' "$*"; }
fail() { say "FAILED: $*" >&2; exit 1; }

for file in libeid_check.so libeid_check.a; do
    [ -f "$target/$file" ] || fail "$target/$file is missing; cargo build --release -p eid-broker-ffi-check"
done

# The library as it is installed: stripped, under its soname.
mkdir -p "$work/lib/pkgconfig" "$work/include"
cp "$target/libeid_check.so" "$work/lib/libeid_check.so.0"
strip --strip-unneeded "$work/lib/libeid_check.so.0"
ln -s libeid_check.so.0 "$work/lib/libeid_check.so"
cp "$target/libeid_check.a" "$work/lib/"
cp "$root/ffi/include/eid_check.h" "$work/include/"
sed -e "s|@PREFIX@|$work|; s|@LIBDIR@|$work/lib|; s|@VERSION@|0.1.0|" \
    "$root/ffi/pkgconfig/eid-check.pc.in" > "$work/lib/pkgconfig/eid-check.pc"
library=$work/lib/libeid_check.so.0

# What it exports, what it needs, how large it is.
nm -D --defined-only "$library" | awk '{print $3}' | LC_ALL=C sort > "$work/symbols"
diff "$root/ffi/check/symbols.txt" "$work/symbols" || fail "exported symbols differ from symbols.txt"
objdump -p "$library" | grep -q 'SONAME *libeid_check.so.0$' || fail "soname"
needed=$(objdump -p "$library" | awk '$1 == "NEEDED" {printf "%s ", $2}')
case $needed in *ssl*|*crypto*) fail "needs $needed" ;; esac
size=$(wc -c < "$library")
[ "$size" -le 2500000 ] || fail "$size bytes, more than 2.5 MB"
say "$size bytes stripped; needs $needed"

# The header alone, in C and in C++.
printf '#include <eid_check.h>\n' > "$work/header.c"
cc -std=c99 $warnings -I"$work/include" -fsyntax-only "$work/header.c"
if command -v c++ > /dev/null; then
    c++ -std=c++11 $warnings -I"$work/include" -x c++ -fsyntax-only "$work/header.c"
else
    say "no c++: the header was not tried in C++"
fi

# The tests, against the shared and the static library.
build() { cc -std=c11 -D_POSIX_C_SOURCE=200809L -g $warnings -I"$work/include" "$@"; }
static="$work/lib/libeid_check.a -lgcc_s -lpthread -ldl -lm"
build "$root/ffi/tests/check_test.c" -L"$work/lib" -leid_check -lpthread \
    -Wl,-rpath,"$work/lib" -o "$work/shared_test"
build "$root/ffi/tests/check_test.c" $static -o "$work/static_test"
cc -std=c11 -D_POSIX_C_SOURCE=200809L -g -Wall -Wextra -Werror -I"$work/include" \
    "$root/ffi/tests/unload_test.c" -ldl -o "$work/unload_test"
"$work/shared_test" "$fixtures"
"$work/static_test" "$fixtures"
"$work/unload_test" "$library" "$fixtures" 1000

if command -v valgrind > /dev/null; then
    memory='valgrind -q --error-exitcode=9 --leak-check=full --show-leak-kinds=definite,indirect,possible --errors-for-leak-kinds=definite,indirect,possible'
    $memory "$work/shared_test" "$fixtures" || fail "valgrind, shared library"
    $memory "$work/unload_test" "$library" "$fixtures" 3 || fail "valgrind, unload"
    say "valgrind: 0 errors, 0 leaks"
else
    say "no valgrind: memory was not watched"
fi

# The example, as an application would build it.
if command -v pkg-config > /dev/null; then
    flags=$(PKG_CONFIG_PATH=$work/lib/pkgconfig pkg-config --cflags --libs eid-check)
else
    say "no pkg-config: eid-check.pc was not tried"
    flags="-I$work/include -L$work/lib -leid_check"
fi
cc -std=c11 $warnings "$root/examples/c/check.c" $flags -Wl,-rpath,"$work/lib" -o "$work/check"

# example STATUS TEXT ARGUMENTS…: the exit status, and a text in the output.
example() {
    status=$1 text=$2
    shift 2
    found=0
    "$work/check" "$@" > "$work/output" 2>&1 || found=$?
    [ "$found" = "$status" ] || fail "check $*: exit $found instead of $status"
    grep -q "$text" "$work/output" || { cat "$work/output"; fail "check $*: no $text"; }
}
jwks=$fixtures/jwks.json
example 0 'family_name *Müßiggang-Øster' "$jwks" $issuer $procedure "$fixtures/good.jwt" $now
example 0 'level *high, notified' "$jwks" $issuer $procedure "$fixtures/good.jwt" $now
example 1 'time.expired (3020)' "$jwks" $issuer $procedure "$fixtures/expired.jwt" $now
example 1 'sig.invalid (3011)' "$jwks" $issuer $procedure "$fixtures/tampered.jwt" $now
example 1 'audience.mismatch (3030)' "$jwks" $issuer $procedure "$fixtures/other-audience.jwt" $now
example 1 'time.expired (3020)' "$jwks" $issuer $procedure "$fixtures/good.jwt"
example 2 'misuse.argument (9001)' "$jwks" http://broker.example $procedure "$fixtures/good.jwt" $now
example 2 'NOW is a number' "$jwks" $issuer $procedure "$fixtures/good.jwt" yesterday
example 2 'usage' "$jwks"
example 2 'No such file' "$work/none" $issuer $procedure "$fixtures/good.jwt" $now
say "the example answers as documented"
