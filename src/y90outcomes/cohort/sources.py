"""The rows an endpoint reads: its events by source in priority, and what ends follow-up before them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from y90outcomes.cohort.columns import Columns
from y90outcomes.cohort.events import ASSESSED, Numbers, Picked, join, nothing, pick
from y90outcomes.derivations.events import EVENTS
from y90outcomes.study.endpoints import EventFrom, TimeToEventEndpoint

_THERAPIES = {"later_therapy": ("later_therapy",), "resection_or_transplant": ("surgery",)}
"""word of an endpoint -> events it is about."""


def event_rows(entry: EventFrom, columns: Columns) -> pd.DataFrame:
    """Rows of one event from every source asked, in order, with `rank` (place of the source) and `taken`.

    first_source: the rows of the first source that says yes or no about the patient are taken; where none does, all
    are. A source says no only by a row that says so: an assessment without progression, or imaging that finds none,
    leaves the question to the next source. earliest: all rows are taken.
    """
    frames = [_of_source(entry, source, columns).assign(rank=rank) for rank, source in enumerate(entry.sources)]
    rows = pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)
    if len(frames) == 1 or entry.rule == "earliest":
        return rows.assign(taken=True)
    says = rows[rows["happened"].notna() & (rows["subject"] >= 0)]
    deciding = np.full(len(columns.people.patients) + 1, -1, dtype=np.intp)
    lowest = says.groupby("subject")["rank"].min()
    deciding[lowest.index.to_numpy(dtype=np.intp)] = lowest.to_numpy()
    own = deciding[rows["subject"].to_numpy(dtype=np.intp)]
    return rows.assign(taken=(own < 0) | (rows["rank"].to_numpy() == own))


def _of_source(entry: EventFrom, source: str, columns: Columns) -> pd.DataFrame:
    events = columns.events
    if source == "follow_up":
        return events.rows(EVENTS[entry.event])
    if source == "imaging":
        return _derived(entry, columns)
    where = {"criterion": (entry.criterion or "",), "response": ("PD",)}
    rows = events.read(entry.event, "assessments", where)
    lesion = columns.registry.tables["assessments"]["lesion_id"].fillna("").to_numpy()[rows["row"].to_numpy()]
    whole: pd.DataFrame = rows[lesion == ""]
    return whole


def _derived(entry: EventFrom, columns: Columns) -> pd.DataFrame:
    """The days a variable of the protocol derives; a patient without one has no row."""
    column = columns.column(entry.variable or "", "patient")
    if column is None:  # the protocol's check refuses a lesion's variable before any data are read
        raise ValueError(f"{entry.variable!r} is not a day of the patient")
    days = column.values.to_numpy(dtype=float)
    at = np.flatnonzero(~np.isnan(days))
    return pd.DataFrame(
        {
            "subject": at,
            "days": days[at],
            "happened": np.ones(len(at)),
            "name": np.full(len(at), entry.event, dtype=object),
            "table": np.full(len(at), "", dtype=object),
            "row": np.full(len(at), -1, dtype=np.intp),
            "source": column.source.to_numpy(dtype=object)[at],
        }
    )


def ending_rows(word: str, columns: Columns, after: Numbers) -> pd.DataFrame:
    """Rows of what may end follow-up: death, or therapies begun after the day `after` of each patient, or undated."""
    events = columns.events
    if word == "deaths":
        return events.rows(EVENTS["death"])
    rows = join(events.rows(EVENTS[name]) for name in _THERAPIES[word])
    limit = np.append(after, np.nan)[rows["subject"].to_numpy(dtype=np.intp)]
    days = rows["days"].to_numpy(dtype=float)
    later: pd.DataFrame = rows[np.isnan(days) | (days > limit)]
    return later


def endings(spec: TimeToEventEndpoint, what: str) -> tuple[str, ...]:
    """Words of the endpoint that are set to `what`: censor, censor_at_last or compete."""
    return tuple(word for word in ("deaths", *_THERAPIES) if getattr(spec, word) == what)


def origin_rows(spec: TimeToEventEndpoint, columns: Columns) -> Picked:
    """The day each patient's time begins, NaN where it is not recorded. The MAA work-up is that of the first treatment;
    one recorded after it is impossible and counts as not recorded. A patient without a treatment has no day 0, so the
    day of randomisation cannot be counted from it and is not recorded either."""
    people = columns.people
    count = len(people.patients)
    if spec.origin == "first_treatment":
        made = nothing(count)
        made.days[people.treated] = 0.0
        made.source[:] = people.index_row.to_numpy(dtype=object)
        return made
    if spec.origin == "surgery":
        return pick(columns.events.rows(EVENTS["surgery"]), count)
    if spec.origin == "randomisation":
        return _randomised(columns)
    table = columns.records.tables["treatments"]
    patient = table["patient"].to_numpy(dtype=np.intp)
    days = table["maa_days"].to_numpy(dtype=float)
    index = people.treatment.to_numpy(dtype=float, na_value=np.nan)
    same = table["treatment_number"].to_numpy(dtype=float, na_value=np.nan) == np.append(index, np.nan)[patient]
    here = np.flatnonzero(same & (patient >= 0) & (days <= 0))
    made = nothing(count)
    made.days[patient[here]], made.row[patient[here]] = days[here], here
    made.name[patient[here]], made.table[patient[here]] = "maa", "treatments"
    return made


def _randomised(columns: Columns) -> Picked:
    table = columns.records.tables["patients"]
    patient = table["patient"].to_numpy(dtype=np.intp)
    days = table["randomisation_days"].to_numpy(dtype=float)
    here = np.flatnonzero((patient >= 0) & (days <= 0))
    made = nothing(len(columns.people.patients))
    made.days[patient[here]], made.row[patient[here]] = days[here], here
    made.name[patient[here]], made.table[patient[here]] = "randomisation", "patients"
    return made


def last_assessment(
    columns: Columns, after: Numbers, until: Numbers, strictly: npt.NDArray[np.bool_] | bool = False
) -> Picked:
    """The last adequate assessment of each patient later than `after` and not later than `until` (`strictly`: earlier).
    None where either day is not known."""
    rows = columns.events.assessed()
    subject = rows["subject"].to_numpy(dtype=np.intp)
    days = rows["days"].to_numpy(dtype=float)
    limit, before = until[subject], np.broadcast_to(strictly, until.shape)[subject]
    usable = (days > after[subject]) & np.where(before, days < limit, days <= limit)
    at = np.flatnonzero(usable)
    ends = np.append(subject[at][1:] != subject[at][:-1], True)[: len(at)]
    chosen, made = at[ends], nothing(len(until))
    who, kind = subject[chosen], rows["kind"].to_numpy()[chosen]
    made.days[who], made.row[who] = days[chosen], rows["row"].to_numpy()[chosen]
    made.name[who] = np.asarray(ASSESSED, dtype=object)[kind]
    made.table[who] = np.asarray([EVENTS[name].table for name in ASSESSED], dtype=object)[kind]
    return made
