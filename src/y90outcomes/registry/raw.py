"""What every reader hands over: text cells under their headings, with the row numbers a person sees."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from y90outcomes.errors import Fault, InputError, choices, nearest
from y90outcomes.registry.mapping import Dialect


@dataclass(frozen=True, slots=True)
class Request:
    """What to read: the file on disk, how messages name it, and what the mapping says about its form."""

    path: Path
    shown: str
    centre: str
    sheet: str | None
    header_row: int
    dialect: Dialect


@dataclass(frozen=True, slots=True)
class RawFrame:
    """One raw table. `frame` holds text only, "" for an empty cell; `rows` the line or sheet row of each record.

    `note` is a remark for the data manager ("" for none), such as an encoding that had to be assumed.
    """

    centre: str
    file: str
    sheet: str
    frame: pd.DataFrame
    rows: NDArray[np.int64]
    sha256: str
    note: str = ""


def heading(text: str) -> str:
    """A heading as it is compared: NFC, every run of white space one blank, trimmed."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def build(
    request: Request, sheet: str, header: Sequence[str], records: Sequence[Sequence[str]], rows: Sequence[int],
    content: bytes, note: str = "",
) -> RawFrame:  # fmt: skip
    """A RawFrame from a header and its records (all as long as the header); empty records are dropped."""
    place = f"{request.shown}, sheet {sheet!r}" if sheet else request.shown
    names = [heading(name) for name in header]
    if not any(names):
        raise InputError(
            Fault(f"{place}, row {request.header_row}", "the header row is empty", "a row of column names",
                  "set header_row to the row that holds the headings")
        )  # fmt: skip
    twice = [name for name, count in Counter(names).items() if name and count > 1]
    where = {name: [str(i + 1) for i, other in enumerate(names) if other == name] for name in twice}
    if twice:
        raise InputError(
            [Fault(f"{place}, row {request.header_row}", f"columns {' and '.join(where[name])} have the same heading",
                   "each heading once", "rename one of them in the file, or correct header_row") for name in twice]
        )  # fmt: skip
    kept = [i for i, record in enumerate(records) if any(cell and not cell.isspace() for cell in record)]
    if not kept:
        raise InputError(
            Fault(
                place, "holds a header and no rows", "at least one row of data", "check the file, sheet and header_row"
            )
        )
    named = [(i, name) for i, name in enumerate(names) if name]
    frame = pd.DataFrame({name: pd.Series([records[k][i].strip() for k in kept], dtype=object) for i, name in named})
    numbers = np.asarray([rows[k] for k in kept], dtype=np.int64)
    digest = hashlib.sha256(content).hexdigest()
    return RawFrame(request.centre, request.shown, sheet, frame, numbers, digest, note)


def unknown_heading(place: str, name: str, raw: RawFrame) -> Fault:
    """The fault of a mapping that names a column the file does not have.

    Only look-alikes are offered: where header_row points at a patient's row, a list of headings would print it.
    """
    where = f"{raw.file}, sheet {raw.sheet!r}" if raw.sheet else raw.file
    close = nearest(heading(name), list(raw.frame.columns))
    allowed = choices(heading(name), close) if close else f"one of its {len(raw.frame.columns)} headings"
    return Fault(place, f"{where} has no column {name!r}", allowed,
                 "write the heading as it stands in the file, and check header_row")  # fmt: skip
