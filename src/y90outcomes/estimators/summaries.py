"""Describing one numeric variable: mean, SD, quantiles, range."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from y90outcomes.conventions import default
from y90outcomes.estimators.arrays import as_vector, check_name
from y90outcomes.estimators.numbers import NAN, Description, Floats


def quantile(x: ArrayLike, q: float, kind: str = default("quantile_type")) -> float:
    """The `q`-quantile of x (n,), in x's unit; NaN for n = 0.

    kind: "7" linear between order statistics at 1 + (n−1)q, "6" at (n+1)q, "2" the observed value above nq, the mean of
    two where nq is whole. Hyndman and Fan, Am Stat 1996;50:361 (doi:10.1080/00031305.1996.10473566); R stats::quantile.
    A position within 4 ε of a whole number is that number, as R has it for types 6 and 7; for type 2, R lets
    0.07 × 100 = 7.000…01 pass for more than 7 and takes the eighth value, where this is the mean of two.
    Raises ValueError for missing or infinite x, q outside [0, 1], or an unknown kind.
    """
    if not 0.0 <= q <= 1.0:
        raise ValueError(f"q must lie in [0, 1], got {q}")
    return _quantile_sorted(np.sort(as_vector("x", x)), q, check_name("quantile_type", kind))


def describe(x: ArrayLike, quantile_type: str = default("quantile_type")) -> Description:
    """Count, missing, mean, SD (n−1), median, quartiles and range of x (n,), in x's unit.

    NaN in x is a missing value: counted, then dropped. SD is NaN for n = 1, everything for n = 0. Sums are exact
    (`math.fsum`), so the order of the values cannot move a digit.
    R base::mean, stats::sd, stats::quantile. Raises ValueError for infinite x or an unknown type.
    Quantiles: Hyndman and Fan, Am Stat 1996;50:361, 10.1080/00031305.1996.10473566.
    """
    kind = check_name("quantile_type", quantile_type)
    values = np.array(x, dtype=np.float64)
    if values.ndim != 1:
        raise ValueError(f"x must have one dimension, got {values.ndim}")
    kept = np.sort(as_vector("x", values[~np.isnan(values)]))
    n, conventions = len(kept), {"quantile_type": kind}
    if n == 0:
        return Description(0, len(values), NAN, NAN, NAN, NAN, NAN, NAN, NAN, conventions)
    mean, sd = mean_and_sd(kept)
    q1, median, q3 = (_quantile_sorted(kept, q, kind) for q in (0.25, 0.5, 0.75))
    low, high = float(kept[0]), float(kept[-1])
    return Description(n, len(values) - n, mean, sd, median, q1, q3, low, high, conventions)


def mean_and_sd(x: Floats) -> tuple[float, float]:
    """Mean and SD (n−1) of finite x (n ≥ 1); SD is NaN for n = 1. Scaled, so tiny and huge values keep their digits."""
    n, scale = len(x), power_of_two(float(np.abs(x).max()))
    if scale == 0.0:
        return 0.0, 0.0 if n > 1 else NAN
    shrunk = x / scale
    mean = math.fsum(shrunk) / n
    if n == 1:
        return float(x[0]), NAN
    return mean * scale, math.sqrt(math.fsum((shrunk - mean) ** 2) / (n - 1)) * scale


def power_of_two(largest: float) -> float:
    """The power of two at or below a positive number, 0 for 0: a factor that costs no digit."""
    return math.ldexp(1.0, math.frexp(largest)[1] - 1) if largest > 0.0 else 0.0


def _quantile_sorted(x: Floats, q: float, kind: str) -> float:
    n = len(x)
    if n == 0:
        return NAN
    position = {"7": 1.0 + (n - 1) * q, "6": (n + 1) * q, "2": n * q}[kind]
    whole = math.floor(position + 4 * np.finfo(float).eps * max(1.0, position))
    part = position - whole
    if abs(part) < 4 * np.finfo(float).eps * max(1.0, position):
        part = 0.0
    if kind == "2":
        part = 0.5 if part == 0.0 else 1.0
    below, above = float(x[min(max(whole, 1), n) - 1]), float(x[min(max(whole + 1, 1), n) - 1])
    if part == 0.0 or below == above:
        return below
    return above if part == 1.0 else (1.0 - part) * below + part * above
