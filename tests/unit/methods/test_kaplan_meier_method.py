"""Kaplan–Meier comparisons of groups: tests, pairs, differences, restricted means, landmark."""

from __future__ import annotations

import math
from typing import Any

import pytest
from tests.spec.tables import build

from y90outcomes.methods import METHODS
from y90outcomes.results import Curves, Effects, Result

CLASS = {"kind": "derived", "derive": "pvtt_class", "window": "baseline"}
STAGE = {"kind": "grouped", "of": "vein", "groups": {"low": ["none"], "mid": ["VP1", "VP2"], "high": ["VP3", "VP4"]}}
OS = {"kind": "time_to_event", "event": ["death"], "censor": ["last_contact"], "unit": "days"}
ONE = ("A | none | 100 | yes", "B | none | 200 |", "C | VP1 | 50 | yes", "D | VP2 | 150 | yes", "E | VP3 | 30 | yes",
       "F | VP3 | 90 |", "G | VP4 | 60 | yes", "H | | 70 | yes")  # fmt: skip
Z = 1.959963984540054


def texts(rows: tuple[str, ...] = ONE, progressed: str = "") -> dict[str, str]:
    cut = [[cell.strip() for cell in row.split("|")] for row in rows]
    return {
        "imaging": "patient | lesion | day | pvtt_class\n" + "\n".join(f"{p} | | 0 | {c}" for p, c, _, _ in cut),
        "follow_up": "patient | event | day\n"
        + "\n".join(f"{p} | {'death' if dead else 'last_contact'} | {day}" for p, _, day, dead in cut)
        + progressed,
    }


def run(analysis: dict[str, Any], tables: dict[str, str] | None = None, **variables: Any) -> dict[str, Result]:
    page = {"method": "kaplan_meier", "title": "Survival", "endpoint": "os", "by": "stage"} | analysis
    made = build(
        {"variables": {"vein": CLASS, "stage": STAGE} | variables, "endpoints": {"os": OS}, "analyses": {"km": page}},
        **(tables or texts()),
    )
    return {item.id: item for item in METHODS["kaplan_meier"](made, "km", made.study.analyses["km"])}


def row(item: Result, quantity: str, term: str, contrast: str | None = None) -> Any:
    assert isinstance(item, Effects)
    (found,) = [one for one in item.rows if (one.quantity, one.term, one.contrast) == (quantity, term, contrast)]
    return found


def kinds(item: Result) -> list[str]:
    return [note.kind for note in item.notes]


def trend_by_hand(scores: dict[str, float]) -> float:
    """χ² of Tarone from event times in order: 30 high, 50 mid, 60 high, 100 low, 150 mid."""
    subjects = [(100, 1, "low"), (200, 0, "low"), (50, 1, "mid"), (150, 1, "mid"), (30, 1, "high"), (90, 0, "high"),
                (60, 1, "high")]  # fmt: skip
    top = variance = 0.0
    for time, dead, group in sorted(subjects):
        if dead:
            risk = [scores[g] for t, _, g in subjects if t >= time]
            mean = sum(risk) / len(risk)
            top += scores[group] - mean
            variance += sum((s - mean) ** 2 for s in risk) / len(risk)
    return top**2 / variance


@pytest.mark.parametrize("scores", [[], [0.0, 1.0, 5.0]])
def test_trend_with_scores_in_the_protocols_order(scores: list[float]) -> None:
    made = run({"test": "log_rank_trend", "trend_scores": scores})
    low, mid, high = scores or [1, 2, 3]
    found = row(made["km.estimates"], "log_rank_trend", "stage")
    assert found.statistic == pytest.approx(trend_by_hand({"low": low, "mid": mid, "high": high}))
    assert (found.primary, found.n, found.events) == (True, 7, 5)
    (note,) = made["km.estimates"].notes
    assert note.message == f"Scores of the log-rank test for trend: low {low:g}, mid {mid:g}, high {high:g}."


def test_tests_beside_each_other_the_first_primary() -> None:
    made = run({"test": "stratified_log_rank", "also": ["log_rank", "log_rank_trend", "log_rank"], "strata": "centre"})
    tests = [one for one in made["km.estimates"].rows if one.is_test]  # type: ignore[attr-defined]
    assert [(one.quantity, one.primary) for one in tests] == [
        ("stratified_log_rank", True), ("log_rank", False), ("log_rank_trend", False)
    ]  # fmt: skip
    assert tests[0].label == "Log-rank test stratified by Centre"
    assert tests[0].statistic == pytest.approx(tests[1].statistic)  # one centre


def test_who_lacks_the_stratum_is_left_out_and_counted() -> None:
    made = run({"test": "stratified_log_rank", "strata": "vein", "by": "other"}, other={
        "kind": "derived", "derive": "pvtt", "window": "baseline"})  # fmt: skip
    assert row(made["km.estimates"], "stratified_log_rank", "other").n == 7
    assert kinds(made["km.estimates"]) == []
    tables = texts()
    tables["labs"] = "patient | day | value\n" + "\n".join(
        f"{p} | 0 | {v}" for p, v in zip("ABCDEG", (1, 9) * 3, strict=True)
    )
    cut = {"kind": "cut", "of": "afp", "cuts": [5], "labels": ["below 5", "5 or more"], "label": "AFP"}
    made = run({"test": "stratified_log_rank", "strata": "cut"}, tables,
        afp={"kind": "derived", "derive": "afp", "window": "baseline"}, cut=cut)  # fmt: skip
    assert row(made["km.estimates"], "stratified_log_rank", "stage").n == 6
    assert [note.message for note in made["km.estimates"].notes] == [
        "1 without AFP stand in no stratum and are left out of the stratified log-rank test."
    ]


