"""Every estimator on every nasty world: an answer or NaN with a reason, never an exception, a warning or nonsense."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from dataclasses import replace

import numpy as np
import pytest
from tests.unit.estimators.nasty import BASE, WORLDS, faults, numbers, with_missing
from tests.unit.estimators.nasty_cases import CASES

from y90outcomes import estimators

HELPER_MODULES = {
    "arrays": "checks of arguments",
    "numbers": "the records",
    "p_values": "of statistics",
    "tails": "of distributions of counts",
    "risk_sets": "sums of the Cox kernel",
    "partial_likelihood": "of the Cox kernel",
    "cox_profile": "of `cox`",
    "firth": "of the logistic kernel",
    "logistic_likelihood": "of the logistic kernel",
    "logistic_profile": "of `logistic`",
    "logistic_checks": "of `logistic`",
}
"""Modules that only other estimators call, on arrays already checked: met here through these."""
HELPERS = {
    "auc.as_columns", "auc.reason_of", "auc.interval_of", "auc.contrasts", "auc.placements", "roc.check_direction",
    "roc.as_events", "proportions.check_counts", "proportions.score_limits", "means.t_quantile", "means.compare_means",
    "summaries.mean_and_sd", "summaries.power_of_two", "kappa.agreement_weights", "kaplan_meier.life_table",
    "kaplan_meier.product_limit", "kaplan_meier.band", "cox_kernel.cox_data", "cox_kernel.fit", "cox_kernel.without",
    "cox_kernel.inverse_form", "cox_residuals.scaled_dfbeta", "model_family.chi_square",
    "model_family.response", "separation.plain_maximum",
}  # fmt: skip
"""Functions that only estimators call."""


def public() -> set[str]:
    """Every public function of the estimators, as module.function."""
    found = set()
    for info in pkgutil.iter_modules(estimators.__path__):
        if info.ispkg:  # second implementations, compared with these elsewhere
            continue
        module = importlib.import_module(f"y90outcomes.estimators.{info.name}")
        for name, value in vars(module).items():
            if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_"):
                found.add(f"{info.name}.{name}")
    return found


def test_every_public_estimator_is_here() -> None:
    wanted = {name for name in public() if name.split(".")[0] not in HELPER_MODULES and name not in HELPERS}
    assert wanted == set(CASES)
    assert public() >= HELPERS


@pytest.mark.parametrize("name", CASES)
def test_nasty_worlds(name: str) -> None:
    case = CASES[name]
    found = []
    for world, data in WORLDS.items():
        try:
            answer = case.run(data)
        except Exception as fault:  # warnings are errors here
            found.append(f"{world}: {type(fault).__name__}: {fault}")
            continue
        found += [f"{world}: {fault}" for fault in faults(answer, case.infinite)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("name", "where"), [(name, where) for name, case in CASES.items() for where in case.missing])
def test_missing_values_are_refused(name: str, where: str) -> None:
    with pytest.raises(ValueError, match=r"missing|must hold|must be"):
        CASES[name].run(with_missing(where))


@pytest.mark.parametrize(("name", "where"), [(name, where) for name, case in CASES.items() for where in case.scales])
@pytest.mark.parametrize("world", ["plain", "ties everywhere", "perfect separation"])
def test_units_do_not_matter(name: str, where: str, world: str) -> None:
    case, data = CASES[name], WORLDS[world]
    read = case.scales[where]
    once = read(case.run(data), 1.0)
    again = read(case.run(replace(data, **{where: getattr(data, where) * 1000.0})), 1000.0)
    np.testing.assert_allclose(again, once, rtol=case.tolerance, atol=case.tolerance)


def test_the_plain_world_gives_numbers() -> None:
    silent = [name for name, case in CASES.items() if np.isnan(numbers(case.run(BASE))).all()]
    assert not silent
