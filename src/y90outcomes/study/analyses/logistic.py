"""Pages of logistic regression and of the dose–response curve."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from y90outcomes.study.analyses.base import (
    AnalysisPage,
    Cluster,
    Level,
    LogisticEstimator,
    LogisticInference,
    Positive,
    Scale,
    Share,
)
from y90outcomes.study.base import Name


class LogisticAnalysis(AnalysisPage):
    """Odds ratios of a binary endpoint; complete cases, counted."""

    method: Literal["logistic"]
    endpoint: Name
    """The binary endpoint."""
    terms: list[Name] = Field(min_length=1)
    """Variables; a categorical one gives a row per level against its first. `centre` is the centre."""
    per: dict[Name, Positive] = {}
    """Units of a numeric term's odds ratio, as 100 for per 100 Gy; 1 when not given."""
    scale: dict[Name, Scale] = {}
    """log2: odds ratio per doubling."""
    estimator: LogisticEstimator = "auto"
    """auto: maximum likelihood, Firth's on detected separation only; few events give Firth's column beside. Not used
    with `cluster`, which gives no estimate under separation."""
    inference: LogisticInference = "profile"
    """profile: likelihood-ratio p with profile-likelihood interval; wald: Wald p with Wald interval. With `cluster`
    always Wald, by the robust variance."""
    cluster: Cluster | None = None
    """Lesions of one patient, or patients of one centre, are not independent: `cluster_method` is used. Lesions without
    `cluster` are taken as independent, with a note and the clustered odds ratios beside."""
    cluster_method: Literal["gee", "robust"] = "gee"
    """gee: generalised estimating equations with `correlation`; robust: maximum likelihood, robust variance."""
    correlation: Literal["exchangeable", "independence"] = "exchangeable"
    """Of two subjects of one cluster: the same for all, or none."""
    moments: Literal["plain", "minus_p"] = "plain"
    """Denominator of the working correlation: pairs, or pairs less parameters."""
    small_sample: Literal["mancl_derouen", "clusters_minus_1", "none"] = "mancl_derouen"
    """mancl_derouen: corrected residuals, t on clusters less parameters; clusters_minus_1: variance times G/(G − 1)."""
    level: Level = 0.95
    """Two-sided confidence level."""


class DoseResponseAnalysis(AnalysisPage):
    """Probability of a binary endpoint over dose: curve with band, rug, observed rates by stratum, dose for a
    probability, and a restricted cubic spline's test of non-linearity."""

    method: Literal["dose_response"]
    endpoint: Name
    """The binary endpoint."""
    dose: Name
    """The number on the axis."""
    per: Positive = 1.0
    """Unit of the odds ratio on the linear scale, as 100 for per 100 Gy; the curve does not depend on it."""
    scale: Scale = "linear"
    """log2: the model is linear in the logarithm of dose, odds ratio per doubling; a dose of 0 is then missing."""
    strata: Name | None = None
    """Categorical variable whose observed rates are drawn at the median dose of each level."""
    targets: list[Share] = []
    """Probabilities whose doses are wanted; a dose outside the data is refused."""
    target_interval: Literal["profile", "fieller", "delta"] = "profile"
    """profile: likelihood ratio of the line forced through the probability; fieller: Wald's test of the same, inverted;
    delta: normal about the estimate."""
    also_intervals: list[Literal["profile", "fieller", "delta"]] = []
    """Further intervals of the same doses, each in a row of its own."""
    knots: Literal[0, 3, 4, 5] = 0
    """Knots of a restricted cubic spline drawn and tested beside the line; 0 for none."""
    estimator: LogisticEstimator = "auto"
    """auto: maximum likelihood, Firth's on detected separation only; few events give Firth's odds ratio beside."""
    inference: LogisticInference = "profile"
    """profile: likelihood-ratio tests and profile interval of the odds ratio; wald: Wald tests and interval."""
    level: Level = 0.95
    """Two-sided confidence level."""
    figure: Literal["dose_response"] | None = "dose_response"
    """The curve with its band; null: no figure."""

    @model_validator(mode="after")
    def _once(self) -> DoseResponseAnalysis:
        if self.scale != "linear" and self.per != 1.0:
            raise ValueError("`per` belongs to the linear scale; a logarithm has no unit")
        if len(set(self.targets)) < len(self.targets):
            raise ValueError("`targets` names a probability twice")
        if len({self.target_interval, *self.also_intervals}) <= len(self.also_intervals):
            raise ValueError("`also_intervals` names an interval twice or the one of `target_interval`")
        return self
