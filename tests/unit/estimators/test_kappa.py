"""Cohen's kappa by hand, against the published example and against statsmodels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from statsmodels.stats.inter_rater import cohens_kappa

from y90outcomes.estimators.kappa import agreement_weights, kappa

FLEISS = [[75, 1, 4], [5, 4, 1], [0, 0, 10]]
"""Two raters, 100 patients (Fleiss, Statistical Methods for Rates and Proportions, 2nd ed. 1981, chapter 13)."""


def test_the_published_example() -> None:
    """Observed 0.89, by chance 0.80·0.80 + 0.10·0.05 + 0.10·0.15 = 0.66, so kappa is 0.23/0.34."""
    made = kappa(FLEISS)
    assert made.estimate == pytest.approx(0.23 / 0.34, abs=1e-12)
    assert (made.n, made.events) == (100, 89)
    assert made.se == pytest.approx(0.0878, abs=5e-4)
    assert made.statistic == pytest.approx(8.88, abs=0.02)
    assert made.lower == pytest.approx(made.estimate - 1.959964 * made.se, abs=1e-6)


def test_weights_by_hand() -> None:
    """Three levels: neighbours earn 1/2 under linear weights and 3/4 under quadratic ones."""
    assert agreement_weights(3, "linear").tolist() == [[1, 0.5, 0], [0.5, 1, 0.5], [0, 0.5, 1]]
    assert agreement_weights(3, "quadratic").tolist() == [[1, 0.75, 0], [0.75, 1, 0.75], [0, 0.75, 1]]
    table = [[10, 5], [3, 12]]
    assert kappa(table, weights="linear").estimate == pytest.approx(kappa(table).estimate, abs=1e-15)
    linear = kappa([[2, 1, 0], [0, 2, 0], [0, 0, 1]], weights="linear")
    observed = (5 + 0.5) / 6
    chance = (3 * 2 + 3 * 3 * 0.5 + 2 * 2 * 0.5 + 2 * 3 + 2 * 1 * 0.5 + 1 * 3 * 0.5 + 1 * 1) / 36
    assert linear.estimate == pytest.approx((observed - chance) / (1 - chance), abs=1e-12)


@pytest.mark.parametrize(("weights", "word"), [("unweighted", None), ("linear", "linear"), ("quadratic", "quadratic")])
def test_statsmodels_agrees(weights: str, word: str | None) -> None:
    rng = np.random.default_rng(1960)
    for size in (2, 3, 4, 5):
        table = rng.integers(1, 30, (size, size))
        ours, theirs = kappa(table, weights=weights), cohens_kappa(table, wt=word)
        assert ours.estimate == pytest.approx(theirs.kappa, abs=1e-12)
        assert ours.se == pytest.approx(theirs.std_kappa, abs=1e-12)
        assert ours.statistic == pytest.approx(theirs.z_value, abs=1e-9)
        assert ours.p == pytest.approx(theirs.pvalue_two_sided, abs=1e-9)
        assert (ours.lower, ours.upper) == pytest.approx((theirs.kappa_low, theirs.kappa_upp), abs=1e-9)


def test_perfect_and_worse_than_chance() -> None:
    assert kappa([[5, 0], [0, 7]]).estimate == 1
    assert kappa([[5, 0], [0, 7]]).upper == 1
    assert kappa([[0, 5], [5, 0]]).estimate == -1


@pytest.mark.parametrize(("table", "reason"), [([[0, 0], [0, 0]], "nobody"), ([[9, 0], [0, 0]], "one level")])
def test_no_number_where_there_is_none(table: list[list[int]], reason: str) -> None:
    made = kappa(table)
    assert not made.valid
    assert math.isnan(made.estimate)
    assert reason in made.reason


def test_a_table_must_be_square() -> None:
    with pytest.raises(ValueError, match="square"):
        kappa([[1, 2, 3], [4, 5, 6]])
    with pytest.raises(ValueError, match="kappa_weights"):
        kappa([[1, 2], [3, 4]], weights="cubic")
