"""EASL (Bruix 2001, 10.1016/S0168-8278(01)00130-1): sums of viable areas."""

from __future__ import annotations

from tests.spec.response_tables import expect, table


def test_limits_of_the_area() -> None:
    expect("easl", """
        case                                 | targets                      | expect
        nothing enhances                     | 50x40 0                      | CR
        half exactly                         | 50x40 50x20                  | PR
        just more than half                  | 50x40 50x20.1                | SD
        +25 % exactly                        | 40x40 50x40                  | PD
        just less than +25 %                 | 40x40 49.9x40                | SD
        from the nadir                       | 50x40 20x20 25x20            | PR PD
        re-enhancement from nothing          | 50x40 0 2x2                  | CR PD
        areas add: 2000 + 400, then 1200     | 50x40 30x20; 20x20 30x20     | PR
        areas add: 2000 + 400, then 1201     | 50x40 30x20; 20x20 24.04x25  | SD
        halves of both diameters are a fourth| 50x40 25x20                  | PR
        no perpendicular, no area            | 50x40 25x0                   | NE
        one of two without, the rest PD      | 40x40 60x60; 20x20 -         | PD
        a diameter of 10 mm is a target      | 10x2 0                       | CR
        9.9 mm is other disease              | 9.9x9 9.9x9                  | NE
        outside the liver is other disease   | 50x40 0; lung 30 30          | PR
        no limit of two per organ            | 20x20 20x20; 20x20 20x20; 20x20 40x40 | PD
    """)  # fmt: skip


def test_progression_of_any_lesion_is_a_rule() -> None:
    text = """
        case                                 | targets                      | expect
        one grows, the sum does not          | 50x40 50x40; 10x10 20x10     | {}
        one grows from its own nadir         | 50x40 50x40 50x40; 20x20 10x10 13x10 | {}
        none grows 25 %                      | 50x40 50x40; 10x10 12.4x10   | {}
    """
    expect("easl", text.format("SD", "SD SD", "SD"))
    expect("easl", text.format("PD", "SD PD", "SD"), easl_pd_of="any_lesion")


def test_the_sum_is_in_square_millimetres() -> None:
    frame, _ = table("easl", "case | targets | expect \n a | 50x40 25x20; 20x10 10x10 | PR")
    assert frame[["baseline_sum", "sum"]].to_numpy().tolist() == [[2200.0, 600.0]]
