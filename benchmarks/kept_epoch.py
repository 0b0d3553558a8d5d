#!/usr/bin/env python3
"""Which rule for the kept epoch flatters least, and which leaves the least test error?

    benchmarks/kept_epoch.py GAPWISE [DIRECTORY] [--seeds N]

Each table is split anew for each seed: 60 % train, 20 % validation, 20 % test. A training does not
depend on what it is judged on, so it is done twice, once judged on validation and once on test: the two
`history.csv` then have both errors of every epoch, and each rule is worked out from them. That opens the
test sets as often as there are rules: they are a benchmark here.

Needs ../shared/data and Python's standard library.
"""

import csv
import math
import random
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
TABULAR = [
    ("abalone.csv", "no", "9", "number", ""),
    ("iris.csv", "no", "5", "class", ""),
    ("wine.csv", "no", "14", "class", ""),
    ("winequality-red.csv", "no", "12", "class", ""),
    ("titanic.csv", "yes", "survived", "class", "alive"),
]


def tables():
    """(path, header, label, task, ignored) of every table."""
    with open(DATA / "bed" / "manifest.csv") as file:
        for row in csv.DictReader(file):
            path = DATA / "bed" / row["file"]
            yield path, row["header"] == "yes", row["label"], row["task"], row["ignore"]
    for name, header, label, task, ignore in TABULAR:
        yield DATA / "tabular" / name, header == "yes", label, task, ignore


def split(path, header, seed, to):
    """Writes the three parts; a class that only held-out rows have would be refused, so it trains."""
    lines = [line for line in path.read_text().splitlines() if line.strip()]
    first = [lines.pop(0)] if header else []
    random.Random(seed).shuffle(lines)
    fifth = len(lines) // 5
    parts = {"validation": lines[:fifth], "test": lines[fifth : 2 * fifth], "train": lines[2 * fifth :]}
    for name, part in parts.items():
        (to / f"{name}.csv").write_text("\n".join(first + part) + "\n")
    return {name: len(part) for name, part in parts.items()}


def history(gapwise, table, seed, judged, where):
    """The history of a training that is judged on this part."""
    path, header, label, task, ignored = table
    other = "test" if judged == "validation" else "validation"
    run = where / f"judged-on-{judged}"
    command = [
        gapwise, "run", where / "train.csv", "--validation", where / f"{judged}.csv",
        "--test", where / f"{other}.csv", "--label", label, "--seed", seed, "--out", run, "--quiet",
        "--header" if header else "--no-header",
        "--task", "regression" if task == "number" else "classification", "--skip-bad",
    ]
    for column in filter(None, ignored.split(",")):
        command += ["--ignore", column]
    if not (run / "report.html").exists():
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{path.name}, seed {seed}: {done.stderr}")
    with open(run / "history.csv") as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]


def trailing(values, width):
    """Each value's mean with the width − 1 before it."""
    return [statistics.fmean(values[max(0, at - width + 1) : at + 1]) for at in range(len(values))]


def centred(values, width):
    """Each value's mean with width // 2 on either side."""
    half = width // 2
    return [statistics.fmean(values[max(0, at - half) : at + half + 1]) for at in range(len(values))]


def least(*keys):
    """The first place at which the keys, one after the other, are least."""
    rows = list(zip(*[[math.inf if math.isnan(v) else v for v in key] for key in keys]))
    return min(range(len(rows)), key=lambda at: (rows[at], at))


def share(epochs, part):
    return max(1, round(epochs * part))


RULES = {
    "least error": lambda error, loss: least(error, loss),
    "least loss": lambda error, loss: least(loss),
    "loss, mean of 3 trailing": lambda error, loss: least(trailing(loss, 3)),
    "loss, mean of 5 trailing": lambda error, loss: least(trailing(loss, 5)),
    "loss, mean of 9 trailing": lambda error, loss: least(trailing(loss, 9)),
    "loss, mean of 5 centred": lambda error, loss: least(centred(loss, 5)),
    "loss, mean of 9 centred": lambda error, loss: least(centred(loss, 9)),
    "loss, trailing 5 % of epochs": lambda error, loss: least(trailing(loss, share(len(loss), 0.05))),
    "error, mean of 5 trailing": lambda error, loss: least(trailing(error, 5), trailing(loss, 5)),
    "error, mean of 9 centred": lambda error, loss: least(centred(error, 9), centred(loss, 9)),
    "last epoch": lambda error, loss: len(loss) - 1,
}


def main():
    arguments = sys.argv[1:]
    seeds = 5
    if "--seeds" in arguments:
        at = arguments.index("--seeds")
        seeds = int(arguments[at + 1])
        del arguments[at : at + 2]
    gapwise = str(Path(arguments[0]).resolve())
    out = Path(arguments[1] if len(arguments) > 1 else tempfile.mkdtemp())
    found = defaultdict(list)  # rule → (size, task, validation error, test error, epoch, epochs)
    try:
        measure(gapwise, out, seeds, found)
    except KeyboardInterrupt:
        print("stopped: this is what there is", file=sys.stderr)
    report(found)


def measure(gapwise, out, seeds, found):
    for seed in range(1, seeds + 1):
        for table in tables():
            where = out / f"{table[0].stem}-{seed}"
            where.mkdir(parents=True, exist_ok=True)
            sizes = split(table[0], table[1], seed, where)
            try:
                validation = history(gapwise, table, seed, "validation", where)
                test = history(gapwise, table, seed, "test", where)
            except RuntimeError as error:
                print(error, file=sys.stderr)
                continue
            losses = [[row["train_loss"] for row in rows] for rows in (validation, test)]
            if losses[0] != losses[1]:
                print(f"{where.name}: the two trainings differ", file=sys.stderr)
                continue
            errors = [row["validation_error"] for row in validation]
            loss = [row["validation_loss"] for row in validation]
            for rule, chosen in RULES.items():
                at = chosen(errors, loss)
                found[rule].append(
                    (table[0].stem, sizes["validation"], table[3], errors[at],
                     test[at]["validation_error"], at + 1, len(errors))
                )
        print(f"seed {seed}: done", file=sys.stderr)


def report(found):
    last = {(row[0], at): row[4] for at, row in enumerate(found["last epoch"])}
    for title, keep in [
        ("all tables", lambda row: True),
        ("up to 200 validation examples", lambda row: row[1] <= 200),
        ("more than 200", lambda row: row[1] > 200),
        ("classes", lambda row: row[2] == "class"),
        ("numbers", lambda row: row[2] == "number"),
    ]:
        print(f"\n{title}")
        print("| rule | test / validation | test / test of the last epoch | wins, losses against least error | epoch, share of all |")
        print("|---|---|---|---|---|")
        for rule, rows in found.items():
            ratios, tests, places = defaultdict(lambda: [0.0, 0.0]), defaultdict(lambda: [0.0, 0.0]), []
            wins = losses = 0
            for at, row in enumerate(rows):
                if not keep(row):
                    continue
                name, _, _, validation, test, epoch, epochs = row
                ratios[name][0] += test
                ratios[name][1] += validation
                tests[name][0] += test
                tests[name][1] += last[(name, at)]
                places.append(epoch / epochs)
                other = found["least error"][at][4]
                wins += test < other
                losses += test > other
            def mean(of):
                # Geometric, each table by the sums over its seeds.
                return math.exp(statistics.fmean(math.log((a + 1e-9) / (b + 1e-9)) for a, b in of.values()))
            print(
                f"| {rule} | {mean(ratios):.3f} | {mean(tests):.3f} | {wins}, {losses} |"
                f" {statistics.fmean(places):.2f} |"
            )


if __name__ == "__main__":
    main()
