"""Test of proportional hazards: whether a coefficient changes with time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from y90outcomes.conventions import default
from y90outcomes.estimators.arrays import check_name
from y90outcomes.estimators.cox_kernel import CoxData, CoxKernel, inverse_form
from y90outcomes.estimators.numbers import Floats, Test, invalid_test
from y90outcomes.estimators.p_values import chi_square_p
from y90outcomes.estimators.summaries import power_of_two

_ONE_TIME = "all events fall on one time: nothing can change with time"
_LOG_OF_ZERO = "an event at time 0 has no logarithm"
_NO_INVERSE = "too few events to tell a change with time from the coefficients"


@dataclass(frozen=True, slots=True, eq=False)
class ProportionalHazards:
    """`tests` block -> its test, `overall` that of all columns together; `transform` of time."""

    tests: Mapping[str, Test]
    overall: Test
    transform: str


def proportional_hazards(
    kernel: CoxKernel,
    blocks: Mapping[str, Sequence[int]] | None = None,
    *,
    transform: str = default("proportional_hazards"),
) -> ProportionalHazards:
    """Score test that a coefficient × g(time) is 0 beside the fitted model, per block of columns and of all together.

    kernel     of a Cox fit; blocks name -> positions of columns, each column by its name when None
    transform  g: "km" one minus the Kaplan–Meier estimate just before each time (all rows, strata aside), "rank" of the
               time among all rows, "identity", "log"
    The test uses the information of coefficients and slopes at each event time, not its mean over time. Equals R's
    survival::cox.zph of survival 3. Grambsch & Therneau, Biometrika 1994;81:515, 10.1093/biomet/81.3.515; Therneau &
    Grambsch, Modeling Survival Data, 2000. A cluster-robust variance does not enter.
    A fit without estimates, events all at one time, an event at time 0 under "log", and a covariance that has no
    inverse give NaN with a reason.
    The fit is of time (n,) on columns (n, k). Raises ValueError for an unknown transform.
    """
    check_name("proportional_hazards", transform)
    conventions = {"proportional_hazards": transform, "cox_ties": kernel.ties}
    blocks = {name: [place] for place, name in enumerate(kernel.data.names)} if blocks is None else blocks
    n, k = kernel.data.n, len(kernel.size)

    def nothing(reason: str) -> ProportionalHazards:
        lost = {name: invalid_test("proportional_hazards", reason, n=n, conventions=conventions) for name in blocks}
        overall = invalid_test("proportional_hazards", reason, n=n, conventions=conventions)
        return ProportionalHazards(lost, overall, transform)

    if not kernel.valid or kernel.model is None:
        return nothing(kernel.reason)
    model, risk = kernel.model, kernel.model.risk
    if transform == "log" and (risk.time <= 0.0).any():
        return nothing(_LOG_OF_ZERO)
    moved = _transformed(kernel.data, risk.time, transform)
    moved = moved / (power_of_two(float(np.abs(moved).max())) or 1.0)  # so that no square leaves the range of a double
    moved = moved - moved[risk.at].mean()
    spread = float(np.sqrt((moved[risk.at] ** 2).mean()))
    if len(np.unique(risk.time)) < 2 or spread == 0.0:
        return nothing(_ONE_TIME)
    moved = moved / spread
    beta = kernel.scaled
    mean = risk.over_deaths(model.sums(beta).mean) / risk.tied[:, np.newaxis]
    slope_score = (moved[risk.at][:, np.newaxis] * (model.design[risk.dead] - mean[risk.at])).sum(axis=0)
    crossed, squared = model.information(beta, moved), model.information(beta, moved**2)
    information = np.block([[kernel.scaled_information, crossed], [crossed, squared]])
    score = np.concatenate((np.zeros(k), slope_score))

    def test(columns: Sequence[int]) -> Test:
        used = np.concatenate((np.arange(k), k + np.asarray(columns, dtype=np.int64)))
        statistic = inverse_form(score[used], information[np.ix_(used, used)], 1e-11)
        if np.isnan(statistic):
            return invalid_test("proportional_hazards", _NO_INVERSE, n=n, conventions=conventions)
        p = chi_square_p(statistic, len(columns))
        return Test("proportional_hazards", statistic, float(len(columns)), p, n, conventions=conventions)

    return ProportionalHazards({name: test(at) for name, at in blocks.items()}, test(range(k)), transform)


def transformed_time(kernel: CoxKernel, transform: str) -> Floats:
    """g (E,) at each event of the fit, in the order of its Schoenfeld residuals: the axis to plot them on.

    Raises ValueError for an unknown transform. Grambsch and Therneau, Biometrika 1994;81:515,
    10.1093/biomet/81.3.515; `x` of R's survival::cox.zph.
    """
    check_name("proportional_hazards", transform)
    if kernel.model is None:
        return np.zeros(0)
    risk = kernel.model.risk
    with np.errstate(all="ignore"):
        return _transformed(kernel.data, risk.time, transform)[risk.at]


def _transformed(data: CoxData, times: Floats, transform: str) -> Floats:
    """g at event times (P,)."""
    if transform == "identity":
        return times
    if transform == "log":
        return np.log(times)
    if transform == "rank":  # mean rank among all rows
        below = np.searchsorted(np.sort(data.times), times, side="left")
        upto = np.searchsorted(np.sort(data.times), times, side="right")
        ranks: Floats = (below + upto + 1) / 2.0
        return ranks
    distinct, events = np.unique(data.times[data.died], return_counts=True)
    at_risk = len(data.times) - np.searchsorted(np.sort(data.times), distinct, side="left")
    if data.start is not None:
        at_risk = at_risk - (len(data.start) - np.searchsorted(np.sort(data.start), distinct, side="left"))
    survival = np.concatenate(([1.0], np.cumprod(1.0 - events / at_risk)))
    before: Floats = 1.0 - survival[np.searchsorted(distinct, times, side="left")]
    return before
