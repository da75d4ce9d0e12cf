"""Outcomes analysis for multi-centre Y-90 radioembolisation studies: raw centre files in, every endpoint out.

Five functions, in the order data flow:

    study = read_study(folder)                    protocol → frozen Study
    registry = read_registry(folder, ...)         raw files → canonical tables
    cohort = build_cohort(study, registry)        one row per patient or lesion
    results = analyse(cohort, ...)                estimators → Results
    write_report(results, out)                    HTML, figures, tables
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from y90outcomes.cohort import Cohort, build_cohort
    from y90outcomes.pipeline import analyse
    from y90outcomes.registry import Registry, read_registry
    from y90outcomes.report import write_report
    from y90outcomes.results import Result, Results
    from y90outcomes.study import Study, read_study

__version__ = "0.1.0"

__all__ = [
    "Cohort",
    "Registry",
    "Result",
    "Results",
    "Study",
    "analyse",
    "build_cohort",
    "read_registry",
    "read_study",
    "write_report",
]

_HOMES = {
    "Cohort": "cohort",
    "Registry": "registry",
    "Result": "results",
    "Results": "results",
    "Study": "study",
    "analyse": "pipeline",
    "build_cohort": "cohort",
    "read_registry": "registry",
    "read_study": "study",
    "write_report": "report",
}


def __getattr__(name: str) -> Any:
    """Public names are imported when first asked for, so that `y90 --help` loads no numeric library."""
    if name in _HOMES:
        return getattr(importlib.import_module(f"y90outcomes.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'y90outcomes' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
