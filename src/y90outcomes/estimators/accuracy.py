"""Accuracy of a positive or negative reading: sensitivity, specificity, predictive values, likelihood ratios."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from y90outcomes.conventions import LEVEL, default
from y90outcomes.estimators.arrays import as_groups, as_vector, check_level, normal_quantile
from y90outcomes.estimators.numbers import Booleans, Estimate, Floats
from y90outcomes.estimators.proportions import proportion
from y90outcomes.estimators.roc import as_events

MEASURES = ("sensitivity", "specificity", "ppv", "npv", "accuracy", "lr_positive", "lr_negative")
"""Keys of what `accuracy` and `accuracy_clustered` return, in order."""

Counted = TypeVar("Counted", int, Floats)
"""A count, or counts per cluster (C,)."""

_CLUSTERED: Mapping[str, str] = {"clustered_accuracy_interval": "ratio_logit"}
_RATIO: Mapping[str, str] = {"likelihood_ratio_interval": "log"}
_AT_PREVALENCE: Mapping[str, str] = {"predictive_value_interval": "logit_delta"}


def accuracy(
    tp: int,
    fp: int,
    fn: int,
    tn: int,
    *,
    interval: str = default("proportion_interval"),
    level: float = LEVEL,
    prevalence: float | None = None,
) -> dict[str, Estimate]:
    """The seven `MEASURES` of a 2×2 table of counts ≥ 0, as shares 0–1 and ratios.

    Shares: `interval` of `proportions.proportion` (epiR::epi.tests). Likelihood ratios: log interval of Simel, J Clin
    Epidemiol 1991;44:763, 10.1016/0895-4356(91)90128-v (epiR::epi.tests). With `prevalence` (0–1, exclusive) PPV and
    NPV are Bayes' for it, with the delta interval on the logit scale of Mercaldo, Stat Med 2007;26:2170,
    10.1002/sim.2677. An empty denominator gives NaN with a reason; a division by 0 gives infinity with a reason; a 0
    that leaves the standard error infinite gives no interval, with a reason. Raises ValueError for counts that are not
    whole and ≥ 0, and for a prevalence, level or interval that is none.
    """
    if any(count != int(count) or count < 0 for count in (tp, fp, fn, tn)):
        raise ValueError("tp, fp, fn and tn must be whole numbers not below 0")
    tp, fp, fn, tn = int(tp), int(fp), int(fn), int(tn)
    made = {
        name: proportion(x, n, interval=interval, level=level) for name, (x, n) in _shares_of(tp, fp, fn, tn).items()
    }
    m, k = tp + fn, tn + fp
    # Variance of the log of a share x of n is (n − x) / (x n).
    made["lr_positive"] = _ratio("lr_positive", tp, m, fp, k, _log_se((tp, m), (fp, k)), level, _RATIO)
    made["lr_negative"] = _ratio("lr_negative", fn, m, tn, k, _log_se((fn, m), (tn, k)), level, _RATIO)
    return made | _predictive(made, prevalence, level)


def accuracy_clustered(
    positive: ArrayLike,
    event: ArrayLike,
    cluster: Sequence[Any] | NDArray[Any],
    *,
    level: float = LEVEL,
    prevalence: float | None = None,
) -> dict[str, Estimate]:
    """The seven `MEASURES` of positive (n,) 0/1 for event (n,) 0/1 with units nested in cluster (n,).

    Shares are those of all units; their variance is the ratio estimator's, C/(C − 1) Σ (x − p n)² / (Σ n)² over the C
    clusters with a unit in the denominator (Rao and Scott, Biometrics 1992;48:577, 10.2307/2532311; Genders, Radiology
    2012;265:910, 10.1148/radiol.12120509), and the interval is on the logit scale: a logistic regression on a constant
    with sandwich::vcovCL(type = "HC0"). Likelihood ratios: the same linearised on the log scale over all clusters.
    Predictive values at `prevalence`: from the likelihood ratio. A share of 0 or 1, fewer than two clusters, or
    clusters that all agree give no interval and a reason. Raises ValueError as `accuracy`, and for missing values or
    unequal lengths.
    """
    check_level(level)
    test = as_vector("positive", positive)
    hit = as_events(event, len(test))
    if not np.isin(test, (0.0, 1.0)).all():
        raise ValueError("positive must hold 0 and 1 only")
    read = test == 1.0
    labels, index = as_groups(cluster, len(test))

    def per_cluster(mask: Booleans) -> Floats:
        return np.bincount(index[mask], minlength=len(labels)).astype(np.float64)

    tp, fp = per_cluster(read & hit), per_cluster(read & ~hit)
    fn, tn = per_cluster(~read & hit), per_cluster(~read & ~hit)
    made = {name: _share(x, n, level) for name, (x, n) in _shares_of(tp, fp, fn, tn).items()}
    for name, x, y in (("lr_positive", tp, fp), ("lr_negative", fn, tn)):
        m, k = tp + fn, tn + fp
        se = _linearised(x, m, y, k)
        made[name] = _ratio(name, int(x.sum()), int(m.sum()), int(y.sum()), int(k.sum()), se, level, _CLUSTERED)
    return made | _predictive(made, prevalence, level)


def _shares_of(tp: Counted, fp: Counted, fn: Counted, tn: Counted) -> dict[str, tuple[Counted, Counted]]:
    """How many of how many each measure is, of counts or of counts per cluster."""
    return {
        "sensitivity": (tp, tp + fn),
        "specificity": (tn, tn + fp),
        "ppv": (tp, tp + fp),
        "npv": (tn, tn + fn),
        "accuracy": (tp + tn, tp + fp + fn + tn),
    }


def _predictive(made: Mapping[str, Estimate], prevalence: float | None, level: float) -> dict[str, Estimate]:
    """PPV and NPV at a prevalence, from the likelihood ratios; nothing without one."""
    if prevalence is None:
        return {}
    odds = _odds(prevalence)
    return {
        "ppv": _at_prevalence("ppv", made["lr_positive"], odds, level),
        "npv": _at_prevalence("npv", made["lr_negative"], odds, level),
    }


def _share(x: Floats, n: Floats, level: float) -> Estimate:
    inside = n > 0
    x, n = x[inside], n[inside]
    clusters, whole, hits = len(n), int(n.sum()), int(x.sum())
    if whole == 0:
        reason = "no proportion: nobody in the denominator"
        return Estimate(level=level, n=0, events=0, valid=False, reason=reason, conventions=_CLUSTERED)
    share = hits / whole
    spread = float(((x - share * n) ** 2).sum())
    reason = ""
    if hits in (0, whole):
        reason = "no interval: the logit of a proportion of 0 or 1 is infinite"
    elif clusters < 2:
        reason = "no interval: one cluster only"
    elif spread <= 1e-12 * whole:
        reason = "no interval: every cluster has the same proportion"
    if reason:
        return Estimate(share, level=level, n=whole, events=hits, reason=reason, conventions=_CLUSTERED)
    se = math.sqrt(clusters / (clusters - 1) * spread) / whole
    half = normal_quantile(level) * se / (share * (1.0 - share))
    lower, upper = _on_logit(math.log(share / (1.0 - share)), half)
    return Estimate(share, lower, upper, level=level, se=se, n=whole, events=hits, conventions=_CLUSTERED)


def _log_se(*shares: tuple[int, int]) -> float:
    """Standard error of the log ratio of two independent shares; infinite where a numerator is 0."""
    if any(x == 0 for x, _ in shares):
        return math.inf
    return math.sqrt(sum((n - x) / (x * n) for x, n in shares))


def _linearised(x: Floats, m: Floats, y: Floats, k: Floats) -> float:
    """Standard error of log((Σx/Σm) / (Σy/Σk)) over clusters; infinite where a numerator is 0, NaN for one cluster."""
    if x.sum() == 0 or y.sum() == 0:
        return math.inf
    clusters = len(x)
    if clusters < 2:
        return math.nan
    terms = x / x.sum() - m / m.sum() - y / y.sum() + k / k.sum()
    return math.sqrt(clusters / (clusters - 1) * float((terms**2).sum()))


def _ratio(name: str, x: int, m: int, y: int, k: int, se: float, level: float, used: Mapping[str, str]) -> Estimate:
    """(x/m) / (y/k) with a log interval. `se` of the estimate is on its own scale, by the delta method."""
    words = {
        "lr_positive": ("nobody without the event is positive", "nobody with the event is positive"),
        "lr_negative": ("nobody without the event is negative", "nobody with the event is negative"),
    }[name]
    blank = Estimate(level=level, n=m + k, events=m, conventions=used)
    if m == 0 or k == 0:
        return replace(blank, valid=False, reason=f"no ratio: no {'event' if m == 0 else 'subject without the event'}")
    if x == 0 and y == 0:
        return replace(blank, valid=False, reason=f"no ratio: {words[0]}, and {words[1]}")
    if y == 0:
        return replace(blank, estimate=math.inf, reason=f"infinite: {words[0]}")
    ratio = x * k / (m * y)
    if x == 0:
        return replace(blank, estimate=0.0, reason=f"no interval: {words[1]}")
    if math.isnan(se):
        return replace(blank, estimate=ratio, reason="no interval: one cluster only")
    if se <= 1e-9:
        return replace(blank, estimate=ratio, reason="no interval: the variance is 0")
    spread = math.exp(normal_quantile(level) * se)
    return replace(blank, estimate=ratio, lower=ratio / spread, upper=ratio * spread, se=ratio * se)


def _at_prevalence(name: str, ratio: Estimate, odds: float, level: float) -> Estimate:
    """A predictive value from its likelihood ratio and the odds of the prevalence, interval on the logit scale."""
    used = {**_AT_PREVALENCE, **{item: word for item, word in ratio.conventions.items() if item in _CLUSTERED}}
    blank = Estimate(level=level, n=ratio.n, events=ratio.events, conventions=used)
    if not ratio.valid:
        return replace(blank, valid=False, reason=ratio.reason.replace("no ratio", "no predictive value"))

    def value(likelihood: float) -> float:
        if name == "npv":  # the odds of no event after a negative reading are 1 / (odds · LR−)
            return 1.0 / (1.0 + odds * likelihood)
        return 1.0 if math.isinf(likelihood) else odds * likelihood / (1.0 + odds * likelihood)

    share = value(ratio.estimate)
    if math.isnan(ratio.lower):
        return replace(blank, estimate=share, reason="no interval: " + ratio.reason.split(": ", 1)[-1])
    lower, upper = sorted((value(ratio.lower), value(ratio.upper)))
    se = share * (1.0 - share) * ratio.se / ratio.estimate
    return replace(blank, estimate=share, lower=lower, upper=upper, se=se)


def _odds(prevalence: float) -> float:
    if not 0.0 < prevalence < 1.0:
        raise ValueError(f"prevalence must lie between 0 and 1, got {prevalence}")
    return prevalence / (1.0 - prevalence)


def _on_logit(middle: float, half: float) -> tuple[float, float]:
    from scipy.special import expit

    return float(expit(middle - half)), float(expit(middle + half))
