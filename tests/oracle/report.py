"""Writes `reports/oracles`: every reference value beside ours, and a page over them. R is not needed.

python -m tests.oracle.report
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2
from tests.oracle.references import Compared, cases, compared

from y90outcomes.results.addresses import shortest
from y90outcomes.results.whole import write_whole

ROOT = Path(__file__).parents[2]
OUT = ROOT / "reports" / "oracles"
COLUMNS = (
    "method", "dataset", "quantity", "convention", "ours", "reference", "relative_error", "tolerance", "source",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One method of the page over the table."""

    method: str
    values: int
    datasets: Sequence[str]
    conventions: Sequence[str]
    sources: Sequence[str]
    worst: float
    tolerance: float
    why: str
    agrees: bool


def everything() -> list[Compared]:
    """Every reference beside ours, in the order of method, data set, convention, quantity."""
    rows = [row for case in cases() for row in compared(*case)]
    return sorted(rows, key=lambda row: _key(row))


def _key(row: Compared) -> tuple[str, str, str, str]:
    of = row.reference
    return of.method, of.dataset, of.convention, of.quantity


def number(value: float) -> str:
    """A number of the table: the shortest decimal that reads back, NaN and Inf as R writes them."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    return shortest(value)


def table(rows: Iterable[Compared]) -> str:
    """`oracles.csv`. The relative error is printed to three digits: its last digits are those of the machine."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        of = row.reference
        writer.writerow(
            (of.method, of.dataset, of.quantity, of.convention, number(row.ours), number(of.value),
             f"{row.relative_error:.2e}", f"{row.tolerance:.0e}", of.source)
        )  # fmt: skip
    return text.getvalue()


def lines(rows: Sequence[Compared]) -> list[Line]:
    """A line per method: how many values, from where, the worst relative error."""
    found: dict[str, list[Compared]] = {}
    for row in rows:
        found.setdefault(row.reference.method, []).append(row)
    return [
        Line(
            method,
            len(members),
            sorted({row.reference.dataset for row in members}),
            sorted({row.reference.convention for row in members} - {""}),
            sorted({row.reference.source for row in members}),
            max(row.relative_error for row in members),
            members[0].tolerance,
            members[0].why,
            all(row.agrees for row in members),
        )
        for method, members in found.items()
    ]


def page(rows: Sequence[Compared]) -> str:
    """The page over the table."""
    template = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True).from_string(
        (Path(__file__).parent / "page.html").read_text(encoding="utf-8")
    )
    sources = {kind: sum(row.reference.source == kind for row in rows) for kind in ("R", "hand", "twin")}
    session = (Path(__file__).parent / "reference" / "session.txt").read_text(encoding="utf-8").splitlines()
    simulations = sorted(path.name for path in OUT.glob("simulation_*.svg"))
    return template.render(
        lines=lines(rows), values=len(rows), sources=sources, session=session, simulations=simulations,
        datasets=len({row.reference.dataset for row in rows}),
    )  # fmt: skip


def main() -> None:
    """Writes both files and says how many rows disagree."""
    rows = everything()
    OUT.mkdir(parents=True, exist_ok=True)
    write_whole(OUT / "oracles.csv", table(rows).encode())
    write_whole(OUT / "report.html", page(rows).encode())
    apart = [row for row in rows if not row.agrees]
    print(f"{len(rows)} values, {len(apart)} outside their tolerance")  # noqa: T201


if __name__ == "__main__":
    main()
