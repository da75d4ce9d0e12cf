"""Rates of a binary endpoint against each other: each group's rate, each further group against the first, a test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from y90outcomes.cohort import Cohort
from y90outcomes.estimators.numbers import Estimate, Ints
from y90outcomes.estimators.odds_ratio import odds_ratio
from y90outcomes.estimators.two_proportions import proportion_difference, proportion_ratio
from y90outcomes.methods.common import ALL, Selection, absent_first, effect, select
from y90outcomes.methods.proportion import Counts, counted, rates
from y90outcomes.methods.tests import conventions_of, table_rows
from y90outcomes.results import EffectRow, Effects, Note, Result
from y90outcomes.study.analyses import NamedTest, ProportionComparisonAnalysis

Spec = ProportionComparisonAnalysis

_MADE: Mapping[str, Callable[[Spec, int, int, int, int], Estimate]] = {
    "difference": lambda spec, *table: proportion_difference(
        *table, interval=spec.difference_interval, level=spec.level
    ),
    "ratio": lambda spec, *table: proportion_ratio(*table, interval=spec.ratio_interval, level=spec.level),
    "odds_ratio": lambda spec, *table: odds_ratio(*table, kind=spec.odds_ratio, level=spec.level),
}
"""measure -> its estimator, of the further group and then the first."""

_QUANTITY = {"difference": "risk_difference", "ratio": "risk_ratio", "odds_ratio": "odds_ratio"}
_CONVENTION = {
    "difference": ("proportion_difference_interval", "difference_interval"),
    "ratio": ("proportion_ratio_interval", "ratio_interval"),
    "odds_ratio": ("odds_ratio", "odds_ratio"),
}
"""measure -> item of the conventions, field of the page."""
_NO_EFFECT = {"risk_difference": 0.0, "risk_ratio": 1.0, "odds_ratio": 1.0}


def compare_proportions(cohort: Cohort, id: str, spec: Spec) -> list[Result]:
    """`<id>/rate/<group>` in per cent; `<id>.estimates/<measure>/<by>/<group>_vs_<first>`; `<id>.tests/<test>/<by>`.

    Measures are risk_difference (per cent), risk_ratio and odds_ratio. The first level that somebody evaluable has is
    the reference. Groups nobody is in, or nobody evaluable, are named in a note and compared with nothing.
    """
    selection = select(cohort, spec)
    _, _, state = selection.outcome(spec.endpoint)
    counts = counted(selection, state, spec.by)
    main = rates(id, spec, selection)
    shared: dict[str, Any] = {
        "population": selection.label,
        "n": len(selection),
        "groups": main.groups,
        "group_title": main.group_title,
    }
    made: list[Result] = [main]
    if spec.measures:
        rows, notes = _comparisons(selection, spec, counts)
        made.append(
            Effects(
                id=f"{id}.estimates",
                title=spec.title,
                method="compare_proportions",
                conventions={item: getattr(spec, field) for item, field in map(_CONVENTION.__getitem__, spec.measures)},
                notes=notes,
                rows=tuple(rows),
                **shared,
            )
        )
    asked = ([NamedTest(test=spec.test, convention=spec.convention)] if spec.test else []) + spec.also
    if asked:
        table = _table(selection, spec, counts)
        tests, notes = table_rows(cohort.study, asked, spec.by, table, scores=spec.scores)
        if len(made) == 2:
            notes += _disagreement(made[1], tests[0], spec.level)
        made.append(
            Effects(
                id=f"{id}.tests",
                title=spec.title,
                method=asked[0].test,
                conventions=conventions_of(cohort.study, asked[0]),
                notes=notes,
                rows=tuple(tests),
                **shared,
            )
        )
    return made


def _comparisons(selection: Selection, spec: Spec, counts: Counts) -> tuple[list[EffectRow], tuple[Note, ...]]:
    """Every measure of every further group against the first, and what a reader must know of them."""
    known = selection.meaning(spec.by)
    held = absent_first(group for group, (_, n) in counts.items() if group != ALL and n)
    notes: list[Note] = []
    if len(held) < 2:
        notes.append(
            Note("empty_group", "Fewer than two groups hold somebody evaluable: nothing to compare.", "caution")
        )
        return [], tuple(notes)
    first, *further = held
    rows = [
        effect(
            _QUANTITY[measure],
            spec.by,
            _MADE[measure](spec, *counts[group], *counts[first]),
            contrast=f"{group}_vs_{first}",
            label=f"{known.label}: {known.levels[group]} vs {known.levels[first]}",
            unit="%" if measure == "difference" else "",
            scale=100 if measure == "difference" else 1,
        )
        for measure in spec.measures
        for group in further
    ]
    bare = [known.levels[group] for group in held if counts[group][0] in (0, counts[group][1])]
    if bare:
        notes.append(
            Note(
                "zero_cells",
                f"One outcome only in: {', '.join(bare)}. Nothing is added to an empty cell; a ratio or a limit that "
                "does not exist is not shown. The score interval of a ratio and the conditional odds ratio keep the "
                "limit that does.",
                "caution",
            )
        )
    if len(further) > 1:
        notes.append(
            Note("several_comparisons", f"{len(further)} groups are compared with the first; no interval is adjusted.")
        )
    return rows, tuple(notes)


def _table(selection: Selection, spec: Spec, counts: Counts) -> Ints:
    """Without and with the event (k, 2) by every level of the groups, levels nobody has included."""
    levels = selection.meaning(spec.by).levels
    pairs = [counts.get(level, (0, 0)) for level in levels]
    return np.array([(n - events, events) for events, n in pairs], dtype=np.int64).reshape(-1, 2)


def _disagreement(estimates: Result, test: EffectRow, level: float) -> tuple[Note, ...]:
    """A note where, between two groups, an interval and the test draw opposite conclusions at the interval's level."""
    rows = estimates.rows if isinstance(estimates, Effects) else ()
    if test.p is None or len({row.contrast for row in rows}) != 1:
        return ()
    apart = []
    for row in rows:
        none = _NO_EFFECT[row.quantity]
        if (row.lower is None and not row.not_reached) or (row.upper is None and "upper" not in row.not_reached):
            continue
        excluded = (row.lower is not None and row.lower > none) or (row.upper is not None and row.upper < none)
        if excluded != (test.p < 1.0 - level):
            apart.append(row.quantity.replace("_", " "))
    if not apart:
        return ()
    return (
        Note(
            "interval_and_test_disagree",
            f"The test and the interval of the {', '.join(apart)} lead to opposite conclusions: they rest on different "
            "approximations, and neither is a check of the other.",
            "caution",
        ),
    )
