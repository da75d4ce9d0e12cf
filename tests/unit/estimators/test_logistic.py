"""Logistic regression: closed forms, separation, Firth, clusters, and the data on which software quietly goes wrong."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from y90outcomes.estimators.collinearity import variance_inflation
from y90outcomes.estimators.gee import gee
from y90outcomes.estimators.intraclass import intraclass_correlation
from y90outcomes.estimators.logistic import fit, logistic, term_test
from y90outcomes.estimators.logistic_likelihood import evaluate
from y90outcomes.estimators.separation import separation

steady = settings(derandomize=True, database=None, deadline=None, max_examples=20)
# 2 × 2: exposed 7 events of 10, others 3 of 12.
EVENT = np.array([1.0] * 7 + [0] * 3 + [1] * 3 + [0] * 9)
EXPOSED = np.array([1.0] * 10 + [0] * 12)
X = np.array([1.2, 0.3, 2.2, 0.9, 1.7, 0.1, 1.0, 1.4, 2.9, 0.4, 3.1, 2.0])
Y = np.array([0.0, 0, 1, 0, 1, 0, 1, 0, 1, 1, 0, 1])
Z = 1.959963984540054


def test_a_two_by_two_table_by_hand() -> None:
    found = logistic(EVENT, EXPOSED, ["x"], inference="wald")
    term = found.terms[0]
    ratio, se = (7 * 9) / (3 * 3), math.sqrt(1 / 7 + 1 / 3 + 1 / 3 + 1 / 9)
    assert term.odds_ratio == pytest.approx(ratio, rel=1e-12)
    assert term.se == pytest.approx(se, rel=1e-12)
    assert (term.lower, term.upper) == pytest.approx((ratio * math.exp(-Z * se), ratio * math.exp(Z * se)), rel=1e-12)
    assert found.intercept.odds_ratio == pytest.approx(3 / 9)
    loglik = 7 * math.log(0.7) + 3 * math.log(0.3) + 3 * math.log(0.25) + 9 * math.log(0.75)
    null = 10 * math.log(10 / 22) + 12 * math.log(12 / 22)
    assert (found.loglik, found.loglik_null) == pytest.approx((loglik, null), rel=1e-12)
    assert found.aic == pytest.approx(4 - 2 * loglik)
    assert found.wald.statistic == pytest.approx(term.statistic**2)
    profile = logistic(EVENT, EXPOSED, ["x"])
    assert profile.terms[0].statistic == pytest.approx(2 * (loglik - null), rel=1e-10)
    assert profile.likelihood_ratio.statistic == pytest.approx(profile.terms[0].statistic, rel=1e-12)
    assert profile.conventions == {"logistic_estimator": "ml", "logistic_inference": "profile"}
    # At a limit b twice the log-likelihood has fallen by the χ² quantile: the intercept a solves the total 10 events.
    for limit in (profile.terms[0].lower, profile.terms[0].upper):
        low, high = -20.0, 20.0
        for _ in range(200):
            a = (low + high) / 2
            exposed, others = 1 / (1 + math.exp(-a) / limit), 1 / (1 + math.exp(-a))
            low, high = (low, a) if 10 * exposed + 12 * others > 10 else (a, high)
        there = 7 * math.log(exposed) + 3 * math.log1p(-exposed) + 3 * math.log(others) + 9 * math.log1p(-others)
        assert 2 * (loglik - there) == pytest.approx(Z**2, rel=1e-9)


def test_firth_of_a_two_by_two_table_adds_a_half_to_every_cell() -> None:
    for events in (EVENT, np.array([1.0] * 10 + [1] * 3 + [0] * 9)):  # the second has an empty cell
        term = logistic(events, EXPOSED, ["x"], estimator="firth", inference="wald").terms[0]
        a, c = float(events[:10].sum()), float(events[10:].sum())
        p, q = (a + 0.5) / 11, (c + 0.5) / 13
        assert term.odds_ratio == pytest.approx(p / (1 - p) / (q / (1 - q)), rel=1e-12)
        assert term.se == pytest.approx(math.sqrt(1 / (10 * p * (1 - p)) + 1 / (12 * q * (1 - q))), rel=1e-12)


def test_the_search_equals_statsmodels() -> None:
    from statsmodels.discrete.discrete_model import Logit

    design = np.column_stack([X, X**2])
    theirs = Logit(Y, np.column_stack([np.ones(12), design])).fit(disp=0, tol=1e-14)
    ours = logistic(Y, design, ["x", "square"], inference="wald")
    np.testing.assert_allclose(ours.coefficients, theirs.params, rtol=1e-9)
    np.testing.assert_allclose(ours.covariance, theirs.cov_params(), rtol=1e-9)
    assert ours.loglik == pytest.approx(theirs.llf, rel=1e-12)
    beta, loglik, converged = fit(Y, np.column_stack([np.ones(12), design]))
    np.testing.assert_allclose(beta, theirs.params, rtol=1e-9)
    assert converged
    assert loglik == pytest.approx(theirs.llf)


@pytest.mark.parametrize("penalised", [False, True])
def test_derivatives_are_those_of_the_value(penalised: bool) -> None:
    design, beta = np.column_stack([np.ones(12), X, X**2]), np.array([0.3, -0.4, 0.2])
    here = evaluate(Y, design, beta, penalised=penalised)
    for j in range(3):
        step = np.zeros(3)
        step[j] = 1e-5
        up, down = (evaluate(Y, design, beta + way * step, penalised=penalised) for way in (1, -1))
        assert (up.value - down.value) / 2e-5 == pytest.approx(here.gradient[j], rel=1e-6, abs=1e-8)
        np.testing.assert_allclose((down.gradient - up.gradient) / 2e-5, here.curvature[j], rtol=1e-6, atol=1e-8)


def test_separation_is_detected_before_the_fit_and_firth_stands_in() -> None:
    y, x = [0, 0, 0, 1, 1, 1], [1, 2, 3, 4, 5, 6]
    ml = logistic(y, x, ["dose"], estimator="ml")
    assert not ml.valid
    assert ml.separation == "complete"
    assert ml.separated == ("dose",)
    assert "dose" in ml.terms[0].reason
    assert math.isnan(ml.terms[0].odds_ratio)
    assert math.isnan(ml.aic)
    assert ml.likelihood_ratio.statistic == pytest.approx(12 * math.log(2))  # the supremum of the likelihood is 1
    auto = logistic(y, x, ["dose"])
    assert auto.valid
    assert auto.estimator == "firth"
    assert auto.separated == ("dose",)
    assert auto.conventions["logistic_estimator"] == "firth"
    assert 1 < auto.terms[0].lower < auto.terms[0].odds_ratio < auto.terms[0].upper < math.inf
    assert math.isnan(auto.aic)


def test_quasi_separation_by_a_level_names_it_and_no_other() -> None:
    y = np.array([0, 1, 0, 1, 0, 1, 1, 1, 1])
    level, noise = np.array([0.0] * 6 + [1] * 3), np.array([3.0, 2, 2, 3, 1, 1, 2, 3, 2])
    found = separation(y.astype(float), np.column_stack([noise, level]))
    assert found.kind == "quasi"
    assert found.columns == (1,)
    assert found.parted.tolist() == [False] * 6 + [True] * 3
    ml = logistic(y, np.column_stack([noise, level]), ["noise", "level"], estimator="ml")
    alone = logistic(y[:6], noise[:6], ["noise"], estimator="ml")  # what is left when the level is fitted exactly
    assert ml.loglik == pytest.approx(alone.loglik, rel=1e-9)


def test_columns_that_separate_only_together_are_both_named() -> None:
    a, b = np.array([0.0, 1, 2, 3, 0, 1, 2, 3]), np.array([3.0, 2, 1, 0, 4, 3, 2, 1])
    y = np.array([0.0] * 4 + [1.0] * 4)  # a + b is 3 or 4
    assert separation(y, np.column_stack([a, b])).columns == (0, 1)
    assert separation(y, a[:, np.newaxis]).kind == "none"


def test_an_overlap_of_one_point_is_quasi_complete_and_of_two_is_none() -> None:
    x = np.array([1.0, 2, 3, 3, 4, 5])[:, np.newaxis]
    assert separation(np.array([0.0, 0, 0, 1, 1, 1]), x).kind == "quasi"
    x = np.array([1.0, 2, 3, 2.5, 4, 5])[:, np.newaxis]
    assert separation(np.array([0.0, 0, 0, 1, 1, 1]), x).kind == "none"


def test_next_to_separation_nothing_plausible_and_wrong() -> None:
    x = np.array([1.0, 2, 3, 4, 3.999, 5, 6, 7])
    term = logistic([0, 0, 0, 0, 1, 1, 1, 1], x, ["x"]).terms[0]
    assert "upper" in term.not_reached
    assert math.isnan(term.upper)
    assert term.reason
    assert term.lower > 1


@pytest.mark.parametrize(
    ("event", "design", "reason"),
    [
        ([], np.zeros((0, 1)), "nobody"),
        ([1], [[3.0]], "nobody without the event"),
        ([0, 0, 0], [[1.0], [2], [3]], "no events"),
        ([1, 1, 1], [[1.0], [2], [3]], "nobody without the event"),
        ([0, 1, 0, 1], [[2.0], [2], [2], [2]], "no variation: a"),
        ([0, 1, 1, 0, 1], [[1.0, 2], [2, 4], [3, 6], [4, 8], [5, 10]], "determine each other: a, b"),
        ([0, 1], [[1.0, 5], [2, 7]], "too few"),
        ([0, 1, 0, 1], [[1e-300, 5], [1e300, 5], [0, 5], [3, 5]], "no variation: b"),
    ],
)
@pytest.mark.parametrize("estimator", ["auto", "ml", "firth"])
def test_what_cannot_be_estimated_is_nan_with_a_reason(
    event: object, design: object, reason: str, estimator: str
) -> None:
    names = ["a", "b"][: np.asarray(design).shape[1]]
    found = logistic(event, design, names, estimator=estimator)  # type: ignore[arg-type]
    assert not found.valid
    assert reason in found.reason
    for term in (found.intercept, *found.terms):
        assert math.isnan(term.odds_ratio)
        assert math.isnan(term.p)
        assert reason in term.reason
    assert not found.likelihood_ratio.valid
    assert not found.wald.valid
    assert not term_test(event, design, names, [0], estimator=estimator).valid  # type: ignore[arg-type]
    marginal = gee(event, design, names, np.arange(len(event)))  # type: ignore[arg-type]
    assert not marginal.valid
    assert reason in marginal.reason
    assert math.isnan(marginal.terms[0].odds_ratio)


@pytest.mark.parametrize(
    ("event", "design", "names", "fault"),
    [
        ([0, 1, math.nan], [1.0, 2, 3], ["x"], "missing"),
        ([0, 1, 1], [1.0, math.nan, 3], ["x"], "missing"),
        ([0, 1, 2], [1.0, 2, 3], ["x"], "0 .no event. and 1"),
        ([0, 1], [1.0, 2, 3], ["x"], "differ in length"),
        ([0, 1, 0], [[1.0, 2], [2, 3], [3, 5]], ["x", "x"], "one different name"),
    ],
)
def test_faults_are_errors(event: list[float], design: object, names: list[str], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        logistic(event, design, names)  # type: ignore[arg-type]


def test_unknown_words_are_errors() -> None:
    for words in ({"estimator": "bayes"}, {"inference": "score"}, {"level": 1.0}):
        with pytest.raises(ValueError, match=r"estimator|inference|level"):
            logistic(Y, X, ["x"], **words)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="positions"):
        term_test(Y, X, ["x"], [1])
    with pytest.raises(ValueError, match="gee_correlation"):
        gee(Y, X, ["x"], np.arange(12), correlation="ar1")


@steady
@given(st.permutations(range(12)), st.sampled_from([1e-6, 1e-3, 1000.0, 1e6]), st.sampled_from(["ml", "firth"]))
def test_order_unit_and_origin_of_a_covariate_do_not_matter(order: list[int], unit: float, estimator: str) -> None:
    plain = logistic(Y, np.column_stack([X, X**2]), ["x", "s"], estimator=estimator)
    moved = X * unit
    other = logistic(Y[order], np.column_stack([moved, X**2])[order], ["x", "s"], estimator=estimator)
    for before, after in zip(plain.terms, other.terms, strict=True):
        scale = unit if before.name == "x" else 1.0
        assert after.coefficient * scale == pytest.approx(before.coefficient, rel=1e-9)
        assert after.statistic == pytest.approx(before.statistic, rel=1e-9)
        assert after.p == pytest.approx(before.p, rel=1e-9)
        if before.name == "s":
            assert (after.lower, after.upper) == pytest.approx((before.lower, before.upper), rel=1e-9)
    assert other.intercept.odds_ratio == pytest.approx(plain.intercept.odds_ratio, rel=1e-9)


@steady
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 4), st.booleans()), min_size=1, max_size=14))
def test_whatever_the_data_every_number_is_finite_or_has_a_reason(rows: list[tuple[bool, int, bool]]) -> None:
    y = np.array([row[0] for row in rows], dtype=float)
    design = np.array([[row[1], row[2]] for row in rows], dtype=float)
    for estimator in ("auto", "ml"):
        found = logistic(y, design, ["a", "b"], estimator=estimator)
        mirrored = logistic(1 - y, design, ["a", "b"], estimator=estimator)
        assert found.valid == mirrored.valid
        assert found.separation == mirrored.separation
        for term, other in zip((found.intercept, *found.terms), (mirrored.intercept, *mirrored.terms), strict=True):
            if not term.valid:
                assert term.reason
                assert math.isnan(term.odds_ratio)
                continue
            assert term.odds_ratio * other.odds_ratio == pytest.approx(1.0, rel=1e-6)
            assert term.lower <= term.odds_ratio or "lower" in term.not_reached or term.reason
            assert term.odds_ratio <= term.upper or "upper" in term.not_reached or term.reason
            assert 0.0 <= term.p <= 1.0


def test_huge_and_tiny_scales() -> None:
    for unit in (1e-300, 1e300):
        found = logistic(Y, np.column_stack([X * unit, X**2]), ["x", "s"])
        assert found.terms[1].statistic == pytest.approx(
            logistic(Y, np.column_stack([X, X**2]), ["x", "s"]).terms[1].statistic
        )
        assert found.terms[0].valid or "unit" in found.terms[0].reason


def test_a_block_of_one_is_the_term_itself_and_of_all_the_model() -> None:
    design, names = np.column_stack([X, X**2]), ["x", "s"]
    for estimator in ("ml", "firth"):
        whole = logistic(Y, design, names, estimator=estimator)
        one = term_test(Y, design, names, [0], estimator=estimator)
        assert one.statistic == pytest.approx(whole.terms[0].statistic, rel=1e-9)
        assert one.df == 1
        both = term_test(Y, design, names, [0, 1], estimator=estimator)
        assert both.statistic == pytest.approx(whole.likelihood_ratio.statistic, rel=1e-9)
        assert both.df == 2
        wald = term_test(Y, design, names, [1, 0], estimator=estimator, inference="wald")
        assert wald.statistic == pytest.approx(whole.wald.statistic, rel=1e-12)


# Thirty lesions of twelve patients, three at most in one.
SEEN = np.array([0, 1, 1, 0, 0, 1, 0, 1, 1, 1, 0, 0, 1, 0, 1, 1, 0, 0, 0, 1, 1, 0, 1, 1, 0, 1, 0, 0, 1, 1.0])
CLUSTER = np.repeat(np.arange(12), [3, 3, 3, 3, 3, 3, 2, 2, 2, 2, 2, 2])
DOSE = (np.arange(30) * 7 % 11) / 4 + SEEN


@pytest.mark.parametrize("correlation", ["exchangeable", "independence"])
def test_gee_equals_statsmodels_and_its_bias_reduced_variance(correlation: str) -> None:
    from statsmodels.genmod.cov_struct import Exchangeable, Independence
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_estimating_equations import GEE

    structure = {"exchangeable": Exchangeable, "independence": Independence}[correlation]
    design = np.column_stack([np.ones(30), DOSE])
    model = GEE(SEEN, design, groups=CLUSTER, family=Binomial(), cov_struct=structure())
    for kind, small in (("robust", "none"), ("bias_reduced", "mancl_derouen")):
        theirs = model.fit(cov_type=kind, ctol=1e-13, maxiter=1000, params_niter=1)
        ours = gee(SEEN, DOSE, ["x"], CLUSTER, correlation=correlation, small_sample=small, moments="minus_p")
        np.testing.assert_allclose(ours.coefficients, theirs.params, rtol=1e-8)
        np.testing.assert_allclose(np.sqrt(np.diag(ours.covariance)), theirs.bse, rtol=1e-7)
    assert (ours.df, ours.clusters, ours.largest, ours.few) == (10, 12, 3, False)


def test_clusters_of_one_are_the_usual_sandwich_and_t_is_wider_than_normal() -> None:
    alone = gee(Y, X, ["x"], np.arange(12), small_sample="none")
    plain = logistic(Y, X, ["x"], inference="wald")
    assert alone.terms[0].coefficient == pytest.approx(plain.terms[0].coefficient, rel=1e-10)
    assert alone.correlation == 0.0
    wide, narrow = (gee(SEEN, DOSE, ["x"], CLUSTER, small_sample=name).terms[0] for name in ("mancl_derouen", "none"))
    assert wide.se > narrow.se
    assert wide.upper / wide.lower > narrow.upper / narrow.lower
    made = gee(SEEN, DOSE, ["x"], CLUSTER, small_sample="none")
    assert made.wald([0]).statistic == pytest.approx(made.terms[0].statistic ** 2)
    by_t = gee(SEEN, DOSE, ["x"], CLUSTER)
    assert by_t.wald([0]).p == pytest.approx(by_t.terms[0].p)


def test_clusters_that_tell_nothing() -> None:
    assert "one cluster only" in gee(Y, X, ["x"], np.zeros(12)).reason
    assert "too few" in gee(Y, X, ["x"], np.array([1] * 6 + [2] * 6)).reason
    assert "separation" in gee([0, 0, 0, 1, 1, 1], [1.0, 2, 3, 4, 5, 6], ["x"], [1, 1, 2, 2, 3, 3]).reason
    # Everybody of a pair differs from the other: a correlation of −1, which no model of the mean explains.
    made = gee([0, 1] * 6, np.repeat(np.arange(6.0), 2) + np.tile([0.0, 0.1], 6), ["x"], np.repeat(np.arange(6), 2))
    assert not made.valid
    assert made.reason


def test_intraclass_correlation_by_hand() -> None:
    # Three pairs (1,1), (0,0), (1,0): MSB = 2·(¼+¼)/2 = ½, MSW = ½/3; n₀ = 2.
    made = intraclass_correlation([1, 1, 0, 0, 1, 0], np.array([1, 1, 2, 2, 3, 3]))
    assert made.estimate == pytest.approx((1 / 2 - 1 / 6) / (1 / 2 + 1 / 6), rel=1e-12)
    for values, clusters in (([], []), ([1, 0], [1, 1]), ([1, 0], [1, 2]), ([1, 1, 1], [1, 1, 2])):
        refused = intraclass_correlation(values, np.array(clusters))
        assert not refused.valid
        assert refused.reason
        assert math.isnan(refused.estimate)


def test_variance_inflation() -> None:
    a, b = np.array([1.0, 2, 3, 4, 5]), np.array([2.0, 1, 4, 3, 5])
    r = float(np.corrcoef(a, b)[0, 1])
    assert variance_inflation(np.column_stack([a * 1e6, b])) == pytest.approx([1 / (1 - r * r)] * 2)
    assert variance_inflation(np.column_stack([a, b]), [[0, 1]]) == pytest.approx([1.0])
    c = np.array([1.0, 0, 0, 1, 0])
    found = variance_inflation(np.column_stack([a, 2 * a, c, np.ones(5)]))
    assert found[0] == found[1] == math.inf
    assert math.isnan(found[3])
    assert found[2] == pytest.approx(1 / (1 - float(np.corrcoef(a, c)[0, 1]) ** 2))
    assert np.isnan(variance_inflation(np.zeros((1, 2)))).all()


def test_a_firth_limit_is_on_the_highest_branch_of_the_profile() -> None:
    """Six synthetic rows: with the second coefficient held the penalised likelihood has two maxima. Following the
    nearer one alone ended at an odds ratio of 0.0143, where the higher one had fallen by 3.375 only, not by 3.841."""
    from scipy.optimize import minimize

    design = np.array([[3, 0.45], [1, 0.08], [3, 0.28], [0, 0.93], [3, 0.73], [3, 2.65]])
    event = np.array([1.0, 1, 1, 1, 1, 0])
    made = logistic(event, design, ("first", "second"), estimator="firth")
    whole = np.column_stack([np.ones(6), design])

    def minus(rest: list[float], held: float) -> float:
        eta = whole @ np.array([rest[0], rest[1], held])
        share = 1.0 / (1.0 + np.exp(-np.clip(eta, -300, 300)))
        determinant = np.linalg.slogdet((whole.T * (share * (1.0 - share))) @ whole)[1]
        return float(np.logaddexp(0.0, np.where(event == 1.0, -eta, eta)).sum() - determinant / 2.0)

    def best(held: float) -> float:
        starts = [(a, b) for a in (0.0, 12.0) for b in (-4.0, 0.0)]
        options = {"xatol": 1e-9, "fatol": 1e-12, "maxiter": 4000}
        found = [minimize(minus, s, args=(held,), method="Nelder-Mead", options=options).fun for s in starts]
        return -float(min(found))

    top = best(made.terms[1].coefficient)
    for limit in (made.terms[1].lower, made.terms[1].upper):
        assert 2.0 * (top - best(math.log(limit))) == pytest.approx(Z**2, abs=1e-6)


@pytest.mark.parametrize("inference", ["profile", "wald"])
@pytest.mark.parametrize("estimator", ["ml", "firth"])
def test_only_the_columns_asked_for_have_interval_and_p(estimator: str, inference: str) -> None:
    """The one asked for is the same to the last digit; the others keep coefficient and standard error."""
    rng = np.random.default_rng(5)
    design = rng.normal(size=(60, 3))
    event = (rng.random(60) < 1.0 / (1.0 + np.exp(-design[:, 0]))).astype(float)
    whole = logistic(event, design, "abc", estimator=estimator, inference=inference)
    one = logistic(event, design, "abc", estimator=estimator, inference=inference, only=[1])
    assert one.terms[1] == whole.terms[1]
    for term, like in zip((one.intercept, *one.terms), (whole.intercept, *whole.terms), strict=True):
        if term.name == "b":
            continue
        assert term.valid
        assert term.reason == "interval and p were not asked for"
        assert term.not_reached == ()
        assert term.coefficient == pytest.approx(like.coefficient, rel=1e-12)
        assert (term.odds_ratio, term.se) == pytest.approx((like.odds_ratio, like.se), rel=1e-12)
        assert np.isnan([term.lower, term.upper, term.p, term.statistic]).all()
    assert (one.loglik, one.likelihood_ratio) == (whole.loglik, whole.likelihood_ratio)
    with pytest.raises(ValueError, match="only must name columns 0 to 2"):
        logistic(event, design, "abc", only=[3])
