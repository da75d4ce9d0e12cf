"""A YAML 1.2 page read with the line number of every key, so that a fault can say where it stands.

Keys are always text, as written (`1`, `yes`, `2018` included). Duplicate keys, tags, merge keys and pages that expand
beyond `LIMIT_NODES` through aliases are faults. Nothing in a page is ever executed.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from y90outcomes.errors import Fault, InputError, PageError, choices

LIMIT_BYTES = 5_000_000
LIMIT_NODES = 200_000
LIMIT_DEPTH = 60

Path_ = tuple[str | int, ...]

_TAGS = {"tag:yaml.org,2002:" + name for name in ("str", "int", "float", "bool", "null", "timestamp", "map", "seq")}


@dataclass(frozen=True, slots=True)
class Page:
    """`data` is plain dicts, lists and scalars; `lines` gives the 1-based line of every path into it."""

    file: str
    data: Any
    lines: Mapping[Path_, int]

    def place(self, path: Path_) -> str:
        """`file, line n (dotted.path)` of the deepest part of `path` that stands on the page."""
        known: Path_ = ()
        for part in path:
            if (*known, part) in self.lines:
                known = (*known, part)
        words = ".".join(str(part) for part in known)
        return f"{self.file}, line {self.lines.get(known, 1)}" + (f" ({words})" if words else "")


def read_page(path: Path, shown: str = "") -> Page:
    """Read one page. `shown` is how messages name the file. InputError for anything that is not a YAML mapping."""
    shown = shown or path.name
    if not path.is_file():
        raise InputError(Fault(shown, "no such file", action="check the name, or create the page"))
    if path.stat().st_size > LIMIT_BYTES:
        raise InputError(Fault(shown, "too large for a page of settings", f"at most {LIMIT_BYTES} bytes"))
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            Fault(shown, f"byte {error.start + 1} is not UTF-8 text", "UTF-8", "save the page as UTF-8")
        ) from None
    return parse_page(text, shown)


def parse_page(text: str, shown: str) -> Page:
    """Parse the text of a page; as `read_page`."""
    try:
        node = _composed(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark is not None else ""
        problem = f"not valid YAML: {error.problem or error.context}"
        raise InputError(Fault(shown + line, problem, action="check indentation, colons and quotes there")) from None
    except YAMLError as error:
        problem = "not valid YAML: " + str(error).splitlines()[0]
        raise InputError(Fault(shown, problem, action="open it in a text editor")) from None
    except RecursionError:
        raise InputError(Fault(shown, "nested too deeply", f"at most {LIMIT_DEPTH} levels")) from None
    if not isinstance(node, MappingNode):
        got = "empty" if node is None else "not a list of `key: value` lines"
        raise InputError(Fault(shown, f"the page is {got}", "a YAML mapping"))
    reader = _Reader(shown)
    data = reader.value(node, ())
    if reader.faults:
        raise InputError(reader.faults)
    return Page(shown, data, reader.lines)


@functools.lru_cache(maxsize=64)
def _composed(text: str) -> Node | None:
    """The nodes of a page, kept by its whole text: a study read again is not scanned again. Nobody changes a node."""
    return YAML(typ="safe", pure=True).compose(text)  # type: ignore[no-any-return]


class _Reader:
    """Turns composed nodes into plain data, collecting lines and faults."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.lines: dict[Path_, int] = {}
        self.faults: list[Fault] = []
        self.count = 0

    def fault(self, node: Node, problem: str, allowed: str = "", action: str = "") -> None:
        self.faults.append(Fault(f"{self.shown}, line {node.start_mark.line + 1}", problem, allowed, action))

    def value(self, node: Node, path: Path_) -> Any:
        self.count += 1
        if self.count > LIMIT_NODES or len(path) > LIMIT_DEPTH:
            raise InputError(
                Fault(self.shown, "the page expands too far through aliases or nesting",
                      f"at most {LIMIT_NODES} values and {LIMIT_DEPTH} levels", "write the repeated part out")
            )  # fmt: skip
        self.lines.setdefault(path, node.start_mark.line + 1)
        if str(node.tag) not in _TAGS:
            self.fault(node, f"tag {node.tag} is not allowed", "plain text, numbers, lists and mappings")
            return None
        if isinstance(node, MappingNode):
            return self.mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        return _scalar(str(node.value), str(node.tag).rsplit(":", 1)[-1])

    def mapping(self, node: MappingNode, path: Path_) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode):
                self.fault(key_node, "a key must be a plain word")
                continue
            key = str(key_node.value)
            if key in data:
                self.fault(key_node, f"{key!r} is given twice", action="keep one of the two")
                continue
            self.lines[(*path, key)] = key_node.start_mark.line + 1
            data[key] = self.value(value_node, (*path, key))
        return data


