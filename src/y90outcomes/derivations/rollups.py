"""Lesion to patient: named policies, never implicit (METHODS: "Roll-up lesion → patient").

A patient any of whose lesions lacks the value has none, because the missing one could have decided: missing is never
favourable. `counted` is the exception, it counts the lesions themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pandas as pd


@dataclass(frozen=True, slots=True)
class RollUp:
    """`needs` is "number" or "ordered"; `choose` maps lesion values (rank for ordered levels) to one per patient.

    `unit_of_value` is False where the result is not in the variable's own unit (a count). `picks` is True where one
    lesion decides, so its row can be named.
    """

    name: str
    needs: str
    words: str
    choose: Callable[[Any], pd.Series]
    picks: bool = True
    unit_of_value: bool = True


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
)

ROLLUPS: Mapping[str, RollUp] = MappingProxyType({policy.name: policy for policy in _ALL})
"""name -> policy."""


def roll_up(values: pd.Series, patient: pd.Series, policy: str) -> pd.DataFrame:
    """One value per patient from one per lesion.

    values   lesion values (float, or float rank of an ordered level), NaN for missing; index = lesion rows
    patient  patient key of each lesion, same index
    returns  frame indexed by patient key: `value` (NaN when any lesion lacks one) and `row` (index label of the first
             lesion that decided; missing where none did or all do)
    """
    chosen = ROLLUPS[policy]
    groups = values.groupby(patient, sort=False)
    result = chosen.choose(groups)
    if policy != "count":
        result = result.where(groups.count() == groups.size())
    frame = pd.DataFrame({"value": result})
    frame["row"] = pd.Series(pd.NA, index=frame.index, dtype=object)
    if chosen.picks:
        deciding = values.index[(values == patient.map(result)).to_numpy(dtype=bool)]
        first = patient.loc[deciding].drop_duplicates()
        frame.loc[first.to_numpy(), "row"] = first.index.to_numpy()
    return frame
