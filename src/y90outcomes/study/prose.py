"""The protocol in words: a clinician can read it aloud. Written from the model alone, never by hand."""

from __future__ import annotations

from collections.abc import Mapping

from y90outcomes.conventions import LEVEL, default, words
from y90outcomes.derivations.catalogue import EVENTS, VARIABLES
from y90outcomes.derivations.rollups import ROLLUPS
from y90outcomes.derivations.rules import default_words, settled
from y90outcomes.derivations.rules import words as rule_words
from y90outcomes.dialects import DIALECTS, OWN, chosen
from y90outcomes.results import Section
from y90outcomes.schema import load_schema
from y90outcomes.study.analyses import AnalysisSpec, ModelPage
from y90outcomes.study.analyses.facts import FACTS, FAMILY_OF, TEST_CONVENTIONS
from y90outcomes.study.criteria import AnyOf, Criterion, CriterionSpec
from y90outcomes.study.endpoint_words import USUAL, endpoint_label, endpoint_words
from y90outcomes.study.endpoints import BinaryEndpoint, TimeToEventEndpoint
from y90outcomes.study.meaning import CODELISTS, meaning
from y90outcomes.study.model import Study
from y90outcomes.study.speaking import convention as in_force
from y90outcomes.study.variables import (
    CutVariable,
    DerivedVariable,
    GroupedVariable,
    StatusAtVariable,
    TimeToVariable,
    VariableSpec,
)

_SIGNS = {"min": "at least", "max": "at most", "above": "more than", "below": "less than"}
_ORIGINS = {
    "clinical": "clinical records",
    "published": "a published table",
    "synthetic": "synthetic patients; no result describes real ones",
    "reconstructed": "patients reconstructed from printed figures; no result describes recorded ones",
}


def prose(study: Study) -> tuple[Section, ...]:
    """The methods section."""
    sections = (
        Section("Study", _study(study)),
        Section("Patients and analysis sets", _eligible(study), _sets(study)),
        Section("Variables", _windows(study), _variables(study)),
        Section("Endpoints", _usual(study), _endpoints(study)),
        Section(
            "Statistical analysis",
            (f"Tests are two-sided and intervals 95 % unless said otherwise; {_multiplicity(study)}.",),
            _statistics(study),
        ),
        Section("Amendments", (), tuple(f"{a.date:%Y-%m-%d}: {a.change} ({a.reason})." for a in study.amendments)),
    )
    return tuple(section for section in sections if section.paragraphs or section.entries)


def _study(study: Study) -> tuple[str, ...]:
    lines = [study.question] if study.question else []
    said = f"The data come from {_ORIGINS[study.origin]}."
    if study.citation:
        doi = f" (doi:{study.citation.doi})" if study.citation.doi else ""
        said += f" Source: {study.citation.short}, {study.citation.journal}{doi}."
    if study.registration:
        said += f" Registration: {study.registration}."
    said += " Day 0 is the first treatment. A month is " + f"{study.time.days_per_month:g} days."
    if study.data.cutoff:
        said += f" Data cut-off: {study.data.cutoff:%Y-%m-%d}; later events are ignored and follow-up ends there."
    if study.data.on_invalid_cell == "missing":
        said += f" Invalid cells are missing ({study.data.reason}) and counted."
    if study.dialect != OWN:
        said += f" Conventions are those of {DIALECTS[study.dialect].label} wherever nothing else is said."
    single = [words(*entry) for entry in study.conventions.items() if chosen(study.dialect).get(entry[0]) != entry[1]]
    if single:
        said += f" {'Further, for' if study.dialect != OWN else 'For'} the whole study: {'; '.join(single)}."
    for name, switch in study.data.rules.items():
        said += f" The data check {name.replace('_', ' ')} is {'off' if switch.off else 'on'} ({switch.reason})."
    return (*lines, said)


def _eligible(study: Study) -> tuple[str, ...]:
    if not study.eligibility:
        return ("Every patient of the registry is eligible.",)
    each = [_criterion(study, criterion) for criterion in study.eligibility.values()]
    return (f"Eligible: {'; '.join(each)}. A missing value is never eligible and is counted apart.",)


def _sets(study: Study) -> tuple[str, ...]:
    lines = []
    for name, subset in study.analysis_sets.items():
        among = "; ".join(_criterion(study, criterion) for criterion in subset.among.values())
        row = f"one row per {subset.grain}"
        lines.append(f"{subset.label or name.replace('_', ' ')}: {row}{', ' + among if among else ''}.")
    return tuple(lines)


