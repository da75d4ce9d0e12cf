"""The visits behind a derived value: response at every scan, grade of every sample, with the row of each."""

from __future__ import annotations

import numpy as np
import pandas as pd

from y90outcomes.cohort.columns import columns_of
from y90outcomes.cohort.model import Cohort
from y90outcomes.cohort.records import KEY, LESION_KEY, provenance
from y90outcomes.derivations.catalogue import VARIABLES
from y90outcomes.errors import Fault, InputError, choices
from y90outcomes.registry import Registry
from y90outcomes.study.variables import DerivedVariable

POSITIONS = ("subject", "row", "baseline_row", "nadir_row")
"""Columns of a course that mean nothing outside the registry; rows become their places."""


def visit_rows(cohort: Cohort, registry: Registry, name: str) -> pd.DataFrame:
    """One row per visit of each eligible subject behind a variable of the protocol, under that variable's own rules.

    cohort    built from `registry`
    name      a variable derived from a course of records (response, toxicity grade)
    returns   keys (with lesion_id for a lesion's variable), what its derivation found at each visit, and `source`,
              `baseline_source`, `nadir_source`: the rows of the raw files
    raises    InputError for a name that is not there or has no visits behind it
    """
    spec = cohort.study.variables.get(name)
    variable = VARIABLES[spec.derive] if isinstance(spec, DerivedVariable) else None
    if not isinstance(spec, DerivedVariable) or variable is None or variable.course is None:
        fit = [key for key, one in cohort.study.variables.items()
               if isinstance(one, DerivedVariable) and VARIABLES[one.derive].course]  # fmt: skip
        raise InputError(Fault(f"variable {name!r}", "has no visits behind it", choices(name, fit) if fit else
                               "a variable of response or toxicity; this protocol has none"))  # fmt: skip
    columns = columns_of(cohort.study, registry)
    made = variable.course(columns.records, **columns.arguments(spec, variable))
    lesion = variable.grain == "lesion"
    keys = LESION_KEY if lesion else KEY
    people = columns.people.lesions if lesion else columns.people.patients
    subjects = people[keys].iloc[made["subject"].to_numpy()].reset_index(drop=True)
    eligible = pd.MultiIndex.from_frame(cohort.frames["patient"][KEY])
    kept = pd.MultiIndex.from_frame(subjects[KEY]).isin(eligible)
    table = registry.tables[variable.course_table]
    places = {column.replace("row", "source"): _places(table, variable.course_table, made[column].to_numpy())
              for column in POSITIONS[1:] if column in made}  # fmt: skip
    found = made.drop(columns=[column for column in POSITIONS if column in made]).reset_index(drop=True)
    whole = pd.concat([subjects, found, pd.DataFrame(places, index=found.index)], axis=1)
    return whole[kept].reset_index(drop=True)


def _places(table: pd.DataFrame, name: str, rows: np.ndarray) -> np.ndarray:
    """ "table: file, sheet, row" of each position, "" for -1."""
    known = rows >= 0
    text = np.full(len(rows), "", dtype=object)
    text[known] = provenance(table.iloc[rows[known]], name).to_numpy()
    return text
