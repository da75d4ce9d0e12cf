"""What can go wrong, in the user's words: place, what was got, what is allowed, what to do.

Two kinds only, told apart by exit code. `InputError` (2): something could not be read as meant. `FindingsError` (1):
everything was read and the data hold blocking faults. Both carry *all* faults, never only the first.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that could not be read as meant.

    place    where: file, line, sheet or dotted path in a YAML page
    problem  what was found there; never a patient's value
    allowed  what would have been accepted ("" when there is no list to give)
    action   what to do about it
    """

    place: str
    problem: str
    allowed: str = ""
    action: str = ""

    def __str__(self) -> str:
        parts = [f"{self.place}: {self.problem}" if self.place else self.problem]
        if self.allowed:
            parts.append(f"  allowed: {self.allowed}")
        if self.action:
            parts.append(f"  do: {self.action}")
        return "\n".join(parts)


@dataclass(frozen=True, slots=True)
class Slip:
    """A fault of a page that is well formed but makes no sense: where (path of keys), what, what is allowed."""

    path: tuple[str | int, ...]
    problem: str
    allowed: str = ""


class PageError(ValueError):
    """Every slip of one page; raised inside a pydantic model, so that Python and YAML are checked alike."""

    def __init__(self, slips: Iterable[Slip]) -> None:
        self.slips = tuple(slips)
        super().__init__(
            "; ".join(f"{'.'.join(map(str, slip.path))}: {slip.problem} {slip.allowed}".strip() for slip in self.slips)
        )


class Y90Error(Exception):
    """Base of every error a user can cause; `exit_code` is the command line's contract."""

    exit_code = 2


class InputError(Y90Error):
    """Something could not be read as meant (missing file, unknown column or unit, YAML fault, unknown address)."""

    exit_code = 2

    def __init__(self, faults: Fault | Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


@dataclass(frozen=True, slots=True)
class Issue:
    """A fault of the data, one line per cell it touches.

    `row` is what a person sees: the line of a text file, the row of a sheet (the header counts), the 1-based record
    elsewhere, None for a whole column. `value` is written to the issues file only; it stays out of `repr`, the
    console, logs and JSON.
    """

    id: str
    severity: str  # blocking | query | note
    rule: str
    centre: str
    file: str
    sheet: str
    row: int | None
    table: str
    column: str
    source_column: str
    message: str
    value: str = field(default="", repr=False, compare=False)


class FindingsError(Y90Error):
    """The data were read and hold blocking faults; nothing is written under `--out`."""

    exit_code = 1

    def __init__(self, issues: Sequence[Issue]) -> None:
        self.issues = tuple(issues)
        super().__init__(f"{len(self.issues)} issues in the data")


class ValueUnavailable(Y90Error):
    """An addressed number exists but is null; the message is its reason."""

    exit_code = 1


def nearest(word: str, candidates: Iterable[str], count: int = 3) -> list[str]:
    """Up to `count` candidates that look like `word`, best first; what a message offers after a misspelling."""
    pool = list(dict.fromkeys(candidates))
    lowered = {candidate.lower(): candidate for candidate in pool}
    found = difflib.get_close_matches(word.lower(), list(lowered), n=count, cutoff=0.5)
    return [lowered[name] for name in found]


def choices(word: str, candidates: Iterable[str]) -> str:
    """The `allowed` sentence of a fault: the nearest names, or every name when there are few."""
    pool = list(dict.fromkeys(candidates))
    close = nearest(word, pool)
    if close:
        return "did you mean " + " or ".join(repr(name) for name in close) + "?"
    shown = ", ".join(repr(name) for name in pool[:12])
    return f"one of {shown}" + (f" and {len(pool) - 12} more" if len(pool) > 12 else "")
