"""Text to values: exact, strict, and the same everywhere."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from y90outcomes.registry.values import date_parser, integer_parser, number_parser

ONE = Decimal(1)


@pytest.mark.parametrize(
    ("decimal", "thousands", "text", "value"),
    [
        (".", None, "13.6", 13.6), (".", None, "-5", -5.0), (".", None, "\u22125", -5.0), (".", None, ".5", 0.5),
        (".", None, "1e3", 1000.0), (",", None, "13,6", 13.6), (",", ".", "1.234,5", 1234.5),
        (",", " ", "3 071", 3071.0),
        (",", " ", "3\u202f071,5", 3071.5), (".", ",", "1,234", 1234.0), (".", "'", "12'345.6", 12345.6),
        (",", None, "13.6", None), (".", None, "13,6", None), (".", ",", "1,23", None), (".", None, "1 234", None),
        (".", None, "", None), (".", None, "12 mg", None), (".", None, "nan", None), (".", None, "inf", None),
        (".", None, "١٢", None), (".", None, "1_000", None), (".", None, "1e999", None), (".", None, "9" * 201, None),
    ],
)  # fmt: skip
def test_numbers(decimal, thousands, text, value):
    assert number_parser(decimal, thousands, ONE)(text) == ((value, "") if value is not None else (None, "bad_number"))


@given(
    st.decimals(min_value=-(10**9), max_value=10**9, allow_nan=False, places=6),
    st.sampled_from([ONE, Decimal("17.104"), Decimal("0.001"), Decimal("30.4375"), Decimal("88.40")]),
)
def test_conversion_is_the_nearest_double_of_the_exact_product(number, scale):
    text = f"{number:f}"
    value, rule = number_parser(".", None, scale)(text)
    assert rule == ""
    assert value == float(Fraction(text) * Fraction(scale))


def test_a_product_of_doubles_would_differ():
    value, _ = number_parser(".", None, Decimal("17.104"))("3.9")
    assert value == 66.7056
    assert value != 3.9 * 17.104


@pytest.mark.parametrize(
    ("text", "value"), [("3", 3), ("3.0", 3), ("-2", -2), ("3.5", None), ("x", None), ("1e20", None)]
)
def test_integers(text, value):
    assert integer_parser(".", None)(text) == ((value, "") if value is not None else (None, "bad_number"))


@pytest.mark.parametrize(
    ("formats", "sheet", "text", "day"),
    [
        (("%d/%m/%Y",), False, "3/4/2019", dt.date(2019, 4, 3)),
        (("%d/%m/%Y",), False, "2019-04-03", None),
        (("%d/%m/%Y",), True, "2019-04-03", dt.date(2019, 4, 3)),
        (("%d/%m/%Y",), True, "2019-04-03 10:30:00", dt.date(2019, 4, 3)),
        ((), False, "2019-04-03", dt.date(2019, 4, 3)),
        (("%Y%m%d",), False, "20190403", dt.date(2019, 4, 3)),
        (("%d/%m/%Y %H:%M",), False, "03/04/2019 9:05", dt.date(2019, 4, 3)),
        (("%d/%m/%Y", "%m/%d/%Y"), False, "13/04/2019", dt.date(2019, 4, 13)),
        (("%d/%m/%Y", "%m/%d/%Y"), False, "03/04/2019", None),
        (("%d/%m/%Y",), False, "29/02/2019", None),
        (("%d/%m/%Y",), False, "2019", None),
        (("%d.%m.%Y",), False, "03x04x2019", None),
    ],
)
def test_dates(formats, sheet, text, day):
    assert date_parser(formats, sheet)(text) == ((day, "") if day else (None, "bad_date"))
