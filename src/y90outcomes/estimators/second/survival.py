"""Survival by lifelines and statsmodels.

Traps stepped around: lifelines decides a median on a plateau of 0.5 by float error (`plateau` says so), its restricted
mean has the variance of min(T, t) instead of the estimator's (the mean alone is given), its Aalen–Johansen fitter
jitters tied times (statsmodels' CumIncidenceRight is used), its robust variance ignores ties and entry times (refused),
its default Newton step stops at 2e-5 (tightened), its test of two rates draws Greenwood's sum as a straight line
between times (the step is put in by hand).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from y90outcomes.estimators.second.trial import Declined, asked

Floats = npt.NDArray[np.float64]

LIFELINES, STATSMODELS = "lifelines", "statsmodels"
QUANTILES = "statsmodels standard error, SciPy quantile"
FIT = {"step_size": 1.0, "precision": 1e-20, "r_precision": 1e-15}
"""lifelines' Newton search with whole steps to the end; by default it stops at 2e-5, and at a precision of
1e-14 (of the squared step) 1e-7 standard errors short, which shows where z is near 0."""
QUANTILE_METHODS: Mapping[str, str] = {
    "log-log": "cloglog", "log": "log", "plain": "linear", "logit": "logit", "arcsine": "asinsqrt",
}  # fmt: skip
"""interval -> statsmodels' name of it."""
UNBOUNDED = 50.0
"""Standard error of a standardised coefficient beyond which a likelihood has no finite maximum."""


def kaplan_meier(time: Floats, event: Floats, level: float) -> dict[str, Any]:
    """lifelines' curve of time and event (n,): arrays over its timeline, log(−log) limits, median with its limits."""
    with asked(LIFELINES):
        from lifelines import KaplanMeierFitter
        from lifelines.utils import median_survival_times

        made = KaplanMeierFitter(alpha=1.0 - level).fit(time, event)
        band = made.confidence_interval_
        table = made.event_table.reindex(made.survival_function_.index)
        survival = made.survival_function_.to_numpy()[:, 0]
        limits = median_survival_times(band)
        return {
            "time": made.survival_function_.index.to_numpy(dtype=float),
            "survival": survival,
            "lower": band.to_numpy()[:, 0],
            "upper": band.to_numpy()[:, 1],
            "at_risk": table["at_risk"].to_numpy(dtype=float),
            "events": table["observed"].to_numpy(dtype=float),
            "censored": table["censored"].to_numpy(dtype=float),
            "median": float(made.median_survival_time_),
            "median_lower": float(limits.iloc[0, 0]),
            "median_upper": float(limits.iloc[0, 1]),
            "plateau": bool((np.abs(survival - 0.5) < 1e-9).any()),
        }


def survfunc(time: Floats, event: Floats) -> dict[str, Any]:
    """statsmodels' curve: event times, survival, Greenwood's standard error; the fit itself under "fit"."""
    with asked(STATSMODELS):
        from statsmodels.duration.survfunc import SurvfuncRight

        made = SurvfuncRight(time, event)
        return {"time": made.surv_times, "survival": made.surv_prob, "se": made.surv_prob_se, "fit": made}


def quantile(curve: Mapping[str, Any], interval: str, level: float) -> dict[str, float]:
    """statsmodels' median with the limits of a transform; infinite where not reached."""
    with asked(STATSMODELS):
        lower, upper = curve["fit"].quantile_ci(0.5, alpha=1.0 - level, method=QUANTILE_METHODS[interval])
        return {"estimate": float(curve["fit"].quantile(0.5)), "lower": float(lower), "upper": float(upper)}


def step(curve: Mapping[str, Any], name: str, at: float, before: float) -> float:
    """Value of a step curve at a time, `before` ahead of its first."""
    place = int(np.searchsorted(curve["time"], at, side="right")) - 1
    return float(curve[name][place]) if place >= 0 else before


