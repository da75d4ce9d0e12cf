"""ROC curves, areas and their comparison, cutoffs, accuracy, plain and clustered."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import ArrayLike
from tests.oracle.answers.base import Answer, Values
from tests.oracle.datasets import data

from y90outcomes.estimators.accuracy import MEASURES, accuracy, accuracy_clustered
from y90outcomes.estimators.auc import AucComparison, auc, compare_auc
from y90outcomes.estimators.auc_clustered import auc_clustered, compare_auc_clustered
from y90outcomes.estimators.cutpoints import cutpoints
from y90outcomes.estimators.numbers import Estimate
from y90outcomes.estimators.roc import roc


@dataclass(frozen=True)
class Set:
    """A score with its event and direction; clusters, and other scores of the same subjects, where used."""

    score: ArrayLike
    event: ArrayLike
    direction: str
    cluster: ArrayLike = ()
    others: tuple[ArrayLike, ...] = ()
    directions: tuple[str, ...] = field(default=())

    @property
    def scores(self) -> np.ndarray:
        return np.column_stack([np.asarray(score, dtype=float) for score in (self.score, *self.others)])

    @property
    def words(self) -> tuple[str, ...]:
        return (self.direction, *self.directions)


@cache
def roc_data() -> dict[str, Set]:
    """The sets of `roc_data` in roc.R, and the clustered ones of the twin."""
    meerun, breast, spector, anes = (data(name) for name in ("meerun_tumours", "breast_cancer", "spector", "anes96"))
    iris, wine, heart, gbsg = (data(name) for name in ("iris", "wine", "heart", "gbsg2"))
    kidney, mode, stanford, recur = (data(name) for name in ("kidney", "modechoice", "stanford", "recur"))
    lung = data("lung").dropna(subset=["ph.karno"])
    complete = (meerun["pathological_necrosis"] == "CPN").astype(float)
    dose, up, down = meerun["post_treatment_tad_gy"], "higher", "lower"
    malignant = (breast["target"] == 0).astype(float)
    return {
        "meerun": Set(dose, complete, up, meerun["patient"], (meerun["tumour_size_mm"],), (down,)),
        "meerun_mgy": Set(dose * 1000, complete, up, meerun["patient"]),
        "breast": Set(breast["mean_radius"], malignant, up, (),
                      (breast["worst_area"], breast["mean_texture"], breast["mean_smoothness"]), (up, up, up)),
        "spector": Set(spector["gpa"], spector["grade"], up, (), (spector["tuce"],), (up,)),
        "anes": Set(anes["pid"], anes["vote"], up, (), (anes["selflr"], anes["income"]), (up, up)),
        "anes_age": Set(anes["age"], anes["vote"], up),
        "lung": Set(lung["ph.karno"], lung["event"], down, (), (lung["age"],), (up,)),
        "iris": Set(iris["sepal_width"], iris["target"] == 1, down, (), (iris["sepal_length"],), (up,)),
        "wine": Set(wine["proline"], wine["target"] == 1, down, (), (wine["alcohol"], wine["hue"]), (down, up)),
        "heart": Set(heart["age"], heart["event"], up),
        "gbsg": Set(gbsg["pnodes"], gbsg["event"], up, (), (gbsg["progrec"],), (down,)),
        "gbsg_against": Set(gbsg["pnodes"], gbsg["event"], down),
        "kidney": Set(kidney["age"], kidney["event"], up),
        "modechoice": Set(mode["gc"], mode["choice"], down, mode["individual"], (mode["ttme"],), (down,)),
        "stanford": Set(stanford["age"], stanford["event"], up, stanford["id"], (stanford["year"],), (down,)),
        "recur": Set(recur["age"], recur["event"] > 3, up, recur["id"], (recur["time0"],), (up,)),
        "one_event": Set([1, 3, 2, 2, 5], [0, 0, 1, 0, 0], up),
        "tied": Set([1, 2, 2, 3, 3, 3, 4], [0, 1, 0, 0, 1, 1, 1], up),
        "several_optima": Set(range(1, 7), [0, 1, 0, 1, 0, 1], up),
        "several_lower": Set(range(6, 0, -1), [0, 1, 0, 1, 0, 1], down),
        "three_clusters": Set([4, 3, 2, 1, 2], [1, 0, 1, 0, 0], up, [1, 1, 2, 2, 3], ([5, 1, 1, 2, 4],), (up,)),
    }  # fmt: skip


def area(dataset: str, interval: str) -> Values:
    chosen = roc_data()[dataset]
    ours: Values = {}
    for level in (0.95, 0.9):
        made = auc(chosen.score, chosen.event, direction=chosen.direction, interval=interval, level=level)
        ours |= {"auc": made.estimate, "se": made.se, f"lower@{level}": made.lower, f"upper@{level}": made.upper}
    return ours


def clustered_area(dataset: str, interval: str) -> Values:
    chosen = roc_data()[dataset]
    made = auc_clustered(chosen.score, chosen.event, chosen.cluster, direction=chosen.direction, interval=interval)
    return {part: getattr(made.clustered, name) for part, name in
            (("auc", "estimate"), ("se", "se"), ("lower", "lower"), ("upper", "upper"))} | {
        "design_effect": made.design_effect}  # fmt: skip


def _compared(made: AucComparison) -> Values:
    ours: Values = {"chi_square": made.joint.statistic, "joint_p": made.joint.p}
    for j, gap in enumerate(made.differences, start=1):
        ours |= {f"auc@{j}": made.areas[j], f"lower@{j}": gap.lower, f"upper@{j}": gap.upper}
        ours |= {f"z@{j}": gap.statistic, f"p@{j}": gap.p}
    return ours


def paired(dataset: str, _: str) -> Values:
    chosen = roc_data()[dataset]
    return _compared(compare_auc(chosen.scores, chosen.event, direction=chosen.words))


def paired_clustered(dataset: str, _: str) -> Values:
    chosen = roc_data()[dataset]
    return _compared(compare_auc_clustered(chosen.scores, chosen.event, chosen.cluster, direction=chosen.words))


def points(dataset: str, _: str) -> Values:
    chosen = roc_data()[dataset]
    curve = roc(chosen.score, chosen.event, direction=chosen.direction)
    named = (("sensitivity", curve.sensitivity), ("specificity", curve.specificity))
    return {f"{name}@{i}": float(value) for name, values in named for i, value in enumerate(values, start=1)}


def cutoffs(dataset: str, convention: str) -> Values:
    chosen = roc_data()[dataset]
    curve = roc(chosen.score, chosen.event, direction=chosen.direction)
    ours: Values = {}
    for rule, at in (("youden", None), ("closest_topleft", None), ("sensitivity", 0.8), ("specificity", 0.7)):
        found = cutpoints(curve, rule, at=at, cutoff_value=convention).found
        ours |= {f"{rule}@n": len(found)} | {f"{rule}@{i}": cut.value for i, cut in enumerate(found, start=1)}
    return ours


TABLES = {
    "meerun": (6, 3, 2, 11),
    "good": (40, 5, 3, 90),
    "no_fp": (5, 0, 2, 9),
    "no_tp": (0, 3, 4, 6),
    "no_fn": (7, 2, 0, 9),
    "no_tn": (4, 5, 3, 0),
    "even": (10, 10, 10, 10),
    "large": (812, 97, 143, 2215),
}
"""tp, fp, fn, tn."""
CUTS = {"meerun": 388, "modechoice": 80, "stanford": 0}


def _measures(made: dict[str, Estimate]) -> Values:
    ours: Values = {}
    for name in MEASURES:
        ours |= {name: made[name].estimate, f"{name}@lower": made[name].lower, f"{name}@upper": made[name].upper}
    return ours


def table(dataset: str, convention: str) -> Values:
    return _measures(accuracy(*TABLES[dataset], interval=convention))


def table_at_prevalence(dataset: str, prevalence: str) -> Values:
    return _measures(accuracy(*TABLES[dataset], prevalence=float(prevalence)))


def clustered(dataset: str, prevalence: str) -> Values:
    chosen = roc_data()[dataset]
    score = np.asarray(chosen.score, dtype=float)
    positive = score >= CUTS[dataset] if chosen.direction == "higher" else score <= CUTS[dataset]
    share = float(prevalence) if prevalence else None
    return _measures(accuracy_clustered(positive, chosen.event, chosen.cluster, prevalence=share))


ANSWERS = {
    "roc_auc": Answer(area),
    "roc_auc_clustered": Answer(clustered_area),
    "roc_paired": Answer(paired),
    "roc_paired_clustered": Answer(paired_clustered),
    "roc_points": Answer(points),
    "roc_cutoff": Answer(cutoffs),
    "roc_accuracy": Answer(table, tolerance=1e-8),
    "roc_accuracy_prevalence": Answer(table_at_prevalence),
    "roc_accuracy_clustered": Answer(clustered),
}