def _windows(study: Study) -> tuple[str, ...]:
    lines = []
    for name, window in study.windows.items():
        undated = f"; an undated record counts when its visit is {window.visit}" if window.visit else ""
        span = f"days {window.start:g} to {window.end:g}".replace("-", "−")
        late = "; a baseline may come from after day 0, and such values are counted" if window.after_treatment else ""
        lines.append(f"Window {name}: {span}, the record nearest to day {window.nominal:g}{undated}{late}.")
    return tuple(lines)


def _criterion(study: Study, criterion: CriterionSpec) -> str:
    if isinstance(criterion, AnyOf):
        return " or ".join(_criterion(study, inner) for inner in criterion.any_of.values())
    return _single(study, criterion)


def _single(study: Study, criterion: Criterion) -> str:
    known = meaning(study, criterion.variable)
    name = _inside(known.label)
    if criterion.recorded:
        return f"{name} recorded"
    if criterion.equals is not None:
        level = known.levels[criterion.equals]
        return f"{name}: {level.lower() if level in {'Yes', 'No'} else level}"
    if criterion.one_of is not None:
        return f"{name}: {', '.join(known.levels[code] for code in criterion.one_of)}"
    unit = criterion.unit or known.unit
    limits = [
        f"{_SIGNS[rule]} {getattr(criterion, rule):g}{' ' + unit if unit else ''}"
        for rule in _SIGNS
        if getattr(criterion, rule) is not None
    ]
    return f"{name} {' and '.join(limits)}"


