"""Growth of the future liver remnant: what is counted on the way and how it is explained."""

from __future__ import annotations

from tests.fixtures.records import records_of

from y90outcomes.derivations.catalogue import VARIABLES
from y90outcomes.derivations.hypertrophy import explain_points, hypertrophy_percent
from y90outcomes.derivations.types import Span

BASELINE, LATER = Span(-30, 0, 0, "baseline"), Span(-10, 120, 90, "month_3")
IMAGING = """
patient | lesion | visit    | day | flr_volume | liver_volume
A       |        | baseline | -5  | 400        | 2000
A       |        | month_3  | 90  | 500        |
B       |        | baseline | -5  | 400        | 2000
C       |        | baseline | -5  | 0          | 2000
C       |        | month_3  | 90  | 500        | 2000
D       |        | baseline | 0   | 400        | 2000
D       |        | maa      | -8  | 390        | 2000
"""


def test_what_was_met_is_counted_and_the_later_row_decides() -> None:
    """B and D have nothing later than their baseline in the second window, C no volume at baseline (zero is none)."""
    records = records_of(imaging=IMAGING)
    found = hypertrophy_percent(records, window=LATER, baseline=BASELINE)
    assert found.values.fillna(-99).tolist() == [25, -99, -99, -99]
    assert dict(found.counts) == {
        "no remnant volume at baseline": 1,
        "no later remnant volume": 0,
        "no examination after that at baseline": 2,
    }
    rows = found.rows["imaging"]
    assert records.tables["imaging"]["visit"].iloc[rows[0]] == "month_3"
    assert rows[1:].tolist() == [-1, -1, -1]


def test_the_explanation_names_both_examinations_and_what_is_unknown() -> None:
    records = records_of(imaging=IMAGING)
    more = {"window": LATER, "baseline": BASELINE, "bsa": "mosteller"}
    steps = explain_points(records, 0, share_of="liver_at_visit", **more)  # type: ignore[arg-type]
    assert [step.text for step in steps] == [
        "future liver remnant at baseline: 400 mL, day -5",
        "future liver remnant later: 500 mL, day 90",
        "share of the liver measured at each examination: 20 % at baseline, unknown later",
    ]
    assert [records.tables["imaging"]["flr_volume"].iloc[step.row] for step in steps[:2]] == [400, 500]
    nothing = explain_points(records, 2, share_of="liver_at_baseline", **more)  # type: ignore[arg-type]
    assert nothing[0].text == "no volume of the future liver remnant at baseline"


def test_growth_does_not_belong_in_a_baseline_model() -> None:
    assert {VARIABLES[name].measured_at for name in ("hypertrophy_percent", "hypertrophy_points")} == {"follow_up"}
