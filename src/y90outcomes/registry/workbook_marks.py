"""What calamine does not tell about an .xlsx or .ods sheet: its true size, error cells, formulas without a value."""

from __future__ import annotations

import functools
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO
from xml.etree import ElementTree

from y90outcomes.errors import Fault, InputError
from y90outcomes.registry.raw import LIMIT_COLUMNS, UNCALCULATED, Request, check_extent

LIMIT_BYTES = 300_000_000
LIMIT_UNZIPPED = 1_000_000_000
ERRORS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA", "#SPILL!", "#CALC!")
"""The error values of spreadsheets, as their cells show them."""

Marks = dict[tuple[int, int], str]
"""(row, column), both from 0 -> the text of a cell that holds an error or was never calculated."""

_MOST_REPEATS = 10_000
_PARSED = re.compile(r"content\.xml|xl/workbook\.xml|xl/_rels/workbook\.xml\.rels|xl/worksheets/[^/]*\.xml")
"""The members whose XML is read here. None may declare a document type: without one there are no entities to expand."""

_CELL = re.compile(rb"<(?:\w+:)?c\s[^>]*?r=[\"']\s*\$?([A-Z]{1,3})\$?([0-9]{1,7})[\"']")
_REFERENCE = re.compile(r"\s*\$?([A-Z]{1,3})\$?([0-9]{1,7})\s*")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
BROKEN: tuple[type[Exception], ...] = (
    zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, RuntimeError, OSError, KeyError,
    ValueError, zlib.error, ElementTree.ParseError,
)  # fmt: skip


def check_zip(content: bytes, request: Request) -> None:
    """Refuse what is no workbook, and what unpacks or spans out of all proportion, before it is laid out in memory."""
    wrong = Fault(request.shown, f"named {request.path.suffix} but is not a readable workbook",
                  "an .xlsx, .xls or .ods workbook",
                  "save it as .xlsx, or give it the extension of what it is")  # fmt: skip
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            names = {member.filename for member in members}
            if sum(member.file_size for member in members) > LIMIT_UNZIPPED:
                raise InputError(
                    Fault(request.shown, "the workbook unpacks to an unreasonable size",
                          f"at most {LIMIT_UNZIPPED} bytes", "save only the sheet needed")
                )  # fmt: skip
            if any(member.compress_size > member.file_size * 1.1 + 65_536 for member in members):
                raise InputError(wrong)  # its directory understates a size
            for name in filter(_PARSED.fullmatch, sorted(names)):
                with archive.open(name) as stream:
                    if b"<!DOCTYPE" in stream.read(65_536).replace(b"\x00", b""):
                        raise InputError(wrong)
            if "xl/workbook.xml" in names:
                for name in sorted(names):
                    if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                        with archive.open(name) as stream:
                            check_extent(f"{request.shown}, a sheet", *_xlsx_extent(stream))
            elif "content.xml" in names:
                with archive.open("content.xml") as stream:
                    _check_ods(stream, request)
            else:
                raise InputError(wrong)
    except BROKEN:
        raise InputError(wrong) from None


def zip_marks(content: bytes, sheet: str) -> Marks:
    """The errors and the uncalculated formulas of one sheet of an .xlsx or .ods workbook."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            text = archive.read("content.xml")
            known = b"formula" in text.replace(b"\x00", b"")  # the page may be UTF-16
            return _ods_marks(io.BytesIO(text), sheet) if known else {}
        member = _xlsx_member(archive, sheet)
        if member is None:
            return {}
        text = archive.read(member)
        if b"<f" not in text and b":f" not in text and b't="e"' not in text and b"t='e'" not in text:
            return {}
        return _xlsx_marks(io.BytesIO(text))


def _xlsx_extent(stream: IO[bytes]) -> tuple[int, int]:
    width = height = 0
    tail = b""
    while chunk := stream.read(1 << 20):
        found = _CELL.findall(tail + chunk)
        if found:
            height = max(height, max(int(row) for _, row in found))
            width = max(width, max(_column(letters.decode()) for letters in {letters for letters, _ in found}))
        tail = chunk[-200:]
    return height, width


def _xlsx_member(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The part of the archive that holds the sheet of this name."""
    relation = next(
        (
            node.get(_RELATION) or node.get(_STRICT_RELATION)
            for node in _tree(archive, "xl/workbook.xml").iter()
            if _local(node.tag) == "sheet" and node.get("name") == sheet
        ),
        None,
    )
    for node in _tree(archive, "xl/_rels/workbook.xml.rels").iter():
        if _local(node.tag) == "Relationship" and node.get("Id") == relation:
            target = (node.get("Target") or "").lstrip("/")
            return target if target.startswith("xl/") else f"xl/{target}"
    return None


