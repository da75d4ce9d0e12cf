"""Lesion to patient: named policies, never implicit (METHODS: "Roll-up lesion → patient").

A patient any of whose lesions lacks the value has none, because the missing one could have decided: missing is never
favourable. `count` is the exception, it counts the lesions themselves. Two policies name one lesion, the target or the
index lesion: then only its value is needed, and what names it must be known of every lesion that could be it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True, slots=True)
class RollUp:
    """`needs` is "number", "ordered" or "any"; `choose` maps lesion values (rank for levels) to one per patient.

    `by` is what else is needed of every lesion: "number" (a size, a volume), "role", or "" for nothing; the protocol
    names that variable. `unit_of_value` is False where the result is not in the variable's own unit (a count). `picks`
    is True where one lesion decides, so its row can be named.
    """

    name: str
    needs: str
    words: str
    choose: Callable[[Any], pd.Series] | None = None
    picks: bool = True
    unit_of_value: bool = True
    by: str = ""


INDEX_ROLE = "index"
"""The level of a role that names the index lesion."""

_ALL = (
    RollUp("lowest", "number", "the lowest value among the patient's lesions", lambda groups: groups.min()),
    RollUp("largest", "number", "the largest value among the patient's lesions", lambda groups: groups.max()),
    RollUp("sum", "number", "the sum over the patient's lesions", lambda groups: groups.sum(min_count=1), picks=False),
    RollUp(
        "count",
        "number",
        "the number of the patient's lesions",
        lambda groups: groups.size().astype(float),
        picks=False,
        unit_of_value=False,
    ),
    RollUp("poorest", "ordered", "the poorest grade among the patient's lesions", lambda groups: groups.max()),
    RollUp("best", "ordered", "the best grade among the patient's lesions", lambda groups: groups.min()),
    RollUp("target_lesion", "any", "the value of the largest lesion", by="number"),
    RollUp("index_lesion", "any", "the value of the index lesion", by="role"),
    RollUp("volume_weighted", "number", "the mean over the patient's lesions weighted by volume", picks=False,
           by="number"),
)  # fmt: skip

ROLLUPS: Mapping[str, RollUp] = MappingProxyType({policy.name: policy for policy in _ALL})
"""name -> policy."""


def roll_up(values: pd.Series, patient: pd.Series, policy: str, by: pd.Series | None = None) -> pd.DataFrame:
    """One value per patient from one per lesion.

    values   lesion values (float, or float rank of an ordered level), NaN for missing; index = lesion rows
    patient  patient key of each lesion, same index
    by       what the policy needs beside: the size that names the target lesion (ties: the first lesion), 1 for the
             index lesion (a patient with none or several has no value), the volume that weighs; NaN for missing
    returns  frame indexed by patient key: `value` (NaN when any lesion that counts lacks one) and `row` (index label of
             the first lesion that decided; missing where none did or all do)
    """
    chosen = ROLLUPS[policy]
    groups = values.groupby(patient, sort=False)
    if chosen.choose is None:
        if by is None:
            raise ValueError(f"{policy} needs a variable beside the value")
        if chosen.picks:
            return _named(values, patient, by, role=chosen.by == "role")
        known = by.where(by > 0)
        weights = known.groupby(patient, sort=False)
        result = (values * known).groupby(patient, sort=False).sum(min_count=1) / weights.sum(min_count=1)
        result = result.where((groups.count() == groups.size()) & (weights.count() == groups.size()))
        return _rows(result, [])
    result = chosen.choose(groups)
    if policy != "count":
        result = result.where(groups.count() == groups.size())
    deciding: Any = values.index[(values == patient.map(result)).to_numpy(dtype=bool)] if chosen.picks else []
    first = patient.loc[deciding].drop_duplicates()
    return _rows(result, first)


def _named(values: pd.Series, patient: pd.Series, by: pd.Series, role: bool) -> pd.DataFrame:
    """The value of one lesion of each patient: the largest by size, or the only one in the role."""
    groups = by.groupby(patient, sort=False)
    if role:
        settled = groups.sum() == 1
        is_it = by == 1
    else:
        settled = groups.count() == groups.size()
        is_it = by == patient.map(groups.max())
    is_it &= patient.map(settled).astype(bool)
    first = patient[is_it.to_numpy(dtype=bool)].drop_duplicates()
    result = pd.Series(np.nan, index=groups.size().index)
    result.loc[first.to_numpy()] = values.loc[first.index].to_numpy()
    return _rows(result, first[values.loc[first.index].notna().to_numpy(dtype=bool)])


def _rows(result: pd.Series, first: Any) -> pd.DataFrame:
    frame = pd.DataFrame({"value": result})
    frame["row"] = pd.Series(pd.NA, index=frame.index, dtype=object)
    if len(first):
        frame.loc[first.to_numpy(), "row"] = first.index.to_numpy()
    return frame
