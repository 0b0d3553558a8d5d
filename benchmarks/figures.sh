#!/usr/bin/env bash
# Trains what BENCHMARKS.md reports, three seeds each, and opens each test set once.
#
#   benchmarks/figures.sh [DIRECTORY]      default: a new temporary directory
#
# Needs ../shared/data. A data set that is not there is passed over.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release --quiet
gapwise=$PWD/target/release/gapwise
digits=$PWD/examples/digits
data=$(cd .. && pwd)/shared/data
out=${1:-$(mktemp -d)}
mkdir -p "$out"
cd "$out"
echo "runs are in $out"

figures() {
    local name=$1 source=$2
    shift 2
    if [ ! -e "$source" ]; then
        echo "$name: passed over, $source is not there"
        return
    fi
    for seed in 1 2 3; do
        local run=$name-seed-$seed
        if [ -e "$run" ]; then
            echo "$run: is there already"
            continue
        fi
        local began=$SECONDS
        "$gapwise" run "$source" "$@" --seed "$seed" --out "$run" --quiet >"$run.txt" 2>&1
        echo "$run: $((SECONDS - began)) s"
        "$gapwise" evaluate "$run" --test | grep -E '^  (train|validation|test) '
    done
}

figures digits "$digits"
figures adult "$data/tabular/adult-train.csv.gz" --test "$data/tabular/adult-test.csv.gz"
figures california "$data/tabular/california-housing.csv.gz" --label median_house_value
figures california-deeper "$data/tabular/california-housing.csv.gz" --label median_house_value \
    --set 'network.hidden=[128,128]' --set train.epochs=60
figures mnist "$data/mnist"
figures mnist-crop "$data/mnist" --set augment.crop=2
figures fashion "$data/fashion-mnist" --set network.kind=conv --set 'network.channels=[32,64,128]' \
    --set network.dropout=0.3 --set augment.mirror=true --set augment.crop=1 --set train.epochs=14
figures fashion-resnet "$data/fashion-mnist" --set network.kind=resnet20 --set train.optimiser=momentum \
    --set train.learning_rate=0.1 --set train.batch=128 --set train.epochs=30 --set train.warm_up=1 \
    --set train.l2=2.5e-4 --set train.keep=last --set augment.mirror=true --set augment.crop=2
