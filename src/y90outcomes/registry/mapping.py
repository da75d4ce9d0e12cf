"""One centre's mapping page: raw file, sheet and column → canonical table and column, with every guess visible.

A page holds no code. A plain word names a raw column; `{constant: x}` or a bare number is a constant; in a `long` entry
a plain word given for a code column of the table's key is a code. Units are stated wherever a number has a quantity.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

TABLE_KEYS = ("long", "only_when", "distinct", "unit", "ng_per_iu")
"""Keys of a table mapping that are not columns."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _text(value: Any) -> Any:
    """A scalar of the page as text; pydantic would refuse `1` where a code is written without quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


class ColumnMapping(_Strict):
    """Where one canonical column comes from: exactly one of `from` and `constant`.

    codes      raw text → canonical code (or, for a number or date, → the text to read instead); exact, after trimming.
               When given, every text must be listed; `""` stands for an empty cell
    missing    raw text → reason, for this column only, before those of the file and the page
    unit       unit of the raw number; for a laboratory value one unit, or one per analyte
    dates      format or formats of the raw dates, from %Y %m %d %H %M %S
    ng_per_iu  the assay's own ng per IU, required for AFP in IU/mL
    days_per_month  divisor when `unit: months`
    """

    from_: str | None = Field(None, alias="from", min_length=1)
    constant: str | None = None
    unit: str | dict[str, str] | None = None
    codes: dict[str, str] | None = None
    missing: dict[str, str] | None = None
    dates: tuple[str, ...] | None = None
    ng_per_iu: Decimal | None = Field(None, gt=0)
    days_per_month: Decimal | None = Field(None, gt=0)

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"from": value}
        if isinstance(value, bool | int | float):
            return {"constant": value}
        return value

    @field_validator("constant", "unit", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return _text(value)

    @field_validator("codes", "missing", mode="before")
    @classmethod
    def _values_as_text(cls, value: Any) -> Any:
        return {key: _text(item) for key, item in value.items()} if isinstance(value, dict) else value

    @field_validator("dates", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("dates")
    @classmethod
    def _known_directives(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return _check_dates(value)

    @model_validator(mode="after")
    def _one_origin(self) -> ColumnMapping:
        if (self.from_ is None) == (self.constant is None):
            raise ValueError("give exactly one of 'from' (a raw column) and 'constant'")
        return self


class OnlyWhen(_Strict):
    """Which raw rows a table mapping reads: those whose `column` holds one of `one_of`, or is `filled`."""

    column: str
    one_of: tuple[str, ...] | None = None
    filled: bool | None = None

    @field_validator("one_of", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return tuple(_text(item) for item in value) if isinstance(value, list) else (_text(value),)

    @model_validator(mode="after")
    def _one_rule(self) -> OnlyWhen:
        if (self.one_of is None) == (self.filled is None):
            raise ValueError("give exactly one of 'one_of' and 'filled'")
        return self


class TableMapping(_Strict):
    """One canonical table drawn from one raw file. On the page the columns stand directly under the table's name.

    long      one entry per canonical row made from a raw row; an entry's columns replace those of the table
    distinct  identical rows collapse into one (a patient table drawn from a lesion file)
    """

    columns: dict[str, ColumnMapping] = Field(default_factory=dict)
    long: tuple[dict[str, ColumnMapping], ...] = ()
    only_when: OnlyWhen | None = None
    distinct: bool = False

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        shared = {key: value[key] for key in ("unit", "ng_per_iu") if key in value}
        flat: dict[str, Any] = {key: value[key] for key in ("long", "only_when", "distinct") if key in value}
        flat["columns"] = {key: item for key, item in value.items() if key not in TABLE_KEYS}
        flat["columns"] = {key: _with_shared(key, item, shared) for key, item in flat["columns"].items()}
        if isinstance(flat.get("long"), list):
            flat["long"] = [_entry(item, shared) for item in flat["long"]]
        return flat

    def entries(self) -> Iterator[tuple[int | None, dict[str, ColumnMapping]]]:
        """(position in `long` or None, the columns of one canonical row)."""
        if not self.long:
            yield None, self.columns
        for position, entry in enumerate(self.long):
            yield position, self.columns | entry


_SHARING = ("value", "uln", "lln")
"""Columns that take a unit written once for a whole entry (laboratory)."""


def _with_shared(name: str, item: Any, shared: Mapping[str, Any]) -> Any:
    if not shared or name not in _SHARING:
        return item
    if isinstance(item, str):
        item = {"from": item}
    elif isinstance(item, int | float):
        item = {"constant": item}
    return {**shared, **item} if isinstance(item, dict) else item


def _entry(item: Any, outer: Mapping[str, Any]) -> Any:
    if not isinstance(item, dict):
        return item
    shared = {**outer, **{key: item[key] for key in ("unit", "ng_per_iu") if key in item}}
    return {key: _with_shared(key, value, shared) for key, value in item.items() if key not in ("unit", "ng_per_iu")}


class Dialect(_Strict):
    """How a text file is written. What is not declared is found out (delimiter) or plain (decimal point, none else)."""

    delimiter: Literal[";", ",", "\t", "|"] | None = None
    decimal: Literal[".", ","] = "."
    thousands: Literal[".", ",", " ", "'"] | None = None
    encoding: str | None = None

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                codecs.lookup(value)
            except LookupError:
                raise ValueError("encoding is not one Python knows; use for example utf-8, cp1252, cp850") from None
        return value

    @model_validator(mode="after")
    def _apart(self) -> Dialect:
        if self.thousands == self.decimal:
            raise ValueError("'decimal' and 'thousands' are the same mark")
        return self


class FileMapping(_Strict):
    """One raw file (and sheet) and the tables drawn from it. `path` is relative to the study folder."""

    path: str = Field(min_length=1)
    sheet: str | None = None
    header_row: int = Field(1, ge=1)
    dialect: Dialect = Dialect()
    dates: tuple[str, ...] | None = None
    missing: dict[str, str] = Field(default_factory=dict)
    tables: dict[str, TableMapping] = Field(min_length=1)

    @field_validator("dates", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("dates")
    @classmethod
    def _known_directives(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return _check_dates(value)

    @field_validator("sheet", mode="before")
    @classmethod
    def _sheet_text(cls, value: Any) -> Any:
        return _text(value)

    @field_validator("missing", mode="before")
    @classmethod
    def _reasons(cls, value: Any) -> Any:
        return {key: _text(item) for key, item in value.items()} if isinstance(value, dict) else value


class CentreMapping(_Strict):
    """The whole page of one centre."""

    centre: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    origin: Literal["clinical", "published", "synthetic", "reconstructed"]
    description: str = ""
    missing: dict[str, str] = Field(default_factory=dict)
    files: tuple[FileMapping, ...] = Field(min_length=1)

    @field_validator("missing", mode="before")
    @classmethod
    def _reasons(cls, value: Any) -> Any:
        return {key: _text(item) for key, item in value.items()} if isinstance(value, dict) else value


_DIRECTIVES = {"Y", "m", "d", "H", "M", "S"}


def _check_dates(formats: tuple[str, ...] | None) -> tuple[str, ...] | None:
    for item in formats or ():
        used = {item[i + 1 : i + 2] for i, mark in enumerate(item) if mark == "%"}
        if "y" in used:
            raise ValueError("a two-digit year (%y) leaves the century to a guess; send four digits and write %Y")
        if not used <= _DIRECTIVES or not {"Y", "m", "d"} <= used:
            raise ValueError("a date format needs %Y, %m and %d, may add %H %M %S, and nothing else")
    return formats
