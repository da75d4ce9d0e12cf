"""What a missing, an impossible and a reordered input do to every score and stage, whatever the values are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from y90outcomes.derivations.liver import LIVER
from y90outcomes.derivations.rules import settled
from y90outcomes.derivations.stage import STAGE
from y90outcomes.derivations.types import Need, Variable

NUMBERS = {
    "bilirubin": [8.0, 34.208, 51.312, 80.0, 300.0],
    "albumin": [20.0, 28.0, 35.0, 42.0],
    "inr": [0.9, 1.7, 2.3, 4.0],
    "prothrombin_seconds": [1.0, 4.0, 9.0],
    "prothrombin_percent": [30.0, 45.0, 80.0],
    "creatinine": [60.0, 265.2, 353.6, 500.0],
    "sodium": [118.0, 125.0, 131.0, 137.0, 142.0],
    "tumour_count": [1.0, 2.0, 3.0, 4.0],
    "child_pugh_reported": [5.0, 7.0, 10.0],
    "count": [1.0, 2.0, 3.0, 4.0],
    "largest": [15.0, 20.0, 30.0, 45.0, 50.0, 66.0],
    "sum": [15.0, 60.0, 80.0, 90.0],
}
CODES = {
    "ascites": ["none", "slight", "moderate"],
    "encephalopathy": ["none", "grade_1_2", "grade_3_4"],
    "dialysis": ["yes", "no", "unknown"],
    "sex": ["female", "male"],
    "ecog": ["0", "1", "2", "3", "4"],
    "child_pugh_class_reported": ["A", "B", "C"],
    "pvtt_class": ["none", "VP1", "VP4"],
    "hvtt_class": ["none", "VV1", "VV3"],
    "extrahepatic_disease": ["yes", "no", "unknown"],
    "tumour_count_open": ["no"],
    "bclc_reported": ["0", "A", "B", "C", "D"],
}
GIVEN = {"unreported": "at_least_listed"}
"""Under this rule the listed lesions alone do not say how many tumours there are."""
SUMS = [v for v in LIVER if v.name in ("child_pugh_points", "meld", "meld_na", "meld_3")]
SCORES = [*SUMS, *(v for v in (*LIVER, *STAGE) if v.ordered)]
BETTER_YES = [v for v in STAGE if v.name in ("milan", "up_to_7", "ucsf")]


def name_of(need: Need) -> str:
    return need.rollup or need.where.get("analyte", need.column)


def computed(variable: Variable, columns: dict[str, list[object]]) -> list[object]:
    """The variable of the rows, as codes or numbers, None for missing."""
    rules = settled(
        variable, {name: value for name, value in GIVEN.items() if name in {r.name for r in variable.rules}}
    )
    series = []
    for need in variable.needs:
        name = name_of(need)
        kind = "float64" if name in NUMBERS else "string"
        series.append(pd.Series([np.nan if v is None and kind == "float64" else v for v in columns[name]], dtype=kind))
    assert variable.compute is not None
    return [None if pd.isna(value) else value for value in variable.compute(*series, **rules)]


def rank(variable: Variable, value: object) -> float:
    """How bad a value is."""
    if variable in BETTER_YES:
        return float(value == "no")
    return float(value) if variable.numeric else list(variable.levels).index(str(value))  # type: ignore[arg-type]


def rows(variable: Variable, size: int) -> dict[str, list[object]]:
    """Rows of random values, a quarter of them missing."""
    draw = np.random.default_rng(len(variable.name))
    pools = {name_of(need): (NUMBERS | CODES)[name_of(need)] for need in variable.needs}
    found: dict[str, list[object]] = {}
    for name, pool in pools.items():
        values = [pool[k] for k in draw.integers(len(pool), size=size)]
        found[name] = [None if gone else value for value, gone in zip(values, draw.random(size) < 0.25, strict=True)]
    if "sum" in found:  # as the registry makes them: together, the sum between the largest and so many of it
        for i in range(size):
            count, largest, whole = (found[name][i] for name in ("count", "largest", "sum"))
            known = count is not None and largest is not None and whole is not None
            if not known or not largest <= whole <= count * largest:  # type: ignore[operator]
                found["largest"][i] = found["sum"][i] = None
            if draw.random() < 0.7:
                found["count"][i], found["tumour_count"][i] = 1.0, 1.0
                found["largest"][i] = found["sum"][i] = float(draw.choice(NUMBERS["largest"]))
    return found


CHECKED = [*SCORES, *BETTER_YES]


@pytest.mark.parametrize("variable", CHECKED, ids=lambda variable: variable.name)
def test_taking_an_input_away_never_gives_a_better_value(variable: Variable) -> None:
    columns = rows(variable, 600)
    whole = computed(variable, columns)
    assert len(set(whole) - {None}) > 1
    for name in columns:
        less = computed(variable, columns | {name: [None] * len(whole)})
        for before, after in zip(whole, less, strict=True):
            if after is not None:
                assert before is not None, f"{name} taken away gives a value that was open"
                assert rank(variable, after) >= rank(variable, before), f"{name} taken away gives a better value"


@pytest.mark.parametrize("variable", CHECKED, ids=lambda variable: variable.name)
def test_each_row_is_derived_alone_and_in_any_order(variable: Variable) -> None:
    columns = rows(variable, 80)
    whole = computed(variable, columns)
    assert computed(variable, {name: values[::-1] for name, values in columns.items()}) == whole[::-1]
    for i in range(5):
        assert computed(variable, {name: [values[i]] for name, values in columns.items()}) == [whole[i]]


@pytest.mark.parametrize("bad", [0.0, -1.0, np.inf])
@pytest.mark.parametrize("variable", SUMS, ids=lambda variable: variable.name)
def test_an_impossible_value_is_a_missing_one(variable: Variable, bad: float) -> None:
    usual: dict[str, list[object]] = {"bilirubin": [40.0], "albumin": [30.0], "inr": [2.0], "creatinine": [120.0],
             "sodium": [130.0], "ascites": ["none"], "encephalopathy": ["none"], "dialysis": ["no"], "sex": ["male"],
             "prothrombin_seconds": [None], "prothrombin_percent": [None]}  # fmt: skip
    assert computed(variable, usual) != [None]
    for need in variable.needs:
        name = name_of(need)
        if name in NUMBERS and not name.startswith("prothrombin"):
            assert computed(variable, usual | {name: [bad]}) == [None], name
