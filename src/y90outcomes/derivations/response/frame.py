"""Responses as a table: categories, numbers, reasons and flags in words, rows as positions in the registry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from y90outcomes.derivations.response.criteria import CATEGORIES
from y90outcomes.derivations.response.overall import NEW, OTHER, REASONS, TARGET
from y90outcomes.derivations.response.parts import Parts
from y90outcomes.derivations.response.target_state import TargetState
from y90outcomes.derivations.response.visits import Booleans, Floats
from y90outcomes.derivations.types import Positions

FLAGS: Mapping[str, str] = {
    "undated": "no date: ordered by the planned day of its visit",
    "no_place": "an undated unscheduled scan has no place in the order",
    "incomplete": "a target was not measured",
    "conflict": "two columns of a row contradict each other",
    "modality_change": "another modality than at baseline",
    "size_only": "no attenuation: judged by size alone",
    "new_lesion_unrecorded": "nothing recorded about new lesions",
    "new_lesion_measured": "a lesion or thrombus was first seen after baseline",
    "target_limit": "more targets recorded than the criterion counts",
    "target_without_baseline": "a recorded target was not measured at baseline",
    "perfusion_unrecorded": "a lesion whose perfusion is not recorded was left out",
    "old_baseline": "a scan was too old to be the baseline",
    "baseline_after_treatment": "the baseline scan is after day 0",
    "thrombus_unrecorded": "nothing recorded about thrombus at baseline",
    "stable_enhancing_thrombus": "tumour gone, thrombus enhancing but stable: open in the source",
    "unenhancing_growth": "an unenhancing thrombus grew: open in the source",
}
"""flag of a visit -> what it means; counted by every derivation that reads responses."""

_MORE_REASONS = (
    "no_baseline", "no_place_in_order", "attenuation_fall", "regrowth", "not_measurable_at_baseline",
    "target_without_baseline", "thrombus_growth", "thrombus_enhancing", "unenhancing_thrombus_growth",
    "thrombus_not_evaluable",
)  # fmt: skip
WHY = (*REASONS, *_MORE_REASONS)
"""Every reason of a response."""


def as_frame(parts: Parts, unit: Positions, visit: Positions, response: Positions, why: Positions,
             flags: Mapping[str, Booleans], made: TargetState, other: Positions, new: Positions, row: Positions,
             start: Positions, nadir_row: Positions) -> pd.DataFrame:  # fmt: skip
    """One row per unit visit; `responses` says what the columns are. A visit without a place in the order is NE."""
    found = parts.found
    lost = np.isnan(found.order[visit])
    response = np.where(lost, CATEGORIES.index("NE"), response)
    why = np.where(lost, WHY.index("no_place_in_order"), why)

    def position(rows: Positions) -> Positions:
        return np.where(rows >= 0, found.row[rows], -1) if len(found.row) else rows

    return pd.DataFrame(
        {
            "subject": unit,
            "visit": _text(found.label[visit]),
            "days": found.days[visit],
            "order": found.order[visit],
            "response": _text(np.array(CATEGORIES, dtype=object)[response]),
            "target": _text(np.array(TARGET, dtype=object)[made.state]),
            "non_target": _text(np.array(OTHER, dtype=object)[other]),
            "new_lesion": _text(np.array(NEW, dtype=object)[new]),
            "sum": made.total,
            "baseline_sum": made.baseline,
            "nadir": made.nadir,
            "ratio_baseline": _ratio(made.total, made.baseline),
            "ratio_nadir": _ratio(made.total, made.nadir),
            "attenuation_ratio": made.attenuation,
            "reason": _text(np.array(WHY, dtype=object)[why]),
            "flags": _text(_flag_words(flags, len(unit))),
            "row": position(row),
            "baseline_row": position(start),
            "nadir_row": position(nadir_row),
        }
    )


def _text(values: Any) -> pd.api.extensions.ExtensionArray:
    return pd.array(values, dtype="string")


def _ratio(value: Floats, reference: Floats) -> Floats:
    usable = reference > 0
    return np.where(usable, value / np.where(usable, reference, 1.0), np.nan)


def _flag_words(flags: Mapping[str, Booleans], count: int) -> Any:
    """The names of the flags that are up, joined by ";", of each visit."""
    names = [name for name in FLAGS if name in flags]
    bits = np.zeros(count, dtype=np.int64)
    for power, name in enumerate(names):
        bits |= flags[name].astype(np.int64) << power
    met, at = np.unique(bits, return_inverse=True)
    words = [";".join(name for power, name in enumerate(names) if value >> power & 1) for value in met.tolist()]
    return np.array(words, dtype=object)[at] if count else np.array([], dtype=object)
