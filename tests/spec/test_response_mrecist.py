"""mRECIST (Lencioni and Llovet 2010, 10.1055/s-0030-1247132): viable diameters, nodules, thrombus."""

from __future__ import annotations

import pytest
from tests.fixtures.records import records_of
from tests.spec.response_tables import expect, table

from y90outcomes.derivations.response import responses
from y90outcomes.derivations.response.rules import RESPONSE_RULES


def test_limits_of_the_viable_sum() -> None:
    expect("mrecist", """
        case                                       | targets            | expect
        nothing enhances                           | 50 0               | CR
        one of two still enhances                  | 50 0; 30 5         | PR
        -30 % exactly                              | 50 35              | PR
        just less than -30 %                       | 50 35.01           | SD
        +20 % exactly                              | 50 60              | PD
        just less than +20 %                       | 50 59.99           | SD
        no absolute growth is asked in 2010        | 20 10 12           | PR PD
        re-enhancement from nothing                | 50 0 3             | CR PD
        still nothing                              | 50 0 0             | CR CR
        viable 10 mm exactly is a target           | 10 0               | CR
        viable 9.99 mm is other disease            | 9.99 9.99          | NE
        a target not seen                          | 50 0; 30 -         | NE
        a target not seen, the rest PD             | 50 96; 30 -        | PD
        a hilar node of 20 mm is a target          | 50 0; node 20 9    | CR
        a node of 19.9 mm is other disease         | 50 0; node 19.9 12 | PR
        a metastasis by its longest diameter       | 50 50; lung 30 0   | PR
    """)  # fmt: skip
    five = "case | targets | expect\n"
    expect("mrecist", five + "+20 % but +2 mm | 20 10 12 | PR PR", pd_absolute_mm=5)
    expect("mrecist", five + "+5 mm exactly | 50 25 30 | PR PD", pd_absolute_mm=5)
    expect("mrecist", five + "+4.99 mm | 50 24.5 29.49 | PR PR", pd_absolute_mm=5)
    expect("mrecist", five + "re-enhancement counts all the same | 50 0 3 | CR PD", pd_absolute_mm=5)
    expect("mrecist", five + "re-enhancement by the usual limits | 50 0 3 | CR PR", pd_absolute_mm=5, regrowth="limit")


VIABLE = """
patient | lesion | visit    | day | longest_diameter | viable_diameter | arterial_enhancement | too_small | new_lesion
A       | L1     | baseline | -5  | 50               | 50              | yes                  |           |
A       |        | day_90   | 90  |                  |                 |                      |           | no
A       | L1     | day_90   | 90  | {}
"""


@pytest.mark.parametrize(
    ("row", "response", "flag"),
    [
        ("50 | | no | |", "CR", False),
        ("50 | | yes | |", "NE", False),
        ("50 | | | |", "NE", False),
        ("0 | | | |", "CR", False),
        ("50 | 0 | no | |", "CR", False),
        ("50 | 0 | | |", "CR", False),
        ("50 | 0 | yes | |", "NE", True),
        ("50 | 20 | no | |", "PR", True),
        (" | | | yes |", "PR", False),
        ("4 | | no | yes |", "CR", False),
        ("50 | | unknown | |", "NE", False),
    ],
)
def test_what_counts_as_no_enhancement(row: str, response: str, flag: bool) -> None:
    """A column that contradicts another never makes a better response."""
    frame = responses(records_of(imaging=VIABLE.format(row)), "mrecist", thrombus_unrecorded="none")
    assert frame["response"].tolist() == [response]
    assert ("conflict" in frame["flags"][0]) == flag


NODULE = """
patient | lesion | visit    | day | longest_diameter | viable_diameter | arterial_enhancement | new_lesion
A       | L1     | baseline | -5  | 50               | 50              | yes                  |
A       |        | day_42   | 42  |                  |                 |                      | no
A       | L1     | day_42   | 42  | 50               | 20              | yes                  |
A       | L9     | day_42   | 42  | {}
A       |        | day_90   | 90  |                  |                 |                      | no
A       | L1     | day_90   | 90  | 50               | 20              | yes                  |
A       | L9     | day_90   | 90  | {}
"""
ENHANCES, PALE, SEEN = "| yes |", "| no |", "| 2 | yes |"


