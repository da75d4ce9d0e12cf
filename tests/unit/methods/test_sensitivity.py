"""The sensitivity table: what is listed, in which order and words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.methods.test_explain import CURVE, QUARTILES, TABLE, cohort

from y90outcomes.errors import InputError
from y90outcomes.pipeline import BASE, analyse
from y90outcomes.pipeline.sensitivity import sensitivity, variants_in_words
from y90outcomes.results import Effects, Results, Table
from y90outcomes.study.reading import merge_patch

LABELS = {BASE: "Protocol", "other": "other"}
PAGES: dict[str, dict[str, Any]] = {
    "quartiles": QUARTILES,
    "model": {"method": "logistic", "endpoint": "orr", "terms": ["afp"]},
    "curve": CURVE | {"times": [1]},
    "table": TABLE,
}


def runs(**patch: Any) -> dict[str, Results]:
    """The protocol and one variant of its analyses."""
    return {BASE: analyse(cohort(**PAGES)), "other": analyse(cohort(**merge_patch(PAGES, patch)))}


def lines(table: Any) -> list[dict[str, Any]]:
    assert isinstance(table, Table)
    names = [column.name for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.rows]


def test_what_moves_is_listed_in_the_protocol_s_order_with_words() -> None:
    patch: dict[str, Any] = {
        "curve": {"interval": "plain"},
        "model": {"inference": "wald"},
        "quartiles": {"quantile_type": "6"},
    }
    table, forest = sensitivity(cohort(**PAGES).study, runs(**patch), LABELS)
    found = lines(table)
    addresses = list(dict.fromkeys(line["address"] for line in found))
    assert addresses == [
        "model/odds_ratio/afp",
        "model/odds_ratio_firth/afp",
        "curve.estimates/median/all",
        "curve.estimates/rate/all/1",
    ]
    first = found[0]
    assert (first["analysis"], first["effect"], first["variant"], first["said"]) == (
        "Model", "Odds ratio: Baseline AFP", "Protocol", "",
    )  # fmt: skip
    assert [line["said"] for line in found if line["variant"] == "other"] == ["moved"] * 4
    assert found[0]["estimate"] == pytest.approx(found[1]["estimate"])
    assert found[0]["lower"] != pytest.approx(found[1]["lower"], rel=1e-3)
    assert isinstance(forest, Effects)
    assert [(row.term, row.contrast, row.label) for row in forest.rows[:2]] == [
        ("model/odds_ratio/afp", BASE, "Protocol"), ("model/odds_ratio/afp", "other", "other"),
    ]  # fmt: skip
    assert forest.layout["headings"]["model/odds_ratio/afp"] == "Model. Odds ratio: Baseline AFP"
    assert {row.quantity for row in forest.rows} == {"odds_ratio", "odds_ratio_firth"}
    assert "further estimates and tests are the same" in table.notes[0].message


def test_another_unit_is_said() -> None:
    found = lines(sensitivity(cohort(**PAGES).study, runs(model={"per": {"afp": 10}}), LABELS)[0])
    assert found[1]["said"].startswith("moved; per 10 ")


def test_an_analysis_left_out_is_said() -> None:
    found = lines(sensitivity(cohort(**PAGES).study, runs(model=None), LABELS)[0])
    assert {line["said"] for line in found if line["variant"] == "other"} == {"not in this run"}


def test_nothing_moves() -> None:
    (table,) = sensitivity(cohort(**PAGES).study, runs(), LABELS)
    assert (table.n, lines(table)) == (0, [])


def test_the_protocol_names_what_is_listed_whether_it_moves_or_not() -> None:
    study = cohort(**PAGES).study
    for named, addresses in (
        (["model/odds_ratio/afp"], ["model/odds_ratio/afp"]),
        (["table"], ["table.tests/chi_square/response"]),
        (["curve.estimates/rate", "model/odds_ratio/afp#p"], ["model/odds_ratio/afp", "curve.estimates/rate/all/1"]),
    ):
        table = sensitivity(study.model_copy(update={"sensitivity": named}), runs(), LABELS)[0]
        assert list(dict.fromkeys(line["address"] for line in lines(table))) == addresses
        assert {line["said"] for line in lines(table)} == {"", "same"}
    with pytest.raises(InputError, match="no run has such an estimate"):
        sensitivity(study.model_copy(update={"sensitivity": ["model/hazard_ratio"]}), runs(), LABELS)


def test_a_variant_in_words() -> None:
    study = cohort(**PAGES).study.model_copy(
        update={"variants": {"no_model": {"analyses": {"model": None}, "dialect": "r", "windows": {"a": {"from": -3}}}}}
    )
    assert variants_in_words(study).entries == ("no model: analyses.model: left out; dialect: r; windows.a.from: -3.",)


def test_a_number_without_value_in_every_run_is_not_listed() -> None:
    both = runs(model={"inference": "wald"})
    item = next(item for item in both[BASE].items if item.id == "model")
    assert isinstance(item, Effects)
    empty = tuple(replace(row, estimate=None, lower=None, upper=None, p=None, reason="refused") for row in item.rows)
    made = {
        name: replace(run, items=tuple(replace(i, rows=empty) if i.id == "model" else i for i in run.items))
        for name, run in both.items()
    }  # fmt: skip
    assert lines(sensitivity(cohort(**PAGES).study, made, LABELS)[0]) == []
