"""A binary endpoint as groups: those without the event, then those with it."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pandas as pd

from y90outcomes.methods.common import Selection
from y90outcomes.results import Note
from y90outcomes.study.endpoints import BinaryEndpoint
from y90outcomes.study.meaning import Meaning

LEVELS = MappingProxyType({"no_event": "No", "event": "Yes"})
"""group of an endpoint -> its printed name under the endpoint's label; the first is the reference."""


def grouped_by(selection: Selection, by: str) -> tuple[Selection, tuple[Note, ...]]:
    """The selection with a binary endpoint `by` as a variable of two levels, and how the not evaluable are taken.

    Not evaluable subjects follow the endpoint's own rule: no event, or missing and so in no group. A variable of that
    name stands before an endpoint, and the selection then comes back as it is.
    """
    cohort = selection.cohort
    if by in cohort.variables or by not in selection.outcomes:
        return selection, ()
    outcome, _, state = selection.outcome(by)
    values = pd.Series(state.map({0.0: "no_event", 1.0: "event"}), dtype="string").reset_index(drop=True)
    known = Meaning(by, outcome.label, "", "", LEVELS, False, selection.grain, "after")
    notes: tuple[Note, ...] = ()
    endpoint = cohort.study.endpoints[by]
    if isinstance(endpoint, BinaryEndpoint) and endpoint.not_evaluable == "non_responder":
        lost = int(selection.values(endpoint.variable).isna().sum())
        if lost:
            said = f"{lost} of {len(selection)} are not evaluable and count as no event."
            notes = (Note("not_evaluable", said),)
    named = replace(cohort, variables=MappingProxyType({**cohort.variables, by: known}))
    return replace(selection, cohort=named, frame=selection.frame.assign(**{by: values})), notes
