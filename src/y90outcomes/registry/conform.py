"""One raw table to canonical rows: rename, recode, units, dates, wide to long. Rows are not yet judged together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from y90outcomes.errors import Issue
from y90outcomes.registry.cells import Read, cell_reader, nfc, raw_texts, refusing, shown, unit_key
from y90outcomes.registry.mapping import (
    CentreMapping,
    ColumnMapping,
    DateParts,
    FileMapping,
    Partial,
    TableMapping,
)
from y90outcomes.registry.raw import RawFrame, heading
from y90outcomes.registry.rules import LIMIT_PER_RULE, RELAXABLE, RULES, issue
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
from y90outcomes.schema import PROVENANCE, Column, Schema, TableSchema

DTYPES: Mapping[str, str] = {
    "text": "string", "code": "string", "codes": "string", "integer": "Int64", "number": "float64", "day": "float64",
    "date": "datetime64[s]", "boolean": "boolean",
}  # fmt: skip
"""Canonical type -> pandas dtype."""

NOT_RECORDED = "not_recorded"
NOT_PROVIDED = "not_provided"
PRECISION = "_precision"
"""What a date's own column of precision is called after it; filled here, never mapped."""


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


Objects = NDArray[np.object_]


@dataclass(slots=True)
class Part:
    """The canonical rows one table mapping makes from one raw table, and what was found on the way.

    `missing` counts empty cells: (column, reason) -> n. `origins` gives a canonical column its raw one. `reasons` holds
    why each cell is empty, row by row, for a part that is still to be merged with others.
    """

    table: str
    centre: str
    file: str
    frame: pd.DataFrame
    issues: list[Issue] = field(default_factory=list)
    missing: dict[tuple[str, str], int] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, Objects] | None = None


@dataclass(frozen=True, slots=True)
class _Bad:
    """Cells of a column that break a rule: positions in the rows read, and their text."""

    rule: str
    positions: NDArray[np.int64]
    texts: list[str]


@dataclass(slots=True)
class _Parsed:
    cells: Objects
    reasons: NDArray[np.object_]
    bad: list[_Bad]


def conform(
    raw: RawFrame,
    mapping: CentreMapping,
    file: FileMapping,
    name: str,
    item: TableMapping,
    schema: Schema,
    policy: Policy,
) -> list[Part]:
    """The parts of table `name` drawn from `raw`: one, or one per entry of `long` or combination of `repeat`."""
    table = schema.tables[name]
    selected = _selected(raw, item)
    parts: list[Part] = []
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
        if item.merge:
            part.reasons = empty
        else:
            part.missing = counts(empty)
        for column in _value_columns(columns, table) if dropped else ():
            part.missing[(column, f"{NOT_RECORDED} (no row)")] = dropped
        parts.append(part)
    if parts:
        parts[0].issues += _broken_filters(raw, item, name)
    return parts


def _broken_filters(raw: RawFrame, item: TableMapping, table: str) -> list[Issue]:
    """Cells with an error instead of a value where a filter decides by them whether the row is read at all."""
    named = [*item.only, *item.except_, *([item.only_when.column] if item.only_when is not None else [])]
    listed = {nfc(text) for texts in (*item.only.values(), *item.except_.values()) for text in texts}
    if item.only_when is not None:
        listed |= {nfc(text) for text in item.only_when.one_of or ()}
    found = []
    for column in dict.fromkeys(named):
        bad = np.flatnonzero(raw.frame[heading(column)].isin(raw.broken - listed).to_numpy())
        found += [
            issue("error_cell", centre=raw.centre, file=raw.file, sheet=raw.sheet, row=int(raw.rows[i]), table=table,
                  source_column=column, detail="a filter of the mapping reads this cell")
            for i in bad[:LIMIT_PER_RULE]
        ]  # fmt: skip
    return found


def _selected(raw: RawFrame, item: TableMapping) -> NDArray[np.int64]:
    """The raw rows a table mapping reads: those every filter lets through."""
    keep = np.ones(len(raw.rows), dtype=bool)
    if item.only_when is not None:
        cells = raw.frame[heading(item.only_when.column)]
        if item.only_when.filled is not None:
            keep &= ((cells != "") == item.only_when.filled).to_numpy()
        else:
            keep &= _among(cells, item.only_when.one_of or ())
    for column, texts in item.only.items():
        keep &= _among(raw.frame[heading(column)], texts)
    for column, texts in item.except_.items():
        keep &= ~_among(raw.frame[heading(column)], texts)
    return np.flatnonzero(keep)


