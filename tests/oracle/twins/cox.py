"""Cox regression a second way, where R has no answer or hides it: plain loops over risk sets, bisection.

Profile limits under separation: an infinite estimate with one finite limit. Writes `reference/twin_cox.csv`.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path

HERE = Path(__file__).parents[1]
QUANTILE = 3.841458820694124
"""95 % of χ² with one degree of freedom."""
FAR = 40.0

SEPARATED = {
    "six": [(1, 1, 1), (2, 1, 1), (3, 1, 1), (4, 1, 0), (5, 1, 0), (6, 1, 0)],
    "six_reversed": [(1, 1, 0), (2, 1, 0), (3, 1, 0), (4, 1, 1), (5, 1, 1), (6, 1, 1)],
    "tied": [(1, 1, 1), (1, 1, 1), (2, 1, 1), (3, 0, 0), (4, 0, 0), (4, 1, 0), (5, 0, 0)],
    "no_event_in_a_group": [(2, 1, 1), (3, 1, 1), (5, 0, 1), (4, 0, 0), (6, 0, 0), (6, 0, 0)],
}
"""Synthetic: time, event, x."""


def loglik(rows: list[tuple[float, int, float]], b: float, ties: str) -> float:
    """The log partial likelihood of one column."""
    total = 0.0
    for at in sorted({t for t, died, _ in rows if died}):
        risk = [b * x for t, _, x in rows if t >= at]
        gone = [b * x for t, died, x in rows if died and t == at]
        largest = max(risk)
        whole, part = (math.fsum(math.exp(v - largest) for v in some) for some in (risk, gone))
        total += math.fsum(gone)
        for place in range(len(gone)):
            share = place / len(gone) if ties == "efron" else 0.0
            total -= math.log(whole - share * part) + largest
    return total


def limit(rows: list[tuple[float, int, float]], side: int, ties: str) -> float:
    """Where twice the log-likelihood lies the quantile below its supremum, by bisection."""
    top = loglik(rows, side * FAR, ties)
    low, high = -FAR, FAR  # the drop falls from low to high in the direction of the estimate
    for _ in range(200):
        middle = (low + high) / 2
        if 2 * (top - loglik(rows, side * middle, ties)) > QUANTILE:
            low = middle
        else:
            high = middle
    return side * (low + high) / 2


def main() -> None:
    out = []
    for name, rows in SEPARATED.items():
        side = -1 if name == "six_reversed" else 1
        for ties in ("efron", "breslow"):
            null, top = loglik(rows, 0.0, ties), loglik(rows, side * FAR, ties)
            bound, inside = ("lower", "upper") if side > 0 else ("upper", "lower")
            found = {"loglik_null": null, "loglik": top, "chi_square": 2 * (top - null)}
            found |= {f"log_{bound}": limit(rows, side, ties), f"log_{inside}": math.nan, "coefficient": math.nan}
            out += [("cox_separation", name, quantity, ties, value) for quantity, value in found.items()]
    with (HERE / "reference" / "twin_cox.csv").open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(("method", "dataset", "quantity", "convention", "value"))
        for *where, value in out:
            writer.writerow((*where, "NA" if math.isnan(value) else repr(value)))


if __name__ == "__main__":
    main()
