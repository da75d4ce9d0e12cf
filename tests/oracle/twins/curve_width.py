"""Widths of simulated logistic curves a second way: `python -m tests.oracle.twins.curve_width`.

Draws are numpy's PCG64, shares of the dose before chances of the event; each study is fitted on its own by SciPy's
quasi-Newton search of the likelihood in the raw dose, polished by root finding of its score; the covariance is the
inverse of second differences worked out by hand. Writes `reference/twin_curve_width.csv`.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
from scipy import optimize, stats

HERE = Path(__file__).parents[1]
SETTINGS = {
    "target_like": ((60.0, 0.1, 180.0, 0.3), ("normal", 87.3, 0.45), (40, 90, 160)),
    "rare": ((50.0, 0.02, 150.0, 0.05), ("normal", 80.0, 0.3), (20, 60)),
    "by_quantiles": ((50.0, 0.4, 150.0, 0.6), ("quantiles", [10.0, 60.0, 90.0, 240.0]), (30,)),
}
AT, REPLICATES, SEED = (60.0, 120.0), 120, 11


def fit(event: list[float], dose: list[float]) -> list[float]:
    """Width at every dose; 1 where no line has a finite maximum."""
    yes = [d for d, e in zip(dose, event, strict=True) if e]
    no = [d for d, e in zip(dose, event, strict=True) if not e]
    if not yes or not no or max(no) <= min(yes) or max(yes) <= min(no):
        return [1.0] * len(AT)
    y, x = np.array(event), np.array(dose) / 100.0

    def score(beta: np.ndarray) -> np.ndarray:
        left = y - 1.0 / (1.0 + np.exp(-(beta[0] + beta[1] * x)))
        return np.array([left.sum(), (left * x).sum()])

    def minus(beta: np.ndarray) -> float:
        eta = beta[0] + beta[1] * x
        return float(np.logaddexp(0.0, eta).sum() - (y * eta).sum())

    near = optimize.minimize(minus, [0.0, 0.0], jac=lambda b: -score(b), method="BFGS", options={"gtol": 1e-8}).x
    beta = optimize.root(score, near, tol=1e-15).x
    p = 1.0 / (1.0 + np.exp(-(beta[0] + beta[1] * x)))
    w = p * (1.0 - p)
    a, b, c = w.sum(), (w * x).sum(), (w * x * x).sum()
    widths = []
    for dose_at in AT:
        d = dose_at / 100.0
        se = math.sqrt((c - 2.0 * b * d + a * d * d) / (a * c - b * b))
        eta, z = beta[0] + beta[1] * d, stats.norm.ppf(0.975)
        widths.append(1.0 / (1.0 + math.exp(-eta - z * se)) - 1.0 / (1.0 + math.exp(-eta + z * se)))
    return widths


def main() -> None:
    rows = []
    for name, ((d1, p1, d2, p2), spread, sizes) in SETTINGS.items():
        slope = (math.log(p2 / (1 - p2)) - math.log(p1 / (1 - p1))) / (d2 - d1)
        intercept = math.log(p1 / (1 - p1)) - slope * d1
        draw = np.random.Generator(np.random.PCG64(SEED))
        share = draw.random((REPLICATES, max(sizes)))
        chance = draw.random((REPLICATES, max(sizes)))
        if spread[0] == "normal":
            dose = np.exp(np.log(spread[1]) + spread[2] * stats.norm.ppf(share))
        else:
            known = spread[1]
            part = np.minimum((share * (len(known) - 1)).astype(int), len(known) - 2)
            low, high = np.array(known)[part], np.array(known)[part + 1]
            dose = low + (high - low) * (share * (len(known) - 1) - part)
        event = (chance < 1.0 / (1.0 + np.exp(-(intercept + slope * dose)))).astype(float)
        for n in sizes:
            widths = [fit(e[:n].tolist(), d[:n].tolist()) for e, d in zip(event, dose, strict=True)]
            lost = sum(width == [1.0] * len(AT) for width in widths)
            rows += [(name, f"lost_{n}", float(lost)), (name, f"events_{n}", float(event[:, :n].sum() / REPLICATES))]
            for place, at in enumerate(AT):
                ordered = sorted(width[place] for width in widths)
                for word, q in (("median", 0.5), ("lower", 0.05), ("upper", 0.95)):
                    h = q * (len(ordered) - 1)
                    k = min(int(h), len(ordered) - 2)
                    rows.append((name, f"{word}_{n}@{at:g}", ordered[k] + (h - k) * (ordered[k + 1] - ordered[k])))
    with (HERE / "reference" / "twin_curve_width.csv").open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(("method", "dataset", "quantity", "convention", "value"))
        writer.writerows(("simulated_curve_width", name, key, "pcg64", f"{value:.17g}") for name, key, value in rows)


if __name__ == "__main__":
    main()
