"""Logistic models, clustered ones and dose–response curves again, by statsmodels."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from y90outcomes.cohort import Cohort
from y90outcomes.estimators.numbers import Floats, Ints
from y90outcomes.estimators.second import groups as shares
from y90outcomes.estimators.second import regression as second
from y90outcomes.estimators.second.normal import likelihood_ratio, two_sided
from y90outcomes.estimators.second.survival import quadratic
from y90outcomes.estimators.second.trial import Declined
from y90outcomes.methods.common import ALL, groups_of, select
from y90outcomes.methods.design import Design, design
from y90outcomes.methods.verification.cox import profiled, ratio
from y90outcomes.methods.verification.groups import rate
from y90outcomes.methods.verification.sheet import Sheet, Tail
from y90outcomes.results import Curves, Result
from y90outcomes.results.addresses import shortest
from y90outcomes.study.analyses import DoseResponseAnalysis, LogisticAnalysis
from y90outcomes.study.speaking import convention

FIRTH = "no library has Firth's penalised likelihood"
PAIRS = "statsmodels counts pairs less parameters (`moments: minus_p`), and this page all pairs"
HARRELL: Mapping[int, tuple[float, ...]] = {
    3: (0.1, 0.5, 0.9), 4: (0.05, 0.35, 0.65, 0.95), 5: (0.05, 0.275, 0.5, 0.725, 0.95),
}  # fmt: skip
"""Number of knots -> Harrell's quantiles."""


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """What a logistic model is fitted to: event (m,), matrix (m, k), whose intercept is added."""

    event: Floats
    matrix: Floats
    level: float

    def fit(self) -> dict[str, Any]:
        """Maximum likelihood; `Declined` where there is none."""
        return second.logit(self.event, self.matrix, self.level)

    def loglik(self, matrix: Floats, offset: Floats | None = None) -> float:
        """Greatest log-likelihood with other columns."""
        centred = None if offset is None else offset - offset.mean()
        return second.logit_loglik(self.event, matrix, centred)


def logistic(cohort: Cohort, id: str, spec: LogisticAnalysis, _: Sequence[Result]) -> Sheet:
    """The page's model; the clustered one; none of Firth's."""
    sheet, selection = Sheet(id), select(cohort, spec)
    state = selection.outcome(spec.endpoint)[2]
    made = design(selection, spec.terms, state.notna().to_numpy(dtype=bool), per=spec.per, scale=spec.scale)
    data = Data(state[made.whole].to_numpy(dtype=float), made.matrix, spec.level)
    for column in made.columns:
        sheet.refuse("", ("odds_ratio_firth", column.term, column.contrast), FIRTH)
    codes = None
    if spec.cluster or selection.grain == "lesion":
        codes = selection.clusters(spec.cluster or "patient")[made.whole]
    if spec.cluster and codes is not None:
        _clustered(sheet, spec, data, made, codes, "odds_ratio")
        return sheet
    if codes is not None and len(np.unique(codes)) < len(codes):
        _clustered(sheet, spec, data, made, codes, "odds_ratio_clustered")
    model(sheet, spec, data, made)
    return sheet


def model(sheet: Sheet, spec: LogisticAnalysis, data: Data, made: Design) -> None:
    """Odds ratios, tests of factors and of the model."""
    tails: list[Tail] = [("odds_ratio", column.term, column.contrast) for column in made.columns]
    blocks = {term: at for term, at in made.blocks().items() if len(at) > 1}
    whole: Tail = ("likelihood_ratio" if spec.inference == "profile" else "wald", "model")
    everything: list[Tail] = [*tails, *(("term_test", term) for term in blocks), whole]
    for tail in everything:
        sheet.put("", tail, "numpy", {"n": len(data.event), "events": float(data.event.sum())})
    try:
        if spec.estimator == "firth":
            raise Declined(FIRTH)
        fit = data.fit()
    except Declined as refusal:
        for tail in everything:
            sheet.refuse("", tail, str(refusal))
        return
    for place, tail in enumerate(tails):
        column(sheet, "", tail, data, fit, place, spec.inference)
    if spec.inference == "profile":
        sheet.put("", whole, second.STATSMODELS, fit["lr"])
        for term, at in blocks.items():
            small = data.loglik(np.delete(data.matrix, at, axis=1))
            sheet.put("", ("term_test", term), second.STATSMODELS, likelihood_ratio(fit["loglik"], small, len(at)))
        return
    for tail, at in ((whole, list(range(len(tails)))), *((("term_test", term), at) for term, at in blocks.items())):
        block = [i + 1 for i in at]
        sheet.put("", tail, second.STATSMODELS, quadratic(fit["coefficients"], fit["covariance"], block))


