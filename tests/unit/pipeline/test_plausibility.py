"""Percentiles of printed numbers among drawn cohorts, and how a synthetic study's reproduction tells them."""

from __future__ import annotations

import dataclasses
import json
import math
from decimal import Decimal
from pathlib import Path

import pytest

from y90outcomes.errors import InputError
from y90outcomes.pipeline.percentiles import inside, placed, read_plausibility
from y90outcomes.pipeline.plausibility import numbers_of, plausibility
from y90outcomes.pipeline.reproduction import reproduction
from y90outcomes.published.statistics import read_published
from y90outcomes.results import EffectRow, Effects, Results
from y90outcomes.simulate.settings import read_settings
from y90outcomes.study import Study

TARGET = Path(__file__).parents[3] / "analyses" / "target"
VALUES = [float(value) for value in range(1, 101)]


def test_half_of_those_that_print_the_same_lie_below():
    assert placed(Decimal("40"), 0, "=", VALUES)["percentile"] == 39.5
    assert placed(Decimal("40.0"), 1, "=", VALUES)["percentile"] == 39.5
    assert placed(Decimal("0"), 0, "=", VALUES)["percentile"] == 0
    assert placed(Decimal("101"), 0, "=", VALUES)["percentile"] == 100
    assert placed(Decimal("62"), 0, "=", [61.5, 61.7, 62.4, 62.5])["percentile"] == 100 * 1.5 / 4


def test_the_central_part_and_the_median_are_of_the_recomputed():
    made = placed(Decimal("40"), 0, "=", VALUES)
    assert (made["lower"], made["median"], made["upper"]) == pytest.approx((3.475, 50.5, 97.525))


def test_a_bound_ties_with_all_that_obey_it():
    assert placed(Decimal("0.05"), 2, "<", [0.01, 0.02, 0.5, 0.6])["percentile"] == 25
    assert placed(Decimal("0.05"), 2, ">", [0.01, 0.02, 0.5, 0.6])["percentile"] == 75
    assert placed(Decimal("0.001"), 3, "<", [0.01, 0.02])["percentile"] == 0


def test_not_reached_is_above_everything_and_none_is_left_out_and_counted():
    made = placed(Decimal("40"), 0, "=", [30.0, 50.0, math.inf, None])
    assert made["percentile"] == pytest.approx(100 / 3)
    assert (made["none"], made["not_reached"]) == (1, 1)
    assert made["median"] == 50
    assert made["upper"] is None


def test_too_few_numbers_give_no_percentile():
    made = placed(Decimal("40"), 0, "=", [30.0, None, None])
    assert made["percentile"] is None
    assert made["none"] == 2


def test_what_lies_inside():
    assert [inside(p) for p in (2.4, 2.5, 97.5, 97.6, None)] == ["outside", "inside", "inside", "outside", ""]


PAGE = """\
statistics:
- {id: hr, what: hazard ratio, kind: hazard_ratio, value: 0.8, precision: 2, ci: {low: 0.7, high: 0.9}, where: Results,
   recomputable_from: patient_data_only, simulation: calibrated, address: [a/m/x, a/m/x#lower, a/m/x#upper]}
- {id: p, what: p value, kind: p_value, value: 0.03, precision: 2, simulation: free, recomputable_from: consistency,
   address: a/t/x}
- {id: other, what: elsewhere, kind: number, value: 1, recomputable_from: counts}
"""
ROWS = (EffectRow("m", "x", estimate=0.81, lower=0.72, upper=0.93), EffectRow("t", "x", p=0.04, is_test=True))
ITEMS = (Effects(id="a", title="", rows=ROWS),)
RESULTS = Results(study={"origin": "synthetic"}, prose=(), quality=(), inputs=(), environment={}, items=ITEMS)


def stored(statistics: dict[str, list[tuple[str, float | None]]]) -> dict[str, object]:
    lines = {
        name: {"parts": [{"address": address, "percentile": p} for address, p in parts]}
        for name, parts in statistics.items()
    }
    return {"cohorts": 200, "patients": 209, "statistics": lines}


