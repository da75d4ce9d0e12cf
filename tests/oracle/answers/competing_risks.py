"""Cumulative incidence of competing events and cause-specific Cox models."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from tests.oracle.answers.base import Answer, Values
from tests.oracle.datasets import data, survival_data

from y90outcomes.estimators.aalen_johansen import CumulativeIncidence, aalen_johansen, incidence_at
from y90outcomes.estimators.cox import cox

TIMES = {
    "mgus2": (12, 60, 120, 240, 360),
    "lung": (100, 365, 700),
    "larynx": (1, 2, 4, 5, 6, 8),
    "waltons": (20, 45, 60),
    "aml": (1, 10, 24, 48),
    "meerun": (0.1, 3, 6),
    "leukemia": (6, 11, 20),
    "psychiatric": (14, 25, 30),
}
MODELS = {"mgus2": ("age", "male"), "lung": ("age", "female"), "larynx": ("age",)}


@cache
def competing_data() -> dict[str, pd.DataFrame]:
    """The data sets of competing_risks.R and its twin: a column `state`, 0 censored, 1 and 2 two causes."""
    sets = {name: survival_data()[name].copy() for name in ("lung", "larynx", "waltons", "aml", "meerun")}
    sets["lung"] = sets["lung"].dropna(subset=["ph.ecog"])
    sets["mgus2"] = data("mgus2")
    second = {
        "lung": sets["lung"]["ph.ecog"] >= 2,
        "larynx": sets["larynx"]["stage"] >= 3,
        "waltons": np.arange(1, len(sets["waltons"]) + 1) % 3 == 0,
        "aml": np.arange(1, len(sets["aml"]) + 1) % 2 == 0,
        "meerun": sets["meerun"]["group"] == "other",
    }
    for name, competing in second.items():
        sets[name]["state"] = sets[name]["event"] * (1 + np.asarray(competing, dtype=int))
    leukemia, psychiatric = data("leukemia"), data("psychiatric")
    sets["leukemia"] = leukemia.assign(state=leukemia["event"] * (1 + leukemia["rx"]))
    sets["psychiatric"] = psychiatric.assign(state=psychiatric["event"] * psychiatric["sex"])
    sets["mgus2"]["male"] = (sets["mgus2"]["sex"] == "M").astype(float)
    sets["lung"]["female"] = (sets["lung"]["sex"] == 2).astype(float)
    return sets


def _curve(dataset: str, interval: str) -> CumulativeIncidence:
    frame = competing_data()[dataset]
    return aalen_johansen(frame["time"], frame["state"], interval=interval or "log-log")


def at_times(dataset: str, convention: str) -> Values:
    curve, ours = _curve(dataset, convention), {}
    for cause in (1, 2):
        for time, made in zip(TIMES[dataset], incidence_at(curve, TIMES[dataset], cause), strict=True):
            ours |= {f"{part}@{cause}@{time}": getattr(made, part) for part in ("estimate", "lower", "upper", "se")}
            ours[f"n@{time}"] = made.n
    return ours


def steps(dataset: str, convention: str) -> Values:
    curve, ours = _curve(dataset, convention), {}
    for cause in (1, 2):
        columns = zip(curve.time, curve.incidence[:, cause - 1], curve.se[:, cause - 1], strict=True)
        for time, estimate, se in columns:
            ours |= {f"estimate@{cause}@{time:.15g}": float(estimate), f"se@{cause}@{time:.15g}": float(se)}
    return ours


def cause_specific(dataset: str, convention: str) -> Values:
    frame, terms, ours = competing_data()[dataset], MODELS[dataset], {}
    for cause in (1, 2):
        fit = cox(frame["time"], frame["state"] == cause, frame[list(terms)], terms, ties=convention)
        for term in fit.terms:
            found = {"hr": term.hazard_ratio, "lower": term.lower, "upper": term.upper, "se": term.se, "p": term.p}
            ours |= {f"{part}@{cause}@{term.name}": value for part, value in found.items()}
    return ours


ANSWERS = {
    "aalen_johansen": Answer(at_times),
    "aalen_johansen_cmprsk": Answer(at_times),
    "aalen_johansen_steps": Answer(steps),
    "cause_specific_cox": Answer(cause_specific, 1e-8),
}
