"""Commands about a study's data: checking, pseudonymising, beginning. Heavy imports stand inside the command bodies."""

from __future__ import annotations

from pathlib import Path

import click

from y90outcomes.cli.console import STUDY, VARIANT, findings, guarded, print_issues, progress_bar
from y90outcomes.cli.group import main
from y90outcomes.errors import Fault, InputError


@main.command()
@STUDY
@VARIANT
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", help="How issues are printed.")
@click.option(
    "--issues", type=click.Path(path_type=Path), help="Where the list of issues goes [<study id>-issues.csv]."
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder for the data queries of each centre, replaced whole."
)
@guarded
def check(study: Path, variant: str | None, style: str, issues: Path | None, out: Path | None) -> None:
    """Mapping, data and protocol, before any analysis; the protocol in prose.

    With --out, a list of queries for each centre to answer (CSV and XLSX) and a page of what is missing and open.
    Answered lists go into corrections/ of the study folder, as they come back.
    """
    import json

    from y90outcomes import pipeline
    from y90outcomes.registry import cell_lines, write_issues
    from y90outcomes.study.prose import prose

    with progress_bar() as progress:
        if out is None:
            protocol, registry = pipeline.read(study, variant, progress)
            written: list[Path] = []
        else:
            protocol, registry, written = pipeline.check(study, out, variant, progress)
    open_issues = [issue for issue in registry.issues if issue.severity in {"blocking", "query"}]
    if registry.issues:
        write_issues(registry.issues, issues or Path(f"{protocol.id}-issues.csv"))
    if style == "json":
        names = (
            "id",
            "severity",
            "rule",
            "centre",
            "file",
            "sheet",
            "row",
            "table",
            "column",
            "source_column",
            "message",
        )
        lines = cell_lines(registry.issues)
        body = {"issues": [{name: getattr(line, name) for name in names} for line in lines]}
        click.echo(json.dumps(body, ensure_ascii=False, indent=1))
    else:
        for section in prose(protocol):
            click.echo(f"{section.heading}\n")
            for paragraph in section.paragraphs:
                click.echo(click.wrap_text(paragraph, width=100, initial_indent="  ", subsequent_indent="  "))
            for entry in section.entries:
                click.echo(click.wrap_text(entry, width=100, initial_indent="  - ", subsequent_indent="    "))
            click.echo()
        for source in registry.sources:
            where = source.file + (f", {source.sheet}" if source.sheet else "")
            click.echo(f"{source.centre}: {where}: {source.rows} rows")
        print_issues(registry.issues)
        click.echo(f"{len(open_issues)} open issues" if open_issues else "No open issue.")
        for path in written:
            click.echo(str(path))
    raise SystemExit(1 if open_issues else 0)


@main.command()
@STUDY
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of the copy; new or empty.")
@click.option(
    "--key", type=click.Path(path_type=Path), required=True, help="File of the secret, made if absent; keep it apart."
)
@guarded
def pseudonymise(study: Path, out: Path, key: Path) -> None:
    """A copy of a study folder with keys hashed and dates shifted by patient; it gives the same results."""
    from y90outcomes import pipeline

    with findings(study, None):
        written = pipeline.pseudonymise(study, out, key)
    for path in written:
        click.echo(str(path))


@main.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("more", metavar="", nargs=-1, type=click.Path(path_type=Path))
@click.option("--from", "files", multiple=True, type=click.Path(path_type=Path), metavar="FILES",
              help="Raw files of a centre: draft its mapping page from their headings and values.")  # fmt: skip
@click.option("--published", is_flag=True, help="A commented published.yaml for the printed numbers of a paper.")
@guarded
def init(folder: Path, more: tuple[Path, ...], files: tuple[Path, ...], published: bool) -> None:
    """A commented new study that runs, on synthetic patients; with --from, a mapping drafted for your own files."""
    from y90outcomes.study.starter import write_starter, write_starter_study

    if published:
        from y90outcomes.published.template import write_template

        if files:
            raise InputError(Fault("--published", "stands beside --from", "one of the two", "give them one by one"))
        page = write_template(folder)
        click.echo(str(page))
        click.echo(f"Next: put the paper's numbers in, then y90 audit {page}", err=True)
        return
    if more and not files:
        raise InputError(Fault(str(more[0]), "a second argument", "one folder", "name raw files after --from"))
    if files:
        from y90outcomes.registry.draft import draft_mapping

        for path in [*draft_mapping([*files, *more], folder), write_starter_study(folder)]:
            click.echo(str(path))
        click.echo(f"Next: read every line of the mapping, then y90 check {folder}", err=True)
        return
    for path in write_starter(folder):
        click.echo(str(path))
    click.echo(f"Next: y90 run {folder}", err=True)
