"""A study folder's raw files to the registry: read every page and file, conform, check, and say everything at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from y90outcomes.errors import Fault, InputError, Issue
from y90outcomes.registry.check_all import run_checks, switched_off
from y90outcomes.registry.check_rows import Origins
from y90outcomes.registry.conform import conform
from y90outcomes.registry.digest import fingerprint
from y90outcomes.registry.mapping import CentreMapping
from y90outcomes.registry.mapping_check import absent_columns, raw_columns
from y90outcomes.registry.merge import merge_parts
from y90outcomes.registry.pages import find_centres, read_mapping
from y90outcomes.registry.parts import DTYPES, Part, Policy
from y90outcomes.registry.privacy import at_the_door
from y90outcomes.registry.queries_answers import Correction, Inputs, confirm, correct
from y90outcomes.registry.raw import heading, unknown_heading
from y90outcomes.registry.readers import read_file
from y90outcomes.registry.rules import issue, tidy
from y90outcomes.schema import PROVENANCE, Schema, TableSchema, load_schema
from y90outcomes.yamlpage import Page, Path_

Progress = Callable[[str, int, int], None]
"""(what is being done, how many are done, of how many)."""

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
    corrections  what centres answered to data queries (`corrections/`): cells corrected or emptied, queries confirmed
    """

    tables: Mapping[str, pd.DataFrame]
    schema: Schema
    issues: tuple[Issue, ...]
    sources: tuple[Source, ...]
    missing: pd.DataFrame
    fingerprint: str
    corrections: tuple[Correction, ...] = ()

    @property
    def blocking(self) -> tuple[Issue, ...]:
        """The issues that stop a run."""
        return tuple(item for item in self.issues if item.severity == "blocking")


@dataclass(slots=True)
class Steps:
    """Where the reading stands: one step per file read, per file conformed, per table assembled, and two at the end."""

    progress: Progress | None
    of: int = 1
    done: int = 0
    doing: str = ""

    def begin(self, what: str) -> None:
        """Say that the step before is done and this one begins. `what` names a file or table, never a value."""
        self.done += bool(self.doing)
        self.doing = what
        if self.progress is not None:
            self.progress(what, self.done, self.of)

    def end(self) -> None:
        """Says that the last step is done."""
        if self.progress is not None:
            self.progress(self.doing, self.of, self.of)


def read_registry(
    folder: str | Path,
    centres: Sequence[str] | None = None,
    *,
    on_invalid_cell: Literal["block", "missing"] = "block",
    reason: str = "",
    rules: Mapping[str, bool] | None = None,
    progress: Progress | None = None,
) -> Registry:
    """Read the raw files of a study folder's centres (`centres/<centre>.yaml`; None means all) into canonical tables.

    Returns with `issues` and does not raise for what the data hold. Raises InputError with every fault of every centre
    when a page or file could not be read as meant. `on_invalid_cell="missing"` turns an unreadable cell outside the key
    into a missing one, counted under `invalid: <reason>`; its issue becomes a query. `rules` switches checks off
    (False) or on (True) by name; a blocking rule stays. Answered query lists in `corrections/` are applied to the raw
    cells first; a raw column that names persons is refused.
    """
    return read_with_raw(
        folder, centres, on_invalid_cell=on_invalid_cell, reason=reason, rules=rules, progress=progress
    )[0]


