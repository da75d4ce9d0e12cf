"""Relations a page need not state: what the ids and words of its statistics already say.

p values       `<stem>_p`, `<stem>_p_text` … beside `<stem>`, `<stem>_hr` or `<stem>_auc`
repeats        two statistics of one kind and unit whose descriptions are the same but for a place in brackets
means          `<stem>_mean` beside `<stem>_median`
A page's own relations come first; what they name is not inferred again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from y90outcomes.published.quantities import Statistics
from y90outcomes.published.relations import PValue, RelationPage, Same, Spread, addresses_of
from y90outcomes.published.statistics import Statistic

EFFECTS = ("hazard_ratio", "odds_ratio", "auc")
PLACES = re.compile(
    r"\s*\((?:abstract|text|table|discussion|results|methods|introduction)[^)]*\)|, as .*$", re.IGNORECASE
)
"""Words of a description that only say where the number stands."""


def inferred(statistics: Statistics, stated: tuple[RelationPage, ...]) -> Iterator[RelationPage]:
    """Relations that follow from ids and descriptions and are not stated."""
    linked = {relation.p.partition("#")[0] for relation in stated if isinstance(relation, PValue)}
    for p in statistics.values():
        if p.kind == "p_value" and p.id not in linked and (effect := _effect_of(p, statistics)):
            yield PValue(kind="p_of", p=p.id, effect=effect.id, why="their ids say that they belong together")
    said = {relation.mean for relation in stated if isinstance(relation, Spread)}
    for mean in statistics.values():
        median = statistics.get(f"{mean.id.removesuffix('_mean')}_median")
        if mean.kind == "mean_sd" and median is not None and mean.id not in said and median.kind == "median_range":
            yield Spread(kind="spread", mean=mean.id, median=median.id, why="their ids say that they belong together")
    compared = [set(_ids(relation)) for relation in stated if isinstance(relation, Same)]
    for group in _repeats(statistics):
        first, *others = group
        left = [other for other in others if not any({first.id, other.id} <= known for known in compared)]
        if left:
            yield Same(kind="same", of=(first.id, *(other.id for other in left)), why="described in the same words")


def _ids(relation: RelationPage) -> Iterator[str]:
    yield from (address.partition("#")[0] for address in addresses_of(relation))


def _effect_of(p: Statistic, statistics: Statistics) -> Statistic | None:
    found = re.match(r"(.+)_p(?:_(\w+))?$", p.id)
    if not found:
        return None
    stem, place = found.groups()
    for name in (f"{stem}_hr_{place}", f"{stem}_hr", f"{stem}_or", f"{stem}_auc", stem):
        if name in statistics and statistics[name].kind in EFFECTS:
            return statistics[name]
    return None


def _repeats(statistics: Statistics) -> Iterator[list[Statistic]]:
    """Statistics described alike that a place in brackets tells apart, or whose printed group size is the same."""
    groups: dict[tuple[str, str, str], list[Statistic]] = {}
    for statistic in statistics.values():
        plain = PLACES.sub("", statistic.what).strip().lower()
        groups.setdefault((plain, statistic.kind, statistic.unit), []).append(statistic)
    for group in groups.values():
        first, *others = group
        alike = [other for other in others if other.what != first.what or _size(other) == _size(first) is not None]
        if alike:
            yield [first, *alike]


def _size(statistic: Statistic) -> int | None:
    return statistic.denominator if statistic.n is None else statistic.n
