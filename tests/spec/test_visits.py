"""The visits behind a value: what `y90 cohort --visits` writes."""

from __future__ import annotations

import pytest
from tests.spec.tables import AFP, build, cells, protocol, registry, shown

from y90outcomes.cohort import build_cohort
from y90outcomes.cohort.visits import visit_rows
from y90outcomes.errors import InputError

IMAGING = """
patient | lesion | visit    | day | longest_diameter | new_lesion
A       |        | baseline | -3  |                  |
A       | L1     | baseline | -3  | 50               |
A       |        | day_42   | 42  |                  | no
A       | L1     | day_42   | 42  | 35               |
A       |        | day_90   | 90  |                  | yes
A       | L1     | day_90   | 90  | 35               |
B       | L1     | baseline | -3  | 40               |
B       |        | day_42   | 42  |                  | no
B       | L1     | day_42   | 42  | 48               |
"""
WINDOWS = {"baseline": {"from": -30, "to": 0, "visit": "baseline"}, "best": {"from": 25, "to": 400}}
BEST = {"kind": "derived", "derive": "best_response", "window": "best", "baseline": "baseline",
        "criterion": "recist_1_1"}  # fmt: skip


def test_every_scan_with_its_category_its_reason_and_its_row() -> None:
    tables = registry(imaging=IMAGING, lesions="patient | lesion | role\nA | L1 | target\nB | L1 | target")
    made = build_cohort(protocol(windows=WINDOWS, variables={"best": BEST}), tables)
    text = """
    patient_id | visit  | days | response | sum | baseline_sum | nadir | source
    A          | day_42 | 42   | PR       | 35  | 50           | 50    | imaging: imaging.txt, row 4
    A          | day_90 | 90   | PD       | 35  | 50           | 35    | imaging: imaging.txt, row 6
    B          | day_42 | 42   | PD       | 48  | 40           | 40    | imaging: imaging.txt, row 9
    """
    head, *lines = cells(text)
    assert shown(visit_rows(made, tables, "best"), head) == lines


def test_only_of_the_eligible_and_only_where_there_are_visits() -> None:
    tables = registry(
        imaging=IMAGING,
        lesions="patient | lesion | role\nA | L1 | target\nB | L1 | target",
        labs="patient | analyte | day | value | lln\nA | platelets | -1 | 200 | 150\nA | platelets | 30 | 60 | 150\n"
        "A | afp | -1 | 9 |",
    )
    grade = {"kind": "derived", "derive": "toxicity_grade", "window": "best", "baseline": "baseline",
             "rules": {"term": "thrombocytopenia"}}  # fmt: skip
    parts = {"windows": WINDOWS, "variables": {"best": BEST, "afp": AFP, "grade": grade},
             "eligibility": {"known": {"variable": "afp", "recorded": True}}}  # fmt: skip
    made = build_cohort(protocol(**parts), tables)
    assert set(visit_rows(made, tables, "best")["patient_id"]) == {"A"}
    grades = visit_rows(made, tables, "grade")
    assert shown(grades, ["days", "grade", "source"]) == [
        ["-1", "0", "labs: labs.txt, row 2"], ["30", "2", "labs: labs.txt, row 3"]
    ]  # fmt: skip
    with pytest.raises(InputError, match="best"):
        visit_rows(made, tables, "afp")
    assert len(build({"variables": {"afp": AFP}}, labs="patient | day | value\nA | 0 | 1").frame) == 1
