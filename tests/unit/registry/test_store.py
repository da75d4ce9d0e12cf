"""A registry kept and read back: equal in both forms, readable by others, refused when it is not what was saved."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from frictionless import Package, Resource, Schema

from y90outcomes.cli import main
from y90outcomes.errors import InputError
from y90outcomes.registry import Registry, load_registry, read_registry, save_registry, store
from y90outcomes.schema import PROVENANCE, load_schema

MEERUN = Path(__file__).resolve().parents[3] / "analyses" / "meerun"
FORMS = ("registry", "registry.duckdb")


@pytest.fixture(scope="module")
def meerun() -> Registry:
    return read_registry(MEERUN)


def assert_equal(first: Registry, second: Registry) -> None:
    for name, frame in first.tables.items():
        pd.testing.assert_frame_equal(frame, second.tables[name])
    pd.testing.assert_frame_equal(first.missing, second.missing)
    assert list(first.tables) == list(second.tables)
    for part in ("issues", "sources", "corrections", "fingerprint", "schema"):
        assert getattr(first, part) == getattr(second, part), part


@pytest.mark.parametrize("form", FORMS)
def test_what_is_loaded_equals_what_was_saved(meerun, tmp_path, form):
    path = save_registry(meerun, tmp_path / "kept" / form)
    assert path == tmp_path / "kept" / form
    assert_equal(meerun, load_registry(path))
    assert [entry.name for entry in path.parent.iterdir()] == [form]


@pytest.mark.parametrize("form", FORMS)
def test_issues_and_their_rows_survive_but_not_the_cells_text(make, tmp_path, form):
    patients = "Patient;Sexe;Bili;Date\nP1;SECRET-X;10,5;01/02/2020\nP1;M;;15/03/2020\n"
    folder = make(patients, doses=[["D"], ["Patient", "Tumeur", "Dose"], ["P9", 1, 2]])
    made = read_registry(folder)
    assert {item.rule for item in made.issues} >= {"unmapped_code", "duplicate_key", "orphan"}
    assert any(item.value == "SECRET-X" for item in made.issues)
    path = save_registry(made, tmp_path / "out" / form)
    back = load_registry(path)
    assert_equal(made, back)
    assert not any(item.value for item in back.issues)
    for file in [path] if path.is_file() else path.rglob("*.*"):
        assert b"SECRET-X" not in file.read_bytes()


def test_the_package_is_frictionless_data(meerun, tmp_path):
    folder = save_registry(meerun, tmp_path / "registry")
    package = Package(str(folder / "datapackage.json"))
    assert set(package.resource_names) == {*load_schema().tables, "issues", "missing", "sources", "corrections"}
    for resource in package.resources:
        rows = pq.read_table(folder / resource.path).to_pylist()
        assert len(rows) == resource.rows
        assert resource.bytes == (folder / resource.path).stat().st_size
        cells = [resource.schema.field_names, *([row[name] for name in resource.schema.field_names] for row in rows)]
        report = Resource(data=cells, schema=resource.schema).validate()
        assert report.valid, (resource.name, report.flatten(["message"]))
    spoilt = package.get_resource("patients").schema
    wrong = Resource(
        data=[["sex"], ["neither"]],
        schema=Schema.from_descriptor({"fields": [spoilt.get_field("sex").to_descriptor()]}),
    )
    assert not wrong.validate().valid


@pytest.mark.parametrize("form", FORMS)
def test_any_reader_of_duckdb_finds_types_and_provenance(meerun, tmp_path, form):
    path = save_registry(meerun, tmp_path / form)
    wanted = {"text": "VARCHAR", "code": "VARCHAR", "codes": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE",
              "day": "DOUBLE", "date": "DATE", "boolean": "BOOLEAN"}  # fmt: skip
    with duckdb.connect(str(path) if path.is_file() else ":memory:", read_only=path.is_file()) as connection:
        for name, table in load_schema().tables.items():
            parquet = str(path / "tables" / f"{name}.parquet")
            relation = connection.table(name) if path.is_file() else connection.read_parquet(parquet)
            types = dict(zip(relation.columns, map(str, relation.types), strict=True))
            assert list(types) == [*table.columns, *PROVENANCE]
            assert {n: types[n] for n in table.columns} == {c.name: wanted[c.type] for c in table.columns.values()}
            assert types["source_row"] == "BIGINT"
        if path.is_file():
            told = connection.execute(
                "SELECT comment FROM duckdb_columns() WHERE table_name = 'dosimetry' AND column_name = 'absorbed_dose'"
            ).fetchone()
            assert told is not None
            assert "Unit: Gy" in told[0]
            found = connection.execute(
                "SELECT source_file, count(*) FROM dosimetry GROUP BY ALL ORDER BY ALL"
            ).fetchall()
            assert found == [("data/tumeurs_dosimetrie.xlsx", 22)]


def test_the_same_registry_gives_the_same_package_byte_for_byte(meerun, tmp_path):
    first, second = (save_registry(meerun, tmp_path / name) for name in ("a", "b"))
    for file in sorted(first.rglob("*.*")):
        assert file.read_bytes() == (second / file.relative_to(first)).read_bytes(), file.name


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        load_registry(path)
    return str(caught.value)


def test_a_package_that_was_changed_is_refused(meerun, tmp_path):
    folder = save_registry(meerun, tmp_path / "registry")
    labs = folder / "tables" / "labs.parquet"
    whole = labs.read_bytes()
    labs.write_bytes(whole[:-7])
    assert "changed after it was saved" in refused(folder)
    labs.unlink()
    assert "the file is not there" in refused(folder)
    labs.symlink_to(shutil.copy(MEERUN / "study.yaml", tmp_path / "elsewhere.parquet"))
    assert "the file is not there" in refused(folder)
    labs.unlink()
    labs.write_bytes(whole)
    page = folder / "datapackage.json"
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace(meerun.fingerprint, "0" * 64), encoding="utf-8")
    assert "not those that were saved" in refused(folder)
    version = load_schema().version
    page.write_text(text.replace(f'"x-schema-version": "{version}"', '"x-schema-version": "0.1"'), encoding="utf-8")
    assert "another version of the schema" in refused(folder)
    for spoilt in ("{", "[1]", "null", '{"resources": 3}', "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")):
        page.write_text(spoilt, encoding="utf-8")
        assert "not the data package of a registry" in refused(folder)
    assert "no registry there" in refused(tmp_path / "nowhere")


def test_a_descriptor_cannot_lead_out_of_its_folder(meerun, tmp_path):
    folder = save_registry(meerun, tmp_path / "registry")
    page = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    for entry in page["resources"]:
        entry["path"] = "../../../../etc/passwd"
    (folder / "datapackage.json").write_text(json.dumps(page), encoding="utf-8")
    assert_equal(meerun, load_registry(folder))  # paths are ours, not the page's


def test_a_parquet_file_of_other_columns_is_refused(meerun, tmp_path):
    import hashlib

    folder = save_registry(meerun, tmp_path / "registry")
    labs = folder / "tables" / "labs.parquet"
    pq.write_table(pq.read_table(labs).drop_columns(["uln"]), labs)
    page = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    for entry in page["resources"]:
        if entry["name"] == "labs":
            entry["hash"] = "sha256:" + hashlib.sha256(labs.read_bytes()).hexdigest()
    (folder / "datapackage.json").write_text(json.dumps(page), encoding="utf-8")
    assert "its columns or their types" in refused(folder)


def test_a_duckdb_file_that_was_changed_is_refused(meerun, tmp_path):
    path = save_registry(meerun, tmp_path / "registry.duckdb")
    whole = path.read_bytes()
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE labs SET value = value + 1")
    assert "not those that were saved" in refused(path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("ALTER TABLE labs RENAME TO hidden")
        connection.execute("CREATE VIEW labs AS SELECT * FROM range(3)")
    assert "has no table labs" in refused(path)
    path.write_bytes(whole[: len(whole) // 2])
    assert "not readable as a registry in DuckDB" in refused(path)
    path.write_bytes(b"no database")
    assert "not readable as a registry in DuckDB" in refused(path)
    assert path.read_bytes() == b"no database"


def test_nothing_but_an_earlier_store_is_ever_replaced(meerun, tmp_path):
    folder = tmp_path / "registry"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "notes.duckdb").write_text("mine", encoding="utf-8")
    (tmp_path / "plain").write_text("mine", encoding="utf-8")
    (tmp_path / "folder.duckdb").mkdir()
    for name in ("registry", "notes.duckdb", "plain", "folder.duckdb", "a.xlsx"):
        target = tmp_path / name
        with pytest.raises(InputError):
            save_registry(meerun, target)
    assert (folder / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert (tmp_path / "notes.duckdb").read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "a.xlsx").exists()
    (folder / "notes.txt").unlink()
    for form in FORMS:
        save_registry(meerun, tmp_path / form)
        save_registry(meerun, tmp_path / form)
        assert_equal(meerun, load_registry(tmp_path / form))
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="something other than a saved registry"):
        save_registry(meerun, folder)


@pytest.mark.parametrize("form", FORMS)
def test_a_save_that_fails_leaves_the_earlier_store(meerun, tmp_path, form, monkeypatch):
    path = save_registry(meerun, tmp_path / form)

    def full(*_arguments: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(store, "descriptor", full)
        patch.setattr("y90outcomes.registry.store_duckdb._comments", full)
        with pytest.raises(OSError, match="No space left"):
            save_registry(meerun, path)
        with pytest.raises(OSError, match="No space left"):
            save_registry(meerun, tmp_path / f"new-{form}")
    assert_equal(meerun, load_registry(path))
    assert [entry.name for entry in tmp_path.iterdir()] == [form]


def test_the_command_writes_a_registry_and_stops_at_a_blocked_one(meerun, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["registry", str(MEERUN)])
    assert (done.exit_code, done.output) == (0, "meerun-registry.duckdb\n"), done.output
    assert_equal(meerun, load_registry("meerun-registry.duckdb"))
    shutil.copytree(MEERUN, "study")
    raw = Path("study/data/patients_carcinome.csv")
    raw.write_bytes(raw.read_bytes() + raw.read_bytes().splitlines(keepends=True)[-1])
    stopped = CliRunner().invoke(main, ["registry", "study", "--out", "kept"])
    assert stopped.exit_code == 1, stopped.output
    assert not Path("kept").exists()
    unwritable = CliRunner().invoke(main, ["registry", str(MEERUN), "--out", "study"])
    assert unwritable.exit_code == 2
    assert "something other than a saved registry" in unwritable.output


def test_the_cohort_of_a_study_is_read_back_by_duckdb_with_its_dictionarys_types(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("cohort.parquet", "cohort.csv"):
        assert CliRunner().invoke(main, ["cohort", str(MEERUN), "--out", name]).exit_code == 0
    dictionary = pd.read_csv("cohort-dictionary.csv", keep_default_na=False)
    kinds = {"number": "DOUBLE", "integer": "BIGINT", "code": "VARCHAR", "text": "VARCHAR", "date": "DATE"}
    wanted = {name: kinds[kind] for name, kind in zip(dictionary["column"], dictionary["type"], strict=True)}
    with duckdb.connect(":memory:") as connection:
        typed = connection.read_parquet("cohort.parquet")
        assert dict(zip(typed.columns, map(str, typed.types), strict=True)) == wanted
        text = connection.read_csv("cohort.csv", dtype=wanted, header=True)
        assert sorted(typed.fetchall(), key=str) == sorted(text.fetchall(), key=str)
