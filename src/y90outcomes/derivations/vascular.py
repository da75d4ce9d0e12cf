"""Macrovascular invasion from portal and hepatic vein tumour thrombus.

Classes as in the legend of Table 5 of Meerun 2022, 10.21037/hbsn-22-184: VP1 beyond the second-order portal branches,
VP2 in them, VP3 in a first-order branch, VP4 in the main trunk or the branch of the other side; VV1 in a branch of a
hepatic vein, VV2 in its main trunk, VV3 reaching the right atrium.
"""

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


def invaded_veins(portal: pd.Series, hepatic: pd.Series) -> pd.Series:
    """Which veins hold thrombus: none, portal, hepatic, both; missing where either class is."""
    names = {("no", "no"): "none", ("yes", "no"): "portal", ("no", "yes"): "hepatic", ("yes", "yes"): "both"}
    result = pd.Series(pd.NA, index=portal.index, dtype="string")
    for (first, second), name in names.items():
        where = present(portal).eq(first).fillna(False) & present(hepatic).eq(second).fillna(False)
        result[where.to_numpy(dtype=bool)] = name
    return result
