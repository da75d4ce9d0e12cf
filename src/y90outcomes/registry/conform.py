"""One raw table to canonical rows: rename, recode, units, dates, wide to long. Rows are not yet judged together."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from y90outcomes.errors import Issue
from y90outcomes.registry.mapping import CentreMapping, ColumnMapping, FileMapping, TableMapping
from y90outcomes.registry.raw import RawFrame, heading
from y90outcomes.registry.rules import LIMIT_PER_RULE, RELAXABLE, RULES, issue
from y90outcomes.registry.values import (
    Parsed,
    boolean_parser,
    date_parser,
    integer_parser,
    number_parser,
    scale_of,
    text_parser,
)
from y90outcomes.schema import PROVENANCE, Column, Schema, TableSchema

DTYPES: Mapping[str, str] = {
    "text": "string", "code": "string", "integer": "Int64", "number": "float64", "day": "float64",
    "date": "datetime64[s]", "boolean": "boolean",
}  # fmt: skip
"""Canonical type -> pandas dtype."""

NOT_RECORDED = "not_recorded"
NOT_PROVIDED = "not_provided"


@dataclass(frozen=True, slots=True)
class Policy:
    """What becomes of a cell that cannot be read: it blocks the run, or becomes missing with the study's reason."""

    on_invalid_cell: str = "block"
    reason: str = ""

    @property
    def relaxed(self) -> bool:
        """An unreadable cell becomes missing instead of blocking."""
        return self.on_invalid_cell == "missing"

    @property
    def invalid(self) -> str:
        """The reason an unreadable cell is counted under."""
        return f"invalid: {self.reason}" if self.reason else "invalid"

    def severity(self, rule: str, key: bool) -> str:
        """A bad cell is a query under `missing`, but a bad key cell always blocks."""
        return "query" if self.relaxed and rule in RELAXABLE and not key else RULES[rule][0]


@dataclass(slots=True)
class Part:
    """The canonical rows one table mapping makes from one raw table, and what was found on the way.

    `missing` counts empty cells: (column, reason) -> n. `origins` gives a canonical column its raw one.
    """

    table: str
    centre: str
    file: str
    frame: pd.DataFrame
    issues: list[Issue] = field(default_factory=list)
    missing: dict[tuple[str, str], int] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Bad:
    """Cells of a column that break a rule: positions in the rows read, and their text."""

    rule: str
    positions: NDArray[np.int64]
    texts: list[str]


@dataclass(slots=True)
class _Parsed:
    cells: list[object]
    reasons: NDArray[np.object_]
    bad: list[_Bad]


Objects = NDArray[np.object_]


def conform(
    raw: RawFrame,
    mapping: CentreMapping,
    file: FileMapping,
    name: str,
    item: TableMapping,
    schema: Schema,
    policy: Policy,
) -> list[Part]:
    """The parts of table `name` drawn from `raw`: one, or one per entry of `long`."""
    table = schema.tables[name]
    selected = _selected(raw, item)
    parts = []
    for position, columns in item.entries():
        rows, dropped = selected, 0
        if position is not None:
            filled = _filled(raw, columns, table, selected)
            rows, dropped = selected[filled], int((~filled).sum())
        part, empty = _part(raw, mapping, file, table, columns, rows, schema, policy)
        if item.distinct:
            keep = ~part.frame.drop(columns=list(PROVENANCE)).duplicated()
            part.frame = part.frame[keep].reset_index(drop=True)
            empty = {column: reasons[keep.to_numpy()] for column, reasons in empty.items()}
        part.missing = _counts(empty)
        for column in _value_columns(columns, table) if dropped else ():
            part.missing[(column, f"{NOT_RECORDED} (no row)")] = dropped
        parts.append(part)
    return parts


def _selected(raw: RawFrame, item: TableMapping) -> NDArray[np.int64]:
    everything = np.arange(len(raw.rows))
    if item.only_when is None:
        return everything
    cells = raw.frame[heading(item.only_when.column)]
    if item.only_when.filled is not None:
        return everything[((cells != "") == item.only_when.filled).to_numpy()]
    return everything[cells.isin([text.strip() for text in item.only_when.one_of or ()]).to_numpy()]


def _value_columns(columns: Mapping[str, ColumnMapping], table: TableSchema) -> list[str]:
    """The columns that make a `long` row worth having: raw, not of the key; dates only where there is nothing else."""
    drawn = [name for name, spec in columns.items() if spec.from_ is not None and name not in table.primary_key]
    return [name for name in drawn if table.columns[name].type not in ("date", "day")] or drawn


