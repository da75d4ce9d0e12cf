"""Best response over a range, confirmed best response, response at a time, first progression, agreement."""

from __future__ import annotations

from typing import Any

import pytest
from tests.fixtures.records import records_of
from tests.spec.tables import build, cells, expect, page, protocol

from y90outcomes.derivations.catalogue import VARIABLES
from y90outcomes.derivations.response import CRITERIA
from y90outcomes.derivations.rules import settled
from y90outcomes.derivations.types import Found, Records, Span
from y90outcomes.errors import Y90Error
from y90outcomes.methods import METHODS

SIZE = {"CR": "0", "PR": "70", "SD": "75", "NE": "", "PD": "75"}
"""Longest diameter that shows a category from a baseline of 100 mm, after PR too; PD is a new lesion."""
WINDOW = Span(25, 400, 90)


def patients(lines: list[dict[str, str]]) -> Records:
    """Assessments as "CR@42 SD@90" (the category wanted of the visit and its day) as one lesion's measurements."""
    imaging, therapies = ["patient | lesion | visit | day | longest_diameter | new_lesion"], []
    treatments = ["patient | number | day | course_number"]
    labels = ["day_42", "day_90", "day_180", "month_12", "month_18"]
    for number, line in enumerate(lines):
        key = f"P{number:02d}"
        imaging.append(f"{key} | L1 | baseline | -5 | 100 |")
        treatments.append(f"{key} | 1 | 0 | {line.get('course', '').split(',')[0]}")
        for label, word in zip(labels, line["visits"].split(), strict=False):
            category, _, day = word.partition("@")
            new = "yes" if category == "PD" else "no"
            imaging.append(f"{key} | | {label} | {day} | | {new}")
            imaging.append(f"{key} | L1 | {label} | {day} | {SIZE[category]} |")
        for place, word in enumerate(line.get("later", "").split()):
            what, _, day = word.partition("@")
            if what == "session":
                course = line.get("course", "").split(",")[-1]
                treatments.append(f"{key} | {place + 2} | {day} | {course}")
            else:
                therapies.append(f"{key} | {place + 1} | {what} | {day}")
    texts = {"imaging": "\n".join(imaging), "treatments": "\n".join(treatments)}
    if therapies:
        texts["therapies"] = "\n".join(["patient | number | therapy | day", *therapies])
    return records_of(**texts)


def derive(name: str, records: Records, criterion: str = "recist_1_1", **given: Any) -> Found:
    variable = VARIABLES[name]
    rules = {key: value for key, value in given.items() if key in {rule.name for rule in variable.rules}}
    options = {key: value for key, value in given.items() if key not in rules}
    if "window" in variable.takes:
        options.setdefault("window", WINDOW)
    made = variable.derive(records, criterion=criterion, **options, **settled(variable, rules))  # type: ignore[misc]
    assert isinstance(made, Found)
    return made


def best(text: str, **given: Any) -> None:
    """`expect` is the best response and the day of the row it stands in, "-" for missing."""
    head, *rows = cells(text)
    lines = [dict(zip(head, row, strict=True)) for row in rows]
    records = patients(lines)
    found = derive("best_response", records, **given)
    days = records.tables["imaging"]["days"]
    got = [f"{value}@{days[row]:g}" if row >= 0 else "-"
           for value, row in zip(found.values, found.rows["imaging"], strict=True)]  # fmt: skip
    assert dict(zip([line["case"] for line in lines], got, strict=True)) == {
        line["case"]: line["expect"] for line in lines
    }


def test_the_best_counts_and_its_first_row() -> None:
    best("""
        case                                     | visits                  | expect
        the best, not the last                   | PR@42 SD@90             | PR@42
        the first visit that attains it          | SD@42 PR@90 PR@180      | PR@90
        complete before partial                  | PR@42 CR@90             | CR@90
        a response after progression             | PD@42 CR@90             | PD@42
        a response before progression            | PR@42 PD@90             | PR@42
        nothing evaluable                        | NE@42                   | -
        no imaging                               |                         | -
        not evaluable in between                 | SD@42 NE@90 PR@180      | PR@180
        before the window                        | PR@24 SD@90             | SD@90
        on its first day                         | PR@25 SD@90             | PR@25
        on its last day                          | SD@90 CR@400            | CR@400
        after it                                 | SD@90 CR@401            | SD@90
        progression before the window            | PD@20 CR@90             | PD@20
        progression after the window             | SD@90 PD@401            | SD@90
        stable disease on day 42                 | SD@42                   | SD@42
        stable disease before day 42             | SD@41                   | -
        stable too early, then progression       | SD@41 PD@90             | PD@90
        partial response has no such limit       | PR@30                   | PR@30
    """)  # fmt: skip
    best("case | visits | expect \n a | SD@41 | SD@41", sd_min_days=41)


