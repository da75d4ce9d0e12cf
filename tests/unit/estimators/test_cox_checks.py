"""What a Cox fit is checked with: residuals, the test of proportional hazards, concordance."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from tests.unit.estimators.test_cox_more import TIES, sample

from y90outcomes.estimators import cox_residuals as residual
from y90outcomes.estimators.concordance import concordance
from y90outcomes.estimators.cox_kernel import fit_cox
from y90outcomes.estimators.proportional_hazards import proportional_hazards, transformed_time


@pytest.mark.parametrize("ties", TIES)
def test_residuals_add_up(ties: str) -> None:
    data = sample()
    kernel = fit_cox(data["time"], data["event"], data["design"], ties=ties, strata=data["strata"], start=data["start"])
    assert residual.martingale_residuals(kernel).sum() == pytest.approx(0.0, abs=1e-9)
    assert residual.score_residuals(kernel).sum(axis=0) == pytest.approx(np.zeros(3), abs=1e-8)
    assert residual.schoenfeld_residuals(kernel).residual.sum(axis=0) == pytest.approx(np.zeros(3), abs=1e-8)
    assert residual.scaled_schoenfeld_residuals(kernel).residual.mean(axis=0) == pytest.approx(kernel.beta, rel=1e-7)
    assert np.all(np.sign(residual.deviance_residuals(kernel)) == np.sign(residual.martingale_residuals(kernel)))


def test_residuals_of_no_fit_are_missing() -> None:
    for event, x in ((np.zeros(4), [1, 2, 3, 4]), (np.ones(4), [1, 1, 1, 1])):
        kernel = fit_cox([1, 2, 3, 4], event, x)
        assert np.isnan(residual.martingale_residuals(kernel)).all()
        assert np.isnan(residual.dfbeta_residuals(kernel)).all()
        assert np.isnan(residual.score_residuals(kernel)).all()
        assert np.isnan(residual.schoenfeld_residuals(kernel).residual).all()
        assert np.isnan(residual.scaled_schoenfeld_residuals(kernel).residual).all()
        assert np.isnan(residual.baseline_hazard(kernel).cumulative).all()


# Proportional hazards


def test_no_test_of_proportional_hazards_without_a_fit_or_two_times() -> None:
    cases = [
        (([1, 2, 3, 4], np.zeros(4), [1, 2, 3, 4]), "km", "no events"),
        (([5, 5, 5, 7, 8], [1, 1, 1, 0, 0], [1, 3, 2, 2, 1]), "km", "one time"),
        (([0, 1, 2, 3, 4], np.ones(5), [1, 3, 2, 2, 1]), "log", "time 0"),
    ]
    for arrays, transform, reason in cases:
        made = proportional_hazards(fit_cox(*arrays), transform=transform)
        assert reason in made.overall.reason
        assert all(not test.valid and math.isnan(test.p) for test in made.tests.values())
    with pytest.raises(ValueError, match="proportional_hazards"):
        proportional_hazards(fit_cox([1, 2], [1, 1], [1, 2]), transform="sqrt")


def test_the_unit_of_time_is_no_matter_for_rank_and_identity() -> None:
    data = sample()
    kernels = [fit_cox(data["time"] * unit, data["event"], data["design"]) for unit in (1.0, 365.25)]
    for transform in ("km", "rank", "identity", "log"):
        a, b = (proportional_hazards(kernel, transform=transform).overall.statistic for kernel in kernels)
        assert a == pytest.approx(b, rel=1e-8)
        assert len(transformed_time(kernels[0], transform)) == data["event"].sum()


def test_a_block_of_one_column_is_that_column() -> None:
    data = sample()
    kernel = fit_cox(data["time"], data["event"], data["design"])
    by_column = proportional_hazards(kernel)
    by_block = proportional_hazards(kernel, {"one": [0], "rest": [1, 2]})
    assert by_block.tests["one"].statistic == pytest.approx(by_column.tests["x1"].statistic)
    assert by_block.tests["rest"].df == 2
    assert by_block.overall.df == 3


# Concordance


def brute(data: dict[str, Any], score: np.ndarray) -> tuple[float, float]:
    """C and its jackknife se by every pair."""
    n = len(score)
    won, lost, even, mine, all_of = 0.0, 0.0, 0.0, np.zeros(n), np.zeros(n)
    for i, j in itertools.permutations(range(n), 2):
        t, same = data["time"][i], data["strata"][i] == data["strata"][j]
        later = data["time"][j] > t or (data["time"][j] == t and not data["event"][j])
        if data["event"][i] and same and later and data["start"][j] < t:
            value = float(score[i] > score[j]) + 0.5 * float(score[i] == score[j])
            won += score[i] > score[j]
            lost += score[i] < score[j]
            even += score[i] == score[j]
            for one in (i, j):
                mine[one] += value
                all_of[one] += 1
    total = won + lost + even
    c = (won + even / 2) / total
    return c, math.sqrt((((mine - c * all_of) / total) ** 2).sum())


@pytest.mark.parametrize("seed", range(4))
def test_concordance_is_that_of_every_pair(seed: int) -> None:
    data = sample(40, seed=seed)
    score = np.round(data["design"][:, 0], 0)
    made = concordance(data["time"], data["event"], score, start=data["start"], strata=data["strata"]).estimate
    assert (made.estimate, made.se) == pytest.approx(brute(data, score), rel=1e-12)


@pytest.mark.parametrize(
    ("time", "event", "score", "expected"),
    [
        ([1, 2, 3], [1, 1, 1], [3, 2, 1], 1.0),
        ([1, 2, 3], [1, 1, 1], [1, 2, 3], 0.0),
        ([1, 2, 3], [1, 1, 1], [1, 1, 1], 0.5),
        ([1, 1], [1, 0], [2, 1], 1.0),
    ],
)
def test_concordance_by_hand(time: list[int], event: list[int], score: list[int], expected: float) -> None:
    made = concordance(time, event, score).estimate
    assert made.estimate == expected
    assert 0.0 <= made.lower <= made.upper <= 1.0


@pytest.mark.parametrize(("time", "event"), [([], []), ([1], [1]), ([1, 2], [0, 0]), ([1, 1], [1, 1])])
def test_no_pair_no_concordance(time: list[int], event: list[int]) -> None:
    made = concordance(time, event, np.zeros(len(time))).estimate
    assert not made.valid
    assert math.isnan(made.estimate)
    assert "no pair" in made.reason
