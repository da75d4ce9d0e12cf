"""Commands that read what a run wrote. Heavy imports stand inside the command bodies."""

from __future__ import annotations

from pathlib import Path

import click

from y90outcomes.cli.console import guarded, value_text
from y90outcomes.cli.group import main


@main.command()
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option(
    "--format", "formats", type=click.Choice(["html"]), multiple=True, default=["html"], help="What to render."
)
@click.option("--out", type=click.Path(path_type=Path), help="Report folder, replaced whole [RUN itself].")
@click.option("--public", is_flag=True, help="Leave out figures and tables with one entry per subject.")
@guarded
def report(folder: Path, formats: tuple[str, ...], out: Path | None, public: bool) -> None:
    """Render a report again from its results.json alone."""
    from y90outcomes import pipeline
    from y90outcomes.report import write_report

    target = out or (folder if folder.is_dir() else folder.parent)
    write_report(pipeline.load(folder), target, formats=formats, public=public)
    click.echo(str(target / "report.html"))


@main.command()
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
@click.argument("address", required=False, default="")
@click.option("--field", metavar="F", help="A field of the address (estimate, lower, p, n, median, …).")
@guarded
def show(folder: Path, address: str, field: str | None) -> None:
    """Print one number of a run; without ADDRESS (or with RESULT/), list addresses."""
    from y90outcomes import pipeline
    from y90outcomes.errors import ValueUnavailable
    from y90outcomes.results.addresses import addresses, lookup, shortest

    results = pipeline.load(folder)
    if not address or address.endswith("/"):
        wanted = address.rstrip("/")
        items = [item for item in (*results.items, *results.quality) if not wanted or item.id == wanted]
        if not items:
            lookup(results, wanted)
        for item in items:
            click.echo("\n".join(addresses(item)))
        return
    found = lookup(results, address, field)
    if found.value is None:
        raise ValueUnavailable(f"{found.long}: {found.reason}")
    click.echo(found.value if isinstance(found.value, str) else shortest(found.value))


@main.command()
@click.argument("first", metavar="RUN_A", type=click.Path(path_type=Path))
@click.argument("second", metavar="RUN_B", type=click.Path(path_type=Path))
@click.option("--tolerance", type=click.FloatRange(min=0), default=0.0, help="Relative difference that does not count.")
@guarded
def compare(first: Path, second: Path, tolerance: float) -> None:
    """The numbers that moved between two runs."""
    from y90outcomes import pipeline

    moved = list(pipeline.compare(pipeline.load(first), pipeline.load(second), tolerance))
    words = {"changed": "", "only_first": " (only in the first)", "only_second": " (only in the second)"}
    for entry in moved:
        values = "" if entry.kind != "changed" else f"  {value_text(entry.before)} → {value_text(entry.after)}"
        click.echo(f"{entry.address}{values}{words[entry.kind]}")
    click.echo(f"{len(moved)} numbers differ." if moved else "No number differs.", err=True)
    raise SystemExit(1 if moved else 0)
