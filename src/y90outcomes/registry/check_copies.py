"""Rows that stand twice: one patient's measurements under another patient, or one visit's under the next.

A profile is all the numbers of one patient at one visit or session. Two equal profiles are suspicious by how much they
say: each value carries -log2(its frequency) bits, and a match is reported when the bits are ten more than it takes to
tell all profiles apart, so that about one profile in a thousand is reported by chance, however large the registry.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from y90outcomes.errors import Issue
from y90outcomes.registry.check_rows import Tables, codes_of

PROFILES = {
    "labs": (("visit", "date", "day"), ("analyte",), ("value",)),
    "imaging": (("visit",), (), ("longest_diameter", "short_axis", "viable_diameter", "viable_perpendicular",
        "attenuation", "thrombus_width", "liver_volume", "tumour_volume", "perfused_volume", "flr_volume")),
    "dosimetry": (("treatment_number", "source"), ("compartment",), ("absorbed_dose", "volume", "mass")),
    "treatments": (("treatment_number",), (), ("activity", "residual_fraction", "lung_shunt_fraction")),
}  # fmt: skip
"""table -> columns that make a profile beside the patient, columns that say what a number is, the numbers."""

REPEATED = ("labs",)
"""Tables where one patient's own values do not stand still: a tumour may measure the same twice, a blood sample not."""

LEAST, SPARE = 3, 10
"""Numbers a profile must hold; bits beyond those that tell all profiles apart."""


def check_copied_rows(tables: Tables) -> list[Issue]:
    """copied_rows: the first row of every profile that stands under two patients of a centre, or two visits of one."""
    found: list[Issue] = []
    for name, (more, kinds, numbers) in PROFILES.items():
        frame = tables.frames[name]
        if len(frame) < 2:
            continue
        patient = tables.patients(name)
        centre = codes_of([frame["centre"]])
        profile = codes_of([pd.Series(patient), *(frame[column].reset_index(drop=True) for column in more)])
        content, bits, count = _content(frame, profile, kinds, [c for c in numbers if c in frame])
        filled = np.flatnonzero(frame[[c for c in numbers if c in frame]].notna().any(axis=1))
        first = np.zeros(int(profile.max()) + 1, dtype=np.intp)
        first[profile[filled][::-1]] = filled[::-1]
        rich = (count >= LEAST) & (bits >= np.log2(max(len(count), 2)) + SPARE)
        rows = first[rich]
        if len(rows) < 2:
            continue
        twins = codes_of([pd.Series(centre[rows]), pd.Series(content[rich])])
        groups = pd.Series(patient[rows]).groupby(twins)
        twice = groups.transform("size").to_numpy() > 1
        other = groups.transform("nunique").to_numpy() > 1
        again = twice & ~other & (name in REPEATED)
        for chosen, text in ((twice & other, "under another patient"), (again, "at another visit")):
            mask = np.zeros(len(frame), dtype=bool)
            mask[rows[chosen]] = True
            columns = [c for c in numbers if c in frame and frame.loc[mask, c].notna().any()]
            found += tables.flag("copied_rows", name, mask, columns, text)
    return found


def _content(
    frame: pd.DataFrame, profile: NDArray[np.int64], kinds: Sequence[str], numbers: Sequence[str]
) -> tuple[NDArray[np.uint64], NDArray[np.float64], NDArray[np.int64]]:
    """Per profile: a sum of hashes of (kind, number), blind to the order of rows; bits; how many numbers."""
    size = int(profile.max()) + 1
    content = np.zeros(size, dtype=np.uint64)
    bits, count = np.zeros(size), np.zeros(size, dtype=np.int64)
    kind = codes_of([frame[column] for column in kinds]) if kinds else np.zeros(len(frame), dtype=np.int64)
    labels = np.unique(kind, return_index=True)[1]
    names = ["\x1f".join(str(frame[column].iloc[at]) for column in kinds) for at in labels]
    salt = pd.util.hash_array(np.array(names, dtype=object))[kind] if kinds else np.zeros(len(frame), dtype=np.uint64)
    for column in numbers:
        values = frame[column].to_numpy(dtype=np.float64)
        there = ~np.isnan(values)
        if not there.any():
            continue
        both = codes_of([pd.Series(kind[there]), pd.Series(values[there])])
        frequency = np.bincount(both)[both] / np.bincount(kind[there])[kind[there]]
        own = pd.util.hash_array(np.array([column], dtype=object))[0]
        with np.errstate(over="ignore"):
            digest = pd.util.hash_array(values[there]) * np.uint64(0x9E3779B97F4A7C15) ^ (salt[there] + own)
            digest = pd.util.hash_array(digest)
            np.add.at(content, profile[there], digest)
        bits += np.bincount(profile[there], -np.log2(frequency), size)
        count += np.bincount(profile[there], minlength=size)
    return content, bits, count
