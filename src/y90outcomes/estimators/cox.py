"""Cox proportional hazards regression."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from y90outcomes.conventions import LEVEL, default
from y90outcomes.estimators.arrays import as_groups, check_level, check_name, normal_quantile
from y90outcomes.estimators.cox_kernel import CoxKernel, block_likelihood_ratio, cox_data, fit, inverse_form
from y90outcomes.estimators.cox_profile import profile
from y90outcomes.estimators.cox_residuals import scaled_dfbeta
from y90outcomes.estimators.numbers import NAN, Floats, Ints, Test, invalid_test
from y90outcomes.estimators.p_values import chi_square_p, normal_p

_BEYOND = "the hazard ratio per unit of this column is beyond what a double holds; use a unit nearer its spread"
_SMALLEST = float(np.finfo(float).tiny)
"""A ratio below has no more correct digits."""
_SINGULAR = 1e-12
"""Least eigenvalue of a correlation of coefficients that still has an inverse."""
_ONE_CLUSTER = "a cluster-robust variance needs at least two clusters"
_FEW_CLUSTERS = "no more clusters than coefficients: their robust covariance has no inverse"


@dataclass(frozen=True, slots=True)
class CoxTerm:
    """One column: hazard ratio per unit, its interval, coefficient, se, p; NaN with `reason` when invalid.

    Wald: z is coefficient/se, the se robust where the fit has clusters. Likelihood ratio: z is NaN, `chi_square` (1 df)
    gives p, the limits are those of the profile likelihood, infinite ones NaN and named in `not_reached` (also the
    estimate, under a monotone likelihood); se is the Wald one and belongs to no number beside it.
    """

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
    chi_square: float = NAN
    not_reached: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class CoxFit:
    """A fitted model. `covariance` (k, k) is that of the coefficients; `loglik` is log partial likelihood.

    A covariance per unit beyond what a double holds is infinite; no term is affected.

    When `valid` is False, `reason` says why, every term is NaN with it (but see `CoxTerm` under a monotone likelihood),
    and so is each test that needs the maximum. With clusters the covariance and the Wald test are robust; the
    likelihood-ratio and score tests take rows as independent. `kernel` is what residuals and further tests start from.
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
    kernel: CoxKernel = field(repr=False)
    valid: bool = True
    reason: str = ""
    conventions: Mapping[str, str] = field(default_factory=dict)
    inference: str = "wald"
    strata: int = 1
    clusters: int | None = None