def read_with_raw(
    folder: str | Path,
    centres: Sequence[str] | None = None,
    *,
    on_invalid_cell: Literal["block", "missing"] = "block",
    reason: str = "",
    rules: Mapping[str, bool] | None = None,
    progress: Progress | None = None,
    door: bool = True,
) -> tuple[Registry, Inputs]:
    """As `read_registry`, with the raw tables as corrected. `door=False` lets personal columns in: for making the copy
    that leaves them out, and for nothing else."""
    if on_invalid_cell not in ("block", "missing"):
        raise InputError(Fault("on_invalid_cell", f"got {on_invalid_cell!r}", "'block' or 'missing'"))
    root = Path(folder)
    schema = load_schema()
    off = switched_off(rules or {})
    policy = Policy(on_invalid_cell, reason)
    steps = Steps(progress)
    inputs, corrections = correct(root, _read_all(root, find_centres(root, centres), schema, steps, door))
    parts: list[Part] = []
    issues: list[Issue] = []
    for mapping, file, raw in inputs:
        steps.begin(f"conforming {mapping.centre}: {raw.file}")
        if raw.note:
            issues.append(issue("encoding_assumed", centre=raw.centre, file=raw.file, sheet="", row=None, table="",
                                detail=raw.note))  # fmt: skip
        for name, item in file.tables.items():
            parts += conform(raw, mapping, file, name, item, schema, policy)
    parts, conflicts = merge_parts(parts, schema, policy)
    issues += conflicts
    assembled = {}
    for name, table in schema.tables.items():
        steps.begin(f"assembling {name}")
        assembled[name] = _assemble(table, parts)
    tables = {name: frame for name, (frame, _made_by) in assembled.items()}
    issues += [found for part in parts for found in part.issues]
    origins = Origins({name: made_by for name, (_frame, made_by) in assembled.items()}, [p.origins for p in parts])
    steps.begin("checking")
    found, emptied = run_checks(tables, schema, origins, policy, off)
    steps.begin("taking the fingerprint")
    mark = fingerprint(tables, schema)
    steps.end()
    registry = Registry(
        tables=MappingProxyType(tables),
        schema=schema,
        issues=confirm(tidy([*issues, *found]), corrections, inputs),
        sources=tuple(
            Source(raw.centre, raw.file, raw.sheet, len(raw.rows), raw.sha256, mapping.origin)
            for mapping, _file, raw in inputs
        ),
        missing=_missing(parts, emptied),
        fingerprint=mark,
        corrections=corrections,
    )
    return registry, inputs


def _read_all(root: Path, names: Sequence[str], schema: Schema, steps: Steps, door: bool) -> Inputs:
    """Every page and every raw file, or one InputError with all their faults."""
    faults: list[Fault] = []
    inputs: Inputs = []
    pages: list[tuple[CentreMapping, Page]] = []
    for name in names:
        try:
            pages.append(read_mapping(root, name, schema))
        except InputError as error:
            faults += error.faults
    files = sum(len(mapping.files) for mapping, _page in pages)
    steps.of = 2 * files + len(schema.tables) + 2
    for mapping, page in pages:
        for position, file in enumerate(mapping.files):
            steps.begin(f"reading {mapping.centre}: {file.path}")
            at: Path_ = ("files", position)
            try:
                raw = read_file(root, mapping, file, page, at)
            except InputError as error:
                faults += error.faults
                continue
            headings = set(raw.frame.columns)
            faults += [
                unknown_heading(page.place((*at, *path)), column, raw)
                for path, column in raw_columns(file)
                if heading(column) not in headings
            ]
            faults += [
                Fault(page.place((*at, *path)), f"{raw.file} has the column {column!r}, which is listed as absent",
                      action="take it out of `absent`")
                for path, column in absent_columns(file)
                if heading(column) in headings
            ]  # fmt: skip
            if door:
                faults += at_the_door(file, raw, page, at)
            inputs.append((mapping, file, raw))
    if faults:
        raise InputError(dict.fromkeys(faults))
    return inputs


def _assemble(table: TableSchema, parts: Sequence[Part]) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """All parts of one table, sorted by key, then by where they came from; and the number of each row's part."""
    own = [(number, part) for number, part in enumerate(parts) if part.table == table.name and len(part.frame)]
    if not own:
        empty = {name: pd.Series(dtype=DTYPES[column.type]) for name, column in table.columns.items()}
        empty |= {name: pd.Series(dtype="Int64" if name == "source_row" else "string") for name in PROVENANCE}
        return pd.DataFrame(empty), np.zeros(0, dtype=np.int64)
    whole = pd.concat([part.frame for _number, part in own], ignore_index=True)
    made_by = np.repeat([number for number, _part in own], [len(part.frame) for _number, part in own])
    order = [*table.primary_key, *PROVENANCE]
    placed = whole.sort_values(order, kind="stable", na_position="first")
    return placed.reset_index(drop=True), made_by[placed.index.to_numpy()].astype(np.int64)


def _missing(parts: Sequence[Part], emptied: Mapping[tuple[str, str, str, str], int]) -> pd.DataFrame:
    counts: dict[tuple[str, str, str, str], int] = defaultdict(int, emptied)
    for part in parts:
        for (column, why), n in part.missing.items():
            counts[(part.table, part.centre, column, why)] += n
    frame = pd.DataFrame([(*place, n) for place, n in sorted(counts.items())], columns=list(MISSING_COLUMNS))
    return frame.astype(dict.fromkeys(MISSING_COLUMNS[:4], "string") | {"n": "int64"})
