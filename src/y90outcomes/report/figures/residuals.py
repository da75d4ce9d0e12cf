"""Residuals of a model: a panel per column or number, points with a smooth line and the level they should keep."""

from __future__ import annotations

import math

from matplotlib.figure import Figure

from y90outcomes.report.figures import style
from y90outcomes.report.figures.style import Context
from y90outcomes.results.types import PointRow, Points

ACROSS = 2
WIDTH, HEIGHT = 3.1, 2.3
"""Size of a panel in inches."""


def residuals(result: Points, context: Context) -> Figure:
    """Points by series as the layout's `panels` names them; rows of group "smooth" are the line drawn."""
    panels = dict(result.layout.get("panels", {})) or {row.category: row.category for row in result.rows}
    across = min(ACROSS, len(panels))
    down = math.ceil(len(panels) / across)
    height = HEIGHT * down
    figure = Figure(figsize=(WIDTH * across, height))
    foot = style.stamp(figure, context.origin)
    figure.set_size_inches(WIDTH * across, height + foot)
    share = foot / (height + foot)
    figure.set_layout_engine("constrained", rect=(0.0, share, 1.0, 1.0 - share))
    for place, (name, label) in enumerate(panels.items(), start=1):
        axes = figure.add_subplot(down, across, place)
        mine = [row for row in result.rows if row.category == name]
        points, line = ([row for row in mine if (row.group == "smooth") == wanted] for wanted in (False, True))
        axes.axhline(0.0, color=style.MUTED, linewidth=0.7, linestyle=":", zorder=1)
        axes.plot(*_columns(points), "o", color=style.INK, markersize=2.6, alpha=0.45, markeredgewidth=0, zorder=2)
        axes.plot(*_columns(line), color="#1b6ca8", linewidth=1.4, zorder=3, gid="smooth")
        own = result.x_label or label
        axes.set_xlabel(style.wrapped(own, 44, 2), fontsize=8)
        if result.x_label:
            axes.set_title(style.wrapped(label, 46, 2), fontsize=8, loc="left")
        if (place - 1) % across == 0:
            axes.set_ylabel(result.y_label, fontsize=8)
        axes.tick_params(labelsize=7.5)
    return figure


def _columns(rows: list[PointRow]) -> tuple[list[float], list[float]]:
    known = [row for row in rows if row.x is not None and row.y is not None]
    return [float(row.x or 0.0) for row in known], [float(row.y or 0.0) for row in known]
