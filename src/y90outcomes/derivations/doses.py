"""Doses computed from activity, residual, lung shunt and masses (MIRD, partition), and what goes with them.

They stand beside the doses a centre recorded (`recorded.py`) and never replace them. A dose belongs to the session of
day 0; `dose_lesions.py` reads several lesions and `dose_courses.py` several sessions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from y90outcomes.derivations.dose_courses import COURSES
from y90outcomes.derivations.dose_inputs import (
    ACTIVITY_COLUMNS,
    ACTIVITY_RULES,
    AGE_COLUMNS,
    DENSITY_RULE,
    LUNG_RULES,
    NORMAL_RULE,
    SESSION_RULES,
    Floats,
    Given,
    Rules,
    activity,
    computing,
    dose_needs,
    in_liver,
    lungs,
    mass,
    numbers,
    recorded_activity,
    recorded_residual,
    recorded_shunt,
    residual,
    session_needs,
    shunt,
    sphere_age,
    volume,
    yes_no,
)
from y90outcomes.derivations.dose_lesions import LESION_DOSES
from y90outcomes.derivations.recorded import YES_NO
from y90outcomes.derivations.types import Need, Rule, Variable
from y90outcomes.dosimetry import mird, partition, uncertainty
from y90outcomes.dosimetry.constants import SPHERE_ACTIVITY, K
from y90outcomes.dosimetry.decay import sphere_activity, treatment_week
from y90outcomes.dosimetry.inputs import amount, positive, reasons
from y90outcomes.dosimetry.limits import LIMITS, near_one
from y90outcomes.dosimetry.volumes import volumes_fit

_SALEM = "Salem 2022, 10.1007/s00259-022-05956-w (MIRD schema)"
_TARGET = "TARGET registry, 10.1007/s00259-022-05774-0"
_GEAR = "Gear 2018, 10.1007/s00259-018-4136-7 (propagation of relative uncertainties)"
_SANGRO = "Sangro 2014, 10.2217/hep.14.6, Table 3"
_LOST = "missing where activity, residual, lung shunt or a mass is missing or impossible"


def _week(given: Given, rules: Rules) -> npt.NDArray[np.object_]:
    """Week from the age of the spheres; the recorded week only where that age is not known at all."""
    age = sphere_age(given)
    week, recorded = treatment_week(age), given["sphere_week"].notna().to_numpy(dtype=bool)
    answer = np.full(age.shape, None, dtype=object)
    use = np.isnan(age) & recorded
    answer[use] = given["sphere_week"].astype(object).to_numpy()[use]
    answer[week == 1] = "1"
    answer[week == 2] = "2"
    return answer


def _sphere(given: Given, rules: Rules) -> Floats:
    glass = given["device"].fillna(rules["device_unrecorded"]).eq("glass").to_numpy(dtype=bool)
    return np.where(glass, sphere_activity(sphere_age(given), rules["at_calibration"]), np.nan)


def _pld(given: Given, rules: Rules) -> Floats:
    return mird.single_compartment(in_liver(given, rules), mass(given, "perfused", rules), K[rules["k"]])


def _ratio(given: Given, rules: Rules) -> Floats:
    """T:N ratio as recorded, from the doses of both compartments, or recorded and else from the doses."""
    recorded = positive(numbers(given, "tumour_normal_ratio"))
    if rules["ratio_from"] == "recorded":
        return recorded
    doses = partition.ratio_from_doses(numbers(given, "tumour_absorbed_dose"), numbers(given, "normal_absorbed_dose"))
    doses = positive(doses)
    if rules["ratio_from"] == "doses":
        return doses
    return np.where(np.isnan(numbers(given, "tumour_normal_ratio")), doses, recorded)


def _shared(given: Given, rules: Rules) -> partition.PartitionDoses:
    masses = (mass(given, "tumour", rules), mass(given, "normal", rules))
    return partition.partition(in_liver(given, rules), _ratio(given, rules), *masses, K[rules["k"]])


def _whole_normal(given: Given, rules: Rules) -> Floats:
    part, whole = mass(given, "normal", rules), mass(given, "whole_normal", rules)
    return partition.whole_normal(_shared(given, rules).normal, part, whole)


def _needed(given: Given, rules: Rules) -> Floats:
    """Activity at administration for the target dose, whatever activity was given."""
    losses = (residual(given, rules), shunt(given, rules))
    k, dose = K[rules["k"]], rules["target_dose"]
    if rules["compartment"] == "perfused_liver":
        return mird.activity_needed(dose, mass(given, "perfused", rules), *losses, k)
    masses = (mass(given, "tumour", rules), mass(given, "normal", rules))
    return partition.activity_needed(dose, rules["compartment"], _ratio(given, rules), masses, losses, k)


def _consistency(given: Given, rules: Rules) -> Floats:
    return amount(numbers(given, "perfused_absorbed_dose")) / positive(_pld(given, rules))


def _balance(given: Given, rules: Rules) -> Floats:
    sides = [(numbers(given, f"{name}_absorbed_dose"), mass(given, name, rules)) for name in ("tumour", "normal")]
    return partition.energy_balance(in_liver(given, rules), *sides[0], *sides[1], K[rules["k"]])


def _fit(given: Given, rules: Rules) -> npt.NDArray[np.object_]:
    sizes = [numbers(given, f"{name}_volume") for name in ("tumour", "normal", "perfused")]
    return yes_no(volumes_fit(sizes[0], sizes[1], sizes[2], rules["one_limit"]))


def _partition_cv(given: Given, rules: Rules) -> uncertainty.PartitionCv:
    subtracted = rules["normal_is"] == "subtracted"
    volume = rules["volume_cv_percent"] / 100
    masses = (mass(given, "tumour", rules), mass(given, "normal", rules))
    return uncertainty.partition_cv(_ratio(given, rules), masses, rules["tn_cv_percent"] / 100, (volume, volume),
                                    rules["activity_cv_percent"] / 100, subtracted)  # fmt: skip


def _pld_sd(given: Given, rules: Rules) -> Floats:
    cv = uncertainty.single_compartment_cv(rules["volume_cv_percent"] / 100, rules["activity_cv_percent"] / 100)
    return _pld(given, rules) * cv


def _state(given: Given, rules: Rules) -> npt.NDArray[np.object_]:
    """Whether the inputs of the perfused dose are all there and all possible."""
    own = numbers(given, "perfused_mass")
    inputs = {
        "activity": ("amount", recorded_activity(given, rules)),
        "residual": ("fraction", recorded_residual(given, rules)),
        "shunt": ("fraction", recorded_shunt(given, rules)),
        "mass": ("positive", np.where(np.isnan(own), volume(given, "perfused"), own)),
    }
    off = {"administered": (), "without_residual": ("residual",), "net": ("residual", "shunt")}[rules["activity_is"]]
    why = reasons(**{name: item for name, item in inputs.items() if name not in off})
    answer = np.full(why.shape, "complete", dtype=object)
    for word in ("missing", "impossible"):
        answer[pd.Series(why, dtype="string").str.endswith(word).to_numpy(dtype=bool)] = word
    return answer


def _of(
    name: str, label: str, needs: Mapping[str, Need], function: Any, rules: tuple[Rule, ...] = (), **more: Any
) -> Variable:
    """A patient's value of the index session."""
    given = {"measured_at": "treatment", "reference": _SALEM, "missing": _LOST} | more
    compute = computing(needs, function)
    return Variable(name, label, "patient", tuple(needs.values()), compute=compute, rules=rules, **given)


