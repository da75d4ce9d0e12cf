"""Logistic regression: maximum likelihood or Firth's penalised likelihood, profile or Wald inference."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike

from y90outcomes.conventions import LEVEL, default
from y90outcomes.estimators.arrays import check_level, check_name, normal_quantile
from y90outcomes.estimators.logistic_checks import FLAT, check_logistic, why_not
from y90outcomes.estimators.logistic_likelihood import (
    LogisticMaximum,
    fit,
    maximise,
    standardise,
    with_intercept,
)
from y90outcomes.estimators.logistic_profile import profile
from y90outcomes.estimators.numbers import NAN, Floats, Test, invalid_test
from y90outcomes.estimators.p_values import chi_square_p, normal_p
from y90outcomes.estimators.separation import Separation, plain_maximum, separation

__all__ = ["INTERCEPT", "LogisticFit", "LogisticTerm", "check_logistic", "fit", "logistic", "term_test", "why_not"]

INTERCEPT = "(intercept)"
_UNASKED = "interval and p were not asked for"


@dataclass(frozen=True, slots=True)
class LogisticTerm:
    """One column: odds ratio per unit with limits, coefficient (log odds) and se, statistic and p.

    Under profile inference `statistic` is the likelihood-ratio χ² on one degree of freedom, under Wald it is z. A
    limit that is infinite is NaN and in `not_reached`. NaN with `reason` when invalid.
    """

    name: str
    odds_ratio: float = NAN
    lower: float = NAN
    upper: float = NAN
    coefficient: float = NAN
    se: float = NAN
    statistic: float = NAN
    p: float = NAN
    valid: bool = True
    reason: str = ""
    not_reached: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class LogisticFit:
    """A fitted model. `coefficients` (k + 1,) and `covariance` (k + 1, k + 1) begin with the intercept.

    `estimator` is what was used, ml or firth; `separated` names the columns behind a separation, and `separation` is
    none, quasi or complete. Under Firth `loglik` and `loglik_null` hold the penalty of the whole
    model (a constant in it goes with the units of the columns) and `aic` is NaN. When `valid` is False, `reason` says
    why and every term is NaN with it.
    """

    terms: tuple[LogisticTerm, ...]
    intercept: LogisticTerm
    coefficients: Floats
    covariance: Floats
    loglik_null: float
    loglik: float
    likelihood_ratio: Test
    wald: Test
    n: int
    events: int
    level: float
    estimator: str
    separation: str = "none"
    separated: tuple[str, ...] = ()
    converged: bool = True
    valid: bool = True
    reason: str = ""
    conventions: Mapping[str, str] = field(default_factory=dict)

    @property
    def aic(self) -> float:
        """−2 log-likelihood + 2 (k + 1), R's `stats::AIC`; NaN under Firth and without an estimate."""
        if not self.valid or self.estimator != "ml":
            return NAN
        return -2.0 * self.loglik + 2.0 * len(self.coefficients)


