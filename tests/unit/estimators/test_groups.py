"""Tests of groups: by hand, symmetries, and data on which a test has no answer."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from y90outcomes.estimators.chi_square import chi_square, expected_counts
from y90outcomes.estimators.fisher import fisher
from y90outcomes.estimators.kruskal_wallis import kruskal_wallis
from y90outcomes.estimators.mann_whitney import mann_whitney
from y90outcomes.estimators.t_test import t_test

steady = settings(derandomize=True, database=None, deadline=None, max_examples=50)
small = st.lists(st.integers(0, 6), min_size=2, max_size=8)


def test_t_by_hand() -> None:
    # Means 2 and 5, variances 1 and 4, three each: pooled variance 2.5, t = −3/√(5/3), four degrees of freedom.
    pooled = t_test([1, 2, 3], [3, 5, 7], variance="pooled")
    assert (pooled.statistic, pooled.df) == (pytest.approx(-3 / math.sqrt(5 / 3)), 4.0)
    welch = t_test([1, 2, 3], [3, 5, 7])
    assert welch.df == pytest.approx((5 / 3) ** 2 / ((1 / 9 + 16 / 9) / 2))
    assert welch.statistic == pytest.approx(pooled.statistic)
    assert pooled.p < welch.p


def test_t_with_one_degree_of_freedom_is_cauchy() -> None:
    found = t_test([0.0], [1.0, 3.0], variance="pooled")
    assert found.p == pytest.approx(1 - 2 / math.pi * math.atan(abs(found.statistic)), rel=1e-12)


@pytest.mark.parametrize(
    ("a", "b", "variance", "reason"),
    [
        ([], [1, 2], "welch", "too few values: 0 and 2"),
        ([1], [1, 2], "welch", "too few values: 1 and 2"),
        ([1], [2], "pooled", "too few values: 1 and 1"),
        ([2, 2, 2], [3, 3], "welch", "the values do not vary within the groups"),
        ([0, 0], [0, 0], "pooled", "the values do not vary within the groups"),
    ],
)
def test_t_without_an_answer(a: list[float], b: list[float], variance: str, reason: str) -> None:
    found = t_test(a, b, variance=variance)
    assert (found.valid, found.reason) == (False, reason)
    assert math.isnan(found.p)


@pytest.mark.parametrize("scale", [1e-150, 1e-9, 1e150])
def test_t_does_not_depend_on_the_unit(scale: float) -> None:
    a, b = np.array([1.0, 4.0, 2.5]), np.array([3.0, 7.0, 6.0, 5.5])
    plain, scaled = t_test(a, b), t_test(a * scale, b * scale)
    assert (scaled.statistic, scaled.df, scaled.p) == pytest.approx((plain.statistic, plain.df, plain.p), rel=1e-12)


def test_mann_whitney_by_hand() -> None:
    # 1 2 | 3 4: the most extreme of six splits on either side: p = 2/6.
    found = mann_whitney([1, 2], [3, 4])
    assert (found.statistic, found.p) == (0.0, pytest.approx(1 / 3))
    assert found.conventions == {"mann_whitney": "exact"}
    # Ties: 1 1 | 1 2. Midranks 2 2 2 4; sums of two are 4 (three ways) or 6 (three ways), mean 5: all equally far.
    assert mann_whitney([1, 1], [1, 2]).p == 1.0
    # One against five: the last of six ranks, and its mirror.
    assert mann_whitney([9], [1, 2, 3, 4, 5]).p == pytest.approx(2 / 6)


def test_mann_whitney_automatic_limit() -> None:
    few, many = np.arange(12.0), np.arange(13.0) + 0.5
    assert mann_whitney(few, many).conventions == {"mann_whitney": "exact"}  # C(25, 12) = 5 200 300
    assert mann_whitney(many, many + 0.3).conventions == {"mann_whitney": "normal"}  # C(26, 13) = 10 400 600
    one, thousands = [0.5], np.arange(2000.0)
    assert mann_whitney(one, thousands).p == pytest.approx(4 / 2001)
    assert mann_whitney(thousands, one).p == pytest.approx(4 / 2001)


def test_mann_whitney_without_an_answer() -> None:
    assert mann_whitney([], [1.0]).reason == "a group has no values"
    same = mann_whitney([2, 2], [2, 2, 2], method="normal")
    assert (same.valid, same.reason) == (False, "all values are equal")
    assert mann_whitney([2, 2], [2, 2, 2]).p == 1.0
    long = mann_whitney(np.arange(400.0), np.arange(400.0), method="exact")
    assert "too long to count" in long.reason
    with pytest.raises(ValueError, match="b holds 1 missing"):
        mann_whitney([1.0], [math.nan])


@steady
@given(small, small)
def test_mann_whitney_symmetries(a: list[int], b: list[int]) -> None:
    for method in ("exact", "normal", "normal_cc"):
        ours, swapped = mann_whitney(a, b, method=method), mann_whitney(b, a, method=method)
        assert ours.valid == swapped.valid
        if ours.valid:
            assert swapped.statistic == len(a) * len(b) - ours.statistic
            assert swapped.p == pytest.approx(ours.p, rel=1e-12)
            assert 0.0 < ours.p <= 1.0
            stretched = mann_whitney(np.exp(a), np.exp(b), method=method)
            assert (stretched.statistic, stretched.p) == (ours.statistic, ours.p)


def test_kruskal_wallis_by_hand() -> None:
    # Ranks 1 2 | 3 4 | 5 6: H = 12/(6·7) (3²/2 + 7²/2 + 11²/2) − 3·7 = 32/7; two degrees of freedom: p = exp(−H/2).
    found = kruskal_wallis([[1, 2], [3, 4], [5, 6]])
    assert (found.statistic, found.df) == (pytest.approx(32 / 7), 2.0)
    assert found.p == pytest.approx(math.exp(-16 / 7))


@steady
@given(small, small)
def test_two_group_kruskal_wallis_is_the_normal_mann_whitney(a: list[int], b: list[int]) -> None:
    assume(len({*a, *b}) > 1)
    assert kruskal_wallis([a, b]).p == pytest.approx(mann_whitney(a, b, method="normal").p, rel=1e-9)


@pytest.mark.parametrize(
    ("groups", "reason"),
    [
        ([[1, 2]], "one group only: nothing to compare"),
        ([], "one group only: nothing to compare"),
        ([[1, 2], []], "a group has no values"),
        ([[3, 3], [3], [3]], "all values are equal"),
    ],
)
def test_kruskal_wallis_without_an_answer(groups: list[list[float]], reason: str) -> None:
    assert kruskal_wallis(groups).reason == reason


def test_chi_square_by_hand() -> None:
    # 10 0 / 0 10: every cell is 5 from 5: χ² = 20; Yates 4 · 4.5²/5 = 16.2; N − 1: 19.
    table = [[10, 0], [0, 10]]
    assert chi_square(table).statistic == pytest.approx(20.0)
    assert chi_square(table, correction="yates").statistic == pytest.approx(16.2)
    found = chi_square(table, correction="n_minus_1")
    assert (found.statistic, found.df, found.n) == (pytest.approx(19.0), 1.0, 20)
    assert found.p == pytest.approx(math.erfc(math.sqrt(19 / 2)), rel=1e-12)
    assert expected_counts(table).tolist() == [[5.0, 5.0], [5.0, 5.0]]


def test_yates_beyond_two_by_two_is_named_plain() -> None:
    table = [[3, 4, 5], [6, 2, 1]]
    found = chi_square(table, correction="yates")
    assert found.conventions == {"chi_square": "plain"}
    assert found.statistic == chi_square(table).statistic


def test_tables_without_an_answer() -> None:
    assert chi_square([[3, 0], [4, 0]]).reason == "a row or a column of the table is empty"
    assert chi_square([[3, 4]]).reason == "a table needs at least two rows and two columns"
    assert chi_square([]).reason == "a table needs at least two rows and two columns"
    assert np.isnan(expected_counts([[0, 0], [0, 0]])).all()
    assert fisher([[0, 0], [0, 0]]).reason == "the table is empty"
    assert fisher([[1, 2, 3]]).reason == "a table needs at least two rows and two columns"
    assert fisher([[3, 0], [4, 0]]).p == 1.0
    assert "too many tables" in fisher(np.full((6, 6), 30)).reason
    for test in (chi_square, fisher):
        with pytest.raises(ValueError, match="whole numbers"):
            test([[1.5, 2], [3, 4]])
        with pytest.raises(ValueError, match="two dimensions"):
            test([1, 2, 3])
        with pytest.raises(ValueError, match="whole numbers"):
            test([[-1, 2], [3, 4]])


def test_fisher_tea_tasting() -> None:
    # Fisher's lady: of 70 tables, those with 3 right (16 + 16) and 4 right (1 + 1).
    assert fisher([[3, 1], [1, 3]]).p == pytest.approx(34 / 70)
    assert fisher([[4, 0], [0, 4]]).p == pytest.approx(2 / 70)


cells = st.lists(st.integers(0, 6), min_size=6, max_size=6)


@steady
@given(cells)
def test_tables_do_not_depend_on_order(values: list[int]) -> None:
    table = np.reshape(values, (2, 3))
    turned = table[::-1, [2, 0, 1]].T
    assume(table.sum() > 0)
    assert fisher(turned).p == pytest.approx(fisher(table).p, rel=1e-9)
    ours, other = chi_square(table), chi_square(turned)
    assert ours.valid == other.valid
    if ours.valid:
        assert other.statistic == pytest.approx(ours.statistic, rel=1e-9, abs=1e-12)
