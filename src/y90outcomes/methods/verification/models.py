"""Model building, subgroups and centres again: every model of a table by lifelines or statsmodels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from y90outcomes.cohort import Cohort
from y90outcomes.estimators.numbers import Booleans, Floats
from y90outcomes.estimators.second import regression as second
from y90outcomes.estimators.second.normal import likelihood_ratio, two_sided
from y90outcomes.estimators.second.survival import quadratic
from y90outcomes.estimators.second.trial import Declined
from y90outcomes.methods.design import Column, design
from y90outcomes.methods.models import POOLED, Subjects, subjects
from y90outcomes.methods.verification import cox, logistic
from y90outcomes.methods.verification.sheet import TOLERANCE, Sheet, Tail
from y90outcomes.results import Effects, Result
from y90outcomes.study.analyses import CentresAnalysis, ModelSelectionAnalysis, SubgroupsAnalysis

AnyData = cox.Data | logistic.Data
Fits = dict[str, dict[str, Any]]
BELOW = "statsmodels does not stop τ² at 0; here it is negative, so its random effects are no such model"


def _data(who: Subjects, rows: Booleans, matrix: Floats, strata: npt.NDArray[Any] | None = None) -> AnyData:
    if who.time is None:
        return logistic.Data(who.event[rows], matrix, who.spec.level)
    codes = None if strata is None else strata[rows]
    return cox.Data(who.time[rows], who.event[rows], matrix, who.spec.ties, who.spec.level, codes)


def _fits(who: Subjects, data: AnyData) -> Fits:
    if isinstance(data, cox.Data):
        return data.fits()
    if who.spec.estimator == "firth":
        raise Declined(logistic.FIRTH)
    return {second.STATSMODELS: data.fit()}


def _columns(
    sheet: Sheet, part: str, who: Subjects, data: AnyData, tails: Mapping[int, Tail], counted: bool = True
) -> Fits | None:
    """The ratios of some columns of a model; the fits, None where no library gives any."""
    if counted:
        for tail in tails.values():
            sheet.put(part, tail, "numpy", {"n": len(data.event), "events": float(data.event.sum())})
    try:
        fits = _fits(who, data)
    except Declined as refusal:
        for tail in tails.values():
            sheet.refuse(part, tail, str(refusal))
        return None
    for engine, fit in fits.items():
        for place, tail in tails.items():
            if isinstance(data, logistic.Data):
                logistic.column(sheet, part, tail, data, fit, place, who.spec.inference)
            elif who.spec.cox_inference == "wald":
                sheet.put(part, tail, engine, cox.ratio(fit, place))
            else:
                values = cox.ratio(fit, place)
                sheet.put(part, tail, engine, {"estimate": values["estimate"], "se": values["se"]})
                if engine == "statsmodels":
                    _profile(sheet, part, tail, data, fit, place)
    return fits


def _profile(sheet: Sheet, part: str, tail: Tail, data: cox.Data, fit: Mapping[str, Any], place: int) -> None:
    b, se = float(fit["coefficients"][place]), float(fit["se"][place])
    fields = ("lower", "upper", "statistic", "p")
    found = sheet.attempt(
        part, tail, lambda: cox.profiled(data.loglik, data.matrix, place, b, se, fit["loglik"], data.level), *fields
    )
    sheet.put(part, tail, cox.PROFILE, {name: v for name, v in (found or {}).items() if name != "df"})


def model_selection(cohort: Cohort, id: str, spec: ModelSelectionAnalysis, results: Sequence[Result]) -> Sheet:
    """The final model (whose terms the results name), each term alone, each candidate beside the forced terms."""
    sheet, who = Sheet(id), subjects(cohort, spec)
    every = [*spec.forced, *spec.candidates]
    made = design(who.selection, every, who.usable, per=spec.per, scale=spec.scale)
    final = next(item for item in results if isinstance(item, Effects) and item.id == id)
    inside = {row.term for row in final.rows if row.quantity == who.ratio}
    chosen = [column for column in made.columns if column.term in inside]
    if chosen:
        _selected(sheet, "", who, spec, made.whole, chosen, chosen, model=True)
    for term in every:
        alone = [column for column in made.columns if column.term == term]
        _selected(sheet, "univariable", who, spec, made.whole, alone, alone)
        if spec.rule == "two_step" and spec.forced and term not in spec.forced:
            forced = [column for column in made.columns if column.term in spec.forced]
            _selected(sheet, "beside_forced", who, spec, made.whole, [*forced, *alone], alone)
    return sheet


def _selected(
    sheet: Sheet, part: str, who: Subjects, spec: ModelSelectionAnalysis, rows: Booleans, columns: Sequence[Column],
    shown: Sequence[Column], model: bool = False,
) -> None:  # fmt: skip
    matrix = np.column_stack([column.values[rows] for column in columns])
    data = _data(who, rows, matrix)
    tails: dict[int, Tail] = {
        i: (who.ratio, column.term, column.contrast) for i, column in enumerate(columns) if column in shown
    }
    terms = [column.term for column in columns]
    blocks = {column.term: [i for i, term in enumerate(terms) if term == column.term] for column in shown}
    name = "wald" if spec.test == "wald" else "likelihood_ratio"
    tests: list[Tail] = [(name, term) for term, at in blocks.items() if len(at) > 1]
    tests += [("likelihood_ratio", "model")] if model else []
    for tail in tests:
        sheet.put(part, tail, "numpy", {"n": len(data.event), "events": float(data.event.sum())})
    fits = _columns(sheet, part, who, data, tails)
    if fits is None:
        for tail in tests:
            sheet.refuse(part, tail, "no library gives this model")
        return
    for engine, fit in fits.items():
        if model:
            sheet.put(part, ("likelihood_ratio", "model"), engine, fit["lr"])
        shift = 1 if isinstance(data, logistic.Data) else 0
        for term, at in blocks.items():
            if len(at) > 1 and name == "wald":
                block = [i + shift for i in at]
                sheet.put(part, (name, term), engine, quadratic(fit["coefficients"], fit["covariance"], block))
            elif len(at) > 1 and engine == "statsmodels":
                small = data.loglik(np.delete(matrix, at, axis=1))
                sheet.put(part, (name, term), engine, likelihood_ratio(fit["loglik"], small, len(at)))


def _effect(
    sheet: Sheet, part: str, who: Subjects, spec: SubgroupsAnalysis | CentresAnalysis, adjust: Sequence[str],
    rows: Booleans, tail: Tail, strata: npt.NDArray[Any] | None = None, extra: Floats | None = None,
) -> tuple[float, float] | None:  # fmt: skip
    """The exposure's ratio among some rows; its coefficient and standard error where there are any."""
    made = design(who.selection, [spec.exposure, *adjust], rows, per=spec.per, scale=spec.scale)
    at = made.blocks()[spec.exposure]
    if len(at) != 1 or not len(made.matrix):
        sheet.refuse(part, tail, "the exposure has no single column here")
        return None
    rest = [i for i in range(made.matrix.shape[1]) if i not in at and np.ptp(made.matrix[:, i]) > 0.0]
    matrix = made.matrix[:, at + rest]
    if extra is not None:
        beside = extra[made.whole]
        matrix = np.column_stack([matrix, beside[:, np.ptp(beside, axis=0) > 0.0]])
    fits = _columns(sheet, part, who, _data(who, made.whole, matrix, strata), {0: tail})
    if not fits:
        return None
    fit, shift = next(iter(fits.values())), 1 if who.time is None else 0
    return float(fit["coefficients"][shift]), float(fit["se"][shift])


