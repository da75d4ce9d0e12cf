"""Toxicity: CTCAE grades of laboratory values, reported events, and what studies make of them."""

from y90outcomes.derivations.toxicity.variables import TOXICITY
from y90outcomes.derivations.toxicity.visits import lab_grades

__all__ = ["TOXICITY", "lab_grades"]
