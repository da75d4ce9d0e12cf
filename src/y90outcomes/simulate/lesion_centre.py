"""The one centre of the model `lesion_response`: its words, units, files and visits."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from y90outcomes.schema import Schema
from y90outcomes.simulate.centres import SI, Style
from y90outcomes.simulate.sheets import Block, Plan

STYLE = Style(
    "de2", "de", 1.0, "csv", "long",
    {**SI, "bilirubin": ("mg/dL", 2), "albumin": ("g/dL", 2), "activity": ("GBq", 2), "dose": ("Gy", 1)},
    "%d.%m.%Y", "k. A.", "NET-{:03d}", decimal=",", delimiter=";", encoding="cp1252",
    limits={"bilirubin": ("0.2", "1.2"), "albumin": ("3.5", "5.2"), "ast": ("10", "50"), "alt": ("10", "50")},
    words={
        "diagnosis": {"neuroendocrine": "NET-Metastasen", "neuroendocrine_carcinoma": "NEC-Metastasen",
                      "other": "NEN und HCC"},
        "tumour_grade": {"G1": "G1", "G2": "G2", "G3": "G3"},
        "primary_site": {"pancreas": "Pankreas", "gastrointestinal": "GI-Trakt", "unknown": "CUP"},
        "approach": {"whole_liver": "ganze Leber"}, "criterion": {"choi": "Choi"},
        "follow_up_event": {"hepatic_progression": "Progress Leber"},
        "visit": {f"month_{k}": f"Monat {k}" for k in (3, 4, 6, 9)},
    },
    headings={
        ("patients", "diagnosis"): "Diagnose", ("patients", "tumour_grade"): "Grading",
        ("patients", "primary_site"): "Primärtumor", ("patients", "endocrine_syndrome"): "Hormonsyndrom",
        ("treatments", "treatment_number"): "Sitzung",
    },
)  # fmt: skip
"""One invented centre; the name says a country and a number and stands for no hospital."""

SAME: Mapping[tuple[str, str], str] = MappingProxyType({
    ("treatments", "device"): "glass", ("treatments", "course_number"): "1", ("lesions", "organ"): "liver",
    ("dosimetry", "model"): "partition", ("dosimetry", "treatment_number"): "1",
    ("dosimetry", "source"): "maa_spect_ct", ("imaging", "modality"): "ct", ("assessments", "criterion"): "choi",
})  # fmt: skip
"""What no file says, because it is the same for all."""

ANALYTES = ("bilirubin", "albumin", "ast", "alt")
LAB_VISITS = ("baseline", "month_3", "month_6", "month_9", "month_12")
SCAN_VISITS = ("baseline", "month_4")


def planned(style: Style, schema: Schema) -> tuple[Plan, ...]:
    """The files of the centre."""
    when = ("date",)
    return (
        Plan("patients", ("patient_id",), (Block("patients", (
            "sex", "age_at_treatment", "diagnosis", "tumour_grade", "primary_site", "endocrine_syndrome", "cirrhosis",
            "extrahepatic_disease")),)),
        Plan("treatments", ("patient_id", "treatment_number"), (Block("treatments", (
            "treatment_number", *when, "maa_date", "approach", "activity", "residual_fraction",
            "lung_shunt_fraction")),)),
        Plan("lesions", ("patient_id", "lesion_id"), (Block("lesions", ("lesion_id", "role", "lobe", "perfused")),)),
        Plan("dosimetry", ("patient_id", "lesion_id", "compartment"), (Block("dosimetry", (
            "lesion_id", "compartment", "absorbed_dose", "volume")),)),
        Plan("imaging", ("patient_id", "lesion_id", "visit"), (Block("imaging", (
            "lesion_id", "visit", *when, "longest_diameter", "attenuation", "pvtt_class", "new_lesion")),)),
        Plan("assessments", ("patient_id", "visit"), (Block("assessments", ("visit", "response", *when)),)),
        Plan("labs", ("patient_id", "visit", "analyte"), (Block("labs", (
            "visit", "analyte", *when, "value", "uln", "lln")),)),
        Plan("follow_up", ("patient_id", "event"), (Block("follow_up", ("event", "occurrence", *when)),)),
    )  # fmt: skip
