"""Area under the ROC curve with DeLong's variance, and paired comparison of areas."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from y90outcomes.conventions import LEVEL, default
from y90outcomes.estimators.arrays import as_matrix, as_vector, check_level, check_name, normal_quantile
from y90outcomes.estimators.numbers import NAN, Estimate, Floats, Test, invalid_test
from y90outcomes.estimators.p_values import chi_square_p, normal_p
from y90outcomes.estimators.roc import as_events, check_direction

NO_SPREAD = "no interval: DeLong's variance is 0 because every pair speaks alike, which says nothing about the next"
"""Why an area of 0, 1, or of a constant has no interval (pROC prints 1–1)."""


@dataclass(frozen=True, slots=True, eq=False)
class Placements:
    """For each event (m,) the share of non-events it exceeds, for each non-event (k,) the share of events above it.

    Ties count one half. `area` is the mean of either; `spread` is False when all placements of both are equal.
    """

    events: Floats
    nonevents: Floats
    area: float
    spread: bool


@dataclass(frozen=True, slots=True, eq=False)
class AucComparison:
    """`areas` (k,) and their covariance (k, k); per further score its difference from the first, and one joint test.

    `differences` hold interval, standard error, z and p; `joint` is χ² that all areas are equal (k − 1 df, fewer
    where differences are collinear).
    """

    areas: Floats
    covariance: Floats
    differences: tuple[Estimate, ...]
    joint: Test


def placements(score: ArrayLike, event: ArrayLike, *, direction: str) -> Placements:
    """Placement values by midranks, O(n log n) (Sun and Xu, IEEE Signal Process Lett 2014;21:1389,
    10.1109/LSP.2014.2337313). Without an event or a non-event the area is NaN. Raises as `auc`."""
    from scipy.stats import rankdata

    values = check_direction(direction) * as_vector("score", score)
    hit = as_events(event, len(values))
    m, k = int(hit.sum()), int((~hit).sum())
    if m == 0 or k == 0:
        return Placements(np.full(m, NAN), np.full(k, NAN), NAN, False)
    whole = np.rint(2.0 * rankdata(values))  # twice a midrank is a whole number: everything up to the division is exact
    above = whole[hit] - np.rint(2.0 * rankdata(values[hit]))
    below = 2.0 * m - (whole[~hit] - np.rint(2.0 * rankdata(values[~hit])))
    spread = bool(np.ptp(above) > 0 or np.ptp(below) > 0)
    return Placements(above / (2.0 * k), below / (2.0 * m), float(above.sum() / (2.0 * m * k)), spread)


def auc(
    score: ArrayLike, event: ArrayLike, *, direction: str, interval: str = default("auc_interval"), level: float = LEVEL
) -> Estimate:
    """Area under the ROC curve (0–1) of score (n,), any unit, for event (n,) 0/1: P(event above) + ½ P(tie).

    direction: "higher" or "lower" values speak for the event; never flipped, so the area may lie below 0.5.
    interval: "delong", symmetric and clipped to [0, 1] (pROC::ci.auc), or "logit_delong", the same variance on the
    logit scale (Pepe 2003, §5.2.4). DeLong, Biometrics 1988;44:837, 10.2307/2531595. Without an event or a non-event
    NaN with a reason; with one event or non-event, or variance 0, the area has no interval and `reason` says why.
    Raises ValueError for missing or infinite scores, events beyond 0 and 1, unequal lengths, unknown names.
    """
    placed = placements(score, event, direction=direction)
    m, k = len(placed.events), len(placed.nonevents)
    variance = NAN
    if min(m, k) > 1:
        variance = _variance(placed.events, placed.area) / m + _variance(placed.nonevents, placed.area) / k
    reason = reason_of(placed)
    return interval_of(placed.area, variance, m + k, m, reason, interval, level, {"auc_variance": "delong"})


def compare_auc(
    scores: ArrayLike, event: ArrayLike, *, direction: str | Sequence[str], level: float = LEVEL
) -> AucComparison:
    """Areas of scores (n, k) measured on the same subjects, each against the first column's (paired).

    direction: one word for all columns, or one per column. DeLong, Biometrics 1988;44:837, 10.2307/2531595;
    pROC::roc.test(paired = TRUE, method = "delong"). A difference whose variance is 0 gives NaN with a reason (pROC
    prints p = 1 for identical scores). Raises ValueError as `auc`, and for a number of directions other than k.
    """
    columns, words = as_columns(scores, direction)
    made = [placements(column, event, direction=word) for column, word in zip(columns.T, words, strict=True)]
    above, below = (np.array([getattr(p, name) for p in made]) for name in ("events", "nonevents"))
    areas = np.array([p.area for p in made])
    m, k = above.shape[1], below.shape[1]
    covariance = np.full((len(made), len(made)), NAN)
    if min(m, k) > 1:
        covariance = _covariance(above, areas) / m + _covariance(below, areas) / k
    return contrasts(areas, covariance, m + k, m, made, level, {"auc_variance": "delong"})


def as_columns(scores: ArrayLike, direction: str | Sequence[str]) -> tuple[Floats, tuple[str, ...]]:
    """Scores (n, k) and one direction per column."""
    columns = as_matrix("scores", scores)
    words = (direction,) * columns.shape[1] if isinstance(direction, str) else tuple(direction)
    if not columns.shape[1]:
        raise ValueError("scores has no column")
    if len(words) != columns.shape[1]:
        raise ValueError(f"scores has {columns.shape[1]} columns, direction {len(words)} words")
    return columns, words


def reason_of(placed: Placements) -> str:
    """Why an area has no number or no interval; "" when it has both."""
    m, k = len(placed.events), len(placed.nonevents)
    if m == 0 or k == 0:
        return f"no area: no {'event' if m == 0 else 'subject without the event'}"
    if m == 1 or k == 1:
        return f"no interval: one {'event' if m == 1 else 'subject without the event'} only"
    return "" if placed.spread else NO_SPREAD


def interval_of(
    area: float, variance: float, n: int, events: int, reason: str, interval: str, level: float, used: dict[str, str]
) -> Estimate:
    """An area with the interval of its variance, clipped or on the logit scale; `reason` non-empty: no interval."""
    check_name("auc_interval", interval)
    check_level(level)
    conventions = {"auc_interval": interval, **used}
    if math.isnan(area):
        return Estimate(level=level, n=n, events=events, valid=False, reason=reason, conventions=conventions)
    if reason:
        return Estimate(area, level=level, n=n, events=events, reason=reason, conventions=conventions)
    z, se = normal_quantile(level), math.sqrt(variance)
    if interval == "delong":
        lower, upper = max(area - z * se, 0.0), min(area + z * se, 1.0)
    elif not 0.0 < area < 1.0:
        reason = "no interval: the logit of an area of 0 or 1 is infinite"
        return Estimate(area, level=level, se=se, n=n, events=events, reason=reason, conventions=conventions)
    else:
        middle, half = math.log(area / (1.0 - area)), z * se / (area * (1.0 - area))
        lower, upper = _expit(middle - half), _expit(middle + half)
    return Estimate(area, lower, upper, level=level, se=se, n=n, events=events, conventions=conventions)


def contrasts(
    areas: Floats,
    covariance: Floats,
    n: int,
    events: int,
    made: Sequence[Placements],
    level: float,
    used: dict[str, str],
    reason: str = "",
) -> AucComparison:
    """Every area minus the first with its Wald test, and the joint χ²; `reason` non-empty: no covariance."""
    z = normal_quantile(level)
    reason = reason or (reason_of(made[0]) if made and (np.isnan(areas).any() or np.isnan(covariance).any()) else "")
    blank = Estimate(level=level, n=n, events=events, conventions=used)
    differences = []
    for j in range(1, len(areas)):
        gap = float(areas[j] - areas[0])
        variance = float(covariance[j, j] + covariance[0, 0] - 2.0 * covariance[0, j])
        scale = float(abs(covariance[j, j]) + abs(covariance[0, 0]))
        if math.isnan(gap):
            differences.append(replace(blank, valid=False, reason=reason.replace("area", "difference", 1)))
        elif reason or not variance > 1e-12 * scale:
            why = reason or "no interval and no p: the variance of the difference is 0"
            differences.append(replace(blank, estimate=gap, reason=why))
        else:
            se = math.sqrt(variance)
            p = normal_p(gap / se)
            lower, upper = gap - z * se, gap + z * se
            differences.append(replace(blank, estimate=gap, lower=lower, upper=upper, se=se, statistic=gap / se, p=p))
    return AucComparison(areas, covariance, tuple(differences), _joint(areas, covariance, n, reason, used))


def _joint(areas: Floats, covariance: Floats, n: int, reason: str, used: dict[str, str]) -> Test:
    if len(areas) < 2:
        return invalid_test("auc_equality", "one score only: nothing to compare", n=n, conventions=used)
    if reason:
        return invalid_test("auc_equality", reason, n=n, conventions=used)
    contrast = np.column_stack((-np.ones(len(areas) - 1), np.eye(len(areas) - 1)))
    middle = contrast @ covariance @ contrast.T
    gaps = contrast @ areas
    values, vectors = np.linalg.eigh(middle)
    kept = values > 1e-10 * max(float(np.trace(covariance)), 1e-300)
    along = vectors.T @ gaps
    if not kept.any():
        return invalid_test("auc_equality", "the variance of every difference is 0", n=n, conventions=used)
    if np.abs(along[~kept]).max(initial=0.0) > 1e-9:
        return invalid_test("auc_equality", "some combination of areas differs without variance", n=n, conventions=used)
    statistic, df = float((along[kept] ** 2 / values[kept]).sum()), int(kept.sum())
    return Test("auc_equality", statistic, df, chi_square_p(statistic, df), n, conventions=used)


def _variance(values: Floats, middle: float) -> float:
    return float(((values - middle) ** 2).sum() / (len(values) - 1))


def _covariance(values: Floats, middle: Floats) -> Floats:
    centred = values - middle[:, np.newaxis]
    made: Floats = centred @ centred.T / (values.shape[1] - 1)
    return made


def _expit(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x)) if x >= 0 else math.exp(x) / (1.0 + math.exp(x))
