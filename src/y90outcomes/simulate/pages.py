"""The mapping page of one centre, from the sheets it sends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from y90outcomes.schema import Schema
from y90outcomes.simulate.centres import Style, quantity_of
from y90outcomes.simulate.laboratory import ANALYTES
from y90outcomes.simulate.sheets import SEPARATOR, TICKED, Block, Placed, Sheet

ALWAYS: Mapping[tuple[str, str], str] = MappingProxyType({
    ("patients", "diagnosis"): "hcc", ("treatments", "treatment_number"): "1", ("treatments", "device"): "glass",
    ("lesions", "organ"): "liver", ("dosimetry", "treatment_number"): "1", ("dosimetry", "model"): "partition",
    ("adverse_events", "ctcae_version"): "4.02", ("patients", "dialysis"): "no", ("patients", "anticoagulation"): "no",
})  # fmt: skip
"""Columns no file has, because the value is the same for all: constants of the mapping page."""


def constants(block: Block, same: Mapping[tuple[str, str], str]) -> dict[str, str]:
    """What the mapping page says of a block that no cell says."""
    always = {column: value for (table, column), value in same.items() if table == block.table}
    also = {"occurrence": "yes"} if block.where.get("event") == "last_contact" else {}
    return {**always, **block.where, **also}


def mapping_page(
    style: Style, sheets: Sequence[Sheet], schema: Schema, same: Mapping[tuple[str, str], str] = ALWAYS
) -> dict[str, Any]:
    """The mapping page of the centre, as plain data; `same` are the columns no file has."""
    page: dict[str, Any] = {
        "centre": style.name, "origin": "synthetic",
        "description": "Invented patients of an invented centre; drawn by y90 simulate.",
        "missing": {style.missing: "not_recorded"},
        "files": [_file(style, sheet, schema, same) for sheet in sheets],
    }  # fmt: skip
    return page


def _file(style: Style, sheet: Sheet, schema: Schema, same: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    entry: dict[str, Any] = {"path": sheet.file}
    form = style.form
    if form in ("xlsx", "ods"):
        entry["sheet"] = sheet.sheet
    if form in ("sqlite", "duckdb"):
        entry["table"] = sheet.sheet
    if form == "redcap":
        entry["format"] = "redcap"
        entry["dictionary"] = sheet.file.replace(".csv", "_dictionary.csv")
        if sheet.sheet:
            entry["instrument"] = sheet.sheet
    if style.header > 1:
        entry["header_row"] = style.header
    dialect: dict[str, str] = {}
    if form in ("csv", "tsv"):
        dialect["delimiter"] = style.delimiter
        if style.encoding != "utf-8":
            dialect["encoding"] = style.encoding
    if style.decimal != ".":
        dialect["decimal"] = style.decimal
    if dialect:
        entry["dialect"] = dialect
    if style.dates and "date" in sheet.kinds.values():
        entry["dates"] = style.dates
    tables: dict[str, Any] = {}
    for placed in sheet.placed:
        said = _said(style, placed, schema, same)
        name = placed.block.table
        if placed.block.entry:
            tables.setdefault(name, {"long": []})["long"].append(said)
        else:
            tables[name] = said
    for item in tables.values():
        if "long" in item:  # what every entry says alike is said once, above
            first = item["long"][0]
            alike = [key for key in first if all(other.get(key) == first[key] for other in item["long"])]
            alike = [key for key in alike if key not in ("analyte", "compartment", "event", "criterion")]
            item.update({key: first[key] for key in alike})
            item["long"] = [{k: v for k, v in other.items() if k not in alike} for other in item["long"]]
    entry["tables"] = tables
    return entry


def _said(style: Style, placed: Placed, schema: Schema, same: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    block = placed.block
    table = schema.tables[block.table]
    said: dict[str, Any] = {}
    for name, headings in placed.headings.items():
        column = table.columns[name]
        spec: dict[str, Any] = {"from": headings[0]}
        if column.type == "codes" and style.layout == "wide":
            spec = {"from": list(headings), "tick": list(style.codes(column.codelist)), "ticked": TICKED}
        elif column.type == "codes":
            spec["separator"] = SEPARATOR
            spec["codes"] = {text: code for code, text in style.codes(column.codelist).items()}
        elif column.type == "code":
            spec["codes"] = {text: code for code, text in style.codes(column.codelist).items()}
        elif column.quantity_from:
            analyte = block.where.get("analyte")
            units = {name: style.unit(quantity_of(column, name))[0] for name in ANALYTES}
            spec["unit"] = units[analyte] if analyte else units
        elif column.type in ("number", "day") and column.quantity:
            spec["unit"] = style.unit(column.quantity)[0]
        said[name] = headings[0] if spec == {"from": headings[0]} else spec
    for name, value in constants(block, same).items():
        code = table.columns[name].type == "code" and name in table.primary_key and block.entry and name in block.where
        said[name] = value if code else {"constant": value}
    if block.limits:
        analyte = block.where["analyte"]
        unit = style.unit(quantity_of(table.columns["value"], analyte))[0]
        low, high = style.limits[analyte]
        said["uln"], said["lln"] = {"constant": high, "unit": unit}, {"constant": low, "unit": unit}
    return said
