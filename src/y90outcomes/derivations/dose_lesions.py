"""Doses of a patient's treated lesions: of the largest, of the index lesion, the lowest, and their mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from y90outcomes.derivations.dose_inputs import DENSITY_RULE, Floats
from y90outcomes.derivations.dose_records import Source, dose_rows, first_rows, sessions, shown
from y90outcomes.derivations.types import Found, Need, Records, Rule, Step, Variable
from y90outcomes.dosimetry.inputs import mass_of
from y90outcomes.dosimetry.partition import volume_weighted
from y90outcomes.thresholds import compare

_TARGET = "TARGET registry, 10.1007/s00259-022-05774-0"


def treated_lesions(records: Records, smallest: float = 0.0) -> pd.DataFrame:
    """Liver lesions that count: not known to lie outside the treated territory, nor to be smaller than `smallest` (mm)
    before treatment: `lesion`, `patient`, `role`. One whose organ is not recorded is taken as the liver's."""
    lesions = records.lesions
    counts = lesions["organ"].fillna("liver").eq("liver") & lesions["perfused"].fillna("").ne("no")
    counts &= lesions["patient"] >= 0
    if smallest > 0:
        counts &= ~compare(_size_before(records), "below", smallest)
    rows = np.flatnonzero(counts.to_numpy(dtype=bool))
    return pd.DataFrame({"lesion": rows, "patient": lesions["patient"].to_numpy()[rows],
                         "role": lesions["role"].astype(object).to_numpy()[rows]})  # fmt: skip


def _size_before(records: Records) -> Floats:
    """Longest diameter (mm) of each lesion: the last up to day 0, else an undated one of the visit baseline."""
    images = records.tables["imaging"]
    undated = images["days"].isna() & images["visit"].eq("baseline").fillna(False)
    usable = images["longest_diameter"].notna() & (images["lesion"] >= 0) & ((images["days"] <= 0) | undated)
    found = images.loc[usable.to_numpy(dtype=bool), ["lesion", "days", "longest_diameter"]]
    last = found.sort_values(["lesion", "days"], kind="stable", na_position="first").drop_duplicates(
        "lesion", keep="last"
    )
    sizes = np.full(len(records.lesions), np.nan)
    sizes[last["lesion"].to_numpy(dtype=np.intp)] = last["longest_diameter"]
    return sizes


def _lesion_doses(records: Records, source: Source, smallest: float) -> pd.DataFrame:
    """`treated_lesions` with dose, volume, mass and row of the session of day 0; NaN and −1 where there is none."""
    known = sessions(records)
    rows = dose_rows(records, "lesion", source, known)
    rows = rows[known["index"].to_numpy(dtype=bool)[rows["session"].to_numpy(dtype=np.intp)]]
    lesions = treated_lesions(records, smallest)
    found = lesions.merge(rows.drop(columns="patient"), left_on="lesion", right_on="subject", how="left")
    return found.assign(row=found["row"].fillna(-1).astype(np.intp))


def _weighted(records: Records, *, source: Source, smallest: float, density: float) -> Found:
    """Mean over the treated lesions weighted by mass; missing where one of them has no dose or no mass."""
    found, count = _lesion_doses(records, source, smallest), len(records.patients)
    mass = mass_of(found["volume"], density, found["mass"])
    patient = found["patient"].to_numpy(dtype=np.intp)
    values = volume_weighted(found["dose"], mass, patient, count)
    lacking = np.bincount(patient[found["dose"].isna().to_numpy() | np.isnan(mass)], minlength=count) > 0
    rows = first_rows(patient, found["row"], count)
    return Found(pd.Series(values), {"dosimetry": rows}, {"a treated lesion without dose or mass": int(lacking.sum())})


def _least(records: Records, *, source: Source, smallest: float) -> Found:
    """Lowest dose among the treated lesions; missing where one has none."""
    found, count = _lesion_doses(records, source, smallest), len(records.patients)
    lacking = found.loc[found["dose"].isna(), "patient"].unique()
    chosen = found[~found["patient"].isin(lacking)].sort_values(["patient", "dose", "lesion"], kind="stable")
    return _picked(chosen, count, {"a treated lesion without dose": len(lacking)})


