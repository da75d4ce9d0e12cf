"""Warnings that think: each method that should raise one does, where it should and nowhere else, printed in the report.

Synthetic patients. Every case names the warnings of one result, all of them.
"""

from __future__ import annotations

import ast
import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.spec.tables import AFP, DOSE, NECROSIS, build

from y90outcomes import methods
from y90outcomes.methods.note_kinds import KINDS, NAMED
from y90outcomes.methods.notes import no_estimate
from y90outcomes.pipeline import analyse
from y90outcomes.report.html import render
from y90outcomes.results import Results

WARNINGS = {
    "immortal_time", "median_of_censored_times", "data_driven_cutoff", "lesions_independent", "small_unit",
    "non_proportional", "few_events", "separation", "non_convergence", "collinearity",
}  # fmt: skip
PATIENTS = [f"P{number:02d}" for number in range(40)]
AFPS = [20 + 37 * number % 41 * 5 for number in range(40)]
CREATININES = [50 + 31 * number % 37 for number in range(40)]
DAYS = [40 + 29 * number % 47 * 9 for number in range(40)]
DIED = [number % 4 != 0 for number in range(40)]
PROGRESSED = [number % 3 > 0 for number in range(40)]
GOOD = [(13 * number % 7) % 2 == 0 for number in range(40)]
VARIABLES: dict[str, Any] = {
    "afp": AFP,
    "creatinine": {"kind": "derived", "derive": "creatinine", "window": "baseline"},
    "found": {"kind": "cut", "of": "afp", "cuts": [100], "labels": ["low", "high"], "chosen": "from_these_data"},
    "given": {"kind": "cut", "of": "afp", "cuts": [100], "labels": ["low", "high"], "chosen": "beforehand"},
    "late": {"kind": "status_at", "event": "progression", "day": 30},
    "months": {"kind": "time_to", "event": "death"},
    "dose": DOSE,
    "necrosis": NECROSIS,
    "dose_cut": {"kind": "cut", "of": "dose", "cuts": [200], "labels": ["low", "high"], "chosen": "beforehand"},
    "response": {"kind": "derived", "derive": "reported_response", "criterion": "mrecist", "visit": "best"},
}
ENDPOINTS: dict[str, Any] = {
    "os": {"kind": "time_to_event", "event": ["death"], "censor": ["last_contact"], "unit": "days"},
    "ttp": {"kind": "time_to_event", "event": ["progression"], "deaths": "compete", "censor": ["last_contact"]},
    "good": {"kind": "binary", "variable": "response", "event": ["CR"]},
    "necrotic": {"kind": "binary", "variable": "necrosis", "event": ["complete"]},
}
SETS = {"everyone": {"grain": "patient"}, "lesions": {"grain": "lesion"}}


def texts(**changed: list[Any]) -> dict[str, str]:
    """Text tables of the forty patients; `changed` replaces a column. Patients have two lesions, `lesions` says."""
    columns = {
        "afp": AFPS, "creatinine": CREATININES, "day": DAYS, "died": DIED, "good": GOOD, "progressed": PROGRESSED,
        "lesions": [2] * 40,
    } | changed  # fmt: skip
    people = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    each = list(zip(PATIENTS, people, strict=True))
    inner = [(name, lesion, one) for name, one in each for lesion in range(1, one["lesions"] + 1)]
    return {
        "labs": "patient | analyte | day | value\n"
        + "\n".join(f"{name} | {what} | 0 | {one[what]}" for name, one in each for what in ("afp", "creatinine")),
        "follow_up": "patient | event | day\n"
        + "\n".join(f"{name} | {'death' if one['died'] else 'last_contact'} | {one['day']}" for name, one in each)
        + "".join(f"\n{name} | progression | {20 + one['day'] // 7}" for name, one in each if one["progressed"]),
        "assessments": "patient | response\n"
        + "\n".join(f"{name} | {'CR' if one['good'] else 'PD'}" for name, one in each),
        "dosimetry": "patient | lesion | absorbed_dose\n"
        + "\n".join(f"{name} | {lesion} | {one['afp'] + 31 * lesion}" for name, lesion, one in inner),
        "pathology": "patient | lesion | necrosis\n"
        + "\n".join(f"{name} | {lesion} | {'complete' if one['good'] else 'partial'}" for name, lesion, one in inner),
    }


def run(page: dict[str, Any], **changed: list[Any]) -> Results:
    return made(json.dumps([page, changed]))


