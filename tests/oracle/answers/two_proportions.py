"""Our differences, ratios and odds ratios of two proportions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache

import pandas as pd
from tests.oracle.answers.base import Answer, Values
from tests.oracle.datasets import data

from y90outcomes.estimators.numbers import Estimate
from y90outcomes.estimators.odds_ratio import odds_ratio
from y90outcomes.estimators.two_proportions import proportion_difference, proportion_ratio

Counts = tuple[int, int, int, int]


@cache
def tables() -> Mapping[str, Counts]:
    """The tables that two_proportions.R makes of data sets."""
    meerun, larynx, gbsg2, anes = data("meerun_tumours"), data("larynx"), data("gbsg2"), data("anes96")
    lung, spector, rossi, heart = data("lung"), data("spector"), data("rossi"), data("heart")
    psychiatric = data("psychiatric")
    return {
        "meerun": _counts(meerun["pathological_necrosis"] == "CPN", meerun["best_localized_mrecist"] == "CR"),
        "lung": _counts(lung["event"] == 1, lung["sex"] == 2),
        "larynx": _counts(larynx["death"] == 1, larynx["Stage_IV"] == 1),
        "spector": _counts(spector["grade"] == 1, spector["psi"] == 1),
        "rossi": _counts(rossi["event"] == 1, rossi["fin"] == 1),
        "gbsg2": _counts(gbsg2["event"] == 1, gbsg2["horTh"] == "yes"),
        "heart": _counts(heart["event"] == 1, heart["age"] >= 48),
        "psychiatric": _counts(psychiatric["event"] == 1, psychiatric["sex"] == 2),
        "anes96": _counts(anes["vote"] == 1, anes["educ"] >= 4),
    }


def _counts(event: pd.Series, group: pd.Series) -> Counts:
    return int(event[group].sum()), int(group.sum()), int(event[~group].sum()), int((~group).sum())


def counts(dataset: str) -> Counts:
    """A table by name, or as "5/10 3/12" (a twin's name ends in " twin")."""
    if dataset in tables():
        return tables()[dataset]
    first, second = dataset.removesuffix(" twin").split(" ")
    x1, n1, x2, n2 = (int(part) for part in (*first.split("/"), *second.split("/")))
    return x1, n1, x2, n2


def _answer(made: Callable[[Counts, str, float], Estimate]) -> Callable[[str, str], Values]:
    def ours(dataset: str, convention: str) -> Values:
        values: Values = {}
        for level in (0.95, 0.9):
            found = made(counts(dataset), convention, level)
            values |= {f"{name}@{level}": _number(found, name) for name in ("lower", "upper")}
            values |= {name: _number(found, name) for name in ("estimate", "se")}
        return values

    return ours


def _number(found: Estimate, name: str) -> float:
    """An infinite estimate or upper limit, which ours names in `not_reached`, as the references write it."""
    return math.inf if name in found.not_reached else float(getattr(found, name))


ANSWERS: Mapping[str, Answer] = {
    "proportion_difference": Answer(
        _answer(lambda t, convention, level: proportion_difference(*t, interval=convention, level=level))
    ),
    "proportion_ratio": Answer(
        _answer(lambda t, convention, level: proportion_ratio(*t, interval=convention, level=level))
    ),
    "odds_ratio": Answer(_answer(lambda t, convention, level: odds_ratio(*t, kind=convention, level=level))),
}