def _largest(records: Records, *, source: Source, smallest: float) -> Found:
    """Dose of the largest treated lesion by volume; missing where one of several has no volume: it may be larger."""
    found, count = _lesion_doses(records, source, smallest), len(records.patients)
    size = pd.Series(mass_of(found["volume"], 1000.0))
    several = found["patient"].map(found["patient"].value_counts()) > 1
    lacking = found.loc[size.isna() & several, "patient"].unique()
    chosen = found.assign(size=-size)[~found["patient"].isin(lacking)]
    chosen = chosen.sort_values(["patient", "size", "lesion"], kind="stable")
    return _picked(chosen, count, {"a treated lesion of unknown volume": len(lacking)})


def _index(records: Records, *, source: Source, smallest: float) -> Found:
    """Dose of the lesion whose role is index; missing where there is none or several."""
    found, count = _lesion_doses(records, source, smallest), len(records.patients)
    named = found[found["role"] == "index"]
    several = named.loc[named["patient"].duplicated(), "patient"].unique()
    return _picked(named[~named["patient"].isin(several)], count, {"several index lesions": len(several)})


def _picked(ordered: pd.DataFrame, count: int, counts: Mapping[str, int]) -> Found:
    """The first lesion of each patient decides."""
    first = ordered.drop_duplicates("patient").set_index("patient")
    values = first["dose"].reindex(range(count)).reset_index(drop=True)
    rows = first["row"].reindex(range(count), fill_value=-1).to_numpy(dtype=np.intp)
    return Found(values, {"dosimetry": rows}, counts)


def _explain_lesions(records: Records, subject: int, *, source: Source, smallest: float, **_: Any) -> list[Step]:
    """Every treated lesion of the patient with its dose, volume and role."""
    found = _lesion_doses(records, source, smallest)
    names = records.lesions["lesion_id"].astype(object).to_numpy()
    lines: Any = found[found["patient"] == subject].itertuples()
    return [
        Step(f"lesion {names[item.lesion]}: {shown(item.dose, 'Gy')}, {shown(item.volume, 'mL')}, role "
             f"{item.role if isinstance(item.role, str) else 'not recorded'}", "dosimetry", int(item.row))
        for item in lines
    ]  # fmt: skip


_DOSE = {column: Need("dosimetry", column, where={"compartment": "lesion"}, per_lesion=True, options=("source",))
         for column in ("absorbed_dose", "volume", "mass")}  # fmt: skip
_SMALLEST = Rule("smallest", 0.0, "treated lesions known to be smaller before treatment do not count", unit="mm", low=0,
                 high=200)  # fmt: skip


def _lesions(
    name: str, label: str, derive: Any, columns: tuple[str, ...], missing: str, rules: tuple[Rule, ...] = ()
) -> Variable:
    read = ("perfused", "organ", "role") if derive is _index else ("perfused", "organ")
    needs = (*(_DOSE[column] for column in columns), *(Need("lesions", column, per_lesion=True) for column in read))
    return Variable(name, label, "patient", needs, "treatment", quantity="dose", derive=derive,
                    explain=_explain_lesions, takes=("source",), rules=(_SMALLEST, *rules), missing=missing,
                    reference=_TARGET)  # fmt: skip


LESION_DOSES: tuple[Variable, ...] = (
    _lesions("tad_target", "Target lesion absorbed dose", _largest, ("absorbed_dose", "volume"),
             "missing where the volume of one of several treated lesions is not known"),
    _lesions("tad_index", "Index lesion absorbed dose", _index, ("absorbed_dose",),
             "missing where no lesion or more than one is the index"),
    _lesions("tad_min", "Lowest tumour absorbed dose", _least, ("absorbed_dose",),
             "missing where one treated lesion has no dose"),
    _lesions("tad_total_perfused_computed", "Total perfused TAD, from the lesions", _weighted,
             ("absorbed_dose", "volume", "mass"), "missing where one treated lesion has no dose or no mass",
             rules=(DENSITY_RULE,)),
)  # fmt: skip
"""Derivations that read the doses of several lesions."""
