"""Toxicity: small text tables of laboratory values and reports in, grades out. Every limit from both sides."""

from __future__ import annotations

from typing import Any

import pytest
from tests.fixtures.records import records_of
from tests.spec.tables import build, cells, expect

from y90outcomes.derivations.catalogue import VARIABLES
from y90outcomes.derivations.rules import settled
from y90outcomes.derivations.types import Found, Records, Span

BASELINE = Span(-30, 0, 0, "baseline")
WINDOW = Span(1, 90, 45.5, "day_90")
BILIRUBIN = "hyperbilirubinaemia"
HAIR = 1e-9
"""The relative step that must fall on the other side of a limit."""


def derived(name: str, records: Records, window: Span = WINDOW, **rules: Any) -> Found:
    variable = VARIABLES[name]
    spans = {option: {"window": window, "baseline": BASELINE}[option] for option in variable.takes}
    assert variable.derive is not None
    return variable.derive(records, **spans, **settled(variable, rules))


def shown(found: Found) -> list[str]:
    return ["" if value is None else value for value in found.values.astype(object).where(found.values.notna(), None)]


def check(name: str, text: str, expected: str, other: dict[str, str] | None = None, **rules: Any) -> Found:
    """`expected` is a line of values in patient order, "-" for missing."""
    found = derived(name, records_of(labs=text, **(other or {})), **rules)
    assert [value or "-" for value in shown(found)] == expected.split()
    return found


def labs(values: list[float], analyte: str, *, uln: float | None, lln: float | None, base: float | None) -> str:
    """One patient per value at day 30, all with the same baseline."""
    limits = f"{uln or ''} | {lln or ''}"
    rows = ["patient | analyte | visit | day | value | uln | lln"]
    for number, value in enumerate(values):
        rows.append(f"P{number:03d} | {analyte} | day_30 | 30 | {value!r} | {limits}")
        if base is not None:
            rows.append(f"P{number:03d} | {analyte} | baseline | -3 | {base!r} | {limits}")
    return "\n".join(rows)


RISING = """
version | term                 | analyte    | of       | limits      | uln | base
4.03    | hyperbilirubinaemia  | bilirubin  | uln      | 1 1.5 3 10  | 1.2 | 0.5
4.02    | hyperbilirubinaemia  | bilirubin  | uln      | 1 1.5 3 10  | 1.2 | 0.5
4.03    | ast_increased        | ast        | uln      | 1 3 5 20    | 33  | 10
4.03    | alt_increased        | alt        | uln      | 1 3 5 20    | 35  | 10
4.03    | alp_increased        | alp        | uln      | 1 2.5 5 20  | 117 | 10
4.03    | ggt_increased        | ggt        | uln      | 1 2.5 5 20  | 61  | 10
4.03    | creatinine_increased | creatinine | uln      | 1 1.5 3 6   | 1.1 | 50
4.03    | creatinine_increased | creatinine | baseline | 1 1.5 3     | 500 | 0.7
4.03    | inr_increased        | inr        | uln      | 1 1.5 2.5   | 1.1 | 0.9
5.0     | hyperbilirubinaemia  | bilirubin  | uln      | 1 1.5 3 10  | 1.2 | 1.2
5.0     | hyperbilirubinaemia  | bilirubin  | baseline | 1 1.5 3 10  | 1.2 | 2.1
5.0     | ast_increased        | ast        | uln      | 1 3 5 20    | 33  | 33
5.0     | ast_increased        | ast        | baseline | 1.5= 3 5 20 | 33  | 47
5.0     | alt_increased        | alt        | uln      | 1 3 5 20    | 35  | 10
5.0     | alt_increased        | alt        | baseline | 1.5= 3 5 20 | 35  | 47
5.0     | alp_increased        | alp        | uln      | 1 2.5 5 20  | 117 | 10
5.0     | alp_increased        | alp        | baseline | 2= 2.5 5 20 | 117 | 130
5.0     | ggt_increased        | ggt        | uln      | 1 2.5 5 20  | 61  | 10
5.0     | ggt_increased        | ggt        | baseline | 2= 2.5 5 20 | 61  | 73
5.0     | creatinine_increased | creatinine | uln      | 1 1.5 3 6   | 1.1 | 50
5.0     | inr_increased        | inr        | fixed    | 1.2 1.5 2.5 | 9   | 0.9
"""
"""Limits of grades 1, 2, 3 (and 4) as multiples; a value above has the grade, with "=" the limit itself too."""


