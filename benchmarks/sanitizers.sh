#!/usr/bin/env bash
# The tests of the kernels and of word vectors where a wrong read or write of memory ends them: under
# AddressSanitizer with each set of instructions; the kernels under Valgrind with the portable one.
#
#   benchmarks/sanitizers.sh
#
# On Linux with x86-64 and AVX-512. Needs `rustup toolchain install nightly`, and Valgrind.
set -euo pipefail
cd "$(dirname "$0")/.."
host=x86_64-unknown-linux-gnu
tests="-p gapwise-kernels --lib --test it"
words="-p gapwise-words --lib --test it"

for instructions in avx512 avx2 portable; do
    printf '\n== AddressSanitizer, %s\n' "$instructions"
    for of in "$tests" "$words"; do
        GAPWISE_INSTRUCTIONS=$instructions RUSTFLAGS=-Zsanitizer=address cargo +nightly test $of \
            --target $host --target-dir "${CARGO_TARGET_DIR:-target}/address" --quiet
    done
done

# Valgrind knows no AVX-512 and says so to those who ask the processor, so the engine does without.
printf '\n== Valgrind, portable\n'
export CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER='valgrind --quiet --error-exitcode=1'
# Left out is what only repeats the same reads and writes at larger sizes, which takes very long there.
GAPWISE_INSTRUCTIONS=portable cargo test $tests --quiet -- --skip sizes_of_the_networks \
    --skip many_examples --skip one_row_over_many
