"""Relations between printed numbers, checked: sums, repeats, orders, groups inside a whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from statistics import NormalDist

from y90outcomes.published.checks.base import Check, nearness, span_text
from y90outcomes.published.quantities import Statistics, is_exact, own_id, printed_number, span_of, words
from y90outcomes.published.relations import (
    Ascending,
    Differ,
    Entered,
    Extremes,
    Groups,
    Quantity,
    Reduction,
    RelationPage,
    Same,
    Sum,
    Times,
    Within,
)
from y90outcomes.published.rounding import Printed, Span
from y90outcomes.published.statistics import PARTS, Statistic
from y90outcomes.published.verdict import WRONG
from y90outcomes.units import ratio_of_units


@dataclass(frozen=True, slots=True)
class Outcome:
    """One relation's check.

    ids      the statistics it looks at, in the relation's order
    kind     a stable word for what was looked at
    check    what was found
    accused  those that get the verdict when it is not `agrees`; all of `ids` get an `agrees`
    remark   a finding although no number is wrong by itself
    """

    ids: tuple[str, ...]
    kind: str
    check: Check
    accused: tuple[str, ...]
    remark: bool = False


def outcome(
    relation: RelationPage, kind: str, check: Check, ids: list[str], accused: tuple[str, ...], remark: bool = False
) -> Outcome:
    """An outcome with the relation's reason in its detail and the relation's own choice of whom to accuse.

    A `remark`, the check's or the relation's, accuses nobody: a wrong verdict becomes "agrees".
    """
    detail = check.detail.rstrip(".") + "."
    if relation.why:
        detail += f" {relation.why[0].upper()}{relation.why[1:].rstrip('.')}."
    own = tuple(dict.fromkeys(name for name in ids if name))
    named = tuple(own_id(address) for address in relation.accuse)
    milder = (relation.remark or remark) and check.verdict in WRONG
    said = Check("agrees" if milder else check.verdict, check.recomputed, check.method, detail)
    chosen = named or tuple(name for name in dict.fromkeys(accused) if name)
    return Outcome(own, kind, said, chosen, remark=milder or remark)


def check_sum(relation: Sum, statistics: Statistics) -> Iterator[Outcome]:
    """Parts against their total: exact for counts, over all rounding for measured numbers."""
    spans = [span_of(part, statistics) for part in relation.parts]
    total = span_of(relation.equals, statistics)
    known = [span for span in spans if span is not None]
    if len(known) < len(spans) or total is None:
        return
    added = Span(0.0, 0.0)
    for span in known:
        added = added + span
    exact = all(
        is_exact(part.of if isinstance(part, Times) else part, statistics)
        for part in (*relation.parts, relation.equals)
    )
    sum_text = span_text(added, 0 if exact and added.low.is_integer() else 2)
    slack = {"=": Span(added.low, added.high), "<=": Span(added.low, inf), ">=": Span(-inf, added.high)}
    terms = " + ".join(words(part, statistics) for part in relation.parts).replace("+ -", "− ")
    said = f"{terms} = {sum_text}; printed {words(relation.equals, statistics)}."
    meets = slack[relation.relation].meets(total)
    check = Check("agrees" if meets else "disagrees", sum_text, "sum" if exact else "sum over all rounding", said)
    ids = [own_id(part) for part in relation.parts] + [own_id(relation.equals)]
    yield outcome(relation, "sum", check, ids, (own_id(relation.equals) or ids[-2],))


def check_same(relation: Same, statistics: Statistics) -> Iterator[Outcome]:
    """Every further place against the first, part by part."""
    first, *others = relation.of
    for other in others:
        yield from _sides(relation, first, other, statistics)
        for a, b in _shared(first, other, statistics):
            if found := _same(a, b, statistics):
                yield outcome(relation, found[0], found[1], [own_id(a), own_id(b)], (own_id(other),))


def _sides(relation: Same, a: Quantity, b: Quantity, statistics: Statistics) -> Iterator[Outcome]:
    """A threshold that in one place belongs to the upper side and in another to the lower: a remark."""
    ids = [own_id(a), own_id(b)]
    if not all(ids):
        return
    one, two = (statistics[name] for name in ids)
    if one.operator and two.operator and one.operator != two.operator:
        said = f"The threshold is {one.printed} in {one.where} and {two.printed} in {two.where}."
        check = Check("agrees", one.printed, "same threshold", said)
        yield outcome(relation, "threshold", check, ids, (), remark=True)


def _shared(a: Quantity, b: Quantity, statistics: Statistics) -> Iterator[tuple[Quantity, Quantity]]:
    """Pairs of numbers to compare: each part that two whole statistics of one kind print, else the two as named."""
    whole = isinstance(a, str) and isinstance(b, str) and "#" not in a and "#" not in b
    if not (whole and statistics[str(a)].kind == statistics[str(b)].kind):
        yield a, b
        return
    one, two = statistics[str(a)], statistics[str(b)]
    parts = [*PARTS, *(name for name in one.numbers if name.startswith("item"))]
    printed = [p for p in parts if all(p in s.numbers or p in s.not_reached for s in (one, two))]
    if one.numerator is not None and two.numerator is not None:
        yield f"{a}#numerator", f"{b}#numerator"
    yield from ((f"{a}#{part}", f"{b}#{part}") for part in printed)


def _same(a: Quantity, b: Quantity, statistics: Statistics) -> tuple[str, Check] | None:
    one, two = span_of(a, statistics), span_of(b, statistics)
    if one is None or two is None:
        return None
    scale, unit_said = _unit(a, b, statistics)
    said = f"{words(a, statistics)} and {words(b, statistics)}"
    if scale is None:
        return "unit", Check("disagrees", words(a, statistics), "same quantity", f"Printed {said}, with {unit_said}.")
    one = Span(one.low * scale, one.high * scale)
    if scale == 1 and _a_unit_apart(a, b, statistics):
        said = f"Printed {said} for one quantity, one unit of the last digit apart."
        return "repeated", Check("last_digit", words(a, statistics), "same quantity", said)
    if one == two or one.meets(two):
        narrow = _filled(a, b, statistics)
        if narrow is None:
            return "repeated", Check("agrees", words(a, statistics), "same quantity", f"Printed {said}.")
        return "repeated", Check(
            "disagrees", str(narrow), "same quantity",
            f"Printed {said}: the other limit beside the shorter one has more decimals.",
        )  # fmt: skip
    if all(isinstance(x, str) and statistics[own_id(x)].kind == "p_value" for x in (a, b)):
        near = _near_p(one, two)
        return "two_p_values", Check(
            "method_differs" if near else "disagrees", words(a, statistics), "same comparison",
            f"The same comparison carries p = {said}"
            + ("; two tests may give them, and the paper names one." if near else "."),
        )  # fmt: skip
    return "repeated", Check("disagrees", words(a, statistics), "same quantity", f"Printed {said} for one quantity.")


def _a_unit_apart(a: Quantity, b: Quantity, statistics: Statistics) -> bool:
    """Whether two numbers are one unit of the last digit apart, which no rule prints both ways: of as many decimals,
    or the one with fewer beside a number that does not round to it. Counts and bounds never are."""
    one, two = (printed_number(x, statistics) if isinstance(x, str) else None for x in (a, b))
    if one is None or two is None or any(is_exact(x, statistics) for x in (a, b)):
        return False
    if {statistics[own_id(x)].relation for x in (a, b)} != {"="}:
        return False
    if one.decimals == two.decimals:
        return abs(one.number - two.number) == one.unit
    if any(statistics[own_id(x)].kind == "p_value" for x in (a, b)):
        return False  # two tests may give them
    short, long = sorted((one, two), key=lambda number: number.decimals)
    return nearness(short, long.span) == "last_digit"


def _near_p(one: Span, two: Span) -> bool:
    """Whether two p values are as near as two tests of one comparison usually are: normal scores within a quarter."""
    low, high = sorted((_score(one), _score(two)), key=lambda span: span.low)
    return high.low <= 1.25 * low.high


def _score(p: Span) -> Span:
    """The two-sided normal scores of a range of p values."""
    normal = NormalDist()
    return Span(*(-normal.inv_cdf(min(max(end, 1e-300), 1.0) / 2) for end in (p.high, p.low)))


def _unit(a: Quantity, b: Quantity, statistics: Statistics) -> tuple[float | None, str]:
    """The factor from the unit of `a` to that of `b`; None and words when one is no unit of the other's quantity."""
    if not (isinstance(a, str) and isinstance(b, str)):
        return 1.0, ""
    one, two = statistics[own_id(a)].unit, statistics[own_id(b)].unit
    counts = any(is_exact(address, statistics) for address in (a, b))
    if one == two or not one or not two or counts:
        return 1.0, ""
    ratio = ratio_of_units(one, two)
    return (
        (None, f"the units {one.replace(' (sic)', '')} and {two.replace(' (sic)', '')}")
        if ratio is None
        else (float(ratio), "")
    )


