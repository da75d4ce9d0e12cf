"""Printed Kaplan-Meier rates and medians."""

from __future__ import annotations

import numpy as np
import pytest
from as_printed import rounded
from hypothesis import given, settings
from hypothesis import strategies as st

from y90outcomes.estimators.kaplan_meier import kaplan_meier, median_survival, survival_at
from y90outcomes.published.checks.km_medians import RateAt, median_and_rates, median_between
from y90outcomes.published.checks.km_rates import (
    effective_n,
    rate_interval,
    rates_in_order,
    uncensored_counts,
)
from y90outcomes.published.rounding import Printed, printed

TRANSFORMS = ("log-log", "log", "plain", "logit", "arcsine")


def three(*texts: str) -> tuple[Printed, Printed, Printed]:
    first, second, third = (printed(text) for text in texts)
    return first, second, third


@pytest.mark.parametrize(
    ("transform", "limits"),
    [  # R 4.2.2, summary(survfit(Surv(time, status == 2) ~ 1, lung, conf.type = ...), times = c(180, 365))
        ("log-log", ("65.83", "77.53", "33.87", "47.84")),
        ("log", ("66.55", "78.25", "34.47", "48.58")),
        ("plain", ("66.32", "78.01", "33.90", "47.95")),
        ("logit", ("65.97", "77.62", "34.13", "48.08")),
        ("arcsine", ("66.15", "77.81", "34.02", "48.01")),
    ],
)
def test_r_transforms_are_named(transform: str, limits: tuple[str, str, str, str]) -> None:
    for rate, low, high in (("72.17", *limits[:2]), ("40.92", *limits[2:])):
        check = rate_interval(*three(rate, low, high), 228)
        assert (check.verdict, check.method) == ("agrees", transform)


@pytest.mark.parametrize(
    ("numbers", "n", "said", "method"),
    [
        (("50.0", "34.5", "72.4"), 28, "agrees", "log"),
        (("81.8", "61.9", "100.0"), 11, "agrees", "log"),
        (("85.9", "54.0", "96.3"), 18, "agrees", "log-log"),
        (("16.4", "6.8", "38.9"), 28, "last_digit", "log"),
        (("15.0", "7.8", "30.5"), 45, "disagrees", "log"),
        (("50.0", "34.5", "72.4"), 20, "disagrees", "log"),
        (("50.0", "72.4", "34.5"), 28, "disagrees", ""),
        (("0.0", "0.0", "12.0"), 28, "not_checkable", ""),
    ],
)
def test_interval(numbers: tuple[str, str, str], n: int, said: str, method: str) -> None:
    check = rate_interval(*three(*numbers), n)
    assert (check.verdict, check.method) == (said, method)


def test_details() -> None:
    assert "log 15.362 to 15.486" in rate_interval(*three("15.0", "7.8", "30.5"), 45).detail
    assert "5/28 is 17.857 %" in rate_interval(*three("17.8", "8.0", "39.5"), 28).detail


def test_patients_implied() -> None:
    assert uncensored_counts(*three("50.0", "34.5", "72.4"), most=60, transform="log") == ((14, 28),)
    assert uncensored_counts(*three("48.5", "34.1", "68.9"), most=60, transform="log") == ((16, 33),)
    size = effective_n(*three("81.8", "61.9", "100.0"), transform="log")
    assert size is not None
    assert size.holds(11.0)
    assert size.low > 10.8
    with pytest.raises(ValueError, match="transform"):
        effective_n(*three("50.0", "34.5", "72.4"), transform="cubic")


def test_order() -> None:
    rates = [(36.0, printed("35.7")), (24.0, printed("50.0")), (60.0, printed("16.4"))]
    assert rates_in_order(rates).verdict == "agrees"
    assert rates_in_order(rates, rising=True).verdict == "disagrees"
    assert rates_in_order([*rates, (48.0, printed("35.9"))]).verdict == "last_digit"
    assert rates_in_order([*rates, (48.0, printed("36.9"))]).verdict == "disagrees"
    assert rates_in_order(rates[:1]).verdict == "not_checkable"


