"""How many tumours and how large, as limits of what they can be, and the transplant criteria that ask for it.

Every answer is three-valued: "yes" or "no" only where no value the missing inputs could have would change it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from y90outcomes.derivations.logic import Booleans, Floats, among, chosen, positive, verdict
from y90outcomes.derivations.types import Compute
from y90outcomes.derivations.vascular import macrovascular_invasion
from y90outcomes.thresholds import compare


@dataclass(frozen=True, slots=True)
class Burden:
    """Lowest and highest possible number of liver tumours, largest diameter and sum of diameters (mm) per patient."""

    number: tuple[Floats, Floats]
    largest: tuple[Floats, Floats]
    total: tuple[Floats, Floats]


def burden(tumours: Sequence[pd.Series], unlisted: str, unreported: str) -> Burden:
    """Limits from what is known.

    tumours     five columns: the number reported; "yes" where that is only a lower limit ("more than 10"); the number
                of liver lesions listed in the registry (the larger number counts, or the one that is known); the
                largest diameter and the sum of diameters of the listed lesions in mm, missing where one is not measured
    unlisted    tumours reported and not listed: of any size ("unknown"), or "not_larger" than the largest listed one
                (targets are the largest lesions)
    unreported  where no number is reported, the listed lesions are all ("listed") or some ("at_least_listed")
    A number below 1 and a diameter not above zero are impossible and count as missing.
    """
    reported, lower_limit, listed, largest, total = tumours
    fewest = np.fmax(np.fmax(positive(reported), positive(listed)), 1)
    counted = positive(reported) if unreported == "at_least_listed" else np.fmax(positive(reported), positive(listed))
    known = ~np.isnan(counted) & ~among(lower_limit, ["yes"])
    most = np.where(known, fewest, np.inf)
    widest, whole = positive(largest), positive(total)
    every = known & (positive(listed) == fewest)
    smaller = every if unlisted == "unknown" else ~np.isnan(widest)
    wide = (np.where(np.isnan(widest), 0, widest), np.where(smaller & ~np.isnan(widest), widest, np.inf))
    lowest_sum = np.where(np.isnan(whole), wide[0], whole)
    highest_sum = np.where(every & ~np.isnan(whole), whole, most * wide[1])
    return Burden((fewest, most), wide, (lowest_sum, highest_sum))


def number_and_size(number: Floats, largest: Floats, total: Floats, criterion: str) -> Booleans:
    """Whether a number, largest diameter and sum of diameters (mm) are within a criterion; each only worsens it.

    milan       one up to 50 mm, or up to three each up to 30 mm
    up_to_7     number and largest diameter in cm together at most 7 (seven tumours of unknown size are beyond it)
    ucsf        one up to 65 mm, or up to three with the largest up to 45 and the sum up to 80 mm
    """
    single, three = compare(number, "max", 1), compare(number, "max", 3)
    if criterion == "milan":
        return (single & compare(largest, "max", 50)) | (three & compare(largest, "max", 30))
    if criterion == "up_to_7":
        return compare(number, "below", 7) & compare(number + largest / 10, "max", 7)
    several = three & compare(largest, "max", 45) & compare(total, "max", 80)
    return (single & compare(largest, "max", 65)) | several


def within(criterion: str, portal: pd.Series, hepatic: pd.Series, spread: pd.Series, found: Burden) -> pd.Series:
    """A criterion of number and size, without macrovascular invasion or extrahepatic disease: "yes", "no" or open."""
    invaded = macrovascular_invasion(portal, hepatic)
    low = number_and_size(found.number[0], found.largest[0], found.total[0], criterion)
    high = number_and_size(found.number[1], found.largest[1], found.total[1], criterion)
    outside = ~low | among(invaded, ["yes"]) | among(spread, ["yes"])
    return verdict(high & among(invaded, ["no"]) & among(spread, ["no"]), outside)


def criterion(name: str) -> Compute:
    """`within` as a function of columns: both veins, extrahepatic disease, then what `burden` takes."""

    def answer(
        portal: pd.Series, hepatic: pd.Series, spread: pd.Series, *tumours: pd.Series, **rules: str
    ) -> pd.Series:
        return within(name, portal, hepatic, spread, burden(tumours, **rules))

    return answer


def unos(portal: pd.Series, hepatic: pd.Series, *tumours: pd.Series, **rules: str) -> pd.Series:
    """UNOS T class: T4b with macrovascular invasion, T4a four or more tumours, T1 one below 2 cm, T2 one of 2–5 cm or
    two or three each up to 3 cm, T3 otherwise. Missing where more than one class is possible."""
    found = burden(tumours, **rules)
    invaded = macrovascular_invasion(portal, hepatic)
    free, certain = ~among(invaded, ["yes"]), among(invaded, ["yes"])
    (fewest, most), (low, high) = found.number, found.largest
    one, several = compare(fewest, "max", 1), compare(fewest, "max", 3) & compare(most, "min", 2)
    possible = {
        "T1": free & one & compare(low, "below", 20),
        "T2": free & ((one & compare(high, "min", 20) & compare(low, "max", 50)) | (several & compare(low, "max", 30))),
        "T3": free & ((one & compare(high, "above", 50)) | (several & compare(high, "above", 30))),
        "T4a": free & compare(most, "min", 4),
        "T4b": ~among(invaded, ["no"]),
    }
    only = np.sum(list(possible.values()), axis=0) == 1
    return chosen(portal.index, ("T4b", certain), *((level, only & where) for level, where in possible.items()))
