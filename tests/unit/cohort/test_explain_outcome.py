"""Why an outcome is what it is: the deciding row first, every other row with what became of it."""

from __future__ import annotations

from typing import Any

from tests.spec.tables import AFP, build, expect, protocol, registry

from y90outcomes.cohort import build_cohort
from y90outcomes.cohort.columns import columns_of
from y90outcomes.cohort.outcomes import explain_outcome
from y90outcomes.methods import METHODS

BASE: dict[str, Any] = {"kind": "time_to_event", "censor": ["last_contact"], "unit": "days"}
PFS = BASE | {"event": ["progression", "death"]}
RANKED = {"event": "progression", "from": ["assessments", "follow_up"], "criterion": "mrecist"}
FOLLOW = "patient | event | occurrence | day\n"


def told(endpoint: dict[str, Any], parts: dict[str, Any] | None = None, **texts: str) -> list[tuple[str, str, int]]:
    """The steps about the only patient: text, table, and the row of its text table (0 for none)."""
    study, data = protocol(endpoints={"e": endpoint}, **(parts or {})), registry(**texts)
    steps = explain_outcome("e", columns_of(study, data), 0)
    rows = [int(data.tables[s.table]["source_row"].iloc[s.row]) if s.row >= 0 else 0 for s in steps]
    return [(step.text, step.table, row) for step, row in zip(steps, rows, strict=True)]


def test_the_row_that_decides_and_the_ones_that_do_not() -> None:
    steps = told(
        BASE | {"event": [RANKED, "death"], "later_therapy": "censor"},
        follow_up=FOLLOW + "A | progression | yes | 80\nA | death | yes | 300\nA | last_contact | yes | 290",
        assessments="patient | visit | response | day\nA | day_90 | PD | 90",
        therapies="patient | therapy | day\nA | systemic | 90\nA | tace | -3",
    )
    assert steps == [
        ("event on day 90, time 90 days", "assessments", 2),
        ("the origin (first treatment) is day 0 (treatments: treatments.txt, row 2)", "", 0),
        (
            "progression (from progressive disease in the response assessments): yes, day 90: decides",
            "assessments",
            2,
        ),
        (
            "progression (as the site reported it): yes, day 80: not taken, a source asked before it speaks",
            "follow_up",
            2,
        ),
        ("death: yes, day 300: later than what decides", "follow_up", 3),
        (
            "later therapy (censors): yes, day 90: on the same day, where another record counts first",
            "therapies",
            2,
        ),
        ("last contact (record that censors): yes, day 290: later than what decides", "follow_up", 4),
    ]


def test_the_cut_off_a_no_and_what_leaves_it_open() -> None:
    steps = told(
        PFS,
        {"data": {"cutoff": "2020-12-31"}},
        treatments="patient | date\nA | 2020-01-01",
        follow_up="patient | event | occurrence | date\nA | progression | no | \nA | death | yes | 2021-06-01",
    )
    assert [text for text, _, _ in steps] == [
        "censored on day 365, time 365 days",
        "the origin (first treatment) is day 0 (treatments: treatments.txt, row 2)",
        "the data cut-off is day 365: what is later is ignored",
        "progression: no, day not recorded: it did not happen",
        "death: yes, day 517: after the data cut-off: says only that the patient was seen without the event until then",
    ]
    steps = told(PFS, follow_up=FOLLOW + "A | progression | yes |\nA | death | yes | 100")
    assert steps[0][0] == "missing: an event happened, or may have, on a day that is not recorded"
    assert [text for text, _, _ in steps[2:]] == [
        "progression: yes, day not recorded: leaves the outcome open",
        "death: yes, day 100: would decide",
    ]


def test_a_rule_about_visits_names_the_assessment_that_decides() -> None:
    steps = told(
        PFS | {"missed_visits": {"after_days": 100}, "origin": "maa", "day_zero": 1, "landmark": 30},
        treatments="patient | day | maa_day\nA | 0 | -10",
        imaging="patient | visit | day\nA | month_1 | 30\nA | last | 200",
        follow_up=FOLLOW + "A | progression | yes | 200",
    )
    assert steps == [
        (
            "censored on day 30, time 11 days; censored at the last assessment, as the event came after missed visits",
            "imaging",
            2,
        ),
        (
            "the origin (MAA work-up) is day -10; time counts from the landmark 30 days later; its day is day 1",
            "treatments",
            2,
        ),
        ("progression: yes, day 200: not counted", "follow_up", 2),
        ("last imaging (adequate assessment): yes, day 30: decides", "imaging", 2),
        ("last imaging (adequate assessment): yes, day 200: later than what decides", "imaging", 3),
    ]


def test_a_binary_endpoint_refers_to_its_variable() -> None:
    study = protocol(
        variables={"died": {"kind": "occurrence", "event": "death"}},
        endpoints={"e": {"kind": "binary", "variable": "died", "event": ["yes"]}},
    )
    data = registry(follow_up=FOLLOW + "A | death | yes | 5")
    (step,) = explain_outcome("e", columns_of(study, data), 0)
    assert step.text == "event: yes of died; a missing value is without the event"


def test_imaging_gives_the_day_of_an_event_by_a_variable() -> None:
    """Any variable that counts days will do; where it has no value the next source is asked."""
    day = {"kind": "time_to", "event": "hepatic_progression", "unit": "days"}
    entry = {"event": "progression", "from": ["imaging", "follow_up"], "variable": "seen"}
    made = build(
        {"variables": {"seen": day}, "endpoints": {"e": BASE | {"event": [entry]}}},
        follow_up=FOLLOW + "A | hepatic_progression | yes | 60\nA | progression | yes | 90\nB | progression | yes | 90",
    )
    expect(
        made,
        "patient | e | e_time | e_source\nA | event | 60 | follow_up: follow_up.txt, row 2\n"
        "B | event | 90 | follow_up: follow_up.txt, row 4",
    )


def test_methods_of_two_states_take_a_competing_event_as_censored_and_say_so() -> None:
    parts = {
        "variables": {"afp": AFP},
        "endpoints": {"e": BASE | {"event": ["progression"], "deaths": "compete"}},
        "analyses": {
            "km": {"method": "kaplan_meier", "title": "K", "endpoint": "e"},
            "fu": {"method": "follow_up", "title": "F", "endpoint": "e"},
            "cox": {"method": "cox", "title": "C", "endpoint": "e", "terms": ["afp"]},
        },
    }
    study = protocol(**parts)
    data = registry(
        follow_up=FOLLOW + "A | progression | yes | 10\nB | death | yes | 20\nC | last_contact | yes | 30\n"
        "D | progression | yes | 40\nE | death | yes |",
        labs="patient | day | value\nA | 0 | 4\nB | 0 | 2\nC | 0 | 3\nD | 0 | 1\nE | 0 | 1",
    )
    cohort = build_cohort(study, data)
    assert cohort.outcomes["patient"]["e"].states == ("censored", "event", "competing")
    for name, spec in study.analyses.items():
        made = METHODS[spec.method](cohort, name, spec)[0]
        assert (made.n, made.events, made.missing) == (4, 2, 1)
        notes = {note.kind: note.message for note in made.notes}
        assert notes["competing_as_censored"].startswith("1 of 5 had a competing event first")
        assert notes["endpoint"].startswith("Time to progression: from the first treatment to progression")
        assert "on a day that is not recorded: 1" in notes["endpoint_reasons"]
