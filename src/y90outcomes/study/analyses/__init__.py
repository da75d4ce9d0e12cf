"""The protocol's words for analyses: one page per method, each with its conventions. `FACTS` says what each needs."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from y90outcomes.study.analyses.base import (
    AnalysisPage,
    CurveInterval,
    MedianRule,
    NamedTest,
    ProportionInterval,
    ReferenceLine,
)
from y90outcomes.study.analyses.clinical import RecommendationInputs, RecommendationsAnalysis, ToxicityAnalysis
from y90outcomes.study.analyses.describe import (
    AgreementAnalysis,
    ProportionAnalysis,
    ProportionComparisonAnalysis,
    SubjectBarsAnalysis,
    SummaryAnalysis,
)
from y90outcomes.study.analyses.design import AssumedDoses, AssumedPoint, SampleSizeAnalysis
from y90outcomes.study.analyses.groups import (
    ComparisonAnalysis,
    CorrelationAnalysis,
    CrossTableAnalysis,
    FamilyAnalysis,
)
from y90outcomes.study.analyses.logistic import DoseResponseAnalysis, LogisticAnalysis
from y90outcomes.study.analyses.models import CentresAnalysis, ModelPage, ModelSelectionAnalysis, SubgroupsAnalysis
from y90outcomes.study.analyses.roc import CutoffRule, RocAnalysis
from y90outcomes.study.analyses.survival import (
    CompetingRisksAnalysis,
    CoxAnalysis,
    FollowUpAnalysis,
    KaplanMeierAnalysis,
)

AnalysisSpec = Annotated[
    SummaryAnalysis
    | ComparisonAnalysis
    | CrossTableAnalysis
    | ProportionAnalysis
    | ProportionComparisonAnalysis
    | CorrelationAnalysis
    | FamilyAnalysis
    | KaplanMeierAnalysis
    | FollowUpAnalysis
    | CompetingRisksAnalysis
    | CoxAnalysis
    | LogisticAnalysis
    | DoseResponseAnalysis
    | RocAnalysis
    | ModelSelectionAnalysis
    | SubgroupsAnalysis
    | CentresAnalysis
    | SubjectBarsAnalysis
    | AgreementAnalysis
    | RecommendationsAnalysis
    | SampleSizeAnalysis
    | ToxicityAnalysis,
    Field(discriminator="method"),
]

__all__ = [
    "AgreementAnalysis",
    "AnalysisPage",
    "AnalysisSpec",
    "AssumedDoses",
    "AssumedPoint",
    "CentresAnalysis",
    "ComparisonAnalysis",
    "CompetingRisksAnalysis",
    "CorrelationAnalysis",
    "CoxAnalysis",
    "CrossTableAnalysis",
    "CurveInterval",
    "CutoffRule",
    "DoseResponseAnalysis",
    "FamilyAnalysis",
    "FollowUpAnalysis",
    "KaplanMeierAnalysis",
    "LogisticAnalysis",
    "MedianRule",
    "ModelPage",
    "ModelSelectionAnalysis",
    "NamedTest",
    "ProportionAnalysis",
    "ProportionComparisonAnalysis",
    "ProportionInterval",
    "RecommendationInputs",
    "RecommendationsAnalysis",
    "ReferenceLine",
    "RocAnalysis",
    "SampleSizeAnalysis",
    "SubgroupsAnalysis",
    "SubjectBarsAnalysis",
    "SummaryAnalysis",
    "ToxicityAnalysis",
]
