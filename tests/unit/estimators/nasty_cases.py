"""Every public estimator as a case: what it is asked of a nasty world, and what a change of unit does to the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from tests.unit.estimators.nasty import Array, World, numbers

from y90outcomes.estimators import (
    aalen_johansen,
    accuracy,
    adjustment,
    auc,
    auc_clustered,
    chi_square,
    cochran_armitage,
    collinearity,
    concordance,
    correlation,
    cox,
    cox_kernel,
    cox_residuals,
    curve_width,
    cutpoints,
    fisher,
    gee,
    geometric_means,
    heterogeneity,
    intraclass,
    inverse_prediction,
    jonckheere_terpstra,
    kaplan_meier,
    kappa,
    kruskal_wallis,
    log_rank,
    logistic,
    lowess,
    mann_whitney,
    mcnemar,
    means,
    model_family,
    odds_ratio,
    probability_curve,
    proportional_hazards,
    proportions,
    rate_difference,
    restricted_cubic_spline,
    restricted_mean,
    reverse_kaplan_meier,
    roc,
    selection,
    separation,
    standardised_difference,
    summaries,
    t_test,
    two_proportions,
)

NAMES = ("x", "z", "second", "third")


def same(answer: Any, factor: float) -> Array:
    """All numbers: the unit is no matter."""
    return numbers(answer)


def statistics_only(answer: Any, factor: float) -> Array:
    """Statistics and p alone."""
    return numbers(answer, lambda where: where.rsplit(".", 1)[-1] in ("p", "z", "chi_square", "statistic", "loglik"))


def per_unit(answer: Any, factor: float) -> Array:
    """Ratios and coefficients of the first term per unit, those of the others as they are."""
    first, *others = answer.terms
    ratio = "hazard_ratio" if hasattr(first, "hazard_ratio") else "odds_ratio"
    ratio = "estimate" if hasattr(first, "estimate") else ratio
    logs = factor * np.log([getattr(first, ratio), first.lower, first.upper])
    return np.concatenate([logs, [factor * first.coefficient, factor * first.se, first.p], numbers(others)])


def in_unit(answer: Any, factor: float) -> Array:
    """Estimate and limits in the unit, standard error too; p as it is."""
    made = answer if isinstance(answer, list) else [answer]
    return np.array([v for e in made for v in (*(np.array([e.estimate, e.lower, e.upper, e.se]) / factor), e.p)])


def divided(answer: Any, factor: float) -> Array:
    """Every number is in the unit."""
    return numbers(answer) / factor


def first_column(power: int) -> Callable[[Any, float], Array]:
    """The first column of residuals goes with a power of the unit."""

    def read(answer: Any, factor: float) -> Array:
        made = np.array(getattr(answer, "residual", answer), dtype=float)
        made[:, 0] *= factor**power
        return made.reshape(-1)

    return read


@dataclass(frozen=True)
class Case:
    """How an estimator is run on a world; fields in which a missing value is refused; what a change of unit leaves."""

    run: Callable[[World], Any]
    missing: tuple[str, ...] = ()
    scales: Mapping[str, Callable[[Any, float], Array]] = field(default_factory=dict)
    infinite: tuple[str, ...] = ()
    tolerance: float = 1e-9


def _cox(w: World, **more: Any) -> cox.CoxFit:
    return cox.cox(w.time, w.event, w.design, NAMES, **more)


def _kernel(w: World) -> cox_kernel.CoxKernel:
    return cox_kernel.fit_cox(w.time, w.event, w.design, NAMES)


def _logistic(w: World, **more: Any) -> logistic.LogisticFit:
    return logistic.logistic(w.event, w.design, NAMES, **more)


def _line(w: World, **more: Any) -> logistic.LogisticFit:
    return logistic.logistic(w.event, w.x, ["x"], **more)


def _curve(w: World) -> Any:
    return kaplan_meier.kaplan_meier(w.time, w.event)


def _two_curves(w: World) -> tuple[Any, Any]:
    first, second = (w.group == "a", w.group == "b")
    return (
        kaplan_meier.kaplan_meier(w.time[first], w.event[first]),
        kaplan_meier.kaplan_meier(w.time[second], w.event[second]),
    )


def _middle(w: World) -> float:
    return float(np.sort(w.time)[w.n // 2]) if w.n else 1.0


def _horizon(w: World) -> float:
    return _middle(w) or 1.0


def _restricted(w: World) -> Any:
    return restricted_mean.compare_restricted_means(
        *(restricted_mean.restricted_mean(curve, _horizon(w)) for curve in _two_curves(w))
    )


def _doses(w: World) -> list[Any]:
    fits = [_line(w), _line(w, estimator="firth", inference="wald")]
    asked = [(fit, share, "fieller") for fit in fits for share in (0.3, 0.5)]
    asked += [(fits[0], 0.5, "delta"), (fits[0], 0.5, "profile"), (fits[1], 0.5, "profile")]
    return [inverse_prediction.inverse_prediction(fit, w.event, w.x, p, interval=how) for fit, p, how in asked]


def _positive(w: World) -> Array:
    return (w.x > np.sort(w.x)[(w.n - 1) // 2] if w.n else w.x > 0).astype(float)


def _cells(w: World) -> tuple[int, int, int, int]:
    (tn, fp), (fn, tp) = w.square.astype(int)
    return int(tp), int(fp), int(fn), int(tn)


def _cuts(w: World) -> Any:
    curve = roc.roc(w.x, w.event, direction="higher")
    rules: list[tuple[str, float | None]] = [
        ("youden", None), ("closest_topleft", None), ("sensitivity", 0.8), ("specificity", 0.8),
    ]  # fmt: skip
    return [
        cutpoints.cutpoints(curve, rule, at=at, cutoff_value=value)
        for rule, at in rules
        for value in ("observed", "midpoint", "medcalc")
    ]


def _response(w: World, family: str) -> model_family.Response:
    return model_family.response(w.event, w.time if family == "cox" else None)


def _families(w: World) -> Any:
    made = []
    for family in ("cox", "logistic"):
        made.append(model_family.fit_model(_response(w, family), w.design, NAMES))
    return made


def _nested(w: World) -> list[tuple[Any, Any]]:
    pairs = []
    for family in ("cox", "logistic"):
        small = model_family.fit_model(_response(w, family), w.design[:, :1], NAMES[:1])
        pairs.append((small, model_family.fit_model(_response(w, family), w.design, NAMES)))
    return pairs


def _searches(w: World) -> Any:
    blocks = {"x": w.x, "z": w.z, "level": w.dummies}
    return [
        selection.select_terms(_response(w, family), blocks, ["z", "level"], forced=["x"], rule=rule, test=test)
        for family, rule, test in (
            ("cox", "two_step", "likelihood_ratio"),
            ("cox", "backward", "wald"),
            ("logistic", "stepwise_aic", "likelihood_ratio"),
            ("logistic", "enter_all", "wald"),
        )
    ]


def _by_group(w: World) -> tuple[Array, Array]:
    """Mean of x and its standard error in each group that has one: effects of centres."""
    made = [means.mean(values) for values in w.three]
    known = [one for one in made if one.valid and one.se > 0.0]
    return np.array([one.estimate for one in known]), np.array([one.se for one in known])


def _standardised(w: World) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray((w.design - w.design.mean(axis=0)) / w.design.std(axis=0)) if w.n else w.design


ANY = ("",)
"""The bare array an estimator gives."""
BEYOND = ("covariance", "information")
"""Per squared unit of columns: beyond a double where the unit is extreme. No table shows them."""
X = {"x": same}
TIME_X = {"time": same, "x": same}
SURVIVAL = ("time", "event")
MODEL = ("time", "event", "x", "z")
CASES: dict[str, Case] = {
    "aalen_johansen.aalen_johansen": Case(
        lambda w: [aalen_johansen.aalen_johansen(w.time, w.state, interval=i) for i in ("log-log", "log", "plain")],
        ("time", "state"),
    ),
    "aalen_johansen.incidence_at": Case(
        lambda w: aalen_johansen.incidence_at(
            aalen_johansen.aalen_johansen(w.time, w.state), [0.0, _middle(w), 1e3], 2
        ),
        ("time", "state"),
    ),
    "accuracy.accuracy": Case(
        lambda w: [accuracy.accuracy(*_cells(w)), accuracy.accuracy(*_cells(w), prevalence=0.2)],
        (),
        X,
        ("estimate",),
    ),
    "accuracy.accuracy_clustered": Case(
        lambda w: [accuracy.accuracy_clustered(_positive(w), w.event, w.cluster, prevalence=v) for v in (None, 0.2)],
        ("event", "cluster"),
        X,
        ("estimate",),
    ),
    "adjustment.adjust": Case(
        lambda w: [adjustment.adjust(w.event / 2.0, method=m) for m in ("holm", "benjamini_hochberg", "bonferroni")],
    ),
    "auc.auc": Case(
        lambda w: [auc.auc(w.x, w.event, direction="higher", interval=i) for i in ("delong", "logit_delong")],
        ("x", "event"),
        X,
    ),
    "auc.compare_auc": Case(
        lambda w: auc.compare_auc(np.column_stack([w.x, w.z]), w.event, direction="higher"), ("x", "z", "event"), X
    ),
    "auc_clustered.auc_clustered": Case(
        lambda w: auc_clustered.auc_clustered(w.x, w.event, w.cluster, direction="higher"),
        ("x", "event", "cluster"),
        X,
    ),
    "auc_clustered.compare_auc_clustered": Case(
        lambda w: auc_clustered.compare_auc_clustered(
            np.column_stack([w.x, w.z]), w.event, w.cluster, direction="higher"
        ),
        ("x", "z", "event", "cluster"),
        X,
    ),
    "chi_square.chi_square": Case(
        lambda w: [chi_square.chi_square(t, correction=c) for t in (w.table, w.square) for c in CORRECTIONS], (), X
    ),
    "chi_square.expected_counts": Case(lambda w: chi_square.expected_counts(w.table)),
    "cochran_armitage.cochran_armitage": Case(
        lambda w: [cochran_armitage.cochran_armitage(w.table[:, 1], w.table.sum(axis=1), variance=v) for v in N_OR_LESS]
    ),
    "collinearity.variance_inflation": Case(
        lambda w: [collinearity.variance_inflation(w.design, b) for b in (None, [[0], [1], [2, 3]])],
        ("x", "z"),
        X,
        ANY,
    ),
    "concordance.concordance": Case(
        lambda w: concordance.concordance(w.time, w.event, w.x, cluster=w.cluster), (*SURVIVAL, "x", "cluster"), TIME_X
    ),
    "concordance.concordance_of": Case(lambda w: concordance.concordance_of(_kernel(w)), MODEL, TIME_X),
    "correlation.pearson": Case(lambda w: correlation.pearson(w.x, w.z), ("x", "z"), X, ("statistic",)),
    "correlation.spearman": Case(
        lambda w: [correlation.spearman(w.x, w.z, p=p) for p in ("t", "exact", "as89", "auto")],
        ("x", "z"),
        X,
        ("statistic",),
    ),
    "cox.cox": Case(lambda w: _cox(w), MODEL, {"time": statistics_only, "x": per_unit}, BEYOND),
    "cox.term_test": Case(
        lambda w: [cox.term_test(fit, p) for fit in _inferences(w) for p in ([0], [2, 3])], MODEL, TIME_X
    ),
    "cox_kernel.fit_cox": Case(lambda w: _kernel(w).loglik, MODEL, TIME_X),
    "cox_kernel.block_wald": Case(lambda w: cox_kernel.block_wald(_kernel(w), [2, 3]), MODEL, TIME_X),
    "cox_kernel.block_likelihood_ratio": Case(
        lambda w: cox_kernel.block_likelihood_ratio(_kernel(w), [2, 3]), MODEL, TIME_X
    ),
    "cox_residuals.martingale_residuals": Case(lambda w: cox_residuals.martingale_residuals(_kernel(w)), MODEL, TIME_X),
    "cox_residuals.deviance_residuals": Case(lambda w: cox_residuals.deviance_residuals(_kernel(w)), MODEL, TIME_X),
    "cox_residuals.score_residuals": Case(
        lambda w: cox_residuals.score_residuals(_kernel(w)), MODEL, {"time": same, "x": first_column(-1)}, ANY, 1e-7
    ),
    "cox_residuals.dfbeta_residuals": Case(
        lambda w: cox_residuals.dfbeta_residuals(_kernel(w)), MODEL, {"time": same, "x": first_column(1)}, (), 1e-7
    ),
    "cox_residuals.schoenfeld_residuals": Case(
        lambda w: cox_residuals.schoenfeld_residuals(_kernel(w)), MODEL, {"x": first_column(-1)}, ("residual",), 1e-7
    ),
    "cox_residuals.scaled_schoenfeld_residuals": Case(
        lambda w: cox_residuals.scaled_schoenfeld_residuals(_kernel(w)), MODEL, {"x": first_column(1)}, (), 1e-7
    ),
    "cox_residuals.baseline_hazard": Case(
        lambda w: cox_residuals.baseline_hazard(_kernel(w)), MODEL, {"x": same}, ("cumulative",)
    ),
    "curve_width.curve_width": Case(
        lambda w: curve_width.curve_width(
            0.2, 0.0, (w.n, 2 * w.n), [_dose(w)], quantiles=np.sort(w.x) if w.n > 1 else [1.0, 2.0], replicates=9
        ),
        ("x",),
        {"x": lambda a, f: numbers(a, lambda where: not where.endswith("dose"))},
    ),
    "curve_width.doses_of": Case(
        lambda w: curve_width.doses_of([[0.1, 0.5, 0.99]], quantiles=np.sort(w.x) if w.n > 1 else [1.0, 2.0]),
        ("x",),
        {"x": divided},
    ),
    "curve_width.fitted_widths": Case(
        lambda w: curve_width.fitted_widths(w.event[np.newaxis, :], w.x[np.newaxis, :], [_dose(w)]),
        ("x", "event"),
        {"x": same},
    ),
    "curve_width.line_through": Case(
        lambda w: curve_width.line_through([0.0, 1.0 + float(w.event.sum())], [0.2, 0.7]),
    ),
    "cutpoints.cutpoints": Case(
        _cuts, ("x", "event"), {"x": lambda a, f: numbers(a, lambda w: w[-2:] in ("tp", "fp"))}
    ),
    "cutpoints.fixed_cutpoint": Case(
        lambda w: cutpoints.fixed_cutpoint(roc.roc(w.x, w.event, direction="lower"), 150.0), ("x", "event")
    ),
    "fisher.fisher": Case(lambda w: [fisher.fisher(w.table), fisher.fisher(w.square)], (), X),
    "gee.gee": Case(
        lambda w: [
            gee.gee(w.event, w.design[:, [0, 1]], NAMES[:2], w.cluster, correlation=c, small_sample=s)
            for c in ("exchangeable", "independence")
            for s in ("mancl_derouen", "clusters_minus_1", "none")
        ],
        ("event", "x", "z", "cluster"),
        {"x": lambda a, f: np.concatenate([per_unit(fit, f) for fit in a])},
        ("df", *BEYOND),
        1e-7,
    ),
    "geometric_means.geometric_mean": Case(lambda w: geometric_means.geometric_mean(w.x), ("x",), {"x": in_unit}),
    "geometric_means.geometric_mean_ratio": Case(
        lambda w: [geometric_means.geometric_mean_ratio(*w.rows, variance=v) for v in ("welch", "pooled")], (), X
    ),
    "heterogeneity.heterogeneity": Case(
        lambda w: heterogeneity.heterogeneity(*_by_group(w)),
        (),
        {"x": lambda a, f: np.array([a.q.p, a.i2.estimate, a.fixed.p, a.random.p, a.random.estimate / f])},
    ),
    "intraclass.intraclass_correlation": Case(
        lambda w: [intraclass.intraclass_correlation(v, w.cluster) for v in (w.x, w.event)],
        ("x", "event", "cluster"),
        X,
    ),
    "inverse_prediction.inverse_prediction": Case(_doses, ("x", "event"), {"x": in_unit}, (), 1e-7),
    "jonckheere_terpstra.jonckheere_terpstra": Case(
        lambda w: [jonckheere_terpstra.jonckheere_terpstra(w.three, method=m) for m in ("normal", "auto")], ("x",), X
    ),
    "kaplan_meier.kaplan_meier": Case(
        lambda w: [kaplan_meier.kaplan_meier(w.time, w.event, interval=i) for i in BANDS], SURVIVAL
    ),
    "kaplan_meier.survival_at": Case(lambda w: kaplan_meier.survival_at(_curve(w), [0.0, _middle(w), 1e3]), SURVIVAL),
    "kaplan_meier.median_survival": Case(
        lambda w: [kaplan_meier.median_survival(_curve(w), rule) for rule in ("first", "midpoint")],
        SURVIVAL,
        {"time": in_unit},
    ),
    "kaplan_meier.survival_quantile": Case(
        lambda w: [kaplan_meier.survival_quantile(_curve(w), p) for p in (0.01, 0.25, 0.99)],
        SURVIVAL,
        {"time": in_unit},
    ),
    "kappa.kappa": Case(
        lambda w: [kappa.kappa(w.square, weights=k) for k in ("unweighted", "linear", "quadratic")], (), X
    ),
    "kruskal_wallis.kruskal_wallis": Case(lambda w: kruskal_wallis.kruskal_wallis(w.three), ("x",), X),
    "lowess.lowess": Case(lambda w: lowess.lowess(w.x, w.z), ("x", "z")),
    "log_rank.log_rank": Case(
        lambda w: [log_rank.log_rank(w.time, w.event, w.group, s) for s in (None, w.cluster)],
        (*SURVIVAL, "group", "cluster"),
        {"time": same},
    ),
    "log_rank.log_rank_trend": Case(
        lambda w: log_rank.log_rank_trend(w.time, w.event, w.group), (*SURVIVAL, "group"), {"time": same}
    ),
    "log_rank.pairwise_log_rank": Case(
        lambda w: log_rank.pairwise_log_rank(w.time, w.event, w.group), (*SURVIVAL, "group"), {"time": same}
    ),
    "logistic.logistic": Case(
        lambda w: [_logistic(w), _logistic(w, estimator="ml"), _logistic(w, estimator="firth", inference="wald")],
        ("event", "x", "z"),
        {"x": lambda a, f: np.concatenate([per_unit(fit, f) for fit in a])},
        BEYOND,
        1e-7,
    ),
    "logistic.term_test": Case(
        lambda w: [
            logistic.term_test(w.event, w.design, NAMES, [2, 3], estimator=e, inference=i)
            for e in ("auto", "ml", "firth")
            for i in ("profile", "wald")
        ],
        ("event", "x", "z"),
        X,
        (),
        1e-7,
    ),
    "mann_whitney.mann_whitney": Case(
        lambda w: [mann_whitney.mann_whitney(*w.rows, method=m) for m in ("exact", "normal", "normal_cc", "auto")],
        (),
        X,
    ),
    "mcnemar.mcnemar": Case(lambda w: [mcnemar.mcnemar(w.square, method=m) for m in ("exact", "plain", "edwards")]),
    "means.mean": Case(lambda w: means.mean(w.x), ("x",), {"x": in_unit}),
    "means.mean_difference": Case(
        lambda w: [means.mean_difference(*w.rows, variance=v) for v in ("welch", "pooled")], (), {"x": in_unit}
    ),
    "model_family.fit_model": Case(_families, MODEL, TIME_X, (), 1e-7),
    "model_family.likelihood_ratio": Case(
        lambda w: [model_family.likelihood_ratio(*pair) for pair in _nested(w)], MODEL, TIME_X, (), 1e-7
    ),
    "model_family.wald": Case(
        lambda w: [model_family.wald(fit, [2, 3]) for fit in _families(w)], MODEL, TIME_X, (), 1e-7
    ),
    "model_family.report": Case(
        lambda w: [model_family.report(_response(w, family), w.design, NAMES) for family in ("cox", "logistic")],
        MODEL,
        {"x": lambda a, f: np.concatenate([per_unit(made, f) for made in a])},
        (),
        1e-7,
    ),
    "odds_ratio.odds_ratio": Case(
        lambda w: [odds_ratio.odds_ratio(*w.counts, kind=k) for k in ("sample", "conditional")]
    ),
    "probability_curve.observed_grid": Case(lambda w: probability_curve.observed_grid(w.x, 9), ("x",), {"x": divided}),
    "probability_curve.probability_curve": Case(
        lambda w: probability_curve.probability_curve(_line(w), probability_curve.observed_grid(w.x, 9)),
        ("x", "event"),
        X,
        (),
        1e-7,
    ),
    "proportional_hazards.proportional_hazards": Case(
        lambda w: [
            proportional_hazards.proportional_hazards(_kernel(w), blocks, transform=g)
            for g in ("km", "rank", "identity", "log")
            for blocks in (None, {"x": [0], "level": [2, 3]})
        ],
        MODEL,
        TIME_X,
        (),
        1e-6,
    ),
    "proportional_hazards.transformed_time": Case(
        lambda w: [proportional_hazards.transformed_time(_kernel(w), g) for g in ("km", "rank", "identity")], MODEL, X
    ),
    "proportions.proportion": Case(
        lambda w: [
            proportions.proportion(int(w.event.sum()), w.n, interval=i)
            for i in ("wilson", "wilson_cc", "clopper_pearson", "agresti_coull", "wald")
        ],
    ),
    "rate_difference.rate_difference": Case(
        lambda w: [rate_difference.rate_difference(*_two_curves(w), _middle(w), i) for i in ("wald", "hybrid")],
        SURVIVAL,
        {"time": same},
    ),
    "rate_difference.rate_test": Case(
        lambda w: rate_difference.rate_test(*_two_curves(w), _middle(w)), SURVIVAL, {"time": same}
    ),
    "restricted_cubic_spline.default_knots": Case(
        lambda w: [restricted_cubic_spline.default_knots(w.x, k) for k in (3, 4, 5)], ("x",), {"x": divided}
    ),
    "restricted_cubic_spline.spline_columns": Case(
        lambda w: restricted_cubic_spline.spline_columns(w.x, [1.0, 100.0, 200.0, 1e6]), ("x",), {}, ANY
    ),
    "restricted_cubic_spline.spline_fit": Case(
        lambda w: [
            restricted_cubic_spline.spline_fit(w.event, w.x, 3, inference=i).nonlinearity for i in ("profile", "wald")
        ],
        ("x", "event"),
        X,
        (),
        1e-6,
    ),
    "restricted_mean.smallest_last_time": Case(
        lambda w: restricted_mean.smallest_last_time(_two_curves(w)), SURVIVAL, {"time": divided}
    ),
    "restricted_mean.restricted_mean": Case(
        lambda w: restricted_mean.restricted_mean(_curve(w), _horizon(w)), SURVIVAL, {"time": in_unit}
    ),
    "restricted_mean.compare_restricted_means": Case(
        _restricted,
        SURVIVAL,
        {"time": lambda a, f: np.concatenate([in_unit(a.difference, f), numbers(a.ratio)])},
    ),
    "reverse_kaplan_meier.reverse_kaplan_meier": Case(
        lambda w: [reverse_kaplan_meier.reverse_kaplan_meier(w.time, w.event, ties=t) for t in REVERSE], SURVIVAL
    ),
    "reverse_kaplan_meier.follow_up": Case(
        lambda w: [reverse_kaplan_meier.follow_up(w.time, w.event, ties=t) for t in REVERSE],
        SURVIVAL,
        {"time": in_unit},
    ),
    "roc.roc": Case(
        lambda w: [roc.roc(w.x, w.event, direction=d) for d in ("higher", "lower")],
        ("x", "event"),
        {"x": lambda a, f: numbers(a, lambda where: not where.endswith("cutoff"))},
        ("cutoff",),
    ),
    "selection.select_terms": Case(
        _searches, MODEL, {"x": lambda a, f: numbers(a, lambda where: where.endswith(".p"))}, (), 1e-6
    ),
    "separation.separation": Case(
        lambda w: separation.separation(w.event, np.nan_to_num(_standardised(w), posinf=0.0, neginf=0.0)), (), X
    ),
    "standardised_difference.standardised_difference": Case(
        lambda w: [standardised_difference.standardised_difference(*w.rows, variance=v) for v in ("average", "pooled")],
        (),
        X,
    ),
    "standardised_difference.standardised_difference_of_levels": Case(
        lambda w: [
            standardised_difference.standardised_difference_of_levels(*w.table[:2]),
            standardised_difference.standardised_difference_of_levels(*w.table.T),
        ]
    ),
    "summaries.quantile": Case(
        lambda w: [summaries.quantile(w.x, q, k) for q in (0.0, 0.1, 0.5, 1.0) for k in "267"], ("x",), {"x": divided}
    ),
    "summaries.describe": Case(lambda w: summaries.describe(w.x), (), {"x": lambda a, f: numbers(a)[2:] / f}),
    "t_test.t_test": Case(lambda w: [t_test.t_test(*w.rows, variance=v) for v in ("welch", "pooled")], (), X),
    "two_proportions.proportion_difference": Case(
        lambda w: [
            two_proportions.proportion_difference(*w.counts, interval=i)
            for i in ("newcombe", "newcombe_cc", "wald", "wald_cc", "agresti_caffo")
        ]
    ),
    "two_proportions.proportion_ratio": Case(
        lambda w: [two_proportions.proportion_ratio(*w.counts, interval=i) for i in ("log", "score")]
    ),
}


def _dose(w: World) -> float:
    """The middle value of x."""
    return float(np.sort(w.x)[w.n // 2]) if w.n else 1.0


CORRECTIONS = ("plain", "yates", "n_minus_1")
N_OR_LESS = ("n", "n_minus_1")
BANDS = ("log-log", "log", "plain", "logit", "arcsine")
REVERSE = ("deaths_first", "flipped_indicator")


def _inferences(w: World) -> list[cox.CoxFit]:
    return [_cox(w), _cox(w, inference="likelihood_ratio", ties="breslow"), _cox(w, cluster=w.cluster)]
