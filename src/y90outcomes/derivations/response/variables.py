"""Response variables a protocol can name; each reads the whole course of imaging."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
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
from y90outcomes.derivations.response.criteria import CATEGORIES, CRITERIA
from y90outcomes.derivations.response.explain import (
    explain_agreement,
    explain_best,
    explain_nearest,
    explain_progression,
)
from y90outcomes.derivations.response.frame import FLAGS
from y90outcomes.derivations.response.rules import BEST_RULES, RESPONSE_RULES
from y90outcomes.derivations.response.visits import says
from y90outcomes.derivations.types import Found, Need, Positions, Records, Span, Variable

RESPONSE: Mapping[str, str] = MappingProxyType(
    {"CR": "Complete response", "PR": "Partial response", "SD": "Stable disease", "PD": "Progressive disease"}
)
_NE = CATEGORIES.index("NE")
_RESPONSE_NAMES = tuple(rule.name for rule in RESPONSE_RULES)


def table_of(
    records: Records, grain: str, criterion: str, baseline: Span | None, rules: Mapping[str, Any]
) -> pd.DataFrame:
    """Responses under the rules of a variable (those of best response left aside)."""
    own = {name: value for name, value in rules.items() if name in _RESPONSE_NAMES}
    return responses(records, criterion, grain=grain, baseline=baseline, **own)


def _course(grain: str) -> Callable[..., pd.DataFrame]:
    """Every visit of every subject, whatever the window."""

    def course(
        records: Records, *, criterion: str, baseline: Span | None = None, window: Span | None = None, **rules: Any
    ) -> pd.DataFrame:
        return table_of(records, grain, criterion, baseline, rules)

    return course


def later_of(records: Records, grain: str, rules: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Day of the first later therapy of each subject of the grain, and who has one without a day."""
    later, undated = later_therapy(records, float(rules["staged_days"]))
    if grain == "patient":
        return later, undated
    patient = records.lesions["patient"].to_numpy(dtype=np.intp)
    return np.append(later, np.inf)[patient], np.append(undated, False)[patient]


def _count(records: Records, grain: str) -> int:
    return len(records.patients) if grain == "patient" else len(records.lesions)


def _categories(code: Positions) -> pd.Series:
    words = np.array([*CATEGORIES[:_NE], None], dtype=object)
    return pd.Series(words[code]).astype("string")


def counted(frame: pd.DataFrame) -> dict[str, int]:
    """How many subjects have a visit with each flag, in words; flags nobody has are left out."""
    at, words = pd.factorize(frame["flags"].astype(object))
    subject = frame["subject"].to_numpy(dtype=np.intp)
    held = [set(str(word).split(";")) for word in words]
    made = {}
    for flag, meaning in FLAGS.items():
        with_flag = np.array([flag in names for names in held], dtype=bool)
        if with_flag.any():
            made[meaning] = len(np.unique(subject[with_flag[at]]))
    return made


def _found(frame: pd.DataFrame, chosen: Chosen, more: Mapping[str, int]) -> Found:
    row = np.append(frame["row"].to_numpy(dtype=np.intp), -1)[chosen.place]
    assessed = np.zeros(len(chosen.code), dtype=bool)
    assessed[frame["subject"].to_numpy(dtype=np.intp)] = True
    missing = chosen.code == _NE
    counts = {
        "no imaging after baseline": int((missing & ~assessed).sum()),
        "imaging after baseline, none that counts is evaluable": int((missing & assessed).sum()),
    }
    counts |= dict(more) | counted(frame)
    kept = MappingProxyType({words: n for words, n in counts.items() if n})
    return Found(_categories(chosen.code), {"imaging": row.astype(np.intp)}, kept)


def _best(grain: str) -> Callable[..., Found]:
    def derive(records: Records, *, window: Span, criterion: str, baseline: Span | None = None, **rules: Any) -> Found:
        frame = table_of(records, grain, criterion, baseline, rules)
        later, undated = later_of(records, grain, rules)
        chosen = best_response(frame, window, _count(records, grain), (later, undated), rules)
        subject = frame["subject"].to_numpy(dtype=np.intp)
        late = len(np.unique(subject[chosen.why_not == "after a later therapy"]))
        with_undated = int(undated[np.unique(subject)].sum()) if len(subject) else 0
        return _found(frame, chosen, {
            "an assessment after a later therapy did not count": late,
            "a therapy without a date: before or after is not known": with_undated,
        })  # fmt: skip

    return derive


def _at(grain: str) -> Callable[..., Found]:
    def derive(records: Records, *, window: Span, criterion: str, baseline: Span | None = None, **rules: Any) -> Found:
        frame = table_of(records, grain, criterion, baseline, rules)
        return _found(frame, nearest_response(frame, window, _count(records, grain)), {})

    return derive


def _progression(records: Records, *, criterion: str, baseline: Span | None = None, **rules: Any) -> Found:
    """Day of the first visit that shows progression; missing where none does, or where that visit has no date."""
    frame = table_of(records, "patient", criterion, baseline, rules)
    at = first_progression(frame, len(records.patients))
    days = np.append(frame["days"].to_numpy(dtype=np.float64), np.nan)[at]
    row = np.append(frame["row"].to_numpy(dtype=np.intp), -1)[at]
    undated = int(((at >= 0) & np.isnan(days)).sum())
    counts = ({"progression at an undated visit": undated} if undated else {}) | counted(frame)
    return Found(pd.Series(days), {"imaging": row.astype(np.intp)}, MappingProxyType(counts))


