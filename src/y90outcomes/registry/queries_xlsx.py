"""A query list as a workbook: text cells, a drop-down for the answer, and the same bytes for the same list."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence

from y90outcomes.registry.queries_answers import ANSWERS, LIST

WIDTHS = {"question": 70, "reason": 40, "value": 18, "answer": 14, "corrected_value": 18, "place": 26, "file": 28,
          "column": 24, "query": 30, "answered_by": 18, "answered_on": 14}  # fmt: skip
ASKED = ("answer", "corrected_value", "answered_by", "answered_on", "reason")
EPOCH = (1980, 1, 1, 0, 0, 0)
"""Time stamp of every part; a clock would make two equal lists differ."""


def list_workbook(centre: str, rows: Sequence[Sequence[str]]) -> bytes:
    """The workbook with one sheet, `queries`, its header frozen; the columns to fill are shaded."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101  a new workbook has a sheet
    sheet.title = "queries"
    shade = PatternFill("solid", start_color="FFF2CC", end_color="FFF2CC")
    for number, cells in enumerate([LIST, *rows], start=1):
        for at, text in enumerate(cells, start=1):
            cell = sheet.cell(number, at)
            cell.value = _printable(text)
            cell.number_format = "@"
            if text:
                cell.data_type = "s"
            cell.alignment = Alignment(vertical="top", wrap_text=LIST[at - 1] in ("question", "reason"))
            if number == 1:
                cell.font = Font(bold=True)
            elif LIST[at - 1] in ASKED:
                cell.fill = shade
    for at, name in enumerate(LIST, start=1):
        sheet.column_dimensions[get_column_letter(at)].width = WIDTHS.get(name, 12)
    answer = get_column_letter(LIST.index("answer") + 1)
    choice = DataValidation(type="list", formula1=f'"{",".join(ANSWERS)}"', allow_blank=True, showErrorMessage=True)
    choice.add(f"{answer}2:{answer}{max(len(rows) + 1, 2)}")
    sheet.add_data_validation(choice)
    sheet.freeze_panes = "A2"
    book.properties.creator = "y90outcomes"
    book.properties.title = f"Data queries: {centre}"
    out = io.BytesIO()
    book.save(out)
    return same_bytes(out.getvalue())


def same_bytes(content: bytes) -> bytes:
    """A workbook without its clock: parts stamped EPOCH, created and modified on that day."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for item in sorted(source.infolist(), key=lambda part: part.filename):
            body = source.read(item)
            if item.filename == "docProps/core.xml":
                body = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"1980-01-01T00:00:00Z", body)
            part = zipfile.ZipInfo(item.filename, EPOCH)
            part.compress_type = zipfile.ZIP_DEFLATED
            part.external_attr = 0o600 << 16
            target.writestr(part, body)
    return out.getvalue()


def _printable(text: str) -> str:
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f]", "\ufffd", text)[:32_000]
