"""Thousands of drawn patients at and beside every limit: ours against `recommendations_by_hand`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.oracle.recommendations_by_hand import RULES_OF, Patient, holds, overall, overlap, scenario

from y90outcomes.derivations.catalogue import VARIABLES
from y90outcomes.derivations.rules import settled

PATIENTS = 4000

DOSES = ("tumour", "lowest", "normal", "whole_normal", "perfused", "whole")
VOLUMES = ("liver", "part", "normal_liver", "normal_part")
EDGES = {
    "tumour": ["204.9", "205", "205.1", "249.9", "250", "250.1", "331"],
    "lowest": ["100", "204.9", "205", "250", "300"],
    "normal": ["60", "87.9", "88", "88.1", "119.9", "120", "120.1"],
    "whole_normal": ["39.9", "40", "49.9", "50", "50.1", "69.9", "70", "70.1", "89.9", "90", "90.1"],
    "perfused": ["79.9", "80", "119.9", "120", "139.9", "140", "150", "150.1", "399.9", "400", "400.1"],
    "whole": ["100", "149.9", "150", "150.1"],
    "liver": ["1000", "1800"],
    "part": ["300", "699.9", "700", "700.1", "900", "1260", "1300", "1900"],
    "normal_liver": ["900", "1500"],
    "normal_part": ["200", "630", "1050", "1600"],
}
BILIRUBIN = ["8", "18.8143", "18.8144", "18.8145", "40"]


def drawn() -> list[Patient]:
    """Patients whose numbers lie at and beside every limit; a fifth of everything is missing."""
    rng = np.random.default_rng(20221005)

    def one(choices: list[Any], missing: float = 0.15) -> Any:
        return None if rng.random() < missing else choices[int(rng.integers(len(choices)))]

    return [
        {
            "portal": one(["none", "none", "none", "VP1", "VP2", "VP3", "VP4"]),
            "hepatic": one(["none", "none", "none", "none", "VV1", "VV3"]),
            "segments": one([1, 2, 2, 3, 4, 8], 0.4),
            "approach": one(["segmental", "sectorial", "lobar", "bilobar", "whole_liver"], 0.4),
            "intent": one(["bridge", "downstaging", "hypertrophy", "hypertrophy", "curative", "palliative", "unknown"]),
            "bilobar": one(["yes", "no", "no", "unknown"]),
            "count": one([1, 1, 2, 3, 7], 0.3),
            "open": one(["no", "yes", "unknown"], 0.7),
            "listed": int(rng.integers(0, 4)),
            "bilirubin": one(BILIRUBIN),
            "points": one([5, 6, 7, 8]),
            **{name: one(EDGES[name]) for name in (*DOSES, *VOLUMES)},
        }
        for _ in range(PATIENTS)
    ]


PEOPLE = drawn()
ORDER = ("portal", "hepatic", "segments", "approach", "intent", "bilobar", "count", "open", "listed", "bilirubin",
         "points", *DOSES, *VOLUMES)  # fmt: skip
CODES = {"portal", "hepatic", "approach", "intent", "bilobar", "open"}


def columns(people: list[Patient], order: tuple[str, ...]) -> list[pd.Series]:
    made = []
    for name in order:
        raw = [person[name] for person in people]
        if name in CODES:
            made.append(pd.Series(raw, dtype="string"))
        else:
            made.append(pd.Series([np.nan if value is None else float(value) for value in raw]))
    return made


def ours(name: str, people: list[Patient], **rules: Any) -> list[Any]:
    variable = VARIABLES[name]
    assert variable.compute is not None
    assert [need.column for need in variable.needs][:6] == ["pvtt_class", "hvtt_class", "segments_perfused", "approach",
                                                             "intent", "bilobar"]  # fmt: skip
    made = variable.compute(*columns(people, ORDER[: len(variable.needs)]), **settled(variable, rules))
    return [None if pd.isna(value) else value for value in made]


def test_the_draw_has_every_scenario_and_every_answer() -> None:
    numbers = [scenario(person) for person in PEOPLE]
    assert all(numbers.count(number) >= 30 for number in ("1", "2", "3", "4", "5", "none", None))
    for number, rules in RULES_OF.items():
        mine = [person for person, own in zip(PEOPLE, numbers, strict=True) if own == number]
        for rule in rules:
            assert {holds(rule, person, number) for person in mine} == {True, False, None}, (number, rule)


def test_scenario() -> None:
    assert ours("recommended_scenario", PEOPLE) == [scenario(person) for person in PEOPLE]


def test_overlap() -> None:
    assert ours("scenario_overlap", PEOPLE) == [overlap(person) for person in PEOPLE]


def test_a_missing_scenario_has_a_missing_input_as_its_reason() -> None:
    reasons = ours("scenario_reason", PEOPLE)
    for person, reason in zip(PEOPLE, reasons, strict=True):
        assert (scenario(person) is None) == reason.startswith("missing_")
        column = {"missing_segments": "segments", "missing_tumours": "count", "missing_lobes": "bilobar"}.get(reason)
        if reason == "missing_invasion":
            assert person["portal"] is None or person["hepatic"] is None
        elif column == "count":
            assert person["count"] is None or person["open"] in ("yes", "unknown")
        elif column is not None:
            assert person[column] in (None, "unknown")


@pytest.mark.parametrize("rule", sorted({rule for rules in RULES_OF.values() for rule in rules}))
def test_rule(rule: str) -> None:
    words = {True: "yes", False: "no", None: None}
    expected = []
    for person in PEOPLE:
        number = scenario(person)
        asked = number in RULES_OF and rule in RULES_OF[number]
        expected.append(words[holds(rule, person, number)] if asked else None)  # type: ignore[arg-type]
    assert ours("recommendation", PEOPLE, rule=rule) == expected


def test_attained() -> None:
    expected = [overall(person) for person in PEOPLE]
    assert {"yes", "no", None} == set(expected)
    assert ours("recommendation_attained", PEOPLE) == expected


def test_the_paper_has_no_rule_that_this_page_forgets() -> None:
    rule = next(rule for rule in VARIABLES["recommendation"].rules if rule.name == "rule")
    assert set(rule.allowed) == {name for rules in RULES_OF.values() for name in rules}


def test_the_worked_example() -> None:
    """2.2 GBq less 1 % and 5 %: 2.2 × 0.99 × 0.95 = 2.0691, printed 2.07."""
    from y90outcomes.methods.recommendation_pages import worked_example

    rows = {row[0]: row for row in worked_example("x").rows}
    exact = Decimal("2.2") * Decimal("0.99") * Decimal("0.95")
    assert rows["net_activity"][2] == pytest.approx(float(exact), rel=1e-15)
    assert rows["net_activity"][4] == float(exact.quantize(Decimal("0.01")))
