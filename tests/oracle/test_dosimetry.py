"""Doses by hand in decimal arithmetic, which imports none of our constants, and against the committed output of R."""

from __future__ import annotations

import csv
import math
from decimal import Decimal, getcontext
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from y90outcomes.dosimetry import mird, partition
from y90outcomes.dosimetry.constants import K
from y90outcomes.dosimetry.courses import add_energy
from y90outcomes.dosimetry.decay import activity_at, decay_factor, sphere_activity
from y90outcomes.dosimetry.mird import administered, implanted, remove_residual
from y90outcomes.dosimetry.uncertainty import partition_cv

getcontext().prec = 40
HERE = Path(__file__).parent
LN2 = Decimal(2).ln()
BY_NAME = {
    "salem_2022": Decimal(50),
    "mird_49_67": Decimal("49.67"),
    # 1e9 Bq, 0.9267 MeV, 64.1 h; the joule of an electronvolt is exact in the SI
    "half_life_and_energy": Decimal("1e9") * Decimal("0.9267e6") * Decimal("1.602176634e-19") * Decimal("230760") / LN2,
}


@cache
def cases() -> dict[str, dict[str, str]]:
    with (HERE / "data" / "dosimetry.csv").open(encoding="utf-8", newline="") as lines:
        return {row["case"]: row for row in csv.DictReader(lines)}


@cache
def reference() -> dict[tuple[str, str, str], float]:
    with (HERE / "reference" / "dosimetry.csv").open(encoding="utf-8", newline="") as lines:
        return {
            (row["dataset"], row["quantity"], row["convention"]): float(row["value"]) for row in csv.DictReader(lines)
        }


def ours(name: str, k: str) -> dict[str, float]:
    """Every quantity of a case by the code under test."""
    row = {key: float(value) for key, value in cases()[name].items() if key != "case"}
    net = implanted(administered(row["activity"]), row["residual"], row["shunt"])
    masses = (row["tumour_mass"], row["normal_mass"])
    doses = partition.partition(net, row["ratio"], *masses, K[k])
    cv = partition_cv(row["ratio"], masses, 0.2, (0.1, 0.05), 0.03)
    left = remove_residual(administered(row["activity"]), row["residual"])
    return {
        "perfused": float(mird.single_compartment(net, sum(masses), K[k])),
        "lung": float(mird.lung_dose(left, row["shunt"], row["lung_mass"], K[k])),
        "tumour": float(doses.tumour),
        "normal": float(doses.normal),
        "whole_normal": float(partition.whole_normal(doses.normal, masses[1], row["whole_normal_mass"])),
        "needed_for_205": float(
            partition.activity_needed(205, "tumour", row["ratio"], masses, (row["residual"], row["shunt"]), K[k])
        ),
        "tumour_cv": float(cv.tumour),
        "normal_cv": float(cv.normal),
    }


def by_hand(name: str, k: Decimal) -> dict[str, Decimal]:
    """The same by substitution: the normal dose is what is left of the energy after the tumour's."""
    row = {key: Decimal(value) for key, value in cases()[name].items() if key != "case"}
    kept = row["activity"] * (1 - row["residual"])
    to_lung = kept * row["shunt"]
    energy = k * (kept - to_lung)
    equivalent = row["tumour_mass"] * row["ratio"] + row["normal_mass"]
    tumour_energy = energy * row["tumour_mass"] * row["ratio"] / equivalent
    normal = (energy - tumour_energy) / row["normal_mass"]
    tumour = tumour_energy / row["tumour_mass"]
    share = tumour_energy / energy
    common = Decimal("0.03") ** 2 + (share * Decimal("0.1")) ** 2 + ((1 - share) * Decimal("0.05")) ** 2
    return {
        "perfused": energy / (row["tumour_mass"] + row["normal_mass"]),
        "lung": k * to_lung / row["lung_mass"],
        "tumour": tumour,
        "normal": normal,
        "whole_normal": (energy - tumour_energy) / row["whole_normal_mass"],
        "needed_for_205": row["activity"] * 205 / tumour,
        "tumour_cv": (common + ((1 - share) * Decimal("0.2")) ** 2).sqrt(),
        "normal_cv": (common + (share * Decimal("0.2")) ** 2).sqrt(),
    }


@pytest.mark.parametrize("k", BY_NAME)
@pytest.mark.parametrize("name", cases())
def test_doses_by_hand(name: str, k: str) -> None:
    theirs = by_hand(name, BY_NAME[k])
    assert ours(name, k) == pytest.approx({key: float(value) for key, value in theirs.items()}, rel=1e-12)


@pytest.mark.parametrize("name", cases())
def test_doses_against_r(name: str) -> None:
    theirs = {key: value for key, value in reference().items() if key[0] == name}
    assert len(theirs) == 14
    for (_, quantity, k), value in theirs.items():
        # the uncertainties come from numerical derivatives
        assert ours(name, k)[quantity] == pytest.approx(value, rel=1e-9), quantity


def test_the_constant_by_hand_and_in_r() -> None:
    assert K.keys() == BY_NAME.keys()
    for name, value in BY_NAME.items():
        assert K[name] == pytest.approx(float(value), rel=1e-14)
    assert K["half_life_and_energy"] == pytest.approx(reference()["constant", "k", "half_life_and_energy"], rel=1e-9)


@pytest.mark.parametrize("days", ["0", "3", "7", "8", "12.5"])
def test_decay_by_hand_and_in_r(days: str) -> None:
    left = (-LN2 * Decimal(days) * 24 / Decimal("64.1")).exp()
    number = float(days)
    assert float(decay_factor(number)) == pytest.approx(float(left), rel=1e-14)
    assert float(decay_factor(number)) == pytest.approx(reference()["decay", f"factor@{days}", ""], rel=1e-9)
    assert float(sphere_activity(number)) == pytest.approx(reference()["decay", f"sphere@{days}", ""], rel=1e-9)
    assert float(activity_at(3, number)) == pytest.approx(float(3 * left), rel=1e-14)


def test_salems_example_by_hand() -> None:
    net = Decimal("2.2") * Decimal("0.99") * Decimal("0.95")
    assert round(net, 2) == Decimal("2.07")
    assert float(implanted(administered(2.2), 0.01, 0.05).value) == pytest.approx(float(net), rel=1e-15)
    # with the shunt taken off twice it would be 1.97
    assert not math.isclose(float(net * Decimal("0.95")), float(implanted(administered(2.2), 0.01, 0.05).value))


def test_a_staged_course_by_hand() -> None:
    """Left lobe 0.5 kg at 120 Gy, right lobe 1 kg at 60 Gy: 120 J in 1.5 kg are 80 Gy."""
    found = add_energy([120, 60], [0.5, 1.0], np.array([0, 0]), 1, same_volume=False)
    assert found.tolist() == [80]
