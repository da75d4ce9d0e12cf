"""Rates of groups against each other, standardised differences and geometric means: hand calculations and notes."""

from __future__ import annotations

import math
from typing import Any

import pytest
from tests.spec.tables import AFP, NECROSIS, RESPONSE, build, page

from y90outcomes.methods import METHODS
from y90outcomes.results import Effects, Result, Summary
from y90outcomes.results.addresses import addresses
from y90outcomes.study import Study

VEIN = {"kind": "derived", "derive": "pvtt_class", "window": "baseline"}
ORR = {"kind": "binary", "variable": "response", "event": ["CR", "PR"]}
COMPARE = {"method": "compare_proportions", "endpoint": "orr", "by": "vein"}
Z = 1.959963984540054


def texts(**groups: str) -> dict[str, str]:
    """One patient per letter of a group's word: C complete, P progressive, ? without assessment."""
    imaging, assessments, number = ["patient | lesion | day | pvtt_class"], ["patient | response"], 0
    for level, word in groups.items():
        for letter in word:
            number += 1
            imaging.append(f"p{number:02} | | 0 | {level}")
            if letter != "?":
                assessments.append(f"p{number:02} | {'CR' if letter == 'C' else 'PD'}")
    return {"imaging": "\n".join(imaging), "assessments": "\n".join(assessments)}


def run(analysis: dict[str, Any], tables: dict[str, str], endpoint: dict[str, Any] | None = None) -> list[Result]:
    made = build(
        {
            "variables": {"afp": AFP, "vein": VEIN, "response": RESPONSE},
            "endpoints": {"orr": endpoint or ORR},
            "analyses": {"a": {"title": "A"} | analysis},
        },
        **tables,
    )
    return METHODS[analysis["method"]](made, "a", made.study.analyses["a"])


def row(item: Result, quantity: str, contrast: str | None = None, term: str | None = None) -> Any:
    assert isinstance(item, Effects)
    (found,) = [
        row
        for row in item.rows
        if row.quantity == quantity and contrast in (None, row.contrast) and term in (None, row.term)
    ]
    return found


def kinds(item: Result) -> list[str]:
    return [note.kind for note in item.notes]


def test_rates_difference_ratio_and_odds_ratio_against_the_first_group() -> None:
    rates, estimates, tests = run(COMPARE, texts(none="CPPPPPPP", VP1="CCCPP"))
    assert isinstance(rates, Effects)
    assert [(r.quantity, r.term, r.n, r.events, r.estimate) for r in rates.rows] == [
        ("rate", "none", 8, 1, 12.5),
        ("rate", "VP1", 5, 3, 60.0),
        ("rate", "all", 13, 4, pytest.approx(400 / 13)),
    ]
    difference = row(estimates, "risk_difference", "VP1_vs_none")
    assert (difference.term, difference.estimate, difference.unit) == ("vein", pytest.approx(47.5), "%")
    assert (difference.n, difference.events, difference.convention) == (13, 4, "newcombe")
    ratio = row(estimates, "risk_ratio")
    spread = math.sqrt(1 / 3 - 1 / 5 + 1 - 1 / 8)
    assert ratio.estimate == pytest.approx(4.8)
    assert ratio.lower == pytest.approx(4.8 * math.exp(-Z * spread), rel=1e-12)
    odds = row(estimates, "odds_ratio")
    assert odds.estimate == pytest.approx(3 * 7 / (2 * 1))
    assert odds.label.endswith("VP1 vs None")
    # Fisher: of C(13, 5) = 1287 choices, those with 3, 4 and 0 of the events: 4 · 36 + 9 + 126.
    assert row(tests, "auto").p == pytest.approx(279 / 1287, rel=1e-9)
    assert kinds(tests) == ["test_chosen"]
    assert len(set(addresses(estimates))) == 1 + len(estimates.rows)  # type: ignore[attr-defined]


