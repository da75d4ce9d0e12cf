"""What every reader hands over: text cells under their headings, with the row numbers a person sees."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from y90outcomes.errors import Fault, InputError, choices, nearest
from y90outcomes.registry.mapping import Dialect

LIMIT_COLUMNS = 20_000
LIMIT_CELLS = 100_000_000
"""A registry's table is far below both; a file above them was made to exhaust the machine, or has strayed."""

LIMIT_TEXT = 131_072
"""Characters of one cell; as many as the csv module of Python takes."""

UNCALCULATED = "#UNCALCULATED!"
"""Text of a spreadsheet cell whose formula was stored without its value."""

_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_MOST = 20
_PIECE = 1000


@dataclass(frozen=True, slots=True)
class Request:
    """What to read: the file on disk, how messages name it, and what the mapping says about its form.

    table        table of a database, `schema.table` where it has schemas
    values       whether a labelled value arrives as its label or as its code
    connection   name of the environment variable that holds a PostgreSQL address
    dictionary   REDCap's data dictionary; `instrument` and `event` choose rows of its export
    catalogue    a SAS format catalogue (.sas7bcat), which holds the value labels
    """

    path: Path
    shown: str
    centre: str
    sheet: str | None
    header_row: int
    dialect: Dialect
    table: str | None = None
    values: Literal["labels", "codes"] = "labels"
    connection: str | None = None
    dictionary: Path | None = None
    instrument: str | None = None
    event: tuple[str, ...] = ()
    catalogue: Path | None = None


@dataclass(frozen=True, slots=True)
class RawFrame:
    """One raw table. `frame` holds text only, "" for an empty cell; `rows` the line, sheet row or record of each row.

    note     a remark for the data manager ("" for none), such as an encoding that had to be assumed
    typed    the file stores dates as dates; they arrive in ISO form whatever date format the mapping declares
    missing  column → text → reason, for the missing codes the file itself declares (SPSS, Stata, SAS)
    broken   texts that stand for no value at all: a spreadsheet's error cells and formulas never calculated
    """

    centre: str
    file: str
    sheet: str
    frame: pd.DataFrame
    rows: NDArray[np.int64]
    sha256: str
    note: str = ""
    typed: bool = False
    missing: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()


def heading(text: str) -> str:
    """A heading as it is compared: NFC, every run of white space one blank, trimmed."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def cell_text(value: Any, decimal: str = ".", single: bool = False) -> str:
    """A stored value as the text a careful person would copy out.

    Numbers are the shortest decimal that reads back to the same double (`single`: to the same 32-bit float), whole ones
    without a point, with `decimal` as their mark. Dates are ISO, a time of day only where there is one. None and NaN
    are "". Raises TypeError for what has no text (bytes, lists).
    """
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, float | np.floating):
        number = float(value)
        if number != number:
            return ""
        if number.is_integer() and abs(number) < 1e15:
            return str(int(number))
        return (str(np.float32(number)) if single else repr(number)).replace(".", decimal)
    if isinstance(value, Decimal):
        return "" if value.is_nan() else format(value, "f").replace(".", decimal)
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time() and value.tzinfo is None
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta | uuid.UUID):
        return str(value)
    raise TypeError(type(value).__name__)


def check_extent(place: str, rows: int, columns: int) -> None:
    """Refuse a table out of all proportion before it is laid out in memory."""
    if columns > LIMIT_COLUMNS or rows * columns > LIMIT_CELLS:
        raise InputError(
            Fault(place, f"spans {rows} rows and {columns} columns",
                  f"at most {LIMIT_COLUMNS} columns and {LIMIT_CELLS} cells",
                  "delete stray cells far from the table, or send only the table that is needed")
        )  # fmt: skip


def file_digest(path: Path) -> str:
    """sha256 of a file, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def build(
    request: Request, sheet: str, header: Sequence[str], records: Sequence[Sequence[str]], rows: Sequence[int],
    digest: str, *, note: str = "", typed: bool = False, broken: Iterable[str] = (),
) -> RawFrame:  # fmt: skip
    """A RawFrame from a header and its records (all as long as the header); see `assemble`."""
    cells, width = list(chain.from_iterable(records)), len(header)
    columns = [cells[i::width] for i in range(width)]  # slices of one list are ten times as quick as zip(*records)
    return assemble(request, sheet, header, columns, rows, digest, note=note, typed=typed, broken=broken)


