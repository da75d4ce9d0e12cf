"""What the data hold: issues with a place and no value, blocking or not as the study says."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from y90outcomes.registry import RULES, Registry, read_registry, write_issues

HEAD = "Patient;Sexe;Bili;Date\n"
GOOD = "P1;F;10,5;01/02/2020\nP2;M;12;15/03/2020\n"


def found(registry: Registry) -> list[tuple[str, str, str, str, int | None]]:
    return [(item.rule, item.severity, item.table, item.column, item.row) for item in registry.issues]


@pytest.mark.parametrize(
    ("cells", "rule", "table", "column", "source"),
    [
        ("P2;X-femme;12;15/03/2020", "unmapped_code", "patients", "sex", "Sexe"),
        ("P2;M;12.5;15/03/2020", "bad_number", "labs", "value", "Bili"),
        ("P2;M;<3;15/03/2020", "bad_number", "labs", "value", "Bili"),
        ("P2;M;1e999;15/03/2020", "bad_number", "labs", "value", "Bili"),
        ("P2;M;12;31/02/2020", "bad_date", "treatments", "date", "Date"),
        ("P2;M;12;03/2020", "bad_date", "treatments", "date", "Date"),
        ("P2;M;12;2020-03-15", "bad_date", "treatments", "date", "Date"),
        ("P2;M;99999;15/03/2020", "out_of_bounds", "labs", "value", "Bili"),
        ("P2;M;12;15/03/1820", "out_of_bounds", "treatments", "date", "Date"),
    ],
)
def test_an_unreadable_cell_blocks_or_becomes_missing(make, cells, rule, table, column, source):
    folder = make(HEAD + "P1;F;10,5;01/02/2020\n" + cells + "\n")
    blocked = read_registry(folder)
    assert found(blocked) == [(rule, "blocking", table, column, 3)]
    item = blocked.issues[0]
    assert blocked.blocking == (item,)
    assert (item.centre, item.file, item.sheet, item.source_column) == ("rennes", "data/patients.csv", "", source)
    value = cells.split(";")[["Patient", "Sexe", "Bili", "Date"].index(source)]
    assert item.value == value
    assert value not in item.message
    assert value not in repr(item)
    relaxed = read_registry(folder, on_invalid_cell="missing", reason="record review")
    assert found(relaxed) == [(rule, "query", table, column, 3)]
    assert relaxed.blocking == ()
    assert relaxed.issues[0].id == item.id
    counted = relaxed.missing.query("reason == 'invalid: record review'")
    assert counted[["table", "column", "n"]].to_numpy().tolist() == [[table, column, 1]]
    assert relaxed.tables[table][column].isna().sum() == 1


@pytest.mark.parametrize("policy", ["block", "missing"])
def test_keys_and_parents_always_block(make, policy):
    doses = [["Doses"], ["Patient", "Tumeur", "Dose"], ["P1", 1, 200], ["P9", 1, 300]]
    folder = make(HEAD + "P1;F;10,5;01/02/2020\nP1;F;10,5;01/02/2020\n;M;12;15/03/2020\n", doses=doses)
    registry = read_registry(folder, on_invalid_cell=policy)
    rules = {(item.rule, item.table, item.row) for item in registry.blocking}
    assert {("duplicate_key", "patients", 2), ("duplicate_key", "patients", 3)} <= rules
    assert {("missing_key", "patients", 4), ("missing_key", "labs", 4)} <= rules
    assert {("orphan", "lesions", 4), ("orphan", "dosimetry", 4)} <= rules
    assert all(item.severity == "blocking" for item in registry.issues)


def test_a_lesion_row_without_its_lesion_is_an_orphan(make):
    extra = "        sex:"
    folder = make(
        replace={extra: extra, "      lesions:\n        patient_id: Patient\n        lesion_id: Tumeur\n": ""}
    )
    issues = read_registry(folder).blocking
    assert [(item.rule, item.table, item.row) for item in issues] == [
        ("orphan", "dosimetry", 3),
        ("orphan", "dosimetry", 4),
    ]
    assert "no row of 'lesions'" in issues[0].message


def test_the_same_key_from_two_files_says_that_files_are_not_merged(make):
    folder = make()
    page = (folder / "centres" / "rennes.yaml").read_text(encoding="utf-8")
    page = page.replace("      lesions:", "      patients: {patient_id: Patient}\n      lesions:")
    (folder / "centres" / "rennes.yaml").write_text(page, encoding="utf-8")
    issues = read_registry(folder).blocking
    assert {item.rule for item in issues} == {"duplicate_key"}
    assert len(issues) == 4
    assert "different files" in issues[0].message


def test_distinct_collapses_identical_rows_and_reports_conflicting_ones(make):
    rows = HEAD + "P1;F;10,5;01/02/2020\nP1;F;10,5;01/02/2020\nP2;M;12;15/03/2020\n"
    page = {"      patients:\n": "      patients:\n        distinct: true\n",
            "      treatments:\n": "      treatments:\n        distinct: true\n",
            "      labs:\n": "      labs:\n        distinct: true\n"}  # fmt: skip
    registry = read_registry(make(rows, replace=page))
    assert registry.issues == ()
    assert registry.tables["patients"]["source_row"].tolist() == [2, 4]
    registry = read_registry(make(rows.replace("P1;F;10,5;01/02/2020\nP2", "P1;M;10,5;01/02/2020\nP2"), replace=page))
    assert [(item.rule, item.row) for item in registry.blocking] == [("duplicate_key", 2), ("duplicate_key", 3)]


FOLLOW = """\
      follow_up:
        patient_id: Patient
        long:
          - event: death
            occurrence: {from: Mort, codes: {oui: yes, non: no}}
            date: Date mort
          - event: last_contact
            occurrence: {constant: yes}
            date: Vu
      assessments:
        patient_id: Patient
        visit: {constant: month_3}
        criterion: {constant: mrecist}
        response: {from: Rep, codes: {RC: CR}}
        date: Date rep
      labs:
