"""Widths of simulated logistic curves again: weighted least squares on the raw dose, one study at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from y90outcomes.estimators.numbers import Floats

NUMPY = "numpy, weighted least squares"


def width(event: Floats, dose: Floats, at: Floats, level: float) -> Floats | None:
    """Width of the interval of the probability at `at` (k,) from event (n,) and dose (n,); None without a maximum."""
    from scipy import stats

    if len(event) == 0 or event.min() == event.max():
        return None
    yes, no = dose[event == 1.0], dose[event == 0.0]
    if no.max() <= yes.min() or yes.max() <= no.min():
        return None
    design = np.column_stack([np.ones(len(dose)), dose])
    beta = np.array([np.log(event.mean() / (1.0 - event.mean())), 0.0])
    for _ in range(100):
        eta = design @ beta
        p = 1.0 / (1.0 + np.exp(-eta))
        root = np.sqrt(p * (1.0 - p))
        new = np.linalg.lstsq(design * root[:, np.newaxis], root * eta + (event - p) / root, rcond=None)[0]
        moved, beta = float(np.abs(new - beta).max() / np.abs(new).max()), new
        if moved < 1e-13:
            break
    p = 1.0 / (1.0 + np.exp(-(design @ beta)))
    covariance = np.linalg.inv((design.T * (p * (1.0 - p))) @ design)
    rows = np.column_stack([np.ones(len(at)), at])
    eta = rows @ beta
    half = stats.norm.ppf((1.0 + level) / 2.0) * np.sqrt(np.diag(rows @ covariance @ rows.T))
    made: Floats = stats.logistic.cdf(eta + half) - stats.logistic.cdf(eta - half)
    return made


def studies(
    line: tuple[float, float], spread: tuple[float, float] | Floats, largest: int, replicates: int, seed: int
) -> tuple[Floats, Floats]:
    """Events and doses (replicates, largest): shares of the dose first, then chances of the event, by numpy's PCG64."""
    from scipy import stats

    draw = np.random.Generator(np.random.PCG64(seed))
    share = draw.random((replicates, largest))
    chance = draw.random((replicates, largest))
    if isinstance(spread, tuple):
        dose = (
            stats.lognorm.ppf(share, s=spread[1], scale=spread[0]) if spread[1] > 0 else np.full_like(share, spread[0])
        )
    else:
        place = share * (len(spread) - 1)
        below = np.minimum(place.astype(np.intp), len(spread) - 2)
        dose = spread[below] + (place - below) * (spread[below + 1] - spread[below])
    return (chance < stats.logistic.cdf(line[0] + line[1] * dose)).astype(float), dose


def told(widths: list[Floats | None], places: int, central: float) -> dict[str, Any]:
    """Median and limits (k,) of the central share, a study without a maximum counting 1, and how many those are."""
    whole = np.array([np.ones(places) if found is None else found for found in widths])
    low, high = (100.0 * (1.0 + side * central) / 2.0 for side in (-1, 1))
    return {
        "estimate": np.percentile(whole, 50, axis=0),
        "lower": np.percentile(whole, low, axis=0),
        "upper": np.percentile(whole, high, axis=0),
        "lost": sum(found is None for found in widths),
    }
