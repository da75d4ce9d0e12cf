"""Every word of a time-to-event endpoint, on both sides of every day that decides."""

from __future__ import annotations

from typing import Any

import pytest
from tests.spec.tables import build, expect, page, protocol

from y90outcomes.study import Study
from y90outcomes.study.endpoint_words import endpoint_label, endpoint_words
from y90outcomes.study.endpoints import TimeToEventEndpoint
from y90outcomes.study.prose import prose

BASE: dict[str, Any] = {"kind": "time_to_event", "censor": ["last_contact"], "unit": "days"}
OS = BASE | {"event": ["death"]}
PFS = BASE | {"event": ["progression", "death"]}
TTP = BASE | {"event": ["progression"]}


def case(endpoint: dict[str, Any], expected: str, parts: dict[str, Any] | None = None, **texts: str) -> None:
    """Patients of the text tables have the outcomes of the expected table; endpoint `e`."""
    expect(build({"endpoints": {"e": endpoint}} | (parts or {}), **texts), expected)


def follow(rows: str) -> str:
    return "patient | event | occurrence | day\n" + rows


def words(**more: Any) -> str:
    return endpoint_words(TimeToEventEndpoint(**(PFS | more)))


# Ready-made endpoints


COURSE = follow(
    "A | progression | yes | 100\nA | death | yes | 300\nA | last_contact | yes | 290\n"
    "B | death | yes | 200\nB | last_contact | yes | 190\n"
    "C | hepatic_progression | yes | 60\nC | last_contact | yes | 400\n"
    "D | last_contact | yes | 500"
)


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        (OS, "A | event | 300\nB | event | 200\nC | censored | 400\nD | censored | 500"),
        (PFS, "A | event | 100\nB | event | 200\nC | censored | 400\nD | censored | 500"),
        (
            BASE | {"event": ["hepatic_progression", "death"]},
            "A | event | 300\nB | event | 200\nC | event | 60\nD | censored | 500",
        ),
        (TTP | {"deaths": "censor"}, "A | event | 100\nB | censored | 200\nC | censored | 400\nD | censored | 500"),
        (TTP | {"deaths": "compete"}, "A | event | 100\nB | competing | 200\nC | censored | 400\nD | censored | 500"),
        (TTP | {"deaths": "event"}, "A | event | 100\nB | event | 200\nC | censored | 400\nD | censored | 500"),
        (TTP, "A | event | 100\nB | censored | 190\nC | censored | 400\nD | censored | 500"),
    ],
    ids=["OS", "PFS", "hepatic PFS", "TTP", "TTP competing", "deaths added", "deaths not looked at"],
)
def test_the_usual_endpoints(endpoint: dict[str, Any], expected: str) -> None:
    case(endpoint, "patient | e | e_time\n" + expected, follow_up=COURSE)


def test_time_to_recurrence_counts_from_surgery() -> None:
    case(
        BASE | {"event": ["recurrence"], "origin": "surgery", "deaths": "censor"},
        "patient | e | e_time\nA | event | 50\nB | censored | 70\nC | |\nD | |",
        therapies="patient | therapy | day\nA | resection | 100\nB | transplantation | 30\nD | resection | 90",
        follow_up=follow(
            "A | recurrence | yes | 150\nB | death | yes | 100\nC | recurrence | yes | 150\nD | recurrence | yes | 89"
        ),
    )


# Origin


@pytest.mark.parametrize(
    ("maa", "expected"),
    [("-10", "event | 110"), ("0", "event | 100"), ("1", " | "), ("", " | ")],
    ids=["before", "the same day", "after treatment is impossible", "not recorded"],
)
def test_time_from_the_maa_work_up(maa: str, expected: str) -> None:
    case(
        OS | {"origin": "maa"},
        f"patient | e | e_time\nA | {expected}",
        treatments=f"patient | number | day | maa_day\nA | 1 | 0 | {maa}\nA | 2 | 50 | 40",
        follow_up=follow("A | death | yes | 100"),
    )


