"""Writes quantile.csv: the places of the order statistics that bound a quantile at 95 %.

Run with SciPy: python make_quantile.py > quantile.csv
"""

from scipy.stats import binom

print("n,share,low,high")
for n in [10, 72, 100, 200, 500, 1000]:
    for share in [0.5, 0.75, 0.95]:
        if n == 10 and share > 0.5:
            # Too few values for an upper end.
            continue
        low = int(binom.ppf(0.025, n, share))
        # The largest l with P(B < l) <= 2.5 %.
        while binom.cdf(low, n, share) <= 0.025:
            low += 1
        while binom.cdf(low - 1, n, share) > 0.025:
            low -= 1
        # The smallest u with P(B >= u) <= 2.5 %.
        high = int(binom.isf(0.025, n, share))
        while binom.sf(high - 1, n, share) > 0.025:
            high += 1
        while binom.sf(high - 2, n, share) <= 0.025:
            high -= 1
        print(f"{n},{share},{low},{high}")