def cox(
    time: ArrayLike,
    event: ArrayLike,
    design: ArrayLike,
    names: Sequence[str],
    *,
    start: ArrayLike | None = None,
    strata: Sequence[Any] | NDArray[Any] | None = None,
    cluster: Sequence[Any] | NDArray[Any] | None = None,
    ties: str = default("cox_ties"),
    inference: str = default("cox_inference"),
    level: float = LEVEL,
) -> CoxFit:
    """Cox regression of time (n,) ≥ 0 and event (n,) on design (n, k), one name per column, no intercept.

    start      (n,) of intervals (start, time] at risk, for covariates that change: several rows per subject
    strata     (n,) labels; each has its own baseline hazard
    cluster    (n,) labels; Lin and Wei's sandwich over clusters, without a factor for few of them, Wald inference only
    ties       "efron" or "breslow"
    inference  "wald": p and interval from the se. "likelihood_ratio": p of the test against the model without the
               column, limits of its profile likelihood
    Equals R's survival::coxph. Cox, JRSS B 1972;34:187, 10.1111/j.2517-6161.1972.tb00899.x; Efron, JASA 1977;72:557,
    10.1080/01621459.1977.10480613; Lin & Wei, JASA 1989;84:1074, 10.1080/01621459.1989.10478874. The search is Newton's
    with step halving on columns centred within strata and divided by their SD, so the unit of a covariate cannot change
    the answer.
    No events, a column without variation, columns that determine each other, a maximum that does not exist (monotone
    likelihood: some combination orders every event, or so nearly that fitted hazards would differ e²⁰⁰-fold) give NaN
    with a reason naming the columns. The score test remains, and the likelihood-ratio test where the supremum is known.
    Raises ValueError for missing values, unequal lengths, repeated names, negative times, events beyond 0 and 1, a
    start not before its time, and for likelihood-ratio inference with clusters, which takes rows as independent.
    """
    check_name("cox_ties", ties)
    check_name("cox_inference", inference)
    check_level(level)
    data = cox_data(time, event, design, names, start=start, strata=strata)
    if not data.names:
        raise ValueError("names must be one different name per column: 0 columns, 0 names")
    if cluster is not None and inference == "likelihood_ratio":
        raise ValueError("likelihood-ratio inference takes rows as independent; with clusters inference is 'wald'")
    conventions = {"cox_ties": ties, "cox_inference": inference}
    groups: Ints | None = None
    if cluster is not None:
        groups = as_groups(cluster, data.n)[1]
        conventions["cox_variance"] = "lin_wei"
    kernel = fit(data, ties)
    covariance, trouble = _covariance(kernel, groups)
    of_tests = {item: name for item, name in conventions.items() if item == "cox_ties"}
    of_wald = {item: name for item, name in conventions.items() if item != "cox_inference"}
    if inference == "likelihood_ratio":
        terms = tuple(_profiled(kernel, place, covariance, level) for place in range(len(data.names)))
    else:
        terms = tuple(_wald(kernel, place, covariance, level, trouble) for place in range(len(data.names)))
    with np.errstate(all="ignore"):
        outer = covariance / kernel.size[:, np.newaxis] / kernel.size
    return CoxFit(
        terms=terms,
        covariance=outer,
        loglik_null=kernel.loglik_null,
        loglik=kernel.loglik,
        likelihood_ratio=_test(
            kernel, "likelihood_ratio", max(2.0 * (kernel.loglik - kernel.loglik_null), 0.0), of_tests
        ),
        score=_test(kernel, "score", kernel.score, of_tests),
        wald=_wald_test(kernel, covariance, groups, trouble, of_wald),
        n=data.n,
        events=data.events,
        level=level,
        ties=ties,
        converged=kernel.valid,
        kernel=kernel,
        valid=kernel.valid,
        reason=kernel.reason,
        conventions=conventions,
        inference=inference,
        strata=len(np.unique(data.strata)),
        clusters=None if groups is None else len(np.unique(groups)),
    )


def term_test(made: CoxFit, positions: Sequence[int]) -> Test:
    """Test that the coefficients at `positions` are all 0, df as many as positions: Wald (robust with clusters) or
    likelihood ratio, as the fit's `inference` says. Equals R's car::Anova of a coxph. NaN with the reason of the fit,
    or where too few clusters leave the covariance without an inverse.
    positions (q,). Cox, JRSS B 1972;34:187, 10.1111/j.2517-6161.1972.tb00899.x. Raises IndexError for a position
    beyond the columns.
    """
    at, kernel = list(positions), made.kernel
    name, n = made.inference, made.n
    if made.inference == "likelihood_ratio":
        statistic = block_likelihood_ratio(kernel, at)
        reason = kernel.reason or "the search for the maximum did not end"
    elif not made.valid:
        return invalid_test(name, made.reason, n=n, conventions=made.conventions)
    else:
        reason = _FEW_CLUSTERS
        with np.errstate(all="ignore"):
            spread = made.covariance * kernel.size[:, np.newaxis] * kernel.size
            if made.clusters is None:
                spread = np.asarray(np.linalg.inv(kernel.scaled_information), dtype=np.float64)
        block = spread[np.ix_(at, at)]
        lost = made.clusters is not None and made.clusters <= len(at)
        if not np.isfinite(block).all():
            lost, reason = True, "the covariance lies beyond what a double holds"
        statistic = NAN if lost else inverse_form(kernel.scaled[at], block, _SINGULAR)
    if math.isnan(statistic):
        return invalid_test(name, reason, n=n, conventions=made.conventions)
    return Test(name, statistic, float(len(at)), chi_square_p(statistic, len(at)), n, conventions=made.conventions)


