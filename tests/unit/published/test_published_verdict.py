"""The verdict on a printed number, as a table."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from y90outcomes.published.verdict import VERDICTS, part_verdict, verdict


@pytest.mark.parametrize(
    ("printed", "decimals", "recomputed", "said"),
    [
        # equal at printed precision
        ("39", 0, 38.888888888888886, "agrees"),
        ("0.045", 3, 0.0451017, "agrees"),
        ("3071", 0, 3071, "agrees"),
        ("-1.5", 1, -1.46, "agrees"),
        # half up and half to even are both taken, away from the tie neither is
        ("2.5", 1, 2.45, "agrees"),  # up
        ("2.4", 1, 2.45, "agrees"),  # to even
        ("446", 0, 445.5, "agrees"),
        ("320", 0, 320.5, "agrees"),
        ("321", 0, 320.5, "agrees"),
        ("187", 0, 186.5, "agrees"),
        ("186", 0, 186.5, "agrees"),
        ("185", 0, 186.5, "disagrees"),
        ("-3", 0, -2.5, "agrees"),
        ("-2", 0, -2.5, "agrees"),
        # a tie that no double holds exactly: 16.15 lies below, 2.675 lies below, 1.005 lies below
        ("16.2", 1, 16.15, "agrees"),
        ("2.68", 2, 2.675, "agrees"),
        ("1.01", 2, 1.005, "agrees"),
        ("0.3", 1, 0.1 + 0.2, "agrees"),
        ("0.35", 2, 0.1 * 3 + 0.05, "agrees"),
        # within one unit of the last printed digit
        ("95", 0, 94.44444444444444, "last_digit"),
        ("94", 0, 94.9, "last_digit"),
        ("15", 0, 15.6, "last_digit"),
        ("2", 0, 3, "last_digit"),
        ("0.05", 2, 0.06, "last_digit"),
        ("1.8", 1, 1.875, "last_digit"),
        # further away
        ("2", 0, 3.0001, "disagrees"),
        ("0.24", 2, 0.105, "disagrees"),
        ("11", 0, 16.666666666666668, "disagrees"),
        ("0.05", 2, -0.05, "disagrees"),
        # nothing to compare with
        ("5", 0, None, "not_checkable"),
        ("NaN", 0, 5.0, "not_checkable"),
    ],
)
def test_one_number(printed, decimals, recomputed, said):
    assert part_verdict(Decimal(printed), decimals, recomputed) == said


@pytest.mark.parametrize(
    ("printed", "recomputed", "said"),
    [
        ("0.001", 0.0009999, "agrees"),
        ("0.001", 0.001, "disagrees"),
        ("0.001", 0.0011, "disagrees"),
        ("0.05", 0.0, "agrees"),
        ("0.05", None, "not_checkable"),
    ],
)
def test_a_p_printed_as_an_upper_bound(printed, recomputed, said):
    assert part_verdict(Decimal(printed), 3, recomputed, "<") == said


def several(printed: str, recomputed: list[float | None], alternatives: list[list[float | None]] = []) -> str:  # noqa: B006
    numbers = [Decimal(text) for text in printed.split("; ")]
    decimals = [max(0, -int(number.as_tuple().exponent)) for number in numbers]
    return verdict(numbers, decimals, recomputed, alternatives)


@pytest.mark.parametrize(
    ("printed", "recomputed", "alternatives", "said"),
    [
        ("16; 2; 3071", [16.15, 2.2, 3071], [], "agrees"),
        ("6.2; 2; 14.6", [6.2, 2.1, 14.6], [], "agrees"),
        ("16; 2; 3071", [16.15, 3, 3071], [], "last_digit"),
        ("16; 2; 3071", [16.15, 3, 3090], [], "disagrees"),
        ("16; 2; 3071", [16.15, None, 3071], [], "not_checkable"),
        ("16; 2; 3071", [16.15, 3, None], [], "not_checkable"),
        ("0.057", [0.0544], [[0.0569]], "method_differs"),
        ("0.055", [0.0544], [[0.0549]], "method_differs"),  # last digit alone, but another convention prints it
        ("0.057", [0.0569], [[0.03]], "agrees"),
        ("0.057", [0.03], [[0.0561]], "disagrees"),  # an alternative must print it exactly
        ("0.054; 3", [0.03, 3], [[0.0544, 9]], "disagrees"),  # and every part of it
        ("0.054; 3", [0.03, 3], [[0.01, 3], [0.0544, 3]], "method_differs"),
        ("0.054", [None], [[0.0544]], "not_checkable"),
        ("0.054; 3", [0.0544], [], "not_checkable"),
    ],
)
def test_several_numbers_have_the_worst_verdict(printed, recomputed, alternatives, said):
    assert several(printed, recomputed, alternatives) == said


def test_nothing_printed_is_not_checkable():
    assert verdict([], [], []) == "not_checkable"


@given(
    st.decimals(min_value=-10_000, max_value=10_000, allow_nan=False, places=2),
    st.floats(min_value=-10_000, max_value=10_000),
)
def test_a_verdict_never_gets_better_with_distance(printed, recomputed):
    said = part_verdict(printed, 2, recomputed)
    apart = abs(Decimal(recomputed) - printed)
    if apart < Decimal("0.00499"):
        assert said == "agrees"
    elif apart > Decimal("0.01001"):
        assert said == "disagrees"
    else:
        assert said in VERDICTS[:2] if apart < Decimal("0.00999") else said in {"last_digit", "disagrees"}
