# Holds the ladder of one run against the truth: reads its diagnosis as JSON, prints a row of the table.
#
#   awk -v fault=… -v planted=… -v expected=… -v seed=… -v validation=… -v train_validation=… \
#       -v reused=0 -v tally=FILE -f judge.awk diagnosis.json
#
# validation, train_validation: the network's error on the large sample of that kind ("" for none).
# reused: 1 where the network was chosen on validation until that fits. Its error on these examples
# is then what was optimised, and its own truth, as the train error is; overfitting is the error on
# the large sample less that. In every other run overfitting stays unknown, with test closed.

function number(line) { sub(/.*: /, "", line); sub(/,$/, "", line); return line + 0 }
function word(line) { sub(/.*: /, "", line); gsub(/[",]/, "", line); return line }
function absolute(v) { return v < 0 ? -v : v }
function share(v) { return rate ? sprintf("%.1f", 100 * v) : sprintf("%.2f", v) }

/"unit":/ { rate = word($0) == "%" }
/"rungs": \[/ { part = begun++ ? "" : "rungs" } # other metrics have rungs too
/"gaps": \[/ { part = "gaps" }
/"verdict": \{/ { part = "verdict" }
/"steps": \[/ { part = "" }
part == "rungs" && /"kind":/ { kind = word($0) }
part == "rungs" && /"error": [-0-9]/ { error[kind] = number($0) }
part == "rungs" && /"low":/ { low[kind] = number($0) }
part == "rungs" && /"high":/ { high[kind] = number($0) }
part == "gaps" && /"kind":/ { kind = word($0); order[++gaps] = kind }
part == "gaps" && /"size": [-0-9]/ { size[kind] = number($0) }
part == "gaps" && /"low":/ { low[kind] = number($0) }
part == "gaps" && /"high":/ { high[kind] = number($0) }
part == "gaps" && /"answer": "/ { answer[kind] = word($0) }
part == "verdict" && /"verdict": "/ { verdict = word($0) }
part == "verdict" && /"gap":/ { named = word($0) }
part == "verdict" && /^ *"[a-z-]+",?$/ { gsub(/[" ,]/, ""); tied[$0] = 1 }
part == "looks" && /"validation":/ { looks = number($0) }
/"looks": \{/ { part = "looks" }

END {
    # The true rungs and gaps.
    true_tolerance = validation / 10
    if (rate && true_tolerance < 0.001) true_tolerance = 0.001
    before = train_validation == "" ? validation : train_validation
    if (reused) before = error["validation"]
    truth["avoidable-bias"] = error["train"] - error["human"]
    truth["variance"] = before - error["train"]
    if (train_validation != "") truth["mismatch"] = validation - train_validation
    if (reused) truth["validation-overfitted"] = validation - error["validation"]

    # Rungs held by their intervals.
    rungs["validation"] = validation
    if (train_validation != "") rungs["train-validation"] = train_validation
    if ("test" in low) rungs["test"] = validation
    for (kind in rungs) {
        rung_count++
        if (low[kind] <= rungs[kind] && rungs[kind] <= high[kind]) rung_held++
        else missed = missed " " kind
    }

    # Gaps: size with interval, truth, and whether the interval holds it. A bias between two known
    # rungs is not counted: it holds by itself.
    largest = ""
    for (g = 1; g <= gaps; g++) {
        kind = order[g]
        if (!(kind in size)) continue
        if (!(kind in truth)) { print "no truth for " kind > "/dev/stderr"; exit 1 }
        # The half-width of gap less tolerance, which is what answers: that of the gap, and a tenth
        # of that of the validation error.
        half = (high[kind] - low[kind]) / 2 + (high["validation"] - low["validation"]) / 20
        clear[kind] = absolute(truth[kind] - true_tolerance) > 2 * half
        above[kind] = truth[kind] > true_tolerance
        if (largest == "" || truth[kind] > truth[largest]) largest = kind
        short = kind
        sub(/avoidable-/, "", short); sub(/validation-overfitted/, "overfitting", short)
        told = told (told == "" ? "" : "; ") short " " share(size[kind])
        if (kind != "avoidable-bias") {
            told = told " (" share(low[kind]) " – " share(high[kind]) "), truly " share(truth[kind])
            gap_count++
            if (low[kind] <= truth[kind] && truth[kind] <= high[kind]) gap_held++
            else missed = missed " " short "-gap"
        }
    }
    all_clear = 1
    for (kind in clear) if (!clear[kind]) all_clear = 0

    # Right, as the simulated bed has it. Where the truth is not clear, which the bed leaves out:
    # withheld with reason, or a gap truly above the tolerance that is not the largest.
    if (verdict == "close") {
        said = named
        for (kind in tied) said = said " (or " kind ")"
        right = above[largest] && (named == largest || (above[named] && (largest in tied)))
    } else {
        said = verdict == "none-above-tolerance" ? "none" : verdict
        right = verdict == "none-above-tolerance" && !above[largest]
    }
    decisive_clear = above[largest] ? clear[largest] : all_clear
    if (right) held = "right"
    else if (verdict == "cannot-tell" && !decisive_clear) held = "rightly withheld"
    else if (verdict == "close" && above[named] && !decisive_clear) held = "material, not the largest"
    else held = "wrong"
    fits = said == expected || (verdict == "close" && named == expected) ? "yes" : "no"
    gsub(/validation-overfitted/, "overfitting", said); gsub(/validation-overfitted/, "overfitting", expected)
    gsub(/-/, " ", said); gsub(/-/, " ", expected)
    should = above[largest] ? largest : "none"
    sub(/validation-overfitted/, "overfitting", should); gsub(/-/, " ", should)
    printf "| %s | %s | %d | %s | %s | %s | %s / %s, %s | %s | %s | %s | %s | %s%s |\n", fault, planted, \
        seed, expected, said, fits, share(error["train"]), share(error["validation"]), share(validation), \
        told, share(true_tolerance), should, held, rung_held + gap_held "/" rung_count + gap_count, \
        missed == "" ? "" : ", not" missed
    printf "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\n", fits, held, rung_held, rung_count, gap_held, gap_count, \
        reused, looks > tally
}
