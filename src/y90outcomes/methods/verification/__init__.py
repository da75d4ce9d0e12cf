"""Every analysis computed again by a second engine. To add one: a function here and a line in `SECOND`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from y90outcomes.cohort import Cohort
from y90outcomes.methods.verification import cox, design, groups, logistic, models, roc, survival
from y90outcomes.methods.verification.reasons import reason
from y90outcomes.methods.verification.sheet import TOLERANCE, Second, Sheet
from y90outcomes.results import Result

__all__ = ["SECOND", "TOLERANCE", "Second", "Sheet", "reason"]

Again = Callable[[Cohort, str, Any, Sequence[Result]], Sheet]

SECOND: Mapping[str, Again] = MappingProxyType(
    {
        "summary": groups.summary,
        "compare_groups": groups.compare_groups,
        "cross_table": groups.cross_table,
        "correlation": groups.correlation,
        "agreement": groups.agreement,
        "proportion": groups.proportion,
        "compare_proportions": groups.compare_proportions,
        "toxicity": groups.counted_rates,
        "recommendations": groups.counted_rates,
        "family": groups.family,
        "kaplan_meier": survival.kaplan_meier,
        "follow_up": survival.follow_up,
        "competing_risks": survival.competing_risks,
        "cox": cox.cox,
        "logistic": logistic.logistic,
        "dose_response": logistic.dose_response,
        "model_selection": models.model_selection,
        "subgroups": models.subgroups,
        "centres": models.centres,
        "roc": roc.roc,
        "sample_size": design.sample_size,
    }
)
"""protocol's word -> the second engine's numbers, given the method's own results for what only they name (the terms of
a selected model, the grid of a curve, counts of a page that counts in its own way)."""
