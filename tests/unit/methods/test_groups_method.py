"""Group tests, correlations and families on cohorts small enough for a hand calculation."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from tests.spec.tables import AFP, RESPONSE, build

from y90outcomes.cohort import Cohort
from y90outcomes.errors import InputError
from y90outcomes.methods.tests import choose
from y90outcomes.pipeline import analyse
from y90outcomes.report.family import family_view
from y90outcomes.report.tables import effects_view
from y90outcomes.results import EffectRow, Effects, Points, Result, Results, Summary
from y90outcomes.results.addresses import lookup
from y90outcomes.study.prose import prose

VEIN = {"kind": "derived", "derive": "pvtt_class", "window": "baseline"}
GOOD = {"kind": "grouped", "of": "response", "groups": {"yes": ["CR", "PR"], "no": ["SD", "PD"]}, "label": "Good"}
AGAIN = GOOD | {"of": "reading", "label": "Good again"}
VARIABLES: dict[str, Any] = {
    "afp": AFP,
    "vein": VEIN,
    "response": RESPONSE,
    "reading": RESPONSE | {"visit": "last", "label": "Second reading"},
    "good": GOOD,
    "again": AGAIN,
    "months": {"kind": "time_to", "event": "death", "label": "Time to death"},
}
ENDPOINTS = {
    "orr": {"kind": "binary", "variable": "response", "event": ["CR", "PR"], "label": "Objective response"},
    "evaluable": {"kind": "binary", "variable": "response", "event": ["CR", "PR"], "not_evaluable": "excluded"},
    "os": {"kind": "time_to_event", "event": ["death"], "censor": ["last_contact"]},
}
PATIENTS = {
    "labs": "patient | day | value\nA | 0 | 1\nB | 0 | 10\nC | 0 | 100\nD | 0 | 1000\nE | 0 | 10\nF | 0 | 50\nG | 0 |",
    "imaging": "patient | lesion | day | pvtt_class\nA | | 0 | none\nB | | 0 | VP1\nC | | 0 | VP2\nD | | 0 | VP3\n"
    "E | | 0 | none\nF | | 0 | VP1\nG | | 0 | VP2",
    "assessments": "patient | visit | response\nA | best | PD\nB | best | SD\nC | best | PR\nD | best | CR\n"
    "E | best | NE\nF | best | PD\nA | last | PR\nB | last | CR\nC | last | PR\nD | last | PD",
    "follow_up": "patient | event | day\nA | death | 10\nB | death | 20\nC | death | 40\nD | death | 30\n"
    "E | last_contact | 50",
}


def cohort(analyses: dict[str, Any], texts: dict[str, str] = PATIENTS, **parts: Any) -> Cohort:
    pages = {name: {"title": name.title()} | spec for name, spec in analyses.items()}
    return build({"variables": VARIABLES, "endpoints": ENDPOINTS, "analyses": pages} | parts, **texts)


def run(analyses: dict[str, Any], texts: dict[str, str] = PATIENTS, **parts: Any) -> Results:
    return analyse(cohort(analyses, texts, **parts))


def row(item: Result, quantity: str, term: str | None = None) -> EffectRow:
    assert isinstance(item, Effects)
    (found,) = [row for row in item.rows if row.quantity == quantity and term in (None, row.term)]
    return found


def kinds(item: Result) -> list[str]:
    return [note.kind for note in item.notes]


COMPARE: dict[str, Any] = {"method": "compare_groups", "variable": "afp"}
TABLE: dict[str, Any] = {"method": "cross_table"}


# --- compare_groups


def test_ordered_levels_go_in_the_protocols_order() -> None:
    made = run({"a": COMPARE | {"by": "vein", "test": "jonckheere_terpstra"}})["a.tests"]
    found = row(made, "jonckheere_terpstra")
    # none {1, 10}, VP1 {10, 50}, VP2 {100}, VP3 {1000}: of 13 pairs one is tied, the others rise.
    assert (found.statistic, found.n) == (12.5, 6)
    assert found.convention == "jonckheere_terpstra=exact"
    assert kinds(made) == ["order_of_groups"]
    assert made.notes[0].message.endswith("in this order: None, VP1, VP2, VP3.")


def test_a_binary_endpoint_makes_two_groups() -> None:
    results = run({"a": COMPARE | {"by": "orr", "test": "mann_whitney", "figure": "points_over_quartiles"}})
    described, points = results["a"], results["a.points"]
    assert isinstance(described, Summary)
    assert isinstance(points, Points)
    assert described.groups == {"no_event": "No", "event": "Yes", "all": "All"}
    assert described.group_title == "Objective response"
    assert [(entry.group, entry.n) for entry in described.rows] == [("no_event", 4), ("event", 2), ("all", 6)]
    assert [note.message for note in described.notes] == ["2 of 7 are not evaluable and count as no event."]
    assert row(results["a.tests"], "mann_whitney").p == pytest.approx(1 / 15, rel=1e-12)
    assert {entry.group for entry in points.rows} == {"no_event", "event"}


def test_an_endpoint_that_excludes_leaves_them_in_no_group() -> None:
    described = run({"a": COMPARE | {"by": "evaluable", "test": "mann_whitney"}})["a"]
    assert isinstance(described, Summary)
    assert [(entry.group, entry.n) for entry in described.rows] == [("no_event", 3), ("event", 2), ("all", 6)]
    assert kinds(described) == ["missing_group"]
    assert "2 of 7" in described.notes[0].message


def test_a_log_scale_gives_geometric_means_and_their_ratio() -> None:
    spec = COMPARE | {"by": "orr", "test": "t_test", "convention": "pooled", "scale": "log"}
    results = run({"a": spec | {"also": [{"test": "mann_whitney"}]}})
    means, tests = results["a.estimates"], results["a.tests"]
    # Logarithms to base 10: 0, 1, 1, log 50 against 2, 3.
    logs = [0, 1, 1, math.log10(50)]
    assert row(means, "geometric_mean", "event").estimate == pytest.approx(10**2.5, rel=1e-12)
    assert row(means, "geometric_mean", "no_event").estimate == pytest.approx(10 ** (sum(logs) / 4), rel=1e-12)
    ratio, test = row(means, "geometric_mean_ratio"), row(tests, "t_test_pooled")
    assert ratio.label == "Ratio of geometric means, Yes over No"
    assert ratio.estimate == pytest.approx(10 ** (2.5 - sum(logs) / 4), rel=1e-12)
    spread = (sum((log - sum(logs) / 4) ** 2 for log in logs) + 0.5) / 4
    t = (2.5 - sum(logs) / 4) / math.sqrt(spread * (1 / 2 + 1 / 4))
    assert (ratio.statistic, test.statistic) == pytest.approx((t, -t), rel=1e-12)
    assert test.p == pytest.approx(ratio.p, rel=1e-12)
    assert test.convention == "t_test=pooled; scale=log"
    assert row(tests, "mann_whitney").p == pytest.approx(1 / 15, rel=1e-12)
    assert means.conventions == {"t_test": "pooled"}


def test_a_value_of_zero_has_no_logarithm_and_the_row_says_so() -> None:
    texts = PATIENTS | {"labs": PATIENTS["labs"].replace("A | 0 | 1\n", "A | 0 | 0\n")}
    results = run({"a": COMPARE | {"by": "orr", "test": "t_test", "scale": "log"}}, texts)
    found = row(results["a.tests"], "t_test")
    assert (found.p, found.reason) == (None, "no logarithms: 1 of 6 values is 0 or below")
    assert row(results["a.estimates"], "geometric_mean_ratio").estimate is None
    assert row(results["a.estimates"], "geometric_mean", "event").estimate == pytest.approx(10**2.5, rel=1e-12)


def test_a_linear_t_test_gives_the_difference_of_means() -> None:
    results = run({"a": COMPARE | {"by": "orr", "test": "t_test"}})
    found = row(results["a.estimates"], "mean_difference")
    assert found.estimate == pytest.approx(550 - 71 / 4, rel=1e-12)
    assert found.unit == "ng/mL"
    assert found.p == pytest.approx(row(results["a.tests"], "t_test").p, rel=1e-12)


def test_a_convention_of_the_protocol_holds_for_a_test_that_names_none() -> None:
    spec = {"a": COMPARE | {"by": "orr", "test": "mann_whitney", "also": [{"test": "t_test"}]}}
    made = run(spec, conventions={"mann_whitney": "normal_cc", "t_test": "pooled"})["a.tests"]
    assert row(made, "mann_whitney").convention == "mann_whitney=normal_cc"
    assert row(made, "t_test").convention == "t_test=pooled"
    assert made.conventions == {"mann_whitney": "normal_cc"}


# --- cross_table


def test_auto_is_fisher_below_five_and_says_so() -> None:
    made = run({"a": TABLE | {"rows": "vein", "columns": "good", "test": "auto"}})["a.tests"]
    found = row(made, "auto")
    # none: no; VP1: no, no; VP2: yes; VP3: yes. One table of ten has the two good ones there.
    assert found.convention == "fisher=min_likelihood"
    assert found.label.startswith("Fisher's exact test")
    assert [note.message for note in made.notes] == [
        "Fisher's exact test was chosen: 8 of 8 expected counts are below 5."
    ]
    assert made.method == "auto"


@pytest.mark.parametrize(
    ("table", "test"),
    [([[5, 5], [5, 5]], "chi_square"), ([[5, 5], [5, 4]], "fisher"), ([[9, 9, 0], [9, 9, 0], [0, 0, 0]], "chi_square"),
     ([[0, 0], [0, 0]], "chi_square"), ([[20, 0], [20, 0]], "chi_square"), ([[25, 25], [5, 5]], "chi_square"),
     ([[25, 25], [3, 6]], "fisher")],
)  # fmt: skip
def test_what_auto_chooses(table: list[list[int]], test: str) -> None:
    assert choose(np.array(table))[0] == test


def test_paired_readings() -> None:
    spec = TABLE | {"rows": "good", "columns": "again", "test": "mcnemar"}
    made = run({"a": spec | {"also": [{"test": "mcnemar", "convention": "edwards"}]}})["a.tests"]
    # A and B turn good, D turns bad, C stays: 1 against 2.
    assert row(made, "mcnemar").p == 1
    assert row(made, "mcnemar").n == 4
    assert row(made, "mcnemar_edwards").statistic == 0
    assert made.conventions == {"mcnemar": "exact"}


def test_trend_over_scores_of_the_rows() -> None:
    spec = TABLE | {"rows": "vein", "columns": "good", "test": "cochran_armitage"}
    found = row(run({"a": spec})["a.tests"], "cochran_armitage")
    assert found.convention == "cochran_armitage=n; scores=1, 2, 3, 4, 5"
    # A at 1; B and F at 2; C at 3; D at 4: slope sum 7 − 2·12/5 = 2.2, spread 34 − 144/5 = 5.2, p(1 − p) = 0.24.
    assert found.statistic == pytest.approx(2.2**2 / (0.24 * 5.2), rel=1e-12)
    # none and VP1 at 0 hold all three poor ones, VP2 and VP3 at 1 both good ones: χ² is N.
    made = row(run({"a": spec | {"scores": [0, 0, 1, 1, 1]}})["a.tests"], "cochran_armitage")
    assert made.statistic == pytest.approx(5, rel=1e-12)


# --- correlation


def test_correlation_leaves_out_and_counts_who_lacks_a_value() -> None:
    made = run({"a": {"method": "correlation", "x": "afp", "y": "months"}})["a"]
    found = row(made, "spearman", "afp")
    # Ranks 1, 2, 3, 4 against 1, 2, 4, 3.
    assert found.estimate == pytest.approx(0.8, rel=1e-12)
    assert found.p == pytest.approx(8 / 24, rel=1e-12)
    assert (found.n, made.n, made.missing) == (4, 7, 3)
    assert kinds(made) == ["missing_pairs"]
    assert made.conventions == {"spearman": "exact", "spearman_interval": "bonett_wright"}


def test_pearson_by_name() -> None:
    made = run({"a": {"method": "correlation", "x": "afp", "y": "months", "kind": "pearson", "level": 0.9}})["a"]
    found = row(made, "pearson", "afp")
    x, y = [1, 10, 100, 1000], [10, 20, 40, 30]
    mx, my = sum(x) / 4, sum(y) / 4
    r = sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True)) / math.sqrt(
        sum((a - mx) ** 2 for a in x) * sum((b - my) ** 2 for b in y)
    )
    assert found.estimate == pytest.approx(r, rel=1e-12)
    assert found.level == 0.9


def test_a_dialect_reaches_tests_and_correlations() -> None:
    spec = {
        "a": COMPARE | {"by": "orr", "test": "mann_whitney"},
        "b": {"method": "correlation", "x": "afp", "y": "months"},
    }
    results = run(spec | {"c": spec["b"] | {"kind": "pearson"}}, dialect="sas")
    assert row(results["a.tests"], "mann_whitney").convention == "mann_whitney=normal_cc"
    assert row(results["b"], "spearman").convention == "t; bonett_wright"
    assert row(results["c"], "pearson").p is not None


# --- family


MEMBERS: dict[str, Any] = {
    "family": {
        "method": "family",
        "tests": ["dose.tests/mann_whitney/afp", "line/spearman/afp#p", "paired.tests/auto/again",
                  "none.tests/t_test/afp"],
    },
    "dose": COMPARE | {"by": "orr", "test": "mann_whitney"},
    "line": {"method": "correlation", "x": "afp", "y": "months"},
    "paired": TABLE | {"rows": "good", "columns": "again", "test": "auto"},
    "none": COMPARE | {"by": "vein", "test": "t_test"},
    "beside": {"method": "summary", "variables": ["afp"]},
}  # fmt: skip


def test_a_family_adjusts_what_the_others_found() -> None:
    results = run(MEMBERS)
    assert [item.id for item in results.items][:3] == ["flow", "family", "dose"]
    made = results["family"]
    own = [lookup(results, address, "p").value for address in MEMBERS["family"]["tests"][:3]]
    assert own == pytest.approx([1 / 15, 8 / 24, own[2]], rel=1e-12)
    ordered = sorted(zip(own, range(3), strict=True))
    holm = dict(zip((index for _, index in ordered), _holm([p for p, _ in ordered]), strict=True))
    terms = ["dose.tests/mann_whitney/afp", "line/spearman/afp", "paired.tests/auto/again"]
    for index, term in enumerate(terms):
        assert row(made, "adjusted_p", term).p == pytest.approx(holm[index], rel=1e-12)
        assert row(made, "raw_p", term).p == own[index]
        assert row(made, "rejected", term).estimate == 0
    lost = row(made, "adjusted_p", "none.tests/t_test/afp")
    assert (lost.p, lost.valid) == (None, False)
    assert lost.reason == "this test compares two groups; 4 hold values"
    assert row(made, "rejected", "none.tests/t_test/afp").estimate is None
    assert kinds(made) == ["family", "left_out_of_family"]
    assert lookup(results, "family/adjusted_p/line%2Fspearman%2Fafp").value == row(made, "adjusted_p", terms[1]).p


def _holm(p: list[float]) -> list[float]:
    found: list[float] = []
    for index, value in enumerate(p):
        found.append(max([min(1.0, (len(p) - index) * value), *found]))
    return found


def test_only_a_family_runs_its_members_too() -> None:
    results = analyse(cohort(MEMBERS), only="family")
    assert {item.id.partition(".")[0] for item in results.items} == {"flow", "family", "dose", "line", "paired", "none"}
    assert results["family"] == run(MEMBERS)["family"]


def test_alpha_decides_on_the_adjusted_p() -> None:
    spec = MEMBERS | {"family": MEMBERS["family"] | {"alpha": 0.45, "adjust": "none"}}
    made = run(spec)["family"]
    assert row(made, "rejected", "dose.tests/mann_whitney/afp").estimate == 1
    assert row(made, "rejected", "line/spearman/afp").estimate == 1
    assert row(made, "rejected", "paired.tests/auto/again").estimate == 0
    assert made.conventions == {"adjustment": "none"}


def test_one_comparison_under_two_tests_is_cautioned() -> None:
    dose = MEMBERS["dose"] | {"also": [{"test": "t_test"}]}
    tests = ["dose.tests/mann_whitney/afp", "dose.tests/t_test/afp"]
    made = run({"dose": dose, "family": {"method": "family", "tests": tests}})["family"]
    assert kinds(made) == ["family", "one_comparison_twice"]


def test_an_address_without_a_test_names_the_nearest() -> None:
    tests = ["dose.tests/mann_whitny/afp", "line/spearman/afp", "beside/afp/all"]
    with pytest.raises(InputError) as caught:
        run(MEMBERS | {"family": {"method": "family", "tests": tests}})
    faults = caught.value.faults
    assert [fault.place for fault in faults] == ["analyses.family.tests.0", "analyses.family.tests.2"]
    assert "dose.tests/mann_whitney/afp" in faults[0].allowed
    assert "no field 'p'" in faults[1].problem


def test_a_family_in_the_report() -> None:
    made = run(MEMBERS)["family"]
    assert isinstance(made, Effects)
    view = effects_view(made)
    assert view == family_view(made)
    assert [cell.text for cell in view.head] == ["Test", "n", "p", "Adjusted p", "Rejected"]
    assert view.rows[0].cells[0].text.startswith("Dose: ")
    assert view.rows[0].cells[4].text == "no"
    assert view.rows[3].cells[3].mark == "a"
    text = [note.text for note in view.notes]
    assert "P adjusted by Holm's method." in text


def test_prose_says_what_is_adjusted() -> None:
    (section,) = [part for part in prose(cohort(MEMBERS).study) if part.heading == "Statistical analysis"]
    assert "within the declared families and nowhere else" in section.paragraphs[0]
    assert any("p adjusted by Holm's method" in entry for entry in section.entries)


# --- slips


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        (COMPARE | {"by": "os", "test": "t_test"}, "'os' has times"),
        (COMPARE | {"by": "afp", "test": "t_test"}, "levels are needed here"),
        (COMPARE | {"by": "orrr", "test": "t_test"}, "unknown variable 'orrr'"),
        (TABLE | {"rows": "good", "columns": "response", "test": "mcnemar"}, "McNemar's test needs the same"),
        (TABLE | {"rows": "response", "columns": "reading", "test": "mcnemar"}, "McNemar's test needs two levels"),
        (TABLE | {"rows": "vein", "columns": "response", "test": "cochran_armitage"}, "needs two levels in columns"),
        (TABLE | {"rows": "good", "columns": "again", "test": "auto", "scores": [1, 2]}, "not asked for"),
        (TABLE | {"rows": "good", "columns": "again", "test": "cochran_armitage", "scores": [1]}, "1 scores for 2"),
        (TABLE | {"rows": "good", "columns": "again", "test": "cochran_armitage", "scores": [3, 3]}, "all the same"),
        (TABLE | {"rows": "good", "columns": "again", "test": "auto", "convention": "plain"}, "no conventions"),
        ({"method": "correlation", "x": "afp", "y": "afp"}, "correlated with itself"),
        ({"method": "correlation", "x": "afp", "y": "vein"}, "a number is needed here"),
        ({"method": "family", "tests": ["a/x/y", "b/x/y"]}, "is a family itself"),
        ({"method": "family", "tests": ["b/x/y", "b/x/y#p"]}, "in the family twice"),
        ({"method": "family", "tests": ["b/x/y", "b/x/z#n"]}, "'n' is no p"),
        ({"method": "family", "tests": ["b/x/y", "c/x/z"]}, "unknown analysis 'c'"),
        ({"method": "family", "tests": ["b/x/y", "b"]}, "no address of a test"),
        ({"method": "family", "tests": ["b/x/y", "b/x/z"], "set": "all_patients"}, "sets of its members"),
    ],
)
def test_slips(spec: dict[str, Any], says: str) -> None:
    sets = {"analysis_sets": {"all_patients": {"grain": "patient"}}}
    with pytest.raises(Exception, match=says):
        cohort({"a": spec, "b": {"method": "summary", "variables": ["afp"]}}, **sets)
