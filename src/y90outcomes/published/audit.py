"""The audit of a page of printed numbers: every statistic's verdict, and every finding across them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from y90outcomes.published import bounded, joint, linked
from y90outcomes.published.checks.base import Check, not_checkable, worst
from y90outcomes.published.inferred import inferred
from y90outcomes.published.joint import Outcome
from y90outcomes.published.places import alike, elsewhere, quoted
from y90outcomes.published.quantities import Statistics, own_id
from y90outcomes.published.relations import RelationPage, Same, addresses_of, read_relations
from y90outcomes.published.single import own_checks
from y90outcomes.published.statistics import Published, Statistic
from y90outcomes.published.verdict import WRONG

RELATION_CHECKS = {
    "sum": joint.check_sum,
    "same": joint.check_same,
    "differ": joint.check_differ,
    "ascending": joint.check_ascending,
    "within": joint.check_within,
    "groups": joint.check_groups,
    "reduction": joint.check_reduction,
    "extremes": joint.check_extremes,
    "entered": joint.check_entered,
    "p_of": linked.check_p,
    "curve": linked.check_curve,
    "sizes": linked.check_sizes,
    "two_by_two": linked.check_two_by_two,
    "accuracy": linked.check_accuracy,
    "t_test": linked.check_t_test,
    "strata": linked.check_strata,
    "spread": linked.check_spread,
    "plausible": linked.check_plausible,
    "log_rank": linked.check_log_rank,
    "events": bounded.check_events,
    "contained": bounded.check_contained,
}
"""What checks each kind of relation."""

WEIGHT = ("disagrees", "last_digit", "remark")
"""Verdicts of findings, in the order they are listed; within one the order of the page."""


@dataclass(frozen=True, slots=True)
class Line:
    """One statistic audited. `checks` are all that were made; the verdict and its words are the worst one's."""

    statistic: Statistic
    checks: tuple[tuple[str, Check], ...]

    @property
    def worst(self) -> Check:
        """The check that decides; its `method` names what was compared where no convention has a name."""
        if not self.checks:
            return not_checkable(WHY_NOT)
        found = worst(check for _kind, check in self.checks)
        kind = next(kind for kind, check in self.checks if check is found)
        return found if found.method else replace(found, method=COMPARED.get(kind, kind.replace("_", " ")))


COMPARED = {
    "percent": "printed counts",
    "count": "printed counts",
    "range": "order of the limits",
    "curve": "rates and median",
    "spread": "mean, SD and range",
    "granularity": "GRIM and GRIMMER",
    "plausible": "what a patient can have",
    "accuracy": "2×2 set",
}
"""What a kind of check compares, where its method has no name of its own."""

WHY_NOT = "It needs the patients' data, which are not printed."


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not hang together. `verdict` is "remark" where no number is wrong by itself."""

    ids: tuple[str, ...]
    kind: str
    verdict: str
    detail: str


@dataclass(frozen=True, slots=True)
class Audit:
    """A page audited: a line per statistic in its order, and the findings."""

    paper: str
    lines: tuple[Line, ...]
    findings: tuple[Finding, ...]

    @property
    def counts(self) -> Mapping[str, int]:
        """Verdict -> number of statistics."""
        found: dict[str, int] = {}
        for line in self.lines:
            found[line.worst.verdict] = found.get(line.worst.verdict, 0) + 1
        return found


def audit(published: Published, recomputed: Mapping[str, Check] | None = None, more: Sequence[Outcome] = ()) -> Audit:
    """Every check of a page.

    recomputed  checks against real patient data, by id
    more        further outcomes, such as those of a stored reconstruction
    raises      InputError for relations that cannot be read
    """
    statistics = published.statistics
    stated = read_relations(published)
    checks: dict[str, list[tuple[str, Check]]] = {name: [] for name in statistics}
    findings: list[Finding] = []
    for name, statistic in statistics.items():
        for kind, check in own_checks(statistic):
            checks[name].append((kind, check))
    for name, check in (recomputed or {}).items():
        checks[name].append(("patient_table", check))
    for name, found in checks.items():
        wrong = [(kind, check) for kind, check in found if check.verdict in WRONG]
        findings += [Finding((name,), kind, check.verdict, check.detail) for kind, check in wrong]
    for made in (*_outcomes(statistics, stated, published), *more):
        right = made.check.verdict == "agrees"
        for name in made.ids if right else made.accused:
            checks[name].append((made.kind, made.check))
        if made.remark or made.check.verdict in WRONG or (made.kind == "two_p_values" and not right):
            verdict = "remark" if made.remark or made.check.verdict == "method_differs" else made.check.verdict
            findings.append(Finding(made.ids, made.kind, verdict, made.check.detail))
    findings.sort(key=lambda finding: WEIGHT.index(finding.verdict))
    lines = tuple(Line(statistic, tuple(checks[name])) for name, statistic in statistics.items())
    return Audit(str(published.data.get("paper", "")), lines, tuple(dict.fromkeys(findings)))


def _of_its_value(made: Outcome, relation: RelationPage) -> Outcome:
    """An agreement about a group's size alone says nothing of the statistic printed with it."""
    named = list(addresses_of(relation))
    sized = {own_id(address) for address in named if address.endswith("#n")}
    sized -= {own_id(address) for address in named if not address.endswith("#n")}
    if made.check.verdict != "agrees" or made.remark or not sized:
        return made
    return replace(made, ids=tuple(name for name in made.ids if name not in sized))


def _outcomes(statistics: Statistics, stated: Sequence[RelationPage], published: Published) -> Iterator[Outcome]:
    relations = [*stated, *inferred(statistics, tuple(stated))]
    for relation in relations:
        for made in RELATION_CHECKS[relation.kind](relation, statistics):  # type: ignore[attr-defined, operator]
            if made.check.verdict != "not_checkable":
                yield _of_its_value(made, relation)
    yield from elsewhere(statistics)
    yield from quoted(published.data, statistics)
    compared = [
        {own_id(address) for address in addresses_of(relation)}
        for relation in relations
        if isinstance(relation, Same) or relation.kind == "differ"  # type: ignore[attr-defined]
    ]
    yield from alike(statistics, compared)
