"""What an analysis of the 2022 recommendations may name: variables of the right kind, endpoints of the right kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from y90outcomes.errors import Slip, choices
from y90outcomes.schema import load_schema
from y90outcomes.study.analyses import RecommendationsAnalysis

if TYPE_CHECKING:
    from y90outcomes.study.meaning import Meaning
    from y90outcomes.study.model import Study

Path = tuple[str | int, ...]

CODES: Mapping[str, str] = MappingProxyType(
    {
        "pvtt_class": "pvtt_class",
        "hvtt_class": "hvtt_class",
        "approach": "approach",
        "intent": "intent",
        "bilobar": "yes_no_unknown",
        "tumour_count_open": "yes_no_unknown",
    }
)
"""input that is a category -> code list its levels come from."""

QUANTITIES: Mapping[str, str] = MappingProxyType(
    {
        "segments_perfused": "",
        "tumour_count": "",
        "lesion_count": "",
        "bilirubin": "bilirubin",
        "tumour_dose": "dose",
        "perfused_normal_dose": "dose",
        "whole_normal_dose": "dose",
        "perfused_dose": "dose",
        "whole_liver_dose": "dose",
        "reserve": "fraction",
    }
)
"""input that is a number -> its quantity."""

ENDPOINTS: Mapping[str, str] = MappingProxyType({"response": "binary", "survival": "time_to_event"})
"""field of the page -> kind of endpoint it names."""


def recommendation_slips(
    study: Study,
    known: Mapping[str, Meaning],
    path: Path,
    analysis: RecommendationsAnalysis,
    variable: Callable[[Path, str, str | None, str | None], list[Slip]],
) -> Iterator[Slip]:
    """Every name that makes no sense. `variable` checks that one exists at a grain and is a number or a category."""
    if study.analysis_set(analysis.set)[1].grain != "patient":
        yield Slip((*path, "set"), "recommendations are about patients; the set has one row per lesion")
    for name in type(analysis.inputs).model_fields:
        given = getattr(analysis.inputs, name)
        if given is None:
            continue
        place = (*path, "inputs", name)
        kind = "category" if name in CODES else "number" if name in QUANTITIES else None
        found = variable(place, given, "patient", kind)
        yield from found
        if found or given not in known:
            continue
        meant = known[given]
        if name in CODES:
            codes = load_schema().codelists[CODES[name]].codes
            for level in meant.levels:
                if level not in codes:
                    yield Slip(place, f"{given!r} has the level {level!r}", ", ".join(codes))
        elif name in QUANTITIES and meant.quantity != QUANTITIES[name]:
            wanted = QUANTITIES[name] or "a number of things"
            yield Slip(place, f"{given!r} is not {wanted if not QUANTITIES[name] else 'of the quantity ' + wanted}")
    for field, kind in ENDPOINTS.items():
        given = getattr(analysis, field)
        if given is None:
            continue
        fit = [name for name, spec in study.endpoints.items() if spec.kind == kind]
        if given not in study.endpoints:
            yield Slip((*path, field), f"unknown endpoint {given!r}", choices(given, fit) if fit else "")
        elif given not in fit:
            yield Slip((*path, field), f"{field} needs a {kind} endpoint", ", ".join(fit))
