#!/usr/bin/env bash
# The recipe's commands, taken as they are printed.
#
#   benchmarks/recipe.sh commands [DIRECTORY]   every kind of command on ten tables: does one diverge?
#   benchmarks/recipe.sh walk [DIRECTORY]       five printed commands in a row on ten tables: where
#                                               does the error of the network go on from lead?
#   GAPWISE=BINARY, COMMANDS=BINARY             default: the release build, and its example
#                                               recipe_commands
#
# Runs are kept in DIRECTORY, by default a temporary one, and what is there is not trained again. Needs
# ../shared/data and Python. Prints the Markdown tables of BENCHMARKS.md.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
what=${1:?commands or walk}
if [[ -z ${GAPWISE:-} || ($what = commands && -z ${COMMANDS:-}) ]]; then
    (cd "$root" && cargo build --release --locked --quiet --workspace --bin gapwise --example recipe_commands)
fi
export GAPWISE=${GAPWISE:-$root/target/release/gapwise}
export COMMANDS=${COMMANDS:-$root/target/release/examples/recipe_commands}
if [[ $# -gt 1 ]]; then desk=$2; mkdir -p "$desk"; else desk=$(mktemp -d); trap 'rm -rf "$desk"' EXIT; fi
exec python3 "$root/benchmarks/recipe/$what.py" "$root/../shared/data/bed" "$desk"
