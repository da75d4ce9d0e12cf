"""MIRD and partition: the worked example, energy, inverses, and numbers that cannot be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from y90outcomes.dosimetry import mird, partition
from y90outcomes.dosimetry.constants import K, energy_constant
from y90outcomes.dosimetry.inputs import amount, fraction, mass_of, positive, reasons
from y90outcomes.dosimetry.mird import NetActivity, administered, implanted, remove_residual, remove_shunt

ACTIVITY = st.floats(0.1, 20)
MASS = st.floats(0.02, 3)
SHARE = st.floats(0, 0.9)
RATIO = st.floats(0.2, 20)


def test_the_constants_by_name() -> None:
    assert K["salem_2022"] == 50
    assert K["mird_49_67"] == 49.67
    assert round(K["half_life_and_energy"], 2) == 49.43
    assert energy_constant(2 * 64.1) == pytest.approx(2 * energy_constant())


def test_salems_worked_example_has_its_shunt_taken_off_once() -> None:
    net = implanted(administered(2.2), 0.01, 0.05)
    assert float(net.value) == pytest.approx(2.2 * 0.99 * 0.95, rel=1e-15)
    assert round(float(net.value), 2) == 2.07
    assert float(mird.single_compartment(net, 0.5, 50)) == pytest.approx(206.91, abs=1e-9)


def test_nothing_is_taken_off_twice() -> None:
    net = implanted(administered(2.2), 0.01, 0.05)
    with pytest.raises(ValueError, match="shunt has been taken off"):
        remove_shunt(net, 0.05)
    with pytest.raises(ValueError, match="residual has been taken off"):
        remove_residual(net, 0.01)
    assert implanted(net, 0.01, 0.05).value == net.value
    assert implanted(NetActivity(np.array(2.07), True, True), np.nan, np.nan).value == 2.07


@pytest.mark.parametrize("activity", [administered(2.0), remove_residual(administered(2.0), 0.1),
                                      remove_shunt(administered(2.0), 0.1)])  # fmt: skip
def test_a_liver_dose_needs_both_taken_off(activity: NetActivity) -> None:
    with pytest.raises(ValueError, match="take residual and lung shunt off"):
        mird.single_compartment(activity, 1.0, 50)
    with pytest.raises(ValueError, match="take residual and lung shunt off"):
        partition.partition(activity, 3, 0.1, 0.5, 50)


def test_the_lung_dose_needs_the_residual_taken_off() -> None:
    with pytest.raises(ValueError, match="residual"):
        mird.lung_dose(administered(2.0), 0.1, 1.0, 50)


@given(ACTIVITY, SHARE, st.floats(0.001, 0.9), st.floats(0.3, 2))
def test_the_lung_dose_is_the_same_before_and_after_the_shunt_is_taken_off(
    activity: float, residual: float, shunt: float, lung: float
) -> None:
    left = remove_residual(administered(activity), residual)
    before = mird.lung_dose(left, shunt, lung, 50)
    after = mird.lung_dose(remove_shunt(left, shunt), shunt, lung, 50)
    assert after == pytest.approx(before, rel=1e-12)
    assert before == pytest.approx(50 * activity * (1 - residual) * shunt / lung, rel=1e-12)


@given(ACTIVITY, SHARE, SHARE, MASS)
def test_the_activity_needed_is_the_inverse_of_the_dose(a: float, r: float, f: float, mass: float) -> None:
    dose = mird.single_compartment(implanted(administered(a), r, f), mass, 50)
    assert mird.activity_needed(dose, mass, r, f, 50) == pytest.approx(a, rel=1e-12)


@given(ACTIVITY, SHARE, SHARE, RATIO, MASS, MASS, st.sampled_from(["tumour", "normal"]))
def test_the_activity_needed_for_a_compartment_is_the_inverse_of_partition(
    a: float, r: float, f: float, ratio: float, tumour: float, normal: float, name: str
) -> None:
    doses = partition.partition(implanted(administered(a), r, f), ratio, tumour, normal, 50)
    found = partition.activity_needed(getattr(doses, name), name, ratio, (tumour, normal), (r, f), 50)
    assert found == pytest.approx(a, rel=1e-12)


@given(ACTIVITY, SHARE, SHARE, RATIO, MASS, MASS, st.sampled_from(sorted(K)))
def test_partition_conserves_energy_and_keeps_the_ratio(
    a: float, r: float, f: float, ratio: float, tumour: float, normal: float, k: str
) -> None:
    net = implanted(administered(a), r, f)
    doses = partition.partition(net, ratio, tumour, normal, K[k])
    assert doses.tumour * tumour + doses.normal * normal == pytest.approx(K[k] * a * (1 - r) * (1 - f), rel=1e-12)
    assert partition.ratio_from_doses(doses.tumour, doses.normal) == pytest.approx(ratio, rel=1e-12)
    balance = partition.energy_balance(net, doses.tumour, tumour, doses.normal, normal, K[k])
    assert balance == pytest.approx(1, rel=1e-12)


@given(ACTIVITY, SHARE, SHARE, RATIO, MASS, MASS)
def test_doses_move_the_right_way(a: float, r: float, f: float, ratio: float, tumour: float, normal: float) -> None:
    net = implanted(administered(a), r, f)
    doses = partition.partition(net, ratio, tumour, normal, 50)
    richer = partition.partition(net, 1.1 * ratio, tumour, normal, 50)
    assert richer.tumour > doses.tumour
    assert richer.normal < doses.normal
    heavier = partition.partition(net, ratio, tumour, 1.1 * normal, 50)
    assert heavier.tumour < doses.tumour
    whole = mird.single_compartment(net, tumour + normal, 50)
    assert min(doses.tumour, doses.normal) <= whole * (1 + 1e-12)
    assert whole <= max(doses.tumour, doses.normal) * (1 + 1e-12)


@given(ACTIVITY, st.floats(20, 3000))
def test_units_change_nothing(activity: float, volume: float) -> None:
    def dose(gbq: float, ml: float) -> float:
        return float(mird.single_compartment(implanted(administered(gbq), 0.01, 0.05), mass_of(ml, 1.03), 50))

    assert dose(activity / 0.037 * 0.037, volume / 1000 * 1000) == pytest.approx(dose(activity, volume), rel=1e-14)


def test_at_a_ratio_of_one_both_compartments_have_the_perfused_dose() -> None:
    net = implanted(administered(3.0), 0.0, 0.0)
    doses = partition.partition(net, 1.0, 0.2, 0.8, 50)
    assert float(doses.tumour) == float(doses.normal) == pytest.approx(150)


def test_the_whole_normal_liver_dilutes_the_perfused_dose() -> None:
    found = partition.whole_normal([100, 100, 100, 100], [0.5, 0.5, 0.6, 0.5], [1.0, 0.5, 0.5, np.nan])
    np.testing.assert_allclose(found, [50, 100, np.nan, np.nan])


@pytest.mark.parametrize(
    ("activity", "residual", "shunt", "mass"),
    [(-1, 0, 0, 1), (1, -0.01, 0, 1), (1, 1.01, 0, 1), (1, 0, 1.01, 1), (1, 0, 0, 0), (1, 0, 0, -1), (np.inf, 0, 0, 1),
     (np.nan, 0, 0, 1), (1, np.nan, 0, 1), (1, 0, np.nan, 1), (1, 0, 0, np.nan)],
)  # fmt: skip
def test_missing_and_impossible_numbers_give_no_dose(
    activity: float, residual: float, shunt: float, mass: float
) -> None:
    assert np.isnan(mird.single_compartment(implanted(administered(activity), residual, shunt), mass, 50))
    assert np.isnan(partition.partition(implanted(administered(activity), residual, shunt), 2, mass, 1, 50).tumour)


@pytest.mark.parametrize("ratio", [0, -1, np.nan, np.inf])
def test_a_ratio_that_cannot_be_gives_no_dose(ratio: float) -> None:
    doses = partition.partition(implanted(administered(1), 0, 0), ratio, 0.1, 0.5, 50)
    assert np.isnan(doses.tumour)
    assert np.isnan(doses.normal)


def test_everything_left_in_the_vial_is_a_dose_of_zero_and_no_activity_needed() -> None:
    assert mird.single_compartment(implanted(administered(2), 1, 0.1), 1, 50) == 0
    assert np.isnan(mird.activity_needed(100, 1, 1, 0.1, 50))
    assert np.isnan(mird.activity_needed(100, 1, 0.1, 1, 50))
    assert np.isnan(mird.lung_dose(NetActivity(np.array(0.0), True, True), 1, 1, 50))


def test_a_compartment_of_another_name_is_refused() -> None:
    with pytest.raises(ValueError, match="tumour or normal"):
        partition.activity_needed(100, "lung", 3, (0.1, 0.5), (0, 0), 50)


def test_what_numbers_may_be() -> None:
    values = [-1, 0, 0.5, 1, 1.5, np.inf, np.nan]
    np.testing.assert_array_equal(amount(values), [np.nan, 0, 0.5, 1, 1.5, np.nan, np.nan])
    np.testing.assert_array_equal(positive(values), [np.nan, np.nan, 0.5, 1, 1.5, np.nan, np.nan])
    np.testing.assert_array_equal(fraction(values), [np.nan, 0, 0.5, 1, np.nan, np.nan, np.nan])


def test_reasons_name_the_first_fault_and_impossible_before_missing() -> None:
    found = reasons(activity=("amount", [1, np.nan, np.nan, -1]), mass=("positive", [1, 1, 0, 0]))
    assert found.tolist() == ["", "activity missing", "mass impossible", "activity impossible"]


def test_a_recorded_mass_goes_before_volume_and_is_not_replaced_when_impossible() -> None:
    np.testing.assert_allclose(
        mass_of([1000, 1000, np.nan, 1000], 1.03, [np.nan, 1.06, 0.5, 0]), [1.03, 1.06, 0.5, np.nan]
    )


def test_lesions_weigh_by_volume_and_one_unknown_takes_the_mean_away() -> None:
    group = np.array([0, 0, 1, 1, 2, -1])
    found = partition.volume_weighted([100, 200, 100, np.nan, 50, 9], [3, 1, 1, 1, 0, 1], group, 4)
    np.testing.assert_array_equal(found, [125, np.nan, np.nan, np.nan])
