"""Dose–response: curves with bands, splines and their test of non-linearity, the dose for a probability."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from tests.oracle.answers.base import Answer, Values
from tests.oracle.datasets import data

from y90outcomes.estimators.inverse_prediction import inverse_prediction
from y90outcomes.estimators.logistic import LogisticFit, logistic
from y90outcomes.estimators.numbers import Floats
from y90outcomes.estimators.probability_curve import probability_curve
from y90outcomes.estimators.restricted_cubic_spline import default_knots, spline_columns, spline_fit

EVENTS = {
    "meerun_tumours": ("pathological_necrosis", "CPN"),
    "spector": ("grade", 1),
    "breast_cancer": ("target", 0),
    "iris": ("target", 2),
    "iris_separated": ("target", 1),
    "anes96": ("vote", 1),
    "wine": ("target", 0),
    "heart": ("event", 1),
    "modechoice": ("choice", 1),
}
"""Data set -> column of the outcome and its value that is the event, as in the R script."""

HEAPED = {
    "heaped_low": [*[0] * 10, *range(1, 91)],
    "heaped_high": [*range(1, 91), *[200] * 10],
    "heaped_both": [*[0] * 8, *range(1, 85), *[200] * 8],
    "heaped_small": [*[0] * 6, *range(1, 55)],
    "heaped_inner": [*[0] * 10, *range(1, 81), *[40.5] * 10],
}
"""Values with a heap at an end, as in the R script."""


@cache
def outcome_and(dataset: str, variable: str) -> tuple[Floats, Floats]:
    """Event (n,) and x (n,) of a data set."""
    frame = data(dataset.split("_separated")[0])
    if dataset == "iris_separated":
        frame = frame[frame["target"] < 2]
    if dataset == "iris":
        frame = frame[frame["target"] > 0]
    if dataset == "modechoice":
        frame = frame[frame["mode"] == 1]
    name = "post_treatment_tad_gy" if variable == "log2_dose" else variable
    if dataset == "meerun_tumours":
        frame = frame.dropna(subset=["post_treatment_tad_gy"])
    column, value = EVENTS[dataset]
    x = frame[name].to_numpy(dtype=np.float64)
    return (frame[column] == value).to_numpy(dtype=np.float64), np.log2(x) if variable == "log2_dose" else x


@cache
def _line(dataset: str, variable: str, estimator: str) -> LogisticFit:
    event, x = outcome_and(dataset, variable)
    return logistic(event, x, ["x"], estimator=estimator, inference="wald")


def curve(dataset: str, convention: str) -> Values:
    variable, estimator, shape = convention.split()
    event, x = outcome_and(dataset, variable)
    at = np.linspace(x.min(), x.max(), 3)
    if shape == "line":
        made = probability_curve(_line(dataset, variable, estimator), at)
    else:
        spline = spline_fit(event, x, 4, estimator=estimator)
        assert spline.fit is not None
        made = probability_curve(spline.fit, spline_columns(at, spline.knots))
    columns = (("estimate", made.estimate), ("lower", made.lower), ("upper", made.upper))
    return {f"{name}_{i}": float(v) for name, column in columns for i, v in enumerate(column, start=1)}


def inverse(dataset: str, convention: str) -> Values:
    variable, interval, probability, *rest = convention.split()
    event, x = outcome_and(dataset, variable)
    fit = _line(dataset, variable, rest[0] if rest else "ml")
    made = inverse_prediction(fit, event, x, float(probability), interval=interval)
    return {name: getattr(made, name) for name in ("estimate", "lower", "upper", "se")}


def knots(dataset: str, convention: str) -> Values:
    variable, number = convention.split()
    x = np.array(HEAPED[dataset], dtype=np.float64) if dataset in HEAPED else outcome_and(dataset, variable)[1]
    found = default_knots(x, int(number))
    places = found.places if found.valid else np.full(int(number), math.nan)
    return {f"knot_{i}": float(place) for i, place in enumerate(places, start=1)}


def basis(dataset: str, convention: str) -> Values:
    variable, number = convention.split()
    x = outcome_and(dataset, variable)[1]
    last = spline_columns([x.max()], default_knots(x, int(number)).places)[0]
    return {f"column_{j + 1}": float(value) for j, value in enumerate(last)}


def nonlinearity(dataset: str, convention: str) -> Values:
    variable, number, inference, *rest = convention.split()
    event, x = outcome_and(dataset, variable)
    estimator = rest[0] if rest else "ml"
    made = spline_fit(event, x, int(number), estimator=estimator, inference=inference).nonlinearity
    return {"statistic": made.statistic, "df": made.df, "p": made.p}


ANSWERS = {
    "dose_response_curve": Answer(curve, 1e-6),
    "dose_for_probability": Answer(inverse, 1e-8),
    "spline_knots": Answer(knots, 1e-12),
    "spline_basis": Answer(basis, 1e-11),
    "spline_nonlinearity": Answer(nonlinearity, 1e-6),
}
