"""Every subject a point, by category, over the quartiles its companion summary holds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, NullFormatter

from y90outcomes.report import format as fmt
from y90outcomes.report.companions import primary_test
from y90outcomes.report.figures import style
from y90outcomes.report.figures.style import Context
from y90outcomes.results.types import PointRow, Points, Summary, SummaryRow

SWARM_LIMIT = 400
"""Above so many points in a category they are spread by a fixed sequence instead of being kept apart one by one."""


def points_over_quartiles(result: Points, context: Context) -> Figure:
    """Box from q1 to q3 with the median, both read from the companion `Summary`; nothing is computed here.

    Categories come in the order of `result.groups`; a category without a point keeps its place.
    """
    rows = [row for row in result.rows if row.y is not None]
    keys = [key for key in dict.fromkeys([*result.groups, *(row.category for row in result.rows)]) if key != "all"]
    boxes = _boxes(result, context, rows)
    styles = context.style(keys)
    width = min(7.0, max(3.3, 1.3 + 0.95 * len(keys)))
    figure = style.canvas(width, 3.2)
    axes = figure.add_subplot()
    log = result.layout.get("y_scale") == "log"
    if log:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: fmt.quantity(value, fmt.places("", [value]))))
        axes.yaxis.set_minor_formatter(NullFormatter())
    label_width = max(8, int((width - 1.3) / max(len(keys), 1) / 0.066))
    labels = []
    for position, key in enumerate(keys):
        box = boxes.get(key)
        name = style.wrapped(result.groups.get(key, key), label_width)
        n = box.n if box else sum(row.category == key for row in rows)
        labels.append(f"{name}\n$\\mathit{{n}}$ = {fmt.integer(n)}")
        if box and box.q1 is not None and box.q3 is not None:
            axes.add_patch(
                Rectangle(
                    (position - 0.34, box.q1),
                    0.68,
                    box.q3 - box.q1,
                    facecolor=style.BOX,
                    edgecolor="#b9c0c8",
                    linewidth=0.6,
                    zorder=1,
                    gid=f"box-{position}",
                )
            )
        if box and box.median is not None:
            axes.plot(
                [position - 0.34, position + 0.34],
                [box.median] * 2,
                color=style.INK,
                linewidth=1.4,
                solid_capstyle="butt",
                zorder=2,
                gid=f"median-{position}",
            )
    axes.set_xticks(range(len(keys)), labels)
    axes.set_xlim(-0.6, len(keys) - 0.4)
    axes.tick_params(axis="x", length=0, pad=4)
    values = [float(row.y) for row in rows if row.y is not None]
    values += [float(line["value"]) for line in result.layout.get("reference_lines", ())]
    if values:
        low, high = min(values), max(values)
        axes.set_ylim((low / 1.4, high * 1.4) if log and low > 0 else (min(0.0, low * 1.05), high * 1.06 or 1.0))
    axes.set_ylabel(style.with_unit(result.y_label, result.y_unit))
    axes.set_xlabel(result.x_label or result.group_title)
    stamp = style.stamp(figure, context.origin)
    right = max(0.12, style.reference_lines(axes, result))
    test = primary_test(context.companion(result, "tests"), next((row.series for row in rows), ""))
    lines = max((label.count("\n") + 1 for label in labels), default=1)
    top = 0.28 if test and test.p is not None else 0.12
    ticks = max(style.extent(figure, text.get_text(), 7.5)[0] for text in axes.get_yticklabels()) if values else 0.2
    style.place(figure, axes, 0.36 + ticks, right, 0.3 + 0.125 * lines + stamp, top)
    if test and test.p is not None:
        axes.annotate(
            f"$\\mathit{{p}}${fmt.p_equation(test.p)}",
            (1, 1),
            xycoords="axes fraction",
            ha="right",
            va="bottom",
            xytext=(0, 4),
            textcoords="offset points",
            gid="p",
        )
    for position, key in enumerate(keys):
        y = np.array([float(row.y) for row in rows if row.category == key and row.y is not None])
        look = styles[key]
        axes.plot(
            position + _offsets(axes, y),
            y,
            look.marker,
            color=look.colour,
            markersize=look.size,
            markeredgecolor="white",
            markeredgewidth=0.5,
            linestyle="none",
            zorder=3,
            clip_on=False,
            gid=f"points-{position}",
        )
    return figure


def _boxes(result: Points, context: Context, rows: Sequence[PointRow]) -> dict[str, SummaryRow]:
    """Group -> its quartiles, from the summary's numeric variable that is the points' series, else its only one."""
    companion = context.companions.get(str(result.layout.get("summary", ""))) or context.companion(result, "")
    if not isinstance(companion, Summary):
        return {}
    numeric = [row for row in companion.rows if row.kind == "number"]
    names = set(dict.fromkeys(row.variable for row in numeric))
    series = {row.series for row in rows} & names or (names if len(names) == 1 else set())
    if len(series) != 1:
        return {}
    return {row.group: row for row in numeric if row.variable in series}


def _offsets(axes: object, y: npt.NDArray[np.float64], diameter: float = 0.088) -> npt.NDArray[np.float64]:
    """Sideways places, in categories, that keep points `diameter` inches apart; no randomness, order of y kept."""
    if len(y) > SWARM_LIMIT:
        return 0.3 * (2 * _van_der_corput(len(y)) - 1)
    figure = axes.figure  # type: ignore[attr-defined]
    pixels = axes.transData.transform(np.column_stack([np.zeros(len(y)), y]))  # type: ignore[attr-defined]
    heights = pixels[:, 1] / figure.dpi
    unit = axes.transData.transform([[0, 0.5], [1, 0.5]])[:, 0]  # type: ignore[attr-defined]
    inch = figure.dpi / (unit[1] - unit[0])  # categories per inch
    steps = int(0.36 / (diameter * inch))
    sides = [[0.0] + [s * k * diameter for k in range(1, steps + 1) for s in order] for order in ((1, -1), (-1, 1))]
    placed: list[tuple[float, float]] = []
    offsets = np.zeros(len(y))
    for index in np.argsort(y, kind="stable"):
        height = float(heights[index])
        tries = sides[len(placed) % 2]
        near = [(x, h) for x, h in placed if height - h < diameter]
        free = (x for x in tries if all((x - px) ** 2 + (height - h) ** 2 >= diameter**2 * 0.98 for px, h in near))
        x = next(free, tries[len(near) % len(tries)])
        placed.append((x, height))
        offsets[index] = x * inch
    return offsets


def _van_der_corput(n: int) -> npt.NDArray[np.float64]:
    """First n numbers of the base-2 sequence in [0, 1)."""
    index = np.arange(1, n + 1)
    result = np.zeros(n)
    weight = 0.5
    while index.any():
        result += weight * (index & 1)
        index >>= 1
        weight /= 2
    return result
