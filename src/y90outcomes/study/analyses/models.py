"""Pages of model building, subgroups and centres."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from y90outcomes.study.analyses.base import (
    AnalysisPage,
    CoxInference,
    CoxTies,
    Level,
    LogisticEstimator,
    LogisticInference,
    Positive,
    Scale,
    Share,
)
from y90outcomes.study.base import Name


class ModelPage(AnalysisPage):
    """What analyses of either model family share."""

    family: Literal["logistic", "cox"]
    """Which kind of model."""
    endpoint: Name
    """Binary for logistic models, time to event for Cox models."""
    per: dict[Name, Positive] = {}
    """Unit of a number: 100 for "per 100 Gy"."""
    scale: dict[Name, Scale] = {}
    """log2 for "per doubling", log for "per factor e"; 0 and less are missing then."""
    ties: CoxTies = "efron"
    """Of Cox models."""
    estimator: LogisticEstimator = "auto"
    """Of logistic models."""
    inference: LogisticInference = "profile"
    """Of logistic models."""
    cox_inference: CoxInference = "wald"
    """Of Cox models."""
    level: Level = 0.95
    """Two-sided confidence level."""


class ModelSelectionAnalysis(ModelPage):
    """A multivariable model built by a named rule on one complete-case set frozen for the whole search, with its trace.

    two_step (TARGET): each candidate beside the forced terms enters at p < `enter`; then backward elimination until all
    have p < `stay`. stepwise_aic (DOSISPHERE-01): each alone enters at p < `enter`, then AIC in both directions from
    `start`. enter_all (Watanabe): each alone enters at p < `enter`, then all of them together. backward: all
    candidates, then elimination. Of equal p or AIC the term named first moves.
    """

    method: Literal["model_selection"]
    rule: Literal["two_step", "stepwise_aic", "enter_all", "backward"]
    """How the model is built, as said above."""
    candidates: list[Name] = Field(min_length=1)
    """Terms that may enter; all levels of a category enter or leave together."""
    forced: list[Name] = []
    """Terms never removed, as the dose."""
    enter: Share = 0.1
    """p below which a candidate enters: 0.1 in TARGET, 0.15 in DOSISPHERE-01, 0.05 in Watanabe's study."""
    stay: Share = 0.1
    """p below which a term stays."""
    start: Literal["full", "null"] = "full"
    """Where stepwise_aic begins: with every term that entered (R's `step` of the full model), or the forced ones."""
    test: Literal["likelihood_ratio", "wald"] = "likelihood_ratio"
    """Test of a term, all levels of a factor together, that `enter` and `stay` refer to."""


class SubgroupsAnalysis(ModelPage):
    """The effect of one exposure in every level of prespecified subgroups, each with its interaction test.

    A model per level on the subjects of that level; the interaction is tested by likelihood ratio in one model of all.
    """

    method: Literal["subgroups"]
    exposure: Name
    """Number, or category of two levels."""
    subgroups: list[Name] = Field(min_length=1)
    """Categorical variables whose levels are the subgroups."""
    adjust: list[Name] = []
    """Further terms of every model; one that does not vary within a level is left out there."""
    figure: Literal["forest"] | None = "forest"
    """A line per level; null: no figure."""


class CentresAnalysis(ModelPage):
    """A pooled effect against its centres: the naive effect, the one stratified by centre (Cox) or with centre as a
    fixed effect (logistic), exposure × centre, each centre's own effect with Q, I² and τ², leaving one centre out."""

    method: Literal["centres"]
    exposure: Name
    """Number, or category of two levels."""
    adjust: list[Name] = []
    """Further terms of every model."""
    by: Name = "centre"
    """Category that says where a subject was treated."""
    figure: Literal["forest"] | None = "forest"
    """A line per centre; null: no figure."""
