"""Readers hand over text cells and the row numbers a person sees."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from openpyxl import Workbook

from y90outcomes.registry.mapping import Dialect
from y90outcomes.registry.raw import RawFrame, Request
from y90outcomes.registry.read_excel import read_excel
from y90outcomes.registry.read_text import read_text


def text(tmp_path: Path, content: bytes, header_row: int = 1, **dialect: str) -> RawFrame:
    path = tmp_path / "raw.csv"
    path.write_bytes(content)
    return read_text(Request(path, "raw.csv", "c", None, header_row, Dialect(**dialect)))  # type: ignore[arg-type]


@pytest.mark.parametrize("mark", [";", ",", "\t", "|"])
def test_the_delimiter_is_found(tmp_path, mark):
    raw = text(tmp_path, f'A{mark}B\n"x{mark}y"{mark}1\n'.encode())
    assert raw.frame.to_numpy().tolist() == [[f"x{mark}y", "1"]]
    sniffed = text(tmp_path, f"A{mark}B{mark}C\nx{mark}y{mark}z\n".encode())
    assert sniffed.frame.to_numpy().tolist() == [["x", "y", "z"]]


def test_decimal_commas_do_not_win_over_the_semicolon(tmp_path):
    raw = text(tmp_path, b"A;B;C\n1,5;2,5;3,5\n1,5;2,5;3,5\n")
    assert raw.frame.to_numpy().tolist() == [["1,5", "2,5", "3,5"]] * 2


@pytest.mark.parametrize(
    ("content", "declared"),
    [
        ("Nécrose\nÉtendue\n".encode(), None),
        ("\ufeffNécrose\nÉtendue\n".encode(), None),
        ("Nécrose\nÉtendue\n".encode("utf-16"), None),
        ("Nécrose\nÉtendue\n".encode("utf-16-le"), "utf-16-le"),
        ("Nécrose\nÉtendue\n".encode("cp1252"), None),
        ("Nécrose\nÉtendue\n".encode("cp850"), "cp850"),
        ("Ne\u0301crose\nE\u0301tendue\n".encode(), None),
    ],
)
def test_the_encoding_ladder(tmp_path, content, declared):
    raw = text(tmp_path, content, **({"encoding": declared} if declared else {}))
    assert list(raw.frame.columns) == ["Nécrose"]
    assert raw.frame.iloc[0, 0] == "Étendue"


def test_row_numbers_are_the_lines_records_start_on(tmp_path):
    content = b'Title\r\nA;B\r\n1;"two\r\nlines"\r\n\r\n;\r\n3;NA\r\n4; null ;\r\n'
    raw = text(tmp_path, content, header_row=2)
    assert raw.rows.tolist() == [3, 7, 8]
    assert raw.frame.to_numpy().tolist() == [["1", "two\r\nlines"], ["3", "NA"], ["4", "null"]]


def test_workbook_cells_are_copied_faithfully(tmp_path):
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A2"] = "Titre"
    header = ["Nombre  entier", "Décimal", "Date", "Heure", "Texte", "Vrai", None, "Nul"]
    for column, name in enumerate(header, 1):
        sheet.cell(4, column, name)
    row = [30.0, 13.6, dt.datetime(2020, 1, 31), dt.datetime(2020, 1, 31, 9, 5), " NA ", True, "x", None]
    for column, value in enumerate(row, 1):
        sheet.cell(5, column, value)
    sheet.cell(7, 1, 1e-7)
    sheet.cell(9, 1, " ")
    book.save(tmp_path / "raw.xlsx")
    raw = read_excel(Request(tmp_path / "raw.xlsx", "raw.xlsx", "c", None, 4, Dialect(decimal=",")))
    assert list(raw.frame.columns) == ["Nombre entier", "Décimal", "Date", "Heure", "Texte", "Vrai", "Nul"]
    assert raw.frame.iloc[0].tolist() == ["30", "13,6", "2020-01-31", "2020-01-31 09:05:00", "NA", "true", ""]
    assert raw.rows.tolist() == [5, 7]
    assert raw.frame.iloc[1, 0] == "1e-07"
