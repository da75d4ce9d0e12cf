"""Our numbers against every committed value of R, of hand work and of twins; R itself is not needed."""

from __future__ import annotations

import csv
from collections import Counter

import pytest
from tests.oracle.answers import ANSWERS
from tests.oracle.references import WIDEST, Compared, Reference, cases, compared, references
from tests.oracle.report import OUT, everything, number


@pytest.mark.parametrize(("method", "dataset", "convention"), cases())
def test_reference(method: str, dataset: str, convention: str) -> None:
    apart = [
        (row.reference.quantity, row.ours, row.reference.value, row.relative_error)
        for row in compared(method, dataset, convention)
        if not row.agrees
    ]
    assert apart == []


def test_every_answer_has_a_reference_and_no_source_says_anything_twice() -> None:
    assert set(ANSWERS) == {row.method for row in references()}
    keys = Counter((row.method, row.dataset, row.quantity, row.convention, row.source) for row in references())
    assert [key for key, times in keys.items() if times > 1] == []


def test_a_wide_tolerance_says_why() -> None:
    assert {method for method, answer in ANSWERS.items() if answer.tolerance > WIDEST and not answer.why} == set()
    assert max(answer.tolerance for answer in ANSWERS.values()) <= 1e-4


def test_the_committed_table_holds_every_row_and_each_stays_within_its_tolerance() -> None:
    with (OUT / "oracles.csv").open(encoding="utf-8", newline="") as lines:
        committed = list(csv.DictReader(lines))
    rows = everything()
    assert len(rows) == len(committed) >= 300
    moved = [
        row.reference.quantity
        for row, line in zip(rows, committed, strict=True)
        if (line["method"], line["dataset"], line["quantity"], line["convention"]) != named(row)
        or number(row.reference.value) != line["reference"]
        or not Compared(Reference(*named(row), float(line["ours"]), ""), row.ours, row.tolerance, "").agrees
        or float(line["relative_error"]) > float(line["tolerance"])
    ]
    assert moved == [], "`make oracles-report` writes the table again"


def named(row: Compared) -> tuple[str, str, str, str]:
    return row.reference.method, row.reference.dataset, row.reference.quantity, row.reference.convention
