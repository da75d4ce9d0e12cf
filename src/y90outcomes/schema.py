"""What the canonical data mean: the tables, columns and code lists of `data_schema/`, read once into frozen types.

The folder is a Frictionless data package; this module reads it and adds nothing. It imports no data-frame library, so a
protocol can be checked where there are no data.
"""

from __future__ import annotations

import csv
import functools
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ruamel.yaml import YAML

CANONICAL_TYPES = ("text", "code", "codes", "integer", "number", "date", "day", "boolean")
MULTIPLE = ";"
"""Joins the codes of a `codes` cell, in the order of their list."""
PROVENANCE = ("source_file", "source_sheet", "source_row")
"""Columns every canonical frame carries after those of its schema."""

_FRICTIONLESS = {"string": "text", "integer": "integer", "number": "number", "date": "date", "boolean": "boolean"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a canonical table.

    type       one of CANONICAL_TYPES; `day` is a number of days from first treatment, `codes` one or several codes
    unit       the unit every value is stored in, "" where there is none
    quantity   key of units.UNITS that decides which other units a centre may send, "" where none is converted
    quantity_from  the column whose code decides quantity and unit (labs: analyte), "" elsewhere
    low, high  impossible outside, both included; numbers, or ISO dates for type date; None means unbounded
    codelist   name of the code list of a `code` column
    required   a row without it is incomplete (a key column without it is not a row)
    """

    name: str
    type: str
    unit: str
    quantity: str
    quantity_from: str
    low: float | str | None
    high: float | str | None
    codelist: str
    required: bool
    description: str
    source: str


@dataclass(frozen=True, slots=True)
class Parent:
    """A foreign key: `columns` of the child must stand in `table` (same column names)."""

    columns: tuple[str, ...]
    table: str


@dataclass(frozen=True, slots=True)
class TableSchema:
    """One canonical table. `columns` is in file order; the primary key always begins centre, patient_id."""

    name: str
    title: str
    description: str
    columns: Mapping[str, Column]
    primary_key: tuple[str, ...]
    parents: tuple[Parent, ...]


@dataclass(frozen=True, slots=True)
class CodeList:
    """The codes a column may hold, with labels; `extra` holds further columns of the list's file, code by code."""

    name: str
    codes: Mapping[str, str]
    extra: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Schema:
    """The canonical tables and code lists of one version of `data_schema/`."""

    version: str
    tables: Mapping[str, TableSchema]
    codelists: Mapping[str, CodeList]

    def codes(self, column: Column) -> Mapping[str, str]:
        """code -> label of a code column, empty for any other."""
        return self.codelists[column.codelist].codes if column.codelist else {}


def schema_folder() -> Traversable:
    """`data_schema` inside the installed package, or the repository's folder in an editable install."""
    installed = resources.files("y90outcomes") / "data_schema"
    if installed.is_dir():
        return installed
    return Path(__file__).resolve().parents[2] / "data_schema"


@functools.cache
def load_schema() -> Schema:
    """The canonical schema, read once per process."""
    folder = schema_folder()
    package = _yaml(folder / "datapackage.yaml")
    tables: dict[str, TableSchema] = {}
    codelists: dict[str, CodeList] = {}
    for resource in package["resources"]:
        if "schema" in resource:
            tables[resource["name"]] = _table(_yaml(_inside(folder, resource["schema"])))
        elif resource["path"].startswith("codelists/"):
            name = Path(resource["path"]).stem
            codelists[name] = _codelist(name, _inside(folder, resource["path"]).read_text(encoding="utf-8"))
    return Schema(str(package["version"]), MappingProxyType(tables), MappingProxyType(codelists))


DICTIONARY = (
    "table", "column", "type", "unit", "low", "high", "codelist", "codes", "required", "key", "description", "source",
)  # fmt: skip


def dictionary_rows(schema: Schema) -> list[dict[str, str]]:
    """The data dictionary, one row per column, as text; codes read `code = label; ...`."""
    rows = []
    for table in schema.tables.values():
        for column in table.columns.values():
            codes = "; ".join(f"{code} = {label}" for code, label in schema.codes(column).items())
            values: tuple[Any, ...] = (
                table.name, column.name, column.type, column.unit, bound(column.low), bound(column.high),
                column.codelist, codes, "yes" if column.required else "no",
                "yes" if column.name in table.primary_key else "no", column.description, column.source,
            )  # fmt: skip
            rows.append(dict(zip(DICTIONARY, values, strict=True)))
    return rows


def dictionary_csv(schema: Schema) -> str:
    """The data dictionary as CSV text with DICTIONARY as header."""
    out = io.StringIO()
    writer = csv.DictWriter(out, DICTIONARY, lineterminator="\n")
    writer.writeheader()
    writer.writerows(dictionary_rows(schema))
    return out.getvalue()


def bound(value: float | str | None) -> str:
    """A limit as people read it, "" for none."""
    return "" if value is None else value if isinstance(value, str) else f"{value:g}"


def _inside(folder: Traversable, path: str) -> Traversable:
    return folder.joinpath(*path.split("/"))


def _yaml(page: Traversable) -> Any:
    return YAML(typ="safe", pure=True).load(page.read_text(encoding="utf-8"))


def _table(page: Mapping[str, Any]) -> TableSchema:
    columns = {entry["name"]: _column(entry) for entry in page["fields"]}
    parents = tuple(Parent(tuple(key["fields"]), key["reference"]["resource"]) for key in page.get("foreignKeys", ()))
    return TableSchema(
        page["name"], page["title"], page["description"], MappingProxyType(columns), tuple(page["primaryKey"]), parents
    )


def _column(entry: Mapping[str, Any]) -> Column:
    constraints = entry.get("constraints", {})
    codelist = entry.get("x-codelist", "")
    return Column(
        name=entry["name"],
        type=entry.get("x-type") or ("code" if codelist else _FRICTIONLESS[entry["type"]]),
        unit=entry.get("x-unit", ""),
        quantity=entry.get("x-quantity", ""),
        quantity_from=entry.get("x-quantity-from", ""),
        low=constraints.get("minimum"),
        high=constraints.get("maximum"),
        codelist=codelist,
        required=constraints.get("required", False),
        description=entry["description"],
        source=entry["x-source"],
    )


def _codelist(name: str, text: str) -> CodeList:
    rows = list(csv.DictReader(io.StringIO(text)))
    plain = {"code", "label", "source"}
    extra = {row["code"]: MappingProxyType({k: v for k, v in row.items() if k not in plain}) for row in rows}
    return CodeList(name, MappingProxyType({row["code"]: row["label"] for row in rows}), MappingProxyType(extra))
