"""CTCAE grades a second, independent way: the printed bands, in exact decimals, one value at a time.

`data/ctcae_limits.csv` holds the bands of CTCAE 4.03 and 5.0 as the grading metadata of R's `admiral` print them
(pharmaverse, `admiral::atoxgr_criteria_ctcv4` and `atoxgr_criteria_ctcv5`); grade 1 of GGT with an abnormal baseline
follows the printed "2.0 - 2.5 x baseline", limit included. Ours are cumulative limits in binary floating point. The
bands are read here in plain Python and share no code, table or name with the package but the term itself.
"""

from __future__ import annotations

import csv
import operator
import random
from decimal import Decimal
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from y90outcomes.derivations.toxicity.grade import Values, bounds

BANDS = list(csv.DictReader((Path(__file__).parent / "data" / "ctcae_limits.csv").read_text("utf-8").splitlines()))
OURS = {
    "Blood bilirubin increased": "hyperbilirubinaemia",
    "Aspartate aminotransferase increased": "ast_increased",
    "Alanine aminotransferase increased": "alt_increased",
    "Alkaline phosphatase increased": "alp_increased",
    "GGT increased": "ggt_increased",
    "Creatinine increased": "creatinine_increased",
    "INR increased": "inr_increased",
    "Hypoalbuminemia": "hypoalbuminaemia",
    "Platelet count decreased": "thrombocytopenia",
    "Lymphocyte count decreased": "lymphopenia",
}
NUMBERS = {"4": "4.03", "5": "5.0"}
SIGNS = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
LIMITS = [Decimal(text) for text in ("0.9", "1.1", "1.2", "17.1", "20.5", "35", "41", "150")]
BASELINES = [Decimal(text) for text in ("0.3", "1.15", "1.3", "12.7", "33", "47", "130.7")]


def printed_grade(
    version: str,
    event: str,
    value: Decimal,
    uln: Decimal,
    lln: Decimal,
    baseline: Decimal,
    abnormal: bool,
    anticoagulated: bool = False,
) -> int:
    """The highest grade whose printed band holds the value; 0 for none."""
    holds = {"any", "abnormal" if abnormal else "normal", "anticoagulated" if anticoagulated else "not anticoagulated"}
    scale = {"ULN": uln, "baseline": baseline, "value": Decimal(1)}
    grade = 0
    for band in BANDS:
        if (band["version"], band["event"]) != (version, event) or band["baseline"] not in holds:
            continue
        inside = True
        for sign, text in ((band["from_operator"], band["from"]), (band["to_operator"], band["to"])):
            if sign:
                edge = lln if text == "LLN" else Decimal(text) * scale[band["of"]]
                inside = inside and SIGNS[sign](value, edge)
        if inside:
            grade = max(grade, int(band["grade"]))
    return grade


def grid(version: str, event: str, uln: Decimal, lln: Decimal, baseline: Decimal) -> list[Decimal]:
    """Every printed edge, a hair to both sides of it, and values between."""
    edges = {uln, lln, baseline}
    for band in BANDS:
        if (band["version"], band["event"]) == (version, event):
            for text in (band["from"], band["to"]):
                if text not in ("", "LLN"):
                    scale = {"ULN": uln, "baseline": baseline, "value": Decimal(1)}[band["of"]]
                    edges.add(Decimal(text) * scale)
    hair = Decimal("1e-9")
    near = [edge * step for edge in edges for step in (1 - hair, Decimal(1), 1 + hair)]
    draw = random.Random(f"{version}{event}{uln}{baseline}")  # noqa: S311
    top = float(max(edges)) * 1.3
    return near + [Decimal(f"{draw.uniform(0.01, top):.4g}") for _ in range(40)]


def ours(
    version: str, event: str, cases: list[tuple[Decimal, ...]], anticoagulated: bool
) -> tuple[list[int], list[int]]:
    value, uln, lln, baseline = (np.array([float(case[k]) for case in cases]) for k in range(4))
    abnormal = np.array([float(case[3] > case[1]) for case in cases])
    given = Values(
        value, np.zeros(len(cases)), uln, lln, baseline, abnormal, np.full(len(cases), float(anticoagulated))
    )
    made = bounds(OURS[event], NUMBERS[version], given)
    return made.low.tolist(), made.high.tolist()


@pytest.mark.parametrize("version", ["4", "5"])
@pytest.mark.parametrize("event", list(OURS))
def test_grades_are_those_of_the_printed_bands(version: str, event: str) -> None:
    for anticoagulated in (False, True) if event == "INR increased" else (False,):
        cases = [
            (value, uln, uln, baseline)
            for uln, baseline in product(LIMITS, BASELINES)
            for value in grid(version, event, uln, uln, baseline)
        ]
        expected = [printed_grade(version, event, *case, case[3] > case[1], anticoagulated) for case in cases]
        low, high = ours(version, event, cases, anticoagulated)
        assert low == high == expected
        assert len(set(expected)) == (4 if event in ("INR increased", "Hypoalbuminemia") else 5)


@pytest.mark.parametrize("version", ["4", "5"])
@pytest.mark.parametrize("event", list(OURS))
def test_bounds_with_something_missing_are_the_range_over_what_it_could_be(version: str, event: str) -> None:
    """With one input unknown, the printed grades over all it could be span exactly our bounds.

    The baseline has an upper limit of its own, so an unknown baseline may be normal or not, whatever this record's ULN.
    """
    could_be = [Decimal(text) * Decimal(10) ** k for k in range(-3, 5) for text in ("1", "2", "3.3", "5", "7.7")]
    values = [Decimal(text) for text in ("0.15", "7", "22", "33", "70")]
    for value, known, lost in product(values, BASELINES, ("uln", "lln", "baseline", "state")):
        usual = {"uln": known, "lln": known, "baseline": known}
        states = (False, True) if lost in ("baseline", "state") else (False,)
        grades = [
            printed_grade(
                version, event, value, **(usual if lost == "state" else usual | {lost: guess}), abnormal=state
            )
            for guess in could_be
            for state in states
        ]
        shown = {name: float(number) for name, number in usual.items()} | ({} if lost == "state" else {lost: np.nan})
        numbers = (float(value), 0.0, shown["uln"], shown["lln"], shown["baseline"], np.nan if len(states) > 1 else 0.0)
        made = bounds(OURS[event], NUMBERS[version], Values(*(np.array([number]) for number in (*numbers, 0.0))))
        assert (made.low[0], made.high[0]) == (min(grades), max(grades)), (value, known, lost)
        assert (made.reason[0] == "") == (made.low[0] == made.high[0])
