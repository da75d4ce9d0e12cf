"""Attenuation under Choi: mean HU of the targets at a visit against the same targets at baseline."""

from __future__ import annotations

import numpy as np

from y90outcomes.derivations.response.visits import Booleans, Floats, Scans
from y90outcomes.derivations.types import Positions


def attenuation(scans: Scans) -> Floats:
    """HU of each row; NaN for MRI and every other modality that has none. A row without a modality is taken as CT."""
    ct = scans.says("modality", "ct") | scans.blank("modality")
    return np.where(ct, scans.numbers("attenuation"), np.nan)


def attenuation_ratio(
    unit: Positions, count: int, value: Floats, now: Floats, baseline: Floats
) -> tuple[Floats, Booleans]:
    """Mean attenuation over mean baseline attenuation of each of `count` unit visits, and whether it is known.

    unit  the unit visit of each target row, `value` its size, `now` and `baseline` its HU
    A target that is gone has no attenuation and is left out on both sides. Known only when every target still there is
    measured at both scans and the baseline mean is above 0. Choi 2007, 10.1200/JCO.2006.07.3049.
    """
    there = ~(value == 0)
    measured = there & ~np.isnan(now) & ~np.isnan(baseline)
    wanted = np.bincount(unit[there], minlength=count)
    n = np.bincount(unit[measured], minlength=count)
    sum_now = np.bincount(unit[measured], weights=now[measured], minlength=count)
    sum_before = np.bincount(unit[measured], weights=baseline[measured], minlength=count)
    known = (n == wanted) & (n > 0) & (sum_before > 0)
    return np.where(known, sum_now / np.where(known, sum_before, 1.0), np.nan), known
