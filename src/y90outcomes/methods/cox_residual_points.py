"""Residuals of a Cox model as points of a figure: against time, or against each number in the model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from y90outcomes.estimators.cox_residuals import martingale_residuals, scaled_schoenfeld_residuals
from y90outcomes.estimators.lowess import lowess
from y90outcomes.methods.cox_model import Fitted
from y90outcomes.results import Note, PointRow, Points
from y90outcomes.study.analyses import CoxAnalysis

Floats = npt.NDArray[np.float64]
SMOOTH = "smooth"
POINT = "point"
_WORDS = {
    "schoenfeld": "Scaled Schoenfeld residuals estimate each coefficient at each event; a line that is not level "
    "speaks against proportional hazards.",
    "martingale": "Martingale residuals against each number of the model; a line that is not level speaks against "
    "its form.",
}


def residual_points(made: Fitted, id: str, spec: CoxAnalysis, unit: str, shared: Mapping[str, Any]) -> list[Points]:
    """`<id>.schoenfeld` and `<id>.martingale` as the page asks: one series per panel, and a lowess line of each."""
    found = []
    for kind in spec.residuals:
        panels = list(_schoenfeld(made, unit) if kind == "schoenfeld" else _martingale(made))
        rows = [row for name, _, x, y in panels for row in _rows(name, x, y)]
        title = "Schoenfeld residuals" if kind == "schoenfeld" else "Martingale residuals"
        found.append(
            Points(
                id=f"{id}.{kind}",
                title=f"{spec.title}: {title}",
                figure="residuals",
                y_label="Coefficient at each event" if kind == "schoenfeld" else "Martingale residual",
                x_label=f"Time ({unit})" if kind == "schoenfeld" else "",
                rows=tuple(rows),
                layout={"grain": made.selection.grain, "panels": {name: label for name, label, _, _ in panels}},
                notes=(Note("residuals", _WORDS[kind]),),
                **{**shared, "caption": "", "conventions": {}},
            )
        )
    return found


def _schoenfeld(made: Fitted, unit: str) -> Iterator[tuple[str, str, Floats, Floats]]:
    residual = scaled_schoenfeld_residuals(made.fit.kernel)
    for place, column in enumerate(made.design.columns):
        yield column.name, column.label(made.selection.meaning(column.term)), residual.time, residual.residual[:, place]


def _martingale(made: Fitted) -> Iterator[tuple[str, str, Floats, Floats]]:
    residual = martingale_residuals(made.fit.kernel)
    for column in made.design.columns:
        known = made.selection.meaning(column.term)
        if known.numeric:
            values = made.selection.values(column.term).to_numpy(dtype=float)[made.design.whole]
            yield column.name, f"{known.label} ({known.unit})" if known.unit else known.label, values, residual


def _rows(series: str, x: Floats, y: Floats) -> Iterator[PointRow]:
    """Points in the order of x, then y, so no order of subjects shows; then the line. Nothing where there is no fit."""
    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known], y[known]
    order = np.lexsort((y, x))
    for a, b in zip(x[order].tolist(), y[order].tolist(), strict=True):
        yield PointRow(series, POINT, a, b, series)
    for a, b in zip(*(part.tolist() for part in lowess(x, y)), strict=True):
        yield PointRow(f"{series}.{SMOOTH}", SMOOTH, a, b, series)
