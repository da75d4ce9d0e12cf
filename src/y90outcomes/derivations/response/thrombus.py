"""Tumour thrombus in the portal or hepatic vein: as other disease under mRECIST, by Meerun's rules when localised.

Meerun 2022, 10.21037/hbsn-22-184, imaging methods. Two cases are open there and are rules: a complete tumour response
with a thrombus that still enhances but is stable, and a thrombus that grows without enhancing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from y90outcomes.derivations.response.criteria import CATEGORIES
from y90outcomes.derivations.response.visits import Booleans, Candidates, Floats, Scans, nearest, so_far
from y90outcomes.derivations.types import Positions
from y90outcomes.thresholds import compare

_PORTAL = {"none": 0.0, "VP1": 1.0, "VP2": 2.0, "VP3": 3.0, "VP4": 4.0}
_HEPATIC = {"none": 0.0, "VV1": 1.0, "VV2": 2.0, "VV3": 3.0}
STATES = ("no", "yes", "unknown")


@dataclass(frozen=True, slots=True)
class Thrombus:
    """Of each patient: `present` at baseline, `known` whether there was any (one vein invaded, or both classes
    recorded), `enhanced` then (code of STATES). Of each visit: `enhancing` and `grown` (wider or further than at
    baseline; codes of STATES), `new` (baseline had none). `baseline_row` is the patient's row among the rows, -1 for
    none.
    """

    present: Booleans
    known: Booleans
    enhanced: Positions
    enhancing: Positions
    grown: Positions
    new: Booleans
    baseline_row: Positions


def _extent(scans: Scans, column: str, codes: Mapping[str, float]) -> Floats:
    at, words = scans.codes(column)
    return np.array([*(codes.get(word, np.nan) for word in words), np.nan])[at]


def _states(yes: Booleans, no: Booleans) -> Positions:
    """Codes of STATES; yes before no."""
    return np.where(yes, 1, np.where(no, 0, 2)).astype(np.intp)


def thrombus(scans: Scans, candidates: Candidates, count: int, rules: Mapping[str, Any]) -> Thrombus:
    """Thrombus of `count` patients, from their whole-patient rows.

    Wider: width above that of baseline by more than the rule's mm. Further: recorded as further at this or an earlier
    visit after baseline, or a higher class than at baseline. Neither is known without both widths, and without a
    statement on extension or the classes of both visits. A thrombus that is no longer there neither enhances nor grows.
    """
    whole = scans.lesion < 0
    portal, hepatic = _extent(scans, "pvtt_class", _PORTAL), _extent(scans, "hvtt_class", _HEPATIC)
    width = scans.numbers("thrombus_width")
    yes, no = scans.says("thrombus_enhancement", "yes"), scans.says("thrombus_enhancement", "no")
    further, not_further = scans.says("thrombus_extension", "yes"), scans.says("thrombus_extension", "no")
    classed = ~np.isnan(portal) | ~np.isnan(hepatic)
    subject = np.where(whole, scans.patient, -1)
    first = nearest(candidates, classed, subject, count, scans)
    sized = nearest(candidates, ~np.isnan(width), subject, count, scans)
    lit = nearest(candidates, yes | no, subject, count, scans)

    def at(values: Floats, rows: Positions) -> Floats:
        return np.where(rows >= 0, values[rows], np.nan) if len(values) else np.full(len(rows), np.nan)

    before_portal, before_hepatic, before_width = at(portal, first), at(hepatic, first), at(width, sized)
    present = (before_portal > 0) | (before_hepatic > 0)
    enhanced = np.where(lit >= 0, np.where(at(yes.astype(float), lit) > 0, 1, 0), 2).astype(np.intp)
    row = scans.whole
    there = row >= 0
    patient = scans.of_patient

    def now(values: Any) -> Any:
        blank = np.nan if values.dtype.kind == "f" else False
        return np.where(there, values[row], blank) if len(values) else np.full(len(row), blank)

    portal, hepatic, width = now(portal), now(hepatic), now(width)
    yes, no, further, not_further = (now(flags).astype(bool) for flags in (yes, no, further, not_further))
    bp, bh, bw = before_portal[patient], before_hepatic[patient], before_width[patient]
    absent = np.where(bp > 0, portal == 0, True) & np.where(bh > 0, hepatic == 0, True) & present[patient] & ~yes
    after = scans.order > 0
    higher = (portal > bp) | (hepatic > bh)
    extended = so_far(patient, after & (further | (present[patient] & higher)))
    wider = compare(width, "above", bw + float(rules["thrombus_wider_mm"]))
    same = np.where(bp > 0, portal <= bp, True) & np.where(bh > 0, hepatic <= bh, True) & present[patient]
    still = ~np.isnan(width) & ~np.isnan(bw) & ~wider & (not_further | same)
    fresh = after & ~present[patient] & (first[patient] >= 0) & ~no & (higher & ((portal > 0) | (hepatic > 0)))
    return Thrombus(
        present=present,
        known=present | (~np.isnan(before_portal) & ~np.isnan(before_hepatic)),
        enhanced=enhanced,
        enhancing=_states(yes, no | absent),
        grown=_states((wider | extended) & ~absent, still | absent),
        new=fresh,
        baseline_row=first,
    )


def with_thrombus(tumour: str, enhancing: str, grown: str, stable_enhancing: str, unenhancing_growth: str) -> str:
    """Response of a patient with a thrombus at baseline, from the tumour's and the thrombus' states, all known.

    Tumour PD, or an enhancing thrombus that grew, is PD; CR needs an unenhancing thrombus that did not grow.
    """
    if tumour in ("PD", "NE"):
        return tumour
    if grown == "yes":
        unenhanced = tumour if unenhancing_growth == "tumour" else unenhancing_growth
        return "PD" if enhancing == "yes" else unenhanced
    return stable_enhancing if tumour == "CR" and enhancing == "yes" else tumour


def meerun_table(stable_enhancing: str, unenhancing_growth: str) -> Positions:
    """tumour × enhancing × grown -> index in CATEGORIES. Unknown gives the answer all its values share, else NE."""
    known = {"no": ("no",), "yes": ("yes",), "unknown": ("no", "yes")}
    made = np.empty((len(CATEGORIES), len(STATES), len(STATES)), dtype=np.intp)
    for tumour, enhancing, grown in product(CATEGORIES, STATES, STATES):
        answers = {with_thrombus(tumour, e, g, stable_enhancing, unenhancing_growth)
                   for e, g in product(known[enhancing], known[grown])}  # fmt: skip
        place = CATEGORIES.index(tumour), STATES.index(enhancing), STATES.index(grown)
        made[place] = CATEGORIES.index(answers.pop() if len(answers) == 1 else "NE")
    return made
