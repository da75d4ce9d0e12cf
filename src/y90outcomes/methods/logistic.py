"""Logistic regression of a binary endpoint on the protocol's terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from y90outcomes.cohort import Cohort
from y90outcomes.conventions import words
from y90outcomes.estimators.gee import GeeFit, gee
from y90outcomes.estimators.intraclass import intraclass_correlation
from y90outcomes.estimators.logistic import LogisticFit, LogisticTerm, term_test
from y90outcomes.estimators.logistic import logistic as estimate
from y90outcomes.estimators.numbers import Estimate, Floats, Ints
from y90outcomes.methods.common import Selection, effect, plain, select, test_row
from y90outcomes.methods.design import Column, Design, complete_case, design
from y90outcomes.methods.notes import collinearity, few_events, measured_late, no_estimate, small_unit
from y90outcomes.methods.proportion import not_evaluable
from y90outcomes.results import EffectRow, Effects, Note, Result
from y90outcomes.study.analyses import LogisticAnalysis


@dataclass(frozen=True, slots=True, eq=False)
class _Data:
    """What is fitted: event (m,) of the complete cases on the columns of `made`."""

    selection: Selection
    spec: LogisticAnalysis
    made: Design
    event: Floats

    @property
    def rarer(self) -> tuple[int, str]:
        """What limits the number of parameters, events or the others, and its name."""
        events = int(self.event.sum())
        others = len(self.event) - events
        return (events, "events") if events <= others else (others, "subjects without the event")

    def label(self, column: Column) -> str:
        """How a table prints a column."""
        return column.label(self.selection.meaning(column.term))


def logistic(cohort: Cohort, id: str, spec: LogisticAnalysis) -> list[Result]:
    """`<id>/odds_ratio/<term>[/<level>_vs_<first level>]`, a test of each factor, the test of the model.

    Few events give Firth's odds ratios beside (`odds_ratio_firth`), lesions without `cluster` the clustered ones
    (`odds_ratio_clustered`); neither changes the rows asked for.
    """
    selection = select(cohort, spec)
    outcome, _, state = selection.outcome(spec.endpoint)
    usable = state.notna().to_numpy(dtype=bool)
    made = design(selection, spec.terms, usable, per=spec.per, scale=spec.scale)
    data = _Data(selection, spec, made, state[made.whole].to_numpy(dtype=float))
    rows, notes, conventions = _clustered(data) if spec.cluster else _independent(data)
    _, about = not_evaluable(selection, spec.endpoint)
    notes = (*about, *complete_case(made), *notes, *_general(data, rows))
    return [
        Effects(
            id=id,
            title=spec.title,
            population=selection.label,
            n=len(data.event),
            events=int(data.event.sum()),
            missing=int((~usable).sum()) + made.dropped,
            method=f"Logistic regression of {outcome.label}",
            conventions=conventions,
            notes=notes,
            caption=spec.caption,
            rows=tuple(rows),
        )
    ]


def _independent(data: _Data) -> tuple[list[EffectRow], tuple[Note, ...], Mapping[str, str]]:
    """Rows of an ordinary model, with Firth's and the clustered ones beside where they are called for."""
    spec, made = data.spec, data.made
    fit = _fit(data, spec.estimator)
    rows = _rows(data, fit.terms, "odds_ratio", fit.conventions, said=_said(fit))
    for term, block in made.blocks().items():
        if len(block) > 1:
            test = term_test(
                data.event, made.matrix, made.names, block, estimator=spec.estimator, inference=spec.inference
            )
            rows.append(test_row("term_test", term, test, label=_any_level(data, term), events=fit.events))
    model = fit.likelihood_ratio if spec.inference == "profile" else fit.wald
    rows.append(test_row(model.name, "model", model, label=_model_label(model.name), events=fit.events))
    notes = _separated(data, fit)
    count, what = data.rarer
    few = few_events(count, len(made.columns), what=what)
    if few and fit.valid and fit.estimator == "ml":
        beside = _fit(data, "firth")
        rows += _rows(data, beside.terms, "odds_ratio_firth", beside.conventions, primary=False)
        few = few_events(count, len(made.columns), what=what, but="Firth's estimates stand beside.")
    lesions, about = _lesions(data)
    return rows + lesions, notes + few + about, {
        "logistic_estimator": spec.estimator, "logistic_inference": spec.inference
    }  # fmt: skip


def _clustered(data: _Data) -> tuple[list[EffectRow], tuple[Note, ...], Mapping[str, str]]:
    """Rows of the marginal model with robust variance, and the correlation within clusters."""
    spec, made = data.spec, data.made
    cluster = spec.cluster or "patient"
    codes = data.selection.clusters(cluster)[made.whole]
    fit = _marginal(data, codes)
    rows = _rows(data, fit.terms, "odds_ratio", fit.conventions)
    for term, block in made.blocks().items():
        if len(block) > 1:
            rows.append(test_row("term_test", term, fit.wald(block), label=_any_level(data, term), events=fit.events))
    whole = fit.wald(range(len(made.columns)))
    rows.append(test_row("wald", "model", whole, label=_model_label("wald"), events=fit.events))
    rows.append(_alike(data, codes))
    unit = {"patient": "patients", "centre": "centres"}[cluster]
    notes = [Note("clusters", f"{len(data.event)} subjects in {fit.clusters} {unit}, at most {fit.largest} in one.")]
    if fit.few:
        notes.append(
            Note(
                "few_clusters",
                f"{fit.clusters} {unit} are few for a variance robust to clusters.",
                "caution",
            )
        )
    if not fit.valid:
        notes.append(no_estimate(fit.reason))
    count, what = data.rarer
    return rows, (*notes, *few_events(count, len(made.columns), what=what)), fit.conventions


