"""The maximum of Cox's partial likelihood without inference: what a full fit, a search over models and tests share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from y90outcomes.conventions import default
from y90outcomes.estimators.arrays import (
    as_groups,
    as_matrix,
    as_survival,
    as_vector,
    check_name,
    check_names,
    listed,
    tie_times,
)
from y90outcomes.estimators.numbers import NAN, Booleans, Floats, Ints
from y90outcomes.estimators.partial_likelihood import Maximum, PartialLikelihood, maximise, ranges
from y90outcomes.estimators.risk_sets import risk_sets

MONOTONE = (
    "no finite estimate to trust: the likelihood keeps rising along {names} "
    "(monotone likelihood: perfect separation, or nearly so)"
)
_FLAT = 1e-10  # information per event, per SD, below which a direction has no information at all


@dataclass(frozen=True, slots=True, eq=False)
class CoxData:
    """Checked arrays of n rows: times, died, columns (n, k), strata coded 0, 1, …, start or None."""

    times: Floats
    died: Booleans
    columns: Floats
    names: tuple[str, ...]
    strata: Ints
    start: Floats | None

    @property
    def n(self) -> int:
        """Rows."""
        return len(self.times)

    @property
    def events(self) -> int:
        """Events."""
        return int(self.died.sum())


@dataclass(frozen=True, slots=True, eq=False)
class CoxKernel:
    """A fit without inference.

    beta, information   (k,) per unit of each column and (k, k) of beta; NaN when `valid` is False
    loglik_null, loglik log partial likelihood at 0 and at the maximum, or its supremum under a monotone likelihood; NaN
                        where not known
    score               the score statistic at 0, NaN where not known
    running             (k,) columns whose coefficients run away, towards the signs of `direction`
    model, scaled, size the likelihood on columns divided by `size`, and beta × size; model None without events
    """

    data: CoxData
    ties: str
    beta: Floats
    information: Floats
    loglik_null: float
    loglik: float
    score: float
    running: Booleans
    direction: Floats
    size: Floats
    scaled: Floats
    scaled_information: Floats
    model: PartialLikelihood | None = None
    valid: bool = True
    reason: str = ""


def cox_data(
    time: ArrayLike,
    event: ArrayLike,
    design: ArrayLike,
    names: Sequence[str] | None = None,
    *,
    start: ArrayLike | None = None,
    strata: Sequence[Any] | NDArray[Any] | None = None,
) -> CoxData:
    """Arrays checked: ValueError for missing values, unequal lengths, repeated names, negative times, events beyond 0
    and 1, a start that is not before its time. `names` number the columns when not given."""
    times, died = as_survival(time, event)
    columns = as_matrix("design", design)
    names = tuple(f"x{place + 1}" for place in range(columns.shape[1])) if names is None else tuple(names)
    if len(columns) != len(times):
        raise ValueError(f"design and time differ in length: {len(columns)} and {len(times)}")
    check_names(columns, names)
    begin = None
    if start is not None:
        begin = as_vector("start", start)
        if len(begin) != len(times):
            raise ValueError(f"start and time differ in length: {len(begin)} and {len(times)}")
        both = tie_times(np.concatenate((begin, times)))
        begin, times = both[: len(times)], both[len(times) :]
        if (begin >= times).any():
            raise ValueError(f"start is not before time in {int((begin >= times).sum())} rows")
    codes = np.zeros(len(times), dtype=np.int64) if strata is None else as_groups(strata, len(times))[1]
    return CoxData(times, died, columns, names, codes, begin)


def fit_cox(
    time: ArrayLike,
    event: ArrayLike,
    design: ArrayLike,
    names: Sequence[str] | None = None,
    *,
    start: ArrayLike | None = None,
    strata: Sequence[Any] | NDArray[Any] | None = None,
    ties: str = default("cox_ties"),
) -> CoxKernel:
    """The light fit for searches: coefficients, log-likelihood and information, no p, no interval.

    Arguments, invariances, errors and reasons are those of `cox`; a design without columns gives the null model. Equals
    the coefficients, loglik and vcov of R's survival::coxph. `block_wald` tests terms of it.
    time (n,), event (n,), design (n, k). Cox, JRSS B 1972;34:187, 10.1111/j.2517-6161.1972.tb00899.x.
    """
    return fit(cox_data(time, event, design, names, start=start, strata=strata), check_name("cox_ties", ties))


def fit(data: CoxData, ties: str) -> CoxKernel:
    """`fit_cox` of checked data."""
    k = len(data.names)
    if not data.died.any():
        return _nothing(data, ties, "no events")
    risk = risk_sets(data.times, data.died, data.strata, data.start, ties)
    scaled, size = _standardise(data.columns[risk.rows], risk.strata)
    model = PartialLikelihood(risk, scaled, np.zeros(len(scaled)))
    zero = np.zeros(k)
    null, gradient, information = model.value(zero), model.gradient(zero), model.information(zero)
    known: dict[str, Any] = {"model": model, "size": size, "loglik_null": null}
    stuck = _directions_without_information(information, data.events, data.names)
    if stuck:
        return _nothing(data, ties, stuck, **known)
    known["score"] = float(gradient @ np.linalg.solve(information, gradient))
    found = maximise(model)
    information = model.information(found.beta)
    running = found.running | _flat_columns(information, _FLAT / 100.0 * data.events)
    if running.any() or not found.ended:
        reason = (
            MONOTONE.format(names=listed(data.names, running))
            if running.any()
            else "the search for the maximum did not end"
        )
        known |= {"loglik": found.loglik if found.ended else NAN, "running": running, "direction": found.direction}
        return _nothing(data, ties, reason, **known)
    with np.errstate(all="ignore"):
        beta, real = found.beta / size, information * size[:, np.newaxis] * size
    return CoxKernel(
        data, ties, beta, real, null, found.loglik, known["score"], running, found.direction, size, found.beta,
        information, model,
    )  # fmt: skip


def block_wald(kernel: CoxKernel, positions: Sequence[int]) -> float:
    """The Wald statistic that the coefficients at `positions` are all 0, χ² with as many df; NaN for an invalid fit.

    positions (q,) of columns (n, k). Cox, JRSS B 1972;34:187; R's car::Anova(test.statistic = "Wald"). Raises
    IndexError for a position beyond the columns.
    """
    if not kernel.valid:
        return NAN
    at = list(positions)
    block = np.linalg.inv(kernel.scaled_information)[np.ix_(at, at)]
    beta = kernel.scaled[at]
    return float(beta @ np.linalg.solve(block, beta))


def without(kernel: CoxKernel, positions: Sequence[int]) -> Maximum:
    """The maximum of the model without the columns at `positions`, on the same rows: for likelihood-ratio tests."""
    if kernel.model is None:
        return Maximum(np.zeros(0), NAN, np.zeros(0, dtype=bool), np.zeros(0), ended=False)
    others = np.delete(kernel.model.design, list(positions), axis=1)
    return maximise(PartialLikelihood(kernel.model.risk, others, kernel.model.offset))


def block_likelihood_ratio(kernel: CoxKernel, positions: Sequence[int]) -> float:
    """The likelihood-ratio statistic of the terms at `positions`; NaN where either likelihood has no known maximum or
    supremum.
    positions (q,) of columns (n, k). Cox, JRSS B 1972;34:187; R's stats::anova of two survival::coxph fits. Raises
    nothing of its own.
    """
    if math.isnan(kernel.loglik):
        return NAN
    reduced = without(kernel, positions)
    return max(2.0 * (kernel.loglik - reduced.loglik), 0.0) if reduced.ended else NAN


def inverse_form(vector: Floats, matrix: Floats, least: float) -> float:
    """vᵀ M⁻¹ v of vector (k,) and matrix (k, k); NaN where M, with its diagonal made 1, has an eigenvalue below
    `least`: no inverse to speak of."""
    spread = np.sqrt(np.maximum(np.diag(matrix), 0.0))
    if not (spread > 0.0).all():
        return NAN
    correlation = matrix / spread[:, np.newaxis] / spread
    if float(np.linalg.eigvalsh(correlation).min()) < least:
        return NAN
    z = vector / spread
    return float(z @ np.linalg.solve(correlation, z))


def _nothing(data: CoxData, ties: str, reason: str, **known: Any) -> CoxKernel:
    """A fit that gives no estimate, with what is known of it."""
    k = len(data.names)
    lost, empty, none = np.full(k, NAN), np.full((k, k), NAN), np.zeros(k)
    blank: dict[str, Any] = {
        "loglik_null": NAN, "loglik": NAN, "score": NAN, "running": none.astype(bool), "direction": none,
        "size": np.ones(k),
    }  # fmt: skip
    return CoxKernel(
        data, ties, lost, empty, scaled=lost, scaled_information=empty, valid=False, reason=reason, **(blank | known)
    )


def _standardise(columns: Floats, strata: Ints) -> tuple[Floats, Floats]:
    """Columns (m, k) centred within strata and divided by their SD, and that SD (k,); one that is constant in every
    stratum becomes zeros and 1."""
    largest = np.abs(columns).max(axis=0)
    largest[largest == 0.0] = 1.0
    shrunk = columns / largest
    begins = np.flatnonzero(np.append(True, strata[1:] != strata[:-1]))
    counts = np.diff(np.append(begins, len(strata)))
    means = np.add.reduceat(shrunk, begins, axis=0) / counts[:, np.newaxis]
    centred = shrunk - np.repeat(means, counts, axis=0)
    constant = ranges(shrunk, strata).max(axis=0) <= 1e-13
    centred[:, constant] = 0.0
    sd = np.sqrt((centred**2).mean(axis=0))
    sd[constant] = 1.0
    size = np.where(constant, 1.0, sd * largest)
    return centred / sd, size


def _directions_without_information(information: Floats, events: int, names: tuple[str, ...]) -> str:
    """Why the model cannot be estimated, naming the columns; "" when it can."""
    flat = np.diag(information) <= _FLAT * events
    if flat.any():
        return f"no variation among those at risk when events happen: {listed(names, flat)}"
    involved = _flat_columns(information, _FLAT * events)
    return f"columns that determine each other: {listed(names, involved)}" if involved.any() else ""


def _flat_columns(information: Floats, least: float) -> Booleans:
    """Which columns take part in a direction whose information is at most `least`."""
    if not information.size:
        return np.zeros(0, dtype=bool)
    values, vectors = np.linalg.eigh(information)
    involved: Booleans = (np.abs(vectors[:, values <= least]) > 1e-4).any(axis=1)
    return involved
