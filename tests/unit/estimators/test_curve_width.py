"""Widths of simulated logistic curves: saturated models by hand, large samples, studies that know nothing, draws."""

from __future__ import annotations

import math

import numpy as np
import pytest

from y90outcomes.estimators.curve_width import curve_width, doses_of, fitted_widths, line_through

Z = 1.959963984540054


def saturated(events: int, n: int) -> float:
    """Width at a dose of its own: odds events/(n − events), variance of their log 1/events + 1/(n − events)."""
    logit, half = math.log(events / (n - events)), Z * math.sqrt(1 / events + 1 / (n - events))
    return 1 / (1 + math.exp(-logit - half)) - 1 / (1 + math.exp(-logit + half))


def test_two_doses_are_two_groups() -> None:
    """3 of 10 with an event at 40 Gy, 9 of 15 at 200 Gy: the line goes through both rates."""
    event = [[1] * 3 + [0] * 7 + [1] * 9 + [0] * 6]
    widths, finite = fitted_widths(event, [[40] * 10 + [200] * 15], [40, 200])
    assert finite.tolist() == [True]
    assert widths[0].tolist() == pytest.approx([saturated(3, 10), saturated(9, 15)], rel=1e-12)


@pytest.mark.parametrize(
    ("event", "dose"),
    [
        ([0, 0, 0, 0], [1, 2, 3, 4]),
        ([1, 1, 1, 1], [1, 2, 3, 4]),
        ([0, 0, 1, 1], [1, 2, 3, 4]),
        ([0, 0, 1, 1], [1, 2, 2, 4]),
        ([1, 1, 0, 0], [1, 2, 3, 4]),
        ([0, 1, 0, 1], [5, 5, 5, 5]),
        ([], []),
    ],
    ids=["no event", "all events", "separated", "touching", "separated downwards", "one dose", "nobody"],
)
def test_a_study_without_a_finite_maximum_knows_nothing(event: list[int], dose: list[int]) -> None:
    widths, finite = fitted_widths([event], [dose], [2.5])
    assert (widths.tolist(), finite.tolist()) == ([[1.0]], [False])


def test_each_study_is_fitted_on_its_own() -> None:
    both, finite = fitted_widths([[0, 1, 0, 1, 1], [0, 0, 0, 0, 0]], [[1, 2, 3, 4, 5]] * 2, [3])
    alone, _ = fitted_widths([[0, 1, 0, 1, 1]], [[1, 2, 3, 4, 5]], [3])
    assert finite.tolist() == [True, False]
    assert both[0, 0] == pytest.approx(alone[0, 0], rel=1e-14)
    assert both[1, 0] == 1.0


def test_a_line_through_two_points() -> None:
    """Even odds at 100 Gy and odds of 3 at 150 Gy: log 3 per 50 Gy."""
    intercept, slope = line_through([100, 150], [0.5, 0.75])
    assert slope == pytest.approx(math.log(3) / 50, rel=1e-14)
    assert intercept == pytest.approx(-2 * math.log(3), rel=1e-14)


def test_doses_by_median_and_by_quantiles() -> None:
    assert doses_of([[0.5, 0.975]], median=80, sd_log=0.5)[0].tolist() == pytest.approx([80, 80 * math.exp(0.5 * Z)])
    assert doses_of([[0.25, 0.5, 0.75]], quantiles=[0, 100, 120])[0].tolist() == [50, 100, 110]


def test_many_patients_have_the_width_of_the_expected_information() -> None:
    """Information of 20,000 patients by numerical integration over the log-normal doses."""
    intercept, slope = line_through([60, 180], [0.1, 0.3])
    x = doses_of([(np.arange(40_000) + 0.5) / 40_000], median=87.3, sd_log=0.45)[0]
    p = 1 / (1 + np.exp(-(intercept + slope * x)))
    w = p * (1 - p)
    information = np.array([[w.mean(), (w * x).mean()], [(w * x).mean(), (w * x * x).mean()]]) * 20_000
    row = np.array([1.0, 120.0])
    half = Z * math.sqrt(row @ np.linalg.inv(information) @ row)
    eta = intercept + slope * 120
    wanted = 1 / (1 + math.exp(-eta - half)) - 1 / (1 + math.exp(-eta + half))
    made = curve_width(intercept, slope, [20_000], [120], median=87.3, sd_log=0.45, replicates=20)
    assert made[0].estimate == pytest.approx(wanted, rel=0.02)
    assert made[0].probability == pytest.approx(1 / (1 + math.exp(-eta)))


def test_the_same_seed_and_nested_sizes() -> None:
    setting = {"median": 90.0, "sd_log": 0.4, "replicates": 60}
    both = curve_width(-2.5, 0.01, [30, 80], [60, 120], seed=3, **setting)
    assert both == curve_width(-2.5, 0.01, [30, 80], [60, 120], seed=3, **setting)
    assert both != curve_width(-2.5, 0.01, [30, 80], [60, 120], seed=4, **setting)
    assert [(width.n, width.dose) for width in both] == [(30, 60), (30, 120), (80, 60), (80, 120)]
    assert both[2:] == curve_width(-2.5, 0.01, [80], [60, 120], seed=3, **setting)
    assert all(width.lower <= width.estimate <= width.upper for width in both)
    assert both[2].estimate < both[0].estimate


def test_a_rare_event_is_said_and_not_left_out() -> None:
    made = curve_width(-7.0, 0.0, [20], [90], median=90.0, sd_log=0.4, replicates=50)[0]
    assert made.without_maximum > 45
    assert (made.estimate, made.upper) == (1.0, 1.0)
    assert made.reason


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"sizes": []}, "sizes"),
        ({"sizes": [-1]}, "sizes"),
        ({"replicates": 0}, "replicates"),
        ({"central": 1.0}, "central"),
        ({"sd_log": None}, "median"),
        ({"quantiles": [1, 2]}, "both"),
        ({"median": None, "sd_log": None, "quantiles": [2, 1]}, "rising"),
        ({"level": 1.0}, "level"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, object], said: str) -> None:
    asked = {"sizes": [10], "at": [90], "median": 90.0, "sd_log": 0.4, "replicates": 5} | wrong
    with pytest.raises(ValueError, match=said):
        curve_width(-2.0, 0.01, **asked)


@pytest.mark.parametrize(("doses", "chances"), [([1, 1], [0.1, 0.2]), ([1, 2], [0.0, 0.2]), ([1, 2, 3], [0.1, 0.2])])
def test_a_line_needs_two_points(doses: list[float], chances: list[float]) -> None:
    with pytest.raises(ValueError, match=r"two different doses|between 0 and 1"):
        line_through(doses, chances)
