"""What the words for variables mean: roll-ups, groups, strata, unknown levels, thrombus."""

from __future__ import annotations

import re

import pytest
from pydantic import ValidationError
from tests.spec.tables import AFP, DOSE, NECROSIS, RESPONSE, SIZE, build, expect, protocol

TWO_LESIONS = """
patient | lesion | day | longest_diameter
A       | L1     | 0   | 20
A       | L2     | 0   | 30
B       | L1     | 0   | 50
"""
LACKING = """
patient | lesion | day | longest_diameter
A       | L1     | 0   | 20
A       | L2     | 0   |
B       | L1     | 0   | 50
"""


@pytest.mark.parametrize(
    ("policy", "both", "lacking"),
    [
        ("lowest", ["A | 20", "B | 50"], ["A |", "B | 50"]),
        ("largest", ["A | 30", "B | 50"], ["A |", "B | 50"]),
        ("sum", ["A | 50", "B | 50"], ["A |", "B | 50"]),
        ("count", ["A | 2", "B | 1"], ["A | 2", "B | 1"]),
    ],
)
def test_roll_up_of_a_number(policy: str, both: list[str], lacking: list[str]) -> None:
    """A lesion without a value leaves the patient without one: the missing one could have decided. A count counts."""
    parts = {"variables": {"size": SIZE | {"rollup": policy}}}
    expect(build(parts, imaging=TWO_LESIONS), "\n".join(["patient | size", *both]))
    expect(build(parts, imaging=LACKING), "\n".join(["patient | size", *lacking]))


@pytest.mark.parametrize(("policy", "answer"), [("poorest", "partial"), ("best", "complete")])
def test_roll_up_of_a_grade(policy: str, answer: str) -> None:
    made = build(
        {"variables": {"necrosis": NECROSIS | {"rollup": policy}}},
        pathology="""
        patient | lesion | necrosis
        A       | L1     | complete
        A       | L2     | partial
        A       | L3     | extensive
        B       | L1     | complete
        B       | L2     |
        """,
    )
    expect(made, f"patient | necrosis\nA | {answer}\nB |")


def test_the_deciding_lesion_is_named_the_first_of_equals() -> None:
    made = build(
        {
            "variables": {
                "low": SIZE | {"rollup": "lowest"},
                "large": SIZE | {"rollup": "largest"},
                "sum": SIZE | {"rollup": "sum"},
            }
        },
        imaging=TWO_LESIONS + "C | L1 | 0 | 7\nC | L2 | 0 | 7\n",
    )
    expect(
        made,
        """
        patient | low_source                 | large_source               | sum_source
        A       | imaging: imaging.txt, row 2 | imaging: imaging.txt, row 3 |
        B       | imaging: imaging.txt, row 4 | imaging: imaging.txt, row 4 |
        C       | imaging: imaging.txt, row 5 | imaging: imaging.txt, row 5 |
        """,
    )


def test_a_lesion_keeps_its_own_value_except_under_sum_and_count() -> None:
    made = build(
        {
            "variables": {"size": SIZE | {"rollup": "largest"}, "sum": SIZE | {"rollup": "sum"}},
            "analysis_sets": {"tumours": {"grain": "lesion"}},
        },
        imaging=TWO_LESIONS,
    )
    expect(made, "patient | lesion | size | sum\nA | L1 | 20 | 50\nA | L2 | 30 | 50\nB | L1 | 50 | 50", "lesion")


DOSES = """
patient | lesion | absorbed_dose | volume
A       | L1     | 100           | 30
A       | L2     | 300           | 10
B       | L1     | 200           | 5
B       | L2     | 400           |
C       | L1     |               | 50
C       | L2     | 90            | 20
"""
ROLES = (
    "patient | lesion | role\nA | L1 | target\nA | L2 | index\nB | L1 | index\nB | L2 |\nC | L1 | index\nC | L2 | index"
)
VOLUME = {"kind": "derived", "derive": "lesion_volume", "source": "y90_pet_ct"}
ROLE = {"kind": "derived", "derive": "lesion_role"}


