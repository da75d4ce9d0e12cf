"""The method `roc` by hand: nine patients, their curve, areas and cutoffs; lesions of one patient."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from tests.oracle.datasets import data
from tests.spec.tables import AFP, DOSE, NECROSIS, RESPONSE, SIZE, build, protocol

from y90outcomes.methods import METHODS
from y90outcomes.results import Curves, EffectRow, Effects, Result

ENDPOINT = {"kind": "binary", "variable": "response", "event": ["CR", "PR"], "label": "Objective response"}
PATIENTS = {
    "labs": "patient | day | value\nA | 0 | 10\nB | 0 | 20\nC | 0 | 20\nD | 0 | 30\nE | 0 | 40\nF | 0 | 50\nG | 0 |\n"
    "H | 0 | 60",
    "assessments": "patient | response\nA | CR\nB | PR\nC | PD\nD | SD\nE | CR\nF | PD\nG | PD\nH |",
}


def run(spec: dict[str, Any], texts: dict[str, str] = PATIENTS, **parts: Any) -> dict[str, Result]:
    page = {"method": "roc", "title": "A", "endpoint": "response", "variable": "afp", "direction": "lower"} | spec
    base: dict[str, Any] = {
        "variables": {"afp": AFP, "response": RESPONSE},
        "endpoints": {"response": ENDPOINT | {"not_evaluable": "excluded"}},
        "analyses": {"a": page},
    }
    cohort = build(base | parts, **texts)
    chosen = cohort.study.analyses["a"]
    return {item.id: item for item in METHODS["roc"](cohort, "a", chosen)}


def rows(item: Result) -> dict[tuple[str, str, str | None], EffectRow]:
    assert isinstance(item, Effects)
    return {(row.quantity, row.term, row.contrast): row for row in item.rows}


def kinds(item: Result) -> list[str]:
    return [note.kind for note in item.notes]


def test_the_curve_and_area_by_hand() -> None:
    # Low values speak for response. Responders 10, 20, 40; others 20, 30, 50.
    # ≤10: 1/3, 0; ≤20: 2/3, 1/3 (a tie); ≤30: 2/3, 2/3; ≤40: 1, 2/3; ≤50: 1, 1. Pairs won: 3 + 2.5 + 1 = 6.5 of 9.
    made = run({})
    curve = made["a"]
    assert isinstance(curve, Curves)
    assert [(round(3 * row.x), round(3 * float(row.estimate or 0)), row.events, row.censored, row.at_risk)
            for row in curve.rows] == [(0, 1, 1, 0, 3), (1, 2, 0, 1, 3), (2, 3, 1, 1, 2), (3, 3, 0, 1, 1)]  # fmt: skip
    assert (curve.n, curve.events, curve.missing, curve.figure, curve.x_unit) == (6, 3, 2, "roc", "")
    assert kinds(curve) == ["missing_outcome", "complete_case", "direction"]
    assert "lower values of" in curve.notes[-1].message
    area = rows(made["a.estimates"])["auc", "afp", None]
    assert area.estimate == pytest.approx(6.5 / 9)
    # Placements of the responders 10, 20, 40: 1, 5/6, 1/3; of the others 20, 30, 50: 1/2, 2/3, 1.
    events, others = [1, 5 / 6, 1 / 3], [1 / 2, 2 / 3, 1]
    variance = sum(sum((v - 6.5 / 9) ** 2 for v in placed) / 2 / 3 for placed in (events, others))
    assert area.se == pytest.approx(variance**0.5)
    assert "a.cutoffs" not in made


def test_cutoffs_by_hand() -> None:
    made = run({"cutoffs": [{"rule": "youden"}, {"rule": "fixed", "at": 30}, {"rule": "sensitivity", "at": 0.9}]})
    found = rows(made["a.cutoffs"])
    # Youden 1/3 at ≤10, ≤20 and ≤40.
    assert [found["cutoff", "youden", k].estimate for k in (None, "2", "3")] == [10, 20, 40]
    assert found["cutoff", "youden", None].label.endswith(": ≤ 10 ng/mL")
    share = found["sensitivity", "youden", "2"]
    assert (share.estimate, share.n, share.events, share.unit) == (pytest.approx(200 / 3), 3, 2, "%")
    assert found["specificity", "youden", "3"].estimate == pytest.approx(100 / 3)
    assert found["cutoff", "fixed_30", None].convention == "cutoff_value=fixed"
    assert [found[name, "fixed_30", None].events for name in ("sensitivity", "specificity", "ppv", "npv")] == [
        2,
        1,
        2,
        1,
    ]
    assert found["accuracy", "fixed_30", None].estimate == pytest.approx(50)
    assert found["lr_positive", "fixed_30", None].estimate == pytest.approx(1)
    infinite = found["lr_positive", "youden", None]
    assert (infinite.estimate, infinite.reason) == (None, "infinite: nobody without the event is positive")
    assert found["cutoff", "sensitivity_0.9", None].estimate == 40
    assert kinds(made["a.cutoffs"]) == ["data_driven_cutoff", "counts", "several_optima"]
    assert made["a.cutoffs"].notes[0].level == "warning"


def test_a_cutoff_fixed_beforehand_needs_no_warning() -> None:
    made = run({"cutoffs": [{"rule": "fixed", "at": 30}], "prevalence": 0.25})
    assert kinds(made["a.cutoffs"]) == ["counts", "prevalence"]
    assert rows(made["a.cutoffs"])["ppv", "fixed_30", None].estimate == pytest.approx(25)
    assert "cutoff_value" not in made["a.cutoffs"].conventions


def test_the_direction_is_never_flipped() -> None:
    made = run({"direction": "higher", "cutoffs": [{"rule": "youden"}]})
    assert rows(made["a.estimates"])["auc", "afp", None].estimate == pytest.approx(2.5 / 9)
    assert kinds(made["a.estimates"]) == ["auc_below_half"]
    row = rows(made["a.cutoffs"])["cutoff", "youden", None]
    assert (row.estimate, row.valid) == (None, False)
    assert "does better than" in row.reason


def test_nobody_with_the_event_has_no_curve() -> None:
    made = run({"cutoffs": [{"rule": "youden"}]}, PATIENTS | {"assessments": "patient | response\nA | PD\nB | SD"})
    assert made["a"].rows == ()  # type: ignore[attr-defined]
    assert kinds(made["a"])[-1] == "no_curve"
    assert rows(made["a.cutoffs"])["cutoff", "youden", None].reason == "no cutoff: no event"


def meerun(spec: dict[str, Any]) -> dict[str, Result]:
    """The published tumours, complete necrosis against dose and size."""
    table = data("meerun_tumours")
    words = {"CPN": "complete", "Extensive": "extensive", "Partial": "partial"}
    keys = [f"{patient} | {tumour} | " for patient, tumour in zip(table["patient"], table["tumour"], strict=True)]

    def text(head: str, values: Any) -> str:
        return "\n".join([head, *(f"{key}{value}" for key, value in zip(keys, values, strict=True))])

    return run(
        {"endpoint": "cpn", "variable": "dose", "direction": "higher"} | spec,
        {
            "dosimetry": text("patient | lesion | absorbed_dose", table["post_treatment_tad_gy"]),
            "imaging": text(
                "patient | lesion | day | longest_diameter", [f"0 | {mm}" for mm in table["tumour_size_mm"]]
            ),
            "pathology": text("patient | lesion | necrosis", table["pathological_necrosis"].map(words)),
        },
        variables={"dose": DOSE, "size": SIZE, "necrosis": NECROSIS},
        endpoints={"cpn": {"kind": "binary", "variable": "necrosis", "event": ["complete"]}},
        analysis_sets={"tumours": {"grain": "lesion"}},
    )


def test_lesions_of_one_patient_stand_beside() -> None:
    made = meerun({"cutoffs": [{"rule": "youden"}]})
    found = rows(made["a.estimates"])
    assert kinds(made["a.estimates"]) == ["lesions_independent"]
    assert "0.95" in made["a.estimates"].notes[0].message
    assert found["auc", "dose", None].estimate == found["auc_clustered", "dose", None].estimate == 0.75
    assert found["auc", "dose", None].se > found["auc_clustered", "dose", None].se  # type: ignore[operator]
    assert "lesions_independent" in kinds(made["a.cutoffs"])
    assert rows(made["a.cutoffs"])["cutoff", "youden", None].estimate == 388


def test_a_declared_cluster_comes_first() -> None:
    made = meerun({"cluster": "patient", "cutoffs": [{"rule": "youden"}], "cutoff_value": "medcalc"})
    plain = meerun({"cutoffs": [{"rule": "youden"}], "cutoff_value": "midpoint"})
    found, beside = rows(made["a.estimates"]), rows(plain["a.estimates"])
    assert found["auc", "dose", None].se == beside["auc_clustered", "dose", None].se
    assert found["auc_independent", "dose", None].se == beside["auc", "dose", None].se
    assert kinds(made["a.estimates"]) == ["clusters"]
    cut = rows(made["a.cutoffs"])
    assert cut["cutoff", "youden", None].estimate == 382
    assert cut["cutoff", "youden", None].label.endswith("> 382 Gy")
    assert rows(plain["a.cutoffs"])["cutoff", "youden", None].estimate == 385
    assert cut["sensitivity", "youden", None].convention == "clustered_accuracy_interval=ratio_logit"
    assert cut["sensitivity", "youden", None].estimate == 75


def test_areas_are_compared_in_pairs() -> None:
    made = meerun({"against": ["size"], "opposite": ["size"]})
    found = rows(made["a.estimates"])
    gap = found["auc_difference", "size_vs_dose", None]
    sizes = (found["auc", name, None].estimate for name in ("size", "dose"))
    assert gap.estimate == pytest.approx(next(sizes) - next(sizes))  # type: ignore[operator]
    assert gap.p == pytest.approx(0.949646, abs=1e-6)
    assert list(made["a"].groups) == ["dose", "size"]
    assert "lower values of" in made["a"].notes[0].message


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"against": ["afp"]}, "is the variable itself"),
        ({"opposite": ["afp"]}, "not among `against`"),
        ({"cutoffs": [{"rule": "youden"}, {"rule": "youden"}]}, "given twice"),
        ({"cutoffs": [{"rule": "sensitivity"}]}, "needs `at`"),
        ({"cutoffs": [{"rule": "youden", "at": 0.5}]}, "takes no `at`"),
        ({"cutoffs": [{"rule": "specificity", "at": 90}]}, "above 0 and up to 1"),
        ({"direction": "auto"}, "higher"),
    ],
)
def test_the_page_refuses_what_makes_no_sense(spec: dict[str, Any], words: str) -> None:
    page = {"method": "roc", "title": "A", "endpoint": "response", "variable": "afp", "direction": "lower"} | spec
    with pytest.raises((ValidationError, ValueError), match=words):
        protocol(variables={"afp": AFP, "response": RESPONSE}, endpoints={"response": ENDPOINT}, analyses={"a": page})
