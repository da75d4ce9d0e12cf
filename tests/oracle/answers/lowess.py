"""The smooth line under residuals."""

from __future__ import annotations

from tests.oracle.answers.base import Answer, Values
from tests.oracle.datasets import data

from y90outcomes.estimators.lowess import lowess

PAIRS = {
    "lung": ("age", "time"),
    "rossi": ("prio", "time"),
    "gbsg2": ("pnodes", "time"),
    "heart": ("age", "time"),
    "iris": ("petal_length", "sepal_width"),
}


def line(dataset: str, convention: str) -> Values:
    x, y = PAIRS[dataset]
    frame = data(dataset).dropna(subset=[x, y])
    return {f"y@{a:.15g}": float(b) for a, b in zip(*lowess(frame[x], frame[y]), strict=True)}


ANSWERS = {"lowess": Answer(line, 1e-8)}
