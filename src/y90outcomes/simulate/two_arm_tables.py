"""The model `two_arm`: canonical tables of the trial, and what an analysis of them must find."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from y90outcomes.schema import load_schema
from y90outcomes.simulate.derived import COLUMNS, KEY, NUMBERS
from y90outcomes.simulate.model import Drawn, Model
from y90outcomes.simulate.patients import Flags, Floats
from y90outcomes.simulate.rows import Maker, lesion_names, where, yes
from y90outcomes.simulate.settings import Settings
from y90outcomes.simulate.truth import Tables, canonical, deal
from y90outcomes.simulate.two_arm import ARMS, SCAN_DAY, Trial, draw_trial, solved
from y90outcomes.simulate.two_arm_calibrate import calibrate_two_arm
from y90outcomes.simulate.two_arm_centres import SAME, STYLES, planned
from y90outcomes.simulate.two_arm_names import ASSUMPTIONS, MARGINS

FIRST_DATE, SPAN_DAYS = "2015-12-01", 850
CODES = ("none", "alcohol", "hepatitis_c", "haemochromatosis", "masld", "alcohol;hepatitis_c")
"""Etiology of each of CAUSES; viral hepatitis B or C is drawn."""


@dataclasses.dataclass(frozen=True, slots=True)
class Index:
    """Measurements of the index lesion at baseline and three months, n × 2 in mm, NaN where there is no scan."""

    longest: Floats
    viable: Floats
    across: Floats
    category: np.ndarray
    """EASL category of the index lesion at three months, "" without a scan."""


def draw_two_arm(settings: Settings, patients: int, seed: int) -> Drawn:
    """`patients` randomised; the same for the same page, number and seed, on every machine."""
    rng = np.random.default_rng(seed)
    found = solved(settings)
    trial = draw_trial(settings, found, patients, rng)
    centre, number = deal(patients, rng, STYLES)
    key = pd.DataFrame({
        "centre": np.array([style.name for style in STYLES], dtype=object)[centre],
        "patient_id": [STYLES[c].ids.format(k) for c, k in zip(centre, number, strict=True)],
    })  # fmt: skip
    schema = load_schema()
    start = np.datetime64(FIRST_DATE) + np.floor(rng.random(patients) * SPAN_DAYS).astype("timedelta64[D]")
    maker = Maker(key, start, np.zeros(patients, dtype=bool), schema)
    index = _index(settings, trial, rng)
    scan = np.where(trial.scanned, SCAN_DAY - rng.integers(0, 11, patients), np.nan)
    tables = {
        "patients": _patients(settings, maker, trial, rng), "treatments": _treatments(maker, trial),
        "lesions": _lesions(maker, trial, rng), "dosimetry": _dosimetry(maker, trial),
        "imaging": _imaging(maker, trial, index, scan, rng), "labs": _labs(maker, trial, rng),
        "therapies": _therapies(maker, trial), "follow_up": _follow_up(maker, trial, rng),
    }  # fmt: skip
    made = canonical(tables, schema, STYLES)

    def derived(located: Tables) -> pd.DataFrame:
        return _derived(trial, index, scan, key, located)

    log_hazard = dict(settings.assumptions["log_hazard"])
    parameters: dict[str, Any] = {
        "solved": {"scale_days": found.scale_days,
                   "response_log_odds_at_205_gy": dict(zip(ARMS, found.response, strict=True)),
                   "resection_chance": dict(zip(ARMS, found.resection, strict=True))},
        "baseline_hazard": {"kind": "weibull from treatment, every coefficient 0",
                            "shape": settings.number("weibull_shape"), "scale_days": found.scale_days},
        "hazard_ratios": {name: float(np.exp(value)) for name, value in log_hazard.items()},
    }  # fmt: skip
    return Drawn(made, key, derived, parameters)


def _treated(trial: Trial) -> np.ndarray:
    return np.flatnonzero(trial.treated)


def _index(settings: Settings, trial: Trial, rng: np.random.Generator) -> Index:
    """Enhancing area at three months as a ratio that lies well inside its EASL category."""
    n = len(trial.arm)
    kind, ratio = rng.random((2, n))
    complete = trial.response & (kind < settings.number("complete_among_responders"))
    growing = ~trial.response & (kind < settings.number("progressive_among_others"))
    left = np.where(complete, 0.0, np.where(trial.response, 0.05 + 0.40 * ratio,
                                            np.where(growing, 1.35 + 0.3 * ratio, 0.56 + 0.6 * ratio)))  # fmt: skip
    wide, narrow, shrunk = rng.uniform(0.86, 1.0, n), rng.uniform(0.65, 0.95, n), rng.uniform(0.85, 1.0, n)
    viable = trial.size * wide
    later = viable * np.sqrt(left)
    gone = np.where(trial.scanned, 1.0, np.nan)
    return Index(
        longest=np.column_stack([trial.size, np.maximum(trial.size * shrunk, later * 1.02 + 1) * gone]),
        viable=np.column_stack([viable, later * gone]),
        across=np.column_stack([viable * narrow, later * narrow * gone]),
        category=np.where(~trial.scanned, "", np.where(complete, "CR", np.where(trial.response, "PR",
                                                                                np.where(growing, "PD", "SD")))),
    )  # fmt: skip


def _patients(settings: Settings, maker: Maker, trial: Trial, rng: np.random.Generator) -> pd.DataFrame:
    n = len(trial.arm)
    cause = np.array(CODES, dtype=object)[trial.cause]
    b = (trial.cause == 2) & (rng.random(n) >= settings.number("viral_hepatitis_c"))
    cause[b] = "hepatitis_b"
    order = list(maker.schema.codelists["etiology"].codes)
    cause[trial.cause == 5] = ";".join(sorted(("alcohol", "hepatitis_c"), key=order.index))
    return maker.rows(np.arange(n), {
        "sex": np.where(trial.female, "female", "male"), "age_at_treatment": trial.age, "diagnosis": "hcc",
        "arm": np.where(trial.arm == 0, "experimental", "control"), "etiology": cause,
        "cirrhosis": yes(trial.cause != 0), "ecog": trial.ecog.astype(str), "child_pugh_reported": trial.points,
        "bclc_reported": np.where(trial.bclc_c, "C", "B"), "tumour_count": trial.tumours,
        "bilobar": yes(trial.bilobar), "tumour_replacement": trial.involvement, "extrahepatic_disease": "no",
        "prior_liver_therapy": yes(trial.prior),
    }, {"randomisation_": -trial.delay})  # fmt: skip


def _treatments(maker: Maker, trial: Trial) -> pd.DataFrame:
    at = _treated(trial)
    return maker.rows(at, {
        "treatment_number": 1, "device": "glass", "approach": "lobar", "activity": trial.activity[at],
        "residual_fraction": trial.residual[at], "lung_shunt_fraction": trial.lung_shunt[at],
        "lung_mass": trial.lung_mass[at],
    }, {"": np.zeros(len(at))})  # fmt: skip


def _each_lesion(trial: Trial) -> tuple[np.ndarray, np.ndarray]:
    """Patient and number of every lesion of the treated."""
    at = _treated(trial)
    patient = np.repeat(at, trial.tumours[at])
    return patient, np.arange(len(patient)) - np.searchsorted(patient, patient)


def _lesions(maker: Maker, trial: Trial, rng: np.random.Generator) -> pd.DataFrame:
    patient, number = _each_lesion(trial)
    side = np.where(rng.random(len(trial.arm)) < 0.8, "right", "left")[patient]
    away = (number > 0) & trial.bilobar[patient]
    return maker.rows(patient, {
        "lesion_id": lesion_names(number), "role": np.where(number == 0, "index", "non_target"),
        "lobe": np.where(away, np.where(side == "right", "left", "right"), side), "organ": "liver",
        "perfused": yes(~away),
    }, {})  # fmt: skip


def _dosimetry(maker: Maker, trial: Trial) -> pd.DataFrame:
    at = _treated(trial)
    nothing = np.full(len(trial.arm), np.nan)
    parts = {
        "lesion": (trial.tumour_dose, trial.tumour_volume),
        "tumour_total_perfused": (trial.tumour_dose, trial.tumour_volume),
        "normal_perfused": (trial.normal_dose, trial.perfused_volume - trial.tumour_volume),
        "perfused_liver": (trial.perfused_dose, trial.perfused_volume), "whole_liver": (nothing, trial.liver_volume),
        "lung": (trial.lung_dose, nothing),
    }  # fmt: skip
    frames = [maker.rows(at, {"treatment_number": 1, "lesion_id": "L1" if name == "lesion" else None,
                              "compartment": name, "source": "maa_spect_ct", "absorbed_dose": dose[at],
                              "volume": volume[at], "model": "partition"}, {})
              for name, (dose, volume) in parts.items()]  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def _imaging(maker: Maker, trial: Trial, index: Index, scan: Floats, rng: np.random.Generator) -> pd.DataFrame:
    n = len(trial.arm)
    ct = np.where(rng.random(n) < 0.6, "ct", "mri")
    clot = np.where(
        trial.pvt, np.array(["VP1", "VP2", "VP3", "VP4"])[rng.choice(4, n, p=[0.1, 0.25, 0.5, 0.15])], "none"
    )
    new = (rng.random(n) < 0.1) & ~trial.response
    first = -rng.integers(5, 29, n).astype(float)
    patient, number = _each_lesion(trial)
    small = rng.uniform(10, 40, len(patient))
    frames = []
    for visit, day, k in (("baseline", first, 0), ("month_3", scan, 1)):
        seen = trial.treated & ~np.isnan(day)
        at = np.flatnonzero(seen)
        frames.append(maker.rows(at, {
            "lesion_id": None, "visit": visit, "modality": ct[at],
            "pvtt_class": where(np.full(len(at), k == 0), clot[at]),
            "new_lesion": where(np.full(len(at), k == 1), yes(new[at])),
        }, {"": day[at]}))  # fmt: skip
        use = seen[patient]
        who, main = patient[use], number[use] == 0
        viable = np.where(main, index.viable[who, k], 0.95 * small[use])
        there = viable > 0
        frames.append(maker.rows(who, {
            "lesion_id": lesion_names(number[use]), "visit": visit, "modality": ct[who],
            "longest_diameter": np.where(main, index.longest[who, k], small[use]), "viable_diameter": viable,
            "viable_perpendicular": np.where(there, np.where(main, index.across[who, k], 0.7 * small[use]), np.nan),
            "arterial_enhancement": yes(there),
        }, {"": day[who]}))  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def _labs(maker: Maker, trial: Trial, rng: np.random.Generator) -> pd.DataFrame:
    at = _treated(trial)
    day = -rng.integers(1, 15, len(at)).astype(float)
    values = {"bilirubin": rng.uniform(5, 32, len(at)), "albumin": rng.uniform(30, 45, len(at)), "afp": trial.afp[at]}
    frames = [maker.rows(at, {"analyte": name, "visit": "baseline", "value": value}, {"": day})
              for name, value in values.items()]  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def _therapies(maker: Maker, trial: Trial) -> pd.DataFrame:
    at = np.flatnonzero(trial.treated & ~np.isnan(trial.resection))
    return maker.rows(at, {"therapy_number": 1, "therapy": "resection"}, {"": trial.resection[at]})


def _follow_up(maker: Maker, trial: Trial, rng: np.random.Generator) -> pd.DataFrame:
    at = _treated(trial)
    cause = np.array(["cancer", "liver", "other", "unknown"])[rng.choice(4, len(trial.arm), p=[0.7, 0.15, 0.1, 0.05])]
    dead = trial.died[at]
    return pd.concat([
        maker.rows(at, {"event": "death", "occurrence": yes(dead), "cause": where(dead, cause[at])},
                   {"": np.where(dead, trial.end[at], np.nan)}),
        maker.rows(at, {"event": "last_contact", "occurrence": "yes"}, {"": trial.end[at]}),
    ], ignore_index=True)  # fmt: skip


def _derived(trial: Trial, index: Index, scan: Floats, key: pd.DataFrame, tables: Tables) -> pd.DataFrame:
    """One line per value and treated patient, as `derived.derived_truth` lays it out: arm, resection, death, end,
    tumour and perfused dose, and the EASL category of the index lesion at three months; each with the deciding row."""
    frames = [frame for frame in _parts(trial, index, scan, key, tables) if len(frame)]
    whole = pd.concat(frames, ignore_index=True).reindex(columns=list(COLUMNS))
    text = [name for name in COLUMNS if name not in NUMBERS]
    whole[text] = whole[text].fillna("").astype("string")
    whole = whole.astype({"number": "float64", "day": "float64", "source_row": "Int64"})
    return whole.sort_values([*KEY, "variable", "lesion_id", "visit"], kind="stable", ignore_index=True)


def _parts(
    trial: Trial, index: Index, scan: Floats, key: pd.DataFrame, tables: Tables
) -> Iterator[pd.DataFrame]:  # fmt: skip
    at = _treated(trial)
    own = key.iloc[at].reset_index(drop=True)

    def found(table: str, rows: pd.DataFrame, use: Flags, **values: Any) -> pd.DataFrame:
        made = own.assign(**values)[use]
        known = rows[[*KEY, "source_file", "source_sheet", "source_row"]]
        return made.merge(known, on=KEY, how="left").assign(source_table=table)

    everyone = np.ones(len(at), dtype=bool)
    yield found("patients", tables["patients"], everyone, variable="arm",
                value=np.where(trial.arm[at] == 0, "experimental", "control"))  # fmt: skip
    events = tables["follow_up"]
    for name, event, flag in (("death", "death", trial.died[at]), ("end", "last_contact", everyone)):
        yield found("follow_up", events[events["event"] == event], everyone, variable=name, value=yes(flag),
                    day=np.where(flag, trial.end[at], np.nan))  # fmt: skip
    cut = trial.resection[at]
    yield found("therapies", tables["therapies"], everyone, variable="surgery", value=yes(~np.isnan(cut)), day=cut)
    doses = tables["dosimetry"]
    for name, compartment in (("tad_index", "lesion"), ("pld", "perfused_liver")):
        rows = doses[doses["compartment"] == compartment]
        made = found("dosimetry", rows, everyone, variable=name)
        number = made[KEY].merge(rows[[*KEY, "absorbed_dose"]], on=KEY, how="left")["absorbed_dose"]
        yield made.assign(number=number.to_numpy(), value=number.astype(str).to_numpy(),
                          lesion_id="L1" if compartment == "lesion" else "")  # fmt: skip
    images = tables["imaging"]
    rows = images[(images["lesion_id"] == "L1").fillna(False) & (images["visit"] == "month_3").fillna(False)]
    yield found("imaging", rows, trial.scanned[at], variable="easl", lesion_id="L1", visit="month_3",
                value=index.category[at], day=scan[at])  # fmt: skip


SOURCES = ("calibrate.py", "margins.py", "numerics.py", "settings.py", "two_arm.py", "two_arm_calibrate.py",
           "two_arm_names.py")  # fmt: skip
TWO_ARM = Model(MARGINS, ASSUMPTIONS, STYLES, draw_two_arm, calibrate_two_arm, SOURCES, planned, SAME)
