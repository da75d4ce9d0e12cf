"""A probability over dose: the line with its band, a spline beside it, who had the event, and what was observed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation
from matplotlib.ticker import MaxNLocator, ScalarFormatter

from y90outcomes.report import format as fmt
from y90outcomes.report.figures import style
from y90outcomes.report.figures.style import Context, GroupStyle
from y90outcomes.results.types import CurveRow, Curves, EffectRow, Effects, Points, Result

WIDTH, HEIGHT = 3.7, 2.55
"""Size of the frame in inches."""
STRIP = 8.0
"""Height of the rug's two strips, in per cent of probability, above 100 and below 0."""
LINE_HEIGHT = 0.14
"""Height of a further line of an axis label in inches."""
LINE, SPLINE = "line", "spline"
LOOKS = {LINE: GroupStyle("#0072B2", "", style.LINES[0], "o"), SPLINE: GroupStyle("#D55E00", "", style.LINES[1], "s")}
HALO = [withStroke(linewidth=2.2, foreground="white")]


def dose_response(result: Curves, context: Context) -> Figure:
    """Curves in per cent from fractions; the band is the line's.

    Companions add what they hold: `.points` the rug (events above, the others below), `.strata` observed rates with
    their intervals and events/n at the median dose of a stratum, `.estimates` drop lines at doses for a probability
    and the p values in the legend. Without them the curve stands alone.
    """
    drawn = {key: [row for row in result.rows if row.group == key and row.estimate is not None] for key in LOOKS}
    points, strata, estimates = (context.companion(result, name) for name in ("points", "strata", "estimates"))
    figure = style.canvas(WIDTH + 0.8, HEIGHT + 1.0)
    axes = figure.add_subplot()
    _frame(axes, result, points)
    handles: list[Any] = []
    labels: list[str] = []
    for key, rows in drawn.items():
        if rows:
            handles.append(_curve(axes, rows, LOOKS[key], band=key == LINE))
            labels.append(_named(key, rows, result, estimates))
    _rug(axes, points)
    observed = _observed(strata)
    if observed:
        handles.append(_rates(axes, observed))
        title = _lower(strata.group_title) if strata and strata.group_title else "stratum"
        labels.append(style.wrapped(f"Observed by {title} (events/n)", 58, 2))
    targets = _targets(axes, result, estimates, drawn[LINE])

    stamp = style.stamp(figure, context.origin)
    more = [LINE_HEIGHT * axis.label.get_text().count("\n") for axis in (axes.xaxis, axes.yaxis)]
    left, right, bottom = 0.62 + more[1], 0.16, 0.5 + more[0] + stamp
    top = 0.1
    if handles:
        # placed twice: the first time to learn how high the legend is
        style.place(figure, axes, left, right, bottom, 0.9)
        legend = style.legend_above(axes, handles, labels, "", 0.0, 0.07)
        top = 0.14 + style.legend_height(figure, legend)
        figure.set_size_inches(WIDTH + left + right, HEIGHT + bottom + top)
        style.place(figure, axes, left, right, bottom, top)
        style.legend_above(axes, handles, labels, "", 0.0, 0.07)
    else:
        figure.set_size_inches(WIDTH + left + right, HEIGHT + bottom + top)
        style.place(figure, axes, left, right, bottom, top)
    _label_rates(axes, observed, targets)
    return figure


@dataclass(frozen=True, slots=True)
class _Rate:
    """A stratum: median dose, rate and limits in per cent, events of n."""

    dose: float
    rate: float
    lower: float
    upper: float
    events: int
    n: int


