"""Where one canonical column comes from: headings, boxes, cut and joined cells, codes, units, dates, reasons."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

Rule = Literal["first", "middle", "last"]
"""Which day stands for a date of which only the month or the year is known."""


class Strict(BaseModel):
    """What every part of a mapping page shares: frozen, and no key that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def as_text(value: Any) -> Any:
    """A scalar of the page as text; pydantic would refuse `1` where a code is written without quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def listed(value: Any) -> Any:
    """One scalar or a list of them, as a tuple of texts."""
    if isinstance(value, list | tuple):
        return tuple(as_text(item) for item in value)
    return (as_text(value),) if isinstance(value, str | bool | int | float) else value


_DIRECTIVES = {"Y", "m", "b", "d", "H", "M", "S"}


def check_dates(formats: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """The formats as they are. ValueError for one with a two-digit year, without a year, or with a day and no month."""
    for item in formats or ():
        used = {item[i + 1 : i + 2] for i, mark in enumerate(item) if mark == "%"}
        if "y" in used:
            raise ValueError("a two-digit year (%y) leaves the century to a guess; send four digits and write %Y")
        if not used <= _DIRECTIVES or "Y" not in used or {"m", "b"} <= used or ("d" in used and not used & {"m", "b"}):
            raise ValueError(
                "a date format needs %Y, %m (or %b for a month's name) and %d, may add %H %M %S, and nothing else"
            )
    return formats


Words = Annotated[
    dict[str, str],
    BeforeValidator(lambda value: {k: as_text(v) for k, v in value.items()} if isinstance(value, dict) else value),
]
"""Texts of a file to words of ours; a scalar on the page is read as its text."""

Dates = Annotated[
    tuple[str, ...] | None,
    BeforeValidator(lambda value: (value,) if isinstance(value, str) else value),
    AfterValidator(check_dates),
]
"""One date format, or several."""


class DateParts(Strict):
    """The raw columns that hold the parts of one date; without `day` or `month` the column needs `partial`."""

    year: str = Field(min_length=1)
    month: str | None = Field(None, min_length=1)
    day: str | None = Field(None, min_length=1)

    @model_validator(mode="after")
    def _no_gap(self) -> DateParts:
        if self.day is not None and self.month is None:
            raise ValueError("a day of the month needs its 'month'")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """The raw columns, year first."""
        return tuple(name for name in (self.year, self.month, self.day) if name is not None)


class Partial(Strict):
    """What stands for a date known to its month or year only. The precision is kept beside the date.

    month  first = 1st, middle = 15th, last = last day of the month
    year   first = 1 January, middle = 1 July, last = 31 December
    """

    month: Rule | None = None
    year: Rule | None = None

    @model_validator(mode="before")
    @classmethod
    def _both(cls, value: Any) -> Any:
        return {"month": value, "year": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _something(self) -> Partial:
        if self.month is None and self.year is None:
            raise ValueError("give 'month', 'year' or both, each first, middle or last")
        return self


class ColumnMapping(Strict):
    """Where one canonical column comes from: exactly one of `from` and `constant`.

    from       one raw heading; several with `tick`, `join` or `first_filled`; {year, month, day} for a date in parts
    tick       with several headings: the code each stands for when its cell is `ticked`
    ticked, unticked  the texts of a ticked and of an unticked box; any other text is an issue
    none_ticked  the code when no box is ticked; without it the cell is missing, with the reason `none_ticked`
    join       puts the cells of several headings together with this text between; empty when one of them is
    first_filled  takes the first heading whose cell is filled
    split, part  cuts one cell at this text and takes the part with this number (from 1)
    separator  cuts one cell into several codes, for a column that holds several
    codes      raw text → canonical code (or, for a number or date, → the text to read instead); exact, after trimming.
               When given, every text must be listed; `""` stands for an empty cell
    missing    raw text → reason, for this column only, before those of the file and the page
    unit       unit of the raw number; for a laboratory value one unit, or one per analyte
    unit_from  the raw column that holds the unit of each row; `unit` then stands for an empty one
    units      text of `unit_from` → unit, where the file writes it differently
    dates      format or formats of the raw dates, from %Y %m %b %d %H %M %S
    partial    the rule for dates without day or month: first, middle, last, or {month: ..., year: ...}
    ng_per_iu  the assay's own ng per IU, required for AFP in IU/mL
    days_per_month  divisor when `unit: months`
    not_personal  why the raw column, which looks personal, is not
    """

    from_: str | tuple[str, ...] | DateParts | None = Field(None, alias="from")
    constant: str | None = None
    tick: tuple[str, ...] | None = None
    ticked: tuple[str, ...] | None = None
    unticked: tuple[str, ...] = ("",)
    none_ticked: str | None = None
    join: str | None = None
    first_filled: bool = False
    split: str | None = Field(None, min_length=1)
    part: int | None = Field(None, ge=1)
    separator: str | None = Field(None, min_length=1)
    unit: str | dict[str, str] | None = None
    unit_from: str | None = Field(None, min_length=1)
    units: Words | None = None
    codes: Words | None = None
    missing: Words | None = None
    dates: Dates = None
    partial: Partial | None = None
    ng_per_iu: Decimal | None = Field(None, gt=0)
    days_per_month: Decimal | None = Field(None, gt=0)
    not_personal: str | None = Field(None, min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"from": value}
        if isinstance(value, bool | int | float):
            return {"constant": value}
        return value

    @field_validator("constant", "unit", "none_ticked", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return as_text(value)

    @field_validator("tick", "ticked", "unticked", mode="before")
    @classmethod
    def _texts(cls, value: Any) -> Any:
        return listed(value)

    @model_validator(mode="after")
    def _one_origin(self) -> ColumnMapping:
        if (self.from_ is None) == (self.constant is None):
            raise ValueError("give exactly one of 'from' (a raw column) and 'constant'")
        problems = list(_combination_faults(self))
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def sources(self) -> tuple[str, ...]:
        """The raw columns the value is made from, in order; none for a constant."""
        if self.from_ is None:
            return ()
        if isinstance(self.from_, DateParts):
            return self.from_.columns
        return (self.from_,) if isinstance(self.from_, str) else self.from_

    @property
    def raw_columns(self) -> tuple[str, ...]:
        """Every raw column the mapping of this column reads, that of the unit included."""
        return self.sources if self.unit_from is None else (*self.sources, self.unit_from)


def _combination_faults(item: ColumnMapping) -> Iterator[str]:
    """What `from` and the words that go with several or cut cells may not do together."""
    several = isinstance(item.from_, tuple)
    ways = [word for word in ("tick", "join", "first_filled") if getattr(item, word) not in (None, False)]
    if several:
        if len(set(item.sources)) < len(item.sources) or (len(item.sources) < 2 and "tick" not in ways):
            yield "'from' lists a heading twice, or fewer than two headings"
        if len(ways) != 1:
            yield "several headings need exactly one of 'tick', 'join' and 'first_filled'"
    elif ways:
        yield f"{ways[0]!r} needs a list of headings under 'from'"
    if item.tick is not None:
        if several and len(item.tick) != len(item.sources):
            yield f"'tick' gives {len(item.tick)} codes for {len(item.sources)} headings"
        if item.ticked is None:
            yield "'tick' needs 'ticked': the text or texts of a ticked box"
        elif set(item.ticked) & set(item.unticked):
            yield "'ticked' and 'unticked' share a text"
    elif item.ticked is not None or item.none_ticked is not None or "unticked" in item.model_fields_set:
        yield "'ticked', 'unticked' and 'none_ticked' go with 'tick'"
    if (item.split is None) != (item.part is None):
        yield "'split' and 'part' go together"
    if item.split is not None and not isinstance(item.from_, str):
        yield "'split' cuts the cells of one heading"
    if item.separator is not None and not isinstance(item.from_, str):
        yield "'separator' cuts the cells of one heading"
    if item.units is not None and item.unit_from is None:
        yield "'units' goes with 'unit_from'"
    if item.unit_from is not None and item.from_ is None:
        yield "a constant has no 'unit_from'"
