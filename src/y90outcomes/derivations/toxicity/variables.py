"""The toxicity variables a protocol can name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import pandas as pd

from y90outcomes.derivations.toxicity.composite import BILIRUBIN, DOSE_RELATED, dose_related_event, reild, ten_event
from y90outcomes.derivations.toxicity.course import (
    ANY_TERM,
    LABORATORY,
    REPORTS,
    RULES,
    max_reported_grade,
    max_toxicity_grade,
    samples_of,
    toxicity_at_least,
    toxicity_grade,
    toxicity_outcome,
)
from y90outcomes.derivations.toxicity.ctcae import TERMS
from y90outcomes.derivations.toxicity.explain import explain_course, explain_events, explain_grade
from y90outcomes.derivations.toxicity.visits import lab_grades
from y90outcomes.derivations.types import Found, Need, Records, Rule, Span, Step, Variable

YES_NO: Mapping[str, str] = MappingProxyType({"no": "No", "yes": "Yes"})
GRADES: Mapping[str, str] = MappingProxyType({str(grade): f"Grade {grade}" for grade in range(6)})
OUTCOMES: Mapping[str, str] = MappingProxyType(
    {
        **GRADES,
        **{f"at_least_{grade}": f"Grade {grade} or more, not fully known" for grade in range(1, 5)},
        "not_gradable": "Not gradable",
        "progression_unclear": "Progression the same day or undated",
        "not_assessed": "Not assessed",
    }
)
"""Levels of `toxicity_outcome`: the grades, the lowest grade where no more is known, what stands in a grade's way."""

_CTCAE = "NCI, Common Terminology Criteria for Adverse Events, v4.03 (2010) and v5.0 (2017)"
_TARGET = "TARGET, Lam 2022, 10.1007/s00259-022-05774-0"
_BRAAT = "Braat 2017, Eur J Gastroenterol Hepatol 29:144"
_LABS = (Need("labs", "value", windowed=True), Need("labs", "uln"), Need("labs", "lln"), Need("labs", "qualifier"),
         Need("patients", "anticoagulation"))  # fmt: skip
_EVENTS = (Need("adverse_events", "grade"), Need("adverse_events", "related"))
_PROGRESSION = (Need("follow_up", "occurrence"),)
_ALL = (*_LABS, *_EVENTS, *_PROGRESSION)
_MISSING = (
    "no value in the window is not assessed, a missing limit or baseline that could decide is not gradable; both are "
    "missing, counted apart and never grade 0"
)
_LAB_TERM = Rule("term", None, "laboratory event", tuple(TERMS))
_ANY_TERM = RULES["term"]
_WORST_TERM = Rule("term", None, _ANY_TERM.words, (*_ANY_TERM.allowed, ANY_TERM))
_LEVELS = tuple("12345")
_GRADE = Rule("grade", "3", "lowest grade that counts", _LEVELS)
_PRIMARY = Rule("progression", "without_progression", RULES["progression"].words, RULES["progression"].allowed)


def _samples(
    records: Records, *, term: str, version: str, unknown_anticoagulation: str, baseline: Span, **_: object
) -> pd.DataFrame:
    """The grade of every sample of a laboratory term; no row for a term that is only reported."""
    labs = samples_of(records, term) if term in TERMS else records.tables["labs"].iloc[:0]
    made = lab_grades(labs, records.patients, version=version, baseline=baseline,
                      terms=[term] if term in TERMS else [],
                      unknown_anticoagulation=unknown_anticoagulation)  # fmt: skip
    return made.rename(columns={"patient": "subject"})


def _rules(*names: str) -> tuple[Rule, ...]:
    return tuple(RULES[name] for name in names)