def assemble(
    request: Request, sheet: str, header: Sequence[str], columns: Sequence[Sequence[str]], rows: Sequence[int],
    digest: str, *, note: str = "", typed: bool = False, missing: Mapping[str, Mapping[str, str]] | None = None,
    broken: Iterable[str] = (),
) -> RawFrame:  # fmt: skip
    """A RawFrame from headings and their columns of text. Cells are trimmed; rows with nothing in them are dropped.

    Raises InputError for an empty header, two equal headings, no rows, control characters, endless texts.
    """
    place = f"{request.shown}, sheet {sheet!r}" if sheet else request.shown
    above = f"{place}, row {request.header_row}"
    names = [heading(name) for name in header]
    if not any(names):
        raise InputError(
            Fault(above, "the header row is empty", "a row of column names",
                  "set header_row to the row that holds the headings")
        )  # fmt: skip
    twice = [name for name, count in Counter(names).items() if name and count > 1]
    if twice:
        where = {name: [str(i + 1) for i, other in enumerate(names) if other == name] for name in twice[:_MOST]}
        raise InputError(
            [Fault(above, f"columns {' and '.join(numbers)} have the same heading", "each heading once",
                   "rename one of them in the file, or correct header_row") for numbers in where.values()]
        )  # fmt: skip
    if any(_CONTROL.search(name) for name in names):
        raise InputError(Fault(above, "a heading holds control characters", "plain text", "correct the header row"))
    named = [(i, name) for i, name in enumerate(names) if name]
    data = {name: np.array([cell.strip() for cell in columns[i]], dtype=object) for i, name in named}
    numbers = np.asarray(rows, dtype=np.int64)
    _check_cells(place, data, numbers)
    filled = np.zeros(len(numbers), dtype=bool)
    for cells in data.values():
        filled |= (cells != "").astype(bool)
    if not filled.any():
        raise InputError(
            Fault(place, "holds a header and no rows", "at least one row of data",
                  "check the file, sheet and header_row")
        )  # fmt: skip
    if not filled.all():
        data = {name: cells[filled] for name, cells in data.items()}
    frame = pd.DataFrame(data)
    return RawFrame(
        request.centre, request.shown, sheet, frame, numbers[filled], digest, note, typed,
        missing or {}, frozenset(broken),
    )  # fmt: skip


def _check_cells(place: str, data: Mapping[str, NDArray[np.object_]], rows: NDArray[np.int64]) -> None:
    """Refuse control characters and endless texts; looked for piece by piece, so that no column is held twice."""
    faults: list[Fault] = []
    for name, cells in data.items():
        at = f"{place}, column {name!r}"
        if max(map(len, cells), default=0) > LIMIT_TEXT:
            long = [int(rows[i]) for i, cell in enumerate(cells) if len(cell) > LIMIT_TEXT]
            faults.append(
                Fault(at, f"an endless text in row {_listed(long)}", f"at most {LIMIT_TEXT} characters in a cell",
                      "shorten these cells, or leave the column out")
            )  # fmt: skip
        elif any(_CONTROL.search("".join(cells[i : i + _PIECE])) for i in range(0, len(cells), _PIECE)):
            bad = [int(rows[i]) for i, cell in enumerate(cells) if _CONTROL.search(cell)]
            faults.append(
                Fault(at, f"control characters in row {_listed(bad)}", "plain text",
                      "clean these cells, or check the encoding and the format of the file")
            )  # fmt: skip
    if faults:
        raise InputError(faults[:_MOST])


def _listed(rows: Sequence[int]) -> str:
    return ", ".join(map(str, rows[:5])) + (f" and {len(rows) - 5} more" if len(rows) > 5 else "")


def unknown_heading(place: str, name: str, raw: RawFrame) -> Fault:
    """The fault of a mapping that names a column the file does not have.

    Only look-alikes are offered: where header_row points at a patient's row, a list of headings would print it.
    """
    where = f"{raw.file}, sheet {raw.sheet!r}" if raw.sheet else raw.file
    close = nearest(heading(name), list(raw.frame.columns))
    allowed = choices(heading(name), close) if close else f"one of its {len(raw.frame.columns)} headings"
    return Fault(place, f"{where} has no column {name!r}", allowed,
                 "write the heading as it stands in the file, and check header_row")  # fmt: skip
