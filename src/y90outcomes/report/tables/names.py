"""Printed names of quantities, verdicts and ways to show a row of a summary."""

from __future__ import annotations

SHOWS = {
    "n_percent": "n (%)",
    "n_percent_ci": "n (%; 95% CI)",
    "median_range": "median [range]",
    "median_iqr": "median [Q1–Q3]",
    "mean_sd": "mean ± SD",
    "geometric_mean": "geometric mean (95% CI)",
    "mean_sd_median_range": "mean ± SD; median [range]",
}
"""How a row of a summary is printed -> what its heading says."""

QUANTITIES = {
    "hazard_ratio": "Hazard ratio",
    "odds_ratio": "Odds ratio",
    "median": "Median",
    "dose_for": "Dose for a probability",
    "rate": "Rate",
    "median_follow_up": "Median follow-up",
    "odds_ratio_firth": "Odds ratio, Firth",
    "odds_ratio_clustered": "Odds ratio, clusters allowed for",
    "likelihood_ratio": "Likelihood-ratio test",
    "score": "Score test",
    "concordance": "Concordance",
    "plain_median": "Plain median",
    "shortest_time": "Shortest time",
    "longest_time": "Longest time",
    "geometric_mean_ratio": "Ratio of geometric means",
    "mean_difference": "Difference of means",
    "kappa": "Kappa",
    "intraclass_correlation": "Intraclass correlation",
    "nonlinearity": "Non-linearity",
    "survival": "Survival",
    "proportion": "Proportion",
    "follow_up": "Median follow-up",
    "log_rank": "Log-rank test",
    "stratified_log_rank": "Stratified log-rank test",
    "log_rank_trend": "Log-rank test for trend",
    "log_rank_adjusted": "Log-rank test, p adjusted",
    "rate_difference": "Difference of rates",
    "rate_test": "Test of two rates",
    "restricted_mean": "Restricted mean",
    "restricted_mean_horizon": "Horizon of the restricted mean",
    "restricted_mean_difference": "Difference of restricted means",
    "restricted_mean_ratio": "Ratio of restricted means",
    "cumulative_incidence": "Cumulative incidence",
    "kaplan_meier_complement": "1 − Kaplan–Meier",
    "cause_specific_hazard_ratio": "Cause-specific hazard ratio",
    "ph_test": "Proportional hazards",
    "term_test": "Whole terms",
    "wald": "Wald test",
    "kruskal_wallis": "Kruskal–Wallis test",
    "mann_whitney": "Mann–Whitney test",
    "chi_square": "χ² test",
    "fisher": "Fisher's exact test",
    "t_test": "t test",
    "auto": "Test of association",
    "jonckheere_terpstra": "Jonckheere–Terpstra test",
    "mcnemar": "McNemar's test",
    "cochran_armitage": "Cochran–Armitage test",
    "spearman": "Spearman's ρ",
    "pearson": "Pearson's r",
    "adjusted_p": "Adjusted p",
    "risk_difference": "Difference of rates",
    "risk_ratio": "Ratio of rates",
    "smd": "Standardised mean difference",
    "interaction": "Interaction",
    "heterogeneity": "Cochran's Q",
    "i_squared": "I²",
    "tau_squared": "τ²",
    "auc": "Area under the ROC curve",
    "auc_clustered": "Area, clusters allowed for",
    "auc_independent": "Area, all subjects independent",
    "auc_difference": "Difference of areas",
    "auc_equality": "DeLong's test of several areas",
    "ppv": "Positive predictive value",
    "npv": "Negative predictive value",
    "lr_positive": "Positive likelihood ratio",
    "lr_negative": "Negative likelihood ratio",
}
"""Printed names of quantities; another name prints with spaces and a capital."""

CHI_SQUARE = frozenset(
    {
        "likelihood_ratio", "term_test", "ph_test", "wald", "score", "rate_test", "log_rank", "interaction",
        "heterogeneity", "nonlinearity", "auc_equality",
    }
)  # fmt: skip
"""Tests whose statistic is referred to the χ² distribution."""

VERDICTS = {
    "agrees": "agrees",
    "last_digit": "last digit",
    "method_differs": "method differs",
    "disagrees": "disagrees",
    "not_checkable": "not checkable",
}


def quantity_name(name: str) -> str:
    """The printed name of a quantity; its own name in words where none is recorded."""
    return QUANTITIES.get(name) or name.replace("_", " ").capitalize()
