"""Delimited text to text cells: encoding by a fixed ladder, delimiter declared or found, ragged rows refused."""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata

from y90outcomes.errors import Fault, InputError
from y90outcomes.registry.raw import RawFrame, Request, build

DELIMITERS = (";", ",", "\t", "|")
LIMIT_BYTES = 2_000_000_000
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_MAGIC = {
    b"PK\x03\x04": "an Excel workbook or zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\x1f\x8b": "a gzip archive",
    b"PAR1": "a Parquet file",
}


def read_text(request: Request) -> RawFrame:
    """One delimited text file. A row's number is the line it starts on. InputError names the bad lines."""
    if request.sheet is not None:
        raise InputError(Fault(request.shown, "a text file has no sheets", action="remove `sheet` from the mapping"))
    if request.path.stat().st_size > LIMIT_BYTES:
        raise InputError(Fault(request.shown, "too large to be read whole", f"at most {LIMIT_BYTES} bytes"))
    content = request.path.read_bytes()
    text, note = _decode(content, request)
    lines = text.splitlines(keepends=True)[: request.header_row - 1]
    body = text[sum(map(len, lines)) :]
    if not body.strip():
        raise InputError(Fault(request.shown, "the file is empty", "a header row and rows", "send the file again"))
    delimiter = request.dialect.delimiter or _sniff(body)
    records, starts = _records(body, delimiter, request)
    header, records, starts = records[0], records[1:], starts[1:]
    width = len(header)
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
    return build(request, "", header, records, starts, content, note)


def _decode(content: bytes, request: Request) -> tuple[str, str]:
    """Text and a note: byte-order mark, then strict UTF-8, then the declared encoding, then cp1252 with a note."""
    for magic, what in _MAGIC.items():
        if content.startswith(magic):
            suffix = request.path.suffix
            raise InputError(
                Fault(request.shown, f"named {suffix} but is {what}", "delimited text",
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
            Fault(
                request.shown,
                "holds binary data",
                "delimited text",
                "save it as text, or declare utf-16 as its encoding",
            )
        )
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
    sample = "".join(body.splitlines(keepends=True)[:50])
    best, most = ",", 1
    for delimiter in DELIMITERS:
        try:
            widths = [len(record) for record in csv.reader(io.StringIO(sample), delimiter=delimiter) if record]
        except csv.Error:
            continue
        if widths[0] > most and sum(width == widths[0] for width in widths) * 2 > len(widths):
            best, most = delimiter, widths[0]
    return best


def _records(body: str, delimiter: str, request: Request) -> tuple[list[list[str]], list[int]]:
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=True)
    records: list[list[str]] = []
    starts: list[int] = []
    line = request.header_row
    try:
        for record in reader:
            if record:
                records.append(record)
                starts.append(line)
            line = request.header_row + reader.line_num
    except csv.Error as error:
        raise InputError(
            Fault(f"{request.shown}, line {line}", f"not readable as delimited text: {error}",
                  "quotes closed, delimiters outside them", "correct the line")
        ) from None  # fmt: skip
    return records, starts
