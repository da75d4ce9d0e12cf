"""Our effects by subgroup and centre, by the methods themselves, for the cases of `tests/oracle/r/subgroups.R`."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from tests.oracle.answers.base import Answer, Values

from y90outcomes.estimators.heterogeneity import heterogeneity
from y90outcomes.methods.centres import centres_among
from y90outcomes.methods.common import Selection
from y90outcomes.methods.models import Subjects
from y90outcomes.methods.subgroups import subgroups_among
from y90outcomes.results import Effects, Result
from y90outcomes.study.analyses import CentresAnalysis, SubgroupsAnalysis
from y90outcomes.study.meaning import Meaning

DATA = Path(__file__).parents[1] / "data"
# data set -> outcome of a logistic model, exposure, adjust, subgroups, centres
CASES: dict[str, tuple[str, str, list[str], list[str], int]] = {
    "gbsg2": ("", "pnodes", ["age", "tsize"], ["menostat", "tgrade", "horth"], 6),
    "rossi": ("", "prio", ["age"], ["fin", "race", "mar"], 5),
    "larynx": ("", "age", [], ["stage"], 4),
    "lung": ("", "sex", ["age"], ["ph_ecog"], 7),
    "leukemia": ("", "log_wbc", ["rx"], ["sex"], 3),
    "spector": ("grade", "gpa", [], ["psi"], 2),
    "anes96": ("vote", "educ", ["age", "income"], ["pid"], 8),
    "breast_cancer": ("target", "mean_texture", ["mean_symmetry"], [], 9),
    "modechoice": ("choice", "gc", ["ttme"], ["mode"], 3),
}
FACTORS = ("menostat", "tgrade", "horth", "fin", "race", "mar", "stage", "sex", "ph_ecog", "psi", "pid", "mode")


@cache
def _frame(name: str) -> pd.DataFrame:
    frame = pd.read_csv(DATA / f"{name}.csv")
    if name == "lung":
        frame = frame[["time", "event", "age", "sex", "ph.ecog"]].dropna()
        frame["ph.ecog"] = frame["ph.ecog"].clip(upper=2)
    if name == "larynx":
        frame["stage"] = 1 + frame["Stage_II"] + 2 * frame["Stage_III"] + 3 * frame["Stage_IV"]
        frame = frame.rename(columns={"death": "event"})
    frame = frame.reset_index(drop=True).rename(columns=lambda column: column.lower().replace(".", "_"))
    frame["centre"] = [f"c{i % CASES[name][4]}" for i in range(len(frame))]
    used = [column for column in FACTORS if column in frame and column in (*CASES[name][3], CASES[name][1])]
    for column in [*used, "centre"]:
        values = frame[column]
        frame[column] = (values if values.dtype == object else values.map(_plain)).astype("string")
    return frame


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float | np.number) else str(value)


def _subjects(name: str, spec: Any) -> Subjects:
    frame, outcome = _frame(name), CASES[name][0]
    known = {}
    for column in frame:
        levels = {level: level for level in sorted(frame[column].unique())} if frame[column].dtype == "string" else {}
        known[column] = Meaning(column, column, "", "", levels, not levels, "patient", "baseline")
    everyone = np.ones(len(frame), dtype=bool)
    study = SimpleNamespace(endpoints={"e": None}, variables={})
    cohort: Any = SimpleNamespace(variables=known, study=study)
    ends: Any = {"e": SimpleNamespace(reason=None)}
    selection = Selection(cohort, "all", "patient", "All", everyone, frame, ends)
    event = frame[outcome or "event"].to_numpy(dtype=float)
    return Subjects(
        spec, selection, "the event", everyone, event, None if outcome else frame["time"].to_numpy(dtype=float)
    )


def _spec(name: str, page: type[Any], **own: Any) -> Any:
    outcome, exposure, adjust, _, _ = CASES[name]
    return page(
        title="T",
        family="logistic" if outcome else "cox",
        endpoint="e",
        exposure=exposure,
        adjust=adjust,
        inference="wald",
        estimator="ml",
        **own,
    )


def _number(value: float | int | None) -> float:
    return math.nan if value is None else float(value)


def _values(made: Result) -> Values:
    assert isinstance(made, Effects)
    values: Values = {}
    for row in made.rows:
        if row.is_test:
            place = "interaction" if row.quantity == "interaction" else "heterogeneity"
            place = f"{row.term}@{place}" if row.term != "centre" else place
            values |= {f"{place}@{field}": _number(getattr(row, field)) for field in ("statistic", "df", "p")}
        elif row.quantity in ("i_squared", "tau_squared"):
            values |= {
                row.quantity: _number(row.estimate),
                f"{row.quantity}@lower": _number(row.lower),
                f"{row.quantity}@upper": _number(row.upper),
            }
        else:
            place = f"{row.term}@{row.contrast or ''}"
            for field in ("estimate", "lower", "upper", "se", "p", "n", "events"):
                values[f"{place}@{field}"] = _number(getattr(row, field))
    return values


def by_subgroup(name: str, convention: str) -> Values:
    spec = _spec(name, SubgroupsAnalysis, method="subgroups", subgroups=CASES[name][3] or ["centre"])
    return _values(subgroups_among(_subjects(name, spec), "a", spec)[0])


def by_centre(name: str, convention: str) -> Values:
    spec = _spec(name, CentresAnalysis, method="centres")
    main, without = centres_among(_subjects(name, spec), "a", spec)
    return _values(main) | _values(without)


def between(name: str, convention: str) -> Values:
    """Effects of `tests/oracle/twins/heterogeneity.py`; bcg are log risk ratios."""
    made = heterogeneity(*_effects(name))
    return {
        "q": made.q.statistic,
        "p": made.q.p,
        "i2": made.i2.estimate,
        "i2@lower": made.i2.lower,
        "i2@upper": made.i2.upper,
        "tau2": made.tau2.estimate,
        "fixed": made.fixed.estimate,
        "fixed@se": made.fixed.se,
        "random": made.random.estimate,
        "random@se": made.random.se,
    }


def _effects(name: str) -> tuple[list[float], list[float]]:
    if name != "bcg":
        return {
            "alike": ([0.1, 0.12, 0.09, 0.11], [0.2, 0.25, 0.3, 0.22]),
            "two_apart": ([-1.0, 1.5], [0.3, 0.4]),
            "two_alike": ([0.4, 0.5], [0.3, 0.4]),
            "three": ([0.0, 0.8, 0.3], [0.2, 0.3, 0.5]),
        }[name]
    t = pd.read_csv(DATA / "bcg.csv")
    effects = np.log(t["treated_cases"] / t["treated"] / (t["control_cases"] / t["control"]))
    errors = np.sqrt(1 / t["treated_cases"] - 1 / t["treated"] + 1 / t["control_cases"] - 1 / t["control"])
    return effects.tolist(), errors.tolist()


ANSWERS = {
    "heterogeneity": Answer(between),
    "subgroups": Answer(by_subgroup, tolerance=1e-6),
    "centres": Answer(by_centre, tolerance=1e-6),
}
