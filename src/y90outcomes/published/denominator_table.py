"""`denominators.yaml` of a study solved into `derived/denominators.json`, and that as a table of its report."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from y90outcomes.errors import Fault, InputError
from y90outcomes.published.denominators import Share, Subset, Total, integer_tables
from y90outcomes.published.rounding import RULES
from y90outcomes.published.statistics import Published, read_published_page
from y90outcomes.results import Note, Table, TableColumn
from y90outcomes.results.whole import write_json
from y90outcomes.yamlpage import model_faults, read_page

FILE = "denominators.yaml"
PUBLISHED = "published.yaml"
TARGET = Path("derived") / "denominators.json"
SOURCES = ("denominator_table.py", "denominators.py", "rounding.py")

SHOWN = 50
"""Tables written out; all are counted."""


class _Page(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SharePage(_Page):
    """The id of a printed percentage and the names of its counts."""

    id: str
    numerator: str
    denominator: str


class TotalPage(_Page):
    """Counts that add up to a number, to another count, or to a count printed with a statistic (`id#numerator`)."""

    parts: tuple[str, ...]
    total: int | str


class SubsetPage(_Page):
    """A count that is part of another."""

    part: str
    whole: str


class DenominatorPage(_Page):
    """The whole page; `counts` gives each unknown its label."""

    counts: dict[str, str]
    shares: tuple[SharePage, ...]
    totals: tuple[TotalPage, ...] = ()
    subsets: tuple[SubsetPage, ...] = ()


def read_denominators(folder: Path) -> tuple[DenominatorPage, tuple[Share, ...], tuple[Total, ...], tuple[Subset, ...]]:
    """The page of a study folder with its printed numbers filled in. InputError for unknown keys, ids or counts."""
    page = read_page(folder / FILE, FILE)
    try:
        made = DenominatorPage.model_validate(page.data)
    except ValidationError as error:
        raise InputError(model_faults(error, DenominatorPage, page)) from None
    published = read_published_page(folder / PUBLISHED)
    faults, shares, totals = [], [], []
    for share in made.shares:
        statistic = published.statistics.get(share.id)
        if statistic is None or "value" not in statistic.numbers:
            faults.append(Fault(page.place(("shares",)), f"{share.id!r} prints no percentage", action="correct the id"))
            continue
        shares.append(Share(share.id, share.numerator, share.denominator, statistic.numbers["value"]))
    for total in made.totals:
        value = total.total if isinstance(total.total, int) else _count(total.total, published)
        if value is None and total.total not in made.counts:
            faults.append(
                Fault(page.place(("totals",)), f"{total.total!r} is no count", "a number, a count or id#field")
            )
            continue
        totals.append(Total(total.parts, str(total.total) if value is None else value))
    named = {name for share in made.shares for name in (share.numerator, share.denominator)}
    named |= {name for total in made.totals for name in total.parts}
    named |= {name for subset in made.subsets for name in (subset.part, subset.whole)}
    faults += [
        Fault(page.place(("counts",)), f"count {name!r} has no label", action="add it to `counts`")
        for name in sorted(named - set(made.counts))
    ]
    if faults:
        raise InputError(faults)
    return made, tuple(shares), tuple(totals), tuple(Subset(s.part, s.whole) for s in made.subsets)


def _count(address: str, published: Published) -> int | None:
    """A whole number printed with a statistic: numerator, denominator or n."""
    id, _, field = address.partition("#")
    statistic = published.statistics.get(id)
    if statistic is None or field not in ("numerator", "denominator", "n"):
        return None
    value: int | None = getattr(statistic, field)
    return value


def fingerprint(folder: Path) -> str:
    """SHA-256 over the page, the printed numbers it names and the code; line ends do not matter."""
    _, shares, totals, _ = read_denominators(folder)
    whole = hashlib.sha256((folder / FILE).read_bytes().replace(b"\r\n", b"\n"))
    whole.update(repr([(s.id, str(s.printed), s.printed.decimals) for s in shares]).encode())
    whole.update(repr([total.total for total in totals]).encode())
    for source in SOURCES:
        whole.update((Path(__file__).parent / source).read_bytes().replace(b"\r\n", b"\n"))
    return whole.hexdigest()


def solve(folder: Path) -> dict[str, Any]:
    """Every table the printed numbers of a study's page allow, as plain data. InputError as `read_denominators`."""
    page, shares, totals, subsets = read_denominators(folder)
    found = integer_tables(shares, totals, subsets)
    return {
        "fingerprint": fingerprint(folder),
        "origin": "implied by the printed numbers",
        "printed": {share.id: str(share.printed) for share in shares},
        "count": found.count,
        "exhaustive": found.exhaustive,
        "unique": found.unique,
        "by_rounding": {rule: found.by_rounding.get(rule, 0) for rule in RULES},
        "labels": {name: page.counts[name] for name in found.names},
        "tables": [
            {"counts": dict(zip(found.names, table, strict=True)), "rounding": list(rules)}
            for table, rules in zip(found.listed[:SHOWN], found.roundings, strict=False)
        ],
    }


def denominators_table(folder: Path) -> Table | None:
    """`derived/denominators.json` of a study folder: per count its smallest and largest value over the tables; None
    where the study has none. Says "stale" when what made it has changed. InputError when the file is not one.
    """
    path = folder / TARGET
    if not path.is_file():
        return None
    try:
        made = json.loads(path.read_text(encoding="utf-8"))
        tables = [entry["counts"] for entry in made["tables"]]
        rows = tuple(
            (label, min(t[name] for t in tables) if tables else None, max(t[name] for t in tables) if tables else None)
            for name, label in made["labels"].items()
        )
        all_listed = made["count"] == len(tables)
        said = "the only table" if made["unique"] else f"{made['count']} tables"
        stale = made["fingerprint"] != fingerprint(folder)
    except (KeyError, TypeError, ValueError):
        wrong = "not a table of denominators this version can read"
        raise InputError(Fault(str(path), wrong, action="run `make reconstruct` again")) from None
    notes = []
    if stale:
        notes.append(
            Note("stale", "stale: the printed numbers or the search have changed; run `make reconstruct`", "warning")
        )
    if not made["exhaustive"] or not all_listed:
        notes.append(Note("not_exhaustive", "not every table is listed: least and most are of the listed", "warning"))
    return Table(
        id="denominators",
        title="Counts implied by the printed percentages",
        method="denominators",
        caption=f"Not printed; implied by the printed percentages and totals: {said} of whole numbers that print them",
        notes=tuple(notes),
        layout={"origin": "published"},
        columns=(
            TableColumn("count", "Count"),
            TableColumn("least", "Least", "integer"),
            TableColumn("most", "Most", "integer"),
        ),
        rows=rows,
    )


def main(arguments: list[str]) -> None:
    """Write `derived/denominators.json` of each study folder."""
    for folder in map(Path, arguments):
        write_json(folder / TARGET, solve(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
