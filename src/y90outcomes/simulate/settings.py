"""simulation.yaml read: printed margins and our own assumptions, and nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from y90outcomes.errors import Fault, InputError
from y90outcomes.yamlpage import read_page

FILE = "simulation.yaml"

MARGINS = (
    "age", "male", "etiology_hepatitis_b", "etiology_hepatitis_c", "etiology_alcohol", "etiology_masld",
    "etiology_cryptogenic", "etiology_other", "cirrhosis", "ecog_0", "ecog_1", "ecog_ge2", "bclc_a", "bclc_b",
    "bclc_c", "bclc_c_ecog_no_pvt", "pvt_ecog_0", "child_pugh_a", "child_pugh_b7", "bilobar", "pvt", "right_lobe",
    "diameter_3_5", "diameter_5_8", "diameter_ge8", "lesions_1", "lesions_2", "lesions_3", "lesions_4_10",
    "prior_sorafenib", "months_from_diagnosis", "activity", "first_week", "lung_shunt", "lung_dose", "liver_volume",
    "normal_volume", "normal_dose", "perfused_volume", "perfused_percent", "perfused_dose", "tumour_volume", "tad",
    "target_volume", "target_dose", "perfused_normal_volume", "ntad", "spect_ct", "scan_day_90", "scan_day_180",
    "orr_mrecist", "orr_recist", "orr_mrecist_target", "orr_recist_target", "orr_below_200", "orr_200_300",
    "orr_above_300", "cr_below_200", "cr_above_300", "gm_tad_responders", "gm_tad_others", "gm_tad_recist",
    "gm_tad_recist_others", "afp_ge_200", "afp_ge_20", "afp_response_200", "afp_response_20", "os_median",
    "os_below_200", "os_200_300", "os_above_300", "hr_per_100_gy", "follow_up", "ae_any", "ae_grade_3", "ae_ascites",
    "ae_fatigue", "ae_pain", "ae_bilirubin", "ae_bilirubin_grade_3", "ae_lymphocytes", "hepatic_failure",
)  # fmt: skip
"""Every margin a simulation page of the model single_arm gives."""

ASSUMPTIONS = (
    "correlations", "perfused_share", "residual_percent", "lung_mass_kg", "lung_dose_limit_gy",
    "lung_shunt_with_energy", "tumour_volume", "density_g_per_ml", "mird_gy_kg_per_gbq",
    "lesion_dose_sd_log", "ecog_2_or_more_if_impaired", "diagnosis_tail", "child_pugh_a5_among_a",
    "reported_best_without_response", "recist_complete_among_mrecist_complete", "scan_day_42", "scan_month_12",
    "ct_share", "months_to_progression", "weibull_shape", "censoring_months", "systemic_after_progression",
    "death_cause", "afp_band_spread", "afp_slope_per_log_dose", "afp_partial_fall", "laboratory_visit",
    "bilirubin_above_uln_at_baseline", "ae_grade_3_given_event", "ae_other", "sphere_age_missing",
    "progression_shown_by", "left_in_complete", "segmental_share", "segmental", "intent", "intent_segmental",
    "remnant_growth", "body", "laboratory", "sodium", "unread_scan",
    "treated_before_response",
)  # fmt: skip
"""Every assumption a simulation page of the model single_arm states."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One simulation page. `margins` name -> printed numbers; `assumptions` name -> number or named numbers."""

    id: str
    source: str
    patients: int
    margins: Mapping[str, Mapping[str, Any]]
    assumptions: Mapping[str, Any]
    model: str = "single_arm"
    """Name in `models.MODELS` of what is drawn."""

    def share(self, name: str) -> float:
        """A printed share: count over its denominator, or percent over 100."""
        margin = self.margins[name]
        return float(margin["count"]) / float(margin["of"]) if "count" in margin else float(margin["percent"]) / 100

    def number(self, name: str) -> float:
        """An assumption that is one number."""
        return float(self.assumptions[name])

    @property
    def fingerprint(self) -> str:
        """SHA-256 over what the page says, whatever its layout."""
        said = [self.id, self.source, self.patients, self.margins, self.assumptions]
        body = json.dumps(said + ([] if self.model == "single_arm" else [self.model]), sort_keys=True)
        return hashlib.sha256(body.encode()).hexdigest()


def read_settings(folder: Path) -> Settings:
    """The simulation page of a study folder. InputError when it lacks, or adds, a margin or assumption of its model
    (`model:`, one of `models.MODELS`; single_arm where nothing is said)."""
    from y90outcomes.simulate.models import MODELS  # models read settings

    page = read_page(folder / FILE, FILE)
    data = page.data if isinstance(page.data, dict) else {}
    faults: list[Fault] = []
    for key in ("id", "source", "patients", "margins", "assumptions"):
        if key not in data:
            faults.append(Fault(FILE, f"lacks {key!r}", action=f"add {key!r}"))
    model = str(data.get("model", "single_arm"))
    if model not in MODELS:
        faults.append(Fault(page.place(("model",)), f"unknown model {model!r}", ", ".join(MODELS), "name one of these"))
    drawn = MODELS.get(model, MODELS["single_arm"])
    for key, wanted in (("margins", drawn.margins), ("assumptions", drawn.assumptions)):
        given: dict[str, Any] = data[key] if isinstance(data.get(key), dict) else {}
        faults += [
            Fault(page.place((key,)), f"lacks {name!r}", action="state it") for name in wanted if name not in given
        ]
        faults += [
            Fault(page.place((key, name)), f"unknown name {name!r}", action="remove it or correct it")
            for name in given
            if name not in wanted
        ]
    if not faults:
        faults += [
            Fault(page.place(("margins", name)), "is not a list of printed numbers", "such as {count: 31, of: 209}")
            for name, margin in data["margins"].items()
            if not isinstance(margin, dict)
        ]
    if faults:
        raise InputError(faults)
    return Settings(
        str(data["id"]), str(data["source"]), int(data["patients"]), data["margins"], data["assumptions"], model
    )