def test_a_roll_up_by_another_variable_of_the_lesions() -> None:
    """A: the largest is L1, the index L2, the weighted mean 150. B: an unknown volume could be the largest, and weighs
    an unknown share; the index is L1. C: the largest has no dose; two index lesions name none."""
    made = build(
        {
            "variables": {
                "volume": VOLUME,
                "role": ROLE,
                "target": DOSE | {"rollup": "target_lesion", "by": "volume"},
                "of_index": DOSE | {"rollup": "index_lesion", "by": "role"},
                "mean": DOSE | {"rollup": "volume_weighted", "by": "volume"},
            },
            "analysis_sets": {"everyone": {"grain": "patient"}, "tumours": {"grain": "lesion"}},
            "analyses": {"first": {"method": "summary", "title": "F", "variables": ["target"]}},
        },
        dosimetry=DOSES,
        lesions=ROLES,
    )
    expect(made, "patient | target | of_index | mean\nA | 100 | 300 | 150\nB | | 200 |\nC | | |")
    expect(made, "patient | target_source\nA | dosimetry: dosimetry.txt, row 2\nB |\nC |")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"rollup": "target_lesion"}, "'target_lesion' needs 'by', a number of each lesion"),
        ({"rollup": "target_lesion", "by": "role"}, "'role' is not a number of each lesion"),
        ({"rollup": "index_lesion", "by": "volume"}, "'volume' is not a role of each lesion"),
        ({"rollup": "volume_weighted", "by": "afp"}, "'afp' is not a number of each lesion"),
        ({"rollup": "volume_weighted", "by": "size"}, "unknown variable 'size'"),
        ({"rollup": "largest", "by": "volume"}, "'largest' needs nothing beside the value"),
        ({"by": "volume"}, "'by' belongs to a rollup"),
        ({"rules": {"k": 50}}, "'tad_lesion' has no rules"),
    ],
)
def test_a_roll_up_without_what_it_needs_is_refused(more: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(said)):
        protocol(variables={"volume": VOLUME, "role": ROLE, "afp": AFP, "dose": DOSE | more})


def test_a_patient_without_lesions_has_no_roll_up() -> None:
    made = build(
        {"variables": {"size": SIZE | {"rollup": "largest"}, "count": SIZE | {"rollup": "count"}}},
        patients="patient\nA\nB",
        imaging="patient | lesion | day | longest_diameter\nA | L1 | 0 | 20",
    )
    expect(made, "patient | size | count\nA | 20 | 1\nB | |")


def test_a_patients_value_is_that_of_each_of_its_lesions() -> None:
    made = build(
        {"variables": {"afp": AFP}, "analysis_sets": {"tumours": {"grain": "lesion"}}},
        lesions="patient | lesion\nA | L1\nA | L2\nB | L1",
        labs="patient | day | value\nA | 0 | 7\nB | 0 | 9",
    )
    expect(made, "patient | lesion | afp\nA | L1 | 7\nA | L2 | 7\nB | L1 | 9", "lesion")


@pytest.mark.parametrize(
    ("closed", "strata"),
    [
        ("left", "A | low\nB | middle\nC | middle\nD | high\nE |"),
        ("right", "A | low\nB | low\nC | middle\nD | middle\nE |"),
    ],
)
def test_a_limit_belongs_to_the_stratum_the_protocol_says(closed: str, strata: str) -> None:
    cut = {"kind": "cut", "of": "dose", "cuts": [200, 300], "labels": ["low", "middle", "high"], "closed": closed}
    made = build(
        {"variables": {"dose": DOSE | {"rollup": "lowest"}, "stratum": cut}},
        dosimetry="""
        patient | lesion | absorbed_dose
        A       | L1     | 199.999
        B       | L1     | 200
        C       | L1     | 200.001
        D       | L1     | 300
        E       | L1     |
        """,
    )
    expect(made, "patient | stratum\n" + strata)


def test_strata_are_cut_at_twelve_significant_digits() -> None:
    cut = {"kind": "cut", "of": "dose", "cuts": [0.3], "labels": ["below", "reached"]}
    made = build(
        {"variables": {"dose": DOSE | {"rollup": "sum"}, "stratum": cut}},
        dosimetry="patient | lesion | absorbed_dose\nA | L1 | 0.1\nA | L2 | 0.2\nB | L1 | 0.29999999",
    )
    expect(made, "patient | stratum\nA | reached\nB | below")


def test_levels_put_together_and_a_level_no_group_names_is_missing() -> None:
    groups = {"CR": ["CR"], "PR or SD": ["PR", "SD"]}
    made = build(
        {"variables": {"response": RESPONSE, "class": {"kind": "grouped", "of": "response", "groups": groups}}},
        assessments="patient | response\nA | CR\nB | SD\nC | PD\nD | NE\nE |",
    )
    expect(
        made,
        """
        patient | class    | class_source
        A       | CR       | assessments: assessments.txt, row 2
        B       | PR or SD | assessments: assessments.txt, row 3
        C       |          |
        D       |          |
        E       |          |
        """,
    )


def test_not_evaluable_and_unknown_are_missing_values() -> None:
    made = build(
        {"variables": {"response": RESPONSE, "emboli": {"kind": "derived", "derive": "microvascular_invasion"}}},
        assessments="patient | response\nA | NE\nB | PD",
        pathology="patient | lesion | microvascular_invasion\nA | | unknown\nB | | no",
    )
    expect(made, "patient | response | emboli\nA | |\nB | PD | no")


