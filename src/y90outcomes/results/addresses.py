"""Addresses: a name for every number, stable across runs.

    effect    <result>/<quantity>/<term>[/<contrast>]     estimate lower upper se statistic df p n events
    summary   <result>/<variable>[=<level>]/<group|all>   n percent lower upper mean sd median q1 q3 low high
                                                           geometric_mean missing
    curve     <result>/<group|all>/<x>                    estimate lower upper at_risk events censored (the step at x)
    points    <result>/<series>/<k>                       x y (k counts from 1 within the series)
    flow      <result>/<criterion>/<centre|all>           meets fails missing left
    table     <result>/<first column>/<column>            value
    result    <result>                                    n events missing

`/ = % #` inside a name are percent-encoded. `ADDRESS#field` is the long form.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from y90outcomes.errors import Fault, InputError, choices, nearest
from y90outcomes.results.types import (
    CurveRow,
    Curves,
    EffectRow,
    Effects,
    Flow,
    FlowRow,
    Points,
    Result,
    Results,
    Summary,
    SummaryRow,
    Table,
)

FIELDS: Mapping[str, tuple[str, ...]] = {
    "effects": ("estimate", "lower", "upper", "se", "statistic", "df", "p", "n", "events"),
    "summary": (
        "n",
        "percent",
        "lower",
        "upper",
        "mean",
        "sd",
        "median",
        "q1",
        "q3",
        "low",
        "high",
        "geometric_mean",
        "missing",
    ),
    "curves": ("estimate", "lower", "upper", "at_risk", "events", "censored"),
    "points": ("x", "y"),
    "flow": ("meets", "fails", "missing", "left"),
    "table": ("value",),
    "result": ("n", "events", "missing"),
}
"""shape -> the fields of an address, "result" for a bare result id."""

_ENCODED = str.maketrans({"%": "%25", "/": "%2F", "=": "%3D", "#": "%23"})


def encode(name: str) -> str:
    """A name as it stands inside an address."""
    return name.translate(_ENCODED)


@dataclass(frozen=True, slots=True)
class Found:
    """The value at an address; `value` None stands with its `reason`."""

    address: str
    field: str
    value: str | float | int | None
    reason: str = ""

    @property
    def long(self) -> str:
        """`ADDRESS#field`, which names one number whatever its default field."""
        return f"{self.address}#{self.field}"


@dataclass(frozen=True, slots=True)
class _Entry:
    address: str
    shape: str
    default: str
    values: Mapping[str, Any]
    reason: str = ""
    not_reached: tuple[str, ...] = ()


def entries(item: Result) -> Iterator[_Entry]:
    """Every address of one result, the bare id first. A curve's steps come at the x where they start."""
    head = encode(item.id)
    yield _Entry(head, "result", "n", {"n": item.n, "events": item.events, "missing": item.missing})
    if isinstance(item, Effects):
        for effect in item.rows:
            yield _effect(item.id, effect)
    elif isinstance(item, Summary):
        for row in item.rows:
            yield _summary(head, row)
    elif isinstance(item, Curves):
        for step in item.rows:
            yield _step(head, step, step.x)
    elif isinstance(item, Points):
        counts: dict[str, int] = {}
        for point in item.rows:
            counts[point.series] = counts.get(point.series, 0) + 1
            address = f"{head}/{encode(point.series)}/{counts[point.series]}"
            yield _Entry(address, "points", "y", {"x": point.x, "y": point.y})
    elif isinstance(item, Flow):
        for flow in item.rows:
            yield _flow(head, flow)
    elif isinstance(item, Table):
        for cells in item.rows:
            for column, cell in zip(item.columns[1:], cells[1:], strict=True):
                address = f"{head}/{encode(str(cells[0]))}/{encode(column.name)}"
                yield _Entry(address, "table", "value", {"value": cell}, "empty cell")


def effect_address(id: str, row: EffectRow) -> str:
    """The address of an effect of the result `id`."""
    return "/".join(encode(part) for part in (id, row.quantity, row.term, *([row.contrast] if row.contrast else [])))


def _effect(id: str, row: EffectRow) -> _Entry:
    values = {name: getattr(row, name) for name in FIELDS["effects"]}
    return _Entry(
        effect_address(id, row), "effects", "p" if row.is_test else "estimate", values, row.reason, row.not_reached
    )


