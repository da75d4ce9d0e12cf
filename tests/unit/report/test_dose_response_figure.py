"""The dose–response figure: what it draws, what it does without companions, and no text cut off or over another."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from y90outcomes.report.figures import FIGURES, Context, journal
from y90outcomes.results import CurveRow, Curves, EffectRow, Effects, PointRow, Points, Result

STRATA = {"a": "below 200 Gy", "b": "200 to below 300 Gy", "c": "300 Gy and above"}


def share(dose: float, middle: float = 250.0, slope: float = 0.02) -> float:
    return 1.0 / (1.0 + math.exp(-slope * (dose - middle)))


def curve(*, slope: float = 0.02, spline: bool = True, end: float = 600.0, **more: Any) -> Curves:
    """An invented curve; nothing in it comes from a patient."""
    rows = []
    for group in ("line", "spline") if spline else ("line",):
        for k in range(101):
            dose = 40.0 + (end - 40.0) * k / 100
            p = share(dose, 250.0 if group == "line" else 240.0, slope)
            rows.append(CurveRow(group, dose, p, 0.7 * p, min(1.3 * p, 1.0), None, None, None))
    given: dict[str, Any] = {
        "title": "Response over dose",
        "figure": "dose_response",
        "x_label": "Tumour absorbed dose",
        "x_unit": "Gy",
        "y_label": "Objective response",
        "groups": {"line": "Logistic regression", "spline": "Restricted cubic spline, 4 knots"},
        "layout": {"targets": [0.2, 0.5, 0.8]},
    } | more
    return Curves(id="dr", rows=tuple(rows), **given)


def points(n: int = 60) -> Points:
    rows = [PointRow("rug", "", 40.0 + 9.0 * k, int(share(40.0 + 9.0 * k) > (k * 37 % 100) / 100)) for k in range(n)]
    return Points(id="dr.points", title="Response over dose", rows=tuple(rows))


def strata(doses: tuple[float, ...] = (150.0, 250.0, 400.0), title: str = "Dose stratum") -> Effects:
    rows = []
    for key, dose in zip(STRATA, doses, strict=False):
        rate = 100 * share(dose)
        limits = {"lower": max(rate - 20, 0.0), "upper": min(rate + 20, 100.0)}
        rows.append(EffectRow("rate", key, estimate=rate, **limits, unit="%", n=40, events=round(0.4 * rate)))
        rows.append(EffectRow("median_dose", key, estimate=dose, unit="Gy"))
    return Effects(id="dr.strata", title="Rates", groups=STRATA, group_title=title, rows=tuple(rows))


def estimates() -> Effects:
    def dose_for(p: str, dose: float, lower: float | None, upper: float | None, *beyond: str) -> EffectRow:
        return EffectRow("dose_for", p, unit="Gy", estimate=dose, lower=lower, upper=upper, not_reached=beyond)

    rows = (
        EffectRow("odds_ratio", "dose", estimate=7.4, lower=3.0, upper=15.0, level=0.95, p=0.0001),
        EffectRow("odds_ratio_firth", "dose", estimate=6.9, lower=3.0, upper=14.0, level=0.95, p=0.2, primary=False),
        EffectRow("nonlinearity", "dose", p=0.31, is_test=True),
        dose_for("20", 180.7, None, 210.0, "lower"),
        dose_for("50", 250.0, 225.0, 280.0),
        EffectRow("dose_for", "50", "delta", unit="Gy", estimate=250.0, lower=226.0, upper=274.0),
        dose_for("80", 319.3, 290.0, None, "upper"),
    )
    return Effects(id="dr.estimates", title="Numbers", rows=rows)


def draw(item: Curves, *companions: Result) -> Figure:
    with journal():
        context = Context({member.id: member for member in (item, *companions)}, {}, "Synthetic data")
        figure = FIGURES["dose_response"][1](item, context)
        figure.canvas.draw()
    return figure


def gids(figure: Figure) -> list[str]:
    return [str(artist.get_gid()) for artist in figure.findobj() if artist.get_gid()]


def words(figure: Figure) -> list[str]:
    (axes,) = figure.axes
    legend = axes.get_legend()
    named = [text.get_text() for text in legend.get_texts()] if legend else []
    return named + [text.get_text() for text in axes.texts]


def no_curve() -> Curves:
    rows = (
        CurveRow("line", 40.0, None, None, None, None, None, None, "no events"),
        CurveRow("line", 300.0, None, None, None, None, None, None, "no events"),
    )
    return replace(curve(), rows=rows)


LONG = "Objective response of the target lesions by localised mRECIST, best of all assessments in 400 days"
CASES: dict[str, tuple[Curves, tuple[Result, ...]]] = {
    "whole": (curve(), (points(), strata(), estimates())),
    "alone": (curve(), ()),
    "falling": (curve(slope=-0.02), (points(), strata(), estimates())),
    "no curve": (no_curve(), (points(), strata())),
    "strata at one dose": (curve(), (strata((250.0, 255.0, 260.0)), estimates())),
    "strata at the edges": (curve(slope=0.2), (strata((41.0, 44.0, 599.0)),)),
    "close targets": (curve(layout={"targets": [0.5, 0.52, 0.55, 0.8]}), (estimates(),)),
    "many": (curve(), (points(900),)),
    "long words": (
        curve(x_label="Absorbed dose of the tumour, planned on MAA, rescaled to the activity delivered", y_label=LONG),
        (points(), strata(title="Stratum of tumour absorbed dose as the protocol has cut it, in $ and in grays"),
         estimates()),
    ),
    "huge": (curve(end=6e7), (estimates(),)),
    "one dose": (replace(no_curve(), rows=no_curve().rows[:1]), ()),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_no_text_is_cut_off_or_lies_over_another(name: str) -> None:
    item, companions = CASES[name]
    figure = draw(item, *companions)
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    (axes,) = figure.axes
    legend = axes.get_legend()
    shown = [
        *axes.texts,
        *figure.texts,
        axes.xaxis.label,
        axes.yaxis.label,
        axes.xaxis.get_offset_text(),
        *(legend.get_texts() if legend else []),
    ]
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        shown += [tick.label1 for tick in axis.get_major_ticks() if low - 1e-9 <= tick.get_loc() <= high + 1e-9]
    shown = [text for text in shown if text.get_text().strip()]
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in shown]
    width, height = figure.get_size_inches() * figure.dpi
    for text, box in boxes:
        assert box.x0 >= -0.5, text
        assert box.y0 >= -0.5, text
        assert box.x1 <= width + 0.5, text
        assert box.y1 <= height + 0.5, text
    for i, (text, box) in enumerate(boxes):
        for other, beside in boxes[i + 1 :]:
            apart = (
                box.x1 <= beside.x0 + 1 or beside.x1 <= box.x0 + 1 or box.y1 <= beside.y0 + 1 or beside.y1 <= box.y0 + 1
            )
            assert apart, (text, other)
    assert 3.5 <= figure.get_size_inches()[0] <= 5.0


def test_the_whole_figure_says_what_it_holds() -> None:
    figure = draw(*(CASES["whole"][0], *CASES["whole"][1]))
    found = gids(figure)
    assert found.count("curve") == 2
    assert found.count("band") == 1
    assert found.count("target") == 3
    said = " ".join(words(figure))
    assert "95% band; slope $\\mathit{p}$\xa0<\xa00.001" in said
    assert "non-linearity $\\mathit{p}$\xa0=\xa00.31" in said
    assert "Observed by dose stratum (events/n)" in said
    for label in ("20%: 181\xa0Gy", "50%: 250\xa0Gy", "80%: 319\xa0Gy", "5/40", "20/40", "38/40"):
        assert label in said


def test_rug_has_events_above_and_the_others_below() -> None:
    figure = draw(curve(), points())
    (axes,) = figure.axes
    (above,), (below,) = (axes.findobj(lambda a, name=name: a.get_gid() == name) for name in ("rug-event", "rug-none"))
    assert all(segment[:, 1].min() > 100 for segment in above.get_segments())
    assert all(segment[:, 1].max() < 0 for segment in below.get_segments())
    assert len(above.get_segments()) + len(below.get_segments()) == 60


def test_without_companions_the_curve_stands_alone() -> None:
    figure = draw(curve())
    assert [name for name in gids(figure) if name != "origin"] == ["band", "curve", "curve"]
    assert words(figure) == ["Logistic regression", "Restricted cubic spline, 4 knots"]


def test_a_limit_not_reached_ends_where_the_doses_end() -> None:
    figure = draw(curve(), estimates())
    (axes,) = figure.axes
    bars = [line.get_xdata() for line in axes.lines if line.get_gid() == "target-interval"]
    assert [tuple(map(float, bar)) for bar in bars] == [(40.0, 210.0), (225.0, 280.0), (290.0, 600.0)]


def test_a_falling_curve_is_labelled_at_the_right() -> None:
    figure = draw(curve(slope=-0.02), estimates())
    labels = [text for text in figure.axes[0].texts if isinstance(text, Annotation) and "%:" in text.get_text()]
    assert {text.get_ha() for text in labels} == {"right"}
