"""A result as CSV at full precision: RFC 4180 with LF line ends, UTF-8, numbers as their shortest round-trip text."""

from __future__ import annotations

import csv
import dataclasses
import io

from y90outcomes.results.cells import cell, safe
from y90outcomes.results.types import ROWS, Result, Table


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
