"""Delimited text of every habit: separators, marks, encodings, titles, quoted lines, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.reading import cells, read, refused
from y90outcomes.registry.mapping import Dialect


def put(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "raw.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("mark", [";", ",", "\t", "|", "~", "^", ":", "§"])
def test_any_mark_can_be_declared(tmp_path, mark):
    raw = read("text", put(tmp_path, f"A{mark}B\nx{mark}1\n"), dialect={"delimiter": mark})
    assert cells(raw) == [["x", "1"]]


@pytest.mark.parametrize("mark", ["a", "7", '"', "\n", ".", "-", ";;", ""])
def test_what_cannot_separate_is_refused(mark):
    with pytest.raises(ValueError, match="delimiter"):
        Dialect(delimiter=mark)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_sep_line_gives_the_mark_and_is_no_header(tmp_path, end):
    raw = read("text", put(tmp_path, end.join(["sep=|", "A;x|B", "1;2|3", ""])))
    assert list(raw.frame.columns) == ["A;x", "B"]
    assert cells(raw) == [["1;2", "3"]]
    assert raw.rows.tolist() == [3]


def test_lines_are_counted_as_an_editor_counts_them(tmp_path):
    text = 'Titre\u2028suite\x0bfin\nautre titre\nA;B\n1;2\n\n3;"4\n5"\n6;7\n'
    raw = read("text", put(tmp_path, text), header_row=3)
    assert raw.rows.tolist() == [4, 6, 8]
    assert cells(raw)[1] == ["3", "4\n5"]


@pytest.mark.parametrize("name", ["utf-8-sig", "utf-16", "utf-32", "utf-8"])
def test_marked_unicode_needs_no_declaration(tmp_path, name):
    raw = read("text", put(tmp_path, "Größe;État\n1;é\n".encode(name)))
    assert list(raw.frame.columns) == ["Größe", "État"]
    assert raw.note == ""


@pytest.mark.parametrize("name", ["cp1250", "cp1254", "mac_roman", "iso8859_9", "utf-16-be"])
def test_a_declared_code_page_is_used(tmp_path, name):
    raw = read("text", put(tmp_path, "A;B\nü;ö\n".encode(name)), dialect={"encoding": name})
    assert cells(raw) == [["ü", "ö"]]


def test_the_end_mark_of_dos_is_no_record(tmp_path):
    assert cells(read("text", put(tmp_path, "A;B\n1;2\n\x1a"))) == [["1", "2"]]


def test_control_characters_are_refused_with_their_row_and_never_shown(tmp_path):
    message = refused("text", put(tmp_path, "A;B\n1;2\n3;secret\x1b[31m\n"))
    assert "column 'B'" in message
    assert "row 3" in message
    assert "secret" not in message


def test_a_million_columns_are_refused(tmp_path):
    header = ";".join(f"c{i}" for i in range(1_000_000))
    assert "1000000 columns" in refused("text", put(tmp_path, f"{header}\n1;2\n"))
    assert "1000001 columns" in refused(
        "text", put(tmp_path, "A;B\n1;2" + ";" * 999_999 + "\n"), dialect={"delimiter": ";"}
    )


@pytest.mark.parametrize(
    ("content", "what"),
    [(b"PAR1" + b"\0" * 50, "a Parquet file"), (b"$FL2@(#) SPSS", "an SPSS file"), (b"\x1f\x8b\x08", "a gzip archive"),
     (b"SQLite format 3\0", "an SQLite database"), (b"\xff\xd8\xff\xe0", "a picture")],
)  # fmt: skip
def test_text_that_is_something_else_is_named(tmp_path, content, what):
    assert f"named .csv but is {what}" in refused("text", put(tmp_path, content))


def test_a_quote_never_closed_ends_in_bounded_memory(tmp_path):
    message = refused("text", put(tmp_path, 'A;B\n1;"' + "x\n" * 200_000))
    assert "line 2" in message
    assert "not readable as delimited text" in message
