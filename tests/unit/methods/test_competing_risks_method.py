"""Competing risks on a cohort small enough for a hand calculation."""

from __future__ import annotations

import math
from typing import Any

import pytest
from tests.spec.tables import AFP, build

from y90outcomes.methods import METHODS
from y90outcomes.results import Curves, Effects, Result
from y90outcomes.results.addresses import addresses

PVTT = {"kind": "derived", "derive": "pvtt", "window": "baseline"}
TTP = {"kind": "time_to_event", "event": ["progression"], "deaths": "compete", "censor": ["last_contact"],
       "unit": "days"}  # fmt: skip
# Day 10: A progresses. Day 20: B progresses, C dies. Day 30: D dies, E was last seen. Day 40: F progresses.
TEXTS = {
    "follow_up": "patient | event | day\nA | progression | 10\nA | death | 90\nB | progression | 20\n"
    "B | last_contact | 50\nC | death | 20\nD | death | 30\nE | last_contact | 30\n"
    "F | progression | 40\nF | last_contact | 60",
    "imaging": "patient | lesion | day | pvtt_class\nA | | 0 | none\nB | | 0 | none\nC | | 0 | none\nD | | 0 | VP3\n"
    "E | | 0 | VP3\nF | | 0 | VP3",
    "labs": "patient | day | value\nA | 0 | 50\nB | 0 | 40\nC | 0 | 90\nD | 0 | 10\nE | 0 | 60\nF | 0 |",
}


def run(analysis: dict[str, Any], endpoint: dict[str, Any] = TTP) -> list[Result]:
    page = {"method": "competing_risks", "title": "Progression", "endpoint": "ttp"} | analysis
    made = build(
        {"variables": {"pvtt": PVTT, "afp": AFP}, "endpoints": {"ttp": endpoint}, "analyses": {"cr": page}}, **TEXTS
    )
    spec = made.study.analyses["cr"]
    return METHODS["competing_risks"](made, "cr", spec)


def row(item: Result, quantity: str, term: str, contrast: str | None = None) -> Any:
    assert isinstance(item, Effects)
    (found,) = [one for one in item.rows if (one.quantity, one.term, one.contrast) == (quantity, term, contrast)]
    return found


def test_curves_and_rates_by_hand() -> None:
    curves, estimates = run({"times": [20, 40]})
    assert isinstance(curves, Curves)
    assert (curves.n, curves.events, curves.missing) == (6, 3, 0)
    steps = {(one.group, one.x): one for one in curves.rows}
    assert steps["event", 20].estimate == pytest.approx(1 / 3)
    assert steps["competing", 30].estimate == pytest.approx(1 / 6 + 1 / 2 * 1 / 3)
    assert steps["event", 40].estimate == pytest.approx(2 / 3)
    assert (steps["competing", 30].at_risk, steps["competing", 30].events, steps["competing", 30].censored) == (3, 1, 1)
    made = row(estimates, "cumulative_incidence", "event", "20")
    assert (made.estimate, made.se) == (pytest.approx(100 / 3), pytest.approx(100 * math.sqrt(1 / 3 * 2 / 3 / 6)))
    assert (made.n, made.events, made.unit) == (5, 2, "%")
    assert row(estimates, "events", "event").estimate == 3
    assert row(estimates, "events", "competing").estimate == 2
    # deaths censored: 5/6 · 4/5 · 0 at day 40, 5/6 · 4/5 at day 20
    assert row(estimates, "kaplan_meier_complement", "event", "20").estimate == pytest.approx(100 / 3)
    assert row(estimates, "kaplan_meier_complement", "event", "40").estimate == pytest.approx(100)
    assert row(estimates, "kaplan_meier_complement", "competing", "20").estimate == pytest.approx(20)
    kinds = [note.kind for note in (*curves.notes, *estimates.notes)]
    assert kinds == ["endpoint", "complement_of_kaplan_meier"]


def test_groups_have_names_and_addresses_of_their_own() -> None:
    curves, estimates = run({"by": "pvtt", "times": [20]})
    assert dict(curves.groups) == {
        "no.event": "No, progression",
        "no.competing": "No, competing death",
        "yes.event": "Yes, progression",
        "yes.competing": "Yes, competing death",
        "event": "All, progression",
        "competing": "All, competing death",
    }
    assert row(estimates, "cumulative_incidence", "no.event", "20").estimate == pytest.approx(200 / 3)
    assert row(estimates, "cumulative_incidence", "yes.event", "20").estimate == 0
    for item in (curves, estimates):
        named = list(addresses(item))
        assert len(named) == len(set(named))


def test_hazards_of_both_causes_on_the_same_complete_cases() -> None:
    *_, hazards = run({"terms": ["afp"], "per": {"afp": 10}})
    assert hazards.id == "cr.hazard_ratios"
    assert (hazards.n, hazards.missing) == (5, 1)
    assert [note.kind for note in hazards.notes] == ["complete_case", "few_events", "few_events"]
    event, other = (row(hazards, "cause_specific_hazard_ratio", "afp", cause) for cause in ("event", "competing"))
    assert (event.events, other.events) == (2, 2)
    assert (event.unit, event.label) == ("per 10 ng/mL", "Baseline AFP (event: progression)")
    # log L(b) = log of e^50b/(e^50b + e^40b + e^90b + e^10b + e^60b) and of e^40b/(e^40b + e^90b + e^10b + e^60b)
    from scipy.optimize import brentq

    def score(b: float) -> float:
        total = 0.0
        for own, risk in ((5, (5, 4, 9, 1, 6)), (4, (4, 9, 1, 6))):
            weights = [math.exp(b * x) for x in risk]
            total += own - sum(w * x for w, x in zip(weights, risk, strict=True)) / sum(weights)
        return total

    assert event.estimate == pytest.approx(math.exp(brentq(score, -5, 5)), rel=1e-8)


def test_a_factor_names_its_levels_before_the_cause() -> None:
    *_, hazards = run({"terms": ["pvtt"]})
    assert row(hazards, "cause_specific_hazard_ratio", "pvtt", "yes_vs_no.event").n == 6
    assert row(hazards, "cause_specific_hazard_ratio", "pvtt", "yes_vs_no.competing").n == 6
    assert row(hazards, "likelihood_ratio", "model", "competing").is_test


def test_an_endpoint_without_competing_events_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing competes"):
        run({}, TTP | {"deaths": "censor"})


def test_every_competitor_is_named() -> None:
    endpoint = TTP | {"later_therapy": "compete", "resection_or_transplant": "compete"}
    curves, *_ = run({}, endpoint)
    assert curves.layout["causes"] == {
        "event": "progression",
        "competing": "competing death or anticancer therapy or resection or transplantation",
    }
