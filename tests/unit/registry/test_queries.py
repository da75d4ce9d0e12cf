"""Query lists: what a centre is asked, that its answers come back as corrections, and that none gets lost or forged."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from openpyxl import load_workbook

from y90outcomes.errors import InputError
from y90outcomes.registry.queries_answers import LIST, RawCells, harmful, harmless
from y90outcomes.registry.queries_write import write_queries
from y90outcomes.registry.read import read_with_raw

HEAD = "Patient;Sexe;Bili;Date\n"
BAD = HEAD + "P1;F;10,5;01/02/2020\nP2;X-femme;=12;31/02/2020\n"
ANSWER = {"answer": "corrected", "answered_by": "A. Martin", "answered_on": "2024-03-31", "reason": "source document"}


def lists(folder: Path, out: Path) -> list[Path]:
    registry, inputs = read_with_raw(folder)
    return write_queries(
        out,
        "A study",
        registry.schema,
        registry.tables,
        registry.issues,
        registry.missing,
        registry.corrections,
        inputs,
    )


def lines(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def answer(folder: Path, out: Path, given: dict[str, dict[str, str]], delimiter: str = ",", name: str = "") -> Path:
    """Fill the list of `out` (raw column -> cells) and lay it into `corrections/`."""
    rows = lines(out / "rennes-queries.csv")
    for row in rows:
        row.update(given.get(row["column"], {}))
    target = folder / "corrections" / (name or "rennes-queries.csv")
    target.parent.mkdir(exist_ok=True)
    with target.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, LIST, delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return target


def refusal(folder: Path) -> str:
    with pytest.raises(InputError) as error:
        read_with_raw(folder)
    return str(error.value)


def test_a_list_holds_key_place_value_question_and_a_blank_answer(make, tmp_path):
    out = tmp_path / "queries"
    written = lists(make(BAD), out)
    assert [path.name for path in written] == [
        "index.html",
        "queries.json",
        "rennes-queries.csv",
        "rennes-queries.xlsx",
    ]
    rows = {row["column"]: row for row in lines(out / "rennes-queries.csv")}
    assert set(rows) == {"Sexe", "Bili", "Date"}
    bili = rows["Bili"]
    assert (bili["patient_id"], bili["file"], bili["row"], bili["place"]) == (
        "P2", "data/patients.csv", "3", "labs.value",
    )  # fmt: skip
    assert bili["value"] == "'=12"
    assert bili["question"].startswith("The cell is not a number")
    assert bili["answer"] == bili["corrected_value"] == bili["reason"] == ""
    sheet = load_workbook(out / "rennes-queries.xlsx").worksheets[0]
    cells = list(sheet.iter_rows(values_only=True))
    assert list(cells[0]) == list(LIST)
    assert [tuple(cell or "" for cell in row) for row in cells[1:]] == [
        tuple(row.values()) for row in lines(out / "rennes-queries.csv")
    ]
    assert sheet.data_validations.dataValidation[0].formula1 == '"corrected,confirmed,missing"'
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_two_writings_have_the_same_bytes_and_replace_each_other(make, tmp_path):
    folder = make(BAD)
    first = {path.name: path.read_bytes() for path in lists(folder, tmp_path / "a")}
    lists(folder, tmp_path / "b")
    second = {path.name: path.read_bytes() for path in lists(folder, tmp_path / "b")}
    assert first == second


def test_a_folder_with_something_else_is_left_alone(make, tmp_path):
    out = tmp_path / "mine"
    out.mkdir()
    (out / "thesis.txt").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="something else"):
        lists(make(BAD), out)
    assert [path.name for path in out.iterdir()] == ["thesis.txt"]


def test_the_page_counts_and_shows_no_value_and_no_key(make, tmp_path):
    lists(make(BAD), tmp_path / "q")
    page = (tmp_path / "q" / "index.html").read_text(encoding="utf-8")
    assert "3 blocking" in page
    assert "rennes-queries.xlsx" in page
    assert "unmapped code" in page
    for secret in ("P1", "P2", "X-femme", "=12", "31/02/2020"):
        assert secret not in page
    assert "http" not in page


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_answers_correct_the_cell_in_the_centres_own_writing(make, tmp_path, delimiter):
    folder = make(BAD)
    lists(folder, tmp_path / "q")
    answer(
        folder, tmp_path / "q",
        {"Sexe": ANSWER | {"corrected_value": "F"}, "Bili": ANSWER | {"corrected_value": "12,5"},
         "Date": ANSWER | {"answer": "missing", "reason": "not in the file"}},
        delimiter,
    )  # fmt: skip
    registry, _inputs = read_with_raw(folder)
    assert registry.issues == ()
    assert registry.tables["patients"]["sex"].tolist() == ["female", "female"]
    assert registry.tables["labs"]["value"].tolist() == [10.5, 12.5]
    assert registry.tables["treatments"]["date"].isna().tolist() == [False, True]
    assert registry.tables["labs"]["source_row"].tolist() == [2, 3]
    told = {item.source_column: (item.old, item.new, item.who, item.when, item.why) for item in registry.corrections}
    assert told["Bili"] == ("=12", "12,5", "A. Martin", "2024-03-31", "source document")
    assert told["Date"][:2] == ("31/02/2020", "")
    assert "12,5" not in repr(registry.corrections)
    assert (folder / "data" / "patients.csv").read_text(encoding="utf-8") == BAD
    audit = next(path for path in lists(folder, tmp_path / "q2") if path.name == "corrections.csv")
    assert [(row["old"], row["new"]) for row in lines(audit) if row["source_column"] == "Bili"] == [("'=12", "12,5")]


def test_a_workbook_with_typed_cells_is_read_and_the_same_answer_twice_counts_once(make, tmp_path):
    folder = make(BAD)
    lists(folder, tmp_path / "q")
    given = {"Sexe": ANSWER | {"corrected_value": "F"}, "Date": ANSWER | {"answer": "missing"}}
    answer(folder, tmp_path / "q", given)
    book = load_workbook(tmp_path / "q" / "rennes-queries.xlsx")
    for row in book.worksheets[0].iter_rows(min_row=2):
        cells = dict(zip(LIST, row, strict=True))
        if cells["column"].value == "Date":
            for name, text in (ANSWER | {"answer": "missing"}).items():
                cells[name].value = text
        if cells["column"].value == "Bili":
            for name, text in (ANSWER | {"corrected_value": 12.5}).items():
                cells[name].value = text
    book.save(folder / "corrections" / "rennes-queries (1).xlsx")
    registry, _inputs = read_with_raw(folder)
    assert registry.issues == ()
    assert registry.tables["labs"]["value"].tolist() == [10.5, 12.5]
    assert len(registry.corrections) == 3


def test_a_confirmed_query_is_a_note_until_the_cell_changes(make, tmp_path):
    text = HEAD + "P1;F;10,5;01/02/2020\nP2;M;12;15/03/1980\n"
    folder = make(text)
    lists(folder, tmp_path / "q")
    asked = lines(tmp_path / "q" / "rennes-queries.csv")
    assert [(row["place"], row["column"]) for row in asked] == [("treatments.date", "Date")]
    answer(folder, tmp_path / "q", {"Date": ANSWER | {"answer": "confirmed"}})
    registry, _inputs = read_with_raw(folder)
    assert [(item.rule, item.severity) for item in registry.issues] == [("outside_window", "note")]
    assert "confirmed by the centre" in registry.issues[0].message
    make(text.replace("1980", "1981"))
    registry, _inputs = read_with_raw(folder)
    assert [item.severity for item in registry.issues] == ["query"]


def test_a_blocking_issue_cannot_be_confirmed_away(make, tmp_path):
    folder = make(BAD)
    lists(folder, tmp_path / "q")
    answer(folder, tmp_path / "q", {name: ANSWER | {"answer": "confirmed"} for name in ("Sexe", "Bili", "Date")})
    assert len(read_with_raw(folder)[0].blocking) == 3


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (ANSWER | {"answer": "perhaps", "corrected_value": "F"}, "not one of the words"),
        (ANSWER | {"corrected_value": ""}, "corrected_value is empty"),
        (ANSWER | {"corrected_value": "F", "reason": ""}, "who answered, or why, is empty"),
        (ANSWER | {"corrected_value": "F", "answered_by": ""}, "who answered, or why, is empty"),
        (ANSWER | {"corrected_value": "F", "answered_on": "31/03/2024"}, "answered_on is not a date"),
        (ANSWER | {"corrected_value": "F", "row": "9"}, "no such row or column"),
        (ANSWER | {"corrected_value": "F", "value_check": "v000000000000"}, "no longer holds"),
        (ANSWER | {"answer": "missing", "corrected_value": "F"}, "a corrected_value beside"),
    ],
)
def test_an_answer_that_cannot_be_kept_is_refused_with_its_row_and_no_value(make, tmp_path, given, said):
    folder = make(BAD)
    lists(folder, tmp_path / "q")
    answer(folder, tmp_path / "q", {"Sexe": given})
    text = refusal(folder)
    assert said in text
    assert "corrections/rennes-queries.csv, row " in text
    assert "X-femme" not in text


def test_what_is_no_list_is_refused(make, tmp_path):
    folder = make(BAD)
    (folder / "corrections").mkdir()
    (folder / "corrections" / "a.csv").write_text("x,y\n1,2\n", encoding="utf-8")
    (folder / "corrections" / "b.xlsx").write_bytes(b"PK not a workbook")
    (folder / "corrections" / "c.docx").write_bytes(b"")
    text = refusal(folder)
    assert "has no column 'query'" in text
    assert "b.xlsx: not a workbook" in text
    assert "c.docx: not a list of queries" in text


def test_a_raw_file_that_changed_under_its_correction_is_said(make, tmp_path):
    folder = make(BAD)
    lists(folder, tmp_path / "q")
    answer(folder, tmp_path / "q", {"Sexe": ANSWER | {"corrected_value": "F"}})
    make(BAD.replace("X-femme", "M"))
    assert "no longer holds what was asked about" in refusal(folder)


def test_neutralised_text_comes_back(make):
    for text in ("=1+1", "-3", "+x", "@a", "plain", "'quoted"):
        assert harmful(harmless(text)) == text
    assert harmless("=1")[0] == "'"


def test_a_heading_with_a_comma_is_found_among_several(make):
    folder = make(
        "Patient;Sexe;Bili, totale;Date\nP1;F;10,5;01/02/2020\nP2;M;12;15/03/2020\n",
        replace={"value: Bili,": 'value: "Bili, totale",'},
    )
    cells = RawCells(read_with_raw(folder)[1])
    found = cells.columns("rennes", "data/patients.csv", "", "Bili, totale, Date, elsewhere")
    assert found == ["Bili, totale", "Date"]
