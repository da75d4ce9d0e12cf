"""Cumulative incidence and Kaplan–Meier figures: what is drawn, and nothing over anything else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from y90outcomes.report.figures import Context, draw_all, journal
from y90outcomes.report.figures.cumulative_incidence import cumulative_incidence
from y90outcomes.report.figures.kaplan_meier import kaplan_meier
from y90outcomes.results import CurveRow, Curves, EffectRow, Effects, Results

LEVELS = {
    "a": "below the threshold dose",
    "b": "205 to 300 Gy",
    "c": "300 to 500 Gy, as planned",
    "d": "500 to 700 Gy",
    "e": "above 700 Gy (radiation segmentectomy intent)",
}


def incidence(levels: dict[str, str]) -> Curves:
    rows = []
    for place, level in enumerate([*levels, "all"] if levels else ["all"]):
        for cause, rise in (("event", 0.04), ("competing", 0.02)):
            name = cause if level == "all" else f"{level}.{cause}"
            for k in range(12):
                s = min(0.6, rise * k * (1 + place / 5))
                rows.append(CurveRow(name, 3.0 * k, s, s / 2, s * 1.4, 120 - 9 * k, 5, 4))
    return Curves(
        id="cr", title="Progression", figure="cumulative_incidence", x_label="Time", y_label="Cumulative incidence",
        group_title="Dose" if levels else "", rows=tuple(rows),
        layout={"levels": levels or {"all": "All"}, "causes": {"event": "progression", "competing": "competing death"}},
    )  # fmt: skip


def survival(levels: dict[str, str], id: str = "km") -> Curves:
    rows = [
        CurveRow(level, 3.0 * k, 0.95**k, 0.95**k - 0.1, min(1, 0.95**k + 0.1), 900 - 50 * k, 30, 20)
        for level in levels
        for k in range(15)
    ]
    return Curves(id=id, title="OS", figure="kaplan_meier", groups=levels, group_title="Dose", rows=tuple(rows))


def test_of(id: str, quantity: str, p: float) -> Effects:
    return Effects(id=id, title="OS", rows=(EffectRow(quantity, "dose", p=p, is_test=True),))


test_of.__test__ = False  # type: ignore[attr-defined]


def lines(figure: Figure) -> list[Line2D]:
    return [line for line in figure.axes[0].get_lines() if line.get_drawstyle() == "steps-post"]


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def test_events_are_solid_and_competing_events_dashed_in_the_groups_colour() -> None:
    with journal():
        figure = cumulative_incidence(incidence(dict(list(LEVELS.items())[:2])), Context())
    drawn = lines(figure)
    assert [line.get_linestyle() for line in drawn] == ["-", "--", "-", "--"]
    assert drawn[0].get_color() == drawn[1].get_color() != drawn[2].get_color()
    assert len([line for line in figure.axes[0].get_lines() if line.get_gid() == "end"]) == 4
    legend = figure.axes[0].get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [
        "below the threshold dose", "205 to 300 Gy", "Progression", "Competing death"
    ]  # fmt: skip
    assert np.nanmax(drawn[0].get_ydata()) == pytest.approx(44)


def test_everybody_together_only_without_groups() -> None:
    with journal():
        figure = cumulative_incidence(incidence({}), Context())
    assert len(lines(figure)) == 2
    assert not [line for line in figure.axes[0].get_lines() if line.get_gid() in ("end", "censored")]
    assert "All" in words(figure)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_one_line_of_the_risk_table_per_group(count: int) -> None:
    levels = dict(list(LEVELS.items())[:count])
    with journal():
        figure = cumulative_incidence(incidence(levels), Context())
    ids = {str(text.get_gid()) for text in figure.axes[0].texts if str(text.get_gid()).startswith("risk-")}
    assert ids == {f"risk-{line}" for line in range(1, count + 1)}


@pytest.mark.parametrize(
    ("quantity", "said"),
    [("log_rank", "Log-rank"), ("stratified_log_rank", "Stratified log-rank"), ("log_rank_trend", "Log-rank trend")],
)
def test_the_primary_test_is_named(quantity: str, said: str) -> None:
    item = survival(dict(list(LEVELS.items())[:2]))
    with journal():
        figure = kaplan_meier(item, Context({"km.estimates": test_of("km.estimates", quantity, 0.03)}))
    assert any(word.startswith(f"{said} ") for word in words(figure))


def test_a_landmark_version_shows_its_own_test() -> None:
    item = survival(dict(list(LEVELS.items())[:2]), "km.landmark")
    beside = {"km.estimates": test_of("km.estimates", "log_rank", 0.001),
              "km.landmark_estimates": test_of("km.landmark_estimates", "log_rank", 0.4)}  # fmt: skip
    with journal():
        figure = kaplan_meier(item, Context(beside))
    (found,) = [word for word in words(figure) if word.startswith("Log-rank")]
    assert "0.40" in found


def test_long_labels_leave_room_for_the_p_value() -> None:
    item = survival(LEVELS)
    with journal():
        figure = kaplan_meier(item, Context({"km.estimates": test_of("km.estimates", "log_rank_trend", 0.03)}))
        legend = figure.axes[0].get_legend()
        assert legend is not None
        figure.canvas.draw()
        (p,) = [text for text in figure.axes[0].texts if text.get_gid() == "p"]
        assert not p.get_window_extent().overlaps(legend.get_window_extent())


def test_the_same_bytes_twice() -> None:
    study = {"id": "s", "title": "S"}
    results = Results(study=study, prose=(), quality=(), inputs=(), environment={}, items=(incidence(LEVELS),))
    assert draw_all(results, "Synthetic data")["cr"] == draw_all(results, "Synthetic data")["cr"]
    assert not draw_all(replace(results, items=(replace(incidence(LEVELS), rows=()),)), "")
