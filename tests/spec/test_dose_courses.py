"""Doses in a protocol's words that need several records: the treated lesions, the injections of a course, all lungs."""

from __future__ import annotations

from typing import Any

import pytest
from tests.fixtures.records import records_of
from tests.spec.tables import build, expect
from tests.spec.test_doses import SOURCE, made, word

from y90outcomes.derivations.catalogue import VARIABLES

LESIONS = """
patient | lesion | role   | perfused | organ
A       | 1      | index  | yes      | liver
A       | 2      | target | yes      |
A       | 3      | target | no       | liver
A       | 4      | target | yes      | lung
B       | 1      | index  |          | liver
B       | 2      | index  |          | liver
C       | 1      | target | yes      | liver
C       | 2      | index  | yes      | liver
D       | 1      | index  | yes      | liver
"""
LESION_DOSES = """
patient | lesion | compartment | source       | volume | absorbed_dose
A       | 1      | lesion      | maa_spect_ct | 10     | 400
A       | 2      | lesion      | maa_spect_ct | 30     | 200
B       | 1      | lesion      | maa_spect_ct | 10     | 100
B       | 2      | lesion      | maa_spect_ct | 10     | 300
C       | 1      | lesion      | maa_spect_ct | 10     | 100
C       | 2      | lesion      | maa_spect_ct |        | 300
D       | 1      | lesion      | maa_spect_ct |        | 300
"""


def test_doses_of_the_treated_lesions() -> None:
    names = ("tad_target", "tad_index", "tad_min", "tad_total_perfused_computed")
    found = made(dict.fromkeys(names), lesions=LESIONS, dosimetry=LESION_DOSES)
    expect(found, """
    patient | tad_target | tad_index | tad_min | tad_total_perfused_computed
    A       | 200        | 400       | 200     | 250
    B       | 100        |           | 100     | 200
    C       |            | 300       | 100     |
    D       | 300        | 300       | 300     |
    """)  # fmt: skip
    expect(found, """
    patient | tad_target_source
    A       | dosimetry: dosimetry.txt, row 3
    B       | dosimetry: dosimetry.txt, row 4
    C       |
    D       | dosimetry: dosimetry.txt, row 8
    """)  # fmt: skip


def test_a_treated_lesion_without_a_dose_takes_every_dose_away_that_it_could_decide() -> None:
    doses = "\n".join(line for line in LESION_DOSES.splitlines() if "| 200" not in line)
    found = made(dict.fromkeys(("tad_target", "tad_index", "tad_min", "tad_total_perfused_computed")), lesions=LESIONS,
                 dosimetry=doses)  # fmt: skip
    row = found.frame.iloc[0]
    assert row["tad_index"] == 400
    assert row[["tad_target", "tad_min", "tad_total_perfused_computed"]].isna().all()


def test_lesions_known_to_be_small_before_treatment_do_not_count_where_the_protocol_says_so() -> None:
    found = made(
        {"all": word("tad_min"), "from_30": word("tad_min", smallest=30), "mean": word("tad_total_perfused_computed",
         smallest=30)}, dosimetry=LESION_DOSES.replace("| 200", "|    "), imaging="""
    patient | lesion | visit    | day | longest_diameter
    A       | 1      | baseline | -60 | 25
    A       | 1      | baseline | -5  | 30
    A       | 1      | month_3  | 90  | 10
    A       | 2      | baseline | -5  | 29.9
    B       | 1      | baseline |     | 29
    B       | 2      | baseline | -5  | 40
    C       | 1      | month_3  | 90  | 10
    """)  # fmt: skip
    expect(found, """
    patient | all | from_30 | mean
    A       |     | 400     | 400
    B       | 100 | 300     | 300
    C       | 100 | 100     |
    D       | 300 | 300     |
    """)  # fmt: skip


