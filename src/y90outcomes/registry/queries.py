"""The open questions of each centre as lists it can answer: what to ask, about which cell, with its text beside."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from y90outcomes.errors import Issue
from y90outcomes.registry.queries_answers import LIST, Inputs, RawCells, harmless, value_check
from y90outcomes.registry.queries_xlsx import list_workbook
from y90outcomes.schema import PROVENANCE

OPEN = ("blocking", "query")
"""Severities a centre is asked about; notes are for the analyst."""

PLACE = ["centre", *PROVENANCE]


@dataclass(frozen=True, slots=True)
class Query:
    """One line of a list: a cell, or a row or column where no single raw cell is meant."""

    issue: Issue
    patient_id: str
    column: str
    value: str
    check: str

    def cells(self) -> tuple[str, ...]:
        """The line under the headings of LIST; what the centre fills is blank."""
        item = self.issue
        place = f"{item.table}.{item.column}" if item.column else item.table
        row = "" if item.row is None else str(item.row)
        told = (item.id, item.severity, self.patient_id, item.file, item.sheet, row, self.column, place, self.value,
                f"{item.message[:1].upper()}{item.message[1:]}.")  # fmt: skip
        return (*map(harmless, told), "", "", "", "", "", self.check)


def queries(tables: dict[str, pd.DataFrame], issues: tuple[Issue, ...], inputs: Inputs) -> dict[str, list[Query]]:
    """centre -> its open queries in reading order; an issue about several raw cells has a line for each."""
    cells = RawCells(inputs)
    asked = [item for item in issues if item.severity in OPEN]
    patients = _patients(tables, asked)
    found: dict[str, list[Query]] = {}
    for item in asked:
        found.setdefault(item.centre, []).extend(_lines(item, patients.get(item.id, ""), cells))
    return dict(sorted(found.items()))


def list_csv(lines: list[Query]) -> bytes:
    """A list as CSV: UTF-8 with a byte-order mark, commas, no cell a spreadsheet runs."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(LIST)
    writer.writerows(line.cells() for line in lines)
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")


def list_xlsx(centre: str, lines: list[Query]) -> bytes:
    """A list as a workbook, every cell text, the answer chosen from a list; the same bytes every time."""
    return list_workbook(centre, [line.cells() for line in lines])


def _lines(item: Issue, patient: str, cells: RawCells) -> Iterator[Query]:
    columns = cells.columns(item.centre, item.file, item.sheet, item.source_column) if item.row is not None else []
    for column in columns:
        cell = (item.file, item.sheet, item.row or 0, column)
        text = cells.text(item.centre, cell)
        if text is not None:
            yield Query(item, patient, column, text, value_check(item.centre, cell, text))
    if not columns:
        yield Query(item, patient, "", "", "")


def _patients(tables: dict[str, pd.DataFrame], issues: list[Issue]) -> dict[str, str]:
    """Issue id -> the patient's key as the centre writes it."""
    found: dict[str, str] = {}
    rows = pd.DataFrame(
        [(i.id, i.table, i.centre, i.file, i.sheet, i.row) for i in issues if i.row is not None],
        columns=["id", "table", "centre", "source_file", "source_sheet", "source_row"],
    )
    for name, own in rows.groupby("table", sort=True):
        if name not in tables:
            continue
        frame = tables[str(name)][[*PLACE, "patient_id"]].dropna(subset=["patient_id"]).drop_duplicates(PLACE)
        keyed = frame.assign(source_sheet=frame["source_sheet"].fillna(""))
        keyed = keyed.astype(dict.fromkeys([*PLACE, "patient_id"], object))
        own = own.astype(dict.fromkeys(PLACE, object))
        joined = own.merge(keyed, on=PLACE, how="inner")
        found |= dict(zip(joined["id"], joined["patient_id"].astype(str), strict=True))
    return found
