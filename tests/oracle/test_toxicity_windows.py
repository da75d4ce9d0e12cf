"""The highest grade of a window a second way: the definition read aloud, patient by patient, in plain Python.

Random small courses of platelets (absolute limits of CTCAE, grade 1 below LLN) with missing LLNs, undated samples and
progressions. Where every reading of what is missing gives one grade, that is ours; where they differ, ours is missing.
It shares no code with the package.
"""

from __future__ import annotations

import math
import random
from itertools import product
from typing import NamedTuple

import pytest
from tests.fixtures.records import records_of

from y90outcomes.derivations.catalogue import VARIABLES
from y90outcomes.derivations.rules import settled
from y90outcomes.derivations.types import Span

VISITS = ("maa", "baseline", "day_30", "day_60", "day_90", "day_180")
WINDOW, BASELINE = (1, 90, "day_90"), (-30, 0)


class Sample(NamedTuple):
    visit: str
    day: int | None
    value: float
    lln: float | None


def course(draw: random.Random) -> list[Sample]:
    days = {"maa": (-40, -5), "baseline": (-4, 0), "day_30": (1, 40), "day_60": (41, 70), "day_90": (71, 95),
            "day_180": (150, 200)}  # fmt: skip
    return [
        Sample(
            visit,
            None if visit == "day_90" and draw.random() < 0.3 else draw.randint(*days[visit]),
            draw.choice([20, 24.9, 25, 40, 50, 60, 75, 90, 149, 150, 200]),
            draw.choice([150, 150, 150, None]),
        )
        for visit in VISITS
        if draw.random() < 0.7
    ]


def grade(value: float, lln: float) -> int:
    if value < 25:
        return 4
    if value < 50:
        return 3
    if value < 75:
        return 2
    return 1 if value < lln else 0


def read_aloud(
    samples: list[Sample], progressed: float | None, undated: bool, emergent: bool, free: bool
) -> set[int] | None:
    """Every grade the course could have; None where no sample lies in the window."""
    before = [s for s in samples if s.day is not None and BASELINE[0] <= s.day <= BASELINE[1]]
    base = max(before, key=lambda s: s.day or 0) if before else None
    inside = [
        s
        for s in samples
        if s is not base and ((s.day is None and s.visit == WINDOW[2]) or (s.day and WINDOW[0] <= s.day <= WINDOW[1]))
    ]
    if not inside:
        return None
    unknown = [s for s in samples if s.lln is None]
    found = set()
    for guesses in product((0.001, 1e6), repeat=len(unknown)):
        lln = {id(s): guess for s, guess in zip(unknown, guesses, strict=True)}
        grades = [(s, grade(s.value, lln.get(id(s), s.lln or 0))) for s in inside]
        bases = [grade(base.value, lln.get(id(base), base.lln or 0))] if base is not None else [0, 1, 2, 3, 4]
        for floor in bases if emergent else [-1]:
            counted = [(s, g if g > floor else 0) for s, g in grades]
            for stop in stops(progressed, undated) if free else [math.inf]:
                # an undated sample may have been taken on any day
                for when in (-1, 500) if any(s.day is None for s, _ in counted) else (0,):
                    found.add(max([0, *(g for s, g in counted if (when if s.day is None else s.day) < stop)]))
    return found


def stops(progressed: float | None, undated: bool) -> list[float]:
    """Days from which grades no longer count; on the day of progression either order is possible."""
    ends = [math.inf] if progressed is None else [progressed, progressed + 0.5]
    return [*ends, *((-math.inf,) if undated else ())]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("emergent", [True, False])
@pytest.mark.parametrize("free", [True, False])
def test_highest_grades(seed: int, emergent: bool, free: bool) -> None:
    draw = random.Random(seed)  # noqa: S311
    courses = [course(draw) for _ in range(60)]
    ends = [draw.choice([None, None, 20, 35, 50, 60, 85]) for _ in courses]
    open_ = [draw.random() < 0.15 for _ in courses]
    labs = ["patient | analyte | visit | day | value | lln"]
    stopped = ["patient | event | occurrence | day"]
    for number, (samples, end, undated) in enumerate(zip(courses, ends, open_, strict=True)):
        # another analyte keeps a patient without platelets in the registry
        labs.append(f"P{number:03d} | sodium | baseline | -1 | 140 | ")
        for s in samples:
            shown = "" if s.day is None else s.day
            labs.append(f"P{number:03d} | platelets | {s.visit} | {shown} | {s.value} | {s.lln or ''}")
        if end is not None:
            stopped.append(f"P{number:03d} | progression | yes | {end}")
        if undated:
            stopped.append(f"P{number:03d} | local_progression | yes | ")
    records = records_of(labs="\n".join(labs), follow_up="\n".join(stopped))
    rules = {"term": "thrombocytopenia", "emergent": emergent,
             "progression": "without_progression" if free else "any"}  # fmt: skip
    variable, least = VARIABLES["max_toxicity_grade"], VARIABLES["toxicity_at_least"]
    spans = {"window": Span(1, 90, 45, "day_90"), "baseline": Span(-30, 0, 0)}
    assert variable.derive is not None
    assert least.derive is not None
    grades = variable.derive(records, **spans, **settled(variable, rules)).values
    reached = {k: least.derive(records, **spans, **settled(least, rules | {"grade": k})).values for k in range(1, 5)}
    known = 0
    for number, (samples, end, undated) in enumerate(zip(courses, ends, open_, strict=True)):
        could_be = read_aloud(samples, end, undated, emergent, free)
        got = grades.astype(object).where(grades.notna(), None).iloc[number]
        if could_be is None:
            assert got is None
            continue
        assert got == (str(*could_be) if len(could_be) == 1 else None), (samples, end, undated, could_be)
        known += len(could_be) == 1
        for k, answers in reached.items():
            said = {True: "yes", False: "no"}
            expected = said[min(could_be) >= k] if (min(could_be) >= k) == (max(could_be) >= k) else None
            assert answers.astype(object).where(answers.notna(), None).iloc[number] == expected
    assert known > 10
