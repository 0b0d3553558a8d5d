#!/usr/bin/env bash
# 24 real trainings with planted faults: does the verdict find what is wrong, and is it right of the
# true gaps, which a large held-back sample of the same generator gives?
#
#   benchmarks/planted_faults.sh [DIRECTORY]      where runs are kept; default: a temporary one
#
# Prints the Markdown tables of BENCHMARKS.md. Each expectation is written here beside its case, with
# its reason, and was before the case was first run.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."
cargo build --release --locked --quiet
gapwise=$PWD/target/release/gapwise
here=$PWD/benchmarks/planted_faults
digits=$PWD/examples/digits
if [[ $# -gt 0 ]]; then desk=$1; mkdir -p "$desk"; else desk=$(mktemp -d); trap 'rm -rf "$desk"' EXIT; fi
cd "$desk"
rm -f kept last tally-*
held_back=20000 # rows of every large sample
tries=200       # runs among which a reused validation set chooses
number=0
fit=(--set 'network.hidden=[64,64]' --set train.batch=64 --set train.epochs=60)

# draw FILE ROWS SEED SHAPE [NAME=VALUE...]
draw() {
    local file=$1 rows=$2 seed=$3 shape=$4 given=(-v flip=0 -v noise=0 -v moved=0 -v faces=2)
    shift 4
    for each; do given+=(-v "$each"); done
    awk -v n="$rows" -v seed="$seed" -v shape="$shape" "${given[@]}" -f "$here/generate.awk" > "$file"
}

# error_of RUN DATA: the network's error on data that it never saw.
error_of() { "$gapwise" evaluate "$1" "$2" --json -q | awk '/"error": [0-9]/ { print $2 + 0; exit }'; }

# judge ROWS DIAGNOSIS RUN REUSED LARGE [LARGE_SOURCE]: a row of the table ROWS.
judge() {
    local source=''
    if [[ -n ${6:-} ]]; then source=$(error_of "$3" "$6"); fi
    awk -v fault="$fault" -v planted="$planted" -v expected="$expected" -v reused="$4" -v seed="$number" \
        -v validation="$(error_of "$3" "$5")" -v train_validation="$source" \
        -v tally="tally-$1-$number" -f "$here/judge.awk" "$2" | tee -a "$1" >&2
}

# judge_both_epochs HUMAN LARGE [LARGE_SOURCE]: the run as it is, which keeps its best epoch by
# validation, and then the weights after its last epoch, as a prediction table.
judge_both_epochs() {
    local human=$1 in=case-$number
    shift
    judge kept "$in/run/diagnosis.json" "$in/run" 0 "$@"
    cp -r "$in/run" "$in/last"
    cp "$in/last/checkpoints/last.safetensors" "$in/last/checkpoints/best.safetensors"
    echo "id,split,label,prediction" > "$in/table.csv"
    local file
    for file in data source; do
        if [[ ! -f $in/$file.csv ]]; then continue; fi
        "$gapwise" predict "$in/last" "$in/$file.csv" -q > "$in/answers.csv"
        awk -F, -v name="$file.csv" 'FILENAME ~ /split.csv$/ { split_[$1] = $2; next }
            FILENAME ~ /answers.csv$/ { answer[$1] = $2; next }
            FNR > 1 { id = name ":" FNR
                if (split_[id] != "" && split_[id] != "test") print id "," split_[id] "," $NF "," answer[id] }' \
            "$in/run/split.csv" "$in/answers.csv" "$in/$file.csv" >> "$in/table.csv"
    done
    "$gapwise" diagnose --predictions "$in/table.csv" --human "$human" --json -q > "$in/last.json"
    judge last "$in/last.json" "$in/last" 0 "$@"
}

# begin: the next case, in its own directory; its number is the seed of its data and training.
begin() { number=$((number + 1)); rm -rf "case-$number"; mkdir "case-$number"; }

# The cases set these three, which `judge` reads.
fault='' planted='' expected=''

# held FAULT PLANTED EXPECTED HUMAN TRAIN VALIDATION "SHAPE NAME=VALUE..." RUN_ARGS...
# Trains on a table of TRAIN + VALIDATION rows; test is not needed.
held() {
    fault=$1 planted=$2 expected=$3
    local human=$4 rows=$(($5 + $6)) shape=$7 in validation
    validation=$(awk "BEGIN { printf \"%.8f\", $6 / $rows }")
    shift 7
    begin; in=case-$number
    # shellcheck disable=SC2086  # the shape and its parameters are several words
    { draw "$in/data.csv" "$rows" "$number" $shape; draw "$in/large.csv" "$held_back" $((1000 + number)) $shape; }
    "$gapwise" run "$in/data.csv" --label label --human "$human" --seed "$number" -q -o "$in/run" \
        --set split.validation="$validation" --set split.test=0 "$@" > /dev/null
    judge_both_epochs "$human" "$in/large.csv"
}

# shifted PLANTED HUMAN "SHAPE NAME=VALUE..." RUN_ARGS...
# Trains on one source, is judged on another: 4,000 train, 2,000 train-validation, 2,000 validation.
shifted() {
    fault="shifted source" planted=$1 expected=mismatch
    local human=$2 shape=$3 in
    shift 3
    begin; in=case-$number
    # shellcheck disable=SC2086
    { draw "$in/data.csv" 4000 "$number" $shape moved=1; draw "$in/large.csv" "$held_back" $((1000 + number)) $shape moved=1
      draw "$in/source.csv" 6000 $((2000 + number)) $shape; draw "$in/large-source.csv" "$held_back" $((3000 + number)) $shape; }
    "$gapwise" run "$in/data.csv" --train-from "$in/source.csv" --label label --human "$human" \
        --seed "$number" -q -o "$in/run" --set split.train_validation=0.33333333 "$@" > /dev/null
    judge_both_epochs "$human" "$in/large.csv" "$in/large-source.csv"
}

# reused PLANTED EXPECTED HUMAN TRAIN VALIDATION TEST "SHAPE NAME=VALUE..."
# Keeps the best on validation of many runs that differ in seed, width and rate, then opens test.
reused() {
    fault="reused validation" planted=$1 expected=$2
    local human=$3 rows=$(($4 + $5 + $6)) shape=$7 in validation test best
    validation=$(awk "BEGIN { printf \"%.8f\", $5 / $rows }")
    test=$(awk "BEGIN { printf \"%.8f\", $6 / $rows }")
    begin; in=case-$number
    # shellcheck disable=SC2086
    { draw "$in/data.csv" "$rows" "$number" $shape; draw "$in/large.csv" "$held_back" $((1000 + number)) $shape; }
    for ((try = 1; try <= tries; try++)); do
        local widths=(4 8 16 32) rates=(0.01 0.03)
        printf '%s\0' "$gapwise run $in/data.csv --label label --human $human --seed $try -q --threads 1 \
            -o $in/run-$try --set split.validation=$validation --set split.test=$test \
            --set train.epochs=60 --set network.hidden=[${widths[try % 4]}] \
            --set train.learning_rate=${rates[try / 4 % 2]} > /dev/null"
    done | xargs -0 -n 1 -P 2 bash -c
    for ((try = 1; try <= tries; try++)); do
        awk -v try="$try" '/"kind": "validation"/ { at = 1 } at && /"error": [0-9]/ {
            print $2 + 0, try; exit }' "$in/run-$try/diagnosis.json"
    done | sort -g -k1,1 -k2,2n > "$in/order"
    best=$in/run-$(awk 'NR == 1 { print $2 }' "$in/order")
    "$gapwise" evaluate "$best" --test -q > /dev/null
    judge kept "$best/diagnosis.json" "$best" 1 "$in/large.csv"
}

# Too small: with no label wrong people reach 0, the network cannot bend enough to fit its own
# training examples, and a network of few weights does as badly on new ones. So: avoidable bias. The
# noise of `waves` has the standard deviation 0.5, which is the least RMSE that anybody can reach.
held "too small" "rings, hidden [2]" avoidable-bias 0 3000 2000 rings --set 'network.hidden=[2]'
held "too small" "spirals, hidden [2]" avoidable-bias 0 3000 2000 spirals --set 'network.hidden=[2]'
held "too small" "xor, no hidden layer" avoidable-bias 0 3000 2000 xor --set 'network.hidden=[]'
held "too small" "waves, hidden [1]" avoidable-bias 0.5 3000 2000 "waves noise=0.5" --set 'network.hidden=[1]'

# Too few examples: a network with thousands of weights learns some dozens by heart. So: variance.
held "too few examples" "spirals, 60 train" variance 0 60 2000 spirals --set 'network.hidden=[64,64]'
held "too few examples" "interactions, 100 train" variance 0 100 2000 interactions --set 'network.hidden=[64,64]'
held "too few examples" "waves, 60 train" variance 0.5 60 2000 "waves noise=0.5" --set 'network.hidden=[64,64]'

# The same of real images: 10 of each digit train, 30 validate, the other 1,397 are the large sample.
# They are drawn, since files stand in the order of their writers.
fault="too few examples" planted="digits, 100 train" expected=variance
begin
in=case-$number
for class in 0 1 2 3 4 5 6 7 8 9; do
    mkdir -p "$in/data/train/$class" "$in/data/validation/$class" "$in/large/$class"
    for image in "$digits/$class"/*; do echo "$image"; done |
        awk -v state=$((number * 100 + class + 1)) '{ for (i = 0; i < 9; i++) state = (state * 48271) % 2147483647
            print state, $0 }' | sort -n | awk -v to="$in" -v class="$class" '{ sub(/^[0-9]+ /, "")
            print $0; print to (NR <= 10 ? "/data/train/" : NR <= 40 ? "/data/validation/" : "/large/") class "/" }' |
        tr '\n' '\0' | xargs -0 -n 2 cp
done
"$gapwise" run "$in/data" --human 0 --seed "$number" -q -o "$in/run" --set split.test=0 > /dev/null
judge kept "$in/run/diagnosis.json" "$in/run" 0 "$in/large"

# Shifted source: enough examples and network for the source it trains on, and another source to be
# judged by: an offset in one input, or turned. So: data mismatch.
shifted "rings, 0.4 to the right" 0 rings "${fit[@]}"
shifted "spirals, turned by 40°" 0 spirals "${fit[@]}"
shifted "interactions, one input + 1" 0 interactions "${fit[@]}"
shifted "waves, one input + 0.3" 0.5 "waves noise=0.5" "${fit[@]}"

# Noisy labels, in train and validation alike: people who are scored against such labels err as often
# as labels are wrong, so that is their level. It raises every rung, and is no gap by itself: with
# many examples none is above the tolerance. With few, the network learns the noise by heart:
# variance. And where the level of clean labels (0) is given instead, the ladder has no way to know:
# avoidable bias, which is what these figures say and what no network can close.
held "noisy labels" "rings, 20 % flipped, 10,000 train" none 0.2 10000 10000 "rings flip=0.2" "${fit[@]}"
held "noisy labels" "waves, noise 2, 10,000 train" none 2 10000 10000 "waves noise=2" "${fit[@]}"
held "noisy labels" "spirals, 20 % flipped, 300 train" variance 0.2 300 2000 "spirals flip=0.2" --set 'network.hidden=[64,64]'
held "noisy labels" "xor, 20 % flipped, human given as 0" avoidable-bias 0 10000 10000 "xor flip=0.2" "${fit[@]}"

# Tiny validation: 25 examples, on which an error of a tenth is 0 to 25 %, and no gap is large. So:
# cannot tell.
held "tiny validation" "rings, 10 % flipped, 25 validation" cannot-tell 0.1 4000 25 "rings flip=0.1" "${fit[@]}"
held "tiny validation" "xor, 10 % flipped, 25 validation" cannot-tell 0.1 4000 25 "xor flip=0.1" "${fit[@]}"
held "tiny validation" "interactions, 10 % flipped, 25 validation" cannot-tell 0.1 4000 25 "interactions flip=0.1" "${fit[@]}"
held "tiny validation" "waves, noise 1, 25 validation" cannot-tell 1 4000 25 "waves noise=1" "${fit[@]}"

# Validation reused: 200 networks, 60 epochs of each, and the best of 12,000 on 50 examples. Where
# there is nothing or little to learn that is chance, and 2,000 test examples show it: overfitting.
# With as few in test as in validation it cannot be told.
reused "coins of 2 faces, best of 200" validation-overfitted 0.5 1000 50 2000 "coins faces=2"
reused "coins of 4 faces, best of 200" validation-overfitted 0.75 1000 50 2000 "coins faces=4"
reused "linear, 40 % flipped, best of 200" validation-overfitted 0.4 1000 50 2000 "linear flip=0.4"
reused "xor, 35 % flipped, best of 200, 50 test" cannot-tell 0.35 1000 50 50 "xor flip=0.35"

# print_table ROWS
print_table() {
    echo "| fault | data, planted | seed | expected | verdict | as expected | train / validation, truly | gaps | true tolerance | truly largest | of the truth | held |"
    echo "|---|---|---|---|---|---|---|---|---|---|---|---|"
    cat "$1"
    echo
    cat tally-"$1"-* | awk -F '\t' '{ n++; fits += $1 == "yes"; of[$2]++
            if ($7) { chosen += $3; choices += $4; looks = looks " " $8 } else { rungs_held += $3; rungs += $4 }
            gaps_held += $5; gaps += $6 }
        END { printf "- As expected: %d of %d.\n- Of the true gaps: %d right, %d rightly withheld", fits, n, of["right"], of["rightly withheld"]
            printf ", %d material but not the largest, %d wrong.\n", of["material, not the largest"], of["wrong"]
            printf "- Intervals that held: %d of %d rungs, %d of %d gaps", rungs_held, rungs, gaps_held, gaps
            if (choices) printf "; %d of %d rungs where validation was reused; the ledger counts%s looks", chosen, choices, looks
            print "." }'
    echo
}

echo "### The kept epoch, the best by validation"
echo
print_table kept
echo "### The last epoch of the same trainings"
echo
print_table last
echo "Time: $SECONDS s."
