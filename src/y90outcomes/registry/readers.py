"""From a file entry of a mapping page to its raw table: which reader, and what that reader may be told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from y90outcomes.errors import Fault, InputError, choices
from y90outcomes.registry.mapping import CentreMapping, FileMapping
from y90outcomes.registry.raw import RawFrame, Request
from y90outcomes.registry.read_duckdb import read_duckdb
from y90outcomes.registry.read_excel import read_excel
from y90outcomes.registry.read_parquet import read_parquet
from y90outcomes.registry.read_postgresql import read_postgresql
from y90outcomes.registry.read_redcap import read_redcap
from y90outcomes.registry.read_sas import read_sas
from y90outcomes.registry.read_spss import read_spss
from y90outcomes.registry.read_sqlite import read_sqlite
from y90outcomes.registry.read_stata import read_stata
from y90outcomes.registry.read_text import read_text
from y90outcomes.yamlpage import Page, Path_

Reader = Callable[[Request], RawFrame]

FORMATS: Mapping[str, Reader] = MappingProxyType({
    "text": read_text,
    "excel": read_excel,
    "parquet": read_parquet,
    "sas": read_sas,
    "spss": read_spss,
    "stata": read_stata,
    "sqlite": read_sqlite,
    "duckdb": read_duckdb,
    "postgresql": read_postgresql,
    "redcap": read_redcap,
})  # fmt: skip
"""Format, as a mapping declares it -> reader."""

EXTENSIONS: Mapping[str, str] = MappingProxyType({
    ".csv": "text", ".txt": "text", ".tsv": "text", ".tab": "text",
    ".xlsx": "excel", ".xlsm": "excel", ".xls": "excel", ".ods": "excel",
    ".parquet": "parquet", ".sas7bdat": "sas", ".xpt": "sas", ".sav": "spss", ".zsav": "spss", ".dta": "stata",
    ".sqlite": "sqlite", ".sqlite3": "sqlite", ".db": "sqlite", ".duckdb": "duckdb", ".ddb": "duckdb",
})  # fmt: skip
"""Extension -> format, where the mapping declares none."""

READERS: Mapping[str, Reader] = MappingProxyType({ending: FORMATS[name] for ending, name in EXTENSIONS.items()})
"""Extension -> reader."""

OPTIONS: Mapping[str, frozenset[str]] = MappingProxyType({
    "text": frozenset({"header_row"}),
    "excel": frozenset({"header_row", "sheet"}),
    "parquet": frozenset(),
    "sas": frozenset({"values", "catalogue"}),
    "spss": frozenset({"values"}),
    "stata": frozenset({"values"}),
    "sqlite": frozenset({"table"}),
    "duckdb": frozenset({"table"}),
    "postgresql": frozenset({"table", "connection"}),
    "redcap": frozenset({"header_row", "values", "dictionary", "instrument", "event"}),
})  # fmt: skip
"""Format -> the options of a file entry that mean something for it."""

_EVERY = frozenset().union(*OPTIONS.values())
_LINED = ("text", "redcap")
_ENCODED = ("text", "redcap", "spss", "stata", "sas")


def read_file(root: Path, mapping: CentreMapping, file: FileMapping, page: Page, at: Path_) -> RawFrame:
    """The raw table of one file entry. Raises InputError naming the entry's line, or the file, and what to do."""
    name = file.format or EXTENSIONS.get(Path(file.path).suffix.lower(), "")
    if not name:
        raise InputError(
            Fault(page.place((*at, "path")), f"no reader for the extension {Path(file.path).suffix!r}",
                  ", ".join(EXTENSIONS), "save the file in one of these, or declare its `format:`")
        )  # fmt: skip
    faults = _option_faults(name, file, page, at)
    if faults:
        raise InputError(faults)
    if name == "postgresql":
        path, shown = Path(), f"postgresql {file.table}"
    else:
        path, shown = _inside(root, file.path, page.place((*at, "path"))), file.path
    beside = {
        option: _inside(root, text, page.place((*at, option)))
        for option, text in (("dictionary", file.dictionary), ("catalogue", file.catalogue))
        if text is not None
    }
    return FORMATS[name](
        Request(
            path,
            shown,
            mapping.centre,
            file.sheet,
            file.header_row,
            file.dialect,
            file.table,
            file.values,
            file.connection,
            beside.get("dictionary"),
            file.instrument,
            file.event,
            beside.get("catalogue"),
        )
    )


def _option_faults(name: str, file: FileMapping, page: Page, at: Path_) -> list[Fault]:
    """Options that mean nothing for the format, and those it cannot do without."""
    faults = [
        Fault(page.place((*at, option)), f"{option!r} means nothing for the format {name!r}",
              ", ".join(sorted(OPTIONS[name])) or "no further option", f"remove {option!r}, or correct `format`")
        for option in sorted((_EVERY - OPTIONS[name]) & file.model_fields_set)
    ]  # fmt: skip
    given = file.dialect.model_fields_set
    for option, formats in (("delimiter", _LINED), ("encoding", _ENCODED)):
        if option in given and name not in formats:
            faults.append(
                Fault(page.place((*at, "dialect", option)), f"{option!r} means nothing for the format {name!r}",
                      action=f"remove {option!r}")
            )  # fmt: skip
    needed = {"redcap": ("dictionary",), "postgresql": ("connection", "table")}.get(name, ())
    faults += [
        Fault(page.place(at), f"the format {name!r} needs {option!r}", action=f"add `{option}:`")
        for option in needed
        if getattr(file, option) is None
    ]
    return faults


def _inside(root: Path, text: str, place: str) -> Path:
    """A path of the mapping on disk: a file inside the study folder, links followed."""
    path = root / text
    try:
        leaves = Path(text).is_absolute() or not path.resolve().is_relative_to(root.resolve())
        there = not leaves and path.is_file()
    except (OSError, ValueError, RuntimeError):  # a NUL in the path, a name too long, a loop of links
        raise InputError(Fault(place, "not a path of a file", "a path inside the study folder")) from None
    if leaves:
        raise InputError(
            Fault(place, f"{text!r} leaves the study folder", "a path inside the study folder, links followed",
                  "put the raw file under the study folder")
        )  # fmt: skip
    if not there:
        beside = [str(other.relative_to(root)) for other in sorted(path.parent.glob("*")) if other.is_file()]
        raise InputError(
            Fault(place, f"no such file: {text}", choices(text, beside) if beside else "", "correct the path")
        )
    return path
