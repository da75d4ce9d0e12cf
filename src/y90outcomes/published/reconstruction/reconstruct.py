"""`make reconstruct`: the histories behind a study's printed curves, and what they allow, in `derived/`.

Everything here is reconstructed: no patient is real, each is one of many that print the same numbers.
"""

from __future__ import annotations

import hashlib
import itertools
import math
import random
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from y90outcomes.published.reconstruction.describe import Member, Standing, described, members
from y90outcomes.published.reconstruction.pages import (
    FILE,
    ComparisonPage,
    HalfPage,
    ReconstructionPage,
    SplitPage,
    printed_text,
    read_reconstruction,
    used,
)
from y90outcomes.published.reconstruction.ranges import NUMBERS, TESTS, Comparison, compare, place, spread
from y90outcomes.published.reconstruction.rates import Span, printed_span
from y90outcomes.published.reconstruction.search import History, every
from y90outcomes.published.reconstruction.solve import Solved, crossings, solve
from y90outcomes.published.reconstruction.splits import Half, Split, deal, profiles
from y90outcomes.published.statistics import Published, Statistic
from y90outcomes.results.whole import write_json

SEED = 20240607
TARGET = Path("derived") / "reconstruction.json"

SOURCES = (
    "describe.py", "pages.py", "ranges.py", "rates.py", "reconstruct.py", "search.py", "solve.py", "splits.py",
    "../rounding.py",
)  # fmt: skip
"""Modules the numbers depend on."""

CORNERS = 40
"""Pairs of histories placed at their extremes."""

SHARE_OF_DRAWS = 0.2
"""Draws for a group alone, of those for a comparison."""


def fingerprint(folder: Path) -> str:
    """SHA-256 over the page, the printed numbers it names and the code; line ends do not matter."""
    page, published = read_reconstruction(folder)
    whole = hashlib.sha256((folder / FILE).read_bytes().replace(b"\r\n", b"\n"))
    for name in used(page):
        whole.update(printed_text(published.statistics[name]).encode())
    for source in SOURCES:
        whole.update((Path(__file__).parent / source).read_bytes().replace(b"\r\n", b"\n"))
    return whole.hexdigest()


def reconstruct(folder: Path, seed: int = SEED) -> dict[str, Any]:
    """The reconstruction of a study folder as plain data: groups, comparisons and splits by the names of its page.

    Deterministic in the seed. Raises InputError for a page or printed numbers that cannot be read.
    """
    page, published = read_reconstruction(folder)
    solved = {id: solve(id, page, published) for id in page.groups}
    chosen = {id: members(one, _rng(f"{seed} {id}")) for id, one in solved.items()}
    few = max(1, round(SHARE_OF_DRAWS * page.draws))
    groups = {
        id: {
            "label": page.groups[id].label,
            **described(one, chosen[id], page.horizon, few, _rng(f"{seed} mean {id}")),
        }
        for id, one in solved.items()
    }
    common = _common(page, chosen)
    comparisons = {
        id: _comparison(page, published, one, chosen, common if id in page.linked else None, f"{seed} {id}")
        for id, one in page.comparisons.items()
    }
    made: dict[str, Any] = {
        "fingerprint": fingerprint(folder),
        "origin": "reconstructed",
        "seed": seed,
        "draws": page.draws,
        "horizon": page.horizon,
        "groups": groups,
        "comparisons": comparisons,
        "splits": {id: _split(page, published, one, solved[one.of]) for id, one in page.splits.items()},
    }
    if common is not None:
        made["linked"] = {"comparisons": list(page.linked), "standings": _standings(common)}
    plain: dict[str, Any] = _plain(made)
    return plain


def _rng(seed: str) -> random.Random:
    return random.Random(seed)  # noqa: S311  not a secret: the same draws every time


def _common(page: ReconstructionPage, chosen: Mapping[str, Sequence[Member]]) -> set[Standing] | None:
    """The standings of the whole that every linked comparison can add up to; None where nothing is linked."""
    sets = []
    for id in page.linked:
        one = page.comparisons[id]
        parts = [{member.standing for member in chosen[name]} for name in (one.first, one.second)]
        sets.append({_added(a, b) for a, b in itertools.product(*parts)})
    return set.intersection(*sets) if sets else None


def _added(first: Standing, second: Standing) -> Standing:
    return tuple((time, a + c, b + d) for (time, a, b), (_, c, d) in zip(first, second, strict=True))


def _standings(common: set[Standing]) -> list[dict[str, list[int]]]:
    """Deaths and numbers at risk of the whole, one entry per standing, in order."""
    return [
        {"deaths": [deaths for _, deaths, _ in one], "at_risk": [left for _, _, left in one]} for one in sorted(common)
    ]


