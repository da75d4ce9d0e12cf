"""Residuals of a Cox fit: martingale, deviance, score, dfbeta and Schoenfeld."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from y90outcomes.estimators.cox_kernel import CoxKernel
from y90outcomes.estimators.numbers import NAN, Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class SchoenfeldResiduals:
    """One row per event, in order of stratum and time: `row` in the caller's arrays, its time, its residual (E, k)."""

    row: Ints
    time: Floats
    stratum: Ints
    residual: Floats


def martingale_residuals(kernel: CoxKernel) -> Floats:
    """Martingale residual (n,) of each row: events minus expected events, Efron's hazard under Efron's ties.

    Equals R's residuals(coxph, "martingale"). Therneau, Biometrika 1990;77:147, 10.1093/biomet/77.1.147. NaN throughout
    for a fit without estimates; rows of a start–stop design are not added up.
    Raises nothing of its own.
    """
    if not kernel.valid or kernel.model is None:
        return np.full(kernel.data.n, NAN)
    model, risk = kernel.model, kernel.model.risk
    sums = model.sums(kernel.scaled)
    expected = sums.hazard * model.lived(sums, np.ones((len(risk.dead), 1)))[:, 0]
    residual = np.zeros(kernel.data.n)
    residual[risk.rows] = kernel.data.died[risk.rows] - expected
    return residual


def deviance_residuals(kernel: CoxKernel) -> Floats:
    """Deviance residual (n,): the martingale residual made symmetric. Equals R's residuals(coxph, "deviance"). Same
    source.
    Therneau, Biometrika 1990;77:147, 10.1093/biomet/77.1.147. NaN throughout for a fit without estimates. Raises
    nothing of its own.
    """
    from scipy.special import xlogy

    residual, died = martingale_residuals(kernel), kernel.data.died.astype(float)
    with np.errstate(all="ignore"):
        inside = residual + xlogy(died, died - residual)
        made: Floats = np.sign(residual) * np.sqrt(np.maximum(-2.0 * inside, 0.0))
    return made


def score_residuals(kernel: CoxKernel) -> Floats:
    """Score residual (n, k) of each row, per unit of each column; their sum is the gradient, 0 at the maximum.

    Each of d tied events of Efron counts an event's own row only in part, as in R's residuals(coxph, "score").
    Therneau, 10.1093/biomet/77.1.147; Lin & Wei, JASA 1989;84:1074, 10.1080/01621459.1989.10478874. NaN throughout for
    a fit without estimates.
    A residual beyond what a double holds is infinite. Raises nothing of its own.
    """
    with np.errstate(all="ignore"):
        made: Floats = _scaled_score(kernel) * kernel.size
    return made


def scaled_dfbeta(kernel: CoxKernel) -> Floats:
    """Change (n, k) of the scaled coefficients if a row were left out, to first order."""
    made: Floats = _scaled_score(kernel) @ np.linalg.inv(kernel.scaled_information)
    return made


def dfbeta_residuals(kernel: CoxKernel) -> Floats:
    """Approximate change (n, k) of each coefficient if a row were left out. Equals R's residuals(coxph, "dfbeta").

    Score residuals times the covariance: Therneau and Grambsch, Modeling Survival Data, 2000, chapter 7. NaN
    throughout for a fit without estimates. Raises nothing of its own.
    """
    if not kernel.valid:
        return np.full((kernel.data.n, len(kernel.size)), NAN)
    with np.errstate(all="ignore"):
        made: Floats = scaled_dfbeta(kernel) / kernel.size
    return made


def _scaled_score(kernel: CoxKernel) -> Floats:
    k = len(kernel.size)
    if not kernel.valid or kernel.model is None:
        return np.full((kernel.data.n, k), NAN)
    model, risk = kernel.model, kernel.model.risk
    sums, count = model.sums(kernel.scaled), len(risk.dead)
    lived = model.lived(sums, np.column_stack((np.ones(count), sums.mean)))
    found = -sums.hazard[:, np.newaxis] * (model.design * lived[:, :1] - lived[:, 1:])
    tied_mean = risk.over_deaths(sums.mean) / risk.tied[:, np.newaxis]
    found[risk.dead] += model.design[risk.dead] - tied_mean[risk.at]
    residual = np.zeros((kernel.data.n, k))
    residual[risk.rows] = found
    return residual


