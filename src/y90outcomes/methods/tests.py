"""Tests by the protocol's name: which estimator, which convention, which row. `auto` is decided here alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from y90outcomes.conventions import CONVENTIONS, words
from y90outcomes.estimators.chi_square import chi_square
from y90outcomes.estimators.cochran_armitage import cochran_armitage
from y90outcomes.estimators.fisher import fisher
from y90outcomes.estimators.jonckheere_terpstra import jonckheere_terpstra
from y90outcomes.estimators.kruskal_wallis import kruskal_wallis
from y90outcomes.estimators.mann_whitney import mann_whitney
from y90outcomes.estimators.mcnemar import mcnemar
from y90outcomes.estimators.numbers import Floats, Ints, Test, invalid_test
from y90outcomes.estimators.t_test import t_test
from y90outcomes.methods.common import test_row
from y90outcomes.results import EffectRow, Note
from y90outcomes.study import Study
from y90outcomes.study.analyses import NamedTest
from y90outcomes.study.analyses.facts import TEST_CONVENTIONS
from y90outcomes.study.speaking import convention as in_force

Samples = list[Floats]

LEAST_EXPECTED = 5
"""`auto` takes Fisher's test when an expected count is below this (Cochran, Biometrics 1954;10:417)."""


def _pair(name: str, samples: Samples, made: Callable[[Samples], Test]) -> Test:
    if len(samples) != 2:
        return invalid_test(
            name, f"this test compares two groups; {len(samples)} hold values", n=sum(map(len, samples))
        )
    return made(samples)


SAMPLES: Mapping[str, Callable[[Samples, str], Test]] = MappingProxyType(
    {
        "kruskal_wallis": lambda samples, _: kruskal_wallis(samples),
        "mann_whitney": lambda samples, convention: _pair(
            "mann_whitney", samples, lambda pair: mann_whitney(*pair, method=convention)
        ),
        "t_test": lambda samples, convention: _pair("t_test", samples, lambda pair: t_test(*pair, variance=convention)),
        "jonckheere_terpstra": lambda samples, convention: jonckheere_terpstra(samples, method=convention),
    }
)
"""test of samples -> estimator, given the convention's name."""

TABLES: Mapping[str, Callable[[Ints, str, Sequence[float] | None], Test]] = MappingProxyType(
    {
        "chi_square": lambda table, convention, _: chi_square(_filled(table), correction=convention),
        "fisher": lambda table, _, __: fisher(_filled(table)),
        "mcnemar": lambda table, convention, _: mcnemar(table, method=convention),
        "cochran_armitage": lambda table, convention, scores: cochran_armitage(
            table[:, 1], table.sum(axis=1), scores, variance=convention
        ),
    }
)
"""test of a cross-table -> estimator, given the convention's name and scores of the rows. Rows and columns nobody is in
do not count for χ² and Fisher; Cochran–Armitage keeps the place of an empty row and takes the second column as the
event (its test is the same for the first)."""

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "kruskal_wallis": "Kruskal–Wallis test",
        "mann_whitney": "Mann–Whitney test",
        "t_test": "t test",
        "jonckheere_terpstra": "Jonckheere–Terpstra test",
        "chi_square": "χ² test",
        "fisher": "Fisher's exact test",
        "mcnemar": "McNemar's test",
        "cochran_armitage": "Cochran–Armitage trend test",
    }
)


def quantity(test: str, convention: str | None) -> str:
    """The name of a test in an address: the protocol's word for it, and its convention where one was named."""
    return test if convention is None else f"{test}_{convention}"


def convention_of(study: Study, named: NamedTest) -> str:
    """The convention used: the one named, else the protocol's or its dialect's, else the default ("" for a test
    without any)."""
    if named.convention is not None:
        return named.convention
    return in_force(study, TEST_CONVENTIONS[named.test]) if named.test in TEST_CONVENTIONS else ""


def conventions_of(study: Study, first: NamedTest) -> dict[str, str]:
    """The conventions of a result whose first test this is."""
    chosen = convention_of(study, first)
    return {first.test: chosen} if chosen else {}


def sample_row(study: Study, named: NamedTest, term: str, samples: Samples, *, log: bool, primary: bool) -> EffectRow:
    """A test of samples as a row. `log`: a t test is of logarithms; tests of ranks are the same on either scale."""
    convention = convention_of(study, named)
    logged = log and named.test == "t_test"
    if logged and any((sample <= 0).any() for sample in samples):
        low, n = sum(int((sample <= 0).sum()) for sample in samples), sum(map(len, samples))
        reason = f"no logarithms: {low} of {n} values {'is' if low == 1 else 'are'} 0 or below"
        made = invalid_test(named.test, reason, n=n, conventions={named.test: convention})
    else:
        made = SAMPLES[named.test]([np.log(sample) for sample in samples] if logged else samples, convention)
    if logged:
        made = replace(made, conventions={**made.conventions, "scale": "log"})
    label = _words(made, named.test, convention)
    return test_row(quantity(named.test, named.convention), term, made, label=label, primary=primary)


def table_rows(
    study: Study, asked: Sequence[NamedTest], term: str, table: Ints, *, scores: Sequence[float] = ()
) -> tuple[list[EffectRow], tuple[Note, ...]]:
    """The tests of a cross-table as rows, the first of them primary, and what `auto` chose and why.

    table   counts (groups, levels), every group and level of the protocol in order, empty ones included
    scores  one per row for Cochran–Armitage; 1, 2, 3, … when none
    """
    rows, notes = [], []
    for index, named in enumerate(asked):
        test: str = named.test
        convention = convention_of(study, named)
        if named.test == "auto":
            test, why = choose(table)
            convention = "plain" if test == "chi_square" else ""
            notes.append(Note("test_chosen", why))
        made = TABLES[test](table, convention, list(scores) or None)
        label = _words(made, test, convention)
        name = quantity(named.test, named.convention)
        rows.append(test_row(name, term, made, label=label, primary=index == 0))
    return rows, tuple(notes)


def _words(made: Test, test: str, convention: str) -> str:
    """A test in words, as it was done: "exact" where `auto` came to that, the scores where they matter."""
    said = [words(item, name) if item in CONVENTIONS else f"{item} {name}" for item, name in made.conventions.items()]
    return ", ".join(said) or (words(test, convention) if convention else WORDS[test])


def choose(table: Ints) -> tuple[str, str]:
    """What `auto` means for a table: "fisher" or "chi_square" (plain), and why in a sentence.

    Fisher when an expected count of the rows and columns anybody is in is below 5, compared in whole numbers.
    """
    filled = _filled(table)
    products = np.outer(filled.sum(axis=1), filled.sum(axis=0))
    low = int((products < LEAST_EXPECTED * filled.sum()).sum())
    if low:
        return "fisher", (
            f"Fisher's exact test was chosen: {low} of {products.size} expected counts are below {LEAST_EXPECTED}."
        )
    return "chi_square", (
        f"Pearson's χ² test without continuity correction was chosen: no expected count is below {LEAST_EXPECTED}."
    )


def _filled(table: Ints) -> Ints:
    """The rows and columns anybody is in; at least a 0 × 0 table."""
    rows = table[table.sum(axis=1) > 0]
    filled: Ints = rows[:, rows.sum(axis=0) > 0]
    return filled
