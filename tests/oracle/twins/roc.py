"""An independent second computation of clustered areas and of accuracy: explicit double sums, numerical gradients.

Obuchowski's variance from the matrix of all pairs, cluster by cluster, in her notation; predictive values and clustered
measures by the delta method with complex-step gradients. Imports nothing of the package. From the project root:

    python -m tests.oracle.twins.roc
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pandas as pd

HERE = Path(__file__).parent.parent
Z = NormalDist().inv_cdf(0.975)
Row = tuple[str, str, str, str, float]


def data(name: str) -> pd.DataFrame:
    return pd.read_csv(HERE / "data" / f"{name}.csv")


def sets() -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """name -> scores (k, n) of which high values speak for the event, event (n,), cluster (n,)."""
    meerun, mode, stanford, recur = (data(name) for name in ("meerun_tumours", "modechoice", "stanford", "recur"))
    dose = meerun["post_treatment_tad_gy"]
    complete = (meerun["pathological_necrosis"] == "CPN").to_numpy(int)
    made = {
        "meerun": ([dose, -meerun["tumour_size_mm"]], complete, meerun["patient"]),
        "modechoice": ([-mode["gc"], -mode["ttme"]], mode["choice"].to_numpy(int), mode["individual"]),
        "stanford": ([stanford["age"], -stanford["year"]], stanford["event"].to_numpy(int), stanford["id"]),
        "recur": ([recur["age"], recur["time0"]], (recur["event"] > 3).to_numpy(int), recur["id"]),
    }
    return {name: (np.array(scores, float), event, np.asarray(key)) for name, (scores, event, key) in made.items()}


def areas(scores: np.ndarray, event: np.ndarray, cluster: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Areas (k,), Obuchowski's covariance (k, k) and DeLong's (k, k)."""
    k, names = len(scores), sorted(set(cluster.tolist()))
    x, y = np.flatnonzero(event == 1), np.flatnonzero(event == 0)
    pairs = [(s[x][:, None] > s[y][None, :]) + 0.5 * (s[x][:, None] == s[y][None, :]) for s in scores]
    area = [float(psi.sum()) / (len(x) * len(y)) for psi in pairs]
    v10 = [psi.sum(axis=1) / len(y) for psi in pairs]
    v01 = [psi.sum(axis=0) / len(x) for psi in pairs]
    mine = [(np.flatnonzero(cluster[x] == name), np.flatnonzero(cluster[y] == name)) for name in names]
    i10, i01 = sum(len(a) > 0 for a, _ in mine), sum(len(b) > 0 for _, b in mine)
    robust, naive = np.zeros((k, k)), np.zeros((k, k))
    for r in range(k):
        for s in range(k):
            s10 = s01 = s11 = s11_turned = 0.0
            for a, b in mine:
                xr, xs = v10[r][a].sum() - len(a) * area[r], v10[s][a].sum() - len(a) * area[s]
                yr, ys = v01[r][b].sum() - len(b) * area[r], v01[s][b].sum() - len(b) * area[s]
                s10, s01, s11, s11_turned = s10 + xr * xs, s01 + yr * ys, s11 + xr * ys, s11_turned + xs * yr
            robust[r, s] = (
                s10 * i10 / ((i10 - 1) * len(x)) / len(x)
                + s01 * i01 / ((i01 - 1) * len(y)) / len(y)
                + (s11 + s11_turned) * len(names) / (len(names) - 1) / (len(x) * len(y))
            )
            naive[r, s] = sum((v10[r] - area[r]) * (v10[s] - area[s])) / (len(x) - 1) / len(x) + sum(
                (v01[r] - area[r]) * (v01[s] - area[s])
            ) / (len(y) - 1) / len(y)
    return np.array(area), robust, naive


