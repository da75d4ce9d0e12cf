"""Nothing of a figure may be cut off or lie over something else, whatever it is asked to draw."""

from __future__ import annotations

import math
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text

from fixtures import sample_results as samples
from y90outcomes.report.figures import FIGURES, Context, draw_all, group_styles, journal
from y90outcomes.report.figures.points import SWARM_LIMIT, _van_der_corput
from y90outcomes.report.figures.style import PALETTE
from y90outcomes.results import CurveRow, Curves, EffectRow, Effects, PointRow, Points, Result

LONG = {
    "a": "Dose of at least 300 Gy and a perfused liver below 120 Gy",
    "b": "Dose 200–300 Gy",
    "c": "Dose below 200 Gy, whatever the perfused liver received",
    "d": "$ no dose $ recorded",
}


def many_curves() -> Curves:
    rows = []
    for start, group in enumerate(LONG):
        n, s = 1200 - 100 * start, 1.0
        rows.append(CurveRow(group, 0.0, 1.0, 1.0, 1.0, n, 0, 0))
        for k in range(1, 40):
            s *= 0.97 - 0.005 * start
            rows.append(
                CurveRow(group, 1.3 * k + 0.1 * start, s, max(0.0, s - 0.1), min(1.0, s + 0.1), n - 20 * k, 12, 8)
            )
    return Curves(
        id="many",
        title="Survival",
        figure="kaplan_meier",
        x_label="Time",
        y_label="Overall survival",
        groups=LONG,
        group_title="Stratum of dose",
        rows=tuple(rows),
    )


def one_curve() -> Curves:
    rows = [CurveRow("all", 0.0, 1.0, 1.0, 1.0, 18, 0, 0)]
    rows += [CurveRow("all", 2 + 0.7 * k, (17 - k) / 18, None, None, 18 - k, 1, 0) for k in range(18)]
    return Curves(
        id="one", title="Time to surgery", figure="kaplan_meier", y_label="Not yet operated", rows=tuple(rows)
    )