def reported(records: Records, criterion: str, visit: str) -> tuple[pd.Series, Positions]:
    """The site's reading of each patient under the criterion at the visit, and its row; NE is missing."""
    table = records.tables["assessments"]
    whole = (table["lesion_id"].fillna("") == "").to_numpy(dtype=bool)
    rows = np.flatnonzero(
        says(table, "criterion", criterion) & says(table, "visit", visit) & whole & (table["patient"] >= 0).to_numpy()
    )
    at = np.full(len(records.patients), -1, dtype=np.intp)
    at[table["patient"].to_numpy(dtype=np.intp)[rows]] = rows
    words = np.array([*table["response"].astype(object), None], dtype=object)[at]
    made = pd.Series(words, dtype=object).astype("string")
    return made.where(made != "NE"), at


def _agreement(records: Records, *, window: Span, criterion: str, visit: str, baseline: Span | None = None,
               **rules: Any) -> Found:  # fmt: skip
    """yes where derived and reported response are the same category, no where not; missing where either is."""
    derive = _best("patient") if visit == "best" else _at("patient")
    own = derive(records, window=window, criterion=criterion, baseline=baseline, **rules)
    theirs, at = reported(records, criterion, visit)
    known = own.values.notna() & theirs.notna()
    same = (own.values == theirs).fillna(False)
    values = pd.Series(np.where(same, "yes", "no"), dtype="string").where(known)
    counts = {"derived but not reported": int((own.values.notna() & theirs.isna()).sum()),
              "reported but not derived": int((own.values.isna() & theirs.notna()).sum())}  # fmt: skip
    kept = MappingProxyType({words: n for words, n in (counts | dict(own.counts)).items() if n})
    return Found(values, {"imaging": own.rows["imaging"], "assessments": at}, kept)


_MEASURED = ("longest_diameter", "short_axis", "viable_diameter", "viable_perpendicular", "too_small", "attenuation",
             "arterial_enhancement", "modality")  # fmt: skip
_WHOLE = ("pvtt_class", "hvtt_class", "thrombus_enhancement", "thrombus_width", "thrombus_extension", "new_lesion",
          "new_lesion_organ", "nontarget_progression")  # fmt: skip
_NEEDS = (
    *(Need("imaging", column, per_lesion=True) for column in _MEASURED),
    *(Need("imaging", column) for column in _WHOLE),
    *(Need("lesions", column, per_lesion=True) for column in ("role", "organ", "perfused")),
)
_LATER = (Need("therapies", "therapy"), Need("treatments", "course_number"))
_OF_LESION = tuple(need for need in _NEEDS if need.per_lesion)
_REFERENCE = "; ".join(dict.fromkeys(criterion.source for criterion in CRITERIA.values()))
_MISSING = "not evaluable is missing and counted; progression can be shown by what was measured"

RESPONSES: tuple[Variable, ...] = (
    Variable(
        "best_response", "Best response", "patient", (*_NEEDS, *_LATER), "follow_up", levels=RESPONSE, ordered=True,
        derive=_best("patient"), explain=explain_best("patient"), course=_course("patient"),
        course_table="imaging", takes=("window", "baseline", "criterion"),
        rules=(*RESPONSE_RULES, *BEST_RULES), missing=_MISSING, reference=_REFERENCE,
    ),
    Variable(
        "best_response_lesion", "Best response of the lesion", "lesion", (*_OF_LESION, *_LATER), "follow_up",
        levels=RESPONSE, ordered=True, derive=_best("lesion"), explain=explain_best("lesion"),
        course=_course("lesion"), course_table="imaging",
        takes=("window", "baseline", "criterion"), rules=(*RESPONSE_RULES, *BEST_RULES), missing=_MISSING,
        reference=_REFERENCE,
    ),
    Variable(
        "response_at", "Response", "patient", _NEEDS, "follow_up", levels=RESPONSE, ordered=True,
        derive=_at("patient"), explain=explain_nearest("patient"), course=_course("patient"),
        course_table="imaging", takes=("window", "baseline", "criterion"),
        rules=RESPONSE_RULES, missing=_MISSING, reference=_REFERENCE,
    ),
    Variable(
        "response_at_lesion", "Response of the lesion", "lesion", _OF_LESION, "follow_up", levels=RESPONSE,
        ordered=True, derive=_at("lesion"), explain=explain_nearest("lesion"),
        course=_course("lesion"), course_table="imaging",
        takes=("window", "baseline", "criterion"), rules=RESPONSE_RULES, missing=_MISSING, reference=_REFERENCE,
    ),
    Variable(
        "first_progression", "First radiological progression", "patient", _NEEDS, "follow_up", quantity="day",
        derive=_progression, explain=explain_progression,
        course=_course("patient"), course_table="imaging", takes=("baseline", "criterion"), rules=RESPONSE_RULES,
        missing="no progression seen, or one at an undated visit, is missing; the latter is counted",
        reference=_REFERENCE,
    ),
    Variable(
        "response_agreement", "Derived response as reported by the site", "patient",
        (*_NEEDS, *_LATER, Need("assessments", "response")), "follow_up",
        levels=MappingProxyType({"yes": "Yes", "no": "No"}), derive=_agreement, explain=explain_agreement,
        takes=("window", "baseline", "criterion", "visit"), rules=(*RESPONSE_RULES, *BEST_RULES),
        missing="missing where either reading is", reference=_REFERENCE,
    ),
)  # fmt: skip
"""Derivations of response."""
