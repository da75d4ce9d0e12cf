"""The protocol's words for analyses: one page per method, each with its conventions."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

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


class RecommendationInputs(Page):
    """Variables of the protocol that the 2022 recommendations are evaluated from; one not given is missing for all."""

    pvtt_class: Name | None = None
    hvtt_class: Name | None = None
    segments_perfused: Name | None = None
    approach: Name | None = None
    """Extent of liver perfused; says the number of segments where it is not recorded and the extent can."""
    intent: Name | None = None
    bilobar: Name | None = None
    tumour_count: Name | None = None
    tumour_count_open: Name | None = None
    """Whether the reported number is a lower limit."""
    lesion_count: Name | None = None
    """Listed lesions: they can show that there are several tumours, never that there is one."""
    bilirubin: Name | None = None
    child_pugh: Name | None = None
    """Points, or levels A5 to C15."""
    tumour_dose: Name | None = None
    """Which tumour counts is this variable's own definition and roll-up."""
    perfused_normal_dose: Name | None = None
    whole_normal_dose: Name | None = None
    perfused_dose: Name | None = None
    whole_liver_dose: Name | None = None
    reserve: Name | None = None
    """Hepatic reserve in per cent, over the whole or over non-tumour liver as this variable says."""


class RecommendationsAnalysis(AnalysisPage):
    """The 2022 recommendations against the patients: scenarios, each rule attained or not, outcome by attainment."""

    method: Literal["recommendations"]
    inputs: RecommendationInputs
    segmental_thrombus: Literal["vp1", "vp1_vp2", "any"] = "vp1"
    """Portal class (hepatic veins free) that counts as segmental invasion; any: every invasion does."""
    lobectomy_intents: Literal["hypertrophy", "bridge_or_hypertrophy", "bridge_hypertrophy_or_downstaging"] = (
        "bridge_or_hypertrophy"
    )
    """Declared intents that make a radiation lobectomy of a unilobar treatment."""
    sectorial: Literal["unknown", "at_most_two", "more_than_two"] = "unknown"
    """Segments of a sectorial treatment whose number is not recorded."""
    blank_intent: Literal["not_declared", "missing"] = "not_declared"
    """What an intent that is not recorded counts as."""
    normal_voi: Literal["perfused", "whole_liver"] = "perfused"
    """Normal tissue of the 120 Gy limit."""
    lobar_limit: Literal["range", "upper"] = "range"
    """140–150 Gy of a lobe: both ends asked for, or the upper one only."""
    bilobar_range: Literal["range", "upper"] = "range"
    """40–70 Gy of normal liver: both ends asked for, or the upper one only."""
    require_reserve: bool = True
    """Whether the alternatives ask for the hepatic reserve."""
    alternative: Literal[
        "any", "multi_compartment", "multi_compartment_bilirubin", "single_compartment", "single_compartment_trial"
    ] = "any"
    """Alternative that makes a recommendation attained."""
    not_evaluable: Literal["not_attained", "excluded"] = "not_attained"
    """What a patient whose rule cannot be evaluated counts as in the percentage; shown apart in either case."""
    response: Name | None = None
    """Binary endpoint whose rate is given by attainment."""
    survival: Name | None = None
    """Time-to-event endpoint whose median is given by attainment."""
    interval: ProportionInterval = "wilson"
    curve_interval: CurveInterval = "log-log"
    median: MedianRule = "first"
    quantile_type: Literal["7", "2", "6"] = "7"
    level: Level = 0.95


class ToxicityAnalysis(AnalysisPage):
    """Highest toxicity grades: assessed or not, grades, rates with both denominators, progression, shift."""

    method: Literal["toxicity"]
    variables: list[Name] = Field(min_length=1)
    """Highest grade of each event; `toxicity_outcome` also says why somebody has none."""
    without_progression: list[Name] = []
    """The same events in the same order, without progression before onset."""
    baseline: list[Name] = []
    """Grade of the same events at baseline, in the same order; gives the shift table."""
    at_least: Annotated[int, Field(ge=1, le=5)] = 3
    """Lowest grade of the second rate."""
    by: Name | None = None
    interval: ProportionInterval = "wilson"
    level: Level = 0.95

    @model_validator(mode="after")
    def _same_events(self) -> ToxicityAnalysis:
        for name in ("without_progression", "baseline"):
            given = len(getattr(self, name))
            if given not in (0, len(self.variables)):
                raise ValueError(f"{name} needs one variable for each of the {len(self.variables)}, and has {given}")
        return self


class AgreementAnalysis(AnalysisPage):
    """Two readings of the same subjects: cross table, kappa with its interval, observed agreement."""

    method: Literal["agreement"]
    rows: Name
    columns: Name
    """Both variables have the same levels in the same order."""
    weights: Literal["unweighted", "linear", "quadratic"] = "unweighted"
    level: Level = 0.95


AnalysisSpec = Annotated[
    SummaryAnalysis
    | ComparisonAnalysis
    | CrossTableAnalysis
    | ProportionAnalysis
    | KaplanMeierAnalysis
    | FollowUpAnalysis
    | CoxAnalysis
    | SubjectBarsAnalysis
    | AgreementAnalysis
    | RecommendationsAnalysis
    | ToxicityAnalysis,
    Field(discriminator="method"),
]