def test_time_from_randomisation() -> None:
    """B was randomised after its treatment, which cannot be; C was never treated and has no day 0."""
    case(
        OS | {"origin": "randomisation"},
        "patient | e | e_time\nA | event | 114\nB | |\nC | |",
        patients="patient | arm | randomisation_day | randomisation_date\nA | experimental | -14 |\nB | control | 3 |\n"
        "C | control | | 2020-01-01",
        treatments="patient | number | day\nA | 1 | 0\nB | 1 | 0",
        follow_up="patient | event | occurrence | day | date\nA | death | yes | 100 |\nB | death | yes | 100 |\n"
        "C | death | yes | | 2020-05-01",
    )


def test_a_dated_maa_work_up_and_the_row_that_decides_stay_as_they_are() -> None:
    case(
        OS | {"origin": "maa"},
        "patient | e | e_time | e_source\nA | event | 31 | follow_up: follow_up.txt, row 2",
        treatments="patient | date | maa_date\nA | 2020-01-11 | 2020-01-01",
        follow_up="patient | event | date\nA | death | 2020-02-01",
    )


def test_fractional_days_before_and_after_keep_equal_months_equal() -> None:
    """4.1 months after an origin 2 months before day 0 are 6.1 months, as a double prints it."""
    case(
        OS | {"origin": "maa", "unit": "months"},
        "patient | e | e_time\nA | event | 6.1",
        treatments="patient | day | maa_day\nA | 0 | -60.875",
        follow_up=follow("A | death | yes | 124.79375"),
    )


# Deaths


def test_an_undated_death_leaves_the_outcome_open_only_where_it_competes() -> None:
    rows = follow(
        "A | progression | yes | 100\nA | death | yes |\nB | death | yes |\nB | last_contact | yes | 90\n"
        "C | death | |\nC | last_contact | yes | 80"
    )
    case(TTP | {"deaths": "censor"}, "patient | e | e_time\nA | event | 100\nB | censored | 90\nC | censored | 80",
         follow_up=rows)  # fmt: skip
    case(TTP | {"deaths": "compete"}, "patient | e | e_time\nA | event | 100\nB | |\nC | |", follow_up=rows)


@pytest.mark.parametrize(
    ("setting", "same_day"), [("censor", "event"), ("compete", "event")], ids=["censoring", "competing"]
)
def test_progression_counts_before_death_on_the_same_day(setting: str, same_day: str) -> None:
    case(
        TTP | {"deaths": setting},
        f"patient | e | e_time\nA | {same_day} | 100\nB | {'censored' if setting == 'censor' else 'competing'} | 99",
        follow_up=follow(
            "A | death | yes | 100\nA | progression | yes | 100\nB | death | yes | 99\nB | progression | yes | 100"
        ),
    )


# Therapies


@pytest.mark.parametrize("setting", ["ignore", "censor", "compete"])
@pytest.mark.parametrize(
    ("word", "therapy", "other"),
    [("later_therapy", "systemic", "resection"), ("resection_or_transplant", "transplantation", "tace")],
)
def test_a_therapy_ends_follow_up(setting: str, word: str, therapy: str, other: str) -> None:
    """Before the event, on its day, after it; one of the other kind; one on day 0 or before it is not later."""
    state = {"ignore": "event | 100", "censor": "censored | 99", "compete": "competing | 99"}[setting]
    case(
        PFS | {word: setting},
        f"patient | e | e_time\nA | {state}\nB | event | 100\nC | event | 100\nD | event | 100\nE | event | 100\n"
        "F | event | 100",
        therapies=f"patient | therapy | day\nA | {therapy} | 99\nB | {therapy} | 100\nC | {therapy} | 101\n"
        f"D | {other} | 50\nE | {therapy} | 0\nF | {therapy} | -20",
        follow_up=follow("\n".join(f"{patient} | progression | yes | 100" for patient in "ABCDEF")),
    )


def test_a_therapy_between_work_up_and_treatment_is_not_later() -> None:
    case(
        OS | {"origin": "maa", "later_therapy": "censor"},
        "patient | e | e_time\nA | event | 110\nB | censored | 11",
        treatments="patient | day | maa_day\nA | 0 | -10\nB | 0 | -10",
        therapies="patient | therapy | day\nA | tace | -5\nB | tace | 1",
        follow_up=follow("A | death | yes | 100\nB | death | yes | 100"),
    )


