"""A saved registry as one DuckDB file: the same tables, each column with its description and unit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

from y90outcomes.errors import Fault, InputError
from y90outcomes.schema import Schema

FACTS = "registry"
"""Table of two text columns, `key` and `value`: schema version and fingerprint."""
_CLOSED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false", "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false", "lock_configuration": "true",
}  # fmt: skip
"""A file from elsewhere may hold views; nothing outside the file can be reached through them."""


def write_duckdb(path: Path, tables: Mapping[str, pa.Table], schema: Schema, facts: Mapping[str, str]) -> None:
    """Write the tables to a new file, then put it in the place of `path`."""
    draft = path.with_name(f".{path.name}.part")
    draft.unlink(missing_ok=True)
    content = {**tables, FACTS: pa.table({"key": list(facts), "value": list(facts.values())})}
    try:
        with duckdb.connect(str(draft), config={"autoinstall_known_extensions": "false", "threads": "1"}) as connection:
            connection.begin()
            for name, table in content.items():
                connection.from_arrow(table).create(name)
            for statement in _comments(schema):
                connection.execute(statement)
            connection.commit()
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
        draft.with_name(draft.name + ".wal").unlink(missing_ok=True)


def read_duckdb(
    path: Path, expected: Mapping[str, Mapping[str, str]], limit: int
) -> tuple[dict[str, pa.Table], dict[str, str]]:
    """The tables named in `expected`, and the facts. Read only; views are not tables here."""
    shown = str(path)
    try:
        with duckdb.connect(shown, read_only=True, config=_CLOSED) as connection:
            known = connection.execute(
                "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main' AND NOT internal"
            ).fetchall()
            lacking = sorted({FACTS, *expected} - {str(name) for (name,) in known})
            if lacking:
                raise InputError(Fault(shown, f"has no table {', '.join(lacking)}", "a file written by `y90 registry`"))
            tables = {}
            for name, columns in expected.items():
                relation = connection.table(name)
                if relation.shape[0] > limit:
                    raise InputError(Fault(f"{shown}, {name}", "too large to be read", f"at most {limit} rows"))
                if not set(columns) <= set(relation.columns):
                    raise InputError(Fault(f"{shown}, {name}", "lacks columns of the schema", ", ".join(columns)))
                tables[name] = relation.to_arrow_table().select(list(columns))
            facts = {str(key): str(value) for key, value in connection.table(FACTS).fetchall()}
    except (duckdb.Error, ValueError):
        raise InputError(
            Fault(shown, "not readable as a registry in DuckDB", "a file written by `y90 registry`",
                  "save the registry again")
        ) from None  # fmt: skip
    return tables, facts


def _comments(schema: Schema) -> list[str]:
    statements = []
    for table in schema.tables.values():
        statements.append(f"COMMENT ON TABLE {_quoted(table.name)} IS {_text(table.description)}")
        for column in table.columns.values():
            words = column.description + (f" Unit: {column.unit}." if column.unit else "")
            statements.append(f"COMMENT ON COLUMN {_quoted(table.name)}.{_quoted(column.name)} IS {_text(words)}")
    return statements


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(words: str) -> str:
    return "'" + words.replace("'", "''") + "'"
