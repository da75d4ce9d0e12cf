"""Fragments of a page, and the data and axes of every figure, as they were last looked at and found good."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from fixtures import sample_results as samples
from y90outcomes.report.figures import FIGURES, Context, group_styles, journal
from y90outcomes.report.html import render
from y90outcomes.results import Result


@pytest.fixture(scope="module")
def page() -> str:
    return render(samples.sample(), {})


def element(page: str, id: str) -> str:
    """The figure element with this id, without blank lines."""
    match = re.search(rf'<figure [^>]*id="{re.escape(id)}">.*?</figure>', page, re.DOTALL)
    assert match, id
    return "\n".join(line for line in match[0].splitlines() if line.strip())


@pytest.mark.parametrize(
    "id", ["dose_by_necrosis", "pfs.estimates", "pfs_cox", "nasty", "reproduction", "~7e~inputs", "flow"]
)
def test_fragment(page, id, snapshot):
    assert element(page, f"r-{id}") == snapshot


def test_outline(page, snapshot):
    """Headings in order, with their level."""
    found = re.findall(r"<h([1-6])[^>]*>(.*?)</h\1>", page, re.DOTALL)
    levels = [int(level) for level, _ in found]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert [f"h{level} {text}" for level, text in found] == snapshot


def drawn(figure: Figure) -> dict[str, Any]:
    """What a figure says: axes, texts and data, in data units, rounded to what an eye can tell."""
    (axes,) = figure.axes
    legend = axes.get_legend()
    return {
        "size": [round(float(side), 2) for side in figure.get_size_inches()],
        "x": [axes.get_xlabel(), *np.round(axes.get_xlim(), 3).tolist()],
        "y": [axes.get_ylabel(), axes.get_yscale(), *np.round(axes.get_ylim(), 3).tolist()],
        "x ticks": [text.get_text() for text in axes.get_xticklabels()],
        "y ticks": [text.get_text() for text in axes.get_yticklabels()],
        "legend": [text.get_text() for text in legend.get_texts()] if legend else [],
        "texts": [text.get_text() for text in (*axes.texts, *figure.texts)],
        "lines": [
            {
                "is": line.get_gid() or "curve",
                "colour": str(line.get_color()),
                "points": str(np.round(np.column_stack(line.get_data()).astype(float), 3).tolist()),
            }
            for line in axes.lines
        ],
        "boxes": [
            f"{to_hex(patch.get_facecolor())} {patch.get_hatch() or ''} {np.round(patch.get_bbox().bounds, 3).tolist()}"
            for patch in axes.patches
        ],
        "bands": [len(band.get_paths()) for band in axes.collections if isinstance(band, PolyCollection)],
    }


@pytest.mark.parametrize("id", ["dose_by_necrosis.points", "dose_bars", "pfs"])
def test_figure(id, snapshot):
    results = samples.sample()
    item: Result = results[id]
    context = Context({member.id: member for member in results.items}, group_styles(results), "Synthetic data")
    with journal():
        assert drawn(FIGURES[item.figure][1](item, context)) == snapshot
