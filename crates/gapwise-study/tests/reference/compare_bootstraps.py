"""Coverage of four bootstrap intervals of an RMSE, from which the crate's was chosen.

    python -m venv venv && venv/bin/pip install numpy==2.4.6 scipy==1.17.1
    venv/bin/python compare_bootstraps.py

For each kind of residual and number of examples: the share of simulated tables whose interval holds
the true value, in percent. Takes some minutes. `studentised` is the one of this crate.
"""

import numpy as np
from scipy.stats import norm, t as student

random = np.random.default_rng(0)
KINDS = {
    "normal": (lambda n: random.normal(size=n), 1.0),
    "laplace": (lambda n: random.laplace(size=n), 2.0),
    "student, 5 degrees": (lambda n: random.standard_t(5, size=n), 5 / 3),
}
TABLES, RESAMPLES = 1_000, 2_000


def intervals(squares, confidence):
    """Intervals of the mean square; the root does not change what they hold."""
    n, mean = len(squares), squares.mean()
    tail = (1 - confidence) / 2
    counts = random.multinomial(n, np.full(n, 1 / n), size=RESAMPLES)
    means = counts @ squares / n
    spread = np.sqrt((squares**2).mean() - mean**2) / np.sqrt(n) / mean
    spreads = np.sqrt(np.maximum(counts @ squares**2 / n - means**2, 1e-300)) / np.sqrt(n) / means
    yield "percentile", np.quantile(means, [tail, 1 - tail])

    shift = norm.ppf(((means < mean).sum() + 0.5 * (means == mean).sum()) / RESAMPLES)
    left_out = np.sqrt((squares.sum() - squares) / (n - 1))
    away = left_out.mean() - left_out
    acceleration = (away**3).sum() / (6 * (away**2).sum() ** 1.5)
    points = shift + norm.ppf([tail, 1 - tail])
    shares = norm.cdf(shift + points / (1 - acceleration * points))
    yield "BCa", np.quantile(means, shares)

    departures = np.quantile((np.log(means) - np.log(mean)) / spreads, [1 - tail, tail])
    yield "studentised", mean * np.exp(-departures * spread)

    point = student.ppf(1 - tail, n - 1)
    yield "delta method", mean * np.exp(np.array([-1, 1]) * point * spread)


for kind, (draw, truth) in KINDS.items():
    for n in (20, 50, 100, 300, 1_000):
        held = {}
        for _ in range(TABLES):
            for name, (low, high) in intervals(draw(n) ** 2, 0.95):
                held[name] = held.get(name, 0) + (low <= truth <= high)
        said = ", ".join(f"{name} {100 * count / TABLES:.1f}" for name, count in held.items())
        print(f"{kind}, {n} examples: {said}", flush=True)
