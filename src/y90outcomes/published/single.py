"""What one printed statistic must be by itself: a count's percentage, an interval round its estimate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

from y90outcomes.published.checks.accuracy import auc_interval
from y90outcomes.published.checks.base import Check
from y90outcomes.published.checks.geometric import mean_interval
from y90outcomes.published.checks.km_rates import rate_interval
from y90outcomes.published.checks.means import grimmer, median_of_integers
from y90outcomes.published.checks.proportions import percent_of_counts, proportion_interval
from y90outcomes.published.checks.ratios import ratio_interval
from y90outcomes.published.rounding import Printed
from y90outcomes.published.statistics import Statistic

Found = Iterator[tuple[str, Check]]


def own_checks(statistic: Statistic) -> Found:
    """(kind, check) of everything the statistic says by itself; nothing where it says nothing that can be checked."""
    yield from (found for found in _order(statistic) if found[1].verdict != "agrees")
    if statistic.kind in SINGLE:
        yield from SINGLE[statistic.kind](statistic)


def _order(statistic: Statistic) -> Found:
    """Limits in order and the estimate between them: said when it fails only, since it says little when it holds."""
    if statistic.kind in ("hazard_ratio", "odds_ratio", "km_rate_ci"):
        return  # their own checks say it
    low, value, high = (statistic.numbers.get(part) for part in ("low", "value", "high"))
    for name, one, two in (("range", low, high), ("range", low, value), ("range", value, high)):
        if one is not None and two is not None and one.span.low > two.span.high:
            said = f"{statistic.printed}: {one} is larger than {two}."
            yield name, Check("disagrees", "", "limits in order", said)
            return
    if statistic.kind in ("p_value", "auc") and value is not None and not 0 <= value.value <= 1:
        yield "range", Check("disagrees", "", "between 0 and 1", f"{value} is no probability.")


def _percent(statistic: Statistic) -> Found:
    value = statistic.numbers.get("value")
    if value is None:
        return
    if statistic.numerator is not None and statistic.denominator is not None:
        if statistic.relation != "=":
            yield "percent", _bound(statistic, value)
            return
        yield "percent", percent_of_counts(value, statistic.numerator, statistic.denominator)
        if statistic.limits == "ci" and {"low", "high"} <= set(statistic.numbers):
            low, high = statistic.numbers["low"], statistic.numbers["high"]
            found = proportion_interval(value, low, high, statistic.numerator, statistic.denominator, statistic.level)
            yield "interval", found


def _mean(statistic: Statistic) -> Found:
    """A mean and SD of values of a known granularity: GRIM and GRIMMER."""
    if statistic.granularity is not None and statistic.n is not None and {"value", "sd"} <= set(statistic.numbers):
        made = grimmer(statistic.numbers["value"], statistic.numbers["sd"], statistic.n, statistic.granularity)
        if made.verdict != "not_checkable":
            yield "granularity", made


def _auc(statistic: Statistic) -> Found:
    if statistic.limits == "ci" and {"value", "low", "high"} <= set(statistic.numbers):
        value, low, high = (statistic.numbers[part] for part in ("value", "low", "high"))
        yield "interval", auc_interval(value, low, high)


def _bound(statistic: Statistic, value: Printed) -> Check:
    """A percentage printed as a bound."""
    share = Fraction(100 * (statistic.numerator or 0), statistic.denominator or 1)
    below = statistic.relation == "<"
    holds = share < Fraction(value.number) if below else share > Fraction(value.number)
    said = (
        f"{statistic.numerator}/{statistic.denominator} is {float(share):.2f} %, printed {statistic.relation}{value} %."
    )
    return Check("agrees" if holds else "disagrees", f"{float(share):.2f}", "printed counts", said)


def _count(statistic: Statistic) -> Found:
    """A count printed beside its percentage's counts."""
    value = statistic.numbers.get("value")
    if value is not None and statistic.numerator is not None:
        same = value.number == statistic.numerator
        said = f"The count is printed {value}, and {statistic.numerator} of {statistic.denominator}."
        yield "count", Check("agrees" if same else "disagrees", str(statistic.numerator), "count", said)


def _ratio(statistic: Statistic) -> Found:
    if statistic.limits == "ci" and {"value", "low", "high"} <= set(statistic.numbers):
        value, low, high = (statistic.numbers[part] for part in ("value", "low", "high"))
        yield "ratio", ratio_interval(value, low, high, profile=statistic.kind == "odds_ratio")


def _rate(statistic: Statistic) -> Found:
    if {"value", "low", "high"} <= set(statistic.numbers):
        value, low, high = (statistic.numbers[part] for part in ("value", "low", "high"))
        yield "rate", rate_interval(value, low, high, statistic.n, statistic.level)


def _geometric(statistic: Statistic) -> Found:
    if {"value", "low", "high"} <= set(statistic.numbers):
        three = (statistic.numbers[part] for part in ("value", "low", "high"))
        yield "geometric_mean", mean_interval(*three)


def _median(statistic: Statistic) -> Found:
    """A median with a decimal although its limits are whole numbers: half a unit is all that can be."""
    three = [statistic.numbers.get(part) for part in ("value", "low", "high")]
    if statistic.n is not None and all(three) and statistic.limits == "range":
        value, low, high = three
        assert value is not None and low is not None and high is not None  # noqa: S101 - all() above
        if value.number % 1 and not (low.number % 1 or high.number % 1):
            yield "median", median_of_integers(value, statistic.n)


SINGLE: dict[str, Callable[[Statistic], Found]] = {
    "percent": _percent,
    "proportion_ci": _percent,
    "sens_spec": _percent,
    "count": _count,
    "hazard_ratio": _ratio,
    "odds_ratio": _ratio,
    "km_rate_ci": _rate,
    "geometric_mean_ci": _geometric,
    "median_range": _median,
    "mean_sd": _mean,
    "auc": _auc,
}
"""The check of each kind that has one by itself."""
