"""Units as exact strings and exact decimal factors: analyte-specific, nothing guessed.

Conversion multiplies the decimal text exactly and takes the nearest double once, so a value sent in another unit with
the exact decimal equivalent arrives as the same double. AFP in IU/mL needs the assay's own factor, given by the
centre's mapping; it is never a default. Factors: bilirubin 17.104 and creatinine 88.40 µmol/L per mg/dL, from molar
masses 584.66 and 113.12 g/mol; Ci to Bq by definition (3.7e10).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

DAYS_PER_MONTH = "30.4375"
"""Days in a month (365.25 / 12); the default of the protocol's `time.days_per_month`, printed where times are."""

# quantity -> (canonical unit, {accepted unit: factor to canonical}); the canonical unit itself is added below.
_COUNTS = (
    "10^9/L 10*9/L 10E9/L x10^9/L x10⁹/L ×10⁹/L G/L Gpt/L 10³/µL 10^3/µL 10*3/µL x10³/µL ×10³/µL K/µL Tsd/µL 1000/µL"
)
_TABLE: dict[str, tuple[str, dict[str, str]]] = {
    "bilirubin": ("µmol/L", {"mg/dL": "17.104", "mg/L": "1.7104", "mg%": "17.104"}),
    "albumin": ("g/L", {"g/dL": "10", "g%": "10"}),
    "creatinine": ("µmol/L", {"mg/dL": "88.40", "mg/L": "8.840", "mg%": "88.40", "mmol/L": "1000"}),
    "urea": ("mmol/L", {"mg/dL": "0.16651", "g/L": "16.651"}),
    "haemoglobin": ("g/L", {"g/dL": "10", "g%": "10"}),
    "afp": ("ng/mL", {"µg/L": "1"}),
    "cell_count": (
        "10⁹/L",
        dict.fromkeys([*_COUNTS.split(), "/nL", "10³/mm³", "10^3/mm³", "K/mm³"], "1")
        | dict.fromkeys(["/µL", "/mm³", "cells/µL", "cells/mm³"], "0.001"),
    ),
    "inr": ("ratio", {"1": "1", "INR": "1"}),
    "prothrombin_percent": ("%", {}),
    "prothrombin_seconds_over_control": ("s", {"sec": "1"}),
    "enzyme": ("U/L", {"UI/L": "1", "IU/L": "1", "E/L": "1", "mU/mL": "1", "µkat/L": "60"}),
    "sodium": ("mmol/L", {"mEq/L": "1", "mval/L": "1"}),
    "length": ("mm", {"cm": "10"}),
    "volume": ("mL", {"cm³": "1", "cc": "1", "L": "1000", "dm³": "1000"}),
    "body_mass": ("kg", {"g": "0.001", "lb": "0.45359237"}),
    "height": ("cm", {"m": "100", "mm": "0.1", "in": "2.54"}),
    "activity": ("GBq", {"mCi": "0.037", "MBq": "0.001", "Ci": "37"}),
    "sphere_activity": ("Bq", {}),
    "dose": ("Gy", {"cGy": "0.01", "mGy": "0.001"}),
    "fraction": ("%", {"1": "100"}),
    "attenuation": ("HU", {}),
    "area": ("m²", {}),
    "day": (
        "d",
        {"days": "1", "day": "1", "weeks": "7", "week": "7", "months": DAYS_PER_MONTH, "month": DAYS_PER_MONTH,
         "years": "365.25", "year": "365.25"},
    ),
    "age": ("years", {"year": "1"}),
}  # fmt: skip

_MARKS = {"\u03bc": "µ", " ": "", "\u00a0": "", "\u202f": "", "\u2009": "", "^3": "³", "*3": "³"}
_LITRE = re.compile(r"(?<![^/])([dmnµ]?)l$|(?<=[0-9⁹³])/l$")
_MICRO = re.compile(r"(?<![A-Za-z])u(?=(?:mol|g|kat|l|L)(?:/|$))")
_SQUARE = re.compile(r"(?<=m)\^?2$")
_CUBE = re.compile(r"(?<=[cdm]m)3$")


