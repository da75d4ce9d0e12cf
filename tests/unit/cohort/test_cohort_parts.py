"""What a cohort carries beside its data sets: keys, sets, counts, fingerprint, inputs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from tests.spec.tables import AFP, SIZE, build, protocol, registry

from y90outcomes.cohort import build_cohort
from y90outcomes.cohort.columns import divisor
from y90outcomes.cohort.export import data_set, dictionary
from y90outcomes.derivations.choice import choose
from y90outcomes.study.model import Window

PARTS = {
    "variables": {"afp": AFP, "size": SIZE | {"rollup": "largest"}, "died": {"kind": "occurrence", "event": "death"}},
    "eligibility": {"seen": {"variable": "size", "recorded": True}},
    "analysis_sets": {
        "high": {"grain": "patient", "among": {"high": {"variable": "afp", "min": 20}}},
        "tumours": {"grain": "lesion"},
    },
    "endpoints": {"os": {"kind": "time_to_event", "event": ["death"], "censor": ["last_contact"]}},
    "analyses": {"a": {"method": "summary", "title": "A", "variables": ["afp"]}},
}
TEXTS = {
    "labs": "patient | day | value\nA | 0 | 20\nB | 0 | 19\nC | 0 | 30",
    "imaging": "patient | lesion | day | longest_diameter\nA | L1 | 0 | 5\nA | L2 | 0 | 6\nB | L1 | 0 | 7",
    "follow_up": "patient | event | day\nA | death | 60.875\nB | last_contact | 30.4375",
}


def test_the_frame_is_the_first_analysis_set() -> None:
    made = build(PARTS, **TEXTS)
    assert made.frame["patient_id"].tolist() == ["A"]
    assert made.members("tumours")[0] == "lesion"
    assert made.members("tumours")[1].tolist() == [True, True, True]


def test_every_value_has_its_type() -> None:
    frame = build(PARTS, **TEXTS).frames["patient"]
    assert frame["afp"].dtype == np.float64
    assert isinstance(frame["died"].dtype, pd.StringDtype)
    assert frame["in_high"].dtype == bool


def test_the_exported_data_set_and_its_dictionary_fit() -> None:
    made = build(PARTS, **TEXTS)
    frame = data_set(made)
    assert list(dictionary(made)["column"]) == list(frame.columns)
    row = frame.iloc[0]
    assert (row["os"], row["os_time"], row["os_source"]) == (1, 2.0, "follow_up: follow_up.txt, row 2")
    assert data_set(made, "tumours")["lesion_id"].tolist() == ["L1", "L2", "L1"]


def test_the_fingerprint_is_that_of_protocol_and_data() -> None:
    data = registry(**TEXTS)
    first = build_cohort(protocol(**PARTS), data)
    assert build_cohort(protocol(**PARTS), data).fingerprint == first.fingerprint
    assert build_cohort(protocol(**PARTS | {"title": "T"}), data).fingerprint != first.fingerprint
    other = registry(**TEXTS | {"labs": TEXTS["labs"].replace("19", "18")})
    assert build_cohort(protocol(**PARTS), other).fingerprint != first.fingerprint


def test_building_leaves_the_registry_alone() -> None:
    data = registry(**TEXTS)
    before = {name: frame.copy() for name, frame in data.tables.items()}
    build_cohort(protocol(**PARTS), data)
    for name, frame in data.tables.items():
        pd.testing.assert_frame_equal(frame, before[name])


def test_no_patient_key_enters_the_counts() -> None:
    made = build(PARTS, **{name: text.replace("A |", "secret |") for name, text in TEXTS.items()})
    said = repr((made.attrition, made.sets, made.records, made.quality))
    assert "secret" not in said


def test_a_registry_without_rows_makes_an_empty_cohort() -> None:
    made = build(PARTS, patients="patient\n", treatments="patient | day\n")
    assert len(made.frames["patient"]) == len(made.frames["lesion"]) == 0
    assert made.attrition.n == 0
    assert data_set(made).empty


@pytest.mark.parametrize(("unit", "days"), [("days", 1), ("months", 30.4375), ("years", 365.25)])
def test_days_in_a_unit_of_time(unit: str, days: float) -> None:
    assert divisor(protocol(), unit) == days


@pytest.mark.parametrize(
    ("start", "end", "target", "nominal"),
    [(-30, 0, None, 0), (60, 120, None, 90), (-5, 50, None, 0), (60, 120, 100, 100)],
)
def test_the_day_a_record_should_be_nearest_to(start: float, end: float, target: float | None, nominal: float) -> None:
    assert Window(start=start, end=end, target=target).nominal == nominal


def test_the_counts_of_a_choice_add_up() -> None:
    """Rows of no known subject (-1) are passed over; every subject is counted once."""
    values = pd.Series([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, np.nan])
    subject = np.array([0, 1, 1, -1, 2, 2, 3])
    days = np.array([-1.0, np.nan, np.nan, -1.0, np.nan, 99.0, -1.0])
    visit = pd.Series(["baseline"] * 7, dtype="string")
    window = Window(start=-30, end=0, visit="baseline")
    made = choose(values, subject, 5, days, visit, window)
    assert made.rows.tolist() == [0, -1, 4, -1, -1]
    assert (made.dated, made.by_visit, made.several, made.none) == (1, 1, 1, 2)