def logistic(
    event: ArrayLike,
    design: ArrayLike,
    names: Sequence[str],
    *,
    estimator: str = default("logistic_estimator"),
    inference: str = default("logistic_inference"),
    level: float = LEVEL,
    only: Sequence[int] | None = None,
) -> LogisticFit:
    """Logistic regression of event (n,) of 0 and 1 on design (n, k), one name per column; an intercept is added.

    estimator "ml", "firth", or "auto": Firth's on detected separation only. inference "profile": likelihood-ratio p
    with profile-likelihood interval; "wald": Wald p with Wald interval; never one with the other. Equal to R's
    `stats::glm(family = binomial)` with `MASS::confint.glm`, and to `logistf::logistf` (coefficients `brglm::brglm`).
    Firth, Biometrika 1993;80:27, 10.1093/biomet/80.1.27; Heinze and Schemper, Stat Med 2002;21:2409, 10.1002/sim.1047:
    a likelihood ratio of penalised likelihoods keeps the penalty of the whole model in the restricted one; standard
    errors are from the unpenalised information at Firth's estimate. The search is Newton's on columns centred and
    divided by their SD, so the unit of a covariate cannot change the answer. Separation is looked for before the fit
    by `separation.separation`; "ml" then gives NaN naming the columns, and the likelihood-ratio test from the supremum.
    No event or nobody without one, constant columns, columns that determine each other, n ≤ k: NaN with a reason.
    `only`: positions of the columns whose interval and p are wanted; the others and the intercept keep coefficient and
    standard error, with the reason that no more was asked for. A profile costs many fits.
    Raises ValueError for missing values, unequal lengths, repeated names, events beyond 0 and 1, such positions.
    """
    check_name("logistic_estimator", estimator)
    check_name("logistic_inference", inference)
    y, columns = check_logistic(event, design, names)
    about = _About(tuple(names), len(y), int(y.sum()), check_level(level), estimator, inference)
    if only is not None and not set(only) <= set(range(columns.shape[1])):
        raise ValueError(f"only must name columns 0 to {columns.shape[1] - 1}, got {list(only)}")
    scaled, size, mean = standardise(columns)
    whole = with_intercept(scaled)
    reason = why_not(about.names, y, scaled)
    if reason:
        return _refuse(about, reason)
    plain = plain_maximum(y, whole)
    about = replace(about, apart=separation(y, scaled, plain=plain), only=None if only is None else frozenset(only))
    if about.used == "ml" and about.apart.kind != "none":
        return _separated(about, y, whole)
    top = plain if plain.converged and not about.firth else maximise(y, whole, penalised=about.firth)
    if not top.converged:
        return _refuse(about, "the search for the maximum did not end")
    return _fitted(about, y, columns, whole, size, mean, top)


def term_test(
    event: ArrayLike,
    design: ArrayLike,
    names: Sequence[str],
    positions: Sequence[int],
    *,
    estimator: str = default("logistic_estimator"),
    inference: str = default("logistic_inference"),
) -> Test:
    """Test that the coefficients at `positions` of design (n, k) are all 0: a factor's block, χ² on len(positions).

    inference "profile" gives the likelihood ratio (R's `stats::anova(test = "LRT")`, under Firth with the penalty of
    the whole model), "wald" the Wald test (`aod::wald.test`). Estimators, NaN and errors as in `logistic`; positions
    beyond the columns raise ValueError.
    Sources as `logistic`: Heinze and Schemper, Stat Med 2002;21:2409, 10.1002/sim.1047.
    """
    check_name("logistic_estimator", estimator)
    check_name("logistic_inference", inference)
    y, columns = check_logistic(event, design, names)
    block = sorted(set(positions))
    if not block or block[0] < 0 or block[-1] >= columns.shape[1]:
        raise ValueError(f"positions must name columns 0 to {columns.shape[1] - 1}, got {list(positions)}")
    about = _About(tuple(names), len(y), int(y.sum()), LEVEL, estimator, inference)
    kind = "likelihood_ratio" if inference == "profile" else "wald"
    scaled, _, _ = standardise(columns)
    reason = why_not(about.names, y, scaled)
    if reason:
        return invalid_test(kind, reason, n=about.n, conventions=about.conventions)
    about = replace(about, apart=separation(y, scaled))
    whole = with_intercept(scaled)
    if about.used == "ml" and about.apart.kind != "none":
        rest = with_intercept(np.delete(scaled, block, axis=1))
        if kind == "wald":
            return invalid_test(kind, about.said, n=about.n, conventions=about.conventions)
        return _ratio_test(about, _supremum(y, whole), _supremum(y, rest), len(block))
    top = maximise(y, whole, penalised=about.firth)
    held = [j + 1 for j in block]
    if kind == "wald":
        return _wald_test(about, top, held)
    return _ratio_test(about, top.loglik if top.converged else NAN, _restricted(about, y, whole, top, held), len(block))


_NONE = Separation("none", (), np.zeros(0, dtype=bool))


@dataclass(frozen=True, slots=True)
class _About:
    names: tuple[str, ...]
    n: int
    events: int
    level: float
    asked: str
    inference: str
    apart: Separation = _NONE
    only: frozenset[int] | None = None

    @property
    def used(self) -> str:
        if self.asked == "auto":
            return "ml" if self.apart.kind == "none" else "firth"
        return self.asked

    @property
    def firth(self) -> bool:
        return self.used == "firth"

    @property
    def separated(self) -> tuple[str, ...]:
        return tuple(self.names[j] for j in self.apart.columns)

    @property
    def said(self) -> str:
        listed = ", ".join(self.separated)
        return f"no finite maximum-likelihood estimate: {self.apart.kind} separation of the outcome by {listed}"

    @property
    def conventions(self) -> dict[str, str]:
        return {"logistic_estimator": self.used, "logistic_inference": self.inference}


