"""Our tests of paired, ordered and correlated data, agreement, and families of p values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache

import numpy as np
import pandas as pd
from tests.oracle.answers.base import Answer, Values
from tests.oracle.datasets import data, survival_data

from y90outcomes.estimators.adjustment import adjust
from y90outcomes.estimators.chi_square import chi_square
from y90outcomes.estimators.cochran_armitage import cochran_armitage
from y90outcomes.estimators.correlation import pearson, spearman
from y90outcomes.estimators.fisher import fisher
from y90outcomes.estimators.jonckheere_terpstra import jonckheere_terpstra
from y90outcomes.estimators.kappa import kappa
from y90outcomes.estimators.kruskal_wallis import kruskal_wallis
from y90outcomes.estimators.mann_whitney import mann_whitney
from y90outcomes.estimators.mcnemar import mcnemar
from y90outcomes.estimators.numbers import Estimate, Test

Groups = list[np.ndarray]
Trend = tuple[list[float], list[float], list[float]]


def _test(found: Test) -> Values:
    return {"statistic": found.statistic, "df": found.df, "p": found.p}


def _estimate(found: Estimate) -> Values:
    return {name: getattr(found, name) for name in ("estimate", "lower", "upper", "se", "statistic", "p")}


def split(values: pd.Series, by: pd.Series, order: list[object] | None = None) -> Groups:
    """The values of each level without missing ones, levels in order."""
    levels = sorted(by.dropna().unique()) if order is None else order
    return [values[by == level].dropna().to_numpy(float) for level in levels]


@cache
def paired() -> Mapping[str, list[list[int]]]:
    meerun, lung = data("meerun_tumours"), data("lung")
    seen = meerun.dropna(subset=["best_localized_mrecist"])
    scales = lung.dropna(subset=["ph.ecog", "ph.karno"])
    return {
        "meerun_response": _pairs(seen["best_localized_mrecist"] == "CR", seen["pathological_necrosis"] == "CPN"),
        "lung_scales": _pairs(scales["ph.ecog"] >= 2, scales["ph.karno"] < 80),
        "large": [[794, 86], [150, 570]],
        "one_sided": [[5, 0], [6, 4]],
        "balanced_pairs": [[5, 4], [4, 1]],
        "concordant": [[5, 0], [0, 4]],
    }


def _pairs(first: pd.Series, second: pd.Series) -> list[list[int]]:
    return [[int(((first == a) & (second == b)).sum()) for b in (True, False)] for a in (True, False)]


def agreement() -> Mapping[str, list[list[int]]]:
    return {
        "three": [[10, 3, 1], [2, 8, 4], [0, 3, 9]],
        "four": [[12, 3, 0, 1], [2, 15, 4, 0], [1, 5, 9, 2], [0, 0, 3, 11]],
        "two": [[40, 9], [12, 22]],
        "meerun_response": paired()["meerun_response"],
        "lung_scales": paired()["lung_scales"],
        "below_chance": [[2, 7], [9, 3]],
    }


@cache
def trends() -> Mapping[str, Trend]:
    """Events, subjects and scores of ordered groups."""
    meerun, lung, gbsg2, anes = data("meerun_tumours"), data("lung"), data("gbsg2"), data("anes96")
    larynx = survival_data()["larynx"]
    stratum = pd.Series(np.digitize(meerun["post_treatment_tad_gy"], [200, 300, 400]))
    return {
        "meerun_dose": (*_counts(meerun["pathological_necrosis"] == "CPN", stratum), [100, 250, 350, 500]),
        "lung_ecog": (*_counts(lung["event"], lung["ph.ecog"]), [0, 1, 2, 3]),
        "larynx_stage": (*_counts(larynx["event"], larynx["stage"]), [1, 2, 4, 8]),
        "gbsg2_grade": (*_counts(gbsg2["event"], gbsg2["tgrade"]), [1, 2, 3]),
        "anes_education": (*_counts(anes["vote"], anes["educ"]), [0, 1, 3, 4, 5, 6, 9]),
        "smokers": ([83, 90, 129, 70], [86, 93, 136, 82], [-3e6, 0, 1e6, 2e6]),
        "no_events": ([0, 0, 0], [4, 5, 6], [1, 2, 3]),
    }


def _counts(event: pd.Series, group: pd.Series) -> tuple[list[float], list[float]]:
    by = event.astype(float).groupby(group)
    return by.sum().tolist(), by.count().tolist()


@cache
def three() -> Mapping[str, Groups]:
    """Groups in order."""
    lung, gbsg2, iris, wine = data("lung"), data("gbsg2"), data("iris"), data("wine")
    larynx, meerun, breast = survival_data()["larynx"], data("meerun_tumours"), data("breast_cancer")
    psychiatric, leukemia = data("psychiatric"), data("leukemia")
    necrosis: list[object] = ["Partial", "Extensive", "CPN"]
    return {
        "larynx_age": split(larynx["age"], larynx["stage"]),
        "lung_loss": split(lung["wt.loss"], lung["ph.ecog"]),
        "gbsg2_nodes": split(gbsg2["pnodes"], gbsg2["tgrade"]),
        "iris_width": split(iris["sepal_width"], iris["target"]),
        "wine_ash": split(wine["ash"], wine["target"]),
        "leukemia_wbc": split(leukemia["log_wbc"], leukemia["rx"]),
        "breast_texture": split(breast["mean_texture"], breast["target"]),
        "meerun_dose": split(meerun["post_treatment_tad_gy"], meerun["pathological_necrosis"], necrosis),
        "psychiatric_age": split(psychiatric["age"], psychiatric["sex"]),
        "tied": [np.array([1, 2, 2]), np.array([2, 3, 3, 4]), np.array([3, 4, 5])],
        "equal": [np.array([2, 2]), np.array([2, 2, 2])],
    }


@cache
def ordered_small() -> Mapping[str, Groups]:
    """Groups few enough for a twin to go through every arrangement."""
    meerun = data("meerun_tumours")
    seen = meerun.dropna(subset=["best_localized_mrecist"]).head(10)
    order: list[object] = ["SD", "PR", "CR"]
    return {
        "tied": three()["tied"],
        "untied": [np.array([1.2, 3.4]), np.array([2.2, 5.0, 4.1]), np.array([3.9, 6.5, 7.7])],
        "falling": [np.array([9.0, 8.0]), np.array([7.0, 5.0]), np.array([6.0, 4.0]), np.array([1.0, 2.0])],
        "two": [np.array([1, 2, 2, 3]), np.array([2, 4, 5])],
        "meerun_first_ten": split(seen["post_treatment_tad_gy"], seen["best_localized_mrecist"], order),
    }


@cache
def ranked() -> Mapping[str, Groups]:
    meerun, spector = data("meerun_tumours"), data("spector")
    complete = meerun["pathological_necrosis"] == "CPN"
    dose = three()["meerun_dose"]
    return {
        "tied": [np.array([1, 2, 2, 3, 3, 3]), np.array([2, 3, 4, 4, 5, 5, 5])],
        "meerun_dose": [dose[2], dose[1]],
        "meerun_afp": split(meerun["baseline_afp_ng_ml"], ~complete),
        "psychiatric_age": three()["psychiatric_age"],
        "leukemia_wbc": three()["leukemia_wbc"],
        "spector_tuce": split(spector["tuce"], spector["grade"]),
        "one_against_five": [np.array([3]), np.array([1, 2, 3, 3, 9])],
    }


@cache
def xy() -> Mapping[str, tuple[np.ndarray, np.ndarray]]:
    """Pairs, those with a missing value left out."""
    lung, meerun, heart, spector = data("lung"), data("meerun_tumours"), data("heart"), data("spector")
    iris, wine, breast, gbsg2 = data("iris"), data("wine"), data("breast_cancer"), data("gbsg2")
    leukemia, one_to = data("leukemia"), lambda n: list(range(1, n + 1))
    given = {
        "lung_age_loss": (lung["age"], lung["wt.loss"]),
        "meerun_size_dose": (meerun["tumour_size_mm"], meerun["post_treatment_tad_gy"]),
        "meerun_surgery_recurrence": (meerun["time_to_surgery_months"], meerun["time_to_recurrence_months"]),
        "heart_age_time": (heart["age"], heart["time"]),
        "spector_gpa_tuce": (spector["gpa"], spector["tuce"]),
        "iris_sepal": (iris["sepal_length"], iris["sepal_width"]),
        "wine_alcohol_proline": (wine["alcohol"], wine["proline"]),
        "breast_area_texture": (breast["worst_area"], breast["mean_texture"]),
        "gbsg2_receptors": (gbsg2["progrec"], gbsg2["estrec"]),
        "leukemia_time_wbc": (leukemia["time"], leukemia["log_wbc"]),
        "seven": ([44.4, 45.9, 41.9, 53.3, 44.7, 44.1, 50.7], [2.6, 3.1, 2.5, 5, 3.6, 4, 5.2]),
        "nine": (one_to(9), [2, 1, 4, 3, 9, 8, 5, 6, 7]),
        "twelve": (one_to(12), [11, 7, 9, 12, 10, 4, 8, 2, 6, 1, 5, 3]),
        "thirty": (one_to(30), [7 * i % 31 for i in one_to(30)]),
        "reversed": ([1, 2, 3, 4], [9, 7, 5, 3]),
        "constant": (one_to(5), [3] * 5),
        "tied_six": ([1, 2, 2, 3, 3, 3], [1, 1, 4, 2, 5, 5]),
    }
    found = {}
    for name, pair in given.items():
        x, y = (np.asarray(values, dtype=float) for values in pair)
        kept = ~(np.isnan(x) | np.isnan(y))
        found[name] = (x[kept], y[kept])
    return found


FAMILIES = {
    "four": [0.01, 0.02, 0.03, 0.04],
    "tied": [0.05, 0.01, 0.01, 0.2, 0.9],
    "missing": [0.03, math.nan, 0.001, 0.5, math.nan, 0.04],
    "one": [0.04],
    "extremes": [0, 1, 1e-300, 0.5, 1],
    "all_missing": [math.nan, math.nan],
}


@cache
def tables() -> Mapping[str, np.ndarray]:
    lung, gbsg2, anes, meerun = data("lung"), data("gbsg2"), data("anes96"), data("meerun_tumours")
    larynx = survival_data()["larynx"]
    pairs = {
        "anes_vote_party": (anes["vote"], anes["pid"]),
        "gbsg2_grade_menopause": (gbsg2["tgrade"], gbsg2["menostat"]),
        "lung_sex_ecog": (lung["sex"], lung["ph.ecog"]),
        "larynx_stage_death": (larynx["stage"], larynx["event"]),
        "meerun_vein_necrosis": (meerun["pvtt_class"], meerun["pathological_necrosis"]),
    }
    return {name: pd.crosstab(*pair).to_numpy() for name, pair in pairs.items()}


def trend(dataset: str, convention: str) -> Values:
    events, n, scores = trends()[dataset]
    kind, _, scored = convention.partition("; ")
    return _test(cochran_armitage(events, n, scores if scored else None, variance=kind))


def family(dataset: str, convention: str) -> Values:
    found = adjust(FAMILIES[dataset], method=convention)
    return {str(index): p for index, p in enumerate(found.p.tolist(), 1)}


def line(dataset: str, convention: str) -> Values:
    return _estimate(pearson(*xy()[dataset])) | {"upper@0.9": pearson(*xy()[dataset], level=0.9).upper}


def samples(dataset: str, convention: str) -> Values:
    groups = {**ordered_small(), **three()}[dataset]
    return _test(jonckheere_terpstra(groups, method=convention))


ANSWERS = {
    "mcnemar": Answer(lambda d, c: _test(mcnemar(paired()[d], method=c.partition("; ")[0]))),
    "cochran_armitage": Answer(trend),
    "jonckheere_terpstra": Answer(samples),
    "kruskal_wallis_more": Answer(lambda d, c: _test(kruskal_wallis(three()[d]))),
    "mann_whitney_exact": Answer(lambda d, c: _test(mann_whitney(*ranked()[d], method=c.partition("; ")[0]))),
    "pearson": Answer(line),
    "spearman": Answer(lambda d, c: _estimate(spearman(*xy()[d], p=c))),
    "adjustment": Answer(family),
    "kappa": Answer(lambda d, c: _estimate(kappa(agreement()[d], weights=c.partition("; ")[0]))),
    "chi_square_more": Answer(lambda d, c: _test(chi_square(tables()[d], correction=c))),
    "fisher_more": Answer(lambda d, c: _test(fisher(tables()[d]))),
}
