"""Endpoints of the protocol for every subject, with the row that decided."""

from __future__ import annotations

import numpy as np
import pandas as pd

from y90outcomes.cohort.columns import Columns, divisor
from y90outcomes.cohort.model import Outcome
from y90outcomes.derivations.catalogue import EVENTS
from y90outcomes.study.endpoints import BinaryEndpoint, TimeToEventEndpoint
from y90outcomes.study.names import meaning
from y90outcomes.units import divide


def outcome(name: str, columns: Columns, grain: str) -> Outcome | None:
    """An endpoint at a grain; None where a lesion's variable has no roll-up to the patient."""
    spec = columns.study.endpoints[name]
    if isinstance(spec, BinaryEndpoint):
        return _binary(name, spec, columns, grain)
    made = _time_to_event(name, spec, columns)
    if grain == "patient" or made.time is None:
        return made
    at = columns.people.patient_of
    time, state, source = (series.iloc[at].reset_index(drop=True) for series in (made.time, made.state, made.source))
    return Outcome(name, made.label, made.kind, made.unit, made.states, time, state, source)


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
    """First event, else last censoring record; an event before censoring on the same day.

    The data cut-off hides later events and cuts follow-up there, for subjects whose index is a date; an event hidden so
    still says that its subject was seen without it until then. A subject whose event may have happened at an unknown
    time (occurrence or date missing, even beside another event that is dated), who has neither event nor censoring
    record, or whose deciding record lies before the index, is missing.
    """
    study, events, end = columns.study, columns.events, columns.events.end
    first = events.first(*(EVENTS[event] for event in spec.event))
    last = events.last(*(EVENTS[event] for event in spec.censor))
    happened, hidden = first.days <= end, first.days > end
    seen = np.where(hidden, first.days, last.days)
    days = np.where(happened, first.days, np.minimum(seen, end))
    doubt = events.open_question(*(EVENTS[event] for event in spec.event))
    days = np.where(doubt | (days < 0), np.nan, days)
    known = ~np.isnan(days)
    state = pd.Series(np.where(known, happened.astype(float), np.nan))
    source = first.source.where(happened | hidden, last.source).where(known, "").fillna("").astype(str)
    label = spec.label or "Time to " + " or ".join(EVENTS[event].label for event in spec.event)
    time = pd.Series(divide(days, divisor(study, spec.unit)))
    return Outcome(name, label, "time_to_event", spec.unit, ("censored", "event"), time, state, source)
