"""ROC curves in a square frame with the diagonal, the areas in the legend, the cutoffs marked and named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from y90outcomes.report import format as fmt
from y90outcomes.report.figures import style
from y90outcomes.report.figures.style import Context
from y90outcomes.results.types import CurveRow, Curves, EffectRow, Effects, Result

SIDE = 2.9
"""Side of the frame in inches."""
LINE = 0.15
"""Height of a cutoff's name in inches, and so the least distance of two."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """A cutoff at x, y in per cent, and its name."""

    x: float
    y: float
    text: str


def roc(result: Curves, context: Context) -> Figure:
    """Curves in per cent from fractions; ties make slanted steps. Cutoffs of one point share a circle and a line.

    The areas come from `<id>.estimates`, the cutoffs from `<id>.cutoffs`, where these stand beside.
    """
    groups = {key: [row for row in result.rows if row.group == key] for key in result.groups}
    groups = {key: rows for key, rows in groups.items() if rows}
    styles = context.style(list(groups))
    figure = style.canvas(4.0, 4.0)
    axes = figure.add_subplot()
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 100)
    axes.set_xticks(range(0, 101, 20))
    axes.set_yticks(range(0, 101, 20))
    axes.plot([0, 100], [0, 100], color=style.MUTED, linewidth=0.7, linestyle=(0, (4, 2)), zorder=1, gid="diagonal")
    for key, rows in groups.items():
        look = styles[key]
        x, y = _path(rows, result.events or 0)
        axes.plot(
            x, y, color=look.colour, linestyle=look.line, linewidth=1.4, zorder=3, clip_on=False, gid=f"curve-{key}",
            solid_joinstyle="miter",
        )  # fmt: skip
    axes.set_xlabel(style.with_unit(result.x_label or "1 − specificity", "%"))
    axes.set_ylabel(style.with_unit(result.y_label or "Sensitivity", "%"))

    left, right = 0.62, 0.2
    bottom = 0.5 + style.stamp(figure, context.origin)
    labels = _labels(figure, result, context.companion(result, "estimates"), list(groups))
    handles = [Line2D([], [], color=styles[key].colour, linestyle=styles[key].line, linewidth=1.4) for key in groups]
    figure.set_size_inches(SIDE + left + right, SIDE + bottom + 0.5)
    style.place(figure, axes, left, right, bottom, 0.5)
    legend = style.legend_above(axes, handles, labels, "", SIDE, 0.1)
    top = 0.18 + style.legend_height(figure, legend)
    figure.set_size_inches(SIDE + left + right, SIDE + bottom + top)
    style.place(figure, axes, left, right, bottom, top)
    style.legend_above(axes, handles, labels, "", SIDE, 0.1)
    colour = styles[next(iter(groups))].colour
    _marks(figure, axes, _cutoffs(context.companion(result, "cutoffs"), str(result.layout.get("direction"))), colour)
    return figure


def _path(rows: Sequence[CurveRow], events: int) -> tuple[list[float], list[float]]:
    """Corners in per cent: at each x from the foot of its vertical, `events` below, to its top."""
    x, y = [0.0], [0.0]
    for row in rows:
        height = 100.0 * float(row.estimate or 0.0)
        rise = 100.0 * float(row.events or 0) / events if events else 0.0
        x += [100.0 * row.x] * 2
        y += [max(height - rise, 0.0), height]
    return x, y


def _labels(figure: Figure, result: Curves, estimates: Result | None, keys: Sequence[str]) -> list[str]:
    """Each curve's name with its area and interval, on a line of its own where one label does not fit the width."""
    rows = estimates.rows if isinstance(estimates, Effects) else ()
    areas = {row.term: row for row in rows if row.quantity == "auc"}
    names = [style.wrapped(result.groups[key], 46, 2) for key in keys]
    words = [_area(areas[key]) if key in areas and areas[key].estimate is not None else "" for key in keys]
    one = [f"{name}: {area}" if area else name for name, area in zip(names, words, strict=True)]
    if all("\n" not in label and style.extent(figure, label, 7.5)[0] <= SIDE - 0.1 for label in one):
        return one
    return [f"{name}\n{area}" if area else name for name, area in zip(names, words, strict=True)]


def _area(row: EffectRow) -> str:
    text = f"AUC {fmt.decimal(row.estimate, 2)}"
    if row.lower is None or row.upper is None:
        return text
    return f"{text} ({fmt.level(row.level)} CI {fmt.span(row.lower, row.upper, 2)})"


def _cutoffs(cutoffs: Result | None, direction: str) -> list[_Mark]:
    """The cutoffs as points, one per place, their names joined; from the top down."""
    if not isinstance(cutoffs, Effects):
        return []
    numbers = {(row.quantity, row.term, row.contrast): row.estimate for row in cutoffs.rows}
    places: dict[tuple[float, float], list[str]] = {}
    for row in cutoffs.rows:
        y, specificity = (numbers.get((name, row.term, row.contrast)) for name in ("sensitivity", "specificity"))
        if row.quantity == "cutoff" and row.estimate is not None and y is not None and specificity is not None:
            sign = {"higher": "≥", "lower": "≤"}.get(direction, "")
            if row.convention.endswith("=medcalc"):
                sign = {"≥": ">", "≤": "<"}.get(sign, "")
            text = f"{sign}{fmt.NBSP}{fmt.measure(row.estimate, row.unit)}"
            texts = places.setdefault((100.0 - float(specificity), float(y)), [])
            if text not in texts:
                texts.append(text)
    made = [_Mark(x, y, ", ".join(texts)) for (x, y), texts in places.items()]
    return sorted(made, key=lambda mark: (-mark.y, mark.x))


def _marks(figure: Figure, axes: Axes, marks: Sequence[_Mark], colour: str) -> None:
    """Open circles, each name below and right of its circle (left at the edge), lower where another needs the room."""
    least = 100.0 * LINE / SIDE
    height = np.inf
    for mark in marks:
        axes.plot(
            [mark.x], [mark.y], "o", markersize=5.5, markerfacecolor="white", markeredgecolor=colour,
            markeredgewidth=1.2, zorder=5, clip_on=False, gid="cutoff",
        )  # fmt: skip
        width = 100.0 * style.extent(figure, mark.text, 7.5)[0] / SIDE
        height = max(min(mark.y - 3.5, height - least), 3.0)
        right = mark.x + 3.5 + width <= 102.0
        x = mark.x + 3.5 if right else mark.x - 3.5 - width
        axes.annotate(
            mark.text.replace("$", r"\$"), (mark.x, mark.y), xytext=(x, height), textcoords="data", fontsize=7.5,
            ha="left", va="center", zorder=6, annotation_clip=False, gid="cutoff-name",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85},
            arrowprops={"arrowstyle": "-", "color": style.MUTED, "linewidth": 0.5, "shrinkA": 0, "shrinkB": 3,
                        "relpos": (0.0 if right else 1.0, 0.5)}
            if mark.y - height > 1.6 * least
            else None,
        )  # fmt: skip
