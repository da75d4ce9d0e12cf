"""Our means, geometric means and standardised differences."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from tests.oracle.answers.base import Answer, Values
from tests.oracle.datasets import data

from y90outcomes.estimators.geometric_means import geometric_mean, geometric_mean_ratio
from y90outcomes.estimators.means import mean, mean_difference
from y90outcomes.estimators.numbers import Floats
from y90outcomes.estimators.standardised_difference import standardised_difference, standardised_difference_of_levels
from y90outcomes.estimators.summaries import quantile


@cache
def pairs() -> Mapping[str, tuple[Floats, Floats]]:
    """The pairs of samples of means.R."""
    meerun, lung, iris, wine = data("meerun_tumours"), data("lung"), data("iris"), data("wine")
    gbsg2, breast = data("gbsg2"), data("breast_cancer")
    response = meerun["best_localized_mrecist"] == "CR"
    return {
        "meerun_dose": _halves(meerun["post_treatment_tad_gy"], meerun["pathological_necrosis"] == "CPN"),
        "meerun_afp": _halves(meerun["baseline_afp_ng_ml"], response),
        "lung_age": _halves(lung["age"], lung["sex"] == 1),
        "iris_sepal": _halves(iris["sepal_length"][iris["target"] > 0], iris["target"][iris["target"] > 0] == 1),
        "wine_proline": _halves(wine["proline"][wine["target"] < 2], wine["target"][wine["target"] < 2] == 0),
        "gbsg2_size": _halves(gbsg2["tsize"], gbsg2["horTh"] == "yes"),
        "breast_area": _halves(breast["worst_area"], breast["target"] == 0),
        "unequal_sizes": (np.array([5.0, 9.0]), np.array([1.0, 2, 3, 4, 6, 7, 8, 10, 11])),
        "one_and_many": (np.array([7.0]), np.array([1.0, 2, 4, 8])),
        "huge": (np.array([1.0, 2, 4]) * 1e100, np.array([2.0, 3, 9, 11]) * 1e100),
    }


def _halves(x: pd.Series, group: pd.Series) -> tuple[Floats, Floats]:
    return x[group & x.notna()].to_numpy(dtype=float), x[~group & x.notna()].to_numpy(dtype=float)


@cache
def levels() -> Mapping[str, Any]:
    """The tables of levels by group of means.R."""
    meerun, lung, gbsg2, rossi = data("meerun_tumours"), data("lung"), data("gbsg2"), data("rossi")
    return {
        "meerun_necrosis": pd.crosstab(meerun["best_localized_mrecist"] == "CR", meerun["pathological_necrosis"]),
        "lung_ecog": pd.crosstab(lung["sex"], lung["ph.ecog"]),
        "gbsg2_grade": pd.crosstab(gbsg2["horTh"], gbsg2["tgrade"]),
        "gbsg2_menopause": pd.crosstab(gbsg2["horTh"], gbsg2["menostat"]),
        "rossi_race": pd.crosstab(rossi["fin"], rossi["race"]),
        "one_apart": [[4, 3, 0, 2], [0, 5, 6, 1]],
        "empty_level": [[4, 0, 3], [2, 0, 9]],
    }


@cache
def edges() -> Mapping[str, Floats]:
    """The samples of means.R for quantiles."""
    return {
        "tied": np.array([2.0, 2, 2, 5, 5, 9]),
        "large": 1e15 + np.arange(10.0),
        "signed": np.array([-3.0, -1, 0, 2, 8]),
        "iris": data("iris")["petal_width"].to_numpy(dtype=float),
        "wine": data("wine")["proline"].to_numpy(dtype=float),
        "seven": np.array([1.5, 2.5, 4, 4, 4.25, 8, 1e6]),
    }


def _one(made: Any) -> Answer:
    def ours(dataset: str, _: str) -> Values:
        return _fields(made(pairs()[dataset][1]))

    return Answer(ours)


def _fields(found: Any, suffix: str = "") -> Values:
    limits = {f"{name}{suffix}": getattr(found, name) for name in ("lower", "upper")}
    return limits | {name: getattr(found, name) for name in ("estimate", "se", "statistic", "p")}


def _size(dataset: str, _: str) -> Values:
    first, second = np.asarray(levels()[dataset])
    return {"size": abs(standardised_difference_of_levels(first, second).estimate)}


ANSWERS: Mapping[str, Answer] = {
    "mean": _one(mean),
    "geometric_mean": _one(geometric_mean),
    "mean_difference": Answer(
        lambda dataset, convention: _fields(mean_difference(*pairs()[dataset], variance=convention))
    ),
    "geometric_mean_ratio": Answer(
        lambda dataset, convention: _fields(
            geometric_mean_ratio(*pairs()[dataset], variance=convention, level=0.9), "@0.9"
        )
    ),
    "standardised_difference": Answer(
        lambda dataset, convention: _fields(standardised_difference(*pairs()[dataset], variance=convention))
    ),
    "standardised_difference_of_levels": Answer(_size),
    "quantile_edge": Answer(
        lambda dataset, convention: {
            f"{q:g}": quantile(edges()[dataset], q, convention) for q in (0, 0.01, 0.2, 0.25, 0.5, 0.75, 0.99, 1)
        }
    ),
}
