"""The model `lesion_response`: metastases of one centre, response of lesions that share a patient, and progression."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from y90outcomes.schema import load_schema
from y90outcomes.simulate.lesion_calibration import calibrate_lesions
from y90outcomes.simulate.lesion_centre import ANALYTES, SAME, STYLE, planned
from y90outcomes.simulate.lesion_lesions import Lesions, Line, draw_lesions, solve_line
from y90outcomes.simulate.lesion_people import EVALUATION, HISTOLOGY, REASONS, People, draw_people
from y90outcomes.simulate.lesion_samples import Samples, draw_samples
from y90outcomes.simulate.lesion_tables import tables_of
from y90outcomes.simulate.lesion_times import ORIGINS, Times, solve_times
from y90outcomes.simulate.lesion_truth import derived_truth
from y90outcomes.simulate.model import Drawn, Model
from y90outcomes.simulate.rows import Maker
from y90outcomes.simulate.settings import Settings
from y90outcomes.simulate.truth import Tables, canonical

MARGINS = (
    *REASONS, *(f"histology_{name.removeprefix('neuroendocrine_')}" for name in HISTOLOGY), *EVALUATION,
    "age", "male", *(f"origin_{name}" for name in ORIGINS), "grade_1", "grade_2", "grade_3", "endocrine", "cirrhosis",
    "extrahepatic", "thrombus", "partial", "two_sessions", "partial_fraction", "treated_volume", "activity", "mird",
    "mad", "normal", "whole_normal", "lung_shunt", "lesions_per_patient", "lesion_response", "lesion_progression",
    "mad_responding_lesions", "mad_other_lesions", "auc_lesions", "patient_response", "mad_responding_patients",
    "mad_other_patients", "auc_patients", "scan_before_months", "scan_after_months", "death", "progression",
    "hepatic_progression", "os_months", "progression_months", "hepatic_months", "hr_hepatic_g2", "hr_hepatic_g3",
    "hr_hepatic_origin", "hr_global_g2", "hr_global_g3", "hr_global_origin", "hr_global_mad", "hr_os_g2", "hr_os_g3",
    "hr_os_mad", "labs_12_months", *(f"toxicity_{name}" for name in ANALYTES), "toxicity_patients",
)  # fmt: skip
"""Every margin a simulation page of this model gives."""

ASSUMPTIONS = (
    "patient_sd", "within_sd_log", "lesion_dose_ratio", "complete_among_responding", "partial_by_size", "lesion_mm",
    "misread", "hazard_death", "hazard_progression", "hazard_hepatic", "weibull_shape", "first_event_months",
    "tumour_share", "density_g_per_ml", "mird_gy_kg_per_gbq", "no_first_sample",
)  # fmt: skip
"""Every assumption a simulation page of this model states."""

SOURCES = ("bands.py", "calibrate.py", "lesion_calibration.py", "lesion_centre.py", "lesion_lesions.py",
           "lesion_people.py", "lesion_response.py", "lesion_samples.py", "lesion_times.py", "margins.py",
           "numerics.py", "settings.py")  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class LesionStudy:
    """One drawn registry before it is written; `key` is centre and patient_id of each patient in the order drawn."""

    people: People
    lesions: Lesions
    samples: Samples
    times: Times
    line: Line
    tables: Tables
    key: pd.DataFrame


_SOLVED: dict[str, tuple[Times, Line]] = {}


def _solved(settings: Settings) -> tuple[Times, Line]:
    """The coefficients of a page, solved once for all draws from it; kept by what the page says."""
    key = settings.fingerprint
    if key not in _SOLVED:
        _SOLVED[key] = solve_times(settings), solve_line(settings)
    return _SOLVED[key]


def draw_lesion_study(settings: Settings, patients: int, seed: int) -> LesionStudy:
    """Screened patients and canonical tables; the same for the same page, number and seed, on every machine."""
    times, line = _solved(settings)
    schema = load_schema()
    rng = np.random.default_rng(seed)
    people = draw_people(settings, times, patients, rng)
    lesions = draw_lesions(settings, line, people, rng)
    samples = draw_samples(settings, schema, people, rng)
    key = pd.DataFrame({"centre": STYLE.name, "patient_id": [STYLE.ids.format(k + 1) for k in range(patients)]})
    maker = Maker(key, people.start, np.zeros(patients, dtype=np.bool_), schema)
    made = tables_of(people, lesions, samples, maker, rng)
    return LesionStudy(people, lesions, samples, times, line, canonical(made, schema, (STYLE,)), key)


def _draw(settings: Settings, patients: int, seed: int) -> Drawn:
    made = draw_lesion_study(settings, patients, seed)
    times = {name: list(value) if isinstance(value, tuple) else value
             for name, value in dataclasses.asdict(made.times).items()}  # fmt: skip
    parameters = {
        "times": {"coefficients": ["grade 2", "grade 3", "pancreas", "per Gy above 220"], "unit": "months", **times},
        "response_line": {"per": "ln(dose / 200 Gy)", **dataclasses.asdict(made.line)},
    }

    def derived(tables: Tables) -> pd.DataFrame:
        return derived_truth(made.people, made.lesions, made.samples, made.key, tables)

    return Drawn(made.tables, made.key, derived, parameters)


LESION_RESPONSE = Model(MARGINS, ASSUMPTIONS, (STYLE,), _draw, calibrate_lesions, SOURCES, planned=planned, same=SAME)
