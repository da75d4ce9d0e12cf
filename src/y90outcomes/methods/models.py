"""What model building, subgroups and centres share: the outcome of either family, ratios as rows, notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from y90outcomes.cohort import Cohort
from y90outcomes.estimators.cox_kernel import fit_cox
from y90outcomes.estimators.model_family import RATIO, Ratio, Reported, Response, response
from y90outcomes.estimators.numbers import Booleans, Floats, Ints
from y90outcomes.estimators.proportional_hazards import proportional_hazards
from y90outcomes.methods.common import Selection, about_endpoint, plain, select
from y90outcomes.methods.design import Column, Design
from y90outcomes.methods.kaplan_meier import left_out
from y90outcomes.methods.late import immortal_time, late_terms
from y90outcomes.methods.notes import collinearity, measured_late, no_estimate, not_proportional, small_unit
from y90outcomes.results import EffectRow, Note
from y90outcomes.study.analyses import ModelPage

FAMILIES = {"cox": "Cox regression", "logistic": "Logistic regression"}
POOLED = "all"
"""Term of a row about everybody, as the group of everybody."""


@dataclass(frozen=True, slots=True, eq=False)
class Subjects:
    """The rows of an analysis and their outcome: `usable` (n,) rows have one; time is None of a binary endpoint."""

    spec: ModelPage
    selection: Selection
    label: str
    usable: Booleans
    event: Floats
    time: Floats | None

    @property
    def ratio(self) -> str:
        """hazard_ratio or odds_ratio."""
        return RATIO[self.spec.family]

    @property
    def missing(self) -> int:
        """Rows without an outcome."""
        return int((~self.usable).sum())

    def response(self, rows: Booleans, strata: Ints | None = None) -> Response:
        """The outcome of `rows` (n,), which must be usable, with the conventions of the protocol."""
        spec = self.spec
        return response(
            self.event[rows],
            None if self.time is None else self.time[rows],
            ties=spec.ties,
            estimator=spec.estimator,
            inference=spec.inference,
            cox_inference=spec.cox_inference,
            level=spec.level,
            strata=None if strata is None else strata[rows],
        )

    @property
    def conventions(self) -> dict[str, str]:
        """Conventions of the family."""
        if self.spec.family == "cox":
            return {"cox_ties": self.spec.ties, "cox_inference": self.spec.cox_inference}
        return {"logistic_estimator": self.spec.estimator, "logistic_inference": self.spec.inference}

    def notes(self, terms: Sequence[str]) -> tuple[Note, ...]:
        """Notes of the outcome, and of terms measured after the time origin."""
        found = left_out(self.missing, len(self.selection)) + about_endpoint(self.selection, self.spec.endpoint)
        if self.time is not None:
            return found + immortal_time(late_terms(self.selection, terms, self.spec.endpoint))
        return found + measured_late(self.selection, terms)


def subjects(cohort: Cohort, spec: ModelPage) -> Subjects:
    """The rows of the analysis set with their outcome. ValueError for an endpoint of the other family's kind."""
    selection = select(cohort, spec)  # type: ignore[arg-type]  # every page of a model is an analysis
    outcome, time, state = selection.outcome(spec.endpoint)
    if (time is None) != (spec.family == "logistic"):  # the protocol's check refuses this before any data are read
        raise ValueError(f"{spec.endpoint!r} does not fit a {spec.family} model")
    usable = state.notna().to_numpy(dtype=bool)
    times = None
    if time is not None:
        usable &= time.notna().to_numpy(dtype=bool)
        times = time.to_numpy(dtype=float)
    return Subjects(spec, selection, outcome.label, usable, state.to_numpy(dtype=float), times)


def ratio_row(
    who: Subjects,
    made: Ratio,
    model: Reported,
    *,
    term: str,
    contrast: str | None,
    label: str,
    unit: str = "",
    primary: bool = True,
) -> EffectRow:
    """One ratio as a row, its convention the inference and, of a logistic model, the estimator used."""
    said = [name for item, name in model.conventions.items() if item != "cox_ties"]
    reason = made.reason
    if model.separated and made.valid:
        reason = "; ".join(filter(None, ["separation: Firth's penalised estimate", reason]))
    return EffectRow(
        quantity=who.ratio,
        term=term,
        contrast=contrast,
        label=label,
        unit=unit,
        estimate=plain(made.estimate),
        lower=plain(made.lower),
        upper=plain(made.upper),
        level=who.spec.level,
        se=plain(made.se),
        statistic=plain(made.statistic),
        p=plain(made.p),
        n=model.n,
        events=model.events,
        primary=primary,
        valid=made.valid,
        reason=reason,
        not_reached=made.not_reached,
        convention="; ".join(said),
    )


def column_rows(who: Subjects, columns: Sequence[Column], model: Reported) -> list[EffectRow]:
    """A row per column of a model."""
    return [
        ratio_row(
            who,
            made,
            model,
            term=column.term,
            contrast=column.contrast,
            label=column.label(who.selection.meaning(column.term)),
            unit=column.unit,
        )
        for column, made in zip(columns, model.terms, strict=True)
    ]


def rarer(who: Subjects, n: int, events: int) -> tuple[int, str]:
    """What limits the number of parameters, and its name: events, or the rarer of a binary outcome."""
    return (events, "events") if who.time is not None else (min(events, n - events), "of the rarer outcome")


def estimate_notes(models: Sequence[Reported]) -> tuple[Note, ...]:
    """Notes where Firth's estimate stands in for a maximum likelihood that does not exist, and where there is none."""
    found: dict[str, Note] = {}
    if any(model.separated and model.conventions.get("logistic_estimator") == "firth" for model in models):
        found["firth"] = Note(
            "separation",
            "Some combination of covariates separates the outcome: Firth's penalised likelihood is used there, and the "
            "rows say so.",
            "caution",
        )
    where = "" if len(models) == 1 else " in some rows"
    for model in models:
        if not model.valid:
            note = no_estimate(model.reason, where=where)
            found.setdefault(note.kind, note)
    return tuple(found.values())


def hazards_note(who: Subjects, made: Design, strata: Ints | None = None) -> tuple[Note, ...]:
    """A note where hazards of a Cox model of a design are not proportional, by the test's default time."""
    if who.time is None or not made.columns:
        return ()
    rows = made.whole
    kernel = fit_cox(
        who.time[rows],
        who.event[rows],
        made.matrix,
        made.names,
        strata=None if strata is None else strata[rows],
        ties=who.spec.ties,
    )
    labels = {term: who.selection.meaning(term).label for term in made.blocks()}
    return not_proportional(labels, proportional_hazards(kernel, made.blocks()))


def exposure_notes(who: Subjects, exposure: str, made: Design, row: EffectRow) -> tuple[Note, ...]:
    """Notes of one exposure beside its adjustment: collinear, per too small a unit; `row` is its pooled effect."""
    shown = replace(row, term=exposure, contrast=None)
    notes = collinearity(who.selection, made)
    return notes + small_unit(who.selection, [shown], made, who.spec.per, ratio=who.ratio)
