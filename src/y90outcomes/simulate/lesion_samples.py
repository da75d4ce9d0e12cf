"""Laboratory samples of the model `lesion_response`: the worst grade first, then values that show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from y90outcomes.schema import Schema
from y90outcomes.simulate.bands import STARTS
from y90outcomes.simulate.laboratory import normal_limits
from y90outcomes.simulate.lesion_centre import ANALYTES, STYLE
from y90outcomes.simulate.lesion_people import People
from y90outcomes.simulate.patients import Floats, Ints
from y90outcomes.simulate.settings import Settings


@dataclass(frozen=True, slots=True)
class Samples:
    """Laboratory samples of n patients at LAB_VISITS.

    day     n × 5, NaN without a sample
    grade   analyte -> n × 5 grade its value shows (CTCAE 5.0; the first sample is normal in all), -1 without one
    value   analyte -> n × 5 in the canonical unit
    """

    day: Floats
    grade: Mapping[str, Ints]
    value: Mapping[str, Floats]


def draw_samples(settings: Settings, schema: Schema, people: People, rng: np.random.Generator) -> Samples:
    """The worst grade of each patient first, then values that show it at one visit; the other visits show grade 0."""
    n = len(people.mad)
    planned_day = np.array([-7.0, 91.0, 183.0, 274.0, 360.0])
    day = planned_day + rng.integers(-5, 6, (n, 5)).astype(float)
    kept = np.zeros((n, 5), dtype=bool)
    kept[people.labs] = True
    kept[:, 0] |= people.eligible & ~people.labs & ~people.no_first_sample
    kept[:, 1] |= people.eligible & ~people.labs & people.no_first_sample
    day = np.where(kept & (day <= people.end[:, None]), day, np.nan)
    later = (~np.isnan(day[:, 1:])).sum(axis=1)
    severe = rng.random(n)
    first = float(settings.margins["toxicity_patients"]["count"]) / settings.margins["toxicity_patients"]["of"] / 2
    grades, values = {}, {}
    for analyte in ANALYTES:
        shares = settings.margins[f"toxicity_{analyte}"]["grades"]
        edges = np.cumsum(np.array(shares[:3], dtype=float) / sum(shares[:3]))
        worst = np.searchsorted(edges, rng.random(n), side="right").clip(max=2)
        both = severe < first if analyte in ("bilirubin", "albumin") else (severe >= first) & (severe < 2 * first)
        worst = np.where(both, 3, worst)
        at = 1 + np.minimum((rng.random(n) * np.maximum(later, 1)).astype(np.int64), np.where(both, 1, 3))
        there = ~np.isnan(day)
        grade = np.where(there, 0, -1)
        shown = np.arange(5)[None, :] == at[:, None]
        grade = np.where(there & shown, worst[:, None], grade)
        limits = normal_limits(STYLE, analyte, schema)
        kind = STARTS[analyte]["normal"]
        place, near = rng.random(n), rng.random((n, 5))
        of = {"uln": np.full(n, limits[1]), "lln": np.full(n, limits[0]), "fixed": np.ones(n)}
        start = (kind.band.low + (kind.band.high - kind.band.low) * place) * of[kind.band.of]
        of["baseline"] = start
        value = np.full((n, 5), np.nan)
        value[:, 0] = start
        for band in {band.grade: band for band in reversed(kind.after)}.values():
            drawn = (band.low + (band.high - band.low) * near) * of[band.of][:, None]
            here = grade == band.grade
            here[:, 0] = False
            value = np.where(here, drawn, value)
        grades[analyte] = grade
        values[analyte] = np.where(there, value, np.nan)
    return Samples(day, grades, values)
