"""An independent second computation where R has no answer or beside it: every case counted, SciPy, lifelines."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.datasets import load_rossi, load_waltons
from lifelines.statistics import multivariate_logrank_test
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight

from y90outcomes.estimators.cox import cox
from y90outcomes.estimators.fisher import fisher
from y90outcomes.estimators.kaplan_meier import kaplan_meier
from y90outcomes.estimators.log_rank import log_rank
from y90outcomes.estimators.mann_whitney import mann_whitney
from y90outcomes.estimators.proportions import proportion

TIED = [
    ([1, 2, 2, 3], [2, 4, 5, 6, 6]),
    ([5, 5, 5], [5, 5, 6]),
    ([0, 0, 0, 1, 1, 2], [0, 1, 1, 2, 2, 2, 3]),
    ([7], [1, 2, 2, 9]),
    ([3, 1, 4, 1, 5, 9], [2, 6]),
    ([1, 1], [1, 1]),
    ([388, 394, 497, 515], [31, 148, 225, 225, 382, 388]),
]


def u_statistic(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    return sum((x > y) + 0.5 * (x == y) for x in a for y in b)


def every_split(a: list[float], b: list[float]) -> float:
    """p by listing all ways to name len(a) of the values the first group, U counted pair by pair."""
    values, middle = [*a, *b], len(a) * len(b) / 2.0
    observed = abs(u_statistic(tuple(a), tuple(b)) - middle)
    hits = total = 0
    for chosen in itertools.combinations(range(len(values)), len(a)):
        rest = [values[i] for i in range(len(values)) if i not in chosen]
        total += 1
        hits += abs(u_statistic(tuple(values[i] for i in chosen), tuple(rest)) - middle) >= observed
    return hits / total


@pytest.mark.parametrize(("a", "b"), TIED)
def test_exact_mann_whitney_counts_every_split(a: list[float], b: list[float]) -> None:
    found = mann_whitney(a, b, method="exact")
    assert found.statistic == u_statistic(tuple(a), tuple(b))
    assert found.p == pytest.approx(every_split(a, b), rel=1e-13)


def test_exact_mann_whitney_equals_scipy_permutation() -> None:
    a, b = np.array([1, 2, 2, 3, 8, 8]), np.array([2, 4, 5, 6, 6, 8, 9])
    ranks = stats.rankdata(np.concatenate((a, b)))

    def distance(first: np.ndarray, second: np.ndarray, axis: int) -> np.ndarray:
        return np.abs(first.sum(axis=axis) - len(a) * (len(a) + len(b) + 1) / 2.0)

    split = (ranks[: len(a)], ranks[len(a) :])
    expected = stats.permutation_test(split, distance, n_resamples=np.inf, alternative="greater", vectorized=True)
    assert mann_whitney(a, b, method="exact").p == pytest.approx(expected.pvalue, rel=1e-12)


def test_exact_mann_whitney_of_large_untied_groups_equals_scipy() -> None:
    rng = np.random.default_rng(7)
    a, b = rng.normal(size=30), rng.normal(0.4, size=35)
    expected = stats.mannwhitneyu(a, b, method="exact")
    found = mann_whitney(a, b, method="exact")
    assert (found.statistic, found.p) == pytest.approx((expected.statistic, expected.pvalue), rel=1e-10)


def test_fisher_of_three_by_three_lists_every_table() -> None:
    table = np.array([[2, 1, 0], [0, 2, 1], [1, 0, 3]])
    rows, columns = table.sum(axis=1), table.sum(axis=0)

    def weight(cells: np.ndarray) -> float:
        return 1.0 / math.prod(math.factorial(int(cell)) for cell in cells.ravel())

    weights = []
    for cells in itertools.product(range(6), repeat=4):
        other = np.zeros((3, 3), dtype=int)
        other[:2, :2] = np.reshape(cells, (2, 2))
        other[:2, 2] = rows[:2] - other[:2, :2].sum(axis=1)
        other[2] = columns - other[:2].sum(axis=0)
        if (other >= 0).all():
            weights.append(weight(other))
    expected = sum(w for w in weights if w <= weight(table) * (1 + 1e-9)) / sum(weights)
    assert fisher(table).p == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("kind", "name"), [("clopper_pearson", "exact"), ("wilson", "wilson"), ("wilson_cc", "wilsoncc")]
)
def test_proportion_equals_scipy(kind: str, name: str) -> None:
    for x, n in ((3, 11), (129, 209), (0, 4), (4, 4)):
        expected = stats.binomtest(x, n).proportion_ci(method=name)
        found = proportion(x, n, interval=kind)
        assert (found.lower, found.upper) == pytest.approx((expected.low, expected.high), abs=1e-10)


def test_curve_equals_lifelines_and_statsmodels() -> None:
    data = load_waltons()
    curve = kaplan_meier(data["T"], data["E"])
    theirs = KaplanMeierFitter().fit(data["T"], data["E"])
    assert theirs.survival_function_.index.to_numpy() == pytest.approx(curve.time)
    assert theirs.survival_function_.iloc[:, 0].to_numpy() == pytest.approx(curve.survival, rel=1e-12)
    drops = np.flatnonzero(curve.survival < 1.0)[:-1]
    limits = theirs.confidence_interval_.to_numpy()[drops]
    assert limits == pytest.approx(np.column_stack((curve.lower, curve.upper))[drops], rel=1e-10)
    right = SurvfuncRight(data["T"], data["E"])
    rows = np.searchsorted(curve.time, right.surv_times)
    assert right.surv_prob == pytest.approx(curve.survival[rows], rel=1e-12)
    assert right.surv_prob_se[:-1] == pytest.approx(curve.se[rows][:-1], rel=1e-10)


def test_log_rank_equals_lifelines() -> None:
    data = load_rossi()
    expected = multivariate_logrank_test(data["week"], data["prio"], data["arrest"])
    found = log_rank(data["week"], data["arrest"], data["prio"]).test
    assert (found.statistic, found.p) == pytest.approx((expected.test_statistic, expected.p_value), rel=1e-9)


def test_cox_equals_lifelines() -> None:
    data = load_rossi()
    names = [name for name in data if name not in ("week", "arrest")]
    options = {"step_size": 1.0, "precision": 1e-10}
    theirs = CoxPHFitter().fit(data, "week", "arrest", fit_options=options)
    found = cox(data["week"], data["arrest"], data[names], names)
    assert [term.coefficient for term in found.terms] == pytest.approx(theirs.params_.to_numpy(), rel=1e-6)
    assert [term.se for term in found.terms] == pytest.approx(theirs.standard_errors_.to_numpy(), rel=1e-6)
    assert found.loglik == pytest.approx(theirs.log_likelihood_, rel=1e-10)
    ours = pd.Series({term.name: term.p for term in found.terms})
    assert ours.to_numpy() == pytest.approx(theirs.summary["p"].to_numpy(), rel=1e-6)
