"""Model building as a protocol asks for it: one complete-case set, blocks, the trace, what the notes say."""

from __future__ import annotations

import math
from typing import Any

import pytest
from tests.spec.tables import AFP, build, page

from y90outcomes.methods import METHODS
from y90outcomes.results import Effects, Table
from y90outcomes.study import Study

VARIABLES: dict[str, Any] = {
    "afp": AFP,
    "vein": {"kind": "derived", "derive": "pvtt_class", "window": "baseline"},
    "size": {"kind": "derived", "derive": "longest_diameter", "window": "baseline", "rollup": "largest"},
    "response": {"kind": "derived", "derive": "reported_response", "criterion": "mrecist", "visit": "best"},
}
ENDPOINTS: dict[str, Any] = {
    "orr": {"kind": "binary", "variable": "response", "event": ["CR"], "not_evaluable": "excluded"},
    "os": {"kind": "time_to_event", "event": ["death"], "censor": ["last_contact"], "unit": "days"},
}
N = 48
CLASSES = ("none", "VP1", "VP3")


def texts(split: bool = False) -> dict[str, str]:
    """Patients whose response depends on AFP, a little on vein class; every eighth lacks AFP. `split`: on AFP only,
    without exception."""
    labs, imaging, response, follow = (
        ["patient | day | value"],
        ["patient | lesion | day | pvtt_class"],
        ["patient | response"],
        ["patient | event | day"],
    )
    for k in range(N):
        afp, vein = 1 + (k * 7) % 11, CLASSES[k % 3]
        labs.append(f"P{k:02d} | 0 | {'' if k % 8 == 7 else afp}")
        imaging.append(f"P{k:02d} | | 0 | {vein}")
        score = afp - 6 if split else afp - 6 + (k * 5) % 9 - 4 + 2 * (k % 3)
        response.append(f"P{k:02d} | {'CR' if score > 0 else 'PD'}")
        follow.append(f"P{k:02d} | {'last_contact' if k % 6 == 5 else 'death'} | {20 + 90 * afp + (k * 13) % 400}")
    return {
        "labs": "\n".join(labs),
        "imaging": "\n".join(imaging),
        "assessments": "\n".join(response),
        "follow_up": "\n".join(follow),
    }


def run(analysis: dict[str, Any], words: dict[str, str] | None = None) -> dict[str, Any]:
    spec = {"title": "T", "method": "model_selection", "family": "logistic", "endpoint": "orr"} | analysis
    made = build({"variables": VARIABLES, "endpoints": ENDPOINTS, "analyses": {"a": spec}}, **(words or texts()))
    wanted = made.study.analyses["a"]
    return {item.id: item for item in METHODS["model_selection"](made, "a", wanted)}


def kinds(item: Effects) -> list[str]:
    return [note.kind for note in item.notes]


def trace(item: Table) -> dict[str, dict[str, Any]]:
    names = [column.name for column in item.columns]
    return {str(cells[0]): dict(zip(names, cells, strict=True)) for cells in item.rows}


def test_two_steps_on_one_complete_case_set() -> None:
    made = run({"rule": "two_step", "candidates": ["vein"], "forced": ["afp"]})
    assert list(made) == ["a", "a.univariable", "a.beside_forced", "a.trace"]
    assert {item.n for item in made.values()} == {42}
    assert {row.n for item in made.values() if isinstance(item, Effects) for row in item.rows} == {42}
    (note,) = [note for note in made["a"].notes if note.kind == "complete_case"]
    assert "42 complete cases of 48" in note.message
    assert "6" in note.message.split("missing:")[1]
    assert made["a"].missing == 6
    moves = trace(made["a.trace"])
    assert (moves["1.add.vein"]["df"], moves["1.add.vein"]["n"]) == (2, 42)
    beside = [row for row in made["a.beside_forced"].rows if not row.is_test]
    assert [row.contrast for row in beside] == ["VP1_vs_none", "VP3_vs_none"]
    (block,) = [row for row in made["a.beside_forced"].rows if row.is_test]
    assert (block.term, block.df, block.p) == ("vein", 2, moves["1.add.vein"]["p"])


def test_all_levels_of_a_factor_enter_or_none() -> None:
    for enter in (0.999, 1e-6):
        made = run({"rule": "enter_all", "candidates": ["vein", "afp"], "enter": enter})
        contrasts = [row.contrast for row in made["a"].rows if row.term == "vein" and not row.is_test]
        assert contrasts in (["VP1_vs_none", "VP3_vs_none"], [])
        assert bool(contrasts) == (enter > 0.5)


