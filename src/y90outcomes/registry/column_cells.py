"""The cells of one column: every distinct text is read once, and the outcome spread over the rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from y90outcomes.registry.cells import Read, cell_reader, nfc, refusing, shown, unit_key
from y90outcomes.registry.mapping import CentreMapping, FileMapping
from y90outcomes.registry.mapping_columns import ColumnMapping, DateParts, Partial
from y90outcomes.registry.parts import NOT_RECORDED, Objects
from y90outcomes.registry.raw import RawFrame, heading
from y90outcomes.registry.values import (
    Parsed,
    boolean_parser,
    codes_parser,
    date_parser,
    integer_parser,
    number_parser,
    scale_of,
    text_parser,
    unit_scale,
)
from y90outcomes.schema import Column, Schema


@dataclass(frozen=True, slots=True)
class Bad:
    """Cells of a column that break a rule: positions in the rows read, and their text."""

    rule: str
    positions: NDArray[np.int64]
    texts: list[str]


@dataclass(slots=True)
class Cells:
    """A column read: the value of each row (None where empty), why it is empty ("" where filled), what is wrong."""

    cells: Objects
    reasons: NDArray[np.object_]
    bad: list[Bad]


def column_cells(
    texts: Objects, spec: ColumnMapping, column: Column, mapping: CentreMapping, file: FileMapping, raw: RawFrame,
    schema: Schema, analytes: Objects | None,
) -> Cells:  # fmt: skip
    """The cells of one canonical column in the rows read: missing words, codes, units, dates and bounds applied.

    texts     (n,) raw texts, in the order of the rows
    analytes  (n,) analyte of each row where the quantity of the column depends on it, else None
    """
    absent, codes = absent_texts(spec, mapping, file, raw), schema.codes(column)

    def parser(quantity: str, analyte: str) -> Callable[[str | None], Callable[[str], Parsed] | str]:
        """Unit text → the reader of a value in it, or the rule that is broken; each made once."""
        made: dict[str, Callable[[str], Parsed] | str] = {}

        def choose(unit: str | None) -> Callable[[str], Parsed] | str:
            if unit_key(unit) not in made:
                scale: Decimal | None
                if unit is not None:
                    scale = unit_scale(unit, quantity, spec.ng_per_iu, spec.days_per_month)
                    rule = "unknown_unit"
                else:
                    fixed = spec.unit.get(analyte) if isinstance(spec.unit, dict) else spec.unit
                    needed = spec.from_ is not None and bool(quantity)
                    scale = None if fixed is None and needed else scale_of(spec, quantity, analyte)
                    rule = "unit_missing"
                made[unit_key(unit)] = rule if scale is None else _parser(spec, column, file, raw, scale, codes)
            return made[unit_key(unit)]

        return choose

    if column.type == "text" and isinstance(spec.from_, str) and spec.model_fields_set <= {"from_", "missing"}:
        return _plain(texts, absent)
    if not column.quantity_from:
        read = cell_reader(spec, column, absent, parser(column.quantity, ""), codes)
        read = refusing(read, raw.broken, spec, absent)
        return distinct(texts, read, column.low, column.high)
    whole = Cells(nothing(len(texts)), np.full(len(texts), "", dtype=object), [])
    groups = pd.Series(analytes if analytes is not None else [], dtype=object)
    extra = schema.codelists["analytes"].extra
    for analyte, where in groups.groupby(groups, sort=True).indices.items():
        more = extra[str(analyte)]
        read = cell_reader(spec, column, absent, parser(more["quantity"], str(analyte)), codes)
        read = refusing(read, raw.broken, spec, absent)
        sub = distinct(texts[where], read, float(more["low"]), float(more["high"]))
        whole.cells[where] = sub.cells
        whole.reasons[where] = sub.reasons
        whole.bad += [Bad(bad.rule, np.asarray(where)[bad.positions], bad.texts) for bad in sub.bad]
    return whole


def absent_texts(spec: ColumnMapping, mapping: CentreMapping, file: FileMapping, raw: RawFrame) -> dict[str, str]:
    """Text → reason of an empty cell, the column's own first; a constant is never empty."""
    if spec.from_ is None:
        return {}
    told: dict[str, str] = {"": NOT_RECORDED}
    for source in spec.sources:
        told |= raw.missing.get(heading(source), {})  # the codes the file itself declares; the page may overrule them
    told |= mapping.missing | file.missing | (spec.missing or {})
    return {nfc(text): reason for text, reason in told.items()}


