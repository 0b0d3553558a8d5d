#!/usr/bin/env bash
# Word vectors against gensim, in turns: speed of training alone, and quality by gensim's own scores.
#   benchmarks/words.sh TOKENS DATA [SEEDS]
# TOKENS is text with a sentence a line, split and lower-cased; DATA a folder with EN-WS-353-ALL.txt,
# EN-SIMLEX-999.txt, EN-MEN-TR-3k.txt and questions-words.txt. PYTHON names one with gensim 4.4.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tokens=$1 data=$2 seeds=${3:-5}
python=${PYTHON:-python3}
gapwise=${GAPWISE:-$here/../target/release/gapwise}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
score() {
    "$python" "$here/words/gensim_side.py" score "$1" "$data"/EN-WS-353-ALL.txt \
        "$data"/EN-SIMLEX-999.txt "$data"/EN-MEN-TR-3k.txt "$data"/questions-words.txt
}
train() {
    "$gapwise" words train "$tokens" -o "$out/ours.bin" --tokens as-is --model "$1" --loss "$2" \
        --dimensions "$3" --window 5 --epochs 5 --seed "$4" --learning-rate 0.025 --threads "$5" \
        --quiet --json
}
for dimensions in 100 300; do
    for model in skip-gram cbow; do
        for loss in negative-sampling hierarchical-softmax; do
            for seed in $(seq "$seeds"); do
                echo "== $model $loss, $dimensions dimensions, seed $seed"
                train "$model" "$loss" "$dimensions" "$seed" 2
                # Speeds and the gain of a second thread, in turns.
                if [ "$seed" -le 3 ]; then
                    "$python" "$here/words/gensim_side.py" train "$tokens" "$out/theirs.bin" "$model" \
                        "$loss" "$dimensions" 2 5 "$seed" 0.025 file
                    train "$model" "$loss" "$dimensions" "$seed" 1
                    train "$model" "$loss" "$dimensions" "$seed" 2
                fi
                # Quality is compared at 100 dimensions.
                if [ "$dimensions" = 100 ]; then
                    "$python" "$here/words/gensim_side.py" train "$tokens" "$out/theirs.bin" "$model" \
                        "$loss" "$dimensions" 2 5 "$seed" 0.025 lines
                    score "$out/ours.bin"
                    score "$out/theirs.bin"
                fi
            done
        done
    done
done