@cache
def made(asked: str) -> Results:
    """The results of a page and its changed columns, made once for the tests that ask the same."""
    page, changed = json.loads(asked)
    parts = {"variables": VARIABLES, "endpoints": ENDPOINTS, "analysis_sets": SETS}
    return analyse(build(parts | {"analyses": {"a": {"title": "A"} | page}}, **texts(**changed)))


def warned(page: dict[str, Any], id: str = "a", **changed: list[Any]) -> set[str]:
    return {note.kind for note in run(page, **changed)[id].notes} & WARNINGS


ONE_LESION = {"lesions": [1] * 40}
LESIONS = {"set": "lesions"}
COX = {"method": "cox", "endpoint": "os", "terms": ["afp"], "per": {"afp": 50}}
LOGISTIC = {"method": "logistic", "endpoint": "good", "terms": ["afp"], "per": {"afp": 50}}
DOSES = {"method": "dose_response", "endpoint": "good", "dose": "afp", "per": 50}
SUBGROUPS = {"method": "subgroups", "family": "cox", "endpoint": "os", "exposure": "afp", "subgroups": ["given"],
             "adjust": ["creatinine"], "per": {"afp": 50}}  # fmt: skip
SELECTION = {"method": "model_selection", "family": "cox", "endpoint": "os", "rule": "two_step", "forced": ["afp"],
             "candidates": ["creatinine"], "per": {"afp": 50}, "enter": 0.9999, "stay": 0.9999}  # fmt: skip