@pytest.mark.parametrize(
    ("median", "at", "rate", "said"),
    [
        ("24.8", 24, "50.0", "method_differs"),
        ("22.9", 24, "50.0", "agrees"),
        ("10.7", 24, "17.8", "agrees"),
        ("24.8", 24, "48.5", "disagrees"),
        ("22.9", 24, "51.5", "disagrees"),
        ("22.9", 24, "50.1", "last_digit"),
        ("24.8", 24, "50", "agrees"),
        (None, 24, "81.8", "agrees"),
        (None, 24, "40.0", "disagrees"),
    ],
)
def test_median(median: str | None, at: float, rate: str, said: str) -> None:
    number = None if median is None else printed(median)
    assert median_and_rates(number, None, [RateAt(at, printed(rate))]).verdict == said


def test_median_interval() -> None:
    rates = [RateAt(24, *three("50.0", "34.5", "72.4")), RateAt(60, *three("16.4", "6.8", "38.9"))]
    assert median_and_rates(printed("22.9"), (printed("11.0"), printed("36.5")), rates).verdict == "agrees"
    assert median_and_rates(printed("22.9"), (printed("11.0"), printed("61.5")), rates).verdict == "method_differs"
    assert median_and_rates(printed("22.9"), (printed("23.5"), printed("36.5")), rates).verdict == "disagrees"
    assert median_and_rates(None, (printed("21.2"), None), []).verdict == "agrees"
    assert median_and_rates(None, None, []).verdict == "not_checkable"
    assert median_between(rates).high == 60


@settings(max_examples=30, deadline=None)
@given(
    st.integers(6, 60),
    st.integers(0, 2**31),
    st.sampled_from(TRANSFORMS),
    st.sampled_from(["half up", "half to even"]),
    st.integers(0, 2),
)
def test_rounded_curves_are_never_accused(n: int, seed: int, transform: str, rule: str, decimals: int) -> None:
    rng = np.random.default_rng(seed)
    time = np.ceil(rng.exponential(20.0, n))
    event = rng.random(n) < 0.7
    curve = kaplan_meier(time, event, interval=transform)
    rows, order = [], []
    for at, made in zip((6.0, 12.0, 24.0), survival_at(curve, [6.0, 12.0, 24.0]), strict=True):
        numbers = [made.estimate, made.lower, made.upper]
        if not np.isfinite(numbers).all() or not 0 < made.estimate < 1:
            continue
        rate, low, high = (rounded(100 * value, decimals, rule) for value in numbers)
        order.append((at, rate))
        rows.append(RateAt(at, rate, low, high))
        check = rate_interval(rate, low, high, n)
        if 0 < rate.value < 100:
            assert check.verdict == "agrees"
            assert transform in check.method
            size = effective_n(rate, low, high, transform)
            true = (made.estimate * (1 - made.estimate)) / made.se**2
            assert size is not None
            assert size.low <= true * (1 + 1e-3)
            assert true <= size.high * (1 + 1e-3)
    assert rates_in_order(order).verdict in {"agrees", "not_checkable"}
    median = median_survival(curve)
    number = rounded(median.estimate, 1, rule) if np.isfinite(median.estimate) else None
    if rows and median.valid:
        # a rate printed as 50.0 may be the middle of a flat or lie just above 50
        assert median_and_rates(number, None, rows).verdict in {"agrees", "method_differs"}


@settings(max_examples=40, deadline=None)
@given(st.integers(15, 40), st.data(), st.sampled_from([4, -4]))
def test_a_wrong_rate_is_found(n: int, data: st.DataObject, units: int) -> None:
    alive = data.draw(st.integers(n // 4, n // 2))
    time, event = np.arange(1.0, n + 1), np.ones(n, dtype=bool)
    made = survival_at(kaplan_meier(time, event, interval="log"), [float(n - alive)])[0]
    rate, low, high = (rounded(100 * value, 2, "half up") for value in (made.estimate, made.lower, made.upper))
    wrong = Printed(rate.number + units * rate.unit, 2)
    assert rate_interval(wrong, low, high, n).verdict != "agrees"
