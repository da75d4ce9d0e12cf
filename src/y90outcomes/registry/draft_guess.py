"""What a raw column may be: its heading against the words of six languages, its cells against what it would hold."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from y90outcomes.registry.draft_words import (
    code_words,
    missing_words,
    of_kind,
    plain,
    score,
    take_code,
    take_unit,
    without_units,
)
from y90outcomes.registry.values import date_parser
from y90outcomes.schema import Column, Schema
from y90outcomes.units import canonical_unit

DATE_FORMATS = (
    "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y%m%d", "%d%b%Y", "%d-%b-%Y", "%d %b %Y",
    "%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M", "%d.%m.%Y %H:%M",
)  # fmt: skip
"""Formats tried on the cells of a column; a column that fits several is left for a person to settle."""
MOST_CODES = 30
"""A column with more distinct texts is not taken for one of codes, and none of its texts is written to the page."""
_NUMBER = re.compile(r"[<>]?\s?[+-]?\d+([.,]\d+)*([eE][+-]?\d+)?")
_COMMA = re.compile(r"[+-]?\d+,\d+")


@dataclass(frozen=True, slots=True)
class Cells:
    """What the filled cells of a raw column look like; `missing` holds the texts that say why a cell is empty."""

    distinct: tuple[str, ...]
    missing: tuple[str, ...]
    repeated: bool
    numbers: float
    commas: float
    formats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Guess:
    """A raw column and what it may be: `table.column`, with visit, analyte and event (or dosed compartment) if told."""

    raw: str
    table: str
    column: str
    confidence: float
    visit: str = ""
    analyte: str = ""
    event: str = ""
    unit: str = ""
    unit_guessed: bool = False
    dates: tuple[str, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()

    @property
    def slot(self) -> tuple[str, ...]:
        """What only one raw column of a file can be."""
        return (self.table, self.column, self.visit, self.analyte, self.event)


def look(texts: Sequence[str]) -> Cells:
    """The shape of a column's cells."""
    filled = [text for text in texts if text]
    kept = dict.fromkeys(filled)
    gone = tuple(text for text in kept if text.casefold() in missing_words())
    distinct = tuple(text for text in kept if text not in gone)
    n = max(len(distinct), 1)
    formats = tuple(
        name for name in DATE_FORMATS if distinct and all(not date_parser((name,), False)(text)[1] for text in distinct)
    )
    return Cells(
        distinct, gone, len(filled) > len(kept),
        sum(bool(_NUMBER.fullmatch(text)) for text in distinct) / n,
        sum(bool(_COMMA.fullmatch(text)) for text in distinct) / n,
        formats,
    )  # fmt: skip


def guesses(raw: str, cells: Cells, schema: Schema) -> list[Guess]:
    """Every reading of one raw column worth a thought, best first."""
    heading = without_units(raw)
    visit, rest = take_code(heading, "visit")
    compartment, dosed = take_code(heading, "compartment")
    found: dict[tuple[str, ...], Guess] = {}
    for word in of_kind("column", "event", "analyte"):
        with_visit, whole = score(rest, word.plain), score(heading, word.plain)
        best = max(with_visit, whole)
        if word.target.startswith("dosimetry."):
            best = max(best, score(dosed, word.plain) if compartment else 0.0)
        if best < 0.5:
            continue
        guess = _read(raw, word.kind, word.target, best, visit, cells, schema)
        if guess is not None and guess.table == "dosimetry":
            guess = replace(guess, event=compartment)
        if guess is not None and (guess.slot not in found or found[guess.slot].confidence < guess.confidence):
            found[guess.slot] = guess
    return sorted(found.values(), key=lambda guess: (-guess.confidence, guess.slot))


