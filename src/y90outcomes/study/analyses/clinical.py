"""Pages of analyses of toxicity and of the 2022 recommendations."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from y90outcomes.study.analyses.base import (
    AnalysisPage,
    CurveInterval,
    Level,
    MedianRule,
    ProportionInterval,
    QuantileType,
)
from y90outcomes.study.base import Name, Page


class RecommendationInputs(Page):
    """Variables of the protocol that the 2022 recommendations are evaluated from; one not given is missing for all."""

    pvtt_class: Name | None = None
    """Class of portal vein invasion."""
    hvtt_class: Name | None = None
    """Class of hepatic vein invasion."""
    segments_perfused: Name | None = None
    """Number of segments treated."""
    approach: Name | None = None
    """Extent of liver perfused; says the number of segments where it is not recorded and the extent can."""
    intent: Name | None = None
    """Declared intent of the treatment."""
    bilobar: Name | None = None
    """Whether both lobes hold tumour."""
    tumour_count: Name | None = None
    """Reported number of tumours."""
    tumour_count_open: Name | None = None
    """Whether the reported number is a lower limit."""
    lesion_count: Name | None = None
    """Listed lesions: they can show that there are several tumours, never that there is one."""
    bilirubin: Name | None = None
    """Total bilirubin."""
    child_pugh: Name | None = None
    """Points, or levels A5 to C15."""
    tumour_dose: Name | None = None
    """Which tumour counts is this variable's own definition and roll-up."""
    perfused_normal_dose: Name | None = None
    """Absorbed dose of perfused normal tissue."""
    whole_normal_dose: Name | None = None
    """Absorbed dose of normal tissue of the whole liver."""
    perfused_dose: Name | None = None
    """Absorbed dose of the perfused liver, tumour included."""
    whole_liver_dose: Name | None = None
    """Absorbed dose of the whole liver, tumour included."""
    reserve: Name | None = None
    """Hepatic reserve in per cent, over the whole or over non-tumour liver as this variable says."""


class RecommendationsAnalysis(AnalysisPage):
    """The 2022 recommendations against the patients: scenarios, each rule attained or not, outcome by attainment."""

    method: Literal["recommendations"]
    inputs: RecommendationInputs
    """Variables the rules are evaluated from."""
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
    """Interval of a proportion."""
    curve_interval: CurveInterval = "log-log"
    """Transform of the interval of a survival curve."""
    median: MedianRule = "first"
    """Which time is the median where the curve runs flat at one half."""
    quantile_type: QuantileType = "7"
    """How quartiles of the margins are found."""
    level: Level = 0.95
    """Two-sided confidence level."""


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
    """Categorical variable; columns per level."""
    interval: ProportionInterval = "wilson"
    """Interval of a proportion."""
    level: Level = 0.95
    """Two-sided confidence level."""

    @model_validator(mode="after")
    def _same_events(self) -> ToxicityAnalysis:
        for name in ("without_progression", "baseline"):
            given = len(getattr(self, name))
            if given not in (0, len(self.variables)):
                raise ValueError(f"{name} needs one variable for each of the {len(self.variables)}, and has {given}")
        return self
