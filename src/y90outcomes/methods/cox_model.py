"""One Cox model of a page on the rows of a selection, and its rows in a table."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from y90outcomes.estimators.cox import CoxFit, CoxTerm, term_test
from y90outcomes.estimators.cox import cox as estimate
from y90outcomes.estimators.numbers import Booleans, Floats, Ints
from y90outcomes.methods.common import Selection, plain, test_row
from y90outcomes.methods.design import Column, Design, design
from y90outcomes.results import EffectRow
from y90outcomes.study.analyses import CoxAnalysis
from y90outcomes.study.meaning import Meaning


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A fit with its design. subjects: how many the complete rows belong to; lost: usable rows that lack a covariate or
    a stratum, no_stratum those that lack a stratum; clusters (m,) of the complete rows, None without."""

    selection: Selection
    design: Design
    fit: CoxFit
    subjects: int
    lost: int
    no_stratum: int
    clusters: Ints | None


def fitted(
    selection: Selection,
    spec: CoxAnalysis,
    time: Floats,
    state: Floats,
    usable: Booleans,
    *,
    start: Floats | None = None,
    subject: npt.NDArray[np.intp] | None = None,
) -> Fitted:
    """The page's model on the usable rows (n,) of a selection: time, state and start (n,) in two states, subject (n,)
    whose rows they are."""
    placed = usable.copy()
    for name in spec.strata:
        placed &= selection.values(name).notna().to_numpy(dtype=bool)
    made = design(selection, spec.terms, placed, per=spec.per, scale=spec.scale)
    whole = made.whole
    strata = None
    if spec.strata:
        strata = selection.frame.loc[whole, spec.strata].astype(str).groupby(spec.strata, sort=True).ngroup().to_numpy()
    clusters = None if spec.cluster is None else selection.clusters(spec.cluster)[whole]
    fit = estimate(
        time[whole], state[whole], made.matrix, made.names, start=None if start is None else start[whole],
        strata=strata, cluster=clusters, ties=spec.ties, inference=spec.inference, level=spec.level,
    )  # fmt: skip
    subjects = int(whole.sum()) if subject is None else len(np.unique(subject[whole]))
    no_stratum = int((usable & ~placed).sum())
    return Fitted(selection, made, fit, subjects, made.dropped + no_stratum, no_stratum, clusters)


def rows_of(made: Fitted, level: float) -> tuple[EffectRow, ...]:
    """A hazard ratio per column, a test per factor of more than two levels, the test of the model."""
    fit, columns = made.fit, made.design.columns
    rows = [
        _row(made.selection.meaning(column.term), column, term, made, level)
        for column, term in zip(columns, fit.terms, strict=True)
    ]
    for term, positions in made.design.blocks().items():
        if len(positions) > 1:
            label = made.selection.meaning(term).label
            test = term_test(fit, positions)
            rows.append(test_row("term_test", term, test, label=label, events=fit.events))
    if fit.clusters is None:
        label, test = "Likelihood-ratio test of the model", fit.likelihood_ratio
    else:
        label, test = "Wald test of the model", fit.wald
    rows.append(test_row(test.name, "model", test, label=label, events=fit.events))
    return tuple(replace(row, n=made.subjects) for row in rows)


def _row(known: Meaning, column: Column, made: CoxTerm, of: Fitted, level: float) -> EffectRow:
    """The row of one column: Wald numbers together, or likelihood-ratio numbers together."""
    profile = of.fit.inference == "likelihood_ratio"
    return EffectRow(
        quantity="hazard_ratio",
        term=known.name,
        contrast=column.contrast,
        label=column.label(known),
        unit=column.unit,
        estimate=plain(made.hazard_ratio),
        lower=plain(made.lower),
        upper=plain(made.upper),
        level=level,
        se=None if profile else plain(made.se),
        statistic=plain(made.chi_square if profile else made.z),
        df=1 if profile and made.valid else None,
        p=plain(made.p),
        n=of.fit.n,
        events=of.fit.events,
        valid=made.valid,
        reason=made.reason,
        not_reached=made.not_reached,
        convention=of.fit.inference,
    )
