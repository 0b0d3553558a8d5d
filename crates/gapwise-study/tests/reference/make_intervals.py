"""Writes intervals.csv: reference values for the intervals of this crate.

    python -m venv venv && venv/bin/pip install numpy==2.4.6 scipy==1.17.1 statsmodels==0.15.0
    venv/bin/python make_intervals.py > intervals.csv

`wilson` and `newcombe` come from statsmodels, `shifted` (one side known) from SciPy's Wilson
interval. Newcombe's paired interval is in neither at these versions: `paired` is the formula of the
paper, written here a second time and with SciPy's Wilson interval. `linear` is Zou, Huang & Zhang's
interval of a weighted sum of rates, likewise. `beyond` is that of a gap less the tolerance, where the
tolerance is a tenth of the validation error, at least 0.001: human, train, then wrong answers and
examples of train-validation, validation and test, then the place of the gap.
"""

import math

from scipy.stats import binomtest
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

CONFIDENCES = [0.95, 0.9833333333333333, 0.9875]


def wilson(errors, n, confidence):
    found = binomtest(errors, n).proportion_ci(confidence, method="wilson")
    return found.low, found.high


def paired(both, first, second, neither, confidence):
    n = both + first + second + neither
    p, q = (both + first) / n, (both + second) / n
    (l1, u1), (l2, u2) = wilson(both + first, n, confidence), wilson(both + second, n, confidence)
    margins = (both + first) * (second + neither) * (both + second) * (first + neither)
    cross = both * neither - first * second
    if cross > n / 2:
        cross -= n / 2
    elif cross > 0:
        cross = 0
    phi = cross / math.sqrt(margins) if margins else 0
    below = (p - l1) ** 2 - 2 * phi * (p - l1) * (u2 - q) + (u2 - q) ** 2
    above = (u1 - p) ** 2 - 2 * phi * (u1 - p) * (q - l2) + (q - l2) ** 2
    return p - q - math.sqrt(below), p - q + math.sqrt(above)


def linear(weights, rates, confidence):
    value = sum(w * e / n for w, (e, n) in zip(weights, rates))
    below = above = 0
    for w, (e, n) in zip(weights, rates):
        ends = sorted(w * end for end in wilson(e, n, confidence))
        below += (w * e / n - ends[0]) ** 2
        above += (ends[1] - w * e / n) ** 2
    return value - math.sqrt(below), value + math.sqrt(above)


def beyond(human, train, errors, place, confidence):
    constant = [train - human, -train, 0, 0][place]
    weights = [(0, 0, 0), (1, 0, 0), (-1, 1, 0), (0, -1, 1)][place]
    value, below, above = constant, 0, 0
    for rung, (weight, (e, n)) in enumerate(zip(weights, errors)):
        is_validation = rung == 1
        part = lambda error: weight * error - is_validation * max(0.1 * error, 0.001)
        ends = sorted(part(end) for end in wilson(e, n, confidence))
        value += part(e / n)
        below += (part(e / n) - ends[0]) ** 2
        above += (ends[1] - part(e / n)) ** 2
    return value - math.sqrt(below), value + math.sqrt(above)


def row(kind, confidence, numbers, interval):
    low, high = (float(end) for end in interval)
    print(f"{kind},{confidence!r},{' '.join(str(n) for n in numbers)},{low!r},{high!r}")


print("kind,confidence,numbers,low,high")
for confidence in CONFIDENCES:
    alpha = 1 - confidence
    for errors, n in [(0, 1), (1, 1), (0, 20), (1, 100), (5, 359), (81, 263), (15, 148), (10, 10),
                      (1100, 10000), (0, 1000000)]:
        row("wilson", confidence, (errors, n),
            proportion_confint(errors, n, alpha=alpha, method="wilson"))
    for e1, n1, e2, n2 in [(56, 70, 48, 80), (9, 10, 3, 10), (6, 7, 2, 7), (5, 56, 0, 29),
                           (0, 10, 0, 20), (0, 10, 0, 10), (10, 10, 0, 20), (10, 10, 0, 10),
                           (1000, 10000, 900, 10000)]:
        row("newcombe", confidence, (e1, n1, e2, n2),
            confint_proportions_2indep(e1, n1, e2, n2, method="newcomb", alpha=alpha))
    for errors, n, known in [(5, 359, 0.0), (1100, 10000, 0.01), (0, 50, 0.25)]:
        low, high = wilson(errors, n, confidence)
        row("shifted", confidence, (errors, n, known), (low - known, high - known))
    for table in [(36, 12, 2, 0), (20, 12, 2, 16), (18, 14, 4, 14), (36, 14, 0, 0),
                  (18, 14, 0, 18), (0, 14, 0, 36), (0, 0, 0, 50), (0, 30, 0, 20), (54, 0, 0, 0),
                  (3, 5, 20, 331), (0, 1, 9, 0)]:
        row("paired", confidence, table, paired(*table, confidence))
    row("linear", confidence, (1, 1100, 10000, -2, 900, 10000, 1, 800, 5000),
        linear((1, -2, 1), ((1100, 10000), (900, 10000), (800, 5000)), confidence))
for rungs in [(0.01, 0.02, ((5, 300), (9, 300), (12, 300))), (0.0, 0.0, ((0, 50), (0, 40), (3, 90))),
              (0.05, 0.08, ((900, 10000), (1000, 10000), (110, 1000)))]:
    human, train, errors = rungs
    for place in range(4):
        numbers = (human, train, *(number for rung in errors for number in rung), place)
        row("beyond", CONFIDENCES[2], numbers, beyond(*rungs, place, CONFIDENCES[2]))
