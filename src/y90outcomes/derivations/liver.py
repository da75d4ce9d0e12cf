"""Liver function before treatment: ALBI, and the variables of ALBI, Child–Pugh and MELD."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from y90outcomes.derivations import child_pugh as pugh
from y90outcomes.derivations import meld
from y90outcomes.derivations.logic import Floats, agreement, chosen, numbers, positive
from y90outcomes.derivations.recorded import CHILD_PUGH, child_pugh_class
from y90outcomes.derivations.types import Compute, Need, Rule, Variable
from y90outcomes.thresholds import compare

AGREEMENT: Mapping[str, str] = MappingProxyType(
    {"agrees": "Agrees", "derived_better": "Derived is better", "derived_worse": "Derived is worse"}
)
_ALBI = "Johnson 2015, 10.1200/JCO.2014.57.9151"
_MALBI = "Hiraoka 2017, 10.1159/000479984"
_PUGH = "Pugh 1973, 10.1002/bjs.1800600817"


def albi(bilirubin: pd.Series, albumin: pd.Series, *, albumin_coefficient: str) -> pd.Series:
    """0.66 log10(bilirubin, µmol/L) − 0.085 albumin (g/L). Johnson 2015, 10.1200/JCO.2014.57.9151.

    A value that is missing or not above zero gives a missing score. `albumin_coefficient`: 0.085 as in the
    abstract, or 0.0852 as the formula is printed elsewhere.
    """
    score = 0.66 * np.log10(positive(bilirubin)) - float(albumin_coefficient) * positive(albumin)
    return pd.Series(score, index=bilirubin.index)


def albi_grade(bilirubin: pd.Series, albumin: pd.Series, *, albumin_coefficient: str) -> pd.Series:
    """Grade 1 up to −2.60, 2 up to −1.39, 3 above. Johnson 2015."""
    score = _score(bilirubin, albumin, albumin_coefficient)
    return chosen(
        bilirubin.index,
        ("1", compare(score, "max", -2.60)),
        ("2", compare(score, "max", -1.39)),
        ("3", ~np.isnan(score)),
    )


def malbi_grade(bilirubin: pd.Series, albumin: pd.Series, *, albumin_coefficient: str) -> pd.Series:
    """Grade 2 of ALBI parted: 2a below −2.27, 2b from −2.27. Hiraoka 2017, 10.1159/000479984."""
    score = _score(bilirubin, albumin, albumin_coefficient)
    return chosen(
        bilirubin.index,
        ("1", compare(score, "max", -2.60)),
        ("2a", compare(score, "below", -2.27)),
        ("2b", compare(score, "max", -1.39)),
        ("3", ~np.isnan(score)),
    )


def child_pugh_agreement(*columns: pd.Series, coagulation: str, by: str) -> pd.Series:
    """Derived Child–Pugh beside the reported one, by points or by class; missing where either is.

    The last two columns are the points and the class as reported; by class, points come before a class.
    """
    *own, points, letter = columns
    derived, reported = pugh.child_pugh(*own, coagulation=coagulation), child_pugh_class(points)
    if by == "points":
        return agreement(derived, reported, CHILD_PUGH)
    return agreement(derived.str[0], reported.str[0].fillna(letter.astype("string")), pugh.CLASSES)


def _score(bilirubin: pd.Series, albumin: pd.Series, coefficient: str) -> Floats:
    return numbers(albi(bilirubin, albumin, albumin_coefficient=coefficient))


def _lab(analyte: str) -> Need:
    return Need("labs", "value", where={"analyte": analyte}, windowed=True)


CHILD_PUGH_NEEDS = (
    _lab("bilirubin"), _lab("albumin"), _lab("inr"), _lab("prothrombin_seconds"), _lab("prothrombin_percent"),
    Need("patients", "ascites"), Need("patients", "encephalopathy"),
)  # fmt: skip
CHILD_PUGH_REPORTED = (Need("patients", "child_pugh_reported"), Need("patients", "child_pugh_class_reported"))
COAGULATION = Rule(
    "coagulation",
    "inr",
    "measure of coagulation in the Child–Pugh score (first available: INR, else seconds over control, else percent)",
    (*pugh.COAGULATION, "first_available"),
)
_COEFFICIENT = Rule("albumin_coefficient", "0.085", "coefficient of albumin in ALBI", ("0.085", "0.0852"))
_DIALYSIS = Rule(
    "dialysis_unrecorded",
    "missing",
    "a patient for whom dialysis is not recorded has no score unless creatinine is at its limit (missing), or is taken "
    "as not on dialysis (none)",
    ("missing", "none"),
)
_ALBI_NEEDS = (_lab("bilirubin"), _lab("albumin"))
_CREATININE = (_lab("creatinine"), Need("patients", "dialysis"))
_MELD_NEEDS = (_lab("bilirubin"), _lab("inr"), *_CREATININE)


def _albi(name: str, label: str, compute: Compute, levels: Mapping[str, str], reference: str) -> Variable:
    return Variable(name, label, "patient", _ALBI_NEEDS, "baseline", levels=levels, ordered=bool(levels),
                    compute=compute, rules=(_COEFFICIENT,), reference=reference)  # fmt: skip


def _pugh(name: str, label: str, compute: Compute, levels: Mapping[str, str], missing: str = "") -> Variable:
    return Variable(name, label, "patient", CHILD_PUGH_NEEDS, "baseline", levels=levels, compute=compute,
                    ordered=name in ("child_pugh", "child_pugh_class"), rules=(COAGULATION,), reference=_PUGH,
                    missing=missing or "a missing part gives a missing score")  # fmt: skip


def _meld(name: str, label: str, compute: Compute, more: tuple[Need, ...], missing: str, reference: str,
          rules: tuple[Rule, ...] = ()) -> Variable:  # fmt: skip
    return Variable(name, label, "patient", (*_MELD_NEEDS, *more), "baseline", compute=compute,
                    rules=(_DIALYSIS, *rules), missing=missing, reference=reference)  # fmt: skip


LIVER: tuple[Variable, ...] = (
    _albi("albi", "ALBI score", albi, {}, _ALBI),
    _albi("albi_grade", "ALBI grade", albi_grade, {grade: grade for grade in ("1", "2", "3")}, _ALBI),
    _albi("malbi_grade", "Modified ALBI grade", malbi_grade, {code: code for code in ("1", "2a", "2b", "3")}, _MALBI),
    _pugh("child_pugh_points", "Child–Pugh points", pugh.child_pugh_points, {}),
    _pugh("child_pugh", "Child–Pugh", pugh.child_pugh, CHILD_PUGH),
    _pugh("child_pugh_class", "Child–Pugh class", pugh.child_pugh_letter, pugh.CLASSES),
    _pugh("child_pugh_missing", "Missing part of the Child–Pugh score", pugh.child_pugh_missing, pugh.MISSING,
          "says which part is missing"),
    Variable("child_pugh_coagulation", "Measure of coagulation in the Child–Pugh score", "patient",
             CHILD_PUGH_NEEDS[2:5], "baseline", levels=pugh.COAGULATION, compute=pugh.coagulation_used,
             rules=(COAGULATION,), reference=_PUGH),
    Variable("child_pugh_agreement", "Child–Pugh, derived beside reported", "patient",
             (*CHILD_PUGH_NEEDS, *CHILD_PUGH_REPORTED), "baseline", levels=AGREEMENT, compute=child_pugh_agreement,
             rules=(COAGULATION, Rule("by", "points", "Child–Pugh compared by", ("points", "class"))),
             missing="missing where either score is", reference=_PUGH),
    _meld("meld", "MELD score", meld.meld, (), "any missing input gives a missing score",
          "Kamath 2001, 10.1053/jhep.2001.22172; OPTN policy 9.1"),
    _meld("meld_na", "MELD-Na score", meld.meld_na, (_lab("sodium"),),
          "a missing sodium gives a score only where it cannot change it (MELD up to 11, or 40)",
          "Kim 2008, 10.1056/NEJMoa0801209; OPTN policy 9.1, 2016"),
    _meld("meld_3", "MELD 3.0 score", meld.meld_3, (_lab("sodium"), _lab("albumin"), Need("patients", "sex")),
          "any missing input gives a missing score", "Kim 2021, 10.1053/j.gastro.2021.08.050; OPTN policy 9.1, 2023",
          (Rule("limited", True, "the score is limited to 40"),)),
    Variable("meld_creatinine", "Creatinine in the MELD scores", "patient", _CREATININE, "baseline",
             levels={"measured": "As measured", "dialysis": "At its limit, on dialysis",
                     "not_recorded": "Dialysis not recorded"},
             compute=meld.creatinine_used, missing="says where dialysis is not recorded", reference="OPTN policy 9.1"),
)  # fmt: skip
"""Liver function, scored from laboratory values and findings."""
