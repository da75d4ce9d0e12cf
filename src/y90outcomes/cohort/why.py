"""Why an endpoint of one patient is what it is: the deciding row, and every other row with what became of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from y90outcomes.cohort.columns import Columns
from y90outcomes.cohort.events import ASSESSED, Picked
from y90outcomes.cohort.sources import ending_rows, endings, event_rows
from y90outcomes.cohort.time_to_event import STATES, STOPS, Decision, decide
from y90outcomes.derivations.events import EVENTS
from y90outcomes.derivations.types import Step
from y90outcomes.results.addresses import shortest
from y90outcomes.study.endpoint_words import ORIGINS, SOURCES
from y90outcomes.study.endpoints import BinaryEndpoint, TimeToEventEndpoint
from y90outcomes.thresholds import significant

_SAYS = {1.0: "yes", 0.0: "no"}


def explain_outcome(name: str, columns: Columns, subject: int) -> list[Step]:
    """What decided the endpoint of the patient at position `subject`, then every row that was considered.

    A row that decided says so first; the others say why they did not: later, after the cut-off, another source speaks
    first, its day is not recorded. KeyError for an endpoint the protocol does not define.
    """
    spec = columns.study.endpoints[name]
    if isinstance(spec, BinaryEndpoint):
        how = "without the event" if spec.not_evaluable == "non_responder" else "left out"
        return [Step(f"event: {', '.join(spec.event)} of {spec.variable}; a missing value is {how}")]
    made = decide(spec, columns)
    steps = [_conclusion(spec, made, subject), _origin(spec, made, subject)]
    end = float(columns.events.end[subject])
    if np.isfinite(end):
        steps.append(Step(f"the data cut-off is day {shortest(end)}: what is later is ignored"))
    for what, rows in _considered(spec, columns, made):
        own = rows[rows["subject"] == subject]
        steps += [_row(what, row, made, subject, end) for _, row in own.sort_values("days", kind="stable").iterrows()]
    return steps


def _conclusion(spec: TimeToEventEndpoint, made: Decision, at: int) -> Step:
    state, reason = made.state[at], str(made.reason[at])
    if np.isnan(state):
        return Step(f"missing: {reason}")
    said = f"{STATES[int(state)]} on day {_day(made.day[at])}, time {_day(made.time[at])} days"
    return _step(f"{said}; {reason}" if reason else said, made.chosen, at)


def _origin(spec: TimeToEventEndpoint, made: Decision, at: int) -> Step:
    day = made.origin.days[at]
    begins = "is not recorded" if np.isnan(day) else f"is day {_day(day)}"
    landmark = "" if spec.landmark is None else f"; time counts from the landmark {shortest(spec.landmark)} days later"
    added = "; its day is day 1" if spec.day_zero else ""
    return _step(f"the origin ({ORIGINS[spec.origin]}) {begins}{landmark}{added}", made.origin, at)


def _considered(spec: TimeToEventEndpoint, columns: Columns, made: Decision) -> Iterator[tuple[str, pd.DataFrame]]:
    """What each row is to the endpoint (a key of `STOPS`, record, assessment), and the rows."""
    for entry in spec.sources:
        rows = event_rows(entry, columns)
        for rank, source in enumerate(entry.sources):
            some = rows[rows["rank"] == rank]
            if len(entry.sources) > 1:
                some = some.assign(name=some["name"].astype(object) + f" ({SOURCES[source]})")
            yield "event", some
    after = np.fmax(made.origin.days, 0.0)
    for word, _ in STOPS[1:]:
        for what in endings(spec, word):
            yield word, ending_rows(what, columns, after)
    for name in spec.censor:
        yield "record", columns.events.rows(EVENTS[name])
    if spec.missed_visits is not None or spec.no_assessment != "ignore" or endings(spec, "censor_at_last"):
        rows = columns.events.assessed()
        kind = rows["kind"].to_numpy()
        names, tables = (np.asarray(words, dtype=object) for words in (ASSESSED, [EVENTS[n].table for n in ASSESSED]))
        yield "assessment", rows.assign(name=names[kind], table=tables[kind], happened=1.0, source="")


def _row(what: str, row: pd.Series, made: Decision, at: int, end: float) -> Step:
    known = _SAYS.get(row["happened"], "not known whether")
    day = "day not recorded" if pd.isna(row["days"]) else f"day {_day(row['days'])}"
    verdict = _verdict(what, row, made, at, end)
    kind = {"compete": " (competes)", "censor": " (censors)", "censor_at_last": " (censors)",
            "record": " (record that censors)", "assessment": " (adequate assessment)"}.get(what, "")  # fmt: skip
    text = f"{str(row['name']).replace('_', ' ')}{kind}: {known}, {day}: {verdict}"
    return Step(text, str(row["table"]), int(row["row"]))


def _verdict(what: str, row: pd.Series, made: Decision, at: int, end: float) -> str:
    chosen = made.chosen
    decides = row["row"] >= 0 and (chosen.table[at], chosen.row[at]) == (row["table"], row["row"])
    decides |= row["row"] < 0 and chosen.row[at] < 0 and row["source"] != "" and chosen.source[at] == row["source"]
    if not row.get("taken", True):
        return "not taken, a source asked before it speaks"
    if row["happened"] == 0:
        return "it did not happen"
    if pd.isna(row["happened"]) or pd.isna(row["days"]):
        return "leaves the outcome open" if what not in ("record", "assessment") else "says nothing"
    if decides and row["days"] > end:
        return "after the data cut-off: says only that the patient was seen without the event until then"
    if decides:
        return "decides" if not np.isnan(made.state[at]) else "would decide"
    if row["days"] > end:
        return "after the data cut-off"
    own, deciding = (float(significant(day)) for day in (row["days"], made.day[at]))
    if np.isnan(deciding) or own < deciding:
        return "earlier"
    if own == deciding:
        return "on the same day, where another record counts first"
    return "not counted" if what == "event" and made.reason[at] else "later than what decides"


def _step(text: str, picked: Picked, at: int) -> Step:
    if picked.row[at] >= 0:
        return Step(text, str(picked.table[at]), int(picked.row[at]))
    return Step(f"{text} ({picked.source[at]})" if picked.source[at] else text)


def _day(value: float) -> str:
    return shortest(float(value))
