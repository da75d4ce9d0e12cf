"""Medians and quartiles set against their estimand as shares of patients, which numbers recorded in steps allow too.

A quartile of numbers recorded in steps has no normal error: in most samples it is one step, in some the next. The share
of patients at or below a given number has the binomial error whatever is recorded (Woodruff 1952,
doi:10.1080/01621459.1952.10483443).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from y90outcomes.cohort import Cohort
from y90outcomes.methods.common import groups_of, select
from y90outcomes.results.addresses import encode

Floats = npt.NDArray[np.float64]

QUANTILES: Mapping[str, float] = {"q1": 0.25, "median": 0.5, "q3": 0.75}
"""Field of a summary -> the share of patients it is the quantile of."""


def summarised(cohort: Cohort) -> dict[str, Floats]:
    """`<analysis>/<variable>/<group>` -> the numbers that a `summary` analysis describes there, missing left out."""
    found: dict[str, Floats] = {}
    for name, spec in cohort.study.analyses.items():
        if spec.method != "summary":
            continue
        selection = select(cohort, spec)
        groups = groups_of(selection, getattr(spec, "by", None))
        for variable in getattr(spec, "variables", ()):
            if not selection.meaning(variable).numeric:
                continue
            values = selection.values(variable).to_numpy(dtype=float, na_value=np.nan)
            for group, mask in groups.items():
                own = values[mask]
                found["/".join(encode(part) for part in (name, variable, group))] = own[~np.isnan(own)]
    return found


def share(values: Floats, quantile: float, truth: float) -> tuple[float, float]:
    """(share of patients, its standard error) to compare with `quantile`, the share of which `truth` is the quantile.

    values   (n,) finite numbers, n > 0
    truth    the quantile in the population; a mean over samples lies between two steps, so the recorded number nearest
             to it stands for it
    returns  of the shares below it and up to it, and everything between, the one nearest to `quantile`; its binomial
             standard error under the quantile
    """
    nearest = float(values[np.argmin(np.abs(values - truth))])
    below, up_to = float(np.mean(values < nearest)), float(np.mean(values <= nearest))
    return min(max(quantile, below), up_to), math.sqrt(quantile * (1 - quantile) / values.size)
