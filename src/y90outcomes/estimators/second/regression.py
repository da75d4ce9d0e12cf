"""Logistic models, marginal models and meta-analysis by statsmodels.

Traps stepped around: Logit under separation ends at a coefficient as large as its steps allow with a warning at most
(refused), add_constant skips the intercept beside a constant column (the column is put by hand), GLM never warns (not
used). statsmodels has no profile interval: its own likelihood with an offset is profiled by SciPy's root finder.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from y90outcomes.estimators.second.normal import likelihood_ratio
from y90outcomes.estimators.second.trial import Declined, asked

Floats = npt.NDArray[np.float64]
STATSMODELS = "statsmodels"
NO_MAXIMUM = "maximum likelihood has no finite estimate under separation, and no library has Firth's"
PROFILED = "statsmodels likelihood, SciPy root"


def logit(event: Floats, matrix: Floats, level: float) -> dict[str, Any]:
    """Maximum likelihood of event (n,) on matrix (n, k), an intercept added first; arrays (k + 1,)."""
    with asked(STATSMODELS):
        made = _fitted(event, _with_intercept(matrix))
        bounds, k = made.conf_int(alpha=1.0 - level), matrix.shape[1]
        rate = float(event.mean())  # statsmodels searches the model without terms only to 1e-8; it has a formula
        nothing = float(event.sum()) * math.log(rate) + float((1.0 - event).sum()) * math.log1p(-rate)
        return {
            "coefficients": made.params, "se": made.bse, "z": made.tvalues, "p": made.pvalues, "lower": bounds[:, 0],
            "upper": bounds[:, 1], "covariance": made.cov_params(), "loglik": float(made.llf), "aic": float(made.aic),
            "lr": likelihood_ratio(float(made.llf), nothing, k), "fit": made,
        }  # fmt: skip


def logit_loglik(event: Floats, matrix: Floats, offset: Floats | None = None, *, intercept: bool = True) -> float:
    """Greatest log-likelihood of event on matrix (n, k), with an offset where given."""
    with asked(STATSMODELS):
        columns = _with_intercept(matrix) if intercept else matrix
        return float(_fitted(event, columns, offset).llf)


def predicted(fit: Any, matrix: Floats, level: float) -> dict[str, Floats]:
    """Probabilities at the rows of matrix (m, k) with limits of the linear predictor taken back."""
    from scipy.special import expit
    from scipy.stats import norm

    with asked(STATSMODELS):
        rows = _with_intercept(matrix)
        made = fit.get_prediction(rows, which="linear")
        middle, half = made.predicted, norm.ppf((1.0 + level) / 2.0) * made.se
        return {"estimate": fit.predict(rows), "lower": expit(middle - half), "upper": expit(middle + half)}


def profile(loglik: Callable[[float], float], top: float, best: float, se: float, level: float) -> tuple[float, float]:
    """Where twice the loss of a profiled likelihood equals χ²'s quantile, below and above the best value."""
    from scipy.optimize import brentq
    from scipy.stats import chi2

    limit = float(chi2.ppf(level, 1))

    def loss(value: float) -> float:
        return 2.0 * (top - loglik(value)) - limit

    ends = []
    for side in (-1.0, 1.0):
        far = best + side * 2.0 * se
        for _ in range(30):
            if loss(far) > 0.0:
                break
            far += side * se
        else:
            raise Declined("the profiled likelihood does not fall far enough")
        ends.append(float(brentq(loss, best, far, xtol=1e-13 * max(1.0, abs(best)), rtol=1e-13)))
    return ends[0], ends[1]


