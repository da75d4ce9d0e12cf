"""The dialect `r`: each choice that claims equality has numbers of R called without options; no other name has them.

The values themselves are compared with every other reference in `test_references.py`.
"""

from __future__ import annotations

import math

import pytest
from tests.oracle.answers.dialects import OURS
from tests.oracle.references import SMALLEST, grouped

from y90outcomes.conventions import CONVENTIONS
from y90outcomes.dialects import DIALECTS

CHOICES = DIALECTS["r"].choices
ALIKE = {
    ("logistic_estimator", "auto"),  # another name for ml unless the data separate, where glm has no number
}
"""(item, name) that only differ where R gives no number to compare."""


def _rows(item: str) -> list[tuple[str, str, float]]:
    return [
        (dataset, row.quantity, row.value)
        for (method, dataset, convention), rows in grouped().items()
        if method == "default_call" and convention == item
        for row in rows
    ]


def _agree(item: str, name: str) -> bool:
    for dataset in dict.fromkeys(dataset for dataset, _, _ in _rows(item)):
        ours = OURS[item](dataset, name)
        for place, quantity, value in _rows(item):
            if place != dataset:
                continue
            mine = ours[quantity]
            if math.isnan(mine) != math.isnan(value):
                return False
            if not math.isnan(value) and abs(mine - value) > 1e-6 * max(abs(value), SMALLEST):
                return False
    return True


def test_every_equal_choice_has_numbers_of_r() -> None:
    claimed = {item for item, choice in CHOICES.items() if choice.equal}
    known = {convention for method, _, convention in grouped() if method == "default_call"}
    assert claimed == known


@pytest.mark.parametrize("item", [item for item, choice in CHOICES.items() if choice.equal])
def test_no_other_name_gives_them(item: str) -> None:
    """The references tell the names apart, so a choice that claims equality cannot be a wrong one."""
    assert _agree(item, CHOICES[item].name)
    others = [name for name in CONVENTIONS[item].names if name != CHOICES[item].name and (item, name) not in ALIKE]
    assert [name for name in others if _agree(item, name)] == []
