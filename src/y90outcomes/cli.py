"""Arguments to pipeline; the only file that prints or exits. Heavy imports stand inside the command bodies."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from y90outcomes import __version__
from y90outcomes.errors import Fault, FindingsError, InputError, Issue, Y90Error

_STUDY = click.argument("study", type=click.Path(path_type=Path))
_VARIANT = click.option("--variant", metavar="V", help="A variant of the protocol.")
_TRACE = "Y90_TRACEBACK"
"""Environment variable under which a fault of ours keeps its trace."""


def _guarded(body: Callable[..., None]) -> Callable[..., None]:
    """Every fault becomes one clear message and the exit code of the contract; no traceback reaches a user."""

    @functools.wraps(body)
    def wrapped(*args: Any, **kwargs: Any) -> None:
        try:
            body(*args, **kwargs)
        except FindingsError:
            raise  # the commands that read data say where the list went
        except InputError as error:
            _stop("\n".join(str(fault) for fault in error.faults), error.exit_code)
        except Y90Error as error:
            _stop(str(error), error.exit_code)
        except BrokenPipeError:
            sys.stdout = None  # whoever read us has gone; nothing is left to say
            raise SystemExit(0) from None
        except OSError as error:
            _stop(f"{error.filename or 'a file'}: {error.strerror or 'cannot be read or written'}", 2)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception as error:
            if os.environ.get(_TRACE):
                raise
            # neither its trace nor its message: both may hold a patient's value
            last = traceback.extract_tb(error.__traceback__)[-1]
            _stop(
                f"a fault of y90outcomes itself: {type(error).__name__} in {Path(last.filename).name}, "
                f"line {last.lineno}\n  do: report it; {_TRACE}=1 shows the whole trace, which may hold patient values",
                2,
            )

    return wrapped


def _stop(message: str, code: int) -> None:
    click.echo(message, err=True)
    raise SystemExit(code)


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar on a terminal, nothing when piped."""
    if not sys.stderr.isatty():
        yield lambda what, done, of: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1)
        yield lambda what, done, of: bar.update(task, description=what, completed=done, total=of)


@contextlib.contextmanager
def _findings(study: Path, issues_file: Path | None) -> Iterator[None]:
    """Blocking issues: counts to the console, the list with its values to a file, exit 1, nothing under --out."""
    try:
        yield
    except FindingsError as error:
        from y90outcomes.registry import write_issues
        from y90outcomes.study import read_study

        file = issues_file or Path(f"{read_study(study).id}-issues.csv")
        write_issues(error.issues, file)
        _print_issues(error.issues, err=True)
        click.echo(f"The list is in {file}. Nothing was written elsewhere.", err=True)
        raise SystemExit(error.exit_code) from None


def _print_issues(issues: tuple[Issue, ...], err: bool = False) -> None:
    """Counts by severity, rule, centre and place; never a value or a key."""
    counts: dict[tuple[str, str, str, str], int] = {}
    for issue in issues:
        place = f"{issue.table}.{issue.column}" if issue.column else issue.table
        key = (issue.severity, issue.rule, issue.centre, place)
        counts[key] = counts.get(key, 0) + 1
    for (severity, rule, centre, place), count in sorted(counts.items()):
        click.echo(f"{severity}: {rule.replace('_', ' ')}: {count} in {place} of {centre}", err=err)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="y90")
