"""Overall response at a visit from targets, other disease and new lesions: the table of the paper, as data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from y90outcomes.derivations.response.criteria import CATEGORIES
from y90outcomes.derivations.types import Positions

TARGET = ("CR", "PR", "SD", "PD", "NE", "none")
"""State of the targets; `none`: no target at baseline."""

OTHER = ("CR", "present", "PD", "not_evaluated", "none")
"""State of the other disease; `present` is neither gone nor progressing, `none`: no other disease at baseline."""

NEW = ("no", "yes", "unknown")

ANY = "any"
_TABLE = (
    # targets, other disease, new lesion, overall, why. First line that fits. Eisenhauer 2009, tables 1 and 2.
    ("PD", ANY, ANY, "PD", "target_growth"),
    (ANY, "PD", ANY, "PD", "non_target_progression"),
    (ANY, ANY, "yes", "PD", "new_lesion"),
    ("NE", ANY, ANY, "NE", "target_not_evaluable"),
    (ANY, ANY, "unknown", "NE", "new_lesion_unrecorded"),
    ("CR", "CR", "no", "CR", "all_gone"),
    ("CR", "none", "no", "CR", "all_gone"),
    ("CR", "present", "no", "PR", "targets_gone_other_disease_left"),
    ("CR", "not_evaluated", "no", "PR", "targets_gone_other_disease_not_evaluated"),
    ("PR", ANY, "no", "PR", "decrease"),
    ("SD", ANY, "no", "SD", "neither"),
    ("none", "CR", "no", "CR", "other_disease_gone"),
    ("none", "present", "no", "non_target_only", "other_disease_left"),
    ("none", "not_evaluated", "no", "NE", "other_disease_not_evaluated"),
    ("none", "none", "no", "NE", "no_disease_at_baseline"),
)
"""`non_target_only` is the rule's category for a patient without targets whose other disease is left."""


def _look(target: str, other: str, new: str) -> tuple[str, str]:
    return next((line[3], line[4]) for line in _TABLE
                if line[0] in (target, ANY) and line[1] in (other, ANY) and line[2] in (new, ANY))  # fmt: skip


OVERALL: Mapping[tuple[str, str, str], tuple[str, str]] = MappingProxyType(
    {(target, other, new): _look(target, other, new) for target in TARGET for other in OTHER for new in NEW}
)
"""(targets, other disease, new lesion) -> (overall response, why)."""

_RESULTS = (*CATEGORIES, "non_target_only")
REASONS = tuple(dict.fromkeys(line[4] for line in _TABLE))
_SHAPE = (len(TARGET), len(OTHER), len(NEW))
_RESPONSE = np.array([_RESULTS.index(OVERALL[t, o, n][0]) for t in TARGET for o in OTHER for n in NEW]).reshape(_SHAPE)
_WHY = np.array([REASONS.index(OVERALL[t, o, n][1]) for t in TARGET for o in OTHER for n in NEW]).reshape(_SHAPE)


def overall(target: Positions, other: Positions, new: Positions, non_target_only: str) -> tuple[Positions, Positions]:
    """Overall response (index in CATEGORIES) and why (index in REASONS) from codes of TARGET, OTHER and NEW."""
    response = _RESPONSE[target, other, new]
    response = np.where(response == len(CATEGORIES), CATEGORIES.index(non_target_only), response)
    return response.astype(np.intp), _WHY[target, other, new].astype(np.intp)