def _inside(label: str) -> str:
    """A label inside a sentence: lower case unless it starts with an abbreviation."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def _variable(study: Study, spec: VariableSpec, label: str) -> str:
    """What a variable of the protocol is, in words; what only repeats its label is left out."""
    if isinstance(spec, DerivedVariable):
        return _derived(study, spec, label)
    if isinstance(spec, GroupedVariable):
        parts = [f"{group} ({', '.join(codes)})" for group, codes in spec.groups.items()]
        return f"{_inside(meaning(study, spec.of).label)} grouped as {', '.join(parts)}"
    if isinstance(spec, CutVariable):
        parent = meaning(study, spec.of)
        limits = ", ".join(f"{cut:g}" for cut in spec.cuts) + (f" {parent.unit}" if parent.unit else "")
        side = "above" if spec.closed == "left" else "below"
        return f"{_inside(parent.label)} cut at {limits} (a limit itself counts {side}) into {', '.join(spec.labels)}"
    event = EVENTS[spec.event].label
    if isinstance(spec, TimeToVariable):
        return f"time from the first treatment to {event}, among those who had it"
    if isinstance(spec, StatusAtVariable):
        return f"{event} by day {spec.day:g}, among patients followed to it"
    return f"{event} recorded as yes or no"


def _derived(study: Study, spec: DerivedVariable, label: str) -> str:
    name = VARIABLES[spec.derive].label
    said = [] if name == label else [_inside(name)]
    for option in ("source", "criterion", "visit"):
        code = getattr(spec, option)
        if code:
            names = load_schema().codelists[CODELISTS[option]].codes
            said.append(f"{option} {' or '.join(names[word] for word in ([code] if isinstance(code, str) else code))}")
    if spec.window:
        said.append(f"window {spec.window}")
    if spec.baseline:
        said.append(f"baseline in the window {spec.baseline}")
    found = settled(VARIABLES[spec.derive], spec.rules)
    said += [rule_words(rule, found[rule.name]) for rule in VARIABLES[spec.derive].rules if rule.name in spec.rules]
    if spec.rollup:
        beside = f" (by {_inside(meaning(study, spec.by).label)})" if spec.by else ""
        said.append(f"of a patient, {ROLLUPS[spec.rollup].words}{beside}")
    return "; ".join(said) or "as recorded"


def _variables(study: Study) -> tuple[str, ...]:
    lines = []
    for name, spec in study.variables.items():
        known = meaning(study, name)
        unit = f" ({known.unit})" if known.unit else ""
        lines.append(f"{known.label}{unit}: {_variable(study, spec, known.label)}.")
    return (*lines, *_defaults(study))


def _defaults(study: Study) -> tuple[str, ...]:
    """The rules a protocol leaves at their defaults, derivations with the same ones together."""
    used = dict.fromkeys(spec.derive for spec in study.variables.values() if isinstance(spec, DerivedVariable))
    alike: dict[str, list[str]] = {}
    for variable in (VARIABLES[name] for name in used):
        said = ", ".join(default_words(rule) for rule in variable.rules if rule.default is not None)
        if said:
            alike.setdefault(said, []).append(variable.label)
    return tuple(f"{'; '.join(labels)}, where nothing else is said: {said}." for said, labels in alike.items())


def _usual(study: Study) -> tuple[str, ...]:
    timed = any(isinstance(spec, TimeToEventEndpoint) for spec in study.endpoints.values())
    return (USUAL,) if timed else ()


def _endpoints(study: Study) -> tuple[str, ...]:
    lines = []
    for spec in study.endpoints.values():
        if isinstance(spec, BinaryEndpoint):
            label = spec.label or ""
            known = meaning(study, spec.variable)
            events = ", ".join(known.levels[code] for code in spec.event)
            how = "counts as no event" if spec.not_evaluable == "non_responder" else "is left out"
            name = label or known.label
            lines.append(f"{name[:1].upper() + name[1:]}: {events}; not evaluable {how}.")
            continue
        lines.append(f"{endpoint_label(spec)}: {endpoint_words(spec)}.")
    return tuple(lines)


def _multiplicity(study: Study) -> str:
    families = [spec for spec in study.analyses.values() if spec.method == "family"]
    if not families:
        return "there is no correction for multiplicity"
    return "p values are adjusted for multiplicity within the declared families and nowhere else"


def _statistics(study: Study) -> tuple[str, ...]:
    """Analyses that are done alike stand together: how, then which."""
    alike: dict[str, list[str]] = {}
    for analysis in study.analyses.values():
        alike.setdefault(_analysis(study, analysis), []).append(analysis.title)
    return tuple(f"{how[:1].upper()}{how[1:]}: {'; '.join(titles)}." for how, titles in alike.items())


def _analysis(study: Study, analysis: AnalysisSpec) -> str:
    facts = FACTS[analysis.method]
    said = [facts.words]
    for field, item in facts.conventions.items():
        name = getattr(analysis, field)
        if name is not None and _used(analysis, field):
            said.append(words(item, name))
    level = getattr(analysis, "level", LEVEL)
    if level != LEVEL:
        said.append(f"level {100 * level:g} %")
    test = getattr(analysis, "test", None) if facts.tests else None
    if test is not None:
        said.append(_test(study, test, getattr(analysis, "convention", None)))
    beside = getattr(analysis, "also", []) if facts.tests else []
    said += [
        "beside it: "
        + (_test(study, extra, None) if isinstance(extra, str) else _test(study, extra.test, extra.convention))
        for extra in beside
    ]
    return ", ".join(said)


_MEASURE_OF: Mapping[str, str] = {
    "difference_interval": "difference",
    "ratio_interval": "ratio",
    "odds_ratio": "odds_ratio",
}


def _used(analysis: AnalysisSpec, field: str) -> bool:
    """Whether a convention touches a number of this analysis."""
    if field == "quantile_type" and hasattr(analysis, "statistic"):
        return bool(analysis.statistic == "median_iqr")
    if field == "p" and analysis.method == "correlation":
        return bool(analysis.kind == "spearman")
    if field == "smd_variance":
        return bool(getattr(analysis, "smd", False))
    if isinstance(analysis, ModelPage):
        return FAMILY_OF.get(FACTS[analysis.method].conventions[field], analysis.family) == analysis.family
    if field == "ties" and analysis.method == "competing_risks":
        return bool(analysis.terms)
    if field == "difference_interval" and analysis.method == "kaplan_meier":
        return bool(analysis.rate_differences)
    if field in ("small_sample", "correlation", "moments"):
        return bool(getattr(analysis, "cluster", None))
    if field in _MEASURE_OF and hasattr(analysis, "measures"):
        return _MEASURE_OF[field] in analysis.measures
    if field == "target_interval":
        return bool(getattr(analysis, "targets", []))
    return True


_TESTS: Mapping[str, str] = {
    "fisher": "Fisher's exact test",
    "auto": "Fisher's exact test where an expected count is below 5, else Pearson's χ² test",
    "log_rank": "log-rank test",
    "stratified_log_rank": "stratified log-rank test",
    "log_rank_trend": "log-rank test for trend",
}


def _test(study: Study, test: str, convention: str | None) -> str:
    """A test with its convention in words."""
    if test in TEST_CONVENTIONS:
        return words(TEST_CONVENTIONS[test], convention or in_force(study, TEST_CONVENTIONS[test]))
    if test == "log_rank":
        return words("log_rank_variance", default("log_rank_variance"))
    return _TESTS[test]
