"""Size of a study by the width of simulated logistic curves; no patient is looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from y90outcomes.cohort import Cohort
from y90outcomes.estimators.curve_width import CurveWidth, curve_width, line_through
from y90outcomes.methods.common import plain, select
from y90outcomes.results import CurveRow, Curves, Note, Result, Table, TableColumn
from y90outcomes.results.addresses import shortest
from y90outcomes.study.analyses import SampleSizeAnalysis

PERCENT = 100.0


def sample_size(cohort: Cohort, id: str, spec: SampleSizeAnalysis) -> list[Result]:
    """`<id>` the median width over the number of patients with the limits of the central share of simulated studies,
    in per cent of probability, a group per dose; `<id>.widths` the same with events and studies without a maximum."""
    selection = select(cohort, spec)
    known, outcome = selection.meaning(spec.dose), selection.outcome(spec.endpoint)[0]
    intercept, slope = line_through([p.dose for p in spec.assumed], [p.probability for p in spec.assumed])
    made = curve_width(
        intercept,
        slope,
        spec.sizes,
        spec.at,
        median=spec.doses.median,
        sd_log=spec.doses.sd_log,
        quantiles=spec.doses.quantiles or None,
        replicates=spec.replicates,
        seed=spec.seed,
        level=spec.level,
        central=spec.central,
    )
    groups = {shortest(dose): f"{shortest(dose)} {known.unit}".strip() for dose in spec.at}
    conventions = {"logistic_estimator": "ml", "probability_band": "logit"}
    curves = Curves(
        id=id,
        title=spec.title,
        population="simulated studies, no patient",
        method="sample_size",
        conventions=conventions,
        notes=tuple(_notes(spec, made, known.label, known.unit)),
        groups=groups,
        group_title=known.label,
        caption=spec.caption,
        figure=spec.figure or "",
        x_label="Number of patients",
        x_unit="",
        y_label=f"Width of the {PERCENT * spec.level:g} % interval of the probability of {outcome.label}",
        rows=tuple(_row(width) for dose in spec.at for width in made if width.dose == dose),
        layout={"central": spec.central, "level": spec.level},
    )
    return [curves, _table(f"{id}.widths", spec, made, groups, conventions)]


def _row(width: CurveWidth) -> CurveRow:
    middle, lower, upper = (plain(PERCENT * value) for value in (width.estimate, width.lower, width.upper))
    return CurveRow(shortest(width.dose), float(width.n), middle, lower, upper, None, None, None, reason=width.reason)


def _table(
    id: str, spec: SampleSizeAnalysis, made: Sequence[CurveWidth], groups: dict[str, str], conventions: dict[str, str]
) -> Table:
    tail = PERCENT * (1.0 - spec.central) / 2.0
    columns = (
        TableColumn("key", "Setting"),
        TableColumn("dose", "Dose"),
        TableColumn("patients", "Patients", "integer"),
        TableColumn("probability", "Assumed probability", "number", "%"),
        TableColumn("events", "Events, mean", "number"),
        TableColumn("width", "Width, median", "number", "points"),
        TableColumn("lower", f"{tail:g}th percentile", "number", "points"),
        TableColumn("upper", f"{PERCENT - tail:g}th percentile", "number", "points"),
        TableColumn("without_maximum", "Studies without a finite maximum", "integer"),
    )
    rows = tuple(
        (
            f"{shortest(width.dose)}_n_{width.n}",
            groups[shortest(width.dose)],
            width.n,
            *(
                plain(value)
                for value in (
                    PERCENT * width.probability,
                    width.events,
                    PERCENT * width.estimate,
                    PERCENT * width.lower,
                    PERCENT * width.upper,
                )
            ),
            width.without_maximum,
        )
        for dose in spec.at
        for width in made
        if width.dose == dose
    )
    return Table(
        id=id,
        title=spec.title,
        population="simulated studies, no patient",
        method="sample_size",
        conventions=conventions,
        columns=columns,
        rows=rows,
        layout={"heading": "dose"},
    )


def _notes(spec: SampleSizeAnalysis, made: Sequence[CurveWidth], label: str, unit: str) -> Iterator[Note]:
    points = " and ".join(f"{PERCENT * p.probability:g} % at {p.dose:g} {unit}".strip() for p in spec.assumed)
    spread = (
        f"log-normal, median {spec.doses.median:g} {unit}, SD of the logarithm {spec.doses.sd_log:g}"
        if not spec.doses.quantiles
        else "through " + ", ".join(f"{value:g}" for value in spec.doses.quantiles) + f" {unit}"
    )
    yield Note(
        "assumed",
        f"Assumed: {points}; {label}, {spread}. {spec.replicates} simulated studies of every size, seed {spec.seed}; "
        "the smaller studies are the first patients of the larger ones.",
    )
    lost = {width.n: width.without_maximum for width in made if width.without_maximum}
    if lost:
        said = ", ".join(f"{count} of {spec.replicates} with {n} patients" for n, count in lost.items())
        yield Note(
            "no_maximum",
            f"No finite maximum likelihood in {said}: the outcome is separated by the dose, or nobody or everybody has "
            "the event. Such a study counts as one that knows nothing, an interval of 0 to 100 %.",
            "caution",
        )
