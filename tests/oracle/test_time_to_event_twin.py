"""Time to event a second way: synthetic patients one at a time in plain Python, counting-process rows by R's tmerge."""

from __future__ import annotations

import csv
import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.spec.tables import protocol, registry

from y90outcomes.cohort import build_cohort
from y90outcomes.cohort.episodes import episodes

HERE = Path(__file__).parent
Patient = dict[str, Any]
PATIENTS = 300
DAYS = [0, 1, 30, 60, 60, 89, 90, 91, 150, 180, 181, 240, 300]
"""Few days, so that many fall together and on the limits of the rules."""


def draw(seed: int) -> list[Patient]:
    """Synthetic patients: days of events (None: not recorded, "?": undated), therapies, assessments, last contact."""
    dice = random.Random(seed)  # noqa: S311

    def day(chance: float, undated: float = 0.03) -> int | str | None:
        if dice.random() > chance:
            return None
        return "?" if dice.random() < undated else dice.choice(DAYS)

    return [
        {
            "progression": day(0.6), "death": day(0.5), "contact": day(0.8, 0),
            "tace": day(0.2), "resection": day(0.2), "maa": -dice.choice([0, 7, 14]),
            "seen": sorted({-5, *(dice.choice(DAYS) for _ in range(dice.randrange(4)))}),
        }
        for _ in range(PATIENTS)
    ]  # fmt: skip


def by_hand(spec: dict[str, Any], patient: Patient) -> tuple[float, str] | None:
    """Time in days and state of one patient, None for missing; written from the words of the protocol."""
    origin = patient["maa"] if spec.get("origin") == "maa" else 0
    ends: list[tuple[float, int, str, str]] = []  # day, order on one day, what, how
    for place, name in enumerate(spec["event"]):
        if patient[name] == "?":
            return None
        if patient[name] is not None:
            ends.append((patient[name], place - 9, name, "event"))
    how = {"later_therapy": "tace", "resection_or_transplant": "resection"}
    for word, therapy in how.items():
        then = spec.get(word, "ignore")
        if then == "ignore" or patient[therapy] is None:
            continue
        if patient[therapy] == "?":
            return None
        if patient[therapy] > 0:
            ends.append((patient[therapy], {"compete": 1, "censor": 2, "censor_at_last": 3}[then], therapy, then))
    deaths = spec.get("deaths")
    if deaths in ("censor", "compete") and isinstance(patient["death"], int):
        ends.append((patient["death"], {"compete": 1, "censor": 2}[deaths], "death", deaths))
    if not ends and deaths == "compete" and patient["death"] == "?":
        return None

    after = [day for day in patient["seen"] if day > 0]
    if ends:
        day, _, what, then = min(ends)
        state = {"event": "event", "compete": "competing"}.get(then, "censored")
        if then == "censor_at_last":
            day = max([seen for seen in after if seen <= day], default=origin)
        gap = spec.get("missed_visits")
        if state == "event" and gap and gap.get("then") != "event":
            before = [seen for seen in after if seen < day or (seen == day and what == "death")]
            last = max(before, default=origin)
            if day - last > gap["after_days"]:
                day, state = last, "censored"
    elif patient["contact"] is None:
        return None
    else:
        day, state = patient["contact"], "censored"
    if state == "censored" and not after and spec.get("no_assessment", "ignore") != "ignore":
        if spec["no_assessment"] == "missing":
            return None
        day = origin
    time = day - origin
    landmark = spec.get("landmark")
    if landmark is not None:
        if time < landmark:
            return None
        time -= landmark
    return time + spec.get("day_zero", 0), state


def texts(patients: list[Patient]) -> dict[str, str]:
    """The patients as text tables."""
    follow, therapies = ["patient | event | occurrence | day"], ["patient | therapy | day"]
    imaging, treatments = ["patient | visit | day | source_row"], ["patient | day | maa_day"]
    assessed = ["patient | visit | criterion | response | day"]
    for number, patient in enumerate(patients):
        key = f"P{number:04}"
        treatments.append(f"{key} | 0 | {patient['maa']}")
        for event in ("progression", "death"):
            if patient[event] is not None:
                follow.append(f"{key} | {event} | yes | {'' if patient[event] == '?' else patient[event]}")
        if patient["contact"] is not None:
            follow.append(f"{key} | last_contact | yes | {patient['contact']}")
        for therapy in ("tace", "resection"):
            if patient[therapy] is not None:
                therapies.append(f"{key} | {therapy} | {'' if patient[therapy] == '?' else patient[therapy]}")
        for visit, day in enumerate(patient["seen"]):
            if visit % 2:
                assessed.append(f"{key} | month_{visit} | mrecist | SD | {day}")
            else:
                imaging.append(f"{key} | month_{visit} | {day}")
    imaging[0] = "patient | visit | day"
    made = {"follow_up": follow, "therapies": therapies, "imaging": imaging, "treatments": treatments}
    return {name: "\n".join(lines) for name, lines in (made | {"assessments": assessed}).items()}


