"""Kaplan–Meier, reverse Kaplan–Meier and log-rank: by hand, invariances, nasty data."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from y90outcomes.estimators.kaplan_meier import kaplan_meier, median_survival, survival_at, survival_quantile
from y90outcomes.estimators.log_rank import log_rank
from y90outcomes.estimators.reverse_kaplan_meier import follow_up, reverse_kaplan_meier

steady = settings(derandomize=True, database=None, deadline=None, max_examples=60)
subjects = st.lists(st.tuples(st.integers(0, 12), st.booleans(), st.sampled_from("abc")), min_size=1, max_size=30)
TRANSFORMS = ("log-log", "log", "plain", "logit", "arcsine")


def test_curve_by_hand() -> None:
    # 1, 2+, 3 3+, 5: 1 → 4/5; 3 → 2/3 of that; 5 → 0. Greenwood: 1/20, then + 1/6.
    curve = kaplan_meier([5, 3, 1, 3, 2], [1, 0, 1, 1, 0], interval="plain")
    assert curve.time.tolist() == [0, 1, 2, 3, 5]
    assert curve.at_risk.tolist() == [5, 5, 4, 3, 1]
    assert curve.events.tolist() == [0, 1, 0, 1, 1]
    assert curve.censored.tolist() == [0, 0, 1, 1, 0]
    assert curve.survival == pytest.approx([1, 0.8, 0.8, 0.8 * 2 / 3, 0])
    assert curve.se[3] == pytest.approx(0.8 * 2 / 3 * math.sqrt(1 / 20 + 1 / 6))
    assert curve.lower[1] == pytest.approx(0.8 - 1.959963984540054 * 0.8 * math.sqrt(1 / 20))
    assert curve.upper[1] == 1.0
    assert (curve.n, curve.total_events, curve.follow_up_end) == (5, 3, 5.0)


def test_without_censoring_the_standard_error_is_binomial() -> None:
    curve = kaplan_meier(np.arange(1, 11), np.ones(10))
    share = np.arange(10, -1, -1) / 10
    assert curve.survival == pytest.approx(share)
    assert curve.se == pytest.approx(np.sqrt(share * (1 - share) / 10), abs=1e-15)


def test_arrays_of_a_curve_cannot_be_changed() -> None:
    curve = kaplan_meier([1, 2], [1, 0])
    with pytest.raises(ValueError, match="read-only"):
        curve.survival[0] = 0.5


@pytest.mark.parametrize("n", [4, 8, 10, 14, 18, 20, 40])
def test_median_on_a_plateau_is_not_left_to_rounding(n: int) -> None:
    curve = kaplan_meier(np.arange(1, n + 1), np.ones(n))
    assert median_survival(curve).estimate == n / 2
    assert median_survival(curve, "midpoint").estimate == (n + 1) / 2


def test_a_curve_that_ends_at_one_half_takes_the_drop() -> None:
    curve = kaplan_meier([1, 2, 3, 4], [1, 1, 0, 0])
    for rule in ("first", "midpoint"):
        assert median_survival(curve, rule).estimate == 2.0


def test_censoring_inside_a_plateau_does_not_shorten_its_midpoint() -> None:
    curve = kaplan_meier([1, 2, 3, 6], [1, 1, 0, 1])
    assert median_survival(curve, "midpoint").estimate == 4.0


def test_quantiles_by_hand() -> None:
    curve = kaplan_meier(np.arange(1, 11), np.ones(10))
    assert survival_quantile(curve, 0.25).estimate == 3.0
    assert survival_quantile(curve, 0.3).estimate == 3.0  # S(3) = 0.7, written 0.7000000000000001 by some
    assert survival_quantile(curve, 0.3, "midpoint").estimate == 3.5
    with pytest.raises(ValueError, match="p must lie"):
        survival_quantile(curve, 1.0)
    with pytest.raises(ValueError, match="median_rule"):
        median_survival(curve, "last")


def test_median_not_reached() -> None:
    found = median_survival(kaplan_meier([1, 2, 3, 4], [1, 0, 0, 0]))
    assert math.isnan(found.estimate)
    assert "estimate" in found.not_reached
    assert "upper" in found.not_reached
    assert found.valid
    assert found.reason == "not reached: the curve stays above 0.5"


def test_value_at_a_time() -> None:
    curve = kaplan_meier([2, 4, 4, 9], [1, 1, 0, 0], interval="log")
    start, before, at, last, past = survival_at(curve, [0, 1.9, 4, 9, 9.1])
    assert (start.estimate, start.n, start.events) == (1.0, 4, 0)
    assert (before.estimate, before.n, before.events) == (1.0, 4, 0)
    assert (at.estimate, at.n, at.events) == (0.5, 3, 2)  # 3/4 · 2/3
    assert (last.estimate, last.n, last.valid) == (0.5, 1, True)
    assert (past.valid, past.reason, past.n) == (False, "past the last time anybody was seen", 0)
    assert math.isnan(past.estimate)
    with pytest.raises(ValueError, match="not be negative"):
        survival_at(curve, [-1.0])


def test_a_curve_at_zero_stays_there() -> None:
    found = survival_at(kaplan_meier([1, 2], [1, 1]), [50.0])[0]
    assert (found.estimate, found.valid) == (0.0, True)
    assert found.reason == "the log-log interval does not exist where the curve is at 0"


def test_a_time_reached_by_rounding_is_reached() -> None:
    curve = kaplan_meier([0.1 + 0.2, 0.3, 0.5], [1, 0, 0])
    assert curve.time.tolist() == [0.0, 0.3, 0.5]
    assert survival_at(curve, [0.3])[0].estimate == pytest.approx(2 / 3)
    assert survival_at(curve, [0.1 * 3])[0].n == 3


def test_the_unit_of_time_ties_nothing_together() -> None:
    curve = kaplan_meier(np.array([1, 2, 3]) * 1e-12, [1, 1, 1])
    assert len(curve.time) == 4


def test_event_on_day_zero() -> None:
    curve = kaplan_meier([0, 0, 3], [1, 0, 1])
    assert curve.time.tolist() == [0.0, 3.0]
    assert curve.survival == pytest.approx([2 / 3, 0.0])
    assert (curve.at_risk.tolist(), curve.events.tolist(), curve.censored.tolist()) == ([3, 1], [1, 1], [1, 0])


@pytest.mark.parametrize("interval", TRANSFORMS)
def test_all_censored_one_patient_and_nobody(interval: str) -> None:
    flat = kaplan_meier([3, 1], [0, 0], interval=interval)
    assert flat.survival.tolist() == [1.0, 1.0, 1.0]
    assert np.isnan(flat.lower).all() == (interval in ("log-log", "logit", "arcsine"))
    one = kaplan_meier([4], [1], interval=interval)
    assert one.survival.tolist() == [1.0, 0.0]
    found = median_survival(one)
    assert (found.estimate, found.not_reached) == (4.0, ("lower", "upper"))
    nobody = kaplan_meier([], [], interval=interval)
    assert (nobody.n, nobody.time.tolist(), nobody.at_risk.tolist()) == (0, [0.0], [0])
    assert np.isnan(nobody.survival[0])
    for estimate in (median_survival(nobody), survival_at(nobody, [1.0])[0]):
        assert (estimate.valid, estimate.reason) == (False, "nobody in the group")


@pytest.mark.parametrize(
    ("time", "event", "message"),
    [
        ([1, math.nan], [1, 0], "time holds 1 missing"),
        ([1, 2], [1, math.nan], "event holds 1 missing"),
        ([1, -2], [1, 0], "time holds 1 negative"),
        ([1, 2], [1, 2], "event must hold 0"),
        ([1, 2], [1], "differ in length"),
        ([[1, 2]], [1], "time must have one dimension"),
    ],
)
def test_bad_arrays_are_named(time: list[float], event: list[float], message: str) -> None:
    for estimator in (kaplan_meier, follow_up):
        with pytest.raises(ValueError, match=message):
            estimator(time, event)


@steady
@given(subjects, st.sampled_from(TRANSFORMS), st.sampled_from([1e-3, 30.4375, 1e8]))
def test_order_and_unit_change_nothing(rows: list[tuple[int, bool, str]], interval: str, unit: float) -> None:
    time, event = np.array([row[0] for row in rows], float), np.array([row[1] for row in rows])
    ours = kaplan_meier(time, event, interval=interval)
    other = kaplan_meier(time[::-1] * unit, event[::-1], interval=interval)
    assert ours.survival.tolist() == other.survival.tolist()
    assert repr(ours.lower.tolist()) == repr(other.lower.tolist())
    assert other.time == pytest.approx(ours.time * unit)
    known = ~np.isnan(ours.lower)
    assert (ours.lower[known] <= ours.survival[known] + 1e-15).all()
    assert (ours.survival[known] <= ours.upper[known] + 1e-15).all()
    assert (np.diff(ours.survival) <= 0).all()
    assert ours.at_risk[0] == len(rows)
    assert ours.events.sum() + ours.censored.sum() == len(rows)


def test_reverse_by_hand_with_a_death_and_a_censoring_on_one_day() -> None:
    # Day 4: one dies, one is censored, of four. Deaths first: 1 of 3 censored; flipped: 1 of 4.
    time, event = [2, 4, 4, 6, 8], [1, 1, 0, 0, 0]
    first = reverse_kaplan_meier(time, event)
    flipped = reverse_kaplan_meier(time, event, ties="flipped_indicator")
    assert first.survival == pytest.approx([1, 1, 2 / 3, 1 / 3, 0])
    assert flipped.survival == pytest.approx([1, 1, 3 / 4, 3 / 8, 0])
    assert first.at_risk.tolist() == [5, 4, 3, 2, 1]
    assert follow_up(time, event).estimate == 6.0
    assert follow_up(time, event).events == 3
    assert follow_up(time, event).conventions["reverse_kaplan_meier_ties"] == "deaths_first"


def test_follow_up_when_nobody_is_censored_and_when_everybody_is() -> None:
    found = follow_up([1, 2, 3], [1, 1, 1])
    assert math.isnan(found.estimate)
    assert (found.valid, found.not_reached) == (False, ())
    assert found.reason == "nobody was censored: every follow-up ended with the event"
    assert follow_up([1, 2, 3], [0, 0, 0]).estimate == 2.0
    assert follow_up([], []).reason == "nobody in the group"


@steady
@given(subjects)
def test_without_shared_days_both_tie_rules_agree(rows: list[tuple[int, bool, str]]) -> None:
    time = np.array([2 * row[0] + (not row[1]) for row in rows], float)  # deaths on even days, censorings on odd ones
    event = np.array([row[1] for row in rows])
    first = reverse_kaplan_meier(time, event)
    flipped = reverse_kaplan_meier(time, event, ties="flipped_indicator")
    assert first.survival.tolist() == flipped.survival.tolist()


def test_log_rank_by_hand() -> None:
    # a: 1, 3; b: 2, 4, all events. Expected in a: 2/4 + 1/3 + 1/2 + 0; variance 1/4 + 2/9 + 1/4.
    found = log_rank([1, 2, 3, 4], [1, 1, 1, 1], ["a", "b", "a", "b"])
    expected, variance = 4 / 3, 13 / 18
    assert found.groups == ("a", "b")
    assert (found.n.tolist(), found.observed.tolist()) == ([2, 2], [2, 2])
    assert found.expected == pytest.approx([expected, 4 - expected])
    assert found.test.statistic == pytest.approx((2 - expected) ** 2 / variance)
    assert (found.test.df, found.test.n) == (1.0, 4)
    assert found.test.p == pytest.approx(math.erfc(math.sqrt(found.test.statistic / 2)))


def test_log_rank_with_a_group_that_has_no_event_or_says_nothing() -> None:
    quiet = log_rank([1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1])
    assert quiet.observed.tolist() == [3, 0]
    assert quiet.test.valid
    gone = log_rank([1, 2, 3, 4, 0.5], [1, 1, 1, 1, 0], ["a", "b", "a", "b", "c"])
    assert (gone.test.df, gone.expected[2]) == (1.0, 0.0)
    assert gone.test.statistic == pytest.approx(log_rank([1, 2, 3, 4], [1, 1, 1, 1], list("abab")).test.statistic)


@pytest.mark.parametrize(
    ("time", "event", "group", "reason"),
    [
        ([1, 2, 3], [0, 0, 0], "aab", "no events"),
        ([], [], "", "no events"),
        ([1, 2, 3], [1, 1, 0], "aaa", "one group only: nothing to compare"),
        ([1, 2, 3], [0, 1, 1], "abb", "only one group has anybody at risk when events happen"),
        ([2, 2], [1, 1], "ab", "the groups are never at risk together when events happen"),
    ],
)
def test_log_rank_without_an_answer(time: list[float], event: list[int], group: str, reason: str) -> None:
    found = log_rank(time, event, list(group)).test
    assert (found.valid, found.reason) == (False, reason)
    assert math.isnan(found.p)


def test_log_rank_refuses_missing_labels() -> None:
    with pytest.raises(ValueError, match="group holds missing"):
        log_rank([1, 2], [1, 1], ["a", None])
    with pytest.raises(ValueError, match="length 2"):
        log_rank([1, 2], [1, 1], ["a"])


@steady
@given(subjects)
def test_log_rank_does_not_depend_on_labels_or_order(rows: list[tuple[int, bool, str]]) -> None:
    time, event = [row[0] for row in rows], [row[1] for row in rows]
    group = [row[2] for row in rows]
    ours = log_rank(time, event, group)
    renamed = log_rank(time[::-1], event[::-1], [{"a": 9, "b": 1, "c": 4}[label] for label in group[::-1]])
    assert ours.test.valid == renamed.test.valid
    assert ours.expected.sum() == pytest.approx(sum(event))
    assume(ours.test.valid)
    assert renamed.test.statistic == pytest.approx(ours.test.statistic, rel=1e-8, abs=1e-10)
