"""What no measurement may do to a response: depend on units or row order, or get better by going missing."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fixtures.records import records_of

from y90outcomes.derivations.response import CRITERIA, responses
from y90outcomes.derivations.types import Records

SIZES = st.sampled_from([0.0, 4.0, 5.0, 8.0, 10.0, 12.0, 14.0, 20.0, 24.0, 30.0])
ORDER = {"CR": 0, "PR": 1, "SD": 2, "PD": 3}
COURSES = st.lists(st.lists(SIZES, min_size=4, max_size=4), min_size=1, max_size=3)
VISITS = (("baseline", -5), ("day_42", 42), ("day_90", 90), ("day_180", 180))
HEAD = "patient|lesion|visit|day|longest_diameter|viable_diameter | viable_perpendicular | attenuation | new_lesion"


def lines(course: list[list[float]], drop: tuple[int, int] | None = None) -> list[str]:
    made = [f"A | | {visit} | {day} | | | | | no" for visit, day in VISITS[1:]]
    for lesion, sizes in enumerate(course):
        for place, ((visit, day), size) in enumerate(zip(VISITS, [sizes[0] + 10, *sizes[1:]], strict=True)):
            number = "" if drop == (lesion, place) else f"{size:g}"
            hu = "" if drop == (lesion, place) or not size else f"{60 + size:g}"
            made.append(f"A | L{lesion} | {visit} | {day} | {number} | {number} | {number} | {hu} |")
    return made


def records(course: list[list[float]], drop: tuple[int, int] | None = None, turn: int = 0) -> Records:
    rows = lines(course, drop)
    names = "\n".join(f"A | L{number} | target" for number in range(len(course)))
    rows = rows[turn:] + rows[:turn]
    return records_of(imaging="\n".join([HEAD, *rows]), lesions="patient | lesion | role\n" + names)


@settings(max_examples=5, deadline=None, derandomize=True)
@given(COURSES, st.integers(0, 8))
def test_the_order_of_rows_changes_nothing(course: list[list[float]], turn: int) -> None:
    for criterion in CRITERIA:
        pd.testing.assert_frame_equal(
            responses(records(course), criterion), responses(records(course, turn=turn), criterion)
        )


@settings(max_examples=6, deadline=None, derandomize=True)
@given(COURSES, st.integers(0, 2), st.integers(1, 3))
def test_a_missing_measurement_never_makes_that_visit_better(
    course: list[list[float]], lesion: int, place: int
) -> None:
    lesion %= len(course)
    for criterion in ("recist_1_1", "mrecist", "easl", "choi"):
        whole, part = (responses(records(course, drop), criterion)["response"][place - 1] for drop in
                       (None, (lesion, place)))  # fmt: skip
        if part != "NE":
            assert ORDER[part] >= ORDER[whole]


@pytest.mark.parametrize("criterion", ["recist_1_1", "mrecist", "easl", "choi"])
@settings(max_examples=5, deadline=None, derandomize=True)
@given(sizes=st.lists(SIZES, min_size=4, max_size=4))
def test_ratios_do_not_depend_on_the_unit(criterion: str, sizes: list[float]) -> None:
    """A lesion measured in cm and brought to mm, as decimals, is the lesion measured in mm."""
    made = records([sizes])
    frame = responses(made, criterion)
    scaled = made.tables["imaging"].copy()
    for column in ("longest_diameter", "viable_diameter", "viable_perpendicular"):
        scaled[column] = scaled[column] / 10 * 10
    other = Records(made.patients, made.lesions, dict(made.tables) | {"imaging": scaled})
    assert responses(other, criterion)["response"].tolist() == frame["response"].tolist()
