"""Lesions of the model `lesion_response`: dose, response with a patient's own tendency, and what CT measures.

The category of a lesion is drawn first and its measurements inside the limits of the category, with room for rounding
to whole millimetres and Hounsfield units. A patient's category is what the drawn lesions add up to.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from y90outcomes.simulate.lesion_people import People
from y90outcomes.simulate.lesion_times import DAYS_PER_MONTH, extremes, scores
from y90outcomes.simulate.numerics import expit, root
from y90outcomes.simulate.patients import Flags, Floats, Ints, Words
from y90outcomes.simulate.settings import Settings

CATEGORIES = ("CR", "PR", "SD", "PD")
LARGE_MM = 20
"""Smaller lesions are not dosed and not evaluated."""
MOST_LESIONS = 10
REFERENCE_DOSE = 200.0
"""Gy; where the covariate of the response line, the logarithm of the dose ratio, is zero."""
_STREAM, _GRID = 20_240_622, 12_000


@dataclass(frozen=True, slots=True)
class Line:
    """Logit of a lesion's response: intercept + slope × ln(dose / 200 Gy) + a patient's own term of this SD.

    `tilt` of the number of lesions 1 to 10 (probabilities in proportion to exp(tilt × number)).
    """

    intercept: float
    slope: float
    patient_sd: float
    within_sd_log: float
    tilt: float


@dataclass(frozen=True, slots=True)
class Lesions:
    """Every lesion of every patient, in the order of the patients.

    patient, number  position of the patient, 0 for its first lesion
    dose             Gy, NaN below 2 cm
    treated          inside the treated territory
    diameter, hu     whole mm and HU before treatment; `later_…` at the follow-up scan, NaN without one (or gone)
    category         what the follow-up scan shows of the lesion, "" without one
    whole            category of each patient, "" without a scan, and the day of the scans (NaN without a later one)
    reported         as the site read it
    """

    patient: Ints
    number: Ints
    dose: Floats
    treated: Flags
    diameter: Floats
    hu: Floats
    later_diameter: Floats
    later_hu: Floats
    category: Words
    whole: Words
    reported: Words
    new_lesion: Flags
    baseline_day: Floats
    scan_day: Floats


def solve_line(settings: Settings) -> Line:
    """Intercept and slope that give the printed share of responding lesions and the printed area under the curve."""
    rng = np.random.default_rng(_STREAM)
    sd, within = settings.number("patient_sd"), settings.number("within_sd_log")
    mad = extremes(settings, "mad", scores(_GRID, rng))
    ratio = settings.number("lesion_dose_ratio")
    x = np.sort(np.log(ratio * mad / REFERENCE_DOSE) + within * scores(_GRID, rng))
    own = sd * rng.standard_normal(_GRID)
    share, area = settings.share("lesion_response"), float(settings.margins["auc_lesions"]["estimate"])

    def intercept(slope: float) -> float:
        return float(root(lambda a: float(expit(a + slope * x + own).mean()) - share, -30, 30))

    def gap(slope: float) -> float:
        p = expit(intercept(slope) + slope * x + own)
        below = np.cumsum(1 - p) - (1 - p) / 2
        return float((p * below).sum() / (p.sum() * (1 - p).sum())) - area

    slope = float(root(gap, 0.0, 8.0))
    mean = float(settings.margins["lesions_per_patient"]["mean"])
    numbers = np.arange(1, MOST_LESIONS + 1)

    def excess(tilt: float) -> float:
        weight = np.exp(tilt * numbers)
        return float((weight * numbers).sum() / weight.sum()) - mean

    return Line(intercept(slope), slope, sd, within, float(root(excess, -3, 3)))


def draw_lesions(settings: Settings, line: Line, people: People, rng: np.random.Generator) -> Lesions:
    """Lesions of all patients; a follow-up scan of the evaluable eligible ones, no later than hepatic progression."""
    n = len(people.mad)
    weight = np.exp(line.tilt * np.arange(1, MOST_LESIONS + 1))
    count = rng.choice(np.arange(1, MOST_LESIONS + 1), n, p=weight / weight.sum())
    small = people.eligible & (people.evaluation == 1)
    left_out = people.reason == 2
    count = count + left_out * (count < MOST_LESIONS)
    patient = np.repeat(np.arange(n), count)
    number = np.arange(len(patient)) - np.repeat(np.cumsum(count) - count, count)
    total = len(patient)
    page = settings.assumptions["lesion_mm"]
    over = float(page["median_above_20"]) * np.exp(float(page["sd_log"]) * rng.standard_normal(total))
    large = np.round(np.minimum(LARGE_MM + over, 160))
    diameter = np.where(small[patient], rng.integers(8, LARGE_MM, total), large).astype(float)
    treated = ~(left_out[patient] & (number == 0))
    dose = settings.number("lesion_dose_ratio") * people.mad[patient] * np.exp(line.within_sd_log * scores(total, rng))
    dose = np.where(small[patient] | ~treated, np.nan, dose)
    hu = rng.integers(60, 111, total).astype(float)
    own = line.patient_sd * rng.standard_normal(n)
    responds = rng.random(total) < expit(
        line.intercept + line.slope * np.log(np.where(np.isnan(dose), 1, dose) / REFERENCE_DOSE) + own[patient]
    )
    complete = rng.random(total) < settings.number("complete_among_responding")
    progressive = rng.random(total) < settings.share("lesion_progression") / (1 - settings.share("lesion_response"))
    drawn = np.where(responds, np.where(complete, 0, 1), np.where(progressive, 3, 2))
    later_diameter, later_hu = _measured(settings, drawn, diameter, hu, rng)
    baseline_day, scan_day = _scans(settings, people, rng)
    scanned = ~np.isnan(scan_day)
    there = scanned[patient]
    new = scanned & (people.hepatic <= scan_day)
    later_diameter = np.where(there, later_diameter, np.nan)
    later_hu = np.where(there, later_hu, np.nan)
    whole = whole_category(n, patient, diameter, hu, later_diameter, later_hu, new, scanned)
    misread = rng.random(n) < settings.number("misread")
    reported = np.where(misread & (whole == "PR"), "SD", np.where(misread & (whole == "SD"), "PR", whole))
    return Lesions(
        patient=patient, number=number, dose=dose, treated=treated, diameter=diameter, hu=hu,
        later_diameter=later_diameter, later_hu=later_hu, category=np.where(there, np.array(CATEGORIES)[drawn], ""),
        whole=whole, reported=reported, new_lesion=new, baseline_day=baseline_day, scan_day=scan_day,
    )  # fmt: skip


def _measured(
    settings: Settings, drawn: Ints, diameter: Floats, hu: Floats, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Diameter and attenuation at follow-up that show the category drawn; a lesion that is gone has no attenuation."""
    total = len(drawn)
    u, v, w = rng.random((3, total))
    by_size = w < settings.number("partial_by_size")

    def between(low: float, high: float, at: Floats) -> Floats:
        return low + (high - low) * at

    size = np.select([drawn == 0, (drawn == 1) & by_size, drawn == 1, drawn == 2],
                     [np.zeros(total), between(0.5, 0.86, u), between(0.80, 1.06, u), between(0.93, 1.03, u)],
                     between(1.14, 1.35, u))  # fmt: skip
    dense = np.select([(drawn == 1) & by_size, drawn == 1], [between(0.6, 0.9, v), between(0.36, 0.81, v)],
                      between(0.91, 1.08, v))  # fmt: skip
    return np.round(diameter * size), np.where(drawn == 0, np.nan, np.round(hu * dense))


