#!/usr/bin/env bash
# Word vectors against gensim, in turns, and what many words take.
#
#   benchmarks/words.sh tokens BOOKS.txt.gz TOKENS     a text as both sides read it
#   benchmarks/words.sh speed TOKENS                   words a second of training alone, in millions
#   benchmarks/words.sh quality TOKENS DATA [SEEDS]    by gensim's own scores of both
#   benchmarks/words.sh large FOLDER                   memory, and questions to many vectors; takes 4 GB there
#
# TOKENS is text with a sentence a line, split and lower-cased; DATA a folder with EN-WS-353-ALL.txt,
# EN-SIMLEX-999.txt, EN-MEN-TR-3k.txt and questions-words.txt. PYTHON names one with gensim 4.4, GAPWISE a
# binary that is built already.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
gapwise=${GAPWISE:-${CARGO_TARGET_DIR:-$here/../target}/release/gapwise}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

ours() { # MODEL LOSS DIMENSIONS THREADS SEED
    "$gapwise" words train "$tokens" -o "$out/ours.bin" --tokens as-is --model "$1" --loss "$2" \
        --dimensions "$3" --window 5 --epochs 5 --threads "$4" --seed "$5" --learning-rate 0.025 \
        --quiet --json
}
theirs() { # MODEL LOSS DIMENSIONS SEED FROM
    "$python" "$here/words/gensim_side.py" train "$tokens" "$out/theirs.bin" "$1" "$2" "$3" 2 5 "$4" \
        0.025 "$5"
}
rate() { # WHO: of the JSON that comes in
    "$python" -c 'import json, sys
told = json.load(sys.stdin)
rate = told.get("words_per_second") or told["words"] / told["seconds"]
print(sys.argv[1], round(rate / 1e6, 2), flush=True)' "$1"
}
each() { # COMMAND DIMENSIONS...: for every model and loss
    local command=$1 dimensions model loss
    shift
    for dimensions in "$@"; do
        for model in skip-gram cbow; do
            for loss in negative-sampling hierarchical-softmax; do
                echo "== $model, $loss, $dimensions dimensions"
                "$command" "$model" "$loss" "$dimensions"
            done
        done
    done
}

speed() { # MODEL LOSS DIMENSIONS: two threads and one of ours three times, gensim's two twice
    for seed in 1 2 3; do
        ours "$@" 2 "$seed" | rate "ours, 2 threads"
        ours "$@" 1 "$seed" | rate "ours, 1 thread"
        if [ "$seed" -lt 3 ]; then
            theirs "$@" "$seed" file | rate "gensim, 2 threads"
        fi
    done
}

score() {
    "$python" "$here/words/gensim_side.py" score "$1" "$data"/EN-WS-353-ALL.txt \
        "$data"/EN-SIMLEX-999.txt "$data"/EN-MEN-TR-3k.txt "$data"/questions-words.txt
}
quality() { # MODEL LOSS DIMENSIONS
    for seed in $(seq "$seeds"); do
        ours "$@" 2 "$seed" >/dev/null
        echo "ours $seed $(score "$out/ours.bin")"
        theirs "$@" "$seed" lines >/dev/null
        echo "gensim $seed $(score "$out/theirs.bin")"
    done
}

large() { # FOLDER
    peak() { "$python" "$here/words/large.py" peak "$@"; }
    "$python" "$here/words/large.py" text "$1/many.txt" 400000
    "$python" "$here/words/large.py" text "$1/few.txt" 50
    for dimensions in 100 300; do
        for text in many few; do
            echo "== $text, $dimensions dimensions"
            peak "$gapwise" words train "$1/$text.txt" -o "$1/$text.safetensors" --tokens as-is \
                --min-count 1 --subsample 0 --dimensions "$dimensions" --epochs 1 --threads 2 --quiet
        done
    done
    "$gapwise" words convert "$1/many.safetensors" "$1/many.bin" --quiet
    for file in many.safetensors many.bin; do
        echo "== similar, 400,000 × 300, $file, seconds"
        for _ in 1 2 3; do
            "$python" "$here/words/large.py" seconds "$gapwise" words similar "$1/$file" word7
        done
    done
    "$python" "$here/words/large.py" vectors "$1/million.bin" 1100000
    echo "== 1,100,000 × 300: the index built, then asked, and all looked at"
    for search in approximate approximate exact; do
        "$python" "$here/words/large.py" seconds "$gapwise" words similar "$1/million.bin" w7 \
            --search "$search" --quiet
    done
}

command=${1:-}
case $command in
    tokens) "$python" "$here/words/tokens.py" "$2" "$3" ;;
    speed) tokens=$2 && each speed 100 300 ;;
    quality) tokens=$2 data=$3 seeds=${4:-5} && each quality 100 ;;
    large) large "$2" ;;
    *) sed -n '2,13p' "$0" && exit 2 ;;
esac
