"""The 2022 recommendations per patient: scenario, reason, overlaps, each rule attained or not and by how many Gy.

Salem 2022, doi:10.1007/s00259-022-05956-w. The facts and the arithmetic stand in `dosimetry.recommendations` and
`dosimetry.scenarios`; here registry columns are brought to them. Doses, volumes and extent are those of the index
treatment; liver function and thrombus are of the variable's window.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from y90outcomes.derivations.types import Need, Rule, Variable
from y90outcomes.dosimetry import scenarios
from y90outcomes.dosimetry.inputs import amount
from y90outcomes.dosimetry.recommendations import (
    NO,
    YES,
    Reading,
    States,
    attained,
    evaluate,
    guideline,
    reserve_percent,
    spread_dose,
)

Floats = npt.NDArray[np.float64]

_GUIDE = guideline()
_REFERENCE = f"{_GUIDE.citation['short']}, {_GUIDE.citation['doi']}"

SCENARIOS: Mapping[str, str] = MappingProxyType(
    {number: f"{number} {page.label}" for number, page in _GUIDE.scenarios.items()} | {"none": "No scenario"}
)
"""Code of a scenario -> label."""
ATTAINED: Mapping[str, str] = MappingProxyType({"yes": "Attained", "no": "Not attained"})

_CAUSES = (
    Need("imaging", "pvtt_class", windowed=True),
    Need("imaging", "hvtt_class", windowed=True),
    Need("treatments", "segments_perfused"),
    Need("treatments", "approach"),
    Need("treatments", "intent"),
    Need("patients", "bilobar"),
    Need("patients", "tumour_count"),
    Need("patients", "tumour_count_open"),
    Need("imaging", "longest_diameter", per_lesion=True, windowed=True, rollup="count"),
)


def _of(column: str, compartment: str) -> Need:
    return Need("dosimetry", column, where={"compartment": compartment}, options=("source",))


_NUMBERS = (
    Need("labs", "value", where={"analyte": "bilirubin"}, windowed=True),
    Need("patients", "child_pugh_reported"),
    _of("absorbed_dose", "tumour_total_perfused"),
    Need("dosimetry", "absorbed_dose", where={"compartment": "lesion"}, per_lesion=True, options=("source",),
         rollup="lowest"),
    _of("absorbed_dose", "normal_perfused"),
    _of("absorbed_dose", "whole_liver_normal"),
    _of("absorbed_dose", "perfused_liver"),
    _of("absorbed_dose", "whole_liver"),
    _of("volume", "whole_liver"),
    _of("volume", "perfused_liver"),
    _of("volume", "whole_liver_normal"),
    _of("volume", "normal_perfused"),
)  # fmt: skip

SCENARIO_RULES = (
    Rule("segmental_thrombus", "vp1", "invasion that counts as segmental", ("vp1", "vp1_vp2", "any")),
    Rule("lobectomy_intents", "bridge_or_hypertrophy", "declared intents of a radiation lobectomy",
         tuple(scenarios.INTENTS)),
    Rule("sectorial", "unknown", "segments of a sectorial treatment whose number is not recorded",
         ("unknown", "at_most_two", "more_than_two")),
    Rule("blank_intent", "not_declared", "an intent that is not recorded counts as", ("not_declared", "missing")),
)  # fmt: skip
"""Rules of the scenario."""

_WHOLE = Rule("whole_liver_from", "recorded", "dose of the whole liver", ("recorded", "perfused"))

READING_RULES = (
    Rule("tumour_voi", "total_perfused", "tumour whose dose counts", ("total_perfused", "lowest_lesion")),
    Rule("normal_voi", "perfused", "normal tissue of the 120 Gy limit", ("perfused", "whole_liver")),
    Rule("reserve_of", "whole_liver", "volume the hepatic reserve is a share of", ("whole_liver", "normal_liver")),
    Rule("lobar_limit", "range", "140–150 Gy of a lobe read as", ("range", "upper")),
    Rule("bilobar_range", "range", "40–70 Gy of normal liver read as", ("range", "upper")),
    Rule("require_reserve", True, "hepatic reserve asked for"),
    _WHOLE,
)
"""Rules of what the paper leaves open about doses and volumes."""

_DOSE_RULES = tuple(name for name, rule in _GUIDE.rules.items() if rule.unit == "Gy")


def recommended_scenario(*columns: pd.Series, **rules: Any) -> pd.Series:
    """Columns of `_CAUSES` -> "1" … "5" or "none"; missing where a missing input could make it another."""
    return _text(assigned(columns, rules).scenario)


def scenario_reason(*columns: pd.Series, **rules: Any) -> pd.Series:
    """Columns of `_CAUSES` -> why (a key of `scenarios.REASONS`); never missing."""
    return _text(assigned(columns, rules).reason)


def scenario_overlap(*columns: pd.Series, **rules: Any) -> pd.Series:
    """Columns of `_CAUSES` -> other scenarios whose own definition is known to hold; missing with the scenario."""
    return _text(assigned(columns, rules).overlap)


def whole_liver_dose(
    whole: pd.Series, perfused: pd.Series, part: pd.Series, liver: pd.Series, whole_liver_from: str
) -> pd.Series:
    """Dose (Gy) of the whole liver as recorded, or the energy of the perfused part over the whole; volumes in mL.

    Missing where an input is missing or impossible (a dose below zero)."""
    if whole_liver_from == "recorded":
        return pd.Series(amount(_floats(whole)))
    return pd.Series(spread_dose(_floats(perfused), _floats(part), _floats(liver)))


def recommendation(*columns: pd.Series, rule: str, **rules: Any) -> pd.Series:
    """Columns of `_CAUSES` and `_NUMBERS` -> "yes" attained, "no" not; missing where not evaluable or not asked for."""
    return _yes_no(evaluate(rule, *_inputs(columns, rules), _reading(rules))[0])


def recommendation_margin(*columns: pd.Series, rule: str, **rules: Any) -> pd.Series:
    """As `recommendation`; by how many Gy the rule is attained, negative where it is not."""
    return pd.Series(evaluate(rule, *_inputs(columns, rules), _reading(rules))[1])


def recommendation_attained(*columns: pd.Series, alternative: str, **rules: Any) -> pd.Series:
    """As `recommendation`, for every core rule of one alternative of the patient's scenario."""
    return _yes_no(attained(*_inputs(columns, rules), _reading(rules, alternative)))


