"""What a page says of other places: numbers repeated in `also_in`, names that differ, and limits taken from others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from y90outcomes.published.checks.base import Check, Verdict
from y90outcomes.published.joint import Outcome
from y90outcomes.published.quantities import Statistics
from y90outcomes.published.rounding import Span, printed
from y90outcomes.published.statistics import Statistic
from y90outcomes.units import ratio_of_units

NUMBER = re.compile(r"\((?P<number>\d+(?:\.\d+)?)(?:\s*(?P<unit>[^\d\s()%][^()]*|%))?\)")
NAMED = re.compile(r"\((?:there )?called an? (?P<name>[a-z ]+)\)")
KIND_NAMES = {
    "geometric_mean_ci": "geometric mean", "median_range": "median", "median": "median", "km_median_ci": "median",
    "mean_sd": "mean", "hazard_ratio": "hazard ratio", "odds_ratio": "odds ratio",
}  # fmt: skip
"""What a kind of statistic is called."""


def elsewhere(statistics: Statistics) -> Iterator[Outcome]:
    """Numbers in brackets behind a place of `also_in`, and what the number is called there."""
    for statistic in statistics.values():
        for place in statistic.also_in:
            if found := NUMBER.search(place):
                yield from _number(statistic, place, found["number"], (found["unit"] or "").strip())
            if (named := NAMED.search(place)) and statistic.kind in KIND_NAMES:
                own = KIND_NAMES[statistic.kind]
                if named["name"].strip() != own:
                    said = (
                        f"{statistic.what} is a {own} in {statistic.where}, and a {named['name'].strip()} in {place}."
                    )
                    yield Outcome((statistic.id,), "name", Check("agrees", own, "name", said), (), remark=True)


def _number(statistic: Statistic, place: str, text: str, unit: str) -> Iterator[Outcome]:
    own = statistic.numbers.get("value")
    ratio = ratio_of_units(unit, statistic.unit) if unit and statistic.unit and unit != statistic.unit else 1
    if own is None or ratio is None:
        return
    there = printed(text)
    span = Span(there.span.low * float(ratio), there.span.high * float(ratio))
    verdict: Verdict = "agrees" if span.meets(own.span) else "disagrees"
    said = (
        f"Printed {own} {statistic.unit}".rstrip()
        + f" in {statistic.where}, and {text} {unit}".rstrip()
        + f": {place}."
    )
    yield Outcome((statistic.id,), "repeated", Check(verdict, str(own), "same quantity", said), (statistic.id,))


def quoted(data: Mapping[str, Any], statistics: Statistics) -> Iterator[Outcome]:
    """Intervals quoted for other studies whose two limits are those of an own statistic with another estimate."""
    for entry in data.get("quoted_from_other_studies") or ():
        limits = entry.get("ci") if isinstance(entry, dict) else None
        if not isinstance(limits, list) or len(limits) != 2 or not all(isinstance(x, int | float) for x in limits):
            continue
        for own in statistics.values():
            part = {name: own.numbers[name].value for name in ("value", "low", "high") if name in own.numbers}
            if own.limits == "ci" and (part.get("low"), part.get("high")) == tuple(map(float, limits)):
                if part.get("value") == entry.get("value"):
                    continue
                said = (f"The interval {limits[0]:g} to {limits[1]:g} quoted for {entry.get('study', 'another study')} "
                        f"({entry.get('value')}) is that of {own.what} ({own.numbers['value']}).")  # fmt: skip
                check = Check("agrees", own.printed, "quoted interval", said)
                yield Outcome((own.id,), "identical", check, (), remark=True)


def alike(statistics: Statistics, compared: list[set[str]]) -> Iterator[Outcome]:
    """Two statistics of different description that print the same three numbers, and are not stated to be the same."""
    groups: dict[tuple[Any, ...], list[Statistic]] = {}
    for statistic in statistics.values():
        if statistic.kind in ("km_median_ci", "median_range", "hazard_ratio", "geometric_mean_ci"):
            numbers = tuple((part, number.number) for part, number in statistic.numbers.items())
            if len(numbers) >= 3:
                groups.setdefault((statistic.unit, numbers), []).append(statistic)
    for group in groups.values():
        for index, one in enumerate(group):
            for two in group[index + 1 :]:
                if one.what != two.what and not any({one.id, two.id} <= known for known in compared):
                    said = f"{one.what} and {two.what} are printed with the same numbers: {one.printed}."
                    check = Check("agrees", one.printed, "different quantities", said)
                    yield Outcome((one.id, two.id), "identical", check, (), remark=True)
