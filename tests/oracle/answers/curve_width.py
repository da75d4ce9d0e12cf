"""Widths of logistic curves: many studies at once cut out of data sets, and simulated studies summed up."""

from __future__ import annotations

import numpy as np
from tests.oracle.answers.base import Answer, Values
from tests.oracle.datasets import data

from y90outcomes.estimators.curve_width import curve_width, fitted_widths, line_through

SETS = {
    "spector": ("grade", "gpa", 16),
    "breast_cancer": ("target", "mean_texture", 50),
    "heart": ("event", "age", 20),
    "anes96": ("vote", "age", 100),
    "wine": ("target", "ash", 40),
}
SIMULATED = {
    "target_like": {"line": ([60.0, 180.0], [0.1, 0.3]), "median": 87.3, "sd_log": 0.45, "sizes": (40, 90, 160)},
    "rare": {"line": ([50.0, 150.0], [0.02, 0.05]), "median": 80.0, "sd_log": 0.3, "sizes": (20, 60)},
    "by_quantiles": {"line": ([50.0, 150.0], [0.4, 0.6]), "quantiles": [10.0, 60.0, 90.0, 240.0], "sizes": (30,)},
}
AT = (60.0, 120.0)
REPLICATES, SEED = 120, 11


def cut(dataset: str, convention: str) -> Values:
    event, dose, n = SETS[dataset]
    frame = data(dataset)
    y, x = frame[event].to_numpy(dtype=float), frame[dose].to_numpy(dtype=float)
    y = {"breast_cancer": 1 - y, "wine": (y == 0).astype(float)}.get(dataset, y)
    studies = len(y) // n
    at = np.quantile(x, [0.25, 0.5, 0.9])
    widths, finite = fitted_widths(y[: studies * n].reshape(-1, n), x[: studies * n].reshape(-1, n), at)
    found = {f"finite_{s + 1}": float(finite[s]) for s in range(studies)}
    return found | {f"width_{s + 1}_{i + 1}": float(widths[s, i]) for s in range(studies) for i in range(len(at))}


def simulated(dataset: str, convention: str) -> Values:
    setting = dict(SIMULATED[dataset])
    intercept, slope = line_through(*setting.pop("line"))
    made = curve_width(intercept, slope, setting.pop("sizes"), AT, replicates=REPLICATES, seed=SEED, **setting)
    found = {}
    for width in made:
        place = f"{width.n}@{width.dose:g}"
        found |= {f"median_{place}": width.estimate, f"lower_{place}": width.lower, f"upper_{place}": width.upper}
        found |= {f"lost_{width.n}": float(width.without_maximum), f"events_{width.n}": width.events}
    return found


ANSWERS = {
    "curve_width": Answer(cut, 1e-8),
    "simulated_curve_width": Answer(simulated, 1e-8),
}
