"""Who is in: criteria one after the other, each patient meets, fails or is missing; missing is never eligible."""

from __future__ import annotations

import itertools

import pytest
from tests.spec.tables import AFP, SIZE, build, expect, expect_flow

VARIABLES = {"afp": AFP, "size": SIZE | {"rollup": "largest"}}


def test_every_step_counts_meets_fails_and_missing_among_those_still_in() -> None:
    parts = {
        "variables": VARIABLES,
        "eligibility": {"high": {"variable": "afp", "min": 20}, "seen": {"variable": "size", "recorded": True}},
    }
    tables = {
        "patients": "centre | patient\nn | 1\nn | 2\nn | 3\ns | 1\ns | 2",
        "labs": "centre | patient | day | value\nn | 1 | 0 | 20\nn | 2 | 0 | 19\ns | 1 | 0 | 50\ns | 2 | 0 | 60",
        "imaging": "centre | patient | lesion | day | longest_diameter\nn | 1 | L | 0 | 5\nn | 2 | L | 0 | 5\n"
        "s | 1 | L | 0 |\ns | 2 | L | 0 | 9",
    }
    made = build(parts, **tables)
    expect(made, "centre | patient | afp\nn | 1 | 20\ns | 2 | 60")
    expect_flow(
        made,
        """
        criterion | meets | fails | missing | left
        registry  | 5     | 0     | 0       | 5
        high      | 3     | 1     | 1       | 3
        seen      | 2     | 0     | 1       | 2
        """,
    )
    expect_flow(
        made,
        "criterion | meets | fails | missing | left\nregistry | 3 | 0 | 0 | 3\n"
        "high | 1 | 1 | 1 | 1\nseen | 1 | 0 | 0 | 1",
        "n",
    )
    expect_flow(
        made,
        "criterion | meets | fails | missing | left\nregistry | 2 | 0 | 0 | 2\n"
        "high | 2 | 0 | 0 | 2\nseen | 1 | 0 | 1 | 1",
        "s",
    )
    assert made.attrition.n == 2


def test_criteria_are_taken_in_the_protocols_order() -> None:
    high, seen = {"variable": "afp", "min": 20}, {"variable": "size", "recorded": True}
    labs = "patient | day | value\nA | 0 | 5\nB | 0 | 30"
    imaging = "patient | lesion | day | longest_diameter\nB | L | 0 | 9"
    first = build({"variables": VARIABLES, "eligibility": {"high": high, "seen": seen}}, labs=labs, imaging=imaging)
    second = build({"variables": VARIABLES, "eligibility": {"seen": seen, "high": high}}, labs=labs, imaging=imaging)
    head = "criterion | meets | fails | missing | left\nregistry | 2 | 0 | 0 | 2\n"
    expect_flow(first, head + "high | 1 | 1 | 0 | 1\nseen | 1 | 0 | 0 | 1")
    expect_flow(second, head + "seen | 1 | 0 | 1 | 1\nhigh | 1 | 0 | 0 | 1")
    assert first.study.fingerprint != second.study.fingerprint


@pytest.mark.parametrize(
    ("rule", "inside"),
    [("min", ["B", "C"]), ("above", ["C"]), ("max", ["A", "B"]), ("below", ["A"])],
)
def test_a_limit_in_another_unit_holds_exactly(rule: str, inside: list[str]) -> None:
    """8 cm is 80 mm, whichever side the limit belongs to."""
    made = build(
        {"variables": VARIABLES, "eligibility": {"size": {"variable": "size", rule: 8, "unit": "cm"}}},
        imaging="patient | lesion | day | longest_diameter\nA | L | 0 | 79.9\nB | L | 0 | 80\nC | L | 0 | 80.1",
    )
    assert made.frames["patient"]["patient_id"].tolist() == inside


def test_a_limit_is_compared_at_twelve_significant_digits() -> None:
    made = build(
        {"variables": {"sum": SIZE | {"rollup": "sum"}}, "eligibility": {"small": {"variable": "sum", "max": 0.3}}},
        imaging="patient | lesion | day | longest_diameter\nA | L1 | 0 | 0.1\nA | L2 | 0 | 0.2\nB | L1 | 0 | 0.3000001",
    )
    assert made.frames["patient"]["patient_id"].tolist() == ["A"]


def test_several_limits_must_all_hold() -> None:
    made = build(
        {"variables": VARIABLES, "eligibility": {"band": {"variable": "afp", "min": 20, "below": 400}}},
        labs="patient | day | value\nA | 0 | 19\nB | 0 | 20\nC | 0 | 399\nD | 0 | 400",
    )
    assert made.frames["patient"]["patient_id"].tolist() == ["B", "C"]