def _fitted(
    about: _About, y: Floats, columns: Floats, whole: Floats, size: Floats, mean: Floats, top: LogisticMaximum
) -> LogisticFit:
    covariance = np.linalg.inv(top.point.information)
    back = np.diag(np.concatenate([[1.0], 1.0 / size]))
    with np.errstate(all="ignore"):
        back[0, 1:] = -mean / size
        beta, outer = back @ top.beta, back @ covariance @ back.T
    terms = tuple(
        _term(
            about, name, y, whole, top, j + 1, float(size[j]), math.sqrt(covariance[j + 1, j + 1]),
            asked=about.only is None or j in about.only,
        )
        for j, name in enumerate(about.names)
    )  # fmt: skip
    null = _restricted(about, y, whole, top, list(range(1, whole.shape[1])))
    k = len(about.names)
    units = float(np.log(size).sum()) if about.firth else 0.0  # the penalty in the units given
    return LogisticFit(
        terms=terms,
        intercept=_intercept(about, y, columns / size, top, beta, outer),
        coefficients=beta,
        covariance=outer,
        loglik_null=null + units,
        loglik=top.loglik + units,
        likelihood_ratio=_ratio_test(about, top.loglik, null, k),
        wald=_wald_test(about, top, list(range(1, k + 1))),
        n=about.n,
        events=about.events,
        level=about.level,
        estimator=about.used,
        separation=about.apart.kind,
        separated=about.separated,
        conventions=about.conventions,
    )


def _intercept(
    about: _About, y: Floats, uncentred: Floats, top: LogisticMaximum, beta: Floats, outer: Floats
) -> LogisticTerm:
    """The intercept where every column is 0, by columns scaled but not centred."""
    if about.only is not None:
        error = math.sqrt(outer[0, 0]) if math.isfinite(outer[0, 0]) else NAN
        with np.errstate(all="ignore"):
            ratio = float(np.exp(beta[0]))
        return LogisticTerm(INTERCEPT, ratio, coefficient=float(beta[0]), se=error, reason=_UNASKED)
    design = with_intercept(uncentred)
    start = np.concatenate([[beta[0]], top.beta[1:]])
    found = maximise(y, design, penalised=about.firth, start=start)
    if not found.converged or not math.isfinite(outer[0, 0]):
        return LogisticTerm(INTERCEPT, valid=False, reason="0 of some column is too far from its values")
    return _term(about, INTERCEPT, y, design, found, 0, 1.0, math.sqrt(outer[0, 0]))


def _term(
    about: _About, name: str, y: Floats, design: Floats, top: LogisticMaximum, position: int, size: float, se: float,
    *, asked: bool = True,
) -> LogisticTerm:  # fmt: skip
    """One coefficient; `se` and the search are per SD, the answer per unit (`size` units are one SD)."""
    quantile, at = normal_quantile(about.level), float(top.beta[position])
    if not asked:
        statistic = p = lower = upper = NAN
    elif about.inference == "wald":
        statistic = at / se
        p, lower, upper = normal_p(statistic), at - quantile * se, at + quantile * se
    else:
        found = profile(y, design, top, position, quantile, penalised=about.firth)
        statistic, lower, upper = found.statistic, found.lower, found.upper
        p = chi_square_p(statistic, 1.0)
    with np.errstate(all="ignore"):
        coefficient, error = float(np.float64(at) / size), float(np.float64(se) / size)
        ratio, low, high = np.exp(np.array([at, lower, upper]) / size).tolist()
    unbound = tuple(side for side, limit in (("lower", lower), ("upper", upper)) if math.isinf(limit))
    bad = [value for side, value in (("", ratio), ("lower", low), ("upper", high)) if side not in unbound]
    if not all(0.0 < value < math.inf or math.isnan(value) for value in bad) or not 0.0 < error < math.inf:
        reason = "the odds ratio per unit of this column is beyond what a double holds; use a unit nearer its spread"
        return LogisticTerm(
            name, coefficient=coefficient, se=error, statistic=statistic, p=p, valid=False, reason=reason
        )
    reasons = [f"{side} limit is infinite, or too far for the data to say" for side in unbound]
    if not asked:
        reasons.append(_UNASKED)
    elif math.isnan(statistic) or math.isnan(lower) or math.isnan(upper):
        reasons.append("the profile likelihood could not be followed to the end")
    return LogisticTerm(
        name, ratio, NAN if "lower" in unbound else low, NAN if "upper" in unbound else high,
        coefficient, error, statistic, p, True, "; ".join(reasons), unbound,
    )  # fmt: skip


