"""What one table mapping makes of one raw table: canonical rows, their issues, and why each empty cell is empty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from y90outcomes.errors import Issue
from y90outcomes.registry.rules import RELAXABLE, RULES

DTYPES: Mapping[str, str] = {
    "text": "string", "code": "string", "codes": "string", "integer": "Int64", "number": "float64", "day": "float64",
    "date": "datetime64[s]", "boolean": "boolean",
}  # fmt: skip
"""Canonical type -> pandas dtype."""

NOT_RECORDED = "not_recorded"

NOT_PROVIDED = "not_provided"

PRECISION = "_precision"
"""What a date's own column of precision is called after it; filled here, never mapped."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What becomes of a cell that cannot be read: it blocks the run, or becomes missing with the study's reason."""

    on_invalid_cell: str = "block"
    reason: str = ""

    @property
    def relaxed(self) -> bool:
        """An unreadable cell becomes missing instead of blocking."""
        return self.on_invalid_cell == "missing"

    @property
    def invalid(self) -> str:
        """The reason an unreadable cell is counted under."""
        return f"invalid: {self.reason}" if self.reason else "invalid"

    def severity(self, rule: str, key: bool) -> str:
        """A bad cell is a query under `missing`, but a bad key cell always blocks."""
        return "query" if self.relaxed and rule in RELAXABLE and not key else RULES[rule][0]


Objects = NDArray[np.object_]


@dataclass(slots=True)
class Part:
    """The canonical rows one table mapping makes from one raw table, and what was found on the way.

    `missing` counts empty cells: (column, reason) -> n. `origins` gives a canonical column its raw one. `reasons` holds
    why each cell is empty, row by row, for a part that is still to be merged with others.
    """

    table: str
    centre: str
    file: str
    frame: pd.DataFrame
    issues: list[Issue] = field(default_factory=list)
    missing: dict[tuple[str, str], int] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, Objects] | None = None


def counts(empty: Mapping[str, Objects]) -> dict[tuple[str, str], int]:
    """(column, reason) -> how many cells are empty for it."""
    found: dict[tuple[str, str], int] = {}
    for column, reasons in empty.items():
        codes, uniques = pd.factorize(reasons)
        numbers = np.bincount(codes, minlength=len(uniques))
        found |= {(column, str(why)): int(n) for why, n in zip(uniques, numbers, strict=True) if why}
    return found
