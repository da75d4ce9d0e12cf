"""The command `y90`."""

from __future__ import annotations

import io
import sys

import click

from y90outcomes import __version__


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="y90")
def main() -> None:
    """Outcomes analysis for multi-centre Y-90 radioembolisation studies.

    STUDY is a study folder or its study.yaml. Exit codes: 0 done, 1 findings, 2 something could not be read as meant.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a console that has no "→" gets its escape, not a crash
