"""Methods: a cohort and one analysis of the protocol make results. To add one: a file here and a line in `METHODS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from y90outcomes.cohort import Cohort
from y90outcomes.methods.agreement import agreement
from y90outcomes.methods.centres import centres
from y90outcomes.methods.compare_groups import compare_groups
from y90outcomes.methods.compare_proportions import compare_proportions
from y90outcomes.methods.competing_risks import competing_risks
from y90outcomes.methods.correlation import correlation
from y90outcomes.methods.cox import cox
from y90outcomes.methods.cross_table import cross_table
from y90outcomes.methods.dose_response import dose_response
from y90outcomes.methods.family import family
from y90outcomes.methods.follow_up import follow_up
from y90outcomes.methods.kaplan_meier import kaplan_meier
from y90outcomes.methods.logistic import logistic
from y90outcomes.methods.model_selection import model_selection
from y90outcomes.methods.proportion import proportion
from y90outcomes.methods.recommendations import recommendations
from y90outcomes.methods.roc import roc
from y90outcomes.methods.sample_size import sample_size
from y90outcomes.methods.subgroups import subgroups
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
        "correlation": correlation,
        "agreement": agreement,
        "proportion": proportion,
        "compare_proportions": compare_proportions,
        "kaplan_meier": kaplan_meier,
        "follow_up": follow_up,
        "competing_risks": competing_risks,
        "cox": cox,
        "logistic": logistic,
        "dose_response": dose_response,
        "subject_bars": subject_bars,
        "recommendations": recommendations,
        "toxicity": toxicity,
        "model_selection": model_selection,
        "subgroups": subgroups,
        "centres": centres,
        "roc": roc,
        "sample_size": sample_size,
    }
)
"""protocol's word -> method."""

FAMILIES: Mapping[str, Callable[[Sequence[Result], str, Any], list[Result]]] = MappingProxyType({"family": family})
"""protocol's word -> method that reads the results of the others; run after them, placed in the protocol's order."""
