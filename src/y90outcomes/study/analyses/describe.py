"""Pages of analyses that describe: summaries, rates, rates against each other, two readings, a bar per subject."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from y90outcomes.study.analyses.base import (
    AnalysisPage,
    DifferenceInterval,
    Level,
    NamedTest,
    OddsRatio,
    ProportionInterval,
    QuantileType,
    RatioInterval,
    ReferenceLine,
    Share,
    Statistic,
)
from y90outcomes.study.base import Name


class SummaryAnalysis(AnalysisPage):
    """Describe variables: n and percent of levels, location and spread of numbers."""

    method: Literal["summary"]
    variables: list[Name] = Field(min_length=1)
    """What is described, in order."""
    by: Name | None = None
    """Categorical variable whose levels are the columns; percentages are of a column."""
    statistic: Statistic | Literal["mean_sd_median_range"] = "median_range"
    """How numbers are shown; geometric_mean has a 95 % interval and needs values above 0, mean_sd_median_range takes
    two lines."""
    interval: ProportionInterval = "wilson"
    """Interval of a proportion."""
    quantile_type: QuantileType = "7"
    """How quartiles are found: R's default (7), that of SAS and Stata (2), that of Prism (6)."""
    smd: bool = False
    """Standardised mean differences between the levels of `by`, each later one less each earlier one."""
    smd_variance: Literal["average", "pooled"] = "average"
    """Of a number: over the root of the mean of both variances, or over the pooled SD (Cohen's d)."""


class ProportionAnalysis(AnalysisPage):
    """Rate of a binary endpoint with its interval."""

    method: Literal["proportion"]
    endpoint: Name
    """The binary endpoint."""
    by: Name | None = None
    """Categorical variable; a rate per level and one of everybody."""
    interval: ProportionInterval = "wilson"
    """Interval of a proportion."""
    level: Level = 0.95
    """Two-sided confidence level."""
    condition: Share | None = None
    """Share of subjects that must have the event for a condition stated beforehand; the report says met or not met."""
    figure: Literal["response_bars"] | None = None
    """A bar with its interval per group."""


class ProportionComparisonAnalysis(AnalysisPage):
    """Rates of a binary endpoint between groups: difference, ratio, odds ratio against the first group, and a test."""

    method: Literal["compare_proportions"]
    endpoint: Name
    """The binary endpoint."""
    by: Name
    """Categorical variable; its first level that somebody evaluable has is the reference."""
    measures: list[Literal["difference", "ratio", "odds_ratio"]] = ["difference", "ratio", "odds_ratio"]
    """How each further group is compared with the first; none with an empty list."""
    interval: ProportionInterval = "wilson"
    """Of each group's rate."""
    difference_interval: DifferenceInterval = "newcombe"
    """Interval of a difference of rates."""
    ratio_interval: RatioInterval = "log"
    """log has no limits where a group has no event; score keeps the one there is."""
    odds_ratio: OddsRatio = "sample"
    """sample with Woolf's interval, none with an empty cell; conditional with the exact one (R's fisher.test)."""
    test: Literal["auto", "chi_square", "fisher", "cochran_armitage"] | None = "auto"
    """auto: Fisher when an expected count is below 5, else χ² without correction; the report says which and why."""
    convention: str | None = None
    """Convention of the first test; when not given the protocol's or its dialect's."""
    also: list[NamedTest] = []
    """The same comparison under other named tests or conventions, printed beside."""
    scores: list[float] = []
    """Scores of the levels for Cochran–Armitage, one for each in order; 1, 2, 3, … when not given."""
    level: Level = 0.95
    """Two-sided confidence level."""
    figure: Literal["response_bars"] | None = None
    """A bar with its interval per group."""


class SubjectBarsAnalysis(AnalysisPage):
    """A bar per subject or lesion, ordered by height, coloured by a category."""

    method: Literal["subject_bars"]
    variable: Name
    """Height of a bar."""
    colour: Name
    """Categorical variable."""
    order: Literal["descending", "ascending"] = "descending"
    """Highest or lowest bar first."""
    reference_lines: list[ReferenceLine] = []
    """Lines across the bars."""


class AgreementAnalysis(AnalysisPage):
    """Two readings of the same subjects: cross table, kappa with its interval, observed agreement."""

    method: Literal["agreement"]
    rows: Name
    """The first reading."""
    columns: Name
    """Both variables have the same levels in the same order."""
    weights: Literal["unweighted", "linear", "quadratic"] = "unweighted"
    """Weights of kappa; unweighted where levels have no order."""
    level: Level = 0.95
    """Two-sided confidence level."""