def test_further_groups_are_each_compared_with_the_first_that_somebody_has() -> None:
    _, estimates, tests = run(
        COMPARE | {"measures": ["ratio"], "test": "cochran_armitage", "scores": [0, 1, 2, 3, 4]},
        texts(VP1="CCPPP", VP2="CCCP", VP4="CCCCP"),
    )
    assert isinstance(estimates, Effects)
    assert [r.contrast for r in estimates.rows] == ["VP2_vs_VP1", "VP4_vs_VP1"]
    assert kinds(estimates) == ["several_comparisons"]
    # Scores 1, 2, 4 with 2/5, 3/4, 4/5: Σ x(s − s̄) with s̄ = 33/14 is 24 − 9 · 33/14, over p q Σ n (s − s̄)².
    spread = 9 / 14 * 5 / 14 * (5 * 1 + 4 * 4 + 5 * 16 - 33**2 / 14)
    expected = (24 - 9 * 33 / 14) ** 2 / spread
    assert row(tests, "cochran_armitage").statistic == pytest.approx(expected, rel=1e-12)


def test_empty_cells_are_said_and_never_filled() -> None:
    tables = texts(none="PPPP", VP1="CCCC")
    _, estimates, _ = run(COMPARE, tables)
    ratio, odds = row(estimates, "risk_ratio"), row(estimates, "odds_ratio")
    for found in (ratio, odds):
        assert (found.estimate, found.lower, found.upper) == (None, None, None)
        assert "infinite" in found.reason
    assert "zero_cells" in kinds(estimates)
    _, estimates, _ = run(COMPARE | {"odds_ratio": "conditional", "ratio_interval": "score"}, tables)
    for name in ("risk_ratio", "odds_ratio"):
        found = row(estimates, name)
        assert found.not_reached == ("estimate", "upper")
        assert found.lower > 1
    # 4/4 against 0/4: P(4 events in VP1) = ψ⁴ / Σ C(4,k)² ψ^k is 0.025 at the limit.
    psi = row(estimates, "odds_ratio").lower
    assert psi**4 / sum(math.comb(4, k) ** 2 * psi**k for k in range(5)) == pytest.approx(0.025, rel=1e-9)


def test_not_evaluable_subjects_count_as_the_endpoint_says() -> None:
    tables = texts(none="CP??", VP1="CC")
    rates, *_ = run(COMPARE, tables)
    assert (row(rates, "rate", term="none").n, rates.missing, kinds(rates)) == (4, 2, ["not_evaluable"])
    rates, estimates, _ = run(COMPARE, tables, ORR | {"not_evaluable": "excluded"})
    assert row(rates, "rate", term="none").n == 2
    assert row(estimates, "risk_difference").estimate == 50.0


def test_a_group_without_anybody_evaluable_is_compared_with_nothing() -> None:
    rates, estimates, tests = run(COMPARE, texts(none="??", VP1="CCP"), ORR | {"not_evaluable": "excluded"})
    assert "empty_group" in kinds(rates)
    assert isinstance(estimates, Effects)
    assert estimates.rows == ()
    assert kinds(estimates) == ["empty_group"]
    assert row(tests, "auto").p is None
    assert row(tests, "auto").reason


def test_a_test_and_an_interval_that_contradict_each_other() -> None:
    # 0/5 against 4/6: Fisher's p is (15 + 5) / 330, the hybrid interval leaves out 0.
    _, estimates, tests = run(COMPARE | {"measures": ["difference"]}, texts(none="PPPPP", VP1="CCCCPP"))
    assert row(estimates, "risk_difference").lower > 0
    assert row(tests, "auto").p == pytest.approx(20 / 330, rel=1e-9)
    assert kinds(tests) == ["test_chosen", "interval_and_test_disagree"]
    _, _, tests = run(COMPARE | {"measures": ["difference"]}, texts(none="PPPPPPPP", VP1="CCCCCCC"))
    assert kinds(tests) == ["test_chosen"]


def test_a_figure_asks_for_bars_and_a_page_without_tests_or_measures_has_rates_only() -> None:
    (rates,) = run(COMPARE | {"figure": "response_bars", "measures": [], "test": None}, texts(none="CP", VP1="C"))
    assert (rates.figure, rates.x_label, rates.layout["grain"]) == ("response_bars", "PVTT class", "patient")
    (rates,) = run(
        {"method": "proportion", "endpoint": "orr", "by": "vein", "figure": "response_bars"}, texts(none="CP")
    )
    assert rates.figure == "response_bars"


# Summaries

