"""Relations in which printed numbers bound another one: events, and quantities contained in others."""

from __future__ import annotations

from collections.abc import Iterator

from y90outcomes.published.checks.bounds import contained_sd, interval_and_events
from y90outcomes.published.joint import Outcome, check_ascending, outcome
from y90outcomes.published.quantities import Statistics, own_id
from y90outcomes.published.relations import Ascending, Contained, Events


def check_events(relation: Events, statistics: Statistics) -> Iterator[Outcome]:
    """The interval of a hazard ratio against the most events there can have been."""
    effect = statistics[own_id(relation.effect)]
    value, low, high = (effect.numbers.get(part) for part in ("value", "low", "high"))
    if value is not None and low is not None and high is not None:
        made = interval_and_events(value, low, high, relation.at_most, effect.level)
        yield outcome(relation, "events", made, [effect.id], (effect.id,))


def check_contained(relation: Contained, statistics: Statistics) -> Iterator[Outcome]:
    """Value and range of a quantity that in every patient is no larger than another, and its SD."""
    part, whole = statistics[own_id(relation.part)], statistics[own_id(relation.whole)]
    ranges = part.limits == whole.limits == "range"
    for field in ("value", "low", "high") if ranges else ("value",):
        if field in part.numbers and field in whole.numbers:
            order = Ascending(
                kind="ascending", why=relation.why, remark=relation.remark, accuse=relation.accuse,
                of=(f"{part.id}#{field}", f"{whole.id}#{field}"),
            )  # fmt: skip
            yield from check_ascending(order, statistics)
    if {"value", "sd"} <= set(part.numbers) & set(whole.numbers) and part.n is not None and part.n == whole.n:
        pairs = [(one.numbers["value"], one.numbers["sd"]) for one in (part, whole)]
        least = 0.0 if relation.least is None else statistics[own_id(relation.least)].numbers["low"].span.low
        made = contained_sd(pairs[0], pairs[1], part.n, least, relation.differing)
        yield outcome(relation, "contained", made, [part.id, whole.id], (part.id, whole.id))
