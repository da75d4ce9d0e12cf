"""What every figure shares: fonts, colours, margins measured from the texts they must hold, files with fixed bytes.

Colours are Okabe and Ito's (https://jfly.uni-koeln.de/color/), told apart with any colour vision; a group also has its
own hatch, line and marker, so a grey print still tells groups apart. pyplot is never imported: it costs a third of a
second and holds global state.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend

from y90outcomes.report.figures.light import light_png, light_svg
from y90outcomes.results.types import Result, Results

INK = "#1f2328"
MUTED = "#5f6670"
BOX = "#e9ecef"
DPI = 150

LINES: tuple[Any, ...] = ("-", (0, (5, 1.8)), (0, (1.2, 1.2)), (0, (5, 1.5, 1.2, 1.5)))

_STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans", "font.size": 8, "mathtext.fontset": "dejavusans",
    "axes.labelsize": 8, "axes.titlesize": 8, "xtick.labelsize": 7.5, "ytick.labelsize": 7.5, "legend.fontsize": 7.5,
    "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": INK, "xtick.color": INK, "ytick.color": INK,
    "axes.linewidth": 0.7, "xtick.major.width": 0.7, "ytick.major.width": 0.7, "xtick.major.size": 3,
    "ytick.major.size": 3, "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True,
    "hatch.linewidth": 0.6, "lines.linewidth": 1.4, "legend.frameon": False, "legend.handlelength": 1.8,
    "legend.columnspacing": 1.4, "legend.handletextpad": 0.6, "legend.borderaxespad": 0.0, "legend.borderpad": 0.0,
    "svg.fonttype": "path", "savefig.dpi": DPI, "figure.dpi": 100, "axes.formatter.use_locale": False,
    "axes.unicode_minus": True, "path.simplify": False,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class GroupStyle:
    """How one group looks everywhere in a report."""

    colour: str
    hatch: str
    line: Any
    marker: str
    size: float = 4.6


PALETTE = (
    GroupStyle("#0072B2", "", LINES[0], "o"),
    GroupStyle("#D55E00", "////", LINES[1], "s"),
    GroupStyle("#009E73", "\\\\\\\\", LINES[2], "^", 5.2),
    GroupStyle("#CC79A7", "----", LINES[3], "D", 4.2),
    GroupStyle("#E69F00", "||||", LINES[0], "v", 5.2),
    GroupStyle("#56B4E9", "xxxx", LINES[1], "P", 5.4),
    GroupStyle("#6B6F76", "++++", LINES[2], "p", 5.2),
    GroupStyle("#B8A800", "..", LINES[3], "h", 5.2),
)


WHOLE = GroupStyle(INK, "", LINES[0], "o")
"""Everybody together, where a figure has no groups."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a figure may look up beside its own result: companions by id, the style of each group, the origin."""

    companions: Mapping[str, Result] = field(default_factory=dict)
    styles: Mapping[str, GroupStyle] = field(default_factory=dict)
    origin: str = ""

    def companion(self, result: Result, suffix: str) -> Result | None:
        """The result `<head>.<suffix>` beside `<head>…`; suffix "" is the head itself."""
        head = result.id.split(".", 1)[0]
        return self.companions.get(f"{head}.{suffix}" if suffix else head)

    def style(self, keys: list[str]) -> dict[str, GroupStyle]:
        """A style per group of one figure; the report's own where that keeps them apart, else the palette's order."""
        if len(keys) == 1:
            return {key: self.styles.get(key, WHOLE) for key in keys}
        chosen = [self.styles.get(key) for key in keys]
        if None in chosen or len({style.colour for style in chosen if style}) < len(keys):
            return {key: PALETTE[i % len(PALETTE)] for i, key in enumerate(keys)}
        return {key: style for key, style in zip(keys, chosen, strict=True) if style}


def group_styles(results: Results) -> dict[str, GroupStyle]:
    """One style per group key over all results with a figure, so a grade has the same colour on every page."""
    styles: dict[str, GroupStyle] = {}
    for item in results.items:
        if item.figure:
            keys = [key for key in item.groups if key != "all"]
            taken = [styles[key] for key in keys if key in styles]
            free = [look for look in PALETTE if look not in taken] or list(PALETTE)
            new = [key for key in keys if key not in styles]
            styles |= {key: free[i % len(free)] for i, key in enumerate(new)}
    return styles


