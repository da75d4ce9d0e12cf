"""Decay, weeks, limits and TARGET's volumes, on both sides of every boundary."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from y90outcomes.dosimetry import limits
from y90outcomes.dosimetry.decay import activity_at, decay_factor, sphere_activity, treatment_week
from y90outcomes.dosimetry.volumes import part_of, tumour_and_normal, volumes_fit


def test_half_is_left_after_a_half_life() -> None:
    half_life = 64.1 / 24
    np.testing.assert_allclose(decay_factor([0, half_life, 2 * half_life]), [1, 0.5, 0.25], rtol=1e-15)
    np.testing.assert_allclose(activity_at([3, 3, -3, np.nan], [half_life, -1, 1, 1]), [1.5, np.nan, np.nan, np.nan])


@given(st.floats(0, 15), st.floats(0, 15))
def test_decay_in_two_steps_is_decay_in_one(first: float, second: float) -> None:
    assert activity_at(activity_at(5, first), second) == pytest.approx(activity_at(5, first + second), rel=1e-12)


def test_a_sphere_reaches_salems_297_bq_early_in_the_second_week() -> None:
    limit = limits.LIMITS["sphere_activity"].value
    assert sphere_activity(0) == 2500
    assert sphere_activity(8) > limit > sphere_activity(9)


@pytest.mark.parametrize(("days", "week"), [(0, 1), (7, 1), (7.0001, 2), (14, 2), (14.0001, np.nan), (-0.1, np.nan),
                                            (np.nan, np.nan)])  # fmt: skip
def test_weeks_after_calibration(days: float, week: float) -> None:
    np.testing.assert_equal(float(treatment_week(days)), week)


@pytest.mark.parametrize(
    ("known", "whole", "highest", "kept"),
    [(30, 30, 30, 1), (30.001, 30.001, 30.001, 0), (50, 50, 25, 1), (50.001, 50.001, 25, 0), (31, np.nan, 31, 0),
     (51, np.nan, 26, 0), (20, np.nan, 20, np.nan), (0, np.nan, np.nan, np.nan), (0.1 + 0.2 + 29.7, 30, 30, 1)],
)  # fmt: skip
def test_lung_limits(known: float, whole: float, highest: float, kept: float) -> None:
    np.testing.assert_equal(float(limits.within_lung_limits(known, whole, highest)), kept)


@pytest.mark.parametrize(
    ("ratio", "inside"), [(1, 1), (1.02, 1), (1.0201, 0), (0.98, 1), (0.9799, 0), (np.nan, np.nan)]
)
def test_near_one_includes_both_ends(ratio: float, inside: float) -> None:
    np.testing.assert_equal(float(limits.near_one(ratio, 2)), inside)


def test_every_limit_has_a_source() -> None:
    assert all(limit.source and limit.words and limit.rule in {"max", "min"} for limit in limits.LIMITS.values())
    assert {name: limits.LIMITS[name].value for name in ("lung_single", "lung_cumulative", "course_days")} == {
        "lung_single": 30, "lung_cumulative": 50, "course_days": 56,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("diameter", "part"),
    [(30, "tumour"), (29.999, "neither"), (20, "neither"), (19.999, "normal"), (0, ""), (np.nan, "")],
)
def test_a_tumour_between_the_limits_belongs_to_neither(diameter: float, part: str) -> None:
    assert part_of(np.array([diameter])).tolist() == [part]


def test_tumour_and_normal_volumes_leave_out_what_belongs_to_neither() -> None:
    diameter = [50, 25, 10, 40, 25, np.nan, 50]
    volume = [60, 8, 1, 30, np.nan, 5, 70]
    group = np.array([0, 0, 0, 1, 1, 2, 3])
    tumour, normal = tumour_and_normal(diameter, volume, group, [500, 500, 500, 60, 400])
    np.testing.assert_array_equal(tumour, [60, 30 + np.nan, np.nan, 70, 0])
    np.testing.assert_array_equal(normal, [432, np.nan, np.nan, np.nan, 400])
    one, rest = tumour_and_normal(diameter, volume, group, [500, 500, 500, 60, 400], tumour_mm=20)
    assert one[0] + rest[0] == 500


@pytest.mark.parametrize(
    ("tumour", "normal", "perfused", "one_limit", "fits"),
    [(100, 410, 500, False, 1), (100, 410.01, 500, False, 0), (100, 300, 500, False, 1), (100, 300, 500, True, 0),
     (100, 390, 500, True, 1), (100, 389.99, 500, True, 0), (np.nan, 400, 500, False, np.nan),
     (100, 400, 0, False, np.nan), (-1, 400, 500, False, np.nan)],
)  # fmt: skip
def test_volumes_fit_up_to_two_percent(
    tumour: float, normal: float, perfused: float, one_limit: bool, fits: float
) -> None:
    np.testing.assert_equal(float(volumes_fit(tumour, normal, perfused, one_limit)), fits)
