"""Dialects: the conventions a package uses when nobody says otherwise, set together, each with its evidence.

A dialect says how a package would do an analysis, as far as known; only where the evidence is "measured" and the form
the same (`equal`) may a number claim to be that package's. What a protocol decides and no package does (the adjustment
of a family, the weights of kappa) is in no dialect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from y90outcomes.conventions import CONVENTIONS, default

OWN = "own"
"""The conventions of this package: the default of every item."""
UNSPOKEN = frozenset(
    {
        "adjustment", "kappa_weights", "gee_correlation", "cox_variance", "auc_variance",  # the protocol decides
        "nonlinearity_test",  # goes with logistic_inference
        "rate_difference_interval",  # no package does it by itself
    }
)  # fmt: skip
"""Items no dialect touches; nor items with a single name."""
CLAIMS_EQUALITY = frozenset({"r", "lifelines"})
"""Dialects whose measured choices are tested equal to the package."""


@dataclass(frozen=True, slots=True)
class Choice:
    """name      of the convention
    evidence  measured (numbers compared here), documented (the vendor's page), assumed (general knowledge)
    how       the function or procedure, and what it does otherwise
    equal     measured, and of the same form: the number is the package's
    """

    name: str
    evidence: str
    how: str
    equal: bool = False


@dataclass(frozen=True, slots=True)
class Dialect:
    """A package, its label, and a choice for every item of `spoken_items()`."""

    name: str
    label: str
    choices: Mapping[str, Choice]


def spoken_items() -> tuple[str, ...]:
    """Items a dialect chooses: those with more than one name, less what only a protocol decides."""
    return tuple(item for item, known in CONVENTIONS.items() if len(known.names) > 1 and item not in UNSPOKEN)


def chosen(dialect: str) -> dict[str, str]:
    """item -> name of a dialect; `OWN` gives the defaults. KeyError for an unknown dialect."""
    if dialect == OWN:
        return {item: default(item) for item in spoken_items()}
    return {item: choice.name for item, choice in DIALECTS[dialect].choices.items()}


def _measured(name: str, how: str) -> Choice:
    return Choice(name, "measured", how, equal=True)


def _near(name: str, how: str) -> Choice:
    """Measured to differ in form."""
    return Choice(name, "measured", how)


def _documented(name: str, how: str) -> Choice:
    return Choice(name, "documented", how)


def _assumed(name: str, how: str) -> Choice:
    return Choice(name, "assumed", how)


_R = {
    "proportion_interval": _measured("wilson_cc", "prop.test"),
    "proportion_difference_interval": _measured("wald_cc", "prop.test"),
    "proportion_ratio_interval": _measured("log", "epiR::epi.2by2"),
    "odds_ratio": _measured("conditional", "fisher.test"),
    "smd_variance": _measured("pooled", "effectsize::cohens_d"),
    "kaplan_meier_interval": _measured("log", "survival::survfit"),
    "median_rule": _measured("midpoint", "print of survival::survfit"),
    "reverse_kaplan_meier_ties": _measured("flipped_indicator", "survival::survfit with the indicator turned"),
    "cox_ties": _measured("efron", "survival::coxph"),
    "cox_inference": _measured("wald", "summary of survival::coxph"),
    "proportional_hazards": _measured("km", "survival::cox.zph"),
    "cumulative_incidence_interval": _measured("log", "survival::survfit of several states"),
    "logistic_inference": _measured("profile", "confint of glm, anova(test = LRT); summary prints Wald's p instead"),
    "logistic_estimator": _measured("ml", "glm"),
    "cluster_small_sample": _measured("none", "geepack::geeglm"),
    "gee_moments": _measured("plain", "geepack::geeglm"),
    "inverse_prediction_interval": _measured("delta", "MASS::dose.p"),
    "auc_interval": _measured("delong", "pROC::ci.auc"),
    "cutoff_value": _measured("midpoint", "pROC::coords"),
    "selection_test": _measured("likelihood_ratio", "drop1(test = Chisq)"),
    "t_test": _measured("welch", "t.test"),
    "mann_whitney": _measured("exact_below_50", "wilcox.test"),
    "chi_square": _measured("yates", "chisq.test of two by two"),
    "mcnemar": _measured("edwards", "mcnemar.test"),
    "cochran_armitage": _measured("n", "prop.trend.test"),
    "jonckheere_terpstra": _measured("normal", "cor.test(method = kendall, exact = FALSE); clinfun is not compared"),
    "spearman": _measured("as89", "cor.test"),
    "quantile_type": _measured("7", "quantile"),
    "rounding": _documented("half_even", "round"),
}
_SAS = {
    "proportion_interval": _documented("wald", "FREQ BINOMIAL; prints Clopper–Pearson beside"),
    "proportion_difference_interval": _documented("wald", "FREQ RISKDIFF"),
    "proportion_ratio_interval": _documented("log", "FREQ RELRISK"),
    "odds_ratio": _documented("sample", "FREQ RELRISK"),
    "smd_variance": _assumed("average", "no procedure of its own"),
    "kaplan_meier_interval": _documented("log-log", "LIFETEST"),
    "median_rule": _documented("midpoint", "LIFETEST"),
    "reverse_kaplan_meier_ties": _assumed("flipped_indicator", "LIFETEST with the indicator turned"),
    "cox_ties": _documented("breslow", "PHREG"),
    "cox_inference": _documented("wald", "PHREG"),
    "proportional_hazards": _assumed("identity", "PHREG ZPH, another form of the test"),
    "cumulative_incidence_interval": _documented("log-log", "LIFETEST EVENTCODE"),
    "logistic_inference": _documented("wald", "LOGISTIC; CLODDS=PL gives profile limits"),
    "logistic_estimator": _documented("ml", "LOGISTIC"),
    "cluster_small_sample": _documented("none", "GENMOD REPEATED"),
    "gee_moments": _assumed("minus_p", "GENMOD REPEATED"),
    "inverse_prediction_interval": _documented("fieller", "PROBIT INVERSECL"),
    "auc_interval": _documented("delong", "LOGISTIC ROC"),
    "cutoff_value": _assumed("observed", "LOGISTIC OUTROC"),
    "selection_test": _documented("wald", "LOGISTIC and PHREG SELECTION, to stay"),
    "t_test": _documented("pooled", "TTEST; prints Satterthwaite beside"),
    "mann_whitney": _documented("normal_cc", "NPAR1WAY WILCOXON"),
    "chi_square": _documented("plain", "FREQ CHISQ; prints Yates beside"),
    "mcnemar": _documented("plain", "FREQ AGREE"),
    "cochran_armitage": _documented("n", "FREQ TREND"),
    "jonckheere_terpstra": _documented("normal", "FREQ JT"),
    "spearman": _documented("t", "CORR SPEARMAN"),
    "quantile_type": _documented("2", "UNIVARIATE PCTLDEF=5"),
    "rounding": _documented("half_away", "ROUND"),
}
_STATA = {
    "proportion_interval": _assumed("clopper_pearson", "ci proportions"),
    "proportion_difference_interval": _assumed("wald", "prtest"),
    "proportion_ratio_interval": _assumed("log", "cs"),
    "odds_ratio": _assumed("sample", "cc with Woolf's limits"),
    "smd_variance": _assumed("average", "stddiff"),
    "kaplan_meier_interval": _documented("log-log", "sts list"),
    "median_rule": _assumed("first", "stci"),
    "reverse_kaplan_meier_ties": _assumed("flipped_indicator", "sts with the indicator turned"),
    "cox_ties": _assumed("breslow", "stcox"),
    "cox_inference": _documented("wald", "stcox"),
    "proportional_hazards": _assumed("identity", "estat phtest, another form of the test"),
    "cumulative_incidence_interval": _assumed("log-log", "stcompet"),
    "logistic_inference": _documented("wald", "logistic"),
    "logistic_estimator": _documented("ml", "logistic"),
    "cluster_small_sample": _documented("clusters_minus_1", "vce(cluster)"),
    "gee_moments": _assumed("plain", "xtgee"),
    "inverse_prediction_interval": _documented("delta", "nlcom"),
    "auc_interval": _assumed("delong", "roctab"),
    "cutoff_value": _assumed("observed", "roctab, detail"),
    "selection_test": _assumed("wald", "stepwise"),
    "t_test": _assumed("pooled", "ttest"),
    "mann_whitney": _assumed("normal", "ranksum before version 17, which adds the exact test"),
    "chi_square": _documented("plain", "tabulate, chi2"),
    "mcnemar": _assumed("plain", "mcc"),
    "cochran_armitage": _assumed("n", "ptrend"),
    "jonckheere_terpstra": _assumed("normal", "jonter"),
    "spearman": _assumed("t", "spearman"),
    "quantile_type": _assumed("2", "summarize, detail; centile uses type 6"),
    "rounding": _assumed("half_away", "display formats"),
}
_MEDCALC = {
    "proportion_interval": _assumed("clopper_pearson", "test for one proportion"),
    "proportion_difference_interval": _assumed("newcombe", "comparison of proportions"),
    "proportion_ratio_interval": _documented("log", "relative risk"),
    "odds_ratio": _documented("sample", "odds ratio"),
    "smd_variance": _assumed("pooled", "no procedure of its own"),
    "kaplan_meier_interval": _assumed("log-log", "Kaplan–Meier survival analysis"),
    "median_rule": _assumed("first", "Kaplan–Meier survival analysis"),
    "reverse_kaplan_meier_ties": _assumed("flipped_indicator", "no procedure of its own"),
    "cox_ties": _assumed("breslow", "Cox proportional-hazards regression"),
    "cox_inference": _assumed("wald", "Cox proportional-hazards regression"),
    "proportional_hazards": _assumed("identity", "no procedure of its own"),
    "cumulative_incidence_interval": _assumed("log-log", "no procedure of its own"),
    "logistic_inference": _assumed("wald", "logistic regression"),
    "logistic_estimator": _assumed("ml", "logistic regression"),
    "cluster_small_sample": _assumed("none", "no procedure of its own"),
    "gee_moments": _assumed("plain", "no procedure of its own"),
    "inverse_prediction_interval": _assumed("fieller", "probit regression"),
    "auc_interval": _assumed("delong", "ROC curve analysis; exact binomial limits as an option"),
    "cutoff_value": _documented("medcalc", "ROC curve analysis prints > or ≤ with an observed value"),
    "selection_test": _assumed("wald", "stepwise regression"),
    "t_test": _assumed("pooled", "independent samples t test"),
    "mann_whitney": _assumed("normal", "Mann–Whitney test"),
    "chi_square": _assumed("n_minus_1", "chi-squared test of two by two"),
    "mcnemar": _assumed("exact", "McNemar test"),
    "cochran_armitage": _assumed("n", "chi-squared test for trend"),
    "jonckheere_terpstra": _assumed("normal", "Jonckheere–Terpstra trend test"),
    "spearman": _assumed("t", "rank correlation"),
    "quantile_type": _assumed("6", "summary statistics"),
    "rounding": _assumed("half_away", "display"),
}
_PRISM = {
    "proportion_interval": _assumed("wilson", "fraction of total, Wilson/Brown"),
    "proportion_difference_interval": _assumed("newcombe_cc", "attributable risk"),
    "proportion_ratio_interval": _documented("score", "relative risk, Koopman"),
    "odds_ratio": _assumed("sample", "odds ratio; its Baptista–Pike interval is not offered here"),
    "smd_variance": _assumed("pooled", "no procedure of its own"),
    "kaplan_meier_interval": _documented("log-log", "asymmetrical limits of a survival table"),
    "median_rule": _assumed("midpoint", "survival table"),
    "reverse_kaplan_meier_ties": _assumed("flipped_indicator", "survival table with the codes turned"),
    "cox_ties": _assumed("efron", "Cox regression"),
    "cox_inference": _assumed("wald", "Cox regression"),
    "proportional_hazards": _assumed("identity", "Cox regression, residuals"),
    "cumulative_incidence_interval": _assumed("log-log", "no procedure of its own"),
    "logistic_inference": _assumed("profile", "multiple logistic regression"),
    "logistic_estimator": _assumed("ml", "multiple logistic regression"),
    "cluster_small_sample": _assumed("none", "no procedure of its own"),
    "gee_moments": _assumed("plain", "no procedure of its own"),
    "inverse_prediction_interval": _assumed("profile", "nonlinear regression, asymmetrical limits"),
    "auc_interval": _assumed("delong", "ROC curve"),
    "cutoff_value": _assumed("midpoint", "ROC curve"),
    "selection_test": _assumed("wald", "no procedure of its own"),
    "t_test": _assumed("pooled", "unpaired t test"),
    "mann_whitney": _assumed("auto", "Mann–Whitney test, exact when small, ties included"),
    "chi_square": _assumed("plain", "contingency table"),
    "mcnemar": _assumed("edwards", "McNemar's test"),
    "cochran_armitage": _assumed("n", "chi-square test for trend"),
    "jonckheere_terpstra": _assumed("normal", "no procedure of its own"),
    "spearman": _assumed("auto", "correlation, exact when small"),
    "quantile_type": _documented("6", "column statistics"),
    "rounding": _assumed("half_away", "display"),
}
_LIFELINES = {
    "proportion_interval": _measured("wald", "statsmodels proportion_confint"),
    "proportion_difference_interval": _measured("newcombe", "statsmodels confint_proportions_2indep"),
    "proportion_ratio_interval": _measured(
        "log", "statsmodels Table2x2.riskratio_confint; confint_proportions_2indep adds halves"
    ),
    "odds_ratio": _measured(
        "sample", "scipy.stats.fisher_exact, statsmodels Table2x2; the latter adds halves to an empty cell"
    ),
    "smd_variance": _assumed("average", "tableone"),
    "kaplan_meier_interval": _measured("log-log", "lifelines KaplanMeierFitter, which repeats the curve where it is 0"),
    "median_rule": _near("first", "lifelines compares raw floats, so a plateau at 0.5 can move it"),
    "reverse_kaplan_meier_ties": _measured("flipped_indicator", "lifelines with the indicator turned"),
    "cox_ties": _measured("efron", "lifelines CoxPHFitter"),
    "cox_inference": _measured("wald", "lifelines CoxPHFitter"),
    "proportional_hazards": _near("rank", "lifelines proportional_hazard_test is the older approximation"),
    "cumulative_incidence_interval": _near("log-log", "lifelines AalenJohansenFitter moves tied times at random"),
    "logistic_inference": _measured("wald", "statsmodels Logit"),
    "logistic_estimator": _measured("ml", "statsmodels Logit"),
    "cluster_small_sample": _measured("none", "statsmodels GEE, robust"),
    "gee_moments": _measured("minus_p", "statsmodels GEE"),
    "inverse_prediction_interval": _assumed("delta", "no function of its own"),
    "auc_interval": _assumed("delong", "scikit-learn has no interval"),
    "cutoff_value": _measured("observed", "sklearn.metrics.roc_curve"),
    "selection_test": _assumed("wald", "no function of its own"),
    "t_test": _measured("pooled", "scipy.stats.ttest_ind"),
    "mann_whitney": _measured("exact_to_8", "scipy.stats.mannwhitneyu"),
    "chi_square": _measured("yates", "scipy.stats.chi2_contingency"),
    "mcnemar": _measured("exact", "statsmodels mcnemar"),
    "cochran_armitage": _measured("n_minus_1", "statsmodels Table.test_ordinal_association"),
    "jonckheere_terpstra": _assumed("normal", "no function of its own"),
    "spearman": _measured("t", "scipy.stats.spearmanr"),
    "quantile_type": _measured("7", "numpy.quantile"),
    "rounding": _measured("half_even", "round"),
}

DIALECTS: Mapping[str, Dialect] = MappingProxyType(
    {
        name: Dialect(name, label, MappingProxyType(choices))
        for name, label, choices in (
            ("r", "R 4.2 with survival, pROC, MASS, geepack, epiR", _R),
            ("sas", "SAS", _SAS),
            ("stata", "Stata", _STATA),
            ("medcalc", "MedCalc", _MEDCALC),
            ("prism", "GraphPad Prism", _PRISM),
            ("lifelines", "lifelines with SciPy, statsmodels and scikit-learn", _LIFELINES),
        )
    }
)
"""name -> Dialect."""
