"""Landmark and time-dependent forms of an event after baseline, and windows that reach past day 0."""

from __future__ import annotations

from typing import Any

import pytest
from tests.spec.tables import AFP, build, cells, expect, page, protocol, registry, shown

from y90outcomes.cohort import build_cohort
from y90outcomes.cohort.episodes import NO_OUTCOME, NO_TIME, UNKNOWN_SWITCH, episodes
from y90outcomes.errors import InputError
from y90outcomes.methods import METHODS
from y90outcomes.study import Study
from y90outcomes.study.meaning import meaning
from y90outcomes.study.prose import prose

OS: dict[str, Any] = {"kind": "time_to_event", "event": ["death"], "censor": ["last_contact"], "unit": "days"}
STATUS = {"kind": "status_at", "event": "progression", "day": 90}
FOLLOW = "patient | event | occurrence | day\n"


@pytest.mark.parametrize(
    ("event", "day", "expected"),
    [
        ("death", "89", " | "),
        ("death", "90", "event | 0"),
        ("death", "91", "event | 1"),
        ("last_contact", "89.9999", " | "),
        ("last_contact", "90", "censored | 0"),
        ("last_contact", "100", "censored | 10"),
    ],
)
def test_time_counts_from_the_landmark(event: str, day: str, expected: str) -> None:
    made = build({"endpoints": {"e": OS | {"landmark": 90}}}, follow_up=FOLLOW + f"A | {event} | yes | {day}")
    expect(made, f"patient | e | e_time\nA | {expected}")


def test_who_is_left_out_before_the_landmark_is_counted() -> None:
    made = build({"endpoints": {"e": OS | {"landmark": 90}}}, follow_up=FOLLOW + "A | death | yes | 89")
    outcome = made.outcomes["patient"]["e"]
    assert outcome.reason is not None
    assert outcome.reason.tolist() == ["the event or censoring came before the landmark"]
    assert outcome.origin == "day 90 after first treatment"


def test_a_landmark_after_the_maa_work_up_with_the_first_day_as_day_1() -> None:
    made = build(
        {"endpoints": {"e": OS | {"landmark": 30, "origin": "maa", "day_zero": 1}}},
        treatments="patient | day | maa_day\nA | 0 | -10\nB | 0 | -10",
        follow_up=FOLLOW + "A | death | yes | 20\nB | death | yes | 19",
    )
    expect(made, "patient | e | e_time\nA | event | 1\nB | |")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("A | progression | yes | 90", "yes | follow_up: follow_up.txt, row 2"),
        ("A | progression | yes | 91", "no | follow_up: follow_up.txt, row 2"),
        ("A | last_contact | yes | 90", "no | follow_up: follow_up.txt, row 2"),
        ("A | last_contact | yes | 89", " | "),
        ("A | progression | no |\nA | last_contact | yes | 89", " | "),
        ("A | death | yes | 50", "no | follow_up: follow_up.txt, row 2"),
        ("A | progression | yes |\nA | last_contact | yes | 200", " | "),
        ("A | progression | | 50\nA | last_contact | yes | 200", " | "),
        ("A | progression | yes | -1\nA | last_contact | yes | 200", " | "),
        ("A | progression | yes | 0", "yes | follow_up: follow_up.txt, row 2"),
    ],
    ids=[
        "on the day", "the day after", "seen on the day", "not followed to it", "a no, not followed to it",
        "died before", "undated", "not known whether", "before day 0", "on day 0",
    ],
)  # fmt: skip
def test_status_at_a_day(rows: str, expected: str) -> None:
    expect(build({"variables": {"p": STATUS}}, follow_up=FOLLOW + rows), f"patient | p | p_source\nA | {expected}")


@pytest.mark.parametrize(("cutoff", "expected"), [("2020-03-31", "no"), ("2020-03-30", "")])
def test_status_at_a_day_and_the_cut_off(cutoff: str, expected: str) -> None:
    """Day 90 is 31 March 2020; what happened after the cut-off is not known."""
    made = build(
        {"variables": {"p": STATUS}, "data": {"cutoff": cutoff}},
        treatments="patient | date\nA | 2020-01-01",
        follow_up="patient | event | date\nA | progression | 2020-04-15",
    )
    expect(made, f"patient | p\nA | {expected}")


def test_a_status_is_a_variable_after_baseline_and_says_its_day() -> None:
    study = protocol(variables={"p": STATUS})
    assert meaning(study, "p").label == "Progression by day 90"
    assert meaning(study, "p").measured_at == "follow_up"
    said = next(section for section in prose(study) if section.heading == "Variables").entries
    assert said == ("Progression by day 90: progression by day 90, among patients followed to it.",)
    with pytest.raises(ValueError, match="unknown event"):
        Study(**page(variables={"p": STATUS | {"event": "nothing"}}))


@pytest.mark.parametrize(("landmark", "warned"), [(None, True), (89, True), (90, False), (120, False)])
def test_cox_warns_of_immortal_time_unless_a_landmark_protects(landmark: float | None, warned: bool) -> None:
    parts = {
        "variables": {"p": STATUS},
        "endpoints": {"e": OS | {"landmark": landmark}},
        "analyses": {"c": {"method": "cox", "title": "C", "endpoint": "e", "terms": ["p"]}},
    }
    study = protocol(**parts)
    rows = "A | progression | yes | 40\nA | death | yes | 200\nB | death | yes | 300\nC | death | yes | 400\n"
    data = registry(follow_up=FOLLOW + rows + "C | progression | yes | 80\nD | last_contact | yes | 500")
    spec = study.analyses["c"]
    made, *_ = METHODS["cox"](build_cohort(study, data), "c", spec)
    assert ("immortal_time" in [note.kind for note in made.notes]) == warned