def test_pairs_with_holm() -> None:
    made = run({"pairwise": "holm"})["km.pairwise"]
    pairs = ["mid_vs_low", "high_vs_low", "high_vs_mid"]
    raw = [row(made, "log_rank", "stage", pair).p for pair in pairs]
    corrected = [row(made, "log_rank_adjusted", "stage", pair).p for pair in pairs]
    smallest = min(raw)
    assert corrected[raw.index(smallest)] == pytest.approx(min(1.0, 3 * smallest))
    assert all(q >= p for p, q in zip(raw, corrected, strict=True))
    assert [one.quantity for one in run({"pairwise": "none"})["km.pairwise"].rows] == ["log_rank"] * 3  # type: ignore[attr-defined]


def test_differences_of_rates_and_restricted_means_against_the_first_group() -> None:
    made = run({"times": [100], "rate_differences": True, "restricted_mean": 60})
    item = made["km.differences"]
    found = row(item, "rate_difference", "mid_vs_low", "100")
    se = math.sqrt(0.25 / 2 + 0.25 / 2)  # both at one half of two subjects
    assert (found.estimate, found.se) == (pytest.approx(0, abs=1e-12), pytest.approx(100 * se))
    assert (found.lower, found.unit) == (pytest.approx(-100 * Z * se), "%")
    # high: deaths at 30 and 60 of 3, seen to 90: past the end at 100
    past = row(item, "rate_difference", "high_vs_low", "100")
    assert (past.valid, past.reason) == (False, "in a group, past the last time anybody was seen")
    assert row(item, "rate_test", "mid_vs_low", "100").p == pytest.approx(1)
    # restricted to 60 days: low 60, mid 50 + 10/2, high 30 + 30 · 2/3
    for group, mean in (("low", 60), ("mid", 55), ("high", 50)):
        assert row(made["km.estimates"], "restricted_mean", group, "60").estimate == pytest.approx(mean)
    assert row(item, "restricted_mean_difference", "high_vs_low", "60").estimate == pytest.approx(-10)
    assert row(item, "restricted_mean_ratio", "mid_vs_low", "60").estimate == pytest.approx(55 / 60)
    assert "standard error is 0" in row(item, "restricted_mean_ratio", "mid_vs_low", "60").reason


def test_the_horizon_of_a_rule_is_stated() -> None:
    made = run({"restricted_mean": "smallest_last_time"})["km.estimates"]
    assert row(made, "restricted_mean_horizon", "all").estimate == 90
    assert row(made, "restricted_mean", "high").estimate == pytest.approx(30 + 30 * 2 / 3 + 30 / 3)


def test_a_horizon_past_a_groups_follow_up_is_refused() -> None:
    found = row(run({"restricted_mean": 120})["km.estimates"], "restricted_mean", "high", "120")
    assert (found.estimate, found.valid) == (None, False)
    assert "past the last time" in found.reason


PROGRESSED = "\nA | progression | 40\nC | progression | 20\nF | progression | 70"


def test_groups_known_only_later_are_warned_of_and_followed_from_a_landmark() -> None:
    made = run(
        {"by": "progressed", "test": "log_rank", "times": [30]}, texts(progressed=PROGRESSED),
        progressed={"kind": "status_at", "event": "progression", "day": 60},
    )  # fmt: skip
    assert "immortal_time" in kinds(made["km"])
    landmark = made["km.landmark"]
    assert isinstance(landmark, Curves)
    # C and E died before day 60; G dies on it and counts, at time 0
    assert (landmark.n, landmark.events) == (6, 4)
    assert kinds(landmark)[:2] == ["landmark", "left_out"]
    assert row(made["km.landmark_estimates"], "rate", "yes", "30").estimate == pytest.approx(100)
    assert row(made["km.landmark_estimates"], "log_rank", "progressed").n == 6


def test_a_landmark_of_the_protocol_comes_first() -> None:
    made = run(
        {"by": "progressed", "landmark": 80}, texts(progressed=PROGRESSED),
        progressed={"kind": "occurrence", "event": "progression"},
    )  # fmt: skip
    assert made["km.landmark"].n == 4  # A, B, D and F
    assert {one.group for one in made["km.landmark"].rows} >= {"yes", "no", "all"}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("analysis", "message"),
    [
        ({"by": None, "test": "log_rank"}, "'log_rank' compares groups and there is no 'by'"),
        ({"by": None, "pairwise": "holm"}, "pairwise compares groups"),
        ({"by": None, "also": ["log_rank"]}, "also compares groups"),
        ({"rate_differences": True}, "'times', which is empty"),
        ({"test": "stratified_log_rank"}, "needs 'strata'"),
        ({"strata": "centre"}, "not asked for"),
        ({"test": "stratified_log_rank", "strata": "stage"}, "cannot be the strata"),
        ({"trend_scores": [1, 2, 3]}, "not asked for"),
        ({"test": "log_rank_trend", "trend_scores": [1, 2]}, "2 scores for 3 levels"),
        ({"landmark": 90}, "known when the time begins"),
        ({"landmark": 90, "by": None}, "there is no 'by'"),
        ({"test": "gray"}, "gray"),
    ],
)
def test_pages_that_make_no_sense(analysis: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        run(analysis)
