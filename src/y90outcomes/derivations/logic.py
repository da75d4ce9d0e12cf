"""Pieces of derivations that must not guess: numbers without their impossible values, answers that may be open."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]


def numbers(values: pd.Series) -> Floats:
    """A column of numbers as float64; missing and infinite become NaN."""
    found = values.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(found), found, np.nan)


def positive(values: pd.Series) -> Floats:
    """`numbers` above zero; zero and below are impossible for what is asked here and become NaN."""
    found = numbers(values)
    return np.where(found > 0, found, np.nan)


def among(values: pd.Series, codes: Collection[str]) -> Booleans:
    """Whether each code is one of `codes`; a missing one is not."""
    return values.isin(list(codes)).fillna(False).to_numpy(dtype=np.bool_)


def verdict(holds: Booleans, fails: Booleans) -> pd.Series:
    """ "yes" where it is known to hold, "no" where it is known not to, missing where it is open."""
    answer = pd.Series(pd.NA, index=pd.RangeIndex(len(holds)), dtype="string")
    answer[fails] = "no"
    answer[holds] = "yes"
    return answer


def chosen(index: pd.Index, *cases: tuple[str, Booleans]) -> pd.Series:
    """The first level whose condition holds, missing where none does."""
    answer = pd.Series(pd.NA, index=index, dtype="string")
    for level, where in reversed(cases):
        answer[where] = level
    return answer


def agreement(derived: pd.Series, reported: pd.Series, order: Collection[str]) -> pd.Series:
    """Derived beside reported, both in levels of `order` (best to worst): agrees, derived_better, derived_worse;
    missing where either is, or is no level of `order`."""
    rank = {level: float(place) for place, level in enumerate(order)}
    first, second = (numbers(values.map(rank, na_action="ignore").astype(float)) for values in (derived, reported))
    return chosen(
        derived.index,
        ("agrees", first == second),
        ("derived_better", first < second),
        ("derived_worse", first > second),
    )
