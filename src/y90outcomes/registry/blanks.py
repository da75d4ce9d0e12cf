"""Blank workbooks a centre can fill, the page that maps them back, and the dictionary as one HTML page."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from importlib import resources
from types import MappingProxyType
from typing import Any

from jinja2 import Environment, StrictUndefined

from y90outcomes.registry.queries_xlsx import same_bytes
from y90outcomes.schema import Column, Schema, TableSchema, bound

SETS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "clinical": ("patients", "treatments", "therapies", "adverse_events", "follow_up"),
    "tumours": ("lesions", "dosimetry", "assessments", "imaging", "pathology"),
    "laboratory": ("labs",),
})  # fmt: skip
"""Workbook → the tables it asks for, one sheet each."""

LAST_ROW = 5000
"""The drop-downs reach down to this row."""


def dictionary_html(schema: Schema) -> str:
    """The dictionary as one page that needs nothing else; code lists are linked both ways."""
    source = (resources.files("y90outcomes.registry") / "templates" / "dictionary.html.j2").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True)
    used: dict[str, list[tuple[str, str]]] = {name: [] for name in schema.codelists}
    for table in schema.tables.values():
        for column in table.columns.values():
            if column.codelist:
                used[column.codelist].append((table.name, column.name))
    lists = [schema.codelists[name] for name in sorted(schema.codelists)]
    extra = {item.name: list(next(iter(item.extra.values()), {})) for item in lists}
    return environment.from_string(source).render(schema=schema, lists=lists, used=used, extra=extra, bound=bound)


def asked(table: TableSchema) -> list[Column]:
    """The columns a centre fills: not its own name, nor what the toolkit works out."""
    return [column for name, column in table.columns.items() if name != "centre" and not name.endswith("_precision")]


def blank_workbook(name: str, schema: Schema) -> bytes:
    """The blank workbook of one set; the same bytes every time.

    A sheet per table: headings with a note (meaning, unit, what is allowed), a drop-down where a code list holds, and a
    last sheet with every code and its label.
    """
    from openpyxl import Workbook
    from openpyxl.comments import Comment
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    first = book.active
    assert first is not None  # noqa: S101  a new workbook has a sheet
    codes = book.create_sheet("Codes")
    places = _code_sheet(codes, [schema.tables[table] for table in SETS[name]], schema)
    for table_name in SETS[name]:
        table = schema.tables[table_name]
        sheet = book.create_sheet(table_name, index=len(book.sheetnames) - 1)
        for at, column in enumerate(asked(table), start=1):
            letter = get_column_letter(at)
            cell = sheet.cell(1, at, column.name)
            cell.font = Font(bold=True, italic=not column.required)
            cell.fill = PatternFill("solid", start_color="DDEBF7", end_color="DDEBF7")
            note = Comment(_note(column, schema), "y90outcomes")
            note.width, note.height = 360, 180
            cell.comment = note
            sheet.column_dimensions[letter].width = max(12, len(column.name) + 2)
            if column.type == "date":
                sheet.column_dimensions[letter].number_format = "yyyy-mm-dd"
            elif column.type in ("text", "code", "codes"):
                sheet.column_dimensions[letter].number_format = "@"
            rule = _validation(column, places, DataValidation)
            if rule is not None:
                rule.add(f"{letter}2:{letter}{LAST_ROW}")
                sheet.add_data_validation(rule)
        sheet.freeze_panes = "A2"
    book.remove(first)
    book.properties.creator = "y90outcomes"
    book.properties.title = f"Blank tables, {name}, schema {schema.version}"
    out = io.BytesIO()
    book.save(out)
    return same_bytes(out.getvalue())


def template_page(schema: Schema) -> str:
    """The mapping page of the filled workbooks: every column under its own name, in its canonical unit."""
    lines = [
        "# Maps the blank workbooks once they are filled and put under data/. Take out entries of empty sheets.",
        "centre: centre",
        "origin: clinical",
        "files:",
    ]
    units = {code: more["unit"] for code, more in schema.codelists["analytes"].extra.items()}
    per_analyte = (
        "{" + ", ".join(f"{code}: {json.dumps(unit, ensure_ascii=False)}" for code, unit in units.items()) + "}"
    )
    for name, tables in SETS.items():
        for table_name in tables:
            lines += [f"  - path: data/{name}.xlsx", f"    sheet: {table_name}", "    tables:", f"      {table_name}:"]
            for column in asked(schema.tables[table_name]):
                parts = [f"from: {column.name}"]
                if column.quantity:
                    parts.append(f"unit: {json.dumps(column.unit, ensure_ascii=False)}")
                elif column.quantity_from:
                    parts.append(f"unit: {per_analyte}")
                if column.type == "codes":
                    parts.append('separator: ";"')
                plain = len(parts) == 1
                lines.append(f"        {column.name}: " + (column.name if plain else "{" + ", ".join(parts) + "}"))
    return "\n".join(lines) + "\n"


def _note(column: Column, schema: Schema) -> str:
    parts = [column.description]
    if column.quantity_from:
        parts.append("Unit: the one the sheet Codes gives for the analyte.")
    elif column.unit:
        parts.append(f"Unit: {column.unit}.")
    if column.low is not None or column.high is not None:
        parts.append(f"Allowed: {bound(column.low)} to {bound(column.high)}.")
    if column.type == "codes":
        parts.append(f"One or several codes with ; between: {', '.join(schema.codes(column))}.")
    elif column.codelist:
        parts.append("Choose a code; the sheet Codes explains them.")
    if column.type == "date":
        parts.append("As 2020-01-31.")
    parts.append("Required." if column.required else "May stay empty.")
    return "\n".join(parts)


def _code_sheet(sheet: Any, tables: list[TableSchema], schema: Schema) -> dict[str, str]:
    """Code lists side by side, two columns each; list → the cells its codes stand in."""
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    names = dict.fromkeys(column.codelist for table in tables for column in asked(table) if column.codelist)
    places = {}
    for number, name in enumerate(names):
        at = 2 * number + 1
        sheet.cell(1, at, name).font = Font(bold=True)
        sheet.cell(1, at + 1, "meaning").font = Font(bold=True)
        codelist = schema.codelists[name]
        for row, (code, label) in enumerate(codelist.codes.items(), start=2):
            unit = codelist.extra.get(code, {}).get("unit", "")
            for place, text in ((at, code), (at + 1, f"{label} [{unit}]" if unit else label)):
                cell = sheet.cell(row, place, text)
                cell.data_type = "s"  # a label that begins with = stays a text
                cell.number_format = "@"
        letter = get_column_letter(at)
        places[name] = f"Codes!${letter}$2:${letter}${len(codelist.codes) + 1}"
        sheet.column_dimensions[get_column_letter(at + 1)].width = 40
    return places


def _validation(column: Column, places: Mapping[str, str], make: Callable[..., Any]) -> Any:
    if column.type == "code":
        rule = make(type="list", formula1=places[column.codelist], allow_blank=not column.required)
        rule.error = f"Choose a code of {column.codelist}."
    elif column.type in ("number", "integer", "day") and column.low is not None and column.high is not None:
        kind = "whole" if column.type == "integer" else "decimal"
        rule = make(
            type=kind, operator="between", formula1=bound(column.low), formula2=bound(column.high), allow_blank=True
        )
        rule.error = f"Allowed: {bound(column.low)} to {bound(column.high)} {column.unit}".rstrip() + "."
    else:
        return None
    rule.showErrorMessage = True
    rule.errorTitle = column.name[:30]
    return rule
