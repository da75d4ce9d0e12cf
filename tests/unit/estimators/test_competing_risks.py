"""Aalen–Johansen: by hand, against statsmodels and Kaplan–Meier, nasty data."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from y90outcomes.estimators.aalen_johansen import aalen_johansen, incidence_at
from y90outcomes.estimators.kaplan_meier import kaplan_meier

steady = settings(derandomize=True, database=None, deadline=None, max_examples=60)
subjects = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2)), min_size=1, max_size=25)


def test_by_hand_with_ties() -> None:
    # r = 6, 5, 3, 1: at 1 one event; at 2 one event, one competing; at 3 one competing with a censoring; at 4 an event.
    curve = aalen_johansen([1, 2, 2, 3, 3, 4], [1, 1, 2, 2, 0, 1])
    assert curve.time.tolist() == [0, 1, 2, 3, 4]
    assert curve.at_risk.tolist() == [6, 6, 5, 3, 1]
    assert curve.events.tolist() == [[0, 0], [1, 0], [1, 1], [0, 1], [1, 0]]
    assert curve.censored.tolist() == [0, 0, 0, 1, 0]
    assert curve.survival == pytest.approx([1, 5 / 6, 1 / 2, 1 / 3, 0])
    assert curve.incidence[:, 0] == pytest.approx([0, 1 / 6, 1 / 3, 1 / 3, 2 / 3])
    assert curve.incidence[:, 1] == pytest.approx([0, 0, 1 / 6, 1 / 3, 1 / 3])
    # until time 2 nobody is censored: binomial
    assert curve.se[2] == pytest.approx([math.sqrt(1 / 3 * 2 / 3 / 6), math.sqrt(1 / 6 * 5 / 6 / 6)])


def test_the_log_log_limits_are_powers_of_the_estimate() -> None:
    curve = aalen_johansen([1, 2, 3, 4], [1, 2, 0, 0])
    f, se = 0.25, math.sqrt(0.25 * 0.75 / 4)
    power = 1.959963984540054 * se / (f * math.log(f))
    assert curve.lower[1, 0] == pytest.approx(f ** math.exp(-power))
    assert curve.upper[1, 0] == pytest.approx(f ** math.exp(power))
    assert np.isnan(curve.lower[1, 1])


@steady
@given(subjects)
def test_without_competing_events_it_is_the_complement_of_kaplan_meier(rows: list[tuple[int, int]]) -> None:
    time, state = [t for t, _ in rows], [int(s == 1) for _, s in rows]
    one, other = aalen_johansen(time, state, causes=1), kaplan_meier(time, state)
    assert one.incidence[:, 0] == pytest.approx(1 - other.survival, abs=1e-12)
    assert one.se[:, 0] == pytest.approx(other.se, abs=1e-7)


@steady
@given(subjects, st.randoms(use_true_random=False), st.sampled_from([1e-9, 30.4375, 1e9]))
def test_shares_add_up_and_order_and_unit_do_not_matter(rows: list[tuple[int, int]], random, unit: float) -> None:
    shuffled = random.sample(rows, len(rows))
    one = aalen_johansen([t for t, _ in rows], [s for _, s in rows])
    other = aalen_johansen([t * unit for t, _ in shuffled], [s for _, s in shuffled])
    for name in ("incidence", "se", "at_risk", "events", "censored"):
        assert np.array_equal(getattr(one, name), getattr(other, name))
    assert one.incidence.sum(axis=1) + one.survival == pytest.approx(np.ones(len(one.time)))
    assert (np.diff(one.incidence, axis=0) >= 0).all()
    assert not (one.lower > one.incidence + 1e-12).any()
    assert not (one.upper < one.incidence - 1e-12).any()
    swapped = aalen_johansen([t for t, _ in rows], [(0, 2, 1)[s] for _, s in rows])
    assert np.array_equal(swapped.incidence, one.incidence[:, ::-1])
    assert np.array_equal(swapped.se, one.se[:, ::-1])


def test_equal_to_statsmodels() -> None:
    from statsmodels.duration.survfunc import CumIncidenceRight

    rng = np.random.default_rng(3)
    time, state = rng.integers(1, 40, 150), rng.integers(0, 3, 150)
    time[0], state[0] = 41, 0  # statsmodels divides by 0 where the last of all has an event
    ours, theirs = aalen_johansen(time, state), CumIncidenceRight(time, state)
    rows = np.searchsorted(ours.time, theirs.times)
    for cause in (0, 1):
        assert ours.incidence[rows, cause] == pytest.approx(theirs.cinc[cause], rel=1e-12)
        assert ours.se[rows, cause] == pytest.approx(theirs.cinc_se[cause], rel=1e-9)


def test_values_at_times_and_past_the_end() -> None:
    curve = aalen_johansen([1, 2, 3], [1, 2, 0])
    before, at, past = incidence_at(curve, [0.5, 2, 4])
    assert (before.estimate, before.n, before.events) == (0.0, 3, 0)
    assert before.valid
    assert "does not exist" in before.reason
    assert (at.estimate, at.n, at.events) == (pytest.approx(1 / 3), 2, 1)
    assert not past.valid
    assert math.isnan(past.estimate)
    assert incidence_at(curve, 2, cause=2)[0].estimate == pytest.approx(1 / 3)
    ended = aalen_johansen([1, 2], [1, 2])
    assert incidence_at(ended, 99)[0].estimate == pytest.approx(0.5)


def test_everybody_has_the_one_event_and_no_spread_is_left() -> None:
    curve = aalen_johansen([1, 2, 3], [1, 1, 1])
    assert curve.incidence[-1].tolist() == [1, 0]
    assert curve.se[-1].tolist() == [0, 0]
    assert np.isnan(curve.lower[-1]).all()


@pytest.mark.parametrize(
    ("time", "state"), [([], []), ([5], [0]), ([5], [1]), ([0], [2]), ([0, 0, 0], [1, 2, 0]), ([3, 3], [0, 0])]
)
def test_few_ties_and_day_zero(time: list[float], state: list[int]) -> None:
    curve = aalen_johansen(time, state)
    for cause in (1, 2):
        for made in incidence_at(curve, [0, 3, 100], cause):
            assert made.valid is not math.isnan(made.estimate)
            assert made.reason or not math.isnan(made.lower)
    if time:
        assert curve.incidence[-1].sum() + curve.survival[-1] == pytest.approx(1)
    else:
        assert np.isnan(curve.incidence).all()
        assert incidence_at(curve, 1)[0].reason == "nobody in the group"


@pytest.mark.parametrize(
    ("time", "state", "message"),
    [
        ([1, np.nan], [0, 1], "missing"),
        ([-1], [1], "negative"),
        ([1], [3], "state must hold"),
        ([1, 2], [1], "differ in length"),
        ([1], [0.5], "state must hold"),
    ],
)
def test_faults(time: list[float], state: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        aalen_johansen(time, state)


def test_faults_of_arguments() -> None:
    curve = aalen_johansen([1], [1])
    with pytest.raises(ValueError, match="cause must be"):
        incidence_at(curve, 1, cause=3)
    with pytest.raises(ValueError, match="not be negative"):
        incidence_at(curve, -1)
    with pytest.raises(ValueError, match="causes"):
        aalen_johansen([1], [1], causes=0)
    with pytest.raises(ValueError, match="not one of"):
        aalen_johansen([1], [1], interval="logit")
