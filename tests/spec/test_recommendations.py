"""The 2022 recommendations per patient: every branch of the scenario, every rule on both sides of its limits."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from tests.spec.tables import build, expect

SCENARIO = {"kind": "derived", "derive": "recommended_scenario", "window": "baseline"}
SCENARIOS = {
    "scenario": SCENARIO,
    "reason": SCENARIO | {"derive": "scenario_reason"},
    "overlap": SCENARIO | {"derive": "scenario_overlap"},
}
MAA = {"window": "baseline", "source": "maa_spect_ct"}
COMPARTMENTS = {
    "tumour": "tumour_total_perfused",
    "normal": "normal_perfused",
    "whole_normal": "whole_liver_normal",
    "perfused": "perfused_liver",
    "whole": "whole_liver",
}


def rule(name: str, **rules: Any) -> dict[str, Any]:
    return {"kind": "derived", "derive": "recommendation", **MAA, "rules": {"rule": name, **rules}}


def margin(name: str, **rules: Any) -> dict[str, Any]:
    return {"kind": "derived", "derive": "recommendation_margin", **MAA, "rules": {"rule": name, **rules}}


def overall(**rules: Any) -> dict[str, Any]:
    return {"kind": "derived", "derive": "recommendation_attained", **MAA, "rules": rules}


def extent(text: str) -> dict[str, str]:
    """One table of what decides the scenario, taken apart into imaging, treatments and patients."""
    head, *lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    rows = [dict(zip(head, line, strict=True)) for line in lines]
    imaging = ["patient | lesion | day | pvtt_class | hvtt_class"]
    treatments = ["patient | number | day | segments_perfused | approach | intent"]
    patients = ["patient | bilobar | tumour_count | tumour_count_open | child_pugh_reported"]
    for row in rows:
        name = row["patient"]
        imaging.append(f"{name} | | -5 | {row.get('portal', 'none')} | {row.get('hepatic', 'none')}")
        treatments.append(
            f"{name} | 1 | 0 | {row.get('segments', '')} | {row.get('approach', '')} | {row.get('intent', '')}"
        )
        patients.append(" | ".join([name, *(row.get(column, "") for column in ("bilobar", "count", "open", "points"))]))
    return {"imaging": "\n".join(imaging), "treatments": "\n".join(treatments), "patients": "\n".join(patients)}


BRANCHES = """
patient | portal | hepatic | segments | approach  | intent      | bilobar | count | open
a5      | VP3    | none    | 4        | lobar     |             | no      | 2     |
b5      | none   | VV1     | 2        |           |             | no      | 1     |
c5      | VP2    | none    | 2        |           |             | no      | 1     |
d5      | VP4    |         |          | lobar     |             |         |       |
e1      | VP1    | none    | 2        |           |             | no      | 1     |
f5      | VP1    | none    | 3        |           |             | no      | 1     |
g5      | VP1    | VV2     | 1        |           |             | no      | 1     |
h1      | none   | none    | 2        |           |             |         |       |
i1      | none   | none    |          | segmental | palliative  | yes     | 2     |
j1      | none   | none    | 1        | lobar     | hypertrophy | no      | 1     |
k2      | none   | none    | 4        | lobar     | hypertrophy | no      | 3     |
l2      | none   | none    |          | lobar     | bridge      | no      |       |
m3      | none   | none    | 4        |           | downstaging | no      | 2     |
n3      | none   | none    | 4        |           | unknown     | no      | 2     |
o3      | none   | none    | 4        |           |             | no      | 2     |
p4      | none   | none    | 4        |           | hypertrophy | yes     | 2     |
q4      | none   | none    | 8        |           | palliative  | yes     | 9     | yes
r0      | none   | none    | 3        |           | palliative  | no      | 1     | no
s0      | none   | none    | 3        |           | palliative  |         | 1     |
t0      | none   | none    | 8        |           | hypertrophy | yes     | 1     |
"""


def test_every_branch_of_the_scenario() -> None:
    expect(
        build({"variables": SCENARIOS}, **extent(BRANCHES)),
        """
        patient | scenario | reason              | overlap
        a5      | 5        | invasion            | none
        b5      | 5        | invasion            | none
        c5      | 5        | invasion            | none
        d5      | 5        | invasion            | none
        e1      | 1        | segmental_thrombus  | 5
        f5      | 5        | invasion            | none
        g5      | 5        | invasion            | none
        h1      | 1        | two_segments        | none
        i1      | 1        | two_segments        | 4
        j1      | 1        | two_segments        | 2
        k2      | 2        | declared_intent     | 3
        l2      | 2        | declared_intent     | none
        m3      | 3        | multifocal_unilobar | none
        n3      | 3        | multifocal_unilobar | none
        o3      | 3        | multifocal_unilobar | none
        p4      | 4        | multifocal_bilobar  | none
        q4      | 4        | multifocal_bilobar  | none
        r0      | none     | single_tumour       | none
        s0      | none     | single_tumour       | none
        t0      | none     | single_tumour       | none
        """,
    )


MISSING = """
patient | portal | hepatic | segments | approach  | intent      | bilobar | count | open
a       |        | none    | 2        |           |             | no      | 2     |
b       | none   |         | 4        |           |             | no      | 2     |
c       | VP1    |         | 2        |           |             | no      | 2     |
d       | VP1    | none    |          | sectorial |             | no      | 2     |
e       | VP3    | none    |          |           |             | no      | 2     |
f       | none   | none    |          |           | hypertrophy | no      | 2     |
g       | none   | none    |          | sectorial | hypertrophy | no      | 2     |
h       | none   | none    | 4        |           | hypertrophy |         | 2     |
i       | none   | none    | 4        |           | hypertrophy | unknown | 1     |
j       | none   | none    | 4        |           | palliative  |         | 2     |
k       | none   | none    | 4        |           | palliative  | no      |       |
l       | none   | none    | 4        |           | palliative  | no      | 1     | yes
m       | none   | none    | 4        |           | palliative  |         |       |
"""


def test_a_missing_input_leaves_the_scenario_open_only_where_it_could_change_it() -> None:
    expect(
        build({"variables": SCENARIOS}, **extent(MISSING)),
        """
        patient | scenario | reason           | overlap
        a       |          | missing_invasion |
        b       |          | missing_invasion |
        c       |          | missing_invasion |
        d       |          | missing_segments |
        e       | 5        | invasion         | none
        f       |          | missing_segments |
        g       |          | missing_segments |
        h       |          | missing_lobes    |
        i       |          | missing_lobes    |
        j       |          | missing_lobes    |
        k       |          | missing_tumours  |
        l       |          | missing_tumours  |
        m       |          | missing_tumours  |
        """,
    )


def scenarios_under(name: str, text: str, **rules: str) -> list[str]:
    variables = {"scenario": SCENARIO | {"rules": {name: rules[name]} if name in rules else {}}}
    made = build({"variables": variables}, **extent(text))
    return made.frame["scenario"].fillna("").tolist()


@pytest.mark.parametrize(
    ("name", "value", "row", "answer"),
    [
        ("segmental_thrombus", "vp1", "VP2 | none | 2 | | | no | 1", "5"),
        ("segmental_thrombus", "vp1_vp2", "VP2 | none | 2 | | | no | 1", "1"),
        ("segmental_thrombus", "vp1_vp2", "VP3 | none | 2 | | | no | 1", "5"),
        ("segmental_thrombus", "vp1_vp2", "VP2 | none | 3 | | | no | 1", "5"),
        ("segmental_thrombus", "any", "VP4 | VV3 | 2 | | | no | 1", "1"),
        ("segmental_thrombus", "any", " | | 2 | | | no | 1", "1"),
        ("segmental_thrombus", "any", "VP4 | VV3 | 3 | | | no | 1", "5"),
        ("lobectomy_intents", "hypertrophy", "none | none | 4 | | bridge | no | 2", "3"),
        ("lobectomy_intents", "hypertrophy", "none | none | 4 | | hypertrophy | no | 2", "2"),
        ("lobectomy_intents", "bridge_hypertrophy_or_downstaging", "none | none | 4 | | downstaging | no | 2", "2"),
        ("sectorial", "at_most_two", "none | none | | sectorial | | no | 2", "1"),
        ("sectorial", "more_than_two", "none | none | | sectorial | | no | 2", "3"),
        ("sectorial", "more_than_two", "none | none | 2 | sectorial | | no | 2", "1"),
        ("blank_intent", "missing", "none | none | 4 | | | no | 2", ""),
        ("blank_intent", "missing", "none | none | 4 | | unknown | no | 2", "3"),
        ("blank_intent", "missing", "none | none | 4 | | | yes | 2", "4"),
    ],
)
def test_what_the_paper_leaves_open_is_a_rule(name: str, value: str, row: str, answer: str) -> None:
    head = "patient | portal | hepatic | segments | approach | intent | bilobar | count\n"
    assert scenarios_under(name, head + "A | " + row, **{name: value}) == [answer]


def test_listed_lesions_show_several_tumours_but_never_that_there_is_one() -> None:
    texts = extent("patient | segments | bilobar | count\nA | 4 | no |\nB | 4 | no |\nC | 4 | no | 1\n")
    lesions = """
    patient | lesion | organ
    A       | L1     | liver
    A       | L2     |
    B       | L1     | liver
    B       | N1     | node
    C       | L1     | liver
    C       | L2     | liver
    """
    expect(
        build({"variables": SCENARIOS}, lesions=lesions, **texts),
        """
        patient | scenario | reason
        A       | 3        | multifocal_unilobar
        B       |          | missing_tumours
        C       | 3        | multifocal_unilobar
        """,
    )


def doses(text: str) -> str:
    """Rows of `patient | compartment | dose [| volume]` with short names of compartments."""
    head, *lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    made = ["patient | lesion | compartment | source | absorbed_dose | volume"]
    for line in lines:
        row = dict(zip(head, line, strict=True))
        compartment = COMPARTMENTS.get(row["compartment"], row["compartment"])
        made.append(
            f"{row['patient']} | {row.get('lesion', '')} | {compartment} | maa_spect_ct | {row.get('dose', '')}"
            f" | {row.get('volume', '')}"
        )
    return "\n".join(made)


EXTENT = {
    "1": "2 | | no | 1",
    "2": "4 | hypertrophy | no | 1",
    "3": "4 | palliative | no | 2",
    "4": "6 | palliative | yes | 2",
    "5": "4 | palliative | no | 1",
}


def in_scenario(number: str, points: str = "6", name: str = "A") -> dict[str, str]:
    portal = "VP3" if number == "5" else "none"
    return extent(
        "patient | portal | segments | intent | bilobar | count | points\n"
        f"{name} | {portal} | {EXTENT[number]} | {points}"
    )


def answer(variables: dict[str, Any], **texts: str) -> list[str]:
    made = build({"variables": variables}, **texts)
    row = made.frame.iloc[0]
    return ["" if pd.isna(row[name]) else str(row[name]) for name in variables]


LIMITS = [
    # rule, scenario, compartment, dose, attained, margin
    ("perfused_400", "1", "perfused", "400", "yes", 0),
    ("perfused_400", "1", "perfused", "399.9", "no", -0.1),
    ("perfused_400", "1", "perfused", "1200", "yes", 800),
    ("tad_205", "2", "tumour", "205", "yes", 0),
    ("tad_205", "3", "tumour", "204.99", "no", -0.01),
    ("tad_205", "4", "tumour", "300", "yes", 95),
    ("tad_205", "5", "tumour", "205", "yes", 0),
    ("tad_above_250", "3", "tumour", "250", "no", 0),
    ("tad_above_250", "4", "tumour", "250.01", "yes", 0.01),
    ("tad_above_250", "5", "tumour", "249", "no", -1),
    ("ntad_120", "2", "normal", "120", "yes", 0),
    ("ntad_120", "3", "normal", "120.01", "no", -0.01),
    ("ntad_120", "5", "normal", "0", "yes", 120),
    ("normal_above_88", "2", "normal", "88", "no", 0),
    ("normal_above_88", "2", "normal", "88.5", "yes", 0.5),
    ("normal_40_70", "4", "whole_normal", "40", "yes", 0),
    ("normal_40_70", "4", "whole_normal", "39.99", "no", -0.01),
    ("normal_40_70", "4", "whole_normal", "55", "yes", 15),
    ("normal_40_70", "4", "whole_normal", "62", "yes", 8),
    ("normal_40_70", "4", "whole_normal", "70", "yes", 0),
    ("normal_40_70", "4", "whole_normal", "70.01", "no", -0.01),
    ("lobar_140_150", "2", "perfused", "140", "yes", 0),
    ("lobar_140_150", "2", "perfused", "150", "yes", 0),
    ("lobar_140_150", "2", "perfused", "139.9", "no", -0.1),
    ("lobar_140_150", "2", "perfused", "150.1", "no", -0.1),
    ("lobar_above_150", "2", "perfused", "150", "no", 0),
    ("lobar_above_150", "2", "perfused", "178", "yes", 28),
    ("whole_liver_below_150", "2", "whole", "150", "no", 0),
    ("whole_liver_below_150", "2", "whole", "149", "yes", 1),
    ("lobar_120_150", "3", "perfused", "120", "yes", 0),
    ("lobar_120_150", "3", "perfused", "119", "no", -1),
    ("lobar_120_150", "3", "perfused", "150", "yes", 0),
    ("lobar_120_150", "3", "perfused", "151", "no", -1),
    ("perfused_80_150", "4", "perfused", "80", "yes", 0),
    ("perfused_80_150", "4", "perfused", "79", "no", -1),
    ("perfused_80_150", "4", "perfused", "150", "yes", 0),
    ("perfused_80_150", "4", "perfused", "151", "no", -1),
]


@pytest.mark.parametrize(("name", "scenario", "compartment", "dose", "attained", "by"), LIMITS)
def test_both_sides_of_every_dose_limit(
    name: str, scenario: str, compartment: str, dose: str, attained: str, by: float
) -> None:
    texts = in_scenario(scenario)
    dosimetry = doses(f"patient | compartment | dose\nA | {compartment} | {dose}")
    made = answer({"state": rule(name), "margin": margin(name)}, dosimetry=dosimetry, **texts)
    assert made[0] == attained
    assert float(made[1]) == pytest.approx(by, abs=1e-9)
    assert (float(made[1]) == 0) == (by == 0)


@pytest.mark.parametrize("name", sorted({case[0] for case in LIMITS}))
def test_a_missing_dose_never_attains(name: str) -> None:
    scenario = next(case[1] for case in LIMITS if case[0] == name)
    dosimetry = doses("patient | compartment | dose | volume\nA | lung | 10 |\nA | perfused | | 500")
    made = answer({"state": rule(name), "margin": margin(name), "overall": overall()}, dosimetry=dosimetry,
                  **in_scenario(scenario))  # fmt: skip
    assert made == ["", "", ""]


def test_a_rule_of_another_scenario_is_not_evaluated() -> None:
    dosimetry = doses("patient | compartment | dose\nA | perfused | 500\nA | whole_normal | 50")
    variables = {"s1": rule("perfused_400"), "s4": rule("normal_40_70"), "s2": rule("lobar_above_150")}
    assert answer(variables, dosimetry=dosimetry, **in_scenario("1")) == ["yes", "", ""]
    assert answer(variables, dosimetry=dosimetry, **in_scenario("4")) == ["", "yes", ""]


BILIRUBIN = [
    # bilirubin in µmol/L, whole normal dose, attained, margin: 1.1 mg/dL is 18.8144 µmol/L and takes the 50 Gy limit
    ("18.8144", "50", "yes", "0.0"),
    ("18.8144", "50.5", "no", "-0.5"),
    ("18.8144", "90", "no", "-40.0"),
    ("18.8143", "90", "yes", "0.0"),
    ("18.8143", "90.5", "no", "-0.5"),
    ("18.8145", "60", "no", "-10.0"),
    ("", "20", "", ""),
    ("", "120", "", ""),
]


@pytest.mark.parametrize("scenario", ["2", "3"])
@pytest.mark.parametrize(("bilirubin", "dose", "attained", "by"), BILIRUBIN)
def test_the_limit_of_normal_liver_follows_bilirubin(
    scenario: str, bilirubin: str, dose: str, attained: str, by: str
) -> None:
    made = answer(
        {"state": rule("normal_by_bilirubin"), "margin": margin("normal_by_bilirubin")},
        dosimetry=doses(f"patient | compartment | dose\nA | whole_normal | {dose}"),
        labs=f"patient | day | analyte | value\nA | -3 | bilirubin | {bilirubin}",
        **in_scenario(scenario),
    )
    assert made == [attained, by]


@pytest.mark.parametrize(
    ("whole", "part", "normal", "normal_part", "rules", "at_least", "above"),
    [
        ("1000", "700", "", "", {}, "yes", "no"),
        ("1000", "701", "", "", {}, "no", "no"),
        ("1000", "699", "", "", {}, "yes", "yes"),
        ("1000", "1001", "", "", {}, "", ""),
        ("1000", "", "", "", {}, "", ""),
        ("", "700", "", "", {}, "", ""),
        ("1000", "800", "900", "600", {"reserve_of": "normal_liver"}, "yes", "yes"),
        ("1000", "600", "900", "700", {"reserve_of": "normal_liver"}, "no", "no"),
    ],
)
def test_hepatic_reserve(
    whole: str, part: str, normal: str, normal_part: str, rules: dict[str, str], at_least: str, above: str
) -> None:
    dosimetry = doses(
        f"patient | compartment | volume\nA | whole | {whole}\nA | perfused | {part}\n"
        f"A | whole_normal | {normal}\nA | normal | {normal_part}"
    )
    variables = {"at_least": rule("reserve_30", **rules), "above": rule("reserve_above_30", **rules)}
    assert answer(variables, dosimetry=dosimetry, **in_scenario("2")) == [at_least, above]


@pytest.mark.parametrize(
    ("scenario", "points", "attained"),
    [("1", "7", "yes"), ("1", "8", "no"), ("2", "6", "yes"), ("2", "7", "no"), ("3", "7", "yes"), ("4", "7", "no"),
     ("5", "6", "yes"), ("5", "7", "no"), ("5", "", ""), ("5", "4", ""), ("1", "5", "yes"), ("1", "16", "")],
)  # fmt: skip
def test_child_pugh_of_each_scenario(scenario: str, points: str, attained: str) -> None:
    dosimetry = doses("patient | compartment | dose\nA | tumour | 205")
    assert answer({"state": rule("child_pugh")}, dosimetry=dosimetry, **in_scenario(scenario, points)) == [attained]


GOOD = "A | tumour | 205 |\nA | normal | 120 |\nA | whole | | 1000\n"
ALTERNATIVES = [
    # scenario, dosimetry rows, bilirubin, points, rules, overall
    ("1", "A | perfused | 400 |", "", "", {}, "yes"),
    ("1", "A | perfused | 399 |", "", "", {}, "no"),
    ("1", GOOD, "", "", {}, ""),
    ("2", GOOD + "A | perfused | 145 | 700", "", "", {}, "yes"),
    ("2", "A | perfused | 145 |", "", "", {}, "yes"),
    ("2", "A | tumour | 205 |\nA | whole_normal | 90 |", "10", "", {}, "yes"),
    ("2", "A | tumour | 205 |\nA | whole_normal | 90 |", "30", "", {}, ""),
    ("2", "A | perfused | 178 | 699\nA | whole | 100 | 1000", "", "6", {}, "yes"),
    ("2", "A | perfused | 178 | 699\nA | whole | 100 | 1000", "", "", {}, ""),
    ("2", "A | perfused | 178 | 699\nA | whole | 100 | 1000\nA | tumour | 200 |", "", "7", {}, "no"),
    ("2", "A | perfused | 178 | 700\nA | whole | 100 | 1000\nA | tumour | 200 |", "", "6", {}, "no"),
    ("2", "A | perfused | 178 | 700\nA | whole | 100 | 1000\nA | tumour | 200 |", "", "6",
     {"require_reserve": False}, "yes"),
    ("2", "A | perfused | 130 |\nA | tumour | 200 |", "", "", {}, "no"),
    ("2", "A | perfused | 130 |\nA | tumour | 200 |", "", "", {"lobar_limit": "upper"}, "yes"),
    ("3", GOOD + "A | perfused | 170 | 700", "", "", {}, "yes"),
    ("3", GOOD + "A | perfused | 170 | 701", "", "", {}, "no"),
    ("3", GOOD + "A | perfused | 170 | 701", "", "", {"require_reserve": False}, "yes"),
    ("3", GOOD + "A | perfused | 130 | 701", "", "", {}, "yes"),
    ("3", GOOD + "A | perfused | 130 | 701", "", "", {"alternative": "multi_compartment"}, "no"),
    ("3", GOOD + "A | perfused | 170 | 700", "", "", {"alternative": "single_compartment"}, "no"),
    ("3", "A | tumour | 205 |\nA | normal | 130 |\nA | perfused | 130 |", "", "", {}, "yes"),
    ("3", "A | tumour | 205 |\nA | perfused | 170 |", "", "", {}, ""),
    ("3", "A | tumour | 204 |\nA | perfused | 170 |", "", "", {}, "no"),
    ("3", "A | tumour | 205 |\nA | normal | 130 |\nA | whole_normal | 110 |\nA | perfused | 170 | 500\n"
     "A | whole | | 1000", "", "", {"normal_voi": "whole_liver"}, "yes"),
    ("4", "A | tumour | 205 |\nA | whole_normal | 70 |\nA | perfused | 170 |", "", "", {}, "yes"),
    ("4", "A | tumour | 205 |\nA | whole_normal | 39 |\nA | perfused | 170 |", "", "", {}, "no"),
    ("4", "A | tumour | 205 |\nA | whole_normal | 39 |\nA | perfused | 170 |", "", "",
     {"bilobar_range": "upper"}, "yes"),
    ("4", "A | tumour | 100 |\nA | whole_normal | 39 |\nA | perfused | 120 |", "", "", {}, "yes"),
    ("5", GOOD + "A | perfused | | 700", "", "", {}, "yes"),
    ("5", GOOD + "A | perfused | 120 | 701", "", "", {}, "no"),
    ("5", GOOD + "A | perfused | 120 | 700", "", "", {"alternative": "single_compartment"}, ""),
]  # fmt: skip


@pytest.mark.parametrize(("scenario", "rows", "bilirubin", "points", "rules", "attained"), ALTERNATIVES)
def test_attained_is_every_core_rule_of_one_alternative(
    scenario: str, rows: str, bilirubin: str, points: str, rules: dict[str, Any], attained: str
) -> None:
    made = answer(
        {"overall": overall(**rules)},
        dosimetry=doses("patient | compartment | dose | volume\n" + rows),
        labs=f"patient | day | analyte | value\nA | -3 | bilirubin | {bilirubin}",
        **in_scenario(scenario, points),
    )
    assert made == [attained]


def test_the_lowest_lesion_may_be_the_tumour_that_counts() -> None:
    rows = doses(
        "patient | lesion | compartment | dose\nA | L1 | lesion | 300\nA | L2 | lesion | 200\nA | | tumour | 250"
    )
    variables = {"total": rule("tad_205"), "lowest": rule("tad_205", tumour_voi="lowest_lesion")}
    assert answer(variables, dosimetry=rows, **in_scenario("3")) == ["yes", "no"]
    unmeasured = doses(
        "patient | lesion | compartment | dose\nA | L1 | lesion | 300\nA | L2 | lesion |\nA | | tumour | 250"
    )
    assert answer(variables, dosimetry=unmeasured, **in_scenario("3")) == ["yes", ""]


def test_no_scenario_is_neither_attained_nor_not() -> None:
    texts = extent("patient | segments | bilobar | count\nA | 4 | no | 1")
    rows = doses("patient | compartment | dose\nA | tumour | 300\nA | perfused | 400")
    assert answer({"rule": rule("tad_205"), "overall": overall()}, dosimetry=rows, **texts) == ["", ""]


@pytest.mark.parametrize(("source", "expected"), [("recorded", "no"), ("perfused", "yes")])
def test_the_dose_of_the_whole_liver_is_recorded_or_spread_from_the_perfused_part(source: str, expected: str) -> None:
    rows = doses("patient | compartment | dose | volume\nA | whole | 160 | 1000\nA | perfused | 200 | 600")
    whole = {"kind": "derived", "derive": "whole_liver_dose", "source": "maa_spect_ct"}
    variables = {
        "state": rule("whole_liver_below_150", whole_liver_from=source),
        "dose": whole | {"rules": {"whole_liver_from": source}},
    }
    dose = {"recorded": "160.0", "perfused": "120.0"}[source]
    assert answer(variables, dosimetry=rows, **in_scenario("2")) == [expected, dose]


def test_a_whole_liver_dose_below_zero_is_none() -> None:
    rows = doses("patient | compartment | dose\nA | whole | -1")
    whole = {"kind": "derived", "derive": "whole_liver_dose", "source": "maa_spect_ct"}
    assert answer({"state": rule("whole_liver_below_150"), "dose": whole}, dosimetry=rows, **in_scenario("2")) == [
        "",
        "",
    ]