@pytest.mark.parametrize("line", cells(RISING)[1:], ids=lambda line: "-".join(line[:2] + line[3:4]))
def test_both_sides_of_every_rising_limit(line: list[str]) -> None:
    version, term, analyte, of, limits, uln, base = line
    unit = {"uln": float(uln), "baseline": float(base), "fixed": 1.0}[of]
    values, grades = [], []
    for grade, limit in enumerate(limits.split(), start=1):
        edge = float(limit.rstrip("=")) * unit
        values += [edge * (1 - HAIR), edge, edge * (1 + HAIR)]
        grades += [grade - 1, grade if limit.endswith("=") else grade - 1, grade]
    text = labs(values, analyte, uln=float(uln), lln=None, base=float(base))
    patients = "patient | anticoagulation\n" + "\n".join(f"P{k:03d} | no" for k in range(len(values)))
    made = derived(
        "max_toxicity_grade",
        records_of(labs=text, patients=patients),
        term=term,
        version=version,
        emergent=False,
    )
    assert shown(made) == [str(grade) for grade in grades]


FALLING = """
term             | analyte     | lln | limits
hypoalbuminaemia | albumin     | 35  | 30 20
thrombocytopenia | platelets   | 150 | 75 50 25
lymphopenia      | lymphocytes | 1.1 | 0.8 0.5 0.2
"""


@pytest.mark.parametrize("version", ["4.03", "5.0"])
@pytest.mark.parametrize("line", cells(FALLING)[1:], ids=lambda line: line[0])
def test_both_sides_of_every_falling_limit(line: list[str], version: str) -> None:
    term, analyte, lln, limits = line
    values, grades = [], []
    for grade, edge in enumerate([float(lln), *map(float, limits.split())], start=1):
        values += [edge * (1 + HAIR), edge, edge * (1 - HAIR)]
        grades += [grade - 1, grade - 1, grade]
    made = derived(
        "max_toxicity_grade",
        records_of(labs=labs(values, analyte, uln=None, lln=float(lln), base=float(lln))),
        term=term,
        version=version,
    )
    assert shown(made) == [str(grade) for grade in grades]


@pytest.mark.parametrize("version", ["4.03", "5.0"])
def test_inr_on_anticoagulation_grades_against_baseline_alone(version: str) -> None:
    values = [0.999 * 2.2, 2.2, 2.2 * (1 + HAIR), 2.2 * 1.5, 2.2 * 1.5 * (1 + HAIR), 2.2 * 2.5, 2.2 * 2.5 * (1 + HAIR)]
    patients = "patient | anticoagulation\n" + "\n".join(f"P{k:03d} | yes" for k in range(len(values)))
    text = labs(values, "inr", uln=1.1, lln=None, base=2.2)
    made = derived(
        "max_toxicity_grade", records_of(labs=text, patients=patients), term="inr_increased", version=version
    )
    assert shown(made) == ["0", "0", "1", "1", "2", "2", "3"]


def test_creatinine_takes_the_worse_of_baseline_and_uln() -> None:
    check("max_toxicity_grade", """
patient | analyte    | visit    | day | value | uln
A       | creatinine | baseline | -1  | 60    | 100
A       | creatinine | day_30   | 30  | 95    | 100
B       | creatinine | baseline | -1  | 60    | 100
B       | creatinine | day_30   | 30  | 301   | 100
C       | creatinine | baseline | -1  | 60    | 100
C       | creatinine | day_30   | 30  | 181   | 100
""", "2 3 3", term="creatinine_increased")  # fmt: skip


def test_version_5_creatinine_grade_1_is_by_uln_only() -> None:
    text = """
patient | analyte    | visit    | day | value | uln
A       | creatinine | baseline | -1  | 60    | 100
A       | creatinine | day_30   | 30  | 89    | 100
"""
    check("max_toxicity_grade", text, "1", term="creatinine_increased", version="4.03")
    check("max_toxicity_grade", text, "0", term="creatinine_increased", version="5.0")


LOST = """
patient | analyte     | visit    | day | value | uln | lln
A       | bilirubin   | baseline | -1  | 10    | 20  |
A       | bilirubin   | day_30   | 30  | 10    |     |
B       | platelets   | baseline | -1  | 200   |     | 150
B       | platelets   | day_30   | 30  | 80    |     |
C       | platelets   | baseline | -1  | 200   |     | 150
C       | platelets   | day_30   | 30  | 74    |     |
D       | bilirubin   | baseline | -1  | 10    | 20  |
"""


