"""The logistic method by hand: two by two tables of patients, separation, lesions, factors and notes."""

from __future__ import annotations

import math
from typing import Any

import pytest
from tests.spec.tables import AFP, DOSE, RESPONSE, build

from y90outcomes.pipeline import analyse
from y90outcomes.results import EffectRow, Effects

Z = 1.959963984540054
PARTS: dict[str, Any] = {
    "variables": {
        "afp": AFP | {"label": "AFP"},
        "high": {"kind": "cut", "of": "afp", "cuts": [200], "labels": ["low", "high"], "label": "AFP group"},
        "third": {"kind": "cut", "of": "afp", "cuts": [50, 200, 900], "labels": ["a", "b", "c", "d"], "label": "Third"},
        "response": RESPONSE,
        "late": {"kind": "occurrence", "event": "progression"},
    },
    "endpoints": {"orr": {"kind": "binary", "variable": "response", "event": ["CR", "PR"], "label": "Response"}},
}


def patients(doses: list[float | str], events: list[int]) -> dict[str, str]:
    labs = "patient | day | value\n" + "\n".join(f"P{i:02} | 0 | {dose}" for i, dose in enumerate(doses))
    read = [f"P{i:02} | {'CR' if event else 'PD'}" for i, event in enumerate(events)]
    return {"labs": labs, "assessments": "patient | response\n" + "\n".join(read)}


# low: 3 of 12, high: 7 of 10
TABLE = patients([100] * 12 + [400] * 10, [1] * 3 + [0] * 9 + [1] * 7 + [0] * 3)


def run(texts: dict[str, str], parts: dict[str, Any] = PARTS, **spec: Any) -> Effects:
    page = {"method": "logistic", "title": "Model", "endpoint": "orr"} | spec
    item = analyse(build(parts | {"analyses": {"model": page}}, **texts))["model"]
    assert isinstance(item, Effects)
    return item


def rows(item: Effects) -> dict[str, EffectRow]:
    return {"/".join(filter(None, (row.quantity, row.term, row.contrast))): row for row in item.rows}


def notes(item: Effects) -> dict[str, str]:
    return {note.kind: note.message for note in item.notes}


def test_a_two_by_two_table() -> None:
    item = run(TABLE, terms=["high"], inference="wald")
    assert (item.n, item.events, item.missing) == (22, 10, 0)
    row = rows(item)["odds_ratio/high/high_vs_low"]
    assert (row.estimate, row.n, row.events, row.convention) == (pytest.approx(7.0), 22, 10, "ml; wald")
    assert row.lower == pytest.approx(7 * math.exp(-Z * math.sqrt(1 / 7 + 1 / 3 + 1 / 3 + 1 / 9)))
    model = rows(item)["wald/model"]
    assert row.statistic is not None
    assert model.statistic == pytest.approx(row.statistic**2)
    profile = run(TABLE, terms=["high"])
    loglik = 7 * math.log(0.7) + 3 * math.log(0.3) + 3 * math.log(0.25) + 9 * math.log(0.75)
    fall = 2 * (loglik - 10 * math.log(10 / 22) - 12 * math.log(12 / 22))
    found = rows(profile)
    assert found["odds_ratio/high/high_vs_low"].statistic == pytest.approx(fall)
    assert found["likelihood_ratio/model"].statistic == pytest.approx(fall)
    assert found["odds_ratio/high/high_vs_low"].p == pytest.approx(math.erfc(math.sqrt(fall / 2)))


def test_few_events_put_firths_estimate_beside() -> None:
    few = patients([100] * 6 + [400] * 5, [1, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0])
    item = run(few, terms=["high"])
    firth = rows(item)["odds_ratio_firth/high/high_vs_low"]
    assert firth.estimate == pytest.approx((3.5 / 2.5) / (1.5 / 5.5))  # a half added to every cell
    assert not firth.primary
    assert firth.convention == "firth; profile"
    assert rows(item)["odds_ratio/high/high_vs_low"].estimate == pytest.approx((3 / 2) / (1 / 5))
    assert notes(item)["few_events"].startswith("4 events for 1 parameter: fewer than 10 each. Firth")
    assert "few_events" not in notes(run(TABLE, terms=["high"]))
    assert not any(row.quantity == "odds_ratio_firth" for row in run(few, terms=["high"], estimator="firth").rows)


def test_separation_is_said_in_the_row_and_in_a_note() -> None:
    apart = patients([100] * 6 + [400] * 5, [1, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1])
    item = run(apart, terms=["high"])
    row = rows(item)["odds_ratio/high/high_vs_low"]
    assert row.estimate == pytest.approx((5.5 / 0.5) / (2.5 / 4.5))
    assert row.label.endswith("(Firth)")
    assert "quasi separation" in row.reason
    assert row.convention == "firth; profile"
    assert "AFP group: high vs low" in notes(item)["separation"]
    refused = run(apart, terms=["high"], estimator="ml")
    row = rows(refused)["odds_ratio/high/high_vs_low"]
    assert row.estimate is None
    assert not row.valid
    assert "quasi separation" in row.reason
    assert {note.kind: note.level for note in refused.notes}["separation"] == "warning"


