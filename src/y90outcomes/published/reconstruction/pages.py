"""`reconstruction.yaml`: which printed numbers belong to which group, by their ids."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from y90outcomes.conventions import LEVEL
from y90outcomes.errors import Fault, InputError
from y90outcomes.published.statistics import Published, Statistic, read_published_page
from y90outcomes.yamlpage import Page, model_faults, read_page

FILE = "reconstruction.yaml"
PUBLISHED = "published.yaml"

Months = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]


class _Page(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MedianPage(_Page):
    """A printed median with its interval; rule and interval where they are not those of the page."""

    id: str
    rule: str = ""
    interval: str = ""


class GroupPage(_Page):
    """One group: n, or fewest and most; ids of its rates by time; its medians; what else is known of its events."""

    label: str
    n: Count | tuple[Count, Count]
    rates: dict[str, str] = {}
    medians: tuple[MedianPage | str, ...] = ()
    events: tuple[int, int] | None = None
    known: tuple[str, ...] = ()
    seen: float = 0.0
    note: str = ""


class ComparisonPage(_Page):
    """The first group against the second, with the ids of the printed hazard ratio and p values."""

    label: str
    first: str
    second: str
    hazard_ratio: str = ""
    p: tuple[str, ...] = ()


class HalfPage(_Page):
    """One half of a split group."""

    label: str
    n: Count
    medians: tuple[MedianPage | str, ...] = ()


class SplitPage(_Page):
    """A group split in two, `known_first` the places (from 1) of the known events in the first half."""

    label: str
    of: str
    first: HalfPage
    second: HalfPage
    known_first: tuple[Count, ...] = ()
    p: tuple[str, ...] = ()


class ReconstructionPage(_Page):
    """The whole page; times are months. `median_interval` is the band of the medians, "" that of the rates."""

    interval: str
    median_interval: str = ""
    median_rule: Literal["first", "midpoint"]
    horizon: Months
    last: Months | None = None
    level: float = LEVEL
    draws: Count = 1000
    groups: dict[str, GroupPage]
    comparisons: dict[str, ComparisonPage] = {}
    linked: tuple[str, ...] = ()
    splits: dict[str, SplitPage] = {}


def read_reconstruction(folder: Path) -> tuple[ReconstructionPage, Published]:
    """The page of a study folder and its printed numbers. InputError for unknown keys, groups or statistics."""
    page = read_page(folder / FILE, FILE)
    try:
        made = ReconstructionPage.model_validate(page.data)
    except ValidationError as error:
        raise InputError(model_faults(error, ReconstructionPage, page)) from None
    published = read_published_page(folder / PUBLISHED)
    faults = [
        Fault(page.place(("groups",)), f"no statistic {name!r} in {PUBLISHED}", action="correct the id")
        for name in used(made)
        if name not in published.statistics
    ]
    faults += list(_unknown_names(made, page))
    if faults:
        raise InputError(faults)
    return made, published


def _unknown_names(made: ReconstructionPage, page: Page) -> list[Fault]:
    named = [("comparisons", key, name) for key, c in made.comparisons.items() for name in (c.first, c.second)]
    named += [("splits", key, split.of) for key, split in made.splits.items()]
    faults = [
        Fault(page.place((part, key)), f"no group {name!r}", ", ".join(made.groups))
        for part, key, name in named
        if name not in made.groups
    ]
    return faults + [
        Fault(page.place(("linked",)), f"no comparison {name!r}", ", ".join(made.comparisons))
        for name in made.linked
        if name not in made.comparisons
    ]


def used(page: ReconstructionPage) -> list[str]:
    """The ids of every statistic the page names, once each."""
    ids: list[str] = []
    for group in page.groups.values():
        ids += [*group.rates.values(), *(median_id(median) for median in group.medians)]
    for comparison in page.comparisons.values():
        ids += [*([comparison.hazard_ratio] if comparison.hazard_ratio else []), *comparison.p]
    for split in page.splits.values():
        ids += [*split.p, *(median_id(m) for half in (split.first, split.second) for m in half.medians)]
    return list(dict.fromkeys(ids))


def median_id(median: MedianPage | str) -> str:
    """The statistic a median names."""
    return median if isinstance(median, str) else median.id


def printed_text(statistic: Statistic) -> str:
    """What a statistic prints, and to which decimals: what a fingerprint is made of."""
    parts = (f"{part}={number}/{number.decimals}" for part, number in statistic.numbers.items())
    return f"{statistic.id}: {' '.join(parts)} {sorted(statistic.not_reached)} {statistic.relation}"
