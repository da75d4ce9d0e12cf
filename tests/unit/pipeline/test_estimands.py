"""Estimates with their scale and error, the z of one against its truth, and the stored truths."""

from __future__ import annotations

import math
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest

from y90outcomes.errors import InputError
from y90outcomes.pipeline.agreement import agreement, distance, read_estimands, table
from y90outcomes.pipeline.analyses import run_analyses, silent
from y90outcomes.pipeline.drawn import drawn_cohort, only_for
from y90outcomes.pipeline.estimands import askable, coefficients, fingerprint
from y90outcomes.pipeline.estimates import Found, estimates
from y90outcomes.pipeline.pooled import pooled, thin
from y90outcomes.pipeline.quantile_shares import summarised
from y90outcomes.results import CurveRow, Curves, EffectRow, Effects, Results, Summary, SummaryRow
from y90outcomes.simulate.settings import read_settings
from y90outcomes.study import Study, read_study

TARGET = Path(__file__).parents[3] / "analyses" / "target"


def test_z_by_hand():
    assert distance(1.0, 0.3, 0.0, 0.4) == pytest.approx(2.0)
    assert distance(-1.0, 1.0, 1.0, 0.0) == -2.0
    assert distance(66.0, 0.0, 66.0, 0.0) == 0.0
    assert distance(66.0, 0.0, 65.0, 0.0) == math.inf
    assert distance(65.0, 0.0, 66.0, 0.0) == -math.inf


@pytest.fixture(scope="module")
def study() -> Study:
    return read_study(TARGET)


def found(study, item) -> dict[str, Found]:
    return {entry.address: entry for entry in estimates(study, [item]) if isinstance(entry, Found)}


def left_out(study, item) -> dict[str, str]:
    return dict(entry for entry in estimates(study, [item]) if not isinstance(entry, Found))


def test_ratios_live_on_the_log_scale_and_others_on_their_own(study):
    rows = (
        EffectRow("hazard_ratio", "tad", estimate=0.5, lower=0.25, upper=1.0, level=0.95),
        EffectRow("rate", "all", estimate=60.0, lower=58.0, upper=62.0, level=0.95, se=1.1),
        EffectRow("median", "all", estimate=20.0, lower=18.0, upper=24.0, level=0.95),
        EffectRow("median_dose", "x", estimate=200.0),
        EffectRow("sensitivity", "youden", estimate=60.0, lower=55.0, upper=65.0, se=2.0),
        EffectRow("i_squared", "centre", estimate=3.0, lower=0.0, upper=9.0),
        EffectRow("log_rank", "x", p=0.1, is_test=True),
        EffectRow("odds_ratio", "y", reason="no events"),
    )
    made = found(study, Effects(id="a", title="", rows=rows))
    z = NormalDist().inv_cdf(0.975)
    assert made["a/hazard_ratio/tad#estimate"] == Found(
        "a/hazard_ratio/tad#estimate", "log", math.log(0.5), pytest.approx(math.log(4) / (2 * z)), "interval"
    )
    assert made["a/rate/all#estimate"] == Found("a/rate/all#estimate", "plain", 60.0, 1.1, "se")
    assert made["a/median/all#estimate"].se == pytest.approx(6 / (2 * z))
    assert made["a/median_dose/x#estimate"].error == ""
    assert math.isnan(made["a/sensitivity/youden#estimate"].se)  # its error leaves the choice of the cut out
    assert len(made) == 5
    assert list(left_out(study, Effects(id="a", title="", rows=rows))) == ["a/i_squared/centre#estimate"]


def test_a_model_after_selection_is_left_out_and_its_terms_alone_are_not(study):
    row = EffectRow("odds_ratio", "tad", estimate=1.5, lower=1.2, upper=1.9, level=0.95)
    assert found(study, Effects(id="response_model", title="", rows=(row,))) == {}
    assert len(found(study, Effects(id="response_model.univariable", title="", rows=(row,)))) == 1


