#!/bin/sh
# Runs every fuzz target for so many minutes each: benchmarks/fuzz.sh [MINUTES [TARGET…]]
# Needs cargo-fuzz (`cargo install cargo-fuzz`) and a nightly compiler. What a target finds lies in
# fuzz/artifacts/TARGET; the exit status is 1 if any found something.
set -u
minutes=${1:-1}
[ $# -gt 0 ] && shift
cd "$(dirname "$0")/.." || exit 1
[ $# -gt 0 ] || set -- tables numbers idx images predictions vectors corpus checkpoint config weights
found=0
for target in "$@"; do
  case $target in
    checkpoint | config | weights) features="--features engine" ;;
    vectors | corpus) features="--features words" ;;
    *) features= ;;
  esac
  mkdir -p "fuzz/corpus/$target"
  # shellcheck disable=SC2086
  cargo +nightly fuzz run $features "$target" "fuzz/corpus/$target" $(ls -d "fuzz/seeds/$target" 2>/dev/null) -- \
    -max_total_time=$((60 * minutes)) -rss_limit_mb=4096 -timeout=300 ||
    { echo "fuzz: $target found something"; found=1; }
done
exit $found
