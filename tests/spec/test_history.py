"""Treatment before day 0, the lobe of the target lesion, the worst event of all, times in months, stated conditions."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from tests.spec.tables import RESPONSE, SIZE, build, expect

from y90outcomes.derivations.history import AGENTS
from y90outcomes.pipeline import analyse
from y90outcomes.report.tables import summary_view
from y90outcomes.results import Summary
from y90outcomes.schema import load_schema
from y90outcomes.study import Study

PRIOR = {"kind": "derived", "derive": "prior_systemic_therapy"}
PEOPLE = "patient\n" + "\n".join("ABCDEFGH")
THERAPIES = """
patient | number | therapy  | agent      | day
A       | 1      | systemic | sorafenib  | -40
B       | 1      | systemic | sorafenib  | 0
C       | 1      | systemic | lenvatinib | -10
D       | 1      | systemic |            | -10
E       | 1      | systemic | sorafenib  |
F       | 1      | tace     |            | -10
G       | 1      |          | sorafenib  | -10
"""


def prior(**rules: Any) -> dict[str, Any]:
    return {"variables": {"prior": PRIOR | ({"rules": rules} if rules else {})}}


def test_sorafenib_before_treatment() -> None:
    """B begins on day 0; C another agent; D no agent, E no day, G no kind: open; F no systemic therapy; H nothing."""
    made = build(prior(agent="sorafenib"), patients=PEOPLE, therapies=THERAPIES)
    expect(made, "patient | prior\nA | yes\nB | no\nC | no\nD |\nE |\nF | no\nG |\nH | no")
    expect(
        made,
        "patient | prior_source\nA | therapies: therapies.txt, row 2\n" + "\n".join(f"{p} |" for p in "BCDEFGH"),
    )


def test_any_systemic_therapy_before_treatment() -> None:
    made = build(prior(), patients=PEOPLE, therapies=THERAPIES)
    expect(made, "patient | prior\nA | yes\nB | no\nC | yes\nD | yes\nE |\nF | no\nG |\nH | no")


@pytest.mark.parametrize(("unlisted", "said"), [("centre", ""), ("none", "no"), ("missing", "")])
def test_a_centre_that_lists_no_therapy_may_not_have_asked(unlisted: str, said: str) -> None:
    expect(build(prior(unlisted=unlisted), patients="patient\nA"), f"patient | prior\nA | {said}")


def test_the_kinds_of_prior_therapy_of_the_patient_are_heard() -> None:
    people = "patient | prior_therapies\nA | tace\nB | tace;systemic\nC |"
    expect(build(prior(unlisted="missing"), patients=people), "patient | prior\nA | no\nB | yes\nC |")
    made = build(prior(unlisted="missing", agent="sorafenib"), patients=people)
    expect(made, "patient | prior\nA | no\nB |\nC |")


def test_agents_are_those_of_the_code_list() -> None:
    assert tuple(load_schema().codelists["systemic_agent"].codes) == AGENTS


def test_the_lobe_of_the_largest_lesion() -> None:
    lobe = {"kind": "derived", "derive": "lesion_lobe", "rollup": "target_lesion", "by": "size"}
    made = build(
        {
            "windows": {"baseline": {"from": -30, "to": 0}},
            "variables": {"size": SIZE | {"rollup": "largest"}, "lobe": lobe},
        },
        lesions="patient | lesion | lobe\nA | 1 | left\nA | 2 | right\nB | 1 |\nB | 2 | left",
        imaging="patient | lesion | day | longest_diameter\nA | 1 | 0 | 40\nA | 2 | 0 | 60\n"
        "B | 1 | 0 | 50\nB | 2 | 0 | 30",
    )
    expect(made, "patient | lobe\nA | right\nB |")


def test_the_worst_reported_event_of_any_term() -> None:
    worst = {"kind": "derived", "derive": "max_reported_grade", "window": "early", "rules": {"term": "any"}}
    made = build(
        {"windows": {"early": {"from": 1, "to": 90}}, "variables": {"worst": worst}},
        patients="patient\nA\nB\nC\nD",
        adverse_events="patient | event_number | term | grade | related | day\nA | 1 | fatigue | 1 | related | 5\n"
        "A | 2 | lymphopenia | 3 | possible | 80\nB | 1 | ascites | 4 | unrelated | 9\n"
        "C | 1 | other | 2 | related | 91",
    )
    expect(made, "patient | worst\nA | 3\nB | 0\nC | 0\nD | 0")


def test_a_time_in_the_unit_asked_for() -> None:
    days = {"kind": "derived", "derive": "days_from_diagnosis"}
    variables = {"days": days, "months": days | {"unit": "months"}, "years": days | {"unit": "years"}}
    made = build(
        {"variables": variables, "time": {"days_per_month": 30}}, patients="patient | diagnosis_day\nA | -90\nB |"
    )
    expect(made, "patient | days | months | years\nA | 90 | 3 | 0.25\nB | | |")
    assert made.variables["months"].unit == "months"


def test_only_a_time_has_a_unit_to_choose() -> None:
    page = {
        "id": "a", "title": "A", "origin": "synthetic", "analysis_sets": {"all_": {"grain": "patient"}},
        "variables": {"age": {"kind": "derived", "derive": "age", "unit": "months"}},
        "analyses": {"a": {"method": "summary", "title": "A", "variables": ["age"]}},
    }  # fmt: skip
    with pytest.raises(ValidationError, match="no time"):
        Study.model_validate(page)


@pytest.mark.parametrize(
    ("responders", "said"), [(1, "is not met: 1 of 4"), (2, "is met: 2 of 4"), (3, "is met: 3 of 4")]
)
def test_a_condition_stated_beforehand(responders: int, said: str) -> None:
    rows = "\n".join(f"{p} | {'CR' if k < responders else 'SD'}" for k, p in enumerate("ABCD"))
    study = {
        "variables": {"response": RESPONSE},
        "endpoints": {"orr": {"kind": "binary", "variable": "response", "event": ["CR"]}},
        "analyses": {"rate": {"method": "proportion", "title": "R", "endpoint": "orr", "condition": 0.5}},
    }
    notes = analyse(build(study, assessments=f"patient | response\n{rows}"))["rate"].notes
    assert [note.message for note in notes if note.kind == "condition"] == [
        f"The condition stated beforehand, at least 50 % with the event, {said}."
    ]


def test_a_number_on_two_lines() -> None:
    study = {
        "windows": {"baseline": {"from": -30, "to": 0}},
        "variables": {"afp": {"kind": "derived", "derive": "afp", "window": "baseline"}},
        "analyses": {
            "t": {"method": "summary", "title": "T", "variables": ["afp"], "statistic": "mean_sd_median_range"}
        },
    }
    item = analyse(build(study, labs="patient | day | value\nA | 0 | 10\nB | 0 | 20\nC | 0 | 60"))["t"]
    assert isinstance(item, Summary)
    rows = [[cell.text for cell in row.cells] for row in summary_view(item).rows]
    assert [row[0] for row in rows] == ["Baseline AFP, ng/mL", "mean ± SD", "median [range]"]
    assert rows[1][1].startswith("30")
    assert rows[2][1].startswith("20 [10")
