"""Doses of several sessions: the injections of the course of day 0, and the lungs over all treatments.

Doses of one course add as energy. What a later course gave is known only after day 0, so it is measured at follow-up
and no dose named here as of the first course contains it.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from y90outcomes.derivations.dose_inputs import DENSITY_RULE, LUNG_RULES, SESSION_COLUMNS, Floats, Rules, lungs, yes_no
from y90outcomes.derivations.dose_records import COURSE_RULES, Source, dose_rows, first_rows, sessions, shown
from y90outcomes.derivations.types import Found, Need, Positions, Records, Rule, Step, Variable
from y90outcomes.dosimetry.courses import add_energy, cumulative
from y90outcomes.dosimetry.inputs import mass_of
from y90outcomes.dosimetry.limits import LIMITS, within_lung_limits

_SALEM = "Salem 2022, 10.1007/s00259-022-05956-w"
_TARGET = "TARGET registry, 10.1007/s00259-022-05774-0"


def _course_dose(
    records: Records, compartment: str, same_volume: bool | None, *, source: Source, density: float, **rules: Any
) -> Found:
    """Dose of a compartment over the injections of the course of day 0."""
    lesion = compartment == "lesion"
    known, count = sessions(records, rules), len(records.lesions if lesion else records.patients)
    course = known["course"].where(known["index"]).groupby(known["patient"]).transform("max")
    inside = (known["course"] == course).to_numpy(dtype=bool)
    rows = dose_rows(records, compartment, source, known)
    rows = rows[inside[rows["session"].to_numpy(dtype=np.intp)]]
    mass = mass_of(rows["volume"], density, rows["mass"])
    same = rules["territories"] == "same" if same_volume is None else same_volume
    subject = rows["subject"].to_numpy(dtype=np.intp)
    values = add_energy(rows["dose"], mass, subject, count, same)
    undated = known.loc[known["course"].isna(), "patient"].nunique()
    counts = {"a session on an unknown day, so that the course is not known": undated}
    if not lesion:
        injections = np.bincount(known.loc[inside, "patient"].to_numpy(dtype=np.intp), minlength=count)
        gap = np.bincount(subject, minlength=count) < injections
        values = np.where(gap, np.nan, values)
        counts["an injection of the course without this dose"] = int(gap.sum())
    return Found(pd.Series(values), {"dosimetry": first_rows(subject, rows["row"], count)}, counts)


def _lung_doses(records: Records, rules: Rules) -> tuple[pd.DataFrame, Floats]:
    """`sessions` and the computed lung dose of each."""
    known = sessions(records)
    own = records.tables["treatments"].iloc[known["row"].to_numpy(dtype=np.intp)].reset_index(drop=True)
    return known, lungs({name: own[name] for name in (*SESSION_COLUMNS, "lung_mass")}, rules)


def _all_lungs(records: Records, rules: Rules) -> tuple[tuple[Floats, Floats, Floats], Positions]:
    """Known part, whole and highest of the computed lung doses of all treatments, and a deciding row."""
    (known, dose), count = _lung_doses(records, rules), len(records.patients)
    patient = known["patient"].to_numpy(dtype=np.intp)
    return cumulative(dose, patient, count), first_rows(patient, known["row"], count)


def _cumulative(records: Records, **rules: Any) -> Found:
    """Lung dose of all treatments, computed; missing where that of one is."""
    (_, whole, _), rows = _all_lungs(records, rules)
    return Found(pd.Series(whole), {"treatments": rows}, {"a treatment without lung dose": _lost(whole, rows)})


def _cumulative_recorded(records: Records, *, source: Source) -> Found:
    """Lung dose of all treatments as recorded; missing where one treatment has none."""
    known, count = sessions(records), len(records.patients)
    rows = dose_rows(records, "lung", source, known)
    dose = np.full(len(known), np.nan)
    dose[rows["session"].to_numpy(dtype=np.intp)] = rows["dose"]
    patient = known["patient"].to_numpy(dtype=np.intp)
    _, whole, _ = cumulative(dose, patient, count)
    lost = _lost(whole, first_rows(patient, known["row"], count))
    return Found(pd.Series(whole), {"dosimetry": first_rows(rows["subject"], rows["row"], count)},
                 {"a treatment without lung dose": lost})  # fmt: skip


def _lost(values: Floats, rows: Positions) -> int:
    return int((np.isnan(values) & (rows >= 0)).sum())


def _within(records: Records, *, lung_single: float, lung_cumulative: float, **rules: Any) -> Found:
    """Both lung limits kept; a known dose above one decides, a missing one leaves it open."""
    (known, whole, highest), rows = _all_lungs(records, rules)
    kept = within_lung_limits(known, whole, highest, lung_single, lung_cumulative)
    open_ = {"a missing lung dose leaves it open": _lost(kept, rows)}
    return Found(pd.Series(yes_no(kept), dtype="string"), {"treatments": rows}, open_)


def _count(records: Records, what: str, **rules: Any) -> Found:
    """Number of courses, or of injections in the course of day 0; missing where a session's day leaves it open."""
    known, count = sessions(records, rules), len(records.patients)
    patient = known["patient"].to_numpy(dtype=np.intp)
    course = known["course"].where(known["index"]).groupby(known["patient"]).transform("max")
    courses = known.groupby("patient")["course"].nunique()
    injections = (known["course"] == course).groupby(known["patient"]).sum()
    number = (courses if what == "courses" else injections).astype(float)
    open_ = known["course"].isna().groupby(known["patient"]).any() | (number == 0)
    values = number.where(~open_).reindex(range(count)).reset_index(drop=True)
    rows = first_rows(patient, known["row"], count)
    return Found(values, {"treatments": rows}, {"a session on an unknown day": int(open_.sum())})


