"""Tests by the protocol's name: which estimator, which convention, which row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from y90outcomes.conventions import default
from y90outcomes.estimators.chi_square import chi_square
from y90outcomes.estimators.fisher import fisher
from y90outcomes.estimators.kruskal_wallis import kruskal_wallis
from y90outcomes.estimators.mann_whitney import mann_whitney
from y90outcomes.estimators.numbers import Test
from y90outcomes.estimators.t_test import t_test

Samples = list[npt.NDArray[np.float64]]


def _pair(name: str, samples: Samples, made: Callable[[Samples], Test]) -> Test:
    if len(samples) != 2:
        reason = f"this test compares two groups; {len(samples)} hold values"
        return Test(name, n=sum(map(len, samples)), valid=False, reason=reason)
    return made(samples)


SAMPLES: Mapping[str, Callable[[Samples, str], Test]] = MappingProxyType(
    {
        "kruskal_wallis": lambda samples, _: kruskal_wallis(samples),
        "mann_whitney": lambda samples, convention: _pair(
            "mann_whitney", samples, lambda pair: mann_whitney(*pair, method=convention)
        ),
        "t_test": lambda samples, convention: _pair("t_test", samples, lambda pair: t_test(*pair, variance=convention)),
    }
)
"""test of samples -> estimator, given the convention's name."""

TABLES: Mapping[str, Callable[[npt.NDArray[np.int64], str], Test]] = MappingProxyType(
    {
        "chi_square": lambda table, convention: chi_square(table, correction=convention),
        "fisher": lambda table, _: fisher(table),
    }
)
"""test of a cross-table -> estimator, given the convention's name."""

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "kruskal_wallis": "Kruskal–Wallis test",
        "mann_whitney": "Mann–Whitney test",
        "t_test": "t test",
        "chi_square": "χ² test",
        "fisher": "Fisher's exact test",
    }
)


def quantity(test: str, convention: str | None) -> str:
    """The name of a test in an address: the test, and its convention where one was named."""
    return test if convention is None else f"{test}_{convention}"


def convention_of(test: str, named: str | None) -> str:
    """The convention used: the one named, else the default ("" for a test without any)."""
    if named is not None:
        return named
    return "" if test == "fisher" else default(test)
