"""`published.yaml`: a paper's printed numbers, where each stands, and the address that recomputes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from y90outcomes.errors import Fault, InputError
from y90outcomes.yamlpage import read_page

PARTS = ("value", "sd", "low", "high")
"""The numbers one statistic may print, in the order reports join them."""

RELATIONS = ("=", "<")
"""How a printed number may stand to the true one."""


@dataclass(frozen=True, slots=True)
class Statistic:
    """One printed statistic.

    parts         numbers as printed, in the order value, sd or low, high
    decimals      printed decimals of each part
    relation      "=" or "<" (a p printed as an upper bound)
    source        what it can be recomputed from: patient_table, counts, consistency, patient_data_only
    addresses     long address of each part, () where this study cannot recompute it
    alternatives  addresses of the same parts under other named conventions
    """

    id: str
    where: str
    what: str
    kind: str
    unit: str
    parts: tuple[Decimal, ...]
    decimals: tuple[int, ...]
    relation: str
    source: str
    addresses: tuple[str, ...]
    alternatives: tuple[tuple[str, ...], ...]
    note: str

    @property
    def printed(self) -> str:
        """The parts as printed, joined."""
        sign = "" if self.relation == "=" else self.relation
        return "; ".join(sign + format(part, "f") for part in self.parts)


def read_published(path: str | Path) -> tuple[Statistic, ...]:
    """Every statistic of a `published.yaml`. InputError with every fault (missing key, repeated id, wrong count)."""
    page = read_page(Path(path), str(path)).data
    entries = page.get("statistics")
    if not isinstance(entries, list):
        raise InputError(Fault(str(path), "no list of statistics", "a key `statistics` with a list"))
    faults: list[Fault] = []
    found: dict[str, Statistic] = {}
    for number, entry in enumerate(entries, start=1):
        place = f"{path}, statistic {number}"
        missing = [key for key in ("id", "what", "kind") if not isinstance(entry, dict) or key not in entry]
        if missing:
            faults.append(Fault(place, f"lacks {', '.join(missing)}"))
            continue
        if str(entry["id"]) in found:
            faults.append(Fault(place, f"id {entry['id']!r} stands twice"))
            continue
        unreadable = list(_unreadable(entry, f"{place} ({entry['id']})"))
        if unreadable:
            faults += unreadable
            continue
        made = _statistic(entry)
        wrong = [
            len(group) for group in (made.addresses, *made.alternatives) if group and len(group) != len(made.parts)
        ]
        if wrong:
            faults.append(
                Fault(
                    f"{place} ({made.id})",
                    f"{len(made.parts)} printed numbers but {wrong[0]} addresses",
                    action="give one address for each of value, sd or low, high, in that order",
                )
            )
        found[made.id] = made
    if faults:
        raise InputError(faults)
    return tuple(found.values())


def _unreadable(entry: dict[str, Any], place: str) -> Iterator[Fault]:
    """What an entry says in words that cannot be read."""
    precision = entry.get("precision", 0)
    if not isinstance(precision, int) or isinstance(precision, bool) or not 0 <= precision <= 12:
        yield Fault(place, "precision is not a number of decimals", "a whole number from 0 to 12")
    if entry.get("relation", "=") not in RELATIONS:
        yield Fault(place, f"unknown relation {entry['relation']!r}", ", ".join(map(repr, RELATIONS)))
    for key in ("range", "ci"):
        if not isinstance(entry.get(key) or {}, dict):
            yield Fault(place, f"{key} is not two limits", "{low: …, high: …}")
    if not isinstance(entry.get("address", []), str) and not _texts(entry.get("address", [])):
        yield Fault(place, "address is not text", "one address, or a list of them")
    groups = entry.get("alternatives", [])
    if not isinstance(groups, list) or not all(isinstance(group, str) or _texts(group) for group in groups):
        yield Fault(place, "alternatives are not lists of addresses", "a list with one entry per convention")


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


def _statistic(entry: dict[str, Any]) -> Statistic:
    precision = int(entry.get("precision", 0))
    parts, decimals = [], []
    for part, value in _numbers(entry):
        written = Decimal(str(value))
        places = max(precision, -int(written.as_tuple().exponent)) if written.is_finite() else precision
        parts.append(
            written.quantize(Decimal(1).scaleb(-precision))
            if part == "value" and precision >= -int(written.as_tuple().exponent)
            else written
        )
        decimals.append(places)
    address = entry.get("address", [])
    alternatives = entry.get("alternatives", [])
    return Statistic(
        id=str(entry["id"]),
        where=str(entry.get("where", "")),
        what=str(entry["what"]),
        kind=str(entry["kind"]),
        unit=str(entry.get("unit", "")),
        parts=tuple(parts),
        decimals=tuple(decimals),
        relation=str(entry.get("relation", "=")),
        source=str(entry.get("recomputable_from", "")),
        addresses=_group(address),
        alternatives=tuple(_group(group) for group in alternatives),
        note=str(entry.get("note", "")),
    )


def _group(address: Any) -> tuple[str, ...]:
    return (address,) if isinstance(address, str) else tuple(str(part) for part in address)


def _numbers(entry: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """(part, number) of what the statistic prints; limits may stand under `range` or `ci`."""
    limits = entry.get("range") or entry.get("ci") or {}
    flat = {"value": entry.get("value"), "sd": entry.get("sd"), "low": limits.get("low"), "high": limits.get("high")}
    for part in PARTS:
        value = flat[part]
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield part, value
