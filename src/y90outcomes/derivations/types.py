"""What a derivation declares about itself, so a protocol, a table and a reader can all see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from y90outcomes.units import canonical_unit

Compute = Callable[..., pd.Series]
Positions = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Need:
    """One canonical column a derivation reads: `table.column` of the rows where `where` holds.

    `per_lesion` says whether the value belongs to a lesion (lesion_id filled) or to the whole patient (blank).
    `windowed` values are chosen by the protocol's window; others must be unique per subject.
    """

    table: str
    column: str
    where: Mapping[str, str] = field(default_factory=dict)
    per_lesion: bool = False
    windowed: bool = False
    options: tuple[str, ...] = ()
    """Key columns a protocol may fix by an option of the same name (source, criterion, visit)."""
    rollup: str = ""
    """Policy by which the liver lesions of a patient make one value, where a patient's derivation reads lesions."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A parameter of a derivation that a protocol may set under `rules`: what sources differ in, or leave open.

    default   its value when the protocol says nothing; None: the protocol must give it
    words     what it decides, in words; printed in the methods
    allowed   the words it may be, for a choice; empty for a number or a flag
    low, high inclusive limits of a number
    """

    name: str
    default: str | float | int | bool | None
    words: str
    allowed: tuple[str, ...] = ()
    unit: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A window of the protocol as plain values: days from the index, both included, the day a record should be nearest
    to, and the visit label under which an undated record counts."""

    start: float
    end: float
    nominal: float
    visit: str | None = None


@dataclass(frozen=True, slots=True)
class Records:
    """The registry seen from day 0, for derivations that read a course of records rather than one.

    patients  canonical rows; a patient's position is its row number
    lesions   canonical rows with `patient`, the position of its patient (-1 for none); a lesion's position likewise
    tables    table -> canonical rows with `patient`, `lesion` (positions, -1 for none; `lesion` where the table has
              lesion_id) and `days` from the index (NaN unknown), likewise `maa_days`, `calibration_days` (treatments),
              `end_days` (therapies, adverse events); row number = position of the row in the registry
    """

    patients: pd.DataFrame
    lesions: pd.DataFrame
    tables: Mapping[str, pd.DataFrame]
    shared: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """What several derivations read out of the same records, by name, so that it is read once."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a derivation from records gives: a value per subject and the rows that decided it.

    values  one per subject of the variable's grain, in position order; missing as NaN or NA
    rows    table -> position of a deciding row of each subject, -1 for none; the first table's is the deciding one
    counts  what was met on the way, in words -> how many subjects ("no visit in the window": 3)
    """

    values: pd.Series
    rows: Mapping[str, Positions]
    counts: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Step:
    """One line of an explanation: what was read or decided, and the row (table and position) it stands in."""

    text: str
    table: str = ""
    row: int = -1


@dataclass(frozen=True, slots=True)
class Variable:
    """One derivation.

    name         the protocol's word
    label        printed name
    quantity     key of `units.UNITS`, which gives the canonical unit ("" for a category or a pure number)
    levels       code -> label, in clinical order from best to worst where there is one (empty for a number)
    ordered      whether that order means something (roll-ups best and poorest need it)
    grain        patient | lesion: what one value belongs to
    needs        canonical columns read, in the order `compute` takes them
    measured_at  baseline | treatment | follow_up: a follow_up value does not belong in a baseline model
    compute      columns (in the order of `needs`), rules by name -> column; a missing input gives a missing value
                 unless its docstring says otherwise
    derive       instead of `compute`, where a course of records is read: (Records, options and rules by name) -> Found;
                 `needs` then says which columns it reads
    explain      for `derive`: (Records, position of the subject, options and rules by name) -> steps, for `y90 trace`
    course       for `derive`: (Records, options and rules by name) -> the visits behind the values, for
                 `y90 cohort --visits`: `subject` (position), what was found there, `row` (position in `course_table`)
    takes        options (window, criterion, source, visit) that `derive` takes; a window arrives as a Span
    rules        parameters the protocol may set
    missing      what missing does, in words
    reference    source of the rule
    """

    name: str
    label: str
    grain: str
    needs: tuple[Need, ...]
    measured_at: str
    quantity: str = ""
    levels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    ordered: bool = False
    compute: Compute | None = None
    derive: Callable[..., Found] | None = None
    explain: Callable[..., list[Step]] | None = None
    course: Callable[..., pd.DataFrame] | None = None
    course_table: str = ""
    takes: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    missing: str = "a missing record gives a missing value"
    reference: str = ""

    @property
    def unit(self) -> str:
        """Canonical unit of the value, "" for a category or a pure number."""
        return canonical_unit(self.quantity) if self.quantity else ""

    @property
    def numeric(self) -> bool:
        """A number, which has no levels."""
        return not self.levels

    @property
    def options(self) -> tuple[str, ...]:
        """Every option a protocol must give: those of the needs, and the window where one is used."""
        if self.derive is not None:
            return self.takes
        named = tuple(dict.fromkeys(option for need in self.needs for option in need.options))
        return named + (("window",) if any(need.windowed for need in self.needs) else ())


@dataclass(frozen=True, slots=True)
class EventSource:
    """Where an event of a time-to-event endpoint is recorded.

    name   the protocol's word
    table  canonical table
    where  column -> accepted codes
    label  printed name
    occurrence  column that says yes or no ("" where the row itself means the event happened)
    history     the table also lists what came before the index; such rows are history and not the event
    """

    name: str
    table: str
    where: Mapping[str, tuple[str, ...]]
    label: str
    occurrence: str = ""
    history: bool = False
    reference: str = ""