def test_a_missing_limit_is_never_grade_0_and_absolute_limits_still_grade() -> None:
    found = check("max_toxicity_grade", LOST, "- - - -", term=BILIRUBIN)
    assert found.counts == {
        "not gradable: a missing limit, baseline, grade or relation could decide": 1,
        "not assessed: no value in the window": 3,
        "a value in the window not gradable: no ULN": 1,
    }
    check("max_toxicity_grade", LOST, "- - 2 -", term="thrombocytopenia")
    check("toxicity_outcome", LOST, "not_gradable not_assessed not_assessed not_assessed", term=BILIRUBIN)
    check("toxicity_outcome", LOST, "not_assessed not_gradable 2 not_assessed", term="thrombocytopenia")
    check("toxicity_at_least", LOST, "- no no -", term="thrombocytopenia", grade=3)
    check("toxicity_at_least", LOST, "- - yes -", term="thrombocytopenia", grade=1)


def test_a_missing_baseline() -> None:
    text = """
patient | analyte   | visit  | day | value | uln
A       | bilirubin | day_30 | 30  | 10    | 20
B       | bilirubin | day_30 | 30  | 25    | 20
"""
    check("max_toxicity_grade", text, "0 -", term=BILIRUBIN)
    check("max_toxicity_grade", text, "0 1", term=BILIRUBIN, without_baseline="emergent")
    check("max_toxicity_grade", text, "0 1", term=BILIRUBIN, emergent=False)
    found = check("max_toxicity_grade", text, "- -", term=BILIRUBIN, version="5.0", emergent=False)
    assert found.counts["a value in the window not gradable: no baseline"] == 2


def test_a_baseline_without_its_uln_grades_where_both_readings_agree() -> None:
    text = """
patient | analyte   | visit    | day | value | uln
A       | bilirubin | baseline | -1  | 10    |
A       | bilirubin | day_30   | 30  | 100   | 20
B       | bilirubin | baseline | -1  | 25    |
B       | bilirubin | day_30   | 30  | 65    | 20
"""
    # A: normal gives 5 × ULN, abnormal 10 × baseline: grade 3 either way. B: 3.25 × ULN is 3, 2.6 × baseline is 2.
    found = check("max_toxicity_grade", text, "- -", term=BILIRUBIN, version="5.0")
    assert found.counts["a value in the window not gradable: baseline without ULN"] == 1
    check("max_toxicity_grade", text, "3 -", term=BILIRUBIN, version="5.0", emergent=False)


def test_an_ungradable_value_leaves_only_a_lower_bound_unless_nothing_worse_is_possible() -> None:
    text = """
patient | analyte   | visit    | day | value | uln
A       | bilirubin | baseline | -1  | 10    | 20
A       | bilirubin | day_30   | 30  | 70    | 20
A       | bilirubin | day_60   | 60  | 75    |
B       | bilirubin | baseline | -1  | 10    | 20
B       | bilirubin | day_30   | 30  | 210   | 20
B       | bilirubin | day_60   | 60  | 75    |
"""
    check("max_toxicity_grade", text, "- 4", term=BILIRUBIN)
    check("toxicity_outcome", text, "at_least_3 4", term=BILIRUBIN)
    check("toxicity_at_least", text, "yes yes", term=BILIRUBIN, grade="3")
    check("toxicity_at_least", text, "- yes", term=BILIRUBIN, grade="4")


EMERGENT = """
patient | analyte   | visit    | day | value | uln
A       | bilirubin | baseline | -1  | 40    | 20
A       | bilirubin | day_30   | 30  | 45    | 20
B       | bilirubin | baseline | -1  | 40    | 20
B       | bilirubin | day_30   | 30  | 61    | 20
C       | bilirubin | baseline | -1  | 61    | 20
C       | bilirubin | day_30   | 30  | 25    | 20
"""


def test_emergent_means_worse_than_baseline() -> None:
    check("max_toxicity_grade", EMERGENT, "0 3 0", term=BILIRUBIN)
    check("max_toxicity_grade", EMERGENT, "2 3 1", term=BILIRUBIN, emergent=False)
    check("max_toxicity_grade", EMERGENT, "1 2 0", term=BILIRUBIN, version="5.0")