"""


def follow(make, *rows: str) -> Registry:
    head = "Patient;Sexe;Bili;Date;Mort;Date mort;Vu;Rep;Date rep\n"
    body = head + "\n".join(rows) + "\nP2;M;12;15/03/2020;non;;01/01/2021;RC;15/06/2020\n"
    return read_registry(make(body, replace={"      labs:\n": FOLLOW}))


def test_dates_in_order_are_silent(make):
    assert follow(make, "P1;F;10,5;01/02/2020;oui;01/02/2021;01/02/2021;RC;01/05/2020").issues == ()


def test_no_row_is_made_of_an_empty_event(make):
    registry = follow(make, "P1;F;10,5;01/02/2020;;;;RC;01/05/2020")
    assert registry.tables["follow_up"]["patient_id"].tolist() == ["P2", "P2"]
    dropped = registry.missing[registry.missing["reason"] == "not_recorded (no row)"]
    assert dropped[["column", "n"]].to_numpy().tolist() == [["date", 1], ["occurrence", 1]]


@pytest.mark.parametrize(
    ("row", "rule", "table", "words"),
    [
        (
            "P1;F;10,5;01/02/2020;oui;01/02/2021;;RC;01/05/2021",
            "after_death",
            "assessments",
            "after the patient's death",
        ),
        ("P1;F;10,5;01/02/2020;oui;01/02/2021;05/02/2021;RC;01/05/2020", "after_death", "follow_up", "death"),
        ("P1;F;10,5;01/02/2020;non;;01/04/2020;RC;01/05/2020", "date_order", "assessments", "after the last contact"),
        ("P1;F;10,5;01/02/2020;non;;01/04/2021;RC;01/01/2020", "date_order", "assessments", "before first treatment"),
        ("P1;F;10,5;01/02/2020;oui;01/01/2020;;;", "date_order", "follow_up", "before first treatment"),
        ("P1;F;10,5;01/02/2020;oui;;01/02/2021;RC;01/05/2020", "undated_event", "follow_up", "give a day number"),
    ],
)
def test_dates_out_of_order_are_queries(make, row, rule, table, words):
    issues = [item for item in follow(make, row).issues if item.rule not in ("required_missing",)]
    assert (rule, "query", table, 2) in [(item.rule, item.severity, item.table, item.row) for item in issues]
    assert any(words in item.message for item in issues)


def test_a_date_and_a_day_that_disagree(make):
    head = "Patient;Sexe;Bili;Date;Date labo;Jour labo\n"
    page = {"value: Bili": "date: Date labo, day: {from: Jour labo, unit: d}, value: Bili"}
    body = head + "P1;F;10,5;01/02/2020;03/02/2020;2\nP2;M;12;15/03/2020;16/03/2020;3\n"
    registry = read_registry(make(body, replace=page))
    assert found(registry) == [("date_day_disagree", "blocking", "labs", "date, day", 3)]
    assert registry.issues[0].source_column == "Date labo, Jour labo"
    registry = read_registry(make(body, replace=page), on_invalid_cell="missing", reason="r")
    assert found(registry)[0][1] == "query"
    assert registry.tables["labs"]["day"].isna().tolist() == [False, True]
    assert registry.tables["labs"]["date"].isna().tolist() == [False, True]


def test_missing_cells_are_counted_by_their_reason(make):
    registry = read_registry(make(HEAD + "P1;F;ND;01/02/2020\nP2;;12;15/03/2020\n"))
    counted = registry.missing[registry.missing["reason"] != "not_provided"]
    assert counted[["table", "centre", "column", "reason", "n"]].to_numpy().tolist() == [
        ["labs", "rennes", "value", "not_done", 1],
        ["patients", "rennes", "sex", "not_recorded", 1],
    ]
    assert registry.issues == ()  # the mapping explains ND


def test_a_required_cell_left_blank_is_a_query(make):
    response = """      assessments:
        patient_id: Patient
        visit: {constant: best}
        criterion: {constant: mrecist}
        response: {from: Sexe, codes: {F: CR, M: PR}}
