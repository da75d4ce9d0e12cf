"""`published.yaml`: what a paper prints, read as printed; every fault of the page at once."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from y90outcomes.errors import InputError
from y90outcomes.pipeline.reproduction import reproduction
from y90outcomes.published.statistics import read_published
from y90outcomes.results import EffectRow, Effects, Results

PAGE = """\
statistics:
- {id: afp, what: AFP, kind: median_range, value: 16, precision: 0, range: {low: 2.2, high: 3071},
   recomputable_from: patient_table, where: Table 1, address: [a/m/x, a/m/x#lower, a/m/x#upper]}
- {id: size, what: size, kind: mean_sd, value: 5, sd: 1.25, precision: 1, recomputable_from: patient_table,
   address: [a/m/x, a/m/x#se], alternatives: [[a/m/y, a/m/y#se]], note: two methods}
- {id: p, what: p value, kind: p_value, value: 0.001, precision: 3, relation: "<", address: a/t/x}
- {id: age, what: age, kind: median, value: 68, recomputable_from: patient_data_only}
- {id: lost, what: lost, kind: count, value: 3, recomputable_from: patient_table}
- {id: hr, what: hazard ratio, kind: hazard_ratio, value: 0.5, precision: 2, ci: {low: 0.25, high: 1.1}}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "published.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_page_is_read_as_printed(tmp_path):
    entries = {entry.id: entry for entry in read_published(write(tmp_path, PAGE))}
    assert list(entries) == ["afp", "size", "p", "age", "lost", "hr"]
    assert entries["afp"].printed == "16; 2.2; 3071"
    assert entries["afp"].decimals == (0, 1, 0)
    assert entries["size"].printed == "5.0; 1.25"
    assert entries["size"].parts == (Decimal("5.0"), Decimal("1.25"))
    assert entries["size"].alternatives == (("a/m/y", "a/m/y#se"),)
    assert entries["p"].printed == "<0.001"
    assert entries["p"].addresses == ("a/t/x",)
    assert entries["hr"].printed == "0.50; 0.25; 1.1"
    assert entries["age"].addresses == ()


RESULTS = Results(
    study={},
    prose=(),
    quality=(),
    inputs=(),
    environment={},
    items=(
        Effects(
            id="a",
            title="",
            rows=(
                EffectRow("m", "x", estimate=16.15, lower=2.2, upper=3071.0, se=1.3),
                EffectRow("m", "y", estimate=5.0, se=1.25),
                EffectRow("t", "x", p=0.0004, is_test=True),
            ),
        ),
    ),
)


def test_one_line_per_statistic_of_the_patient_table(tmp_path):
    made = reproduction(RESULTS, read_published(write(tmp_path, PAGE)))
    assert made.rows == (
        ("afp", "16; 2.2; 3071", "16.15; 2.2; 3071", "agrees", "a/m/x; a/m/x#lower; a/m/x#upper"),
        ("size", "5.0; 1.25", "16.15; 1.3", "method_differs", "a/m/x; a/m/x#se"),
        ("p", "<0.001", "0.0004", "agrees", "a/t/x"),
        ("lost", "3", "", "not_checkable", ""),
    )
    assert [column.name for column in made.columns] == ["id", "printed", "recomputed", "verdict", "address"]
    assert made.n == 4


def test_an_address_that_names_nothing_is_a_fault_of_its_entry(tmp_path):
    page = PAGE.replace("a/t/x}", "a/u/x}").replace("[a/m/y, a/m/y#se]", "[b/m/y, a/m/y#se]")
    with pytest.raises(InputError) as caught:
        reproduction(RESULTS, read_published(write(tmp_path, page)))
    assert [fault.place for fault in caught.value.faults] == ["published.yaml, size", "published.yaml, p"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("statistics: 3\n", ["no list of statistics"]),
        ("numbers: []\n", ["no list of statistics", "a key `statistics`"]),
        ("- a\n", ["the page is not a list of `key: value` lines"]),
        ("", ["the page is empty"]),
        ("statistics: [\n", ["not valid YAML", "line "]),
        ("statistics: [{id: a, what: b}]\n", ["statistic 1", "lacks kind"]),
        ("statistics: [{what: b}, 3]\n", ["lacks id, kind", "statistic 2", "lacks id, what, kind"]),
        (
            "statistics: [{id: a, what: b, kind: number}, {id: a, what: b, kind: number}]\n",
            ["statistic 2", "id 'a' stands twice"],
        ),
        (
            "statistics: [{id: a, what: b, kind: number, value: 1, address: [x, y]}]\n",
            ["statistic 1 (a)", "1 printed numbers but 2 addresses", "one address for each"],
        ),
        (
            "statistics: [{id: a, what: b, kind: number, value: 1, address: x, alternatives: [[x, y]]}]\n",
            ["1 printed numbers but 2 addresses"],
        ),
        ("statistics: [{id: a, what: b, kind: number, value: 1, precision: two}]\n", ["statistic 1 (a)", "precision"]),
        ("statistics: [{id: a, what: b, kind: number, value: 1, range: 3}]\n", ["statistic 1 (a)", "range"]),
        (
            "statistics: [{id: a, what: b, kind: number, value: 1, relation: '~'}]\n",
            ["statistic 1 (a)", "relation", "'<'"],
        ),
        (
            "statistics: [{id: a, what: b, kind: number, value: 1, alternatives: 3}]\n",
            ["statistic 1 (a)", "alternatives"],
        ),
        ("statistics: [{id: a, what: b, kind: number, value: 1, address: 3}]\n", ["statistic 1 (a)", "address"]),
    ],
)
def test_every_fault_of_a_page_is_said(tmp_path, text, words):
    path = write(tmp_path, text)
    with pytest.raises(InputError) as caught:
        read_published(path)
    for word in [str(path), *words]:
        assert word in str(caught.value)


def test_a_page_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_published(tmp_path / "published.yaml")
