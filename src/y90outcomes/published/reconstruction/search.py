"""Every order of deaths and censorings that reproduces the printed numbers of one group: an exact search.

A history is a string of D (death) and C (censored), one letter a patient, cut at the printed times. The curve at a
printed time depends on the letters before it and on nothing else: deaths at one time count as one after another, since
∏(1 − 1/k) and Σ 1/(k(k − 1)) telescope over them. So the histories are the paths of a small machine whose state is
the number at risk, S and Greenwood's Σ; paths that meet in one state are counted once and multiplied. Which death
brings the curve or its band down to one half decides between which printed times that death must stand.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from y90outcomes.estimators.kaplan_meier import STEP_TOLERANCE
from y90outcomes.published.reconstruction.rates import (
    Crossing,
    Group,
    Rate,
    Span,
    bounds,
    check_group,
    limits,
    prints,
)

STATES = 400_000
"""States one search may visit before it stops and says that it was not exhaustive."""

_DIGITS = 13
"""Decimals of S and Σ at which two paths are one."""

Range = tuple[float, float]
History = tuple[str, ...]
"""The letters of each segment."""


class State(NamedTuple):
    """Where a history stands: `crossed` has a bit per crossing; `waiting` is when S came to stand at one half."""

    segment: int
    at_risk: int
    deaths: int = 0
    survival: float = 1.0
    variance: float = 0.0
    crossed: int = 0
    waiting: Range | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """What ends a segment: the time of a rate, or a known event (`rate` None) within its span."""

    low: float
    high: float
    rate: Rate | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """A group's marks in order, and per mark the least S, most S and most Σ its rate allows."""

    group: Group
    marks: tuple[Mark, ...]
    limits: tuple[tuple[float, float, float], ...]

    @property
    def start(self) -> State:
        """Everyone at risk and nobody gone."""
        return State(0, self.group.n)


@dataclass(frozen=True, slots=True)
class Found:
    """The histories of one group: their exact `count`, or a lower bound where not `exhaustive`."""

    machine: Machine
    count: int
    exhaustive: bool
    states: int
    ways: dict[State, int] = field(repr=False)


def search(group: Group, budget: int = STATES) -> Found:
    """Every history of `group` that reproduces each printed value to its digits.

    Exact while the search visits at most `budget` states; beyond, `exhaustive` is False and `count` a lower bound.
    Kaplan and Meier 1958 (10.1080/01621459.1958.10501452), Greenwood 1926; medians by Brookmeyer and Crowley
    (10.2307/2530286). A rate needs somebody still at risk after its time, unless S is 0 there. Raises InputError for a
    group whose times are out of order.
    """
    check_group(group)
    marks = [Mark(rate.time, rate.time, rate) for rate in group.rates] + [Mark(s.low, s.high) for s in group.known]
    marks.sort(key=lambda mark: mark.low)
    machine = Machine(group, tuple(marks), tuple(bounds(group, mark.rate) for mark in marks))
    ways: dict[State, int] = {}
    complete = True

    def completions(state: State) -> int:
        nonlocal complete
        known = ways.get(state)
        if known is not None:
            return known
        if len(ways) >= budget:
            complete = False
            return 0
        ways[state] = 0
        total = int(ends(machine, state)) + sum(completions(after) for _, after in steps(machine, state))
        ways[state] = total
        return total

    return Found(machine, completions(machine.start), complete, len(ways), ways)


def every(found: Found) -> Iterator[History]:
    """Every history found, in a fixed order. Look at `count` first."""

    def walk(state: State, letters: str) -> Iterator[History]:
        if ends(found.machine, state):
            yield tuple(letters.split("|"))
        for letter, after in steps(found.machine, state):
            if found.ways.get(after, 0):
                yield from walk(after, letters + letter)

    yield from walk(found.machine.start, "")


def draw(found: Found, rng: random.Random) -> History:
    """One history, each of those found equally likely. ValueError where there is none."""
    if not found.count:
        raise ValueError("no history reproduces these numbers")
    state, letters = found.machine.start, ""
    while True:
        options = [(letter, after, found.ways.get(after, 0)) for letter, after in steps(found.machine, state)]
        pick = rng.randrange(sum(ways for _, _, ways in options) + int(ends(found.machine, state)))
        for letter, after, ways in options:
            if pick < ways:
                letters, state = letters + letter, after
                break
            pick -= ways
        else:
            return tuple(letters.split("|"))


def states_of(machine: Machine, history: History) -> list[tuple[str, State]]:
    """The letters of a history, "|" between segments, each with the state after it. ValueError for one not possible."""
    state, place = machine.start, 0
    out: list[tuple[str, State]] = []
    text = "|".join(history)
    while place < len(text):
        width = 2 if _pinned(machine, state, text[place:]) else 1
        letters = text[place : place + width]
        after = dict(steps(machine, state)).get(letters)
        if after is None:
            raise ValueError("this history does not reproduce the group's numbers")
        out.append((letters, after))
        state, place = after, place + width
    return out


