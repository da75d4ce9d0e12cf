"""Our model building, step by step, for the cases of `tests/oracle/r/selection.R`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from tests.oracle.answers.base import Answer, Values

from y90outcomes.estimators.model_family import Response, response
from y90outcomes.estimators.selection import Search, select_terms

DATA = Path(__file__).parents[1] / "data"
# data set -> candidates, forced, outcome of a logistic model
CASES: dict[str, tuple[list[str], list[str], str]] = {
    "gbsg2": (["age", "menostat", "tsize", "tgrade", "pnodes", "progrec", "estrec"], ["horTh"], ""),
    "lung": (["age", "ph.ecog", "ph.karno", "wt.loss"], ["sex"], ""),
    "rossi": (["age", "race", "wexp", "mar", "paro", "prio"], ["fin"], ""),
    "larynx": (["age", "stage"], [], ""),
    "spector": (["tuce", "psi"], ["gpa"], "grade"),
    "anes96": (["tvnews", "selflr", "pid", "age", "educ", "income"], [], "vote"),
    "modechoice": (["mode", "invc", "invt", "gc"], ["ttme"], "choice"),
    "breast_cancer": (["mean_texture", "mean_smoothness", "mean_compactness", "mean_symmetry"], [], "target"),
}
FACTORS = {"tgrade", "ph.ecog", "stage", "pid", "mode", "horTh", "menostat"}
ENTER = {"two_step": 0.1, "stepwise_aic": 0.15, "enter_all": 0.05, "backward": 0.1}


@cache
def case(name: str) -> tuple[Response, dict[str, npt.NDArray[np.float64]]]:
    frame = pd.read_csv(DATA / f"{name}.csv")
    if name == "lung":
        frame["ph.ecog"] = frame["ph.ecog"].clip(upper=2)
        frame = frame.dropna()
    if name == "larynx":
        frame["stage"] = frame["Stage_II"] + 2 * frame["Stage_III"] + 3 * frame["Stage_IV"]
        frame = frame.rename(columns={"death": "event"})
    candidates, forced, outcome = CASES[name]
    blocks = {}
    for term in [*forced, *candidates]:
        values = frame[term]
        levels = sorted(values.unique())[1:]
        columns = [values == level for level in levels] if term in FACTORS else [values]
        blocks[term] = np.column_stack(columns).astype(float)
    if outcome:
        return response(frame[outcome]), blocks
    return response(frame["event"], frame["time"]), blocks


@cache
def searched(name: str, rule: str, test: str, start: str) -> Search:
    made, blocks = case(name)
    candidates, forced, _ = CASES[name]
    return select_terms(
        made, blocks, candidates, forced, rule=rule, enter=ENTER[rule], stay=0.1, test=test, start=start
    )


def _final(name: str, found: Search) -> Values:
    from y90outcomes.estimators.model_family import fit_model

    made, blocks = case(name)
    candidates, forced, _ = CASES[name]
    design = np.column_stack([blocks[term] for term in found.chosen])
    fit = fit_model(made, design, [str(i) for i in range(design.shape[1])])
    values: Values = {f"chosen@{term}": float(term in found.chosen) for term in [*forced, *candidates]}
    return values | {"final@loglik": fit.loglik, "final@aic": fit.aic}


def by_p(rule: str) -> Answer:
    def ours(name: str, test: str) -> Values:
        found = searched(name, rule, test, "full")
        values = _final(name, found)
        for move in found.moves:
            for field in ("statistic", "df", "p", "aic"):
                values[f"{move.step}@{move.term}@{field}"] = getattr(move, field)
        return values

    return Answer(ours, tolerance=1e-6)


def by_aic(name: str, start: str) -> Values:
    found = searched(name, "stepwise_aic", "likelihood_ratio", start)
    candidates, forced, _ = CASES[name]
    order = [*forced, *candidates]
    values = _final(name, found)
    models = [move for move in found.moves if move.action == "keep"]
    for i, move in enumerate(models, start=1):
        values |= {f"path@{i}@aic": move.aic, f"path@{i}@deviance": move.deviance}
    made = [move for move in found.moves if move.stage == "aic" and move.decision in ("removed", "enters")]
    for i, move in enumerate(made, start=2):
        sign = -1 if move.action == "remove" else 1
        values |= {f"path@{i}@term": float(sign * (order.index(move.term) + 1)), f"path@{i}@df": move.df}
    return values | {"path@moves": float(len(made))}


ANSWERS = {f"selection_{rule}": by_p(rule) for rule in ("two_step", "enter_all", "backward")} | {
    "selection_stepwise_aic": Answer(by_aic, tolerance=1e-6)
}