def _scans(settings: Settings, people: People, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Day of the scan before treatment of everybody, and of the first one after it of the evaluable."""
    n = len(people.mad)
    before, after = (
        np.round(DAYS_PER_MONTH * np.clip(extremes(settings, name, scores(n, rng)), low, high))
        for name, low, high in (("scan_before_months", 0.6, 4.9), ("scan_after_months", 1.0, 6.0))
    )
    evaluable = people.eligible & (people.evaluation == 0)
    last = np.fmin(people.end - 1, np.where(np.isnan(people.hepatic), np.inf, people.hepatic))
    return -before, np.where(evaluable, np.minimum(after, last), np.nan)


def whole_category(
    n: int, patient: Ints, diameter: Floats, hu: Floats, later: Floats, later_hu: Floats, new: Flags, scanned: Flags
) -> Words:
    """Choi of each patient from whole millimetres and Hounsfield units: sums and means over its lesions.

    PD with a new lesion; CR when all are gone; PR at a sum 10 % smaller or a mean attenuation 15 % lower (lesions still
    there, the same at both scans); else PD at a sum 10 % larger; else SD. Choi 2007, 10.1200/JCO.2006.07.3049.
    """
    before, after = (np.bincount(patient, values, n) for values in (diameter, np.nan_to_num(later)))
    there = later > 0
    dense_before, dense_after = (np.bincount(patient[there], values[there], n) for values in (hu, later_hu))
    partial = (10 * after <= 9 * before) | ((dense_before > 0) & (20 * dense_after <= 17 * dense_before))
    found = np.select([new, after == 0, partial, 10 * after >= 11 * before], ["PD", "CR", "PR", "PD"], "SD")
    return np.where(scanned, found, "")
