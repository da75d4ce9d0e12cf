"""What an analysis yields: six frozen shapes, their addresses, and their JSON.

A report needs nothing but a `Results`. Numbers stand here at full precision; a number that must not be trusted is None
with a reason, never a plausible value. No subject key, date or free text enters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

Number = float | int | None


@dataclass(frozen=True, slots=True)
class Note:
    """A typed remark under the table it belongs to. kind is a stable word, level is info, caution or warning."""

    kind: str
    message: str
    level: str = "info"


@dataclass(frozen=True, slots=True)
class EffectRow:
    """One estimate or test. `contrast` is None where a term has none; a test has estimate None and `is_test` True.

    `reason` says why a number is None; `not_reached` names limits that are infinite rather than unknown.
    """

    quantity: str
    term: str
    contrast: str | None = None
    label: str = ""
    unit: str = ""
    estimate: Number = None
    lower: Number = None
    upper: Number = None
    level: Number = None
    se: Number = None
    statistic: Number = None
    df: Number = None
    p: Number = None
    n: Number = None
    events: Number = None
    is_test: bool = False
    primary: bool = True
    valid: bool = True
    reason: str = ""
    not_reached: tuple[str, ...] = ()
    convention: str = ""


@dataclass(frozen=True, slots=True)
class CurveRow:
    """One step of a curve: the value from `x` until the next row of the same group.

    `at_risk` counts subjects just before x; `events` and `censored` happen at x.
    """

    group: str
    x: float
    estimate: Number
    lower: Number
    upper: Number
    at_risk: Number
    events: Number
    censored: Number
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One variable, or one level of one, in one group ("all" for everybody).

    kind "level": n of `denominator` (missing apart) with percent (0–100) and its interval; kind "number": the
    description of a numeric variable, n non-missing, the interval that of `geometric_mean`, which stands only where it
    is shown. `show` is how a table prints it.
    """

    variable: str
    level: str | None
    group: str
    label: str
    level_label: str
    unit: str
    kind: str
    show: str
    n: Number
    denominator: Number = None
    missing: Number = None
    percent: Number = None
    lower: Number = None
    upper: Number = None
    mean: Number = None
    sd: Number = None
    median: Number = None
    q1: Number = None
    q3: Number = None
    low: Number = None
    high: Number = None
    geometric_mean: Number = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PointRow:
    """One subject or lesion of a figure, without its key; `group` colours it, `category` places it on a named axis."""

    series: str
    group: str
    x: Number
    y: Number
    category: str = ""


@dataclass(frozen=True, slots=True)
class FlowRow:
    """One step of the flow chart in one centre ("all" for every centre together)."""

    step: int
    criterion: str
    label: str
    centre: str
    meets: int
    fails: int
    missing: int
    left: int


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of a `Table`: type is text, integer or number; unit may be empty."""

    name: str
    label: str
    type: str = "text"
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What the six shapes share.

    `figure` names the picture the protocol asks for ("" for none); `x_label`, `y_label` and `layout` describe it in
    words and never hold a computed number. `groups` gives each group's key its printed label, in order.
    """

    id: str
    title: str
    population: str = ""
    n: int | None = None
    events: int | None = None
    missing: int | None = None
    method: str = ""
    conventions: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    groups: Mapping[str, str] = field(default_factory=dict)
    group_title: str = ""
    caption: str = ""
    figure: str = ""
    x_label: str = ""
    y_label: str = ""
    layout: Mapping[str, Any] = field(default_factory=dict)

    shape: ClassVar[str] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects(Result):
    """Estimates with their intervals, and tests; one row each."""

    rows: tuple[EffectRow, ...]
    shape: ClassVar[str] = "effects"


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves(Result):
    """`x_unit` is the unit of x. Median and rates stand in the Effects result `<id>.estimates`."""

    rows: tuple[CurveRow, ...]
    x_unit: str = "months"
    shape: ClassVar[str] = "curves"


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary(Result):
    """A description: one row per variable or level and group."""

    rows: tuple[SummaryRow, ...]
    shape: ClassVar[str] = "summary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Points(Result):
    """`x_unit` and `y_unit` are units of the axes. Dropped by `--public`."""

    rows: tuple[PointRow, ...]
    x_unit: str = ""
    y_unit: str = ""
    shape: ClassVar[str] = "points"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow(Result):
    """The flow chart: one row per step and centre, in the order the criteria are applied."""

    rows: tuple[FlowRow, ...]
    shape: ClassVar[str] = "flow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Result):
    """Typed columns and rows; the first column is the row's key."""

    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[str | float | int | None, ...], ...]
    shape: ClassVar[str] = "table"


SHAPES: Mapping[str, type[Result]] = {shape.shape: shape for shape in (Effects, Curves, Summary, Points, Flow, Table)}
ROWS: Mapping[str, type[Any]] = {
    "effects": EffectRow,
    "curves": CurveRow,
    "summary": SummaryRow,
    "points": PointRow,
    "flow": FlowRow,
}


@dataclass(frozen=True, slots=True)
class Section:
    """Methods prose: a heading, its paragraphs and, after them, a list; written from the protocol."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Results:
    """Everything a report needs.

    study        id, title, registration, origin, grain, fingerprint, cutoff, variant, citation
    prose        the methods section, from the protocol
    quality      data-quality tables (`Table` results)
    inputs       one mapping per raw file: centre, file, sheet, rows, sha256
    environment  package version and the versions of the numeric libraries
    items        the results in the protocol's order
    """

    study: Mapping[str, Any]
    prose: tuple[Section, ...]
    quality: tuple[Table, ...]
    inputs: tuple[Mapping[str, Any], ...]
    environment: Mapping[str, str]
    items: tuple[Result, ...]

    def __getitem__(self, id: str) -> Result:
        for item in (*self.items, *self.quality):
            if item.id == id:
                return item
        raise KeyError(id)
