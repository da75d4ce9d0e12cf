"""Adverse events as reported: highest grade of some terms in a window, by relation to treatment."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from y90outcomes.derivations.toxicity.progression import Progression
from y90outcomes.derivations.toxicity.window import GRADED, NOT_ASSESSED, Worst, highest_of
from y90outcomes.derivations.types import Records, Span
from y90outcomes.thresholds import Booleans

CLINICAL = (
    "hepatic_failure", "ascites", "encephalopathy", "fatigue", "abdominal_pain", "nausea", "gastric_ulcer",
    "duodenal_ulcer", "cholecystitis", "biliary_stricture", "hepatic_abscess", "pneumonitis", "vomiting", "fever",
    "anorexia", "weight_loss", "portal_vein_thrombosis", "variceal_bleeding", "hepatorenal_syndrome", "sepsis",
    "dermatitis", "vascular_injury", "post_embolisation_syndrome", "reild", "other",
)  # fmt: skip
"""Terms of the code list `ae_term` that no laboratory value shows; graded 1 to 5 by the centre."""
RELATED = ("any", "possible", "related")
"""Which events count by their relation to treatment: all, those related or possibly related, those related."""
UNJUDGED = ("related", "unclear", "unrelated")
"""How an event counts whose relation nobody judged."""
UNREPORTED = ("centre", "none", "missing")
"""What no report means: no event where the centre reports any at all, always no event, not known."""
HIGHEST = 5


def worst_reported(
    records: Records,
    terms: Collection[str],
    window: Span,
    *,
    related: str,
    unjudged: str,
    unreported: str,
    stopped: Progression | None = None,
) -> Worst:
    """The highest reported grade of any of `terms` with onset in the window; rows are positions in `adverse_events`.

    An event without a grade is one of grade 1 to 5, one without a day may lie outside the window, and one nobody judged
    counts as `unjudged` says. Without a report `unreported` decides between grade 0 and not assessed.
    """
    events, n = records.tables["adverse_events"], len(records.patients)
    patient = events["patient"].to_numpy(dtype=np.intp)
    days = events["days"].to_numpy(dtype=float)
    named = events["term"].isin(list(terms)).fillna(False).to_numpy(dtype=bool) & (patient >= 0)
    named &= np.isnan(days) | ((days >= window.start) & (days <= window.end))
    counts, doubtful = _relation(records, related, unjudged)
    named &= counts
    grade = events["grade"].to_numpy(dtype=float, na_value=np.nan)
    low = np.where(np.isnan(grade), 1, grade)
    low = np.where(doubtful | np.isnan(days), 0, low).astype(np.int8)
    high = np.where(np.isnan(grade), HIGHEST, grade).astype(np.int8)
    rows = np.flatnonzero(named)
    made = highest_of(patient[rows], days[rows], low[rows], high[rows], rows, n, stopped)
    silent = made.state == NOT_ASSESSED
    made.state[silent & _nothing_means_none(records, unreported)] = GRADED
    return made


def _relation(records: Records, related: str, unjudged: str) -> tuple[Booleans, Booleans]:
    """Which events count by relation, and which only may."""
    said = records.tables["adverse_events"]["related"].fillna("unknown").to_numpy(dtype=object)
    if related == "any":
        return np.ones(len(said), dtype=bool), np.zeros(len(said), dtype=bool)
    open_ = said == "unknown"
    counts = (said == "related") | ((said == "possible") & (related == "possible"))
    return counts | (open_ & (unjudged != "unrelated")), open_ & (unjudged == "unclear")


def _nothing_means_none(records: Records, unreported: str) -> Booleans:
    n = len(records.patients)
    if unreported != "centre":
        return np.full(n, unreported == "none")
    reporting = records.tables["adverse_events"]["centre"].dropna().unique()
    return np.asarray(records.patients["centre"].isin(reporting).fillna(False).to_numpy(dtype=bool), dtype=np.bool_)
