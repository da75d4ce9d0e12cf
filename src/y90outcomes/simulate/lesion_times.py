"""When patients of the model `lesion_response` progress and die, and what their other draws share.

Progression in the liver and outside it are two independent times given grade, origin and dose, so that the hazard of
the first progression anywhere is their sum; hazards are proportional and their coefficients are those of the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from y90outcomes.simulate.margins import from_extremes
from y90outcomes.simulate.numerics import root
from y90outcomes.simulate.patients import Flags, Floats, Ints
from y90outcomes.simulate.settings import Settings

ORIGINS = ("pancreas", "gastrointestinal", "unknown")
GRADES = ("grade_1", "grade_2", "grade_3")
REFERENCE_DOSE = 220.0
"""Gy; where the dose adds nothing to a hazard."""
DAYS_PER_MONTH = 30.4375
FIRST, LAST, CUTOFF = (np.datetime64(day) for day in ("2007-06-01", "2022-04-30", "2023-08-31"))
"""First and last day of treatment, and the end of follow-up."""
_STREAM = 20_240_621
_GRID = 8_000


@dataclass(frozen=True, slots=True)
class Times:
    """Weibull hazards of event times in months, solved from the printed counts and medians.

    A time is `start + scale × (E / (weight × exp(coefficients · x)))^(1/shape)`, E a unit exponential. Coefficients of
    grade 2, grade 3 (against 1), pancreatic origin, and dose in Gy above 220. `weight` is 1 but for hepatic
    progression, whose hazard is that share of the hazard of any progression in a patient with every covariate zero.
    """

    death: tuple[float, ...]
    progression: tuple[float, ...]
    hepatic: tuple[float, ...]
    death_scale: float
    death_shape: float
    progression_scale: float
    progression_shape: float
    hepatic_weight: float
    first_death: float
    first_progression: float


def allot(n: int, shares: list[float], rng: np.random.Generator) -> Ints:
    """n positions in `shares`, each as often as its share says (largest remainder), in random order."""
    wanted = n * np.array(shares) / sum(shares)
    count = np.floor(wanted).astype(np.int64)
    count[np.argsort(count - wanted, kind="stable")[: n - count.sum()]] += 1
    return rng.permutation(np.repeat(np.arange(len(shares)), count))


def counts(settings: Settings, names: tuple[str, ...]) -> list[float]:
    """The printed counts of margins."""
    return [float(settings.margins[name]["count"]) for name in names]


def scores(n: int, rng: np.random.Generator) -> Floats:
    """n normal scores, none beyond ±2.3: an extreme of the paper's size lies at ±2.2, and nobody far outside it."""
    z = rng.standard_normal(n)
    while (far := np.abs(z) > 2.3).any():
        z[far] = rng.standard_normal(int(far.sum()))
    return z


def extremes(settings: Settings, name: str, z: Floats) -> Floats:
    """Values of a margin with median and extremes, at normal scores."""
    margin = settings.margins[name]
    low, high = float(margin["low"]), float(margin["high"])
    return from_extremes(float(margin["median"]), low, high, int(margin["n"]))(z)


def risk(coefficients: tuple[float, ...], grade: Ints, pancreas: Flags, mad: Floats) -> Floats:
    """exp(coefficients · x) of each patient."""
    two, three, origin, dose = coefficients
    line = two * (grade == 2) + three * (grade == 3) + origin * pancreas + dose * (mad - REFERENCE_DOSE)
    return np.asarray(np.exp(line), dtype=np.float64)


def _coefficients(settings: Settings, name: str) -> tuple[float, ...]:
    page: Mapping[str, float] = settings.assumptions[name]
    return tuple(float(np.log(page[key])) for key in ("grade_2", "grade_3", "pancreas", "per_gy"))


def _months(start: float, scale: float, shape: float, unit: Floats, hazard: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return start + scale * np.where(hazard > 0, (unit / np.maximum(hazard, 1e-300)) ** (1 / shape), np.inf)


def event_months(times: Times, grade: Ints, pancreas: Flags, mad: Floats, unit: Floats) -> tuple[Floats, ...]:
    """Months to death, hepatic and any progression, whatever else happens. `unit` 3 × n unit exponentials."""
    any_, liver = risk(times.progression, grade, pancreas, mad), risk(times.hepatic, grade, pancreas, mad)
    liver = times.hepatic_weight * liver
    outside = any_ - liver
    if (outside < -1e-9).any():
        raise ArithmeticError("the hazard of hepatic progression is larger than that of any progression")
    death = _months(times.first_death, times.death_scale, times.death_shape, unit[0],
                    risk(times.death, grade, pancreas, mad))  # fmt: skip
    rest = (times.first_progression, times.progression_scale, times.progression_shape)
    hepatic = _months(*rest, unit[1], liver)
    elsewhere = _months(*rest, unit[2], np.where(outside > 1e-9, outside, 0.0))
    return death, hepatic, np.minimum(hepatic, elsewhere)


def solve_times(settings: Settings) -> Times:
    """Scales and the hepatic share that give the printed deaths' median and counts of progression; a fixed stream."""
    rng = np.random.default_rng(_STREAM)
    grade = 1 + allot(_GRID, counts(settings, GRADES), rng)
    pancreas = allot(_GRID, counts(settings, tuple(f"origin_{name}" for name in ORIGINS)), rng) == 0
    mad = extremes(settings, "mad", scores(_GRID, rng))
    unit = rng.exponential(size=(3, _GRID))
    seen = (CUTOFF - starts(_GRID, rng)).astype(float) / DAYS_PER_MONTH
    first = settings.assumptions["first_event_months"]
    shape = settings.assumptions["weibull_shape"]

    def made(death_scale: float, progression_scale: float, weight: float) -> Times:
        return Times(
            death=_coefficients(settings, "hazard_death"), progression=_coefficients(settings, "hazard_progression"),
            hepatic=_coefficients(settings, "hazard_hepatic"), death_scale=death_scale,
            death_shape=float(shape["death"]), progression_scale=progression_scale,
            progression_shape=float(shape["progression"]), hepatic_weight=weight,
            first_death=float(first["death"]), first_progression=float(first["progression"]),
        )  # fmt: skip

    def gaps(times: Times) -> tuple[float, float, float]:
        death, hepatic, progression = event_months(times, grade, pancreas, mad, unit)
        end = np.minimum(death, seen)
        return (float(np.median(end)) - float(settings.margins["os_months"]["median"]),
                float((progression <= end).mean()) - settings.share("progression"),
                float((hepatic <= end).mean()) - settings.share("hepatic_progression"))  # fmt: skip

    death_scale = float(np.exp(root(lambda s: gaps(made(float(np.exp(s)), 1.0, 1e-6))[0], 0.0, 8.0)))
    whole = made(death_scale, 1.0, 1.0)
    ratio = risk(whole.progression, grade, pancreas, mad) / risk(whole.hepatic, grade, pancreas, mad)
    largest = float(ratio.min()) * (1 - 1e-9)
    # the share of the liver does not move the hazard of the sum, so the scale is solved at one share for all
    scale = float(np.exp(root(lambda s: gaps(made(death_scale, float(np.exp(s)), largest / 2))[1], -3.0, 12.0)))
    weight = float(root(lambda w: gaps(made(death_scale, scale, w))[2], 0.02 * largest, largest))
    return made(death_scale, scale, weight)


def starts(n: int, rng: np.random.Generator) -> np.ndarray:
    """Days of treatment, each day of the window as likely."""
    days = int((LAST - FIRST).astype(int))
    return np.asarray(FIRST + rng.integers(0, days + 1, n).astype("timedelta64[D]"))
