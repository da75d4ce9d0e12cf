"""Whether an event had happened by a day: what a landmark analysis compares."""

from __future__ import annotations

import numpy as np
import pandas as pd

from y90outcomes.cohort.events import Events, nothing, open_question, pick, places
from y90outcomes.derivations.events import EVENTS
from y90outcomes.thresholds import compare


def status_at(events: Events, event: str, day: float) -> tuple[pd.Series, pd.Series]:
    """ "yes", "no" or missing per patient, and the row that says so.

    event  name in `EVENTS`; day  days from first treatment, itself included
    yes    the event is dated between day 0 and the day, and not after the data cut-off
    no     it is dated later, or the patient was seen on the day or later without it, or died before
    missing  it happened, or may have, on an unknown day; it is dated before day 0; or the patient was not followed to
             the day (neither contact, death nor the event itself is recorded on it or later, or the cut-off is earlier)

    A comparison by status at a day holds only among those still at risk on that day: an endpoint with that `landmark`
    (Anderson 1983, 10.1200/JCO.1983.1.11.710).
    """
    count, end = len(events.people.patients), events.end
    rows = events.rows(EVENTS[event])
    first = pick(rows, count)
    death = pick(events.rows(EVENTS["death"]), count)
    contact = pick(events.rows(EVENTS["last_contact"]), count, last=True)
    yes = compare(first.days, "max", day) & (first.days >= 0) & (first.days <= end)
    seen = contact
    for one in (death, first):
        seen = one.where(~np.isnan(one.days) & ~(seen.days >= one.days), seen)
    dead = (death.days >= 0) & (death.days <= end)
    followed = compare(np.minimum(seen.days, end), "min", day) | dead
    no = ~yes & ~open_question(rows, count) & ~(first.days < 0) & followed
    chosen = first.where(yes, seen.where(no, nothing(count)))
    values = pd.Series(np.where(yes, "yes", "no"), dtype="string").where(yes | no)
    return values, pd.Series(places(chosen, events.registry), dtype=str)
