"""Descriptions, proportions and group tests by NumPy, SciPy and statsmodels.

Traps stepped around: statsmodels clips Wald and Agresti–Coull limits to [0, 1] as we do; SciPy's exact Mann–Whitney
knows no ties (asked only without); fisher_exact beyond 2 × 2 may draw tables at random (asked only for 2 × 2).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from y90outcomes.estimators.second.trial import Declined, asked

Floats = npt.NDArray[np.float64]
NUMPY, SCIPY, STATSMODELS = "numpy", "scipy", "statsmodels"
QUANTILES: Mapping[str, str] = {"7": "linear", "2": "averaged_inverted_cdf", "6": "weibull"}
PROPORTIONS: Mapping[str, str] = {
    "wilson": "wilson", "clopper_pearson": "beta", "agresti_coull": "agresti_coull", "wald": "normal",
}  # fmt: skip
"""interval -> statsmodels' proportion_confint."""
BINOMIAL: Mapping[str, str] = {"wilson": "wilson", "wilson_cc": "wilsoncc", "clopper_pearson": "exact"}
"""interval -> SciPy's binomtest."""


def describe(x: Floats, quantile_type: str) -> dict[str, float]:
    """NumPy's description of x (n,) without missing values."""
    with asked(NUMPY):
        q1, median, q3 = np.quantile(x, [0.25, 0.5, 0.75], method=QUANTILES[quantile_type])  # type: ignore[call-overload]
        found = {"n": float(len(x)), "mean": float(np.mean(x)), "median": float(median), "q1": float(q1),
                 "q3": float(q3), "low": float(np.min(x)), "high": float(np.max(x))}  # fmt: skip
        spread = float(np.std(x, ddof=1)) if len(x) > 1 else math.nan
        return found | ({"sd": spread} if math.isfinite(spread) else {})  # NumPy squares, and may overflow


def proportion(events: int, n: int, interval: str, level: float) -> dict[str, dict[str, float]]:
    """Share with its limits, by engine; the standard error by SciPy's binomial."""
    found: dict[str, dict[str, float]] = {}
    if not n:
        raise Declined("nobody")
    if interval in PROPORTIONS:
        with asked(STATSMODELS):
            from statsmodels.stats.proportion import proportion_confint

            low, high = proportion_confint(events, n, alpha=1.0 - level, method=PROPORTIONS[interval])
            found[STATSMODELS] = {"estimate": events / n, "lower": float(low), "upper": float(high)}
    with asked(SCIPY):
        from scipy.stats import binom, binomtest

        found[SCIPY] = {"estimate": float(binomtest(events, n).statistic), "se": float(binom.std(n, events / n)) / n}
        if interval in BINOMIAL:
            limits = binomtest(events, n).proportion_ci(level, method=BINOMIAL[interval])
            found[SCIPY] |= {"lower": float(limits.low), "upper": float(limits.high)}
    return found


def mean(x: Floats, level: float) -> dict[str, float]:
    """SciPy's mean of x with Student's interval."""
    with asked(SCIPY):
        from scipy.stats import sem, t

        middle, se = float(np.mean(x)), float(sem(x))
        if not math.isfinite(se):
            raise Declined("SciPy's squares overflow")
        low, high = t.interval(level, len(x) - 1, loc=middle, scale=se)
        return {"estimate": middle, "se": se, "lower": float(low), "upper": float(high)}


def t_test(a: Floats, b: Floats, variance: str, level: float) -> dict[str, float]:
    """SciPy's t test of a against b with the interval of the difference of means."""
    with asked(SCIPY):
        from scipy.stats import ttest_ind

        made = ttest_ind(a, b, equal_var=variance == "pooled")
        limits = made.confidence_interval(level)
        estimate = float(np.mean(a) - np.mean(b))
        return {"statistic": float(made.statistic), "df": float(made.df), "p": float(made.pvalue),
                "estimate": estimate, "lower": float(limits.low), "upper": float(limits.high),
                "se": estimate / float(made.statistic)}  # fmt: skip


def mann_whitney(a: Floats, b: Floats, method: str) -> dict[str, float]:
    """SciPy's Mann–Whitney U of a. Exact only without ties, which its exact distribution does not know."""
    tied = len(np.unique(np.concatenate((a, b)))) < len(a) + len(b)
    kind = {"normal": "asymptotic", "normal_cc": "asymptotic", "exact": "exact"}.get(method)
    if kind is None:
        raise Declined("SciPy has no such rule between exact and normal")
    if kind == "exact" and tied:
        raise Declined("SciPy's exact distribution knows no ties")
    with asked(SCIPY):
        from scipy.stats import mannwhitneyu

        made = mannwhitneyu(a, b, use_continuity=method == "normal_cc", method=kind, alternative="two-sided")
        return {"statistic": float(made.statistic), "p": float(made.pvalue)}


def kruskal_wallis(samples: Sequence[Floats]) -> dict[str, float]:
    """SciPy's Kruskal–Wallis test."""
    with asked(SCIPY):
        from scipy.stats import kruskal

        made = kruskal(*samples)
        return {"statistic": float(made.statistic), "p": float(made.pvalue), "df": float(len(samples) - 1)}


def chi_square(table: npt.NDArray[np.int64], correction: str) -> dict[str, float]:
    """SciPy's Pearson χ², plain or with Yates' correction; N − 1 takes SciPy's statistic and χ²."""
    with asked(SCIPY):
        from scipy.stats import chi2, chi2_contingency

        made = chi2_contingency(table, correction=correction == "yates")
        statistic = float(made.statistic)
        if correction == "n_minus_1":
            statistic *= (table.sum() - 1) / table.sum()
        return {"statistic": statistic, "df": float(made.dof), "p": float(chi2.sf(statistic, made.dof))}


