"""Figures: one function per picture, each taking a result's shape. `FIGURES` is the whole list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from matplotlib.figure import Figure

from y90outcomes.errors import Fault, InputError, choices
from y90outcomes.report.figures.bars import subject_bars
from y90outcomes.report.figures.cumulative_incidence import cumulative_incidence
from y90outcomes.report.figures.curve_width import curve_width
from y90outcomes.report.figures.dose_response import dose_response
from y90outcomes.report.figures.forest import forest
from y90outcomes.report.figures.kaplan_meier import kaplan_meier
from y90outcomes.report.figures.points import points_over_quartiles
from y90outcomes.report.figures.residuals import residuals
from y90outcomes.report.figures.response_bars import response_bars
from y90outcomes.report.figures.roc import roc
from y90outcomes.report.figures.style import Context, group_styles, journal, svg_and_png
from y90outcomes.results.types import Curves, Effects, Points, Result, Results

FIGURES: Mapping[str, tuple[type[Result], Callable[[Any, Context], Figure]]] = MappingProxyType(
    {
        "points_over_quartiles": (Points, points_over_quartiles),
        "subject_bars": (Points, subject_bars),
        "kaplan_meier": (Curves, kaplan_meier),
        "residuals": (Points, residuals),
        "forest": (Effects, forest),
        "cumulative_incidence": (Curves, cumulative_incidence),
        "dose_response": (Curves, dose_response),
        "roc": (Curves, roc),
        "curve_width": (Curves, curve_width),
        "response_bars": (Effects, response_bars),
    }
)
"""Name in the protocol -> the shape it draws and the function that draws it."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure's files and its width in inches."""

    svg: bytes
    png: bytes
    width: float


def check(results: Results) -> None:
    """InputError naming every figure that is unknown or asks for another shape."""
    faults = []
    for item in results.items:
        if not item.figure:
            continue
        place = f"result {item.id!r}"
        if item.figure not in FIGURES:
            faults.append(Fault(place, f"no figure {item.figure!r}", choices(item.figure, FIGURES), "change `figure`"))
        elif not isinstance(item, FIGURES[item.figure][0]):
            shape = FIGURES[item.figure][0].shape
            faults.append(
                Fault(place, f"figure {item.figure!r} draws {shape}, not {item.shape}", action="change `figure`")
            )
    if faults:
        raise InputError(faults)


def draw_all(results: Results, origin: str) -> dict[str, Drawing]:
    """Every figure the results ask for, by result id. A result without a row has none."""
    companions = {item.id: item for item in results.items}
    context = Context(companions, group_styles(results), origin)
    drawings = {}
    for item in results.items:
        if item.figure and item.rows:  # type: ignore[attr-defined]  # every shape has rows
            with journal():
                figure = FIGURES[item.figure][1](item, context)
                svg, png = svg_and_png(figure, item.id, item.title)
            drawings[item.id] = Drawing(svg, png, float(figure.get_size_inches()[0]))
    return drawings


__all__ = ["FIGURES", "Context", "Drawing", "check", "draw_all", "group_styles", "journal"]
