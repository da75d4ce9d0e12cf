"""The four centres of the model two_arm and the sheets they send; no hospital is meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from y90outcomes.schema import Schema
from y90outcomes.simulate.centres import CENTRES, SI, Style
from y90outcomes.simulate.sheets import Block, Plan

ANALYTES = ("bilirubin", "albumin", "afp")
COMPARTMENTS = ("tumour_total_perfused", "normal_perfused", "perfused_liver", "whole_liver", "lung")

WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType({
    "arm": {"experimental": "dosimétrie personnalisée", "control": "dosimétrie standard"},
    "etiology": {"haemochromatosis": "Hémochromatose", "none": "Aucune"},
    "therapy": {"resection": "résection"},
    "visit": {"month_3": "M3"},
    "lesion_role": {"index": "index"},
})  # fmt: skip
SHORT: Mapping[str, Mapping[str, str]] = MappingProxyType({
    **WORDS, "arm": {"experimental": "PDA", "control": "SDA"}, "therapy": {"resection": "hépatectomie"},
})  # fmt: skip
HEADINGS: Mapping[tuple[str, str], str] = MappingProxyType({
    ("patients", "arm"): "Bras", ("patients", "randomisation_date"): "Date de randomisation",
})  # fmt: skip

_FR1 = next(style for style in CENTRES if style.name == "fr1")
STYLES: tuple[Style, ...] = (
    replace(_FR1, weight=1.4, words=WORDS, headings=HEADINGS),
    Style("fr2", "fr", 1.2, "xlsx", "wide", {**SI, "length": ("cm", 1), "afp": ("ng/mL", 1)}, "%Y-%m-%d", "ND",
          "D2-{:03d}", typed=True, header=3, words=SHORT, headings=HEADINGS),
    Style("fr3", "fr", 1.0, "sav", "long", {**SI, "volume": ("mL", 0)}, "%Y-%m-%d", "-9", "T{:03d}", typed=True,
          words=SHORT, headings=HEADINGS),
    Style("fr4", "fr", 0.9, "ods", "long", {**SI, "activity": ("MBq", 0), "bilirubin": ("mg/L", 1)}, "%d.%m.%Y", "n.r.",
          "P-{:02d}", decimal=",", words=WORDS, headings=HEADINGS),
)  # fmt: skip
"""In the order in which patients are dealt to them."""

SAME: Mapping[tuple[str, str], str] = MappingProxyType({
    ("patients", "diagnosis"): "hcc", ("patients", "extrahepatic_disease"): "no",
    ("treatments", "treatment_number"): "1", ("treatments", "device"): "glass", ("treatments", "approach"): "lobar",
    ("lesions", "organ"): "liver", ("dosimetry", "treatment_number"): "1", ("dosimetry", "model"): "partition",
    ("dosimetry", "source"): "maa_spect_ct",
})  # fmt: skip
"""Columns no file has, because the value is the same for all."""


def planned(style: Style, schema: Schema) -> tuple[Plan, ...]:
    """The sheets of a centre. Treatments stand apart from patients: four of those randomised were not treated."""
    patients = ("sex", "age_at_treatment", "arm", "randomisation_date", "etiology", "cirrhosis", "ecog",
                "child_pugh_reported", "bclc_reported", "tumour_count", "bilobar", "tumour_replacement",
                "prior_liver_therapy")  # fmt: skip
    treatments = ("date", "activity", "residual_fraction", "lung_shunt_fraction", "lung_mass")
    measured = ("longest_diameter", "viable_diameter", "viable_perpendicular", "arterial_enhancement")
    of_scan = ("lesion_id", "visit", "date", "modality", *measured, "pvtt_class", "new_lesion")
    imaging = Plan("imaging", ("patient_id", "lesion_id", "visit"), (Block("imaging", of_scan),))
    lesions = Plan(
        "lesions", ("patient_id", "lesion_id"), (Block("lesions", ("lesion_id", "role", "lobe", "perfused")),)
    )
    therapies = Plan("therapies", ("patient_id", "therapy_number"),
                     (Block("therapies", ("therapy_number", "therapy", "date")),))  # fmt: skip
    if style.layout == "long":
        return (
            Plan("patients", ("patient_id",), (Block("patients", patients),)),
            Plan("treatments", ("patient_id",), (Block("treatments", treatments),)),
            lesions,
            Plan("dosimetry", ("patient_id", "lesion_id", "compartment"),
                 (Block("dosimetry", ("lesion_id", "compartment", "absorbed_dose", "volume")),)),
            imaging,
            Plan("labs", ("patient_id", "visit", "analyte"), (Block("labs", ("visit", "analyte", "date", "value")),)),
            therapies,
            Plan("follow_up", ("patient_id", "event"), (Block("follow_up", ("event", "occurrence", "date", "cause")),)),
        )  # fmt: skip
    sizes = {"whole_liver": ("volume",), "lung": ("absorbed_dose",)}
    dosimetry = [Block("dosimetry", sizes.get(name, ("absorbed_dose", "volume")), {"compartment": name}, entry=True)
                 for name in COMPARTMENTS]  # fmt: skip
    follow_up = [
        Block("follow_up", ("occurrence", "date", "cause"), {"event": "death"}, entry=True),
        Block("follow_up", ("date",), {"event": "last_contact"}, entry=True),
    ]
    return (
        Plan("patients", ("patient_id",), (Block("patients", patients),)),
        Plan("treatments", ("patient_id",), (Block("treatments", treatments), *dosimetry, *follow_up)),
        Plan("lesions", ("patient_id", "lesion_id"),
             (lesions.blocks[0], Block("dosimetry", ("lesion_id", "absorbed_dose", "volume"), {"compartment": "lesion"},
                                       entry=True))),
        imaging,
        Plan("labs", ("patient_id", "visit"),
             tuple(Block("labs", ("visit", "date", "value"), {"analyte": name}, entry=True) for name in ANALYTES)),
        therapies,
    )  # fmt: skip
