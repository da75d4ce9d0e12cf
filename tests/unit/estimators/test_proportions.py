"""Two proportions: printed examples, what zero cells do, and what must not matter."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from y90outcomes.conventions import CONVENTIONS
from y90outcomes.estimators.numbers import Estimate
from y90outcomes.estimators.odds_ratio import odds_ratio
from y90outcomes.estimators.proportions import proportion
from y90outcomes.estimators.two_proportions import proportion_difference, proportion_ratio

steady = settings(derandomize=True, database=None, deadline=None, max_examples=60)
DIFFERENCES = CONVENTIONS["proportion_difference_interval"].names
Z = 1.959963984540054


@st.composite
def tables(draw: st.DrawFn, most: int = 25) -> tuple[int, int, int, int]:
    n1, n2 = draw(st.integers(1, most)), draw(st.integers(1, most))
    return draw(st.integers(0, n1)), n1, draw(st.integers(0, n2)), n2


def number(found: Estimate, name: str) -> float:
    return math.inf if name in found.not_reached else float(getattr(found, name))


# Newcombe 1998, Stat Med 17:873, Table II: examples a to h, methods 10 and 11; a also by methods 1 and 2.
@pytest.mark.parametrize(
    ("table", "kind", "lower", "upper"),
    [
        ((56, 70, 48, 80), "wald", 0.0575, 0.3425),
        ((56, 70, 48, 80), "wald_cc", 0.0441, 0.3559),
        ((56, 70, 48, 80), "newcombe", 0.0524, 0.3339),
        ((56, 70, 48, 80), "newcombe_cc", 0.0428, 0.3422),
        ((9, 10, 3, 10), "newcombe", 0.1705, 0.8090),
        ((9, 10, 3, 10), "newcombe_cc", 0.1013, 0.8387),
        ((6, 7, 2, 7), "newcombe", 0.0582, 0.8062),
        ((6, 7, 2, 7), "newcombe_cc", -0.0290, 0.8423),
        ((5, 56, 0, 29), "newcombe", -0.0381, 0.1926),
        ((5, 56, 0, 29), "newcombe_cc", -0.0667, 0.2037),
        ((0, 10, 0, 20), "newcombe", -0.1611, 0.2775),
        ((0, 10, 0, 20), "newcombe_cc", -0.2005, 0.3445),
        ((0, 10, 0, 10), "newcombe", -0.2775, 0.2775),
        ((10, 10, 0, 20), "newcombe", 0.6791, 1.0),
        ((10, 10, 0, 20), "newcombe_cc", 0.6014, 1.0),
        ((10, 10, 0, 10), "newcombe", 0.6075, 1.0),
    ],
)
def test_differences_of_newcombe(table: tuple[int, int, int, int], kind: str, lower: float, upper: float) -> None:
    found = proportion_difference(*table, interval=kind)
    assert (round(found.lower, 4), round(found.upper, 4)) == (lower, upper)
    assert found.conventions == {"proportion_difference_interval": kind}


def test_agresti_caffo_by_hand() -> None:
    # 5/10 and 0/8 become 6/12 and 1/10 for the limits: 0.4 ± z √(0.25/12 + 0.09/10).
    found = proportion_difference(5, 10, 0, 8, interval="agresti_caffo")
    half = Z * math.sqrt(0.25 / 12 + 0.009)
    assert found.estimate == 0.5
    assert (found.lower, found.upper) == (pytest.approx(0.4 - half, rel=1e-12), pytest.approx(0.4 + half, rel=1e-12))


def test_the_logarithms_of_katz_and_woolf_by_hand() -> None:
    ratio = proportion_ratio(8, 20, 2, 10)
    spread = math.sqrt(1 / 8 - 1 / 20 + 1 / 2 - 1 / 10)
    assert ratio.estimate == 2.0
    assert ratio.lower == pytest.approx(2 * math.exp(-Z * spread), rel=1e-12)
    assert ratio.se == pytest.approx(2 * spread, rel=1e-12)
    odds = odds_ratio(8, 20, 2, 10)
    spread = math.sqrt(1 / 8 + 1 / 12 + 1 / 2 + 1 / 8)
    assert odds.estimate == 8 * 8 / (12 * 2)
    assert odds.upper == pytest.approx(8 / 3 * math.exp(Z * spread), rel=1e-12)


def test_score_limits_have_closed_forms_where_everybody_has_the_event() -> None:
    # With 7/7 and 9/9 the statistic at ratio r < 1 is 7 (1 − r) / r.
    found = proportion_ratio(7, 7, 9, 9, interval="score")
    assert found.lower == pytest.approx(7 / (7 + Z * Z), rel=1e-12)
    assert found.upper == pytest.approx((9 + Z * Z) / 9, rel=1e-12)


def test_conditional_odds_ratio_of_the_smallest_table() -> None:
    # 0/1 against 1/1: P(no event in group 1) = 1 / (1 + ψ), which is 0.025 at ψ = 39.
    found = odds_ratio(0, 1, 1, 1, kind="conditional")
    assert (found.estimate, found.lower) == (0.0, 0.0)
    assert found.upper == pytest.approx(39, rel=1e-12)
    # 1/2 against 1/2: the mean of 1 + 4ψ + ψ² tables is 1 at ψ = 1; P(≥ 1) = 0.025 at the root of 39 (4ψ + ψ²) = 1.
    middle = odds_ratio(1, 2, 1, 2, kind="conditional")
    assert middle.estimate == pytest.approx(1, rel=1e-12)
    assert middle.lower == pytest.approx(math.sqrt(4 + 1 / 39) - 2, rel=1e-9)
    assert middle.upper == pytest.approx(1 / middle.lower, rel=1e-12)


@pytest.mark.parametrize("interval", ["log", "score"])
def test_a_ratio_with_no_event_in_one_group(interval: str) -> None:
    zero, endless = proportion_ratio(0, 10, 3, 12, interval=interval), proportion_ratio(3, 12, 0, 10, interval=interval)
    assert zero.estimate == 0.0
    assert zero.valid
    assert "estimate" in endless.not_reached
    assert endless.reason.startswith("no event in the second group: the ratio is infinite")
    if interval == "log":
        assert math.isnan(zero.lower)
        assert math.isnan(zero.upper)
        assert "no log interval" in zero.reason
    else:
        assert zero.lower == 0.0
        assert zero.upper == pytest.approx(1 / endless.lower, rel=1e-11)
        assert endless.not_reached == ("estimate", "upper")


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ((0, 0, 3, 5), "a group is empty"),
        ((3, 5, 0, 0), "a group is empty"),
        ((0, 0, 0, 0), "a group is empty"),
        ((0, 4, 0, 5), "no event in either group"),
    ],
)
def test_what_has_no_ratio(table: tuple[int, int, int, int], reason: str) -> None:
    for interval in ("log", "score"):
        found = proportion_ratio(*table, interval=interval)
        assert (found.valid, found.reason, math.isnan(found.estimate)) == (False, reason, True)
    for kind in ("sample", "conditional"):
        found = odds_ratio(*table, kind=kind)
        assert (found.valid, found.reason, math.isnan(found.estimate)) == (False, reason, True)
    assert odds_ratio(4, 4, 5, 5).reason == "everybody has the event"


def test_an_interval_of_no_width_is_no_interval() -> None:
    for kind in ("wald", "wald_cc"):
        found = proportion_difference(0, 10, 12, 12, interval=kind)
        assert (found.estimate, found.se) == (-1.0, 0.0)
        assert math.isnan(found.lower)
        assert found.reason == "each group has one outcome only: this interval would have no width"
    assert math.isnan(proportion_ratio(5, 5, 7, 7).upper)
    assert proportion_difference(0, 0, 1, 2).reason == "a group is empty"


@pytest.mark.parametrize("estimator", [proportion_difference, proportion_ratio, odds_ratio])
def test_impossible_counts_are_refused(estimator) -> None:
    for table in ((3, 2, 1, 2), (-1, 2, 1, 2), (1.5, 2, 1, 2), (1, math.nan, 1, 2), (1, 2, 1, math.inf)):
        with pytest.raises(ValueError, match="whole numbers"):
            estimator(*table)
    with pytest.raises(ValueError, match="level"):
        estimator(1, 2, 1, 2, level=0.0)
    with pytest.raises(ValueError, match="is not one of"):
        estimator(1, 2, 1, 2, **{"kind" if estimator is odds_ratio else "interval": "other"})


def test_one_subject_a_group_and_a_million() -> None:
    for table in ((0, 1, 1, 1), (1, 1, 0, 1), (1, 1_000_000, 3, 1_000_000), (999_999, 1_000_000, 1, 1_000_000)):
        for interval in ("log", "score"):
            found = proportion_ratio(*table, interval=interval)
            assert number(found, "estimate") >= 0.0
        assert odds_ratio(*table).estimate > 0.0 or 0 in (table[0], table[2])
        for kind in DIFFERENCES:
            assert -1.0 <= proportion_difference(*table, interval=kind).estimate <= 1.0
    assert odds_ratio(1, 1_000_000, 3, 1_000_000, kind="conditional").estimate == pytest.approx(1 / 3, rel=1e-5)
    many = odds_ratio(400_000, 900_000, 450_000, 900_000, kind="conditional")
    assert (many.valid, many.reason) == (False, "too many tables share these margins to sum over")


@steady
@given(tables(), st.sampled_from(DIFFERENCES))
def test_swapping_groups_turns_the_difference_round(table: tuple[int, int, int, int], kind: str) -> None:
    x1, n1, x2, n2 = table
    one, other = proportion_difference(*table, interval=kind), proportion_difference(x2, n2, x1, n1, interval=kind)
    assert one.estimate == -other.estimate
    assert (one.lower, one.upper) == pytest.approx((-other.upper, -other.lower), abs=1e-12, nan_ok=True)
    if not math.isnan(one.lower) and kind != "agresti_caffo":
        assert one.lower <= one.estimate <= one.upper


@steady
@given(tables(), st.sampled_from(["sample", "conditional", "log", "score"]))
def test_swapping_groups_inverts_a_ratio(table: tuple[int, int, int, int], kind: str) -> None:
    x1, n1, x2, n2 = table

    def made(*counts: int) -> Estimate:
        if kind in ("log", "score"):
            return proportion_ratio(*counts, interval=kind)
        return odds_ratio(*counts, kind=kind)

    one, other = made(*table), made(x2, n2, x1, n1)
    if not one.valid:
        assert not other.valid
        return
    for name, mirror in (("estimate", "estimate"), ("lower", "upper"), ("upper", "lower")):
        ours, theirs = number(one, name), number(other, mirror)
        inverse = 0.0 if theirs == math.inf else math.inf if theirs == 0.0 else 1 / theirs
        assert ours == pytest.approx(inverse, rel=1e-10, nan_ok=True)


@steady
@given(tables())
def test_the_score_interval_is_what_the_test_does_not_reject(table: tuple[int, int, int, int]) -> None:
    # The test itself, from Pearson's statistic of the four cells at the constrained shares (found by golden section).
    x1, n1, x2, n2 = table
    found = proportion_ratio(*table, interval="score")
    for name in ("lower", "upper"):
        limit = number(found, name)
        if not found.valid or limit in (0.0, math.inf):
            continue
        assert _pearson(x1, n1, x2, n2, limit) == pytest.approx(Z * Z, rel=1e-5)


def _pearson(x1: int, n1: int, x2: int, n2: int, ratio: float) -> float:
    low, high = 0.0, min(1.0, 1 / ratio)
    for _ in range(200):
        share = (low + high) / 2
        slope = x1 + x2 - (n1 - x1) * ratio * share / (1 - ratio * share or 1e-300)
        slope -= (n2 - x2) * share / (1 - share or 1e-300)
        low, high = (share, high) if slope > 0 else (low, share)
    total = 0.0
    for x, n, q in ((x1, n1, ratio * low), (x2, n2, low)):
        total += (x - n * q) ** 2 / (n * q) if q > 0 else 0.0
        total += (x - n * q) ** 2 / (n * (1 - q)) if 1 - q > 1e-13 else 0.0
    return total


@steady
@given(tables())
def test_a_higher_level_is_wider(table: tuple[int, int, int, int]) -> None:
    for kind in DIFFERENCES:
        narrow = proportion_difference(*table, interval=kind, level=0.8)
        wide = proportion_difference(*table, interval=kind, level=0.99)
        assert not wide.lower > narrow.lower
        assert not wide.upper < narrow.upper


@pytest.mark.parametrize("kind", CONVENTIONS["proportion_interval"].names)
def test_one_subject_has_a_proportion_by_every_rule(kind: str) -> None:
    for x in (0, 1):
        found = proportion(x, 1, interval=kind)
        assert 0.0 <= found.lower <= found.estimate <= found.upper <= 1.0
