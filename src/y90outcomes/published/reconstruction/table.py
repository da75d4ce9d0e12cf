"""`derived/reconstruction.json` as tables of a report; every title says "reconstructed"."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from y90outcomes.errors import Fault, InputError
from y90outcomes.published.reconstruction.reconstruct import TARGET, fingerprint
from y90outcomes.results import Note, Table, TableColumn

Row = tuple[str | float | int | None, ...]

STALE = Note("stale", "stale: the printed numbers or the search have changed since; run `make reconstruct`", "warning")

SHORT = Note(
    "not_exhaustive", "not exhaustive: a search stopped at its limit, so counts are lower bounds, ranges too narrow",
    "warning",
)  # fmt: skip

_RANGES = (
    ("hazard_ratio", "Hazard ratio"),
    ("log_rank_p", "Log-rank p"),
    ("restricted_mean_difference", "Difference in restricted mean, months"),
)


def reconstruction_table(folder: Path) -> Table | None:
    """Hazard ratio, log-rank p and RMST difference of each comparison of a study: smallest and largest over histories
    and placements, and over those that print the paper's hazard ratio; None where the study has no reconstruction.

    Says "stale" when what made it has changed. InputError when the file is not one.
    """
    made = _read(folder)
    return None if made is None or not (made["comparisons"] or made["splits"]) else _comparisons(folder, made)


def reconstruction_groups_table(folder: Path) -> Table | None:
    """The histories of each group: how many, deaths, and printed numbers of which one must be wrong; as
    `reconstruction_table`."""
    made = _read(folder)
    return None if made is None else _groups(folder, made)


def reconstruction_tables(folder: Path) -> tuple[Table, ...]:
    """Both tables, those the study has."""
    return tuple(t for t in (reconstruction_groups_table(folder), reconstruction_table(folder)) if t is not None)


def stored_reconstruction(folder: Path) -> dict[str, Any] | None:
    """What `make reconstruct` wrote for a study, as plain data; None where there is none or it is stale.

    InputError when the file is not one.
    """
    made = _read(folder)
    return None if made is None or made["fingerprint"] != fingerprint(folder) else made


def _read(folder: Path) -> dict[str, Any] | None:
    path = folder / TARGET
    if not path.is_file():
        return None
    try:
        made = json.loads(path.read_text(encoding="utf-8"))
        wanted = ("fingerprint", "groups", "comparisons", "splits", "draws", "horizon")
        if all(key in made for key in wanted):
            return dict(made)
    except (TypeError, ValueError):
        pass
    wrong = "not a reconstruction this version can read"
    raise InputError(Fault(str(path), wrong, action="run `make reconstruct` again"))


def _notes(folder: Path, made: dict[str, Any]) -> tuple[Note, ...]:
    parts = [*made["groups"].values(), *made["splits"].values()]
    short = (SHORT,) if not all(part["exhaustive"] for part in parts) else ()
    return ((STALE,) if made["fingerprint"] != fingerprint(folder) else ()) + short


def _comparisons(folder: Path, made: dict[str, Any]) -> Table:
    ends = [
        (f"{name}_{end}", f"{label}, {word}")
        for name, label in _RANGES
        for end, word in (("min", "least"), ("max", "most"))
    ]
    return Table(
        id="reconstruction",
        title="Reconstructed: what the printed curves allow",
        method="reconstruction",
        caption=(
            "Reconstructed, from printed rates, intervals, medians and group sizes alone. Times of events are drawn "
            "inside the intervals the printed numbers leave; least and most are over histories and draws. Restricted "
            f"means to {made['horizon']:g} months"
        ),
        notes=_notes(folder, made),
        layout={"origin": "reconstructed"},
        columns=(
            TableColumn("comparison", "Comparison"),
            TableColumn("printed", "Printed"),
            TableColumn("ways", "Histories placed", "integer"),
            *(TableColumn(name, label, "number") for name, label in ends),
        ),
        rows=tuple(_rows(made)),
    )


def _rows(made: dict[str, Any]) -> Iterator[Row]:
    kinds = (
        ("all", "all"),
        ("print_the_hazard_ratio", "those that print the hazard ratio"),
        ("print_the_interval_too", "those that print its interval too"),
    )
    for one in made["comparisons"].values():
        for key, words in kinds:
            part = one[key]
            count = one["placements"] if key == "all" else part["n"]
            yield (f"{one['label']}: {words}", one["printed"], count, *_ends(part))
    for one in made["splits"].values():
        printed = "; ".join(f"p {entry['printed']}" for entry in one["prints"].values())
        for key, words in (("", "all ways to deal the censored"), ("_with_medians", "those that print the medians")):
            spread = one[f"log_rank_p{key}"]
            yield (
                f"{one['label']}: {words}", printed, one[f"ways{key}"], None, None, spread["min"], spread["max"],
                None, None,
            )  # fmt: skip


def _ends(part: dict[str, Any]) -> tuple[float | None, ...]:
    return tuple(part[name][end] for name, _ in _RANGES for end in ("min", "max"))


def _groups(folder: Path, made: dict[str, Any]) -> Table:
    rows = []
    for one in made["groups"].values():
        wrong = "; or ".join(" and ".join(left_out) for left_out in one["one_of_these_is_wrong"])
        instead = "; ".join(f"{name} {low:.4g} to {high:.4g}" for name, (low, high) in one["instead"].items())
        n, events, mean = one["n"], one["events"] or [None, None], one["restricted_mean"]
        rows.append((
            one["label"], n[0] if n else None, n[-1] if n else None, one["histories"],
            {"half": "rounded", "either": "rounded or truncated"}.get(one["rounding"], "none prints all"),
            wrong, instead, events[0], events[1], mean["min"], mean["max"],
        ))  # fmt: skip
    return Table(
        id="reconstruction_groups",
        title="Reconstructed: event histories behind the printed curves",
        method="reconstruction",
        caption=(
            "Reconstructed. A history is an order of events and censorings that prints every number of the group to "
            "its digits. Where no history does, the fewest printed numbers that must be wrong, and what the histories "
            f"without them give there (per cent). Restricted mean to {made['horizon']:g} months"
        ),
        notes=_notes(folder, made),
        layout={"origin": "reconstructed"},
        columns=(
            TableColumn("group", "Group"),
            TableColumn("n_min", "Patients, least", "integer"),
            TableColumn("n_max", "Patients, most", "integer"),
            TableColumn("histories", "Histories", "integer"),
            TableColumn("printed_by", "Printed numbers"),
            TableColumn("wrong", "Must be wrong"),
            TableColumn("instead", "Histories give instead"),
            TableColumn("events_min", "Events, least", "integer"),
            TableColumn("events_max", "Events, most", "integer"),
            TableColumn("mean_min", "Restricted mean, least", "number", "months"),
            TableColumn("mean_max", "Restricted mean, most", "number", "months"),
        ),
        rows=tuple(rows),
    )
