"""Summaries, proportions, group tests and survival as parts 1 to 3 have them."""

from __future__ import annotations

import numpy as np
from tests.oracle.answers.base import Answer, Values
from tests.oracle.datasets import TABLES, pairs, samples, several, survival_data

from y90outcomes.estimators import (
    chi_square,
    fisher,
    kaplan_meier,
    kruskal_wallis,
    log_rank,
    mann_whitney,
    proportions,
    reverse_kaplan_meier,
    summaries,
    t_test,
)
from y90outcomes.estimators.numbers import Estimate, Test

LIMITS = ("estimate", "lower", "upper")
TIMES = {"lung": (0.0, 100.0, 365.25, 700.0), "aml": (12.0, 24.0, 48.0), "larynx": (1.0, 5.0, 10.0)}
"""Times of `summary(survfit, times=)` in the R script."""


def _test(found: Test) -> Values:
    return {"statistic": found.statistic, "df": found.df, "p": found.p}


def _limits(found: Estimate) -> Values:
    return {name: getattr(found, name) for name in LIMITS}


def describe(dataset: str, convention: str) -> Values:
    found = summaries.describe(samples()[dataset])
    return {key: getattr(found, key) for key in ("missing", "n", "mean", "sd", "low", "high")}


def quantile(dataset: str, convention: str) -> Values:
    x = samples()[dataset]
    return {f"{q:g}": summaries.quantile(x[~np.isnan(x)], q, convention) for q in (0.05, 0.1, 0.25, 0.5, 0.75, 0.9)}


def proportion(dataset: str, convention: str) -> Values:
    x, n = (int(part) for part in dataset.split("/"))
    ours = {}
    for level in (0.95, 0.9):
        found = proportions.proportion(x, n, interval=convention, level=level)
        ours |= {f"lower@{level}": found.lower, f"upper@{level}": found.upper}
    return ours


def survival(dataset: str, convention: str) -> Values:
    frame = survival_data()[dataset]
    curve = kaplan_meier.kaplan_meier(frame["time"], frame["event"], interval=convention or "log-log")
    ours: Values = {}
    for column in ("survival", "at_risk", "events", "censored", "lower", "upper"):
        ours |= {f"{column}@{t:.15g}": float(v) for t, v in zip(curve.time, getattr(curve, column), strict=True)}
    return ours


def median_midpoint(dataset: str, convention: str) -> Values:
    frame = survival_data()[dataset]
    curve = kaplan_meier.kaplan_meier(frame["time"], frame["event"], interval=convention)
    return _limits(kaplan_meier.median_survival(curve, "midpoint"))


def survival_at(dataset: str, convention: str) -> Values:
    frame = survival_data()[dataset]
    curve = kaplan_meier.kaplan_meier(frame["time"], frame["event"], interval=convention, level=0.9)
    ours: Values = {}
    for time, found in zip(TIMES[dataset], kaplan_meier.survival_at(curve, TIMES[dataset]), strict=True):
        ours |= {f"{name}@{time:.10g}": getattr(found, name) for name in (*LIMITS, "se", "n")}
    return ours


def reverse(dataset: str, convention: str) -> Values:
    frame = survival_data()[dataset]
    curve = reverse_kaplan_meier.reverse_kaplan_meier(frame["time"], frame["event"], ties=convention)
    happened = curve.events > 0
    return {
        f"survival@{t:.10g}": float(v)
        for t, v in zip(curve.time[happened], curve.survival[happened], strict=True)
    }  # fmt: skip


def follow_up(dataset: str, convention: str) -> Values:
    frame = survival_data()[dataset]
    found = reverse_kaplan_meier.follow_up(frame["time"], frame["event"], ties=convention, rule="midpoint")
    return _limits(found)


def log_rank_test(dataset: str, convention: str) -> Values:
    frame = survival_data()[dataset].dropna(subset=[convention])
    found = log_rank.log_rank(frame["time"], frame["event"], frame[convention])
    ours = _test(found.test)
    for label, n, observed, expected in zip(found.groups, found.n, found.observed, found.expected, strict=True):
        name = f"{label:g}" if isinstance(label, float | int) else label
        ours |= {f"n@{name}": float(n), f"observed@{name}": float(observed), f"expected@{name}": float(expected)}
    return ours


ANSWERS = {
    "describe": Answer(describe, 1e-13),
    "quantile": Answer(quantile, 1e-13),
    "proportion": Answer(proportion),
    "t_test": Answer(lambda d, c: _test(t_test.t_test(*pairs()[d], variance=c)), 1e-11),
    "mann_whitney": Answer(lambda d, c: _test(mann_whitney.mann_whitney(*pairs()[d], method=c)), 1e-11),
    "kruskal_wallis": Answer(lambda d, c: _test(kruskal_wallis.kruskal_wallis(several()[d])), 1e-11),
    "chi_square": Answer(lambda d, c: _test(chi_square.chi_square(TABLES[d], correction=c)), 1e-11),
    "fisher": Answer(lambda d, c: {"p": fisher.fisher(TABLES[d]).p}),
    "kaplan_meier": Answer(survival, 1e-11),
    "median_midpoint": Answer(median_midpoint, 1e-13),
    "survival_at": Answer(survival_at, 1e-11),
    "reverse_kaplan_meier": Answer(reverse, 1e-11),
    "follow_up": Answer(follow_up),
    "log_rank": Answer(log_rank_test),
}
