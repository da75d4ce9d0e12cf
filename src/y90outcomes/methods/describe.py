"""Rows of a summary: levels as n and percent with an interval, numbers by location and spread."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from y90outcomes.estimators.geometric_means import geometric_mean
from y90outcomes.estimators.numbers import Booleans, Estimate
from y90outcomes.estimators.proportions import proportion
from y90outcomes.estimators.summaries import describe
from y90outcomes.methods.common import Selection, plain
from y90outcomes.results import SummaryRow


def summary_rows(
    selection: Selection,
    variable: str,
    groups: Mapping[str, Booleans],
    statistic: str,
    interval: str,
    quantile_type: str,
) -> list[SummaryRow]:
    """One row per group for a number, one per level and group for a category.

    `statistic` "geometric_mean" adds the geometric mean with its 95 % interval; where a value is 0 or below it is None
    and the row says how many are.
    """
    if selection.meaning(variable).numeric:
        return [_number(selection, variable, group, mask, statistic, quantile_type) for group, mask in groups.items()]
    return [row for group, mask in groups.items() for row in _levels(selection, variable, group, mask, interval)]


def _number(
    selection: Selection, variable: str, group: str, mask: Booleans, statistic: str, quantile_type: str
) -> SummaryRow:
    known = selection.meaning(variable)
    values = selection.values(variable).to_numpy(dtype=float)[mask]
    made = describe(values, quantile_type)
    reason = "no value in this group" if not made.n else "one value has no SD" if made.n == 1 else ""
    center = Estimate(n=made.n)
    if statistic == "geometric_mean" and made.n:
        center = geometric_mean(values[~np.isnan(values)])
        reason = "; ".join(filter(None, (reason, center.reason)))
    return SummaryRow(
        variable=variable,
        level=None,
        group=group,
        label=known.label,
        level_label="",
        unit=known.unit,
        kind="number",
        show=statistic,
        n=made.n,
        denominator=int(mask.sum()),
        missing=made.missing,
        mean=plain(made.mean),
        sd=plain(made.sd),
        median=plain(made.median),
        q1=plain(made.q1),
        q3=plain(made.q3),
        low=plain(made.low),
        high=plain(made.high),
        lower=plain(center.lower),
        upper=plain(center.upper),
        geometric_mean=plain(center.estimate),
        reason=reason,
    )


def _levels(selection: Selection, variable: str, group: str, mask: Booleans, interval: str) -> list[SummaryRow]:
    known = selection.meaning(variable)
    values = selection.values(variable)[mask]
    counts = values.value_counts()
    total = int(values.notna().sum())
    rows = []
    for level, label in known.levels.items():
        n = int(counts.get(level, 0))
        made = proportion(n, total, interval=interval)
        rows.append(
            SummaryRow(
                variable=variable,
                level=level,
                group=group,
                label=known.label,
                level_label=label,
                unit="",
                kind="level",
                show="n_percent",
                n=n,
                denominator=total,
                missing=len(values) - total,
                percent=100 * n / total if total else None,
                lower=plain(100 * made.lower),
                upper=plain(100 * made.upper),
                reason=made.reason,
            )
        )
    return rows
