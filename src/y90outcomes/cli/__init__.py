"""Arguments to pipeline; the only room that prints or exits."""

from y90outcomes.cli import centres, printed, runs, schemas, studies
from y90outcomes.cli.group import main

__all__ = ["centres", "main", "printed", "runs", "schemas", "studies"]
