"""Printed numbers that bound others: by hand, and never an accusation of numbers computed from real data."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from as_printed import rounded
from hypothesis import given, settings
from hypothesis import strategies as st

from y90outcomes.estimators.cox import cox
from y90outcomes.published.checks.bounds import (
    area_without_ties,
    contained_sd,
    interval_and_events,
    youden_area,
)
from y90outcomes.published.rounding import Printed, printed

RULE = st.sampled_from(["half up", "half to even"])


def three(*texts: str) -> tuple[Printed, Printed, Printed]:
    first, second, third = (printed(text) for text in texts)
    return first, second, third


@pytest.mark.parametrize(
    ("numbers", "events", "said"),
    [
        # log(0.775/0.435) / 1.96 = 0.2947; 2/sqrt(45) = 0.2981, 2/sqrt(47) = 0.2917
        (("0.77", "0.44", "1.4"), 45, "disagrees"),
        (("0.77", "0.44", "1.4"), 47, "agrees"),
        (("0.51", "0.29", "0.90"), 48, "agrees"),
        (("0.51", "0.29", "0.90"), 10, "disagrees"),
        (("0.51", "0.29", "0.90"), 0, "not_checkable"),
        (("2.0", "3.0", "4.0"), 50, "not_checkable"),
        (("0.5", "0.0", "1.0"), 50, "not_checkable"),
    ],
)
def test_an_interval_needs_its_events(numbers: tuple[str, str, str], events: int, said: str) -> None:
    assert interval_and_events(*three(*numbers), events).verdict == said


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.integers(8, 80), st.sampled_from(["efron", "breslow"]), st.booleans(), RULE)
def test_no_cox_interval_is_narrower_than_its_events_allow(seed, n, ties, rounds, rule) -> None:
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 2, n).astype(float)
    time = rng.exponential(np.exp(0.5 * group))
    time = np.ceil(4 * time) if rounds else time
    event = rng.random(n) < 0.7
    made = cox(time, event, group[:, None], ["group"], ties=ties).terms[0]
    numbers = (made.hazard_ratio, made.lower, made.upper)
    if not all(number is not None and np.isfinite(number) and 0.02 < number < 1e4 for number in numbers):
        return
    found = interval_and_events(*(rounded(float(number), 2, rule) for number in numbers), int(event.sum()))
    assert found.verdict != "disagrees", found.detail


def test_the_spread_of_a_part_by_hand() -> None:
    # one patient of two differs by 2: part (0, 10), whole (2, 10): SD 7.071 and 5.657
    part, whole = (printed("5.0"), printed("7.07")), (printed("6.0"), printed("5.66"))
    assert contained_sd(part, whole, 2).verdict == "agrees"
    assert contained_sd(part, whole, 2, least=4.0).verdict == "disagrees"
    assert contained_sd(part, (printed("6.0"), printed("1.00")), 2).verdict == "disagrees"
    assert contained_sd(part, whole, 1).verdict == "not_checkable"
    assert (
        contained_sd((printed("7.0"), printed("1.0")), (printed("6.0"), printed("1.0")), 9).verdict == "not_checkable"
    )
    volumes = (printed("299.3"), printed("330.0")), (printed("307.1"), printed("322.7"))
    found = contained_sd(*volumes, 209, 7.85, 64)
    assert (found.verdict, found.recomputed) == ("disagrees", "at most 329.63")
    assert contained_sd(*volumes, 209).verdict == "agrees"  # a part of nearly nothing in some, 330.0 by a hair


@settings(max_examples=150)
@given(st.integers(0, 10**6), st.integers(2, 60), st.floats(0.0, 1.0), st.floats(0.1, 3.0), RULE)
def test_no_part_of_a_whole_is_accused(seed, n, share, shape, rule) -> None:
    rng = np.random.default_rng(seed)
    part = np.round(rng.lognormal(2.0, shape, n), 1)
    more = np.where(rng.random(n) < share, np.round(rng.lognormal(1.0, 1.5, n), 1), 0.0)
    # the hardest case: what is added is added to the smallest
    more = np.sort(more)[::-1][np.argsort(np.argsort(part))] if seed % 2 else more
    whole = part + more
    pairs = [(rounded(x.mean(), 1, rule), rounded(x.std(ddof=1), 1, rule)) for x in (part, whole)]
    for least, differing in ((0.0, None), (float(part.min()), int((more > 0).sum()))):
        found = contained_sd(pairs[0], pairs[1], n, least, differing)
        assert found.verdict in ("agrees", "not_checkable"), found.detail


def test_the_area_above_a_point_by_hand() -> None:
    assert youden_area(14, 2, 21, 7) == Fraction(8 + 11 + 14 + 17 + 20 + 21 + 21, 147)
    assert youden_area(5, 0, 5, 5) == 1
    assert area_without_ties(printed("0.78"), youden_area(14, 2, 21, 7)).verdict == "disagrees"
    assert area_without_ties(printed("0.76"), youden_area(14, 2, 21, 7)).verdict == "agrees"
    with pytest.raises(ValueError, match="both groups"):
        youden_area(0, 0, 0, 3)


@settings(max_examples=150)
@given(st.integers(0, 10**6), st.integers(1, 25), st.integers(1, 25), st.floats(-0.5, 2.0))
def test_no_area_without_ties_is_above_the_bound_of_its_best_point(seed, positives, negatives, shift) -> None:
    rng = np.random.default_rng(seed)
    high, low = rng.normal(shift, 1.0, positives), rng.normal(0.0, 1.0, negatives)
    cuts = np.concatenate([high, low, [np.inf]])
    points = [(int((high >= cut).sum()), int((low >= cut).sum())) for cut in cuts]
    best = max(points, key=lambda at: Fraction(at[0], positives) - Fraction(at[1], negatives))
    area = Fraction(int((high[:, None] > low[None, :]).sum()), positives * negatives)
    assert area <= youden_area(*best, positives, negatives)
