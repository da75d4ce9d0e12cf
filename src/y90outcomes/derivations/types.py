"""What a derivation declares about itself, so a protocol, a table and a reader can all see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import pandas as pd

from y90outcomes.units import canonical_unit

Compute = Callable[..., pd.Series]


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
    compute      columns -> column; a missing input gives a missing value unless its docstring says otherwise
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
        """Every option a protocol may give: those of the needs, and the window where one is used."""
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
