"""Width of the interval of a simulated curve over the number of patients, a line per dose."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from y90outcomes.report.figures import style
from y90outcomes.report.figures.style import Context
from y90outcomes.results.types import Curves

WIDTH, HEIGHT = 3.7, 2.4
"""Size of the frame in inches."""


def curve_width(result: Curves, context: Context) -> Figure:
    """Medians in points of per cent as lines with a marker per size, whiskers the central share of simulated studies.

    Lines are set apart sideways by a hair, so that whiskers do not hide each other.
    """
    keys = [key for key in result.groups if any(row.group == key for row in result.rows)]
    looks = context.style(keys)
    sizes = sorted({row.x for row in result.rows})
    gap = min(np.diff(sizes), default=max(sizes, default=1.0)) if sizes else 1.0
    figure = style.canvas(WIDTH + 0.8, HEIGHT + 1.0)
    axes = figure.add_subplot()
    handles: list[Any] = []
    for place, key in enumerate(keys):
        rows = [row for row in result.rows if row.group == key and row.estimate is not None]
        look = looks[key]
        shift = 0.06 * gap * (place - (len(keys) - 1) / 2)
        x, middle = [row.x + shift for row in rows], [float(row.estimate or 0.0) for row in rows]
        ends = [(m, m) if r.lower is None or r.upper is None else (float(r.lower), float(r.upper))
                for r, m in zip(rows, middle, strict=True)]  # fmt: skip
        axes.vlines(
            x, [low for low, _ in ends], [high for _, high in ends], color=look.colour, linewidth=0.9, gid="spread"
        )
        axes.plot(
            x, middle, color=look.colour, linestyle=look.line, marker=look.marker, markersize=look.size, gid="width"
        )
        handles.append(Line2D([], [], color=look.colour, linestyle=look.line, marker=look.marker, markersize=look.size))
    axes.set_ylim(bottom=0.0)
    axes.set_xticks(sizes if len(sizes) <= 9 else MaxNLocator(8).tick_values(min(sizes), max(sizes)))
    axes.set_xlabel(result.x_label)
    axes.set_ylabel("Width of the interval (percentage points)")
    stamp = style.stamp(figure, context.origin)
    left, right, bottom = 0.62, 0.16, 0.5 + stamp
    style.place(figure, axes, left, right, bottom, 0.9)
    labels = [result.groups[key] for key in keys]
    legend = style.legend_above(axes, handles, labels, result.group_title, WIDTH, 0.07)
    top = 0.14 + style.legend_height(figure, legend)
    figure.set_size_inches(WIDTH + left + right, HEIGHT + bottom + top)
    style.place(figure, axes, left, right, bottom, top)
    style.legend_above(axes, handles, labels, result.group_title, WIDTH, 0.07)
    return figure
