"""Parameters of the response derivations: where the sources leave a case open or a protocol may differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from y90outcomes.derivations.types import Rule

_BASELINE = (
    Rule("baseline_days_before_maa", 91, "Oldest baseline scan: days before the MAA work-up, before day 0 where the "
         "day of the work-up is not known", unit="d", low=0),
    Rule("baseline_after_treatment", False, "A scan after day 0, inside the baseline window, may be the baseline"),
)  # fmt: skip
_CATEGORY = (
    Rule("territory", "whole", "Lesions that count: of the whole patient, or of the treated territory",
         ("whole", "treated")),
    Rule("target_limit", "criterion", "Number of targets: the criterion's limit, the largest of each organ first, or "
         "all recorded", ("criterion", "all")),
    Rule("target_without_baseline", "not_evaluable", "A recorded target not measured at baseline makes the targets not "
         "evaluable, or is left out", ("not_evaluable", "left_out")),
    Rule("pd_absolute_mm", 0, "mRECIST: growth from the nadir that progression also needs (0 in the paper of 2010)",
         unit="mm", low=0),
    Rule("regrowth", "criterion", "A target back after all were gone (sum 0): any is progression (mRECIST, EASL) or "
         "the usual limits decide (RECIST 1.1); `criterion` takes the criterion's own", ("criterion", "any", "limit")),
    Rule("easl_pd_of", "sum", "EASL: progression of the sum or of any lesion", ("sum", "any_lesion")),
    Rule("new_lesion_unrecorded", "not_evaluable", "Nothing recorded about new lesions: the visit is not evaluable "
         "unless it shows progression, or there is none", ("not_evaluable", "none")),
    Rule("new_lesion_lasts", True, "A new lesion stays progression at every later visit"),
    Rule("first_seen_later", "without_role", "A lesion first seen after baseline is new: when it has no role, with any "
         "role but target, or never", ("without_role", "any_but_target", "never")),
    Rule("non_targets", "table", "Non-target disease counts as in the criterion's table, or only when it progresses",
         ("table", "progression_only")),
    Rule("non_target_only", "NE", "A patient without targets whose other disease is neither gone nor progressing",
         ("NE", "SD")),
    Rule("new_lesion_in_liver", "counts", "Treated territory: a new liver lesion of unknown place counts or is outside",
         ("counts", "outside")),
    Rule("perfusion_unrecorded", "exclude", "Treated territory: the lesions of a patient of whom no perfused lesion is "
         "recorded either way are left out, or all count as perfused", ("exclude", "perfused")),
)  # fmt: skip
_THROMBUS = (
    Rule("thrombus", "criterion", "Tumour thrombus: a non-target (mRECIST), by Meerun's rules (localised mRECIST), or "
         "not looked at; `criterion` takes the criterion's own", ("criterion", "non_target", "meerun", "ignore")),
    Rule("thrombus_unrecorded", "not_evaluated", "Nothing recorded about thrombus at baseline: there is none, or it is "
         "not evaluated", ("none", "not_evaluated")),
    Rule("new_thrombus", "progression", "A thrombus where baseline had none: a new lesion, or ignored",
         ("progression", "ignore")),
    Rule("thrombus_wider_mm", 0, "A thrombus is wider when its width exceeds that of baseline by more than this",
         unit="mm", low=0),
    Rule("stable_enhancing_thrombus", "PR", "Tumour complete response with an enhancing thrombus neither wider nor "
         "further (open in the source)", ("CR", "PR", "SD")),
    Rule("unenhancing_growth", "SD", "An unenhancing thrombus that grows, tumour not progressing (open in the source)",
         ("SD", "PD", "tumour")),
)  # fmt: skip
BEST_RULES: tuple[Rule, ...] = (
    Rule("after_later_therapy", "exclude", "Assessments after the first later anticancer therapy, second course, "
         "resection or transplantation", ("exclude", "include")),
    Rule("order_unknown", "excluded", "An assessment that may have come after a later therapy, one of the two undated, "
         "does not count, or counts", ("excluded", "counts")),
    Rule("staged_days", 56, "A session up to this day belongs to the first course where no course is recorded",
         unit="d", low=0),
    Rule("sd_min_days", 42, "Stable disease needs an assessment at this day or later", unit="d", low=0),
    Rule("confirm_days", 0, "Complete and partial response need the same or better at least this much later; 0: no "
         "confirmation", unit="d", low=0),
    Rule("undated", "by_label", "An undated assessment counts when its visit is the window's, or by the planned day of "
         "its visit", ("by_label", "by_planned_day")),
)  # fmt: skip

RESPONSE_RULES: tuple[Rule, ...] = (*_BASELINE, *_CATEGORY, *_THROMBUS)


def with_defaults(given: Mapping[str, Any], declared: tuple[Rule, ...] = RESPONSE_RULES) -> dict[str, Any]:
    """Every declared rule with its value. ValueError for a rule nobody declared or a word it may not be."""
    known = {rule.name: rule for rule in declared}
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise ValueError(f"unknown rule {unknown[0]!r}; known: {', '.join(known)}")
    made = {name: given.get(name, rule.default) for name, rule in known.items()}
    for name, rule in known.items():
        if rule.allowed and made[name] not in rule.allowed:
            raise ValueError(f"rule {name!r} is {made[name]!r}; allowed: {', '.join(rule.allowed)}")
    return made
