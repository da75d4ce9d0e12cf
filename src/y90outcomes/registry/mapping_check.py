"""What a mapping page may name: tables, columns, codes and units of the schema, with the nearest ones after a slip."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from y90outcomes.errors import Fault, choices, nearest
from y90outcomes.registry.mapping import CentreMapping, FileMapping
from y90outcomes.registry.mapping_columns import ColumnMapping, DateParts
from y90outcomes.registry.mapping_tables import TABLE_KEYS, TableMapping
from y90outcomes.registry.values import AFP_IU_UNITS, date_parser, number_parser
from y90outcomes.schema import MULTIPLE, Column, Schema, TableSchema
from y90outcomes.units import accepted_units, canonical_unit, factor, normalise
from y90outcomes.yamlpage import Page, Path_

_FILLED = {"centre": "the centre of the page fills it"}
_PRECISION = "the precision of a date is kept by itself where `partial` completes one"


def _filled(name: str) -> str:
    """Why a column is never mapped, "" for the others."""
    return _PRECISION if name.endswith("_precision") else _FILLED.get(name, "")


def name_faults(page: Page, schema: Schema) -> list[Fault]:
    """Unknown table and column names; works on the raw page so that other mistakes do not hide them."""
    faults: list[Fault] = []
    for i, file in enumerate(_items(page.data.get("files"))):
        tables = file.get("tables") if isinstance(file, dict) else None
        for name, item in tables.items() if isinstance(tables, dict) else ():
            path: Path_ = ("files", i, "tables", name)
            table = schema.tables.get(name)
            if table is None:
                faults.append(Fault(page.place(path), f"unknown table {name!r}", choices(name, schema.tables)))
                continue
            if isinstance(item, dict):
                faults += _unknown_columns(page, path, item, table, TABLE_KEYS)
                for j, entry in enumerate(_items(item.get("long"))):
                    if isinstance(entry, dict):
                        faults += _unknown_columns(page, (*path, "long", j), entry, table, ("unit", "ng_per_iu"))
    return faults


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _unknown_columns(
    page: Page, path: Path_, item: Mapping[str, Any], table: TableSchema, also: tuple[str, ...]
) -> list[Fault]:
    faults = []
    for key in item:
        if _filled(key) and key in table.columns:
            faults.append(Fault(page.place((*path, key)), f"{key!r} is not mapped: {_filled(key)}", action="remove it"))
        elif key not in table.columns and key not in also:
            known = [name for name in table.columns if not _filled(name)]
            known = known if nearest(key, known) else [*known, *also]
            faults.append(
                Fault(page.place((*path, key)), f"table {table.name!r} has no column {key!r}", choices(key, known),
                      "correct the name; `y90 schema export` lists every column")
            )  # fmt: skip
    return faults


def column_faults(mapping: CentreMapping, page: Page, schema: Schema) -> list[Fault]:
    """Missing key columns, constants and codes outside their list, units not given or not accepted."""
    faults: list[Fault] = []
    for i, file in enumerate(mapping.files):
        for name, item in file.tables.items():
            table = schema.tables.get(name)
            if table is None:
                continue
            path: Path_ = ("files", i, "tables", name)
            faults += _repeat(page, path, item, table)
            for position, columns in item.entries():
                inner = path if position is None or item.repeat else (*path, "long", position)
                faults += _absent(page, inner, columns, table)
                for column_name, column in columns.items():
                    if column_name in table.columns and not _filled(column_name):
                        at = inner if (*inner, column_name) in page.lines else path
                        at = (*path, "repeat") if column_name in item.repeat else at
                        faults += _one(page, (*at, column_name), column, columns, table, schema)
                        faults += _date_faults(page, (*at, column_name), column, table.columns[column_name], file)
    return list(dict.fromkeys([*faults, *_limit_faults(mapping, page, schema)]))


def _repeat(page: Page, path: Path_, item: TableMapping, table: TableSchema) -> list[Fault]:
    """`repeat` may only spell out columns of the key, and each of its words must stand in a heading."""
    faults: list[Fault] = []
    allowed = [name for name in table.primary_key if name not in ("centre", "patient_id")]
    spelled = "".join(text for column in item.columns.values() for text in column.raw_columns)
    for key in item.repeat:
        if key not in allowed:
            faults.append(
                Fault(page.place((*path, "repeat", key)), f"{key!r} cannot be repeated over",
                      choices(key, allowed), "repeat over columns of the table's key")
            )  # fmt: skip
        elif f"{{{key}}}" not in spelled:
            faults.append(
                Fault(page.place((*path, "repeat", key)), f"no heading of the table holds {{{key}}}",
                      f"a heading such as '{{{key}}}_1'", f"write {{{key}}} where the headings hold its words")
            )  # fmt: skip
        if key in item.columns:
            faults.append(
                Fault(page.place((*path, key)), f"{key!r} is given here and under 'repeat'", action="keep one")
            )
    return faults


def _date_faults(page: Page, path: Path_, item: ColumnMapping, column: Column, file: FileMapping) -> list[Fault]:
    """A format without day or month needs the rule that completes it."""
    if column.type != "date" or item.from_ is None:
        if item.partial is not None:
            return [Fault(page.place(path), f"'partial' given for {column.name!r}, which is not a raw date")]
        if isinstance(item.from_, DateParts):
            return [Fault(page.place(path), f"{column.name!r} is not a date and takes no date parts")]
        return []
    partial = item.partial or file.partial
    formats = item.dates or (() if isinstance(item.from_, DateParts) else file.dates) or ()
    whole = "%Y-%m-%d"
    if isinstance(item.from_, DateParts):
        formats = ("-".join(("%Y", "%m", "%d")[: len(item.from_.columns)]),)
    faults = []
    for text in dict.fromkeys(formats):
        word = "" if "%d" in text else "month" if "%m" in text or "%b" in text else "year"
        if word and (partial is None or getattr(partial, word) is None):
            faults.append(
                Fault(page.place(path), f"{column.name!r} may arrive as {text} alone, and no rule completes it",
                      "partial: {" + word + ": first}, middle or last",
                      f"state the rule, or take only whole dates ({whole})")
            )  # fmt: skip
    return faults


def _limit_faults(mapping: CentreMapping, page: Page, schema: Schema) -> list[Fault]:
    """Normal ranges of the laboratory: known analytes, accepted units, numbers in order."""
    faults: list[Fault] = []
    extra = schema.codelists["analytes"].extra
    for analyte, limit in mapping.limits.items():
        path: Path_ = ("limits", analyte)
        if analyte not in extra:
            faults.append(Fault(page.place(path), f"unknown analyte {analyte!r}", choices(analyte, extra)))
            continue
        item = ColumnMapping.model_construct(ng_per_iu=limit.ng_per_iu)
        faults += _unit_fault(page, path, item, "limits", analyte, extra[analyte]["quantity"], limit.unit)
        parse = number_parser(".", None, Decimal(1))
        given = [(word, parse(text)) for word, text in (("lln", limit.lln), ("uln", limit.uln)) if text is not None]
        faults += [
            Fault(page.place((*path, word)), f"the {word} of {analyte!r} is not a number", "a number with a point")
            for word, (_value, rule) in given
            if rule
        ]
        values = [value for _word, (value, rule) in given if not rule and isinstance(value, float)]
        if len(values) == 2 and values[0] >= values[1]:
            faults.append(Fault(page.place(path), f"the lln of {analyte!r} is not below its uln"))
    return faults


def _absent(page: Page, path: Path_, columns: Mapping[str, ColumnMapping], table: TableSchema) -> list[Fault]:
    needed = [name for name in table.primary_key if table.columns[name].required]
    needed += [name for name, column in table.columns.items() if column.required and name not in needed]
    return [
        Fault(page.place(path), f"table {table.name!r} needs the column {name!r}",
              action=f"map {name!r}, or give it as {{constant: ...}}")
        for name in needed
        if name not in columns and name not in _FILLED
    ]  # fmt: skip


def _one(
    page: Page, path: Path_, item: ColumnMapping, row: Mapping[str, ColumnMapping], table: TableSchema, schema: Schema
) -> list[Fault]:
    column = table.columns[str(path[-1])]
    faults: list[Fault] = []
    if column.type in ("code", "codes"):
        allowed = schema.codes(column)
        values = ([] if item.constant is None else [item.constant]) + list((item.codes or {}).values())
        values += [*(item.tick or ()), *([] if item.none_ticked is None else [item.none_ticked])]
        if column.type == "codes":
            values = [code for value in values for code in value.split(MULTIPLE)]
        for value in dict.fromkeys(values):
            if value not in allowed:
                hint = "; to read a raw column write {from: ...}" if item.constant is not None else ""
                faults.append(
                    Fault(page.place(path), f"{value!r} is not a code of {column.codelist!r}",
                          choices(value, allowed), f"use a code of the list{hint}")
                )  # fmt: skip
    elif column.type == "boolean":
        faults += [
            Fault(page.place(path), f"{value!r} is not a truth value", "'true' or 'false'")
            for value in (item.codes or {}).values()
            if value not in ("true", "false")
        ]
    if item.constant is not None and column.type in ("integer", "number", "day", "date"):
        parse = date_parser((), False) if column.type == "date" else number_parser(".", None, Decimal(1))
        if parse(item.constant)[1]:
            wanted = "a date such as 2020-01-31" if column.type == "date" else "a number with a decimal point"
            faults.append(Fault(page.place(path), f"the constant of {column.name!r} is not {wanted}", wanted))
    if item.tick is not None and column.type not in ("code", "codes"):
        faults.append(Fault(page.place(path), f"'tick' given for {column.name!r}, which holds no codes"))
    if item.separator is not None and column.type != "codes":
        faults.append(Fault(page.place(path), f"'separator' given for {column.name!r}, which holds one value",
                            action="to take one piece of a cell write split and part"))  # fmt: skip
    if item.join is not None and column.type not in ("text", "date"):
        faults.append(Fault(page.place(path), f"'join' given for {column.name!r}, which is not a text or a date"))
    if item.dates is not None and column.type != "date":
        faults.append(Fault(page.place(path), f"'dates' given for {column.name!r}, which is not a date"))
    return faults + _unit_faults(page, path, item, column, row, schema)


def _unit_faults(
    page: Page, path: Path_, item: ColumnMapping, column: Column, row: Mapping[str, ColumnMapping], schema: Schema
) -> list[Fault]:
    if not column.quantity and not column.quantity_from:
        if item.unit is None and item.unit_from is None:
            return []
        stored = f"it is stored in {column.unit}" if column.unit else "it has no unit"
        return [Fault(page.place(path), f"'unit' given for {column.name!r}; {stored}", action="remove the unit")]
    if item.constant is not None and item.unit is None:
        return []  # a constant is in the canonical unit unless it says otherwise
    faults: list[Fault] = []
    wanted = quantities(column, row, schema)
    per_analyte = bool(column.quantity_from) and not _analyte_fixed(column, row)
    if item.unit_from is not None:
        accepted = {unit for quantity in wanted.values() for unit in accepted_units(quantity)} | set(AFP_IU_UNITS)
        faults += [
            Fault(page.place((*path, "units")), f"unknown unit {unit!r}", choices(unit, sorted(accepted)),
                  "write one of the accepted units")
            for unit in (item.units or {}).values()
            if normalise(unit) not in {normalise(known) for known in accepted}
        ]  # fmt: skip
        if item.unit is None:
            return faults
    if per_analyte != isinstance(item.unit, dict) and (per_analyte or item.unit is not None):
        problem = "takes one unit per analyte here" if per_analyte else "takes one unit, not one per analyte"
        action = "write unit: {bilirubin: µmol/L, ...}" if per_analyte else "write unit: ..."
        return [Fault(page.place(path), f"{column.name!r} {problem}", action=action)]
    units = item.unit if isinstance(item.unit, dict) else dict.fromkeys(wanted, item.unit)
    for analyte, unit in units.items():
        if analyte not in wanted:
            faults.append(Fault(page.place(path), f"unknown analyte {analyte!r}", choices(analyte, wanted)))
        else:
            faults += _unit_fault(page, path, item, column.name, analyte, wanted[analyte], unit)
    return faults


def _unit_fault(
    page: Page, path: Path_, item: ColumnMapping, name: str, analyte: str, quantity: str, unit: str | None
) -> list[Fault]:
    about = f"{name!r}" + (f" of {analyte!r}" if analyte else "")
    accepted = accepted_units(quantity)
    if unit is None:
        return [
            Fault(page.place(path), f"{about} is a number with a unit, and none is given",
                  f"one of {', '.join(accepted)}", f"add `unit: {canonical_unit(quantity)}` or the unit the file uses")
        ]  # fmt: skip
    if quantity == "afp" and normalise(unit) in AFP_IU_UNITS:
        if item.ng_per_iu is not None:
            return []
        return [
            Fault(page.place(path), "AFP in international units needs the assay's own factor", "ng_per_iu: a number",
                  "ask the laboratory for ng per IU of its assay; there is no default")
        ]  # fmt: skip
    if factor(quantity, unit) is None:
        return [
            Fault(page.place(path), f"unknown unit {unit!r} for {about}", choices(unit, accepted),
                  "write one of the accepted units")
        ]  # fmt: skip
    return []


def _analyte_fixed(column: Column, row: Mapping[str, ColumnMapping]) -> bool:
    given = row.get(column.quantity_from)
    return given is not None and given.constant is not None


def quantities(column: Column, row: Mapping[str, ColumnMapping], schema: Schema) -> dict[str, str]:
    """analyte → quantity of a column; {"": quantity} where it has its own, one entry where the analyte is fixed."""
    if column.quantity:
        return {"": column.quantity}
    extra = schema.codelists["analytes"].extra
    given = row.get(column.quantity_from)
    if given is not None and given.constant is not None:
        return {given.constant: extra[given.constant]["quantity"]} if given.constant in extra else {}
    return {code: more["quantity"] for code, more in extra.items()}


def raw_columns(file: FileMapping) -> list[tuple[Path_, str]]:
    """(path under the file, raw column) for every raw column a file mapping names."""
    found: dict[tuple[Path_, str], None] = {}
    for name, item in file.tables.items():
        base: Path_ = ("tables", name)
        for position, columns in item.entries():
            own = set(item.long[position]) if item.long and position is not None else set()
            for key, column in columns.items():
                at = (*base, "long", position, key) if position is not None and key in own else (*base, key)
                found |= dict.fromkeys((at, raw) for raw in column.raw_columns)
        if item.only_when is not None:
            found[((*base, "only_when", "column"), item.only_when.column)] = None
        found |= dict.fromkeys(((*base, "only", column), column) for column in item.only)
        found |= dict.fromkeys(((*base, "except", column), column) for column in item.except_)
    return list(found)


def absent_columns(file: FileMapping) -> list[tuple[Path_, str]]:
    """(path under the file, raw column) for every heading a mapping says the file does not have."""
    return [(("tables", name, "absent"), heading) for name, item in file.tables.items() for heading in item.absent]
