"""Firth's logistic regression, separation and corrected GEE a second time, by other means; nothing of ours is imported.

Firth: the penalised likelihood is differentiated by complex steps, so no formula of the modified score is used; maxima
are roots of that gradient by Powell's hybrid method, profile limits roots by Brent's. A restricted fit keeps the
penalty of the whole design. Separation: every extreme ray of the cone {d : (2y − 1)x'd ≥ 0} in exact fractions.
GEE: coefficients and correlation together as one root; the robust variance by a loop over clusters.

Run from the project root: python -m tests.oracle.twins.logistic
"""

from __future__ import annotations

import csv
import itertools
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import optimize, stats

ORACLE = Path(__file__).parents[1]
OUT = ORACLE / "reference" / "twin_logistic.csv"
MODELS = {
    "spector": ("spector", "grade", ["gpa", "tuce", "psi"]),
    "breast_cancer": ("breast_cancer", "target", ["mean_texture", "mean_smoothness", "mean_symmetry"]),
    "meerun": ("meerun_tumours", "cpn", ["post_treatment_tad_gy"]),
    "meerun_two": ("meerun_tumours", "cpn", ["post_treatment_tad_gy", "tumour_size_mm"]),
}
SEPARATED = {
    "complete": ([0, 0, 0, 1, 1, 1], {"a": [1, 2, 3, 4, 5, 6]}),
    "quasi": ([0, 0, 0, 1, 0, 1, 1, 1], {"a": [1, 2, 3, 3, 3, 4, 5, 6], "b": [1, 0, 1, 0, 1, 1, 0, 1]}),
    "level": ([0, 1, 0, 1, 0, 1, 1, 1, 1], {"a": [0, 0, 0, 0, 0, 0, 1, 1, 1]}),
}
Row = tuple[str, str, str, str, float]


def frame(name: str) -> pd.DataFrame:
    made = pd.read_csv(ORACLE / "data" / f"{name}.csv")
    if "pathological_necrosis" in made:
        made["cpn"] = (made["pathological_necrosis"] == "CPN").astype(float)
    return made


def problem(name: str) -> tuple[np.ndarray, np.ndarray, list[str]]:
    if name in SEPARATED:
        y, columns = SEPARATED[name]
        return np.array(y, dtype=float), np.column_stack(list(columns.values())).astype(float), list(columns)
    file, outcome, terms = MODELS[name]
    made = frame(file).dropna(subset=[outcome, *terms])
    return made[outcome].to_numpy(float), made[terms].to_numpy(float), terms


def penalised(y: np.ndarray, x: np.ndarray, beta: np.ndarray) -> complex:
    eta = x @ beta
    share = 1 / (1 + np.exp(-eta))
    information = (x.T * (share * (1 - share))) @ x
    return np.sum(y * np.log(share) + (1 - y) * np.log(1 - share)) + 0.5 * np.log(np.linalg.det(information))


def slope(y: np.ndarray, x: np.ndarray, beta: np.ndarray, free: list[int]) -> np.ndarray:
    made = []
    for j in free:
        moved = beta.astype(complex)
        moved[j] += 1e-30j
        made.append(penalised(y, x, moved).imag / 1e-30)
    return np.array(made)


def best(y: np.ndarray, x: np.ndarray, start: np.ndarray, held: list[int]) -> np.ndarray:
    free = [j for j in range(x.shape[1]) if j not in held]
    if not free:
        return start

    def full(part: np.ndarray) -> np.ndarray:
        beta = start.copy()
        beta[free] = part
        return beta

    part = start[free]
    for _ in range(200):
        at = slope(y, x, full(part), free)
        bend = np.column_stack(
            [
                (slope(y, x, full(part + 1e-5 * unit), free) - slope(y, x, full(part - 1e-5 * unit), free)) / 2e-5
                for unit in np.eye(len(free))
            ]
        )
        step = -np.linalg.solve(bend, at)
        if at @ step < 0:  # not concave here: up the slope
            step = at / np.abs(at).max()
        step = step * min(1.0, 2.0 / max(float(np.abs(x[:, free] @ step).max()), 1e-300))
        before = penalised(y, x, full(part)).real
        while penalised(y, x, full(part + step)).real < before - 1e-10:
            step /= 2
        part = part + step
        if np.abs(step).max() < 1e-11:
            break
    assert np.abs(slope(y, x, full(part), free)).max() < 1e-6
    return full(part)