def test_later_therapy_ends_the_assessments() -> None:
    text = """
        case                                     | visits        | later          | course | expect
        none                                     | SD@42 PR@90   |                |        | PR@90
        before the response                      | SD@42 PR@90   | systemic@60    |        | SD@42
        on the day of the scan                   | SD@42 PR@90   | tace@90        |        | PR@90
        resection                                | SD@42 PR@90   | resection@60   |        | SD@42
        transplantation                          | SD@42 PR@90   | transplantation@60 |    | SD@42
        before day 0 is history                  | SD@42 PR@90   | systemic@-60   |        | PR@90
        progression after it                     | SD@42 PD@90   | tace@60        |        | SD@42
        before every scan                        | PR@42 PR@90   | tace@10        |        | -
        a staged session by day 56               | SD@57 PR@90   | session@56     |        | PR@90
        a session after day 56                   | SD@57 PR@90   | session@57     |        | SD@57
        the same course, late                    | SD@57 PR@90   | session@70     | 1,1    | PR@90
        another course, early                    | SD@42 PR@90   | session@50     | 1,2    | SD@42
    """
    best(text)
    best("case | visits | later | expect \n included | SD@42 PR@90 | tace@60 | PR@90", after_later_therapy="include")
    found = derive("best_response", patients([{"visits": "SD@42 PR@90", "later": "tace@60"},
                                              {"visits": "SD@42", "later": "tace@"}]))  # fmt: skip
    assert found.counts["an assessment after a later therapy did not count"] == 1
    assert found.counts["a therapy without a date: before or after is not known"] == 1


def test_an_order_that_is_not_known_is_not_taken_for_before() -> None:
    text = """
        case                                     | visits          | later             | course | {head}
        therapy undated                          | SD@42 PR@90     | tace@             |        | {a}
        a dated one first, another undated       | SD@42 PR@90     | tace@60 systemic@ |        | {b}
        session undated                          | SD@42 PR@90     | session@          |        | {a}
        session undated, of another course       | SD@42 PR@90     | session@          | 1,2    | {a}
        session undated, of the same course      | SD@42 PR@90     | session@          | 1,1    | PR@90
    """
    best(text.format(head="expect", a="-", b="-"))
    best(text.format(head="expect", a="PR@90", b="SD@42"), order_unknown="counts")
    best(text.format(head="expect", a="PR@90", b="PR@90"), after_later_therapy="include")
    window = Span(25, 400, 90, "day_42")
    for visits, later, strict, lenient in (
        ("PR@ SD@90", "tace@120", "SD", "PR"),
        ("PR@ SD@90", "", "PR", "PR"),
        ("PD@ CR@90", "tace@120", "", "PD"),
    ):
        made = patients([{"visits": visits, "later": later}])
        for rule, expected in (("excluded", strict), ("counts", lenient)):
            found = derive("best_response", made, window=window, order_unknown=rule)
            assert found.values.fillna("").tolist() == [expected]
    planned = derive("best_response", patients([{"visits": "PR@ SD@90", "later": "tace@120"}]),
                     undated="by_planned_day")  # fmt: skip
    assert planned.values.tolist() == ["PR"]


def test_confirmation() -> None:
    best("""
        case                                     | visits                  | expect
        partial, confirmed on day 28 exactly     | PR@42 PR@70             | PR@42
        partial, one day short                   | PR@42 PR@69             | SD@42
        complete confirmed                       | CR@42 CR@70             | CR@42
        partial confirmed by complete            | PR@42 CR@90             | PR@42
        not evaluable in between                 | PR@42 NE@60 PR@90       | PR@42
        one only                                 | PR@42                   | SD@42
        one only, too early for stable disease   | PR@41                   | -
        then progression                         | PR@42 PD@90             | SD@42
        too early, then progression              | PR@41 PD@90             | PD@90
        confirmed later than the first           | PR@42 SD@60 PR@90       | PR@42
    """, confirm_days=28)  # fmt: skip


def test_response_nearest_to_a_day() -> None:
    lines = {"SD@80 PR@95": "PR", "SD@85 PR@95": "SD", "SD@84 PR@95": "PR", "NE@90 PR@110": "PR", "SD@401": None,
             "PD@42 SD@90": "PD"}  # fmt: skip
    found = derive("response_at", patients([{"visits": visits} for visits in lines]))
    assert found.values.fillna("").tolist() == [category or "" for category in lines.values()]


