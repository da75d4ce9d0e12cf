"""One sheet of an Excel workbook to text cells, faithfully: 30.0 is `30`, a date is ISO, a blank is "".

python-calamine reads stored values only: a formula never calculated, an error cell such as #N/A, and all but the top
left of merged cells arrive empty.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from y90outcomes.errors import Fault, InputError, choices
from y90outcomes.registry.raw import RawFrame, Request, build

LIMIT_UNZIPPED = 1_000_000_000
LIMIT_CELLS = 100_000_000
"""A sheet is laid out as a full rectangle; one stray cell at XFD1048576 would ask for 17 thousand million."""

_CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*?r="([A-Z]{1,3})([0-9]{1,7})"')
_OLE = b"\xd0\xcf\x11\xe0"


def read_excel(request: Request) -> RawFrame:
    """One sheet. The sheet must be named when several are visible. A row's number is the sheet's own."""
    content = request.path.read_bytes()
    _check_container(content, request)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    except CalamineError:
        raise InputError(_not_a_workbook(request)) from None
    name = _sheet(workbook, request)
    place = f"{request.shown}, sheet {name!r}"
    try:
        table = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except CalamineError:
        raise InputError(
            Fault(place, "the sheet cannot be read", action="open it in Excel and save it again")
        ) from None
    cells = [[_text(cell, request.dialect.decimal) for cell in row] for row in table]
    if not any(any(cell for cell in row) for row in cells):
        raise InputError(Fault(place, "the sheet is empty", "a header row and rows", "check the sheet's name"))
    if len(cells) < request.header_row:
        raise InputError(
            Fault(place, f"header_row is {request.header_row} and the sheet ends at row {len(cells)}",
                  action="set header_row to the row that holds the headings")
        )  # fmt: skip
    header, records = cells[request.header_row - 1], cells[request.header_row :]
    rows = range(request.header_row + 1, request.header_row + 1 + len(records))
    return build(request, name, header, records, rows, content)


def _check_container(content: bytes, request: Request) -> None:
    if not content:
        raise InputError(Fault(request.shown, "the file is empty", "an Excel workbook", "send the file again"))
    if content.startswith(_OLE):
        raise InputError(
            Fault(request.shown, "an old (.xls) or password-protected workbook", "an open .xlsx workbook",
                  "save it as .xlsx without a password")
        )  # fmt: skip
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if "xl/workbook.xml" not in {member.filename for member in members}:
                raise InputError(_not_a_workbook(request))
            if sum(member.file_size for member in members) > LIMIT_UNZIPPED:
                raise InputError(
                    Fault(request.shown, "the workbook unpacks to an unreasonable size",
                          f"at most {LIMIT_UNZIPPED} bytes", "save only the sheet needed")
                )  # fmt: skip
            for member in members:
                if member.filename.startswith("xl/worksheets/") and member.filename.endswith(".xml"):
                    _check_extent(archive, member.filename, request)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, RuntimeError, OSError):
        raise InputError(_not_a_workbook(request)) from None


def _check_extent(archive: zipfile.ZipFile, member: str, request: Request) -> None:
    """Refuse a sheet whose far corner is out of all proportion, before it is laid out in memory."""
    width = height = read = 0
    tail = b""
    with archive.open(member) as stream:
        while chunk := stream.read(1 << 20):
            read += len(chunk)
            if read > LIMIT_UNZIPPED:
                raise InputError(Fault(request.shown, "a sheet unpacks to an unreasonable size"))
            found = _CELL.findall(tail + chunk)
            if found:
                height = max(height, max(int(row) for _, row in found))
                width = max(width, max(_column(letters) for letters in {letters for letters, _ in found}))
            tail = chunk[-200:]
    if width * height > LIMIT_CELLS:
        raise InputError(
            Fault(request.shown, f"a sheet spans {height} rows by {width} columns", f"at most {LIMIT_CELLS} cells",
                  "delete stray cells far from the table and save again")
        )  # fmt: skip


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _not_a_workbook(request: Request) -> Fault:
    return Fault(request.shown, f"named {request.path.suffix} but is not an Excel workbook", "an .xlsx workbook",
                 "save it as .xlsx, or give it the extension of what it is")  # fmt: skip


def _sheet(workbook: CalamineWorkbook, request: Request) -> str:
    sheets = [sheet for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    names = [sheet.name for sheet in sheets]
    if request.sheet is not None:
        if request.sheet in names:
            return str(request.sheet)
        raise InputError(
            Fault(
                request.shown,
                f"has no sheet {request.sheet!r}",
                choices(request.sheet, names),
                "correct the sheet's name",
            )
        )
    visible = [sheet.name for sheet in sheets if sheet.visible == SheetVisibleEnum.Visible]
    if len(visible) == 1:
        return str(visible[0])
    raise InputError(
        Fault(request.shown, f"has {len(visible)} sheets and none is named", choices("", visible), "add `sheet:`")
    )


def _text(cell: Any, decimal: str) -> str:
    """A stored cell as the text a careful person would copy out."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, float):
        text = str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
        return text.replace(".", decimal)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ", "seconds")
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return "" if cell is None else str(cell)
