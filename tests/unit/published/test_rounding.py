"""What a printed number may stand for, and which rule prints a value."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from y90outcomes.published.rounding import EVERYTHING, Span, printed, rules_printing


def test_a_printed_number_is_every_value_that_rounds_to_it():
    assert printed("0.51").span == Span(0.505, 0.515)
    assert printed(8, 1).span == Span(7.95, 8.05)


def test_missing_decimals_are_written_as_zeros_where_asked():
    assert str(printed(0.5, 2)) == "0.50"
    assert str(printed(0.5, 2, filled=False)) == "0.5"
    assert printed(0.5, 2, filled=False).decimals == 2
    assert printed("8.12", 1).decimals == 2


def test_spans_meet_at_their_ends_and_not_beyond():
    assert printed("0.065").span.meets(printed("0.06").span)
    assert not printed("0.43").span.meets(printed("0.40").span)
    assert Span(1, 2).gap(Span(2.5, 3)) == 0.5
    assert EVERYTHING.meets(Span(5, 5))
    assert Span(0.1 + 0.2, 1).meets(Span(0, 0.3))


def test_arithmetic_keeps_every_value():
    assert Span(1, 2) + Span(10, 20) == Span(11, 22)
    assert Span(1, 2) - Span(10, 20) == Span(-19, -8)
    assert Span(1, 4).mapped(lambda x: x * x) == Span(1, 16)


@pytest.mark.parametrize(
    ("exact", "text", "rules"),
    [
        (Fraction(5, 28) * 100, "17.9", ("half up", "half to even")),
        (Fraction(5, 28) * 100, "17.8", ("truncated",)),
        (Fraction(1, 8), "0.12", ("half to even", "truncated")),
        (Fraction(1, 8), "0.13", ("half up",)),
        (Fraction(-1, 8), "-0.12", ("half to even", "truncated")),
        (16.149999999999999, "16.15", ("half up", "half to even", "truncated")),
        (float("nan"), "1", ()),
    ],
)
def test_the_rules_that_print_a_value(exact, text, rules):
    assert rules_printing(exact, printed(text)) == rules


@given(st.fractions(min_value=-100, max_value=100, max_denominator=400), st.integers(0, 4))
def test_a_value_lies_in_the_span_of_what_it_is_printed_as(value, decimals):
    unit = Decimal(1).scaleb(-decimals)
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    for rule in (ROUND_HALF_UP, ROUND_HALF_EVEN):
        assert printed(exact.quantize(unit, rounding=rule), decimals).span.holds(float(value))
    assert printed(exact.quantize(unit, rounding=ROUND_DOWN), decimals).span.gap(
        Span(float(value), float(value))
    ) <= float(unit)
