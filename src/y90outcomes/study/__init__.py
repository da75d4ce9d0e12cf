"""The protocol: its vocabulary, the frozen model, reading with line numbers, prose."""

from y90outcomes.study.model import Study
from y90outcomes.study.reading import read_study

__all__ = ["Study", "read_study"]
