"""Model building and heterogeneity: the rules on data worked out here, ties, separation, blocks, units, nasty input."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from y90outcomes.estimators.heterogeneity import heterogeneity
from y90outcomes.estimators.model_family import Response, fit_model, likelihood_ratio, report, response, wald
from y90outcomes.estimators.selection import Search, select_terms

steady = settings(derandomize=True, database=None, deadline=None, max_examples=4)
RANDOM = np.random.default_rng(5)
N = 60
DOSE, NOISE, SECOND = (RANDOM.normal(size=N) for _ in range(3))
FACTOR = RANDOM.integers(0, 3, size=N)
BLOCK = np.column_stack([FACTOR == 1, FACTOR == 2]).astype(float)
EVENT = (1.2 * DOSE + 0.9 * SECOND + RANDOM.logistic(size=N) > 0).astype(float)
TIME = RANDOM.exponential(np.exp(-DOSE - 0.8 * SECOND))
LOGISTIC, COX = response(EVENT), response(np.ones(N), TIME)
BLOCKS: dict[str, Any] = {"dose": DOSE, "noise": NOISE, "second": SECOND, "factor": BLOCK}


def run(made: Response = COX, blocks: dict[str, Any] | None = None, **words: Any) -> Search:
    chosen = blocks or BLOCKS
    forced = words.pop("forced", [])
    words = {"rule": "two_step"} | words
    return select_terms(made, chosen, [term for term in chosen if term not in forced], forced, **words)


@pytest.mark.parametrize("made", [COX, LOGISTIC], ids=["cox", "logistic"])
@pytest.mark.parametrize("rule", ["two_step", "stepwise_aic", "enter_all", "backward"])
def test_every_rule_finds_the_terms_that_matter(made: Response, rule: str) -> None:
    found = run(made, forced=["noise"], rule=rule)
    assert found.chosen[0] == "noise", "forced terms come first"
    assert {"dose", "second"} <= set(found.chosen)
    assert (found.n, found.events) == (N, int(made.event.sum()))


def test_the_trace_holds_the_numbers_of_the_models_compared() -> None:
    found = run(forced=["dose"])
    screened = {move.term: move for move in found.moves if move.stage == "beside_forced"}
    small, large = (fit_model(COX, np.column_stack(c), "ab"[: len(c)]) for c in ([DOSE], [DOSE, SECOND]))
    test = likelihood_ratio(small, large)
    assert (screened["second"].statistic, screened["second"].p) == (test.statistic, test.p)
    assert screened["second"].aic == pytest.approx(-2 * large.loglik + 4)
    assert screened["factor"].df == 2, "a factor is one block"
    last = [move for move in found.moves if move.step == found.moves[-1].step]
    assert all(move.decision == "kept" and move.p < 0.1 for move in last)


def test_elimination_takes_the_largest_p_first_and_never_a_forced_term() -> None:
    found = run(rule="backward", forced=["noise"], stay=1e-9)
    removed = [move for move in found.moves if move.decision == "removed"]
    for move in removed:
        rivals = [other.p for other in found.moves if other.step == move.step]
        assert move.p == max(rivals)
    assert "noise" not in {move.term for move in removed}
    assert [move.step for move in removed] == sorted({move.step for move in removed})


def test_equal_terms_go_by_the_order_given() -> None:
    twin = {"a": DOSE, "b": -3.0 * DOSE + 7.0}
    for order in (["a", "b"], ["b", "a"]):
        found = run(blocks={term: twin[term] for term in order}, rule="stepwise_aic", enter=1.0, start="null")
        assert found.chosen == (order[0],)


def test_a_model_that_cannot_be_estimated_stops_the_search_and_says_so() -> None:
    found = run(blocks={"a": DOSE, "b": -3.0 * DOSE + 7.0}, rule="backward")
    assert "determine each other" in found.stopped
    assert found.chosen == ("a", "b")
    assert [move.decision for move in found.moves] == ["refused"]
    assert math.isnan(found.moves[0].aic)


@pytest.mark.parametrize("made", [COX, LOGISTIC], ids=["cox", "logistic"])
def test_a_candidate_that_separates_is_set_aside_with_the_reason(made: Response) -> None:
    split = made.event if made.time is None else -np.argsort(np.argsort(TIME)).astype(float)
    found = run(made, blocks={"dose": DOSE, "split": split}, rule="enter_all", enter=0.5)
    assert found.chosen == ("dose",)
    assert "separation" in found.set_aside["split"]
    (move,) = [move for move in found.moves if move.term == "split"]
    assert (move.decision, math.isnan(move.p), bool(move.reason)) == ("set aside", True, True)


@pytest.mark.parametrize("rule", ["two_step", "stepwise_aic", "enter_all", "backward"])
@pytest.mark.parametrize(
    ("event", "time"),
    [([], []), ([1.0], [0.0]), ([0.0, 0.0, 0.0], [1.0, 2.0, 3.0]), ([1.0, 1.0], None)],
)
def test_nothing_to_learn_from_gives_reasons(rule: str, event: list[float], time: list[float] | None) -> None:
    x = np.arange(len(event), dtype=float)
    found = run(response(event, time), {"x": x, "constant": x * 0.0}, rule=rule)
    assert found.stopped or set(found.set_aside) == {"x", "constant"}
    assert all(move.reason for move in found.moves if math.isnan(move.p) and move.action != "keep")


def test_a_constant_covariate_and_an_empty_level_are_set_aside() -> None:
    empty = np.column_stack([BLOCK, np.zeros(N)])
    found = run(blocks={"dose": DOSE, "constant": np.ones(N), "empty": empty}, enter=1.0)
    assert set(found.set_aside) == {"constant", "empty"}
    assert all("no variation" in reason for reason in found.set_aside.values())


@pytest.mark.parametrize("scale", [1e-300, 1e-3, 1e3, 1e150])
@pytest.mark.parametrize("test", ["likelihood_ratio", "wald"])
def test_units_do_not_matter(scale: float, test: str) -> None:
    for made in (COX, LOGISTIC):
        plain = run(made, test=test)
        scaled = run(made, {term: block * scale for term, block in BLOCKS.items()}, test=test)
        assert scaled.chosen == plain.chosen
        for move, other in zip(plain.moves, scaled.moves, strict=True):
            assert other.p == pytest.approx(move.p, rel=1e-7)


@steady
@given(st.permutations(range(N)))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    moved = run(response(EVENT[order]), {term: block[order] for term, block in BLOCKS.items()}, rule="stepwise_aic")
    assert moved.chosen == run(LOGISTIC, rule="stepwise_aic").chosen


def test_wald_of_one_column_is_z_squared() -> None:
    fit = fit_model(COX, np.column_stack([DOSE, NOISE]), ["dose", "noise"])
    made = report(COX, np.column_stack([DOSE, NOISE]), ["dose", "noise"])
    assert wald(fit, [1]).statistic == pytest.approx(made.terms[1].statistic ** 2, rel=1e-9)
    assert wald(fit, [0, 1]).df == 2


def test_the_null_model_of_each_family_by_hand() -> None:
    empty = np.empty((4, 0))
    fit = fit_model(response([1, 0, 0, 0]), empty, [])
    assert fit.loglik == pytest.approx(math.log(0.25) + 3 * math.log(0.75))
    assert (fit.df, fit.aic) == (1, pytest.approx(-2 * fit.loglik + 2))
    survival = fit_model(response([1, 1, 1, 0], [1, 2, 3, 4]), empty, [])
    assert survival.loglik == pytest.approx(-math.log(24))
    assert survival.df == 0


def test_words_and_arrays_are_checked() -> None:
    bad: list[dict[str, Any]] = [
        {"rule": "lasso"}, {"test": "score"}, {"start": "middle"}, {"enter": 0.0}, {"stay": 1.5},
        {"blocks": {"dose": [math.nan] * N}}, {"blocks": {"dose": DOSE[:-1]}},
    ]  # fmt: skip
    for words in bad:
        with pytest.raises(ValueError, match=r"\w"):
            run(**words)
    with pytest.raises(ValueError, match="twice"):
        select_terms(COX, BLOCKS, ["dose", "dose"], rule="backward")
    with pytest.raises(ValueError, match="no columns"):
        select_terms(COX, BLOCKS, ["other"], rule="backward")
    for event, time in (([2.0], None), ([math.nan], None), ([1.0], [1.0, 2.0])):
        with pytest.raises(ValueError, match="event"):
            response(event, time)
    with pytest.raises(ValueError, match="strata"):
        response([1.0], [1.0], strata=np.zeros(2, dtype=np.int64))


def test_heterogeneity_of_two_by_hand() -> None:
    # Weights 1 and 1/4; mean (0 + 1/2)/(5/4) = 0.4; Q = 0.16 + 1.6²/4 = 0.8; effects agree more than chance.
    made = heterogeneity([0.0, 2.0], [1.0, 2.0])
    assert made.q.statistic == pytest.approx(0.8)
    assert made.q.p == pytest.approx(math.erfc(math.sqrt(0.4)))
    assert made.fixed.estimate == pytest.approx(0.4)
    assert made.fixed.se == pytest.approx(math.sqrt(0.8))
    assert (made.i2.estimate, made.tau2.estimate) == (0.0, 0.0)
    assert made.i2.valid
    assert math.isnan(made.i2.lower)
    assert made.i2.reason
    # Weights 1 and 1: Q = 8, S1 − S2/S1 = 1, so τ² = 7; I² = 7/8; the random effect has variance 8/2.
    apart = heterogeneity([0.0, 4.0], [1.0, 1.0])
    assert (apart.q.statistic, apart.tau2.estimate, apart.i2.estimate) == pytest.approx((8.0, 7.0, 0.875))
    assert (apart.random.estimate, apart.random.se) == pytest.approx((2.0, 2.0))


@pytest.mark.parametrize("scale", [1e-150, 1e-3, 1e3, 1e150])
def test_the_unit_of_effects_does_not_matter(scale: float) -> None:
    y, s = np.array([0.1, 1.4, -0.3]), np.array([0.2, 0.5, 0.3])
    plain, scaled = heterogeneity(y, s), heterogeneity(y * scale, s * scale)
    assert scaled.q.p == pytest.approx(plain.q.p)
    assert scaled.i2.upper == pytest.approx(plain.i2.upper)
    assert scaled.random.estimate == pytest.approx(plain.random.estimate * scale)


def test_heterogeneity_of_none_and_one_and_of_bad_input() -> None:
    nobody = heterogeneity([], [])
    assert not any(part.valid for part in (nobody.q, nobody.i2, nobody.tau2, nobody.fixed, nobody.random))
    one = heterogeneity([0.5], [0.2])
    assert (one.fixed.estimate, one.random.estimate) == (0.5, 0.5)
    assert not one.q.valid
    assert one.i2.reason
    assert heterogeneity([1.0, 1.0, 1.0], [1.0, 1.0, 1.0]).i2.estimate == 0.0
    far = heterogeneity([0.0, 1e300], [1e-300, 1.0])
    assert not far.q.valid
    assert far.fixed.reason
    for effects, errors in (([1.0], [0.0]), ([1.0], [1.0, 1.0]), ([math.nan], [1.0])):
        with pytest.raises(ValueError, match=r"effects|errors"):
            heterogeneity(effects, errors)
    with pytest.raises(ValueError, match="level"):
        heterogeneity([1.0], [1.0], level=1.0)
