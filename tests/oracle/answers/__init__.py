"""Our numbers for every reference value: `ANSWERS`, method -> Answer, one module per topic."""

from __future__ import annotations

from collections.abc import Mapping

from tests.oracle.answers import (
    classic,
    competing_risks,
    cox,
    curve_width,
    dialects,
    dose_response,
    group_tests,
    logistic,
    lowess,
    means,
    roc,
    selection,
    subgroups,
    survival_tests,
    two_proportions,
)
from tests.oracle.answers.base import Answer, Values

ANSWERS: Mapping[str, Answer] = {
    **classic.ANSWERS,
    **competing_risks.ANSWERS,
    **cox.ANSWERS,
    **curve_width.ANSWERS,
    **survival_tests.ANSWERS,
    **means.ANSWERS,
    **two_proportions.ANSWERS,
    **dose_response.ANSWERS,
    **group_tests.ANSWERS,
    **logistic.ANSWERS,
    **lowess.ANSWERS,
    **roc.ANSWERS,
    **selection.ANSWERS,
    **subgroups.ANSWERS,
    **dialects.ANSWERS,
}

__all__ = ["ANSWERS", "Answer", "Values"]
