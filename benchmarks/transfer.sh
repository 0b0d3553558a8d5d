#!/usr/bin/env bash
# Transfer on Fashion-MNIST: ResNet-20 learns classes 0 to 4, then classes 5 to 9 of 20 examples each,
# from those weights with the head alone trained, with all layers trained, and from drawn weights.
#
#   benchmarks/transfer.sh [DIRECTORY]      default: a new temporary directory
#   GAPWISE=BINARY                          default: the release build
#
# Needs ../shared/data and Python. Prints the test error of every run, of which there are fifteen.
set -euo pipefail
. "$(dirname "$0")/fashion/begin.sh"
[ -e before ] || "$GAPWISE" run pretraining --set network.kind=resnet20 --set train.epochs=8 \
    --out before --quiet >before.txt 2>&1

few() {
    local name=$1 seed=$2
    shift 2
    [ -e "$name-$seed" ] || "$GAPWISE" run "few-$seed/train" --validation "few-$seed/validation" \
        --test few/test --set network.kind=resnet20 --set train.keep=last \
        --seed "$seed" --out "$name-$seed" --quiet "$@" >"$name-$seed.txt" 2>&1
    printf '%s, seed %s:' "$name" "$seed"
    "$GAPWISE" evaluate "$name-$seed" --test | grep -E '^  test ' | tr -s ' ' | cut -d' ' -f2-7
}

for seed in 1 2 3 4 5; do
    few scratch "$seed" --set train.epochs=100
    few frozen "$seed" --weights before --freeze head-only
    few tuned "$seed" --weights before --freeze none --set train.epochs=100
done
