"""Means, SDs and medians that can and cannot be."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from as_printed import rounded
from hypothesis import given, settings
from hypothesis import strategies as st

from y90outcomes.published.checks.base import Check, worst
from y90outcomes.published.checks.geometric import mean_interval, t_test, t_test_of_sds
from y90outcomes.published.checks.means import (
    grim,
    grimmer,
    mean_and_median,
    mean_sd_in_range,
    median_of_integers,
    sd_against_bounds,
    value_in_range,
)
from y90outcomes.published.rounding import Printed, Span, printed

RULES = st.sampled_from(["half up", "half to even"])


def test_grim() -> None:
    assert grim(printed("5.19"), 28).verdict == "disagrees"  # Brown and Heathers' own example
    assert grim(printed("5.18"), 28).verdict == "agrees"
    assert grim(printed("5.17"), 28).method == "GRIM truncated"
    assert grim(printed("5.2"), 28).verdict == "not_checkable"
    assert grim(printed("3.43"), 7, Fraction(1, 2)).verdict == "agrees"
    assert grim(printed("5.19"), 0).verdict == "not_checkable"


def test_grimmer() -> None:
    assert grimmer(printed("3.44"), printed("2.47"), 18).verdict == "last_digit"  # Anaya's own example: not possible
    assert grimmer(printed("3.00"), printed("1.00"), 3).verdict == "agrees"  # 2, 3, 4
    assert grimmer(printed("3.00"), printed("0.82"), 3).verdict == "method_differs"  # the same with divisor n
    assert grimmer(printed("3.00"), printed("0.50"), 3).verdict == "disagrees"
    assert grimmer(printed("3"), printed("1"), 1).verdict == "not_checkable"


def test_bounds() -> None:
    age = Span(0, 120)
    assert sd_against_bounds(printed("62.5"), printed("63.7"), 28, age).verdict == "disagrees"
    assert sd_against_bounds(printed("64.8"), printed("10.1"), 28, age).verdict == "agrees"
    assert sd_against_bounds(printed("3.7"), printed("8.9"), 209, Span(0, float("inf"))).verdict == "agrees"
    assert sd_against_bounds(printed("3.7"), printed("60.0"), 209, Span(0, float("inf"))).verdict == "disagrees"
    assert sd_against_bounds(printed("3.7"), printed("8.9"), None, Span(0, float("inf"))).verdict == "not_checkable"
    assert sd_against_bounds(printed("130"), printed("5"), 9, age).verdict == "disagrees"
    ends = printed("1"), printed("9")
    assert mean_sd_in_range(printed("5.0"), printed("4.0"), 10, *ends).verdict == "agrees"
    assert mean_sd_in_range(printed("5.0"), printed("5.5"), 10, *ends).verdict == "disagrees"
    assert mean_sd_in_range(printed("5.0"), printed("1.0"), 10, *ends).verdict == "disagrees"  # both ends: >= 1.65


def test_places() -> None:
    assert value_in_range(printed("65.8"), printed("2.1"), printed("73.1")).verdict == "agrees"
    assert value_in_range(printed("75.8"), printed("2.1"), printed("73.1")).verdict == "disagrees"
    assert value_in_range(printed("5"), printed("9"), printed("1")).verdict == "disagrees"
    assert mean_and_median(printed("10.0"), printed("2.0"), printed("3.0")).verdict == "disagrees"
    assert mean_and_median(printed("10.0"), printed("8.0"), printed("3.0")).verdict == "agrees"
    assert median_of_integers(printed("15.5"), 8).verdict == "agrees"
    assert median_of_integers(printed("15.5"), 7).verdict == "disagrees"
    assert median_of_integers(printed("15.3")).verdict == "disagrees"
    assert median_of_integers(printed("15")).verdict == "not_checkable"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=2, max_size=40), st.integers(0, 3), RULES)
def test_true_summaries_are_never_accused(values: list[int], decimals: int, rule: str) -> None:
    n = len(values)
    mean = rounded(float(np.mean(values)), decimals, rule)
    sd = rounded(float(np.std(values, ddof=1)), decimals, rule)
    median = rounded(float(np.median(values)), decimals, rule)
    ends = printed(min(values)), printed(max(values))
    checks = [
        grim(mean, n),
        grimmer(mean, sd, n),
        sd_against_bounds(mean, sd, n, Span(0, 40)),
        mean_sd_in_range(mean, sd, n, *ends),
        value_in_range(median, *ends),
        mean_and_median(mean, median, sd, n),
        median_of_integers(median, n),
    ]
    assert {check.verdict for check in checks} <= {"agrees", "not_checkable"}


def test_t_tests() -> None:
    def group(*texts: str) -> tuple[Printed, Printed, Printed]:
        first, second, third = (printed(text) for text in texts)
        return first, second, third

    responders, others = group("225.5", "201.0", "253.0"), group("188.3", "164.6", "215.3")
    check = t_test(responders, 129, others, 80, printed("0.048"))
    assert check.verdict == "agrees"
    assert check.method.startswith("pooled")
    assert t_test(responders, 129, others, 80, printed("0.012")).verdict == "disagrees"
    assert mean_interval(*responders).verdict == "agrees"
    assert mean_interval(*group("225.5", "201.0", "263.0")).verdict == "disagrees"
    assert mean_interval(*group("10.0", "8.0", "12.0"), scale="plain").verdict == "agrees"
    # R: t.test of n 10, mean 5, SD 1 against n 12, mean 6, SD 2: Welch p 0.1474, pooled p 0.1668
    ten = printed("5.000"), printed("1.000"), 10, printed("6.000"), printed("2.000"), 12
    assert "pooled" in t_test_of_sds(*ten, printed("0.167")).method
    assert "Welch" in t_test_of_sds(*ten, printed("0.147")).method


@settings(max_examples=25, deadline=None)
@given(st.integers(3, 60), st.integers(3, 60), st.integers(0, 2**31), RULES)
def test_true_t_tests_are_never_accused(n1: int, n2: int, seed: int, rule: str) -> None:
    from scipy import stats

    rng = np.random.default_rng(seed)
    logs = [rng.normal(5.0, 0.6, n1), rng.normal(5.2, 0.8, n2)]
    groups = []
    for x in logs:
        half = stats.t.ppf(0.975, len(x) - 1) * x.std(ddof=1) / np.sqrt(len(x))
        groups.append([rounded(float(np.exp(x.mean() + k * half)), 1, rule) for k in (0, -1, 1)])
    for equal, name in ((True, "pooled"), (False, "Welch")):
        p = rounded(float(stats.ttest_ind(*logs, equal_var=equal).pvalue), 3, rule)
        check = t_test(tuple(groups[0]), n1, tuple(groups[1]), n2, p)
        assert check.verdict == "agrees"
        assert name in check.method


def test_worst() -> None:
    made = {v: Check(v, "", "", "") for v in ("agrees", "last_digit", "method_differs", "disagrees", "not_checkable")}
    assert worst([made["agrees"], made["not_checkable"], made["last_digit"]]).verdict == "last_digit"
    assert worst([made["not_checkable"]]).verdict == "not_checkable"
    with pytest.raises(ValueError, match="no checks"):
        worst([])
