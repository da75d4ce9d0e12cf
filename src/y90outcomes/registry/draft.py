"""A mapping page drafted from a centre's own files, for a person to judge: `y90 init DIR --from FILES`.

Headings are compared with the words of `data_schema/synonyms.csv`, cells with what such a column holds. Every guess
carries its confidence; a doubtful one is a comment; a column nobody recognised is listed. Cells are written to the page
only as the texts of a column of codes.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from y90outcomes.errors import Fault, InputError
from y90outcomes.registry.draft_guess import Cells, Guess, guesses, look
from y90outcomes.registry.draft_page import SURE, file_lines, quote
from y90outcomes.registry.draft_words import missing_words, plain
from y90outcomes.registry.mapping import Dialect
from y90outcomes.registry.raw import RawFrame, Request
from y90outcomes.registry.readers import EXTENSIONS, READERS
from y90outcomes.schema import Schema, load_schema

LAST_HEADER_ROW = 10
LEAST = 0.35
"""A reading less likely than this is not worth a line."""
ROWS_LOOKED_AT = 5000


def draft_mapping(files: Sequence[str | Path], folder: str | Path) -> list[Path]:
    """Copy raw files under `folder/data/<centre>/` and draft `folder/centres/<centre>.yaml`; the paths written.

    One page per folder the files lie in, named after it. Nothing is written when a file cannot be read: InputError with
    every fault. `folder` must hold no page of that name and no such data yet.
    """
    root, schema = Path(folder), load_schema()
    groups: dict[str, list[Path]] = {}
    for file in dict.fromkeys(Path(name) for name in files):
        groups.setdefault(_centre(file), []).append(file)
    faults: list[Fault] = []
    if not groups:
        faults.append(Fault("--from", "no file named", "one or more raw files"))
    pages: dict[str, str] = {}
    for centre, members in sorted(groups.items()):
        target = root / "centres" / f"{centre}.yaml"
        if target.exists():
            faults.append(Fault(str(target), "exists already", action="name a new folder, or move the page away"))
        twice = sorted({file.name for file in members if sum(other.name == file.name for other in members) > 1})
        faults += [Fault(name, "two files have this name", action="rename one of them") for name in twice]
        tables: list[tuple[str, RawFrame, list[str]]] = []
        for file in members:
            try:
                tables += _read(file, f"data/{centre}/{file.name}", centre)
            except InputError as error:
                faults += error.faults
        pages[centre] = _page(centre, tables, schema) if tables else ""
    if faults:
        raise InputError(faults)
    written = []
    for centre, members in sorted(groups.items()):
        data = root / "data" / centre
        data.mkdir(parents=True, exist_ok=True)
        for file in members:
            shutil.copyfile(file, data / file.name)
        page = root / "centres" / f"{centre}.yaml"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(pages[centre], encoding="utf-8", newline="\n")
        written.append(page)
    return written


def _centre(file: Path) -> str:
    """A page's name from the folder a file lies in."""
    name = re.sub(r"[^a-z0-9]+", "_", plain(file.resolve().parent.name)).strip("_")
    return name if name and name not in ("data", "raw", "tmp", "files", "input") else "centre"


def _read(file: Path, shown: str, centre: str) -> list[tuple[str, RawFrame, list[str]]]:
    """(path, raw table, options of the file entry) of each table of a file."""
    kind = EXTENSIONS.get(file.suffix.lower())
    if kind not in ("text", "excel", "parquet", "sas", "spss", "stata"):
        raise InputError(
            Fault(file.name, f"no mapping can be drafted from {file.suffix!r}",
                  "text, Excel, Parquet, SAS, SPSS or Stata",
                  "map a database or a REDCap export by hand")
        )  # fmt: skip
    if not file.is_file():
        raise InputError(Fault(file.name, "no such file", action="check the path"))
    sheets: list[str | None] = [*_sheets(file)] if kind == "excel" else [None]
    found = []
    for sheet in sheets or [None]:
        raw, row = _headed(file, shown, centre, sheet, kind in ("text", "excel"))
        options = [] if sheet is None else [f"sheet: {quote(sheet)}"]
        options += [f"header_row: {row}"] if row > 1 else []
        found.append((shown, raw, options))
    return found


def _sheets(file: Path) -> list[str]:
    try:
        book = CalamineWorkbook.from_path(str(file))
        return [
            str(sheet.name)
            for sheet in book.sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet
            and sheet.visible == SheetVisibleEnum.Visible
            and book.get_sheet_by_name(sheet.name).total_height > 1
        ]
    except (CalamineError, OSError):
        return []  # the reader says what is wrong with it


