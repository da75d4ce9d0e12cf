"""The day an event switches a covariate, and where that day lies on the time of an endpoint."""

from __future__ import annotations

import numpy as np

from y90outcomes.cohort.columns import Columns, divisor
from y90outcomes.cohort.events import Numbers, open_question, pick
from y90outcomes.cohort.model import Outcome, Switch
from y90outcomes.derivations.events import EVENTS
from y90outcomes.study.endpoints import TimeToEventEndpoint
from y90outcomes.study.model import Study
from y90outcomes.study.variables import OccurrenceVariable, StatusAtVariable, TimeToVariable
from y90outcomes.thresholds import significant
from y90outcomes.units import divide


def events_used(study: Study) -> tuple[str, ...]:
    """Events that variables of the protocol are about, in order."""
    kinds = (TimeToVariable, OccurrenceVariable, StatusAtVariable)
    return tuple(dict.fromkeys(spec.event for spec in study.variables.values() if isinstance(spec, kinds)))


def switch_of(columns: Columns, event: str) -> Switch:
    """When an event first happened to each patient of the registry; one after the data cut-off has not happened."""
    count = len(columns.people.patients)
    rows = columns.events.rows(EVENTS[event])
    first = pick(rows, count).days
    return Switch(np.where(first <= columns.events.end, first, np.nan), open_question(rows, count))


def on_endpoint(study: Study, outcome: Outcome, days: Numbers) -> Numbers:
    """Days from the index (n,) as times of an endpoint, in its unit, for the same n subjects; NaN stays NaN."""
    spec = study.endpoints[outcome.endpoint]
    if not isinstance(spec, TimeToEventEndpoint) or outcome.zero is None:
        raise ValueError(f"{outcome.endpoint!r} has no times")
    zero = outcome.zero.to_numpy(dtype=float)
    moved = np.where(zero == 0, days, significant(days - zero)) + spec.day_zero
    times: Numbers = divide(moved, divisor(study, spec.unit))
    return times
