"""The 2022 recommendations a second way: one patient at a time in plain Python and exact decimals, limits typed again.

A scenario with missing inputs is decided by trying every value the missing inputs could have: it is known when all of
them give the same one. Limits and alternatives are copied from Tables 3 to 7 of Salem 2022
(doi:10.1007/s00259-022-05956-w) by hand; nothing is read from the package. A patient is a dict of the names below;
None is missing, doses and volumes are text.
"""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

Patient = dict[str, Any]


def worlds(patient: Patient) -> set[str]:
    """Every scenario the patient can have, over all values of what is missing."""
    portal = [patient["portal"]] if patient["portal"] else ["none", "VP1", "VP2", "VP3", "VP4"]
    hepatic = [patient["hepatic"]] if patient["hepatic"] else ["none", "VV1", "VV2", "VV3"]
    by_approach = {"segmental": [1, 2], "sectorial": [1, 2, 3], "lobar": [3, 4], "bilobar": [5], "whole_liver": [8]}
    segments = [patient["segments"]] if patient["segments"] else by_approach.get(patient["approach"], [1, 2, 3, 8])
    bilobar = [patient["bilobar"]] if patient["bilobar"] in ("yes", "no") else ["yes", "no"]
    at_least = max(patient["count"] or 1, patient["listed"])
    exact = patient["count"] is not None and patient["open"] not in ("yes", "unknown")
    counts = [at_least] if exact or at_least > 1 else [1, 2, 5]
    return {one_world(*w, patient["intent"]) for w in itertools.product(portal, hepatic, segments, bilobar, counts)}


def one_world(portal: str, hepatic: str, segments: int, bilobar: str, count: int, intent: str | None) -> str:
    invaded = portal != "none" or hepatic != "none"
    if invaded:
        return "1" if portal == "VP1" and hepatic == "none" and segments <= 2 else "5"
    if segments <= 2:
        return "1"
    if intent in ("bridge", "hypertrophy") and bilobar == "no":
        return "2"
    if count > 1:
        return "4" if bilobar == "yes" else "3"
    return "none"


def scenario(patient: Patient) -> str | None:
    found = worlds(patient)
    return found.pop() if len(found) == 1 else None


def overlap(patient: Patient) -> str | None:
    """Scenarios beside the assigned one whose definition holds in every world."""
    own = scenario(patient)
    if own is None:
        return None
    invaded = "VP" in (patient["portal"] or "") or "VV" in (patient["hepatic"] or "")
    free = patient["portal"] == "none" and patient["hepatic"] == "none"
    several = (patient["count"] or 0) > 1 or patient["listed"] > 1
    fits = {
        "2": patient["intent"] in ("bridge", "hypertrophy") and patient["bilobar"] == "no",
        "3": several and patient["bilobar"] == "no" and free,
        "4": several and patient["bilobar"] == "yes" and free,
        "5": invaded,
    }
    others = [number for number, holds in fits.items() if holds and number != own]
    return "+".join(others) or "none"


def dec(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def reserve(patient: Patient) -> Decimal | None:
    whole, part = dec(patient["liver"]), dec(patient["part"])
    if whole is None or part is None or part > whole:
        return None
    return 100 * (whole - part) / whole


def holds(rule: str, patient: Patient, number: str) -> bool | None:
    """One rule of Tables 3 to 7; None where a number is missing."""
    tumour, normal, whole_normal = dec(patient["tumour"]), dec(patient["normal"]), dec(patient["whole_normal"])
    perfused, whole, left = dec(patient["perfused"]), dec(patient["whole"]), reserve(patient)
    if rule == "normal_by_bilirubin":
        bilirubin = dec(patient["bilirubin"])
        if bilirubin is None or whole_normal is None:
            return None
        return whole_normal <= (50 if bilirubin / Decimal("17.104") >= Decimal("1.1") else 90)
    if rule == "child_pugh":
        return None if patient["points"] is None else patient["points"] <= (7 if number in "13" else 6)
    value, test = {
        "perfused_400": (perfused, lambda d: d >= 400),
        "tad_205": (tumour, lambda d: d >= 205),
        "tad_above_250": (tumour, lambda d: d > 250),
        "ntad_120": (normal, lambda d: d <= 120),
        "normal_above_88": (normal, lambda d: d > 88),
        "normal_40_70": (whole_normal, lambda d: 40 <= d <= 70),
        "lobar_140_150": (perfused, lambda d: 140 <= d <= 150),
        "lobar_above_150": (perfused, lambda d: d > 150),
        "whole_liver_below_150": (whole, lambda d: d < 150),
        "lobar_120_150": (perfused, lambda d: 120 <= d <= 150),
        "perfused_80_150": (perfused, lambda d: 80 <= d <= 150),
        "reserve_30": (left, lambda d: d >= 30),
        "reserve_above_30": (left, lambda d: d > 30),
    }[rule]
    return None if value is None else bool(test(value))


RULES_OF = {
    "1": ["perfused_400", "child_pugh"],
    "2": ["tad_205", "ntad_120", "normal_above_88", "normal_by_bilirubin", "lobar_140_150", "lobar_above_150",
          "whole_liver_below_150", "reserve_30", "reserve_above_30", "child_pugh"],
    "3": ["tad_205", "tad_above_250", "ntad_120", "normal_by_bilirubin", "lobar_120_150", "reserve_30", "child_pugh"],
    "4": ["tad_205", "tad_above_250", "normal_40_70", "perfused_80_150", "reserve_30", "child_pugh"],
    "5": ["tad_205", "tad_above_250", "ntad_120", "reserve_30", "child_pugh"],
}  # fmt: skip
GROUPS_OF = {
    "1": [["perfused_400"]],
    "2": [["tad_205", "ntad_120", "reserve_30"], ["tad_205", "normal_by_bilirubin"], ["lobar_140_150"],
          ["lobar_above_150", "whole_liver_below_150", "reserve_above_30", "child_pugh"]],
    "3": [["tad_205", "ntad_120", "reserve_30"], ["lobar_120_150"]],
    "4": [["tad_205", "normal_40_70"], ["perfused_80_150"]],
    "5": [["tad_205", "ntad_120", "reserve_30"]],
}  # fmt: skip


def overall(patient: Patient) -> str | None:
    number = scenario(patient)
    if number not in GROUPS_OF:
        return None
    groups = [[holds(rule, patient, number) for rule in group] for group in GROUPS_OF[number]]
    if any(all(answer is True for answer in group) for group in groups):
        return "yes"
    return "no" if all(any(answer is False for answer in group) for group in groups) else None
