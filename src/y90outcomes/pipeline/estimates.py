"""Every estimate of a run that has an estimand, on the scale its standard error lives on; what has none, and why."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from y90outcomes.errors import InputError
from y90outcomes.report.format import RATIOS
from y90outcomes.results import Curves, Effects, Result, Summary
from y90outcomes.results.addresses import effect_address, encode, entries, lookup, shortest
from y90outcomes.results.types import EffectRow, Results, SummaryRow
from y90outcomes.study import Study

LOG = RATIOS | {"geometric_mean"}
"""Quantities whose logarithm is nearly normal."""
GRID = tuple(float(month) for month in range(6, 61, 6))
"""Months at which curves over time are looked at."""
Z95 = 1.959963984540054
OF_NUMBERS = ("mean", "sd", "median", "q1", "q3")
ON_CHOICE = "youden"
"""Contrast or term of what stands at a cut chosen in the same data: the reported error leaves the choice out."""

AFTER = "a model after selection"
NO_ERROR = {
    "tau_squared": "its true value lies on the border of what it can be",
    "i_squared": "its true value lies on the border of what it can be",
    "rejected": "a decision", "events": "a count, told by the proportion",
}  # fmt: skip
"""Quantity -> why it has no estimand of its own, or no normal error."""


@dataclass(frozen=True, slots=True)
class Found:
    """One estimate: `value` and its standard error on `scale` (log or plain), NaN where the run reports none.

    `error` says what the standard error is from: se, interval, proportion, or "" for none.
    """

    address: str
    scale: str
    value: float
    se: float
    error: str


def estimates(study: Study, made: Iterable[Result]) -> Iterator[Found | tuple[str, str]]:
    """Every estimate among the results, or (address, why it is left out). Tests, null numbers and points are passed by.

    Of effects the estimate, of summaries share, mean, SD, median and quartiles, of curves over months the value at
    `GRID`.
    """
    for item in made:
        if isinstance(item, Effects):
            chosen = study.analyses[item.id].method == "model_selection" if item.id in study.analyses else False
            for row in item.rows:
                if row.estimate is not None and not row.is_test:
                    yield _effect(item.id, row, chosen)
        elif isinstance(item, Summary):
            for line in item.rows:
                yield from _summary(item.id, line)
        elif isinstance(item, Curves):
            yield from _curves(item)


def _effect(id: str, row: EffectRow, chosen: bool) -> Found | tuple[str, str]:
    address = effect_address(id, row) + "#estimate"
    if chosen:
        return address, AFTER
    if row.quantity in NO_ERROR:
        return address, NO_ERROR[row.quantity]
    value = float(row.estimate if row.estimate is not None else math.nan)
    if not math.isfinite(value) or not row.valid:
        return address, "the run says that it is not valid"
    log = row.quantity in LOG and value > 0
    scale, on = ("log", math.log(value)) if log else ("plain", value)
    if ON_CHOICE in (row.term, row.contrast):
        return Found(address, scale, on, math.nan, "")
    if row.lower is not None and row.upper is not None and (row.lower > 0 or not log) and math.isfinite(row.upper):
        level = _quantile(float(row.level)) if row.level is not None else Z95
        width = math.log(row.upper / row.lower) if log else float(row.upper) - float(row.lower)
        if log or row.se is None:
            return Found(address, scale, on, width / (2 * level), "interval")
    if row.se is not None and row.se > 0 and not log:
        return Found(address, scale, on, float(row.se), "se")
    return Found(address, scale, on, math.nan, "")


def _quantile(level: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(0.5 + level / 2)


def _summary(id: str, row: SummaryRow) -> Iterator[Found | tuple[str, str]]:
    name = encode(row.variable) + ("" if row.level is None else "=" + encode(row.level))
    address = f"{encode(id)}/{name}/{encode(row.group)}"
    if row.kind == "level":
        if row.percent is not None and row.denominator:
            share = row.percent / 100
            se = 100 * math.sqrt(share * (1 - share) / row.denominator)
            yield Found(f"{address}#percent", "plain", float(row.percent), se or math.nan, "proportion" if se else "")
        return
    for field in OF_NUMBERS:
        value = getattr(row, field)
        if value is None:
            continue
        se, error = math.nan, ""
        if field == "mean" and row.sd and row.n:
            se, error = float(row.sd) / math.sqrt(row.n), "se"
        yield Found(f"{address}#{field}", "plain", float(value), se, error)
    for field in ("low", "high"):
        if getattr(row, field) is not None:
            yield f"{address}#{field}", "an extreme: it grows with the number of patients"


def _curves(item: Curves) -> Iterator[Found | tuple[str, str]]:
    if item.x_unit != "months":
        yield encode(item.id), "a curve not over time: its coefficients, or area, stand for it"
        return
    only = Results(study={}, prose=(), quality=(), inputs=(), environment={}, items=(item,))
    for group in dict.fromkeys(row.group for row in item.rows):
        for month in GRID:
            address = f"{encode(item.id)}/{encode(group)}/{shortest(month)}"
            value, lower, upper = (_at(only, f"{address}#{field}") for field in ("estimate", "lower", "upper"))
            if value is None:
                continue
            known = lower is not None and upper is not None and upper > lower
            se = (upper - lower) / (2 * Z95) if known and lower is not None and upper is not None else math.nan
            yield Found(f"{address}#estimate", "plain", value, se, "interval" if known else "")


def _at(only: Results, address: str) -> float | None:
    try:
        value = lookup(only, address).value
    except InputError:
        return None
    return float(value) if isinstance(value, int | float) else None


def not_estimates(made: Sequence[Result]) -> dict[str, int]:
    """Shape or kind -> how many numbers of a run are no estimates: tests, points, flow, tables, counts."""
    counts: dict[str, int] = {}
    for item in made:
        kind = {"points": "points of a figure", "table": "cells of a table", "flow": "counts of a flow"}.get(item.shape)
        if kind:
            counts[kind] = counts.get(kind, 0) + sum(1 for _ in entries(item))
        elif isinstance(item, Effects):
            counts["tests"] = counts.get("tests", 0) + sum(row.is_test for row in item.rows)
            nothing = sum(row.estimate is None and not row.is_test for row in item.rows)
            counts["estimates the run does not give"] = counts.get("estimates the run does not give", 0) + nothing
    return {kind: n for kind, n in counts.items() if n}
