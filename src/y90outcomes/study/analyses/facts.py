"""What each method is called, which fields name variables, which endpoint it needs, which conventions it chooses.

One place: the check of names, the prose and the dialects read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Facts:
    """words        name in the methods section
    variables    field naming variables -> "number", "category" or None for either
    endpoint     kind of endpoint its `endpoint` field needs, "" where it has none
    conventions  field -> item of `conventions.CONVENTIONS`
    tests        tests its `test` and `also` may name
    follows      items it takes from the protocol's `conventions` or dialect alone; no field of its page holds them
    """

    words: str
    variables: Mapping[str, str | None] = field(default_factory=dict)
    endpoint: str = ""
    conventions: Mapping[str, str] = field(default_factory=dict)
    tests: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()


_KM = {"interval": "kaplan_meier_interval", "median": "median_rule"}
_MODEL = {
    "ties": "cox_ties",
    "estimator": "logistic_estimator",
    "inference": "logistic_inference",
    "cox_inference": "cox_inference",
}

FACTS: Mapping[str, Facts] = MappingProxyType(
    {
        "summary": Facts(
            "descriptive summary",
            {"variables": None, "by": "category"},
            conventions={
                "interval": "proportion_interval",
                "quantile_type": "quantile_type",
                "smd_variance": "smd_variance",
            },
        ),
        "compare_groups": Facts(
            "group comparison",
            {"variable": "number", "by": "category"},
            conventions={"quantile_type": "quantile_type"},
            tests=("kruskal_wallis", "mann_whitney", "t_test", "jonckheere_terpstra"),
            follows=("t_test",),  # the ratio of geometric means
        ),
        "cross_table": Facts(
            "cross-tabulation",
            {"rows": "category", "columns": "category"},
            conventions={"interval": "proportion_interval"},
            tests=("auto", "chi_square", "fisher", "mcnemar", "cochran_armitage"),
        ),
        "agreement": Facts(
            "agreement of two readings",
            {"rows": "category", "columns": "category"},
            conventions={"weights": "kappa_weights"},
            follows=("proportion_interval",),
        ),
        "proportion": Facts(
            "rate", {"by": "category"}, endpoint="binary", conventions={"interval": "proportion_interval"}
        ),
        "compare_proportions": Facts(
            "comparison of rates",
            {"by": "category"},
            endpoint="binary",
            conventions={
                "interval": "proportion_interval",
                "difference_interval": "proportion_difference_interval",
                "ratio_interval": "proportion_ratio_interval",
                "odds_ratio": "odds_ratio",
            },
            tests=("auto", "chi_square", "fisher", "cochran_armitage"),
        ),
        "correlation": Facts("correlation", {"x": "number", "y": "number"}, conventions={"p": "spearman"}),
        "family": Facts("adjustment for multiplicity", conventions={"adjust": "adjustment"}),
        "kaplan_meier": Facts(
            "Kaplan–Meier",
            {"by": "category", "strata": "category"},
            endpoint="time_to_event",
            conventions={**_KM, "difference_interval": "rate_difference_interval"},
            tests=("log_rank", "stratified_log_rank", "log_rank_trend"),
        ),
        "follow_up": Facts(
            "median follow-up",
            endpoint="time_to_event",
            conventions={"ties": "reverse_kaplan_meier_ties", **_KM},
        ),
        "competing_risks": Facts(
            "cumulative incidence with competing events (Aalen–Johansen)",
            {"by": "category", "terms": None},
            endpoint="time_to_event",
            conventions={"interval": "cumulative_incidence_interval", "ties": "cox_ties"},
        ),
        "cox": Facts(
            "Cox regression",
            {"terms": None, "strata": "category"},
            endpoint="time_to_event",
            conventions={
                "ties": "cox_ties",
                "inference": "cox_inference",
                "proportional_hazards": "proportional_hazards",
            },
        ),
        "logistic": Facts(
            "logistic regression",
            {"terms": None},
            endpoint="binary",
            conventions={
                "estimator": "logistic_estimator",
                "inference": "logistic_inference",
                "small_sample": "cluster_small_sample",
                "correlation": "gee_correlation",
                "moments": "gee_moments",
            },
        ),
        "dose_response": Facts(
            "logistic dose–response curve",
            {"dose": "number", "strata": "category"},
            endpoint="binary",
            conventions={
                "estimator": "logistic_estimator",
                "inference": "logistic_inference",
                "target_interval": "inverse_prediction_interval",
            },
            follows=("proportion_interval",),  # observed rates of the strata
        ),
        "roc": Facts(
            "ROC analysis",
            {"variable": "number", "against": "number", "opposite": "number"},
            endpoint="binary",
            conventions={
                "interval": "auc_interval",
                "cutoff_value": "cutoff_value",
                "accuracy_interval": "proportion_interval",
            },
        ),
        "model_selection": Facts(
            "model building",
            {"candidates": None, "forced": None},
            endpoint="binary or time_to_event",
            conventions={**_MODEL, "test": "selection_test"},
        ),
        "subgroups": Facts(
            "effect by subgroup",
            {"exposure": None, "subgroups": "category", "adjust": None},
            endpoint="binary or time_to_event",
            conventions=_MODEL,
        ),
        "centres": Facts(
            "heterogeneity between centres",
            {"exposure": None, "adjust": None, "by": "category"},
            endpoint="binary or time_to_event",
            conventions=_MODEL,
        ),
        "sample_size": Facts(
            "sample size from the width of simulated logistic curves",
            {"dose": "number"},
            endpoint="binary",
        ),
        "subject_bars": Facts("figure", {"variable": "number", "colour": "category"}),
        "recommendations": Facts(
            "attainment of the 2022 recommendations",
            conventions={
                "interval": "proportion_interval",
                "curve_interval": "kaplan_meier_interval",
                "median": "median_rule",
                "quantile_type": "quantile_type",
            },
        ),
        "toxicity": Facts(
            "highest toxicity grades",
            {"variables": "category", "without_progression": "category", "baseline": "category", "by": "category"},
            conventions={"interval": "proportion_interval"},
        ),
    }
)
"""method -> Facts."""

FAMILY_OF: Mapping[str, str] = MappingProxyType(
    {
        "cox_ties": "cox",
        "cox_inference": "cox",
        "logistic_estimator": "logistic",
        "logistic_inference": "logistic",
    }
)
"""item -> the only model family it concerns, on a page that may be of either."""

TEST_CONVENTIONS: Mapping[str, str] = MappingProxyType(
    {
        "kruskal_wallis": "kruskal_wallis",
        "mann_whitney": "mann_whitney",
        "t_test": "t_test",
        "jonckheere_terpstra": "jonckheere_terpstra",
        "chi_square": "chi_square",
        "mcnemar": "mcnemar",
        "cochran_armitage": "cochran_armitage",
    }
)
"""test -> item of `CONVENTIONS` (Fisher's test has none)."""
