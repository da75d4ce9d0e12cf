"""Cox models again, by lifelines (Efron's ties) and statsmodels' PHReg (either rule)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from y90outcomes.cohort import Cohort
from y90outcomes.estimators.numbers import Booleans, Floats
from y90outcomes.estimators.second import regression, survival
from y90outcomes.estimators.second.normal import likelihood_ratio
from y90outcomes.estimators.second.trial import Declined
from y90outcomes.methods.common import Selection, select
from y90outcomes.methods.design import Design, design
from y90outcomes.methods.kaplan_meier import complete
from y90outcomes.methods.late import at_landmark, landmark_time, late_terms, switched, without_day
from y90outcomes.methods.verification.sheet import Sheet, Tail
from y90outcomes.results import Result
from y90outcomes.study.analyses import CompetingRisksAnalysis, CoxAnalysis

Fits = dict[str, dict[str, Any]]
PROFILE = "PHReg likelihood, SciPy root"
OLD_TEST = "lifelines has the approximation of before R 3 and no global test, statsmodels none"
NO_VARIANCE = "lifelines' concordance has no variance"


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """What a Cox model is fitted to: arrays (m,), matrix (m, k)."""

    time: Floats
    event: Floats
    matrix: Floats
    ties: str
    level: float
    strata: npt.NDArray[Any] | None = None
    start: Floats | None = None
    cluster: npt.NDArray[Any] | None = None

    def fits(self) -> Fits:
        """The model by engine; `Declined` where neither gives one."""
        found: Fits = {}
        refused = []
        for engine, made in (("lifelines", self._lifelines), ("statsmodels", self.by_statsmodels)):
            try:
                found[engine] = made()
            except Declined as refusal:
                refused.append(str(refusal))
        if not found:
            raise Declined("; ".join(dict.fromkeys(refused)))
        return found

    def _lifelines(self) -> dict[str, Any]:
        if self.ties != "efron":
            raise Declined("lifelines has Efron's ties only")
        return survival.cox_lifelines(self.time, self.event, self.matrix, self.level, strata=self.strata,
                                      start=self.start, cluster=self.cluster)  # fmt: skip

    def by_statsmodels(self) -> dict[str, Any]:
        """PHReg's fit; `Declined` with clusters."""
        if self.cluster is not None:
            raise Declined("PHReg's cluster variance ignores ties")
        return survival.cox_statsmodels(self.time, self.event, self.matrix, self.level, ties=self.ties,
                                        strata=self.strata, start=self.start)  # fmt: skip

    def loglik(self, matrix: Floats, offset: Floats | None = None) -> float:
        """Greatest log-likelihood with other columns."""
        return survival.cox_loglik(self.time, self.event, matrix, ties=self.ties, strata=self.strata, start=self.start,
                                   offset=offset)  # fmt: skip


def ratio(fit: Mapping[str, Any], place: int) -> dict[str, float]:
    """A column by Wald: its ratio with limits, standard error of the coefficient, z and p."""
    with np.errstate(over="ignore"):
        return {
            "estimate": float(np.exp(fit["coefficients"][place])), "lower": float(np.exp(fit["lower"][place])),
            "upper": float(np.exp(fit["upper"][place])), "se": float(fit["se"][place]),
            "statistic": float(fit["z"][place]), "p": float(fit["p"][place]),
        }  # fmt: skip


def profiled(
    loglik: Callable[[Floats, Floats | None], float], matrix: Floats, place: int, best: float, se: float, top: float,
    level: float,
) -> dict[str, float]:  # fmt: skip
    """A column by likelihood ratio: p, and the limits where the profile has fallen by χ²'s quantile."""
    rest, column = np.delete(matrix, place, axis=1), matrix[:, place]
    made = likelihood_ratio(top, loglik(rest, None), 1)
    low, high = regression.profile(lambda b: loglik(rest, b * column), top, best, se, level)
    return {"lower": math.exp(low), "upper": math.exp(high), **made}


def cox(cohort: Cohort, id: str, spec: CoxAnalysis, results: Sequence[Result]) -> Sheet:
    """The page's model, its checks, and the versions for terms known late."""
    sheet, selection = Sheet(id), select(cohort, spec)
    _, time, state = selection.outcome(spec.endpoint)
    if time is None:
        return sheet
    t, e = time.to_numpy(dtype=float), state.to_numpy(dtype=float)
    data, made, subjects = _data(selection, spec, t, e, complete(time, state))
    fits = _model(sheet, "", spec, data, made, subjects)
    _checks(sheet, data, made, fits)
    late = late_terms(selection, spec.terms, spec.endpoint)
    at = landmark_time(selection, spec.endpoint, late, spec.landmark)
    if late and at is not None and not without_day(late, landmark=True):
        there = at_landmark(selection, spec.endpoint, late, at)
        t, e = there.time.to_numpy(dtype=float), there.state.to_numpy(dtype=float)
        _model(sheet, "landmark", spec, *_data(there.selection, spec, t, e, there.usable))
    if late and not without_day(late, landmark=False):
        split = switched(selection, spec.endpoint, late)
        whole = np.ones(len(split.stop), dtype=bool)
        _model(sheet, "time_dependent", spec, *_data(split.selection, spec, split.stop, split.state, whole,
                                                     split.start, split.subject))  # fmt: skip
    return sheet