def _covariance(kernel: CoxKernel, groups: Ints | None) -> tuple[Floats, str]:
    """Covariance of the scaled coefficients, and why there is none; the sandwich over `groups` where given."""
    if not kernel.valid:
        return np.full_like(kernel.scaled_information, NAN), kernel.reason
    if groups is None:
        covariance: Floats = np.asarray(np.linalg.inv(kernel.scaled_information), dtype=np.float64)
        return (covariance + covariance.T) / 2.0, ""
    count = int(groups.max()) + 1
    if count < 2:
        return np.full_like(kernel.scaled_information, NAN), _ONE_CLUSTER
    summed = np.zeros((count, len(kernel.size)))
    np.add.at(summed, groups, scaled_dfbeta(kernel))
    robust: Floats = summed.T @ summed
    return robust, ""


def _wald(kernel: CoxKernel, place: int, covariance: Floats, level: float, trouble: str) -> CoxTerm:
    name, size = kernel.data.names[place], float(kernel.size[place])
    if not kernel.valid:
        return CoxTerm(name, valid=False, reason=kernel.reason)
    with np.errstate(all="ignore"):
        beta, scaled = float(kernel.beta[place]), float(np.sqrt(covariance[place, place]))
        se = float(np.float64(scaled) / size)
    if trouble or not scaled > 0.0:
        return CoxTerm(name, coefficient=beta, valid=False, reason=trouble or "the variance between clusters is 0")
    z = float(kernel.scaled[place]) / scaled
    p = normal_p(z)
    half = normal_quantile(level) * se
    with np.errstate(all="ignore"):
        ratio, lower, upper = np.exp(np.array([beta, beta - half, beta + half])).tolist()
    if lower >= _SMALLEST and upper < math.inf and 0.0 < se < math.inf:
        return CoxTerm(name, ratio, lower, upper, beta, se, z, p)
    return CoxTerm(name, coefficient=beta, se=se, z=z, p=p, valid=False, reason=_BEYOND)


def _profiled(kernel: CoxKernel, place: int, covariance: Floats, level: float) -> CoxTerm:
    name = kernel.data.names[place]
    made = profile(kernel, place, level)
    if not made.valid:
        return CoxTerm(name, valid=False, reason=made.reason)
    with np.errstate(all="ignore"):
        se = float(np.sqrt(covariance[place, place]) / kernel.size[place])
        ratio, lower, upper = np.exp(np.array([made.coefficient, made.lower, made.upper])).tolist()
    p, limits = chi_square_p(made.chi_square, 1), {"estimate": ratio, "lower": lower, "upper": upper}
    if any(not _SMALLEST <= value < math.inf for limit, value in limits.items() if limit not in made.not_reached):
        return CoxTerm(name, coefficient=made.coefficient, p=p, chi_square=made.chi_square, valid=False, reason=_BEYOND)
    return CoxTerm(
        name, ratio, lower, upper, made.coefficient, se, p=p, reason=made.reason, chi_square=made.chi_square,
        not_reached=made.not_reached,
    )  # fmt: skip


def _wald_test(
    kernel: CoxKernel, covariance: Floats, groups: Ints | None, trouble: str, conventions: Mapping[str, str]
) -> Test:
    if not kernel.valid or trouble:
        return invalid_test("wald", kernel.reason or trouble, n=kernel.data.n, conventions=conventions)
    if groups is None:  # no inverse of an inverse
        statistic = float(kernel.scaled @ kernel.scaled_information @ kernel.scaled)
    elif len(np.unique(groups)) <= len(kernel.size):
        return invalid_test("wald", _FEW_CLUSTERS, n=kernel.data.n, conventions=conventions)
    else:
        statistic = inverse_form(kernel.scaled, covariance, _SINGULAR)
    if math.isnan(statistic):
        return invalid_test("wald", _FEW_CLUSTERS, n=kernel.data.n, conventions=conventions)
    return _test(kernel, "wald", statistic, conventions)


def _test(kernel: CoxKernel, name: str, statistic: float, conventions: Mapping[str, str]) -> Test:
    df = len(kernel.data.names)
    if math.isnan(statistic):
        return invalid_test(name, kernel.reason, n=kernel.data.n, conventions=conventions)
    return Test(name, statistic, float(df), chi_square_p(statistic, df), kernel.data.n, conventions=conventions)
