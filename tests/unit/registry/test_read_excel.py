"""Workbooks old and new: values as they stand, error cells and uncalculated formulas reported, bombs refused."""
# ruff: noqa: E501  (the lines of the invented files are as long as they are)

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from fixtures.reading import FILES, cells, read, refused
from y90outcomes.registry.raw import UNCALCULATED

ODS = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">
<office:body><office:spreadsheet>{}</office:spreadsheet></office:body></office:document-content>"""

MANIFEST = """<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>"""


def text(value: str) -> str:
    return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'


def number(value: str) -> str:
    return f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p></table:table-cell>'


def row(*inside: str, more: str = "") -> str:
    return f"<table:table-row{more}>{''.join(inside)}</table:table-row>"


def ods(tmp_path: Path, *rows: str, raw: str | None = None) -> Path:
    path = tmp_path / "raw.ods"
    table = f'<table:table table:name="Feuille">{"".join(rows)}</table:table>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", MANIFEST)
        archive.writestr("content.xml", raw if raw is not None else ODS.format(table))
    return path


def xlsx(tmp_path: Path, rows: list[list[object]]) -> Path:
    book = Workbook()
    for line in rows:
        book.active.append(line)
    book.save(tmp_path / "raw.xlsx")
    return tmp_path / "raw.xlsx"


def rewrite(path: Path, change: dict[str, tuple[bytes, bytes]]) -> Path:
    """The archive again, with old bytes replaced by new in some members."""
    source = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            old, new = change.get(name, (b"", b""))
            content = source.read(name)
            assert old in content
            archive.writestr(name, content.replace(old, new) if old else content)
    return path


def test_an_old_workbook(tmp_path):
    raw = read("excel", FILES / "invented.xls", header_row=2)
    assert raw.sheet == "Données"
    assert cells(raw) == [
        ["P1", "205.5", "2020-01-31", "true", "é ü", ""],
        ["P2", "300", "2020-02-01", "false", "", ""],
        ["P3", "#N/A", "", "", "", ""],
    ]
    assert raw.rows.tolist() == [3, 4, 5]
    assert raw.typed


def test_an_open_document_sheet(tmp_path):
    date = '<table:table-cell office:value-type="date" office:date-value="2020-01-31"/>'
    failed = '<table:table-cell table:formula="of:=NA()" office:value-type="string" calcext:value-type="error"><text:p>#N/A</text:p></table:table-cell>'
    later = '<table:table-cell table:formula="of:=[.B2]*2"/>'
    filler = '<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="1024"/></table:table-row>'
    path = ods(
        tmp_path,
        row(text("Patient"), text("Dose"), text("Date"), text("Double")),
        row(text("P1"), number("13.6"), date, later),
        row('<table:table-cell table:number-columns-repeated="4"/>'),
        row(text("P2"), failed, date, text("x")),
        filler,
    )
    raw = read("excel", path, dialect={"decimal": ","})
    assert cells(raw) == [["P1", "13,6", "2020-01-31", UNCALCULATED], ["P2", "#N/A", "2020-01-31", "x"]]
    assert raw.rows.tolist() == [2, 4]


def test_errors_and_uncalculated_formulas_of_a_new_workbook(tmp_path):
    path = xlsx(tmp_path, [["A", "B", "C", "D"], ["x", "#DIV/0!", "=1+1", 2.5], ["y", 1, "", "=B2"]])
    raw = read("excel", path)
    assert cells(raw) == [["x", "#DIV/0!", UNCALCULATED, "2.5"], ["y", "1", "", UNCALCULATED]]
    assert {"#DIV/0!", UNCALCULATED} <= raw.broken


def test_a_formula_with_its_value_is_its_value(tmp_path):
    path = xlsx(tmp_path, [["A", "B"], ["x", "=1+1"], ["y", '=""']])
    sheet = "xl/worksheets/sheet1.xml"
    old = zipfile.ZipFile(path).read(sheet)
    new = old.replace(b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>").replace(b"<f>1+1</f><v></v>", b"<f>1+1</f><v>2</v>")
    new = new.replace(b'<c r="B3"><f>', b'<c r="B3" t="str"><f>')
    assert new != old
    raw = read("excel", rewrite(path, {sheet: (old, new)}))
    assert cells(raw) == [["x", "2"], ["y", ""]]


def test_the_marks_are_those_of_the_chosen_sheet(tmp_path):
    book = Workbook()
    book.active.append(["A"])
    book.active.append(["#N/A"])
    other = book.create_sheet("Zweites & letztes")
    for value in ("A", "plain", "#REF!"):
        other.append([value])
    book.save(tmp_path / "raw.xlsx")
    assert cells(read("excel", tmp_path / "raw.xlsx", sheet="Zweites & letztes")) == [["plain"], ["#REF!"]]


def test_a_date_with_a_time_keeps_it(tmp_path):
    path = xlsx(tmp_path, [["A", "B"], [dt.datetime(2020, 1, 31, 9, 5), dt.date(2020, 1, 31)]])
    assert cells(read("excel", path)) == [["2020-01-31 09:05:00", "2020-01-31"]]


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.99])
@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_a_truncated_workbook_is_refused(tmp_path, kind, share):
    whole = {
        "xlsx": lambda: xlsx(tmp_path, [["A", "B"], *([i, i * 2] for i in range(200))]),
        "xls": lambda: FILES / "invented.xls",
        "ods": lambda: ods(tmp_path, row(text("A")), *(row(text(f"v{i}")) for i in range(200))),
    }[kind]()
    content = whole.read_bytes()
    path = tmp_path / f"cut.{kind}"
    path.write_bytes(content[: int(len(content) * share)])
    assert "workbook" in refused("excel", path) or "sheet" in refused("excel", path)


@pytest.mark.parametrize(
    "cell",
    [
        b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        b"<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>",
    ],
)
def test_a_stray_cell_is_refused_however_it_is_quoted(tmp_path, cell):
    path = xlsx(tmp_path, [["A"], [1]])
    rewrite(path, {"xl/worksheets/sheet1.xml": (b"</sheetData>", cell + b"</sheetData>")})
    assert "spans 1048576 rows and 16384 columns" in refused("excel", path)


def test_a_repeated_cell_that_fills_a_sheet_is_refused(tmp_path):
    wide = '<table:table-cell table:number-columns-repeated="16384" office:value-type="string"><text:p>x</text:p></table:table-cell>'
    path = ods(tmp_path, row(text("A")), row(wide, more=' table:number-rows-repeated="1048575"'))
    assert "spans 1048576 rows and 16384 columns" in refused("excel", path)


def test_a_zip_bomb_is_refused(tmp_path):
    path = tmp_path / "raw.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as stream:
            for _ in range(1100):
                stream.write(bytes(1_000_000))
    assert path.stat().st_size < 2_000_000
    assert "unpacks to an unreasonable size" in refused("excel", path)


def test_a_document_type_is_refused(tmp_path):
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    assert "is not a readable workbook" in refused("excel", ods(tmp_path, raw=bomb))


def test_a_protected_workbook_is_named(tmp_path):
    path = tmp_path / "raw.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600))
    assert "protected by a password" in refused("excel", path)
