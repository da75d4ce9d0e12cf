"""Values that betray another unit: a whole centre against its peers, a cell against its neighbours.

Medians and median absolute deviations of logarithms, so that a few wild values move nothing. Groups are compared like
with like: laboratory values by analyte, doses and volumes by compartment.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from y90outcomes.errors import Issue
from y90outcomes.registry.check_rows import Tables, codes_of
from y90outcomes.units import UNITS

Floats = NDArray[np.float64]

ALIKE = {"labs": "analyte", "dosimetry": "compartment"}
"""Column within which the values of a table are comparable."""

UNLIKE = ("day", "age", "fraction", "attenuation", "area")
"""Quantities whose values have no unit a centre could confuse by a factor, or whose logarithm means nothing."""

RISING = ("bilirubin", "enzyme", "afp", "creatinine")
"""Quantities that rise tenfold in illness; a fall by as much is a slip."""

SCALE = 1.4826
"""Median absolute deviation to standard deviation of a normal distribution."""

LEAST_VALUES, LEAST_PEERS = 5, 2
"""Values a centre needs to be judged or to judge, and how many peers."""


@dataclass(frozen=True, slots=True)
class Comparable:
    """Positive values of one column (and analyte or compartment): row numbers, logarithms, centres, patients."""

    table: str
    column: str
    part: str
    quantity: str
    rows: NDArray[np.intp]
    logs: Floats
    centres: NDArray[np.int64]
    patients: NDArray[np.int64]


def comparables(tables: Tables) -> list[Comparable]:
    """Every group of comparable values, in the order of the schema."""
    if "comparables" not in tables.kept:
        tables.kept["comparables"] = list(_comparables(tables))
    return cast("list[Comparable]", tables.kept["comparables"])


def _comparables(tables: Tables) -> Iterator[Comparable]:
    extra = tables.schema.codelists["analytes"].extra
    for name, table in tables.schema.tables.items():
        frame = tables.frames[name]
        for column in table.columns.values():
            if not (column.quantity or column.quantity_from) or column.quantity in UNLIKE or frame.empty:
                continue
            values = frame[column.name].to_numpy(dtype=np.float64)
            positive = values > 0
            if not positive.any():
                continue
            centres = pd.factorize(frame["centre"])[0].astype(np.int64)
            split = ALIKE.get(name)
            labels = frame[split].astype(object).fillna("") if split else pd.Series("", index=frame.index)
            for part, where in labels[positive].groupby(labels[positive], sort=True).indices.items():
                rows = np.flatnonzero(positive)[where]
                quantity = column.quantity or extra[str(part)]["quantity"] if part or not split else ""
                if quantity and quantity not in UNLIKE:
                    yield Comparable(name, column.name, str(part), quantity, rows, np.log(values[rows]),
                                     centres[rows], tables.patients(name)[rows])  # fmt: skip


@functools.cache
def factors(quantity: str) -> Floats:
    """Logarithms of the factors a mistaken unit multiplies by: between accepted units, and powers of ten."""
    accepted = {float(factor) for factor in UNITS[quantity][1].values()}
    found = {left / right for left, right in permutations(accepted, 2)} | {10.0, 100.0, 1000.0, 0.1, 0.01, 0.001}
    far = np.array(sorted(factor for factor in found if factor >= 5 or factor <= 0.2), dtype=np.float64)
    return np.asarray(np.log(far), dtype=np.float64)


def check_centre_units(tables: Tables) -> list[Issue]:
    """unit_suspect: a centre's median apart from those of its peers by about a unit factor, and far beyond chance.

    Far: more than four standard errors (of the centre's median, and of the peers' medians among themselves); about:
    within a factor 2, which leaves room for sicker patients. Needs five values per centre and two peers.
    """
    found: list[Issue] = []
    for group in comparables(tables):
        by_centre = pd.Series(group.logs).groupby(group.centres)
        counts, medians = by_centre.size(), by_centre.median()
        enough = medians[counts >= LEAST_VALUES]
        if len(enough) <= LEAST_PEERS:
            continue
        spread = SCALE * float(np.median(np.abs(group.logs - _median_by(group.logs, group.centres))))
        for centre in enough.index:
            peers = enough.drop(centre).to_numpy()
            ratio = float(enough[centre] - np.median(peers))
            between = max(SCALE * float(np.median(np.abs(peers - np.median(peers)))), 0.1)
            error = np.hypot(between, 1.2533 * spread / np.sqrt(counts[centre]))
            near = np.abs(ratio - factors(group.quantity)).min() < np.log(2)
            if near and abs(ratio) > max(4 * error, np.log(4)):
                mask = np.zeros(len(tables.frames[group.table]), dtype=bool)
                mask[group.rows[group.centres == centre]] = True
                times = f"{np.exp(abs(ratio)):.2g} times {'higher' if ratio > 0 else 'lower'} than elsewhere"
                about = f"{group.part.replace('_', ' ')}: " if group.part else ""
                found += tables.whole("unit_suspect", group.table, mask, group.column, group.part,
                                      f"{about}the median is {times}; check the unit in the mapping")  # fmt: skip
    return found


def check_cell_units(tables: Tables) -> list[Issue]:
    """cell_unit: a cell that leaves its column, and the patient's own other values, by about a unit factor.

    Either the patient has two other values or more that agree with each other, and this one is a unit factor (within
    a third) off; or it lies five deviations out and falls back to the middle when divided. Columns as wide as AFP
    (deviation above a factor e) are left alone, and so are rises of what rises tenfold when a liver fails, and doses,
    which `dose_activity` judges.
    """
    found: list[Issue] = []
    for group in comparables(tables):
        if len(group.logs) < 20 or group.table == "dosimetry":
            continue
        centred = group.logs - _median_by(group.logs, codes_of([pd.Series(group.centres)]))
        spread = max(SCALE * float(np.median(np.abs(centred))), 0.05)
        if spread > 1:
            continue
        known = factors(group.quantity)
        nearest = known[np.abs(centred[:, None] - known[None, :]).argmin(axis=1)]
        far = (np.abs(centred) > 5 * spread) & (np.abs(centred - nearest) < 1.5 * spread)
        own = group.logs - _others(group.logs, group.patients)
        step = known[np.abs(np.nan_to_num(own)[:, None] - known[None, :]).argmin(axis=1)]
        apart = (np.abs(own - step) < np.log(4 / 3)) & (np.abs(centred) > 2.5 * spread)
        apart &= np.abs(centred - step) < 2 * spread
        mask = np.zeros(len(tables.frames[group.table]), dtype=bool)
        believable = (centred > 0) & (group.quantity in RISING)
        mask[group.rows[(far | apart) & ~believable]] = True
        found += tables.flag("cell_unit", group.table, mask, [group.column], "check the cell's unit")
    return found


def check_outliers(tables: Tables) -> list[Issue]:
    """outlier: more than six robust standard deviations from the median of all centres, on a logarithmic scale."""
    found: list[Issue] = []
    for group in comparables(tables):
        if len(group.logs) < 30:
            continue
        centred = group.logs - np.median(group.logs)
        spread = max(SCALE * float(np.median(np.abs(centred))), 0.05)
        mask = np.zeros(len(tables.frames[group.table]), dtype=bool)
        mask[group.rows[np.abs(centred) > 6 * spread]] = True
        found += tables.flag("outlier", group.table, mask, [group.column])
    return found


def _median_by(values: Floats, groups: NDArray[np.int64]) -> Floats:
    return pd.Series(values).groupby(groups).transform("median").to_numpy()


def _others(values: Floats, patients: NDArray[np.int64]) -> Floats:
    """Median of the patient's other values; NaN unless there are two or more that agree within a factor 2.

    With one value out of three or more, the median of all is near the median of the others: where the others agree.
    """
    groups = pd.Series(values).groupby(patients)
    median, size = groups.transform("median").to_numpy(), groups.transform("size").to_numpy()
    close = pd.Series(np.abs(values - median) < np.log(2)).groupby(patients).transform("sum").to_numpy()
    return np.where((size >= 3) & (close >= size - 1), median, np.nan)
