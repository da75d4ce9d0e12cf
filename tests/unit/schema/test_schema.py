"""The canonical schema: complete, a valid Frictionless package, and one with the unit table."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import jsonschema
import pytest
from frictionless import Package
from ruamel.yaml import YAML

from y90outcomes.registry import export_schema, mapping_json_schema
from y90outcomes.schema import CANONICAL_TYPES, dictionary_csv, load_schema
from y90outcomes.units import UNITS, canonical_unit

SCHEMA = load_schema()
ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "data_schema"
TABLES = [
    "patients", "treatments", "lesions", "dosimetry", "assessments", "labs", "imaging", "adverse_events", "therapies",
    "pathology", "follow_up",
]  # fmt: skip


def test_the_eleven_tables_stand_there():
    assert list(SCHEMA.tables) == TABLES
    assert {path.stem for path in (FOLDER / "tables").glob("*.yaml")} == set(TABLES)


def test_the_package_is_valid_frictionless():
    package = Package(str(FOLDER / "datapackage.yaml"))
    report = package.validate()
    assert report.valid, report.flatten(["name", "type", "message"])
    for name in TABLES:
        resource = package.get_resource(name)
        assert resource.data[0] == list(SCHEMA.tables[name].columns)


@pytest.mark.parametrize("name", TABLES)
def test_every_column_is_described(name):
    table = SCHEMA.tables[name]
    assert table.primary_key[:2] == ("centre", "patient_id")
    for column in table.columns.values():
        place = f"{name}.{column.name}"
        assert column.type in CANONICAL_TYPES, place
        assert column.description.endswith("."), place
        assert column.source, place
        if column.codelist:
            assert SCHEMA.codelists[column.codelist].codes, place
        if column.quantity:
            assert canonical_unit(column.quantity) == column.unit, place
        if column.type in ("integer", "date", "day") or (column.type == "number" and not column.quantity_from):
            assert column.low is not None, place
            assert column.high is not None, place
            assert column.low < column.high, place  # type: ignore[operator]


@pytest.mark.parametrize("name", TABLES)
def test_keys_and_parents_name_columns_that_exist(name):
    table = SCHEMA.tables[name]
    assert set(table.primary_key) <= set(table.columns)
    optional = [column for column in table.primary_key if not table.columns[column].required]
    assert optional in ([], ["lesion_id"])
    for parent in table.parents:
        assert parent.columns == SCHEMA.tables[parent.table].primary_key
        assert set(parent.columns) <= set(table.columns)


def test_every_date_has_its_day():
    for table in SCHEMA.tables.values():
        for column in table.columns.values():
            if column.type == "date":
                assert table.columns[column.name.removesuffix("date") + "day"].type == "day"


def test_analytes_agree_with_the_unit_table():
    for code, more in SCHEMA.codelists["analytes"].extra.items():
        assert more["quantity"] in UNITS, code
        assert more["unit"] == canonical_unit(more["quantity"]), code
        assert float(more["low"]) < float(more["high"]), code


def test_every_code_list_is_used_and_every_code_has_a_label_and_a_source():
    used = {column.codelist for table in SCHEMA.tables.values() for column in table.columns.values()} - {""}
    assert used == set(SCHEMA.codelists)
    for path in (FOLDER / "codelists").glob("*.csv"):
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
        assert len({row["code"] for row in rows}) == len(rows)
        assert all(row["code"] and row["label"] and row["source"] for row in rows), path.name


def test_the_dictionary_has_a_line_per_column():
    rows = list(csv.DictReader(io.StringIO(dictionary_csv(SCHEMA))))
    assert len(rows) == sum(len(table.columns) for table in SCHEMA.tables.values())
    necrosis = next(row for row in rows if (row["table"], row["column"]) == ("pathology", "necrosis"))
    assert necrosis["codes"].startswith("complete = CPN, 100 %; extensive = ")
    dose = next(row for row in rows if (row["table"], row["column"]) == ("dosimetry", "absorbed_dose"))
    assert (dose["unit"], dose["low"], dose["high"]) == ("Gy", "0", "5000")


def test_the_json_schema_accepts_a_real_page_and_refuses_slips():
    editor = mapping_json_schema(SCHEMA)
    jsonschema.Draft202012Validator.check_schema(editor)
    validator = jsonschema.Draft202012Validator(editor)
    page = YAML(typ="safe", pure=True).load(ROOT / "analyses" / "meerun" / "centres" / "montpellier.yaml")
    assert list(validator.iter_errors(page)) == []
    table = page["files"][1]["tables"]
    table["dosimetry"]["absorbed_dose"]["unit"] = "rad"
    assert list(validator.iter_errors(page))
    table["dosimetry"]["absorbed_dose"]["unit"] = "Gy"
    table["dosimetry"]["absorbed_doze"] = "x"
    assert list(validator.iter_errors(page))


def test_export_writes_both_files_the_same_every_time(tmp_path):
    first = [path.read_bytes() for path in export_schema(tmp_path / "a")]
    assert [path.read_bytes() for path in export_schema(tmp_path / "b")] == first
    assert json.loads(first[1])["title"]
