"""Commands that take a study to its numbers. Heavy imports stand inside the command bodies."""

from __future__ import annotations

from pathlib import Path

import click

from y90outcomes.cli.console import ISSUES, STUDY, VARIANT, findings, guarded, progress_bar
from y90outcomes.cli.group import main


@main.command()
@STUDY
@click.option("--out", type=click.Path(path_type=Path), help="Report folder, replaced whole [reports/<study id>].")
@click.option("--only", metavar="ID", help="One analysis of the protocol.")
@click.option(
    "--variant", metavar="V", help="A variant of the protocol, or all: the protocol and each of its variants."
)
@ISSUES
@click.option("--public", is_flag=True, help="Leave out figures and tables with one entry per subject.")
@guarded
def run(
    study: Path, out: Path | None, only: str | None, variant: str | None, issues: Path | None, public: bool
) -> None:
    """Raw centre files to a report."""
    from y90outcomes import pipeline
    from y90outcomes.report import check_folder, write_report
    from y90outcomes.study import read_study

    protocol = read_study(study)
    base = out or Path("reports") / protocol.id
    apart = out is None or variant == "all"  # a variant's report stands beside the protocol's own
    targets = {
        name: base.with_name(f"{base.name}-{name}") if name and apart else base
        for name in ([None, *protocol.variants] if variant == "all" else [variant])
    }
    for target in targets.values():
        check_folder(target)
    made = {}
    for name in targets:  # all of them before any is written: one blocked variant replaces no report
        with findings(study, issues), progress_bar() as progress:
            made[name] = pipeline.run(study, variant=name, only=only, progress=progress)
    for name, target in targets.items():
        with progress_bar() as progress:
            progress("writing the report", 0, 1)
            write_report(made[name], target, public=public)
        click.echo(str(target / "report.html"))


@main.command()
@STUDY
@VARIANT
@click.option("--out", type=click.Path(path_type=Path), help="A .csv or .parquet file [<study id>-cohort.csv].")
@click.option("--set", "name", metavar="SET", help="An analysis set [the first].")
@click.option("--visits", metavar="VARIABLE", help="Instead, every visit behind a variable: responses, grades.")
@click.option("--episodes", nargs=2, metavar="ENDPOINT EVENT",
              help="Instead, start-stop rows of an endpoint, split where an event switches.")  # fmt: skip
@ISSUES
@guarded
def cohort(
    study: Path, variant: str | None, out: Path | None, name: str | None, visits: str | None,
    episodes: tuple[str, str] | None, issues: Path | None,
) -> None:  # fmt: skip
    """The analysis data set: one row per subject or lesion, with its dictionary beside."""
    from y90outcomes import pipeline
    from y90outcomes.cohort.export import file_format, write_data_set, write_long
    from y90outcomes.study import read_study

    if visits and episodes:
        raise click.UsageError("--visits and --episodes are two files; ask for one at a time")
    what = f"visits-{visits}" if visits else f"episodes-{episodes[0]}-{episodes[1]}" if episodes else "cohort"
    target = out or Path(f"{read_study(study, variant).id}-{what}.csv")
    file_format(target)
    with findings(study, issues), progress_bar() as progress:
        if visits:
            written = [write_long(pipeline.visits(study, visits, variant, progress), target)]
        elif episodes:
            made = pipeline.split_times(study, *episodes, name, variant, progress)
            written = [write_long(made.rows, target)]
            for why, count in made.left_out.items():
                click.echo(f"left out: {count}: {why}", err=True)
        else:
            written = [*write_data_set(pipeline.prepare(study, variant, progress), target, name)]
    for path in written:
        click.echo(str(path))


@main.command()
@STUDY
@click.argument("subject", metavar="SUBJECT")
@click.argument("variable", metavar="[VARIABLE]", required=False)
@VARIANT
@ISSUES
@guarded
def trace(study: Path, subject: str, variable: str | None, variant: str | None, issues: Path | None) -> None:
    """Why this patient has this value: the rule, the rows that decided with file and line, the alternatives.

    SUBJECT is patient, centre/patient or centre/patient/lesion. VARIABLE is a variable or an endpoint of the protocol;
    without it, eligibility and every value. The answer holds that patient's values; it is the only command that does.
    """
    from y90outcomes import pipeline

    with findings(study, issues), progress_bar() as progress:
        lines = pipeline.trace(study, subject, variable, variant, progress)
    for line in lines:
        click.echo("  " * line.depth + line.text + (f"  [{line.place}]" if line.place else ""))


@main.command()
@STUDY
@VARIANT
@click.option(
    "--out", type=click.Path(path_type=Path), help="A new folder, or a .duckdb file [<study id>-registry.duckdb]."
)
@ISSUES
@guarded
def registry(study: Path, variant: str | None, out: Path | None, issues: Path | None) -> None:
    """The canonical tables with the source of each row: a data package of Parquet files, or one DuckDB file."""
    from y90outcomes import pipeline
    from y90outcomes.registry import check_target, save_registry
    from y90outcomes.study import read_study

    target = out or Path(f"{read_study(study, variant).id}-registry.duckdb")
    check_target(target)
    with findings(study, issues), progress_bar() as progress:
        _protocol, tables = pipeline.read_clean(study, variant, progress)
    click.echo(str(save_registry(tables, target)))


@main.command()
@STUDY
@click.option("--patients", metavar="N", type=int, default=209, show_default=True, help="How many, over 13 centres.")
@click.option("--seed", metavar="S", type=int, default=1, show_default=True, help="The same seed, the same registry.")
@click.option(
    "--faults", type=click.Choice(["documented", "none"]), default="none", show_default=True, help="Which to plant."
)
@click.option("--out", type=click.Path(path_type=Path), help="Study folder to write [<study id>-synthetic].")
@guarded
def simulate(study: Path, patients: int, seed: int, faults: str, out: Path | None) -> None:
    """A synthetic registry of 13 centres, drawn from the study's simulation.yaml, with its truth beside."""
    from y90outcomes import pipeline

    with progress_bar() as progress:
        written = pipeline.simulate(study, patients, seed, faults, out, progress)
    click.echo(str(written))