def test_the_window_its_ends_its_undated_records_and_its_deciding_row() -> None:
    text = """
patient | analyte   | visit    | day | value | uln
A       | bilirubin | baseline | -1  | 10    | 20
A       | bilirubin | day_30   | 1   | 25    | 20
A       | bilirubin | day_90   | 90  | 35    | 20
A       | bilirubin | month_4  | 91  | 300   | 20
B       | bilirubin | baseline |     | 10    | 20
B       | bilirubin | day_90   |     | 65    | 20
C       | bilirubin | baseline |     | 10    | 20
C       | bilirubin | day_60   |     | 65    | 20
D       | bilirubin | baseline | -1  | 10    | 20
D       | bilirubin | day_42   | 42  | 33    | 20
D       | bilirubin | day_90   | 80  | 31    | 20
"""
    records = records_of(labs=text)
    found = derived("max_toxicity_grade", records, term=BILIRUBIN)
    assert shown(found) == ["2", "3", "", "2"]
    table = records.tables["labs"]
    assert [table["visit"].iloc[row] if row >= 0 else "" for row in found.rows["labs"]] == [
        "day_90", "day_90", "", "day_42"
    ]  # fmt: skip


def test_the_baseline_is_the_last_value_before_and_no_value_of_the_window() -> None:
    text = """
patient | analyte   | visit    | day | value | uln
A       | bilirubin | maa      | -20 | 10    | 20
A       | bilirubin | baseline | -2  | 25    | 20
A       | bilirubin | day_30   | 30  | 25    | 20
B       | bilirubin | baseline | 0   | 25    | 20
"""
    wide = Span(-5, 90, 0)
    made = [
        shown(derived("max_toxicity_grade", records_of(labs=text), wide, term=BILIRUBIN, emergent=e))
        for e in (True, False)
    ]
    assert made == [["0", ""], ["1", ""]]


PROGRESSION = """
patient | analyte   | visit    | day | value | uln
A       | bilirubin | baseline | -1  | 10    | 20
A       | bilirubin | day_30   | 30  | 65    | 20
B       | bilirubin | baseline | -1  | 10    | 20
B       | bilirubin | day_30   | 30  | 65    | 20
C       | bilirubin | baseline | -1  | 10    | 20
C       | bilirubin | day_30   | 30  | 65    | 20
D       | bilirubin | baseline | -1  | 10    | 20
D       | bilirubin | day_30   | 30  | 65    | 20
E       | bilirubin | baseline | -1  | 10    | 20
E       | bilirubin | day_30   | 30  | 65    | 20
F       | bilirubin | baseline | -1  | 10    | 20
F       | bilirubin | day_30   | 20  | 25    | 20
F       | bilirubin | day_60   | 60  | 65    | 20
G       | bilirubin | baseline | -1  | 10    | 20
G       | bilirubin | day_30   | 30  | 10    | 20
"""
HAPPENED = """
patient | event               | occurrence | day
A       | progression         | no         |
B       | progression         | yes        | 31
C       | hepatic_progression | yes        | 30
D       | progression         | yes        | 29
E       | progression         | yes        |
F       | progression         | yes        | 40
G       | progression         | yes        |
"""


def test_with_and_without_progression_before_onset() -> None:
    other = {"follow_up": HAPPENED}
    check("max_toxicity_grade", PROGRESSION, "3 3 3 3 3 3 0", other, term=BILIRUBIN)
    found = check("toxicity_outcome", PROGRESSION, "3 3 progression_unclear 0 progression_unclear 1 0", other,
                  term=BILIRUBIN, progression="without_progression")  # fmt: skip
    assert found.counts["onset on the day of progression, or one of the two undated"] == 2
    assert found.counts["every value after progression (counts as grade 0)"] == 1
    check("max_toxicity_grade", PROGRESSION, "3 3 - 0 - 1 0", other, term=BILIRUBIN, progression="without_progression")
    check("toxicity_at_least", PROGRESSION, "yes yes - no - no no", other, term=BILIRUBIN,
          progression="without_progression")  # fmt: skip