def _highest(
    name: str, label: str, derive: Callable[..., Found], levels: Mapping[str, str], *more: Rule, ordered: bool = True
) -> Variable:
    return Variable(name, label, "patient", _ALL, "follow_up", levels=levels, ordered=ordered, derive=derive,
                    explain=explain_course, course=_samples, course_table="labs", takes=("window", "baseline"),
                    rules=(_ANY_TERM, *more, *_rules(*LABORATORY, *REPORTS)), missing=_MISSING,
                    reference=_CTCAE)  # fmt: skip


def _explained(derive: Callable[..., Found], *terms: str) -> Callable[..., list[Step]]:
    return partial(explain_events, derive=derive, terms=terms)


TOXICITY: tuple[Variable, ...] = (
    _highest("max_toxicity_grade", "Highest toxicity grade", max_toxicity_grade, GRADES),
    _highest("toxicity_outcome", "Highest toxicity grade, or why there is none", toxicity_outcome, OUTCOMES,
             ordered=False),
    _highest("toxicity_at_least", "Toxicity of a grade or more", toxicity_at_least, YES_NO, _GRADE),
    Variable("toxicity_grade", "Toxicity grade at a visit", "patient", _LABS, "follow_up", levels=GRADES, ordered=True,
             derive=toxicity_grade, explain=explain_grade, course=_samples, course_table="labs",
             takes=("window", "baseline"), rules=(_LAB_TERM, *_rules("version", "unknown_anticoagulation")),
             missing=_MISSING, reference=_CTCAE),
    Variable("max_reported_grade", "Highest grade as reported", "patient", (*_EVENTS, *_PROGRESSION), "follow_up",
             levels=GRADES, ordered=True, derive=max_reported_grade, explain=explain_course, takes=("window",),
             rules=(_WORST_TERM, *_rules("progression", *REPORTS)), reference=_CTCAE,
             missing="an event without grade or day is not gradable; no report is grade 0 as `unreported` says"),
    Variable("dose_related_event", "Dose-related adverse event", "patient", _ALL, "follow_up", levels=YES_NO,
             ordered=True, derive=dose_related_event, explain=_explained(dose_related_event, *DOSE_RELATED, BILIRUBIN),
             takes=("window", "baseline"),
             rules=(Rule("grade", "1", "lowest grade that counts", _LEVELS),
                    Rule("hyperbilirubinaemia", "laboratory", "hyperbilirubinaemia is taken from",
                         ("laboratory", "reported", "either")),
                    *_rules(*LABORATORY, *REPORTS)),
             missing="yes when any event is known, no when all are known not to be, else missing", reference=_TARGET),
    Variable("ten_event", "Grade 3 or higher hyperbilirubinaemia, or hepatic failure without bilirubin", "patient",
             _ALL, "follow_up", levels=YES_NO, ordered=True, derive=ten_event,
             explain=_explained(ten_event, "hepatic_failure"), takes=("window", "baseline"),
             rules=(_GRADE, Rule("failure_grade", "3", "lowest grade of a reported hepatic failure", _LEVELS),
                    _PRIMARY, *_rules(*(name for name in LABORATORY if name != "progression"), *REPORTS)),
             missing="no bilirubin and no reported hepatic failure is missing", reference=_TARGET),
    Variable("reild", "Radioembolisation-induced liver disease", "patient", _ALL, "follow_up",
             levels=YES_NO, ordered=True, derive=reild,
             explain=_explained(reild, "ascites", "biliary_stricture"), takes=("baseline",),
             rules=(Rule("bilirubin", 3, "bilirubin above", unit="mg/dL", low=0),
                    Rule("from_day", 14, "first day", unit="d"), Rule("to_day", 122, "last day", unit="d"),
                    Rule("ascites_grade", "1", "lowest grade of ascites", _LEVELS),
                    Rule("hypoalbuminaemia", False, "albumin must also be below its lower limit"),
                    *_rules("unreported")),
             missing="no when one condition is known not to hold, yes when all are known to, else missing",
             reference=_BRAAT),
)  # fmt: skip
"""Toxicity variables."""