def _frame(axes: Axes, result: Curves, points: Result | None) -> None:
    """Probability 0–100 with room for the rug; the doses observed, from 0 where that costs little room."""
    doses = [row.x for row in result.rows]
    doses += [float(row.x) for row in points.rows if row.x is not None] if isinstance(points, Points) else []
    low, high = (min(doses), max(doses)) if doses else (0.0, 1.0)
    if 0.0 <= low <= 0.35 * high:
        low = 0.0
    room = 0.03 * (high - low) or 0.05 * abs(high) or 1.0
    axes.set_xlim(low if low == 0.0 and high > 0.0 else low - room, high + room)
    axes.set_ylim(-STRIP, 100 + STRIP)
    axes.set_yticks(range(0, 101, 20))
    axes.spines["left"].set_bounds(0, 100)
    axes.xaxis.set_major_locator(MaxNLocator(6))
    plain = ScalarFormatter(useOffset=False)
    plain.set_powerlimits((-4, 6))
    axes.xaxis.set_major_formatter(plain)
    axes.set_xlabel(style.wrapped(style.with_unit(result.x_label or "Dose", result.x_unit), 62, 2))
    axes.set_ylabel(style.wrapped(f"Probability of {_lower(result.y_label or 'the event')}", 40, 2) + " (%)")


def _lower(text: str) -> str:
    """In the middle of a sentence: a capital goes unless it begins an abbreviation."""
    return text if text[1:2].isupper() or not text else text[0].lower() + text[1:]


def _curve(axes: Axes, rows: Sequence[CurveRow], look: GroupStyle, band: bool) -> Any:
    x = np.array([row.x for row in rows])
    y, lower, upper = (
        np.array([np.nan if value is None else 100.0 * float(value) for value in column])
        for column in ([r.estimate for r in rows], [r.lower for r in rows], [r.upper for r in rows])
    )
    if band:
        axes.fill_between(x, lower, upper, color=look.colour, alpha=0.15, linewidth=0, zorder=1, gid="band")
    axes.plot(x, y, color=look.colour, linestyle=look.line, linewidth=1.5, zorder=3, gid="curve")
    handle = Line2D([], [], color=look.colour, linestyle=look.line, linewidth=1.5)
    return (Patch(facecolor=look.colour, alpha=0.15, linewidth=0), handle) if band else handle


def _named(key: str, rows: Sequence[CurveRow], result: Curves, estimates: Result | None) -> str:
    """The curve's name in the legend, with its p value where the companion holds one."""
    name = result.groups.get(key, key)
    found = _rows(estimates, "odds_ratio" if key == LINE else "nonlinearity")
    p = next((row.p for row in found if row.primary and row.p is not None), None)
    level = next((fmt.level(row.level) for row in _rows(estimates, "odds_ratio") if row.level is not None), "")
    if key == LINE:
        band = f"{level} band" if level and any(row.lower is not None for row in rows) else ""
        tested = f"slope $\\mathit{{p}}${fmt.p_equation(p)}" if p is not None else ""
        inside = "; ".join(part for part in (band, tested) if part)
        return f"{name} ({inside})" if inside else name
    return f"{name} (non-linearity $\\mathit{{p}}${fmt.p_equation(p)})" if p is not None else name


def _rows(companion: Result | None, quantity: str) -> list[EffectRow]:
    if not isinstance(companion, Effects):
        return []
    return [row for row in companion.rows if row.quantity == quantity]


def _rug(axes: Axes, points: Result | None) -> None:
    """A tick per subject: above for an event, below for none; fainter where they are many."""
    if not isinstance(points, Points):
        return
    for event, foot, head in ((0, -STRIP + 1.2, -1.8), (1, 101.8, 100 + STRIP - 1.2)):
        doses = [float(row.x) for row in points.rows if row.y == event and row.x is not None]
        faint = 0.75 if len(doses) <= 80 else 0.4 if len(doses) <= 300 else 0.2
        axes.vlines(
            doses, foot, head, color=style.INK, linewidth=0.7, alpha=faint, zorder=2, clip_on=False,
            gid="rug-event" if event else "rug-none",
        )  # fmt: skip


def _observed(strata: Result | None) -> list[_Rate]:
    """Strata with a rate and a median dose, in order of dose."""
    doses = {row.term: row.estimate for row in _rows(strata, "median_dose") if row.estimate is not None}
    found = []
    for row in _rows(strata, "rate"):
        dose = doses.get(row.term)
        if dose is None or row.estimate is None:
            continue
        share = 1.0 if row.unit == "%" else 100.0
        middle = share * float(row.estimate)
        low, high = (middle if value is None else share * float(value) for value in (row.lower, row.upper))
        found.append(_Rate(float(dose), middle, low, high, int(row.events or 0), int(row.n or 0)))
    return sorted(found, key=lambda rate: rate.dose)


