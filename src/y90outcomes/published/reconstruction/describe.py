"""What a group's histories have in common, as plain data: deaths, at risk, RMST, what a wrong number should be."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from y90outcomes.estimators.kaplan_meier import kaplan_meier
from y90outcomes.estimators.restricted_mean import restricted_mean
from y90outcomes.published.reconstruction.ranges import Prepared, place, prepare, spread
from y90outcomes.published.reconstruction.rates import CURVES, limits
from y90outcomes.published.reconstruction.search import History, Machine, State, draw, every, states_of
from y90outcomes.published.reconstruction.solve import Solved

LISTED = 3000
"""Histories of a group looked at one by one; of more, as many are drawn."""

SHOWN = 12
"""Histories written out."""

Standing = tuple[tuple[float, int, int], ...]
"""(time, deaths up to it, at risk after it) at each printed time, and at the end (time infinite)."""


@dataclass(frozen=True, slots=True)
class Member:
    """One history with the group as searched, and how many died and were left at each printed time."""

    machine: Machine
    history: History
    standing: Standing
    prepared: Prepared


def members(solved: Solved, rng: random.Random) -> tuple[Member, ...]:
    """Every history where there are at most `LISTED`, else that many drawn, each equally likely."""
    if solved.count <= LISTED:
        chosen = [(one.machine, history) for one in solved.found for history in every(one)]
    else:
        weights = [one.count for one in solved.found]
        picked = rng.choices(solved.found, weights, k=LISTED)
        chosen = [(one.machine, draw(one, rng)) for one in picked]
    return tuple(Member(m, history, standing(m, history), prepare(m, history)) for m, history in chosen)


def standing(machine: Machine, history: History) -> Standing:
    """Deaths and numbers at risk of a history at the printed times."""
    out, last = [], machine.start
    for letters, state in states_of(machine, history):
        if letters == "|":
            out.append((machine.marks[last.segment].low, state.deaths, state.at_risk))
        last = state
    return (*out, (math.inf, last.deaths, 0))


def described(
    solved: Solved, chosen: Sequence[Member], horizon: float, draws: int, rng: random.Random
) -> dict[str, Any]:
    """The group as plain data; `chosen` are its members, empty where no history exists."""
    times = [time for time, _, _ in chosen[0].standing[:-1]] if chosen else []
    made: dict[str, Any] = {
        "rounding": solved.rounding,
        "one_of_these_is_wrong": [[f"{id}#{curve}" for id, curve in left_out] for left_out in solved.dropped],
        "histories": solved.count,
        "exhaustive": solved.exhaustive,
        "looked_at": len(chosen),
        "n": sorted({one.machine.group.n for one in solved.found}),
        "deaths": {f"{time:g}": _ends([m.standing[i][1] for m in chosen]) for i, time in enumerate(times)},
        "at_risk": {f"{time:g}": _ends([m.standing[i][2] for m in chosen]) for i, time in enumerate(times)},
        "events": _ends([m.standing[-1][1] for m in chosen]),
        "instead": _instead(solved, chosen),
        "shown": ["|".join(m.history) for m in itertools.islice(chosen, SHOWN)],
    }
    means = []
    for _ in range(draws if chosen else 0):
        placed = place(rng.choice(chosen).prepared, rng)
        if placed is not None:
            means.append(restricted_mean(kaplan_meier(placed.times, placed.died), horizon).estimate)
    made["restricted_mean"] = spread(means)
    return made


def _ends(values: Sequence[int]) -> list[int]:
    return [min(values), max(values)] if values else []


def _instead(solved: Solved, chosen: Sequence[Member]) -> Mapping[str, list[float]]:
    """Of each printed rate left out, smallest and largest number the histories give where it stood, in per cent."""
    found: dict[str, list[float]] = {}
    wanted = {pair for left_out in solved.dropped for pair in left_out}
    for member in chosen:
        before = member.machine.start
        for letters, state in states_of(member.machine, member.history):
            mark = member.machine.marks[before.segment] if letters == "|" else None
            if mark is not None and mark.rate is not None:
                for id, curve in wanted:
                    if mark.rate.id == id and getattr(mark.rate, curve) is None:
                        found.setdefault(f"{id}#{curve}", []).append(_height(member.machine, state, curve))
            before = state
    return {name: [min(found[name]), max(found[name])] for name in sorted(found)}


def _height(machine: Machine, state: State, curve: str) -> float:
    both = limits(machine.group.interval, machine.group.level, state.survival, state.variance)
    return 100.0 * (state.survival, *both)[CURVES.index(curve)]