def _levels(who: Subjects, name: str, among: Booleans) -> dict[str, Booleans]:
    values = who.selection.values(name)
    masks = {
        level: among & values.eq(level).fillna(False).to_numpy(dtype=bool)
        for level in who.selection.meaning(name).levels
    }
    return {level: mask for level, mask in masks.items() if mask.any()}


def _interaction(
    sheet: Sheet, who: Subjects, spec: SubgroupsAnalysis | CentresAnalysis, adjust: Sequence[str],
    masks: Mapping[str, Booleans], tail: Tail, stratified: bool = False,
) -> None:  # fmt: skip
    """Likelihood ratio of exposure × level over the levels whose own model a library fits."""
    able = {}
    for level, mask in masks.items():
        made = design(who.selection, [spec.exposure], mask, per=spec.per, scale=spec.scale)
        try:
            data = _data(who, mask, made.matrix)
            data.by_statsmodels() if isinstance(data, cox.Data) else data.fit()
            able[level] = mask
        except Declined:
            continue
    if len(able) < 2:
        sheet.refuse("", tail, "fewer than two levels have a model of their own")
        return
    rows = np.logical_or.reduce(list(able.values()))
    made = design(who.selection, [spec.exposure, *adjust], rows, per=spec.per, scale=spec.scale)
    kept = [i for i in range(made.matrix.shape[1]) if np.ptp(made.matrix[:, i]) > 0.0]
    indicator = np.column_stack([mask[rows] for mask in list(able.values())[1:]]).astype(float)
    codes = np.zeros(len(rows), dtype=np.int64)
    for code, mask in enumerate(able.values()):
        codes[mask] = code
    strata = codes if stratified and who.time is not None else None
    small = made.matrix[:, kept] if strata is not None else np.column_stack([made.matrix[:, kept], indicator])
    exposure = made.matrix[:, made.blocks()[spec.exposure][:1]]
    large = np.column_stack([small, (exposure - exposure.mean()) * indicator])
    data = _data(who, rows, small, strata)
    sheet.put("", tail, "numpy", {"n": float(rows.sum())})
    found = sheet.attempt("", tail, lambda: likelihood_ratio(
        data.loglik(large), data.loglik(small), large.shape[1] - small.shape[1]))  # fmt: skip
    sheet.put("", tail, second.STATSMODELS, found or {})