def _fit(data: _Data, estimator: str) -> LogisticFit:
    spec, made = data.spec, data.made
    return estimate(
        data.event, made.matrix, made.names, estimator=estimator, inference=spec.inference, level=spec.level,
        only=range(len(made.names)),
    )  # fmt: skip


def _marginal(data: _Data, codes: Ints) -> GeeFit:
    spec, made = data.spec, data.made
    correlation = "independence" if spec.cluster_method == "robust" else spec.correlation
    return gee(
        data.event,
        made.matrix,
        made.names,
        codes,
        correlation=correlation,
        moments=spec.moments,
        small_sample=spec.small_sample,
        level=spec.level,
    )


def _lesions(data: _Data) -> tuple[list[EffectRow], tuple[Note, ...]]:
    """Lesions of one patient taken as independent: how alike they are, and the clustered odds ratios beside."""
    if data.selection.grain != "lesion":
        return [], ()
    codes = data.selection.clusters("patient")[data.made.whole]
    patients, lesions = len(np.unique(codes)), len(codes)
    if patients == lesions:
        return [], ()
    fit = _marginal(data, codes)
    alike = intraclass_correlation(data.event, codes)
    said = f" (intraclass correlation {alike.estimate:.2f})" if alike.valid else ""
    message = (
        f"{lesions} lesions of {patients} patients are taken as independent{said}. Odds ratios with a variance robust "
        "to patients stand beside; `cluster: patient` makes them the result."
    )
    rows = _rows(data, fit.terms, "odds_ratio_clustered", fit.conventions, primary=False)
    return [*rows, _alike(data, codes)], (Note("lesions_independent", message, "caution"),)


def _alike(data: _Data, codes: Ints) -> EffectRow:
    made: Estimate = intraclass_correlation(data.event, codes)
    label = "Intraclass correlation of the outcome"
    row = effect("intraclass_correlation", data.spec.endpoint, made, label=label)
    return replace(row, level=None, primary=False)


def _rows(
    data: _Data,
    terms: Sequence[LogisticTerm],
    quantity: str,
    conventions: Mapping[str, str],
    *,
    primary: bool = True,
    said: str = "",
) -> list[EffectRow]:
    """A row per column; `said` is told of every number that has one."""
    return [
        EffectRow(
            quantity=quantity,
            term=column.term,
            contrast=column.contrast,
            label=data.label(column) + (" (Firth)" if said else ""),
            unit=column.unit,
            estimate=plain(term.odds_ratio),
            lower=plain(term.lower),
            upper=plain(term.upper),
            level=data.spec.level,
            se=plain(term.se),
            statistic=plain(term.statistic),
            p=plain(term.p),
            n=len(data.event),
            events=int(data.event.sum()),
            primary=primary,
            valid=term.valid,
            reason="; ".join(filter(None, [said if term.valid else "", term.reason])),
            not_reached=term.not_reached,
            convention="; ".join(conventions.values()),
        )
        for column, term in zip(data.made.columns, terms, strict=True)
    ]


def _said(fit: LogisticFit) -> str:
    """What a row says where Firth's estimate stands in for a maximum likelihood that does not exist."""
    if not fit.separated or fit.estimator != "firth":
        return ""
    return f"{fit.separation} separation of the outcome: {words('logistic_estimator', 'firth')}"


def _separated(data: _Data, fit: LogisticFit) -> tuple[Note, ...]:
    """Separation with the columns behind it; a search that did not end."""
    labels = {column.name: data.label(column) for column in data.made.columns}
    if fit.separated:
        listed = "; ".join(labels[name] for name in fit.separated)
        done = (
            "Firth's penalised likelihood gives the odds ratios, and the rows say so."
            if fit.estimator == "firth"
            else "Maximum likelihood has no finite estimate; the protocol's estimator is `ml`."
        )
        message = f"{fit.separation.capitalize()} separation of the outcome by: {listed}. {done}"
        return (Note("separation", message, "caution" if fit.estimator == "firth" else "warning"),)
    return () if fit.valid else (no_estimate(fit.reason),)


def _general(data: _Data, rows: Sequence[EffectRow]) -> tuple[Note, ...]:
    """Notes of the covariates: collinear, per too small a unit, known only after the time origin."""
    selection, spec = data.selection, data.spec
    notes = collinearity(selection, data.made)
    notes += small_unit(selection, rows, data.made, spec.per, ratio="odds_ratio")
    return notes + measured_late(selection, spec.terms)


def _any_level(data: _Data, term: str) -> str:
    return f"{data.selection.meaning(term).label}: any difference between levels"


def _model_label(name: str) -> str:
    return f"{'Likelihood-ratio' if name == 'likelihood_ratio' else 'Wald'} test of the model"
