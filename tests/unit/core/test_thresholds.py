"""A clinical limit is the same limit however its number was computed."""

from __future__ import annotations

import math
import operator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from y90outcomes.thresholds import RULES, compare, significant


def one(value: float, rule: str, limit: float) -> bool:
    return bool(compare([value], rule, limit)[0])


def test_the_two_traps_of_floating_point_are_there_and_stepped_around() -> None:
    assert 3.6 > 3 * 1.2
    assert not one(3.6, "above", 3 * 1.2)
    assert one(3.6, "max", 3 * 1.2)
    assert not 12 / 10 - 1 >= 0.2
    assert one(12 / 10 - 1, "min", 0.2)
    assert one(12.0, "min", 1.2 * 10)
    assert one(0.1 + 0.2, "max", 0.3)


@pytest.mark.parametrize(
    ("rule", "below", "equal", "above"),
    [
        ("min", False, True, True),
        ("max", True, True, False),
        ("above", False, False, True),
        ("below", True, False, False),
    ],
)
def test_each_rule_below_at_and_above_its_limit(rule: str, below: bool, equal: bool, above: bool) -> None:
    assert compare([199.0, 200.0, 201.0], rule, 200).tolist() == [below, equal, above]


def test_the_twelfth_digit_counts_and_the_thirteenth_does_not() -> None:
    assert one(1.00000000001, "above", 1)
    assert not one(1.0000000000001, "above", 1)


@pytest.mark.parametrize("rule", RULES)
def test_missing_never_meets(rule: str) -> None:
    assert compare([math.nan, 1.0], rule, math.nan).tolist() == [False, False]
    assert not one(math.nan, rule, 1)


def test_signs_zero_and_infinity() -> None:
    assert one(-2.6, "max", -2.60)
    assert one(-2.600000000001, "max", -2.6)
    assert not one(-2.59, "max", -2.6)
    assert one(0.0, "min", -0.0)
    assert one(math.inf, "above", 1e308)
    assert one(-math.inf, "below", -1e308)
    assert one(math.inf, "max", math.inf)


@pytest.mark.parametrize("size", [5e-324, 1e-310, 1e-300, 1e-12, 1e12, 1e22, 1e300, 1.7e308])
def test_tiny_and_huge_values_keep_their_order(size: float) -> None:
    assert significant([size])[0] == pytest.approx(size, rel=1e-11)
    assert one(size, "min", size)
    assert one(size, "above", 0)
    assert one(size, "above", size / 2)
    assert not np.isnan(significant([size, -size])).any()


def test_limits_may_differ_row_by_row() -> None:
    assert compare([1.0, 2.0, 3.0], "min", [1.0, 3.0, math.nan]).tolist() == [True, False, False]


@settings(deadline=None, derandomize=True, database=None)
@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9), st.sampled_from([1, 10, 100, 1000]))
def test_decimal_numbers_compare_as_their_digits_do(a: int, b: int, scale: int) -> None:
    signs = {"min": operator.ge, "max": operator.le, "above": operator.gt, "below": operator.lt}
    for rule, sign in signs.items():
        assert one(a / scale, rule, b / scale) == sign(a, b)


@settings(deadline=None, derandomize=True, database=None)
@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e290, max_value=1e290))
def test_taking_significant_digits_twice_is_taking_them_once(value: float) -> None:
    once = significant([value])
    assert significant(once)[0] == once[0]
    assert once[0] == pytest.approx(value, rel=1e-11, abs=1e-300)
