"""What the words for endpoints mean: time, state, and the row that decided."""

from __future__ import annotations

import pytest
from tests.spec.tables import AFP, RESPONSE, build, expect

OS = {"kind": "time_to_event", "event": ["death"], "censor": ["last_contact"], "unit": "days"}
PFS = {"kind": "time_to_event", "event": ["progression", "death"], "censor": ["last_contact"], "unit": "days"}
CUT = {"data": {"cutoff": "2020-12-31"}}


def survival(table: str, expected: str, endpoint: dict[str, object] | None = None, **parts: object) -> None:
    made = build(parts | {"variables": {"afp": AFP}, "endpoints": {"os": endpoint or OS}}, follow_up=table)
    expect(made, expected)


def test_death_is_the_event_and_last_contact_censors() -> None:
    survival(
        """
        patient | event        | occurrence | day
        A       | death        | yes        | 300
        A       | last_contact | yes        | 200
        B       | death        | no         |
        B       | last_contact | yes        | 500
        """,
        """
        patient | os       | os_time | os_source
        A       | event    | 300     | follow_up: follow_up.txt, row 2
        B       | censored | 500     | follow_up: follow_up.txt, row 5
        """,
    )


def test_an_event_counts_before_censoring_on_the_same_day() -> None:
    survival(
        "patient | event | day\nA | last_contact | 300\nA | death | 300",
        "patient | os | os_time\nA | event | 300",
    )


def test_the_first_of_several_events_counts() -> None:
    survival(
        """
        patient | event       | day
        A       | death       | 300
        A       | progression | 100
        B       | death       | 200
        """,
        """
        patient | os    | os_time | os_source
        A       | event | 100     | follow_up: follow_up.txt, row 3
        B       | event | 200     | follow_up: follow_up.txt, row 4
        """,
        PFS,
    )


def test_day_0_is_a_time() -> None:
    survival(
        "patient | event | day\nA | death | 0\nB | last_contact | 0",
        "patient | os | os_time\nA | event | 0\nB | censored | 0",
    )


def test_a_record_before_the_treatment_gives_no_time() -> None:
    survival(
        "patient | event | day\nA | death | -1\nB | last_contact | -1",
        "patient | os | os_time | os_source\nA | | |\nB | | |",
    )


def test_whether_it_happened_is_missing_so_the_outcome_is() -> None:
    survival(
        "patient | event | occurrence | day\nA | death | | 300\nA | last_contact | yes | 300",
        "patient | os | os_time\nA | |",
    )


def test_it_happened_at_an_unknown_time_so_the_outcome_is_missing() -> None:
    survival(
        "patient | event | occurrence | day\nA | death | yes |\nA | last_contact | yes | 300",
        "patient | os | os_time\nA | |",
    )


def test_an_undated_progression_before_a_dated_death_leaves_the_time_unknown() -> None:
    survival(
        "patient | event | occurrence | day\nA | progression | yes |\nA | death | yes | 300",
        "patient | os | os_time\nA | |",
        PFS,
    )


def test_nothing_recorded_gives_no_outcome() -> None:
    survival(
        "patient | event | occurrence | day\nA | death | no |\nB | recurrence | yes | 9",
        "patient | os | os_time\nA | |\nB | |",
    )


def test_without_a_censoring_record_only_events_have_times() -> None:
    survival(
        "patient | event | day\nA | death | 300\nB | last_contact | 200",
        "patient | os | os_time\nA | event | 300\nB | |",
        OS | {"censor": []},
    )


def test_an_undated_last_contact_censors_nobody() -> None:
    survival("patient | event | day\nA | last_contact |", "patient | os | os_time\nA | |")


def test_a_no_with_a_day_is_not_an_event() -> None:
    survival(
        "patient | event | occurrence | day\nA | death | no | 100\nA | last_contact | yes | 200",
        "patient | os | os_time\nA | censored | 200",
    )


