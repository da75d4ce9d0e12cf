"""Endpoints of the protocol for every subject, with the row that decided."""

from __future__ import annotations

import numpy as np
import pandas as pd

from y90outcomes.cohort.columns import Columns, divisor
from y90outcomes.cohort.events import places
from y90outcomes.cohort.model import Outcome
from y90outcomes.cohort.sources import endings
from y90outcomes.cohort.time_to_event import STATES, decide
from y90outcomes.cohort.why import explain_outcome as explain_outcome
from y90outcomes.study.endpoint_words import endpoint_label, endpoint_words, origin_words
from y90outcomes.study.endpoints import BinaryEndpoint, TimeToEventEndpoint
from y90outcomes.study.meaning import meaning
from y90outcomes.units import divide


def outcome(name: str, columns: Columns, grain: str) -> Outcome | None:
    """An endpoint at a grain; None where a lesion's variable has no roll-up to the patient."""
    spec = columns.study.endpoints[name]
    if isinstance(spec, BinaryEndpoint):
        return _binary(name, spec, columns, grain)
    made = _time_to_event(name, spec, columns)
    if grain == "patient" or made.time is None:
        return made
    return made.at(columns.people.patient_of)


def _binary(name: str, spec: BinaryEndpoint, columns: Columns, grain: str) -> Outcome | None:
    """1 for an event level, 0 for another; missing is 0 (non_responder) or left out (excluded); methods count it."""
    column = columns.column(spec.variable, grain)
    if column is None:
        return None
    values = column.values
    state = values.isin(spec.event).astype(float)
    if spec.not_evaluable == "excluded":
        state = state.where(values.notna())
    label = spec.label or meaning(columns.study, spec.variable).label
    return Outcome(name, label, "binary", "", ("no event", "event"), None, state.astype(float), column.source)


def _time_to_event(name: str, spec: TimeToEventEndpoint, columns: Columns) -> Outcome:
    """What `decide` found, in the endpoint's unit."""
    made = decide(spec, columns)
    zero = made.origin.days + (spec.landmark or 0.0)
    known = ~np.isnan(made.time)
    competing = bool(endings(spec, "compete"))
    return Outcome(
        endpoint=name,
        label=endpoint_label(spec),
        kind="time_to_event",
        unit=spec.unit,
        states=STATES if competing else STATES[:2],
        time=pd.Series(divide(made.time, divisor(columns.study, spec.unit))),
        state=pd.Series(np.where(known, made.state, np.nan)),
        source=pd.Series(np.where(known, places(made.chosen, columns.registry), ""), dtype=str),
        reason=pd.Series(made.reason, dtype=str),
        origin=origin_words(spec),
        words=endpoint_words(spec),
        zero=pd.Series(zero),
    )
