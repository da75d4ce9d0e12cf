"""Localised mRECIST with Meerun's thrombus rules (Meerun 2022, 10.21037/hbsn-22-184)."""

from __future__ import annotations

from itertools import product

import pytest
from tests.fixtures.records import records_of
from tests.spec.response_tables import expect, table

from y90outcomes.derivations.response import responses
from y90outcomes.derivations.response.thrombus import STATES, meerun_table


def test_thrombus_rules() -> None:
    expect("localised_mrecist", """
        case                                   | targets | pvtt     | enhancing   | width  | further | expect
        no thrombus                            | 50 0    | none     |             |        |         | CR
        gone, unenhancing, same width          | 50 0    | VP3 VP3  | yes no      | 10 10  | ? no    | CR
        gone, unenhancing, narrower            | 50 0    | VP3 VP3  | yes no      | 10 8   | ? no    | CR
        gone, still enhancing, stable          | 50 0    | VP3 VP3  | yes yes     | 10 10  | ? no    | PR
        gone, enhancing and wider              | 50 0    | VP3 VP3  | yes yes     | 10 10.1| ? no    | PD
        gone, enhancing and further            | 50 0    | VP3 VP3  | yes yes     | 10 10  | ? yes   | PD
        gone, enhancing and a higher class     | 50 0    | VP3 VP4  | yes yes     | 10 10  | ? ?     | PD
        gone, unenhancing but wider            | 50 0    | VP3 VP3  | yes no      | 10 11  | ? no    | SD
        gone, thrombus no longer there         | 50 0    | VP3 none | yes ?       | 10 ?   | ? ?     | CR
        partial, enhancing, stable             | 50 20   | VP3 VP3  | yes yes     | 10 10  | ? no    | PR
        partial, unenhancing, stable           | 50 20   | VP3 VP3  | yes no      | 10 10  | ? no    | PR
        partial, enhancing and wider           | 50 20   | VP3 VP3  | yes yes     | 10 12  | ? no    | PD
        partial, unenhancing but wider         | 50 20   | VP3 VP3  | yes no      | 10 12  | ? no    | SD
        stable tumour, stable thrombus         | 50 50   | VP3 VP3  | yes yes     | 10 10  | ? no    | SD
        stable tumour, enhancing and wider     | 50 50   | VP3 VP3  | yes yes     | 10 12  | ? no    | PD
        tumour progresses                      | 50 60   | VP3 VP3  | yes no      | 10 10  | ? no    | PD
        tumour not evaluable                   | 50 -    | VP3 VP3  | yes no      | 10 10  | ? no    | NE
        gone, enhancement not known            | 50 0    | VP3 VP3  | yes unknown | 10 10  | ? no    | NE
        partial, enhancement not known, stable | 50 20   | VP3 VP3  | yes unknown | 10 10  | ? no    | PR
        partial, width not known               | 50 20   | VP3 VP3  | yes yes     | 10 ?   | ? no    | NE
        stable, width not known, unenhancing   | 50 50   | VP3 VP3  | yes no      | 10 ?   | ? no    | SD
        partial, extension by the same class   | 50 20   | VP3 VP3  | yes yes     | 10 10  | ? ?     | PR
        partial, extension not known           | 50 20   | VP3 ?    | yes yes     | 10 10  | ? ?     | NE
        further once is further later          | 50 20 20| VP3 VP3 VP3 | yes no yes | 10 10 10 | ? yes no | SD PD
        a new thrombus that enhances           | 50 0    | none VP1 | ? yes       | ? 5    | ? ?     | PD
    """)  # fmt: skip


def test_open_cases_are_rules_and_counted() -> None:
    head = "case | targets | pvtt | enhancing | width | further | expect\n"
    stable = head + "a | 50 0 | VP3 VP3 | yes yes | 10 10 | ? no | {}"
    for answer in ("CR", "PR", "SD"):
        expect("localised_mrecist", stable.format(answer), stable_enhancing_thrombus=answer)
    grows = head + "a | 50 20 | VP3 VP3 | yes no | 10 12 | ? no | {}"
    for rule, answer in (("SD", "SD"), ("PD", "PD"), ("tumour", "PR")):
        expect("localised_mrecist", grows.format(answer), unenhancing_growth=rule)
    wider = head + "a | 50 20 | VP3 VP3 | yes yes | 10 {} | ? no | {}"
    expect("localised_mrecist", wider.format(12, "PR"), thrombus_wider_mm=2)
    expect("localised_mrecist", wider.format(12.1, "PD"), thrombus_wider_mm=2)
    frame, _ = table("localised_mrecist", stable)
    assert "stable_enhancing_thrombus" in frame["flags"][0]
    assert frame["reason"].tolist() == ["thrombus_enhancing"]
    frame, _ = table("localised_mrecist", grows)
    assert "unenhancing_growth" in frame["flags"][0]
    assert frame["reason"].tolist() == ["unenhancing_thrombus_growth"]


def test_mrecist_of_the_whole_patient_can_take_the_same_rules() -> None:
    line = "case | targets | pvtt | enhancing | width | further | expect\n"
    wider = line + "a | 50 20 | VP3 VP3 | yes yes | 10 12 | ? no | {}"
    expect("mrecist", wider.format("PR"))
    expect("mrecist", wider.format("PD"), thrombus="meerun")