def fisher(table: npt.NDArray[np.int64]) -> dict[str, float]:
    """SciPy's Fisher test of a 2 × 2 table."""
    if table.shape != (2, 2):
        raise Declined("SciPy's Fisher test beyond 2 × 2 is a random draw")
    with asked(SCIPY):
        from scipy.stats import fisher_exact

        return {"p": float(fisher_exact(table).pvalue)}


def mcnemar(table: npt.NDArray[np.int64], method: str) -> dict[str, float]:
    """statsmodels' McNemar test."""
    with asked(STATSMODELS):
        from statsmodels.stats.contingency_tables import mcnemar as test

        made = test(table, exact=method == "exact", correction=method == "edwards")
        return {"p": float(made.pvalue)} | ({} if method == "exact" else {"statistic": float(made.statistic)})


def trend(table: npt.NDArray[np.int64], scores: Sequence[float], variance: str) -> dict[str, float]:
    """statsmodels' trend in proportions over (k, 2) counts: its test of ordinal association has the N − 1 variance."""
    with asked(STATSMODELS):
        from scipy.stats import chi2
        from statsmodels.stats.contingency_tables import Table

        made = Table(table, shift_zeros=False).test_ordinal_association(
            row_scores=np.array(scores, dtype=float), col_scores=np.array([0.0, 1.0])
        )
        n, statistic = float(table.sum()), float(made.zscore) ** 2
        if variance == "n":
            statistic *= n / (n - 1.0)
        return {"statistic": statistic, "df": 1.0, "p": float(chi2.sf(statistic, 1))}


def two_proportions(pair: tuple[int, int, int, int], measure: str, interval: str, level: float) -> dict[str, float]:
    """statsmodels' difference or ratio of events₁/n₁ and events₂/n₂ with its limits."""
    name = {
        ("difference", "newcombe"): ("diff", "newcomb"), ("difference", "wald"): ("diff", "wald"),
        ("difference", "agresti_caffo"): ("diff", "agresti-caffo"), ("ratio", "log"): ("ratio", "log"),
    }.get((measure, interval))  # fmt: skip
    e1, n1, e2, n2 = pair
    estimate = e1 / n1 - e2 / n2 if measure == "difference" else e1 / n1 / (e2 / n2) if e2 else float("nan")
    if name is None:
        raise Declined(f"no library has this interval ({interval})")
    if measure == "ratio" and not (e1 and e2):
        raise Declined("no logarithm of a ratio with an empty cell")
    with asked(STATSMODELS):
        from scipy.stats import norm
        from statsmodels.stats.proportion import confint_proportions_2indep

        low, high = confint_proportions_2indep(*pair, method=name[1], compare=name[0], alpha=1.0 - level)
        found = {"estimate": estimate, "lower": float(low), "upper": float(high)}
        z = float(norm.ppf((1.0 + level) / 2.0))
        plain = {"diff": "wald", "ratio": "log"}[name[0]]  # half their width is a standard error
        low, high = confint_proportions_2indep(*pair, method=plain, compare=name[0], alpha=1.0 - level)
        se = (high - low) / 2.0 / z if measure == "difference" else estimate * math.log(high / low) / 2.0 / z
        return found | {"se": float(se)}


def odds_ratio(table: npt.NDArray[np.int64], kind: str, level: float) -> tuple[str, dict[str, float]]:
    """The engine and its odds ratio of [[events, none], [events, none]] with limits: sample by statsmodels' Table2x2,
    conditional by SciPy."""
    if kind == "conditional":
        with asked(SCIPY):
            from scipy.stats.contingency import odds_ratio as conditional

            made = conditional(table, kind="conditional")
            limits = made.confidence_interval(level)
            return SCIPY, {"estimate": float(made.statistic), "lower": float(limits.low), "upper": float(limits.high)}
    if (table == 0).any():
        raise Declined("statsmodels adds a half to an empty cell")
    with asked(STATSMODELS):
        from statsmodels.stats.contingency_tables import Table2x2

        made = Table2x2(table)
        low, high = made.oddsratio_confint(alpha=1.0 - level)
        estimate = float(made.oddsratio)
        return STATSMODELS, {"estimate": estimate, "lower": float(low), "upper": float(high),
                             "se": estimate * float(made.log_oddsratio_se)}  # fmt: skip


def correlation(x: Floats, y: Floats, kind: str, level: float) -> dict[str, float]:
    """SciPy's Pearson with Fisher's z interval, or Spearman, whose p is by t and which has no interval."""
    with asked(SCIPY):
        from scipy.stats import pearsonr, spearmanr

        if kind == "spearman":
            ranks = spearmanr(x, y)
            return {"estimate": float(ranks.statistic), "p": float(ranks.pvalue)}
        made = pearsonr(x, y)
        limits = made.confidence_interval(level)
        return {"estimate": float(made.statistic), "p": float(made.pvalue), "lower": float(limits.low),
                "upper": float(limits.high)}  # fmt: skip


def adjusted(p: Sequence[float], method: str) -> list[float]:
    """statsmodels' p values adjusted within a family; "none" gives them back."""
    names: dict[str, Any] = {"holm": "holm", "benjamini_hochberg": "fdr_bh", "bonferroni": "bonferroni"}
    if method == "none" or not len(p):
        return [float(value) for value in p]
    with asked(STATSMODELS):
        from statsmodels.stats.multitest import multipletests

        return [float(value) for value in multipletests(list(p), method=names[method])[1]]
