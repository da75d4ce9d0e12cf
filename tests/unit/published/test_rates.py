"""Histories from printed rates: by hand, against every history there is, and the truth always among the found."""

from __future__ import annotations

import dataclasses
import itertools
import random
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from y90outcomes.errors import InputError
from y90outcomes.estimators.kaplan_meier import kaplan_meier, median_survival, survival_at
from y90outcomes.published.reconstruction.ranges import Placed, compare, place, prepare, spread
from y90outcomes.published.reconstruction.rates import Crossing, Group, Rate, Span, parts, printed_span, without
from y90outcomes.published.reconstruction.search import Found, draw, every, search
from y90outcomes.published.reconstruction.splits import Half, Split, deal, profiles
from y90outcomes.published.rounding import printed

CUTS = (10.0, 20.0)
WIDE = Span(0.0, 1e9)


def _rng(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311  not a secret


def _span(value: float, decimals: int = 1) -> Span | None:
    """The span of a number as it would be printed; None for NaN."""
    if np.isnan(value):
        return None
    text = Decimal(f"{value:.12g}").quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return printed_span(printed(text))


def _times(history: tuple[str, ...]) -> Placed:
    """Times for letters, evenly inside their segment, without the package's own placing."""
    edges = (0.0, *CUTS, 30.0)
    times, died = [], []
    for letters, start, end in zip(history, edges, edges[1:], strict=False):
        for number, letter in enumerate(letters, start=1):
            times.append(start + (end - start) * number / (len(letters) + 1))
            died.append(letter == "D")
    return Placed(tuple(times), tuple(died))


def _group(patients: Placed, interval: str, rule: str, decimals: int = 1, width: float = 0.5) -> Group:
    """What a paper would print of these patients; medians and limits to about `width`."""
    curve = kaplan_meier(patients.times, patients.died, interval=interval)
    rates = []
    for cut, rate in zip(CUTS, survival_at(curve, list(CUTS)), strict=True):
        if rate.valid:
            rates.append(
                Rate(f"r{cut:g}", cut, *(_span(100 * v, decimals) for v in (rate.estimate, rate.lower, rate.upper)))
            )
    median = median_survival(curve, rule)
    crossings = []
    for name, value in (("survival", median.estimate), ("lower", median.lower), ("upper", median.upper)):
        span = None if np.isnan(value) else Span(value - width, value + width)
        crossings.append(Crossing("median", name, span, rule))
    n = len(patients.times)
    return Group("g", n, interval, tuple(rates), tuple(crossings), last=30.0)


def _all_histories(n: int, segments: int) -> list[tuple[str, ...]]:
    """Every string of n letters cut in every way."""
    out = []
    for letters in itertools.product("DC", repeat=n):
        for cuts in itertools.combinations_with_replacement(range(n + 1), segments - 1):
            edges = (0, *cuts, n)
            out.append(tuple("".join(letters[a:b]) for a, b in itertools.pairwise(edges)))
    return out


def test_four_patients_by_hand() -> None:
    """Half of four alive at 10: two deaths first, or two censored and one death of two; somebody must be left."""
    found = search(Group("g", 4, "log", (Rate("r", 10.0, Span(49.95, 50.05)),)))
    assert found.exhaustive
    assert set(every(found)) == {
        ("DD", "DD"), ("DD", "DC"), ("DD", "CD"), ("DD", "CC"), ("DDC", "D"), ("DDC", "C"), ("CCD", "D"), ("CCD", "C"),
    }  # fmt: skip
    assert found.count == 8


def test_the_interval_tells_the_eight_apart() -> None:
    """CCD leaves two at risk, so Σ is 1/2 and not 1/4: 0.5·exp(−1.96·√½) is 12.5 %, 0.5·exp(−1.96·½) is 18.8 %."""
    rate = Rate("r", 10.0, Span(49.95, 50.05), Span(12.45, 12.55, closed=False))
    assert set(every(search(Group("g", 4, "log", (rate,))))) == {("CCD", "D"), ("CCD", "C")}


@pytest.mark.parametrize(("n", "interval"), [(5, "log"), (6, "log-log"), (5, "plain")])
def test_equal_to_trying_every_history(n: int, interval: str) -> None:
    """The twin computes each history with the estimator and keeps those that print; whole sets are compared."""
    rng = _rng(n)
    everything = {}
    for history in _all_histories(n, 3):
        patients = _times(history)
        curve = kaplan_meier(patients.times, patients.died, interval=interval)
        at = survival_at(curve, list(CUTS))
        alive = [sum(time > cut for time in patients.times) for cut in CUTS]
        if all(left or rate.estimate == 0.0 for left, rate in zip(alive, at, strict=True)):
            everything[history] = [[100 * v for v in (r.estimate, r.lower, r.upper)] for r in at]
    for _ in range(4):
        truth = _times(rng.choice([h for h in everything if h[2] and "D" in h[0]]))
        group = dataclasses.replace(_group(truth, interval, "first"), crossings=())
        spans = [(rate.survival, rate.lower, rate.upper) for rate in group.rates]
        kept = {
            history
            for history, numbers in everything.items()
            if all(
                span is None or span.holds(value)
                for wanted, made in zip(spans, numbers, strict=True)
                for span, value in zip(wanted, made, strict=True)
            )
        }
        found = search(group)
        assert found.exhaustive
        assert set(every(found)) == kept
        assert found.count == len(kept) > 0


def test_medians_equal_to_trying_every_history() -> None:
    """A median and its limits known to lie in given segments: the estimator says in which segment each falls."""
    spans = {"survival": Span(10.5, 19.5), "lower": Span(0.5, 9.5), "upper": None}
    crossings = tuple(Crossing("m", curve, span) for curve, span in spans.items())
    group = Group("g", 5, "log", tuple(Rate(f"r{cut:g}", cut) for cut in CUTS), crossings)
    kept = set()
    for history in _all_histories(5, 3):
        patients = _times(history)
        median = median_survival(kaplan_meier(patients.times, patients.died, interval="log"), "first")
        inside = 10.0 < median.estimate <= 20.0 and 0.0 < median.lower <= 10.0 and np.isnan(median.upper)
        if inside:
            kept.add(history)
    assert set(every(search(group))) == kept


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    letters=st.lists(st.tuples(st.sampled_from("DC"), st.integers(0, 2)), min_size=2, max_size=12),
    interval=st.sampled_from(["log", "log-log"]),
    rule=st.sampled_from(["first", "midpoint"]),
)
def test_the_truth_is_among_the_found_and_what_is_placed_prints(
    letters: list[tuple[str, int]], interval: str, rule: str
) -> None:
    ordered = sorted(letters, key=lambda pair: pair[1])
    history = tuple("".join(letter for letter, segment in ordered if segment == place) for place in range(3))
    truth = _times(history)
    group = _group(truth, interval, rule)
    cut = len(group.rates)
    if any(sum(t > rate.time for t in truth.times) == 0 for rate in group.rates):
        return  # a rate printed after everybody left
    found = search(group)
    joined = (*history[:cut], "".join(history[cut:]))
    assert joined in set(every(found)) if found.count < 20_000 else found.count
    rng = _rng(len(letters))
    placed = place(prepare(found.machine, draw(found, rng)), rng)
    if placed is None:
        return
    again = _group(placed, interval, rule)
    for wanted, made in zip(group.rates, again.rates, strict=False):
        for curve in ("survival", "lower", "upper"):
            middle = getattr(made, curve)
            assert getattr(wanted, curve) is None or (
                middle is not None and abs(middle.low - getattr(wanted, curve).low) < 1e-6
            )
    for wanted_, made_ in zip(group.crossings, again.crossings, strict=True):
        assert (wanted_.span is None) == (made_.span is None)
        if wanted_.span is not None and made_.span is not None:
            assert abs((wanted_.span.low + wanted_.span.high) - (made_.span.low + made_.span.high)) < 2.0 + 1e-6


