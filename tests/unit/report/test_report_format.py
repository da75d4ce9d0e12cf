"""Rounding and wording of displayed numbers."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from y90outcomes.report import format as fmt


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (2.675, 2, "2.68"),  # the double is 2.67499999…, its shortest decimal is a tie
        (1.005, 2, "1.01"),
        (0.5, 0, "1"),
        (-0.5, 0, "−1"),
        (-2.675, 2, "−2.68"),
        (-0.04, 1, "0.0"),  # no negative zero
        (445.75, 0, "446"),
        (12345, 0, "12\u202f345"),
        (1234567.0, 0, "1\u202f234\u202f567"),
        (9999, 0, "9999"),
        (1e22, 0, "10\u202f000\u202f000\u202f000\u202f000\u202f000\u202f000\u202f000"),
        (None, 1, "—"),
    ],
)
def test_rounds_half_away_from_zero_on_the_shortest_decimal(value, decimals, text):
    assert fmt.decimal(value, decimals) == text


@given(st.floats(-1e12, 1e12), st.integers(0, 6))
def test_rounding_is_within_half_a_unit_and_symmetric(value, decimals):
    got = fmt.rounded(value, decimals)
    assert abs(got - Decimal(repr(value))) <= Decimal(1).scaleb(-decimals) / 2
    assert fmt.rounded(-value, decimals) == -got


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0448, "0.045"), (0.0496, "0.0496"), (0.0504, "0.0504"), (0.05, "0.050"), (0.04999996, "0.04999996"),
        (0.45, "0.45"), (0.123, "0.12"), (0.0094, "0.009"), (0.00951, "0.010"), (0.001, "0.001"), (0.00099, "<0.001"),
        (0.0, "<0.001"), (0.994, "0.99"), (0.995, ">0.99"), (1.0, ">0.99"), (1, ">0.99"), (None, "—"),
    ],
)  # fmt: skip
def test_p_values(p, text):
    assert fmt.p_value(p) == text


@given(st.floats(0.001, 0.9949))
def test_a_p_value_keeps_its_side_of_five_per_cent(p):
    shown = float(fmt.p_value(p))
    assert (shown < 0.05) == (p < 0.05)
    assert (shown == 0.05) == (p == 0.05)
    assert abs(shown - p) <= 0.0050001


def test_p_in_running_text():
    assert fmt.p_equation(0.0448) == "\u00a0=\u00a00.045"
    assert fmt.p_equation(0.0001) == "\u00a0<\u00a00.001"


@pytest.mark.parametrize(
    ("unit", "values", "expected"),
    [
        ("Gy", [31.0, 1131.0], 0), ("months", [5.8], 1), ("", [1.0, 2.0], 0), ("ng/mL", [15.6, 2.2], 1),
        ("ng/mL", [3071.0, 2.2], 1), ("ratio", [1.12], 2), ("ratio", [0.0123], 3), ("", [], 0), ("", [None], 0),
    ],
)  # fmt: skip
def test_decimals_by_unit_then_magnitude(unit, values, expected):
    assert fmt.places(unit, values) == expected


def test_skewed_ranges_stay_readable():
    assert fmt.span(2.25, 3071.0, 1) == "2.3–3071"


def test_ranges_with_a_negative_limit_use_to():
    assert fmt.span(-0.3, 0.25, 1) == "−0.3 to 0.3"


def test_limits_not_reached_and_unknown_differ():
    assert fmt.span(14.6, None, 1, ("upper",)) == "14.6–NR"
    assert fmt.span(14.6, None, 1) == "14.6–—"


@pytest.mark.parametrize(
    ("n", "share", "denominator", "whole", "text"),
    [
        (5, 500 / 18, 18, 18, "5 (28%)"), (5, 500 / 17, 17, 18, "5/17 (29%)"), (1, 12.5, 8, None, "1 (13%)"),
        (41, 4100 / 107, 107, 107, "41 (38.3%)"), (0, None, 0, 0, "—"), (None, None, None, None, "—"),
    ],
)  # fmt: skip
def test_counts_with_their_percentage(n, share, denominator, whole, text):
    assert fmt.count_percent(n, share, denominator, whole) == text


def test_fractions_become_per_cents_by_shifting_the_point():
    assert fmt.in_percent(0.29) == 29.0
    assert fmt.in_percent(0.57) == 57.0
    assert fmt.in_percent(None) is None


def test_units_stand_behind_a_space_that_does_not_break():
    assert fmt.measure(445.75, "Gy") == "446\u00a0Gy"
    assert fmt.measure(12.4, "%") == "12%"
    assert fmt.measure(None, "Gy") == "—"