def test_the_surgery_time_counts_from_does_not_end_it() -> None:
    case(
        BASE | {"event": ["recurrence"], "origin": "surgery", "resection_or_transplant": "censor"},
        "patient | e | e_time | e_source\nA | event | 50 | follow_up: follow_up.txt, row 2\n"
        "B | censored | 20 | therapies: therapies.txt, row 4",
        therapies="patient | therapy | day\nA | resection | 100\nB | resection | 100\nB | transplantation | 120",
        follow_up=follow("A | recurrence | yes | 150\nB | recurrence | yes | 150"),
    )


@pytest.mark.parametrize(("setting", "expected"), [("ignore", "event | 100"), ("censor", " | "), ("compete", " | ")])
def test_an_undated_therapy_may_have_come_first(setting: str, expected: str) -> None:
    case(
        OS | {"later_therapy": setting},
        f"patient | e | e_time\nA | {expected}",
        therapies="patient | therapy\nA | systemic",
        follow_up=follow("A | death | yes | 100"),
    )


def test_a_therapy_may_censor_at_the_last_assessment_until_then() -> None:
    """On the day of the therapy counts, after it does not; without one the time is 0."""
    made = build(
        {"endpoints": {"e": PFS | {"later_therapy": "censor_at_last"}}},
        therapies="patient | therapy | day\nA | systemic | 90\nB | systemic | 90\nC | systemic | 90",
        imaging="patient | visit | day\nA | day_90 | 90\nB | day_60 | 60\nB | day_90 | 91",
        follow_up=follow("\n".join(f"{patient} | last_contact | yes | 300" for patient in "ABC")),
    )
    expect(made, "patient | e | e_time\nA | censored | 90\nB | censored | 60\nC | censored | 0")
    assert made.outcomes["patient"]["e"].source.tolist()[:2] == [
        "imaging: imaging.txt, row 2", "imaging: imaging.txt, row 3",
    ]  # fmt: skip


# Missed visits


@pytest.mark.parametrize(
    ("then", "day", "expected"),
    [
        ("censor_at_last", "240", "event | 240"),
        ("censor_at_last", "240.0000001", "censored | 60"),
        ("censor_at_last", "241", "censored | 60"),
        ("event", "241", "event | 241"),
    ],
)
@pytest.mark.parametrize("event", ["progression", "death"])
def test_an_event_after_missed_visits(then: str, day: str, expected: str, event: str) -> None:
    """The gap of 180 days itself is no gap."""
    case(
        PFS | {"missed_visits": {"after_days": 180, "then": then}},
        f"patient | e | e_time\nA | {expected}",
        imaging="patient | visit | day\nA | baseline | -5\nA | day_60 | 60\nA | last | 300",
        follow_up=follow(f"A | {event} | yes | {day}"),
    )


@pytest.mark.parametrize(("day", "expected"), [("180", "event | 180"), ("181", "censored | 0")])
def test_without_an_assessment_the_gap_counts_from_the_origin(day: str, expected: str) -> None:
    case(
        PFS | {"missed_visits": {"after_days": 180}},
        f"patient | e | e_time\nA | {expected}",
        imaging="patient | visit | day\nA | baseline | -5\nA | treatment | 0",
        follow_up=follow(f"A | death | yes | {day}"),
    )


def test_the_assessment_of_the_day_saw_the_progression_and_precedes_the_death() -> None:
    case(
        PFS | {"missed_visits": {"after_days": 100}},
        "patient | e | e_time\nA | censored | 0\nB | event | 200",
        imaging="patient | visit | day\nA | day_180 | 200\nB | day_180 | 200",
        follow_up=follow("A | progression | yes | 200\nB | death | yes | 200"),
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("A | day_90 | SD | 90", "event | 250"),
        ("A | day_90 | NE | 90", "censored | 0"),
        ("A | day_90 | | 90", "censored | 0"),
        ("A | day_90 | SD |", "censored | 0"),
    ],
    ids=["read", "not evaluable", "no response", "undated"],
)
def test_what_an_adequate_assessment_is(rows: str, expected: str) -> None:
    case(
        PFS | {"missed_visits": {"after_days": 180}},
        f"patient | e | e_time\nA | {expected}",
        assessments="patient | visit | response | day\n" + rows,
        follow_up=follow("A | death | yes | 250"),
    )


