"""Writes two_level.csv: reference values for the interval that carries seeds and examples.

    python -m venv venv && venv/bin/pip install numpy==2.4.6 scipy==1.17.1 statsmodels==0.15.0
    venv/bin/python make_two_level.py > two_level.csv

A line has the confidence, the half-width, and the wrong answers of both settings: seeds apart by
`/`, settings by `|`, examples as 0 and 1. The mean squares come from statsmodels' two-way analysis
of variance of each setting (seed and example as factors, one answer each), those of the examples'
part from the analysis of the differences' mean, and Student's point from SciPy. The formula that
joins them (Hillis 2014, readers nested in tests) is written here a second time.
"""

import numpy as np
import pandas as pd
from scipy.stats import t
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm


def mean_squares(answers):
    seeds, examples = answers.shape
    table = pd.DataFrame(
        {
            "wrong": answers.ravel(),
            "seed": np.repeat(np.arange(seeds), examples),
            "example": np.tile(np.arange(examples), seeds),
        }
    )
    found = anova_lm(ols("wrong ~ C(seed) + C(example)", data=table).fit())
    return found.loc["C(seed)", "mean_sq"], found.loc["Residual", "mean_sq"]


def half_width(settings, confidence):
    examples = settings[0].shape[1]
    seeds, both = [], 0.0
    for answers in settings:
        of_seeds, residual = mean_squares(answers)
        # E[MS(seed)] = n·σ²(S) + σ²(ε): the variance of the networks' errors, times n.
        seeds.append(of_seeds / examples / len(answers))
        both += residual / (len(answers) * examples)
    differences = settings[0].mean(0) - settings[1].mean(0)
    fit = ols("d ~ 1", data=pd.DataFrame({"d": differences})).fit()
    of_examples = fit.bse["Intercept"] ** 2
    variance = sum(seeds) + max(of_examples - both, 0)
    spread = sum(s**2 / (len(answers) - 1) for s, answers in zip(seeds, settings))
    return t.ppf(0.5 + confidence / 2, variance**2 / spread) * np.sqrt(variance)


def main():
    random = np.random.default_rng(7)
    for seeds, examples, confidence in [
        ((3, 3), 12, 0.95),
        ((3, 5), 40, 0.95),
        ((4, 3), 25, 0.99),
        ((6, 6), 30, 0.975),
    ]:
        hard = random.random(examples)
        settings = []
        for count, shift in zip(seeds, (0.0, 0.15)):
            luck = random.normal(0, 0.1, count)[:, None]
            settings.append((random.random((count, examples)) < 0.6 * hard + shift + luck) * 1.0)
        text = "|".join(
            "/".join("".join(str(int(x)) for x in row) for row in answers) for answers in settings
        )
        print(f"{confidence},{half_width(settings, confidence):.12f},{text}")


main()