def test_a_summary_gives_shares_and_moments_and_no_extremes(study):
    rows = (
        SummaryRow("sex", "male", "all", "", "", "", "level", "n_percent", 80, denominator=100, percent=80.0),
        SummaryRow("age", None, "all", "", "", "", "number", "median_range", 100, mean=65.0, sd=10.0, median=66.0,
                   low=30.0, high=90.0),
    )  # fmt: skip
    item = Summary(id="t", title="", rows=rows)
    made = found(study, item)
    assert made["t/sex=male/all#percent"].se == pytest.approx(4.0)
    assert made["t/age/all#mean"].se == pytest.approx(1.0)
    assert made["t/age/all#median"].error == ""
    assert set(left_out(study, item)) == {"t/age/all#low", "t/age/all#high"}


def test_curves_are_looked_at_on_a_grid(study):
    rows = tuple(CurveRow("all", x, 1 - x / 100, 0.9 - x / 100, 1.0, 9, 1, 0) for x in (0.0, 7.0, 13.0))
    made = found(study, Curves(id="c", title="", rows=rows))
    assert made["c/all/6#estimate"].value == 1.0
    assert made["c/all/12#estimate"].value == pytest.approx(0.93)
    assert "c/all/18#estimate" not in made


def test_a_run_is_set_against_every_truth_it_has(study):
    rows = (
        EffectRow("hazard_ratio", "tad", estimate=0.8, lower=0.7, upper=0.9142857, level=0.95),
        EffectRow("rate", "all", estimate=60.0, se=1.0),
        EffectRow("rate", "new", estimate=60.0, se=1.0),
        EffectRow("rate", "rare", estimate=60.0, se=1.0),
    )
    known = {"scale": "plain", "samples": 100, "error": "se", "reported": 1.0}
    stored = {"samples": 100, "estimands": {
        "a/hazard_ratio/tad#estimate": {**known, "scale": "log", "mean": -0.2, "sd": 0.07, "coefficient": -0.19},
        "a/rate/all#estimate": {**known, "mean": 55.0, "sd": 1.0, "pooled": {"value": 55.5, "se": 0.1}},
        "a/rate/rare#estimate": {**known, "samples": 3, "mean": 55.0, "sd": 1.0},
    }}  # fmt: skip
    results = Results(
        study={}, prose=(), quality=(), inputs=(), environment={}, items=(Effects(id="a", title="", rows=rows),)
    )
    made = agreement(study, results, stored)
    assert [(line.address, line.against) for line in made.lines] == [
        ("a/hazard_ratio/tad#estimate", "samples"),
        ("a/hazard_ratio/tad#estimate", "coefficient"),
        ("a/rate/all#estimate", "pooled"),
    ]
    assert [line.address for line in made.apart] == ["a/rate/all#estimate"]
    assert made.lines[2].z == pytest.approx(4.5 / math.sqrt(1.01))
    assert made.reasons == {"no sample gave it": 1, "given by too few samples": 1}
    assert table(made).splitlines()[1].startswith("a/rate/all#estimate,pooled,plain,60,1,se,55.5,")


def test_a_quartile_of_numbers_in_steps_is_compared_as_a_share_of_patients(study):
    steps = np.repeat([9.0, 17.1, 18.0, 30.0], [2000, 13000, 2500, 2500])  # exactly three quarters up to 17.1
    row = SummaryRow("bilirubin", None, "all", "", "", "", "number", "median_iqr", 20000, q3=17.1)
    results = Results(
        study={}, prose=(), quality=(), inputs=(), environment={}, items=(Summary(id="t", title="", rows=(row,)),)
    )
    known = {"scale": "plain", "samples": 100, "error": "", "reported": None, "mean": 17.95, "sd": 0.19}
    stored = {"samples": 100, "estimands": {"t/bilirubin/all#q3": known}}
    assert [line.z for line in agreement(study, results, stored).lines] == [pytest.approx(-4.45, abs=0.01)]
    made = agreement(study, results, stored, {"t/bilirubin/all": steps}).lines[0]
    assert (made.scale, made.estimate, made.z) == ("share", 0.75, 0.0)
    # two per cent fewer low values: z is the binomial one
    fewer = np.repeat([9.0, 17.1, 18.0, 30.0], [1800, 12800, 200, 5200])
    made = agreement(study, results, stored, {"t/bilirubin/all": fewer}).lines[0]
    assert made.z == pytest.approx((0.74 - 0.75) / math.sqrt(0.75 * 0.25 / 20000) / math.sqrt(1.01))


