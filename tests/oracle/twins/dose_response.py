"""Firth's dose–response a second way, without y90outcomes: `python -m tests.oracle.twins.dose_response`.

Estimates are roots of the modified score, leverages from a QR decomposition. A profile limit solves two equations in
intercept and slope at once: the penalised log-likelihood lies half a χ² quantile below its maximum, and its gradient is
at a right angle to the line of coefficients that give the same dose. Ours searches along the dose instead.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import optimize, stats

HERE = Path(__file__).resolve().parent.parent
Row = tuple[str, str, str, str, float]


def frames() -> Iterator[tuple[str, str, np.ndarray, np.ndarray]]:
    """Data set, variable, event, x."""
    meerun = pd.read_csv(HERE / "data/meerun_tumours.csv").dropna(subset=["post_treatment_tad_gy"])
    event = (meerun["pathological_necrosis"] == "CPN").to_numpy(float)
    yield "meerun_tumours", "post_treatment_tad_gy", event, meerun["post_treatment_tad_gy"].to_numpy(float)
    yield "meerun_tumours", "log2_dose", event, np.log2(meerun["post_treatment_tad_gy"].to_numpy(float))
    spector = pd.read_csv(HERE / "data/spector.csv")
    yield "spector", "gpa", spector["grade"].to_numpy(float), spector["gpa"].to_numpy(float)
    heart = pd.read_csv(HERE / "data/heart.csv")
    yield "heart", "age", heart["event"].to_numpy(float), heart["age"].to_numpy(float)
    iris = pd.read_csv(HERE / "data/iris.csv")
    apart = iris[iris["target"] < 2]
    yield (
        "iris_separated",
        "petal_length",
        (apart["target"] == 1).to_numpy(float),
        apart["petal_length"].to_numpy(float),
    )


def score(y: np.ndarray, design: np.ndarray, beta: np.ndarray) -> np.ndarray:
    p = 1.0 / (1.0 + np.exp(-(design @ beta)))
    q, _ = np.linalg.qr(design * np.sqrt(p * (1.0 - p))[:, None])
    return design.T @ (y - p + (q**2).sum(axis=1) * (0.5 - p))


def value(y: np.ndarray, design: np.ndarray, beta: np.ndarray) -> float:
    eta = design @ beta
    p = 1.0 / (1.0 + np.exp(-eta))
    information = design.T @ (design * (p * (1.0 - p))[:, None])
    return float(np.sum(y * eta - np.logaddexp(0.0, eta)) + 0.5 * np.linalg.slogdet(information)[1])


def highest(y: np.ndarray, design: np.ndarray, free: int) -> np.ndarray:
    """The first `free` coefficients at the root of their modified scores, the others 0."""

    def whole(part: np.ndarray) -> np.ndarray:
        return np.concatenate((part, np.zeros(design.shape[1] - free)))

    rough = optimize.minimize(lambda part: -value(y, design, whole(part)), np.zeros(free), method="BFGS").x
    found = optimize.root(lambda part: score(y, design, whole(part))[:free], rough, tol=1e-14)
    assert np.abs(found.fun).max() < 1e-9
    return whole(found.x)


def limit(y: np.ndarray, u: np.ndarray, beta: np.ndarray, logit: float, end: float) -> float:
    """The place between the estimate and `end` where the penalised profile has fallen by χ²/2; NaN beyond `end`."""
    design = np.column_stack([np.ones_like(u), u])
    floor = value(y, design, beta) - stats.chi2.ppf(0.95, 1) / 2.0
    place = (logit - beta[0]) / beta[1]

    def best(at: float) -> tuple[float, float]:
        def fall(b: float) -> float:
            return -value(y, design, np.array([logit - b * at, b]))

        found = optimize.minimize_scalar(fall, bracket=(0.0, beta[1]), tol=1e-10)
        return -found.fun, found.x

    previous = None
    for at in np.linspace(place, end, 100)[1:]:
        height, slope = best(at)
        if height < floor:
            guess = slope if previous is None else 0.5 * (slope + previous)

            def equations(both: np.ndarray) -> np.ndarray:
                x0, b = both
                at_ = np.array([logit - b * x0, b])
                gradient = score(y, design, at_)
                return np.array([value(y, design, at_) - floor, gradient[1] - x0 * gradient[0]])

            found = optimize.root(equations, [at, guess], tol=1e-14)
            assert np.abs(found.fun).max() < 1e-8
            return float(found.x[0])
        previous = slope
    return float("nan")


def doses(name: str, variable: str, y: np.ndarray, x: np.ndarray) -> Iterator[Row]:
    mean, sd = x.mean(), x.std()
    u = (x - mean) / sd
    design = np.column_stack([np.ones_like(u), u])
    beta = highest(y, design, 2)
    p = 1.0 / (1.0 + np.exp(-(design @ beta)))
    v = np.linalg.inv(design.T @ (design * (p * (1.0 - p))[:, None]))
    z = stats.norm.ppf(0.975)
    for probability in (0.25, 0.5, 0.75):
        logit = np.log(probability / (1.0 - probability))
        place = (logit - beta[0]) / beta[1]
        gone = not u.min() <= place <= u.max()
        gradient = np.array([1.0, place]) / beta[1]
        se = np.sqrt(gradient @ v @ gradient)
        both = {
            "delta": (place - z * se, place + z * se),
            "profile": (limit(y, u, beta, logit, u.min()), limit(y, u, beta, logit, u.max())) if not gone else (0, 0),
        }
        for interval, limits in both.items():
            convention = f"{variable} {interval} {probability} firth"
            out = [place, *limits, *([se] if interval == "delta" else [])]
            for quantity, found in zip(("estimate", "lower", "upper", "se"), out, strict=False):
                refused = gone or (quantity != "se" and not u.min() <= found <= u.max())
                told = sd * found + (mean if quantity != "se" else 0.0)
                yield "dose_for_probability", name, quantity, convention, float("nan") if refused else told


def nonlinearity(name: str, variable: str, y: np.ndarray, x: np.ndarray) -> Iterator[Row]:
    """Three knots, here at the 10th, 50th and 90th percentile or the fifth values from the ends below 100 values."""
    ordered = np.sort(x)
    outer = (ordered[4], ordered[-5]) if len(x) < 100 else tuple(np.percentile(x, (10, 90)))
    first, middle, last = outer[0], np.median(x), outer[1]

    def natural(at: np.ndarray, knot: float) -> np.ndarray:
        return (np.clip(at - knot, 0, None) ** 3 - np.clip(at - last, 0, None) ** 3) / (last - knot)

    cubic = natural(x, first) - natural(x, middle)
    columns = np.column_stack([x, cubic])
    design = np.column_stack([np.ones_like(x), (columns - columns.mean(axis=0)) / columns.std(axis=0)])
    statistic = 2.0 * (value(y, design, highest(y, design, 3)) - value(y, design, highest(y, design, 2)))
    convention = f"{variable} 3 profile firth"
    yield "spline_nonlinearity", name, "statistic", convention, statistic
    yield "spline_nonlinearity", name, "p", convention, float(stats.chi2.sf(statistic, 1))


def main() -> None:
    rows = [row for frame in frames() for row in (*doses(*frame), *nonlinearity(*frame))]
    with (HERE / "reference/twin_dose_response.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("method", "dataset", "quantity", "convention", "value"))
        writer.writerows((*row[:4], "NA" if np.isnan(row[4]) else f"{row[4]:.17g}") for row in rows)


if __name__ == "__main__":
    main()
