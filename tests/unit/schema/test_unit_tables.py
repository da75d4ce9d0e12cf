"""The unit table: factors of the sources, spellings of one unit, and nothing guessed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from y90outcomes.units import UNITS, accepted_units, canonical_unit, factor, normalise


@pytest.mark.parametrize(
    ("quantity", "canonical", "factors"),
    [
        ("bilirubin", "µmol/L", {"mg/dL": "17.104"}),
        ("albumin", "g/L", {"g/dL": "10"}),
        ("creatinine", "µmol/L", {"mg/dL": "88.40"}),
        ("afp", "ng/mL", {"µg/L": "1"}),
        (
            "cell_count",
            "10⁹/L",
            {"G/L": "1", "10³/µL": "1", "/nL": "1", "/µL": "0.001", "/mm³": "0.001", "10^9/L": "1", "10*3/uL": "1"},
        ),
        ("inr", "ratio", {}),
        ("prothrombin_percent", "%", {}),
        ("prothrombin_seconds_over_control", "s", {}),
        ("enzyme", "U/L", {"µkat/L": "60", "IU/L": "1"}),
        ("sodium", "mmol/L", {"mEq/L": "1"}),
        ("length", "mm", {"cm": "10"}),
        ("volume", "mL", {"cm³": "1", "L": "1000"}),
        ("body_mass", "kg", {"lb": "0.45359237"}),
        ("height", "cm", {"m": "100", "in": "2.54"}),
        ("activity", "GBq", {"mCi": "0.037", "MBq": "0.001"}),
        ("dose", "Gy", {"cGy": "0.01"}),
        ("day", "d", {"months": "30.4375", "weeks": "7"}),
    ],
)
def test_the_factors_of_the_sources(quantity, canonical, factors):
    assert canonical_unit(quantity) == canonical
    assert factor(quantity, canonical) == 1
    assert accepted_units(quantity)[0] == normalise(canonical)
    for unit, value in factors.items():
        assert factor(quantity, unit) == Decimal(value), unit


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("umol/l", "µmol/L"), ("μmol/L", "µmol/L"), ("mg / dl", "mg/dL"), ("10^9/l", "10^9/L"), ("10^3/ul", "10³/µL"),
        ("/mm3", "/mm³"), ("cm3", "cm³"), ("m^2", "m²"), ("ml", "mL"), ("ug/l", "µg/L"), ("10⁹/L", "10⁹/L"),
        ("Mg/L", "Mg/L"),
    ],
)  # fmt: skip
def test_spellings_of_one_unit(written, plain):
    assert normalise(written) == plain


@pytest.mark.parametrize("unit", ["IU/mL", "kU/L", "UI/mL", "", "ng", "NG/ML"])
def test_afp_units_that_are_never_converted_by_themselves(unit):
    assert factor("afp", unit) is None


def test_every_factor_is_positive_and_every_name_in_its_one_spelling():
    for quantity, (_canonical, units) in UNITS.items():
        assert all(value > 0 for value in units.values()), quantity
        assert all(normalise(name) == name for name in units), quantity