def partial_rule(spec: ColumnMapping, file: FileMapping) -> Partial | None:
    """The rule that completes dates in part: the column's own, else the file's; none for a constant."""
    return None if spec.from_ is None else spec.partial or file.partial


def date_formats(spec: ColumnMapping, file: FileMapping) -> tuple[str, ...]:
    """The date formats of a column: those of its parts, its own, the file's; none for a constant (ISO)."""
    if spec.from_ is None:
        return ()
    if isinstance(spec.from_, DateParts):
        return ("%Y-%m-%d", "%Y-%b-%d", "%Y-%m", "%Y-%b", "%Y")
    return spec.dates or file.dates or ()


def _parser(
    spec: ColumnMapping, column: Column, file: FileMapping, raw: RawFrame, scale: Decimal, codes: Mapping[str, str]
) -> Callable[[str], Parsed]:
    """The reader of one distinct text, after codes and missing codes."""
    constant = spec.from_ is None
    decimal, thousands = (".", None) if constant else (file.dialect.decimal, file.dialect.thousands)
    if column.type == "code":
        return lambda text: (text, "") if text in codes else (None, "unmapped_code")
    if column.type == "codes":
        return codes_parser(codes)
    if column.type in ("number", "day"):
        return number_parser(decimal, thousands, scale)
    if column.type == "integer":
        return integer_parser(decimal, thousands)
    if column.type == "date":
        return date_parser(date_formats(spec, file), raw.typed and not constant, partial_rule(spec, file))
    return boolean_parser if column.type == "boolean" else text_parser


def _plain(texts: Objects, absent: Mapping[str, str]) -> Cells:
    """As `distinct` for text copied as it stands, such as keys, whose texts are nearly all distinct."""
    codes, uniques = pd.factorize(texts)
    values: Objects = np.asarray([*map(nfc, uniques), ""], dtype=object)[:-1]
    reasons: Objects = np.asarray([*(absent.get(text, "") for text in values), ""], dtype=object)[:-1]
    values[reasons != ""] = None
    return Cells(values[codes], reasons[codes], [])


def distinct(texts: Objects, read: Read, low: float | str | None, high: float | str | None) -> Cells:
    """Read every distinct text once and spread the outcome over the rows."""
    codes, uniques = pd.factorize(texts)
    values = np.empty(len(uniques), dtype=object)
    reasons = np.full(len(uniques), "", dtype=object)
    broken = np.full(len(uniques), "", dtype=object)
    for i, text in enumerate(uniques):
        values[i], reasons[i], broken[i] = read(str(text))
        if values[i] is not None and _outside(values[i], low, high):
            values[i], broken[i] = None, "out_of_bounds"
    bad = []
    for rule in sorted(set(broken) - {""}):
        positions = np.flatnonzero((broken == rule)[codes])
        bad.append(Bad(rule, positions, [shown(str(text)) for text in texts[positions]]))
    return Cells(values[codes], reasons[codes], bad)


def _outside(value: object, low: float | str | None, high: float | str | None) -> bool:
    if hasattr(value, "isoformat"):
        value = value.isoformat()
    return (low is not None and value < low) or (high is not None and value > high)  # type: ignore[operator]


def nothing(n: int) -> Objects:
    """(n,) empty cells."""
    return np.full(n, None, dtype=object)


def fill_limits(parsed: Cells, name: str, mapping: CentreMapping, analytes: Objects | None, schema: Schema) -> None:
    """Fill empty `uln` or `lln` cells from the page's normal ranges; a cell that could not be read stays empty."""
    if analytes is None:
        return
    gap = np.asarray(pd.isna(parsed.cells), dtype=bool)
    for item in parsed.bad:
        gap[item.positions] = False
    for analyte, limit in mapping.limits.items():
        text = getattr(limit, name)
        quantity = schema.codelists["analytes"].extra[analyte]["quantity"]
        scale = unit_scale(limit.unit, quantity, limit.ng_per_iu)
        if text is None or scale is None:
            continue
        value, _rule = number_parser(".", None, scale)(text)
        filled = gap & (analytes == analyte)
        parsed.cells[filled], parsed.reasons[filled] = value, ""
