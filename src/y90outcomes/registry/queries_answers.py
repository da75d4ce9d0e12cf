"""Answered query lists in `corrections/`: read, judged, applied to the raw cells before anything is read from them.

A centre sends its list back as it is; it is laid into the study folder unchanged. A correction replaces the text of one
raw cell, in the centre's own units and writing, so every later step treats it like the original. Who, when and why stay
with it, and so does the text that stood there: the raw file is never touched.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from y90outcomes.errors import Fault, InputError, Issue, choices
from y90outcomes.registry.mapping import CentreMapping, FileMapping
from y90outcomes.registry.raw import RawFrame, cell_text

FOLDER = "corrections"
ANSWERS = ("corrected", "confirmed", "missing")
LIST = (
    "query", "severity", "patient_id", "file", "sheet", "row", "column", "place", "value", "question",
    "answer", "corrected_value", "answered_by", "answered_on", "reason", "value_check",
)  # fmt: skip
"""Columns of a query list. The centre fills answer, corrected_value, answered_by, answered_on and reason."""

NEEDED = ("query", "file", "sheet", "row", "column", *LIST[10:])
LIMIT_BYTES = 50_000_000
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""First characters that make a spreadsheet run a cell."""

Inputs = list[tuple[CentreMapping, FileMapping, RawFrame]]
Cell = tuple[str, str, int, str]
"""file, sheet, row, raw column."""


@dataclass(frozen=True, slots=True)
class Correction:
    """One answered query: where, what was said, by whom, when and why. `old` and `new` are raw texts of the cell."""

    query: str
    centre: str
    file: str
    sheet: str
    row: int | None
    source_column: str
    answer: str
    who: str
    when: str
    why: str
    source: str
    value_check: str
    old: str = field(default="", repr=False)
    new: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class _Line:
    place: str
    cells: Mapping[str, Any]

    def text(self, name: str) -> str:
        return harmful(cell_text(self.cells.get(name)))


def value_check(centre: str, cell: Cell, text: str) -> str:
    """A fingerprint of a raw cell and its text: says whether an answer still fits. A letter first, so that no
    spreadsheet takes it for a number."""
    parts = (centre, cell[0], cell[1], str(cell[2]), cell[3], text)
    return "v" + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:12]


def harmless(text: str) -> str:
    """`text` as a cell no spreadsheet runs: a quote before a formula's first character."""
    return "'" + text if text.startswith(FORMULA) else text


