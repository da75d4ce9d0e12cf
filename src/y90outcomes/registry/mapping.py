"""One centre's mapping page: raw file, sheet and column → canonical table and column, with every guess visible.

A page holds no code. A plain word names a raw column; `{constant: x}` or a bare number is a constant; in a `long` entry
a plain word given for a code column of the table's key is a code. Units are stated wherever a number has a quantity.
"""

from __future__ import annotations

import codecs
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from y90outcomes.registry.mapping_columns import Dates, Partial, Strict, Words, as_text, listed
from y90outcomes.registry.mapping_tables import TableMapping

_NO_CODE_PAGE = ("idna", "punycode", "unicode-escape", "raw-unicode-escape")
"""Encodings of Python that no file is written in."""


class Dialect(Strict):
    """How a text file is written. What is not declared is found out (delimiter) or plain (decimal point, none else)."""

    delimiter: str | None = Field(None, min_length=1, max_length=1)
    decimal: Literal[".", ","] = "."
    thousands: Literal[".", ",", " ", "'"] | None = None
    encoding: str | None = None

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                known = "1".encode(value) and codecs.lookup(value).name not in _NO_CODE_PAGE
            except (LookupError, UnicodeError):
                known = False
            if not known:
                raise ValueError("encoding is not one Python knows; use for example utf-8, cp1252, cp850")
        return value

    @field_validator("delimiter")
    @classmethod
    def _a_mark(cls, value: str | None) -> str | None:
        if value is not None and (value.isalnum() or value in "\"'\\\r\n.-+_" or (value < " " and value != "\t")):
            raise ValueError('a delimiter is one mark such as ; , | ~ ^ : or a tab, written "\\t"')
        return value

    @model_validator(mode="after")
    def _apart(self) -> Dialect:
        if self.thousands == self.decimal:
            raise ValueError("'decimal' and 'thousands' are the same mark")
        return self


class FileMapping(Strict):
    """One raw file (and sheet) and the tables drawn from it. `path` is relative to the study folder.

    format      what the file is, where its extension does not say it; needed for `redcap` and `postgresql`
    table       the table of a database; in PostgreSQL `schema.table`
    values      whether labelled values (SPSS, Stata, SAS, REDCap) arrive as labels or as codes
    connection  name of the environment variable with the PostgreSQL address, which itself never stands on a page
    dictionary  REDCap's data dictionary; `instrument` chooses the rows that repeat it, `event` those of an event
    catalogue   the SAS catalogue (.sas7bcat) with the value labels
    not_personal  heading → why a column that looks personal is not; it is then let in
    """

    path: str = Field("", min_length=1)
    format: (
        Literal["text", "excel", "parquet", "sas", "spss", "stata", "sqlite", "duckdb", "postgresql", "redcap"] | None
    ) = None
    sheet: str | None = None
    header_row: int = Field(1, ge=1)
    dialect: Dialect = Dialect()
    table: str | None = Field(None, min_length=1)
    values: Literal["labels", "codes"] = "labels"
    connection: str | None = Field(None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    dictionary: str | None = Field(None, min_length=1)
    instrument: str | None = Field(None, min_length=1)
    event: tuple[str, ...] = ()
    catalogue: str | None = Field(None, min_length=1)
    dates: Dates = None
    partial: Partial | None = None
    missing: Words = Field(default_factory=dict)
    not_personal: dict[str, str] = Field(default_factory=dict)
    tables: dict[str, TableMapping] = Field(min_length=1)

    @field_validator("sheet", "table", mode="before")
    @classmethod
    def _sheet_text(cls, value: Any) -> Any:
        return as_text(value)

    @field_validator("event", mode="before")
    @classmethod
    def _events(cls, value: Any) -> Any:
        return listed(value)

    @model_validator(mode="after")
    def _somewhere(self) -> FileMapping:
        if bool(self.path) == (self.format == "postgresql"):
            raise ValueError("give 'path'; only the format 'postgresql' has 'connection' and 'table' instead")
        return self


class Limits(Strict):
    """The normal range of the centre's laboratory for one analyte; fills `uln` and `lln` where a row has none."""

    uln: str | None = None
    lln: str | None = None
    unit: str
    ng_per_iu: Decimal | None = Field(None, gt=0)

    @field_validator("uln", "lln", "unit", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return as_text(value)

    @model_validator(mode="after")
    def _something(self) -> Limits:
        if self.uln is None and self.lln is None:
            raise ValueError("give 'uln', 'lln' or both")
        return self


class CentreMapping(Strict):
    """The whole page of one centre. `limits`: analyte → the normal range of its laboratory."""

    centre: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    origin: Literal["clinical", "published", "synthetic", "reconstructed"]
    description: str = ""
    missing: Words = Field(default_factory=dict)
    limits: dict[str, Limits] = Field(default_factory=dict)
    files: tuple[FileMapping, ...] = Field(min_length=1)