EVENTS = """
patient | event_number | term    | grade | day | related
A       | 1            | ascites | 2     | 30  | related
A       | 2            | ascites | 3     | 91  | related
B       | 1            | ascites | 2     | 30  | possible
C       | 1            | ascites | 2     | 30  | unrelated
D       | 1            | ascites | 2     | 30  | unknown
E       | 1            | ascites |       | 30  | related
F       | 1            | ascites | 2     |     | related
G       | 1            | nausea  | 5     | 30  | related
"""


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({}, "2 2 0 2 - - 0"),
        ({"related": "related"}, "2 0 0 2 - - 0"),
        ({"related": "any"}, "2 2 2 2 - - 0"),
        ({"unjudged": "unrelated"}, "2 2 0 0 - - 0"),
        ({"unjudged": "unclear"}, "2 2 0 - - - 0"),
        ({"unreported": "missing"}, "2 2 - 2 - - -"),
        ({"term": "nausea"}, "0 0 0 0 0 0 5"),
    ],
)
def test_reported_grades_by_relation(rules: dict[str, Any], expected: str) -> None:
    rules = {"term": "ascites"} | rules
    for name in ("max_reported_grade", "max_toxicity_grade"):
        found = derived(name, records_of(adverse_events=EVENTS), **rules)
        assert [value or "-" for value in shown(found)] == expected.split()


def test_no_report_is_no_event_only_where_the_centre_reports() -> None:
    texts = {
        "patients": "centre | patient\nc | A\nc | B\nd | C",
        "treatments": "centre | patient | day\nc | A | 0\nc | B | 0\nd | C | 0",
        "adverse_events": "centre | patient | event_number | term | grade | day | related\n"
        "c | A | 1 | ascites | 2 | 30 | related",
    }
    made = {rule: shown(derived("max_reported_grade", records_of(**texts), term="ascites", unreported=rule))
            for rule in ("centre", "none", "missing")}  # fmt: skip
    assert made == {"centre": ["2", "0", ""], "none": ["2", "0", "0"], "missing": ["2", "", ""]}


def test_the_ten_event_rule() -> None:
    text = """
patient | analyte   | visit    | day | value | uln
A       | bilirubin | baseline | -1  | 10    | 20
A       | bilirubin | day_30   | 30  | 61    | 20
B       | bilirubin | baseline | -1  | 10    | 20
B       | bilirubin | day_30   | 30  | 60    | 20
C       | bilirubin | baseline | -1  | 10    | 20
D       | bilirubin | baseline | -1  | 10    | 20
E       | bilirubin | baseline | -1  | 10    | 20
E       | bilirubin | day_30   | 30  | 61    | 20
F       | bilirubin | baseline | -1  | 10    | 20
F       | bilirubin | day_30   | 30  | 61    |
"""
    other = {
        "adverse_events": """
patient | event_number | term            | grade | day | related
B       | 1            | hepatic_failure | 4     | 40  | related
C       | 1            | hepatic_failure | 4     | 40  | related
D       | 1            | hepatic_failure | 2     | 40  | related
F       | 1            | hepatic_failure | 3     | 40  | possible
""",
        "follow_up": "patient | event | occurrence | day\nE | progression | yes | 20",
    }
    found = check("ten_event", text, "yes no yes - no yes", other)
    assert found.counts == {
        "yes by laboratory bilirubin": 1,
        "yes by reported hepatic failure without bilirubin": 2,
        "not known": 1,
    }
    assert list(found.rows["adverse_events"] >= 0) == [False, False, True, False, False, True]


def test_any_dose_related_event() -> None:
    text = """
patient | analyte   | visit    | day | value | uln
A       | bilirubin | baseline | -1  | 10    | 20
A       | bilirubin | day_30   | 30  | 21    | 20
B       | bilirubin | baseline | -1  | 10    | 20
B       | bilirubin | day_30   | 30  | 20    | 20
C       | bilirubin | baseline | -1  | 10    | 20
D       | bilirubin | baseline | -1  | 10    | 20
E       | bilirubin | baseline | -1  | 10    | 20
E       | bilirubin | day_30   | 30  | 20    | 20
"""
    other = {
        "adverse_events": """
patient | event_number | term                | grade | day | related
B       | 1            | vomiting            | 3     | 40  | related
D       | 1            | fatigue             | 1     | 40  | related
E       | 1            | hyperbilirubinaemia | 1     | 40  | related
"""
    }
    check("dose_related_event", text, "yes no - yes no", other)
    check("dose_related_event", text, "no no no yes yes", other, hyperbilirubinaemia="reported")
    check("dose_related_event", text, "yes no - yes yes", other, hyperbilirubinaemia="either")
    check("dose_related_event", text, "no no - - no", other, grade=2)


