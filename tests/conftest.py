"""Marks `tests/` as a place to import from, so that any test may use `fixtures`."""
