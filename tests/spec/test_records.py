"""Which record counts: windows, visit labels, the index, the right treatment."""

from __future__ import annotations

from tests.spec.tables import AFP, DOSE, RESPONSE, SIZE, build, expect

from y90outcomes.cohort import Cohort

DAY_90 = {"windows": {"d90": {"from": 60, "to": 120}}, "variables": {"afp": AFP | {"window": "d90"}}}


def records(cohort: Cohort, row: int = 0) -> dict[str, object]:
    names = [column.name for column in cohort.records.columns]
    return dict(zip(names, cohort.records.rows[row], strict=True))


def test_the_record_nearest_to_the_target_day_counts() -> None:
    made = build(
        DAY_90,
        labs="""
        patient | visit  | day | value
        A       | day_60 | 61  | 100
        A       | day_90 | 88  | 200
        A       | last   | 119 | 300
        """,
    )
    expect(made, "patient | afp | afp_source\nA | 200 | labs: labs.txt, row 3")


def test_of_two_records_equally_near_the_earlier_counts() -> None:
    made = build(
        DAY_90,
        labs="""
        patient | visit   | day | value
        A       | day_90  | 95  | 300
        A       | month_3 | 85  | 200
        """,
    )
    expect(made, "patient | afp\nA | 200")


def test_a_target_day_of_the_protocol_replaces_the_middle_of_the_window() -> None:
    made = build(
        DAY_90 | {"windows": {"d90": {"from": 60, "to": 120, "target": 70}}},
        labs="""
        patient | visit  | day | value
        A       | day_60 | 65  | 100
        A       | day_90 | 90  | 200
        """,
    )
    expect(made, "patient | afp\nA | 100")


def test_baseline_is_the_last_record_up_to_day_0_and_its_limits_belong_to_it() -> None:
    made = build(
        {"variables": {"afp": AFP}},
        labs="""
        patient | visit       | day | value
        A       | maa         | -30 | 100
        A       | baseline    | -2  | 200
        A       | day_30      | 1   | 300
        B       | maa         | -30 | 100
        C       | unscheduled | 0   | 400
        """,
    )
    expect(made, "patient | afp\nA | 200\nB | 100\nC | 400")


def test_a_record_outside_the_window_is_no_record() -> None:
    made = build(
        {"variables": {"afp": AFP}},
        labs="""
        patient | day | value
        A       | -31 | 100
        B       | 1   | 100
        """,
    )
    expect(made, "patient | afp | afp_source\nA | |\nB | |")
    assert records(made) | {"none": 2, "chosen": 0} == records(made)


def test_a_missing_value_is_passed_over_for_the_next_nearest() -> None:
    made = build(
        {"variables": {"afp": AFP}},
        labs="""
        patient | visit    | day | value
        A       | baseline | -1  |
        A       | maa      | -20 | 100
        """,
    )
    expect(made, "patient | afp\nA | 100")


def test_an_undated_record_counts_under_the_visit_label_of_the_window() -> None:
    made = build(
        {"variables": {"afp": AFP}},
        labs="""
        patient | visit    | day | value
        A       | baseline |     | 100
        B       | day_30   |     | 100
        """,
    )
    expect(made, "patient | afp\nA | 100\nB |")
    assert records(made) | {"by_visit": 1, "none": 1} == records(made)


def test_a_dated_record_wins_over_an_undated_one() -> None:
    made = build(
        {"variables": {"afp": AFP}},
        labs="""
        patient | visit    | day | value
        A       | baseline |     | 100
        A       | maa      | -29 | 200
        """,
    )
    expect(made, "patient | afp\nA | 200")


def test_a_visit_label_does_not_bring_in_a_record_dated_outside_the_window() -> None:
    made = build({"variables": {"afp": AFP}}, labs="patient | visit | day | value\nA | baseline | 5 | 100")
    expect(made, "patient | afp\nA |")


def test_a_window_without_a_visit_label_takes_dated_records_only() -> None:
    made = build(DAY_90, labs="patient | visit | day | value\nA | day_90 | | 100")
    expect(made, "patient | afp\nA |")


def test_several_undated_records_that_differ_choose_none_and_are_counted() -> None:
    made = build(
        {"variables": {"afp": AFP}},
        labs="""
        patient | visit    | value
        A       | baseline | 100
        A       | baseline | 200
        B       | baseline | 100
        B       | baseline | 100
        """,
    )
    expect(made, "patient | afp\nA |\nB | 100")
    assert records(made) | {"several": 1, "by_visit": 1, "none": 0} == records(made)


def test_without_a_window_several_records_that_differ_choose_none() -> None:
    made = build(
        {"variables": {"response": RESPONSE}},
        assessments="""
        patient | response
        A       | CR
        A       | PD
        B       | SD
        """,
    )
    expect(made, "patient | response\nA |\nB | SD")
    assert records(made) | {"chosen": 1, "several": 1, "none": 0} == records(made)