REILD_LABS = """
patient | analyte   | visit    | day | value   | uln | lln
A       | bilirubin | baseline | -1  | 10      | 20  |
A       | bilirubin | day_30   | 30  | 51.313  | 20  |
B       | bilirubin | baseline | -1  | 10      | 20  |
B       | bilirubin | day_30   | 30  | 51.312  | 20  |
C       | bilirubin | baseline | -1  | 51.313  | 20  |
C       | bilirubin | day_30   | 30  | 60      | 20  |
D       | bilirubin | baseline | -1  | 10      | 20  |
D       | bilirubin | day_30   | 13  | 60      | 20  |
D       | bilirubin | day_60   | 60  | 10      | 20  |
E       | bilirubin | baseline | -1  | 10      | 20  |
E       | bilirubin | day_30   | 14  | 60      | 20  |
F       | bilirubin | day_30   | 30  | 60      | 20  |
G       | bilirubin | baseline | -1  | 10      | 20  |
G       | bilirubin | day_30   | 30  | 60      | 20  |
H       | bilirubin | baseline | -1  | 10      | 20  |
H       | bilirubin | day_30   | 30  | 60      | 20  |
I       | bilirubin | baseline | -1  | 10      | 20  |
I       | bilirubin | day_30   | 30  | 60      | 20  |
J       | bilirubin | baseline | -1  | 10      | 20  |
J       | bilirubin | day_30   | 30  | 60      | 20  |
K       | bilirubin | baseline | -1  | 10      | 20  |
L       | bilirubin | baseline | -1  | 10      | 20  |
"""
REILD_EVENTS = """
patient | event_number | term              | grade | day | related
A       | 1            | ascites           | 2     | 60  | unrelated
B       | 1            | ascites           | 2     | 60  | related
C       | 1            | ascites           | 2     | 60  | related
D       | 1            | ascites           | 2     | 60  | related
E       | 1            | ascites           | 2     | 122 | related
F       | 1            | ascites           | 2     | 60  | related
G       | 1            | nausea            | 2     | 60  | related
H       | 1            | ascites           | 2     | 60  | related
I       | 1            | ascites           | 2     | 60  | related
J       | 1            | ascites           | 2     | 60  | related
J       | 2            | biliary_stricture | 2     | 59  | related
K       | 1            | ascites           | 2     | 60  | related
"""
REILD_FOLLOW_UP = """
patient | event       | occurrence | day
H       | progression | yes        | 59
I       | progression | yes        | 60
A       | progression | yes        | 61
"""


def test_reild() -> None:
    other = {"adverse_events": REILD_EVENTS, "follow_up": REILD_FOLLOW_UP}
    #                                    A   B  C  D  E   F G  H  I J  K L
    found = check("reild", REILD_LABS, "yes no no no yes - no no - no - no", other)
    assert found.counts == {
        "bilirubin and ascites, but progression before": 1,
        "bilirubin and ascites, progression the same day or undated": 1,
        "not known": 3,
    }
    check("reild", REILD_LABS, "no no no no no no no no no no no no", other, ascites_grade=3)
    check("reild", REILD_LABS, "no no no no no no no no no no - no", other, bilirubin=3.6)


def test_reild_with_albumin() -> None:
    text = """
patient | analyte   | visit    | day | value | uln | lln
A       | bilirubin | baseline | -1  | 10    | 20  |
A       | bilirubin | day_30   | 30  | 60    | 20  |
A       | albumin   | baseline | -1  | 40    |     | 35
A       | albumin   | day_30   | 30  | 34    |     | 35
B       | bilirubin | baseline | -1  | 10    | 20  |
B       | bilirubin | day_30   | 30  | 60    | 20  |
B       | albumin   | baseline | -1  | 40    |     | 35
B       | albumin   | day_30   | 30  | 35    |     | 35
C       | bilirubin | baseline | -1  | 10    | 20  |
C       | bilirubin | day_30   | 30  | 60    | 20  |
"""
    events = "patient | event_number | term | grade | day\nA | 1 | ascites | 1 | 50\nB | 1 | ascites | 1 | 50\n"
    other = {"adverse_events": events + "C | 1 | ascites | 1 | 50"}
    check("reild", text, "yes no -", other, hypoalbuminaemia=True)
    check("reild", text, "yes yes yes", other)