DATED = "patient | date\nA | 2020-01-01"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("A | death | 2020-12-31", "A | event | 365"),
        ("A | death | 2021-01-01", "A | censored | 365"),
        ("A | last_contact | 2021-06-01", "A | censored | 365"),
        ("A | last_contact | 2020-01-31", "A | censored | 30"),
        ("A | last_contact | 2020-01-31\nA | death | 2021-06-01", "A | censored | 365"),
    ],
    ids=["event on the day", "event after", "contact after", "contact before", "event after, last seen before"],
)
def test_the_data_cut_off(rows: str, expected: str) -> None:
    made = build(
        CUT | {"variables": {"afp": AFP}, "endpoints": {"os": OS}},
        treatments=DATED,
        follow_up="patient | event | date\n" + rows,
    )
    expect(made, "patient | os | os_time\n" + expected)


def test_an_event_after_the_cut_off_is_no_event_for_any_variable() -> None:
    made = build(
        CUT
        | {
            "variables": {
                "days": {"kind": "time_to", "event": "death", "unit": "days"},
                "died": {"kind": "occurrence", "event": "death"},
            }
        },
        treatments="patient | date\nA | 2020-01-01\nB | 2020-01-01",
        follow_up="patient | event | date\nA | death | 2020-12-31\nB | death | 2021-01-01",
    )
    expect(made, "patient | days | died\nA | 365 | yes\nB | | no")


def test_a_patient_treated_after_the_cut_off_has_no_outcome() -> None:
    made = build(
        CUT | {"variables": {"afp": AFP}, "endpoints": {"os": OS}},
        treatments="patient | date\nA | 2021-01-05",
        follow_up="patient | event | date\nA | death | 2021-02-01",
    )
    expect(made, "patient | os | os_time\nA | |")


def test_a_cut_off_cannot_apply_to_a_patient_known_by_day_numbers_alone() -> None:
    survival("patient | event | day\nA | death | 9999", "patient | os | os_time\nA | event | 9999", **CUT)


def test_every_lesion_has_the_outcome_of_its_patient() -> None:
    made = build(
        {"variables": {"afp": AFP}, "endpoints": {"os": OS}, "analysis_sets": {"tumours": {"grain": "lesion"}}},
        lesions="patient | lesion\nA | L1\nA | L2\nB | L1",
        follow_up="patient | event | day\nA | death | 10\nB | last_contact | 20",
    )
    expect(
        made,
        "patient | lesion | os | os_time\nA | L1 | event | 10\nA | L2 | event | 10\nB | L1 | censored | 20",
        "lesion",
    )


def test_equal_months_are_equal_doubles() -> None:
    """4.1 months sent as days (124.79375) come back as 4.1, not as its neighbour."""
    survival(
        "patient | event | day\nA | death | 124.79375",
        "patient | os | os_time\nA | event | 4.1",
        OS | {"unit": "months"},
    )


@pytest.mark.parametrize(("policy", "missing"), [("non_responder", "no event"), ("excluded", "")])
def test_not_evaluable_is_a_non_responder_or_left_out(policy: str, missing: str) -> None:
    made = build(
        {
            "variables": {"response": RESPONSE},
            "endpoints": {
                "orr": {"kind": "binary", "variable": "response", "event": ["CR", "PR"], "not_evaluable": policy}
            },
        },
        patients="patient\nA\nB\nC\nD",
        assessments="patient | response\nA | CR\nB | SD\nC | NE",
    )
    expect(made, f"patient | orr\nA | event\nB | no event\nC | {missing}\nD | {missing}")


def test_a_binary_endpoint_names_the_row_that_decided() -> None:
    made = build(
        {
            "variables": {"response": RESPONSE},
            "endpoints": {"orr": {"kind": "binary", "variable": "response", "event": ["CR"]}},
        },
        patients="patient\nA\nB",
        assessments="patient | response\nA | PD",
    )
    expect(made, "patient | orr | orr_source\nA | no event | assessments: assessments.txt, row 2\nB | no event |")
