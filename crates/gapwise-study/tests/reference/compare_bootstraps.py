"""Coverage of five intervals of an RMSE, from which the crate's was chosen.

    python -m venv venv && venv/bin/pip install numpy==2.4.6 scipy==1.17.1
    venv/bin/python compare_bootstraps.py

For each kind of residual and number of examples: the share of simulated tables whose interval holds
the true value, in percent, and the upper end over the estimate below which 95 of 100 lie. Takes
some minutes. This crate takes `few` below sixteen effective units, and else `studentised`: `both`.
"""

import numpy as np
from scipy.stats import chi2, norm, t as student

random = np.random.default_rng(0)
KINDS = {
    "normal": (lambda n: random.normal(size=n), 1.0),
    "laplace": (lambda n: random.laplace(size=n), 2.0),
    "student, 5 degrees": (lambda n: random.standard_t(5, size=n), 5 / 3),
    "student, 3 degrees": (lambda n: random.standard_t(3, size=n), 3.0),
}
TABLES, RESAMPLES = 600, 2_000


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
    resampled = mean * np.exp(-departures * spread)
    yield "studentised", resampled

    point = student.ppf(1 - tail, n - 1)
    yield "delta method", mean * np.exp(np.array([-1, 1]) * point * spread)

    influences = abs(squares - mean)
    units = influences.sum() ** 2 / (influences**2).sum()
    half = student.ppf(1 - tail, units - 1) * spread * np.sqrt(units / (units - 1))
    normal = np.log(units / chi2.ppf([1 - tail, tail], units))
    few = mean * np.exp([min(-half, normal[0]), max(half, normal[1])])
    yield "few", few
    yield "both", few if units < 16 else resampled


for kind, (draw, truth) in KINDS.items():
    for n in (5, 15, 20, 50, 100, 300, 1_000):
        held, upper = {}, {}
        for _ in range(TABLES):
            squares = draw(n) ** 2
            for name, (low, high) in intervals(squares, 0.95):
                held[name] = held.get(name, 0) + (low <= truth <= high)
                upper.setdefault(name, []).append(np.sqrt(high / squares.mean()))
        said = ", ".join(
            f"{name} {100 * held[name] / TABLES:.1f} ({np.quantile(upper[name], 0.95):.1f})"
            for name in held
        )
        print(f"{kind}, {n} examples: {said}", flush=True)