def _filled(
    raw: RawFrame, columns: Mapping[str, ColumnMapping], table: TableSchema, rows: NDArray[np.int64]
) -> NDArray[np.bool_]:
    names = _value_columns(columns, table)
    if not names:
        return np.ones(len(rows), dtype=bool)
    full = np.zeros(len(rows), dtype=bool)
    for name in names:
        spec = columns[name]
        cells = raw.frame[heading(str(spec.from_))].to_numpy()[rows]
        full |= np.ones(len(rows), dtype=bool) if "" in (spec.codes or {}) else (cells != "")
    return full


def _part(
    raw: RawFrame, mapping: CentreMapping, file: FileMapping, table: TableSchema, columns: Mapping[str, ColumnMapping],
    rows: NDArray[np.int64], schema: Schema, policy: Policy,
) -> tuple[Part, dict[str, Objects]]:  # fmt: skip
    """A part, and for each column with empty cells the reason row by row ("" where the cell is filled)."""
    data: dict[str, pd.Series] = {}
    empty: dict[str, Objects] = {}
    part = Part(table.name, mapping.centre, raw.file, pd.DataFrame())
    analytes: Objects | None = None
    for name, column in table.columns.items():
        key = name in table.primary_key
        if name == "centre":
            data[name] = pd.Series([mapping.centre] * len(rows), dtype="string")
            continue
        spec = columns.get(name)
        if spec is None:
            data[name] = pd.Series([None] * len(rows), dtype=DTYPES[column.type])
            if not key:
                empty[name] = np.full(len(rows), NOT_PROVIDED, dtype=object)
            continue
        if spec.from_ is None:
            texts = np.full(len(rows), spec.constant, dtype=object)
        else:
            texts = raw.frame[heading(spec.from_)].to_numpy(dtype=object)[rows]
        parsed = _column(texts, spec, column, mapping, file, raw, schema, analytes)
        if name == "analyte":
            analytes = np.asarray(parsed.cells, dtype=object)
        data[name] = pd.Series(parsed.cells, dtype=_building(column))
        if column.type == "date":
            data[name] = data[name].astype("datetime64[s]")
        _report(part, raw, table, column, spec, parsed, rows, key, policy)
        for bad in parsed.bad:
            parsed.reasons[bad.positions] = policy.invalid
        if column.required or not key:  # a blank lesion_id is a value of the key, not a gap
            empty[name] = parsed.reasons
        if spec.from_ is not None:
            part.origins[name] = spec.from_
    data["source_file"] = pd.Series([raw.file] * len(rows), dtype="string")
    data["source_sheet"] = pd.Series([raw.sheet or None] * len(rows), dtype="string")
    data["source_row"] = pd.Series(raw.rows[rows], dtype="Int64")
    part.frame = pd.DataFrame(data)
    return part, empty


def _building(column: Column) -> str:
    return "datetime64[ns]" if column.type == "date" else DTYPES[column.type]


def _column(
    texts: Objects, spec: ColumnMapping, column: Column, mapping: CentreMapping, file: FileMapping, raw: RawFrame,
    schema: Schema, analytes: Objects | None,
) -> _Parsed:  # fmt: skip
    absent = {"": NOT_RECORDED} | mapping.missing | file.missing | (spec.missing or {})
    if spec.from_ is None:
        absent = {}
    absent = {_nfc(text): reason for text, reason in absent.items()}
    if not column.quantity_from:
        scale = scale_of(spec, column.quantity, "")
        return _distinct(
            texts, _parser(spec, column, file, raw, scale, schema), spec, absent, column, column.low, column.high
        )
    whole = _Parsed([None] * len(texts), np.full(len(texts), "", dtype=object), [])
    groups = pd.Series(analytes if analytes is not None else [], dtype=object)
    extra = schema.codelists["analytes"].extra
    for analyte, where in groups.groupby(groups, sort=True).indices.items():
        more = extra[str(analyte)]
        if isinstance(spec.unit, dict) and str(analyte) not in spec.unit and spec.from_ is not None:
            sub = _distinct(texts[where], lambda text: (None, "unit_missing"), spec, absent, column, None, None)
        else:
            scale = scale_of(spec, more["quantity"], str(analyte))
            parse = _parser(spec, column, file, raw, scale, schema)
            sub = _distinct(texts[where], parse, spec, absent, column, float(more["low"]), float(more["high"]))
        for i, value in zip(where, sub.cells, strict=True):
            whole.cells[i] = value
        whole.reasons[where] = sub.reasons
        whole.bad += [_Bad(bad.rule, np.asarray(where)[bad.positions], bad.texts) for bad in sub.bad]
    return whole