def _pinned(machine: Machine, state: State, text: str) -> bool:
    """Whether the letters that follow are a known event."""
    return text.startswith("D|") and state.segment < len(machine.marks) and machine.marks[state.segment].rate is None


def ends(machine: Machine, state: State) -> bool:
    """Whether the history is complete here and keeps every promise."""
    if state.segment < len(machine.marks) or state.at_risk:
        return False
    fewest, most = machine.group.events or (0, machine.group.n)
    if not fewest <= state.deaths <= most:
        return False
    for place, crossing in enumerate(machine.group.crossings):
        if (crossing.span is not None) != bool(state.crossed >> place & 1):
            return False
        if state.waiting and _halfway(crossing) and not meet(state.waiting, crossing.span):
            return False  # no drop follows: the median is the time S came to stand at one half
    return True


def steps(machine: Machine, state: State) -> Iterator[tuple[str, State]]:
    """The letters that may follow, with the state each leads to: D, C, and "|" or, for a known event, "D|"."""
    mark = machine.marks[state.segment] if state.segment < len(machine.marks) else None
    if state.at_risk:
        if after := _death(machine, state, free_range(machine, state.segment), state.segment):
            yield "D", after
        censored = state._replace(at_risk=state.at_risk - 1)
        if (mark is None or mark.high > machine.group.seen) and _possible(machine, censored):
            yield "C", censored
    if mark is None:
        return
    if mark.rate is None:
        if state.at_risk and (after := _death(machine, state, (mark.low, mark.high), state.segment + 1)):
            yield "D|", after
    elif prints(machine.group, mark.rate, state.at_risk, state.survival, state.variance):
        passed = state._replace(segment=state.segment + 1)
        if _possible(machine, passed):
            yield "|", passed


def free_range(machine: Machine, segment: int) -> Range:
    """Between which times the letters of a segment stand, known events apart."""
    group = machine.group
    before = machine.marks[segment - 1].low if segment else 0.0
    end = math.inf if group.last is None else group.last
    return before, machine.marks[segment].high if segment < len(machine.marks) else end


def crossed_by(group: Group, survival: float, variance: float, crossed: int) -> int:
    """A bit for each crossing whose curve this death brings down to one half."""
    new = 0
    for place, crossing in enumerate(group.crossings):
        if crossed >> place & 1:
            continue
        height = survival
        if crossing.curve != "survival":
            if survival <= 0.0:
                continue
            both = limits(crossing.interval or group.interval, group.level, survival, variance)
            height = both[0] if crossing.curve == "lower" else both[1]
        new |= (height < 0.5 + STEP_TOLERANCE) << place
    return new


def meet(when: Range, span: Span | None) -> Range | None:
    """What two ranges of time share; None for nothing."""
    if span is None or span.low > when[1] or span.high < when[0]:
        return None
    return max(when[0], span.low), min(when[1], span.high)


def promised(group: Group, new: int, when: Range, *, stands: bool) -> Range | None:
    """When a death can be that brings the curves `new` down to one half; None where no time suits each."""
    for place, crossing in enumerate(group.crossings):
        if new >> place & 1 and not (stands and _halfway(crossing)):
            met = meet(when, crossing.span)
            if met is None:
                return None
            when = met
    return when


def middles(group: Group) -> Sequence[Crossing]:
    """The medians printed halfway along a flat at one half."""
    return [crossing for crossing in group.crossings if _halfway(crossing)]


def _halfway(crossing: Crossing) -> bool:
    return crossing.rule == "midpoint" and crossing.curve == "survival" and crossing.span is not None


def _death(machine: Machine, state: State, when: Range, segment: int) -> State | None:
    group, left = machine.group, state.at_risk - 1
    survival = round(state.survival * left / state.at_risk, _DIGITS)
    variance = round(state.variance + 1.0 / (state.at_risk * left), _DIGITS) if left else math.inf
    if state.waiting:
        half = (state.waiting[0] + when[0]) / 2.0, (state.waiting[1] + when[1]) / 2.0
        if not all(meet(half, crossing.span) for crossing in middles(group)):
            return None
    new = crossed_by(group, survival, variance, state.crossed)
    stands = abs(survival - 0.5) < STEP_TOLERANCE
    suits = promised(group, new, when, stands=stands)
    if suits is None:
        return None
    waiting = suits if stands and middles(group) else None
    after = State(segment, left, state.deaths + 1, survival, variance, state.crossed | new, waiting)
    return after if _possible(machine, after) else None


def _possible(machine: Machine, state: State) -> bool:
    """Whether the rates still to come can be met: S only falls, Σ only grows, and least without censoring."""
    for low, high, most in machine.limits[state.segment :]:
        if state.survival < low or state.variance > most:
            return False
        if state.survival > high and (
            state.at_risk < 2 or state.variance + (state.survival / high - 1.0) / state.at_risk > most
        ):
            return False
    return True
