"""Curves, medians, rates, log-rank tests and cumulative incidence again, by lifelines and statsmodels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from y90outcomes.cohort import Cohort
from y90outcomes.estimators.numbers import Booleans, Floats
from y90outcomes.estimators.second import groups as shares
from y90outcomes.estimators.second import survival as second
from y90outcomes.estimators.second.normal import two_sided
from y90outcomes.estimators.second.trial import Declined
from y90outcomes.methods.common import ALL, Selection, absent_first, groups_of, select
from y90outcomes.methods.competing_risks import CAUSES, key
from y90outcomes.methods.kaplan_meier import complete
from y90outcomes.methods.late import at_landmark, landmark_time, late_terms
from y90outcomes.methods.verification.sheet import Sheet, Tail
from y90outcomes.results import Result
from y90outcomes.results.addresses import shortest
from y90outcomes.study.analyses import CompetingRisksAnalysis, FollowUpAnalysis, KaplanMeierAnalysis

Sample = tuple[Floats, Floats]
PLATEAU = "the curve stands at 0.5 exactly, where lifelines and statsmodels decide by float error"
AT_THE_END = "where the curve ends at 0 there is no band (as in R), so the limit is not reached; this engine takes 0"
LAST = "statsmodels' standard error of an incidence divides by 0 where the last of all has an event"
NO_SPREAD = "no library has a right variance of the restricted mean (lifelines' is that of min(T, t))"
BEYOND = "beyond the last time, where lifelines carries the curve on"


def kaplan_meier(cohort: Cohort, id: str, spec: KaplanMeierAnalysis, results: Sequence[Result]) -> Sheet:
    """The curves, their companions, and the version from a landmark on."""
    sheet, selection = Sheet(id), select(cohort, spec)
    _, time, state = selection.outcome(spec.endpoint)
    if time is None:
        return sheet
    _version(sheet, "", selection, spec, time, state, complete(time, state))
    found = late_terms(selection, [spec.by] if spec.by else [], spec.endpoint)
    at = landmark_time(selection, spec.endpoint, found, spec.landmark)
    if found and at is not None:
        late = at_landmark(selection, spec.endpoint, found, at)
        _version(sheet, "landmark", late.selection, spec, late.time, late.state, late.usable)
    return sheet


def _version(
    sheet: Sheet, part: str, selection: Selection, spec: KaplanMeierAnalysis, time: pd.Series, state: pd.Series,
    known: Booleans,
) -> None:  # fmt: skip
    beside = f"{part}_" if part else ""
    t, e = time.to_numpy(dtype=float), state.to_numpy(dtype=float)
    masks = {group: mask & known for group, mask in groups_of(selection, spec.by).items()}
    samples = {group: (t[mask], e[mask]) for group, mask in masks.items() if mask.any()}
    for group, sample in samples.items():
        _curve(sheet, part, f"{beside}estimates", group, sample, spec)
    filled = absent_first(group for group in samples if group != ALL)
    label = np.full(len(t), "", dtype=object)
    for group in filled:
        label[masks[group]] = group
    _tests(sheet, f"{beside}estimates", selection, spec, t, e, label, filled)
    _means(sheet, beside, spec, samples, filled)
    if spec.rate_differences:
        for group in filled[1:]:
            _rates(sheet, f"{beside}differences", spec, samples[group], samples[filled[0]], f"{group}_vs_{filled[0]}")
    if spec.pairwise and spec.by:
        _pairs(sheet, f"{beside}pairwise", spec, t, e, label, filled)


def _curve(sheet: Sheet, part: str, estimates: str, group: str, sample: Sample, spec: KaplanMeierAnalysis) -> None:
    curve, beside = second.kaplan_meier(*sample, spec.level), second.survfunc(*sample)
    rows = ("time", "survival", "lower", "upper", "at_risk", "events", "censored")
    for x, s, low, high, at_risk, events, censored in zip(*(curve[name] for name in rows), strict=True):
        tail = (group, shortest(float(x)))
        counts = {"at_risk": at_risk, "events": events, "censored": censored}
        sheet.put(part, tail, second.LIFELINES, {"estimate": s} | (counts if x > 0 or not events else {}))
        sheet.put(part, tail, second.STATSMODELS, {"estimate": second.step(beside, "survival", x, 1.0)})
        _band(sheet, part, tail, s, (low, high), second.step(beside, "se", x, 0.0), spec.interval, spec.level)
    median(sheet, estimates, ("median", group), curve, beside, spec.interval, spec.median, spec.level)
    sheet.put(estimates, ("median", group), shares.NUMPY, {"n": len(sample[0]), "events": float(sample[1].sum())})
    for at in spec.times:
        _rate(sheet, estimates, ("rate", group, shortest(at)), sample, curve, beside, at, spec)


def _band(
    sheet: Sheet, part: str, tail: Tail, s: float, band: tuple[float, float], se: float, interval: str, level: float,
    scale: float = 1.0,
) -> None:  # fmt: skip
    """Limits where there are any: lifelines' own for log(−log), and a transform of statsmodels' standard error."""
    if s < 1e-12 or (s > 1.0 - 1e-12 and interval not in ("plain", "log")):
        return
    if interval == "log-log":
        sheet.put(part, tail, second.LIFELINES, {"lower": band[0], "upper": band[1]}, scale=scale)
    low, high = second.limits(interval, s, se, level)
    sheet.put(part, tail, second.QUANTILES, {"lower": low, "upper": high}, scale=scale)


def median(
    sheet: Sheet, part: str, tail: Tail, curve: Mapping[str, Any], beside: Mapping[str, Any], interval: str, rule: str,
    level: float,
) -> None:  # fmt: skip
    """The median and its limits; nothing of a median on a plateau, which the libraries decide by float error."""
    if curve["plateau"]:
        sheet.refuse(part, tail, PLATEAU, "estimate")
    else:
        sheet.put(part, tail, second.LIFELINES, {"estimate": curve["median"]})
    end = float(curve["time"][-1]) if curve["survival"][-1] < 1e-12 else math.nan
    if rule != "first":
        sheet.refuse(
            part, tail, "the libraries have the first time only, not the midpoint of a plateau", "lower", "upper"
        )
        return
    if interval == "log-log":
        limits = {"lower": curve["median_lower"], "upper": curve["median_upper"]}
        _limits(sheet, part, tail, second.LIFELINES, limits, end)
    if len(beside["time"]):
        made = sheet.attempt(part, tail, lambda: second.quantile(beside, interval, level), "lower", "upper")
        if made and not curve["plateau"]:
            sheet.put(part, tail, second.STATSMODELS, {"estimate": made.pop("estimate")})
            _limits(sheet, part, tail, second.STATSMODELS, made, end)


def _limits(sheet: Sheet, part: str, tail: Tail, engine: str, made: Mapping[str, float], end: float) -> None:
    """Limits of a median; one at the time a curve ends at 0 is set beside only."""
    for name, value in made.items():
        if value == end:
            sheet.put(part, tail, engine, {name: value}, tolerance=math.inf, why=AT_THE_END)
        else:
            sheet.put(part, tail, engine, {name: value})


def _rate(
    sheet: Sheet, part: str, tail: Tail, sample: Sample, curve: Mapping[str, Any], beside: Mapping[str, Any], at: float,
    spec: KaplanMeierAnalysis,
) -> None:  # fmt: skip
    s = second.step(curve, "survival", at, 1.0)
    if at > sample[0].max() and s > 0.0:
        sheet.refuse(part, tail, BEYOND)
        return
    se = second.step(beside, "se", at, 0.0)
    sheet.put(part, tail, second.LIFELINES, {"estimate": s}, scale=100.0)
    sheet.put(
        part, tail, second.STATSMODELS, {"estimate": second.step(beside, "survival", at, 1.0), "se": se}, scale=100
    )
    seen, hit = float((sample[0] >= at).sum()), float(((sample[0] <= at) & (sample[1] == 1)).sum())
    sheet.put(part, tail, shares.NUMPY, {"n": seen, "events": hit})
    band = (second.step(curve, "lower", at, 1.0), second.step(curve, "upper", at, 1.0))
    _band(sheet, part, tail, s, band, se, spec.interval, spec.level, 100.0)


def _tests(
    sheet: Sheet, part: str, selection: Selection, spec: KaplanMeierAnalysis, t: Floats, e: Floats,
    label: npt.NDArray[Any], filled: Sequence[str],
) -> None:  # fmt: skip
    asked = list(dict.fromkeys(name for name in (spec.test, *spec.also) if name is not None))
    for name in asked if spec.by else []:
        tail: Tail = (name, spec.by)
        inside = label != ""
        if name == "log_rank_trend":
            sheet.refuse(part, tail, "no library has Tarone's test for trend")
            continue
        strata = None
        if name == "stratified_log_rank" and spec.strata:
            values = selection.values(spec.strata)
            inside = inside & values.notna().to_numpy(dtype=bool)
            strata = values.astype(object).to_numpy()[inside].astype(str)
        sheet.put(part, tail, shares.NUMPY, {"n": float(inside.sum()), "events": float(e[label != ""].sum())})
        if len(filled) < 2:
            continue
        groups = label[inside].astype(str)
        if strata is None:
            made = sheet.attempt(part, tail, lambda: second.log_rank(t[inside], e[inside], groups))  # noqa: B023
        else:
            one = lambda: second.stratified_log_rank(t[inside], e[inside], groups, strata)  # noqa: B023, E731
            found = sheet.attempt(part, tail, one)
            made = {second.STATSMODELS: found} if found else None
        for engine, values in (made or {}).items():
            sheet.put(part, tail, engine, values)


def _pairs(
    sheet: Sheet, part: str, spec: KaplanMeierAnalysis, t: Floats, e: Floats, label: npt.NDArray[Any],
    filled: Sequence[str],
) -> None:  # fmt: skip
    found: dict[str, float] = {}
    for first, other in combinations(filled, 2):
        inside = np.isin(label, [first, other])
        contrast = f"{other}_vs_{first}"
        tail: Tail = ("log_rank", spec.by, contrast)
        counts = {"n": float(inside.sum()), "events": float(e[inside].sum())}
        sheet.put(part, tail, shares.NUMPY, counts)
        sheet.put(part, ("log_rank_adjusted", spec.by, contrast), shares.NUMPY, counts)
        one = lambda: second.log_rank(t[inside], e[inside], label[inside].astype(str))  # noqa: B023, E731
        for engine, values in (sheet.attempt(part, tail, one) or {}).items():
            sheet.put(part, tail, engine, values)
            if engine == second.LIFELINES and not math.isnan(values["p"]):
                found[contrast] = values["p"]
    for contrast, p in zip(found, shares.adjusted(list(found.values()), spec.pairwise or "none"), strict=True):
        sheet.put(part, ("log_rank_adjusted", spec.by, contrast), "lifelines p, statsmodels adjustment", {"p": p})


def _means(
    sheet: Sheet, beside: str, spec: KaplanMeierAnalysis, samples: Mapping[str, Sample], filled: Sequence[str]
) -> None:
    if spec.restricted_mean is None or not samples:
        return
    rule = isinstance(spec.restricted_mean, str)
    horizon = (
        min(float(samples[group][0].max()) for group in filled or (ALL,))
        if isinstance(spec.restricted_mean, str)
        else float(spec.restricted_mean)
    )
    name = None if rule else shortest(horizon)
    if rule:
        sheet.put(f"{beside}estimates", ("restricted_mean_horizon", ALL), shares.NUMPY, {"estimate": horizon})
    if horizon <= 0.0:
        return
    means = {}
    for group, sample in samples.items():
        tail: Tail = ("restricted_mean", group, name)
        made = sheet.attempt(f"{beside}estimates", tail, lambda: second.restricted_mean(*sample, horizon))  # noqa: B023
        sheet.refuse(f"{beside}estimates", tail, NO_SPREAD, "lower", "upper", "se")
        if made is not None:
            means[group] = made
            sheet.put(f"{beside}estimates", tail, second.LIFELINES, {"estimate": made})
    for group in filled[1:]:
        if group in means and filled[0] in means:
            one, other = means[group], means[filled[0]]
            pairs = {"difference": one - other, "ratio": one / other if other else math.nan}
            for kind, value in pairs.items():
                tail = (f"restricted_mean_{kind}", f"{group}_vs_{filled[0]}", name)
                sheet.put(f"{beside}differences", tail, second.LIFELINES, {"estimate": value})
                sheet.refuse(f"{beside}differences", tail, NO_SPREAD, "lower", "upper", "se", "statistic", "p")


def _rates(sheet: Sheet, part: str, spec: KaplanMeierAnalysis, sample: Sample, first: Sample, term: str) -> None:
    one, other = second.survfunc(*sample), second.survfunc(*first)
    for at in spec.times:
        tail: Tail = ("rate_difference", term, shortest(at))
        if at > min(sample[0].max(), first[0].max()):
            sheet.refuse(part, tail, BEYOND)
            sheet.refuse(part, ("rate_test", term, shortest(at)), BEYOND)
            continue
        values = [second.step(curve, "survival", at, 1.0) for curve in (one, other)]
        spreads = [second.step(curve, "se", at, 0.0) for curve in (one, other)]
        se = math.hypot(*spreads)
        difference = values[0] - values[1]
        sheet.put(part, tail, second.STATSMODELS, {"estimate": difference, "se": se}, scale=100.0)
        counts = [float(((s[0] <= at) & (s[1] == 1)).sum()) for s in (sample, first)]
        seen = [float((s[0] >= at).sum()) for s in (sample, first)]
        sheet.put(part, tail, shares.NUMPY, {"n": sum(seen), "events": sum(counts)})
        if spec.difference_interval == "wald" and min(spreads) > 0.0:
            sheet.put(part, tail, second.QUANTILES, two_sided(difference, se, spec.level), scale=100.0)
        elif spec.difference_interval == "hybrid":
            sheet.refuse(part, tail, "no library has the hybrid interval of two rates", "lower", "upper")
        tail = ("rate_test", term, shortest(at))
        made = sheet.attempt(part, tail, lambda: second.fixed_point(sample, first, at))  # noqa: B023
        sheet.put(part, tail, second.LIFELINES, made or {})


def follow_up(cohort: Cohort, id: str, spec: FollowUpAnalysis, results: Sequence[Result]) -> Sheet:
    """lifelines with the indicator turned; deaths a float earlier where they leave the risk set first."""
    sheet, selection = Sheet(id), select(cohort, spec)
    _, time, state = selection.outcome(spec.endpoint)
    if time is None:
        return sheet
    known = complete(time, state)
    t, e = time[known].to_numpy(dtype=float), state[known].to_numpy(dtype=float)
    if not len(t):
        return sheet
    tail: Tail = ("median_follow_up", ALL)
    sheet.put("", tail, shares.NUMPY, {"n": len(t), "events": float((e == 0).sum())})
    for quantity, value in (("plain_median", np.median(t)), ("shortest_time", t.min()), ("longest_time", t.max())):
        sheet.put("", (quantity, ALL), shares.NUMPY, {"estimate": float(value), "n": len(t)})
    moved = np.where((e == 1) & (t > 0) & (spec.ties == "deaths_first"), np.nextafter(t, 0.0), t)
    turned = 1.0 - e
    median(sheet, "", tail, second.kaplan_meier(moved, turned, spec.level), second.survfunc(moved, turned),
           spec.interval, spec.median, spec.level)  # fmt: skip
    return sheet


def competing_risks(cohort: Cohort, id: str, spec: CompetingRisksAnalysis, results: Sequence[Result]) -> Sheet:
    """statsmodels' cumulative incidence; lifelines' Kaplan–Meier for the complement. Hazard ratios: see models."""
    from y90outcomes.methods.verification.cox import cause_specific

    sheet, selection = Sheet(id), select(cohort, spec)
    outcome, time, _state = selection.outcome(spec.endpoint)
    state = outcome.state[selection.mask].reset_index(drop=True)
    if time is None:
        return sheet
    known = complete(time, state)
    t, e = time.to_numpy(dtype=float), state.to_numpy(dtype=float)
    for group, mask in groups_of(selection, spec.by).items():
        at = mask & known
        if at.any():
            _incidence(sheet, group, (t[at], e[at]), spec)
    if spec.terms:
        cause_specific(sheet, selection, spec, t, e, known)
    return sheet


def _incidence(sheet: Sheet, group: str, sample: Sample, spec: CompetingRisksAnalysis) -> None:
    t, e = sample
    try:
        made = second.incidence(t, e)
    except Declined as refusal:
        for cause in CAUSES:
            for x in np.unique(np.append(t, 0.0)):
                sheet.refuse("", (key(group, cause), shortest(float(x))), str(refusal))
        made = {}
    for cause, state in CAUSES.items():
        name, hits = key(group, cause), e == state
        total = float(hits.sum())
        sheet.put("estimates", ("events", name), shares.NUMPY, {"estimate": total, "n": len(t), "events": total})
        if state in made:
            for x in np.unique(np.append(t, 0.0)):
                counts = {"at_risk": float((t >= x).sum()), "events": float((hits & (t == x)).sum()),
                          "censored": float(((e == 0) & (t == x)).sum())}  # fmt: skip
                tail: Tail = (name, shortest(float(x)))
                sheet.put("", tail, shares.NUMPY, counts)
                _share(sheet, "", tail, made[state], float(x), spec, 1.0)
        kept = second.kaplan_meier(t, hits.astype(float), spec.level)
        beside = second.survfunc(t, hits.astype(float))
        for at in spec.times:
            counts = {"n": float((t >= at).sum()), "events": float((hits & (t <= at)).sum())}
            for quantity in ("cumulative_incidence", "kaplan_meier_complement"):
                sheet.put("estimates", (quantity, name, shortest(at)), shares.NUMPY, counts)
            if at > t.max():
                sheet.refuse("estimates", ("cumulative_incidence", name, shortest(at)), BEYOND)
                sheet.refuse("estimates", ("kaplan_meier_complement", name, shortest(at)), BEYOND)
                continue
            if state in made:
                _share(sheet, "estimates", ("cumulative_incidence", name, shortest(at)), made[state], at, spec, 100.0)
            tail = ("kaplan_meier_complement", name, shortest(at))
            s, se = second.step(kept, "survival", at, 1.0), second.step(beside, "se", at, 0.0)
            sheet.put("estimates", tail, second.LIFELINES, {"estimate": 1.0 - s}, scale=100.0)
            sheet.put("estimates", tail, second.STATSMODELS, {"se": se}, scale=100.0)
            low, high = second.limits(spec.interval, s, se, spec.level)
            sheet.put("estimates", tail, second.QUANTILES, {"lower": 1.0 - high, "upper": 1.0 - low}, scale=100.0)


def _share(
    sheet: Sheet, part: str, tail: Tail, curve: Mapping[str, Floats], at: float, spec: CompetingRisksAnalysis,
    scale: float,
) -> None:  # fmt: skip
    value, se = second.step(curve, "value", at, 0.0), second.step(curve, "se", at, 0.0)
    sheet.put(part, tail, second.STATSMODELS, {"estimate": value} | ({"se": se} if part else {}), scale=scale)
    if math.isnan(se):
        sheet.refuse(part, tail, LAST, "lower", "upper", "se")
        return
    low, high = second.limits(spec.interval, value, se, spec.level)
    sheet.put(part, tail, second.QUANTILES, {"lower": low, "upper": high}, scale=scale)
