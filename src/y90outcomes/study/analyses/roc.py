"""The page of ROC analyses."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from y90outcomes.study.analyses.base import AnalysisPage, Cluster, Level, ProportionInterval, Share
from y90outcomes.study.base import Name, Page


class CutoffRule(Page):
    """A rule that chooses a cutoff from the data, or a cutoff fixed beforehand."""

    rule: Literal["youden", "closest_topleft", "sensitivity", "specificity", "fixed"]
    """Greatest Youden index, nearest to the top left corner, a wanted sensitivity or specificity, or a fixed value."""
    at: float | None = None
    """The sensitivity or specificity wanted (0–1), or the fixed cutoff."""

    @model_validator(mode="after")
    def _complete(self) -> CutoffRule:
        needs = self.rule in ("sensitivity", "specificity", "fixed")
        if needs != (self.at is not None):
            raise ValueError(f"rule {self.rule!r} {'needs' if needs else 'takes no'} `at`")
        if self.rule in ("sensitivity", "specificity") and self.at is not None and not 0 < self.at <= 1:
            raise ValueError(f"at: a {self.rule} lies above 0 and up to 1")
        return self


class RocAnalysis(AnalysisPage):
    """Area under the curve, cutoffs with all optima, accuracy at each with intervals, paired comparison."""

    method: Literal["roc"]
    endpoint: Name
    """The binary endpoint."""
    variable: Name
    """The number judged as a marker."""
    direction: Literal["higher", "lower"]
    """Values that speak for the event; fixed here, never chosen from the data."""
    against: list[Name] = []
    """Other numeric variables of the same subjects whose areas are compared with the first's (paired test)."""
    opposite: list[Name] = []
    """Those of `against` for which the other direction speaks for the event."""
    cutoffs: list[CutoffRule] = []
    """Rules by which cutoffs are chosen; all optima of each are listed."""
    interval: Literal["delong", "logit_delong"] = "delong"
    """Interval of the area; logit_delong stays within 0 and 1."""
    cutoff_value: Literal["observed", "midpoint", "medcalc"] = "observed"
    """observed: an observed value and “≥”; midpoint: halfway to the next one; medcalc: that next one and “>”."""
    cluster: Cluster | None = None
    """Lesions of one patient are not independent: Obuchowski's variance first, the naive one beside."""
    accuracy_interval: ProportionInterval = "wilson"
    """Of sensitivity, specificity, predictive values and accuracy; with `cluster` the ratio estimator's instead."""
    prevalence: Share | None = None
    """Prevalence for PPV and NPV; that of the data when not given."""
    level: Level = 0.95
    """Two-sided confidence level."""
    figure: Literal["roc"] | None = "roc"
    """The curve with its cutoffs; null: no figure."""

    @model_validator(mode="after")
    def _distinct(self) -> RocAnalysis:
        if self.variable in self.against:
            raise ValueError(f"against: {self.variable!r} is the variable itself")
        if strangers := [name for name in self.opposite if name not in self.against]:
            raise ValueError(f"opposite: {strangers[0]!r} is not among `against`")
        if len(set(self.cutoffs)) < len(self.cutoffs):
            raise ValueError("cutoffs: one rule is given twice")
        return self