def test_the_numbers_behind_a_summary_are_those_described(study):
    small = only_for(askable(study), ["strata"])
    cohort = drawn_cohort(small, read_settings(TARGET), 150, 7)
    described = summarised(cohort)
    rows = [row for item in run_analyses(cohort, small.analyses)["strata"] for row in item.rows]
    numeric = [row for row in rows if row.kind == "number"]
    assert {f"strata/{row.variable}/{row.group}" for row in numeric} == set(described)
    for row in numeric:
        values = described[f"strata/{row.variable}/{row.group}"]
        assert (values.size, np.quantile(values, 0.75)) == (row.n, pytest.approx(row.q3)), row.variable


def test_all_at_once_is_the_same_estimator(study):
    """Of one sample the pooled estimates are those of the sample."""
    small = only_for(askable(study), ["response_by_stratum", "survival_by_dose", "response_roc"])
    cohort = drawn_cohort(small, read_settings(TARGET), 150, 7)
    made = run_analyses(cohort, small.analyses)
    own = {e.address: e for e in estimates(small, [i for g in made.values() for i in g]) if isinstance(e, Found)}
    again = list(pooled(small, cohort, [thin(small, cohort)], silent))
    assert len(again) > 10
    for entry in again:
        assert entry.value == pytest.approx(own[entry.address].value, rel=1e-12)


def test_conditional_effects_are_those_of_death_on_the_dose(study):
    addresses = dict.fromkeys((
        "survival_by_dose/hazard_ratio/tad#estimate", "survival_by_stratum_cox/hazard_ratio/tad_stratum/x#estimate",
        "survival_model.beside_forced/hazard_ratio/age#estimate", "response_by_dose/odds_ratio/tad#estimate",
        "survival_model/hazard_ratio/tad#estimate", "survival_subgroups/hazard_ratio/sex/male#estimate",
        "survival_by_dose.checks/concordance/model#estimate",
        "survival_centres.leave_one_out/hazard_ratio/leave_one_out/lowest#estimate",
    ))  # fmt: skip
    made = coefficients(study, read_settings(TARGET), addresses)
    slope = math.log(0.826)
    assert made == pytest.approx({
        "survival_by_dose/hazard_ratio/tad#estimate": slope,
        "survival_model.beside_forced/hazard_ratio/age#estimate": 0.0,
        "survival_subgroups/hazard_ratio/sex/male#estimate": slope,
    })  # fmt: skip


def test_the_stored_truths_can_be_read():
    made = read_estimands(TARGET)
    assert made["patients"] == made["samples"] * made["size"]
    assert set(made["fingerprint"]) == {"protocol", "simulation"}
    for entry in made["estimands"].values():
        assert entry["scale"] in ("log", "plain")
        assert math.isfinite(entry["mean"])
        assert entry["samples"] <= made["samples"]


def test_what_is_no_result_is_refused(tmp_path):
    with pytest.raises(InputError, match="make estimands"):
        read_estimands(tmp_path)
    (tmp_path / "derived").mkdir()
    (tmp_path / "derived" / "estimands.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="make estimands"):
        read_estimands(tmp_path)


def test_the_fingerprint_is_of_the_protocol_and_the_draw(study):
    settings = read_settings(TARGET)
    other = study.model_copy(update={"title": "other"})
    first, second = fingerprint(study, settings), fingerprint(other, settings)
    assert first["simulation"] == second["simulation"]
    assert first["protocol"] != second["protocol"]
