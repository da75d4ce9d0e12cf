"""Two categories against each other, with a test of their association."""

from __future__ import annotations

from typing import Any

import numpy as np

from y90outcomes.cohort import Cohort
from y90outcomes.estimators.numbers import Ints
from y90outcomes.methods.common import Selection, group_labels, groups_of, missing_by, select
from y90outcomes.methods.describe import summary_rows
from y90outcomes.methods.tests import conventions_of, table_rows
from y90outcomes.results import Effects, Result, Summary
from y90outcomes.study.analyses import CrossTableAnalysis, NamedTest


def cross_table(cohort: Cohort, id: str, spec: CrossTableAnalysis) -> list[Result]:
    """`<id>`: the column variable by the levels of the row variable, percent of a row; `<id>.tests`: association."""
    selection = select(cohort, spec)
    groups = groups_of(selection, spec.rows)
    rows = summary_rows(selection, spec.columns, groups, "n_percent", spec.interval, "7")
    shared: dict[str, Any] = {
        "population": selection.label,
        "n": len(selection),
        "groups": group_labels(selection, spec.rows),
        "group_title": selection.meaning(spec.rows).label,
    }
    made: list[Result] = [
        Summary(
            id=id,
            title=spec.title,
            method="cross_table",
            conventions={"proportion_interval": spec.interval},
            notes=missing_by(selection, spec.rows),
            caption=spec.caption,
            rows=tuple(rows),
            **shared,
        )
    ]
    asked = ([NamedTest(test=spec.test, convention=spec.convention)] if spec.test else []) + spec.also
    if asked:
        rows_found, notes = table_rows(cohort.study, asked, spec.columns, counts(selection, spec), scores=spec.scores)
        first = asked[0]
        made.append(
            Effects(
                id=f"{id}.tests",
                title=spec.title,
                method=first.test,
                conventions=conventions_of(cohort.study, first),
                rows=tuple(rows_found),
                notes=notes,
                **shared,
            )
        )
    return made


def counts(selection: Selection, spec: CrossTableAnalysis) -> Ints:
    """Subjects by level of the row and of the column variable, every level of both; who lacks one is in no cell."""
    first, second = selection.values(spec.rows), selection.values(spec.columns)
    rows, columns = list(selection.meaning(spec.rows).levels), list(selection.meaning(spec.columns).levels)
    table = [[int((first.eq(row) & second.eq(column)).fillna(False).sum()) for column in columns] for row in rows]
    return np.array(table, dtype=np.int64).reshape(len(rows), len(columns))
