"""Shares of the liver: tumour burden, hepatic reserve, future liver remnant (FLR), the FLR standardised by body size.

Every share is in percent. A part larger than the whole, or a whole that is not above zero, is impossible and gives a
missing value; zero is a possible part.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from y90outcomes.derivations.logic import Floats, numbers, positive
from y90outcomes.derivations.types import Need, Rule, Variable
from y90outcomes.thresholds import compare

_SALEM = "Salem 2022, international recommendations for personalised Y-90 glass radioembolisation of HCC"
_VAUTHEY = "Vauthey 2002, 10.1053/jlts.2002.31654"
BSA_FORMULAS = ("mosteller", "dubois", "haycock", "gehan_george")


def share(part: Floats, whole: Floats) -> Floats:
    """100 part / whole; NaN where either is missing or impossible (part below zero or above the whole, no whole)."""
    sound = compare(part, "min", 0) & compare(whole, "above", 0) & compare(part, "max", whole)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sound, 100 * part / whole, np.nan)


def tumour_burden(tumour: pd.Series, liver: pd.Series) -> pd.Series:
    """Tumour volume over liver volume (tumour included), percent."""
    return pd.Series(share(numbers(tumour), numbers(liver)), index=liver.index)


def tumour_burden_dosimetry(liver: pd.Series, normal: pd.Series) -> pd.Series:
    """The same from compartments: whole liver less whole liver without tumour, over whole liver, percent."""
    return tumour_burden(pd.Series(numbers(liver) - numbers(normal), index=liver.index), liver)


def hepatic_reserve(liver: pd.Series, perfused: pd.Series) -> pd.Series:
    """Share of the liver that is not perfused: (liver − perfused) / liver, percent. Both with tumour. Salem 2022."""
    whole = numbers(liver)
    return pd.Series(share(_rest(whole, positive(perfused)), whole), index=liver.index)


def hepatic_reserve_nontumour(liver: pd.Series, perfused: pd.Series, tumour: pd.Series) -> pd.Series:
    """The unperfused liver over the liver without tumour: (liver − perfused) / (liver − tumour), percent.

    It takes all tumour as perfused; where there is more tumour than perfused liver that cannot be, and it is missing.
    """
    whole = numbers(liver)
    return pd.Series(share(_rest(whole, positive(perfused)), _rest(whole, numbers(tumour))), index=liver.index)


def hepatic_reserve_normal(normal: pd.Series, perfused: pd.Series) -> pd.Series:
    """Liver without tumour that is not perfused over liver without tumour, percent; wherever the tumour lies."""
    return hepatic_reserve(normal, perfused)


def flr_share(remnant: pd.Series, liver: pd.Series, tumour: pd.Series, *, denominator: str) -> pd.Series:
    """FLR over the liver as measured, or over the liver without tumour (`denominator`), percent."""
    whole = numbers(liver)
    below = whole if denominator == "liver" else _rest(whole, numbers(tumour))
    return pd.Series(share(positive(remnant), below), index=remnant.index)


def body_surface(height: Floats, mass: Floats, formula: str) -> Floats:
    """Body surface area in m² from cm and kg.

    mosteller (1987, 10.1056/NEJM198710223171717), dubois (1916), haycock (1978, 10.1016/S0022-3476(78)80601-5),
    gehan_george (1970).
    """
    if formula == "mosteller":
        return np.sqrt(height * mass / 3600)
    factor, of_height, of_mass = {
        "dubois": (0.007184, 0.725, 0.425),
        "haycock": (0.024265, 0.3964, 0.5378),
        "gehan_george": (0.0235, 0.42246, 0.51456),
    }[formula]
    return np.asarray(factor * height**of_height * mass**of_mass, dtype=np.float64)


def standard_liver_volume(height: pd.Series, mass: pd.Series, *, bsa: str) -> Floats:
    """−794.41 + 1267.28 BSA in mL (Vauthey 2002, 10.1053/jlts.2002.31654); missing where that is not above zero."""
    volume = -794.41 + 1267.28 * body_surface(positive(height), positive(mass), bsa)
    return np.where(volume > 0, volume, np.nan)


def sflr(remnant: pd.Series, height: pd.Series, mass: pd.Series, *, bsa: str) -> pd.Series:
    """FLR over the liver volume that body size predicts, percent. May exceed 100."""
    return pd.Series(100 * positive(remnant) / standard_liver_volume(height, mass, bsa=bsa), index=remnant.index)


def _rest(whole: Floats, part: Floats) -> Floats:
    """What is left, NaN where the part is larger or below zero."""
    return np.where(compare(part, "max", whole) & compare(part, "min", 0), whole - part, np.nan)


def _imaging(column: str) -> Need:
    return Need("imaging", column, windowed=True)


def _compartment(name: str) -> Need:
    return Need("dosimetry", "volume", where={"compartment": name}, options=("source",))


BSA = Rule("bsa", "mosteller", "formula of the body surface area", BSA_FORMULAS)
_LIVER, _PERFUSED, _TUMOUR = _imaging("liver_volume"), _imaging("perfused_volume"), _imaging("tumour_volume")
_FLR = _imaging("flr_volume")
_IMPOSSIBLE = "missing where a volume is, or where a part is larger than the whole"

VOLUMES: tuple[Variable, ...] = (
    Variable("tumour_burden", "Tumour burden", "patient", (_TUMOUR, _LIVER), "baseline", quantity="fraction",
             compute=tumour_burden, missing=_IMPOSSIBLE, reference=_SALEM),
    Variable("tumour_burden_dosimetry", "Tumour burden, from dosimetry", "patient",
             (_compartment("whole_liver"), _compartment("whole_liver_normal")), "treatment", quantity="fraction",
             compute=tumour_burden_dosimetry, missing=_IMPOSSIBLE, reference=_SALEM),
    Variable("hepatic_reserve", "Hepatic reserve", "patient", (_LIVER, _PERFUSED), "baseline", quantity="fraction",
             compute=hepatic_reserve, missing=_IMPOSSIBLE, reference=_SALEM),
    Variable("hepatic_reserve_nontumour", "Hepatic reserve over non-tumour liver", "patient",
             (_LIVER, _PERFUSED, _TUMOUR), "baseline", quantity="fraction", compute=hepatic_reserve_nontumour,
             missing=_IMPOSSIBLE, reference=_SALEM),
    Variable("hepatic_reserve_dosimetry", "Hepatic reserve, from dosimetry", "patient",
             (_compartment("whole_liver"), _compartment("perfused_liver")), "treatment", quantity="fraction",
             compute=hepatic_reserve, missing=_IMPOSSIBLE, reference=_SALEM),
    Variable("hepatic_reserve_nontumour_dosimetry", "Hepatic reserve over non-tumour liver, from dosimetry", "patient",
             (_compartment("whole_liver_normal"), _compartment("normal_perfused")), "treatment", quantity="fraction",
             compute=hepatic_reserve_normal, missing=_IMPOSSIBLE, reference=_SALEM),
    Variable("flr_share", "Future liver remnant", "patient", (_FLR, _LIVER, _TUMOUR), "baseline", quantity="fraction",
             compute=flr_share, missing=_IMPOSSIBLE, reference=_VAUTHEY,
             rules=(Rule("denominator", "liver", "future liver remnant over the measured liver, or over that without "
                         "tumour", ("liver", "nontumour")),)),
    Variable("sflr", "Standardised future liver remnant", "patient",
             (_FLR, Need("patients", "height"), Need("patients", "body_mass")), "baseline", quantity="fraction",
             compute=sflr, rules=(BSA,), missing="missing where the volume, height or weight is", reference=_VAUTHEY),
)  # fmt: skip
"""Volumes of the liver as shares."""
