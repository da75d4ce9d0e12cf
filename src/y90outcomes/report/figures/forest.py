"""A forest plot: a line per estimate with its interval on a log axis, counts on the left, numbers on the right."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from y90outcomes.report import format as fmt
from y90outcomes.report.figures import style
from y90outcomes.report.figures.style import Context
from y90outcomes.results.types import EffectRow, Effects

FRAME, NARROW, PAGE = 2.35, 1.7, 7.0
"""Width of the frame in inches, and its least where the columns would make the figure wider than a page."""
LINE = 0.135
"""Height of a line of text in inches."""
PAD = 0.065
"""Space between rows in inches."""
GAP = 0.16
"""Space between columns in inches."""
SIZE = 7.5
"""Points of a text."""
REACH = 6.0
"""An axis ends at most this factor beyond the estimates; intervals that go on end in an arrow."""
WHOLE = "all"
"""Term of rows about everybody, drawn as diamonds."""
COLOUR = "#0072B2"
_P = "$\\mathit{p}$"
NAMES = {
    "hazard_ratio": "Hazard ratio",
    "odds_ratio": "Odds ratio",
    "risk_ratio": "Risk ratio",
    "cause_specific_hazard_ratio": "Cause-specific hazard ratio",
}


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the plot: a heading, or a row of the result."""

    label: str
    row: EffectRow | None = None
    counts: str = ""
    estimate: str = ""
    p: str = ""
    inset: bool = False

    @property
    def height(self) -> float:
        lines = max(text.count("\n") + 1 for text in (self.label, self.estimate))
        return lines * LINE + PAD

    @property
    def whole(self) -> bool:
        return self.row is not None and self.row.term == WHOLE


def forest(result: Effects, context: Context) -> Figure:
    """Ratios of the result in its order; rows of the term "all" are diamonds in bold, and their first a dotted line.

    `layout["headings"]` gives a term a heading, with its interaction p in a column of its own. A row without an
    estimate says why. Squares grow with precision, up to a limit. Cochran's Q and I² stand below where the result has
    them.
    """
    lines = _lines(result)
    figure = style.canvas(6.0, 4.0)
    axes = figure.add_subplot()
    low, high = _range([line.row for line in lines if line.row is not None])
    left = GAP / 2 + max([_width(figure, line) for line in lines], default=0.5) + GAP
    counts_head = "Events/n" if any("/" in line.counts for line in lines) else "n" if any(_counted(lines)) else ""
    counted = max(_measured(figure, text, bold=True) for text in [*_counted(lines), counts_head])
    numbers_head = _numbers_head(result)
    shown = [line.estimate for line in lines if line.row is not None and line.row.estimate is not None]
    numbers = max(_measured(figure, text, bold=True) for text in [*shown, numbers_head])
    wants_p = any(line.p for line in lines)
    p_head = f"Interaction\n{_P}"
    p_width = _measured(figure, p_head, bold=True) + GAP if wants_p else 0.0
    margin_left = left + (counted + GAP if counts_head else 0.0)
    margin_right = GAP + numbers + p_width + GAP / 2
    frame = min(FRAME, max(NARROW, PAGE - margin_left - margin_right))
    stamp = style.stamp(figure, context.origin)
    below = _below(result)
    label = style.wrapped(_axis_label(result), 46, 3)
    under = (below.count("\n") + 1) * LINE + 0.08 if below else 0.0
    bottom = 0.33 + LINE * (label.count("\n") + 1) + under + stamp
    top = 0.2 + LINE * (2 if wants_p else 1)
    height = sum(line.height for line in lines)
    figure.set_size_inches(margin_left + frame + margin_right, top + height + bottom)
    style.place(figure, axes, margin_left, margin_right, bottom, top)
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_ylim(height, 0)
    _axis(axes, low, high, label)
    names_at = -72 * (margin_left - GAP / 2)
    counts_at, numbers_at = -72 * GAP, 72 * GAP
    p_at = 72 * (GAP + numbers + p_width)
    _head(axes, counts_at, counts_head if counted else "", "right")
    _head(axes, numbers_at, numbers_head, "left", 1.0)
    if wants_p:
        _head(axes, p_at, p_head, "right", 1.0)
    first = next((line.row for line in lines if line.whole and line.row and line.row.estimate is not None), None)
    weights = _weights(lines)
    at = 0.0
    for k, line in enumerate(lines):
        middle = at + line.height / 2
        if k % 2 == 0:
            _band(axes, at, line.height, names_at, 72 * (margin_right - GAP / 4))
        weight = "bold" if line.row is None or line.whole else "normal"
        _text(axes, 0.0, names_at + (8 if line.inset else 0), middle, line.label, "left", weight)
        _text(axes, 0.0, counts_at, middle, line.counts, "right", "bold" if line.whole else "normal")
        if line.row is not None and line.row.estimate is not None:
            _text(axes, 1.0, numbers_at, middle, line.estimate, "left", "bold" if line.whole else "normal")
            _interval(axes, line, middle, low, high, weights.get(k, 1.0))
        elif line.row is not None:
            _text(axes, 0.0, 4, middle, line.estimate, "left", "normal", style.MUTED, "not-estimable")
        _text(axes, 1.0, p_at, middle, line.p, "right", "normal")
        at += line.height
    _references(axes, first, lines)
    if below:
        middle = height + bottom - stamp - under / 2
        _text(axes, 0.0, names_at, middle, below, "left", "normal", style.MUTED)
    return figure


