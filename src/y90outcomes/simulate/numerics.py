"""The few functions the draw needs beside NumPy: logistic, normal distribution, and a root in a bracket."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def expit(x: npt.ArrayLike) -> Array:
    """1 / (1 + exp(−x)), without overflow."""
    values = np.asarray(x, dtype=np.float64)
    small = np.exp(-np.abs(values))
    return np.asarray(np.where(values >= 0, 1.0, small) / (1.0 + small), dtype=np.float64)


def normal_cdf(x: npt.ArrayLike) -> Array:
    """Distribution function of the standard normal."""
    values = np.asarray(x, dtype=np.float64)
    flat = [0.5 * math.erfc(-value / math.sqrt(2)) for value in values.ravel().tolist()]
    return np.asarray(flat, dtype=np.float64).reshape(values.shape)


def normal_quantile(p: npt.ArrayLike) -> Array:
    """Quantile of the standard normal; p strictly between 0 and 1."""
    values = np.asarray(p, dtype=np.float64)
    inverse = NormalDist().inv_cdf
    return np.asarray([inverse(value) for value in values.ravel().tolist()], dtype=np.float64).reshape(values.shape)


def root(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a continuous function changes sign between `low` and `high`, by bisection to the last bit.

    ArithmeticError when both ends have the same sign.
    """
    sign = function(low) > 0
    if sign == (function(high) > 0):
        raise ArithmeticError("the margins given cannot hold together: no solution in the bracket")
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if (function(middle) > 0) == sign:
            low = middle
        else:
            high = middle
    return (low + high) / 2
