"""2 x 2 accuracy sets, areas under the curve, contingency tests and what a log-rank test can give."""

from __future__ import annotations

import itertools

import pytest
from as_printed import rounded
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import chdtrc

from y90outcomes.published.checks.accuracy import (
    MEASURES,
    accuracy_set,
    auc_and_point,
    auc_bounds,
    auc_interval,
    auc_p,
    shares,
    tables_printing,
)
from y90outcomes.published.checks.counted_tests import (
    log_rank_largest,
    log_rank_possible,
    table_p,
    table_p_values,
)
from y90outcomes.published.rounding import Printed, Span, printed

FIVE = MEASURES[:5]
LESION = dict(zip(FIVE, map(printed, ("64.7", "85.4", "90.2", "53.8", "71.4")), strict=True))
PATIENT = dict(zip(FIVE, map(printed, ("66.7", "71.2", "87.5", "41.7", "67.9")), strict=True))


def test_a_consistent_set() -> None:
    assert tables_printing(LESION, 85, 41) == ((55, 6, 30, 35),)
    assert accuracy_set(LESION, total=126).verdict == "agrees"


def test_the_odd_measure_is_named() -> None:
    check = accuracy_set(PATIENT, 21, 7)
    assert check.verdict == "disagrees"
    assert "all but the specificity" in check.detail
    assert "71.429" in check.detail


def test_faults() -> None:
    with pytest.raises(ValueError, match="unknown measure"):
        tables_printing({"luck": printed("50")}, 1, 1)
    with pytest.raises(ValueError, match="group sizes"):
        tables_printing(LESION)
    assert accuracy_set({"ppv": printed("50")}, 3, 3).verdict == "not_checkable"


@settings(max_examples=40, deadline=None)
@given(st.tuples(*[st.integers(1, 30)] * 4), st.sampled_from(["half up", "half to even"]))
def test_true_sets_are_never_accused(table: tuple[int, int, int, int], rule: str) -> None:
    of = shares(table)
    measures = {name: rounded(100 * of[name][0] / of[name][1], 1, rule) for name in FIVE}
    assert accuracy_set(measures, table[0] + table[2], table[1] + table[3]).verdict == "agrees"
    wrong = measures | {"ppv": Printed(measures["ppv"].number + 3 * measures["ppv"].unit, 1)}
    assert accuracy_set(wrong, table[0] + table[2], table[1] + table[3]).verdict in ("last_digit", "disagrees")


def test_areas() -> None:
    assert auc_bounds(Span(0.5, 0.5), Span(0.8, 0.8)) == Span(0.4, 0.9)
    assert auc_and_point(printed("0.79"), printed("64.7"), printed("85.4"), best=True).verdict == "agrees"
    assert auc_and_point(printed("0.89"), printed("64.7"), printed("85.4"), best=True).verdict == "disagrees"
    assert auc_interval(printed("0.79"), printed("0.70"), printed("0.87")).verdict == "agrees"
    assert auc_interval(printed("0.79"), printed("0.82"), printed("0.87")).verdict == "disagrees"
    assert auc_p(printed("0.78"), 21, 7, printed("0.003")).method == "Hanley-McNeil"
    assert auc_p(printed("0.78"), 21, 7, printed("0.029")).method == "Mann-Whitney (normal)"
    assert auc_p(printed("0.78"), 21, 7, printed("0.012")).verdict == "method_differs"
    assert auc_p(printed("0.78"), 21, 7, printed("0.40")).verdict == "disagrees"
    assert auc_p(printed("0.79"), 85, 41, printed("0.0001"), "<").verdict == "agrees"
    assert auc_p(printed("0.79"), 85, 0, printed("0.5")).verdict == "not_checkable"


def test_tables() -> None:
    # R: chisq.test(matrix(c(20, 10, 8, 18), 2), correct = FALSE) 0.007374, TRUE 0.01589; fisher.test 0.01512
    table = [[20, 8], [10, 18]]
    assert table_p(table, printed("0.0074")).method == "chi-square"
    assert "Yates" in table_p(table, printed("0.0159")).method
    assert table_p(table, printed("0.0151")).method == "Fisher"
    assert table_p(table, printed("0.2")).verdict == "disagrees"
    assert table_p(table, printed("0.05"), "<").verdict == "agrees"
    assert table_p_values([[0, 0], [3, 4]]) == {"Fisher": 1.0}
    assert set(table_p_values([[3, 1, 4], [1, 5, 9]])) == {"chi-square", "Fisher", "likelihood ratio"}


def every_history(n1: int, n2: int, e1: int, e2: int) -> float:
    """The greatest log-rank statistic over every order, tie and censoring time of so few patients."""
    n, best = n1 + n2, 0.0
    event = [i < e1 for i in range(n1)] + [i < e2 for i in range(n2)]
    kinds = [slice(0, e1), slice(e1, n1), slice(n1, n1 + e2), slice(n1 + e2, n)]
    options = [itertools.combinations_with_replacement(range(1, n + 1), part.stop - part.start) for part in kinds]
    for chosen in itertools.product(*options):
        times = [t for part in chosen for t in part]
        excess = variance = 0.0
        for at in {t for t, died in zip(times, event, strict=True) if died}:
            r1, r2 = sum(t >= at for t in times[:n1]), sum(t >= at for t in times[n1:])
            died = [died and t == at for t, died in zip(times, event, strict=True)]
            d, d2, total = sum(died), sum(died[n1:]), r1 + r2
            excess += d2 - d * r2 / total
            variance += d * r1 * r2 * (total - d) / (total**2 * (total - 1)) if total > 1 else 0.0
        if variance > 1e-12:
            best = max(best, excess**2 / variance)
    return best


@pytest.mark.parametrize("case", [(2, 3, 0, 2), (3, 2, 0, 2), (2, 3, 1, 2), (1, 4, 0, 3), (2, 2, 2, 2)])
def test_no_history_gives_a_smaller_log_rank_p(case: tuple[int, int, int, int]) -> None:
    n1, n2, e1, e2 = case
    assert log_rank_largest(n1, n2, e1 + e2, e1) == pytest.approx(float(chdtrc(1, every_history(*case))), rel=1e-9)


def test_log_rank() -> None:
    free = log_rank_largest(7, 11, 6, 0)
    stays = log_rank_largest(7, 11, 6, 0, early_censoring=False)
    assert free is not None
    assert stays is not None
    assert free < 0.001 < 0.01 < stays
    assert log_rank_possible(7, 11, 6, 0, printed("0.001"), "<").verdict == "agrees"
    assert log_rank_possible(7, 11, 6, 0, printed("0.001"), "<", early_censoring=False).verdict == "disagrees"
    assert log_rank_possible(3, 3, 2, 0, printed("0.001"), "<").verdict == "disagrees"
    assert log_rank_largest(3, 3, 0) is None
    assert log_rank_largest(28, 28, 50, 23) is None
    with pytest.raises(ValueError, match="events"):
        log_rank_largest(3, 3, 9)