def _lines(result: Effects) -> list[_Line]:
    """Headings and rows. Only ratios are drawn; interaction tests give their p to the line that heads their term."""
    headings: Mapping[str, str] = result.layout.get("headings", {})
    tests = {row.term: row for row in result.rows if row.is_test and row.quantity == "interaction"}
    lines: list[_Line] = []
    above = WHOLE
    for row in result.rows:
        if row.is_test or row.quantity not in fmt.RATIOS:
            continue
        heading = headings.get(row.term, "")
        if row.term != above and heading:
            test = tests.get(row.term)
            p = fmt.p_value(test.p) if test is not None else ""
            lines.append(_Line(_heading(heading), p=p))
        above = row.term
        label = row.label.removeprefix(f"{heading}: ") if heading else row.label
        lines.append(
            _Line(
                style.wrapped(label or row.contrast or row.term, 32 if heading else 34, 2),
                row,
                _counts(row),
                _estimate(row),
                "",
                bool(heading),
            )
        )
    return lines


def _heading(text: str) -> str:
    """A heading over as many lines as it needs, four at most."""
    return style.wrapped(text, 34, 4)


def _counts(row: EffectRow) -> str:
    if row.n is None:
        return ""
    return fmt.integer(row.n) if row.events is None else f"{fmt.integer(row.events)}/{fmt.integer(row.n)}"


def _estimate(row: EffectRow) -> str:
    """The estimate with its interval, or why there is none."""
    if row.estimate is None:
        return style.wrapped(f"not estimable: {row.reason}" if row.reason else "not estimable", 64, 2)
    decimals = fmt.decimals_of(row.quantity, row.unit, [row.estimate])
    text = fmt.quantity(row.estimate, decimals)
    if row.lower is None and row.upper is None and not row.not_reached:
        return text
    sides = [
        "∞" if side == "upper" and side in row.not_reached else "0" if side in row.not_reached else ""
        for side in ("lower", "upper")
    ]
    limits = [said or fmt.quantity(value, decimals) for said, value in zip(sides, (row.lower, row.upper), strict=True)]
    return f"{text} ({fmt.RANGE.join(limits)})"


def _numbers_head(result: Effects) -> str:
    rows = [row for row in result.rows if row.quantity in fmt.RATIOS and not row.is_test]
    levels = {fmt.level(row.level) for row in rows if row.level is not None}
    name = _ratio_name(rows)
    return f"{name} ({levels.pop()} CI)" if len(levels) == 1 else name


def _ratio_name(rows: Sequence[EffectRow]) -> str:
    """What the ratios are; "Ratio" where they are of several kinds."""
    kinds = {row.quantity for row in rows}
    return NAMES.get(kinds.pop(), "Ratio") if len(kinds) == 1 else "Ratio"


def _axis_label(result: Effects) -> str:
    rows = [row for row in result.rows if row.quantity in fmt.RATIOS and not row.is_test]
    name = _ratio_name(rows)
    return f"{name}: {result.x_label}" if result.x_label else name