CENTRES = {"method": "centres", "family": "cox", "endpoint": "os", "exposure": "afp", "per": {"afp": 50}}
COMPETING = {"method": "competing_risks", "endpoint": "ttp", "terms": ["afp"], "times": [1], "per": {"afp": 50}}
KM = {"method": "kaplan_meier", "endpoint": "os", "by": "given", "test": "log_rank", "times": [100]}
GROUPS = {"method": "compare_groups", "variable": "creatinine", "by": "given", "test": "mann_whitney"}
SUMMARY = {"method": "summary", "variables": ["months"], "statistic": "median_range"}
RATES = {"method": "compare_proportions", "endpoint": "good", "by": "given"}
ROC = {"method": "roc", "endpoint": "good", "variable": "afp", "direction": "higher"}
FEW = {"died": [number < 6 for number in range(40)]}
FEW_GOOD = {"good": [number % 9 == 0 for number in range(40)]}
IN_ORDER = {"day": [1000 - 4 * afp for afp in AFPS], "died": [True] * 40, "progressed": [False] * 40}
SEPARATED = {"good": [afp > 120 for afp in AFPS]}
SAME = {"creatinine": [afp + number % 2 for number, afp in enumerate(AFPS)]}
CROSSING = {
    "afp": [150 + 7 * number % 31 if number < 10 or number >= 30 else 50 + 7 * number % 31 for number in range(40)],
    "day": [40 + 3 * number for number in range(40)],
    "died": [True] * 40,
}
CASES: list[tuple[str, dict[str, Any], str, dict[str, list[Any]], set[str]]] = [
    # immortal time
    ("cox, a late term", COX | {"terms": ["late"], "per": {}}, "a", {}, {"immortal_time"}),
    ("cox, baseline", COX, "a", {}, set()),
    ("cox, the landmark beside", COX | {"terms": ["late"], "per": {}}, "a.landmark", {}, set()),
    ("Kaplan–Meier, split late", KM | {"by": "late"}, "a", {}, {"immortal_time"}),
    ("Kaplan–Meier, the landmark beside", KM | {"by": "late"}, "a.landmark", {}, set()),
    ("Kaplan–Meier, baseline", KM, "a", {}, set()),
    ("logistic, a late term", LOGISTIC | {"terms": ["late"], "per": {}}, "a", {}, {"immortal_time"}),
    ("subgroups, a late one", SUBGROUPS | {"subgroups": ["late"]}, "a", {},
     {"immortal_time", "few_events", "separation"}),
    ("competing, late", COMPETING | {"terms": ["late"], "per": {}}, "a.hazard_ratios", {},
     {"immortal_time", "separation"}),
    ("selection, late", SELECTION | {"forced": ["late"], "per": {"creatinine": 20}}, "a", {}, {"immortal_time"}),
    # medians of censored times
    ("summary, some alive", SUMMARY, "a", {}, {"median_of_censored_times"}),
    ("summary, all dead", SUMMARY, "a", {"died": [True] * 40}, set()),
    # a bare p after a cutoff from the data
    ("groups, cut here", GROUPS | {"by": "found"}, "a.tests", {}, {"data_driven_cutoff"}),
    ("groups, cut beforehand", GROUPS, "a.tests", {}, set()),
    ("Kaplan–Meier, cut here", KM | {"by": "found"}, "a.estimates", {}, {"data_driven_cutoff"}),
    ("cox, cut here", COX | {"terms": ["found"], "per": {}}, "a", {}, {"data_driven_cutoff"}),
    ("roc, Youden", ROC | {"cutoffs": [{"rule": "youden"}]}, "a.cutoffs", {}, {"data_driven_cutoff"}),
    ("roc, fixed", ROC | {"cutoffs": [{"rule": "fixed", "at": 100}]}, "a.cutoffs", {}, set()),
    # lesions
    ("cox, lesions", COX | LESIONS | {"terms": ["dose"], "per": {"dose": 50}}, "a", {}, {"lesions_independent"}),
    ("cox, one lesion", COX | LESIONS | {"terms": ["dose"], "per": {"dose": 50}}, "a", ONE_LESION, set()),
    ("cox, clusters", COX | LESIONS | {"terms": ["dose"], "per": {"dose": 50}, "cluster": "patient"}, "a", {}, set()),
    ("logistic, lesions", LOGISTIC | LESIONS | {"endpoint": "necrotic", "terms": ["dose"], "per": {"dose": 50}}, "a",
     {}, {"lesions_independent"}),
    ("dose–response, lesions", DOSES | LESIONS | {"endpoint": "necrotic", "dose": "dose"}, "a", {},
     {"lesions_independent"}),
    ("Kaplan–Meier, lesions", KM | LESIONS | {"by": "dose_cut"}, "a.estimates", {}, {"lesions_independent"}),
    ("groups, lesions", GROUPS | LESIONS | {"variable": "dose", "by": "necrosis"}, "a.tests", {},
     {"lesions_independent"}),
    ("rates, lesions", RATES | LESIONS | {"endpoint": "necrotic", "by": "dose_cut"}, "a", {}, {"lesions_independent"}),
    ("roc, lesions", ROC | LESIONS | {"endpoint": "necrotic", "variable": "dose"}, "a.estimates", {},
     {"lesions_independent"}),
    ("subgroups, lesions", SUBGROUPS | LESIONS | {"exposure": "dose", "per": {"dose": 50}}, "a", {},
     {"lesions_independent"}),
    ("competing, lesions", COMPETING | LESIONS | {"terms": ["dose"], "per": {"dose": 50}}, "a.hazard_ratios", {},
     {"lesions_independent"}),
    ("selection, lesions", SELECTION | LESIONS | {"forced": ["dose"], "per": {"dose": 50}}, "a", {},
     {"lesions_independent"}),
    # too small a unit
    ("cox, per 1", COX | {"per": {}}, "a", {}, {"small_unit"}),
    ("logistic, per 1", LOGISTIC | {"per": {}}, "a", {}, {"small_unit"}),
    ("dose–response, per 1", DOSES | {"per": 1}, "a", {}, {"small_unit"}),
    ("subgroups, per 1", SUBGROUPS | {"per": {}}, "a", {}, {"small_unit"}),
    ("centres, per 1", CENTRES | {"per": {}}, "a", {}, {"small_unit"}),
    ("centres, per 50", CENTRES, "a", {}, set()),
    ("competing, per 1", COMPETING | {"per": {}}, "a.hazard_ratios", {}, {"small_unit"}),
    ("selection, per 1", SELECTION | {"per": {"creatinine": 20}}, "a", {}, {"small_unit"}),
    # hazards that cross
    ("cox, crossing", COX, "a", CROSSING, {"non_proportional"}),
    ("subgroups, crossing", SUBGROUPS | {"adjust": []}, "a", CROSSING, {"non_proportional"}),
    ("centres, crossing", CENTRES, "a", CROSSING, {"non_proportional"}),
    ("selection, crossing", SELECTION | {"per": {"afp": 50, "creatinine": 20}}, "a", CROSSING, {"non_proportional"}),
    # few events
    ("cox, few", COX, "a", FEW, {"few_events"}),
    ("logistic, few", LOGISTIC, "a", FEW_GOOD, {"few_events"}),
    ("dose–response, few", DOSES, "a", FEW_GOOD, {"few_events"}),
    ("centres, few", CENTRES, "a", FEW, {"few_events"}),
    ("selection, few", SELECTION | {"per": {"afp": 50, "creatinine": 20}}, "a", FEW, {"few_events"}),
    # separation, monotone likelihood
    ("cox, events in order", COX, "a", IN_ORDER, {"separation"}),
    ("logistic, parted", LOGISTIC, "a", SEPARATED, {"separation"}),
    ("logistic, parted, ml", LOGISTIC | {"estimator": "ml"}, "a", SEPARATED, {"separation"}),
    ("dose–response, parted", DOSES, "a", SEPARATED, {"separation"}),
    ("centres, parted", CENTRES | {"family": "logistic", "endpoint": "good"}, "a", SEPARATED, {"separation"}),
    # collinear columns
    ("cox, collinear", COX | {"terms": ["afp", "creatinine"], "per": {"afp": 50, "creatinine": 50}}, "a", SAME,
     {"collinearity"}),
    ("logistic, collinear", LOGISTIC | {"terms": ["afp", "creatinine"], "per": {"afp": 50, "creatinine": 50}}, "a",
     SAME, {"collinearity", "few_events"}),
    ("competing, collinear", COMPETING | {"terms": ["afp", "creatinine"], "per": {"afp": 50, "creatinine": 50}},
     "a.hazard_ratios", SAME, {"collinearity", "few_events"}),
    ("subgroups, collinear", SUBGROUPS, "a", SAME, {"collinearity"}),
]  # fmt: skip