BOTH, PROGRESSION = {"event": ["progression", "death"]}, {"event": ["progression"]}
GAP = {"missed_visits": {"after_days": 90}}
SPECS: dict[str, dict[str, Any]] = {
    "pfs": BOTH,
    "pfs_maa": BOTH | {"origin": "maa", "day_zero": 1},
    "pfs_gap": BOTH | GAP,
    "pfs_gap_maa": BOTH | GAP | {"origin": "maa", "no_assessment": "censor_day_0"},
    "pfs_gap_event": BOTH | {"missed_visits": {"after_days": 90, "then": "event"}},
    "pfs_unseen": BOTH | {"no_assessment": "censor_day_0"},
    "pfs_unseen_missing": BOTH | GAP | {"no_assessment": "missing"},
    "pfs_therapy": BOTH | {"later_therapy": "censor", "resection_or_transplant": "compete"},
    "pfs_therapy_last": BOTH | GAP | {"later_therapy": "censor_at_last", "resection_or_transplant": "censor"},
    "pfs_landmark": BOTH | {"landmark": 90, "origin": "maa"},
    "ttp": PROGRESSION | {"deaths": "censor"},
    "ttp_plain": PROGRESSION,
    "ttp_competing": PROGRESSION | {"deaths": "compete", "later_therapy": "compete"},
    "ttp_everything": PROGRESSION
    | GAP
    | {"deaths": "compete", "resection_or_transplant": "censor_at_last", "no_assessment": "missing", "landmark": 1},
}


@pytest.mark.parametrize("seed", [1, 2])
def test_every_endpoint_of_every_patient_is_as_by_hand(seed: int) -> None:
    patients = draw(seed)
    base = {"kind": "time_to_event", "censor": ["last_contact"], "unit": "days"}
    study = protocol(endpoints={name: base | spec for name, spec in SPECS.items()})
    made = build_cohort(study, registry(**texts(patients)))
    for name, spec in SPECS.items():
        outcome = made.outcomes["patient"][name]
        assert outcome.time is not None
        ours = [
            None if state != state else (time, outcome.states[int(state)])
            for time, state in zip(outcome.time, outcome.state, strict=True)
        ]
        theirs = [by_hand(spec, patient) for patient in patients]
        assert ours == theirs, name
        assert len({state for _, state in filter(None, theirs)}) >= 2, name  # the draw exercises the endpoint


def rows_of(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_episodes_are_those_of_tmerge() -> None:
    """R leaves no choice of ties: an event on the day of the switch belongs to the interval before it."""
    reference: dict[str, dict[int, float]] = {}
    for row in rows_of("reference/episodes.csv"):
        column, number = row["quantity"].split("@")
        reference.setdefault(column, {})[int(number)] = float(row["value"])
    theirs = sorted(
        tuple(reference[column][number] for column in ("id", "start", "stop", "switched", "status"))
        for number in reference["id"]
    )
    follow = ["patient | event | day"]
    ends = {"0": "last_contact", "1": "progression", "2": "death"}
    for row in rows_of("data/episodes.csv"):
        follow.append(f"{row['id']} | {ends[row['status']]} | {row['time']}")
        if row["switch"]:
            follow.append(f"{row['id']} | recurrence | {row['switch']}")
    study = protocol(
        endpoints={
            "e": {
                "kind": "time_to_event", "event": ["progression"], "deaths": "compete", "censor": ["last_contact"],
                "unit": "days",
            }
        }
    )  # fmt: skip
    data = registry(follow_up="\n".join(follow))
    made = episodes(build_cohort(study, data), data, "e", "recurrence").rows
    columns = ["patient_id", "start", "stop", "recurrence", "status"]
    ours = sorted(tuple(float(value) for value in row) for row in made[columns].itertuples(index=False))
    assert ours == theirs
    for before, after in pairwise(ours):
        assert before[0] != after[0] or before[2] == after[1]
