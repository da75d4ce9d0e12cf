"""`results.json`: what is written comes back equal; nothing that is not a number passes."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from y90outcomes import pipeline
from y90outcomes.errors import InputError
from y90outcomes.results import (
    ROWS,
    SHAPES,
    EffectRow,
    Effects,
    Note,
    Results,
    Section,
    Table,
    TableColumn,
)
from y90outcomes.results.store import dumps, loads

TEXT = st.text(st.one_of(st.sampled_from('/=%#\n"\\ é≥\u2028'), st.characters(exclude_categories=["Cs"])), max_size=8)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
NUMBER = st.one_of(st.none(), st.integers(-(2**63), 2**63), FINITE)
NOTES = st.lists(st.builds(Note, TEXT, TEXT, TEXT), max_size=2).map(tuple)


def record(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Any row of one kind: every field at will, empty texts included."""
    strategies: dict[str, st.SearchStrategy[Any]] = {}
    for field in dataclasses.fields(kind):
        annotation = str(field.type)
        if annotation == "bool":
            strategies[field.name] = st.booleans()
        elif annotation == "int":
            strategies[field.name] = st.integers(0, 10**6)
        elif annotation == "float":
            strategies[field.name] = FINITE
        elif annotation == "Number":
            strategies[field.name] = NUMBER
        elif annotation == "str | None":
            strategies[field.name] = st.one_of(st.none(), TEXT)
        elif annotation.startswith("tuple"):
            strategies[field.name] = st.lists(TEXT, max_size=2).map(tuple)
        else:
            assert annotation == "str", (kind, field.name, annotation)
            strategies[field.name] = TEXT
    return st.builds(kind, **strategies)


def shape(name: str) -> st.SearchStrategy[Any]:
    """Any result of one shape."""
    shared: dict[str, st.SearchStrategy[Any]] = {
        "id": TEXT,
        "title": TEXT,
        "n": st.one_of(st.none(), st.integers(0, 99)),
        "notes": NOTES,
        "groups": st.dictionaries(TEXT, TEXT, max_size=2),
        "caption": TEXT,
        "layout": st.dictionaries(TEXT, st.one_of(TEXT, NUMBER, st.lists(NUMBER, max_size=2)), max_size=2),
    }
    if name == "table":
        columns = st.lists(st.builds(TableColumn, TEXT, TEXT, TEXT, TEXT), max_size=3).map(tuple)
        rows = st.lists(st.lists(st.one_of(TEXT, NUMBER), max_size=3).map(tuple), max_size=3).map(tuple)
        return st.builds(SHAPES[name], columns=columns, rows=rows, **shared)
    if name in {"curves", "points"}:
        shared["x_unit"] = TEXT
    return st.builds(SHAPES[name], rows=st.lists(record(ROWS[name]), max_size=3).map(tuple), **shared)


def run(*items: Any, quality: tuple[Table, ...] = (), prose: tuple[Section, ...] = ()) -> Results:
    return Results(study={"id": "x"}, prose=prose, quality=quality, inputs=({"rows": 3},), environment={}, items=items)


@pytest.mark.parametrize("name", list(SHAPES))
def test_every_shape_comes_back_equal(name: str):
    @given(shape(name))
    def back(item: Any) -> None:
        text = dumps(run(item))
        again = loads(text)
        assert again == run(item)
        assert dumps(again) == text

    back()


@given(st.lists(st.builds(Section, TEXT, st.lists(TEXT, max_size=2).map(tuple)), max_size=3), shape("table"))
def test_prose_and_quality_come_back_equal(prose, table):
    results = run(quality=(table,), prose=tuple(prose))
    assert loads(dumps(results)) == results


def test_the_text_is_json_any_reader_takes():
    text = dumps(run(Effects(id="a", title="é", rows=(EffectRow("hr", "x", estimate=0.1, lower=None),))))
    assert text.endswith("\n")
    assert "é" in text
    body = json.loads(text, parse_constant=pytest.fail)
    assert body["items"][0]["rows"][0]["lower"] is None
    assert body["items"][0]["rows"][0]["estimate"] == 0.1


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_is_not_a_number_is_not_written(number):
    with pytest.raises(ValueError, match=r"not JSON compliant"):
        dumps(run(Effects(id="a", title="", rows=(EffectRow("hr", "x", estimate=number),))))


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_what_is_not_a_number_is_not_read(word):
    text = dumps(run(Effects(id="a", title="", rows=(EffectRow("hr", "x", estimate=0.123),))))
    assert loads(text)
    with pytest.raises(InputError, match="not JSON"):
        loads(text.replace("0.123", word))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "y90outcomes-results/0"}, "format is 'y90outcomes-results/0'"),
        ({"items": [{"shape": "pie", "rows": []}]}, "unknown shape 'pie'"),
        ({"items": [{"id": "a", "title": "", "shape": "effects"}]}, "lacks or misplaces 'rows'"),
        ({"items": [{"shape": "effects", "rows": [{"colour": 1}]}]}, "lacks or misplaces"),
        ({"items": 3}, "lacks or misplaces"),
        ({"prose": ["x"]}, "lacks or misplaces"),
        ({"quality": [{"id": "q", "title": "", "shape": "flow", "rows": []}]}, "q is not a table"),
    ],
)
def test_a_file_that_is_not_ours_is_refused(change, words):
    body = json.loads(dumps(run())) | change
    with pytest.raises(InputError) as caught:
        loads(json.dumps(body), "somewhere.json")
    assert words in str(caught.value)
    assert "somewhere.json" in str(caught.value)


def test_a_result_is_found_by_its_id():
    item = Effects(id="a", title="", rows=())
    assert run(item)["a"] is item
    with pytest.raises(KeyError):
        run(item)["b"]


def test_results_are_frozen():
    item = EffectRow("hr", "x", estimate=1.0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        item.estimate = 2.0  # type: ignore[misc]


def value(number: float | None) -> Results:
    return run(Effects(id="a", title="", rows=(EffectRow("hr", "x", estimate=number),)))


@pytest.mark.parametrize(
    ("first", "second", "tolerance", "moved"),
    [
        (1.0, 1.0, 0.0, 0),
        (1.0, 1.0 + 2**-52, 0.0, 1),
        (1.0, 1.0 + 1e-9, 1e-8, 0),
        (1.0, 1.0 + 1e-7, 1e-8, 1),
        (0.0, 1e-13, 1e-8, 0),  # absolute below 1e-12
        (0.0, 1e-13, 0.0, 1),
        (0.0, 1e-11, 1e-8, 1),
        (None, None, 0.0, 0),
        (None, 1.0, 1.0, 1),
        (1e300, 1e300 * (1 + 1e-10), 1e-8, 0),
    ],
)
def test_when_two_numbers_are_the_same(first, second, tolerance, moved):
    assert len(list(pipeline.compare(value(first), value(second), tolerance))) == moved
    assert len(list(pipeline.compare(value(second), value(first), tolerance))) == moved


def test_loading_a_run_from_its_folder_or_its_file(tmp_path: Path):
    file = tmp_path / "results.json"
    file.write_text(dumps(value(2.5)), encoding="utf-8")
    assert pipeline.load(tmp_path) == pipeline.load(str(file)) == value(2.5)
    with pytest.raises(InputError, match="no results there"):
        pipeline.load(tmp_path / "other")