def limits(transform: str, value: float, se: float, level: float) -> tuple[float, float]:
    """Limits of a probability from its standard error on a transformed scale; NaN at 0 and 1, where R has none."""
    from scipy.stats import norm

    z = float(norm.ppf((1.0 + level) / 2.0))
    if value == 1.0 and transform in ("plain", "log"):
        return 1.0, 1.0
    if not 0.0 < value < 1.0 or not se > 0.0:
        return math.nan, math.nan
    if transform == "plain":
        return max(value - z * se, 0.0), min(value + z * se, 1.0)
    if transform == "log":
        return value * math.exp(-z * se / value), min(value * math.exp(z * se / value), 1.0)
    if transform == "logit":
        middle, half = math.log(value / (1.0 - value)), z * se / (value * (1.0 - value))
        return 1.0 / (1.0 + math.exp(half - middle)), 1.0 / (1.0 + math.exp(-half - middle))
    if transform == "arcsine":
        middle, half = math.asin(math.sqrt(value)), z * se / (2.0 * math.sqrt(value * (1.0 - value)))
        return math.sin(max(middle - half, 0.0)) ** 2, math.sin(min(middle + half, math.pi / 2.0)) ** 2
    half = z * se / abs(value * math.log(value))
    return value ** math.exp(half), value ** math.exp(-half)


def restricted_mean(time: Floats, event: Floats, horizon: float) -> float:
    """lifelines' mean to a horizon; its variance is that of min(T, t) and is not given."""
    with asked(LIFELINES):
        from lifelines import KaplanMeierFitter
        from lifelines.utils import restricted_mean_survival_time

        if horizon > float(np.max(time)):
            raise Declined("lifelines carries the curve on beyond the last time")
        return float(restricted_mean_survival_time(KaplanMeierFitter().fit(time, event), t=horizon))


def log_rank(time: Floats, event: Floats, group: npt.NDArray[Any]) -> dict[str, dict[str, float]]:
    """Log-rank test of the groups (n,), by engine."""
    found = {}
    with asked(LIFELINES):
        from lifelines.statistics import multivariate_logrank_test

        made = multivariate_logrank_test(time, group, event)
        df = float(len(np.unique(group)) - 1)
        found[LIFELINES] = {"statistic": float(made.test_statistic), "p": float(made.p_value), "df": df}
    found[STATSMODELS] = stratified_log_rank(time, event, group, None)
    return found


def stratified_log_rank(
    time: Floats, event: Floats, group: npt.NDArray[Any], strata: npt.NDArray[Any] | None
) -> dict[str, float]:
    """statsmodels' log-rank test within strata."""
    with asked(STATSMODELS):
        from statsmodels.duration.survfunc import survdiff

        statistic, p = survdiff(time, event, group, strata=strata)
        return {"statistic": float(statistic), "p": float(p), "df": float(len(np.unique(group)) - 1)}


def fixed_point(first: tuple[Floats, Floats], second: tuple[Floats, Floats], at: float) -> dict[str, float]:
    """lifelines' test of two survival rates at a time, log(−log) scale."""
    with asked(LIFELINES):
        from lifelines import KaplanMeierFitter
        from lifelines.statistics import survival_difference_at_fixed_point_in_time_test as test

        curves = [
            KaplanMeierFitter().fit(*sample, timeline=np.union1d(sample[0], [0.0, at])) for sample in (first, second)
        ]
        for curve, sample in zip(curves, (first, second), strict=True):  # it draws straight lines between events
            hits = np.unique(sample[0][sample[0] <= at])
            held = curve._cumulative_sq_.reindex(np.union1d(curve._cumulative_sq_.index, [at])).ffill()
            curve._cumulative_sq_ = held if len(hits) else held.fillna(0.0)
        made = test(at, *curves)
        return {"statistic": float(made.test_statistic), "p": float(made.p_value), "df": 1.0}


def incidence(time: Floats, state: Floats) -> dict[int, dict[str, Floats]]:
    """statsmodels' cumulative incidence of causes 1 and 2: time, value, se. lifelines jitters ties."""
    with asked(STATSMODELS):
        from statsmodels.duration.survfunc import CumIncidenceRight

        made = CumIncidenceRight(time, state.astype(int))
        return {
            cause: {"time": made.times, "value": value, "se": se}
            for cause, value, se in zip((1, 2), made.cinc, made.cinc_se, strict=False)
        }


