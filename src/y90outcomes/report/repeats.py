"""One analysis, several tables: each has a caption of its own, and a remark stands under the first it belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from y90outcomes.report import format as fmt
from y90outcomes.results.types import Effects, Result, Summary

if TYPE_CHECKING:
    from y90outcomes.report.document import Part

PARTS = {
    "estimates": "estimates",
    "tests": "tests",
    "strata": "observed rates",
    "differences": "differences between groups",
    "pairwise": "groups in pairs",
    "cutoffs": "cutoffs",
    "points": "points",
}
"""What the end of a result's id adds to a caption two tables would share; another end is printed with spaces."""


def told_once(parts: Sequence[Part], members: Sequence[Result]) -> list[Part]:
    """The parts of one analysis without captions used twice and without remarks told above.

    Population and conventions stay under every table: they say whose numbers these are and how they were computed.
    """
    remarks = {text for member in members for text in _remarks(member)}
    titles = {member.id: member.title for member in members}
    captions: set[str] = set()
    said: set[str] = set()
    printed: set[str] = set()
    out = []
    for part in parts:
        view = part.view
        notes = view.notes if view is not None else part.notes
        above = printed if part.kind == "notes" else said
        kept = tuple(note for note in notes if note.mark or note.text not in above)
        printed |= {note.text for note in kept}
        said |= {note.text for note in kept} & remarks
        if view is not None:
            title = titles.get(part.id, view.caption)
            caption = _distinct(view.caption, part.id, members) if title in captions else view.caption
            captions.add(title)
            view = replace(view, notes=kept, caption=caption)
            out.append(replace(part, view=view, caption=caption))
        elif part.kind != "notes" or kept:
            out.append(replace(part, notes=kept))
    return out


def _remarks(result: Result) -> list[str]:
    """The notes of a result and what it says of its method, as they are printed."""
    method = [result.method] if " " in result.method else []
    return [fmt.sentence(text) for text in (*method, *(note.message for note in result.notes))]


def _distinct(caption: str, id: str, members: Sequence[Result]) -> str:
    """A caption with what the part is: "Response between strata: tests"."""
    end = id.partition(".")[2]
    item = next((member for member in members if member.id == id), None)
    if not end or item is None or not isinstance(item, Effects | Summary):
        return caption
    rest = caption.removeprefix(item.title)
    return f"{item.title.rstrip('.')}: {PARTS.get(end, end.replace('_', ' ').replace('.', ', '))}{rest}"
