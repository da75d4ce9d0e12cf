"""The audit of printed numbers, with the patients behind them where a study has real ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from y90outcomes import __version__
from y90outcomes.pipeline.analyses import Progress, silent
from y90outcomes.pipeline.percentiles import PUBLISHED
from y90outcomes.pipeline.reproduction import reproduction
from y90outcomes.published.audit import Audit, Line, audit
from y90outcomes.published.checks.base import Check, Verdict
from y90outcomes.published.reconstructed import reconstruction_outcomes
from y90outcomes.published.statistics import Published, Statistic, read_published_page
from y90outcomes.published.verdict import VERDICTS
from y90outcomes.results import Note, Results, Section, Table, TableColumn
from y90outcomes.study.reading import FILE

REAL = ("clinical", "published")
"""Origins whose patients may decide about a printed number."""

PATIENT_TABLE = "patient table"
FINDINGS, STATISTICS = "reproduction.findings", "reproduction.audit"


def audit_page(path: str | Path, progress: Progress = silent) -> tuple[Audit, Published]:
    """Every check of a page of printed numbers. Beside a study whose patients are real the study is run, and what it
    recomputes is a check too.

    raises  InputError for a page, or a study beside it, that cannot be read; FindingsError when its data block
    """
    file = Path(path)
    file = file / PUBLISHED if file.is_dir() else file
    published = read_published_page(file)
    if file.name != PUBLISHED or not (file.parent / FILE).is_file():
        return audit(published), published
    return audit_beside(published, file.parent, _from_patients(file, published, progress)), published


def audit_beside(published: Published, folder: Path, table: Table | None) -> Audit:
    """The audit of a study folder's page, with what its stored reconstruction says and what its reproduction `table`
    recomputes; None is a study without one."""
    recomputed = {} if table is None else recomputed_checks(table, published.statistics.values())
    return audit(published, recomputed, tuple(reconstruction_outcomes(folder, published.statistics)))


def _from_patients(file: Path, published: Published, progress: Progress) -> Table | None:
    """The reproduction of the addressed statistics by the study beside the page; None without real patients."""
    if not any(statistic.addresses for statistic in published.statistics.values()):
        return None
    from y90outcomes import pipeline
    from y90outcomes.study import read_study

    if read_study(file.parent).origin not in REAL:
        return None
    results = pipeline.analyse(pipeline.prepare(file.parent, progress=progress), progress=progress)
    return reproduction(results, tuple(published.statistics.values()))


def recomputed_checks(table: Table, statistics: Iterable[Statistic]) -> Mapping[str, Check]:
    """The verdicts of a reproduction table as checks by id; none of a table without verdicts."""
    if "verdict" not in {column.name for column in table.columns}:
        return {}
    notes = {statistic.id: statistic.note for statistic in statistics}
    found: dict[str, Check] = {}
    for row in table.rows:
        id, printed, recomputed, verdict, _address = (str(cell) for cell in row)
        if verdict != "not_checkable":
            note = f" ({notes[id]})" if notes[id] else ""
            shown = "; ".join(f"{float(number):.6g}" if number else "nothing" for number in recomputed.split("; "))
            said = f"Printed {printed}; the patient table gives {shown}{note}."
            found[id] = Check(cast(Verdict, verdict), recomputed, PATIENT_TABLE, said)
    return found


def audit_tables(made: Audit) -> tuple[Table, Table]:
    """The findings, and every statistic with its verdict, as tables for a report."""
    findings = Table(
        id=FINDINGS,
        title="What does not hang together",
        n=len(made.findings),
        method="audit",
        layout={"counted": "findings", "origin": "published"},
        caption="A remark accuses no number: what it says is odd, not wrong." if _remarks(made) else "",
        columns=(
            TableColumn("key", "Key"), TableColumn("kind", "Kind"), TableColumn("ids", "Statistics"),
            TableColumn("verdict", "Verdict"), TableColumn("detail", "What is found"),
        ),
        rows=tuple(
            (str(number), finding.kind.replace("_", " "), ", ".join(finding.ids), finding.verdict, finding.detail)
            for number, finding in enumerate(made.findings, start=1)
        ),
    )  # fmt: skip
    statistics = Table(
        id=STATISTICS,
        title="Every printed statistic and its verdict",
        n=len(made.lines),
        method="audit",
        notes=(Note("audit", _how(made)),),
        layout={"labels": {line.statistic.id: line.statistic.what for line in made.lines}, "hidden": ["detail"],
                "origin": "published"},
        columns=(
            TableColumn("id", "Statistic"), TableColumn("where", "Where"), TableColumn("printed", "Printed"),
            TableColumn("recomputed", "Recomputed"), TableColumn("method", "By"), TableColumn("verdict", "Verdict"),
            TableColumn("detail", "Detail"),
        ),
        rows=tuple(_row(line) for line in made.lines),
    )  # fmt: skip
    return findings, statistics


def _remarks(made: Audit) -> bool:
    return any(finding.verdict == "remark" for finding in made.findings)


def _row(line: Line) -> tuple[str, ...]:
    found, statistic = line.worst, line.statistic
    return (
        statistic.id,
        statistic.where,
        statistic.printed,
        found.recomputed,
        found.method,
        found.verdict,
        found.detail,
    )


def _how(made: Audit) -> str:
    checked = sum(bool(line.checks) for line in made.lines)
    return (f"{checked} of {len(made.lines)} statistics were checked. A printed number stands for every value that "
            "rounds to it, half up or half to even; two numbers are accused only when no value of one fits any value "
            "of the other.")  # fmt: skip


def audit_results(made: Audit, published: Published, source: str) -> Results:
    """The audit as results of their own: a report needs nothing else."""
    citation: Mapping[str, Any] = published.data.get("citation") or {}
    shown = ", ".join(str(citation[key]) for key in ("short", "journal") if citation.get(key))
    doi = f", doi:{citation['doi']}" if citation.get("doi") else ""
    name = made.paper or Path(source).stem
    lines = [f"{VERDICT_WORDS[verdict]}: {made.counts[verdict]}" for verdict in VERDICTS if verdict in made.counts]
    findings, statistics = audit_tables(made)
    named = {"findings": replace(findings, id="findings"), "statistics": replace(statistics, id="statistics")}
    return Results(
        study={
            "id": "audit", "title": f"{name}: the printed numbers audited", "registration": "", "origin": "published",
            "citation": shown + doi, "question": "Do the numbers of this paper hang together?", "grain": "statistic",
            "cutoff": "", "variant": "", "dialect": "own", "rounding": "half_away", "protocol_fingerprint": "",
            "fingerprint": "",
        },
        prose=(Section("How it was checked", (_how(made), *HOW), tuple(lines)),),
        quality=(),
        inputs=(),
        environment={"y90outcomes": __version__},
        items=tuple(named.values()),
    )  # fmt: skip


VERDICT_WORDS = {
    "agrees": "agrees with what is printed elsewhere, or recomputed",
    "last_digit": "off by no more than one unit of the last digit",
    "method_differs": "another named method than the usual one prints it",
    "disagrees": "cannot be, or contradicts another printed number",
    "not_checkable": "needs the patients' data",
}
"""What each verdict means, on the page of an audit."""

HOW = (
    "Percentages are recomputed from their counts; intervals by every named method; hazard and odds ratios must lie in "
    "the middle of their interval on the logarithmic scale, and their p value must be Wald's or near it; Kaplan–Meier "
    "rates must have an interval that some named transformation gives; totals, flows, repeats and ranges must fit.",
    "An audit finds contradictions. It does not say which of two numbers is right; a number without a finding may be "
    "wrong too.",
)


def audit_json(made: Audit) -> dict[str, Any]:
    """The audit as plain data: `statistics` with id, verdict, printed, recomputed, method, detail; `findings`."""
    return {
        "paper": made.paper,
        "counts": {verdict: made.counts.get(verdict, 0) for verdict in VERDICTS},
        "statistics": [
            {"id": line.statistic.id, "verdict": line.worst.verdict, "printed": line.statistic.printed,
             "recomputed": line.worst.recomputed, "method": line.worst.method, "detail": line.worst.detail,
             "checks": [{"kind": kind, "verdict": check.verdict, "recomputed": check.recomputed,
                         "method": check.method, "detail": check.detail} for kind, check in line.checks]}
            for line in made.lines
        ],
        "findings": [
            {"ids": list(finding.ids), "kind": finding.kind, "verdict": finding.verdict, "detail": finding.detail}
            for finding in made.findings
        ],
    }  # fmt: skip
