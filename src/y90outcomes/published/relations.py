"""How printed numbers must hang together: the `relations` of a `published.yaml`, as data.

A quantity is a statistic's id, `id#field` for one of its numbers, or a plain number the paper states. Fields: value,
sd, low, high, n, numerator (also `count`), denominator, item1, item2 … Without a field a statistic stands for its
count where it prints one, else for its value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from y90outcomes.errors import Fault, InputError, choices
from y90outcomes.published.statistics import Published, Statistic
from y90outcomes.yamlpage import model_faults

Address = Annotated[str, Field(pattern=r"^[^\s#]+(#[a-z_]+[0-9]*)?$")]
Quantity = Address | float | int
FIELDS = ("value", "sd", "low", "high", "n", "numerator", "count", "denominator")
"""What may follow the `#` of a quantity, beside item1, item2 …"""


class RelationPage(BaseModel):
    """What every relation may say."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
    why: str = ""
    """Why the numbers must hang together so; printed in the audit."""
    remark: bool = False
    """Whether a failed check is a remark, that accuses no number, and not a verdict."""
    accuse: tuple[Address, ...] = ()
    """The statistics that get the verdict of a failed check; by default those named last in the relation."""


class Times(BaseModel):
    """A part of a sum that counts several times."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
    of: Quantity
    """What is counted."""
    times: float
    """How often; -1 subtracts."""


class Sum(RelationPage):
    """Parts that add up to a total."""

    kind: Literal["sum"]
    parts: tuple[Quantity | Times, ...]
    """What is added."""
    equals: Quantity
    """The total."""
    relation: Literal["=", "<=", ">="] = "="
    """How the sum stands to the total."""


class Same(RelationPage):
    """One quantity printed in several places; the first is the reference."""

    kind: Literal["same"]
    of: Annotated[tuple[Quantity, ...], Field(min_length=2)]
    """Where it stands. Two statistics without a field are compared in every number both print."""


class Differ(RelationPage):
    """Two different quantities: the same numbers for both are a remark."""

    kind: Literal["differ"]
    of: tuple[Address, Address]
    """The two statistics."""
    by: tuple[Quantity, Quantity] | None = None
    """What tells them apart, such as the cutoff of each."""


class Ascending(RelationPage):
    """Quantities none of which may be smaller than the one before."""

    kind: Literal["ascending"]
    of: Annotated[tuple[Quantity, ...], Field(min_length=2)]
    """From the smallest to the largest."""


class PValue(RelationPage):
    """A p value and the effect with an interval that it belongs to."""

    kind: Literal["p_of"]
    p: Address
    """The p value."""
    effect: Address
    """A hazard or odds ratio with its interval, or an AUC with its positives and negatives."""


class Curve(RelationPage):
    """One group's Kaplan–Meier curve: rates at times, median, group size."""

    kind: Literal["curve"]
    rates: dict[str, Address] = {}
    """Time, in the unit of the median, to the rate printed for it."""
    median: Address | None = None
    """The median with its interval."""
    n: int | None = None
    """Group size, where the statistics do not print it."""


class Sizes(RelationPage):
    """Groups of a curve whose sizes are not printed, and which together are everyone."""

    kind: Literal["sizes"]
    groups: Annotated[tuple[tuple[Address, ...], ...], Field(min_length=2)]
    """For each group its rates in order of time."""
    of: int
    """The patients of all groups together."""
    transform: Literal["log", "log-log", "plain", "logit", "arcsine"] = "log"
    """The scale of the rates' intervals."""


class TwoByTwo(RelationPage):
    """A p value of two proportions."""

    kind: Literal["two_by_two"]
    p: Address
    """The p value."""
    first: Address
    """A statistic printed with numerator and denominator."""
    second: Address
    """The other group's."""


class Accuracy(RelationPage):
    """The measures of one 2×2 set."""

    kind: Literal["accuracy"]
    sensitivity: Address
    """Of the positives."""
    specificity: Address
    """Of the negatives."""
    ppv: Address | None = None
    """Positive predictive value."""
    npv: Address | None = None
    """Negative predictive value."""
    accuracy: Address | None = None
    """Share classed rightly."""
    auc: Address | None = None
    """Area under the curve the cutoff lies on."""
    youden: bool = False
    """Whether the cutoff is the one of the greatest Youden index: it bounds the area."""


class TTest(RelationPage):
    """A p value of two means or geometric means with their intervals or SDs."""

    kind: Literal["t_test"]
    p: Address
    """The p value."""
    groups: tuple[Address, Address]
    """The two means, each with n."""


class Strata(RelationPage):
    """Rates in groups whose sizes are not printed: some whole numbers must give all of them at once."""

    kind: Literal["strata"]
    rates: Annotated[tuple[Address, ...], Field(min_length=2)]
    """One percentage per group."""
    of: Quantity
    """The patients of all groups together."""
    responders: Quantity | None = None
    """The numerators of all groups together."""
    also: tuple[dict[str, Address], ...] = ()
    """Further percentages of the same groups: for each, the rate's id to the other's."""


