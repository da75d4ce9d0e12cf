"""Arithmetic that tells whether printed numbers can be true: pure functions, one module per kind of statistic."""