def column(sheet: Sheet, part: str, tail: Tail, data: Data, fit: Mapping[str, Any], place: int, inference: str) -> None:
    """One odds ratio: Wald from the fit, or the likelihood ratio and its profile. `se` is of the coefficient."""
    values = ratio(fit, place + 1)
    if inference == "wald":
        sheet.put(part, tail, second.STATSMODELS, values)
        return
    sheet.put(part, tail, second.STATSMODELS, {"estimate": values["estimate"], "se": values["se"]})
    found = sheet.attempt(part, tail, lambda: profiled(
        data.loglik, data.matrix, place, float(fit["coefficients"][place + 1]), float(fit["se"][place + 1]),
        fit["loglik"], data.level), "lower", "upper", "statistic", "p")  # fmt: skip
    if found:
        found.pop("df")
        sheet.put(part, tail, second.PROFILED, found)


def _clustered(sheet: Sheet, spec: LogisticAnalysis, data: Data, made: Design, codes: Ints, quantity: str) -> None:
    """The marginal model: estimate, standard error, limits and p with the page's quantiles."""
    correlation = "independence" if spec.cluster_method == "robust" else spec.correlation
    tails: list[Tail] = [(quantity, column.term, column.contrast) for column in made.columns]
    tests: list[tuple[Tail, list[int]]] = []
    if quantity == "odds_ratio":
        tests = [(("term_test", term), at) for term, at in made.blocks().items() if len(at) > 1]
        tests.append((("wald", "model"), list(range(len(tails)))))
    every = [*tails, *(tail for tail, _ in tests)]
    for tail in every:
        sheet.put("", tail, "numpy", {"n": len(data.event), "events": float(data.event.sum())})
    if correlation == "exchangeable" and spec.moments == "plain":
        for tail in every:
            sheet.refuse("", tail, PAIRS)
        return
    try:
        fit = second.gee(data.event, data.matrix, codes, correlation, spec.small_sample)
    except Declined as refusal:
        for tail in every:
            sheet.refuse("", tail, str(refusal))
        return
    for place, tail in enumerate(tails):
        b, se = float(fit["coefficients"][place + 1]), float(fit["se"][place + 1])
        df = fit["groups"] - len(fit["coefficients"]) if spec.small_sample == "mancl_derouen" else math.inf
        made_ = two_sided(b, se, spec.level, df)
        limits = {"lower": math.exp(made_["lower"]), "upper": math.exp(made_["upper"])}
        sheet.put("", tail, second.STATSMODELS, {**made_, **limits, "estimate": math.exp(b), "se": se})
    for tail, at in tests:
        if spec.small_sample == "mancl_derouen":
            sheet.refuse("", tail, "no library has the F test of Mancl and DeRouen's variance", "statistic", "df", "p")
        else:
            block = [i + 1 for i in at]
            sheet.put("", tail, second.STATSMODELS, quadratic(fit["coefficients"], fit["covariance"], block))


def dose_response(cohort: Cohort, id: str, spec: DoseResponseAnalysis, results: Sequence[Result]) -> Sheet:
    """Curve, spline, odds ratio, doses for the targets, observed rates."""
    sheet, selection = Sheet(id), select(cohort, spec)
    state = selection.outcome(spec.endpoint)[2]
    usable = state.notna().to_numpy(dtype=bool)
    made = design(selection, [spec.dose], usable, per={spec.dose: spec.per}, scale={spec.dose: spec.scale})
    event = state[made.whole].to_numpy(dtype=float)
    dose = selection.values(spec.dose)[made.whole].to_numpy(dtype=float)
    data = Data(event, made.matrix, spec.level)
    sheet.refuse("estimates", ("odds_ratio_firth", spec.dose), FIRTH)
    grid = [row.x for item in results if isinstance(item, Curves) and item.id == id for row in item.rows]
    _rates(sheet, cohort, selection, spec, made, event, dose)
    tail: Tail = ("odds_ratio", spec.dose)
    sheet.put("estimates", tail, "numpy", {"n": len(event), "events": float(event.sum())})
    try:
        if spec.estimator == "firth":
            raise Declined(FIRTH)
        fit = data.fit()
    except Declined as refusal:
        for place_ in grid:
            sheet.refuse("", ("line", shortest(place_)), str(refusal))
        for place in (tail, ("nonlinearity", spec.dose), *_targets(spec)):
            sheet.refuse("estimates", place, str(refusal))
        return sheet
    column(sheet, "estimates", tail, data, fit, 0, spec.inference)
    x = np.unique(np.array(grid, dtype=float))
    on_scale = _scaled(x, spec)
    _drawn(sheet, "line", x, fit, on_scale[:, np.newaxis], spec.level)
    if spec.knots:
        _spline(sheet, spec, data, fit, x, on_scale)
    _doses(sheet, spec, data, fit, dose)
    return sheet


