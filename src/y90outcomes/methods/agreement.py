"""Agreement of two readings of the same subjects: their cross table, kappa, observed agreement."""

from __future__ import annotations

from typing import Any

import numpy as np

from y90outcomes.cohort import Cohort
from y90outcomes.conventions import words
from y90outcomes.estimators.kappa import kappa
from y90outcomes.estimators.proportions import proportion
from y90outcomes.methods.common import effect, group_labels, groups_of, missing_by, select
from y90outcomes.methods.describe import summary_rows
from y90outcomes.results import Effects, Note, Result, Summary
from y90outcomes.study.analyses import AgreementAnalysis
from y90outcomes.study.speaking import convention


def agreement(cohort: Cohort, id: str, spec: AgreementAnalysis) -> list[Result]:
    """`<id>`: the column reading by the row reading, percent of a row; `<id>.estimates`: kappa and observed agreement.

    Addresses `<id>.estimates/kappa/<columns>` and `<id>.estimates/observed_agreement/<columns>` (per cent). A subject
    without both readings is left out and counted.
    """
    selection = select(cohort, spec)
    levels = list(selection.meaning(spec.rows).levels)
    first, second = selection.values(spec.rows), selection.values(spec.columns)
    table = np.array(
        [[int((first.eq(row) & second.eq(column)).fillna(False).sum()) for column in levels] for row in levels],
        dtype=np.int64,
    ).reshape(len(levels), len(levels))
    n = int(table.sum())
    shared: dict[str, Any] = {
        "population": selection.label,
        "groups": group_labels(selection, spec.rows),
        "group_title": selection.meaning(spec.rows).label,
    }
    interval = convention(cohort.study, "proportion_interval")
    rows = summary_rows(selection, spec.columns, groups_of(selection, spec.rows), "n_percent", interval, "7")
    label = f"{selection.meaning(spec.columns).label} against {selection.meaning(spec.rows).label}"
    made = kappa(table, weights=spec.weights, level=spec.level)
    same = proportion(int(np.trace(table)), n, interval=interval, level=spec.level)
    lost = len(selection) - n
    notes = missing_by(selection, spec.rows)
    more = (Note("missing_reading", f"{lost} of {len(selection)} lack one reading or both and are left out."),)
    weights = words("kappa_weights", spec.weights)
    return [
        Summary(
            id=id, title=spec.title, n=len(selection), method="agreement",
            conventions={"proportion_interval": interval}, notes=notes, caption=spec.caption, rows=tuple(rows),
            **shared,
        ),
        Effects(
            id=f"{id}.estimates", title=spec.title, n=n, missing=lost, method="Agreement of two readings",
            conventions={"kappa_weights": spec.weights, "proportion_interval": interval},
            notes=more if lost else (),
            rows=(
                effect("kappa", spec.columns, made, label=f"{weights}: {label}"),
                effect("observed_agreement", spec.columns, same, label=f"Observed agreement: {label}", unit="%",
                       scale=100),
            ), **shared,
        ),
    ]  # fmt: skip