PVTT = {"kind": "derived", "derive": "pvtt_class", "window": "baseline"}
THROMBI = "patient | lesion | day | pvtt_class\nA | | 0 | none\nB | | 0 | VP1\nC | | 0 | VP4\nD | | 0 |"


@pytest.mark.parametrize(
    ("criterion", "inside"),
    [
        ({"equals": "none"}, ["A"]),
        ({"one_of": ["none", "VP1"]}, ["A", "B"]),
        ({"recorded": True}, ["A", "B", "C"]),
    ],
)
def test_levels_and_any_value(criterion: dict[str, object], inside: list[str]) -> None:
    made = build(
        {"variables": {"pvtt": PVTT}, "eligibility": {"vein": {"variable": "pvtt", **criterion}}}, imaging=THROMBI
    )
    assert made.frames["patient"]["patient_id"].tolist() == inside
    assert made.attrition.rows[2 if made.attrition.rows[1].centre != "all" else 1].missing == 1


def test_any_of_is_three_valued() -> None:
    """Met if one is met; missing if none is met and one is missing; fails only if all fail."""
    words = {"yes": "200", "no": "1", "missing": ""}
    pairs = list(itertools.product(words, words))
    labs = "patient | day | value\n" + "\n".join(f"{a}/{b} | 0 | {words[a]}" for a, b in pairs)
    imaging = "patient | lesion | day | longest_diameter\n" + "\n".join(
        f"{a}/{b} | L | 0 | {words[b]}" for a, b in pairs
    )
    either = {"any_of": {"afp": {"variable": "afp", "min": 100}, "size": {"variable": "size", "min": 100}}}
    made = build({"variables": VARIABLES, "eligibility": {"either": either}}, labs=labs, imaging=imaging)
    assert set(made.frames["patient"]["patient_id"]) == {"yes/yes", "yes/no", "yes/missing", "no/yes", "missing/yes"}
    expect_flow(made, "criterion | meets | fails | missing | left\nregistry | 9 | 0 | 0 | 9\neither | 5 | 1 | 3 | 5")


def test_an_analysis_set_takes_those_who_meet_all_of_its_criteria_and_counts_the_missing() -> None:
    both = {"high": {"variable": "afp", "min": 100}, "large": {"variable": "size", "min": 100}}
    made = build(
        {
            "variables": VARIABLES,
            "analysis_sets": {"everyone": {"grain": "patient"}, "both": {"grain": "patient", "among": both}},
        },
        labs="patient | day | value\nA | 0 | 200\nB | 0 | 200\nC | 0 | 200\nD | 0 | 1\nE | 0 |",
        imaging="patient | lesion | day | longest_diameter\nA | L | 0 | 200\nB | L | 0 | 1\n"
        "C | L | 0 |\nD | L | 0 |\nE | L | 0 |",
    )
    expect(made, "patient | in_both\nA | True\nB | False\nC | False\nD | False\nE | False")
    assert made.sets.rows == (("everyone", "everyone", "patient", 5, 5, 0), ("both", "both", "patient", 1, 1, 2))


def test_a_set_of_lesions_holds_the_lesions_of_eligible_patients_and_may_choose_among_them() -> None:
    made = build(
        {
            "variables": VARIABLES,
            "eligibility": {"high": {"variable": "afp", "min": 100}},
            "analysis_sets": {
                "tumours": {"grain": "lesion"},
                "large": {"grain": "lesion", "among": {"size": {"variable": "size", "min": 3, "unit": "cm"}}},
            },
            "analyses": {"a": {"method": "summary", "title": "A", "variables": ["size"]}},
        },
        labs="patient | day | value\nA | 0 | 200\nB | 0 | 1",
        imaging="patient | lesion | day | longest_diameter\nA | L1 | 0 | 30\nA | L2 | 0 | 29\nB | L1 | 0 | 90",
    )
    expect(made, "patient | lesion | size | in_large\nA | L1 | 30 | True\nA | L2 | 29 | False", "lesion")
    assert made.frame["lesion_id"].tolist() == ["L1", "L2"]
    assert [row[3:] for row in made.sets.rows] == [(2, 1, 0), (1, 1, 0)]


def test_without_criteria_everybody_is_in() -> None:
    made = build({"variables": {"afp": AFP}}, patients="patient\nA\nB")
    expect(made, "patient | afp\nA |\nB |")
    assert [row.criterion for row in made.attrition.rows] == ["registry", "registry"]
