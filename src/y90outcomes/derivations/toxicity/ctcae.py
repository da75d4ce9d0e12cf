"""CTCAE limits of laboratory terms, read from `ctcae.csv` beside this file.

National Cancer Institute, Common Terminology Criteria for Adverse Events, v4.03 (14 June 2010; 4.02 prints the same
limits for these terms) and v5.0 (27 November 2017). A grade is met when any of its limits is; the highest met counts.
Grades that need a clinical judgement (all of grade 5, grade 4 of albumin and INR) come from reports alone.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType

VERSIONS = ("4.02", "4.03", "5.0")
"""Versions a protocol may name."""
SAME_LIMITS: Mapping[str, str] = MappingProxyType({"4.02": "4.03"})
"""A version -> the version whose limits of these terms it shares."""
TERMS: Mapping[str, str] = MappingProxyType(
    {
        "hyperbilirubinaemia": "bilirubin",
        "ast_increased": "ast",
        "alt_increased": "alt",
        "alp_increased": "alp",
        "ggt_increased": "ggt",
        "creatinine_increased": "creatinine",
        "inr_increased": "inr",
        "hypoalbuminaemia": "albumin",
        "thrombocytopenia": "platelets",
        "lymphopenia": "lymphocytes",
    }
)
"""Laboratory term -> analyte it is graded from."""
TERM_OF: Mapping[str, str] = MappingProxyType({analyte: term for term, analyte in TERMS.items()})
"""Analyte -> its term."""
COUNTS = ("platelets", "lymphocytes")
"""Analytes that can be zero; any other result of zero, and every negative one, is impossible."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit of one grade.

    reading  which patients it holds for: any; `normal` or `abnormal` (baseline above its own ULN); `off` or `on`
             anticoagulation
    rule     key of `thresholds.RULES`
    factor   multiple of `of`, or the limit itself in `unit` where `of` is "fixed"
    of       uln | lln | baseline | fixed
    """

    version: str
    term: str
    analyte: str
    reading: str
    grade: int
    rule: str
    factor: float
    of: str
    unit: str

    @property
    def words(self) -> str:
        """The limit as a clinician writes it: ">3 × ULN", "<50 10⁹/L"."""
        sign = {"above": ">", "below": "<", "min": "≥", "max": "≤"}[self.rule]
        if self.of == "fixed":
            return f"{sign}{self.factor:g}{'' if self.unit == 'ratio' else ' ' + self.unit}"
        return f"{sign}{self.factor:g} × {self.of if self.of == 'baseline' else self.of.upper()}"


@functools.cache
def _table() -> tuple[Limit, ...]:
    text = resources.files(__package__).joinpath("ctcae.csv").read_text(encoding="utf-8")
    return tuple(
        Limit(**{**row, "grade": int(row["grade"]), "factor": float(row["factor"])})  # type: ignore[arg-type]
        for row in csv.DictReader(text.splitlines())
    )


@functools.cache
def limits(version: str, term: str) -> tuple[Limit, ...]:
    """The limits of a laboratory term. KeyError for a version or term that has none."""
    own = SAME_LIMITS.get(version, version)
    found = tuple(limit for limit in _table() if limit.version == own and limit.term == term)
    if not found:
        raise KeyError(f"CTCAE {version} has no limits for {term}")
    return found


def readings(version: str, term: str) -> tuple[str, ...]:
    """The readings a term is graded under: ("any",), ("normal", "abnormal") or ("off", "on")."""
    return tuple(dict.fromkeys(limit.reading for limit in limits(version, term)))


def highest(version: str, term: str) -> int:
    """The highest grade a laboratory value alone can have."""
    return max(limit.grade for limit in limits(version, term))
