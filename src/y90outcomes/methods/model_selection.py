"""A multivariable model built by a named rule, with every comparison on the way."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from y90outcomes.cohort import Cohort
from y90outcomes.estimators.model_family import Reported, Response, fit_model, likelihood_ratio, report, wald
from y90outcomes.estimators.numbers import Floats, Test, invalid_test
from y90outcomes.estimators.selection import Move, Search, select_terms
from y90outcomes.methods.common import plain, test_row
from y90outcomes.methods.design import Column, Design, complete_case, design
from y90outcomes.methods.models import FAMILIES, Subjects, column_rows, estimate_notes, hazards_note, rarer, subjects
from y90outcomes.methods.notes import collinearity, few_events, small_unit
from y90outcomes.results import EffectRow, Effects, Note, Result, Table, TableColumn
from y90outcomes.study.analyses import ModelSelectionAnalysis

STAGES = {
    "alone": "Each candidate alone",
    "beside_forced": "Each candidate beside the forced terms",
    "backward": "Backward elimination",
    "aic": "AIC in both directions",
}
RULES = {
    "two_step": "candidates entered at p < {enter:g} beside the forced terms, then elimination at p ≥ {stay:g}",
    "stepwise_aic": "candidates entered at p < {enter:g} alone, then AIC in both directions from the {start} model",
    "enter_all": "candidates entered at p < {enter:g} alone, then all of them together",
    "backward": "all candidates, then backward elimination at p ≥ {stay:g}",
}
_COLUMNS = (
    TableColumn("key", "Key"),
    TableColumn("stage", "Stage"),
    TableColumn("step", "Step", "integer"),
    TableColumn("action", "Action"),
    TableColumn("term", "Term"),
    TableColumn("statistic", "Statistic", "number"),
    TableColumn("df", "df", "integer"),
    TableColumn("p", "p", "number"),
    TableColumn("aic", "AIC after", "number"),
    TableColumn("decision", "Decision"),
    TableColumn("n", "n", "integer"),
    TableColumn("events", "Events", "integer"),
    TableColumn("reason", "Reason"),
)


def model_selection(cohort: Cohort, id: str, spec: ModelSelectionAnalysis) -> list[Result]:
    """The final model `<id>/<ratio>/<term>[/<contrast>]` with a likelihood-ratio test per term and of the model,
    `<id>.univariable`, for two_step `<id>.beside_forced`, and the trace `<id>.trace/<step>.<action>.<term>/<column>`.

    One complete-case set of all candidates and forced terms serves every model.
    """
    who = subjects(cohort, spec)
    every = [*spec.forced, *spec.candidates]
    made = design(who.selection, every, who.usable, per=spec.per, scale=spec.scale)
    outcome = who.response(made.whole)
    blocks = {term: made.matrix[:, positions] for term, positions in made.blocks().items()}
    found = select_terms(
        outcome,
        blocks,
        spec.candidates,
        spec.forced,
        rule=spec.rule,
        enter=spec.enter,
        stay=spec.stay,
        test=spec.test,
        start=spec.start,
    )
    final, rows = _final(who, spec, outcome, made, found)
    notes = _notes(who, spec, made, found, final, rows)
    words = RULES[spec.rule].format(enter=spec.enter, stay=spec.stay, start=spec.start)
    method = f"{FAMILIES[spec.family]} of {who.label}: {words}"
    about = {
        "population": who.selection.label,
        "n": found.n,
        "events": found.events,
        "missing": who.missing + made.dropped,
    }
    conventions = {**who.conventions, "selection_test": spec.test}
    results: list[Result] = [
        Effects(
            id=id,
            title=spec.title,
            method=method,
            conventions=conventions,
            notes=notes,
            caption=spec.caption,
            rows=tuple(rows),
            **about,  # type: ignore[arg-type]
        )
    ]
    shown: list[tuple[str, str, list[str]]] = [("univariable", "each term alone", [])]
    if spec.rule == "two_step" and spec.forced:
        shown.append(("beside_forced", "each candidate beside the forced terms", spec.forced))
    for part, words, beside in shown:
        terms = spec.candidates if beside else every
        lines = [row for term in terms for row in _single(who, spec, outcome, made, term, beside)]
        results.append(
            Effects(
                id=f"{id}.{part}",
                title=f"{spec.title}: {words}",
                method=f"{FAMILIES[spec.family]} of {who.label}, {words}, on the same subjects",
                conventions=conventions,
                rows=tuple(lines),
                **about,  # type: ignore[arg-type]
            )
        )
    return [*results, _trace(who, id, spec.title, found, about)]


def _final(
    who: Subjects, spec: ModelSelectionAnalysis, outcome: Response, made: Design, found: Search
) -> tuple[Reported | None, list[EffectRow]]:
    positions = [i for term in found.chosen for i in made.blocks()[term]]
    if not positions:
        nothing = invalid_test("likelihood_ratio", "no term is in the model", n=found.n)
        return None, [_model_row(nothing, found.events)]
    matrix, columns = made.matrix[:, positions], [made.columns[i] for i in positions]
    final = report(outcome, matrix, [column.name for column in columns])
    rows = column_rows(who, columns, final) + _factor_tests(who, spec.test, outcome, matrix, columns)
    return final, [*rows, _model_row(final.test, final.events)]


def _model_row(test: Test, events: int) -> EffectRow:
    return test_row("likelihood_ratio", "model", test, label="Likelihood-ratio test of the model", events=events)


def _factor_tests(
    who: Subjects, kind: str, outcome: Response, matrix: Floats, columns: Sequence[Column]
) -> list[EffectRow]:
    """The test of each term with several columns, all of them together; its rows carry only their own p."""
    names = [column.name for column in columns]
    terms = [column.term for column in columns]
    wanted = [term for term in dict.fromkeys(terms) if terms.count(term) > 1]
    if not wanted:
        return []
    large = fit_model(outcome, matrix, names)
    rows = []
    for term in wanted:
        at = [i for i, other in enumerate(terms) if other == term]
        rest = [i for i in range(len(terms)) if i not in at]
        if kind == "wald":
            test = wald(large, at)
        else:
            test = likelihood_ratio(fit_model(outcome, matrix[:, rest], [names[i] for i in rest]), large)
        label = f"{who.selection.meaning(term).label}, all levels"
        rows.append(test_row(test.name, term, test, label=label, events=large.events))
    return rows


def _single(
    who: Subjects, spec: ModelSelectionAnalysis, outcome: Response, made: Design, term: str, beside: Sequence[str]
) -> list[EffectRow]:
    """Rows of one term, alone or beside others."""
    positions = [i for other in (*beside, term) for i in made.blocks()[other]]
    matrix, columns = made.matrix[:, positions], [made.columns[i] for i in positions]
    own = [i for i, column in enumerate(columns) if column.term == term]
    model = report(outcome, matrix, [column.name for column in columns], only=own)
    rows = column_rows(who, columns, model) + _factor_tests(who, spec.test, outcome, matrix, columns)
    return [row for row in rows if row.term == term]


def _notes(
    who: Subjects,
    spec: ModelSelectionAnalysis,
    made: Design,
    found: Search,
    final: Reported | None,
    rows: Sequence[EffectRow],
) -> tuple[Note, ...]:
    every = list(made.blocks())
    label = {term: who.selection.meaning(term).label for term in every}
    notes = who.notes(found.chosen) + complete_case(made)
    count, what = rarer(who, found.n, found.events)
    notes += few_events(
        count, len(made.columns), what=what, but="These are all candidates and forced terms, the search itself."
    )
    if found.set_aside:
        said = "; ".join(f"{label[term]}: {reason}" for term, reason in found.set_aside.items())
        notes += (
            Note(
                "set_aside",
                f"Not judged, and so not in the model, for want of a maximum-likelihood estimate: {said}. "
                "A term that separates the outcome may be the strongest of all.",
                "warning",
            ),
        )
    if found.stopped:
        notes += (
            Note(
                "search_stopped",
                f"The search stopped at a model that cannot be estimated: {found.stopped}. The model shown is that "
                "one, not a selected one; fewer or other candidates are needed.",
                "warning",
            ),
        )
    kept = [term for term in found.chosen if term in made.blocks()]
    inside = [made.columns[i] for term in kept for i in made.blocks()[term]]
    if final is not None:
        if len(inside) < len(made.columns):
            notes += few_events(count, len(inside), what=what, but="These are of the final model.")
        notes += estimate_notes([final])
        at = [i for term in kept for i in made.blocks()[term]]
        small = Design(tuple(inside), made.matrix[:, at], made.whole, made.dropped, made.lacking)
        notes += collinearity(who.selection, small)
        notes += small_unit(who.selection, rows, small, spec.per, ratio=who.ratio)
        notes += hazards_note(who, small)
    if not set(found.chosen) - set(spec.forced):
        notes += (Note("none_selected", "No candidate is in the final model."),)
    return (
        *notes,
        Note(
            "after_selection",
            f"Candidates searched: {len(spec.candidates)}. The intervals and p values of the final model take it as "
            "given beforehand; they ignore the search, and are too narrow and too small.",
            "caution",
        ),
    )


def _trace(who: Subjects, id: str, title: str, found: Search, about: dict[str, object]) -> Table:
    return Table(
        id=f"{id}.trace",
        title=f"{title}: trace of the search",
        method="Every comparison in order; AIC is that of the model after the action. Ties go to the term named first.",
        conventions=found.conventions,
        layout={"heading": "stage"},
        columns=_COLUMNS,
        rows=tuple(_cells(who, move) for move in found.moves),
        **about,  # type: ignore[arg-type]
    )


def _cells(who: Subjects, move: Move) -> tuple[str | float | int | None, ...]:
    key = ".".join([str(move.step), move.action] + ([move.term] if move.term else []))
    label = who.selection.meaning(move.term).label if move.term else ""
    return (
        key,
        STAGES[move.stage],
        move.step,
        move.action,
        label,
        plain(move.statistic),
        None if np.isnan(move.df) else int(move.df),
        plain(move.p),
        plain(move.aic),
        move.decision,
        move.n,
        move.events,
        move.reason,
    )
