"""Cox regression beyond the plain model: strata, intervals, clusters, profiles, checks; and where they must say no."""

from __future__ import annotations

import math
import time as clock
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from y90outcomes.estimators import cox_residuals as residual
from y90outcomes.estimators.concordance import concordance_of
from y90outcomes.estimators.cox import cox, term_test
from y90outcomes.estimators.cox_kernel import block_likelihood_ratio, block_wald, fit_cox
from y90outcomes.estimators.proportional_hazards import proportional_hazards

steady = settings(derandomize=True, database=None, deadline=None, max_examples=25)
TIES = ("efron", "breslow")


def sample(n: int = 120, seed: int = 0, k: int = 3) -> dict[str, Any]:
    """Synthetic, tied times."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, k))
    died_at, seen = rng.exponential(size=n) * np.exp(-x[:, 0] / 2), rng.exponential(size=n) * 1.5
    time = np.ceil(np.minimum(died_at, seen) * 12)
    return {
        "time": time, "event": (died_at <= seen).astype(float), "design": x,
        "start": np.maximum(np.floor(time * rng.random(n) * 0.7) - 0.5, 0.0), "strata": rng.integers(0, 3, n),
        "cluster": rng.integers(0, 30, n),
    }  # fmt: skip


def names(k: int) -> list[str]:
    return [f"x{place}" for place in range(k)]


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("entry", [False, True])
@pytest.mark.parametrize("stratified", [False, True])
def test_the_kernel_is_that_of_statsmodels(ties: str, entry: bool, stratified: bool) -> None:
    from statsmodels.duration.hazard_regression import PHReg

    data = sample()
    more = {"start": data["start"]} if entry else {}
    more |= {"strata": data["strata"]} if stratified else {}
    made = fit_cox(data["time"], data["event"], data["design"], ties=ties, **more)
    given = {"entry": data["start"]} if entry else {}
    given |= {"strata": data["strata"]} if stratified else {}
    theirs = PHReg(data["time"], data["design"], status=data["event"], ties=ties, **given)
    assert theirs.loglike(made.beta) == pytest.approx(made.loglik, rel=1e-12)
    assert np.abs(theirs.score(made.beta)).max() < 1e-8
    if not (entry and ties == "efron"):  # their Hessian of Efron's ties is exact only without entry
        assert -theirs.hessian(made.beta) == pytest.approx(made.information, rel=1e-9)


def test_the_fit_is_that_of_lifelines_when_it_iterates_to_the_end() -> None:
    import pandas as pd
    from lifelines import CoxPHFitter

    data = sample()
    made = cox(data["time"], data["event"], data["design"], names(3))
    frame = pd.DataFrame(data["design"], columns=names(3)).assign(time=data["time"], event=data["event"])
    theirs = CoxPHFitter().fit(
        frame, "time", "event", fit_options={"step_size": 1.0, "precision": 1e-14, "r_precision": 1e-15}
    )
    assert [term.coefficient for term in made.terms] == pytest.approx(theirs.params_.tolist(), rel=1e-9)
    assert [term.se for term in made.terms] == pytest.approx(theirs.standard_errors_.tolist(), rel=1e-9)


def test_thirty_thousand_rows_take_a_moment() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(30_000, 5))
    begin = clock.perf_counter()
    assert fit_cox(rng.exponential(size=30_000), np.ones(30_000), x).valid
    assert clock.perf_counter() - begin < 10.0


def test_two_strata_are_two_likelihoods_multiplied() -> None:
    """Stratum a: events x=1, 0 of {1, 0}: θ/(θ+1) · 1. Stratum b: 0 then 1: 1/(1+θ). θ/(1+θ)² is highest at 1."""
    found = cox([1, 2, 1, 2], [1, 1, 1, 1], [1, 0, 0, 1], ["x"], strata=["a", "a", "b", "b"])
    assert found.terms[0].hazard_ratio == pytest.approx(1.0, abs=1e-9)
    assert found.loglik == pytest.approx(math.log(0.25))
    assert found.terms[0].se == pytest.approx(math.sqrt(2.0))
    assert found.strata == 2


def test_an_interval_is_at_risk_from_after_its_start() -> None:
    """At 1 only A and B; C (x=1) comes in at 1, after the event: θ/(θ+1) · 1/(1+θ) · 1, highest at 1."""
    found = cox([1, 2, 3], [1, 1, 1], [1, 0, 1], ["x"], start=[0, 0, 1])
    assert found.loglik == pytest.approx(math.log(0.25))
    assert found.terms[0].coefficient == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("ties", TIES)
def test_cutting_intervals_changes_nothing(ties: str) -> None:
    data = sample()
    whole = cox(data["time"], data["event"], data["design"], names(3), ties=ties)
    early = data["time"] > 4
    time = np.concatenate((np.minimum(data["time"], 4), data["time"][early]))
    start = np.concatenate((np.full(120, -1.0), np.full(early.sum(), 4.0)))
    event = np.concatenate((np.where(early, 0, data["event"]), data["event"][early]))
    design = np.vstack((data["design"], data["design"][early]))
    who = np.concatenate((np.arange(120), np.flatnonzero(early)))
    cut = cox(time, event, design, names(3), start=start, ties=ties, cluster=who)
    robust = cox(data["time"], data["event"], data["design"], names(3), ties=ties, cluster=np.arange(120))
    assert [t.coefficient for t in cut.terms] == pytest.approx([t.coefficient for t in whole.terms], rel=1e-9)
    assert [t.se for t in cut.terms] == pytest.approx([t.se for t in robust.terms], rel=1e-9)
    assert concordance_of(cut.kernel, cluster=who).estimate.se == pytest.approx(
        concordance_of(robust.kernel).estimate.se, rel=1e-9
    )
    for test in ("identity", "log"):
        a, b = (proportional_hazards(made.kernel, transform=test).overall for made in (cut, whole))
        assert a.statistic == pytest.approx(b.statistic, rel=1e-8)


def test_a_huge_hazard_that_has_left_the_risk_set_leaves_no_error_behind() -> None:
    data = sample(60)
    x = data["design"][:, 0]
    plain = cox(data["time"], data["event"], x, ["x"], start=data["start"]).kernel.model
    assert plain is not None
    beta = np.array([30.0])
    risk = plain.risk
    for place, at in zip(risk.at, risk.dead, strict=True):
        inside = (risk.first <= place) & (risk.last >= place)
        assert inside[at]
    sums = plain.sums(beta)
    direct = [sums.hazard[(risk.first <= p) & (risk.last >= p)].sum() for p in range(len(risk.time))]
    assert risk.total(sums.hazard[:, np.newaxis])[:, 0] == pytest.approx(direct, rel=1e-13)


@steady
@given(st.permutations(range(12)), st.sampled_from(TIES))
def test_order_and_unit_are_no_matter(order: list[int], ties: str) -> None:
    data = sample(12, seed=5, k=1)
    more = {key: data[key] for key in ("start", "strata", "cluster")}
    plain = cox(data["time"], data["event"], data["design"], ["a"], ties=ties, **more)
    moved = {key: value[order] for key, value in more.items()}
    other = cox(data["time"][order], data["event"][order], data["design"][order] * 1000, ["a"], ties=ties, **moved)
    assert other.terms[0].z == pytest.approx(plain.terms[0].z, rel=1e-7)
    mine, theirs = (concordance_of(made.kernel).estimate for made in (plain, other))
    assert (mine.estimate, mine.se) == pytest.approx((theirs.estimate, theirs.se), nan_ok=True)
    a, b = (proportional_hazards(made.kernel).overall for made in (plain, other))
    assert a.statistic == pytest.approx(b.statistic, rel=1e-6, nan_ok=True)


# Clusters


def test_a_cluster_per_row_is_the_sandwich_of_single_rows() -> None:
    data = sample()
    made = cox(data["time"], data["event"], data["design"], names(3), cluster=np.arange(120))
    change = residual.dfbeta_residuals(made.kernel)
    assert made.covariance == pytest.approx(change.T @ change, rel=1e-9)
    assert made.clusters == 120
    assert made.conventions["cox_variance"] == "lin_wei"
    assert made.terms[0].z == pytest.approx(made.terms[0].coefficient / made.terms[0].se)
    assert term_test(made, [0, 1, 2]).statistic == pytest.approx(made.wald.statistic, rel=1e-9)


def test_too_few_clusters_are_said() -> None:
    data = sample()
    one = cox(data["time"], data["event"], data["design"], names(3), cluster=np.zeros(120))
    assert not any(term.valid for term in one.terms)
    assert "at least two clusters" in one.terms[0].reason
    assert "at least two clusters" in one.wald.reason
    two = cox(data["time"], data["event"], data["design"], names(3), cluster=np.arange(120) % 2)
    assert all(term.valid for term in two.terms)
    assert "no more clusters than coefficients" in two.wald.reason
    assert not term_test(two, [0, 1]).valid
    assert term_test(two, [0]).valid


def test_likelihood_ratio_and_clusters_do_not_mix() -> None:
    data = sample()
    with pytest.raises(ValueError, match="independent"):
        cox(
            data["time"], data["event"], data["design"], names(3),
            cluster=data["cluster"], inference="likelihood_ratio",
        )  # fmt: skip


# Profile likelihood


def test_the_profile_limits_lie_where_the_likelihood_has_dropped() -> None:
    """Three subjects: L(θ) = θ/(2θ+1) · 1/(θ+1), limits where 2 log(L(√½)/L(θ)) = 3.841."""
    found = cox([1, 2, 3], [1, 1, 1], [1, 0, 1], ["x"], inference="likelihood_ratio").terms[0]

    def likelihood(theta: float) -> float:
        return theta / (2 * theta + 1) / (theta + 1)

    top = likelihood(math.sqrt(0.5))
    for limit in (found.lower, found.upper):
        assert 2 * math.log(top / likelihood(limit)) == pytest.approx(3.841458820694124, rel=1e-9)
    assert found.chi_square == pytest.approx(2 * math.log(top * 6), rel=1e-6)
    assert math.isnan(found.z)
    assert found.p == pytest.approx(math.erfc(math.sqrt(found.chi_square / 2)), rel=1e-9)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_under_separation_the_profile_has_one_limit(sign: float) -> None:
    """All three with x=1 die first: L(θ) = Π of two; its supremum at θ → ∞ is 1/36."""
    x = np.array([1, 1, 1, 0, 0, 0.0]) * sign
    found = cox([1, 2, 3, 4, 5, 6], np.ones(6), x, ["x"], inference="likelihood_ratio").terms[0]
    assert found.not_reached == ("estimate", "upper" if sign > 0 else "lower")
    assert found.valid
    assert "no finite estimate" in found.reason
    assert math.isnan(found.hazard_ratio)

    def likelihood(theta: float) -> float:
        return theta**3 / ((3 * theta + 3) * (2 * theta + 3) * (theta + 3)) / 6

    limit = found.lower if sign > 0 else 1 / found.upper
    assert 2 * math.log(1 / 36 / likelihood(limit)) == pytest.approx(3.841458820694124, abs=1e-6)
    assert found.chi_square == pytest.approx(2 * math.log(720 / 36), rel=1e-7)


def test_separation_by_two_columns_at_once_gives_no_limit() -> None:
    x = np.array([1, 1, 1, 0, 0, 0.0])
    other = np.array([3.0, 2.5, 2.2, 0.3, 0.2, 0.1])
    found = cox(np.arange(1, 7), np.ones(6), np.column_stack((x, other)), ["a", "b"], inference="likelihood_ratio")
    assert not any(math.isfinite(value) for term in found.terms for value in (term.lower, term.upper))
    assert all(not term.valid or term.not_reached == ("estimate", "lower", "upper") for term in found.terms)


@pytest.mark.parametrize("scale", [1e-200, 0.1, 1e3, 1e200])
def test_profile_and_unit(scale: float) -> None:
    data = sample(40, k=1)
    plain, other = (
        cox(data["time"], data["event"], data["design"] * size, ["x"], inference="likelihood_ratio").terms[0]
        for size in (1.0, scale)
    )
    assert other.p == pytest.approx(plain.p, rel=1e-8)
    if scale in (0.1, 1e3):
        assert math.log(other.upper) * scale == pytest.approx(math.log(plain.upper), rel=1e-7)


# Light fits and blocks


def test_block_tests_of_a_light_fit() -> None:
    data = sample()
    full, less = (fit_cox(data["time"], data["event"], data["design"][:, :k]) for k in (3, 1))
    assert block_likelihood_ratio(full, [1, 2]) == pytest.approx(2 * (full.loglik - less.loglik), rel=1e-9)
    covariance = np.linalg.inv(full.information)[1:, 1:]
    assert block_wald(full, [1, 2]) == pytest.approx(full.beta[1:] @ np.linalg.solve(covariance, full.beta[1:]))
    whole = cox(data["time"], data["event"], data["design"], names(3), inference="likelihood_ratio")
    assert term_test(whole, [0, 1, 2]).statistic == pytest.approx(whole.likelihood_ratio.statistic, rel=1e-9)
    empty = fit_cox(data["time"], data["event"], np.empty((120, 0)))
    assert empty.valid
    assert empty.loglik == empty.loglik_null == pytest.approx(full.loglik_null, rel=1e-12)
    assert full.data.names == ("x1", "x2", "x3")


# Nasty


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"start": [1, 2, 3]}, "start is not before time in 3 rows"),
        ({"start": [0, 0]}, "start and time differ in length"),
        ({"start": [0, math.nan, 0]}, "start holds 1 missing"),
        ({"strata": ["a", None, "b"]}, "missing"),
        ({"strata": ["a"]}, "length"),
        ({"cluster": [1.0, math.nan, 2.0]}, "missing"),
        ({"inference": "score"}, "cox_inference"),
    ],
)
def test_bad_arguments_are_refused(more: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cox([1, 2, 3], [1, 1, 1], [1, 0, 1], ["x"], **more)


@pytest.mark.parametrize("inference", ["wald", "likelihood_ratio"])
@pytest.mark.parametrize(
    ("time", "event", "x", "more"),
    [
        ([], [], np.zeros((0, 1)), {}),
        ([3], [1], [1], {}),
        ([1, 2, 3], [0, 0, 0], [1, 0, 1], {}),
        ([1, 2, 3, 4], [1, 1, 1, 1], [1, 0, 1, 0], {"strata": [1, 2, 3, 4]}),
        ([1, 2, 3, 4], [1, 1, 1, 1], [1, 1, 0, 0], {"strata": [1, 1, 2, 2]}),
        ([1, 2, 3, 4], [1, 1, 1, 1], [1, 0, 1, 0], {"start": [0, 1, 2, 3]}),
    ],
    ids=["nobody", "one", "all censored", "a stratum each", "constant in strata", "never two at risk"],
)
def test_nothing_to_learn_is_said(time: Any, event: Any, x: Any, more: dict[str, Any], inference: str) -> None:
    made = cox(time, event, x, ["x"], inference=inference, **more)
    assert not made.valid
    assert made.reason
    assert not made.terms[0].valid
    assert math.isnan(made.terms[0].p)
    assert made.terms[0].reason
    assert not concordance_of(made.kernel).estimate.valid
    assert not proportional_hazards(made.kernel).overall.valid
    assert not term_test(made, [0]).valid


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_huge_and_tiny_columns_with_everything(scale: float) -> None:
    data = sample(50, k=2)
    x = data["design"] * np.array([scale, 1.0])
    made = cox(data["time"], data["event"], x, ["a", "b"], strata=data["strata"], cluster=data["cluster"])
    assert made.terms[1].valid
    assert made.terms[0].valid or "use a unit nearer" in made.terms[0].reason
    assert proportional_hazards(made.kernel).overall.valid
    assert concordance_of(made.kernel).estimate.valid
    residual.score_residuals(made.kernel)
    residual.scaled_schoenfeld_residuals(made.kernel)


def test_a_profile_of_three_rows_under_a_monotone_likelihood_gives_a_reason_and_does_not_crash() -> None:
    """The information is exactly zero, ridge and all, where a held coefficient orders every event."""
    design = [[2.0, -0.412558], [1.0, 0.112521], [0.0, 1.415692]]
    made = cox([3.0, 12, 18], [1, 1, 0], design, ("a", "b"), inference="likelihood_ratio")
    assert all(term.reason for term in made.terms)
