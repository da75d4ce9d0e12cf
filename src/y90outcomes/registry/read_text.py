"""Delimited text to text cells. What is not declared is found out from the file, never from the machine's locale.

The line number of every record is kept, also when a quoted cell spans lines. Cells past the header are refused.
"""

from __future__ import annotations

import codecs
import csv
import gc
import hashlib
import io
import re
import unicodedata

from y90outcomes.errors import Fault, InputError
from y90outcomes.registry.raw import LIMIT_CELLS, RawFrame, Request, build, check_extent
from y90outcomes.registry.signatures import KINDS, kind_of

DELIMITERS = (";", ",", "\t", "|")
"""What is tried where the mapping declares no delimiter."""
LIMIT_BYTES = 1_000_000_000
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|$)")
_SEP = re.compile(r'"?sep=(.)"?[ ;,\t|]*(?:\r\n|\n|\r)', re.IGNORECASE)
_CONTROL_Z = "\x1a"


def read_text(request: Request) -> RawFrame:
    """One delimited text file. A row's number is the line it starts on. InputError names the bad lines.

    A first line `sep=;`, which Excel writes and obeys, gives the delimiter and is not counted as the header.
    """
    if request.path.stat().st_size > LIMIT_BYTES:
        raise InputError(Fault(request.shown, "too large to be read whole", f"at most {LIMIT_BYTES} bytes"))
    content = request.path.read_bytes()
    text, note = _decode(content, request)
    marked = _SEP.match(text)
    header_row = 2 if marked and request.header_row == 1 else request.header_row
    body = text[_offset(text, header_row - 1) :].rstrip(_CONTROL_Z)  # the end mark of DOS text files
    if not body.strip():
        raise InputError(Fault(request.shown, "the file is empty", "a header row and rows", "send the file again"))
    delimiter = request.dialect.delimiter or (marked[1] if marked else _sniff(body))
    records, starts = _records(body, delimiter, request, header_row)
    header, records, starts = records[0], records[1:], starts[1:]
    check_extent(request.shown, len(records), len(header))
    _level(header, records, starts, delimiter, request)
    return build(request, "", header, records, starts, hashlib.sha256(content).hexdigest(), note=note)


def _offset(text: str, lines: int) -> int:
    """Where line `lines` + 1 starts."""
    at = 0
    for _ in range(lines):
        found = _LINE.match(text, at)
        if found is None or found.end() == at:
            return len(text)
        at = found.end()
    return at


def _level(header: list[str], records: list[list[str]], starts: list[int], delimiter: str, request: Request) -> None:
    """Make every record as long as the header by dropping empty cells at its end; refuse the others."""
    width = len(header)
    if set(map(len, records)) <= {width}:
        return
    ragged: list[Fault] = []
    for i, record in enumerate(records):
        if len(record) == width:
            continue
        if len(record) > width and not any(cell.strip() for cell in record[width:]):
            records[i] = record[:width]
        else:
            ragged.append(
                Fault(f"{request.shown}, line {starts[i]}", f"{len(record)} cells under a header of {width}",
                      f"{width} cells, delimiter {delimiter!r}",
                      "quote cells that hold the delimiter, or declare another one")
            )  # fmt: skip
    if ragged:
        more = len(ragged) - 20
        tail = [Fault(request.shown, f"and {more} more lines with a wrong number of cells")] if more > 0 else []
        raise InputError(ragged[:20] + tail)


def _decode(content: bytes, request: Request) -> tuple[str, str]:
    """Text and a note: byte-order mark, then strict UTF-8, then the declared encoding, then cp1252 with a note."""
    kind = kind_of(content[:1024])
    if kind not in ("other", "empty"):
        raise InputError(
            Fault(request.shown, f"named {request.path.suffix} but is {KINDS[kind]}", "delimited text",
                  "save it as text, or give it the extension of what it is")
        )  # fmt: skip
    declared = request.dialect.encoding
    wide = declared is not None and codecs.lookup(declared).name.startswith(("utf-16", "utf-32"))
    for mark, name in _BOMS:
        if content.startswith(mark):
            return _strict(content, name, request), ""
    if wide and declared is not None:
        return _strict(content, declared, request), ""
    if b"\x00" in content:
        raise InputError(
            Fault(request.shown, "holds binary data", "delimited text",
                  "save it as text, or declare utf-16 as its encoding")
        )  # fmt: skip
    try:
        return unicodedata.normalize("NFC", content.decode("utf-8")), ""
    except UnicodeDecodeError:
        pass
    if declared is not None:
        return _strict(content, declared, request), ""
    note = "the file is not UTF-8 and no encoding is declared; it was read as cp1252"
    return _strict(content, "cp1252", request), note


def _strict(content: bytes, encoding: str, request: Request) -> str:
    try:
        return unicodedata.normalize("NFC", content.decode(encoding)).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(
            Fault(f"{request.shown}, line {line}", f"cannot be read as {encoding}", "text in one encoding",
                  "declare the file's encoding under dialect, or save it as UTF-8")
        ) from None  # fmt: skip


def _sniff(body: str) -> str:
    """The delimiter that cuts the first records into most cells, the same number in each; ';' first on a tie."""
    sample = body[: _offset(body[:1_000_000], 50)]
    best, most = ",", 1
    for delimiter in DELIMITERS:
        try:
            widths = [len(record) for record in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
                      if record]  # fmt: skip
        except csv.Error:
            continue
        if widths[0] > most and sum(width == widths[0] for width in widths) * 2 > len(widths):
            best, most = delimiter, widths[0]
    return best


def _records(body: str, delimiter: str, request: Request, header_row: int) -> tuple[list[list[str]], list[int]]:
    """Every record that is not blank, and the line it starts on."""
    if body.count(delimiter) + body.count("\n") > LIMIT_CELLS:
        raise InputError(Fault(request.shown, "holds an unreasonable number of cells", f"at most {LIMIT_CELLS}"))
    lines: list[int] = []
    records: list[list[str]] = []
    line = header_row
    collecting = gc.isenabled()
    gc.disable()  # a million small lists at once set the collector going over and over, and none of them is garbage
    try:
        reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=True)
        if '"' not in body:
            records.extend(reader)  # without quotes every record is one line
            lines.extend(range(header_row, header_row + len(records)))
        else:
            for record in reader:
                records.append(record)
                lines.append(line)
                line = header_row + reader.line_num
    except csv.Error as error:
        line = line if lines else header_row + len(records)
        raise InputError(
            Fault(f"{request.shown}, line {line}", f"not readable as delimited text: {error}",
                  "quotes closed, delimiters outside them", "correct the line")
        ) from None  # fmt: skip
    finally:
        if collecting:
            gc.enable()
    return _filled(records, lines, request)


def _filled(records: list[list[str]], lines: list[int], request: Request) -> tuple[list[list[str]], list[int]]:
    """Without the blank lines; refused where one record is endlessly wide."""
    widest = max(range(len(records)), key=lambda i: len(records[i]))
    check_extent(f"{request.shown}, line {lines[widest]}", 1, len(records[widest]))
    if all(records):
        return records, lines
    kept = [i for i, record in enumerate(records) if record]
    return [records[i] for i in kept], [lines[i] for i in kept]