def test_forced_terms_stay_and_the_search_is_confessed() -> None:
    made = run({"rule": "backward", "candidates": ["afp"], "forced": ["vein"], "stay": 1e-9 + 1e-12})
    assert {row.term for row in made["a"].rows if not row.is_test} == {"vein"}
    assert {"after_selection", "none_selected", "few_events"} <= set(kinds(made["a"]))
    last = trace(made["a.trace"])["1.remove.afp"]
    assert last["decision"] == "removed"
    assert last["p"] > 1e-9


def test_a_model_without_terms_says_so() -> None:
    made = run({"rule": "enter_all", "candidates": ["vein"], "enter": 1e-9 + 1e-12})
    (row,) = made["a"].rows
    assert (row.p, row.valid, row.reason) == (None, False, "no term is in the model")
    assert "none_selected" in kinds(made["a"])


def test_aic_by_hand() -> None:
    made = run({"rule": "stepwise_aic", "candidates": ["vein", "afp"], "enter": 0.999})
    moves = trace(made["a.trace"])
    cells: dict[str, list[int]] = {name: [0, 0] for name in CLASSES}
    for k in range(N):
        if k % 8 != 7:
            score = 1 + (k * 7) % 11 - 6 + (k * 5) % 9 - 4 + 2 * (k % 3)
            cells[CLASSES[k % 3]][score > 0] += 1
    loglik = sum(x * math.log(x / sum(pair)) for pair in cells.values() for x in pair if x)
    assert moves["1.add.vein"]["aic"] == pytest.approx(-2 * loglik + 6, rel=1e-9)
    assert moves["2.keep"]["decision"] in ("best", "kept")
    full = {key: move for key, move in moves.items() if key.startswith("2.remove")}
    for move in full.values():  # dropping a term: deviance up by its statistic, two less per parameter
        assert move["aic"] == pytest.approx(moves["2.keep"]["aic"] + move["statistic"] - 2 * move["df"], rel=1e-9)


def test_from_the_null_model_and_from_the_full_one() -> None:
    ends = [
        run({"rule": "stepwise_aic", "candidates": ["vein", "afp"], "enter": 0.999, "start": start})["a"]
        for start in ("full", "null")
    ]
    assert {row.term for row in ends[0].rows} == {row.term for row in ends[1].rows}


def test_a_candidate_that_separates_is_not_entered_and_a_forced_one_is_firths() -> None:
    made = run({"rule": "enter_all", "candidates": ["afp", "vein"], "enter": 0.999}, texts(split=True))
    assert "set_aside" in kinds(made["a"])
    (note,) = [note for note in made["a"].notes if note.kind == "set_aside"]
    assert note.level == "warning"
    assert "separation" in note.message
    assert trace(made["a.trace"])["1.add.afp"]["decision"] == "set aside"
    forced = run({"rule": "two_step", "candidates": ["vein"], "forced": ["afp"]}, texts(split=True))
    (row,) = [row for row in forced["a"].rows if row.term == "afp"]
    assert row.valid
    assert "Firth" in row.reason
    assert {"set_aside", "separation"} <= set(kinds(forced["a"]))


def test_survival_models_and_a_model_that_cannot_be_estimated() -> None:
    made = run({"rule": "two_step", "family": "cox", "endpoint": "os", "candidates": ["vein"], "forced": ["afp"],
                "per": {"afp": 10}})  # fmt: skip
    (row,) = [row for row in made["a"].rows if row.term == "afp"]
    assert (row.quantity, row.unit, row.valid) == ("hazard_ratio", "per 10 ng/mL", True)
    assert made["a"].conventions == {"cox_ties": "efron", "cox_inference": "wald", "selection_test": "likelihood_ratio"}
    words = texts()
    words["imaging"] = words["imaging"].replace("VP1", "none").replace("VP3", "none")
    stuck = run({"rule": "backward", "candidates": ["vein", "afp"]}, words)
    assert "search_stopped" in kinds(stuck["a"])
    assert all(row.reason for row in stuck["a"].rows if row.estimate is None and not row.is_test)


def test_a_term_stands_in_one_place() -> None:
    spec = {"title": "T", "method": "model_selection", "family": "logistic", "endpoint": "orr", "rule": "two_step",
            "candidates": ["afp", "vein"], "forced": ["afp"]}  # fmt: skip
    made = page(variables=VARIABLES, endpoints=ENDPOINTS, analyses={"a": spec})
    with pytest.raises(ValueError, match="'forced' already"):
        Study(**made)
