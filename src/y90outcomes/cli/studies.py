"""Commands that take a study to its numbers. Heavy imports stand inside the command bodies."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from y90outcomes.cli.console import (
    DIALECT,
    DIALECTS,
    ISSUES,
    STUDY,
    VARIANT,
    findings,
    guarded,
    progress_bar,
    value_text,
)
from y90outcomes.cli.group import main


@main.command()
@STUDY
@click.option("--out", type=click.Path(path_type=Path), help="Report folder, replaced whole [reports/<study id>].")
@click.option("--only", metavar="ID", help="One analysis of the protocol.")
@click.option(
    "--variant",
    "--variants",
    metavar="V",
    help="A variant of the protocol, or all: the protocol, each of its variants, and one sensitivity table and forest.",
)
@DIALECT
@ISSUES
@click.option("--public", is_flag=True, help="Leave out figures and tables with one entry per subject.")
@guarded
def run(
    study: Path, out: Path | None, only: str | None, variant: str | None, dialect: str | None, issues: Path | None,
    public: bool,
) -> None:  # fmt: skip
    """Raw centre files to a report."""
    from y90outcomes import pipeline
    from y90outcomes.pipeline.sensitivity import BASE
    from y90outcomes.report import check_folder, write_report
    from y90outcomes.study import read_study

    protocol = read_study(study)
    base = out or Path("reports") / protocol.id
    if dialect and out is None:
        base = base.with_name(f"{base.name}-{dialect}")  # the protocol's own report stays
    apart = out is None or variant == "all"  # a variant's report stands beside the protocol's own
    targets = {
        name: base.with_name(f"{base.name}-{name}") if name and apart else base
        for name in ([None, *protocol.variants] if variant == "all" else [variant])
    }
    together = base.with_name(f"{base.name}-sensitivity") if variant == "all" else None
    for target in [*targets.values(), *([together] if together else [])]:
        check_folder(target)
    made = {}
    for name in targets:  # all of them before any is written: one blocked variant replaces no report
        with findings(study, issues), progress_bar() as progress:
            made[name] = pipeline.run(study, variant=name, only=only, dialect=dialect, progress=progress)
    written = {target: made[name] for name, target in targets.items()}
    if together:
        runs = {name or BASE: results for name, results in made.items()}
        written[together] = pipeline.run_variants(runs, study)
    for target, results in written.items():
        with progress_bar() as progress:
            progress("writing the report", 0, 1)
            write_report(results, target, public=public)
        click.echo(str(target / "report.html"))


@main.command()
@STUDY
@click.argument("first", type=click.Choice(DIALECTS))
@click.argument("second", type=click.Choice(DIALECTS))
@click.option("--only", metavar="ID", help="One analysis of the protocol.")
@ISSUES
@guarded
def explain(study: Path, first: str, second: str, only: str | None, issues: Path | None) -> None:
    """Every number that differs between two dialects, and which convention moved it."""
    from y90outcomes import pipeline

    with findings(study, issues), progress_bar() as progress:
        found = pipeline.explain(study, first, second, only, progress)
    for entry in found:
        click.echo(f"{entry.address}  {value_text(entry.first)} → {value_text(entry.second)}")
        for cause in entry.causes:
            click.echo(f"    {cause.item}: {cause.first} → {cause.second}")
        if not entry.alone:
            click.echo("    several conventions together")
    counts = Counter(cause.item for entry in found for cause in entry.causes)
    for item, count in counts.most_common():
        click.echo(f"{item}: {count}", err=True)
    click.echo(f"{len(found)} numbers differ between {first} and {second}.", err=True)


@main.command()
@STUDY
@click.option("--only", metavar="ID", help="One analysis of the protocol.")
@VARIANT
@DIALECT
@click.option("--out", type=click.Path(path_type=Path), help="A .csv file: every number beside its second one.")
@ISSUES
@guarded
def verify(
    study: Path, only: str | None, variant: str | None, dialect: str | None, out: Path | None, issues: Path | None
) -> None:
    """Every number again by lifelines, statsmodels, scikit-learn, SciPy and NumPy, on the same data.

    Exit 0 when all of them agree, 1 otherwise. Numbers no second engine gives are counted with the reason.
    """
    from y90outcomes.pipeline.verify import NOT_VERIFIED, REFUSED, verify
    from y90outcomes.report.csvs import table_csv
    from y90outcomes.results.whole import write_whole

    with findings(study, issues), progress_bar() as progress:
        made = verify(study, only, variant, dialect, progress)
    for engine, (count, apart) in made.by_engine().items():
        click.echo(f"{engine}: {count} comparisons, {apart} differ")
    for why, count in made.reasons().items():
        click.echo(f"{NOT_VERIFIED}: {count}: {why}")
    for line in made.disagreements:
        click.echo(f"{line.address}  {value_text(line.ours)} | {line.engine} {value_text(line.theirs)}", err=True)
    if out is not None:
        write_whole(out, table_csv(made.table()).encode())
        click.echo(str(out))
    counts = made.numbers
    if counts[REFUSED]:
        click.echo(f"{REFUSED}: {counts[REFUSED]} that an engine gives; the table says why")
    click.echo(f"{counts['verified']} numbers verified, {counts[NOT_VERIFIED]} not; {len(made.disagreements)} differ.")
    if made.disagreements:
        raise SystemExit(1)


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
@click.option("--patients", metavar="N", type=int, help="How many, over all centres [as simulation.yaml says].")
@click.option("--seed", metavar="S", type=int, default=1, show_default=True, help="The same seed, the same registry.")
@click.option(
    "--faults", type=click.Choice(["documented", "none"]), default="none", show_default=True, help="Which to plant."
)
@click.option("--out", type=click.Path(path_type=Path), help="Study folder to write [<study id>-synthetic].")
@guarded
def simulate(study: Path, patients: int | None, seed: int, faults: str, out: Path | None) -> None:
    """A synthetic registry, drawn by the model the study's simulation.yaml names, with its truth beside."""
    from y90outcomes import pipeline
    from y90outcomes.simulate.settings import read_settings
    from y90outcomes.study.reading import study_file

    if patients is None:
        patients = read_settings(study_file(study).parent).patients
    with progress_bar() as progress:
        written = pipeline.simulate(study, patients, seed, faults, out, progress)
    click.echo(str(written))
