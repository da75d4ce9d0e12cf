"""Cox proportional hazards regression."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from y90outcomes.conventions import LEVEL, default
from y90outcomes.estimators.arrays import as_matrix, as_survival, check_level, check_name, normal_quantile
from y90outcomes.estimators.numbers import NAN, Floats, Test, invalid_test
from y90outcomes.estimators.partial_likelihood import PartialLikelihood, maximise

_MONOTONE = (
    "no finite estimate to trust: the likelihood keeps rising along {names} "
    "(monotone likelihood: perfect separation, or nearly so)"
)
_FLAT = 1e-10  # information per event, per SD, below which a direction has no information at all


@dataclass(frozen=True, slots=True)
class CoxTerm:
    """One column: hazard ratio per unit, Wald interval, coefficient, se, z, Wald p; NaN with `reason` when invalid."""

    name: str
    hazard_ratio: float = NAN
    lower: float = NAN
    upper: float = NAN
    coefficient: float = NAN
    se: float = NAN
    z: float = NAN
    p: float = NAN
    valid: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class CoxFit:
    """A fitted model. `covariance` (k, k) is that of the coefficients; `loglik` is log partial likelihood.

    When `valid` is False, `reason` says why, every term is NaN with it, and so is each test that needs the maximum.
    """

    terms: tuple[CoxTerm, ...]
    covariance: Floats
    loglik_null: float
    loglik: float
    likelihood_ratio: Test
    score: Test
    wald: Test
    n: int
    events: int
    level: float
    ties: str
    converged: bool
    valid: bool = True
    reason: str = ""
    conventions: Mapping[str, str] = field(default_factory=dict)


def cox(
    time: ArrayLike,
    event: ArrayLike,
    design: ArrayLike,
    names: Sequence[str],
    *,
    ties: str = default("cox_ties"),
    level: float = LEVEL,
) -> CoxFit:
    """Cox regression of time (n,) ≥ 0 and event (n,) on design (n, k), one name per column, no intercept.

    ties "efron" or "breslow"; Wald p and Wald interval. Cox, JRSS B 1972;34:187; Efron, JASA 1977;72:557. The partial
    likelihood, its gradient and Hessian are statsmodels' (exact for both tie methods; lifelines has Efron only and
    stops early by default); the search is Newton's with step halving on columns centred and divided by their SD, so
    the unit of a covariate cannot change the answer.
    No events, a column without variation, columns that determine each other, a maximum that does not exist (monotone
    likelihood: some combination orders every event, or so nearly that fitted hazards would differ e²⁰⁰-fold) give NaN
    with a reason naming the columns. The score test remains, and the likelihood-ratio test where the supremum is known.
    Raises ValueError for missing values, unequal lengths, repeated names, negative times, events beyond 0 and 1.
    """
    check_name("cox_ties", ties)
    times, died = as_survival(time, event)
    columns, names = as_matrix("design", design), tuple(names)
    if len(columns) != len(times):
        raise ValueError(f"design and time differ in length: {len(columns)} and {len(times)}")
    if columns.shape[1] != len(names) or len(set(names)) != len(names) or not names:
        raise ValueError(f"names must be one different name per column: {columns.shape[1]} columns, {len(names)} names")
    about = _About(names, len(times), int(died.sum()), check_level(level), ties)
    if about.events == 0:
        return _refuse(about, "no events")
    informative = times >= times[died].min()  # the others leave before the first risk set
    scaled, size = _standardise(columns[informative])
    model = PartialLikelihood(times[informative], died[informative], scaled, ties)
    start = np.zeros(len(names))
    null, gradient, information = model.value(start), model.gradient(start), model.information(start)
    stuck = _directions_without_information(information, about.events, names)
    if stuck:
        return _refuse(about, stuck, null=null)
    score = _chi_square("score", float(gradient @ np.linalg.solve(information, gradient)), about)
    found = maximise(model)
    information = model.information(found.beta)
    running = found.running | _flat_columns(information, _FLAT / 100.0 * about.events)
    if running.any() or not found.ended:
        reason = (
            _MONOTONE.format(names=_listed(names, running))
            if running.any()
            else "the search for the maximum did not end"
        )
        supremum = found.loglik if found.ended else NAN
        return _refuse(about, reason, null=null, loglik=supremum, score=score)
    covariance = np.linalg.inv(information)
    covariance = (covariance + covariance.T) / 2.0
    standard = np.sqrt(np.diag(covariance))
    with np.errstate(all="ignore"):
        beta, se = found.beta / size, standard / size
        outer = covariance / size[:, np.newaxis] / size
    terms = tuple(
        _term(name, b, s, z, level)
        for name, b, s, z in zip(names, beta.tolist(), se.tolist(), (found.beta / standard).tolist(), strict=True)
    )
    return CoxFit(
        terms=terms,
        covariance=outer,
        loglik_null=null,
        loglik=found.loglik,
        likelihood_ratio=_chi_square("likelihood_ratio", max(2.0 * (found.loglik - null), 0.0), about),
        score=score,
        wald=_chi_square("wald", float(found.beta @ information @ found.beta), about),
        n=about.n,
        events=about.events,
        level=level,
        ties=ties,
        converged=True,
        conventions=about.conventions,
    )


@dataclass(frozen=True, slots=True)
class _About:
    names: tuple[str, ...]
    n: int
    events: int
    level: float
    ties: str

    @property
    def conventions(self) -> dict[str, str]:
        return {"cox_ties": self.ties, "cox_inference": "wald"}


def _standardise(columns: Floats) -> tuple[Floats, Floats]:
    """Columns (n, k) centred and divided by their SD, and that SD (k,); a constant column becomes zeros and 1."""
    largest = np.abs(columns).max(axis=0)
    largest[largest == 0.0] = 1.0
    shrunk = columns / largest
    centred = shrunk - shrunk.mean(axis=0)
    constant = np.ptp(shrunk, axis=0) <= 1e-13
    centred[:, constant] = 0.0
    sd = np.sqrt((centred**2).mean(axis=0))
    sd[constant] = 1.0
    size = np.where(constant, 1.0, sd * largest)
    return centred / sd, size


def _directions_without_information(information: Floats, events: int, names: tuple[str, ...]) -> str:
    """Why the model cannot be estimated, naming the columns; "" when it can."""
    flat = np.diag(information) <= _FLAT * events
    if flat.any():
        return f"no variation among those at risk when events happen: {_listed(names, flat)}"
    involved = _flat_columns(information, _FLAT * events)
    return f"columns that determine each other: {_listed(names, involved)}" if involved.any() else ""


def _flat_columns(information: Floats, least: float) -> NDArray[np.bool_]:
    """Which columns take part in a direction whose information is at most `least`."""
    values, vectors = np.linalg.eigh(information)
    involved: NDArray[np.bool_] = (np.abs(vectors[:, values <= least]) > 1e-4).any(axis=1)
    return involved


def _term(name: str, beta: float, se: float, z: float, level: float) -> CoxTerm:
    from scipy.special import ndtr

    half = normal_quantile(level) * se
    p = 2.0 * float(ndtr(-abs(z)))
    with np.errstate(over="ignore"):
        ratio, lower, upper = np.exp(np.array([beta, beta - half, beta + half])).tolist()
    if lower > 0.0 and upper < math.inf and 0.0 < se < math.inf:
        return CoxTerm(name, ratio, lower, upper, beta, se, z, p)
    reason = "the hazard ratio per unit of this column is beyond what a double holds; use a unit nearer its spread"
    return CoxTerm(name, coefficient=beta, se=se, z=z, p=p, valid=False, reason=reason)


def _chi_square(name: str, statistic: float, about: _About) -> Test:
    from scipy.special import chdtrc

    df = len(about.names)
    return Test(name, statistic, float(df), float(chdtrc(df, statistic)), about.n, conventions=about.conventions)


def _refuse(
    about: _About,
    reason: str,
    *,
    null: float = NAN,
    loglik: float = NAN,
    score: Test | None = None,
) -> CoxFit:
    """A fit that gives no estimate; the likelihood-ratio test stays where `loglik`, the supremum, is known."""
    k = len(about.names)
    ratio, fallback, wald = (
        invalid_test(name, reason, n=about.n, conventions=about.conventions)
        for name in ("likelihood_ratio", "score", "wald")
    )
    if not math.isnan(loglik):
        ratio = _chi_square("likelihood_ratio", max(2.0 * (loglik - null), 0.0), about)
    return CoxFit(
        terms=tuple(CoxTerm(name, valid=False, reason=reason) for name in about.names),
        covariance=np.full((k, k), NAN),
        loglik_null=null,
        loglik=loglik,
        likelihood_ratio=ratio,
        score=score or fallback,
        wald=wald,
        n=about.n,
        events=about.events,
        level=about.level,
        ties=about.ties,
        converged=False,
        valid=False,
        reason=reason,
        conventions=about.conventions,
    )


def _listed(names: tuple[str, ...], chosen: NDArray[np.bool_]) -> str:
    return ", ".join(name for name, take in zip(names, chosen, strict=True) if take)
