"""`results.json`: the whole of a `Results`, at full precision, and back.

JSON has no NaN and no infinity, so a number is finite or null; a null stands beside its `reason` or is named in
`not_reached`. Empty texts and empty lists are left out.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from typing import Any

from y90outcomes.errors import Fault, InputError
from y90outcomes.results.types import ROWS, SHAPES, Note, Result, Results, Section, Table, TableColumn

FORMAT = "y90outcomes-results/1"


def dumps(results: Results) -> str:
    """`results` as JSON text with a stable order and a final line feed. ValueError if a number is NaN or infinite."""
    body = {
        "format": FORMAT,
        "study": dict(results.study),
        "environment": dict(results.environment),
        "inputs": [dict(entry) for entry in results.inputs],
        "prose": [_record(section) for section in results.prose],
        "quality": [_result(item) for item in results.quality],
        "items": [_result(item) for item in results.items],
    }
    return _text(body, EXPANDED) + "\n"


EXPANDED = 4
"""Levels that stand on lines of their own: sections, results, their keys, rows. A row is one line."""


def _text(value: Any, levels: int, indent: str = "") -> str:
    """JSON with `levels` levels expanded, a space of indentation each, and what is deeper on one line."""
    if levels == 0 or not isinstance(value, dict | list | tuple) or not value:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    inner = indent + " "
    if isinstance(value, dict):
        ends = "{}"
        lines = [f"{json.dumps(key, ensure_ascii=False)}:{_text(one, levels - 1, inner)}" for key, one in value.items()]
    else:
        ends = "[]"
        lines = [_text(one, levels - 1, inner) for one in value]
    return ends[0] + "\n" + ",\n".join(inner + line for line in lines) + f"\n{indent}{ends[1]}"


def loads(text: str, place: str = "results.json") -> Results:
    """The `Results` that `dumps` wrote. InputError when the text is not one."""
    try:
        body = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        line = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise InputError(Fault(place + line, "not JSON", action="run `y90 run` again")) from error
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        got = body.get("format") if isinstance(body, dict) else None
        raise InputError(Fault(place, f"format is {got!r}", f"{FORMAT!r}", "run `y90 run` again with this version"))
    try:
        return Results(
            study=body["study"],
            prose=tuple(_make(Section, entry) for entry in body["prose"]),
            quality=tuple(_table(entry, place) for entry in body["quality"]),
            inputs=tuple(body["inputs"]),
            environment=body["environment"],
            items=tuple(_load(entry, place) for entry in body["items"]),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InputError(
            Fault(place, f"the file lacks or misplaces {error}", action="run `y90 run` again with this version")
        ) from error


def _refuse(word: str) -> float:
    raise ValueError(f"{word} is not a number of JSON")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


def _left_out(field: dataclasses.Field[Any], value: Any) -> bool:
    """An empty value that reading gives back: the field's default, or the field has none (then `_make` fills it)."""
    if value not in ("", (), [], {}):
        return False
    default = field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
    return default is dataclasses.MISSING or default in ("", (), {})


def _record(record: Any) -> dict[str, Any]:
    return {
        field.name: list(value) if isinstance(value, tuple) else value
        for field in dataclasses.fields(record)
        if not _left_out(field, value := getattr(record, field.name))
    }


def _result(item: Result) -> dict[str, Any]:
    entry: dict[str, Any] = {"shape": item.shape}
    for field in dataclasses.fields(item):
        value = getattr(item, field.name)
        if field.name == "rows":
            continue
        if field.name in {"notes", "columns"}:
            value = [_record(record) for record in value]
        elif isinstance(value, Mapping):
            value = dict(value)
        if not _left_out(field, value):
            entry[field.name] = value
    rows = item.rows  # type: ignore[attr-defined]  # every shape has rows
    entry["rows"] = [list(row) if isinstance(row, tuple) else _record(row) for row in rows]
    return entry


def _make(kind: type[Any], entry: Mapping[str, Any]) -> Any:
    """A record of `kind`; a text that was left out is empty, a list becomes a tuple."""
    empty = {
        field.name: ""
        for field in dataclasses.fields(kind)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    }
    return kind(**empty | {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()})


def _load(entry: Mapping[str, Any], place: str) -> Result:
    fields = dict(entry)
    name = fields.pop("shape", None)
    if name not in SHAPES:
        raise InputError(Fault(place, f"unknown shape {name!r}", ", ".join(SHAPES)))
    fields["notes"] = tuple(_make(Note, note) for note in fields.get("notes", ()))
    if name == "table":
        fields["columns"] = tuple(_make(TableColumn, column) for column in fields.get("columns", ()))
        fields["rows"] = tuple(tuple(row) for row in fields["rows"])
    else:
        fields["rows"] = tuple(_make(ROWS[name], row) for row in fields["rows"])
    return SHAPES[name](**{"id": "", "title": ""} | fields)


def _table(entry: Mapping[str, Any], place: str) -> Table:
    item = _load(entry, place)
    if not isinstance(item, Table):
        raise InputError(Fault(place, f"{item.id} is not a table"))
    return item
