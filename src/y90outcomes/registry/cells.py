"""One canonical cell from one or several raw cells: how the words of a mapping put them together, text by text.

Several raw cells of a row travel as one text joined by SEPARATOR, so that each distinct combination is read once.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from y90outcomes.registry.mapping_columns import ColumnMapping, DateParts
from y90outcomes.registry.raw import RawFrame, heading
from y90outcomes.registry.values import Parsed
from y90outcomes.schema import MULTIPLE, Column
from y90outcomes.units import normalise

SEPARATOR = "\x1f"
NONE_TICKED = "none_ticked"
"""Why a cell is empty when no box of a list is ticked and the mapping names no code for that."""

Read = Callable[[str], tuple[Any, str, str]]
"""text → (value, reason when empty, rule when unreadable); at most one of the three is given."""

Objects = NDArray[np.object_]


def raw_texts(raw: RawFrame, spec: ColumnMapping, rows: NDArray[np.int64]) -> Objects:
    """The cells a column is made from, row by row, joined by SEPARATOR; a constant repeated."""
    if spec.from_ is None:
        return np.full(len(rows), spec.constant, dtype=object)
    columns = [raw.frame[heading(name)].to_numpy(dtype=object)[rows] for name in spec.raw_columns]
    texts = columns[0]
    for cells in columns[1:]:
        texts = texts + SEPARATOR + cells
    return np.asarray(texts, dtype=object)


def shown(text: str) -> str:
    """Joined cells as the issues file shows them."""
    return text.replace(SEPARATOR, " | ")


def nfc(text: object) -> str:
    """A cell as it is compared with the page: NFC, trimmed."""
    return unicodedata.normalize("NFC", str(text)).strip()


def cell_reader(
    spec: ColumnMapping,
    column: Column,
    absent: Mapping[str, str],
    parser: Callable[[str | None], Callable[[str], Parsed] | str],
    codes: Mapping[str, str],
) -> Read:
    """The reader of one distinct (joined) text.

    `parser` gives the reader of a bare value for a unit (None: the unit of the mapping), or the rule that is broken;
    `absent` is text → reason; `codes` the column's code list.
    """
    if spec.tick is not None:
        return _ticks(spec, column, absent, codes)
    compose = _composer(spec, absent)
    one = _one(spec, column, absent, codes)
    if spec.unit_from is None:
        parse = parser(None)
        if isinstance(parse, str):
            broken = parse
            return lambda text: one(*compose(text.split(SEPARATOR)), lambda _text: (None, broken))
        return lambda text: one(*compose(text.split(SEPARATOR)), parse)
    units = {nfc(text): unit for text, unit in (spec.units or {}).items()}

    def read(text: str) -> tuple[Any, str, str]:
        *cells, unit = text.split(SEPARATOR)
        unit = nfc(unit)
        found = parser(units.get(unit, unit) or None)
        if isinstance(found, str):
            broken = found
            return one(*compose(cells), lambda _text: (None, broken))
        return one(*compose(cells), found)

    return read


def refusing(read: Read, broken: frozenset[str], spec: ColumnMapping, absent: Mapping[str, str]) -> Read:
    """`read`, but a cell that holds an error instead of a value breaks `error_cell`, unless the page lists its text."""
    texts = broken - set(absent) - {nfc(text) for text in spec.codes or {}}
    if not texts or spec.from_ is None:
        return read
    return lambda text: (None, "", "error_cell") if texts.intersection(text.split(SEPARATOR)) else read(text)


def _one(
    spec: ColumnMapping, column: Column, absent: Mapping[str, str], codes: Mapping[str, str]
) -> Callable[[str, str, Callable[[str], Parsed]], tuple[Any, str, str]]:
    """(text, reason already known, parse) → outcome: codes, then missing codes, then the value itself."""
    translate = {nfc(text): code for text, code in (spec.codes or {}).items()}
    exhaustive = column.type in ("code", "codes", "boolean") and spec.codes is not None

    def single(text: str, parse: Callable[[str], Parsed]) -> tuple[Any, str, str]:
        if text in translate:
            value, rule = parse(translate[text])
            return value, "", rule
        if text in absent:
            return None, absent[text], ""
        if exhaustive:
            return None, "", "unmapped_code"
        value, rule = parse(text)
        return value, "", rule

    def several(text: str, parse: Callable[[str], Parsed]) -> tuple[Any, str, str]:
        if text in translate or text in absent:
            return single(text, parse)
        found = [single(nfc(part), parse) for part in text.split(str(spec.separator)) if part.strip()]
        for outcome in found:
            if outcome[0] is None:
                return outcome
        return together([outcome[0] for outcome in found], codes), "", ""

    chosen = several if spec.separator is not None else single
    return lambda text, reason, parse: (None, reason, "") if reason else chosen(text, parse)


def together(found: list[str], codes: Mapping[str, str]) -> str:
    """Several codes as one canonical text: each once, in the order of the code list."""
    chosen = {code for text in found for code in text.split(MULTIPLE)}
    return MULTIPLE.join(code for code in codes if code in chosen)


def _composer(spec: ColumnMapping, absent: Mapping[str, str]) -> Callable[[list[str]], tuple[str, str]]:
    """Cells → (text, "") or ("", reason when it is already known why there is none)."""
    if isinstance(spec.from_, DateParts):
        return lambda cells: _date_text([nfc(cell) for cell in cells], absent)
    if spec.split is not None and spec.part is not None:
        cut, part = spec.split, spec.part

        def piece(cells: list[str]) -> tuple[str, str]:
            text = nfc(cells[0])
            if text in absent:
                return "", absent[text]
            pieces = text.split(cut)
            return (pieces[part - 1].strip() if part <= len(pieces) else ""), ""

        return piece
    if spec.join is not None:
        glue = spec.join

        def joined(cells: list[str]) -> tuple[str, str]:
            texts = [nfc(cell) for cell in cells]
            gone = [absent[text] for text in texts if text in absent]
            return ("", gone[0]) if gone else (glue.join(texts), "")

        return joined
    if spec.first_filled:

        def first(cells: list[str]) -> tuple[str, str]:
            texts = [nfc(cell) for cell in cells]
            filled = [text for text in texts if text not in absent]
            told = [text for text in texts if text] or texts
            return (filled[0], "") if filled else ("", absent[told[0]])

        return first
    return lambda cells: (nfc(cells[0]), "")


def _date_text(cells: list[str], absent: Mapping[str, str]) -> tuple[str, str]:
    """Year, month and day as one text; parts that are missing at the end are left out."""
    if cells[0] in absent and all(cell in absent for cell in cells):
        return "", absent[next((cell for cell in cells if cell), "")]
    given = ["" if cell in absent else cell for cell in cells]
    while given and not given[-1]:
        given.pop()
    return "-".join(given), ""


def _ticks(spec: ColumnMapping, column: Column, absent: Mapping[str, str], codes: Mapping[str, str]) -> Read:
    on = {nfc(text) for text in spec.ticked or ()}
    off = {nfc(text) for text in spec.unticked}

    def read(text: str) -> tuple[Any, str, str]:
        cells = [nfc(cell) for cell in text.split(SEPARATOR)]
        if any(cell not in on and cell not in off and cell not in absent for cell in cells):
            return None, "", "unmapped_code"
        found = [code for code, cell in zip(spec.tick or (), cells, strict=True) if cell in on]
        if found:
            several = len(set(found)) > 1 and column.type != "codes"
            return (None, "", "several_ticked") if several else (together(found, codes), "", "")
        gone = [absent[cell] for cell in cells if cell in absent and cell not in off]
        if gone:
            return None, gone[0], ""
        return (None, NONE_TICKED, "") if spec.none_ticked is None else (spec.none_ticked, "", "")

    return read


def unit_key(unit: str | None) -> str:
    """A unit text as parsers are kept by it."""
    return "" if unit is None else normalise(unit)