def cox_lifelines(
    time: Floats, event: Floats, matrix: Floats, level: float, *, strata: npt.NDArray[Any] | None = None,
    start: Floats | None = None, cluster: npt.NDArray[Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """lifelines' Cox model, Efron's ties. Refused: clusters with entry times or tied events, which its robust variance
    ignores."""
    import pandas as pd

    if cluster is not None and start is not None:
        raise Declined("lifelines' robust variance ignores entry times")
    if cluster is not None and len(np.unique(time[event == 1])) < int((event == 1).sum()):
        raise Declined("lifelines' robust variance ignores ties")
    names = [f"x{i}" for i in range(matrix.shape[1])]
    frame = pd.DataFrame(matrix, columns=names).assign(time_=time, event_=event)
    given: dict[str, Any] = {}
    for word, column, values in (
        ("strata", "strata_", strata), ("entry_col", "entry_", start), ("cluster_col", "cluster_", cluster),
    ):  # fmt: skip
        if values is not None:
            frame[column] = values
            given[word] = [column] if word == "strata" else column
    with asked(LIFELINES):
        from lifelines import CoxPHFitter

        made = CoxPHFitter(alpha=1.0 - level).fit(frame, "time_", "event_", fit_options=FIT, **given)
        if (made.standard_errors_.to_numpy() * matrix.std(axis=0) > UNBOUNDED).any():
            raise Declined("the likelihood has no finite maximum")
        table, test = made.summary, made.log_likelihood_ratio_test()
        bounds = made.confidence_intervals_.to_numpy()
        return {
            "coefficients": made.params_.to_numpy(), "se": made.standard_errors_.to_numpy(),
            "z": table["z"].to_numpy(), "p": table["p"].to_numpy(), "lower": bounds[:, 0], "upper": bounds[:, 1],
            "covariance": made.variance_matrix_.to_numpy(), "loglik": float(made.log_likelihood_),
            "lr": {"statistic": float(test.test_statistic), "p": float(test.p_value), "df": float(len(names))},
            "aic": float(made.AIC_partial_),
        }  # fmt: skip


def cox_statsmodels(
    time: Floats, event: Floats, matrix: Floats, level: float, *, ties: str = "efron",
    strata: npt.NDArray[Any] | None = None, start: Floats | None = None,
) -> dict[str, Any]:  # fmt: skip
    """statsmodels' PHReg with either rule of ties. It has no cluster variance that keeps ties."""
    from scipy.stats import chi2

    with asked(STATSMODELS):
        model = _phreg(time, event, matrix, ties, strata, start)
        made = model.fit(disp=0, tol=1e-14, maxiter=200)
        if (made.bse * matrix.std(axis=0) > UNBOUNDED).any() or not np.isfinite(made.bse).all():
            raise Declined("the likelihood has no finite maximum")
        bounds, k = made.conf_int(alpha=1.0 - level), matrix.shape[1]
        statistic = 2.0 * (made.llf - model.loglike(np.zeros(k)))
        return {
            "coefficients": made.params, "se": made.bse, "z": made.tvalues, "p": made.pvalues, "lower": bounds[:, 0],
            "upper": bounds[:, 1], "covariance": made.cov_params(), "loglik": float(made.llf),
            "lr": {"statistic": float(statistic), "p": float(chi2.sf(statistic, k)), "df": float(k)},
            "aic": float(2.0 * k - 2.0 * made.llf),
        }  # fmt: skip


def cox_loglik(
    time: Floats, event: Floats, matrix: Floats, *, ties: str, strata: npt.NDArray[Any] | None = None,
    start: Floats | None = None, offset: Floats | None = None,
) -> float:  # fmt: skip
    """Greatest log partial likelihood of PHReg, with no column or an offset too."""
    with asked(STATSMODELS):
        if matrix.shape[1] == 0:
            column = np.zeros((len(time), 1))
            return float(_phreg(time, event, column, ties, strata, start, offset).loglike(np.zeros(1)))
        model = _phreg(time, event, matrix, ties, strata, start, offset)
        return float(model.fit(disp=0, tol=1e-14, maxiter=200).llf)


def _phreg(
    time: Floats, event: Floats, matrix: Floats, ties: str, strata: npt.NDArray[Any] | None, start: Floats | None,
    offset: Floats | None = None,
) -> Any:  # fmt: skip
    from statsmodels.duration.hazard_regression import PHReg

    return PHReg(time, matrix, status=event, entry=start, strata=strata, offset=offset, ties=ties)


def concordance(time: Floats, event: Floats, predictor: Floats) -> float:
    """lifelines' Harrell's C of a predictor whose greater values mean an earlier event; it has no variance."""
    with asked(LIFELINES):
        from lifelines.utils import concordance_index

        return float(concordance_index(time, -predictor, event))


def quadratic(coefficients: Floats, covariance: Floats, at: Sequence[int]) -> dict[str, float]:
    """Wald's test of a block from a library's coefficients and covariance."""
    from scipy.stats import chi2

    block = list(at)
    b = coefficients[block]
    statistic = float(b @ np.linalg.solve(covariance[np.ix_(block, block)], b))
    return {"statistic": statistic, "df": float(len(block)), "p": float(chi2.sf(statistic, len(block)))}
