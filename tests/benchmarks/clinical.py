"""A registry of any size with everything the clinical layer reads: five visits, three lesions, eleven analytes each."""

from __future__ import annotations

import numpy as np
import pandas as pd
from tests.benchmarks.synthetic import SEED, registry_of

from y90outcomes.registry import Registry

VISITS = ("baseline", "day_42", "day_90", "day_180", "month_12")
DAYS = (-10, 45, 92, 181, 366)
LESIONS = 3
USUAL = {
    "bilirubin": (14.0, 21.0, None), "albumin": (38.0, None, 35.0), "inr": (1.1, 1.2, None),
    "creatinine": (80.0, 106.0, None), "sodium": (138.0, None, 135.0), "afp": (120.0, 10.0, None),
    "platelets": (160.0, None, 150.0), "lymphocytes": (1.4, None, 1.0), "ast": (45.0, 40.0, None),
    "alt": (38.0, 41.0, None), "alp": (110.0, 120.0, None),
}  # fmt: skip
"""analyte -> usual value, upper and lower limit of normal, in canonical units."""


def make_clinical_registry(patients: int) -> Registry:
    """`patients` patients with every record the clinical layer reads and a few per cent of values missing."""
    rng = np.random.default_rng(SEED)
    ids = np.array([f"P{number:07d}" for number in range(patients)], dtype=object)
    centre = np.where(np.arange(patients) < patients // 2, "east", "west").astype(object)
    key = {"centre": centre, "patient_id": ids}

    def blank(values: np.ndarray, share: float = 0.03) -> np.ndarray:
        return np.where(rng.random(len(values)) < share, np.nan, values)

    def of(rows: np.ndarray) -> dict[str, np.ndarray]:
        return {"centre": centre[rows], "patient_id": ids[rows]}

    people, lesion = np.repeat(np.arange(patients), LESIONS), np.tile(np.arange(LESIONS), patients)
    names = np.array([f"L{number + 1}" for number in range(LESIONS)], dtype=object)
    lesions = of(people) | {"lesion_id": names[lesion]}
    seen, visit = np.repeat(np.arange(patients), len(VISITS)), np.tile(np.arange(len(VISITS)), patients)
    days = np.array(DAYS)[visit] + rng.integers(-3, 4, len(visit))
    scan = np.repeat(np.arange(len(seen)), LESIONS)
    which = np.tile(np.arange(LESIONS), len(seen))
    start = rng.gamma(4, 12, (patients, LESIONS)) + 12
    change = np.exp(rng.normal(-0.05, 0.25, (patients, LESIONS, len(VISITS))).cumsum(axis=2))
    longest = start[seen[scan], which] * np.where(visit[scan] == 0, 1.0, change[seen[scan], which, visit[scan]])
    viable = longest * rng.uniform(0, 1, len(scan))
    whole = of(seen) | {
        "lesion_id": np.full(len(seen), None, dtype=object), "visit": np.array(VISITS, dtype=object)[visit],
        "day": days, "modality": "ct", "new_lesion": rng.choice(np.array(["no", "no", "no", "yes", None], dtype=object),
                                                                len(seen)),
        "pvtt_class": rng.choice(np.array(["none", "none", "VP2", None], dtype=object), len(seen)),
        "hvtt_class": "none",
        "thrombus_enhancement": rng.choice(np.array(["yes", "no", None], dtype=object), len(seen)),
        "thrombus_width": blank(rng.uniform(5, 15, len(seen))),
        "thrombus_extension": rng.choice(np.array(["no", "no", "yes", None], dtype=object), len(seen)),
        "nontarget_progression": rng.choice(np.array(["no", "no", "no", "yes", None], dtype=object), len(seen)),
        "liver_volume": rng.uniform(1200, 2500, len(seen)), "flr_volume": rng.uniform(300, 900, len(seen)),
    }  # fmt: skip
    measured = of(seen[scan]) | {
        "lesion_id": names[which], "visit": np.array(VISITS, dtype=object)[visit[scan]], "day": days[scan],
        "modality": "ct", "longest_diameter": blank(np.round(longest)), "viable_diameter": blank(np.round(viable)),
        "viable_perpendicular": blank(np.round(viable * 0.8)), "attenuation": blank(rng.uniform(30, 120, len(scan))),
        "arterial_enhancement": np.where(viable < 1, "no", "yes").astype(object),
    }  # fmt: skip
    labs = [
        pd.DataFrame(of(seen) | {
            "analyte": analyte, "visit": np.array(VISITS, dtype=object)[visit], "day": days,
            "value": blank(np.round(usual * rng.lognormal(0, 0.5, len(seen)), 2)),
            "uln": np.nan if upper is None else upper, "lln": np.nan if lower is None else lower,
        })
        for analyte, (usual, upper, lower) in USUAL.items()
    ]  # fmt: skip
    death, last = rng.exponential(700, patients).astype(int) + 1, rng.integers(200, 1500, patients)
    grown = rng.exponential(300, patients).astype(int) + 30
    died, progressed = death < last, grown < np.minimum(death, last)
    follow_up = pd.concat([
        pd.DataFrame(key | {"event": "death", "occurrence": np.where(died, "yes", "no"),
                            "day": np.where(died, death, np.nan)}),
        pd.DataFrame(key | {"event": "progression", "occurrence": np.where(progressed, "yes", "no"),
                            "day": np.where(progressed, grown, np.nan)}),
        pd.DataFrame(key | {"event": "last_contact", "occurrence": "yes", "day": np.minimum(death, last)}),
    ], ignore_index=True)  # fmt: skip
    later = rng.random(patients) < 0.3
    doses = [
        pd.DataFrame(key | {"treatment_number": 1, "lesion_id": None, "compartment": name, "source": "maa_spect_ct",
                            "absorbed_dose": blank(rng.gamma(3, scale, patients)),
                            "volume": rng.uniform(200, 900, patients)})
        for name, scale in (("tumour_total_perfused", 80), ("normal_perfused", 30), ("perfused_liver", 40),
                            ("whole_liver", 30), ("whole_liver_normal", 20), ("lung", 3))
    ]  # fmt: skip
    frames = {
        "patients": pd.DataFrame(key | {
            "sex": rng.choice(["female", "male"], patients), "age_at_treatment": rng.uniform(40, 85, patients),
            "ecog": rng.choice(["0", "1", "2"], patients), "ascites": rng.choice(["none", "slight"], patients),
            "encephalopathy": "none", "dialysis": "no", "anticoagulation": "no", "extrahepatic_disease": "no",
            "bilobar": rng.choice(["yes", "no"], patients), "tumour_count": float(LESIONS), "height": 170.0,
            "body_mass": 75.0, "bclc_reported": rng.choice(["A", "B", "C"], patients),
        }),
        "treatments": pd.DataFrame(key | {
            "treatment_number": 1, "day": 0.0, "activity": rng.uniform(1, 5, patients), "residual_fraction": 1.0,
            "lung_shunt_fraction": rng.uniform(1, 10, patients), "approach": "lobar", "intent": "palliative",
            "segments_perfused": 4.0, "sphere_age": rng.integers(2, 12, patients).astype(float),
        }),
        "lesions": pd.DataFrame(lesions | {"role": np.where(lesion < 2, "target", "non_target"), "organ": "liver",
                                           "perfused": "yes", "lobe": "right"}),
        "imaging": pd.concat([pd.DataFrame(whole), pd.DataFrame(measured)], ignore_index=True),
        "labs": pd.concat(labs, ignore_index=True),
        "dosimetry": pd.concat(doses, ignore_index=True),
        "therapies": pd.DataFrame({name: values[later] for name, values in key.items()} | {
            "therapy_number": 1, "therapy": "systemic", "day": rng.uniform(60, 600, int(later.sum()))}),
        "follow_up": follow_up,
    }  # fmt: skip
    return registry_of(frames, f"clinical {patients}")