def _filled(a: Quantity, b: Quantity, statistics: Statistics) -> Printed | None:
    """Where one of two limits only fits because it has fewer decimals than the other limit of its interval: the number
    as it reads with the dropped zero, when it then no longer fits. None where nothing is odd."""
    for short, long in ((a, b), (b, a)):
        number, other = (printed_number(x, statistics) if isinstance(x, str) else None for x in (short, long))
        if number is None or other is None or not isinstance(short, str) or number.decimals >= other.decimals:
            continue
        if short.partition("#")[2] not in ("low", "high"):
            continue  # an estimate may be rounded more than its interval
        beside = statistics[own_id(short)].numbers
        most = max(beside[part].decimals for part in ("low", "high") if part in beside)
        if most < other.decimals:
            continue
        read = Printed(number.number, other.decimals)
        if not read.span.meets(other.span):
            return read
    return None


def check_differ(relation: Differ, statistics: Statistics) -> Iterator[Outcome]:
    """Two different quantities that the paper prints with the same numbers: a remark, since chance may do it."""
    one, two = (statistics[own_id(address)] for address in relation.of)
    parts = [part for part in PARTS if part in one.numbers and part in two.numbers]
    alike = bool(parts) and all(one.numbers[part].number == two.numbers[part].number for part in parts)
    apart = "" if relation.by is None else " at " + " and ".join(words(address, statistics) for address in relation.by)
    said = f"{one.what} and {two.what}{apart}: printed {one.printed} and {two.printed}."
    check = Check("agrees", one.printed, "different quantities", said)
    yield outcome(relation, "identical", check, [one.id, two.id], (), remark=alike)


