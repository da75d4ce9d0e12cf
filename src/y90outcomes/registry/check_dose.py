"""Absorbed dose against activity, residual, lung shunt and mass: energy is neither made nor lost.

MIRD (Salem 2022): D = k A (1 - R)(1 - F) / M, masses in kg, A in GBq. Energy D M summed over the compartments that
share the activity equals k A (1 - R)(1 - F); the lungs receive k A (1 - R) F.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from y90outcomes.dosimetry.constants import DENSITY, LUNG_MASS_RANGE, K
from y90outcomes.errors import Issue
from y90outcomes.registry.check_rows import PATIENT, Tables

K_LOW, K_HIGH = round(K["half_life_and_energy"], 2), K["salem_2022"]
"""Gy kg / GBq: the constants in use, from half-life and mean energy (49.43) to the rounded one of Salem 2022."""

PLANNED, MEASURED = 1.05, 1.25
"""How far a dose may be off: computed from an activity, or measured on a Y-90 image with its calibration."""

RESIDUAL_UNKNOWN, SHUNT_UNKNOWN = 0.05, 0.20
"""What a missing residual or shunt may have been: the check widens, it does not guess."""

GIVEN = ("activity", "residual_fraction", "residual_activity", "lung_shunt_fraction", "lung_mass")
"""What a session says about its activity."""

SHARED = ("tumour_total_perfused", "normal_perfused")
KEY = ["treatment_number", "source"]
Floats = NDArray[np.float64]


def check_dose_activity(tables: Tables) -> list[Issue]:
    """dose_activity: rows of dosimetry whose energy the session's activity cannot explain, and that session's row.

    perfused_liver must match; tumour and normal liver together must not exceed it, and must match where their volumes
    fill the perfused liver (tumours of 2 to 3 cm may belong to neither); any other compartment must not exceed it; the
    lungs must match for a planned dose. Nothing is said where dose, mass (or volume) or activity is missing.
    """
    doses = tables.frames["dosimetry"]
    sessions = tables.frames["treatments"]
    if doses["absorbed_dose"].isna().all() or sessions["activity"].isna().all():
        return []
    columns = list(GIVEN)
    keys = [*PATIENT, "treatment_number"]
    known = sessions.dropna(subset=["patient_id", "treatment_number"]).drop_duplicates(keys)[[*keys, *columns]]
    frame = doses[[*PATIENT, *KEY, "compartment", "absorbed_dose", "volume", "mass"]].merge(known, on=keys, how="left")
    frame.index = doses.index
    timing = {code: more["timing"] for code, more in tables.schema.codelists["dose_source"].extra.items()}
    planned = frame["source"].map(timing).eq("planned").to_numpy(dtype=bool, na_value=False)
    slack = np.where(planned, PLANNED, MEASURED)

    def number(name: str) -> Floats:
        return np.asarray(frame[name].to_numpy(dtype=np.float64), dtype=np.float64)

    def half(name: str) -> Floats:
        """Half of what the last digit may stand for: centres round to whole numbers or to tenths."""
        return np.where(number(name) % 1 == 0, 0.5, 0.05)

    lost, shunt = number("residual_fraction") / 100, number("lung_shunt_fraction") / 100
    with np.errstate(divide="ignore", invalid="ignore"):
        lost = np.where(np.isnan(lost), number("residual_activity") / number("activity"), lost)
    least = K_LOW * number("activity") * (1 - np.where(np.isnan(lost), RESIDUAL_UNKNOWN, lost))
    most = K_HIGH * number("activity") * (1 - np.where(np.isnan(lost), 0.0, lost))
    liver_least = least * (1 - np.where(np.isnan(shunt), SHUNT_UNKNOWN, shunt)) / slack
    liver_most = most * (1 - np.where(np.isnan(shunt), 0.0, shunt)) * slack
    volume = number("volume")
    mass = np.where(np.isnan(number("mass")), volume * DENSITY / 1000, number("mass"))
    dose, rounding = number("absorbed_dose"), half("absorbed_dose")
    energy, unsure = dose * mass, rounding * mass
    where = frame["compartment"].astype(object).to_numpy()
    whole = where == "perfused_liver"
    lung = where == "lung"
    wrong = whole & ((energy + unsure < liver_least) | (energy - unsure > liver_most))
    wrong |= ~whole & ~lung & (energy - unsure > liver_most)
    lungs = np.where(np.isnan(number("mass")), number("lung_mass"), number("mass"))
    light, heavy = (np.where(np.isnan(lungs), kilos, lungs) for kilos in LUNG_MASS_RANGE)
    point = half("lung_shunt_fraction") / 100
    wrong |= lung & planned & ((dose + rounding) * heavy < least * (shunt - point) / slack)
    wrong |= lung & planned & ((dose - rounding) * light > most * (shunt + point) * slack)
    wrong |= _together(frame, where, (energy, unsure, volume), liver_least, liver_most)
    found = tables.flag("dose_activity", "dosimetry", wrong, ["absorbed_dose", "volume", "mass"])
    bad = frame.loc[wrong, keys].drop_duplicates()
    row = sessions[keys].merge(bad, on=keys, how="left", indicator=True)["_merge"].eq("both").to_numpy()
    return found + tables.flag("dose_activity", "treatments", row, columns)


def _together(
    frame: pd.DataFrame, where: NDArray[np.object_], sizes: tuple[Floats, Floats, Floats], least: Floats, most: Floats
) -> NDArray[np.bool_]:
    """Rows of tumour and normal liver whose energies together break the balance of their session and source.

    `sizes` are energy, what rounding leaves unsure of it, and volume.
    """
    energy, unsure, volume = sizes
    part = np.isin(where, SHARED)
    wide = pd.DataFrame({name: frame[name] for name in [*PATIENT, *KEY]})
    groups = wide.assign(
        energy=np.where(part, energy, np.nan),
        unsure=np.where(part, unsure, np.nan),
        both=part & ~np.isnan(energy),
        filled=np.where(part, volume, np.nan),
        perfused=np.where(where == "perfused_liver", volume, np.nan),
    ).groupby([*PATIENT, *KEY], dropna=False, sort=False)
    complete = (groups["both"].transform("sum") == len(SHARED)).to_numpy()
    total, margin = (groups[name].transform("sum").to_numpy() for name in ("energy", "unsure"))
    full = (groups["filled"].transform("sum") >= 0.98 * groups["perfused"].transform("max")).to_numpy()
    broken = complete & ((total - margin > most) | (full & (total + margin < least)))
    return np.asarray(part & broken, dtype=np.bool_)