def firth(name: str) -> list[Row]:
    y, columns, terms = problem(name)
    sd = columns.std(axis=0)
    x, size = np.column_stack([np.ones(len(y)), columns / sd]), np.concatenate([[1.0], sd])
    top = best(y, x, np.zeros(x.shape[1]), [])
    value = penalised(y, x, top).real
    share = 1 / (1 + np.exp(-x @ top))
    information = (x.T * (share * (1 - share))) @ x
    se = np.sqrt(np.diag(np.linalg.inv(information)))
    made: list[Row] = []
    target = float(stats.chi2.ppf(0.95, 1))

    def put(quantity: str, convention: str, number: float) -> None:
        made.append(("logistic_firth", name, quantity, convention, float(number)))

    for j, term in enumerate(["intercept", *terms]):
        if term == "intercept" and len(y) > 100:
            continue
        near = [top]

        def lost(at: float, j: int = j, near: list[np.ndarray] = near) -> float:
            rest = [other for other in range(x.shape[1]) if other != j]
            start = near[0].copy()  # the others move along as the information says
            start[rest] -= np.linalg.solve(information[np.ix_(rest, rest)], information[rest, j]) * (at - start[j])
            start[j] = at
            near[0] = best(y, x, start, [j])
            return float(2 * (value - penalised(y, x, near[0]).real))

        for side, sign in (("lower", -1), ("upper", 1)):
            far = float(se[j])
            near[0] = top
            while lost(top[j] + sign * far) < target:
                far *= 1.5
            root = optimize.brentq(
                lambda at, lost=lost: lost(at) - target, *sorted((top[j], top[j] + sign * far)), xtol=1e-13
            )
            put(f"{term}_{side}", "profile", np.exp(root / size[j]))
        put(f"{term}_statistic", "profile", lost(0.0))
        put(f"{term}_p", "profile", stats.chi2.sf(lost(0.0), 1))
        for side, sign in (("lower", -1), ("upper", 1)):
            put(f"{term}_{side}", "wald", np.exp((top[j] + sign * stats.norm.ppf(0.975) * se[j]) / size[j]))
        put(f"{term}_p", "wald", 2 * stats.norm.sf(abs(top[j] / se[j])))
    held = list(range(1, x.shape[1]))
    start = top.copy()
    start[held] = 0.0
    null = penalised(y, x, best(y, x, start, held)).real
    put("loglik", "profile", value + np.log(sd).sum())
    put("loglik_null", "profile", null + np.log(sd).sum())
    put("model_statistic", "profile", 2 * (value - null))
    put("model_p", "profile", stats.chi2.sf(2 * (value - null), len(held)))
    return made


def block() -> list[Row]:
    made = frame("anes96")
    group = pd.cut(made["age"], [0, 35, 50, 65, 200], labels=False).to_numpy()
    income = made["income"].to_numpy()
    x = np.column_stack([np.ones(len(made)), *[(group == level) * 1.0 for level in (1, 2, 3)], income / income.std()])
    y = made["vote"].to_numpy()
    top = best(y, x, np.zeros(5), [])
    start = top.copy()
    start[1:4] = 0.0
    statistic = 2 * (penalised(y, x, top) - penalised(y, x, best(y, x, start, [1, 2, 3]))).real
    p = stats.chi2.sf(statistic, 3)
    return [
        ("logistic_term", "anes96", "group_statistic", "firth/profile", statistic),
        ("logistic_term", "anes96", "group_p", "firth/profile", float(p)),
    ]


def null_vector(rows: list[list[Fraction]], p: int) -> list[Fraction] | None:
    """The one direction orthogonal to p − 1 rows, by elimination; None where there is more than one."""
    matrix, pivots = [row[:] for row in rows], []
    for column in range(p):
        lead = next((r for r in range(len(pivots), len(matrix)) if matrix[r][column] != 0), None)
        if lead is None:
            continue
        at = len(pivots)
        matrix[at], matrix[lead] = matrix[lead], matrix[at]
        matrix[at] = [value / matrix[at][column] for value in matrix[at]]
        for r in range(len(matrix)):
            if r != at and matrix[r][column] != 0:
                factor = matrix[r][column]
                matrix[r] = [a - factor * b for a, b in zip(matrix[r], matrix[at], strict=True)]
        pivots.append(column)
    free = [column for column in range(p) if column not in pivots]
    if len(free) != 1:
        return None
    direction = [Fraction(0)] * p
    direction[free[0]] = Fraction(1)
    for at, column in enumerate(pivots):
        direction[column] = -matrix[at][free[0]]
    return direction


def apart(name: str) -> list[Row]:
    y, columns, _ = problem(name)
    signed = [
        [Fraction(int(2 * event - 1)) * Fraction(value) for value in (1.0, *row)]
        for event, row in zip(y, columns.tolist(), strict=True)
    ]
    p, parted = columns.shape[1] + 1, set()
    for chosen in itertools.combinations(range(len(y)), p - 1):
        direction = null_vector([signed[i] for i in chosen], p)
        if direction is None:
            continue
        margins = [sum(a * b for a, b in zip(row, direction, strict=True)) for row in signed]
        for sign in (1, -1):
            if all(sign * margin >= 0 for margin in margins):
                parted |= {i for i, margin in enumerate(margins) if margin != 0}
    return [
        ("separation", name, "separated", "", float(bool(parted))),
        ("separation", name, "parted", "", float(len(parted))),
    ]


