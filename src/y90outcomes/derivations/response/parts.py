"""What responses of patients and of lesions start from: rows in visits, baseline rows, roles of the lesions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from y90outcomes.derivations.response.choi import attenuation
from y90outcomes.derivations.response.criteria import Criterion
from y90outcomes.derivations.response.sums import MEASURES, Measures, whole_only
from y90outcomes.derivations.response.target_state import Course
from y90outcomes.derivations.response.targets import Lesions, Roles, lesions_of, roles
from y90outcomes.derivations.response.visits import (
    Booleans,
    Candidates,
    Floats,
    Scans,
    baseline_rows,
    nearest,
    scans,
)
from y90outcomes.derivations.types import Positions, Records, Span


@dataclass(frozen=True, slots=True)
class Parts:
    """`first` is the baseline row of each lesion (-1 none), `size` and `diameter` what it counts there; `follow` says
    which visits come after baseline; `count` is the number of patients."""

    spec: Criterion
    treated: bool
    rules: Mapping[str, Any]
    found: Scans
    lesions: Lesions
    measures: Measures
    candidates: Candidates
    first: Positions
    size: Floats
    diameter: Floats
    roles: Roles
    follow: Booleans
    count: int


def prepared(records: Records, spec: Criterion, treated: bool, rules: Mapping[str, Any], window: Span | None) -> Parts:
    """Rows, baseline and roles under one criterion."""
    found, lesions = scans(records), lesions_of(records, treated, rules)
    of_lesion = found.lesion >= 0
    node, liver = (np.append(flags, False)[found.lesion] & of_lesion for flags in (lesions.node, lesions.liver))
    measures = whole_only(MEASURES[spec.measure](found, node, liver), of_lesion)
    candidates = baseline_rows(found, records, window, rules)
    count = len(records.patients)
    first = nearest(candidates, ~np.isnan(measures.value), found.lesion, len(lesions.patient), found)
    size, diameter = at_rows(measures.value, first), at_rows(measures.diameter, first)
    seen = np.zeros(len(first), dtype=bool)
    seen[found.lesion[candidates.usable & measures.seen & of_lesion]] = True
    gone = at_rows(measures.gone.astype(float), first) == 1
    made = roles(lesions, size, diameter, seen, gone, count, spec, rules)
    after = np.zeros(count)
    at = np.flatnonzero(first >= 0)
    if rules["baseline_after_treatment"]:
        np.maximum.at(after, lesions.patient[at], found.order[found.visit[first[at]]])
    follow = (found.order > after[found.of_patient]) | np.isnan(found.order)
    return Parts(spec, treated, rules, found, lesions, measures, candidates, first, size, diameter, made, follow, count)


def at_rows(values: Floats, rows: Positions) -> Floats:
    """A number of each of the rows; NaN where there is none (-1)."""
    return np.append(values, np.nan)[np.where(rows >= 0, rows, len(values))]


def course(parts: Parts, unit: Positions, at: Positions, rows: Positions, target: Booleans, unit_of_lesion: Positions,
           units: int, lacking: Booleans) -> Course:  # fmt: skip
    """Target `rows` with the unit visit of each (`at`)."""
    lesion = parts.found.lesion[rows]
    blank = np.full(len(parts.found.row), np.nan)
    hu = blank if parts.spec.density_pr is None else attenuation(parts.found)
    of_unit = unit_of_lesion[target]
    return Course(
        unit, at, lesion, parts.measures.value[rows], parts.measures.gone[rows], hu[rows],
        at_rows(hu, parts.first)[lesion], parts.size, np.bincount(of_unit, minlength=units).astype(np.intp),
        np.bincount(of_unit, weights=parts.size[target], minlength=units).astype(np.float64), lacking,
    )  # fmt: skip


def other_modality(parts: Parts, rows: Positions) -> Booleans:
    """Rows whose modality is known and differs from that of the lesion's baseline row."""
    codes, _ = parts.found.codes("modality")
    before = np.append(codes, -1)[parts.first][parts.found.lesion[rows]]
    return np.asarray((codes[rows] != before) & (codes[rows] >= 0) & (before >= 0))


def patients_with(parts: Parts, of_lesion: Booleans) -> Booleans:
    """Patients with a lesion of this kind."""
    made = np.zeros(parts.count, dtype=bool)
    patient = parts.lesions.patient[of_lesion]
    made[patient[patient >= 0]] = True
    return made


def row_of_visit(parts: Parts) -> Positions:
    """The row that stands for each visit: the whole-patient row, else the largest target's, else any."""
    found, target = parts.found, np.append(parts.roles.target, False)[parts.found.lesion]
    made = found.whole.copy()
    rows = np.flatnonzero(made[found.visit] < 0)
    size = np.where(target[rows] & ~np.isnan(parts.measures.value[rows]), parts.measures.value[rows], -1.0)
    order = np.lexsort((found.lesion[rows], -size, ~target[rows], found.visit[rows]))[::-1]
    made[found.visit[rows[order]]] = rows[order]
    return made


def largest_target(parts: Parts) -> Positions:
    """Baseline row of each patient's largest target, -1 for none."""
    made = np.full(parts.count, -1, dtype=np.intp)
    lesion = np.flatnonzero(parts.roles.target & (parts.first >= 0))
    order = lesion[np.lexsort((-lesion, parts.size[lesion]))]
    made[parts.lesions.patient[order]] = parts.first[order]
    return made
