"""A second way to the exact tests and intervals of group tests: every arrangement gone through in whole numbers.

Jonckheere–Terpstra: all ways to give the values to the groups, J counted pair by pair. Spearman: all orders of the
second variable, the sum of products of doubled midranks. McNemar: binomial terms with `math.comb`. The interval of
Spearman's coefficient: Fisher's z with Bonett and Wright's variance (doi:10.1007/BF02294183), the quantile from the
standard library. Kappa's standard error: the delta method by central differences in 50-digit decimals. No package but
the standard library. Run from the project root: `python tests/oracle/twins/group_tests.py` writes
tests/oracle/reference/twin_group_tests.csv.
"""

from __future__ import annotations

import csv
import itertools
import math
from collections.abc import Iterator, Sequence
from decimal import Decimal, getcontext
from fractions import Fraction
from pathlib import Path
from statistics import NormalDist

getcontext().prec = 50
HERE = Path(__file__).parents[1]
OUT = HERE / "reference" / "twin_group_tests.csv"
Row = tuple[str, str, str, str, float]

GROUPS = {
    "tied": ((1, 2, 2), (2, 3, 3, 4), (3, 4, 5)),
    "untied": ((1.2, 3.4), (2.2, 5.0, 4.1), (3.9, 6.5, 7.7)),
    "falling": ((9.0, 8.0), (7.0, 5.0), (6.0, 4.0), (1.0, 2.0)),
    "two": ((1, 2, 2, 3), (2, 4, 5)),
}
XY = {
    "seven": ((44.4, 45.9, 41.9, 53.3, 44.7, 44.1, 50.7), (2.6, 3.1, 2.5, 5, 3.6, 4, 5.2)),
    "tied_six": ((1, 2, 2, 3, 3, 3), (1, 1, 4, 2, 5, 5)),
    "reversed": ((1, 2, 3, 4), (9, 7, 5, 3)),
}
DISCORDANT = {"large": (86, 150), "one_sided": (0, 6), "balanced_pairs": (4, 4)}
READINGS = {
    "three": ((10, 3, 1), (2, 8, 4), (0, 3, 9)),
    "four": ((12, 3, 0, 1), (2, 15, 4, 0), (1, 5, 9, 2), (0, 0, 3, 11)),
    "below_chance": ((2, 7), (9, 3)),
}


