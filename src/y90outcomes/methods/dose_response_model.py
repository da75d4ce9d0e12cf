"""The fits behind a dose–response curve, and the row of its odds ratio."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from y90outcomes.conventions import words
from y90outcomes.estimators.inverse_prediction import DoseScale
from y90outcomes.estimators.logistic import LogisticFit, logistic
from y90outcomes.estimators.numbers import Floats, Ints
from y90outcomes.estimators.restricted_cubic_spline import SplineFit, spline_fit
from y90outcomes.methods.common import Selection, plain
from y90outcomes.methods.design import Design, design
from y90outcomes.methods.notes import few_events
from y90outcomes.results import EffectRow
from y90outcomes.study.analyses import DoseResponseAnalysis
from y90outcomes.study.meaning import Meaning


@dataclass(frozen=True, slots=True, eq=False)
class DoseModel:
    """Complete cases: event (n,), dose (n,) in its unit, x (n,) of the model; the fits; `design` names the rows."""

    event: Floats
    dose: Floats
    x: Floats
    design: Design
    scale: DoseScale
    fit: LogisticFit
    firth: LogisticFit | None
    spline: SplineFit | None


def dose_model(selection: Selection, spec: DoseResponseAnalysis) -> DoseModel:
    """The fits of the complete cases; Firth's beside maximum likelihood where events are few."""
    state = selection.outcome(spec.endpoint)[2]
    usable = state.notna().to_numpy(dtype=bool)
    columns = design(selection, [spec.dose], usable, per={spec.dose: spec.per}, scale={spec.dose: spec.scale})
    event = state[columns.whole].to_numpy(dtype=float)
    dose = selection.values(spec.dose)[columns.whole].to_numpy(dtype=float)
    x = columns.matrix[:, 0]
    asked: dict[str, Any] = {"inference": spec.inference, "level": spec.level, "only": [0]}
    fit = logistic(event, x, [spec.dose], estimator=spec.estimator, **asked)
    few = few_events(rarer(event), 1) and spec.estimator == "auto" and fit.estimator == "ml"
    firth = logistic(event, x, [spec.dose], estimator="firth", **asked) if few else None
    spline = (
        spline_fit(event, x, spec.knots, estimator=spec.estimator, inference=spec.inference, level=spec.level)
        if spec.knots
        else None
    )
    unit = selection.meaning(spec.dose).unit
    return DoseModel(event, dose, x, columns, DoseScale(spec.scale, spec.per, unit), fit, firth, spline)


def rarer(event: Floats) -> int:
    """Subjects with the rarer of the two outcomes."""
    return int(min(event.sum(), len(event) - event.sum()))


def patients(selection: Selection, made: DoseModel) -> Ints | None:
    """The patient of each lesion, None where no patient has two."""
    clusters = selection.clusters("patient")[made.design.whole]
    return clusters if selection.grain == "lesion" and len(np.unique(clusters)) < len(clusters) else None


def odds_ratio(
    known: Meaning, made: DoseModel, fit: LogisticFit, spec: DoseResponseAnalysis, *, beside: bool = False
) -> EffectRow:
    """`odds_ratio/<dose>` of a fit, per unit; `beside` makes it `odds_ratio_firth`, next to maximum likelihood.

    Where Firth's stands in for a maximum likelihood that does not exist, the row says so.
    """
    term = fit.terms[0]
    apart = fit.separation != "none" and fit.estimator == "firth" and term.valid
    said = f"{fit.separation} separation of the outcome: {words('logistic_estimator', 'firth')}" if apart else ""
    return EffectRow(
        quantity="odds_ratio_firth" if beside else "odds_ratio",
        term=known.name,
        label=known.label + (" (Firth)" if apart else ""),
        unit=made.design.columns[0].unit,
        estimate=plain(term.odds_ratio),
        lower=plain(term.lower),
        upper=plain(term.upper),
        level=spec.level,
        se=plain(term.se),
        statistic=plain(term.statistic),
        p=plain(term.p),
        n=fit.n,
        events=fit.events,
        primary=not beside,
        valid=term.valid,
        reason="; ".join(filter(None, [said, term.reason])),
        not_reached=term.not_reached,
        convention="; ".join(fit.conventions.values()),
    )
