"""A mapping drafted from files: what it recognises, what it leaves to a person, and that nothing is silent."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import Workbook
from ruamel.yaml import YAML

from y90outcomes.cli import main
from y90outcomes.errors import InputError
from y90outcomes.registry import read_registry
from y90outcomes.registry.draft import draft_mapping
from y90outcomes.registry.draft_words import missing_words, plain, score, take_unit, words
from y90outcomes.schema import load_schema, schema_folder

PATIENTS = "\n".join(
    [
        "N° dossier;Référent;Sexe;Âge;Étiologie;Date de traitement;Bili J0 (µmol/L);Bili M3 (µmol/L);Albumine J0;"
        "AFP J0 (ng/mL);Décès;Date de décès",
        "P1;X;F;61;VHC;01/02/2020;12,5;14,5;38;ND;oui;13/05/2021",
        "P2;Y;M;70;alcool;25/02/2020;9,1;;41;12,5;non;",
        "",
    ]
)
LAB = """\
hasta no\ttetkik\tdeğer\tbirim\tvizit\ttetkik tarihi
P1\tKreatinin\t1.1\tmg/dL\tbaşlangıç\t30.01.2020
P2\tTrombosit\t150\tG/L\t3 ay\t25.05.2020
"""


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "in" / "Rennes"
    folder.mkdir(parents=True)
    (folder / "patients.csv").write_bytes(PATIENTS.encode("cp1252"))
    (folder / "lab.tsv").write_text(LAB, encoding="utf-8")
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["Registre 2020"],
        [],
        [
            "N° dossier",
            "N° tumeur",
            "Taille (mm)",
            "Dose absorbée TEP Y-90 (Gy)",
            "Nécrose",
            "Meilleure réponse mRECIST",
        ],
        ["P1", 1, 33, 205.5, "NHC", "RC"],
        ["P1", 2, 22, 150, "Étendue", "RP"],
        ["P2", 1, 80, 180, "?", "MS"],
    ):
        sheet.append(row)
    book.save(folder / "tumeurs.xlsx")
    return sorted(folder.iterdir())


def draft(files: list[Path], tmp_path: Path) -> str:
    (page,) = draft_mapping(files, tmp_path / "study")
    assert page == tmp_path / "study" / "centres" / "rennes.yaml"
    return page.read_text(encoding="utf-8")


def test_the_draft_reads_the_files_it_was_made_from(files, tmp_path):
    draft(files, tmp_path)
    registry = read_registry(tmp_path / "study")
    assert registry.blocking == ()
    patients = registry.tables["patients"]
    assert patients[["patient_id", "sex", "age_at_treatment", "etiology"]].to_numpy().tolist() == [
        ["P1", "female", 61.0, "hepatitis_c"], ["P2", "male", 70.0, "alcohol"],
    ]  # fmt: skip
    labs = registry.tables["labs"][["patient_id", "analyte", "visit", "value"]].dropna().to_numpy().tolist()
    assert labs == [
        ["P1", "bilirubin", "baseline", 12.5], ["P1", "bilirubin", "month_3", 14.5],
        ["P1", "creatinine", "baseline", 97.24],
        ["P2", "afp", "baseline", 12.5], ["P2", "bilirubin", "baseline", 9.1], ["P2", "platelets", "month_3", 150.0],
    ]  # fmt: skip
    assert registry.tables["dosimetry"]["absorbed_dose"].tolist() == [205.5, 150.0, 180.0]
    assert registry.tables["assessments"]["response"].tolist() == ["CR", "PR", "SD"]
    assert set(registry.tables["assessments"]["visit"]) == {"best"}
    assert registry.tables["treatments"]["date"].dt.strftime("%d/%m").tolist() == ["01/02", "25/02"]


def test_every_guess_has_its_confidence_and_the_doubtful_are_comments(files, tmp_path):
    text = draft(files, tmp_path)
    body = text.split("files:\n", 1)[1]
    for line in body.splitlines():
        bare = line.strip()
        structure = re.fullmatch(r"#? ?(- path: .*|tables:|long:|sheet: .*|header_row: \d+|\w+:)", bare)
        if structure or bare.startswith(("# Not mapped", "# no column")) or re.match(r"# \w+: needs ", bare):
            continue
        found = re.search(r"# confidence (0\.\d\d)", bare)
        assert found, line
        assert (float(found[1]) >= 0.6) != bare.startswith("#"), line
    assert '# - {analyte: albumin, visit: baseline, value: "Albumine J0", unit: "g/L"}' in text
    assert "the heading states no unit" in text


def test_unmapped_columns_are_listed_and_their_values_stay_out(files, tmp_path):
    text = draft(files, tmp_path)
    assert '# Not mapped: "Référent"' in text
    assert '"X"' not in text


def test_missing_codes_title_rows_and_dialects_are_found(files, tmp_path):
    page = YAML(typ="safe", pure=True).load(draft(files, tmp_path))
    assert page["missing"] == {"?": "unknown", "ND": "not_done"}
    assert [file.get("header_row") for file in page["files"]] == [None, None, 3]
    assert page["files"][1]["dialect"] == {"decimal": ","}


def test_an_ambiguous_date_order_is_left_to_a_person(tmp_path):
    (tmp_path / "x").mkdir()
    file = tmp_path / "x" / "p.csv"
    file.write_text("patient id,sex,treatment date\nA,F,01/02/2020\nB,M,03/04/2020\n", encoding="utf-8")
    (page,) = draft_mapping([file], tmp_path / "study")
    line = next(line for line in page.read_text(encoding="utf-8").splitlines() if "treatment date" in line)
    assert line.strip().startswith("#")


def test_a_file_nothing_is_known_of_is_all_comment(tmp_path):
    (tmp_path / "x").mkdir()
    file = tmp_path / "x" / "p.csv"
    file.write_text("foo,bar\nA,1\n", encoding="utf-8")
    (page,) = draft_mapping([file], tmp_path / "study")
    tail = page.read_text(encoding="utf-8").split("files:\n", 1)[1]
    assert all(line.lstrip().startswith("#") for line in tail.splitlines())


def test_all_faults_at_once_and_nothing_written(tmp_path):
    (tmp_path / "x").mkdir()
    bad = [tmp_path / "x" / "a.pdf", tmp_path / "x" / "b.csv", tmp_path / "x" / "c.xlsx"]
    bad[0].write_bytes(b"%PDF")
    bad[2].write_bytes(b"not a workbook")
    with pytest.raises(InputError) as caught:
        draft_mapping(bad, tmp_path / "study")
    text = str(caught.value)
    assert "a.pdf" in text
    assert "b.csv: no such file" in text
    assert "c.xlsx" in text
    assert not (tmp_path / "study").exists()


def test_a_page_that_stands_there_is_kept(files, tmp_path):
    draft(files, tmp_path)
    with pytest.raises(InputError, match="exists already"):
        draft_mapping(files, tmp_path / "study")


def test_the_draft_is_the_same_every_time(files, tmp_path):
    first = draft(files, tmp_path)
    (page,) = draft_mapping(list(reversed(files)), tmp_path / "other")
    assert sorted(first.splitlines()) == sorted(page.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize(
    ("language", "headings"),
    [
        ("en", ["Patient ID", "Sex", "Date of death", "Longest diameter (cm)", "Total bilirubin (mg/dL)"]),
        ("fr", ["N° dossier", "Sexe", "Date de décès", "Plus grand diamètre (mm)", "Bilirubine totale (µmol/L)"]),
        ("de", ["Patientennummer", "Geschlecht", "Sterbedatum", "Durchmesser (mm)", "Gesamtbilirubin (mg/dl)"]),
        ("it", ["Codice paziente", "Sesso", "Data di morte", "Diametro massimo (mm)", "Bilirubina totale (mg/dL)"]),
        ("nl", ["Patiëntnummer", "Geslacht", "Overlijdensdatum", "Grootste diameter (mm)", "Bilirubine (µmol/l)"]),
        ("tr", ["Hasta No", "Cinsiyet", "Ölüm tarihi", "En uzun çap (mm)", "Total bilirubin (mg/dL)"]),
    ],
)
def test_six_languages(tmp_path, language, headings):
    (tmp_path / language).mkdir()
    file = tmp_path / language / "p.csv"
    file.write_text(";".join(headings) + "\nA;M;2020-05-30;33;1.2\nB;;;20;0.8\n", encoding="utf-8")
    (page,) = draft_mapping([file], tmp_path / "study")
    text = page.read_text(encoding="utf-8")
    assert "Not mapped" not in text
    for word in ("patient_id: ", "sex: ", "event: death", "longest_diameter: ", "analyte: bilirubin"):
        assert any(word in line and not line.lstrip().startswith("#") for line in text.splitlines()), (word, text)


def test_the_word_list_names_only_what_the_schema_has():
    schema = load_schema()
    rows = list(csv.DictReader(io.StringIO((schema_folder() / "synonyms.csv").read_text(encoding="utf-8"))))
    assert {row["language"] for row in rows} == {"en", "fr", "de", "it", "nl", "tr"}
    assert len({tuple(row.values()) for row in rows}) == len(rows)
    for row in rows:
        kind, target = row["kind"], row["target"]
        if kind == "analyte":
            assert target in schema.codelists["analytes"].codes, target
        elif kind == "code":
            name, code = target.split(".", 1)
            assert code in schema.codelists[name].codes, target
        elif kind == "event":
            assert target.split(".")[1] in schema.codelists["follow_up_event"].codes, target
        elif kind == "column":
            table, column = target.split(".")
            assert column in schema.tables[table].columns or target == "labs.unit", target
        else:
            assert kind == "missing"
    assert missing_words()["nd"] == "not_done"
    assert len(words()) > 2000


@pytest.mark.parametrize(
    ("text", "bare"),
    [("Bili_J0 (µmol/L)", "bili j0 umol l"), ("YAŞ İLİ", "yas ili"), ("N° Läsion", "n lasion"), ("PT %", "pt percent")],
)
def test_plain_words(text, bare):
    assert plain(text) == bare


def test_units_in_headings():
    assert take_unit("Bili (mg/dl)", ["bilirubin"]) == "mg/dL"
    assert take_unit("bili_mg_dl", ["bilirubin"]) == "mg/dL"
    assert take_unit("dose_gy", ["dose"]) == "Gy"
    assert take_unit("Bili", ["bilirubin"]) == ""
    assert score("date de deces", "deces") < score("deces", "deces")


def test_the_command_drafts_a_study_folder(files, tmp_path):
    runner = CliRunner()
    target = tmp_path / "new"
    done = runner.invoke(main, ["init", str(target), "--from", *map(str, files)])
    assert done.exit_code == 0, done.output
    assert (target / "centres" / "rennes.yaml").is_file()
    assert "origin: clinical" in (target / "study.yaml").read_text(encoding="utf-8")
    assert sorted(path.name for path in (target / "data" / "rennes").iterdir()) == [path.name for path in files]
    again = runner.invoke(main, ["init", str(target), "--from", str(files[0])])
    assert again.exit_code == 2
    assert "exists already" in again.output
    assert runner.invoke(main, ["init", str(tmp_path / "x"), str(files[0])]).exit_code == 2
