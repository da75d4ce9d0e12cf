"""How commands speak: every fault one message with its exit code, a bar on a terminal, counts and never a value."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from y90outcomes.dialects import DIALECTS as PACKAGES
from y90outcomes.dialects import OWN
from y90outcomes.errors import FindingsError, InputError, Issue, Y90Error

STUDY = click.argument("study", type=click.Path(path_type=Path))
VARIANT = click.option("--variant", metavar="V", help="A variant of the protocol.")
ISSUES = click.option(
    "--issues", type=click.Path(path_type=Path), help="Where a blocked run lists issues [<study id>-issues.csv]."
)
DIALECT = click.option(
    "--dialect", metavar="D", type=click.Choice(tuple(PACKAGES)),
    help=f"Every convention as a package has it: {', '.join(PACKAGES)}.",
)  # fmt: skip
DIALECTS = (OWN, *PACKAGES)
_TRACE = "Y90_TRACEBACK"
"""Environment variable under which a fault of ours keeps its trace."""


def guarded(body: Callable[..., None]) -> Callable[..., None]:
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
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
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
def findings(study: Path, issues_file: Path | None) -> Iterator[None]:
    """Blocking issues: counts to the console, the list with its values to a file, exit 1, nothing under --out."""
    try:
        yield
    except FindingsError as error:
        from y90outcomes.registry import write_issues
        from y90outcomes.study import read_study

        file = issues_file or Path(f"{read_study(study).id}-issues.csv")
        write_issues(error.issues, file)
        print_issues(error.issues, err=True)
        click.echo(f"The list is in {file}. Nothing was written elsewhere.", err=True)
        raise SystemExit(error.exit_code) from None


def print_issues(issues: tuple[Issue, ...], err: bool = False) -> None:
    """Counts by severity, rule, centre and place; never a value or a key."""
    counts: dict[tuple[str, str, str, str], int] = {}
    for issue in issues:
        place = f"{issue.table}.{issue.column}" if issue.column else issue.table
        key = (issue.severity, issue.rule, issue.centre, place)
        counts[key] = counts.get(key, 0) + 1
    for (severity, rule, centre, place), count in sorted(counts.items()):
        click.echo(f"{severity}: {rule.replace('_', ' ')}: {count} in {place} of {centre}", err=err)


def value_text(value: str | float | int | None) -> str:
    """A number of a run as a command prints it: the shortest decimal that reads back, null where there is none."""
    from y90outcomes.results.addresses import shortest

    return "null" if value is None else value if isinstance(value, str) else shortest(value)
