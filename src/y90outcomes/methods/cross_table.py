"""Two categories against each other, with a test of their association."""

from __future__ import annotations

from typing import Any

import numpy as np

from y90outcomes.cohort import Cohort
from y90outcomes.conventions import words
from y90outcomes.methods.common import ALL, group_labels, groups_of, missing_by, select, test_row
from y90outcomes.methods.describe import summary_rows
from y90outcomes.methods.tests import TABLES, WORDS, convention_of, quantity
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
            layout={"orientation": "groups_as_rows"},
            **shared,
        )
    ]
    asked = ([NamedTest(test=spec.test, convention=spec.convention)] if spec.test else []) + spec.also
    if asked:
        values = selection.values(spec.columns)
        levels = selection.meaning(spec.columns).levels
        table = np.array(
            [
                [int((values[mask] == level).sum()) for level in levels]
                for group, mask in groups.items()
                if group != ALL
            ],
            dtype=np.int64,
        ).reshape(-1, len(levels))
        table = table[:, table.sum(axis=0) > 0]
        effects = []
        for index, named in enumerate(asked):
            convention = convention_of(named.test, named.convention)
            label = words(named.test, convention) if convention else WORDS[named.test]
            result = TABLES[named.test](table, convention)
            effects.append(
                test_row(quantity(named.test, named.convention), spec.columns, result, label=label, primary=index == 0)
            )
        first = asked[0]
        chosen = convention_of(first.test, first.convention)
        made.append(
            Effects(
                id=f"{id}.tests",
                title=spec.title,
                method=first.test,
                conventions={first.test: chosen} if chosen else {},
                rows=tuple(effects),
                **shared,
            )
        )
    return made
