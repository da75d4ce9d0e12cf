"""`published.yaml`: a paper's printed numbers, where each stands, and the address that recomputes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

from y90outcomes.errors import Fault, InputError
from y90outcomes.published.rounding import Printed, printed
from y90outcomes.yamlpage import Page, read_page

PARTS = ("value", "sd", "low", "high")
"""The numbers one statistic may print, in the order reports join them."""

RELATIONS = ("=", "<", ">")
"""How a printed number may stand to the true one."""

OPERATORS = {"<": "<", "<=": "\u2264", ">": ">", ">=": "\u2265"}
"""How a threshold may be meant -> how it is printed."""

KINDS = (
    "count", "percent", "proportion_ci", "mean_sd", "median", "median_range", "range", "geometric_mean_ci",
    "km_median_ci", "km_rate_ci", "hazard_ratio", "odds_ratio", "p_value", "auc", "cutoff", "sens_spec", "number",
)  # fmt: skip
"""What a statistic may be."""

SOURCES = ("counts", "consistency", "patient_table", "patient_data_only", "rules", "")
"""What a statistic can be recomputed from."""

SIMULATION = ("calibrated", "free", "")
"""Of a synthetic study: whether the draw was made to meet the number, or not."""

NOT_REACHED = "not reached"


@dataclass(frozen=True, slots=True)
class Statistic:
    """One printed statistic.

    numbers       the numbers printed: value, sd, low, high, or item1, item2 … of a list; a part that is not reached,
                  or is words, is missing here
    not_reached   the parts printed as not reached
    limits        what low and high are: ci, range or ""
    level         confidence level of a ci
    n, numerator, denominator, positives, negatives  whole numbers printed with it, None where not printed
    granularity   what every value is a multiple of (1: whole numbers), None where not known
    relation      "=", "<" or ">" (a p printed as a bound)
    operator      of a cutoff: which side it belongs to, as in `OPERATORS`; "" where the page does not say
    source        what it can be recomputed from: patient_table, counts, consistency, rules, patient_data_only
    addresses     long address of each part (or item of a list), () where this study cannot recompute it
    alternatives  addresses of the same parts under other named conventions
    simulation    calibrated or free, where patients are synthetic
    """

    id: str
    where: str
    what: str
    kind: str
    unit: str
    numbers: Mapping[str, Printed]
    not_reached: frozenset[str]
    limits: str
    level: float
    n: int | None
    numerator: int | None
    denominator: int | None
    positives: int | None
    negatives: int | None
    granularity: Fraction | None
    relation: str
    operator: str
    test: str
    method: str
    also_in: tuple[str, ...]
    source: str
    addresses: tuple[str, ...]
    alternatives: tuple[tuple[str, ...], ...]
    simulation: str
    note: str

    @property
    def _printed_parts(self) -> list[str]:
        items = [part for part in self.numbers if part not in PARTS]
        return [*(part for part in PARTS if part in self.numbers), *items]

    @property
    def parts(self) -> tuple[Decimal, ...]:
        """The numbers of PARTS it prints, in that order, then those of a list."""
        return tuple(self.numbers[part].number for part in self._printed_parts)

    @property
    def decimals(self) -> tuple[int, ...]:
        """Printed decimals of each of `parts`."""
        return tuple(self.numbers[part].decimals for part in self._printed_parts)

    @property
    def sign(self) -> str:
        """What stands before a number printed as a bound or a threshold: "<", ">", "\u2265", "\u2264"; else ""."""
        return OPERATORS.get(self.operator, bound_sign(self.relation))

    @property
    def printed(self) -> str:
        """The numbers as printed, joined."""
        own = [part for part in (*PARTS, *self.numbers) if part in self.numbers or part in self.not_reached]
        words = [
            NOT_REACHED if part in self.not_reached else self.sign + str(self.numbers[part])
            for part in dict.fromkeys(own)
        ]
        return "; ".join(words)


def bound_sign(relation: str) -> str:
    """What stands before a number printed so: "<" or ">" of a bound, "" of a number that is printed as itself."""
    return "" if relation == "=" else relation


@dataclass(frozen=True, slots=True)
class Published:
    """A page of printed numbers: its statistics by id, in its order, and the page itself."""

    page: Page
    statistics: Mapping[str, Statistic]

    @property
    def data(self) -> Mapping[str, Any]:
        """The page as plain data."""
        facts: Mapping[str, Any] = self.page.data
        return facts


def read_published(path: str | Path) -> tuple[Statistic, ...]:
    """Every statistic of a `published.yaml`; as `read_published_page`."""
    return tuple(read_published_page(path).statistics.values())


def read_published_page(path: str | Path) -> Published:
    """A `published.yaml`. InputError with every fault (missing key, repeated id, unknown kind, wrong count)."""
    page = read_page(Path(path), str(path))
    entries = page.data.get("statistics")
    if not isinstance(entries, list):
        raise InputError(Fault(str(path), "no list of statistics", "a key `statistics` with a list"))
    faults: list[Fault] = []
    found: dict[str, Statistic] = {}
    for number, entry in enumerate(entries):
        line = page.lines.get(("statistics", number), 1)
        place = f"{path}, line {line}, statistic {number + 1}"
        missing = [key for key in ("id", "what", "kind") if not isinstance(entry, dict) or key not in entry]
        if missing:
            faults.append(Fault(place, f"lacks {', '.join(missing)}", "id, what, kind and value"))
            continue
        if str(entry["id"]) in found:
            faults.append(Fault(place, f"id {entry['id']!r} stands twice", action="give each statistic its own id"))
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
                    action="give one address for each of value, sd or low, high, or each item of a list, in that order",
                )
            )
        found[made.id] = made
    if faults:
        raise InputError(faults)
    return Published(page, MappingProxyType(found))


def _unreadable(entry: dict[str, Any], place: str) -> Iterator[Fault]:
    """What an entry says in words that cannot be read."""
    yield from _unknown_words(entry, place)
    precision = entry.get("precision", 0)
    each = list(precision.values()) if isinstance(precision, dict) else [precision]
    if not all(isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 12 for value in each):
        yield Fault(place, "precision is not a number of decimals", "a whole number from 0 to 12")
    for key in ("range", "ci", "counts"):
        if not isinstance(entry.get(key) or {}, dict):
            yield Fault(place, f"{key} is not two numbers", "{low: …, high: …}; counts: {numerator: …, denominator: …}")
            return
    whole = (("n", entry), ("positives", entry), ("negatives", entry))
    for key, group in (*whole, ("numerator", entry.get("counts")), ("denominator", entry.get("counts"))):
        value = (group or {}).get(key)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
            yield Fault(place, f"{key} is not a count", "a whole number")
    granularity = entry.get("granularity", 1)
    if not isinstance(granularity, int | float) or isinstance(granularity, bool) or not 0 < granularity < 1e6:
        yield Fault(place, "granularity is not a positive number", "1 for whole numbers, 0.5 for halves")
    level = (entry.get("ci") or {}).get("level", 0.95)
    if not isinstance(level, float) or not 0.5 < level < 1:
        yield Fault(place, "level is not a confidence level", "a number between 0.5 and 1, as 0.95")
    for part, value in _written(entry):
        if isinstance(value, float) and not Decimal(str(value)).is_finite():
            yield Fault(place, f"{part} is not a number", "a number, or `not reached`")
    if not isinstance(entry.get("address", []), str) and not _texts(entry.get("address", [])):
        yield Fault(place, "address is not text", "one address, or a list of them")
    groups = entry.get("alternatives", [])
    if not isinstance(groups, list) or not all(isinstance(group, str) or _texts(group) for group in groups):
        yield Fault(place, "alternatives are not lists of addresses", "a list with one entry per convention")


def _unknown_words(entry: dict[str, Any], place: str) -> Iterator[Fault]:
    for key, allowed, given in (
        ("kind", KINDS, entry["kind"]),
        ("relation", RELATIONS, entry.get("relation", "=")),
        ("operator", ("", *OPERATORS) if entry["kind"] == "cutoff" else ("",), entry.get("operator", "")),
        ("recomputable_from", SOURCES, entry.get("recomputable_from", "")),
        ("simulation", SIMULATION, entry.get("simulation", "")),
    ):
        if given not in allowed:
            yield Fault(place, f"unknown {key} {given!r}", ", ".join(repr(word) for word in allowed if word))


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


def _statistic(entry: dict[str, Any]) -> Statistic:
    precision = entry.get("precision", 0)
    numbers: dict[str, Printed] = {}
    gone: set[str] = set()
    for part, value in _written(entry):
        places = precision.get(part) if isinstance(precision, dict) else precision
        if isinstance(value, int | float) and not isinstance(value, bool):
            whole = int(value) if places is not None and float(value).is_integer() else value  # 55.0 is written for 55
            numbers[part] = printed(whole, places, filled=part == "value")
        elif value == NOT_REACHED:
            gone.add(part)
    counts = entry.get("counts") or {}
    numerator = counts.get("numerator", entry.get("count"))
    return Statistic(
        id=str(entry["id"]),
        where=str(entry.get("where", "")),
        what=str(entry["what"]),
        kind=str(entry["kind"]),
        unit=str(entry.get("unit", "")),
        numbers=MappingProxyType(numbers),
        not_reached=frozenset(gone),
        limits="range" if entry.get("range") else "ci" if entry.get("ci") else "",
        level=float((entry.get("ci") or {}).get("level", 0.95)),
        n=entry.get("n"),
        numerator=numerator if isinstance(numerator, int) else None,
        denominator=counts.get("denominator"),
        positives=entry.get("positives"),
        negatives=entry.get("negatives"),
        granularity=Fraction(str(entry["granularity"])) if "granularity" in entry else None,
        relation=str(entry.get("relation", "=")),
        operator=str(entry.get("operator", "")),
        test=str(entry.get("test", "")),
        method=str(entry.get("method", "")),
        also_in=tuple(str(place) for place in entry.get("also_in") or ()),
        source=str(entry.get("recomputable_from", "")),
        addresses=_group(entry.get("address", [])),
        alternatives=tuple(_group(group) for group in entry.get("alternatives", [])),
        simulation=str(entry.get("simulation", "")),
        note=str(entry.get("note", "")),
    )


def _group(address: Any) -> tuple[str, ...]:
    return (address,) if isinstance(address, str) else tuple(str(part) for part in address)


def _written(entry: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """(part, what is written) of a statistic; limits may stand under `range` or `ci`, or be the value of a `range`."""
    limits = entry.get("range") or entry.get("ci") or {}
    value = entry.get("value")
    if isinstance(value, list):
        items = list(_flat(value))
        if entry["kind"] == "range" and len(items) == 2:
            yield from (("low", items[0]), ("high", items[1]))
        else:
            yield from ((f"item{number}", item) for number, item in enumerate(items, start=1))
    else:
        yield "value", value
    yield "sd", entry.get("sd")
    yield from ((part, limits[part]) for part in ("low", "high") if part in limits)


def _flat(values: list[Any]) -> Iterator[Any]:
    for value in values:
        yield from _flat(value) if isinstance(value, list) else (value,)
