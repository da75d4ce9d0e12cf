"""Step curves with their band, a tick per censored time, and the table of numbers at risk aligned under the axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from y90outcomes.report import format as fmt
from y90outcomes.report.companions import BANDS, named_groups, primary_test
from y90outcomes.report.figures import style
from y90outcomes.report.figures.style import Context, GroupStyle
from y90outcomes.results.types import CurveRow, Curves, Effects, Result

STEPS = {
    "months": (1, 2, 3, 6, 12, 24, 36, 60, 120),
    "d": (1, 7, 14, 30, 60, 90, 180, 365, 730),
    "days": (1, 7, 14, 30, 60, 90, 180, 365, 730),
    "years": (0.5, 1, 2, 5, 10, 20),
}
"""Distances of time ticks a reader expects, by unit."""

WIDTH, HEIGHT = 3.78, 2.3
"""Size of the frame in inches."""

LINE = 0.145
"""Height of a line of the risk table in inches."""

LOG_RANK = {
    "log_rank": "Log-rank",
    "stratified_log_rank": "Stratified log-rank",
    "log_rank_trend": "Log-rank trend",
}
"""Tests whose p a figure prints -> how it names them."""


@dataclass(frozen=True, slots=True)
class Line:
    """A step curve: its rows, its look, whether its band is shaded and its censored times ticked."""

    rows: Sequence[CurveRow]
    look: GroupStyle
    band: bool = True
    ticks: bool = True


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the risk table: label, rows that say who is at risk, look of the dash before it."""

    label: str
    rows: Sequence[CurveRow]
    look: GroupStyle


def kaplan_meier(result: Curves, context: Context) -> Figure:
    """Curves in per cent from fractions. Bands for up to three groups; medians dotted when the layout asks."""
    groups = {key: [row for row in result.rows if row.group == key] for key in named_groups(result)}
    names = {key: result.groups.get(key, "All" if key == "all" else key) for key in groups}
    styles = context.style(list(groups))
    lines = [Line(rows, styles[key], band=len(groups) <= BANDS) for key, rows in groups.items()]
    entries = [Entry(names[key], rows, styles[key]) for key, rows in groups.items()]
    handles = [
        (Line2D([], [], color=styles[key].colour, linestyle=styles[key].line, linewidth=1.4), names[key])
        for key in groups
    ]
    estimates, tests = (context.companion(result, _beside(result, name)) for name in ("estimates", "tests"))
    test = next(
        (found for name in LOG_RANK for item in (estimates, tests) if (found := primary_test(item, quantity=name))),
        None,
    )
    words = f"{LOG_RANK[test.quantity]} $\\mathit{{p}}${fmt.p_equation(test.p)}" if test and test.p is not None else ""
    figure, axes = steps(result, context, lines, entries, handles if len(groups) > 1 else [], words)
    _medians(axes, estimates, result, groups)
    return figure


def _beside(result: Result, name: str) -> str:
    """The companion of a figure's own version: `estimates` of `<id>`, `landmark_estimates` of `<id>.landmark`."""
    version = result.id.partition(".")[2]
    return f"{version}_{name}" if version else name


def steps(
    result: Curves, context: Context, lines: Sequence[Line], entries: Sequence[Entry],
    handles: Sequence[tuple[Line2D, str]], words: str = "",
) -> tuple[Figure, Axes]:  # fmt: skip
    """Step curves over an aligned risk table, a legend above when there are handles, `words` right of it.

    The number at risk at a tick is that of the next step at or after it: subjects whose time is not yet over.
    """
    figure = style.canvas(4.8, 3.0)
    axes = figure.add_subplot()
    widest = _widest_risk(figure, result, entries)
    ticks = _ticks(result, most=min(8.5, WIDTH / (widest + 0.08)))
    end = max((row.x for row in result.rows), default=1.0)
    axes.set_xlim(0, max(end, ticks[-1]) * 1.015)
    axes.set_ylim(0, 102)
    axes.set_yticks(range(0, 101, 20))
    axes.set_xticks(ticks)
    for line in lines:
        _curve(axes, line)
    axes.set_ylabel(style.with_unit(result.y_label or "Probability", "%"))
    axes.set_xlabel(style.with_unit(result.x_label or "Time", result.x_unit))

    stamp = style.stamp(figure, context.origin)
    labels = [style.wrapped(entry.label, 22, 2) for entry in entries]
    text_lines = sum(label.count("\n") + 1 for label in labels)
    half = widest / 2
    right = max(0.12, half)
    left = max(0.62, *(style.extent(figure, label, 7.5)[0] + half + 0.36 for label in labels))
    bottom = 0.5 + LINE * (text_lines + 1) + 0.1 + stamp
    figure.set_size_inches(WIDTH + left + right, HEIGHT + bottom + 0.35)
    taken = style.extent(figure, words, 8)[0] + 0.15 if words else 0.0
    room = figure.get_size_inches()[0] - left - right - taken
    top = 0.28 if words else 0.14
    if handles:
        drawn, long = [handle for handle, _ in handles], [style.wrapped(name, 44, 1) for _, name in handles]
        style.place(figure, axes, left, right, bottom, top)
        legend = style.legend_above(axes, drawn, long, result.group_title, room, 0.08)
        # one column that leaves no room beside it stands above the words
        rise = 0.28 if words and style.legend_width(figure, legend) > room else 0.08
        top = 0.08 + rise + style.legend_height(figure, legend)
        figure.set_size_inches(WIDTH + left + right, HEIGHT + bottom + top)
        style.place(figure, axes, left, right, bottom, top)
        style.legend_above(axes, drawn, long, result.group_title, room, rise)
    else:
        figure.set_size_inches(WIDTH + left + right, HEIGHT + bottom + top)
        style.place(figure, axes, left, right, bottom, top)
    if words:
        axes.annotate(
            words,
            (1, 1),
            xycoords="axes fraction",
            xytext=(0, 5.76),
            textcoords="offset points",
            ha="right",
            va="bottom",
            gid="p",
        )
    _risk_table(axes, result, entries, labels, ticks, half)
    return figure, axes