def _data(
    selection: Selection, spec: CoxAnalysis, t: Floats, e: Floats, usable: Booleans, start: Floats | None = None,
    subject: npt.NDArray[Any] | None = None,
) -> tuple[Data, Design, int]:  # fmt: skip
    placed = usable.copy()
    for name in spec.strata:
        placed &= selection.values(name).notna().to_numpy(dtype=bool)
    made = design(selection, spec.terms, placed, per=spec.per, scale=spec.scale)
    whole, strata = made.whole, None
    if spec.strata:
        strata = selection.frame.loc[whole, spec.strata].astype(str).agg("\x1f".join, axis=1).to_numpy(dtype=object)
        strata = np.unique(strata, return_inverse=True)[1]
    cluster = None if spec.cluster is None else selection.clusters(spec.cluster)[whole]
    data = Data(t[whole], e[whole], made.matrix, spec.ties, spec.level, strata,
                None if start is None else start[whole], cluster)  # fmt: skip
    return data, made, int(whole.sum()) if subject is None else len(np.unique(subject[whole]))


def _model(sheet: Sheet, part: str, spec: CoxAnalysis, data: Data, made: Design, subjects: int) -> Fits:
    counts = {"n": float(subjects), "events": float(data.event.sum())}
    tails: list[Tail] = [("hazard_ratio", column.term, column.contrast) for column in made.columns]
    blocks = {term: at for term, at in made.blocks().items() if len(at) > 1}
    tests: list[Tail] = [("term_test", term) for term in blocks]
    model = "wald" if data.cluster is not None else "likelihood_ratio"
    for tail in (*tails, *tests, (model, "model")):
        sheet.put(part, tail, "numpy", counts)
    try:
        fits = data.fits()
    except Declined as refusal:
        for tail in (*tails, *tests, (model, "model")):
            sheet.refuse(part, tail, str(refusal))
        return {}
    profile = spec.inference == "likelihood_ratio" and data.cluster is None
    for engine, fit in fits.items():
        for place, tail in enumerate(tails):
            values = ratio(fit, place)
            sheet.put(part, tail, engine, {"estimate": values["estimate"]} if profile else values)
        every = list(range(len(made.columns)))
        test = (
            survival.quadratic(fit["coefficients"], fit["covariance"], every) if data.cluster is not None else fit["lr"]
        )
        sheet.put(part, (model, "model"), engine, test)
        for term, at in blocks.items() if not profile else ():
            sheet.put(part, ("term_test", term), engine,
                      survival.quadratic(fit["coefficients"], fit["covariance"], at))  # fmt: skip
    if profile:
        _profiles(sheet, part, data, fits, tails, blocks)
    return fits


def _profiles(
    sheet: Sheet, part: str, data: Data, fits: Fits, tails: Sequence[Tail], blocks: Mapping[str, list[int]]
) -> None:
    fit = fits.get("statsmodels")
    if fit is None:
        return
    for place, tail in enumerate(tails):
        found = sheet.attempt(part, tail, lambda: profiled(
            data.loglik, data.matrix, place, float(fit["coefficients"][place]), float(fit["se"][place]), fit["loglik"],  # noqa: B023
            data.level,
        ), "lower", "upper", "p", "statistic", "df")  # fmt: skip
        sheet.put(part, tail, PROFILE, found or {})
    for term, at in blocks.items():
        small = data.loglik(np.delete(data.matrix, at, axis=1))
        sheet.put(part, ("term_test", term), "statsmodels", likelihood_ratio(fit["loglik"], small, len(at)))


def _checks(sheet: Sheet, data: Data, made: Design, fits: Fits) -> None:
    for term in (*made.blocks(), "global"):
        sheet.refuse("checks", ("ph_test", term), OLD_TEST)
    tail: Tail = ("concordance", "model")
    sheet.refuse("checks", tail, NO_VARIANCE, "lower", "upper", "se")
    if data.strata is not None:
        sheet.refuse("checks", tail, "lifelines' concordance knows no strata")
    elif fits:
        fit = next(iter(fits.values()))
        value = sheet.attempt("checks", tail, lambda: survival.concordance(
            data.time, data.event, data.matrix @ fit["coefficients"]))  # fmt: skip
        if value is not None:
            sheet.put("checks", tail, "lifelines", {"estimate": value})


def cause_specific(
    sheet: Sheet, selection: Selection, spec: CompetingRisksAnalysis, t: Floats, e: Floats, known: Booleans
) -> None:
    """`<id>.hazard_ratios`: a model per cause, the other censored."""
    made = design(selection, spec.terms, known, per=spec.per, scale=spec.scale)
    for cause, state in {"event": 1, "competing": 2}.items():
        hits = (e[made.whole] == state).astype(float)
        data = Data(t[made.whole], hits, made.matrix, spec.ties, spec.level)
        counts = {"n": float(made.whole.sum()), "events": float(hits.sum())}
        names = [f"{column.contrast}.{cause}" if column.contrast else cause for column in made.columns]
        tails: list[Tail] = [
            ("cause_specific_hazard_ratio", column.term, name) for column, name in zip(made.columns, names, strict=True)
        ]
        model: Tail = ("likelihood_ratio", "model", cause)
        for tail in (*tails, model):
            sheet.put("hazard_ratios", tail, "numpy", counts)
        try:
            fits = data.fits()
        except Declined as refusal:
            for tail in (*tails, model):
                sheet.refuse("hazard_ratios", tail, str(refusal))
            continue
        for engine, fit in fits.items():
            for place, tail in enumerate(tails):
                sheet.put("hazard_ratios", tail, engine, ratio(fit, place))
            sheet.put("hazard_ratios", model, engine, fit["lr"])
