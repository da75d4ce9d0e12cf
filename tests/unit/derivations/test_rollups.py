"""Roll-ups on their own, against a plain loop; the catalogue names only what the schema has."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from y90outcomes.derivations.catalogue import EVENTS, VARIABLES
from y90outcomes.derivations.rollups import ROLLUPS, roll_up
from y90outcomes.derivations.types import Need
from y90outcomes.schema import load_schema
from y90outcomes.study.names import CODELISTS
from y90outcomes.units import UNITS

PICK = {"lowest": min, "largest": max, "poorest": max, "best": min, "sum": math.fsum, "count": len}


def by_loop(values: list[float], patient: list[int], policy: str) -> dict[int, tuple[float, int | None]]:
    lesions: dict[int, list[int]] = defaultdict(list)
    for row, subject in enumerate(patient):
        lesions[subject].append(row)
    answer: dict[int, tuple[float, int | None]] = {}
    for subject, rows in lesions.items():
        own = [values[row] for row in rows]
        if policy != "count" and any(math.isnan(value) for value in own):
            answer[subject] = (math.nan, None)
            continue
        value = float(PICK[policy](own))
        deciding = next((row for row in rows if values[row] == value), None) if ROLLUPS[policy].picks else None
        answer[subject] = (value, deciding)
    return answer


@settings(deadline=None, derandomize=True, database=None, max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from([1.0, 2.0, 2.0, 3.5, math.nan]), st.integers(0, 4)), max_size=12),
    st.sampled_from(sorted(ROLLUPS)),
)
def test_the_vectorised_roll_up_is_the_loop(lesions: list[tuple[float, int]], policy: str) -> None:
    values, patient = [value for value, _ in lesions], [subject for _, subject in lesions]
    made = roll_up(pd.Series(values, dtype=float), pd.Series(patient, dtype=np.int64), policy)
    expected = by_loop(values, patient, policy)
    assert set(made.index) == set(expected)
    for subject, (value, row) in expected.items():
        np.testing.assert_equal(made.loc[subject, "value"], value)
        if row is None:
            assert pd.isna(made.loc[subject, "row"])
        else:
            assert made.loc[subject, "row"] == row


def test_the_row_is_the_label_of_the_lesion_not_its_position() -> None:
    made = roll_up(pd.Series([5.0, 3.0, 3.0], index=[70, 80, 90]), pd.Series([0, 0, 0], index=[70, 80, 90]), "lowest")
    assert made.loc[0, "row"] == 80


def needs() -> list[tuple[str, Need]]:
    return [(variable.name, need) for variable in VARIABLES.values() for need in variable.needs]


@pytest.mark.parametrize(("name", "need"), needs())
def test_a_derivation_reads_columns_and_codes_that_exist(name: str, need: Need) -> None:
    schema = load_schema()
    table = schema.tables[need.table]
    column = table.columns[need.column]
    variable = VARIABLES[name]
    for key, code in need.where.items():
        assert code in schema.codes(table.columns[key])
    for option in need.options:
        assert option in table.columns
        assert CODELISTS[option] == table.columns[option].codelist
    if need.windowed:
        assert "day" in table.columns
    if variable.compute is None and variable.levels:
        assert set(variable.levels) <= set(schema.codes(column)), "a level the registry cannot hold"
    if variable.numeric and variable.compute is None and not column.quantity_from:
        assert column.quantity == variable.quantity
    assert (need.per_lesion and variable.grain == "lesion") or (not need.per_lesion and variable.grain == "patient")


@pytest.mark.parametrize("name", VARIABLES)
def test_a_derivation_describes_itself(name: str) -> None:
    variable = VARIABLES[name]
    assert variable.name == name
    assert variable.measured_at in {"baseline", "treatment", "follow_up"}
    assert variable.label[:1].isupper()
    assert not variable.quantity or variable.quantity in UNITS
    assert variable.numeric != bool(variable.levels)
    assert len(variable.needs) == 1 or variable.compute is not None


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_is_recorded_where_it_says(name: str) -> None:
    event, schema = EVENTS[name], load_schema()
    table = schema.tables[event.table]
    assert event.name == name
    assert {"date", "day"} <= set(table.columns)
    for column, codes in event.where.items():
        assert set(codes) <= set(schema.codes(table.columns[column]))
    if event.occurrence:
        assert set(schema.codes(table.columns[event.occurrence])) == {"yes", "no"}
