"""How wide the 95 % interval of a logistic curve will be in a study of n patients, by simulation.

TARGET chose its size so: 200 to 300 patients, from simulated curves of an adverse event over dose
(10.1007/s00259-022-05774-0). A replicate draws n doses, then events from the assumed curve, and fits the curve anew.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from y90outcomes.conventions import LEVEL
from y90outcomes.estimators.arrays import as_matrix, as_vector, check_level, normal_quantile
from y90outcomes.estimators.logistic_likelihood import maximise, with_intercept
from y90outcomes.estimators.numbers import Booleans, Floats

__all__ = ["CurveWidth", "curve_width", "doses_of", "fitted_widths", "line_through"]

NOTHING_KNOWN = 1.0
"""Width of the interval of a probability where a replicate has no finite maximum: anything from 0 to 1 is possible."""
_STEPS = 40
_DONE = 1e-20  # squared Newton step in standard errors; the step that follows is below rounding
_LONGEST = 6.0  # no step moves a linear predictor by more


@dataclass(frozen=True, slots=True)
class CurveWidth:
    """Width of the interval of the probability at `dose` among replicates of `n` patients, as a share of 0 to 1.

    estimate  median over all replicates, one without a finite maximum counting 1 (nothing known)
    lower, upper  quantiles between which the central share of replicates lies
    probability  the assumed one at the dose; `events` the mean number of events of a replicate
    without_maximum  replicates without a finite maximum; `reason` says where that is most of them
    """

    n: int
    dose: float
    estimate: float
    lower: float
    upper: float
    probability: float
    events: float
    replicates: int
    without_maximum: int
    reason: str = ""


def line_through(doses: ArrayLike, probabilities: ArrayLike) -> tuple[float, float]:
    """Intercept and slope per unit of dose of the logistic line through two points: doses (p,), probabilities (p,).

    Raises ValueError unless there are two different doses and two probabilities between 0 and 1. The line of
    Berkson, J Am Stat Assoc 1944;39:357, 10.2307/2280041; logits as R's `stats::qlogis`.
    """
    x, p = as_vector("doses", doses), as_vector("probabilities", probabilities)
    if len(x) != 2 or len(p) != 2 or x[0] == x[1]:
        raise ValueError("a line needs two different doses and a probability at each")
    if not ((p > 0.0) & (p < 1.0)).all():
        raise ValueError("probabilities must lie between 0 and 1")
    logit = np.log(p) - np.log1p(-p)
    slope = float((logit[1] - logit[0]) / (x[1] - x[0]))
    return float(logit[0] - slope * x[0]), slope


def doses_of(
    share: ArrayLike, *, median: float | None = None, sd_log: float | None = None, quantiles: ArrayLike | None = None
) -> Floats:
    """Doses at shares (r, n) strictly between 0 and 1 of a distribution: log-normal, or through given quantiles (q,).

    Either `median` > 0 with `sd_log` ≥ 0 (standard deviation of the natural logarithm), or at least two `quantiles`
    at equally spaced shares from 0 to 1, never falling, straight between them. Raises ValueError for anything else and
    for missing values. R's `stats::qlnorm` and `stats::approx`. Johnson, Kotz and Balakrishnan, Continuous Univariate
    Distributions, 1994.
    """
    from scipy.special import ndtri

    u = as_matrix("share", share)
    if not ((u > 0.0) & (u < 1.0)).all():
        raise ValueError("share must lie between 0 and 1")
    if quantiles is None:
        if median is None or sd_log is None or not (0.0 < median < math.inf and 0.0 <= sd_log < math.inf):
            raise ValueError("doses need a median above 0 with an SD of the logarithm, or quantiles")
        return np.asarray(median * np.exp(sd_log * ndtri(u)), dtype=np.float64)
    if median is not None or sd_log is not None:
        raise ValueError("doses are given by median and SD of the logarithm or by quantiles, not by both")
    known = as_vector("quantiles", quantiles)
    if len(known) < 2 or (known[1:] < known[:-1]).any():
        raise ValueError("quantiles must be at least two, in rising order")
    place = u * (len(known) - 1)
    below = np.minimum(place.astype(np.int64), len(known) - 2)
    part = place - below
    return np.asarray(known[below] * (1.0 - part) + known[below + 1] * part, dtype=np.float64)  # cannot overflow


def fitted_widths(event: ArrayLike, dose: ArrayLike, at: ArrayLike, *, level: float = LEVEL) -> tuple[Floats, Booleans]:
    """Of r replicates at once: events (r, n) of 0 and 1 on doses (r, n), width of the interval at doses `at` (k,).

    Gives widths (r, k) and whether the maximum of each replicate (r,) is finite. The line is fitted by maximum
    likelihood, the interval is Wald's on the log odds, taken back (R's `stats::predict.glm` of a `stats::glm` with
    `plogis`). A replicate without a finite maximum (nobody, one outcome only, one dose only, or doses of events and of
    others that meet in at most a point; Albert and Anderson, Biometrika 1984;71:1, 10.1093/biomet/71.1.1) has width 1.
    Raises ValueError for missing values, other shapes and events beyond 0 and 1.
    """
    y, x, where = as_matrix("event", event), as_matrix("dose", dose), as_vector("at", at)
    if y.shape != x.shape:
        raise ValueError(f"event and dose differ in shape: {y.shape} and {x.shape}")
    if not np.isin(y, (0.0, 1.0)).all():
        raise ValueError("event must hold 0 and 1 only")
    quantile = normal_quantile(check_level(level))
    widths = np.full((len(y), len(where)), NOTHING_KNOWN)
    finite = _overlapping(y, x)
    if not finite.any():
        return widths, finite
    z, middle, size = _standardised(x[finite])
    beta, information, converged = _maxima(y[finite], z)
    for row in np.flatnonzero(~converged):
        found = maximise(y[finite][row], with_intercept(z[row][:, np.newaxis]))
        beta[row], information[row], converged[row] = found.beta, found.point.information, found.converged
    finite[finite] = converged
    if not finite.any():
        return widths, finite
    beta, information, middle, size = (part[converged] for part in (beta, information, middle, size))
    with np.errstate(all="ignore"):
        moved = (where[np.newaxis, :] / size[:, np.newaxis]) - (middle / size)[:, np.newaxis]
        a, b, c = information[:, 0, 0], information[:, 0, 1], information[:, 1, 1]
        variance = (c[:, np.newaxis] - 2.0 * b[:, np.newaxis] * moved + a[:, np.newaxis] * moved**2) / (a * c - b * b)[
            :, np.newaxis
        ]
        eta, half = beta[:, :1] + beta[:, 1:] * moved, quantile * np.sqrt(variance)
        made = _share(eta + half) - _share(eta - half)
    widths[finite] = np.where(np.isfinite(made), made, NOTHING_KNOWN)
    return widths, finite


def curve_width(
    intercept: float,
    slope: float,
    sizes: Sequence[int],
    at: ArrayLike,
    *,
    median: float | None = None,
    sd_log: float | None = None,
    quantiles: ArrayLike | None = None,
    replicates: int = 1000,
    seed: int = 1,
    level: float = LEVEL,
    central: float = 0.9,
) -> tuple[CurveWidth, ...]:
    """For every size (counts of patients) and every dose of `at` (k,): the width of the interval of the fitted curve.

    The assumed curve has `intercept` and `slope` on the log odds per unit of dose (`line_through`). Doses come from
    `doses_of`, drawn with `seed` for the largest size; a smaller study is the first patients of a larger one, so widths
    of two sizes differ by their sizes alone. `central` is the share of replicates between `lower` and `upper`
    (quantiles of type 7). A replicate without a finite maximum counts as width 1 and in `without_maximum`.
    Raises ValueError for missing or infinite numbers, no size or one below 0, replicates below 1 and such a `central`.
    R has none; each fit is `stats::glm`. TARGET, Lam, Eur J Nucl Med Mol Imaging 2022;49:3340,
    10.1007/s00259-022-05774-0.
    """
    where = as_vector("at", at)
    line = as_vector("intercept and slope", [intercept, slope])
    check_level(level)
    if not 0.0 < central < 1.0:
        raise ValueError(f"central must lie between 0 and 1, got {central}")
    if not sizes or any(size < 0 or size != int(size) for size in sizes) or replicates < 1:
        raise ValueError("sizes must be whole numbers not below 0 and replicates at least 1")
    largest = int(max(sizes))
    draw = np.random.default_rng(seed)
    share, chance = draw.random((replicates, largest)), draw.random((replicates, largest))
    dose = doses_of(np.maximum(share, 2.0**-60), median=median, sd_log=sd_log, quantiles=quantiles)
    event = (chance < _share(line[0] + line[1] * dose)).astype(np.float64)
    found = []
    for n in map(int, sizes):
        widths, finite = fitted_widths(event[:, :n], dose[:, :n], where, level=level)
        middle, lower, upper = np.quantile(widths, [0.5, (1.0 - central) / 2.0, (1.0 + central) / 2.0], axis=0)
        lost = int((~finite).sum())
        reason = "most replicates have no finite maximum, so that nothing is known" if 2 * lost > replicates else ""
        found += [
            CurveWidth(
                n=n,
                dose=float(x),
                estimate=float(middle[place]),
                lower=float(lower[place]),
                upper=float(upper[place]),
                probability=float(_share(line[0] + line[1] * x)),
                events=float(event[:, :n].sum(axis=1).mean()),
                replicates=replicates,
                without_maximum=lost,
                reason=reason,
            )
            for place, x in enumerate(where)
        ]
    return tuple(found)


def _share(eta: ArrayLike) -> Floats:
    from scipy.special import expit

    return np.asarray(expit(eta), dtype=np.float64)


def _overlapping(y: Floats, x: Floats) -> Booleans:
    """Replicates (r,) whose doses of events and of others overlap in more than a point: their maximum is finite."""
    if x.shape[1] == 0:
        return np.zeros(len(x), dtype=bool)
    yes = y == 1.0
    low_yes, high_yes = np.where(yes, x, np.inf).min(axis=1), np.where(yes, x, -np.inf).max(axis=1)
    low_no, high_no = np.where(yes, np.inf, x).min(axis=1), np.where(yes, -np.inf, x).max(axis=1)
    return np.asarray((high_no > low_yes) & (high_yes > low_no), dtype=np.bool_)


def _standardised(x: Floats) -> tuple[Floats, Floats, Floats]:
    """Each row less its mean over its SD, with mean and SD (r,); rows are not constant."""
    largest = np.abs(x).max(axis=1)
    shrunk = x / largest[:, np.newaxis]
    mean = shrunk.mean(axis=1)
    centred = shrunk - mean[:, np.newaxis]
    sd = np.sqrt((centred**2).mean(axis=1))
    return centred / sd[:, np.newaxis], mean * largest, sd * largest


def _maxima(y: Floats, z: Floats) -> tuple[Floats, Floats, Booleans]:
    """Newton's method on every row at once: coefficients (r, 2), information (r, 2, 2), whether it ended."""
    r = len(y)
    rate = y.mean(axis=1)
    beta = np.column_stack([np.log(rate) - np.log1p(-rate), np.zeros(r)])
    information = np.zeros((r, 2, 2))
    done = np.zeros(r, dtype=bool)
    farthest = np.abs(z).max(axis=1)
    with np.errstate(all="ignore"):
        for _ in range(_STEPS):
            rows = np.flatnonzero(~done)
            if not len(rows):
                break
            inside = z[rows]
            p = _share(beta[rows, :1] + beta[rows, 1:] * inside)
            weight, left = p * (1.0 - p), y[rows] - p
            a, b, c = weight.sum(axis=1), (weight * inside).sum(axis=1), (weight * inside**2).sum(axis=1)
            g, h = left.sum(axis=1), (left * inside).sum(axis=1)
            determinant = a * c - b * b
            step = np.column_stack([(c * g - b * h) / determinant, (a * h - b * g) / determinant])
            length = step[:, 0] * g + step[:, 1] * h
            reach = np.abs(step[:, 0]) + np.abs(step[:, 1]) * farthest[rows]
            usable = np.isfinite(step).all(axis=1)
            shorter = np.where(reach > _LONGEST, _LONGEST / reach, 1.0)
            beta[rows] += np.where(usable[:, np.newaxis], step * shorter[:, np.newaxis], 0.0)
            information[rows] = np.stack([np.stack([a, b], axis=1), np.stack([b, c], axis=1)], axis=1)
            done[rows] = usable & (np.abs(length) < _DONE)
    return beta, information, done
