"""The figure of residuals: a panel per series with its points and its line, and room for the stamp."""

from __future__ import annotations

import pytest
from matplotlib.figure import Figure

from y90outcomes.report.figures import journal
from y90outcomes.report.figures.residuals import residuals
from y90outcomes.report.figures.style import Context
from y90outcomes.results import PointRow, Points


def made(panels: dict[str, str], x_label: str = "Time (months)") -> Points:
    rows = []
    for place, name in enumerate(panels):
        rows += [PointRow(name, "point", x, x - 2 + place, name) for x in (1.0, 2.0, 3.0)]
        rows += [PointRow(f"{name}.smooth", "smooth", x, 0.5, name) for x in (1.0, 3.0)]
    return Points(
        id="a.schoenfeld", title="A", figure="residuals", x_label=x_label, y_label="Coefficient at each event",
        rows=tuple(rows), layout={"panels": panels},
    )  # fmt: skip


def draw(item: Points, origin: str = "") -> Figure:
    with journal():
        figure = residuals(item, Context({item.id: item}, origin=origin))
        figure.draw_without_rendering()
    return figure


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_panel_per_series_with_its_points_and_line(count: int) -> None:
    panels = {f"s{place}": f"Series {place}" for place in range(count)}
    figure = draw(made(panels))
    assert len(figure.axes) == count
    for place, (axes, label) in enumerate(zip(figure.axes, panels.values(), strict=True)):
        points = next(line for line in axes.lines if line.get_marker() == "o")
        assert points.get_ydata().tolist() == [-1 + place, place, 1 + place]
        (smooth,) = [line for line in axes.lines if line.get_gid() == "smooth"]
        assert smooth.get_xdata().tolist() == [1.0, 3.0]
        assert axes.get_title(loc="left") == label
        assert axes.get_xlabel() == "Time (months)"


def test_without_a_common_axis_each_panel_names_its_own() -> None:
    figure = draw(made({"dose": "Dose (Gy)"}, x_label=""))
    assert figure.axes[0].get_xlabel() == "Dose (Gy)"
    assert figure.axes[0].get_title(loc="left") == ""


def test_the_stamp_stands_below_everything() -> None:
    figure = draw(made({"dose": "Dose"}), origin="Synthetic data")
    (stamp,) = [text for text in figure.texts if text.get_text() == "Synthetic data"]
    assert stamp.get_window_extent().y1 <= figure.axes[0].xaxis.label.get_window_extent().y0