def check_ascending(relation: Ascending, statistics: Statistics) -> Iterator[Outcome]:
    """Each quantity against the one before."""
    for a, b in pairwise(relation.of):
        one, two = span_of(a, statistics), span_of(b, statistics)
        if one is None or two is None:
            continue
        holds = one.low <= two.high or one.meets(two)
        barely = holds and one.middle > two.middle  # only because both were rounded
        said = f"{words(a, statistics)} may not exceed {words(b, statistics)}" + (
            "; rounding may do it." if barely else "."
        )
        check = Check("agrees" if holds else "disagrees", f"at most {words(b, statistics)}", "order", said)
        yield outcome(relation, "order", check, [own_id(a), own_id(b)], (own_id(b) or own_id(a),), remark=barely)


def check_within(relation: Within, statistics: Statistics) -> Iterator[Outcome]:
    """A part's range inside everyone's."""
    part, whole = (statistics[own_id(address)] for address in (relation.part, relation.whole))
    if missing_range(part) or missing_range(whole):
        return
    low, high = part.numbers["low"].span, part.numbers["high"].span
    inside = whole.numbers["low"].span.low <= low.high and high.low <= whole.numbers["high"].span.high
    said = (f"The part's range is {part.numbers['low']} to {part.numbers['high']}, everyone's "
            f"{whole.numbers['low']} to {whole.numbers['high']}.")  # fmt: skip
    check = Check(
        "agrees" if inside else "disagrees", f"{whole.numbers['low']} to {whole.numbers['high']}", "range", said
    )
    yield outcome(relation, "range", check, [part.id, whole.id], (part.id,))


