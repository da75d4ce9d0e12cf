"""What a number of dosimetry may be; anything else is NaN with a reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def amount(values: npt.ArrayLike) -> Floats:
    """Numbers from zero up (an activity, a dose); negative and infinite ones are NaN."""
    return _where(values, lambda numbers: np.isfinite(numbers) & (numbers >= 0))


def positive(values: npt.ArrayLike) -> Floats:
    """Numbers above zero (a mass, a volume, a ratio); others are NaN."""
    return _where(values, lambda numbers: np.isfinite(numbers) & (numbers > 0))


def fraction(values: npt.ArrayLike) -> Floats:
    """Numbers from 0 to 1, both included; others are NaN. A value in percent is divided by 100 before."""
    return _where(values, lambda numbers: (numbers >= 0) & (numbers <= 1))


def _where(values: npt.ArrayLike, allowed: Callable[[Floats], npt.NDArray[np.bool_]]) -> Floats:
    numbers = np.asarray(values, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        return np.where(allowed(numbers), numbers, np.nan)


KINDS: Mapping[str, Callable[[npt.ArrayLike], Floats]] = MappingProxyType(
    {"amount": amount, "positive": positive, "fraction": fraction}
)
"""kind -> the function that keeps only what is possible."""


def reasons(**inputs: tuple[str, npt.ArrayLike]) -> npt.NDArray[np.object_]:
    """Why a dose made from the inputs is missing: "activity missing", "mass impossible", or "" where none is.

    inputs   name -> (kind of `KINDS`, values); arrays broadcast together. The first fault counts; impossible ones
             come before missing ones.
    """
    found = np.broadcast_arrays(*(np.asarray(values, dtype=np.float64) for _, values in inputs.values()))
    answer = np.full(found[0].shape, "", dtype=object)
    named = list(zip(inputs, (kind for kind, _ in inputs.values()), found, strict=True))
    for name, _, numbers in reversed(named):
        answer[np.isnan(numbers)] = f"{name} missing"
    for name, kind, numbers in reversed(named):
        answer[np.isnan(KINDS[kind](numbers)) & ~np.isnan(numbers)] = f"{name} impossible"
    return answer


def mass_of(volume: npt.ArrayLike, density: float, mass: npt.ArrayLike = np.nan) -> Floats:
    """Mass in kg: the recorded one, else volume (mL) × density (g/mL) / 1000; NaN for neither, and for what is not
    above zero. An impossible recorded mass is not replaced."""
    recorded = np.asarray(mass, dtype=np.float64)
    return np.where(np.isnan(recorded), positive(volume) * density / 1000, positive(recorded))
