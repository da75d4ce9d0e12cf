"""Descriptions, rates and group comparisons again, by NumPy, SciPy, statsmodels and scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from y90outcomes.cohort import Cohort
from y90outcomes.estimators.numbers import Booleans, Floats, Ints
from y90outcomes.estimators.second import groups as second
from y90outcomes.estimators.second import roc as agreeing
from y90outcomes.estimators.second.normal import exponential
from y90outcomes.estimators.second.trial import Declined
from y90outcomes.methods.common import ALL, Selection, absent_first, groups_of, select
from y90outcomes.methods.cross_table import counts
from y90outcomes.methods.endpoint_groups import grouped_by
from y90outcomes.methods.proportion import counted
from y90outcomes.methods.tests import Samples, choose, convention_of, quantity
from y90outcomes.methods.verification.sheet import Sheet, Tail
from y90outcomes.results import Effects, Result
from y90outcomes.study import Study
from y90outcomes.study.analyses import (
    AgreementAnalysis,
    AnalysisSpec,
    ComparisonAnalysis,
    CorrelationAnalysis,
    CrossTableAnalysis,
    FamilyAnalysis,
    NamedTest,
    ProportionAnalysis,
    ProportionComparisonAnalysis,
    SummaryAnalysis,
)
from y90outcomes.study.speaking import convention

Groups = Mapping[str, Booleans]
Results = Sequence[Result]


def summary(cohort: Cohort, id: str, spec: SummaryAnalysis, _: Results) -> Sheet:
    """Levels by proportion_confint, numbers by NumPy."""
    sheet, selection = Sheet(id), select(cohort, spec)
    groups = groups_of(selection, spec.by)
    for variable in spec.variables:
        described(sheet, selection, variable, groups, spec.statistic, spec.interval, spec.quantile_type)
    return sheet


def described(
    sheet: Sheet, selection: Selection, variable: str, groups: Groups, statistic: str, interval: str, quantiles: str
) -> None:
    """The rows of a summary: `<variable>[=<level>]/<group>`."""
    known, values = selection.meaning(variable), selection.values(variable)
    for group, mask in groups.items():
        if known.numeric:
            x = values.to_numpy(dtype=float)[mask]
            x = x[~np.isnan(x)]
            sheet.put("", (variable, group), second.NUMPY, {"n": len(x), "missing": int(mask.sum()) - len(x)})
            if not len(x):
                continue
            sheet.put("", (variable, group), second.NUMPY, second.describe(x, quantiles))
            if statistic == "geometric_mean" and (x > 0).all() and len(x) > 1:
                made = second.mean(np.log(x), 0.95)
                shown = {("geometric_mean" if name == "estimate" else name): exponential(made[name])
                         for name in ("estimate", "lower", "upper")}  # fmt: skip
                sheet.put("", (variable, group), second.SCIPY, shown)
            continue
        present = values[mask].dropna()
        missing = int(mask.sum()) - len(present)
        for level in known.levels:
            tail, n = ((variable, level), group), int((present == level).sum())
            sheet.put("", tail, second.NUMPY, {"n": n, "missing": missing})
            if len(present):
                for engine, made in second.proportion(n, len(present), interval, 0.95).items():
                    percent = {"percent": 100.0 * made["estimate"]}
                    sheet.put("", tail, engine, percent)
                    sheet.put("", tail, engine, {k: v for k, v in made.items() if k in ("lower", "upper")}, scale=100.0)


def rate(sheet: Sheet, part: str, tail: Tail, events: int, n: int, interval: str, level: float) -> None:
    """A rate in per cent with its counts."""
    sheet.put(part, tail, second.NUMPY, {"n": n, "events": events})
    made = sheet.attempt(part, tail, lambda: second.proportion(events, n, interval, level))
    for engine, values in (made or {}).items():
        sheet.put(part, tail, engine, values, scale=100.0)


def proportion(cohort: Cohort, id: str, spec: ProportionAnalysis | ProportionComparisonAnalysis, _: Results) -> Sheet:
    """Rates of a binary endpoint."""
    sheet, selection = Sheet(id), select(cohort, spec)
    state = selection.outcome(spec.endpoint)[2]
    for group, (events, n) in counted(selection, state, spec.by).items():
        rate(sheet, "", ("rate", group), events, n, spec.interval, spec.level)
    return sheet


def compare_proportions(cohort: Cohort, id: str, spec: ProportionComparisonAnalysis, made: Results) -> Sheet:
    """Rates, then each group against the first, then the tests."""
    sheet, selection = proportion(cohort, id, spec, made), select(cohort, spec)
    groups = counted(selection, selection.outcome(spec.endpoint)[2], spec.by)
    held = absent_first(group for group, (_, n) in groups.items() if group != ALL and n)
    for group in held[1:]:
        _against(sheet, spec, f"{group}_vs_{held[0]}", (*groups[group], *groups[held[0]]))
    levels = selection.meaning(spec.by).levels
    counted_ = [groups.get(level, (0, 0)) for level in levels]
    table = np.array([(n - events, events) for events, n in counted_], dtype=np.int64).reshape(-1, 2)
    asked = ([NamedTest(test=spec.test, convention=spec.convention)] if spec.test else []) + spec.also
    table_tests(sheet, cohort.study, asked, spec.by, table, spec.scores)
    return sheet


def _against(sheet: Sheet, spec: ProportionComparisonAnalysis, contrast: str, pair: tuple[int, int, int, int]) -> None:
    """The measures of a further group (events, n) against the first."""
    table = np.array([[pair[0], pair[1] - pair[0]], [pair[2], pair[3] - pair[2]]], dtype=np.int64)
    names = {"difference": "risk_difference", "ratio": "risk_ratio", "odds_ratio": "odds_ratio"}
    chosen = {"difference": spec.difference_interval, "ratio": spec.ratio_interval}
    for measure in spec.measures:
        tail: Tail = (names[measure], spec.by, contrast)
        sheet.put("estimates", tail, second.NUMPY, {"n": pair[1] + pair[3], "events": pair[0] + pair[2]})
        if measure == "odds_ratio":
            found = sheet.attempt("estimates", tail, lambda: second.odds_ratio(table, spec.odds_ratio, spec.level))
            if found:
                sheet.put("estimates", tail, *found)
            continue
        wanted = partial(second.two_proportions, pair, measure, chosen[measure], spec.level)
        values = sheet.attempt("estimates", tail, wanted)
        sheet.put("estimates", tail, second.STATSMODELS, values or {}, scale=100 if measure == "difference" else 1)


def cross_table(cohort: Cohort, id: str, spec: CrossTableAnalysis, _: Results) -> Sheet:
    """Shares of a row and the tests of association."""
    sheet, selection = Sheet(id), select(cohort, spec)
    described(sheet, selection, spec.columns, groups_of(selection, spec.rows), "n_percent", spec.interval, "7")
    asked = ([NamedTest(test=spec.test, convention=spec.convention)] if spec.test else []) + spec.also
    table_tests(sheet, cohort.study, asked, spec.columns, counts(selection, spec), spec.scores)
    return sheet


def table_tests(
    sheet: Sheet, study: Study, asked: Sequence[NamedTest], term: str, table: Ints, scores: Sequence[float]
) -> None:
    """`<id>.tests/<test>/<term>` of a cross-table of counts."""
    rows = table[table.sum(axis=1) > 0]
    filled = rows[:, rows.sum(axis=0) > 0]
    for named in asked:
        test, rule = str(named.test), convention_of(study, named)
        if test == "auto":
            test = choose(table)[0]
            rule = "plain" if test == "chi_square" else ""
        tail = (quantity(named.test, named.convention), term)
        sheet.put("tests", tail, second.NUMPY, {"n": int(table.sum())})
        if test in ("chi_square", "fisher") and min(filled.shape, default=0) < 2:
            sheet.refuse("tests", tail, "fewer than two rows or columns hold anybody")
            continue
        made = sheet.attempt("tests", tail, lambda: _table_test(test, rule, table, filled, scores))  # noqa: B023
        engine = second.STATSMODELS if test in ("mcnemar", "cochran_armitage") else second.SCIPY
        sheet.put("tests", tail, engine, made or {})


def _table_test(test: str, rule: str, table: Ints, filled: Ints, scores: Sequence[float]) -> dict[str, float]:
    if test == "chi_square":
        return second.chi_square(filled, rule)
    if test == "fisher":
        return second.fisher(filled)
    if test == "mcnemar":
        return second.mcnemar(table, rule)
    if (table.sum(axis=0) == 0).any():
        raise Declined("one outcome only")
    return second.trend(table, list(scores) or list(range(1, len(table) + 1)), rule)


def compare_groups(cohort: Cohort, id: str, spec: ComparisonAnalysis, _: Results) -> Sheet:
    """Description, tests, means and their comparison."""
    sheet, (selection, _about) = Sheet(id), grouped_by(select(cohort, spec), spec.by)
    groups = groups_of(selection, spec.by)
    described(sheet, selection, spec.variable, groups, spec.statistic, "wilson", spec.quantile_type)
    values = selection.values(spec.variable).to_numpy(dtype=float)
    held = {group: values[mask & ~np.isnan(values)] for group, mask in groups.items() if group != ALL}
    samples = [sample for sample in held.values() if len(sample)]
    for named in [NamedTest(test=spec.test, convention=spec.convention), *spec.also]:
        tail, rule = (quantity(named.test, named.convention), spec.variable), convention_of(cohort.study, named)
        sheet.put("tests", tail, second.NUMPY, {"n": sum(map(len, samples))})
        made = sheet.attempt(
            "tests",
            tail,
            lambda: _sample_test(named.test, rule, samples, spec.scale == "log", spec.level),  # noqa: B023
        )
        sheet.put("tests", tail, second.SCIPY, made or {})
    if spec.scale == "log" or spec.test == "t_test":
        _means(sheet, cohort, spec, held)
    return sheet


def _sample_test(test: str, rule: str, samples: Samples, log: bool, level: float) -> dict[str, float]:
    if test == "kruskal_wallis":
        return second.kruskal_wallis(samples)
    if test == "jonckheere_terpstra":
        raise Declined("no library has the Jonckheere–Terpstra test")
    if len(samples) != 2:
        raise Declined("the test compares two groups")
    first, other = samples
    if test == "mann_whitney":
        return second.mann_whitney(first, other, rule)
    if log and (min(first.min(), other.min()) <= 0.0):
        raise Declined("no logarithms of values of 0 or below")
    made = second.t_test(np.log(first), np.log(other), rule, level) if log else second.t_test(first, other, rule, level)
    return {name: made[name] for name in ("statistic", "df", "p")}


def _means(sheet: Sheet, cohort: Cohort, spec: ComparisonAnalysis, held: Mapping[str, Floats]) -> None:
    log = spec.scale == "log"
    named = NamedTest(test="t_test", convention=spec.convention if spec.test == "t_test" else None)
    rule = convention_of(cohort.study, named)
    names = ("geometric_mean", "geometric_mean_ratio") if log else ("mean", "mean_difference")
    filled = {group: sample for group, sample in held.items() if len(sample)}
    for group, sample in filled.items():
        sheet.put("estimates", (names[0], group), second.NUMPY, {"n": len(sample)})
        if len(sample) > 1 and not (log and sample.min() <= 0.0):
            one = partial(second.mean, np.log(sample) if log else sample, spec.level)
            made = sheet.attempt("estimates", (names[0], group), one)
            if made:
                sheet.put("estimates", (names[0], group), second.SCIPY, _back(made) if log else made)
    if len(filled) == 2:
        first, other = filled.values()
        tail = (names[1], spec.variable)
        sheet.put("estimates", tail, second.NUMPY, {"n": len(first) + len(other)})
        if log and min(first.min(), other.min()) <= 0.0:
            return
        x, y = (np.log(other), np.log(first)) if log else (other, first)
        found = sheet.attempt("estimates", tail, lambda: second.t_test(x, y, rule, spec.level))
        if found:
            found.pop("df")
            sheet.put("estimates", tail, second.SCIPY, _back(found) if log else found)


def _back(made: Mapping[str, float]) -> dict[str, float]:
    """An estimate of logarithms on the scale of the values, its standard error by the delta method."""
    middle = exponential(made["estimate"])
    limits = {name: exponential(made[name]) for name in ("lower", "upper")}
    return {**made, **limits, "estimate": middle, "se": middle * made["se"]}


def correlation(cohort: Cohort, id: str, spec: CorrelationAnalysis, _: Results) -> Sheet:
    """SciPy's coefficient; Spearman's p where it is by t."""
    sheet, selection = Sheet(id), select(cohort, spec)
    x, y = (selection.values(name).to_numpy(dtype=float) for name in (spec.x, spec.y))
    both = ~np.isnan(x) & ~np.isnan(y)
    tail = (spec.kind, spec.x)
    sheet.put("", tail, second.NUMPY, {"n": int(both.sum())})
    made = sheet.attempt("", tail, lambda: second.correlation(x[both], y[both], spec.kind, spec.level))
    if made and spec.kind == "spearman":
        by_t = spec.p == "t" or (spec.p == "auto" and both.sum() > 10)
        if not by_t:
            made.pop("p")
            sheet.refuse("", tail, "SciPy's p of Spearman's correlation is by t alone", "p")
        sheet.refuse("", tail, "SciPy has no interval of Spearman's correlation", "lower", "upper", "se")
    sheet.put("", tail, second.SCIPY, made or {})
    return sheet


def agreement(cohort: Cohort, id: str, spec: AgreementAnalysis, _: Results) -> Sheet:
    """Kappa by scikit-learn and statsmodels, observed agreement by statsmodels."""
    sheet, selection = Sheet(id), select(cohort, spec)
    interval = convention(cohort.study, "proportion_interval")
    described(sheet, selection, spec.columns, groups_of(selection, spec.rows), "n_percent", interval, "7")
    levels = list(selection.meaning(spec.rows).levels)
    both = selection.values(spec.rows).isin(levels) & selection.values(spec.columns).isin(levels)
    first, other = (
        selection.values(name)[both].astype(str).to_numpy(dtype=object) for name in (spec.rows, spec.columns)
    )
    same, n = int((first == other).sum()), len(first)
    table = np.array([[int(((first == a) & (other == b)).sum()) for b in levels] for a in levels], dtype=np.int64)
    tail = ("kappa", spec.columns)
    sheet.put("estimates", tail, second.NUMPY, {"n": n, "events": same})
    value = sheet.attempt("estimates", tail, lambda: agreeing.kappa(first, other, levels, spec.weights))
    if value is not None:
        sheet.put("estimates", tail, agreeing.SKLEARN, {"estimate": value})
        found = sheet.attempt("estimates", tail, lambda: agreeing.kappa_table(table, spec.weights, spec.level))
        limits = {side: min(max(found[side], -1.0), 1.0) for side in ("lower", "upper") if found and side in found}
        sheet.put("estimates", tail, second.STATSMODELS, {**(found or {}), **limits})  # kappa ends at ±1
    rate(sheet, "estimates", ("observed_agreement", spec.columns), same, n, interval, spec.level)
    return sheet


def counted_rates(cohort: Cohort, id: str, spec: AnalysisSpec, made: Results) -> Sheet:
    """Rates of pages that count in their own way: the interval again, from the counts of their rows."""
    sheet = Sheet(id)
    for item in made:
        if isinstance(item, Effects) and "proportion_interval" in item.conventions:
            part = item.id.removeprefix(id).removeprefix(".")
            for row in item.rows:
                if row.unit == "%" and row.n and row.events is not None and row.estimate is not None:
                    tail = (row.quantity, row.term, row.contrast)
                    interval = item.conventions["proportion_interval"]
                    found = second.proportion(int(row.events), int(row.n), interval, float(row.level or 0.95))
                    for engine, values in found.items():
                        sheet.put(part, tail, engine, values, scale=100.0)
    return sheet


def family(cohort: Cohort, id: str, spec: FamilyAnalysis, made: Results) -> Sheet:
    """Adjusted p values by multipletests from the members' own p."""
    sheet = Sheet(id)
    rows = [row for item in made if isinstance(item, Effects) and item.id == id for row in item.rows]
    raw = {row.term: float(row.p) for row in rows if row.quantity == "raw_p" and row.p is not None}
    for term, p in zip(raw, second.adjusted(list(raw.values()), spec.adjust), strict=True):
        sheet.put("", ("adjusted_p", term), second.STATSMODELS, {"p": p})
        sheet.put("", ("rejected", term), second.STATSMODELS, {"estimate": float(p <= spec.alpha)})
    return sheet
