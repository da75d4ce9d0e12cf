"""Courses: who shares a number, what adds, what a missing day or dose takes away."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from y90outcomes.dosimetry.courses import add_energy, course_numbers, cumulative


@pytest.mark.parametrize(
    ("days", "since", "numbers"),
    [
        ([0], "first", [1]),
        ([np.nan], "first", [1]),
        ([0, 56], "first", [1, 1]),
        ([0, 56.001], "first", [1, 2]),
        ([0, 50, 100], "first", [1, 1, 2]),
        ([0, 50, 100], "previous", [1, 1, 1]),
        ([0, 60, 110, 120, 200], "first", [1, 2, 2, 3, 4]),
        ([100, 0, 50], "first", [2, 1, 1]),
        ([0, np.nan], "first", [np.nan, np.nan]),
    ],
)
def test_injections_within_eight_weeks_share_a_course(days: list[float], since: str, numbers: list[float]) -> None:
    found = course_numbers(np.zeros(len(days), dtype=np.intp), days, since=since)
    np.testing.assert_array_equal(found, numbers)


def test_courses_are_counted_within_the_patient() -> None:
    found = course_numbers(np.array([1, 0, 1, 0, 2]), [0, 0, 90, 20, 500])
    np.testing.assert_array_equal(found, [1, 1, 2, 1, 1])
    assert course_numbers(np.array([], dtype=np.intp), []).size == 0


def test_a_course_counts_since_its_first_or_the_previous_injection_only() -> None:
    with pytest.raises(ValueError, match="previous"):
        course_numbers(np.array([0]), [0], since="last")


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 400)), max_size=12), st.randoms(use_true_random=False))
def test_row_order_changes_no_course(rows: list[tuple[int, int]], random: object) -> None:
    patient = np.array([who for who, _ in rows], dtype=np.intp)
    days = np.array([float(when) for _, when in rows])
    order = np.array(random.sample(range(len(rows)), len(rows)), dtype=np.intp)  # type: ignore[attr-defined]
    np.testing.assert_array_equal(course_numbers(patient, days)[order], course_numbers(patient[order], days[order]))
    slow = np.ones(len(rows))
    for who in set(patient.tolist()):
        mine = np.flatnonzero(patient == who)
        start, number = None, 0
        for when in sorted(set(days[mine].tolist())):
            if start is None or when - start > 56:
                start, number = when, number + 1
            slow[mine[days[mine] == when]] = number
    np.testing.assert_array_equal(course_numbers(patient, days), slow)


def test_doses_add_as_energy() -> None:
    group = np.array([0, 0, 1, 2, 2, 3, 3])
    dose, mass = [100, 50, 80, 100, np.nan, 100, 60], [0.5, 1.0, np.nan, 1, 1, 1, np.nan]
    apart = add_energy(dose, mass, group, 5, same_volume=False)
    np.testing.assert_allclose(apart, [100 / 1.5, 80, np.nan, np.nan, np.nan])
    together = add_energy([100, 50, 30], [0.5, 0.5, 0.2], np.array([0, 0, 1]), 2, same_volume=True)
    np.testing.assert_allclose(together, [150, 30])


@given(st.lists(st.tuples(st.floats(1, 500), st.floats(0.01, 2)), min_size=1, max_size=5))
def test_energy_is_conserved_over_a_course(parts: list[tuple[float, float]]) -> None:
    dose, mass = (np.array(side) for side in zip(*parts, strict=True))
    found = add_energy(dose, mass, np.zeros(len(parts), dtype=np.intp), 1, same_volume=False)
    assert found[0] * mass.sum() == pytest.approx((dose * mass).sum(), rel=1e-12)
    assert dose.min() * (1 - 1e-12) <= found[0] <= dose.max() * (1 + 1e-12)


def test_lung_doses_of_all_treatments() -> None:
    known, whole, highest = cumulative([10, 20, 5, np.nan, -1], np.array([0, 0, 1, 1, 2]), 4)
    np.testing.assert_array_equal(known, [30, 5, 0, 0])
    np.testing.assert_array_equal(whole, [30, np.nan, np.nan, np.nan])
    np.testing.assert_array_equal(highest, [20, 5, np.nan, np.nan])
