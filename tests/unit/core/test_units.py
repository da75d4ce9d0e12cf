"""Units: exact strings, exact decimal factors, nothing guessed."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from y90outcomes.units import UNITS, accepted_units, canonical_unit, divide, factor, normalise


@pytest.mark.parametrize(
    ("quantity", "unit", "expected"),
    [
        ("bilirubin", "mg/dL", "17.104"),
        ("albumin", "g/dL", "10"),
        ("creatinine", "mg/dL", "88.40"),
        ("afp", "µg/L", "1"),
        ("cell_count", "/mm³", "0.001"),
        ("cell_count", "G/L", "1"),
        ("enzyme", "µkat/L", "60"),
        ("length", "cm", "10"),
        ("volume", "L", "1000"),
        ("activity", "mCi", "0.037"),
        ("dose", "cGy", "0.01"),
        ("fraction", "1", "100"),
        ("day", "months", "30.4375"),
    ],
)
def test_a_factor_is_the_exact_decimal(quantity: str, unit: str, expected: str) -> None:
    assert factor(quantity, unit) == Decimal(expected)


@pytest.mark.parametrize("quantity", UNITS)
def test_the_canonical_unit_is_accepted_first_with_factor_1(quantity: str) -> None:
    assert accepted_units(quantity)[0] == normalise(canonical_unit(quantity))
    assert factor(quantity, canonical_unit(quantity)) == 1
    assert all(value > 0 for value in UNITS[quantity][1].values())


@pytest.mark.parametrize("spelling", ["µmol/L", "\u03bcmol/L", "umol/L", " µmol / L", "µmol\u00a0/L"])
def test_every_micro_sign_is_the_same_unit(spelling: str) -> None:
    assert factor("bilirubin", spelling) == 1


@pytest.mark.parametrize("spelling", ["10⁹/L", "10^9/L", "G/L", "10³/µL", "10³/\u03bcL"])
def test_every_spelling_of_a_cell_count(spelling: str) -> None:
    assert factor("cell_count", spelling) == 1


@pytest.mark.parametrize(
    ("quantity", "unit"),
    [
        ("afp", "IU/mL"),  # the assay's own factor, never a default
        ("afp", "kU/L"),
        ("bilirubin", "Mg/dL"),  # case matters: M is mega, m is milli
        ("bilirubin", "g/dL"),
        ("cell_count", "109/L"),  # what a lost superscript leaves
        ("length", "inch"),
        ("dose", ""),
        ("creatinine", "MMOL/L"),
    ],
)
def test_what_is_not_listed_is_not_a_unit(quantity: str, unit: str) -> None:
    assert factor(quantity, unit) is None


def test_an_unknown_quantity_is_an_error_of_ours() -> None:
    with pytest.raises(KeyError):
        factor("temperature", "K")


def test_divide_gives_back_what_was_multiplied() -> None:
    days = 124.79375  # 4.1 months
    assert days / 30.4375 != 4.1
    assert divide([days], 30.4375)[0] == 4.1


def test_a_tenth_of_a_month_comes_back_as_written() -> None:
    months = np.arange(1, 5000) / 10
    days = [float(Decimal(str(month)) * Decimal("30.4375")) for month in months.tolist()]
    assert divide(days, 30.4375).tolist() == months.tolist()


def test_divide_leaves_missing_missing_and_its_input_alone() -> None:
    given_values = np.array([np.nan, 61.0, np.inf])
    made = divide(given_values, 30.5)
    assert made[1:].tolist() == [2.0, np.inf]
    assert np.isnan(made[0])
    same = divide(given_values, 1)
    same[1] = 0
    assert given_values[1] == 61.0
    assert divide([], 2.0).tolist() == []


@settings(deadline=None, derandomize=True, database=None)
@given(st.decimals(-(10**6), 10**6, places=4, allow_nan=False), st.sampled_from(["30.4375", "30", "365.25", "7"]))
def test_divide_is_the_double_nearest_to_the_exact_quotient(value: Decimal, divisor: str) -> None:
    printed = Fraction(repr(float(value)))
    exact = printed / Fraction(divisor)
    made = Fraction(float(divide([float(value)], float(divisor))[0]))
    neighbours = [Fraction(float(np.nextafter(float(made), way))) for way in (-np.inf, np.inf)]
    assert all(abs(made - exact) <= abs(other - exact) for other in neighbours)
