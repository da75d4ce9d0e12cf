"""Rounding of a double as a paper would print it, for the tests beside it."""

from __future__ import annotations

from decimal import Decimal

from y90outcomes.published.rounding import RULES, Printed


def rounded(value: float, decimals: int, rule: str) -> Printed:
    unit = Decimal(1).scaleb(-decimals)
    return Printed(Decimal(f"{value:.12g}").quantize(unit, rounding=RULES[rule]), decimals)
