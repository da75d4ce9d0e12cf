"""Correlation of two numbers: Spearman's of ranks, Pearson's of the values."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from y90outcomes.conventions import LEVEL, default
from y90outcomes.estimators.arrays import as_vector, check_level, check_name, doubled_midranks, normal_quantile
from y90outcomes.estimators.numbers import Estimate, Floats, Ints
from y90outcomes.estimators.p_values import student_p

AUTO_EXACT = 10
"""`auto` is exact up to this many subjects: 10! arrangements are below the 10⁷ of the other exact tests."""

EXACT_SUBJECTS = 14
"""The exact distribution is counted up to this many when asked for by name."""

EDGEWORTH_SUBJECTS = 1290
"""AS 89 is used up to this many, as in R."""


def pearson(x: ArrayLike, y: ArrayLike, *, level: float = LEVEL) -> Estimate:
    """Pearson's correlation of x (n,) and y (n,), with t on n − 2 degrees of freedom and Fisher's z interval.

    Equals R stats::cor.test(method = "pearson"). Fisher, Metron 1921;1:3. Units do not matter. An exact line gives ±1
    with limits ±1 and p 0. Fewer than three subjects or values that do not vary beyond rounding give NaN with a reason;
    three subjects have no interval. Raises ValueError for missing or infinite values or unequal lengths.
    """
    first, second = _paired(x, y)
    n, conventions = len(first), {"pearson": "t"}
    reason = _unusable(first, second)
    if reason:
        return Estimate(level=check_level(level), n=n, valid=False, reason=reason, conventions=conventions)
    r = _correlation(first, second)
    statistic, p = _t(r, n)
    se = 1.0 / math.sqrt(n - 3) if n > 3 else math.nan
    lower, upper = _fisher_limits(r, se, level)
    reason = "" if n > 3 else "an interval needs four subjects"
    return Estimate(r, lower, upper, level, statistic=statistic, p=p, n=n, reason=reason, conventions=conventions)


def spearman(x: ArrayLike, y: ArrayLike, *, p: str = default("spearman"), level: float = LEVEL) -> Estimate:
    """Spearman's rank correlation ρ of x (n,) and y (n,), ties by midranks; R stats::cor.test(method = "spearman").

    p: "t", ρ√((n − 2)/(1 − ρ²)) on n − 2 degrees of freedom (R with exact = FALSE or ties); "exact", the permutation
    distribution of the data as they are, ties included, p = P(|ρ*| ≥ |ρ|), up to 14 subjects; "as89", R's own rule:
    exact up to 9 subjects, the Edgeworth series of algorithm AS 89 (Best and Roberts, doi:10.2307/2347111) up to 1290,
    t beyond or with ties; "auto": exact up to 10 subjects, else t. `conventions` names which was used. `statistic` is t
    where t was used, else Σd² = (n³ − n)(1 − ρ)/6. The interval is Fisher's z with variance (1 + ρ²/2)/(n − 3) (Bonett
    and Wright, doi:10.1007/BF02294183); R has none. Fewer than three subjects, equal values, or too many for "exact"
    give NaN with a reason; ρ = ±1 and three subjects have no interval.
    Raises ValueError for missing or infinite values, unequal lengths or an unknown name.
    """
    check_name("spearman", p)
    first, second = _paired(x, y)
    n = len(first)
    (a, sets), (b, others) = doubled_midranks(first), doubled_midranks(second)
    ties = len(sets) < n or len(others) < n
    used = p
    if p == "auto":
        used = "exact" if n <= AUTO_EXACT else "t"
    elif p == "as89" and (ties or n > EDGEWORTH_SUBJECTS):
        used = "t"
    conventions = {"spearman": used, "spearman_interval": "bonett_wright"}
    reason = _unusable(a.astype(np.float64), b.astype(np.float64))
    if not reason and used == "exact" and n > EXACT_SUBJECTS:
        reason = f"the exact distribution is counted for up to {EXACT_SUBJECTS} subjects; use the t approximation"
    if reason:
        return Estimate(level=check_level(level), n=n, valid=False, reason=reason, conventions=conventions)
    r = _correlation(a.astype(np.float64), b.astype(np.float64))
    statistic = (n**3 - n) * (1.0 - r) / 6.0
    if used == "t":
        statistic, found = _t(r, n)
    elif used == "exact" or n <= 9:
        found = _exact_p(a, b)
    else:
        found = _edgeworth_p(round(statistic), n)
    se = math.sqrt((1.0 + r * r / 2.0) / (n - 3)) if n > 3 and abs(r) < 1.0 else math.nan
    lower, upper = _fisher_limits(r, se, level)
    if n <= 3:
        reason = "an interval needs four subjects"
    elif abs(r) == 1.0:
        reason = "a perfect rank correlation has no interval"
    return Estimate(r, lower, upper, level, statistic=statistic, p=found, n=n, reason=reason, conventions=conventions)


def _paired(x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
    first, second = as_vector("x", x), as_vector("y", y)
    if len(first) != len(second):
        raise ValueError(f"x and y differ in length: {len(first)} and {len(second)}")
    return first, second


def _unusable(first: Floats, second: Floats) -> str:
    if len(first) < 3:
        return "a correlation needs three subjects"
    for values in (first, second):
        scale = float(np.abs(values).max()) or 1.0
        if float(np.ptp(values / scale)) <= 10 * np.finfo(float).eps:
            return "one of the two does not vary"
    return ""


def _correlation(first: Floats, second: Floats) -> float:
    """The correlation, exactly ±1 when it is so up to rounding."""
    a, b = _unit(first), _unit(second)
    r = float(a @ b)
    return math.copysign(1.0, r) if abs(r) > 1.0 - 1e-15 else r


def _unit(values: Floats) -> Floats:
    """Centred and of length 1; one factor first, so that squares stay in range."""
    scaled = values / (float(np.abs(values).max()) or 1.0)
    centred = scaled - scaled.mean()
    centred = centred / np.abs(centred).max()
    unit: Floats = centred / math.sqrt(float(centred @ centred))
    return unit


def _t(r: float, n: int) -> tuple[float, float]:
    if abs(r) == 1.0:
        return math.copysign(math.inf, r), 0.0
    statistic = r * math.sqrt((n - 2) / ((1.0 - r) * (1.0 + r)))
    return statistic, min(1.0, student_p(statistic, n - 2))


def _fisher_limits(r: float, se: float, level: float) -> tuple[float, float]:
    half = normal_quantile(level) * se
    z = math.copysign(math.inf, r) if abs(r) == 1.0 else math.atanh(r)
    return math.tanh(z - half), math.tanh(z + half)


def _exact_p(a: Ints, b: Ints) -> float:
    """P(|Σab* − mean| ≥ |Σab − mean|) over all orders of b, twice midranks of n subjects, all whole numbers.

    Subjects enter one by one. A state is the set of b's used, as bits; counts[s] is the number of ways to have used
    them with sum s.
    """
    n = len(a)
    a, b = a - a.min(), b - b.min()
    middle = int(a.sum()) * int(b.sum())
    distance = abs(n * int(a @ b) - middle)
    start = np.zeros(int(np.sort(a) @ np.sort(b)) + 1)
    start[0] = 1.0
    states: dict[int, Floats] = {0: start}
    for rank in a.tolist():
        reached: dict[int, Floats] = {}
        for held, counts in states.items():
            for index, other in enumerate(b.tolist()):
                if not held >> index & 1:
                    total = reached.setdefault(held | 1 << index, np.zeros_like(start))
                    gain = rank * other
                    total[gain:] += counts[: len(counts) - gain]
        states = reached
    final = states[(1 << n) - 1]
    extreme = np.abs(n * np.arange(len(final)) - middle) >= distance
    return min(1.0, float(final[extreme].sum() / final.sum()))


def _edgeworth_p(squares: int, n: int) -> float:
    """Twice the smaller tail of Σd² by the Edgeworth series of AS 89; Σd² moves in steps of two without ties."""
    from scipy.special import ndtr

    total = (n**3 - n) // 3
    lower = 2 * squares <= total
    at = squares + 2 if lower else squares
    if at > total:
        return 0.0
    b = 1.0 / n
    x = (6.0 * (at - 1) * b / (n * n - 1.0) - 1.0) * math.sqrt(n - 1.0)
    y = x * x
    inner = 0.0879 + 0.0151 * b - y * (0.0072 - 0.0831 * b + y * b * (0.0131 - 4.6e-4 * y))
    u = x * b * (0.2274 + b * (0.2531 + 0.1745 * b) + y * (-0.0758 + b * (0.1033 + 0.3932 * b) - y * b * inner))
    correction = u / math.exp(y / 2.0)
    tail = float(ndtr(x)) - correction if lower else float(ndtr(-x)) + correction
    return min(1.0, 2.0 * min(1.0, max(0.0, tail)))
