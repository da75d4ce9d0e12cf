"""Standard uncertainty of a dose from those of activity, volumes and T:N ratio: law of propagation, relative terms.

The framework is that of the EANM guidance (Gear 2018, 10.1007/s00259-018-4136-7): first-order propagation of relative
standard uncertainties u(x)/x, which for products is exact in logarithms. The density is taken as known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from y90outcomes.dosimetry.inputs import amount, positive

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PartitionCv:
    """Relative standard uncertainty (fraction of 1) of tumour and normal dose."""

    tumour: Floats
    normal: Floats


def volume_cv(diameter_cv: npt.ArrayLike) -> Floats:
    """u(V)/V of a volume from u(d)/d of its diameter, both fractions of 1: V goes with d³, so three times."""
    return 3 * amount(diameter_cv)


def single_compartment_cv(mass_cv: npt.ArrayLike, activity_cv: npt.ArrayLike = 0.0) -> Floats:
    """u(D)/D of D = k·A/M: the root of the sum of squares. Fractions of 1; NaN for missing or negative."""
    return np.hypot(amount(mass_cv), amount(activity_cv))


def partition_cv(
    ratio: npt.ArrayLike,
    masses: tuple[npt.ArrayLike, npt.ArrayLike],
    ratio_cv: npt.ArrayLike,
    mass_cv: tuple[npt.ArrayLike, npt.ArrayLike],
    activity_cv: npt.ArrayLike = 0.0,
    subtracted: bool = False,
) -> PartitionCv:
    """u(D)/D of both partition doses, from the derivatives of ln D.

    masses      tumour and normal mass (any unit);  ratio_cv, mass_cv, activity_cv  fractions of 1, relative
    subtracted  False: tumour and normal were outlined, `mass_cv` is theirs, and their errors are independent. True: the
                perfused liver was outlined and the tumour taken off it; the second of `mass_cv` is the perfused liver's

    With w = r·M_T / (r·M_T + M_N), the tumour's share of the energy: d ln D_T / d ln r = 1 − w, d ln D_N / d ln r = −w;
    by outlined masses both have −w and −(1 − w); by subtraction −(r − 1)·M_T / (r·M_T + M_N) and −M_P / (r·M_T + M_N).
    NaN for missing, and for a ratio or mass not above zero.
    """
    r, tumour, normal = positive(ratio), positive(masses[0]), positive(masses[1])
    whole = r * tumour + normal
    share = r * tumour / whole
    by_tumour = (r - 1) * tumour / whole if subtracted else share
    by_other = (tumour + normal) / whole if subtracted else 1 - share
    common = amount(activity_cv) ** 2 + (by_tumour * amount(mass_cv[0])) ** 2 + (by_other * amount(mass_cv[1])) ** 2
    of_ratio = amount(ratio_cv)
    return PartitionCv(np.sqrt(common + ((1 - share) * of_ratio) ** 2), np.sqrt(common + (share * of_ratio) ** 2))


def dose_interval(dose: npt.ArrayLike, cv: npt.ArrayLike, z: float = 1.959963984540054) -> tuple[Floats, Floats]:
    """Interval of a dose (Gy) whose logarithm is normal with the given relative uncertainty: D·exp(±z·√ln(1 + cv²)).
    Never below zero; NaN for missing."""
    spread = np.sqrt(np.log1p(amount(cv) ** 2))
    value = amount(dose)
    return value * np.exp(-z * spread), value * np.exp(z * spread)
