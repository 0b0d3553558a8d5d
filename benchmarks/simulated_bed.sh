#!/usr/bin/env bash
# The simulated bed: how often ladder, verdict and intervals are right where the truth is known.
#
#   benchmarks/simulated_bed.sh [TABLES [SEED [PART]]]
#
# Prints the Markdown tables of BENCHMARKS.md: 5,000 tables a cell from seed 4 unless told
# otherwise; PART is rates, pairs, rmse or metrics. Same seed, same figures, whatever the number of threads.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo run --release --quiet -p gapwise-study --example simulated_bed -- "$@"
