"""Restricted means, rates and log-rank tests a second way: weights with a complex step, sums over subjects in loops.

The curve is a function of one weight per subject; the derivative to each weight is its influence, and the sum of
squared influences the variance. Areas are summed piece by piece. Writes `reference/twin_survival_tests.csv`.
"""

from __future__ import annotations

import csv
import math
from itertools import pairwise
from pathlib import Path

HERE = Path(__file__).parents[1]
Z = 1.959963984540054
STEP = 1e-30


def table(name: str) -> list[dict[str, str]]:
    with (HERE / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def survival(subjects: list[tuple[float, int]], weights: list[complex], at: float) -> complex:
    """Weighted product-limit estimate: a factor per event time up to `at`."""
    value: complex = 1.0
    for time in sorted({t for t, event in subjects if event and t <= at}):
        risk = sum(w for (t, _), w in zip(subjects, weights, strict=True) if t >= time)
        gone = sum(w for (t, event), w in zip(subjects, weights, strict=True) if t == time and event)
        value *= 1.0 - gone / risk
    return value


def area(subjects: list[tuple[float, int]], weights: list[complex], horizon: float) -> complex:
    """Area under the curve: every piece between two times, its height asked for in the middle."""
    cuts = sorted({0.0, horizon, *(t for t, _ in subjects if t < horizon)})
    return sum((b - a) * survival(subjects, weights, (a + b) / 2) for a, b in pairwise(cuts))


def with_variance(function, subjects: list[tuple[float, int]], at: float) -> tuple[float, float]:
    """Value and variance of a function of the weights."""
    n = len(subjects)
    value = complex(function(subjects, [1.0] * n, at)).real
    influences = []
    for i in range(n):
        weights: list[complex] = [1.0] * n
        weights[i] = 1.0 + STEP * 1j
        influences.append(complex(function(subjects, weights, at)).imag / STEP)
    return value, sum(one**2 for one in influences)


def p_of(z: float) -> float:
    return math.erfc(abs(z) / math.sqrt(2.0))


def log_rank_parts(rows: list[tuple[float, int, int, str]], groups: list[int]):
    """O − E and V by looping over strata, event times and pairs of groups."""
    off = dict.fromkeys(groups, 0.0)
    variance = {(a, b): 0.0 for a in groups for b in groups}
    for stratum in sorted({row[3] for row in rows}):
        mine = [row for row in rows if row[3] == stratum]
        for time in sorted({row[0] for row in mine if row[1]}):
            risk = {g: sum(1 for row in mine if row[0] >= time and row[2] == g) for g in groups}
            dead = {g: sum(1 for row in mine if row[0] == time and row[1] and row[2] == g) for g in groups}
            n, d = sum(risk.values()), sum(dead.values())
            for a in groups:
                off[a] += dead[a] - d * risk[a] / n
                for b in groups:
                    if n > 1:
                        share = risk[a] / n * ((a == b) - risk[b] / n)
                        variance[a, b] += d * (n - d) / (n - 1) * share
    return off, variance


def main() -> None:
    out: list[tuple[str, str, str, str, float]] = []
    plan = {"leukemia": ("rx", (10.0, 20.0), 22.0), "psychiatric": ("sex", (25.0, 30.0), 35.0)}
    for name, (by, times, horizon) in plan.items():
        groups: dict[str, list[tuple[float, int]]] = {}
        for row in table(name):
            groups.setdefault(row[by], []).append((float(row["time"]), int(row["event"])))
        first, second = (groups[key] for key in sorted(groups))
        for time in times:
            (a, va), (b, vb) = (with_variance(survival, part, time) for part in (first, second))
            value, se = a - b, math.sqrt(va + vb)
            made = {"estimate": value, "lower": value - Z * se, "upper": value + Z * se, "se": se,
                    "statistic": value / se, "p": p_of(value / se)}  # fmt: skip
            out += [("rate_difference", name, f"{part}@{time:g}", "wald", number) for part, number in made.items()]
            heights = [math.log(-math.log(s)) for s in (a, b)]
            spread = va / (a * math.log(a)) ** 2 + vb / (b * math.log(b)) ** 2
            statistic = (heights[0] - heights[1]) ** 2 / spread
            made = {"statistic": statistic, "p": p_of(math.sqrt(statistic))}
            out += [("rate_test", name, f"{part}@{time:g}", "log-log", number) for part, number in made.items()]
        (a, va), (b, vb) = (with_variance(area, part, horizon) for part in (first, second))
        for key, mean, variance in zip(sorted(groups), (a, b), (va, vb), strict=True):
            se = math.sqrt(variance)
            made = {"estimate": mean, "se": se, "lower": mean - Z * se, "upper": mean + Z * se}
            out += [("restricted_mean", name, f"{k}@{key}", f"{horizon:g}", v) for k, v in made.items()]
        se, logse = math.sqrt(va + vb), math.sqrt(va / a**2 + vb / b**2)
        log = math.log(a / b)
        made = {
            "difference_estimate": a - b, "difference_lower": a - b - Z * se, "difference_upper": a - b + Z * se,
            "difference_p": p_of((a - b) / se), "ratio_estimate": a / b, "ratio_lower": math.exp(log - Z * logse),
            "ratio_upper": math.exp(log + Z * logse), "ratio_p": p_of(log / logse),
        }  # fmt: skip
        out += [("restricted_mean", name, part, f"{horizon:g}", number) for part, number in made.items()]
    rows = [(float(r["time"]), int(r["event"]), int(r["rx"]), r["sex"]) for r in table("leukemia")]
    off, variance = log_rank_parts(rows, [0, 1])
    statistic = off[0] ** 2 / variance[0, 0]
    made = {"statistic": statistic, "df": 1.0, "p": p_of(math.sqrt(statistic))}
    out += [("stratified_log_rank", "leukemia", part, "rx within sex", number) for part, number in made.items()]
    stages = [
        (float(r["time"]), int(r["death"]), 1 + int(r["Stage_II"]) + 2 * int(r["Stage_III"]) + 3 * int(r["Stage_IV"]),
         "old" if float(r["age"]) >= 65 else "young")
        for r in table("larynx")
    ]  # fmt: skip
    for blocks, words in ((False, "stage 1 2 4 8"), (True, "stage 1 2 4 8 within old")):
        rows = [(time, event, stage, block if blocks else "") for time, event, stage, block in stages]
        off, variance = log_rank_parts(rows, [1, 2, 3, 4])
        score = {1: 1, 2: 2, 3: 4, 4: 8}
        top = sum(score[g] * off[g] for g in score) ** 2
        statistic = top / sum(score[a] * score[b] * variance[a, b] for a in score for b in score)
        out += [("log_rank_trend", "larynx", "statistic", words, statistic),
                ("log_rank_trend", "larynx", "p", words, p_of(math.sqrt(statistic)))]  # fmt: skip
    with (HERE / "reference" / "twin_survival_tests.csv").open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(("method", "dataset", "quantity", "convention", "value"))
        writer.writerows((*row[:4], f"{row[4]:.17g}") for row in out)


if __name__ == "__main__":
    main()
