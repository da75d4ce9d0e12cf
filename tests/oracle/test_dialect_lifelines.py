"""The dialect `lifelines`: each choice that claims equality against lifelines, SciPy, statsmodels, scikit-learn or
NumPy as installed, called without options; convergence alone is tightened. What is only near is shown to differ."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable

import numpy as np
import pytest
from tests.oracle.answers.base import Values
from tests.oracle.answers.dialects import (
    COX,
    CURVES,
    LOGISTIC,
    OURS,
    SHARES,
    TABLES,
    TRENDS,
    clusters,
    correlated,
    groups,
    quad,
)
from tests.oracle.datasets import data, survival_data

from y90outcomes.dialects import DIALECTS, chosen

CHOICES = DIALECTS["lifelines"].choices
QUADS = ("56/70 48/80", "9/10 3/10", "6/7 2/9")
PAIRS = ("gbsg2_size", "iris_sepal", "meerun_dose", "untied", "tied", "nine", "below_50", "from_50")
SETS = ("lung", "aml", "larynx", "waltons")


def _table(name: str) -> np.ndarray:
    x1, n1, x2, n2 = quad(name)
    return np.array([[x1, n1 - x1], [x2, n2 - x2]])


def _two(pair: tuple[float, float]) -> Values:
    return {"lower": float(pair[0]), "upper": float(pair[1])}


def _share(name: str) -> Values:
    from statsmodels.stats.proportion import proportion_confint

    return _two(proportion_confint(*(int(part) for part in name.split("/"))))


def _difference(name: str) -> Values:
    from statsmodels.stats.proportion import confint_proportions_2indep

    return _two(confint_proportions_2indep(*quad(name)))


def _risk_ratio(name: str) -> Values:
    from statsmodels.stats.contingency_tables import Table2x2

    return _two(Table2x2(_table(name)).riskratio_confint())


def _odds_ratio(name: str) -> Values:
    from scipy.stats import fisher_exact
    from statsmodels.stats.contingency_tables import Table2x2

    return {"estimate": float(fisher_exact(_table(name))[0]), **_two(Table2x2(_table(name)).oddsratio_confint())}


def _t(name: str) -> Values:
    from scipy.stats import ttest_ind

    found = ttest_ind(*groups(name))
    return {"statistic": float(found.statistic), "p": float(found.pvalue)}


def _ranks(name: str) -> Values:
    from scipy.stats import mannwhitneyu

    found = mannwhitneyu(*groups(name))
    return {"statistic": float(found.statistic), "p": float(found.pvalue)}


def _curve(name: str) -> Values:
    from lifelines import KaplanMeierFitter

    frame = survival_data()[name]
    fit = KaplanMeierFitter().fit(frame["time"], frame["event"])
    found: Values = {}
    for time, lower, upper in fit.confidence_interval_survival_function_.itertuples():
        if 0 < float(fit.predict(time)) < 1:  # at 0 and 1 lifelines repeats the curve; there is no interval
            found |= {f"lower@{time:.15g}": lower, f"upper@{time:.15g}": upper}
    return found


def _reverse(name: str) -> Values:
    from lifelines import KaplanMeierFitter

    frame = survival_data()[name]
    made = KaplanMeierFitter().fit(frame["time"], 1 - frame["event"])
    table = made.event_table
    happened = table.index[table["observed"] > 0]
    return {f"survival@{time:.15g}": float(made.survival_function_at_times(time).iloc[0]) for time in happened}


def _cox(name: str, kind: str) -> Values:
    from lifelines import CoxPHFitter

    frame = data(name)[["time", "event", *COX[name]]]
    fit = CoxPHFitter().fit(frame, "time", "event", fit_options={"precision": 1e-13})
    found: Values = {"loglik": float(fit.log_likelihood_)} if kind == "fit" else {}
    for term in COX[name]:
        row = fit.summary.loc[term]
        if kind == "fit":
            found |= {f"{term}_coefficient": row["coef"], f"{term}_se": row["se(coef)"]}
        else:
            found |= {f"{term}_p": row["p"], f"{term}_lower": row["exp(coef) lower 95%"]}
            found |= {f"{term}_upper": row["exp(coef) upper 95%"]}
    return found


def _logit(name: str, kind: str) -> Values:
    import statsmodels.api as sm

    outcome, terms = LOGISTIC[name]
    frame = data(name)
    fit = sm.Logit(frame[outcome], sm.add_constant(frame[terms])).fit(disp=0, tol=1e-14, maxiter=200)
    found: Values = {}
    for term in terms:
        if kind == "fit":
            found |= {f"{term}_coefficient": fit.params[term], f"{term}_se": fit.bse[term]}
        else:
            lower, upper = np.exp(fit.conf_int().loc[term])
            found |= {f"{term}_p": fit.pvalues[term], f"{term}_lower": lower, f"{term}_upper": upper}
    return found


def _gee(name: str, kind: str) -> Values:
    import statsmodels.api as sm

    event, design, terms, cluster = clusters(name)
    structure = sm.cov_struct.Exchangeable() if kind == "moments" else sm.cov_struct.Independence()
    model = sm.GEE(event, sm.add_constant(design), cluster, cov_struct=structure, family=sm.families.Binomial())
    fit = model.fit(ctol=1e-12, maxiter=1000)
    if kind == "moments":
        return {"alpha": float(structure.dep_params)}
    return {f"{term}_se": float(fit.bse[i + 1]) for i, term in enumerate(terms)}


def _cutoff(name: str) -> Values:
    from sklearn.metrics import roc_curve

    source, score, event = CURVES[name]
    false, true, thresholds = roc_curve(data(source)[event], data(source)[score])
    return {"cutoff": float(thresholds[np.argmax(true - false)])}


def _chi(name: str) -> Values:
    from scipy.stats import chi2_contingency

    found = chi2_contingency(TABLES[name])
    return {"statistic": float(found.statistic), "p": float(found.pvalue)}


def _mcnemar(name: str) -> Values:
    from statsmodels.stats.contingency_tables import mcnemar

    return {"p": float(mcnemar(TABLES[name]).pvalue)}


def _trend(name: str) -> Values:
    from statsmodels.stats.contingency_tables import Table

    events, n = (np.array(part) for part in TRENDS[name])
    found = Table(np.column_stack((n - events, events)), shift_zeros=False).test_ordinal_association()
    return {"statistic": float(found.zscore) ** 2, "p": float(found.pvalue)}


def _spearman(name: str) -> Values:
    from scipy.stats import spearmanr

    found = spearmanr(*correlated(name))
    return {"estimate": float(found.statistic), "p": float(found.pvalue)}


THEIRS: dict[str, tuple[tuple[str, ...], Callable[[str], Values]]] = {
    "proportion_interval": (("8/22", "1/9", "129/209"), _share),
    "proportion_difference_interval": (QUADS, _difference),
    "proportion_ratio_interval": (QUADS, _risk_ratio),
    "odds_ratio": (QUADS, _odds_ratio),
    "kaplan_meier_interval": (SETS, _curve),
    "reverse_kaplan_meier_ties": (SETS, _reverse),
    "cox_ties": (tuple(COX), lambda name: _cox(name, "fit")),
    "cox_inference": (tuple(COX), lambda name: _cox(name, "inference")),
    "logistic_inference": (tuple(LOGISTIC), lambda name: _logit(name, "inference")),
    "logistic_estimator": (tuple(LOGISTIC), lambda name: _logit(name, "fit")),
    "cluster_small_sample": (("meerun", "anes96"), lambda name: _gee(name, "errors")),
    "gee_moments": (("meerun", "anes96"), lambda name: _gee(name, "moments")),
    "cutoff_value": (tuple(CURVES), _cutoff),
    "t_test": (PAIRS, _t),
    "mann_whitney": (PAIRS, _ranks),
    "chi_square": (tuple(TABLES), _chi),
    "mcnemar": (tuple(TABLES), _mcnemar),
    "cochran_armitage": (tuple(TRENDS), _trend),
    "spearman": (("seven", "twelve", "spector", "thirty"), _spearman),
    "quantile_type": (
        PAIRS,
        lambda name: {f"quantile@{q:g}": float(np.quantile(groups(name)[0], q)) for q in SHARES},
    ),
}
"""item -> data sets, and what the library gives on one of them."""
CASES = [(item, dataset) for item, (datasets, _) in THEIRS.items() for dataset in datasets]


@pytest.mark.parametrize(("item", "dataset"), CASES)
def test_an_equal_choice_is_the_library_s_number(item: str, dataset: str) -> None:
    assert CHOICES[item].equal
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # theirs, about themselves
        theirs = THEIRS[item][1](dataset)
    ours = OURS[item](dataset, chosen("lifelines")[item])
    assert theirs
    for quantity, value in theirs.items():
        if not math.isnan(value):
            assert ours[quantity] == pytest.approx(value, rel=1e-6, abs=1e-12), quantity


def test_every_equal_choice_is_compared() -> None:
    assert {item for item, choice in CHOICES.items() if choice.equal} == {*THEIRS, "rounding"}


def test_rounding_is_python_s() -> None:
    from y90outcomes.report.format import rounded, rounding

    assert chosen("lifelines")["rounding"] == "half_even"
    for value in (0.5, 1.5, 2.5, -3.5, 0.25, 0.75, 7.0):
        for decimals in (0, 1):
            with rounding("half_even"):
                assert float(rounded(value, decimals)) == round(value, decimals)


def test_the_wald_form_of_the_score_test_is_not_lifelines() -> None:
    """`proportional_hazards` is measured and near: lifelines' statistic is the older approximation."""
    from lifelines import CoxPHFitter
    from lifelines.statistics import proportional_hazard_test

    frame = data("rossi")[["time", "event", *COX["rossi"]]]
    fit = CoxPHFitter().fit(frame, "time", "event", fit_options={"precision": 1e-13})
    theirs = proportional_hazard_test(fit, frame, time_transform="rank").summary["test_statistic"]
    ours = OURS["proportional_hazards"]("rossi", chosen("lifelines")["proportional_hazards"])
    assert not CHOICES["proportional_hazards"].equal
    for term in COX["rossi"]:
        assert ours[f"{term}_statistic"] != pytest.approx(theirs[term], rel=1e-3)


def test_the_median_is_lifelines_away_from_a_plateau() -> None:
    from lifelines import KaplanMeierFitter

    assert not CHOICES["median_rule"].equal
    for name in SETS:
        frame = survival_data()[name]
        theirs = KaplanMeierFitter().fit(frame["time"], frame["event"]).median_survival_time_
        assert OURS["median_rule"](name, chosen("lifelines")["median_rule"])["median"] == pytest.approx(theirs)
