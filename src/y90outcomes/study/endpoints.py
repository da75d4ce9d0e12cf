"""The protocol's words for endpoints."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from y90outcomes.study.base import Name, Page


class BinaryEndpoint(Page):
    """Levels of a variable that count as the event."""

    kind: Literal["binary"]
    variable: Name
    event: list[str] = Field(min_length=1)
    """Levels that are the event."""
    not_evaluable: Literal["non_responder", "excluded"] = "non_responder"
    """What a missing or not evaluable value is: in the denominator without the event, or left out; always counted."""
    label: str | None = None


class TimeToEventEndpoint(Page):
    """Time from the index to the first of some events, else to the last censoring record."""

    kind: Literal["time_to_event"]
    event: list[str] = Field(min_length=1)
    """Events, as `EVENTS` lists them; the first to happen counts, an event before censoring on the same day."""
    censor: list[str] = []
    """Records that say how long a subject was seen; none: a subject without the event is missing."""
    unit: Literal["days", "months", "years"] = "months"
    label: str | None = None


EndpointSpec = Annotated[BinaryEndpoint | TimeToEventEndpoint, Field(discriminator="kind")]