def test_the_grade_at_a_visit_is_of_the_nearest_value() -> None:
    text = """
patient | analyte   | visit    | day | value | uln
A       | bilirubin | baseline | -1  | 25    | 20
A       | bilirubin | day_30   | 30  | 65    | 20
A       | bilirubin | day_60   | 60  | 25    | 20
B       | bilirubin | baseline | -1  | 25    | 20
B       | bilirubin | day_60   | 60  | 65    |
C       | bilirubin | baseline | -1  | 25    | 20
C       | bilirubin | day_90   |     | 65    | 20
"""
    records = records_of(labs=text)
    assert shown(derived("toxicity_grade", records, Span(1, 90, 45), term=BILIRUBIN)) == ["3", "", ""]
    assert shown(derived("toxicity_grade", records, Span(1, 90, 46, "day_90"), term=BILIRUBIN)) == ["1", "", "3"]
    assert shown(derived("toxicity_grade", records, BASELINE, term=BILIRUBIN)) == ["1", "1", "1"]


def test_qualified_and_impossible_values() -> None:
    text = """
patient | analyte   | visit    | day | value | qualifier | uln | lln
A       | bilirubin | baseline | -1  | 10    |           | 20  |
A       | bilirubin | day_30   | 30  | 5     | below     | 20  |
B       | bilirubin | baseline | -1  | 10    |           | 20  |
B       | bilirubin | day_30   | 30  | 5     | above     | 20  |
C       | bilirubin | baseline | -1  | 10    |           | 20  |
C       | bilirubin | day_30   | 30  | 201   | above     | 20  |
D       | bilirubin | baseline | -1  | 10    |           | 20  |
D       | bilirubin | day_30   | 30  | 65    | below     | 20  |
E       | bilirubin | baseline | -1  | 10    |           | 20  |
E       | bilirubin | day_30   | 30  | 0     |           | 20  |
F       | bilirubin | baseline | -1  | 10    |           | 20  |
F       | bilirubin | day_30   | 30  | 65    |           | 0   |
"""
    found = check("max_toxicity_grade", text, "0 - 4 - - -", term=BILIRUBIN)
    assert {words.rpartition(": ")[2]: n for words, n in found.counts.items() if words.startswith("a value")} == {
        "only a limit of the assay is known": 2, "impossible value": 1, "no ULN": 1
    }  # fmt: skip


def test_a_protocol_names_them() -> None:
    rules = {"term": BILIRUBIN, "version": 5.0}
    made = build(
        {
            "windows": {
                "baseline": {"from": -30, "to": 0, "visit": "baseline"},
                "after": {"from": 1, "to": 90},
            },
            "variables": {
                "worst": {"kind": "derived", "derive": "max_toxicity_grade", "window": "after", "baseline": "baseline",
                          "rules": rules},
                "severe": {"kind": "derived", "derive": "ten_event", "window": "after", "baseline": "baseline"},
            },
        },
        labs=EMERGENT,
    )  # fmt: skip
    expect(made, """
patient | worst | severe | worst_source
A       | 1     | no     | labs: labs.txt, row 3
B       | 2     | yes    | labs: labs.txt, row 5
C       | 0     | no     | labs: labs.txt, row 7
""")  # fmt: skip


def test_row_order_and_units_change_nothing() -> None:
    head, *lines = LOST.strip().splitlines()
    for term in (BILIRUBIN, "thrombocytopenia"):
        one, two = (derived("toxicity_outcome", records_of(labs="\n".join([head, *rows])), term=term)
                    for rows in (lines, lines[::-1]))  # fmt: skip
        assert shown(one) == shown(two)
        assert one.counts == two.counts


def test_every_variable_explains_itself() -> None:
    records = records_of(labs=PROGRESSION, follow_up=HAPPENED, adverse_events=EVENTS)
    for variable in VARIABLES.values():
        if "toxicity" not in getattr(variable.derive, "__module__", ""):
            continue
        assert variable.explain is not None
        names = {rule.name for rule in variable.rules}
        rules = settled(variable, {"term": BILIRUBIN} if "term" in names else {})
        spans = {option: {"window": WINDOW, "baseline": BASELINE}[option] for option in variable.takes}
        steps = [step for subject in range(7) for step in variable.explain(records, subject, **spans, **rules)]
        assert steps
        assert all(0 <= step.row < len(records.tables[step.table]) for step in steps if step.table)


