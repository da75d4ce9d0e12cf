"""Volumes of tumour, normal and perfused liver as TARGET defines them.

TARGET (10.1007/s00259-022-05774-0): tumour is every tumour of 3 cm or more, normal is the perfused liver less every
tumour of 2 cm or more. A tumour of 2 to below 3 cm belongs to neither; one below 2 cm stays in the normal liver. The
paper puts exactly 2 cm on both sides; here it is taken off the normal liver, as the formula says.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from y90outcomes.dosimetry.inputs import amount, positive
from y90outcomes.dosimetry.limits import LIMITS
from y90outcomes.thresholds import compare

Floats = npt.NDArray[np.float64]
TUMOUR_MM, REMOVED_MM = LIMITS["tumour_diameter"].value, LIMITS["removed_diameter"].value


def part_of(
    diameter: npt.ArrayLike, tumour_mm: float = TUMOUR_MM, removed_mm: float = REMOVED_MM
) -> npt.NDArray[np.object_]:
    """Where a tumour of a diameter (mm) counts: "tumour", "neither", "normal"; "" for missing or not above zero."""
    sizes = positive(diameter)
    answer = np.full(sizes.shape, "", dtype=object)
    answer[~np.isnan(sizes)] = "normal"
    answer[compare(sizes, "min", removed_mm)] = "neither"
    answer[compare(sizes, "min", tumour_mm)] = "tumour"
    return answer


def tumour_and_normal(
    diameter: npt.ArrayLike,
    volume: npt.ArrayLike,
    group: npt.NDArray[np.intp],
    perfused: npt.ArrayLike,
    tumour_mm: float = TUMOUR_MM,
    removed_mm: float = REMOVED_MM,
) -> tuple[Floats, Floats]:
    """Tumour and normal volume (mL) of each patient from the perfused lesions' diameters (mm) and volumes (mL).

    group     position of each lesion's patient, −1 for none;  perfused  one volume per patient
    returns   NaN for a patient with a lesion whose diameter is missing, or whose volume is where it counts, and for a
              normal volume that would be negative
    """
    whole = positive(perfused)
    part, inside = part_of(diameter, tumour_mm, removed_mm), group >= 0
    sizes = np.where(part == "", np.nan, np.where(part == "normal", 0.0, amount(volume)))
    at = group[inside]
    removed = np.bincount(at, weights=sizes[inside], minlength=len(whole))
    own = np.where((part == "tumour") | np.isnan(sizes), sizes, 0.0)
    tumour = np.bincount(at, weights=own[inside], minlength=len(whole))
    return np.asarray(tumour, dtype=np.float64), amount(whole - removed)


def volumes_fit(
    tumour: npt.ArrayLike,
    normal: npt.ArrayLike,
    perfused: npt.ArrayLike,
    one_limit: bool = False,
    factor: float = LIMITS["volumes"].value,
) -> Floats:
    """1 where tumour and normal volume (mL) fit the perfused one, 0 where not, NaN for missing.

    Together they may be at most `factor` times the perfused volume. Only where a protocol has one limit for tumour and
    for what is taken off the normal liver must they fill it: `one_limit` asks for at least perfused × (2 − factor).
    """
    both = amount(tumour) + amount(normal)
    whole = positive(perfused)
    fits = compare(both, "max", whole * factor)
    if one_limit:
        fits &= compare(both, "min", whole * (2 - factor))
    return np.where(np.isnan(both) | np.isnan(whole), np.nan, fits.astype(np.float64))
