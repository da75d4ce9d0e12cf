"""The number a relation names, as an interval of values it may stand for."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from y90outcomes.published.relations import Quantity, Times
from y90outcomes.published.rounding import Printed, Span, printed
from y90outcomes.published.statistics import Statistic

Statistics = Mapping[str, Statistic]
WHOLE = {"n": "n", "numerator": "numerator", "count": "numerator", "denominator": "denominator"}


def printed_number(address: str, statistics: Statistics) -> Printed | None:
    """The printed number of an address, None where it prints none (not reached, words)."""
    name, _, field = address.partition("#")
    statistic = statistics[name]
    if field in WHOLE:
        value = getattr(statistic, WHOLE[field])
        return None if value is None else printed(int(value), 0)
    if not field and statistic.numerator is not None:
        return printed(statistic.numerator, 0)
    number = statistic.numbers.get(field or "value")
    return printed(int(number.number), 0) if number is not None and _is_count(statistic, field) else number


def _is_count(statistic: Statistic, field: str) -> bool:
    return statistic.kind == "count" and statistic.numbers[field or "value"].decimals == 0


def is_exact(address: Quantity, statistics: Statistics) -> bool:
    """Whether a quantity is a count or a number of the page, which no rounding has touched."""
    if not isinstance(address, str):
        return True
    name, _, field = address.partition("#")
    statistic = statistics[name]
    return field in WHOLE or (not field and statistic.numerator is not None) or statistic.kind == "count"


def span_of(quantity: Quantity | Times, statistics: Statistics) -> Span | None:
    """Every value a quantity may stand for; None where nothing is printed. A limit not reached is without end."""
    if isinstance(quantity, Times):
        span = span_of(quantity.of, statistics)
        if span is None:
            return None
        ends = (span.low * quantity.times, span.high * quantity.times)
        return Span(min(ends), max(ends))
    if not isinstance(quantity, str):
        return Span(float(quantity), float(quantity))
    name, _, field = quantity.partition("#")
    if (field or "value") in statistics[name].not_reached:
        return Span(inf, inf)
    number = printed_number(quantity, statistics)
    if number is None:
        return None
    if is_exact(quantity, statistics):
        return Span(number.value, number.value)
    if field in ("", "value") and statistics[name].relation != "=":
        return (
            Span(0.0, number.value)
            if statistics[name].relation == "<"
            else Span(number.value, 1.0 if statistics[name].kind == "p_value" else inf)
        )
    return number.span


def words(quantity: Quantity | Times, statistics: Statistics) -> str:
    """A quantity as the paper prints it."""
    if isinstance(quantity, Times):
        own = words(quantity.of, statistics)
        return own if quantity.times == 1 else f"-{own}" if quantity.times == -1 else f"{quantity.times:g} × {own}"
    if not isinstance(quantity, str):
        return f"{quantity:g}"
    name, _, field = quantity.partition("#")
    if (field or "value") in statistics[name].not_reached:
        return "not reached"
    number = printed_number(quantity, statistics)
    return "nothing" if number is None else str(number)


def own_id(quantity: Quantity | Times) -> str:
    """The statistic a quantity belongs to, "" for a plain number."""
    if isinstance(quantity, Times):
        return own_id(quantity.of)
    return quantity.partition("#")[0] if isinstance(quantity, str) else ""
