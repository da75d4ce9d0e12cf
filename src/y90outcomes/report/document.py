"""The order of a report: what stands under which heading, numbered, with companions put together. No markup."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from y90outcomes.report import format as fmt
from y90outcomes.report.companions import BANDS, named_groups, phrase, primary_test
from y90outcomes.report.origins import PLAIN_ORIGINS, words
from y90outcomes.report.repeats import told_once
from y90outcomes.report.tables import (
    effects_view,
    flow_by_centre,
    summary_view,
    table_view,
    tests_standing_alone,
)
from y90outcomes.report.view import Cell, Footnote, Row, View, heading, result_notes
from y90outcomes.results.types import (
    Curves,
    Effects,
    Flow,
    FlowRow,
    Points,
    Result,
    Results,
    Summary,
    Table,
)

REPRODUCTION = "reproduction"


@dataclass(frozen=True, slots=True)
class Step:
    """A box of the flow chart: who is left, and who fell out on the way to it and why."""

    label: str
    left: str
    lost: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """Something under a heading: a table, a figure, a flow chart, or notes alone; `number` precedes its caption."""

    kind: Literal["table", "figure", "flow", "notes"]
    id: str
    number: str = ""
    caption: str = ""
    view: View | None = None
    steps: tuple[Step, ...] = ()
    alt: str = ""
    notes: tuple[Footnote, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A heading and its parts, with the ids of the results they were made from."""

    anchor: str
    title: str
    parts: tuple[Part, ...]
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """Sections in print order; an empty one is left out of the page and of the contents."""

    flow: tuple[Block, ...]
    results: tuple[Block, ...]
    reproduction: tuple[Block, ...]
    quality: tuple[Block, ...]
    inputs: View | None


def origin_label(results: Results) -> tuple[str, bool]:
    """The origin in words, and whether every figure and table must carry it. An unknown origin is carried."""
    origin = str(results.study.get("origin", ""))
    return words(origin), origin not in PLAIN_ORIGINS


def anchor(id: str) -> str:
    """An id for a page from a result's id; two different ids never give one anchor."""
    return "r-" + re.sub(r"[^A-Za-z0-9_.-]", lambda match: f"~{ord(match[0]):x}~", id)


def places(document: Document) -> dict[str, str]:
    """Result id -> the anchor where it stands; a result merged into another's table leads to its heading."""
    found: dict[str, str] = {}
    for blocks in (document.flow, document.results, document.reproduction, document.quality):
        for block in blocks:
            found |= {part.id: anchor(part.id) for part in block.parts}
            found |= {id: block.anchor for id in block.members if id not in found}
    return found


def build(results: Results, figures: Mapping[str, object]) -> Document:
    """Groups results by the part of their id before the first dot, and numbers tables and figures in page order.

    `figures` holds the ids that have a picture.
    """
    grain = str(results.study.get("grain") or "subject")
    heads: dict[str, list[Result]] = {}
    for item in results.items:
        heads.setdefault(item.id.split(".", 1)[0], []).append(item)
    sections: dict[str, list[Block]] = {"flow": [], "results": [], "reproduction": []}
    for head, members in heads.items():
        where = "flow" if isinstance(members[0], Flow) else REPRODUCTION if head == REPRODUCTION else "results"
        sections[where].append(
            Block(
                anchor(head) + "-section",
                members[0].title,
                tuple(_parts(members, figures, grain)),
                tuple(member.id for member in members),
            )
        )
    quality = [Block(anchor(item.id) + "-section", item.title, (_table(table_view(item)),)) for item in results.quality]
    inputs = _inputs(results)
    counters = {"Table": 0, "Figure": 0}
    numbered = {
        name: tuple(_numbered(block, counters) for block in blocks)
        for name, blocks in {**sections, "quality": quality}.items()
    }
    if inputs is not None:
        counters["Table"] += 1
        inputs = replace(inputs, lead=f"Table{fmt.NBSP}{counters['Table']}")
    return Document(numbered["flow"], numbered["results"], numbered["reproduction"], numbered["quality"], inputs)


