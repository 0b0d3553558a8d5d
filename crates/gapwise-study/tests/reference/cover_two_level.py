"""How often the interval that carries seeds and examples covers a true difference of zero.

    python -m venv venv && venv/bin/pip install numpy==2.4.6 scipy==1.17.1
    venv/bin/python cover_two_level.py

Three networks of each of two settings answer the same examples. An answer is wrong where a sum of
normal parts is above zero: the example's own (spread 2), the setting's with the example (0.7), the
seed's (0, 0.05 or 0.2) and the network's with the example (1). Prints the share covered and the mean
half-width.
"""

import numpy as np
from scipy.stats import norm, t

SEEDS, TRIALS = 3, 1000
EXAMPLE, SETTING = 2.0, 0.7


def answers(random, hard, spread, cut):
    own = hard + random.normal(0, SETTING, len(hard))
    luck = random.normal(0, spread, SEEDS)[:, None]
    return (random.normal(0, 1, (SEEDS, len(hard))) + own + luck + cut > 0) * 1.0


def half_width(first, second):
    n = first.shape[1]
    seeds = [x.mean(1).var(ddof=1) / SEEDS for x in (first, second)]
    examples = (first.mean(0) - second.mean(0)).var(ddof=1) / n
    if sum(seeds) == 0:
        return norm.ppf(0.975) * np.sqrt(examples)
    both = 0.0
    for x in (first, second):
        left = x - x.mean(1, keepdims=True) - x.mean(0, keepdims=True) + x.mean()
        both += (left**2).sum() / ((SEEDS - 1) * (n - 1)) / (SEEDS * n)
    variance = sum(seeds) + max(examples - both, 0)
    freedom = variance**2 / sum(s**2 / (SEEDS - 1) for s in seeds)
    return t.ppf(0.975, min(freedom, 1e6)) * np.sqrt(variance)


def main():
    random = np.random.default_rng(1)
    shares = []
    for examples in (100, 400, 1500):
        for error in (0.03, 0.1, 0.3):
            for spread in (0.0, 0.05, 0.2):
                cut = norm.ppf(error) * np.sqrt(1 + EXAMPLE**2 + SETTING**2 + spread**2)
                covered, width = 0, 0.0
                for _ in range(TRIALS):
                    hard = random.normal(0, EXAMPLE, examples)
                    first, second = (answers(random, hard, spread, cut) for _ in range(2))
                    half = half_width(first, second)
                    covered += abs(first.mean() - second.mean()) <= half
                    width += half / TRIALS
                print(examples, error, spread, covered / TRIALS, width, flush=True)
                shares.append(covered / TRIALS)
    print("least, most, mean:", min(shares), max(shares), np.mean(shares))


main()
