"""Single compartment MIRD: D = k·A·(1 − R)·(1 − F) / M (Salem 2022). Activity in GBq, mass in kg, dose in Gy.

An activity carries what has been taken off it, so neither residual nor lung shunt can be taken off twice: in Salem's
worked example 2.2 GBq with 1 % residual and 5 % shunt are 2.07 GBq, to which the printed formula applies (1 − F) again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from y90outcomes.dosimetry.inputs import amount, fraction, positive

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class NetActivity:
    """Activity (GBq), and whether residual and lung shunt have been taken off it. Negative values become NaN."""

    value: Floats
    residual_removed: bool
    shunt_removed: bool

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", amount(self.value))


def administered(activity: npt.ArrayLike) -> NetActivity:
    """The activity at administration, before residual and shunt."""
    return NetActivity(np.asarray(activity, dtype=np.float64), residual_removed=False, shunt_removed=False)


def remove_residual(activity: NetActivity, residual: npt.ArrayLike) -> NetActivity:
    """A·(1 − R), R a fraction of 1. ValueError when it has been taken off before; NaN for a missing or impossible R."""
    if activity.residual_removed:
        raise ValueError("the residual has been taken off this activity already")
    return NetActivity(activity.value * (1 - fraction(residual)), True, activity.shunt_removed)


def remove_shunt(activity: NetActivity, shunt: npt.ArrayLike) -> NetActivity:
    """A·(1 − F), F a fraction of 1. ValueError when it has been taken off before; NaN for a missing or impossible F."""
    if activity.shunt_removed:
        raise ValueError("the lung shunt has been taken off this activity already")
    return NetActivity(activity.value * (1 - fraction(shunt)), activity.residual_removed, True)


def implanted(activity: NetActivity, residual: npt.ArrayLike, shunt: npt.ArrayLike) -> NetActivity:
    """The activity in the liver: whatever of residual and shunt is still in it is taken off, once."""
    left = activity if activity.residual_removed else remove_residual(activity, residual)
    return left if left.shunt_removed else remove_shunt(left, shunt)


def energy(activity: NetActivity, k: float) -> Floats:
    """Energy (J) the activity leaves in the liver. ValueError unless residual and shunt have both been taken off."""
    if not (activity.residual_removed and activity.shunt_removed):
        raise ValueError("take residual and lung shunt off the activity before computing a liver dose")
    return k * activity.value


def single_compartment(activity: NetActivity, mass: npt.ArrayLike, k: float) -> Floats:
    """Mean dose (Gy) of a mass (kg) that holds all of an implanted activity. NaN for missing, and for a mass not above
    zero; ValueError as `energy`."""
    return energy(activity, k) / positive(mass)


def lung_dose(activity: NetActivity, shunt: npt.ArrayLike, mass: npt.ArrayLike, k: float) -> Floats:
    """Lung dose (Gy) k·A·(1 − R)·F / M_L from an activity whose residual has been taken off.

    An activity whose shunt has been taken off too holds A·(1 − R)·(1 − F), so it counts F / (1 − F) of itself. NaN for
    missing, and there for a shunt of 1. ValueError while the residual is still in the activity.
    """
    if not activity.residual_removed:
        raise ValueError("take the residual off the activity before computing a lung dose")
    share = fraction(shunt)
    if activity.shunt_removed:
        share = share / positive(1 - share)
    return k * activity.value * share / positive(mass)


def activity_needed(
    dose: npt.ArrayLike, mass: npt.ArrayLike, residual: npt.ArrayLike, shunt: npt.ArrayLike, k: float
) -> Floats:
    """Activity (GBq) at administration that gives `dose` (Gy) to `mass` (kg): the inverse of `single_compartment`.
    NaN for missing, and where everything stays in the vial or goes to the lungs."""
    return amount(dose) * positive(mass) / (k * positive(1 - fraction(residual)) * positive(1 - fraction(shunt)))
