"""Notes that several models share: few events, collinear covariates, a ratio per too small a unit, late variables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from y90outcomes.estimators.collinearity import variance_inflation
from y90outcomes.estimators.intraclass import intraclass_correlation
from y90outcomes.estimators.numbers import Booleans, Floats
from y90outcomes.estimators.proportional_hazards import ProportionalHazards
from y90outcomes.methods.common import Selection
from y90outcomes.methods.design import Design
from y90outcomes.results import EffectRow, Note

FEW_EVENTS = 10
"""Events per parameter below which a note warns (Peduzzi 1995, 10.1016/0895-4356(95)00048-8)."""
NOT_PROPORTIONAL = 0.05
"""p of the test of proportional hazards below which a note warns."""
INFLATED = 5.0
"""Variance inflation factor above which a note warns."""
LOGARITHMIC = ("per doubling", "per factor e")
"""Units of a column that is a logarithm."""
SPREAD = 5.0
"""A unit this many times smaller than the standard deviation is small."""


def few_events(events: int, parameters: int, *, what: str = "events", but: str = "") -> tuple[Note, ...]:
    """A note where there are fewer than ten events per parameter; `what` is counted, `but` a further sentence."""
    if parameters <= 0 or events >= FEW_EVENTS * parameters:
        return ()
    words = "parameter" if parameters == 1 else "parameters"
    message = f"{events} {what} for {parameters} {words}: fewer than {FEW_EVENTS} each."
    return (Note("few_events", f"{message} {but}".strip(), "caution"),)


def collinearity(selection: Selection, made: Design) -> tuple[Note, ...]:
    """A note naming the terms whose variance inflation factor is above 5 (a factor counts as one block)."""
    blocks = made.blocks()
    if len(blocks) < 2:
        return ()
    factors = variance_inflation(made.matrix, list(blocks.values()))
    high = [
        f"{selection.meaning(term).label} {'∞' if math.isinf(factor) else f'{factor:.1f}'}"
        for term, factor in zip(blocks, factors.tolist(), strict=True)
        if factor > INFLATED
    ]
    if not high:
        return ()
    message = (
        f"Covariates that explain one another (variance inflation factor above {INFLATED:g}): {', '.join(high)}. "
        "Their separate effects are hard to tell apart."
    )
    return (Note("collinearity", message, "caution"),)


def small_unit(
    selection: Selection, rows: Sequence[EffectRow], made: Design, per: Mapping[str, float], *, ratio: str
) -> tuple[Note, ...]:
    """A note where a ratio per unit prints as 1.00 because the unit is small, with a unit near one SD instead.

    `rows` hold the ratios (quantity `ratio`: "odds_ratio", "hazard_ratio") of `made`'s columns, `per` their units.
    """
    by_term = {row.term: row for row in rows if row.quantity == ratio and row.contrast is None}
    said = []
    for position, column in enumerate(made.columns):
        row = by_term.get(column.term)
        if column.level or row is None or column.unit in LOGARITHMIC or not _prints_as_one(row):
            continue
        with np.errstate(over="ignore"):
            sd = float(np.std(made.matrix[:, position])) if len(made.matrix) else 0.0
        if sd < SPREAD or math.isinf(sd):
            continue
        known = selection.meaning(column.term)
        unit = f"{round_unit(sd * per.get(column.term, 1.0)):g} {known.unit}".strip()
        said.append(f"{known.label} (say per {unit})")
    if not said:
        return ()
    words = ratio.replace("_", " ")
    return (
        Note(
            "small_unit",
            f"The {words} prints as 1.00 because its unit is small against the spread of the values; ask for a "
            f"larger one in the protocol's `per`: {', '.join(said)}.",
        ),
    )


def round_unit(sd: float) -> float:
    """The number 1, 2 or 5 times a power of ten nearest to an SD on a log scale; NaN for 0 and for NaN."""
    if not 0.0 < sd < math.inf:
        return math.nan
    power = 10.0 ** math.floor(math.log10(sd))
    candidates = [digit * power for digit in (1.0, 2.0, 5.0, 10.0)]
    return min(candidates, key=lambda candidate: abs(math.log(candidate / sd)))


def no_estimate(reason: str, *, where: str = "") -> Note:
    """The note over a model without an estimate: separation, a search that did not end, or no model at all."""
    kind = "no_estimate"
    if "separat" in reason or "monotone" in reason:
        kind = "separation"
    elif "did not end" in reason:
        kind = "non_convergence"
    return Note(kind, f"No estimate{where}: {reason}.", "warning")


def not_proportional(labels: Mapping[str, str], tested: ProportionalHazards, where: str = "") -> tuple[Note, ...]:
    """A note naming the terms (name -> label) whose hazards are not proportional."""
    found = [labels[term] for term, test in tested.tests.items() if test.p < NOT_PROPORTIONAL]
    if not found and not tested.overall.p < NOT_PROPORTIONAL:
        return ()
    which = (f"for {', '.join(found)}" if found else "for the model as a whole") + where
    return (
        Note(
            "non_proportional",
            f"Hazards are not proportional {which} (p < {NOT_PROPORTIONAL:g}): the hazard ratio is an average over the "
            "follow-up seen here and would differ over another.",
            "caution",
        ),
    )


def lesions_independent(
    selection: Selection, values: Floats | None, rows: Booleans, what: str = ""
) -> tuple[Note, ...]:
    """A note where several lesions of one patient among `rows` (n,) are taken as independent, with the intraclass
    correlation of `values` (n,), `what` in words, where there are any."""
    if selection.grain != "lesion":
        return ()
    known = rows if values is None else rows & np.isfinite(values)
    codes = selection.clusters("patient")[known]
    patients = len(np.unique(codes))
    if patients == len(codes):
        return ()
    said = ""
    if values is not None:
        alike = intraclass_correlation(values[known], codes)
        said = f" (intraclass correlation{what} {alike.estimate:.2f})" if alike.valid else ""
    message = (
        f"{len(codes)} lesions of {patients} patients are taken as independent{said}: where lesions of a patient are "
        "alike, intervals are too narrow and p values too small."
    )
    return (Note("lesions_independent", message, "caution"),)


def measured_late(selection: Selection, terms: Sequence[str]) -> tuple[Note, ...]:
    """A note naming the terms of a binary endpoint's model that are measured after the time origin."""
    known = [selection.meaning(term) for term in terms]
    late = [meaning.label for meaning in known if meaning.measured_at == "follow_up"]
    if not late:
        return ()
    message = (
        f"Measured after the time origin: {', '.join(late)}. The outcome may have come first, or decided who could "
        "still be measured; the odds ratio does not say what a baseline value predicts."
    )
    return (Note("immortal_time", message, "caution"),)


def _prints_as_one(row: EffectRow) -> bool:
    numbers = (row.estimate, row.lower, row.upper)
    if row.estimate is None or not 0.995 <= row.estimate < 1.005:
        return False
    return all(number is None or 0.95 < number < 1.05 for number in numbers)
