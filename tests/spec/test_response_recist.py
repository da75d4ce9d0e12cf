"""RECIST 1.1 (Eisenhauer 2009, 10.1016/j.ejca.2008.10.026): every branch, both sides of every limit."""

from __future__ import annotations

import pytest
from tests.fixtures.records import records_of
from tests.spec.response_tables import expect, table
from tests.spec.tables import cells

from y90outcomes.derivations.response import responses
from y90outcomes.derivations.response.overall import OVERALL


def test_limits_of_the_sum() -> None:
    expect("recist_1_1", """
        case                                       | targets                      | expect
        unchanged                                  | 50 50                        | SD
        -30 % exactly                              | 50 35                        | PR
        just less than -30 %                       | 50 35.01                     | SD
        +20 % exactly and +10 mm                   | 50 60                        | PD
        just less than +20 %                       | 50 59.99                     | SD
        +20 % of 12.0 where floats say less        | 35 12 14.4                   | PR PR
        +20 % exactly but +4 mm                    | 20 24                        | SD
        +5 mm exactly and +20 % exactly            | 25 30                        | PD
        +25 % but +4.99 mm                         | 20 24.99                     | SD
        +5 mm exactly, +50 %                       | 10 15                        | PD
        +5 mm but 19 %                             | 30 35.7                      | SD
        from the nadir, not from baseline          | 100 50 60                    | PR PD
        nadir is the lowest, not the last          | 100 50 55 60                 | PR PR PD
        baseline is the nadir                      | 50 55 60                     | SD PD
        PR and PD at once is PD                    | 100 40 60                    | PR PD
        gone                                       | 50 0                         | CR
        too small to measure is 5 mm               | 50 s                         | PR
        too small is not gone                      | 10 s                         | PR
        back after gone, 4 mm                      | 50 0 4                       | CR PR
        back after gone, 5 mm                      | 50 0 5                       | CR PD
        too small after gone                       | 50 0 s                       | CR PD
        two lesions add                            | 50 35; 30 21                 | PR
        one grows, the other shrinks               | 50 60; 50 20                 | SD
        0.1 + 0.2 sums exactly                     | 10.1 7.1; 10.2 7.11          | PR
    """)  # fmt: skip


def test_nodes() -> None:
    expect("recist_1_1", """
        case                                       | targets                      | expect
        a node below 10 mm is gone                 | node 20 9.99                 | CR
        a node of 10 mm exactly is not             | node 20 10                   | PR
        its short axis enters the sum              | 50 0; node 30 9              | CR
        the sum of a complete response is not 0    | 50 40; node 20 9             | PR
        two normal nodes that grow stay gone       | node 20 4 9; node 20 4 9     | CR CR
        a node of 15 mm exactly is a target        | node 15 10                   | PR
        a node of 14.9 mm is not: no target        | node 14.9 14                 | NE
    """)  # fmt: skip
    frame, _ = table("recist_1_1", "case | targets | expect \n a | 50 0; node 30 9 | CR")
    assert frame["sum"].tolist() == [9.0]


def test_a_target_not_measured() -> None:
    expect("recist_1_1", """
        case                                       | targets                      | expect
        one of two not seen                        | 50 50; 30 -                  | NE
        shrinking is no response then              | 50 5; 30 -                   | NE
        the source's example: 50 mm, then 80 of two| 20 40; 20 40; lung 10 -      | PD
        the seen alone +20 % and +5 mm exactly     | 30 60; 20 -                  | PD
        the seen alone just below                  | 30 59.9; 20 -                | NE
        a sum without a target is no nadir         | 50 40 48; 50 - 60            | NE SD
        none seen                                  | 50 -; 30 -                   | NE
        no measurement at baseline                 | - 50                         | NE
        one target without baseline                | 50 20; - 30                  | NE
    """)  # fmt: skip
    expect("recist_1_1", """
        case                                       | targets                      | expect
        one target without baseline is left out    | 50 20; - 30                  | PR
    """, target_without_baseline="left_out")  # fmt: skip
    expect("recist_1_1", """
        case                        | targets     | expect
        target                      | 50 50; 30 - | target_not_evaluable
        baseline                    | 50 20; - 30 | target_without_baseline
    """, column="reason")  # fmt: skip