def normalise(unit: str) -> str:
    """A unit as written, in one spelling; no other unit comes of it.

    NFC, no spaces, the Greek mu for the micro sign's twin U+03BC, `u` for micro where nothing else can be meant
    (umol, ug, ukat, uL), `l` for litre as `L` after a slash, mm3 and m2 with their superscripts. NFKC would turn
    `10⁹` into `109`, so superscripts are left alone. Case counts otherwise: mg is not Mg.
    """
    text = unicodedata.normalize("NFC", unit)
    for mark, plain in _MARKS.items():
        text = text.replace(mark, plain)
    text = _MICRO.sub("µ", text)
    text = _LITRE.sub(lambda found: found.group().removesuffix("l") + "L", text)
    return _SQUARE.sub("²", _CUBE.sub("³", text))


UNITS: Mapping[str, tuple[str, Mapping[str, Decimal]]] = MappingProxyType(
    {
        quantity: (
            canonical,
            MappingProxyType(
                {normalise(canonical): Decimal(1)}
                | {normalise(unit): Decimal(factor) for unit, factor in others.items()}
            ),
        )
        for quantity, (canonical, others) in _TABLE.items()
    }
)
"""quantity -> (canonical unit, accepted unit -> exact factor)."""


def canonical_unit(quantity: str) -> str:
    """The unit every value of `quantity` is stored in. KeyError for an unknown quantity."""
    return UNITS[quantity][0]


def accepted_units(quantity: str) -> tuple[str, ...]:
    """Every unit a mapping may name for `quantity`, canonical first."""
    return tuple(UNITS[quantity][1])


_TYPED = {"µ": ("µ", "u"), "³": ("³", "3", "^3"), "²": ("²", "2"), "/dL": ("/dL", "/dl"), "/L": ("/L", "/l")}


def spellings(quantity: str) -> tuple[str, ...]:
    """The accepted units and the ways a keyboard without their signs writes them; what an editor offers."""
    found: dict[str, None] = {}
    for unit in accepted_units(quantity):
        written = [unit]
        for sign, ways in _TYPED.items():
            written = [text.replace(sign, way) for text in written for way in ways]
        found |= dict.fromkeys(text for text in written if factor(quantity, text) == factor(quantity, unit))
    return tuple(found)


def factor(quantity: str, unit: str) -> Decimal | None:
    """Exact factor from `unit` to the canonical unit of `quantity`; None when the unit is not accepted."""
    return UNITS[quantity][1].get(normalise(unit))


def ratio_of_units(one: str, two: str) -> Decimal | None:
    """The factor from unit `one` to unit `two`; None when no quantity accepts both, or two quantities disagree."""
    found = {
        factors[normalise(one)] / factors[normalise(two)]
        for _canonical, factors in UNITS.values()
        if normalise(one) in factors and normalise(two) in factors
    }
    return found.pop() if len(found) == 1 else Decimal(1) if normalise(one) == normalise(two) else None


def divide(values: npt.ArrayLike, divisor: float) -> npt.NDArray[np.float64]:
    """`values / divisor` as the nearest double to the exact decimal quotient of what both print.

    Days that came from "13.6 months" give 13.6 back, where binary division may miss it by its last bit and make two
    equal times differ. NaN stays NaN. Done once per distinct value.
    """
    numbers = np.asarray(values, dtype=np.float64)
    if divisor == 1:
        return numbers.copy()
    distinct, inverse = np.unique(numbers, return_inverse=True)
    below = Decimal(repr(float(divisor)))
    exact = [float(Decimal(repr(float(value))) / below) if np.isfinite(value) else float(value) for value in distinct]
    return np.asarray(exact, dtype=np.float64)[inverse].reshape(numbers.shape)