def missing_range(statistic: Statistic) -> bool:
    """Whether it lacks a lower or upper limit."""
    return not {"low", "high"} <= set(statistic.numbers)


def check_groups(relation: Groups, statistics: Statistics) -> Iterator[Outcome]:
    """The whole's extremes are the groups'; its median lies between theirs; sizes add up."""
    whole = statistics[own_id(relation.whole)]
    groups = [statistics[own_id(address)] for address in relation.groups]
    ids = [*(group.id for group in groups), whole.id]
    if not any(missing_range(statistic) for statistic in (whole, *groups)) and whole.limits == "range":
        for part, choose in (("low", min), ("high", max)):
            spans = [group.numbers[part].span for group in groups]
            computed = Span(choose(span.low for span in spans), choose(span.high for span in spans))
            own = whole.numbers[part]
            printed = [str(group.numbers[part]) for group in groups]
            said = f"The groups' {part}est values are {', '.join(printed)}; everyone's is printed {own}."
            found = span_text(computed, own.decimals + 2)
            check = Check(nearness(own, computed), found, "extremes of the groups", said)
            yield outcome(relation, "groups", check, ids, (whole.id,))
    if all("value" in statistic.numbers for statistic in (whole, *groups)):
        spans = [group.numbers["value"].span for group in groups]
        between = Span(min(span.low for span in spans), max(span.high for span in spans))
        own = whole.numbers["value"]
        said = f"Everyone's {own} lies between the groups' {span_text(between, own.decimals)}."
        check = Check(nearness(own, between), span_text(between, own.decimals + 2), "between the groups", said)
        yield outcome(relation, "groups", check, ids, (whole.id,))


def check_reduction(relation: Reduction, statistics: Statistics) -> Iterator[Outcome]:
    """100 × (1 − ratio)."""
    percent = statistics[own_id(relation.percent)].numbers["value"]
    ratio = statistics[own_id(relation.ratio)].numbers["value"]
    computed = Span(100 * (1 - ratio.span.high), 100 * (1 - ratio.span.low))
    said = f"100 × (1 − {ratio}) = {span_text(computed, 2)}; printed {percent}."
    check = Check(nearness(percent, computed), span_text(computed, percent.decimals + 2), "100 × (1 − ratio)", said)
    ids = [own_id(relation.percent), own_id(relation.ratio)]
    yield outcome(relation, "reduction", check, ids, (ids[0],))


def check_extremes(relation: Extremes, statistics: Statistics) -> Iterator[Outcome]:
    """A quoted range against the lowest and highest of the values it is over."""
    quoted = statistics[own_id(relation.range)]
    values = [statistics[own_id(address)].numbers.get("value") for address in relation.of]
    known = [value for value in values if value is not None]
    ids = [*(own_id(address) for address in relation.of), quoted.id]
    if not known:
        return
    for part, choose in (("low", min), ("high", max)):
        if part in quoted.numbers:
            own = quoted.numbers[part]
            computed = Span(choose(value.span.low for value in known), choose(value.span.high for value in known))
            said = f"The {part}est of the values is {choose(value.number for value in known)}; quoted {own}."
            check = Check(
                nearness(own, computed), span_text(computed, own.decimals + 2), "extremes of the values", said
            )
            yield outcome(relation, "extremes", check, ids, (quoted.id,))


def check_entered(relation: Entered, statistics: Statistics) -> Iterator[Outcome]:
    """A variable stands in the model when, and only when, its univariable p is below the limit."""
    for address, model in relation.candidates.items():
        p = statistics[own_id(address)]
        number = p.numbers["value"]
        below = p.relation == "<" or number.span.low < relation.limit
        above = p.relation != "<" and number.span.high >= relation.limit
        holds = below if model else above
        said = f"Univariable p {'<' if p.relation == '<' else ''}{number}, limit {relation.limit:g}; " + (
            "the multivariable model has it." if model else "the multivariable model has it not."
        )
        check = Check("agrees" if holds else "disagrees", str(number), "entry by p", said)
        yield outcome(relation, "entry", check, [p.id, *(own_id(name) for name in model)], (p.id,))
