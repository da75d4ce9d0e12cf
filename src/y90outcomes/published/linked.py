"""Relations that need statistics to be checked: p values, curves, means, 2×2 sets, strata, plausible values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import product

from y90outcomes.published.checks.accuracy import accuracy_set, auc_and_point, auc_p, tables_printing
from y90outcomes.published.checks.base import Check, Verdict
from y90outcomes.published.checks.bounds import area_without_ties, youden_area
from y90outcomes.published.checks.counted_tests import log_rank_possible, table_p
from y90outcomes.published.checks.geometric import t_test, t_test_of_sds
from y90outcomes.published.checks.km_medians import RateAt, median_and_rates
from y90outcomes.published.checks.km_rates import effective_n, rates_in_order, uncensored_counts
from y90outcomes.published.checks.means import mean_and_median, mean_sd_in_range, sd_against_bounds
from y90outcomes.published.checks.ratios import p_against_interval
from y90outcomes.published.denominators import Share, Subset, Total, integer_tables
from y90outcomes.published.joint import Outcome, missing_range, outcome
from y90outcomes.published.quantities import Statistics, own_id, span_of
from y90outcomes.published.relations import (
    Accuracy,
    Curve,
    LogRank,
    Plausible,
    PValue,
    Sizes,
    Spread,
    Strata,
    TTest,
    TwoByTwo,
)
from y90outcomes.published.rounding import Printed, Span, printed
from y90outcomes.published.statistics import Statistic
from y90outcomes.published.verdict import VERDICTS

NEAR = 0.03
"""How far, as a share, a size may lie from the number its interval implies: limits too are rounded, or cut."""


def _three(statistic: Statistic) -> tuple[Printed, Printed, Printed] | None:
    """Value, low and high, None where one is not printed."""
    value, low, high = (statistic.numbers.get(part) for part in ("value", "low", "high"))
    return None if value is None or low is None or high is None else (value, low, high)


def check_p(relation: PValue, statistics: Statistics) -> Iterator[Outcome]:
    """A p value against the interval of its ratio, or the AUC it belongs to."""
    p, effect = statistics[own_id(relation.p)], statistics[own_id(relation.effect)]
    number = p.numbers.get("value")
    if number is None:
        return
    if effect.kind == "auc":
        value = effect.numbers["value"]
        positives, negatives = effect.positives, effect.negatives
        if positives is not None and negatives is not None:
            made = auc_p(value, positives, negatives, number, p.relation)
            yield outcome(relation, "p_value", made, [effect.id, p.id], (p.id,))
        return
    three = _three(effect)
    if three is not None:
        made = p_against_interval(number, p.relation, *three, effect.level)
        if made.verdict == "not_checkable":
            made = _mended(number, p.relation, three, effect.level) or made
        if made.verdict == "last_digit":  # a log-rank or score p may lie that near
            made = replace(made, verdict="method_differs")
        # only the p: what is odd about the interval is said by the interval's own check
        yield outcome(relation, "p_value", made, [p.id], (p.id,))
        yield from _significance(relation, p, number, effect, three)


def _mended(p: Printed, relation: str, three: tuple[Printed, Printed, Printed], level: float) -> Check | None:
    """The p against an interval of which one number is wrong: the best of the three that the other two imply."""
    value, low, high = (number.value for number in three)
    if min(value, low, high) <= 0:
        return None
    implied = ((value * value / high, "lower limit"), (value * value / low, "upper limit"))
    tries = [(0, (low * high) ** 0.5, "estimate"), *((place, *found) for place, found in enumerate(implied, start=1))]
    made = []
    for place, number, name in tries:
        healed = printed(Decimal(f"{number:.{three[place].decimals + 2}f}"))
        numbers = [healed if index == place else one for index, one in enumerate(three)]
        check = p_against_interval(p, relation, numbers[0], numbers[1], numbers[2], level)
        said = f"{check.detail} (with the {name} {healed} that the other two imply)"
        if check.verdict != "not_checkable":
            made.append(replace(check, detail=said))
    return min(made, key=lambda check: VERDICTS.index(check.verdict), default=None)


def _significance(
    relation: PValue, p: Statistic, number: Printed, effect: Statistic, three: tuple[Printed, Printed, Printed]
) -> Iterator[Outcome]:
    """A p on the other side of 1 − level than its interval says: a remark, since another test may do it."""
    _value, low, high = three
    alpha = 1 - effect.level
    exact = p.relation == "="
    small = number.span.high < alpha if exact else p.relation == "<" and number.value <= alpha
    large = number.span.low > alpha if exact else p.relation == ">" and number.value >= alpha
    ordered = low.value < high.value
    excludes = ordered and (low.span.low > 1 or high.span.high < 1)
    includes = ordered and low.span.high < 1 < high.span.low
    if (small and includes) or (large and excludes):
        said = f"p {p.sign}{number}, and the interval {low} to {high} {'includes' if includes else 'leaves out'} 1."
        check = Check("agrees", "", "interval", said)
        yield outcome(relation, "significance", check, [effect.id, p.id], (), remark=True)


def check_curve(relation: Curve, statistics: Statistics) -> Iterator[Outcome]:
    """Rates that never rise, and a median that lies where the rates have it."""
    rates = [(float(time), statistics[own_id(address)]) for time, address in relation.rates.items()]
    known = [(time, rate.numbers["value"]) for time, rate in rates if "value" in rate.numbers]
    ids = [rate.id for _time, rate in rates]
    if len(known) > 1:
        yield outcome(relation, "curve", rates_in_order(known), ids, tuple(ids[-1:]))
    if relation.median is None:
        return
    median = statistics[own_id(relation.median)]
    at = [RateAt(time, *three) for time, rate in rates if (three := _three(rate)) is not None]
    if "value" not in median.numbers and "value" not in median.not_reached:
        return
    limits = None
    if median.limits == "ci":
        limits = (median.numbers.get("low"), median.numbers.get("high"))
    made = median_and_rates(median.numbers.get("value"), limits, at)
    yield outcome(relation, "curve", made, [median.id], (median.id,), remark=made.verdict == "method_differs")


def check_sizes(relation: Sizes, statistics: Statistics) -> Iterator[Outcome]:
    """Sizes that the first rate and its interval have when nobody was censored before: do any add up to everyone?"""
    possible, ids = [], []
    for group in relation.groups:
        rates = [statistics[own_id(address)] for address in group]
        ids += [rate.id for rate in rates]
        three = _three(rates[0])
        size = None if three is None else effective_n(*three, transform=relation.transform, level=rates[0].level)
        if three is None or size is None:
            return
        counts = {n for _alive, n in uncensored_counts(three[0], None, None, relation.of, relation.transform)}
        possible.append(tuple(n for n in sorted(counts) if size.low * (1 - NEAR) <= n <= size.high * (1 + NEAR)))
    if not all(possible):
        return
    fits = [sizes for sizes in product(*possible) if sum(sizes) == relation.of]
    shown = " and ".join(_sizes_text(sizes) for sizes in possible)
    said = f"Without censoring before the first rate the groups have {shown} patients; together they are {relation.of}."
    sizes_text = " + ".join(map(str, fits[0])) if fits else shown
    check = Check("agrees", sizes_text, f"{relation.transform}, no censoring", said)
    yield outcome(relation, "sizes", check, ids, (), remark=not fits)


def _sizes_text(sizes: tuple[int, ...]) -> str:
    return ", ".join(map(str, sizes[:4])) + (" …" if len(sizes) > 4 else "")


def check_spread(relation: Spread, statistics: Statistics) -> Iterator[Outcome]:
    """A mean and SD against the median and range of the same patients."""
    mean, median = statistics[own_id(relation.mean)], statistics[own_id(relation.median)]
    if not {"value", "sd"} <= set(mean.numbers):
        return
    value, sd = mean.numbers["value"], mean.numbers["sd"]
    if "value" in median.numbers:
        made = mean_and_median(value, median.numbers["value"], sd, mean.n)
        yield outcome(relation, "spread", made, [mean.id, median.id], (mean.id,))
    if median.limits == "range" and not missing_range(median):
        made = mean_sd_in_range(value, sd, mean.n, median.numbers["low"], median.numbers["high"])
        yield outcome(relation, "spread", made, [mean.id, median.id], (mean.id,))


def check_two_by_two(relation: TwoByTwo, statistics: Statistics) -> Iterator[Outcome]:
    """A p value of two printed proportions."""
    p = statistics[own_id(relation.p)]
    groups = [statistics[own_id(address)] for address in (relation.first, relation.second)]
    counts = [(group.numerator, group.denominator) for group in groups]
    if any(a is None or b is None for a, b in counts):
        return
    (a, n1), (b, n2) = ((int(a or 0), int(n or 0)) for a, n in counts)
    made = table_p([[a, n1 - a], [b, n2 - b]], p.numbers["value"], p.relation)
    yield outcome(relation, "p_value", made, [*(group.id for group in groups), p.id], (p.id,))


def check_accuracy(relation: Accuracy, statistics: Statistics) -> Iterator[Outcome]:
    """The measures of one 2×2 set: some table gives all of them; the AUC is one that can pass through the point."""
    names = ("sensitivity", "specificity", "ppv", "npv", "accuracy")
    given = {name: statistics[own_id(getattr(relation, name))] for name in names if getattr(relation, name) is not None}
    ids = [statistic.id for statistic in given.values()]
    sensitivity, specificity = given["sensitivity"], given["specificity"]
    positives, negatives = sensitivity.denominator, specificity.denominator
    if positives is not None and negatives is not None:
        numbers = {name: entry.numbers["value"] for name, entry in given.items()}
        made = accuracy_set(numbers, positives, negatives)
        odd = tuple(
            given[name].id
            for name in numbers
            if tables_printing({other: n for other, n in numbers.items() if other != name}, positives, negatives)
        )
        yield outcome(relation, "accuracy", made, ids, odd or tuple(ids))
    if relation.auc is not None:
        auc = statistics[own_id(relation.auc)]
        point = (sensitivity.numbers["value"], specificity.numbers["value"])
        made = auc_and_point(auc.numbers["value"], *point, best=relation.youden)
        ids = [sensitivity.id, specificity.id, auc.id]
        yield outcome(relation, "accuracy", made, ids, (auc.id,))
        counts = (sensitivity.numerator, specificity.numerator, positives, negatives)
        if relation.youden and made.verdict == "agrees" and not any(count is None for count in counts):
            yield from _untied(relation, auc, ids, [int(count or 0) for count in counts])


def _untied(relation: Accuracy, auc: Statistic, ids: list[str], counts: list[int]) -> Iterator[Outcome]:
    """An area that only ties between the groups could give is a remark."""
    hits, clears, positives, negatives = counts
    made = area_without_ties(auc.numbers["value"], youden_area(hits, negatives - clears, positives, negatives))
    if made.verdict != "agrees":
        yield outcome(relation, "youden", made, ids, (), remark=True)


def check_t_test(relation: TTest, statistics: Statistics) -> Iterator[Outcome]:
    """A p value of two means, from their intervals or their SDs."""
    p = statistics[own_id(relation.p)]
    one, two = (statistics[own_id(address)] for address in relation.groups)
    ids, number = [one.id, two.id, p.id], p.numbers["value"]
    if one.n is None or two.n is None:
        return
    first, second = _three(one), _three(two)
    if first is not None and second is not None and one.limits == "ci":
        scale = "log" if one.kind == "geometric_mean_ci" else "plain"
        made = t_test(first, one.n, second, two.n, number, p.relation, scale=scale, level=one.level)
        yield outcome(relation, "p_value", made, ids, (p.id,))
    elif "sd" in one.numbers and "sd" in two.numbers:
        a, b = (statistic.numbers for statistic in (one, two))
        made = t_test_of_sds(a["value"], a["sd"], one.n, b["value"], b["sd"], two.n, number, p.relation)
        yield outcome(relation, "p_value", made, ids, (p.id,))


def check_strata(relation: Strata, statistics: Statistics) -> Iterator[Outcome]:
    """Rates in groups of unknown size: whole numbers of patients and responders that print all of them at once."""
    shares, sizes, hits = [], [], []
    for address in relation.rates:
        rate = statistics[own_id(address)]
        if "value" not in rate.numbers:
            return
        number = rate.numbers["value"]
        sizes.append(f"n of {rate.id}")
        hits.append(f"count of {rate.id}")
        shares.append(Share(rate.id, hits[-1], sizes[-1], number))
        for other in relation.also:
            if address in other and "value" in (also := statistics[own_id(other[address])]).numbers:
                second = also.numbers["value"]
                shares.append(Share(also.id, f"count of {also.id}", sizes[-1], second))
    totals = [
        Total(tuple(parts), int(span.low))
        for parts, quantity in ((sizes, relation.of), (hits, relation.responders))
        if quantity is not None and (span := span_of(quantity, statistics)) is not None
    ]
    subsets = [
        Subset(f"count of {also}", f"count of {rate}") for other in relation.also for rate, also in other.items()
    ]
    tables = integer_tables(shares, totals, subsets, keep=3)
    shown = [
        ", ".join(f"{count}/{size}" for count, size in zip(
            (table[tables.names.index(name)] for name in hits), (table[tables.names.index(name)] for name in sizes),
            strict=True))
        for table in tables.listed
    ]  # fmt: skip
    how = (
        "the only whole numbers are"
        if tables.unique
        else f"{tables.count} sets of whole numbers print them, among them"
    )
    said = f"{how.capitalize()} {'; '.join(shown)}." if tables.count else "No whole numbers print all of these rates."
    made = Check("agrees" if tables.count else "disagrees", shown[0] if shown else "", "whole numbers", said)
    ids = [share.id for share in shares]
    yield outcome(relation, "strata", made, ids, tuple(ids))


def check_plausible(relation: Plausible, statistics: Statistics) -> Iterator[Outcome]:
    """Mean and SD, or median and range, against what a patient can have."""
    bounds = Span(relation.low, relation.high)
    for address in relation.of:
        statistic = statistics[own_id(address)]
        numbers = statistic.numbers
        if "sd" in numbers:
            made = sd_against_bounds(numbers["value"], numbers["sd"], statistic.n, bounds)
            yield outcome(relation, "plausible", made, [statistic.id], (statistic.id,))
        for part in ("value", "low", "high"):
            if part in numbers and "sd" not in numbers:
                own = numbers[part]
                allowed = f"{relation.low:,.15g} to {relation.high:,.15g}"
                said = (
                    f"{own} {statistic.unit.replace(' (sic)', '')}".strip() + f", where a patient can have {allowed}."
                )
                verdict: Verdict = "agrees" if own.span.meets(bounds) else "disagrees"
                made = Check(verdict, allowed, "what a patient can have", said)
                yield outcome(relation, "plausible", made, [statistic.id], (statistic.id,))
                if verdict == "disagrees":
                    break


def check_log_rank(relation: LogRank, statistics: Statistics) -> Iterator[Outcome]:
    """A log-rank p against the least one that any order of events and censoring gives."""
    p = statistics[own_id(relation.p)]
    made = log_rank_possible(
        relation.without_event, relation.with_events, relation.events, 0, p.numbers["value"], p.relation
    )
    yield outcome(relation, "p_value", made, [p.id], (p.id,))
