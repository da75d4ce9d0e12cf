"""Each rule on small canonical tables: what it finds, and that a clean registry of several centres is left alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from y90outcomes.errors import InputError
from y90outcomes.registry.check_all import CHECKS, run_checks, switched_off
from y90outcomes.registry.check_rows import Origins
from y90outcomes.registry.parts import DTYPES, Policy
from y90outcomes.registry.rules import OFF, RULES, SWITCHABLE
from y90outcomes.schema import load_schema

SCHEMA = load_schema()
CENTRES = ("ankara", "bonn", "lyon", "oslo", "torino")
Rows = dict[str, list[dict[str, Any]]]
Spoil = Callable[[Rows], None]


def clean(patients: int = 24, seed: int = 7) -> Rows:
    """Rows of five centres that hang together: dates in order, doses by MIRD, volumes that add up."""
    draw = np.random.default_rng(seed)
    rows: Rows = {name: [] for name in SCHEMA.tables}
    for centre in CENTRES:
        for number in range(patients):
            key = {"centre": centre, "patient_id": f"{centre[:2]}{number:03d}"}
            start = pd.Timestamp("2012-01-02") + pd.Timedelta(days=int(draw.integers(0, 2000)))
            born = int(draw.integers(1935, 1970))
            rows["patients"].append(
                key | {"sex": draw.choice(["female", "male"]), "birth_year": born,
                         "age_at_treatment": start.year - born,
                       "diagnosis_date": start - pd.Timedelta(days=int(draw.integers(30, 400)))}
            )  # fmt: skip
            activity, shunt = round(draw.uniform(1, 5), 2), round(draw.uniform(1, 12), 1)
            rows["treatments"].append(
                key | {"treatment_number": 1, "date": start, "activity": activity, "residual_fraction": 1.0,
                       "lung_shunt_fraction": shunt, "maa_date": start - pd.Timedelta(days=10)}
            )  # fmt: skip
            tumour, normal = round(draw.uniform(40, 400), 1), round(draw.uniform(300, 900), 1)
            energy = 49.67 * activity * 0.99 * (1 - shunt / 100)
            low = energy / ((3 * tumour + normal) * 1.03e-3)
            for compartment, dose, volume in (
                ("tumour_total_perfused", 3 * low, tumour),
                ("normal_perfused", low, normal),
                ("perfused_liver", energy / ((tumour + normal) * 1.03e-3), tumour + normal),
                ("whole_liver", None, tumour + normal + 600),
            ):
                rows["dosimetry"].append(
                    key | {"treatment_number": 1, "compartment": compartment, "source": "maa_spect_ct",
                           "absorbed_dose": dose, "volume": volume}
                )  # fmt: skip
            rows["lesions"].append(key | {"lesion_id": "1"})
            size = round(draw.uniform(31, 118), 0)
            for visit, day in (("baseline", -9), ("month_3", 91), ("month_6", 180)):
                when = start + pd.Timedelta(days=day)
                size = round(size * draw.uniform(0.8, 1.02))
                rows["imaging"].append(
                    key | {"lesion_id": "1", "visit": visit, "date": when, "longest_diameter": size,
                           "viable_diameter": round(size * draw.uniform(0.3, 1)),
                           "attenuation": round(draw.normal(70, 15), 1)}
                )  # fmt: skip
                for analyte, middle, spread in (("bilirubin", 15, 0.5), ("albumin", 37, 0.12), ("afp", 60, 2.2),
                                                ("platelets", 140, 0.5)):  # fmt: skip
                    rows["labs"].append(
                        key | {"analyte": analyte, "visit": visit, "date": when,
                               "value": round(middle * float(np.exp(draw.normal(0, spread))), 1), "uln": 10000.0}
                    )  # fmt: skip
            rows["assessments"].append(
                key | {"lesion_id": None, "visit": "month_3", "criterion": "mrecist", "response": "PR",
                       "date": start + pd.Timedelta(days=91)}
            )  # fmt: skip
            last = start + pd.Timedelta(days=int(draw.integers(200, 1500)))
            rows["follow_up"].append(key | {"event": "last_contact", "occurrence": "yes", "date": last})
            rows["follow_up"].append(key | {"event": "death", "occurrence": "yes", "date": last})
    return rows


def frames(rows: Rows) -> dict[str, pd.DataFrame]:
    made = {}
    for name, table in SCHEMA.tables.items():
        data = {c.name: pd.Series([row.get(c.name) for row in rows[name]],
                                  dtype="datetime64[ns]" if c.type == "date" else DTYPES[c.type])
                for c in table.columns.values()}  # fmt: skip
        frame = pd.DataFrame(data)
        frame["source_file"] = (frame["centre"] + ".csv").astype("string")
        frame["source_sheet"] = pd.Series([None] * len(frame), dtype="string")
        frame["source_row"] = pd.Series(range(2, len(frame) + 2), dtype="Int64")
        made[name] = frame.sort_values(list(table.primary_key), na_position="first", ignore_index=True)
    return made


def issues(rows: Rows, off: frozenset[str] = OFF) -> list[Any]:
    tables = frames(rows)
    origins = Origins({name: np.zeros(len(frame), dtype=np.int64) for name, frame in tables.items()}, [{}])
    return run_checks(tables, SCHEMA, origins, Policy(), off)[0]


def first(rows: Rows, table: str, **where: Any) -> dict[str, Any]:
    return next(row for row in rows[table] if all(row.get(k) == v for k, v in where.items()))


def set_cell(table: str, column: str, value: Any, **where: Any) -> Spoil:
    def spoil(rows: Rows) -> None:
        row = first(rows, table, **where)
        row[column] = value(row[column]) if callable(value) else value

    return spoil


def days(n: int) -> Callable[[pd.Timestamp], pd.Timestamp]:
    return lambda date: date + pd.Timedelta(days=n)


def scale_centre(table: str, column: str, factor: float, **where: Any) -> Spoil:
    def spoil(rows: Rows) -> None:
        for row in rows[table]:
            if all(row.get(k) == v for k, v in where.items()) and row[column] is not None:
                row[column] *= factor

    return spoil


def twin(centre: str, patient: str, exact: bool = True) -> Spoil:
    """bo003 a second time, under another key; `exact` False: written from another unit."""

    def spoil(rows: Rows) -> None:
        key = {"centre": centre, "patient_id": patient}
        for table in ("patients", "treatments", "labs"):
            for row in [row for row in rows[table] if row["patient_id"] == "bo003"]:
                copy = row | key
                if not exact and copy.get("activity"):
                    copy["activity"] *= 1.00001
                rows[table].append(copy)

    return spoil


def copy_labs(rows: Rows) -> None:
    for row in rows["labs"]:
        if row["patient_id"] == "ly004" and row["visit"] == "baseline":
            row["value"] = first(rows, "labs", patient_id="ly009", visit="month_3", analyte=row["analyte"])["value"]


def carry_labs_forward(rows: Rows) -> None:
    for row in rows["labs"]:
        if row["patient_id"] == "ly004" and row["visit"] == "month_6":
            row["value"] = first(rows, "labs", patient_id="ly004", visit="month_3", analyte=row["analyte"])["value"]


def round_sizes(rows: Rows) -> None:
    for row in rows["imaging"]:
        if row["centre"] == "oslo":
            row["longest_diameter"] = 5 * round(row["longest_diameter"] / 5)
            row["viable_diameter"] = min(row["viable_diameter"], row["longest_diameter"])


def second_session_first(rows: Rows) -> None:
    row = first(rows, "treatments", patient_id="bo001")
    rows["treatments"].append(row | {"treatment_number": 2, "date": days(-3)(row["date"]), "maa_date": None})


@pytest.mark.parametrize(
    ("spoil", "rule", "table", "where"),
    [
        (set_cell("patients", "diagnosis_date", days(900), patient_id="bo003"), "date_order", "patients", "bo003"),
        (set_cell("assessments", "date", days(-100), patient_id="bo003"), "date_order", "assessments", "bo003"),
        (set_cell("treatments", "maa_date", days(30), patient_id="bo003"), "date_order", "treatments", "bo003"),
        (set_cell("treatments", "calibration_date", pd.Timestamp("2099-01-01"), patient_id="bo003"), "date_order",
                 "treatments", "bo003"),
        (second_session_first, "date_order", "treatments", "bo001"),
        (set_cell("imaging", "date", days(4000), patient_id="bo003", visit="month_6"), "after_death", "imaging",
                 "bo003"),
        (set_cell("follow_up", "date", None, patient_id="bo003", event="death"), "undated_event", "follow_up", "bo003"),
        (set_cell("imaging", "date", days(200), patient_id="bo003", visit="baseline"), "outside_window",
                 "imaging", "bo003"),
        (set_cell("treatments", "date", pd.Timestamp("1912-05-01"), patient_id="bo003"), "outside_window",
                 "treatments", "bo003"),
        (set_cell("patients", "birth_year", lambda year: year + 10, patient_id="bo003"), "age_disagrees",
                 "patients", "bo003"),
        (twin("bonn", "bo900"), "duplicate_patient", "patients", "bo003"),
        (twin("lyon", "ly900", exact=False), "shared_patient", "patients", "bo003"),
        (set_cell("dosimetry", "volume", lambda v: v * 4, patient_id="bo003", compartment="tumour_total_perfused"),
         "volume_sum", "dosimetry", "bo003"),
        (set_cell("imaging", "viable_diameter", 300.0, patient_id="bo003", visit="month_3"), "size_order",
                 "imaging", "bo003"),
        (set_cell("labs", "lln", 20000.0, patient_id="bo003", visit="month_3"), "limits_order", "labs", "bo003"),
        (set_cell("dosimetry", "absorbed_dose", lambda d: d * 1.2, patient_id="bo003", compartment="perfused_liver"),
         "dose_activity", "dosimetry", "bo003"),
        (set_cell("dosimetry", "absorbed_dose", lambda d: d * 2, patient_id="bo003",
                 compartment="tumour_total_perfused"),
         "dose_activity", "dosimetry", "bo003"),
        (set_cell("treatments", "activity", lambda a: a / 3, patient_id="bo003"), "dose_activity", "treatments",
                 "bo003"),
        (set_cell("labs", "value", lambda v: v * 10, patient_id="bo003", visit="month_3", analyte="albumin"),
         "cell_unit", "labs", "bo003"),
        (copy_labs, "copied_rows", "labs", "ly004"),
        (carry_labs_forward, "copied_rows", "labs", "ly004"),
        (set_cell("labs", "value", 9.0, patient_id="bo003", visit="month_3", analyte="albumin"), "outlier",
                 "labs", "bo003"),
    ],
)  # fmt: skip
def test_a_rule_finds_its_fault_and_little_else(spoil, rule, table, where):
    rows = clean()
    before = {(item.rule, item.table, item.row) for item in issues(rows)}
    spoil(rows)
    found = [item for item in issues(rows) if (item.rule, item.table, item.row) not in before]
    tables = frames(rows)
    hit = [item for item in found if item.rule == rule and item.table == table]
    assert hit
    keys = {tables[table].set_index("source_row")["patient_id"][item.row] for item in hit}
    assert where in keys
    assert len(keys) <= 2
    assert all(item.severity == RULES[item.rule][0] for item in found)


@pytest.mark.parametrize(
    ("table", "column", "factor", "where"),
    [
        ("labs", "value", 1 / 17.104, {"analyte": "bilirubin"}),
        ("labs", "value", 0.1, {"analyte": "albumin"}),
        ("labs", "value", 10, {"analyte": "bilirubin"}),
        ("imaging", "longest_diameter", 0.1, {}),
        ("dosimetry", "volume", 0.001, {"compartment": "perfused_liver"}),
        ("treatments", "activity", 27.027, {}),
    ],
)
def test_a_centre_in_another_unit_is_told_once_per_column(table, column, factor, where):
    rows = clean()
    scale_centre(table, column, factor, centre="lyon", **where)(rows)
    found = [item for item in issues(rows) if item.rule == "unit_suspect"]
    assert [(item.centre, item.table, item.column, item.row, item.file) for item in found] == [
        ("lyon", table, column, None, "lyon.csv")
    ]


def test_two_analytes_in_another_unit_are_two_issues():
    rows = clean()
    scale_centre("labs", "value", 0.1, centre="lyon", analyte="albumin")(rows)
    scale_centre("labs", "value", 0.0585, centre="lyon", analyte="bilirubin")(rows)
    found = [item for item in issues(rows) if item.rule == "unit_suspect"]
    assert len({item.id for item in found}) == len(found) == 2


def test_rounded_sizes_are_a_preference_for_digits():
    rows = clean()
    round_sizes(rows)
    found = [item for item in issues(rows) if item.rule == "digit_preference"]
    assert [(item.centre, item.column, item.row, item.severity) for item in found] == [
        ("oslo", "longest_diameter", None, "note")
    ]


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_clean_registry_raises_at_most_one_row_in_a_hundred(seed):
    rows = clean(seed=seed)
    found = [item for item in issues(rows) if item.severity != "note"]
    assert len({(item.table, item.row) for item in found}) <= 0.01 * sum(map(len, rows.values()))
    assert not [item for item in found if item.row is None]


def test_tumours_between_the_limits_belong_to_neither_volume_unless_the_protocol_has_one_limit():
    rows = clean()
    row = first(rows, "dosimetry", patient_id="bo003", compartment="normal_perfused")
    row["volume"] *= 0.9
    for item in rows["dosimetry"]:
        if item["patient_id"] == "bo003":
            item["absorbed_dose"] = None
    assert not [i for i in issues(rows) if i.rule.startswith("volume")]
    assert {i.rule for i in issues(rows, off=frozenset()) if i.rule.startswith("volume")} == {"volume_equal"}


def test_missing_shunt_and_residual_widen_the_dose_check_instead_of_guessing():
    rows = clean()
    for row in rows["treatments"]:
        row["residual_fraction"] = row["lung_shunt_fraction"] = None
    assert not [item for item in issues(rows) if item.rule == "dose_activity"]


def test_a_date_completed_from_its_month_offends_against_no_order():
    rows = clean()
    row = first(rows, "assessments", patient_id="bo003")
    row["date"] = days(-100)(row["date"])
    row["date_precision"] = "month"
    assert not [item for item in issues(rows) if item.table == "assessments"]


def test_each_rule_can_be_switched_off_by_name():
    rows = clean()
    twin("bonn", "bo900")(rows)
    assert "duplicate_patient" in {item.rule for item in issues(rows)}
    assert "duplicate_patient" not in {item.rule for item in issues(rows, OFF | {"duplicate_patient"})}
    assert set(CHECKS) <= set(SWITCHABLE)
    assert switched_off({"digit_preference": False}) == OFF | {"digit_preference"}
    assert switched_off({"volume_equal": True}) == OFF - {"volume_equal"}


def test_an_unknown_rule_and_a_blocking_one_are_refused_together():
    with pytest.raises(InputError) as error:
        switched_off({"digit_preferences": False, "orphan": False})
    assert len(error.value.faults) == 2
    assert "'digit_preference'" in str(error.value)
    assert "cannot be switched off" in str(error.value)


def test_empty_tables_and_one_patient_raise_nothing():
    assert issues({name: [] for name in SCHEMA.tables}) == []
    rows = clean(1)
    one = {name: [row for row in items if row["centre"] == "bonn"] for name, items in rows.items()}
    assert [item for item in issues(one) if item.severity != "note"] == []
