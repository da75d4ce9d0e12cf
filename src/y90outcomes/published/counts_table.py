"""A paper's own tables from `published.yaml`: what is printed, and the percentages its printed counts give.

No patient enters. A count of a total gives its percentage and a Wilson interval; everything else stands as printed.
What the printed numbers say of each other is for the audit; here they are laid side by side.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

from y90outcomes.errors import Fault, InputError
from y90outcomes.estimators.proportions import proportion
from y90outcomes.published.statistics import bound_sign
from y90outcomes.results import Note, Table, TableColumn
from y90outcomes.yamlpage import read_page

BESIDE = "printed.yaml"
"""Page beside a `published.yaml` that may add `titles` (of tables, by their printed name), `totals` (of counts printed
without one, by table or id) and `statistics` of the same form: cells of printed tables that are no statistic there,
each `after` another id where it has its place."""

HEAD = "reproduction"
"""What the ids begin with, so that a report prints these tables with the reproduction."""

TEXT = "text"
"""Last part of the id of the table of counts that stand outside the paper's tables."""

SOURCES: Mapping[str, str] = MappingProxyType(
    {
        "patient_table": "Patient table",
        "counts": "Printed counts",
        "consistency": "Other printed numbers",
    }
)
"""`recomputable_from` -> what is printed for it; any other word is "Printed only"."""

PRINTED_ONLY = "Printed only"

RULES = "rules"
"""`recomputable_from` of numbers that are settings, not counts of patients: the reproduction alone has them."""

_NAME = re.compile(r"Table\s+(S?\d+[A-Za-z]?)\b")
_RANGE = "\u2013"

_COLUMNS = (
    TableColumn("key", "Key"),
    TableColumn("what", "What"),
    TableColumn("printed", "Printed"),
    TableColumn("n", "n", "integer"),
    TableColumn("of", "of", "integer"),
    TableColumn("percent", "From the counts, %", "number"),
    TableColumn("lower", "CI from, %", "number"),
    TableColumn("upper", "CI to, %", "number"),
    TableColumn("source", "Can be recomputed from"),
)
_WHERE = TableColumn("where", "Where")

_NOTES = (
    Note(
        "printed_counts",
        "Printed counts: n, total and everything under Printed are the paper's; the percentages and their 95% Wilson "
        "intervals are computed from n and total here. No patient's record enters.",
    ),
    Note(
        "printed_only",
        "Printed only: the paper prints this number and nothing it could be computed from.",
    ),
)


def printed_tables(page: str | Path) -> tuple[Table, ...]:
    """One `Table` per printed table of a `published.yaml`, and one of the counts its text prints; () when none.

    page      path of a `published.yaml`; a `printed.yaml` in the same folder adds cells, titles and totals
    returns   `reproduction.table_1/<id>/<column>`, …, `reproduction.text/<id>/<column>`, rows in the page's order:
              printed (text, "" where only the count is), n, of, percent, lower, upper (per cent, Wilson 95 %; None
              without a count of a total), source
    raises    InputError for an entry without id, what and kind, or an id that stands twice

    `where` says where a number stands: "Table 2" or "Table S1" at its beginning names a table.
    """
    path = Path(page)
    entries = list(_entries(path))
    beside = path.with_name(BESIDE)
    titles: Mapping[str, Any] = {}
    if beside.is_file():
        more = read_page(beside, str(beside)).data
        entries = _placed(entries, list(_entries(beside)))
        titles = more.get("titles") or {}
        entries = list(_with_totals(entries, more.get("totals") or {}))
    _check(entries)
    names = [_NAME.match(str(entry.get("where", ""))) for _, entry in entries]
    found: dict[str, list[dict[str, Any]]] = {}
    for name, (_, entry) in zip(names, entries, strict=True):
        if name is not None and entry.get("recomputable_from") != RULES:
            found.setdefault(name[1], []).append(entry)
    tables = [_table(name, found[name], titles) for name in sorted(found, key=_order)]
    told = [entry for name, (_, entry) in zip(names, entries, strict=True) if name is None and _counts(entry)]
    return (*tables, _text(told)) if told else tuple(tables)


