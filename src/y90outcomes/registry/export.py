"""The schema for people and editors: a data dictionary, and the JSON Schema that completes a centre's mapping page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from y90outcomes.registry.blanks import SETS, blank_workbook, dictionary_html, template_page
from y90outcomes.registry.mapping import CentreMapping
from y90outcomes.registry.mapping_columns import ColumnMapping
from y90outcomes.registry.values import AFP_IU_UNITS
from y90outcomes.schema import Column, Schema, TableSchema, dictionary_csv, load_schema
from y90outcomes.units import spellings

Json = dict[str, Any]


def export_schema(out: Path | str) -> tuple[Path, ...]:
    """Write the schema for people and editors into the folder `out`, made if need be; the paths.

    `dictionary.csv`, `mapping.schema.json`, `dictionary.html`, and `templates/`: a blank workbook per set of tables and
    the mapping page that reads them once they are filled.
    """
    folder, schema = Path(out), load_schema()
    text = json.dumps(mapping_json_schema(schema), ensure_ascii=False, indent=1, sort_keys=True)
    content = {
        "dictionary.csv": dictionary_csv(schema).encode("utf-8"),
        "mapping.schema.json": (text + "\n").encode("utf-8"),
        "dictionary.html": dictionary_html(schema).encode("utf-8"),
        **{f"templates/{name}.xlsx": blank_workbook(name, schema) for name in SETS},
        "templates/centre.yaml": template_page(schema).encode("utf-8"),
    }
    (folder / "templates").mkdir(parents=True, exist_ok=True)
    for name, body in content.items():
        (folder / name).write_bytes(body)
    return tuple(folder / name for name in content)


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
    definitions |= _shared_definitions()
    for table in schema.tables.values():
        for name, column in table.columns.items():
            definitions[f"{table.name}.{name}"] = _column(column, schema)
    for definition in (page, *definitions.values()):
        for key in ("dates", "missing", "partial"):
            if key in definition.get("properties", {}):
                definition["properties"][key] = _word(key)
    page["properties"]["limits"] = _limits(schema)
    page["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    page["title"] = "Mapping of one centre's raw files to the canonical tables"
    return page


def _table(table: TableSchema, schema: Schema) -> Json:
    mapped = {
        name: column for name, column in table.columns.items() if name != "centre" and not name.endswith("_precision")
    }
    columns: Json = {name: {"$ref": f"#/$defs/{table.name}.{name}"} for name in mapped}
    entry: Json = {
        name: {"anyOf": [{"enum": list(schema.codes(column))}, columns[name]]}
        if name in table.primary_key and column.type == "code"
        else columns[name]
        for name, column in mapped.items()
    }
    repeated = {
        name: {"type": "object", "additionalProperties": {"enum": list(schema.codes(column))} if column.codelist
               else {"type": ["string", "number"]}, "description": "word in the headings -> its code"}
        for name, column in mapped.items()
        if name in table.primary_key and name != "patient_id"
    }  # fmt: skip
    shared: Json = {}
    if any(column.quantity_from for column in table.columns.values()):
        shared = {"unit": {"type": "string"}, "ng_per_iu": {"type": "number", "exclusiveMinimum": 0}}
    long = {"type": "object", "additionalProperties": False, "properties": entry | shared}
    own: Json = {
        "long": {"type": "array", "items": long, "description": "one entry per canonical row made from a raw row"},
        "repeat": {
            "type": "object",
            "additionalProperties": False,
            "properties": repeated,
            "description": "one entry per combination; {column} in a heading stands for its word",
        },
        "absent": {"$ref": "#/$defs/Texts", "description": "headings repeat spells and the file does not have"},
        "distinct": {"type": "boolean", "description": "identical rows collapse into one"},
        "merge": {"type": "boolean", "description": "rows of one key from several files become one"},
        "only_when": {"$ref": "#/$defs/OnlyWhen"},
        "only": {"$ref": "#/$defs/RowTexts", "description": "raw column -> the texts its rows must hold"},
        "except": {"$ref": "#/$defs/RowTexts", "description": "raw column -> the texts its rows must not hold"},
    }
    return {
        "type": "object",
        "title": table.title,
        "description": table.description,
        "additionalProperties": False,
        "properties": columns | own | shared,
    }


def _column(column: Column, schema: Schema) -> Json:
    """A column as written: a raw heading, a bare number, or the long form."""
    codes = [] if column.type == "codes" else list(schema.codes(column))
    each = list(schema.codes(column))
    full: Json = {
        "from": {
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
            "description": "heading of the raw column, or headings",
        },
        "first_filled": {"type": "boolean", "description": "the first of several headings whose cell is filled"},
        "split": {"type": "string", "description": "cut the cell at this text"},
        "part": {"type": "integer", "minimum": 1, "description": "and take this piece"},
        "constant": {"enum": codes} if codes else {"type": ["string", "number", "boolean"]},
        "codes": {
            "type": "object",
            "additionalProperties": {"enum": codes} if codes else {"type": ["string", "number", "boolean"]},
        },
        "missing": _reasons(),
    }
    full |= {name: {"type": "string"} for name in ("not_personal",) if name in ColumnMapping.model_fields}
    if column.type in ("text", "date"):
        full["join"] = {"type": "string", "description": "text put between the cells of several headings"}
    if column.codelist:
        full["tick"] = {"type": "array", "items": {"enum": each}, "description": "the code each heading stands for"}
        full["ticked"] = full["unticked"] = {"$ref": "#/$defs/Texts"}
        full["none_ticked"] = {"enum": each}
    if column.type == "codes":
        full["separator"] = {"type": "string", "description": "cuts one cell into several codes"}
        full["codes"] = {"type": "object", "additionalProperties": {"type": "string"}}
    if column.type == "date":
        full |= {"dates": _word("dates"), "partial": _word("partial")}
        full["from"]["anyOf"].append({"$ref": "#/$defs/DateParts"})
    if column.quantity or column.quantity_from:
        full["unit_from"] = {"type": "string", "description": "raw column that holds the unit of each row"}
        full["units"] = {"type": "object", "additionalProperties": {"type": "string"}}
    if column.quantity:
        full["unit"] = {"enum": list(spellings(column.quantity))}
    if column.quantity == "day":
        full["days_per_month"] = {"type": "number", "exclusiveMinimum": 0}
    if column.quantity_from:
        full["unit"] = _analyte_units(schema)
        full["ng_per_iu"] = {"type": "number", "exclusiveMinimum": 0}
    plain: Json = {"type": ["string", "number"]}
    words = column.description + (f" Unit: {column.unit}." if column.unit else "")
    return {
        "description": words,
        "anyOf": [plain, {"type": "object", "additionalProperties": False, "properties": full}],
    }


def _analyte_units(schema: Schema) -> Json:
    extra = schema.codelists["analytes"].extra
    units = {code: list(spellings(more["quantity"])) for code, more in extra.items()}
    units["afp"] += AFP_IU_UNITS
    every = sorted({unit for names in units.values() for unit in names})
    each = {code: {"enum": names} for code, names in units.items()}
    return {"anyOf": [{"enum": every}, {"type": "object", "additionalProperties": False, "properties": each}]}


def _limits(schema: Schema) -> Json:
    number = {"type": "number"}
    each: Json = {
        "type": "object", "additionalProperties": False, "required": ["unit"],
        "properties": {"uln": number, "lln": number, "unit": {"type": "string"}, "ng_per_iu": number},
    }  # fmt: skip
    return {
        "type": "object", "additionalProperties": False, "description": "normal range of the centre's laboratory",
        "properties": dict.fromkeys(schema.codelists["analytes"].codes, each),
    }  # fmt: skip


def _shared_definitions() -> Json:
    texts: Json = {"anyOf": [{"type": ["string", "number", "boolean"]}, {"type": "array"}]}
    heading = {"type": "string", "minLength": 1}
    parts = {"year": heading, "month": heading, "day": heading}
    return {
        "Texts": texts,
        "RowTexts": {"type": "object", "additionalProperties": texts},
        "DateParts": {"type": "object", "additionalProperties": False, "required": ["year"], "properties": parts},
    }


def _word(key: str) -> Json:
    """`dates`, `partial` and `missing` as they are written, short forms included."""
    if key == "missing":
        return _reasons()
    if key == "partial":
        rule = {"enum": ["first", "middle", "last"]}
        both = {"type": "object", "additionalProperties": False, "properties": {"month": rule, "year": rule}}
        return {"anyOf": [rule, both], "description": "the day that stands for a date known to month or year only"}
    text = {"type": "string", "examples": ["%d/%m/%Y", "%Y-%m-%d"]}
    return {"anyOf": [text, {"type": "array", "items": text}], "description": "format of the raw dates"}


def _reasons() -> Json:
    return {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "description": "raw text that means missing -> reason",
    }
