"""The canonical registry kept: a Frictionless data package of Parquet files, or one DuckDB file with the same tables.

Both hold every canonical table with the source row of each record, and the tables `issues`, `missing`, `sources` and
`corrections`.
What is read back equals what was saved, types and fingerprint included. Nothing partial is ever left behind.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from y90outcomes.errors import Fault, InputError, Issue
from y90outcomes.registry.digest import fingerprint
from y90outcomes.registry.parts import DTYPES
from y90outcomes.registry.queries_answers import Correction
from y90outcomes.registry.read import MISSING_COLUMNS, Registry, Source
from y90outcomes.registry.store_duckdb import read_duckdb, write_duckdb
from y90outcomes.registry.store_package import descriptor
from y90outcomes.results.whole import whole_folder
from y90outcomes.schema import PROVENANCE, Schema, load_schema

DUCKDB = (".duckdb", ".ddb")
DESCRIPTOR = "datapackage.json"
LIMIT_ROWS = 50_000_000
LIMIT_UNPACKED = 8_000_000_000
"""A stored table beyond these is refused before it is unpacked (rows; bytes)."""

_ARROW: Mapping[str, pa.DataType] = MappingProxyType({
    "string": pa.string(), "Int64": pa.int64(), "float64": pa.float64(), "datetime64[s]": pa.date32(),
    "boolean": pa.bool_(), "int64": pa.int64(),
})  # fmt: skip
"""Pandas dtype of a canonical column -> how it is stored; a date stays a date, a gap stays a gap."""


def save_registry(registry: Registry, path: str | Path) -> Path:
    """Write `registry` to `path`: one DuckDB file for `.duckdb`, else a folder holding a data package of Parquet files.

    A folder is replaced whole when it is empty or an earlier store, and never otherwise. The text of a faulty cell
    (`Issue.value`) is not kept: the store holds canonical values only. InputError where it cannot be written.
    """
    target = Path(path)
    check_target(target)
    tables = {name: _to_arrow(frame, dtypes) for name, (frame, dtypes) in _frames(registry).items()}
    facts = {"schema": registry.schema.version, "fingerprint": registry.fingerprint}
    if target.suffix.lower() in DUCKDB:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_duckdb(target, tables, registry.schema, facts)
        return target
    with whole_folder(target) as draft:
        _write_package(draft, tables, registry.schema, facts)
    return target


def check_target(path: str | Path) -> None:
    """InputError where `save_registry` would not write: a file in the way, or a folder with something else in it."""
    target = Path(path)
    if target.suffix.lower() in DUCKDB:
        if target.is_dir():
            raise InputError(Fault(str(target), "is a folder", "a .duckdb file", "name another file"))
        if target.is_file() and not _holds_duckdb(target):
            raise InputError(Fault(str(target), "is not a DuckDB file", "a new file", "name another file"))
    elif target.suffix:
        raise InputError(
            Fault(str(target), f"a registry is not written as {target.suffix}", "a folder, or a .duckdb file")
        )
    elif target.is_file():
        raise InputError(Fault(str(target), "is a file", "a folder, or a .duckdb file", "name another folder"))
    elif target.is_dir() and any(target.iterdir()) and not _is_store(target):
        raise InputError(
            Fault(str(target), "holds something other than a saved registry", "an empty or new folder",
                  "name another folder; nothing there was touched")
        )  # fmt: skip


def _holds_duckdb(file: Path) -> bool:
    with file.open("rb") as stream:
        return stream.read(12)[8:] == b"DUCK"


def load_registry(path: str | Path) -> Registry:
    """The registry saved at `path` (a folder with `datapackage.json`, or a DuckDB file), equal to what was saved.

    InputError when it is not such a store, was made with another schema, or was changed since.
    """
    source = Path(path)
    schema = load_schema()
    expected = _expected(schema)
    if source.is_dir():
        tables, facts = _read_package(source, expected)
    elif source.is_file():
        tables, facts = read_duckdb(source, expected, LIMIT_ROWS)
    else:
        raise InputError(Fault(str(source), "no registry there", "a folder or .duckdb file written by `y90 registry`"))
    if facts.get("schema") != schema.version:
        raise InputError(
            Fault(str(source), "made with another version of the schema", schema.version, "save the registry again")
        )
    frames = {name: _to_pandas(table, expected[name], f"{source}, {name}") for name, table in tables.items()}
    canonical = {name: frames[name] for name in schema.tables}
    if fingerprint(canonical, schema) != facts.get("fingerprint"):
        raise InputError(Fault(str(source), "the tables are not those that were saved", action="save them again"))
    return Registry(
        tables=MappingProxyType(canonical),
        schema=schema,
        issues=tuple(Issue(**record) for record in _records(frames["issues"])),
        sources=tuple(Source(**record) for record in _records(frames["sources"])),
        corrections=tuple(Correction(**record) for record in _records(frames["corrections"])),
        missing=frames["missing"],
        fingerprint=str(facts["fingerprint"]),
    )


Dtypes = dict[str, str]
_RECORDS: Mapping[str, type[Issue | Source | Correction]] = MappingProxyType(
    {"issues": Issue, "sources": Source, "corrections": Correction}
)
"""Attribute of a Registry, and table of a store -> what its rows are."""


def _expected(schema: Schema) -> dict[str, Dtypes]:
    """table -> column -> pandas dtype, of everything a store holds."""
    whole: dict[str, Dtypes] = {}
    for name, table in schema.tables.items():
        whole[name] = {column.name: DTYPES[column.type] for column in table.columns.values()}
        whole[name] |= {name: "Int64" if name == "source_row" else "string" for name in PROVENANCE}
    for name, made_of in _RECORDS.items():
        names = [field.name for field in fields(made_of) if (name, field.name) != ("issues", "value")]
        whole[name] = {name: "Int64" if name in ("row", "rows") else "string" for name in names}
    whole["missing"] = {name: "int64" if name == "n" else "string" for name in MISSING_COLUMNS}
    return whole


def _frames(registry: Registry) -> dict[str, tuple[pd.DataFrame, Dtypes]]:
    expected = _expected(registry.schema)
    frames = dict(registry.tables)
    for name in _RECORDS:
        columns = {column: [getattr(item, column) for item in getattr(registry, name)] for column in expected[name]}
        frames[name] = pd.DataFrame({c: pd.Series(v, dtype=expected[name][c]) for c, v in columns.items()})
    frames["missing"] = registry.missing
    return {name: (frames[name], dtypes) for name, dtypes in expected.items()}


def _to_arrow(frame: pd.DataFrame, dtypes: Dtypes) -> pa.Table:
    arrays = [
        pa.Array.from_pandas(frame[name].astype("datetime64[ms]") if _ARROW[dtype] == pa.date32() else frame[name],
                             type=_ARROW[dtype])
        for name, dtype in dtypes.items()
    ]  # fmt: skip
    return pa.table(arrays, names=list(dtypes))


def _to_pandas(table: pa.Table, dtypes: Dtypes, place: str) -> pd.DataFrame:
    got = {field.name: field.type for field in table.schema}
    if got != {name: _ARROW[dtype] for name, dtype in dtypes.items()}:
        raise InputError(
            Fault(place, "its columns or their types are not those of the schema", ", ".join(dtypes),
                  "save the registry again")
        )  # fmt: skip
    data = {}
    for name, dtype in dtypes.items():
        column = table.column(name)
        if dtype == "datetime64[s]":
            column = column.cast(pa.timestamp("s"))
        if dtype in ("Int64", "boolean"):
            data[name] = pd.Series(column.to_pandas(types_mapper=_NULLABLE.get).array)
        else:
            data[name] = pd.Series(column.to_pandas().to_numpy(), dtype=dtype)
    return pd.DataFrame(data)


_NULLABLE = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as keyword arguments: plain Python values, None for a gap."""
    columns = [[None if pd.isna(cell) else cell for cell in frame[name].tolist()] for name in frame]
    return [dict(zip(frame.columns, cells, strict=True)) for cells in zip(*columns, strict=True)]


