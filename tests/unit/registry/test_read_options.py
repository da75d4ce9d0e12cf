"""A mapping page chooses the reader and its options; missing reasons and error cells reach the canonical tables."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
from openpyxl import Workbook

from fixtures.reading import refused
from y90outcomes.errors import InputError
from y90outcomes.registry import read_registry
from y90outcomes.registry.raw import Request
from y90outcomes.registry.read_postgresql import find_address

HEAD = "centre: rennes\norigin: synthetic\nfiles:\n"
TABLES = """\
    tables:
      patients: {patient_id: id, sex: {from: sex, codes: {Male: male, Female: female}}}
      treatments: {patient_id: id, treatment_number: 1, date: day, device: {constant: glass}}
"""


def study(folder: Path, entry: str) -> Path:
    (folder / "centres").mkdir(exist_ok=True)
    (folder / "centres" / "rennes.yaml").write_text(HEAD + entry, encoding="utf-8")
    return folder


def faults(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_registry(folder)
    return str(caught.value)


@pytest.fixture
def sav(tmp_path) -> Path:
    frame = pd.DataFrame({"id": ["P1", "P2", "P3"], "sex": [1.0, 2.0, 9.0]})
    frame["day"] = pd.to_datetime(["2020-01-31", "2020-02-01", "2020-02-02"]).date
    labels = {"sex": {1: "Male", 2: "Female", 9: "asked, not told"}}
    pyreadstat.write_sav(frame, tmp_path / "raw.sav", variable_value_labels=labels, missing_ranges={"sex": [9]})
    return tmp_path


def test_missing_reasons_of_the_file_reach_the_registry(sav):
    registry = read_registry(study(sav, '  - path: raw.sav\n    dates: "%d/%m/%Y"\n' + TABLES))
    assert not registry.blocking
    assert registry.tables["patients"]["sex"].tolist() == ["male", "female", pd.NA]
    assert registry.tables["treatments"]["date"].dt.day.tolist() == [31, 1, 2]
    told = registry.missing.query("column == 'sex'")
    assert told[["reason", "n"]].to_numpy().tolist() == [["asked, not told", 1]]


def test_a_page_may_overrule_a_missing_code(sav):
    page = "  - path: raw.sav\n" + TABLES.replace(
        "Female: female}", 'Female: female}, missing: {"asked, not told": refused}'
    )
    assert "refused" in read_registry(study(sav, page)).missing["reason"].tolist()


def test_a_format_can_be_declared_for_an_odd_extension(sav):
    (sav / "raw.sav").rename(sav / "raw.dat")
    assert "no reader for the extension '.dat'" in faults(study(sav, "  - path: raw.dat\n" + TABLES))
    assert len(read_registry(study(sav, "  - path: raw.dat\n    format: spss\n" + TABLES)).tables["patients"]) == 3


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("    sheet: A\n", "'sheet' means nothing for the format 'spss'"),
        ("    header_row: 2\n", "'header_row' means nothing"),
        ("    table: labs\n", "'table' means nothing"),
        ('    dialect: {delimiter: ";"}\n', "'delimiter' means nothing"),
        ("    values: words\n", "one of labels, codes"),
        ("    format: sass\n", "did you mean 'sas' or 'spss'?"),
        ("    format: redcap\n", "needs 'dictionary'"),
        ("    format: postgresql\n    connection: DB\n    table: labs\n", "give 'path'"),
        ("    format: sas\n    catalogue: ../secret.sas7bcat\n", "leaves the study folder"),
        ("    format: sas\n    catalogue: formats.sas7bcat\n", "no such file: formats.sas7bcat"),
        ("    query: SELECT 1\n", "unknown key 'query'"),
    ],
)
def test_options_that_do_not_fit_are_named(sav, options, words):
    message = faults(study(sav, "  - path: raw.sav\n" + options + TABLES))
    assert words in message
    assert "centres/rennes.yaml, line" in message


@pytest.mark.parametrize("path", ["a\\0b.sav", "x" * 5000 + ".sav"])
def test_a_path_that_is_none(sav, path):
    assert "centres/rennes.yaml, line 4" in faults(study(sav, f'  - path: "{path}"\n' + TABLES))


def test_error_cells_block_under_their_own_rule_unless_the_page_lists_them(tmp_path):
    book = Workbook()
    for line in (["id", "sex", "day"], ["P1", "#N/A", "=TODAY()"], ["P2", "Male", "2020-01-31"]):
        book.active.append(line)
    book.save(tmp_path / "raw.xlsx")
    page = "  - path: raw.xlsx\n" + TABLES
    found = [(item.rule, item.row, item.column) for item in read_registry(study(tmp_path, page)).blocking]
    assert found == [("error_cell", 2, "sex"), ("error_cell", 2, "date")]
    listed = '  - path: raw.xlsx\n    missing: {"#N/A": not available}\n' + TABLES
    registry = read_registry(study(tmp_path, listed))
    assert [item.column for item in registry.blocking] == ["date"]
    assert "not available" in registry.missing["reason"].tolist()


def test_an_error_cell_a_filter_reads_is_reported(tmp_path):
    book = Workbook()
    for line in (
        ["id", "sex", "day", "keep"],
        ["P1", "Male", "2020-01-31", "#REF!"],
        ["P2", "Male", "2020-01-31", "y"],
    ):
        book.active.append(line)
    book.save(tmp_path / "raw.xlsx")
    tables = TABLES.replace("patients: {", "patients: {only: {keep: [y]}, ")
    registry = read_registry(study(tmp_path, "  - path: raw.xlsx\n" + tables))
    found = [(item.rule, item.row, item.table, item.source_column) for item in registry.blocking]
    assert ("error_cell", 2, "patients", "keep") in found


def postgres(environment: dict[str, str], tmp_path: Path):
    from y90outcomes.registry.mapping import Dialect

    request = Request(Path(), "postgresql labs", "c", None, 1, Dialect(), table="labs", connection="DB")
    return find_address(request, {"HOME": str(tmp_path), **environment})


def test_postgresql_addresses(tmp_path):
    full = postgres({"DB": "postgresql://ann:p%40ss@db.example:6543/registry?sslmode=require"}, tmp_path)
    assert (full.host, full.port, full.database, full.user) == ("db.example", 6543, "registry", "ann")
    assert full.password == "p@ss"  # noqa: S105
    assert full.sslmode == "require"
    assert "p@ss" not in repr(full)
    bare = postgres({"DB": "postgresql:///", "PGHOST": "h", "PGPORT": "1", "PGUSER": "u", "PGPASSWORD": "w"}, tmp_path)
    assert (bare.host, bare.port, bare.database, bare.user, bare.password) == ("h", 1, "u", "u", "w")


def test_postgresql_password_files(tmp_path):
    file = tmp_path / ".pgpass"
    file.write_text("# note\nother:*:*:*:no\nh:5432:*:u:se\\:cret\n", encoding="utf-8")
    file.chmod(0o600)
    assert postgres({"DB": "postgresql://u@h/d"}, tmp_path).password == "se:cret"  # noqa: S105
    file.chmod(0o644)
    assert postgres({"DB": "postgresql://u@h/d"}, tmp_path).password is None


@pytest.mark.parametrize(
    "text", ["", "secret", "mysql://u:secret@h/d", "postgresql://u:secret@h:port/d", "postgresql://u:secret@h/d?x=1"]
)
def test_postgresql_addresses_that_are_none_stay_unshown(tmp_path, text):
    with pytest.raises(InputError) as caught:
        postgres({"DB": text}, tmp_path)
    assert "DB does not hold an address" in str(caught.value)
    assert "secret" not in str(caught.value)
    with pytest.raises(InputError, match="environment variable DB is not set"):
        postgres({}, tmp_path)


def test_postgresql_that_does_not_answer(tmp_path, monkeypatch):
    monkeypatch.setenv("DB", "postgresql://ann:secret@127.0.0.1:1/d")
    message = refused("postgresql", Path(), table="labs", connection="DB")
    assert "does not answer as asked" in message
    assert "secret" not in message