def test_which_lesions_are_targets() -> None:
    expect("recist_1_1", """
        case                                       | targets                           | expect
        10 mm exactly is measurable                | 10 5                              | PR
        9.99 mm is not: other disease only         | 9.99 5                            | NE
        two per organ: the third is other disease  | 50 10; 40 10; 30 30               | PR
        the largest two count                      | 30 30; 40 10; 50 10               | PR
        the third, gone, allows CR                 | 50 0; 40 0; 30 0                  | CR
        the third, left, does not                  | 50 0; 40 0; 30 30                 | PR
        two of each organ                          | 50 10; 40 10; lung 30 30; lung 20 30; bone 90 90 | SD
        five at most: the smallest goes            | 60 30; 60 30; lung 60 30; lung 60 30; bone 60 30; bone 20 90 | PR
    """)  # fmt: skip
    expect("recist_1_1", """
        case                                       | targets                           | expect
        all recorded targets                       | 50 40; 40 30; 30 90               | PD
    """, target_limit="all")  # fmt: skip


def test_without_any_role_the_largest_measurable_are_targets() -> None:
    records = records_of(imaging="""
        patient | lesion | visit    | day | longest_diameter | new_lesion
        A       | L1     | baseline | -5  | 50               |
        A       | L2     | baseline | -5  | 40               |
        A       | L3     | baseline | -5  | 9                |
        A       |        | day_90   | 90  |                  | no
        A       | L1     | day_90   | 90  | 20               |
        A       | L2     | day_90   | 90  | 20               |
        A       | L3     | day_90   | 90  | 9                |
    """)  # fmt: skip
    frame = responses(records, "recist_1_1")
    assert frame[["response", "target", "non_target", "sum", "baseline_sum"]].to_numpy().tolist() == [
        ["PR", "PR", "present", 40.0, 90.0]
    ]


def test_other_disease_and_new_lesions() -> None:
    expect("recist_1_1", """
        case                                       | targets | others       | new    | worse | expect
        other gone                                 | 50 0    | 9 0          | no     | no    | CR
        other left                                 | 50 0    | 9 9          | no     | no    | PR
        other not looked at                        | 50 0    | 9 -          | no     | no    | PR
        one gone, one not looked at                | 50 0    | 9 0; 8 -     | no     | no    | PR
        one gone, one left                         | 50 0    | 9 0; 8 8     | no     | no    | PR
        a node of 9.9 mm is gone                   | 50 0    | node 12 9.9  | no     | no    | CR
        a node of 10 mm is not                     | 50 0    | node 12 10   | no     | no    | PR
        other progresses                           | 50 20   | 9 20         | no     | yes   | PD
        growth alone is not unequivocal            | 50 20   | 9 20         | no     | no    | PR
        progression without a listed lesion        | 50 20   |              | no     | yes   | PD
        new lesion                                 | 50 0    | 9 0          | yes    | no    | PD
        new lesion, target not seen                | 50 -    | 9 0          | yes    | no    | PD
        new lesion not recorded                    | 50 20   | 9 9          | ?      | no    | NE
        new lesion not recorded, targets grow      | 50 70   | 9 9          | ?      | no    | PD
        new lesion cannot be told                  | 50 20   | 9 9          | unknown| no    | NE
        a new lesion lasts                         | 50 20 20| 9 9 9        | yes no | no no | PD PD
        other only, gone                           |         | 9 0          | no     | no    | CR
        other only, left                           |         | 9 9          | no     | no    | NE
        other only, not looked at                  |         | 9 -          | no     | no    | NE
        other only, progresses                     |         | 9 9          | no     | yes   | PD
        other only, new lesion                     |         | 9 0          | yes    | no    | PD
    """)  # fmt: skip
    rules = "case | targets | others | new | expect\n"
    expect("recist_1_1", rules + "unrecorded is none | 50 20 | 9 9 | ? | PR", new_lesion_unrecorded="none")
    expect("recist_1_1", rules + "does not last | 50 20 20 | 9 9 9 | yes no | PD PR", new_lesion_lasts=False)
    expect("recist_1_1", rules + "other disease only | | 9 9 | no | SD", non_target_only="SD")
    expect("recist_1_1", rules + "only its progression | 50 0 | 9 9 | no | CR", non_targets="progression_only")
    expect("recist_1_1", rules + "any is progression | 50 0 4 | | no no | CR PD", regrowth="any")


