"""The recommendations as data and as functions of arrays: shapes, edges, three-valued logic, orders and units."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from y90outcomes.dosimetry import scenarios
from y90outcomes.dosimetry.recommendations import (
    NO,
    UNKNOWN,
    YES,
    Reading,
    States,
    attained,
    evaluate,
    every,
    guideline,
    negated,
    reserve_percent,
    some,
    spread_dose,
)
from y90outcomes.thresholds import RULES

GUIDE = guideline()
NAMES = ("bilirubin", "child_pugh_points", "tumour_dose", "perfused_normal_dose", "whole_normal_dose", "perfused_dose",
         "whole_liver_dose", "reserve")  # fmt: skip


def states(*values: int) -> States:
    return np.array(values, dtype=np.int8)


def values(n: int = 1, **given: float) -> dict[str, np.ndarray]:
    return {name: np.full(n, given.get(name, np.nan)) for name in NAMES}


def of(number: str, n: int = 1) -> np.ndarray:
    return np.full(n, number, dtype=object)


def test_the_five_scenarios_have_the_printed_table_degree_and_consensus() -> None:
    printed = {number: (page.table, page.degree, page.consensus) for number, page in GUIDE.scenarios.items()}
    assert printed == {
        "1": (3, "A", "strong"),
        "2": (4, "B", "strong"),
        "3": (5, "B", "strong"),
        "4": (6, "B", "strong"),
        "5": (7, "A", "moderate"),
    }
    assert list(GUIDE.degrees) == ["A", "B", "C", "D", "E"]
    assert {name: (page.get("min_percent"), page.get("max_percent")) for name, page in GUIDE.consensus.items()} == {
        "strong": (80, None),
        "moderate": (50, 79),
        "weak": (None, 49),
    }


def test_every_rule_and_alternative_is_whole() -> None:
    for name, rule in GUIDE.rules.items():
        assert set(rule.parts) <= set(GUIDE.scenarios), name
        assert set(rule.parts.values()) <= {"core", "preferred", "hypertrophy", "investigational", "selection"}
        assert set(rule.limits) <= set(RULES)
        assert bool(rule.limits) + (rule.by_bilirubin is not None) + bool(rule.by_scenario) == 1, name
        assert rule.unit in ("Gy", "%", "points")
        assert rule.value in (*NAMES, "normal_dose")
    for number, page in GUIDE.scenarios.items():
        for alternative, core in page.alternatives.items():
            assert alternative in GUIDE.alternatives
            assert all(GUIDE.rules[name].parts[number] == "core" for name in core)
        used = {name for core in page.alternatives.values() for name in core}
        assert used == {name for name in GUIDE.rules_of(number) if GUIDE.rules[name].parts[number] == "core"}
    assert GUIDE.rules_of("none") == ()


def test_the_bilirubin_limit_is_1_1_mg_dl_exactly() -> None:
    assert GUIDE.rules["normal_by_bilirubin"].by_bilirubin == (18.8144, 50.0, 90.0)


@pytest.mark.parametrize("bilirubin", [np.nan, 0.0, -3.0, np.inf])
def test_an_impossible_bilirubin_gives_no_limit(bilirubin: float) -> None:
    state, margin = evaluate("normal_by_bilirubin", values(bilirubin=bilirubin, whole_normal_dose=10.0), of("2"))
    assert state.tolist() == [UNKNOWN]
    assert np.isnan(margin).all()


@pytest.mark.parametrize("dose", [np.nan, -1.0, np.inf])
@pytest.mark.parametrize("name", GUIDE.rules)
def test_a_missing_or_impossible_number_is_not_evaluable(name: str, dose: float) -> None:
    number = next(iter(GUIDE.rules[name].parts))
    state, margin = evaluate(name, {key: np.array([dose]) for key in NAMES}, of(number))
    assert state.tolist() == [UNKNOWN]
    assert np.isnan(margin).all()


def test_a_limit_met_up_to_the_last_binary_digit_is_met() -> None:
    almost = 0.1 + 0.2 + 204.7  # 204.99999999999997 in floating point
    state, margin = evaluate("tad_205", values(tumour_dose=almost), of("3"))
    assert (state.tolist(), margin.tolist()) == ([YES], [0.0])
    state, margin = evaluate("tad_above_250", values(tumour_dose=250.00000000000003), of("3"))
    assert (state.tolist(), margin.tolist()) == ([NO], [0.0])


def test_normal_tissue_of_the_120_gy_limit() -> None:
    found = values(perfused_normal_dose=130.0, whole_normal_dose=110.0)
    assert evaluate("ntad_120", found, of("3"))[0].tolist() == [NO]
    assert evaluate("ntad_120", found, of("3"), Reading(normal_voi="whole_liver"))[0].tolist() == [YES]


def test_an_unknown_rule_is_an_error() -> None:
    with pytest.raises(KeyError):
        evaluate("tad_206", values(), of("3"))


@pytest.mark.parametrize(
    ("whole", "perfused", "expected"),
    [
        (1000, 700, 30.0),
        (1000, 0, 100.0),
        (1000, 1000, 0.0),
        (1000, 1000.1, None),
        (0, 0, None),
        (-5, -6, None),
        (np.nan, 3, None),
        (1000, np.inf, None),
    ],
)
def test_reserve(whole: float, perfused: float, expected: float | None) -> None:
    made = reserve_percent([whole], [perfused])
    assert np.isnan(made[0]) if expected is None else made[0] == expected


def test_three_valued_logic() -> None:
    left, right = states(1, 1, 1, 0, 0, 0, -1, -1, -1), states(1, 0, -1, 1, 0, -1, 1, 0, -1)
    assert every([left, right]).tolist() == [1, 0, -1, 0, 0, 0, -1, 0, -1]
    assert some([left, right]).tolist() == [1, 1, 1, 1, 0, -1, 1, -1, -1]
    assert negated(states(1, 0, -1)).tolist() == [0, 1, -1]


@given(
    st.lists(
        st.tuples(st.sampled_from("12345"), st.floats(0, 600), st.floats(0, 200), st.floats(1, 60), st.floats(0, 100)),
        min_size=1,
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_patients_does_not_matter_and_less_is_never_attained(rows: list[tuple], random: object) -> None:
    number = np.array([row[0] for row in rows], dtype=object)
    numbers = np.array([row[1:] for row in rows])
    found = {
        "tumour_dose": numbers[:, 0],
        "perfused_dose": numbers[:, 0],
        "whole_liver_dose": numbers[:, 1],
        "perfused_normal_dose": numbers[:, 1],
        "whole_normal_dose": numbers[:, 1],
        "bilirubin": numbers[:, 2],
        "reserve": numbers[:, 3],
        "child_pugh_points": np.full(len(rows), 6.0),
    }
    once = attained(found, number)
    order = list(range(len(rows)))
    random.shuffle(order)  # type: ignore[attr-defined]
    again = attained({name: column[order] for name, column in found.items()}, number[order])
    assert again.tolist() == once[order].tolist()
    assert UNKNOWN not in once
    for name in found:
        lacking = attained(found | {name: np.full(len(rows), np.nan)}, number)
        assert not ((lacking == YES) & (once != YES)).any(), f"without {name} more patients attain"
        assert not ((lacking == NO) & (once != NO)).any(), f"without {name} more patients fail"


def test_no_scenario_and_no_patient() -> None:
    assert attained(values(n=2), np.array(["none", None], dtype=object)).tolist() == [UNKNOWN, UNKNOWN]
    assert attained(values(n=0), np.array([], dtype=object)).tolist() == []
    empty = np.array([], dtype=np.int8)
    made = scenarios.assign(scenarios.Facts(*(empty for _ in range(6))))
    assert [len(made.scenario), len(made.reason), len(made.overlap)] == [0, 0, 0]


def test_an_overlap_or_reason_nobody_foresaw_does_not_exist() -> None:
    """Over every combination of known facts: codes and labels cover what `assign` gives."""
    grid = np.array(np.meshgrid(*([[YES, NO, UNKNOWN]] * 6))).reshape(6, -1).astype(np.int8)
    made = scenarios.assign(scenarios.Facts(*grid))
    assert set(made.overlap) - {None} <= set(scenarios.OVERLAPS)
    assert set(made.reason) <= set(scenarios.REASONS)
    assert set(made.scenario) == {"1", "2", "3", "4", "5", "none", None}


def test_dose_of_the_whole_liver_from_its_perfused_part() -> None:
    made = spread_dose([120.0, np.nan, 120.0, -1.0], [600.0, 600.0, 1300.0, 600.0], [1200.0] * 4)
    assert made[0] == 60.0
    assert np.isnan(made[1:]).all()
