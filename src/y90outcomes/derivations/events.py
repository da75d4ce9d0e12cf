"""Every event a protocol can name, and where it is recorded. To add one: a line here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from y90outcomes.derivations.types import EventSource

_SURGERY = ("surgery", "resection", "transplantation")
_LATER = (
    "ablation",
    "tace",
    "radiotherapy",
    "systemic",
    "y90_elsewhere",
    "liver_directed_chemotherapy",
    "other",
)
READ = ("CR", "PR", "SD", "PD")
"""Responses that make an assessment adequate; NE does not."""


def _followed(name: str, label: str) -> EventSource:
    return EventSource(name, "follow_up", {"event": (name,)}, label, occurrence="occurrence")


_EVENTS = (
    EventSource("surgery", "therapies", {"therapy": _SURGERY}, "resection or liver transplantation", history=True),
    EventSource(
        "transplantation", "therapies", {"therapy": ("transplantation",)}, "liver transplantation", history=True
    ),
    EventSource("later_therapy", "therapies", {"therapy": _LATER}, "another anticancer therapy", history=True),
    _followed("recurrence", "recurrence"),
    _followed("progression", "progression"),
    _followed("hepatic_progression", "progression in the liver"),
    _followed("local_progression", "progression in the treated territory"),
    _followed("extrahepatic_progression", "progression outside the liver"),
    _followed("death", "death from any cause"),
    EventSource("last_contact", "follow_up", {"event": ("last_contact",)}, "last contact"),
    EventSource("last_assessment", "assessments", {"response": READ}, "the last response assessment"),
    EventSource("last_imaging", "imaging", {}, "the last imaging"),
)

EVENTS: Mapping[str, EventSource] = MappingProxyType({event.name: event for event in _EVENTS})
"""name -> where the event is recorded."""

SEEN_BY_IMAGING = (
    "recurrence",
    "progression",
    "hepatic_progression",
    "local_progression",
    "extrahepatic_progression",
)
"""Events that only an assessment shows; the rules about missed visits are for endpoints with one of them."""

PROGRESSIVE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "progression": ("recist_1_1", "mrecist", "easl", "choi", "localised_mrecist"),
        "local_progression": ("localised_mrecist",),
    }
)
"""event -> criteria whose progressive disease, as a reader reported it in `assessments`, is that event."""
