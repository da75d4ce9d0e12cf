"""The data rules by name: how grave a breach is, and the sentence the data manager reads. No sentence holds a value."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType

from y90outcomes.errors import Issue

RULES: Mapping[str, tuple[str, str]] = MappingProxyType({
    "duplicate_key": ("blocking", "another row has the same key"),
    "orphan": ("blocking", "the row belongs to a parent that is not there"),
    "missing_key": ("blocking", "a part of the row's key is empty or unreadable"),
    "unmapped_code": ("blocking", "the cell holds a text the mapping does not list"),
    "bad_date": ("blocking", "the cell is not a whole date in a declared format"),
    "bad_number": ("blocking", "the cell is not a number as the file's dialect writes them"),
    "out_of_bounds": ("blocking", "the value is impossible"),
    "unit_missing": ("blocking", "the mapping gives no unit for this analyte"),
    "date_day_disagree": ("blocking", "the date and the day number of this row are not the same day"),
    "required_missing": ("query", "the cell is empty and the table needs it"),
    "undated_event": ("query", "the event happened and its day is not known"),
    "date_order": ("query", "the dates stand in an impossible order"),
    "after_death": ("query", "the row is dated after the patient's death"),
    "encoding_assumed": ("note", "the encoding of the file was not declared and had to be assumed"),
})  # fmt: skip
"""rule -> (severity, sentence)."""

RELAXABLE = frozenset({"unmapped_code", "bad_date", "bad_number", "out_of_bounds", "unit_missing", "date_day_disagree"})
"""Rules whose cell becomes missing, and whose issue a query, when the study says `on_invalid_cell: missing`."""

LIMIT_PER_RULE = 1000
"""Lines written per rule, centre, table and column; one more line counts the rest."""


def issue(
    rule: str, *, centre: str, file: str, sheet: str, row: int | None, table: str, column: str = "",
    source_column: str = "", detail: str = "", value: str = "", severity: str = "",
) -> Issue:  # fmt: skip
    """An Issue of a rule; `detail` follows the sentence. The id depends on the place alone: stable between runs."""
    place = (rule, centre, file, sheet, "" if row is None else str(row), table, column, source_column)
    digest = hashlib.sha256("\x1f".join(place).encode()).hexdigest()[:10]
    grave, sentence = RULES[rule]
    message = f"{sentence}: {detail}" if detail else sentence
    return Issue(f"{rule}-{digest}", severity or grave, rule, centre, file, sheet, row, table, column, source_column,
                 message, value)  # fmt: skip


def tidy(issues: Iterable[Issue]) -> tuple[Issue, ...]:
    """Issues once each, in reading order, blocking ones kept where the same place is reported twice."""
    best: dict[str, Issue] = {}
    for item in issues:
        known = best.get(item.id)
        if known is None or (known.severity != "blocking" and item.severity == "blocking"):
            best[item.id] = item
    return tuple(
        sorted(best.values(), key=lambda i: (i.centre, i.file, i.sheet, i.row or 0, i.table, i.column, i.rule, i.id))
    )


def issues_csv(issues: Iterable[Issue]) -> str:
    """The issues file as CSV text, values included; cells a spreadsheet would run as a formula get a leading quote."""
    names = [field.name for field in fields(Issue)]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    for item in issues:
        cells = [getattr(item, name) for name in names]
        writer.writerow(["" if cell is None else _harmless(cell) for cell in cells])
    return out.getvalue()


def write_issues(issues: Iterable[Issue], path: Path | str) -> None:
    """Write the issues file (UTF-8 with a byte-order mark, so that Excel reads it), whole or not at all."""
    path = Path(path)
    part = path.with_name(path.name + ".part")
    part.write_bytes(b"\xef\xbb\xbf" + issues_csv(issues).encode("utf-8"))
    part.replace(path)


def _harmless(cell: object) -> object:
    if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r", "\n"):
        return "'" + cell
    return cell