def equations(name: str, file: str, outcome: str, terms: list[str], cluster: str) -> list[Row]:
    made = frame(file)
    if cluster == "cluster":
        made["cluster"] = made["educ"] * 10 + made["tvnews"]
    made = made.dropna(subset=[outcome, *terms])
    columns = made[terms].to_numpy(float)
    sd = columns.std(axis=0)
    x, size = np.column_stack([np.ones(len(made)), columns / sd]), np.concatenate([[1.0], sd])
    y, keys = made[outcome].to_numpy(float), made[cluster].to_numpy()
    members = [np.flatnonzero(keys == key) for key in np.unique(keys)]
    p, groups = x.shape[1], len(members)

    def parts(rows: np.ndarray, beta: np.ndarray, alpha: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        share = 1 / (1 + np.exp(-x[rows] @ beta))
        root = np.diag(np.sqrt(share * (1 - share)))
        correlation = np.full((len(rows), len(rows)), alpha)
        np.fill_diagonal(correlation, 1.0)
        return root @ root @ x[rows], root @ correlation @ root, y[rows] - share

    def conditions(both: np.ndarray) -> np.ndarray:
        beta, alpha = both[:-1], both[-1]
        total, square, product, pairs = np.zeros(p), 0.0, 0.0, 0
        for rows in members:
            d, v, e = parts(rows, beta, alpha)
            total += d.T @ np.linalg.solve(v, e)
            pearson = e / np.sqrt(np.diag(v))
            square += float(pearson @ pearson)
            for i, j in itertools.combinations(range(len(rows)), 2):
                product += pearson[i] * pearson[j]
                pairs += 1
        return np.append(total, alpha - (product / pairs) / (square / len(y)))

    # From the exchangeable correlation 0 the maximum likelihood is the first root.
    start = optimize.root(lambda beta: conditions(np.append(beta, 0.0))[:-1], np.zeros(p), tol=1e-13).x
    both = np.append(start, 0.0)
    for _ in range(100):
        bend = optimize.approx_fprime(both, conditions, 1e-7)
        step = np.linalg.solve(bend, conditions(both))
        both = both - step * min(1.0, 0.3 / np.abs(step).max())
        if np.abs(step).max() < 1e-13:
            break
    assert np.abs(step).max() < 1e-11
    beta, alpha = both[:-1], both[-1]
    bread = np.zeros((p, p))
    for rows in members:
        d, v, _ = parts(rows, beta, alpha)
        bread += d.T @ np.linalg.inv(v) @ d
    inverse, rows_made = np.linalg.inv(bread), []
    for small in ("mancl_derouen", "clusters_minus_1"):
        meat = np.zeros((p, p))
        for rows in members:
            d, v, e = parts(rows, beta, alpha)
            left = d.T @ np.linalg.inv(v)
            if small == "mancl_derouen":
                e = np.linalg.inv(np.eye(len(rows)) - d @ inverse @ left) @ e
            meat += np.outer(left @ e, left @ e)
        covariance = inverse @ meat @ inverse * (groups / (groups - 1) if small == "clusters_minus_1" else 1.0)
        se = np.sqrt(np.diag(covariance))
        law = stats.t(groups - p) if small == "mancl_derouen" else stats.norm()
        convention = f"exchangeable/{small}"
        for j, term in enumerate(["intercept", *terms]):
            rows_made += [
                ("gee", name, f"{term}_se", convention, float(se[j] / size[j])),
                ("gee", name, f"{term}_lower", convention, float(np.exp((beta[j] - law.ppf(0.975) * se[j]) / size[j]))),
                ("gee", name, f"{term}_upper", convention, float(np.exp((beta[j] + law.ppf(0.975) * se[j]) / size[j]))),
                ("gee", name, f"{term}_p", convention, float(2 * law.sf(abs(beta[j] / se[j])))),
            ]
        rows_made.append(("gee", name, "alpha", convention, float(alpha)))
    return rows_made


def main() -> None:
    made = [row for name in (*MODELS, *SEPARATED) for row in firth(name)] + block()
    made += [row for name in ("spector", "meerun", "meerun_two", *SEPARATED) for row in apart(name)]
    made += equations("meerun", "meerun_tumours", "cpn", ["post_treatment_tad_gy"], "patient")
    made += equations("anes96", "anes96", "vote", ["age", "income"], "cluster")
    with OUT.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(["method", "dataset", "quantity", "convention", "value"])
        writer.writerows((*row[:4], f"{row[4]:.17g}") for row in made)


if __name__ == "__main__":
    main()
