"""Each method on a cohort small enough for a hand calculation."""

from __future__ import annotations

import math
from typing import Any

import pytest
from tests.spec.tables import AFP, DOSE, NECROSIS, RESPONSE, build

from y90outcomes.cohort import Cohort
from y90outcomes.methods import METHODS
from y90outcomes.results import Curves, Effects, Points, Result, Summary

PVTT = {"kind": "derived", "derive": "pvtt", "window": "baseline"}
CLASS = {"kind": "derived", "derive": "pvtt_class", "window": "baseline"}
OS = {"kind": "time_to_event", "event": ["death"], "censor": ["last_contact"], "unit": "days"}


def cohort(analysis: dict[str, Any], variables: dict[str, Any], texts: dict[str, str], **parts: Any) -> Cohort:
    return build({"variables": variables, "analyses": {"a": {"title": "A"} | analysis}} | parts, **texts)


def results(made: Cohort) -> list[Result]:
    spec = made.study.analyses["a"]
    return METHODS[spec.method](made, "a", spec)


def run(analysis: dict[str, Any], variables: dict[str, Any], texts: dict[str, str], **parts: Any) -> list[Result]:
    return results(cohort(analysis, variables, texts, **parts))


def effect(item: Result, quantity: str, term: str | None = None, contrast: str | None = None) -> Any:
    assert isinstance(item, Effects)
    (row,) = [
        row
        for row in item.rows
        if row.quantity == quantity and term in (None, row.term) and contrast in (None, row.contrast)
    ]
    return row


def summary_row(item: Result, variable: str, group: str = "all", level: str | None = None) -> Any:
    assert isinstance(item, Summary)
    (row,) = [row for row in item.rows if (row.variable, row.group, row.level) == (variable, group, level)]
    return row


def kinds(item: Result) -> list[str]:
    return [note.kind for note in item.notes]


MARKERS = {
    "labs": "patient | day | value\nA | 0 | 1\nB | 0 | 2\nC | 0 | 3\nD | 0 | 10\nE | 0 |",
    "imaging": "patient | lesion | day | pvtt_class\nA | | 0 | VP1\nB | | 0 | VP2\nC | | 0 | VP1\n"
    "D | | 0 | none\nE | | 0 |",
}


@pytest.mark.parametrize(("kind", "q1", "q3"), [("7", 1.75, 4.75), ("2", 1.5, 6.5), ("6", 1.25, 8.25)])
def test_summary_of_a_number(kind: str, q1: float, q3: float) -> None:
    (made,) = run(
        {"method": "summary", "variables": ["afp"], "statistic": "median_iqr", "quantile_type": kind},
        {"afp": AFP},
        MARKERS,
    )
    row = summary_row(made, "afp")
    assert (row.n, row.denominator, row.missing) == (4, 5, 1)
    assert (row.median, row.low, row.high, row.mean, row.q1, row.q3) == (2.5, 1, 10, 4, q1, q3)
    assert row.sd == pytest.approx(math.sqrt(50 / 3), rel=1e-14)
    assert (row.unit, row.show, made.conventions) == ("ng/mL", "median_iqr", {"quantile_type": kind})


def test_summary_of_levels_and_groups() -> None:
    (made,) = run(
        {"method": "summary", "variables": ["pvtt", "afp"], "by": "vein"},
        {"afp": AFP, "pvtt": PVTT, "vein": CLASS},
        MARKERS,
    )
    row = summary_row(made, "pvtt", level="yes")
    assert (row.n, row.denominator, row.missing, row.percent) == (3, 4, 1, 75)
    assert (row.lower, row.upper) == pytest.approx((30.06418, 95.44127), abs=1e-5)
    assert list(made.groups) == ["none", "VP1", "VP2", "all"]
    assert summary_row(made, "afp", "VP1").median == 2
    assert kinds(made) == ["missing_group"]
    assert "1 of 5" in made.notes[0].message