class Spread(RelationPage):
    """A mean and SD beside the median and range of the same patients."""

    kind: Literal["spread"]
    mean: Address
    """The mean and SD."""
    median: Address
    """The median and range."""


class Plausible(RelationPage):
    """Values that a single patient can have, against a mean and SD, a median or a range."""

    kind: Literal["plausible"]
    of: tuple[Address, ...]
    """The statistics."""
    low: float
    """The least a patient can have, in the printed unit."""
    high: float
    """The most."""


class Within(RelationPage):
    """The range of a part of the patients, inside that of all."""

    kind: Literal["within"]
    part: Address
    """The part's median and range."""
    whole: Address
    """Everyone's."""


class Groups(RelationPage):
    """Groups that together are everyone: their ranges and medians must give the whole's."""

    kind: Literal["groups"]
    whole: Address
    """Everyone's median and range."""
    groups: Annotated[tuple[Address, ...], Field(min_length=2)]
    """Each group's."""


class LogRank(RelationPage):
    """A log-rank p where the first group has no event: it cannot be as small as one likes."""

    kind: Literal["log_rank"]
    p: Address
    """The p value."""
    without_event: int
    """Size of the group without an event."""
    with_events: int
    """Size of the other."""
    events: int
    """The most events there can have been."""


class Events(RelationPage):
    """A hazard ratio of two groups with a model-based interval: so many events allow no narrower one."""

    kind: Literal["events"]
    effect: Address
    """The hazard ratio and its interval."""
    at_most: Annotated[int, Field(ge=1)]
    """The most events there can have been."""


class Contained(RelationPage):
    """A quantity that in every patient is contained in another, as the largest tumour in all tumours."""

    kind: Literal["contained"]
    part: Address
    """Its mean and SD, or median and range."""
    whole: Address
    """The other's, of the same kind and the same patients."""
    least: Address | None = None
    """The statistic whose `low` is the least value of the part; without it 0."""
    differing: int | None = None
    """How many patients can have more of the whole than of the part; without it all."""


class Reduction(RelationPage):
    """A reduction in percent, from a ratio."""

    kind: Literal["reduction"]
    percent: Address
    """100 × (1 − ratio)."""
    ratio: Address
    """The ratio."""


class Extremes(RelationPage):
    """A range quoted over several statistics."""

    kind: Literal["extremes"]
    range: Address
    """The lowest and the highest."""
    of: tuple[Address, ...]
    """Among these values."""


class Entered(RelationPage):
    """Variables that enter a multivariable model when their univariable p is below a limit."""

    kind: Literal["entered"]
    limit: float
    """The limit."""
    candidates: dict[Address, tuple[Address, ...]]
    """Univariable p to the multivariable estimates that need it to be small; () where the model has none."""


Relation = Annotated[
    Sum | Same | Differ | Ascending | PValue | Curve | Sizes | TwoByTwo | Accuracy | TTest | Strata | Spread | Plausible
    | Within | Groups | LogRank | Events | Contained | Reduction | Extremes | Entered,
    Field(discriminator="kind"),
]  # fmt: skip


class Relations(BaseModel):
    """The part of a page that says how its numbers hang together."""

    relations: tuple[Relation, ...] = ()


def read_relations(published: Published) -> tuple[RelationPage, ...]:
    """The relations of a page, () when it has none. InputError for an unknown kind, key, id or field, with its line."""
    page = published.page
    try:
        read = TypeAdapter(Relations).validate_python({"relations": published.data.get("relations") or ()})
    except ValidationError as error:
        raise InputError(model_faults(error, Relations, page)) from None
    faults = []
    for number, relation in enumerate(read.relations):
        for address in addresses_of(relation):
            if fault := _unknown(address, published.statistics, page.place(("relations", number))):
                faults.append(fault)
    if faults:
        raise InputError(faults)
    return read.relations


def _unknown(address: str, statistics: Mapping[str, Statistic], place: str) -> Fault | None:
    name, _, field = address.partition("#")
    if name not in statistics:
        return Fault(place, f"no statistic has the id {name!r}", choices(name, statistics.keys()))
    if field and field not in FIELDS and not field.startswith("item"):
        return Fault(place, f"{address!r} names no number", choices(field, FIELDS))
    return None


def addresses_of(relation: RelationPage) -> Iterator[str]:
    """Every address a relation names, in its order, each once."""

    def walk(value: object) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, Times):
            yield from walk(value.of)
        elif isinstance(value, tuple):
            for part in value:
                yield from walk(part)

    found: list[str] = []
    for name in type(relation).model_fields:
        value = getattr(relation, name)
        if name in ("kind", "why", "relation", "transform"):
            continue
        if isinstance(value, dict):
            keys = tuple(value) if name == "candidates" else ()
            found += [*walk(keys), *walk(tuple(value.values()))]
        elif name == "also":
            found += [part for entry in value for pair in entry.items() for part in pair]
        else:
            found += walk(value)
    yield from dict.fromkeys(found)
