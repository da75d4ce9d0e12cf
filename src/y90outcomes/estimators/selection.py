"""Building a multivariable model by a named rule, with the trace of every comparison made on the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from y90outcomes.conventions import default
from y90outcomes.estimators.arrays import as_matrix, check_name
from y90outcomes.estimators.model_family import ModelFit, Response, fit_model, likelihood_ratio, wald
from y90outcomes.estimators.numbers import NAN, Floats, Test

RULES = ("two_step", "stepwise_aic", "enter_all", "backward")
AIC_TIE = 1e-7
"""AICs closer than this are equal, the tolerance of R's `step`."""
P_TIE = 1e-9
"""Relative distance within which two p values are equal."""


@dataclass(frozen=True, slots=True)
class Move:
    """One comparison of the search. `aic` is of the model after the move; NaN numbers come with `reason`.

    stage     "alone", "beside_forced", "backward" or "aic"
    action    "add" or "remove" a term, "keep" all as they are, or "stop"
    decision  "enters", "stays out", "set aside", "removed", "kept", "best", "refused"
    """

    stage: str
    step: int
    action: str
    term: str
    statistic: float = NAN
    df: float = NAN
    p: float = NAN
    aic: float = NAN
    deviance: float = NAN
    decision: str = ""
    n: int = 0
    events: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """What a search found: the terms that `entered`, those `chosen` in the end (forced ones included, in the order
    given), those `set_aside` with the reason, and why it `stopped` before its end ("" when it did not)."""

    chosen: tuple[str, ...]
    entered: tuple[str, ...]
    moves: tuple[Move, ...]
    set_aside: Mapping[str, str]
    stopped: str = ""
    n: int = 0
    events: int = 0
    conventions: Mapping[str, str] = field(default_factory=dict)


def select_terms(
    response: Response,
    blocks: Mapping[str, ArrayLike],
    candidates: Sequence[str],
    forced: Sequence[str] = (),
    *,
    rule: str,
    enter: float = 0.1,
    stay: float = 0.1,
    test: str = default("selection_test"),
    start: str = "full",
) -> Search:
    """The terms of a model by `rule`, from `blocks`: term -> its columns (n, k), all of them in or out together.

    two_step      each candidate beside the forced terms enters at p < `enter`; then elimination until all p < `stay`
    stepwise_aic  each candidate alone enters at p < `enter`; then AIC in both directions from `start`, "full" or "null"
                  (the forced terms only); R's stats::step with scope from the forced terms to all that entered
    enter_all     each candidate alone enters at p < `enter`; then all of them
    backward      all candidates; then elimination until all p < `stay`

    p is of the likelihood-ratio test (R's drop1(test = "Chisq")) or the Wald test of the whole block. Elimination takes
    away the term with the largest p, one at a time, and never a forced one. Of equal p or AIC the term given first
    moves, and a change must lower AIC by more than `AIC_TIE`. Models are fitted by maximum likelihood; a candidate
    without a finite one beside the terms it is judged with (separation, no variation, collinear) is set aside, with the
    reason. When the model to start from has none, the search stops and says so.
    Akaike 1974, 10.1109/TAC.1974.1100705; Venables and Ripley 2002, 10.1007/978-0-387-21706-2, chapter 6.
    Raises ValueError for an unknown rule, test, start or term, a term given twice, limits outside (0, 1], bad arrays.
    """
    check_name("selection_test", test)
    if rule not in RULES:
        raise ValueError(f"rule {rule!r} is not one of {', '.join(RULES)}")
    if start not in ("full", "null"):
        raise ValueError(f"start {start!r} is not one of full, null")
    every = [*forced, *candidates]
    if len(set(every)) != len(every):
        raise ValueError("a term is given twice")
    if lost := [term for term in every if term not in blocks]:
        raise ValueError(f"no columns for {', '.join(lost)}")
    if not (0.0 < enter <= 1.0 and 0.0 < stay <= 1.0):
        raise ValueError("enter and stay must lie above 0 and not above 1")
    models = _Models(response, {term: as_matrix(term, blocks[term]) for term in every}, tuple(every), test)
    trail = _Trail(models, tuple(forced))
    entered = tuple(candidates)
    if rule != "backward":
        beside = tuple(forced) if rule == "two_step" else ()
        entered = trail.screen(candidates, beside, enter, "beside_forced" if beside else "alone")
    chosen = models.ordered([*forced, *entered])
    if rule in ("two_step", "backward"):
        chosen = trail.backward(chosen, stay)
    elif rule == "stepwise_aic":
        chosen = trail.stepwise(tuple(forced) if start == "null" else chosen, entered)
    null = models.fit(())
    return Search(
        chosen,
        entered,
        tuple(trail.moves),
        dict(trail.set_aside),
        trail.stopped,
        null.n,
        null.events,
        {"selection_test": test},
    )


