"""Results beside published numbers: a verdict where the patients are real, a percentile where they are synthetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from y90outcomes.errors import Fault, InputError
from y90outcomes.pipeline.percentiles import PUBLISHED, inside
from y90outcomes.published.statistics import Statistic
from y90outcomes.published.verdict import verdict
from y90outcomes.results import Note, Results, Table, TableColumn
from y90outcomes.results.addresses import lookup, shortest

SYNTHETIC = "synthetic"
WITHOUT_PATIENTS = ("rules", "counts", "consistency")
"""Sources of a number that no patient decides."""

_ID, _PRINTED = TableColumn("id", "Statistic"), TableColumn("printed", "Printed")
_RECOMPUTED, _ADDRESS = TableColumn("recomputed", "Recomputed"), TableColumn("address", "Address")


def reproduction(
    results: Results, statistics: Sequence[Statistic], stored: Mapping[str, Any] | None = None,
    stale: Sequence[str] = (),
) -> Table:  # fmt: skip
    """One line per printed statistic that this study can recompute.

    Of a study on real patients: printed, recomputed, verdict. Of a study on synthetic ones never a verdict: where the
    printed number lies among drawn cohorts of the paper's size.

    stored    `derived/plausibility.json` of a synthetic study, None where it has not been made
    stale     what has changed since it was made, in words
    raises    InputError for addresses that name no number
    """
    chosen = [entry for entry in statistics if entry.addresses or entry.source == "patient_table"]
    if results.study.get("origin") == SYNTHETIC and not all(_is_real(entry) for entry in chosen):
        return _among_drawn(results, [entry for entry in chosen if entry.addresses], len(statistics), stored, stale)
    return _with_verdicts(results, chosen, len(statistics))


def _is_real(entry: Statistic) -> bool:
    """Whether a number is recomputed from rules or printed counts, so that no synthetic patient decides."""
    return entry.source in WITHOUT_PATIENTS and not entry.simulation


def _with_verdicts(results: Results, chosen: Sequence[Statistic], of: int) -> Table:
    lines, notes = [], []
    for entry, own in _recomputed(results, chosen):
        others = [[_number(results, address) for address in group] for group in entry.alternatives]
        said = verdict(entry.parts, entry.decimals, own, others, entry.relation)
        lines.append((entry.id, entry.printed, _joined(own), said, "; ".join(entry.addresses)))
        if entry.note:
            notes.append(Note("reproduction", f"{entry.id}: {entry.note}"))
    elsewhere = of - len(lines)
    return Table(
        id="reproduction",
        title="Printed numbers recomputed",
        n=len(lines),
        method="reproduction",
        caption=f"The paper prints {elsewhere} more that cannot be recomputed from them." if elsewhere else "",
        notes=tuple(notes),
        columns=(_ID, _PRINTED, _RECOMPUTED, TableColumn("verdict", "Verdict"), _ADDRESS),
        layout={"labels": {entry.id: entry.what for entry in chosen if entry.addresses}, "origin": "published"},
        rows=tuple(lines),
    )


def _among_drawn(
    results: Results, chosen: Sequence[Statistic], of: int, stored: Mapping[str, Any] | None, stale: Sequence[str]
) -> Table:
    known: Mapping[str, Any] = stored["statistics"] if stored else {}
    lines, places = [], []
    for entry, own in _recomputed(results, chosen):
        parts = known.get(entry.id, {}).get("parts", [])
        same = [part["address"] for part in parts] == list(entry.addresses)
        percentiles = [part["percentile"] for part in parts] if same else [None] * len(own)
        where = [inside(percentile) for percentile in percentiles]
        places += [place for place in where if place]
        lines.append((
            entry.id, entry.printed, _joined(own),
            "; ".join("" if percentile is None else f"{percentile:.1f}" for percentile in percentiles),
            "; ".join(dict.fromkeys(where)) if len(set(where)) == 1 else "; ".join(where),
            entry.simulation, "; ".join(entry.addresses),
        ))  # fmt: skip
    return Table(
        id="reproduction",
        title="Printed numbers among synthetic cohorts",
        n=len(lines),
        method="reproduction",
        caption=_caption(stored, places, of - len(lines)),
        notes=tuple(_notes(stored, stale)),
        columns=(
            _ID, _PRINTED, TableColumn("recomputed", "Recomputed on this registry"),
            TableColumn("percentile", "Percentile of the printed"), TableColumn("lies", "Central 95 %"),
            TableColumn("simulation", "The draw"), _ADDRESS,
        ),
        layout={"labels": {entry.id: entry.what for entry in chosen}},
        rows=tuple(lines),
    )  # fmt: skip


def _caption(stored: Mapping[str, Any] | None, places: Sequence[str], elsewhere: int) -> str:
    more = f" The paper prints {elsewhere} more that are not recomputed here." if elsewhere else ""
    if stored is None:
        return f"The patients are synthetic: no verdict.{more}"
    outside = places.count("outside")
    return (
        f"The patients are synthetic: no verdict. Each printed number has its percentile among {stored['cohorts']} "
        f"cohorts of {stored['patients']} drawn patients; calibrated: the draw was made to meet it, free: it was not. "
        f"About 5 % of numbers that the draw gives rightly are expected outside the central 95 %; here {outside} of "
        f"{len(places)} lie outside.{more}"
    )


def _notes(stored: Mapping[str, Any] | None, stale: Sequence[str]) -> list[Note]:
    if stored is None:
        return [Note("stale", "no percentiles: run `make plausibility`", "warning")]
    if not stale:
        return []
    words = " and ".join(stale)
    return [Note("stale", f"stale: {words} changed since the cohorts were drawn; run `make plausibility`", "warning")]


def _recomputed(results: Results, chosen: Sequence[Statistic]) -> list[tuple[Statistic, list[float | int | None]]]:
    """Each statistic with its recomputed numbers. InputError for addresses that have none."""
    made, faults = [], []
    for entry in chosen:
        try:
            made.append((entry, [_number(results, address) for address in entry.addresses]))
            for group in entry.alternatives:
                for address in group:
                    lookup(results, address)
        except InputError as error:
            faults += [Fault(f"{PUBLISHED}, {entry.id}", fault.problem, fault.allowed) for fault in error.faults]
    if faults:
        raise InputError(faults)
    return made


def _joined(values: Sequence[float | int | None]) -> str:
    return "; ".join("" if value is None else shortest(value) for value in values)


def _number(results: Results, address: str) -> float | int | None:
    value = lookup(results, address).value
    return value if isinstance(value, int | float) else None
