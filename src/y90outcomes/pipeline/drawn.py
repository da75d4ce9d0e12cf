"""A drawn registry as a cohort with no file between, and a protocol cut down to the analyses somebody asks about."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from y90outcomes.cohort import Cohort, build_cohort
from y90outcomes.registry import Registry
from y90outcomes.registry.read import MISSING_COLUMNS
from y90outcomes.schema import PROVENANCE, load_schema
from y90outcomes.simulate.models import MODELS
from y90outcomes.simulate.settings import Settings
from y90outcomes.study import Study
from y90outcomes.study.analyses import FamilyAnalysis

SOURCE = "drawn"
"""What stands as the file of a row that was never in one."""


def cohort_of_tables(study: Study, tables: Mapping[str, pd.DataFrame]) -> Cohort:
    """The cohort of canonical tables in schema columns, complete and clean as a draw gives them; nothing is checked.

    Rows say "drawn" for their file and their place in the table. The fingerprint says nothing of the values.
    """
    known = {name: frame.assign(**_places(len(frame))) for name, frame in tables.items()}
    none: dict[str, Any] = {name: pd.Series(dtype="string") for name in MISSING_COLUMNS[:-1]}
    missing = pd.DataFrame(none | {MISSING_COLUMNS[-1]: pd.Series(dtype="int64")})
    return build_cohort(study, Registry(MappingProxyType(known), load_schema(), (), (), missing, SOURCE))


def drawn_cohort(study: Study, settings: Settings, patients: int, seed: int) -> Cohort:
    """The cohort of a registry drawn by the model of a simulation page; the same for the same seed and number."""
    return cohort_of_tables(study, MODELS[settings.model].draw(settings, patients, seed).tables)


def _places(rows: int) -> dict[str, Any]:
    words = {name: pd.array(np.full(rows, text, dtype=object), dtype="string")
             for name, text in zip(PROVENANCE[:2], (SOURCE, ""), strict=True)}  # fmt: skip
    return words | {PROVENANCE[2]: pd.array(np.arange(1, rows + 1), dtype="Int64")}


def only_for(study: Study, analyses: Collection[str]) -> Study:
    """The protocol with these analyses alone, the members of families among them, and what they, the eligibility and
    the analysis sets name; the numbers of these analyses stay what they are.

    A name counts as named wherever it stands as a word: rather one variable too many than one too few.
    """
    families = [study.analyses[name] for name in analyses]
    wanted = {*analyses, *(m for spec in families if isinstance(spec, FamilyAnalysis) for m in spec.members())}
    kept = {name: spec for name, spec in study.analyses.items() if name in wanted}
    page = study.model_dump(mode="json", by_alias=True)
    named = _words([page["eligibility"], page["analysis_sets"], [page["analyses"][name] for name in kept]])
    endpoints = {name: spec for name, spec in study.endpoints.items() if name in named}
    named |= _words([page["endpoints"][name] for name in endpoints])
    while True:
        found = {name for name in study.variables if name in named}
        more = named | _words([page["variables"][name] for name in found])
        if more == named:
            break
        named = more
    variables = {name: spec for name, spec in study.variables.items() if name in named}
    return study.model_copy(
        update={"analyses": kept, "endpoints": endpoints, "variables": variables, "variants": {}, "sensitivity": []}
    )


def _words(page: Any) -> set[str]:
    """Every word of a page, keys too."""
    if isinstance(page, Mapping):
        return _words([*page.keys(), *page.values()])
    if isinstance(page, list | tuple):
        return set().union(*(_words(part) for part in page))
    return set(re.findall(r"\w+", page)) if isinstance(page, str) else set()
