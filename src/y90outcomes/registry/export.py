"""The schema for people and editors: a data dictionary, and the JSON Schema that completes a centre's mapping page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from y90outcomes.registry.mapping import CentreMapping
from y90outcomes.registry.values import AFP_IU_UNITS
from y90outcomes.schema import Column, Schema, TableSchema, dictionary_csv, load_schema
from y90outcomes.units import accepted_units

Json = dict[str, Any]


def export_schema(out: Path | str) -> tuple[Path, Path]:
    """Write `dictionary.csv` and `mapping.schema.json` into the folder `out`, made if need be; their paths."""
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    dictionary, mapping = folder / "dictionary.csv", folder / "mapping.schema.json"
    dictionary.write_bytes(dictionary_csv(load_schema()).encode("utf-8"))
    text = json.dumps(mapping_json_schema(load_schema()), ensure_ascii=False, indent=1, sort_keys=True)
    mapping.write_bytes((text + "\n").encode("utf-8"))
    return dictionary, mapping


def mapping_json_schema(schema: Schema) -> Json:
    """JSON Schema of a mapping page as it is written: tables, columns, codes and units by name."""
    page = CentreMapping.model_json_schema(by_alias=True)
    definitions: Json = page["$defs"]
    for name in ("ColumnMapping", "TableMapping"):
        definitions.pop(name)
    definitions["FileMapping"]["properties"]["tables"] = {
        "type": "object",
        "additionalProperties": False,
        "minProperties": 1,
        "properties": {table.name: _table(table, schema) for table in schema.tables.values()},
    }
    for definition in (page, *definitions.values()):
        for key in ("dates", "missing"):
            if key in definition.get("properties", {}):
                definition["properties"][key] = _dates() if key == "dates" else _reasons()
    page["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    page["title"] = "Mapping of one centre's raw files to the canonical tables"
    return page


def _table(table: TableSchema, schema: Schema) -> Json:
    columns = {name: _column(column, schema, False) for name, column in table.columns.items() if name != "centre"}
    entry = {
        name: _column(column, schema, name in table.primary_key and column.type == "code")
        for name, column in table.columns.items()
        if name != "centre"
    }
    shared: Json = {}
    if any(column.quantity_from for column in table.columns.values()):
        shared = {"unit": {"type": "string"}, "ng_per_iu": {"type": "number", "exclusiveMinimum": 0}}
    long = {"type": "object", "additionalProperties": False, "properties": entry | shared}
    own: Json = {
        "long": {"type": "array", "items": long, "description": "one entry per canonical row made from a raw row"},
        "distinct": {"type": "boolean", "description": "identical rows collapse into one"},
        "only_when": {"$ref": "#/$defs/OnlyWhen"},
    }
    return {
        "type": "object",
        "title": table.title,
        "description": table.description,
        "additionalProperties": False,
        "properties": columns | own | shared,
    }


def _column(column: Column, schema: Schema, code: bool) -> Json:
    """A column as written: a raw heading, a bare number, or the long form; in `long` a code of the key."""
    codes = list(schema.codes(column))
    full: Json = {
        "from": {"type": "string", "description": "heading of the raw column"},
        "constant": {"enum": codes} if codes else {"type": ["string", "number", "boolean"]},
        "codes": {
            "type": "object",
            "additionalProperties": {"enum": codes} if codes else {"type": ["string", "number", "boolean"]},
        },
        "missing": _reasons(),
    }
    if column.type == "date":
        full["dates"] = _dates()
    if column.quantity:
        full["unit"] = {"enum": list(accepted_units(column.quantity))}
    if column.quantity == "day":
        full["days_per_month"] = {"type": "number", "exclusiveMinimum": 0}
    if column.quantity_from:
        full["unit"] = _analyte_units(schema)
        full["ng_per_iu"] = {"type": "number", "exclusiveMinimum": 0}
    plain: Json = {"enum": codes} if code else {"type": ["string", "number"]}
    words = column.description + (f" Unit: {column.unit}." if column.unit else "")
    return {
        "description": words,
        "anyOf": [plain, {"type": "object", "additionalProperties": False, "properties": full}],
    }


def _analyte_units(schema: Schema) -> Json:
    extra = schema.codelists["analytes"].extra
    units = {code: list(accepted_units(more["quantity"])) for code, more in extra.items()}
    units["afp"] += AFP_IU_UNITS
    every = sorted({unit for names in units.values() for unit in names})
    each = {code: {"enum": names} for code, names in units.items()}
    return {"anyOf": [{"enum": every}, {"type": "object", "additionalProperties": False, "properties": each}]}


def _dates() -> Json:
    text = {"type": "string", "examples": ["%d/%m/%Y", "%Y-%m-%d"]}
    return {"anyOf": [text, {"type": "array", "items": text}], "description": "format of the raw dates"}


def _reasons() -> Json:
    return {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "description": "raw text that means missing -> reason",
    }
