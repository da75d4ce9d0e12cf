"""Printed against achieved for the model `lesion_response`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from y90outcomes.simulate.calibrate import calibration, row
from y90outcomes.simulate.lesion_centre import ANALYTES
from y90outcomes.simulate.lesion_lesions import Lesions, draw_lesions, solve_line
from y90outcomes.simulate.lesion_people import EVALUATION, HISTOLOGY, REASONS, People, draw_people
from y90outcomes.simulate.lesion_samples import Samples, draw_samples
from y90outcomes.simulate.lesion_times import DAYS_PER_MONTH, ORIGINS, solve_times
from y90outcomes.simulate.patients import Flags, Floats
from y90outcomes.simulate.settings import Settings

AREA_TOLERANCE = 0.03


def calibrate_lesions(settings: Settings, patients: int, seed: int) -> dict[str, Any]:
    """One entry per margin. Tolerance: 2.5 percentage points of a share, a tenth of a median or mean, 0.03 of an area
    under the curve, the printed interval of a hazard ratio. Beside a printed range stands the median of the extremes
    among as many as the paper has (`low`, `high`); it is shown and decides nothing."""
    from y90outcomes.schema import load_schema

    rng = np.random.default_rng(seed)
    people = draw_people(settings, solve_times(settings), patients, rng)
    lesions = draw_lesions(settings, solve_line(settings), people, rng)
    samples = draw_samples(settings, load_schema(), people, rng)
    entries: dict[str, Any] = {}
    margins = settings.margins
    for name, flags in _shares(people, lesions, samples):
        printed, achieved = 100 * settings.share(name), 100 * float(np.mean(flags))
        limits = {"percent": (printed - 2.5, printed + 2.5)}
        entries[name] = row({"percent": printed}, {"percent": achieved}, limits, margins[name])
    for name, values in _numbers(people, lesions):
        entries[name] = _number(margins[name], values)
    for name, (dose, event) in _areas(people, lesions).items():
        printed = float(margins[name]["estimate"])
        limits = {"estimate": (printed - AREA_TOLERANCE, printed + AREA_TOLERANCE)}
        entries[name] = row({"estimate": printed}, {"estimate": area(dose, event)}, limits, margins[name])
    for name, achieved_grades in _grades(people, samples):
        shares = np.array(margins[name]["grades"], dtype=float)
        printed_grades = {f"grade {k}": float(v) for k, v in enumerate(100 * shares / shares.sum())}
        limits = {key: (value - 2.5, value + 2.5) for key, value in printed_grades.items()}
        entries[name] = row(printed_grades, dict(zip(printed_grades, achieved_grades, strict=True)), limits,
                            margins[name])  # fmt: skip
    for name, ratio in hazard_ratios(people).items():
        margin = margins[name]
        limits = {"estimate": (float(margin["lower"]), float(margin["upper"]))}
        entries[name] = row({"estimate": float(margin["estimate"])}, {"estimate": ratio}, limits, margin)
    return calibration(settings, entries, patients, seed)


def area(score: Floats, event: Flags) -> float:
    """Area under the curve, by ranks; the scores have no ties that matter."""
    ranks = np.argsort(np.argsort(score, kind="stable"), kind="stable") + 1.0
    positive = int(event.sum())
    return float((ranks[event].sum() - positive * (positive + 1) / 2) / (positive * (len(event) - positive)))


def evaluated(people: People, lesions: Lesions) -> tuple[Flags, Flags]:
    """Lesions, and patients, with a follow-up scan."""
    return lesions.category != "", lesions.whole != ""


def _responds(categories: np.ndarray) -> Flags:
    return np.asarray(np.isin(categories, ("CR", "PR")), dtype=np.bool_)


def _areas(people: People, lesions: Lesions) -> dict[str, tuple[Floats, Flags]]:
    of_lesion, of_patient = evaluated(people, lesions)
    return {"auc_lesions": (lesions.dose[of_lesion], _responds(lesions.category[of_lesion])),
            "auc_patients": (people.mad[of_patient], _responds(lesions.whole[of_patient]))}  # fmt: skip


def _shares(people: People, lesions: Lesions, samples: Samples) -> Iterator[tuple[str, Flags]]:
    for k, name in enumerate(REASONS):
        yield name, people.reason == k
    inside = people.eligible
    for k, name in enumerate(EVALUATION):
        yield name, people.evaluation[inside] == k
    for k, name in enumerate(ORIGINS):
        yield f"origin_{name}", people.origin[inside] == k
    for grade in (1, 2, 3):
        yield f"grade_{grade}", people.grade[inside] == grade
    for k, name in enumerate(HISTOLOGY):
        yield f"histology_{name.removeprefix('neuroendocrine_')}", people.histology[people.reason == 3] == k
    for name in ("male", "endocrine", "cirrhosis", "extrahepatic", "thrombus", "partial"):
        yield name, getattr(people, name)[inside]
    yield "two_sessions", people.two_sessions[inside & ~people.partial]
    yield "labs_12_months", people.labs[inside]
    of_lesion, of_patient = evaluated(people, lesions)
    yield "lesion_response", _responds(lesions.category[of_lesion])
    yield "lesion_progression", lesions.category[of_lesion] == "PD"
    yield "patient_response", _responds(lesions.whole[of_patient])
    for name, day in (("death", people.death), ("progression", people.progression),
                      ("hepatic_progression", people.hepatic)):  # fmt: skip
        yield name, ~np.isnan(day[inside])
    worst = np.max([samples.grade[name][people.labs, 1:].max(axis=1) for name in ANALYTES], axis=0)
    yield "toxicity_patients", worst >= 3


def _numbers(people: People, lesions: Lesions) -> Iterator[tuple[str, Floats]]:
    inside = people.eligible
    for name in ("age", "treated_volume", "activity", "mird", "mad", "normal", "whole_normal", "lung_shunt"):
        yield name, getattr(people, name)[inside]
    part = inside & people.partial
    yield "partial_fraction", 100 * people.treated_volume[part] / people.liver_volume[part]
    of_lesion, of_patient = evaluated(people, lesions)
    count = np.bincount(lesions.patient[of_lesion], minlength=len(inside))
    yield "lesions_per_patient", count[of_patient].astype(float)
    for names, dose, category in (
        (("mad_responding_lesions", "mad_other_lesions"), lesions.dose[of_lesion], lesions.category[of_lesion]),
        (("mad_responding_patients", "mad_other_patients"), people.mad[of_patient], lesions.whole[of_patient]),
    ):
        responds = _responds(category)
        yield names[0], dose[responds]
        yield names[1], dose[~responds]
    yield "scan_before_months", -lesions.baseline_day[of_patient] / DAYS_PER_MONTH
    yield "scan_after_months", lesions.scan_day[of_patient] / DAYS_PER_MONTH
    for name, day in (("os_months", people.death), ("hepatic_months", people.hepatic),
                      ("progression_months", people.progression)):  # fmt: skip
        yield name, np.where(np.isnan(day), people.end, day)[inside] / DAYS_PER_MONTH


def _number(margin: Mapping[str, Any], values: Floats) -> dict[str, Any]:
    key = "mean" if "mean" in margin else "median"
    printed = {name: float(margin[name]) for name in (key, "low", "high") if name in margin}
    achieved = {key: float(np.mean(values) if key == "mean" else np.median(values))}
    if "low" in printed:
        n = int(margin["n"])
        samples = values[: len(values) // n * n].reshape(-1, n)
        achieved |= {"low": float(np.median(samples.min(axis=1))), "high": float(np.median(samples.max(axis=1)))}
    limits = {key: (0.9 * printed[key], 1.1 * printed[key])}
    return row(printed, achieved, limits, margin)


def _grades(people: People, samples: Samples) -> Iterator[tuple[str, list[float]]]:
    for analyte in ANALYTES:
        worst = samples.grade[analyte][people.labs, 1:].max(axis=1)
        yield f"toxicity_{analyte}", [100 * float((np.minimum(worst, 3) == grade).mean()) for grade in range(4)]


def hazard_ratios(people: People) -> dict[str, float]:
    """Hazard ratios of the models the paper prints, by Cox regression on the eligible."""
    from y90outcomes.estimators.cox import cox

    inside = people.eligible
    columns = {"g2": people.grade == 2, "g3": people.grade == 3, "origin": people.origin == 0, "mad": people.mad}
    wanted = {"hepatic": (people.hepatic, ("g2", "g3", "origin")),
              "global": (people.progression, ("g2", "g3", "origin", "mad")),
              "os": (people.death, ("g2", "g3", "mad"))}  # fmt: skip
    made: dict[str, float] = {}
    for endpoint, (day, terms) in wanted.items():
        time, event = np.where(np.isnan(day), people.end, day)[inside], ~np.isnan(day[inside])
        x = np.column_stack([columns[term][inside].astype(float) for term in terms])
        fit = cox(time, event, x, terms, ties="breslow")
        made |= {f"hr_{endpoint}_{found.name}": found.hazard_ratio for found in fit.terms}
    return made
