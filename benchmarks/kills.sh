#!/usr/bin/env bash
# Kills runs at random moments and resumes them until each is finished, then compares every file
# that has to be the same with those of an undisturbed run.
#
#   benchmarks/kills.sh [KILLS]     kills on each data set; default 200
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."

kills=${1:-200}
gapwise=$PWD/target/release/gapwise
cargo build --release --locked --quiet
desk=$(mktemp -d)
trap 'rm -rf "$desk"' EXIT

# A table of two rings with noise, made by a generator with a seed.
awk 'BEGIN { srand(7); print "x,y,z,ring"; for (i = 0; i < 3000; i++) {
    r = 1 + (i % 2); a = 6.2831853 * rand();
    printf "%.4f,%.4f,%.4f,%s\n", r * cos(a) + 0.2 * rand(), r * sin(a) + 0.2 * rand(), rand(),
        (i % 2) ? "outer" : "inner" } }' > "$desk/rings.csv"

RANDOM=1
compared="predictions.csv history.csv gradients.csv split.csv diagnosis.json baselines.json
    worst.json model.json run.json data.json settings.json checkpoints/best.safetensors checkpoints/last.safetensors"

# kill_and_resume NAME LONGEST_MS ARGS...
kill_and_resume() {
    local name=$1 longest=$2 done_kills=0 runs=0 started=$SECONDS
    shift 2
    (cd "$desk" && "$gapwise" run "$@" -q -o "whole-$name/run" > /dev/null)
    while ((done_kills < kills)); do
        runs=$((runs + 1))
        local out="killed-$name-$runs/run" finished=no
        while [[ $finished == no ]]; do
            local command=(run "$@" -o "$out")
            if [[ -f "$desk/$out/config.toml" ]]; then command=(train --resume "$out"); fi
            local after=$((RANDOM % longest + 1))
            set +e
            { (cd "$desk" && exec timeout -s KILL "$(printf '%d.%03d' $((after / 1000)) $((after % 1000)))" \
                "$gapwise" "${command[@]}" -q --checkpoint-every 0.05 > /dev/null 2> "$desk/said"); } 2> /dev/null
            local status=$?
            set -e
            case $status in
                0) finished=yes ;;
                137) done_kills=$((done_kills + 1)) ;;
                *) cat "$desk/said"; echo "$name: ended with $status"; exit 1 ;;
            esac
        done
        for file in $compared; do
            # The command names the run's directory, which is another.
            if ! cmp -s <(sed '/"command"\|gapwise /d' "$desk/whole-$name/run/$file") \
                <(sed '/"command"\|gapwise /d' "$desk/$out/$file"); then
                echo "$name: $file of run $runs differs after $done_kills kills"
                exit 1
            fi
        done
        rm -rf "${desk:?}/killed-$name-$runs"
    done
    echo "$name: $done_kills kills in $runs runs, every file equal to the undisturbed run's," \
        "$((SECONDS - started)) s"
}

kill_and_resume digits 1500 "$PWD/examples/digits"
kill_and_resume rings 1200 rings.csv
