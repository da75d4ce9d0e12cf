"""Terms known only after the time of an endpoint begins, read at a landmark or followed through time instead.

For other methods (a Kaplan–Meier split, a Cox model):

    found = late_terms(selection, [by], endpoint)                 # () where nothing is late
    at = landmark_time(selection, endpoint, found, spec.landmark)  # in the endpoint's unit; None where there is none
    made = at_landmark(selection, endpoint, found, at)             # .selection .time .state .usable .left_out .words

`made.selection` holds each late term as known at the landmark (levels and label too), `made.time` counts from there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from y90outcomes.cohort.episodes import NO_OUTCOME, NO_TIME, UNKNOWN_SWITCH
from y90outcomes.cohort.model import Switch
from y90outcomes.cohort.switches import on_endpoint
from y90outcomes.derivations.events import EVENTS
from y90outcomes.estimators.numbers import Booleans, Floats
from y90outcomes.methods.common import Selection
from y90outcomes.results import Note
from y90outcomes.results.addresses import shortest
from y90outcomes.study.endpoints import TimeToEventEndpoint
from y90outcomes.study.meaning import Meaning
from y90outcomes.study.variables import (
    CutVariable,
    DerivedVariable,
    GroupedVariable,
    StatusAtVariable,
    TimeToVariable,
)
from y90outcomes.thresholds import compare, significant

BEFORE = "the event or censoring came before the landmark"
HAPPENED: Mapping[str, str] = MappingProxyType({"no": "No", "yes": "Yes"})
"""Levels of a term that was the time to an event: whether the event has happened."""


@dataclass(frozen=True, slots=True)
class Late:
    """A term known only after time begins.

    event  it switches at, "" where it has none; yes and no are the term's levels after and before the event
    known  day from the index by which it is known, None where the protocol names none
    levels printed levels of the term as known at a time; empty where it keeps its own values
    """

    term: str
    label: str
    event: str = ""
    yes: str = "yes"
    no: str = "no"
    known: float | None = None
    levels: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class AtLandmark:
    """The subjects of a selection at a landmark.

    selection  each late term as known then; time and state (n,) from the landmark on; usable (n,) who is in it
    at         the landmark in the endpoint's unit; words it and the rule in a sentence; left_out why -> subjects
    """

    selection: Selection
    time: pd.Series
    state: pd.Series
    usable: Booleans
    at: float
    words: str
    left_out: Mapping[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class Switched:
    """Rows (start, stop] of a selection's subjects in order, each late term as it stands in that interval.

    selection  over the rows; start, stop, state (m,); subject (m,) position in the selection; left_out why -> subjects
    """

    selection: Selection
    start: Floats
    stop: Floats
    state: Floats
    subject: npt.NDArray[np.intp]
    left_out: Mapping[str, int]


def late_terms(selection: Selection, terms: Sequence[str], endpoint: str) -> tuple[Late, ...]:
    """Terms known only after the time of the endpoint begins; a status at a day, or a value of a window, is known at a
    landmark of the endpoint on its last day or later."""
    study = selection.cohort.study
    counted = study.endpoints[endpoint]
    protected = -math.inf
    if (
        isinstance(counted, TimeToEventEndpoint)
        and counted.origin == "first_treatment"
        and counted.landmark is not None
    ):
        protected = counted.landmark
    found = []
    for term in terms:
        if term in study.variables and selection.meaning(term).measured_at == "follow_up":
            late = _late(selection, term)
            if late.known is None or compare(late.known, "above", protected):
                found.append(late)
    return tuple(found)


def _late(selection: Selection, term: str) -> Late:
    study = selection.cohort.study
    label = selection.meaning(term).label
    spec, chain = study.variables[term], []
    while isinstance(spec, GroupedVariable | CutVariable):
        chain.append(spec)
        spec = study.variables[spec.of]
    if isinstance(spec, DerivedVariable):
        window = study.windows.get(spec.window or "")
        return Late(term, label, known=None if window is None or math.isinf(window.end) else window.end)
    event = EVENTS[spec.event].label
    happened = f"{event[:1].upper()}{event[1:]}"
    if isinstance(spec, TimeToVariable):
        return Late(term, label) if chain else Late(term, happened, spec.event, levels=HAPPENED)
    day = spec.day if isinstance(spec, StatusAtVariable) else None
    if day is not None and spec.label is None and not (chain and chain[0].label):
        label = happened  # it says another day than the version beside
    yes, no = "yes", "no"
    for grouped in reversed(chain):
        new = {code: group for group, codes in getattr(grouped, "groups", {}).items() for code in codes}
        if yes not in new or no not in new:
            return Late(term, label, known=day)
        yes, no = new[yes], new[no]
    levels = selection.meaning(term).levels
    if yes == no:
        return Late(term, label, known=day)
    return Late(term, label, spec.event, yes, no, day, {code: levels[code] for code in levels if code in (yes, no)})


def immortal_time(found: Sequence[Late], beside: str = "") -> tuple[Note, ...]:
    """The warning over a number that late terms bias; `beside` says where better versions stand."""
    if not found:
        return ()
    message = (
        f"Known only after the time origin: {', '.join(late.label for late in found)}. Subjects had to live until "
        "it was measured; read the comparison with that in mind."
    )
    return (Note("immortal_time", f"{message} {beside}".strip(), "warning"),)


def without_day(found: Sequence[Late], *, landmark: bool) -> list[str]:
    """Labels of late terms that have no landmark version, or no time-dependent one."""
    return [late.label for late in found if not late.event and (not landmark or late.known is None)]


def landmark_time(selection: Selection, endpoint: str, found: Sequence[Late], given: float | None) -> float | None:
    """The landmark, in the endpoint's unit: the one given; else the last day by which the terms are known; else the
    median of the times at which they switch, rounded up to whole months. None where there is no such day."""
    if given is not None:
        return given
    if not found or without_day(found, landmark=True):
        return None
    days = [late.known for late in found if late.known is not None]
    if days:
        latest = _on_time(selection, endpoint, np.full(len(selection), max(days)))
        latest = latest[np.isfinite(latest)]
        return float(latest.max()) if len(latest) and latest.max() > 0 else None
    outcome, time, _ = selection.outcome(endpoint)
    if time is None:
        return None
    stop = time.to_numpy(dtype=float)
    switches = [_switch(selection, endpoint, late)[0] for late in found]
    inside = np.concatenate([switch[(switch > 0) & (switch < stop)] for switch in switches])
    if not len(inside):
        return None
    per_month = {"days": selection.cohort.study.time.days_per_month, "months": 1.0, "years": 1.0 / 12.0}[outcome.unit]
    months = math.ceil(float(significant(np.median(inside) / per_month)))
    return months * per_month


def at_landmark(selection: Selection, endpoint: str, found: Sequence[Late], at: float) -> AtLandmark:
    """Those event-free and under observation at a landmark, late terms as known then, time counted from it.

    An event or censoring on the day itself counts as after it, as with an endpoint's own `landmark`. A term whose event
    may have happened on an unknown day, or that is known only later than the landmark, is missing. Anderson 1983,
    10.1200/JCO.1983.1.11.710.
    """
    outcome, time, state = selection.outcome(endpoint)
    if time is None:
        raise ValueError(f"{endpoint!r} has no times")
    known = (time.notna() & state.notna()).to_numpy(dtype=bool)
    stop = time.to_numpy(dtype=float)
    reached = known & ~compare(stop, "below", at)
    columns: dict[str, Any] = {}
    for late in found:
        if late.event:
            switch, unclear = _switch(selection, endpoint, late)
            columns[late.term] = _levels(late, compare(switch, "max", at), unclear)
        else:
            day = np.full(len(selection), math.nan if late.known is None else late.known)
            inside = compare(_on_time(selection, endpoint, day), "max", at)
            columns[late.term] = selection.values(late.term).where(inside)
    left_out = {NO_OUTCOME: int((~known).sum()), BEFORE: int((known & ~reached).sum())}
    said = f"{shortest(at)} {outcome.unit} after {outcome.origin}"
    return AtLandmark(
        selection=_as_known(selection, found, selection.frame.assign(**columns), f" by {shortest(at)} {outcome.unit}"),
        time=pd.Series(np.where(reached, significant(stop - at), np.nan)),
        state=state,
        usable=reached,
        at=at,
        words=f"Landmark at {said}: those event-free and under observation then, as known then; time from there",
        left_out={why: count for why, count in left_out.items() if count},
    )


def switched(selection: Selection, endpoint: str, found: Sequence[Late]) -> Switched:
    """Each subject's time cut where late terms switch (Andersen & Gill 1982, 10.1214/aos/1176345976).

    As `cohort.episodes`: an event on the day of the outcome or later switches nothing, one on the day time begins or
    earlier holds from the start; subjects without time or state, with time 0, or with an event that may have happened
    on an unknown day are left out and counted. Every late term must have an event.
    """
    _, time, state = selection.outcome(endpoint)
    if time is None:
        raise ValueError(f"{endpoint!r} has no times")
    stop, status = time.to_numpy(dtype=float), state.to_numpy(dtype=float)
    switches = [_switch(selection, endpoint, late) for late in found]
    reason = np.full(len(selection), "", dtype=object)
    for _, unclear in switches:
        reason[unclear] = UNKNOWN_SWITCH
    reason[~(stop > 0)] = NO_TIME
    reason[np.isnan(stop) | np.isnan(status)] = NO_OUTCOME
    kept = np.flatnonzero(reason == "")
    subject, begin = [kept], [np.zeros(len(kept))]
    for days, _ in switches:
        inside = kept[(days[kept] > 0) & (days[kept] < stop[kept])]
        subject.append(inside)
        begin.append(days[inside])
    who, start = np.concatenate(subject), np.concatenate(begin)
    order = np.lexsort((start, who))
    who, start = who[order], start[order]
    again = np.append(False, (who[1:] == who[:-1]) & (start[1:] == start[:-1]))[: len(who)]
    who, start = who[~again], start[~again]
    last = np.append(who[1:] != who[:-1], True)[: len(who)]
    end = np.where(last, stop[who], np.append(start[1:], math.nan)[: len(who)])
    frame = selection.frame.iloc[who].reset_index(drop=True)
    columns = {
        late.term: _levels(late, (days[who] <= start) & (days[who] < stop[who]), np.zeros(len(who), dtype=bool))
        for late, (days, _) in zip(found, switches, strict=True)
    }
    counts = {why: int((reason == why).sum()) for why in (NO_OUTCOME, NO_TIME, UNKNOWN_SWITCH)}
    return Switched(
        selection=_as_known(selection, found, frame.assign(**columns), " (from its day on)"),
        start=start,
        stop=end,
        state=np.where(last, status[who], 0.0),
        subject=who,
        left_out={why: count for why, count in counts.items() if count},
    )


def said(left_out: Mapping[str, int], total: int) -> tuple[Note, ...]:
    """A note of who a version leaves out, and why."""
    if not left_out:
        return ()
    counts = "; ".join(f"{why}: {count}" for why, count in left_out.items())
    return (Note("left_out", f"Of {total}, left out here: {counts}.", "caution"),)


def _levels(late: Late, yes: Booleans, unclear: Booleans) -> pd.Series:
    return pd.Series(np.where(yes, late.yes, late.no), dtype="string").mask(unclear)


def _switch(selection: Selection, endpoint: str, late: Late) -> tuple[Floats, Booleans]:
    """Times (n,) of the endpoint at which a term switches, NaN never; whether the day is unclear."""
    every: Switch = selection.cohort.switches[selection.grain][late.event]
    here = every.at(np.flatnonzero(selection.mask))
    return _on_time(selection, endpoint, here.days), here.unclear


def _on_time(selection: Selection, endpoint: str, days: Floats) -> Floats:
    """Days from the index as times of the endpoint."""
    outcome = selection.outcomes[endpoint].at(np.flatnonzero(selection.mask))
    return on_endpoint(selection.cohort.study, outcome, days)


def _as_known(selection: Selection, found: Sequence[Late], frame: pd.DataFrame, when: str) -> Selection:
    """The selection over another frame, late terms with the levels and labels they have there."""
    known: dict[str, Meaning] = dict(selection.cohort.variables)
    for late in found:
        if late.levels is not None:
            label = f"{late.label}{when}"
            known[late.term] = replace(known[late.term], label=label, unit="", quantity="", levels=late.levels)
    return replace(selection, cohort=replace(selection.cohort, variables=known), frame=frame)
