"""Estimates and tests as a table: the form is chosen by what the rows are about."""

from __future__ import annotations

from collections.abc import Mapping

from y90outcomes.report.family import family_view, is_family
from y90outcomes.report.tables.by_group import by_group
from y90outcomes.report.tables.by_row import by_row
from y90outcomes.report.tables.cutoffs import cutoffs_view, is_cutoffs
from y90outcomes.report.view import View
from y90outcomes.results.types import Effects


def effects_view(result: Effects, groups: Mapping[str, str] | None = None, time_unit: str = "") -> View:
    """Estimates with their interval: one row per group when every estimate is of a group, else one per estimate.

    `groups` are labels of the analysis' groups, `time_unit` that of its curve: "at 12" reads "at 12 months".
    """
    names = {**(groups or {}), **result.groups}
    if is_family(result):
        return family_view(result)
    if is_cutoffs(result):
        return cutoffs_view(result)
    known = {"all", *names}
    estimates = [row for row in result.rows if not row.is_test]
    if (
        estimates
        and all(row.term in known for row in estimates)
        and len({row.term for row in estimates}) < len(estimates)
    ):
        return by_group(result, names, estimates, time_unit)
    return by_row(result, names)
