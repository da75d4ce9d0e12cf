"""Describing numbers and proportions: closed forms by hand, edge cases, invariances."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from y90outcomes.estimators.proportions import proportion
from y90outcomes.estimators.summaries import describe, quantile

steady = settings(derandomize=True, database=None, deadline=None, max_examples=60)
finite = st.floats(-1e6, 1e6)


@pytest.mark.parametrize(("kind", "expected"), [("2", 30.0), ("6", 27.5), ("7", 32.5)])
def test_first_quartile_by_type(kind: str, expected: float) -> None:
    # Ten values 10, 20, 30, 40 ...: nq = 2.5 → third; (n+1)q = 2.75; 1+(n−1)q = 3.25.
    assert quantile([10, 20, 30, 40, 50, 60, 70, 80, 90, 100], 0.25, kind) == expected


def test_type_two_averages_where_the_share_is_whole_despite_rounding() -> None:
    assert 30 * 0.1 == 3.0
    assert quantile(np.arange(1.0, 31.0), 0.1, "2") == 3.5
    assert 0.07 * 100 > 7  # floating point alone would take the eighth value
    assert quantile(np.arange(1.0, 101.0), 0.07, "2") == 7.5


def test_describe_by_hand() -> None:
    found = describe([4.0, math.nan, 2.0, 9.0, 5.0])
    assert (found.n, found.missing, found.mean, found.median) == (4, 1, 5.0, 4.5)
    assert found.sd == pytest.approx(math.sqrt(26 / 3), rel=1e-15)
    assert (found.low, found.q1, found.q3, found.high) == (2.0, 3.5, 6.0, 9.0)
    assert found.conventions == {"quantile_type": "7"}


def test_one_value_has_no_sd_and_none_has_nothing() -> None:
    one = describe([3.25])
    assert math.isnan(one.sd)
    assert (one.mean, one.median, one.q1, one.high) == (3.25, 3.25, 3.25, 3.25)
    empty = describe([math.nan, math.nan])
    assert (empty.n, empty.missing) == (0, 2)
    assert all(math.isnan(x) for x in (empty.mean, empty.sd, empty.median, empty.q1, empty.q3, empty.low, empty.high))


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_tiny_and_huge_values_keep_their_digits(scale: float) -> None:
    found = describe(np.array([1.0, 2.0, 4.0]) * scale)
    assert found.sd / scale == pytest.approx(math.sqrt(7 / 3), rel=1e-14)
    assert found.mean / scale == pytest.approx(7 / 3, rel=1e-14)


def test_sd_survives_a_large_offset() -> None:
    assert describe([1e9 + 1, 1e9 + 2, 1e9 + 3]).sd == pytest.approx(1.0, rel=1e-6)


@steady
@given(st.lists(finite, min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_order_moves_no_digit(values: list[float], random) -> None:
    shuffled = list(values)
    random.shuffle(shuffled)
    fields = ("mean", "sd", "median", "q1", "q3", "low", "high")
    first, second = describe(values), describe(shuffled)
    assert [repr(getattr(first, f)) for f in fields] == [repr(getattr(second, f)) for f in fields]


@steady
@given(st.lists(finite, min_size=1, max_size=30), st.floats(0, 1))
def test_quantiles_equal_numpy(values: list[float], q: float) -> None:
    for kind, method in (("6", "weibull"), ("7", "linear")):
        assert quantile(values, q, kind) == pytest.approx(np.quantile(values, q, method=method), rel=1e-9, abs=1e-6)


def test_summaries_refuse_what_they_cannot_describe() -> None:
    with pytest.raises(ValueError, match="x holds 1 missing"):
        quantile([1.0, math.nan], 0.5)
    with pytest.raises(ValueError, match="x holds 1 missing or infinite"):
        describe([1.0, math.inf])
    with pytest.raises(ValueError, match="q must lie"):
        quantile([1.0], 1.5)
    with pytest.raises(ValueError, match="quantile_type: '5' is not one of 7, 2, 6"):
        describe([1.0], "5")
    with pytest.raises(ValueError, match="x must be numbers"):
        quantile(["a"], 0.5)
    assert math.isnan(quantile([], 0.5))


# Newcombe 1998, Stat Med 17:857, Table I: 81/263, 15/148, 0/20, 1/29.
@pytest.mark.parametrize(
    ("x", "n", "kind", "lower", "upper"),
    [
        (81, 263, "wald", 0.2522, 0.3638),
        (81, 263, "wilson", 0.2553, 0.3662),
        (81, 263, "wilson_cc", 0.2535, 0.3682),
        (81, 263, "clopper_pearson", 0.2527, 0.3676),
        (15, 148, "wilson", 0.0624, 0.1605),
        (15, 148, "wilson_cc", 0.0598, 0.1644),
        (0, 20, "wilson", 0.0, 0.1611),
        (0, 20, "wilson_cc", 0.0, 0.2005),
        (0, 20, "clopper_pearson", 0.0, 0.1684),
        (1, 29, "wilson", 0.0061, 0.1718),
        (1, 29, "clopper_pearson", 0.0009, 0.1776),
    ],
)
def test_proportions_of_newcombe(x: int, n: int, kind: str, lower: float, upper: float) -> None:
    found = proportion(x, n, interval=kind)
    assert (round(found.lower, 4), round(found.upper, 4)) == (lower, upper)


def test_clopper_pearson_at_the_ends_is_a_power() -> None:
    found = proportion(0, 12, interval="clopper_pearson")
    assert (found.lower, found.upper) == (0.0, pytest.approx(1 - 0.025 ** (1 / 12), rel=1e-12))
    assert proportion(12, 12, interval="clopper_pearson").upper == 1.0


def test_nobody_gives_no_proportion() -> None:
    found = proportion(0, 0)
    assert not found.valid
    assert math.isnan(found.estimate)
    assert found.reason == "no proportion: nobody in the denominator"


@pytest.mark.parametrize(("x", "n"), [(3, 2), (-1, 5), (1.5, 3)])
def test_impossible_counts_are_refused(x: float, n: int) -> None:
    with pytest.raises(ValueError, match="whole numbers"):
        proportion(x, n)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="level"):
        proportion(1, 2, level=1.0)


@steady
@given(st.integers(0, 60), st.integers(0, 60), st.sampled_from(["wilson", "wilson_cc", "clopper_pearson", "wald"]))
def test_counting_the_failures_mirrors_the_interval(x: int, rest: int, kind: str) -> None:
    n = max(x + rest, 1)
    ours, mirror = proportion(x, n, interval=kind), proportion(n - x, n, interval=kind)
    assert (ours.lower, ours.upper) == pytest.approx((1 - mirror.upper, 1 - mirror.lower), abs=1e-12)
    assert ours.lower <= ours.estimate <= ours.upper
