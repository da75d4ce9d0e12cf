"""Which convention an analysis uses: its own word, else the protocol's, else the dialect's, else the default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from y90outcomes.conventions import CONVENTIONS, default
from y90outcomes.dialects import DIALECTS, OWN, chosen, spoken_items
from y90outcomes.errors import Slip, choices
from y90outcomes.study.analyses.facts import FACTS, Facts
from y90outcomes.study.base import Page

if TYPE_CHECKING:
    from y90outcomes.study.model import Study


_NOT_OF_CLUSTERS = frozenset({"firth", "likelihood_ratio"})
"""What a model with a variance robust to clusters cannot be; such an analysis keeps its own word."""


def settled(page: Mapping[str, Any]) -> dict[str, Any]:
    """A protocol as it was written, the conventions it leaves open filled in from its `dialect` and `conventions`.

    Nothing changes where neither is given, or where a word is not known (the check of the protocol says so).
    """
    dialect, own = page.get("dialect", OWN), page.get("conventions", {})
    if not isinstance(dialect, str) or dialect not in (OWN, *DIALECTS) or not isinstance(own, Mapping):
        return dict(page)
    known = {item: name for item, name in own.items() if item in CONVENTIONS and name in CONVENTIONS[item].names}
    wanted = {**(chosen(dialect) if dialect != OWN else {}), **known}
    return _filled(page, wanted, replace=False)


def spoken(study: Study, wanted: Mapping[str, str], dialect: str | None = None) -> Study:
    """The protocol with every convention of `wanted` (item -> name) set in every analysis, whatever it says itself.

    A test whose convention the protocol names stays: its address names it too. KeyError for an unknown item; ValueError
    (pydantic's) for an unknown name.
    """
    for item in wanted:
        CONVENTIONS[item]
    page = study.model_dump(mode="json", by_alias=True)
    page = _filled(page, wanted, replace=True)
    page["conventions"] = {**page.get("conventions", {}), **wanted}
    if dialect is not None:
        page["dialect"] = dialect
    return type(study).model_validate(page)


def in_dialect(study: Study, dialect: str) -> Study:
    """The protocol as a package would do it: `spoken` with every choice of the dialect."""
    return spoken(study, chosen(dialect), dialect)


def convention(study: Study, item: str) -> str:
    """The name in force for an item no page of the protocol holds, as that of a test."""
    if item in study.conventions:
        return study.conventions[item]
    spoken_here = chosen(study.dialect)
    return spoken_here.get(item, default(item))


def convention_faults(conventions: Mapping[str, str]) -> list[Slip]:
    """Items and names of the protocol's `conventions` that do not exist."""
    found = []
    for item, name in conventions.items():
        if item not in spoken_items():
            found.append(Slip(("conventions", item), f"no convention {item!r}", choices(item, spoken_items())))
        elif name not in CONVENTIONS[item].names:
            names = CONVENTIONS[item].names
            found.append(Slip(("conventions", item), f"{item} has no {name!r}", choices(name, names)))
    return found


def _filled(page: Mapping[str, Any], wanted: Mapping[str, str], *, replace: bool) -> dict[str, Any]:
    analyses = page.get("analyses")
    if not wanted or not isinstance(analyses, Mapping):
        return dict(page)
    made = {}
    for name, given in analyses.items():
        analysis = given.model_dump(by_alias=True, exclude_unset=True) if isinstance(given, Page) else given
        facts = FACTS.get(str(analysis.get("method"))) if isinstance(analysis, Mapping) else None
        if facts is None:
            made[name] = given
            continue
        fill = {field: wanted[item] for field, item in facts.conventions.items() if item in wanted}
        kept = {field for field in fill if field in analysis and (not replace or analysis[field] is None)}
        kept |= {field for field, value in fill.items() if analysis.get("cluster") and value in _NOT_OF_CLUSTERS}
        filled = {field: value for field, value in fill.items() if field not in kept}
        made[name] = {**analysis, **filled, **_beside(analysis, filled, facts)}
    return {**page, "analyses": made}


def _beside(analysis: Mapping[str, Any], filled: Mapping[str, str], facts: Facts) -> dict[str, Any]:
    """What is printed beside (`also_intervals`) without the name that now stands first, the one it took the place of in
    its stead: the protocol prints both either way."""
    also, first = analysis.get("also_intervals"), filled.get("target_interval")
    if not isinstance(also, list) or first not in also:
        return {}
    before = analysis.get("target_interval", default(facts.conventions["target_interval"]))
    return {"also_intervals": [before if name == first else name for name in also]}