def _among(cells: pd.Series, texts: tuple[str, ...]) -> NDArray[np.bool_]:
    wanted = {nfc(text) for text in texts}
    codes, uniques = pd.factorize(cells)
    return np.asarray([nfc(text) in wanted for text in uniques], dtype=bool)[codes]


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
        if "" in (spec.codes or {}):
            full[:] = True
        for source in spec.sources:
            full |= raw.frame[heading(source)].to_numpy()[rows] != ""
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
        if spec is None and name.endswith(PRECISION):
            data[name] = data.get(name, pd.Series([None] * len(rows), dtype="string"))
            continue
        if spec is None and column.quantity_from and mapping.limits and name in ("uln", "lln"):
            # No raw column: the page's normal ranges fill it.
            parsed = _Parsed(_nothing(len(rows)), np.full(len(rows), NOT_PROVIDED, dtype=object), [])
            _limits(parsed, name, mapping, analytes, schema)
            data[name], empty[name] = pd.Series(parsed.cells, dtype="float64"), parsed.reasons
            continue
        if spec is None:
            data[name] = pd.Series([None] * len(rows), dtype=DTYPES[column.type])
            if not key:
                empty[name] = np.full(len(rows), NOT_PROVIDED, dtype=object)
            continue
        texts = raw_texts(raw, spec, rows)
        parsed = _column(texts, spec, column, mapping, file, raw, schema, analytes)
        if name == "analyte":
            analytes = parsed.cells
        if column.quantity_from and name in ("uln", "lln"):
            _limits(parsed, name, mapping, analytes, schema)
        data[name] = _series(parsed.cells, column)
        if column.type == "date" and name + PRECISION in table.columns and _partial(spec, file) is not None:
            data[name + PRECISION] = _precision(part, texts, parsed, spec, column, file, raw, mapping, table.name)
        _report(part, raw, table, column, spec, parsed, rows, key, policy)
        for bad in parsed.bad:
            parsed.reasons[bad.positions] = policy.invalid
        if column.required or not key:  # a blank lesion_id is a value of the key, not a gap
            empty[name] = parsed.reasons
        if spec.sources:
            part.origins[name] = ", ".join(spec.sources)
    data["source_file"] = pd.Series([raw.file] * len(rows), dtype="string")
    data["source_sheet"] = pd.Series([raw.sheet or None] * len(rows), dtype="string")
    data["source_row"] = pd.Series(raw.rows[rows], dtype="Int64")
    part.frame = pd.DataFrame({name: data[name] for name in (*table.columns, *PROVENANCE)})
    return part, empty


def _nothing(n: int) -> Objects:
    return np.full(n, None, dtype=object)


def _series(cells: Objects, column: Column) -> pd.Series:
    """Cells as a column of their canonical type; dates by way of the distinct ones, as they are slow to make."""
    if column.type != "date":
        return pd.Series(cells, dtype=DTYPES[column.type])
    codes, uniques = pd.factorize(cells)
    distinct = np.asarray([*uniques, None], dtype="datetime64[s]")
    return pd.Series(distinct[codes])  # code -1, a missing cell, takes the last


def _absent(spec: ColumnMapping, mapping: CentreMapping, file: FileMapping, raw: RawFrame) -> dict[str, str]:
    """Text → reason of an empty cell, the column's own first; a constant is never empty."""
    if spec.from_ is None:
        return {}
    told: dict[str, str] = {"": NOT_RECORDED}
    for source in spec.sources:
        told |= raw.missing.get(heading(source), {})  # the codes the file itself declares; the page may overrule them
    told |= mapping.missing | file.missing | (spec.missing or {})
    return {nfc(text): reason for text, reason in told.items()}


def _column(
    texts: Objects, spec: ColumnMapping, column: Column, mapping: CentreMapping, file: FileMapping, raw: RawFrame,
    schema: Schema, analytes: Objects | None,
) -> _Parsed:  # fmt: skip
    absent, codes = _absent(spec, mapping, file, raw), schema.codes(column)

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
        return _distinct(texts, read, column.low, column.high)
    whole = _Parsed(_nothing(len(texts)), np.full(len(texts), "", dtype=object), [])
    groups = pd.Series(analytes if analytes is not None else [], dtype=object)
    extra = schema.codelists["analytes"].extra
    for analyte, where in groups.groupby(groups, sort=True).indices.items():
        more = extra[str(analyte)]
        read = cell_reader(spec, column, absent, parser(more["quantity"], str(analyte)), codes)
        read = refusing(read, raw.broken, spec, absent)
        sub = _distinct(texts[where], read, float(more["low"]), float(more["high"]))
        whole.cells[where] = sub.cells
        whole.reasons[where] = sub.reasons
        whole.bad += [_Bad(bad.rule, np.asarray(where)[bad.positions], bad.texts) for bad in sub.bad]
    return whole


def _limits(parsed: _Parsed, name: str, mapping: CentreMapping, analytes: Objects | None, schema: Schema) -> None:
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


