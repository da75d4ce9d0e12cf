"""Points of an empirical ROC curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from y90outcomes.estimators.arrays import as_vector
from y90outcomes.estimators.numbers import NAN, Booleans, Floats, Ints

DIRECTIONS = ("higher", "lower")
"""Which values speak for the event; always given, never taken from the data."""


@dataclass(frozen=True, slots=True, eq=False)
class Roc:
    """Points from the strictest cutoff (nobody positive, ±infinity) to the laxest (everybody positive).

    A subject is positive when its value is ≥ `cutoff` (≤ in direction "lower"). `cutoff`, `tp` and `fp` are (m,),
    one row per distinct value and the first; equal values share a point. `events` and `nonevents` are totals.
    """

    direction: str
    cutoff: Floats
    tp: Ints
    fp: Ints
    events: int
    nonevents: int

    @property
    def sensitivity(self) -> Floats:
        """tp / events (m,), NaN without an event."""
        return self.tp / self.events if self.events else np.full(len(self.tp), NAN)

    @property
    def specificity(self) -> Floats:
        """1 − fp / nonevents (m,), NaN without a non-event."""
        return (self.nonevents - self.fp) / self.nonevents if self.nonevents else np.full(len(self.fp), NAN)


def check_direction(direction: str) -> float:
    """1 for "higher", −1 for "lower". ValueError for another word."""
    if direction not in DIRECTIONS:
        raise ValueError(f"direction: {direction!r} is not one of {', '.join(DIRECTIONS)}")
    return 1.0 if direction == "higher" else -1.0


def as_events(event: ArrayLike, n: int) -> Booleans:
    """Events as booleans (n,) from 0/1 or booleans. ValueError for another length, missing or other values."""
    indicator = as_vector("event", event)
    if len(indicator) != n:
        raise ValueError(f"score and event differ in length: {n} and {len(indicator)}")
    if not np.isin(indicator, (0.0, 1.0)).all():
        raise ValueError("event must hold 0 (no event) and 1 (event) only")
    hit: Booleans = indicator == 1.0
    return hit


def roc(score: ArrayLike, event: ArrayLike, *, direction: str) -> Roc:
    """The ROC curve of score (n,) for event (n,) 0/1, in any unit.

    Values are compared as they stand, so ties are exact ties. The points of pROC::roc at observed values and of
    scikit-learn's `roc_curve(drop_intermediate=False)`; the direction is never flipped. Fawcett, Pattern Recognit Lett
    2006;27:861, 10.1016/j.patrec.2005.10.010. n = 0 gives the first point alone. Raises ValueError for missing or
    infinite scores, events beyond 0 and 1, unequal lengths or an unknown direction.
    """
    sign = check_direction(direction)
    values = as_vector("score", score)
    hit = as_events(event, len(values))
    distinct, index = np.unique(-sign * values, return_inverse=True)  # the strictest cutoff first
    index = index.reshape(-1)
    tp = np.bincount(index[hit], minlength=len(distinct)).cumsum()
    fp = np.bincount(index[~hit], minlength=len(distinct)).cumsum()
    return Roc(
        direction,
        np.concatenate(([sign * np.inf], -sign * distinct + 0.0)),
        np.concatenate(([0], tp)).astype(np.int64),
        np.concatenate(([0], fp)).astype(np.int64),
        int(hit.sum()),
        int((~hit).sum()),
    )
