"""Pages of analyses that compare groups, correlate two numbers, or adjust a family of tests."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from y90outcomes.study.analyses.base import (
    Adjust,
    AnalysisPage,
    Level,
    NamedTest,
    ProportionInterval,
    QuantileType,
    ReferenceLine,
    Statistic,
)
from y90outcomes.study.base import Name


class ComparisonAnalysis(AnalysisPage):
    """Describe one numeric variable by groups and test the difference."""

    method: Literal["compare_groups"]
    variable: Name
    """The number compared."""
    by: Name
    """Categorical variable or binary endpoint; Jonckheere–Terpstra takes its levels in the protocol's order."""
    test: Literal["kruskal_wallis", "mann_whitney", "t_test", "jonckheere_terpstra"]
    """The first test."""
    convention: str | None = None
    """Convention of the first test; when not given the protocol's or its dialect's."""
    also: list[NamedTest] = []
    """The same comparison under other named tests or conventions, printed beside."""
    scale: Literal["linear", "log"] = "linear"
    """log: geometric means and, between two groups, their ratio; a t test is then done on logarithms."""
    statistic: Statistic = "median_range"
    """How each group is described."""
    quantile_type: QuantileType = "7"
    """How quartiles are found: R's default (7), that of SAS and Stata (2), that of Prism (6)."""
    level: Level = 0.95
    """Two-sided confidence level."""
    figure: Literal["points_over_quartiles"] | None = None
    """Every subject over the quartiles of its group."""
    reference_lines: list[ReferenceLine] = []
    """Lines across the figure."""


class CrossTableAnalysis(AnalysisPage):
    """Two categorical variables against each other; percentages are of a row."""

    method: Literal["cross_table"]
    rows: Name
    """The groups; percentages are of a row."""
    columns: Name
    """What is counted in them."""
    test: Literal["auto", "chi_square", "fisher", "mcnemar", "cochran_armitage"] | None = None
    """auto: Fisher when an expected count is below 5, else χ²; McNemar and Cochran–Armitage need two columns."""
    convention: str | None = None
    """Convention of the first test; when not given the protocol's or its dialect's."""
    also: list[NamedTest] = []
    """The same table under other named tests or conventions, printed beside."""
    scores: list[float] = []
    """Scores of the rows for Cochran–Armitage; 1, 2, 3, … when not given."""
    interval: ProportionInterval = "wilson"
    """Interval of a proportion."""


class CorrelationAnalysis(AnalysisPage):
    """Two numeric variables: Spearman's or Pearson's correlation with its interval."""

    method: Literal["correlation"]
    x: Name
    """One number."""
    y: Name
    """The other number of the same subjects."""
    kind: Literal["spearman", "pearson"] = "spearman"
    """Of ranks, or of the values themselves."""
    p: Literal["auto", "exact", "t", "as89"] = "auto"
    """Spearman's p: exact permutation, t approximation, R's own rule (as89), or exact up to 10 subjects, else t.
    Pearson's is always by t."""
    level: Level = 0.95
    """Two-sided confidence level."""


class FamilyAnalysis(AnalysisPage):
    """p values of other analyses adjusted together for multiplicity; the family is declared here."""

    method: Literal["family"]
    tests: list[str] = Field(min_length=2)
    """Addresses of tests or effects of this report (`<result>/<quantity>/<term>[/<contrast>]`)."""
    adjust: Adjust = "holm"
    """How p values are adjusted."""
    alpha: float = Field(default=0.05, gt=0, lt=0.5)
    """Adjusted p below it is called significant."""

    def addresses(self) -> list[str]:
        """The members' addresses, without the field."""
        return [address.partition("#")[0] for address in self.tests]

    def members(self) -> list[str]:
        """The analysis each member is of, in the same order."""
        return [address.partition("/")[0].partition(".")[0] for address in self.addresses()]