@pytest.mark.parametrize(
    ("second", "expected"), [("", "censored | 0"), ("\nA | day_90 | SD | 90 | recist_1_1", "event | 250")]
)
def test_imaging_that_no_reader_could_evaluate_is_no_assessment(second: str, expected: str) -> None:
    case(
        PFS | {"missed_visits": {"after_days": 180}},
        f"patient | e | e_time\nA | {expected}",
        imaging="patient | visit | day\nA | day_90 | 90",
        assessments="patient | visit | response | day | criterion\nA | day_90 | NE | 90 | mrecist" + second,
        follow_up=follow("A | death | yes | 250"),
    )


# No assessment after baseline


@pytest.mark.parametrize(
    ("policy", "unseen"), [("ignore", "censored | 90"), ("censor_day_0", "censored | 0"), ("missing", " | ")]
)
def test_no_assessment_after_baseline(policy: str, unseen: str) -> None:
    """Day 0 is baseline, day 1 is not; who had the event has it."""
    case(
        PFS | {"no_assessment": policy},
        f"patient | e | e_time\nA | {unseen}\nB | censored | 90\nC | event | 50\nD | {unseen}",
        imaging="patient | visit | day\nA | treatment | 0\nB | month_1 | 1",
        follow_up=follow(
            "A | last_contact | yes | 90\nB | last_contact | yes | 90\nC | death | yes | 50\n"
            "D | last_contact | yes | 90"
        ),
    )


def test_an_assessment_after_the_cut_off_is_none() -> None:
    case(
        PFS | {"no_assessment": "censor_day_0"},
        "patient | e | e_time\nA | censored | 0\nB | censored | 365",
        {"data": {"cutoff": "2020-12-31"}},
        treatments="patient | date\nA | 2020-01-01\nB | 2020-01-01",
        imaging="patient | visit | date\nA | month_12 | 2021-01-01\nB | month_12 | 2020-12-31",
        follow_up="patient | event | date\nA | last_contact | 2021-06-01\nB | last_contact | 2021-06-01",
    )


def test_censoring_at_the_last_assessment() -> None:
    case(
        PFS | {"censor": ["last_assessment", "last_imaging"]},
        "patient | e | e_time | e_source\nA | censored | 120 | imaging: imaging.txt, row 2\nB | | |",
        imaging="patient | visit | day\nA | month_4 | 120",
        assessments="patient | visit | response | day\nA | day_90 | SD | 90\nB | day_90 | NE | 90",
    )


# Day 0 or day 1


@pytest.mark.parametrize(("zero", "times"), [(0, ("0", "10")), (1, ("1", "11"))])
def test_the_number_of_the_first_day(zero: int, times: tuple[str, str]) -> None:
    case(
        OS | {"day_zero": zero},
        f"patient | e | e_time\nA | event | {times[0]}\nB | censored | {times[1]}",
        follow_up=follow("A | death | yes | 0\nB | last_contact | yes | 10"),
    )


# The data cut-off, for what competes and censors


@pytest.mark.parametrize(
    ("setting", "date", "expected"),
    [
        ("compete", "2020-12-31", "competing | 365"),
        ("compete", "2021-01-01", "censored | 365"),
        ("censor", "2020-12-30", "censored | 364"),
        ("censor", "2021-01-01", "censored | 365"),
    ],
)
def test_the_cut_off_hides_a_later_death(setting: str, date: str, expected: str) -> None:
    case(
        TTP | {"deaths": setting},
        f"patient | e | e_time\nA | {expected}",
        {"data": {"cutoff": "2020-12-31"}},
        treatments="patient | date\nA | 2020-01-01",
        follow_up=f"patient | event | date\nA | death | {date}",
    )


# Sources in priority


def ranked(*sources: str, rule: str = "first_source", **more: Any) -> dict[str, Any]:
    entry = {"event": "progression", "from": list(sources), "rule": rule, **more}
    if "assessments" in sources:
        entry["criterion"] = "mrecist"
    return BASE | {"event": [entry]}


