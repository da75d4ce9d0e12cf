"""Our numbers under a convention's name, on the data a package is asked about: R by committed references, the Python
libraries live. The name comes from the dialect; nothing else of the call does."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
from tests.oracle.answers.base import Answer, Values
from tests.oracle.datasets import data, survival_data

from y90outcomes.dialects import chosen
from y90outcomes.estimators.aalen_johansen import aalen_johansen
from y90outcomes.estimators.auc import auc
from y90outcomes.estimators.chi_square import chi_square
from y90outcomes.estimators.cochran_armitage import cochran_armitage
from y90outcomes.estimators.correlation import spearman
from y90outcomes.estimators.cox import CoxFit, cox
from y90outcomes.estimators.cutpoints import cutpoints
from y90outcomes.estimators.gee import gee
from y90outcomes.estimators.inverse_prediction import inverse_prediction
from y90outcomes.estimators.jonckheere_terpstra import jonckheere_terpstra
from y90outcomes.estimators.kaplan_meier import kaplan_meier, median_survival
from y90outcomes.estimators.logistic import LogisticFit, logistic
from y90outcomes.estimators.mann_whitney import mann_whitney
from y90outcomes.estimators.mcnemar import mcnemar
from y90outcomes.estimators.model_family import response
from y90outcomes.estimators.numbers import Estimate, Test
from y90outcomes.estimators.odds_ratio import odds_ratio
from y90outcomes.estimators.proportional_hazards import proportional_hazards
from y90outcomes.estimators.proportions import proportion
from y90outcomes.estimators.reverse_kaplan_meier import reverse_kaplan_meier
from y90outcomes.estimators.roc import roc
from y90outcomes.estimators.selection import select_terms
from y90outcomes.estimators.standardised_difference import standardised_difference
from y90outcomes.estimators.summaries import quantile
from y90outcomes.estimators.t_test import t_test
from y90outcomes.estimators.two_proportions import proportion_difference, proportion_ratio

Floats = npt.NDArray[np.float64]
SHARES = (0.1, 0.25, 0.5, 0.75, 0.9)
TABLES = {
    "small": [[1, 9], [11, 3]],
    "near": [[5, 5], [5, 6]],
    "margins": [[40, 60], [55, 45]],
    "large": [[794, 86], [150, 570]],
    "balanced": [[5, 4], [6, 9]],
}
TRENDS = {"rising": ([3, 9, 14], [20, 24, 22]), "four": ([1, 0, 4, 6], [9, 7, 11, 8])}
COX = {"rossi": ["fin", "age", "prio"], "lung": ["sex", "age"]}
LOGISTIC = {"spector": ("grade", ["gpa", "tuce", "psi"]), "anes96": ("vote", ["age", "income", "educ"])}
CURVES = {"gbsg2_nodes": ("gbsg2", "pnodes", "event"), "spector_gpa": ("spector", "gpa", "grade")}


def quad(name: str) -> tuple[int, int, int, int]:
    """ "9/10 3/10" as events and subjects of two groups."""
    first, second = (part.split("/") for part in name.split())
    return int(first[0]), int(first[1]), int(second[0]), int(second[1])


def groups(name: str) -> tuple[Floats, Floats]:
    """Two groups of numbers."""
    gbsg2, iris, meerun = data("gbsg2"), data("iris"), data("meerun_tumours")
    of = np.arange(1.0, 50.0)
    to_50, to_20, nine = np.arange(1.0, 51.0), np.arange(1.0, 21.0), np.arange(1.0, 10.0)
    found: dict[str, tuple[Floats, Floats]] = {
        "gbsg2_size": _halves(gbsg2["tsize"], gbsg2["horTh"] == "yes"),
        "iris_sepal": (
            iris["sepal_length"][iris["target"] == 1].to_numpy(float),
            iris["sepal_length"][iris["target"] == 2].to_numpy(float),
        ),
        "meerun_dose": _halves(meerun["post_treatment_tad_gy"], meerun["pathological_necrosis"] == "CPN"),
        "untied": (np.array([1.1, 2.2, 3.3, 9.9, 4.5]), np.array([0.5, 2.1, 5.5, 8.8, 7.3, 6.6, 12.0])),
        "tied": (np.array([1.0, 2, 2, 3, 3, 3]), np.array([2.0, 3, 4, 4, 5, 5, 5])),
        "nine": (nine**2 + 0.5, (nine + 1) ** 2 - 1.25 * nine),
        "below_50": (7 * of % 101, 11 * of % 103 + 0.5),
        "from_50": (7 * to_50 % 101, 11 * to_20 % 103 + 0.5),
    }
    return found[name]


def _halves(values: pd.Series, first: pd.Series) -> tuple[Floats, Floats]:
    return values[first].to_numpy(float), values[~first].to_numpy(float)


def clusters(name: str) -> tuple[Floats, Floats, list[str], Floats]:
    """Event, design, its names and the cluster of each row."""
    if name == "anes96":
        frame = data("anes96")
        cluster = frame["educ"] * 10 + frame["tvnews"]
        return frame["vote"].to_numpy(float), frame[["age", "income"]].to_numpy(float), ["age", "income"], (
            cluster.to_numpy(float)
        )  # fmt: skip
    frame = data("meerun_tumours").dropna(subset=["post_treatment_tad_gy", "pathological_necrosis"])
    event = (frame["pathological_necrosis"] == "CPN").to_numpy(float)
    return event, frame[["post_treatment_tad_gy"]].to_numpy(float) / 100, ["dose"], frame["patient"].to_numpy()


def correlated(name: str) -> tuple[Floats, Floats]:
    """Two numbers of the same subjects."""
    spector = data("spector")
    of = np.arange(1.0, 31.0)
    found: dict[str, tuple[Floats, Floats]] = {
        "seven": (np.array([44.4, 45.9, 41.9, 53.3, 44.7, 44.1, 50.7]), np.array([2.6, 3.1, 2.5, 5, 3.6, 4, 5.2])),
        "twelve": (of[:12], np.array([11.0, 7, 9, 12, 10, 4, 8, 2, 6, 1, 5, 3])),
        "spector": (spector["gpa"].to_numpy(float), spector["tuce"].to_numpy(float)),
        "thirty": (of, 7 * of % 31),
    }
    return found[name]


def _limits(made: Estimate) -> Values:
    return {"lower": made.lower, "upper": made.upper}


def _whole(made: Estimate) -> Values:
    return {"estimate": made.estimate, **_limits(made)}


def _test(made: Test) -> Values:
    return {"statistic": made.statistic, "p": made.p}


def _cox(dataset: str, **choices: str) -> CoxFit:
    frame, terms = data(dataset), COX[dataset]
    return cox(frame["time"], frame["event"], frame[terms].to_numpy(float), terms, **choices)


def _cox_fit(dataset: str, name: str) -> Values:
    fit = _cox(dataset, ties=name)
    found = {f"{one.name}_coefficient": one.coefficient for one in fit.terms}
    return found | {f"{one.name}_se": one.se for one in fit.terms} | {"loglik": fit.loglik}


def _cox_inference(dataset: str, name: str) -> Values:
    found: Values = {}
    for one in _cox(dataset, inference=name).terms:
        found |= {f"{one.name}_p": one.p, f"{one.name}_lower": one.lower, f"{one.name}_upper": one.upper}
    return found


def _zph(dataset: str, name: str) -> Values:
    made = proportional_hazards(_cox(dataset).kernel, transform=name)
    found: Values = {}
    for term, test in {**made.tests, "GLOBAL": made.overall}.items():
        found |= {f"{term}_statistic": test.statistic, f"{term}_p": test.p}
    return found


def _curve(dataset: str, name: str) -> Values:
    frame = survival_data()[dataset]
    made = kaplan_meier(frame["time"], frame["event"], interval=name)
    found: Values = {}
    for i, time in enumerate(made.time):
        found |= {f"lower@{time:.15g}": float(made.lower[i]), f"upper@{time:.15g}": float(made.upper[i])}
    return found


def _median(dataset: str, name: str) -> Values:
    frame = survival_data()[dataset]
    return {"median": median_survival(kaplan_meier(frame["time"], frame["event"]), rule=name).estimate}


def _reverse(dataset: str, name: str) -> Values:
    frame = survival_data()[dataset]
    made = reverse_kaplan_meier(frame["time"], frame["event"], ties=name)
    return {f"survival@{time:.15g}": float(s) for time, s in zip(made.time, made.survival, strict=True)}


def _incidence(dataset: str, name: str) -> Values:
    frame = data(dataset)
    made = aalen_johansen(frame["time"], np.where(frame["event"] == 1, frame["sex"], 0), interval=name)
    found: Values = {}
    for i, time in enumerate(made.time):
        for cause in (1, 2):
            found[f"lower{cause}@{time:.15g}"] = float(made.lower[i, cause - 1])
            found[f"upper{cause}@{time:.15g}"] = float(made.upper[i, cause - 1])
    return found


def _logistic(dataset: str, **choices: str) -> LogisticFit:
    if dataset == "spector_gpa":
        frame = data("spector")
        return logistic(frame["grade"], frame[["gpa"]].to_numpy(float), ["gpa"], **choices)
    outcome, terms = LOGISTIC[dataset]
    frame = data(dataset)
    return logistic(frame[outcome], frame[terms].to_numpy(float), terms, **choices)


def _logistic_fit(dataset: str, name: str) -> Values:
    found: Values = {}
    for one in _logistic(dataset, estimator=name).terms:
        found |= {f"{one.name}_coefficient": one.coefficient, f"{one.name}_se": one.se}
    return found


def _logistic_inference(dataset: str, name: str) -> Values:
    found: Values = {}
    for one in _logistic(dataset, estimator="ml", inference=name).terms:
        found |= {f"{one.name}_p": one.p, f"{one.name}_lower": one.lower, f"{one.name}_upper": one.upper}
        found |= {"lower": one.lower, "upper": one.upper}
    return found


def _inverse(dataset: str, name: str) -> Values:
    frame = data("spector")
    fit = _logistic(dataset, estimator="ml")
    return _whole(inverse_prediction(fit, frame["grade"], frame["gpa"], 0.5, interval=name))


def _gee(dataset: str, **choices: str) -> Values:
    fit = gee(*clusters(dataset), **choices)
    return {f"{one.name}_se": one.se for one in fit.terms} | {"alpha": fit.correlation}


def _auc(dataset: str, name: str) -> Values:
    source, score, event = CURVES[dataset]
    return _limits(auc(data(source)[score], data(source)[event], direction="higher", interval=name))


def _cutoff(dataset: str, name: str) -> Values:
    source, score, event = CURVES[dataset]
    curve = roc(data(source)[score], data(source)[event], direction="higher")
    return {"cutoff": cutpoints(curve, "youden", cutoff_value=name).found[0].value}


def _selection(dataset: str, name: str) -> Values:
    """p of each term in the model of all of them: the first step of an elimination."""
    frame = data(dataset)
    if dataset in COX:
        terms, made = COX[dataset], response(frame["event"], frame["time"])
    else:
        terms, made = LOGISTIC[dataset][1], response(frame[LOGISTIC[dataset][0]], estimator="ml")
    blocks = {term: frame[[term]].to_numpy(float) for term in terms}
    moves = select_terms(made, blocks, terms, rule="backward", stay=0.05, test=name).moves
    first: Values = {}
    for move in moves:
        if move.action == "remove":
            first.setdefault(f"{move.term}_p", move.p)
    return first


def _ordered(dataset: str, name: str) -> Values:
    if dataset == "six":
        return _test(jonckheere_terpstra([[1.0, 3.0], [2.0, 5.0], [4.0, 7.0]], method=name))
    if dataset == "lung_ecog":
        frame = data("lung").dropna(subset=["ph.ecog"])
        by = frame.groupby("ph.ecog")["age"]
    else:
        by = data("gbsg2").groupby("tgrade")["tsize"]
    return _test(jonckheere_terpstra([values.to_numpy(float) for _, values in by], method=name))


OURS: Mapping[str, Callable[[str, str], Values]] = {
    "proportion_interval": lambda d, name: _limits(
        proportion(*(int(part) for part in d.split("/")), interval=name)  # type: ignore[misc]
    ),
    "proportion_difference_interval": lambda d, name: _limits(proportion_difference(*quad(d), interval=name)),
    "proportion_ratio_interval": lambda d, name: _limits(proportion_ratio(*quad(d), interval=name)),
    "odds_ratio": lambda d, name: _whole(odds_ratio(*quad(d), kind=name)),
    "smd_variance": lambda d, name: {"estimate": standardised_difference(*groups(d), variance=name).estimate},
    "t_test": lambda d, name: _test(t_test(*groups(d), variance=name)),
    "mann_whitney": lambda d, name: _test(mann_whitney(*groups(d), method=name)),
    "quantile_type": lambda d, name: {f"quantile@{q:g}": quantile(groups(d)[0], q, name) for q in SHARES},
    "kaplan_meier_interval": _curve,
    "median_rule": _median,
    "reverse_kaplan_meier_ties": _reverse,
    "cox_ties": _cox_fit,
    "cox_inference": _cox_inference,
    "proportional_hazards": _zph,
    "cumulative_incidence_interval": _incidence,
    "logistic_estimator": _logistic_fit,
    "logistic_inference": _logistic_inference,
    "inverse_prediction_interval": _inverse,
    "cluster_small_sample": lambda d, name: _gee(d, correlation="independence", small_sample=name),
    "gee_moments": lambda d, name: _gee(d, moments=name),
    "auc_interval": _auc,
    "cutoff_value": _cutoff,
    "selection_test": _selection,
    "chi_square": lambda d, name: _test(chi_square(TABLES[d], correction=name)),
    "mcnemar": lambda d, name: _test(mcnemar(TABLES[d], method=name)),
    "cochran_armitage": lambda d, name: _test(cochran_armitage(*TRENDS[d], variance=name)),
    "jonckheere_terpstra": _ordered,
    "spearman": lambda d, name: {key: getattr(spearman(*correlated(d), p=name), key) for key in ("estimate", "p")},
}
"""item -> (data set, name) -> our numbers."""


def default_call(dataset: str, item: str) -> Values:
    """Our numbers under the name the dialect `r` chooses for an item."""
    return OURS[item](dataset, chosen("r")[item])


ANSWERS = {"default_call": Answer(default_call, tolerance=1e-6)}
