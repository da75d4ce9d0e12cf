"""One group's histories split in two: who of the censored belongs where, and what log-rank p that allows.

Where a patient table gives the time of each event, the log-rank test depends on the numbers at risk at those times and
on nothing else, so it is enough to deal the censored of each gap between two events to the two halves, in every way.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from y90outcomes.estimators.kaplan_meier import STEP_TOLERANCE
from y90outcomes.estimators.log_rank import log_rank
from y90outcomes.published.reconstruction.rates import Crossing, Group
from y90outcomes.published.reconstruction.search import (
    History,
    Machine,
    Range,
    crossed_by,
    free_range,
    promised,
    states_of,
)

Event = tuple[int, Range, int]
"""At risk just before, when it was, its place among the known events (-1: not one of them)."""

Profile = tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Half:
    """One half of a split: patients, and what is printed of its median (`crossings`), on the band `interval`."""

    n: int
    interval: str
    crossings: tuple[Crossing, ...] = ()


@dataclass(frozen=True, slots=True)
class Split:
    """The first half and the second; `known_first` are the places of the known events in the first half, every other
    event is in the second."""

    first: Half
    second: Half
    known_first: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Dealt:
    """One way to deal: log-rank p of the halves and whether both medians print as the paper has them."""

    p: float
    medians: bool


def profiles(machine: Machine, histories: Iterable[History]) -> dict[Profile, int]:
    """The histories by what happens at their events alone, with how many histories share it."""
    found: dict[Profile, int] = {}
    for history in histories:
        before, known, events = machine.start, 0, []
        for letters, state in states_of(machine, history):
            if letters.startswith("D"):
                mark = machine.marks[before.segment] if letters == "D|" else None
                when = (mark.low, mark.high) if mark else free_range(machine, before.segment)
                events.append((before.at_risk, when, known if mark else -1))
                known += mark is not None
            before = state
        key = tuple(events)
        found[key] = found.get(key, 0) + 1
    return found


def deal(n: int, level: float, found: Mapping[Profile, int], split: Split) -> Iterator[Dealt]:
    """Every way to deal the censored among `n` patients to the two halves, profile by profile.

    Ways that put the same numbers at risk at every event are one. Nothing where the halves do not add up to n.
    """
    if split.first.n + split.second.n != n:
        return
    for profile in found:
        gaps = _gaps(n, profile)
        wanted = split.first.n - len(split.known_first)
        for taken in itertools.product(*(range(min(gap, wanted) + 1) for gap in gaps)):
            if sum(taken) != wanted:
                continue
            events = tuple(_dealt(split, profile, taken))
            medians = all(
                _keeps(Group("half", half.n, half.interval, crossings=half.crossings, level=level), mine)
                for half, mine in zip((split.first, split.second), _halves(profile, events), strict=True)
            )
            yield Dealt(_p(events), medians)


def _gaps(n: int, profile: Profile) -> list[int]:
    """Censored before the first event, between events, and after the last."""
    left, gaps = n, []
    for at_risk, _, _ in profile:
        gaps.append(left - at_risk)
        left = at_risk - 1
    return [*gaps, left]


def _dealt(split: Split, profile: Profile, taken: tuple[int, ...]) -> Iterator[tuple[int, int, bool]]:
    """Per event: at risk in the first half, in the second, and whether it is the first half's."""
    first = split.first.n
    for (at_risk, _, known), censored in zip(profile, taken, strict=False):
        first -= censored
        mine = known in split.known_first
        yield first, at_risk - first, mine
        first -= mine


def _halves(
    profile: Profile, events: tuple[tuple[int, int, bool], ...]
) -> tuple[list[tuple[int, Range]], list[tuple[int, Range]]]:
    halves: tuple[list[tuple[int, Range]], list[tuple[int, Range]]] = ([], [])
    for (_, when, _), (first, second, mine) in zip(profile, events, strict=True):
        halves[0 if mine else 1].append((first if mine else second, when))
    return halves


def _keeps(group: Group, events: list[tuple[int, Range]]) -> bool:
    """Whether the curve of these events comes down to one half when the group says so; flats count by their start."""
    survival, variance, crossed = 1.0, 0.0, 0
    for at_risk, when in events:
        survival *= (at_risk - 1) / at_risk
        variance += 1.0 / (at_risk * (at_risk - 1)) if at_risk > 1 else np.inf
        new = crossed_by(group, survival, variance, crossed)
        if new and promised(group, new, when, stands=abs(survival - 0.5) < STEP_TOLERANCE) is None:
            return False
        crossed |= new
    return all((c.span is not None) == bool(crossed >> place & 1) for place, c in enumerate(group.crossings))


@lru_cache(maxsize=100_000)
def _p(events: tuple[tuple[int, int, bool], ...]) -> float:
    """Log-rank p from the numbers at risk at each event, by the estimator on times that put them there."""
    times: list[float] = []
    died: list[bool] = []
    member: list[int] = []
    before: tuple[int, int] | None = None
    for place, (first, second, mine) in enumerate(events):
        if before is not None:
            for half, gone in enumerate((before[0] - first, before[1] - second)):
                times += [place + 0.5] * gone
                died += [False] * gone
                member += [half] * gone
        times, died, member = [*times, float(place + 1)], [*died, True], [*member, 0 if mine else 1]
        before = (first - mine, second - (not mine))
    for half, left in enumerate(before or (0, 0)):
        times += [len(events) + 1.0] * left
        died += [False] * left
        member += [half] * left
    return log_rank(times, died, member).test.p