def gee(
    event: Floats, matrix: Floats, cluster: npt.NDArray[Any], correlation: str, small_sample: str
) -> dict[str, Any]:
    """statsmodels' GEE: arrays (k + 1,). Mancl and DeRouen's variance is its "bias_reduced"."""
    with asked(STATSMODELS):
        from statsmodels.genmod.cov_struct import Exchangeable, Independence
        from statsmodels.genmod.families import Binomial
        from statsmodels.genmod.generalized_estimating_equations import GEE

        order = np.argsort(cluster, kind="stable")
        structure = Exchangeable() if correlation == "exchangeable" else Independence()
        kind = "bias_reduced" if small_sample == "mancl_derouen" else "robust"
        model = GEE(event[order], _with_intercept(matrix)[order], groups=cluster[order], family=Binomial(),
                    cov_struct=structure)  # fmt: skip
        made = model.fit(maxiter=500, ctol=1e-13, cov_type=kind)
        groups = len(np.unique(cluster))
        covariance = np.asarray(made.cov_params())
        if small_sample == "clusters_minus_1":
            covariance = covariance * groups / (groups - 1)
        return {"coefficients": np.asarray(made.params), "covariance": covariance, "groups": groups,
                "se": np.sqrt(np.diag(covariance))}  # fmt: skip


def spline(x: Floats, knots: Sequence[float]) -> Floats:
    """Columns (n, k − 1) of natural cubic splines by SciPy, straight lines beyond the outer knots."""
    from scipy.interpolate import CubicSpline

    inside = np.clip(x, knots[0], knots[-1])
    made = CubicSpline(knots, np.eye(len(knots)), bc_type="natural")
    columns: Floats = made(inside) + made(inside, 1) * (x - inside)[:, np.newaxis]
    return columns[:, 1:]


def delta(fit: Any, function: Callable[[Floats], Floats]) -> tuple[float, float]:
    """A smooth function of the coefficients and its standard error, statsmodels' delta method."""
    with asked(STATSMODELS):
        from statsmodels.stats._delta_method import NonlinearDeltaCov

        made = NonlinearDeltaCov(function, fit.params, fit.cov_params())
        return float(np.atleast_1d(function(fit.params))[0]), float(np.sqrt(np.atleast_2d(made.cov())[0, 0]))


def pooled(effects: Sequence[float], variances: Sequence[float], level: float) -> dict[str, float]:
    """Two-stage pooling: fixed and DerSimonian–Laird random effects, Q, I², τ²."""
    with asked(STATSMODELS):
        from statsmodels.stats.meta_analysis import combine_effects

        made = combine_effects(np.array(effects), np.array(variances), method_re="chi2", alpha=1.0 - level)
        test = made.test_homogeneity()
        (low_fixed, high_fixed), (low_random, high_random) = made.conf_int(alpha=1.0 - level, use_t=False)[:2]
        return {
            "fixed": float(made.mean_effect_fe), "fixed_se": float(made.sd_eff_w_fe), "fixed_lower": float(low_fixed),
            "fixed_upper": float(high_fixed), "random": float(made.mean_effect_re),
            "random_se": float(made.sd_eff_w_re), "random_lower": float(low_random),
            "random_upper": float(high_random), "q": float(test.statistic), "p": float(test.pvalue),
            "df": float(test.df), "i2": float(made.i2), "tau2": float(made.tau2),
        }  # fmt: skip


def _with_intercept(matrix: Floats) -> Floats:
    return np.column_stack([np.ones(len(matrix)), matrix])


def _fitted(event: Floats, columns: Floats, offset: Floats | None = None) -> Any:
    """Logit by Newton's method from 0; from where the simplex search ends where that step leads nowhere."""
    from numpy.linalg import LinAlgError
    from statsmodels.discrete.discrete_model import Logit
    from statsmodels.tools.sm_exceptions import ConvergenceWarning

    model = Logit(event, columns, offset=offset)
    start = np.zeros(columns.shape[1])
    try:
        made = model.fit(start, method="newton", tol=1e-14, maxiter=60, disp=0)
    except (LinAlgError, ConvergenceWarning):
        try:
            rough = model.fit(start, method="nm", maxiter=5000, xtol=1e-8, ftol=1e-10, disp=0)
            made = model.fit(rough.params, method="newton", tol=1e-14, maxiter=60, disp=0)
        except (LinAlgError, ConvergenceWarning):
            raise Declined(NO_MAXIMUM) from None
    share = made.predict(columns, offset=offset) if offset is not None else made.predict(columns)
    if not math.isfinite(made.llf) or (offset is None and (share * (1.0 - share)).min() < 1e-9):
        raise Declined(NO_MAXIMUM)
    return made
