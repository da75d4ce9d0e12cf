"""What goes wrong, as a user meets it: a clear message, the exit code of the contract, an earlier report untouched."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

PATIENTS = "data/patients_carcinome.csv"
TUMOURS = "data/tumeurs_dosimetrie.xlsx"
MAPPING = "centres/montpellier.yaml"


def swap(folder: Path, file: str, old: str, new: str) -> None:
    """Replace one text in a file, byte for byte elsewhere."""
    path = folder / file
    encoding = "cp1252" if file == PATIENTS else "utf-8"
    text = path.read_bytes().decode(encoding)
    assert old in text, old
    path.write_bytes(text.replace(old, new, 1).encode(encoding))


def cell(folder: Path, place: str, value: object) -> None:
    """Write one cell of the tumour sheet."""
    book = load_workbook(folder / TUMOURS)
    book["Tumeurs"][place] = value
    book.save(folder / TUMOURS)


def row(folder: Path, values: list[object]) -> None:
    """Add a row to the tumour sheet."""
    book = load_workbook(folder / TUMOURS)
    book["Tumeurs"].append(values)
    book.save(folder / TUMOURS)


def sheet(folder: Path, rows: list[list[object]]) -> None:
    """Replace the tumour workbook by one with these rows."""
    book = Workbook()
    assert book.active is not None
    book.active.title = "Tumeurs"
    for values in rows:
        book.active.append(values)
    book.save(folder / TUMOURS)


Spoil = Callable[[Path], object]


@dataclass(frozen=True)
class Unreadable:
    """Something that cannot be read as meant (exit 2) and what the message must hold."""

    name: str
    spoil: Spoil
    words: tuple[str, ...]


UNREADABLE = [
    Unreadable(
        "missing_file",
        lambda f: (f / TUMOURS).unlink(),
        ("montpellier.yaml, line ", "(files.1.path)", f"no such file: {TUMOURS}", "allowed:", "do: correct the path"),
    ),
    Unreadable("missing_page", lambda f: (f / "study.yaml").unlink(), ("no such study", "y90 init")),
    Unreadable(
        "unknown_column",
        lambda f: swap(f, MAPPING, "from: TVP,", "from: TVPP,"),
        ("montpellier.yaml, line ", f"{PATIENTS} has no column 'TVPP'", "'TVP'"),
    ),
    Unreadable(
        "unknown_canonical_column",
        lambda f: swap(f, MAPPING, "absorbed_dose:", "absorbed_doze:"),
        ("montpellier.yaml, line ", "no column 'absorbed_doze'", "'absorbed_dose'"),
    ),
    Unreadable(
        "bad_unit_of_a_column",
        lambda f: swap(f, MAPPING, "unit: Gy}", "unit: rad}"),
        ("montpellier.yaml, line ", "unknown unit 'rad'", "Gy"),
    ),
    Unreadable(
        "bad_unit_of_a_criterion",
        lambda f: swap(f, "study.yaml", "unit: cm}", "unit: inch}"),
        ("study.yaml, line ", "unknown unit 'inch'", "cm"),
    ),
    Unreadable(
        "criterion_naming_no_variable",
        lambda f: swap(f, "study.yaml", "{variable: tumour_count, min: 2}", "{variable: tumor_count, min: 2}"),
        ("study.yaml, line ", "unknown variable 'tumor_count'", "'tumour_count'"),
    ),
    Unreadable(
        "study_that_is_not_yaml",
        lambda f: swap(f, "study.yaml", "id: meerun", "id: [meerun"),
        ("study.yaml, line ", "not valid YAML", "do: "),
    ),
    Unreadable(
        "mapping_that_is_not_yaml",
        lambda f: swap(f, MAPPING, "origin: published", "origin: 'published"),
        ("montpellier.yaml, line ", "not valid YAML", "do: "),
    ),
    Unreadable(
        "page_that_is_binary",
        lambda f: (f / "study.yaml").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00"),
        ("study.yaml", "is not UTF-8 text", "allowed: UTF-8"),
    ),
    Unreadable(
        "page_that_is_empty", lambda f: (f / "study.yaml").write_bytes(b""), ("study.yaml", "the page is empty")
    ),
    Unreadable(
        "unknown_key",
        lambda f: swap(f, "study.yaml", "registration:", "registraton:"),
        ("study.yaml, line ", "unknown key 'registraton'", "'registration'"),
    ),
    Unreadable("empty_sheet", lambda f: sheet(f, []), (f"{TUMOURS}, sheet 'Tumeurs'", "the sheet is empty", "do: ")),
    Unreadable(
        "sheet_without_rows",
        lambda f: sheet(f, [["t"], [None], ["N° patient", "N° tumeur", "Taille (mm)"]]),
        (TUMOURS, "a header and no rows", "do: "),
    ),
    Unreadable("empty_text_file", lambda f: (f / PATIENTS).write_bytes(b""), (PATIENTS, "the file is empty")),
    Unreadable(
        "workbook_that_is_text",
        lambda f: (f / TUMOURS).write_bytes((f / PATIENTS).read_bytes()),
        (TUMOURS, "named .xlsx but is not a workbook", "do: "),
    ),
    Unreadable(
        "text_that_is_a_workbook",
        lambda f: (f / PATIENTS).write_bytes((f / TUMOURS).read_bytes()),
        (PATIENTS, "named .csv but is a workbook", "do: "),
    ),
    Unreadable(
        "unknown_published_address",
        lambda f: swap(f, "published.yaml", "baseline/afp/all#median", "baseline/apf/all#median"),
        ("published.yaml, afp_all_table1", "no such number", "baseline/afp/all"),
    ),
]


@pytest.mark.parametrize("case", UNREADABLE, ids=lambda case: case.name)
def test_what_cannot_be_read_exits_2_and_touches_nothing(case: Unreadable, study, earlier, y90, read):
    case.spoil(study)
    before, beside = read(earlier), sorted(path.name for path in earlier.parent.iterdir())
    said = y90("run", study, "--out", earlier)
    assert said.code == 2
    assert said.out == ""
    for word in case.words:
        assert word in said.err
    assert read(earlier) == before
    assert sorted(path.name for path in earlier.parent.iterdir()) == beside
    assert not list(Path.cwd().iterdir())


def test_every_fault_is_said_at_once(study, y90, tmp_path):
    swap(study, MAPPING, "from: TVP,", "from: TVPP,")
    swap(study, MAPPING, "from: TVH,", "from: TVHH,")
    (study / TUMOURS).unlink()
    said = y90("run", study, "--out", tmp_path / "new")
    assert said.code == 2
    for word in ("'TVPP'", "'TVHH'", f"no such file: {TUMOURS}"):
        assert said.err.count(word) == 1
    assert not (tmp_path / "new").exists()


@dataclass(frozen=True)
class Finding:
    """A fault of the data (exit 1): the rule, where, and the patient values that must stay in the issues file."""

    name: str
    spoil: Spoil
    line: str
    cell: tuple[str, int, str]  # file, row, message part
    values: tuple[str, ...]


PATIENT_3 = "3;VP2;–;3071;RC;non;5,8;non;–"
FINDINGS = [
    Finding(
        "unmapped_code",
        lambda f: swap(f, PATIENTS, "8;VP1;", "8;VPzz9;"),
        "blocking: unmapped code: 1 in imaging.pvtt_class of montpellier",
        (PATIENTS, 9, "listed are 'VP1', 'VP2', 'VP3', 'VP4'"),
        ("VPzz9",),
    ),
    Finding(
        "duplicate_key",
        lambda f: swap(f, PATIENTS, PATIENT_3, PATIENT_3.replace("3;VP2", "2;VP2")),
        "blocking: duplicate key: 2 in patients.patient_id of montpellier",
        (PATIENTS, 3, "must identify one"),
        ("3071",),
    ),
    Finding(
        "orphan",
        lambda f: row(f, ["P-99-x", 1, 33, "NHC", 44]),
        "blocking: orphan: 1 in lesions.patient_id of montpellier",
        (TUMOURS, 26, "no row of 'patients' has this patient_id"),
        ("P-99-x",),
    ),
    Finding(
        "out_of_bounds",
        lambda f: cell(f, "E6", -7654),
        "blocking: out of bounds: 1 in dosimetry.absorbed_dose of montpellier",
        (TUMOURS, 6, "allowed 0"),
        ("-7654", "7654"),
    ),
    Finding(
        "bad_number",
        lambda f: swap(f, PATIENTS, ";44,2;", ";44.2x;"),
        "blocking: bad number: 1 in labs.value of montpellier",
        (PATIENTS, 3, "correct the cell"),
        ("44.2x",),
    ),
]


@pytest.mark.parametrize("case", FINDINGS, ids=lambda case: case.name)
def test_findings_exit_1_with_a_list_and_touch_nothing(case: Finding, study, earlier, y90, read):
    case.spoil(study)
    before = read(earlier)
    said = y90("run", study, "--out", earlier)
    assert said.code == 1
    assert said.out == ""
    assert case.line in said.err.splitlines()
    assert "The list is in meerun-issues.csv. Nothing was written elsewhere." in said.err
    for value in case.values:
        assert value not in said.console
    assert read(earlier) == before
    assert [path.name for path in Path.cwd().iterdir()] == ["meerun-issues.csv"]
    with Path("meerun-issues.csv").open(encoding="utf-8-sig", newline="") as file:
        issues = list(csv.DictReader(file))
    found = [one for one in issues if one["rule"] == case.name]
    assert {"blocking"} == {one["severity"] for one in found}
    file_name, number, message = case.cell
    assert any((one["file"], one["row"]) == (file_name, str(number)) and message in one["message"] for one in found), (
        found
    )


def test_the_issues_file_holds_the_value_and_goes_where_it_is_told(study, y90, tmp_path):
    swap(study, PATIENTS, "8;VP1;", "8;VPzz9;")
    listed = tmp_path / "elsewhere.csv"
    said = y90("run", study, "--out", tmp_path / "new", "--issues", listed)
    assert said.code == 1
    assert f"The list is in {listed}" in said.err
    with listed.open(encoding="utf-8-sig", newline="") as file:
        (one,) = csv.DictReader(file)
    assert (one["value"], one["source_column"], one["column"]) == ("VPzz9", "TVP", "pvtt_class")
    assert not (tmp_path / "new").exists()
    assert not list(Path.cwd().iterdir())


def test_an_unparsable_date_blocks(young, y90, tmp_path):
    swap(young, "data/patients.csv", "2019-09-05", "2019-13-45")
    said = y90("run", young, "--out", tmp_path / "new")
    assert said.code == 1
    assert "blocking: bad date: 1 in treatments.date of example" in said.err
    assert "2019-13-45" not in said.console
    assert "2019-13-45" in Path("my_study-issues.csv").read_text(encoding="utf-8-sig")
    assert not (tmp_path / "new").exists()


def test_a_blocked_cohort_writes_no_data_set(study, y90, tmp_path):
    swap(study, PATIENTS, "8;VP1;", "8;VPzz9;")
    said = y90("cohort", study, "--out", tmp_path / "set.csv")
    assert said.code == 1
    assert not (tmp_path / "set.csv").exists()
    assert "VPzz9" not in said.console
    assert [path.name for path in Path.cwd().iterdir()] == ["meerun-issues.csv"]


def relax(folder: Path) -> None:
    swap(
        folder,
        "study.yaml",
        "  on_invalid_cell: block\n",
        "  on_invalid_cell: missing\n  reason: source records are lost\n",
    )


def test_invalid_cells_may_become_missing_and_are_counted(young, y90, tmp_path, starter_report):
    from y90outcomes.pipeline import load
    from y90outcomes.results.addresses import lookup

    swap(young, "data/patients.csv", "2019-08-22,51.5", "2019-08-45,51.5")  # a date
    swap(young, "data/patients.csv", "2021-12-31,Vp2", "2021-12-31,Vpzz9")  # a code
    swap(young, "data/tumours.csv", "7.3,204", "7.3,-98765")  # an impossible value
    out = tmp_path / "new"
    assert y90("run", young, "--out", out).code == 1
    assert not out.exists()
    Path("my_study-issues.csv").unlink()
    relax(young)
    said = y90("run", young, "--out", out, "--only", "baseline")
    assert said.code == 0, said.err
    assert not list(Path.cwd().iterdir())
    with (out / "tables" / "quality_missing.csv").open(encoding="utf-8", newline="") as file:
        counted = {line["column"]: int(line["n"]) for line in csv.DictReader(file) if "lost" in line["reason"]}
    assert counted == {"labs.date": 1, "imaging.pvtt_class": 1, "dosimetry.absorbed_dose": 1}
    before, after = load(starter_report), load(out)
    missing = [lookup(one, "baseline/pvtt=no/all#missing").value for one in (before, after)]
    assert missing == [0, 1]
    for value in ("Vpzz9", "98765", "2019-08-45"):
        assert all(value.encode() not in path.read_bytes() for path in out.rglob("*") if path.is_file())
    said = y90("check", young)
    assert said.code == 1
    assert "query: unmapped code: 1 in imaging.pvtt_class of example" in said.out
    assert "blocking" not in said.out


@pytest.mark.parametrize("spoil", ["duplicate", "orphan"])
def test_a_broken_key_blocks_whatever_the_protocol_says(young, y90, tmp_path, spoil):
    relax(young)
    if spoil == "duplicate":
        swap(young, "data/patients.csv", "S02,", "S01,")
    else:
        swap(young, "data/tumours.csv", "S01,1,", "S99,1,")
    said = y90("run", young, "--out", tmp_path / "new")
    assert said.code == 1
    assert "blocking: " in said.err
    assert not (tmp_path / "new").exists()


def test_missing_without_a_reason_is_refused(young, y90, tmp_path):
    swap(young, "study.yaml", "on_invalid_cell: block", "on_invalid_cell: missing")
    said = y90("run", young, "--out", tmp_path / "new")
    assert said.code == 2
    assert "needs a reason" in said.err
    assert "study.yaml, line " in said.err


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("tad_by_necrosi/tad/all", ["no result 'tad_by_necrosi'", "'tad_by_necrosis'"]),
        ("tad_by_necrosis/tad/complet", ["holds no such number", "tad_by_necrosis/tad/complete", "y90 show RUN"]),
        ("tad_by_necrosis/tad/complete#hazard", ["no field 'hazard'", "median"]),
        ("surgery/all/-1", ["holds no such number"]),
    ],
)
def test_an_unknown_address_offers_the_nearest(meerun, y90, address, words):
    said = y90("show", meerun, address)
    assert (said.code, said.out) == (2, "")
    for word in words:
        assert word in said.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "STUDY", "--only", "tad"), ["analysis 'tad'", "tad_bars"]),
        (("run", "STUDY", "--variant", "highest"), ["unknown variant 'highest'", "'highest_dose'"]),
        (("check", "STUDY", "--variant", "highest"), ["unknown variant 'highest'", "'highest_dose'"]),
        (("cohort", "STUDY", "--set", "per_tumor"), ["analysis set 'per_tumor'", "'per_tumour'"]),
        (("cohort", "STUDY", "--out", "set.xls"), ["cannot write '.xls'", ".csv, .parquet"]),
        (("run", "nowhere"), ["nowhere", "no such study", "y90 init"]),
        (("show", "nowhere", "a"), ["nowhere", "no results there", "results.json"]),
        (("report", "nowhere"), ["nowhere", "no results there"]),
        (("compare", "nowhere", "nowhere"), ["nowhere", "no results there"]),
        (("init", "STUDY"), ["exists and is not an empty folder"]),
        (("run", "STUDY", "--out", "STUDY"), ["holds files that are not a report of ours", "another folder"]),
        (("run", "STUDY", "--out", "STUDY/study.yaml"), ["is a file, not a folder"]),
    ],
    ids=lambda item: " ".join(item)[:40] if isinstance(item, tuple) else "",
)
def test_wrong_arguments_exit_2_and_leave_nothing(arguments, words, study, y90, read):
    before = read(study)
    said = y90(*[argument.replace("STUDY", str(study)) for argument in arguments])
    assert (said.code, said.out) == (2, "")
    for word in words:
        assert word in said.err
    assert read(study) == before
    assert not list(Path.cwd().iterdir())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not JSON"),
        (b"[1, 2]", "format is None"),
        (b'{"format": "y90outcomes-results/99"}', "format is 'y90outcomes-results/99'"),
        (b'{"format": "y90outcomes-results/1"}', "lacks or misplaces"),
        (b'{"format": "y90outcomes-results/1", "study": {}, "prose": 3}', "lacks or misplaces"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b'{"format": "y90outcomes-results/1", "study": NaN}', "not JSON"),
    ],
)
def test_a_results_file_that_is_none(tmp_path, y90, content, words):
    (tmp_path / "results.json").write_bytes(content)
    said = y90("show", tmp_path, "a")
    assert (said.code, said.out) == (2, "")
    assert words in said.err
    assert "results.json" in said.err


def test_a_variant_that_makes_no_sense_is_found_before_anything_is_replaced(study, earlier, y90, read):
    swap(study, "study.yaml", "{variables: {tad: {rollup: largest}}}", "{variables: {tad: {rollup: bigest}}}")
    before = read(earlier)
    said = y90("run", study, "--variant", "all", "--out", earlier)
    assert said.code == 2
    assert "variant 'highest_dose'" in said.err
    assert "'largest'" in said.err
    assert read(earlier) == before


def test_the_true_command_line_says_the_same(study, tmp_path):
    """Once through a process of its own: exit code, standard error, no traceback, nothing on standard output."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "LC_ALL": "C", "PYTHONIOENCODING": "ascii"}

    def run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "y90outcomes.cli", *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            check=False,
        )

    swap(study, PATIENTS, "8;VP1;", "8;VPzz9;")
    done = run("run", str(study), "--out", "new")
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"unmapped code: 1" in done.stderr
    assert b"Traceback" not in done.stderr
    (study / MAPPING).unlink()
    done = run("run", str(study), "--out", "new")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"Traceback" not in done.stderr
    assert not (tmp_path / "new").exists()
