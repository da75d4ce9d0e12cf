"""Statistical conventions by name: the default, the alternatives, and the words a footnote prints.

Every estimator takes its convention as an argument whose default is the one here, and returns the name with the number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

LEVEL = 0.95
"""Two-sided confidence level."""


@dataclass(frozen=True, slots=True)
class Convention:
    """One choice a statistician must be able to see and switch: `words` maps each allowed name to a footnote phrase."""

    item: str
    default: str
    words: Mapping[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """Every name allowed, the default first."""
        return tuple(self.words)


def _convention(item: str, words: dict[str, str]) -> Convention:
    """First name given is the default."""
    return Convention(item, next(iter(words)), MappingProxyType(words))


_ALL = (
    _convention(
        "proportion_interval",
        {
            "wilson": "Wilson score interval",
            "wilson_cc": "Wilson score interval with continuity correction",
            "clopper_pearson": "Clopper–Pearson exact interval",
            "agresti_coull": "Agresti–Coull interval",
            "wald": "Wald interval",
        },
    ),
    _convention(
        "proportion_difference_interval",
        {
            "newcombe": "Newcombe's hybrid score interval for a difference",
            "newcombe_cc": "Newcombe's hybrid score interval for a difference, with continuity correction",
            "wald": "Wald interval for a difference",
            "wald_cc": "Wald interval for a difference, with continuity correction",
            "agresti_caffo": "Agresti–Caffo interval for a difference",
        },
    ),
    _convention(
        "proportion_ratio_interval",
        {"log": "log (Katz) interval for a ratio of proportions", "score": "score (Koopman) interval for a ratio"},
    ),
    _convention(
        "odds_ratio",
        {
            "sample": "sample odds ratio with Woolf's interval",
            "conditional": "conditional maximum-likelihood odds ratio with exact interval",
        },
    ),
    _convention(
        "smd_variance",
        {
            "average": "standardised mean difference over the root of the mean variance",
            "pooled": "standardised mean difference over the pooled standard deviation",
        },
    ),
    _convention(
        "kaplan_meier_interval",
        {
            "log-log": "log(−log) interval with Greenwood's variance",
            "log": "log interval with Greenwood's variance",
            "plain": "plain (linear) interval with Greenwood's variance",
            "logit": "logit interval with Greenwood's variance",
            "arcsine": "arcsine square-root interval with Greenwood's variance",
        },
    ),
    _convention(
        "median_rule",
        {
            "first": "median at the first time with S(t) ≤ 0.5",
            "midpoint": "median at the midpoint of a flat part of the curve at 0.5",
        },
    ),
    _convention(
        "reverse_kaplan_meier_ties",
        {
            "deaths_first": "reverse Kaplan–Meier, deaths leave the risk set first",
            "flipped_indicator": "reverse Kaplan–Meier by flipping the event indicator",
        },
    ),
    _convention("log_rank_variance", {"hypergeometric": "log-rank test with hypergeometric variance"}),
    _convention(
        "stratified_log_rank_variance", {"hypergeometric": "stratified log-rank test with hypergeometric variance"}
    ),
    _convention(
        "log_rank_trend_variance", {"hypergeometric": "log-rank test for trend (Tarone) with hypergeometric variance"}
    ),
    _convention(
        "rate_difference_interval",
        {
            "wald": "Wald interval for a difference of rates with Greenwood's variance",
            "hybrid": "interval for a difference of rates from the limits of the two rates, squared and added",
        },
    ),
    _convention("rate_test", {"log-log": "test of two rates on the log(−log) scale with Greenwood's variance"}),
    _convention(
        "restricted_mean_interval",
        {"plain": "normal interval for restricted mean survival with Greenwood's variance (a ratio on the log scale)"},
    ),
    _convention("cox_ties", {"efron": "Efron's method for ties", "breslow": "Breslow's method for ties"}),
    _convention(
        "cox_inference",
        {
            "wald": "Wald p and Wald interval",
            "likelihood_ratio": "likelihood-ratio p and profile-likelihood interval",
        },
    ),
    _convention(
        "cox_variance",
        {
            "model": "variance from the information",
            "lin_wei": "cluster-robust variance (Lin and Wei) without small-sample correction",
        },
    ),
    _convention("concordance", {"jackknife": "Harrell's C, infinitesimal-jackknife variance, normal interval"}),
    _convention(
        "proportional_hazards",
        {
            "km": "score test of proportional hazards on Kaplan–Meier-transformed time",
            "rank": "score test of proportional hazards on ranked time",
            "identity": "score test of proportional hazards on time itself",
            "log": "score test of proportional hazards on the logarithm of time",
        },
    ),
    _convention(
        "cumulative_incidence_interval",
        {
            "log-log": "log(−log) interval for cumulative incidence",
            "log": "log interval for cumulative incidence",
            "plain": "plain interval for cumulative incidence",
        },
    ),
    _convention(
        "logistic_inference",
        {
            "profile": "likelihood-ratio p and profile-likelihood interval",
            "wald": "Wald p and Wald interval",
        },
    ),
    _convention(
        "logistic_estimator",
        {
            "auto": "maximum likelihood, Firth's penalised likelihood on detected separation only",
            "ml": "maximum likelihood",
            "firth": "Firth's penalised likelihood",
        },
    ),
    _convention(
        "cluster_small_sample",
        {
            "mancl_derouen": "cluster-robust variance, Mancl and DeRouen's small-sample correction, t on clusters less "
            "parameters",
            "clusters_minus_1": "cluster-robust variance times G/(G−1), normal quantiles",
            "none": "cluster-robust variance without small-sample correction, normal quantiles",
        },
    ),
    _convention(
        "gee_correlation",
        {
            "exchangeable": "generalised estimating equations, exchangeable correlation",
            "independence": "maximum likelihood, variance robust to clusters",
        },
    ),
    _convention(
        "gee_moments",
        {
            "plain": "correlation by moments over all pairs",
            "minus_p": "correlation by moments, pairs less parameters",
        },
    ),
    _convention("intraclass_correlation", {"anova": "intraclass correlation by the analysis-of-variance estimator"}),
    _convention("probability_band", {"logit": "pointwise band, normal on the logit scale and transformed back"}),
    _convention(
        "nonlinearity_test",
        {
            "likelihood_ratio": "likelihood-ratio test of the spline against the line",
            "wald": "Wald test of the spline's cubic terms",
        },
    ),
    _convention(
        "inverse_prediction_interval",
        {
            "profile": "profile-likelihood interval for a dose",
            "fieller": "Fieller's interval for a dose",
            "delta": "delta-method interval for a dose",
        },
    ),
    _convention(
        "auc_interval",
        {
            "delong": "DeLong's interval, clipped to [0, 1]",
            "logit_delong": "DeLong's variance, interval on the logit scale",
        },
    ),
    _convention(
        "cutoff_value",
        {
            "observed": "cutoff an observed value",
            "midpoint": "cutoff halfway between observed values",
            "medcalc": "cutoff the observed value next to it on the other side, with > (< for low values)",
        },
    ),
    _convention(
        "auc_variance",
        {
            "delong": "DeLong's variance, every unit independent",
            "obuchowski": "Obuchowski's variance for clustered units",
        },
    ),
    _convention(
        "clustered_accuracy_interval",
        {"ratio_logit": "ratio estimator's variance for clustered units, interval on the logit scale (log of a ratio)"},
    ),
    _convention("likelihood_ratio_interval", {"log": "log interval for a likelihood ratio"}),
    _convention(
        "predictive_value_interval",
        {"logit_delta": "delta interval on the logit scale for a predictive value at a given prevalence"},
    ),
    _convention(
        "selection_test",
        {"likelihood_ratio": "terms judged by likelihood-ratio tests", "wald": "terms judged by Wald tests"},
    ),
    _convention("t_test", {"welch": "Welch's t test", "pooled": "Student's t test with pooled variance"}),
    _convention(
        "mann_whitney",
        {
            "auto": "Mann–Whitney test, exact (ties included) for up to 10⁷ splits, else normal approximation without "
            "continuity correction",
            "exact": "Mann–Whitney test, exact permutation distribution, ties included",
            "normal": "Mann–Whitney test, normal approximation, tie-corrected, no continuity correction",
            "normal_cc": "Mann–Whitney test, normal approximation, tie-corrected, with continuity correction",
            "exact_below_50": "Mann–Whitney test, exact with fewer than 50 in each group and no ties, else normal "
            "approximation with continuity correction",
            "exact_to_8": "Mann–Whitney test, exact with up to 8 in a group and no ties, else normal approximation "
            "with continuity correction",
        },
    ),
    _convention("kruskal_wallis", {"chi_square": "Kruskal–Wallis test, tie-corrected, χ² approximation"}),
    _convention(
        "chi_square",
        {
            "plain": "Pearson's χ² test without continuity correction",
            "yates": "χ² test with Yates' continuity correction",
            "n_minus_1": "N−1 χ² test",
        },
    ),
    _convention(
        "mcnemar",
        {
            "exact": "McNemar's exact test",
            "plain": "McNemar's χ² test without continuity correction",
            "edwards": "McNemar's χ² test with Edwards' continuity correction",
        },
    ),
    _convention(
        "cochran_armitage",
        {
            "n": "Cochran–Armitage trend test, variance with N",
            "n_minus_1": "Cochran–Armitage trend test, variance with N−1",
        },
    ),
    _convention(
        "jonckheere_terpstra",
        {
            "auto": "Jonckheere–Terpstra test, exact (ties included) for up to 10⁷ splits, else normal approximation",
            "exact": "Jonckheere–Terpstra test, exact permutation distribution, ties included",
            "normal": "Jonckheere–Terpstra test, normal approximation, tie-corrected, no continuity correction",
        },
    ),
    _convention(
        "spearman",
        {
            "auto": "Spearman's correlation, exact permutation p (ties included) up to 10 subjects, else t "
            "approximation",
            "exact": "Spearman's correlation, exact permutation p, ties included",
            "t": "Spearman's correlation, p by the t approximation",
            "as89": "Spearman's correlation, exact p up to 9 subjects, Edgeworth series (AS 89) up to 1290, t "
            "approximation beyond or with ties",
        },
    ),
    _convention(
        "spearman_interval",
        {"bonett_wright": "interval by Fisher's z with Bonett and Wright's variance"},
    ),
    _convention("pearson", {"t": "Pearson's correlation, p by t, interval by Fisher's z"}),
    _convention(
        "adjustment",
        {
            "holm": "p adjusted by Holm's method",
            "benjamini_hochberg": "p adjusted by Benjamini and Hochberg's method",
            "bonferroni": "p adjusted by Bonferroni's method",
            "none": "p not adjusted",
        },
    ),
    _convention(
        "fisher", {"min_likelihood": "Fisher's exact test, two-sided: all tables no likelier than the observed"}
    ),
    _convention(
        "kappa_weights",
        {
            "unweighted": "Cohen's kappa",
            "linear": "weighted kappa, linear weights",
            "quadratic": "weighted kappa, quadratic weights",
        },
    ),
    _convention(
        "quantile_type",
        {
            "7": "quantiles of type 7",
            "2": "quantiles of type 2",
            "6": "quantiles of type 6",
        },
    ),
    _convention("rounding", {"half_away": "half away from zero", "half_even": "half to even"}),
)

CONVENTIONS: Mapping[str, Convention] = MappingProxyType({convention.item: convention for convention in _ALL})
"""item -> Convention."""


def default(item: str) -> str:
    """The default name of a convention. KeyError for an unknown item."""
    return CONVENTIONS[item].default


def words(item: str, name: str) -> str:
    """The footnote phrase of a convention's name; the name itself where none is recorded."""
    convention = CONVENTIONS.get(item)
    return convention.words.get(name, name) if convention else name
