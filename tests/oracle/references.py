"""The committed reference values and how ours compare with them, row by row."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.oracle.answers import ANSWERS

REFERENCE = Path(__file__).parent / "reference"
ELSEWHERE = frozenset({"dosimetry", "episodes", "liver"})
"""Files compared by tests of their own: what is not statistics."""
SMALLEST = 1e-8
"""Below this a reference is compared absolutely."""
WIDEST = 1e-6
"""No tolerance above this without a reason."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One value of R, of hand work or of a twin; `source` says which."""

    method: str
    dataset: str
    quantity: str
    convention: str
    value: float
    source: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A reference beside our number."""

    reference: Reference
    ours: float
    tolerance: float
    why: str

    @property
    def relative_error(self) -> float:
        """|ours − reference| / max(|reference|, 1e-8); infinite where one is not finite and the other differs."""
        ours, theirs = self.ours, self.reference.value
        if not (math.isfinite(ours) and math.isfinite(theirs)):
            return 0.0 if ours == theirs or (math.isnan(ours) and math.isnan(theirs)) else math.inf
        return abs(ours - theirs) / max(abs(theirs), SMALLEST)

    @property
    def agrees(self) -> bool:
        """Within the tolerance."""
        return self.relative_error <= self.tolerance


@cache
def grouped() -> dict[tuple[str, str, str], list[Reference]]:
    """The references by method, data set and convention."""
    found: dict[tuple[str, str, str], list[Reference]] = {}
    for row in references():
        found.setdefault((row.method, row.dataset, row.convention), []).append(row)
    return found


@cache
def references() -> tuple[Reference, ...]:
    """Every committed value of statistics; NA is NaN."""
    found = []
    for path in sorted(REFERENCE.glob("*.csv")):
        if path.stem in ELSEWHERE:
            continue
        kind = path.stem.split("_")[0]
        source = kind if kind in ("hand", "twin") else "R"
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                value = math.nan if row["value"] in ("NA", "NaN", "") else float(row["value"])
                found.append(
                    Reference(row["method"], row["dataset"], row["quantity"], row["convention"], value, source)
                )
    return tuple(found)


def cases() -> list[tuple[str, str, str]]:
    """(method, dataset, convention) of every group of references, once."""
    return list(grouped())


@cache
def compared(method: str, dataset: str, convention: str) -> tuple[Compared, ...]:
    """Every reference of one group beside ours. KeyError where we give no such quantity."""
    answer = ANSWERS[method]
    ours = answer.ours(dataset, convention)
    return tuple(
        Compared(row, float(ours[row.quantity]), answer.tolerance, answer.why)
        for row in grouped()[method, dataset, convention]
    )
