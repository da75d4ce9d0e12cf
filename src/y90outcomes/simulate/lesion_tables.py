"""Canonical tables of the model `lesion_response`; what a patient of the flow chart lacks is in none of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from y90outcomes.simulate.laboratory import normal_limits
from y90outcomes.simulate.lesion_centre import ANALYTES, LAB_VISITS, SCAN_VISITS, STYLE
from y90outcomes.simulate.lesion_lesions import Lesions
from y90outcomes.simulate.lesion_people import HISTOLOGY, People
from y90outcomes.simulate.lesion_samples import Samples
from y90outcomes.simulate.lesion_times import ORIGINS
from y90outcomes.simulate.patients import Floats
from y90outcomes.simulate.rows import Maker, lesion_names, where, yes


def tables_of(
    people: People, lesions: Lesions, samples: Samples, maker: Maker, rng: np.random.Generator
) -> dict[str, pd.DataFrame]:
    """Rows of every table; what a patient of the flow chart lacks is left out of the tables."""
    n = len(people.mad)
    everyone = np.arange(n)
    diagnosis = np.where(people.reason == 3, np.array(HISTOLOGY)[people.histology], "neuroendocrine")
    return {
        "patients": maker.rows(everyone, {
            "sex": np.where(people.male, "male", "female"), "age_at_treatment": people.age, "diagnosis": diagnosis,
            "tumour_grade": where(diagnosis != "neuroendocrine_carcinoma", np.char.add("G", people.grade.astype(str))),
            "primary_site": np.array(ORIGINS)[people.origin], "endocrine_syndrome": yes(people.endocrine),
            "cirrhosis": yes(people.cirrhosis), "extrahepatic_disease": yes(people.extrahepatic),
        }, {}),
        "treatments": _treatments(people, maker, rng),
        "lesions": maker.rows(lesions.patient, {
            "lesion_id": lesion_names(lesions.number), "organ": "liver", "perfused": yes(lesions.treated),
            "role": np.where(lesions.diameter >= 20, "target", "non_target"),
            "lobe": np.where(rng.random(len(lesions.patient)) < 0.65, "right", "left"),
        }, {}),
        "dosimetry": _dosimetry(people, lesions, maker),
        "imaging": _imaging(people, lesions, maker),
        "assessments": maker.rows(np.flatnonzero(lesions.reported != ""), {
            "lesion_id": None, "visit": SCAN_VISITS[1], "criterion": "choi",
            "response": lesions.reported[lesions.reported != ""],
        }, {"": lesions.scan_day[lesions.reported != ""]}),
        "labs": _labs(samples, maker),
        "follow_up": _follow_up(people, maker),
    }  # fmt: skip


def _treatments(people: People, maker: Maker, rng: np.random.Generator) -> pd.DataFrame:
    n = len(people.mad)
    maa = -rng.integers(6, 22, n).astype(float)
    second = np.flatnonzero(people.two_sessions & (people.end > 50))
    half = np.where(np.isin(np.arange(n), second), 0.5, 1.0)
    between = rng.integers(28, 43, n).astype(float)
    frames = []
    for number, who in ((1, np.arange(n)), (2, second)):
        frames.append(maker.rows(who, {
            "treatment_number": number, "course_number": 1, "device": "glass",
            "approach": np.where(people.partial, "lobar", "whole_liver")[who],
            "activity": (people.activity * half)[who], "residual_fraction": people.residual[who],
            "lung_shunt_fraction": people.lung_shunt[who],
        }, {"": np.zeros(n)[who] if number == 1 else between[who],
            "maa_": maa[who] if number == 1 else np.full(len(who), np.nan)}))  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def _dosimetry(people: People, lesions: Lesions, maker: Maker) -> pd.DataFrame:
    known = people.reason != 1
    who = np.flatnonzero(known)
    nothing = np.full(len(people.mad), np.nan)
    same = {"treatment_number": 1, "source": "maa_spect_ct", "model": "partition"}
    parts = {
        "tumour_total_perfused": (people.mad, people.tumour_volume),
        "normal_perfused": (people.normal, people.treated_volume - people.tumour_volume),
        "perfused_liver": (people.mird, people.treated_volume),
        "whole_liver": (nothing, people.liver_volume),
        "whole_liver_normal": (people.whole_normal, people.liver_volume - people.tumour_volume),
    }
    frames = [
        maker.rows(who, {**same, "lesion_id": None, "compartment": name, "absorbed_dose": dose[who],
                         "volume": volume[who]}, {})
        for name, (dose, volume) in parts.items()
    ]  # fmt: skip
    dosed = np.flatnonzero(~np.isnan(lesions.dose) & known[lesions.patient])
    frames.append(maker.rows(lesions.patient[dosed], {
        **same, "lesion_id": lesion_names(lesions.number[dosed]), "compartment": "lesion",
        "absorbed_dose": lesions.dose[dosed], "volume": np.nan,
    }, {}))  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def _imaging(people: People, lesions: Lesions, maker: Maker) -> pd.DataFrame:
    everyone = np.arange(len(people.mad))
    scanned = np.flatnonzero(~np.isnan(lesions.scan_day))
    clot = np.where(people.thrombus, "VP2", "none")
    frames = [
        maker.rows(everyone, {"lesion_id": None, "visit": SCAN_VISITS[0], "modality": "ct", "pvtt_class": clot,
                              "new_lesion": None}, {"": lesions.baseline_day}),
        maker.rows(scanned, {"lesion_id": None, "visit": SCAN_VISITS[1], "modality": "ct", "pvtt_class": None,
                             "new_lesion": yes(lesions.new_lesion[scanned])}, {"": lesions.scan_day[scanned]}),
    ]  # fmt: skip
    days = (lesions.baseline_day, lesions.scan_day)
    for visit, (day, size, dense) in enumerate(zip(
        days, (lesions.diameter, lesions.later_diameter), (lesions.hu, lesions.later_hu), strict=True
    )):  # fmt: skip
        there = np.flatnonzero(~np.isnan(size))
        who = lesions.patient[there]
        frames.append(maker.rows(who, {
            "lesion_id": lesion_names(lesions.number[there]), "visit": SCAN_VISITS[visit], "modality": "ct",
            "longest_diameter": size[there], "attenuation": dense[there],
        }, {"": day[who]}))  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def _labs(samples: Samples, maker: Maker) -> pd.DataFrame:
    frames = []
    for analyte in ANALYTES:
        low, high = normal_limits(STYLE, analyte, maker.schema)
        patient, visit = np.nonzero(~np.isnan(samples.day))
        frames.append(maker.rows(patient, {
            "analyte": analyte, "visit": np.array(LAB_VISITS)[visit], "value": samples.value[analyte][patient, visit],
            "uln": high, "lln": low,
        }, {"": samples.day[patient, visit]}))  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def events_of(people: People) -> Iterator[tuple[str, Floats]]:
    """Event of the code list and its day, NaN where it was not seen."""
    yield "death", people.death
    yield "progression", people.progression
    yield "hepatic_progression", people.hepatic
    yield "last_contact", people.end


def _follow_up(people: People, maker: Maker) -> pd.DataFrame:
    who = np.flatnonzero(people.reason != 4)
    frames = [
        maker.rows(who, {"event": event, "occurrence": yes(~np.isnan(day[who]))}, {"": day[who]})
        for event, day in events_of(people)
    ]
    return pd.concat(frames, ignore_index=True)
