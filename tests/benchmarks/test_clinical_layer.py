"""What deriving the clinical layer costs: response by five criteria, grades, scores, stage and outcomes, of patients
with five visits and three lesions. Ratios within one run; run by `make bench`."""

from __future__ import annotations

import gc
import time
from typing import Any

import pytest
from tests.benchmarks.clinical import LESIONS, USUAL, VISITS, make_clinical_registry

from y90outcomes.cohort import build_cohort
from y90outcomes.study import Study

SIZES = (10_000, 100_000)
SLACK = 1.5
TERMS = ("hyperbilirubinaemia", "hypoalbuminaemia", "ast_increased", "alt_increased", "alp_increased",
         "creatinine_increased", "inr_increased", "thrombocytopenia", "lymphopenia")  # fmt: skip
CRITERIA = ("recist_1_1", "mrecist", "easl", "choi", "localised_mrecist")
SCORES = ("albi", "albi_grade", "malbi_grade", "child_pugh", "child_pugh_points", "meld", "meld_na", "meld_3", "bclc",
          "milan", "up_to_7", "ucsf", "unos", "macrovascular_invasion")  # fmt: skip

Variables = dict[str, dict[str, Any]]


def parts() -> dict[str, Variables]:
    """part of the layer -> its variables."""
    own = {"kind": "derived", "baseline": "baseline"}
    best = own | {"derive": "best_response", "window": "best"}
    made: dict[str, Variables] = {
        "response of patients": {f"best_{name}": best | {"criterion": name} for name in CRITERIA},
        "response of lesions": {
            f"lesion_{name}": best | {"derive": "best_response_lesion", "criterion": name} for name in CRITERIA[:4]
        },
        "grades": {
            term: own | {"derive": "toxicity_outcome", "window": "toxicity", "rules": {"term": term}} for term in TERMS
        },
        "scores and stage": {name: {"kind": "derived", "derive": name, "window": "baseline"} for name in SCORES},
        "outcomes": {"afp_response": own | {"derive": "afp_response", "window": "day_90"}},
    }
    return made


def study(variables: Variables, outcomes: bool) -> Study:
    endpoints = {
        "os": {"kind": "time_to_event", "event": ["death"], "censor": ["last_contact"]},
        "pfs": {"kind": "time_to_event", "event": ["progression", "death"], "censor": ["last_contact"]},
        "ttp": {"kind": "time_to_event", "event": ["progression"], "deaths": "compete", "censor": ["last_contact"],
                "later_therapy": "censor"},
    }  # fmt: skip
    return Study.model_validate({
        "id": "bench", "title": "Benchmark", "origin": "synthetic",
        "windows": {"baseline": {"from": -30, "to": 0, "visit": "baseline"}, "best": {"from": 25, "to": 400},
                    "toxicity": {"from": 1, "to": 100}, "day_90": {"from": 60, "to": 120}},
        "variables": variables, "analysis_sets": {"everyone": {"grain": "patient"}, "tumours": {"grain": "lesion"}},
        "endpoints": endpoints if outcomes else {},
        "analyses": {"a": {"method": "follow_up", "title": "F", "endpoint": "os"} if outcomes else
                     {"method": "summary", "title": "S", "variables": list(variables)[:1], "set": "tumours"}},
    })  # fmt: skip


def seconds(made: Study, registry: Any) -> float:
    gc.collect()
    start = time.perf_counter()
    cohort = build_cohort(made, registry)
    spent = time.perf_counter() - start
    assert len(cohort.frames["patient"]) > 0
    return spent


def test_the_clinical_layer_grows_no_faster_than_the_number_of_patients(capsys: pytest.CaptureFixture[str]) -> None:
    whole = {name: spec for variables in parts().values() for name, spec in variables.items()
             if not name.startswith("lesion_")}  # fmt: skip
    seconds(study(whole, outcomes=True), make_clinical_registry(200))  # first calls are not what is measured
    lines, taken = [], {}
    for size in SIZES:
        registry = make_clinical_registry(size)
        taken[size] = seconds(study(whole, outcomes=True), registry)
        lines.append(f"{'everything of patients at once':<32}{size:>9,}{taken[size]:>9.1f}")
        for name, variables in parts().items():
            spent = seconds(study(variables, outcomes=name == "outcomes"), registry)
            lines.append(f"{name:<32}{size:>9,}{spent:>9.1f}")
    with capsys.disabled():
        print(f"\nderiving, {len(VISITS)} visits, {LESIONS} lesions, {len(USUAL)} analytes a patient")  # noqa: T201
        print(f"{'part':<32}{'patients':>9}{'seconds':>9}")  # noqa: T201
        print("\n".join(lines))  # noqa: T201
    assert taken[SIZES[1]] / taken[SIZES[0]] < SLACK * SIZES[1] / SIZES[0]