COURSE = """
patient | number | day | course_number | activity | residual_fraction | lung_shunt_fraction | lung_mass
A       | 1      | 0   |               | 2        | 0                 | 20                  |
A       | 2      | 56  |               | 1        | 0                 | 20                  |
A       | 3      | 57  |               | 1        | 0                 | 20                  |
B       | 1      | 0   | 1             | 2        | 0                 | 31                  |
B       | 2      | 90  | 1             | 1        | 0                 |                     |
C       | 1      | 0   |               | 2        | 0                 | 30                  | 1.5
C       | 2      |     |               | 1        | 0                 | 30                  | 1.5
D       | 1      | 0   |               | 2        | 0                 | 30                  |
"""
COURSE_DOSES = """
patient | number | compartment        | source       | mass | absorbed_dose
A       | 1      | perfused_liver     | maa_spect_ct | 0.5  | 120
A       | 2      | perfused_liver     | maa_spect_ct | 1.0  | 60
A       | 3      | perfused_liver     | maa_spect_ct | 1.0  | 900
A       | 1      | whole_liver_normal | maa_spect_ct | 1.5  | 30
A       | 2      | whole_liver_normal | maa_spect_ct | 1.5  | 40
A       | 3      | whole_liver_normal | maa_spect_ct | 1.5  | 50
B       | 1      | perfused_liver     | maa_spect_ct | 1.0  | 120
D       | 1      | perfused_liver     | maa_spect_ct |      | 120
D       | 1      | lung               | maa_spect_ct |      | 25
"""


def test_injections_of_one_course_add_and_a_later_course_does_not() -> None:
    variables = {"pld_course": None, "ntad_whole_liver_course": None, "pld": None, "course_count": None,
                 "course_injections": None, "same": word("pld_course", territories="same"),
                 "since": word("course_injections", course_since="previous"),
                 "days": word("course_injections", course_from="days")}  # fmt: skip
    expect(made(variables, treatments=COURSE, dosimetry=COURSE_DOSES), """
    patient | pld | pld_course | same | ntad_whole_liver_course | course_count | course_injections | since | days
    A       | 120 | 80         | 120  | 70                      | 2            | 2                 | 3     | 2
    B       | 120 |            |      |                         | 1            | 2                 | 2     | 1
    C       |     |            |      |                         |              |                   |       |
    D       | 120 | 120        | 120  |                         | 1            | 1                 | 1     | 1
    """)  # fmt: skip


def test_the_lung_dose_of_all_treatments_and_its_limits() -> None:
    variables = {"lung_dose_mird": None, "lung_dose_cumulative": None, "lung_within_limits": None,
                 "lung_dose_cumulative_recorded": None, "loose": word("lung_within_limits", lung_single=31),
                 "cumulative": word("lung_within_limits", lung_cumulative=39)}  # fmt: skip
    expect(made(variables, treatments=COURSE, dosimetry=COURSE_DOSES), """
    patient | lung_dose_mird | lung_dose_cumulative | lung_dose_cumulative_recorded | lung_within_limits | loose | cumulative
    A       | 20             | 40                   |                               | yes                | yes   | no
    B       | 31             |                      |                               | no                 |       | no
    C       | 20             | 30                   |                               | yes                | yes   | yes
    D       | 30             | 30                   | 25                            | yes                | yes   | yes
    """)  # fmt: skip # noqa: E501


def test_a_lesion_adds_the_sessions_that_reached_it() -> None:
    found = build({"variables": {"course": word("tad_lesion_course")},
                   "analysis_sets": {"tumours": {"grain": "lesion", "label": "T"}}},
                  treatments="patient | number | day\nA | 1 | 0\nA | 2 | 30\nA | 3 | 300",
                  dosimetry="""
                  patient | lesion | number | source       | volume | absorbed_dose
                  A       | 1      | 1      | maa_spect_ct | 10     | 100
                  A       | 1      | 2      | maa_spect_ct | 10     | 50
                  A       | 1      | 3      | maa_spect_ct | 10     | 500
                  A       | 2      | 2      | maa_spect_ct |        | 70
                  A       | 3      | 1      | maa_spect_ct | 10     | 70
                  A       | 3      | 2      | maa_spect_ct |        | 70
                  """)  # fmt: skip
    expect(found, "lesion | course\n1 | 150\n2 | 70\n3 |", "lesion")


