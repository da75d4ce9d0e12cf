"""Units as exact strings and exact decimal factors: analyte-specific, nothing guessed.

Conversion multiplies the decimal text exactly and takes the nearest double once, so a value sent in another unit with
the exact decimal equivalent arrives as the same double. AFP in IU/mL needs the assay's own factor, given by the
centre's mapping; it is never a default. Factors: bilirubin 17.104 and creatinine 88.40 µmol/L per mg/dL, from molar
masses 584.66 and 113.12 g/mol; Ci to Bq by definition (3.7e10).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

DAYS_PER_MONTH = "30.4375"
"""Days in a month (365.25 / 12); the default of the protocol's `time.days_per_month`, printed where times are."""

# quantity -> (canonical unit, {accepted unit: factor to canonical}); the canonical unit itself is added below.
_TABLE: dict[str, tuple[str, dict[str, str]]] = {
    "bilirubin": ("µmol/L", {"umol/L": "1", "mg/dL": "17.104", "mg/L": "1.7104"}),
    "albumin": ("g/L", {"g/dL": "10"}),
    "creatinine": ("µmol/L", {"umol/L": "1", "mg/dL": "88.40"}),
    "afp": ("ng/mL", {"µg/L": "1", "ug/L": "1"}),
    "cell_count": (
        "10⁹/L",
        {
            "10^9/L": "1",
            "G/L": "1",
            "10³/µL": "1",
            "10^3/uL": "1",
            "/nL": "1",
            "/µL": "0.001",
            "/uL": "0.001",
            "/mm³": "0.001",
            "/mm3": "0.001",
        },
    ),
    "inr": ("ratio", {"1": "1"}),
    "prothrombin_percent": ("%", {}),
    "prothrombin_seconds_over_control": ("s", {}),
    "enzyme": ("U/L", {"UI/L": "1", "IU/L": "1", "µkat/L": "60", "ukat/L": "60"}),
    "sodium": ("mmol/L", {"mEq/L": "1"}),
    "length": ("mm", {"cm": "10"}),
    "volume": ("mL", {"cm³": "1", "cm3": "1", "cc": "1", "L": "1000"}),
    "body_mass": ("kg", {"g": "0.001"}),
    "height": ("cm", {"m": "100", "mm": "0.1"}),
    "activity": ("GBq", {"mCi": "0.037", "MBq": "0.001"}),
    "dose": ("Gy", {"cGy": "0.01", "mGy": "0.001"}),
    "fraction": ("%", {"1": "100"}),
    "attenuation": ("HU", {}),
    "area": ("m²", {"m2": "1"}),
    "day": (
        "d",
        {
            "days": "1",
            "day": "1",
            "weeks": "7",
            "months": DAYS_PER_MONTH,
            "month": DAYS_PER_MONTH,
            "years": "365.25",
        },
    ),
    "age": ("years", {}),
}


def normalise(unit: str) -> str:
    """A unit as written, in one spelling: NFC, no spaces, the Greek mu for the micro sign's twin U+03BC.

    NFKC would turn `10⁹` into `109`, so superscripts are left alone.
    """
    return unicodedata.normalize("NFC", unit).replace("\u03bc", "\u00b5").replace(" ", "").replace("\u00a0", "")


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


def factor(quantity: str, unit: str) -> Decimal | None:
    """Exact factor from `unit` to the canonical unit of `quantity`; None when the unit is not accepted."""
    return UNITS[quantity][1].get(normalise(unit))


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