GROUPS = {
    "labs": "patient | day | value\nA | 0 | 1\nB | 0 | 2\nC | 0 | 3\nD | 0 | 10\nE | 0 | 20\nF | 0 | 30\nG | 0 |",
    "imaging": "patient | lesion | day | pvtt_class\nA | | 0 | VP1\nB | | 0 | VP2\nC | | 0 | VP1\nD | | 0 | none\n"
    "E | | 0 | none\nF | | 0 | none\nG | | 0 | none",
}


def test_comparison_of_two_groups_under_several_named_tests() -> None:
    described, tests, points = run(
        {
            "method": "compare_groups",
            "variable": "afp",
            "by": "pvtt",
            "test": "mann_whitney",
            "convention": "exact",
            "also": [{"test": "kruskal_wallis"}, {"test": "t_test"}, {"test": "t_test", "convention": "pooled"}],
            "figure": "points_over_quartiles",
            "reference_lines": [{"value": 20, "label": "20"}],
        },
        {"afp": AFP, "pvtt": PVTT},
        GROUPS,
    )
    assert (described.n, described.missing) == (7, 1)
    assert summary_row(described, "afp", "yes").median == 2
    assert summary_row(described, "afp", "no").median == 20
    assert effect(tests, "mann_whitney_exact").p == pytest.approx(0.1, rel=1e-12)
    assert effect(tests, "mann_whitney_exact").n == 6
    kruskal = effect(tests, "kruskal_wallis")
    assert (kruskal.statistic, kruskal.df) == pytest.approx((27 / 7, 1), rel=1e-12)
    assert kruskal.p == pytest.approx(math.erfc(math.sqrt(27 / 14)), rel=1e-10)
    welch, pooled = effect(tests, "t_test"), effect(tests, "t_test_pooled")
    assert abs(welch.statistic) == pytest.approx(18 / math.sqrt(101 / 3), rel=1e-12)
    assert (pooled.df, abs(pooled.statistic)) == pytest.approx((4, 18 / math.sqrt(101 / 3)), rel=1e-12)
    assert welch.df == pytest.approx((101 / 3) ** 2 / ((1 / 3) ** 2 / 2 + (100 / 3) ** 2 / 2), rel=1e-12)
    assert isinstance(tests, Effects)
    assert [row.primary for row in tests.rows] == [True, False, False, False]
    assert isinstance(points, Points)
    assert [(row.group, row.x, row.y) for row in points.rows] == [
        ("yes", 0, 1), ("yes", 0, 2), ("yes", 0, 3), ("no", 1, 10), ("no", 1, 20), ("no", 1, 30),
    ]  # fmt: skip


def test_kruskal_wallis_warns_of_small_groups_and_two_group_tests_refuse_three() -> None:
    _, tests = run(
        {
            "method": "compare_groups",
            "variable": "afp",
            "by": "vein",
            "test": "kruskal_wallis",
            "also": [{"test": "mann_whitney"}],
        },
        {"afp": AFP, "vein": CLASS},
        GROUPS,
    )
    assert kinds(tests) == ["small_groups"]
    refused = effect(tests, "mann_whitney")
    assert (refused.p, refused.valid) == (None, False)
    assert refused.reason == "this test compares two groups; 3 hold values"


TABLE = {
    "imaging": "patient | lesion | day | pvtt_class\n"
    + "\n".join(f"P{i} | | 0 | {code}" for i, code in enumerate(["VP1"] * 4 + ["none"] * 4 + ["VP1"])),
    "assessments": "patient | response\n"
    + "\n".join(f"P{i} | {code}" for i, code in enumerate(["CR", "CR", "CR", "PD", "CR", "PD", "PD", "PD", "NE"])),
}


