"""Heterogeneity a second way, without y90outcomes: `python -m tests.oracle.twins.heterogeneity`.

Pooled effects are generalised least squares with full matrices, Q is the quadratic form of the residuals, τ² the root
of E[Q](τ²) = Q found by bisection, E[Q] being the trace of the form times the covariance. Limits of I² come from those
of H² = Q/(k − 1). Writes `reference/twin_heterogeneity.csv`.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
from scipy import optimize, stats

HERE = Path(__file__).parents[1]


def trials() -> dict[str, tuple[list[float], list[float]]]:
    """Data set -> effects and their standard errors; bcg: log risk ratios of 13 trials."""
    effects, errors = [], []
    with (HERE / "data" / "bcg.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            a, n, c, m = (float(row[key]) for key in ("treated_cases", "treated", "control_cases", "control"))
            effects.append(math.log(a / n / (c / m)))
            errors.append(math.sqrt(1 / a - 1 / n + 1 / c - 1 / m))
    return {
        "bcg": (effects, errors),
        "alike": ([0.1, 0.12, 0.09, 0.11], [0.2, 0.25, 0.3, 0.22]),
        "two_apart": ([-1.0, 1.5], [0.3, 0.4]),
        "two_alike": ([0.4, 0.5], [0.3, 0.4]),
        "three": ([0.0, 0.8, 0.3], [0.2, 0.3, 0.5]),
    }


def gls(y: np.ndarray, covariance: np.ndarray) -> tuple[float, float]:
    ones = np.ones((len(y), 1))
    inverse = np.linalg.inv(covariance)
    variance = np.linalg.inv(ones.T @ inverse @ ones)
    return float((variance @ ones.T @ inverse @ y)[0]), math.sqrt(variance[0, 0])


def main() -> None:
    rows = []
    for name, (effects, errors) in trials().items():
        y, known = np.array(effects), np.diag(np.array(errors) ** 2)
        k = len(y)
        ones = np.ones((k, 1))
        weight = np.linalg.inv(known)
        form = weight - weight @ ones @ np.linalg.inv(ones.T @ weight @ ones) @ ones.T @ weight
        q = float(y @ form @ y)

        def short(tau2: float, form: np.ndarray = form, known: np.ndarray = known, q: float = q) -> float:
            return float(np.trace(form @ (known + tau2 * np.eye(len(known))))) - q

        tau2 = 0.0 if short(0.0) >= 0 else optimize.brentq(short, 0.0, 1e3, xtol=1e-16, rtol=1e-15, maxiter=500)
        fixed, random = gls(y, known), gls(y, known + tau2 * np.eye(k))
        h2 = q / (k - 1)
        if q > k:
            se = (math.log(h2)) / (2 * (math.sqrt(2 * q) - math.sqrt(2 * k - 3)))
        else:
            se = math.sqrt((1 / (2 * (k - 2))) * (1 - 1 / (3 * (k - 2) ** 2))) if k > 2 else math.nan
        z = stats.norm.ppf(0.975)
        lower, upper = (max(1.0, max(h2, 1.0) * math.exp(side * 2 * z * se)) for side in (-1, 1))
        values = {
            "q": q, "p": stats.chi2.sf(q, k - 1), "i2": max(0.0, (h2 - 1) / h2),
            "i2@lower": math.nan if math.isnan(se) else (lower - 1) / lower,
            "i2@upper": math.nan if math.isnan(se) else (upper - 1) / upper,
            "tau2": tau2, "fixed": fixed[0], "fixed@se": fixed[1], "random": random[0], "random@se": random[1],
        }  # fmt: skip
        rows += [("heterogeneity", name, key, "dersimonian_laird", value) for key, value in values.items()]
    with (HERE / "reference" / "twin_heterogeneity.csv").open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(("method", "dataset", "quantity", "convention", "value"))
        writer.writerows((*row[:4], "NA" if math.isnan(row[4]) else f"{row[4]:.17g}") for row in rows)


if __name__ == "__main__":
    main()
