#!/usr/bin/env bash
# Start-up, cold prediction and loading: medians of 11 runs, in milliseconds of wall time.
#
#   benchmarks/speed.sh
#
# Loading is what `environment.json` of a run records as `read`: reading, checking, fingerprint,
# duplicates and splits.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release --quiet
gapwise=$PWD/target/release/gapwise
image=$PWD/examples/digits/3/$(ls examples/digits/3 | head -n 1)
digits=$PWD/examples/digits
data=$(cd .. && pwd)/shared/data
cd "$(mktemp -d)"

median() {
    local label=$1
    shift
    for _ in 1 2 3 4 5 6 7 8 9 10 11; do
        local began ended
        began=$(date +%s%N)
        "$@" >/dev/null 2>&1
        ended=$(date +%s%N)
        echo $(((ended - began) / 10000))
    done | sort -n | sed -n 6p | awk -v label="$label" '{printf "%-40s %8.2f ms\n", label, $1 / 100}'
}

"$gapwise" run "$digits" --quiet --set train.epochs=2 --out run >/dev/null 2>&1
median "gapwise --help" "$gapwise" --help
median "gapwise predict RUN one-image.png" "$gapwise" predict run "$image"
for set in mnist tabular/adult-train.csv.gz tabular/california-housing.csv.gz; do
    if [ -e "$data/$set" ]; then
        median "gapwise inspect $set" "$gapwise" inspect "$data/$set"
    fi
done
