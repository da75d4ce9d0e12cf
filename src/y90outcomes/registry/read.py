"""A study folder's raw files to the registry: read every page and file, conform, check, and say everything at once."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import pandas as pd

from y90outcomes.errors import Fault, InputError, Issue, choices
from y90outcomes.registry.check import check_dates, check_keys, check_parents
from y90outcomes.registry.conform import DTYPES, Part, Policy, conform
from y90outcomes.registry.mapping import CentreMapping, FileMapping
from y90outcomes.registry.mapping_check import raw_columns
from y90outcomes.registry.pages import find_centres, read_mapping
from y90outcomes.registry.raw import RawFrame, Request, heading, unknown_heading
from y90outcomes.registry.read_excel import read_excel
from y90outcomes.registry.read_text import read_text
from y90outcomes.registry.rules import issue, tidy
from y90outcomes.schema import PROVENANCE, Schema, TableSchema, load_schema
from y90outcomes.yamlpage import Page, Path_

READERS: Mapping[str, Callable[[Request], RawFrame]] = MappingProxyType({
    ".csv": read_text, ".txt": read_text, ".tsv": read_text,
    ".xlsx": read_excel, ".xlsm": read_excel,
})  # fmt: skip
"""Extension -> reader."""

MISSING_COLUMNS = ("table", "centre", "column", "reason", "n")


@dataclass(frozen=True, slots=True)
class Source:
    """One raw table that was read: `rows` records, the file's sha256, and where the data come from."""

    centre: str
    file: str
    sheet: str
    rows: int
    sha256: str
    origin: str


@dataclass(frozen=True, slots=True, eq=False)
class Registry:
    """The canonical tables of a study, and everything that was noticed while making them.

    tables       every table of the schema, by name: schema columns in order, then source_file, source_sheet,
                 source_row; sorted by primary key; text and code "string", integer "Int64", number and day float64,
                 date datetime64[s], boolean "boolean". A blank lesion_id (whole patient) is NA
    missing      how many cells are empty and why: table, centre, column, reason, n
    fingerprint  sha256 over keys and values at 12 significant digits; provenance, file hashes and row order stay out
    """

    tables: Mapping[str, pd.DataFrame]
    schema: Schema
    issues: tuple[Issue, ...]
    sources: tuple[Source, ...]
    missing: pd.DataFrame
    fingerprint: str

    @property
    def blocking(self) -> tuple[Issue, ...]:
        """The issues that stop a run."""
        return tuple(item for item in self.issues if item.severity == "blocking")


def read_registry(
    folder: str | Path,
    centres: Sequence[str] | None = None,
    *,
    on_invalid_cell: Literal["block", "missing"] = "block",
    reason: str = "",
    progress: Callable[[str], None] | None = None,
) -> Registry:
    """Read the raw files of a study folder's centres (`centres/<centre>.yaml`; None means all) into canonical tables.

    Returns with `issues` and does not raise for what the data hold. Raises InputError with every fault of every centre
    when a page or file could not be read as meant. `on_invalid_cell="missing"` turns an unreadable cell outside the key
    into a missing one, counted under `invalid: <reason>`; its issue becomes a query.
    """
    if on_invalid_cell not in ("block", "missing"):
        raise InputError(Fault("on_invalid_cell", f"got {on_invalid_cell!r}", "'block' or 'missing'"))
    root = Path(folder)
    schema = load_schema()
    policy = Policy(on_invalid_cell, reason)
    say = progress or (lambda _text: None)
    inputs = _read_all(root, find_centres(root, centres), schema, say)
    parts: list[Part] = []
    issues: list[Issue] = []
    for mapping, file, raw in inputs:
        say(f"conforming {mapping.centre}: {raw.file}")
        if raw.note:
            issues.append(issue("encoding_assumed", centre=raw.centre, file=raw.file, sheet="", row=None, table="",
                                detail=raw.note))  # fmt: skip
        for name, item in file.tables.items():
            parts += conform(raw, mapping, file, name, item, schema, policy)
    tables = {name: _assemble(table, parts) for name, table in schema.tables.items()}
    issues += [found for part in parts for found in part.issues]
    origins = _origins(parts)
    say("checking")
    for name, table in schema.tables.items():
        issues += check_keys(tables[name], table, origins)
        issues += check_parents(tables, table, schema, origins)
    found, emptied = check_dates(tables, schema, origins, policy)
    return Registry(
        tables=MappingProxyType(tables),
        schema=schema,
        issues=tidy([*issues, *found]),
        sources=tuple(
            Source(raw.centre, raw.file, raw.sheet, len(raw.rows), raw.sha256, mapping.origin)
            for mapping, _file, raw in inputs
        ),
        missing=_missing(parts, emptied),
        fingerprint=fingerprint(tables, schema),
    )


