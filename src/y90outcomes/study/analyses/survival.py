"""Pages of analyses of time-to-event endpoints."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from y90outcomes.study.analyses.base import (
    Adjust,
    AnalysisPage,
    Cluster,
    CoxInference,
    CoxTies,
    CurveInterval,
    Level,
    MedianRule,
    NotNegative,
    Positive,
    Scale,
)
from y90outcomes.study.base import Name

LogRankKind = Literal["log_rank", "stratified_log_rank", "log_rank_trend"]


class KaplanMeierAnalysis(AnalysisPage):
    """Kaplan–Meier curves, median, rates at times and their differences, log-rank tests, restricted mean survival."""

    method: Literal["kaplan_meier"]
    endpoint: Name
    """The time-to-event endpoint."""
    by: Name | None = None
    """Categorical variable; a curve per level."""
    interval: CurveInterval = "log-log"
    """Transform of the interval of a curve."""
    median: MedianRule = "first"
    """Which time is the median where the curve runs flat at one half."""
    times: list[NotNegative] = []
    """Times at which the rate is printed, in the endpoint's unit."""
    rate_differences: bool = False
    """Difference of the rates at `times` against the first group."""
    difference_interval: Literal["wald", "hybrid"] = "wald"
    """wald: with a z test; hybrid: from the limits of the two rates, without one."""
    test: LogRankKind | None = None
    """The first test of the groups."""
    also: list[LogRankKind] = []
    """Further tests of the groups."""
    strata: Name | None = None
    """Variable the stratified log-rank test is stratified by; `centre` is the centre."""
    trend_scores: list[float] = []
    """Scores for the trend test, one per level of `by`; 1, 2, 3, … when not given."""
    pairwise: Adjust | None = None
    """Log-rank test of every pair of groups, p adjusted so."""
    restricted_mean: Positive | Literal["smallest_last_time"] | None = None
    """Horizon of the restricted mean survival time, in the endpoint's unit; smallest_last_time: the smallest, over the
    groups, of the last time anybody was seen. Differences and ratios are against the first group."""
    landmark: Positive | None = None
    """Time, in the endpoint's unit, at which the groups are formed in the version beside, where `by` is known only
    after the time origin; not given: the day by which the protocol has `by` known, if it says one."""
    level: Level = 0.95
    """Two-sided confidence level."""
    figure: Literal["kaplan_meier"] | None = "kaplan_meier"
    """The curves with the numbers at risk; null: no figure."""


class FollowUpAnalysis(AnalysisPage):
    """Median follow-up by reverse Kaplan–Meier, the plain median of the times beside it."""

    method: Literal["follow_up"]
    endpoint: Name
    """The time-to-event endpoint."""
    interval: CurveInterval = "log-log"
    """Transform of the interval of the reverse curve."""
    median: MedianRule = "first"
    """Which time is the median where the curve runs flat at one half."""
    ties: Literal["deaths_first", "flipped_indicator"] = "deaths_first"
    """Of death and censoring on one day: the dead have left already, or (R, the indicator turned) are still at risk."""
    level: Level = 0.95
    """Two-sided confidence level."""


class CompetingRisksAnalysis(AnalysisPage):
    """Aalen–Johansen cumulative incidence of an endpoint and its competing event, cause-specific hazard ratios."""

    method: Literal["competing_risks"]
    endpoint: Name
    """A time-to-event endpoint with competing events."""
    by: Name | None = None
    """Categorical variable; curves per level."""
    times: list[NotNegative] = []
    """Times at which the cumulative incidence is printed, in the endpoint's unit."""
    interval: Literal["log-log", "log", "plain"] = "log-log"
    """Transform of the interval of a curve."""
    terms: list[Name] = []
    """Variables of the cause-specific Cox models, one of the event and one of its competitor."""
    per: dict[Name, Positive] = {}
    """Units of a numeric term's hazard ratio, as 100 for per 100 Gy; 1 when not given."""
    scale: dict[Name, Scale] = {}
    """log2: hazard ratio per doubling."""
    ties: CoxTies = "efron"
    """Events on one day in the cause-specific models."""
    level: Level = 0.95
    """Two-sided confidence level."""
    figure: Literal["cumulative_incidence"] | None = "cumulative_incidence"
    """The curves of event and competitor; null: no figure."""


class CoxAnalysis(AnalysisPage):
    """Hazard ratios of complete cases, counted; proportional hazards tested, concordance, late terms made visible."""

    method: Literal["cox"]
    endpoint: Name
    """The time-to-event endpoint."""
    terms: list[Name] = Field(min_length=1)
    """Variables; a categorical one gives a row per level against its first."""
    per: dict[Name, Positive] = {}
    """Units of a numeric term's hazard ratio, as 100 for per 100 Gy; 1 when not given."""
    scale: dict[Name, Scale] = {}
    """log2: hazard ratio per doubling."""
    strata: list[Name] = []
    """Variables whose levels have each their own baseline hazard; `centre` is the centre."""
    cluster: Cluster | None = None
    """Robust variance over clusters (Lin and Wei); Wald inference only."""
    ties: CoxTies = "efron"
    """Events on one day."""
    inference: CoxInference = "wald"
    """wald: p and interval from the standard error; likelihood_ratio: its p with profile-likelihood interval."""
    proportional_hazards: Literal["km", "rank", "identity", "log"] | None = "km"
    """Transform of time in the test of proportional hazards (R's cox.zph); null: no test."""
    residuals: list[Literal["schoenfeld", "martingale"]] = []
    """Figures of scaled Schoenfeld residuals over time, or of martingale residuals over each number of the model."""
    landmark: Positive | None = None
    """Time, in the endpoint's unit, at which terms known only after the origin are read in the version beside; when not
    given the day they are known, or the median of the times they switch, in whole months."""
    level: Level = 0.95
    """Two-sided confidence level."""
