"""Criteria against subjects: meets, fails, missing, never two of them and never a silent fourth."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from y90outcomes.cohort.columns import Columns
from y90outcomes.results import Flow, FlowRow
from y90outcomes.study.criteria import LIMITS, AnyOf, Criterion, CriterionSpec
from y90outcomes.study.meaning import criterion_factor, meaning
from y90outcomes.thresholds import compare

States = npt.NDArray[np.int8]
MEETS, FAILS, MISSING = np.int8(1), np.int8(0), np.int8(-1)


def states(criterion: CriterionSpec, columns: Columns, grain: str) -> States:
    """1 meets, 0 fails, -1 missing for every subject of the grain."""
    if isinstance(criterion, AnyOf):
        each = np.array([states(inner, columns, grain) for inner in criterion.any_of.values()])
        return np.where((each == MEETS).any(axis=0), MEETS, np.where((each == MISSING).any(axis=0), MISSING, FAILS))
    return _single(criterion, columns, grain)


def _single(criterion: Criterion, columns: Columns, grain: str) -> States:
    column = columns.column(criterion.variable, grain)
    if column is None:  # the protocol's check refuses this before any data are read
        raise ValueError(f"{criterion.variable!r} has no roll-up to the patient")
    values = column.values
    missing = values.isna().to_numpy(dtype=bool)
    if criterion.recorded:
        return np.where(missing, MISSING, MEETS)
    if criterion.equals is not None or criterion.one_of is not None:
        wanted = criterion.one_of if criterion.one_of is not None else [criterion.equals]
        met = values.isin(wanted).fillna(False).to_numpy(dtype=bool)
    else:
        scale = criterion_factor(criterion, meaning(columns.study, criterion.variable)) or 1.0
        numbers = values.to_numpy(dtype=float, na_value=np.nan)
        limits = {rule: getattr(criterion, rule) for rule in LIMITS if getattr(criterion, rule) is not None}
        met = np.all([compare(numbers, rule, limit * scale) for rule, limit in limits.items()], axis=0)
    return np.where(missing, MISSING, np.where(met, MEETS, FAILS))


def eligible(columns: Columns) -> tuple[npt.NDArray[np.bool_], Flow]:
    """Patients who meet every criterion, and the flow chart: each step counts those still in, by centre."""
    criteria: Mapping[str, CriterionSpec] = columns.study.eligibility
    centre = columns.people.patients["centre"].to_numpy(dtype=object)
    names = sorted(set(centre))
    left = np.ones(len(centre), dtype=bool)
    rows = [
        _row(0, "registry", "Patients in the registry", where, mask, left, np.ones_like(left, dtype=np.int8))
        for where, mask in _by_centre(centre, names)
    ]
    for step, (name, criterion) in enumerate(criteria.items(), start=1):
        state = states(criterion, columns, "patient")
        label = criterion.reason or name.replace("_", " ")
        rows += [_row(step, name, label, where, mask, left, state) for where, mask in _by_centre(centre, names)]
        left = left & (state == MEETS)
    flow = Flow(
        id="flow",
        title="Patients",
        population="All patients in the registry",
        n=int(left.sum()),
        method="Criteria in the protocol's order; a missing value is never eligible and is counted apart",
        rows=tuple(rows),
    )
    return left, flow


def _by_centre(centre: npt.NDArray[np.object_], names: list[str]) -> list[tuple[str, npt.NDArray[np.bool_]]]:
    everyone = [("all", np.ones(len(centre), dtype=bool))]
    return everyone + [(name, centre == name) for name in names]


def _row(
    step: int,
    name: str,
    label: str,
    where: str,
    mask: npt.NDArray[np.bool_],
    left: npt.NDArray[np.bool_],
    state: States,
) -> FlowRow:
    within = mask & left
    counts = {value: int((within & (state == value)).sum()) for value in (MEETS, FAILS, MISSING)}
    return FlowRow(step, name, label, where, counts[MEETS], counts[FAILS], counts[MISSING], left=counts[MEETS])


def among(criteria: Mapping[str, CriterionSpec], columns: Columns, grain: str) -> States:
    """All of a set's criteria together: 1 meets every one, 0 fails one, -1 fails none and misses one."""
    count = len(columns.people.lesions if grain == "lesion" else columns.people.patients)
    each = np.array([states(criterion, columns, grain) for criterion in criteria.values()])
    if not each.size:
        return np.full(count, MEETS)
    return np.where((each == FAILS).any(axis=0), FAILS, np.where((each == MEETS).all(axis=0), MEETS, MISSING))