def _scalar(text: str, tag: str) -> Any:
    if tag == "null":
        return None
    if tag == "bool":
        return text.lower() == "true"
    if tag in ("int", "float"):
        plain = text.replace("_", "")
        try:
            return (
                int(plain, 0)
                if tag == "int" and plain.lower()[:2] in ("0x", "0o")
                else (int(plain) if tag == "int" else float(plain))
            )
        except ValueError:
            return text  # .inf, .nan and the like stay text; a model that wants a number refuses them
    return text


def model_faults(error: ValidationError, model: type[BaseModel], page: Page) -> list[Fault]:
    """Every fault pydantic found, in the user's words with line numbers and nearest names."""
    faults = []
    items = error.errors(include_url=False, include_context=True)
    for item in items:
        path: Path_ = tuple(item["loc"])
        if item["type"] == "too_short" and any(
            other["loc"][: len(path)] == path for other in items if other is not item
        ):
            continue  # a list is only short because what stands in it is at fault
        place, problem, context = page.place(path), item["msg"], item.get("ctx", {})
        word, kind = str(path[-1]) if path else "", item["type"]
        cause = context.get("error")
        if isinstance(cause, PageError):
            faults += [Fault(page.place(slip.path), slip.problem, slip.allowed) for slip in cause.slips]
        elif kind == "extra_forbidden":
            known = sorted(_keys_at(model, path[:-1]))
            faults.append(Fault(place, f"unknown key {word!r}", choices(word, known), "correct or remove it"))
        elif kind == "missing":
            faults.append(Fault(place, f"{word!r} is missing", action=f"add {word!r}"))
        elif kind in ("value_error", "assertion_error"):
            faults.append(Fault(place, str(cause or problem)))
        elif kind in ("literal_error", "union_tag_invalid"):
            names = [name.strip("' ") for name in str(context.get("expected") or context["expected_tags"]).replace(
                " or ", ", ").split(", ")]  # fmt: skip
            got = str(context.get("tag", item["input"]))
            faults.append(Fault(place, f"unknown word {got!r}", f"{choices(got, names)} (one of {', '.join(names)})"))
        elif kind == "union_tag_not_found":
            key = str(context["discriminator"]).strip("'")
            faults.append(
                Fault(place, f"{key!r} is missing", action=f"add {key!r}: it says what kind of entry this is")
            )
        elif kind == "string_pattern_mismatch":
            allowed = "lower-case letters, digits and _, starting with a letter"
            faults.append(Fault(place, f"{item['input']!r} cannot be a name", allowed))
        else:
            faults.append(Fault(place, f"{problem} (got {type(item['input']).__name__})"))
    return list(dict.fromkeys(faults))


def _keys_at(model: type[BaseModel], path: Path_) -> set[str]:
    """The keys a page may hold at `path` of a model."""
    models = [model]
    for part in path:
        step = [field for one in models for name, field in one.model_fields.items() if part in (name, field.alias)]
        if step:
            models = [found for field in step for found in _models(field.annotation)]
    return {field.alias or name for one in models for name, field in one.model_fields.items()}


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