MARKERS = {
    "labs": "patient | day | value\nA | 0 | 1\nB | 0 | 100\nC | 0 | 4\nD | 0 | 8\nE | 0 | 16\nF | 0 |",
    "imaging": "patient | lesion | day | pvtt_class\nA | | 0 | none\nB | | 0 | none\nC | | 0 | VP1\nD | | 0 | VP1\n"
    "E | | 0 | VP1\nF | | 0 | VP1",
    "assessments": "patient | response\nA | CR\nB | PD\nC | CR\nD | CR\nE | PD",
}
SUMMARY = {"method": "summary", "variables": ["afp", "response"], "by": "vein"}


def test_standardised_differences_of_a_number_and_of_a_category() -> None:
    described, differences = run(SUMMARY | {"smd": True}, MARKERS)
    assert isinstance(described, Summary)
    assert (differences.id, differences.conventions) == ("a.differences", {"smd_variance": "average"})
    number = row(differences, "smd", term="afp")
    # Means 50.5 and 28/3, variances 4900.5 and 112/3.
    assert number.estimate == pytest.approx((28 / 3 - 50.5) / math.sqrt((4900.5 + 112 / 3) / 2), rel=1e-12)
    assert (number.contrast, number.n) == ("VP1_vs_none", 5)
    # CR in 1 of 2 and 2 of 3; of two levels that somebody has, the second (PD) is compared.
    level = row(differences, "smd", term="response")
    assert level.estimate == pytest.approx((1 / 3 - 1 / 2) / math.sqrt((1 / 4 + 2 / 9) / 2), rel=1e-12)
    _, pooled = run(SUMMARY | {"smd": True, "smd_variance": "pooled"}, MARKERS)
    assert row(pooled, "smd", term="afp").estimate == pytest.approx(
        (28 / 3 - 50.5) / math.sqrt((4900.5 + 2 * 112 / 3) / 3), rel=1e-12
    )


def test_geometric_means_in_a_summary() -> None:
    (described,) = run(SUMMARY | {"statistic": "geometric_mean"}, MARKERS)
    assert isinstance(described, Summary)
    found = {r.group: r for r in described.rows if r.variable == "afp"}
    assert (found["none"].geometric_mean, found["VP1"].geometric_mean) == (pytest.approx(10), pytest.approx(8))
    assert found["VP1"].lower < 8 < found["VP1"].upper
    assert (found["VP1"].missing, found["VP1"].show) == (1, "geometric_mean")
    zero = MARKERS | {"labs": MARKERS["labs"].replace("C | 0 | 4", "C | 0 | 0")}
    (described,) = run(SUMMARY | {"statistic": "geometric_mean"}, zero)
    assert isinstance(described, Summary)
    lost = next(r for r in described.rows if (r.variable, r.group) == ("afp", "VP1"))
    assert (lost.geometric_mean, lost.reason) == (None, "no geometric mean: 1 of 3 values is 0 or below")


def test_standardised_differences_need_groups() -> None:
    with pytest.raises(ValueError, match="there is no 'by'"):
        Study(**page(analyses={"a": {"method": "summary", "title": "A", "variables": ["afp"], "smd": True}}))


def test_lesions_of_one_patient_are_not_independent() -> None:
    # Both lesions of A and none of B's two: mean squares 1 between, 0 within, so the intraclass correlation is 1.
    pathology = "patient | lesion | necrosis\nA | 1 | complete\nA | 2 | complete\nB | 1 | partial\nB | 2 | partial"
    made = build(
        {
            "variables": {"n": NECROSIS},
            "analysis_sets": {"lesions": {"grain": "lesion"}},
            "endpoints": {"e": {"kind": "binary", "variable": "n", "event": ["complete"]}},
            "analyses": {"a": {"method": "proportion", "title": "A", "endpoint": "e"}},
        },
        pathology=pathology,
    )
    (rates,) = METHODS["proportion"](made, "a", made.study.analyses["a"])
    (note,) = rates.notes
    assert note.kind == "lesions_independent"
    assert note.message.startswith("4 lesions of 2 patients are taken as independent (intraclass correlation 1.00)")


@pytest.mark.parametrize(
    "given", [{"measures": ["ratio", "ratio"]}, {"also": [{"test": "auto"}]}, {"also": [{"test": "fisher"}] * 2}]
)
def test_nothing_is_asked_for_twice(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="is given twice"):
        run(COMPARE | given, texts(none="C", VP1="P"))
