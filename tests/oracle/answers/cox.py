"""Cox regression: our side of cox_more.R."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tests.oracle.answers.base import Answer, Values
from tests.oracle.datasets import survival_data

from y90outcomes.estimators import cox_residuals as residual
from y90outcomes.estimators.concordance import concordance, concordance_of
from y90outcomes.estimators.cox import CoxFit, cox, term_test
from y90outcomes.estimators.proportional_hazards import proportional_hazards

DATA = Path(__file__).parent.parent / "data"


@dataclass(frozen=True, slots=True)
class Model:
    """Columns of a data set that a model of cox_more.R uses."""

    data: str
    x: tuple[str, ...]
    time: str = "time"
    event: str = "event"
    start: str | None = None
    strata: str | None = None
    cluster: str | None = None
    block: tuple[tuple[str, tuple[int, ...]], ...] = ()


MODELS = {
    "lung": Model("lung", ("age", "ph.ecog"), strata="sex"),
    "lung_months": Model("lung", ("age", "sex", "ph.ecog"), time="months", cluster="ph.karno"),
    "rossi": Model("rossi", ("fin", "age", "prio"), strata="race"),
    "larynx": Model(
        "larynx",
        ("age", "Stage_II", "Stage_III", "Stage_IV"),
        event="death",
        block=(("age", (0,)), ("stage", (1, 2, 3))),
    ),
    "gbsg2": Model(
        "gbsg2",
        ("hormone", "age", "pnodes", "progrec", "gradeII", "gradeIII"),
        strata="menostat",
        block=(("hormone", (0,)), ("age", (1,)), ("pnodes", (2,)), ("progrec", (3,)), ("tgrade", (4, 5))),
    ),
    "leukemia": Model("leukemia", ("rx", "log_wbc"), strata="sex"),
    "kidney": Model("kidney", ("age", "black_male", "white_male", "black_female")),
    "stanford": Model("stanford", ("age", "year", "surgery", "transplant"), time="stop", start="start", cluster="id"),
    "stanford_strata": Model("stanford", ("age", "year", "transplant"), time="stop", start="start", strata="surgery"),
    "recur": Model("recur", ("age", "treat"), time="time1", event="status", start="time0", cluster="id"),
    "meerun": Model("meerun_tumours", ("CPN", "dose"), cluster="patient"),
}


@cache
def _frame(name: str) -> pd.DataFrame:
    model = MODELS[name]
    data = pd.read_csv(DATA / f"{model.data}.csv")
    if model.data == "lung":
        data["months"] = np.ceil(data["time"] / 30.4375)
    if model.data == "gbsg2":
        data["hormone"] = data["horTh"].eq("yes").astype(float)
        data["gradeII"], data["gradeIII"] = (data["tgrade"].eq(grade).astype(float) for grade in ("II", "III"))
    if model.data == "recur":
        data["status"] = data["censor"].eq(0).astype(float)
    if model.data == "meerun_tumours":
        data = data.dropna(subset=["time_to_surgery_months"]).assign(event=1.0)
        data["time"], data["dose"] = data["time_to_surgery_months"], data["post_treatment_tad_gy"]
        data["CPN"] = data["pathological_necrosis"].eq("CPN").astype(float)
    used = [model.time, model.event, *model.x, *filter(None, (model.start, model.strata, model.cluster))]
    return data.dropna(subset=used).reset_index(drop=True)


@cache
def _fit(name: str, ties: str, inference: str = "wald", robust: bool = False) -> CoxFit:
    model, data = MODELS[name], _frame(name)
    more: dict[str, Any] = {}
    if model.start:
        more["start"] = data[model.start].to_numpy(float)
    if model.strata:
        more["strata"] = data[model.strata].to_numpy()
    if robust and model.cluster:
        more["cluster"] = data[model.cluster].to_numpy()
    x = data[list(model.x)].to_numpy(float)
    return cox(
        data[model.time].to_numpy(float), data[model.event].to_numpy(float), x, model.x, ties=ties,
        inference=inference, **more,
    )  # fmt: skip


PLAIN = {
    "lung": ("age", "sex", "ph.ecog"),
    "rossi": ("fin", "age", "race", "wexp", "mar", "paro", "prio"),
    "larynx": ("age", "Stage_II", "Stage_III", "Stage_IV"),
    "aml": ("maintained",),
    "meerun": ("CPN",),
}
"""Columns of the models of cox.R."""


def _classic(name: str, ties: str) -> Values:
    used = survival_data()[name].dropna(subset=list(PLAIN[name]))
    x = used[list(PLAIN[name])].to_numpy(float)
    fit = cox(used["time"], used["event"], x, PLAIN[name], ties=ties)
    keys = ("coefficient", "hazard_ratio", "se", "z", "p", "lower", "upper")
    found = {f"{term.name}@{key}": float(getattr(term, key)) for term in fit.terms for key in keys}
    found |= {"loglik_null": fit.loglik_null, "loglik": fit.loglik, "n": float(fit.n), "events": float(fit.events)}
    return found | {key: getattr(fit, key).statistic for key in ("likelihood_ratio", "score", "wald")}


def _plain(name: str, ties: str) -> Values:
    fit = _fit(name, ties)
    found = {f"{term.name}@{key}": getattr(term, key) for term in fit.terms for key in ("coefficient", "se", "p")}
    found |= {"loglik_null": fit.loglik_null, "loglik": fit.loglik}
    return found | {"score": fit.score.statistic, "wald": fit.wald.statistic}


def _profile(name: str, ties: str) -> Values:
    fit = _fit(name, ties, "likelihood_ratio")
    keys = ("chi_square", "p", "lower", "upper")
    return {f"{term.name}@{key}": getattr(term, key) for term in fit.terms for key in keys}


def _cluster(name: str, ties: str) -> Values:
    fit = _fit(name, ties, robust=True)
    found = {f"{term.name}@{key}": getattr(term, key) for term in fit.terms for key in ("se", "z", "p")}
    return found | {"wald": fit.wald.statistic, "clusters": float(fit.clusters or 0)}


def _proportional(name: str, convention: str) -> Values:
    ties, transform = convention.split()
    kernel = _fit(name, ties).kernel
    made = proportional_hazards(kernel, transform=transform)
    found = {}
    for term, test in {**made.tests, "GLOBAL": made.overall}.items():
        found |= {f"{term}@chi_square": test.statistic, f"{term}@p": test.p}
    for part, test in proportional_hazards(kernel, dict(MODELS[name].block), transform=transform).tests.items():
        found |= {f"block_{part}@chi_square": test.statistic, f"block_{part}@df": test.df}
    return found


def _block(name: str, ties: str) -> Values:
    return {
        f"{part}@{inference}": term_test(_fit(name, ties, inference), at).statistic
        for part, at in MODELS[name].block
        for inference in ("wald", "likelihood_ratio")
    }


def _residuals(name: str, ties: str) -> Values:
    kernel, columns = _fit(name, ties).kernel, MODELS[name].x
    found = {}
    for kind, single in (
        ("martingale", residual.martingale_residuals(kernel)),
        ("deviance", residual.deviance_residuals(kernel)),
    ):
        found |= {f"{kind}@first": single[0], f"{kind}@last": single[-1], f"{kind}@squares": (single**2).sum()}
    several = {
        "score": residual.score_residuals(kernel),
        "dfbeta": residual.dfbeta_residuals(kernel),
        "schoenfeld": residual.schoenfeld_residuals(kernel).residual,
        "scaled_schoenfeld": residual.scaled_schoenfeld_residuals(kernel).residual,
    }
    for kind, values in several.items():
        for place, column in enumerate(columns):
            found[f"{kind}@{column}@squares"] = float((values[:, place] ** 2).sum())
            found[f"{kind}@{column}@first"] = float(values[0, place])
    return {quantity: float(value) for quantity, value in found.items()}


def _baseline(name: str, ties: str) -> Values:
    made, model = residual.baseline_hazard(_fit(name, ties).kernel), MODELS[name]
    times = np.unique(_frame(name)[model.time].to_numpy(float))
    middle = times[(len(times) + 1) // 2 - 1]
    before = made.cumulative[made.time <= middle]
    return {"last": made.cumulative[-1], "middle": before[-1] if len(before) else 0.0, "middle_time": middle}


def _concordance(name: str, ties: str) -> Values:
    made = concordance_of(_fit(name, ties).kernel)
    found = {"c": made.estimate.estimate, "se": made.estimate.se, "concordant": made.concordant}
    return found | {"discordant": made.discordant, "tied": made.tied}


def _concordance_cluster(name: str, ties: str) -> Values:
    cluster = MODELS[name].cluster
    made = concordance_of(_fit(name, ties).kernel, cluster=_frame(name)[cluster or ""].to_numpy())
    return {"c": made.estimate.estimate, "se": made.estimate.se}


def _score(name: str, column: str) -> Values:
    model = MODELS[name]
    data = pd.read_csv(DATA / f"{model.data}.csv").dropna(subset=[column])
    start = data[model.start].to_numpy(float) if model.start else None
    made = concordance(data[model.time], data[model.event], data[column], start=start).estimate
    return {"c": made.estimate, "se": made.se}


def _time_dependent(name: str, ties: str) -> Values:
    rows = []
    for row in pd.read_csv(DATA / f"{name}.csv").itertuples():
        died, switch = float(row.status == 1), row.switch
        if math.isnan(switch) or switch >= row.time:
            rows.append((0.0, row.time, died, 0.0))
        elif switch <= 0:
            rows.append((0.0, row.time, died, 1.0))
        else:
            rows += [(0.0, switch, 0.0, 0.0), (switch, row.time, died, 1.0)]
    start, stop, event, x = (np.asarray(column, dtype=float) for column in zip(*rows, strict=True))
    fit = cox(stop, event, x, ["switched"], start=start, ties=ties)
    return {"coefficient": fit.terms[0].coefficient, "se": fit.terms[0].se, "loglik": fit.loglik}


SEPARATED = {
    "six": ([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0]),
    "six_reversed": ([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 1, 1], [0, 0, 0, 1, 1, 1]),
    "tied": ([1, 1, 2, 3, 4, 4, 5], [1, 1, 1, 0, 0, 1, 0], [1, 1, 1, 0, 0, 0, 0]),
    "no_event_in_a_group": ([2, 3, 5, 4, 6, 6], [1, 1, 0, 0, 0, 0], [1, 1, 1, 0, 0, 0]),
}
"""Synthetic: times, events, x of which one value has every event first."""


def _separation(name: str, ties: str) -> Values:
    time, event, x = SEPARATED[name]
    fit = cox(time, event, x, ["x"], ties=ties, inference="likelihood_ratio")
    term = fit.terms[0]
    found = {"loglik_null": fit.loglik_null, "loglik": fit.loglik, "chi_square": term.chi_square}
    limits = {"log_lower": math.log(term.lower), "log_upper": math.log(term.upper)}
    return found | limits | {"coefficient": term.coefficient}


ANSWERS = {
    "cox": Answer(_classic, 1e-9),
    "cox_more": Answer(_plain, 1e-9),
    "cox_profile": Answer(_profile, 1e-8),
    "cox_cluster": Answer(_cluster, 1e-9),
    "proportional_hazards": Answer(_proportional, 1e-8),
    "cox_block": Answer(_block, 1e-8),
    "cox_residuals": Answer(_residuals, 1e-8),
    "cox_baseline": Answer(_baseline, 1e-9),
    "concordance": Answer(_concordance, 1e-9),
    "concordance_cluster": Answer(_concordance_cluster, 1e-9),
    "concordance_score": Answer(_score, 1e-9),
    "cox_time_dependent": Answer(_time_dependent, 1e-9),
    "cox_separation": Answer(_separation, 1e-6),
}
