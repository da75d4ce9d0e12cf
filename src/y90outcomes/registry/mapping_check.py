"""What a mapping page may name: tables, columns, codes and units of the schema, with the nearest ones after a slip."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from y90outcomes.errors import Fault, choices
from y90outcomes.registry.mapping import TABLE_KEYS, CentreMapping, ColumnMapping, FileMapping
from y90outcomes.registry.values import AFP_IU_UNITS, date_parser, number_parser
from y90outcomes.schema import Column, Schema, TableSchema
from y90outcomes.units import accepted_units, canonical_unit, factor, normalise
from y90outcomes.yamlpage import Page, Path_

_FILLED = {"centre": "the centre of the page fills it"}


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
        if key in _FILLED:
            faults.append(Fault(page.place((*path, key)), f"{key!r} is not mapped: {_FILLED[key]}", action="remove it"))
        elif key not in table.columns and key not in also:
            known = [*(name for name in table.columns if name not in _FILLED), *also]
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
            for position, columns in item.entries():
                path: Path_ = ("files", i, "tables", name)
                inner = path if position is None else (*path, "long", position)
                faults += _absent(page, inner, columns, table)
                for column_name, column in columns.items():
                    if column_name in table.columns and column_name not in _FILLED:
                        at = inner if (*inner, column_name) in page.lines else path
                        faults += _one(page, (*at, column_name), column, columns, table, schema)
    return list(dict.fromkeys(faults))


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
    if column.type == "code":
        allowed = schema.codes(column)
        values = ([] if item.constant is None else [item.constant]) + list((item.codes or {}).values())
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
    if item.dates is not None and column.type != "date":
        faults.append(Fault(page.place(path), f"'dates' given for {column.name!r}, which is not a date"))
    return faults + _unit_faults(page, path, item, column, row, schema)


def _unit_faults(
    page: Page, path: Path_, item: ColumnMapping, column: Column, row: Mapping[str, ColumnMapping], schema: Schema
) -> list[Fault]:
    if not column.quantity and not column.quantity_from:
        if item.unit is None:
            return []
        stored = f"it is stored in {column.unit}" if column.unit else "it has no unit"
        return [Fault(page.place(path), f"'unit' given for {column.name!r}; {stored}", action="remove the unit")]
    if item.constant is not None and item.unit is None:
        return []  # a constant is in the canonical unit unless it says otherwise
    faults: list[Fault] = []
    wanted = quantities(column, row, schema)
    per_analyte = bool(column.quantity_from) and not _analyte_fixed(column, row)
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
    found: list[tuple[Path_, str]] = []
    for name, item in file.tables.items():
        base: Path_ = ("tables", name)
        found += [((*base, key), column.from_) for key, column in item.columns.items() if column.from_ is not None]
        for position, entry in enumerate(item.long):
            at: Path_ = (*base, "long", position)
            found += [((*at, key), column.from_) for key, column in entry.items() if column.from_ is not None]
        if item.only_when is not None:
            found.append(((*base, "only_when", "column"), item.only_when.column))
    return found
