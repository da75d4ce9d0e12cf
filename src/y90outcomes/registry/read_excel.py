"""One sheet of a workbook (.xlsx, .xlsm, .xls, .ods) to text cells: 30.0 is `30`, a date is ISO, a blank is "".

python-calamine reads stored values only, and hands over an error cell such as #N/A, or a formula never calculated, as
empty. `workbook_marks` finds those in the file itself, so that they arrive as what they are and are reported; of merged
cells only the top left one holds the value.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from y90outcomes.errors import Fault, InputError, choices
from y90outcomes.registry.raw import UNCALCULATED, RawFrame, Request, build, cell_text, check_extent
from y90outcomes.registry.signatures import expect
from y90outcomes.registry.workbook_biff import biff_marks
from y90outcomes.registry.workbook_marks import BROKEN, ERRORS, LIMIT_BYTES, Marks, check_zip, zip_marks


def read_excel(request: Request) -> RawFrame:
    """One sheet. The sheet must be named when several are visible. A row's number is the sheet's own.

    Raises InputError for anything that is not an open workbook, or is too large when unpacked.
    """
    expect(request, "zip", "ole")
    if request.path.stat().st_size > LIMIT_BYTES:
        raise InputError(Fault(request.shown, "too large for a workbook", f"at most {LIMIT_BYTES} bytes"))
    content = request.path.read_bytes()
    old = content.startswith(b"\xd0\xcf\x11\xe0")
    if old:
        _check_password(content, request)
    else:
        check_zip(content, request)
    workbook = _guarded(lambda: CalamineWorkbook.from_filelike(io.BytesIO(content)), not_a_workbook(request), request)
    name = _sheet(workbook, request)
    place = f"{request.shown}, sheet {name!r}"
    unreadable = Fault(place, "the sheet cannot be read", action="open it in Excel and save it again")
    sheet = _guarded(lambda: workbook.get_sheet_by_name(name), unreadable, request)
    check_extent(place, sheet.total_height, sheet.total_width)
    table = _guarded(lambda: sheet.to_python(skip_empty_area=False), unreadable, request)
    cells = [[cell_text(cell, request.dialect.decimal) for cell in row] for row in table]
    try:
        _mark(cells, biff_marks(content, name) if old else zip_marks(content, name))
    except BROKEN:  # BiffError is a ValueError
        raise InputError(unreadable) from None
    if not any(any(cell for cell in row) for row in cells):
        raise InputError(Fault(place, "the sheet is empty", "a header row and rows", "check the sheet's name"))
    if len(cells) < request.header_row:
        raise InputError(
            Fault(place, f"header_row is {request.header_row} and the sheet ends at row {len(cells)}",
                  action="set header_row to the row that holds the headings")
        )  # fmt: skip
    header, records = cells[request.header_row - 1], cells[request.header_row :]
    rows = range(request.header_row + 1, request.header_row + 1 + len(records))
    digest = hashlib.sha256(content).hexdigest()
    return build(request, name, header, records, rows, digest, typed=True, broken=(*ERRORS, UNCALCULATED))


def _mark(cells: list[list[str]], marks: Marks) -> None:
    """Write the found errors into the cells calamine left empty; a sheet grows where they stand at its edge."""
    if not marks:
        return
    width = max(max(len(row) for row in cells) if cells else 0, max(column for _, column in marks) + 1)
    height = max(len(cells), max(row for row, _ in marks) + 1)
    cells += [[] for _ in range(height - len(cells))]
    for row in cells:
        row += [""] * (width - len(row))
    for (row_number, column), text in marks.items():
        cells[row_number][column] = text


def _guarded(read: Callable[[], Any], fault: Fault, request: Request) -> Any:
    """What `read` returns; a failure of calamine, its Rust panics included, becomes the fault."""
    try:
        return read()
    except PasswordError:
        raise InputError(_locked(request)) from None
    except (CalamineError, OSError, ValueError, OverflowError, MemoryError):
        raise InputError(fault) from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # pyo3 makes it a BaseException and exports no name for it
            raise
        raise InputError(fault) from None


def _check_password(content: bytes, request: Request) -> None:
    """A password-protected .xlsx is an OLE file with a stream of this name in its directory."""
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise InputError(_locked(request))


def _locked(request: Request) -> Fault:
    return Fault(request.shown, "the workbook is protected by a password", "an open workbook",
                 "save it without a password")  # fmt: skip


def not_a_workbook(request: Request) -> Fault:
    """The fault of a file that is named as a workbook and cannot be read as one."""
    return Fault(request.shown, f"named {request.path.suffix} but is not a readable workbook",
                 "an .xlsx, .xls or .ods workbook",
                 "save it as .xlsx, or give it the extension of what it is")  # fmt: skip


def _sheet(workbook: Any, request: Request) -> str:
    sheets = [sheet for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    names = [sheet.name for sheet in sheets]
    if request.sheet is not None:
        if request.sheet in names:
            return str(request.sheet)
        raise InputError(
            Fault(request.shown, f"has no sheet {request.sheet!r}", choices(request.sheet, names),
                  "correct the sheet's name")
        )  # fmt: skip
    visible = [sheet.name for sheet in sheets if sheet.visible == SheetVisibleEnum.Visible]
    if len(visible) == 1:
        return str(visible[0])
    raise InputError(
        Fault(request.shown, f"has {len(visible)} sheets and none is named", choices("", visible), "add `sheet:`")
    )
