"""From a result's shape to a table on a page. Chooses columns and words; every rounding is asked of `format`."""

from __future__ import annotations

from y90outcomes.report.tables.effects import effects_view
from y90outcomes.report.tables.flow import flow_by_centre
from y90outcomes.report.tables.names import QUANTITIES, SHOWS, VERDICTS, quantity_name
from y90outcomes.report.tables.plain import table_view
from y90outcomes.report.tables.summary import summary_view, tests_standing_alone

__all__ = [
    "QUANTITIES",
    "SHOWS",
    "VERDICTS",
    "effects_view",
    "flow_by_centre",
    "quantity_name",
    "summary_view",
    "table_view",
    "tests_standing_alone",
]
