"""Cox regression: closed forms, invariances, and the data sets on which software quietly goes wrong."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from y90outcomes.estimators.cox import cox
from y90outcomes.estimators.log_rank import log_rank

steady = settings(derandomize=True, database=None, deadline=None, max_examples=25)
TIME = np.array([1.0, 2, 3, 4, 5, 6, 7, 8])
EVENT = np.array([1, 1, 0, 1, 1, 1, 0, 1])
X = np.array([[1.2, 0], [0.3, 1], [2.2, 0], [0.9, 1], [1.7, 1], [0.1, 0], [1.0, 1], [1.4, 0]])


def test_closed_form_of_three_subjects() -> None:
    # Events at 1 (x=1), 2 (x=0), 3 (x=1): L = θ/(2θ+1) · 1/(θ+1); dL = 0 where θ² = 1/2. Null: 1/3 · 1/2.
    found = cox([1, 2, 3], [1, 1, 1], [1, 0, 1], ["x"])
    term = found.terms[0]
    assert term.hazard_ratio == pytest.approx(math.sqrt(0.5), rel=1e-9)
    theta = math.sqrt(0.5)
    assert found.loglik == pytest.approx(math.log(theta / (2 * theta + 1) / (theta + 1)))
    assert found.loglik_null == pytest.approx(-math.log(6))
    information = 2 * theta / (2 * theta + 1) ** 2 + theta / (theta + 1) ** 2
    assert term.se == pytest.approx(1 / math.sqrt(information))
    assert term.p == pytest.approx(math.erfc(abs(term.z) / math.sqrt(2)))
    assert math.log(term.upper / term.lower) == pytest.approx(2 * 1.959963984540054 * term.se)
    assert found.wald.statistic == pytest.approx(term.z**2)
    assert found.likelihood_ratio.statistic == pytest.approx(2 * (found.loglik - found.loglik_null))


def test_ties_by_hand() -> None:
    # Two of three die together, x = 1, 0; the survivor has x = 0. Breslow θ/(θ+2)²: θ = 2. Efron 2θ/((θ+2)(θ+3)): √6.
    for ties, theta in (("breslow", 2.0), ("efron", math.sqrt(6.0))):
        found = cox([1, 1, 2], [1, 1, 0], [1, 0, 0], ["x"], ties=ties)
        assert found.terms[0].hazard_ratio == pytest.approx(theta, rel=1e-9)
        assert found.conventions == {"cox_ties": ties, "cox_inference": "wald"}


def test_score_test_of_a_group_is_the_log_rank_test_when_nothing_ties() -> None:
    found = cox(TIME, EVENT, X[:, 1], ["group"])
    assert found.score.statistic == pytest.approx(log_rank(TIME, EVENT, X[:, 1]).test.statistic, rel=1e-9)


@pytest.mark.parametrize("scale", [1e-12, 1e-3, 1e3, 1e12, 1e150])
def test_the_unit_of_a_covariate_changes_only_its_coefficient(scale: float) -> None:
    plain, scaled = cox(TIME, EVENT, X, ["dose", "sex"]), cox(TIME, EVENT, X * [scale, 1.0], ["dose", "sex"])
    assert scaled.terms[0].coefficient * scale == pytest.approx(plain.terms[0].coefficient, rel=1e-9)
    assert scaled.terms[0].p == pytest.approx(plain.terms[0].p, rel=1e-9)
    assert scaled.terms[1].hazard_ratio == pytest.approx(plain.terms[1].hazard_ratio, rel=1e-9)
    assert scaled.loglik == pytest.approx(plain.loglik, rel=1e-12)
    assert scaled.valid


def test_an_offset_of_a_covariate_changes_nothing() -> None:
    plain, moved = cox(TIME, EVENT, X, ["a", "b"]), cox(TIME, EVENT, X + np.array([2000.0, -7.0]), ["a", "b"])
    assert [t.coefficient for t in moved.terms] == pytest.approx([t.coefficient for t in plain.terms], rel=1e-9)


def test_a_hazard_ratio_beyond_floating_point_is_not_printed() -> None:
    term = cox(TIME, EVENT, X[:, :1] * 1e-6, ["dose"]).terms[0]
    assert math.isnan(term.hazard_ratio)
    assert not term.valid
    assert "use a unit nearer its spread" in term.reason
    assert math.isfinite(term.z)


@steady
@given(st.permutations(range(8)), st.sampled_from(["efron", "breslow"]))
def test_the_order_of_subjects_and_columns_is_no_matter(order: list[int], ties: str) -> None:
    time = np.ceil(TIME / 2)
    plain = cox(time, EVENT, X, ["a", "b"], ties=ties)
    other = cox(time[order], EVENT[order], X[order][:, ::-1], ["b", "a"], ties=ties)
    assert other.loglik == pytest.approx(plain.loglik, rel=1e-12)
    assert [t.z for t in reversed(other.terms)] == pytest.approx([t.z for t in plain.terms], rel=1e-8)


def test_perfect_separation_is_said_not_estimated() -> None:
    found = cox([1, 2, 3, 4, 5, 6], np.ones(6), [1, 1, 1, 0, 0, 0], ["responder"])
    assert (found.valid, found.converged) == (False, False)
    assert "responder" in found.reason
    assert "monotone likelihood" in found.reason
    assert math.isnan(found.terms[0].coefficient)
    assert not found.wald.valid
    # The supremum of the likelihood is finite: θ → ∞ leaves 1/(3·2·1) · 1/(3·2·1).
    assert found.likelihood_ratio.statistic == pytest.approx(2 * (math.log(720) - math.log(36)))
    assert found.score.valid


def test_a_group_without_events_is_a_monotone_likelihood() -> None:
    found = cox([1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 0, 0], [1, 1, 1, 0, 0, 0], ["treated"])
    assert "monotone likelihood" in found.reason


def test_separation_by_a_continuous_and_by_one_rare_column() -> None:
    ordered = cox(np.arange(1, 31), np.ones(30), np.linspace(0, 500, 30), ["dose"])
    assert "along dose" in ordered.reason
    n = 400
    rng = np.random.default_rng(1)
    x = rng.normal(size=n)
    rare = np.zeros(n)
    time = rng.exponential(size=n)
    rare[np.argmax(time)] = 1.0  # one subject, the last to have the event: its hazard could be anything lower
    found = cox(time, np.ones(n), np.column_stack((x, rare)), ["x", "rare"])
    assert "along rare (" in found.reason
    assert all(math.isnan(term.coefficient) and not term.valid for term in found.terms)


@pytest.mark.parametrize(
    ("design", "names", "reason"),
    [
        (np.ones((8, 1)), ["flat"], "no variation among those at risk when events happen: flat"),
        (np.full((8, 1), 0.1 + 0.2), ["flat"], "no variation among those at risk when events happen: flat"),
        (
            np.column_stack((X, np.zeros(8))),
            ["a", "b", "zero"],
            "no variation among those at risk when events happen: zero",
        ),
        (np.column_stack((X, 3 * X[:, 0] - 1)), ["a", "b", "c"], "columns that determine each other: a, c"),
        (np.column_stack((X[:, 1], 1 - X[:, 1])), ["yes", "no"], "columns that determine each other: yes, no"),
    ],
)
def test_columns_that_cannot_be_estimated_are_named(design: np.ndarray, names: list[str], reason: str) -> None:
    found = cox(TIME, EVENT, design, names)
    assert (found.valid, found.reason) == (False, reason)
    assert all(math.isnan(term.hazard_ratio) and term.reason == reason for term in found.terms)
    assert not found.likelihood_ratio.valid


def test_a_column_that_varies_only_before_the_first_event() -> None:
    found = cox([1, 2, 3, 4], [0, 1, 1, 1], [1, 0, 0, 0], ["early"])
    assert found.reason == "no variation among those at risk when events happen: early"


@pytest.mark.parametrize("time", [[], [3.0], [1.0, 2.0]])
def test_no_events(time: list[float]) -> None:
    found = cox(time, np.zeros(len(time)), np.zeros((len(time), 1)), ["x"])
    assert (found.valid, found.reason, found.events) == (False, "no events", 0)
    assert math.isnan(found.loglik_null)


def test_one_patient_has_nobody_to_compare_with() -> None:
    assert "no variation" in cox([5.0], [1], [[2.0]], ["x"]).reason


def test_subjects_who_leave_before_the_first_event_count_but_say_nothing() -> None:
    found = cox(np.append(TIME, 0.5), np.append(EVENT, 0), np.vstack((X, [90.0, 1.0])), ["a", "b"])
    plain = cox(TIME, EVENT, X, ["a", "b"])
    assert found.n == 9
    assert [t.coefficient for t in found.terms] == [t.coefficient for t in plain.terms]


@pytest.mark.parametrize(
    ("design", "names", "message"),
    [
        (X[:3], ["a", "b"], "differ in length"),
        (X, ["a"], "one different name per column"),
        (X, ["a", "a"], "one different name per column"),
        (X * np.array([1, math.nan]), ["a", "b"], "design holds 8 missing"),
    ],
)
def test_bad_designs_are_refused(design: np.ndarray, names: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cox(TIME, EVENT, design, names)
    with pytest.raises(ValueError, match="cox_ties"):
        cox(TIME, EVENT, X, ["a", "b"], ties="exact")