def test_cross_table_counts_percent_of_a_row_and_tests() -> None:
    described, tests = run(
        {
            "method": "cross_table",
            "rows": "pvtt",
            "columns": "response",
            "test": "fisher",
            "also": [{"test": "chi_square"}, {"test": "chi_square", "convention": "yates"}],
        },
        {"pvtt": PVTT, "response": RESPONSE},
        TABLE,
    )
    row = summary_row(described, "response", "yes", "CR")
    assert (row.n, row.denominator, row.percent, row.missing) == (3, 4, 75, 1)
    assert summary_row(described, "response", "yes", "PR").n == 0
    assert effect(tests, "fisher").p == pytest.approx(34 / 70, rel=1e-12)
    assert effect(tests, "fisher").n == 8
    assert effect(tests, "chi_square").statistic == pytest.approx(2, rel=1e-12)
    assert effect(tests, "chi_square").p == pytest.approx(math.erfc(1), rel=1e-10)
    assert effect(tests, "chi_square_yates").statistic == pytest.approx(0.5, rel=1e-12)


def test_cross_table_without_a_test_makes_none() -> None:
    made = run(
        {"method": "cross_table", "rows": "pvtt", "columns": "response"}, {"pvtt": PVTT, "response": RESPONSE}, TABLE
    )
    assert [item.id for item in made] == ["a"]


@pytest.mark.parametrize(
    ("policy", "n", "rate", "says"), [("non_responder", 4, 25, "no event"), ("excluded", 2, 50, "are left out")]
)
def test_proportion_under_both_policies_for_the_not_evaluable(policy: str, n: int, rate: float, says: str) -> None:
    orr = {"kind": "binary", "variable": "response", "event": ["CR", "PR"], "not_evaluable": policy}
    (made,) = run(
        {"method": "proportion", "endpoint": "orr"},
        {"response": RESPONSE},
        {"patients": "patient\nA\nB\nC\nD", "assessments": "patient | response\nA | PR\nB | SD\nC | NE"},
        endpoints={"orr": orr},
    )
    row = effect(made, "rate", "all")
    assert (row.n, row.events, row.estimate, row.unit) == (n, 1, rate, "%")
    assert row.lower is not None
    assert 0 < row.lower < rate < row.upper < 100
    assert (made.n, made.events, made.missing) == (4, 1, 2)
    assert kinds(made) == ["not_evaluable"]
    assert says in made.notes[0].message


def test_proportion_by_groups() -> None:
    (made,) = run(
        {"method": "proportion", "endpoint": "cr", "by": "pvtt", "interval": "clopper_pearson", "level": 0.9},
        {"pvtt": PVTT, "response": RESPONSE},
        TABLE,
        endpoints={"cr": {"kind": "binary", "variable": "response", "event": ["CR"], "not_evaluable": "excluded"}},
    )
    assert [(row.term, row.estimate, row.n) for row in made.rows] == [("yes", 75, 4), ("no", 25, 4), ("all", 50, 8)]
    yes = effect(made, "rate", "yes")
    assert yes.level == 0.9
    assert (yes.lower / 100) ** 3 * (4 - 3 * yes.lower / 100) == pytest.approx(0.05, rel=1e-9)


DEATHS = {
    "follow_up": "patient | event | day\nA | death | 10\nB | last_contact | 15\nC | death | 20\nD | last_contact | 30",
    "patients": "patient\nA\nB\nC\nD\nE",
}


def test_kaplan_meier_by_hand() -> None:
    curves, estimates = run(
        {"method": "kaplan_meier", "endpoint": "os", "times": [12, 25, 99]}, {"afp": AFP}, DEATHS, endpoints={"os": OS}
    )
    assert isinstance(curves, Curves)
    steps = [(row.x, row.estimate, row.at_risk, row.events, row.censored) for row in curves.rows]
    assert steps == [
        (0, 1, 4, 0, 0),
        (10, 0.75, 4, 1, 0),
        (15, 0.75, 3, 0, 1),
        (20, 0.375, 2, 1, 0),
        (30, 0.375, 1, 0, 1),
    ]
    assert (curves.n, curves.events, curves.missing, curves.x_unit) == (4, 2, 1, "days")
    assert kinds(curves) == ["missing_outcome", "endpoint", "endpoint_reasons"]
    assert curves.notes[0].message.startswith("1 of 5")
    assert effect(estimates, "median").estimate == 20
    assert effect(estimates, "median").not_reached == ("upper",)
    assert effect(estimates, "rate", contrast="12").estimate == 75
    assert effect(estimates, "rate", contrast="25").estimate == pytest.approx(37.5, rel=1e-12)
    beyond = effect(estimates, "rate", contrast="99")
    assert beyond.estimate is None
    assert beyond.reason


