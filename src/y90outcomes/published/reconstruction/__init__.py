"""Pseudo-patients from what a paper prints: its curves, or its rates, intervals and group sizes alone."""
