"""One centre's mapping page: raw file, sheet and column → canonical table and column, with every guess visible.

A page holds no code. A plain word names a raw column; `{constant: x}` or a bare number is a constant; in a `long` entry
a plain word given for a code column of the table's key is a code. Units are stated wherever a number has a quantity.
"""

from __future__ import annotations

import codecs
import itertools
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

OWN_KEYS = ("long", "repeat", "absent", "only_when", "only", "except", "distinct", "merge")
TABLE_KEYS = (*OWN_KEYS, "unit", "ng_per_iu")
"""Keys of a table mapping that are not columns."""

Rule = Literal["first", "middle", "last"]
"""Which day stands for a date of which only the month or the year is known."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _text(value: Any) -> Any:
    """A scalar of the page as text; pydantic would refuse `1` where a code is written without quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


class DateParts(_Strict):
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


class Partial(_Strict):
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


class ColumnMapping(_Strict):
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
    units: dict[str, str] | None = None
    codes: dict[str, str] | None = None
    missing: dict[str, str] | None = None
    dates: tuple[str, ...] | None = None
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
        return _text(value)

    @field_validator("tick", "ticked", "unticked", mode="before")
    @classmethod
    def _texts(cls, value: Any) -> Any:
        return listed(value)

    @field_validator("codes", "missing", "units", mode="before")
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


def listed(value: Any) -> Any:
    """One scalar or a list of them, as a tuple of texts."""
    if isinstance(value, list | tuple):
        return tuple(_text(item) for item in value)
    return (_text(value),) if isinstance(value, str | bool | int | float) else value


