"""Page of the sample size of a study, said before any patient is looked at."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from y90outcomes.study.analyses.base import AnalysisPage, Level, NotNegative, Positive, Share
from y90outcomes.study.base import Name, Page


class AssumedPoint(Page):
    """A point of the curve that is assumed to be true."""

    dose: NotNegative
    """In the unit of the dose."""
    probability: Share
    """Of the event at this dose."""


class AssumedDoses(Page):
    """How the doses of the patients are assumed to spread: log-normal, or through quantiles."""

    median: Positive | None = None
    """Median of a log-normal distribution."""
    sd_log: NotNegative | None = None
    """Standard deviation of the natural logarithm."""
    quantiles: list[NotNegative] = []
    """Instead: doses at equally spaced shares, the lowest and the highest among them; straight between."""

    @model_validator(mode="after")
    def _one_way(self) -> AssumedDoses:
        normal = self.median is not None and self.sd_log is not None
        if (self.median is None) != (self.sd_log is None) or normal == bool(self.quantiles):
            raise ValueError("doses need `median` with `sd_log`, or `quantiles` alone")
        if self.quantiles and (len(self.quantiles) < 2 or sorted(self.quantiles) != self.quantiles):
            raise ValueError("`quantiles` are at least two doses in rising order")
        return self


class SampleSizeAnalysis(AnalysisPage):
    """Size of a study from the width of the interval of simulated logistic curves (TARGET); no patient is looked at."""

    method: Literal["sample_size"]
    endpoint: Name
    """The binary endpoint whose curve is simulated; it gives the name of the event, none of its patients is read."""
    dose: Name
    """The number on the axis; it gives the name and the unit."""
    assumed: list[AssumedPoint] = Field(min_length=2, max_length=2)
    """Two points of the curve assumed to be true."""
    doses: AssumedDoses
    """How doses are assumed to spread."""
    sizes: list[Annotated[int, Field(ge=2, le=5000)]] = Field(min_length=1)
    """Numbers of patients, rising."""
    at: list[NotNegative] = Field(min_length=1)
    """Doses at which the width is told."""
    replicates: Annotated[int, Field(ge=100, le=10000)] = 1000
    """Simulated studies of every size."""
    seed: Annotated[int, Field(ge=0)] = 1
    """Start of the random numbers; the same seed gives the same widths."""
    central: Share = 0.9
    """Share of simulated studies between the two limits of a width."""
    level: Level = 0.95
    """Two-sided confidence level of the curve."""
    figure: Literal["curve_width"] | None = "curve_width"
    """Width over the number of patients; null: no figure."""

    @model_validator(mode="after")
    def _in_order(self) -> SampleSizeAnalysis:
        if self.assumed[0].dose == self.assumed[1].dose:
            raise ValueError("`assumed` needs two different doses")
        for name in ("sizes", "at"):
            values = getattr(self, name)
            if sorted(set(values)) != values:
                raise ValueError(f"`{name}` must rise")
        return self
