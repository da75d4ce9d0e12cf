"""Commands about what data and variables mean. Heavy imports stand inside the command bodies."""

from __future__ import annotations

from pathlib import Path

import click

from y90outcomes.cli.console import guarded
from y90outcomes.cli.group import main


@main.group()
def schema() -> None:
    """What the canonical data mean."""


@schema.command()
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("schema"), show_default=True, help="Folder to write to."
)
@guarded
def export(out: Path) -> None:
    """Data dictionary (CSV) and JSON Schemas that make an editor complete study.yaml and a centre mapping."""
    from y90outcomes.derivations.reference import reference_html
    from y90outcomes.registry import export_schema
    from y90outcomes.results.whole import write_whole
    from y90outcomes.study.starter import write_study_schema

    written = [*export_schema(out), write_study_schema(out)]
    write_whole(out / "variables.html", reference_html().encode())
    for path in [*written, out / "variables.html"]:
        click.echo(str(path))


@schema.command()
@click.option("--out", type=click.Path(path_type=Path), help="Write the reference as an HTML page instead.")
@guarded
def variables(out: Path | None) -> None:
    """Every derivation a protocol can name: needs, unit, when measured, rules with defaults, missing, source."""
    from y90outcomes.derivations.reference import reference_html, text_lines
    from y90outcomes.results.whole import write_whole

    if out is None:
        click.echo("\n".join(text_lines()))
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    write_whole(out, reference_html().encode())
    click.echo(str(out))


@schema.command()
@click.option("--out", type=click.Path(path_type=Path), help="Write the page into a file instead.")
@guarded
def protocol(out: Path | None) -> None:
    """Every word of a study.yaml with its default and meaning, each convention with the packages that use it."""
    from y90outcomes.results.whole import write_whole
    from y90outcomes.study.reference import reference_page

    if out is None:
        click.echo(reference_page(), nl=False)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    write_whole(out, reference_page().encode())
    click.echo(str(out))


@schema.command()
@guarded
def dialects() -> None:
    """What each package does by default: convention, evidence (measured, documented, assumed), where."""
    from y90outcomes.conventions import words
    from y90outcomes.dialects import CLAIMS_EQUALITY, DIALECTS

    for name, dialect in DIALECTS.items():
        equal = "measured choices equal the package" if name in CLAIMS_EQUALITY else "no claim of equality"
        click.echo(f"{name}: {dialect.label} ({equal})")
        for item, choice in dialect.choices.items():
            sure = choice.evidence + (", equal" if choice.equal else "")
            click.echo(f"  {item}: {choice.name} [{sure}] {words(item, choice.name)}; {choice.how}")