def _entries(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """(place, entry) of every statistic of a page."""
    found = read_page(path, str(path)).data.get("statistics") or []
    if not isinstance(found, list):
        raise InputError(Fault(str(path), "statistics is not a list", "a list of entries"))
    for number, entry in enumerate(found, start=1):
        yield f"{path}, statistic {number}", entry if isinstance(entry, dict) else {}


def _placed(
    entries: list[tuple[str, dict[str, Any]]], more: list[tuple[str, dict[str, Any]]]
) -> list[tuple[str, dict[str, Any]]]:
    """The entries with `more` of them, each after the id it names, else last."""
    found = list(entries)
    for one in more:
        ids = [entry.get("id") for _, entry in found]
        after = one[1].get("after")
        found.insert(ids.index(after) + 1 if after in ids else len(found), one)
    return found


def _with_totals(
    entries: Iterable[tuple[str, dict[str, Any]]], totals: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The entries, counts without a total given that of their id, else of their table."""
    for place, entry in entries:
        name = _NAME.match(str(entry.get("where", "")))
        total = totals.get(str(entry.get("id")), totals.get(f"Table {name[1]}") if name else None)
        if total is not None and str(entry.get("kind")) == "count" and not _counts(entry):
            entry = {**entry, "counts": {"numerator": entry.get("value"), "denominator": total}}
        yield place, entry


def _check(entries: Iterable[tuple[str, dict[str, Any]]]) -> None:
    faults: list[Fault] = []
    seen: set[str] = set()
    for place, entry in entries:
        lacking = [key for key in ("id", "what", "kind") if key not in entry]
        if lacking:
            faults.append(Fault(place, f"lacks {', '.join(lacking)}"))
            continue
        name = str(entry["id"])
        if name in seen:
            faults.append(Fault(place, f"id {name!r} stands twice", action="give each statistic an id of its own"))
        seen.add(name)
    if faults:
        raise InputError(faults)


def _counts(entry: Mapping[str, Any]) -> tuple[int, int] | None:
    """Numerator and denominator where both are printed as whole numbers, and the one is a part of the other: more than
    the total is a misprint, that the audit finds and no percentage can be made of."""
    held = entry.get("counts")
    page = held if isinstance(held, dict) else entry
    top, bottom = _whole(page.get("numerator")), _whole(page.get("denominator"))
    return None if top is None or bottom is None or not 0 <= top <= bottom else (top, bottom)


def _whole(value: Any) -> int | None:
    """A whole number as it is; anything else is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _order(name: str) -> tuple[bool, int, str]:
    """Table 2 before Table 10, those of the supplement last."""
    digits = re.sub(r"\D", "", name)
    return name.startswith("S"), int(digits), name


def _table(name: str, entries: list[dict[str, Any]], titles: Mapping[str, Any]) -> Table:
    title = titles.get(f"Table {name}")
    counted = any(_counts(entry) for entry in entries)
    return Table(
        id=f"{HEAD}.table_{name.lower()}",
        title=f"Table {name} of the paper, printed counts" + (f": {title}" if title else ""),
        method="printed_counts",
        conventions={"proportion_interval": "wilson"} if counted else {},
        notes=_NOTES if counted else _NOTES[1:],
        columns=_COLUMNS,
        layout={"origin": "published"},
        rows=tuple(_row(entry) for entry in entries),
    )


def _text(entries: list[dict[str, Any]]) -> Table:
    places = dict.fromkeys(str(entry.get("where", "")) for entry in entries)
    ordered = [(place, entry) for place in places for entry in entries if str(entry.get("where", "")) == place]
    return Table(
        id=f"{HEAD}.{TEXT}",
        title="Counts in the text of the paper, printed counts",
        method="printed_counts",
        conventions={"proportion_interval": "wilson"},
        notes=_NOTES[:1],
        columns=(*_COLUMNS, _WHERE),
        layout={"heading": _WHERE.name, "origin": "published"},
        rows=tuple((*_row(entry), place) for place, entry in ordered),
    )


def _row(entry: Mapping[str, Any]) -> tuple[str | float | int | None, ...]:
    counts = _counts(entry)
    share: tuple[float | None, ...] = (None, None, None)
    source = SOURCES.get(str(entry.get("recomputable_from", "")), PRINTED_ONLY)
    if counts is None:
        alone = str(entry["kind"]) == "count"
        n = _whole(entry.get("value") if alone else entry.get("count"))
        of = None if alone else _whole(entry.get("n"))
    else:
        n, of = counts
        source = SOURCES["counts"] if source == PRINTED_ONLY else source
    if counts and counts[1]:
        made = proportion(*counts, interval="wilson")
        share = tuple(None if part is None else 100 * part for part in (made.estimate, made.lower, made.upper))
    return str(entry["id"]), str(entry["what"]), as_printed(entry), n, of, *share, source


def as_printed(entry: Mapping[str, Any]) -> str:
    """A statistic as a paper prints it: "89%", "68 [49–85] years", "65.6 ± 12.0", "61.8 (31.4–not reached) months".

    Empty where the entry prints no number.
    """
    parts = (
        [bound_sign(str(entry.get("relation", "="))) + _digits(entry["value"], entry)]
        if entry.get("value") is not None
        else []
    )
    if (sd := entry.get("sd")) is not None:
        parts.append(f"± {sd}")
    for key, left, right in (("range", "[", "]"), ("ci", "(", ")")):
        if isinstance(ends := entry.get(key), dict):
            low, high = ("" if ends.get(side) is None else str(ends[side]) for side in ("low", "high"))
            parts.append(f"{left}{low}{_RANGE}{high}{right}")
    unit = str(entry.get("unit") or "")
    text = " ".join(parts)
    return text + unit if unit == "%" and len(parts) == 1 else f"{text} {unit}".strip() if parts else ""


def _digits(value: Any, entry: Mapping[str, Any]) -> str:
    """A number with its printed decimals; other words as they stand."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return str(value)
    written = Decimal(str(value))
    decimals = max(-int(written.as_tuple().exponent), _whole(entry.get("precision")) or 0, 0)
    return format(written.quantize(Decimal(1).scaleb(-decimals)), "f")
