"""Absorbed dose from activity and mass: numbers in, numbers out, no registry.

Masses are in kg, volumes in mL, activity in GBq, doses in Gy. A missing or an impossible number gives NaN;
`inputs.reasons` says which and why.
"""
