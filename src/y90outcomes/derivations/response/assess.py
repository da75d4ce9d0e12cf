"""Response of every patient or lesion at every visit after baseline, from measurements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from y90outcomes.derivations.response.criteria import CATEGORIES, CRITERIA, Criterion
from y90outcomes.derivations.response.frame import WHY, as_frame
from y90outcomes.derivations.response.nontarget import new_lesions, other_disease
from y90outcomes.derivations.response.overall import OTHER, REASONS, TARGET, overall
from y90outcomes.derivations.response.parts import (
    Parts,
    course,
    largest_target,
    other_modality,
    patients_with,
    prepared,
    row_of_visit,
)
from y90outcomes.derivations.response.rules import with_defaults
from y90outcomes.derivations.response.target_state import TargetState, target_state
from y90outcomes.derivations.response.targets import baseline_of, measurable
from y90outcomes.derivations.response.thrombus import Thrombus, meerun_table, thrombus
from y90outcomes.derivations.response.visits import Booleans
from y90outcomes.derivations.types import Positions, Records, Span


def responses(
    records: Records, criterion: str, *, grain: str = "patient", territory: str = "whole", baseline: Span | None = None,
    **rules: Any,
) -> pd.DataFrame:  # fmt: skip
    """One row per subject of the grain (patient or lesion) and visit after baseline that has imaging, in time order.

    criterion  a key of CRITERIA; baseline  window of the baseline scan (up to day 0 where not given)
    territory  whole or treated (lesions recorded as perfused); localised mRECIST is always of the treated one
    rules      of RESPONSE_RULES; a lesion is its own sum, without other disease, new lesions and thrombus

    Columns: subject (position), visit (label), days (NaN undated), order, response (CR PR SD PD NE), target,
    non_target, new_lesion (states), sum (of what was measured; mm, mm² for EASL), baseline_sum, nadir, ratio_baseline,
    ratio_nadir, attenuation_ratio (Choi), reason, flags (";" between), row, baseline_row, nadir_row (positions in
    `records.tables["imaging"]`, -1 none; of a patient the whole-patient row of that scan where there is one, else the
    row of the largest target). ValueError for an unknown criterion, grain or rule.
    """
    if criterion not in CRITERIA:
        raise ValueError(f"unknown criterion {criterion!r}; known: {', '.join(CRITERIA)}")
    if grain not in ("patient", "lesion"):
        raise ValueError(f"unknown grain {grain!r}; known: patient, lesion")
    given = with_defaults(rules | {"territory": territory})
    spec = CRITERIA[criterion]
    treated = spec.treated_only or territory == "treated"
    parts = prepared(records, spec, treated, given, baseline)
    return _of_patients(parts) if grain == "patient" else _of_lesions(parts)


def _of_patients(parts: Parts) -> pd.DataFrame:
    found, spec, rules = parts.found, parts.spec, parts.rules
    visit = np.flatnonzero(parts.follow)
    unit = found.of_patient[visit]
    place = np.full(len(found.of_patient), -1, dtype=np.intp)
    place[visit] = np.arange(len(visit))
    target = parts.roles.target
    of_target = (found.lesion >= 0) & np.append(target, False)[found.lesion]
    rows = np.flatnonzero(of_target & (place[found.visit] >= 0))
    at = place[found.visit[rows]]
    lacking = patients_with(parts, parts.roles.unmeasured)
    made = target_state(course(parts, unit, at, rows, target, parts.lesions.patient, parts.count, lacking), spec, rules)
    mode = spec.thrombus if rules["thrombus"] == "criterion" else rules["thrombus"]
    clot = thrombus(found, parts.candidates, parts.count, rules) if mode in ("non_target", "meerun") else None
    before = baseline_of(parts.candidates, found)
    counted = clot if mode == "non_target" else None
    other = other_disease(found, parts.measures, parts.lesions, parts.roles.other, counted, parts.treated, rules)[visit]
    new = new_lesions(found, parts.measures, parts.lesions, before, parts.follow, clot, spec, parts.treated, rules)
    response, why = overall(made.state, other, new.state[visit], rules["non_target_only"])
    why = _said(why, made, spec)
    looked = np.zeros(parts.count, dtype=bool)
    looked[found.patient[(found.lesion >= 0) & parts.candidates.usable]] = True
    nothing = (why == WHY.index("no_disease_at_baseline")) & ~looked[unit]
    why = np.where(nothing, WHY.index("no_baseline"), why)
    why = np.where((why == WHY.index("target_not_evaluable")) & lacking[unit],
                   WHY.index("target_without_baseline"), why)  # fmt: skip
    flags = _shared_flags(parts, unit, visit)
    if clot is not None and mode == "meerun":
        response, why, opened = _with_thrombus(response, why, clot, unit, visit, rules)
        flags |= opened
    if clot is not None:
        flags["thrombus_unrecorded"] = ~clot.known[unit]
    changed, clash = np.zeros(len(visit), dtype=bool), np.zeros(len(visit), dtype=bool)
    changed[at[other_modality(parts, rows)]] = True
    clash[at[parts.measures.conflict[rows]]] = True
    blank = patients_with(parts, parts.lesions.perfusion_blank)
    flags |= {
        "incomplete": ~made.complete & (made.state != TARGET.index("none")),
        "conflict": clash,
        "modality_change": changed,
        "size_only": _size_only(made, spec),
        "new_lesion_unrecorded": new.unrecorded[visit],
        "new_lesion_measured": new.measured[visit],
        "target_limit": patients_with(parts, parts.roles.over_limit)[unit],
        "target_without_baseline": lacking[unit],
        "perfusion_unrecorded": blank[unit],
    }
    row_of = row_of_visit(parts)
    largest = largest_target(parts)
    start = np.where(largest >= 0, row_of[found.visit[largest]], -1) if len(found.row) else largest
    nadir = np.where(made.nadir_at >= 0, row_of[visit[made.nadir_at]] if len(visit) else -1, start[unit])
    return as_frame(parts, unit, visit, response, why, flags, made, other, new.state[visit],
                  row_of[visit], start[unit], nadir)  # fmt: skip


def _shared_flags(parts: Parts, patient: Positions, visit: Positions) -> dict[str, Booleans]:
    """Flags of both grains, of the visits of these patients."""
    found = parts.found
    old = np.zeros(parts.count, dtype=bool)
    old[found.patient[parts.candidates.old]] = True
    known = np.flatnonzero(parts.first >= 0)
    late = np.zeros(len(parts.first), dtype=bool)
    late[known] = found.order[found.visit[parts.first[known]]] > 0
    return {
        "undated": found.undated[visit],
        "no_place": np.isnan(found.order[visit]),
        "old_baseline": old[patient],
        "baseline_after_treatment": patients_with(parts, late & parts.roles.target)[patient],
    }


def _said(why: Positions, made: TargetState, spec: Criterion) -> Positions:
    """Reasons of the table made exact: a decrease of attenuation alone, a target back after all were gone."""
    fainter = (why == REASONS.index("decrease")) & made.by_attenuation
    back = (why == REASONS.index("target_growth")) & made.regrowth
    return np.where(fainter, WHY.index("attenuation_fall"), np.where(back, WHY.index("regrowth"), why))


def _size_only(made: TargetState, spec: Criterion) -> Booleans:
    judged = (made.state != TARGET.index("none")) & (made.state != TARGET.index("CR"))
    return np.asarray(judged & ~made.attenuation_known & (spec.density_pr is not None), dtype=np.bool_)


def _with_thrombus(response: Positions, why: Positions, clot: Thrombus, unit: Positions, visit: Positions,
                   rules: Mapping[str, Any]) -> tuple[Positions, Positions, dict[str, Booleans]]:  # fmt: skip
    """Meerun's rules on top of the tumour's response, for patients with a thrombus at baseline."""
    table = meerun_table(rules["stable_enhancing_thrombus"], rules["unenhancing_growth"])
    unknown = ~clot.known & (rules["thrombus_unrecorded"] == "not_evaluated")
    has = (clot.present | unknown)[unit]
    enhancing = np.where(clot.present[unit], clot.enhancing[visit], 2)
    grew = np.where(clot.present[unit], clot.grown[visit], 2)
    joint = np.where(has, table[response, enhancing, grew], response)
    moved = has & (joint != response)
    words = np.select(
        [moved & (joint == CATEGORIES.index("NE")), moved & (grew == 1) & (enhancing == 0), moved & (grew == 1), moved],
        [WHY.index(name) for name in
         ("thrombus_not_evaluable", "unenhancing_thrombus_growth", "thrombus_growth", "thrombus_enhancing")], why,
    )  # fmt: skip
    tumour_open = has & (response < CATEGORIES.index("PD"))
    opened = {
        "stable_enhancing_thrombus": has & (response == 0) & (enhancing == 1) & (grew == 0),
        "unenhancing_growth": tumour_open & (enhancing == 0) & (grew == 1),
    }
    return joint.astype(np.intp), words, opened


def _of_lesions(parts: Parts) -> pd.DataFrame:
    found, spec = parts.found, parts.spec
    lesions = parts.lesions
    count = len(lesions.patient)
    inside = (found.lesion >= 0) & np.append(lesions.inside, False)[found.lesion]
    rows = np.flatnonzero(inside & parts.follow[found.visit])
    rows = rows[np.lexsort((found.visit[rows], found.lesion[rows]))]
    unit, visit = found.lesion[rows], found.visit[rows]
    own = lesions.inside & (lesions.liver if spec.liver_only else True) & ~np.isnan(parts.size)
    own &= measurable(parts.diameter, lesions.node, spec)
    mine = np.append(own, False)[unit]
    nobody = np.zeros(count, dtype=bool)
    own_course = course(parts, unit, np.flatnonzero(mine), rows[mine], own, np.arange(count), count, nobody)
    made = target_state(own_course, spec, parts.rules)
    none = np.full(len(unit), OTHER.index("none"), dtype=np.intp)
    response, why = overall(made.state, none, np.zeros(len(unit), dtype=np.intp), "NE")
    why = _said(why, made, spec)
    missing = made.state == TARGET.index("none")
    why = np.where(missing, np.where(np.isnan(parts.size[unit]), WHY.index("no_baseline"),
                                     WHY.index("not_measurable_at_baseline")), why)  # fmt: skip
    flags = _shared_flags(parts, lesions.patient[unit], visit) | {
        "incomplete": ~made.complete & ~missing,
        "conflict": parts.measures.conflict[rows],
        "modality_change": other_modality(parts, rows),
        "size_only": _size_only(made, spec),
    }
    start = np.where(mine, parts.first[unit], -1)
    nadir = np.where(made.nadir_at >= 0, rows[made.nadir_at] if len(rows) else -1, start)
    return as_frame(parts, unit, visit, response, why, flags, made, none, np.zeros(len(unit), dtype=np.intp),
                  rows, start, nadir)  # fmt: skip
