"""What a stored reconstruction says of printed numbers: which cannot stand together, which p no history gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from y90outcomes.published.checks.base import MORE_DIGITS, Check, nearness, span_text
from y90outcomes.published.joint import Outcome
from y90outcomes.published.quantities import Statistics
from y90outcomes.published.reconstruction.pages import read_reconstruction
from y90outcomes.published.reconstruction.table import stored_reconstruction
from y90outcomes.published.rounding import Span

PARTS = {"survival": "value", "lower": "low", "upper": "high"}
"""Curves of a reconstruction to the parts of a printed statistic."""

METHOD = "reconstructed event histories"


def reconstruction_outcomes(folder: Path, statistics: Statistics) -> Iterator[Outcome]:
    """Checks from `derived/reconstruction.json` of a study folder; none without one, or when it is stale.

    Only exhaustive searches accuse, and only beyond one unit of the last digit: what a sample of histories does not
    give may still be, and another variance moves a limit by a digit. Lesser contradictions are remarks.
    """
    made = stored_reconstruction(folder)
    if made is None:
        return
    page, _ = read_reconstruction(folder)
    for key, group in made["groups"].items():
        if group["exhaustive"] and group["one_of_these_is_wrong"]:
            yield from _contradiction(group, statistics)
        if group["exhaustive"] and group["rounding"] == "either" and key in page.groups:
            yield _cut(group, [name for name in page.groups[key].rates.values() if name in statistics])
    for split in made["splits"].values():
        for name, entry in split["prints"].items():
            if split["exhaustive"] and name in statistics:
                yield _possible_p(split, name, entry)


def _contradiction(group: Mapping[str, Any], statistics: Statistics) -> Iterator[Outcome]:
    """Numbers of one group that no event history gives together. One that alone heals it is accused."""
    sets = [tuple(parts) for parts in group["one_of_these_is_wrong"]]
    named = [address.partition("#") for parts in sets for address in parts]
    ids = tuple(dict.fromkeys(name for name, _, _ in named if name in statistics))
    if not ids:
        return
    words = " or ".join(" with ".join(_words(address, statistics) for address in parts) for parts in sets)
    said = f"{group['label']}: no event history gives every printed number; one does without {words}"
    if len(sets) > 1 or len(sets[0]) > 1:
        yield Outcome(ids, "reconstruction", Check("agrees", "", METHOD, said + "."), (), remark=True)
        return
    address = sets[0][0]
    name, _, curve = address.partition("#")
    number = statistics[name].numbers[PARTS[curve]]
    instead = group["instead"].get(address)
    span = Span(float(instead[0]), float(instead[1])) if instead else None
    verdict = "disagrees" if span is None else nearness(number, span)
    shown = "" if span is None else span_text(span, number.decimals + MORE_DIGITS)
    said += f", which is then {shown}." if shown else "."
    if verdict == "last_digit":  # another variance or a cut digit may do it
        yield Outcome(ids, "reconstruction", Check("agrees", shown, METHOD, said), (), remark=True)
        return
    yield Outcome(ids, "reconstruction", Check(verdict, shown, METHOD, said), ids)


def _cut(group: Mapping[str, Any], ids: list[str]) -> Outcome:
    """Rates of one group that no history prints by rounding alone."""
    said = f"{group['label']}: no event history rounds to every printed number; some of them are cut, not rounded."
    return Outcome(tuple(ids), "rounding", Check("agrees", "", METHOD, said), (), remark=True)


def _words(address: str, statistics: Statistics) -> str:
    name, _, curve = address.partition("#")
    part = {"survival": "the rate", "lower": "the lower limit", "upper": "the upper limit"}.get(curve, curve)
    number = statistics[name].numbers.get(PARTS.get(curve, ""))
    return f"{part} {number} of {name}"


def _possible_p(split: Mapping[str, Any], name: str, entry: Mapping[str, Any]) -> Outcome:
    """A printed log-rank p against every way the patients can stand in the two groups."""
    spread, ways = split["log_rank_p"], int(entry["ways"])
    shown = f"{spread['min']:.2g} to {spread['max']:.2g}"
    said = (f"{split['label']}: {ways} of {split['ways']} ways to deal the patients give an ordinary "
            f"log-rank p of {entry['printed']}; all of them give {shown}.")  # fmt: skip
    return Outcome((name,), "reconstruction", Check("agrees" if ways else "disagrees", shown, METHOD, said), (name,))
