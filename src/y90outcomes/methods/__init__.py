"""Methods: a cohort and one analysis of the protocol make results. To add one: a file here and a line in `METHODS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from y90outcomes.cohort import Cohort
from y90outcomes.methods.agreement import agreement
from y90outcomes.methods.compare_groups import compare_groups
from y90outcomes.methods.cox import cox
from y90outcomes.methods.cross_table import cross_table
from y90outcomes.methods.follow_up import follow_up
from y90outcomes.methods.kaplan_meier import kaplan_meier
from y90outcomes.methods.proportion import proportion
from y90outcomes.methods.recommendations import recommendations
from y90outcomes.methods.subject_bars import subject_bars
from y90outcomes.methods.summary import summary
from y90outcomes.methods.toxicity import toxicity
from y90outcomes.results import Result

Method = Callable[[Cohort, str, Any], list[Result]]

METHODS: Mapping[str, Method] = MappingProxyType(
    {
        "summary": summary,
        "compare_groups": compare_groups,
        "cross_table": cross_table,
        "agreement": agreement,
        "proportion": proportion,
        "kaplan_meier": kaplan_meier,
        "follow_up": follow_up,
        "cox": cox,
        "subject_bars": subject_bars,
        "recommendations": recommendations,
        "toxicity": toxicity,
    }
)
"""protocol's word -> method."""