def clustered_areas() -> list[Row]:
    rows: list[Row] = []
    for name, (scores, event, cluster) in sets().items():
        area, robust, naive = areas(scores, event, cluster)
        a, se = area[0], math.sqrt(robust[0, 0])
        half, logit = Z * se / (a * (1 - a)), math.log(a / (1 - a))
        limits = {
            "delong": (max(a - Z * se, 0.0), min(a + Z * se, 1.0)),
            "logit_delong": (1 / (1 + math.exp(half - logit)), 1 / (1 + math.exp(-half - logit))),
        }
        for convention, (lower, upper) in limits.items():
            found = {"auc": a, "se": se, "lower": lower, "upper": upper, "design_effect": robust[0, 0] / naive[0, 0]}
            rows += [("roc_auc_clustered", name, part, convention, value) for part, value in found.items()]
        gap, spread = area[1] - area[0], math.sqrt(robust[0, 0] + robust[1, 1] - 2 * robust[0, 1])
        p = 2 * NormalDist().cdf(-abs(gap / spread))
        found = {"auc@1": area[1], "lower@1": gap - Z * spread, "upper@1": gap + Z * spread, "z@1": gap / spread,
                 "p@1": p, "chi_square": (gap / spread) ** 2, "joint_p": p}  # fmt: skip
        rows += [("roc_paired_clustered", name, part, "", value) for part, value in found.items()]
    return rows


def gradient(function: Callable[[np.ndarray], complex], at: np.ndarray) -> np.ndarray:
    """Derivatives by the complex step, exact to machine precision."""
    return np.array([function(at + 1e-30j * unit).imag / 1e-30 for unit in np.eye(len(at))])


def logit_interval(
    function: Callable[[np.ndarray], complex], at: np.ndarray, covariance: np.ndarray
) -> tuple[float, float, float]:
    """A share by the delta method on its logit."""
    share = function(at.astype(complex)).real
    slope = gradient(lambda v: np.log(function(v) / (1 - function(v))), at)
    half, middle = Z * math.sqrt(slope @ covariance @ slope), math.log(share / (1 - share))
    return share, 1 / (1 + math.exp(half - middle)), 1 / (1 + math.exp(-half - middle))


def bayes(prevalence: float) -> dict[str, Callable[[np.ndarray], complex]]:
    """Predictive values from (sensitivity, specificity)."""
    q = 1 - prevalence
    return {
        "ppv": lambda v: v[0] * prevalence / (v[0] * prevalence + (1 - v[1]) * q),
        "npv": lambda v: v[1] * q / (v[1] * q + (1 - v[0]) * prevalence),
    }


TABLES = {"meerun": (6, 3, 2, 11), "good": (40, 5, 3, 90), "even": (10, 10, 10, 10), "large": (812, 97, 143, 2215)}
CUTS = {"meerun": 388, "modechoice": -80, "stanford": 0}


def predictive_values() -> list[Row]:
    rows: list[Row] = []
    for name, (tp, fp, fn, tn) in TABLES.items():
        se, sp = tp / (tp + fn), tn / (tn + fp)
        covariance = np.diag([se * (1 - se) / (tp + fn), sp * (1 - sp) / (tn + fp)])
        for prevalence in (0.01, 0.1, 0.3, 0.5):
            for measure, function in bayes(prevalence).items():
                made = logit_interval(function, np.array([se, sp]), covariance)
                for part, value in zip(("", "@lower", "@upper"), made, strict=True):
                    rows.append(("roc_accuracy_prevalence", name, measure + part, str(prevalence), value))
    for name, cut in CUTS.items():
        scores, event, cluster = sets()[name]
        positive = scores[0] >= cut
        cells = [positive & (event == 1), event == 1, ~positive & (event == 0), event == 0]
        totals = np.array(
            [[cell[cluster == key].sum() for cell in cells] for key in sorted(set(cluster.tolist()))], float
        )
        c = len(totals)
        centred = totals - totals.mean(axis=0)
        covariance = c / (c - 1) * centred.T @ centred
        for measure, function in bayes(0.3).items():
            made = logit_interval(
                lambda v, f=function: f(np.array([v[0] / v[1], v[2] / v[3]])), totals.sum(axis=0), covariance
            )
            for part, value in zip(("", "@lower", "@upper"), made, strict=True):
                rows.append(("roc_accuracy_clustered", name, measure + part, "0.3", value))
    return rows


def main() -> None:
    with (HERE / "reference" / "twin_roc.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("method", "dataset", "quantity", "convention", "value"))
        for *words, value in clustered_areas() + predictive_values():
            writer.writerow((*words, f"{value:.17g}"))


if __name__ == "__main__":
    main()
