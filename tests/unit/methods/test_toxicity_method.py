"""The toxicity table, its rates and its shift on a cohort small enough to count by hand."""

from __future__ import annotations

from typing import Any

import pytest
from tests.spec.tables import build, page

from y90outcomes.cohort import Cohort
from y90outcomes.estimators.proportions import proportion
from y90outcomes.methods import METHODS
from y90outcomes.results import Effects, Result, Table
from y90outcomes.study import Study
from y90outcomes.study.names import slips
from y90outcomes.study.prose import prose

WINDOWS = {
    "baseline": {"from": -30, "to": 0, "visit": "baseline"},
    "after": {"from": 1, "to": 90},
}
RULES = {"term": "hyperbilirubinaemia"}
OUTCOME: dict[str, Any] = {"kind": "derived", "derive": "toxicity_outcome", "window": "after", "baseline": "baseline"}
VARIABLES: dict[str, Any] = {
    "worst": OUTCOME | {"rules": RULES, "label": "Bilirubin"},
    "free": OUTCOME | {"rules": RULES | {"progression": "without_progression"}},
    "base": {
        "kind": "derived",
        "derive": "toxicity_grade",
        "window": "baseline",
        "baseline": "baseline",
        "rules": RULES,
    },
    "sex": {"kind": "derived", "derive": "sex"},
}
ANALYSIS: dict[str, Any] = {
    "method": "toxicity",
    "title": "Toxicity",
    "variables": ["worst"],
    "without_progression": ["free"],
    "baseline": ["base"],
}
LABS = """
patient | analyte   | visit    | day | value | uln
A       | bilirubin | baseline | -1  | 10    | 20
A       | bilirubin | day_30   | 30  | 65    | 20
B       | bilirubin | baseline | -1  | 25    | 20
B       | bilirubin | day_30   | 30  | 65    | 20
C       | bilirubin | baseline | -1  | 25    | 20
C       | bilirubin | day_30   | 30  | 65    | 20
D       | bilirubin | baseline | -1  | 10    | 20
D       | bilirubin | day_30   | 30  | 35    | 20
E       | bilirubin | baseline | -1  | 10    | 20
E       | bilirubin | day_30   | 30  | 10    | 20
F       | bilirubin | baseline | -1  | 10    | 20
F       | bilirubin | day_30   | 30  | 65    |
G       | bilirubin | baseline | -1  | 10    |
"""
FOLLOW_UP = """
patient | event       | occurrence | day
A       | progression | yes        | 31
B       | progression | yes        | 30
C       | progression | yes        | 29
"""
PATIENTS = "patient | sex\nA | male\nB | male\nC | female\nD | female\nE | male\nF | male\nG |"
TREATED = 7


def cohort(**more: Any) -> Cohort:
    return build(
        {"windows": WINDOWS, "variables": VARIABLES, "analyses": {"a": ANALYSIS | more}},
        labs=LABS,
        follow_up=FOLLOW_UP,
        patients=PATIENTS,
    )


def run(**more: Any) -> list[Result]:
    made = cohort(**more)
    spec = made.study.analyses["a"]
    return METHODS[spec.method](made, "a", spec)


def row(item: Result, key: str) -> dict[str, Any]:
    assert isinstance(item, Table)
    (found,) = [dict(zip([column.name for column in item.columns], cells, strict=True))
                for cells in item.rows if cells[0] == key]  # fmt: skip
    return found


def test_counts_of_one_event() -> None:
    found = row(run()[0], "worst")
    assert found == {
        "key": "worst", "event": "Bilirubin", "group": "all", "treated": TREATED, "with_value": 6, "not_assessed": 1,
        "not_gradable": 1, "lowest_only": 0, "progression_unclear": 0, "missing": 0, "grade_0": 1, "grade_1": 0,
        "grade_2": 1, "grade_3": 3, "grade_4": 0, "grade_5": 0, "any_grade": 4, "grade_3_or_more": 3,
    }  # fmt: skip


def test_who_reached_a_grade_before_progression() -> None:
    found = run()[2]
    assert found.id == "a.progression"
    counts = ("patients", "without", "unclear", "after")
    assert [row(found, "worst:any_grade")[name] for name in counts] == [4, 2, 1, 1]
    assert [row(found, "worst:grade_3_or_more")[name] for name in counts] == [3, 1, 1, 1]


def test_a_grade_known_from_below_counts_where_it_answers() -> None:
    more = LABS + "G       | bilirubin | day_30   | 30  | 65    | 20\nG | bilirubin | day_60 | 60 | 65 |"
    more = more.replace("G       | bilirubin | baseline | -1  | 10    |\n", "G | bilirubin | baseline | -1 | 10 | 20\n")
    made = build({"windows": WINDOWS, "variables": VARIABLES, "analyses": {"a": ANALYSIS}}, labs=more,
                 follow_up=FOLLOW_UP, patients=PATIENTS)  # fmt: skip
    for at_least, severe, graded in ((3, 4, 6), (4, 0, 5)):
        spec = made.study.analyses["a"].model_copy(update={"at_least": at_least})
        table, rates = METHODS["toxicity"](made, "a", spec)[:2]
        found = row(table, "worst")
        assert (found["lowest_only"], found["any_grade"], found[f"grade_{at_least}_or_more"]) == (1, 5, severe)
        assert isinstance(rates, Effects)
        (rate,) = [item for item in rates.rows if item.quantity == f"grade_{at_least}_or_more_of_graded"]
        assert (rate.events, rate.n) == (severe, graded)