def test_two_conventions_of_one_median_pin_two_deaths() -> None:
    """Half of 28 dead: first rule 22.9, R's midpoint 24.8, so the next death comes at 26.7."""
    group = Group(
        "g", 28, "log", (Rate("2y", 24.0, Span(49.95, 50.05)),),
        (Crossing("a", "survival", Span(24.75, 24.85), "midpoint"), Crossing("b", "survival", Span(22.85, 22.95))),
        events=(28, 28), seen=24.0,
    )  # fmt: skip
    found = search(group)
    assert list(every(found)) == [("D" * 14, "D" * 14)]
    placed = place(prepare(found.machine, draw(found, _rng(1))), _rng(1))
    assert placed is not None
    assert placed.times[13] == pytest.approx(22.9, abs=0.06)
    assert placed.times[14] == pytest.approx(26.7, abs=0.16)
    curve = kaplan_meier(placed.times, placed.died, interval="log")
    assert median_survival(curve, "midpoint").estimate == pytest.approx(24.8, abs=0.051)
    contradiction = dataclasses.replace(group, n=27, events=(27, 27))  # no curve of 27 uncensored stands at one half
    assert search(contradiction).count == 0


def test_known_events_are_at_their_times() -> None:
    group = Group("g", 4, "log-log", known=(Span(4.95, 5.05), Span(7.95, 8.05)), events=(2, 2))
    found = search(group)
    assert all(history[0].endswith("D") and history[1].endswith("D") for history in every(found))
    assert found.count == 6  # two censored in three gaps
    placed = place(prepare(found.machine, draw(found, _rng(3))), _rng(3), "late")
    assert placed is not None
    assert sorted(t for t, died in zip(placed.times, placed.died, strict=True) if died) == pytest.approx(
        [5, 8], abs=0.06
    )


