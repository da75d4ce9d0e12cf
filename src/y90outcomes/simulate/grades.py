"""Laboratory grades drawn first, then values that show them: one start and one band per sample."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from y90outcomes.simulate.bands import GRADED, STARTS, Band
from y90outcomes.simulate.course import Course
from y90outcomes.simulate.patients import Flags, Floats, Ints, Patients
from y90outcomes.simulate.settings import Settings

LAB_VISITS = ("baseline", "day_42", "day_90")


@dataclass(frozen=True, slots=True)
class Graded:
    """One analyte of n patients at LAB_VISITS: the grades its values must show, −1 without a sample.

    grade, grade_5   n × 3, CTCAE 4.03 and 5.0
    worst, worst_at  n × 2 (4.03, 5.0): worst grade above that of the baseline in a later sample and its visit; 0 and 0
                     where none is; −1 without a later sample
    value            n × 3, canonical unit
    """

    grade: Ints
    grade_5: Ints
    worst: Ints
    worst_at: Ints
    value: Floats


def draw_grades(
    settings: Settings, people: Patients, course: Course, limits: Mapping[str, Floats], rng: np.random.Generator
) -> dict[str, Graded]:
    """Grades and values of every graded analyte. `limits` analyte -> n × 2 lower and upper normal limit."""
    points = {"albumin": people.points[:, 1], "inr": people.points[:, 2]}
    made = {}
    for analyte in GRADED:
        start = _start(settings, analyte, points.get(analyte), course, rng)
        worse, onset = _worse(settings, analyte, start, course, rng)
        made[analyte] = _values(analyte, start, worse, onset, ~np.isnan(course.lab_day), limits[analyte], rng)
    return made


def _start(settings: Settings, analyte: str, points: Ints | None, course: Course, rng: np.random.Generator) -> Ints:
    """Number of the start of each patient, among those of the patient's Child–Pugh points."""
    n = len(course.end)
    u = rng.random(n)
    starts = list(STARTS[analyte].items())
    if analyte == "bilirubin":
        # raised only where the worst grade to come is another one: a rise from grade 1 to grade 1 would be none
        raised = (u < settings.number("bilirubin_above_uln_at_baseline")) & (course.bilirubin_grade != 1)
        return np.asarray(raised, dtype=np.int64)
    if analyte == "lymphocytes":
        return np.zeros(n, dtype=np.int64)
    shares = settings.assumptions["laboratory"][analyte]["start"]
    weight = np.array([float(shares[name]) for name, _ in starts])
    fits = np.ones((n, len(starts)), dtype=bool)
    if points is not None:
        fits = np.array([start.points for _, start in starts])[None, :] == points[:, None]
    steps = np.cumsum(np.where(fits, weight, 0.0), axis=1)
    return np.asarray((steps <= u[:, None] * steps[:, -1:]).sum(axis=1), dtype=np.int64)


def _worse(
    settings: Settings, analyte: str, start: Ints, course: Course, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Worst grade to come above the start (0 for none) and the visit that shows it first."""
    n = len(start)
    there = ~np.isnan(course.lab_day)
    u, v = rng.random((2, n))
    if analyte in ("bilirubin", "lymphocytes"):
        return (course.bilirubin_grade, course.onset[:, 0]) if analyte == "bilirubin" else (
            course.lymphocyte_grade, course.onset[:, 1])  # fmt: skip
    shares = settings.assumptions["laboratory"][analyte]["worse"]
    edges = np.cumsum([float(shares.get(grade, 0.0)) for grade in "4321"])
    drawn = np.maximum(4 - np.searchsorted(edges, u, side="right"), 0)
    known = np.zeros((len(STARTS[analyte]), 5), dtype=bool)
    for k, kind in enumerate(STARTS[analyte].values()):
        known[k, [band.grade for band in kind.after if band.grade > kind.band.grade]] = True
    drawn = np.where(known[start, drawn] & there[:, 1:].any(axis=1), drawn, 0)
    onset = np.where(there[:, 1] & (~there[:, 2] | (v < 0.5)), 1, 2)
    return drawn.astype(np.int64), onset.astype(np.int64)


def _values(
    analyte: str, start: Ints, worse: Ints, onset: Ints, there: Flags, limits: Floats, rng: np.random.Generator
) -> Graded:
    n = len(start)
    grade, grade_5 = np.full((n, 3), -1), np.full((n, 3), -1)
    value = np.full((n, 3), np.nan)
    place = rng.random(n)
    pick, near = rng.random((2, n, 3))
    for k, kind in enumerate(STARTS[analyte].values()):
        own = start == k
        value[own, 0] = _drawn(kind.band, place, limits, value[:, 0])[own]
        grade[own, 0], grade_5[own, 0] = kind.band.grade, kind.band.grade_5
        for visit in (1, 2):
            shows = np.where((worse > 0) & (onset == visit), worse, kind.band.grade)
            for wanted in {band.grade for band in kind.after}:
                fits = [band for band in kind.after if band.grade == wanted]
                chosen = _choice(fits, pick[:, visit], wanted == kind.band.grade)
                for b, band in enumerate(fits):
                    here = own & there[:, visit] & (shows == wanted) & (chosen == b)
                    at = 0.8 * place + 0.2 * near[:, visit]
                    value[here, visit] = _drawn(band, at, limits, value[:, 0])[here]
                    grade[here, visit], grade_5[here, visit] = band.grade, band.grade_5
    pairs = [_worst(grades) for grades in (grade, grade_5)]
    return Graded(
        grade=grade, grade_5=grade_5, value=value,
        worst=np.column_stack([pair[0] for pair in pairs]), worst_at=np.column_stack([pair[1] for pair in pairs]),
    )  # fmt: skip


def _choice(fits: list[Band], u: Floats, unchanged: bool) -> Ints:
    """Which band of a grade: each as likely, but where the grade is that of the start nearly always the first."""
    if unchanged and len(fits) > 1:
        return np.where(u < 0.1, 1 + (u * 10 * (len(fits) - 1)).astype(np.int64), 0)
    return np.minimum((u * len(fits)).astype(np.int64), len(fits) - 1)


def _drawn(band: Band, at: Floats, limits: Floats, baseline: Floats) -> Floats:
    unit = {"uln": limits[:, 1], "lln": limits[:, 0], "baseline": baseline, "fixed": np.ones(len(at))}[band.of]
    return np.asarray((band.low + (band.high - band.low) * at) * unit, dtype=np.float64)


def _worst(grades: Ints) -> tuple[Ints, Ints]:
    """Of drawn grades: the worst later one above the baseline's and the first visit that shows it."""
    later = grades[:, 1:]
    top = later.max(axis=1)
    risen = top > grades[:, 0]
    at = np.where(risen, later.argmax(axis=1) + 1, 0)
    return np.where(top < 0, -1, np.where(risen, top, 0)).astype(np.int64), at.astype(np.int64)
