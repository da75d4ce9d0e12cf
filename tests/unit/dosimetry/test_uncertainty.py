"""Uncertainty of dose: the law of propagation against drawn doses."""

from __future__ import annotations

import numpy as np
import pytest

from y90outcomes.dosimetry import mird, partition
from y90outcomes.dosimetry.mird import NetActivity
from y90outcomes.dosimetry.uncertainty import dose_interval, partition_cv, single_compartment_cv, volume_cv

DRAWS = 200_000


def lognormal(rng: np.random.Generator, middle: float, cv: float) -> np.ndarray:
    return middle * np.exp(rng.normal(0, np.sqrt(np.log1p(cv**2)), DRAWS))


def spread(doses: np.ndarray) -> float:
    """Relative standard uncertainty from the spread of logarithms."""
    return float(np.sqrt(np.expm1(np.var(np.log(doses)))))


def net(value: np.ndarray) -> NetActivity:
    return NetActivity(value, True, True)


def test_single_compartment_against_draws() -> None:
    rng = np.random.default_rng(1)
    doses = mird.single_compartment(net(lognormal(rng, 2, 0.05)), lognormal(rng, 0.8, 0.1), 50)
    assert spread(doses) == pytest.approx(float(single_compartment_cv(0.1, 0.05)), rel=0.01)


@pytest.mark.parametrize("ratio", [0.5, 1.0, 3.0, 8.0])
@pytest.mark.parametrize("subtracted", [False, True])
def test_partition_against_draws(ratio: float, subtracted: bool) -> None:
    rng = np.random.default_rng(2)
    tumour, normal = 0.15, 0.9
    masses = lognormal(rng, tumour, 0.08)
    others = lognormal(rng, tumour + normal, 0.05) - masses if subtracted else lognormal(rng, normal, 0.05)
    doses = partition.partition(net(lognormal(rng, 2, 0.03)), lognormal(rng, ratio, 0.1), masses, others, 50)
    found = partition_cv(ratio, (tumour, normal), 0.1, (0.08, 0.05), 0.03, subtracted)
    assert spread(doses.tumour) == pytest.approx(float(found.tumour), rel=0.02)
    assert spread(doses.normal) == pytest.approx(float(found.normal), rel=0.02)


def test_a_ratio_of_one_leaves_the_perfused_dose_as_certain_as_one_compartment() -> None:
    found = partition_cv(1.0, (0.2, 0.8), 0.0, (0.3, 0.1), 0.0, subtracted=True)
    assert float(found.tumour) == float(found.normal) == pytest.approx(float(single_compartment_cv(0.1)))


def test_missing_and_impossible_uncertainties_give_none() -> None:
    assert np.isnan(single_compartment_cv([np.nan, -0.1])).all()
    assert np.isnan(partition_cv(0, (0.2, 0.8), 0.1, (0.1, 0.1)).tumour)
    assert np.isnan(partition_cv(2, (0.2, np.nan), 0.1, (0.1, 0.1)).normal)


def test_a_diameter_counts_three_times() -> None:
    assert float(volume_cv(0.05)) == pytest.approx(0.15)


def test_the_interval_holds_the_dose_and_never_goes_below_zero() -> None:
    low, high = dose_interval([100, 100, np.nan], [0.1, 1.5, 0.1])
    assert (low[:2] > 0).all()
    assert low[0] * high[0] == pytest.approx(100**2)
    assert low[0] == pytest.approx(100 * np.exp(-1.959963984540054 * np.sqrt(np.log(1.01))))
    assert np.isnan(low[2])