def test_a_response_is_that_of_the_named_criterion_and_visit() -> None:
    made = build(
        {"variables": {"response": RESPONSE}},
        assessments="""
        patient | criterion  | visit   | response
        A       | recist_1_1 | best    | PD
        A       | mrecist    | month_3 | SD
        A       | mrecist    | best    | CR
        """,
    )
    expect(made, "patient | response\nA | CR")


def test_macrovascular_invasion_is_three_valued() -> None:
    made = build(
        {
            "variables": {
                "invasion": {"kind": "derived", "derive": "macrovascular_invasion", "window": "baseline"},
                "pvtt": {"kind": "derived", "derive": "pvtt", "window": "baseline"},
                "hvtt": {"kind": "derived", "derive": "hvtt", "window": "baseline"},
            }
        },
        imaging="""
        patient | lesion | day | pvtt_class | hvtt_class
        A       |        | 0   | VP2        | VV1
        B       |        | 0   | VP1        | none
        C       |        | 0   | VP4        |
        D       |        | 0   | none       | VV3
        E       |        | 0   | none       | none
        F       |        | 0   | none       |
        G       |        | 0   |            | VV2
        H       |        | 0   |            | none
        I       |        | 0   |            |
        """,
    )
    expect(
        made,
        """
        patient | pvtt | hvtt | invasion
        A       | yes  | yes  | yes
        B       | yes  | no   | yes
        C       | yes  |      | yes
        D       | no   | yes  | yes
        E       | no   | no   | no
        F       | no   |      |
        G       |      | yes  | yes
        H       |      | no   |
        I       |      |      |
        """,
    )


def test_an_occurrence_is_yes_no_or_not_recorded() -> None:
    made = build(
        {"variables": {"recurred": {"kind": "occurrence", "event": "recurrence"}}},
        patients="patient\nA\nB\nC\nD",
        follow_up="""
        patient | event      | occurrence | day
        A       | recurrence | yes        |
        B       | recurrence | no         |
        C       | death      | yes        | 5
        D       | recurrence |            | 9
        """,
    )
    expect(made, "patient | recurred\nA | yes\nB | no\nC |\nD |")


def test_time_to_an_event_is_missing_for_those_without_it() -> None:
    made = build(
        {"variables": {"months": {"kind": "time_to", "event": "surgery"}}},
        patients="patient\nA\nB\nC",
        therapies="""
        patient | therapy         | day
        A       | tace            | 10
        A       | transplantation | 121.75
        A       | resection       | 60.875
        B       | tace            | 20
        C       | resection       |
        """,
    )
    expect(made, "patient | months\nA | 2\nB |\nC |")


def test_an_undated_event_beside_a_dated_one_leaves_the_time_to_the_first_unknown() -> None:
    made = build(
        {"variables": {"months": {"kind": "time_to", "event": "surgery"}}},
        therapies="patient | therapy | day\nA | resection |\nA | transplantation | 100",
    )
    expect(made, "patient | months | months_source\nA | |")


def test_surgery_before_the_treatment_is_history_and_not_the_event() -> None:
    made = build(
        {"variables": {"days": {"kind": "time_to", "event": "surgery", "unit": "days"}}},
        therapies="""
        patient | therapy         | day
        A       | resection       | -400
        A       | transplantation | 100
        B       | resection       | -400
        C       | resection       | 0
        """,
    )
    expect(made, "patient | days\nA | 100\nB |\nC | 0")


def test_a_month_is_as_long_as_the_protocol_says() -> None:
    made = build(
        {"variables": {"months": {"kind": "time_to", "event": "death"}}, "time": {"days_per_month": 30}},
        follow_up="patient | event | day\nA | death | 90",
    )
    expect(made, "patient | months\nA | 3")


def test_a_lesion_first_seen_after_the_window_is_not_baseline_disease() -> None:
    """A's second lesion appears on day 90: one lesion at baseline, not an unmeasured second one that keeps it open.
    B's second lesion was never measured at all: it may have been there."""
    made = build(
        {"variables": {"up_to_7": {"kind": "derived", "derive": "up_to_7", "window": "baseline"}}},
        patients="patient | tumour_count | extrahepatic_disease\nA | 1 | no\nB | 2 | no",
        lesions="patient | lesion\nA | L1\nA | L2\nB | L1\nB | L2",
        imaging="""
        patient | lesion | day | longest_diameter | pvtt_class | hvtt_class
        A       |        | -3  |                  | none       | none
        A       | L1     | -3  | 50               |            |
        A       | L2     | 90  | 80               |            |
        B       |        | -3  |                  | none       | none
        B       | L1     | -3  | 50               |            |
        """,
    )
    expect(made, "patient | up_to_7\nA | yes\nB |")
