"""The commented page of every word a protocol may use, written from the models alone; it is YAML that reads."""

from __future__ import annotations

import datetime as dt
import json
import textwrap
import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from y90outcomes.conventions import CONVENTIONS
from y90outcomes.dialects import DIALECTS, spoken_items
from y90outcomes.study.analyses import AnalysisSpec
from y90outcomes.study.analyses.facts import FACTS, TEST_CONVENTIONS
from y90outcomes.study.base import Name
from y90outcomes.study.model import Study

_WIDTH = 116
_SKIP = ("kind",)
_HEAD = """Every word of a study protocol, written by `y90 schema protocol` from the models a protocol is checked with.

A value is shown as its default; <angle brackets> mark what has to be given, or a name of the protocol's own. What is
marked optional may be left out whole. An analysis is named by its `method`.
"""


def reference_page() -> str:
    """The page as text; the same for the same version."""
    lines = [*_comment(_HEAD, 0), ""]
    lines += _page(Study, 0, skip=())
    lines += ["", *_comment("Analyses, one page per method, under `analyses: {name: page}`:", 0), "methods:"]
    for page in _members(AnalysisSpec):
        (method,) = get_args(page.model_fields["method"].annotation)
        lines += ["", *_comment(_doc(page), 2), f"  {method}:", f"    method: {method}"]
        lines += _page(page, 4, method=method, skip=("method",))
    lines += ["", *_comment("Conventions by name, the default first; `conventions: {item: name}` sets one for all:", 0)]
    lines += ["items:"]
    for item, known in CONVENTIONS.items():
        lines += ["", f"  {item}:"]
        for name in known.names:
            used = [dialect for dialect, page in DIALECTS.items() if _choice(page.choices, item) == name]
            by = f" ({', '.join(used)})" if used and item in spoken_items() else ""
            lines += _entry(4, name, known.words[name], by.strip())
    lines += ["", *_comment("Tests with a convention of their own (`convention:` beside `test:`):", 0), "tests:"]
    lines += [f"  {test}: {item}" for test, item in TEST_CONVENTIONS.items()]
    return "\n".join(lines) + "\n"


def _choice(choices: Mapping[str, Any], item: str) -> str:
    return choices[item].name if item in choices else ""


def _entry(indent: int, key: str, text: str, comment: str) -> list[str]:
    return [f"{' ' * indent}{_scalar(key)}: {_scalar(text)}" + (f"  # {comment}" if comment else "")]


def _page(page: type[BaseModel], indent: int, method: str = "", skip: tuple[str, ...] = _SKIP) -> list[str]:
    lines: list[str] = []
    for name, field in page.model_fields.items():
        if name in skip:
            continue
        key = field.alias or name
        said = [field.description or ""]
        if method and name in FACTS[method].conventions:
            said.append(f"Convention {FACTS[method].conventions[name]}.")
        models = _members(field.annotation)
        if models and name != "analyses" and not field.is_required():
            said.append("Optional.")
        lines += _comment(" ".join(part for part in said if part), indent)
        lines += _comment("One of: " + _words(field.annotation), indent) if _words(field.annotation) else []
        value = _value(field)
        if models and name != "analyses":
            lines.append(f"{' ' * indent}{key}:")
            lines += _models(field.annotation, models, indent + 2)
        else:
            lines.append(f"{' ' * indent}{key}: {value}")
    return lines


def _models(annotation: Any, models: list[type[BaseModel]], indent: int) -> list[str]:
    """The pages a field holds: one written out, several by their kind, those of a list as its entries."""
    pad = " " * indent
    lines: list[str] = []
    named, listed = _is(annotation, dict), _is(annotation, list)
    if listed and _holds(annotation, str):
        lines.append(f"{pad}- <text>")
    for place, model in enumerate(models):
        kinds = get_args(model.model_fields["kind"].annotation) if "kind" in model.model_fields else ()
        label = f"<{kinds[0]}>:" if kinds else f"<{'another_' * place}name>:" if named else "-"
        inner = indent
        if named or listed or len(models) > 1:
            lines += _comment(_doc(model), indent)
            lines.append(f"{pad}{label}")
            inner = indent + 2
        lines += [f"{' ' * inner}kind: {kinds[0]}"] if kinds else []
        lines += _page(model, inner)
    return lines


def _value(field: FieldInfo) -> str:
    if field.is_required() and any(getattr(rule, "pattern", None) for rule in field.metadata):
        return "<name>"
    if field.is_required():
        return "<" + _kind(field.annotation) + ">"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        return "{}"
    return json.dumps(value, ensure_ascii=False, default=str)


def _kind(annotation: Any) -> str:
    """What a required value is, in a word."""
    words = _words(annotation)
    if words:
        return words
    if annotation == Name:
        return "name"
    plain = _bare(annotation)
    if _is(annotation, list):
        return "list of " + _kind(get_args(plain)[0]) + "s"
    if _is(annotation, dict):
        return "mapping"
    known = {str: "text", float: "number", int: "whole number", bool: "true or false", dt.date: "date"}
    return known.get(plain, "value")


def _bare(annotation: Any) -> Any:
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return annotation


def _is(annotation: Any, kind: type) -> bool:
    plain = _bare(annotation)
    if get_origin(plain) in (Union, types.UnionType):
        return any(_is(part, kind) for part in get_args(plain))
    return get_origin(plain) is kind


def _holds(annotation: Any, kind: type) -> bool:
    """Whether a plain value of a kind may stand where an annotation has pages too."""
    plain = _bare(annotation)
    return plain is kind or any(_holds(part, kind) for part in get_args(plain))


def _words(annotation: Any) -> str:
    """The words of a Literal, also inside a list or beside null; "" for anything else."""
    found = dict.fromkeys(json.dumps(word, ensure_ascii=False).strip('"') for word in _literals(annotation))
    return " | ".join(found)


def _literals(annotation: Any) -> Iterator[Any]:
    plain = _bare(annotation)
    if get_origin(plain) is Literal:
        yield from get_args(plain)
    elif not (isinstance(plain, type) and issubclass(plain, BaseModel)):
        for part in get_args(plain):
            yield from _literals(part)


def _members(annotation: Any) -> list[type[BaseModel]]:
    """Page classes inside an annotation, in order."""
    plain = _bare(annotation)
    if isinstance(plain, type) and issubclass(plain, BaseModel):
        return [plain]
    found: dict[type[BaseModel], None] = {}
    for part in get_args(plain):
        found.update(dict.fromkeys(_members(part)))
    return list(found)


def _doc(page: type[BaseModel]) -> str:
    return " ".join((page.__doc__ or "").split())


def _comment(text: str, indent: int) -> list[str]:
    pad = " " * indent
    lines = []
    for paragraph in text.strip().split("\n\n"):
        lines += textwrap.wrap(" ".join(paragraph.split()), _WIDTH - indent, initial_indent=f"{pad}# ",
                               subsequent_indent=f"{pad}# ")  # fmt: skip
    return lines


def _scalar(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
