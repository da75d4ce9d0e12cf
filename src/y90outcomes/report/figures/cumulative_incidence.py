"""Cumulative incidence of an event and of its competitor, dashed, over the aligned table of numbers at risk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from y90outcomes.report.companions import BANDS
from y90outcomes.report.figures.kaplan_meier import Entry, Line, steps
from y90outcomes.report.figures.style import INK, Context, GroupStyle
from y90outcomes.results.types import CurveRow, Curves

EVENT = "event"
"""Cause drawn solid with its band; every other is dashed."""
DASHED: Any = (0, (4, 2))


def cumulative_incidence(result: Curves, context: Context) -> Figure:
    """Solid curves of the event, dashed ones of the competing event, in per cent from fractions.

    A group has its colour, and its marker at the end of its curves; everybody together is drawn only where there is no
    other group. `layout["levels"]` and `layout["causes"]` name groups and causes.
    """
    causes: Mapping[str, str] = result.layout.get("causes", {EVENT: "Event", "competing": "Competing event"})
    rows: dict[str, dict[str, list[CurveRow]]] = {}
    for row in result.rows:
        level, _, cause = row.group.rpartition(".")
        rows.setdefault(level or "all", {}).setdefault(cause, []).append(row)
    if len(rows) > 1:
        rows.pop("all", None)
    several = len(rows) > 1
    styles = context.style(list(rows))
    names = {level: str(result.layout.get("levels", {}).get(level, level)) for level in rows}
    lines = [
        Line(found, replace(styles[level], line=_dash(cause)), band=cause == EVENT and len(rows) <= BANDS, ticks=False)
        for level, by_cause in rows.items()
        for cause, found in by_cause.items()
    ]
    entries = [Entry(names[level], next(iter(by_cause.values())), styles[level]) for level, by_cause in rows.items()]
    ink = INK if several else styles[next(iter(rows))].colour
    handles = [
        (Line2D([], [], color=ink, linestyle=_dash(cause), linewidth=1.4), _capital(causes[cause])) for cause in causes
    ]
    if several:
        handles = [(_marked(styles[level]), names[level]) for level in rows] + handles
    figure, axes = steps(result, context, lines, entries, handles)
    for line in lines if several else ():
        _end(axes, line)
    return figure


def _dash(cause: str) -> Any:
    return "-" if cause == EVENT else DASHED


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _marked(look: GroupStyle) -> Line2D:
    return Line2D([], [], color=look.colour, linewidth=1.4, marker=look.marker, markersize=look.size - 0.6)


def _end(axes: Axes, line: Line) -> None:
    """The group's marker at the last point of a curve, so that a grey print tells groups apart."""
    known = [row for row in line.rows if row.estimate is not None]
    if known:
        x, y = known[-1].x, 100.0 * float(known[-1].estimate or 0.0)
        look = line.look
        axes.plot(
            [x], [y], look.marker, color=look.colour, markersize=look.size - 0.6, zorder=5, clip_on=False, gid="end"
        )