def _tree(archive: zipfile.ZipFile, member: str) -> ElementTree.Element:
    return ElementTree.fromstring(archive.read(member))  # noqa: S314  see _PARSED


def _xlsx_marks(stream: IO[bytes]) -> Marks:
    marks: Marks = {}
    row = column = -1
    for event, node in ElementTree.iterparse(stream, events=("start", "end")):  # noqa: S314  see _PARSED
        tag = _local(node.tag)
        if tag == "row":
            if event == "start":
                row, column = int(node.get("r") or row + 2) - 1, -1
            else:
                node.clear()
        elif tag == "c" and event == "start":
            column += 1
            place = _REFERENCE.fullmatch(node.get("r") or "")
            if place:
                row, column = int(place[2]) - 1, _column(place[1]) - 1
        elif tag == "c":
            parts = {_local(part.tag): part.text for part in node}
            if node.get("t") == "e":
                marks[(row, column)] = _error(parts.get("v"))
            elif "f" in parts and not parts.get("v") and node.get("t") != "str":
                marks[(row, column)] = UNCALCULATED  # a formula that gave an empty text is stored as t="str"
    return marks


def _check_ods(stream: IO[bytes], request: Request) -> None:
    """The extent of every sheet; .ods writes a run of equal cells or rows once, with the number of repeats."""
    for sheet, rows, columns, _ in _ods_rows(stream):
        check_extent(f"{request.shown}, sheet {sheet!r}", rows.stop, columns)


def _ods_marks(stream: IO[bytes], sheet: str) -> Marks:
    marks: Marks = {}
    for name, rows, _, formulas in _ods_rows(stream):
        if name != sheet:
            continue
        for columns, types, text in formulas:
            if "error" in types or text in ERRORS or text.startswith("Err:"):
                mark = _error(text)
            elif not types:
                mark = UNCALCULATED
            else:
                continue
            for row in rows[:_MOST_REPEATS]:
                marks |= {(row, column): mark for column in columns}
    return marks


_Formula = tuple[range, list[str], str]
"""Columns from 0, the value types the cell declares, its shown text."""


def _ods_rows(stream: IO[bytes]) -> Iterator[tuple[str, range, int, list[_Formula]]]:
    """(sheet, rows from 0, columns up to the last filled cell, formula cells) of every row with something in it."""
    sheet, row, column, width = "", 0, 0, 0
    formulas: list[_Formula] = []
    for event, node in ElementTree.iterparse(stream, events=("start", "end")):  # noqa: S314  see _PARSED
        tag = _local(node.tag)
        if event == "start":
            if tag == "table":
                sheet, row = next((value for key, value in node.attrib.items() if _local(key) == "name"), ""), 0
            elif tag == "table-row":
                column, width, formulas = 0, 0, []
        elif tag in ("table-cell", "covered-table-cell"):
            repeats = _repeats(node, "number-columns-repeated")
            words = {_local(key) for key in node.attrib}
            if "formula" in words:
                types = [value for key, value in node.attrib.items() if _local(key) == "value-type"]
                columns = range(column, column + min(repeats, LIMIT_COLUMNS))
                formulas.append((columns, types, "".join(node.itertext()).strip()))
            column += repeats
            if words & {"value-type", "formula"} or len(node):
                width = column
            node.clear()
        elif tag == "table-row":
            repeats = _repeats(node, "number-rows-repeated")
            if width:
                yield sheet, range(row, row + repeats), width, formulas
            row += repeats
            node.clear()


def _repeats(node: ElementTree.Element, name: str) -> int:
    return next((max(1, int(value)) for key, value in node.attrib.items() if _local(key) == name), 1)


def _error(text: str | None) -> str:
    """The text of an error cell, in the one list whose texts are never taken for a value."""
    return text if text in ERRORS else "#VALUE!"


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


@functools.lru_cache(maxsize=4096)
def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
