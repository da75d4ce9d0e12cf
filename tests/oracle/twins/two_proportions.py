"""A second way to the score interval of a ratio and the exact interval of an odds ratio, in 60-digit decimals.

Ratio: the share of group 2 under "the ratio is r" is found by bisecting the derivative of the likelihood, the statistic
is Pearson's over the four cells, and its crossing is found by bisection. Odds ratio: every table of the margins with
binomial coefficients from `math.comb`, tails and mean bisected. No package but the standard library. Run from the
project root: `python tests/oracle/twins/two_proportions.py` writes tests/oracle/reference/twin_two_proportions.csv.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator
from decimal import Decimal, getcontext
from pathlib import Path
from statistics import NormalDist

getcontext().prec = 60
getcontext().Emin, getcontext().Emax = -(10**9), 10**9
OUT = Path(__file__).parents[1] / "reference" / "twin_two_proportions.csv"
# 0.975 and 0.95 quantiles to 40 digits, checked below against the standard library's to 12.
Z = {
    0.95: Decimal("1.959963984540054235524594430520551527956"),
    0.9: Decimal("1.644853626951472714863848907991632136083"),
}
ONE, TWO = Decimal(1), Decimal(2)
TABLES = (
    (0, 10, 4, 20), (5, 56, 0, 29), (10, 10, 0, 10), (5, 5, 3, 7), (3, 7, 5, 5), (0, 12, 9, 9), (7, 7, 9, 9),
    (56, 70, 48, 80), (9, 10, 3, 10), (1, 1000, 3, 1000), (1, 2, 1, 2), (0, 1, 1, 1),
)  # fmt: skip


def root(function: Callable[[Decimal], Decimal], low: Decimal, high: Decimal) -> Decimal:
    """Bisection of a function that changes sign once between low and high."""
    below = function(low) < 0
    for _ in range(150):
        middle = (low + high) / TWO
        if (function(middle) < 0) == below:
            low = middle
        else:
            high = middle
    return (low + high) / TWO


def power_root(function: Callable[[Decimal], Decimal], low: int, high: int) -> Decimal:
    """The same on a scale of powers of ten."""
    return Decimal(10) ** root(lambda exponent: function(Decimal(10) ** exponent), Decimal(low), Decimal(high))


def pearson(x1: int, n1: int, x2: int, n2: int, ratio: Decimal) -> Decimal:
    """Pearson's statistic at the most likely shares whose ratio is `ratio`."""
    top = min(ONE, ONE / ratio)

    def slope(share: Decimal) -> Decimal:
        # The derivative of the log likelihood times (positive) share: it falls as the share grows.
        return x1 + x2 - (n1 - x1) * ratio * share / (1 - ratio * share) - (n2 - x2) * share / (1 - share)

    edge = top * (ONE - Decimal(10) ** -45)
    q2 = edge if slope(edge) > 0 else root(slope, Decimal(10) ** -45, edge)
    total = Decimal(0)
    for x, n, q in ((x1, n1, ratio * q2), (x2, n2, q2)):
        for seen, expected in ((x, n * q), (n - x, n * (1 - q))):
            total += (seen - expected) ** 2 / expected if expected > Decimal(10) ** -40 else 0
    return total


def score(x1: int, n1: int, x2: int, n2: int, level: float) -> tuple[float, float]:
    """Limits of the ratio: 0 or infinity where the statistic never reaches the quantile."""
    critical = Z[level] ** 2

    def excess(ratio: Decimal) -> Decimal:
        return pearson(x1, n1, x2, n2, ratio) - critical

    estimate = math.log10(x1 * n2 / (n1 * x2)) if x1 and x2 else 0.0
    middle = Decimal(estimate)
    if not x1 or not x2:
        middle = Decimal(-12 if x2 else 12)
    low = 0.0 if not x1 else float(Decimal(10) ** root(lambda e: excess(Decimal(10) ** e), Decimal(-12), middle))
    high = math.inf if not x2 else float(Decimal(10) ** root(lambda e: excess(Decimal(10) ** e), middle, Decimal(12)))
    return low, high


def exact(x1: int, n1: int, x2: int, n2: int, level: float) -> tuple[float, float, float]:
    """Conditional odds ratio and its exact limits."""
    events = x1 + x2
    ways = {k: math.comb(n1, k) * math.comb(n2, events - k) for k in range(max(0, events - n2), min(n1, events) + 1)}
    tail = (1 - Decimal(str(level))) / TWO

    def share(odds: Decimal, keep: Callable[[int], bool]) -> Decimal:
        weights = {k: count * odds**k for k, count in ways.items()}
        return sum((w for k, w in weights.items() if keep(k)), Decimal(0)) / sum(weights.values())

    def mean(odds: Decimal) -> Decimal:
        weights = {k: count * odds**k for k, count in ways.items()}
        return sum((k * w for k, w in weights.items()), Decimal(0)) / sum(weights.values()) - x1

    first, last = x1 == min(ways), x1 == max(ways)
    estimate = math.inf if last else 0.0 if first else float(power_root(mean, -12, 12))
    low = 0.0 if first else float(power_root(lambda odds: share(odds, lambda k: k >= x1) - tail, -12, 12))
    high = math.inf if last else float(power_root(lambda odds: share(odds, lambda k: k <= x1) - tail, -12, 12))
    return estimate, low, high


def rows() -> Iterator[tuple[str, str, str, str, str]]:
    for x1, n1, x2, n2 in TABLES:
        name = f"{x1}/{n1} {x2}/{n2} twin"
        for level in Z:
            for limit, value in zip(("lower", "upper"), score(x1, n1, x2, n2, level), strict=True):
                yield "proportion_ratio", name, f"{limit}@{level}", "score", said(value)
            if 0 < x1 + x2 < n1 + n2:
                estimate, *limits = exact(x1, n1, x2, n2, level)
                for limit, value in zip(("lower", "upper"), limits, strict=True):
                    yield "odds_ratio", name, f"{limit}@{level}", "conditional", said(value)
                if level == 0.95:
                    yield "odds_ratio", name, "estimate", "conditional", said(estimate)


def said(value: float) -> str:
    return "Inf" if math.isinf(value) else f"{value:.17g}"


if __name__ == "__main__":
    for level, quantile in Z.items():
        assert abs(NormalDist().inv_cdf((1 + level) / 2) - float(quantile)) < 1e-12
    with OUT.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("method", "dataset", "quantity", "convention", "value"))
        writer.writerows(rows())
