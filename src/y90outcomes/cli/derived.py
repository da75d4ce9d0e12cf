"""Long computations whose results stand in `derived/`: `python -m y90outcomes.cli.derived JOB STUDY …`."""

from __future__ import annotations

from pathlib import Path

import click

from y90outcomes.cli.console import guarded, progress_bar

JOBS = ("plausibility", "estimands")


@click.command()
@click.argument("job", type=click.Choice(JOBS))
@click.argument("studies", nargs=-1, required=True, metavar="STUDY …")
@click.option("--number", type=click.IntRange(min=2), help="How many cohorts or samples to draw.")
@guarded
def derived(job: str, studies: tuple[str, ...], number: int | None) -> None:
    """Draw many synthetic cohorts of each study folder and store what they give in its derived/."""
    from y90outcomes.pipeline import estimands, plausibility

    with progress_bar() as progress:
        for study in studies:
            wanted = [study] if number is None else [study, str(number)]
            (plausibility if job == "plausibility" else estimands).main(wanted, progress)
    for path in (Path(study) / "derived" / f"{job}.json" for study in studies):
        if path.is_file():  # a page that compares nothing has none
            click.echo(str(path))


if __name__ == "__main__":
    derived()