class _Models:
    """Fits of subsets of the terms, each made once."""

    def __init__(self, response: Response, blocks: Mapping[str, Floats], order: tuple[str, ...], test: str) -> None:
        for term, block in blocks.items():
            if len(block) != len(response):
                raise ValueError(f"{term} and the response differ in length: {len(block)} and {len(response)}")
        self.response, self.blocks, self.order, self.test = response, blocks, order, test
        self._made: dict[tuple[str, ...], ModelFit] = {}

    def ordered(self, terms: Iterable[str]) -> tuple[str, ...]:
        """Terms in the order given, which is that of the columns."""
        return tuple(sorted(terms, key=self.order.index))

    def columns(self, terms: tuple[str, ...]) -> dict[str, list[int]]:
        """Term -> positions of its columns in the model of `terms`."""
        ends = np.cumsum([0, *(self.blocks[term].shape[1] for term in terms)]).tolist()
        return {term: list(range(ends[i], ends[i + 1])) for i, term in enumerate(terms)}

    def fit(self, terms: Iterable[str]) -> ModelFit:
        key = self.ordered(terms)
        if key not in self._made:
            columns = [self.blocks[term] for term in key]
            names = [
                term if block.shape[1] == 1 else f"{term} ({i + 1})"
                for term, block in zip(key, columns, strict=True)
                for i in range(block.shape[1])
            ]
            design = np.column_stack(columns) if columns else np.empty((len(self.response), 0))
            self._made[key] = fit_model(self.response, design, names)
        return self._made[key]

    def judge(self, terms: tuple[str, ...], term: str) -> Test:
        """The test of `term` in the model of `terms`, which holds it."""
        large = self.fit(terms)
        if self.test == "wald":
            return wald(large, self.columns(self.ordered(terms))[term])
        return likelihood_ratio(self.fit(other for other in terms if other != term), large)


class _Trail:
    """The moves made so far."""

    def __init__(self, models: _Models, forced: tuple[str, ...]) -> None:
        self.models, self.forced = models, forced
        self.moves: list[Move] = []
        self.set_aside: dict[str, str] = {}
        self.stopped = ""
        self.step = 0

    def add(
        self, stage: str, action: str, term: str, after: ModelFit, decision: str, test: Test | None = None,
        reason: str = "",
    ) -> None:  # fmt: skip
        made = test or Test("", n=after.n)
        self.moves.append(
            Move(
                stage,
                self.step,
                action,
                term,
                made.statistic,
                made.df,
                made.p,
                after.aic,
                -2.0 * after.loglik,
                decision,
                after.n,
                after.events,
                reason or made.reason or after.reason,
            )
        )

    def screen(self, candidates: Sequence[str], beside: tuple[str, ...], enter: float, stage: str) -> tuple[str, ...]:
        self.step += 1
        entered = []
        for term in candidates:
            made = self.models.judge((*beside, term), term)
            decision = "set aside" if not made.valid else "enters" if made.p < enter else "stays out"
            if not made.valid:
                self.set_aside[term] = made.reason
            elif made.p < enter:
                entered.append(term)
            self.add(stage, "add", term, self.models.fit((*beside, term)), decision, made)
        return tuple(entered)

    def refuse(self, stage: str, terms: tuple[str, ...]) -> bool:
        """Whether the model of `terms` cannot be estimated, which ends the search."""
        fit = self.models.fit(terms)
        if fit.valid or not terms:
            return False
        self.step += 1
        self.stopped = fit.reason
        self.add(stage, "stop", "", fit, "refused")
        return True

    def backward(self, terms: tuple[str, ...], stay: float) -> tuple[str, ...]:
        while removable := [term for term in terms if term not in self.forced]:
            if self.refuse("backward", terms):
                return terms
            self.step += 1
            tests = {term: self.models.judge(terms, term) for term in removable}
            worst = max(made.p for made in tests.values())
            goes = next(term for term in removable if tests[term].p >= worst * (1.0 - P_TIE))
            goes = goes if tests[goes].p >= stay else ""
            for term, made in tests.items():
                rest = self.models.fit(other for other in terms if other != term)
                self.add("backward", "remove", term, rest, "removed" if term == goes else "kept", made)
            if not goes:
                break
            terms = tuple(term for term in terms if term != goes)
        return terms

    def stepwise(self, terms: tuple[str, ...], entered: tuple[str, ...]) -> tuple[str, ...]:
        while not self.refuse("aic", terms):
            self.step += 1
            now = self.models.fit(terms)
            moves = [("remove", term) for term in terms if term not in self.forced]
            moves += [("add", term) for term in entered if term not in terms]
            after = {move: self.models.fit(set(terms) ^ {move[1]}) for move in moves}
            able = {move: fit.aic for move, fit in after.items() if fit.valid}
            least = min(able.values(), default=NAN)
            best = next((move for move, aic in able.items() if aic <= least + AIC_TIE), None)
            if best is None or not able[best] < now.aic - AIC_TIE:
                best = None
            self.add("aic", "keep", "", now, "kept" if best else "best")
            for (action, term), fit in after.items():
                small, large = (fit, now) if action == "remove" else (now, fit)
                made = likelihood_ratio(small, large)
                done = {"remove": "removed", "add": "enters"} if (action, term) == best else {}
                usual = "set aside" if not fit.valid else "kept" if action == "remove" else "stays out"
                self.add("aic", action, term, fit, done.get(action, usual), made)
            if best is None:
                return terms
            terms = self.models.ordered(set(terms) ^ {best[1]})
        return terms
