"""The protocol's words for endpoints.

The usual ones, as a protocol writes them:

    overall_survival:  {kind: time_to_event, event: [death], censor: [last_contact]}
    pfs:               {kind: time_to_event, event: [progression, death], censor: [last_contact]}
    hepatic_pfs:       {kind: time_to_event, event: [hepatic_progression, death], censor: [last_contact]}
    ttp:               {kind: time_to_event, event: [progression], deaths: censor, censor: [last_contact]}
    ttp_competing:     {kind: time_to_event, event: [progression], deaths: compete, censor: [last_contact]}
    time_to_recurrence:
      {kind: time_to_event, event: [recurrence], origin: surgery, deaths: censor, censor: [last_contact]}

Progression by the readers first, else as the site reported it; censored at the last adequate assessment, also after two
missed visits and at a new therapy (FDA 2018, Clinical trial endpoints for the approval of cancer drugs and biologics):

    pfs_imaging:
      kind: time_to_event
      event: [{event: progression, from: [assessments, follow_up], criterion: mrecist}, death]
      censor: [last_assessment, last_imaging]
      missed_visits: {after_days: 180}
      no_assessment: censor_day_0
      later_therapy: censor_at_last
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from y90outcomes.study.base import Name, Page


class BinaryEndpoint(Page):
    """Levels of a variable that count as the event."""

    kind: Literal["binary"]
    variable: Name
    """Categorical variable."""
    event: list[str] = Field(min_length=1)
    """Levels that are the event."""
    not_evaluable: Literal["non_responder", "excluded"] = "non_responder"
    """What a missing or not evaluable value is: in the denominator without the event, or left out; always counted."""
    label: str | None = None
    """Printed name."""


class EventFrom(Page):
    """An event with the sources asked for it, in priority."""

    model_config = Page.model_config | {"populate_by_name": True, "serialize_by_alias": True}
    event: str
    """Event, as `EVENTS` lists it."""
    sources: list[Literal["follow_up", "assessments", "imaging"]] = Field(alias="from", min_length=1)
    """follow_up: as the site reported the event; assessments: progressive disease in a reader's assessments of the
    whole patient; imaging: the day a variable of the protocol derives from measurements."""
    criterion: str | None = None
    """Response criterion of the assessments (code list `criterion`)."""
    variable: Name | None = None
    """Variable of the protocol that gives the day of the event, for imaging."""
    rule: Literal["first_source", "earliest"] = "first_source"
    """first_source: the first source that says yes or no decides; earliest: the earliest day of all."""


def _recorded(event: str) -> EventFrom:
    """An event as its own record says it."""
    return EventFrom.model_validate({"event": event, "from": ["follow_up"]})


class MissedVisits(Page):
    """What becomes of an event seen after a gap without assessments."""

    after_days: float = Field(gt=0)
    """The gap, in days since the last adequate assessment, or since the origin without one; a longer one counts."""
    then: Literal["event", "censor_at_last"] = "censor_at_last"
    """event: it counts all the same; censor_at_last: censored at that assessment."""


Ending = Literal["ignore", "censor", "censor_at_last", "compete"]


class TimeToEventEndpoint(Page):
    """Time from an origin to the first of some events, else to the last censoring record."""

    kind: Literal["time_to_event"]
    event: list[str | EventFrom] = Field(min_length=1)
    """Events, as `EVENTS` lists them, or an event with its sources; the first to happen counts (on one day the first
    listed), and an event before a competing event and before censoring on the same day."""
    censor: list[str] = []
    """Records that say how long a subject was seen, the last of them; none: a subject without the event is missing."""
    origin: Literal["first_treatment", "maa", "surgery", "randomisation"] = "first_treatment"
    """Where the time begins. A subject whose origin is not recorded is missing, and counted."""
    deaths: Literal["event", "censor", "compete"] | None = None
    """What a death is; not given: an event where `event` lists it, else only what `censor` says."""
    later_therapy: Ending = "ignore"
    """What another anticancer therapy, begun after the origin and after day 0, does: censor on its day, or at the last
    adequate assessment until then (censor_at_last), or compete with the event."""
    resection_or_transplant: Ending = "ignore"
    """What a resection or transplantation after the origin and after day 0 does."""
    missed_visits: MissedVisits | None = None
    """What a long gap between assessments before the event does; nothing when not given."""
    no_assessment: Literal["ignore", "censor_day_0", "missing"] = "ignore"
    """What a subject without the event and without an assessment after baseline is, where the event is progression."""
    day_zero: Literal[0, 1] = 0
    """The number of the origin's day: 1 adds a day to every time."""
    landmark: float | None = Field(default=None, ge=0)
    """Days after the origin from which time counts; a subject with the event or censored before is missing, counted."""
    unit: Literal["days", "months", "years"] = "months"
    """Unit of the time."""
    label: str | None = None
    """Printed name."""

    @property
    def sources(self) -> tuple[EventFrom, ...]:
        """Every event with its sources; one given by name alone, or by `deaths`, has its own record only."""
        entries = [entry if isinstance(entry, EventFrom) else _recorded(entry) for entry in self.event]
        if self.deaths == "event" and all(entry.event != "death" for entry in entries):
            entries.append(_recorded("death"))
        return tuple(entries)

    @property
    def events(self) -> tuple[str, ...]:
        """Names of the events."""
        return tuple(entry.event for entry in self.sources)

    @property
    def competes(self) -> bool:
        """Whether something competes with the event."""
        return "compete" in (self.deaths, self.later_therapy, self.resection_or_transplant)


EndpointSpec = Annotated[BinaryEndpoint | TimeToEventEndpoint, Field(discriminator="kind")]
