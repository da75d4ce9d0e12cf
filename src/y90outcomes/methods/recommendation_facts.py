"""What this package holds of the 2022 recommendations, addressable: limits, other numbers, statements on other papers.

Salem 2022, doi:10.1007/s00259-022-05956-w. No patient enters these tables; a study that re-runs the paper sets its
printed numbers beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from y90outcomes.dosimetry.constants import K
from y90outcomes.dosimetry.recommendations import Guideline, Limit, guideline
from y90outcomes.estimators.proportions import proportion
from y90outcomes.methods.common import plain
from y90outcomes.results import Table, TableColumn
from y90outcomes.results.addresses import shortest
from y90outcomes.units import factor

SIGNS: Mapping[str, str] = MappingProxyType({"min": "≥", "above": ">", "max": "≤", "below": "<", "value": ""})
"""Word of a limit -> its sign."""

Line = tuple[str, str, float, str]
"""Side of a limit, its sign, the number, its unit."""


def rules_table(id: str) -> Table:
    """`<id>/<scenario>:<rule>:<side>/limit`: every limit of every rule.

    side is min, above, max or below; of a limit by bilirubin `at_or_above`, `below` (Gy) and `cut` (mg/dL).
    """
    guide = guideline()
    rows = tuple(
        (
            f"{number}:{name}:{side}", f"{number} {page.label}", guide.rules[name].label, part,
            _said(sign, limit, unit), limit, unit,
        )
        for number, page in guide.scenarios.items()
        for name in guide.rules_of(number)
        for part in (guide.rules[name].parts[number],)
        for side, sign, limit, unit in _sides(guide.rules[name], number)
    )  # fmt: skip
    return Table(
        id=id,
        title="Limits of the rules",
        caption="The limits every rule is evaluated with, as this package holds them. No patient enters.",
        columns=(
            TableColumn("key", "Key"),
            TableColumn("scenario", "Scenario"),
            TableColumn("rule", "Rule"),
            TableColumn("part", "Part"),
            TableColumn("said", "Limit"),
            TableColumn("limit", "Limit", "number"),
            TableColumn("unit", "Unit"),
        ),
        layout={"heading": "scenario", "hidden": ["limit", "unit"], "origin": "published"},
        rows=rows,
    )


def _sides(rule: Limit, scenario: str) -> Iterator[Line]:
    for word, limit in rule.limits.items():
        yield word, SIGNS[word], limit, rule.unit
    if rule.by_bilirubin is not None:
        cut, high, low = rule.by_bilirubin
        yield "cut", "bilirubin ≥", cut / float(factor("bilirubin", "mg/dL") or "nan"), "mg/dL"
        yield "at_or_above", "from it on ≤", high, rule.unit
        yield "below", "under it ≤", low, rule.unit
    if scenario in rule.by_scenario:
        yield "max", SIGNS["max"], rule.by_scenario[scenario], rule.unit


def _said(sign: str, number: float, unit: str) -> str:
    return f"{sign} {shortest(number)} {unit}".strip()


def named_table(id: str) -> Table:
    """`<id>/<name>/number`: numbers the paper names and no rule uses; `constant` is that of the dose formula."""
    constant = K["salem_2022"]
    what = "Dose of 1 kg that holds 1 GBq"
    rows = [("constant", "all", what, _said("", constant, "Gy"), constant, "Gy")]
    for name, page in guideline().named.items():
        word = next(word for word in SIGNS if word in page)
        number = float(page[word])
        said = _said(SIGNS[word], number, page["unit"])
        rows.append((name, ", ".join(page["scenarios"]), page["label"], said, number, page["unit"]))
    return Table(
        id=id,
        title="Other numbers the paper names",
        caption="Findings, ways to treat, times to look again; no rule is evaluated with them. No patient enters.",
        columns=(
            TableColumn("key", "Key"),
            TableColumn("scenarios", "Scenarios"),
            TableColumn("what", "What"),
            TableColumn("said", "Number"),
            TableColumn("number", "Number", "number"),
            TableColumn("unit", "Unit"),
        ),
        layout={"hidden": ["number", "unit"], "origin": "published"},
        rows=tuple(rows),
    )


def consistency_table(id: str) -> Table:
    """What the paper says in more than one place, or of another paper, computed again.

    `<id>/scenarios/n`, `<id>/first_table/n`, `<id>/last_table/n`, `<id>/new_references/n`, and `<id>/<quoted>/percent`
    with n and total.
    """
    guide = guideline()
    rows: list[tuple[str | float | int | None, ...]] = [*_counted(guide)]
    for name, page in guide.quoted.items():
        n, of = int(page["numerator"]), int(page["denominator"])
        rows.append((name, page["label"], n, of, plain(100 * proportion(n, of).estimate)))
    return Table(
        id=id,
        title="Statements of the paper computed again",
        caption="From its own lists, and from counts other publications print. No patient of this run enters.",
        columns=(
            TableColumn("key", "Key"),
            TableColumn("what", "What"),
            TableColumn("n", "Number", "integer"),
            TableColumn("of", "of", "integer"),
            TableColumn("percent", "Share, %", "number"),
        ),
        layout={"origin": "published"},
        rows=tuple(rows),
    )


def _counted(guide: Guideline) -> Iterator[tuple[str | int | None, ...]]:
    tables = [page.table for page in guide.scenarios.values()]
    cited = sum(last - first + 1 for first, last in guide.new_references)
    yield "scenarios", "Clinical scenarios", len(guide.scenarios), None, None
    yield "first_table", "First table of a scenario", min(tables), None, None
    yield "last_table", "Last table of a scenario", max(tables), None, None
    yield "new_references", "References the update cites as new", cited, None, None
