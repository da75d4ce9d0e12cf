"""Logistic regression of clustered subjects: generalised estimating equations and cluster-robust variance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from y90outcomes.conventions import LEVEL, default
from y90outcomes.estimators.arrays import as_groups, check_level, check_name
from y90outcomes.estimators.logistic import INTERCEPT, LogisticTerm
from y90outcomes.estimators.logistic_checks import check_logistic, why_not
from y90outcomes.estimators.logistic_likelihood import SPREAD, maximise, standardise, with_intercept
from y90outcomes.estimators.numbers import NAN, Floats, Ints, Test, invalid_test
from y90outcomes.estimators.p_values import chi_square_p, student_p
from y90outcomes.estimators.separation import separation

_ROUNDS = 500
_DONE = 1e-13  # a step this small in standard errors is the last


@dataclass(frozen=True, slots=True, eq=False)
class GeeFit:
    """A fitted marginal model. `coefficients` (k + 1,) and robust `covariance` begin with the intercept.

    `correlation` is the exchangeable α (0 under independence). `df` is that of t, infinite for the normal. `few` says
    that there are fewer than ten clusters beyond the columns. When `valid` is False every term is NaN with `reason`.
    """

    terms: tuple[LogisticTerm, ...]
    intercept: LogisticTerm
    coefficients: Floats
    covariance: Floats
    correlation: float
    n: int
    events: int
    clusters: int
    largest: int
    df: float
    level: float
    few: bool
    valid: bool = True
    reason: str = ""
    conventions: Mapping[str, str] = field(default_factory=dict)

    def wald(self, positions: Sequence[int]) -> Test:
        """Robust Wald test that the coefficients of the columns at `positions` are 0.

        χ² on their number; under Mancl and DeRouen's correction F = χ²/q on q and G − p (`aod`'s and
        `clubSandwich::Wald_test`'s naive F), whose statistic is F and whose `df` is q.
        """
        if not self.valid or not positions:
            return invalid_test("wald", self.reason or "no column to test", n=self.n, conventions=self.conventions)
        from scipy.special import fdtrc

        block = [j + 1 for j in positions]
        scale = np.sqrt(np.diag(self.covariance))[block]
        matrix = self.covariance[np.ix_(block, block)] / scale[:, np.newaxis] / scale
        beta, q = self.coefficients[block] / scale, len(block)
        if np.linalg.matrix_rank(matrix, hermitian=True) < q:
            reason = "too few clusters for the robust variance of so many columns"
            return invalid_test("wald", reason, n=self.n, conventions=self.conventions)
        statistic = float(beta @ np.linalg.solve(matrix, beta))
        if math.isinf(self.df):
            return Test("wald", statistic, q, chi_square_p(statistic, q), self.n, conventions=self.conventions)
        p = float(fdtrc(q, self.df, statistic / q))
        return Test("wald", statistic / q, q, p, self.n, conventions=self.conventions)


@dataclass(frozen=True, slots=True, eq=False)
class _Bundle:
    """Every cluster of one size m: rows (c, m) of the data."""

    rows: Ints


def gee(
    event: ArrayLike,
    design: ArrayLike,
    names: Sequence[str],
    clusters: NDArray[np.generic] | Sequence[object],
    *,
    correlation: str = default("gee_correlation"),
    small_sample: str = default("cluster_small_sample"),
    moments: str = default("gee_moments"),
    level: float = LEVEL,
) -> GeeFit:
    """Marginal logistic model of event (n,) of 0 and 1 on design (n, k) in clusters (n,); an intercept is added.

    correlation "exchangeable", or "independence": maximum likelihood with cluster-robust variance. Liang and Zeger,
    Biometrika 1986;73:13, 10.1093/biomet/73.1.13; R's `geepack::geeglm`, `sandwich::vcovCL`. α is Σ e e' over pairs in
    a cluster, per pair, over Σ e² per subject (Pearson residuals e); moments "minus_p" takes p = k + 1 from either
    count (statsmodels, SAS). The equations are solved here because statsmodels has no other count.
    small_sample "mancl_derouen": residuals (I − H)⁻¹e (Mancl and DeRouen, Biometrics 2001;57:126,
    10.1111/j.0006-341X.2001.00126.x; `clubSandwich::vcovCR` type CR3 under independence), with t on G − p degrees of
    freedom for G clusters, whose size Li and Redden, Stat Med 2015;34:281, 10.1002/sim.6344, find near nominal;
    "clusters_minus_1": times G/(G − 1), normal; "none": normal. Fewer than two clusters, G ≤ p under t, separation,
    and what `logistic` refuses give NaN with a reason; so does an α that no such clusters can have.
    Raises ValueError for missing values, unequal lengths, repeated names, events beyond 0 and 1.
    """
    check_name("gee_correlation", correlation)
    check_name("cluster_small_sample", small_sample)
    check_name("gee_moments", moments)
    check_level(level)
    y, columns = check_logistic(event, design, names)
    labels, index = as_groups(np.asarray(clusters), len(y))
    bundles = _bundles(index, len(labels))
    p, count = len(names) + 1, len(labels)
    df = float(count - p) if small_sample == "mancl_derouen" else math.inf
    largest = max((bundle.rows.shape[1] for bundle in bundles), default=0)
    about = _About(tuple(names), y, bundles, count, largest, df, level, correlation, small_sample, moments)
    scaled, size, mean = standardise(columns)
    reason = why_not(tuple(names), y, scaled)
    if not reason and count < 2:
        reason = "one cluster only: its members tell nothing about the variance between clusters"
    if not reason and df < 1.0:
        reason = f"{count} clusters are too few for {p} parameters"
    if not reason:
        apart = separation(y, scaled)
        listed = ", ".join(names[j] for j in apart.columns)
        reason = f"no finite estimate: {apart.kind} separation of the outcome by {listed}" if apart.columns else ""
    if reason:
        return _refuse(about, reason)
    whole = with_intercept(scaled)
    beta, alpha, reason = _solve(about, whole)
    if reason:
        return _refuse(about, reason)
    covariance = _robust(about, whole, beta, alpha)
    back = np.diag(np.concatenate([[1.0], 1.0 / size]))
    with np.errstate(all="ignore"):
        back[0, 1:] = -mean / size
        coefficients, outer = back @ beta, back @ covariance @ back.T
    made = [
        _term(name, float(coefficients[j]), math.sqrt(outer[j, j]), about)
        for j, name in enumerate((INTERCEPT, *about.names))
    ]
    return _made(about, made, coefficients, outer, alpha)


@dataclass(frozen=True, slots=True, eq=False)
class _About:
    names: tuple[str, ...]
    event: Floats
    bundles: tuple[_Bundle, ...]
    clusters: int
    largest: int
    df: float
    level: float
    correlation: str
    small_sample: str
    moments: str

    @property
    def conventions(self) -> dict[str, str]:
        named = {"gee_correlation": self.correlation, "cluster_small_sample": self.small_sample}
        return named | ({"gee_moments": self.moments} if self.correlation == "exchangeable" else {})


def _bundles(index: Ints, count: int) -> tuple[_Bundle, ...]:
    order = np.argsort(index, kind="stable")
    sizes = np.bincount(index, minlength=count) if count else np.zeros(0, dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64) if count else sizes
    made = []
    for m in np.unique(sizes).tolist():
        first = starts[sizes == m]
        made.append(_Bundle(order[first[:, np.newaxis] + np.arange(m)]))
    return tuple(made)


def _solve(about: _About, design: Floats) -> tuple[Floats, float, str]:
    """Coefficients, α, and "" or why there are none: Fisher scoring from the maximum likelihood, α anew each time."""
    start = maximise(about.event, design)
    if not start.converged:
        return start.beta, 0.0, "the search for the maximum did not end"
    beta, alpha = start.beta, 0.0
    if about.correlation == "independence":
        return beta, alpha, ""
    for _ in range(_ROUNDS):
        alpha = _alpha(about, design, beta)
        if not -1.0 / max(about.largest - 1, 1) < alpha < 1.0:
            return (
                beta,
                alpha,
                f"a correlation of {alpha:.3g} within clusters is impossible; `correlation: independence` needs none",
            )
        slope, bread, _ = _pieces(about, design, beta, alpha)
        try:
            root = np.linalg.cholesky(bread)
        except np.linalg.LinAlgError:
            break
        half = np.linalg.solve(root, slope)
        beta = beta + np.linalg.solve(root.T, half)
        if float(half @ half) < _DONE**2:
            return beta, _alpha(about, design, beta), ""
        if np.abs(design @ beta).max() > SPREAD:
            break
    return beta, alpha, "the search for the estimate did not end"


def _alpha(about: _About, design: Floats, beta: Floats) -> float:
    """The common correlation of Pearson residuals within clusters; 0 where no cluster has two members."""
    share, weight = _share(design, beta)
    residual = (about.event - share) / np.sqrt(weight)
    square, product, pairs = float((residual**2).sum()), 0.0, 0.0
    for bundle in about.bundles:
        rows = residual[bundle.rows]
        c, m = rows.shape
        product += float((rows.sum(axis=1) ** 2 - (rows**2).sum(axis=1)).sum()) / 2.0
        pairs += c * m * (m - 1) / 2.0
    taken = len(beta) if about.moments == "minus_p" else 0
    if pairs <= taken:
        return 0.0
    return (product / (pairs - taken)) / (square / (len(residual) - taken))


def _pieces(
    about: _About, design: Floats, beta: Floats, alpha: float
) -> tuple[Floats, Floats, list[tuple[Floats, Floats, Floats]]]:
    """Score Σ D'V⁻¹e, bread Σ D'V⁻¹D, and per bundle D'V⁻¹ (c, p, m), D (c, m, p) and the residuals (c, m).

    With e and D divided by the root of the variance, V is the correlation: (1 − α)⁻¹ (I − α/(1 + (m − 1)α) 11').
    """
    share, weight = _share(design, beta)
    root = np.sqrt(weight)
    p = design.shape[1]
    slope, bread = np.zeros(p), np.zeros((p, p))
    kept: list[tuple[Floats, Floats, Floats]] = []
    for bundle in about.bundles:
        d = design[bundle.rows] * root[bundle.rows][:, :, np.newaxis]
        e = (about.event - share)[bundle.rows] / root[bundle.rows]
        m = e.shape[1]
        shrink = alpha / (1.0 + (m - 1) * alpha)
        left: Floats = np.swapaxes(d - shrink * d.sum(axis=1, keepdims=True), 1, 2) / (1.0 - alpha)
        slope += np.einsum("cpm,cm->p", left, e)
        bread += np.einsum("cpm,cmq->pq", left, d)
        kept.append((left, d, e))
    both: Floats = (bread + bread.T) / 2.0
    return slope, both, kept


def _robust(about: _About, design: Floats, beta: Floats, alpha: float) -> Floats:
    _, bread, kept = _pieces(about, design, beta, alpha)
    inverse = np.linalg.inv(bread)
    meat: Floats = np.zeros_like(bread)
    for left, d, e in kept:
        residual: Floats = e
        if about.small_sample == "mancl_derouen":
            # (I − UV)⁻¹e = e + U(I − VU)⁻¹Ve: the size of a cluster never makes a matrix
            u = d @ inverse
            inner = np.eye(len(bread)) - left @ u
            residual = e + (u @ np.linalg.solve(inner, left @ e[:, :, np.newaxis]))[:, :, 0]
        score = np.einsum("cpm,cm->cp", left, residual)
        meat += score.T @ score
    covariance: Floats = inverse @ meat @ inverse
    if about.small_sample == "clusters_minus_1":
        covariance *= about.clusters / (about.clusters - 1.0)
    return (covariance + covariance.T) / 2.0


def _share(design: Floats, beta: Floats) -> tuple[Floats, Floats]:
    small = np.exp(-np.abs(eta := design @ beta))
    return np.where(eta >= 0.0, 1.0, small) / (1.0 + small), small / (1.0 + small) ** 2


def _term(name: str, beta: float, se: float, about: _About) -> LogisticTerm:
    from scipy.special import stdtrit

    if not 0.0 < se < math.inf:
        reason = "no variation between clusters" if se == 0.0 else "beyond what a double holds"
        return LogisticTerm(name, coefficient=beta, valid=False, reason=reason)
    df = about.df if math.isfinite(about.df) else 1e30
    statistic = beta / se
    half = float(stdtrit(df, (1.0 + about.level) / 2.0)) * se
    p = student_p(statistic, df)
    with np.errstate(over="ignore", under="ignore"):
        ratio, lower, upper = np.exp(np.array([beta, beta - half, beta + half])).tolist()
    if lower > 0.0 and upper < math.inf:
        return LogisticTerm(name, ratio, lower, upper, beta, se, statistic, p)
    reason = "the odds ratio per unit of this column is beyond what a double holds; use a unit nearer its spread"
    return LogisticTerm(name, coefficient=beta, se=se, statistic=statistic, p=p, valid=False, reason=reason)


def _made(
    about: _About, made: Sequence[LogisticTerm], coefficients: Floats, covariance: Floats, alpha: float,
    reason: str = "",
) -> GeeFit:  # fmt: skip
    return GeeFit(
        terms=tuple(made[1:]),
        intercept=made[0],
        coefficients=coefficients,
        covariance=covariance,
        correlation=alpha,
        n=len(about.event),
        events=int(about.event.sum()),
        clusters=about.clusters,
        largest=about.largest,
        df=about.df,
        level=about.level,
        few=about.clusters < 10 + len(about.names),
        valid=not reason,
        reason=reason,
        conventions=about.conventions,
    )


def _refuse(about: _About, reason: str) -> GeeFit:
    k = len(about.names) + 1
    made = [LogisticTerm(name, valid=False, reason=reason) for name in (INTERCEPT, *about.names)]
    return _made(about, made, np.full(k, NAN), np.full((k, k), NAN), NAN, reason)
