"""Patients of the model `lesion_response`: who is eligible, what they have, what they got, what happened to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from y90outcomes.simulate.lesion_times import (
    CUTOFF,
    DAYS_PER_MONTH,
    GRADES,
    ORIGINS,
    Times,
    allot,
    counts,
    event_months,
    extremes,
    scores,
    starts,
)
from y90outcomes.simulate.patients import Flags, Floats, Ints
from y90outcomes.simulate.settings import Settings

REASONS = ("eligible", "insufficient_data", "untreated_lesions", "histology", "no_survival_data")
"""Who is eligible, and why the others are not, in the order of the flow chart."""
EVALUATION = ("evaluable", "no_large_lesion", "no_follow_up_ct")
HISTOLOGY = ("neuroendocrine_carcinoma", "other")


@dataclass(frozen=True, slots=True)
class People:
    """n patients. Grades 1 to 3; doses in Gy, volumes in mL, fractions in %, activity in GBq; days from treatment.

    reason, evaluation, origin  positions in REASONS, EVALUATION, ORIGINS; `histology` in HISTOLOGY where it excludes
    hepatic, progression, death  day of the event, NaN where it was not seen; `end` the last day seen
    labs  samples of the whole first year; else only a first sample, or (`no_first_sample`) only a later one
    """

    reason: Ints
    evaluation: Ints
    origin: Ints
    histology: Ints
    grade: Ints
    age: Floats
    male: Flags
    endocrine: Flags
    cirrhosis: Flags
    extrahepatic: Flags
    thrombus: Flags
    partial: Flags
    two_sessions: Flags
    labs: Flags
    no_first_sample: Flags
    mad: Floats
    mird: Floats
    normal: Floats
    whole_normal: Floats
    treated_volume: Floats
    tumour_volume: Floats
    liver_volume: Floats
    activity: Floats
    residual: Floats
    lung_shunt: Floats
    start: np.ndarray
    hepatic: Floats
    progression: Floats
    death: Floats
    end: Floats

    @property
    def eligible(self) -> Flags:
        """In the study."""
        return np.asarray(self.reason == 0, dtype=np.bool_)


def draw_people(settings: Settings, times: Times, n: int, rng: np.random.Generator) -> People:
    """n screened patients. Eligibility, evaluability, grade, origin and full laboratory follow-up are allotted in the
    printed proportions (of all, or of the eligible); everything else is drawn."""
    reason = allot(n, counts(settings, REASONS), rng)
    inside = reason == 0
    evaluation = _within(inside, counts(settings, EVALUATION), rng)
    origin = _within(inside, counts(settings, tuple(f"origin_{name}" for name in ORIGINS)), rng)
    grade = 1 + _within(inside, counts(settings, GRADES), rng)
    histology = _within(reason == 3, counts(settings, ("histology_carcinoma", "histology_other")), rng)
    flags: dict[str, Any] = {name: rng.random(n) < settings.share(name) for name in
             ("male", "endocrine", "cirrhosis", "extrahepatic", "thrombus", "partial")}  # fmt: skip
    two = (rng.random(n) < settings.share("two_sessions")) & ~flags["partial"]
    late = rng.random(n) < settings.number("no_first_sample")
    age = np.floor(np.clip(extremes(settings, "age", scores(n, rng)), 20, 90))
    mad = extremes(settings, "mad", scores(n, rng))
    doses: dict[str, Any] = _doses(settings, mad, flags["partial"], rng)
    start = starts(n, rng)
    unit = rng.exponential(size=(3, n))
    death, hepatic, progression = event_months(times, grade, origin == 0, mad, unit)
    seen = (CUTOFF - start).astype(float)
    died, liver, any_ = (np.ceil(months * DAYS_PER_MONTH) for months in (death, hepatic, progression))
    end = np.minimum(died, seen)
    labs = _full_year(settings, inside, end, rng)
    return People(
        reason=reason, evaluation=evaluation, origin=origin, histology=histology, grade=grade, age=age,
        two_sessions=two, labs=labs, no_first_sample=late & ~labs, mad=mad, start=start,
        hepatic=np.where(liver <= end, liver, np.nan), progression=np.where(any_ <= end, any_, np.nan),
        death=np.where(died <= seen, died, np.nan), end=end, **flags, **doses,
    )  # fmt: skip


def _full_year(settings: Settings, inside: Flags, end: Floats, rng: np.random.Generator) -> Flags:
    """Whose laboratory values cover the year: the printed share of the eligible, of those seen for a year first."""
    order = rng.random(len(end)) + (end < 366) + 2.0 * ~inside
    made = np.zeros(len(end), dtype=np.bool_)
    made[np.argsort(order, kind="stable")[: round(settings.share("labs_12_months") * int(inside.sum()))]] = True
    return made


def _within(inside: Flags, shares: list[float], rng: np.random.Generator) -> Ints:
    """Positions in `shares`, allotted apart among those `inside` and among the others."""
    made = np.zeros(len(inside), dtype=np.int64)
    for group in (inside, ~inside):
        made[group] = allot(int(group.sum()), shares, rng)
    return made


def _doses(settings: Settings, mad: Floats, partial: Flags, rng: np.random.Generator) -> dict[str, Any]:
    """Volumes, activity and the doses that follow from each other by MIRD and by the energy of both compartments."""
    n = len(mad)
    volume = extremes(settings, "treated_volume", scores(n, rng))
    mird = extremes(settings, "mird", scores(n, rng))
    shunt = np.clip(extremes(settings, "lung_shunt", scores(n, rng)), 0.3, 35)
    page = settings.assumptions["tumour_share"]
    share = float(page["median"]) * np.exp(float(page["sd_log"]) * rng.standard_normal(n))
    lowest = float(page["lowest_normal_gy"])
    room = np.where(mad > mird, 0.9 * (mird - lowest) / np.maximum(mad - lowest, 1.0), 0.5)
    share = np.clip(np.minimum(share, room), 0.002, 0.5)
    normal = (mird - share * mad) / (1 - share)
    fraction = np.where(partial, extremes(settings, "partial_fraction", scores(n, rng)), 100.0)
    fraction = np.clip(fraction, 50, np.where(partial, 96, 100))
    liver = np.minimum(100 * volume / fraction, 7800)
    perfused_normal = volume * (1 - share)
    residual = rng.uniform(0.2, 2.0, n)
    mass = settings.number("density_g_per_ml") * volume / 1000
    net = mird * mass / settings.number("mird_gy_kg_per_gbq")
    return {
        "mird": mird, "normal": normal, "whole_normal": normal * perfused_normal / (liver - share * volume),
        "treated_volume": volume, "tumour_volume": share * volume, "liver_volume": liver, "residual": residual,
        "lung_shunt": shunt, "activity": net / ((1 - shunt / 100) * (1 - residual / 100)),
    }  # fmt: skip