def meerun_first_ten() -> tuple[tuple[float, ...], ...]:
    """Doses of the first ten tumours with a response read, by response from the worst."""
    with (HERE / "data" / "meerun_tumours.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["best_localized_mrecist"]][:10]
    return tuple(
        tuple(float(row["post_treatment_tad_gy"]) for row in rows if row["best_localized_mrecist"] == level)
        for level in ("SD", "PR", "CR")
    )


def twice_j(values: Sequence[float], group: Sequence[int]) -> int:
    return sum(
        (values[a] < values[b]) * 2 + (values[a] == values[b])
        for a, b in itertools.permutations(range(len(values)), 2)
        if group[a] < group[b]
    )


def arrangements(sizes: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Every way to label sum(sizes) subjects with their groups."""
    n, labels = sum(sizes), [-1] * sum(sizes)

    def fill(group: int) -> Iterator[tuple[int, ...]]:
        if group == len(sizes):
            yield tuple(labels)
            return
        free = [i for i in range(n) if labels[i] < 0]
        for chosen in itertools.combinations(free, sizes[group]):
            for i in chosen:
                labels[i] = group
            yield from fill(group + 1)
            for i in chosen:
                labels[i] = -1

    yield from fill(0)


def jonckheere(name: str, groups: Sequence[Sequence[float]]) -> Iterator[Row]:
    values = [value for group in groups for value in group]
    sizes = [len(group) for group in groups]
    own = [index for index, group in enumerate(groups) for _ in group]
    observed, every = twice_j(values, own), [twice_j(values, labels) for labels in arrangements(sizes)]
    pairs = sum(a * b for a, b in itertools.combinations(sizes, 2))  # twice the mean of J
    extreme = sum(abs(found - pairs) >= abs(observed - pairs) for found in every)
    yield ("jonckheere_terpstra", name, "statistic", "exact", observed / 2)
    yield ("jonckheere_terpstra", name, "p", "exact", float(Fraction(extreme, len(every))))


def midranks(values: Sequence[float]) -> list[Fraction]:
    return [
        Fraction(sum(other < value for other in values)) + Fraction(sum(other == value for other in values) + 1, 2)
        for value in values
    ]


def spearman(name: str, x: Sequence[float], y: Sequence[float]) -> Iterator[Row]:
    a, b, n = midranks(x), midranks(y), len(x)
    middle = sum(a) * sum(b) / n
    observed = sum(p * q for p, q in zip(a, b, strict=True)) - middle
    every = (sum(p * q for p, q in zip(a, order, strict=True)) - middle for order in itertools.permutations(b))
    extreme = sum(abs(found) >= abs(observed) for found in every)
    yield ("spearman", name, "p", "exact", float(Fraction(extreme, math.factorial(n))))
    spread = [sum(rank * rank for rank in ranks) - sum(ranks) ** 2 / n for ranks in (a, b)]
    rho = float(observed) / math.sqrt(spread[0] * spread[1])
    yield ("spearman", name, "estimate", "exact", rho)
    exactly = abs(rho) > 1 - 1e-12
    half = NormalDist().inv_cdf(0.975) * math.sqrt((1 + rho**2 / 2) / (n - 3))
    for side, end in (("lower", -half), ("upper", half)):
        yield ("spearman", name, side, "exact", math.nan if exactly else math.tanh(math.atanh(rho) + end))


def mcnemar(name: str, b: int, c: int) -> Row:
    terms = [math.comb(b + c, k) for k in range(b + c + 1)]
    likely = sum(term for term in terms if term <= terms[b])  # the binomial is symmetric
    return ("mcnemar", name, "p", "exact; twin", float(Fraction(likely, 2 ** (b + c))))


def kappa(table: Sequence[Sequence[Decimal]], weights: str) -> Decimal:
    k, n = len(table), sum(map(sum, table))
    rows, columns = [sum(row) for row in table], [sum(column) for column in zip(*table, strict=True)]

    def credit(i: int, j: int) -> Decimal:
        apart = Decimal(abs(i - j)) / (k - 1)
        return Decimal(i == j) if weights == "unweighted" else 1 - (apart if weights == "linear" else apart**2)

    cells = list(itertools.product(range(k), repeat=2))
    seen = sum(credit(i, j) * table[i][j] for i, j in cells) / n
    chance = sum(credit(i, j) * rows[i] * columns[j] for i, j in cells) / n**2
    return (seen - chance) / (1 - chance)


def agreement(name: str, counts: Sequence[Sequence[int]], weights: str) -> Iterator[Row]:
    """Delta method: the variance of the multinomial shares through the slopes of kappa in each share."""
    n, step = sum(map(sum, counts)), Decimal(10) ** -15
    share = [[Decimal(count) / n for count in row] for row in counts]
    slopes, cells = {}, list(itertools.product(range(len(counts)), repeat=2))
    for i, j in cells:
        found = []
        for sign in (1, -1):
            moved = [list(row) for row in share]
            moved[i][j] += sign * step
            found.append(kappa(moved, weights))
        slopes[i, j] = (found[0] - found[1]) / (2 * step)
    mean = sum(share[i][j] * slopes[i, j] for i, j in cells)
    variance = (sum(share[i][j] * slopes[i, j] ** 2 for i, j in cells) - mean**2) / n
    yield ("kappa", name, "estimate", f"{weights}; twin", float(kappa(share, weights)))
    yield ("kappa", name, "se", f"{weights}; twin", float(variance.sqrt()))


def rows() -> Iterator[Row]:
    for name, groups in {**GROUPS, "meerun_first_ten": meerun_first_ten()}.items():
        yield from jonckheere(name, groups)
    for name, (x, y) in XY.items():
        yield from spearman(name, x, y)
    for name, (b, c) in DISCORDANT.items():
        yield mcnemar(name, b, c)
    for name, counts in READINGS.items():
        for weights in ("unweighted", "linear", "quadratic"):
            yield from agreement(name, counts, weights)


if __name__ == "__main__":
    with OUT.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("method", "dataset", "quantity", "convention", "value"))
        for *names, value in rows():
            writer.writerow((*names, "NA" if math.isnan(value) else f"{value:.17g}"))
