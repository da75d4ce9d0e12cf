"""From histories of two groups to the ranges of hazard ratio, log-rank p and RMST difference they allow.

A printed time says before or after it, no more, so event times are drawn: uniformly between the printed times, within
the digits of a printed median or limit where the history puts an event there. As many draws are tilted to one side, to
reach what uniform times seldom do, and some placed at the extremes: one group's events as late, the other's as early
as they can be.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

import numpy as np

from y90outcomes.estimators.cox import cox
from y90outcomes.estimators.kaplan_meier import STEP_TOLERANCE, kaplan_meier
from y90outcomes.estimators.log_rank import log_rank
from y90outcomes.estimators.numbers import NAN
from y90outcomes.estimators.restricted_mean import restricted_mean
from y90outcomes.published.reconstruction.rates import Span
from y90outcomes.published.reconstruction.search import (
    History,
    Machine,
    Range,
    crossed_by,
    free_range,
    middles,
    promised,
    states_of,
)

TRIES = 25
"""Draws of the times pinned by medians before a history is given up."""

BEYOND = 1.5
"""Where nothing says when the last patient was seen: this many times the last printed time."""

PLACEMENTS = ("uniform", "tilted", "early", "late")

TILT = 1.0
"""Largest logarithm of the exponent that draws a group's free times together towards the start or the end."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Pseudo-patients of one group: times in the unit of the printed ones, and who had the event. Reconstructed."""

    times: tuple[float, ...]
    died: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two groups of pseudo-patients, first against second: Cox (Efron) hazard ratio with Wald interval, the p of its
    Wald, score and likelihood-ratio tests, log-rank p, difference in restricted mean; NaN where undefined."""

    hazard_ratio: float
    lower: float
    upper: float
    wald_p: float
    score_p: float
    likelihood_ratio_p: float
    log_rank_p: float
    restricted_mean_difference: float


@dataclass(frozen=True, slots=True)
class Prepared:
    """The letters of one history with the ranges of their times; the pairs of deaths a median lies halfway between."""

    items: tuple[_Item, ...]
    pairs: tuple[tuple[int, int, Span], ...]


NUMBERS = tuple(field.name for field in fields(Comparison))
TESTS = ("log_rank_p", "wald_p", "score_p", "likelihood_ratio_p")


@dataclass(slots=True)
class _Item:
    """A letter with the range of its time, `fixed` where that is narrower than its segment; or a cut (died None)."""

    died: bool | None
    low: float
    high: float
    fixed: bool


def prepare(machine: Machine, history: History) -> Prepared:
    """What `place` needs to know of a history, worked out once. ValueError for one that is not of this group."""
    items, pairs = _items(machine, history)
    return Prepared(tuple(items), tuple(pairs))


def place(prepared: Prepared, rng: random.Random, placement: str = "uniform") -> Placed | None:
    """Times for a history's letters, n of them. None where `TRIES` draws found no times that suit every printed median.

    placement: "uniform"; "tilted": drawn so, then all moved to the start or the end by one exponent; "early", "late":
    free letters close to the start or end of where they can stand. Raises ValueError for another placement.
    """
    if placement not in PLACEMENTS:
        raise ValueError(f"placement is one of {', '.join(PLACEMENTS)}, got {placement!r}")
    for _ in range(TRIES):
        fixed = _fixed(prepared.items, prepared.pairs, rng)
        if fixed is not None:
            return _filled(prepared.items, fixed, rng, placement)
    return None


def _items(machine: Machine, history: History) -> tuple[list[_Item], list[tuple[int, int, Span]]]:
    group, before = machine.group, machine.start
    items: list[_Item] = []
    pairs: list[tuple[int, int, Span]] = []
    stood: int | None = None
    for letters, state in states_of(machine, history):
        low, high = free_range(machine, before.segment)
        if letters == "|":
            items.append(_Item(None, machine.marks[before.segment].low, machine.marks[before.segment].low, True))
        elif letters == "C":
            items.append(_Item(False, low, high, False))
        else:
            if letters == "D|":
                low, high = machine.marks[before.segment].low, machine.marks[before.segment].high
            if stood is not None:
                pairs += [(stood, len(items), c.span) for c in middles(group) if c.span is not None]
                stood = None
            stands = abs(state.survival - 0.5) < STEP_TOLERANCE
            new = crossed_by(group, state.survival, state.variance, before.crossed)
            when = promised(group, new, (low, high), stands=stands) or (low, high)
            if stands and middles(group):
                stood = len(items)
            items.append(_Item(True, *when, letters == "D|" or when != (low, high)))
        before = state
    if stood is not None:  # no drop follows: the median is that time itself
        for crossing in middles(group):
            if crossing.span is not None:
                item = items[stood]
                item.low, item.high, item.fixed = (
                    max(item.low, crossing.span.low),
                    min(item.high, crossing.span.high),
                    True,
                )
    ends = [item.high for item in items if math.isfinite(item.high)]
    for item in items:
        if math.isinf(item.high):
            item.high = BEYOND * max(ends, default=max(item.low, 1.0))
    for earlier, later in itertools.pairwise(items):
        later.low = max(later.low, earlier.low)
    for later, earlier in itertools.pairwise(items[::-1]):
        earlier.high = min(earlier.high, later.high)
    return items, pairs


def _fixed(
    items: Sequence[_Item], pairs: Iterable[tuple[int, int, Span]], rng: random.Random
) -> dict[int, float] | None:
    """Times of the fixed items and cuts, in order; None where this draw has no room for one."""
    ranges: dict[int, Range] = {i: (item.low, item.high) for i, item in enumerate(items) if item.fixed}
    for first, second, span in pairs:
        middle = rng.uniform(span.low, span.high)
        here, there = items[first], items[second]
        low, high = max(here.low, 2.0 * middle - there.high), min(here.high, 2.0 * middle - there.low, middle)
        if low > high:
            return None
        chosen = rng.uniform(low, high)
        ranges[first], ranges[second] = (chosen, chosen), (2.0 * middle - chosen, 2.0 * middle - chosen)
    latest = math.inf
    caps: dict[int, float] = {}
    for i in sorted(ranges, reverse=True):
        latest = min(latest, ranges[i][1])
        caps[i] = latest
    made: dict[int, float] = {}
    reached = 0.0
    for i in sorted(ranges):
        low = max(reached, ranges[i][0])
        if low > caps[i] + 1e-9:
            return None
        reached = made[i] = rng.uniform(low, max(low, caps[i]))
    return made


def _filled(items: Sequence[_Item], fixed: dict[int, float], rng: random.Random, placement: str) -> Placed:
    times: list[float] = [math.nan] * len(items)
    start = 0.0
    free: list[int] = []
    exponent = math.exp(rng.uniform(-TILT, TILT)) if placement == "tilted" else 1.0
    for i in range(len(items) + 1):
        if i < len(items) and i not in fixed:
            free.append(i)
            continue
        end = fixed[i] if i < len(items) else (items[-1].high if items else 0.0)
        if placement in ("uniform", "tilted"):
            shares = sorted(rng.random() ** exponent for _ in free)
        else:
            shares = [1e-3 * (place + 1) / (len(free) + 1) for place in range(len(free))]
            shares = shares if placement == "early" else [1.0 - 1e-3 + share for share in shares]
        for place, share in zip(free, shares, strict=True):
            times[place] = start + share * (end - start)
        if i < len(items):
            start = times[i] = end
        free = []
    kept = [(time, item.died) for time, item in zip(times, items, strict=True) if item.died is not None]
    return Placed(tuple(time for time, _ in kept), tuple(bool(died) for _, died in kept))


def compare(first: Placed, second: Placed, horizon: float) -> Comparison:
    """`Comparison` of two groups of pseudo-patients by the estimators of this package; RMST up to `horizon` (> 0)."""
    times = np.array(first.times + second.times)
    died = np.array(first.died + second.died)
    member = np.repeat([1.0, 0.0], [len(first.times), len(second.times)])
    fit = cox(times, died, member[:, np.newaxis], ["group"])
    term = fit.terms[0]
    means = [restricted_mean(kaplan_meier(group.times, group.died), horizon).estimate for group in (first, second)]
    return Comparison(
        term.hazard_ratio, term.lower, term.upper, term.p, fit.score.p, fit.likelihood_ratio.p,
        log_rank(times, died, member).test.p, means[0] - means[1],
    )  # fmt: skip


def spread(values: Sequence[float]) -> dict[str, float | int]:
    """n, smallest, largest and the central 95 % (type 7) of the numbers that are defined; NaN where none is."""
    known = np.array([value for value in values if not math.isnan(value)])
    if not known.size:
        return {"n": 0, "min": NAN, "max": NAN, "low": NAN, "high": NAN}
    low, high = np.quantile(known, [0.025, 0.975])
    return {
        "n": int(known.size),
        "min": float(known.min()),
        "max": float(known.max()),
        "low": float(low),
        "high": float(high),
    }
