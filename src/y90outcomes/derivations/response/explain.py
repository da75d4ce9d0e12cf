"""Why a subject has this response: the rows that count, the numbers, the rule, and what was not taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from y90outcomes.derivations.response.assess import responses
from y90outcomes.derivations.response.best import (
    Chosen,
    best_response,
    first_progression,
    later_therapy,
    nearest_response,
)
from y90outcomes.derivations.response.criteria import CATEGORIES, CRITERIA, Criterion
from y90outcomes.derivations.response.frame import FLAGS
from y90outcomes.derivations.response.parts import Parts, prepared
from y90outcomes.derivations.response.rules import RESPONSE_RULES, with_defaults
from y90outcomes.derivations.response.single import Alone, alone
from y90outcomes.derivations.types import Records, Span, Step

_OWN = tuple(rule.name for rule in RESPONSE_RULES)
REASON_WORDS: Mapping[str, str] = {
    "target_growth": "the targets grew past the limit",
    "regrowth": "a target is back after all were gone",
    "non_target_progression": "other disease progresses unequivocally",
    "new_lesion": "there is a new lesion",
    "target_not_evaluable": "a target was not measured and the rest alone is no progression",
    "target_without_baseline": "a recorded target was not measured at baseline",
    "new_lesion_unrecorded": "nothing is recorded about new lesions",
    "all_gone": "every target is gone and no other disease is left",
    "targets_gone_other_disease_left": "every target is gone but other disease is left",
    "targets_gone_other_disease_not_evaluated": "every target is gone but other disease was not evaluated",
    "decrease": "the targets decreased past the limit",
    "attenuation_fall": "the attenuation fell past the limit",
    "neither": "neither decrease nor growth past a limit",
    "other_disease_gone": "there was no target and the other disease is gone",
    "other_disease_left": "there was no target and other disease is left",
    "other_disease_not_evaluated": "there was no target and other disease was not evaluated",
    "no_disease_at_baseline": "baseline shows nothing that could respond",
    "no_baseline": "there is no baseline measurement",
    "no_place_in_order": "the scan has neither date nor planned day",
    "not_measurable_at_baseline": "the lesion was too small at baseline",
    "thrombus_growth": "an enhancing thrombus grew",
    "thrombus_enhancing": "the tumour is gone but the thrombus still enhances",
    "unenhancing_thrombus_growth": "a thrombus without enhancement grew",
    "thrombus_not_evaluable": "the thrombus was not evaluable and could decide",
}
"""reason of a response -> in words."""


def _number(value: float) -> str:
    return "not measured" if np.isnan(value) else f"{value:.4g}"


def _day(days: float) -> str:
    return "undated" if np.isnan(days) else f"day {days:g}"


def _visit(line: Any, unit: str) -> str:
    """One visit in words."""
    said = f"{line.visit} ({_day(line.days)}): {line.response}, because {REASON_WORDS[line.reason]}"
    if not np.isnan(line.sum):
        said += f"; sum {_number(line.sum)} {unit}, baseline {_number(line.baseline_sum)}, nadir {_number(line.nadir)}"
    if not np.isnan(line.ratio_baseline):
        said += f", {_number(line.ratio_baseline)} of baseline"
    if not np.isnan(line.ratio_nadir):
        said += f", {_number(line.ratio_nadir)} of the nadir"
    if not np.isnan(line.attenuation_ratio):
        said += f", attenuation {_number(line.attenuation_ratio)} of baseline"
    said += f"; targets {line.target}, other disease {line.non_target.replace('_', ' ')}, new lesion {line.new_lesion}"
    flags = [FLAGS[flag] for flag in line.flags.split(";") if flag]
    return said + (f" ({'; '.join(flags)})" if flags else "")


def limits(criterion: Criterion, rules: Mapping[str, Any]) -> str:
    """The limits of a criterion in words, as the rules set them."""
    absolute = float(rules["pd_absolute_mm"]) if criterion.absolute_mm is None else criterion.absolute_mm
    growth = f" and at least {absolute:g} mm" if absolute else ""
    fainter = f" or attenuation at most {criterion.density_pr:g} of it" if criterion.density_pr else ""
    return (
        f"{criterion.label}: partial response at a sum of at most {criterion.pr:g} of baseline{fainter}; progression "
        f"at {criterion.pd:g} of the {criterion.reference} or more{growth} ({criterion.source})"
    )


def _lesion_rows(one: Alone, parts: Parts, lesion: int, visit: str) -> Iterator[Step]:
    """The measured lesions of a visit, the targets first."""
    found = parts.found
    names = one.records.lesions["lesion_id"].astype(str).to_numpy()
    rows = np.flatnonzero((found.lesion >= 0) & (found.label[found.visit] == visit))
    for row in sorted(rows, key=lambda row: (not parts.roles.target[found.lesion[row]], found.lesion[row])):
        which = found.lesion[row]
        if lesion in (-1, which):
            part = "target" if parts.roles.target[which] else "other lesion"
            value, gone = parts.measures.value[row], " (gone)" if parts.measures.gone[row] else ""
            text = f"{visit}: {part} {names[which]} counts {_number(value)} {parts.spec.unit}{gone}"
            yield Step(text, "imaging", one.place("imaging", int(found.row[row])))


def _baseline(one: Alone, parts: Parts, lesion: int) -> Iterator[Step]:
    found = parts.found
    names = one.records.lesions["lesion_id"].astype(str).to_numpy()
    for which in range(len(names)):
        if lesion not in (-1, which):
            continue
        row = parts.first[which]
        part = "target" if parts.roles.target[which] else "not a target"
        if row < 0:
            yield Step(f"baseline: lesion {names[which]} has no measurement that counts")
            continue
        text = f"baseline ({_day(found.days[found.visit[row]])}): lesion {names[which]}, {part}, counts "
        text += f"{_number(parts.size[which])} {parts.spec.unit}"
        yield Step(text, "imaging", one.place("imaging", int(found.row[row])))


def _steps(records: Records, subject: int, grain: str, criterion: str, baseline: Span | None, rules: Mapping[str, Any],
           choose: Callable[[Alone, pd.DataFrame, int], Chosen], word: str) -> list[Step]:  # fmt: skip
    """What every explanation says: limits, baseline, the deciding visit, the others, the other criteria."""
    own = {name: value for name, value in rules.items() if name in _OWN}
    settled = with_defaults(own)
    patient = subject if grain == "patient" else int(records.lesions["patient"].iloc[subject])
    one = alone(records, patient)
    lesion = -1 if grain == "patient" else int(np.flatnonzero(one.lesions == subject)[0])
    spec = CRITERIA[criterion]

    def made(code: str) -> tuple[pd.DataFrame, Chosen, int]:
        frame = responses(one.records, code, grain=grain, baseline=baseline, **own)
        if lesion >= 0:
            frame = frame[frame["subject"] == lesion].assign(subject=0).reset_index(drop=True)
        chosen = choose(one, frame, 1)
        return frame, chosen, int(chosen.place[0])

    frame, chosen, at = made(criterion)
    parts = prepared(one.records, spec, spec.treated_only or settled["territory"] == "treated", settled, baseline)
    steps = [Step(limits(spec, settled)), *_baseline(one, parts, lesion)]
    lines: list[Any] = list(frame.itertuples(index=False))
    code = CATEGORIES[int(chosen.code[0])]
    if at >= 0:
        line = lines[at]
        steps.append(Step(f"{word} {code} at {_visit(line, spec.unit)}", "imaging", one.place("imaging", line.row)))
        if line.nadir_row >= 0 and spec.reference == "nadir":
            steps.append(Step("nadir before that visit", "imaging", one.place("imaging", line.nadir_row)))
        steps += _lesion_rows(one, parts, lesion, line.visit)
    else:
        steps.append(Step(f"{word} missing: no assessment counts"))
    for place, line in enumerate(lines):
        if place != at:
            why = chosen.why_not[place] or "a better or an earlier assessment decides"
            text = f"not taken: {_visit(line, spec.unit)}; {why}"
            steps.append(Step(text, "imaging", one.place("imaging", line.row)))
    for other in CRITERIA:
        if other != criterion:
            result = made(other)[1]
            word_of = CATEGORIES[int(result.code[0])] if result.place[0] >= 0 else "missing"
            steps.append(Step(f"under {CRITERIA[other].label} it would be {word_of}"))
    return steps


def explain_best(grain: str) -> Callable[..., list[Step]]:
    """Explanation of best response at a grain."""

    def explain(records: Records, subject: int, *, window: Span, criterion: str, baseline: Span | None = None,
                **rules: Any) -> list[Step]:  # fmt: skip
        def choose(one: Alone, frame: pd.DataFrame, count: int) -> Chosen:
            return best_response(frame, window, count, later_therapy(one.records, float(rules["staged_days"])), rules)

        return _steps(records, subject, grain, criterion, baseline, rules, choose, "best response")

    return explain


def explain_nearest(grain: str) -> Callable[..., list[Step]]:
    """Explanation of the response at a time."""

    def explain(records: Records, subject: int, *, window: Span, criterion: str, baseline: Span | None = None,
                **rules: Any) -> list[Step]:  # fmt: skip
        def choose(one: Alone, frame: pd.DataFrame, count: int) -> Chosen:
            return nearest_response(frame, window, count)

        return _steps(records, subject, grain, criterion, baseline, rules, choose, "response")

    return explain


def explain_progression(
    records: Records, subject: int, *, criterion: str, baseline: Span | None = None, **rules: Any
) -> list[Step]:
    """Explanation of the first radiological progression."""

    def choose(one: Alone, frame: pd.DataFrame, count: int) -> Chosen:
        at = first_progression(frame, count)
        code = np.where(at >= 0, CATEGORIES.index("PD"), CATEGORIES.index("NE")).astype(np.intp)
        return Chosen(code, at, np.where(frame["response"] == "PD", "a later progression", "no progression"))

    return _steps(records, subject, "patient", criterion, baseline, rules, choose, "first progression")


def explain_agreement(records: Records, subject: int, *, window: Span, criterion: str, visit: str,
                      baseline: Span | None = None, **rules: Any) -> list[Step]:  # fmt: skip
    """Explanation of the derived response, and what the site reported."""
    how = explain_best if visit == "best" else explain_nearest
    steps = how("patient")(records, subject, window=window, criterion=criterion, baseline=baseline, **rules)
    one = alone(records, subject)
    table = one.records.tables["assessments"]
    mine = (table["criterion"] == criterion) & (table["visit"] == visit) & (table["lesion_id"].fillna("") == "")
    rows = np.flatnonzero(mine.fillna(False).to_numpy(dtype=bool))
    said = [Step(f"the site reported {table['response'].iloc[row]}", "assessments", one.place("assessments", int(row)))
            for row in rows]  # fmt: skip
    return [*steps, *(said or [Step("the site reported nothing under this criterion at this visit")])]
