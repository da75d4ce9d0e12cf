"""Every variable and event a protocol can name. To add one: a function beside this file and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from y90outcomes.derivations.afp import AFP
from y90outcomes.derivations.doses import DOSES
from y90outcomes.derivations.events import EVENTS as EVENTS
from y90outcomes.derivations.history import HISTORY
from y90outcomes.derivations.hypertrophy import HYPERTROPHY
from y90outcomes.derivations.liver import LIVER
from y90outcomes.derivations.recommendations import RECOMMENDATIONS
from y90outcomes.derivations.recorded import RECORDED, YES_NO
from y90outcomes.derivations.response.variables import RESPONSE, RESPONSES
from y90outcomes.derivations.stage import STAGE
from y90outcomes.derivations.toxicity import TOXICITY
from y90outcomes.derivations.types import Need, Variable
from y90outcomes.derivations.vascular import macrovascular_invasion, present
from y90outcomes.derivations.volumes import VOLUMES

PVTT: Mapping[str, str] = MappingProxyType({"none": "None", "VP1": "VP1", "VP2": "VP2", "VP3": "VP3", "VP4": "VP4"})
HVTT: Mapping[str, str] = MappingProxyType({"none": "None", "VV1": "VV1", "VV2": "VV2", "VV3": "VV3"})
NECROSIS: Mapping[str, str] = MappingProxyType(
    {"complete": "CPN (complete)", "extensive": "Extensive (50–99 %)", "partial": "Partial (<50 %)"}
)

_PVTT = Need("imaging", "pvtt_class", windowed=True)
_HVTT = Need("imaging", "hvtt_class", windowed=True)
_THROMBUS = "VP and VV classes as in the legend of Table 5 of Meerun 2022, 10.21037/hbsn-22-184"

_VARIABLES = (
    Variable(
        "afp",
        "Baseline AFP",
        "patient",
        (Need("labs", "value", where={"analyte": "afp"}, windowed=True),),
        "baseline",
        quantity="afp",
    ),
    Variable(
        "longest_diameter",
        "Longest diameter",
        "lesion",
        (Need("imaging", "longest_diameter", per_lesion=True, windowed=True),),
        "baseline",
        quantity="length",
        reference="Eisenhauer 2009, 10.1016/j.ejca.2008.10.026",
    ),
    Variable(
        "pvtt_class", "PVTT class", "patient", (_PVTT,), "baseline", levels=PVTT, ordered=True, reference=_THROMBUS
    ),
    Variable(
        "hvtt_class", "HVTT class", "patient", (_HVTT,), "baseline", levels=HVTT, ordered=True, reference=_THROMBUS
    ),
    Variable(
        "pvtt",
        "Portal vein tumour thrombus",
        "patient",
        (_PVTT,),
        "baseline",
        levels=YES_NO,
        compute=present,
        reference=_THROMBUS,
    ),
    Variable(
        "hvtt",
        "Hepatic vein tumour thrombus",
        "patient",
        (_HVTT,),
        "baseline",
        levels=YES_NO,
        compute=present,
        reference=_THROMBUS,
    ),
    Variable(
        "macrovascular_invasion",
        "Macrovascular invasion (PVTT or HVTT)",
        "patient",
        (_PVTT, _HVTT),
        "baseline",
        levels=YES_NO,
        compute=macrovascular_invasion,
        missing="yes when either vein is invaded; no only when both are known to be free",
        reference="Reig 2022, 10.1016/j.jhep.2021.11.018",
    ),
    Variable(
        "tad_lesion",
        "Tumour absorbed dose",
        "lesion",
        (Need("dosimetry", "absorbed_dose", where={"compartment": "lesion"}, per_lesion=True, options=("source",)),),
        "treatment",
        quantity="dose",
        reference="Salem 2022 recommendations (tumour absorbed dose per lesion)",
    ),
    Variable(
        "necrosis",
        "Pathological necrosis",
        "lesion",
        (Need("pathology", "necrosis", per_lesion=True),),
        "follow_up",
        levels=NECROSIS,
        ordered=True,
        reference="Grades of Meerun 2022, 10.21037/hbsn-22-184",
    ),
    Variable(
        "microvascular_invasion",
        "Microvascular emboli",
        "patient",
        (Need("pathology", "microvascular_invasion"),),
        "follow_up",
        levels=YES_NO,
    ),
    Variable(
        "reported_response",
        "Response reported by the site",
        "patient",
        (Need("assessments", "response", options=("criterion", "visit")),),
        "follow_up",
        levels=RESPONSE,
        ordered=True,
    ),
)

VARIABLES: Mapping[str, Variable] = MappingProxyType(
    {
        variable.name: variable
        for variable in (
            *_VARIABLES,
            *RECORDED,
            *RESPONSES,
            *AFP,
            *HISTORY,
            *RECOMMENDATIONS,
            *LIVER,
            *STAGE,
            *VOLUMES,
            *HYPERTROPHY,
            *DOSES,
            *TOXICITY,
        )
    }
)
"""name -> derivation."""
