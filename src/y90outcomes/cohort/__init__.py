"""Cohort: record choice, eligibility and flow, outcomes with their deciding row."""

from y90outcomes.cohort.build import build_cohort
from y90outcomes.cohort.model import Cohort, Outcome

__all__ = ["Cohort", "Outcome", "build_cohort"]
