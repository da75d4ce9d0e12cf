"""The registry as a whole: types, Meerun, and what must not move its fingerprint."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from frictionless import Package, Resource, Schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from y90outcomes.registry import read_registry
from y90outcomes.registry.parts import DTYPES
from y90outcomes.schema import PROVENANCE, load_schema

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def meerun():
    return read_registry(ROOT / "analyses" / "meerun")


def test_meerun_reads_without_an_issue(meerun):
    assert meerun.issues == ()
    sizes = {name: len(frame) for name, frame in meerun.tables.items()}
    assert sizes == {
        "patients": 18, "treatments": 18, "lesions": 22, "dosimetry": 22, "assessments": 18, "labs": 18, "imaging": 40,
        "adverse_events": 0, "therapies": 18, "pathology": 40, "follow_up": 18,
    }  # fmt: skip
    assert [(source.file, source.rows, source.origin) for source in meerun.sources] == [
        ("data/patients_carcinome.csv", 18, "published"),
        ("data/tumeurs_dosimetrie.xlsx", 22, "published"),
    ]


def test_meerun_says_what_table_5_prints(meerun):
    tables = meerun.tables
    doses = tables["dosimetry"].set_index(["patient_id", "lesion_id"])["absorbed_dose"]
    assert (doses["12", "1"], doses["5", "1"], doses["15", "2"]) == (1131.0, 31.0, 506.0)
    assert tables["labs"].set_index("patient_id")["value"]["3"] == 3071.0
    whole = tables["imaging"][tables["imaging"]["lesion_id"].isna()]
    assert whole["pvtt_class"].value_counts().to_dict() == {"VP2": 7, "VP3": 5, "none": 4, "VP1": 1, "VP4": 1}
    assert whole["hvtt_class"].value_counts().to_dict() == {"none": 15, "VV1": 2, "VV2": 1}
    assert tables["assessments"]["response"].value_counts().to_dict() == {"PR": 10, "CR": 7, "SD": 1}
    pathology = tables["pathology"]
    assert pathology["necrosis"].value_counts().to_dict() == {"extensive": 10, "complete": 8, "partial": 4}
    assert pathology["microvascular_invasion"].value_counts().to_dict() == {"no": 12, "yes": 6}
    recurrence = tables["follow_up"].set_index("patient_id")
    assert int((recurrence["occurrence"] == "yes").sum()) == 7
    assert recurrence["day"]["1"] == 49.3 * 30.4375
    assert int(recurrence["day"].isna().sum()) == 11
    assert tables["therapies"].set_index("patient_id")["day"]["12"] == 14.6 * 30.4375


def test_every_frame_has_the_schemas_columns_and_types(meerun):
    for name, table in load_schema().tables.items():
        frame = meerun.tables[name]
        assert list(frame.columns) == [*table.columns, *PROVENANCE]
        for column in table.columns.values():
            assert str(frame[column.name].dtype) == DTYPES[column.type], f"{name}.{column.name}"
        assert str(frame["source_row"].dtype) == "Int64"
        assert frame.index.equals(pd.RangeIndex(len(frame)))
        key = list(table.primary_key)
        assert frame[key].equals(frame.sort_values(key, na_position="first", ignore_index=True)[key])


def test_canonical_tables_are_valid_frictionless_data(meerun):
    package = Package(str(ROOT / "data_schema" / "datapackage.yaml"))
    for name in ("patients", "dosimetry", "therapies", "follow_up"):
        schema = Schema.from_descriptor(package.get_resource(name).schema.to_descriptor())
        schema.foreign_keys = []
        schema.primary_key = [key for key in schema.primary_key if key != "lesion_id"] if name != "dosimetry" else []
        frame = meerun.tables[name][schema.field_names].astype(object)
        rows = frame.where(frame.notna(), None).to_numpy().tolist()
        report = Resource(data=[schema.field_names, *rows], schema=schema).validate()
        assert report.valid, report.flatten(["fieldName", "type", "note"])[:5]


def test_reading_twice_and_by_name_is_the_same(meerun):
    again = read_registry(str(ROOT / "analyses" / "meerun"), ["montpellier"])
    assert again.fingerprint == meerun.fingerprint
    for name, frame in meerun.tables.items():
        pd.testing.assert_frame_equal(frame, again.tables[name])


def test_centres_stay_apart(make):
    folder = make()
    page = (folder / "centres" / "rennes.yaml").read_text(encoding="utf-8")
    (folder / "centres" / "lille.yaml").write_text(page.replace("centre: rennes", "centre: lille"), encoding="utf-8")
    both = read_registry(folder)
    assert both.issues == ()
    assert both.tables["patients"][["centre", "patient_id"]].to_numpy().tolist() == [
        ["lille", "P1"], ["lille", "P2"], ["rennes", "P1"], ["rennes", "P2"],
    ]  # fmt: skip
    assert read_registry(folder, ["rennes", "lille"]).fingerprint == both.fingerprint
    assert read_registry(folder, ["rennes"]).fingerprint != both.fingerprint


def test_progress_names_files_only(make):
    said: list[tuple[str, int, int]] = []
    read_registry(make(), progress=lambda *step: said.append(step))
    steps = said[0][2]
    assert said[0] == ("reading rennes: data/patients.csv", 0, steps)
    assert ("assembling labs", 9, steps) in said
    assert [done for _what, done, _of in said] == list(range(steps + 1))


ROWS = [f"P{i};{'FM'[i % 2]};{i * 1.3:.2f};{i % 28 + 1:02d}/03/2020".replace(".", ",") for i in range(1, 13)]
HEAD = "Patient;Sexe;Bili;Date\n"


@given(rows=st.permutations(ROWS))
@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_order_of_rows_does_not_matter(make, rows):
    first = read_registry(make(HEAD + "\n".join(ROWS) + "\n"))
    second = read_registry(make(HEAD + "\n".join(rows) + "\n"))
    assert first.fingerprint == second.fingerprint
    for name, frame in first.tables.items():
        other = second.tables[name]
        pd.testing.assert_frame_equal(frame.drop(columns="source_row"), other.drop(columns="source_row"))


def test_an_exactly_equivalent_unit_gives_the_same_doubles(make):
    first = read_registry(
        make(HEAD + "P1;F;3,9;01/02/2020\nP2;M;1,1;15/03/2020\n", replace={"unit: µmol/L": "unit: mg/dL"})
    )
    second = read_registry(make(HEAD + "P1;F;66,7056;01/02/2020\nP2;M;18,8144;15/03/2020\n"))
    assert first.fingerprint == second.fingerprint
    assert first.tables["labs"]["value"].tolist() == second.tables["labs"]["value"].tolist()


def test_file_format_and_provenance_stay_out_of_the_fingerprint(make):
    text = HEAD + "P1;F;10,5;01/02/2020\nP2;M;12;15/03/2020\n"
    first = read_registry(make(text))
    second = read_registry(make(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()))
    third = read_registry(make(text.encode("utf-16")))
    assert first.fingerprint == second.fingerprint == third.fingerprint
    assert first.sources[0].sha256 != second.sources[0].sha256
    moved = read_registry(make(text.replace("10,5", "10,50001")))
    assert moved.fingerprint != first.fingerprint