def test_a_date_and_the_day_number_it_stands_for_are_the_same() -> None:
    dated = build(
        {"variables": {"afp": AFP}},
        treatments="patient | date\nA | 2020-03-01",
        labs="patient | visit | date | value\nA | baseline | 2020-02-20 | 1\nA | maa | 2020-01-01 | 2",
    )
    numbered = build(
        {"variables": {"afp": AFP}},
        labs="patient | visit | day | value\nA | baseline | -10 | 1\nA | maa | -60 | 2",
    )
    expect(dated, "patient | afp\nA | 1")
    expect(numbered, "patient | afp\nA | 1")


def test_a_leap_day_is_a_day() -> None:
    made = build(
        {"variables": {"time": {"kind": "time_to", "event": "death", "unit": "days"}}},
        treatments="patient | date\nA | 2020-02-28",
        follow_up="patient | event | date\nA | death | 2020-03-01",
    )
    expect(made, "patient | time\nA | 2")


def test_the_index_is_the_first_treatment() -> None:
    made = build(
        {"variables": {"time": {"kind": "time_to", "event": "death", "unit": "days"}}},
        treatments="""
        patient | number | date
        A       | 2      | 2020-06-01
        A       | 1      | 2020-01-01
        """,
        follow_up="patient | event | date\nA | death | 2020-01-11",
    )
    expect(made, "patient | time\nA | 10")


def test_a_treatment_on_day_0_is_the_index_beside_a_later_one_with_a_date() -> None:
    made = build(
        {"variables": {"dose": DOSE | {"rollup": "lowest"}}},
        treatments="""
        patient | number | day | date
        A       | 1      | 0   |
        A       | 2      |     | 2020-06-01
        """,
        dosimetry="""
        patient | lesion | number | absorbed_dose
        A       | L1     | 1      | 300
        A       | L1     | 2      | 50
        """,
    )
    expect(made, "patient | dose\nA | 300")


def test_without_a_treatment_nothing_is_before_or_after_it() -> None:
    made = build(
        {
            "variables": {"afp": AFP, "time": {"kind": "time_to", "event": "death"}},
            "endpoints": {"os": {"kind": "time_to_event", "event": ["death"], "censor": ["last_contact"]}},
        },
        patients="patient\nA",
        treatments="patient | number | date\n",
        labs="patient | visit | day | value\nA | maa | -3 | 100",
        follow_up="patient | event | day\nA | death | 90",
    )
    expect(made, "patient | afp | time | os | os_time\nA | | | |")


def test_an_undated_first_treatment_makes_the_index_unknown() -> None:
    made = build(
        {"variables": {"time": {"kind": "time_to", "event": "death", "unit": "days"}}},
        treatments="""
        patient | number | date
        A       | 1      |
        A       | 2      | 2020-06-01
        B       | 1      | 2020-06-01
        B       | 2      |
        """,
        follow_up="patient | event | date\nA | death | 2020-06-11\nB | death | 2020-06-11",
    )
    expect(made, "patient | time\nA |\nB | 10")


def test_the_dose_of_a_later_treatment_does_not_count() -> None:
    made = build(
        {"variables": {"dose": DOSE}, "analysis_sets": {"tumours": {"grain": "lesion"}}},
        treatments="""
        patient | number | day
        A       | 1      | 0
        A       | 2      | 60
        """,
        dosimetry="""
        patient | lesion | number | absorbed_dose
        A       | L1     | 1      | 150
        A       | L1     | 2      | 400
        A       | L2     | 2      | 500
        """,
    )
    expect(made, "patient | lesion | dose\nA | L1 | 150\nA | L2 |", "lesion")


def test_the_dose_is_that_of_the_named_source() -> None:
    made = build(
        {"variables": {"dose": DOSE | {"rollup": "lowest"}}},
        dosimetry="""
        patient | lesion | source       | absorbed_dose
        A       | L1     | maa_spect_ct | 90
        A       | L1     | y90_pet_ct   | 150
        """,
    )
    expect(made, "patient | dose\nA | 150")


def test_a_finding_of_the_whole_liver_is_not_a_lesions_and_a_lesions_not_the_patients() -> None:
    made = build(
        {
            "variables": {
                "size": SIZE | {"rollup": "largest"},
                "pvtt": {"kind": "derived", "derive": "pvtt", "window": "baseline"},
            }
        },
        imaging="""
        patient | lesion | day | longest_diameter | pvtt_class
        A       |        | 0   | 999              | none
        A       | L1     | 0   | 30               | VP1
        """,
    )
    expect(made, "patient | size | pvtt\nA | 30 | no")


def test_patients_of_two_centres_with_the_same_id_stay_apart() -> None:
    made = build(
        {"variables": {"afp": AFP, "size": SIZE | {"rollup": "largest"}}},
        labs="""
        centre | patient | day | value
        north  | 1       | -1  | 10
        south  | 1       | -1  | 999
        """,
        imaging="""
        centre | patient | lesion | day | longest_diameter
        south  | 1       | L1     | -1  | 80
        north  | 1       | L1     | -1  | 20
        """,
    )
    expect(made, "centre | patient | afp | size\nnorth | 1 | 10 | 20\nsouth | 1 | 999 | 80")
