"""Pseudo-patients of digitised curves as a table, and what they say in lines: all of it says "reconstructed"."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from y90outcomes.estimators.numbers import Estimate
from y90outcomes.published.reconstruction.curve_files import read_curves
from y90outcomes.published.reconstruction.curve_summaries import LABEL, summaries
from y90outcomes.published.reconstruction.curve_types import PseudoPatients, pool
from y90outcomes.published.reconstruction.curves import reconstruct
from y90outcomes.results import Table, TableColumn


def pseudo_patients(path: str | Path) -> tuple[PseudoPatients, Table]:
    """The pseudo-patients of every curve of a file, and the same as a table: number, group, time, event, origin.

    Times in the file's unit; event 1, censored 0. Raises InputError for a file that cannot be read.
    """
    made = pool([reconstruct(curve) for curve in read_curves(path)])
    rows = tuple(
        (str(number), str(group), float(time), int(event), LABEL)
        for number, (group, time, event) in enumerate(zip(made.group, made.time, made.event, strict=True), start=1)
    )
    table = Table(
        id="pseudo_patients",
        title="Reconstructed pseudo-patients",
        n=len(rows),
        method="reconstruction",
        layout={"origin": LABEL},
        columns=(
            TableColumn("pseudo_patient", "Pseudo-patient"), TableColumn("group", "Group"),
            TableColumn("time", "Time", "number"), TableColumn("event", "Event", "integer"),
            TableColumn("origin", "Origin"),
        ),
        rows=rows,
    )  # fmt: skip
    return made, table


def summary_lines(made: PseudoPatients, horizon: float | None = None) -> Iterator[str]:
    """How well each curve is given back and, of two groups, their comparison; a refused number has its reason."""
    for fit in made.fits:
        said = f"fits, at most {fit.largest:.3f} apart" if fit.valid else f"does not fit: {fit.reason}"
        yield f"{LABEL}: {fit.group}: {fit.n} pseudo-patients, {fit.events} events; {said}"
        yield from (f"{LABEL}: {fit.group}: {limit}" for limit in fit.limits)
    if len(made.fits) != 2:
        return
    found = summaries(made, horizon=horizon)
    first, second = found.groups
    ratio, difference = found.hazard_ratio, found.restricted_means.difference
    shown = f"{ratio.hazard_ratio:.3g} ({ratio.lower:.3g} to {ratio.upper:.3g})" if ratio.valid else ratio.reason
    yield f"{LABEL}: hazard ratio, {first} against {second}: {shown}"
    test = found.log_rank
    yield f"{LABEL}: log-rank p: {test.p:.2g}" if test.valid else f"{LABEL}: log-rank: {test.reason}"
    for group, median in zip(found.groups, found.medians, strict=True):
        yield f"{LABEL}: median, {group}: {_shown(median)}"
    yield f"{LABEL}: difference in restricted mean to {found.horizon:g}: {_shown(difference)}"


def _shown(number: Estimate) -> str:
    return f"{number.estimate:.3g}" if number.valid else number.reason