@pytest.mark.parametrize(("page", "id", "changed", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_each_warning_where_it_belongs(
    page: dict[str, Any], id: str, changed: dict[str, list[Any]], expected: set[str]
) -> None:
    assert warned(page, id, **changed) == expected


def test_immortal_time_has_both_versions_beside() -> None:
    results = run(COX | {"terms": ["late"], "per": {}})
    assert {"a", "a.landmark", "a.time_dependent"} <= {item.id for item in results.items}
    assert "a.landmark" in {item.id for item in run(KM | {"by": "late"}).items}


def test_lesions_come_with_their_intraclass_correlation() -> None:
    page = RATES | LESIONS | {"endpoint": "necrotic", "by": "dose_cut"}
    (note,) = [note for note in run(page)["a"].notes if note.kind == "lesions_independent"]
    assert note.message.startswith("80 lesions of 40 patients are taken as independent (intraclass correlation 1.00)")
    (note,) = [note for note in run(COX | LESIONS)["a"].notes if note.kind == "lesions_independent"]
    assert "(intraclass correlation of the event 1.00)" in note.message


@pytest.mark.parametrize(
    ("page", "beside", "said"),
    [(COX, {}, True), (LOGISTIC, {}, True), (DOSES, {}, True), (COX | {"strata": ["centre"]}, {}, False),
     (COX, {"b": {"title": "B"} | CENTRES}, False), (LOGISTIC, {"b": {"title": "B"} | CENTRES}, True), (KM, {}, False)],
)  # fmt: skip
def test_an_effect_pooled_over_centres_nobody_compares(
    page: dict[str, Any], beside: dict[str, Any], said: bool
) -> None:
    parts = {"variables": VARIABLES, "endpoints": ENDPOINTS, "analysis_sets": SETS}
    cohort = build(parts | {"analyses": {"a": {"title": "A"} | page, **beside}}, **texts())
    assert "pooled_centres" not in {note.kind for note in analyse(cohort)["a"].notes}  # one centre
    patients = cohort.frames["patient"].assign(centre=["c", "d"] * 20)
    two = replace(cohort, frames={**cohort.frames, "patient": patients})
    assert ("pooled_centres" in {note.kind for note in analyse(two)["a"].notes}) == said


def test_a_search_that_does_not_end_is_a_kind_of_its_own() -> None:
    assert no_estimate("the search for the maximum did not end").kind == "non_convergence"
    assert no_estimate("monotone likelihood").kind == "separation"
    assert no_estimate("no events").kind == "no_estimate"


@pytest.mark.parametrize("name", [case[0] for case in CASES if case[4]][::5])
def test_warnings_are_printed_under_the_table(name: str) -> None:
    (case,) = [case for case in CASES if case[0] == name]
    results = run(case[1], **case[3])
    printed = render(results, {}).replace("\u00a0", " ").replace("<i>", "").replace("</i>", "")
    for note in results[case[2]].notes:
        if note.kind in WARNINGS:
            assert note.message.split("<")[0].split("'")[0].split("`")[0][:60].split(" (p ")[0] in printed


def test_no_note_is_of_another_kind() -> None:
    package = Path(methods.__file__).parents[1]
    used, named = set(), set()
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Note":
                kind = node.args[0]
                if isinstance(kind, ast.JoinedStr):
                    named.add(kind.values[0].value)  # type: ignore[attr-defined]
                elif isinstance(kind, ast.Constant):
                    used.add(kind.value)
                else:
                    assert path.name == "notes.py", f"{path.name}:{node.lineno}: a kind is written where it is used"
    assert used | {"no_estimate", "separation", "non_convergence"} == set(KINDS)
    assert named == set(NAMED)
