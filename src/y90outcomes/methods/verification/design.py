"""Sample sizes again: the same simulated studies, each fitted on its own by weighted least squares."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from y90outcomes.cohort import Cohort
from y90outcomes.estimators.second import widths as second
from y90outcomes.methods.verification.sheet import Sheet
from y90outcomes.results import Result
from y90outcomes.results.addresses import shortest
from y90outcomes.study.analyses import SampleSizeAnalysis

PERCENT = 100.0


def sample_size(cohort: Cohort, id: str, spec: SampleSizeAnalysis, _: Sequence[Result]) -> Sheet:
    """Widths of every size and dose, the assumed probability, mean events and studies without a maximum."""
    sheet = Sheet(id)
    first, last = spec.assumed
    logits = [float(np.log(point.probability / (1.0 - point.probability))) for point in (first, last)]
    slope = (logits[1] - logits[0]) / (last.dose - first.dose)
    line = (logits[0] - slope * first.dose, slope)
    doses = spec.doses
    spread = (
        np.array(doses.quantiles, dtype=float)
        if doses.median is None or doses.sd_log is None
        else (doses.median, doses.sd_log)
    )
    event, dose = second.studies(line, spread, max(spec.sizes), spec.replicates, spec.seed)
    at = np.array(spec.at, dtype=float)
    for n in spec.sizes:
        found = [second.width(e[:n], d[:n], at, spec.level) for e, d in zip(event, dose, strict=True)]
        made = second.told(found, len(at), spec.central)
        for place, x in enumerate(spec.at):
            values = {name: PERCENT * float(made[name][place]) for name in ("estimate", "lower", "upper")}
            sheet.put("", (shortest(x), shortest(n)), second.NUMPY, values)
            row = {
                "probability": PERCENT / (1.0 + float(np.exp(-(line[0] + line[1] * x)))),
                "events": float(event[:, :n].sum() / spec.replicates),
                "width": values["estimate"],
                "lower": values["lower"],
                "upper": values["upper"],
                "without_maximum": float(made["lost"]),
            }
            for name, value in row.items():
                sheet.put("widths", (f"{shortest(x)}_n_{n}", name), second.NUMPY, {"value": value})
    return sheet
