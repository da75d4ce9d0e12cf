"""Tables beside the attainment of the 2022 recommendations: scenarios, overlaps, the paper's example and gradings."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from y90outcomes.dosimetry import scenarios
from y90outcomes.dosimetry.mird import administered, remove_residual, remove_shunt
from y90outcomes.dosimetry.recommendations import guideline
from y90outcomes.methods.common import Selection
from y90outcomes.results import Table, TableColumn

REASONS_OF: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "1": ("two_segments", "two_segments_either", "segmental_thrombus"),
        "2": ("declared_intent",),
        "3": ("multifocal_unilobar",),
        "4": ("multifocal_bilobar",),
        "5": ("invasion",),
        "none": ("single_tumour",),
        "missing": tuple(code for code in scenarios.REASONS if code.startswith("missing")),
    }
)
"""scenario, "none" or "missing" -> the reasons it can have."""

OVERLAPS_OF: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"1": ("2", "3", "4", "5", "2+3", "2+5"), "2": ("3",), "5": ("2",)}
)
"""scenario -> the other scenarios whose definitions it can meet at the same time."""


def scenario_table(id: str, selection: Selection, assigned: scenarios.Assigned) -> Table:
    """Patients by scenario and reason; those without a known scenario by the input that is missing."""
    guide = guideline()
    total = len(selection)
    rows = []
    for number, reasons in REASONS_OF.items():
        page = guide.scenarios.get(number)
        named = f"{number} {page.label}" if page else {"none": "None", "missing": "Not known"}[number]
        grade = (page.degree, guide.consensus[page.consensus]["label"], page.table) if page else ("", "", None)
        for reason in reasons:
            n = int((assigned.reason == reason).sum())
            share = 100 * n / total if total else None
            rows.append((f"{number}:{reason}", named, scenarios.REASONS[reason], n, share, *grade))
    return Table(
        id=id,
        title="Scenarios and why",
        population=selection.label,
        n=total,
        columns=(
            TableColumn("key", "Key"),
            TableColumn("scenario", "Scenario"),
            TableColumn("reason", "Reason"),
            TableColumn("n", "n", "integer"),
            TableColumn("percent", "Share", "number", "%"),
            TableColumn("degree", "Degree"),
            TableColumn("consensus", "Consensus"),
            TableColumn("table", "Table of the paper", "integer"),
        ),
        rows=tuple(rows),
    )


def overlaps(id: str, selection: Selection, assigned: scenarios.Assigned) -> Table:
    """Patients of a scenario who are known to meet the definition of others too."""
    guide = guideline()
    rows = []
    for number, others in OVERLAPS_OF.items():
        for other in others:
            n = int(((assigned.scenario == number) & (assigned.overlap == other)).sum())
            labels = " and ".join(f"{code} {guide.scenarios[code].label}" for code in other.split("+"))
            rows.append((f"{number}:{other}", f"{number} {guide.scenarios[number].label}", labels, n))
    return Table(
        id=id,
        title="Scenarios that fit as well",
        population=selection.label,
        n=len(selection),
        columns=(
            TableColumn("key", "Key"),
            TableColumn("scenario", "Scenario"),
            TableColumn("others", "Also fits"),
            TableColumn("n", "n", "integer"),
        ),
        rows=tuple(rows),
    )


def worked_example(id: str) -> Table:
    """The paper's example of net activity, computed by `dosimetry.mird`, beside the printed number: no patients."""
    given = guideline().worked_example
    infused = administered(np.array([given["infused_gbq"]]))
    left = remove_residual(infused, given["residual_percent"] / 100)
    net = remove_shunt(left, given["lung_shunt_percent"] / 100)
    rows = (
        ("infused", "Activity infused", float(given["infused_gbq"]), "GBq", None),
        ("residual", "Residual", float(given["residual_percent"]), "%", None),
        ("lung_shunt", "Lung shunt", float(given["lung_shunt_percent"]), "%", None),
        ("after_residual", "Activity less residual", float(left.value[0]), "GBq", None),
        ("net_activity", "Net activity in the liver", float(net.value[0]), "GBq", float(given["net_activity_gbq"])),
        ("residual_factor", "Share left by the residual", float(left.value[0] / infused.value[0]), "", None),
        ("lung_shunt_factor", "Share left by the lung shunt", float(net.value[0] / left.value[0]), "", None),
    )
    return Table(
        id=id,
        title="Worked example of the paper: net activity",
        caption="The lung shunt is taken off once; the formula printed beside the example would take it off again.",
        columns=(
            TableColumn("key", "Key"),
            TableColumn("quantity", "Quantity"),
            TableColumn("value", "Computed", "number"),
            TableColumn("unit", "Unit"),
            TableColumn("printed", "Printed", "number"),
        ),
        layout={"origin": "published"},
        rows=rows,
    )


def grading(id: str) -> Table:
    """The paper's degrees of recommendation and strengths of consensus, with the scenarios that have them."""
    guide = guideline()
    rows = []
    for degree, meaning in guide.degrees.items():
        having = [number for number, page in guide.scenarios.items() if page.degree == degree]
        rows.append(
            (f"degree:{degree}", "Degree of recommendation", degree, meaning, ", ".join(having) or "none", None, None)
        )
    for strength, page in guide.consensus.items():
        low, high = page.get("min_percent"), page.get("max_percent")
        share = f"≥{low}" if high is None else f"≤{high}" if low is None else f"{low}–{high}"
        having = [number for number, one in guide.scenarios.items() if one.consensus == strength]
        meaning = f"{share} % of the committee agreed"
        rows.append(
            (f"consensus:{strength}", "Consensus", page["label"], meaning, ", ".join(having) or "none", low, high)
        )
    return Table(
        id=id,
        title="Degrees of recommendation and consensus (Delphi)",
        columns=(
            TableColumn("key", "Key"),
            TableColumn("kind", "What"),
            TableColumn("grade", "Grade"),
            TableColumn("meaning", "Meaning"),
            TableColumn("scenarios", "Scenarios"),
            TableColumn("from", "Share from", "integer", "%"),
            TableColumn("to", "Share to", "integer", "%"),
        ),
        layout={"hidden": ["from", "to"], "origin": "published"},
        rows=tuple(rows),
    )
