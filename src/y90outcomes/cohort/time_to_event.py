"""A time-to-event endpoint of every patient: when its time ends, how, and by which row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from y90outcomes.cohort.columns import Columns
from y90outcomes.cohort.events import Numbers, Picked, join, open_question, pick, pick_from
from y90outcomes.cohort.sources import ending_rows, endings, event_rows, last_assessment, origin_rows
from y90outcomes.derivations.events import EVENTS
from y90outcomes.study.endpoints import TimeToEventEndpoint
from y90outcomes.thresholds import compare, significant

CENSORED, EVENT, COMPETING = 0.0, 1.0, 2.0
STATES = ("censored", "event", "competing")
STOPS = (("event", EVENT), ("compete", COMPETING), ("censor", CENSORED), ("censor_at_last", CENSORED))
"""What ends a time, in the order in which it counts on one day -> state."""

UNKNOWN_ORIGIN = "the day from which time counts is not recorded"
UNKNOWN_DAY = "an event happened, or may have, on a day that is not recorded"
EARLY = "the deciding record lies before the day from which time counts"
NO_RECORD = "neither the event nor a record that censors"
MISSED = "censored at the last assessment, as the event came after missed visits"
AT_LAST = "censored at the last assessment before a later therapy"
UNSEEN = "no assessment after baseline"
BEFORE_LANDMARK = "the event or censoring came before the landmark"

Mask = npt.NDArray[np.bool_]


@dataclass(slots=True, eq=False)
class Decision:
    """Per patient of the registry.

    origin  where time begins; chosen the row that decides
    day     day of the outcome, counted from day 0; `time` in days from the origin or the landmark; NaN for missing
    state   0 censored, 1 event, 2 competing, NaN missing
    reason  why it is missing, or censored otherwise than by its record; "" for neither
    """

    origin: Picked
    chosen: Picked
    day: Numbers
    state: Numbers
    time: Numbers
    reason: npt.NDArray[np.object_]

    def censor(self, mask: Mask, at: Picked, reason: str) -> None:
        """Censors at a row, or at the origin where there is none."""
        at = at.where(at.row >= 0, self.origin)
        self.chosen, self.day = at.where(mask, self.chosen), np.where(mask, at.days, self.day)
        self.state = np.where(mask, CENSORED, self.state)
        self.reason[mask] = reason

    def lose(self, mask: Mask, reason: str) -> None:
        """Makes the outcome missing."""
        self.state, self.time = np.where(mask, np.nan, self.state), np.where(mask, np.nan, self.time)
        self.reason[mask] = reason


def decide(spec: TimeToEventEndpoint, columns: Columns) -> Decision:
    """The outcome of every patient of the registry.

    The first of event, competing event and what censors ends the time, in that order on one day; where none does, it
    ends with the last censoring record. The data cut-off hides what is later and ends follow-up, for patients whose
    index is a date; what it hides still says that its patient was seen without the event until then. Missing: the
    origin is not recorded; an event, a competing event or a censoring therapy happened, or may have, on an unknown day
    (a death on one matters only where it competes and nothing else decided); nothing is recorded; the deciding row lies
    before the origin; the time ends before the landmark.
    """
    end, count = columns.events.end, len(columns.people.patients)
    origin = origin_rows(spec, columns)
    after = np.fmax(origin.days, 0.0)
    rows = {"event": join(frame[frame["taken"]] for frame in (event_rows(one, columns) for one in spec.sources))}
    for word, _ in STOPS[1:]:
        rows[word] = join(ending_rows(what, columns, after) for what in endings(spec, word))
    stop, which = _first([pick(rows[word], count) for word, _ in STOPS])
    last = pick_from((columns.events.rows(EVENTS[name]) for name in spec.censor), count, last=True)
    happened, hidden = stop.days <= end, stop.days > end
    chosen = stop.where(happened | hidden, last)
    made = Decision(
        origin=origin,
        chosen=chosen,
        day=np.where(happened, stop.days, np.minimum(chosen.days, end)),
        state=np.where(happened, np.asarray([state for _, state in STOPS])[which], CENSORED),
        time=np.full(count, np.nan),
        reason=np.full(count, "", dtype=object),
    )
    if len(rows["censor_at_last"]):
        ended = happened & (which == len(STOPS) - 1)
        made.censor(ended, last_assessment(columns, after, made.day), AT_LAST)
    _missed_visits(spec, columns, after, made)
    if spec.no_assessment != "ignore":
        unseen = (made.state == CENSORED) & ~np.isnan(made.day) & np.isnan(last_assessment(columns, after, end).days)
        made.censor(unseen, origin, UNSEEN)
    _count(spec, made, _doubt(spec, columns, rows, happened))
    return made


def _first(stops: list[Picked]) -> tuple[Picked, npt.NDArray[np.intp]]:
    """The earliest of some rows per patient, the first in the list on one day, and its place in the list."""
    days = np.vstack([np.where(np.isnan(stop.days), np.inf, significant(stop.days)) for stop in stops])
    which = np.asarray(days.argmin(axis=0), dtype=np.intp)
    first = stops[0]
    for place, stop in enumerate(stops[1:], start=1):
        first = stop.where(which == place, first)
    return first, which


def _missed_visits(spec: TimeToEventEndpoint, columns: Columns, after: Numbers, made: Decision) -> None:
    """Censors an event more than so many days after the last adequate assessment before it, or after the origin where
    there is none. The assessment on the day of a progression is the one that saw it; one on the day of a death counts.
    """
    if spec.missed_visits is None or spec.missed_visits.then == "event":
        return
    before = last_assessment(columns, after, made.day, strictly=made.chosen.name != "death")
    since = made.day - np.where(np.isnan(before.days), made.origin.days, before.days)
    missed = (made.state == EVENT) & compare(since, "above", spec.missed_visits.after_days)
    made.censor(missed, before, MISSED)


def _doubt(spec: TimeToEventEndpoint, columns: Columns, rows: dict[str, pd.DataFrame], happened: Mask) -> Mask:
    """Patients whose event, competing event or censoring therapy happened, or may have, on an unknown day."""
    count = len(columns.people.patients)
    doubt = open_question(rows["event"], count)
    for word in ("compete", "censor", "censor_at_last"):
        found = rows[word]
        if len(found):
            dead = found["name"].to_numpy() == "death"
            doubt |= open_question(found[~dead], count)
            doubt |= open_question(found[dead], count) & ~happened & (word == "compete")
    return doubt


def _count(spec: TimeToEventEndpoint, made: Decision, doubt: Mask) -> None:
    """Days become times from the origin, or from the landmark; what cannot be counted is missing, with its reason."""
    made.time = made.day - made.origin.days
    moved = made.origin.days != 0
    made.time[moved] = significant(made.time[moved])
    made.lose(np.isnan(made.day), NO_RECORD)
    if spec.no_assessment == "missing":
        made.lose(made.reason == UNSEEN, UNSEEN)
    made.lose(made.time < 0, EARLY)
    if spec.landmark is not None:
        made.lose(compare(made.time, "below", spec.landmark), BEFORE_LANDMARK)
        made.time = significant(made.time - spec.landmark) if spec.landmark else made.time
    made.lose(np.isnan(made.origin.days), UNKNOWN_ORIGIN)
    made.lose(doubt, UNKNOWN_DAY)
    made.time = made.time + spec.day_zero
