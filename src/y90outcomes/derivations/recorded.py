"""Values a centre recorded as they stand: demographics, reported stages, baseline laboratory, activity, doses, volumes.

A reported stage is kept apart from a derived one (METHODS: both are kept and compared), hence the names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import pandas as pd

from y90outcomes.derivations.types import Need, Variable
from y90outcomes.schema import MULTIPLE

YES_NO: Mapping[str, str] = MappingProxyType({"yes": "Yes", "no": "No"})
CHILD_PUGH: Mapping[str, str] = MappingProxyType(
    {f"{'A' if points < 7 else 'B' if points < 10 else 'C'}{points}": label for points, label in
     ((p, f"{'A' if p < 7 else 'B' if p < 10 else 'C'}{p}") for p in range(5, 16))}
)  # fmt: skip
_TARGET = "TARGET registry, NCT03295006"
_SALEM = "Salem 2022, international recommendations for personalised Y-90 glass radioembolisation of HCC"
_WATANABE = "Watanabe 2024, 10.2967/jnumed.124.267774"
_PUGH = "Pugh 1973, 10.1002/bjs.1800600817"


def child_pugh_class(points: pd.Series) -> pd.Series:
    """Points (5–15) → "A5" … "C15"; missing, and points no score can have, stay missing. Pugh 1973."""
    names = {int(level[1:]): level for level in CHILD_PUGH}
    return points.astype("Int64").map(names, na_action="ignore").astype("string")


def names_cause(code: str) -> Callable[[pd.Series], pd.Series]:
    """A function of the causes of liver disease (codes joined by ";"): "yes" where `code` is among them, else "no";
    missing where no cause is recorded."""

    def among(causes: pd.Series) -> pd.Series:
        found = causes.astype("string").str.split(MULTIPLE)
        answer = found.map(lambda codes: "yes" if code in codes else "no", na_action="ignore")
        return answer.astype("string")

    return among


def one_cause(causes: pd.Series) -> pd.Series:
    """The cause of liver disease where one is recorded, "several" where several are (codes joined by ";"); missing
    where none is."""
    found = causes.astype("string")
    return found.mask(found.str.contains(MULTIPLE, regex=False).fillna(False), "several").astype("string")


def share_percent(part: pd.Series, whole: pd.Series) -> pd.Series:
    """part / whole in percent; missing where either is, or where the whole is not above zero."""
    whole = whole.astype(float)
    return 100 * part.astype(float) / whole.where(whole > 0)


def days_before(date: pd.Series, day: pd.Series, treated: pd.Series) -> pd.Series:
    """Days from an earlier date (or its day number) to first treatment; missing where neither is known."""
    elapsed = (pd.to_datetime(treated) - pd.to_datetime(date)).dt.total_seconds() / 86_400
    return (-day.astype(float)).where(day.notna(), elapsed)


def _of_patient(name: str, label: str, column: str, levels: Mapping[str, str] = YES_NO, **more: object) -> Variable:
    return Variable(name, label, "patient", (Need("patients", column),), "baseline", levels=levels, **more)  # type: ignore[arg-type]


def _lab(analyte: str, label: str, quantity: str) -> Variable:
    need = Need("labs", "value", where={"analyte": analyte}, windowed=True)
    return Variable(analyte, label, "patient", (need,), "baseline", quantity=quantity)


def _compartment(name: str, label: str, compartment: str, column: str, reference: str = _SALEM) -> Variable:
    need = Need("dosimetry", column, where={"compartment": compartment}, options=("source",))
    quantity = "dose" if column == "absorbed_dose" else "volume"
    return Variable(name, label, "patient", (need,), "treatment", quantity=quantity, reference=reference)


def _volume(compartment: str) -> Need:
    return Need("dosimetry", "volume", where={"compartment": compartment}, options=("source",))


_CAUSES = (
    ("hepatitis_b", "Hepatitis B"), ("hepatitis_c", "Hepatitis C"), ("alcohol", "Alcohol"),
    ("masld", "Metabolic (MASLD, NASH)"), ("cryptogenic", "Unknown etiology"), ("other", "Other etiology"),
)  # fmt: skip

RECORDED: tuple[Variable, ...] = (
    Variable("age", "Age", "patient", (Need("patients", "age_at_treatment"),), "baseline", quantity="age"),
    _of_patient("sex", "Sex", "sex", {"female": "Female", "male": "Male"}),
    *(
        _of_patient(f"etiology_{code}", label, "etiology", compute=names_cause(code), reference=_TARGET)
        for code, label in _CAUSES
    ),
    _of_patient("etiology_class", "Etiology", "etiology",
                {**dict(_CAUSES[:4]), "haemochromatosis": "Haemochromatosis", **dict(_CAUSES[4:]),
                 "none": "No underlying liver disease", "several": "Several causes"}, compute=one_cause,
                reference="DOSISPHERE-01, Garin 2024, 10.2967/jnumed.123.266211"),
    _of_patient("diagnosis", "Tumour treated", "diagnosis",
                {"hcc": "Hepatocellular carcinoma", "icc": "Intrahepatic cholangiocarcinoma",
                 "mixed": "Combined hepatocellular-cholangiocarcinoma", "colorectal": "Colorectal metastases",
                 "neuroendocrine": "Neuroendocrine metastases",
                 "neuroendocrine_carcinoma": "Metastases of neuroendocrine carcinoma", "other": "Other"}),
    _of_patient("tumour_grade", "Grade", "tumour_grade", {grade: grade for grade in ("G1", "G2", "G3")}, ordered=True,
                reference="WHO 2019, Nagtegaal 2020, 10.1111/his.13975"),
    _of_patient("primary_site", "Origin", "primary_site",
                {"pancreas": "Pancreas", "gastrointestinal": "Gastrointestinal", "lung": "Lung", "other": "Other",
                 "unknown": "Unknown"}, reference=_WATANABE),
    _of_patient("endocrine_syndrome", "Endocrine syndrome", "endocrine_syndrome", reference=_WATANABE),
    _of_patient("arm", "Arm", "arm", {"control": "Control", "experimental": "Experimental",
                                      "experimental_2": "Second experimental", "other": "Other arm"}),
    _of_patient("cirrhosis", "Cirrhosis", "cirrhosis"),
    _of_patient("ecog", "ECOG performance status", "ecog", {code: code for code in "01234"}, ordered=True,
                reference="Oken 1982, 10.1097/00000421-198212000-00014"),
    _of_patient("ascites", "Ascites", "ascites", {"none": "None", "slight": "Slight", "moderate": "Moderate or worse"},
                ordered=True, reference=_PUGH),
    _of_patient("encephalopathy", "Encephalopathy", "encephalopathy",
                {"none": "None", "grade_1_2": "Grade 1–2", "grade_3_4": "Grade 3–4"}, ordered=True, reference=_PUGH),
    _of_patient("child_pugh_reported", "Child–Pugh, as reported", "child_pugh_reported", CHILD_PUGH, ordered=True,
                compute=child_pugh_class, reference=_PUGH),
    _of_patient("bclc_reported", "BCLC stage, as reported", "bclc_reported", {code: code for code in "0ABCD"},
                ordered=True, reference="Reig 2022, 10.1016/j.jhep.2021.11.018"),
    _of_patient("bilobar", "Bilobar disease", "bilobar"),
    _of_patient("extrahepatic_disease", "Extrahepatic disease", "extrahepatic_disease"),
    _of_patient("prior_liver_therapy", "Prior liver-directed therapy", "prior_liver_therapy"),
    Variable("tumour_count_reported", "Number of tumours, as reported", "patient", (Need("patients", "tumour_count"),),
             "baseline"),
    Variable("tumour_replacement", "Tumour share of the liver", "patient", (Need("patients", "tumour_replacement"),),
             "baseline", quantity="fraction"),
    Variable("days_from_diagnosis", "Time from diagnosis", "patient",
             (Need("patients", "diagnosis_date"), Need("patients", "diagnosis_day"), Need("treatments", "date")),
             "baseline", quantity="day", compute=days_before),
    _lab("bilirubin", "Baseline bilirubin", "bilirubin"),
    _lab("albumin", "Baseline albumin", "albumin"),
    _lab("inr", "Baseline INR", "inr"),
    _lab("creatinine", "Baseline creatinine", "creatinine"),
    _lab("platelets", "Baseline platelets", "cell_count"),
    _lab("lymphocytes", "Baseline lymphocytes", "cell_count"),
    _lab("ast", "Baseline AST", "enzyme"),
    _lab("alt", "Baseline ALT", "enzyme"),
    Variable("approach", "Extent of liver perfused", "patient", (Need("treatments", "approach"),), "treatment",
             levels={"segmental": "Segmental", "sectorial": "Sectorial", "lobar": "Lobar", "bilobar": "Bilobar",
                     "whole_liver": "Whole liver"}, ordered=True),
    Variable("activity", "Activity administered", "patient", (Need("treatments", "activity"),), "treatment",
             quantity="activity", reference=_SALEM),
    Variable("lung_shunt", "Lung shunt fraction", "patient", (Need("treatments", "lung_shunt_fraction"),), "treatment",
             quantity="fraction", reference=_SALEM),
    Variable("dose_source", "Images the dose was computed from", "patient",
             (Need("dosimetry", "source", where={"compartment": "perfused_liver"}),), "treatment",
             levels={"maa_planar": "MAA planar", "maa_spect": "MAA SPECT", "maa_spect_ct": "MAA SPECT/CT"}),
    _compartment("tad_total_perfused", "Total perfused TAD", "tumour_total_perfused", "absorbed_dose", _TARGET),
    _compartment("ntad_perfused", "Perfused normal tissue absorbed dose", "normal_perfused", "absorbed_dose", _TARGET),
    _compartment("ntad_whole_liver", "Whole-liver normal tissue absorbed dose", "whole_liver_normal", "absorbed_dose"),
    _compartment("pld", "Perfused liver absorbed dose", "perfused_liver", "absorbed_dose"),
    _compartment("lung_dose", "Lung absorbed dose", "lung", "absorbed_dose"),
    _compartment("tumour_volume_perfused", "Total perfused tumour volume", "tumour_total_perfused", "volume", _TARGET),
    _compartment("normal_volume_perfused", "Perfused normal tissue volume", "normal_perfused", "volume", _TARGET),
    _compartment("perfused_volume", "Total perfused liver volume", "perfused_liver", "volume"),
    _compartment("liver_volume", "Whole liver volume", "whole_liver", "volume"),
    _compartment("normal_volume", "Whole liver normal tissue volume", "whole_liver_normal", "volume"),
    Variable("lesion_role", "Role of the lesion", "lesion", (Need("lesions", "role", per_lesion=True),), "baseline",
             levels={"index": "Index lesion", "target": "Target lesion", "non_target": "Non-target lesion"},
             reference="Eisenhauer 2009, 10.1016/j.ejca.2008.10.026"),
    Variable("lesion_treated", "Lesion treated", "lesion", (Need("lesions", "perfused", per_lesion=True),), "treatment",
             levels=YES_NO, ordered=True, reference=_SALEM),
    Variable("lesion_lobe", "Lobe of the lesion", "lesion", (Need("lesions", "lobe", per_lesion=True),), "baseline",
             levels={"right": "Right lobe", "left": "Left lobe", "both": "Both lobes", "caudate": "Caudate lobe"}),
    Variable("lesion_volume", "Volume of the lesion", "lesion",
             (Need("dosimetry", "volume", where={"compartment": "lesion"}, per_lesion=True, options=("source",)),),
             "treatment", quantity="volume", reference=_SALEM),
    Variable("perfused_share", "Perfused share of the liver", "patient",
             (_volume("perfused_liver"), _volume("whole_liver")), "treatment", quantity="fraction",
             compute=share_percent, reference=_TARGET),
)  # fmt: skip
"""Derivations that read what a centre recorded."""
