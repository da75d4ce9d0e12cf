"""Pictures in fewer bytes are the same pictures."""

from __future__ import annotations

import io

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from y90outcomes.report.figures.light import light_png, light_svg


def drawn(form: str) -> bytes:
    figure = Figure(figsize=(2, 2))
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.plot([0, 1, 2], [1.23456789, 3, 2], marker="o")
    axes.scatter(np.arange(4), np.arange(4), c="red")
    axes.set_title("A <b> & 'c'")
    made = io.BytesIO()
    figure.savefig(made, format=form, dpi=150)
    return made.getvalue()


def test_an_svg_keeps_its_marks_and_title_and_loses_half_its_spaces():
    whole = drawn("svg").decode()
    light = light_svg(whole, "A <b> & 'c'")
    assert len(light) < 0.9 * len(whole)
    assert "<title>A &lt;b&gt; &amp; &#x27;c&#x27;</title>" in light
    assert light.count("<use ") == whole.count("<use ")
    assert light.count("<path ") == whole.count("<path ")
    assert light.count("<g") - whole.count("<g") == light.count("</g>") - whole.count("</g>")
    assert "scale(0.015625)" in light  # the size of letters is not rounded
    assert light_svg(whole, "x") == light_svg(whole, "x")


def test_a_png_keeps_its_size_resolution_and_colours():
    whole, light = drawn("png"), light_png(drawn("png"), 150)
    before, after = Image.open(io.BytesIO(whole)).convert("RGB"), Image.open(io.BytesIO(light))
    assert len(light) < len(whole)
    assert after.size == before.size
    assert round(after.info["dpi"][0]) == 150
    apart = np.abs(np.asarray(before, dtype=int) - np.asarray(after.convert("RGB"), dtype=int))
    assert apart.mean() < 1
    assert np.quantile(apart, 0.999) < 32
