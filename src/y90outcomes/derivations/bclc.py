"""BCLC stage by three-valued logic: a stage is given only where every completion of the missing inputs has it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from y90outcomes.derivations.burden import Burden, burden
from y90outcomes.derivations.child_pugh import class_bounds
from y90outcomes.derivations.logic import Booleans, agreement, among, chosen
from y90outcomes.derivations.recorded import child_pugh_class
from y90outcomes.derivations.vascular import macrovascular_invasion
from y90outcomes.thresholds import compare

BCLC: Mapping[str, str] = MappingProxyType({code: code for code in "0ABCD"})
MISSING: Mapping[str, str] = MappingProxyType(
    {
        "staged": "Staged",
        "ecog": "ECOG missing",
        "liver": "Liver function missing",
        "vascular": "Vascular invasion missing",
        "extrahepatic": "Extrahepatic disease missing",
        "tumours": "Number or size of tumours missing",
        "several": "Several missing",
    }
)
ECOG, NUMBER, SIZE = ("0", "1-2", "3-4"), ("1", "2-3", "4+"), ("<=20", "<=30", "<=50", ">50")
Possible = Mapping[str, Mapping[Any, Booleans]]


def bclc_of(
    ecog: str, child_c: bool, invaded: bool, spread: bool, number: str, size: str, version: str, end_stage: str
) -> str:
    """Stage of a patient all of whose inputs are known (classes of `ECOG`, `NUMBER`, `SIZE` in mm).

    Decided D, C, then by the tumours (Reig 2022, 10.1016/j.jhep.2021.11.018): D is ECOG 3–4 or end-stage liver,
    C macrovascular invasion, extrahepatic disease or ECOG 1–2, 0 a single tumour up to 2 cm, A a single one of any size
    or up to three each up to 3 cm, else B. `before_2018`: a single tumour above 5 cm is B (Llovet 1999,
    10.1055/s-2007-1007122). `end_stage` is child_pugh_c, child_pugh_c_outside_milan or ecog_only (never).
    """
    small = number != "4+" and size in ("<=20", "<=30")
    in_milan = (small or (number == "1" and size == "<=50")) and not (invaded or spread)
    end = child_c and (end_stage == "child_pugh_c" or (end_stage == "child_pugh_c_outside_milan" and not in_milan))
    if ecog == "3-4" or end:
        return "D"
    if invaded or spread or ecog == "1-2":
        return "C"
    if number == "1" and size == "<=20":
        return "0"
    if small or (number == "1" and not (version == "before_2018" and size == ">50")):
        return "A"
    return "B"


def bclc(*columns: pd.Series, end_stage: str, version: str, **rules: str) -> pd.Series:
    """BCLC stage; missing where the missing inputs leave more than one stage possible.

    Every completion of the missing inputs is tried; a stage is given where all agree. Columns in the order of `needs`.
    """
    possible = _inputs(*columns, **rules)
    reached = {stage: np.zeros(len(columns[0]), dtype=bool) for stage in BCLC}
    for values in product(*possible.values()):
        inputs = dict(zip(possible, values, strict=True))
        where = np.logical_and.reduce([possible[name][value] for name, value in inputs.items()])
        reached[bclc_of(version=version, end_stage=end_stage, **inputs)] |= where
    only = np.sum(list(reached.values()), axis=0) == 1
    return chosen(columns[0].index, *((stage, only & where) for stage, where in reached.items()))


def bclc_missing(*columns: pd.Series, **rules: str) -> pd.Series:
    """What keeps a patient without a stage: the one input that is open, or several; "staged" where there is a stage."""
    possible = _inputs(*columns, **{name: rule for name, rule in rules.items() if name not in ("end_stage", "version")})
    open_ = {name: np.sum(list(values.values()), axis=0) > 1 for name, values in possible.items()}
    words = {
        "ecog": open_["ecog"],
        "liver": open_["child_c"] & (rules["end_stage"] != "ecog_only"),
        "vascular": open_["invaded"],
        "extrahepatic": open_["spread"],
        "tumours": open_["number"] | open_["size"],
    }
    staged = bclc(*columns, **rules).notna().to_numpy(dtype=bool)
    single = np.sum(list(words.values()), axis=0) == 1
    return chosen(
        columns[0].index,
        ("staged", staged),
        *((word, where & single) for word, where in words.items()),
        ("several", ~staged),
    )


def bclc_agreement(*columns: pd.Series, **rules: str) -> pd.Series:
    """Derived stage beside the reported one, the last column; missing where either is."""
    *own, reported = columns
    return agreement(bclc(*own, **rules), reported, BCLC)


def _inputs(*columns: pd.Series, coagulation: str, child_pugh: str, **tumour_rules: str) -> Possible:
    """input of `bclc_of` -> value -> whether a patient can have it."""
    ecog, parts, (points, letter) = columns[0], columns[1:8], columns[8:10]
    portal, hepatic, spread, tumours = columns[10], columns[11], columns[12], columns[13:]
    grades = [among(ecog, codes) for codes in ("0", "12", "34")]
    unknown = ~np.logical_or.reduce(grades)
    c_possible, other_possible = class_bounds(*parts, coagulation=coagulation)
    if child_pugh != "derived":
        known = child_pugh_class(points).str[0].fillna(letter.astype("string"))
        c_reported, other_reported = ~among(known, "AB"), ~among(known, "C")
        use = (c_possible & other_possible) | (child_pugh == "reported")
        c_possible = np.where(use, c_reported, c_possible)
        other_possible = np.where(use, other_reported, other_possible)
    invaded = macrovascular_invasion(portal, hepatic)
    return {
        "ecog": {grade: where | unknown for grade, where in zip(ECOG, grades, strict=True)},
        "child_c": {True: c_possible, False: other_possible},
        "invaded": {True: ~among(invaded, ["no"]), False: ~among(invaded, ["yes"])},
        "spread": {True: ~among(spread, ["no"]), False: ~among(spread, ["yes"])},
        **_tumours(burden(tumours, **tumour_rules)),
    }


def _tumours(found: Burden) -> dict[str, dict[Any, Booleans]]:
    """Classes of number and size that the limits allow."""
    (fewest, most), (low, high) = found.number, found.largest
    limits = (20, 30, 50)
    return {
        "number": {
            "1": compare(fewest, "max", 1),
            "2-3": compare(fewest, "max", 3) & compare(most, "min", 2),
            "4+": compare(most, "min", 4),
        },
        "size": {
            size: compare(low, "max", upper) & compare(high, "above", lower)
            for size, lower, upper in zip(SIZE, (0, *limits), (*limits, np.inf), strict=True)
        },
    }