def assigned(columns: tuple[pd.Series, ...], rules: Mapping[str, Any]) -> scenarios.Assigned:
    """Scenario, reason and overlap of every patient, (n,), from the columns of `_CAUSES`."""
    portal, hepatic, segments, approach, intent, bilobar, reported, lower_limit, listed = columns[: len(_CAUSES)]
    text = scenarios.codes
    known = scenarios.facts(
        text(portal), text(hepatic), _floats(segments), text(approach), text(intent), text(bilobar), _floats(reported),
        text(lower_limit), _floats(listed), **{rule.name: rules[rule.name] for rule in SCENARIO_RULES},
    )  # fmt: skip
    return scenarios.assign(known)


def _inputs(
    columns: tuple[pd.Series, ...], rules: Mapping[str, Any]
) -> tuple[Mapping[str, Floats], npt.NDArray[np.object_]]:
    bilirubin, points, total, lowest, normal, whole_normal, perfused, whole, liver, part, normal_liver, normal_part = (
        _floats(column) for column in columns[len(_CAUSES) :]
    )
    reserve = (liver, part) if rules["reserve_of"] == "whole_liver" else (normal_liver, normal_part)
    values = {
        "bilirubin": bilirubin,
        "child_pugh_points": np.where((points >= 5) & (points <= 15), points, np.nan),
        "tumour_dose": total if rules["tumour_voi"] == "total_perfused" else lowest,
        "perfused_normal_dose": normal,
        "whole_normal_dose": whole_normal,
        "perfused_dose": perfused,
        "whole_liver_dose": whole if rules["whole_liver_from"] == "recorded" else spread_dose(perfused, part, liver),
        "reserve": reserve_percent(*reserve),
    }
    return values, assigned(columns, rules).scenario


def _reading(rules: Mapping[str, Any], alternative: str = "any") -> Reading:
    return Reading(
        rules["normal_voi"], rules["lobar_limit"], rules["bilobar_range"], rules["require_reserve"], alternative
    )