def test_a_lesion_first_seen_after_baseline_is_new() -> None:
    text = """
        patient | lesion | visit    | day | longest_diameter | new_lesion
        A       | L1     | baseline | -5  | 50               |
        A       |        | day_42   | 42  |                  | no
        A       | L1     | day_42   | 42  | 50               |
        A       | L9     | day_42   | 42  | 0                |
        A       |        | day_90   | 90  |                  | no
        A       | L1     | day_90   | 90  | 20               |
        A       | L9     | day_90   | 90  | 4                |
    """
    role = "patient | lesion | role \n A | L1 | target \n A | L9 | "
    frame = responses(records_of(imaging=text, lesions=role), "recist_1_1")
    assert frame["response"].tolist() == ["SD", "PD"]
    assert frame["reason"].tolist() == ["neither", "new_lesion"]
    assert "new_lesion_measured" in frame["flags"][1]
    frame = responses(records_of(imaging=text, lesions=role + "non_target"), "recist_1_1")
    assert frame["response"].tolist() == ["SD", "PR"], "a lesion with a role was there at baseline"
    frame = responses(records_of(imaging=text, lesions=role + "non_target"), "recist_1_1",
                      first_seen_later="any_but_target")  # fmt: skip
    assert frame["response"].tolist() == ["SD", "PD"]
    assert responses(records_of(imaging=text, lesions=role), "recist_1_1", first_seen_later="never")[
        "response"].tolist() == ["SD", "PR"]  # fmt: skip


TABLE = """
    targets | other disease | new     | overall
    CR      | CR            | no      | CR
    CR      | none          | no      | CR
    CR      | present       | no      | PR
    CR      | not_evaluated | no      | PR
    PR      | CR            | no      | PR
    PR      | present       | no      | PR
    PR      | not_evaluated | no      | PR
    PR      | none          | no      | PR
    SD      | CR            | no      | SD
    SD      | present       | no      | SD
    SD      | not_evaluated | no      | SD
    SD      | none          | no      | SD
    NE      | CR            | no      | NE
    NE      | present       | no      | NE
    NE      | not_evaluated | no      | NE
    NE      | none          | no      | NE
    none    | CR            | no      | CR
    none    | present       | no      | non_target_only
    none    | not_evaluated | no      | NE
    none    | none          | no      | NE
"""


def test_the_table_of_overall_response_is_the_papers() -> None:
    """Tables 1 and 2 of the paper; progression of any part, or a new lesion, is progression whatever the rest."""
    named = {(target, other, new): answer for target, other, new, answer in cells(TABLE)[1:]}
    for (target, other, new), (answer, _) in OVERALL.items():
        if "PD" in (target, other) or new == "yes":
            assert answer == "PD"
        elif new == "unknown":
            assert answer == "NE"
        else:
            assert answer == named[target, other, new], (target, other, new)
    assert len(OVERALL) == 6 * 5 * 3


BASELINE = """
    patient | lesion | visit       | day  | longest_diameter | new_lesion
    A       | L1     | baseline    | {a}  | 100              |
    A       | L1     | maa         | {b}  | 60               |
    A       |        | day_90      | 90   |                  | no
    A       | L1     | day_90      | 90   | 40               |
"""


@pytest.mark.parametrize(
    ("a", "b", "size"), [("-20", "-5", 60), ("-5", "-20", 100), ("", "-5", 60), ("-5", "", 100), ("-2", "1", 100)]
)
def test_the_baseline_is_the_last_scan_before_treatment(a: str, b: str, size: float) -> None:
    """A dated scan comes before an undated one; a scan after day 0 is none."""
    frame = responses(records_of(imaging=BASELINE.format(a=a, b=b)), "recist_1_1")
    assert frame["baseline_sum"].iloc[-1] == size


def test_an_old_scan_is_no_baseline() -> None:
    text = """
        patient | lesion | visit    | day  | longest_diameter | new_lesion
        A       | L1     | baseline | {}   | 100              |
        A       |        | day_90   | 90   |                  | no
        A       | L1     | day_90   | 90   | 40               |
    """
    treated = "patient | number | day | maa_day \n A | 1 | 0 | {}"
    cases = {("-91", ""): "PR", ("-92", ""): "NE", ("-105", "-14"): "PR", ("-106", "-14"): "NE"}
    for (day, maa), response in cases.items():
        records = records_of(imaging=text.format(day), treatments=treated.format(maa))
        frame = responses(records, "recist_1_1")
        assert frame["response"].tolist() == [response], (day, maa)
        assert ("old_baseline" in frame["flags"][0]) == (response == "NE")
    records = records_of(imaging=text.format("-120"), treatments=treated.format(""))
    assert responses(records, "recist_1_1", baseline_days_before_maa=120)["response"].tolist() == ["PR"]