def _restricted(about: _About, y: Floats, whole: Floats, top: LogisticMaximum, held: list[int]) -> float:
    """Log-likelihood with the `held` coefficients at 0; under Firth the penalty stays that of the whole design."""
    free = [j for j in range(whole.shape[1]) if j not in held]
    start = top.beta.copy()
    start[held] = 0.0
    found = maximise(y, whole, penalised=about.firth, start=start, free=free)
    return found.loglik if found.converged else NAN


def _ratio_test(about: _About, loglik: float, null: float, df: int) -> Test:
    statistic = max(2.0 * (loglik - null), 0.0) if not math.isnan(loglik - null) else NAN
    if df == 0 or math.isnan(statistic):
        reason = "no column to test" if df == 0 else "the search for the maximum did not end"
        return invalid_test("likelihood_ratio", reason, n=about.n, conventions=about.conventions)
    p = chi_square_p(statistic, df)
    return Test("likelihood_ratio", statistic, float(df), p, about.n, conventions=about.conventions)


def _wald_test(about: _About, top: LogisticMaximum, block: list[int]) -> Test:
    if not block or not top.converged:
        reason = "no column to test" if not block else "the search for the maximum did not end"
        return invalid_test("wald", reason, n=about.n, conventions=about.conventions)
    covariance = np.linalg.inv(top.point.information)[np.ix_(block, block)]
    beta, df = top.beta[block], len(block)
    statistic = float(beta @ np.linalg.solve(covariance, beta))
    p = chi_square_p(statistic, df)
    return Test("wald", statistic, float(df), p, about.n, conventions=about.conventions)


def _supremum(y: Floats, whole: Floats) -> float:
    """Supremum of the log-likelihood, finite maximum or not: rows parted strictly add nothing, the rest have one."""
    apart = separation(y, whole[:, 1:])
    rest, left = y[~apart.parted], whole[~apart.parted]
    if len(rest) == 0:
        return 0.0
    # What is left may have lost rank: an orthogonal basis spans the same predictors.
    vectors, values, _ = np.linalg.svd(left, full_matrices=False)
    found = maximise(rest, vectors[:, values > FLAT * values[0]] * math.sqrt(len(rest)))
    return found.loglik if found.converged else NAN


def _separated(about: _About, y: Floats, whole: Floats) -> LogisticFit:
    """Maximum likelihood asked for where there is none; the likelihood ratio still has a supremum."""
    top, null = _supremum(y, whole), _supremum(y, whole[:, :1])
    made = _refuse(about, about.said)
    ratio = _ratio_test(about, top, null, len(about.names))
    return replace(made, loglik=top, loglik_null=null, likelihood_ratio=ratio)


def _refuse(about: _About, reason: str) -> LogisticFit:
    """A fit that gives no estimate."""
    k = len(about.names) + 1
    ratio, wald = (
        invalid_test(name, reason, n=about.n, conventions=about.conventions) for name in ("likelihood_ratio", "wald")
    )
    return LogisticFit(
        terms=tuple(LogisticTerm(name, valid=False, reason=reason) for name in about.names),
        intercept=LogisticTerm(INTERCEPT, valid=False, reason=reason),
        coefficients=np.full(k, NAN),
        covariance=np.full((k, k), NAN),
        loglik_null=NAN,
        loglik=NAN,
        likelihood_ratio=ratio,
        wald=wald,
        n=about.n,
        events=about.events,
        level=about.level,
        estimator=about.used,
        separation=about.apart.kind,
        separated=about.separated,
        converged=False,
        valid=False,
        reason=reason,
        conventions=about.conventions,
    )
