"""Shares of the liver and growth of its remnant: what divides what, impossible volumes, which examination counts."""

from __future__ import annotations

from typing import Any

import pytest
from tests.spec.tables import build, expect, frame_of

FOLLOW_UP = {
    "baseline": {"from": -30, "to": 0, "visit": "baseline"},
    "month_3": {"from": 60, "to": 120, "target": 90, "visit": "month_3"},
}


def derived(name: str, window: str | None = "baseline", **more: Any) -> dict[str, Any]:
    return {"kind": "derived", "derive": name} | ({"window": window} if window else {}) | more


def test_shares_of_the_measured_liver() -> None:
    """A part of nothing is zero for tumour only; a part above the whole is impossible, and equal to it is not."""
    expect(
        build(
            {
                "variables": {
                    "burden": derived("tumour_burden"),
                    "reserve": derived("hepatic_reserve"),
                    "nontumour": derived("hepatic_reserve_nontumour"),
                    "flr": derived("flr_share"),
                    "flr_nontumour": derived("flr_share", rules={"denominator": "nontumour"}),
                }
            },
            imaging="""
            patient | lesion | day | liver_volume | tumour_volume | perfused_volume | flr_volume
            A       |        | -5  | 1600         | 400           | 1000            | 480
            B       |        | -5  | 1600         | 0             | 1600            | 1600
            C       |        | -5  | 1600         | 1601          | 1601            | 1601
            D       |        | -5  |              | 400           | 1000            | 480
            E       |        | -5  | 1600         |               | 1000            | 480
            F       |        | -5  | 1600         | 400           |                 |
            G       |        | -5  | 1600         | 1000          | 400             | 480
            H       |        | -5  | 1600         | 1600          | 0               | 0
            """,
        ),
        """
        patient | burden | reserve | nontumour | flr | flr_nontumour
        A       | 25     | 37.5    | 50        | 30  | 40
        B       | 0      | 0       | 0         | 100 | 100
        C       |        |         |           |     |
        D       |        |         |           |     |
        E       |        | 37.5    |           | 30  |
        F       | 25     |         |           |     |
        G       | 62.5   | 75      |           | 30  | 80
        H       | 100    |         |           |     |
        """,
    )


def test_shares_from_the_compartments_of_dosimetry() -> None:
    expect(
        build(
            {
                "variables": {
                    name: derived(name, None, source="maa_spect_ct")
                    for name in (
                        "tumour_burden_dosimetry",
                        "hepatic_reserve_dosimetry",
                        "hepatic_reserve_nontumour_dosimetry",
                    )
                }
            },
            dosimetry="""
            patient | lesion | compartment        | source       | volume
            A       |        | whole_liver        | maa_spect_ct | 2000
            A       |        | whole_liver_normal | maa_spect_ct | 1500
            A       |        | perfused_liver     | maa_spect_ct | 1200
            A       |        | normal_perfused    | maa_spect_ct | 900
            B       |        | whole_liver        | maa_spect_ct | 1500
            B       |        | whole_liver_normal | maa_spect_ct | 1600
            B       |        | perfused_liver     | maa_spect_ct | 1501
            B       |        | normal_perfused    | maa_spect_ct | 1600
            """,
        ),
        """
        patient | tumour_burden_dosimetry | hepatic_reserve_dosimetry | hepatic_reserve_nontumour_dosimetry
        A       | 25                      | 40                        | 40
        B       |                         |                           | 0
        """,
    )


@pytest.mark.parametrize(
    ("formula", "surface"),
    [("mosteller", 1.8181), ("dubois", 1.8097), ("haycock", 1.8257), ("gehan_george", 1.8313)],
)
def test_standardised_remnant_by_every_surface_formula(formula: str, surface: float) -> None:
    """170 cm and 70 kg is 1.81 to 1.83 m² by every formula: Mosteller √(170 · 70 / 3600) = 1.8181."""
    cohort = build(
        {"variables": {"it": derived("sflr", rules={"bsa": formula})}},
        patients="patient | height | body_mass\nA | 170 | 70\nB | | 70\nC | 170 |\nD | 0 | 70\nE | 50 | 20",
        imaging="patient | lesion | day | flr_volume\nA | | -5 | 500\nB | | -5 | 500\nC | | -5 | 500\nD | | -5 | 500\n"
        "E | | -5 | 500",
    )
    found = frame_of(cohort)["it"]
    assert found[0] == pytest.approx(100 * 500 / (-794.41 + 1267.28 * surface), rel=1e-4)
    assert found.isna().tolist() == [False, True, True, True, True]


