"""A group of the page as histories: the rounding that prints its numbers, or which of them must be wrong."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from y90outcomes.published.reconstruction.pages import MedianPage, ReconstructionPage
from y90outcomes.published.reconstruction.rates import CURVES, Crossing, Group, Rate, Span, parts, printed_span, without
from y90outcomes.published.reconstruction.search import STATES, Found, search
from y90outcomes.published.rounding import printed
from y90outcomes.published.statistics import Published, Statistic

MOST_WRONG = 2
"""Printed numbers left out together before a group is given up."""

PARTS = dict(zip(CURVES, ("value", "low", "high"), strict=True))

Dropped = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Solved:
    """The histories of one group of the page.

    rounding   half, or either (some numbers truncated), as `rates.ROUNDINGS`
    dropped    the smallest sets of printed numbers of which one must be wrong; () where all can be right
    found      one search per number of patients and set left out, those with histories
    exhaustive whether every search that was made looked everywhere
    """

    id: str
    rounding: str
    dropped: tuple[Dropped, ...]
    found: tuple[Found, ...]
    exhaustive: bool

    @property
    def count(self) -> int:
        """Histories in all."""
        return sum(found.count for found in self.found)


def solve(id: str, page: ReconstructionPage, published: Published, budget: int = STATES) -> Solved:
    """Histories that reproduce every printed number of a group, by the first of these that has any: half up or half to
    even; truncation allowed too; one printed number left out, under either in turn; two left out.

    Raises InputError as `rates.check_group`.
    """
    exhaustive = True
    for size, rounding in itertools.product(range(MOST_WRONG + 1), ("half", "either")):
        groups = list(groups_of(id, page, published, rounding))
        found: list[Found] = []
        dropped: list[Dropped] = []
        for left_out in itertools.combinations(dict.fromkeys(parts(groups[0])), size):
            made = [search(without(group, left_out), budget) for group in groups]
            exhaustive = exhaustive and all(one.exhaustive for one in made)
            if any(one.count for one in made):
                found += [one for one in made if one.count]
                dropped += [left_out] if left_out else []
        if found:
            return Solved(id, rounding, tuple(dropped), tuple(found), exhaustive)
    return Solved(id, "", (), (), exhaustive)


def groups_of(id: str, page: ReconstructionPage, published: Published, rounding: str) -> Iterator[Group]:
    """The group as printed, once per number of patients it may have."""
    own = page.groups[id]
    fewest, most = (own.n, own.n) if isinstance(own.n, int) else own.n
    group = Group(
        id, fewest, page.interval,
        rates=tuple(_rate(published.statistics[name], float(time), rounding) for time, name in own.rates.items()),
        crossings=tuple(crossings(own.medians, page, published, rounding)),
        events=own.events,
        known=tuple(printed_span(printed(text), "half") for text in own.known),
        last=page.last,
        seen=own.seen, level=page.level,
    )  # fmt: skip
    for n in range(fewest, most + 1):
        yield dataclasses.replace(group, n=n)


def _rate(statistic: Statistic, time: float, rounding: str) -> Rate:
    return Rate(statistic.id, time, *(_span(statistic, PARTS[curve], rounding) for curve in CURVES))


def crossings(
    medians: Iterable[MedianPage | str], page: ReconstructionPage, published: Published, rounding: str
) -> Iterator[Crossing]:
    """Median and limits of each printed median; a part printed neither as a number nor as not reached says nothing."""
    for median in medians:
        named = MedianPage(id=median) if isinstance(median, str) else median
        statistic, band = published.statistics[named.id], named.interval or page.median_interval
        for curve, part in PARTS.items():
            if part in statistic.numbers or part in statistic.not_reached:
                span = _span(statistic, part, rounding)
                yield Crossing(named.id, curve, span, named.rule or page.median_rule, band)


def _span(statistic: Statistic, part: str, rounding: str) -> Span | None:
    number = statistic.numbers.get(part)
    return None if number is None else printed_span(number, rounding)
