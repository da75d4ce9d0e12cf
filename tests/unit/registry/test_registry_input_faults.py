"""What cannot be read as meant: one InputError, exit code 2, each fault with its place and what is allowed."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from y90outcomes.errors import InputError
from y90outcomes.registry import read_registry


def faults(folder: Path, **options: object) -> str:
    with pytest.raises(InputError) as caught:
        read_registry(folder, **options)  # type: ignore[arg-type]
    assert caught.value.exit_code == 2
    return str(caught.value)


@pytest.mark.parametrize(
    ("replace", "words"),
    [
        (
            {"data/patients.csv": "data/patient.csv"},
            ["line 5", "no such file: data/patient.csv", "'data/patients.csv'"],
        ),
        ({"data/patients.csv": "data/patients.doc"}, ["no reader for the extension '.doc'", ".csv"]),
        ({"data/patients.csv": "../secret.csv"}, ["leaves the study folder"]),
        ({"data/patients.csv": "/etc/passwd.csv"}, ["leaves the study folder"]),
        ({"from: Sexe": "from: Sex"}, ["line 11", "data/patients.csv has no column 'Sex'", "did you mean 'Sexe'?"]),
        (
            {"        sex: {": "        sexe: {"},
            ["line 11", "table 'patients' has no column 'sexe'", "did you mean 'sex'?"],
        ),
        ({"      patients:": "      patient:"}, ["line 9", "unknown table 'patient'", "'patients'"]),
        (
            {"unit: µmol/L": "unit: µmol/dL"},
            ["line 20", "unknown unit 'µmol/dL' for 'value' of 'bilirubin'", "'µmol/L'"],
        ),
        ({", unit: µmol/L": ""}, ["none is given", "add `unit: µmol/L`"]),
        ({"unit: Gy": "unit: rad"}, ["unknown unit 'rad'", "'Gy'"]),
        ({"F: female": "F: femme"}, ["'femme' is not a code of 'sex'"]),
        ({"analyte: bilirubin": "analyte: bilirubine"}, ["'bilirubine' is not a code of 'analytes'", "'bilirubin'"]),
        ({"dialect: {delimiter": "dialekt: {delimiter"}, ["line 6", "unknown key 'dialekt'", "'dialect'"]),
        ({"header_row: 2": "header_rows: 2"}, ["unknown key 'header_rows'", "'header_row'"]),
        ({"origin: synthetic": "origin: invented"}, ["line 2", "unknown word 'invented'", "'synthetic'"]),
        ({"centre: rennes": "centre: lille"}, ["line 1", "the page is named 'rennes' but says centre 'lille'"]),
        ({"origin: synthetic\n": ""}, ["'origin' is missing"]),
        ({"        treatment_number: 1\n        date": "        date"}, ["needs the column 'treatment_number'"]),
        ({"%d/%m/%Y": "%d/%m/%y"}, ["two-digit year"]),
        ({"{from: Sexe,": "{from: Sexe, constant: female,"}, ["exactly one of 'from'"]),
        ({"treatment_number: 1\n        date": "treatment_number: {constant: one}\n        date"}, ["is not a number"]),
        (
            {"header_row: 2": "header_row: 2\n    sheet: Feuile1"},
            ["has no sheet 'Feuile1'", "did you mean 'Feuille1'?"],
        ),
        ({"header_row: 2": "header_row: 40"}, ["the sheet ends at row 4"]),
        ({"centre: rennes": "centre: [rennes"}, ["not valid YAML", "line "]),
        ({"origin: synthetic": "origin: synthetic\norigin: clinical"}, ["line 3", "'origin' is given twice"]),
        ({"origin: synthetic": "origin: !!python/name:os.system x"}, ["tag", "not allowed"]),
        (
            {"patient_id: Patient\n        sex": "centre: X\n        patient_id: Patient\n        sex"},
            ["is not mapped"],
        ),
        ({'decimal: ","}': 'decimal: ",", encoding: utf8x}'}, ["encoding is not one Python knows"]),
    ],
    ids=lambda item: next(iter(item)).strip()[:24] if isinstance(item, dict) else "",
)
def test_mapping_faults_name_the_line_and_the_nearest_word(make, replace, words):
    message = faults(make(replace=replace))
    for word in words:
        assert word in message


def test_every_fault_of_every_file_is_said_at_once(make):
    message = faults(
        make(replace={"Bili, unit: µmol/L": "Bilirubine, unit: mol", "from: Dose": "from: Gray", "sex:": "sx:"})
    )
    for word in ("'sx'", "'mol'"):
        assert word in message
    message = faults(make(replace={"from: Sexe": "from: Sx", "value: Bili": "value: Bil", "from: Dose": "from: Dos"}))
    for word in ("'Sx'", "'Bil'", "'Dos'"):
        assert word in message


def test_a_header_row_that_points_at_a_patient_prints_no_cell(make):
    message = faults(make(replace={"header_row: 2": "header_row: 3"}))
    assert "one of its 3 headings" in message
    assert "P1" not in message
    assert "205" not in message


def test_faults_of_two_centres_are_said_at_once(make):
    folder = make(replace={"from: Sexe": "from: Sx"})
    page = (folder / "centres" / "rennes.yaml").read_text(encoding="utf-8")
    (folder / "centres" / "lille.yaml").write_text(
        page.replace("rennes", "lille").replace("Gy", "rad"), encoding="utf-8"
    )
    message = faults(folder)
    assert "centres/lille.yaml" in message
    assert "centres/rennes.yaml" in message
    assert "no such page" in faults(folder, centres=["rennes", "lile"])


def test_a_csv_that_is_a_workbook(make):
    folder = make()
    (folder / "data" / "patients.csv").write_bytes((folder / "data" / "doses.xlsx").read_bytes())
    assert "named .csv but is a workbook (.xlsx, .ods) or another zip archive" in faults(folder)


@pytest.mark.parametrize("content", [b"Patient;Tumeur;Dose\nP1;1;3\n", b"PK\x03\x04 broken", b"%PDF-1.4"])
def test_a_workbook_that_is_not_one(make, content):
    folder = make()
    (folder / "data" / "doses.xlsx").write_bytes(content)
    message = faults(folder)
    assert "named .xlsx but is" in message
    assert "workbook" in message


def test_a_zip_that_is_not_a_workbook_and_an_old_workbook(make):
    folder = make()
    with zipfile.ZipFile(folder / "data" / "doses.xlsx", "w") as archive:
        archive.writestr("a.txt", "x")
    assert "is not a readable workbook" in faults(folder)
    (folder / "data" / "doses.xlsx").write_bytes(b"\xd0\xcf\x11\xe0rest")
    assert "is not a readable workbook" in faults(folder)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b"  \n \n", "the file is empty"),
        (b"Patient;Sexe;Bili;Date\n", "a header and no rows"),
        (b"Patient;Sexe;Bili;Date\n;;;\n", "a header and no rows"),
        (b"Patient;Sexe;Bili;Date\nP1;F;1\n", "line 2: 3 cells under a header of 4"),
        (b"Patient;Sexe;Bili;Date\n\"P\n1\";F;1;\nP2;F;1;2;3\n", "line 4: 5 cells under a header of 4"),
        (b"Patient;Sexe;Sexe;Bili;Date\nP1;F;F;1;\n", "columns 2 and 3 have the same heading"),
        (b"Patient;Sexe;Bili;Date\n\"P1;F;1;\n", "not readable as delimited text"),
        (b"Patient;Sexe;Bili;Date\nP1;\x00;1;\n", "binary data"),
        (b"Patient;Sexe;Bili;Date\nP1;F\x81;1;\n", "line 2: cannot be read as cp1252"),
    ],
)  # fmt: skip
def test_text_files_that_cannot_be_read(make, content, words):
    assert words in faults(make(patients=content))


def test_a_declared_encoding_is_held_to(make):
    folder = make(b"Patient;Sexe;Bili;Date\nP\xe9;F;1;\n", replace={'decimal: ","}': 'decimal: ",", encoding: ascii}'})
    assert "line 2: cannot be read as ascii" in faults(folder)


def test_an_empty_sheet_and_a_sheet_to_be_named(make):
    folder = make(doses=[[None]])
    assert "the sheet is empty" in faults(folder)
    from openpyxl import Workbook

    book = Workbook()
    book.create_sheet("Autre")
    book.save(folder / "data" / "doses.xlsx")
    assert "has 2 sheets and none is named" in faults(folder)


def test_a_sheet_with_a_stray_cell_is_refused_before_it_fills_the_memory(make):
    folder = make()
    source = zipfile.ZipFile(io.BytesIO((folder / "data" / "doses.xlsx").read_bytes()))
    with zipfile.ZipFile(folder / "data" / "doses.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = content.replace(
                    b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
                )
            archive.writestr(name, content)
    assert "spans 1048576 rows and 16384 columns" in faults(folder)


def test_a_page_that_grows_through_aliases_is_refused(make):
    lines = ["a0: &a0 [1,1,1,1,1,1,1,1,1,1]"]
    lines += [f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    folder = make(mapping="\n".join(lines))
    assert "expands too far" in faults(folder)


def test_a_page_nested_beyond_reason_is_refused(make):
    assert "rennes.yaml" in faults(make(mapping="a: " + "[" * 5000))


def test_a_page_that_is_no_mapping_and_a_folder_without_pages(make, tmp_path):
    folder = make(mapping="- just\n- a list\n")
    assert "a YAML mapping" in faults(folder)
    (folder / "centres" / "rennes.yaml").unlink()
    assert "no mapping page there" in faults(folder)


def test_afp_in_international_units_needs_the_assays_factor(make):
    changes = {"analyte: bilirubin": "analyte: afp", "unit: µmol/L": "unit: IU/mL"}
    assert "needs the assay's own factor" in faults(make(replace=changes))
    changes["unit: µmol/L"] = "unit: IU/mL, ng_per_iu: 1.21"
    labs = read_registry(make(replace=changes)).tables["labs"]
    assert labs["value"].tolist() == [12.705, 14.52]
