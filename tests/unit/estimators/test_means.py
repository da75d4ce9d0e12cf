"""Means, geometric means, standardised differences: closed forms, nasty inputs, units."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from y90outcomes.estimators.geometric_means import geometric_mean, geometric_mean_ratio
from y90outcomes.estimators.means import mean, mean_difference
from y90outcomes.estimators.standardised_difference import standardised_difference, standardised_difference_of_levels
from y90outcomes.estimators.t_test import t_test

steady = settings(derandomize=True, database=None, deadline=None, max_examples=40)
doses = st.lists(st.floats(1.0, 1e4), min_size=2, max_size=12)


def test_mean_with_three_values_by_hand() -> None:
    quantile = math.sqrt(2 * 0.95**2 / (1 - 0.95**2))
    found = mean([1.0, 2.0, 6.0])
    half = quantile * math.sqrt(7 / 3)
    assert found.estimate == 3.0
    assert (found.lower, found.upper) == (pytest.approx(3 - half, rel=1e-12), pytest.approx(3 + half, rel=1e-12))


def test_geometric_mean_by_hand() -> None:
    quantile = math.sqrt(2 * 0.95**2 / (1 - 0.95**2))
    found = geometric_mean([1.0, 10.0, 100.0])
    assert found.estimate == pytest.approx(10.0, rel=1e-14)
    assert found.upper == pytest.approx(10.0 ** (1 + quantile / math.sqrt(3)), rel=1e-11)
    assert found.se == pytest.approx(10.0 * math.log(10) / math.sqrt(3), rel=1e-12)


def test_ratio_of_geometric_means_is_the_t_test_of_logarithms() -> None:
    a, b = [210.0, 340, 510, 290], [150.0, 120, 260]
    for variance in ("welch", "pooled"):
        found = geometric_mean_ratio(a, b, variance=variance)
        test = t_test(np.log(a), np.log(b), variance=variance)
        assert (found.statistic, found.p) == (pytest.approx(test.statistic), pytest.approx(test.p))
        assert (found.lower > 1) == (found.p < 0.05)
        assert found.conventions == {"t_test": variance}


@pytest.mark.parametrize("estimator", [geometric_mean, lambda x: geometric_mean_ratio(x, [1.0, 2.0])])
def test_zero_or_below_has_no_geometric_mean_and_is_counted(estimator) -> None:
    found = estimator([3.0, 0.0, -1.0, 5.0])
    assert not found.valid
    assert math.isnan(found.estimate)
    assert "2 of " in found.reason
    assert "values are 0 or below" in found.reason


def test_few_or_equal_values_have_no_interval() -> None:
    assert mean([]).reason == "no value in this group"
    assert not geometric_mean([]).valid
    for one in (mean([4.0]), geometric_mean([4.0])):
        assert (one.estimate, one.reason) == (pytest.approx(4.0), "one value has no interval")
    for equal in (mean([4.0] * 3), geometric_mean([4.0] * 3), mean([0.1] * 7), mean([0.0, 0.0])):
        assert math.isnan(equal.lower)
        assert equal.reason == "the values do not vary"
    found = mean_difference([1.0], [2.0, 3.0])
    assert (found.estimate, found.reason) == (-1.5, "too few values for an interval: 1 and 2")
    assert not math.isnan(mean_difference([1.0], [2.0, 3.0], variance="pooled").lower)
    assert "too few" in mean_difference([1.0], [2.0], variance="pooled").reason
    assert mean_difference([2.0, 2.0], [3.0, 3.0]).reason == "the values do not vary within the groups"
    assert mean_difference([2.0, 2.0], [2.0, 2.0]).estimate == 0.0
    assert mean_difference([], [3.0, 3.0]).reason == "a group is empty"
    assert not geometric_mean_ratio([], [3.0, 3.0]).valid


def test_huge_and_tiny_values() -> None:
    wide = geometric_mean([1e-300, 1e300])
    assert wide.estimate == pytest.approx(1.0)
    assert wide.not_reached == ("upper",)
    assert "too large" in wide.reason
    for scale in (1e-300, 1e300):
        a, b = np.array([1.0, 2, 4]) * scale, np.array([2.0, 3, 7]) * scale
        assert geometric_mean_ratio(a, b).estimate == pytest.approx((8 / 42) ** (1 / 3), rel=1e-12)
        assert mean_difference(a, b).estimate / scale == pytest.approx(7 / 3 - 4, rel=1e-12)
        assert standardised_difference(a, b).estimate == pytest.approx(
            standardised_difference(a / scale, b / scale).estimate, rel=1e-12
        )
    assert geometric_mean_ratio([1e300, 1e300, 1e299], [1e-300, 1e-300, 1e-299]).not_reached[0] == "estimate"


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_missing_values_are_refused(bad: float) -> None:
    for call in (mean, geometric_mean):
        with pytest.raises(ValueError, match="missing or infinite"):
            call([1.0, bad])
    for compare in (mean_difference, geometric_mean_ratio, standardised_difference, standardised_difference_of_levels):
        with pytest.raises(ValueError, match="missing or infinite"):
            compare([1.0, bad], [1.0, 2.0])
    with pytest.raises(ValueError, match="level"):
        mean([1.0, 2.0], level=1.0)
    with pytest.raises(ValueError, match="t_test: 'other'"):
        mean_difference([1.0, 2.0], [3.0, 4.0], variance="other")
    with pytest.raises(ValueError, match="smd_variance: 'other'"):
        standardised_difference([1.0, 2.0], [3.0, 4.0], variance="other")


@steady
@given(doses, doses)
def test_the_unit_of_dose_does_not_matter(a: list[float], b: list[float]) -> None:
    """Gy and mGy."""
    x, y = np.array(a), np.array(b)
    for compare in (geometric_mean_ratio, standardised_difference):
        one, other = compare(x, y), compare(x * 1000, y * 1000)
        assert one.reason == other.reason
        assert (one.estimate, one.lower, one.upper) == pytest.approx(
            (other.estimate, other.lower, other.upper), rel=1e-7, abs=1e-9, nan_ok=True
        )


@steady
@given(doses, doses)
def test_the_order_of_values_and_groups_does_not_matter(a: list[float], b: list[float]) -> None:
    for variance in ("welch", "pooled"):
        one, back = mean_difference(a, b, variance=variance), mean_difference(b[::-1], a[::-1], variance=variance)
        assert one.estimate == -back.estimate
        assert (one.lower, one.p) == pytest.approx((-back.upper, back.p), rel=1e-9, nan_ok=True)
        test = t_test(a, b, variance=variance)
        assert (one.statistic, one.p) == pytest.approx((test.statistic, test.p), rel=1e-9, nan_ok=True)


def test_standardised_difference_by_hand() -> None:
    # Variances 1 and 4, means 2 and 5: 3 / √2.5; pooled with 3 and 3 values the same.
    a, b = [4.0, 5.0, 6.0], [0.0, 2.0, 4.0]
    found = standardised_difference(a, b)
    assert found.estimate == pytest.approx(3 / math.sqrt(2.5), rel=1e-14)
    assert found.se == pytest.approx(math.sqrt(6 / 9 + 3.6 / 12), rel=1e-12)
    assert standardised_difference(a, [0.0, 2.0, 4.0, 2.0], variance="pooled").estimate == pytest.approx(
        3 / math.sqrt((2 * 1 + 3 * (8 / 3)) / 5), rel=1e-14
    )


def test_two_levels_by_hand_and_the_sign() -> None:
    # 3/4 and 1/4 of the second level: 0.5 / √(3/16).
    found = standardised_difference_of_levels([1, 3], [3, 1])
    assert found.estimate == pytest.approx(0.5 / math.sqrt(3 / 16), rel=1e-14)
    assert standardised_difference_of_levels([3, 1], [1, 3]).estimate == -found.estimate
    assert standardised_difference_of_levels([3, 0, 1], [1, 0, 3]).estimate == pytest.approx(-found.estimate)
    assert standardised_difference_of_levels([2, 2], [5, 5]).estimate == 0.0


def test_three_levels_by_fractions() -> None:
    a, b = (2, 3, 5), (4, 4, 2)
    p, q = [Fraction(x, 10) for x in a], [Fraction(x, 10) for x in b]
    s = [
        [((p[i] if i == j else 0) - p[i] * p[j] + (q[i] if i == j else 0) - q[i] * q[j]) / 2 for j in (1, 2)]
        for i in (1, 2)
    ]
    d = [p[i] - q[i] for i in (1, 2)]
    determinant = s[0][0] * s[1][1] - s[0][1] * s[1][0]
    squared = (d[0] ** 2 * s[1][1] - 2 * d[0] * d[1] * s[0][1] + d[1] ** 2 * s[0][0]) / determinant
    for order in ([0, 1, 2], [2, 0, 1], [1, 2, 0]):
        found = standardised_difference_of_levels([a[i] for i in order], [b[i] for i in order])
        assert found.estimate == pytest.approx(math.sqrt(squared), rel=1e-12)
    assert standardised_difference_of_levels([4, 4, 4], [5, 5, 5]).lower == 0.0


@pytest.mark.parametrize(
    ("a", "b", "reason"),
    [
        ([0, 0], [1, 2], "a group is empty"),
        ([3, 0], [4, 0], "everybody has the same level"),
        ([], [], "a group is empty"),
        ([3, 0], [0, 4], "the groups share no level: the difference is infinite"),
        ([3, 1, 0, 0], [0, 0, 2, 2], "the groups share no level: the difference is infinite"),
    ],
)
def test_levels_without_a_difference(a: list[int], b: list[int], reason: str) -> None:
    found = standardised_difference_of_levels(a, b)
    assert (found.valid, found.reason) == (False, reason)
    assert math.isnan(found.estimate)


def test_numbers_without_a_standardised_difference() -> None:
    assert standardised_difference([1.0], [1.0, 2.0]).reason == "too few values: 1 and 2"
    assert standardised_difference([], []).reason == "too few values: 0 and 0"
    assert standardised_difference([2.0, 2.0], [3.0, 3.0]).reason == "the values do not vary within the groups"
    assert not standardised_difference([0.1] * 3, [0.3] * 3).valid
    for bad in ([1.5, 2], [-1, 2]):
        with pytest.raises(ValueError, match="whole numbers"):
            standardised_difference_of_levels(bad, [1, 2])
    with pytest.raises(ValueError, match="differ in length"):
        standardised_difference_of_levels([1, 2, 3], [1, 2])