def many_bars() -> Points:
    groups = ("CR", "PR", "SD", "PD", "NE")
    rows = tuple(PointRow("afp", groups[k // 28], k + 1, -100 + 1.5 * k) for k in range(140))
    return Points(
        id="change",
        title="Change of AFP",
        figure="subject_bars",
        x_label="Patients",
        y_label="Change of AFP",
        y_unit="%",
        groups={key: f"Best response {key}, localised mRECIST" for key in groups},
        group_title="Response",
        rows=rows,
    )


def log_points() -> Points:
    groups = {"a": "Complete response", "b": "Progressive disease", "c": "Not evaluable", "d": "Never", "e": "x" * 40}
    rows = tuple(PointRow("afp", "", None, math.exp(k * 7919 % 1000 / 140), "abc"[k % 3]) for k in range(240))
    return Points(
        id="afp.points",
        title="AFP",
        figure="points_over_quartiles",
        y_label="AFP",
        y_unit="ng/mL",
        groups=groups,
        rows=rows,
        layout={"y_scale": "log", "reference_lines": [{"value": 400, "label": "400 ng/mL, the limit of the trial"}]},
    )


def few_bars() -> Points:
    return Points(
        id="few", title="Few", figure="subject_bars", rows=(PointRow("d", "", 1, 12.5), PointRow("d", "", 2, None))
    )


def no_value() -> Points:
    return replace(samples.dose_points(), rows=(PointRow("dose", "partial", None, None, "partial"),))


RATES = {"a": (38.2, 20.0, 58.1, 8, 21), "b": (100.0, 91.0, 100.0, 38, 38), "c": (0.0, 0.0, 7.9, 0, 45), "d": None}


def rates() -> Effects:
    rows = [EffectRow("rate", "all", unit="%", estimate=44.2, lower=35.0, upper=54.0, events=46, n=104)]
    for group, made in RATES.items():
        estimate, lower, upper, events, n = made or (None, None, None, 0, 0)
        rows.append(EffectRow("rate", group, unit="%", estimate=estimate, lower=lower, upper=upper, events=events, n=n))
    return Effects(
        id="bars",
        title="Response",
        figure="response_bars",
        groups={"all": "All", **LONG},
        group_title="Stratum of the absorbed dose of the tumour and of the perfused liver",
        y_label="objective response by localised mRECIST within the treated territory",
        rows=tuple(rows),
    )


def one_rate() -> Effects:
    return replace(rates(), id="one-bar", groups={"all": "All"}, rows=rates().rows[:1])


CASES = [
    samples.dose_points(),
    samples.bars(),
    samples.curves(),
    many_curves(),
    one_curve(),
    many_bars(),
    log_points(),
    few_bars(),
    no_value(),
    rates(),
    one_rate(),
]


def draw(item: Result) -> Figure:
    results = samples.sample()
    context = Context({member.id: member for member in results.items}, group_styles(results), "Synthetic data")
    return FIGURES[item.figure][1](item, context)


@pytest.mark.parametrize("item", CASES, ids=lambda item: item.id)
def test_no_text_is_cut_off_or_lies_over_another(item):
    with journal():
        figure = draw(item)
        figure.canvas.draw()
        renderer = figure.canvas.get_renderer()
        texts = [
            text
            for text in figure.findobj(Text)
            if text.get_visible() and text.get_text().strip() and text.get_text() != "—"
        ]
        (axes,) = figure.axes
        hidden = {id(tick.label2) for axis in (axes.xaxis, axes.yaxis) for tick in axis.get_major_ticks()}
        outside = {
            id(tick.label1)
            for axis in (axes.xaxis, axes.yaxis)
            for tick in axis.get_major_ticks() + axis.get_minor_ticks()
            if not min(axis.get_view_interval()) - 1e-9 <= tick.get_loc() <= max(axis.get_view_interval()) + 1e-9
        }
        shown = [text for text in texts if id(text) not in hidden | outside]
        boxes = [
            (
                text,
                Text.get_window_extent(text, renderer)
                if isinstance(text, Annotation)
                else text.get_window_extent(renderer),
            )
            for text in shown
        ]
        width, height = figure.get_size_inches() * figure.dpi
        for text, box in boxes:
            assert box.x0 >= -0.5, text.get_text()
            assert box.y0 >= -0.5, text.get_text()
            assert box.x1 <= width + 0.5, text.get_text()
            assert box.y1 <= height + 0.5, text.get_text()
        for i, (text, box) in enumerate(boxes):
            for other, beside in boxes[i + 1 :]:
                across = min(box.x1, beside.x1) - max(box.x0, beside.x0)
                down = min(box.y1, beside.y1) - max(box.y0, beside.y0)
                assert across <= 0.6 or down <= 1.6, (text.get_text(), other.get_text())


@pytest.mark.parametrize("item", CASES, ids=lambda item: item.id)
def test_a_figure_fits_a_page_of_a_journal(item):
    with journal():
        width, height = draw(item).get_size_inches()
    assert 3.3 <= width <= 7.0
    assert height <= 6.0


def test_every_subject_with_a_value_is_a_point_at_its_value():
    item = samples.dose_points()
    with journal():
        (axes,) = draw(item).axes
    lines = [line for line in axes.lines if str(line.get_gid()).startswith("points")]
    values = sorted(float(y) for line in lines for y in line.get_ydata())
    assert values == sorted(row.y for row in item.rows)
    for position, line in enumerate(lines):
        assert np.all(np.abs(line.get_xdata() - position) <= 0.4)


def test_points_are_kept_apart():
    with journal():
        figure = draw(samples.dose_points())
        (axes,) = figure.axes
        places = np.vstack([line.get_xydata() for line in axes.lines if str(line.get_gid()).startswith("points")])
        inches = axes.transData.transform(places) / figure.dpi
    apart = np.hypot(*(inches[:, None, :] - inches[None, :, :]).transpose(2, 0, 1))
    np.fill_diagonal(apart, 1.0)
    assert apart.min() >= 0.08


def test_very_many_points_are_spread_without_randomness():
    rows = tuple(PointRow("dose", "", None, 100.0 + k % 50, "partial") for k in range(SWARM_LIMIT + 100))
    item = replace(samples.dose_points(), rows=rows)
    with journal():
        first, second = (draw(item).axes[0].lines[-2].get_xdata() for _ in range(2))
    assert np.array_equal(first, second)
    assert len(set(first.tolist())) == len(first)
    assert _van_der_corput(4).tolist() == [0.5, 0.25, 0.75, 0.125]


def test_boxes_come_from_the_summary_and_from_nowhere_else():
    results = samples.sample()
    item = results["dose_by_necrosis.points"]
    with journal():
        (axes,) = FIGURES[item.figure][1](item, Context({item.id: item})).axes
    assert len(axes.patches) == 0
    with journal():
        (axes,) = draw(item).axes
    assert [patch.get_y() for patch in axes.patches] == [q1 for q1, _, _ in samples.QUARTILES.values()]


def test_the_risk_table_counts_those_whose_time_is_not_over():
    with journal():
        (axes,) = draw(samples.curves()).axes
    risks = [text.get_text() for text in axes.texts if text.get_gid() == "risk-2"]
    assert risks == ["9 (0)", "4 (0)", "2 (1)", "2 (1)", "1 (1)", "1 (1)", "1 (1)", "0 (1)", "0 (1)"]


def test_curves_are_steps_in_per_cent_and_break_at_a_null():
    item = replace(
        samples.curves(), groups={}, rows=(*one_curve().rows[:3], CurveRow("all", 9.0, None, None, None, 5, 1, 0))
    )
    with journal():
        (axes,) = draw(item).axes
    curve = axes.lines[0]
    assert curve.get_drawstyle() == "steps-post"
    assert curve.get_ydata()[:3].tolist() == pytest.approx([100.0, 100 * 17 / 18, 100 * 16 / 18])
    assert np.isnan(curve.get_ydata()[3])


def test_a_group_has_one_look_in_the_whole_report():
    styles = group_styles(samples.sample())
    assert styles["complete"] is PALETTE[0]
    assert len({style.colour for style in styles.values()}) == len(styles)


def test_settings_of_the_user_come_back():
    mpl.rcParams["font.size"] = 13.0
    try:
        draw_all(samples.sample(), "")
        assert mpl.rcParams["font.size"] == 13.0
    finally:
        mpl.rcdefaults()


def test_origin_is_written_into_the_picture():
    with journal():
        figure = draw(samples.curves())
    assert [text.get_text() for text in figure.texts if text.get_gid() == "origin"] == ["Synthetic data"]


def test_a_rate_is_a_bar_with_its_interval_and_numbers_below():
    with journal():
        (axes,) = draw(rates()).axes
    bars = {str(patch.get_gid()): patch.get_height() for patch in axes.patches}
    assert bars == {f"bar-{group}": made[0] for group, made in RATES.items() if made}
    below = [label.get_text().split("\n")[-1] for label in axes.get_xticklabels()]
    assert below == ["8/21", "38/38", "0/45", "0/0"]
    assert [text.get_text() for text in axes.texts] == ["38%", "100%", "0%", "—"]


def test_everybody_together_is_a_bar_only_without_groups():
    with journal():
        (axes,) = draw(one_rate()).axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["All\n46/104"]


def test_bars_show_the_p_of_the_test_beside_them():
    test = Effects(id="bars.tests", title="", rows=(EffectRow("fisher", "stratum", p=0.0123, is_test=True),))
    with journal():
        (axes,) = FIGURES["response_bars"][1](rates(), Context({"bars.tests": test})).axes
    assert [text.get_text() for text in axes.texts if text.get_gid() == "p"] == ["$\\mathit{p}$\u00a0=\u00a00.012"]