def _ratio_rule(default: str) -> Rule:
    return Rule("ratio_from", default, "T:N ratio: as recorded, from the doses of both compartments, or recorded and "
                "else from the doses", allowed=("recorded", "doses", "recorded_or_doses"))  # fmt: skip


def _tolerance(default: float) -> Rule:
    return Rule("tolerance_percent", default, "how far from 1 still agrees", unit="%", low=0, high=100)


_SESSION = session_needs()
_AGE = session_needs(AGE_COLUMNS)
_PERFUSED = {**dose_needs("perfused"), **session_needs(("target_volume",))}
_BOTH = {**dose_needs("tumour", "normal", columns=("volume", "mass", "absorbed_dose")), **_PERFUSED,
         **session_needs(("tumour_normal_ratio",))}  # fmt: skip
_MIRD_RULES = (*SESSION_RULES, DENSITY_RULE)
_PARTITION_RULES = (*_MIRD_RULES, NORMAL_RULE, _ratio_rule("recorded"))
_CV = {
    name: Rule(f"{name}_cv_percent", default, words, unit="%", low=0, high=100)
    for name, default, words in (
        ("volume", None, "relative standard uncertainty of each outlined volume"),
        ("tn", None, "relative standard uncertainty of the T:N ratio"),
        ("activity", 0.0, "relative standard uncertainty of the implanted activity"),
    )
}
_STATES = {"complete": "Complete", "missing": "Input missing", "impossible": "Input impossible"}