def _bracket(result: Curves) -> bool:
    return any(row.censored for row in result.rows)


def _widest_risk(figure: Figure, result: Curves, entries: Sequence[Entry]) -> float:
    """Inches the widest entry of the risk table can take: everybody at risk beside everybody censored."""
    texts = [
        fmt.integer(entry.rows[0].at_risk)
        + (f" ({sum(int(row.censored or 0) for row in entry.rows)})" if _bracket(result) else "")
        for entry in entries
    ]
    return max(style.extent(figure, text, 7.5)[0] for text in texts)


def _ticks(result: Curves, most: float) -> list[float]:
    """From 0 to the last tick inside the data, at most `most` distances, two at least."""
    end = max((row.x for row in result.rows), default=1.0) or 1.0
    steps = STEPS.get(result.x_unit, ())
    chosen = next((step for step in steps if end / step <= most), None)
    if chosen is None or end / chosen < 2:
        power = 10.0 ** np.floor(np.log10(end / 4))
        chosen = next(power * step for step in (1, 2, 5, 10, 20, 50) if end / (power * step) <= max(most, 1.0))
    return [chosen * k for k in range(int(end / chosen + 1e-9) + 1)]


def _curve(axes: Axes, line: Line) -> None:
    rows, look = line.rows, line.look
    x = np.array([row.x for row in rows])
    y, lower, upper = (
        np.array([np.nan if value is None else 100.0 * float(value) for value in column])
        for column in ([r.estimate for r in rows], [r.lower for r in rows], [r.upper for r in rows])
    )
    if line.band:
        axes.fill_between(x, lower, upper, step="post", color=look.colour, alpha=0.13, linewidth=0, zorder=1)
    axes.step(x, y, where="post", color=look.colour, linestyle=look.line, linewidth=1.4, zorder=3)
    censored = np.array([bool(row.censored) for row in rows], dtype=bool)
    if line.ticks and censored.any():
        axes.plot(
            x[censored],
            y[censored],
            "|",
            color=look.colour,
            markersize=5,
            markeredgewidth=0.9,
            zorder=4,
            clip_on=False,
            gid="censored",
        )


def _medians(axes: Axes, estimates: Result | None, result: Curves, groups: Mapping[str, object]) -> None:
    """Dotted lines at medians the companion holds."""
    if not result.layout.get("medians") or not isinstance(estimates, Effects):
        return
    found = [
        float(row.estimate)
        for row in estimates.rows
        if row.quantity == "median" and row.term in groups and row.estimate is not None
    ]
    if found:
        axes.plot([0, max(found)], [50, 50], color=style.MUTED, linewidth=0.7, linestyle=":", zorder=2, gid="median")
    for value in found:
        axes.plot([value, value], [0, 50], color=style.MUTED, linewidth=0.7, linestyle=":", zorder=2, gid="median")


def _risk_table(
    axes: Axes, result: Curves, entries: Sequence[Entry], labels: list[str], ticks: list[float], half: float
) -> None:
    """At risk at each tick; with censoring, the number censored up to it in brackets."""
    bracket = _bracket(result)
    first = -36.0
    _text(axes, 0, 0, first, "At risk (censored)" if bracket else "At risk", "left", fontweight="bold")
    above = 1
    for line, entry in enumerate(entries, start=1):
        rows = entry.rows
        height = first - 72 * LINE * above
        above += labels[line - 1].count("\n") + 1
        beside = -72 * half - 5
        if len(entries) > 1:
            _text(axes, 0, beside, height, "—", "right", color=entry.look.colour, fontweight="bold")
            beside -= 11
        _text(axes, 0, beside, height, labels[line - 1], "right")
        gone = list(accumulate(int(row.censored or 0) for row in rows))
        for tick in ticks:
            slack = 1e-9 * max(1.0, tick)
            risk = next((row.at_risk for row in rows if row.x >= tick - slack), 0)
            lost = next(
                (total for row, total in zip(reversed(rows), reversed(gone), strict=True) if row.x <= tick + slack), 0
            )
            text = fmt.integer(risk) + (f" ({lost})" if bracket else "")
            _text(axes, tick, 0, height, text, "center", gid=f"risk-{line}")


def _text(axes: Axes, x: float, right: float, up: float, text: str, align: str, **look: Any) -> None:
    """`text` at time x, moved by points, hanging from the height `up` relative to the frame's foot."""
    axes.annotate(
        text,
        (x, 0),
        xycoords=("data", "axes fraction"),
        xytext=(right, up),
        textcoords="offset points",
        fontsize=7.5,
        va="top",
        ha=align,
        annotation_clip=False,
        **look,
    )