def subgroups(cohort: Cohort, id: str, spec: SubgroupsAnalysis, _: Sequence[Result]) -> Sheet:
    """The effect of everybody and of each level, and the interaction tests."""
    sheet, who = Sheet(id), subjects(cohort, spec)
    terms = [spec.exposure, *spec.adjust]
    whole = design(who.selection, terms, who.usable, per=spec.per, scale=spec.scale).whole
    _effect(sheet, "", who, spec, spec.adjust, whole, (who.ratio, POOLED))
    for name in spec.subgroups:
        adjust = [term for term in spec.adjust if term != name]
        masks = _levels(who, name, whole)
        for level, mask in masks.items():
            _effect(sheet, "", who, spec, adjust, mask, (who.ratio, name, level))
        _interaction(sheet, who, spec, adjust, masks, ("interaction", name))
    return sheet


def centres(cohort: Cohort, id: str, spec: CentresAnalysis, _: Sequence[Result]) -> Sheet:
    """Naive, stratified, per centre, pooled by combine_effects, and without each centre."""
    sheet, who = Sheet(id), subjects(cohort, spec)
    whole = design(who.selection, [spec.exposure, *spec.adjust], who.usable, per=spec.per, scale=spec.scale).whole
    masks = _levels(who, spec.by, whole)
    if not masks:
        return sheet
    rows = np.logical_or.reduce(list(masks.values()))
    _effect(sheet, "", who, spec, spec.adjust, rows, (who.ratio, POOLED, "naive"))
    _stratified(sheet, "", who, spec, masks, (who.ratio, POOLED, "stratified"))
    each = {
        level: _effect(sheet, "", who, spec, spec.adjust, mask, (who.ratio, spec.by, level))
        for level, mask in masks.items()
    }
    _pooled(sheet, who, spec, [one for one in each.values() if one])
    _interaction(sheet, who, spec, spec.adjust, masks, ("interaction", spec.by), stratified=True)
    without: dict[str, float] = {}
    for level in masks:
        rest = {other: mask for other, mask in masks.items() if other != level}
        tail: Tail = (who.ratio, spec.by, f"without_{level}")
        found = _stratified(sheet, "leave_one_out", who, spec, rest, tail) if rest else None
        if found:
            without[level] = found[0]
    for contrast, pick in (("lowest", min), ("highest", max)) if without else ():
        level = pick(without, key=lambda name: without[name])
        source = sheet.address("leave_one_out", (who.ratio, spec.by, f"without_{level}"))
        target = sheet.address("leave_one_out", (who.ratio, "leave_one_out", contrast))
        for address in [a for a in sheet.found if a.startswith(source + "#")]:
            sheet.found[target + address[len(source) :]] = sheet.found[address]
    return sheet


def _stratified(
    sheet: Sheet, part: str, who: Subjects, spec: CentresAnalysis, masks: Mapping[str, Booleans], tail: Tail
) -> tuple[float, float] | None:
    used = dict(masks)
    if who.time is None:  # a centre where everybody or nobody has the event says nothing beside its own intercept
        used = {level: mask for level, mask in masks.items() if np.ptp(who.event[mask]) > 0.0} or used
    rows: Booleans = np.logical_or.reduce(list(used.values()))
    if who.time is not None:
        codes = np.zeros(len(rows), dtype=np.int64)
        for code, mask in enumerate(used.values()):
            codes[mask] = code
        return _effect(sheet, part, who, spec, spec.adjust, rows, tail, strata=codes)
    columns = [mask.astype(float) for mask in list(used.values())[1:]]
    extra = np.column_stack(columns) if columns else None
    return _effect(sheet, part, who, spec, spec.adjust, rows, tail, extra=extra)


def _pooled(sheet: Sheet, who: Subjects, spec: CentresAnalysis, each: Sequence[tuple[float, float]]) -> None:
    tails: list[Tail] = [(who.ratio, POOLED, "fixed_effect"), (who.ratio, POOLED, "random_effects")]
    between: list[Tail] = [(name, spec.by) for name in ("heterogeneity", "i_squared", "tau_squared")]
    try:
        if len(each) < 2:
            raise Declined("fewer than two centres have an effect of their own")
        made = second.pooled([b for b, _ in each], [se**2 for _, se in each], spec.level)
    except Declined as refusal:
        for tail in (*tails, *between):
            sheet.refuse("", tail, str(refusal))
        return
    for tail, kind in zip(tails, ("fixed", "random"), strict=True):
        b, se = made[kind], made[f"{kind}_se"]
        test = two_sided(b, se, spec.level)
        limits = {name: math.exp(made[f"{kind}_{name}"]) for name in ("lower", "upper")}
        values = {**test, **limits, "estimate": math.exp(b), "se": se}
        free = kind == "random" and made["tau2"] < 0.0
        limit, why = (math.inf, BELOW) if free else (TOLERANCE, "")
        sheet.put("", tail, second.STATSMODELS, values, tolerance=limit, why=why)
    sheet.put("", between[0], second.STATSMODELS, {"statistic": made["q"], "p": made["p"], "df": made["df"]})
    sheet.put("", between[1], second.STATSMODELS, {"estimate": max(made["i2"], 0.0)}, scale=100.0)
    sheet.refuse("", between[1], "statsmodels has no interval of I²", "lower", "upper")
    sheet.put("", between[2], second.STATSMODELS, {"estimate": max(made["tau2"], 0.0)})
