"""Which lesions are targets, which are other disease, which are new: decided at baseline, or at first sight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from y90outcomes.derivations.response.criteria import NEW_LESION_MM, Criterion
from y90outcomes.derivations.response.sums import Measures
from y90outcomes.derivations.response.visits import Booleans, Candidates, Floats, Scans, says
from y90outcomes.derivations.types import Positions, Records
from y90outcomes.thresholds import compare


@dataclass(frozen=True, slots=True)
class Lesions:
    """Of each lesion: its patient, what organ, what role, and whether it lies in the territory asked about."""

    patient: Positions
    node: Booleans
    liver: Booleans
    organ: Positions
    target_role: Booleans
    any_role: Booleans
    non_target_role: Booleans
    inside: Booleans
    outside: Booleans
    perfusion_blank: Booleans


def lesions_of(records: Records, treated: bool, rules: Mapping[str, Any]) -> Lesions:
    """Attributes of the lesions. A lesion without an organ lies in the liver. With `treated`, only perfused ones are
    inside; those known not to be are `outside`."""
    table = records.lesions
    patient = table["patient"].to_numpy(dtype=np.intp)
    organ_code, _ = pd.factorize(table["organ"].fillna("liver").astype(object), sort=True)
    perfused, not_perfused = says(table, "perfused", "yes"), says(table, "perfused", "no")
    blank = ~perfused & ~not_perfused
    if rules["perfusion_unrecorded"] == "perfused":
        recorded = np.zeros(len(records.patients) + 1, dtype=bool)
        recorded[patient[~blank]] = True
        perfused = perfused | (blank & ~recorded[patient])
    inside = (perfused if treated else np.ones(len(table), dtype=bool)) & (patient >= 0)
    return Lesions(
        patient=patient,
        node=says(table, "organ", "node"),
        liver=says(table, "organ", "liver") | table["organ"].isna().to_numpy(dtype=bool),
        organ=organ_code.astype(np.intp),
        target_role=says(table, "role", "target", "index"),
        any_role=table["role"].notna().to_numpy(dtype=bool),
        non_target_role=says(table, "role", "non_target"),
        inside=inside,
        outside=not_perfused if treated else np.zeros(len(table), dtype=bool),
        perfusion_blank=blank & ~inside if treated else np.zeros(len(table), dtype=bool),
    )


@dataclass(frozen=True, slots=True)
class Roles:
    """Of each lesion: counted as target, recorded as target without a baseline measurement, left out by the limit of
    the criterion, other disease present at baseline."""

    target: Booleans
    unmeasured: Booleans
    over_limit: Booleans
    other: Booleans


def roles(lesions: Lesions, size: Floats, diameter: Floats, at_baseline: Booleans, gone: Booleans, count: int,
          criterion: Criterion, rules: Mapping[str, Any]) -> Roles:  # fmt: skip
    """Targets and other disease of `count` patients.

    size, diameter  what each lesion counts at baseline and the diameter asked of a target; NaN not measured
    at_baseline     a baseline row shows the lesion; gone: a baseline row shows it gone
    Recorded targets (role target or index) count; where a patient has no role recorded at all, the largest measurable
    lesions do. Eisenhauer 2009: measurable from 10 mm, a node from 15 mm short axis; five targets, two per organ.
    """
    recorded = np.zeros(count + 1, dtype=bool)
    recorded[lesions.patient[lesions.any_role]] = True
    recorded[-1] = False
    fit = lesions.inside & (lesions.liver if criterion.liver_only else True)
    chosen = fit & np.where(recorded[lesions.patient], lesions.target_role, True)
    eligible = chosen & ~np.isnan(size) & measurable(diameter, lesions.node, criterion)
    kept = eligible.copy()
    if rules["target_limit"] == "criterion" and criterion.max_targets is not None:
        order = np.lexsort((np.arange(len(size)), -np.where(eligible, size, -1.0), lesions.organ, lesions.patient))
        order = order[eligible[order]]
        per_organ = pd.Series(order).groupby([lesions.patient[order], lesions.organ[order]]).cumcount().to_numpy()
        kept[order[per_organ >= (criterion.max_per_organ or 0)]] = False
        order = np.lexsort((np.arange(len(size)), -np.where(kept, size, -1.0), lesions.patient))
        order = order[kept[order]]
        rank = pd.Series(order).groupby(lesions.patient[order]).cumcount().to_numpy()
        kept[order[rank >= criterion.max_targets]] = False
    unmeasured = chosen & lesions.target_role & np.isnan(size) & (rules["target_without_baseline"] == "not_evaluable")
    over = eligible & ~kept & lesions.target_role
    present = at_baseline | lesions.non_target_role
    other = lesions.inside & present & ~kept & ~unmeasured & ~gone
    return Roles(kept, unmeasured, over, other)


def measurable(diameter: Floats, node: Booleans, criterion: Criterion) -> Booleans:
    """Lesions large enough to be targets; missing is not."""
    limit = np.where(node & (criterion.node_mm is not None), criterion.node_mm or 0.0, criterion.target_mm)
    return compare(diameter, "min", limit)


def first_seen(scans: Scans, measures: Measures, lesions: Lesions, before: Booleans, criterion: Criterion,
               rules: Mapping[str, Any]) -> Positions:  # fmt: skip
    """Of each lesion that is new: the visit at which it was first seen; -1 for the others.

    before  rows of scans before treatment. New is a lesion no such row shows, in a patient whose lesions have some.
    Under mRECIST a liver lesion is new when a later row shows 10 mm with enhancement, or 10 mm growth since first seen;
    it is dated at first sight (Lencioni and Llovet 2010).
    """
    count = len(lesions.patient)
    made = np.full(count, -1, dtype=np.intp)
    rule = rules["first_seen_later"]
    if rule == "never" or not count:
        return made
    known = np.zeros(count, dtype=bool)
    of_lesion = scans.lesion >= 0
    known[scans.lesion[of_lesion & before & ~(scans.numbers("longest_diameter") == 0)]] = True
    looked = np.zeros(int(scans.patient.max(initial=-1)) + 2, dtype=bool)
    looked[scans.patient[of_lesion & before]] = True
    wanted = ~lesions.any_role if rule == "without_role" else ~lesions.target_role
    late = of_lesion & ~before & measures.seen & ~np.isnan(scans.order[scans.visit])
    late &= (~known & wanted & lesions.inside)[scans.lesion]
    late &= looked[scans.patient]
    at = np.flatnonzero(late)
    at = at[np.lexsort((scans.visit[at], scans.lesion[at]))]
    lesion = scans.lesion[at]
    start = np.ones(len(at), dtype=bool)
    start[1:] = lesion[1:] != lesion[:-1]
    made[lesion[start]] = scans.visit[at[start]]
    if criterion.hcc_pattern:
        longest, viable = scans.numbers("longest_diameter")[at], scans.numbers("viable_diameter")[at]
        length = np.where(np.isnan(longest), viable, longest)
        enhances = scans.says("arterial_enhancement", "yes")[at] | (viable > 0)
        first = length[start][np.cumsum(start) - 1] if len(at) else length
        counts = compare(length, "min", NEW_LESION_MM) & enhances
        counts |= compare(length, "min", first + NEW_LESION_MM) | ~lesions.liver[lesion]
        is_new = np.zeros(count, dtype=bool)
        is_new[lesion[counts]] = True
        made[~is_new] = -1
    return made


def baseline_of(candidates: Candidates, scans: Scans) -> Booleans:
    """Rows of scans before treatment: those in order up to day 0, and the candidates for the baseline."""
    return (scans.order[scans.visit] <= 0) | candidates.usable