@pytest.fixture
def statistics(tmp_path):
    (tmp_path / "published.yaml").write_text(PAGE, encoding="utf-8")
    return read_published(tmp_path / "published.yaml")


def test_synthetic_patients_get_percentiles_and_never_a_verdict(statistics):
    known = stored({"hr": [("a/m/x", 40.0), ("a/m/x#lower", 41.25), ("a/m/x#upper", 99.0)], "p": [("a/t/x", 50.0)]})
    made = reproduction(RESULTS, statistics, known)
    names = ["id", "printed", "recomputed", "percentile", "lies", "simulation", "address"]
    assert [column.name for column in made.columns] == names
    assert made.rows == (
        ("hr", "0.80; 0.7; 0.9", "0.81; 0.72; 0.93", "40.0; 41.2; 99.0", "inside; inside; outside", "calibrated",
         "a/m/x; a/m/x#lower; a/m/x#upper"),
        ("p", "0.03", "0.04", "50.0", "inside", "free", "a/t/x"),
    )  # fmt: skip
    assert "200 cohorts of 209" in made.caption
    assert "1 of 4 lie outside" in made.caption
    assert "1 more" in made.caption
    assert made.notes == ()


def test_a_number_whose_address_has_changed_has_no_percentile(statistics):
    made = reproduction(RESULTS, statistics, stored({"p": [("a/t/y", 50.0)]}), ("the protocol",))
    assert [row[3:5] for row in made.rows] == [("; ; ", ""), ("", "")]
    assert "the protocol changed" in made.notes[0].message


def test_nothing_stored_is_said(statistics):
    made = reproduction(RESULTS, statistics)
    assert "make plausibility" in made.notes[0].message
    assert "no verdict" in made.caption


def test_a_stored_result_is_read_or_refused(tmp_path):
    assert read_plausibility(tmp_path) is None
    (tmp_path / "derived").mkdir()
    for text in ("3", "{}", "[", '{"statistics": {"a": {"parts": [{}]}}}', '{"statistics": {}, "fingerprint": 3}'):
        (tmp_path / "derived" / "plausibility.json").write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match="make plausibility"):
            read_plausibility(tmp_path)
    page = {"statistics": {}, "fingerprint": {}, "cohorts": 3, "patients": 9}
    (tmp_path / "derived" / "plausibility.json").write_text(json.dumps(page), encoding="utf-8")
    assert read_plausibility(tmp_path) == page


PROTOCOL = {
    "id": "tiny", "title": "Tiny", "origin": "synthetic",
    "variables": {"age": {"kind": "derived", "derive": "age"}, "sex": {"kind": "derived", "derive": "sex"}},
    "analysis_sets": {"everyone": {"grain": "patient"}},
    "analyses": {"ages": {"method": "summary", "title": "Ages", "variables": ["age", "sex"]}},
}  # fmt: skip


def test_a_seed_gives_the_numbers_of_its_cohort():
    study, settings = Study.model_validate(PROTOCOL), dataclasses.replace(read_settings(TARGET), patients=40)
    asked = ("ages/age/all#median", "ages/sex=male/all#percent", "ages/sex=unheard/all")
    first = numbers_of(study, settings, asked, 5)
    assert first == numbers_of(study, settings, asked, 5) != numbers_of(study, settings, asked, 6)
    assert 55 < first[0] < 75
    assert 60 < first[1] < 95
    assert first[2] is None  # a level nobody has
    with pytest.raises(InputError):
        numbers_of(study, settings, ("agse/age/all",), 5)


def test_a_study_without_such_statistics_is_refused(tmp_path):
    for name in ("study.yaml", "simulation.yaml"):
        (tmp_path / name).write_bytes((TARGET / name).read_bytes())
    (tmp_path / "published.yaml").write_text(
        "statistics: [{id: a, what: b, kind: number, value: 1}]\n", encoding="utf-8"
    )
    with pytest.raises(InputError, match="simulation"):
        plausibility(tmp_path, 2)
