"""McNemar's test of two readings of the same subjects."""

from __future__ import annotations

from numpy.typing import ArrayLike

from y90outcomes.conventions import default
from y90outcomes.estimators.arrays import as_counts, check_name
from y90outcomes.estimators.numbers import Test, invalid_test
from y90outcomes.estimators.p_values import chi_square_p


def mcnemar(table: ArrayLike, *, method: str = default("mcnemar")) -> Test:
    """Two-sided test that both readings give the first level equally often: a 2 × 2 table of counts, pairs in cells.

    Rows are the first reading, columns the second; only the discordant counts b = table[0, 1] and c = table[1, 0]
    matter. method: "exact" (binomial with chance ½, no statistic; R stats::binom.test(b, b + c)); "plain",
    (b − c)²/(b + c) on 1 degree of freedom (stats::mcnemar.test, correct = FALSE); "edwards", (|b − c| − 1)²/(b + c),
    0 where b = c (stats::mcnemar.test). McNemar, Psychometrika 1947;12:153, doi:10.1007/BF02295996; Edwards,
    Psychometrika 1948;13:185, doi:10.1007/BF02289261. `n` counts all pairs. No discordant pair gives NaN with a reason.
    Raises ValueError for a table that is not 2 × 2 or not of whole counts, or an unknown method.
    """
    counts = as_counts("table", table)
    if counts.shape != (2, 2):
        raise ValueError(f"McNemar's test needs a 2 × 2 table, got {counts.shape[0]} × {counts.shape[1]}")
    conventions = {"mcnemar": check_name("mcnemar", method)}
    n, b, c = int(counts.sum()), int(counts[0, 1]), int(counts[1, 0])
    if b + c == 0:
        reason = "no pair is discordant" if n else "nobody has both readings"
        return invalid_test("mcnemar", reason, n=n, conventions=conventions)
    if method == "exact":
        from scipy import stats

        p = 1.0 if b == c else min(1.0, 2.0 * float(stats.binom.cdf(min(b, c), b + c, 0.5)))
        return Test("mcnemar", p=p, n=n, conventions=conventions)
    apart = abs(b - c) - (1 if method == "edwards" and b != c else 0)
    statistic = apart**2 / (b + c)
    return Test("mcnemar", statistic, 1.0, chi_square_p(statistic, 1), n, conventions=conventions)
