"""What two reconstructed groups say about each other: every number says that it is reconstructed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from y90outcomes.conventions import LEVEL
from y90outcomes.estimators.cox import CoxTerm, cox
from y90outcomes.estimators.kaplan_meier import kaplan_meier, median_survival
from y90outcomes.estimators.log_rank import log_rank
from y90outcomes.estimators.numbers import NAN, Estimate, Test, invalid_test
from y90outcomes.estimators.restricted_mean import (
    RestrictedMeans,
    compare_restricted_means,
    restricted_mean,
    smallest_last_time,
)
from y90outcomes.published.reconstruction.curve_types import PseudoPatients

LABEL = "reconstructed"
UNCOUNTED = "no numbers at risk after time 0 and no total of events are printed, so that events can only be guessed"


@dataclass(frozen=True, slots=True)
class Summaries:
    """Two groups compared, `groups` (first, second); medians and restricted means in that order.

    hazard_ratio      of the first against the second, Wald interval and p
    restricted_means  first less second, up to `horizon`
    label             always "reconstructed"
    """

    groups: tuple[str, str]
    hazard_ratio: CoxTerm
    log_rank: Test
    medians: tuple[Estimate, Estimate]
    horizon: float
    restricted_means: RestrictedMeans
    valid: bool
    reason: str
    label: str = LABEL


def summaries(pseudo: PseudoPatients, *, horizon: float | None = None, level: float = LEVEL) -> Summaries:
    """Hazard ratio, log-rank test, medians and difference of restricted means of two pooled groups (n,).

    The first group of `pseudo.fits` is compared with the second. Cox with Efron's ties, as R's survival::coxph; the
    log-rank test, as survival::survdiff; restricted means as survRM2::rmst2, up to `horizon` in the curve's unit of
    time, by default the smaller last time followed. Sources at each estimator (Cox 10.1111/j.2517-6161.1972.tb00899.x).
    The intervals take pseudo-patients as patients: the error of reading and of reconstruction is not in them.
    A reconstruction that does not fit gives no number: everything is NaN with the reason. Where a group is `uncounted`
    the hazard ratio, the log-rank test and every interval are NaN with a reason; heights and areas of curves remain.
    Groups without events, or
    that order every event, give NaN as each estimator says. Raises ValueError unless there are two groups, and for a
    horizon not above 0.
    """
    if len(pseudo.fits) != 2:
        raise ValueError(f"two groups are compared, got {len(pseudo.fits)}")
    first, second = (fit.group for fit in pseudo.fits)
    inside = [pseudo.group == name for name in (first, second)]
    curves = [kaplan_meier(pseudo.time[mask], pseudo.event[mask], level=level) for mask in inside]
    until = smallest_last_time(curves) if horizon is None else horizon
    means = [restricted_mean(curve, until) for curve in curves]
    if not pseudo.valid:
        return _nothing((first, second), f"the reconstruction does not fit: {pseudo.reason}", until, len(pseudo.time))
    medians = (median_survival(curves[0]), median_survival(curves[1]))
    compared = compare_restricted_means(means[0], means[1])
    ratio = cox(pseudo.time, pseudo.event, inside[0].astype(np.float64)[:, np.newaxis], [first], level=level).terms[0]
    test = log_rank(pseudo.time, pseudo.event, pseudo.group).test
    if any(fit.uncounted for fit in pseudo.fits):
        ratio = CoxTerm(first, valid=False, reason=UNCOUNTED)
        test = invalid_test("log_rank", UNCOUNTED, n=len(pseudo.time))
        medians = (_bare(medians[0]), _bare(medians[1]))
        compared = RestrictedMeans(_bare(compared.difference), _bare(compared.ratio))
    return Summaries((first, second), ratio, test, medians, until, compared, True, "")


def _bare(of: Estimate) -> Estimate:
    """The number without interval, standard error and p."""
    said = f"{of.reason}; {UNCOUNTED}" if of.reason else UNCOUNTED
    kept = tuple(name for name in of.not_reached if name == "estimate")
    return replace(of, lower=NAN, upper=NAN, se=NAN, statistic=NAN, p=NAN, events=None, reason=said, not_reached=kept)


def _nothing(groups: tuple[str, str], reason: str, horizon: float, n: int) -> Summaries:
    empty = Estimate(n=n, valid=False, reason=reason)
    medians = (replace(empty), replace(empty))
    until = horizon if math.isfinite(horizon) else math.nan
    return Summaries(
        groups, CoxTerm(groups[0], valid=False, reason=reason), invalid_test("log_rank", reason, n=n), medians, until,
        RestrictedMeans(empty, empty), False, reason,
    )  # fmt: skip