def fingerprint(tables: Mapping[str, pd.DataFrame], schema: Schema) -> str:
    """sha256 over the canonical keys and values; the same for any order of rows, files and centres."""
    whole = hashlib.sha256(f"schema {schema.version}\n".encode())
    for name in sorted(schema.tables):
        columns = list(schema.tables[name].columns)
        whole.update(f"{name}\n{','.join(columns)}\n".encode())
        texts = [_digits(tables[name][column]) for column in columns]
        for row in sorted(map("\x1f".join, zip(*texts, strict=True))):
            whole.update(row.encode() + b"\n")
    return whole.hexdigest()


def _digits(values: pd.Series) -> list[str]:
    """Each value as text: numbers at 12 significant digits, dates ISO, "" for missing."""
    codes, uniques = pd.factorize(values)
    if values.dtype.kind == "f":
        texts = [f"{value + 0.0:.12g}" for value in uniques]
    elif values.dtype.kind == "M":
        texts = [value.date().isoformat() for value in uniques]
    else:
        texts = [str(value).replace("\x1f", " ").replace("\n", " ") for value in uniques]
    texts.append("")  # position -1 is a missing value
    return [texts[code] for code in codes]


Inputs = list[tuple[CentreMapping, FileMapping, RawFrame]]


def _read_all(root: Path, names: Sequence[str], schema: Schema, say: Callable[[str], None]) -> Inputs:
    """Every page and every raw file, or one InputError with all their faults."""
    faults: list[Fault] = []
    inputs: Inputs = []
    for name in names:
        try:
            mapping, page = read_mapping(root, name, schema)
        except InputError as error:
            faults += error.faults
            continue
        for position, file in enumerate(mapping.files):
            say(f"reading {name}: {file.path}")
            at: Path_ = ("files", position)
            try:
                raw = _read_file(root, mapping, file, page, at)
            except InputError as error:
                faults += error.faults
                continue
            headings = set(raw.frame.columns)
            faults += [
                unknown_heading(page.place((*at, *path)), column, raw)
                for path, column in raw_columns(file)
                if heading(column) not in headings
            ]
            inputs.append((mapping, file, raw))
    if faults:
        raise InputError(dict.fromkeys(faults))
    return inputs


def _read_file(root: Path, mapping: CentreMapping, file: FileMapping, page: Page, at: Path_) -> RawFrame:
    place = page.place((*at, "path"))
    path = root / file.path
    if Path(file.path).is_absolute() or not path.resolve().is_relative_to(root.resolve()):
        raise InputError(
            Fault(place, f"{file.path!r} leaves the study folder", "a path inside the study folder, links followed",
                  "put the raw file under the study folder")
        )  # fmt: skip
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(
            Fault(
                place,
                f"no reader for the extension {path.suffix!r}",
                ", ".join(READERS),
                "save the file in one of these",
            )
        )
    if not path.is_file():
        beside = [str(other.relative_to(root)) for other in sorted(path.parent.glob("*")) if other.is_file()]
        raise InputError(
            Fault(place, f"no such file: {file.path}", choices(file.path, beside) if beside else "", "correct the path")
        )
    request = Request(path, file.path, mapping.centre, file.sheet, file.header_row, file.dialect)
    return reader(request)


def _assemble(table: TableSchema, parts: Sequence[Part]) -> pd.DataFrame:
    """All parts of one table below each other, sorted by key, then by where they came from."""
    frames = [part.frame for part in parts if part.table == table.name and len(part.frame)]
    if not frames:
        empty = {name: pd.Series(dtype=DTYPES[column.type]) for name, column in table.columns.items()}
        empty |= {name: pd.Series(dtype="Int64" if name == "source_row" else "string") for name in PROVENANCE}
        return pd.DataFrame(empty)
    whole = pd.concat(frames, ignore_index=True)
    order = [*table.primary_key, *PROVENANCE]
    return whole.sort_values(order, kind="stable", na_position="first", ignore_index=True)


def _origins(parts: Sequence[Part]) -> dict[tuple[str, str, str, str], str]:
    """(centre, file, table, column) -> the raw columns it was drawn from."""
    found: dict[tuple[str, str, str, str], dict[str, None]] = defaultdict(dict)
    for part in parts:
        for column, source in part.origins.items():
            found[(part.centre, part.file, part.table, column)][source] = None
    return {place: ", ".join(sources) for place, sources in found.items()}


def _missing(parts: Sequence[Part], emptied: Mapping[tuple[str, str, str, str], int]) -> pd.DataFrame:
    counts: dict[tuple[str, str, str, str], int] = defaultdict(int, emptied)
    for part in parts:
        for (column, why), n in part.missing.items():
            counts[(part.table, part.centre, column, why)] += n
    frame = pd.DataFrame([(*place, n) for place, n in sorted(counts.items())], columns=list(MISSING_COLUMNS))
    return frame.astype(dict.fromkeys(MISSING_COLUMNS[:4], "string") | {"n": "int64"})
