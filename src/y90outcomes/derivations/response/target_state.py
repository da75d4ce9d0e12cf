"""State of the targets at each visit: sum against baseline and nadir, under the limits of the criterion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from y90outcomes.derivations.response.choi import attenuation_ratio
from y90outcomes.derivations.response.criteria import Criterion
from y90outcomes.derivations.response.overall import TARGET
from y90outcomes.derivations.response.visits import Booleans, Floats, running_low
from y90outcomes.derivations.types import Positions
from y90outcomes.thresholds import compare, significant


@dataclass(frozen=True, slots=True)
class Course:
    """Target rows against the visits of their units. A unit is a patient, or a lesion at the lesion's grain.

    unit  of each unit visit, sorted, in time order; at  the unit visit of each target row; lesion, value, gone, hu and
    hu_before of each target row; size of each lesion at baseline; targets and baseline (sum) of each unit;
    lacking  units with a recorded target that has no baseline measurement
    """

    unit: Positions
    at: Positions
    lesion: Positions
    value: Floats
    gone: Booleans
    hu: Floats
    hu_before: Floats
    size: Floats
    targets: Positions
    baseline: Floats
    lacking: Booleans


@dataclass(frozen=True, slots=True)
class TargetState:
    """Of each unit visit: `state` (code of TARGET), `total` (sum of what was measured, NaN for nothing), `baseline`,
    `nadir` (baseline included), `nadir_at` (unit visit of the nadir, -1 baseline), `complete`, `attenuation` (ratio),
    `attenuation_known`, `by_attenuation` (PR by it alone), `regrowth` (progression from nothing)."""

    state: Positions
    total: Floats
    baseline: Floats
    nadir: Floats
    nadir_at: Positions
    complete: Booleans
    attenuation: Floats
    attenuation_known: Booleans
    by_attenuation: Booleans
    regrowth: Booleans


def grown(value: Floats, reference: Floats, criterion: Criterion, rules: Mapping[str, Any]) -> Booleans:
    """Progression by size: value >= pd × reference and >= reference + the absolute growth; from a reference of 0,
    anything above 0 (rule `regrowth`) or that reaches the absolute growth. Missing is no progression."""
    absolute = float(rules["pd_absolute_mm"]) if criterion.absolute_mm is None else criterion.absolute_mm
    regrowth = criterion.regrowth if rules["regrowth"] == "criterion" else rules["regrowth"]
    usual = compare(value, "min", criterion.pd * reference) & compare(value, "min", reference + absolute)
    return (value > 0) & np.where((reference == 0) & (regrowth == "any"), True, usual)


def target_state(course: Course, criterion: Criterion, rules: Mapping[str, Any]) -> TargetState:
    """CR all gone; PD growth; PR decrease; else SD; NE when a target was not measured and the rest alone is not PD.

    A sum that lacks a target is a lower bound, so it can show progression and nothing else (Eisenhauer 2009). CR comes
    before PD: nodes that grow within the normal are gone. Unmeasured targets at baseline give NE.
    """
    count = len(course.unit)
    measured = ~np.isnan(course.value)
    at = course.at[measured]
    n = np.bincount(at, minlength=count)
    total = significant(np.bincount(at, weights=course.value[measured], minlength=count))
    gone = np.bincount(course.at, weights=course.gone, minlength=count)
    targets, lacking = course.targets[course.unit], course.lacking[course.unit]
    baseline = np.where((targets > 0) & ~lacking, course.baseline[course.unit], np.nan)
    complete = (n == targets) & (targets > 0) & ~lacking
    low, low_at = running_low(course.unit, np.where(complete, total, np.nan))
    earlier = low < baseline
    nadir, nadir_at = np.where(earlier, low, baseline), np.where(earlier, low_at, -1)
    reference = nadir if criterion.reference == "nadir" else baseline
    bigger = grown(total, reference, criterion, rules)
    if criterion.measure == "area" and rules["easl_pd_of"] == "any_lesion":
        bigger = _any_lesion(course, criterion, rules) & ~np.isnan(baseline)
    all_gone = complete & (gone == targets)
    smaller = complete & compare(total, "max", criterion.pr * baseline)
    ratio, known = np.full(count, np.nan), np.zeros(count, dtype=bool)
    if criterion.density_pr is not None:
        ratio, known = attenuation_ratio(course.at, count, course.value, course.hu, course.hu_before)
        known &= complete
        ratio = np.where(known, ratio, np.nan)
    fainter = compare(ratio, "max", criterion.density_pr or 0.0) & known
    cases = [targets + lacking == 0, lacking, all_gone, bigger & ~fainter, ~complete, smaller | fainter]
    codes = [TARGET.index(name) for name in ("none", "NE", "CR", "PD", "NE", "PR")]
    state = np.select(cases, codes, TARGET.index("SD")).astype(np.intp)
    return TargetState(
        state, np.where(n > 0, total, np.nan), baseline, nadir, nadir_at.astype(np.intp), complete, ratio, known,
        fainter & ~smaller & (state == TARGET.index("PR")), bigger & (reference == 0),
    )  # fmt: skip


def _any_lesion(course: Course, criterion: Criterion, rules: Mapping[str, Any]) -> Booleans:
    """Unit visits at which one target alone grew past the limit from its own nadir."""
    order = np.lexsort((course.at, course.lesion))
    lesion, value = course.lesion[order], course.value[order]
    low, _ = running_low(lesion, value)
    bigger = grown(value, np.minimum(low, course.size[lesion]), criterion, rules)
    made = np.zeros(len(course.unit), dtype=bool)
    made[course.at[order][bigger]] = True
    return made
