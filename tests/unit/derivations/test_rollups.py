"""Roll-ups on their own, against a plain loop; the catalogue names only what the schema has."""

from __future__ import annotations

import inspect
import math
from collections import defaultdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from y90outcomes.derivations.catalogue import EVENTS, VARIABLES
from y90outcomes.derivations.rollups import ROLLUPS, roll_up
from y90outcomes.derivations.rules import allowed, fault
from y90outcomes.derivations.types import Need
from y90outcomes.schema import load_schema
from y90outcomes.study.meaning import CODELISTS
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
    st.sampled_from(sorted(PICK)),
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


def beside_by_loop(lesions: list[tuple[float, int, float]], policy: str) -> dict[int, tuple[float, int | None]]:
    answer: dict[int, tuple[float, int | None]] = {}
    for subject in {subject for _, subject, _ in lesions}:
        own = [(row, value, by) for row, (value, s, by) in enumerate(lesions) if s == subject]
        answer[subject] = (math.nan, None)
        if policy == "index_lesion":
            named = [(row, value) for row, value, by in own if by == 1]
            pick = named[0] if len(named) == 1 else None
        elif any(math.isnan(by) for _, _, by in own):
            continue
        elif policy == "target_lesion":
            pick = next((row, value) for row, value, by in own if by == max(b for _, _, b in own))
        else:
            if all(by > 0 for _, _, by in own) and not any(math.isnan(value) for _, value, _ in own):
                mean = sum(value * by for _, value, by in own) / sum(by for _, _, by in own)
                answer[subject] = (mean, None)
            continue
        if pick is not None and not math.isnan(pick[1]):
            answer[subject] = (pick[1], pick[0])
    return answer


@settings(deadline=None, derandomize=True, database=None, max_examples=120)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([1.0, 2.0, 3.5, math.nan]),
            st.integers(0, 3),
            st.sampled_from([0.0, 1.0, 1.0, 2.5, math.nan]),
        ),
        max_size=10,
    ),
    st.sampled_from(sorted(set(ROLLUPS) - set(PICK))),
)
def test_a_policy_that_needs_more_is_the_loop(lesions: list[tuple[float, int, float]], policy: str) -> None:
    if policy == "index_lesion":
        lesions = [(value, subject, by if by in (0.0, 1.0) else math.nan) for value, subject, by in lesions]
    values, patient, by = (pd.Series([line[i] for line in lesions], dtype=float) for i in range(3))
    made = roll_up(values, patient.astype(np.int64), policy, by)
    expected = beside_by_loop(lesions, policy)
    assert set(made.index) == set(expected)
    for subject, (value, row) in expected.items():
        np.testing.assert_allclose(made.loc[subject, "value"], value, rtol=1e-15, equal_nan=True)
        if row is None:
            assert pd.isna(made.loc[subject, "row"])
        else:
            assert made.loc[subject, "row"] == row


def test_a_policy_that_needs_more_is_refused_without_it() -> None:
    with pytest.raises(ValueError, match="beside the value"):
        roll_up(pd.Series([1.0]), pd.Series([0]), "volume_weighted")


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
    recorded = variable.compute is None and variable.derive is None
    if recorded and variable.levels:
        assert set(variable.levels) <= set(schema.codes(column)), "a level the registry cannot hold"
    if variable.numeric and recorded and not column.quantity_from:
        assert column.quantity == variable.quantity
    if recorded or (need.per_lesion and variable.derive is None):
        assert need.per_lesion == (variable.grain == "lesion") or need.rollup in ROLLUPS


@pytest.mark.parametrize("name", VARIABLES)
def test_a_derivation_describes_itself(name: str) -> None:
    variable = VARIABLES[name]
    assert variable.name == name
    assert variable.measured_at in {"baseline", "treatment", "follow_up"}
    assert variable.label[:1].isupper()
    assert not variable.quantity or variable.quantity in UNITS
    assert variable.numeric != bool(variable.levels)
    assert len(variable.needs) == 1 or variable.compute is not None or variable.derive is not None
    assert variable.needs, "a derivation says what it reads"
    assert variable.compute is None or variable.derive is None
    assert set(variable.takes) <= {"window", "baseline", "source", "criterion", "visit"}
    assert (variable.derive is None) == (variable.explain is None), "y90 trace explains what reads a course of records"


@pytest.mark.parametrize("name", [name for name in VARIABLES if VARIABLES[name].compute or VARIABLES[name].derive])
def test_a_rule_has_words_and_a_default_it_allows(name: str) -> None:
    for rule in VARIABLES[name].rules:
        assert rule.words
        assert allowed(rule)
        assert rule.default is None or fault(rule, rule.default) == ""
    wanted = inspect.signature(VARIABLES[name].compute or VARIABLES[name].derive or id).parameters
    if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in wanted.values()):
        assert {rule.name for rule in VARIABLES[name].rules} <= set(wanted)


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
