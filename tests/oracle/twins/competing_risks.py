"""Cumulative incidence a second way: products of transition matrices, variance from a complex step in each weight.

Exact fractions give the estimates; every subject's weight is moved in turn, and the squared influences add up to the
variance. Writes `reference/twin_competing_risks.csv`.
"""

from __future__ import annotations

import csv
import math
from fractions import Fraction
from pathlib import Path

HERE = Path(__file__).parents[1]
STEP = 1e-30


def table(name: str) -> list[dict[str, str]]:
    with (HERE / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def incidence(subjects, weights, at, one):
    """Where subjects are at `at`, starting in state 0: product over event times of I + dA."""
    where = [one, one * 0, one * 0]
    for time in sorted({t for t, state in subjects if state and t <= at}):
        pairs = list(zip(subjects, weights, strict=True))
        risk = sum((w for (t, _), w in pairs if t >= time), one * 0)
        gone = [sum((w for (t, state), w in pairs if t == time and state == cause), one * 0) / risk for cause in (1, 2)]
        step = [[1 - gone[0] - gone[1], *gone], [0, 1, 0], [0, 0, 1]]
        where = [sum((where[i] * step[i][j] for i in range(3)), one * 0) for j in range(3)]
    return where


def main() -> None:
    larynx = [(r["time"], int(r["death"]) * (1 + (int(r["Stage_III"]) + int(r["Stage_IV"])))) for r in table("larynx")]
    leukemia = [(r["time"], int(r["event"]) * (1 + int(r["rx"]))) for r in table("leukemia")]
    psychiatric = [(r["time"], int(r["event"]) * int(r["sex"])) for r in table("psychiatric")]
    plan = {"larynx": (larynx, ("2", "4", "6")), "leukemia": (leukemia, ("6", "11", "20")),
            "psychiatric": (psychiatric, ("14", "25", "30"))}  # fmt: skip
    out: list[tuple[str, str, str, str, float]] = []
    for name, (raw, times) in plan.items():
        exact = [(Fraction(time), state) for time, state in raw]
        n = len(exact)
        for time in times:
            at = Fraction(time)
            value = incidence(exact, [Fraction(1)] * n, at, Fraction(1))
            squares = [0.0, 0.0, 0.0]
            for i in range(n):
                weights: list[complex] = [1.0 + 0j] * n
                weights[i] += STEP * 1j
                moved = incidence(exact, weights, at, 1.0 + 0j)
                squares = [s + (m.imag / STEP) ** 2 for s, m in zip(squares, moved, strict=True)]
            for cause in (1, 2):
                estimate, se = float(value[cause]), math.sqrt(squares[cause])
                out.append(("aalen_johansen", name, f"estimate@{cause}@{time}", "", estimate))
                out.append(("aalen_johansen", name, f"se@{cause}@{time}", "", se))
                if 0.0 < estimate < 1.0:
                    power = 1.959963984540054 * se / (estimate * math.log(estimate))
                    limits = {"lower": estimate ** math.exp(-power), "upper": estimate ** math.exp(power)}
                    out += [("aalen_johansen", name, f"{part}@{cause}@{time}", "log-log", limit)
                            for part, limit in limits.items()]  # fmt: skip
    with (HERE / "reference" / "twin_competing_risks.csv").open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(("method", "dataset", "quantity", "convention", "value"))
        writer.writerows((*row[:4], f"{row[4]:.17g}") for row in out)


if __name__ == "__main__":
    main()
