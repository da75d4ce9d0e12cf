"""Time-to-event endpoints in words, their printed label, and the combinations of their words that make no sense."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from y90outcomes.derivations.events import EVENTS, PROGRESSIVE, SEEN_BY_IMAGING
from y90outcomes.errors import Slip, choices
from y90outcomes.schema import load_schema
from y90outcomes.study.endpoints import EventFrom, TimeToEventEndpoint

if TYPE_CHECKING:
    from y90outcomes.study.meaning import Meaning

ORIGINS: Mapping[str, str] = {
    "first_treatment": "first treatment",
    "maa": "MAA work-up",
    "surgery": "resection or transplantation",
    "randomisation": "randomisation",
}
SOURCES: Mapping[str, str] = {
    "follow_up": "as the site reported it",
    "assessments": "from progressive disease in the response assessments",
    "imaging": "from the imaging measurements",
}
_PFS = re.compile(r"progression[- –]free|\bh?pfs\b", re.IGNORECASE)
_THEN = {
    "censor": "censors",
    "censor_at_last": "censors at the last adequate assessment until then",
    "compete": "is a competing event",
}
USUAL = (
    "Unless said otherwise, a time to event is counted from day 0 without adding a day, an event counts before "
    "censoring on the same day, and later anticancer therapy, resection, transplantation and missed visits change "
    "nothing."
)
"""What every time-to-event endpoint does that says nothing else."""


def endpoint_label(spec: TimeToEventEndpoint) -> str:
    """The printed name. One that says progression-free survival, or PFS, while a death is no event says that too."""
    label = spec.label or "Time to " + _either(spec.events)
    if not _PFS.search(label) or "death" in spec.events:
        return label
    return f"{label} (deaths compete)" if spec.deaths == "compete" else f"{label} (deaths censored)"


def origin_words(spec: TimeToEventEndpoint) -> str:
    """What time is counted from: "first treatment", "day 90 after MAA work-up"."""
    origin = ORIGINS[spec.origin]
    return origin if spec.landmark is None else f"day {spec.landmark:g} after {origin}"


def endpoint_words(spec: TimeToEventEndpoint) -> str:
    """The definition in one sentence: origin, events, censoring, and every word that is not as usual."""
    article = "" if spec.origin in ("surgery", "randomisation") else "the "
    said = [f"from {article}{ORIGINS[spec.origin]} to {_either(spec.events)}"]
    said.append(
        f"censored at {_either(spec.censor)}" if spec.censor else "a subject without the event is missing, and counted"
    )
    said += [_sources(entry) for entry in spec.sources if entry.sources != ["follow_up"]]
    if spec.deaths in _THEN:
        said.append(f"death {_THEN[spec.deaths]}")
    if spec.later_therapy in _THEN:
        said.append(f"another anticancer therapy begun later {_THEN[spec.later_therapy]}")
    if spec.resection_or_transplant in _THEN:
        said.append(f"a later resection or transplantation {_THEN[spec.resection_or_transplant]}")
    if spec.missed_visits is not None:
        then = {"event": "counts all the same", "censor_at_last": "is censored at that assessment"}
        days = f"{spec.missed_visits.after_days:g} days"
        said.append(f"an event more than {days} after the last adequate assessment {then[spec.missed_visits.then]}")
    if spec.no_assessment != "ignore":
        then = {"censor_day_0": "is censored at day 0", "missing": "is missing, and counted"}
        said.append(f"a subject without the event and without an assessment after baseline {then[spec.no_assessment]}")
    if spec.day_zero:
        said.append("the day of the origin is day 1")
    if spec.landmark is not None:
        said.append(
            f"counted from the landmark at day {spec.landmark:g}; who had the event or was censored before it is "
            "missing, and counted"
        )
    return "; ".join([*said, f"in {spec.unit}"])


def _sources(entry: EventFrom) -> str:
    asked = [SOURCES[source] for source in entry.sources]
    if entry.criterion:
        name = load_schema().codelists["criterion"].codes[entry.criterion]
        asked = [f"{words} ({name})" if words == SOURCES["assessments"] else words for words in asked]
    label = EVENTS[entry.event].label
    if len(asked) == 1:
        return f"{label} {asked[0]}"
    return (
        f"{label} {', else '.join(asked)}"
        if entry.rule == "first_source"
        else f"{label} at the earliest of " + (", ".join(asked))
    )


def _either(names: list[str] | tuple[str, ...]) -> str:
    return " or ".join(EVENTS[name].label for name in names)


def endpoint_slips(
    path: tuple[str | int, ...], spec: TimeToEventEndpoint, known: Mapping[str, Meaning], broken: set[str | int]
) -> Iterator[Slip]:
    """Unknown names, and words that contradict each other. `known` variables of the protocol; `broken` named before."""
    for field, names in (("event", spec.events), ("censor", spec.censor)):
        for name in names:
            if name not in EVENTS:
                yield Slip((*path, field), f"unknown event {name!r}", choices(name, EVENTS))
    for entry in spec.event:
        if isinstance(entry, EventFrom) and entry.event in EVENTS:
            yield from _source_slips((*path, "event"), entry, known, broken)
    if len(set(spec.events)) < len(spec.events):
        yield Slip((*path, "event"), "an event is given twice")
    if spec.deaths in ("censor", "compete") and "death" in spec.events:
        yield Slip((*path, "deaths"), "death is listed as an event", "event, or take death out of 'event'")
    ends = {"resection_or_transplant": ("surgery", "transplantation"), "later_therapy": ("later_therapy",)}
    for word, names in ends.items():
        if getattr(spec, word) != "ignore" and set(names) & set(spec.events):
            yield Slip((*path, word), f"{' or '.join(names)} is the event of this endpoint", "ignore")
    if spec.origin == "surgery" and {"surgery", "transplantation"} & set(spec.events):
        yield Slip((*path, "origin"), "the origin is the event of this endpoint", "first_treatment, maa, randomisation")
    if not set(SEEN_BY_IMAGING) & set(spec.events):
        allowed = "an endpoint with one of " + ", ".join(SEEN_BY_IMAGING)
        if spec.missed_visits is not None:
            yield Slip((*path, "missed_visits"), "no event of this endpoint is seen at a visit", allowed)
        if spec.no_assessment != "ignore":
            yield Slip((*path, "no_assessment"), "no event of this endpoint is seen at a visit", allowed)
        for word in ends:
            if getattr(spec, word) == "censor_at_last":
                yield Slip((*path, word), "no event of this endpoint is seen at a visit", "ignore, censor, compete")


def _source_slips(
    path: tuple[str | int, ...], entry: EventFrom, known: Mapping[str, Meaning], broken: set[str | int]
) -> Iterator[Slip]:
    if len(set(entry.sources)) < len(entry.sources):
        yield Slip((*path, "from"), "a source is given twice")
    if "assessments" in entry.sources:
        fit = PROGRESSIVE.get(entry.event, ())
        if not fit:
            yield Slip((*path, "from"), f"assessments do not record {entry.event!r}", ", ".join(PROGRESSIVE))
        elif entry.criterion is None:
            yield Slip(path, "assessments need 'criterion'", ", ".join(fit))
        elif entry.criterion not in fit:
            yield Slip(
                (*path, "criterion"), f"{entry.criterion!r} does not say {entry.event!r}", choices(entry.criterion, fit)
            )
    elif entry.criterion is not None:
        yield Slip((*path, "criterion"), "'criterion' belongs to the source assessments")
    if "imaging" in entry.sources:
        if entry.event not in SEEN_BY_IMAGING:
            yield Slip((*path, "from"), f"imaging does not show {entry.event!r}", ", ".join(SEEN_BY_IMAGING))
        if entry.variable is None:
            yield Slip(path, "imaging needs 'variable', which gives the day of the event")
        elif entry.variable in known:
            found = known[entry.variable]
            if not found.numeric or found.unit not in ("d", "days") or found.grain != "patient":
                yield Slip((*path, "variable"), f"{entry.variable!r} is not a day of the patient")
        elif entry.variable not in broken:
            yield Slip(
                (*path, "variable"), f"unknown variable {entry.variable!r}", choices(entry.variable, known) or ""
            )
    elif entry.variable is not None:
        yield Slip((*path, "variable"), "'variable' belongs to the source imaging")
