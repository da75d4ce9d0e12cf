"""Interval methods of a proportion, by name: those of the estimators and those other programs print."""

from __future__ import annotations

import math
from collections.abc import Callable

from y90outcomes.estimators.arrays import normal_quantile
from y90outcomes.estimators.proportions import proportion
from y90outcomes.estimators.tails import (
    beta_quantile,
    binomial_above,
    binomial_at_most,
    binomial_log_likelihood,
    bracketed_root,
)

Limits = Callable[[int, int, float], tuple[float, float]]


def _own(interval: str) -> Limits:
    def limits(x: int, n: int, level: float) -> tuple[float, float]:
        made = proportion(x, n, interval=interval, level=level)
        return made.lower, made.upper

    return limits


def _beta(before: float, after: float) -> Limits:
    """Equal-tailed quantiles of the beta posterior under a beta prior; Jeffreys ends at 0 for x = 0, at 1 for x = n."""

    def limits(x: int, n: int, level: float) -> tuple[float, float]:
        tail, jeffreys = (1.0 - level) / 2.0, before < 1.0
        low = 0.0 if jeffreys and x == 0 else beta_quantile(x + before, n - x + after, tail)
        high = 1.0 if jeffreys and x == n else beta_quantile(x + before, n - x + after, 1.0 - tail)
        return low, high

    return limits


def _mid_p(x: int, n: int, level: float) -> tuple[float, float]:
    """Limits whose mid-P tail is half of 1 − level (Lancaster; Stat Med 1998;17:857, method 4)."""
    tail = (1.0 - level) / 2.0

    def above(p: float) -> float:
        return (binomial_above(x, n, p) + binomial_above(x - 1, n, p)) / 2.0

    def below(p: float) -> float:
        return (binomial_at_most(x - 1, n, p) + binomial_at_most(x, n, p)) / 2.0

    low = 0.0 if x == 0 else bracketed_root(lambda p: above(p) - tail, 0.0, 1.0)
    high = 1.0 if x == n else bracketed_root(lambda p: below(p) - tail, 0.0, 1.0)
    return low, high


def _wald_raw(correction: float) -> Limits:
    def limits(x: int, n: int, level: float) -> tuple[float, float]:
        half = normal_quantile(level) * math.sqrt(x * (n - x) / n) / n + correction / n
        return x / n - half, x / n + half

    return limits


def _cut(raw: Limits) -> Limits:
    def limits(x: int, n: int, level: float) -> tuple[float, float]:
        low, high = raw(x, n, level)
        return max(low, 0.0), min(high, 1.0)

    return limits


def _logit(x: int, n: int, level: float) -> tuple[float, float]:
    """Wald on the log odds (SAS, Stata); at 0 and n, where it has none, the exact limits those programs print."""
    if x in {0, n}:
        return _own("clopper_pearson")(x, n, level)
    centre, half = math.log(x / (n - x)), normal_quantile(level) * math.sqrt(n / (x * (n - x)))
    return 1.0 / (1.0 + math.exp(half - centre)), 1.0 / (1.0 + math.exp(-half - centre))


def _arcsine(x: int, n: int, level: float) -> tuple[float, float]:
    """On asin √p, with standard error 1 / (2 √n)."""
    centre, half = math.asin(math.sqrt(x / n)), normal_quantile(level) / (2.0 * math.sqrt(n))
    return math.sin(max(centre - half, 0.0)) ** 2, math.sin(min(centre + half, math.pi / 2.0)) ** 2


def _log_log(x: int, n: int, level: float) -> tuple[float, float]:
    """On log(−log p): the Kaplan–Meier interval without censoring; 0 to 1 where p is 0 or 1."""
    if x in {0, n}:
        return (0.0, 1.0)
    log_p = math.log(x / n)
    half = normal_quantile(level) * math.sqrt((n - x) / (x * n)) / -log_p
    return math.exp(log_p * math.exp(half)), math.exp(log_p * math.exp(-half))


def _likelihood(x: int, n: int, level: float) -> tuple[float, float]:
    """Where twice the log likelihood falls by the χ² quantile of one degree of freedom."""
    share, drop = x / n, normal_quantile(level) ** 2 / 2.0
    best = binomial_log_likelihood(x, n, share)

    def excess(p: float) -> float:
        return best - binomial_log_likelihood(x, n, p) - drop

    tiny = 1e-300
    low = 0.0 if x == 0 else bracketed_root(excess, tiny, share) if x < n else math.exp(-drop / n)
    high = 1.0 if x == n else bracketed_root(excess, share, 1.0 - 1e-16) if x > 0 else -math.expm1(-drop / n)
    return low, high


LIMITS: dict[str, Limits] = {
    "Wilson": _own("wilson"),
    "Clopper-Pearson": _own("clopper_pearson"),
    "Agresti-Coull": _own("agresti_coull"),
    "Wald": _own("wald"),
    "Wilson with continuity correction": _own("wilson_cc"),
    "Wald with continuity correction": _cut(_wald_raw(0.5)),
    "mid-P": _mid_p,
    "Jeffreys": _beta(0.5, 0.5),
    "Bayes with a uniform prior": _beta(1.0, 1.0),
    "logit": _logit,
    "arcsine": _arcsine,
    "log-log": _log_log,
    "likelihood ratio": _likelihood,
}
"""Limits (low, high) of x / n within [0, 1], by the method's name, the commoner first."""

UNCUT: dict[str, Limits] = {
    "Wald, not cut at 0 and 100": _wald_raw(0.0),
    "Wald with continuity correction, not cut at 0 and 100": _wald_raw(0.5),
}
"""The same where the method leaves [0, 1] and a program prints it so."""
