"""Area under the ROC curve when lesions of one patient are not independent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from y90outcomes.conventions import LEVEL, default
from y90outcomes.estimators.arrays import as_groups, check_level
from y90outcomes.estimators.auc import (
    AucComparison,
    Placements,
    as_columns,
    auc,
    contrasts,
    interval_of,
    placements,
    reason_of,
)
from y90outcomes.estimators.numbers import NAN, Booleans, Estimate, Floats, Ints
from y90outcomes.estimators.roc import as_events

_USED = {"auc_variance": "obuchowski"}


@dataclass(frozen=True, slots=True)
class ClusteredAuc:
    """The area with Obuchowski's interval, the `naive` one beside (DeLong, all independent) and what clusters do to it.

    design_effect  Obuchowski's variance over DeLong's; NaN where either is missing
    clusters       clusters in all, `with_events`, `with_nonevents`, and `mixed` ones that hold both
    """

    clustered: Estimate
    naive: Estimate
    design_effect: float
    clusters: int
    with_events: int
    with_nonevents: int
    mixed: int


def auc_clustered(
    score: ArrayLike,
    event: ArrayLike,
    cluster: Sequence[Any] | NDArray[Any],
    *,
    direction: str,
    interval: str = default("auc_interval"),
    level: float = LEVEL,
) -> ClusteredAuc:
    """Area of score (n,) for event (n,) 0/1 with units nested in cluster (n,) of any labels.

    Placement values are summed per cluster; events and non-events of one cluster may correlate. Obuchowski, Biometrics
    1997;53:567, 10.2307/2533958. With one unit per cluster it is DeLong's. No R package of Debian has it. Fewer than
    two clusters with events or with non-events, or a variance not above 0, give the area without interval and a reason.
    interval, level and errors as `auc`; ValueError too for missing clusters.
    R has none.
    """
    naive = auc(score, event, direction=direction, interval=interval, level=level)
    placed = placements(score, event, direction=direction)
    hit = as_events(event, len(placed.events) + len(placed.nonevents))
    labels, index = as_groups(cluster, len(hit))
    covariance, reason = _covariance([placed], hit, index, len(labels))
    variance = float(covariance[0, 0])
    made = interval_of(placed.area, variance, len(hit), int(hit.sum()), reason, interval, level, _USED)
    m, k = (np.bincount(index[mask], minlength=len(labels)) for mask in (hit, ~hit))
    effect = variance / naive.se**2 if not reason and naive.se > 0 else NAN
    return ClusteredAuc(
        made, naive, effect, len(labels), int((m > 0).sum()), int((k > 0).sum()), int(((m > 0) & (k > 0)).sum())
    )


def compare_auc_clustered(
    scores: ArrayLike,
    event: ArrayLike,
    cluster: Sequence[Any] | NDArray[Any],
    *,
    direction: str | Sequence[str],
    level: float = LEVEL,
) -> AucComparison:
    """As `auc.compare_auc`, with Obuchowski's covariance of the areas for units nested in cluster (n,).

    10.2307/2533958. Raises as `auc_clustered`.
    R has none.
    """
    check_level(level)
    columns, words = as_columns(scores, direction)
    hit = as_events(event, len(columns))
    labels, index = as_groups(cluster, len(hit))
    made = [placements(column, event, direction=word) for column, word in zip(columns.T, words, strict=True)]
    covariance, reason = _covariance(made, hit, index, len(labels))
    if made and not any(p.spread for p in made):
        reason = reason or reason_of(made[0])
    areas = np.array([p.area for p in made])
    return contrasts(areas, covariance, len(hit), int(hit.sum()), made, level, _USED, reason)


def _covariance(made: Sequence[Placements], hit: Booleans, index: Ints, clusters: int) -> tuple[Floats, str]:
    """Covariance (k, k) of the areas, and why there is none. An entry not above 0 of one score alone is a reason."""
    size = len(made)
    nothing = np.full((size, size), NAN)
    m, k = int(hit.sum()), int((~hit).sum())
    if m == 0 or k == 0:
        return nothing, reason_of(Placements(np.empty(m), np.empty(k), NAN, False))
    with_events, with_nonevents = len(np.unique(index[hit])), len(np.unique(index[~hit]))
    if min(with_events, with_nonevents) < 2:
        which = "events" if with_events < 2 else "subjects without the event"
        return nothing, f"no interval: all {which} lie in one cluster"
    # Row r: Σ over a cluster's events of (placement − area), and the same of its non-events.
    above = np.array([np.bincount(index[hit], p.events - p.area, clusters) for p in made])
    below = np.array([np.bincount(index[~hit], p.nonevents - p.area, clusters) for p in made])
    s10 = above @ above.T * with_events / ((with_events - 1) * m)
    s01 = below @ below.T * with_nonevents / ((with_nonevents - 1) * k)
    s11 = above @ below.T * clusters / (clusters - 1)
    covariance = s10 / m + s01 / k + (s11 + s11.T) / (m * k)
    if size == 1 and not made[0].spread:
        return covariance, reason_of(made[0])
    if size == 1 and not covariance[0, 0] > 1e-14:
        return covariance, "no interval: Obuchowski's variance is not above 0 with so few clusters"
    return covariance, ""
