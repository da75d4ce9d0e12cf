"""Comparing a number with a clinical limit: the one place where that is done.

Both sides are taken at 12 significant digits, because a limit such as 3 x 1.2 is not representable and plain floating
point would grade 3.6 above it. This is comparison, not rounding: the values themselves are never changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

DIGITS = 12
"""Significant digits at which two numbers are the same clinical value."""

_LARGEST = 400
with np.errstate(over="ignore", under="ignore"):
    _POWERS = 10.0 ** np.arange(-_LARGEST, _LARGEST + 1, dtype=np.float64)
"""Powers of ten by exponent, looked up: raising ten anew for every number is what comparing cost most."""

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]


def significant(values: npt.ArrayLike, digits: int = DIGITS) -> Floats:
    """`values` at `digits` significant digits, any shape; NaN and infinities unchanged."""
    numbers = np.asarray(values, dtype=np.float64)
    finite = np.isfinite(numbers) & (numbers != 0)
    with np.errstate(all="ignore"):
        exponent = np.floor(np.log10(np.abs(np.where(finite, numbers, 1.0)))).astype(np.intp)
        scale = _POWERS[digits - 1 - exponent + _LARGEST]
        usable = finite & np.isfinite(scale)
        scale = np.where(usable, scale, 1.0)
        rounded = np.rint(numbers * scale) / scale
    return np.where(usable, rounded, numbers)


def compare(values: npt.ArrayLike, rule: str, limit: npt.ArrayLike) -> Booleans:
    """Element-wise `values RULE limit`, RULE a key of `RULES`. NaN on either side gives False: missing never meets."""
    left, right = np.broadcast_arrays(significant(values), significant(limit))
    return np.asarray(RULES[rule](left, right), dtype=np.bool_)


RULES: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {"min": np.greater_equal, "max": np.less_equal, "above": np.greater, "below": np.less}
)
"""protocol word -> comparison: min ≥, max ≤, above >, below <."""
