"""Parts and wholes: volumes, diameters, limits of normal; and days no visit can fall on."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from y90outcomes.errors import Issue
from y90outcomes.registry.check_rows import Tables, codes_of
from y90outcomes.thresholds import compare

SLACK = 1.02
"""A whole may be exceeded by 2 %: volumes are drawn by hand, parts and whole not always in one sitting."""

WIDER = (
    (("tumour_total_perfused", "normal_perfused"), "perfused_liver"),
    (("perfused_liver",), "whole_liver"),
    (("tumour_total_perfused",), "whole_liver"),
    (("whole_liver_normal",), "whole_liver"),
    (("normal_perfused",), "whole_liver_normal"),
)
"""Compartments that lie within another. Tumour and normal may stay below the perfused liver: where tumours count from
3 cm and normal liver leaves out all from 2 cm, those between belong to neither."""

VISIT_DAYS: Mapping[str, tuple[float, float]] = MappingProxyType({
    "baseline": (-365, 90), "maa": (-180, 1), "treatment": (-3, 3), "day_30": (4, 75), "day_60": (25, 120),
    "day_90": (40, 180), "month_1": (4, 75), "month_2": (25, 120), "month_3": (40, 180), "month_6": (90, 300),
    "month_9": (180, 400), "month_12": (240, 550), "month_18": (365, 750), "month_24": (500, 1000),
})  # fmt: skip
"""Visit -> days from first treatment that can still be meant. Wide: a protocol's windows choose, these find slips."""

EVER = (-7305.0, 7305.0)
"""Days any row but an earlier therapy or diagnosis can lie on: twenty years either way."""

FIRST_TREATMENTS = pd.Timestamp("1987-01-01")
"""No Y-90 microspheres were given to patients before; a session dated earlier carries a slip in the year."""


def check_windows(tables: Tables) -> list[Issue]:
    """outside_window: a visit on a day it cannot mean, a row twenty years off, a session before the method existed."""
    found: list[Issue] = []
    for name, table in tables.schema.tables.items():
        if "date" not in table.columns or "day" not in table.columns or name == "therapies":
            continue
        days = tables.days(name)
        if days.isna().all():
            continue
        low, high = (pd.Series(limit, index=days.index) for limit in EVER)
        if "visit" in table.columns:
            visit = tables.frames[name]["visit"]
            low = visit.map({key: limits[0] for key, limits in VISIT_DAYS.items()}).astype("float64").fillna(EVER[0])
            high = visit.map({key: limits[1] for key, limits in VISIT_DAYS.items()}).astype("float64").fillna(EVER[1])
        found += tables.flag("outside_window", name, (days < low) | (days > high), ["date", "day"])
    early = tables.frames["treatments"]["date"] < FIRST_TREATMENTS
    return found + tables.flag("outside_window", "treatments", early, ["date"], "before the method was used")


def check_sizes(tables: Tables) -> list[Issue]:
    """size_order: the viable part longer than the lesion, a perpendicular longer than its diameter, a part of the
    liver larger than the liver. 2 % and 1 mm are allowed."""
    imaging = tables.frames["imaging"]
    found: list[Issue] = []
    for part, whole, add in (
        ("viable_diameter", "longest_diameter", 1.0),
        ("viable_perpendicular", "viable_diameter", 1.0),
        ("short_axis", "longest_diameter", 1.0),
        ("tumour_volume", "liver_volume", 0.0),
        ("perfused_volume", "liver_volume", 0.0),
        ("flr_volume", "liver_volume", 0.0),
    ):
        if part in imaging and whole in imaging:
            larger = compare(imaging[part], "above", imaging[whole] * SLACK + add)
            found += tables.flag("size_order", "imaging", larger, [part, whole], f"{part} exceeds {whole}")
    return found


def check_limits(tables: Tables) -> list[Issue]:
    """limits_order: LLN at or above ULN."""
    labs = tables.frames["labs"]
    return tables.flag("limits_order", "labs", (labs["lln"] >= labs["uln"]), ["lln", "uln"])


def check_volumes(tables: Tables) -> list[Issue]:
    """volume_sum: parts above 1.02 of the whole, within one session and source; every row of the sum is listed."""
    frame, group, count = _sessions(tables)
    if not count:
        return []
    found: list[Issue] = []
    compartment = frame["compartment"]
    lesions = _total(frame, group, count, "lesion", "sum")
    tumour = _total(frame, group, count, "tumour_total_perfused")
    wrong = compare(lesions, "above", tumour * SLACK)
    found += tables.flag("volume_sum", "dosimetry", wrong[group] & compartment.isin(["lesion", "tumour_total_perfused"])
                         & frame["volume"].notna(), ["volume"],
                         "the lesions exceed tumour_total_perfused")  # fmt: skip
    for parts, whole in WIDER:
        inside = np.sum([_total(frame, group, count, part) for part in parts], axis=0)
        wrong = compare(inside, "above", _total(frame, group, count, whole) * SLACK)
        involved = compartment.isin([*parts, whole]).to_numpy(dtype=bool, na_value=False)
        found += tables.flag("volume_sum", "dosimetry", wrong[group] & involved, ["volume"],
                             f"{' and '.join(parts)} exceed {whole}")  # fmt: skip
    return found


def check_volume_equal(tables: Tables) -> list[Issue]:
    """volume_equal: tumour and normal liver below 0.98 of the perfused volume; for protocols with one size limit."""
    frame, group, count = _sessions(tables)
    if not count:
        return []
    parts = ["tumour_total_perfused", "normal_perfused"]
    inside = np.sum([_total(frame, group, count, part) for part in parts], axis=0)
    wrong = compare(inside * SLACK, "below", _total(frame, group, count, "perfused_liver"))
    involved = frame["compartment"].isin([*parts, "perfused_liver"]).to_numpy(dtype=bool, na_value=False)
    return tables.flag("volume_equal", "dosimetry", wrong[group] & involved, ["volume"])


def _sessions(tables: Tables) -> tuple[pd.DataFrame, NDArray[np.int64], int]:
    """Dosimetry, a number per (patient, session, source) on each row, and how many there are."""
    frame = tables.frames["dosimetry"]
    if frame["volume"].isna().all():
        return frame, np.zeros(0, dtype=np.int64), 0
    group = codes_of([pd.Series(tables.patients("dosimetry")), frame["treatment_number"], frame["source"]])
    return frame, group, int(group.max()) + 1


def _total(
    frame: pd.DataFrame, group: NDArray[np.int64], count: int, compartment: str, how: str = "max"
) -> NDArray[np.float64]:
    """Volume of a compartment per session; NaN where it is not given."""
    chosen = (frame["compartment"] == compartment).to_numpy(dtype=bool, na_value=False)
    chosen = chosen & frame["volume"].notna().to_numpy()
    series = frame.loc[chosen, "volume"].groupby(group[chosen])
    totals = series.sum() if how == "sum" else series.max()
    return totals.reindex(range(count)).to_numpy(dtype=np.float64)