def _summary(head: str, row: SummaryRow) -> _Entry:
    name = encode(row.variable) + ("" if row.level is None else "=" + encode(row.level))
    values = {name: getattr(row, name) for name in FIELDS["summary"]}
    default = "n" if row.kind != "number" else "geometric_mean" if row.show == "geometric_mean" else "median"
    return _Entry(f"{head}/{name}/{encode(row.group)}", "summary", default, values, row.reason)


def _step(head: str, row: CurveRow, x: float) -> _Entry:
    values = {name: getattr(row, name) for name in FIELDS["curves"]}
    return _Entry(f"{head}/{encode(row.group)}/{shortest(x)}", "curves", "estimate", values, row.reason)


def _flow(head: str, row: FlowRow) -> _Entry:
    values = {name: getattr(row, name) for name in FIELDS["flow"]}
    return _Entry(f"{head}/{encode(row.criterion)}/{encode(row.centre)}", "flow", "left", values)


def addresses(item: Result) -> Iterator[str]:
    """Every address of one result, without fields."""
    return (entry.address for entry in entries(item))


def numbers(results: Results) -> Iterator[Found]:
    """Every addressed number of a run, in order; what `y90 compare` compares.

    A result that says nothing of this run's data (`layout["of_the_paper"]`: what a paper prints, and what is found in
    it) is addressed and not compared.
    """
    for item in (*results.items, *results.quality):
        if item.layout.get("of_the_paper"):
            continue
        for entry in entries(item):
            for name in FIELDS[entry.shape]:
                yield _found(entry, name)


def _found(entry: _Entry, name: str) -> Found:
    value = entry.values[name]
    reason = ""
    if value is None:
        reason = "not reached" if name in entry.not_reached else entry.reason or "not defined here"
    return Found(entry.address, name, value, reason)


def lookup(results: Results, address: str, field: str | None = None) -> Found:
    """The number at `address` (or `address#field`). InputError, with the nearest names, when there is none."""
    place, _, suffix = address.partition("#")
    wanted = field or suffix or None
    items = {encode(item.id): item for item in (*results.items, *results.quality)}
    head, _, rest = place.partition("/")
    item = items.get(head)
    if item is None:
        raise InputError(Fault(f"address {address!r}", f"no result {head!r}", choices(head, items)))
    entry = _curve_step(item, head, rest) if isinstance(item, Curves) and rest else None
    if entry is None:
        entry = next((candidate for candidate in entries(item) if candidate.address == place), None)
        if entry is None:
            known = list(addresses(item))
            close = nearest(place, known) or known[1:4]
            raise InputError(
                Fault(
                    f"address {address!r}",
                    f"{head!r} holds no such number",
                    " or ".join(close),
                    f"`y90 show RUN {head}/` lists every address of {head!r}",
                )
            )
    name = wanted or entry.default
    if name not in FIELDS[entry.shape]:
        raise InputError(Fault(f"address {address!r}", f"no field {name!r}", ", ".join(FIELDS[entry.shape])))
    return _found(entry, name)


def _curve_step(item: Curves, head: str, rest: str) -> _Entry | None:
    """The step in force at x. At risk, events and censored are of x itself: between two steps nobody leaves."""
    group, _, text = rest.rpartition("/")
    try:
        x = float(text)
    except ValueError:
        return None
    if not math.isfinite(x):
        return None
    steps = [row for row in item.rows if encode(row.group) == group]
    name = steps[0].group if steps else ""
    slack = 1e-9 * max(1.0, abs(x))
    before = [row for row in steps if row.x <= x + slack]
    if not before or x < 0:
        return None
    row = before[-1]
    if abs(row.x - x) <= slack:
        return _step(head, row, row.x)
    later = [step for step in steps if step.x > x]
    if not later:
        empty = CurveRow(name, x, None, None, None, 0, 0, 0, f"beyond the last time of the curve ({shortest(row.x)})")
        if row.estimate == 0:
            empty = CurveRow(name, x, row.estimate, row.lower, row.upper, 0, 0, 0, row.reason)
        return _step(head, empty, x)
    return _step(head, CurveRow(name, x, row.estimate, row.lower, row.upper, later[0].at_risk, 0, 0, row.reason), x)


def shortest(value: float | int) -> str:
    """The shortest decimal that reads back to the same double; integers without a point."""
    number = float(value)
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