def test_a_baseline_after_treatment_only_by_rule() -> None:
    text = """
        patient | lesion | visit    | day  | longest_diameter | new_lesion
        A       | L1     | day_30   | 10   | 100              |
        A       |        | day_90   | 90   |                  | no
        A       | L1     | day_90   | 90   | 40               |
    """
    from y90outcomes.derivations.types import Span

    window = Span(-30, 30, 0, "baseline")
    frame = responses(records_of(imaging=text), "recist_1_1", baseline=window)
    assert frame[["visit", "response"]].to_numpy().tolist() == [["day_30", "NE"], ["day_90", "NE"]]
    frame = responses(records_of(imaging=text), "recist_1_1", baseline=window, baseline_after_treatment=True)
    assert frame[["visit", "response"]].to_numpy().tolist() == [["day_90", "PR"]]
    assert "baseline_after_treatment" in frame["flags"][0]


def test_undated_scans_are_ordered_by_their_visit_and_get_no_date() -> None:
    records = records_of(imaging="""
        patient | lesion | visit       | day | longest_diameter | new_lesion
        A       | L1     | baseline    |     | 100              |
        A       |        | month_6     |     |                  | no
        A       | L1     | month_6     |     | 60               |
        A       |        | month_3     |     |                  | no
        A       | L1     | month_3     |     | 50               |
        A       | L1     | unscheduled |     | 10               |
    """)  # fmt: skip
    frame = responses(records, "recist_1_1")
    assert frame["visit"].tolist() == ["month_3", "month_6", "unscheduled"]
    assert frame["response"].tolist() == ["PR", "PD", "NE"]
    assert frame["days"].isna().all()
    assert [flags.split(";")[0] for flags in frame["flags"]] == ["undated"] * 3
    assert frame["reason"].iloc[2] == "no_place_in_order"


def test_a_lesion_alone_has_neither_other_disease_nor_new_lesions() -> None:
    frame, _ = table("recist_1_1", """
        case | targets      | others | new     | worse | expect
        a    | 50 20; 30 40 | 9 9    | yes     | yes   | PD
    """, grain="lesion")  # fmt: skip
    assert frame[["response", "reason"]].to_numpy().tolist() == [
        ["NE", "not_measurable_at_baseline"], ["PR", "decrease"], ["PD", "target_growth"]
    ]  # fmt: skip


def test_rows_that_decide() -> None:
    made = records_of(imaging="""
        patient | lesion | visit    | day | longest_diameter | new_lesion
        A       | L1     | baseline | -5  | 50               |
        A       | L2     | baseline | -5  | 60               |
        A       | L1     | day_42   | 42  | 30               |
        A       | L2     | day_42   | 42  | 20               |
        A       |        | day_90   | 90  |                  | no
        A       | L1     | day_90   | 90  | 40               |
        A       | L2     | day_90   | 90  | 50               |
    """)  # fmt: skip
    frame = responses(made, "recist_1_1", new_lesion_unrecorded="none")
    line = made.tables["imaging"]["source_row"]
    assert [[line[row] for row in rows] for rows in frame[["row", "baseline_row", "nadir_row"]].to_numpy()] == [
        [4, 3, 3], [6, 3, 4]
    ]  # fmt: skip
    assert frame["response"].tolist() == ["PR", "PD"]
    lesions = responses(made, "recist_1_1", grain="lesion")
    assert [line[row] for row in lesions["row"]] == [4, 7, 5, 8]
    assert [line[row] for row in lesions["nadir_row"]] == [2, 4, 3, 5]


def test_a_change_of_modality_is_flagged() -> None:
    made = records_of(imaging="""
        patient | lesion | visit    | day | modality | longest_diameter
        A       | L1     | baseline | -5  | ct       | 50
        A       | L1     | day_42   | 42  | ct       | 30
        A       | L1     | day_90   | 90  | mri      | 30
    """)  # fmt: skip
    flags = responses(made, "recist_1_1")["flags"]
    assert ["modality_change" in line for line in flags] == [False, True]


def test_words_the_function_does_not_know() -> None:
    made = records_of(imaging="patient | lesion | day | longest_diameter \n A | L1 | -5 | 50")
    with pytest.raises(ValueError, match="unknown criterion"):
        responses(made, "recist")
    with pytest.raises(ValueError, match="unknown grain"):
        responses(made, "easl", grain="liver")
    with pytest.raises(ValueError, match="unknown rule"):
        responses(made, "easl", size=3)
    with pytest.raises(ValueError, match="allowed: sum, any_lesion"):
        responses(made, "easl", easl_pd_of="worst")
    assert responses(made, "easl").empty