def _headed(file: Path, shown: str, centre: str, sheet: str | None, titled: bool) -> tuple[RawFrame, int]:
    """The table under the row that looks most like headings: most words that are no numbers, the first of equals."""
    best: tuple[int, int, RawFrame] | None = None
    first: InputError | None = None
    for row in range(1, LAST_HEADER_ROW + 1 if titled else 2):
        try:
            raw = READERS[file.suffix.lower()](Request(file, shown, centre, sheet, row, Dialect()))
        except InputError as error:
            first = first or error
            continue
        named = sum(not re.fullmatch(r"[\d.,/\s-]*", name) for name in raw.frame.columns)
        if best is None or named > best[0]:
            best = (named, row, raw)
    if best is None:
        raise first if first is not None else InputError(Fault(shown, "no table found"))
    return best[2], best[1]


def _page(centre: str, tables: Sequence[tuple[str, RawFrame, list[str]]], schema: Schema) -> str:
    gone: dict[str, str] = {}
    read = []
    for path, raw, options in tables:
        shapes = {str(name): look(raw.frame[name].iloc[:ROWS_LOOKED_AT].tolist()) for name in raw.frame.columns}
        for shape in shapes.values():
            gone |= {text: missing_words()[text.casefold()] for text in shape.missing}
        chosen = _choose(shapes, schema)
        read.append((path, shapes, chosen, [*options, *_dialect(raw, shapes)]))
    holders = [chosen for _path, _shapes, chosen, _options in read if _lists_patients(chosen, columns=True)]
    bare = next((chosen for _path, _shapes, chosen, _options in read if _lists_patients(chosen, columns=False)), None)
    blocks = []
    for path, shapes, chosen, options in read:
        unmapped = [name for name in shapes if name not in {guess.raw for guess in chosen}]
        role = "merge" if len(holders) > 1 else "" if holders or chosen is not bare else "bare"
        blocks.append(file_lines(path, chosen, shapes, schema, options, unmapped, role))
    codes = ", ".join(f"{quote(text)}: {reason}" for text, reason in sorted(gone.items()))
    head = [
        "# A draft made from headings and cells. Every line is a guess until a person has read it: the number after it",
        f"# is its confidence, a guess below {SURE:.2f} is commented out. `y90 check` says what is still wrong;",
        "# `y90 schema export` lists every canonical table, column and code.",
        f"centre: {centre}",
        "origin: clinical  # clinical | published | synthetic | reconstructed",
        f"missing: {{{codes}}}  # confidence 0.70" if codes else "missing: {}",
        "files:",
    ]
    return "\n".join([*head, *(line for block in blocks for line in block)]) + "\n"


def _lists_patients(chosen: Sequence[Guess], *, columns: bool) -> bool:
    """The file names patients, and (with `columns`) says something about them that is sure."""
    named = any(guess.column == "patient_id" and guess.confidence >= SURE for guess in chosen)
    said = any(
        guess.table == "patients" and guess.column != "patient_id" and guess.confidence >= SURE for guess in chosen
    )
    return named and (said or not columns)


def _dialect(raw: RawFrame, shapes: dict[str, Cells]) -> list[str]:
    """How the file writes numbers, and an encoding nobody declared, as options of its entry."""
    found = []
    if max((shape.commas for shape in shapes.values()), default=0.0) > 0.3:
        found.append('dialect: {decimal: ","}  # confidence 0.90')
    if raw.note:
        found.append(
            "# dialect: {encoding: cp1252}  # confidence 0.50, it is not UTF-8 and says nothing of its encoding"
        )
    return found


def _choose(shapes: dict[str, Cells], schema: Schema) -> list[Guess]:
    """Each raw column its likeliest reading that no surer column has taken; in the order of the file."""
    every = [guess for name, shape in shapes.items() for guess in guesses(name, shape, schema)]
    order = {name: position for position, name in enumerate(shapes)}
    taken: set[tuple[str, ...]] = set()
    found: dict[str, Guess] = {}
    for guess in sorted(every, key=lambda one: (-one.confidence, order[one.raw], one.slot)):
        if guess.raw not in found and guess.slot not in taken and guess.confidence >= LEAST:
            found[guess.raw] = guess
            taken.add(guess.slot)
    return sorted(found.values(), key=lambda guess: order[guess.raw])
