"""The ROC figure: a square frame, the corners of the curve, cutoffs and their names, labels that fit."""

from __future__ import annotations

import itertools

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from y90outcomes.report.figures import journal
from y90outcomes.report.figures.roc import roc
from y90outcomes.report.figures.style import Context
from y90outcomes.results import CurveRow, Curves, EffectRow, Effects


def curve(groups: dict[str, str], rows: list[tuple[str, float, float, int]], events: int = 4) -> Curves:
    return Curves(
        id="a", title="A", figure="roc", groups=groups, events=events, x_unit="", layout={"direction": "higher"},
        rows=tuple(CurveRow(group, x, y, None, None, None, gained, None) for group, x, y, gained in rows),
    )  # fmt: skip


ONE = curve({"dose": "Dose"}, [("dose", 0, 0.25, 1), ("dose", 0.5, 0.75, 1), ("dose", 1, 1, 1)])
AREA = Effects(
    id="a.estimates", title="A", rows=(EffectRow("auc", "dose", estimate=0.75, lower=0.534, upper=0.966, level=0.95),)
)


def cutoffs(*places: tuple[str, float, float, float], convention: str = "cutoff_value=observed") -> Effects:
    rows = []
    for term, value, x, y in places:
        rows += [
            EffectRow("cutoff", term, estimate=value, unit="Gy", convention=convention),
            EffectRow("sensitivity", term, estimate=y, unit="%"),
            EffectRow("specificity", term, estimate=100 - x, unit="%"),
        ]
    return Effects(id="a.cutoffs", title="A", rows=tuple(rows))


def draw(item: Curves, *beside: Effects, origin: str = "") -> Figure:
    with journal():
        figure = roc(item, Context({made.id: made for made in (item, *beside)}, origin=origin))
        figure.canvas.draw()
    return figure


def drawn(figure: Figure, gid: str) -> list:
    axes = figure.axes[0]
    return [artist for artist in (*axes.lines, *axes.texts) if artist.get_gid() == gid]


def test_the_frame_is_square_and_the_curve_has_its_corners() -> None:
    figure = draw(ONE, AREA, origin="Synthetic data")
    box = figure.axes[0].get_window_extent()
    assert box.width == pytest.approx(box.height, abs=0.5)
    (line,) = drawn(figure, "curve-dose")
    corners = list(zip(*(values.tolist() for values in line.get_data()), strict=True))
    # From 25 to 50 the tie slants; the vertical at 50 holds one event of four.
    assert corners == [(0, 0), (0, 0), (0, 25), (50, 50), (50, 75), (100, 75), (100, 100)]
    assert len(drawn(figure, "diagonal")) == 1
    legend = figure.axes[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["Dose: AUC 0.75 (95% CI 0.53–0.97)"]


def test_cutoffs_of_one_point_share_a_circle() -> None:
    places = cutoffs(("youden", 388, 50, 75), ("closest_topleft", 388, 50, 75), ("fixed_390", 390, 50, 75))
    figure = draw(ONE, AREA, places)
    assert len(drawn(figure, "cutoff")) == 1
    assert [text.get_text() for text in drawn(figure, "cutoff-name")] == ["≥\u00a0388\u00a0Gy, ≥\u00a0390\u00a0Gy"]


def test_names_of_cutoffs_do_not_touch_and_stay_inside() -> None:
    places = cutoffs(*((f"fixed_{k}", 100.0 * k + 1234567, 90 + k, 99 - k) for k in range(9)))
    figure = draw(ONE, AREA, places)
    boxes = [Text.get_window_extent(text) for text in drawn(figure, "cutoff-name")]  # without the line to the circle
    assert len(boxes) == 9
    assert all(first.y0 >= second.y1 - 1 for first, second in itertools.pairwise(boxes))
    assert all(box.x1 <= figure.bbox.x1 for box in boxes)


def test_medcalc_prints_greater_than() -> None:
    figure = draw(ONE, cutoffs(("youden", 382, 50, 75), convention="cutoff_value=medcalc"))
    assert drawn(figure, "cutoff-name")[0].get_text() == ">\u00a0382\u00a0Gy"


def test_long_names_keep_their_area_on_a_line_of_its_own_inside_the_figure() -> None:
    long = "Tumour absorbed dose of the largest lesion, measured on positron emission tomography after $ treatment"
    item = curve(
        {"dose": long, "size": "Size"}, [("dose", 0, 0.5, 2), ("dose", 1, 1, 2), ("size", 0, 0, 0), ("size", 1, 1, 0)]
    )
    figure = draw(item, AREA)
    texts = figure.axes[0].get_legend().get_texts()
    assert texts[0].get_text().endswith("\nAUC 0.75 (95% CI 0.53–0.97)")
    assert texts[1].get_text() == "Size"
    assert all(text.get_window_extent().x1 <= figure.bbox.x1 for text in texts)
    assert all(text.get_window_extent().y1 <= figure.bbox.y1 for text in texts)


def test_a_curve_alone_needs_no_companion() -> None:
    figure = draw(ONE)
    assert figure.axes[0].get_legend().get_texts()[0].get_text() == "Dose"
    assert drawn(figure, "cutoff") == []
