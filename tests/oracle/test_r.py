"""Our numbers against the committed output of R (tests/oracle/r); R itself is not needed."""

from __future__ import annotations

import csv
import math
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from y90outcomes.estimators import (
    chi_square,
    cox,
    fisher,
    kaplan_meier,
    kruskal_wallis,
    log_rank,
    mann_whitney,
    proportions,
    reverse_kaplan_meier,
    summaries,
    t_test,
)

HERE = Path(__file__).parent
Values = dict[str, float]


@cache
def reference() -> dict[tuple[str, str, str], Values]:
    """(method, dataset, convention) → quantity → R's value, NaN for R's NA."""
    found: dict[tuple[str, str, str], Values] = {}
    for path in sorted((HERE / "reference").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                value = math.nan if row["value"] == "NA" else float(row["value"])
                found.setdefault((row["method"], row["dataset"], row["convention"]), {})[row["quantity"]] = value
    return found


def data(name: str) -> pd.DataFrame:
    return pd.read_csv(HERE / "data" / f"{name}.csv")


@cache
def survival_data() -> dict[str, pd.DataFrame]:
    """The data sets of `survival_data` in lib.R, columns time and event and those the models use."""
    sets = {name: data(name) for name in ("lung", "aml", "waltons", "rossi")}
    sets["aml"]["maintained"] = (sets["aml"]["group"] == "Maintained").astype(float)
    larynx = data("larynx").rename(columns={"death": "event"})
    larynx["stage"] = 1 + larynx["Stage_II"] + 2 * larynx["Stage_III"] + 3 * larynx["Stage_IV"]
    meerun = data("meerun_tumours").dropna(subset=["time_to_surgery_months"])
    complete = meerun["pathological_necrosis"] == "CPN"
    sets["larynx"] = larynx
    sets["meerun"] = pd.DataFrame(
        {
            "time": meerun["time_to_surgery_months"],
            "event": 1,
            "group": np.where(complete, "CPN", "other"),
            "CPN": complete.astype(float),
        }
    )
    sets.update(dict(list(data("constructed").groupby("dataset"))))
    return sets


def samples() -> dict[str, np.ndarray]:
    meerun, lung = data("meerun_tumours"), data("lung")
    found = {str(k): g.to_numpy() for k, g in meerun.groupby("pathological_necrosis")["post_treatment_tad_gy"]}
    found |= {"lung_age": lung["age"].to_numpy(), "lung_wt.loss": lung["wt.loss"].to_numpy()}
    return found | {"one": np.array([7.5]), "two": np.array([3.0, 1.0]), "thirty": np.arange(1.0, 31.0)}


def pairs() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    meerun, lung = data("meerun_tumours"), data("lung")
    complete = meerun["pathological_necrosis"] == "CPN"
    dose = meerun["post_treatment_tad_gy"].to_numpy(float)
    return {
        "meerun_dose": (dose[complete], dose[~complete]),
        "meerun_log_dose": (np.log(dose[complete]), np.log(dose[~complete])),
        "lung_age": (lung["age"][lung["sex"] == 1].to_numpy(), lung["age"][lung["sex"] == 2].to_numpy()),
        "untied": (np.array([1.1, 2.2, 3.3, 9.9, 4.5]), np.array([0.5, 2.1, 5.5, 8.8, 7.3, 6.6, 12])),
        "tied": (np.array([1, 2, 2, 3, 3, 3]), np.array([2, 3, 4, 4, 5, 5, 5])),
        "unequal_sizes": (np.array([5, 9]), np.array([1, 2, 3, 4, 6, 7, 8, 10, 11])),
    }


def several() -> dict[str, list[np.ndarray]]:
    lung = data("lung").dropna(subset=["ph.ecog"])
    meerun = data("meerun_tumours")
    return {
        "meerun_dose": [g.to_numpy() for _, g in meerun.groupby("pathological_necrosis")["post_treatment_tad_gy"]],
        "lung_age": [g.to_numpy() for _, g in lung.groupby("ph.ecog")["age"]],
        "two": [np.array([1, 2, 2, 3]), np.array([2, 4, 5])],
    }


TABLES = {
    "small": [[1, 9], [11, 3]],
    "balanced": [[12, 5], [6, 11]],
    "near": [[5, 5], [5, 6]],
    "margins": [[40, 60], [55, 45]],
    "zeros": [[0, 7], [6, 0]],
    "wide": [[3, 5, 1], [4, 0, 6], [2, 2, 7]],
    "response": [[4, 3, 0], [2, 6, 1]],
    "four": [[3, 1, 2, 0], [1, 4, 0, 2], [1, 0, 3, 2]],
}


def compare(ours: Values, method: str, dataset: str, convention: str, tolerance: float = 1e-9) -> None:
    """Every quantity R gave, ours within a relative tolerance; NaN exactly where R has NA."""
    theirs = reference()[method, dataset, convention]
    assert set(theirs) <= set(ours)
    moved = {
        quantity: (ours[quantity], value)
        for quantity, value in theirs.items()
        if math.isnan(ours[quantity]) != math.isnan(value)
        or not (math.isnan(value) or math.isclose(ours[quantity], value, rel_tol=tolerance, abs_tol=1e-15))
    }
    assert moved == {}


def cases(method: str) -> list[tuple[str, str]]:
    return [(dataset, convention) for name, dataset, convention in sorted(reference()) if name == method]


@pytest.mark.parametrize(("dataset", "convention"), cases("describe"))
def test_describe(dataset: str, convention: str) -> None:
    found = summaries.describe(samples()[dataset])
    ours = {key: getattr(found, key) for key in ("missing", "n", "mean", "sd", "low", "high")}
    compare(ours, "describe", dataset, convention, 1e-13)


@pytest.mark.parametrize(("dataset", "convention"), cases("quantile"))
def test_quantile(dataset: str, convention: str) -> None:
    x = samples()[dataset]
    ours = {f"{q:g}": summaries.quantile(x[~np.isnan(x)], q, convention) for q in (0.05, 0.1, 0.25, 0.5, 0.75, 0.9)}
    compare(ours, "quantile", dataset, convention, 1e-13)


@pytest.mark.parametrize(("dataset", "convention"), cases("proportion"))
def test_proportion(dataset: str, convention: str) -> None:
    x, n = (int(part) for part in dataset.split("/"))
    ours = {}
    for level in (0.95, 0.9):
        found = proportions.proportion(x, n, interval=convention, level=level)
        ours |= {f"lower@{level}": found.lower, f"upper@{level}": found.upper}
    compare(ours, "proportion", dataset, convention)


@pytest.mark.parametrize(("dataset", "convention"), cases("t_test"))
def test_t_test(dataset: str, convention: str) -> None:
    found = t_test.t_test(*pairs()[dataset], variance=convention)
    compare({"statistic": found.statistic, "df": found.df, "p": found.p}, "t_test", dataset, convention, 1e-11)


@pytest.mark.parametrize(("dataset", "convention"), cases("mann_whitney"))
def test_mann_whitney(dataset: str, convention: str) -> None:
    found = mann_whitney.mann_whitney(*pairs()[dataset], method=convention)
    compare({"statistic": found.statistic, "p": found.p}, "mann_whitney", dataset, convention, 1e-11)


@pytest.mark.parametrize(("dataset", "convention"), cases("kruskal_wallis"))
def test_kruskal_wallis(dataset: str, convention: str) -> None:
    found = kruskal_wallis.kruskal_wallis(several()[dataset])
    ours = {"statistic": found.statistic, "df": found.df, "p": found.p}
    compare(ours, "kruskal_wallis", dataset, convention, 1e-11)


@pytest.mark.parametrize(("dataset", "convention"), cases("chi_square"))
def test_chi_square(dataset: str, convention: str) -> None:
    found = chi_square.chi_square(TABLES[dataset], correction=convention)
    assert found.conventions == {"chi_square": convention}
    compare({"statistic": found.statistic, "df": found.df, "p": found.p}, "chi_square", dataset, convention, 1e-11)


@pytest.mark.parametrize(("dataset", "convention"), cases("fisher"))
def test_fisher(dataset: str, convention: str) -> None:
    compare({"p": fisher.fisher(TABLES[dataset]).p}, "fisher", dataset, convention)


@pytest.mark.parametrize(("dataset", "convention"), cases("kaplan_meier"))
def test_kaplan_meier(dataset: str, convention: str) -> None:
    frame = survival_data()[dataset]
    curve = kaplan_meier.kaplan_meier(frame["time"], frame["event"], interval=convention or "log-log")
    ours: Values = {}
    for column in ("survival", "at_risk", "events", "censored", "lower", "upper"):
        ours |= {
            f"{column}@{time:.15g}": float(value)
            for time, value in zip(curve.time, getattr(curve, column), strict=True)
        }
    compare(ours, "kaplan_meier", dataset, convention, 1e-11)


@pytest.mark.parametrize(("dataset", "convention"), cases("median_midpoint"))
def test_median_with_midpoint(dataset: str, convention: str) -> None:
    frame = survival_data()[dataset]
    curve = kaplan_meier.kaplan_meier(frame["time"], frame["event"], interval=convention)
    found = kaplan_meier.median_survival(curve, "midpoint")
    ours = {name: getattr(found, name) for name in ("estimate", "lower", "upper")}
    assert found.not_reached == tuple(name for name, value in ours.items() if math.isnan(value))
    compare(ours, "median_midpoint", dataset, convention, 1e-13)


@pytest.mark.parametrize(("dataset", "convention"), cases("survival_at"))
def test_survival_at(dataset: str, convention: str) -> None:
    frame = survival_data()[dataset]
    curve = kaplan_meier.kaplan_meier(frame["time"], frame["event"], interval=convention, level=0.9)
    times = sorted({float(quantity.split("@")[1]) for quantity in reference()["survival_at", dataset, convention]})
    ours: Values = {}
    for time, found in zip(times, kaplan_meier.survival_at(curve, times), strict=True):
        ours |= {f"{name}@{time:g}": getattr(found, name) for name in ("estimate", "lower", "upper", "se", "n")}
    compare(ours, "survival_at", dataset, convention, 1e-11)


@pytest.mark.parametrize(("dataset", "convention"), cases("reverse_kaplan_meier"))
def test_reverse_kaplan_meier(dataset: str, convention: str) -> None:
    frame = survival_data()[dataset]
    curve = reverse_kaplan_meier.reverse_kaplan_meier(frame["time"], frame["event"], ties=convention)
    happened = curve.events > 0
    ours = {
        f"survival@{time:.10g}": float(value)
        for time, value in zip(curve.time[happened], curve.survival[happened], strict=True)
    }
    compare(ours, "reverse_kaplan_meier", dataset, convention, 1e-11)


@pytest.mark.parametrize(("dataset", "convention"), cases("follow_up"))
def test_follow_up(dataset: str, convention: str) -> None:
    frame = survival_data()[dataset]
    found = reverse_kaplan_meier.follow_up(frame["time"], frame["event"], ties=convention, rule="midpoint")
    ours = {name: getattr(found, name) for name in ("estimate", "lower", "upper")}
    compare(ours, "follow_up", dataset, convention)


@pytest.mark.parametrize(("dataset", "convention"), cases("log_rank"))
def test_log_rank(dataset: str, convention: str) -> None:
    frame = survival_data()[dataset].dropna(subset=[convention])
    found = log_rank.log_rank(frame["time"], frame["event"], frame[convention])
    ours: Values = {"statistic": found.test.statistic, "df": found.test.df, "p": found.test.p}
    for label, n, observed, expected in zip(found.groups, found.n, found.observed, found.expected, strict=True):
        name = f"{label:g}" if isinstance(label, float | int) else label
        ours |= {f"n@{name}": n, f"observed@{name}": observed, f"expected@{name}": expected}
    compare(ours, "log_rank", dataset, convention)


COX = {
    "lung": ("age", "sex", "ph.ecog"),
    "rossi": ("fin", "age", "race", "wexp", "mar", "paro", "prio"),
    "larynx": ("age", "Stage_II", "Stage_III", "Stage_IV"),
    "aml": ("maintained",),
    "meerun": ("CPN",),
}


@pytest.mark.parametrize(("dataset", "convention"), cases("cox"))
def test_cox(dataset: str, convention: str) -> None:
    frame = survival_data()[dataset].dropna(subset=list(COX[dataset]))
    found = cox.cox(frame["time"], frame["event"], frame[list(COX[dataset])], COX[dataset], ties=convention)
    assert found.valid
    ours: Values = {key: getattr(found, key) for key in ("loglik_null", "loglik", "n", "events")}
    ours |= {key: getattr(found, key).statistic for key in ("likelihood_ratio", "score", "wald")}
    for term in found.terms:
        for key in ("coefficient", "hazard_ratio", "se", "z", "p", "lower", "upper"):
            ours[f"{term.name}@{key}"] = getattr(term, key)
    compare(ours, "cox", dataset, convention)


def test_every_reference_is_compared() -> None:
    tested = {
        "describe", "quantile", "proportion", "t_test", "mann_whitney", "kruskal_wallis", "chi_square", "fisher",
        "kaplan_meier", "median_midpoint", "survival_at", "reverse_kaplan_meier", "follow_up", "log_rank", "cox",
        "dosimetry",  # in test_dosimetry.py
        "episodes",  # in test_time_to_event_twin.py
        "liver",  # in test_liver_scores.py
    }  # fmt: skip
    assert {method for method, _, _ in reference()} == tested