@contextmanager
def journal() -> Iterator[None]:
    """Fixed settings whatever the user's matplotlibrc says; restored afterwards."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        yield


def svg_and_png(figure: Figure, id: str, title: str) -> tuple[bytes, bytes]:
    """The same bytes for the same figure: ids hashed with the result's id, no date, no creator."""
    mpl.rcParams["svg.hashsalt"] = f"y90-{id}"
    vector, raster = io.BytesIO(), io.BytesIO()
    figure.savefig(vector, format="svg", metadata={"Date": None, "Creator": None, "Title": title})
    figure.savefig(raster, format="png", dpi=DPI, metadata={"Software": None})
    return light_svg(vector.getvalue().decode(), title).encode(), light_png(raster.getvalue(), DPI)


def canvas(width: float, height: float) -> Figure:
    """An empty figure in inches, drawn by Agg."""
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    return figure


def figure_of(axes: Axes) -> Figure:
    """The whole figure axes stand in."""
    figure = axes.figure
    while not isinstance(figure, Figure):
        figure = figure.figure
    return figure


def _renderer(figure: Figure) -> Any:
    return figure.canvas.get_renderer()  # type: ignore[attr-defined]  # canvas() makes every canvas an Agg one


def extent(figure: Figure, text: str, size: float) -> tuple[float, float]:
    """Width and height in inches `text` takes at `size` points."""
    artist = figure.text(0, 0, text, fontsize=size)
    box = artist.get_window_extent(_renderer(figure))
    artist.remove()
    return box.width / figure.dpi, box.height / figure.dpi


def place(figure: Figure, axes: Axes, left: float, right: float, bottom: float, top: float) -> None:
    """The axes' frame by its four margins in inches."""
    width, height = figure.get_size_inches()
    axes.set_position((left / width, bottom / height, (width - left - right) / width, (height - bottom - top) / height))


def legend_above(axes: Axes, handles: list[Any], labels: list[str], title: str, room: float, rise: float) -> Legend:
    """A legend `rise` inches above the axes, left-aligned, in as many columns as `room` inches hold."""
    figure = figure_of(axes)
    height = axes.get_position().height * figure.get_size_inches()[1]
    for columns in count(len(handles), -1):
        legend = axes.legend(
            handles,
            labels,
            title=title or None,
            loc="lower left",
            ncols=max(columns, 1),
            bbox_to_anchor=(0, 1 + rise / height),
            alignment="left",
        )
        legend.get_title().set_fontsize(7.5)
        width = legend.get_window_extent(_renderer(figure)).width / figure.dpi
        if columns <= 1 or width <= room:
            return legend
    raise AssertionError("count() does not end")  # pragma: no cover


def legend_height(figure: Figure, legend: Legend) -> float:
    """Height of a legend in inches."""
    return float(legend.get_window_extent(_renderer(figure)).height / figure.dpi)


def legend_width(figure: Figure, legend: Legend) -> float:
    """Width of a legend in inches."""
    return float(legend.get_window_extent(_renderer(figure)).width / figure.dpi)


def stamp(figure: Figure, label: str) -> float:
    """The origin's label in the lower right corner; the inches it needs at the bottom."""
    if not label:
        return 0.0
    width, height = figure.get_size_inches()
    figure.text(
        1 - 0.06 / width,
        0.05 / height,
        label,
        ha="right",
        va="bottom",
        fontsize=7,
        style="italic",
        color=MUTED,
        gid="origin",
    )
    return 0.14


def with_unit(label: str, unit: str) -> str:
    """An axis label with its unit in brackets, unless the label names it already."""
    return f"{label} ({unit})" if label and unit and f"({unit})" not in label else label or unit


def wrapped(text: str, width: int, lines: int = 3) -> str:
    """`text` over at most `lines` lines; what does not fit ends in an ellipsis. `$` is kept from the maths parser."""
    return "\n".join(textwrap.wrap(text, width, max_lines=lines, placeholder="…")).replace("$", r"\$") or " "


def reference_lines(axes: Axes, result: Result, zorder: float = 1.5) -> float:
    """Dashed lines the protocol names, labelled right of the frame; the inches the labels need there."""
    needed = 0.0
    for line in result.layout.get("reference_lines", ()):
        text = wrapped(str(line.get("label", line["value"])), 18)
        axes.axhline(
            float(line["value"]), color=MUTED, linewidth=0.8, linestyle=(0, (4, 2)), zorder=zorder, gid="reference"
        )
        axes.annotate(
            text,
            (1, float(line["value"])),
            xycoords=("axes fraction", "data"),
            xytext=(3, 0),
            va="center",
            ha="left",
            textcoords="offset points",
            fontsize=7,
            color=MUTED,
            annotation_clip=False,
        )
        needed = max(needed, extent(figure_of(axes), text, 7)[0] + 0.12)
    return needed
