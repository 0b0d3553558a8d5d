#!/usr/bin/env bash
# Depth with and without skips: plain-20, plain-56, ResNet-20 and ResNet-56 on 10,000 images of
# Fashion-MNIST, trained alike, three seeds each.
#
#   benchmarks/depth.sh [DIRECTORY]         default: a new temporary directory
#   GAPWISE=BINARY                          default: the release build
#
# Needs ../shared/data and Python. Takes an hour on one thread; the bits are the same on any number.
set -euo pipefail
. "$(dirname "$0")/fashion/begin.sh"
for seed in 1 2 3; do
    for network in plain20 plain56 resnet20 resnet56; do
        run=$network-$seed
        [ -e "$run" ] || "$GAPWISE" run depth/train --validation depth/validation \
            --set network.kind=$network --set train.optimiser=momentum \
            --set train.learning_rate=0.1 --set train.batch=128 --set train.epochs=15 \
            --set train.warm_up=1 --set train.keep=last --seed $seed --out "$run" --quiet \
            >"$run.txt" 2>&1
        printf '%s, seed %s:' "$network" "$seed"
        grep -E '^  train ' "$run.txt" | tr -s ' ' | cut -d' ' -f2-4
        tail -n +2 "$run/history.csv" | cut -d, -f1,3,5
    done
done