def test_log_rank_by_hand() -> None:
    curves, estimates = run(
        {"method": "kaplan_meier", "endpoint": "os", "by": "pvtt", "test": "log_rank"},
        {"pvtt": PVTT},
        {
            "imaging": "patient | lesion | day | pvtt_class\nA | | 0 | VP1\nB | | 0 | VP1\n"
            "C | | 0 | none\nD | | 0 | none\nE | | 0 |",
            "follow_up": "patient | event | day\nA | death | 1\nB | death | 2\nC | death | 3\n"
            "D | death | 4\nE | death | 5",
        },
        endpoints={"os": OS},
    )
    test = effect(estimates, "log_rank", "pvtt")
    assert test.statistic == pytest.approx((7 / 6) ** 2 / (1 / 4 + 2 / 9), rel=1e-12)
    assert (test.df, test.n, test.events) == (1, 4, 4)
    assert list(curves.groups) == ["yes", "no", "all"]
    assert [effect(estimates, "median", group).estimate for group in ("yes", "no", "all")] == [1, 3, 3]
    assert kinds(curves) == ["missing_group", "endpoint", "no_censoring"]


@pytest.mark.parametrize(("ties", "median"), [("deaths_first", 30), ("flipped_indicator", 30)])
def test_follow_up_by_hand(ties: str, median: float) -> None:
    (made,) = run({"method": "follow_up", "endpoint": "os", "ties": ties}, {"afp": AFP}, DEATHS, endpoints={"os": OS})
    assert effect(made, "median_follow_up").estimate == median
    plain = effect(made, "plain_median")
    assert (plain.estimate, plain.lower, plain.n) == (17.5, None, 4)
    assert plain.reason.startswith("no interval")
    assert (effect(made, "shortest_time").estimate, effect(made, "longest_time").estimate) == (10, 30)
    assert (made.n, made.events, made.missing) == (4, 2, 1)


COX = {
    "imaging": "patient | lesion | day | pvtt_class\nA | | 0 | VP2\nB | | 0 | VP1\nC | | 0 | VP2\nD | | 0 |",
    "labs": "patient | day | value\nA | 0 | 100\nB | 0 | 0\nC | 0 | 100\nD | 0 | 50",
    "follow_up": "patient | event | day\nA | death | 1\nB | death | 2\nC | death | 3\n"
    "D | death | 9\nE | recurrence | 1",
}


def test_cox_of_a_factor_whose_first_level_nobody_has() -> None:
    """The partial likelihood of r = exp(beta) is r/(2r+1) · 1/(1+r), highest at r² = 1/2."""
    made, *_ = run({"method": "cox", "endpoint": "os", "terms": ["vein"]}, {"vein": CLASS}, COX, endpoints={"os": OS})
    row = effect(made, "hazard_ratio", "vein")
    assert row.contrast == "VP2_vs_VP1"
    assert row.estimate == pytest.approx(math.sqrt(0.5), rel=1e-9)
    assert row.lower < row.estimate < row.upper
    assert (row.n, row.events, made.missing) == (3, 3, 2)
    information = 2 * row.estimate / (2 * row.estimate + 1) ** 2 + row.estimate / (1 + row.estimate) ** 2
    assert row.se == pytest.approx(information**-0.5, rel=1e-8)
    assert kinds(made) == ["missing_outcome", "endpoint", "endpoint_reasons", "complete_case", "few_events"]
    ratio = effect(made, "likelihood_ratio", "model")
    best, flat = row.estimate / (2 * row.estimate + 1) / (1 + row.estimate), 1 / 6
    assert ratio.statistic == pytest.approx(2 * math.log(best / flat), rel=1e-8)


