"""Cochran–Armitage test of a trend in proportions over ordered groups."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from y90outcomes.conventions import default
from y90outcomes.estimators.arrays import as_vector, check_name
from y90outcomes.estimators.numbers import Test, invalid_test
from y90outcomes.estimators.p_values import chi_square_p


def cochran_armitage(
    events: ArrayLike, n: ArrayLike, scores: ArrayLike | None = None, *, variance: str = default("cochran_armitage")
) -> Test:
    """Two-sided test that the share of events rises or falls with the score: events (k,) of n (k,) in k ordered groups.

    The statistic is χ² with 1 degree of freedom. scores (k,): one number per group in any unit; None takes 1, 2, … k.
    Only their spacing matters. variance: "n" (binomial variance; R stats::prop.trend.test, SAS TREND squared) or
    "n_minus_1" (the same times (N − 1)/N: the linear-by-linear association of coin::lbl_test). Armitage, Biometrics
    1955;11:375, doi:10.2307/3001775. `conventions` names the variance and the scores as used.
    An empty group adds nothing. Nobody, no event, everybody an event, or one score only give NaN with a reason.
    Raises ValueError for counts that are not whole, negative or unequal in length, events above n, missing values or an
    unknown variance.
    """
    hit, size = as_vector("events", events), as_vector("n", n)
    score = np.arange(1.0, len(size) + 1.0) if scores is None else as_vector("scores", scores)
    if not len(hit) == len(size) == len(score):
        raise ValueError(f"events, n and scores differ in length: {len(hit)}, {len(size)} and {len(score)}")
    for name, counts in (("events", hit), ("n", size)):
        if (counts < 0).any() or (counts != np.floor(counts)).any():
            raise ValueError(f"{name} must hold whole numbers not below 0")
    if (hit > size).any():
        raise ValueError("events exceed n in a group")
    conventions = {"cochran_armitage": check_name("cochran_armitage", variance), "scores": _written(score)}
    total, events_in_all = int(size.sum()), float(hit.sum())
    held = score[size > 0]
    reason = ""
    if total == 0:
        reason = "nobody is in any group"
    elif np.unique(held).size < 2:
        reason = "the subjects have one score only"
    elif events_in_all == 0:
        reason = "no events"
    elif events_in_all == total:
        reason = "everybody has the event"
    if reason:
        return invalid_test("cochran_armitage", reason, n=total, conventions=conventions)
    # Origin and unit of the scores cancel; the halves keep the range of any two doubles finite.
    low, high = float(held.min()), float(held.max())
    unit = np.where(size > 0, (score / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0), 0.0)
    centred = np.where(size > 0, unit - float(size @ unit) / total, 0.0)
    share = events_in_all / total
    spread = share * (1.0 - share) * float(size @ centred**2)
    statistic = float(hit @ centred) ** 2 / spread
    if variance == "n_minus_1":
        statistic *= (total - 1) / total
    p = chi_square_p(statistic, 1)
    return Test("cochran_armitage", statistic, 1.0, p, total, conventions=conventions)


def _written(scores: ArrayLike) -> str:
    return ", ".join(f"{score:.10g}" for score in np.asarray(scores))
