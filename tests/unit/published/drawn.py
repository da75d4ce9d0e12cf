"""Kaplan–Meier curves of data whose events are known, drawn and read back as a digitiser would; seeds fixed.

Shared by the fast tests and the benchmark: `SETS`, `digitised`, `both`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from y90outcomes.estimators.kaplan_meier import kaplan_meier
from y90outcomes.published.reconstruction.curve_types import Cleaning, CurveFit, PseudoPatients
from y90outcomes.published.reconstruction.curves import DigitisedCurve, Summaries, pool, reconstruct, summaries

DATA = Path(__file__).parents[2] / "oracle" / "data"

SETS = {
    "lung": ("event", lambda d: d["sex"] == 2),
    "waltons": ("event", lambda d: d["group"] == "control"),
    "larynx": ("death", lambda d: d["Stage_III"] + d["Stage_IV"] > 0),
    "rossi": ("event", lambda d: d["fin"] == 1),
    "gbsg2": ("event", lambda d: d["horTh"] == "yes"),
    "leukemia": ("event", lambda d: d["rx"] == 1),
    "heart": ("event", lambda d: d["age"] > d["age"].median()),
    "aml": ("event", lambda d: d["group"] == "Maintained"),
    "kidney": ("event", lambda d: d["age"] > d["age"].median()),
    "psychiatric": ("event", lambda d: d["sex"] == 2),
    "mgus2": ("state", lambda d: d["sex"] == "M"),
}
"""Data set -> its column of events (0 censored) and its second group."""


@dataclass(frozen=True)
class Known:
    time: np.ndarray
    event: np.ndarray
    group: np.ndarray  # "a" or "b"


@cache
def known(name: str) -> Known:
    frame = pd.read_csv(DATA / f"{name}.csv")
    column, second = SETS[name]
    return Known(
        frame["time"].to_numpy(float), frame[column].to_numpy() != 0, np.where(second(frame).to_numpy(bool), "b", "a")
    )


def digitised(
    time: np.ndarray, event: np.ndarray, group: str, seed: int | None, *, points: int | None = 300, intervals: int = 6,
    total: bool = False, noise: float = 0.003,
) -> DigitisedCurve:  # fmt: skip
    """Points of one curve with normal errors of `noise` of each axis: at the steps (`points` None) or on a grid.

    The risk table stands at `intervals` equal times from 0; 1 is time 0 alone. Grids under 100 points are called so.
    """
    curve, end = kaplan_meier(time, event), float(time.max())
    x = np.concatenate(([0.0], curve.time[curve.events > 0], [end])) if points is None else np.linspace(0, end, points)
    y = curve.survival[np.searchsorted(curve.time, x + 1e-9 * end, side="right") - 1]
    if seed is not None:
        random = np.random.default_rng([seed, len(time), len(x)])
        x = np.maximum(x + random.normal(0.0, noise * end, len(x)), 0.0)
        y = np.clip(y + random.normal(0.0, noise, len(y)), 0.0, 1.0)
    at = np.linspace(0.0, end, intervals + 1)[:-1]
    risk = np.array([(time >= t).sum() for t in at])
    sampling = "grid" if points is not None and points < 100 else "steps"
    return DigitisedCurve(group, x, y, at, risk, int(event.sum()) if total else None, "drawn", sampling)


def both(name: str, seed: int | None, **how: object) -> PseudoPatients:
    of = known(name)
    return pool(
        [reconstruct(digitised(of.time[of.group == g], of.event[of.group == g], g, seed, **how)) for g in ("a", "b")]
    )


@cache
def truth(name: str) -> Summaries:
    """The same summaries of the data themselves."""
    return summaries(as_if(name))


def as_if(name: str) -> PseudoPatients:
    """The data themselves, dressed as a reconstruction that fits."""
    of = known(name)
    done = Cleaning(0, 0, 0, 0, 0.0, False, False)
    fits = tuple(CurveFit(g, "", 0, 0.0, 0.0, (0.0,), (0,), (0,), 0, 0, (), done, ()) for g in ("a", "b"))
    return PseudoPatients(of.time, of.event, of.group, fits)


@dataclass(frozen=True)
class Errors:
    """Relative error of the hazard ratio and of the events, difference of log10 p, errors of medians and of the
    difference of restricted means as shares of the longest follow-up."""

    hazard_ratio: float
    log_p: float
    median: float
    rmst: float
    events: float


def errors(name: str, made: PseudoPatients) -> Errors:
    found, true, of = summaries(made), truth(name), known(name)
    end = float(of.time.max())
    medians = [abs(a.estimate - b.estimate) / end for a, b in zip(found.medians, true.medians, strict=True)]
    again = summaries(made, horizon=0.9 * true.horizon).restricted_means.difference.estimate
    wanted = summaries(as_if(name), horizon=0.9 * true.horizon).restricted_means.difference.estimate
    return Errors(
        abs(found.hazard_ratio.hazard_ratio / true.hazard_ratio.hazard_ratio - 1.0),
        abs(np.log10(found.log_rank.p) - np.log10(true.log_rank.p)),
        max([m for m in medians if np.isfinite(m)], default=0.0),
        abs(again - wanted) / end,
        abs(int(made.event.sum()) - int(of.event.sum())) / int(of.event.sum()),
    )
