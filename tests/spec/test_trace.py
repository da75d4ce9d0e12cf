"""`y90 trace` in small: the value, the rule, the rows that decided, and why the others did not."""

from __future__ import annotations

from typing import Any

import pytest
from tests.spec.tables import AFP, DOSE, SIZE, protocol, registry

from y90outcomes.cohort.trace import trace
from y90outcomes.errors import InputError

LABS = """
patient | day | visit    | value
A       | -40 | baseline | 50
A       | -9  | baseline | 70
A       | -3  | baseline | 90
A       |     | baseline | 80
A       | -1  | baseline |
B       | -2  | baseline | 5
"""


def lines(name: str | None, subject: str = "A", tables: dict[str, str] | None = None, **parts: Any) -> list[str]:
    found = trace(protocol(**parts), registry(**(tables or {"labs": LABS})), subject, name)
    return ["  " * line.depth + line.text + (f" [{line.place}]" if line.place else "") for line in found]


def test_a_value_with_its_row_its_rule_and_every_alternative() -> None:
    assert lines("afp", variables={"afp": AFP}) == [
        "afp = 90 ng/mL [labs: labs.txt, row 4]",
        "  rule: Baseline AFP; window baseline",
        "  value 50 (day -40, baseline): outside days -30 to 0 [labs: labs.txt, row 2]",
        "  value 70 (day -9, baseline): another row is nearer to day 0 [labs: labs.txt, row 3]",
        "  value 90 (day -3, baseline): counts [labs: labs.txt, row 4]",
        "  value missing (day -1, baseline): no value [labs: labs.txt, row 6]",
        "  value 80 (undated, baseline): undated, and a dated row counts or its visit is not the window's"
        " [labs: labs.txt, row 5]",
        "  missing: a missing record gives a missing value",
    ]


def test_a_missing_value_says_that_there_is_no_row() -> None:
    said = lines("afp", "C", {"labs": LABS, "patients": "patient\nA\nB\nC"}, variables={"afp": AFP})
    assert said[0] == "afp = missing"
    assert "  labs.value: no row" in said


def test_a_roll_up_names_the_lesion_that_decided() -> None:
    tables = {"imaging": "patient | lesion | day | longest_diameter\nA | L1 | 0 | 20\nA | L2 | 0 | 30"}
    said = lines("size", tables=tables, variables={"size": SIZE | {"rollup": "largest"}})
    assert said[0] == "size = 30 mm [imaging: imaging.txt, row 3]"
    assert "  of the patient's lesions: the largest value among the patient's lesions" in said
    assert "    L1: 20 mm [imaging: imaging.txt, row 2]" in said
    assert lines("size", "A/L1", tables, variables={"size": SIZE | {"rollup": "largest"}})[0].startswith(
        "size of L1 = 20 mm"
    )


def test_a_stratum_is_traced_to_the_number_it_cuts() -> None:
    cut = {"kind": "cut", "of": "afp", "cuts": [90], "labels": ["low", "high"]}
    said = lines("stratum", variables={"afp": AFP, "stratum": cut})
    assert said[:3] == [
        "stratum = high [labs: labs.txt, row 4]",
        "  rule: afp cut at 90; a limit itself counts above",
        "  afp = 90 ng/mL [labs: labs.txt, row 4]",
    ]


def test_an_endpoint_is_traced_to_the_record_that_decided() -> None:
    follow_up = "patient | event | occurrence | day\nA | death | yes | 61\nA | last_contact | yes | 61"
    endpoints = {"os": {"kind": "time_to_event", "event": ["death"], "censor": ["last_contact"], "unit": "days"}}
    said = lines("os", tables={"follow_up": follow_up}, endpoints=endpoints)
    assert said[0] == "os = event at 61 days [follow_up: follow_up.txt, row 2]"
    assert any("death" in line and "row 2" in line and "decides" in line for line in said)
    assert any("last contact" in line and "row 3" in line and "decides" not in line for line in said)


def test_without_a_name_eligibility_and_every_value() -> None:
    said = lines(
        None,
        variables={"afp": AFP, "dose": DOSE},
        eligibility={"raised": {"variable": "afp", "min": 100, "reason": "AFP of 100 or more"}},
    )
    assert said == ["AFP of 100 or more: fails", "afp = 90 ng/mL [labs: labs.txt, row 4]"]


def test_the_same_pseudonym_in_two_centres_needs_the_centre() -> None:
    tables = {"labs": "centre | patient | day | value\nx | A | 0 | 1\ny | A | 0 | 2"}
    with pytest.raises(InputError, match="2 centres have a patient of this name"):
        lines("afp", "A", tables, variables={"afp": AFP})
    assert lines("afp", "y/A", tables, variables={"afp": AFP})[0] == "afp = 2 ng/mL [labs: labs.txt, row 3]"


@pytest.mark.parametrize(
    ("subject", "name", "said"),
    [("Z", "afp", "no such patient"), ("A/L9", "afp", "no such patient"), ("A", "apf", "afp"), ("", "afp", "no such")],
)
def test_what_is_not_there_is_said_without_a_value(subject: str, name: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        lines(name, subject, variables={"afp": AFP})