def main() -> None:
    """Outcomes analysis for multi-centre Y-90 radioembolisation studies.

    STUDY is a study folder or its study.yaml. Exit codes: 0 done, 1 findings, 2 something could not be read as meant.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a console that has no "→" gets its escape, not a crash


@main.command()
@_STUDY
@click.option("--out", type=click.Path(path_type=Path), help="Report folder, replaced whole [reports/<study id>].")
@click.option("--only", metavar="ID", help="One analysis of the protocol.")
@click.option(
    "--variant", metavar="V", help="A variant of the protocol, or all: the protocol and each of its variants."
)
@click.option(
    "--issues", type=click.Path(path_type=Path), help="Where a blocked run lists issues [<study id>-issues.csv]."
)
@click.option("--public", is_flag=True, help="Leave out figures and tables with one entry per subject.")
@_guarded
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
        with _findings(study, issues), _progress() as progress:
            made[name] = pipeline.run(study, variant=name, only=only, progress=progress)
    for name, target in targets.items():
        with _progress() as progress:
            progress("writing the report", 0, 1)
            write_report(made[name], target, public=public)
        click.echo(str(target / "report.html"))


@main.command()
@_STUDY
@_VARIANT
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", help="How issues are printed.")
@click.option(
    "--issues", type=click.Path(path_type=Path), help="Where the list of issues goes [<study id>-issues.csv]."
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder for the data queries of each centre, replaced whole."
)
@_guarded
def check(study: Path, variant: str | None, style: str, issues: Path | None, out: Path | None) -> None:
    """Mapping, data and protocol, before any analysis; the protocol in prose.

    With --out, a list of queries for each centre to answer (CSV and XLSX) and a page of what is missing and open.
    Answered lists go into corrections/ of the study folder, as they come back.
    """
    import json

    from y90outcomes import pipeline
    from y90outcomes.registry import cell_lines, write_issues
    from y90outcomes.study.prose import prose

    with _progress() as progress:
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
        _print_issues(registry.issues)
        click.echo(f"{len(open_issues)} open issues" if open_issues else "No open issue.")
        for path in written:
            click.echo(str(path))
    raise SystemExit(1 if open_issues else 0)


@main.command()
@_STUDY
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of the copy; new or empty.")
@click.option(
    "--key", type=click.Path(path_type=Path), required=True, help="File of the secret, made if absent; keep it apart."
)
@_guarded
def pseudonymise(study: Path, out: Path, key: Path) -> None:
    """A copy of a study folder with keys hashed and dates shifted by patient; it gives the same results."""
    from y90outcomes import pipeline

    with _findings(study, None):
        written = pipeline.pseudonymise(study, out, key)
    for path in written:
        click.echo(str(path))


@main.command()
@_STUDY
@_VARIANT
@click.option(
    "--out", type=click.Path(path_type=Path), help="A new folder, or a .duckdb file [<study id>-registry.duckdb]."
)
@click.option(
    "--issues", type=click.Path(path_type=Path), help="Where a blocked run lists issues [<study id>-issues.csv]."
)
@_guarded
def registry(study: Path, variant: str | None, out: Path | None, issues: Path | None) -> None:
    """The canonical tables with the source of each row: a data package of Parquet files, or one DuckDB file."""
    from y90outcomes import pipeline
    from y90outcomes.registry import check_target, save_registry
    from y90outcomes.study import read_study

    target = out or Path(f"{read_study(study, variant).id}-registry.duckdb")
    check_target(target)
    with _findings(study, issues), _progress() as progress:
        _protocol, tables = pipeline.read_clean(study, variant, progress)
    click.echo(str(save_registry(tables, target)))


@main.command()
@_STUDY
@_VARIANT
@click.option("--out", type=click.Path(path_type=Path), help="A .csv or .parquet file [<study id>-cohort.csv].")
@click.option("--set", "name", metavar="SET", help="An analysis set [the first].")
@click.option(
    "--issues", type=click.Path(path_type=Path), help="Where a blocked run lists issues [<study id>-issues.csv]."
)
@_guarded
def cohort(study: Path, variant: str | None, out: Path | None, name: str | None, issues: Path | None) -> None:
    """The analysis data set: one row per subject or lesion, with its dictionary beside."""
    from y90outcomes import pipeline
    from y90outcomes.cohort.export import file_format, write_data_set
    from y90outcomes.study import read_study

    target = out or Path(f"{read_study(study, variant).id}-cohort.csv")
    file_format(target)
    with _findings(study, issues), _progress() as progress:
        made = pipeline.prepare(study, variant, progress)
    for path in write_data_set(made, target, name):
        click.echo(str(path))


@main.command()
@_STUDY
@click.option("--patients", metavar="N", type=int, default=209, show_default=True, help="How many, over 13 centres.")
@click.option("--seed", metavar="S", type=int, default=1, show_default=True, help="The same seed, the same registry.")
@click.option(
    "--faults", type=click.Choice(["documented", "none"]), default="none", show_default=True, help="Which to plant."
)
@click.option("--out", type=click.Path(path_type=Path), help="Study folder to write [<study id>-synthetic].")
@_guarded
def simulate(study: Path, patients: int, seed: int, faults: str, out: Path | None) -> None:
    """A synthetic registry of 13 centres, drawn from the study's simulation.yaml, with its truth beside."""
    from y90outcomes import pipeline

    with _progress() as progress:
        written = pipeline.simulate(study, patients, seed, faults, out, progress)
    click.echo(str(written))


@main.command()
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option(
    "--format", "formats", type=click.Choice(["html"]), multiple=True, default=["html"], help="What to render."
)
@click.option("--out", type=click.Path(path_type=Path), help="Report folder, replaced whole [RUN itself].")
@click.option("--public", is_flag=True, help="Leave out figures and tables with one entry per subject.")
@_guarded
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
@_guarded
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
@_guarded
def compare(first: Path, second: Path, tolerance: float) -> None:
    """The numbers that moved between two runs."""
    from y90outcomes import pipeline

    moved = list(pipeline.compare(pipeline.load(first), pipeline.load(second), tolerance))
    words = {"changed": "", "only_first": " (only in the first)", "only_second": " (only in the second)"}
    for entry in moved:
        values = "" if entry.kind != "changed" else f"  {_value(entry.before)} → {_value(entry.after)}"
        click.echo(f"{entry.address}{values}{words[entry.kind]}")
    click.echo(f"{len(moved)} numbers differ." if moved else "No number differs.", err=True)
    raise SystemExit(1 if moved else 0)


def _value(value: str | float | int | None) -> str:
    from y90outcomes.results.addresses import shortest

    return "null" if value is None else value if isinstance(value, str) else shortest(value)


@main.group()
def schema() -> None:
    """What the canonical data mean."""


@schema.command()
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("schema"), show_default=True, help="Folder to write to."
)
@_guarded
def export(out: Path) -> None:
    """Data dictionary (CSV) and JSON Schemas that make an editor complete study.yaml and a centre mapping."""
    from y90outcomes.registry import export_schema
    from y90outcomes.study.starter import write_study_schema

    for path in [*export_schema(out), write_study_schema(out)]:
        click.echo(str(path))


@main.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("more", metavar="", nargs=-1, type=click.Path(path_type=Path))
@click.option("--from", "files", multiple=True, type=click.Path(path_type=Path), metavar="FILES",
              help="Raw files of a centre: draft its mapping page from their headings and values.")  # fmt: skip
@_guarded
def init(folder: Path, more: tuple[Path, ...], files: tuple[Path, ...]) -> None:
    """A commented new study that runs, on synthetic patients; with --from, a mapping drafted for your own files."""
    from y90outcomes.study.starter import write_starter, write_starter_study

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


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUTF8", "1")
    main()
