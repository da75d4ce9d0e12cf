"""A table as it stands on a page: texts, marks and footnotes, no numbers. HTML reads it now, other writers later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from y90outcomes import conventions
from y90outcomes.report import format as fmt
from y90outcomes.results.types import Note, Result, Summary


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. `mark` is its footnote's letter; `link` a result's id; `sub` a second, lighter text.

    kind: text, number, p, code, address or verdict.
    """

    text: str
    kind: str = "number"
    mark: str = ""
    link: str = ""
    sub: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A body row; the first cell heads it. kind: plain, group (a heading over rows below) or level (indented).

    A single cell goes across all columns.
    """

    cells: tuple[Cell, ...]
    kind: str = "plain"


@dataclass(frozen=True, slots=True)
class Spanner:
    """A heading over several columns, from the column at index `first`; at most one column follows them."""

    text: str
    first: int
    columns: int


@dataclass(frozen=True, slots=True)
class Footnote:
    """`level` info, caution or warning; `mark` the letter it answers, if any."""

    text: str
    mark: str = ""
    level: str = "info"


@dataclass(frozen=True, slots=True)
class View:
    """A whole table. `lead` is a sentence printed before it; `tag` its label of origin, None for the report's own."""

    id: str
    caption: str
    head: tuple[Cell, ...]
    rows: tuple[Row, ...]
    notes: tuple[Footnote, ...] = ()
    spanner: Spanner | None = None
    lead: str = ""
    tag: str | None = None


PREFIXES = {"rounding": "rounding "}
"""What a convention's phrase is about, where the phrase alone does not say."""


@dataclass
class Marks:
    """Footnote letters in the order first needed; the same text has the same letter."""

    texts: dict[str, str] = field(default_factory=dict)

    def mark(self, text: str) -> str:
        """The letter of `text`, "" for an empty text."""
        if not text:
            return ""
        if text not in self.texts:
            self.texts[text] = _letters(len(self.texts))
        return self.texts[text]

    def notes(self) -> tuple[Footnote, ...]:
        """The footnotes in the order of their marks."""
        return tuple(Footnote(fmt.sentence(text), mark) for text, mark in self.texts.items())


def _letters(index: int) -> str:
    """a … z, aa, ab …"""
    letter = chr(ord("a") + index % 26)
    return letter if index < 26 else _letters(index // 26 - 1) + letter


def heading(result: Result) -> str:
    """What stands after "Table 3": the title, then the protocol's sentence about it."""
    return f"{fmt.sentence(result.title)} {fmt.sentence(result.caption)}" if result.caption else result.title


def counts(result: Result) -> str:
    """Whom a result is about: population, n, events and missing, whatever of them it holds."""
    parts = [
        f"{name}{fmt.NBSP}{fmt.integer(value)}"
        for name, value in ((f"n{fmt.NBSP}=", result.n), ("events", result.events), ("missing", result.missing))
        if value is not None and (value or name != "missing")
    ]
    if not result.population:
        return "; ".join(parts) + "." if parts else ""
    return fmt.sentence("; ".join([result.population, *parts]))


def convention_words(conventions_used: Mapping[str, str], beside: str = "") -> str:
    """The conventions of a result in words, each once, without those `beside` names already."""
    phrases = dict.fromkeys(
        PREFIXES.get(item, "") + conventions.words(item, name) for item, name in conventions_used.items()
    )
    phrases = {phrase: None for phrase in phrases if phrase not in beside}
    return fmt.sentence("; ".join(phrases)) if phrases else ""


def result_notes(result: Result, *others: Result, beside: str = "") -> tuple[Footnote, ...]:
    """Population, conventions, method and notes of one result and of those merged into its table."""
    used: dict[str, str] = {}
    for member in (result, *others):
        used |= {item: name for item, name in member.conventions.items() if not _unseen(member, item)}
    texts = [Footnote(text) for text in (counts(result), convention_words(used, beside)) if text]
    for member in (result, *others):
        if " " in member.method:  # a bare name is the method's key in the protocol, not words
            texts.append(Footnote(fmt.sentence(member.method)))
        texts += [_note(note) for note in member.notes]
    return tuple(dict.fromkeys(texts))


def _unseen(result: Result, item: str) -> bool:
    """A convention of numbers the data files hold and the table does not print needs no footnote under it."""
    if not isinstance(result, Summary):
        return False
    printed = {row.show for row in result.rows}
    shown = {"proportion_interval": "n_percent_ci", "quantile_type": "median_iqr"}.get(item)
    return shown is not None and shown not in printed


def _note(note: Note) -> Footnote:
    return Footnote(fmt.sentence(note.message), level=note.level)
