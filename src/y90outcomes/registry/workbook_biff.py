"""The error cells of an old .xls sheet, which calamine hands over as empty: an OLE container, then its BIFF8 records.

Layouts: [MS-CFB] and [MS-XLS] of Microsoft's open specifications. Only what is needed to find error cells is read.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from y90outcomes.registry.workbook_marks import Marks

_CODES = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
_FREE = 0xFFFFFFFA
_BOUND_SHEET, _BOOL_ERROR, _FORMULA, _EOF = 0x0085, 0x0205, 0x0006, 0x000A


class BiffError(ValueError):
    """The file is not laid out as an old workbook."""


def biff_marks(content: bytes, sheet: str) -> Marks:
    """(row, column) from 0 -> error text, for error cells and formulas whose stored result is an error."""
    try:
        stream = _workbook_stream(content)
        marks: Marks = {}
        for kind, body in _records(stream, _sheet_start(stream, sheet)):
            if kind == _BOOL_ERROR and body[7]:
                row, column = struct.unpack_from("<HH", body)
                marks[(row, column)] = _CODES.get(body[6], "#VALUE!")
            elif kind == _FORMULA and body[12:14] == b"\xff\xff" and body[6] == 2:
                row, column = struct.unpack_from("<HH", body)
                marks[(row, column)] = _CODES.get(body[8], "#VALUE!")
            elif kind == _EOF:
                break
        return marks
    except (struct.error, IndexError, UnicodeDecodeError):
        raise BiffError from None


def _sheet_start(stream: bytes, sheet: str) -> int:
    for kind, body in _records(stream, 0):
        if kind == _BOUND_SHEET:
            length, wide = body[6], body[7] & 1
            name = body[8 : 8 + length * (2 if wide else 1)].decode("utf-16-le" if wide else "latin-1")
            if name == sheet:
                return int(struct.unpack_from("<I", body)[0])
        elif kind == _EOF:
            break
    raise BiffError


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _workbook_stream(content: bytes) -> bytes:
    """The stream named Workbook. Every chain is followed at most as far as the file has sectors."""
    shift, mini_shift = struct.unpack_from("<HH", content, 30)
    if shift not in (9, 12) or mini_shift != 6:
        raise BiffError
    size = 1 << shift
    count, directory_start = struct.unpack_from("<II", content, 44)
    cutoff, mini_start, _, difat, difats = struct.unpack_from("<IIIII", content, 56)
    limit = len(content) // size + 1

    def sector(number: int) -> bytes:
        return content[(number + 1) * size : (number + 2) * size]

    places = list(struct.unpack_from("<109I", content, 76))
    for _ in range(min(difats, limit)):
        *more, difat = struct.unpack(f"<{size // 4}I", sector(difat))
        places += more
    table: list[int] = []
    for place in [place for place in places if place < _FREE][: min(count, limit)]:
        table += struct.unpack(f"<{size // 4}I", sector(place))

    def chain(start: int, links: list[int]) -> Iterator[int]:
        for _ in range(len(links)):
            if start >= _FREE:
                return
            yield start
            start = links[start]

    directory = b"".join(map(sector, chain(directory_start, table)))
    root = _entry(directory, "Root Entry")
    start, length = _entry(directory, "Workbook")
    if length >= cutoff:
        return b"".join(map(sector, chain(start, table)))[:length]
    mini = b"".join(map(sector, chain(root[0], table)))
    links = list(struct.unpack(f"<{size // 4}I", b"".join(map(sector, [mini_start])))) if mini_start < _FREE else []
    return b"".join(mini[64 * i : 64 * i + 64] for i in chain(start, links))[:length]


def _entry(directory: bytes, name: str) -> tuple[int, int]:
    """(first sector, length) of a directory entry."""
    for at in range(0, len(directory) - 127, 128):
        (length,) = struct.unpack_from("<H", directory, at + 64)
        if directory[at : at + max(0, length - 2)].decode("utf-16-le") == name:
            start, size = struct.unpack_from("<II", directory, at + 116)
            return int(start), int(size)
    raise BiffError
