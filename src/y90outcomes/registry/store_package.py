"""The descriptor of a saved registry: what each Parquet file holds, as a Frictionless data package."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from y90outcomes.schema import Schema, TableSchema

Json = dict[str, Any]

_TYPES = {
    "string": "string", "Int64": "integer", "int64": "integer", "float64": "number", "datetime64[s]": "date",
    "boolean": "boolean",
}  # fmt: skip
_TITLES = {
    "issues": "What was noticed while the tables were made; no cell's value stands here",
    "missing": "How many cells are empty, and why",
    "sources": "The raw tables that were read",
    "corrections": "Answered queries that were applied: who, when, why, and the cell before and after",
}
_PROVENANCE = {
    "source_file": "File the row was read from, relative to the study folder.",
    "source_sheet": "Sheet of that file; empty where it has none.",
    "source_row": "Line of a text file, row of a sheet (the header counts), 1-based record elsewhere.",
}


def descriptor(
    schema: Schema, expected: Mapping[str, Mapping[str, str]], rows: Mapping[str, int],
    sizes: Mapping[str, tuple[int, str]], facts: Mapping[str, str],
) -> Json:  # fmt: skip
    """`datapackage.json` of the tables in `expected` (table -> column -> pandas dtype).

    rows   table -> number of records; sizes  table -> (bytes, sha256) of its file
    """
    resources = []
    for name, dtypes in expected.items():
        table = schema.tables.get(name)
        resources.append({
            "name": name,
            "type": "table",
            "title": table.title if table else _TITLES[name],
            "description": table.description if table else _TITLES[name],
            "path": f"tables/{name}.parquet",
            "scheme": "file",
            "format": "parquet",
            "mediatype": "application/vnd.apache.parquet",
            "bytes": sizes[name][0],
            "rows": rows[name],
            "hash": f"sha256:{sizes[name][1]}",
            "schema": _schema(schema, table, dtypes),
        })  # fmt: skip
    return {
        "name": "y90outcomes-registry",
        "title": "Canonical registry for outcomes analysis of Y-90 radioembolisation",
        "version": facts["schema"],
        "x-schema-version": facts["schema"],
        "x-fingerprint": facts["fingerprint"],
        "resources": resources,
    }


def _schema(schema: Schema, table: TableSchema | None, dtypes: Mapping[str, str]) -> Json:
    """The Table Schema of one file. No key is declared: a registry with open issues may be saved."""
    return {"fields": [_field(schema, table, name, dtype) for name, dtype in dtypes.items()]}


def _field(schema: Schema, table: TableSchema | None, name: str, dtype: str) -> Json:
    field: Json = {"name": name, "type": _TYPES[dtype]}
    column = table.columns.get(name) if table else None
    if column is None:
        return field | ({"description": _PROVENANCE[name]} if name in _PROVENANCE else {})
    bounds = {"minimum": column.low, "maximum": column.high}
    constraints: Json = {key: value for key, value in bounds.items() if value is not None}
    field["description"] = column.description
    if column.type == "code":
        constraints["enum"] = list(schema.codes(column))
    if constraints:
        field["constraints"] = constraints
    return field | ({"x-unit": column.unit} if column.unit else {})
