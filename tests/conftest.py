"""Marks `tests/` as a place to import from, so that any test may use `fixtures`; makes property tests repeatable."""

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")
