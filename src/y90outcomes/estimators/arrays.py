"""What arrays must be before an estimator touches them. Faults are `ValueError`s naming the argument, never a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from y90outcomes.conventions import CONVENTIONS
from y90outcomes.estimators.numbers import Booleans, Floats, Ints

TIME_TOLERANCE = 1e-9
"""Times closer than this, relative to the mean distinct time, are one time: 0.1 + 0.2 and 0.3 months are a tie."""


def check_name(item: str, name: str) -> str:
    """`name` when it is one of convention `item`'s names, else ValueError listing them."""
    allowed = CONVENTIONS[item].names
    if name not in allowed:
        raise ValueError(f"{item}: {name!r} is not one of {', '.join(allowed)}")
    return name


def check_level(level: float) -> float:
    """A confidence level as a float. ValueError unless it lies strictly between 0 and 1."""
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must lie between 0 and 1, got {level}")
    return float(level)


def check_names(columns: Floats, names: Sequence[str]) -> None:
    """ValueError unless there is one different name per column of (n, k)."""
    k = columns.shape[1]
    if k != len(names) or len(set(names)) != len(names):
        raise ValueError(f"names must be one different name per column: {k} columns, {len(names)} names")


def listed(names: Sequence[str], chosen: NDArray[np.bool_]) -> str:
    """The names (k,) of the columns chosen (k,), with commas."""
    return ", ".join(name for name, take in zip(names, chosen, strict=True) if take)


def normal_quantile(level: float) -> float:
    """The two-sided standard normal quantile of a confidence level: 1.959964 for 0.95."""
    from scipy.special import ndtri

    return float(-ndtri((1.0 - check_level(level)) / 2.0))


def as_vector(name: str, values: ArrayLike) -> Floats:
    """One-dimensional float array (n,), finite throughout. ValueError naming the argument otherwise."""
    array = _as_float(name, values)
    if array.ndim != 1:
        raise ValueError(f"{name} must have one dimension, got {array.ndim}")
    return _finite(name, array)


def as_matrix(name: str, values: ArrayLike) -> Floats:
    """Two-dimensional float array (n, k), finite throughout; one dimension is taken as a single column."""
    array = _as_float(name, values)
    if array.ndim == 1:
        array = array[:, np.newaxis]
    if array.ndim != 2:
        raise ValueError(f"{name} must have two dimensions, got {array.ndim}")
    return _finite(name, array)


def as_survival(time: ArrayLike, event: ArrayLike) -> tuple[Floats, Booleans]:
    """Times (n,) ≥ 0 and events (n,) as booleans from 0/1 or booleans; tied times made equal by `tie_times`."""
    times = as_vector("time", time)
    indicator = as_vector("event", event)
    if len(times) != len(indicator):
        raise ValueError(f"time and event differ in length: {len(times)} and {len(indicator)}")
    if (times < 0.0).any():
        raise ValueError(f"time holds {int((times < 0.0).sum())} negative values")
    if not np.isin(indicator, (0.0, 1.0)).all():
        raise ValueError("event must hold 0 (censored) and 1 (event) only")
    return tie_times(times), indicator == 1.0


def tie_times(times: Floats) -> Floats:
    """Times with near-ties made equal: a chain of gaps below `TIME_TOLERANCE` takes its smallest member.

    The rule of R's survival (`timefix`), with a tolerance that is only relative, so that the unit of time is no matter.
    """
    if times.size == 0:
        return times
    distinct = np.unique(times)
    starts = np.concatenate(([True], np.diff(distinct) > TIME_TOLERANCE * distinct.mean()))
    if starts.all():
        return times
    cuts = distinct[starts]
    tied: Floats = cuts[np.searchsorted(cuts, times, side="right") - 1]
    return tied


def as_groups(group: Sequence[Any] | NDArray[Any], n: int) -> tuple[tuple[Any, ...], Ints]:
    """Sorted distinct labels and each subject's label index (n,). ValueError for another length, None or NaN."""
    labels = np.asarray(group)
    if labels.ndim != 1 or len(labels) != n:
        raise ValueError(f"group must have one dimension and length {n}")
    if labels.dtype.kind == "f" and np.isnan(labels).any():
        raise ValueError("group holds missing values; drop and count first")
    if labels.dtype.kind == "O" and any(label is None or label != label for label in labels):
        raise ValueError("group holds missing values; drop and count first")
    distinct, index = np.unique(labels, return_inverse=True)
    return tuple(distinct.tolist()), index.astype(np.int64).reshape(-1)


def doubled_midranks(values: Floats) -> tuple[Ints, Ints]:
    """Twice the midrank of each value (n,), a whole number whatever the ties, and the size of each tied set."""
    _, index, sizes = np.unique(values, return_inverse=True, return_counts=True)
    doubled: Ints = (2 * np.cumsum(sizes) - sizes + 1)[index.reshape(-1)].astype(np.int64)
    return doubled, sizes.astype(np.int64)


def as_counts(name: str, table: ArrayLike) -> Ints:
    """A contingency table (r, c) of whole counts ≥ 0."""
    array = _as_float(name, table)
    if array.size == 0:
        return np.zeros((0, 0), dtype=np.int64)
    if array.ndim == 1:
        raise ValueError(f"{name} must have two dimensions, got 1")
    array = as_matrix(name, array)
    if (array < 0).any() or (array != np.floor(array)).any():
        raise ValueError(f"{name} must hold whole numbers not below 0")
    return array.astype(np.int64)


def _finite(name: str, array: Floats) -> Floats:
    faulty = int((~np.isfinite(array)).sum())
    if faulty:
        raise ValueError(f"{name} holds {faulty} missing or infinite values; drop and count them first")
    return array


def _as_float(name: str, values: ArrayLike) -> Floats:
    try:
        return np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be numbers") from None