def _comparison(
    page: ReconstructionPage, published: Published, one: ComparisonPage, chosen: Mapping[str, Sequence[Member]],
    common: set[Standing] | None, seed: str,
) -> dict[str, Any]:  # fmt: skip
    rng = _rng(seed)
    first, second = chosen[one.first], chosen[one.second]
    printed = published.statistics.get(one.hazard_ratio)
    p_values = [published.statistics[name] for name in one.p]
    pairs = len(first) * len(second)
    linked: list[tuple[Member, Member]] = []
    if common:
        linked = [(a, b) for a, b in itertools.product(first, second) if _added(a.standing, b.standing) in common]
    made: list[Comparison] = []
    whose: list[tuple[History, History]] = []
    uniform = 0
    for number in range(2 * page.draws + 2 * CORNERS if pairs else 0):
        pair = rng.choice(linked) if linked else (rng.choice(first), rng.choice(second))
        ways = ("uniform", "uniform") if number < page.draws else ("tilted", "tilted")
        if number >= 2 * page.draws:
            ways = ("early", "late") if number % 2 else ("late", "early")
        placed = [place(member.prepared, rng, way) for member, way in zip(pair, ways, strict=True)]
        if placed[0] is not None and placed[1] is not None:
            made.append(compare(placed[0], placed[1], page.horizon))
            whose.append((pair[0].history, pair[1].history))
            uniform += ways[0] == "uniform"
    agreeing = [i for i, d in enumerate(made) if printed is not None and _prints(printed, d.hazard_ratio)]
    same = [
        i for i in agreeing
        if printed is not None and _prints(printed, made[i].hazard_ratio, made[i].lower, made[i].upper)
    ]  # fmt: skip
    interval = [made[i] for i in same]
    by_test = {
        statistic.id: {test: sum(_prints(statistic, getattr(draw, test)) for draw in interval) for test in TESTS}
        for statistic in p_values
    }
    return {
        "label": one.label,
        "hazard_ratio": one.hazard_ratio,
        "printed": printed.printed if printed is not None else "",
        "pairs": pairs,
        "pairs_linked": len(linked) if common is not None else None,
        "placements": len(made),
        "all": _spreads(made, uniform),
        "print_the_hazard_ratio": _agreeing(agreeing, made, whose),
        "print_the_interval_too": _agreeing(same, made, whose),
        "p_printed_by": by_test,
    }


def _agreeing(
    places: Sequence[int], made: Sequence[Comparison], whose: Sequence[tuple[History, History]]
) -> dict[str, Any]:
    """How many placements, of how many pairs of histories, and what they give."""
    return {"n": len(places), "pairs": len({whose[i] for i in places}), **_spreads([made[i] for i in places])}


def _spreads(draws: Sequence[Comparison], first: int | None = None) -> dict[str, Any]:
    """`spread` of each number, the central 95 % that of the `first` draws alone: the uniform ones."""
    whole = {name: spread([getattr(draw, name) for draw in draws]) for name in NUMBERS}
    if first is not None:
        for name in NUMBERS:
            central = spread([getattr(draw, name) for draw in draws[:first]])
            whole[name].update(low=central["low"], high=central["high"])
    return whole


def _prints(statistic: Statistic, value: float, lower: float | None = None, upper: float | None = None) -> bool:
    """Whether numbers print as a statistic has them, half up or half to even; a bound is met below it."""
    for part, number in (("value", value), ("low", lower), ("high", upper)):
        printed = statistic.numbers.get(part)
        if printed is None or number is None:
            continue
        if statistic.relation == "<" and not number < printed.value:
            return False
        if statistic.relation == "=" and not _span(statistic, part).holds(number):
            return False
    return True


def _span(statistic: Statistic, part: str) -> Span:
    return printed_span(statistic.numbers[part], "half")


def _split(page: ReconstructionPage, published: Published, one: SplitPage, whole: Solved) -> dict[str, Any]:
    """The log-rank p values every way to deal the censored of a group allows."""

    def half(own: HalfPage) -> Half:
        return Half(own.n, page.interval, tuple(crossings(own.medians, page, published, "half")))

    split = Split(half(one.first), half(one.second), tuple(place - 1 for place in one.known_first))
    every_p, p = [], []
    for found in whole.found:
        shared = profiles(found.machine, every(found))
        for dealt in deal(found.machine.group.n, page.level, shared, split):
            every_p.append(dealt.p)
            p += [dealt.p] if dealt.medians else []
    return {
        "label": one.label,
        "of": one.of,
        "first": f"{one.first.label} ({one.first.n})",
        "second": f"{one.second.label} ({one.second.n})",
        "exhaustive": whole.exhaustive,
        "ways": len(every_p),
        "log_rank_p": spread(every_p),
        "ways_with_medians": len(p),
        "log_rank_p_with_medians": spread(p),
        "prints": {
            name: {
                "printed": published.statistics[name].printed,
                "ways": sum(_prints(published.statistics[name], value) for value in every_p),
                "ways_with_medians": sum(_prints(published.statistics[name], value) for value in p),
            }
            for name in one.p
        },
    }


def _plain(value: Any) -> Any:
    """Numbers to ten significant digits: libraries of two machines then write the same bytes; NaN and infinity null."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        return float(f"{value:.10g}") if math.isfinite(value) else None
    return value


def main(arguments: list[str]) -> None:
    """Write `derived/reconstruction.json` of each study folder."""
    for folder in map(Path, arguments):
        write_json(folder / TARGET, reconstruct(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
