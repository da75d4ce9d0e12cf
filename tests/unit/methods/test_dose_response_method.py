"""The dose–response method by hand: two doses, so that the line goes through both observed rates."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError
from tests.spec.tables import AFP, DOSE, NECROSIS, RESPONSE, build, protocol

from y90outcomes.pipeline import analyse
from y90outcomes.report.figures import draw_all
from y90outcomes.results import Curves, EffectRow, Effects, Points, Results

# ten of the low dose with 3 events in 12, twelve of the high dose with 9
LOW, HIGH = 100, 400
PARTS: dict[str, Any] = {
    "variables": {
        "dose": AFP | {"label": "Dose"},
        "stratum": {"kind": "cut", "of": "dose", "cuts": [200, 1000], "labels": ["low", "high", "higher"],
                    "label": "Stratum"},
        "response": RESPONSE,
    },
    "endpoints": {"orr": {"kind": "binary", "variable": "response", "event": ["CR", "PR"], "label": "Response"}},
}  # fmt: skip


def tables(extra: str = "") -> dict[str, str]:
    doses = [LOW] * 12 + [HIGH] * 12
    seen = ["CR"] * 3 + ["PD"] * 9 + ["PR"] * 9 + ["SD"] * 3
    labs = "patient | day | value\n" + "\n".join(f"P{i:02} | 0 | {dose}" for i, dose in enumerate(doses))
    read = "patient | response\n" + "\n".join(f"P{i:02} | {word}" for i, word in enumerate(seen)) + extra
    return {"labs": labs, "assessments": read}


def run(parts: dict[str, Any] = PARTS, texts: dict[str, str] | None = None, **spec: Any) -> Results:
    page = {"method": "dose_response", "title": "Curve", "endpoint": "orr", "dose": "dose"} | spec
    return analyse(build(parts | {"analyses": {"curve": page}}, **(texts or tables())))


def effects(results: Results, id: str) -> dict[str, EffectRow]:
    item = results[id]
    assert isinstance(item, Effects)
    return {"/".join(filter(None, (row.quantity, row.term, row.contrast))): row for row in item.rows}


def curve(results: Results) -> Curves:
    item = results["curve"]
    assert isinstance(item, Curves)
    return item


def kinds(results: Results) -> set[str]:
    return {note.kind for note in results["curve"].notes}


def test_curve_odds_ratio_and_dose_by_hand() -> None:
    results = run(per=100, targets=[0.5], also_intervals=["delta", "fieller"], strata="stratum")
    item = curve(results)
    assert (item.n, item.events, item.missing, item.x_unit, item.y_label) == (24, 12, 0, "ng/mL", "Response")
    assert list(item.groups) == ["line"]
    first, middle, last = item.rows[0], item.rows[50], item.rows[-1]
    assert [(row.x, row.estimate) for row in (first, middle, last)] == [
        (100.0, pytest.approx(0.25)), (250.0, pytest.approx(0.5)), (400.0, pytest.approx(0.75)),
    ]  # fmt: skip
    assert first.lower == pytest.approx(1 / (1 + 3 * math.exp(1.959963984540054 * 2 / 3)))
    rows = effects(results, "curve.estimates")
    # odds 1/3 and 3 over 300 units: a factor 9 per 300, 9^(1/3) per 100
    assert rows["odds_ratio/dose"].estimate == pytest.approx(9 ** (1 / 3))
    assert rows["odds_ratio/dose"].unit == "per 100 ng/mL"
    assert rows["dose_for/50"].estimate == pytest.approx(250)
    # logit's slope log 9 / 300 per unit, its variance at the middle (4/9)/2
    se = math.sqrt(2 / 9) / (math.log(9) / 300)
    assert rows["dose_for/50/delta"].se == pytest.approx(se)
    assert rows["dose_for/50/delta"].lower == pytest.approx(250 - 1.959963984540054 * se)
    assert rows["dose_for/50/fieller"].estimate == pytest.approx(250)
    assert rows["dose_for/50"].convention == "profile; ml"


def test_rates_by_stratum_stand_at_the_median_dose() -> None:
    rows = effects(run(strata="stratum"), "curve.strata")
    assert (rows["rate/low"].estimate, rows["rate/low"].events, rows["rate/low"].n) == (25, 3, 12)
    assert (rows["rate/high"].estimate, rows["median_dose/high"].estimate) == (75, 400)
    assert "rate/higher" not in rows
    assert rows["rate/low"].convention == "wilson"


def test_rug_has_no_key_and_no_order_of_patients() -> None:
    item = run()["curve.points"]
    assert isinstance(item, Points)
    assert [(row.series, row.x, row.y) for row in item.rows[:10]] == [("rug", 100.0, 0)] * 9 + [("rug", 400.0, 0)]
    assert len(item.rows) == 24


def test_a_logarithm_gives_doublings_and_the_dose_back() -> None:
    rows = effects(run(scale="log2", targets=[0.5]), "curve.estimates")
    assert rows["odds_ratio/dose"].estimate == pytest.approx(3)  # a factor 9 over two doublings
    assert rows["odds_ratio/dose"].unit == "per doubling"
    assert rows["dose_for/50"].estimate == pytest.approx(200)  # the geometric middle


def test_a_dose_of_zero_has_no_logarithm_and_is_counted() -> None:
    texts = tables("\nZ | CR")
    texts["labs"] += "\nZ | 0 | 0"
    results = run(texts=texts, scale="log")
    assert (results["curve"].n, results["curve"].missing) == (24, 1)
    (note,) = [note for note in results["curve"].notes if note.kind == "complete_case"]
    assert note.message == "Dose is missing or not above 0, which has no logarithm, for 1 of 25; they are left out."


def test_missing_doses_are_left_out_and_counted() -> None:
    results = run(texts=tables("\nZ | CR\nY | PD"))
    assert (results["curve"].n, results["curve"].missing) == (24, 2)
    assert "complete_case" in kinds(results)


def test_extrapolation_is_refused() -> None:
    results = run(targets=[0.9, 0.7])
    rows = effects(results, "curve.estimates")
    assert rows["dose_for/90"].estimate is None
    assert "(100 to 400 ng/mL)" in rows["dose_for/90"].reason
    assert rows["dose_for/70"].not_reached == ("upper",)
    assert {row.x for row in curve(results).rows} >= {100.0, 400.0}
    assert all(100 <= row.x <= 400 for row in curve(results).rows)
    assert "no_extrapolation" in kinds(results)


def spread(events: list[int], doses: list[int]) -> dict[str, str]:
    labs = "patient | day | value\n" + "\n".join(f"P{i:02} | 0 | {dose}" for i, dose in enumerate(doses))
    read = "patient | response\n" + "\n".join(f"P{i:02} | {'CR' if e else 'PD'}" for i, e in enumerate(events))
    return {"labs": labs, "assessments": read}


def test_separation_is_said_in_the_row_and_firth_is_used() -> None:
    results = run(texts=spread([0] * 10 + [1] * 10, list(range(10, 210, 10))), targets=[0.5])
    row = effects(results, "curve.estimates")["odds_ratio/dose"]
    assert row.estimate is not None
    assert "Firth" in row.label
    assert row.reason.startswith("complete separation of the outcome")
    assert results["curve"].conventions["logistic_estimator"] == "firth"
    assert {"separation", "few_events"} - kinds(results) == {"few_events"}
    assert effects(results, "curve.estimates")["dose_for/50"].estimate == pytest.approx(105)


def test_maximum_likelihood_under_separation_is_refused() -> None:
    results = run(texts=spread([0] * 10 + [1] * 10, list(range(10, 210, 10))), estimator="ml", targets=[0.5], knots=3)
    assert [(row.group, row.x, row.estimate) for row in curve(results).rows] == [
        ("line", 10.0, None), ("line", 200.0, None), ("spline", 10.0, None), ("spline", 200.0, None),
    ]  # fmt: skip
    assert all("separation" in row.reason for row in curve(results).rows)
    assert "separation" in kinds(results)
    assert draw_all(results, "Synthetic data")["curve"].png


def test_few_events_put_firth_beside() -> None:
    events = [0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0]
    results = run(texts=spread(events, list(range(10, 170, 10))))
    rows = effects(results, "curve.estimates")
    assert rows["odds_ratio/dose"].convention == "ml; profile"
    assert rows["odds_ratio_firth/dose"].convention == "firth; profile"
    assert not rows["odds_ratio_firth/dose"].primary
    (note,) = [note for note in results["curve"].notes if note.kind == "few_events"]
    assert note.message == "6 events for 1 parameter: fewer than 10 each. Firth's odds ratio stands beside."


def test_spline_with_its_test_and_its_knots() -> None:
    events = [0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1]
    results = run(texts=spread(events, list(range(10, 210, 10))), knots=3)
    assert list(curve(results).groups) == ["line", "spline"]
    assert len([row for row in curve(results).rows if row.group == "spline"]) == 101
    row = effects(results, "curve.estimates")["nonlinearity/dose"]
    assert (row.is_test, row.df) == (True, 1)
    (note,) = [note for note in results["curve"].notes if note.kind == "knots"]
    assert note.message == "Knots of the spline at 50, 105, 160 ng/mL."
    refused = run(knots=3)
    assert {"no_spline"} <= kinds(refused)
    assert effects(refused, "curve.estimates")["nonlinearity/dose"].reason.startswith("3 knots need more")


def test_a_falling_or_idle_line_is_noted() -> None:
    falling = run(texts=spread([1] * 8 + [0, 1, 0, 1] + [0] * 8, list(range(10, 210, 10))))
    assert "falling" in kinds(falling)
    idle = run(texts=spread([0, 1, 1, 0] * 5, list(range(10, 210, 10))), targets=[0.4])
    assert "weak_slope" in kinds(idle)


def test_lesions_of_one_patient_are_said_to_be_taken_as_independent() -> None:
    parts = PARTS | {
        "variables": {"dose": DOSE, "necrosis": NECROSIS},
        "analysis_sets": {"lesions": {"grain": "lesion", "label": "Lesions"}},
        "endpoints": {"cpn": {"kind": "binary", "variable": "necrosis", "event": ["complete"]}},
    }
    doses, full = [100, 150, 200, 250, 300, 350, 400, 450], [0, 0, 1, 0, 1, 0, 1, 1]
    names = [(f"P{i // 2}", f"L{i % 2}") for i in range(8)]
    texts = {
        "dosimetry": "patient | lesion | absorbed_dose\n"
        + "\n".join(f"{p} | {le} | {d}" for (p, le), d in zip(names, doses, strict=True)),
        "pathology": "patient | lesion | necrosis\n"
        + "\n".join(f"{p} | {le} | {'complete' if e else 'partial'}" for (p, le), e in zip(names, full, strict=True)),
    }
    results = run(parts, texts, endpoint="cpn")
    (note,) = [note for note in results["curve"].notes if note.kind == "lesions_independent"]
    assert note.message.startswith("8 lesions of 4 patients are taken as independent (intraclass correlation ")
    assert "intraclass_correlation/cpn" in effects(results, "curve.estimates")


def test_the_figure_needs_no_subject() -> None:
    results = run(strata="stratum", targets=[0.5])
    public = replace(results, items=tuple(item for item in results.items if not isinstance(item, Points)))
    assert draw_all(public, "Synthetic data")["curve"].png
    assert draw_all(results, "Synthetic data")["curve"].svg != draw_all(public, "Synthetic data")["curve"].svg


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"scale": "log2", "per": 100}, "belongs to the linear scale"),
        ({"targets": [0.5, 0.5]}, "names a probability twice"),
        ({"also_intervals": ["delta", "delta"]}, "names an interval twice"),
        ({"also_intervals": ["profile"]}, "names an interval twice or the one of"),
    ],
)
def test_what_cannot_be_asked(spec: dict[str, Any], said: str) -> None:
    page = {"method": "dose_response", "title": "Curve", "endpoint": "orr", "dose": "dose"} | spec
    with pytest.raises(ValidationError, match=said):
        protocol(**PARTS | {"analyses": {"curve": page}})
