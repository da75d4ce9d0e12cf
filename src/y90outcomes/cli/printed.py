"""Commands about what a paper prints: its numbers, its curves. Heavy imports stand inside the command bodies."""

from __future__ import annotations

import json
from pathlib import Path

import click

from y90outcomes.cli.console import findings, guarded, progress_bar
from y90outcomes.cli.group import main

SHOWN = ("disagrees", "last_digit", "remark")
"""Verdicts of findings in the order the console prints them."""


@main.command()
@click.argument("published", metavar="PUBLISHED", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder of the page, replaced whole [reports/<name>-audit]."
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
              help="What to print; with json the page is written only when --out is given.")  # fmt: skip
@guarded
def audit(published: Path, out: Path | None, form: str) -> None:
    """Do the printed numbers of a paper hang together? PUBLISHED is a published.yaml, or a study folder with one.

    Exit 0 when no verdict is `disagrees`, 1 otherwise.
    """
    from y90outcomes.pipeline.audit import audit_json, audit_page, audit_results
    from y90outcomes.report import check_folder, write_report

    source = published / "published.yaml" if published.is_dir() else published
    name = source.resolve().parent.name if source.name == "published.yaml" else source.stem
    target = out if out is not None else None if form == "json" else Path("reports") / f"{name}-audit"
    if target is not None:
        check_folder(target)
    with findings(source.parent, None), progress_bar() as progress:
        made, page = audit_page(source, progress)
    if form == "json":
        click.echo(json.dumps(audit_json(made), ensure_ascii=False, indent=1))
    else:
        for verdict in SHOWN:
            for finding in (entry for entry in made.findings if entry.verdict == verdict):
                click.echo(f"{verdict.replace('_', ' ')}: {', '.join(finding.ids)}: {finding.detail}")
        words = ", ".join(f"{verdict.replace('_', ' ')} {count}" for verdict, count in made.counts.items())
        click.echo(f"{len(made.lines)} statistics: {words}; {len(made.findings)} findings.", err=True)
    if target is not None:
        write_report(audit_results(made, page, str(source)), target)
        click.echo(str(target / "report.html"), err=form == "json")
    if made.counts.get("disagrees"):
        raise SystemExit(1)


@main.command()
@click.argument("curves", metavar="CURVES", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="CSV of the pseudo-patients [<name>-reconstructed.csv].")
@click.option("--horizon", type=click.FloatRange(min=0, min_open=True), help="Time to which means are restricted.")
@guarded
def reconstruct(curves: Path, out: Path | None, horizon: float | None) -> None:
    """Pseudo-patients behind digitised Kaplan-Meier curves with their numbers at risk (a CSV or YAML page).

    Exit 1 when a curve does not fit; nothing made from it is a patient.
    """
    from y90outcomes.published.reconstruction.curve_report import pseudo_patients, summary_lines
    from y90outcomes.report.csvs import table_csv
    from y90outcomes.results.whole import write_whole

    pseudo, table = pseudo_patients(curves)
    target = out or Path(f"{curves.stem}-reconstructed.csv")
    write_whole(target, table_csv(table).encode())
    for line in summary_lines(pseudo, horizon):
        click.echo(line)
    click.echo(str(target))
    if not pseudo.valid:
        raise SystemExit(1)