def test_cox_of_a_number_per_100() -> None:
    analysis = {"method": "cox", "endpoint": "os", "terms": ["afp"]}
    texts = {**COX, "labs": COX["labs"].replace("D | 0 | 50", "D | 0 |")}
    each, *_ = run(analysis, {"afp": AFP}, texts, endpoints={"os": OS})
    per, *_ = run(analysis | {"per": {"afp": 100}}, {"afp": AFP}, texts, endpoints={"os": OS})
    assert effect(per, "hazard_ratio").estimate == pytest.approx(math.sqrt(0.5), rel=1e-9)
    assert effect(each, "hazard_ratio").estimate == pytest.approx(math.sqrt(0.5) ** 0.01, rel=1e-9)
    assert effect(each, "hazard_ratio").p == pytest.approx(effect(per, "hazard_ratio").p, rel=1e-9)
    assert effect(per, "hazard_ratio").unit == "per 100 ng/mL"
    assert effect(each, "hazard_ratio").unit == "per ng/mL"


def test_cox_warns_of_a_factor_known_only_later() -> None:
    made, *_ = run(
        {"method": "cox", "endpoint": "os", "terms": ["response"]},
        {"response": RESPONSE},
        {
            "assessments": "patient | response\nA | CR\nB | PD\nC | CR",
            "follow_up": "patient | event | day\nA | death | 1\nB | death | 2\nC | death | 3",
        },
        endpoints={"os": OS},
    )
    assert kinds(made) == ["endpoint", "few_events", "immortal_time"]
    assert made.notes[-1].level == "warning"
    assert effect(made, "hazard_ratio").contrast == "PD_vs_CR"


@pytest.mark.parametrize(
    ("order", "heights", "colours"),
    [
        ("descending", [300, 200, 200, 100], ["partial", "complete", "partial", "complete"]),
        ("ascending", [100, 200, 200, 300], ["complete", "complete", "partial", "partial"]),
    ],
)
def test_bars_stand_in_order_of_height_then_colour(order: str, heights: list[float], colours: list[str]) -> None:
    (made,) = run(
        {"method": "subject_bars", "variable": "dose", "colour": "necrosis", "order": order},
        {"dose": DOSE, "necrosis": NECROSIS},
        {
            "dosimetry": "patient | lesion | absorbed_dose\nA | 1 | 200\nA | 2 | 100\nB | 1 | 300\n"
            "B | 2 | 200\nC | 1 | 400\nC | 2 |",
            "pathology": "patient | lesion | necrosis\nA | 1 | partial\nA | 2 | complete\n"
            "B | 1 | partial\nB | 2 | complete\n"
            "C | 1 |\nC | 2 | partial",
        },
        analysis_sets={"tumours": {"grain": "lesion"}},
    )
    assert isinstance(made, Points)
    assert [row.y for row in made.rows] == heights
    assert [row.group for row in made.rows] == colours
    assert [row.x for row in made.rows] == [1, 2, 3, 4]
    assert (made.n, made.missing) == (6, 2)
    assert list(made.groups) == ["complete", "partial"]
    assert kinds(made) == ["missing_group"]


def test_an_analysis_is_about_its_set() -> None:
    (made,) = run(
        {"method": "summary", "variables": ["afp"], "set": "invaded"},
        {"afp": AFP, "pvtt": PVTT},
        MARKERS,
        analysis_sets={
            "everyone": {"grain": "patient"},
            "invaded": {"grain": "patient", "among": {"vein": {"variable": "pvtt", "equals": "yes"}}},
        },
    )
    assert summary_row(made, "afp").n == 3
    assert (made.n, made.population) == (3, "invaded")
