"""Last digits: a centre that reads 45 and 50 but never 47 measures more coarsely than it writes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from y90outcomes.errors import Issue
from y90outcomes.registry.check_rows import Tables
from y90outcomes.registry.check_units import Comparable, comparables
from y90outcomes.units import UNITS

LEAST = 15
"""Values needed before anything is said."""
SHARE = 0.6
"""Share of last digits 0 and 5 from which a preference matters; chance gives 0.2."""
ODDS = 1e-6
"""Upper bound on the probability of such a share by chance."""
SPAN = 20
"""Interquartile range, in units of the last digit, that makes last digits uniform without a preference."""
DECIMALS = range(4)


def check_digit_preference(tables: Tables) -> list[Issue]:
    """digit_preference: per centre and column (analyte, compartment), last digits 0 or 5 in 60 % or more.

    The digits are those of the unit the centre most likely wrote in: the accepted unit, canonical first, in which seven
    in ten values have few decimals. A column with no such unit (an assay's own factor) is passed over.
    """
    found: list[Issue] = []
    for group in comparables(tables):
        for centre in np.unique(group.centres):
            own = group.centres == centre
            if own.sum() >= LEAST and _prefers(group, own):
                mask = np.zeros(len(tables.frames[group.table]), dtype=bool)
                mask[group.rows[own]] = True
                about = group.part.replace("_", " ")
                found += tables.whole("digit_preference", group.table, mask, group.column, group.part, about)
    return found


def _prefers(group: Comparable, own: NDArray[np.bool_]) -> bool:
    values = np.exp(group.logs[own])
    for factor in dict.fromkeys(float(factor) for factor in UNITS[group.quantity][1].values()):
        for decimals in DECIMALS:
            scaled = values / factor * 10.0**decimals
            whole = np.rint(scaled)
            exact = (np.abs(scaled - whole) < 1e-6 * np.maximum(1, whole)) & (whole > 0)
            if exact.mean() < 0.7:
                continue
            digits = whole[exact]
            low, high = np.quantile(digits, [0.25, 0.75])
            n, share = len(digits), float((digits % 5 == 0).mean())
            return bool(n >= LEAST and high - low >= SPAN and share >= SHARE and n * _excess(share) > -np.log(ODDS))
    return False


def _excess(share: float) -> float:
    """Kullback-Leibler divergence of a share from 0.2: n times it bounds the log odds of chance (Chernoff)."""
    parts = [(share, 0.2), (1 - share, 0.8)]
    return float(sum(p * np.log(p / q) for p, q in parts if p > 0))
