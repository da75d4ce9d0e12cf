"""Macrovascular invasion from portal and hepatic vein tumour thrombus."""

from __future__ import annotations

import pandas as pd


def present(thrombus: pd.Series) -> pd.Series:
    """Thrombus class (none, VP1 … VV3) -> "yes" or "no"; a missing class stays missing."""
    answer = thrombus.map(lambda code: "no" if code == "none" else "yes", na_action="ignore")
    return answer.astype("string")


def macrovascular_invasion(portal: pd.Series, hepatic: pd.Series) -> pd.Series:
    """Portal or hepatic vein tumour thrombus, three-valued.

    "yes" when either vein is invaded, "no" when both are known to be free, missing otherwise: one free vein beside an
    unread one never makes a patient free of invasion. Reig 2022, 10.1016/j.jhep.2021.11.018 (BCLC: either vein counts).
    """
    veins = (present(portal), present(hepatic))
    invaded = veins[0].eq("yes").fillna(False) | veins[1].eq("yes").fillna(False)
    free = veins[0].eq("no").fillna(False) & veins[1].eq("no").fillna(False)
    result = pd.Series(pd.NA, index=portal.index, dtype="string")
    result[invaded] = "yes"
    result[free] = "no"
    return result
