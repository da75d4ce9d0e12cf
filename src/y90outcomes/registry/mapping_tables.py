"""One canonical table drawn from one raw file: its columns, rows in long form, and which raw rows are read."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field, field_validator, model_validator

from y90outcomes.registry.mapping_columns import ColumnMapping, DateParts, Strict, as_text, listed

OWN_KEYS = ("long", "repeat", "absent", "only_when", "only", "except", "distinct", "merge")

TABLE_KEYS = (*OWN_KEYS, "unit", "ng_per_iu")
"""Keys of a table mapping that are not columns."""


class OnlyWhen(Strict):
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


class TableMapping(Strict):
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
            key: {word: as_text(code) for word, code in words.items()} if isinstance(words, dict) else words
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