def _floats(column: pd.Series) -> Floats:
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _text(words: npt.NDArray[np.object_]) -> pd.Series:
    return pd.Series(words, dtype="string")


def _yes_no(states: States) -> pd.Series:
    answer = np.full(len(states), None, dtype=object)
    answer[states == YES], answer[states == NO] = "yes", "no"
    return _text(answer)


_SCENARIO_MISSING = "missing where a missing input could make it another scenario; the reason names that input"
_RULE_MISSING = (
    "missing (not evaluable) where the scenario lacks the rule, or a number it needs is missing or impossible"
)
_WHICH = Rule("rule", None, "rule", tuple(_GUIDE.rules))
_WHICH_DOSE = Rule("rule", None, "rule", _DOSE_RULES)
_ALTERNATIVE = Rule("alternative", "any", "alternative that counts", ("any", *_GUIDE.alternatives))

RECOMMENDATIONS: tuple[Variable, ...] = (
    Variable("segments_perfused", "Couinaud segments perfused", "patient", (Need("treatments", "segments_perfused"),),
             "treatment", reference=_REFERENCE),
    Variable("intent", "Declared intent", "patient", (Need("treatments", "intent"),), "treatment",
             levels={"bridge": "Bridge to transplantation", "downstaging": "Downstaging",
                     "hypertrophy": "Hypertrophy of the liver remnant", "curative": "Curative",
                     "palliative": "Disease control", "unknown": "Not declared"}, reference=_REFERENCE),
    Variable("tumour_count_open", "Reported number of tumours is a lower limit", "patient",
             (Need("patients", "tumour_count_open"),), "baseline",
             levels={"yes": "Yes", "no": "No", "unknown": "Not known"}),
    Variable("whole_liver_dose", "Whole liver absorbed dose", "patient",
             (_of("absorbed_dose", "whole_liver"), _of("absorbed_dose", "perfused_liver"),
              _of("volume", "perfused_liver"), _of("volume", "whole_liver")),
             "treatment", quantity="dose", compute=whole_liver_dose, rules=(_WHOLE,), reference=_REFERENCE),
    Variable("recommended_scenario", "Clinical scenario (2022 recommendations)", "patient", _CAUSES, "treatment",
             levels=SCENARIOS, compute=recommended_scenario, rules=SCENARIO_RULES, missing=_SCENARIO_MISSING,
             reference=_REFERENCE),
    Variable("scenario_reason", "Reason of the scenario", "patient", _CAUSES, "treatment", levels=scenarios.REASONS,
             compute=scenario_reason, rules=SCENARIO_RULES, missing="a missing input is itself a reason",
             reference=_REFERENCE),
    Variable("scenario_overlap", "Other scenarios that fit", "patient", _CAUSES, "treatment",
             levels=scenarios.OVERLAPS, compute=scenario_overlap, rules=SCENARIO_RULES, missing=_SCENARIO_MISSING,
             reference=_REFERENCE),
    Variable("recommendation", "Rule of the 2022 recommendations", "patient", _CAUSES + _NUMBERS, "treatment",
             levels=ATTAINED, compute=recommendation, rules=(_WHICH, *SCENARIO_RULES, *READING_RULES),
             missing=_RULE_MISSING, reference=_REFERENCE),
    Variable("recommendation_margin", "Margin of a rule of the 2022 recommendations", "patient", _CAUSES + _NUMBERS,
             "treatment", quantity="dose", compute=recommendation_margin,
             rules=(_WHICH_DOSE, *SCENARIO_RULES, *READING_RULES), missing=_RULE_MISSING, reference=_REFERENCE),
    Variable("recommendation_attained", "Recommendation of the scenario attained", "patient", _CAUSES + _NUMBERS,
             "treatment", levels=ATTAINED, compute=recommendation_attained,
             rules=(_ALTERNATIVE, *SCENARIO_RULES, *READING_RULES),
             missing="missing where no alternative is attained and one is not evaluable, or there is no scenario",
             reference=_REFERENCE),
)  # fmt: skip
"""Derivations of the 2022 recommendations, and the recorded values only they ask for."""