def test_a_contradiction_names_the_number() -> None:
    """16.4 % with 6.8 to 38.9 % is no log interval; without the 16.4 histories exist."""
    spans = [Span(v - 0.05, v + 0.05) for v in (16.4, 6.8, 38.9)]
    rates = (Rate("3y", 36.0, *(Span(v - 0.05, v + 0.05) for v in (35.7, 21.7, 58.7))), Rate("5y", 60.0, *spans))
    group = Group("g", 28, "log", rates)
    assert search(group).count == 0
    assert [pair for pair in parts(group) if search(without(group, [pair])).count] == [("5y", "survival")]


def test_a_search_cut_short_says_so() -> None:
    group = Group("g", 10, "log", (Rate("r", 10.0, Span(20.0, 60.0)),))
    whole, short = search(group), search(group, budget=150)
    assert whole.exhaustive
    assert not short.exhaustive
    assert 0 <= short.count < whole.count


def test_every_history_is_drawn_alike() -> None:
    found = search(Group("g", 4, "log", (Rate("r", 10.0, Span(49.95, 50.05)),)))
    rng = _rng(5)
    drawn = [draw(found, rng) for _ in range(800)]
    assert set(drawn) == set(every(found))
    assert all(60 < drawn.count(one) < 145 for one in set(drawn))


@pytest.mark.parametrize(
    ("text", "rounding", "inside", "outside"),
    [
        ("0.5", "half", [0.45, 0.5, 0.5499999], [0.55, 0.4499]),  # 0.55 prints 0.6 by either rule
        ("0.6", "half", [0.55, 0.65], [0.66]),  # 0.65 prints 0.6 half to even
        ("17.8", "truncated", [17.8, 17.8999], [17.9, 17.79]),
        ("17.8", "either", [17.75, 17.89], [17.9, 17.74]),
    ],
)
def test_what_prints_as(text: str, rounding: str, inside: list[float], outside: list[float]) -> None:
    span = printed_span(printed(text), rounding)
    assert all(span.holds(value) for value in inside)
    assert not any(span.holds(value) for value in [*outside, float("nan")])


def test_groups_that_cannot_be() -> None:
    for group in (
        Group("g", 0, "log"),
        Group("g", 5, "log", (Rate("a", 20.0), Rate("b", 10.0))),
        Group("g", 5, "log", (Rate("a", 20.0),), known=(Span(19.9, 20.1),)),
    ):
        with pytest.raises(InputError):
            search(group)


def test_dealing_the_censored_equals_trying_every_way() -> None:
    """Five patients, two known events; two of the three censored in the first half, in each way, by the estimator."""
    from y90outcomes.estimators.log_rank import log_rank

    known = (Span(4.95, 5.05), Span(7.95, 8.05))
    found: Found = search(Group("g", 5, "log-log", known=known, events=(2, 2)))
    made = {
        round(d.p, 12)
        for d in deal(5, 0.95, profiles(found.machine, every(found)), Split(Half(2, "log-log"), Half(3, "log-log")))
        if not np.isnan(d.p)
    }
    tried = set()
    for gaps in itertools.product((1.0, 6.0, 9.0), repeat=3):
        for first in itertools.combinations(range(3), 2):
            times = [5.0, 8.0, *gaps]
            member = [1, 1, *(0 if place in first else 1 for place in range(3))]
            p = log_rank(times, [True, True, False, False, False], member).test.p
            if not np.isnan(p):
                tried.add(round(p, 12))
    assert made == tried


def test_a_comparison_is_the_estimators() -> None:
    first, second = Placed((1.0, 4.0, 6.0, 9.0), (True, False, True, True)), Placed((2.0, 3.0, 5.0), (True, True, True))
    made = compare(first, second, 5.0)
    assert 0.0 < made.lower < made.hazard_ratio < made.upper
    assert made.score_p == pytest.approx(made.log_rank_p, rel=1e-9)  # without ties the score test is the log-rank test
    assert made.restricted_mean_difference == pytest.approx((1 + 4 * 0.75) - (2 + 2 / 3 + 2 / 3), rel=1e-12)
    assert spread([1.0, float("nan"), 3.0]) == {"n": 2, "min": 1.0, "max": 3.0, "low": 1.05, "high": 2.95}
