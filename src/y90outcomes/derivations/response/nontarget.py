"""Other disease and new lesions at each visit of a patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from y90outcomes.derivations.response.criteria import Criterion
from y90outcomes.derivations.response.overall import NEW, OTHER
from y90outcomes.derivations.response.sums import Measures
from y90outcomes.derivations.response.targets import Lesions, first_seen
from y90outcomes.derivations.response.thrombus import Thrombus
from y90outcomes.derivations.response.visits import Booleans, Scans, so_far
from y90outcomes.derivations.types import Positions


def of_whole(scans: Scans, flags: Booleans) -> Booleans:
    """A flag of the whole-patient row of each visit; False where there is none."""
    if not len(flags):
        return np.zeros(len(scans.whole), dtype=bool)
    return np.where(scans.whole >= 0, flags[scans.whole], False).astype(bool)


def other_disease(scans: Scans, measures: Measures, lesions: Lesions, other: Booleans,
                  clot: Thrombus | None, treated: bool, rules: Mapping[str, Any]) -> Positions:  # fmt: skip
    """State of the other disease at every visit, codes of OTHER.

    other  lesions that are other disease at baseline; clot  the thrombus where it counts as one more of them
    Progression is what the reader says; gone needs every part shown gone; anything seen is present; else not evaluated.
    In the treated territory, progression counts only for a patient with other disease there.
    """
    visits = len(scans.of_patient)
    patients = int(max(scans.patient.max(initial=-1), lesions.patient.max(initial=-1))) + 1
    rows = np.flatnonzero((scans.lesion >= 0) & np.append(other, False)[scans.lesion])
    gone = np.bincount(scans.visit[rows], weights=measures.gone[rows], minlength=visits)
    seen = np.bincount(scans.visit[rows], weights=measures.seen[rows], minlength=visits)
    patient_of = lesions.patient[other]
    parts = np.bincount(patient_of[patient_of >= 0], minlength=patients)[scans.of_patient]
    if clot is not None:
        unknown = ~clot.known & (rules["thrombus_unrecorded"] == "not_evaluated")
        counts = ((clot.present & (clot.enhanced != 0)) | unknown)[scans.of_patient]
        parts = parts + counts
        gone = gone + (counts & (clot.enhancing == 0))
        seen = seen + (counts & (clot.enhancing == 1))
    worse = of_whole(scans, scans.says("nontarget_progression", "yes")) & ((parts > 0) | (not treated))
    names = ("PD", "none", "CR", "present")
    cases = [worse, parts == 0, gone >= parts, seen > 0]
    state = np.select(cases, [OTHER.index(name) for name in names], OTHER.index("not_evaluated"))
    if rules["non_targets"] == "progression_only":
        state = np.where(worse, state, OTHER.index("none"))
    return state.astype(np.intp)


@dataclass(frozen=True, slots=True)
class NewLesions:
    """Of each visit: `state` (code of NEW), `measured` (a lesion row shows it), `unrecorded` (nothing says)."""

    state: Positions
    measured: Booleans
    unrecorded: Booleans


def new_lesions(scans: Scans, measures: Measures, lesions: Lesions, before: Booleans, follow: Booleans,
                clot: Thrombus | None, criterion: Criterion, treated: bool,
                rules: Mapping[str, Any]) -> NewLesions:  # fmt: skip
    """New lesions at every visit: what the reader says, lesions first seen after baseline, a thrombus first seen then.

    In the treated territory a new lesion outside the liver does not count, nor does the reader's yes at a visit that
    first shows a lesion outside the territory and none inside.
    """
    visits = len(scans.of_patient)
    says_yes = of_whole(scans, scans.says("new_lesion", "yes"))
    says_no = of_whole(scans, scans.says("new_lesion", "no"))
    shown = np.zeros(visits, dtype=bool)
    at = first_seen(scans, measures, lesions, before, criterion, rules)
    shown[at[at >= 0]] = True
    if treated:
        out = np.zeros(visits, dtype=bool)
        beyond = first_seen(scans, measures, replace(lesions, inside=lesions.outside), before, criterion,
                            dict(rules) | {"first_seen_later": "any_but_target"})  # fmt: skip
        out[beyond[beyond >= 0]] = True
        organ = scans.says("new_lesion_organ", "liver") | scans.blank("new_lesion_organ")
        liver = of_whole(scans, organ)
        elsewhere = ~liver | out | (rules["new_lesion_in_liver"] == "outside")
        says_no, says_yes = says_no | (says_yes & elsewhere), says_yes & ~elsewhere
    if clot is not None and rules["new_thrombus"] == "progression":
        shown |= clot.new
    yes = (says_yes | shown) & follow
    if rules["new_lesion_lasts"]:
        yes = so_far(scans.of_patient, yes)
    unrecorded = follow & ~yes & ~says_no
    no = ~yes & (says_no | (rules["new_lesion_unrecorded"] == "none"))
    state = np.where(yes, NEW.index("yes"), np.where(no, NEW.index("no"), NEW.index("unknown")))
    return NewLesions(state.astype(np.intp), shown & follow, unrecorded)
