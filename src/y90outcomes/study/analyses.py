"""The protocol's words for analyses: one page per method, each with its conventions."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from y90outcomes.study.base import Name, Page

Statistic = Literal["median_range", "median_iqr", "mean_sd"]
ProportionInterval = Literal["wilson", "wilson_cc", "clopper_pearson", "agresti_coull", "wald"]
CurveInterval = Literal["log-log", "log", "plain", "logit", "arcsine"]
MedianRule = Literal["first", "midpoint"]
Level = Annotated[float, Field(gt=0.5, lt=1)]


class ReferenceLine(Page):
    """A line a figure draws at a dose of interest."""

    value: float
    label: str


class AnalysisPage(Page):
    """What every analysis may say."""

    title: str
    """Heading in the report."""
    set: Name | None = None
    """Analysis set; the first of the protocol when not given."""
    caption: str = ""
    """A sentence under the table or figure."""


class NamedTest(Page):
    """A test by name with its convention."""

    test: Literal["kruskal_wallis", "mann_whitney", "t_test", "chi_square", "fisher"]
    convention: str | None = None
    """Name of the convention (see `conventions`); its default when not given."""


class SummaryAnalysis(AnalysisPage):
    """Describe variables: n and percent of levels, location and spread of numbers."""

    method: Literal["summary"]
    variables: list[Name] = Field(min_length=1)
    by: Name | None = None
    """Categorical variable whose levels are the columns; percentages are of a column."""
    statistic: Statistic = "median_range"
    interval: ProportionInterval = "wilson"
    quantile_type: Literal["7", "2", "6"] = "7"


class ComparisonAnalysis(AnalysisPage):
    """Describe one numeric variable by groups and test the difference."""

    method: Literal["compare_groups"]
    variable: Name
    by: Name
    test: Literal["kruskal_wallis", "mann_whitney", "t_test"]
    convention: str | None = None
    also: list[NamedTest] = []
    """The same comparison under other named tests or conventions, printed beside."""
    statistic: Statistic = "median_range"
    quantile_type: Literal["7", "2", "6"] = "7"
    figure: Literal["points_over_quartiles"] | None = None
    reference_lines: list[ReferenceLine] = []


class CrossTableAnalysis(AnalysisPage):
    """Two categorical variables against each other; percentages are of a row."""

    method: Literal["cross_table"]
    rows: Name
    columns: Name
    test: Literal["chi_square", "fisher"] | None = None
    convention: str | None = None
    also: list[NamedTest] = []
    interval: ProportionInterval = "wilson"


class ProportionAnalysis(AnalysisPage):
    """Rate of a binary endpoint with its interval."""

    method: Literal["proportion"]
    endpoint: Name
    by: Name | None = None
    interval: ProportionInterval = "wilson"
    level: Level = 0.95


class KaplanMeierAnalysis(AnalysisPage):
    """Kaplan–Meier curves, median, rates at times, log-rank test."""

    method: Literal["kaplan_meier"]
    endpoint: Name
    by: Name | None = None
    interval: CurveInterval = "log-log"
    median: MedianRule = "first"
    times: list[Annotated[float, Field(ge=0)]] = []
    """Times at which the rate is printed, in the endpoint's unit."""
    test: Literal["log_rank"] | None = None
    level: Level = 0.95
    figure: Literal["kaplan_meier"] | None = "kaplan_meier"


class FollowUpAnalysis(AnalysisPage):
    """Median follow-up by reverse Kaplan–Meier, the plain median of the times beside it."""

    method: Literal["follow_up"]
    endpoint: Name
    interval: CurveInterval = "log-log"
    median: MedianRule = "first"
    ties: Literal["deaths_first", "flipped_indicator"] = "deaths_first"
    level: Level = 0.95


class CoxAnalysis(AnalysisPage):
    """Hazard ratios, Wald p with Wald interval; complete cases, counted."""

    method: Literal["cox"]
    endpoint: Name
    terms: list[Name] = Field(min_length=1)
    """Variables; a categorical one gives a row per level against its first."""
    per: dict[Name, Annotated[float, Field(gt=0)]] = {}
    """Units of a numeric term's hazard ratio, as 100 for per 100 Gy; 1 when not given."""
    ties: Literal["efron", "breslow"] = "efron"
    level: Level = 0.95


class SubjectBarsAnalysis(AnalysisPage):
    """A bar per subject or lesion, ordered by height, coloured by a category."""

    method: Literal["subject_bars"]
    variable: Name
    colour: Name
    order: Literal["descending", "ascending"] = "descending"
    reference_lines: list[ReferenceLine] = []


AnalysisSpec = Annotated[
    SummaryAnalysis
    | ComparisonAnalysis
    | CrossTableAnalysis
    | ProportionAnalysis
    | KaplanMeierAnalysis
    | FollowUpAnalysis
    | CoxAnalysis
    | SubjectBarsAnalysis,
    Field(discriminator="method"),
]