def _numbered(block: Block, counters: dict[str, int]) -> Block:
    parts = []
    for part in block.parts:
        if part.kind == "notes":
            parts.append(part)
            continue
        word = "Table" if part.kind == "table" else "Figure"
        counters[word] += 1
        parts.append(replace(part, number=f"{word}{fmt.NBSP}{counters[word]}"))
    tables = [part.number for part in parts if part.kind == "table"]
    told = f" The numbers stand in {tables[0]}." if tables else ""
    return replace(block, parts=tuple(replace(p, alt=p.alt + told) if p.kind == "figure" else p for p in parts))


def _table(view: View) -> Part:
    return Part("table", view.id, caption=view.caption, view=view)


def _parts(members: list[Result], figures: Mapping[str, object], grain: str) -> list[Part]:
    """What the members yield, in their order; tests are merged into the summary they belong to."""
    summary = next((item for item in members if isinstance(item, Summary)), None)
    groups = next((item.groups for item in members if item.groups), {})
    merged = [
        item
        for item in members
        if isinstance(item, Effects)
        and all(row.is_test for row in item.rows)
        and not tests_standing_alone(summary, item)
    ]
    unit = next((item.x_unit for item in members if isinstance(item, Curves)), "")
    parts: list[Part] = []
    for item in members:
        if item.figure and item.id in figures:
            parts.append(_figure(item, members, grain))
        elif isinstance(item, Curves | Points):
            empty = () if item.rows else (Footnote(f"No {grain} in this analysis, so no figure."),)
            parts.append(Part("notes", item.id, caption=heading(item), notes=(*empty, *result_notes(item))))
        if isinstance(item, Summary):
            tests = merged[0] if merged and item is summary else None
            parts.append(_table(summary_view(item, tests)))
        elif isinstance(item, Effects) and item not in merged[:1]:
            parts.append(_table(effects_view(item, groups, unit)))
        elif isinstance(item, Table):
            parts.append(_table(table_view(item)))
        elif isinstance(item, Flow):
            parts += _flow(item)
            by_centre = flow_by_centre(item)
            parts += [_table(by_centre)] if by_centre else []
    return told_once(parts, members)


def _figure(item: Result, members: list[Result], grain: str) -> Part:
    names = list(item.groups.values())
    grain = str(item.layout.get("grain") or grain)
    about = [f"{item.title}."]
    if item.x_label or item.y_label:
        about.append(f"Horizontal axis: {item.x_label or 'none'}; vertical axis: {item.y_label or 'none'}.")
    about += [f"Groups: {', '.join(names)}."] if names else []
    about += [f"n = {item.n}."] if item.n is not None else []
    boxes = any(isinstance(member, Summary) for member in members)
    gaps = isinstance(item, Points) and any(row.y is None for row in item.rows)
    legend = {
        "points_over_quartiles": f"Each point is one {grain}"
        + ("; box, first to third quartile; line, median." if boxes else "."),
        "subject_bars": f"Each bar is one {grain}" + ("; a cross, no value." if gaps else "."),
        "kaplan_meier": _curve_legend(item),
        "cumulative_incidence": "Solid, the event, shaded its pointwise confidence band for up to three groups; "
        "dashed, the competing event.",
        "response_bars": f"Whiskers, confidence intervals; below a bar, events of {grain}s.",
        "residuals": "Points, residuals; line, locally weighted regression (lowess); dotted, zero.",
        "roc": "Dashed, no discrimination; circle, cutoff.",
        "dose_response": _dose_legend(item, members, grain),
        "curve_width": _width_legend(item),
        "forest": "Squares, estimates, larger where more precise; diamonds, all subjects together; dotted, the first "
        "of these; an arrow, an interval that goes on beyond the axis.",
    }.get(item.figure, "")
    tests = next((member for member in members if member.id.endswith(".tests")), None)
    series = next((row.series for row in item.rows), "") if isinstance(item, Points) else ""
    test = primary_test(tests, series) if item.figure == "points_over_quartiles" else None
    told = (Footnote(f"p, {phrase(test)}."),) if test and test.p is not None else ()
    below = () if isinstance(item, Effects) else result_notes(item)  # its table has them
    notes = (*((Footnote(legend),) if legend else ()), *told, *below)
    return Part("figure", item.id, caption=heading(item), alt=" ".join(about), notes=notes)


