"""What a computed dose reads and the rules it is computed by, from canonical columns to the numbers of `dosimetry`.

`given` holds canonical columns by name: columns of `treatments` under their own, those of `dosimetry` as
`<compartment>_<column>` (`tumour_volume`, `normal_mass`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from y90outcomes.derivations.types import Compute, Need, Rule
from y90outcomes.dosimetry.constants import DENSITY, LUNG_MASS, K
from y90outcomes.dosimetry.decay import activity_at
from y90outcomes.dosimetry.inputs import fraction, mass_of, positive
from y90outcomes.dosimetry.mird import NetActivity, implanted, lung_dose, remove_residual

Floats = npt.NDArray[np.float64]
Given = Mapping[str, pd.Series]
Rules = Mapping[str, Any]

AGE_COLUMNS = (
    "sphere_age", "date", "date_precision", "day", "calibration_date", "calibration_date_precision", "calibration_day",
)  # fmt: skip
ACTIVITY_COLUMNS = ("activity", "calibrated_activity", *AGE_COLUMNS)
SESSION_COLUMNS = (*ACTIVITY_COLUMNS, "residual_fraction", "residual_activity", "lung_shunt_fraction")

K_RULE = Rule("k", "salem_2022", "energy per activity: 50 Gy kg/GBq (Salem 2022), 49.67, or from half-life and mean "
              "energy (49.43)", allowed=tuple(K))  # fmt: skip
DENSITY_RULE = Rule("density", DENSITY, "density where no mass is recorded", unit="g/mL", low=0.5, high=2)
ACTIVITY_RULES = (
    Rule("activity_is", "administered", "what the recorded activity is: as administered, or with the residual taken "
         "off, or net of residual and lung shunt", allowed=("administered", "without_residual", "net")),
    Rule("activity_missing", "decayed", "an activity that is not recorded is missing, or decayed from the calibrated "
         "one", allowed=("missing", "decayed")),
)  # fmt: skip
LOSS_RULES = (
    Rule("residual_unrecorded", "missing", "a dose whose residual is not recorded is missing, or has none left",
         allowed=("missing", "none")),
    Rule("shunt_unrecorded", "missing", "a dose whose lung shunt is not recorded is missing, or has no shunt",
         allowed=("missing", "none")),
)  # fmt: skip
SESSION_RULES = (K_RULE, *ACTIVITY_RULES, *LOSS_RULES)
LUNG_RULES = (
    *SESSION_RULES,
    Rule("lung_mass", LUNG_MASS, "lung mass where none is measured", unit="kg", low=0.1, high=5),
)
NORMAL_RULE = Rule(
    "normal_is", "recorded", "normal perfused volume: as recorded, or perfused less tumour volume",
    allowed=("recorded", "subtracted"),
)  # fmt: skip

_COMPARTMENTS = {
    "tumour": "tumour_total_perfused", "normal": "normal_perfused", "perfused": "perfused_liver",
    "whole_normal": "whole_liver_normal",
}  # fmt: skip


def session_needs(columns: tuple[str, ...] = SESSION_COLUMNS) -> dict[str, Need]:
    """Columns of the index session."""
    return {column: Need("treatments", column) for column in columns}


def dose_needs(*names: str, columns: tuple[str, ...] = ("volume", "mass")) -> dict[str, Need]:
    """Columns of `dosimetry` in the compartments named as `given` names them, of one source."""
    return {
        f"{name}_{column}": Need("dosimetry", column, where={"compartment": _COMPARTMENTS[name]}, options=("source",))
        for name in names
        for column in columns
    }


def computing(needs: Mapping[str, Need], function: Callable[[Given, Rules], Any]) -> Compute:
    """The `compute` of a variable from a function of named columns and rules."""
    names = tuple(needs)

    def compute(*columns: pd.Series, **rules: Any) -> pd.Series:
        return pd.Series(function(dict(zip(names, columns, strict=True)), rules), index=columns[0].index)

    return compute


def numbers(given: Given, name: str) -> Floats:
    """A column as float64, NaN for missing."""
    return np.asarray(pd.to_numeric(given[name]).to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)


def sphere_age(given: Given) -> Floats:
    """Days from calibration to administration: as recorded, else between whole dates, else between day numbers.

    A date completed from its month or year is not used. May be negative where the dates are; NaN for missing.
    """
    dates = [pd.to_datetime(given[name]) for name in ("date", "calibration_date")]
    whole = given["date_precision"].isna() & given["calibration_date_precision"].isna()
    dated = ((dates[0] - dates[1]).dt.total_seconds() / 86_400).where(whole.astype(bool)).to_numpy(dtype=np.float64)
    numbered = numbers(given, "day") - numbers(given, "calibration_day")
    recorded = numbers(given, "sphere_age")
    return np.where(np.isnan(recorded), np.where(np.isnan(dated), numbered, dated), recorded)


def recorded_activity(given: Given, rules: Rules) -> Floats:
    """Activity (GBq) as recorded, whatever number it is; a missing one is decayed from the calibrated activity under
    the rule `activity_missing`, where recorded ones are as administered."""
    recorded = numbers(given, "activity")
    if rules["activity_is"] != "administered" or rules["activity_missing"] == "missing":
        return recorded
    decayed = activity_at(numbers(given, "calibrated_activity"), sphere_age(given))
    return np.where(np.isnan(recorded), decayed, recorded)


def activity(given: Given, rules: Rules) -> NetActivity:
    """Activity (GBq) with what the rule `activity_is` says has been taken off it."""
    kind = rules["activity_is"]
    return NetActivity(recorded_activity(given, rules), kind != "administered", kind == "net")


def recorded_residual(given: Given, rules: Rules) -> Floats:
    """Residual as a share of the activity at administration, whatever number it is: the recorded share, else residual
    activity over activity. Where neither is recorded the rule `residual_unrecorded` decides."""
    share, left = numbers(given, "residual_fraction") / 100, numbers(given, "residual_activity")
    own = recorded_activity(given, rules)
    at_start = {"administered": own, "without_residual": own + left, "net": np.full(own.shape, np.nan)}
    part = np.where(np.isnan(share), left / positive(at_start[rules["activity_is"]]), share)
    if rules["residual_unrecorded"] == "none":
        part = np.where(np.isnan(share) & np.isnan(left), 0.0, part)
    return part


def residual(given: Given, rules: Rules) -> Floats:
    """Residual as a fraction of 1; an impossible one is NaN."""
    return fraction(recorded_residual(given, rules))


def recorded_shunt(given: Given, rules: Rules) -> Floats:
    """Lung shunt as a share, whatever number it is; where none is recorded the rule `shunt_unrecorded` decides."""
    share = numbers(given, "lung_shunt_fraction") / 100
    return np.where(np.isnan(share), 0.0, share) if rules["shunt_unrecorded"] == "none" else share


def shunt(given: Given, rules: Rules) -> Floats:
    """Lung shunt as a fraction of 1; an impossible one is NaN."""
    return fraction(recorded_shunt(given, rules))


def in_liver(given: Given, rules: Rules) -> NetActivity:
    """Activity implanted in the liver: whatever of residual and shunt is still in it is taken off."""
    return implanted(activity(given, rules), residual(given, rules), shunt(given, rules))


def lungs(given: Given, rules: Rules) -> Floats:
    """Lung dose (Gy) of one session; `lung_mass` where no lung mass is measured."""
    own = activity(given, rules)
    left = own if own.residual_removed else remove_residual(own, residual(given, rules))
    measured = numbers(given, "lung_mass")
    mass = np.where(np.isnan(measured), rules["lung_mass"], measured)
    return lung_dose(left, shunt(given, rules), mass, K[rules["k"]])


def mass(given: Given, name: str, rules: Rules) -> Floats:
    """Mass (kg) of a compartment: recorded, else from its volume; the normal one by the rule `normal_is`."""
    if name == "normal" and rules.get("normal_is") == "subtracted":
        return positive(mass(given, "perfused", rules) - mass(given, "tumour", rules))
    return mass_of(volume(given, name), rules["density"], numbers(given, f"{name}_mass"))


def volume(given: Given, name: str) -> Floats:
    """Volume (mL) of a compartment; the perfused one is the session's target volume where dosimetry has none."""
    own = numbers(given, f"{name}_volume")
    return np.where(np.isnan(own), numbers(given, "target_volume"), own) if name == "perfused" else own


def yes_no(values: Floats) -> npt.NDArray[np.object_]:
    """1, 0 and NaN as "yes", "no" and missing."""
    answer = np.full(values.shape, None, dtype=object)
    answer[values == 1] = "yes"
    answer[values == 0] = "no"
    return answer