# Time-dependent form


def split(follow: str, event: str = "progression", endpoint: dict[str, Any] | None = None, **texts: str) -> Any:
    study = protocol(endpoints={"e": endpoint or OS})
    data = registry(follow_up=FOLLOW + follow, **texts)
    return episodes(build_cohort(study, data), data, "e", event)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("A | progression | yes | 99\nA | death | yes | 100", "A | 0 | 99 | 0 | 0\nA | 99 | 100 | 1 | 1"),
        ("A | progression | yes | 100\nA | death | yes | 100", "A | 0 | 100 | 0 | 1"),
        ("A | progression | yes | 101\nA | death | yes | 100", "A | 0 | 100 | 0 | 1"),
        ("A | progression | yes | 0\nA | death | yes | 100", "A | 0 | 100 | 1 | 1"),
        ("A | progression | yes | 1\nA | death | yes | 100", "A | 0 | 1 | 0 | 0\nA | 1 | 100 | 1 | 1"),
        ("A | last_contact | yes | 100", "A | 0 | 100 | 0 | 0"),
        ("A | progression | yes | 40\nA | last_contact | yes | 50", "A | 0 | 40 | 0 | 0\nA | 40 | 50 | 1 | 0"),
    ],
    ids=["before", "on the day", "after", "on day 0", "the day after", "never", "censored after"],
)
def test_the_covariate_switches_at_the_event(rows: str, expected: str) -> None:
    made = split(rows)
    head = ["patient_id", "start", "stop", "progression", "status"]
    assert shown(made.rows, head) == cells(expected)
    assert made.left_out == {}


def test_a_competing_outcome_keeps_its_state_and_equal_months_meet() -> None:
    endpoint = {**OS, "event": ["progression"], "deaths": "compete", "unit": "months"}
    made = split("A | death | yes | 124.79375", "surgery", endpoint, therapies="patient | day\nA | 60.875")
    assert shown(made.rows, ["start", "stop", "surgery", "status"]) == [["0", "2", "0", "0"], ["2", "4.1", "1", "2"]]


def test_who_cannot_be_split_is_left_out_and_counted() -> None:
    made = split(
        "A | death | yes | 0\nB | death | yes |\nC | death | yes | 9\nC | progression | yes |\nD | death | yes | 9"
    )
    assert made.rows["patient_id"].tolist() == ["D"]
    assert made.left_out == {NO_OUTCOME: 1, NO_TIME: 1, UNKNOWN_SWITCH: 1}


def test_from_a_landmark_what_came_before_holds_from_the_start() -> None:
    made = split(
        "A | progression | yes | 30\nA | death | yes | 100\nB | progression | yes | 60\nB | death | yes | 100",
        endpoint=OS | {"landmark": 50},
    )
    rows = [["A", "0", "50", "1", "1"], ["B", "0", "10", "0", "0"], ["B", "10", "50", "1", "1"]]
    assert shown(made.rows, ["patient_id", "start", "stop", "progression", "status"]) == rows


@pytest.mark.parametrize(("endpoint", "event"), [("f", "progression"), ("e", "nothing")])
def test_a_name_that_is_not_there(endpoint: str, event: str) -> None:
    study, data = protocol(endpoints={"e": OS}), registry(follow_up=FOLLOW + "A | death | yes | 5")
    with pytest.raises(InputError):
        episodes(build_cohort(study, data), data, endpoint, event)


# Windows of a baseline


@pytest.mark.parametrize(
    ("window", "refused"),
    [
        ({"from": -30, "to": 0}, False),
        ({"from": -30, "to": 1}, True),
        ({"from": -30, "to": 1, "after_treatment": True}, False),
        ({"from": 1, "to": 90}, False),
    ],
)
def test_a_baseline_reaches_past_day_0_only_when_the_protocol_says_so(window: dict[str, Any], refused: bool) -> None:
    body = page(windows={"baseline": window}, variables={"afp": AFP})
    if refused:
        with pytest.raises(ValueError, match="one that says after_treatment: true"):
            Study(**body)
    else:
        assert meaning(Study(**body), "afp").measured_at == ("follow_up" if window["from"] == 1 else "baseline")


def test_values_from_after_day_0_are_counted_and_said() -> None:
    parts = {
        "windows": {"baseline": {"from": -30, "to": 30, "after_treatment": True}},
        "variables": {"afp": AFP},
    }
    made = build(parts, labs="patient | day | value\nA | 0 | 1\nB | 1 | 2\nC | -1 | 3\nC | 1 | 4")
    expect(made, "patient | afp\nA | 1\nB | 2\nC | 3")
    at = [column.name for column in made.records.columns].index("late")
    assert [row[at] for row in made.records.rows] == [1]
    section = next(section for section in prose(made.study) if section.heading == "Variables")
    assert "a baseline may come from after day 0, and such values are counted" in section.paragraphs[0]