class OnlyWhen(_Strict):
    """Which raw rows a table mapping reads: those whose `column` holds one of `one_of`, or is `filled`."""

    column: str
    one_of: tuple[str, ...] | None = None
    filled: bool | None = None

    @field_validator("one_of", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return listed(value)

    @model_validator(mode="after")
    def _one_rule(self) -> OnlyWhen:
        if (self.one_of is None) == (self.filled is None):
            raise ValueError("give exactly one of 'one_of' and 'filled'")
        return self


class TableMapping(_Strict):
    """One canonical table drawn from one raw file. On the page the columns stand directly under the table's name.

    long      one entry per canonical row made from a raw row; an entry's columns replace those of the table
    repeat    key column → {word in the headings: its code}: one entry per combination, {column} in a heading standing
              for the word ("{analyte}_{visit}")
    absent    headings that `repeat` spells and the file does not have
    only_when, only, except  which raw rows are read: by one column; by columns and the texts they must or must not hold
    distinct  identical rows collapse into one (a patient table drawn from a lesion file)
    merge     rows with the same key from the table mappings that say so become one; cells that differ are issues
    """

    columns: dict[str, ColumnMapping] = Field(default_factory=dict)
    long: tuple[dict[str, ColumnMapping], ...] = ()
    repeat: dict[str, dict[str, str]] = Field(default_factory=dict)
    absent: tuple[str, ...] = ()
    only_when: OnlyWhen | None = None
    only: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    except_: dict[str, tuple[str, ...]] = Field(default_factory=dict, alias="except")
    distinct: bool = False
    merge: bool = False

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        shared = {key: value[key] for key in ("unit", "ng_per_iu") if key in value}
        flat: dict[str, Any] = {key: value[key] for key in OWN_KEYS if key in value}
        flat["columns"] = {key: item for key, item in value.items() if key not in TABLE_KEYS}
        flat["columns"] = {key: _with_shared(key, item, shared) for key, item in flat["columns"].items()}
        if isinstance(flat.get("long"), list):
            flat["long"] = [_entry(item, shared) for item in flat["long"]]
        return flat

    @field_validator("only", "except_", mode="before")
    @classmethod
    def _lists(cls, value: Any) -> Any:
        return {key: listed(item) for key, item in value.items()} if isinstance(value, dict) else value

    @field_validator("repeat", mode="before")
    @classmethod
    def _codes_as_text(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {
            key: {word: _text(code) for word, code in words.items()} if isinstance(words, dict) else words
            for key, words in value.items()
        }

    @field_validator("absent", mode="before")
    @classmethod
    def _headings(cls, value: Any) -> Any:
        return listed(value)

    @model_validator(mode="after")
    def _one_way(self) -> TableMapping:
        if self.long and self.repeat:
            raise ValueError("give 'long' or 'repeat', not both: write a second file entry for the other")
        if self.absent and not self.repeat:
            raise ValueError("'absent' goes with 'repeat'")
        return self

    def entries(self) -> Iterator[tuple[int | None, dict[str, ColumnMapping]]]:
        """(position in `long` or of the combination of `repeat`, or None; the columns of one canonical row)."""
        if self.repeat:
            yield from enumerate(_combinations(self))
        elif not self.long:
            yield None, self.columns
        for position, entry in enumerate(self.long):
            yield position, self.columns | entry


def _combinations(item: TableMapping) -> Iterator[dict[str, ColumnMapping]]:
    """The columns of every combination of `repeat`, without the columns whose headings are `absent`.

    A combination whose own columns (those that name most of its words) are all absent makes no row.
    """
    words_of = {name: _mentions(spec, item.repeat) for name, spec in item.columns.items()}
    most = max(words_of.values(), default=0)
    drawn = {name for name, n in words_of.items() if n == most and n}
    for words in itertools.product(*(codes.items() for codes in item.repeat.values())):
        spelled = {key: word for key, (word, _code) in zip(item.repeat, words, strict=True)}
        constants = {key: ColumnMapping(constant=code) for key, (_word, code) in zip(item.repeat, words, strict=True)}
        columns: dict[str, ColumnMapping] = {}
        for name, spec in item.columns.items():
            spec = _spell(spec, spelled, constants)
            if not set(spec.raw_columns) & set(item.absent):
                columns[name] = spec
        if not drawn or drawn & set(columns):
            yield columns | constants


def _mentions(spec: ColumnMapping, repeat: Mapping[str, object]) -> int:
    return sum(any(f"{{{key}}}" in column for column in spec.sources) for key in repeat)


def _spell(spec: ColumnMapping, words: Mapping[str, str], constants: Mapping[str, ColumnMapping]) -> ColumnMapping:
    """A column with the words in its headings, and the one unit of the analyte that is now fixed."""

    def fill(text: str) -> str:
        for key, word in words.items():
            text = text.replace(f"{{{key}}}", word)
        return text

    changes: dict[str, Any] = {}
    if isinstance(spec.from_, DateParts):
        changes["from_"] = DateParts(**{k: fill(v) for k, v in spec.from_.model_dump().items() if v is not None})
    elif spec.from_ is not None:
        changes["from_"] = fill(spec.from_) if isinstance(spec.from_, str) else tuple(map(fill, spec.from_))
    if spec.unit_from is not None:
        changes["unit_from"] = fill(spec.unit_from)
    if isinstance(spec.unit, dict) and "analyte" in constants:
        changes["unit"] = spec.unit.get(str(constants["analyte"].constant))
    return spec.model_copy(update=changes)


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


_NO_CODE_PAGE = ("idna", "punycode", "unicode-escape", "raw-unicode-escape")
"""Encodings of Python that no file is written in."""


class Dialect(_Strict):
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


class FileMapping(_Strict):
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
    dates: tuple[str, ...] | None = None
    partial: Partial | None = None
    missing: dict[str, str] = Field(default_factory=dict)
    not_personal: dict[str, str] = Field(default_factory=dict)
    tables: dict[str, TableMapping] = Field(min_length=1)

    @field_validator("dates", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("dates")
    @classmethod
    def _known_directives(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return _check_dates(value)

    @field_validator("sheet", "table", mode="before")
    @classmethod
    def _sheet_text(cls, value: Any) -> Any:
        return _text(value)

    @field_validator("event", mode="before")
    @classmethod
    def _events(cls, value: Any) -> Any:
        return listed(value)

    @model_validator(mode="after")
    def _somewhere(self) -> FileMapping:
        if bool(self.path) == (self.format == "postgresql"):
            raise ValueError("give 'path'; only the format 'postgresql' has 'connection' and 'table' instead")
        return self

    @field_validator("missing", mode="before")
    @classmethod
    def _reasons(cls, value: Any) -> Any:
        return {key: _text(item) for key, item in value.items()} if isinstance(value, dict) else value


class Limits(_Strict):
    """The normal range of the centre's laboratory for one analyte; fills `uln` and `lln` where a row has none."""

    uln: str | None = None
    lln: str | None = None
    unit: str
    ng_per_iu: Decimal | None = Field(None, gt=0)

    @field_validator("uln", "lln", "unit", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return _text(value)

    @model_validator(mode="after")
    def _something(self) -> Limits:
        if self.uln is None and self.lln is None:
            raise ValueError("give 'uln', 'lln' or both")
        return self


class CentreMapping(_Strict):
    """The whole page of one centre. `limits`: analyte → the normal range of its laboratory."""

    centre: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    origin: Literal["clinical", "published", "synthetic", "reconstructed"]
    description: str = ""
    missing: dict[str, str] = Field(default_factory=dict)
    limits: dict[str, Limits] = Field(default_factory=dict)
    files: tuple[FileMapping, ...] = Field(min_length=1)

    @field_validator("missing", mode="before")
    @classmethod
    def _reasons(cls, value: Any) -> Any:
        return {key: _text(item) for key, item in value.items()} if isinstance(value, dict) else value


_DIRECTIVES = {"Y", "m", "b", "d", "H", "M", "S"}


def _check_dates(formats: tuple[str, ...] | None) -> tuple[str, ...] | None:
    for item in formats or ():
        used = {item[i + 1 : i + 2] for i, mark in enumerate(item) if mark == "%"}
        if "y" in used:
            raise ValueError("a two-digit year (%y) leaves the century to a guess; send four digits and write %Y")
        if not used <= _DIRECTIVES or "Y" not in used or {"m", "b"} <= used or ("d" in used and not used & {"m", "b"}):
            raise ValueError(
                "a date format needs %Y, %m (or %b for a month's name) and %d, may add %H %M %S, and nothing else"
            )
    return formats