READ = "patient | visit | criterion | response | day | lesion\n"


@pytest.mark.parametrize(
    ("sources", "rule", "expected"),
    [
        (("follow_up", "assessments"), "first_source", "event | 120 | follow_up: follow_up.txt, row 2"),
        (("assessments", "follow_up"), "first_source", "event | 90 | assessments: assessments.txt, row 3"),
        (("follow_up", "assessments"), "earliest", "event | 90 | assessments: assessments.txt, row 3"),
        (("assessments",), "first_source", "event | 90 | assessments: assessments.txt, row 3"),
    ],
)
def test_sources_in_priority(sources: tuple[str, ...], rule: str, expected: str) -> None:
    case(
        ranked(*sources, rule=rule),
        f"patient | e | e_time | e_source\nA | {expected}",
        follow_up=follow("A | progression | yes | 120\nA | last_contact | yes | 500"),
        assessments=READ + "A | day_60 | mrecist | SD | 60 | \nA | day_90 | mrecist | PD | 90 | ",
    )


@pytest.mark.parametrize(
    ("site", "expected"),
    [
        ("A | progression | no |", "censored | 500"),
        ("A | progression | yes |", " | "),
        ("A | progression | | 100", "event | 90"),
        ("A | death | no |", "event | 90"),
    ],
    ids=["a no decides", "an undated yes decides and leaves it open", "not known: the next is asked", "says nothing"],
)
def test_what_it_means_that_a_source_speaks(site: str, expected: str) -> None:
    case(
        ranked("follow_up", "assessments"),
        f"patient | e | e_time\nA | {expected}",
        follow_up=follow(site + "\nA | last_contact | yes | 500"),
        assessments=READ + "A | day_90 | mrecist | PD | 90 | ",
    )


def test_where_no_source_says_yes_or_no_the_question_stays_open() -> None:
    case(
        ranked("follow_up", "assessments"),
        "patient | e | e_time\nA | |\nB | censored | 500",
        follow_up=follow("A | progression | | 100\nA | last_contact | yes | 500\nB | last_contact | yes | 500"),
        assessments=READ + "A | day_90 | mrecist | SD | 90 | \nB | day_90 | mrecist | SD | 90 | ",
    )


def test_the_earliest_of_all_is_open_where_one_may_be_earlier() -> None:
    case(
        ranked("follow_up", "assessments", rule="earliest"),
        "patient | e | e_time\nA | |",
        follow_up=follow("A | progression | yes | "),
        assessments=READ + "A | day_90 | mrecist | PD | 90 | ",
    )


@pytest.mark.parametrize(
    "row",
    [
        "A | day_90 | recist_1_1 | PD | 90 | ",
        "A | day_90 | mrecist | PD | 90 | L1",
        "A | day_90 | mrecist | NE | 90 | ",
    ],
    ids=["another criterion", "of one lesion", "not evaluable"],
)
def test_an_assessment_that_does_not_say_progression(row: str) -> None:
    case(
        ranked("assessments"),
        "patient | e | e_time\nA | censored | 500",
        follow_up=follow("A | last_contact | yes | 500"),
        assessments=READ + row,
    )


# Labels


@pytest.mark.parametrize(
    ("more", "label"),
    [
        ({"event": ["progression", "death"]}, "Progression-free survival"),
        ({"deaths": "event"}, "Progression-free survival"),
        ({"deaths": "censor"}, "Progression-free survival (deaths censored)"),
        ({}, "Progression-free survival (deaths censored)"),
        ({"deaths": "compete"}, "Progression-free survival (deaths compete)"),
        ({"label": "PFS"}, "PFS (deaths censored)"),
        ({"label": "Time to progression"}, "Time to progression"),
        ({"label": None}, "Time to progression"),
    ],
)
def test_a_progression_free_survival_whose_deaths_are_no_event_says_so(more: dict[str, Any], label: str) -> None:
    spec = TimeToEventEndpoint(**(TTP | {"label": "Progression-free survival"} | more))
    assert endpoint_label(spec) == label


