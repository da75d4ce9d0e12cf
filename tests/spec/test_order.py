"""The order of rows in the raw files means nothing: same cohort, same fingerprint, whatever the shuffle."""

from __future__ import annotations

import functools

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.spec.tables import AFP, DOSE, NECROSIS, SIZE, parse, protocol, registry, registry_of

from y90outcomes.cohort import Cohort, build_cohort

TABLES = {
    "patients": "centre | patient\nn | 1\nn | 2\ns | 1\ns | 3",
    "treatments": """
        centre | patient | number | day | date
        n      | 1       | 1      | 0   |
        n      | 2       | 1      |     | 2020-01-01
        n      | 2       | 2      |     | 2020-06-01
        s      | 1       | 1      | 0   |
        s      | 3       | 1      |     |
    """,
    "imaging": """
        centre | patient | lesion | visit    | day | longest_diameter | pvtt_class
        n      | 1       | L1     | baseline | -5  | 30               |
        n      | 1       | L2     | baseline | -5  | 30               |
        n      | 1       |        | baseline | -5  |                  | none
        n      | 2       | L1     | maa      |     | 55               |
        s      | 1       | L1     | baseline | -9  | 12               |
        s      | 1       | L1     | maa      | -20 | 11               |
        s      | 1       |        | baseline | -9  |                  | VP2
    """,
    "labs": """
        centre | patient | visit    | day | value
        n      | 1       | baseline | -3  | 10
        n      | 1       | maa      | -4  | 20
        s      | 1       | baseline |     | 30
        s      | 1       | maa      | -25 | 40
    """,
    "dosimetry": """
        centre | patient | lesion | absorbed_dose
        n      | 1       | L1     | 200
        n      | 1       | L2     | 200
        s      | 1       | L1     |
    """,
    "pathology": """
        centre | patient | lesion | necrosis
        n      | 1       | L1     | partial
        n      | 1       | L2     | complete
    """,
    "follow_up": """
        centre | patient | event        | occurrence | day | date
        n      | 1       | death        | yes        | 90  |
        n      | 1       | last_contact | yes        | 90  |
        n      | 2       | last_contact | yes        |     | 2020-09-01
        s      | 1       | progression  | yes        | 30  |
        s      | 1       | death        | no         |     |
        s      | 1       | last_contact | yes        | 400 |
    """,
}
STUDY = protocol(
    variables={
        "afp": AFP,
        "size": SIZE | {"rollup": "largest"},
        "low": DOSE | {"rollup": "lowest"},
        "necrosis": NECROSIS | {"rollup": "poorest"},
        "pvtt": {"kind": "derived", "derive": "pvtt", "window": "baseline"},
        "died": {"kind": "occurrence", "event": "death"},
    },
    analysis_sets={"everyone": {"grain": "patient"}, "tumours": {"grain": "lesion"}},
    endpoints={
        "pfs": {"kind": "time_to_event", "event": ["progression", "death"], "censor": ["last_contact"]},
        "free": {"kind": "binary", "variable": "pvtt", "event": ["no"]},
    },
)


@functools.cache
def parsed() -> dict[str, pd.DataFrame]:
    return {name: parse(name, text) for name, text in TABLES.items()}


@functools.cache
def straight() -> Cohort:
    return build_cohort(STUDY, registry(**TABLES))


@settings(deadline=None, max_examples=12, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_shuffled_rows_change_nothing(random) -> None:
    mixed = {}
    for name, frame in parsed().items():
        order = list(range(len(frame)))
        random.shuffle(order)
        mixed[name] = frame.iloc[order].reset_index(drop=True)
    made, first = build_cohort(STUDY, registry_of(mixed)), straight()
    assert made.fingerprint == first.fingerprint
    for grain in ("patient", "lesion"):
        pd.testing.assert_frame_equal(made.frames[grain], first.frames[grain])
        pd.testing.assert_frame_equal(made.sources[grain], first.sources[grain])
        for name, outcome in made.outcomes[grain].items():
            other = first.outcomes[grain][name]
            pd.testing.assert_series_equal(outcome.state, other.state)
            pd.testing.assert_series_equal(outcome.source, other.source)
            if outcome.time is not None:
                pd.testing.assert_series_equal(outcome.time, other.time)
    assert made.attrition == first.attrition
    assert made.sets == first.sets
    assert made.records == first.records


def test_one_value_moves_the_fingerprint() -> None:
    changed = {**TABLES, "labs": TABLES["labs"].replace("| 10", "| 10.1")}
    assert build_cohort(STUDY, registry(**changed)).fingerprint != straight().fingerprint


def test_where_a_row_stands_does_not_move_the_fingerprint() -> None:
    moved = {name: frame.assign(source_row="99") for name, frame in parsed().items()}
    assert build_cohort(STUDY, registry_of(moved)).fingerprint == straight().fingerprint
