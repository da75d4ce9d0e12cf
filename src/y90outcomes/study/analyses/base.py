"""What the pages of analyses share: title, set, caption, and the names of conventions they may choose from."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from y90outcomes.study.base import Name, Page

Statistic = Literal["median_range", "median_iqr", "mean_sd", "geometric_mean"]
ProportionInterval = Literal["wilson", "wilson_cc", "clopper_pearson", "agresti_coull", "wald"]
CurveInterval = Literal["log-log", "log", "plain", "logit", "arcsine"]
MedianRule = Literal["first", "midpoint"]
DifferenceInterval = Literal["newcombe", "newcombe_cc", "wald", "wald_cc", "agresti_caffo"]
RatioInterval = Literal["log", "score"]
OddsRatio = Literal["sample", "conditional"]
QuantileType = Literal["7", "2", "6"]
CoxTies = Literal["efron", "breslow"]
CoxInference = Literal["wald", "likelihood_ratio"]
LogisticInference = Literal["profile", "wald"]
LogisticEstimator = Literal["auto", "ml", "firth"]
Scale = Literal["linear", "log2", "log"]
Adjust = Literal["none", "holm", "benjamini_hochberg", "bonferroni"]
Cluster = Literal["patient", "centre"]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(gt=0, lt=1)]
Level = Annotated[float, Field(gt=0.5, lt=1)]


class ReferenceLine(Page):
    """A line a figure draws at a dose of interest."""

    value: float
    """In the unit of the axis."""
    label: str
    """Printed at the line."""


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

    test: Literal[
        "auto",
        "kruskal_wallis",
        "mann_whitney",
        "t_test",
        "jonckheere_terpstra",
        "chi_square",
        "fisher",
        "mcnemar",
        "cochran_armitage",
    ]
    """Name of the test."""
    convention: str | None = None
    """Name of the convention (see `conventions`); its default when not given."""
