"""Partition model on the perfused volume: tumour and normal liver share one implanted activity (Salem 2022).

r is the ratio of activity concentrations, tumour over normal. D_T = E·r / (r·M_T + M_N), D_N = D_T / r, where E is the
energy left in the liver, so that D_T·M_T + D_N·M_N = E.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from y90outcomes.dosimetry.inputs import amount, fraction, positive
from y90outcomes.dosimetry.mird import NetActivity, energy
from y90outcomes.thresholds import compare

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PartitionDoses:
    """Mean doses (Gy) of perfused tumour and perfused normal liver."""

    tumour: Floats
    normal: Floats


def partition(
    activity: NetActivity, ratio: npt.ArrayLike, tumour_mass: npt.ArrayLike, normal_mass: npt.ArrayLike, k: float
) -> PartitionDoses:
    """Doses of both compartments from an implanted activity (GBq), the ratio r and their masses (kg).

    NaN in both where anything is missing, or where ratio or a mass is not above zero; ValueError as `mird.energy`.
    """
    r = positive(ratio)
    normal = energy(activity, k) / (r * positive(tumour_mass) + positive(normal_mass))
    return PartitionDoses(r * normal, normal)


def ratio_from_doses(tumour_dose: npt.ArrayLike, normal_dose: npt.ArrayLike) -> Floats:
    """r from the doses of both compartments: they have one density. NaN where the normal dose is not above zero."""
    return amount(tumour_dose) / positive(normal_dose)


def whole_normal(
    normal_dose: npt.ArrayLike, perfused_normal_mass: npt.ArrayLike, whole_normal_mass: npt.ArrayLike
) -> Floats:
    """Dose (Gy) averaged over all normal liver: D_N·M_N / M_N,whole. NaN also where the perfused part outweighs the
    whole."""
    part, whole = positive(perfused_normal_mass), positive(whole_normal_mass)
    share = np.where(compare(part, "max", whole), np.minimum(part / whole, 1.0), np.nan)
    return amount(normal_dose) * share


def energy_balance(
    activity: NetActivity,
    tumour_dose: npt.ArrayLike,
    tumour_mass: npt.ArrayLike,
    normal_dose: npt.ArrayLike,
    normal_mass: npt.ArrayLike,
    k: float,
) -> Floats:
    """(D_T·M_T + D_N·M_N) / (k·A_net): 1 where energy is conserved, to within 2 %. NaN for missing or no activity."""
    held = amount(tumour_dose) * positive(tumour_mass) + amount(normal_dose) * positive(normal_mass)
    return held / positive(energy(activity, k))


def activity_needed(
    dose: npt.ArrayLike,
    compartment: str,
    ratio: npt.ArrayLike,
    masses: tuple[npt.ArrayLike, npt.ArrayLike],
    losses: tuple[npt.ArrayLike, npt.ArrayLike],
    k: float,
) -> Floats:
    """Activity (GBq) at administration that gives `dose` (Gy) to a compartment: the inverse of `partition`.

    compartment  tumour | normal; ValueError otherwise
    masses       tumour and normal (kg);  losses  residual and shunt, fractions of 1
    """
    if compartment not in {"tumour", "normal"}:
        raise ValueError(f"compartment is tumour or normal, not {compartment!r}")
    r = positive(ratio)
    normal_dose = amount(dose) / r if compartment == "tumour" else amount(dose)
    residual, shunt = (positive(1 - fraction(loss)) for loss in losses)
    return normal_dose * (r * positive(masses[0]) + positive(masses[1])) / (k * residual * shunt)


def volume_weighted(dose: npt.ArrayLike, weight: npt.ArrayLike, group: npt.NDArray[np.intp], count: int) -> Floats:
    """Mean dose (Gy) of each group of lesions, weighted by volume or mass: energy over mass, as TARGET weighs.

    dose, weight  one per lesion; group  its position, −1 for none;  count  of groups
    returns       one per group; NaN for a group without lesions, or one whose dose or weight is missing or impossible
    """
    inside = group >= 0
    at, weights = group[inside], positive(weight)[inside]
    held = np.bincount(at, weights=amount(dose)[inside] * weights, minlength=count)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(held / np.bincount(at, weights=weights, minlength=count), dtype=np.float64)
