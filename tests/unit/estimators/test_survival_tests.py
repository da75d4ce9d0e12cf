"""Log-rank variants, differences of rates, restricted means: by hand, invariances, nasty data."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from y90outcomes.estimators.kaplan_meier import kaplan_meier
from y90outcomes.estimators.log_rank import log_rank, log_rank_trend, pairwise_log_rank
from y90outcomes.estimators.rate_difference import rate_difference, rate_test
from y90outcomes.estimators.restricted_mean import compare_restricted_means, restricted_mean, smallest_last_time

steady = settings(derandomize=True, database=None, deadline=None, max_examples=60)
subjects = st.lists(
    st.tuples(st.integers(0, 9), st.booleans(), st.integers(0, 2), st.sampled_from("xy")), min_size=1, max_size=25
)
Z = 1.959963984540054


def columns(rows: list[tuple[int, bool, int, str]]) -> list[np.ndarray]:
    return [np.array(column) for column in zip(*rows, strict=True)]


def test_stratified_by_hand() -> None:
    # Stratum x: a dies at 1 of {a, b}; stratum y: b dies at 1 of {a, b}. O − E = ½ − ½ = 0, V = ¼ + ¼.
    made = log_rank([1, 2, 2, 1], [1, 0, 0, 1], list("abab"), list("xxyy"))
    assert made.observed.tolist() == [1, 1]
    assert made.expected.tolist() == [1, 1]
    assert made.variance[0, 0] == pytest.approx(0.5)
    assert (made.test.name, made.test.statistic, made.test.p, made.test.df) == ("stratified_log_rank", 0.0, 1.0, 1.0)


@steady
@given(subjects)
def test_one_stratum_is_no_stratum_and_strata_add_up(rows: list[tuple[int, bool, int, str]]) -> None:
    time, event, group, stratum = columns(rows)
    plain, same = log_rank(time, event, group), log_rank(time, event, group, np.zeros(len(time)))
    assert np.array_equal(plain.variance, same.variance)
    assert np.array_equal(plain.expected, same.expected)
    assert plain.test.p == same.test.p or math.isnan(plain.test.p)
    parted = log_rank(time, event, group, stratum)
    total = np.zeros((3, 3))
    for name in np.unique(stratum):
        mine = stratum == name
        part = log_rank(time[mine], event[mine], group[mine])
        place = np.asarray(part.groups)
        total[np.ix_(place, place)] += part.variance
    place = np.asarray(parted.groups)
    assert parted.variance == pytest.approx(total[np.ix_(place, place)], abs=1e-12)


@steady
@given(subjects, st.sampled_from([(1.0, 2.0, 3.0), (0.0, 1.0, 5.0)]))
def test_trend_does_not_know_origin_or_unit_of_scores_nor_of_time(
    rows: list[tuple[int, bool, int, str]], scores: tuple[float, ...]
) -> None:
    time, event, group, stratum = columns([*rows, (1, False, 0, "x"), (1, False, 1, "x"), (1, False, 2, "y")])
    one = log_rank_trend(time, event, group, scores, stratum)
    other = log_rank_trend(time * 30.4375, event, group, 1e6 + 1e3 * np.array(scores), stratum)
    assert one.valid == other.valid
    assert one.valid is not math.isnan(one.p)
    if one.valid:
        assert other.statistic == pytest.approx(one.statistic, rel=1e-6, abs=1e-9)


def test_trend_of_two_groups_is_the_log_rank_test() -> None:
    time, event, group = [1, 2, 2, 3, 4, 5, 6], [1, 1, 0, 1, 1, 0, 1], list("aababbb")
    assert log_rank_trend(time, event, group).statistic == pytest.approx(log_rank(time, event, group).test.statistic)


def test_trend_is_the_score_test_of_cox_without_ties() -> None:
    from y90outcomes.estimators.cox import cox

    rng = np.random.default_rng(5)
    time, event, group = rng.permutation(60) + 1.0, rng.integers(0, 2, 60), rng.integers(0, 4, 60)
    trend = log_rank_trend(time, event, group)
    assert trend.statistic == pytest.approx(cox(time, event, group.astype(float), ["dose"]).score.statistic)


@pytest.mark.parametrize(
    ("time", "event", "group", "reason"),
    [
        ([], [], [], "no events"),
        ([1], [1], ["a"], "one group only"),
        ([1, 2], [0, 0], ["a", "b"], "no events"),
        ([1, 2], [0, 1], ["a", "b"], "only one group has anybody at risk"),
    ],
)
def test_nothing_to_compare(time: list[float], event: list[int], group: list[str], reason: str) -> None:
    for made in (log_rank_trend(time, event, group), log_rank(time, event, group, np.zeros(len(time))).test):
        assert not made.valid
        assert math.isnan(made.p)
        assert math.isnan(made.statistic)
        assert reason in made.reason


def test_trend_refuses_what_says_nothing() -> None:
    time, event, group = [1, 2, 3, 4], [1, 1, 1, 1], list("abab")
    assert log_rank_trend(time, event, group, [3, 3]).reason == "every group has the same score"
    apart = log_rank_trend([1, 2, 1, 2], [1, 1, 1, 1], list("aabb"), strata=list("xxyy"))
    assert "never at risk together" in apart.reason
    assert "never at risk together" in log_rank([1, 2, 1, 2], [1, 1, 1, 1], list("aabb"), list("xxyy")).test.reason
    with pytest.raises(ValueError, match="one per group"):
        log_rank_trend(time, event, group, [1, 2, 3])
    with pytest.raises(ValueError, match="missing"):
        log_rank(time, event, group, ["x", None, "x", "y"])


def test_pairs_are_the_tests_of_two() -> None:
    time, event, group = [1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 1, 1], list("abcabc")
    found = pairwise_log_rank(time, event, group)
    assert [(a, b) for a, b, _ in found] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert found[0][2].p == log_rank([1, 2, 4, 5], [1, 1, 0, 1], list("abab")).test.p
    assert pairwise_log_rank([], [], []) == []


# Group one: 4 subjects, deaths at 1 and 3, censored at 2 and 4; group two: deaths at 2 and 4 of 4, two seen to 5.
ONE = kaplan_meier([1, 2, 3, 4], [1, 0, 1, 0])
TWO = kaplan_meier([2, 4, 5, 5], [1, 1, 0, 0])


def test_difference_of_rates_by_hand() -> None:
    # S₁(3) = ¾·½ = ⅜, Var = (3/8)²(1/12 + 1/2); S₂(3) = ¾, Var = (3/4)²/12
    made = rate_difference(ONE, TWO, 3)
    se = math.sqrt((3 / 8) ** 2 * (1 / 12 + 1 / 2) + (3 / 4) ** 2 / 12)
    assert (made.estimate, made.se) == (pytest.approx(-3 / 8), pytest.approx(se))
    assert (made.lower, made.upper) == (pytest.approx(-3 / 8 - Z * se), pytest.approx(-3 / 8 + Z * se))
    assert made.p == pytest.approx(math.erfc(3 / 8 / se / math.sqrt(2)))
    assert (made.n, made.events) == (2 + 3, 2 + 1)
    back = rate_difference(TWO, ONE, 3)
    assert (back.estimate, back.lower, back.p) == (-made.estimate, -made.upper, made.p)
    hybrid = rate_difference(ONE, TWO, 3, "hybrid")
    assert -1 <= hybrid.lower < hybrid.estimate < hybrid.upper <= 1
    assert math.isnan(hybrid.p)


def test_rates_of_nought_and_one_and_past_the_end() -> None:
    untouched = rate_difference(ONE, TWO, 1)  # S₂ = 1: no standard error
    assert (untouched.estimate, untouched.valid) == (pytest.approx(-0.25), True)
    assert math.isnan(untouched.lower)
    assert math.isnan(untouched.p)
    assert untouched.reason
    past = rate_difference(ONE, TWO, 4.5)
    assert (past.valid, past.reason) == (False, "in a group, past the last time anybody was seen")
    nobody = rate_difference(kaplan_meier([], []), TWO, 1)
    assert (nobody.valid, math.isnan(nobody.estimate)) == (False, True)
    for made in (rate_test(ONE, TWO, 1), rate_test(ONE, TWO, 4.5), rate_test(kaplan_meier([], []), TWO, 1)):
        assert not made.valid
        assert made.reason
        assert math.isnan(made.p)
    with pytest.raises(ValueError, match="not be negative"):
        rate_difference(ONE, TWO, -1)
    with pytest.raises(ValueError, match="not one of"):
        rate_difference(ONE, TWO, 1, "score")


def test_restricted_mean_by_hand() -> None:
    # 1 until 1, ¾ until 3, ⅜ until 4: 1 + 1.5 + 0.375. Areas left after the deaths: 1.875 and 0.375.
    made = restricted_mean(ONE, 4)
    assert made.estimate == pytest.approx(2.875)
    assert made.se == pytest.approx(math.sqrt(1.875**2 / 12 + 0.375**2 / 2))
    assert made.upper == pytest.approx(2.875 + Z * made.se)
    assert (made.n, made.events) == (4, 2)
    assert restricted_mean(ONE, 2.5).estimate == pytest.approx(1 + 0.75 * 1.5)


def test_a_mean_of_everybody_seen_to_the_end_is_the_plain_mean() -> None:
    time = np.array([1.0, 2.0, 2.0, 5.0, 7.0])
    made = restricted_mean(kaplan_meier(time, np.ones(5)), 5)
    cut = np.minimum(time, 5)
    assert made.estimate == pytest.approx(cut.mean())
    assert made.se == pytest.approx(cut.std() / math.sqrt(5))
    assert restricted_mean(kaplan_meier(time, np.ones(5)), 70).estimate == pytest.approx(time.mean())


@pytest.mark.parametrize("unit", [1e-200, 30.4375, 1e150])
def test_restricted_means_take_the_unit_of_time(unit: float) -> None:
    one, two = (
        restricted_mean(ONE, 4),
        restricted_mean(kaplan_meier(np.array([1, 2, 3, 4]) * unit, [1, 0, 1, 0]), 4 * unit),
    )
    assert two.estimate / unit == pytest.approx(one.estimate)
    assert two.se / unit == pytest.approx(one.se)


def test_horizons_that_cannot_be_reached() -> None:
    past = restricted_mean(ONE, 4.1)
    assert (past.valid, math.isnan(past.estimate)) == (False, True)
    assert "past the last time" in past.reason
    assert restricted_mean(ONE, 4 * (1 + 1e-12)).valid
    assert not restricted_mean(kaplan_meier([], []), 1).valid
    quiet = restricted_mean(TWO, 1)
    assert (quiet.estimate, quiet.se, math.isnan(quiet.lower), quiet.valid) == (1.0, 0.0, True, True)
    for horizon in (0, -1, math.inf, math.nan):
        with pytest.raises(ValueError, match="above 0"):
            restricted_mean(ONE, horizon)
    assert smallest_last_time([ONE, TWO]) == 4
    assert math.isnan(smallest_last_time([]))
    assert math.isnan(smallest_last_time([ONE, kaplan_meier([], [])]))


def test_difference_and_ratio_by_hand() -> None:
    one, two = restricted_mean(ONE, 4), restricted_mean(TWO, 4)
    made = compare_restricted_means(one, two)
    assert two.estimate == pytest.approx(2 + 0.75 * 2)
    se = math.hypot(one.se, two.se)
    assert made.difference.estimate == pytest.approx(2.875 - 3.5)
    assert made.difference.lower == pytest.approx(2.875 - 3.5 - Z * se)
    assert made.ratio.estimate == pytest.approx(2.875 / 3.5)
    log = math.hypot(one.se / 2.875, two.se / 3.5)
    assert made.ratio.upper == pytest.approx(2.875 / 3.5 * math.exp(Z * log))
    assert made.ratio.p == pytest.approx(math.erfc(abs(math.log(2.875 / 3.5)) / log / math.sqrt(2)))


def test_comparisons_that_cannot_be_made() -> None:
    quiet, mean = restricted_mean(TWO, 1), restricted_mean(ONE, 1)
    made = compare_restricted_means(mean, quiet)
    assert (made.difference.estimate, math.isnan(made.difference.lower), math.isnan(made.difference.p)) == (
        0,
        True,
        True,
    )
    assert made.ratio.reason
    assert not compare_restricted_means(restricted_mean(ONE, 9), mean).difference.valid
    gone = restricted_mean(kaplan_meier([0, 0], [1, 1]), 1)
    assert gone.estimate == 0
    ratio = compare_restricted_means(mean, gone).ratio
    assert (ratio.valid, math.isnan(ratio.estimate)) == (False, True)
