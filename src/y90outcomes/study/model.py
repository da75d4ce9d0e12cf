"""`Study`: the protocol, complete and frozen; the only definition of a study.

YAML is read into it and Python builds it by hand; both give the same object and the same fingerprint.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from y90outcomes.errors import PageError
from y90outcomes.study.analyses import AnalysisSpec
from y90outcomes.study.base import Name, Page
from y90outcomes.study.criteria import AnalysisSet, CriterionSpec
from y90outcomes.study.endpoints import EndpointSpec
from y90outcomes.study.speaking import settled
from y90outcomes.study.variables import VariableSpec


class Citation(Page):
    """The publication a study re-runs."""

    short: str
    """Authors or acronym, as printed."""
    journal: str = ""
    """Journal, year, volume and pages."""
    doi: str = ""
    """Without the address before it."""


class RuleSwitch(Page):
    """A check of the data switched off, or on, for this study."""

    off: bool
    """true: the check does not run; false: one that is off by itself runs."""
    reason: str = Field(min_length=1)
    """Why; printed with the counts."""

    @model_validator(mode="after")
    def _reasoned(self) -> RuleSwitch:
        if not self.reason.strip():
            raise ValueError("a rule is switched with a reason, which is printed with the counts")
        return self


class DataRules(Page):
    """What the study does with its data."""

    cutoff: dt.date | None = None
    """Data cut-off: later events are ignored and follow-up is cut there."""
    on_invalid_cell: Literal["block", "missing"] = "block"
    """block: an unmapped code, bad date or impossible value stops the run; missing: such a cell is missing, counted."""
    reason: str = ""
    """Why invalid cells may become missing; required then."""
    rules: dict[Name, RuleSwitch] = {}
    """Checks switched off or on, by name, each with its reason; a rule that blocks stays on."""

    @model_validator(mode="after")
    def _reasoned(self) -> DataRules:
        if self.on_invalid_cell == "missing" and not self.reason.strip():
            raise ValueError("on_invalid_cell: missing needs a reason, which is printed with the counts")
        return self


class Amendment(Page):
    """A dated change of the protocol."""

    date: dt.date
    """Day it was decided."""
    change: str
    """What changed."""
    reason: str
    """Why."""


class Index(Page):
    """Day 0."""

    table: Literal["treatments"] = "treatments"
    """Table that day 0 is taken from."""
    pick: Literal["first"] = "first"
    """Which of its records."""


class Time(Page):
    """How days become months."""

    days_per_month: float = Field(default=30.4375, ge=28, le=31)
    """Printed wherever a time in months is."""


class Window(Page):
    """Days from the index in which a record counts; the nearest to the target day is taken, ties earlier."""

    model_config = Page.model_config | {"populate_by_name": True, "serialize_by_alias": True}
    start: float = Field(alias="from")
    """First day (day 0 is the index)."""
    end: float = Field(alias="to")
    """Last day."""
    visit: str | None = None
    """Visit label under which an undated record counts (code list `visit`)."""
    target: float | None = None
    """Day the record should be nearest to; day 0 when the window holds it, else the middle of the window."""

    after_treatment: bool = False
    """true: a baseline may come from after day 0 where this window reaches past it; such values are counted."""

    @property
    def nominal(self) -> float:
        """The day a record should be nearest to."""
        if self.target is not None:
            return self.target
        return 0.0 if self.start <= 0 <= self.end else (self.start + self.end) / 2

    @model_validator(mode="after")
    def _ordered(self) -> Window:
        if self.end < self.start:
            raise ValueError(f"the window ends before it starts ({self.start:g} to {self.end:g})")
        return self


class Study(Page):
    """A study protocol."""

    id: Name
    """Name of the study's report folder."""
    title: str
    """Heading of the report."""
    registration: str = ""
    """Number in a register of trials."""
    citation: Citation | None = None
    """The publication a study re-runs."""
    origin: Literal["clinical", "published", "synthetic", "reconstructed"]
    """Where the data come from; carried by every figure and table of anything but clinical and published."""
    question: str = ""
    """The question of the study, printed first."""
    centres: list[str] = []
    """Centre mappings to read (`centres/<name>.yaml`); all of them when empty."""
    data: DataRules = DataRules()
    """What the study does with its data."""
    amendments: list[Amendment] = []
    """Dated changes of the protocol."""
    dialect: Literal["own", "r", "sas", "stata", "medcalc", "prism", "lifelines"] = "own"
    """Conventions of a package, set together wherever an analysis says nothing itself."""
    conventions: dict[str, str] = {}
    """Single conventions for the whole study (item: name), before those of the dialect."""
    index: Index = Index()
    """Day 0."""
    time: Time = Time()
    """How days become months."""
    windows: dict[Name, Window] = {}
    """Spans of days in which a record counts, by name."""
    variables: dict[Name, VariableSpec] = {}
    """What is known of a patient or lesion, by name."""
    eligibility: dict[Name, CriterionSpec] = {}
    """In flow-chart order; a missing value is never eligible and has its own column."""
    analysis_sets: dict[Name, AnalysisSet] = Field(min_length=1)
    """The first is the default of every analysis."""
    endpoints: dict[Name, EndpointSpec] = {}
    """Outcomes, by name."""
    analyses: dict[Name, AnalysisSpec] = Field(min_length=1)
    """In report order."""
    variants: dict[Name, dict[str, Any]] = {}
    """Sensitivity analyses: each a JSON Merge Patch (RFC 7386) on this page."""
    sensitivity: list[str] = []
    """What `y90 run --variants all` sets side by side: analyses, results, or addresses of single estimates and tests.
    When empty: what moves among the estimates with intervals and the tests of regressions, rates and survival."""

    @model_validator(mode="before")
    @classmethod
    def _spoken(cls, page: Any) -> Any:
        return settled(page) if isinstance(page, Mapping) else page

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        from y90outcomes.study.names import slips

        found = slips(self)
        if found:
            raise PageError(found)
        return self

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the protocol as JSON: the same for YAML and Python, moved by any change of a word or an order.

        Order is kept because it means something: of criteria, of levels, of analysis sets (the first is the default).
        """
        body = json.dumps(self.model_dump(mode="json"), ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(body.encode()).hexdigest()

    def analysis_set(self, name: str | None) -> tuple[str, AnalysisSet]:
        """An analysis set with its name; the first one for None."""
        chosen = name or next(iter(self.analysis_sets))
        return chosen, self.analysis_sets[chosen]