DOSES: tuple[Variable, ...] = (
    _of("sphere_age", "Days from calibration to administration", _AGE, lambda given, rules: amount(sphere_age(given)),
        quantity="day", missing="missing where neither an age nor both dates are known, or it would be negative"),
    _of("sphere_week", "Week after calibration", {**_AGE, **session_needs(("sphere_week",))}, _week,
        levels={"1": "First week", "2": "Second week"}, ordered=True,
        missing="the recorded week where the age of the spheres is not known; missing after day 14"),
    _of("sphere_activity", "Activity per microsphere at administration", {**_AGE, **session_needs(("device",))},
        _sphere,
        (Rule("at_calibration", SPHERE_ACTIVITY, "activity per glass microsphere at calibration", unit="Bq", low=1),
         Rule("device_unrecorded", "glass", "what a session of an unrecorded device was", allowed=("glass", "resin"))),
        quantity="sphere_activity", reference=_SANGRO, missing="missing for resin, and where the age is not known"),
    _of("activity_at_administration", "Activity at administration", session_needs(ACTIVITY_COLUMNS),
        lambda given, rules: activity(given, rules).value, ACTIVITY_RULES, quantity="activity"),
    _of("net_activity", "Activity implanted in the liver", _SESSION,
        lambda given, rules: in_liver(given, rules).value, SESSION_RULES[1:], quantity="activity"),
    _of("dose_inputs", "Inputs of the perfused liver dose", {**_SESSION, **_PERFUSED}, _state, SESSION_RULES[1:],
        levels=_STATES, ordered=True, missing="never missing: it says what is"),
    _of("pld_mird", "Perfused liver absorbed dose, computed (MIRD)", {**_SESSION, **_PERFUSED}, _pld, _MIRD_RULES,
        quantity="dose"),
    _of("tn_ratio", "Tumour to normal ratio", _BOTH, _ratio, (_ratio_rule("recorded_or_doses"),),
        missing="missing where the rule finds no ratio above zero"),
    _of("tad_partition", "Tumour absorbed dose, computed (partition)", {**_SESSION, **_BOTH},
        lambda given, rules: _shared(given, rules).tumour, _PARTITION_RULES, quantity="dose"),
    _of("ntad_partition", "Perfused normal tissue absorbed dose, computed (partition)", {**_SESSION, **_BOTH},
        lambda given, rules: _shared(given, rules).normal, _PARTITION_RULES, quantity="dose"),
    _of("ntad_whole_liver_partition", "Whole-liver normal tissue absorbed dose, computed (partition)",
        {**_SESSION, **_BOTH, **dose_needs("whole_normal")}, _whole_normal, _PARTITION_RULES, quantity="dose"),
    _of("lung_dose_mird", "Lung absorbed dose, computed (MIRD)", {**_SESSION, **session_needs(("lung_mass",))}, lungs,
        LUNG_RULES, quantity="dose", missing="missing where activity, residual or lung shunt is missing or impossible"),
    _of("activity_needed", "Activity needed for the target dose", {**_SESSION, **_BOTH}, _needed,
        (Rule("target_dose", None, "target dose", unit="Gy", low=0, high=5000),
         Rule("compartment", "perfused_liver", "compartment the target dose is for",
              allowed=("perfused_liver", "tumour", "normal")), *_PARTITION_RULES), quantity="activity"),
    _of("dose_consistency", "Reported over computed perfused liver dose",
        {**_SESSION, **_PERFUSED, **dose_needs("perfused", columns=("absorbed_dose",))}, _consistency, _MIRD_RULES),
    _of("dose_consistent", "Reported perfused liver dose agrees with activity and mass",
        {**_SESSION, **_PERFUSED, **dose_needs("perfused", columns=("absorbed_dose",))},
        lambda given, rules: yes_no(near_one(_consistency(given, rules), rules["tolerance_percent"])),
        (*_MIRD_RULES, _tolerance(5.0)), levels=YES_NO),
    _of("energy_balance", "Energy of tumour and normal liver over energy implanted", {**_SESSION, **_BOTH}, _balance,
        (*_MIRD_RULES, NORMAL_RULE)),
    _of("energy_balanced", "Energy is balanced", {**_SESSION, **_BOTH},
        lambda given, rules: yes_no(near_one(_balance(given, rules), rules["tolerance_percent"])),
        (*_MIRD_RULES, NORMAL_RULE, _tolerance(LIMITS["balance"].value)), levels=YES_NO),
    _of("volumes_fit", "Tumour and normal volume fit the perfused volume",
        dose_needs("tumour", "normal", "perfused", columns=("volume",)), _fit,
        (Rule("one_limit", False, "tumour and what is taken off the normal liver have one size limit, so that both "
              "must fill the perfused volume"),), levels=YES_NO, reference=_TARGET,
        missing="missing where one of the volumes is"),
    _of("pld_sd", "Standard uncertainty of the computed perfused liver dose", {**_SESSION, **_PERFUSED}, _pld_sd,
        (*_MIRD_RULES, _CV["volume"], _CV["activity"]), quantity="dose", reference=_GEAR),
    _of("tad_partition_sd", "Standard uncertainty of the computed tumour dose", {**_SESSION, **_BOTH},
        lambda given, rules: _shared(given, rules).tumour * _partition_cv(given, rules).tumour,
        (*_PARTITION_RULES, *_CV.values()), quantity="dose", reference=_GEAR),
    _of("ntad_partition_sd", "Standard uncertainty of the computed normal tissue dose", {**_SESSION, **_BOTH},
        lambda given, rules: _shared(given, rules).normal * _partition_cv(given, rules).normal,
        (*_PARTITION_RULES, *_CV.values()), quantity="dose", reference=_GEAR),
    *LESION_DOSES,
    *COURSES,
)  # fmt: skip
"""Derivations that compute a dose or say something about one."""
