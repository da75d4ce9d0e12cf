"""A term known only after time begins: the naive model beside a landmark and a time-dependent one, by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest
from scipy.optimize import minimize_scalar
from tests.spec.tables import build, protocol

from y90outcomes.cohort import Cohort
from y90outcomes.methods import METHODS
from y90outcomes.methods.common import select
from y90outcomes.methods.late import at_landmark, landmark_time, late_terms, switched
from y90outcomes.results import EffectRow, Effects
from y90outcomes.study import Study

OS: dict[str, Any] = {"kind": "time_to_event", "event": ["death"], "censor": ["last_contact"], "unit": "days"}
RESECTED = {"kind": "grouped", "of": "operated", "groups": {"unoperated": ["no"], "resected": ["yes"]},
            "label": "Resection"}  # fmt: skip
OPERATED = {"kind": "status_at", "event": "surgery", "day": 120}
FOLLOW = "patient | event | day\n"
# Synthetic. Those who are resected had to live until then.
PATIENTS = FOLLOW + "\n".join(
    f"{patient} | {event} | {day}"
    for patient, event, day in [
        ("A", "death", 20), ("B", "death", 40), ("C", "death", 60), ("D", "death", 80), ("E", "last_contact", 300),
        ("F", "death", 110), ("G", "death", 130), ("H", "death", 200), ("I", "death", 260), ("J", "last_contact", 50),
    ]
)  # fmt: skip
SURGERY = "patient | day\nF | 45\nG | 90\nH | 100\nI | 30"


def cohort(**analysis: Any) -> Cohort:
    page = {"method": "cox", "title": "Survival", "endpoint": "os", "terms": ["resection"]} | analysis
    parts = {
        "variables": {"operated": OPERATED, "resection": RESECTED},
        "endpoints": {"os": OS},
        "analyses": {"c": page},
    }
    return build(parts, follow_up=PATIENTS, therapies=SURGERY)


def run(**analysis: Any) -> dict[str, Effects]:
    made = cohort(**analysis)
    results = METHODS["cox"](made, "c", made.study.analyses["c"])
    return {item.id: item for item in results if isinstance(item, Effects)}


def times() -> dict[str, Effects]:
    """The same with the time to resection as the term."""
    parts = {
        "variables": {"t": {"kind": "time_to", "event": "surgery", "unit": "days"}},
        "endpoints": {"os": OS},
        "analyses": {"c": {"method": "cox", "title": "C", "endpoint": "os", "terms": ["t"]}},
    }
    made = build(parts, follow_up=PATIENTS, therapies=SURGERY)
    results = METHODS["cox"](made, "c", made.study.analyses["c"])
    return {item.id: item for item in results if isinstance(item, Effects)}


def ratio(item: Effects) -> EffectRow:
    return next(row for row in item.rows if row.quantity == "hazard_ratio")


def highest(likelihood: Any) -> float:
    """exp of the coefficient at which a partial likelihood written out by hand is highest."""
    found = minimize_scalar(lambda b: -math.log(likelihood(math.exp(b))), bounds=(-9, 9), method="bounded",
                            options={"xatol": 1e-10})  # fmt: skip
    return math.exp(float(found.x))


def test_the_cohort_carries_the_day_of_each_switch() -> None:
    made = cohort().switches["patient"]["surgery"]
    assert [None if math.isnan(day) else day for day in made.days] == [None] * 5 + [45, 90, 100, 30, None]
    assert not made.unclear.any()


def test_the_naive_hazard_ratio_takes_the_time_before_resection_for_an_effect_of_it() -> None:
    """All four operations come before day 120; J is not followed to it. Unoperated deaths at 20, 40, 60, 80."""
    item = run()["c"]
    naive = highest(
        lambda r: 1 / (4 * r + 5) / (4 * r + 4) / (4 * r + 3) / (4 * r + 2)
        * r**4 / (4 * r + 1) / (3 * r + 1) / (2 * r + 1) / (r + 1)
    )  # fmt: skip
    assert (item.n, item.missing) == (9, 1)
    assert ratio(item).contrast == "resected_vs_unoperated"
    assert ratio(item).estimate == pytest.approx(naive, rel=1e-5)
    assert naive < 0.65
    note = next(note for note in item.notes if note.kind == "immortal_time")
    assert note.level == "warning"
    assert "a landmark version and a time-dependent version" in note.message


def test_time_dependent_by_hand() -> None:
    """At 20 nobody is resected yet; at 40 I is; at 60 and 80 F and I (J has left); then all four, and E."""
    item = run()["c.time_dependent"]
    best = highest(
        lambda r: 1 / 10 / (r + 8) / (2 * r + 5) / (2 * r + 4)
        * r**4 / (4 * r + 1) / (3 * r + 1) / (2 * r + 1) / (r + 1)
    )  # fmt: skip
    assert ratio(item).estimate == pytest.approx(best, rel=1e-5)
    assert (item.n, item.events, item.missing) == (10, 8, 0)
    assert "10 subjects in 14 intervals" in item.notes[0].message


def test_landmark_by_hand() -> None:
    """At day 60: A and B have died, J has left; C dies on the day itself and counts. F and I are resected."""
    items = run(landmark=60)
    item = items["c.landmark"]
    best = highest(
        lambda r: 1 / (2 * r + 5) / (2 * r + 4) * r / (2 * r + 3) / (r + 3) / (r + 2) * r / (r + 1)
    )  # fmt: skip
    assert ratio(item).estimate == pytest.approx(best, rel=1e-5)
    assert (item.n, item.events, item.missing) == (7, 6, 3)
    said = {note.kind: note.message for note in item.notes}
    assert "Landmark at 60 days after first treatment" in said["landmark"]
    assert said["left_out"] == "Of 10, left out here: the event or censoring came before the landmark: 3."


def test_the_bias_is_gone() -> None:
    items = run(landmark=60)
    naive, landmark, switch = (ratio(items[name]).estimate for name in ("c", "c.landmark", "c.time_dependent"))
    assert naive is not None
    assert landmark is not None
    assert switch is not None
    assert naive < landmark
    assert naive < switch


def test_without_a_landmark_the_median_switch_in_whole_months() -> None:
    """Switches at 30, 45, 90, 100: median 67.5 days, 2.2 months, 3 months of 30.4375 days."""
    item = times()["c.landmark"]
    assert "Landmark at 91.3125 days" in item.notes[0].message
    assert "The protocol gives no landmark" in item.notes[0].message
    assert "Landmark at 120 days" in run()["c.landmark"].notes[0].message


def test_a_landmark_beside_is_the_landmark_of_an_endpoint() -> None:
    parts = {
        "variables": {"p": {"kind": "status_at", "event": "surgery", "day": 60}},
        "endpoints": {"os": OS, "later": OS | {"landmark": 60}},
        "analyses": {
            name: {"method": "cox", "title": "C", "endpoint": name, "terms": ["p"]} for name in ("os", "later")
        },
    }
    made = build(parts, follow_up=PATIENTS, therapies=SURGERY)
    beside, own = (METHODS["cox"](made, name, made.study.analyses[name]) for name in ("os", "later"))
    assert [item.id for item in own] == ["later", "later.checks"]
    assert [item.id for item in beside] == ["os", "os.checks", "os.landmark", "os.time_dependent"]
    ours, theirs = beside[2], own[0]
    assert isinstance(ours, Effects)
    assert isinstance(theirs, Effects)
    assert ratio(ours).estimate == pytest.approx(ratio(theirs).estimate, rel=1e-9)
    assert (ours.n, ours.events) == (theirs.n, theirs.events)


def test_a_switch_on_an_unknown_day_is_left_out_and_counted() -> None:
    made = build(
        {
            "variables": {"p": {"kind": "occurrence", "event": "progression"}},
            "endpoints": {"os": OS},
            "analyses": {"c": {"method": "cox", "title": "C", "endpoint": "os", "terms": ["p"]}},
        },
        follow_up="patient | event | occurrence | day\n"
        "A | progression | yes |\nA | death | yes | 100\n"
        "B | progression | yes | 30\nB | death | yes | 90\nC | death | yes | 50\nD | death | yes | 0\n"
        "E | progression | yes | 120\nE | last_contact | yes | 110\nF | progression | yes |  -3\nF | death | yes | 70",
    )
    selection = select(made, made.study.analyses["c"])
    found = late_terms(selection, ["p"], "os")
    split = switched(selection, "os", found)
    assert [(int(s), float(a), float(b), str(v), float(d)) for s, a, b, v, d in zip(
        split.subject, split.start, split.stop, split.selection.values("p"), split.state, strict=True)] == [
        (1, 0, 30, "no", 0), (1, 30, 90, "yes", 1), (2, 0, 50, "no", 1), (4, 0, 110, "no", 0), (5, 0, 70, "yes", 1),
    ]  # fmt: skip
    assert dict(split.left_out) == {
        "time 0: nobody is at risk in an empty interval": 1,
        "the event that switches happened, or may have, on a day that is not recorded": 1,
    }
    there = at_landmark(selection, "os", found, 40.0)
    assert there.selection.values("p").isna().tolist() == [True, False, False, False, False, False]
    assert there.usable.tolist() == [True, True, True, False, True, True]
    assert there.time[there.usable].tolist() == [60, 50, 10, 70, 30]


def test_a_late_value_without_a_day_has_no_version_and_says_so() -> None:
    made = build(
        {
            "variables": {"r": {"kind": "derived", "derive": "reported_response", "criterion": "mrecist",
                                "visit": "best"}},
            "endpoints": {"os": OS},
            "analyses": {"c": {"method": "cox", "title": "C", "endpoint": "os", "terms": ["r"]}},
        },
        follow_up=PATIENTS,
        assessments="patient | response\nA | PD\nB | CR\nC | PD\nF | CR",
    )  # fmt: skip
    results = METHODS["cox"](made, "c", made.study.analyses["c"])
    assert [item.id for item in results] == ["c", "c.checks"]
    note = next(note for note in results[0].notes if note.kind == "immortal_time")
    assert "No landmark version: the protocol names no day by which" in note.message
    assert "No time-dependent version: no day is recorded" in note.message


def test_a_value_of_a_window_is_known_at_its_end() -> None:
    made = build(
        {
            "windows": {"baseline": {"from": -30, "to": 0}, "early": {"from": 20, "to": 60}},
            "variables": {"afp": {"kind": "derived", "derive": "afp", "window": "early"}},
            "endpoints": {"os": OS, "safe": OS | {"landmark": 60}},
            "analyses": {"c": {"method": "cox", "title": "C", "endpoint": "os", "terms": ["afp"]}},
        },
        follow_up=PATIENTS,
        labs="patient | day | value | visit\n"
        + "\n".join(f"{p} | 30 | {v} | follow_up" for p, v in zip("BCDEFGHI", (9, 2, 5, 1, 7, 3, 6, 4), strict=True)),
    )
    selection = select(made, made.study.analyses["c"])
    found = late_terms(selection, ["afp"], "os")
    assert landmark_time(selection, "os", found, None) == 60.0
    assert late_terms(selection, ["afp"], "safe") == ()
    results = METHODS["cox"](made, "c", made.study.analyses["c"])
    assert [item.id for item in results] == ["c", "c.checks", "c.landmark"]
    assert results[2].n == 7


def test_the_time_to_an_event_is_read_as_whether_it_has_happened() -> None:
    by_id = times()
    assert ratio(by_id["c"]).contrast is None
    assert ratio(by_id["c.time_dependent"]).contrast == "yes_vs_no"
    assert ratio(by_id["c.time_dependent"]).estimate == pytest.approx(ratio(run()["c.time_dependent"]).estimate)


@pytest.mark.parametrize(
    ("analysis", "message"),
    [
        ({"cluster": "patient", "inference": "likelihood_ratio"}, "takes rows as independent"),
        ({"strata": ["resection"]}, "within its strata"),
        ({"terms": ["pvtt"], "landmark": 3}, "nothing to wait for"),
    ],
)
def test_combinations_that_make_no_sense(analysis: dict[str, Any], message: str) -> None:
    page = {"method": "cox", "title": "Survival", "endpoint": "os", "terms": ["resection"]} | analysis
    variables = {
        "operated": OPERATED,
        "resection": RESECTED,
        "pvtt": {"kind": "derived", "derive": "pvtt", "window": "baseline"},
    }
    with pytest.raises(ValueError, match=message):
        protocol(variables=variables, endpoints={"os": OS}, analyses={"c": page})
    assert isinstance(protocol(variables=variables, endpoints={"os": OS}), Study)