def _explain_sessions(records: Records, subject: int, compartment: str = "", **given: Any) -> list[Step]:
    """Every session of the patient with its day and course, then the doses of the compartment."""
    rules = given if "course_days" in given else {rule.name: rule.default for rule in COURSE_RULES}
    known = sessions(records, rules)
    patient = int(records.lesions["patient"].iloc[subject]) if compartment == "lesion" else subject
    lines: Any = known.rename(columns={"index": "first"})[known["patient"] == patient].itertuples(index=False)
    steps = [
        Step(f"session {item.number:g}, day {shown(item.days)}, course {shown(item.course)}"
             f"{', the session of day 0' if item.first else ''}", "treatments", int(item.row))
        for item in lines
    ]  # fmt: skip
    if not compartment:
        return steps
    rows = dose_rows(records, compartment, given["source"], known)
    number = known["number"].to_numpy()
    lines = rows[rows["subject"] == subject].itertuples(index=False)
    return steps + [
        Step(f"session {number[item.session]:g}: {shown(item.dose, 'Gy')}, {shown(item.volume, 'mL')}", "dosimetry",
             int(item.row))
        for item in lines
    ]  # fmt: skip


def _explain_lungs(records: Records, subject: int, **rules: Any) -> list[Step]:
    """The computed lung dose of every session of the patient, and the limits where there are any."""
    known, dose = _lung_doses(records, rules)
    lines: Any = known.assign(dose=dose)[known["patient"] == subject].itertuples(index=False)
    steps = [Step(f"session {item.number:g}, day {shown(item.days)}: lung dose {shown(item.dose, 'Gy')}", "treatments",
                  int(item.row)) for item in lines]  # fmt: skip
    limits = [f"{LIMITS[name].words}: at most {rules[name]:g} Gy" for name in ("lung_single", "lung_cumulative")
              if name in rules]  # fmt: skip
    return steps + [Step(text) for text in limits]


_SESSIONS = tuple(Need("treatments", column) for column in ("day", "date", "course_number"))
_LUNG_NEEDS = tuple(Need("treatments", column) for column in (*SESSION_COLUMNS, "lung_mass"))
_LUNG_LIMITS = tuple(
    Rule(name, LIMITS[name].value, LIMITS[name].words, unit="Gy", low=0, high=1000)
    for name in ("lung_single", "lung_cumulative")
)  # fmt: skip
_TERRITORIES = Rule("territories", "disjoint", "volumes injected in one course: they do not overlap and masses add, or "
                    "they are the same", allowed=("disjoint", "same"))  # fmt: skip


def _course(name: str, label: str, compartment: str, same_volume: bool | None) -> Variable:
    lesion = compartment == "lesion"
    needs = tuple(
        Need("dosimetry", column, where={"compartment": compartment}, per_lesion=lesion, options=("source",))
        for column in ("absorbed_dose", "volume", "mass")
    )
    rules = (*COURSE_RULES, DENSITY_RULE, *((_TERRITORIES,) if same_volume is None else ()))
    missing = "missing where an injection of the course lacks the dose, or one of several its mass"
    return Variable(name, label, "lesion" if lesion else "patient", (*needs, *_SESSIONS), "treatment", quantity="dose",
                    derive=partial(_course_dose, compartment=compartment, same_volume=same_volume),
                    explain=partial(_explain_sessions, compartment=compartment), takes=("source",), rules=rules,
                    missing=missing, reference=_SALEM)  # fmt: skip


COURSES: tuple[Variable, ...] = (
    _course("tad_lesion_course", "Tumour absorbed dose of the course", "lesion", True),
    _course("tad_total_perfused_course", "Total perfused TAD of the course", "tumour_total_perfused", None),
    _course("ntad_perfused_course", "Perfused normal tissue absorbed dose of the course", "normal_perfused", None),
    _course("ntad_whole_liver_course", "Whole-liver normal tissue absorbed dose of the course", "whole_liver_normal",
            True),
    _course("pld_course", "Perfused liver absorbed dose of the course", "perfused_liver", None),
    Variable("lung_dose_cumulative", "Lung absorbed dose of all treatments, computed (MIRD)", "patient", _LUNG_NEEDS,
             "follow_up", quantity="dose", derive=_cumulative, explain=_explain_lungs, rules=LUNG_RULES,
             missing="missing where the lung dose of one treatment is", reference=_TARGET),
    Variable("lung_dose_cumulative_recorded", "Lung absorbed dose of all treatments", "patient",
             (Need("dosimetry", "absorbed_dose", where={"compartment": "lung"}, options=("source",)),), "follow_up",
             quantity="dose", derive=_cumulative_recorded, takes=("source",),
             explain=partial(_explain_sessions, compartment="lung"),
             missing="missing where the lung dose of one treatment is", reference=_TARGET),
    Variable("lung_within_limits", "Lung dose within both limits", "patient", _LUNG_NEEDS, "follow_up",
             levels={"yes": "Yes", "no": "No"}, derive=_within, explain=_explain_lungs,
             rules=(*LUNG_RULES, *_LUNG_LIMITS), reference=_TARGET,
             missing="no where a known dose is above a limit, else missing where one is"),
    Variable("course_count", "Number of courses", "patient", _SESSIONS, "follow_up",
             derive=partial(_count, what="courses"), explain=_explain_sessions, rules=COURSE_RULES,
             missing="missing where a session's day is not known", reference=_SALEM),
    Variable("course_injections", "Injections in the first course", "patient", _SESSIONS, "treatment",
             derive=partial(_count, what="injections"), explain=_explain_sessions, rules=COURSE_RULES,
             missing="missing where a session's day is not known", reference=_SALEM),
)  # fmt: skip
"""Derivations that read several sessions."""