def _partial(spec: ColumnMapping, file: FileMapping) -> Partial | None:
    return None if spec.from_ is None else spec.partial or file.partial


def _precision(
    part: Part, texts: Objects, parsed: _Parsed, spec: ColumnMapping, column: Column, file: FileMapping,
    raw: RawFrame, mapping: CentreMapping, table: str,
) -> pd.Series:  # fmt: skip
    """`month` or `year` where a date was completed by the mapping's rule; one note counts them."""
    formats, partial = _formats(spec, file), _partial(spec, file)
    told = date_parser(formats, raw.typed, partial, precision=True)
    read = cell_reader(spec, column, _absent(spec, mapping, file, raw), lambda _unit: told, {})
    cells = [
        None if value is None else kept
        for value, kept in zip(parsed.cells, _distinct(texts, read, None, None).cells, strict=True)
    ]
    completed = sum(kept is not None for kept in cells)
    if completed and partial is not None:
        rules = ", ".join(f"{word}: {rule}" for word, rule in partial.model_dump().items() if rule)
        part.issues.append(
            issue("date_completed", centre=raw.centre, file=raw.file, sheet=raw.sheet, row=None, table=table,
                  column=column.name, source_column=", ".join(spec.sources),
                  detail=f"{completed} dates, by the page's rule {rules}; their precision is kept beside them")
        )  # fmt: skip
    return pd.Series(cells, dtype="string")


def _formats(spec: ColumnMapping, file: FileMapping) -> tuple[str, ...]:
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
        return date_parser(_formats(spec, file), raw.typed and not constant, _partial(spec, file))
    return boolean_parser if column.type == "boolean" else text_parser


def _plain(texts: Objects, absent: Mapping[str, str]) -> _Parsed:
    """As `_distinct` for text copied as it stands, such as keys, whose texts are nearly all distinct."""
    codes, uniques = pd.factorize(texts)
    values: Objects = np.asarray([*map(nfc, uniques), ""], dtype=object)[:-1]
    reasons: Objects = np.asarray([*(absent.get(text, "") for text in values), ""], dtype=object)[:-1]
    values[reasons != ""] = None
    return _Parsed(values[codes], reasons[codes], [])


def _distinct(texts: Objects, read: Read, low: float | str | None, high: float | str | None) -> _Parsed:
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
        bad.append(_Bad(rule, positions, [shown(str(text)) for text in texts[positions]]))
    return _Parsed(values[codes], reasons[codes], bad)


def _outside(value: object, low: float | str | None, high: float | str | None) -> bool:
    if hasattr(value, "isoformat"):
        value = value.isoformat()
    return (low is not None and value < low) or (high is not None and value > high)  # type: ignore[operator]


def counts(empty: Mapping[str, Objects]) -> dict[tuple[str, str], int]:
    """(column, reason) -> how many cells are empty for it."""
    found: dict[tuple[str, str], int] = {}
    for column, reasons in empty.items():
        codes, uniques = pd.factorize(reasons)
        numbers = np.bincount(codes, minlength=len(uniques))
        found |= {(column, str(why)): int(n) for why, n in zip(uniques, numbers, strict=True) if why}
    return found


def _report(
    part: Part, raw: RawFrame, table: TableSchema, column: Column, spec: ColumnMapping, parsed: _Parsed,
    rows: NDArray[np.int64], key: bool, policy: Policy,
) -> None:  # fmt: skip
    where = {"centre": raw.centre, "file": raw.file, "sheet": raw.sheet, "table": table.name, "column": column.name,
             "source_column": ", ".join(spec.sources)}  # fmt: skip
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
    if rule == "unmapped_code" and spec.tick is not None:
        texts = ", ".join(repr(text) for text in (*(spec.ticked or ()), *spec.unticked))
        return f"a box holds one of {texts}; add the text to ticked, unticked or missing, or correct the cell"
    if rule == "several_ticked":
        return f"the column takes one code of {column.codelist}; correct the boxes"
    if rule == "unknown_unit":
        return f"the unit stands in {spec.unit_from!r}; list its text under units, or correct the cell"
    if rule == "unmapped_code":
        known = ", ".join(repr(text) for text in spec.codes) if spec.codes else f"the codes of {column.codelist}"
        return f"listed are {known}; add it under codes or missing, or correct the cell"
    if rule == "out_of_bounds" and (column.low is not None or column.high is not None):
        return f"allowed {column.low} to {column.high} {column.unit}".rstrip() + "; correct the cell or the unit"
    if rule == "bad_date":
        return "correct the cell, or declare its format under dates; a part is completed only by a rule under partial"
    if rule == "bad_number":
        return "correct the cell, or declare decimal and thousands under dialect, or list the text under missing"
    return ""