def harmful(text: str) -> str:
    """`harmless` undone."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA) else text


def correct(root: Path, inputs: Inputs) -> tuple[Inputs, tuple[Correction, ...]]:
    """The raw tables with every correction of `corrections/` applied in the order of the days they were answered.

    Raises InputError with every fault: a list that cannot be read, an answer that is none, one without who, when or
    why, a place that is not there, a cell that no longer holds what was asked about. Lists of centres that are not
    read are passed over.
    """
    folder = root / FOLDER
    faults: list[Fault] = []
    answers: list[tuple[Correction, Any, str]] = []
    frames = {(raw.centre, raw.file, raw.sheet): number for number, (_mapping, _file, raw) in enumerate(inputs)}
    places: defaultdict[str, set[str]] = defaultdict(set)
    for centre, name, _sheet in frames:
        places[name].add(centre)
    files = sorted(path for path in folder.glob("*") if path.is_file() and not path.name.startswith("."))
    for path in files if folder.is_dir() else ():
        try:
            lines = _lines(path)
        except InputError as error:
            faults += error.faults
            continue
        for line in lines:
            if line.text("answer"):
                answer, bad = _answer(line, path, places)
                faults += bad
                if answer is not None:
                    answers.append((answer, line.cells.get("corrected_value"), line.place))
    answers.sort(key=lambda item: (item[0].when, item[0].source, item[2]))
    texts: dict[int, dict[str, Any]] = {}
    done: dict[tuple[str, str, int | None, str, str], str] = {}
    made: list[Correction] = []
    for answer, given, place in answers:
        if answer.answer == "confirmed" or answer.row is None:
            made.append(answer)
            continue
        number = frames.get((answer.centre, answer.file, answer.sheet))
        if number is None:
            faults.append(Fault(place, f"{answer.file} has no such table", action="take the line out, or ask again"))
            continue
        _mapping, file, raw = inputs[number]
        new = "" if answer.answer == "missing" else _written(given, file, raw)
        key = (answer.file, answer.sheet, answer.row, answer.source_column, answer.value_check)
        if done.get(key) == new:
            continue  # the same list laid in twice, as CSV and as workbook
        spot = _position(raw, answer)
        if spot is None:
            faults.append(
                Fault(place, "no such row or column in the raw file", action="ask again: the file has changed")
            )
            continue
        columns = texts.setdefault(number, {})
        column = columns.setdefault(answer.source_column, raw.frame[answer.source_column].to_numpy(dtype=object).copy())
        old = str(column[spot])
        cell = (answer.file, answer.sheet, answer.row, answer.source_column)
        if value_check(answer.centre, cell, old) != answer.value_check:
            faults.append(
                Fault(place, "the cell no longer holds what was asked about",
                      action="take the line out; `y90 check` asks again if need be")
            )  # fmt: skip
            continue
        column[spot] = new
        done[key] = new
        made.append(replace(answer, old=old, new=new))
    if faults:
        raise InputError(faults)
    changed = [
        (mapping, file, replace(raw, frame=raw.frame.assign(**texts[number])) if number in texts else raw)
        for number, (mapping, file, raw) in enumerate(inputs)
    ]
    return changed, tuple(made)


def confirm(issues: Iterable[Issue], corrections: Sequence[Correction], inputs: Inputs) -> tuple[Issue, ...]:
    """Issues with the confirmed queries made notes. A confirmation lapses when the cell has another text since."""
    confirmed = {answer.query for answer in corrections if answer.answer == "confirmed"}
    if not confirmed:
        return tuple(issues)
    cells = RawCells(inputs)
    lapsed = {
        answer.query
        for answer in corrections
        if answer.answer == "confirmed" and answer.row is not None and answer.source_column
        and cells.check(answer.centre, (answer.file, answer.sheet, answer.row, answer.source_column))
        != answer.value_check
    }  # fmt: skip
    closed = confirmed - lapsed
    return tuple(
        replace(item, severity="note", message=f"{item.message} (confirmed by the centre)")
        if item.id in closed and item.severity == "query"
        else item
        for item in issues
    )


class RawCells:
    """The text of raw cells by the place an issue names."""

    def __init__(self, inputs: Inputs) -> None:
        self._raws = {(raw.centre, raw.file, raw.sheet): raw for _mapping, _file, raw in inputs}
        self._rows: dict[tuple[str, str, str], dict[int, int]] = {}

    def text(self, centre: str, cell: Cell) -> str | None:
        """The text, or None where there is no such cell."""
        place = (centre, cell[0], cell[1])
        raw = self._raws.get(place)
        if raw is None or cell[3] not in raw.frame:
            return None
        if place not in self._rows:
            self._rows[place] = {int(row): position for position, row in enumerate(raw.rows)}
        position = self._rows[place].get(cell[2])
        return None if position is None else str(raw.frame[cell[3]].iloc[position])

    def check(self, centre: str, cell: Cell) -> str:
        """The `value_check` of a cell as it stands, "" where there is none."""
        text = self.text(centre, cell)
        return "" if text is None else value_check(centre, cell, text)

    def columns(self, centre: str, file: str, sheet: str, source: str) -> list[str]:
        """The raw columns an issue's `source_column` lists, those of this file alone."""
        raw = self._raws.get((centre, file, sheet))
        if raw is None or not source:
            return []
        if source in raw.frame:
            return [source]
        found: list[str] = []
        words = source.split(", ")
        start = 0
        while start < len(words):  # a heading may itself hold a comma: the longest one that fits
            for end in range(len(words), start, -1):
                name = ", ".join(words[start:end]).removeprefix(f"{file}: ")
                if name in raw.frame:
                    found.append(name)
                    start = end
                    break
            else:
                start += 1
        return list(dict.fromkeys(found))


