"""Splines, probability curves and inverse prediction: closed forms, units, and data that have no answer."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from y90outcomes.estimators.inverse_prediction import DoseScale, inverse_prediction
from y90outcomes.estimators.logistic import LogisticFit, logistic
from y90outcomes.estimators.numbers import Estimate
from y90outcomes.estimators.probability_curve import observed_grid, probability_curve
from y90outcomes.estimators.restricted_cubic_spline import default_knots, spline_columns, spline_fit

INTERVALS = ("profile", "fieller", "delta")
Z = 1.959963984540054
# two doses, so that the line goes through both shares: 3/12 at 100, 9/12 at 300
DOSE = np.repeat([100.0, 300.0], 12)
EVENT = np.array([1.0] * 3 + [0.0] * 9 + [1.0] * 9 + [0.0] * 3)


def line(event: np.ndarray, x: np.ndarray, estimator: str = "auto") -> LogisticFit:
    return logistic(event, x, ["x"], estimator=estimator)


def dose_for(event: np.ndarray, x: np.ndarray, p: float, interval: str = "profile", **more: object) -> Estimate:
    return inverse_prediction(line(event, x), event, x, p, interval=interval, **more)  # type: ignore[arg-type]


def sample(n: int = 60, seed: int = 4, slope: float = 0.02) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = np.round(rng.uniform(50, 500, n))
    return (rng.random(n) < 1 / (1 + np.exp(-slope * (x - 250)))).astype(float), x


class TestKnots:
    def test_quantiles_of_many_values(self) -> None:
        x = np.arange(1.0, 202.0)
        assert default_knots(x, 3).places.tolist() == pytest.approx([21, 101, 181], rel=1e-14)
        assert default_knots(x, 4).places.tolist() == pytest.approx([11, 71, 131, 191], rel=1e-14)
        assert default_knots(x, 5).places.tolist() == pytest.approx([11, 56, 101, 146, 191], rel=1e-14)

    def test_below_100_values_the_outer_ones_are_the_fifth_from_each_end(self) -> None:
        assert default_knots(np.arange(1.0, 51.0), 3).places.tolist() == pytest.approx([5, 25.5, 46], rel=1e-14)

    @pytest.mark.parametrize(
        ("x", "said"),
        [
            ([], "at least 6 values"),
            ([1.0, 2, 3, 4, 5], "at least 6 values"),
            ([7.0] * 30, "distinct values"),
            ([1.0, 2, 3, 4, 5] * 20, "distinct values, there are 5"),
            ([*range(8)], "too few distinct values in the middle"),
            ([1.0] * 3 + [5.0] * 90 + [6, 7, 8, 9.0], "too few distinct values in the middle"),
        ],
    )
    def test_too_little_to_place_them_says_so(self, x: list[float], said: str) -> None:
        found = default_knots(x, 3)
        assert not found.valid
        assert said in found.reason
        assert len(found.places) == 0

    def test_faults_are_named(self) -> None:
        with pytest.raises(ValueError, match="knots must be one of 3, 4, 5"):
            default_knots(np.arange(50.0), 6)
        with pytest.raises(ValueError, match="1 missing"):
            default_knots([1.0, math.nan], 3)
        with pytest.raises(ValueError, match="increasing"):
            spline_columns([1.0], [1.0, 1.0, 2.0])


class TestColumns:
    def test_three_knots_by_hand(self) -> None:
        # knots 0, 1, 3: ((x)³ − 3(x−1)³/2 + (x−3)³/2) / 9, plus parts only
        found = spline_columns([-1.0, 0.5, 2.0, 4.0], [0.0, 1.0, 3.0])
        assert found[:, 0].tolist() == [-1.0, 0.5, 2.0, 4.0]
        by_hand = [0.0, 0.125 / 9, (8 - 1.5) / 9, (64 - 1.5 * 27 + 0.5) / 9]
        assert found[:, 1].tolist() == pytest.approx(by_hand, rel=1e-14)

    @settings(max_examples=30, deadline=None)
    @given(st.lists(st.floats(0.5, 3.0), min_size=2, max_size=4), st.floats(-5, 5))
    def test_straight_beyond_the_outer_knots(self, gaps: list[float], first: float) -> None:
        knots = first + np.concatenate([[0.0], np.cumsum(gaps)])
        above = spline_columns(knots[-1] + np.array([0.0, 1.0, 2.0]), knots)
        assert np.allclose(np.diff(above, 2, axis=0), 0.0, atol=1e-9 * np.abs(above).max())
        assert np.allclose(spline_columns(knots[0] - np.array([0.0, 1.0]), knots)[:, 1:], 0.0)

    @pytest.mark.parametrize("unit", [1e-300, 1e-3, 1000.0, 1e300])
    def test_columns_are_in_the_unit_of_the_values(self, unit: float) -> None:
        x, knots = np.array([0.5, 2.0, 4.0]), np.array([0.0, 1.0, 3.0])
        scaled = spline_columns(x * unit, knots * unit) / unit
        assert scaled == pytest.approx(spline_columns(x, knots), rel=1e-12)


class TestSplineFit:
    def test_test_has_knots_less_two_degrees_of_freedom_and_names_what_it_is(self) -> None:
        event, x = sample(slope=0.01)
        for knots in (3, 4, 5):
            made = spline_fit(event, x, knots)
            assert made.nonlinearity.df == knots - 2
            assert made.conventions == {"logistic_estimator": "ml", "nonlinearity_test": "likelihood_ratio"}
            assert 0.0 <= made.nonlinearity.p <= 1.0

    def test_likelihood_ratio_is_that_of_the_two_fits(self) -> None:
        event, x = sample()
        made = spline_fit(event, x, 4)
        assert made.fit is not None
        twice = 2.0 * (made.fit.loglik - line(event, x).loglik)
        assert made.nonlinearity.statistic == pytest.approx(twice, rel=1e-10)

    @pytest.mark.parametrize("unit", [1e-3, 1000.0, 1e100])
    @pytest.mark.parametrize("inference", ["profile", "wald"])
    def test_unit_does_not_matter(self, unit: float, inference: str) -> None:
        event, x = sample()
        one, other = (spline_fit(event, x * scale, 4, inference=inference).nonlinearity for scale in (1.0, unit))
        assert other.statistic == pytest.approx(one.statistic, rel=1e-8)

    def test_no_answer_says_why(self) -> None:
        few = spline_fit([0.0, 1, 0, 1], [1.0, 2, 3, 4], 3)
        assert (few.valid, few.fit) == (False, None)
        assert math.isnan(few.nonlinearity.p)
        assert "6 values" in few.nonlinearity.reason
        x = np.arange(60.0)
        apart = spline_fit(np.repeat([0.0, 1.0], 30), x, 3, estimator="ml")
        assert "separation" in apart.nonlinearity.reason
        assert spline_fit(np.repeat([0.0, 1.0], 30), x, 3).nonlinearity.conventions["logistic_estimator"] == "firth"
        nobody = spline_fit(np.zeros(60), x, 3)
        assert nobody.reason == "no events"


class TestCurve:
    def test_saturated_line_by_hand(self) -> None:
        # two shares: the logit's variance at each dose is 1/events + 1/others
        made = probability_curve(line(EVENT, DOSE), [[100.0], [300.0]])
        half = Z * math.sqrt(1 / 3 + 1 / 9)
        low, high = (1 / (1 + 3 * math.exp(sign * half)) for sign in (1, -1))
        assert made.estimate.tolist() == pytest.approx([0.25, 0.75], rel=1e-12)
        assert made.lower.tolist() == pytest.approx([low, 1 - high], rel=1e-10)
        assert made.upper.tolist() == pytest.approx([high, 1 - low], rel=1e-10)

    @pytest.mark.parametrize("unit", [1e-100, 1e-3, 1000.0, 1e100])
    def test_unit_does_not_matter(self, unit: float) -> None:
        event, x = sample()
        grid = observed_grid(x)
        one = probability_curve(line(event, x), grid)
        other = probability_curve(line(event, x * unit), grid * unit)
        assert other.lower == pytest.approx(one.lower, rel=1e-8)
        assert other.upper == pytest.approx(one.upper, rel=1e-8)

    def test_fit_without_an_answer_has_no_curve(self) -> None:
        made = probability_curve(line(np.zeros(24), DOSE), [100.0, 300.0])
        assert (made.valid, made.reason) == (False, "no events")
        assert np.isnan(made.estimate).all()
        tiny = probability_curve(line(EVENT, DOSE * 1e298), [1e300])
        assert not tiny.valid
        assert "beyond what a double holds" in tiny.reason

    def test_firth_curve_exists_under_separation(self) -> None:
        x = np.arange(20.0)
        event = np.repeat([0.0, 1.0], 10)
        made = probability_curve(line(event, x), observed_grid(x))
        assert made.conventions == {"logistic_estimator": "firth"}
        assert ((made.lower <= made.estimate) & (made.estimate <= made.upper)).all()
        assert (np.diff(made.estimate) > 0).all()

    def test_grid_ends_on_the_observed_values_and_never_beyond(self) -> None:
        grid = observed_grid([0.1, 0.7, 0.30000000000000004])
        assert (grid[0], grid[-1], len(grid)) == (0.1, 0.7, 101)
        assert observed_grid([]).tolist() == []
        assert observed_grid([3.0, 3.0]).tolist() == [3.0]
        assert observed_grid([-1e308, 1e308])[[0, -1]].tolist() == [-1e308, 1e308]

    def test_faults_are_named(self) -> None:
        with pytest.raises(ValueError, match="1 columns, got 2"):
            probability_curve(line(EVENT, DOSE), [[1.0, 2.0]])
        with pytest.raises(ValueError, match="level"):
            probability_curve(line(EVENT, DOSE), [1.0], level=1.0)


class TestDose:
    def test_symmetric_line_by_hand(self) -> None:
        # logit 0.25 = −log 3 at 100 and +log 3 at 300: 0.5 at 200, variances of both logits 4/9
        slope, variance = math.log(3) / 100, 4 / 9
        made = dose_for(EVENT, DOSE, 0.5, "delta")
        assert made.estimate == pytest.approx(200, rel=1e-12)
        se = math.sqrt(variance / 2) / slope
        assert made.se == pytest.approx(se, rel=1e-10)
        assert made.lower == pytest.approx(200 - Z * se, rel=1e-10)
        # Fieller: |slope·d| = z·√(variance/2 · (1 + d²/100²)) with d the distance from 200
        d = Z * math.sqrt(variance / 2) / math.sqrt(slope**2 - Z**2 * variance / 2 / 100**2)
        fieller = dose_for(EVENT, DOSE, 0.5, "fieller")
        if d <= 100:
            assert fieller.upper == pytest.approx(200 + d, rel=1e-10)
        else:
            assert fieller.not_reached == ("lower", "upper")

    def test_profile_limits_lie_on_the_likelihood_ratio(self) -> None:
        # forced through 0.5 at a dose D, η = b(x − D): its best slope by bisection, its likelihood counted by hand
        event, x = sample(120)
        fit = line(event, x)
        made = inverse_prediction(fit, event, x, 0.5)
        for limit in (made.lower, made.upper):
            low, high = -1.0, 1.0
            for _ in range(200):
                b = (low + high) / 2
                score = ((event - 1 / (1 + np.exp(-b * (x - limit)))) * (x - limit)).sum()
                low, high = (b, high) if score > 0 else (low, b)
            eta = low * (x - limit)
            loglik = float((event * eta - np.logaddexp(0, eta)).sum())
            assert 2 * (fit.loglik - loglik) == pytest.approx(Z**2, rel=1e-9)

    @pytest.mark.parametrize("interval", INTERVALS)
    @pytest.mark.parametrize("estimator", ["ml", "firth"])
    @pytest.mark.parametrize("unit", [1e-100, 1e-3, 1000.0, 1e100])
    def test_unit_and_row_order_do_not_matter(self, interval: str, estimator: str, unit: float) -> None:
        event, x = sample(90)
        order = np.random.default_rng(0).permutation(90)
        one = inverse_prediction(line(event, x, estimator), event, x, 0.4, interval=interval)
        moved, turned = x[order] * unit, event[order]
        other = inverse_prediction(line(turned, moved, estimator), turned, moved, 0.4, interval=interval)
        for name in ("estimate", "lower", "upper"):
            assert getattr(other, name) / unit == pytest.approx(getattr(one, name), rel=1e-9)

    @pytest.mark.parametrize("interval", INTERVALS)
    def test_swapping_the_outcomes_swaps_the_probability(self, interval: str) -> None:
        event, x = sample(90)
        one, other = dose_for(event, x, 0.3, interval), dose_for(1 - event, x, 0.7, interval)
        for name in ("estimate", "lower", "upper"):
            assert getattr(other, name) == pytest.approx(getattr(one, name), rel=1e-9)

    def test_scale_turns_back_to_the_dose(self) -> None:
        event, x = sample(90)
        per = dose_for(event, x / 100, 0.5, "delta", scale=DoseScale("linear", 100.0))
        raw = dose_for(event, x, 0.5, "delta")
        assert (per.estimate, per.upper, per.se) == pytest.approx((raw.estimate, raw.upper, raw.se), rel=1e-10)
        two, e = (dose_for(event, f(x), 0.5, scale=DoseScale(k)) for f, k in ((np.log2, "log2"), (np.log, "log")))
        assert (two.estimate, two.lower, two.upper) == pytest.approx((e.estimate, e.lower, e.upper), rel=1e-9)
        assert DoseScale("log2").slope(3.0) == pytest.approx(8 * math.log(2))
        assert DoseScale("log").dose(1e6) == math.inf
        assert DoseScale("log2").x(np.array([8.0])).tolist() == [3.0]

    @pytest.mark.parametrize("interval", INTERVALS)
    def test_a_dose_beyond_the_data_is_refused_naming_their_range(self, interval: str) -> None:
        made = dose_for(EVENT, DOSE, 0.9, interval, scale=DoseScale(unit="Gy"))
        assert not made.valid
        assert math.isnan(made.estimate)
        assert (
            made.reason
            == "a probability of 0.9 lies beyond what was observed (100 to 300 Gy); extrapolation is refused"
        )

    def test_a_limit_beyond_the_data_is_not_reached(self) -> None:
        made = dose_for(EVENT, DOSE, 0.7)
        assert made.valid
        assert made.not_reached == ("upper",)
        assert math.isnan(made.upper)
        assert made.lower > 100
        assert "upper limit beyond what was observed (100 to 300)" in made.reason

    @pytest.mark.parametrize("interval", ["profile", "fieller"])
    def test_no_dose_is_ruled_out_where_the_slope_says_nothing(self, interval: str) -> None:
        x = np.repeat(np.arange(10.0), 4)
        event = np.tile([1.0, 0.0, 1.0, 0.0], 10)
        event[0], event[-1] = 0.0, 1.0
        made = dose_for(event, x, 0.5, interval)
        assert made.estimate == pytest.approx(4.5)
        assert made.not_reached == ("lower", "upper")

    @pytest.mark.parametrize("interval", ["profile", "fieller"])
    def test_two_separate_ranges_are_no_interval(self, interval: str) -> None:
        # a slope of no significance: 0.3 is reached low on a rising line, and would be reached high on a falling one
        x = np.repeat(np.arange(10.0), 6)
        event = (np.random.default_rng(7).random(60) < 0.3 + 0.02 * x).astype(float)
        made = dose_for(event, x, 0.3, interval)
        assert made.valid
        assert 0 < made.estimate < 9
        assert "two separate ranges" in made.reason
        assert math.isnan(made.lower)
        assert math.isnan(made.upper)
        assert made.not_reached == ()

    def test_the_flat_line_has_no_dose(self) -> None:
        event, x = np.tile([0.0, 1.0], 20), np.repeat(np.arange(20.0), 2)
        made = dose_for(event, x, 0.3)
        assert not made.valid
        assert made.reason

    def test_no_fit_no_dose(self) -> None:
        x = np.arange(20.0)
        apart = np.repeat([0.0, 1.0], 10)
        refused = inverse_prediction(line(apart, x, "ml"), apart, x, 0.5)
        assert "separation" in refused.reason
        firth = inverse_prediction(line(apart, x), apart, x, 0.5)
        assert firth.estimate == pytest.approx(9.5, rel=1e-9)
        assert 0 < firth.lower < 9.5 < firth.upper < 19
        for event, values in ((np.zeros(20), x), (np.ones(20), x), (apart, np.full(20, 3.0)), ([], []), ([1.0], [2.0])):
            made = inverse_prediction(line(np.array(event), np.array(values)), event, values, 0.5)
            assert not made.valid
            assert made.reason

    def test_faults_are_named(self) -> None:
        fit = line(EVENT, DOSE)
        for p in (0.0, 1.0, math.nan):
            with pytest.raises(ValueError, match="probability"):
                inverse_prediction(fit, EVENT, DOSE, p)
        with pytest.raises(ValueError, match="length"):
            inverse_prediction(fit, EVENT[1:], DOSE, 0.5)
        with pytest.raises(ValueError, match="missing"):
            inverse_prediction(fit, EVENT, np.full(24, math.nan), 0.5)
        with pytest.raises(ValueError, match="inverse_prediction_interval"):
            inverse_prediction(fit, EVENT, DOSE, 0.5, interval="wald")

    @settings(max_examples=25, deadline=None)
    @given(st.integers(0, 10**6), st.sampled_from(INTERVALS), st.floats(0.05, 0.95))
    def test_limits_hold_the_estimate(self, seed: int, interval: str, p: float) -> None:
        event, x = sample(30, seed, 0.01)
        made = dose_for(event, x, p, interval)
        assert made.valid == math.isfinite(made.estimate)
        assert made.valid or made.reason
        for limit, sign in ((made.lower, -1), (made.upper, 1)):
            assert math.isnan(limit) or sign * (limit - made.estimate) >= -1e-9 * abs(made.estimate)
            assert math.isnan(limit) or x.min() <= limit <= x.max()
        if made.valid and (math.isnan(made.lower) or math.isnan(made.upper)):
            assert made.reason
