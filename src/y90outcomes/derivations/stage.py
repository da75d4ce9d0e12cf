"""Stage before treatment: BCLC beside the reported stage, transplant criteria, veins; the rules a protocol may set."""

from __future__ import annotations

from y90outcomes.derivations.bclc import BCLC, MISSING, bclc, bclc_agreement, bclc_missing
from y90outcomes.derivations.burden import criterion, unos
from y90outcomes.derivations.liver import AGREEMENT, CHILD_PUGH_NEEDS, CHILD_PUGH_REPORTED, COAGULATION
from y90outcomes.derivations.recorded import YES_NO
from y90outcomes.derivations.types import Need, Rule, Variable
from y90outcomes.derivations.vascular import invaded_veins

_VEINS = (Need("imaging", "pvtt_class", windowed=True), Need("imaging", "hvtt_class", windowed=True))
_SPREAD = Need("patients", "extrahepatic_disease")
_TUMOURS = (
    Need("patients", "tumour_count"),
    Need("patients", "tumour_count_open"),
    *(Need("imaging", "longest_diameter", per_lesion=True, windowed=True, rollup=policy)
      for policy in ("count", "largest", "sum")),
)  # fmt: skip
NEEDS = (Need("patients", "ecog"), *CHILD_PUGH_NEEDS, *CHILD_PUGH_REPORTED, *_VEINS, _SPREAD, *_TUMOURS)
END_STAGE = Rule(
    "end_stage",
    "child_pugh_c",
    "end-stage liver function in BCLC: Child–Pugh C, Child–Pugh C outside Milan (within it a transplant is "
    "possible), or none, so that ECOG alone decides D",
    ("child_pugh_c", "child_pugh_c_outside_milan", "ecog_only"),
)
UNLISTED = Rule(
    "unlisted",
    "unknown",
    "tumours reported and not listed one by one: of unknown size, or not larger than the largest listed",
    ("unknown", "not_larger"),
)
UNREPORTED = Rule(
    "unreported",
    "at_least_listed",
    "where no number of tumours is reported, the lesions listed one by one are all of them, or at least some",
    ("listed", "at_least_listed"),
)
_CHILD_PUGH = Rule(
    "child_pugh",
    "derived",
    "Child–Pugh class in BCLC: derived, reported, or derived and, where that leaves it open, reported",
    ("derived", "reported", "derived_or_reported"),
)
_VERSION = Rule("version", "2022", "version of BCLC", ("2022", "2018", "before_2018"))
_COUNTING = (UNLISTED, UNREPORTED)
_RULES = (COAGULATION, _CHILD_PUGH, END_STAGE, _VERSION, *_COUNTING)
_REIG = "Reig 2022, 10.1016/j.jhep.2021.11.018"
_THROMBUS = "Meerun 2022, 10.21037/hbsn-22-184, legend of Table 5"
_OPEN = "an answer only where no value of the missing inputs could change it"


def _within(name: str, label: str, reference: str) -> Variable:
    return Variable(name, label, "patient", (*_VEINS, _SPREAD, *_TUMOURS), "baseline", levels=YES_NO, rules=_COUNTING,
                    compute=criterion(name), missing=_OPEN, reference=reference)  # fmt: skip


STAGE: tuple[Variable, ...] = (
    Variable("bclc", "BCLC stage, derived", "patient", NEEDS, "baseline", levels=BCLC, ordered=True, compute=bclc,
             rules=_RULES, missing=_OPEN, reference=_REIG),
    Variable("bclc_missing", "What keeps BCLC open", "patient", NEEDS, "baseline", levels=MISSING, compute=bclc_missing,
             rules=_RULES, missing="says what is missing", reference=_REIG),
    Variable("bclc_agreement", "BCLC, derived beside reported", "patient", (*NEEDS, Need("patients", "bclc_reported")),
             "baseline", levels=AGREEMENT, compute=bclc_agreement, rules=_RULES,
             missing="missing where either stage is", reference=_REIG),
    _within("milan", "Within the Milan criteria", "Mazzaferro 1996, 10.1056/NEJM199603143341104"),
    _within("up_to_7", "Within up-to-7", "Mazzaferro 2009, 10.1016/S1470-2045(08)70284-5"),
    _within("ucsf", "Within the UCSF criteria", "Yao 2001, 10.1053/jhep.2001.24563"),
    Variable("unos", "UNOS T class", "patient", (*_VEINS, *_TUMOURS), "baseline",
             levels={code: code for code in ("T1", "T2", "T3", "T4a", "T4b")}, ordered=True, compute=unos,
             rules=_COUNTING, missing=_OPEN, reference="OPTN policy 9; modified TNM of the American Liver Tumor Study "
             "Group, Yao 2001, 10.1053/jhep.2001.24563"),
    Variable("invaded_veins", "Veins with tumour thrombus", "patient", _VEINS, "baseline",
             levels={"none": "None", "portal": "Portal", "hepatic": "Hepatic", "both": "Both"}, compute=invaded_veins,
             missing="missing where either class is", reference=_THROMBUS),
    Variable("pvtt_side", "Side of the portal vein thrombus", "patient",
             (Need("imaging", "pvtt_side", windowed=True),), "baseline",
             levels={"right": "Right", "left": "Left", "both": "Both"}, reference=_THROMBUS),
)  # fmt: skip
"""Stages and transplant criteria before treatment."""
