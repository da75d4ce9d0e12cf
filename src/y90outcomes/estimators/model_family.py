"""Cox and logistic models seen alike: log-likelihood, AIC and tests of terms for a search, ratios for a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from y90outcomes.conventions import LEVEL, default
from y90outcomes.estimators.arrays import as_matrix, as_vector, check_level, check_name
from y90outcomes.estimators.cox import cox
from y90outcomes.estimators.cox_kernel import fit_cox
from y90outcomes.estimators.logistic import logistic
from y90outcomes.estimators.logistic_likelihood import standardise
from y90outcomes.estimators.numbers import NAN, Booleans, Floats, Ints, Test, invalid_test
from y90outcomes.estimators.p_values import chi_square_p

FAMILIES = ("cox", "logistic")
RATIO: Mapping[str, str] = {"cox": "hazard_ratio", "logistic": "odds_ratio"}
"""family -> the quantity its coefficients are exponentials of."""


@dataclass(frozen=True, slots=True, eq=False)
class Response:
    """What a model explains: `event` (n,) of 0 and 1, and `time` (n,) ≥ 0 for Cox models, None for logistic ones.

    `ties` and `cox_inference` are of Cox models, `estimator` and `inference` of logistic ones; `strata` (n,) codes a
    stratified Cox model, None for one baseline hazard.
    """

    event: Floats
    time: Floats | None = None
    ties: str = default("cox_ties")
    estimator: str = default("logistic_estimator")
    inference: str = default("logistic_inference")
    cox_inference: str = default("cox_inference")
    level: float = LEVEL
    strata: Ints | None = None

    @property
    def family(self) -> str:
        """ "cox" or "logistic"."""
        return "logistic" if self.time is None else "cox"

    def __len__(self) -> int:
        return len(self.event)

    def rows(self, mask: Booleans) -> Response:
        """The response of the rows of `mask` (n,)."""
        time = None if self.time is None else self.time[mask]
        strata = None if self.strata is None else self.strata[mask]
        return replace(self, event=self.event[mask], time=time, strata=strata)


def response(event: ArrayLike, time: ArrayLike | None = None, **choices: Any) -> Response:
    """A checked `Response`. ValueError for missing values, other codes than 0 and 1, lengths, names of conventions."""
    events = as_vector("event", event)
    if not np.isin(events, (0.0, 1.0)).all():
        raise ValueError("event must hold 0 and 1 only")
    times = None if time is None else as_vector("time", time)
    if times is not None and len(times) != len(events):
        raise ValueError(f"time and event differ in length: {len(times)} and {len(events)}")
    made = Response(events, times, **choices)
    check_name("cox_ties", made.ties)
    check_name("logistic_estimator", made.estimator)
    check_name("logistic_inference", made.inference)
    check_name("cox_inference", made.cox_inference)
    check_level(made.level)
    if made.strata is not None and len(made.strata) != len(events):
        raise ValueError(f"strata and event differ in length: {len(made.strata)} and {len(events)}")
    return made


@dataclass(frozen=True, slots=True, eq=False)
class ModelFit:
    """A maximum-likelihood fit as a search needs it; everything is NaN with `reason` when there is no finite maximum.

    `df` counts estimated parameters as R's extractAIC does (the intercept of a logistic model included).
    `coefficients` (k,) and `covariance` (k, k) are per SD of each column of the design, without the intercept.
    """

    names: tuple[str, ...]
    loglik: float
    df: int
    coefficients: Floats
    covariance: Floats
    n: int
    events: int
    valid: bool = True
    reason: str = ""

    @property
    def aic(self) -> float:
        """−2 log-likelihood + 2 df (Akaike 1974, 10.1109/TAC.1974.1100705); partial likelihood of a Cox model."""
        return -2.0 * self.loglik + 2.0 * self.df


def fit_model(response: Response, design: ArrayLike, names: Sequence[str]) -> ModelFit:
    """Maximum likelihood of `response` on `design` (n, k), k = 0 for the model without covariates.

    Equals R's survival::coxph or stats::glm(family = binomial) where these have a finite maximum. Separation (monotone
    likelihood), no events, constant or collinear columns give NaN with a reason. ValueError as `cox` and `logistic`.
    Cox, JRSS B 1972;34:187, 10.1111/j.2517-6161.1972.tb00899.x.
    """
    columns, names = as_matrix("design", design), tuple(names)
    k = len(names)
    if response.time is not None:
        kernel = fit_cox(response.time, response.event, columns, names, strata=response.strata, ties=response.ties)
        spread: Any = np.linalg.inv(kernel.scaled_information) if kernel.valid else np.full((k, k), NAN)
        return _model(names, kernel, k, kernel.scaled, spread, kernel.data.n, kernel.data.events)
    made = logistic(response.event, standardise(columns)[0], names, estimator="ml", inference="wald", only=())
    return _model(names, made, k + 1, made.coefficients[1:], made.covariance[1:, 1:], made.n, made.events)


def _model(
    names: tuple[str, ...], made: Any, df: int, beta: Floats, covariance: Floats, n: int, events: int
) -> ModelFit:
    loglik = made.loglik if made.valid else NAN
    return ModelFit(names, loglik, df, beta, covariance, n, events, made.valid, made.reason)


def likelihood_ratio(small: ModelFit, large: ModelFit, name: str = "likelihood_ratio") -> Test:
    """Twice the gain in log-likelihood of `large` over the nested `small`, χ² on the difference of their df.

    Equals R's anova(small, large, test = "Chisq"). NaN with the reason of a fit that failed; never negative.
    The fits are of one response (n,). Wilks, Ann Math Stat 1938;9:60; R's stats::anova. Raises nothing of its own.
    """
    for fit in (large, small):
        if not fit.valid:
            return invalid_test(name, fit.reason, n=fit.n)
    return chi_square(name, max(2.0 * (large.loglik - small.loglik), 0.0), large.df - small.df, large.n)


def wald(fit: ModelFit, positions: Sequence[int], name: str = "wald") -> Test:
    """b′V⁻¹b of the coefficients at `positions`, χ² with as many df; R's survival::coxph `wald.test` of a block.

    NaN with the fit's reason when it failed.
    positions (q,) among the k columns. Wald, Trans Am Math Soc 1943;54:426. Raises IndexError for a position beyond
    the columns.
    """
    if not fit.valid:
        return invalid_test(name, fit.reason, n=fit.n)
    chosen = list(positions)
    beta, inner = fit.coefficients[chosen], fit.covariance[np.ix_(chosen, chosen)]
    return chi_square(name, float(beta @ np.linalg.solve(inner, beta)), len(chosen), fit.n)


def chi_square(name: str, statistic: float, df: int, n: int) -> Test:
    """A χ² test from its statistic; NaN with a reason for df 0."""
    if df < 1:
        return invalid_test(name, "no degrees of freedom", n=n)
    return Test(name, statistic, float(df), chi_square_p(statistic, df), n)


@dataclass(frozen=True, slots=True)
class Ratio:
    """One column as a table shows it: ratio per unit with interval, coefficient, its se, statistic and p."""

    name: str
    estimate: float = NAN
    lower: float = NAN
    upper: float = NAN
    coefficient: float = NAN
    se: float = NAN
    statistic: float = NAN
    p: float = NAN
    valid: bool = True
    reason: str = ""
    not_reached: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reported:
    """A model by its family's ordinary inference, one `Ratio` per column; `separated` says Firth's estimate stands
    in for a maximum likelihood that does not exist."""

    terms: tuple[Ratio, ...]
    test: Test
    n: int
    events: int
    valid: bool = True
    reason: str = ""
    separated: bool = False
    conventions: Mapping[str, str] = field(default_factory=dict)


def report(
    response: Response, design: ArrayLike, names: Sequence[str], *, only: Sequence[int] | None = None
) -> Reported:
    """The model as tables show it: `cox` or `logistic` with the response's estimator, ties, inference and level.

    `only` names positions (of all columns when None) whose interval and p are wanted, as in `logistic`; a Cox model
    gives all. Under estimator "auto" a separated logistic model is Firth's, and `separated` says so. design (n, k).
    Errors as in these. Sources as `cox` and `logistic` (Cox, JRSS B 1972;34:187); R's survival::coxph and stats::glm.
    """
    if response.time is not None:
        made = cox(
            response.time,
            response.event,
            design,
            names,
            strata=response.strata,
            ties=response.ties,
            inference=response.cox_inference,
            level=response.level,
        )
        terms = [(t.hazard_ratio, t.z, t) for t in made.terms]
        return _reported(made, terms, False)
    found = logistic(
        response.event,
        design,
        names,
        estimator=response.estimator,
        inference=response.inference,
        level=response.level,
        only=range(len(names)) if only is None else only,
    )
    return _reported(found, [(t.odds_ratio, t.statistic, t) for t in found.terms], found.separation != "none")


def _reported(made: Any, terms: Sequence[tuple[float, float, Any]], separated: bool) -> Reported:
    ratios = tuple(
        Ratio(
            t.name, ratio, t.lower, t.upper, t.coefficient, t.se, statistic, t.p, t.valid, t.reason, t.not_reached
        )
        for ratio, statistic, t in terms
    )  # fmt: skip
    return Reported(
        ratios,
        made.likelihood_ratio,
        made.n,
        made.events,
        made.valid,
        made.reason,
        separated,
        made.conventions,
    )