def _is_store(folder: Path) -> bool:
    """A folder with our descriptor and nothing a store does not hold."""
    try:
        ours = "x-fingerprint" in json.loads((folder / DESCRIPTOR).read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError):
        return False
    return ours and {entry.name for entry in folder.iterdir()} <= {DESCRIPTOR, "tables"}


def _write_package(folder: Path, tables: Mapping[str, pa.Table], schema: Schema, facts: Mapping[str, str]) -> None:
    (folder / "tables").mkdir(parents=True)
    sizes: dict[str, tuple[int, str]] = {}
    for name, table in tables.items():
        file = folder / "tables" / f"{name}.parquet"
        pq.write_table(table, file, compression="zstd")
        with file.open("rb") as stream:
            sizes[name] = (file.stat().st_size, hashlib.file_digest(stream, "sha256").hexdigest())
    rows = {name: table.num_rows for name, table in tables.items()}
    page = descriptor(schema, _expected(schema), rows, sizes, facts)
    text = json.dumps(page, ensure_ascii=False, indent=1)
    (folder / DESCRIPTOR).write_bytes((text + "\n").encode("utf-8"))


def _read_package(folder: Path, expected: Mapping[str, Dtypes]) -> tuple[dict[str, pa.Table], dict[str, str]]:
    """Tables by their fixed names: a path the descriptor may give is never followed."""
    place = str(folder / DESCRIPTOR)
    try:
        page = json.loads((folder / DESCRIPTOR).read_bytes().decode("utf-8"))
        hashes = {entry["name"]: entry["hash"] for entry in page["resources"]}
        facts = {"schema": str(page["x-schema-version"]), "fingerprint": str(page["x-fingerprint"])}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise InputError(
            Fault(place, "not the data package of a registry", "a folder written by `y90 registry`")
        ) from None
    faults: list[Fault] = []
    tables: dict[str, pa.Table] = {}
    for name in expected:
        file = folder / "tables" / f"{name}.parquet"
        shown = str(file)
        if not file.is_file() or not file.resolve().is_relative_to(folder.resolve()):
            faults.append(Fault(shown, "the file is not there", action="save the registry again"))
            continue
        with file.open("rb") as stream:
            if f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}" != hashes.get(name):
                faults.append(Fault(shown, "the file was changed after it was saved", action="save the registry again"))
                continue
        try:
            with pq.ParquetFile(file) as parquet:
                about = parquet.metadata
                groups = [about.row_group(i).total_byte_size for i in range(about.num_row_groups)]
                if about.num_rows > LIMIT_ROWS or sum(groups) > LIMIT_UNPACKED:
                    faults.append(Fault(shown, "too large to be read", f"at most {LIMIT_ROWS} rows"))
                    continue
                tables[name] = parquet.read()
        except (pa.ArrowException, OSError):
            faults.append(Fault(shown, "not readable as Parquet", action="save the registry again"))
    if faults:
        raise InputError(faults)
    return tables, facts
