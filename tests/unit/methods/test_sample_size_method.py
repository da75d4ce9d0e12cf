"""Sample size: what the page refuses, the numbers of the estimator by address, what is said, the figure."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from tests.spec.tables import AFP, RESPONSE, build

from y90outcomes.estimators.curve_width import curve_width, line_through
from y90outcomes.pipeline import analyse
from y90outcomes.report.figures import draw_all
from y90outcomes.results import Curves, Results, Table
from y90outcomes.results.addresses import lookup
from y90outcomes.study.analyses import SampleSizeAnalysis

PAGE: dict[str, Any] = {
    "method": "sample_size", "title": "Size", "endpoint": "orr", "dose": "afp", "sizes": [20, 60], "at": [60, 120],
    "assumed": [{"dose": 60, "probability": 0.1}, {"dose": 120, "probability": 0.3}], "replicates": 100, "seed": 5,
    "doses": {"median": 90, "sd_log": 0.4},
}  # fmt: skip


def run(**more: Any) -> Results:
    study = {
        "variables": {"afp": AFP, "response": RESPONSE},
        "windows": {"baseline": {"from": -30, "to": 0}},
        "endpoints": {"orr": {"kind": "binary", "variable": "response", "event": ["CR"], "label": "complete response"}},
        "analyses": {"size": PAGE | more},
    }
    return analyse(build(study, labs="patient | day | value\nA | 0 | 10"))


def test_the_widths_are_the_estimators_in_per_cent() -> None:
    results = run()
    made = curve_width(*line_through([60, 120], [0.1, 0.3]), [20, 60], [60, 120], median=90, sd_log=0.4,
                       replicates=100, seed=5)  # fmt: skip
    for width in made:
        place = f"size/{width.dose:g}/{width.n}"
        assert lookup(results, place).value == pytest.approx(100 * width.estimate, rel=1e-14)
        row = f"size.widths/{width.dose:g}_n_{width.n}"
        assert lookup(results, f"{row}/without_maximum").value == width.without_maximum
        assert lookup(results, f"{row}/events").value == pytest.approx(width.events)
    table = results["size.widths"]
    assert isinstance(table, Table)
    assert len({row[0] for row in table.rows}) == 4


def test_no_patient_is_counted_and_what_is_assumed_is_said() -> None:
    item = run()["size"]
    assert isinstance(item, Curves)
    assert (item.n, item.population) == (None, "simulated studies, no patient")
    assert item.notes[0].kind == "assumed"
    assert "10 % at 60 ng/mL and 30 % at 120 ng/mL" in item.notes[0].message
    assert "complete response" in item.y_label


def test_studies_that_know_nothing_are_counted_in_a_note() -> None:
    rare = [{"dose": 60, "probability": 0.01}, {"dose": 120, "probability": 0.02}]
    note = next(note for note in run(assumed=rare)["size"].notes if note.kind == "no_maximum")
    assert "with 20 patients" in note.message
    assert note.level == "caution"


def test_the_figure_is_drawn_or_not() -> None:
    assert draw_all(run(), "Synthetic data").keys() == {"size"}
    assert draw_all(run(figure=None), "").keys() == set()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"doses": {"median": 90}}, "sd_log"),
        ({"doses": {"median": 90, "sd_log": 0.4, "quantiles": [1, 2]}}, "quantiles"),
        ({"doses": {"quantiles": [2, 1]}}, "rising"),
        ({"sizes": [60, 20]}, "rise"),
        ({"at": [60, 60]}, "rise"),
        ({"assumed": [{"dose": 60, "probability": 0.1}] * 2}, "two different"),
        ({"replicates": 10}, "replicates"),
    ],
)
def test_a_page_that_makes_no_sense_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        SampleSizeAnalysis.model_validate(PAGE | wrong)