def _below(result: Effects) -> str:
    """Cochran's Q and I² in words."""
    q = next((row for row in result.rows if row.is_test and row.quantity == "heterogeneity"), None)
    share = next((row for row in result.rows if row.quantity == "i_squared"), None)
    parts = []
    if q is not None and q.p is not None and q.statistic is not None:
        parts.append(
            f"Heterogeneity: Q{fmt.NBSP}={fmt.NBSP}{fmt.decimal(q.statistic, 2)} on {fmt.integer(q.df)} df, "
            f"{_P}{fmt.p_equation(q.p)}"
        )
    if share is not None and share.estimate is not None:
        text = f"I²{fmt.NBSP}={fmt.NBSP}{fmt.percent(share.estimate, 1)}"
        if share.lower is not None and share.upper is not None:
            text += f" ({fmt.decimal(share.lower, 0)}{fmt.RANGE}{fmt.decimal(share.upper, 0)}%)"
        parts.append(text)
    text = style.wrapped("; ".join(parts), 90, 2) if parts else ""
    return text.replace(style.wrapped(_P, 90), _P)  # wrapping keeps dollars from the maths parser


def _counted(lines: Sequence[_Line]) -> list[str]:
    return [line.counts for line in lines if line.counts]


def _width(figure: Figure, line: _Line) -> float:
    bold = line.row is None or line.whole
    return _measured(figure, line.label, bold=bold) + (8 / 72 if line.inset else 0.0)


def _measured(figure: Figure, text: str, *, bold: bool) -> float:
    """Width of a text in inches at whatever resolution it is saved; hinting makes it differ by some per cent."""
    if not text.strip():
        return 0.0
    artist = figure.text(0, 0, text, fontsize=SIZE, fontweight="bold" if bold else "normal")
    width = artist.get_window_extent().width / figure.dpi
    artist.remove()
    return 1.08 * float(width)


def _range(rows: Sequence[EffectRow]) -> tuple[float, float]:
    """Ends of the axis: every estimate and 1 inside, limits up to a factor `REACH` beyond the estimates."""
    centres = [1.0, *(float(row.estimate) for row in rows if row.estimate)]
    lowers = [float(row.lower) for row in rows if row.lower]
    uppers = [float(row.upper) for row in rows if row.upper]
    low = max(min([*centres, *lowers]), min(centres) / REACH)
    high = min(max([*centres, *uppers]), max(centres) * REACH)
    spread = max(math.log(high / low), 0.02)
    room = math.exp(0.06 * spread)
    low, high = max(low / room, 1e-300), min(high * room, 1e300)
    return low, high


def _ticks(low: float, high: float) -> list[float]:
    """Round ratios inside the axis, 1 among them, six at most."""
    if high / low < 3.0:
        steps = [float(value) for value in MaxNLocator(5, steps=[1, 2, 5, 10]).tick_values(low, high)]
        inside = [value for value in steps if low <= value <= high]
        return inside if any(abs(value - 1.0) < 1e-9 for value in inside) else sorted([*inside, 1.0])
    powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    fine = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0) if high / low < 8.0 else (1.0, 2.0, 5.0)
    for digits in (fine, (1.0, 2.0, 5.0), (1.0, 3.0), (1.0,)):
        inside = [digit * 10.0**power for power in powers for digit in digits]
        inside = [value for value in inside if low <= value <= high]
        if len(inside) <= 7:
            return inside
    every = max(1, math.ceil(len(inside) / 6))
    return [value for value in inside if math.floor(math.log10(value) + 0.5) % every == 0]


def _tick(value: float) -> str:
    """A ratio on the axis; a power of ten where it has many digits."""
    if 1e-3 <= value < 1e5:
        return fmt.mark(value)
    power = math.floor(math.log10(value) + 1e-9)
    digit = fmt.mark(value / 10.0**power)
    return f"${'' if digit == '1' else digit + chr(92) + 'cdot '}10^{{{power}}}$"


def _axis(axes: Axes, low: float, high: float, label: str) -> None:
    axes.xaxis.set_major_locator(FixedLocator(_ticks(low, high)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value)))
    axes.yaxis.set_major_locator(NullLocator())
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(label)