def _parser(
    spec: ColumnMapping, column: Column, file: FileMapping, raw: RawFrame, scale: object, schema: Schema
) -> Callable[[str], Parsed]:
    """The reader of one distinct text, after codes and missing codes."""
    constant = spec.from_ is None
    decimal, thousands = (".", None) if constant else (file.dialect.decimal, file.dialect.thousands)
    if column.type == "code":
        allowed = schema.codes(column)
        return lambda text: (text, "") if text in allowed else (None, "unmapped_code")
    if column.type in ("number", "day"):
        return number_parser(decimal, thousands, scale)  # type: ignore[arg-type]
    if column.type == "integer":
        return integer_parser(decimal, thousands)
    if column.type == "date":
        return date_parser(() if constant else spec.dates or file.dates or (), bool(raw.sheet))
    return boolean_parser if column.type == "boolean" else text_parser


def _distinct(
    texts: Objects, parse: Callable[[str], Parsed], spec: ColumnMapping, absent: Mapping[str, str], column: Column,
    low: float | str | None, high: float | str | None,
) -> _Parsed:  # fmt: skip
    """Read every distinct text once and spread the outcome over the rows."""
    codes, uniques = pd.factorize(texts)
    translate = {_nfc(text): code for text, code in (spec.codes or {}).items()}
    exhaustive = column.type in ("code", "boolean") and spec.codes is not None
    values = np.empty(len(uniques), dtype=object)
    reasons = np.full(len(uniques), "", dtype=object)
    broken = np.full(len(uniques), "", dtype=object)
    for i, text in enumerate(map(_nfc, uniques)):
        if text in translate:
            values[i], broken[i] = parse(translate[text])
        elif text in absent:
            reasons[i] = absent[text]
        elif exhaustive:
            broken[i] = "unmapped_code"
        else:
            values[i], broken[i] = parse(text)
        if values[i] is not None and _outside(values[i], low, high):
            values[i], broken[i] = None, "out_of_bounds"
    bad = []
    for rule in sorted(set(broken) - {""}):
        positions = np.flatnonzero((broken == rule)[codes])
        bad.append(_Bad(rule, positions, [str(text) for text in texts[positions]]))
    return _Parsed(list(values[codes]), reasons[codes], bad)


def _outside(value: object, low: float | str | None, high: float | str | None) -> bool:
    if hasattr(value, "isoformat"):
        value = value.isoformat()
    return (low is not None and value < low) or (high is not None and value > high)  # type: ignore[operator]


def _nfc(text: object) -> str:
    return unicodedata.normalize("NFC", str(text)).strip()


def _counts(empty: Mapping[str, Objects]) -> dict[tuple[str, str], int]:
    return {
        (column, str(reason)): int(n)
        for column, reasons in empty.items()
        for reason, n in zip(*np.unique(reasons[reasons != ""].astype(str), return_counts=True), strict=True)
    }


def _report(
    part: Part, raw: RawFrame, table: TableSchema, column: Column, spec: ColumnMapping, parsed: _Parsed,
    rows: NDArray[np.int64], key: bool, policy: Policy,
) -> None:  # fmt: skip
    where = {"centre": raw.centre, "file": raw.file, "sheet": raw.sheet, "table": table.name, "column": column.name,
             "source_column": spec.from_ or ""}  # fmt: skip
    bads = list(parsed.bad)
    # Outside a key, a cell whose absence the mapping explains (not done, ...) needs no question to the centre.
    empty = np.flatnonzero(parsed.reasons != "" if key else parsed.reasons == NOT_RECORDED)
    if column.required and len(empty):
        rule = "missing_key" if key else "required_missing"
        bads.append(_Bad(rule, empty, [""] * len(empty)))
    for bad in bads:
        severity = policy.severity(bad.rule, key)
        detail = _detail(bad.rule, column, spec)
        for position, text in zip(bad.positions[:LIMIT_PER_RULE], bad.texts, strict=False):
            row = int(raw.rows[rows[position]])
            part.issues.append(issue(bad.rule, row=row, detail=detail, value=text, severity=severity, **where))
        rest = len(bad.positions) - LIMIT_PER_RULE
        if rest > 0:
            part.issues.append(issue(bad.rule, row=None, detail=f"and {rest} more rows", severity=severity, **where))


def _detail(rule: str, column: Column, spec: ColumnMapping) -> str:
    """What is allowed there, never what was found."""
    if rule == "unmapped_code":
        known = ", ".join(repr(text) for text in spec.codes) if spec.codes else f"the codes of {column.codelist}"
        return f"listed are {known}; add it under codes or missing, or correct the cell"
    if rule == "out_of_bounds" and (column.low is not None or column.high is not None):
        return f"allowed {column.low} to {column.high} {column.unit}".rstrip() + "; correct the cell or the unit"
    if rule == "bad_date":
        return "correct the cell, or declare its format under dates; a partial date is never completed"
    if rule == "bad_number":
        return "correct the cell, or declare decimal and thousands under dialect, or list the text under missing"
    return ""
