"""Eligibility and analysis sets: named, ordered criteria; a missing value is never eligible."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from y90outcomes.study.base import Name, Page

LIMITS = ("min", "max", "above", "below")


class Criterion(Page):
    """One condition on one variable; several limits must all hold."""

    variable: Name
    """What the condition is on."""
    equals: str | None = None
    """The level the variable must have."""
    one_of: list[str] | None = None
    """The levels the variable may have."""
    min: float | None = None
    """At least (≥)."""
    max: float | None = None
    """At most (≤)."""
    above: float | None = None
    """More than (>)."""
    below: float | None = None
    """Less than (<)."""
    recorded: Literal[True] | None = None
    """Any value will do, as long as there is one."""
    unit: str | None = None
    """Unit of the limits, where it is not the variable's own."""
    reason: str = ""
    """The sentence the flow chart prints."""

    @model_validator(mode="after")
    def _says_something(self) -> Criterion:
        limits = [name for name in LIMITS if getattr(self, name) is not None]
        others = [name for name in ("equals", "one_of", "recorded") if getattr(self, name) is not None]
        if len(others) + bool(limits) != 1:
            raise ValueError(
                "give either limits (min, max, above, below) or exactly one of equals, one_of, recorded; "
                f"got {', '.join(limits + others) or 'none'}"
            )
        if self.unit is not None and not limits:
            raise ValueError("unit belongs to limits (min, max, above, below)")
        return self


class AnyOf(Page):
    """At least one of the named criteria; missing only where none is met and one is missing."""

    any_of: dict[Name, Criterion] = Field(min_length=1)
    """The criteria, by name."""
    reason: str = ""
    """The sentence the flow chart prints."""


def _kind(value: Any) -> str:
    keys = value if isinstance(value, dict) else getattr(value, "model_fields_set", ())
    return "any_of" if "any_of" in keys else "criterion"


CriterionSpec = Annotated[
    Annotated[Criterion, Tag("criterion")] | Annotated[AnyOf, Tag("any_of")], Discriminator(_kind)
]


class AnalysisSet(Page):
    """Whom an analysis is about: a grain and, among the eligible, further criteria."""

    grain: Literal["patient", "lesion"]
    """One row per patient or per lesion (all lesions of eligible patients)."""
    among: dict[Name, CriterionSpec] = {}
    """Further criteria, all of which must be met."""
    label: str | None = None
    """Printed name."""