def test_an_explanation_of_a_composite_ends_with_the_answer() -> None:
    events = "patient | event_number | term | grade | day | related\nA | 1 | hepatic_failure | 4 | 40 | related"
    records = records_of(labs="patient | analyte | visit | day | value | uln\nA | bilirubin | baseline | -1 | 10 | 20",
                         adverse_events=events)  # fmt: skip
    variable = VARIABLES["ten_event"]
    assert variable.explain is not None
    steps = variable.explain(records, 0, window=WINDOW, baseline=BASELINE, **settled(variable, {}))
    assert [step.text for step in steps if "CTCAE" not in step.text] == [
        "nothing recorded about progression",
        "day −1: bilirubin 10, ULN 20: grade 0; this is the baseline; not counted in days 1 to 90",
        "day 40: hepatic_failure reported, grade 4, related",
        "therefore: yes",
    ]
    assert (steps[-1].table, steps[-1].row) == ("adverse_events", 0)


def test_an_explanation_names_every_value_and_the_one_that_decided() -> None:
    records = records_of(labs=PROGRESSION, follow_up=HAPPENED)
    variable = VARIABLES["toxicity_at_least"]
    assert variable.explain is not None
    rules = settled(variable, {"term": BILIRUBIN, "progression": "without_progression"})
    steps = variable.explain(records, 5, window=WINDOW, baseline=BASELINE, **rules)
    assert [step.text for step in steps] == [
        "progression on day 40",
        "CTCAE 4.03, hyperbilirubinaemia from bilirubin: grade 1: >1 × ULN; grade 2: >1.5 × ULN; grade 3: >3 × ULN; "
        "grade 4: >10 × ULN",
        "day −1: bilirubin 10, ULN 20: grade 0; this is the baseline; not counted in days 1 to 90",
        "day 20: bilirubin 25, ULN 20: grade 1",
        "day 60: bilirubin 65, ULN 20: grade 3, after progression: does not count",
        "highest grade worse than baseline in days 1 to 90: 1; grade 3 or more: no",
    ]
    assert steps[-1].row == steps[3].row


def test_a_value_before_the_baseline_is_no_value_of_the_window() -> None:
    text = """
patient | analyte   | visit    | day | value | uln
A       | bilirubin | maa      | -4  | 65    | 20
A       | bilirubin | baseline | -2  | 10    | 20
A       | bilirubin | day_30   | 30  | 25    | 20
B       | bilirubin | maa      | -4  | 65    | 20
B       | bilirubin | baseline | -2  | 10    | 20
"""
    found = derived("max_toxicity_grade", records_of(labs=text), Span(-5, 90, 0), term=BILIRUBIN)
    assert shown(found) == ["1", ""]


def test_an_undated_sample_can_only_raise_what_is_possible() -> None:
    """A: an undated grade 3 may lie in the window, so grade 1 is not the highest known. B: an undated grade 0 changes
    nothing. C: one taken at baseline is not in the window. D: nothing dated lies there: not assessed. E: it cannot be
    higher than the grade 4 that is known."""
    made = build(
        {
            "windows": {"baseline": {"from": -30, "to": 0}, "early": {"from": 1, "to": 90}},
            "variables": {
                "worst": {
                    "kind": "derived", "derive": "toxicity_outcome", "window": "early", "baseline": "baseline",
                    "rules": {"term": "thrombocytopenia"},
                }
            },
        },
        labs="""
        patient | analyte   | day | visit       | value | lln
        A       | platelets | -1  | baseline    | 200   | 150
        A       | platelets | 30  | day_30      | 100   | 150
        A       | platelets |     | unscheduled | 30    | 150
        B       | platelets | -1  | baseline    | 200   | 150
        B       | platelets | 30  | day_30      | 100   | 150
        B       | platelets |     | unscheduled | 160   | 150
        C       | platelets | -1  | baseline    | 200   | 150
        C       | platelets | 30  | day_30      | 100   | 150
        C       | platelets |     | maa         | 30    | 150
        D       | platelets | -1  | baseline    | 200   | 150
        D       | platelets |     | unscheduled | 30    | 150
        E       | platelets | -1  | baseline    | 200   | 150
        E       | platelets | 30  | day_30      | 10    | 150
        E       | platelets |     | unscheduled | 30    | 150
        """,
    )  # fmt: skip
    expect(made, "patient | worst\nA | at_least_1\nB | 1\nC | 1\nD | not_assessed\nE | 4")
