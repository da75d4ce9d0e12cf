"""Physical constants and conventions of Y-90 dosimetry, each with its source."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

HALF_LIFE_HOURS = 64.1
"""Physical half-life of Y-90 in hours (Sangro 2014, 10.2217/hep.14.6, Table 3)."""

MEAN_ENERGY_MEV = 0.9267
"""Mean energy in MeV per decay of Y-90, all of it from electrons and taken as absorbed where it is emitted."""

JOULES_PER_MEV = 1.602176634e-13
"""Exact by the definition of the elementary charge (SI, 2019)."""


def energy_constant(half_life_hours: float = HALF_LIFE_HOURS, mean_energy_mev: float = MEAN_ENERGY_MEV) -> float:
    """k in Gy kg/GBq: the energy in joules of every decay of 1 GBq, 10⁹ · E · T½ / ln 2, absorbed in 1 kg."""
    return 1e9 * mean_energy_mev * JOULES_PER_MEV * half_life_hours * 3600 / math.log(2)


K: Mapping[str, float] = MappingProxyType(
    {"salem_2022": 50.0, "mird_49_67": 49.67, "half_life_and_energy": energy_constant()}
)
"""Gy kg/GBq by name: rounded, as Salem 2022 prints it; 49.67, in wide use; from half-life and mean energy (49.43)."""

DENSITY = 1.03
"""g/mL of liver and tumour, where no mass is given."""

LUNG_MASS = 1.0
"""kg of lung, where none is measured."""

LUNG_MASS_RANGE = (0.8, 1.2)
"""kg: what an unmeasured lung may weigh, for checks that allow for it."""

SPHERE_ACTIVITY = 2500.0
"""Bq of one glass microsphere at calibration (Sangro 2014, 10.2217/hep.14.6, Table 3; about 1.2 million in 3 GBq)."""

WEEK_DAYS = (7.0, 14.0)
"""Last day after calibration of the first and of the second treatment week."""
