"""Cox regression of a time-to-event endpoint on the protocol's terms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from y90outcomes.cohort import Cohort
from y90outcomes.estimators.cox import CoxTerm
from y90outcomes.estimators.cox import cox as estimate
from y90outcomes.methods.common import Selection, about_endpoint, plain, select, test_row
from y90outcomes.methods.kaplan_meier import complete, left_out
from y90outcomes.results import EffectRow, Effects, Note, Result
from y90outcomes.study.analyses import CoxAnalysis
from y90outcomes.study.endpoints import TimeToEventEndpoint
from y90outcomes.study.meaning import Meaning
from y90outcomes.study.variables import StatusAtVariable

FEW_EVENTS = 10
"""Events per parameter below which a note warns (Peduzzi 1995, 10.1016/0895-4356(95)00048-8)."""


def cox(cohort: Cohort, id: str, spec: CoxAnalysis) -> list[Result]:
    """`<id>/hazard_ratio/<term>[/<level>_vs_<first level>]`, the likelihood-ratio test of the model, complete cases."""
    selection = select(cohort, spec)
    outcome, time, state = selection.outcome(spec.endpoint)
    if time is None:  # the protocol's check refuses this before any data are read
        raise ValueError(f"{spec.endpoint!r} has no times")
    usable = complete(time, state)
    whole = usable & selection.frame[spec.terms].notna().all(axis=1).to_numpy(dtype=bool)
    columns = [column for term in spec.terms for column in _columns(selection, term, spec, whole)]
    design = np.column_stack([column.values[whole] for column in columns])
    names = [f"{column.term}={column.level}" if column.level else column.term for column in columns]
    times, states = time[whole].to_numpy(), state[whole].to_numpy()
    fit = estimate(times, states, design, names, ties=spec.ties, level=spec.level)
    rows = [
        _row(selection.meaning(column.term), column, made, fit.n, fit.events, spec.level)
        for column, made in zip(columns, fit.terms, strict=True)
    ]
    rows.append(
        test_row(
            "likelihood_ratio",
            "model",
            fit.likelihood_ratio,
            label="Likelihood-ratio test of the model",
            events=fit.events,
        )
    )
    missing, dropped = int((~usable).sum()), int((usable & ~whole).sum())
    notes = left_out(missing, len(selection)) + about_endpoint(selection, spec.endpoint)
    if dropped:
        lacking = [selection.meaning(term).label for term in spec.terms if selection.values(term)[usable].isna().any()]
        notes += (
            Note(
                "complete_case",
                f"{dropped} more lack a covariate ({', '.join(lacking)}): complete cases only.",
                "caution",
            ),
        )
    if fit.events < FEW_EVENTS * len(columns):
        notes += (
            Note(
                "few_events",
                f"{fit.events} events for {len(columns)} parameters: fewer than {FEW_EVENTS} each.",
                "caution",
            ),
        )
    late = [selection.meaning(term).label for term in spec.terms if _late(selection, term, spec.endpoint)]
    if late:
        notes += (
            Note(
                "immortal_time",
                f"Known only after the time origin: {', '.join(late)}. Subjects had to live until "
                "it was measured; read the hazard ratio with that in mind.",
                "warning",
            ),
        )
    return [
        Effects(
            id=id,
            title=spec.title,
            population=selection.label,
            n=fit.n,
            events=fit.events,
            missing=missing + dropped,
            method=f"Cox regression of {outcome.label}",
            conventions={"cox_ties": spec.ties, "cox_inference": "wald"},
            notes=notes,
            caption=spec.caption,
            rows=tuple(rows),
        )
    ]


def _late(selection: Selection, term: str, endpoint: str) -> bool:
    """Known only after the time of the endpoint begins; a status at a day is known at a landmark on it or later."""
    study = selection.cohort.study
    variable, counted = study.variables[term], study.endpoints[endpoint]
    if isinstance(variable, StatusAtVariable) and isinstance(counted, TimeToEventEndpoint):
        first = counted.origin == "first_treatment" and counted.landmark is not None
        return not (first and variable.day <= (counted.landmark or 0.0))
    return selection.meaning(term).measured_at == "follow_up"


@dataclass(frozen=True, slots=True, eq=False)
class _Column:
    """A design column: a number per `unit`, or the indicator of `level` against `reference`."""

    term: str
    values: npt.NDArray[np.float64]
    level: str = ""
    reference: str = ""
    unit: str = ""


def _columns(selection: Selection, term: str, spec: CoxAnalysis, whole: npt.NDArray[np.bool_]) -> list[_Column]:
    """Design columns of a term. Levels nobody has make no column; the first level somebody has is the reference."""
    known, values = selection.meaning(term), selection.values(term)
    if known.numeric:
        per = spec.per.get(term, 1.0)
        unit = f"per {per:g} {known.unit}".strip() if per != 1 else f"per {known.unit or 'unit'}"
        return [_Column(term, values.to_numpy(dtype=float) / per, unit=unit)]
    present = [level for level in known.levels if values[whole].eq(level).any()]
    if len(present) < 2:
        return [_Column(term, np.zeros(len(values)), present[0] if present else "", present[0] if present else "")]
    indicator = {level: np.asarray(values.eq(level).fillna(False), dtype=np.float64) for level in present}
    return [_Column(term, indicator[level], level, present[0]) for level in present[1:]]


def _row(known: Meaning, column: _Column, made: CoxTerm, n: int, events: int, width: float) -> EffectRow:
    contrast, label = None, known.label
    if column.level:
        contrast = f"{column.level}_vs_{column.reference}"
        label = f"{known.label}: {known.levels[column.level]} vs {known.levels[column.reference]}"
    return EffectRow(
        quantity="hazard_ratio",
        term=known.name,
        contrast=contrast,
        label=label,
        unit=column.unit,
        estimate=plain(made.hazard_ratio),
        lower=plain(made.lower),
        upper=plain(made.upper),
        level=width,
        se=plain(made.se),
        statistic=plain(made.z),
        p=plain(made.p),
        n=n,
        events=events,
        valid=made.valid,
        reason=made.reason,
        convention="wald",
    )
