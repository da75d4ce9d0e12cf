"""Nobody, one subject, everything missing, a group nobody is in: None with a reason, never NaN, never a traceback."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.spec.tables import AFP, RESPONSE, build

from y90outcomes.cohort import Cohort
from y90outcomes.methods import FAMILIES, METHODS
from y90outcomes.pipeline import analyse
from y90outcomes.results import Curves, Effects, Points, Results, Summary
from y90outcomes.results.addresses import numbers
from y90outcomes.results.store import dumps, loads

TOXICITY = {"kind": "derived", "derive": "toxicity_outcome", "window": "early", "baseline": "baseline",
            "rules": {"term": "hyperbilirubinaemia"}}  # fmt: skip
VARIABLES: dict[str, Any] = {
    "afp": AFP,
    "pvtt": {"kind": "derived", "derive": "pvtt", "window": "baseline"},
    "vein": {"kind": "derived", "derive": "pvtt_class", "window": "baseline"},
    "response": RESPONSE,
    "reading": RESPONSE | {"visit": "last", "label": "Second reading"},
    "worst": TOXICITY,
    "free": TOXICITY | {"rules": {"term": "hyperbilirubinaemia", "progression": "without_progression"}},
    "before": TOXICITY | {"derive": "toxicity_grade", "window": "baseline"},
    "months": {"kind": "time_to", "event": "death"},
    "progression_seen": {"kind": "occurrence", "event": "progression"},
    "months_to": {"kind": "time_to", "event": "surgery"},
    "progressed": {"kind": "status_at", "event": "progression", "day": 20},
    "good": {"kind": "grouped", "of": "response", "groups": {"yes": ["CR", "PR"], "no": ["SD", "PD"]}},
    "good_again": {"kind": "grouped", "of": "reading", "groups": {"yes": ["CR", "PR"], "no": ["SD", "PD"]}},
}
PARTS: dict[str, Any] = {
    "windows": {"baseline": {"from": -30, "to": 0, "visit": "baseline"}, "early": {"from": 1, "to": 90}},
    "variables": VARIABLES,
    "analysis_sets": {
        "everyone": {"grain": "patient", "label": "Everyone"},
        "nobody": {"grain": "patient", "among": {"no": {"variable": "afp", "above": 1e9}}},
    },
    "endpoints": {
        "orr": {"kind": "binary", "variable": "response", "event": ["CR", "PR"]},
        "evaluable": {"kind": "binary", "variable": "response", "event": ["CR"], "not_evaluable": "excluded"},
        "os": {"kind": "time_to_event", "event": ["death"], "censor": ["last_contact"]},
        "ttp": {"kind": "time_to_event", "event": ["progression"], "deaths": "compete", "censor": ["last_contact"]},
    },
}
BOTH_TESTS = {"test": "chi_square", "also": [{"test": "fisher"}, {"test": "chi_square", "convention": "yates"}]}
ANALYSES: dict[str, dict[str, Any]] = {
    "summary": {"variables": ["afp", "pvtt", "response", "months"], "by": "vein", "statistic": "mean_sd"},
    "compare_groups": {
        "variable": "afp",
        "by": "pvtt",
        "test": "kruskal_wallis",
        "also": [{"test": "mann_whitney"}, {"test": "mann_whitney", "convention": "exact"}, {"test": "t_test"}],
        "figure": "points_over_quartiles",
    },
    "cross_table": {"rows": "pvtt", "columns": "response", **BOTH_TESTS},
    "chosen_test": {"method": "cross_table", "rows": "vein", "columns": "response", "test": "auto"},
    "paired": {"method": "cross_table", "rows": "good", "columns": "good_again", "test": "mcnemar",
        "also": [{"test": "mcnemar", "convention": "edwards"}, {"test": "cochran_armitage", "convention": "n_minus_1"},
                 {"test": "auto"}]},
    "trend": {"method": "cross_table", "rows": "pvtt", "columns": "good", "test": "cochran_armitage", "scores": [0, 5]},
    "dose_by_response": {"method": "compare_groups", "variable": "afp", "by": "evaluable", "test": "t_test",
        "scale": "log", "statistic": "geometric_mean", "also": [{"test": "jonckheere_terpstra"}],
        "figure": "points_over_quartiles"},
    "ordered": {"method": "compare_groups", "variable": "afp", "by": "vein", "test": "jonckheere_terpstra",
        "also": [{"test": "jonckheere_terpstra", "convention": "exact"}, {"test": "t_test", "convention": "pooled"}]},
    "means": {"method": "compare_groups", "variable": "afp", "by": "orr", "test": "t_test"},
    "correlation": {"x": "afp", "y": "months"},
    "pearson": {"method": "correlation", "x": "afp", "y": "months", "kind": "pearson", "level": 0.9},
    "as_r": {"method": "correlation", "x": "afp", "y": "months", "p": "as89"},
    "family": {"set": None, "tests": ["correlation/spearman/afp", "means.tests/t_test/afp",
        "cross_table.tests/fisher/response", "paired.tests/auto/good_again"]},
    "proportion": {"endpoint": "orr", "by": "vein"},
    "compare_proportions": {
        "endpoint": "orr",
        "by": "vein",
        "odds_ratio": "conditional",
        "ratio_interval": "score",
        "also": [{"test": "cochran_armitage"}, {"test": "chi_square", "convention": "yates"}],
    },
    "rates_beside": {
        "method": "compare_proportions", "endpoint": "evaluable", "by": "pvtt", "difference_interval": "wald",
    },
    "differences": {"method": "summary", "variables": ["afp", "response"], "by": "vein", "smd": True,
        "statistic": "geometric_mean"},
    "excluding": {"method": "proportion", "endpoint": "evaluable", "by": "pvtt", "interval": "clopper_pearson"},
    "kaplan_meier": {"endpoint": "os", "by": "pvtt", "test": "log_rank", "times": [0, 3, 12]},
    "midpoint": {"method": "kaplan_meier", "endpoint": "os", "median": "midpoint", "interval": "plain", "times": [1]},
    "follow_up": {"endpoint": "os"},
    "every_comparison": {"method": "kaplan_meier", "endpoint": "os", "by": "vein", "test": "stratified_log_rank",
        "also": ["log_rank", "log_rank_trend"], "strata": "pvtt", "pairwise": "holm", "times": [0, 1, 2],
        "rate_differences": True, "restricted_mean": "smallest_last_time"},
    "stated_horizon": {"method": "kaplan_meier", "endpoint": "os", "by": "pvtt", "times": [0.5],
        "rate_differences": True, "difference_interval": "hybrid", "restricted_mean": 1.5},
    "late_groups": {"method": "kaplan_meier", "endpoint": "os", "by": "progressed", "test": "log_rank", "times": [1],
        "restricted_mean": "smallest_last_time"},
    "competing_risks": {"endpoint": "ttp", "by": "vein", "times": [0, 1, 12], "terms": ["afp", "vein"]},
    "competing_alone": {"method": "competing_risks", "endpoint": "ttp", "interval": "plain", "times": [1]},
    "cox": {"endpoint": "os", "terms": ["afp", "vein"], "per": {"afp": 100}},
    "cox_profile": {
        "method": "cox", "endpoint": "os", "terms": ["vein", "afp"], "inference": "likelihood_ratio",
        "strata": ["pvtt"], "proportional_hazards": "log", "ties": "breslow",
    },
    "cox_clusters": {"method": "cox", "endpoint": "os", "terms": ["vein"], "strata": ["centre"], "cluster": "centre"},
    "cox_late": {"method": "cox", "endpoint": "os", "terms": ["progression_seen", "afp"], "cluster": "patient"},
    "cox_late_time": {"method": "cox", "endpoint": "os", "terms": ["months_to"], "landmark": 1},
    "dose_response": {
        "endpoint": "orr", "dose": "afp", "strata": "pvtt", "targets": [0.3, 0.5, 0.9], "knots": 3, "scale": "log2",
        "also_intervals": ["fieller", "delta"],
    },
    "firth_curve": {"method": "dose_response", "endpoint": "orr", "dose": "afp", "estimator": "firth", "per": 10},
    "model_selection": {"family": "cox", "endpoint": "os", "rule": "two_step", "candidates": ["vein", "pvtt"],
                        "forced": ["afp"], "per": {"afp": 100}},
    "aic": {"method": "model_selection", "family": "logistic", "endpoint": "orr", "rule": "stepwise_aic",
            "candidates": ["afp", "vein"], "enter": 0.99},
    "subgroups": {"family": "cox", "endpoint": "os", "exposure": "afp", "subgroups": ["vein", "centre"],
                  "adjust": ["pvtt"]},
    "odds_by_subgroup": {"method": "subgroups", "family": "logistic", "endpoint": "orr", "exposure": "pvtt",
                         "subgroups": ["vein"]},
    "centres": {"family": "cox", "endpoint": "os", "exposure": "afp", "adjust": ["pvtt"]},
    "odds_by_centre": {"method": "centres", "family": "logistic", "endpoint": "orr", "exposure": "afp", "by": "vein"},
    "logistic": {"endpoint": "orr", "terms": ["afp", "vein", "response"], "per": {"afp": 100}},
    "logistic_ml": {"method": "logistic", "endpoint": "evaluable", "terms": ["afp", "pvtt"], "estimator": "ml",
        "inference": "wald", "scale": {"afp": "log2"}},
    "logistic_centres": {"method": "logistic", "endpoint": "orr", "terms": ["vein"], "cluster": "centre"},
    "subject_bars": {"variable": "afp", "colour": "pvtt"},
    "sample_size": {"endpoint": "orr", "dose": "afp", "sizes": [2, 30], "at": [0, 80], "replicates": 100,
        "assumed": [{"dose": 60, "probability": 0.1}, {"dose": 120, "probability": 0.3}],
        "doses": {"median": 90, "sd_log": 0.4}},
    "sizes_by_quantiles": {"method": "sample_size", "endpoint": "orr", "dose": "afp", "sizes": [12], "at": [80],
        "replicates": 100, "assumed": [{"dose": 60, "probability": 0.1}, {"dose": 120, "probability": 0.3}],
        "doses": {"quantiles": [20, 60, 90, 200]}},
    "agreement": {"rows": "response", "columns": "reading", "weights": "linear"},
    "toxicity": {"variables": ["worst"], "without_progression": ["free"], "baseline": ["before"], "by": "pvtt"},
    "recommendations": {"inputs": {"pvtt_class": "vein"}, "response": "orr", "survival": "os"},
    "roc": {
        "endpoint": "orr",
        "variable": "afp",
        "direction": "higher",
        "against": ["months"],
        "opposite": ["months"],
        "cutoffs": [
            {"rule": "youden"},
            {"rule": "closest_topleft"},
            {"rule": "sensitivity", "at": 0.9},
            {"rule": "specificity", "at": 0.5},
            {"rule": "fixed", "at": 15},
        ],
        "cluster": "patient",
    },
    "roc_plain": {
        "method": "roc",
        "endpoint": "evaluable",
        "variable": "afp",
        "direction": "lower",
        "cutoffs": [{"rule": "youden"}, {"rule": "fixed", "at": 0}],
        "interval": "logit_delong",
        "cutoff_value": "midpoint",
        "prevalence": 0.3,
    },
}  # fmt: skip
ONE = {
    "labs": "patient | day | value\nA | 0 | 10",
    "imaging": "patient | lesion | day | pvtt_class\nA | | 0 | VP1",
    "assessments": "patient | response\nA | CR",
    "follow_up": "patient | event | day\nA | death | 100",
}
FEW = {
    "labs": "patient | day | value\nA | 0 | 10\nB | 0 | 20\nC | 0 | 30\nD | 0 | 40",
    "imaging": "patient | lesion | day | pvtt_class\nA | | 0 | VP1\nB | | 0 | none\nC | | 0 | VP3\nD | | 0 | none",
    "assessments": "patient | response\nA | CR\nB | PD\nC | CR\nD | SD",
    "follow_up": "patient | event | day\nA | death | 0\nB | death | 30\nC | last_contact | 60\nD | last_contact | 0",
}
WORLDS: dict[str, dict[str, str]] = {
    "no patient at all": {"patients": "patient\n", "treatments": "patient | day\n"},
    "one patient": ONE,
    "one patient, nothing known": {"patients": "patient\nA"},
    "all missing": {"patients": "patient\nA\nB\nC\nD\nE\nF"},
    "no treatment": {**FEW, "treatments": "patient | day\n"},
    "a few": FEW,
    "groups missing": {**FEW, "imaging": "patient | lesion | day | pvtt_class\nA | | 0 |"},
    "one group": {**FEW, "imaging": FEW["imaging"].replace("none", "VP1").replace("VP3", "VP1")},
    "a group without values": {**FEW, "labs": "patient | day | value\nA | 0 | 10\nC | 0 | 30"},
    "equal values": {**FEW, "labs": "patient | day | value\nA | 0 | 7\nB | 0 | 7\nC | 0 | 7\nD | 0 | 7"},
    "nobody dies": {**FEW, "follow_up": FEW["follow_up"].replace("death", "last_contact")},
    "everybody dies at once": {
        **FEW,
        "follow_up": "patient | event | day\n" + "\n".join(f"{patient} | death | 9" for patient in "ABCD"),
    },
    "separation": {**FEW, "follow_up": "patient | event | day\nA | death | 1\nC | death | 2\n"
        "B | last_contact | 9\nD | last_contact | 9"},
    "one level of response": {**FEW, "assessments": "patient | response\nA | CR\nB | CR"},
    "switches": {
        **FEW,
        "follow_up": "patient | event | day\nA | death | 90\nA | progression | 30\nB | death | 80\n"
        "B | progression | 60\nC | last_contact | 60\nC | progression |\nD | death | 40",
        "therapies": "patient | day\nA | 20\nB | 70\nC | 40\nD | 50",
    },
    "no outcome": {name: text for name, text in FEW.items() if name != "follow_up"},
    "tiny and huge": {**FEW, "labs": "patient | day | value\nA | 0 | 1e-300\nB | 0 | 1e300\nC | 0 | 0\nD | 0 | 3"},
}  # fmt: skip


def make(world: str, chosen: str) -> Cohort:
    analyses = {name: {"method": name, "title": name.title(), "set": chosen} | spec for name, spec in ANALYSES.items()}
    return build(PARTS | {"analyses": analyses}, **WORLDS[world])


def reasons(results: Results) -> list[str]:
    """Every number that is None and does not say why."""
    silent = []
    for item in results.items:
        if isinstance(item, Effects):
            for row in item.rows:
                where = f"{item.id}/{row.quantity}/{row.term}/{row.contrast}"
                value = row.p if row.is_test else row.estimate
                if value is None and not row.reason:
                    silent.append(where)
                if not row.valid and value is not None:
                    silent.append(f"{where} is invalid and shows {value}")
                if value is not None and not row.is_test and row.level is not None:
                    limits = {"lower": row.lower, "upper": row.upper}
                    lost = [name for name, limit in limits.items() if limit is None and name not in row.not_reached]
                    silent += [f"{where}#{name}" for name in lost if not row.reason]
        elif isinstance(item, Summary):
            for line in item.rows:
                value = line.percent if line.kind == "level" else line.median
                spread = line.lower if line.kind == "level" else line.sd
                if (value is None or spread is None) and not line.reason:
                    silent.append(f"{item.id}/{line.variable}={line.level}/{line.group}")
        elif isinstance(item, Curves):
            silent += [f"{item.id}/{row.group}/{row.x}" for row in item.rows if row.estimate is None and not row.reason]
        elif isinstance(item, Points):
            silent += [item.id for row in item.rows if row.x is None or row.y is None]
    return silent


@pytest.mark.parametrize("chosen", ["everyone", "nobody"])
@pytest.mark.parametrize("world", WORLDS)
def test_every_method_survives_and_says_why_a_number_is_missing(world: str, chosen: str) -> None:
    results = analyse(make(world, chosen))
    text = dumps(results)  # refuses NaN and infinity
    assert loads(text) == results
    assert json.loads(text)
    assert reasons(results) == []
    assert [found.long for found in numbers(results) if found.value is None and not found.reason] == []
    longs = [found.long for found in numbers(results)]
    assert len(longs) == len(set(longs)), "two numbers have one address"


def test_every_method_is_among_them() -> None:
    used = {spec.get("method", name) for name, spec in ANALYSES.items()}
    assert used == {*METHODS, *FAMILIES}


def test_an_empty_set_counts_nobody() -> None:
    results = analyse(make("a few", "nobody"))
    assert {item.n for item in results.items if item.id != "flow" and item.n is not None} == {0}
    assert results["kaplan_meier"].population == "nobody"


def test_a_level_nobody_has_makes_no_group_and_is_not_a_missing_value() -> None:
    results = analyse(make("a few", "everyone"))
    assert list(results["summary"].groups) == ["none", "VP1", "VP3", "all"]
    assert "missing_group" not in [note.kind for note in results["summary"].notes]


def test_subjects_without_the_grouping_value_are_counted() -> None:
    results = analyse(make("groups missing", "everyone"))
    assert [note.kind for note in results["compare_groups"].notes] == ["missing_group"]
    assert list(results["compare_groups"].groups) == ["all"]


def test_perfect_separation_gives_no_hazard_ratio() -> None:
    item = analyse(make("separation", "everyone"))["cox"]
    assert isinstance(item, Effects)
    ratios = [row for row in item.rows if row.quantity == "hazard_ratio"]
    assert ratios
    assert all(row.estimate is None and not row.valid and row.reason for row in ratios)
