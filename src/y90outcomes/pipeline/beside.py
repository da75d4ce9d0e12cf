"""What a report sets beside its paper: reproduction, audit of the printed numbers, printed tables, reconstruction."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from y90outcomes.pipeline.audit import audit_beside, audit_tables
from y90outcomes.pipeline.percentiles import changed, read_plausibility
from y90outcomes.pipeline.reproduction import SYNTHETIC, reproduction
from y90outcomes.published.counts_table import printed_tables
from y90outcomes.published.denominator_table import denominators_table
from y90outcomes.published.reconstruction.table import reconstruction_tables
from y90outcomes.published.statistics import read_published_page
from y90outcomes.results import Results, Table
from y90outcomes.study import Study


def beside(results: Results, study: Study, page: str | Path) -> tuple[Table, ...]:
    """The tables a report has beside its paper's printed numbers, the reproduction first.

    raises  InputError for a page that cannot be read, or an address in it that names no number
    """
    published, folder = read_published_page(page), Path(page).parent
    statistics = tuple(published.statistics.values())
    stored = read_plausibility(folder) if study.origin == SYNTHETIC else None
    stale = changed(stored, study, folder, statistics) if stored else ()
    table = reproduction(results, statistics, stored, stale)
    made = audit_beside(published, folder, table)
    checked = any(line.checks for line in made.lines)
    real = study.origin != SYNTHETIC  # the paper's own tables stand beside its own patients only
    implied = (denominators_table(folder), *reconstruction_tables(folder))
    more_tables = (
        *(audit_tables(made) if checked else ()),
        *(printed_tables(page) if real else ()),
        *(replace(one, id=f"{table.id}.{one.id}") for one in implied if one is not None),
    )
    return (table, *(replace(one, layout={**one.layout, "of_the_paper": True}) for one in more_tables))
