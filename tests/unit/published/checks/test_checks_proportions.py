"""Printed percentages and their intervals against counts."""

from __future__ import annotations

import pytest
from as_printed import rounded
from hypothesis import given, settings
from hypothesis import strategies as st

from y90outcomes.published.checks.proportion_methods import LIMITS
from y90outcomes.published.checks.proportions import (
    counts_from_percent,
    percent_of_counts,
    proportion_interval,
)
from y90outcomes.published.rounding import Printed, printed


@pytest.mark.parametrize(
    ("percent", "numerator", "denominator", "said", "method"),
    [
        ("71.4", 5, 7, "agrees", ""),
        ("71.2", 5, 7, "disagrees", ""),
        ("57", 4, 6, "disagrees", ""),
        ("57", 4, 7, "agrees", ""),
        ("17.8", 5, 28, "last_digit", "truncated"),
        ("17.8", 6, 28, "disagrees", ""),
        ("54", 6, 11, "last_digit", "truncated"),
        ("56", 6, 11, "disagrees", ""),
        ("12", 1, 8, "agrees", ""),  # 12.5 half to even
        ("13", 1, 8, "agrees", ""),  # 12.5 half up
        ("110", 11, 10, "disagrees", ""),
        ("0", 0, 0, "not_checkable", ""),
    ],
)
def test_percent(percent: str, numerator: int, denominator: int, said: str, method: str) -> None:
    check = percent_of_counts(printed(percent), numerator, denominator)
    assert (check.verdict, check.method) == (said, method)


def test_the_sentence_says_what_would_print() -> None:
    assert "4/7 does" in percent_of_counts(printed("57"), 4, 6).detail
    assert "12 of 28" in percent_of_counts(printed("42.9"), 15, 28).detail
    assert percent_of_counts(printed("71.2"), 5, 7).recomputed == "71.429"


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 300), st.data(), st.integers(0, 2), st.sampled_from(["half up", "half to even"]))
def test_a_rounded_percentage_is_never_accused(n: int, data: st.DataObject, decimals: int, rule: str) -> None:
    x = data.draw(st.integers(0, n))
    number = rounded(100 * x / n, decimals, rule)
    assert percent_of_counts(number, x, n).verdict == "agrees"
    assert x in counts_from_percent(number, n)
    wrong = Printed(number.number + 3 * number.unit, decimals)
    assert percent_of_counts(wrong, x, n).verdict == "disagrees"


@pytest.mark.parametrize(
    ("low", "high", "x"), [("55.0", "68.0", 129), ("28.3", "41.1", 72), ("64.3", "76.6", 148), ("32.4", "45.5", 81)]
)
def test_wilson_of_209(low: str, high: str, x: int) -> None:
    check = proportion_interval(None, printed(low), printed(high), x, 209)
    assert check.verdict == "agrees"
    assert check.method.startswith("Wilson")


def test_other_methods_are_named() -> None:
    # 7 of 20, R: binom.test, prop.test(correct = TRUE), and by hand Wald 35 -+ 20.903
    for low, high, name in (("15.39", "59.22", "Clopper-Pearson"), ("16.31", "59.05", "with continuity")):
        assert name in proportion_interval(printed("35"), printed(low), printed(high), 7, 20).method
    wald = proportion_interval(printed("35"), printed("14.1"), printed("55.9"), 7, 20)
    assert wald.verdict == "agrees"
    assert wald.method == "Wald"
    beyond = proportion_interval(printed("5"), printed("-4.6"), printed("14.6"), 1, 20)
    assert beyond.verdict == "agrees"
    assert "not cut" in beyond.method
    assert proportion_interval(printed("35"), printed("10.0"), printed("70.0"), 7, 20).verdict == "disagrees"
    assert proportion_interval(printed("35"), printed("14.0"), printed("55.9"), 7, 20).verdict == "last_digit"
    assert proportion_interval(printed("36"), printed("14.1"), printed("55.9"), 7, 20).verdict == "last_digit"


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 200), st.data(), st.sampled_from(sorted(LIMITS)), st.sampled_from(["half up", "half to even"]))
def test_a_rounded_interval_is_never_accused(n: int, data: st.DataObject, name: str, rule: str) -> None:
    x = data.draw(st.integers(0, n))
    low, high = (rounded(100 * end, 1, rule) for end in LIMITS[name](x, n, 0.95))
    check = proportion_interval(rounded(100 * x / n, 1, rule), low, high, x, n)
    assert check.verdict == "agrees"
    assert name in check.method


def test_counts_and_denominators() -> None:
    assert counts_from_percent(printed("57.1"), 28) == (16,)
    assert counts_from_percent(printed("17.8"), 28) == ()
    assert counts_from_percent(printed("17.8"), 28, cut=True) == (5,)
    assert counts_from_percent(printed("50"), 0) == ()
