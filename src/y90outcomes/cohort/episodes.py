"""Counting-process rows: a covariate that switches when an event happens, for a time-dependent model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from y90outcomes.cohort.columns import columns_of
from y90outcomes.cohort.model import Cohort
from y90outcomes.cohort.records import KEY
from y90outcomes.cohort.switches import on_endpoint, switch_of
from y90outcomes.derivations.events import EVENTS
from y90outcomes.errors import Fault, InputError, choices
from y90outcomes.registry import Registry
from y90outcomes.study.endpoints import TimeToEventEndpoint

NO_OUTCOME = "no time or state"
NO_TIME = "time 0: nobody is at risk in an empty interval"
UNKNOWN_SWITCH = "the event that switches happened, or may have, on a day that is not recorded"


@dataclass(frozen=True, slots=True, eq=False)
class Episodes:
    """Rows of subjects in the order of the cohort, and the subjects left out.

    rows      keys, start, stop (in the endpoint's unit), the event as 0 before its day and 1 after, status at stop
              (state of the endpoint at the end of the last row, 0 in an earlier one)
    left_out  why -> number of subjects
    """

    rows: pd.DataFrame
    left_out: Mapping[str, int]


def episodes(cohort: Cohort, registry: Registry, endpoint: str, event: str, name: str | None = None) -> Episodes:
    """Splits each subject's time at the day of an event (Andersen & Gill 1982, 10.1214/aos/1176345976).

    cohort    built from `registry`; `name` an analysis set of it, the first when None
    endpoint  a time-to-event endpoint; a subject without time or state, or with time 0, is left out and counted
    event     name in `EVENTS`. Rows are intervals (start, stop]: an event on the day of the outcome, or later, switches
              nothing, because the outcome belongs to the interval before the switch; one on the day time begins, or
              earlier, holds from the start; one after the data cut-off has not happened. A subject whose event may have
              happened on an unknown day is left out and counted
    raises    InputError for a name that is not there, or an endpoint without times
    """
    study = cohort.study
    spec = study.endpoints.get(endpoint)
    if not isinstance(spec, TimeToEventEndpoint):
        timed = [key for key, one in study.endpoints.items() if isinstance(one, TimeToEventEndpoint)]
        raise InputError(Fault(f"endpoint {endpoint!r}", "no time-to-event endpoint", choices(endpoint, timed)))
    if event not in EVENTS:
        raise InputError(Fault(f"event {event!r}", "not an event", choices(event, EVENTS)))
    grain, mask = cohort.members(name)
    made = cohort.outcomes[grain][endpoint]
    if made.time is None:  # a time-to-event endpoint always has times
        raise ValueError(f"{endpoint!r} has no times")
    keys = cohort.frames[grain].loc[mask, [*KEY, *(["lesion_id"] if grain == "lesion" else [])]].reset_index(drop=True)
    time = made.time[mask].to_numpy(dtype=float)
    state = made.state[mask].to_numpy(dtype=float)

    columns = columns_of(study, registry)
    at = pd.MultiIndex.from_frame(columns.people.patients[KEY]).get_indexer(pd.MultiIndex.from_frame(keys[KEY]))
    found = switch_of(columns, event).at(at)
    switch = on_endpoint(study, made.at(np.flatnonzero(mask)), found.days)

    reason = np.full(len(keys), "", dtype=object)
    reason[found.unclear] = UNKNOWN_SWITCH
    reason[~(time > 0)] = NO_TIME
    reason[np.isnan(time) | np.isnan(state)] = NO_OUTCOME
    kept = reason == ""
    splits = kept & (switch > 0) & (switch < time)
    before = np.flatnonzero(splits)
    whole = np.flatnonzero(kept)
    position = np.concatenate([before, whole])
    last = np.concatenate([np.zeros(len(before), dtype=bool), np.ones(len(whole), dtype=bool)])
    order = np.lexsort((last, position))
    position, last = position[order], last[order]
    made_rows = keys.iloc[position].reset_index(drop=True)
    made_rows["start"] = np.where(last & splits[position], switch[position], 0.0)
    made_rows["stop"] = np.where(last, time[position], switch[position])
    made_rows[event] = (last & (switch[position] < time[position])).astype(np.int64)
    made_rows["status"] = np.where(last, state[position], 0.0).astype(np.int64)
    counts = {why: int((reason == why).sum()) for why in (NO_OUTCOME, NO_TIME, UNKNOWN_SWITCH) if (reason == why).any()}
    return Episodes(made_rows, counts)