def _references(axes: Axes, overall: EffectRow | None, lines: Sequence[_Line]) -> None:
    """The line of no effect and the dotted one of everybody, broken where a row says why it has no estimate."""
    at, begins = 0.0, 0.0
    spans = []
    for line in lines:
        if line.row is not None and line.row.estimate is None:
            spans.append((begins, at))
            begins = at + line.height
        at += line.height
    spans.append((begins, at))
    marks: list[tuple[float, str, object, str]] = [(1.0, style.INK, "-", "no-effect")]
    if overall is not None and overall.estimate:
        marks.append((float(overall.estimate), style.MUTED, (0, (1.5, 2)), "overall"))
    for x, colour, dashes, gid in marks:
        for start, end in spans:
            if end > start:
                axes.plot([x, x], [start, end], color=colour, linewidth=0.7, linestyle=dashes, zorder=1.5, gid=gid)


def _weights(lines: Sequence[_Line]) -> dict[int, float]:
    """Line -> side of its square relative to the largest: the root of its precision, not below 0.45."""
    found = {}
    for k, line in enumerate(lines):
        row = line.row
        if row is not None and row.lower and row.upper and float(row.upper) > float(row.lower):
            found[k] = 1.0 / math.log(float(row.upper) / float(row.lower))
    largest = max((size for k, size in found.items() if not lines[k].whole), default=1.0)
    return {k: max(0.45, min(1.0, size / largest)) for k, size in found.items()}


def _interval(axes: Axes, line: _Line, y: float, low: float, high: float, size: float) -> None:
    row = line.row
    if row is None or row.estimate is None:
        return
    centre = float(row.estimate)
    lower = 0.0 if "lower" in row.not_reached else centre if row.lower is None else float(row.lower)
    upper = math.inf if "upper" in row.not_reached else centre if row.upper is None else float(row.upper)
    start, end = max(lower, low), min(upper, high)
    if line.whole and lower >= low and upper <= high and lower < upper:
        corners = np.array([[lower, y], [centre, y - 0.055], [upper, y], [centre, y + 0.055]])
        axes.add_patch(Polygon(corners, closed=True, facecolor=style.INK, edgecolor="none", zorder=3, gid="diamond"))
        return
    colour = style.INK if line.whole else COLOUR
    axes.plot([start, end], [y, y], color=colour, linewidth=1.0, solid_capstyle="butt", zorder=2, gid="interval")
    for limit, edge, marker in ((lower < low, low, "<"), (upper > high, high, ">")):
        if limit:
            axes.plot(
                [edge], [y], marker, color=colour, markersize=4, markeredgewidth=0, clip_on=False, zorder=3, gid="arrow"
            )
    if low <= centre <= high:
        axes.plot(
            [centre], [y], "D" if line.whole else "s", color=colour, markersize=6.0 * size, markeredgewidth=0, zorder=4,
            gid="estimate",
        )  # fmt: skip


def _band(axes: Axes, at: float, height: float, left: float, right: float) -> None:
    """A light band behind every other line, over all columns."""
    width = axes.get_position().width * style.figure_of(axes).get_size_inches()[0] * 72
    patch = Rectangle(
        (left / width, at), (width - left + right) / width, height, transform=axes.get_yaxis_transform(),
        facecolor=style.BOX, alpha=0.55, edgecolor="none", zorder=0, clip_on=False, gid="band",
    )  # fmt: skip
    axes.add_patch(patch)


def _head(axes: Axes, right: float, text: str, align: str, x: float = 0.0) -> None:
    if text:
        axes.annotate(
            text, (x, 1.0), xycoords="axes fraction", xytext=(right, 5), textcoords="offset points", fontsize=SIZE,
            fontweight="bold", ha=align, va="bottom", annotation_clip=False, linespacing=1.15,
        )  # fmt: skip


def _text(
    axes: Axes, x: float, right: float, y: float, text: str, align: str, weight: str, colour: str = style.INK,
    gid: str = "",
) -> None:  # fmt: skip
    """`text` at height y, moved `right` points from the frame's left (x 0) or right (x 1) side."""
    if text.strip():
        axes.annotate(
            text, (x, y), xycoords=("axes fraction", "data"), xytext=(right, 0), textcoords="offset points",
            fontsize=SIZE, fontweight=weight, color=colour, ha=align, va="center", annotation_clip=False,
            linespacing=1.15, gid=gid or None,
        )  # fmt: skip
