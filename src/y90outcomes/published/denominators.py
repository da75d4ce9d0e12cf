"""Every table of whole numbers behind printed percentages and totals: exact arithmetic, uniqueness said.

The unknowns are named counts. A printed percentage binds a numerator to a denominator, a total binds a sum, a subset is
at most what it is part of. The search narrows the range of each count until nothing changes, then tries the values of
the one with the fewest left; it visits every table, and says so, or says where it stopped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from y90outcomes.errors import Fault, InputError
from y90outcomes.published.rounding import RULES, Printed, rules_printing

KEPT = 10_000
"""Tables listed; all are counted."""

NODES = 2_000_000
"""Steps before the search stops and says that it was not exhaustive."""

Ranges = dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Share:
    """numerator / denominator printed as a percentage; the names are of counts."""

    id: str
    numerator: str
    denominator: str
    printed: Printed


@dataclass(frozen=True, slots=True)
class Total:
    """The counts `parts` add up to the number or count `total`."""

    parts: tuple[str, ...]
    total: int | str


@dataclass(frozen=True, slots=True)
class Subset:
    """`part` is at most `whole`, both counts."""

    part: str
    whole: str


@dataclass(frozen=True, slots=True)
class Tables:
    """count of tables, all or (not `exhaustive`) those met before the search stopped; `listed` the first of them by
    name of count; `by_rounding` how many of the counted are printed so by one rule throughout."""

    names: tuple[str, ...]
    count: int
    exhaustive: bool
    by_rounding: Mapping[str, int]
    listed: tuple[tuple[int, ...], ...]
    roundings: tuple[tuple[str, ...], ...]

    @property
    def unique(self) -> bool:
        """One table, and no other can exist."""
        return self.exhaustive and self.count == 1


def integer_tables(
    shares: Sequence[Share],
    totals: Sequence[Total] = (),
    subsets: Sequence[Subset] = (),
    *,
    known: Mapping[str, int] | None = None,
    largest: int = 0,
    rounding: Sequence[str] = tuple(RULES),
    keep: int = KEPT,
    nodes: int = NODES,
) -> Tables:
    """Every table of counts ≥ 0 (denominators ≥ 1) under which each share prints by one rule common to them all.

    known    counts that are given; largest bounds every other count (0: the largest total or known count)
    rounding the rules allowed, of `rounding.RULES`; a table counts once however many rules print it
    More than `keep` tables are counted and not listed; after `nodes` steps the search stops, `exhaustive` False.
    Exact: integers and fractions. Raises InputError where no number bounds the counts, a total names no count that
    occurs, or a rule is unknown.
    """
    names = _names(shares, totals, subsets, known or {})
    numbers = [t.total for t in totals if isinstance(t.total, int)] + list((known or {}).values())
    top = largest or max(numbers, default=0)
    faults = [Fault("denominators", f"unknown rounding {rule!r}", ", ".join(RULES)) for rule in rounding
              if rule not in RULES]  # fmt: skip
    if top < 1:
        faults.append(Fault("denominators", "nothing bounds the counts", action="give a total, or the largest count"))
    if faults:
        raise InputError(faults)
    denominators = {share.denominator for share in shares}
    start: Ranges = {name: (int(name in denominators), top) for name in names}
    start.update({name: (value, value) for name, value in (known or {}).items()})
    spans = {share: _span(share, rounding) for share in shares}
    found: list[tuple[int, ...]] = []
    rules: list[tuple[str, ...]] = []
    by_rounding = dict.fromkeys(rounding, 0)
    count = steps = 0
    stack = [start]
    while stack and steps < nodes:
        steps += 1
        ranges = _narrowed(stack.pop(), spans, totals, subsets)
        if ranges is None:
            continue
        open_ = [(high - low, place, name) for place, (name, (low, high)) in enumerate(ranges.items()) if low < high]
        if open_:
            _, _, name = min(open_)
            low, high = ranges[name]
            middle = (low + high) // 2
            stack += [{**ranges, name: (middle + 1, high)}, {**ranges, name: (low, middle)}]
            continue
        table = {name: low for name, (low, _) in ranges.items()}
        common = _common(table, shares, rounding)
        if common:
            count += 1
            for rule in common:
                by_rounding[rule] += 1
            if len(found) < keep:
                found.append(tuple(table[name] for name in names))
                rules.append(common)
    order = sorted(range(len(found)), key=lambda place: found[place])
    return Tables(names, count, not stack, by_rounding, tuple(found[i] for i in order), tuple(rules[i] for i in order))


def _names(
    shares: Sequence[Share], totals: Sequence[Total], subsets: Sequence[Subset], known: Mapping[str, int]
) -> tuple[str, ...]:
    """Every count once: denominators, numerators, parts and wholes, in the order they are named."""
    named = [share.denominator for share in shares] + [share.numerator for share in shares]
    for total in totals:
        named += [*total.parts, *([total.total] if isinstance(total.total, str) else [])]
    for subset in subsets:
        named += [subset.part, subset.whole]
    return tuple(dict.fromkeys([*named, *known]))


def _common(table: Mapping[str, int], shares: Sequence[Share], rounding: Sequence[str]) -> tuple[str, ...]:
    left = tuple(rounding)
    for share in shares:
        made = rules_printing(Fraction(100 * table[share.numerator], table[share.denominator]), share.printed)
        left = tuple(rule for rule in left if rule in made)
    return left


def _span(share: Share, rounding: Sequence[str]) -> tuple[Fraction, Fraction]:
    """The proportions, ends included, that can print as the share under any of the rules."""
    unit, printed = Fraction(share.printed.unit), Fraction(share.printed.number)
    cut, rounded = "truncated" in rounding, any(rule != "truncated" for rule in rounding)
    low = printed - unit / 2 if rounded else printed
    high = printed + (unit if cut else unit / 2)
    return max(low, Fraction(0)) / 100, min(high, Fraction(100)) / 100


def _narrowed(
    ranges: Ranges,
    spans: Mapping[Share, tuple[Fraction, Fraction]],
    totals: Sequence[Total],
    subsets: Sequence[Subset],
) -> Ranges | None:
    """The ranges after every constraint has cut what it can, over and over; None where one becomes empty."""
    made = dict(ranges)
    changed = True

    def cut(name: str, low: int, high: int) -> bool:
        nonlocal changed
        before = made[name]
        after = (max(before[0], low), min(before[1], high))
        if after != before:
            made[name], changed = after, True
        return after[0] <= after[1]

    while changed:
        changed = False
        for share, (least, most) in spans.items():
            (x_low, x_high), (n_low, n_high) = made[share.numerator], made[share.denominator]
            if not cut(share.numerator, _up(n_low * least), _down(n_high * most)):
                return None
            n_most = _down(Fraction(x_high) / least) if least else n_high
            n_least = _up(Fraction(x_low) / most) if most else n_low
            if (not most and x_low) or not cut(share.denominator, n_least, n_most):
                return None
        for total in totals:
            low, high = (total.total, total.total) if isinstance(total.total, int) else made[total.total]
            lows, highs = sum(made[p][0] for p in total.parts), sum(made[p][1] for p in total.parts)
            for part in total.parts:
                here = made[part]
                if not cut(part, low - (highs - here[1]), high - (lows - here[0])):
                    return None
                lows, highs = lows - here[0] + made[part][0], highs - here[1] + made[part][1]
            if lows > high or highs < low or (isinstance(total.total, str) and not cut(total.total, lows, highs)):
                return None
        for subset in subsets:
            if not cut(subset.part, 0, made[subset.whole][1]) or not cut(
                subset.whole, made[subset.part][0], made[subset.whole][1]
            ):
                return None
    return made


def _up(value: Fraction) -> int:
    return -((-value.numerator) // value.denominator)


def _down(value: Fraction) -> int:
    return value.numerator // value.denominator