def _scaled(x: Floats, spec: DoseResponseAnalysis) -> Floats:
    with np.errstate(all="ignore"):
        kinds: dict[str, Callable[[Floats], Floats]] = {
            "log2": np.log2,
            "log": np.log,
            "linear": lambda v: v / spec.per,
        }
        return kinds[spec.scale](x)


def _dose(x: float, spec: DoseResponseAnalysis) -> float:
    """Back from the scale of the model."""
    if spec.scale == "linear":
        return x * spec.per
    return math.exp(x) if spec.scale == "log" else float(2.0**x)


def _drawn(sheet: Sheet, group: str, x: Floats, fit: Mapping[str, Any], matrix: Floats, level: float) -> None:
    made = second.predicted(fit["fit"], matrix, level)
    for i, at in enumerate(x):
        values = {name: float(made[name][i]) for name in ("estimate", "lower", "upper")}
        sheet.put("", (group, shortest(float(at))), second.STATSMODELS, values)


def _spline(
    sheet: Sheet, spec: DoseResponseAnalysis, data: Data, fit: Mapping[str, Any], x: Floats, on_scale: Floats
) -> None:
    values = data.matrix[:, 0]
    knots = np.quantile(values, HARRELL[spec.knots]).tolist()
    if 10 <= len(values) < 100:  # Harrell's outer knots in small samples: the fifth value from either end
        knots[0], knots[-1] = np.sort(values)[[4, -5]].tolist()
    tail: Tail = ("nonlinearity", spec.dose)
    sheet.put("estimates", tail, "numpy", {"n": len(values)})
    if len(np.unique(knots)) < spec.knots:
        sheet.refuse("estimates", tail, "knots fall together")
        return
    curved = Data(data.event, second.spline(values, knots), data.level)
    made = sheet.attempt("estimates", tail, curved.fit)
    if made is None:
        return
    if spec.inference == "wald":
        sheet.refuse("estimates", tail, "the Wald test depends on the basis of the spline; SciPy's is another")
    else:
        sheet.put(
            "estimates", tail, second.STATSMODELS, likelihood_ratio(made["loglik"], fit["loglik"], spec.knots - 2)
        )
    _drawn(sheet, "spline", x, made, second.spline(on_scale, knots), spec.level)


def _targets(spec: DoseResponseAnalysis) -> list[Tail]:
    return [
        ("dose_for", shortest(round(100.0 * target, 10)), None if kind == spec.target_interval else kind)
        for target in spec.targets
        for kind in (spec.target_interval, *spec.also_intervals)
    ]


def _doses(sheet: Sheet, spec: DoseResponseAnalysis, data: Data, fit: Mapping[str, Any], dose: Floats) -> None:
    """Dose for a probability: the estimate inside the data; limits by the delta method where asked for."""
    for tail in _targets(spec):
        sheet.put("estimates", tail, "numpy", {"n": len(data.event), "events": float(data.event.sum())})
        share = float(tail[1] or 0.0) / 100.0  # type: ignore[arg-type]  # the target of `_targets`
        wanted = math.log(share / (1.0 - share))
        x, se = second.delta(fit["fit"], lambda b: np.array([(wanted - b[0]) / b[1]]))  # noqa: B023
        if spec.scale != "linear":
            sheet.refuse("estimates", tail, "limits on a logarithmic scale are ours", "lower", "upper", "se")
        value = _dose(x, spec)
        if not dose.min() <= value <= dose.max():
            sheet.refuse("estimates", tail, "a dose outside the data is refused")
            continue
        sheet.put("estimates", tail, second.STATSMODELS, {"estimate": value})
        kind = tail[2] or spec.target_interval
        if kind != "delta":
            sheet.refuse("estimates", tail, f"no library has the {kind} interval of a dose", "lower", "upper", "se")
        elif spec.scale == "linear":
            limits = two_sided(value, se * spec.per, spec.level)
            inside = {name: limits[name] for name in ("lower", "upper") if dose.min() <= limits[name] <= dose.max()}
            sheet.put("estimates", tail, second.STATSMODELS, {"se": se * spec.per} | inside)


def _rates(
    sheet: Sheet, cohort: Cohort, selection: Any, spec: DoseResponseAnalysis, made: Design, event: Floats, dose: Floats
) -> None:
    if not spec.strata:
        return
    interval = convention(cohort.study, "proportion_interval")
    for level, mask in groups_of(selection, spec.strata).items():
        inside = mask[made.whole]
        if level != ALL and inside.any():
            counts = int(event[inside].sum()), int(inside.sum())
            rate(sheet, "strata", ("rate", level), *counts, interval, spec.level)
            middle = {"estimate": float(np.median(dose[inside])), "n": float(inside.sum())}
            sheet.put("strata", ("median_dose", level), shares.NUMPY, middle)