def _rates(axes: Axes, observed: Sequence[_Rate]) -> ErrorbarContainer:
    below = [max(rate.rate - rate.lower, 0.0) for rate in observed]
    above = [max(rate.upper - rate.rate, 0.0) for rate in observed]
    return axes.errorbar(
        [rate.dose for rate in observed], [rate.rate for rate in observed], yerr=[below, above], fmt="o",
        color=style.INK, markersize=4.2, markerfacecolor="white", markeredgewidth=1.0, elinewidth=0.8, capsize=2,
        zorder=4,
    )  # fmt: skip


def _label_rates(axes: Axes, observed: Sequence[_Rate], taken: Sequence[Annotation]) -> None:
    """Events/n above the interval, below it, or beside the point: the first place that hides no other label."""
    figure = style.figure_of(axes)
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]  # canvas() makes every canvas an Agg one
    boxes = [text.get_window_extent(renderer) for text in taken]
    frame = axes.get_window_extent(renderer)
    for rate in observed:
        places = (
            (rate.upper, (0, 3), "center", "bottom"),
            (rate.lower, (0, -3), "center", "top"),
            (rate.rate, (5, 0), "left", "center"),
            (rate.rate, (-5, 0), "right", "center"),
        )
        for height, shift, across, along in places:
            text = _words(axes, f"{rate.events}/{rate.n}", (rate.dose, height), shift, across, along)
            text.set_gid("stratum")
            box = text.get_window_extent(renderer)
            foot, roof = (axes.transData.transform((0.0, at))[1] for at in (-1.0, 101.0))
            inside = box.x0 >= frame.x0 and box.x1 <= frame.x1 and box.y0 >= foot and box.y1 <= roof
            if inside and not any(box.overlaps(other) for other in boxes):
                boxes.append(box)
                break
            text.remove()


def _words(
    axes: Axes, text: str, at: tuple[float, float], shift: tuple[float, float], across: str, along: str
) -> Annotation:
    return axes.annotate(
        text, at, xytext=shift, textcoords="offset points", ha=across, va=along, fontsize=7, color=style.INK,
        path_effects=HALO, zorder=6, annotation_clip=False,
    )  # fmt: skip


def _targets(axes: Axes, result: Curves, estimates: Result | None, line: Sequence[CurveRow]) -> list[Annotation]:
    """Dotted from the axis to the line and down to the dose, with the interval of the dose as a bar on the line."""
    asked = sorted(float(target) for target in result.layout.get("targets", ()))
    rows = {row.term: row for row in _rows(estimates, "dose_for") if not row.contrast and row.estimate is not None}
    rising = not line or float(line[-1].estimate or 0.0) >= float(line[0].estimate or 0.0)
    left, right = axes.get_xlim()
    start = left if rising else right
    texts: list[Annotation] = []
    last = -100.0
    for target in asked:
        row = rows.get(fmt.mark(100.0 * target))
        if row is None or row.estimate is None:
            continue
        dose, height = float(row.estimate), 100.0 * target
        look: dict[str, Any] = {"color": style.MUTED, "linewidth": 0.8, "linestyle": ":", "zorder": 2}
        axes.plot([start, dose, dose], [height, height, -STRIP], gid="target", **look)
        if row.lower is not None or row.upper is not None or row.not_reached:
            seen = (line[0].x, line[-1].x) if line else (dose, dose)
            ends = [
                end if limit is None else float(limit) for limit, end in zip((row.lower, row.upper), seen, strict=True)
            ]
            axes.plot(ends, [height, height], color=style.MUTED, linewidth=0.8, zorder=2, gid="target-interval")
            for value in (row.lower, row.upper):
                if value is not None:
                    axes.plot([float(value)], [height], "|", color=style.MUTED, markersize=5, zorder=2)
        if height - last >= 7.0:
            words = f"{fmt.mark(height)}%: {fmt.measure(row.estimate, row.unit)}"
            shift, across = ((3, 2), "left") if rising else ((-3, 2), "right")
            texts.append(_words(axes, words, (start, height), shift, across, "bottom"))
            texts[-1].set_color(style.MUTED)
            last = height
    return texts