@pytest.mark.parametrize(
    ("first", "second", "organ", "expected"),
    [
        ("10 |" + ENHANCES, "10 |" + ENHANCES, "liver", ["PD", "PD"]),
        ("9.9 |" + ENHANCES, "9.9 |" + ENHANCES, "liver", ["PR", "PR"]),
        ("9.9 |" + ENHANCES, "10 |" + ENHANCES, "liver", ["PD", "PD"]),
        ("6 |" + ENHANCES, "16 |" + ENHANCES, "liver", ["PD", "PD"]),
        ("8 |" + ENHANCES, "9 |" + ENHANCES, "liver", ["PR", "PR"]),
        ("20 |" + PALE, "20 |" + PALE, "liver", ["PR", "PR"]),
        ("20 |" + PALE, "20 |" + ENHANCES, "liver", ["PR", "PD"]),
        ("5 |" + ENHANCES, "5 |" + ENHANCES, "lung", ["PD", "PD"]),
        ("0 |" + PALE, "12 |" + ENHANCES, "liver", ["PR", "PD"]),
    ],
)
def test_a_new_nodule_counts_at_10_mm_with_enhancement_or_on_growth(
    first: str, second: str, organ: str, expected: list[str]
) -> None:
    """It is dated at first sight, even where a later scan shows what it is; a non-enhancing one is not seen."""
    lesions = f"patient | lesion | role | organ \n A | L1 | target | liver \n A | L9 | | {organ}"
    frame = responses(records_of(imaging=NODULE.format(first, second), lesions=lesions), "mrecist")
    assert frame["response"].tolist() == expected


def test_thrombus_is_other_disease() -> None:
    expect("mrecist", """
        case                                 | targets | pvtt          | enhancing    | expect
        no thrombus                          | 50 0    | none          |              | CR
        it still enhances                    | 50 0    | VP2 VP2       | yes yes      | PR
        it no longer enhances                | 50 0    | VP2 VP2       | yes no       | CR
        it is no longer there                | 50 0    | VP2 none      | yes ?        | CR
        not told                             | 50 0    | VP2 VP2       | yes unknown  | PR
        it never enhanced                    | 50 0    | VP2 VP2       | no no        | CR
        a new one that enhances              | 50 0    | none VP1      | ? yes        | PD
        a new one, enhancement not told      | 50 0    | none VP1      | ? ?          | PD
        a new one without enhancement        | 50 0    | none VP1      | ? no         | CR
    """)  # fmt: skip
    line = "case | targets | pvtt | enhancing | expect\n"
    expect(
        "mrecist", line + "nothing recorded is not evaluated | 50 0 | ? | ? | PR", thrombus_unrecorded="not_evaluated"
    )
    expect("mrecist", line + "nothing recorded is none | 50 0 | ? | ? | CR")
    expect("mrecist", line + "ignored | 50 0 | VP2 VP2 | yes yes | CR", thrombus="ignore")
    expect("mrecist", line + "a new one ignored | 50 0 | none VP1 | ? yes | CR", new_thrombus="ignore")
    frame, _ = table("mrecist", line + "a | 50 0 | ? | ? | CR")
    assert "thrombus_unrecorded" in frame["flags"][0]
    unsaid = next(rule for rule in RESPONSE_RULES if rule.name == "thrombus_unrecorded")
    assert unsaid.default == "not_evaluated", "a protocol that says nothing gets no complete response from a blank"


def test_other_lesions_by_their_enhancement() -> None:
    expect("mrecist", """
        case                                 | targets | others  | expect
        gone                                 | 50 0    | 12 0    | CR
        left                                 | 50 0    | 12 12   | PR
        never enhanced                       | 50 0    | 0 0     | CR
        not looked at                        | 50 0    | 12 -    | PR
    """)  # fmt: skip
