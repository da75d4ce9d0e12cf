"""A rate per group as a bar with its interval: what "response by stratum" shows."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from y90outcomes.report import format as fmt
from y90outcomes.report.companions import primary_test
from y90outcomes.report.figures import style
from y90outcomes.report.figures.style import Context
from y90outcomes.results.types import EffectRow, Effects

SLOT = (0.72, 1.6)
"""Inches a bar and its gap take, least and most."""
WIDEST = 7.0
SIZE = 7.5
"""Points of names, counts and values."""


def response_bars(result: Effects, context: Context) -> Figure:
    """Rates in per cent, a bar per group in the result's order; "all" only where there is no other group.

    Over the upper limit stands the rate, under the bar the group and events/n. A rate that is None has no bar and the
    null sign. The test is the primary one of `<id>.tests` where that is there.
    """
    rows = _rates(result)
    keys = [row.term for row in rows]
    styles = context.style(keys)
    names = [result.groups.get(row.term, row.label or row.term) for row in rows]
    slot, labels = _laid_out(names, rows)
    probe = style.canvas(WIDEST, 3.1)
    sizes = [style.extent(probe, label, SIZE) for label in labels]
    title = style.wrapped(result.group_title or result.x_label, 60, 2) if len(rows) > 1 else ""
    across, tall = style.extent(probe, title, 8) if title else (0.0, 0.0)
    left, right, top = 0.62, 0.12, 0.2
    test = primary_test(context.companion(result, "tests"))
    said = f"$\\mathit{{p}}${fmt.p_equation(test.p)}" if test is not None and test.p is not None else ""
    top += 0.18 if said else 0.0
    under = max(height for _, height in sizes)
    stamp_room = 0.14 if context.origin else 0.0
    bottom = 0.12 + under + (tall + 0.08 if title else 0.0) + stamp_room
    width = min(WIDEST, max(3.4, left + right + slot * len(rows), across + 0.3))
    figure = style.canvas(width, 2.15 + top + bottom)
    axes = figure.add_subplot()
    style.place(figure, axes, left, right, bottom, top)
    _bars(axes, rows, [styles[key] for key in keys])
    side = 0.62 if len(rows) > 1 else 1.1
    axes.set_xlim(-side, len(rows) - 1 + side)
    axes.set_xticks(range(len(rows)), labels, fontsize=SIZE)
    axes.tick_params(axis="x", length=0, pad=4)
    axes.set_ylim(0, 100)
    axes.set_yticks(range(0, 101, 20))
    label = result.y_label or "Rate"
    axes.set_ylabel(style.wrapped(f"{label[:1].upper()}{label[1:]} (%)", 34, 2))
    if title:
        middle = (left + (width - left - right) / 2) / width
        height = float(figure.get_size_inches()[1])
        figure.text(middle, (bottom - 0.12 - under - 0.06) / height, title, fontsize=8, ha="center", va="top")
    if said:
        axes.annotate(said, (1, 1), xycoords="axes fraction", xytext=(0, 11), textcoords="offset points",
                      ha="right", va="bottom", fontsize=SIZE, gid="p")  # fmt: skip
    style.stamp(figure, context.origin)
    return figure


def _rates(result: Effects) -> list[EffectRow]:
    """A row per group, groups in the result's order; everybody together where nothing else is there."""
    found = {row.term: row for row in result.rows if not row.is_test and row.quantity == "rate"}
    order = [key for key in result.groups if key in found] + [key for key in found if key not in result.groups]
    named = [key for key in order if key != "all"]
    return [found[key] for key in named or order]


def _laid_out(names: Sequence[str], rows: Sequence[EffectRow]) -> tuple[float, list[str]]:
    """Inches per bar, and what stands under each: its group, wrapped to the slot, and events/n."""
    most = (WIDEST - 0.74) / max(len(rows), 1)
    slot = min(max(SLOT[0], max(len(name) for name in names) * 0.062 + 0.16, 0.0), SLOT[1], most)
    letters = max(6, int((slot - 0.1) / 0.062))
    counts = [f"{fmt.integer(row.events)}/{fmt.integer(row.n)}" if row.n is not None else fmt.NULL for row in rows]
    return slot, [f"{style.wrapped(name, letters, 4)}\n{count}" for name, count in zip(names, counts, strict=True)]


def _bars(axes: Axes, rows: Sequence[EffectRow], looks: Sequence[style.GroupStyle]) -> None:
    few = min((row.n for row in rows if row.n), default=0)
    for place, (row, look) in enumerate(zip(rows, looks, strict=True)):
        if row.estimate is None:
            axes.annotate(fmt.NULL, (place, 0), xytext=(0, 3), textcoords="offset points", ha="center", va="bottom",
                          fontsize=SIZE, color=style.MUTED)  # fmt: skip
            continue
        axes.bar([place], [row.estimate], width=0.58, color=look.colour, hatch=look.hatch, edgecolor="white",
                 linewidth=0.0, alpha=0.85, zorder=2, gid=f"bar-{row.term}")  # fmt: skip
        over = float(row.estimate)
        if row.lower is not None and row.upper is not None:
            over = float(row.upper)
            below, above = max(0.0, row.estimate - row.lower), max(0.0, row.upper - row.estimate)
            axes.errorbar([place], [row.estimate], yerr=[[below], [above]], fmt="none", ecolor=style.INK,
                          elinewidth=0.9, capsize=3.2, capthick=0.9, zorder=3, clip_on=False)  # fmt: skip
        axes.annotate(fmt.percent(row.estimate, few), (place, over), xytext=(0, 2.5), textcoords="offset points",
                      ha="center", va="bottom", fontsize=SIZE, annotation_clip=False, zorder=4)  # fmt: skip
