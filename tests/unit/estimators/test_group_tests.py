"""McNemar, Cochran–Armitage, Jonckheere–Terpstra, correlation and adjustment: by hand, nasty inputs, properties."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from y90outcomes.conventions import CONVENTIONS
from y90outcomes.estimators.adjustment import adjust
from y90outcomes.estimators.cochran_armitage import cochran_armitage
from y90outcomes.estimators.correlation import pearson, spearman
from y90outcomes.estimators.jonckheere_terpstra import jonckheere_terpstra
from y90outcomes.estimators.mann_whitney import mann_whitney
from y90outcomes.estimators.mcnemar import mcnemar
from y90outcomes.estimators.numbers import Estimate, Test

SMALL = st.lists(st.integers(0, 4), min_size=1, max_size=5)
EXTREMES = (1e-300, 1e-3, 1000.0, 1e300)


def refused(made: Test | Estimate, reason: str) -> None:
    number = made.estimate if isinstance(made, Estimate) else made.statistic
    assert not made.valid
    assert math.isnan(number)
    assert math.isnan(made.p)
    assert made.reason == reason


# --- McNemar


def test_mcnemar_by_hand() -> None:
    table = [[20, 1], [9, 4]]
    assert mcnemar(table).p == pytest.approx(2 * (1 + 10) / 2**10, rel=1e-14)  # 1 against 9 of 10
    assert math.isnan(mcnemar(table).statistic)
    plain, edwards = mcnemar(table, method="plain"), mcnemar(table, method="edwards")
    assert (plain.statistic, plain.df, plain.n) == (6.4, 1, 34)
    assert edwards.statistic == 4.9
    assert edwards.p == pytest.approx(math.erfc(math.sqrt(2.45)), rel=1e-14)
    assert edwards.conventions == {"mcnemar": "edwards"}


@pytest.mark.parametrize("method", CONVENTIONS["mcnemar"].names)
def test_mcnemar_at_the_edges(method: str) -> None:
    assert mcnemar([[0, 3], [3, 0]], method=method).p == 1
    refused(mcnemar([[4, 0], [0, 2]], method=method), "no pair is discordant")
    refused(mcnemar([[0, 0], [0, 0]], method=method), "nobody has both readings")
    assert mcnemar([[0, 10**6], [10**6 + 1, 0]], method=method).p == pytest.approx(1, abs=2e-3)
    assert mcnemar([[0, 0], [4000, 0]], method=method).p < 1e-300
    one = mcnemar([[0, 1], [0, 0]], method=method)
    assert one.p == pytest.approx({"exact": 1, "plain": math.erfc(math.sqrt(0.5)), "edwards": 1}[method], rel=1e-14)


def test_mcnemar_refuses_what_is_no_pair_of_readings() -> None:
    with pytest.raises(ValueError, match="2 × 2"):
        mcnemar([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    with pytest.raises(ValueError, match="2 × 2"):
        mcnemar([])
    with pytest.raises(ValueError, match="whole"):
        mcnemar([[1, 2.5], [3, 4]])
    with pytest.raises(ValueError, match="missing"):
        mcnemar([[1, math.nan], [3, 4]])
    with pytest.raises(ValueError, match="mcnemar"):
        mcnemar([[1, 2], [3, 4]], method="yates")


# --- Cochran–Armitage


def test_cochran_armitage_by_hand() -> None:
    # Shares 1/4, 2/4, 3/4 at scores 1, 2, 3: slope sum 2, p(1 − p) = 1/4, spread of scores 8; 4 / 2 = 2.
    made = cochran_armitage([1, 2, 3], [4, 4, 4])
    assert made.statistic == pytest.approx(2, rel=1e-14)
    assert made.p == pytest.approx(math.erfc(1), rel=1e-14)
    assert (made.df, made.n, made.conventions) == (1, 12, {"cochran_armitage": "n", "scores": "1, 2, 3"})
    less = cochran_armitage([1, 2, 3], [4, 4, 4], variance="n_minus_1")
    assert less.statistic == pytest.approx(2 * 11 / 12, rel=1e-14)


@pytest.mark.parametrize("unit", [*EXTREMES, -2.0])
def test_the_unit_and_origin_of_the_scores_do_not_matter(unit: float) -> None:
    made = cochran_armitage([1, 2, 5], [4, 5, 6], [unit, 2 * unit, 4 * unit])
    assert made.statistic == pytest.approx(cochran_armitage([1, 2, 5], [4, 5, 6], [1, 2, 4]).statistic, rel=1e-12)
    assert made.statistic == pytest.approx(cochran_armitage([3, 3, 1], [4, 5, 6], [8, 9, 11]).statistic, rel=1e-12)


@pytest.mark.parametrize(
    ("events", "n", "scores", "reason"),
    [
        ([], [], None, "nobody is in any group"),
        ([0, 0], [0, 0], None, "nobody is in any group"),
        ([1], [2], None, "the subjects have one score only"),
        ([1, 0], [2, 0], None, "the subjects have one score only"),
        ([1, 1], [2, 3], [7, 7], "the subjects have one score only"),
        ([0, 0], [2, 3], None, "no events"),
        ([2, 3], [2, 3], None, "everybody has the event"),
    ],
)
def test_no_trend_to_test(events: list[int], n: list[int], scores: list[float] | None, reason: str) -> None:
    refused(cochran_armitage(events, n, scores), reason)


def test_an_empty_group_keeps_its_place_and_adds_nothing() -> None:
    made = cochran_armitage([1, 0, 3], [4, 0, 4])
    assert made.statistic == pytest.approx(cochran_armitage([1, 3], [4, 4], [1, 3]).statistic, rel=1e-14)


@pytest.mark.parametrize(
    ("events", "n", "scores", "says"),
    [
        ([3], [2], None, "exceed"),
        ([1, 2], [3], None, "differ in length"),
        ([1, 2], [3, 4], [1], "differ in length"),
        ([0.5, 1], [3, 4], None, "whole"),
        ([-1, 1], [3, 4], None, "not below 0"),
        ([1, math.nan], [3, 4], None, "missing"),
        ([1, 1], [3, 4], [1, math.inf], "missing or infinite"),
    ],
)
def test_cochran_armitage_refuses(events: list[float], n: list[float], scores: list[float] | None, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        cochran_armitage(events, n, scores)


# --- Jonckheere–Terpstra


def test_jonckheere_terpstra_by_hand() -> None:
    # One order of six in which all three pairs agree: both tails hold 1 of 6.
    made = jonckheere_terpstra([[1], [2], [3]])
    assert (made.statistic, made.n, made.conventions) == (3, 3, {"jonckheere_terpstra": "exact"})
    assert made.p == pytest.approx(2 / 6, rel=1e-14)
    normal = jonckheere_terpstra([[1], [2], [3]], method="normal")
    assert normal.p == pytest.approx(math.erfc(1.5 / math.sqrt(2 * 11 / 12)), rel=1e-14)


@given(a=SMALL, b=SMALL)
@settings(deadline=None, max_examples=60)
def test_two_groups_are_mann_whitney(a: list[int], b: list[int]) -> None:
    exact, same = jonckheere_terpstra([a, b], method="exact"), mann_whitney(b, a, method="exact")
    normal, other = jonckheere_terpstra([a, b], method="normal"), mann_whitney(b, a, method="normal")
    if len(set(a + b)) == 1:
        refused(exact, "all values are equal")
        return
    assert exact.statistic == same.statistic
    assert exact.p == pytest.approx(same.p, rel=1e-12)
    assert normal.p == pytest.approx(other.p, rel=1e-12)


@given(groups=st.lists(SMALL, min_size=3, max_size=3))
@settings(deadline=None, max_examples=40)
def test_the_reverse_order_has_the_same_p(groups: list[list[int]]) -> None:
    for method in ("exact", "normal"):
        one, other = jonckheere_terpstra(groups, method=method), jonckheere_terpstra(groups[::-1], method=method)
        assert one.valid == other.valid
        if one.valid:
            pairs = sum(len(a) * len(b) for a, b in combinations(groups, 2))
            assert one.statistic + other.statistic == pairs
            assert one.p == pytest.approx(other.p, rel=1e-12)
            assert 0 < one.p <= 1


@pytest.mark.parametrize("unit", EXTREMES)
def test_order_is_all_that_counts(unit: float) -> None:
    groups = [[1.0, 4.0, 2.5], [3.0, 5.0], [4.5, 7.0, 6.0]]
    scaled = [[value * unit for value in group] for group in groups]
    assert repr(jonckheere_terpstra(scaled)) == repr(jonckheere_terpstra(groups))  # NaN is not NaN from Python 3.13 on


def test_auto_turns_to_the_normal_approximation() -> None:
    few, many = [[1.0, 3, 5], [2.0, 4, 6]], [list(range(k, 60 + k)) for k in range(3)]
    assert jonckheere_terpstra(few).conventions["jonckheere_terpstra"] == "exact"
    assert jonckheere_terpstra(many).conventions["jonckheere_terpstra"] == "normal"
    reason = "the exact distribution is too long to count; use the normal approximation"
    refused(jonckheere_terpstra([list(range(k, 300 + k)) for k in range(3)], method="exact"), reason)


@pytest.mark.parametrize("method", CONVENTIONS["jonckheere_terpstra"].names)
def test_jonckheere_terpstra_without_a_comparison(method: str) -> None:
    refused(jonckheere_terpstra([], method=method), "one group only: nothing to compare")
    refused(jonckheere_terpstra([[1, 2]], method=method), "one group only: nothing to compare")
    refused(jonckheere_terpstra([[1, 2], []], method=method), "a group has no values")
    refused(jonckheere_terpstra([[2], [2, 2], [2]], method=method), "all values are equal")
    with pytest.raises(ValueError, match="missing"):
        jonckheere_terpstra([[1, math.nan], [2]], method=method)
    assert jonckheere_terpstra([[1], [2]], method=method).p <= 1


# --- Correlation


def test_pearson_by_hand() -> None:
    made = pearson([1, 2, 3, 4], [1, 3, 2, 4])
    assert made.estimate == pytest.approx(0.8, rel=1e-14)
    assert made.statistic == pytest.approx(0.8 * math.sqrt(2) / 0.6, rel=1e-13)
    half = 1.959963984540054
    assert (made.lower, made.upper) == pytest.approx(
        (math.tanh(math.atanh(0.8) - half), math.tanh(math.atanh(0.8) + half)), rel=1e-12
    )


def test_spearman_exact_by_hand() -> None:
    # Of the 24 orders of four, ρ = 1 and −1 once each and ±0.8 three times each.
    assert spearman([1, 2, 3, 4], [1, 2, 3, 4]).p == pytest.approx(2 / 24, rel=1e-14)
    made = spearman([1, 2, 3, 4], [1, 2, 4, 3])
    assert made.estimate == pytest.approx(0.8, rel=1e-14)
    assert made.statistic == pytest.approx(2, rel=1e-13)
    assert made.p == pytest.approx(8 / 24, rel=1e-14)
    half = 1.959963984540054 * math.sqrt(1.32)
    assert made.lower == pytest.approx(math.tanh(math.atanh(0.8) - half), rel=1e-12)
    assert made.conventions == {"spearman": "exact", "spearman_interval": "bonett_wright"}


def test_which_p_was_used_is_named() -> None:
    x, y = np.arange(11.0), np.array([3, 1, 4, 0, 5, 9, 2, 6, 8, 7, 10.0])
    assert spearman(x, y).conventions["spearman"] == "t"
    assert spearman(x[:10], y[:10]).conventions["spearman"] == "exact"
    assert spearman(x, y, p="as89").conventions["spearman"] == "as89"
    assert spearman(x // 2, y, p="as89").conventions["spearman"] == "t"
    assert spearman(x, y, p="exact").p == pytest.approx(spearman(x, y, p="as89").p, rel=0.06)
    many = np.arange(15.0)
    reason = "the exact distribution is counted for up to 14 subjects; use the t approximation"
    refused(spearman(many, many[::-1], p="exact"), reason)


@pytest.mark.parametrize("kind", [pearson, spearman])
def test_a_perfect_line(kind: Callable[..., Estimate]) -> None:
    made = kind([0.1, 0.2, 0.3, 0.4, 0.7], [-3, -6, -9, -12, -21])
    assert made.estimate == -1
    if kind is pearson:
        assert (made.lower, made.upper, made.p) == (-1, -1, 0)
    else:
        assert math.isnan(made.lower)
        assert made.reason == "a perfect rank correlation has no interval"
        assert made.p == pytest.approx(2 / 120, rel=1e-14)


@pytest.mark.parametrize("kind", [pearson, spearman])
def test_correlation_of_too_few_or_constant(kind: Callable[..., Estimate]) -> None:
    for few in ([], [1], [1, 2]):
        refused(kind(few, few), "a correlation needs three subjects")
    refused(kind([5, 5, 5, 5], [1, 2, 3, 4]), "one of the two does not vary")
    refused(kind([1, 2, 3, 4], [0, 0, 0, 0]), "one of the two does not vary")
    three = kind([1, 2, 3], [1, 3, 2])
    assert three.estimate == pytest.approx(0.5, rel=1e-14)
    assert (math.isnan(three.lower), three.reason) == (True, "an interval needs four subjects")
    with pytest.raises(ValueError, match="differ in length"):
        kind([1, 2], [1, 2, 3])
    with pytest.raises(ValueError, match="missing"):
        kind([1, math.nan, 3], [1, 2, 3])
    with pytest.raises(ValueError, match="level"):
        kind([1, 2, 3, 4], [1, 3, 2, 4], level=1.5)


@pytest.mark.parametrize("kind", [pearson, spearman])
@pytest.mark.parametrize("unit", EXTREMES)
def test_units_do_not_matter_to_a_correlation(kind: Callable[..., Estimate], unit: float) -> None:
    x, y = np.array([1.0, 4, 2, 8, 5, 7]), np.array([2.0, 3, 9, 4, 6, 5])
    one, other = kind(x, y), kind(x * unit, y / unit)
    assert other.estimate == pytest.approx(one.estimate, rel=1e-12)
    assert (other.lower, other.upper, other.p) == pytest.approx((one.lower, one.upper, one.p), rel=1e-10)


@given(pairs=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=3, max_size=7), seed=st.integers(0, 9))
@settings(deadline=None, max_examples=40)
def test_row_order_and_sign_do_not_matter(pairs: list[tuple[int, int]], seed: int) -> None:
    x, y = np.array(pairs, dtype=float).T
    order = np.random.default_rng(seed).permutation(len(x))
    for kind in (pearson, spearman):
        one, moved, flipped = kind(x, y), kind(y[order], x[order]), kind(x, -y)
        assert one.valid == moved.valid == flipped.valid
        if one.valid:
            assert -1 <= one.estimate <= 1
            assert (moved.estimate, moved.p) == pytest.approx((one.estimate, one.p), rel=1e-9, abs=1e-12)
            assert (-flipped.estimate, flipped.p) == pytest.approx((one.estimate, one.p), rel=1e-9, abs=1e-12)


# --- Adjustment


def test_adjustment_by_hand() -> None:
    p = [0.04, 0.01, 0.03]
    assert adjust(p, method="holm").p.tolist() == pytest.approx([0.06, 0.03, 0.06], rel=1e-14)
    assert adjust(p, method="benjamini_hochberg").p.tolist() == pytest.approx([0.04, 0.03, 0.04], rel=1e-14)
    assert adjust(p, method="bonferroni").p.tolist() == pytest.approx([0.12, 0.03, 0.09], rel=1e-14)
    assert adjust(p, method="none").p.tolist() == p


def test_a_missing_p_is_counted_out() -> None:
    made = adjust([0.02, math.nan, 0.5])
    assert (made.counted, made.left_out) == (2, 1)
    assert made.p[0] == 0.04
    assert math.isnan(made.p[1])
    assert not made.p.flags.writeable
    assert adjust([]).p.size == 0
    assert adjust([math.nan]).counted == 0


@pytest.mark.parametrize("p", [[1.2], [-0.1], [math.inf], [[0.1, 0.2]]])
def test_adjustment_refuses_what_is_no_p(p: list[float]) -> None:
    with pytest.raises(ValueError, match="p must"):
        adjust(p)


@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=8))
@settings(deadline=None, max_examples=60)
def test_adjusted_p_values_keep_order_and_bounds(p: list[float]) -> None:
    made = {name: adjust(p, method=name).p for name in CONVENTIONS["adjustment"].names}
    order = np.argsort(p, kind="stable")
    for found in made.values():
        assert (np.diff(found[order]) >= 0).all()
        assert ((found >= np.array(p)) & (found <= 1)).all()
    assert (made["benjamini_hochberg"] <= made["holm"]).all()
    assert (made["holm"] <= made["bonferroni"]).all()