def schoenfeld_residuals(kernel: CoxKernel) -> SchoenfeldResiduals:
    """Schoenfeld residual (E, k) of each event: its columns minus their mean over the risk set, Efron's under ties.

    Equals R's residuals(coxph, "schoenfeld"). Schoenfeld, Biometrika 1982;69:239, 10.1093/biomet/69.1.239. NaN for a
    fit without estimates.
    Raises nothing of its own.
    """
    with np.errstate(all="ignore"):
        return _schoenfeld(kernel, kernel.size)


def _schoenfeld(kernel: CoxKernel, size: Floats) -> SchoenfeldResiduals:
    k = len(kernel.size)
    if kernel.model is None:
        nobody = np.zeros(0, dtype=np.int64)
        return SchoenfeldResiduals(nobody, np.zeros(0), nobody, np.zeros((0, k)))
    model, risk = kernel.model, kernel.model.risk
    residual = np.full((len(risk.dead), k), NAN)
    if kernel.valid:
        mean = risk.over_deaths(model.sums(kernel.scaled).mean) / risk.tied[:, np.newaxis]
        residual = (model.design[risk.dead] - mean[risk.at]) * size
    return SchoenfeldResiduals(risk.rows[risk.dead], risk.time[risk.at], risk.stratum[risk.at], residual)


def scaled_schoenfeld_residuals(kernel: CoxKernel) -> SchoenfeldResiduals:
    """Scaled Schoenfeld residuals: an estimate of each coefficient at each event, about its value over all time.

    The residuals times the inverse of the mean information per event, plus the coefficients. Equals `y` of R's
    survival::cox.zph(terms = FALSE) where every column varies in every stratum. Grambsch & Therneau, Biometrika
    1994;81:515, 10.1093/biomet/81.3.515.
    residual (E, k). NaN for a fit without estimates. Raises nothing of its own.
    """
    made = _schoenfeld(kernel, np.ones(len(kernel.size)))
    if not kernel.valid:
        return made
    per_event = np.linalg.inv(kernel.scaled_information) * len(made.row)
    with np.errstate(all="ignore"):
        residual = (made.residual @ per_event + kernel.scaled) / kernel.size
    return SchoenfeldResiduals(made.row, made.time, made.stratum, residual)


@dataclass(frozen=True, slots=True, eq=False)
class BaselineHazard:
    """Cumulative hazard after each event time of each stratum, for a subject whose columns are all 0; NaN without
    estimates, infinite where columns at 0 lie beyond what a double holds."""

    time: Floats
    stratum: Ints
    cumulative: Floats


def baseline_hazard(kernel: CoxKernel) -> BaselineHazard:
    """Cumulative baseline hazard with the fit's own way with ties. Equals R's survival::basehaz(centered = FALSE).

    Breslow, JRSS B 1972;34:216; Efron's weights under Efron's ties.
    Arrays (E,), one per event time of a stratum. Raises nothing of its own.
    """
    if kernel.model is None:
        return BaselineHazard(np.zeros(0), np.zeros(0, dtype=np.int64), np.zeros(0))
    model, risk = kernel.model, kernel.model.risk
    if not kernel.valid:
        return BaselineHazard(risk.time, risk.stratum, np.full(len(risk.time), NAN))
    sums = model.sums(kernel.scaled)
    steps = risk.over_deaths((1.0 / sums.weight)[:, np.newaxis])[:, 0]
    cumulative = np.empty(len(steps))
    shift = np.empty(len(steps))
    some = np.unique(risk.strata, return_index=True)
    with np.errstate(all="ignore"):
        for stratum, row in zip(*some, strict=True):
            here = risk.stratum == stratum
            cumulative[here] = np.cumsum(steps[here])
            shift[here] = kernel.data.columns[risk.rows[row]] @ kernel.beta - sums.predictor[row]
        return BaselineHazard(risk.time, risk.stratum, cumulative * np.exp(-shift))