def test_an_unknown_state_counts_as_the_answer_all_its_values_share() -> None:
    made = meerun_table("PR", "SD")
    for tumour, enhancing, grown in product(range(5), STATES, STATES):
        values = {"no": (0,), "yes": (1,), "unknown": (0, 1)}
        answers = {made[tumour, e, g] for e in values[enhancing] for g in values[grown]}
        got = made[tumour, STATES.index(enhancing), STATES.index(grown)]
        assert got == (answers.pop() if len(answers) == 1 else 4)


TERRITORY = """
patient | lesion | visit    | day| longest_diameter|viable_diameter| new_lesion | new_lesion_organ|nontarget_progression
A       | L1     | baseline | -5  | 50               | 50              |            |                  |
A       | L2     | baseline | -5  | 40               | 40              |            |                  |
A       |        | day_90   | 90  |                  |                 | {new}      | {organ}          | {worse}
A       | L1     | day_90   | 90  | 50               | 0               |            |                  |
A       | L2     | day_90   | 90  | 70               | 70              |            |                  |
"""
NINE = "    A       | L9     | day_90   | 90  | 20               | 20              |            |                  |\n"


@pytest.mark.parametrize(
    ("perfused", "new", "organ", "nine", "worse", "local", "whole"),
    [
        ("no", "no", "", "", "", "CR", "SD"),
        ("yes", "no", "", "", "", "SD", "SD"),
        ("", "no", "", "", "", "CR", "SD"),
        ("no", "yes", "lung", "", "", "CR", "PD"),
        ("no", "yes", "liver", "", "", "PD", "PD"),
        ("no", "yes", "", "", "", "PD", "PD"),
        ("no", "yes", "liver", "no", "", "CR", "PD"),
        ("no", "no", "", "no", "", "CR", "PD"),
        ("no", "yes", "liver", "yes", "", "PD", "PD"),
        ("no", "no", "", "yes", "", "PD", "PD"),
        ("no", "no", "", "", "yes", "CR", "PD"),
    ],
)
def test_only_the_treated_territory_counts(
    perfused: str, new: str, organ: str, nine: str, worse: str, local: str, whole: str
) -> None:
    """L1 is treated and gone; L2 is the other lesion; L9 is first seen at day 90."""
    lesions = (
        f"patient | lesion | role | organ | perfused \n A | L1 | target | liver | yes \n A | L2 | target | | {perfused}"
    )
    imaging = TERRITORY.format(new=new, organ=organ, worse=worse)
    if nine:
        lesions, imaging = lesions + f"\n A | L9 | | liver | {nine}", imaging + NINE
    records = records_of(imaging=imaging, lesions=lesions)
    assert responses(records, "localised_mrecist", thrombus_unrecorded="none")["response"].tolist() == [local]
    assert responses(records, "mrecist", thrombus_unrecorded="none")["response"].tolist() == [whole]
    assert responses(records, "mrecist", thrombus_unrecorded="none", territory="treated")["response"].tolist() == [
        local
    ]


def test_rules_of_the_territory() -> None:
    lesions = "patient | lesion | role | perfused \n A | L1 | target | \n A | L2 | target | "
    records = records_of(imaging=TERRITORY.format(new="yes", organ="liver", worse=""), lesions=lesions)
    frame = responses(records, "localised_mrecist", thrombus_unrecorded="none", new_lesion_in_liver="outside")
    assert frame["response"].tolist() == ["NE"]
    assert "perfusion_unrecorded" in frame["flags"][0]
    frame = responses(
        records,
        "localised_mrecist",
        thrombus_unrecorded="none",
        new_lesion_in_liver="outside",
        perfusion_unrecorded="perfused",
    )
    assert frame["response"].tolist() == ["SD"]


@pytest.mark.parametrize(
    ("portal", "hepatic", "local", "whole"),
    [
        ("none", "none", "CR", "CR"),
        ("none", "", "NE", "PR"),
        ("", "none", "NE", "PR"),
        ("", "", "NE", "PR"),
        ("none", "VV1", "NE", "PR"),
        ("VP2", "", "NE", "PR"),
    ],
)
def test_no_thrombus_only_where_both_veins_are_recorded(portal: str, hepatic: str, local: str, whole: str) -> None:
    """The target is gone at day 42; nothing more is said about a thrombus then."""
    imaging = f"""
        patient | lesion | visit    | day | longest_diameter | viable_diameter | pvtt_class | hvtt_class | new_lesion
        A       | L1     | baseline | -5  | 50               | 50              |            |            |
        A       |        | baseline | -5  |                  |                 | {portal}   | {hepatic}  |
        A       | L1     | day_42   | 42  | 50               | 0               |            |            |
        A       |        | day_42   | 42  |                  |                 |            |            | no
    """
    records = records_of(imaging=imaging, lesions="patient | lesion | role | perfused \n A | L1 | target | yes")
    strict = {"thrombus_unrecorded": "not_evaluated"}
    assert responses(records, "localised_mrecist", **strict)["response"].tolist() == [local]
    assert responses(records, "mrecist", **strict)["response"].tolist() == [whole]