def _answer(line: _Line, path: Path, places: Mapping[str, set[str]]) -> tuple[Correction | None, list[Fault]]:
    faults: list[Fault] = []
    said = line.text("answer").strip().lower()
    if said not in ANSWERS:
        faults.append(Fault(line.place, "the answer is not one of the words of the list", choices("", ANSWERS)))
    who, why = line.text("answered_by"), line.text("reason")
    when = line.text("answered_on")[:10]
    if not who or not why:
        faults.append(Fault(line.place, "who answered, or why, is empty", action="fill answered_by and reason"))
    if not _is_day(when):
        faults.append(Fault(line.place, "answered_on is not a date", "a date as 2024-03-31"))
    row = line.text("row")
    cell = bool(row and line.text("column"))
    if row and not row.isdecimal():
        faults.append(Fault(line.place, "the row is not a number", action="send the list back as it was"))
    if said in ("corrected", "missing") and not cell:
        faults.append(
            Fault(line.place, "a query about no single cell cannot be corrected in the list",
                  action="answer `confirmed`, or send the file or the mapping corrected")
        )  # fmt: skip
    if said == "corrected" and not line.text("corrected_value"):
        faults.append(Fault(line.place, "corrected_value is empty", action="give the value, or answer `missing`"))
    if said != "corrected" and line.text("corrected_value"):
        faults.append(Fault(line.place, f"a corrected_value beside {said!r}", action="answer `corrected`, or clear it"))
    centre = path.name.split("-queries")[0] if "-queries" in path.name else ""
    owners = places.get(line.text("file"), set())
    if centre not in owners and len(owners) == 1:
        centre = next(iter(owners))
    if not faults and cell and centre not in owners:
        faults.append(
            Fault(line.place, "no centre that is read has this raw file",
                  action="leave the list's file name as it was, or take the line out")
        )  # fmt: skip
    if faults:
        return None, faults
    answer = Correction(
        query=line.text("query"), centre=centre, file=line.text("file"), sheet=line.text("sheet"),
        row=int(row) if cell else None, source_column=line.text("column"), answer=said, who=who, when=when, why=why,
        source=f"{FOLDER}/{path.name}", value_check=line.text("value_check"),
    )  # fmt: skip
    return answer, []


def _is_day(text: str) -> bool:
    try:
        return bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", text)) and dt.date.fromisoformat(text) is not None
    except ValueError:
        return False


def _written(given: Any, file: FileMapping, raw: RawFrame) -> str:
    """A corrected value as the raw file would write it: a typed number with its decimal mark, a typed date likewise."""
    if isinstance(given, dt.datetime | dt.date) and file.dates and not raw.typed and not raw.sheet:
        return given.strftime(file.dates[0])
    return harmful(cell_text(given, file.dialect.decimal))


def _position(raw: RawFrame, answer: Correction) -> int | None:
    if answer.source_column not in raw.frame:
        return None
    found = (raw.rows == answer.row).nonzero()[0]
    return int(found[0]) if len(found) else None


def _lines(path: Path) -> list[_Line]:
    """The records of a list by heading, with the row a person sees."""
    shown = f"{FOLDER}/{path.name}"
    if path.stat().st_size > LIMIT_BYTES:
        raise InputError(Fault(shown, "too large for a list of queries", f"at most {LIMIT_BYTES} bytes"))
    if path.suffix.lower() == ".xlsx":
        table = _workbook(path, shown)
    elif path.suffix.lower() == ".csv":
        table = _delimited(path, shown)
    else:
        raise InputError(Fault(shown, "not a list of queries", ".csv or .xlsx as `y90 check --out` writes it"))
    header = [cell_text(name).strip() for name in table[0]] if table else []
    missing = [name for name in NEEDED if name not in header]
    if missing:
        raise InputError(
            Fault(shown, f"the list has no column {', '.join(map(repr, missing))}", action="send it back as it was")
        )
    at = {name: header.index(name) for name in NEEDED}
    return [
        _Line(f"{shown}, row {number}", {name: row[i] if i < len(row) else "" for name, i in at.items()})
        for number, row in enumerate(table[1:], start=2)
    ]


def _delimited(path: Path, shown: str) -> list[list[Any]]:
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise InputError(Fault(shown, "the encoding is not known", "UTF-8 or Windows-1252", "save it as UTF-8"))
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        return [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]
    except csv.Error:
        raise InputError(Fault(shown, "not a delimited text file", action="send the list back as it was")) from None


def _workbook(path: Path, shown: str) -> list[list[Any]]:
    from openpyxl import load_workbook

    wrong = Fault(shown, "not a workbook that can be read", ".xlsx as `y90 check --out` writes it", "save it again")
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(item.file_size for item in archive.infolist()) > 4 * LIMIT_BYTES:
                raise InputError(wrong)
        book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        rows = [list(row) for row in sheet.iter_rows(max_col=len(LIST) + 10, values_only=True)]
        book.close()
    except InputError:
        raise
    except Exception:  # openpyxl raises whatever a broken part makes its parsers raise
        raise InputError(wrong) from None
    return rows