def test_every_subject_is_counted_once() -> None:
    for by in (None, "sex"):
        table = run(by=by)[0]
        assert isinstance(table, Table)
        for cells in table.rows:
            found = row(table, str(cells[0]))
            states = ("not_assessed", "not_gradable", "lowest_only", "progression_unclear", "missing")
            assert sum(found[name] for name in states) + sum(found[f"grade_{k}"] for k in range(6)) == found["treated"]
            assert found["grade_3_or_more"] <= found["any_grade"] <= found["with_value"]


@pytest.mark.parametrize(
    ("quantity", "events", "n"),
    [
        ("grade_3_or_more_of_treated", 3, 7),
        ("grade_3_or_more_of_graded", 3, 5),
        ("any_grade_of_treated", 4, 7),
        ("any_grade_of_graded", 4, 5),
        ("grade_3_or_more_without_progression_of_treated", 1, 7),
        ("grade_3_or_more_without_progression_of_graded", 1, 4),
    ],
)
def test_rates_have_both_denominators_and_wilson_intervals(quantity: str, events: int, n: int) -> None:
    rates = run()[1]
    assert isinstance(rates, Effects)
    (found,) = [item for item in rates.rows if item.quantity == quantity]
    expected = proportion(events, n, interval="wilson")
    assert (found.term, found.contrast, found.events, found.n) == ("worst", None, events, n)
    assert found.estimate == pytest.approx(100 * events / n)
    assert (found.lower, found.upper) == (100 * expected.lower, 100 * expected.upper)
    assert rates.conventions == {"proportion_interval": "wilson"}


def test_groups_and_another_threshold() -> None:
    table, rates = run(by="sex", at_least=2, baseline=[], without_progression=[])
    assert row(table, "worst:female")["grade_2_or_more"] == 2
    assert row(table, "worst:male")["grade_2_or_more"] == 2
    assert row(table, "worst")["treated"] == TREATED
    assert isinstance(rates, Effects)
    assert [item.events for item in rates.rows if item.quantity == "grade_2_or_more_of_treated"] == [2, 2, 4]
    assert "missing_group" in [note.kind for note in table.notes]


def test_the_shift_keeps_a_baseline_without_a_grade_apart() -> None:
    shift = run()[3]
    assert shift.id == "a.shift"
    normal, raised, none = (row(shift, f"worst:{level}") for level in ("0", "1", "none"))
    assert [normal[f"grade_{k}"] for k in range(6)] == [1, 0, 1, 1, 0, 0]
    assert normal["not_gradable"] == 1
    assert [raised[f"grade_{k}"] for k in range(6)] == [0, 0, 0, 2, 0, 0]
    assert (none["not_assessed"], none["baseline"]) == (1, "No grade")


def test_who_has_no_grade_is_said() -> None:
    (note,) = [note for note in run()[0].notes if note.kind == "not_graded"]
    assert note.message.startswith("Bilirubin: 1 not assessed, 1 not gradable of 7. ")
    assert note.level == "caution"


def test_a_variable_that_does_not_say_why_counts_as_missing() -> None:
    plain = VARIABLES | {"worst": VARIABLES["worst"] | {"derive": "max_toxicity_grade"}}
    made = build({"windows": WINDOWS, "variables": plain, "analyses": {"a": ANALYSIS}}, labs=LABS, follow_up=FOLLOW_UP,
                 patients=PATIENTS)  # fmt: skip
    found = row(METHODS["toxicity"](made, "a", made.study.analyses["a"])[0], "worst")
    assert (found["missing"], found["with_value"], found["grade_3_or_more"]) == (2, 5, 3)


@pytest.mark.parametrize(
    ("analysis", "said"),
    [
        ({"without_progression": ["free", "free"]}, "without_progression needs one variable for each of the 1"),
        ({"baseline": ["sex"]}, "'sex' has no grades"),
        ({"variables": ["other"]}, "'free' is not about ascites"),
        ({"variables": ["nobody"]}, "unknown variable 'nobody'"),
    ],
)
def test_a_wrong_page_is_refused(analysis: dict[str, Any], said: str) -> None:
    ascites = OUTCOME | {"rules": {"term": "ascites"}}
    parts = page(windows=WINDOWS, variables=VARIABLES | {"other": ascites}, analyses={"a": ANALYSIS | analysis})
    try:
        found = [slip.message for slip in slips(Study.model_validate(parts))]
    except ValueError as error:
        found = [str(error)]
    assert any(said in text for text in found), found


def test_the_prose_names_the_method() -> None:
    study = cohort().study
    text = " ".join(entry for section in prose(study) for entry in section.entries)
    assert "ighest toxicity grades" in text