# Words


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "from the first treatment to progression or death from any cause"),
        ({}, "censored at last contact"),
        ({"censor": []}, "a subject without the event is missing, and counted"),
        ({"origin": "maa"}, "from the MAA work-up to"),
        ({"origin": "surgery"}, "from resection or transplantation to"),
        ({"event": ["progression"], "deaths": "censor"}, "death censors"),
        ({"event": ["progression"], "deaths": "compete"}, "death is a competing event"),
        ({"later_therapy": "censor"}, "another anticancer therapy begun later censors"),
        ({"resection_or_transplant": "compete"}, "a later resection or transplantation is a competing event"),
        ({"later_therapy": "censor_at_last"}, "censors at the last adequate assessment until then"),
        ({"missed_visits": {"after_days": 180}}, "more than 180 days after the last adequate assessment is censored"),
        ({"missed_visits": {"after_days": 180, "then": "event"}}, "counts all the same"),
        ({"no_assessment": "censor_day_0"}, "without an assessment after baseline is censored at day 0"),
        ({"no_assessment": "missing"}, "without an assessment after baseline is missing"),
        ({"day_zero": 1}, "the day of the origin is day 1"),
        ({"landmark": 90}, "counted from the landmark at day 90"),
        (
            {"event": [{"event": "progression", "from": ["assessments", "follow_up"], "criterion": "mrecist"}]},
            "progression from progressive disease in the response assessments (mRECIST), else as the site reported it",
        ),
    ],
)
def test_every_word_is_said(more: dict[str, Any], said: str) -> None:
    assert said in words(**more)
    study = protocol(endpoints={"e": PFS | more})
    section = next(section for section in prose(study) if section.heading == "Endpoints")
    assert said in " ".join(section.entries)


# Slips


@pytest.mark.parametrize(
    ("endpoint", "problem"),
    [
        (PFS | {"deaths": "censor"}, "death is listed as an event"),
        (PFS | {"event": ["progresion"]}, "unknown event 'progresion'"),
        (PFS | {"censor": ["contact"]}, "unknown event 'contact'"),
        (PFS | {"event": ["death", "death"]}, "an event is given twice"),
        (OS | {"missed_visits": {"after_days": 9}}, "no event of this endpoint is seen at a visit"),
        (OS | {"no_assessment": "missing"}, "no event of this endpoint is seen at a visit"),
        (OS | {"later_therapy": "censor_at_last"}, "no event of this endpoint is seen at a visit"),
        (BASE | {"event": ["surgery"], "resection_or_transplant": "censor"}, "is the event of this endpoint"),
        (BASE | {"event": ["surgery"], "origin": "surgery"}, "the origin is the event of this endpoint"),
        (BASE | {"event": [{"event": "death", "from": ["assessments"], "criterion": "mrecist"}]}, "do not record"),
        (BASE | {"event": [{"event": "progression", "from": ["assessments"]}]}, "assessments need 'criterion'"),
        (
            BASE | {"event": [{"event": "local_progression", "from": ["assessments"], "criterion": "mrecist"}]},
            "'mrecist' does not say 'local_progression'",
        ),
        (
            BASE | {"event": [{"event": "progression", "from": ["follow_up"], "criterion": "mrecist"}]},
            "'criterion' belongs to the source assessments",
        ),
        (BASE | {"event": [{"event": "progression", "from": ["imaging"]}]}, "imaging needs 'variable'"),
        (
            BASE | {"event": [{"event": "progression", "from": ["imaging"], "variable": "afp"}]},
            "'afp' is not a day of the patient",
        ),
        (
            BASE | {"event": [{"event": "progression", "from": ["imaging"], "variable": "nothing"}]},
            "unknown variable 'nothing'",
        ),
        (BASE | {"event": [{"event": "progression", "from": ["follow_up", "follow_up"]}]}, "a source is given twice"),
    ],
)
def test_words_that_make_no_sense_are_refused(endpoint: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Study(**page(endpoints={"e": endpoint}))


def test_the_page_reads_back_as_itself() -> None:
    study = protocol(endpoints={"e": ranked("assessments", "follow_up")})
    again = Study(**study.model_dump(mode="json"))
    assert again.fingerprint == study.fingerprint