def _read(raw: str, kind: str, target: str, start: float, visit: str, cells: Cells, schema: Schema) -> Guess | None:
    if kind == "analyte":
        quantity = schema.codelists["analytes"].extra[target]["quantity"]
        unit = take_unit(raw, [quantity])
        confidence = start * _numeric(cells)
        stated = bool(unit) or quantity in ("inr", "prothrombin_percent")
        return Guess(raw, "labs", "value", confidence, visit, target, unit=unit or _usual(target, cells, quantity),
                     unit_guessed=not stated)  # fmt: skip
    table, name = target.split(".", 1)
    if kind == "event":
        return _event(raw, table, name, start, cells)
    if target == "labs.unit":
        return Guess(raw, "labs", "unit", start)
    column = schema.tables[table].columns[name]
    visit = visit if "visit" in schema.tables[table].columns else ""
    if column.type in ("number", "integer", "day"):
        unit = take_unit(raw, [column.quantity]) if column.quantity else ""
        fixed = bool(unit) or not column.quantity or column.quantity in ("age", "attenuation")
        confidence = start * _numeric(cells)
        return Guess(raw, table, name, confidence, visit, unit=unit or column.unit, unit_guessed=not fixed)
    if column.type == "date":
        return Guess(raw, table, name, start * _dated(cells), visit, dates=cells.formats[:1])
    if column.type in ("code", "codes"):
        return _coded(raw, table, column, start, visit, cells)
    if name in ("patient_id", "lesion_id") and cells.formats and not cells.numbers:
        return None
    return Guess(raw, table, name, start, "")


def _event(raw: str, table: str, event: str, start: float, cells: Cells) -> Guess:
    """A column about death, progression, ...: the date it happened, or whether it did."""
    if cells.formats or not cells.distinct:
        return Guess(raw, table, "date", start * _dated(cells), event=event, dates=cells.formats[:1])
    codes, unknown = _codes("yes_no", cells)
    share = len(codes) / max(len(codes) + len(unknown), 1)
    return Guess(raw, table, "occurrence", start * (0.3 + 0.7 * share), event=event, codes=codes, unknown=unknown)


def _coded(raw: str, table: str, column: Column, start: float, visit: str, cells: Cells) -> Guess:
    if len(cells.distinct) > MOST_CODES:
        return Guess(raw, table, column.name, start * 0.3, visit)
    codes, unknown = _codes(column.codelist, cells)
    share = len(codes) / max(len(codes) + len(unknown), 1)
    return Guess(raw, table, column.name, start * (0.4 + 0.6 * share), visit, codes=codes, unknown=unknown)


def _codes(codelist: str, cells: Cells) -> tuple[dict[str, str], tuple[str, ...]]:
    """Texts → codes, and the texts no word explains (none when there are too many for codes)."""
    if len(cells.distinct) > MOST_CODES:
        return {}, ()
    table = code_words(codelist)
    codes = {text: table[plain(text)] for text in cells.distinct if plain(text) in table}
    return codes, tuple(text for text in cells.distinct if text not in codes)


def _numeric(cells: Cells) -> float:
    return 0.8 if not cells.distinct else 0.2 + 0.8 * cells.numbers


def _dated(cells: Cells) -> float:
    """Day first and month first both fit: the page must not choose between them."""
    if not cells.distinct:
        return 0.5
    return 0.25 if not cells.formats else 1.0 if len(cells.formats) == 1 else 0.6


_SMALL: Mapping[str, tuple[float, str]] = {
    "bilirubin": (4.0, "mg/dL"), "albumin": (10.0, "g/dL"), "creatinine": (12.0, "mg/dL"),
    "haemoglobin": (25.0, "g/dL"),
}  # fmt: skip
_LARGE: Mapping[str, tuple[float, str]] = {
    "platelets": (2000.0, "/µL"), "lymphocytes": (100.0, "/µL"), "neutrophils": (100.0, "/µL"),
    "leukocytes": (500.0, "/µL"),
}  # fmt: skip


def _usual(analyte: str, cells: Cells, quantity: str) -> str:
    """The unit the size of the values speaks for; only ever a proposal, below the line."""
    numbers = sorted(float(text.replace(",", ".")) for text in cells.distinct if re.fullmatch(r"\d+([.,]\d+)?", text))
    if numbers:
        middle = numbers[len(numbers) // 2]
        if analyte in _SMALL and middle < _SMALL[analyte][0]:
            return _SMALL[analyte][1]
        if analyte in _LARGE and middle > _LARGE[analyte][0]:
            return _LARGE[analyte][1]
    return canonical_unit(quantity)
