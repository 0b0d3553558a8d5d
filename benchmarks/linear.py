#!/usr/bin/env python3
"""The linear baseline beside scikit-learn's, on the same rows of ten tables.

    benchmarks/linear.py GAPWISE [DIRECTORY]

Needs ../shared/data, and Python with numpy, pandas and scikit-learn. scikit-learn reads standardised
numbers (medians where they are missing, and an indicator) and one feature for each category that five
rows have; `LogisticRegression` and `Ridge` choose their strength by five folds of the training rows, by accuracy for
classes: log loss is not defined in scikit-learn where a fold lacks a class.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
import pandas
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
# name, header, label (number from 1), task
TABLES = [
    ("tabular/adult-train.csv.gz", False, 15, "classification"),
    ("tabular/california-housing.csv.gz", True, 9, "regression"),
    ("tabular/winequality-red.csv", False, 12, "classification"),
    ("tabular/abalone.csv", False, 9, "regression"),
    ("bed/winequality-white.csv", False, 12, "classification"),
    ("bed/phoneme.csv", False, 6, "classification"),
    ("bed/german.csv", False, 21, "classification"),
    ("bed/pima-indians-diabetes.csv", False, 9, "classification"),
    ("bed/housing.csv", False, 14, "regression"),
    ("bed/ionosphere.csv", False, 35, "classification"),
]


def main():
    gapwise = Path(sys.argv[1]).resolve()
    out = Path(sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp())
    print("| table | train | validation | majority or mean | linear baseline (95 %) | scikit-learn | within | steps | gradient | seconds |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, header, label, task in TABLES:
        path = DATA / name
        run = out / path.name.split(".")[0]
        if not (run / "report.html").exists():
            command = [gapwise, "run", path, "--label", str(label), "--task", task, "--out", run]
            command += ["--header" if header else "--no-header", "--set", "train.epochs=1", "--quiet"]
            subprocess.run(command, check=True, capture_output=True)
        frame = pandas.read_csv(path, header=0 if header else None, na_values=["?"], skipinitialspace=True)
        split = pandas.read_csv(run / "split.csv")
        rows = split["id"].str.rsplit(":", n=1).str[1].astype(int) - (2 if header else 1)
        at = {name: rows[split["split"] == name] for name in ("train", "validation")}
        target = frame.columns[label - 1]
        inputs, labels = frame.drop(columns=target), frame[target]
        theirs = scikit(inputs, labels, task, at)
        baselines = {one["name"]: one for one in json.loads((run / "baselines.json").read_text())}
        linear, constant = baselines["linear"], baselines.get("majority") or baselines["mean"]
        fit, (low, high) = linear["fit"], (linear["interval"]["low"], linear["interval"]["high"])
        seconds = json.loads((run / "environment.json").read_text())["seconds"]["train the linear baseline"]
        print(
            f"| {path.name} | {len(at['train']):,} | {len(at['validation']):,} | {constant['error']:.4g} "
            f"| {linear['error']:.4g} ({low:.4g} – {high:.4g}) | {theirs:.4g} "
            f"| {'yes' if low <= theirs <= high else 'NO'} | {fit['iterations']} | {fit['gradient']:.1e} "
            f"| {seconds:.1f} |",
            flush=True,
        )


def scikit(inputs, labels, task, at):
    """scikit-learn's error on validation."""
    words = [name for name in inputs if not pandas.api.types.is_numeric_dtype(inputs[name])]
    numbers = [name for name in inputs if name not in words]
    read = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()), numbers),
        (OneHotEncoder(min_frequency=5, handle_unknown="infrequent_if_exist"), words),
    )
    if task == "regression":
        model = RidgeCV(alphas=numpy.logspace(-2, 3, 6), cv=5)
    else:
        logistic = LogisticRegression(max_iter=2_000)
        model = GridSearchCV(logistic, {"C": numpy.logspace(-3, 2, 6)}, cv=5)
    fitted = make_pipeline(read, model).fit(inputs.loc[at["train"]], labels.loc[at["train"]])
    answers, right = fitted.predict(inputs.loc[at["validation"]]), labels.loc[at["validation"]]
    if task == "regression":
        return float(numpy.sqrt(numpy.mean((answers - right) ** 2)))
    return float(numpy.mean(answers != right))


if __name__ == "__main__":
    main()