def test_a_number_per_unit_per_doubling_and_a_unit_too_small() -> None:
    doses: list[float | str] = [1000 + 37 * (i * 7 % 22) for i in range(22)]
    texts = patients(doses, [int(i % 3 == 0 or i > 15) for i in range(22)])
    one, hundred = run(texts, terms=["afp"]), run(texts, terms=["afp"], per={"afp": 100})
    small, large = rows(one)["odds_ratio/afp"], rows(hundred)["odds_ratio/afp"]
    assert small.estimate is not None
    assert large.estimate == pytest.approx(small.estimate**100)
    assert large.p == pytest.approx(small.p)
    assert (small.unit, large.unit) == ("per ng/mL", "per 100 ng/mL")
    assert "say per 200 ng/mL" in notes(one)["small_unit"]
    assert "small_unit" not in notes(hundred)
    assert rows(run(texts, terms=["afp"], scale={"afp": "log2"}))["odds_ratio/afp"].unit == "per doubling"


def test_a_factor_of_three_levels_is_tested_as_a_block_and_an_empty_level_is_none() -> None:
    doses: list[float | str] = [10] * 8 + [100] * 8 + [400] * 8
    texts = patients(doses, [1, 0, 0, 0, 0, 0, 0, 1] + [1, 0] * 4 + [1, 1, 1, 1, 1, 0, 0, 1])
    item = run(texts, terms=["third"])
    found = rows(item)
    assert [name for name in found if name.startswith("odds_ratio/")] == [
        "odds_ratio/third/b_vs_a", "odds_ratio/third/c_vs_a",
    ]  # fmt: skip
    assert found["term_test/third"].df == 2
    assert found["term_test/third"].p == pytest.approx(found["likelihood_ratio/model"].p)
    assert found["odds_ratio/third/c_vs_a"].estimate == pytest.approx(9.0)
    wald = rows(run(texts, terms=["third"], inference="wald"))
    assert wald["term_test/third"].p == pytest.approx(wald["wald/model"].p)


def test_missing_covariates_are_counted_and_collinear_ones_named() -> None:
    texts = patients(["", "", *[100] * 10, *[400] * 10], [1] * 3 + [0] * 9 + [1] * 7 + [0] * 3)
    item = run(texts, terms=["afp", "high"])
    assert (item.n, item.missing) == (20, 2)
    assert "20 complete cases of 22" in notes(item)["complete_case"]
    assert "determine each other" in rows(item)["odds_ratio/afp"].reason
    assert "AFP ∞" in notes(item)["collinearity"]
    assert "no_estimate" in notes(item)


def test_a_covariate_measured_later_is_said() -> None:
    texts = TABLE | {
        "follow_up": "patient | event | day\n" + "\n".join(f"P{i:02} | progression | 90" for i in range(9))
    }
    assert "may have come first" in notes(run(texts, terms=["high", "late"]))["immortal_time"]


def test_firth_with_clusters_is_refused() -> None:
    with pytest.raises(ValueError, match="no penalised likelihood"):
        run(TABLE, terms=["high"], estimator="firth", cluster="centre")


LESIONS = [(f"P{i:02}", f"L{j}", 100 + 40 * ((3 * i + 5 * j) % 9), (i * i + j * (i % 3) + i // 3) % 2)
           for i in range(14) for j in range(1 + i % 2)]  # fmt: skip


def test_lesions_taken_as_independent_have_the_clustered_result_beside() -> None:
    parts = {
        "variables": {"dose": DOSE | {"label": "Dose"}, "response": RESPONSE},
        "endpoints": PARTS["endpoints"],
        "analysis_sets": {"lesions": {"grain": "lesion", "label": "Lesions"}},
    }
    texts = {
        "dosimetry": "patient | lesion | absorbed_dose\n" + "\n".join(f"{p} | {k} | {d}" for p, k, d, _ in LESIONS),
        "assessments": "patient | lesion | response\n"
        + "\n".join(f"{p} | {k} | {'CR' if y else 'PD'}" for p, k, _, y in LESIONS),
    }
    naive = run(texts, parts, terms=["dose"], per={"dose": 100}, set="lesions")
    found = rows(naive)
    assert "21 lesions of 14 patients" in notes(naive)["lesions_independent"]
    assert not found["odds_ratio_clustered/dose"].primary
    clustered = run(texts, parts, terms=["dose"], per={"dose": 100}, set="lesions", cluster="patient")
    beside, own = found["odds_ratio_clustered/dose"], rows(clustered)["odds_ratio/dose"]
    assert (beside.estimate, beside.se, beside.p) == (own.estimate, own.se, own.p)
    assert rows(clustered)["wald/model"].p == pytest.approx(own.p)
    assert "intraclass_correlation/orr" in found
    assert "21 subjects in 14 patients, at most 2 in one" in notes(clustered)["clusters"]
    assert clustered.conventions["cluster_small_sample"] == "mancl_derouen"
    robust = run(texts, parts, terms=["dose"], set="lesions", cluster="patient", cluster_method="robust")
    assert robust.conventions == {"gee_correlation": "independence", "cluster_small_sample": "mancl_derouen"}
    plain = run(texts, parts, terms=["dose"], set="lesions")
    assert rows(robust)["odds_ratio/dose"].estimate == pytest.approx(rows(plain)["odds_ratio/dose"].estimate)
