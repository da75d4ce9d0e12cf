"""A result as CSV at full precision: RFC 4180 with LF line ends, UTF-8, numbers as their shortest round-trip text."""

from __future__ import annotations

import csv
import dataclasses
import io
import re

from y90outcomes.results.types import ROWS, Result, Table

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe(text: str) -> str:
    """`text` so that no spreadsheet runs it: an apostrophe before = + - @ tab CR, unless it is a plain number."""
    return "'" + text if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text


def cell(value: object) -> str:
    """One value: null empty, true/false in words, several joined by "; ", floats by `repr` of a Python float."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(float(value))
    if isinstance(value, tuple):
        return safe("; ".join(map(str, value)))
    return str(int(value)) if isinstance(value, int) else safe(str(value))


def table_csv(result: Result) -> str:
    """The whole of a result's rows with one header line."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    if isinstance(result, Table):
        writer.writerow([safe(column.name) for column in result.columns])
        writer.writerows([cell(value) for value in row] for row in result.rows)
    else:
        names = [field.name for field in dataclasses.fields(ROWS[result.shape])]
        writer.writerow(names)
        rows = result.rows  # type: ignore[attr-defined]  # every shape has rows
        writer.writerows([cell(getattr(row, name)) for name in names] for row in rows)
    return buffer.getvalue()
