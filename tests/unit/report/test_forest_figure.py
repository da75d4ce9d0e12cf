"""Forest plots: nothing cut off or over something else, every number at its place, arrows, reasons, forty rows."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text

from y90outcomes.report.figures import FIGURES, Context, journal
from y90outcomes.report.figures.forest import PAGE, _ticks
from y90outcomes.results import EffectRow, Effects

LONG = "Portal vein tumour thrombosis at baseline, by imaging, as the centre read it"


def ratio(term: str, level: str | None, label: str, estimate: float, half: float, n: int = 80) -> EffectRow:
    return EffectRow(
        quantity="hazard_ratio", term=term, contrast=level, label=label, estimate=estimate, level=0.95, n=n,
        lower=estimate * math.exp(-half), upper=estimate * math.exp(half), events=n // 2,
    )  # fmt: skip


def lost(term: str, level: str, label: str, reason: str) -> EffectRow:
    return EffectRow(
        quantity="hazard_ratio", term=term, contrast=level, label=label, valid=False, reason=reason, n=4, events=0
    )


def subgroups() -> Effects:
    return Effects(
        id="s",
        title="S",
        figure="forest",
        x_label="Tumour absorbed dose, per 100 Gy",
        layout={"headings": {"sex": "Sex", "vein": LONG, "stage": "Stage"}},
        rows=(
            ratio("all", None, "All", 0.72, 0.2, 209),
            ratio("sex", "f", "Sex: female", 0.61, 0.5),
            ratio("sex", "m", "Sex: male", 0.75, 0.22),
            EffectRow(quantity="interaction", term="sex", p=0.41, is_test=True),
            ratio("vein", "main", f"{LONG}: {LONG}", 0.3, 4.0),
            lost("vein", "none", f"{LONG}: none", "the likelihood keeps rising along dose (monotone likelihood) " * 3),
            EffectRow(quantity="interaction", term="vein", p=0.0496, is_test=True),
            replace(ratio("stage", "a", "Stage: A", 2.0, 1.0), upper=None, not_reached=("upper",)),
            lost("stage", "d", "Stage: D $", "no events"),
            EffectRow(quantity="interaction", term="stage", is_test=True, valid=False, reason="too few"),
        ),
    )


def centres(count: int = 36) -> Effects:
    rows = [ratio("all", "stratified", "Stratified by centre", 0.71, 0.2, 1209), ratio("all", "naive", "All", 0.7, 0.2)]
    rows += [ratio("centre", str(k), f"Centre: {LONG[:9]} {k}", math.exp((k % 7 - 3) / 4), 0.4) for k in range(count)]
    rows += [
        EffectRow(quantity="interaction", term="centre", p=0.2, is_test=True),
        EffectRow(quantity="heterogeneity", term="centre", p=0.3, statistic=12.3, df=11, is_test=True),
        EffectRow(quantity="i_squared", term="centre", estimate=10.4, lower=0.0, upper=45.2, level=0.95, unit="%"),
    ]
    return Effects(id="c", title="C", figure="forest", layout={"headings": {"centre": "Centre"}}, rows=tuple(rows))


def alone(estimate: float, half: float) -> Effects:
    row = replace(ratio("all", None, "All", estimate, half), quantity="odds_ratio", n=None, events=None)
    return Effects(id=f"one_{estimate:g}", title="O", figure="forest", rows=(row,))


def nothing() -> Effects:
    return Effects(id="none", title="N", figure="forest", rows=(lost("all", "x", "All", "no events"),))


CASES = [
    subgroups(), centres(), centres(2), alone(1.004, 0.003), alone(1e-6, 3.0), alone(4e7, 9.0), alone(1.0, 0.0),
    nothing(),
]  # fmt: skip


def draw(item: Effects) -> Figure:
    return FIGURES["forest"][1](item, Context({item.id: item}, {}, "Synthetic data"))


def axes_of(item: Effects) -> Axes:
    with journal():
        (axes,) = draw(item).axes
    return axes


@pytest.mark.parametrize("dpi", [100, 150])
@pytest.mark.parametrize("item", CASES, ids=lambda item: item.id + str(len(item.rows)))
def test_no_text_is_cut_off_or_lies_over_another(item: Effects, dpi: int) -> None:
    with journal():
        figure = draw(item)
        figure.set_dpi(dpi)
        figure.canvas.draw()
        renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
        (axes,) = figure.axes
        hidden = {id(tick.label2) for tick in axes.xaxis.get_major_ticks()}
        texts = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip() and id(t) not in hidden]  # type: ignore[union-attr]
        boxes = [
            (t.get_text(), Text.get_window_extent(t, renderer) if isinstance(t, Annotation) else t.get_window_extent())  # type: ignore[union-attr]
            for t in texts
        ]
        width, height = figure.get_size_inches() * figure.dpi
    for text, box in boxes:
        assert box.x0 >= -0.5, text
        assert box.y0 >= -0.5, text
        assert box.x1 <= width + 0.5, text
        assert box.y1 <= height + 0.5, text
    for i, (text, box) in enumerate(boxes):
        for other, beside in boxes[i + 1 :]:
            across = min(box.x1, beside.x1) - max(box.x0, beside.x0)
            down = min(box.y1, beside.y1) - max(box.y0, beside.y0)
            assert across <= 0.6 or down <= 2.4, (text, other)


@pytest.mark.parametrize("item", CASES, ids=lambda item: item.id + str(len(item.rows)))
def test_a_forest_fits_a_page(item: Effects) -> None:
    with journal():
        width, height = draw(item).get_size_inches()
    assert width <= PAGE + 0.5
    assert height <= 10.0


def test_every_estimate_stands_at_its_value_on_a_log_axis() -> None:
    item = subgroups()
    axes = axes_of(item)
    assert axes.get_xscale() == "log"
    squares = [line.get_xdata()[0] for line in axes.lines if line.get_gid() == "estimate"]
    shown = [row.estimate for row in item.rows if row.estimate is not None and row.term != "all"]
    assert squares == shown
    (diamond,) = [patch for patch in axes.patches if patch.get_gid() == "diamond"]
    assert diamond.get_xy()[:3, 0].tolist() == pytest.approx(  # type: ignore[attr-defined]
        [item.rows[0].lower, item.rows[0].estimate, item.rows[0].upper]
    )
    assert {line.get_xdata()[0] for line in axes.lines if line.get_gid() == "no-effect"} == {1.0}
    assert {line.get_xdata()[0] for line in axes.lines if line.get_gid() == "overall"} == {0.72}


def test_limits_beyond_the_axis_end_in_arrows_and_are_printed_all_the_same() -> None:
    axes = axes_of(subgroups())
    low, high = axes.get_xlim()
    arrows = [line.get_xdata()[0] for line in axes.lines if line.get_gid() == "arrow"]
    assert sorted(arrows) == pytest.approx([low, high])
    texts = [text.get_text() for text in axes.texts]
    assert "0.30 (0.01–16.38)" in texts
    assert "2.00 (0.74–∞)" in texts


def test_interaction_p_stands_beside_its_heading_and_reasons_in_place_of_an_interval() -> None:
    texts = [text.get_text() for text in axes_of(subgroups()).texts]
    assert {"0.41", "0.0496", "—", "female", "Events/n"} <= set(texts)
    assert any(text.startswith("not estimable: the likelihood") for text in texts)
    assert "not estimable: no events" in texts
    assert "Hazard ratio (95% CI)" in texts


def test_heterogeneity_is_printed_below() -> None:
    (text,) = [text.get_text() for text in axes_of(centres()).texts if text.get_text().startswith("Heterogeneity")]
    assert "12.30" in text
    assert "I²\u00a0=\u00a010%" in text
    assert "\\" not in text.replace("$\\mathit{p}$", "")


@pytest.mark.parametrize(("low", "high"), [(0.98, 1.03), (0.4, 2.1), (0.05, 9.0), (1e-9, 1e9), (0.5, 1.2), (1e-4, 1.3)])
def test_ticks_are_few_and_hold_one(low: float, high: float) -> None:
    ticks = _ticks(low, high)
    assert any(tick == pytest.approx(1.0) for tick in ticks)
    assert 2 <= len(ticks) <= 8