"""
    raw = HEAD + "P1;;10,5;01/02/2020\nP2;ND;12;15/03/2020\n"
    registry = read_registry(make(raw, replace={"      labs:\n": response + "      labs:\n"}))
    assert found(registry) == [("required_missing", "query", "assessments", "response", 2)]  # ND is explained


def test_an_assumed_encoding_is_noted(make):
    registry = read_registry(
        make((HEAD + "Pé;F;1;01/02/2020\nP1;F;1;01/02/2020\nP2;F;1;01/02/2020\n").encode("cp1252"))
    )
    assert [(item.rule, item.severity, item.row) for item in registry.issues] == [("encoding_assumed", "note", None)]
    assert registry.tables["patients"]["patient_id"].tolist() == ["P1", "P2", "Pé"]


def test_a_wrong_unit_in_every_row_stays_readable(make):
    rows = "".join(f"P{i};F;99999;01/02/2020\n" for i in range(1, 1200))
    registry = read_registry(make(HEAD + rows))
    bad = [item for item in registry.issues if item.rule == "out_of_bounds"]
    assert len(bad) == 1001
    assert sum(item.row is None and "199 more rows" in item.message for item in bad) == 1


def test_the_issues_file_holds_the_values_and_runs_no_formula(make, tmp_path: Path):
    registry = read_registry(make(HEAD + "P1;=1+1;10,5;01/02/2020\nP2;M;12;15/03/2020\n"))
    write_issues(registry.issues, tmp_path / "issues.csv")
    with (tmp_path / "issues.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["rule"], row["row"], row["value"]) for row in rows] == [("unmapped_code", "2", "'=1+1")]
    assert not list(tmp_path.glob("*.part"))


def test_every_rule_has_a_sentence_and_a_severity():
    for severity, sentence in RULES.values():
        assert severity in ("blocking", "query", "note")
        assert sentence
        assert not sentence.endswith(".")