def test_doses_of_two_sources_that_differ_are_no_dose() -> None:
    spec = {"kind": "derived", "derive": "pld_course", "source": ["maa_spect_ct", "maa_spect"]}
    found = build({"variables": {"both": spec}}, dosimetry="""
    patient | compartment    | source       | absorbed_dose
    A       | perfused_liver | maa_spect_ct | 100
    A       | perfused_liver | maa_spect    | 120
    B       | perfused_liver | maa_spect_ct | 100
    C       | perfused_liver | maa_spect    | 120
    """)  # fmt: skip
    expect(found, "patient | both\nA |\nB | 100\nC | 120")


def test_every_dose_from_records_explains_itself() -> None:
    records = records_of(treatments=COURSE, dosimetry=COURSE_DOSES)
    course = VARIABLES["pld_course"]
    assert course.explain is not None
    rules = {rule.name: rule.default for rule in course.rules}
    steps = course.explain(records, 0, source=SOURCE, **rules)
    assert [step.text for step in steps] == [
        "session 1, day 0, course 1, the session of day 0", "session 2, day 56, course 1",
        "session 3, day 57, course 2",
        "session 1: 120 Gy, not known", "session 2: 60 Gy, not known", "session 3: 900 Gy, not known",
    ]  # fmt: skip
    assert all(step.table and step.row >= 0 for step in steps)
    lung = VARIABLES["lung_within_limits"]
    assert lung.explain is not None
    rules = {rule.name: rule.default for rule in lung.rules}
    assert [step.text for step in lung.explain(records, 1, **rules)] == [
        "session 1, day 0: lung dose 31 Gy", "session 2, day 90: lung dose not known",
        "lung dose of one treatment: at most 30 Gy", "lung dose of all treatments together: at most 50 Gy",
    ]  # fmt: skip
    lesions = records_of(lesions=LESIONS, dosimetry=LESION_DOSES)
    target = VARIABLES["tad_target"]
    assert target.explain is not None
    assert [step.text for step in target.explain(lesions, 0, source=SOURCE, smallest=0)] == [
        "lesion 1: 400 Gy, 10 mL, role index", "lesion 2: 200 Gy, 30 mL, role target",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["pld_course", "tad_total_perfused_computed", "lung_dose_cumulative", "course_count"])
def test_row_order_changes_no_dose(name: str) -> None:
    def turned(text: str) -> str:
        head, *lines = text.strip().splitlines()
        return "\n".join([head, *reversed(lines)])

    both = COURSE_DOSES if name != "tad_total_perfused_computed" else LESION_DOSES
    found = [made({name: None}, treatments=order(COURSE), dosimetry=order(both)).frame[name].tolist()
             for order in (str, turned)]  # fmt: skip
    assert found[0] == pytest.approx(found[1], nan_ok=True)
    assert any(value == value for value in found[0])


def test_what_leaves_a_dose_open_is_counted() -> None:
    records = records_of(treatments=COURSE, dosimetry=COURSE_DOSES)

    def counts(name: str, **more: Any) -> dict[str, int]:
        variable = VARIABLES[name]
        assert variable.derive is not None
        return dict(variable.derive(records, **{rule.name: rule.default for rule in variable.rules}, **more).counts)

    assert counts("pld_course", source=SOURCE) == {
        "a session on an unknown day, so that the course is not known": 1,
        "an injection of the course without this dose": 1,
    }
    assert counts("lung_dose_cumulative") == {"a treatment without lung dose": 1}
    assert counts("lung_dose_cumulative_recorded", source=SOURCE) == {"a treatment without lung dose": 3}
    assert counts("lung_within_limits") == {"a missing lung dose leaves it open": 0}
    assert counts("course_count") == {"a session on an unknown day": 1}
