"""Printed ratios, their intervals and their p values."""

from __future__ import annotations

from math import exp

import pytest
from as_printed import rounded
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from y90outcomes.published.checks.ratios import p_against_interval, ratio_interval, wald_p
from y90outcomes.published.rounding import Printed, printed


def three(*texts: str) -> tuple[Printed, Printed, Printed]:
    first, second, third = (printed(text) for text in texts)
    return first, second, third


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        (("0.51", "0.29", "0.9"), "agrees"),
        (("0.826", "0.71", "0.95"), "agrees"),
        (("4.43", "0.78", "25.35"), "agrees"),
        (("0.15", "0.06", "0.43"), "agrees"),
        (("0.998", "0.997", "1.000"), "agrees"),
        (("1.0", "1.0", "1.0"), "agrees"),
        (("0.01", "0.00", "0.20"), "agrees"),
        (("2.66", "1.05", "6.60"), "disagrees"),
        (("2.66", "1.05", "6.65"), "last_digit"),
        (("0.52", "0.26", "0.1"), "disagrees"),
        (("20.3", "1.13", "3.65"), "disagrees"),
        (("2.5", "1.2", "4.0"), "disagrees"),
        (("-0.5", "-0.9", "-0.1"), "not_checkable"),
    ],
)
def test_ratio(numbers: tuple[str, str, str], said: str) -> None:
    assert ratio_interval(*three(*numbers)).verdict == said


def test_a_moved_point_is_named() -> None:
    assert "upper limit 1.0 would fit" in ratio_interval(*three("0.52", "0.26", "0.1")).detail
    assert "implies an upper one of 1.00 to 1.08" in ratio_interval(*three("0.52", "0.26", "0.1")).detail
    assert "estimate 2.03 would fit" in ratio_interval(*three("20.3", "1.13", "3.65")).detail


def test_profile_is_another_method_only_where_allowed() -> None:
    numbers = three("2.50", "1.20", "4.60")
    assert ratio_interval(*numbers).verdict == "disagrees"
    assert ratio_interval(*numbers, profile=True).verdict == "method_differs"
    assert ratio_interval(*three("2.50", "1.20", "3.50"), profile=True).verdict == "disagrees"


def test_wald_p_of_r() -> None:
    # R 4.2.2, coxph(Surv(time, status) ~ sex, lung): 0.5880 (0.4237 to 0.8160), p = 0.001490
    found = wald_p(*three("0.5880", "0.4237", "0.8160"))
    assert found is not None
    assert found.holds(0.00149)
    assert found.high - found.low < 3e-5
    assert wald_p(*three("0.52", "0.26", "0.1")) is None


@pytest.mark.parametrize(
    ("p", "relation", "numbers", "said"),
    [
        ("0.020", "=", ("0.51", "0.29", "0.9"), "agrees"),
        ("0.001", "<", ("0.17", "0.06", "0.43"), "agrees"),
        ("0.003", "=", ("0.998", "0.996", "0.999"), "agrees"),
        ("0.0498", "=", ("0.998", "0.997", "1.000"), "agrees"),
        ("0.471", "=", ("1.23", "0.69", "2.19"), "last_digit"),
        ("0.059", "=", ("2.4", "0.94", "6.12"), "method_differs"),
        ("0.0096", "=", ("0.42", "0.21", "0.83"), "method_differs"),
        ("0.20", "=", ("2.4", "0.94", "6.12"), "disagrees"),
        ("0.001", "<", ("2.4", "0.94", "6.12"), "disagrees"),
        ("0.10", ">", ("0.51", "0.29", "0.9"), "disagrees"),
        ("0.05", ">", ("2.4", "0.94", "6.12"), "agrees"),
        ("0.058", "=", ("0.52", "0.26", "0.1"), "not_checkable"),
    ],
)
def test_p(p: str, relation: str, numbers: tuple[str, str, str], said: str) -> None:
    assert p_against_interval(printed(p), relation, *three(*numbers)).verdict == said


def test_relation_must_be_known() -> None:
    with pytest.raises(ValueError, match="relation"):
        p_against_interval(printed("0.5"), "~", *three("1.0", "0.5", "2.0"))


@settings(max_examples=60, deadline=None)
@given(
    st.floats(-3, 3),
    st.floats(0.01, 1.5),
    st.integers(1, 3),
    st.integers(2, 4),
    st.sampled_from(["half up", "half to even"]),
)
def test_a_rounded_wald_row_is_never_accused(b: float, se: float, decimals: int, p_decimals: int, rule: str) -> None:
    q = norm.ppf(0.975)
    row = [rounded(exp(value), decimals, rule) for value in (b, b - q * se, b + q * se)]
    p = rounded(2 * norm.sf(abs(b / se)), p_decimals, rule)
    if row[2].value == 0:
        return
    assert ratio_interval(*row).verdict == "agrees"
    if row[1].value < row[2].value:
        assert p_against_interval(p, "=", *row).verdict == "agrees"
        assert p_against_interval(Printed(p.number + p.unit, p.decimals), "<", *row).verdict == "agrees"


@settings(max_examples=40, deadline=None)
@given(st.floats(-1, 1), st.floats(0.1, 0.8), st.sampled_from([3, -3, 5]))
def test_a_wrong_estimate_is_found(b: float, se: float, units: int) -> None:
    q = norm.ppf(0.975)
    estimate, low, high = (rounded(exp(value), 4, "half up") for value in (b, b - q * se, b + q * se))
    wrong = Printed(estimate.number + units * estimate.unit, 4)
    # limits to 4 decimals leave the estimate at most about cosh(q se) / 2 units of freedom
    if (exp(q * se) + exp(-q * se)) / 4 < 0.9:
        assert ratio_interval(wrong, low, high).verdict == "disagrees"
