"""Writes metrics.csv and metric-answers.csv: reference values for the metrics of this crate.

    python -m venv venv && venv/bin/pip install numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1
    venv/bin/python make_metrics.py

metric-answers.csv has the answers, some with tied scores: `two` and `three` classes, and `number`.
metrics.csv has for each of them, without and with weights, the error by scikit-learn and its
standard error by the infinitesimal jackknife: √Σ(wᵢ ∂E/∂wᵢ)², each derivative the central difference
of scikit-learn's own value. Expected calibration error is not in scikit-learn and is written here.
DeLong's variance of an AUROC (1988) comes from the placements of every pair.
"""

import csv

import numpy as np
from sklearn import metrics as sk

BINS = 15


def calibration(label, scores, w):
    answer = scores.argmax(1)
    confidence, right = scores.max(1), answer == label
    edges = np.linspace(0, 1, BINS + 1)
    error = 0.0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            share = w[inside].sum() / w.sum()
            right_share = np.average(right[inside], weights=w[inside])
            error += share * abs(right_share - np.average(confidence[inside], weights=w[inside]))
    return error


def class_metrics(classes):
    def ranked(score):
        def one(label, s, w):
            if classes == 2:
                return score(label == 1, s[:, 1], sample_weight=w)
            each = [score(label == c, s[:, c], sample_weight=w) for c in range(classes)]
            return np.mean(each)
        return lambda label, s, w: 1 - one(label, s, w)

    answer = lambda s: s.argmax(1)
    found = {
        "error-rate": lambda y, s, w: 1 - sk.accuracy_score(y, answer(s), sample_weight=w),
        "macro-f1": lambda y, s, w: 1 - sk.f1_score(y, answer(s), average="macro", sample_weight=w),
        "auroc": ranked(sk.roc_auc_score),
        "average-precision": ranked(sk.average_precision_score),
        "log-loss": lambda y, s, w: sk.log_loss(y, s, sample_weight=w),
        "calibration-error": calibration,
    }
    if classes == 2:
        found["f1"] = lambda y, s, w: 1 - sk.f1_score(y, answer(s), sample_weight=w)
    return found


NUMBER = {
    "rmse": lambda y, p, w: sk.root_mean_squared_error(y, p, sample_weight=w),
    "mae": lambda y, p, w: sk.mean_absolute_error(y, p, sample_weight=w),
    "r2": lambda y, p, w: 1 - sk.r2_score(y, p, sample_weight=w),
}


def jackknife(metric, label, answers, w):
    total = 0.0
    for i in range(len(w)):
        step = 1e-4 * w[i]
        up, down = w.copy(), w.copy()
        up[i] += step
        down[i] -= step
        slope = (metric(label, answers, up) - metric(label, answers, down)) / (2 * step)
        total += (w[i] * slope) ** 2
    return np.sqrt(total)


def delong(label, score):
    above = lambda p, n: (p > n) + 0.5 * (p == n)
    positive, negative = score[label == 1], score[label == 0]
    pairs = above(positive[:, None], negative[None, :])
    v10, v01 = pairs.mean(1), pairs.mean(0)
    return np.sqrt(v10.var(ddof=1) / len(v10) + v01.var(ddof=1) / len(v01))


random = np.random.default_rng(11)
tables = {}
for name, classes in [("two", 2), ("three", 3)]:
    n = 90
    label = random.choice(classes, n, p=[0.7, 0.3] if classes == 2 else [0.5, 0.3, 0.2])
    # Scores of sixty-fourths are exact in 32 bits, and some of them are equal.
    raw = random.dirichlet(np.full(classes, 0.8), n)
    raw[np.arange(n), label] += 0.5
    scores = np.round(raw / raw.sum(1, keepdims=True) * 62).astype(int)
    scores[:, 0] = 62 - scores[:, 1:].sum(1)
    scores = (np.maximum(scores, 0) + 1).astype(float)
    scores[:, -1] += 64 - scores.sum(1)
    # One class alone has the highest score.
    order = np.sort(scores, 1)
    keep = (order[:, -1] > order[:, -2]) & (scores.min(1) > 0)
    tables[name] = (label[keep], scores[keep] / 64, class_metrics(classes))
label = np.round(random.gamma(3, 20, 60), 2)
tables["number"] = (label, np.round(label * random.normal(1, 0.2, 60), 2), NUMBER)

with open("metric-answers.csv", "w", newline="") as answers, open("metrics.csv", "w") as figures:
    out = csv.writer(answers, lineterminator="\n")
    out.writerow(["table", "weight", "label", "answers"])
    figures.write("table,weighted,metric,error,standard_error\n")
    for name, (label, given, metrics) in tables.items():
        weights = random.integers(1, 6, len(label)).astype(float)
        for y, a, w in zip(label, given, weights):
            out.writerow([name, w, y, " ".join(repr(float(v)) for v in np.atleast_1d(a))])
        for weighted, w in [(0, np.ones(len(label))), (1, weights)]:
            for metric, function in metrics.items():
                error = float(function(label, given, w))
                se = float(jackknife(function, label, given, w))
                figures.write(f"{name},{weighted},{metric},{error!r},{se!r}\n")
    label, scores, _ = tables["two"]
    figures.write(f"two,0,delong,{0.0!r},{float(delong(label, scores[:, 1]))!r}\n")
