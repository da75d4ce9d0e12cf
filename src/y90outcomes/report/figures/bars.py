"""One bar per subject or lesion, in the order given, coloured and hatched by group."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.patches import Patch

from y90outcomes.report.figures import style
from y90outcomes.report.figures.style import Context
from y90outcomes.results.types import Points


def subject_bars(result: Points, context: Context) -> Figure:
    """Bars of height y at rank x. A null y leaves its place empty, marked by a small cross on the axis."""
    rows = [(row.x if row.x is not None else rank, row) for rank, row in enumerate(result.rows, start=1)]
    keys = list(dict.fromkeys([*result.groups, *(row.group for _, row in rows)]))
    styles = context.style(keys)
    width = min(7.0, max(3.5, 1.1 + 0.21 * len(rows)))
    figure = style.canvas(width, 3.1)
    axes = figure.add_subplot()
    many = len(rows) > 60
    for key in keys:
        look = styles[key]
        mine = [(x, row.y) for x, row in rows if row.group == key and row.y is not None]
        axes.bar(
            [x for x, _ in mine],
            [y for _, y in mine],
            width=1.0 if many else 0.74 if len(rows) > 5 else 0.5,
            color=look.colour,
            hatch="" if many else look.hatch,
            edgecolor="none" if many else "white",
            linewidth=0.0,
            zorder=2,
        )
    empty = [x for x, row in rows if row.y is None]
    axes.plot(
        empty, [0.0] * len(empty), "x", color=style.MUTED, markersize=3.5, clip_on=False, zorder=3, gid="no-value"
    )
    ranks = [x for x, _ in rows] or [1]
    axes.set_xlim(min(ranks) - 0.8, max(ranks) + 0.8)
    step = next(
        step for step in (1, 5, 10, 20, 50, 100, 200, 500, 10**9) if len(rows) / step <= (30 if len(rows) < 100 else 16)
    )
    axes.set_xticks([x for x in ranks if x == min(ranks) or x % step == 0])
    axes.tick_params(axis="x", length=0)
    values = [float(row.y) for _, row in rows if row.y is not None]
    values += [float(line["value"]) for line in result.layout.get("reference_lines", ())]
    steps = axes.yaxis.get_major_locator().tick_values(min(0.0, *values, 0.0), max(values, default=1.0) or 1.0)
    axes.set_ylim(steps[0], steps[-1])
    if min(values, default=0.0) < 0:
        axes.axhline(0, color=style.INK, linewidth=0.7, zorder=2.5)
    axes.set_ylabel(style.with_unit(result.y_label, result.y_unit))
    axes.set_xlabel(result.x_label)
    stamp = style.stamp(figure, context.origin)
    right = max(0.1, style.reference_lines(axes, result, zorder=3))
    ticks = max(style.extent(figure, text.get_text(), 7.5)[0] for text in axes.get_yticklabels())
    left, bottom = 0.36 + ticks, 0.4 + stamp
    style.place(figure, axes, left, right, bottom, 0.15)
    handles = [
        Patch(facecolor=styles[key].colour, hatch="" if many else styles[key].hatch, edgecolor="white", linewidth=0)
        for key in keys
    ]
    if len(keys) > 1 or any(keys):
        labels = [style.wrapped(result.groups.get(key, key), 30) for key in keys]
        legend = style.legend_above(axes, handles, labels, result.group_title, width - left - 0.1, 0.1)
        style.place(figure, axes, left, right, bottom, 0.18 + style.legend_height(figure, legend))
        style.legend_above(axes, handles, labels, result.group_title, width - left - 0.1, 0.1)
    return figure
