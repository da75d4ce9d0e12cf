"""Our logistic regressions for the models of `tests/oracle/r/logistic.R` and `tests/oracle/twins/logistic.py`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from tests.oracle.answers.base import Answer, Values
from tests.oracle.datasets import data

from y90outcomes.estimators.collinearity import variance_inflation
from y90outcomes.estimators.gee import gee
from y90outcomes.estimators.intraclass import intraclass_correlation
from y90outcomes.estimators.logistic import LogisticFit, logistic, term_test
from y90outcomes.estimators.separation import separation

MODELS: dict[str, tuple[str, str, list[str]]] = {
    "spector": ("spector", "grade", ["gpa", "tuce", "psi"]),
    "anes96": ("anes96", "vote", ["age", "educ", "income", "tvnews", "selflr"]),
    "breast_cancer": ("breast_cancer", "target", ["mean_texture", "mean_smoothness", "mean_symmetry"]),
    "meerun": ("meerun_tumours", "cpn", ["post_treatment_tad_gy"]),
    "meerun_two": ("meerun_tumours", "cpn", ["post_treatment_tad_gy", "tumour_size_mm"]),
    "modechoice": ("modechoice", "choice", ["ttme", "gc"]),
}
SEPARATED = {
    "complete": {"y": [0, 0, 0, 1, 1, 1], "a": [1, 2, 3, 4, 5, 6]},
    "quasi": {"y": [0, 0, 0, 1, 0, 1, 1, 1], "a": [1, 2, 3, 3, 3, 4, 5, 6], "b": [1, 0, 1, 0, 1, 1, 0, 1]},
    "level": {"y": [0, 1, 0, 1, 0, 1, 1, 1, 1], "a": [0, 0, 0, 0, 0, 0, 1, 1, 1]},
}
CLUSTERED = {
    "meerun": ("meerun_tumours", "cpn", ["post_treatment_tad_gy"], "patient"),
    "modechoice": ("modechoice", "choice", ["ttme", "gc"], "individual"),
    "anes96": ("anes96", "vote", ["age", "income"], "cluster"),
}
Design = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], list[str]]


def frame(name: str) -> pd.DataFrame:
    made = data(name)
    if name == "meerun_tumours":
        made["cpn"] = (made["pathological_necrosis"] == "CPN").astype(float)
    if name == "anes96":
        made["cluster"] = made["educ"] * 10 + made["tvnews"]
        made["group"] = pd.cut(made["age"], [0, 35, 50, 65, 200], labels=False)
    return made


def model(dataset: str) -> Design:
    if dataset in SEPARATED:
        made, y = pd.DataFrame(SEPARATED[dataset]), "y"
        terms = [name for name in made if name != "y"]
    else:
        name, y, terms = MODELS[dataset]
        made = frame(name).dropna(subset=[y, *terms])
    return made[y].to_numpy(float), made[terms].to_numpy(float), terms


def numbers(fit: LogisticFit, parts: tuple[str, ...]) -> Values:
    made: Values = {}
    for term in (fit.intercept, *fit.terms):
        name = term.name.strip("()")
        made |= {f"{name}_{part}": getattr(term, part) for part in parts}
    return made


def ml(dataset: str, convention: str) -> Values:
    inference = convention if convention in ("profile", "wald") else "wald"
    fit = logistic(*model(dataset), estimator="ml", inference=inference)
    test = fit.likelihood_ratio if inference == "profile" else fit.wald
    made = numbers(fit, ("coefficient", "se", "lower", "upper", "statistic", "p"))
    return made | {
        "loglik": fit.loglik,
        "loglik_null": fit.loglik_null,
        "aic": fit.aic,
        "model_statistic": test.statistic,
        "model_p": test.p,
    }


def firth(dataset: str, convention: str) -> Values:
    inference = convention if convention in ("profile", "wald") else "profile"
    fit = logistic(*model(dataset), estimator="firth", inference=inference)
    made = numbers(fit, ("coefficient", "se", "lower", "upper", "statistic", "p"))
    return made | {
        "loglik": fit.loglik,
        "loglik_null": fit.loglik_null,
        "model_statistic": fit.likelihood_ratio.statistic,
        "model_p": fit.likelihood_ratio.p,
    }


def age_groups() -> Design:
    made = frame("anes96")
    columns = [made["group"].eq(level).to_numpy(float) for level in (1, 2, 3)] + [made["income"].to_numpy()]
    return made["vote"].to_numpy(), np.column_stack(columns), ["2", "3", "4", "income"]


def term(dataset: str, convention: str) -> Values:
    estimator, _, inference = convention.rpartition("/")
    made = term_test(*age_groups(), [0, 1, 2], estimator=estimator or "ml", inference=inference)
    return {"group_statistic": made.statistic, "group_p": made.p}


def clustered(dataset: str) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], list[str], np.ndarray]:
    name, y, terms, cluster = CLUSTERED[dataset]
    made = frame(name).dropna(subset=[y, *terms])
    return made[y].to_numpy(float), made[terms].to_numpy(float), terms, made[cluster].to_numpy()


def equations(dataset: str, convention: str) -> Values:
    correlation, _, small = convention.partition("/")
    fit = gee(*clustered(dataset), correlation=correlation, small_sample=small or "none")
    made: Values = {"alpha": fit.correlation}
    for one in (fit.intercept, *fit.terms):
        parts = ("coefficient", "se", "lower", "upper", "statistic", "p")
        made |= {f"{one.name.strip('()')}_{part}": getattr(one, part) for part in parts}
    return made


def robust(dataset: str, convention: str) -> Values:
    fit = gee(*clustered(dataset), correlation="independence", small_sample=convention)
    return {f"{one.name.strip('()')}_se": one.se for one in (fit.intercept, *fit.terms)}


def inflation(dataset: str, convention: str) -> Values:
    names = ["age", "educ", "income", "tvnews", "selflr"] if dataset == "anes96" else list(data(dataset).columns[1:])
    made = dict(zip(names, variance_inflation(data(dataset)[names].to_numpy()).tolist(), strict=True))
    if dataset == "anes96":
        made["group"] = float(variance_inflation(age_groups()[1], [[0, 1, 2], [3]])[0])
    return made


def intraclass(dataset: str, convention: str) -> Values:
    name, y, _, cluster = CLUSTERED[dataset]
    made = frame(name)
    return {"estimate": intraclass_correlation(made[y].to_numpy(float), made[cluster].to_numpy()).estimate}


def apart(dataset: str, convention: str) -> Values:
    y, columns, _ = model(dataset)
    made = separation(y, columns)
    return {"separated": float(made.kind != "none"), "parted": float(made.parted.sum())}


ANSWERS: dict[str, Answer] = {
    "logistic": Answer(ml, 1e-8),
    "logistic_firth": Answer(firth, 1e-6),
    "logistic_term": Answer(term, 1e-8),
    "separation": Answer(apart),
    "gee": Answer(equations, 1e-8),
    "cluster_robust": Answer(robust, 1e-8),
    "variance_inflation": Answer(inflation),
    "intraclass_correlation": Answer(intraclass),
}
