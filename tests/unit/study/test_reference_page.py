"""The commented reference of the protocol's words: committed as generated, YAML, and complete."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel
from ruamel.yaml import YAML

import y90outcomes
from y90outcomes.conventions import CONVENTIONS
from y90outcomes.dialects import DIALECTS
from y90outcomes.study.analyses import AnalysisSpec
from y90outcomes.study.analyses.facts import FACTS, TEST_CONVENTIONS
from y90outcomes.study.model import Study
from y90outcomes.study.reference import _members, reference_page
from y90outcomes.yamlpage import parse_page

COMMITTED = Path(y90outcomes.__file__).parents[2] / "analyses" / "REFERENCE.yaml"
PAGES = {get_args(page.model_fields["method"].annotation)[0]: page for page in _members(AnalysisSpec)}


@pytest.fixture(scope="module")
def page() -> dict[str, Any]:
    return YAML(typ="safe", pure=True).load(reference_page())


def models(of: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[type[BaseModel]]:
    if of in seen:
        return
    seen.add(of)
    yield of
    for field in of.model_fields.values():
        for inner in _members(field.annotation):
            yield from models(inner, seen)


def keys(page: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in page.model_fields.items()}


def test_the_committed_page_is_the_generated_one() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == reference_page(), "run `y90 schema protocol --out <that page>`"


def test_it_is_a_page_we_read_ourselves() -> None:
    """No key twice, no tag, nothing that expands."""
    assert list(parse_page(reference_page(), "page").data)[:3] == ["id", "title", "registration"]


def test_every_word_is_in_it(page: dict[str, Any]) -> None:
    assert set(page) == {*keys(Study), "methods", "items", "tests"}
    assert set(page["methods"]) == {*FACTS} == {*PAGES}
    for method, spec in PAGES.items():
        assert set(page["methods"][method]) == keys(spec), method
    assert {item: tuple(names) for item, names in page["items"].items()} == {
        item: known.names for item, known in CONVENTIONS.items()
    }
    assert page["tests"] == dict(TEST_CONVENTIONS)


def test_every_field_is_explained() -> None:
    silent = [
        f"{model.__name__}.{name}"
        for model in models(Study, set())
        for name, field in model.model_fields.items()
        if not (name in ("method", "kind") and field.is_required()) and not (field.description or "").strip()
    ]
    assert silent == []
    assert [model.__name__ for model in models(Study, set()) if not (model.__doc__ or "").strip()] == []


def test_a_default_is_shown_and_what_must_be_given_is_bracketed(page: dict[str, Any]) -> None:
    for method, spec in PAGES.items():
        for name, field in spec.model_fields.items():
            shown = page["methods"][method][field.alias or name]
            if name == "method" or _members(field.annotation):
                continue
            if field.is_required():
                assert str(shown).startswith("<"), (method, name)
                assert str(shown).endswith(">"), (method, name)
            else:
                assert shown == field.get_default(call_default_factory=True), (method, name)


def test_lists_are_lists(page: dict[str, Any]) -> None:
    assert page["methods"]["compare_groups"]["also"][0]["convention"] is None
    assert page["methods"]["roc"]["cutoffs"][0]["at"] is None
    assert page["amendments"][0]["reason"] == "<text>"
    events = page["endpoints"]["<time_to_event>"]["event"]
    assert events[0] == "<text>"
    assert events[1]["rule"] == "first_source"


def test_a_name_says_which_packages_use_it() -> None:
    text = reference_page()
    for item in ("kaplan_meier_interval", "cox_ties"):
        section = text.split(f"\n  {item}:\n")[1].split("\n\n")[0]
        for name in CONVENTIONS[item].names:
            line = next(line for line in section.splitlines() if line.strip().startswith(f'"{name}"'))
            users = [dialect for dialect, known in DIALECTS.items() if known.choices[item].name == name]
            assert (f"({', '.join(users)})" in line) == bool(users)


def test_no_comment_is_longer_than_a_line() -> None:
    assert max(len(line) for line in reference_page().splitlines() if line.lstrip().startswith("#")) <= 120
