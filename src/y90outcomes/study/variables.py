"""The protocol's words for variables: derived, grouped, cut, time to an event, occurrence of one, status at a day."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from y90outcomes.study.base import Name, Page


class DerivedVariable(Page):
    """A value read from the registry by a named derivation."""

    kind: Literal["derived"]
    derive: str
    """Name of the derivation, as `VARIABLES` lists it."""
    window: Name | None = None
    """Window of the protocol whose record counts; needed where the value is dated."""
    source: str | list[str] | None = None
    """Imaging source of an absorbed dose (code list `dose_source`); a list declares that sources are mixed."""
    criterion: str | None = None
    """Response criterion (code list `criterion`)."""
    visit: str | None = None
    """Visit the record belongs to (code list `visit`)."""
    baseline: Name | None = None
    """Window of the protocol whose record is the baseline, for a derivation that compares with one."""
    rules: dict[Name, bool | float | str] = {}
    """Parameters of the derivation, as `y90 schema variables` lists them; the others keep their defaults."""
    rollup: (
        Literal[
            "lowest", "largest", "sum", "count", "poorest", "best", "target_lesion", "index_lesion", "volume_weighted"
        ]
        | None
    ) = None
    """How a patient's lesions make one value; a lesion keeps its own, except under sum, count and volume_weighted."""
    by: Name | None = None
    """Variable of the lesions that a roll-up needs beside the value: the size that names the target lesion, the role
    that names the index lesion, the volume that weighs."""
    unit: Literal["days", "months", "years"] | None = None
    """Unit of a time; days when not given. Of a derivation that gives days alone."""
    label: str | None = None
    """Printed name; the derivation's own when not given."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Printed names of levels, code -> label, where they differ from the derivation's."""


class GroupedVariable(Page):
    """Levels of a categorical variable put together under new names."""

    kind: Literal["grouped"]
    of: Name
    """The variable whose levels are grouped."""
    groups: dict[str, list[str]] = Field(min_length=2)
    """New level -> levels of the original; a level named nowhere is missing."""
    label: str | None = None
    """Printed name; that of the variable when not given."""


class CutVariable(Page):
    """A number cut into strata."""

    kind: Literal["cut"]
    of: Name
    """The variable that is cut."""
    cuts: list[float] = Field(min_length=1)
    """Increasing limits, in the variable's unit."""
    labels: list[str]
    """One more than the cuts."""
    closed: Literal["left", "right"] = "left"
    """left: [200, 300), a limit belongs to the stratum above; right: (200, 300]."""
    chosen: Literal["not_said", "beforehand", "from_these_data"] = "not_said"
    """from_these_data: the cuts were looked for in these patients; every p of the strata then carries a warning."""
    label: str | None = None
    """Printed name; that of the variable when not given."""


class TimeToVariable(Page):
    """Time from the index to the first event; missing for subjects without it. Not a censored time."""

    kind: Literal["time_to"]
    event: str
    """Name of the event, as `EVENTS` lists it."""
    unit: Literal["days", "months", "years"] = "months"
    """Unit of the time."""
    label: str | None = None
    """Printed name; the event's own when not given."""


class OccurrenceVariable(Page):
    """Whether an event is recorded: yes, no, or missing where nothing is recorded."""

    kind: Literal["occurrence"]
    event: str
    """Name of the event, as `EVENTS` lists it."""
    label: str | None = None
    """Printed name; the event's own when not given."""


class StatusAtVariable(Page):
    """Whether an event had happened by a day: yes, no, or missing where the patient was not followed to it."""

    kind: Literal["status_at"]
    event: str
    """Name of the event, as `EVENTS` lists it."""
    day: float = Field(ge=0)
    """Days from first treatment, itself included; the `landmark` of the endpoint it is compared on, or earlier."""
    label: str | None = None
    """Printed name; the event's own when not given."""


VariableSpec = Annotated[
    DerivedVariable | GroupedVariable | CutVariable | TimeToVariable | OccurrenceVariable | StatusAtVariable,
    Field(discriminator="kind"),
]
