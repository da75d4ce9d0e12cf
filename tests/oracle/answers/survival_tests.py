"""Log-rank variants, rates and their difference at a time, restricted mean survival."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from tests.oracle.answers.base import Answer, Values
from tests.oracle.datasets import data, survival_data

from y90outcomes.estimators.adjustment import adjust
from y90outcomes.estimators.kaplan_meier import kaplan_meier
from y90outcomes.estimators.log_rank import log_rank, log_rank_trend, pairwise_log_rank
from y90outcomes.estimators.numbers import Curve
from y90outcomes.estimators.rate_difference import rate_difference, rate_test
from y90outcomes.estimators.restricted_mean import compare_restricted_means, restricted_mean

TIMES = {
    "lung": (180, 365, 700),
    "aml": (12, 24, 40),
    "waltons": (30, 50),
    "gbsg2": (365, 1500),
    "mgus2": (60, 120, 240),
    "kidney": (365, 2000),
    "leukemia": (10, 20),
    "psychiatric": (25, 30),
}
GROUPS = {
    "lung": "sex",
    "aml": "group",
    "waltons": "group",
    "gbsg2": "horTh",
    "mgus2": "sex",
    "kidney": "black",
    "leukemia": "rx",
    "psychiatric": "sex",
}
PAIRS = {"lung": "ph.ecog", "larynx": "stage", "gbsg2": "tgrade"}


@cache
def sets() -> dict[str, pd.DataFrame]:
    """The data sets of survival_tests.R and its twin."""
    found = dict(survival_data())
    mgus2, kidney = data("mgus2"), data("kidney")
    found["mgus2"] = mgus2.assign(event=(mgus2["state"] > 0).astype(int), old=(mgus2["age"] >= 72).astype(int))
    found["kidney"] = kidney.assign(black=kidney["black_male"] + kidney["black_female"])
    larynx = found["larynx"]
    found["larynx"] = larynx.assign(old=(larynx["age"] >= 65).astype(int))
    found |= {name: data(name) for name in ("gbsg2", "leukemia", "psychiatric")}
    return found


def _known(dataset: str, *columns: str) -> pd.DataFrame:
    return sets()[dataset].dropna(subset=list(columns))


def _name(label: object) -> str:
    return f"{label:g}" if isinstance(label, int | float) else str(label)


def stratified(dataset: str, convention: str) -> Values:
    by, block = convention.split(" within ")
    frame = _known(dataset, by, block)
    made = log_rank(frame["time"], frame["event"], frame[by].to_numpy(), frame[block].to_numpy())
    ours: Values = {"statistic": made.test.statistic, "df": made.test.df, "p": made.test.p}
    for label, observed, expected in zip(made.groups, made.observed, made.expected, strict=True):
        ours |= {f"observed@{_name(label)}": float(observed), f"expected@{_name(label)}": float(expected)}
    return ours


def trend(dataset: str, convention: str) -> Values:
    words, _, block = convention.partition(" within ")
    by, *scores = words.split(" ")
    frame = _known(dataset, by)
    strata = frame[block].to_numpy() if block else None
    made = log_rank_trend(frame["time"], frame["event"], frame[by].to_numpy(), np.array(scores, dtype=float), strata)
    return {"statistic": made.statistic, "p": made.p}


def pairwise(dataset: str, convention: str) -> Values:
    by = PAIRS[dataset]
    frame = _known(dataset, by)
    found = pairwise_log_rank(frame["time"], frame["event"], frame[by].to_numpy())
    values = adjust([test.p for _, _, test in found], method=convention).p
    return {f"p@{_name(a)}@{_name(b)}": float(p) for (a, b, _), p in zip(found, values, strict=True)}


def _curves(dataset: str) -> dict[str, Curve]:
    frame, by = sets()[dataset], GROUPS[dataset]
    return {_name(label): kaplan_meier(part["time"], part["event"]) for label, part in frame.groupby(by, sort=True)}


def difference(dataset: str, convention: str) -> Values:
    first, second = _curves(dataset).values()
    ours: Values = {}
    for time in TIMES[dataset]:
        made = rate_difference(first, second, time, convention)
        parts = ("estimate", "lower", "upper", "se", "statistic", "p")
        ours |= {f"{part}@{time}": getattr(made, part) for part in parts}
    return ours


def test_at(dataset: str, convention: str) -> Values:
    first, second = _curves(dataset).values()
    made = {time: rate_test(first, second, time) for time in TIMES[dataset]}
    return {f"{part}@{time}": getattr(test, part) for time, test in made.items() for part in ("statistic", "p")}


def mean(dataset: str, convention: str) -> Values:
    curves, ours = _curves(dataset), {}
    made = {label: restricted_mean(curve, float(convention)) for label, curve in curves.items()}
    for label, one in made.items():
        ours |= {f"{part}@{label}": getattr(one, part) for part in ("estimate", "se", "lower", "upper")}
    compared = compare_restricted_means(*made.values())
    for name in ("difference", "ratio"):
        found = getattr(compared, name)
        ours |= {f"{name}_{part}": getattr(found, part) for part in ("estimate", "lower", "upper", "p")}
    return ours


def ended(dataset: str, convention: str) -> Values:
    frame = sets()[dataset]
    curve = kaplan_meier(frame["time"], frame["event"])
    made = restricted_mean(curve, 2.0 * float(frame["time"].max()))
    return {"estimate": made.estimate, "se": made.se}


ANSWERS = {
    "stratified_log_rank": Answer(stratified),
    "log_rank_trend": Answer(trend),
    "pairwise_log_rank": Answer(pairwise),
    "rate_difference": Answer(difference),
    "rate_test": Answer(test_at),
    "restricted_mean": Answer(mean),
    "restricted_mean_ended": Answer(ended),
}