def test_growth_of_the_remnant_by_the_nearest_examination() -> None:
    """A: 400 to 500 mL. B: of two in the window the one nearer day 90. C: a tie is the earlier. D: none later. E: none
    before. F: undated, by the visit. H: it shrank. I: of a lesion."""
    parts = {
        "windows": FOLLOW_UP,
        "variables": {
            "growth": derived("hypertrophy_percent", "month_3", baseline="baseline"),
            "points": derived(
                "hypertrophy_points", "month_3", baseline="baseline", rules={"share_of": "liver_at_baseline"}
            ),
            "at_visit": derived(
                "hypertrophy_points", "month_3", baseline="baseline", rules={"share_of": "liver_at_visit"}
            ),
        },
    }
    made = build(
        parts,
        imaging="""
        patient | lesion | visit    | day | flr_volume | liver_volume
        A       |        | baseline | -5  | 400        | 2000
        A       |        | month_3  | 90  | 500        | 1000
        B       |        | baseline | -5  | 400        | 2000
        B       |        | month_2  | 62  | 700        | 2000
        B       |        | month_3  | 100 | 600        |
        C       |        | baseline | -5  | 400        | 2000
        C       |        | month_2  | 80  | 440        | 2000
        C       |        | month_3  | 100 | 600        | 2000
        D       |        | baseline | -5  | 400        | 2000
        D       |        | month_6  | 180 | 600        | 2000
        E       |        | month_3  | 90  | 600        | 2000
        F       |        | baseline |     | 400        | 2000
        F       |        | month_3  |     | 480        | 2000
        H       |        | baseline | -5  | 400        | 2000
        H       |        | month_3  | 90  | 300        | 2000
        I       | L1     | baseline | -5  | 400        | 2000
        I       | L1     | month_3  | 90  | 500        | 2000
        """,
    )
    expect(
        made,
        """
        patient | growth | points | at_visit | growth_source
        A       | 25     | 5      | 30       | imaging: imaging.txt, row 3
        B       | 50     | 10     |          | imaging: imaging.txt, row 6
        C       | 10     | 2      | 2        | imaging: imaging.txt, row 8
        D       |        |        |          |
        E       |        |        |          |
        F       | 20     | 4      | 4        | imaging: imaging.txt, row 14
        H       | -25    | -5     | -5       | imaging: imaging.txt, row 16
        I       |        |        |          |
        """,
    )


def test_growth_in_points_of_the_standardised_remnant() -> None:
    parts = {
        "windows": FOLLOW_UP,
        "variables": {"points": derived("hypertrophy_points", "month_3", baseline="baseline")},
    }
    made = build(
        parts,
        patients="patient | height | body_mass\nA | 180 | 80\nB | 180 |",
        imaging="patient | lesion | visit | day | flr_volume\nA | | baseline | -5 | 400\nA | | month_3 | 90 | 500\n"
        "B | | baseline | -5 | 400\nB | | month_3 | 90 | 500",
    )
    # Mosteller √(180 · 80 / 3600) = 2 m², predicted 1740.15 mL: 100 · 100 / 1740.15 points.
    found = frame_of(made)["points"]
    assert found[0] == pytest.approx(100 * 100 / 1740.15, rel=1e-12)
    assert found.isna().tolist() == [False, True]


def test_one_examination_in_both_windows_is_no_growth() -> None:
    """An examination cannot be compared with itself: 0 % would be an answer nobody measured."""
    parts = {
        "windows": {"early": {"from": -30, "to": 0, "target": -5}, "late": {"from": -10, "to": 90, "target": 0}},
        "variables": {"growth": derived("hypertrophy_percent", "late", baseline="early")},
    }
    made = build(
        parts,
        imaging="patient | lesion | visit | day | flr_volume\nA | | baseline | -5 | 400\nB | | baseline | -5 | 400\n"
        "B | | month_1 | 3 | 480",
    )
    expect(made, "patient | growth\nA |\nB | 20")
