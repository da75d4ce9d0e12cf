"""AFP response as TARGET counts it: a raised baseline, a fall by day 90, both limits inclusive."""

from __future__ import annotations

from typing import Any

import pytest
from tests.spec.tables import build, expect

WINDOWS = {"baseline": {"from": -30, "to": 0, "visit": "baseline"}, "day_90": {"from": 60, "to": 120}}
AFP_RESPONSE = {"kind": "derived", "derive": "afp_response", "window": "day_90", "baseline": "baseline"}
LABS = """
patient | day | value
A       | -3  | 200
A       | 90  | 100
B       | -3  | 200
B       | 90  | 100.001
C       | -3  | 199.999
C       | 90  | 10
D       | -3  | 5000
E       | 90  | 3
F       | -3  | 300
F       | 59  | 10
F       | 121 | 10
F       | 120 | 280
G       | -3  | 0.3
G       | 60  | 0.24
"""


def response(**rules: Any) -> dict[str, Any]:
    return {"windows": WINDOWS, "variables": {"afp_response": AFP_RESPONSE | ({"rules": rules} if rules else {})}}


def test_a_fall_of_half_from_200() -> None:
    """A exactly half of exactly 200; B a hair short; C not of the population; D raised, never measured again;
    E without a baseline; F only the value inside the window counts."""
    made = build(response(), labs=LABS)
    expect(made, "patient | afp_response\nA | yes\nB | no\nC |\nD | no\nE |\nF | no\nG |")
    expect(
        made,
        "patient | afp_response_source\nA | labs: labs.txt, row 3\nB | labs: labs.txt, row 5\nC |\n"
        "D | labs: labs.txt, row 8\nE |\nF | labs: labs.txt, row 13\nG |",
    )


def test_one_not_measured_again_may_be_left_out() -> None:
    made = build(response(unmeasured="excluded"), labs=LABS)
    expect(made, "patient | afp_response\nA | yes\nB | no\nC |\nD |\nE |\nF | no\nG |")


@pytest.mark.parametrize(("fall", "said"), [(20, "yes"), (20.001, "no")])
def test_twenty_per_cent_exactly_is_a_fall_of_twenty_per_cent(fall: float, said: str) -> None:
    """0.24 / 0.3 is 0.8 to a clinician and 0.7999… or 0.80000…1 to a computer."""
    made = build(response(baseline_min=0.3, fall_percent=fall), labs=LABS)
    assert made.frames["patient"]["afp_response"].iloc[-1] == said


def test_what_left_patients_out_is_counted() -> None:
    met = {(row[1], row[2]): row[3] for row in build(response(), labs=LABS).quality[0].rows}
    assert met == {
        ("afp_response", "no AFP at baseline"): 1,
        ("afp_response", "AFP at baseline below the limit"): 2,
        ("afp_response", "raised at baseline and not measured in the window"): 1,
    }