def _dose_legend(item: Result, members: list[Result], grain: str) -> str:
    """What the marks beside a dose–response curve are; without the rug's points no word of the rug."""
    said = ["Shaded, pointwise confidence band of the line"]
    if any(isinstance(member, Points) and member.rows for member in members):
        said.append(f"ticks, one {grain} each: above with the event, below without")
    if any(isinstance(member, Effects) and member.id.endswith(".strata") for member in members):
        said.append("circles, observed rates with their intervals at the median dose of a stratum")
    if item.layout.get("targets"):
        said.append("dotted, dose for a probability, with its interval as a bar")
    return "; ".join(said) + "."


def _width_legend(item: Result) -> str:
    """What a marker and a whisker are where the width of a simulated curve is drawn."""
    share = item.layout.get("central")
    whisker = f"; whiskers, {fmt.level(share)} of them" if share is not None else ""
    return f"{fmt.sentence(item.y_label)} Markers, medians of simulated studies{whisker}."


def _curve_legend(item: Result) -> str:
    if not isinstance(item, Curves):
        return ""
    band = len(named_groups(item)) <= BANDS and any(row.lower is not None for row in item.rows)
    tick = any(row.censored for row in item.rows)
    said = (["shaded, pointwise confidence band"] if band else []) + (["tick, censored"] if tick else [])
    return fmt.sentence("; ".join(said))


def _flow(item: Flow) -> list[Part]:
    """The chart of everybody together; of several centres without a sum there is none, only the table by centre."""
    centres = dict.fromkeys(row.centre for row in item.rows)
    if "all" not in centres and len(centres) > 1:
        return []
    chosen = "all" if "all" in centres else next(iter(centres), "")
    rows = sorted((row for row in item.rows if row.centre == chosen), key=lambda row: row.step)
    return [Part("flow", item.id, caption=heading(item), steps=_steps(rows), notes=result_notes(item))]


def _steps(rows: list[FlowRow]) -> tuple[Step, ...]:
    """Boxes from rows. A first row that loses nobody is the start; else the start is what the first row judged."""
    if not rows:
        return ()
    first = rows[0]
    start = []
    if first.fails or first.missing:
        start = [Step("Recorded", fmt.integer(first.meets + first.fails + first.missing))]
    return (
        *start,
        *(
            Step(
                row.label or row.criterion,
                fmt.integer(row.left),
                tuple(
                    (reason, fmt.integer(count))
                    for reason, count in (("Criterion not met", row.fails), ("Value missing", row.missing))
                    if count
                ),
            )
            for row in rows
        ),
    )


def _inputs(results: Results) -> View | None:
    """The raw files: centre, file, sheet, rows and the start of the SHA-256."""
    if not results.inputs:
        return None
    columns = [
        ("centre", "Centre", "text"),
        ("file", "File", "text"),
        ("sheet", "Sheet", "text"),
        ("origin", "Origin", "text"),
        ("rows", "Rows", "number"),
        ("sha256", "SHA-256 (start)", "code"),
    ]
    used = [column for column in columns if any(entry.get(column[0]) not in (None, "") for entry in results.inputs)]
    rows = []
    for entry in results.inputs:
        cells = []
        for name, _, kind in used:
            value = entry.get(name)
            text = fmt.NULL if value in (None, "") else fmt.integer(value) if name == "rows" else str(value)
            cells.append(Cell(text[:12] if name == "sha256" else text, kind))
        rows.append(Row(tuple(cells)))
    return View("~inputs", "Input files", tuple(Cell(label, kind) for _, label, kind in used), tuple(rows))
