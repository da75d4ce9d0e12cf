"""Choi (Choi 2007, 10.1200/JCO.2006.07.3049): size or attenuation against baseline."""

from __future__ import annotations

from tests.spec.response_tables import expect, table


def test_size_and_attenuation() -> None:
    expect("choi", """
        case                                  | targets                         | expect
        gone                                  | 50@100 0                        | CR
        -10 % size exactly                    | 50@100 45@100                   | PR
        just less than -10 %                  | 50@100 45.01@100                | SD
        -15 % attenuation exactly             | 50@100 50@85                    | PR
        just less than -15 %                  | 50@100 50@85.01                 | SD
        attenuation falls while size grows    | 50@100 60@80                    | PR
        +10 % size exactly                    | 50@100 55@100                   | PD
        just less than +10 %                  | 50@100 54.99@100                | SD
        against baseline, not the nadir       | 50@100 30@100 40@100            | PR PR
        the mean of the lesions               | 50@100 50@60; 50@100 50@110     | PR
        the mean of the lesions, not one      | 50@100 50@71; 50@100 50@100     | SD
        a lesion gone has no attenuation      | 90@100 90@90; 5 0               | SD
        no attenuation: size alone            | 50 50                           | SD
        no attenuation, +10 %                 | 50 55                           | PD
        attenuation of one of two: size alone | 50@100 50@60; 50@100 50         | SD
        none at baseline: size alone          | 50 50@60                        | SD
        a target not seen                     | 50@100 30@60; 50@100 -          | NE
        a target not seen, the rest PD        | 50@100 99@100; 40@100 -         | PD
    """)  # fmt: skip


def test_new_lesions_and_other_disease() -> None:
    expect("choi", """
        case                                  | targets        | new | worse | expect
        attenuation falls but a new lesion    | 50@100 50@60   | yes | no    | PD
        attenuation falls, others progress    | 50@100 50@60   | no  | yes   | PD
    """)  # fmt: skip


def test_mri_has_no_attenuation_and_is_flagged() -> None:
    from tests.fixtures.records import records_of

    from y90outcomes.derivations.response import responses

    made = records_of(imaging="""
        patient | lesion | visit    | day | modality | longest_diameter | attenuation | new_lesion
        A       | L1     | baseline | -5  | ct       | 50               | 100         |
        A       | L1     | day_42   | 42  | mri      | 50               | 60          |
        A       |        | day_42   | 42  |          |                  |             | no
        A       | L1     | day_90   | 90  | ct       | 50               | 60          |
        A       |        | day_90   | 90  |          |                  |             | no
    """)  # fmt: skip
    frame = responses(made, "choi")
    assert frame["response"].tolist() == ["SD", "PR"]
    assert frame["reason"].tolist() == ["neither", "attenuation_fall"]
    assert ["size_only" in flags for flags in frame["flags"]] == [True, False]


def test_numbers() -> None:
    frame, _ = table("choi", "case | targets | expect \n a | 50@100 45@80; 30@60 30@40 | PR")
    assert frame["attenuation_ratio"].tolist() == [120 / 160]
    assert frame["ratio_baseline"].tolist() == [75 / 80]