def test_first_progression_and_undated_scans() -> None:
    found = derive("first_progression", patients([{"visits": "SD@42 PD@90 PD@180"}, {"visits": "PR@42"},
                                                  {"visits": "SD@42 PD@"}]))  # fmt: skip
    assert found.values.fillna(-1).tolist() == [90, -1, -1]
    assert found.counts["progression at an undated visit"] == 1
    undated = patients([{"visits": "PR@ SD@90"}])
    assert derive("best_response", undated).values.tolist() == ["SD"]
    assert derive("best_response", undated, window=Span(25, 400, 90, "day_42")).values.tolist() == ["PR"]
    assert derive("best_response", undated, undated="by_planned_day").values.tolist() == ["PR"]


BEST = {"kind": "derived", "derive": "best_response", "criterion": "recist_1_1", "window": "follow",
        "baseline": "baseline"}  # fmt: skip
SITE = {"kind": "derived", "derive": "reported_response", "criterion": "recist_1_1", "visit": "best"}
SAME = BEST | {"derive": "response_agreement", "visit": "best"}
WINDOWS = {"baseline": {"from": -30, "to": 0, "visit": "baseline"}, "follow": {"from": 25, "to": 400}}
TEXTS = {
    "imaging": """
        patient | lesion | visit    | day | longest_diameter | new_lesion
        A       | L1     | baseline | -5  | 100              |
        A       | L1     | day_90   | 90  | 50               |
        A       |        | day_90   | 90  |                  | no
        B       | L1     | baseline | -5  | 100              |
        B       | L1     | day_90   | 90  | 100              |
        B       |        | day_90   | 90  |                  | no
        C       | L1     | baseline | -5  | 100              |
        C       | L1     | day_90   | 90  | 0                |
        C       |        | day_90   | 90  |                  | no
    """,
    "assessments": """
        patient | criterion  | response
        A       | recist_1_1 | PR
        B       | recist_1_1 | PD
    """,
}


def test_in_a_protocol() -> None:
    made = build({"windows": WINDOWS, "variables": {"best": BEST, "site": SITE, "same": SAME}}, **TEXTS)
    expect(made, """
        patient | best | site | same | best_source
        A       | PR   | PR   | yes  | imaging: imaging.txt, row 4
        B       | SD   | PD   | no   | imaging: imaging.txt, row 7
        C       | CR   |      |      | imaging: imaging.txt, row 10
    """)  # fmt: skip


def test_agreement_with_the_site_in_a_protocol() -> None:
    analysis = {"method": "agreement", "title": "A", "rows": "site", "columns": "best", "weights": "linear"}
    parts = {"windows": WINDOWS, "variables": {"best": BEST, "site": SITE}, "analyses": {"a": analysis}}
    made = build(parts, **TEXTS)
    spec = made.study.analyses["a"]
    table, estimates = METHODS["agreement"](made, "a", spec)
    assert (estimates.n, estimates.missing) == (2, 1)
    rows = {row.quantity: row for row in estimates.rows}  # type: ignore[attr-defined]
    assert rows["observed_agreement"].estimate == 50
    # PR with PR and PD with SD: linear credit 1 and 2/3, by chance (1 + 2/3 + 1/3 + 2/3)/4
    observed, chance = (1 + 2 / 3) / 2, (1 + 2 / 3 + 1 / 3 + 2 / 3) / 4
    assert rows["kappa"].estimate == pytest.approx((observed - chance) / (1 - chance), abs=1e-12)
    assert table.shape == "summary"


def test_agreement_needs_the_same_levels() -> None:
    analysis = {"method": "agreement", "title": "A", "rows": "same", "columns": "best"}
    wrong = {"windows": WINDOWS, "variables": {"best": BEST, "same": SAME}, "analyses": {"a": analysis}}
    with pytest.raises((Y90Error, ValueError), match="other levels"):
        protocol(**page(**wrong))


@pytest.mark.parametrize("name", ["best_response", "response_at", "first_progression", "best_response_lesion",
                                  "response_at_lesion", "response_agreement"])  # fmt: skip
def test_explanations_name_the_rows(name: str) -> None:
    records = patients([{"visits": "SD@42"}, {"visits": "SD@42 PR@90 PD@180", "later": "tace@120"}])
    variable = VARIABLES[name]
    options = {"window": WINDOW, "criterion": "recist_1_1", "baseline": Span(-30, 0, 0, "baseline"), "visit": "best"}
    asked = {key: value for key, value in options.items() if key in variable.takes}
    steps = variable.explain(records, 1, **asked, **settled(variable, {}))  # type: ignore[misc]
    found = variable.derive(records, **asked, **settled(variable, {}))  # type: ignore[misc]
    decided = [step.row for step in steps if step.table == "imaging"]
    assert found.rows["imaging"][1] in decided
    table = records.tables["imaging"]
    assert {int(table["patient"][row]) for row in decided} == {1}
    text = "\n".join(step.text for step in steps)
    for other in CRITERIA.values():
        assert other.label in text
    assert "not taken: " in text
    if name.startswith("best"):
        assert "after a later therapy" in text
